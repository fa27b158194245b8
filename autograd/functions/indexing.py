"""Reading and writing elements: `x[index]`, `x[index] = value`, and the functions that take index tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._tensor import Tensor
from ..errors import describe
from ..rules import indexing as rules
from ..views import overwrite
from .attach import method


def as_index(index: Any, tensor: Any) -> tuple[Any, ...]:
    """An index as PyTorch means it, in the form NumPy takes: a tuple of ints, slices, None, Ellipsis and arrays."""
    items = index if isinstance(index, tuple) else (index,)
    return tuple(as_item(item, tensor) for item in items)


def as_item(item: Any, tensor: Any) -> Any:
    """One item of an index."""
    if isinstance(item, slice):
        start, stop, step = (as_bound(b) for b in (item.start, item.stop, item.step))
        if step is not None and step <= 0:
            raise ValueError(f"step must be greater than zero, not {step}: use flip() to reverse a dimension")
        return slice(start, stop, step)
    if item is None or item is Ellipsis or isinstance(item, (bool, int)):
        return item
    if isinstance(item, (Tensor, np.ndarray, np.generic, list, tuple, range)):
        array = item._array if isinstance(item, Tensor) else np.asarray(as_nested(item))
        if array.dtype == np.uint8 and isinstance(item, Tensor):
            array = array.astype(bool)
        if array.size == 0 and not isinstance(item, (Tensor, np.ndarray)):
            array = array.astype(np.int64)
        if array.dtype.kind not in "iub":
            raise IndexError(
                f"tensors used as indices must be long, int, byte or bool tensors, not {describe(array)}"
            )
        if array.ndim == 0 and array.dtype.kind in "iu":
            return int(array)  # picks out an element: a view, as with a Python int
        return array.copy() if isinstance(item, Tensor) else array  # the graph keeps it: later writes must not matter
    if hasattr(item, "__index__"):
        return item.__index__()
    raise TypeError(
        f"only integers, slices (`:`), ellipsis (`...`), None and long or bool tensors are valid indices (got "
        f"{type(item).__name__}) for a tensor {describe(tensor)}"
    )


def as_nested(item: Any) -> Any:
    """A list that may hold tensors, as plain lists."""
    if isinstance(item, Tensor):
        return item._array
    return [as_nested(i) for i in item] if isinstance(item, (list, tuple)) else item


def as_bound(bound: Any) -> Any:
    """A slice's bound; a tensor of one integer counts as one."""
    return int(bound._array) if isinstance(bound, Tensor) else bound


@method("__getitem__")
def getitem(input: Tensor, index: Any) -> Tensor:
    """`input[index]`: a view for ints, slices, None and Ellipsis, a copy for tensors, lists and masks."""
    return rules.getitem(input, as_index(index, input))


@method("__setitem__")
def setitem(input: Tensor, index: Any, value: Any) -> None:
    """`input[index] = value`, recorded like every in-place write."""
    where = as_index(index, input)
    if not isinstance(value, Tensor):
        value = Tensor._make(np.asarray(value._array if isinstance(value, Tensor) else value))
    value = value.to(input.dtype)
    target = input._array[where]
    lead = value.ndim - np.ndim(target)
    if lead > 0 and all(n == 1 for n in value._array.shape[:lead]):  # PyTorch drops leading dimensions of size 1
        value = value.reshape(value._array.shape[lead:])
    overwrite(input, lambda x: rules.put(x, value, where), "index_put_", (value,))
