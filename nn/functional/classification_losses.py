"""Losses that compare scores of classes with a class, or with the probabilities of the classes."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor, log_softmax
from autograd.casting import single_precision
from autograd.functions.losses import check_classes, class_cross_entropy, negative_log_likelihood
from autograd.functions.neural import linear, not_a_tensor

from ..arguments import integer
from .reduction import check_reduction, check_tensors, modern, reduced, warn, widened


@single_precision
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
        reduction = modern(reduction, size_average, reduce)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    check_reduction(reduction)
    ignore_index = integer("cross_entropy", "ignore_index", ignore_index)
    check_tensors("cross_entropy", input=input, target=target)
    shape = input.shape
    if not shape:
        raise ValueError("cross_entropy: input needs a dimension of classes, but it is 0-d")
    if not input.is_floating_point():
        raise NotImplementedError(
            f'"log_softmax" not implemented for {input.dtype}: cross_entropy takes floating logits, input.float()'
        )
    axis = 0 if len(shape) == 1 else 1
    if weight is not None:
        check_weight("cross_entropy", weight, shape[axis])
    if target.is_floating_point() and target.shape == shape:
        if ignore_index >= 0:
            raise RuntimeError(
                "ignore_index is not supported for floating point target: cross_entropy of probabilities counts every "
                f"row, so leave out ignore_index={ignore_index} and the rows you do not want"
            )
        return probability_cross_entropy(input, target, weight, axis, reduction, label_smoothing)
    target = checked_targets("cross_entropy", input, target, axis)
    check_classes(target, shape[axis], ignore_index)
    if weight is None and not label_smoothing and reduction != "none" and shape[axis]:
        return class_cross_entropy(input, target, axis, ignore_index, reduction == "mean")
    if weight is not None:
        check_weight_type("cross_entropy", weight, input)
    log_probabilities = log_softmax(widened(input), axis)
    loss = class_losses(log_probabilities, target, weight, axis, ignore_index, reduction, label_smoothing)
    return loss.to(input.dtype)


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Tensor:
    """The `cross_entropy` of `linear(input, linear_weight, linear_bias)`.

    input: (N, in) or (in), linear_weight: (C, in), or (C, d1, ..., in) for logits (N, C, d1, ...), linear_bias: as it,
    without the last. `options`, which in PyTorch part the work into chunks that take less memory, are not used.

    >>> import autograd, nn.functional as F
    >>> F.linear_cross_entropy(autograd.ones(1, 3), autograd.zeros(2, 3), autograd.tensor([1]))
    tensor(0.6931)
    """
    check_tensors("linear_cross_entropy", input=input, linear_weight=linear_weight, target=target)
    if input.dim() not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.dim()}")
    features, outputs = linear_weight.shape[-1], linear_weight.shape[:-1]
    if input.shape[-1] != features:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{input.shape[-1]} and {features}, respectively"
        )
    if linear_bias is not None and linear_bias.shape != outputs:
        raise RuntimeError(f"expected linear_bias shape {tuple(outputs)}, got {tuple(linear_bias.shape)}")
    if len(outputs) > 1 and input.dim() == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, "
            f"(N, {features}), got unbatched input with shape {tuple(input.shape)}"
        )
    if options is not None:
        warn("linear_cross_entropy: ``options`` ignored; there is no computation in chunks.")
    bias = None if linear_bias is None else linear_bias.reshape(-1)
    logits = linear(input, linear_weight.reshape(-1, features), bias).reshape(*input.shape[:-1], *outputs)
    if ignore_index is None:
        ignore_index = -100
    elif target.shape == logits.shape:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    return cross_entropy(
        logits,
        target,
        weight,
        reduction=reduction,
        ignore_index=ignore_index,
        label_smoothing=label_smoothing,
    )


@single_precision
def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-probability of each target's class: what `cross_entropy` does after its `log_softmax`.

    >>> import autograd, nn.functional as F
    >>> F.nll_loss(autograd.tensor([[-0.5, -0.9]]), autograd.tensor([1]))
    tensor(0.9000)
    """
    reduction = modern(reduction, size_average, reduce)
    check_reduction(reduction)
    ignore_index = integer("nll_loss", "ignore_index", ignore_index)
    check_tensors("nll_loss", input=input, target=target)
    if not input.dim():
        raise ValueError("nll_loss: Expected 1 or more dimensions (got 0): one of them are the classes")
    if not input.is_floating_point():
        raise NotImplementedError(f'"nll_loss" not implemented for {input.dtype}: it takes log-probabilities')
    axis = 0 if input.dim() == 1 else 1
    if weight is not None:
        check_weight("nll_loss", weight, input.shape[axis])
        check_weight_type("nll_loss", weight, input)
    target = checked_targets("nll_loss", input, target, axis)
    check_classes(target, input.shape[axis], ignore_index)
    return class_losses(input, target, weight, axis, ignore_index, reduction)


