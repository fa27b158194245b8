"""Pooling over windows of one to three spatial dimensions: the largest element, the mean, and the way back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from ..casting import single_precision
from ..fused import Fused
from ..kernels import pooling as kernel
from ..rules.indexing import put_along, take_along
from ..rules.pooling import average
from ..rules.shaping import reshape
from .arguments import check_tensor, is_int
from .operands import refuse
from .shaping import as_ints

__all__ = ["avg_pool1d", "max_pool1d", "max_pool1d_with_indices", "max_pool2d", "max_pool3d"]

NUMBERS = {1: "one int", 2: "two ints", 3: "three ints"}


def max_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> Tensor:
    """The largest element of each window of input (N, C, L), or (C, L): the result is (N, C, L').

    A window has `kernel_size` elements, `dilation` apart, and lies `stride` after the one before (its size, unless
    given). `padding` elements on both sides count as -Inf. L' is (L + 2·padding - dilation·(kernel_size - 1) - 1) /
    stride + 1, rounded down; with `ceil_mode` up, but no window begins after the end. NaN counts as the largest.

    >>> import autograd
    >>> autograd.max_pool1d(autograd.tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2)
    tensor([[[3., 2.]]])
    """
    return largest("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, "biuc")


def max_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> Tensor:
    """The largest element of each window of input (N, C, H, W), or (C, H, W); see `max_pool1d`.

    >>> import autograd
    >>> autograd.max_pool2d(autograd.arange(16.0).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 5.,  7.],
              [13., 15.]]]])
    """
    return largest("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode)


@single_precision
def max_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> Tensor:
    """The largest element of each window of input (N, C, D, H, W), or (C, D, H, W); see `max_pool1d`.

    >>> import autograd
    >>> autograd.max_pool3d(autograd.ones(1, 2, 4, 8, 8), (2, 4, 4)).shape
    torch.Size([1, 2, 2, 2, 2])
    """
    return largest("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool1d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> tuple[Tensor, Tensor]:
    """What `max_pool1d` gives, and where in L these elements are.

    >>> import autograd
    >>> autograd.max_pool1d_with_indices(autograd.tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2)
    (tensor([[[3., 2.]]]), tensor([[[1, 2]]]))
    """
    return largest_and_places("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> tuple[Tensor, Tensor]:
    """What `max_pool2d` gives, and where in H · W, counted row by row, these elements are."""
    return largest_and_places("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool3d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> tuple[Tensor, Tensor]:
    """What `max_pool3d` gives, and where in D · H · W, counted row by row, these elements are."""
    return largest_and_places("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode)


def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = (),
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of input (N, C, L), or (C, L); the windows are those of `max_pool1d`.

    `padding` is zeros, which count as elements unless `count_include_pad` is False.

    >>> import autograd
    >>> autograd.avg_pool1d(autograd.tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2)
    tensor([[[2., 1.]]])
    """
    return mean("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = (),
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of input (N, C, H, W), or (C, H, W); see `avg_pool1d`.

    `divisor_override` takes the place of the number of elements.

    >>> import autograd, nn.functional as F
    >>> F.avg_pool2d(autograd.arange(16.0).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 2.5000,  4.5000],
              [10.5000, 12.5000]]]])
    """
    return mean("avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@single_precision
def avg_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = (),
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of input (N, C, D, H, W), or (C, D, H, W); see `avg_pool2d`.

    >>> import autograd, nn.functional as F
    >>> F.avg_pool3d(autograd.ones(1, 2, 4, 4, 4), 2).shape
    torch.Size([1, 2, 2, 2, 2])
    """
    return mean("avg_pool3d", 3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@single_precision
def max_unpool(
    rank: int, input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Tensor:
    """Zeros with the input at `indices`; see `nn.functional.max_unpool1d`."""
    name = f"max_unpool{rank}d"
    check_tensor(input, name)
    check_tensor(indices, name, "indices")
    size = for_each(name, "kernel_size", kernel_size, rank)
    step = size if stride is None else for_each(name, "stride", stride, rank)
    pads = for_each(name, "padding", padding, rank)
    shape = input._array.shape
    if len(shape) not in (rank + 1, rank + 2):
        raise RuntimeError(
            f"Input to max_unpooling{rank}d should be a {rank + 1}d or {rank + 2}d Tensor, but got a tensor with "
            f"{len(shape)} dimensions."
        )
    plain = [(n - 1) * s + k - 2 * p for n, k, s, p in zip(shape[-rank:], size, step, pads)]
    sizes = plain if output_size is None else unpooled_size(output_size, plain, step)
    if any(s <= 0 for s in step):
        raise RuntimeError(f"strides should be greater than zero, but got stride: {list(step)}")
    if any(n < 0 for n in sizes):
        raise ValueError(f"max_unpooling: output_size must contain non-negative spatial dimensions, but got {sizes}")
    if indices._array.dtype != np.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype}")
    if indices._array.shape != shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(shape)}) but got indices tensor "
            f"with shape: {list(indices.shape)}"
        )
    refuse(name, "biuc", input)
    each, lead, places = math.prod(sizes), shape[:-rank], indices._array
    wrong = places[(places < 0) | (places >= each)]
    if wrong.size:
        raise RuntimeError(
            f"Found an invalid max index: {wrong[0]} (output volumes are of size {'x'.join(map(str, sizes))})"
        )
    rows = (math.prod(lead), math.prod(shape[-rank:]))
    flat = put_along(np.zeros((rows[0], each), input._array.dtype), reshape(input, rows), reshape(indices, rows), 1)
    return reshape(flat, (*lead, *sizes))


