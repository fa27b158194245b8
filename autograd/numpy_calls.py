"""NumPy's functions called with tensors: `np.sum(x, 0, keepdims=True)` runs the op that stands for `np.sum`.

Arguments come in NumPy's order and by NumPy's names, which this module brings to the op's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import dtypes

by_numpy: dict[Any, Any] = {}  # NumPy function -> what computes it on tensors, called with (args, kwargs) as given


def declared_later(function: Any) -> Any:
    """What computes a NumPy function on tensors that is more than one op, which few programs use; None for others."""
    from .functions import numpy_functions  # noqa: F401 - it puts them into `by_numpy`

    return by_numpy.get(function)


class Call:
    """What a NumPy function does to tensors: `compute`, an op or a function, called with the arguments it knows.

    An argument of `compute` is NumPy's of the same name, or where NumPy has none its next required one. `dtype=`
    converts the operand; anything else that NumPy takes is refused. Both signatures are read at the first call.
    """

    def __init__(self, function: Any, compute: Any) -> None:
        self.function, self.compute = function, compute
        self.order: Sequence[str] = ()  # NumPy's arguments that may be given by position; empty before the first call
        self.places: dict[str, int] = {}  # NumPy's argument -> which of `compute`'s it is
        self.defaults: dict[str, Any] = {}  # NumPy's argument -> its default there
        self.values: list[Any] = []  # the arguments of `compute` where NumPy's are left out

    def read(self) -> None:
        """Reads what arguments there are, and which of NumPy's is which of `compute`."""
        import inspect

        if hasattr(self.compute, "names"):
            names, defaults = self.compute.names, self.compute.defaults
        else:
            own = inspect.signature(self.compute).parameters.values()
            names, defaults = [p.name for p in own], [p.default for p in own if p.default is not p.empty]
        missing = len(names) - len(defaults)
        self.values = [*[None] * missing, *defaults]
        try:
            parameters = list(inspect.signature(self.function).parameters.values())
        except ValueError:  # NumPy 2.0 does not know that of its functions in C
            self.places, self.defaults = {name: i for i, name in enumerate(names)}, dict(zip(names[missing:], defaults))
            self.order = tuple(names)
            return
        known = [p.name for p in parameters]
        required = iter([p.name for p in parameters if p.default is p.empty and p.name not in names])
        placed = ((name if name in known else next(required, None), i) for i, name in enumerate(names))
        self.places = {name: i for name, i in placed if name is not None}
        self.defaults = {p.name: p.default for p in parameters}
        self.order = tuple(p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))

    def __call__(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        if not self.order:
            self.read()
        if len(args) > len(self.order):
            raise TypeError(f"{self} takes {', '.join(self.order)}; it got {len(args)} arguments")
        values, kind = list(self.values), None
        for name, value in (*zip(self.order, args), *kwargs.items()):
            default = self.defaults.get(name)
            if value is default or (isinstance(value, str) and value == default):
                continue
            if name in self.places:
                values[self.places[name]] = plain(value)
            elif name == "dtype":
                kind = dtypes.of_numpy(np.dtype(value))
            else:
                raise TypeError(f"{self} takes no {name}=, only {', '.join(self.places)}")
        if kind is None:
            return self.compute(*values)
        result = self.compute(converted(values[0], kind), *values[1:])
        return result if kind.is_floating_point or kind.is_complex else result.to(kind)

    def __str__(self) -> str:
        return f"{self.function.__module__}.{self.function.__name__} of tensors".replace("numpy", "np", 1)


def plain(value: Any) -> Any:
    """A list as a tuple, a NumPy scalar as a Python number: ops take these. Another argument as it is."""
    if type(value) is list:
        return tuple(value)
    return value.item() if isinstance(value, np.generic) else value


def converted(value: Any, kind: Any) -> Any:
    """An operand, or each of several, at a dtype."""
    if isinstance(value, tuple):
        return tuple(converted(item, kind) for item in value)
    return value.to(kind) if hasattr(value, "_array") else np.asarray(value, kind.numpy_dtype)
