"""Converting tensors: to other dtypes, to Python's numbers and lists, and copying."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import devices, dtypes
from .._tensor import Tensor, wrap
from ..errors import broadcast, describe
from ..op import identity
from ..rules import complex_numbers, copying, elementwise, shaping
from ..views import overwrite
from .arguments import check_tensor
from .attach import method
from .data import warn_of_imaginary_part, warn_of_lost_gradient

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
        out = clone(self, memory_format=memory_format)
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
    if unknown or len(args) > len(names) or ("other" in options and "dtype" in options):
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
        warn_of_imaginary_part()
        tensor = complex_numbers.real(tensor)
    if kind.kind not in "fcV":
        tensor = wrap(tensor._array)
    return elementwise.astype(tensor, kind)


def conversion(name: str, dtype: str) -> Callable[..., Tensor]:
    """The method that converts to one dtype."""

    def method(self: Tensor, memory_format: Any = None) -> Tensor:
        kind = dtypes.of_name(dtype)
        return (
            converted(self, kind.numpy_dtype) if memory_format is None else to(self, kind, memory_format=memory_format)
        )

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
        for name, older in dtypes.OLDER_NAMES.items():
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
    return identity(input) if memory_format is devices.contiguous_format else copying.clone(input)


@method()
def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Writes `src`, broadcast and cast to this tensor's shape and dtype, into this tensor's memory.

    >>> import autograd
    >>> autograd.zeros(2).copy_(autograd.tensor([1, 2]))
    tensor([1., 2.])
    """
    if not isinstance(src, (Tensor, bool, int, float, complex)):
        raise TypeError(f"copy_(): argument 'src' (position 1) must be Tensor, not {type(src).__name__}")
    source = src if isinstance(src, Tensor) else wrap(np.asarray(src))
    if (source._array.dtype.kind == "c" and self._array.dtype.kind not in "cb") or self._array.dtype.kind not in "fcV":
        source = to(source, self.dtype)
    shape = self._array.shape
    text = broadcast("copy_", [shape, source._array.shape])
    if text is None and np.broadcast_shapes(shape, source._array.shape) != shape:
        text = f"output with shape {list(shape)} doesn't match the broadcast shape {list(source.shape)}"
    if text:
        raise RuntimeError(f"{text}: copy_() of {describe(source)} into {describe(self)}")
    return overwrite(self, lambda old: copying.overwritten(old, source), "copy_", (source,))


# ---- to Python's numbers and lists


@method()
def item(self: Tensor) -> Any:
    """The number in a tensor of one element, as Python's bool, int, float or complex. Others raise `RuntimeError`.

    >>> import autograd
    >>> autograd.tensor([2.5]).item()
    2.5
    """
    if self._array.size != 1:
        raise RuntimeError(
            f"a Tensor with {self._array.size} elements cannot be converted to Scalar: index or reduce the tensor "
            f"{list(self.shape)} first, or use tolist()"
        )
    return self._array.item()


@method()
def tolist(self: Tensor) -> Any:
    """The elements as nested lists of Python numbers; of a 0-d tensor the number.

    >>> import autograd
    >>> autograd.tensor([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    return self._array.tolist()


def only_element(tensor: Tensor) -> Any:
    """The number that Python asks for with `float(tensor)` and the like."""
    if tensor._array.size != 1:
        raise ValueError(
            f"only one element tensors can be converted to Python scalars, and this one has shape {list(tensor.shape)}"
        )
    return tensor._array.item()


def real_element(tensor: Tensor, kind: str) -> Any:
    """The number that Python asks for where it must be real."""
    value = only_element(tensor)
    if isinstance(value, complex):
        if value.imag:
            raise RuntimeError(f"value cannot be converted to type {kind} without overflow: {value} is complex")
        return value.real
    return value


@method("__float__")
def as_float(self: Tensor) -> float:
    """`float(tensor)`, of one element."""
    warn_of_lost_gradient(self)
    return float(real_element(self, "double"))


@method("__complex__")
def as_complex(self: Tensor) -> complex:
    """`complex(tensor)`, of one element."""
    warn_of_lost_gradient(self)
    return complex(only_element(self))


@method("__int__")
def as_int(self: Tensor) -> int:
    """`int(tensor)`, of one element."""
    return int(real_element(self, "int64_t"))


@method("__index__")
def as_index(self: Tensor) -> int:
    """The tensor as an index of a Python sequence: one integer."""
    if self._array.size != 1 or self._array.dtype.kind not in "iub":
        raise TypeError(
            "only integer tensors of a single element can be converted to an index, not a tensor "
            f"{list(self.shape)} of {self.dtype}"
        )
    return int(self._array.item())


@method("__bool__")
def as_bool(self: Tensor) -> bool:
    """`bool(tensor)`, of one element; comparisons of more need `any()` or `all()`."""
    if self._array.size != 1:
        how_many = "more than one value" if self._array.size else "no values"
        raise RuntimeError(
            f"Boolean value of Tensor with {how_many} is ambiguous: use .any() or .all() of the tensor "
            f"{list(self.shape)}"
        )
    return bool(self._array.item())


@method("__len__")
def length(self: Tensor) -> int:
    """The size of the first dimension."""
    if not self._array.ndim:
        raise TypeError("len() of a 0-d tensor")
    return len(self._array)


@method("__iter__")
def iterate(self: Tensor) -> Iterator[Tensor]:
    """The slices along the first dimension, as views."""
    if not self._array.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(shaping.unbind(self, 0) if len(self._array) else ())


@method("__reversed__")
def backwards(self: Tensor) -> Tensor:
    """`reversed(tensor)`: flipped along the first dimension, a tensor and no iterator."""
    return shaping.flip(self, 0) if self._array.ndim else self


@method("__contains__")
def contains(self: Tensor, element: Any) -> bool:
    """Whether any element equals a number, or, broadcast, a tensor."""
    if not isinstance(element, (Tensor, bool, int, float, complex, np.generic)):
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")
    same: Any = self.detach() == element
    return bool(same._array.any())


@method("__format__")
def formatted(self: Tensor, format_spec: str) -> str:
    """A 0-d tensor is formatted as its number, any other as its text."""
    if not self._array.ndim and type(self) is Tensor:
        return self._array.item().__format__(format_spec)
    return object.__format__(self, format_spec)


@method()
def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replaces each element by `callable(element)`: slow, and not recorded.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0]).apply_(lambda x: x * x)
    tensor([1., 4.])
    """
    return mapped(self, "apply_", callable)


