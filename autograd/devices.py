"""Where tensors live and how they lie in memory: PyTorch's `device`, `layout` and `memory_format`.

There is one device that computes, the CPU. Others can be named, so that code which chooses between them runs, but
asking for a tensor on one is an error.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "channels_last", "channels_last_3d", "contiguous_format", "device", "get_default_device", "layout",
    "memory_format", "preserve_format", "set_default_device", "strided",
]  # fmt: skip

_TYPES = ("cpu", "cuda", "xpu", "mps", "meta", "mtia", "hpu", "xla")


class device:
    """A place for tensors: `device("cpu")`, `device("cuda:1")`, `device("cuda", 1)`. Only the CPU can be used.

    >>> import autograd
    >>> autograd.device("cpu"), autograd.zeros(2).device == autograd.device("cpu")
    (device(type='cpu'), True)
    """

    __slots__ = ("index", "type")

    type: str
    index: int | None

    def __init__(self, type: Any, index: Any = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index if index is None else index
        elif isinstance(type, int) and not isinstance(type, bool):
            raise RuntimeError(f"device({type}) names an accelerator, and there is none: use 'cpu'")
        elif not isinstance(type, str):
            raise TypeError(f"device() takes a name such as 'cpu', not {type.__class__.__name__}")
        elif ":" in type:
            name, number = type.split(":", 1)
            if index is not None:
                raise RuntimeError(
                    f"type (string) must not include an index because index was passed explicitly: {type}"
                )
            if not number.isdecimal():
                raise RuntimeError(f"Invalid device string: {type!r}")
            type, index = name, int(number)
        if type not in _TYPES:
            raise RuntimeError(f"Expected one of {', '.join(_TYPES)} device type at start of device string: {type}")
        if index is not None and index < 0:
            raise RuntimeError(f"Device index must not be negative, got {index}")
        object.__setattr__(self, "type", type)
        object.__setattr__(self, "index", index)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"attribute {name!r} of a device cannot be changed")

    def __repr__(self) -> str:
        return f"device(type={self.type!r}" + (")" if self.index is None else f", index={self.index})")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, device):
            return NotImplemented
        return (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple[Any, ...]:
        return device, (self.type, self.index)

    def __enter__(self) -> device:
        check(self)
        return self

    def __exit__(self, *exc: Any) -> None:
        """New tensors are on the CPU inside the block and outside it: nothing to undo."""


class _Constant:
    """A named constant of PyTorch's."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name  # pickle finds it by this name in this module


class layout(_Constant):
    """How elements are stored; `strided`, an array with strides, is the only one."""

    __slots__ = ()


class memory_format(_Constant):
    """The order of the dimensions in memory: `contiguous_format` (the last fastest) or `preserve_format` (the input's).

    `channels_last` and `channels_last_3d` are accepted as hints about speed, which change nothing here.
    """

    __slots__ = ()


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
cpu = device("cpu")


def check(value: Any) -> None:
    """Raises unless `value`, a `device=` argument, is the CPU or None."""
    if value is None or value is cpu or value == "cpu":
        return
    if (value if isinstance(value, device) else device(value)).type != "cpu":
        raise RuntimeError(
            f"device {str(value)!r} is not available: this library computes on the CPU. Leave device= out, or choose "
            "it by `'cuda' if autograd.cuda.is_available() else 'cpu'`."
        )


def get_default_device() -> device:
    """The device of new tensors: the CPU.

    >>> import autograd
    >>> autograd.get_default_device()
    device(type='cpu')
    """
    return cpu


def set_default_device(device: Any) -> None:
    """Accepts the CPU, which is the default anyway; `RuntimeError` for any other device."""
    check(device)
