"""Pooling into a given number of windows: adaptive, which spreads them evenly, and fractional, which draws them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._tensor import Tensor
from ..casting import single_precision
from ..kernels.pooling import elements
from ..rules.reductions import mean
from .arguments import check_tensor, is_int
from .operands import refuse
from .pooling import at_tables, average, check_shape, divisors, for_each, fused_max
from .sampling import uniform
from .shaping import as_ints

__all__ = ["adaptive_avg_pool1d", "adaptive_max_pool1d"]


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The means of `output_size` windows that lie evenly over input (N, C, L), or (C, L).

    Window i goes from ⌊i·L / output_size⌋ to ⌈(i + 1)·L / output_size⌉.

    >>> import autograd
    >>> autograd.adaptive_avg_pool1d(autograd.tensor([[[1.0, 3.0, 5.0]]]), 2)
    tensor([[[2., 4.]]])
    """
    return adaptive_mean("adaptive_avg_pool1d", 1, input, output_size)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The means of windows that lie evenly over input (N, C, H, W), or (C, H, W); see `adaptive_avg_pool1d`.

    `output_size` is how many they are along H and W, or along both; None for as many as there are elements.

    >>> import autograd, nn.functional as F
    >>> F.adaptive_avg_pool2d(autograd.arange(16.0).reshape(1, 1, 4, 4), (None, 1))
    tensor([[[[ 1.5000],
              [ 5.5000],
              [ 9.5000],
              [13.5000]]]])
    """
    return adaptive_mean("adaptive_avg_pool2d", 2, input, output_size)


@single_precision
def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The means of windows that lie evenly over input (N, C, D, H, W), or (C, D, H, W); see `adaptive_avg_pool2d`.

    >>> import autograd, nn.functional as F
    >>> F.adaptive_avg_pool3d(autograd.ones(1, 2, 4, 4, 4), (1, 2, None)).shape
    torch.Size([1, 2, 1, 2, 4])
    """
    return adaptive_mean("adaptive_avg_pool3d", 3, input, output_size)


