"""Reading and writing elements by index: `x[index]`, `x[index] = value`, and the functions that stand for them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import views
from .._tensor import Tensor, wrap
from ..errors import describe
from ..modes import quietly, state
from ..promotion import is_narrow
from ..rules import indexing as rules
from ..rules import shaping
from .arguments import check_tensor
from .attach import method
from .conversion import converted
from .data import fitting

__all__ = ["index_put", "nonzero", "argwhere"]

LONG = np.dtype(np.int64)
INTEGERS = (LONG, np.dtype(np.int32))
SAFE = 6e4  # numbers below it fit every floating dtype
WHOLE = slice(None)

# ---- what an index means


def is_plain(item: Any) -> bool:
    """Whether NumPy takes an item of an index for what PyTorch means by it, and makes a view."""
    kind = type(item)
    if kind is slice:
        return (
            (item.start is None or type(item.start) is int)
            and (item.stop is None or type(item.stop) is int)
            and (item.step is None or (type(item.step) is int and item.step > 0))
        )
    return kind is int or item is None or item is Ellipsis


def plain_index(index: Any) -> Any:
    """The index as NumPy takes it, if it consists of ints, slices, None and Ellipsis; else None.

    An Ellipsis in it makes NumPy return arrays, and thus views, for single elements as well.
    """
    if type(index) is not tuple:
        return (index, ...) if is_plain(index) and index is not Ellipsis else None
    dots = 0
    for item in index:
        if not is_plain(item):
            return None
        dots += item is Ellipsis
    return index if dots == 1 else (*index, ...) if not dots else None


def as_index(index: Any, array: Any, keep: bool) -> tuple[Any, Any]:
    """An index as PyTorch means it, as two that NumPy takes: one for a view of the array, one to be applied to that.

    The first is None where nothing is left to do for it, as is the second where no tensors or masks take part.
    Unlike NumPy, PyTorch lets ints next to tensors select first. With `keep` arrays are copied: the graph keeps
    them, and a later change to them must not matter. Raises `IndexError` for what does not fit the array.
    """
    items = [as_item(item, keep) for item in as_items(index)]
    used = sum(item.ndim if is_mask(item) else type(item) in (int, slice, np.ndarray) for item in items)
    shape = array.shape
    if used > len(shape):
        if not shape and type(items[0]) is int:
            raise IndexError("invalid index of a 0-dim tensor. Use `tensor.item()` to convert it to a number")
        raise IndexError(f"too many indices for tensor of dimension {len(shape)}: {used} for {describe(array)}")
    basic: list[Any] = []
    advanced: list[Any] = []
    at, dots = 0, False
    for item in items:
        if item is Ellipsis:
            n = 0 if dots else len(shape) - used
            basic += [WHOLE] * n
            advanced += [WHOLE] * n
            at, dots = at + n, True
        elif type(item) is int:
            check_range(item, at, shape, array)
            basic.append(item)
            at += 1
        elif type(item) is slice:
            basic.append(item)
            advanced.append(WHOLE)
            at += 1
        elif item is None:
            basic.append(None)
            advanced.append(WHOLE)
        elif type(item) is bool:  # a dimension of size 1 or 0
            basic.append(None)
            advanced.append(np.zeros(int(item), np.intp))
        else:
            n = check_mask(item, at, shape) if is_mask(item) else check_places(item, at, shape, array)
            basic += [WHOLE] * n
            advanced.append(item)
            at += n
    if not any(isinstance(item, np.ndarray) for item in advanced):
        return (*basic, ...), None
    while advanced[-1] is WHOLE:
        advanced.pop()
    check_shapes(advanced)
    untouched = all(item is WHOLE for item in basic)
    return None if untouched else tuple(basic), tuple(advanced)


def as_items(index: Any) -> Sequence[Any]:
    """The items of an index. A list that holds more than numbers counts as a tuple, as in NumPy of old."""
    if isinstance(index, tuple):
        return index
    if (
        isinstance(index, list)
        and len(index) < 32
        and any(
            item is None or item is Ellipsis or isinstance(item, (slice, Tensor, np.ndarray)) or is_sequence(item)
            for item in index
        )
    ):
        warnings.warn(
            "Using a non-tuple sequence for multidimensional indexing is deprecated; use x[tuple(seq)] instead of "
            "x[seq], or x[torch.tensor(seq)] if that is meant.",
            UserWarning,
            stacklevel=4,
        )
        return index
    return (index,)


def is_sequence(item: Any) -> bool:
    """Whether an item of an index is a list or the like, which strings are not."""
    return isinstance(item, Sequence) and not isinstance(item, (str, bytes))


def as_item(item: Any, keep: bool) -> Any:
    """One item of an index: an int, a bool, None, Ellipsis, a slice, or an array of integers or bools."""
    if isinstance(item, slice):
        start, stop, step = (as_bound(b) for b in (item.start, item.stop, item.step))
        if step is not None and step <= 0:
            raise ValueError(f"slice step must be greater than zero, not {step}: use flip() to reverse a dimension")
        return slice(start, stop, step)
    if item is None or item is Ellipsis:
        return item
    if isinstance(item, (bool, np.bool_)):
        return bool(item)
    if isinstance(item, (Tensor, np.ndarray)):
        return as_places(item._array if isinstance(item, Tensor) else item, keep)
    if is_sequence(item):
        array = np.asarray(plain(item))
        return as_places(array if array.size else array.astype(np.int64), False)
    if isinstance(item, (str, bytes)):
        raise TypeError(f"an index cannot be of type '{type(item).__name__}': tensors have no named elements")
    if isinstance(item, float) or not hasattr(type(item), "__index__"):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or bool tensors are valid indices (got "
            f"{type(item).__name__})"
        )
    return item.__index__()


def as_places(array: Any, keep: bool) -> Any:
    """The array of an index: a mask, or places; of one element without dimensions a bool or an int."""
    kind = array.dtype
    if kind == np.uint8:
        warnings.warn(
            "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
            UserWarning,
            stacklevel=5,
        )
        array = array.astype(bool)
    elif kind.kind in "OSU":
        raise TypeError(f"an index cannot hold elements of type numpy.{kind.type.__name__}: {describe(array)}")
    elif kind.kind != "b" and kind not in INTEGERS:
        raise IndexError(
            f"tensors used as indices must be long, int, byte or bool tensors, not {describe(array)}: use .long()"
        )
    if not array.ndim:
        return array.item()
    if array.dtype == np.int32:
        return array.astype(np.intp)
    return array.copy() if keep else array


def plain(item: Any) -> Any:
    """A sequence that may hold tensors, as plain lists."""
    if isinstance(item, Tensor):
        return item._array
    return [plain(i) for i in item] if is_sequence(item) else item


def as_bound(bound: Any) -> Any:
    """A slice's bound; a tensor of one integer counts as one."""
    if isinstance(bound, Tensor) and bound._array.size == 1 and bound._array.dtype.kind in "iu":
        return int(bound._array.item())
    if bound is not None and not hasattr(bound, "__index__"):
        raise TypeError(
            "slice indices must be integers or None or have an __index__ method, not " + type(bound).__name__
        )
    return bound if bound is None else bound.__index__()


