"""Derivatives of functions that move elements without changing them: each rule is the move back.

Splitting and joining, reading a diagonal and writing one, padding and cropping, sliding windows and adding windows up
are pairs: each is the other's derivative, so that the pair is closed under differentiation.
"""

import functools
import itertools

import numpy as np
from numpy.lib.stride_tricks import as_strided as strided

from .. import dtypes
from ..op import op
from ..views import owner, replay
from .copying import clone
from .indexing import getitem, place

# ---- shape and order of dimensions


@op(np.reshape, name="view", view=True)
def reshape(x, shape):
    return x.reshape(shape)


reshape.rules(x=lambda g, x_shape: np.reshape(g, x_shape))


@op(name="view_dtype", view=True)
def view_dtype(x, kind):
    """The same bytes read as another number type. It has no derivative."""
    return x.view(kind)


def inverse(axes):
    """The permutation that undoes `axes`."""
    back = [0] * len(axes)
    for i, axis in enumerate(axes):
        back[axis] = i
    return tuple(back)


@op(np.transpose, name="permute", view=True)
def transpose(x, axes=None):
    return x.transpose(axes)


transpose.rules(x=lambda g, axes: np.transpose(g, axes and inverse(axes)))


@op(np.swapaxes, name="transpose", view=True)
def swapaxes(x, axis1, axis2):
    return x.swapaxes(axis1, axis2)


swapaxes.rules(x=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2))


@op(np.expand_dims, name="unsqueeze", view=True)
def expand_dims(x, axis):
    if type(axis) is int and 0 <= axis <= x.ndim:
        return x.reshape(*x.shape[:axis], 1, *x.shape[axis:])  # NumPy's own takes ten times as long
    return np.expand_dims(x, axis)


expand_dims.rules(x=lambda g, x_shape: np.reshape(g, x_shape))


@op(np.squeeze, view=True)
def squeeze(x, axis=None):
    return x.squeeze(axis)[...]  # where nothing is to be done NumPy returns x itself


squeeze.rules(x=lambda g, x_shape: np.reshape(g, x_shape))


@op(name="expand", view=True)
def broadcast_to(x, shape):
    lead = len(shape) - x.ndim
    quick = x.flags.c_contiguous and lead >= 0 and x.dtype.kind != "V"
    if quick and all(n in (1, m) for n, m in zip(x.shape, shape[lead:])):
        strides = [s if n == m else 0 for n, m, s in zip(x.shape, shape[lead:], x.strides)]
        return np.ndarray(shape, x.dtype, x, 0, (*(0,) * lead, *strides))  # NumPy's own takes ten times as long
    view = np.broadcast_to(x, shape)
    if x.flags.writeable:
        view.flags.writeable = True  # where nothing repeats it may be written to; the writer looks for itself
    return view


broadcast_to.rules(x=lambda g: g)  # the engine sums over what was broadcast


@op(np.flip)
def flip(x, axis=None):
    return clone(np.flip(x, axis))


flip.rules(x=lambda g, axis: np.flip(g, axis))


@op(np.roll, contiguous=True)
def roll(x, shift, axis=None):
    return np.roll(x, shift, axis)


def back(shift):
    return tuple(-s for s in shift) if isinstance(shift, tuple) else -shift


roll.rules(x=lambda g, shift, axis: np.roll(g, back(shift), axis))

# ---- joining and splitting


def alike(xs):
    """Arrays brought to their common dtype by PyTorch's rules, which differ from NumPy's."""
    kinds = {x.dtype for x in xs}
    if len(kinds) == 1:
        return xs
    kind = functools.reduce(dtypes.promote, kinds)
    return [x.astype(kind, copy=False) for x in xs]


@op(name="cat", variadic=True, contiguous=True)
def concatenate(xs, axis=0):
    return np.concatenate(alike(xs), axis)


