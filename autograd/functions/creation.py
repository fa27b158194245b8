"""Making tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor, wrap


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False) -> Tensor:
    """A new tensor with a copy of `data`."""
    if isinstance(data, Tensor):
        data = data._array
    array = np.array(data)
    if dtype is not None:
        array = array.astype(dtypes.to_numpy(dtype))
    elif not isinstance(data, (np.ndarray, np.generic)) and array.dtype.kind == "f":
        array = array.astype(dtypes.get_default_dtype().numpy_dtype)
    out = wrap(array)
    out.requires_grad = requires_grad
    return out
