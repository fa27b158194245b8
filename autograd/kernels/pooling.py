"""Pooling of raw arrays: sums and maxima of windows, one dimension after the other, and where the maxima lie.

An array is (..., *sizes). Its windows are a `grid`, which has for each of the last dimensions a tuple: how many
elements it has, how many windows, and these windows' size, step, padding before the first element, and dilation.
Nothing is padded; elements that lie outside are left out. A size of 0 is for windows that lie evenly over all elements,
and may share some: window i goes from ⌊i·n / count⌋ to ⌈(i + 1)·n / count⌉.
"""

import itertools
import math

import numpy as np

from .choosing import BITS
from .convolution import wide

DIRECT = 32  # elements of a window up to which the maximum is compared with each of them to find it again


def taps(n, count, size, step, before, dilation):
    """For each place in a window, in order: for which windows it lies inside, and the elements there, as slices."""
    for k in range(size):
        shift = k * dilation - before
        first, last = max(0, -(shift // step)), min(count, (n - 1 - shift) // step + 1)
        if first < last:
            start = first * step + shift
            yield slice(first, last), slice(start, start + (last - first - 1) * step + 1, step)


def windows(n, count, size, step, before, dilation):
    """The elements of each window, as a slice."""
    if not size:
        yield from (slice(i * n // count, -(-(i + 1) * n // count)) for i in range(count))
        return
    for start in range(-before, count * step - before, step):
        yield slice(start % dilation if start < 0 else start, min(n, start + (size - 1) * dilation + 1), dilation)


def along(axis, place):
    """The index of a slice along an axis that is counted from the last."""
    return (..., place, *(slice(None),) * (-axis - 1))


def is_trivial(n, count, size, step, before, dilation):
    """Whether the windows are the elements."""
    return size == step == 1 and before == 0 and count == n


def combined(x, grid, combine, start):
    """Each window's elements, combined by an associative ufunc. `start`: what it gives for none."""
    given = x
    for axis, line in zip(range(-len(grid), 0), grid):
        if not is_trivial(*line):
            x = combined_along(x, axis, line, combine, start)
    return x.copy() if x is given else x


def combined_along(x, axis, line, combine, start):
    """`combined` in one dimension."""
    _, count, size, *_ = line
    shape = list(x.shape)
    shape[axis] = count
    if count < size or not size:
        out = np.empty(shape, x.dtype)
        for i, window in enumerate(windows(*line)):
            combine.reduce(x[along(axis, window)], axis, out=out[along(axis, i)], initial=start)
        return out
    pieces = [(along(axis, to), along(axis, place), to.stop - to.start == count) for to, place in taps(*line)]
    pieces.sort(key=lambda piece: not piece[2])  # those that all windows have come first
    complete = [place for _, place, whole in pieces[:2] if whole]
    if len(complete) == 2:
        out = combine(x[complete[0]], x[complete[1]], order="C")
    elif complete:
        out = x[complete[0]].copy()
    else:
        out = np.full(shape, start, x.dtype)
    for to, place, _ in pieces[len(complete) :]:
        there = out[to]
        combine(there, x[place], out=there)
    return out


def lowest(kind):
    """What is no larger than any number of a dtype."""
    return np.iinfo(kind).min if kind.kind in "iu" else -np.inf


def maximum(x, grid):
    """The largest element of each window, NaN if there is one."""
    return combined(x, grid, np.maximum, lowest(x.dtype))


def sums(x, grid):
    """The sum of each window."""
    return combined(x, grid, np.add, 0)


def spread(g, grid):
    """The adjoint of `sums`: each window's number, added to each of its elements."""
    given = g
    for axis, line in zip(range(-len(grid), 0), grid):
        if is_trivial(*line):
            continue
        n, count, size, *_ = line
        shape = list(g.shape)
        shape[axis] = n
        out = np.zeros(shape, g.dtype)
        if count < size or not size:
            for i, window in enumerate(windows(*line)):
                out[along(axis, window)] += g[along(axis, slice(i, i + 1))]
        else:
            for to, place in taps(*line):
                out[along(axis, place)] += g[along(axis, to)]
        g = out
    return g.copy() if g is given else g


def maximum_forward(x, grid):
    return maximum(x, grid), (x, grid)


def maximum_backward(g, residuals, needs):
    """Each window's gradient at its largest element, the first of several: found again, so that nothing is kept."""
    x, grid = residuals
    few = 0 < math.prod([size for _, _, size, *_ in grid]) <= DIRECT
    return (found_again if few else looked_up)(g, x, grid).astype(g.dtype, copy=False), None


def looked_up(g, x, grid):
    """The gradient by where the maxima lie: for windows of many elements, or of different sizes."""
    lead = x.shape[: -len(grid)]
    at = places(x, elements(grid)).reshape(math.prod(lead), math.prod(g.shape[len(lead) :]))
    at += (np.arange(len(at)) * math.prod(x.shape[len(lead) :]))[:, None]
    return np.bincount(at.reshape(-1), wide(g).reshape(-1), x.size).reshape(x.shape)


def found_again(g, x, grid):
    """The gradient by comparing the elements of each window with its maximum, one after the other."""
    out = maximum(x, grid)
    apart = all((size - 1) * dilation < step for _, _, size, step, _, dilation in grid)
    if not apart:
        g = wide(g)
    total = np.zeros(x.shape, g.dtype)
    bits, shared = (a.view(BITS[g.itemsize]) for a in (g, total))  # whose product with 0 is 0, Inf's and NaN's too
    free = np.ones(out.shape, bool)
    pieces = [
        ((..., *[to for to, _ in piece]), (..., *[place for _, place in piece]))
        for piece in itertools.product(*[list(taps(*line)) for line in grid])
    ]

    def put(to, place, here):
        left = free[to]
        here &= left
        left ^= here
        if apart:
            np.multiply(bits[to], here, out=shared[place])
        else:
            total[place] += (bits[to] * here).view(g.dtype)

    for to, place in pieces:
        put(to, place, x[place] == out[to])
    if free.any():  # a window with NaN; a result that is NaN equals nothing
        apart = False
        for to, place in reversed(pieces):
            put(to, place, x[place] != x[place])
    return total


def elements(grid):
    """For each dimension a table: the elements of each window. Of padding, the nearest element in the window."""
    tables = []
    for n, count, size, step, before, dilation in grid:
        if not size:
            at = np.arange(count)[:, None]
            starts, ends = at * n // count, -(-(at + 1) * n // count)
            tables.append(np.minimum(starts + np.arange((ends - starts).max(initial=1)), ends - 1))
            continue
        starts = np.arange(count)[:, None] * step - before
        first = np.where(starts < 0, -(starts // dilation), 0)
        last = np.minimum((n - 1 - starts) // dilation, size - 1)
        tables.append(np.clip(starts + np.clip(np.arange(size), first, last) * dilation, 0, n - 1))
    return tables


def places(x, tables):
    """Where the largest element of each window lies, counted through the last dimensions: the first of several, and
    of NaNs the last, as in PyTorch. `tables`: the elements of each window, for each dimension, as (windows, size), or
    as (N, C, windows, size) where each channel has its own.
    """
    sizes = x.shape[-len(tables) :]
    where = np.arange(math.prod(sizes)).reshape(sizes)
    if tables[0].ndim > 2:
        where = np.broadcast_to(where, x.shape)
    for axis, table in zip(range(-1, -len(tables) - 1, -1), reversed(tables)):
        best = place = None
        for k in range(table.shape[-1]):
            values, here = read(x, table[..., k], axis), read(where, table[..., k], axis)
            if best is None:
                best, place = values, here
            else:
                better = (values > best) | (values != values)
                best, place = np.maximum(best, values), place + (here - place) * better
        x, where = best, place
    return np.array(np.broadcast_to(where, x.shape))


def read(x, index, axis):
    """The elements at `index` along an axis: the same for all of x, or of (N, C, windows), others for each channel."""
    if index.ndim == 1:
        return np.take(x, index, axis)
    return np.take_along_axis(x, np.expand_dims(index, [d for d in range(2, x.ndim) if d != x.ndim + axis]), axis)
