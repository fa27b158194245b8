"""Orders and ranks: positions of elements, which have no gradient. What is found there, `take_along` reads.

Of bfloat16 NumPy knows no order that NaN has a place in, so numbers of 16 bits are compared in 32.
"""

import numpy as np

from ..op import op
from .elementwise import refuse_complex, widened


@op()
def argsort(x, axis=-1, descending=False):
    """The positions that sort x; equal elements keep their order, NaN is the largest."""
    refuse_complex(x, "sort")
    x = widened(x)
    if not descending:
        return np.argsort(x, axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(np.argsort(np.flip(x, axis), axis, kind="stable"), axis)


@op(contiguous=True)
def argtopk(x, k, axis, largest):
    """The positions of the k largest or smallest elements, best first."""
    refuse_complex(x, "topk")
    lanes = np.moveaxis(widened(x), axis, -1)
    n = lanes.shape[-1]
    if 0 < k < n:
        found = np.argpartition(lanes, n - k if largest else k - 1, -1)
        found = np.sort(found[..., n - k :] if largest else found[..., :k], -1)
        order = argsort(np.take_along_axis(lanes, found, -1), -1, largest)
        found = np.take_along_axis(found, order, -1)
    else:
        found = argsort(lanes, -1, largest)[..., :k]
    return np.moveaxis(found, -1, axis)


@op()
def argkth(x, k, axis):
    """The position of the element that has k smaller ones, or equal ones, before it in order."""
    refuse_complex(x, "kthvalue")
    return np.take(np.argpartition(widened(x), k, axis), [k], axis)


@op()
def argmedian(x, axis, ignore_nan):
    """The position of the middle element, of two the lower; of NaN, if there is any and it is not ignored."""
    refuse_complex(x, "median")
    n = x.shape[axis]
    missing = np.sum(np.isnan(x), axis, keepdims=True)
    if not missing.any():
        return argkth(x, (n - 1) // 2, axis)
    middle = (n - missing - 1) // 2 if ignore_nan else np.where(missing, n - missing, (n - 1) // 2)
    return np.take_along_axis(argsort(x, axis), np.maximum(middle, 0), axis)  # NaN comes last


@op()
def argmode(x, axis):
    """The position of the most frequent element, of several the smallest; of its occurrences the last."""
    lanes = np.moveaxis(x, axis, -1)
    order = argsort(lanes, -1)
    ordered = np.take_along_axis(lanes, order, -1)
    places = np.arange(lanes.shape[-1])
    new = np.ones(lanes.shape, bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    run = places - np.maximum.accumulate(np.where(new, places, 0), -1)
    return np.moveaxis(np.take_along_axis(order, np.argmax(run, -1, keepdims=True), -1), -1, axis)
