"""Images looked up at the places a grid names, and grids that affine maps make: what spatial transformers need."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor, wrap
from ..casting import single_precision
from ..modes import quietly
from ..promotion import is_narrow
from ..rules.indexing import getitem
from .arguments import check_tensor
from .joining import cat
from .operands import refuse
from .selection import where
from .shaping import as_ints

__all__ = ["affine_grid_generator", "grid_sampler"]

BILINEAR, NEAREST, BICUBIC = range(3)
ZEROS, BORDER, REFLECTION = range(3)
SLOPE = -0.75  # of the cubic kernel at 1


@single_precision
def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """The input (N, C, H, W) at the places that grid (N, H', W', 2) names by x and y from -1 to 1: (N, C, H', W').

    Likewise in three dimensions. `interpolation_mode`: 0 linear, 1 nearest, 2 cubic. `padding_mode`, for places
    outside: 0 zeros, 1 the border, 2 reflection. `nn.functional.grid_sample` calls these by name.

    >>> import autograd
    >>> image, centre = autograd.arange(9.0).reshape(1, 1, 3, 3), autograd.zeros(1, 1, 1, 2)
    >>> autograd.grid_sampler(image, centre, 0, 0, False)
    tensor([[[[4.]]]])
    """
    check_places(input, grid, interpolation_mode)
    if is_narrow(input._array.dtype):
        wide = grid_sampler(input.float(), grid.float(), interpolation_mode, padding_mode, align_corners)
        return wide.to(input.dtype)
    n, channels, *sizes = input._array.shape
    rank, places = len(sizes), grid._array.shape[1:-1]
    at = [unnormalized(grid[..., rank - 1 - d], size, align_corners) for d, size in enumerate(sizes)]
    rows = input.permute(0, *range(2, rank + 2), 1).reshape(-1, channels)
    rows = cat([rows, rows.new_zeros(1, channels)])  # the last is for places outside
    if interpolation_mode != BICUBIC:
        at = [padded(c, size, padding_mode, align_corners) for c, size in zip(at, sizes)]
    taps = [neighbours(c, interpolation_mode) for c in at]
    if interpolation_mode == BICUBIC and padding_mode != ZEROS:
        taps = [
            [(padded(wrap(place), size, padding_mode, align_corners)._array, weight) for place, weight in axis]
            for axis, size in zip(taps, sizes)
        ]
    total: Any = 0
    for corner in itertools.product(*taps):
        index = flat_index([place for place, _ in corner], sizes)
        weight = corner[0][1]
        for _, other in corner[1:]:
            weight = weight * other
        values = getitem(rows, (index.reshape(-1),))
        total = total + values * weight.reshape(-1, 1)
    out = total.reshape(n, *places, channels)
    return out.permute(0, rank + 1, *range(1, rank + 1)).contiguous()


def neighbours(at: Tensor, mode: int) -> list[tuple[np.ndarray, Tensor]]:
    """The places along one axis that a coordinate is made of, and the weight of each."""
    if mode == NEAREST:
        place = np.round(at._array)
        return [(place, where(wrap(np.isfinite(place)), at.round() - wrap(place), 0) + 1)]  # one, of gradient zero
    first = np.floor(at._array)
    after = at - wrap(first)
    if mode == BILINEAR:
        return [(first, 1 - after), (first + 1, after)]
    distances = (after + 1, after, 1 - after, 2 - after)
    return [(first + i - 1, cubic(distance, i in (1, 2))) for i, distance in enumerate(distances)]


def cubic(x: Tensor, near: bool) -> Tensor:
    """Keys' cubic kernel at distances up to 1 (near), or from 1 to 2."""
    if near:
        return ((SLOPE + 2) * x - (SLOPE + 3)) * x * x + 1
    return ((SLOPE * x - 5 * SLOPE) * x + 8 * SLOPE) * x - 4 * SLOPE


def flat_index(places: Sequence[np.ndarray], sizes: Sequence[int]) -> np.ndarray:
    """The row of each place in a list of all pixels of all images, the one after the last for places outside."""
    inside: Any = True
    for place, size in zip(places, sizes):
        inside = inside & (place >= 0) & (place < size)
    n = len(places[0])
    index: Any = np.arange(n).reshape(n, *(1,) * len(sizes))
    for place, size in zip(places, sizes):
        index = index * size + np.where(inside, place, 0).astype(np.intp)
    return np.where(inside, index, n * int(np.prod(sizes)))


