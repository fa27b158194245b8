"""From Python's data to arrays: the shape and dtype of numbers, nested lists and foreign arrays, by PyTorch's rules."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor
from ..modes import quietly

NUMBERS = {bool, int, float, complex}


def as_array(data: Any, kind: Any = None, copy: bool = True) -> np.ndarray:
    """The array that a tensor of `data` holds, at the NumPy dtype `kind` or the one that `data` implies.

    `data`: a number, nested sequences of numbers (0-d tensors and NumPy scalars count as such), an array, a tensor.
    With `copy` false an array's memory is shared where its dtype already fits.
    """
    if isinstance(data, Tensor):
        source = data._array
    elif isinstance(data, (np.ndarray, np.generic)):
        source = supported(np.asarray(data))
    elif type(data) in NUMBERS or isinstance(data, (list, tuple)) or not hasattr(data, "__array__"):
        return from_python(data, kind)
    else:
        source = supported(np.asarray(data))
    if kind is not None and source.dtype != kind:
        return cast(source, kind)
    return source.copy(order="K") if copy else source


def supported(array: np.ndarray) -> np.ndarray:
    """An array with its dtype in the one form the engine compares by; `TypeError` for a dtype without a number type.

    A foreign byte order is converted (into a copy), which PyTorch refuses to do.
    """
    kind = dtypes.of_numpy(array.dtype).numpy_dtype
    if array.dtype is kind:
        return array
    return array.view(kind) if array.dtype == kind else array.astype(kind)


def cast(array: np.ndarray, kind: Any) -> np.ndarray:
    """An array at another dtype, in the manner of C: out-of-range values wrap, fractions and imaginary parts go."""
    if array.dtype.kind == "c" and kind.kind not in "cb":
        warn_of_imaginary_part()
        array = array.real
    return quietly(array.astype, kind)


def warn_of_imaginary_part() -> None:
    """PyTorch's warning when complex numbers become real ones."""
    warnings.warn("Casting complex values to real discards the imaginary part", UserWarning, stacklevel=4)


def warn_of_lost_gradient(tensor: Tensor) -> None:
    """PyTorch's warning when a tensor that requires a gradient turns into a number without one."""
    if tensor.requires_grad:
        warnings.warn(
            "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
            "Consider using tensor.detach() first.",
            UserWarning,
            stacklevel=3,
        )


def from_python(data: Any, kind: Any) -> np.ndarray:
    """The array of a number or of nested sequences of numbers."""
    found: set[Any] = set()
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type {type(data).__name__!r}: a tensor is made of numbers")
    plain = collect(data, found)
    try:
        array = np.array(plain)
    except ValueError:
        ragged(plain)
        raise
    if kind is None:
        kind = dtypes.combined([k if isinstance(k, np.dtype) else dtypes.of_scalar(k()) for k in found])
        kind = dtypes.get_default_dtype().numpy_dtype if kind is None else kind
    if found <= {bool, int} and array.dtype.kind not in "bi" and array.size:
        array = large_integers(plain, array, kind)
    if array.dtype == kind:
        return array
    if array.dtype.kind == "c" and kind.kind in "iuf":
        raise TypeError(f"must be real number, not complex: {kind.name} holds no imaginary part")
    if kind.kind in "iu":
        check_range(array, kind)
    return quietly(array.astype, kind)


def large_integers(plain: Any, array: np.ndarray, kind: Any) -> np.ndarray:
    """Integers that int64 cannot hold, for a dtype that can."""
    if kind.kind in "fcb":
        return np.array(plain, dtype=object) if array.dtype == object else array
    try:
        return np.array(plain, dtype=kind)
    except OverflowError:
        raise ValueError(f"Overflow when unpacking long long: an integer does not fit {kind.name}") from None


