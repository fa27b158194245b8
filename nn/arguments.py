"""What functions and modules ask of their arguments, with errors that name them and warnings at the caller's line."""

from __future__ import annotations

import operator
import sys
import warnings
from typing import Any


def integer(function: str, name: str, value: Any) -> int:
    """The argument, if it is a whole number: a Python integer, NumPy's, or a tensor of one."""
    if type(value) is int:
        return value
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(
            f"{function}(): argument '{name}' must be int, not {type(value).__name__} ({value!r})"
        ) from None


def for_each(function: str, name: str, value: Any, rank: int) -> tuple[int, ...]:
    """An argument for each of `rank` spatial dimensions, given as a tuple or as one number for all of them."""
    if not isinstance(value, (tuple, list)):
        return (integer(function, name, value),) * rank
    if len(value) != rank:
        raise ValueError(f"{function}: {name} needs one number, or {rank}, one for each spatial dimension, not {value}")
    return tuple([integer(function, name, item) for item in value])


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """A warning at the line that called into this package, or into `autograd`, which called this one."""
    depth, frame = 3, sys._getframe(1)  # the depth is that of the frame before
    while frame.f_back is not None and frame.f_back.f_globals.get("__name__", "").split(".")[0] in ("nn", "autograd"):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, category, stacklevel=depth)


def factory_kwargs(kwargs: dict[str, Any] | None) -> dict[str, Any]:
    """What of a module's `**kwargs` goes to `empty` and its like: device, dtype and memory_format, given as such or
    inside `factory_kwargs`. `TypeError` for others, or for one given twice.

    >>> import nn
    >>> nn.factory_kwargs({"dtype": "float32"})
    {'dtype': 'float32'}
    """
    given = dict(kwargs or {})
    inner = dict(given.pop("factory_kwargs", {}))
    unknown = given.keys() - {"device", "dtype", "memory_format"}
    if unknown:
        raise TypeError(f"unexpected kwargs {unknown}")
    twice = given.keys() & inner.keys()
    if twice:
        raise TypeError(f"{min(twice)} specified twice, in **kwargs and in factory_kwargs")
    return {**inner, **given}
