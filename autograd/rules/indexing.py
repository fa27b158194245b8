"""Derivatives of reading and writing elements by index: reading is undone by adding into zeros, and the other way.

Indices are raw arrays, slices and ints: parameters, not operands. `index` is what NumPy takes in brackets, a tuple;
`indices`, for the functions along an axis, is an array that gives for each element its place along that axis.
"""

import numpy as np

from ..kernels.sums import FLOAT32, accumulator, total
from ..op import op

LONG_ROW = 64  # from so many elements on, adding whole rows beats adding single elements


# ---- reading and writing in brackets


def is_basic(index):
    """Whether an index (a tuple) names each element at most once: slices, ints, None, Ellipsis and masks."""
    return not any(isinstance(i, np.ndarray) and i.dtype != bool for i in index)


def add_at(out, index, value, empty=False):
    """out[index] += value for a contiguous `out`, where an element that is named repeatedly gets all its additions.

    `empty`: `out` is all zeros.
    """
    if is_basic(index):
        out[index] += value
        return
    if len(index) == 1 and out[:1].size >= LONG_ROW:
        rows = index[0].reshape(-1)
        add_rows(out, rows, np.broadcast_to(value, index[0].shape + out.shape[1:]).reshape(-1, *out.shape[1:]), empty)
        return
    places = np.arange(out.size).reshape(out.shape)[index]
    # add.at is quick for vectors only
    np.add.at(out.reshape(-1), places.reshape(-1), np.broadcast_to(value, places.shape).reshape(-1))


def add_widely(add, out, *operands):
    """`add(out, *operands)`, which may add to an element many times: to 16-bit floats in float32, rounded once."""
    wide = out.astype(FLOAT32) if accumulator(out.dtype) is FLOAT32 else out
    add(wide, *operands)
    if wide is not out:
        out[...] = wide


def add_rows(out, rows, values, empty=False):
    """out[rows[i]] += values[i]: the first of each row at once, then the second of each, until few rows are left."""
    if not len(rows):
        return
    rows = np.where(rows < 0, rows + len(out), rows)
    if len(out) <= 2**16:
        rows = rows.astype(np.uint16)  # which NumPy sorts ten times as fast
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    starts = np.flatnonzero(np.concatenate(([True], rows[1:] != rows[:-1])))
    counts = np.diff(starts, append=len(rows))
    done, most, targets = 0, counts.max(), rows[starts]
    while done < most:
        if len(targets) <= most - done:
            for target, start, count in zip(targets.tolist(), starts.tolist(), counts.tolist()):
                rest = np.take(values, order[start + done : start + count], 0)
                out[target] += total(rest, 0).astype(out.dtype, copy=False)
            return
        chosen = np.take(values, order[starts + done], 0)
        if empty and not done:
            out[targets] = chosen
        else:
            out[targets] += chosen
        done += 1
        more = counts > done
        targets, starts, counts = targets[more], starts[more], counts[more]


def write(out, value, index, accumulate):
    """Writes `value`, or adds it, at `index` into an array."""
    if not accumulate:
        out[index] = value
    elif out.flags.c_contiguous:
        add_widely(add_at, out, index, value)
    else:
        total = out.copy()
        add_widely(add_at, total, index, value)
        out[...] = total


@op(name="index", view=True)
def getitem(x, index):
    got = x[index]
    if isinstance(got, np.ndarray):
        is_view = got.flags.c_contiguous or not any(isinstance(i, np.ndarray) for i in index)
        return got if is_view else got.copy()  # NumPy reads arrays of indices in x's order in memory
    whole = (*index, ...)  # an element is a view too, no NumPy scalar
    return x[whole]


@op(name="index_backward")
def place(x, shape, index):
    """Zeros of `shape` with x added in at `index`: the adjoint of reading there."""
    out = np.zeros(shape, x.dtype)
    if is_basic(index):
        out[index] = x
    else:
        add_widely(add_at, out, index, x, True)
    return out


getitem.rules(x=lambda g, x_shape, index: place(g, x_shape, index))
place.rules(x=lambda g, index: getitem(g, index))


@op(name="index_put")
def put(x, value, index, accumulate):
    """x with `value` written, or added, at `index`."""
    out = x.copy()
    write(out, value, index, accumulate)
    return out


put.rules(
    x=lambda g, index, accumulate: g if accumulate else put(g, 0, index, False),
    value=lambda g, index: getitem(g, index),
)


# ---- reading and writing along an axis


def places_along(indices, shape, axis):
    """Where in an array of `shape`, counted through it, each element of `indices` points."""
    places = np.zeros(indices.shape, np.intp)
    for d, n in enumerate(shape):
        places *= n
        here = np.arange(indices.shape[d])
        places += indices if d == axis % len(shape) else here.reshape(-1, *(1,) * (len(shape) - d - 1))
    return places.reshape(-1)


