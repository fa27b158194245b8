"""Telling elements apart, placing them between others, and counting them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from ..errors import describe, dimension
from ..rules import counting as rules
from ..rules.elementwise import astype
from ..rules.indexing import getitem, take_along
from ..rules.scans import cut
from ..rules.shaping import reshape
from .attach import method

__all__ = ["unique", "unique_consecutive", "searchsorted", "bucketize", "histc", "bincount", "isin"]


@method()
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements (or slices along `dim`) in ascending order, whether or not `sorted` asks for it.

    With `return_inverse` also which of them each element is, with `return_counts` also how often each occurs. Every
    NaN is distinct. The gradient goes to the first occurrence of each.

    >>> import autograd
    >>> autograd.tensor([3, 1, 3]).unique(return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    return distinct("unique", input, return_inverse, return_counts, dim, consecutive=False)


@method()
def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements, or slices along `dim`, without those that equal the one before: see `unique`.

    >>> import autograd
    >>> autograd.tensor([1, 1, 2, 1]).unique_consecutive()
    tensor([1, 2, 1])
    """
    return distinct("unique_consecutive", input, return_inverse, return_counts, dim, consecutive=True)


def distinct(name: str, input: Tensor, inverse: bool, counts: bool, dim: Any, consecutive: bool) -> Any:
    """The common part of `unique` and `unique_consecutive`."""
    shape = input._array.shape
    axis = None
    if dim is not None:
        if not shape:
            raise IndexError(f"{name}(): Dimension specified as {dim} but tensor has no dimensions")
        axis = dimension(dim, len(shape), name)
        if not input._array.size and (shape[axis] or shape.count(0) > 1):
            raise RuntimeError(
                f"There are 0 sized dimensions, and they aren't selected, so {name} cannot be applied: the shape is "
                f"{list(shape)}, dim {dim}"
            )
    where, which, sizes = rules.unique(input, axis, consecutive)
    if axis is None:
        which = reshape(which, shape)
        values = getitem(reshape(input, (-1,)), (where._array,))
    else:
        values = getitem(input, (*cut(axis, None, None)[:-1], where._array))
    results = [values, *([which] if inverse else []), *([sizes] if counts else [])]
    return tuple(results) if len(results) > 1 else values


def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Where `input` has to be inserted into a sequence, sorted along its last dimension, to keep it sorted.

    sorted_sequence: (N) or (..., N), then input: (..., M) with the same leading dimensions. Before equal elements,
    or behind them if `right` or `side="right"`. `sorter` holds the indices that sort the sequence. Raises
    `RuntimeError` for shapes that do not fit.

    >>> import autograd
    >>> autograd.searchsorted(autograd.tensor([1, 3, 5]), autograd.tensor([3, 6]))
    tensor([1, 3])
    """
    name = "torch.searchsorted()"
    if side not in (None, "left", "right"):
        raise RuntimeError(f"{name}: side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(f"{name}: side and right can't be set to opposites, got side of left while right was True")
    shape = sorted_sequence._array.shape
    if not shape:
        raise RuntimeError(f"{name}: boundaries tensor should have positive dimension, but got 0 dimension")
    if sorter is not None:
        sorted_sequence = in_order(name, sorted_sequence, sorter)
    if not isinstance(input, Tensor):
        input = wrap(np.asarray(input))
    if (len(shape) > 1 and input._array.shape[:-1] != shape[:-1]) or input._array.ndim < len(shape) > 1:
        raise RuntimeError(
            f"{name}: boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and "
            f"input value tensor must match, but we got boundaries tensor {list(shape)} and input value tensor "
            f"{list(input._array.shape)}"
        )
    found = rules.searchsorted(sorted_sequence, input, right or side == "right")
    return astype(found, np.int32) if out_int32 else found


def in_order(name: str, sequence: Tensor, sorter: Tensor) -> Tensor:
    """The sequence as its `sorter` orders it."""
    order = sorter._array
    if order.dtype != np.int64:
        raise RuntimeError(f"{name}: sorter must be a tensor of long dtype but got dtype {sorter.dtype}")
    if order.shape != sequence._array.shape:
        raise RuntimeError(
            f"{name}: boundary and sorter must have the same size, but got boundary tensor "
            f"{list(sequence._array.shape)} and got sorter tensor {list(order.shape)}"
        )
    if order.size and not 0 <= order.min() <= order.max() < order.shape[-1]:
        raise RuntimeError(f"{name}: sorter index out of range")
    return take_along(sequence, sorter, -1)


def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """The number of the bucket between the sorted `boundaries` (1-d) that each element falls into.

    An element equal to a boundary belongs to the bucket before it, or behind it if `right`.

    >>> import autograd
    >>> autograd.bucketize(autograd.tensor([0, 3, 6]), autograd.tensor([1, 3, 5]))
    tensor([0, 1, 3])
    """
    if boundaries._array.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries._array.ndim})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


@method()
def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements lie in each of `bins` equal parts of [min, max], or of the range of the input if both are 0.

    Elements outside and NaN are not counted. Raises `RuntimeError` for integers, a range that is not finite or is
    upside down, and no bins.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0, 1.0]).histc(4, 0, 3)
    tensor([0., 2., 1., 0.])
    """
    array = input._array
    if array.dtype.kind != "f":
        raise NotImplementedError(f'"histc" not implemented for {input.dtype}: convert with .float()')
    if bins <= 0:
        raise RuntimeError(f"torch.histc(): bins must be > 0, but got {bins}")
    low, high = float(min), float(max)
    if low == high and array.size:
        low, high = float(array.min()), float(array.max())
    if low == high:
        low, high = low - 1, high + 1
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"torch.histc: range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError(f"torch.histc: max must be larger than min, but got [{low}, {high}]")
    return rules.histc(input.detach(), bins, low, high)


@method()
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of the numbers 0, 1, 2, … occurs in a 1-d tensor of integers, or the sum of its `weights`.

    Raises `RuntimeError` for anything but non-negative integers in one dimension with as many weights.

    >>> import autograd
    >>> autograd.tensor([0, 1, 1, 3]).bincount()
    tensor([1, 2, 0, 1])
    """
    array = input._array
    if array.dtype.kind not in "iu":
        raise NotImplementedError(f'"bincount" not implemented for {input.dtype}: it counts integers')
    if array.ndim != 1 or (array.size and array.min() < 0):
        raise RuntimeError(f"bincount only supports 1-d non-negative integral inputs, not {describe(array)}")
    if minlength < 0:
        raise RuntimeError(f"bincount(): minlength should be >= 0, not {minlength}")
    if weights is not None and weights._array.shape != array.shape:
        raise RuntimeError(
            f"weights should be 1-d and have the same length as input: got {list(weights._array.shape)} for "
            f"{list(array.shape)}"
        )
    return rules.bincount(input, weights if array.size else None, minlength)


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Which elements are among `test_elements` (or, with `invert`, are not). Either may be a number.

    >>> import autograd
    >>> autograd.isin(autograd.tensor([1, 2, 3]), autograd.tensor([3, 1]))
    tensor([ True, False,  True])
    """
    if not (isinstance(elements, Tensor) or isinstance(test_elements, Tensor)):
        raise TypeError("isin(): elements or test_elements must be a Tensor")
    return rules.isin(elements, test_elements, assume_unique, invert)
