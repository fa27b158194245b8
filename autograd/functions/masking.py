"""Reading and writing elements by mask, or by an index that counts through the tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._tensor import Tensor
from ..errors import describe
from ..modes import state
from ..rules import indexing as rules
from ..rules import shaping
from .arguments import check_tensor
from .attach import method
from .dimensions import broadcast_shapes
from .gathering import lifted

__all__ = ["take", "put", "masked_select", "masked_scatter"]

# ---- counted through the tensor


def flat_places(index: Any, size: int, name: str) -> Any:
    """The places in an index that counts through a tensor of this size; they may be negative."""
    if not isinstance(index, Tensor):
        raise TypeError(f"{name}(): argument 'index' (position 2) must be Tensor, not {type(index).__name__}")
    places = index._array
    if places.dtype != np.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {index.dtype}")
    if places.size and not size:
        raise IndexError(f"{name}(): tried to {name} from an empty tensor")
    for place in (places.min(), places.max()) if places.size else ():
        if not -size <= place < size:
            raise IndexError(f"out of range: tried to access index {place} on a tensor of {size} elements.")
    return places.copy() if state.recording else places


@method()
def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at the places `index`, counted through the tensor row by row; in the index's shape.

    >>> import autograd
    >>> autograd.tensor([[1, 2], [3, 4]]).take(autograd.tensor([0, 3]))
    tensor([1, 4])
    """
    check_tensor(input, "take")
    places = flat_places(index, input._array.size, "take")
    return rules.getitem(shaping.reshape(input, (input._array.size,)), (places,))


@method(inplace=True)
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with the elements of `source` written at the places `index`, counted row by row, or added there.

    >>> import autograd
    >>> autograd.zeros(2, 2).put(autograd.tensor([0, 3]), autograd.tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    check_tensor(input, "put")
    check_tensor(source, "put", "source")
    size = input._array.size
    if source._array.dtype != input._array.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = {input.dtype} and "
            f"source.dtype = {source.dtype}"
        )
    places = flat_places(index, size, "put").reshape(-1)
    if places.size != source._array.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source._array.size}, index.numel() = {places.size}"
        )
    values = shaping.reshape(source, (source._array.size,))
    out = rules.put(shaping.reshape(input, (size,)), values, (places,), accumulate)
    return shaping.reshape(out, input._array.shape)


# ---- by mask


def masked(input: Tensor, mask: Any, name: str) -> tuple[Tensor, Any]:
    """The tensor and the mask, broadcast together."""
    check_tensor(input, name)
    if not isinstance(mask, Tensor):
        raise TypeError(f"{name}(): argument 'mask' (position 2) must be Tensor, not {type(mask).__name__}")
    if mask._array.dtype != bool:
        raise RuntimeError(f"{name}: expected BoolTensor for mask, not {describe(mask)}: convert with .bool()")
    shape = tuple(broadcast_shapes(input._array.shape, mask._array.shape))
    where = np.broadcast_to(mask._array, shape)
    x = input if input._array.shape == shape else shaping.broadcast_to(input, shape)
    return x, where.copy() if state.recording else where


@method()
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask is true, as a vector; input and mask broadcast.

    >>> import autograd
    >>> x = autograd.tensor([1, 2, 3])
    >>> x.masked_select(x > 1)
    tensor([2, 3])
    """
    x, where = masked(input, mask, "masked_select")
    return rules.getitem(lifted(x), (np.atleast_1d(where),))


@method(inplace=True)
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """A copy with the elements of `source`, in order, where the mask is true; input and mask broadcast.

    >>> import autograd
    >>> x = autograd.tensor([1, 2, 3])
    >>> x.masked_scatter(x > 1, autograd.tensor([8, 9]))
    tensor([1, 8, 9])
    """
    x, where = masked(input, mask, "masked_scatter")
    if not isinstance(source, Tensor):
        raise TypeError(f"masked_scatter(): argument 'source' (position 3) must be Tensor, not {type(source).__name__}")
    if source._array.dtype != x._array.dtype:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes but got {x.dtype} and {source.dtype}"
        )
    count = int(where.sum())
    if source._array.size < count:
        raise RuntimeError(
            f"masked_scatter: Number of elements of source < number of ones in mask: {source._array.size} < {count}"
        )
    values = rules.getitem(shaping.reshape(source, (source._array.size,)), (slice(count),))
    shape = x._array.shape
    return shaping.reshape(rules.put(lifted(x), values, (np.atleast_1d(where),), False), shape)
