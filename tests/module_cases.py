"""Cases of modules: one record for each way to build and call a module, from which every check of it is derived.

    module_case("Linear", lambda nn: nn.Linear(3, 2), (4, 3))
    module_case("CrossEntropyLoss", lambda nn: nn.CrossEntropyLoss(), (4, 3), np.array([0, 2, 1, 1]))

`nn` is the package that is called, ours or, where it is installed, `torch.nn`: the same line builds both. Inputs are
given as shapes (filled with reproducible float64 values) or as arrays. The files in `tests/module_samples` hold the
cases as lists called CASES, and `tests/test_modules.py` runs each through all checks.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import nn

from . import module_samples

MODULES = {name: getattr(nn, name) for name in importlib.import_module("nn.modules").__all__}


@dataclass(frozen=True)
class ModuleCase:
    """One way to build and call a module.

    name: the class, plus a hint after a colon if there are several (`Conv2d:groups`).
    build: makes the module, `build(nn)`.
    inputs: NumPy arrays; floating ones are differentiated, except those in `fixed`.
    call: how the module is called, `call(module, *tensors)`, if not simply with the inputs. Returns a tensor or nested
        tuples of them.
    random: in training its result depends on chance, so that only its shape and gradient's zeros can be compared.
    order: the highest order of derivative that is checked against differences (0: not differentiable).
    differences: whether the first derivatives are checked as well; not so where a gradient is something else on
        purpose (none for `padding_idx`) or where calling the module changes it.
    torch: whether PyTorch has it; if not, a test of its own says what is right.
    tolerance: by how much more than usual the results may be off.
    calls: how often it is called in a row, where what it remembers matters.
    """

    name: str
    build: Callable[[Any], Any]
    inputs: list[np.ndarray]
    call: Callable[..., Any]
    fixed: tuple[int, ...] = ()
    random: bool = False
    order: int = 2
    differences: bool = True
    torch: bool = True
    tolerance: float = 1.0
    calls: int = 2

    def __str__(self) -> str:
        return self.name


def module_case(
    name: str,
    build: Callable[[Any], Any],
    *inputs: Any,
    call: Callable[..., Any] | None = None,
    low: float = -2.0,
    high: float = 2.0,
    **options: Any,
) -> ModuleCase:
    """A case whose inputs, where given as shapes, are drawn between `low` and `high` (distinct, seeded by name)."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    arrays = [np.asarray(random.uniform(low, high, i) if isinstance(i, tuple) else i) for i in inputs]
    return ModuleCase(name, build, arrays, call or (lambda module, *tensors: module(*tensors)), **options)


def collect() -> list[ModuleCase]:
    """Every case of every file in `tests/module_samples`, by name."""
    cases: list[ModuleCase] = []
    for module in pkgutil.iter_modules(module_samples.__path__):
        cases += importlib.import_module(f"{module_samples.__name__}.{module.name}").CASES
    names = [case.name for case in cases]
    twice = sorted({name for name in names if names.count(name) > 1})
    assert not twice, f"two cases have one name: {twice}"
    return cases


class Building:
    """A package whose modules are built in another way: by `build(class, *args, **kwargs)`."""

    def __init__(self, package: Any, build: Any) -> None:
        self._package, self._build, self.__name__ = package, build, package.__name__

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._package, name)
        if name not in MODULES:
            return found
        built: Any = functools.partial(self._build, found)
        built.from_pretrained = getattr(found, "from_pretrained", None)
        return built
