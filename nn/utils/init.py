"""Modules whose initial values do not matter."""

from __future__ import annotations

import inspect
from typing import Any

from autograd.random import fork_rng

from ..modules.module import Module

__all__ = ["skip_init"]


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """Makes a module whose values will be overwritten: whatever they are, the random generator is as before.

    The class must take `device`, as PyTorch asks; `RuntimeError` if not.

    >>> import nn
    >>> nn.utils.skip_init(nn.Linear, 3, 2)
    Linear(in_features=3, out_features=2, bias=True)
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError(
            f"Module must support a 'device' arg to skip initialization, and {module_cls.__name__} does not"
        )
    with fork_rng():
        return module_cls(*args, **kwargs)