def part(g, i, xs_shape, axis):
    """The slice of the gradient that belongs to operand i."""
    start = sum(shape[axis] for shape in xs_shape[:i])
    return g[(slice(None),) * (axis % g.ndim) + (slice(start, start + xs_shape[i][axis]),)]


concatenate.rules(xs=part)


@op(variadic=True, contiguous=True)
def stack(xs, axis=0):
    return np.stack(alike(xs), axis)


stack.rules(xs=lambda g, i, axis: g[(slice(None),) * (axis % g.ndim) + (i,)])


@op(np.split, view=True)
def split(x, indices, axis=0):
    if isinstance(indices, int):
        return tuple(np.split(x, indices, axis))
    lead, bounds = (slice(None),) * (axis % x.ndim), [None, *indices, None]
    parts = [(*lead, slice(start, stop)) for start, stop in itertools.pairwise(bounds)]
    return tuple([x[part] for part in parts])


split.rules(x=lambda g, axis: np.concatenate(g, axis))


@op(name="unbind", view=True)
def unbind(x, axis):
    rows = np.moveaxis(x, axis, 0)
    return tuple(rows[i, ...] for i in range(len(rows)))  # with `...` also a single element is a view


unbind.rules(x=lambda g, axis: np.stack(g, axis))

# ---- triangles and diagonals


@op(np.tril, contiguous=True)
def tril(x, k=0):
    return np.tril(x, k)


tril.rules(x=lambda g, k: np.tril(g, k))


@op(np.triu, contiguous=True)
def triu(x, k=0):
    return np.triu(x, k)


triu.rules(x=lambda g, k: np.triu(g, k))


@op(np.diagonal, view=True)
def diagonal(x, offset=0, axis1=0, axis2=1):
    view = np.diagonal(x, offset, axis1, axis2)
    if x.flags.writeable:
        view.flags.writeable = True  # NumPy's is read-only by default
    return view


@op(name="diag_embed")
def embed_diagonal(x, shape, offset, axis1, axis2):
    """Zeros of `shape` with x on the diagonal: what is read by `diagonal`, written."""
    out = np.zeros(shape, x.dtype)
    view = np.diagonal(out, offset, axis1, axis2)
    view.flags.writeable = True
    view[...] = x
    return out


diagonal.rules(x=lambda g, x_shape, offset, axis1, axis2: embed_diagonal(g, x_shape, offset, axis1, axis2))
embed_diagonal.rules(x=lambda g, offset, axis1, axis2: np.diagonal(g, offset, axis1, axis2))

# ---- padding


@op(name="constant_pad_nd")
def pad(x, widths, value=0):
    """x with `value` around it. `widths`: (before, after) for each axis; a negative width crops."""
    shape = [n + before + after for n, (before, after) in zip(x.shape, widths)]
    out = np.full(shape, value, x.dtype) if value else np.zeros(shape, x.dtype)
    inner = tuple(slice(max(before, 0), n - max(after, 0)) for n, (before, after) in zip(shape, widths))
    outer = tuple(slice(max(-before, 0), n - max(-after, 0)) for n, (before, after) in zip(x.shape, widths))
    out[inner] = x[outer]
    return out


pad.rules(x=lambda g, widths: pad(g, [(-before, -after) for before, after in widths]))


def borders(n, before, after, mode):
    """How a border is filled: pairs of slices (written, read) of an axis that has n elements between its borders."""
    end = before + n
    if mode == "reflect":
        read = slice(2 * before, before, -1), slice(end - 2, end - 2 - after if end - 2 - after >= 0 else None, -1)
    elif mode == "replicate":
        read = slice(before, before + 1), slice(end - 1, end)
    else:
        read = slice(n, end), slice(before, before + after)
    return [
        (written, read)
        for written, read, width in zip((slice(before), slice(end, end + after)), read, (before, after))
        if width
    ]


