"""Elementwise functions with PyTorch's names and arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor
from ..op import promote
from ..rules import elementwise as rules
from ..rules.shaping import broadcast_to
from ..views import overwrite
from .attach import method


@method(inplace=True)
def mul(input: Any, other: Any) -> Tensor:
    """`input * other`."""
    return rules.multiply(*promote(input, other))


@method()
def to(self: Tensor, dtype: Any) -> Tensor:
    """x"""
    kind = dtypes.to_numpy(dtype)
    if self._array.dtype == kind:
        return self
    return rules.astype(self, kind)


@method()
def clone(input: Any, *, memory_format: Any = None) -> Tensor:
    """A copy with its own memory, through which gradients flow.

    >>> import autograd
    >>> autograd.tensor([1.0]).clone()
    tensor([1.])
    """
    return rules.identity(input)


@method()
def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Writes `src`, broadcast and cast to this tensor's shape and dtype, into this tensor's memory.

    >>> import autograd
    >>> autograd.zeros(2).copy_(autograd.tensor([1, 2]))
    tensor([1., 2.])
    """
    return overwrite(self, lambda old: broadcast_to(src.to(self.dtype), old._array.shape), "copy_", (src,))
