"""What the formats hold that know no nesting: arrays by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor


def named_arrays(obj: Any, form: str) -> dict[str, np.ndarray]:
    """The arrays of a flat dict, such as a module's state_dict(); `TypeError` for anything else."""
    if not isinstance(obj, Mapping):
        raise TypeError(f"{form} holds a dict of tensors by name, not a {type(obj).__name__}: {OTHERWISE}")
    arrays = {}
    for name, value in obj.items():
        if type(name) is not str:
            raise TypeError(f"{form} holds tensors by name, and the key {name!r} is no string: {OTHERWISE}")
        array = value.detach()._array if isinstance(value, Tensor) else value
        if not isinstance(array, np.ndarray):
            raise TypeError(f"{form} holds tensors only, and obj[{name!r}] is a {type(value).__name__}: {OTHERWISE}")
        arrays[name] = np.asarray(array, dtypes.of_numpy(array.dtype).numpy_dtype)
    return arrays


OTHERWISE = "a file of any other suffix than .npz and .safetensors takes nested dicts, lists, numbers and strings too"