def unpooled_size(given: Any, plain: Sequence[int], step: Sequence[int]) -> tuple[int, ...]:
    """The `output_size` that is given: for the spatial dimensions or for all, near what follows from the arguments."""
    rank = len(plain)
    sizes = as_ints(given if isinstance(given, list) else tuple(given), f"max_unpool{rank}d", "output_size")
    if len(sizes) == rank + 2:
        sizes = sizes[2:]
    if len(sizes) != rank:
        raise ValueError(
            f"output_size should be a sequence containing {rank} or {rank + 2} elements, but it has a length of "
            f"'{len(sizes)}'"
        )
    for d, (n, usual, s) in enumerate(zip(sizes, plain, step)):
        if not usual - s < n < usual + s:
            raise ValueError(f'invalid output_size "{sizes}" (dim {d} must be between {usual - s} and {usual + s})')
    return sizes


# ---- what they have in common


def max_definition(x: Tensor, grid: Any) -> Tensor:
    """The largest elements, read where they lie."""
    return pick(x, kernel.places(x._array, kernel.elements(grid)), len(grid))


def pick(x: Any, places: Any, rank: int) -> Any:
    """The elements at `places`, counted through the last `rank` dimensions."""
    lead = x.shape[:-rank]
    rows = math.prod(lead)
    flat = take_along(
        reshape(x, (rows, math.prod(x.shape[-rank:]))), reshape(places, (rows, math.prod(places.shape[-rank:]))), 1
    )
    return reshape(flat, places.shape)


fused_max = Fused("max_pool", max_definition, kernel.maximum_forward, kernel.maximum_backward)


def largest(
    name: str,
    rank: int,
    input: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    refused: str = "bc",
) -> Tensor:
    """The largest element of each window."""
    grid = checked_grid(name, rank, input, kernel_size, stride, padding, dilation, ceil_mode)
    refuse(name, refused, input)
    return fused_max(input, grid)


