"""Images, and other signals on a grid, brought to another size: what `nn.functional.interpolate` computes.

Every mode weighs elements along one axis after the other. The kernels and their arithmetic are PyTorch's, where a
coordinate is computed in the precision of the input: which element is the nearest may hang on the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor
from ..promotion import is_narrow
from ..rules.resampling import Band, resample
from .adaptive_pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from .operands import refuse

__all__: list[str] = []  # `nn.functional.interpolate` makes it public

CUBIC = -0.75  # the slope of the cubic kernel at 1; with antialias it is -0.5, as in Pillow


def interpolated(
    input: Tensor, mode: str, sizes: Sequence[int], factors: Sequence[Any], align_corners: bool, antialias: bool
) -> Tensor:
    """The input (N, C, *old sizes) at the new `sizes`. `factors`: for each of them how many times the old, or None.

    `mode`: nearest, nearest-exact, area, linear, cubic or lanczos, whatever the number of dimensions.
    """
    array = input._array
    byte, rank, nearest = array.dtype == np.uint8, len(sizes), mode.startswith("nearest")
    if mode == "area":
        return (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[rank - 1](input, sizes)
    if not byte or (rank != 2 and not nearest):
        refuse("interpolate", "biuc", input)
    double = array.dtype == np.float64 and not (nearest and rank == 2)
    kind = np.dtype(np.float64 if double else np.float32)
    wide = not nearest and (byte or is_narrow(array.dtype))
    out = input.to(dtypes.float32) if wide else input
    for axis, size, factor in reversed(list(zip(range(2, rank + 2), sizes, factors))):
        n = array.shape[axis]
        if mode == "nearest" and rank == 2 and size in (n, 2 * n):
            factor = None  # as PyTorch does in two dimensions, and in these only
        out = resample(out, band(mode, n, size, factor, align_corners, antialias, kind), axis)
        if byte and wide:
            out = out.round().clamp(0, 255)
    return out.to(input.dtype) if wide else out


def band(mode: str, n: int, m: int, factor: Any, align_corners: bool, antialias: bool, kind: Any) -> Band:
    """The weights by which m elements are made of n. `kind`: the NumPy dtype to compute coordinates in."""
    inverse = kind.type(1 / factor) if factor is not None and factor > 0 else kind.type(n) / kind.type(m)
    steps = np.arange(m).astype(kind)
    if mode in ("nearest", "nearest-exact"):
        at = (steps + kind.type(0.5 if mode == "nearest-exact" else 0)) * inverse
        places = np.minimum(np.floor(at.astype(np.float32)).astype(np.intp), n - 1)
        return Band(places[:, None], np.ones((m, 1), kind), n)
    if align_corners:
        inverse = kind.type(n - 1) / kind.type(m - 1) if m > 1 else kind.type(0)
    if antialias:
        return smoothed(mode, n, m, float(inverse))
    half = kind.type(0.5)
    at = steps * inverse if align_corners else (steps + half) * inverse - half
    if mode == "linear":
        return straight(np.maximum(at, 0), n, m)
    first = np.minimum(np.floor(at).astype(np.intp), n - 1)
    after = np.clip(at - first.astype(kind), 0, 1)
    places = np.clip(first[:, None] + np.arange(-1, 3), 0, n - 1)
    weights = [cubic(after + 1, CUBIC), cubic(after, CUBIC), cubic(1 - after, CUBIC), cubic(2 - after, CUBIC)]
    return Band(places, np.stack(weights, 1).astype(kind), n)


def straight(at: np.ndarray, n: int, m: int) -> Band:
    """Each from its two neighbours, by their distance."""
    first = np.arange(m) if n == m else np.minimum(at.astype(np.intp), n - 1)
    after = np.zeros_like(at) if n == m else np.clip(at - first.astype(at.dtype), 0, 1)
    return Band(np.stack([first, np.minimum(first + 1, n - 1)], 1), np.stack([1 - after, after], 1), n)


def cubic(x: Any, slope: float) -> np.ndarray:
    """Keys' cubic kernel at distances x ≥ 0.

    Keys, "Cubic convolution interpolation for digital image processing", IEEE Trans. ASSP 29 (1981), equation 15.
    """
    near = ((slope + 2) * x - (slope + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * x * slope - 4 * slope
    return np.where(x < 1, near, np.where(x < 2, far, 0))


FILTERS: dict[str, tuple[float, Any]] = {  # how far a kernel reaches, and the kernel
    "linear": (1, lambda x: np.maximum(1 - x, 0)),
    "cubic": (2, lambda x: cubic(x, -0.5)),
    "lanczos": (3, lambda x: np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0)),
}


def smoothed(mode: str, n: int, m: int, inverse: float) -> Band:
    """A kernel as wide as a new element, if these are larger than the old, with weights that sum to one."""
    reach, kernel = FILTERS[mode]
    if n == m:
        return Band(np.arange(n)[:, None], np.ones((n, 1)), n)
    stretch = max(inverse, 1.0)
    centers = inverse * (np.arange(m) + 0.5)
    starts = np.maximum((centers - reach * stretch + 0.5).astype(np.intp), 0)
    counts = np.maximum(np.minimum((centers + reach * stretch + 0.5).astype(np.intp), n) - starts, 0)
    taps = np.arange(max(counts.max(initial=1), 1))
    inside = taps < counts[:, None]
    places = np.where(inside, starts[:, None] + taps, -1)
    weights = np.where(inside, kernel(np.abs((places - centers[:, None] + 0.5) / stretch)), 0)
    return Band(places, weights / np.maximum(weights.sum(1, keepdims=True), math.ulp(0)), n)
