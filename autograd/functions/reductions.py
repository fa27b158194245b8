"""Reductions: sums, means, extremes, variances, norms and logic over all elements or over some dimensions."""

from __future__ import annotations

import builtins
import math
import warnings
from typing import Any

import numpy as np

from .. import return_types
from .._tensor import Tensor, wrap
from ..casting import single_precision
from ..dtypes import float32
from ..errors import dimension
from ..op import identity
from ..promotion import promote
from ..rules import reductions as rules
from ..rules.elementwise import isnan, logical_not
from ..rules.indexing import take_along
from ..rules.selection import maximum, minimum, where
from ..rules.shaping import reshape, squeeze
from .attach import method

__all__ = [
    "sum", "mean", "prod", "nansum", "nanmean", "logsumexp",
    "max", "min", "amax", "amin", "aminmax", "argmax", "argmin",
    "var", "std", "var_mean", "std_mean", "norm", "dist",
    "any", "all", "count_nonzero",
]  # fmt: skip


# ---- dimensions


def as_axis(input: Any, dim: Any, name: str, several: bool = True) -> Any:
    """`dim`, an int or `several`, as NumPy's axis: None for all, and for the only element of a 0-d tensor."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    if dim is None:
        return None
    ndim = input._array.ndim
    if type(dim) is int and -ndim <= dim < ndim:
        return dim % ndim
    if several and isinstance(dim, (tuple, list)):
        axes = tuple([dimension(d, ndim, name) for d in dim])
        if len(set(axes)) < len(axes):
            twice = next(a for a in axes if axes.count(a) > 1)
            raise RuntimeError(f"{name}(): dim {twice} appears multiple times in the list of dims {list(dim)}")
        return axes if axes and ndim else None
    axis = dimension(dim, ndim, name)
    return axis if ndim else None


def require_elements(input: Tensor, axis: Any, name: str, error: Any = RuntimeError) -> None:
    """Raises where an extreme over no elements is asked for."""
    array = input._array
    if array.size:
        return
    if axis is None:
        raise error(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with "
            f"the 'dim' argument (the input's shape is {list(array.shape)})."
        )
    for a in axis if isinstance(axis, tuple) else (axis,):
        if not array.shape[a]:
            raise IndexError(f"{name}(): Expected reduction dim {a} to have non-zero size, not {list(array.shape)}.")


def picked(kind: Any, input: Tensor, indices: Tensor, axis: int, keepdim: bool) -> Any:
    """The named tuple of what `indices`, one for each lane along `axis`, pick, and of them."""
    values = take_along(input, indices, axis)
    return kind((values, indices) if keepdim else (squeeze(values, axis), squeeze(indices, axis)))


def only_element(kind: Any, input: Tensor) -> Any:
    """The named tuple of values and indices for a 0-d tensor."""
    return kind((identity(input), wrap(np.zeros((), np.int64))))


def in_dtype(op: Any, input: Tensor, dtype: Any, *parameters: Any) -> Tensor:
    """The op's result, computed in `dtype` if one is given."""
    return op(input, *parameters) if dtype is None else op(input.to(dtype), *parameters).to(dtype)


# ---- sums, means, products


@method()
def sum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum over the dimensions `dim` (an int, several, or all), of size 1 afterwards if `keepdim`, else gone.

    Integers and bools are summed in int64, or in `dtype`. Raises `IndexError` for a dimension that is not there.

    >>> import autograd
    >>> autograd.tensor([[1.0, 2.0], [3.0, 4.0]]).sum(dim=0)
    tensor([4., 6.])
    """
    axis = as_axis(input, dim, "sum")
    return rules.sum(input, axis, keepdim) if dtype is None else in_dtype(rules.sum, input, dtype, axis, keepdim)


@method()
def mean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean over `dim` (an int, several, or all); `RuntimeError` for integers, unless `dtype` is floating.

    >>> import autograd
    >>> autograd.tensor([[1.0, 2.0], [3.0, 4.0]]).mean(dim=1)
    tensor([1.5000, 3.5000])
    """
    axis = as_axis(input, dim, "mean")
    return rules.mean(input, axis, keepdim) if dtype is None else in_dtype(rules.mean, input, dtype, axis, keepdim)


