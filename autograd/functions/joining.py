"""Joining tensors, repeating one, and combining the elements of vectors."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from ..errors import describe, dimension
from ..op import identity
from ..promotion import promote
from ..rules import shaping as rules
from ..rules.indexing import getitem
from .arguments import check_tensor, is_int
from .attach import method, numpy_names
from .shaping import as_ints, atleast_1d, atleast_2d, atleast_3d, listed

__all__ = [
    "cat", "concat", "concatenate", "stack", "hstack", "vstack", "row_stack", "dstack", "column_stack", "block_diag",
    "tile", "repeat_interleave", "meshgrid", "cartesian_prod", "combinations",
]  # fmt: skip

# ---- joining


def check_tensors(tensors: Any, name: str) -> list[Tensor]:
    """A sequence of tensors as a list; `TypeError` for anything else."""
    if type(tensors) not in (list, tuple) and (isinstance(tensors, Tensor) or not isinstance(tensors, Sequence)):
        raise TypeError(
            f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type(tensors).__name__}"
        )
    for i, x in enumerate(tensors):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
    return list(tensors)


@numpy_names
def cat(tensors: Any, dim: int = 0) -> Tensor:
    """The tensors one after the other along `dim`. Other sizes must agree; dtypes are promoted.

    Vectors without elements join anything. `RuntimeError` where sizes or numbers of dimensions differ.

    >>> import autograd
    >>> autograd.cat([autograd.zeros(2), autograd.ones(1)])
    tensor([0., 0., 1.])
    """
    parts = check_tensors(tensors, "cat")
    if not parts:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    shapes = [x._array.shape for x in parts]
    if len(set(shapes)) == 1 and len(shapes[0]) > 1:
        return rules.concatenate(parts, dimension(dim, len(shapes[0]), "cat"))
    if () in shapes:
        raise RuntimeError(
            f"zero-dimensional tensor (at position {shapes.index(())}) cannot be concatenated: use stack(), or "
            "unsqueeze(0) it"
        )
    first = next((shape for shape in shapes if shape != (0,)), (0,))
    if first == (0,):
        return rules.concatenate(parts, 0)
    along = dimension(dim, len(first), "cat")
    for i, shape in enumerate(shapes):
        if shape == (0,):
            empty = (*first[:along], 0, *first[along + 1 :])
            parts[i] = rules.reshape(parts[i], empty) if 0 in empty else parts[i]
        elif len(shape) != len(first):
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)} (shapes {list(first)} "
                f"and, for tensor number {i} in the list, {list(shape)})"
            )
        elif shape[:along] != first[:along] or shape[along + 1 :] != first[along + 1 :]:
            bad = next(d for d, (n, m) in enumerate(zip(shape, first)) if n != m and d != along)
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {along}. Expected size {first[bad]} but got size "
                f"{shape[bad]} for tensor number {i} in the list: cat() of {', '.join(str(list(s)) for s in shapes)}"
            )
    return rules.concatenate(parts, along)


@numpy_names
def concat(tensors: Any, dim: int = 0) -> Tensor:
    """Another name of `cat`.

    >>> import autograd
    >>> autograd.concat([autograd.zeros(2), autograd.ones(1)])
    tensor([0., 0., 1.])
    """
    return cat(tensors, dim)


@numpy_names
def concatenate(tensors: Any, dim: int = 0) -> Tensor:
    """Another name of `cat`.

    >>> import autograd
    >>> autograd.concatenate([autograd.zeros(2), autograd.ones(1)])
    tensor([0., 0., 1.])
    """
    return cat(tensors, dim)


@numpy_names
def stack(tensors: Any, dim: int = 0) -> Tensor:
    """Tensors of one shape side by side along a new dimension. Dtypes are promoted.

    >>> import autograd
    >>> autograd.stack([autograd.zeros(2), autograd.ones(2)], dim=1)
    tensor([[0., 1.],
            [0., 1.]])
    """
    parts = check_tensors(tensors, "stack")
    if not parts:
        raise RuntimeError("stack expects a non-empty TensorList")
    shape = parts[0]._array.shape
    axis = dimension(dim, len(shape) + 1, "stack")
    for i, x in enumerate(parts):
        if x._array.shape != shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and "
                f"{list(x._array.shape)} at entry {i}"
            )
    return rules.stack(parts, axis)


def widened(tensors: Any, name: str, widen: Callable[..., Any]) -> list[Tensor]:
    """The tensors with at least as many dimensions as a function of the `hstack` family works on."""
    parts = check_tensors(tensors, name)
    if not parts:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return [widen(x) for x in parts]


def hstack(tensors: Any) -> Tensor:
    """Joined along the second dimension, or the only one.

    >>> import autograd
    >>> autograd.hstack([autograd.zeros(2), autograd.ones(1)])
    tensor([0., 0., 1.])
    """
    parts = widened(tensors, "hstack", atleast_1d)
    return cat(parts, 0 if parts[0]._array.ndim == 1 else 1)


def vstack(tensors: Any) -> Tensor:
    """Joined along the first dimension; vectors count as rows.

    >>> import autograd
    >>> autograd.vstack([autograd.zeros(2), autograd.ones(2)])
    tensor([[0., 0.],
            [1., 1.]])
    """
    return cat(widened(tensors, "vstack", atleast_2d), 0)


def row_stack(tensors: Any) -> Tensor:
    """Another name of `vstack`.

    >>> import autograd
    >>> autograd.row_stack([autograd.zeros(2), autograd.ones(2)])
    tensor([[0., 0.],
            [1., 1.]])
    """
    return vstack(tensors)


def dstack(tensors: Any) -> Tensor:
    """Joined along the third dimension; (n) counts as (1, n, 1) and (m, n) as (m, n, 1).

    >>> import autograd
    >>> autograd.dstack([autograd.zeros(2), autograd.ones(2)])
    tensor([[[0., 1.],
             [0., 1.]]])
    """
    return cat(widened(tensors, "dstack", atleast_3d), 2)


def column_stack(tensors: Any) -> Tensor:
    """Joined along the second dimension; vectors count as columns.

    >>> import autograd
    >>> autograd.column_stack([autograd.zeros(2), autograd.ones(2)])
    tensor([[0., 1.],
            [0., 1.]])
    """
    columns = widened(
        tensors, "column_stack", lambda x: x if x._array.ndim > 1 else rules.reshape(x, (x._array.size, 1))
    )
    return cat(columns, 1)


def block_diag(*tensors: Tensor) -> Tensor:
    """A matrix with the tensors as blocks along its diagonal and zeros elsewhere; vectors count as rows.

    >>> import autograd
    >>> autograd.block_diag(autograd.ones(2), autograd.tensor(3.0))
    tensor([[1., 1., 0.],
            [0., 0., 3.]])
    """
    for i, x in enumerate(check_tensors(tensors, "block_diag")):
        if x._array.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {x._array.ndim} "
                "dimensions"
            )
    if not tensors:
        return wrap(np.zeros((1, 0), np.float32))
    blocks = [atleast_2d(x) for x in promote(*tensors)]
    width, before = sum(x._array.shape[1] for x in blocks), 0
    rows = []
    for x in blocks:
        after = width - before - x._array.shape[1]
        rows.append(rules.pad(x, ((0, 0), (before, after)), 0))
        before += x._array.shape[1]
    return rules.concatenate(rows, 0)


# ---- repeating


@method()
def repeat(self: Tensor, *repeats: Any, **named: Any) -> Tensor:
    """A copy with the whole repeated so many times along each dimension; more repeats than dimensions add some.

    >>> import autograd
    >>> autograd.arange(2).repeat(2, 2)
    tensor([[0, 1, 0, 1],
            [0, 1, 0, 1]])
    """
    counts = listed(repeats, named, "repeat", "repeats")
    shape = self._array.shape
    if len(counts) < len(shape):
        raise RuntimeError(
            f"Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: "
            f"{list(counts)} for {describe(self)}"
        )
    shape = (1,) * (len(counts) - len(shape)) + shape
    total = tuple(n * c for n, c in zip(shape, counts))
    if any(c < 0 for c in counts):
        raise RuntimeError(f"Trying to create tensor with negative dimension: {list(total)}")
    apart = rules.reshape(self, tuple(n for size in shape for n in (1, size)))
    repeated = rules.broadcast_to(apart, tuple(n for pair in zip(counts, shape) for n in pair))
    return as_copy(rules.reshape(repeated, total))


def as_copy(repeated: Tensor) -> Tensor:
    """What was repeated by reshaping an expanded tensor, which gives a view where each dimension has one source."""
    return repeated if repeated._view is None else identity(repeated)


def tile(input: Tensor, dims: Any) -> Tensor:
    """A copy repeated along each dimension, where missing repeats, in front, count as 1.

    >>> import autograd
    >>> autograd.tile(autograd.arange(2), (2,))
    tensor([0, 1, 0, 1])
    """
    check_tensor(input, "tile")
    counts = as_ints(dims, "tile", "dims")
    return repeat(input, (1,) * (input._array.ndim - len(counts)) + counts)


@method("tile")
def tile_method(self: Tensor, *dims: Any, **named: Any) -> Tensor:
    """A copy repeated along each dimension: see `autograd.tile`."""
    return tile(self, listed(dims, named, "tile", "dims"))


@method()
def repeat_interleave(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Each element (or slice along `dim`) repeated, by one number or by one for each in the tensor `repeats`.

    Without `dim` the input counts as flat. With one argument only, the numbers 0, 1, … repeated that often.

    >>> import autograd
    >>> autograd.arange(3).repeat_interleave(2)
    tensor([0, 0, 1, 1, 2, 2])
    """
    check_tensor(input, "repeat_interleave")
    if repeats is None:
        return wrap(repeated_places(input._array, input._array.size, output_size))
    if dim is None:
        input, dim = rules.reshape(input, (input._array.size,)), 0
    shape = input._array.shape
    axis = dimension(dim, len(shape), "repeat_interleave")
    if isinstance(repeats, Tensor) and repeats._array.size != 1:
        places = repeated_places(repeats._array, shape[axis] if shape else 1, output_size)
        return getitem(input, (*(slice(None),) * axis, places))
    if isinstance(repeats, Tensor):
        repeated_places(repeats._array, repeats._array.size, None)  # raises for floats and negative numbers
    elif not is_int(repeats):
        raise TypeError(f"repeat_interleave(): argument 'repeats' must be int or Tensor, not {type(repeats).__name__}")
    count = int(repeats._array.item()) if isinstance(repeats, Tensor) else repeats.__index__()
    if count < 0:
        raise RuntimeError(f"Repeats must be non-negative, not {count}")
    spread = rules.broadcast_to(
        rules.reshape(input, (*shape[: axis + 1], 1, *shape[axis + 1 :])),
        (*shape[: axis + 1], count, *shape[axis + 1 :]),
    )
    total = (*shape[:axis], shape[axis] * count, *shape[axis + 1 :])
    return as_copy(rules.reshape(spread, total))


