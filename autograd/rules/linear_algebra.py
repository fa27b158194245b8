"""Derivatives of matrix products."""

import math

import numpy as np

from ..op import op


@op(np.matmul)
def matmul(x, y):
    kind = x.dtype
    if kind.itemsize == 2 and kind.kind in "fV":
        # of float16 NumPy has no fast product, and of bfloat16 it makes float32; PyTorch, too, adds up in that
        return matmul.forward(x.astype(np.float32), y.astype(np.float32)).astype(kind)
    if y.ndim > 2 or not y.ndim or not x.ndim:
        return np.matmul(x, y)
    if x.ndim < 3:  # the same, with less ado
        return x.dot(y)
    if y.ndim == 1 or not x.flags.c_contiguous:
        return np.matmul(x, y)
    return rows(x).dot(y).reshape(*x.shape[:-1], y.shape[1])  # one tall product, where NumPy makes many


def t(x):
    return np.swapaxes(x, -1, -2)


def rows(x):
    """A vector as one row, a batch of matrices on top of each other."""
    return x if x.ndim == 2 else np.reshape(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def matmul_of_left(g, x_shape, y):
    """g·yᵀ; a vector is a matrix of one row on the left, of one column on the right."""
    if y.ndim == 1:
        return np.expand_dims(g, -1) * y
    if len(x_shape) == 1:
        return matmul(y, np.expand_dims(g, -1))[..., 0]
    return matmul(g, t(y))


def matmul_of_right(g, x, y_shape):
    """xᵀ·g."""
    if x.ndim == 1:
        return np.expand_dims(g, -2) * np.expand_dims(x, -1) if len(y_shape) > 1 else g * x
    if len(y_shape) == 1:
        return matmul(np.reshape(g, (math.prod(g.shape),)), rows(x))
    if len(y_shape) == 2 and x.ndim > 2:
        return matmul(t(rows(x)), rows(g))
    return matmul(t(x), g)


matmul.rules(x=matmul_of_left, y=matmul_of_right)
