"""What elementwise functions do with their operands first: refuse dtypes, and bring numbers and tensors to theirs."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from .. import dtypes, errors
from .._tensor import Tensor
from ..modes import quietly
from ..promotion import is_narrow, promote


def checked(input: Any, refusing: str = "") -> Tensor:
    """The operand of a function of one tensor; `TypeError` if it is none. `refusing`: see `refuse`."""
    if not isinstance(input, Tensor):
        function = sys._getframe(1).f_code.co_name
        raise TypeError(f"{function}(): argument 'input' must be Tensor, not {type(input).__name__}")
    if input._array.dtype.kind in refusing:
        refuse(sys._getframe(1).f_code.co_name, refusing, input)
    return input


def floating(input: Any, real: bool = False) -> Tensor:
    """The tensor, converted to the default floating dtype if it holds integers or bools. With `real`, complex numbers
    raise PyTorch's error."""
    if isinstance(input, Tensor):
        kind = input._array.dtype.kind
        if kind in "fcV" and not (real and kind == "c"):
            return input
        if kind != "c":
            return input.to(dtypes.get_default_dtype())
    function = sys._getframe(1).f_code.co_name
    refuse(function, "c", input)
    raise TypeError(f"{function}(): argument 'input' must be Tensor, not {type(input).__name__}")


def pair(input: Any, other: Any, floating: bool = False, refusing: str = "") -> Any:
    """`promote` for the functions that take two tensors and no numbers. `refusing`: see `refuse`."""
    for name, operand in (("input", input), ("other", other)):
        if not isinstance(operand, Tensor):
            function = sys._getframe(1).f_code.co_name
            raise TypeError(f"{function}(): argument '{name}' must be Tensor, not {type(operand).__name__}")
    operands = promote(input, other, floating=floating)
    if operands[0]._array.dtype.kind in refusing:
        refuse(sys._getframe(1).f_code.co_name, refusing, *operands)
    return operands


def refuse(name: str, kinds: str, *operands: Any) -> None:
    """Raises PyTorch's error where an operand's dtype is of one of NumPy's kinds: b, u, i, f or c."""
    for operand in operands:
        array = getattr(operand, "_array", operand)
        if isinstance(array, np.ndarray) and array.dtype.kind in kinds:
            kind = dtypes.of_numpy(array.dtype).name
            raise NotImplementedError(
                f'"{name}" not implemented for {kind}: {errors.call(name, operands)}. Convert with .to(dtype) first.'
            )


def same_dtype(name: str, a: Any, b: Any) -> None:
    """Raises unless both are tensors of one dtype, for the functions that do not promote."""
    for operand in (a, b):
        if not isinstance(operand, Tensor):
            raise TypeError(f"{name}(): expected Tensors, not {type(operand).__name__}")
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"{name}: the operands have different dtypes, {errors.call(name, (a, b))}. Convert one of them with .to()."
        )


SINGLE = (np.float16, np.float32, np.complex64)  # PyTorch tests numbers for these by what float32 holds


def number_as(value: Any, kind: Any) -> np.ndarray:
    """A Python number as a 0-d array of a NumPy dtype; PyTorch's error where it does not fit.

    Fractions are cut off, and an unsigned dtype takes negative numbers, counting back from its largest.
    """
    if isinstance(value, np.generic):
        value = value.item()
    fits = True
    if kind.kind == "b":
        value = bool(value)
    elif isinstance(value, complex) and kind.kind != "c":
        fits, value = not value.imag, value.real
    if kind.kind in "iu":
        fits = fits and math.isfinite(value)
        if fits:
            value, info = int(value), np.iinfo(kind)
            fits = (info.min or -info.max) <= value <= info.max
    elif kind in SINGLE and math.isfinite(abs(value)):
        fits = fits and abs(value) <= float(np.finfo(np.float32).max)
    if not fits:
        raise RuntimeError(f"value cannot be converted to type {kind.name} without overflow: {value!r}")
    return quietly(np.asarray(float(value) if kind.kind in "fV" else value).astype, kind)


def stored_number(value: Any, kind: Any) -> np.ndarray:
    """`number_as` for a number that is written as it is: it must fit in 16 bits, too."""
    number = number_as(value, kind)
    if is_narrow(kind):
        value = float(value.real)
        if math.isfinite(value) and abs(value) > dtypes.finfo(dtypes.of_numpy(kind)).max:
            raise RuntimeError(
                f"value cannot be converted to type {'c10::Half' if kind.kind == 'f' else 'c10::BFloat16'} without "
                f"overflow: {value!r}. Use float('inf'), or a smaller number."
            )
    return number


def value_as(value: Any, kind: Any, name: str) -> Any:
    """A number, or a 0-d tensor, in a NumPy dtype: what `fill_` and `masked_fill` write."""
    if not isinstance(value, Tensor):
        if not isinstance(value, (int, float, complex, np.generic)):
            raise TypeError(f"{name}(): argument 'value' must be a number or a 0-d Tensor, not {type(value).__name__}")
        return number_as(value, kind) if name == "xlogy" else stored_number(value, kind)
    if value._array.ndim:
        raise RuntimeError(
            f"{name} only supports a 0-dimensional value tensor, but got tensor with {value._array.ndim} dimension(s). "
            "Use where() or copy_() for several values."
        )
    if value._array.dtype.kind == "c" and kind.kind != "c":
        number_as(value._array.item(), kind)
        value = value.real
    if name == "masked_fill" and is_narrow(kind):
        stored_number(value._array.item(), kind)
    return value if value._array.dtype == kind else value.to(dtypes.of_numpy(kind))


def conversion(input: Tensor, *parameters: Tensor | None) -> str:
    """What to do where a module's parameters have another dtype than its input."""
    kinds = {parameter.dtype for parameter in parameters if parameter is not None}
    remedies = [f"convert the input with .to({next(iter(kinds))})"] if len(kinds) == 1 else []
    if input._array.dtype.kind not in "biu":
        remedies.append(f"{'or' if remedies else 'convert'} the module with .to({input.dtype})")
    return ", ".join(remedies) or "give all of them one dtype"


__all__ = [
    "checked",
    "conversion",
    "floating",
    "number_as",
    "pair",
    "promote",
    "refuse",
    "same_dtype",
    "stored_number",
    "value_as",
]
