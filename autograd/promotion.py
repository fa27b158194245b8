"""Promotion: operands of different dtypes brought to the one that PyTorch computes in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import dtypes
from ._tensor import Tensor

ndarray = np.ndarray
OPERANDS = (Tensor, ndarray, int, float, complex)  # what may meet a tensor in an elementwise op


def promote(*operands: Any, floating: bool = False) -> Sequence[Any]:
    """Operands brought to PyTorch's common dtype; Python numbers, which never promote a tensor, stay as they are.

    Arrays count as tensors, NumPy's scalars as Python numbers. With `floating`, integers become the default float.
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
        kinds = ", ".join(type(o).__name__ for o in operands)
        raise TypeError(f"{sys._getframe(1).f_code.co_name}(): expected Tensors, or one and a number, not {kinds}")
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
    if dtypes.category(kind) < 2:  # PyTorch wraps a number that does not fit, NumPy refuses it
        return np.asarray(operand).astype(kind)
    return operand