def is_mask(item: Any) -> bool:
    """Whether an item of an index is a mask."""
    return isinstance(item, np.ndarray) and item.dtype == bool


def check_range(place: int, at: int, shape: tuple[int, ...], array: Any) -> None:
    """Raises for a place that a dimension does not have."""
    if not -shape[at] <= place < shape[at]:
        raise IndexError(
            f"index {place} is out of bounds for dimension {at} with size {shape[at]} (a tensor {describe(array)})"
        )


def check_places(places: Any, at: int, shape: tuple[int, ...], array: Any) -> int:
    """Raises for places that a dimension does not have. One dimension is indexed."""
    if places.size:
        for extreme in (int(places.max()), int(places.min())):
            check_range(extreme, at, shape, array)
    return 1


def check_mask(mask: Any, at: int, shape: tuple[int, ...]) -> int:
    """Raises for a mask of another shape than what it is laid over; returns how many dimensions that are."""
    for d, n in enumerate(mask.shape):
        if n != shape[at + d]:
            raise IndexError(
                f"The shape of the mask {list(mask.shape)} at index {d} does not match the shape of the indexed tensor "
                f"{list(shape)} at index {at + d}"
            )
    return mask.ndim


def check_shapes(advanced: Sequence[Any]) -> None:
    """Raises for tensors in an index that do not broadcast together."""
    arrays = [item for item in advanced if isinstance(item, np.ndarray)]
    if len(arrays) > 1:
        shapes = [(int(a.sum()),) if a.dtype == bool else a.shape for a in arrays]
        try:
            np.broadcast_shapes(*shapes)
        except ValueError:
            raise IndexError(
                "shape mismatch: indexing tensors could not be broadcast together with shapes "
                + ", ".join(str(list(shape)) for shape in shapes)
            ) from None