@op(name="gather")
def take_along(x, indices, axis):
    """The elements of x at `indices` along `axis`; in the other dimensions `indices` may be the smaller."""
    return np.take(x, places_along(indices, x.shape, axis)).reshape(indices.shape)


def take_along_axis(x, indices, axis=-1):
    """`np.take_along_axis` of a tensor: as NumPy does, it broadcasts the other dimensions."""
    axis %= len(x.shape)
    shapes = [tuple(1 if d == axis else n for d, n in enumerate(np.shape(a))) for a in (x._array, indices)]
    if shapes[0] != shapes[1]:
        common = np.broadcast_shapes(*shapes)
        x = np.broadcast_to(x, (*common[:axis], x.shape[axis], *common[axis + 1 :]))
        indices = np.broadcast_to(indices, (*common[:axis], indices.shape[axis], *common[axis + 1 :]))
    return take_along(x, np.where(indices < 0, indices + x.shape[axis], indices), axis)


@op(name="gather_backward")
def place_along(x, shape, indices, axis):
    """Zeros of `shape` with x added in at `indices` along `axis`: the adjoint of reading there."""
    out = np.zeros(shape, x.dtype)
    add_widely(np.add.at, out.reshape(-1), places_along(indices, shape, axis), x.reshape(-1))
    return out


take_along.rules(x=lambda g, x_shape, indices, axis: place_along(g, x_shape, indices, axis))
place_along.rules(x=lambda g, indices, axis: take_along(g, indices, axis))


@op(name="scatter_add")
def add_along(x, value, indices, axis):
    """x with `value` added at `indices` along `axis`."""
    out = x.copy()
    add_widely(np.add.at, out.reshape(-1), places_along(indices, x.shape, axis), value.reshape(-1))
    return out


add_along.rules(x=lambda g: g, value=lambda g, indices, axis: take_along(g, indices, axis))


@op(name="scatter")
def put_along(x, value, indices, axis):
    """x with `value`, an array or a number, written at `indices` along `axis`."""
    out = x.copy()
    out.reshape(-1)[places_along(indices, x.shape, axis)] = np.reshape(value, -1)
    return out


put_along.rules(
    x=lambda g, indices, axis: put_along(g, 0, indices, axis),
    value=lambda g, indices, axis: take_along(g, indices, axis),
)


@op(name="scatter_prod")
def multiply_along(x, value, indices, axis):
    """x with `value` multiplied in at `indices` along `axis`."""
    out = x.copy()
    np.multiply.at(out.reshape(-1), places_along(indices, x.shape, axis), value.reshape(-1))
    return out


def multiply_along_rule(g, x, value, indices, axis, out):
    """g times the product of the other factors: the output divided by this one or, if it alone is 0, without it."""
    zero = np.equal(value, 0)
    zeros = take_along(place_along(np.where(zero, 1.0, 0.0), x.shape, indices, axis), indices, axis)
    alone = np.logical_and(zero, np.equal(zeros, 1))
    if not isinstance(g, np.ndarray) and np.any(np.greater(zeros, 1)):
        raise RuntimeError(
            "scatter_reduce(): Double backward is unsupported for src when >1 zeros in src are scattered to the same "
            "position in self"
        )
    without = multiply_along(x, np.where(alone, 1, value), indices, axis)
    return np.where(
        alone, take_along(g * without, indices, axis), take_along(g * out, indices, axis) / np.where(zero, 1, value)
    )


multiply_along.rules(
    x=lambda g, x, value, indices, axis: g * multiply_along(np.full_like(x, 1), value, indices, axis),
    value=multiply_along_rule,
)


@op(name="scatter_extreme")
def extreme_along(x, value, indices, axis, largest):
    """x with the larger (or smaller) of it and all of `value` that meets it at `indices` along `axis`."""
    out = x.copy()
    better = np.maximum if largest else np.minimum
    better.at(out.reshape(-1), places_along(indices, x.shape, axis), value.reshape(-1))
    return out


def equal_winners(g, x, value, indices, axis, out):
    """Whether x, whether each value, is the extreme; and the gradient as shared among all that are."""
    mine, theirs = np.equal(x, out), np.equal(value, take_along(out, indices, axis))
    winners = mine + place_along(np.where(theirs, 1.0, 0.0), x.shape, indices, axis)
    return mine, theirs, g / np.where(np.equal(winners, 0), 1, winners)


def extreme_of_input(g, x, value, indices, axis, out):
    mine, _, share = equal_winners(g, x, value, indices, axis, out)
    return share * mine


def extreme_of_value(g, x, value, indices, axis, out):
    _, theirs, share = equal_winners(g, x, value, indices, axis, out)
    return take_along(share, indices, axis) * theirs


extreme_along.rules(x=extreme_of_input, value=extreme_of_value)
