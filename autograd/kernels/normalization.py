"""Normalization of raw arrays: x less its mean, over its standard deviation, times a weight, plus a bias.

Two families. Where the weight belongs to channels (batch, instance and group norm), x is (N, C, *sizes) and each of its
cells, the elements of one channel in one sample, becomes scale·x + shift. Where it belongs to single elements (layer
and RMS norm), x is made of rows, each normalized on its own.

What takes time is memory. So x is gone through in blocks that stay in the cache while several passes are made over
them, and sums are BLAS's products of matrix and vector. Sums of x² and of g·x are taken of x as it is, which saves
writing x - mean; only where the mean is far greater than the deviation, which would cost digits, x is centered first.
"""

import math

import numpy as np

from .sums import FLOAT32, accumulator, total

BLOCK = 2**18  # bytes of x in one block
FAR = 8  # times the variance, up to which the square of the mean may be subtracted from the mean square
LONG = 1024  # elements of a row above which NumPy's loops along it are fast, and exacter than BLAS
SHORT = 64  # elements of a row for which it is not worth calling BLAS


def wide(x):
    """x in the dtype that is computed in: 16-bit floats in single precision."""
    return x if x is None or accumulator(x.dtype) is not FLOAT32 else x.astype(FLOAT32)


def blocks(x):
    """Slices of the first axis, of BLOCK bytes each."""
    step = max(1, BLOCK * len(x) // max(x.nbytes, 1))
    return [slice(start, start + step) for start in range(0, len(x), step)]


def far(mean, rstd):
    """Whether some mean is so far from 0 that sums of x as it is would lose digits."""
    distance = mean * rstd
    return bool((distance * distance > FAR).any())


def fitting(scratch, x):
    """The array that was used for the last block, or as much of it as x has; there is none yet for the first."""
    return np.empty_like(x) if scratch is None else scratch[: len(x)]


def row_sums(x):
    """Σ x over the last axis of a contiguous array."""
    n = x.shape[-1]
    if n == 1:
        return x[..., 0]
    if n > LONG:
        return np.add.reduce(x, -1)
    return np.dot(x.reshape(-1, n), np.ones(n, x.dtype)).reshape(x.shape[:-1])


def row_products(x, y):
    """Σ x·y over the last axis."""
    if x.shape[-1] == 1:
        return x[..., 0] * y[..., 0]
    return np.vecdot(x, y) if x.shape[-1] >= SHORT else np.einsum("...i,...i->...", x, y)


# ---- a weight for each channel


def as_cells(x):
    """x (N, C, *sizes) as a contiguous array (N, C, size), in the dtype that is computed in."""
    return np.ascontiguousarray(wide(x)).reshape(*x.shape[:2], math.prod(x.shape[2:]))


def moments(x, groups):
    """The means and variances (biased) of x (N, C, *sizes), in float64.

    Of each group of channels in each sample, (N, groups); if `groups` is None, of each channel in all samples, (1, C).
    """
    x = as_cells(x)
    if groups is not None:
        x = x.reshape(len(x), groups, -1)
    count = x.shape[2] * (len(x) if groups is None else 1)
    mean, square = means(x, None, groups, count)
    var = square - mean * mean
    if (mean * mean > FAR * var).any():
        center = np.where(np.isfinite(mean), mean, 0).astype(x.dtype)
        mean, square = means(x, center[..., None], groups, count)
        var = square - mean * mean
        mean = center + mean
    return mean, np.maximum(var, 0)


def means(x, center, groups, count):
    """The means of x - center and of its square."""
    sums = np.empty((2, *x.shape[:2]), x.dtype)
    for block in blocks(x):
        part = less(x, center, block)
        sums[0, block] = row_sums(part)
        sums[1, block] = row_products(part, part)
    return (over_samples(sums) if groups is None else sums.astype(np.float64)) / count


def over_samples(cells):
    """Σ over the samples, the last axis but one, which stays with size 1; in float64."""
    return total(cells, -2, True).astype(np.float64)


def less(x, center, block):
    """A block of x, less the centers of its cells."""
    return x[block] if center is None else x[block] - of_block(center, block)


def of_block(values, block):
    """What belongs to a block of samples, of values that may be one for all samples."""
    return values if len(values) == 1 else values[block]


def per_channel(values, channels):
    """A value for each group of channels as one for each channel."""
    each = channels // values.shape[1]
    return values if each == 1 else np.repeat(values, each, 1)


def spread(values, size, kind):
    """Values of cells, in a shape that meets (N, C, size): written out where that makes NumPy's loops longer."""
    values = values.astype(kind)
    if 1 < size <= LONG and len(values) == 1:
        return np.repeat(values, size, 1).reshape(1, -1, size)
    return values[..., None]


def apart(mean, rstd, kind):
    """A mean in two parts, to be subtracted first (None for nothing) and to be accounted for later."""
    if not far(mean, rstd):
        return None, mean
    center = mean.astype(kind)
    return center[..., None], mean - center


def forward_channels(x, weight, bias, mean, var, groups, eps, constant):
    """(x - mean) / √(var + eps) · weight + bias, for x (N, C, *sizes), weight and bias (C) or None.

    `mean` and `var` are those of x from `moments` or, where they are `constant`, any others, (1, C).
    """
    cells = as_cells(x)
    _, channels, size = cells.shape
    kind = cells.dtype
    mean, rstd = per_channel(mean, channels), per_channel(1 / np.sqrt(var + eps), channels)
    center, rest = apart(mean, rstd, kind)
    scale = rstd if weight is None else rstd * weight
    shift = -rest * scale if bias is None else bias - rest * scale
    scale, shift = spread(scale, size, kind), spread(shift, size, kind)
    out = np.empty_like(cells)
    for block in blocks(cells):
        there = out[block]
        np.multiply(less(cells, center, block), of_block(scale, block), out=there)
        there += of_block(shift, block)
    return out.reshape(x.shape).astype(x.dtype, copy=False), (x, weight, mean, rstd, groups, constant)


def backward_channels(g, residuals, needs):
    """From Σ g and Σ g·x over what shares a mean: Ioffe and Szegedy, arXiv 1502.03167, section 3."""
    x, weight, mean, rstd, groups, constant = residuals
    cells, g, shape = as_cells(x), as_cells(g), x.shape
    n, channels, size = cells.shape
    kind = cells.dtype
    grads = [None] * 8
    center, rest = apart(mean, rstd, kind)
    if needs[1] or needs[2] or not constant:
        sums = np.empty((2, n, channels), kind)
        for block in blocks(cells):
            sums[0, block] = row_sums(g[block])
            sums[1, block] = row_products(g[block], less(cells, center, block))
        sums, products = over_samples(sums) if groups is None else sums.astype(np.float64)
        products = (products - rest * sums) * rstd  # with the normalized x
        grads[1], grads[2] = products.sum(0), sums.sum(0)
    if not needs[0]:
        return grads
    scale = spread(rstd if weight is None else rstd * weight, size, kind)
    grads[0] = grad = np.empty_like(cells)
    if not constant:
        weighted = [part if weight is None else part * weight for part in (sums, products)]
        count = n * size
        if groups is not None:
            weighted = [per_channel(part.reshape(n, groups, -1).sum(2), channels) for part in weighted]
            count = channels // groups * size
        sums, products = weighted
        slope = -rstd * rstd * products / count
        shift = spread(-rstd * sums / count - slope * rest, size, kind)
        slope = spread(slope, size, kind)
    scratch = None
    for block in blocks(cells):
        there = grad[block]
        np.multiply(g[block], of_block(scale, block), out=there)
        if not constant:
            part = less(cells, center, block)
            scratch = np.multiply(part, of_block(slope, block), out=fitting(scratch, part))
            scratch += of_block(shift, block)
            there += scratch
    grads[0] = grad.reshape(shape)
    return grads


# ---- a weight for each element of a row


def as_rows(x, length):
    """x as a contiguous matrix with rows of this length, in the dtype that is computed in."""
    return np.ascontiguousarray(wide(x)).reshape(-1, length)


def average(rows):
    """The mean of each row, as a column: of rows less their rounded means what these are off."""
    return row_sums(rows)[:, None] / rows.dtype.type(rows.shape[1])


def forward_rows(x, weight, bias, length, eps, centered):
    """(x - mean) / √(var + eps) · weight + bias for each row of `length` elements; weight, bias of that many or None.

    Unless `centered`, no mean is subtracted.
    """
    rows = as_rows(x, length)
    out = np.empty_like(rows)
    mean, rstd = np.zeros((2, len(rows), 1), rows.dtype)
    shape = next((w.shape for w in (weight, bias) if w is not None), length)
    weight, bias = (None if w is None else wide(w).reshape(-1) for w in (weight, bias))
    for block in blocks(rows):
        part, there = rows[block], out[block]
        if centered:
            mean[block] = average(part)
            part = np.subtract(part, mean[block], out=there)
        rstd[block, 0] = 1 / np.sqrt(row_products(part, part) / length + eps)
        if centered and far(mean[block], rstd[block]):
            part -= average(part)
            rstd[block, 0] = 1 / np.sqrt(row_products(part, part) / length + eps)
        np.multiply(part, rstd[block], out=there)
        if weight is not None:
            there *= weight
        if bias is not None:
            there += bias
    return out.reshape(x.shape).astype(x.dtype, copy=False), (x, weight, shape, length, mean, rstd, centered)


def backward_rows(g, residuals, needs):
    """From Σ g·weight and Σ g·weight·x over each row: Ba et al., arXiv 1607.06450, section 3."""
    x, weight, shape, length, mean, rstd, centered = residuals
    rows, g = as_rows(x, length), as_rows(g, length)
    kind = rows.dtype
    grad = np.empty_like(rows) if needs[0] else None
    of_weight, of_bias = np.zeros((2, length), kind)
    each = np.full(length, 1 / length, kind) if weight is None else weight / length
    product = None
    for block in blocks(rows):
        part, grown, m, r = rows[block], g[block], mean[block], rstd[block]
        if centered and far(m, r):
            part, m = part - m, np.zeros_like(m)
            part -= average(part)
        product = np.multiply(grown, part, out=fitting(product, part))
        if needs[1]:
            of_weight += np.dot(r[:, 0], product) if r.all() else (r * product).sum(0)  # BLAS may skip 0·∞
            if centered:
                of_weight -= np.dot((r * m)[:, 0], grown)
        if needs[2]:
            of_bias += np.dot(np.ones(len(grown), kind), grown)
        if grad is None:
            continue
        there = grad[block]
        slope = np.dot(product, each)[:, None]
        if centered:
            level = np.dot(grown, each)[:, None]
            slope -= m * level
        slope *= -r * r * r
        np.multiply(part, slope, out=product)
        if centered:
            product += -r * level - slope * m
        np.multiply(grown, r, out=there)
        if weight is not None:
            there *= weight
        there += product
    of_x = None if grad is None else grad.reshape(x.shape)
    return [of_x, of_weight.reshape(shape), of_bias.reshape(shape), None, None, None]