@method()
@single_precision
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The product over all dimensions, or over the one that `dim` names; its gradient is right where there are zeros.

    >>> import autograd
    >>> autograd.tensor([2.0, 3.0, 4.0]).prod()
    tensor(24.)
    """
    return in_dtype(rules.prod, input, dtype, as_axis(input, dim, "prod", several=False), keepdim)


@method()
def nansum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum that counts NaN as zero.

    >>> import autograd
    >>> autograd.tensor([1.0, float("nan"), 2.0]).nansum()
    tensor(3.)
    """
    axis = as_axis(input, dim, "nansum")
    kind = input._array.dtype.kind
    if kind == "c":
        raise RuntimeError("nansum does not support complex inputs: sum the real and the imaginary part")
    return in_dtype(rules.sum, input if kind in "biu" else where(isnan(input), 0, input), dtype, axis, keepdim)


@method()
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of the elements that are not NaN; NaN where there are none.

    >>> import autograd
    >>> autograd.tensor([1.0, float("nan"), 2.0]).nanmean()
    tensor(1.5000)
    """
    axis = as_axis(input, dim, "nanmean")
    if input._array.dtype.kind in "biu":
        raise RuntimeError(f"nanmean(): expected input to have floating point or complex dtype but got {input.dtype}")
    kind = input.dtype if dtype is None else dtype
    total = nansum(input, dim, keepdim, dtype=float32 if kind.itemsize == 2 else dtype)  # 16 bits may not hold it
    return (total / rules.sum(logical_not(isnan(input)), axis, keepdim)).to(kind)


@method()
def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    """log Σ exp(x) over `dim`, without overflow.

    >>> import autograd
    >>> autograd.tensor([1000.0, 1000.0]).logsumexp(0)
    tensor(1000.6932)
    """
    axis = as_axis(input, dim, "logsumexp")
    return rules.logsumexp(*promote(input, floating=True), axis, keepdim)


@method()
def sum_to_size(self: Tensor, *size: Any) -> Tensor:
    """The sum over the dimensions that broadcasting from `size` would have made: undoes `expand`.

    >>> import autograd
    >>> autograd.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    target = tuple(size[0]) if size and not isinstance(size[0], int) else size
    shape = self._array.shape
    lead = len(shape) - len(target)
    if lead < 0 or builtins.any(n not in (1, m) for n, m in zip(target, shape[lead:])):
        raise RuntimeError(f"sum_to_size(): size {list(target)} is not expandable to size {list(shape)}.")
    if not target:
        return rules.sum(self, None, False)
    axes = tuple(i for i in range(len(shape)) if i < lead or target[i - lead] != shape[i])
    return reshape(rules.sum(self, axes, False), target) if axes else self


# ---- extremes