def repeated_places(repeats: Any, size: int, output_size: int | None) -> Any:
    """0, 1, …, each as often as `repeats` says."""
    if repeats.dtype.kind not in "iu":
        raise NotImplementedError(f'"repeat_interleave" not implemented for repeats {describe(repeats)}: use integers')
    if repeats.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if repeats.size != size:
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {repeats.size} and "
            f"input.size(0) = {size}"
        )
    if (repeats < 0).any():
        raise RuntimeError("repeats can not be negative")
    places = np.repeat(np.arange(size), repeats)
    if output_size is not None and output_size != places.size:
        raise RuntimeError(f"allocated size does not match required size: output_size={output_size}, not {places.size}")
    return places


# ---- combining vectors


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """The coordinates of the points of a grid, given its coordinates along each axis: one tensor for each vector.

    With "ij" the first vector runs along the first dimension, with "xy" along the second.

    >>> import autograd
    >>> autograd.meshgrid(autograd.arange(2), autograd.arange(2), indexing="ij")[0]
    tensor([[0, 0],
            [1, 1]])
    """
    vectors = check_tensors(
        tensors[0] if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors, "meshgrid"
    )
    if not vectors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for x in vectors:
        if x._array.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {describe(x)}")
        if x._array.dtype != vectors[0]._array.dtype:
            raise RuntimeError(
                f"meshgrid expects all tensors to have the same dtype, not {vectors[0].dtype} and {x.dtype}"
            )
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    swapped = indexing == "xy" and len(vectors) > 1
    if swapped:
        vectors[:2] = vectors[1::-1]
    shape = tuple(x._array.size for x in vectors)
    grids = []
    for i, x in enumerate(vectors):
        column = rules.reshape(x, tuple(n if i == d else 1 for d, n in enumerate(shape)))
        grids.append(rules.broadcast_to(column, shape))
    if swapped:
        grids[:2] = grids[1::-1]
    return tuple(grids)


def check_vector(input: Tensor, name: str) -> None:
    """Raises unless the tensor is a vector."""
    check_tensor(input, name)
    if input._array.ndim != 1:
        raise RuntimeError(f"{name}(): Expect a 1D vector, but got shape {list(input._array.shape)}")


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All combinations of one element from each vector, as rows.

    >>> import autograd
    >>> autograd.cartesian_prod(autograd.arange(2), autograd.arange(2))
    tensor([[0, 0],
            [0, 1],
            [1, 0],
            [1, 1]])
    """
    for x in tensors:
        check_vector(x, "cartesian_prod")
    if len(tensors) == 1:
        return tensors[0]
    return stack([rules.reshape(grid, (-1,)) for grid in meshgrid(*tensors)], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All combinations of `r` elements of a vector, as rows, in the order of `itertools.combinations`.

    >>> import autograd
    >>> autograd.combinations(autograd.arange(3))
    tensor([[0, 1],
            [0, 2],
            [1, 2]])
    """
    check_vector(input, "combinations")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return getitem(input, (slice(0, 0),))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = np.array(list(choose(range(input._array.size), r)), np.int64).reshape(-1, r)
    return getitem(input, (rows,))
