"""Losses that compare numbers with numbers: functions of their differences.

Shapes that differ are warned of, as in PyTorch. Two that hold equally many elements but broadcast to more, such as
(N, 1) and (N,), are a `ValueError` here: PyTorch would compare each with each.
"""

from __future__ import annotations

from collections.abc import Callable

import autograd
from autograd import Tensor
from autograd.casting import single_precision
from autograd.functions.losses import alike, huber, mean_squared_error

from .reduction import check_operands, check_reduction, check_tensors, in_single, modern, reduced, warn


@in_single
def compared(
    name: str,
    measure: Callable[[Tensor], Tensor],
    input: Tensor,
    target: Tensor,
    reduction: str,
    weight: Tensor | None = None,
) -> Tensor:
    """The measures of the differences, reduced; with `weight` a weighted mean."""
    check_reduction(reduction)
    check_operands(name, input=input, target=target)
    shape = input.shape
    if shape != target.shape:
        warn(
            f"Using a target size ({target.shape}) that is different to the input size ({shape}). This will likely "
            "lead to incorrect results due to broadcasting. Please ensure they have the same size."
        )
        input, target = autograd.broadcast_tensors(input, target)  # before they promote, for which a 0-d one is weaker
    if weight is not None and weight.shape != shape:
        raise ValueError(
            f"Weights and input must have the same size: {name} got a weight {list(weight.shape)} for an input "
            f"{list(shape)}"
        )
    if name != "l1_loss" and not (input.dtype is target.dtype and input.is_floating_point()):
        kind = autograd.result_type(input, target)
        if not kind.is_floating_point:
            raise NotImplementedError(f'"{name}" not implemented for {kind}: convert with .float()')
        input, target = input.to(kind), target.to(kind)
    losses = measure(input - target)
    if weight is None:
        return reduced(losses, reduction)
    losses = losses * weight
    return losses.sum() / weight.sum() if reduction == "mean" else reduced(losses, reduction)


@single_precision
def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The mean squared error, (input - target)²; `weight` makes it a weighted mean.

    >>> import autograd, nn.functional as F
    >>> F.mse_loss(autograd.ones(2), autograd.zeros(2))
    tensor(1.)
    """
    if size_average is not None or reduce is not None:
        reduction = modern(reduction, size_average, reduce)
    if alike(input, target, "mse_loss") and reduction == "mean" and weight is None:
        return mean_squared_error(input, target)
    return compared("mse_loss", Tensor.square, input, target, reduction, weight)


@single_precision
def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The mean absolute error, |input - target|; `weight` makes it a weighted mean.

    >>> import autograd, nn.functional as F
    >>> F.l1_loss(autograd.ones(2), autograd.zeros(2))
    tensor(1.)
    """
    reduction = modern(reduction, size_average, reduce)
    return compared("l1_loss", Tensor.abs, input, target, reduction, weight)


@single_precision
def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """|input - target| - beta/2, and where the difference d is below `beta`, d²/(2·beta): Girshick, arXiv 1504.08083.

    `RuntimeError` for a negative `beta`; for 0 it is the `l1_loss`.

    >>> import autograd, nn.functional as F
    >>> F.smooth_l1_loss(autograd.tensor([1.0, 3.0]), autograd.zeros(2), reduction="none")
    tensor([0.5000, 2.5000])
    """
    reduction = modern(reduction, size_average, reduce)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta, such as {beta}")
    if beta == 0:
        return compared("smooth_l1_loss", Tensor.abs, input, target, reduction)
    return compared("smooth_l1_loss", lambda difference: huber(difference, beta, 1 / beta), input, target, reduction)


@single_precision
def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """Half the squared difference up to `delta`, and from there on its tangent: Huber, Ann. Math. Statist. 35, 1964.

    Unlike in the others, `weight` scales each loss and the mean is the plain one, as in PyTorch. `RuntimeError` unless
    `delta` is positive.

    >>> import autograd, nn.functional as F
    >>> F.huber_loss(autograd.tensor([1.0, 3.0]), autograd.zeros(2), reduction="none", delta=2.0)
    tensor([0.5000, 4.0000])
    """
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta, such as {delta}")
    check_tensors("huber_loss", input=input, target=target)
    if not input.is_floating_point():
        raise NotImplementedError(f'"huber_loss" not implemented for {input.dtype}: convert with .float()')
    mean_of_weighted = weight is not None and reduction == "mean"
    losses = compared(
        "huber_loss",
        lambda difference: huber(difference, delta, 1.0),
        input,
        target,
        "none" if mean_of_weighted else reduction,
        weight,
    )
    kind = input.dtype if weight is None else autograd.promote_types(input.dtype, weight.dtype)
    return (losses.mean() if mean_of_weighted else losses).to(kind)
