"""Cross entropy of logits and class indices: log-softmax, the choice of the target's entry, and the mean, in one."""

import numpy as np


def as_rows(x, axis, count):
    """x as a matrix of `count` rows with the dimension `axis` as the columns; x itself if it is one."""
    return x if x.ndim == 2 else np.moveaxis(x, axis, -1).reshape(count, x.shape[axis])


def forward(x, target, axis, ignore_index, mean):
    """The loss of logits x with the classes along `axis`, and int targets of x's shape without it.

    Summed, or with `mean` averaged over the targets that are not `ignore_index`; these are valid. Returns the loss, and
    the probabilities with what `backward` needs besides. 16-bit logits are computed in single precision.
    """
    logits, classes = as_rows(x, axis, target.size), target.reshape(-1)
    if logits.itemsize == 2:
        logits = logits.astype(np.float32)
    rows = np.arange(classes.size)
    kept = classes != ignore_index
    count = np.count_nonzero(kept)
    if count < classes.size:
        classes = np.where(kept, classes, 0)
    probabilities = logits - np.maximum.reduce(logits, 1, keepdims=True)
    chosen = probabilities[rows, classes]
    np.exp(probabilities, out=probabilities)
    totals = np.add.reduce(probabilities, 1, keepdims=True)
    probabilities /= totals
    losses = np.log(totals[:, 0]) - chosen
    if count < classes.size:
        losses = np.where(kept, losses, 0)
    loss = np.add.reduce(losses)
    if mean:
        loss = loss / count
    return x.dtype.type(loss), (probabilities, rows, classes, kept, count, mean, x.shape, axis)


def backward(g, residuals, needs):
    """(probabilities - one-hot target)·g, over the count if it was averaged; nothing where the target is ignored."""
    probabilities, rows, classes, kept, count, mean, shape, axis = residuals
    grad = probabilities.copy()
    grad[rows, classes] -= 1
    grad *= g / grad.dtype.type(count) if mean and count else g
    if count < classes.size:
        grad[~kept] = 0 * probabilities[~kept]  # NaN where the logits are, as log-softmax has it
    if len(shape) > 2:
        moved = (*shape[:axis], *shape[axis + 1 :], shape[axis])
        grad = np.moveaxis(grad.reshape(moved), -1, axis)
    return grad.reshape(shape), None, None, None, None
