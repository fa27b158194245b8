"""Losses for classes of which there are few among many, such as the pixels of a small object in a picture.

Targets of the input's shape are labels, 0 or 1, each with its own logit; targets that lack the input's dimension 1 are
class indices.
"""

from __future__ import annotations

from autograd import Tensor

from .. import functional as F
from .loss import _Loss


class FocalLoss(_Loss):
    """(1 - p)^γ·(-log p), where p is the probability of the target: cross entropy that forgets what is learned.

    Lin et al., "Focal loss for dense object detection", arXiv 1708.02002. Logits (C), (N, C) or (N, C, d1, ...); class
    indices (), (N) or (N, d1, ...), or labels of the logits' shape. `alpha` balances: of labels a number, the factor
    for label 1, as 1 - alpha is for label 0 (None: 0.25, -1: no factors); of classes a tensor (C) of factors (None:
    none). Targets equal to `ignore_index` cost nothing; the mean is over all others, however they are scaled.

    >>> import autograd, nn
    >>> nn.FocalLoss()(autograd.zeros(1, 2), autograd.tensor([1]))
    tensor(0.1733)
    """

    alpha: Tensor | float | None

    def __init__(
        self,
        alpha: Tensor | float | None = None,
        gamma: float = 2.0,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        if isinstance(alpha, Tensor):
            self.register_buffer("alpha", alpha)
        else:
            self.alpha = alpha
        self.gamma, self.ignore_index = gamma, ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.focal_loss(input, target, self.alpha, self.gamma, self.ignore_index, self.reduction)


class DiceLoss(_Loss):
    """1 - (2·Σpq + smooth) / (Σp² + Σq² + smooth), of probabilities p and targets q: how little the two overlap.

    Milletari et al., "V-Net", arXiv 1606.04797. Logits (N, C, d1, ...); the sums are over d1, ..., and each sample and
    class has a loss, (N, C) for `reduction="none"`. Labels of the logits' shape are compared with their sigmoid, class
    indices (N, d1, ...) with their softmax over the classes. Places whose target is `ignore_index` are left out.

    >>> import autograd, nn
    >>> nn.DiceLoss(smooth=0.0)(autograd.zeros(1, 2, 2), autograd.tensor([[0, 0]]))
    tensor(0.6000)
    """

    def __init__(self, smooth: float = 1.0, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.smooth, self.ignore_index = smooth, ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.dice_loss(input, target, self.smooth, self.ignore_index, self.reduction)
