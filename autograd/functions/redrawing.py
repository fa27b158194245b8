"""Overwriting tensors with random numbers. None of it has a derivative: the gradient of what was there is 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor, wrap
from ..modes import quietly
from ..random import drawing
from ..views import overwrite
from .arguments import as_int
from .attach import method
from .sampling import check_floating, check_std, digits, integers, limits, parts, standard_normal, successes, uniform

__all__: list[str] = []


def redraw(tensor: Tensor, name: str, draw: Callable[[tuple[int, ...], Any], np.ndarray]) -> Tensor:
    """Overwrites a tensor with what `draw(shape, NumPy dtype)` gives."""
    array = tensor._array
    return overwrite(tensor, lambda old: wrap(draw(array.shape, array.dtype)), name)


def bounds_of(name: str, given: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Arguments called `from` and `to`; the former is no name in Python, and so is looked for by hand."""
    if len(given) > 2 or named.keys() - {"from", "to"} or len(given) + len(named) > 2:
        raise TypeError(f"{name}() takes from and to, and got {len(given)} arguments and names {list(named)}")
    return {**dict(zip(("from", "to"), given)), **named}


@method()
def uniform_(self: Tensor, *bounds: Any, generator: Any = None, **named: Any) -> Tensor:
    """Overwrites the tensor with numbers drawn uniformly from [from, to), which are 0 and 1 unless given.

    >>> import autograd
    >>> autograd.empty(2).uniform_(3, 3)
    tensor([3., 3.])
    """
    given = {"from": 0.0, "to": 1.0, **bounds_of("uniform_", bounds, named)}
    low, high = given["from"], given["to"]
    check_floating(self._array.dtype, "check_uniform_bounds")
    most = dtypes.finfo(self.dtype).max
    for key, value in (("from", low), ("to", high)):
        if not abs(value) <= most:
            raise RuntimeError(f"{key} is out of bounds for {self.dtype.to_real().name}: {value}")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    if high - low > most:
        raise RuntimeError(f"uniform_ expects to-from <= {most:g}, but found to={high:g} and from={low:g}")

    def draw(shape: tuple[int, ...], kind: Any) -> np.ndarray:
        def part(shape: Any, kind: Any) -> np.ndarray:
            array = uniform(generator, shape, kind)
            return array if (low, high) == (0, 1) else array * kind.type(high - low) + kind.type(low)

        return parts(part, shape, kind)

    return redraw(self, "uniform_", draw)


@method()
def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Tensor:
    """Overwrites the tensor with normal numbers.

    >>> import autograd
    >>> autograd.empty(2).normal_(5.0, 0.0)
    tensor([5., 5.])
    """
    check_std(std)

    def draw(shape: tuple[int, ...], kind: Any) -> np.ndarray:
        array = standard_normal(generator, shape, kind)
        return array if mean == 0 and std == 1 else array * kind.type(std) + kind.type(mean)

    return redraw(self, "normal_", draw)


@method()
def random_(self: Tensor, *bounds: Any, generator: Any = None, **named: Any) -> Tensor:
    """Overwrites the tensor with integers: `random_(to)` from [0, to), `random_(from, to)` from [from, to).

    `random_()` draws from all non-negative ones that the dtype holds exactly.

    >>> import autograd
    >>> autograd.empty(2).random_(7, 8)
    tensor([7., 7.])
    """
    kind = self._array.dtype
    given = {"to": bounds[0]} if len(bounds) == 1 and not named else bounds_of("random_", bounds, named)
    low, high = given.get("from", 0), given.get("to")
    low = as_int(low, "random_", "from", 1)
    if high is None:
        most = limits(kind)[1] if kind.kind in "biu" else 1 << digits(kind)
        high = min(most, 2**63 - 1) + 1
    return redraw(self, "random_", lambda shape, kind: integers(generator, low, int(high), shape, kind))


