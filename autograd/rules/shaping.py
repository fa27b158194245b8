"""Derivatives of functions that move elements without changing them: each rule is the move back."""

import numpy as np

from ..op import op


@op(np.reshape, view=True)
def reshape(x, shape):
    return np.reshape(x, shape)


reshape.rules(x=lambda g, x_shape: np.reshape(g, x_shape))


def inverse(axes):
    """The permutation that undoes `axes`."""
    back = [0] * len(axes)
    for i, axis in enumerate(axes):
        back[axis] = i
    return tuple(back)


@op(np.transpose, name="permute", view=True)
def transpose(x, axes):
    return np.transpose(x, axes)


transpose.rules(x=lambda g, axes: np.transpose(g, inverse(axes)))


@op(np.swapaxes, name="transpose", view=True)
def swapaxes(x, axis1, axis2):
    return np.swapaxes(x, axis1, axis2)


swapaxes.rules(x=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2))


@op(np.expand_dims, name="unsqueeze", view=True)
def expand_dims(x, axis):
    return np.expand_dims(x, axis)


expand_dims.rules(x=lambda g, x_shape: np.reshape(g, x_shape))


@op(np.squeeze, view=True)
def squeeze(x, axis=None):
    return np.squeeze(x, axis)


squeeze.rules(x=lambda g, x_shape: np.reshape(g, x_shape))


@op(np.broadcast_to, name="expand", view=True)
def broadcast_to(x, shape):
    return np.broadcast_to(x, shape)


broadcast_to.rules(x=lambda g: g)  # the engine sums over what was broadcast


@op(np.flip)
def flip(x, axis=None):
    return np.flip(x, axis).copy()


flip.rules(x=lambda g, axis: np.flip(g, axis))


@op(np.roll)
def roll(x, shift, axis=None):
    return np.roll(x, shift, axis)


def back(shift):
    return -shift if isinstance(shift, int) else tuple(-s for s in shift)


roll.rules(x=lambda g, shift, axis: np.roll(g, back(shift), axis))


@op(np.concatenate, name="cat", variadic=True)
def concatenate(xs, axis=0):
    return np.concatenate(xs, axis)


def part(g, i, xs_shape, axis):
    """The slice of the gradient that belongs to operand i."""
    start = sum(shape[axis] for shape in xs_shape[:i])
    return g[(slice(None),) * (axis % g.ndim) + (slice(start, start + xs_shape[i][axis]),)]


concatenate.rules(xs=part)


@op(np.stack, variadic=True)
def stack(xs, axis=0):
    return np.stack(xs, axis)


stack.rules(xs=lambda g, i, axis: g[(slice(None),) * (axis % g.ndim) + (i,)])


@op(np.split, view=True)
def split(x, indices, axis=0):
    return tuple(np.split(x, indices, axis))


split.rules(x=lambda g, axis: np.concatenate(g, axis))


@op(name="unbind", view=True)
def unbind(x, axis):
    return tuple(np.moveaxis(x, axis, 0))


unbind.rules(x=lambda g, axis: np.stack(g, axis))


@op(np.tril)
def tril(x, k=0):
    return np.tril(x, k)


tril.rules(x=lambda g, k: np.tril(g, k))


@op(np.triu)
def triu(x, k=0):
    return np.triu(x, k)


triu.rules(x=lambda g, k: np.triu(g, k))


@op(np.diagonal, view=True)
def diagonal(x, offset=0, axis1=0, axis2=1):
    view = np.diagonal(x, offset, axis1, axis2)
    if x.flags.writeable:
        view.flags.writeable = True  # NumPy's is read-only by default
    return view


diagonal.rules(
    x=lambda g, x_shape, offset, axis1, axis2: embed_diagonal(g, x_shape, offset, axis1, axis2),
)


@op(name="embed_diagonal")
def embed_diagonal(x, shape, offset, axis1, axis2):
    """Zeros of `shape` with x on the diagonal: what is read by `diagonal`, written."""
    out = np.zeros(shape, x.dtype)
    view = np.diagonal(out, offset, axis1, axis2)
    view.flags.writeable = True
    view[...] = x
    return out


embed_diagonal.rules(x=lambda g, offset, axis1, axis2: np.diagonal(g, offset, axis1, axis2))
