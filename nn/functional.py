"""The functions behind the modules, with PyTorch's names and arguments."""

from __future__ import annotations

import warnings

import autograd
from autograd import Tensor, log_softmax, sigmoid, softmax, tanh
from autograd.functions.neural import alike, class_cross_entropy, linear, mean_squared_error, softplus
from autograd.functions.padding import pad

__all__ = [
    "cross_entropy",
    "dropout",
    "linear",
    "log_softmax",
    "mse_loss",
    "pad",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
]


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(input, 0), elementwise; with `inplace` in the input's own memory.

    >>> import autograd, nn.functional as F
    >>> F.relu(autograd.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return input.relu_() if inplace else input.relu()


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets elements to zero with probability `p` and scales the rest by 1 / (1 - p), if `training`.

    >>> import autograd, nn.functional as F
    >>> F.dropout(autograd.ones(2), training=False)
    tensor([1., 1.])
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    out = autograd.dropout(input, p, training)
    return input.copy_(out) if inplace and out is not input else out


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """The losses' mean or sum, or the losses themselves for "none"."""
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    if reduction == "none":
        return losses
    raise ValueError(f"{reduction} is not a valid value for reduction: use 'mean', 'sum' or 'none'")


def modern_reduction(size_average: bool | None, reduce: bool | None) -> str:
    """What PyTorch's old arguments `size_average` and `reduce` mean as a `reduction`."""
    modern = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{modern}' instead.", stacklevel=3
    )
    return modern


def check_shapes(input: Tensor, target: Tensor, name: str) -> None:
    """Two shapes that differ yet broadcast hide a mistake more often than not.

    Where they hold equally many elements and broadcast to more, such as (N, 1) against (N,), it is one for sure.
    """
    together = autograd.broadcast_shapes(input.shape, target.shape)
    if input.numel() == target.numel() != autograd.Size(together).numel():
        raise ValueError(
            f"{name}: input {list(input.shape)} and target {list(target.shape)} hold equally many elements but would "
            f"broadcast to {list(together)}, comparing each with each. Give both one shape, for example "
            "input.squeeze(-1) or target.unsqueeze(-1)."
        )
    warnings.warn(
        f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely "
        "lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=3,
    )


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The mean squared error (input - target)²; `weight` scales each element's.

    Shapes that differ are warned of, as in PyTorch. Two that hold equally many elements but broadcast to more, such as
    (N, 1) and (N,), are a `ValueError` here: PyTorch would compare each with each.

    >>> import autograd, nn.functional as F
    >>> F.mse_loss(autograd.ones(2), autograd.zeros(2))
    tensor(1.)
    """
    if size_average is not None or reduce is not None:
        reduction = modern_reduction(size_average, reduce)
    if alike(input, target, "mse_loss") and reduction == "mean" and weight is None:
        return mean_squared_error(input, target)
    if input.shape != target.shape:
        check_shapes(input, target, "mse_loss")
    losses = (input - target).square()
    if weight is not None:
        losses = losses * weight
        if reduction == "mean":
            return losses.sum() / weight.sum()
    return reduced(losses, reduction)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The cross entropy between logits and class indices or class probabilities; see `nn.CrossEntropyLoss`.

    >>> import autograd, nn.functional as F
    >>> F.cross_entropy(autograd.zeros(1, 2), autograd.tensor([1]))
    tensor(0.6931)
    """
    if size_average is not None or reduce is not None:
        reduction = modern_reduction(size_average, reduce)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction: use 'mean', 'sum' or 'none'")
    alike(input, target, "cross_entropy")
    if not input.dim():
        raise ValueError("cross_entropy: input needs a dimension of classes, but it is 0-d")
    axis = 0 if input.dim() == 1 else 1
    classes = input.shape[axis]
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got "
            f"weight tensor of shape: {list(weight.shape)}"
        )
    if target.is_floating_point():
        return probability_cross_entropy(input, target, weight, axis, reduction, label_smoothing)
    check_class_targets(input, target, axis)
    if weight is None and not label_smoothing and reduction != "none":
        return class_cross_entropy(input, target, axis, ignore_index, reduction == "mean")
    check_class_indices(target, classes, ignore_index)
    kept = target != ignore_index
    safe = autograd.where(kept, target, 0)
    log_probabilities = log_softmax(input, axis)
    scale = kept.to(input.dtype) if weight is None else weight[safe] * kept
    losses = -log_probabilities.gather(axis, safe.unsqueeze(axis)).squeeze(axis) * scale
    if label_smoothing:
        smooth = -log_probabilities if weight is None else -log_probabilities * along(weight, input, axis)
        losses = (1 - label_smoothing) * losses + label_smoothing / classes * (smooth.sum(axis) * kept)
    return losses.sum() / scale.sum() if reduction == "mean" else reduced(losses, reduction)


def probability_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None, axis: int, reduction: str, label_smoothing: float
) -> Tensor:
    """Cross entropy against probabilities of the logits' shape."""
    if target.shape != input.shape:
        raise RuntimeError(
            f"cross_entropy: class probabilities must have the shape of the logits, {list(input.shape)}, but have "
            f"{list(target.shape)}. Class indices must be integers: target.long()."
        )
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / input.shape[axis]
    losses = log_softmax(input, axis) * target
    if weight is not None:
        losses = losses * along(weight, input, axis)
    losses = -losses.sum(axis)
    return losses.sum() / max(losses.numel(), 1) if reduction == "mean" else reduced(losses, reduction)


def is_integer(tensor: Tensor) -> bool:
    """Whether a tensor holds integers; bools do not count."""
    return not (tensor.is_floating_point() or tensor.is_complex() or tensor.dtype is autograd.bool)


def along(weight: Tensor, input: Tensor, axis: int) -> Tensor:
    """One weight for each class, shaped to multiply logits."""
    return weight.reshape([-1 if i == axis else 1 for i in range(input.dim())])


def check_class_targets(input: Tensor, target: Tensor, axis: int) -> None:
    """Raises unless `target` holds one integer for each row of logits."""
    shape = input.shape
    expected = shape[:axis] + shape[axis + 1 :]
    if target.shape != expected:
        if target.numel() == expected.numel() or target.dim() == input.dim():
            hint = " A target of one column needs squeeze(-1); one-hot targets must be floating, or use argmax."
        else:
            hint = ""
        raise ValueError(
            f"cross_entropy: expected targets of shape {list(expected)} for logits {list(input.shape)} (classes in "
            f"dimension {axis}), but got {list(target.shape)}.{hint}"
        )
    if target.dtype is not autograd.int64 and not is_integer(target):
        raise RuntimeError(f"expected scalar type Long for class indices but found {target.dtype}")


def check_class_indices(target: Tensor, classes: int, ignore_index: int) -> None:
    """Raises for a class that there is not."""
    outside = ((target < 0) | (target >= classes)) & (target != ignore_index)
    if outside.any():
        raise IndexError(
            f"Target {target[outside][0].item()} is out of bounds: there are {classes} classes, numbered from 0"
        )
