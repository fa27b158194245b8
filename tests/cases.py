"""Cases: one record for each way to call an operation, from which every check of it is derived.

    case("mul", lambda m, x, y: m.mul(x, y), (3, 4), (4,))

`m` is the module that is called, `autograd` or, where it is installed, `torch`: the same line runs in both. Operands
are given as shapes (filled with reproducible float64 values in the case's domain) or as arrays.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Case:
    """One way to call an operation.

    name: PyTorch's name of the function, plus a hint after a colon if there are several (`sum:dim`).
    function: called as `function(module, *operands)`; returns a tensor or a tuple of tensors.
    operands: NumPy arrays.
    grad: which operands are differentiated; all floating ones unless given.
    elementwise: broadcasts its operands, so that broadcast, 0-d and empty ones are tried as well.
    order: the highest order of derivative that is checked (0: not differentiable).
    torch: whether PyTorch is the oracle for values; if not, `reference` computes them with NumPy.
    """

    name: str
    function: Callable[..., Any]
    operands: list[np.ndarray]
    grad: tuple[int, ...]
    elementwise: bool = False
    order: int = 2
    torch: bool = True
    reference: Callable[..., Any] | None = None
    marks: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def case(
    name: str,
    function: Callable[..., Any],
    *operands: Any,
    low: float = -2.0,
    high: float = 2.0,
    grad: tuple[int, ...] | None = None,
    elementwise: bool = False,
    order: int = 2,
    torch: bool = True,
    reference: Callable[..., Any] | None = None,
) -> Case:
    """A case whose operands, where given as shapes, are drawn between `low` and `high` (distinct, seeded by name)."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    arrays = [random.uniform(low, high, o) if isinstance(o, tuple) else np.asarray(o) for o in operands]
    if grad is None:
        grad = tuple(i for i, a in enumerate(arrays) if a.dtype.kind in "fc")
    return Case(name, function, arrays, grad if order else (), elementwise, order, torch, reference)
