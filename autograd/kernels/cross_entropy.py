"""Cross entropy of logits and class indices: log-softmax, the choice of the target's entry, and the mean, in one."""

import numpy as np


def forward(x, target, axis, ignore_index, mean):
    """The loss of logits x with the classes along `axis`, and int targets of x's shape without it.

    Summed, or with `mean` averaged over the targets that are not `ignore_index`. Returns the loss, and the
    probabilities with what `backward` needs besides.
    """
    top = np.max(x, axis=axis, keepdims=True)
    probabilities = x - top
    kept = target != ignore_index
    everything = kept.all()
    safe = target if everything else np.where(kept, target, 0)
    places = np.expand_dims(safe, axis)
    chosen = np.take_along_axis(probabilities, places, axis)
    np.exp(probabilities, out=probabilities)
    totals = np.sum(probabilities, axis=axis, keepdims=True)
    probabilities /= totals
    losses = np.log(totals) - chosen
    if not everything:
        losses = np.where(np.expand_dims(kept, axis), losses, 0)
    count = target.size if everything else int(kept.sum())
    loss = np.sum(losses)
    if mean:
        loss = loss / np.asarray(count, x.dtype)
    return loss, (probabilities, places, None if everything else kept, count if mean else 1, axis)


def backward(g, residuals, needs):
    """(probabilities - one-hot target)·g, over the count if it was averaged."""
    probabilities, places, kept, count, axis = residuals
    grad = probabilities.copy()
    chosen = np.take_along_axis(grad, places, axis)
    np.put_along_axis(grad, places, chosen - 1, axis)
    grad *= g / np.asarray(count, grad.dtype)
    if kept is not None:
        grad *= np.expand_dims(kept, axis)
    return grad, None, None, None, None
