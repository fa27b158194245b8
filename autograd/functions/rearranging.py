"""Turning elements round, and reading and writing triangles and diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor, wrap
from ..errors import dimension
from ..op import identity
from ..rules import shaping as rules
from .arguments import as_int, check_place, check_tensor
from .attach import method
from .dimensions import transpose
from .shaping import as_dims, as_ints, listed

__all__ = [
    "flip", "fliplr", "flipud", "rot90", "roll",
    "tril", "triu", "tril_indices", "triu_indices", "diag", "diagonal", "diag_embed", "diagflat",
]  # fmt: skip

# ---- turning round


def flip(input: Tensor, dims: Any) -> Tensor:
    """A copy with the order along each of `dims` reversed.

    >>> import autograd
    >>> autograd.flip(autograd.arange(3), (0,))
    tensor([2, 1, 0])
    """
    check_tensor(input, "flip")
    axes = as_dims(as_ints(dims, "flip", "dims"), input._array.ndim, "flip")
    return rules.flip(input, axes) if axes and input._array.ndim else identity(input)


@method("flip")
def flip_method(self: Tensor, *dims: Any, **named: Any) -> Tensor:
    """A copy with the order along some dimensions reversed: see `autograd.flip`."""
    return flip(self, listed(dims, named, "flip", "dims"))


@method()
def fliplr(input: Tensor) -> Tensor:
    """A copy with the second dimension reversed.

    >>> import autograd
    >>> autograd.eye(2).fliplr()
    tensor([[0., 1.],
            [1., 0.]])
    """
    check_tensor(input, "fliplr")
    if input._array.ndim < 2:
        raise RuntimeError(f"Input must be >= 2-d. fliplr() got {input._array.ndim} dimensions.")
    return rules.flip(input, (1,))


@method()
def flipud(input: Tensor) -> Tensor:
    """A copy with the first dimension reversed.

    >>> import autograd
    >>> autograd.arange(3).flipud()
    tensor([2, 1, 0])
    """
    check_tensor(input, "flipud")
    if input._array.ndim < 1:
        raise RuntimeError("Input must be >= 1-d. flipud() got 0 dimensions.")
    return rules.flip(input, (0,))


@method()
def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """A copy turned by `k` quarter turns in the plane of two dimensions, from the first towards the second.

    >>> import autograd
    >>> autograd.tensor([[1, 2], [3, 4]]).rot90()
    tensor([[2, 4],
            [1, 3]])
    """
    check_tensor(input, "rot90")
    ndim = input._array.ndim
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {ndim}")
    first, second = (dimension(d, ndim, "rot90") for d in dims)
    if first == second:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    if k % 2:
        return transpose(rules.flip(input, (second if k % 4 == 1 else first,)), first, second)
    return rules.flip(input, (first, second)) if k % 4 else identity(input)


@method()
def roll(input: Tensor, shifts: Any, dims: Any = ()) -> Tensor:
    """A copy with elements moved along dimensions, those pushed out coming in again in front.

    `shifts` and `dims` are ints or tuples of one length. Without `dims` the tensor is rolled as if it were flat.

    >>> import autograd
    >>> autograd.arange(4).roll(1)
    tensor([3, 0, 1, 2])
    """
    check_tensor(input, "roll")
    steps = as_ints(shifts if isinstance(shifts, (tuple, list)) else (shifts,), "roll", "shifts")
    axes = () if dims is None else tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    if not axes and len(steps) == 1:
        return rules.roll(input, steps[0], None)
    if len(steps) != len(axes):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(steps)}, dims:{len(axes)}")
    if not input._array.ndim:
        raise IndexError(f"Dimension specified as {axes[0]} but tensor has no dimensions")
    return rules.roll(input, steps, tuple(dimension(d, input._array.ndim, "roll") for d in axes))


# ---- triangles


def check_matrix(input: Tensor, name: str) -> None:
    """Raises for a tensor that is no matrix and no batch of them."""
    check_tensor(input, name)
    if input._array.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, not {input._array.ndim}")


@method(inplace=True)
def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of each matrix, zeros above. `diagonal` moves the last diagonal that is kept up.

    >>> import autograd
    >>> autograd.ones(2, 2).tril()
    tensor([[1., 0.],
            [1., 1.]])
    """
    check_matrix(input, "tril")
    return rules.tril(input, as_int(diagonal, "tril", "diagonal", 2))


