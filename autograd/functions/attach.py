"""How a function becomes a method: declared once, reachable as `autograd.tanh(x)`, `x.tanh()` and `x.tanh_()`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from .._tensor import Tensor
from ..casting import uncast
from ..kernels.in_place import KERNELS
from ..views import overwrite, write_directly

F = TypeVar("F", bound=Callable[..., Any])


def in_place(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The in-place form of a function of a tensor; autocast leaves it alone, since it writes to what is there."""
    plain = getattr(function, "uncast", None)
    kernel = KERNELS.get(name)

    @functools.wraps(function)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if kernel is not None and write_directly(self, kernel, name, args, kwargs):
            return self
        if plain is not None:
            return uncast(overwrite, (self, lambda x: plain(x, *args, **kwargs), name, (*args, *kwargs.values())), {})
        return overwrite(self, lambda x: function(x, *args, **kwargs), name, (*args, *kwargs.values()))

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"In-place version of `{function.__name__}()`: writes the result into this tensor and returns it."
    return method


NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim"}


def numpy_names(function: F) -> F:
    """The function, if it has an argument `dim`, with NumPy's names `axis` and `keepdims` as well, as PyTorch does."""
    code = getattr(function, "uncast", function).__code__
    if "dim" not in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        return function

    @functools.wraps(function)
    def either(*args: Any, **kwargs: Any) -> Any:
        if "axis" in kwargs or "keepdims" in kwargs:
            for ours, name in NUMPY_NAMES.items():
                if ours in kwargs:
                    if name in kwargs:
                        raise TypeError(f"{function.__name__}() got both {name}= and {ours}=: they mean the same")
                    kwargs[name] = kwargs.pop(ours)
        return function(*args, **kwargs)

    return either  # type: ignore[return-value]


def method(*names: str, inplace: bool = False) -> Callable[[F], F]:
    """Declares the decorated function as a method of Tensor, under its own name or `names`; with `inplace` also
    its form with a trailing underscore."""

    def declare(function: F) -> F:
        function = numpy_names(function)
        for name in names or (function.__name__,):
            setattr(Tensor, name, function)
            if inplace:
                setattr(Tensor, name + "_", in_place(function, name + "_"))
        return function

    return declare
