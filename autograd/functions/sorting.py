"""Sorting, and what is found by rank: the k largest, medians, quantiles. Gradients flow to the elements picked."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import return_types
from .._tensor import Tensor, wrap
from ..casting import single_precision
from ..rules import reductions as totals
from ..rules import selection
from ..rules import sorting as rules
from ..rules.elementwise import astype, isnan, lerp
from ..rules.indexing import take_along
from ..rules.shaping import reshape, transpose
from .attach import method
from .reductions import only_element, picked, require_elements
from .scans import one_axis

__all__ = ["sort", "argsort", "msort", "topk", "kthvalue", "median", "nanmedian", "mode", "quantile", "nanquantile"]


@method()
def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """The elements in ascending or descending order along `dim`, and where they were: a named tuple (values, indices).

    NaN counts as the largest. Equal elements keep their order, whether or not `stable` asks for it.

    >>> import autograd
    >>> autograd.tensor([3.0, 1.0, 2.0]).sort().values
    tensor([1., 2., 3.])
    """
    axis = one_axis(input, dim, "sort")
    if axis is None:
        return only_element(return_types.sort, input)
    indices = rules.argsort(input, axis, descending)
    return return_types.sort((take_along(input, indices, axis), indices))


@method()
def argsort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
    """The indices that sort `input` along `dim`: see `sort`.

    >>> import autograd
    >>> autograd.tensor([3.0, 1.0, 2.0]).argsort()
    tensor([1, 2, 0])
    """
    axis = one_axis(input, dim, "argsort")
    return wrap(np.zeros((), np.int64)) if axis is None else rules.argsort(input, axis, descending)


@method()
def msort(input: Tensor) -> Tensor:
    """The elements in ascending order along the first dimension.

    >>> import autograd
    >>> autograd.tensor([3.0, 1.0, 2.0]).msort()
    tensor([1., 2., 3.])
    """
    return sort(input, 0).values


@method()
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest or smallest elements along `dim` and where they are: a named tuple (values, indices).

    The best is first, even where `sorted` does not ask for order. Raises `RuntimeError` if there are fewer than k.

    >>> import autograd
    >>> autograd.tensor([1.0, 4.0, 3.0]).topk(2).indices
    tensor([1, 2])
    """
    axis = one_axis(input, dim, "topk")
    count = number(k, "topk")
    if not 0 <= count <= (1 if axis is None else input._array.shape[axis]):
        raise RuntimeError(
            f"topk(): selected index k out of range: k is {count}, dimension {dim} of shape {list(input._array.shape)}"
        )
    if axis is None:
        return only_element(return_types.topk, input)
    indices = rules.argtopk(input, count, axis, largest)
    return return_types.topk((take_along(input, indices, axis), indices))


def number(k: Any, name: str) -> int:
    """The argument `k`, which must be an integer."""
    if isinstance(k, bool) or not hasattr(k, "__index__"):
        raise TypeError(f"{name}(): argument 'k' (position 2) must be int, not {type(k).__name__}")
    return k.__index__()


@method()
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest element along `dim`, counted from 1, and where it is: a named tuple (values, indices).

    >>> import autograd
    >>> autograd.tensor([5.0, 3.0, 4.0]).kthvalue(2).values
    tensor(4.)
    """
    axis = one_axis(input, dim, "kthvalue")
    rank = number(k, "kthvalue")
    require_elements(input, axis, "kthvalue")
    if not 1 <= rank <= (1 if axis is None else input._array.shape[axis]):
        raise RuntimeError(
            f"kthvalue(): selected number k out of range for dimension {axis or 0}: k is {rank}, the shape is "
            f"{list(input._array.shape)}"
        )
    if axis is None:
        return only_element(return_types.kthvalue, input)
    return picked(return_types.kthvalue, input, rules.argkth(input, rank - 1, axis), axis, keepdim)


@method()
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle element, of two the lower: of all, or along `dim`, then as a named tuple (values, indices).

    NaN, if there is any, is the median. Of all elements, those equal to the median share the gradient.

    >>> import autograd
    >>> autograd.tensor([1.0, 9.0, 3.0, 4.0]).median()
    tensor(3.)
    """
    return middle(return_types.median, input, dim, keepdim, ignore_nan=False)


