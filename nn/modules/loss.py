"""Losses as modules."""

from __future__ import annotations

from autograd import Tensor

from .. import functional as F
from .module import Module


class MSELoss(Module):
    """The mean squared error, (input - target)²; `reduction` is "mean", "sum" or "none".

    Input and target have one shape; others that broadcast are warned of, (N, 1) against (N,) refused.

    >>> import autograd, nn
    >>> nn.MSELoss()(autograd.ones(2), autograd.zeros(2))
    tensor(1.)
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(input, target, reduction=self.reduction)


class CrossEntropyLoss(Module):
    """The cross entropy between logits and a target, either class indices or class probabilities.

    Logits (C), (N, C) or (N, C, d1, ...); indices () , (N) or (N, d1, ...), probabilities of the logits' shape.
    `weight` (C) scales the classes; targets equal to `ignore_index` count for nothing; `label_smoothing` mixes the
    target with the uniform distribution (Szegedy et al., arXiv 1512.00567).

    >>> import autograd, nn
    >>> nn.CrossEntropyLoss()(autograd.zeros(1, 2), autograd.tensor([1]))
    tensor(0.6931)
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.ignore_index, self.reduction, self.label_smoothing = ignore_index, reduction, label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )
