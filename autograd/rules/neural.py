"""Derivatives of the functions networks are made of, as one op each because chains of primitives would be slow."""

import numpy as np

from ..op import op
from .reductions import count


@op()
def linear(x, weight, bias):
    """x·weightᵀ + bias, for x (..., in), weight (out, in), bias (out) or None."""
    try:
        out = product(x, weight.T)
        if bias is not None:
            out += bias
    except ValueError:
        raise RuntimeError(mismatch(x, weight, bias)) from None
    return out


def mismatch(x, weight, bias):
    """What does not fit in a call of `linear`."""
    n_in = weight.shape[-1]
    if x.ndim and x.shape[-1] == n_in:
        return f"linear: bias {list(bias.shape)} does not fit weight {list(weight.shape)}: it needs one value per row"
    rows = "x".join(map(str, (int(np.prod(x.shape[:-1])), *x.shape[-1:])))
    return (
        f"mat1 and mat2 shapes cannot be multiplied ({rows} and {n_in}x{weight.shape[0]}): linear maps {n_in} features "
        f"to {weight.shape[0]}, and the input {list(x.shape)} has {x.shape[-1] if x.ndim else 'no'} features in its "
        "last dimension"
    )


def rows(x):
    """A batch of any shape as the rows of a matrix."""
    return x if x.ndim == 2 else np.reshape(x, (-1, x.shape[-1]))


def product(x, matrix):
    """x·matrix for x of any rank, as one product of matrices; NumPy's dot reaches BLAS with less ado than matmul."""
    if x.ndim <= 2:
        return np.dot(x, matrix)
    return np.reshape(np.dot(rows(x), matrix), (*x.shape[:-1], matrix.shape[1]))


linear.rules(
    x=lambda g, weight: product(g, weight),
    weight=lambda g, x: np.dot(np.transpose(rows(g), (1, 0)), rows(x)),
    bias=lambda g: g,
)


@op()
def softmax(x, axis):
    """exp(x) / Σ exp(x) along `axis`, computed from x - max x."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    e /= np.sum(e, axis=axis, keepdims=True)
    return e


softmax.rules(x=lambda g, out, axis: out * (g - np.sum(g * out, axis=axis, keepdims=True)))


@op()
def log_softmax(x, axis):
    """x - log Σ exp(x) along `axis`, computed from x - max x."""
    out = x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    out -= np.log(np.sum(np.exp(out), axis=axis, keepdims=True))
    return out


log_softmax.rules(x=lambda g, out, axis: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True))


@op(name="mse_loss")
def mean_squared_error(x, y):
    """The mean of (x - y)², for operands of one shape."""
    difference = x - y
    return np.add.reduce(difference * difference, None) / x.dtype.type(x.size)


mean_squared_error.rules(
    x=lambda g, x, y, x_shape: (x - y) * (g * (2 / max(count(x_shape, None), 1))),
    y=lambda g, x, y, x_shape: (y - x) * (g * (2 / max(count(x_shape, None), 1))),
)