def largest_and_places(
    name: str, rank: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[Tensor, Tensor]:
    """The largest element of each window, and where it lies."""
    grid = checked_grid(name, rank, input, kernel_size, stride, padding, dilation, ceil_mode)
    refuse(name, "bc", input)
    values, places = at_tables(input, kernel.elements(grid))
    if any(before and dilation > 1 for *_, before, dilation in grid):
        values = fused_max(input, grid)  # a window may have no element, and then is -Inf
    return values, places


def at_tables(input: Tensor, tables: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
    """The largest element of each window, whose elements `tables` has for each dimension, and where it lies."""
    places = wrap(kernel.places(input._array, tables))
    return pick(input, places, len(tables)), places


def mean(
    name: str,
    rank: int,
    input: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor: int | None,
) -> Tensor:
    """The mean of each window."""
    grid = checked_grid(name, rank, input, kernel_size, stride, padding, 1, ceil_mode)
    refuse(name, "buc" if input._array.dtype == np.int64 else "buic", input)
    if divisor is None:
        return average(input, grid, divisors(grid, bool(count_include_pad), input._array.dtype))
    if not is_int(divisor):
        raise TypeError(f"{name}(): argument 'divisor_override' must be int, not {type(divisor).__name__}")
    if not divisor:
        raise RuntimeError("divisor must be not zero")
    return average(input, grid, divisor.__index__())


def divisors(grid: Any, include_pad: bool, kind: Any) -> Any:
    """How many elements each window has: one number, where that is the same for all."""
    counts: Any = 1
    for n, count, size, step, before, _ in grid:
        at = np.arange(count)
        if size:
            starts = at * step - before
            ends = np.minimum(starts + size, n + before)
        else:
            starts, ends = at * n // count, -(-(at + 1) * n // count)
        if not include_pad:
            starts, ends = np.maximum(starts, 0), np.minimum(ends, n)
        counts = np.multiply.outer(counts, ends - starts)
    if counts.size and (counts == counts.flat[0]).all():
        return int(counts.flat[0])
    return counts.astype(np.int64 if kind.kind == "i" else np.float64 if kind.itemsize == 8 else np.float32)


def for_each(name: str, argument: str, value: Any, rank: int) -> tuple[int, ...]:
    """An argument for each spatial dimension: one int for all of them, or a sequence of one or of as many."""
    if is_int(value):
        return (value.__index__(),) * rank
    values = as_ints(value, name, argument)
    if len(values) not in (1, rank):
        raise RuntimeError(
            f"{name}: {argument} must either be a single int, or a tuple of {NUMBERS[rank]}, not {list(values)}"
        )
    return values * (rank // len(values))


def checked_grid(
    name: str,
    rank: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
) -> tuple[tuple[int, ...], ...]:
    """The windows, as `kernels.pooling` describes them; raises for arguments that do not go together."""
    check_tensor(input, name)
    size = for_each(name, "kernel_size", kernel_size, rank)
    omitted = stride is None or (isinstance(stride, (tuple, list)) and not stride)
    step = size if omitted else for_each(name, "stride", stride, rank)
    pads = for_each(name, "padding", padding, rank)
    gaps = for_each(name, "dilation", dilation, rank)
    for argument, values in (("kernel_size", size), ("stride", step), ("dilation", gaps)):
        if any(value <= 0 for value in values):
            raise RuntimeError(f"{name}() {argument} must be greater than zero, but got {list(values)}")
    if any(p < 0 for p in pads):
        raise RuntimeError(f"{name}() padding must be non-negative, but got {list(pads)}")
    if any(2 * p > k for p, k in zip(pads, size)):
        raise RuntimeError(
            f"{name}() padding should be at most half of kernel size, but got padding={list(pads)} and "
            f"kernel_size={list(size)}"
        )
    check_shape(name, rank, input)
    shape = input._array.shape
    sizes = shape[-rank:]
    counts = [window_count(*line, bool(ceil_mode)) for line in zip(sizes, size, step, pads, gaps)]
    if any(count < 1 for count in counts):
        raise RuntimeError(
            f"{name}(): Given input size: ({'x'.join(map(str, shape[-rank - 1 :]))}). Calculated output size: "
            f"({'x'.join(map(str, (shape[-rank - 1], *counts)))}). Output size is too small: a window of "
            f"{list(size)} does not fit"
        )
    return tuple(zip(sizes, counts, size, step, pads, gaps))


def check_shape(name: str, rank: int, input: Tensor, empty_channels: bool = False) -> None:
    """Raises unless the input is (N, C, *sizes) or (C, *sizes), where only N may be 0."""
    shape = input._array.shape
    if len(shape) not in (rank + 1, rank + 2) or 0 in shape[len(shape) - rank - (not empty_channels) :]:
        raise RuntimeError(
            f"{name}: Expected {rank + 1}D or {rank + 2}D (batch mode) tensor with optional 0 dim batch size for "
            f"input, but got:{list(shape)}"
        )


def window_count(n: int, size: int, step: int, before: int, dilation: int, ceil_mode: bool) -> int:
    """How many windows there are along a dimension of n elements."""
    reach = n + 2 * before - dilation * (size - 1) - 1
    count = (reach + (step - 1 if ceil_mode else 0)) // step + 1
    return count - 1 if ceil_mode and (count - 1) * step >= n + before else max(count, 0)
