"""Derivatives of special functions. Families that differentiate into themselves are one op with their index."""

import math

import numpy as np

from ..kernels import special, special_families
from ..op import op
from .elementwise import widened


@op()
def erf(x):
    return special.erf(x)


erf.rules(x=lambda g, x: g * (2 / math.sqrt(math.pi) * np.exp(-x * x)))


@op()
def erfc(x):
    return special.erfc(x)


erfc.rules(x=lambda g, x: g * (-2 / math.sqrt(math.pi) * np.exp(-x * x)))


@op()
def erfinv(x):
    return special.erfinv(x)


erfinv.rules(x=lambda g, out: g * (math.sqrt(math.pi) / 2 * np.exp(out * out)))


@op()
def lgamma(x):
    return special.lgamma(x)


@op()
def digamma(x):
    return special.digamma(x)


@op()
def polygamma(n, x):
    """The n-th derivative of digamma."""
    return special_families.polygamma(n, x)


lgamma.rules(x=lambda g, x: g * digamma(x))
digamma.rules(x=lambda g, x: g * polygamma(1, x))
polygamma.rules(x=lambda g, n, x: g * polygamma(n + 1, x))


@op()
def bessel_i(n, x):
    """The modified Bessel function of the first kind of integer order n."""
    return special_families.bessel_i(n, x)


bessel_i.rules(x=lambda g, n, x: g * ((bessel_i(abs(n - 1), x) + bessel_i(n + 1, x)) / 2))


@op()
def sinc(x):
    """sin(πx) / (πx), and 1 at 0."""
    kind, x = x.dtype, widened(x)
    angle = math.pi * x
    return np.where(x == 0, 1, np.sin(angle) / angle).astype(kind, copy=False)


# The derivative's power series, (-1)^k π^(2k) 2k x^(2k-1) / (2k+1)!, from the highest power down.
SINC_SERIES = [(-1) ** k * math.pi ** (2 * k) * 2 * k / math.factorial(2 * k + 1) for k in range(14, 0, -1)]


def sinc_rule(g, x):
    """(cos πx - sinc x) / x, and around 0, where that cancels, its series: so every order is right there too."""
    g, x = widened(g), widened(x)
    near = np.less(np.absolute(x), 0.5)
    square = x * x
    series = SINC_SERIES[0]
    for coefficient in SINC_SERIES[1:]:
        series = series * square + coefficient
    far = (np.cos(math.pi * x) - sinc(x)) / np.where(near, 1, x)
    return g * np.where(near, series * x, far)


sinc.rules(x=sinc_rule)
