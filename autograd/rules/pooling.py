"""Derivatives of pooling: the mean of every window, and its adjoint, which shares a number among a window's elements.

The largest of a window needs no rule: it is an element, which `gather` reads.
"""

import numpy as np

from ..kernels import pooling as kernel
from ..kernels.convolution import wide
from ..op import op


@op(name="avg_pool")
def average(x, grid, divisor):
    """The sum of each window, as `kernels.pooling` describes them, by a number or by an array of one for each."""
    total = kernel.sums(wide(x), grid)
    if x.dtype.kind == "i":
        return np.sign(total) * np.sign(divisor) * (np.abs(total) // np.abs(divisor))  # cut off, as C does
    total /= divisor
    return total.astype(x.dtype, copy=False)


@op(name="avg_pool_backward")
def shared(x, grid, divisor):
    """Each number by its window's divisor, added to all elements of the window."""
    return kernel.spread(wide(x) / divisor, grid).astype(x.dtype, copy=False)


average.rules(x=lambda g, grid, divisor: shared(g, grid, divisor))
shared.rules(x=lambda g, grid, divisor: average(g, grid, divisor))
