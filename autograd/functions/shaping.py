"""The shape of a tensor: what reads it, and what gives the same elements another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes, views
from .._tensor import Size, Tensor
from ..errors import describe, dimension
from ..op import identity
from ..rules import shaping as rules
from .arguments import check_tensor, is_int
from .attach import method

__all__ = [
    "numel", "reshape", "flatten", "unflatten", "ravel", "squeeze", "unsqueeze",
    "atleast_1d", "atleast_2d", "atleast_3d",
]  # fmt: skip


def as_ints(values: Any, name: str, argument: str) -> tuple[int, ...]:
    """A sequence of ints as a tuple of Python's; `TypeError` for anything else."""
    if isinstance(values, (tuple, list)) and set(map(type, values)) <= {int}:
        return tuple(values)
    if not isinstance(values, (tuple, list)):
        raise TypeError(f"{name}(): argument {argument!r} must be tuple of ints, not {type(values).__name__}")
    for i, value in enumerate(values):
        if not is_int(value):
            raise TypeError(
                f"{name}(): argument {argument!r} must be tuple of ints, but found element of type "
                f"{type(value).__name__} at pos {i}"
            )
    return tuple([value.__index__() for value in values])


def listed(values: tuple[Any, ...], named: dict[str, Any], name: str, argument: str) -> tuple[int, ...]:
    """The ints that a method takes one by one, as one sequence, or by keyword."""
    if values and set(map(type, values)) <= {int}:
        return values
    if named:
        if values or set(named) != {argument}:
            raise TypeError(f"{name}() got an unexpected keyword argument {', '.join(named)}: it takes {argument}")
        return as_ints(named[argument], name, argument)
    if not values:
        raise TypeError(f'{name}() missing 1 required positional arguments: "{argument}"')
    one = len(values) == 1 and isinstance(values[0], (tuple, list))
    return as_ints(values[0] if one else values, name, argument)


def as_dims(dims: Any, ndim: int, name: str) -> tuple[int, ...]:
    """Different dimensions, given as an int or a sequence, counted from the front."""
    found = tuple(dimension(d, ndim, name) for d in (dims if isinstance(dims, (tuple, list)) else (dims,)))
    if len(set(found)) != len(found):
        twice = next(d for d in found if found.count(d) > 1)
        raise RuntimeError(f"{name}(): dim {twice} appears multiple times in the list of dims")
    return found


# ---- reading them


@method()
def size(self: Tensor, dim: int | None = None) -> Any:
    """The shape, or the size of one dimension.

    >>> import autograd
    >>> autograd.ones(2, 3).size(1)
    3
    """
    shape = self._array.shape
    if dim is None:
        return Size(shape)
    if not shape:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    return shape[dimension(dim, len(shape), "size")]


@method("dim", "ndimension")
def dim(self: Tensor) -> int:
    """The number of dimensions.

    >>> import autograd
    >>> autograd.ones(2, 3).dim()
    2
    """
    return self._array.ndim


@method("numel", "nelement")
def numel(input: Tensor) -> int:
    """The number of elements.

    >>> import autograd
    >>> autograd.numel(autograd.ones(2, 3))
    6
    """
    check_tensor(input, "numel")
    return input._array.size


@method()
def element_size(self: Tensor) -> int:
    """Bytes of one element.

    >>> import autograd
    >>> autograd.ones(2, 3).element_size()
    4
    """
    return self._array.itemsize


@method()
def stride(self: Tensor, dim: int | None = None) -> Any:
    """How many elements apart in memory the next one along each dimension, or along one, lies.

    >>> import autograd
    >>> autograd.ones(2, 3).stride()
    (3, 1)
    """
    strides = rules.elements(self._array)
    return strides if dim is None else strides[dimension(dim, len(strides), "stride")]


@method()
def storage_offset(self: Tensor) -> int:
    """How many elements after the start of its memory the first one lies.

    >>> import autograd
    >>> autograd.ones(2, 3)[1].storage_offset()
    3
    """
    return rules.memory(self._array)[1]


@method()
def is_contiguous(self: Tensor, memory_format: Any = None) -> bool:
    """Whether the elements lie in memory in their order and without gaps.

    >>> import autograd
    >>> autograd.ones(2, 3).mT.is_contiguous()
    False
    """
    return self._array.flags.c_contiguous