@op(name="pad_border")
def pad_border(x, widths, mode):
    """x with a border made of its own elements. `widths`: (before, after) for each axis, none longer than allowed."""
    out = np.empty([n + before + after for n, (before, after) in zip(x.shape, widths)], x.dtype)
    out[tuple(slice(before, before + n) for n, (before, after) in zip(x.shape, widths))] = x
    for axis, (n, (before, after)) in enumerate(zip(x.shape, widths)):
        lanes = out.swapaxes(0, axis)
        for written, read in borders(n, before, after, mode):
            lanes[written] = lanes[read]
    return out


@op(name="pad_border_backward")
def fold_border(x, widths, mode):
    """x without its border, which is added to where `pad_border` reads it."""
    total = x.copy()
    shape = [n - before - after for n, (before, after) in zip(x.shape, widths)]
    for axis, (n, (before, after)) in reversed(list(enumerate(zip(shape, widths)))):
        lanes = total.swapaxes(0, axis)
        for written, read in borders(n, before, after, mode):
            lanes[read] += lanes[written].sum(0, keepdims=True) if mode == "replicate" else lanes[written]
    return total[tuple(slice(before, before + n) for n, (before, after) in zip(shape, widths))]


pad_border.rules(x=lambda g, widths, mode: fold_border(g, widths, mode))
fold_border.rules(x=lambda g, widths, mode: pad_border(g, widths, mode))

# ---- sliding windows


@op(name="unfold", view=True)
def windows(x, axes, sizes, steps, dilations):
    """Every window of `sizes` along `axes`, `steps` apart, as a view.

    An axis becomes the axis of window positions; the axes within a window come last, in the order of `axes`.
    """
    shape, strides = list(x.shape), list(x.strides)
    for axis, size, step, dilation in zip(axes, sizes, steps, dilations):
        shape.append(size)
        strides.append(strides[axis] * dilation)
        shape[axis] = (shape[axis] - dilation * (size - 1) - 1) // step + 1
        strides[axis] *= step
    return strided(x, shape, strides, writeable=x.flags.writeable)


@op(name="unfold_backward")
def fold(x, shape, axes, sizes, steps, dilations):
    """Zeros of `shape` with each window of x added where `windows` reads it."""
    out = np.zeros(shape, x.dtype)
    counts = [x.shape[axis] for axis in axes]
    last = range(-len(axes), 0)
    # One addition for each place in a window, or one for each window: whichever are fewer.
    if np.prod(sizes) <= np.prod(counts):
        for inside in itertools.product(*map(range, sizes)):
            where = [slice(None)] * out.ndim
            for axis, i, count, step, dilation in zip(axes, inside, counts, steps, dilations):
                where[axis] = slice(i * dilation, i * dilation + (count - 1) * step + 1, step)
            there = (..., *inside)
            out[tuple(where)] += x[there]
    else:
        for position in itertools.product(*map(range, counts)):
            where, window = [slice(None)] * out.ndim, [slice(None)] * x.ndim
            for axis, i, size, step, dilation in zip(axes, position, sizes, steps, dilations):
                where[axis] = slice(i * step, i * step + (size - 1) * dilation + 1, dilation)
                window[axis] = slice(i, i + 1)
            out[tuple(where)] += np.moveaxis(np.squeeze(x[tuple(window)], tuple(axes)), last, axes)
    return out


windows.rules(
    x=lambda g, x_shape, axes, sizes, steps, dilations: fold(g, x_shape, axes, sizes, steps, dilations),
)
fold.rules(x=lambda g, axes, sizes, steps, dilations: windows(g, axes, sizes, steps, dilations))

# ---- any view at all


