"""Derivatives of elementwise losses whose gradient, as PyTorch has it, is not what their parts' rules would give."""

import numpy as np

from ..op import op
from .elementwise import sigmoid


@op(name="huber_loss")
def huber(x, delta, scale):
    """x²/2 up to |x| = delta, and from there on the tangent, delta·(|x| - delta/2); times a scale."""
    size = np.abs(x)
    near = np.minimum(size, delta)
    return near * (size - 0.5 * near) * scale


@op()
def bounded(x, bound):
    """x between -bound and bound. Its slope at both is 0, where that of `clamp` is 1."""
    return np.clip(x, -bound, bound)


bounded.rules(x=lambda g, x, bound: g * np.less(np.abs(x), bound))
huber.rules(x=lambda g, x, delta, scale: g * (bounded(x, delta) * scale))

LEAST_LOG = -100  # of a probability of 0, so that one certain mistake is no infinite loss
LEAST_VARIANCE = 1e-12


@op()
def binary_cross_entropy(x, y):
    """-y·log x - (1 - y)·log(1 - x), where no logarithm counts as less than -100."""
    return (y - 1) * np.maximum(np.log1p(-x), LEAST_LOG) - y * np.maximum(np.log(x), LEAST_LOG)


# (x - y) / (x·(1 - x)), at the ends too, where the bound on the logarithm would make it 0.
binary_cross_entropy.rules(
    x=lambda g, x, y: g * ((x - y) / np.maximum((1 - x) * x, LEAST_VARIANCE)),
    y=lambda g, x: g * (np.maximum(np.log1p(-x), LEAST_LOG) - np.maximum(np.log(x), LEAST_LOG)),
)


@op(name="binary_cross_entropy_with_logits")
def binary_cross_entropy_of_logits(x, y):
    """-y·log sigmoid(x) - (1 - y)·log sigmoid(-x)."""
    return (1 - y) * x + (np.maximum(-x, 0) + np.log1p(np.exp(-np.abs(x))))


binary_cross_entropy_of_logits.rules(x=lambda g, x, y: g * ((1 - y) - sigmoid(-x)), y=lambda g, x: -g * x)