@method()
def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The median of the elements that are not NaN: see `median`.

    >>> import autograd
    >>> autograd.tensor([1.0, float("nan"), 3.0]).nanmedian()
    tensor(1.)
    """
    return middle(return_types.nanmedian, input, dim, keepdim, ignore_nan=True)


def middle(kind: Any, input: Tensor, dim: Any, keepdim: bool, ignore_nan: bool) -> Any:
    """The common part of `median` and `nanmedian`."""
    if dim is None:
        return totals.median(input, ignore_nan)
    axis = one_axis(input, dim, kind.__name__)
    require_elements(input, axis, kind.__name__)
    if axis is None:
        return only_element(kind, input)
    return picked(kind, input, rules.argmedian(input, axis, ignore_nan), axis, keepdim)


@method()
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent element along `dim`, of several the smallest: a named tuple (values, indices).

    >>> import autograd
    >>> autograd.tensor([2, 1, 2, 3]).mode().values
    tensor(2)
    """
    axis = one_axis(input, dim, "mode")
    require_elements(input, axis, "mode")
    if axis is None:
        return only_element(return_types.mode, input)
    return picked(return_types.mode, input, rules.argmode(input, axis), axis, keepdim)


@method()
@single_precision
def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """The q-quantiles over all elements or along `dim`; q is a number in [0, 1], or a tensor of them.

    Where q falls between two elements, `interpolation` is linear, lower, higher, midpoint or nearest. The results of
    a 1-d q are along a new first dimension. A lane with NaN has the quantile NaN. Raises `RuntimeError` for an empty
    input, one that is not float32 or float64, and q of another dtype or outside [0, 1].

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0, 4.0]).quantile(0.75)
    tensor(2.5000)
    """
    return at_ranks("quantile", input, q, dim, keepdim, interpolation)


@method()
@single_precision
def nanquantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """The q-quantiles of the elements that are not NaN: see `quantile`.

    >>> import autograd
    >>> autograd.tensor([0.0, float("nan"), 4.0]).nanquantile(0.5)
    tensor(2.)
    """
    return at_ranks("nanquantile", input, q, dim, keepdim, interpolation)


INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def at_ranks(name: str, input: Tensor, q: Any, dim: Any, keepdim: bool, interpolation: str) -> Tensor:
    """The common part of `quantile` and `nanquantile`: sort, find the rank of each q, interpolate."""
    q = as_levels(name, input, q)
    if not input._array.size:
        raise RuntimeError(f"{name}() input tensor must be non-empty, not of shape {list(input._array.shape)}")
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(
            f"{name}() interpolation must be one of {', '.join(INTERPOLATIONS)}, but got {interpolation}"
        )
    shape = input._array.shape
    axis = None if dim is None else one_axis(input, dim, name)
    if axis is None:
        lanes, kept = reshape(input, (-1,)), [1] * len(shape)
    else:
        others = [i for i in range(len(shape)) if i != axis]
        lanes, kept = transpose(input, [*others, axis]), [1 if i == axis else n for i, n in enumerate(shape)]
    result = interpolate(lanes, q, interpolation, ignore_nan=name == "nanquantile")
    result = transpose(result, [result._array.ndim - 1, *range(result._array.ndim - 1)])
    if not keepdim:
        kept = [] if axis is None else kept[:axis] + kept[axis + 1 :]
    return reshape(result, [*q._array.shape, *kept])


def as_levels(name: str, input: Tensor, q: Any) -> Tensor:
    """The argument `q` as a tensor, checked."""
    kind = input._array.dtype
    if kind not in (np.float32, np.float64):
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype, not {input.dtype}")
    if not isinstance(q, Tensor):
        if not isinstance(q, (int, float)):
            raise TypeError(f"{name}(): argument 'q' must be a number or a Tensor, not {type(q).__name__}")
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q}")
        return wrap(np.array(q, kind))
    levels = q._array
    if levels.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor, not of shape {list(levels.shape)}")
    if levels.dtype != kind:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor: {q.dtype} and {input.dtype}")
    if not np.all((levels >= 0) & (levels <= 1)):
        raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    return q


def interpolate(lanes: Tensor, q: Tensor, interpolation: str, ignore_nan: bool) -> Tensor:
    """The values at the levels q of each lane along the last axis."""
    n = lanes._array.shape[-1]
    ordered = take_along(lanes, rules.argsort(lanes, -1, False), -1)
    missing = totals.sum(isnan(lanes), -1, True)  # in order they come last
    if ignore_nan:
        ranks = q * astype(selection.clamp(n - 1 - missing, 0, None), q._array.dtype)
    else:
        ranks = selection.where(missing > 0, n - 1, q * (n - 1))
    rounding = {"lower": selection.floor, "higher": selection.ceil, "nearest": selection.round_}.get(interpolation)
    if rounding is not None:
        return at(ordered, rounding(ranks))
    floor = selection.floor(ranks)
    weight = 0.5 if interpolation == "midpoint" else ranks - floor
    return lerp(at(ordered, floor), at(ordered, selection.ceil(ranks)), weight)


def at(ordered: Tensor, ranks: Tensor) -> Tensor:
    """The elements along the last axis that have these whole numbers as positions."""
    return take_along(ordered, astype(ranks.detach(), np.int64), -1)
