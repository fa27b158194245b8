"""Parts of a tensor along a dimension or a diagonal: views of them, and copies in which they are replaced."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._tensor import Tensor
from ..errors import dimension
from ..rules import indexing as rules
from ..rules import shaping
from .arguments import check_tensor, is_int
from .attach import method
from .conversion import converted
from .rearranging import diagonal_dims

__all__ = ["narrow", "select", "select_scatter", "slice_scatter", "diagonal_scatter"]

WHOLE = slice(None)


def selecting(input: Tensor, dim: int, index: Any, name: str) -> tuple[Any, ...]:
    """The index that takes one place of a dimension."""
    check_tensor(input, name)
    shape = input._array.shape
    if not shape:
        raise IndexError(f"{name}() cannot be applied to a 0-dim tensor.")
    axis = dimension(dim, len(shape), name)
    if not is_int(index):
        raise TypeError(f"{name}(): argument 'index' must be int, not {type(index).__name__}")
    place = index.__index__()
    if not -shape[axis] <= place < shape[axis]:
        raise IndexError(f"{name}(): index {place} out of range for tensor of size {list(shape)} at dimension {axis}")
    return (*(WHOLE,) * axis, place, ...)


@method()
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """A view of one place of a dimension, which is removed.

    >>> import autograd
    >>> autograd.eye(2).select(0, 1)
    tensor([0., 1.])
    """
    return rules.getitem(input, selecting(input, dim, index, "select"))


@method()
def narrow(input: Tensor, dim: int, start: Any, length: int) -> Tensor:
    """A view of `length` places of a dimension from `start` on.

    >>> import autograd
    >>> autograd.arange(5).narrow(0, 1, 3)
    tensor([1, 2, 3])
    """
    check_tensor(input, "narrow")
    shape = input._array.shape
    if not shape:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError(f"narrow(): length must be non-negative, not {length}.")
    axis = dimension(dim, len(shape), "narrow")
    n = shape[axis]
    if not is_int(start):
        raise TypeError(f"narrow(): argument 'start' must be int, not {type(start).__name__}")
    first = start.__index__()
    if not -n <= first <= n:
        raise IndexError(f"narrow(): start out of range (expected to be in range of [{-n}, {n}], but got {first})")
    first += n if first < 0 else 0
    if first + length > n:
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({n}).")
    return rules.getitem(input, (*(WHOLE,) * axis, slice(first, first + length)))


def exactly(src: Tensor, shape: tuple[int, ...], kind: Any, name: str) -> Tensor:
    """What is scattered, at the dtype of where it goes; `RuntimeError` unless it has this shape."""
    check_tensor(src, name, "src")
    if src._array.shape != shape:
        raise RuntimeError(
            f"{name}(): expected src to have a size equal to the slice of self. src size = {list(src._array.shape)}, "
            f"slice size = {list(shape)}"
        )
    return src if src._array.dtype is kind else converted(src, kind)


@method()
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy with `src` at one place of a dimension.

    >>> import autograd
    >>> autograd.zeros(2, 2).select_scatter(autograd.ones(2), 0, 1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    where = selecting(input, dim, index, "select_scatter")
    array = input._array
    return rules.put(input, exactly(src, array[where].shape, array.dtype, "select_scatter"), where, False)


@method()
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """A copy with `src` in a slice of a dimension.

    >>> import autograd
    >>> autograd.zeros(4).slice_scatter(autograd.ones(2), start=1, end=4, step=2)
    tensor([0., 1., 0., 1.])
    """
    check_tensor(input, "slice_scatter")
    if step <= 0:
        raise RuntimeError(f"slice step must be positive, not {step}")
    array = input._array
    where = (*(WHOLE,) * dimension(dim, array.ndim, "slice_scatter"), slice(start, end, step))
    return rules.put(input, exactly(src, array[where].shape, array.dtype, "slice_scatter"), where, False)


@method()
def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A copy with `src` on the diagonal.

    >>> import autograd
    >>> autograd.zeros(2, 2).diagonal_scatter(autograd.ones(2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    check_tensor(input, "diagonal_scatter")
    array = input._array
    parameters = (offset, *diagonal_dims(array.ndim, dim1, dim2, "diagonal_scatter"))
    value = exactly(src, np.diagonal(array, *parameters).shape, array.dtype, "diagonal_scatter")
    return shaping.assign(input, value, ((shaping.diagonal, parameters),), tuple(range(array.ndim)))
