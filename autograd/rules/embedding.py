"""Derivatives of looking up rows of a table: what comes back for a row is added up."""

import numpy as np

from ..op import op
from .indexing import place
from .selection import keep


@op(name="embedding")
def lookup(x, indices, padding=-1, by_frequency=False):
    """The rows of x at `indices`. No gradient goes to row `padding`, and `by_frequency` each gets its looks' mean."""
    return np.take(x, indices, 0)


def lookup_rule(g, x_shape, indices, padding, by_frequency):
    if padding >= 0:
        real = np.not_equal(indices, padding)
        g = g if np.all(real) else keep(g, np.expand_dims(real, -1))
    if by_frequency:
        g = g * shares(indices, g.dtype)
    return place(g, x_shape, (indices,))


def shares(indices, kind):
    """One over how often each index comes, as a column."""
    return (1 / np.bincount(indices.reshape(-1))[indices])[..., None].astype(kind)


lookup.rules(x=lookup_rule)
