"""Sums on raw arrays whose rounding errors do not grow with the number of terms.

NumPy adds in pairs along the axis that is fastest in memory, and one by one along all others: a million float32 of 0.1
that lie in a column come out 1 % too small. Here long columns are first shortened, by adding up blocks. That is as
exact as adding in pairs, for an error grows with the terms that one block adds, and several times as fast as NumPy,
which goes through narrow columns row by row.
"""

import math

import numpy as np

FLOAT32, FLOAT64, INT64 = np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.int64)

LONGEST = 256  # terms that are added one by one; to shorten such a column would take longer
BLOCK = 32  # terms of the blocks that shorten one
WIDE, CACHE = 2048, 2**18  # bytes of a row along which NumPy is fast, and of the sums that it can go on adding to


def accumulator(kind):
    """The dtype in which sums are formed: int64 for integers and bools, float32 for 16-bit floats, else None."""
    return INT64 if kind.kind in "biu" else FLOAT32 if kind.itemsize == 2 else None


def total(x, axis=None, keepdims=False):
    """Σ x over `axis` (None, an int or a tuple): of integers in int64, of 16-bit floats in float32, rounded once."""
    kind = x.dtype
    if kind is not FLOAT32 and kind is not FLOAT64:
        wide = accumulator(kind)
        if wide is INT64:
            return np.add.reduce(x, axis, wide, keepdims=keepdims)
        if wide is not None:
            return total(x.astype(wide), axis, keepdims).astype(kind)
    if x.size > LONGEST and (type(axis) is not int or x.shape[axis] > LONGEST):
        x = shortened(x, axis)
    return np.add.reduce(x, axis, keepdims=keepdims)


def shortened(x, axis):
    """An array with the same sums over `axis`, of which NumPy adds at most LONGEST terms one by one."""
    shape = x.shape
    if axis is None or (isinstance(axis, tuple) and len(axis) == len(shape)):
        if x.flags.forc:
            return x
        axes = list(range(x.ndim))
    elif isinstance(axis, tuple):
        axes = [a % x.ndim for a in axis]
        if math.prod([shape[a] for a in axes]) <= LONGEST:
            return x
    else:
        axes = [axis % x.ndim]
    run = in_one_run(x, axes)
    columns = [a for a in axes if a not in run]
    while math.prod([x.shape[a] for a in columns]) > LONGEST:
        x = in_blocks(x, max(columns, key=x.shape.__getitem__))
    return x


def in_one_run(x, axes):
    """Those of the axes that NumPy goes along first, as one: what lies on them is added in pairs."""
    strides = sorted([(abs(step), step, a) for a, step in enumerate(x.strides) if x.shape[a] > 1])
    run: list[int] = []
    end = 0
    if len(strides) > 1 and (not strides[0][0] or strides[0][0] == strides[1][0]):
        return run  # NumPy's order is another matter where elements share memory
    for _, step, a in strides:
        if a not in axes or (run and step != end):
            break
        run.append(a)
        end = step * x.shape[a]
    return run


def in_blocks(x, axis):
    """An array with the same sums over `axis`, which is shorter there."""
    n, row = x.shape[axis], abs(x.strides[axis])
    second = -(-n // BLOCK)  # every so many terms to a sum: for NumPy, many rows added as one
    wide = row >= WIDE and row * second > CACHE
    if wide:  # so many terms that follow each other to a sum
        second = max(2, min(4 * BLOCK, math.isqrt(n)))
    first = n // second
    used = first * second
    blocks = x[part(axis, 0, used)].reshape(*x.shape[:axis], first, second, *x.shape[axis + 1 :])
    out = np.add.reduce(blocks, axis + wide)
    if used < n:  # what is left are fewer than there are sums
        out[part(axis, 0, n - used)] += x[part(axis, used, n)]
    return out


def part(axis, start, stop):
    """The index of a slice along `axis`."""
    return (*(slice(None),) * axis, slice(start, stop))