# ---- reading and writing


@method("__getitem__")
def getitem(input: Tensor, index: Any) -> Tensor:
    """`input[index]`: a view for ints, slices, None and Ellipsis, a copy for tensors, lists and masks."""
    simple = plain_index(index)
    if simple is None and isinstance(index, Tensor) and index._array.dtype is LONG and index._array.ndim:
        simple = (index._array.copy() if state.recording and input.requires_grad else index._array,)
    if simple is not None:
        try:
            return rules.getitem(input, simple)
        except IndexError:
            pass  # said in PyTorch's words by what follows
    basic, advanced = as_index(index, input._array, state.recording and input.requires_grad)
    if basic is not None:
        input = rules.getitem(input, basic)
    return input if advanced is None else rules.getitem(input, advanced)


@method("__setitem__")
def setitem(input: Tensor, index: Any, value: Any) -> None:
    """`input[index] = value`, recorded like every in-place write.

    `value`: a number, or a tensor or array that broadcasts to the shape of what is read there. For ints and slices it
    is cast, for tensors and masks it must have the input's dtype. Raises `RuntimeError` before anything has changed.
    """
    array = input._array
    basic, advanced = plain_index(index), None
    try:
        part = array if basic is None else array[basic]
    except IndexError:
        basic = None
    if basic is None:
        keep = state.recording and (input.requires_grad or (isinstance(value, Tensor) and value.requires_grad))
        basic, advanced = as_index(index, array, keep)
        part = array if basic is None else array[basic]
    filling = advanced is not None and len(advanced) == 1 and is_mask(advanced[0]) and getattr(value, "ndim", 1) == 0
    source = as_value(value, array.dtype, advanced is not None and not filling)
    if source is value and advanced is None and views.same_history(source, input) and is_same_memory(source, part):
        return  # `x[i] += y` ends with assigning to x[i] what has just been written there
    source = fitted(source, part, advanced)
    if not views.check_write(input, "index_put_", (source,)):
        views.check_memory(part, "index_put_")
        part[... if advanced is None else advanced] = source._array
        views.count_write(input, "index_put_")
        return
    target = input if basic is None else rules.getitem(input, basic)
    if advanced is None:
        views.overwrite(target, lambda old: source, "copy_", (source,))
    else:
        views.check_memory(part, "index_put_")
        views.overwrite_part(target, source, rules.put, rules.write, (advanced, False), "index_put_")


@method("__delitem__")
def delitem(self: Tensor, index: Any) -> None:
    """`del self[index]`, which no tensor can do: `TypeError`."""
    raise TypeError("Tensor does not support deleting items: select those that remain, as in x[1:] or x[mask]")


def as_value(value: Any, kind: Any, exact: bool) -> Tensor:
    """What is assigned to elements of the NumPy dtype `kind`, as a tensor of it."""
    if isinstance(value, Tensor):
        if value._array.dtype is kind:
            return value
        if exact:
            raise RuntimeError(
                "Index put requires the source and destination dtypes match, got "
                f"{kind.name} for the destination and {value._array.dtype.name} for the source: convert with .to(dtype)"
            )
        return converted(value, kind)
    if isinstance(value, np.generic):
        value = value.item()
    if type(value) is float and kind.kind == "f" and abs(value) < SAFE:
        return wrap(np.array(value, kind))
    if isinstance(value, (bool, int, float, complex)):
        if isinstance(value, complex) or not is_narrow(kind):  # in 16 bits a number that is too large becomes Inf here
            value = fitting(value, kind)
        return wrap(quietly(np.asarray(value).astype, kind))
    if not isinstance(value, np.ndarray):
        raise TypeError(f"can't assign a {type(value).__name__} to a tensor of {kind.name}: make a tensor of it")
    return wrap(np.asarray(value, kind))


