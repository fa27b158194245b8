"""Cases: one record for each way to call an operation, from which every check of it is derived.

    case("mul", lambda m, x, y: m.mul(x, y), (3, 4), (4,))

`m` is the module that is called, `autograd` or, where it is installed, `torch`: the same line runs in both. Operands
are given as shapes (filled with reproducible float64 values in the case's domain) or as arrays. The files in
`tests/samples` hold the cases as lists called CASES, and `tests/test_ops.py` runs each through all checks.
"""

from __future__ import annotations

import importlib
import pkgutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import samples


@dataclass(frozen=True)
class Case:
    """One way to call an operation.

    name: PyTorch's name of the function, plus a hint after a colon if there are several (`sum:dim`).
    function: called as `function(module, *operands)`; returns a tensor or a tuple of tensors.
    operands: NumPy arrays.
    grad: which operands are differentiated; all floating ones unless given.
    elementwise: broadcasts its operands, so that broadcast, 0-d and empty ones are tried as well.
    order: the highest order of derivative that is checked (0: not differentiable).
    torch: whether PyTorch is the oracle for values and gradients; if not, `reference` computes the values.
    reference: the values by NumPy, for a case without PyTorch or beside it; called with the operands.
    layouts: whether the operands may lie in memory in another way (not for `view`, which needs a certain one).
    single: whether single precision gives the same within its accuracy, and single precision results.
    tolerance: by how much more than usual the results may be off, for badly conditioned functions.
    """

    name: str
    function: Callable[..., Any]
    operands: list[np.ndarray]
    grad: tuple[int, ...]
    elementwise: bool = False
    order: int = 2
    torch: bool = True
    reference: Callable[..., Any] | None = None
    layouts: bool = True
    single: bool = True
    tolerance: float = 1.0

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
    layouts: bool = True,
    single: bool = True,
    tolerance: float = 1.0,
) -> Case:
    """A case whose operands, where given as shapes, are drawn between `low` and `high` (distinct, seeded by name)."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    arrays = [random.uniform(low, high, o) if isinstance(o, tuple) else np.asarray(o) for o in operands]
    arrays = [np.asarray(a) for a in arrays]  # a 0-d draw is a NumPy scalar
    if grad is None:
        grad = tuple(i for i, a in enumerate(arrays) if a.dtype.kind in "fc")
    assert torch or reference is not None, f"{name} needs an oracle: torch, or a reference in NumPy"
    grad = grad if order else ()
    order = order if grad else 0
    for i in grad:
        assert arrays[i].dtype in (np.float64, np.complex128), f"{name}: differences of operand {i} need float64"
    return Case(name, function, arrays, grad, elementwise, order, torch, reference, layouts, single, tolerance)


def functional(m: Any) -> Any:
    """`torch.nn.functional`, or what it is called beside `autograd`."""
    return importlib.import_module("nn.functional" if m.__name__ == "autograd" else "torch.nn.functional")


def collect() -> list[Case]:
    """Every case of every file in `tests/samples`, by name."""
    cases: list[Case] = []
    for module in pkgutil.iter_modules(samples.__path__):
        cases += importlib.import_module(f"{samples.__name__}.{module.name}").CASES
    names = [case.name for case in cases]
    twice = sorted({name for name in names if names.count(name) > 1})
    assert not twice, f"two cases have one name: {twice}"
    return cases
