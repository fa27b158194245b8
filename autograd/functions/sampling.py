"""Drawing tensors: from uniform, normal and other distributions.

All functions take `generator`, without which the default generator draws, and the options of the creation functions.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor, wrap
from ..errors import broadcast, describe
from ..modes import state
from ..random import drawing
from ..rules.copying import overwritten
from ..rules.shaping import broadcast_to
from .arguments import as_int, as_shape, as_size, check_place, check_tensor, kind_of, order
from .attach import method
from .creation import finish

__all__ = [
    "rand", "rand_like", "randn", "randn_like", "randint", "randint_like", "randperm",
    "normal", "bernoulli", "multinomial", "poisson",
]  # fmt: skip

# ---- drawing arrays


def check_floating(kind: Any, what: str) -> None:
    """Raises unless numbers of a continuous distribution fit the NumPy dtype."""
    if kind.kind not in "fcV":
        raise NotImplementedError(
            f"{what!r} not implemented for {dtypes.of_numpy(kind).older_name!r}: draw a floating dtype and convert it"
        )


def digits(kind: Any) -> int:
    """The bits of a floating NumPy dtype's significand: all integers up to 2 to that power fit."""
    return 8 if kind.kind == "V" else np.finfo(kind).nmant + 1


def parts(draw: Callable[[Any, Any], np.ndarray], shape: tuple[int, ...], kind: Any) -> np.ndarray:
    """Complex numbers of which both parts are drawn; real ones drawn as they are."""
    if kind.kind != "c":
        return draw(shape, kind)
    return draw((*shape, 2), np.dtype(f"f{kind.itemsize // 2}")).view(kind)[..., 0]


def uniform(generator: Any, shape: tuple[int, ...], kind: Any) -> np.ndarray:
    """Numbers in [0, 1)."""
    check_floating(kind, "check_uniform_bounds")
    source = drawing(generator)

    def draw(shape: Any, kind: Any) -> np.ndarray:
        if kind.itemsize > 2:
            return np.asarray(source.random(shape, kind))
        bits = digits(kind)  # rounding a float32 could give 1
        return (source.integers(0, 1 << bits, shape) * 0.5**bits).astype(kind)

    return parts(draw, shape, kind)


def standard_normal(generator: Any, shape: tuple[int, ...], kind: Any) -> np.ndarray:
    """Normal numbers of mean 0 and variance 1; of a complex one each part has variance 1/2."""
    check_floating(kind, "normal_kernel_cpu")
    source = drawing(generator)

    def draw(shape: Any, kind: Any) -> np.ndarray:
        wide = kind if kind.itemsize > 2 else np.dtype(np.float32)
        return np.asarray(source.standard_normal(shape, wide)).astype(kind, copy=False)

    array = parts(draw, shape, kind)
    return array * kind.type(0.5**0.5) if kind.kind == "c" else array


