"""Convolutions of raw arrays: patches of the input are laid side by side, and BLAS multiplies them by the kernels.

An array is (N, C, *sizes) with any number of spatial dimensions, a weight (out, C / groups, *kernel). `padding` has a
pair (before, after) for each spatial dimension; a negative one crops. Patches take as many times the memory of the
input as a kernel has elements, so they are laid out block by block: a block stays in the cache until it is multiplied.
"""

import itertools
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

BLOCK = 2**19  # bytes of patches in one block
FEW = 64  # positions of one image that are too few columns for a product of matrices: images are then joined
MANY = 3  # times as many patches of the output as of the input: adding these up is then faster than laying those out


def convolve(x, weight, bias, stride, padding, dilation, groups):
    """Σ over channels and kernel of x·weight, at every position of the kernel in the padded x, plus bias."""
    kind, size = x.dtype, weight.shape[2:]
    x, weight = wide(x), wide(weight)
    out_sizes = positions(x.shape[2:], size, stride, padding, dilation)
    n, outs = len(x), len(weight)
    out = np.empty((n, outs, *out_sizes), x.dtype)
    matrices = weight.reshape(groups, outs // groups, math.prod(weight.shape[1:]))
    each = out.reshape(n, groups, outs // groups, math.prod(out_sizes))
    joined = each.shape[-1] < FEW
    for images, places, columns in patches(x, size, stride, padding, dilation, groups, joined):
        there = each[images, :, :, places]
        if joined:
            product = np.matmul(matrices, columns)
            there[...] = product.reshape(groups, -1, len(there), there.shape[-1]).transpose(2, 0, 1, 3)
        else:
            np.matmul(matrices, columns, out=there)
        if bias is not None:
            there += bias.reshape(groups, -1, 1)
    return out.astype(kind, copy=False)


def spread(y, weight, bias, sizes, stride, padding, dilation, groups):
    """The adjoint of `convolve` in x, which has these spatial `sizes`: the transposed convolution, plus bias."""
    outs, per, *size = weight.shape
    fewer = outs * math.prod(sizes) < MANY * groups * per * math.prod(y.shape[2:])
    if fewer and all(step == 1 for step in stride):
        around = [
            (d * (k - 1) - before, n - m + before)
            for n, m, k, d, (before, _) in zip(sizes, y.shape[2:], size, dilation, padding)
        ]
        return convolve(y, turned(weight, groups), bias, stride, around, dilation, groups)
    return add_patches(y, weight, bias, sizes, stride, padding, dilation, groups)


def turned(weight, groups):
    """The weight with its kernels turned around, and what goes in and out exchanged."""
    outs, per, *size = weight.shape
    around = np.flip(weight, tuple(range(2, weight.ndim))).reshape(groups, outs // groups, per, *size)
    return np.ascontiguousarray(around.swapaxes(1, 2)).reshape(groups * per, outs // groups, *size)


def add_patches(y, weight, bias, sizes, stride, padding, dilation, groups):
    """What `spread` gives: products of y and the weight, added up as patches of the result."""
    kind = y.dtype
    outs, per, *size = weight.shape
    y, weight = wide(y), wide(weight)
    n, out_sizes = len(y), y.shape[2:]
    matrices = weight.reshape(groups, outs // groups, per * math.prod(size)).swapaxes(1, 2)
    each = y.reshape(n, groups, outs // groups, math.prod(out_sizes))
    joined = each.shape[-1] < FEW
    out = np.empty((n, groups * per, *sizes), y.dtype)
    reach = [
        max(max(before, 0) + m, max(-before, 0) + (o - 1) * s + (k - 1) * d + 1)
        for m, (before, _), o, s, k, d in zip(sizes, padding, out_sizes, stride, size, dilation)
    ]
    crop = spatial(slice(max(before, 0), max(before, 0) + m) for m, (before, _) in zip(sizes, padding))
    origin = spatial(slice(max(-before, 0), None) for before, _ in padding)
    taps = list(itertools.product(*map(range, size)))
    whole, rows = block_shape(n, groups * per * math.prod(size), out_sizes, y.itemsize)
    total = np.empty((whole, groups * per, *reach), y.dtype)
    windows = sliding(total[origin], size, out_sizes, stride, dilation, groups)
    for images in slices(n, whole):
        part = each[images]
        total[: len(part)] = 0
        for band in slices(out_sizes[0], rows):
            places = flat_places(band, out_sizes)
            target = windows[: len(part), :, :, band]
            box = target.shape[3 : 3 + len(size)]
            if joined:
                values = part[..., places].transpose(1, 2, 0, 3)
                columns = np.matmul(matrices, values.reshape(groups, outs // groups, -1))
                columns = columns.reshape(groups, per, *size, len(part), *box)
                columns = np.moveaxis(columns, 2 + len(size), 0)
            else:
                columns = np.matmul(matrices, part[..., places])
                columns = columns.reshape(len(part), groups, per, *size, *box)
            for tap in taps:
                there = (..., *tap)
                target[there] += columns[(slice(None),) * 3 + tap]
        out[images] = total[: len(part)][crop]
        if bias is not None:
            out[images] += bias.reshape(-1, *(1,) * len(size))
    return out.astype(kind, copy=False)


def correlate(x, y, size, stride, padding, dilation, groups):
    """The adjoint of `convolve` in its weight, which has kernels of `size`: Σ over images and positions of x·y."""
    kind = x.dtype
    x, y = wide(x), wide(y)
    n, outs = y.shape[:2]
    each = y.reshape(n, groups, outs // groups, math.prod(y.shape[2:]))
    total = np.zeros((groups, outs // groups, x.shape[1] // groups * math.prod(size)), x.dtype)
    for images, places, columns in patches(x, size, stride, padding, dilation, groups, True):
        values = each[images, :, :, places].transpose(1, 2, 0, 3).reshape(groups, outs // groups, columns.shape[2])
        total += np.matmul(values, columns.swapaxes(1, 2))
    return total.reshape(outs, x.shape[1] // groups, *size).astype(kind, copy=False)


def wide(x):
    """16-bit floats in single precision, in which sums of them are formed."""
    return x.astype(np.float32) if x.itemsize == 2 and x.dtype.kind in "fV" else x


def positions(sizes, size, stride, padding, dilation):
    """How many positions a kernel has along each dimension."""
    return tuple(
        (n + before + after - d * (k - 1) - 1) // s + 1
        for n, k, s, (before, after), d in zip(sizes, size, stride, padding, dilation)
    )


def slices(n, step):
    """The slices of so many elements that make up n."""
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]


def spatial(where):
    """An index of all images and channels, and of these slices of the spatial dimensions."""
    return (slice(None), slice(None), *where)


def flat_places(band, out_sizes):
    """The places of a band of rows among all positions in a row."""
    row = math.prod(out_sizes[1:])
    return slice(band.start * row, band.stop * row)


def block_shape(n, height, out_sizes, itemsize):
    """How many images, and rows of positions of each, make a block of columns of this height."""
    row = max(height * math.prod(out_sizes[1:]) * itemsize, 1)
    images = BLOCK // (row * out_sizes[0])
    return max(1, min(n, images)), max(1, out_sizes[0] if images else BLOCK // row)


def sliding(x, size, out_sizes, stride, dilation, groups):
    """A view (N, groups, C / groups, *positions, *kernel) of each patch."""
    n, channels = x.shape[:2]
    per = channels // groups
    first, channel, *steps = x.strides
    strides = (first, per * channel, channel, *map(int.__mul__, steps, stride), *map(int.__mul__, steps, dilation))
    return as_strided(x, (n, groups, per, *out_sizes, *size), strides)


def patches(x, size, stride, padding, dilation, groups, joined):
    """Yields blocks of patches: the slice of images, that of positions, and the patches as the columns of matrices.

    These are (images, groups, C / groups · kernel, positions), or with `joined` (groups, C / groups · kernel, images ·
    positions). The memory is used again for the next block.
    """
    n, channels = x.shape[:2]
    rank = len(size)
    out_sizes = positions(x.shape[2:], size, stride, padding, dilation)
    height = channels // groups * math.prod(size)
    whole, rows = block_shape(n, groups * height, out_sizes, x.itemsize)
    padded = any(before or after for before, after in padding)
    if padded:
        shape = [m + before + after for m, (before, after) in zip(x.shape[2:], padding)]
        buffer = np.zeros((whole, channels, *shape), x.dtype)
        inner = spatial(slice(max(b, 0), m - max(a, 0)) for m, (b, a) in zip(shape, padding))
        outer = spatial(slice(max(-b, 0), m - max(-a, 0)) for m, (b, a) in zip(x.shape[2:], padding))
    windows = sliding(buffer if padded else x, size, out_sizes, stride, dilation, groups)
    memory = np.empty(groups * height * whole * rows * math.prod(out_sizes[1:]), x.dtype)
    kernel = tuple(range(3 + rank, 3 + 2 * rank))
    order = (1, 2, *kernel, 0, *range(3, 3 + rank)) if joined else (0, 1, 2, *kernel, *range(3, 3 + rank))
    for images in slices(n, whole):
        count, here = images.stop - images.start, windows[images]
        if padded:
            buffer[:count][inner] = x[images][outer]
            here = windows[:count]
        for band in slices(out_sizes[0], rows):
            view = here[:, :, :, band].transpose(order)
            columns = memory[: view.size].reshape(view.shape)
            columns[...] = view
            places = flat_places(band, out_sizes)
            width = places.stop - places.start
            box = (groups, height, count * width) if joined else (count, groups, height, width)
            yield images, places, columns.reshape(box)
