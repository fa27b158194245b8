"""Derivatives of reductions and scans. `axis` is None, an int, or a tuple, as in NumPy.

The gradient of a reduction is small: the engine broadcasts it to the operand's shape. `spread` gives the reduced
axes back as axes of size 1, so that shapes line up.
"""

import numpy as np

from ..op import op


def spread(g, axis, keepdims):
    """A reduction's output with its reduced axes back, of size 1."""
    return g if keepdims or axis is None or axis == () else np.expand_dims(g, axis)


@op(np.sum)
def sum(x, axis=None, keepdims=False):
    return np.sum(x, axis=axis, keepdims=keepdims)


sum.rules(x=lambda g, axis, keepdims: spread(g, axis, keepdims))


def count(shape, axis):
    """How many elements each output of a reduction is made of."""
    axes = range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    size = 1
    for a in axes:
        size *= shape[a]
    return size


@op(np.mean)
def mean(x, axis=None, keepdims=False):
    return np.mean(x, axis=axis, keepdims=keepdims)


mean.rules(x=lambda g, x_shape, axis, keepdims: spread(g, axis, keepdims) / max(count(x_shape, axis), 1))


@op(np.amax)
def amax(x, axis=None, keepdims=False):
    return np.amax(x, axis=axis, keepdims=keepdims)


@op(np.amin)
def amin(x, axis=None, keepdims=False):
    return np.amin(x, axis=axis, keepdims=keepdims)


def share_ties(g, x, out, axis, keepdims):
    """The gradient goes to the extreme element; where several are equal, it is shared between them."""
    best = spread(out, axis, keepdims)
    ties = np.logical_or(np.equal(x, best), np.logical_and(np.isnan(x), np.isnan(best)))
    return spread(g, axis, keepdims) * ties / np.sum(ties, axis=axis, keepdims=True)


amax.rules(x=share_ties)
amin.rules(x=share_ties)


@op(np.cumsum)
def cumsum(x, axis):
    return np.cumsum(x, axis=axis)


cumsum.rules(x=lambda g, axis: np.flip(np.cumsum(np.flip(g, axis), axis), axis))