def unnormalized(x: Tensor, size: int, align_corners: bool) -> Tensor:
    """Coordinates from -1 to 1 as ones in pixels: the corners' centres, or else their outer edges, are at ±1."""
    return (x + 1) * ((size - 1) / 2) if align_corners else ((x + 1) * size - 1) / 2


def padded(x: Tensor, size: int, mode: int, align_corners: bool) -> Tensor:
    """Coordinates in pixels with those outside brought inside, NaN to 0; on the border, too, their gradient is zero."""
    if mode == ZEROS:
        return x
    if mode == REFLECTION:
        x = reflected(x, 0 if align_corners else -0.5, size - 1 if align_corners else size)
    array = x._array
    return where(wrap((array > 0) & (array < size - 1)), x, wrap(np.fmin(np.fmax(array, 0), size - 1)))


def reflected(x: Tensor, low: float, span: float) -> Tensor:
    """Coordinates reflected at `low` and at `low + span` until they lie between."""
    if span == 0:
        return x * 0
    x = x - low
    x = where(wrap(x._array < 0), -x, x)
    flips = np.floor(x._array / span)
    rest = x - wrap(flips * span)
    return where(wrap(quietly(np.remainder, flips, 2) == 0), rest + low, span - rest + low)


def check_places(input: Tensor, grid: Tensor, mode: int) -> None:
    """Raises for an input and a grid that do not fit."""
    check_tensor(input, "grid_sampler")
    check_tensor(grid, "grid_sampler", "grid")
    shape, places = input._array.shape, grid._array.shape
    got = f"but got input with sizes {list(shape)} and grid with sizes {list(places)}"
    if len(shape) not in (4, 5) or len(places) != len(shape):
        expected = "4D or 5D" if len(shape) not in (4, 5) else f"{len(shape)}D"
        raise RuntimeError(f"grid_sampler(): expected {expected} input and grid with same number of dimensions, {got}")
    if shape[0] != places[0]:
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, {got}")
    if places[-1] != len(shape) - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {len(shape) - 2} in last dimension, a coordinate for each "
            f"spatial dimension, but got grid with sizes {list(places)}"
        )
    if 0 in shape[2:]:
        raise RuntimeError(
            f"grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {list(shape)} "
            f"with dimension {shape.index(0, 2)} being empty"
        )
    if mode == BICUBIC and len(shape) == 5:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    if grid._array.dtype != input._array.dtype:
        raise RuntimeError(
            f"expected scalar type {input.dtype.older_name} but found {grid.dtype.older_name}: grid_sampler takes a "
            f"grid of the input's dtype, grid.to({input.dtype})"
        )
    refuse("grid_sampler", "biuc", input)


def affine_grid_generator(theta: Tensor, size: Any, align_corners: bool) -> Tensor:
    """The places that affine maps theta (N, 2, 3) bring the pixels of images of `size` (N, C, H, W) to: (N, H, W, 2).

    Likewise (N, 3, 4) and (N, C, D, H, W). `nn.functional.affine_grid` checks its arguments.

    >>> import autograd
    >>> identity = autograd.eye(2, 3).unsqueeze(0)
    >>> autograd.affine_grid_generator(identity, (1, 1, 1, 2), True)
    tensor([[[[-1.,  0.],
              [ 1.,  0.]]]])
    """
    check_tensor(theta, "affine_grid_generator", "theta")
    n, _, *sizes = as_ints(size, "affine_grid_generator", "size")
    rank = len(sizes)
    if theta._array.shape != (n, rank, rank + 1):
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{n}, {rank + 1}] but got: "
            f"{[theta._array.shape[0], *theta._array.shape[:0:-1][:1]]}. affine_grid of {rank}D images of size "
            f"{[n, *sizes]} takes theta {[n, rank, rank + 1]}, not {list(theta.shape)}"
        )
    if is_narrow(theta._array.dtype):
        return affine_grid_generator(theta.to(dtypes.float32), size, align_corners).to(theta.dtype)
    base = np.ones((*sizes, rank + 1), theta._array.dtype)
    for d, m in enumerate(sizes):
        steps = np.linspace(-1, 1, m) if m > 1 else np.zeros(m)
        if not align_corners:
            steps *= (m - 1) / max(m, 1)
        base[..., rank - 1 - d] = steps.reshape(-1, *(1,) * (rank - 1 - d))
    return (wrap(base.reshape(-1, rank + 1)) @ theta.transpose(1, 2)).reshape(n, *sizes, rank)
