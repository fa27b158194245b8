"""What NumPy's functions do to tensors where that is more than one op, by NumPy's names of the arguments.

The rest stand with their ops. Arrays among the operands count as tensors, and dtypes are promoted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from ..numpy_calls import Call, by_numpy
from ..promotion import promote
from ..rules import complex_numbers as complex_rules
from ..rules import elementwise, indexing, reductions, scans, selection, shaping, sorting
from . import complex_numbers, dimensions, joining, linear_algebra, rearranging
from .einsum import einsum as contract
from .indexing import nonzero

__all__: list[str] = []


def numpy_function(*functions: Any) -> Callable[[Any], Any]:
    """Declares the decorated function to be what these functions of NumPy do to tensors."""

    def declare(compute: Any) -> Any:
        for function in functions:
            by_numpy[function] = Call(function, compute)
        return compute

    return declare


def operands(values: Any) -> list[Tensor]:
    """Operands as tensors."""
    return [x if isinstance(x, Tensor) else wrap(np.asarray(x)) for x in values]


def promoted(*values: Any) -> Sequence[Tensor]:
    """Operands as tensors of one dtype."""
    return promote(*operands(values))


def flat(x: Tensor) -> Tensor:
    """The elements in one row."""
    return shaping.reshape(x, (x._array.size,))


# ---- other names of one function

for functions, same in {
    (np.amax,): reductions.amax,
    (np.amin,): reductions.amin,
    (np.around,): selection.round_,
    (np.moveaxis,): dimensions.movedim,
    (np.fliplr,): rearranging.fliplr,
    (np.flipud,): rearranging.flipud,
    (np.matrix_transpose, np.linalg.matrix_transpose): lambda x: x.mT,
}.items():
    numpy_function(*functions)(same)

by_numpy[np.radians] = by_numpy[np.deg2rad]
by_numpy[np.degrees] = by_numpy[np.rad2deg]
by_numpy[np.linalg.matmul] = by_numpy[np.matmul]

# ---- sizes


@numpy_function(np.shape)
def shape(a: Tensor) -> Any:
    return a.shape


@numpy_function(np.ndim)
def ndim(a: Tensor) -> int:
    return a._array.ndim


@numpy_function(np.size)
def size(a: Tensor, axis: Any = None) -> Any:
    return np.size(a._array, axis)


# ---- elementwise


@numpy_function(np.where)
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None and y is None:
        return nonzero(condition, as_tuple=True)
    x, y = (np.asarray(v) if isinstance(v, tuple) else v for v in (x, y))
    if isinstance(y, Tensor):  # the tensor first, which `promote` is quickest at
        y, x = promote(y, x)
    elif isinstance(x, Tensor):
        x, y = promote(x, y)
    return selection.where(condition, x, y)


@numpy_function(np.clip)
def clip(a: Any, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None) -> Tensor:
    if (min is not None or max is not None) and (a_min is not None or a_max is not None):
        raise ValueError("np.clip takes min= and max=, or a_min and a_max, not both")
    low, high = a_min if min is None else min, a_max if max is None else max
    x, *bounds = promote(*operands([a]), *(bound for bound in (low, high) if bound is not None))
    return selection.clamp(x, None if low is None else bounds[0], None if high is None else bounds[-1])


@numpy_function(np.isclose)
def isclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    return elementwise.isclose(*promoted(a, b), rtol, atol, equal_nan)


@numpy_function(np.real)
def real(val: Tensor) -> Tensor:
    return complex_numbers.real(val)


@numpy_function(np.angle)
def angle(z: Tensor, deg: bool = False) -> Tensor:
    radians = complex_rules.angle(z)
    return elementwise.rad2deg(radians) if deg else radians


# ---- along an axis


@numpy_function(np.cumsum)
def cumsum(a: Tensor, axis: Any = None) -> Tensor:
    return scans.cumsum(flat(a), 0) if axis is None else scans.cumsum(a, axis)


@numpy_function(np.cumprod)
def cumprod(a: Tensor, axis: Any = None) -> Tensor:
    return scans.cumprod(flat(a), 0) if axis is None else scans.cumprod(a, axis)


@numpy_function(np.argsort)
def argsort(a: Tensor, axis: Any = -1, kind: Any = None, stable: Any = None) -> Tensor:
    """Whatever `kind` is asked for: the sort is stable, which satisfies them all."""
    return sorting.argsort(a, axis)


@numpy_function(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Tensor:
    (x,), places = operands([arr]), np.asarray(indices)
    return indexing.take_along_axis(x, places, axis) if axis is not None else indexing.take_along(flat(x), places, 0)


# ---- shape, joining, copying


@numpy_function(np.ravel)
def ravel(a: Tensor) -> Tensor:
    return flat(a)


@numpy_function(np.broadcast_to)
def broadcast_to(array: Tensor, shape: Any) -> Tensor:
    return shaping.broadcast_to(array, shape if isinstance(shape, tuple) else (shape,))


@numpy_function(np.diag)
def diag(v: Tensor, k: int = 0) -> Tensor:
    return rearranging.diag(v, k)


@numpy_function(np.tile)
def tile(A: Tensor, reps: Any) -> Tensor:
    return joining.tile(A, reps if isinstance(reps, tuple) else (reps,))


@numpy_function(np.concatenate)
def concatenate(arrays: Any, axis: Any = 0) -> Tensor:
    xs = operands(arrays)
    return shaping.concatenate([flat(x) for x in xs], 0) if axis is None else shaping.concatenate(xs, axis)


@numpy_function(np.stack)
def stack(arrays: Any, axis: int = 0) -> Tensor:
    return shaping.stack(operands(arrays), axis)


@numpy_function(np.hstack)
def hstack(tup: Any) -> Tensor:
    return joining.hstack(operands(tup))


@numpy_function(np.vstack)
def vstack(tup: Any) -> Tensor:
    return joining.vstack(operands(tup))


@numpy_function(np.dstack)
def dstack(tup: Any) -> Tensor:
    return joining.dstack(operands(tup))


@numpy_function(np.column_stack)
def column_stack(tup: Any) -> Tensor:
    return joining.column_stack(operands(tup))


# ---- products


@numpy_function(np.dot)
def dot(a: Any, b: Any) -> Tensor:
    x, y = promoted(a, b)
    if not x._array.ndim or not y._array.ndim:
        return x * y
    if y._array.ndim == 1 or (x._array.ndim < 3 and y._array.ndim == 2):
        return linear_algebra.matmul(x, y)
    return linear_algebra.tensordot(x, y, ([-1], [-2]))


@numpy_function(np.inner)
def inner(a: Any, b: Any) -> Tensor:
    return linear_algebra.inner(*promoted(a, b))


@numpy_function(np.vdot)
def vdot(a: Any, b: Any) -> Tensor:
    return linear_algebra.vdot(*map(flat, promoted(a, b)))


@numpy_function(np.outer, np.linalg.outer)
def outer(a: Any, b: Any) -> Tensor:
    return linear_algebra.outer(*map(flat, promoted(a, b)))


@numpy_function(np.kron)
def kron(a: Any, b: Any) -> Tensor:
    return linear_algebra.kron(*promoted(a, b))


@numpy_function(np.tensordot, np.linalg.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Tensor:
    x, y = promoted(a, b)
    return linear_algebra.tensordot(x, y, axes)


@numpy_function(np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, axis: int = -1) -> Tensor:
    x, y = promoted(x1, x2)
    return reductions.sum(complex_rules.conjugate(x) * y if x._array.dtype.kind == "c" else x * y, axis)


by_numpy[np.vecdot] = lambda args, kwargs: vecdot(*args)


def einsum(args: Sequence[Any], kwargs: dict[str, Any]) -> Tensor:
    for name in kwargs.keys() - {"optimize"}:  # the order of contractions is chosen well in any case
        if kwargs[name] is not None:
            raise TypeError(f"np.einsum of tensors takes no {name}=, only operands and subscripts")
    at = [i for i, x in enumerate(args) if isinstance(x, (Tensor, np.ndarray))]
    found = dict(zip(at, promoted(*(args[i] for i in at))))
    return contract(*(found.get(i, x) for i, x in enumerate(args)))


by_numpy[np.einsum] = einsum
