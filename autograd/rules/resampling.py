"""The derivative of resampling along an axis: weighted sums of a few elements each, undone by the same of others."""

import math

import numpy as np

from ..op import op

DENSE = 64  # elements of x, for each that a sum has, up to which a product with the whole matrix is faster


class Band:
    """A sparse matrix that resamples `size` elements: row i is Σ_k weights[i, k] · element places[i, k].

    Rows with fewer elements are filled up with places of -1 and weights of 0.
    """

    __slots__ = ("places", "size", "turned", "weights")

    def __init__(self, places, weights, size):
        self.places, self.weights, self.size = places, weights, size
        self.turned = None


def transposed(band):
    """The transposed matrix of a band, in the same form."""
    if band.turned is None:
        columns = band.places.reshape(-1)
        order = np.argsort(columns, kind="stable")[np.count_nonzero(columns < 0) :]
        columns, rows = columns[order], order // band.places.shape[1]
        counts = np.bincount(columns, minlength=band.size)
        starts = np.cumsum(counts) - counts
        nth = np.arange(len(order)) - starts[columns]
        places = np.full((band.size, max(counts.max(initial=0), 1)), -1, np.intp)
        weights = np.zeros(places.shape, band.weights.dtype)
        places[columns, nth], weights[columns, nth] = rows, band.weights.reshape(-1)[order]
        band.turned = Band(places, weights, len(band.places))
        band.turned.turned = band
    return band.turned


def by_matrix(x, band, axis):
    """Resampling as one product with the whole matrix."""
    matrix = np.zeros((len(band.places), band.size), x.dtype)
    np.add.at(matrix, (np.arange(len(matrix))[:, None], band.places), band.weights)
    shape, rest = x.shape, math.prod(x.shape[axis + 1 :])
    if rest == 1:
        out = x.reshape(-1, band.size) @ matrix.T
    else:
        out = matrix @ x.reshape(math.prod(shape[:axis]), band.size, rest)
    return out.reshape(*shape[:axis], len(matrix), *shape[axis + 1 :])


def by_taps(x, band, axis):
    """Resampling as a sum of elements that are weighed one after the other."""
    shape = (-1, *(1,) * (x.ndim - axis - 1))
    out = np.zeros((), x.dtype)
    for k in range(band.places.shape[1]):
        places = band.places[:, k]
        term = np.take(x, places, axis) * band.weights[:, k].astype(x.dtype).reshape(shape)
        out = out + (term if (places >= 0).all() else np.where((places >= 0).reshape(shape), term, 0))
    return out


@op(name="resample")
def resample(x, band, axis):
    """The weighted sums that `band` says, of elements along `axis` (counted from the front)."""
    count = band.places.shape[1]
    if count == 1 and (band.weights == 1).all():
        return np.take(x, band.places[:, 0], axis)
    if band.size <= DENSE * count and x.size:
        out = by_matrix(x, band, axis)
        if math.isfinite(np.add.reduce(out, None)):
            return out  # else Inf and NaN have come where they do not belong, times 0
    return by_taps(x, band, axis)


resample.rules(x=lambda g, band, axis: resample(g, transposed(band), axis))
