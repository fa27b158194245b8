"""Decompositions of matrices, of plain values: they have no gradient."""

from __future__ import annotations

import numpy as np

from .._tensor import Tensor, wrap


def qr(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Q with orthonormal columns and R, upper triangular, whose product the matrix is. 16-bit floats in float32.

    matrix: (m, n); Q: (m, k) and R: (k, n), where k is the smaller of both.

    >>> import autograd
    >>> q, r = qr(autograd.tensor([[2.0, 0.0], [0.0, 3.0]]))
    >>> (q @ r).tolist()
    [[2.0, 0.0], [0.0, 3.0]]
    """
    array = matrix._array
    wide = array.astype(np.float32) if array.itemsize == 2 else array
    q, r = np.linalg.qr(wide)
    return wrap(q.astype(array.dtype, copy=False)), wrap(r.astype(array.dtype, copy=False))


def geqrf(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """R, and below its diagonal the reflectors whose product is Q, whose first elements are 1; and their factors.

    matrix: (..., m, n); the factors: (..., k), where k is the smaller of both.

    >>> import autograd
    >>> geqrf(autograd.tensor([[2.0, 0.0], [0.0, 3.0]]))[0].tolist()
    [[2.0, 0.0], [0.0, 3.0]]
    """
    reflectors, factors = np.linalg.qr(matrix._array, mode="raw")
    return wrap(reflectors.swapaxes(-1, -2)), wrap(factors)