def is_same_memory(value: Tensor, part: Any) -> bool:
    """Whether a tensor is this very part of memory."""
    mine, other = value._array.__array_interface__, part.__array_interface__
    return mine["data"] == other["data"] and mine["shape"] == other["shape"] and value._array.strides == part.strides


def fitted(value: Tensor, part: Any, advanced: Any) -> Tensor:
    """The value without needless leading dimensions; `RuntimeError` where it does not broadcast to what is assigned."""
    if advanced is None:
        shape = part.shape
    elif len(advanced) == 1 and not is_mask(advanced[0]):
        shape = advanced[0].shape + part.shape[1:]
    else:
        shape = np.broadcast_to(np.False_, part.shape)[advanced].shape
    given = value._array.shape
    if given == shape or not given:
        return value
    lead = len(given) - len(shape)
    try:
        fits = all(n == 1 for n in given[:lead]) if lead > 0 else True
        fits = fits and np.broadcast_shapes(given[max(lead, 0) :], shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(given)} cannot be broadcast to indexing result of shape "
            f"{list(shape)}"
        )
    return shaping.reshape(value, given[lead:]) if lead > 0 else value


# ---- index_put


def as_indices(indices: Any, array: Any, keep: bool) -> Any:
    """The index of `index_put`: a sequence of tensors."""
    if not isinstance(indices, (tuple, list)):
        raise TypeError(
            f"index_put(): argument 'indices' (position 2) must be tuple of Tensors, not {type(indices).__name__}"
        )
    for i, item in enumerate(indices):
        if not isinstance(item, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 1, but got {type(item).__name__}")
    basic, advanced = as_index(tuple(wrap(np.atleast_1d(i._array)) for i in indices), array, keep)
    return basic if advanced is None else advanced


def put_parameters(input: Tensor, indices: Any, values: Any, accumulate: bool) -> tuple[Any, ...]:
    """The value and the parameters for `rules.put`."""
    check_tensor(input, "index_put")
    if not isinstance(values, Tensor):
        raise TypeError(f"index_put(): argument 'values' (position 3) must be Tensor, not {type(values).__name__}")
    advanced = as_indices(indices, input._array, state.recording)
    value = as_value(values, input._array.dtype, True)
    return fitted(value, input._array, advanced), advanced, accumulate


@method()
def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """A copy in which `values` are written at `indices`, a tuple of tensors, or added with `accumulate`.

    >>> import autograd
    >>> autograd.zeros(3).index_put((autograd.tensor([0, 2]),), autograd.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    return rules.put(input, *put_parameters(input, indices, values, accumulate))


@method()
def index_put_(self: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """In-place version of `index_put()`: writes into this tensor and returns it."""
    value, *parameters = put_parameters(self, indices, values, accumulate)
    views.check_memory(self._array, "index_put_")
    return views.overwrite_part(self, value, rules.put, rules.write, tuple(parameters), "index_put_")


# ---- where a tensor is not zero


@method()
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The places of the elements that are not zero: a row for each, or with `as_tuple` a vector for each dimension.

    >>> import autograd
    >>> autograd.tensor([1, 0, 2]).nonzero()
    tensor([[0],
            [2]])
    """
    check_tensor(input, "nonzero")
    array = input._array
    if as_tuple:
        return tuple(wrap(places) for places in np.nonzero(np.atleast_1d(array)))
    return wrap(np.argwhere(array))


@method()
def argwhere(input: Tensor) -> Tensor:
    """The places of the elements that are not zero, as rows.

    >>> import autograd
    >>> autograd.argwhere(autograd.eye(2))
    tensor([[0, 0],
            [1, 1]])
    """
    return nonzero(input)
