"""Derivatives of matrix products."""

import numpy as np

from ..op import op


@op(np.matmul)
def matmul(x, y):
    return np.matmul(x, y)


def t(x):
    return np.swapaxes(x, -1, -2)


def matmul_of_left(g, x_shape, y):
    """g·yᵀ; a vector is a matrix of one row on the left, of one column on the right."""
    if y.ndim == 1:
        return np.expand_dims(g, -1) * y
    if len(x_shape) == 1:
        return np.matmul(y, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, t(y))


def matmul_of_right(g, x, y_shape):
    """xᵀ·g."""
    if x.ndim == 1:
        return np.expand_dims(g, -2) * np.expand_dims(x, -1) if len(y_shape) > 1 else g * x
    if len(y_shape) == 1:
        return np.matmul(np.expand_dims(g, -2), x)[..., 0, :]
    return np.matmul(t(x), g)


matmul.rules(x=matmul_of_left, y=matmul_of_right)
