"""Number types: PyTorch's dtype objects over NumPy's, and the one table of promotion.

A `dtype` carries the NumPy dtype it stands for (`float32.numpy_dtype`), and NumPy accepts it wherever it accepts a
dtype of its own, so `np.zeros(3, dtype=autograd.float32)` works.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

_BY_NUMPY: dict[Any, dtype] = {}


class dtype:
    """A PyTorch number type, such as `autograd.float32`. There is one object per type: compare with `is` or `==`.

    >>> import autograd
    >>> autograd.tensor([1, 2]).dtype
    torch.int64
    """

    __slots__ = ("dtype", "is_complex", "is_floating_point", "is_signed", "itemsize", "name", "numpy_dtype")

    def __init__(self, name: str, numpy_dtype: Any) -> None:
        self.name = name
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
        """The complex type whose parts have this precision."""
        return complex128 if self in (float64, complex128) else complex64

    def to_real(self) -> dtype:
        """The type of the real part."""
        return {"complex64": float32, "complex128": float64}.get(self.name, self)


bool = bool_ = dtype("bool", np.bool_)
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
            "bfloat16 needs the package ml_dtypes: `pip install ml_dtypes`. NumPy has no bfloat16 of its own."
        ) from None
    return _BY_NUMPY.get(np.dtype(ml_dtypes.bfloat16)) or dtype("bfloat16", ml_dtypes.bfloat16)


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
    python = {_PY_BOOL: bool, _PY_INT: int64, _PY_FLOAT: get_default_dtype(), _PY_COMPLEX: default_complex()}
    try:
        return (python.get(kind) or of_numpy(np.dtype(kind))).numpy_dtype
    except TypeError:
        raise TypeError(f"dtype must be a torch.dtype such as torch.float32, not {kind!r}") from None


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


def category(numpy_dtype: Any) -> Any:
    """0 for bool, 1 for integers, 2 for floating, 3 for complex types: promotion never goes down in category."""
    return {"b": 0, "i": 1, "u": 1, "f": 2, "c": 3}.get(numpy_dtype.kind, 2)


def promote(a: Any, b: Any) -> Any:
    """PyTorch's type of `a` combined with `b` (NumPy dtypes): within a category as NumPy, across them the higher one.

    Integers take on a floating type as it is (int64 with float32 is float32), where NumPy would widen.
    """
    if a is b or a == b:
        return a
    low, high = (a, b) if category(a) <= category(b) else (b, a)
    if category(low) < 2 and category(high) >= 2 or category(low) == 0:
        return high
    if category(low) == 2 and category(high) == 3:
        return np.result_type(low if low.itemsize >= 4 else np.float32, high)
    if category(low) == 2 and {low.name, high.name} == {"float16", "bfloat16"}:
        return float32.numpy_dtype
    if category(low) == 1 and "uint64" in (low.name, high.name):
        raise RuntimeError(f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote {a}, {b}")
    return np.promote_types(low, high)


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that holds values of both, by PyTorch's table."""
    return of_numpy(promote(type1.numpy_dtype, type2.numpy_dtype))


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
    result = None
    tiers = (
        [a.dtype for a in arrays if a.ndim],
        [a.dtype for a in arrays if not a.ndim],
        [of_scalar(s) for s in scalars],
    )
    for tier in tiers:
        if not tier:
            continue
        combined = tier[0]
        for other in tier[1:]:
            combined = promote(combined, other)
        if result is None:
            result = combined
        elif category(combined) > category(result):
            result = promote(result, combined)
    return result


class finfo:
    """Limits of a floating dtype: `bits eps max min tiny smallest_normal resolution dtype`, as `torch.finfo`."""

    def __init__(self, type: dtype | None = None) -> None:
        kind = (type or _default).to_real()
        if not kind.is_floating_point:
            raise TypeError(f"torch.finfo() requires a floating point input type, not {kind}. Use torch.iinfo.")
        if kind.name == "bfloat16":
            info = importlib.import_module("ml_dtypes").finfo(kind.numpy_dtype)
        else:
            info = np.finfo(kind.numpy_dtype)
        self.dtype, self.bits = kind.name, info.bits
        self.eps, self.max, self.min = _PY_FLOAT(info.eps), _PY_FLOAT(info.max), _PY_FLOAT(info.min)
        self.tiny = self.smallest_normal = _PY_FLOAT(info.tiny)
        self.resolution = _PY_FLOAT(info.resolution)

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """Limits of an integer dtype: `bits max min dtype`, as `torch.iinfo`."""

    def __init__(self, type: dtype) -> None:
        if category(type.numpy_dtype) != 1:
            raise TypeError(f"torch.iinfo() requires an integer input type, not {type}. Use torch.finfo.")
        info = np.iinfo(type.numpy_dtype)
        self.dtype, self.bits = type.name, info.bits
        self.max, self.min = _PY_INT(info.max), _PY_INT(info.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
