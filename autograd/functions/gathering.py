"""Reading and writing, along a dimension, what an index tensor names: single elements, or whole slices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor, wrap
from ..casting import widest_precision
from ..errors import describe, dimension
from ..modes import state
from ..rules import indexing as rules
from ..rules import shaping
from .arguments import check_tensor
from .attach import method
from .data import fitting

__all__ = [
    "gather", "take_along_dim", "scatter", "scatter_add", "scatter_reduce",
    "index_select", "index_add", "index_copy", "index_fill", "index_reduce",
]  # fmt: skip

# ---- along a dimension: one place for each element


def check_places(index: Any, name: str) -> None:
    """Raises unless the index is a tensor of integers."""
    if not isinstance(index, Tensor):
        raise TypeError(f"{name}(): argument 'index' must be Tensor, not {type(index).__name__}")
    if index._array.dtype.name not in ("int64", "int32"):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, not {describe(index)}")


def check_bounds(places: Any, size: int, axis: int, error: type[Exception] = RuntimeError, least: int = 0) -> None:
    """Raises for a place outside a dimension of this size."""
    if places.size:
        low, high = int(places.min()), int(places.max())
        if low < least or high >= size:
            bad = low if low < least else high
            raise error(f"index {bad} is out of bounds for dimension {axis} with size {size}")


def lifted(x: Tensor) -> Tensor:
    """The tensor, with one dimension if it had none."""
    return x if x._array.ndim else shaping.reshape(x, (1,))


def along(input: Tensor, dim: int, index: Any, name: str) -> tuple[Tensor, int, Tensor]:
    """The operands of an op along an axis: input and index with at least one dimension, and the axis.

    The index keeps its identity where it can, so that overwriting it before the backward pass is noticed.
    """
    check_tensor(input, name)
    check_places(index, name)
    axis = dimension(dim, input._array.ndim, name)
    x, where = lifted(input), lifted(index)
    shape, wanted = x._array.shape, where._array.shape
    if not where._array.size:
        return x, axis, wrap(np.zeros((0,) * len(shape), np.int64))
    if len(wanted) != len(shape):
        raise RuntimeError(
            f"{name}(): Index tensor must have the same number of dimensions as input tensor: {describe(index)} for "
            f"{describe(input)}"
        )
    for d, (n, m) in enumerate(zip(wanted, shape)):
        if n > m and d != axis:
            raise RuntimeError(
                f"{name}(): Size does not match at dimension {d} expected index {list(wanted)} to be no larger than "
                f"self {list(shape)} apart from dimension {axis}"
            )
    check_bounds(where._array, shape[axis], axis)
    return x, axis, where


@method()
def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """The elements at the places `index` along `dim`: out[i][j] = input[index[i][j]][j] for `dim` 0.

    index: as many dimensions as input, none but `dim` larger. `RuntimeError` for other shapes and for places that
    `dim` does not have.

    >>> import autograd
    >>> autograd.tensor([[1, 2], [3, 4]]).gather(1, autograd.tensor([[1], [0]]))
    tensor([[2],
            [3]])
    """
    x, axis, where = along(input, dim, index, "gather")
    shape = index._array.shape
    if not index._array.size:
        return shaping.reshape(rules.take_along(x, where, axis), shape)
    out = rules.take_along(x, where, axis)
    return out if shape else shaping.reshape(out, ())


@method()
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """The elements at the places `indices` along `dim`; other dimensions broadcast. Without `dim` of the flat tensor.

    >>> import autograd
    >>> x = autograd.tensor([[3, 1], [2, 4]])
    >>> x.take_along_dim(x.argsort(dim=1), dim=1)
    tensor([[1, 3],
            [2, 4]])
    """
    check_tensor(input, "take_along_dim")
    if not isinstance(indices, Tensor) or indices._array.dtype != np.int64:
        kind = indices.dtype if isinstance(indices, Tensor) else type(indices).__name__
        raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {kind}")
    if dim is None:
        flat = shaping.reshape(input, (input._array.size,))
        return take_along_dim(flat, shaping.reshape(indices, (indices._array.size,)), 0)
    if input._array.ndim != indices._array.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input._array.ndim} dimensions for input, and {indices._array.ndim} dimensions for indices"
        )
    axis = dimension(dim, input._array.ndim, "take_along_dim")
    size = lifted(input)._array.shape[axis]
    check_bounds(indices._array, size, axis, least=-size)
    out = rules.take_along_axis(lifted(input), lifted(indices)._array, axis)
    return out if input._array.ndim else shaping.reshape(out, ())


def scattering(input: Tensor, dim: int, index: Any, src: Any, name: str) -> tuple[Tensor, Tensor, Tensor, int]:
    """The operands of a scatter: input, values (brought to the index's shape), index, axis."""
    x, axis, where = along(input, dim, index, name)
    if not isinstance(src, Tensor):
        raise TypeError(f"{name}(): argument 'src' (position 4) must be Tensor, not {type(src).__name__}")
    if src._array.dtype != x._array.dtype:
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype: {input.dtype} and {src.dtype}")
    values, shape = lifted(src), where._array.shape
    if not where._array.size:
        return x, rules.getitem(shaping.reshape(src, (-1,)), (slice(0, 0),)), where, axis
    if values._array.ndim != len(shape):
        raise RuntimeError(
            f"{name}(): Index tensor must have the same number of dimensions as src tensor: {describe(index)} and "
            f"{describe(src)}"
        )
    if values._array.shape != shape:
        if any(n > m for n, m in zip(shape, values._array.shape)):
            raise RuntimeError(
                f"{name}(): Expected index {list(shape)} to be no larger than self {list(x._array.shape)} apart from "
                f"dimension {axis} and to be no larger size than src {list(values._array.shape)}"
            )
        values = rules.getitem(values, tuple(slice(n) for n in shape))
    return x, values, where, axis


def as_before(out: Tensor, input: Tensor) -> Tensor:
    """A result with as many dimensions as the input had."""
    return out if input._array.ndim else shaping.reshape(out, ())


@method(inplace=True)
def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """A copy with the elements of `src`, or a number, written at the places `index` along `dim`.

    `reduce`: "add" or "multiply" instead of overwriting. Where a place is named twice it is not said which value stays.

    >>> import autograd
    >>> autograd.zeros(3).scatter(0, autograd.tensor([2, 0]), autograd.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    given = src if value is None else value
    if given is None:
        raise TypeError('scatter() missing 1 required positional arguments: "src"')
    if not isinstance(given, Tensor):
        check_tensor(input, "scatter")
        check_places(index, "scatter")
        kind = input._array.dtype
        given = wrap(np.broadcast_to(np.asarray(fitting(given, kind)).astype(kind), index._array.shape))
    elif value is not None:
        given = shaping.broadcast_to(given, index._array.shape)
    x, values, where, axis = scattering(input, dim, index, given, "scatter")
    if reduce is None:
        return as_before(rules.put_along(x, values, where, axis), input)
    if reduce not in ("add", "multiply"):
        raise RuntimeError(f"reduce argument must be either add or multiply, not {reduce}.")
    op = rules.add_along if reduce == "add" else rules.multiply_along
    return as_before(op(x, values, where, axis), input)


@method(inplace=True)
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """A copy with the elements of `src` added at the places `index` along `dim`, as often as they are named.

    >>> import autograd
    >>> autograd.zeros(2).scatter_add(0, autograd.tensor([0, 0, 1]), autograd.ones(3))
    tensor([2., 1.])
    """
    return as_before(rules.add_along(*scattering(input, dim, index, src, "scatter_add")), input)


@method(inplace=True)
def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """A copy in which each place along `dim` that `index` names holds the "sum", "prod", "mean", "amax" or "amin" of
    the elements of `src` that meet there, and with `include_self` of the one that was there.

    Extremes share the gradient among equals, as in PyTorch.

    >>> import autograd
    >>> autograd.ones(2).scatter_reduce(0, autograd.tensor([0, 0]), autograd.tensor([3.0, 5.0]), "amax")
    tensor([5., 1.])
    """
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    x, values, where, axis = scattering(input, dim, index, src, "scatter_reduce")
    kind = x._array.dtype
    if not include_self:
        x = rules.put_along(x, neutral(reduce, kind), where, axis)
    if reduce == "prod":
        return as_before(rules.multiply_along(x, values, where, axis), input)
    if reduce in ("amax", "amin"):
        return as_before(rules.extreme_along(x, values, where, axis, reduce == "amax"), input)
    total = rules.add_along(x, values, where, axis)
    if reduce == "mean":
        start = np.full(x._array.shape, 1 if include_self else 0, np.int64)
        counts = rules.add_along(start, np.ones(where._array.shape, np.int64), where._array, axis)
        divisor = wrap(np.maximum(counts, 1).astype(kind))
        total = total / divisor if kind.kind in "fcV" else total // divisor
    return as_before(total, input)


def neutral(reduce: str, kind: Any) -> Any:
    """What changes nothing when it is reduced with other numbers of a NumPy dtype."""
    if reduce in ("sum", "mean", "prod"):
        return 1 if reduce == "prod" else 0
    if kind.kind in "fV":
        return -math.inf if reduce == "amax" else math.inf
    if kind.kind == "b":
        return reduce == "amin"
    info = dtypes.iinfo(dtypes.of_numpy(kind))
    return info.min if reduce == "amax" else info.max


# ---- along a dimension: one place for each slice


def vector(index: Any, name: str, error: type[Exception] = IndexError) -> Any:
    """The places in an index of at most one dimension, as an array that will not change."""
    check_places(index, name)
    if index._array.ndim > 1:
        raise error(f"{name}(): Index is supposed to be a vector, not {describe(index)}")
    return index._array.reshape(-1).astype(np.intp, copy=state.recording)


def places_of(axis: int, places: Any) -> tuple[Any, ...]:
    """NumPy's index for these places along an axis."""
    return (*(slice(None),) * axis, places)


@method()
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """A copy of the slices at the places `index`, a vector, along `dim`. `IndexError` for places it does not have.

    >>> import autograd
    >>> autograd.eye(2).index_select(0, autograd.tensor([1, 1]))
    tensor([[0., 1.],
            [0., 1.]])
    """
    check_tensor(input, "index_select")
    axis = dimension(dim, input._array.ndim, "index_select")
    places = vector(index, "index_select")
    x = lifted(input)
    check_bounds(places, x._array.shape[axis], axis, IndexError)
    return as_before(rules.getitem(x, places_of(axis, places)), input)


def slices_at(input: Tensor, dim: int, index: Any, source: Any, name: str) -> tuple[Tensor, Tensor, int, Any]:
    """The operands of `index_add` and `index_reduce`: input, source, axis, places."""
    check_tensor(input, name)
    if not isinstance(source, Tensor):
        raise TypeError(f"{name}(): argument 'source' (position 4) must be Tensor, not {type(source).__name__}")
    axis, places = dimension(dim, input._array.ndim, name), vector(index, name)
    if input._array.dtype != source._array.dtype:
        raise RuntimeError(f"{name}(): self ({input.dtype}) and source ({source.dtype}) must have the same scalar type")
    x, values = lifted(input), lifted(source)
    shape, given = x._array.shape, values._array.shape
    if len(given) <= axis or given[axis] != places.size:
        raise RuntimeError(
            f"{name}(): Number of indices ({places.size}) should be equal to source.size(dim) of {describe(source)}, "
            f"for dim: {axis}"
        )
    if given[:axis] + given[axis + 1 :] != shape[:axis] + shape[axis + 1 :]:
        raise RuntimeError(
            f"{name}(): source tensor shape must match self tensor shape, excluding the specified dimension. Got "
            f"self.shape = {list(shape)} source.shape = {list(given)}"
        )
    check_bounds(places, shape[axis], axis)
    return x, values, axis, places


@method(inplace=True)
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """A copy with `alpha` times the slices of `source` added at the places `index`, a vector, along `dim`.

    >>> import autograd
    >>> autograd.zeros(2).index_add(0, autograd.tensor([1, 1]), autograd.ones(2))
    tensor([0., 2.])
    """
    x, values, axis, places = slices_at(input, dim, index, source, "index_add")
    if alpha != 1:
        values = values * (alpha if x._array.dtype.kind in "fcV" else int(alpha))
    return as_before(rules.put(x, values, places_of(axis, places), True), input)


@method(inplace=True)
def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """A copy in which each slice along `dim` that `index`, a vector, names holds the "prod", "mean", "amax" or "amin"
    of the slices of `source` that meet there, and with `include_self` of the one that was there.

    >>> import autograd
    >>> autograd.ones(2).index_reduce(0, autograd.tensor([0, 0]), autograd.tensor([3.0, 5.0]), "prod")
    tensor([15.,  1.])
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax, amin, not {reduce}")
    x, values, axis, places = slices_at(input, dim, index, source, "index_reduce")
    column = places.reshape([-1 if d == axis else 1 for d in range(x._array.ndim)])
    where = wrap(np.ascontiguousarray(np.broadcast_to(column, values._array.shape)))
    return as_before(scatter_reduce(x, axis, where, values, reduce, include_self=include_self), input)


@method(inplace=True)
@widest_precision
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """A copy with the slices of `source` written at the places `index`, a vector, along `dim`.

    >>> import autograd
    >>> autograd.zeros(3).index_copy(0, autograd.tensor([2, 0]), autograd.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    check_tensor(input, "index_copy")
    check_tensor(source, "index_copy", "source")
    axis, places = dimension(dim, input._array.ndim, "index_copy"), vector(index, "index_copy")
    if input._array.dtype != source._array.dtype:
        raise RuntimeError(
            f"index_copy_(): self and source expected to have the same dtype, but got (self) {input.dtype} and "
            f"(source) {source.dtype}"
        )
    x, values = lifted(input), lifted(source)
    shape, given = x._array.shape, values._array.shape
    if len(given) != len(shape):
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({len(given)}), destination dimensionality ({len(shape)})"
        )
    if given[:axis] + given[axis + 1 :] != shape[:axis] + shape[axis + 1 :]:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Got destination "
            f"{list(shape)} and source {list(given)} for dimension {axis}."
        )
    if given[axis] != places.size:
        raise IndexError(
            f"index_copy_(): Number of indices ({places.size}) should be equal to source.size(dim) ({given[axis]})"
        )
    check_bounds(places, shape[axis], axis, IndexError)
    return as_before(rules.put(x, values, places_of(axis, places), False), input)


@method(inplace=True)
def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """A copy with `value`, a number or a 0-d tensor, at the places `index`, a vector, along `dim`.

    >>> import autograd
    >>> autograd.zeros(3).index_fill(0, autograd.tensor([0, 2]), 5)
    tensor([5., 0., 5.])
    """
    check_tensor(input, "index_fill")
    axis, places = dimension(dim, input._array.ndim, "index_fill"), vector(index, "index_fill", RuntimeError)
    x, kind = lifted(input), input._array.dtype
    check_bounds(places, x._array.shape[axis], axis, IndexError, -x._array.shape[axis])
    if isinstance(value, Tensor):
        if value._array.ndim:
            raise RuntimeError(
                "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{value._array.ndim} dimension(s)."
            )
        if value._array.dtype != kind:
            value = value.to(input.dtype)
    else:
        value = np.asarray(fitting(value, kind)).astype(kind)
    return as_before(rules.put(x, value, places_of(axis, places), False), input)
