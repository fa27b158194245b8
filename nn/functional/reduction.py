"""What all losses have in common: `reduction` and the arguments it had before that, the precision, the operands."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import autograd
from autograd import Tensor
from autograd.functions.neural import not_a_tensor

from ..arguments import warn

F = TypeVar("F", bound=Callable[..., Any])


def reduced(losses: Tensor, reduction: str) -> Tensor:
    """The losses' mean or sum, or the losses themselves for "none"."""
    check_reduction(reduction)
    return losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()


def check_reduction(reduction: str) -> None:
    """Raises unless `reduction` is one."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction: use 'mean', 'sum' or 'none'")


def modern(reduction: str, size_average: bool | None, reduce: bool | None) -> str:
    """The reduction, or where they are given, what the old arguments `size_average` and `reduce` mean as one."""
    if size_average is None and reduce is None:
        return reduction
    reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
    warn(f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.")
    return reduction


def in_single(loss: F) -> F:
    """The loss, computed in single precision where its tensors have 16 bits and rounded once, as they promote."""

    @functools.wraps(loss)
    def either(*args: Any, **kwargs: Any) -> Any:
        kinds = [arg.dtype for arg in (*args, *kwargs.values()) if isinstance(arg, Tensor)]
        if not any(is_narrow(kind) for kind in kinds):
            return loss(*args, **kwargs)
        kind = functools.reduce(autograd.promote_types, [kind for kind in kinds if kind.is_floating_point])
        return widely(loss, args, kwargs).to(kind)

    return either  # type: ignore[return-value]


def in_single_like_input(loss: F) -> F:
    """As `in_single`, but the result is of the first argument's dtype, which the others only scale or select."""
    input = loss.__code__.co_varnames[0]

    @functools.wraps(loss)
    def either(*args: Any, **kwargs: Any) -> Any:
        first = args[0] if args else kwargs.get(input)
        if not (isinstance(first, Tensor) and is_narrow(first.dtype)):
            return loss(*args, **kwargs)
        return widely(loss, args, kwargs).to(first.dtype)

    return either  # type: ignore[return-value]


def widely(loss: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The loss of the arguments in single precision."""
    return loss(*map(widened, args), **{name: widened(arg) for name, arg in kwargs.items()})


def is_narrow(kind: autograd.dtype) -> bool:
    """Whether a dtype is a floating one of 16 bits."""
    return kind.itemsize == 2 and kind.is_floating_point


def widened(argument: Any) -> Any:
    """An argument, if it is a tensor of 16-bit floats in single precision."""
    return argument.float() if isinstance(argument, Tensor) and is_narrow(argument.dtype) else argument


def check_tensors(function: str, **arguments: Any) -> None:
    """`TypeError` for the first of the arguments that is no tensor."""
    if not all(isinstance(value, Tensor) for value in arguments.values()):
        raise not_a_tensor(function, **arguments)


def check_operands(function: str, **operands: Any) -> None:
    """Raises for two operands that are no tensors, or whose shapes make one wonder.

    Shapes that hold equally many elements but broadcast to more, such as (N, 1) against (N,), compare each with each:
    that is a mistake for sure.
    """
    check_tensors(function, **operands)
    (a, x), (b, y) = operands.items()
    if x.shape == y.shape or x.numel() != y.numel():
        return
    together = autograd.broadcast_shapes(x.shape, y.shape)
    if x.numel() != together.numel():
        raise ValueError(
            f"{function}: {a} {list(x.shape)} and {b} {list(y.shape)} hold equally many elements but would broadcast "
            f"to {list(together)}, comparing each with each. Give both one shape, for example {a}.squeeze(-1) or "
            f"{b}.unsqueeze(-1)."
        )


def check_same_shape(function: str, input: Tensor, target: Tensor) -> None:
    """Raises unless both are tensors of one shape."""
    check_tensors(function, input=input, target=target)
    if input.shape != target.shape:
        raise ValueError(
            f"Target size ({target.shape}) must be the same as input size ({input.shape}) in {function}: using another "
            "one is deprecated. squeeze(-1), unsqueeze(-1) or expand_as gives both one shape."
        )
