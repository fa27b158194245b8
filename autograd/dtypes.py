"""Number types: PyTorch's dtype objects over NumPy's, and the one table of promotion.

A `dtype` carries the NumPy dtype it stands for (`float32.numpy_dtype`), and NumPy accepts it wherever it accepts a
dtype of its own, so `np.zeros(3, dtype=autograd.float32)` works.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

__all__ = [
    "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "short", "int32", "int", "int64", "long",
    "float16", "half", "float32", "float", "float64", "double", "complex64", "cfloat", "complex128", "cdouble",
    "dtype", "finfo", "iinfo", "can_cast", "promote_types", "result_type", "get_default_dtype", "set_default_dtype",
]  # fmt: skip

_BY_NUMPY: dict[Any, dtype] = {}

# PyTorch's older name of each type, which its errors and `Tensor.type()` use.
OLDER_NAMES = {
    "bool": "Bool", "uint8": "Byte", "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64", "int8": "Char",
    "int16": "Short", "int32": "Int", "int64": "Long", "float16": "Half", "bfloat16": "BFloat16", "float32": "Float",
    "float64": "Double", "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip


class dtype:
    """A PyTorch number type, such as `autograd.float32`. There is one object per type: compare with `is` or `==`.

    >>> import autograd
    >>> autograd.tensor([1, 2]).dtype
    torch.int64
    """

    __slots__ = (
        "dtype", "is_complex", "is_floating_point", "is_signed", "itemsize", "name", "numpy_dtype", "older_name"
    )  # fmt: skip

    def __init__(self, name: str, numpy_dtype: Any) -> None:
        self.name, self.older_name = name, OLDER_NAMES[name]
        self.numpy_dtype = np.dtype(numpy_dtype)
        self.dtype = self.numpy_dtype  # NumPy's protocol: np.dtype(obj) reads obj.dtype
        self.is_complex = self.numpy_dtype.kind == "c"
        self.is_floating_point = self.numpy_dtype.kind == "f" or name == "bfloat16"
        self.is_signed = self.numpy_dtype.kind not in "ub"
        self.itemsize = self.numpy_dtype.itemsize
        _BY_NUMPY[self.numpy_dtype] = self

    def __repr__(self) -> str:
        return "torch." + self.name

    def __reduce__(self) -> tuple[Any, ...]:
        return of_name, (self.name,)

    def to_complex(self) -> dtype:
        """The complex type whose parts have this precision (complex64 for the 16-bit types: NumPy has no smaller)."""
        if not (self.is_floating_point or self.is_complex):
            raise RuntimeError(f"Unknown Complex ScalarType for {self.older_name}: only floating types have one")
        return complex128 if self in (float64, complex128) else complex64

    def to_real(self) -> dtype:
        """The type of the real part."""
        return {"complex64": float32, "complex128": float64}.get(self.name, self)


bool = dtype("bool", np.bool_)
uint8 = dtype("uint8", np.uint8)
uint16 = dtype("uint16", np.uint16)
uint32 = dtype("uint32", np.uint32)
uint64 = dtype("uint64", np.uint64)
int8 = dtype("int8", np.int8)
int16 = short = dtype("int16", np.int16)
int32 = int = dtype("int32", np.int32)
int64 = long = dtype("int64", np.int64)
float16 = half = dtype("float16", np.float16)
float32 = float = dtype("float32", np.float32)
float64 = double = dtype("float64", np.float64)
complex64 = cfloat = dtype("complex64", np.complex64)
complex128 = cdouble = dtype("complex128", np.complex128)

# The module's `bool`, `int` and `float` are PyTorch's; Python's own are these.
_PY_INT, _PY_FLOAT, _PY_BOOL, _PY_COMPLEX = (1).__class__, (1.0).__class__, True.__class__, complex


def bfloat16_dtype() -> dtype:
    """`autograd.bfloat16`, which NumPy lacks: the optional `ml_dtypes` package brings it."""
    try:
        ml_dtypes = importlib.import_module("ml_dtypes")
    except ImportError:
        raise ImportError(
            "bfloat16 needs the package ml_dtypes, as NumPy has none of its own: pip install ml_dtypes, or the extra: "
            'pip install "ndgrad[bfloat16]"'
        ) from None
    return _BY_NUMPY.get(np.dtype(ml_dtypes.bfloat16)) or dtype("bfloat16", ml_dtypes.bfloat16)


def __getattr__(name: str) -> Any:
    if name == "bfloat16":
        return bfloat16_dtype()
    raise AttributeError(f"module 'autograd' has no attribute {name!r}")


def of_name(name: str) -> dtype:
    """The dtype object called `name`."""
    return bfloat16_dtype() if name == "bfloat16" else globals()[name]


def of_numpy(numpy_dtype: Any) -> dtype:
    """The dtype object that stands for a NumPy dtype; `TypeError` where PyTorch has none (strings, objects, dates)."""
    found = _BY_NUMPY.get(numpy_dtype)
    if found is None:
        native = np.dtype(numpy_dtype).newbyteorder("=")
        found = _BY_NUMPY.get(native)
        if found is None and native.name == "bfloat16":
            found = bfloat16_dtype()
    if found is None:
        supported = ", ".join(sorted(d.name for d in _BY_NUMPY.values()))
        raise TypeError(
            f"can't convert np.ndarray of type {numpy_dtype}. The only supported types are: {supported}. "
            "Convert the array first, for example with array.astype(np.float32)."
        )
    return found


def to_numpy(kind: Any) -> np.dtype:
    """The NumPy dtype for a dtype object, a NumPy dtype, or Python's bool, int, float, complex."""
    if isinstance(kind, dtype):
        return kind.numpy_dtype
    try:
        if not isinstance(kind, str) and kind is not None:
            return of_numpy(np.dtype(kind)).numpy_dtype
    except TypeError:
        pass
    raise TypeError(f"argument 'dtype' must be torch.dtype, such as torch.float32, not {type(kind).__name__} {kind!r}")


