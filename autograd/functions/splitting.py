"""Splitting a tensor up into views of its parts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from .._tensor import Tensor
from ..errors import dimension
from ..rules import shaping as rules
from ..rules.indexing import getitem
from .arguments import check_tensor, is_int
from .attach import method
from .shaping import as_ints

__all__ = ["split", "split_with_sizes", "chunk", "tensor_split", "hsplit", "vsplit", "dsplit", "unbind"]


def split_at(input: Tensor, starts: Sequence[int], axis: int) -> tuple[Tensor, ...]:
    """The parts between these places along an axis, as outputs of one node."""
    return rules.split(input, tuple(starts), axis)


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of parts along `dim`: each as long as an int says, the last what is left; or as long as a list says.

    Views of several at once refuse to be written to in place while recording, as in PyTorch.

    >>> import autograd
    >>> autograd.split(autograd.arange(5), 2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    check_tensor(tensor, "split", "tensor")
    split_size = split_size_or_sections
    if isinstance(split_size, (tuple, list)):
        return split_with_sizes(tensor, split_size, dim)
    if not is_int(split_size):
        raise TypeError(
            f"split(): argument 'split_size' (position 2) must be int or tuple of ints, not {type(split_size).__name__}"
        )
    shape = tensor._array.shape
    if not shape:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    axis, step = dimension(dim, len(shape), "split"), split_size.__index__()
    if step < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={step}")
    if not step and shape[axis]:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {shape[axis]}")
    return split_at(tensor, range(step, shape[axis], step) if step else (), axis)


@method("split")
def split_method(self: Tensor, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of parts along `dim`: see `autograd.split`."""
    return split(self, split_size, dim)


@method()
def split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of parts of these sizes along `dim`, which must add up to the size there.

    >>> import autograd
    >>> autograd.arange(5).split_with_sizes([2, 3])
    (tensor([0, 1]), tensor([2, 3, 4]))
    """
    check_tensor(input, "split_with_sizes")
    sizes = as_ints(split_sizes, "split_with_sizes", "split_sizes")
    shape = input._array.shape
    if not shape:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    axis = dimension(dim, len(shape), "split_with_sizes")
    if any(n < 0 for n in sizes):
        raise RuntimeError(
            f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={list(sizes)}"
        )
    if sum(sizes) != shape[axis] or not sizes:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {shape[axis]} (input tensor's size at dimension "
            f"{axis}), but got split_sizes={list(sizes)}"
        )
    return split_at(input, list(itertools.accumulate(sizes))[:-1], axis)


@method()
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of at most `chunks` parts along `dim`, equal in size but for the last.

    >>> import autograd
    >>> autograd.arange(5).chunk(2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    check_tensor(input, "chunk")
    shape = input._array.shape
    if not shape:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    axis = dimension(dim, len(shape), "chunk")
    if not shape[axis]:
        return split_at(input, (0,) * (chunks - 1), axis)
    return split(input, -(-shape[axis] // chunks), axis)


def slices(input: Tensor, starts: Sequence[Any], axis: int) -> tuple[Tensor, ...]:
    """The parts between these places along an axis, each a view of its own that may be written to."""
    lead = (slice(None),) * axis
    bounds = [None, *starts, None]
    return tuple(getitem(input, (*lead, slice(a, b))) for a, b in itertools.pairwise(bounds))


@method()
def tensor_split(input: Tensor, indices_or_sections: Any = None, dim: int = 0, **named: Any) -> tuple[Tensor, ...]:
    """Views of parts along `dim`: so many, nearly equal, given an int; or cut at the places a sequence names.

    >>> import autograd
    >>> autograd.arange(5).tensor_split(3)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    check_tensor(input, "tensor_split")
    given = named.pop("sections", named.pop("indices", named.pop("tensor_indices_or_sections", indices_or_sections)))
    if named or given is None:
        raise TypeError(f"tensor_split() takes sections= or indices=, not {', '.join(named) or 'neither'}")
    shape = input._array.shape
    if not shape:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    axis = dimension(dim, len(shape), "tensor_split")
    if isinstance(given, Tensor):
        given = given.tolist()
    if isinstance(given, (tuple, list)):
        return slices(input, as_ints(given, "tensor_split", "indices"), axis)
    if not is_int(given):
        raise TypeError(f"tensor_split(): expected an int or a sequence of ints, not {type(given).__name__}")
    if given <= 0:
        raise RuntimeError(f"number of sections must be larger than 0, got {given}")
    size, longer = divmod(shape[axis], given)
    return slices(input, [i * size + min(i, longer) for i in range(1, given)], axis)


def split_along(input: Tensor, given: Any, name: str, least: int, axis: int) -> tuple[Tensor, ...]:
    """The common part of `hsplit`, `vsplit` and `dsplit`: sections must be of equal size."""
    check_tensor(input, name)
    shape = input._array.shape
    if len(shape) < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {len(shape)} "
            "dimensions!"
        )
    if is_int(given) and (given <= 0 or shape[axis] % given):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {axis}, but the size of the dimension {shape[axis]} is "
            f"not divisible by the split_size {given}!"
        )
    return tensor_split(input, given, axis)


@method()
def hsplit(input: Tensor, indices_or_sections: Any = None, **named: Any) -> tuple[Tensor, ...]:
    """Split along the second dimension, or the only one, into equal sections or at given places.

    >>> import autograd
    >>> autograd.arange(4).hsplit(2)
    (tensor([0, 1]), tensor([2, 3]))
    """
    axis = 0 if isinstance(input, Tensor) and input._array.ndim == 1 else 1
    return split_along(input, sections(indices_or_sections, named), "hsplit", 1, axis)


@method()
def vsplit(input: Tensor, indices_or_sections: Any = None, **named: Any) -> tuple[Tensor, ...]:
    """Split along the first dimension into equal sections or at given places.

    >>> import autograd
    >>> autograd.eye(2).vsplit(2)
    (tensor([[1., 0.]]), tensor([[0., 1.]]))
    """
    return split_along(input, sections(indices_or_sections, named), "vsplit", 2, 0)


@method()
def dsplit(input: Tensor, indices_or_sections: Any = None, **named: Any) -> tuple[Tensor, ...]:
    """Split along the third dimension into equal sections or at given places.

    >>> import autograd
    >>> [x.shape for x in autograd.ones(1, 1, 4).dsplit([1])]
    [torch.Size([1, 1, 1]), torch.Size([1, 1, 3])]
    """
    return split_along(input, sections(indices_or_sections, named), "dsplit", 3, 2)


def sections(given: Any, named: dict[str, Any]) -> Any:
    """The argument of `hsplit` and the like, which goes by one of two keywords."""
    return named.get("sections", named.get("indices")) if given is None else given


@method()
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of all slices along `dim`, which is removed.

    >>> import autograd
    >>> autograd.eye(2).unbind()
    (tensor([1., 0.]), tensor([0., 1.]))
    """
    check_tensor(input, "unbind")
    if not input._array.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    axis = dimension(dim, input._array.ndim, "unbind")
    return rules.unbind(input, axis) if input._array.shape[axis] else ()
