"""Cross entropy of logits and class indices: log-softmax, the choice of the target's entry, and the mean, in one."""

import numpy as np


def as_rows(x, axis):
    """x with the dimension `axis` as the columns of a matrix; a view where x has at most two dimensions."""
    return (np.moveaxis(x, axis, -1) if x.ndim > 2 else x).reshape(-1, x.shape[axis])


def forward(x, target, axis, ignore_index, mean):
    """The loss of logits x with the classes along `axis`, and int targets of x's shape without it.

    Summed, or with `mean` averaged over the targets that are not `ignore_index`. Returns the loss, and the
    probabilities with what `backward` needs besides. `IndexError` for a class that there is not.
    """
    logits, classes = as_rows(x, axis), target.reshape(-1)
    rows = np.arange(classes.size)
    kept = classes != ignore_index
    count = np.count_nonzero(kept)
    if count < classes.size:
        classes = np.where(kept, classes, 0)
    if classes.size and not 0 <= np.minimum.reduce(classes) <= np.maximum.reduce(classes) < logits.shape[1]:
        wrong = classes[(classes < 0) | (classes >= logits.shape[1])][0]
        raise IndexError(f"Target {wrong} is out of bounds: there are {logits.shape[1]} classes, numbered from 0")
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
        loss = loss / x.dtype.type(count)
    return loss, (probabilities, rows, classes, kept, count, mean, x.shape, axis)


def backward(g, residuals, needs):
    """(probabilities - one-hot target)·g, over the count if it was averaged."""
    probabilities, rows, classes, kept, count, mean, shape, axis = residuals
    grad = probabilities.copy()
    grad[rows, classes] -= 1
    grad *= g / g.dtype.type(count) if mean else g
    if count < classes.size:
        grad[~kept] = 0
    if len(shape) > 2:
        moved = (*shape[:axis], *shape[axis + 1 :], shape[axis])
        grad = np.moveaxis(grad.reshape(moved), -1, axis)
    return grad.reshape(shape), None, None, None, None
