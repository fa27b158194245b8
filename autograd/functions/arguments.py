"""What functions take as arguments: tensors, ints, sizes, dtypes, places. Errors name the function and the argument."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import devices, dtypes
from .._tensor import Tensor


def check_tensor(value: Any, name: str, argument: str = "input") -> None:
    """Raises unless the argument is a tensor."""
    if not isinstance(value, Tensor):
        raise TypeError(f"{name}(): argument {argument!r} (position 1) must be Tensor, not {type(value).__name__}")


def is_int(value: Any) -> bool:
    """Whether a value counts as an int in a size: Python's, NumPy's, or a 0-d tensor of one; not a bool."""
    if isinstance(value, Tensor):
        return value._array.ndim == 0 and value._array.dtype.kind in "iu"
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def as_int(value: Any, name: str, argument: str, position: int) -> int:
    """An int argument."""
    if not is_int(value):
        got = type(value).__name__
        raise TypeError(f"{name}(): argument {argument!r} (position {position}) must be int, not {got}")
    return value.__index__()


def as_size(name: str, sizes: tuple[Any, ...], size: Any = None) -> tuple[int, ...]:
    """A size given as ints, as one sequence of them, or as `size=`."""
    if size is not None:
        if sizes:
            raise TypeError(f"{name}() got multiple values for argument 'size'")
        return as_shape(name, size)
    if len(sizes) == 1 and not is_int(sizes[0]):
        return as_shape(name, sizes[0])
    if not sizes:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    return as_shape(name, sizes)


def as_shape(name: str, size: Any, position: int = 1) -> tuple[int, ...]:
    """A size given as a sequence of ints."""
    if not isinstance(size, (tuple, list)):
        raise TypeError(
            f"{name}(): argument 'size' (position {position}) must be tuple of ints, not {type(size).__name__}"
        )
    for i, n in enumerate(size):
        if not is_int(n):
            raise TypeError(
                f"{name}(): argument 'size' (position {position}) must be tuple of ints, but found element of type "
                f"{type(n).__name__} at pos {i}"
            )
    shape = tuple([n.__index__() for n in size])
    if any(n < 0 for n in shape):
        bad = next(n for n in shape if n < 0)
        raise RuntimeError(f"{name}(): Trying to create tensor with negative dimension {bad}: {list(shape)}")
    return shape


def kind_of(dtype: Any, default: Any = None) -> Any:
    """The NumPy dtype for a `dtype=` argument; for None `default`, or the default dtype."""
    if dtype is not None:
        return dtypes.to_numpy(dtype)
    return dtypes.get_default_dtype().numpy_dtype if default is None else default


def check_place(device: Any, layout: Any = None, pin_memory: Any = False) -> None:
    """Raises for a place or a layout in memory that a tensor cannot have."""
    if device is not None:
        devices.check(device)
    if layout is not None and layout is not devices.strided:
        raise RuntimeError(f"layout {layout} is not available: tensors here are torch.strided")
    if pin_memory:
        raise RuntimeError("pin_memory=True requires a CUDA or other accelerator backend: there is none, leave it out")


def order(array: np.ndarray, memory_format: Any) -> Any:
    """NumPy's name for the memory layout of a tensor like another: K keeps the other's order, C is contiguous."""
    return "C" if memory_format is devices.contiguous_format or 0 in array.strides else "K"
