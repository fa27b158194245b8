"""Scans, which go along one dimension and keep its size, and what they undo or approximate: differences, integrals."""

from __future__ import annotations

from typing import Any

from .. import return_types
from .._tensor import Tensor
from ..errors import dimension
from ..op import identity
from ..promotion import promote
from ..rules import scans as rules
from ..rules.elementwise import logical_xor
from ..rules.indexing import getitem, take_along
from ..rules.reductions import sum as total
from ..rules.shaping import concatenate, reshape
from .attach import method
from .operands import floating
from .reductions import as_axis, in_dtype, only_element

__all__ = [
    "cumsum", "cumprod", "logcumsumexp", "cummax", "cummin", "diff", "trapezoid", "trapz", "cumulative_trapezoid",
]  # fmt: skip


def scan(op: Any, input: Tensor, dim: int, name: str, dtype: Any = None) -> Tensor:
    """The scan along `dim`; a 0-d tensor counts as one element."""
    axis = one_axis(input, dim, name)
    if axis is None:
        return reshape(in_dtype(op, reshape(input, (1,)), dtype, 0), ())
    return in_dtype(op, input, dtype, axis)


def one_axis(input: Tensor, dim: Any, name: str) -> Any:
    """`dim`, which must be an int, as NumPy's axis; None for a 0-d tensor."""
    if dim is None:
        raise TypeError(f"{name}(): argument 'dim' must be int, not NoneType")
    return as_axis(input, dim, name, several=False)


@method(inplace=True)
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The running sum along `dim`; of integers and bools in int64, or in `dtype`.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0, 3.0]).cumsum(0)
    tensor([1., 3., 6.])
    """
    return scan(rules.cumsum, input, dim, "cumsum", dtype)


@method(inplace=True)
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The running product along `dim`; its gradient is right where there are zeros.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0, 3.0]).cumprod(0)
    tensor([1., 2., 6.])
    """
    return scan(rules.cumprod, input, dim, "cumprod", dtype)


@method()
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """The logarithm of the running sum of exponentials along `dim`, without overflow.

    >>> import autograd
    >>> autograd.zeros(2).logcumsumexp(0)
    tensor([0.0000, 0.6931])
    """
    if input._array.dtype.kind in "biu":
        raise NotImplementedError(f'"logcumsumexp" not implemented for {input.dtype}: convert with .float()')
    return scan(rules.logcumsumexp, input, dim, "logcumsumexp")


@method()
def cummax(input: Tensor, dim: int) -> Any:
    """The running maximum along `dim` and its positions, of equal ones the last: a named tuple (values, indices).

    >>> import autograd
    >>> autograd.tensor([1.0, 3.0, 2.0]).cummax(0).values
    tensor([1., 3., 3.])
    """
    return running_extreme(return_types.cummax, rules.argcummax, input, dim)


@method()
def cummin(input: Tensor, dim: int) -> Any:
    """The running minimum along `dim` and its positions, of equal ones the last: a named tuple (values, indices).

    >>> import autograd
    >>> autograd.tensor([3.0, 1.0, 2.0]).cummin(0).values
    tensor([3., 1., 1.])
    """
    return running_extreme(return_types.cummin, rules.argcummin, input, dim)


def running_extreme(kind: Any, op: Any, input: Tensor, dim: int) -> Any:
    """The common part of `cummax` and `cummin`."""
    axis = one_axis(input, dim, kind.__name__)
    if axis is None:
        return only_element(kind, input)
    indices = op(input, axis)
    return kind((take_along(input, indices, axis), indices))


def part(x: Tensor, axis: int, start: int | None, stop: int | None) -> Tensor:
    """A slice along one axis."""
    return getitem(x, rules.cut(axis, start, stop))


@method()
def diff(input: Tensor, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """The n-th differences of neighbours along `dim`, after putting `prepend` before and `append` behind; of bools xor.

    Raises `RuntimeError` for a 0-d input, a negative `n`, and shapes that do not fit.

    >>> import autograd
    >>> autograd.tensor([1.0, 4.0, 9.0]).diff()
    tensor([3., 5.])
    """
    if not input._array.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional, not a 0-d tensor")
    if n < 0:
        raise RuntimeError(f"diff(): order must be non-negative but got {n}")
    axis = dimension(dim, input._array.ndim, "diff")
    ends = [end for end in (prepend, append) if end is not None]
    for end in ends:
        if end._array.ndim != input._array.ndim:
            raise RuntimeError(
                "diff expects prepend or append to be the same dimension as input: got shapes "
                f"{list(end._array.shape)} and {list(input._array.shape)}"
            )
    if ends:
        sequence = promote(*[x for x in (prepend, input, append) if x is not None])
        input = concatenate(list(sequence), axis)
    if not n:
        return identity(input)
    for _ in range(min(n, input._array.shape[axis])):
        left, right = part(input, axis, None, -1), part(input, axis, 1, None)
        input = logical_xor(right, left) if input._array.dtype.kind == "b" else right - left
    return input


def trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The integral of y along `dim` by the trapezoidal rule, between sample points `x` or a distance `dx` (1) apart.

    >>> import autograd
    >>> autograd.trapezoid(autograd.tensor([1.0, 5.0, 10.0]))
    tensor(10.5000)
    """
    areas, axis = trapezoids("trapezoid", y, x, dx, dim)
    return total(areas, axis, False)


trapz = trapezoid


def cumulative_trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The running integral of y along `dim` by the trapezoidal rule: one element less than y.

    >>> import autograd
    >>> autograd.cumulative_trapezoid(autograd.tensor([1.0, 5.0, 10.0]))
    tensor([ 3.0000, 10.5000])
    """
    areas, axis = trapezoids("cumulative_trapezoid", y, x, dx, dim)
    return rules.cumsum(areas, axis)


def trapezoids(name: str, y: Tensor, x: Any, dx: Any, dim: int) -> tuple[Tensor, int]:
    """The areas of the trapezoids between neighbours, and the axis along which they lie."""
    if not y._array.ndim:
        raise IndexError(f"{name}(): Dimension specified as {dim} but tensor has no dimensions")
    axis = dimension(dim, y._array.ndim, name)
    if y._array.dtype.kind == "b" or (isinstance(x, Tensor) and x._array.dtype.kind == "b"):
        raise RuntimeError(f"{name}: received a bool input, but bool is not supported: convert it with .float()")
    if x is None:
        y = floating(y)  # sums of small integers would overflow, and differences of unsigned ones
    elif isinstance(x, Tensor) and dx is None:
        y, x = promote(y, x, floating=True)
    else:
        raise TypeError(f"{name}(): pass the sample points x as a Tensor, or their distance dx=, not both")
    heights = part(y, axis, 1, None) + part(y, axis, None, -1)
    if x is None:
        return heights * ((1 if dx is None else dx) / 2), axis
    size = y._array.shape[axis]
    if x._array.ndim == 1:
        if x._array.shape[0] != size:
            raise RuntimeError(
                f"{name}: There must be one `x` value for each sample point: got {x._array.shape[0]} for {size}"
            )
        x = reshape(x, [-1 if i == axis else 1 for i in range(y._array.ndim)])
        along = axis
    else:
        along = axis - y._array.ndim + x._array.ndim
    return heights * (part(x, along, 1, None) - part(x, along, None, -1)) / 2, axis