def memory(x):
    """All the memory x lies in, as a vector, and the place of x's first element there."""
    root = owner(x)
    if not root.size:
        return x.reshape(-1), 0
    low, high = np.lib.array_utils.byte_bounds(root)
    first = root[tuple(slice(-1, None) if stride < 0 else slice(1) for stride in root.strides)]
    vector = strided(first, ((high - low) // root.itemsize,), (root.itemsize,)).view(x.dtype)
    return vector, (x.__array_interface__["data"][0] - low) // x.itemsize


def elements(x):
    """The strides of an array, counted in elements."""
    return tuple(stride // x.itemsize for stride in x.strides)


def positions(shape, strides, start):
    """The place in memory of every element of an array of this geometry."""
    places = np.full(shape, start, np.int64)
    for axis, (n, stride) in enumerate(zip(shape, strides)):
        places += stride * np.arange(n).reshape([-1 if i == axis else 1 for i in range(len(shape))])
    return places


def span(x_shape, shape, strides, offset, layout):
    """The places in memory of x and of what `as_strided` reads, counted from the lower end, and how many that takes."""
    mine, read = positions(x_shape, layout, 0), positions(shape, strides, offset)
    low = min(mine.min(initial=0), read.min(initial=0))
    return mine - low, read - low, max(mine.max(initial=0), read.max(initial=0)) - low + 1


@op(view=True)
def as_strided(x, shape, strides, offset, layout):
    """The memory of x, from `offset` elements after its first, read with this geometry. `layout`: x's own strides."""
    vector, start = memory(x)
    first = start + offset
    last = first + sum((n - 1) * stride for n, stride in zip(shape, strides))
    if elements(x) != layout or not (0 in shape or 0 <= first <= last < vector.size):
        return strided_values(x, shape, strides, offset, layout)  # another array in the place of x
    return strided(vector[first:], shape, [stride * x.itemsize for stride in strides])


def strided_values(x, shape, strides, offset, layout):
    """What `as_strided` reads in a memory that holds x and else zeros."""
    mine, read, size = span(x.shape, shape, strides, offset, layout)
    return getitem(place(x, (size,), (mine,)), (read,))


def of_strided(g, x_shape, shape, strides, offset, layout):
    """Adds the gradient up in memory and reads it as x lies there, shared between elements of x in one place."""
    mine, read, size = span(x_shape, shape, strides, offset, layout)
    total = place(g, (size,), (read,))
    return getitem(total, (mine,)) / np.bincount(np.ravel(mine), minlength=1)[mine]


as_strided.rules(x=of_strided)


def strided_base(base, x, shape, strides, offset, layout):
    """The parameters with which `as_strided` of a base is the same view as with these of x; None if there are none."""
    distance = x.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    if base.dtype != x.dtype or distance % x.itemsize:
        return None
    return shape, strides, offset + distance // x.itemsize, elements(base)


as_strided.of_base = strided_base

# ---- writing into a view


@op(name="copy_slices", holomorphic=False)  # a step may take complex numbers apart
def assign(x, value, steps, order):
    """x with `value` in the view that `steps` make of it; `order` is the order of x's axes in memory."""
    places = None
    if steps[0][0] is as_strided:  # it reads memory beside x too
        shape, strides, *_ = geometry = steps[0][1]
        places, read, size = span(x.shape, *geometry)
        out = np.zeros(size, x.dtype)
        out[places] = x
        steps = ((as_strided, (shape, strides, int(read.flat[0]) if read.size else 0, (1,))), *steps[1:])
    else:
        out = np.empty([x.shape[i] for i in order], x.dtype).transpose(np.argsort(order))
        out[...] = x
    view = replay(steps, out)
    if not np.may_share_memory(view, out) and view.size:
        raise RuntimeError("a view of this memory layout cannot be written through; make the base contiguous() first")
    view[...] = value
    return out if places is None else getitem(out, (places,))


def read_values(steps, g):
    """What the steps read of a gradient, and of nothing that lies beside it in memory."""
    for step, parameters in steps:
        g = (strided_values if step is as_strided else step)(g, *parameters)
    return g


assign.rules(
    x=lambda g, steps, order: assign(g, 0, steps, order),
    value=lambda g, steps: read_values(steps, g),
)
