"""Derivatives of the functions networks are made of, as one op each because chains of primitives would be slow."""

import math

import numpy as np

from ..kernels.sums import total
from ..op import op
from .elementwise import widened
from .linear_algebra import matmul, rows
from .reductions import count, sum


@op()
def linear(x, weight, bias):
    """x·weightᵀ + bias, for x (..., in), weight (out, in), bias (out) or None."""
    kind = x.dtype
    if kind.itemsize == 2 and kind.kind in "fV":  # as in matmul, and the sum with the bias is rounded once
        wide = [a if a is None else a.astype(np.float32) for a in (x, weight, bias)]
        return linear.forward(*wide).astype(kind)
    try:
        out = x.dot(weight.T) if x.ndim <= 2 else product(x, weight.T)
    except ValueError:
        raise RuntimeError(mismatch(x, weight)) from None
    if bias is not None:
        try:
            out += bias
        except ValueError:
            raise RuntimeError(
                f"linear: bias {list(bias.shape)} does not fit weight {list(weight.shape)}: it needs one value per row"
            ) from None
    return out


def mismatch(x, weight):
    """What does not fit in a call of `linear`."""
    n_out, n_in = weight.shape
    return (
        f"mat1 and mat2 shapes cannot be multiplied ({math.prod(x.shape[:-1])}x{x.shape[-1]} and {n_in}x{n_out}): "
        f"linear maps {n_in} features to {n_out}, and the input {list(x.shape)} has {x.shape[-1]} features in its last "
        "dimension"
    )


def product(x, matrix):
    """x·matrix for x of any rank, as one product of matrices."""
    if x.ndim <= 2:
        return dot(x, matrix)
    return np.reshape(dot(rows(x), matrix), (*x.shape[:-1], matrix.shape[1]))


def dot(x, y):
    """The product of two matrices; NumPy's dot reaches BLAS with less ado than matmul, but has none for 16 bits."""
    return matmul(x, y) if x.dtype.itemsize == 2 else np.dot(x, y)


linear.rules(
    x=lambda g, weight: product(g, weight),
    weight=lambda g, x: dot(g.mT, x) if x.ndim == 2 else dot(rows(g).mT, rows(x)),
    bias=lambda g: g,
)


@op(contiguous=True)
def softmax(x, axis):
    """exp(x) / Σ exp(x) along `axis`, computed from x - max x."""
    kind, x = x.dtype, widened(x)
    e = np.exp(x - np.maximum.reduce(x, axis, keepdims=True, initial=-np.inf))
    e /= total(e, axis, True)
    return e.astype(kind, copy=False)


def softmax_rule(g, out, axis):
    g, out = widened(g), widened(out)
    return out * (g - sum(g * out, axis, True))


softmax.rules(x=softmax_rule)


@op(contiguous=True)
def log_softmax(x, axis):
    """x - log Σ exp(x) along `axis`, computed from x - max x."""
    kind, x = x.dtype, widened(x)
    out = x - np.maximum.reduce(x, axis, keepdims=True, initial=-np.inf)
    out -= np.log(total(np.exp(out), axis, True))
    return out.astype(kind, copy=False)


def log_softmax_rule(g, out, axis):
    g = widened(g)
    return g - np.exp(widened(out)) * sum(g, axis, True)


log_softmax.rules(x=log_softmax_rule)


@op(name="mse_loss")
def mean_squared_error(x, y):
    """The mean of (x - y)², for operands of one shape and one floating dtype of 32 bits or more."""
    difference = x - y
    return total(difference * difference) / x.dtype.type(x.size)


mean_squared_error.rules(
    x=lambda g, x, y: (x - y) * (g * (2 / max(count(x.shape, None), 1))),
    y=lambda g, x, y: (y - x) * (g * (2 / max(count(x.shape, None), 1))),
)