@method()
def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself if it is contiguous, else a copy that is.

    >>> import autograd
    >>> autograd.ones(2, 3).mT.contiguous().stride()
    (2, 1)
    """
    return self if self._array.flags.c_contiguous else identity(self)


# ---- other shapes


def fitting_shape(array: Any, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes with a -1 replaced by what is left for it; `RuntimeError` where they do not fit the array."""
    known, unknown = 1, None
    for i, n in enumerate(sizes):
        if n == -1 and unknown is None:
            unknown = i
        elif n < 0:
            if n == -1:
                raise RuntimeError("only one dimension can be inferred: the shape has -1 more than once")
            raise RuntimeError(f"invalid shape dimension {n} at index {i} of shape {list(sizes)}")
        else:
            known *= n
    if unknown is None:
        if known == array.size:
            return sizes
    elif known:
        if array.size % known == 0:
            return (*sizes[:unknown], array.size // known, *sizes[unknown + 1 :])
    elif not array.size:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(sizes)} because the unspecified dimension size -1 "
            "can be any value and is ambiguous"
        )
    raise RuntimeError(
        f"shape '{list(sizes)}' is invalid for input of size {array.size} (a tensor {describe(array)}): the sizes must "
        "multiply up to the number of elements"
    )


@method()
def view(self: Tensor, *shape: Any, dtype: Any = None, **named: Any) -> Tensor:
    """The same memory with another shape, in which one size may be -1; or, given a dtype, read as that.

    `RuntimeError` where the shape does not fit, or the memory layout would make a copy necessary: use `reshape()`.
    A view of another dtype has no gradient.

    >>> import autograd
    >>> autograd.arange(6).view(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    if len(shape) == 1 and isinstance(shape[0], dtypes.dtype):
        dtype = shape[0]
    if dtype is not None:
        return view_as_dtype(self, dtypes.to_numpy(dtype))
    array = self._array
    sizes = fitting_shape(array, listed(shape, named, "view", "size"))
    if not array.flags.c_contiguous and not np.may_share_memory(array.reshape(sizes), array) and array.size:
        raise RuntimeError(
            f"view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            f"contiguous subspaces): {list(array.shape)} with strides {list(rules.elements(array))} to {list(sizes)}. "
            "Use .reshape(...) instead."
        )
    return rules.reshape(self, sizes)


def view_as_dtype(input: Tensor, kind: Any) -> Tensor:
    """The same bytes as another number type; the last dimension grows or shrinks where the types differ in size."""
    array = input._array
    if array.dtype == kind:
        return rules.reshape(input, array.shape)
    old, new = array.itemsize, kind.itemsize
    if old != new:
        target, source = dtypes.of_numpy(kind), input.dtype
        if not array.ndim:
            raise RuntimeError(
                f"self.dim() cannot be 0 to view {source} as {target} (different element sizes): unsqueeze(0) it first"
            )
        if array.strides[-1] != old and array.shape[-1] > 1:
            raise RuntimeError(
                f"self.stride(-1) must be 1 to view {source} as {target} (different element sizes), but got "
                f"{array.strides[-1] // old}: make it contiguous() first"
            )
        if array.shape[-1] * old % new:
            raise RuntimeError(
                f"self.size(-1) must be divisible by {new // old} to view {source} as {target} (different element "
                f"sizes), but got {array.shape[-1]}"
            )
    return rules.view_dtype(input, kind)


@method()
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """`view` with the shape of `other`.

    >>> import autograd
    >>> autograd.ones(6).view_as(autograd.ones(2, 3)).shape
    torch.Size([2, 3])
    """
    return view(self, other._array.shape)


def reshape(input: Tensor, shape: Any) -> Tensor:
    """The elements in another shape, in which one size may be -1: a view where the memory allows it, else a copy.

    `RuntimeError` where the shape does not fit the number of elements.

    >>> import autograd
    >>> autograd.reshape(autograd.arange(4), (2, -1))
    tensor([[0, 1],
            [2, 3]])
    """
    check_tensor(input, "reshape")
    return rules.reshape(input, fitting_shape(input._array, as_ints(shape, "reshape", "shape")))


@method("reshape")
def reshape_method(self: Tensor, *shape: Any, **named: Any) -> Tensor:
    """The elements in another shape: see `autograd.reshape`."""
    return rules.reshape(self, fitting_shape(self._array, listed(shape, named, "reshape", "shape")))


@method()
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """`reshape` with the shape of `other`.

    >>> import autograd
    >>> autograd.ones(6).reshape_as(autograd.ones(2, 3)).shape
    torch.Size([2, 3])
    """
    return reshape(self, other._array.shape)


@method()
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from `start_dim` to `end_dim` made one; the tensor itself where that changes nothing.

    >>> import autograd
    >>> autograd.ones(2, 3, 4).flatten(1).shape
    torch.Size([2, 12])
    """
    check_tensor(input, "flatten")
    shape = input._array.shape
    start, end = (dimension(d, len(shape), "flatten") for d in (start_dim, end_dim))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return rules.reshape(input, (1,))
    if start == end:
        return input
    return rules.reshape(input, (*shape[:start], Size(shape[start : end + 1]).numel(), *shape[end + 1 :]))


