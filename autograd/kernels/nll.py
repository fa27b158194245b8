"""Negative log-likelihood: minus the entries of the targets' classes, weighted, and their mean or sum, in one."""

import numpy as np


def forward(x, target, weight, axis, ignore_index, reduction):
    """The losses of log-probabilities x with the classes along `axis`, and int targets of x's shape without it.

    weight: one for each class, or None. The mean is over the weights of the targets that are not `ignore_index`; the
    others are valid. 16-bit x is summed in single precision.
    """
    rows = np.moveaxis(x, axis, -1).reshape(target.size, x.shape[axis])
    kept = target.reshape(-1) != ignore_index
    classes = np.where(kept, target.reshape(-1), 0)
    places = np.arange(classes.size), classes
    wide = np.float32 if x.itemsize == 2 else x.dtype
    weights = kept.astype(wide) if weight is None else np.where(kept, weight[classes], 0).astype(wide, copy=False)
    losses = np.where(kept, -rows[places] * weights, 0) if classes.size else weights
    total = np.add.reduce(weights) if reduction == "mean" else None
    if reduction == "none":
        out = losses.reshape(target.shape)
    else:
        out = np.add.reduce(losses) if total is None else np.add.reduce(losses) / total
    return out.astype(x.dtype), (places, kept, weights, total, x.shape, x.dtype, axis)


def backward(g, residuals, needs):
    """-g at the targets' classes, weighted; nothing where nothing is left of the mean."""
    places, kept, weights, total, shape, kind, axis = residuals
    grad = np.zeros((weights.size, shape[axis]), kind)
    scale = np.reshape(g, -1) if total is None else np.reshape(g, -1) / total
    if weights.size:
        grad[places] = np.where(kept, -scale * weights, 0)
    moved = (*shape[:axis], *shape[axis + 1 :], shape[axis])
    return np.moveaxis(grad.reshape(moved), -1, axis), None, None, None, None, None