@method()
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    """Overwrites the tensor with ones, of probability `p` (a number, or a tensor of them), and zeros.

    >>> import autograd
    >>> autograd.empty(2).bernoulli_(1.0)
    tensor([1., 1.])
    """
    if not isinstance(p, Tensor):
        return redraw(self, "bernoulli_", lambda shape, kind: successes(generator, p, shape, kind))
    if p._array.dtype.kind not in "fV":
        raise NotImplementedError(
            f'"bernoulli_tensor_cpu_p_" not implemented for {p.dtype.older_name!r}: probabilities are floating'
        )
    try:
        each = np.broadcast_to(p._array, self._array.shape)
    except ValueError:
        raise RuntimeError(
            f"The expanded size of the tensor {list(self.shape)} must match the existing size {list(p.shape)} of p"
        ) from None
    return redraw(self, "bernoulli_", lambda shape, kind: successes(generator, each, shape, kind))


def check_real(tensor: Tensor, what: str) -> None:
    """Raises unless a continuous distribution's numbers fit the tensor."""
    if tensor._array.dtype.kind not in "fV":
        raise RuntimeError(
            f"{what} distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {tensor.dtype.older_name}"
        )


@method()
def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Any = None) -> Tensor:
    """Overwrites the tensor with numbers from the exponential distribution of rate `lambd`; they are never 0.

    >>> import autograd
    >>> bool((autograd.empty(9).exponential_() > 0).all())
    True
    """
    check_real(self, "Exponential")
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    smallest = dtypes.finfo(self.dtype).tiny

    def draw(shape: tuple[int, ...], kind: Any) -> np.ndarray:
        wide = kind if kind.itemsize > 2 else np.dtype(np.float32)
        array = np.asarray(drawing(generator).standard_exponential(shape, wide)) / wide.type(lambd)
        return np.maximum(array, wide.type(smallest)).astype(kind, copy=False)

    return redraw(self, "exponential_", draw)


@method()
def geometric_(self: Tensor, p: float, *, generator: Any = None) -> Tensor:
    """Overwrites the tensor with the number of tries, of probability `p`, up to the first success.

    >>> import autograd
    >>> bool((autograd.empty(9).geometric_(0.5) >= 1).all())
    True
    """
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    if self._array.dtype.kind == "c":
        raise NotImplementedError(f'"geometric_cpu" not implemented for {self.dtype.older_name!r}')

    def draw(shape: tuple[int, ...], kind: Any) -> np.ndarray:
        return np.asarray(drawing(generator).geometric(p, shape)).astype(kind)

    return redraw(self, "geometric_", draw)


@method()
def log_normal_(self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Any = None) -> Tensor:
    """Overwrites the tensor with numbers whose logarithm is normal, with this mean and standard deviation.

    >>> import autograd
    >>> bool((autograd.empty(9).log_normal_() > 0).all())
    True
    """
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    if self._array.dtype.kind not in "fV":
        raise NotImplementedError(f'"log_normal_cpu" not implemented for {self.dtype.older_name!r}')

    def draw(shape: tuple[int, ...], kind: Any) -> np.ndarray:
        array = standard_normal(generator, shape, np.dtype(np.float64))
        return np.exp(array * std + mean).astype(kind)

    return redraw(self, "log_normal_", lambda shape, kind: quietly(draw, shape, kind))


@method()
def cauchy_(self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Any = None) -> Tensor:
    """Overwrites the tensor with numbers from the Cauchy distribution.

    >>> import autograd
    >>> autograd.empty(9).cauchy_().shape
    torch.Size([9])
    """
    check_real(self, "Cauchy")
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")

    def draw(shape: tuple[int, ...], kind: Any) -> np.ndarray:
        return (np.asarray(drawing(generator).standard_cauchy(shape)) * sigma + median).astype(kind)

    return redraw(self, "cauchy_", lambda shape, kind: quietly(draw, shape, kind))