def collect(data: Any, found: set[Any]) -> Any:
    """The data with tensors in it replaced by their numbers; the types of the numbers are added to `found`."""
    kind = type(data)
    if kind in NUMBERS:
        found.add(kind)
        return data
    if isinstance(data, Tensor):
        if data._array.size != 1:
            raise ValueError(
                f"only one element tensors can be converted to Python scalars, and a list holds one of shape "
                f"{list(data.shape)}: join tensors with stack() or cat()"
            )
        warn_of_lost_gradient(data)
        found.add(data._array.dtype)
        return data._array.item()
    if isinstance(data, (np.ndarray, np.generic)):
        found.add(supported(np.asarray(data)).dtype)
        return data
    if isinstance(data, (str, bytes)):
        raise ValueError(f"too many dimensions {kind.__name__!r}: a tensor is made of numbers")
    if hasattr(data, "__len__") and hasattr(data, "__getitem__") and not hasattr(data, "keys"):
        kinds = set(map(type, data))
        if kinds <= NUMBERS:
            found |= kinds
            return data if kind is list or kind is tuple else list(data)
        return [collect(item, found) for item in data]
    for base in (int, float, complex):  # subclasses, such as IntEnum
        if isinstance(data, base):
            found.add(base)
            return base(data)  # type: ignore[arg-type]
    raise RuntimeError(f"Could not infer dtype of {kind.__name__}: a tensor is made of numbers and sequences of them")


def ragged(data: Any) -> None:
    """Raises PyTorch's error for nested sequences of which some differ in length."""
    sizes: list[int] = []
    level = data
    while is_sequence(level):
        sizes.append(len(level))
        if not len(level):
            break
        level = level[0]
    check_sizes(data, sizes, 0)


def check_sizes(data: Any, sizes: list[int], dim: int) -> None:
    """Raises where nested sequences do not have these sizes."""
    if dim == len(sizes):
        if is_sequence(data):
            raise TypeError(f"{type(data).__name__!r} object cannot be interpreted as a number, as its neighbours are")
    elif not is_sequence(data):
        raise TypeError(f"not a sequence: {data!r} at dim {dim}, where its neighbours have length {sizes[dim]}")
    elif len(data) != sizes[dim]:
        raise ValueError(f"expected sequence of length {sizes[dim]} at dim {dim} (got {len(data)})")
    else:
        for item in data:
            check_sizes(item, sizes, dim + 1)


def is_sequence(data: Any) -> bool:
    """Whether it adds a dimension: a list, tuple or array."""
    return isinstance(data, (list, tuple)) or (isinstance(data, np.ndarray) and data.ndim > 0)


def check_range(array: np.ndarray, kind: Any) -> None:
    """Raises where a number does not fit an integer dtype. A small negative one wraps in an unsigned dtype."""
    if not array.size or array.dtype.kind == "b":
        return
    info = np.iinfo(kind)
    low = info.min if info.min else -info.max
    if not (array.min() >= low and array.max() <= info.max):  # false for NaN as well
        raise RuntimeError(
            f"value cannot be converted to type {kind.name} without overflow: it holds {info.min} to {info.max}, and "
            f"the values are {array.min()} to {array.max()}"
        )


def as_number(value: Any, name: str, argument: str, position: int) -> Any:
    """A Python number, given as one, as a NumPy scalar or as a 0-d tensor."""
    if isinstance(value, Tensor) and not value._array.ndim and not value.requires_grad:
        return value._array.item()
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, (bool, int, float, complex)):
        raise TypeError(
            f"{name}(): argument {argument!r} (position {position}) must be Number, not {type(value).__name__}"
        )
    return value


def fitting(value: Any, kind: Any) -> Any:
    """A Python number, if a tensor of a NumPy dtype can hold it: `RuntimeError` where it would overflow."""
    array = np.asarray(value)
    if array.dtype.kind == "c" and kind.kind in "iuf":
        if value.imag:
            raise RuntimeError(f"value cannot be converted to type {kind.name} without overflow: {value} is complex")
        value, array = value.real, array.real
    if kind.kind in "iu":
        check_range(array, kind)
    elif kind.kind in "fV" and array.dtype.kind != "c":
        with np.errstate(over="ignore"):
            narrowed = array.astype(kind)
        if np.isinf(narrowed) and abs(value) != math.inf:
            raise RuntimeError(f"value cannot be converted to type {kind.name} without overflow: {value}")
    return value
