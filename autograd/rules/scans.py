"""Derivatives of scans, whose outputs depend on all elements up to a place along one axis."""

import numpy as np

from ..kernels.sums import INT64
from ..op import op
from .elementwise import refuse_complex, sigmoid, widened


def accumulate(ufunc, x, axis):
    """What a ufunc makes of all elements up to each: of integers in int64, else in double precision, rounded once."""
    kind = x.dtype
    wide = INT64 if kind.kind in "biu" else np.complex128 if kind.kind == "c" else np.float64
    if kind == wide:
        return ufunc.accumulate(x, axis)
    out = x.astype(wide)  # faster than accumulate's own conversion
    ufunc.accumulate(out, axis, None, out)
    return out if wide is INT64 else out.astype(kind)


def cut(axis, start, stop):
    """The index that takes a slice along `axis`, not negative."""
    return (slice(None),) * axis + (slice(start, stop),)


def before(scanned, axis):
    """A running product shifted by one place: of the elements before each one, 1 for the first."""
    axis %= scanned.ndim
    return np.concatenate([np.ones_like(scanned[cut(axis, 0, 1)]), scanned[cut(axis, None, -1)]], axis)


@op(contiguous=True)
def cumsum(x, axis):
    return accumulate(np.add, x, axis)


cumsum.rules(x=lambda g, axis: np.flip(cumsum(np.flip(g, axis), axis), axis))


@op()
def recurrence(x, factor, axis, reverse=False):
    """out[i] = x[i] + factor[i-1]·out[i-1] along `axis`, which in `factor` is shorter by one; `reverse`: from the end.

    The adjoint of many scans, and, run the other way, of itself: with it no rule has to divide by an element.
    """
    out = x.copy()
    lane, step = np.moveaxis(out, axis, 0), np.moveaxis(factor, axis, 0)
    if reverse:
        lane, step = lane[::-1], step[::-1]
    n = len(lane)
    if n * n <= 8 * out.size:  # many lanes: go along them all at once
        for i in range(1, n):
            lane[i] += step[i - 1] * lane[i - 1]
    else:  # few: in log n rounds, each of which doubles how far back an element has looked
        step = np.concatenate([np.zeros_like(lane[:1]), step])
        reach = 1
        while reach < n:
            lane[reach:] += step[reach:] * lane[:-reach]
            step[reach:] = step[reach:] * step[:-reach]
            reach *= 2
    return out


def recurrence_of_factor(g, factor, out, axis, reverse):
    """The gradient of each place, times what the place was given."""
    axis %= out.ndim
    arrived = recurrence(g, factor, axis, not reverse)
    given, taken = cut(axis, None, -1), cut(axis, 1, None)
    return arrived[given] * out[taken] if reverse else arrived[taken] * out[given]


recurrence.rules(
    x=lambda g, factor, axis, reverse: recurrence(g, factor, axis, not reverse), factor=recurrence_of_factor
)


@op(contiguous=True)
def cumprod(x, axis):
    return accumulate(np.multiply, x, axis)


def cumprod_rule(g, x, out, axis):
    """∂out[k]/∂x[i] is the product of all elements up to k but x[i]: right where there are zeros, too."""
    axis %= x.ndim
    g, x, out = widened(g), widened(x), widened(out)
    return before(out, axis) * recurrence(g, x[cut(axis, 1, None)], axis, True)


cumprod.rules(x=cumprod_rule)


def log_add(x, y):
    """log(exp x + exp y) of complex numbers, for which np.logaddexp is not defined."""
    top = np.maximum(x.real, y.real)
    top = np.where(np.isfinite(top), top, 0)
    return np.log(np.exp(x - top) + np.exp(y - top)) + top


@op(contiguous=True)
def logcumsumexp(x, axis):
    if x.dtype.kind == "c":
        out = x.copy()
        lane = np.moveaxis(out, axis, 0)
        for i in range(1, len(lane)):
            lane[i] = log_add(lane[i - 1], lane[i])
        return out
    return accumulate(np.logaddexp, x, axis)


def logcumsumexp_rule(g, x, out, axis):
    """out[i] = log(exp out[i-1] + exp x[i]): the share of the first in it is a sigmoid, which never overflows."""
    axis %= x.ndim
    g, x, out = widened(g), widened(x), widened(out)
    passed_on = sigmoid(out[cut(axis, None, -1)] - x[cut(axis, 1, None)])
    return recurrence(g, passed_on, axis, True) * np.exp(x - out)


logcumsumexp.rules(x=logcumsumexp_rule)


def last_extreme(ufunc, x, axis):
    """For each place the position of the running extreme, of equal ones the last. NaN counts as the extreme."""
    best = ufunc.accumulate(x, axis)
    places = np.arange(x.shape[axis]).reshape([-1 if i == axis else 1 for i in range(x.ndim)])
    return np.maximum.accumulate(np.where((x == best) | (x != x), places, 0), axis)


@op(contiguous=True)
def argcummax(x, axis):
    refuse_complex(x, "cummax")
    return last_extreme(np.maximum, x, axis)


@op(contiguous=True)
def argcummin(x, axis):
    refuse_complex(x, "cummin")
    return last_extreme(np.minimum, x, axis)
