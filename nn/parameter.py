"""Parameters and buffers: tensors that a module knows by name."""

from __future__ import annotations

from typing import Any

from autograd import Tensor, empty


class Parameter(Tensor):
    """A tensor that a module learns: assigned as an attribute, it appears among `parameters()`.

    Shares its memory with `data`; requires grad unless told otherwise.

    >>> import autograd, nn
    >>> nn.Parameter(autograd.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        return cls._make_subclass(cls, empty(0) if data is None else data, requires_grad)

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


class Buffer(Tensor):
    """A tensor that belongs to a module's state but is not learned: assigned as an attribute, it becomes a buffer.

    `persistent`: whether it is part of the `state_dict`.

    >>> import autograd, nn
    >>> nn.Buffer(autograd.ones(1)).requires_grad
    False
    """

    persistent: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        buffer = cls._make_subclass(cls, empty(0) if data is None else data, False)
        buffer.persistent = persistent
        return buffer
