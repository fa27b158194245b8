"""Derivatives of reading and writing elements by index: reading is undone by adding into zeros, and the other way.

Indices are raw arrays, slices and ints: parameters, not operands.
"""

import numpy as np

from ..op import op
from ..views import replay


def is_basic(index):
    """Whether an index (a tuple) names each element at most once: slices, ints, None, Ellipsis and masks."""
    return not any(isinstance(i, np.ndarray) and i.dtype != bool for i in index)


@op(name="index", view=True)
def getitem(x, index):
    return x[index]


getitem.rules(x=lambda g, x_shape, index: place(g, x_shape, index))


@op(name="index_backward")
def place(x, shape, index):
    """Zeros of `shape` with x added in at `index`: the adjoint of reading there."""
    out = np.zeros(shape, x.dtype)
    if is_basic(index):
        out[index] = x
    else:
        np.add.at(out, index, x)
    return out


place.rules(x=lambda g, index: getitem(g, index))


@op(name="index_put")
def put(x, value, index, accumulate=False):
    """x with `value` written, or added, at `index`."""
    out = x.copy()
    if accumulate:
        np.add.at(out, index, value)
    else:
        out[index] = value
    return out


put.rules(
    x=lambda g, value_shape, index, accumulate: g if accumulate else put(g, np.zeros(value_shape, g.dtype), index),
    value=lambda g, index: getitem(g, index),
)


@op(name="copy_slices")
def assign(x, value, steps, order):
    """x with `value` in the view that `steps` make of it; `order` is the order of x's axes in memory."""
    out = np.empty([x.shape[i] for i in order], x.dtype).transpose(np.argsort(order))
    out[...] = x
    view = replay(steps, out)
    if not np.may_share_memory(view, out) and view.size:
        raise RuntimeError("a view of this memory layout cannot be written through; make the base contiguous() first")
    view[...] = value
    return out


assign.rules(
    x=lambda g, value_shape, steps, order: assign(g, np.zeros(value_shape, g.dtype), steps, order),
    value=lambda g, steps: replay(steps, g),
)


@op(np.take_along_axis, name="gather")
def take_along(x, indices, axis):
    return np.take_along_axis(x, indices, axis)


take_along.rules(x=lambda g, x_shape, indices, axis: add_along(np.zeros(x_shape, g.dtype), indices, g, axis))


def along(indices, axis):
    """The advanced index that reads, for each element of `indices`, that position along `axis`."""
    shape = indices.shape
    grid = [np.arange(n).reshape([-1 if i == d else 1 for i in range(len(shape))]) for d, n in enumerate(shape)]
    grid[axis] = indices
    return tuple(grid)


@op(name="scatter_add")
def add_along(x, indices, value, axis):
    """x with `value` added at the positions `indices` along `axis`."""
    out = x.copy()
    np.add.at(out, along(indices, axis), value)
    return out


add_along.rules(x=lambda g: g, value=lambda g, indices, axis: np.take_along_axis(g, indices, axis))


@op(name="scatter")
def put_along(x, indices, value, axis):
    """x with `value` written at the positions `indices` along `axis`."""
    out = x.copy()
    out[along(indices, axis)] = value
    return out


put_along.rules(
    x=lambda g, indices, axis: put_along(g, indices, 0, axis),
    value=lambda g, indices, axis: np.take_along_axis(g, indices, axis),
)