@method()
def map_(self: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replaces each element x by `callable(x, y)` with y from `tensor`: slow, and not recorded.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0]).map_(autograd.tensor([3.0, 4.0]), lambda x, y: x * y)
    tensor([3., 8.])
    """
    return mapped(self, "map_", callable, tensor)


def mapped(tensor: Tensor, name: str, callable: Callable[..., Any], *others: Tensor) -> Tensor:
    """Calls a Python function for each element, in place."""
    if any(operand.requires_grad for operand in (tensor, *others)):
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    columns = [np.broadcast_to(o._array, tensor._array.shape).ravel().tolist() for o in (tensor, *others)]
    values = np.array([callable(*row) for row in zip(*columns)]).reshape(tensor._array.shape)
    return overwrite(tensor, lambda old: wrap(values.astype(tensor._array.dtype)), name)


# ---- what it is


def is_tensor(obj: Any) -> bool:
    """Whether an object is a tensor.

    >>> import autograd
    >>> autograd.is_tensor(autograd.ones(1)), autograd.is_tensor([1.0])
    (True, False)
    """
    return isinstance(obj, Tensor)


@method()
def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is a floating one (a complex one is not).

    >>> import autograd
    >>> autograd.is_floating_point(autograd.ones(1))
    True
    """
    check_tensor(input, "is_floating_point")
    return input._array.dtype.kind in "fV"


@method()
def is_complex(input: Tensor) -> bool:
    """Whether the dtype is complex.

    >>> import autograd
    >>> autograd.is_complex(autograd.tensor([1j]))
    True
    """
    check_tensor(input, "is_complex")
    return input._array.dtype.kind == "c"


@method()
def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers.

    >>> import autograd
    >>> autograd.is_signed(autograd.tensor([1], dtype=autograd.uint8))
    False
    """
    check_tensor(input, "is_signed")
    return input._array.dtype.kind not in "ub"


@method()
def is_nonzero(input: Tensor) -> bool:
    """Whether the one element is not zero. `RuntimeError` for more or fewer elements.

    >>> import autograd
    >>> autograd.is_nonzero(autograd.tensor([0.0]))
    False
    """
    check_tensor(input, "is_nonzero")
    return bool(input)


@method()
def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape.

    >>> import autograd
    >>> autograd.is_same_size(autograd.ones(2), autograd.ones(1, 2))
    False
    """
    check_tensor(input, "is_same_size")
    return input._array.shape == other._array.shape


@method()
def get_device(input: Tensor) -> int:
    """The number of the accelerator it is on: -1, the CPU."""
    return -1


@method()
def is_pinned(self: Tensor, device: Any = None) -> bool:
    """Whether it is in page-locked memory: False."""
    return False


def constant(value: Any) -> property:
    """A property that all tensors share."""
    return property(lambda self: value, doc=f"{value!r}, for every tensor.")


for name, value in {
    "device": devices.cpu, "layout": devices.strided, "is_cpu": True, "is_cuda": False, "is_mps": False,
    "is_xpu": False, "is_meta": False, "is_sparse": False, "is_quantized": False,
}.items():  # fmt: skip
    setattr(Tensor, name, constant(value))