@method()
def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """One dimension split up into `sizes`, of which one may be -1.

    >>> import autograd
    >>> autograd.ones(2, 6).unflatten(1, (3, -1)).shape
    torch.Size([2, 3, 2])
    """
    check_tensor(input, "unflatten")
    shape = input._array.shape
    at = dimension(dim, len(shape), "unflatten")
    if not shape:
        raise RuntimeError(f"unflatten: Dimension specified as {dim} but tensor has no dimensions. Use reshape().")
    parts = as_ints(sizes, "unflatten", "sizes")
    if not parts:
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        parts = fitting_shape(np.broadcast_to(0, shape[at]), parts)
    except RuntimeError as error:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(parts)} don't multiply up to the size of dim {at} ({shape[at]}) in the "
            f"input tensor"
        ) from error
    return rules.reshape(input, (*shape[:at], *parts, *shape[at + 1 :]))


@method()
def ravel(input: Tensor) -> Tensor:
    """The elements in one dimension: a view where the memory allows it.

    >>> import autograd
    >>> autograd.ones(2, 3).ravel().shape
    torch.Size([6])
    """
    check_tensor(input, "ravel")
    return rules.reshape(input, (input._array.size,))


def single_dims(input: Tensor, dim: Any) -> tuple[int, ...]:
    """Those of the dimensions `dim` (None: all) that have size 1."""
    shape = input._array.shape
    if dim is None:
        dims: Any = range(len(shape))
    else:
        dims = as_dims(dim, len(shape), "squeeze")
    return tuple(d for d in dims if shape and shape[d] == 1)


@method()
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """A view without the dimensions of size 1: all, or those named in `dim`, an int or a tuple.

    >>> import autograd
    >>> autograd.ones(1, 2, 1).squeeze(0).shape
    torch.Size([2, 1])
    """
    check_tensor(input, "squeeze")
    return rules.squeeze(input, single_dims(input, dim))


@method()
def squeeze_(self: Tensor, dim: Any = None) -> Tensor:
    """In-place version of `squeeze()`: changes this tensor's own shape."""
    return views.reshape_in_place(self, rules.squeeze, (single_dims(self, dim),), "squeeze_")


@method()
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A view with one more dimension, of size 1, at `dim`.

    >>> import autograd
    >>> autograd.ones(2, 3).unsqueeze(1).shape
    torch.Size([2, 1, 3])
    """
    check_tensor(input, "unsqueeze")
    return rules.expand_dims(input, dimension(dim, input._array.ndim + 1, "unsqueeze"))


@method()
def unsqueeze_(self: Tensor, dim: int) -> Tensor:
    """In-place version of `unsqueeze()`: changes this tensor's own shape."""
    axis = dimension(dim, self._array.ndim + 1, "unsqueeze_")
    return views.reshape_in_place(self, rules.expand_dims, (axis,), "unsqueeze_")


def atleast_1d(*tensors: Any) -> Any:
    """0-d tensors as views of one dimension; others as they are. Several tensors give a tuple.

    >>> import autograd
    >>> autograd.atleast_1d(autograd.tensor(1.0))
    tensor([1.])
    """
    return each(tensors, 1, lambda x: rules.reshape(x, (1,)))


def atleast_2d(*tensors: Any) -> Any:
    """Tensors of fewer dimensions as views of two, a vector as a row. Several tensors give a tuple.

    >>> import autograd
    >>> autograd.atleast_2d(autograd.ones(3)).shape
    torch.Size([1, 3])
    """
    return each(tensors, 2, lambda x: rules.reshape(x, (1, x._array.size)))


def atleast_3d(*tensors: Any) -> Any:
    """Tensors of fewer dimensions as views of three: (n) as (1, n, 1), (m, n) as (m, n, 1). Several give a tuple.

    >>> import autograd
    >>> autograd.atleast_3d(autograd.ones(2, 3)).shape
    torch.Size([2, 3, 1])
    """
    return each(
        tensors, 3, lambda x: rules.expand_dims(x, 2) if x._array.ndim == 2 else rules.reshape(x, (1, x._array.size, 1))
    )


def each(tensors: Any, ndim: int, widen: Callable[[Tensor], Tensor]) -> Any:
    """The common part of `atleast_1d`, `atleast_2d` and `atleast_3d`."""
    one = len(tensors) == 1 and not isinstance(tensors[0], (tuple, list))
    if len(tensors) == 1 and not one:
        tensors = tensors[0]
    for x in tensors:
        check_tensor(x, f"atleast_{ndim}d")
    results = tuple(widen(x) if x._array.ndim < ndim else x for x in tensors)
    return results[0] if one else results