@method()
def max(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """`max(input)`: the largest element. `max(input, dim)`: values and indices along `dim`, as a named tuple.
    `max(input, other)`: the larger of two elements, as `maximum`.

    NaN counts as the largest. Equal largest elements share the gradient, with `dim` the first of them gets it.
    Raises `RuntimeError` without elements, `IndexError` where `dim` has none.

    >>> import autograd
    >>> autograd.tensor([[1.0, 5.0], [7.0, 2.0]]).max(dim=1).indices
    tensor([1, 0])
    """
    return extreme(return_types.max, rules.largest, rules.argmax, maximum, input, dim, keepdim, other)


@method()
def min(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The smallest element, the smallest ones along `dim`, or the smaller of two: see `max`.

    >>> import autograd
    >>> autograd.tensor([[1.0, 5.0], [7.0, 2.0]]).min(dim=1).values
    tensor([1., 2.])
    """
    return extreme(return_types.min, rules.smallest, rules.argmin, minimum, input, dim, keepdim, other)


def extreme(
    kind: Any, whole: Any, position: Any, of_two: Any, input: Tensor, dim: Any, keepdim: bool, other: Any
) -> Any:
    """The three forms of `max` and `min`."""
    name = kind.__name__
    if other is None and isinstance(dim, Tensor):
        other = dim
    if other is not None:
        if not isinstance(other, Tensor):
            raise TypeError(f"{name}(): argument 'other' must be Tensor, not {type(other).__name__}; use clamp()")
        rules.refuse_complex(input._array, name)
        return of_two(*promote(input, other))
    axis = as_axis(input, dim, name, several=False)
    require_elements(input, axis, name)
    if dim is None:
        return whole(input)
    if axis is None:
        return only_element(kind, input)
    return picked(kind, input, position(input, axis, True), axis, keepdim)


@method()
def amax(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The largest element over `dim` (an int, several, or all); equal largest elements share the gradient.

    >>> import autograd
    >>> autograd.tensor([[1.0, 5.0], [7.0, 2.0]]).amax(dim=(0, 1))
    tensor(7.)
    """
    axis = as_axis(input, dim, "amax")
    require_elements(input, axis, "amax")
    return rules.amax(input, axis, keepdim)


@method()
def amin(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The smallest element over `dim` (an int, several, or all); equal smallest elements share the gradient.

    >>> import autograd
    >>> autograd.tensor([[1.0, 5.0], [7.0, 2.0]]).amin(dim=0)
    tensor([1., 2.])
    """
    axis = as_axis(input, dim, "amin")
    require_elements(input, axis, "amin")
    return rules.amin(input, axis, keepdim)


@method()
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element, of all or along `dim`: a named tuple (min, max).

    >>> import autograd
    >>> autograd.tensor([3.0, 1.0, 2.0]).aminmax().max
    tensor(3.)
    """
    axis = as_axis(input, dim, "aminmax", several=False)
    require_elements(input, axis, "aminmax")
    return return_types.aminmax((rules.amin(input, axis, keepdim), rules.amax(input, axis, keepdim)))


@method()
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The position of the largest element, of equal ones the first: along `dim`, or in the flattened input.

    >>> import autograd
    >>> autograd.tensor([[1.0, 5.0], [7.0, 2.0]]).argmax(dim=1)
    tensor([1, 0])
    """
    return position(rules.argmax, input, dim, keepdim)


@method()
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The position of the smallest element, of equal ones the first: along `dim`, or in the flattened input.

    >>> import autograd
    >>> autograd.tensor([[1.0, 5.0], [7.0, 2.0]]).argmin()
    tensor(0)
    """
    return position(rules.argmin, input, dim, keepdim)


def position(op: Any, input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    """The common part of `argmax` and `argmin`."""
    axis = as_axis(input, dim, op.name, several=False)
    require_elements(input, axis, op.name, IndexError)
    if input._array.dtype.kind == "b":
        raise RuntimeError(f"{op.name}(): does not support bool input; convert it with .int()")
    return op(input, axis, keepdim)


# ---- variances and norms


@method()
def var(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> Tensor:
    """The variance over `dim` (an int, several, or all): Σ(x - mean)² / (N - correction).

    `correction` is 1 (Bessel's) unless given; `unbiased=False` stands for 0. Raises `RuntimeError` for integers, and
    warns where N - correction is not positive.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0, 3.0]).var()
    tensor(1.)
    """
    return spread_of(rules.var, "var", input, dim, unbiased, keepdim, correction)


@method()
def std(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> Tensor:
    """The standard deviation, the square root of `var`; its gradient is 0 where all elements are equal.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0, 3.0]).std()
    tensor(1.)
    """
    return spread_of(rules.std, "std", input, dim, unbiased, keepdim, correction)


def var_mean(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> tuple[Tensor, Tensor]:
    """The variance and the mean.

    >>> import autograd
    >>> autograd.var_mean(autograd.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    variance = spread_of(rules.var, "var_mean", input, dim, unbiased, keepdim, correction)
    return variance, mean(input, None if isinstance(dim, bool) else dim, keepdim)


def std_mean(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> tuple[Tensor, Tensor]:
    """The standard deviation and the mean.

    >>> import autograd
    >>> autograd.std_mean(autograd.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    deviation = spread_of(rules.std, "std_mean", input, dim, unbiased, keepdim, correction)
    return deviation, mean(input, None if isinstance(dim, bool) else dim, keepdim)


def spread_of(
    op: Any, name: str, input: Tensor, dim: Any, unbiased: bool | None, keepdim: bool, correction: Any
) -> Tensor:
    """The common part of `var` and `std`: their ways to say by what the sum of squares is divided."""
    if isinstance(dim, bool):  # PyTorch's x.var(unbiased)
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise TypeError(f"{name}(): pass correction or unbiased, not both")
    axis = as_axis(input, dim, name)
    if correction is None:
        correction = 0 if unbiased is False else 1
    if rules.count(input._array.shape, axis) <= correction or not input._array.size:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
            "(input numel divided by output numel).",
            UserWarning,
            stacklevel=3,
        )
    return op(input, axis, correction, keepdim)


@method()
def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The vector norm (Σ|x|^p)^(1/p) over `dim` (an int, several, or all); "fro" is p = 2.

    p = ±inf gives the largest or smallest |x|, p = 0 the number of elements that are not zero. The gradient is 0 where
    the norm is. Raises `RuntimeError` for integers, and for p = ±inf or p < 0 over no elements.

    >>> import autograd
    >>> autograd.tensor([3.0, 4.0]).norm()
    tensor(5.)
    """
    axis = as_axis(input, dim, "norm")
    if isinstance(p, str) or p is None:
        if p == "nuc":
            raise NotImplementedError("norm(p='nuc') needs the singular values: there is no linalg.svd yet")
        if p not in ("fro", None):
            raise RuntimeError(f"norm(): order {p!r} not supported: give 'fro' or a number")
        p = 2
    order = float(p)
    if (order < 0 or order == math.inf) and not rules.count(input._array.shape, axis):
        raise RuntimeError(
            f"norm() cannot compute the {p} norm on an empty tensor or dimension, because the operation does not have "
            f"an identity (shape {list(input._array.shape)}, dim {dim})"
        )
    kind = input._array.dtype.kind
    if dtype is not None and (kind in "biu" or (kind == "c" and not dtype.is_complex)):
        raise RuntimeError(f"norm() of a tensor of {input.dtype} cannot be computed in {dtype}: convert it first")
    return rules.vector_norm(input if dtype is None else input.to(dtype), axis, keepdim, order)


@method()
def dist(input: Tensor, other: Tensor, p: Any = 2) -> Tensor:
    """The p-norm of `input - other`.

    >>> import autograd
    >>> autograd.tensor([3.0, 4.0]).dist(autograd.zeros(2))
    tensor(5.)
    """
    return norm(input - other, p)


# ---- logic and counts


@method()
def any(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether any element is true (not zero) over `dim` (an int, several, or all).

    >>> import autograd
    >>> autograd.tensor([[0, 0], [0, 1]]).any(dim=1)
    tensor([False,  True])
    """
    return rules.any(input, logical_axis(input, dim, "any"), keepdim)


@method()
def all(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether all elements are true (not zero) over `dim` (an int, several, or all).

    >>> import autograd
    >>> autograd.tensor([[0, 1], [1, 1]]).all(dim=1)
    tensor([False,  True])
    """
    return rules.all(input, logical_axis(input, dim, "all"), keepdim)


def logical_axis(input: Tensor, dim: Any, name: str) -> Any:
    """As `as_axis`, but no dimensions are none at all."""
    return () if isinstance(dim, (tuple, list)) and not dim else as_axis(input, dim, name)


@method()
def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements are not zero, over `dim` (an int, several, or all).

    >>> import autograd
    >>> autograd.tensor([[0, 1], [1, 1]]).count_nonzero(dim=0)
    tensor([1, 2])
    """
    return rules.count_nonzero(input, as_axis(input, dim, "count_nonzero"))
