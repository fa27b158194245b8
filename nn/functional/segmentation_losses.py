"""Losses for classes of which there are few among many, such as the pixels of a small object in a picture.

Their targets come in two forms, told apart by shape. Targets of the input's shape are labels, 0 or 1, of which each
element of the input is the logit: many may hold at once. Targets that lack the input's dimension 1 are class indices,
and the logits of the classes lie along that dimension.
"""

from __future__ import annotations

import autograd
from autograd import Tensor, log_softmax, softmax
from autograd.functions.activations import logsigmoid
from autograd.functions.losses import check_classes

from .classification_losses import check_weight, checked_targets, class_losses
from .reduction import check_reduction, check_same_shape, check_tensors, in_single, reduced


@in_single
def sigmoid_focal_loss(
    inputs: Tensor, targets: Tensor, alpha: float = 0.25, gamma: float = 2, reduction: str = "none"
) -> Tensor:
    """α·(1 - p)^γ·(-log p), where p is the probability of the label: Lin et al., "Focal loss", arXiv 1708.02002.

    inputs: logits, targets: labels from 0 to 1 of their shape. α is `alpha` for label 1 and 1 - alpha for label 0;
    -1 turns it off. As `torchvision.ops.sigmoid_focal_loss`.

    >>> import autograd, nn.functional as F
    >>> F.sigmoid_focal_loss(autograd.zeros(2), autograd.tensor([1.0, 0.0]))
    tensor([0.0433, 0.1300])
    """
    check_reduction(reduction)
    check_same_shape("sigmoid_focal_loss", inputs, targets)
    if not (0 <= alpha <= 1 or alpha == -1):
        raise ValueError(f"sigmoid_focal_loss: alpha must be between 0 and 1, or -1 for none, not {alpha}")
    yes, no = logsigmoid(inputs), logsigmoid(-inputs)
    losses = -(targets * yes + (1 - targets) * no)
    missing = targets * no.exp() + (1 - targets) * yes.exp()
    losses = losses * focus(missing, gamma)
    if alpha >= 0:
        losses = losses * (alpha * targets + (1 - alpha) * (1 - targets))
    return reduced(losses, reduction)


def focus(missing: Tensor, gamma: float) -> Tensor:
    """missing^gamma, with a finite slope and curvature where nothing is missing."""
    if gamma < 0:
        raise ValueError(f"a focal loss's gamma must not be negative, but it is {gamma}")
    if 0 < gamma < 1:
        missing = missing.clamp(min=autograd.finfo(missing.dtype).tiny ** 0.5)
    return missing**gamma


@in_single
def focal_loss(
    input: Tensor,
    target: Tensor,
    alpha: Tensor | float | None = None,
    gamma: float = 2.0,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """(1 - p)^γ·(-log p), where p is the probability of the target: cross entropy that forgets what is learned.

    Lin et al., "Focal loss for dense object detection", arXiv 1708.02002. Targets of the input's shape are labels, for
    which `alpha` is a number as in `sigmoid_focal_loss` (None: 0.25). Other targets are class indices as in
    `cross_entropy`, for which `alpha` is a tensor (C) that scales each class's losses (None: by 1). Targets equal to
    `ignore_index` cost nothing; the mean is over all others, however they are scaled.

    >>> import autograd, nn.functional as F
    >>> F.focal_loss(autograd.zeros(1, 2), autograd.tensor([1]))
    tensor(0.1733)
    """
    check_reduction(reduction)
    check_tensors("focal_loss", input=input, target=target)
    if target.shape == input.shape:
        if isinstance(alpha, Tensor):
            raise TypeError("focal_loss: alpha must be a number where the targets are labels of the input's shape")
        kept = target != ignore_index
        labels = autograd.where(kept, target, 0).to(input.dtype)
        losses = sigmoid_focal_loss(input, labels, 0.25 if alpha is None else alpha, gamma)
    else:
        if alpha is not None and not isinstance(alpha, Tensor):
            raise TypeError(f"focal_loss: alpha must be a tensor of one weight for each class, not {alpha!r}")
        losses, kept = class_focal_losses(input, target, alpha, gamma, ignore_index)
    return autograd.where(kept, losses, 0) if reduction == "none" else reduced(losses[kept], reduction)


def class_focal_losses(
    input: Tensor, target: Tensor, alpha: Tensor | None, gamma: float, ignore_index: int
) -> tuple[Tensor, Tensor]:
    """The focal losses against class indices, and which of them are not ignored."""
    axis = min(input.dim() - 1, 1)
    check_class_logits("focal_loss", input)
    target = checked_targets("focal_loss", input, target, axis)
    check_classes(target, input.shape[axis], ignore_index)
    entropy = class_losses(log_softmax(input, axis), target, None, axis, ignore_index, "none")
    losses = focus(-(-entropy).expm1(), gamma) * entropy
    kept = target != ignore_index
    if alpha is not None:
        check_weight("focal_loss", alpha, input.shape[axis])
        losses = losses * alpha[autograd.where(kept, target, 0)]
    return losses, kept


@in_single
def dice_loss(
    input: Tensor, target: Tensor, smooth: float = 1.0, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """1 - (2·Σpq + smooth) / (Σp² + Σq² + smooth), of probabilities p and targets q: how little the two overlap.

    Milletari et al., "V-Net", arXiv 1606.04797. input: logits (N, C, d1, ...). Each sample and class has a loss, whose
    sums are over d1, ...: with `reduction="none"` the result is (N, C). Targets of the input's shape are labels, for
    which p = sigmoid(input). Targets (N, d1, ...) are class indices, for which p = softmax(input, 1) and q is 1 for the
    target's class, else 0. Places whose target is `ignore_index` are left out of the sums. `smooth` makes the loss of a
    class that is nowhere 0, not NaN. For an input of probabilities, take its `log` or, for labels, its `logit`.

    >>> import autograd, nn.functional as F
    >>> F.dice_loss(autograd.zeros(1, 2, 2), autograd.tensor([[0, 0]]), smooth=0.0, reduction="none")
    tensor([[0.2000, 1.0000]])
    """
    check_reduction(reduction)
    check_tensors("dice_loss", input=input, target=target)
    if smooth < 0:
        raise ValueError(f"dice_loss: smooth must not be negative, but it is {smooth}")
    if input.dim() < 3:
        raise ValueError(f"dice_loss: input must be (N, C, d1, ...), with places to sum over, not {list(input.shape)}")
    check_class_logits("dice_loss", input)
    kept = target != ignore_index
    if target.shape == input.shape:
        probabilities, truth = input.sigmoid(), target.to(input.dtype)
    else:
        target = checked_targets("dice_loss", input, target, 1)
        check_classes(target, input.shape[1], ignore_index)
        probabilities = softmax(input, 1)
        classes = autograd.arange(input.shape[1]).reshape(-1, *[1] * (input.dim() - 2))
        kept = kept.unsqueeze(1)
        truth = (target.unsqueeze(1) == classes).to(input.dtype)
    probabilities, truth = autograd.where(kept, probabilities, 0), autograd.where(kept, truth, 0)
    overlap = (probabilities * truth).flatten(2).sum(2)
    whole = (probabilities.square() + truth.square()).flatten(2).sum(2)
    return reduced(1 - (2 * overlap + smooth) / (whole + smooth), reduction)


def check_class_logits(function: str, input: Tensor) -> None:
    """Raises for an input without classes, or of integers."""
    if not input.dim():
        raise ValueError(f"{function}: input needs a dimension of classes, but it is 0-d")
    if not input.is_floating_point():
        raise NotImplementedError(f'"{function}" not implemented for {input.dtype}: it takes floating logits')
