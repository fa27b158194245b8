"""Telling elements apart, placing them between others, and counting them: nothing here but weights has a gradient."""

import math

import numpy as np

from ..op import op
from .elementwise import refuse_complex, widened


@op()
def unique(x, axis=None, consecutive=False):
    """Where each distinct element (or slice along `axis`) occurs first, which of them each one is, and the counts.

    They are counted in ascending order; if `consecutive`, each run of equal ones counts as one, in the order given.
    """
    refuse_complex(x, "unique")
    n = x.size if axis is None else x.shape[axis]
    x = widened(x)  # NumPy finds no order for bfloat16 with NaN
    items = np.ravel(x) if axis is None else np.moveaxis(x, axis, 0).reshape(n, x.size // max(n, 1))
    if consecutive or not n:
        order = np.arange(len(items))
    else:
        order = np.argsort(items, kind="stable") if axis is None else np.lexsort(items.T[::-1])
    items = items[order]
    new = np.ones(len(items), bool)
    new[1:] = items[1:] != items[:-1] if axis is None else np.any(items[1:] != items[:-1], 1)
    which = np.empty(len(items), np.int64)
    which[order] = np.cumsum(new) - 1
    starts = np.flatnonzero(new)
    return order[starts], which, np.diff(np.append(starts, len(items)))


@op()
def searchsorted(ordered, x, right):
    """Where x would have to be inserted to keep `ordered` sorted along its last axis; each lane has its own x."""
    if ordered.ndim == 1:
        return np.searchsorted(ordered, x, "right" if right else "left")
    n = math.prod(x.shape[:-1])  # which an empty array does not tell when it is reshaped
    lanes = zip(ordered.reshape(n, ordered.shape[-1]), x.reshape(n, x.shape[-1]))
    found = [searchsorted(lane, values, right) for lane, values in lanes]
    return np.array(found, np.int64).reshape(x.shape)


@op()
def histc(x, bins, low, high):
    """How many elements lie in each of `bins` equal parts of [low, high]; the last part includes `high`."""
    inside = x[(x >= low) & (x <= high)]
    places = ((inside - low) * bins / (high - low)).astype(np.int64)
    return np.bincount(np.minimum(places, bins - 1), minlength=bins).astype(x.dtype)


@op(np.bincount)
def bincount(x, weights=None, minlength=0):
    """How often each of 0, 1, 2, … occurs, or the sum of the weights there."""
    counted = np.bincount(x, weights, minlength)
    return counted if weights is None or weights.dtype != np.float32 or not x.size else counted.astype(np.float32)


bincount.rules(weights=lambda g, x: g[x])


@op(np.isin)
def isin(x, among, assume_unique=False, invert=False):
    return np.isin(x, among, assume_unique, invert)
