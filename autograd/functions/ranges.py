"""Evenly spaced numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor
from ..modes import quietly
from .arguments import as_int, check_place, kind_of
from .creation import finish
from .data import as_number

__all__ = ["arange", "linspace", "logspace"]


def arange(
    start: Any = None, end: Any = None, step: Any = 1, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """start, start + step, … up to and without `end`: int64 if all are integers, else the default dtype.

    `arange(end)` starts at 0. Raises `RuntimeError` for a step of 0 or one that leads away from `end`.

    >>> import autograd
    >>> autograd.arange(1, 2, 0.25)
    tensor([1.0000, 1.2500, 1.5000, 1.7500])
    """
    check_place(device, layout, pin_memory)
    if end is None:
        start, end = None, start
    if end is None:
        raise TypeError("arange() takes (end), (start, end) or (start, end, step), and got no end")
    start = 0 if start is None else start
    start, end, step = (
        as_number(value, "arange", argument, position)
        for position, (argument, value) in enumerate((("start", start), ("end", end), ("step", step)), 1)
    )
    if any(isinstance(value, complex) for value in (start, end, step)):
        raise RuntimeError("value cannot be converted to type double without overflow: arange() takes real numbers")
    integers = all(isinstance(value, int) for value in (start, end, step))
    kind = kind_of(dtype, dtypes.int64.numpy_dtype if integers else None)
    if kind.kind not in "iufV" or (kind.kind == "u" and kind.itemsize > 1):
        raise NotImplementedError(f'"arange_cpu" not implemented for {dtypes.of_numpy(kind).older_name!r}: use int64')
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if kind.kind in "iu":
        start, end, step = int(start), int(end), int(step)
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * (1 if step > 0 else -1) < 0:
        raise RuntimeError(f"upper bound and lower bound inconsistent with step sign: {start} -> {end} by {step}")
    count = -((start - end) // step) if kind.kind in "iu" else math.ceil((end - start) / step)
    if kind.kind in "iu":
        array = np.arange(count, dtype=np.int64) * step + start
    else:
        array = np.arange(count, dtype=np.float64) * step + start
    return finish(array.astype(kind, copy=False), requires_grad)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """`steps` numbers, evenly spaced from `start` to `end`, both included.

    >>> import autograd
    >>> autograd.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    check_place(device, layout, pin_memory)
    array, kind = spaced("linspace", start, end, steps, dtype)
    return finish(quietly(array.astype, kind), requires_grad)


def logspace(
    start: Any, end: Any, steps: int, base: Any = 10.0, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """`base` to the power of `steps` numbers, evenly spaced from `start` to `end`, both included.

    >>> import autograd
    >>> autograd.logspace(0, 3, 4)
    tensor([   1.,   10.,  100., 1000.])
    """
    check_place(device, layout, pin_memory)
    array, kind = spaced("logspace", start, end, steps, dtype)
    return finish(quietly(lambda: np.power(base, array).astype(kind)), requires_grad)


def spaced(name: str, start: Any, end: Any, steps: Any, dtype: Any) -> tuple[np.ndarray, Any]:
    """Evenly spaced numbers in double precision, and the NumPy dtype asked for.

    Counted from the nearer end, as PyTorch does, so that both ends are exact and the numbers symmetric.
    """
    for argument in (start, end):
        if isinstance(argument, Tensor) and argument._array.ndim:
            raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got {argument.shape}")
    start, end = (
        a._array.item() if isinstance(a, Tensor) else as_number(a, name, n, p)
        for p, (n, a) in enumerate((("start", start), ("end", end)), 1)
    )
    count = as_int(steps, name, "steps", 3)
    if count < 0:
        raise RuntimeError(f"number of steps must be non-negative, got {count}")
    is_complex = isinstance(start, complex) or isinstance(end, complex)
    kind = kind_of(dtype, dtypes.default_complex().numpy_dtype if is_complex else None)
    if kind.kind == "b" or (kind.kind == "u" and kind.itemsize > 1):
        raise NotImplementedError(f'"{name}_cpu" not implemented for {dtypes.of_numpy(kind).older_name!r}: use int64')
    if is_complex and kind.kind != "c":
        raise RuntimeError(f"{name}(): complex bounds can't be safely cast to {dtypes.of_numpy(kind)}")
    if count == 1:
        return np.array([start], np.complex128 if is_complex else np.float64), kind
    step = (end - start) / (count - 1) if count else 0.0
    index = np.arange(count)
    return quietly(lambda: np.where(index < count // 2, start + step * index, end - step * (count - 1 - index))), kind