def integers(generator: Any, low: int, high: int, shape: tuple[int, ...], kind: Any) -> np.ndarray:
    """Integers in [low, high), as numbers of a NumPy dtype."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if kind.kind == "c":
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    name = dtypes.of_numpy(kind).name
    least, most = limits(kind)
    if low < least or low > most:
        raise RuntimeError(f"from is out of bounds for {name}: {low}")
    if high - 1 > most:
        raise RuntimeError(f"to - 1 is out of bounds for {name}: {high - 1}")
    if kind.kind in "fV" and max(-low, high - 1) > 1 << digits(kind):
        warnings.warn(
            f"to - 1 is out of bounds [-(2^{digits(kind)}), 2^{digits(kind)}]. Due to precision limitations {name} can "
            "support discrete uniform distribution only within this range.",
            UserWarning,
            stacklevel=3,
        )
    wide = np.uint64 if high > 2**63 else np.int64
    return np.asarray(drawing(generator).integers(low, high, shape, wide)).astype(kind, copy=False)


def limits(kind: Any) -> tuple[int, int]:
    """The least and the greatest integer of a NumPy dtype."""
    if kind.kind == "b":
        return 0, 1
    if kind.kind in "iu":
        info = np.iinfo(kind)
        return int(info.min), int(info.max)
    most = int(dtypes.finfo(dtypes.of_numpy(kind)).max)
    return -min(most, 2**63), min(most, 2**63 - 1)


def check_std(std: Any) -> None:
    """Raises for a standard deviation below 0."""
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")


# ---- new tensors


def rand(
    *sizes: Any, size: Any = None, generator: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """Numbers drawn uniformly from [0, 1).

    >>> import autograd
    >>> autograd.rand(2, 3).shape
    torch.Size([2, 3])
    """
    check_place(device, layout, pin_memory)
    return finish(uniform(generator, as_size("rand", sizes, size), kind_of(dtype)), requires_grad)


def randn(
    *sizes: Any, size: Any = None, generator: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """Numbers drawn from the normal distribution of mean 0 and variance 1.

    >>> import autograd
    >>> autograd.randn(2, 3).shape
    torch.Size([2, 3])
    """
    check_place(device, layout, pin_memory)
    return finish(standard_normal(generator, as_size("randn", sizes, size), kind_of(dtype)), requires_grad)


def randint(
    *bounds: Any, low: Any = None, high: Any = None, size: Any = None, generator: Any = None, dtype: Any = None,
    layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """Integers drawn uniformly from [low, high): `randint(high, size)` or `randint(low, high, size)`. int64 by default.

    Raises `RuntimeError` unless low < high and both fit the dtype.

    >>> import autograd
    >>> autograd.randint(5, 6, (3,))
    tensor([5, 5, 5])
    """
    check_place(device, layout, pin_memory)
    given = list(bounds)
    if size is None and len(given) + (low is not None) + (high is not None) > 1:
        size = given.pop() if given else None
    low, high = interval("randint", given, low, high)
    if size is None:
        raise TypeError('randint() missing 1 required positional arguments: "size"')
    shape = as_shape("randint", size, len(bounds))
    return finish(integers(generator, low, high, shape, kind_of(dtype, np.dtype(np.int64))), requires_grad)


def interval(name: str, given: list[Any], low: Any, high: Any) -> tuple[int, int]:
    """The bounds of integers, given by position as (high) or (low, high), or by name."""
    if len(given) == 2:
        low, high = given
    elif len(given) == 1 and high is None:
        high = given[0]
    elif given:
        low = given[0]
    if high is None or len(given) > 2:
        raise TypeError(f"{name}() takes (high), or (low, high), and got {len(given)} bounds")
    low = 0 if low is None else as_int(low, name, "low", 1)
    high = as_int(high, name, "high", len(given))
    if not (-(2**63) <= low < 2**63 and high < 2**63):
        raise ValueError(f"Overflow when unpacking long long: {name}() from {low} to {high} exceeds int64")
    return low, high


def randperm(
    n: int, *, generator: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """The integers 0 to n - 1 in random order.

    >>> import autograd
    >>> sorted(autograd.randperm(4).tolist())
    [0, 1, 2, 3]
    """
    check_place(device, layout, pin_memory)
    count, kind = as_int(n, "randperm", "n", 1), kind_of(dtype, np.dtype(np.int64))
    if count < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {count}: [{count}]")
    if kind.kind in "bc":
        raise NotImplementedError(f'"randperm" not implemented for {dtypes.of_numpy(kind).older_name!r}: use int64')
    if count > (limits(kind)[1] if kind.kind in "iu" else 1 << digits(kind)):
        raise RuntimeError(f"value cannot be converted to type {kind.name} without overflow: randperm() of {count}")
    return finish(drawing(generator).permutation(count).astype(kind, copy=False), requires_grad)


def rand_like(
    input: Tensor, *, generator: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False, memory_format: Any = None
) -> Tensor:  # fmt: skip
    """`rand` of the shape, dtype and memory layout of `input`.

    >>> import autograd
    >>> autograd.rand_like(autograd.ones(2, 3)).shape
    torch.Size([2, 3])
    """
    return drawn_like(
        "rand_like", input, lambda shape, kind: uniform(generator, shape, kind), dtype, layout, device, requires_grad,
        pin_memory, memory_format
    )  # fmt: skip


def randn_like(
    input: Tensor, *, generator: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False, memory_format: Any = None
) -> Tensor:  # fmt: skip
    """`randn` of the shape, dtype and memory layout of `input`.

    >>> import autograd
    >>> autograd.randn_like(autograd.ones(2, 3)).shape
    torch.Size([2, 3])
    """
    return drawn_like(
        "randn_like", input, lambda shape, kind: standard_normal(generator, shape, kind), dtype, layout, device,
        requires_grad, pin_memory, memory_format
    )  # fmt: skip


def randint_like(
    input: Tensor, *bounds: Any, low: Any = None, high: Any = None, generator: Any = None, dtype: Any = None,
    layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
    memory_format: Any = None
) -> Tensor:  # fmt: skip
    """`randint` of the shape, dtype and memory layout of `input`: `randint_like(x, high)` or `(x, low, high)`.

    >>> import autograd
    >>> autograd.randint_like(autograd.ones(2), 5, 6)
    tensor([5., 5.])
    """
    low, high = interval("randint_like", list(bounds), low, high)
    return drawn_like(
        "randint_like", input, lambda shape, kind: integers(generator, low, high, shape, kind), dtype, layout, device,
        requires_grad, pin_memory, memory_format
    )  # fmt: skip


def drawn_like(
    name: str, input: Any, draw: Callable[[Any, Any], np.ndarray], dtype: Any, layout: Any, device: Any,
    requires_grad: bool, pin_memory: bool, memory_format: Any
) -> Tensor:  # fmt: skip
    """A drawn tensor of the shape, dtype and memory layout of another."""
    check_tensor(input, name)
    check_place(device, layout, pin_memory)
    array = draw(input._array.shape, kind_of(dtype, input._array.dtype))
    if not input._array.flags.c_contiguous and order(input._array, memory_format) == "K":
        out = np.empty_like(input._array, array.dtype, subok=False)
        out[...] = array
        array = out
    return finish(array, requires_grad)


def normal(
    mean: Any, std: Any = 1.0, size: Any = None, *, generator: Any = None, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """Normal numbers: each with its own mean and standard deviation where these are tensors, else `size` of them.

    The result is no function of `mean` and `std` that could be differentiated: their gradients are 0, as in PyTorch.
    Raises `RuntimeError` for a negative `std`.

    >>> import autograd
    >>> autograd.normal(autograd.tensor([1.0, 2.0]), 0.0)
    tensor([1., 2.])
    """
    check_place(device, layout, pin_memory)
    given = [value for value in (mean, std) if isinstance(value, Tensor)]
    if not given:
        if size is None:
            raise TypeError("normal() needs size= where mean and std are numbers")
        check_std(std)
        array = standard_normal(generator, as_shape("normal", size, 3), kind_of(dtype))
        return finish(array * array.dtype.type(std) + array.dtype.type(mean), requires_grad)
    if size is not None:
        raise TypeError("normal() takes no size where mean or std is a tensor: its shape is the result's")
    kind = given[0]._array.dtype
    scale = std._array if isinstance(std, Tensor) else std
    if np.iscomplexobj(scale):
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if isinstance(std, Tensor):
        if np.any(scale < 0):
            raise RuntimeError("normal expects all elements of std >= 0.0")
    else:
        check_std(std)
    centre = mean._array if isinstance(mean, Tensor) else mean
    text = broadcast("normal", [np.shape(centre), np.shape(scale)])
    if text:
        raise RuntimeError(f"{text}: normal() with mean {describe(mean)} and std {describe(std)}")
    shape = np.broadcast_shapes(np.shape(centre), np.shape(scale))
    array = (standard_normal(generator, shape, kind) * scale + centre).astype(kind, copy=False)
    return without_derivative(array, given)


def without_derivative(array: np.ndarray, operands: list[Tensor]) -> Tensor:
    """What was drawn by operands, as a result of theirs whose gradients are 0."""
    out = wrap(array)
    if state.recording:
        for operand in operands:
            if operand.requires_grad:
                out = overwritten(broadcast_to(operand, array.shape), out)
    return out


@method()
def bernoulli(input: Tensor, p: Any = None, *, generator: Any = None) -> Tensor:
    """1 with the probability that `input` gives for each element, else 0; with `p` that for all of them.

    The gradient of `input` is 0; with `p` there is none. Raises `RuntimeError` for probabilities outside [0, 1].

    >>> import autograd
    >>> autograd.bernoulli(autograd.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    check_tensor(input, "bernoulli")
    kind = input._array.dtype
    if p is None and kind.kind != "f" and kind.kind != "V":
        raise NotImplementedError(
            f'"bernoulli_tensor_cpu_p_" not implemented for {input.dtype.older_name!r}: probabilities are floating'
        )
    array = successes(generator, input._array if p is None else p, input._array.shape, kind)
    return without_derivative(array, [input] if p is None else [])


def successes(generator: Any, p: Any, shape: tuple[int, ...], kind: Any) -> np.ndarray:
    """Ones and zeros of a NumPy dtype; `p` is a number, or an array of probabilities."""
    if isinstance(p, np.ndarray):
        if not np.all((p >= 0) & (p <= 1)):
            raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true: probabilities must be in [0, 1]")
    elif not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    precision = np.float32 if getattr(p, "dtype", None) == np.float32 or kind == np.float32 else np.float64
    return (uniform(generator, shape, np.dtype(precision)) < p).astype(kind)


@method()
def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """The numbers of categories, drawn with the probabilities (up to a factor) in the last dimension of `input`.

    `input`: (C) or (N, C); returns int64 (num_samples) or (N, num_samples). Without `replacement` a category is drawn
    only once. Raises `RuntimeError` for weights that are negative or not finite, or all 0, and for too many samples.

    >>> import autograd
    >>> autograd.multinomial(autograd.tensor([0.0, 3.0, 0.0]), 2, replacement=True)
    tensor([1, 1])
    """
    check_tensor(input, "multinomial")
    count = as_int(num_samples, "multinomial", "num_samples", 2)
    array = input._array
    if array.ndim not in (1, 2):
        raise RuntimeError(f"prob_dist must be 1 or 2 dim, not {list(array.shape)}")
    if array.dtype.kind not in "fV":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype.older_name}")
    if count <= 0:
        raise RuntimeError(f"cannot sample n_sample <= 0 samples, got {count}")
    if not replacement and count > array.shape[-1]:
        raise RuntimeError(
            f"cannot sample n_sample > prob_dist.size(-1) samples without replacement: {count} of {array.shape[-1]}"
        )
    weights = np.atleast_2d(array).astype(np.float64)
    if not np.all(np.isfinite(weights) & (weights >= 0)):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    total = weights.sum(axis=1, keepdims=True)
    if not np.all(total > 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    source = drawing(generator)
    if replacement:
        drawn = with_replacement(source, weights / total, count)
    else:  # the smallest of waiting times with these rates: Efraimidis and Spirakis, "Weighted random sampling", 2006
        with np.errstate(divide="ignore"):
            waiting = source.standard_exponential(weights.shape) / weights
        if count == 1:
            drawn = waiting.argmin(axis=1, keepdims=True)
        else:
            drawn = waiting.argsort(axis=1)[:, :count]
    return wrap(drawn.astype(np.int64, copy=False).reshape((*array.shape[:-1], count)))


def with_replacement(source: Any, p: np.ndarray, count: int) -> np.ndarray:
    """Categories drawn independently: where a uniform number falls among the sums. One search serves all rows."""
    rows, categories = p.shape
    row = np.arange(rows)[:, None]
    sums = np.minimum(np.cumsum(p, axis=1), 1.0)
    sums[:, -1:] = 1.0
    drawn = np.searchsorted((sums + row).ravel(), source.random((rows, count)) + row, side="right") - row * categories
    last = categories - 1 - np.argmax(p[:, ::-1] > 0, axis=1)[:, None]  # rounding must not reach what has no weight
    return np.minimum(drawn, last)


def poisson(input: Tensor, generator: Any = None) -> Tensor:
    """Numbers of events, each drawn from the Poisson distribution whose rate is the element of `input`.

    The gradient of `input` is 0. Raises `RuntimeError` for a negative rate.

    >>> import autograd
    >>> autograd.poisson(autograd.tensor([0.0, 0.0]))
    tensor([0., 0.])
    """
    check_tensor(input, "poisson")
    if input._array.dtype.kind not in "fV":
        raise NotImplementedError(f'"poisson_cpu" not implemented for {input.dtype.older_name!r}: rates are floating')
    rate = input._array.astype(np.float64)
    if not np.all(rate >= 0):
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    if np.any(rate > 2**62):
        raise RuntimeError(f"invalid Poisson rate, expected at most 2^62, found {rate.max()}")
    return without_derivative(np.asarray(drawing(generator).poisson(rate)).astype(input._array.dtype), [input])