def class_losses(
    log_probabilities: Tensor,
    target: Tensor,
    weight: Tensor | None,
    axis: int,
    ignore_index: int,
    reduction: str,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Minus the log-probabilities of the targets' classes, reduced.

    What is to be ignored is left out of the mean, not multiplied by zero: where that is all, the mean is NaN and its
    gradient zero.
    """
    loss = negative_log_likelihood(log_probabilities, target, weight, axis, ignore_index, reduction)
    if not label_smoothing:
        return loss
    kept = target != ignore_index
    if weight is not None:
        weight = widened(weight)
        log_probabilities = log_probabilities * along(weight, log_probabilities, axis)
    uniform = -log_probabilities.sum(axis)
    if reduction == "none":
        uniform = autograd.where(kept, uniform, 0)
    elif weight is not None and reduction == "mean":
        uniform = uniform[kept].sum() / weight[target[kept]].sum()
    else:
        uniform = reduced(uniform[kept], reduction)
    return (1 - label_smoothing) * loss + label_smoothing / max(log_probabilities.shape[axis], 1) * uniform


def probability_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None, axis: int, reduction: str, label_smoothing: float
) -> Tensor:
    """Cross entropy against probabilities of the logits' shape."""
    dtype = autograd.promote_types(input.dtype, target.dtype)
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / max(input.shape[axis], 1)
    losses = log_softmax(widened(input), axis) * target
    if weight is not None:
        dtype = autograd.promote_types(dtype, weight.dtype)
        losses = losses * along(weight, input, axis)
    return reduced(-losses.sum(axis), reduction).to(dtype)


def along(weight: Tensor, input: Tensor, axis: int) -> Tensor:
    """One weight for each class, shaped to multiply logits."""
    return weight.reshape([-1 if i == axis else 1 for i in range(input.dim())])


def check_weight(function: str, weight: Tensor, classes: int) -> None:
    """Raises unless there is a weight for each class."""
    if not isinstance(weight, Tensor):
        raise not_a_tensor(function, weight=weight)
    if weight.shape != (classes,):
        raise RuntimeError(
            f"{function}: weight tensor should be defined either for all {classes} classes or no classes but got "
            f"weight tensor of shape: {list(weight.shape)}"
        )


def check_weight_type(function: str, weight: Tensor, input: Tensor) -> None:
    """Raises unless the weight is of the scores' dtype."""
    if weight.dtype is not input.dtype:
        raise RuntimeError(
            f"expected scalar type {input.dtype.older_name} but found {weight.dtype.older_name}: {function} takes a "
            f"weight of the logits' dtype, weight.to({input.dtype})"
        )


def checked_targets(function: str, input: Tensor, target: Tensor, axis: int) -> Tensor:
    """`target` as one int64 for each row of logits; PyTorch's error if it is something else."""
    shape, found = tuple(input.shape), target.shape
    expected = shape[:axis] + shape[axis + 1 :]
    if found == expected and target.dtype is autograd.int64:
        return target
    kind = target.dtype.older_name
    takes = f"{function} takes one class for each row of the logits {list(shape)}"
    if found == shape and function == "cross_entropy":
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {kind}: {takes}, or probabilities "
            f"of their shape. One-hot targets must be floating, target.float(), or become classes, "
            f"target.argmax({axis})."
        )
    if target.is_floating_point() and function == "cross_entropy":
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {kind}: {takes}, as target.long(). "
            f"Floating targets are class probabilities, and class probabilities must have the shape of the logits, "
            f"but these have {list(found)}."
        )
    if kind not in ("Long", "Byte"):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {kind}: {takes}, as target.long()")
    if len(shape) > 1 and found[:1] != shape[:1]:
        raise ValueError(
            f"Expected input batch_size ({shape[0]}) to match target batch_size ({found[0] if found else 0}): {takes}, "
            f"so {list(expected)} of them, but got {list(found)}."
        )
    if len(shape) > 2:
        if found != expected:
            raise RuntimeError(
                f"Expected target size {list(expected)}, got {list(found)}: {takes}, whose classes are in dimension 1"
            )
        if kind == "Byte":
            raise RuntimeError(f"expected scalar type Long but found Byte: {takes}, here as target.long()")
    elif len(found) > 1:
        raise RuntimeError(
            f"0D or 1D target tensor expected, multi-target not supported: {takes}, so {list(expected)} of them, but "
            f"got {list(found)}. A target of one column needs squeeze(-1)."
        )
    elif axis == 0 and found.numel() != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {found[0]}. {takes}.")
    return target.reshape(expected).long()