def adaptive_max_pool1d(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """The largest elements of the windows of `adaptive_avg_pool1d`, and where in L they are.

    >>> import autograd
    >>> autograd.adaptive_max_pool1d(autograd.tensor([[[1.0, 3.0, 2.0]]]), 2)
    (tensor([[[3., 3.]]]), tensor([[[1, 1]]]))
    """
    return adaptive_largest("adaptive_max_pool1d", 1, input, output_size)


def adaptive_max_pool2d(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """The largest elements of the windows of `adaptive_avg_pool2d`, and where in H · W they are."""
    return adaptive_largest("adaptive_max_pool2d", 2, input, output_size)


@single_precision
def adaptive_max_pool3d(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """The largest elements of the windows of `adaptive_avg_pool3d`, and where in D · H · W they are."""
    return adaptive_largest("adaptive_max_pool3d", 3, input, output_size)


def adaptive_mean(name: str, rank: int, input: Tensor, output_size: Any) -> Tensor:
    """The mean of each window."""
    counts = checked_counts(name, rank, input, output_size, True)
    if all(count == 1 for count in counts):
        return mean(input, tuple(range(-rank, 0)), True)
    grid = evenly(input, counts)
    return average(input, grid, divisors(grid, False, input._array.dtype))


def adaptive_largest(name: str, rank: int, input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """The largest element of each window, and where it lies."""
    counts = checked_counts(name, rank, input, output_size, False)
    return at_tables(input, elements(evenly(input, counts)))


def adaptive_values(name: str, rank: int, input: Tensor, output_size: Any) -> Tensor:
    """The largest element of each window alone."""
    return fused_max(input, evenly(input, checked_counts(name, rank, input, output_size, False)))


def evenly(input: Tensor, counts: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """The grid of so many windows that take up all elements."""
    lines = []
    for n, count in zip(input._array.shape[-len(counts) :], counts):
        size = 0 if not count or n % count else n // count
        lines.append((n, count, size, size, 0, 1))
    return tuple(lines)


def checked_counts(name: str, rank: int, input: Any, output_size: Any, empty_channels: bool) -> tuple[int, ...]:
    """How many windows there are along each spatial dimension."""
    check_tensor(input, name)
    check_shape(name, rank, input, empty_channels)
    if is_int(output_size):
        counts = (output_size.__index__(),) * rank
    elif rank > 1 and isinstance(output_size, (tuple, list)):
        sizes = input._array.shape[-rank:]
        given = [n if count is None else count for n, count in zip(sizes, output_size)]
        counts = as_ints([*given, *output_size[rank:]], name, "output_size")
    else:
        counts = as_ints(output_size, name, "output_size")
    if len(counts) != rank:
        raise RuntimeError(f"{name}: output_size must be {rank}: one number for each spatial dimension, not {counts}")
    if any(count < 0 for count in counts):
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received {list(counts)}"
        )
    refuse(name, "biuc", input)
    return counts


# ---- fractional


@single_precision
def fractional(
    rank: int, input: Tensor, kernel_size: Any, output_size: Any, output_ratio: Any, samples: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The largest element of each of the windows that `samples` lay out, and where it lies.

    Graham, "Fractional max-pooling", arXiv 1412.6071. See `nn.functional.fractional_max_pool2d`.
    """
    name = f"fractional_max_pool{rank}d"
    check_tensor(input, name)
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    check_shape(name, rank, input)
    refuse(name, "biuc", input)
    shape = input._array.shape
    sizes, lead = shape[-rank:], shape[:-rank]
    pool = for_each(name, "kernel_size", kernel_size, rank)
    if output_size is None:
        ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * rank
        counts = tuple(int(n * ratio) for n, ratio in zip(sizes, ratios))
    else:
        counts = for_each(name, "output_size", output_size, rank)
    for n, count, size, of in zip(sizes, counts, pool, ("time", "height", "width")[-rank:]):
        if size < 1 or count < 0:
            raise RuntimeError(f"{name}(): kernel_size must be greater than zero, and output_size not negative")
        if count + size - 1 > n:
            raise RuntimeError(
                f"{name}(): pool {of} {size} too large relative to input {of} {n}: {count} windows do not fit"
            )
    batch = lead if len(lead) == 2 else (1, *lead)
    drawn = (
        uniform(None, (*batch, rank), input._array.dtype)
        if samples is None
        else checked_samples(samples, input, batch, rank)
    )
    order = range(rank) if rank == 3 else (1, 0)  # PyTorch's own: of two numbers the first is for the width
    tables = [
        starts(drawn[..., at], n, count, size)[..., None] + np.arange(size)
        for at, n, count, size in zip(order, sizes, counts, pool)
    ]
    if len(lead) == 2:
        return at_tables(input, tables)
    values, places = at_tables(input.unsqueeze(0), tables)
    return values.squeeze(0), places.squeeze(0)


def starts(sample: np.ndarray, n: int, count: int, size: int) -> np.ndarray:
    """Where the windows begin: (N, C, count), from a number in [0, 1) for each channel."""
    kind = sample.dtype.type
    alpha = kind(n - size) / kind(count - 1) if count > 1 else kind(0)
    steps = np.arange(count).astype(kind)
    begin = ((steps + sample[..., None]) * alpha).astype(np.intp) - (sample * alpha).astype(np.intp)[..., None]
    begin[..., -1:] = n - size
    return begin


def checked_samples(samples: Any, input: Tensor, batch: tuple[int, ...], rank: int) -> np.ndarray:
    """The numbers given as `_random_samples`: (N, C, rank)."""
    array = samples._array
    if array.dtype != input._array.dtype:
        raise RuntimeError("Expect _random_samples to have the same dtype as input")
    if array.ndim != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {array.ndim}")
    if len(array) < batch[0]:
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if array.shape[1] != batch[1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if array.shape[2] != rank:
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {rank}; got {array.shape[2]}.")
    return array[: batch[0]]