_default = float32


def get_default_dtype() -> dtype:
    """The floating dtype of new tensors made from Python floats (float32 unless changed)."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Sets the floating dtype of new tensors; `TypeError` for a type that is not floating."""
    global _default
    if not (isinstance(d, dtype) and d.is_floating_point):
        raise TypeError(f"only floating-point types are supported as the default type, not {d!r}")
    _default = d


def default_complex() -> dtype:
    """The complex dtype that goes with the default floating dtype."""
    return _default.to_complex()


_CATEGORIES = {"b": 0, "u": 1, "i": 1, "f": 2, "V": 2, "c": 3}  # bfloat16 is V, for NumPy


def category(numpy_dtype: Any) -> Any:
    """0 for bool, 1 for integers, 2 for floating, 3 for complex types: promotion never goes down in category."""
    return _CATEGORIES[numpy_dtype.kind]


def promote(a: Any, b: Any) -> Any:
    """PyTorch's type of `a` combined with `b` (NumPy dtypes): within a category as NumPy, across them the higher one.

    Integers take on a floating type as it is (int64 with float32 is float32), where NumPy would widen.
    """
    if a is b or a == b:
        return a
    low, high = (a, b) if category(a) <= category(b) else (b, a)
    if category(high) != 2 and any(kind.kind == "u" and kind.itemsize > 1 for kind in (low, high)):
        names = f"{of_numpy(a).older_name} and {of_numpy(b).older_name}"
        raise RuntimeError(
            f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote {names}. Convert one "
            "operand first, for example with .long()."
        )
    if (category(low) < 2 and category(high) >= 2) or category(low) == 0:
        return high
    if category(low) == 2 and category(high) == 3:
        return np.result_type(low if low.itemsize >= 4 else np.float32, high)
    if low.kind == "V" or high.kind == "V":  # bfloat16 with another floating type: float32 holds it and float16 alike
        other = high if low.kind == "V" else low
        return other if other.itemsize > 2 else float32.numpy_dtype
    return np.promote_types(low, high)


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that holds values of both, by PyTorch's table.

    >>> import autograd
    >>> autograd.promote_types(autograd.int64, autograd.float16)
    torch.float16
    """
    for position, kind in enumerate((type1, type2), 1):
        if not isinstance(kind, dtype):
            got = type(kind).__name__
            raise TypeError(f"promote_types(): argument 'type{position}' must be torch.dtype, not {got}")
    return of_numpy(promote(type1.numpy_dtype, type2.numpy_dtype))


def can_cast(from_: dtype, to: dtype) -> Any:
    """Whether a result of one dtype may be stored in a tensor of another: the category may not go down.

    >>> import autograd
    >>> autograd.can_cast(autograd.float64, autograd.float16), autograd.can_cast(autograd.float32, autograd.int64)
    (True, False)
    """
    return category(from_.numpy_dtype) <= category(to.numpy_dtype)


def of_scalar(value: Any) -> Any:
    """The NumPy dtype that PyTorch gives a Python number on its own."""
    if isinstance(value, _PY_BOOL):
        return bool.numpy_dtype
    if isinstance(value, _PY_INT):
        return int64.numpy_dtype
    if isinstance(value, _PY_FLOAT):
        return _default.numpy_dtype
    if isinstance(value, _PY_COMPLEX):
        return default_complex().numpy_dtype
    raise TypeError(f"expected a number or a tensor, not {type(value).__name__}")


def result_dtype(arrays: list[Any], scalars: list[Any]) -> Any:
    """PyTorch's result type of arrays and Python numbers, as a NumPy dtype.

    Arrays with dimensions decide; a 0-d array counts only where its category is higher, a Python number only where
    its category is higher still.
    """
    dimensioned = combined([a.dtype for a in arrays if a.ndim])
    zero_dim = combined([a.dtype for a in arrays if not a.ndim])
    return outranking(dimensioned, outranking(zero_dim, combined([of_scalar(s) for s in scalars])))


def combined(kinds: list[Any]) -> Any:
    """The promotion of a list of NumPy dtypes, None of an empty one."""
    if not kinds:
        return None
    result = kinds[0]
    for kind in kinds[1:]:
        result = promote(result, kind)
    return result


def outranking(first: Any, second: Any) -> Any:
    """The first dtype, unless the second is of a higher category."""
    if first is None or second is None:
        return second if first is None else first
    if category(second) <= category(first):
        return first
    if category(second) == 3:  # a floating type becomes complex with the precision that it has
        return of_numpy(first).to_complex().numpy_dtype if category(first) == 2 else second
    return promote(first, second)


def result_type(tensor: Any, other: Any) -> dtype:
    """The dtype of an operation on two operands, tensors or numbers.

    >>> import autograd
    >>> autograd.result_type(autograd.tensor([1, 2]), 1.0)
    torch.float32
    """
    arrays = [value._array for value in (tensor, other) if hasattr(value, "_array")]
    return of_numpy(result_dtype(arrays, [value for value in (tensor, other) if not hasattr(value, "_array")]))


class finfo:
    """Limits of a floating dtype: `bits eps max min tiny smallest_normal resolution dtype`, as `torch.finfo`."""

    def __init__(self, type: dtype | None = None) -> None:
        kind = _default if type is None else type
        if not isinstance(kind, dtype):
            raise TypeError(f"finfo(): argument 'type' must be torch.dtype, not {kind.__class__.__name__}")
        kind = kind.to_real()
        if not kind.is_floating_point:
            raise TypeError(f"torch.finfo() requires a floating point input type, not {kind}. Use torch.iinfo for it.")
        if kind.name == "bfloat16":
            info = importlib.import_module("ml_dtypes").finfo(kind.numpy_dtype)
        else:
            info = np.finfo(kind.numpy_dtype)
        self.dtype, self.bits = kind.name, info.bits
        self.eps, self.max, self.min = _PY_FLOAT(info.eps), _PY_FLOAT(info.max), _PY_FLOAT(info.min)
        self.tiny = self.smallest_normal = _PY_FLOAT(info.tiny)
        self.resolution = _PY_FLOAT(f"1e-{info.precision}")

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """Limits of an integer dtype: `bits max min dtype`, as `torch.iinfo`."""

    def __init__(self, type: dtype) -> None:
        if not isinstance(type, dtype):
            raise TypeError(f"iinfo(): argument 'type' must be torch.dtype, not {type.__class__.__name__}")
        if type is bool:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        if category(type.numpy_dtype) != 1:
            raise TypeError(f"torch.iinfo() requires an integer input type, not {type}. Use torch.finfo for it.")
        info = np.iinfo(type.numpy_dtype)
        self.dtype, self.bits = type.name, info.bits
        self.max, self.min = _PY_INT(info.max), _PY_INT(info.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
