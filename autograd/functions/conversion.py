"""Converting tensors: to other dtypes, to Python's numbers and lists, and copying."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import devices, dtypes
from .._tensor import Tensor, wrap
from ..op import identity
from ..rules import elementwise, shaping
from ..views import overwrite
from .attach import method
from .creation import check_tensor
from .data import NUMBERS

__all__ = ["clone", "is_complex", "is_floating_point", "is_nonzero", "is_same_size", "is_signed", "is_tensor"]

# ---- to another dtype


@method()
def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """The tensor at another dtype; the tensor itself if nothing changes and `copy` is not asked for.

    `to(dtype)`, `to(device)`, `to(device, dtype)` or `to(other)`, each with `non_blocking`, `copy`, `memory_format`.
    Gradients flow through a change between floating dtypes. `RuntimeError` for a device other than the CPU.

    >>> import autograd
    >>> autograd.tensor([1, 2]).to(autograd.float64)
    tensor([1., 2.], dtype=torch.float64)
    """
    if len(args) == 1 and not kwargs and type(args[0]) is dtypes.dtype:
        return converted(self, args[0].numpy_dtype)
    dtype, copy, memory_format = parse_to(args, kwargs)
    kind = self._array.dtype if dtype is None else dtypes.to_numpy(dtype)
    out = self if self._array.dtype == kind else converted(self, kind)
    if out is self and copy:
        out = identity(self)
    if memory_format is devices.contiguous_format and not out._array.flags.c_contiguous:
        out = out.contiguous()
    return out


def parse_to(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any, Any]:
    """The dtype (or None), `copy` and `memory_format` of a call of `to` in any of its forms."""
    options = dict(kwargs)
    first = args[0] if args else None
    if isinstance(first, Tensor):
        names: tuple[str, ...] = ("other", "non_blocking", "copy")
    elif isinstance(first, dtypes.dtype) or first in (bool, int, float, complex):
        names = ("dtype", "non_blocking", "copy")
    else:
        names = ("device", "dtype", "non_blocking", "copy")
    for name, value in zip(names, args):
        if name in options:
            raise TypeError(f"to() got multiple values for argument {name!r}")
        options[name] = value
    unknown = options.keys() - {"device", "dtype", "non_blocking", "copy", "memory_format", "other"}
    if unknown or len(args) > len(names) or "other" in options and "dtype" in options:
        given = ", ".join([*(type(a).__name__ for a in args), *(f"{k}={type(v).__name__}" for k, v in kwargs.items())])
        raise TypeError(
            f"to() received an invalid combination of arguments - got ({given}), but expected one of: (dtype), "
            "(device, dtype), (other), each with non_blocking, copy, memory_format"
        )
    devices.check(options.get("device"))
    dtype = options["other"].dtype if "other" in options else options.get("dtype")
    return dtype, options.get("copy", False), options.get("memory_format")


def converted(tensor: Tensor, kind: Any) -> Tensor:
    """The tensor at a NumPy dtype. A result that is not floating ends the graph: it has no derivative."""
    source = tensor._array.dtype
    if source == kind:
        return tensor
    if source.kind == "c" and kind.kind not in "cb":
        warnings.warn("Casting complex values to real discards the imaginary part", UserWarning, stacklevel=3)
        tensor = elementwise.real(tensor)
    if kind.kind not in "fcV":
        tensor = wrap(tensor._array)
    return elementwise.astype(tensor, kind)


def conversion(name: str, dtype: str) -> Callable[..., Tensor]:
    """The method that converts to one dtype."""

    def method(self: Tensor, memory_format: Any = None) -> Tensor:
        return to(self, dtypes.of_name(dtype), memory_format=memory_format)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"The tensor as {dtype}: `to(autograd.{dtype})`."
    return method


for name, dtype in {
    "bool": "bool", "byte": "uint8", "char": "int8", "short": "int16", "int": "int32", "long": "int64",
    "half": "float16", "bfloat16": "bfloat16", "float": "float32", "double": "float64", "cfloat": "complex64",
    "cdouble": "complex128",
}.items():  # fmt: skip
    setattr(Tensor, name, conversion(name, dtype))


@method("type")
def tensor_type(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """Without an argument PyTorch's older name of this type of tensor, else the tensor at that dtype (or name).

    >>> import autograd
    >>> autograd.ones(1).type(), autograd.ones(1).type("torch.DoubleTensor").dtype
    ('torch.FloatTensor', torch.float64)
    """
    if dtype is None:
        return f"torch.{self.dtype.older_name}Tensor"
    if isinstance(dtype, str):
        for name, older in dtypes._OLDER_NAMES.items():
            if dtype == f"torch.{older}Tensor":
                return to(self, dtypes.of_name(name))
        raise ValueError(f"invalid type: {dtype!r}")
    return to(self, dtype)


@method()
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor at the dtype of `other`."""
    check_tensor(other, "type_as", "other")
    return to(self, other.dtype)


@method()
def cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself: it is on the CPU."""
    return self


@method()
def cuda(self: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
    """Raises `RuntimeError`: there is no CUDA device."""
    return to(self, devices.device("cuda" if device is None else device))


# ---- copies


@method()
def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy with its own memory, through which gradients flow.

    >>> import autograd
    >>> autograd.tensor([1.0]).clone()
    tensor([1.])
    """
    check_tensor(input, "clone")
    copy = identity(input)
    if memory_format is devices.contiguous_format and not copy._array.flags.c_contiguous:
        copy = copy.contiguous()
    return copy


@method()
def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Writes `src`, broadcast and cast to this tensor's shape and dtype, into this tensor's memory.

    >>> import autograd
    >>> autograd.zeros(2).copy_(autograd.tensor([1, 2]))
    tensor([1., 2.])
    """
    source = src if isinstance(src, Tensor) else wrap(np.asarray(src))
    value = to(source, self.dtype)
    return overwrite(self, lambda old: shaping.broadcast_to(value, old._array.shape), "copy_", (value,))
