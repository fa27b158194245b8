"""Promotion: operands of different dtypes brought to the one that PyTorch computes in."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import dtypes
from ._tensor import Tensor
from .modes import quietly

ndarray = np.ndarray
SINGLE = np.dtype(np.float32)
OPERANDS = (Tensor, ndarray, int, float, complex)  # what may meet a tensor in an elementwise op


def promote(*operands: Any, floating: bool = False, name: str = "") -> Sequence[Any]:
    """Operands brought to PyTorch's common dtype; Python numbers, which never promote a tensor, stay as they are.

    Arrays count as tensors, NumPy's scalars as Python numbers. With `floating`, integers become the default float.
    `name` is for errors, else the caller's.
    """
    first = operands[0]
    if isinstance(first, Tensor) and first._array.dtype.kind == "f":
        kind = first._array.dtype
        if all(
            o._array.dtype is kind if isinstance(o, Tensor) else type(o) is float or type(o) is int
            for o in operands[1:]
        ):
            return operands
    operands = tuple(o.item() if isinstance(o, np.generic) else o for o in operands)
    if not (any(isinstance(o, Tensor) for o in operands) and all(isinstance(o, OPERANDS) for o in operands)):
        name, kinds = name or sys._getframe(1).f_code.co_name, ", ".join(type(o).__name__ for o in operands)
        raise TypeError(f"{name}(): expected Tensors, or one and a number, not {kinds}")
    arrays = [o._array if isinstance(o, Tensor) else o for o in operands if isinstance(o, (Tensor, ndarray))]
    scalars = [o for o in operands if not isinstance(o, (Tensor, ndarray))]
    kind = dtypes.result_dtype(arrays, scalars)
    if floating and dtypes.category(kind) < 2:
        kind = dtypes.get_default_dtype().numpy_dtype
    return [brought(operand, kind) for operand in operands]


def brought(operand: Any, kind: Any) -> Any:
    """One operand at the common dtype."""
    if isinstance(operand, Tensor):
        return operand if operand._array.dtype == kind else operand.to(dtypes.of_numpy(kind))
    if isinstance(operand, ndarray):
        return operand if operand.dtype == kind else operand.astype(kind)
    if dtypes.category(kind) < 2 or kind.kind == "V":  # PyTorch wraps a number that does not fit, NumPy refuses it;
        if kind.kind == "V":
            operand = float(operand)  # of an int beyond 64 bits NumPy makes an array of objects
        return quietly(np.asarray(operand).astype, kind)  # and of bfloat16 and a number NumPy makes float32
    return operand


def is_narrow(kind: Any) -> bool:
    """Whether a NumPy dtype is a floating type of 16 bits."""
    return kind.itemsize == 2 and kind.kind in "fV"


def in_single(op: Callable[..., Any], *operands: Any) -> Any:
    """`op` of tensors of one dtype and parameters; of 16-bit floats in float32, rounded once, as in PyTorch."""
    kind = next(o._array.dtype for o in operands if isinstance(o, Tensor))
    if not is_narrow(kind):
        return op(*operands)
    return op(*[brought(o, SINGLE) for o in operands]).to(dtypes.of_numpy(kind))


def scale(op: Any, input: Any, other: Any, floating: bool = False) -> Any:
    """`op`, a product or quotient, of promoted operands. A number, or a 0-d tensor, that meets a 16-bit float does so
    in float32, as in PyTorch: it need not fit in 16 bits."""
    x, y = promote(input, other, floating=floating, name=op.name)
    kind = (x if isinstance(x, Tensor) else y)._array.dtype
    if not is_narrow(kind) or (np.ndim(input) and np.ndim(other)):
        return op(x, y)
    twin = rounded.get(op)
    if twin is None:
        twin = copy.copy(op)
        twin.plans = {}
        twin.forward = lambda x, y: op.forward(x, y).astype(x.dtype if is_narrow(x.dtype) else y.dtype)
        rounded[op] = twin  # once it is whole: another thread may be here
    return twin(*[factor(operand, kind) for operand in (input, other)])


rounded: dict[Any, Any] = {}  # an op -> itself, with a result that is rounded to the operand of 16 bits


def factor(operand: Any, kind: Any) -> Any:
    """An operand that has the 16-bit dtype as it is, any other in float32: NumPy computes in float32 then."""
    if isinstance(operand, Tensor):
        return operand if operand._array.dtype == kind else operand.to(dtypes.float32)
    if isinstance(operand, ndarray) and operand.dtype == kind:
        return operand
    return quietly(np.asarray(operand).astype, SINGLE)
