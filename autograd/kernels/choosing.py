"""Choosing between raw arrays by their bits: many times as fast as `np.where` on a mask without a pattern."""

import numpy as np

BITS = {2: np.int16, 4: np.int32, 8: np.int64}  # integers as long as a float


def choose(condition, x, y):
    """x where the condition (bool) holds, else y: two arrays of one floating dtype, of which the first has the shape
    of all three together."""
    bits = BITS[x.dtype.itemsize]
    other = y.view(bits)
    out = x.view(bits) ^ other
    out *= condition
    out ^= other
    return out.view(x.dtype)