@method(inplace=True)
def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of each matrix, zeros below. `diagonal` moves the first diagonal that is kept up.

    >>> import autograd
    >>> autograd.ones(2, 2).triu()
    tensor([[1., 1.],
            [0., 1.]])
    """
    check_matrix(input, "triu")
    return rules.triu(input, as_int(diagonal, "triu", "diagonal", 2))


def triangle(places: Any, row: int, col: int, offset: int, dtype: Any, device: Any, layout: Any, name: str) -> Tensor:
    """The common part of `tril_indices` and `triu_indices`."""
    check_place(device, layout)
    for what, n in (("row", row), ("col", col)):
        if n < 0:
            raise RuntimeError(f"{what} must be non-negative, got {n}")
    kind = np.dtype(np.int64) if dtype is None else dtypes.to_numpy(dtype)
    if kind not in (np.dtype(np.int64), np.dtype(np.int32)):
        raise NotImplementedError(f'"{name}" not implemented for {dtype}: use int64 or int32')
    return wrap(np.stack(places(row, offset, col)).astype(kind))


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None
) -> Tensor:
    """The places of the lower triangle of a matrix: a row of row numbers and one of column numbers.

    >>> import autograd
    >>> autograd.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return triangle(np.tril_indices, row, col, offset, dtype, device, layout, "tril_indices")


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None
) -> Tensor:
    """The places of the upper triangle of a matrix: a row of row numbers and one of column numbers.

    >>> import autograd
    >>> autograd.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    return triangle(np.triu_indices, row, col, offset, dtype, device, layout, "triu_indices")


# ---- diagonals


def diagonal_dims(ndim: int, dim1: int, dim2: int, name: str) -> tuple[int, int]:
    """Two different dimensions, counted from the front."""
    first, second = dimension(dim1, ndim, name), dimension(dim2, ndim, name)
    if first == second:
        raise RuntimeError(f"{name}(): diagonal dimensions cannot be identical {dim1}, {dim2}")
    return first, second


@method()
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A view of the diagonal in the plane of two dimensions, as the last dimension; `offset` moves it up.

    >>> import autograd
    >>> autograd.eye(2).diagonal()
    tensor([1., 1.])
    """
    check_tensor(input, "diagonal")
    return rules.diagonal(input, offset, *diagonal_dims(input._array.ndim, dim1, dim2, "diagonal"))


@method()
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices, in the plane of two dimensions, that are zero but for a diagonal: the last dimension of `input`.

    >>> import autograd
    >>> autograd.ones(2).diag_embed()
    tensor([[1., 0.],
            [0., 1.]])
    """
    check_tensor(input, "diag_embed")
    shape = input._array.shape
    if not shape:
        raise IndexError("diag_embed(): Dimension out of range: a 0-d tensor has no dimension to put on a diagonal")
    first, second = diagonal_dims(len(shape) + 1, dim1, dim2, "diag_embed")
    size = shape[-1] + abs(offset)
    result = list(shape[:-1])
    for d in sorted((first, second)):
        result.insert(d, size)
    return rules.embed_diagonal(input, tuple(result), offset, first, second)


@method()
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """A matrix with a vector on its diagonal, or a copy of a matrix's diagonal.

    >>> import autograd
    >>> autograd.tensor([[1, 2], [3, 4]]).diag()
    tensor([1, 4])
    """
    check_tensor(input, "diag")
    ndim = input._array.ndim
    if ndim == 1:
        return diag_embed(input, diagonal)
    if ndim == 2:
        return identity(rules.diagonal(input, diagonal, 0, 1))
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {ndim}D")


@method()
def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """A matrix with all the elements of `input` on its diagonal.

    >>> import autograd
    >>> autograd.tensor([[1, 2]]).diagflat()
    tensor([[1, 0],
            [0, 2]])
    """
    check_tensor(input, "diagflat")
    return diag_embed(rules.reshape(input, (input._array.size,)), offset)
