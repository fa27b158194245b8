"""Special functions on raw NumPy arrays: the error function and its relatives, log-gamma and its derivative.

Each maps a floating-point array of any shape to a new array of the same dtype and shape, and never warns. An argument
is cut into cache-sized blocks, and each block is evaluated by whole-array arithmetic in float64 (`erf` of a narrower
dtype: in float32), then rounded to the dtype asked for.

The papers cited give the forms. The coefficients are minimax fits made for this module: polynomials and ratios of
polynomials, fitted to 80-digit values by Lawson's iteratively reweighted least squares. The comment at each table says
what it approximates, in which variable, on which interval, and the largest relative error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.floating[Any]]]

# The handful of blocks a kernel works on stay in a core's second-level cache, while Python's cost per call is spread
# over enough elements to vanish.
_BLOCK_BYTES = 65536


def erf(x: Any) -> Array:
    """The error function, 2/√π ∫₀ˣ exp(-t²) dt, of a floating-point `x`, within 4 ulp.

    Evaluated as tanh(x r(x²)). As tanh saturates just as erf does, r is smooth on the whole line, and one ratio of
    polynomials serves every x. The form, with a linear r, is that of E. Page, "Approximations to the cumulative normal
    function and its inverse for use on a pocket calculator", Applied Statistics 26 (1977) 75-76.

    >>> erf(np.array([-0.5, 0.0, 2.0]))
    array([-0.52049988,  0.        ,  0.99532227])
    """
    return _blockwise(_erf, x, np.float32)


def erfc(x: Any) -> Array:
    """The complementary error function, 1 - erf(x), of a floating-point `x`, within 4 ulp down to its underflow.

    With a = |x| it is exp(-a²) q((a - k) / (a + k)) / (1 + 2a), where q is a polynomial: M. M. Shepherd and
    J. G. Laframboise, "Chebyshev approximation of (1 + 2x) exp(x²) erfc x in 0 <= x < ∞", Mathematics of Computation 36
    (1981) 249-253. A negative x takes erfc(-a) = 2 - erfc(a).

    >>> erfc(np.array([-0.5, 0.0, 10.0]))
    array([1.52049988e+00, 1.00000000e+00, 2.08848758e-45])
    """
    return _blockwise(_erfc, x, np.float64)


def erfinv(y: Any) -> Array:
    """The inverse of `erf` for a floating-point `y`, within 4 ulp: ±∞ at ±1, NaN beyond.

    In the bulk it is y r(w), w = -log(1 - y²): M. Giles, "Approximating the erfinv function", GPU Computing Gems Jade
    Edition (2011) 109-116. In the tails it is a function of √(-log((1 - |y|) / 2)): M. J. Wichura, "Algorithm AS 241:
    The percentage points of the normal distribution", Applied Statistics 37 (1988) 477-484.

    >>> erfinv(np.array([-0.5, 0.0, 1.0]))
    array([-0.47693628,  0.        ,         inf])
    """
    return _blockwise(_erfinv, y, np.float64)


def lgamma(x: Any) -> Array:
    """log|Γ(x)| of a floating-point `x`: +∞ at the poles 0, -1, -2, … and at ±∞.

    From 3 up it is Stirling's formula with a fitted remainder; below, the zeros at 1 and 2 are factored out; from -0.5
    down it is reflected. Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964) 6.1.41, 6.1.15, 6.1.17. The
    float64 error is about 1e-15, relative for x > -0.5, absolute at the zeros below.

    >>> lgamma(np.array([0.5, 1.0, 10.0]))
    array([ 0.57236494,  0.        , 12.80182748])
    """
    return _blockwise(_lgamma, x, np.float64)


def digamma(x: Any) -> Array:
    """The derivative of log Γ at a floating-point `x`: ∓∞ at ±0, NaN at -1, -2, … and at -∞.

    From 3 up it is the asymptotic formula with a fitted remainder; below, the zero at 1.4616… is factored out; from
    -0.5 down it is reflected. Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964) 6.3.18, 6.3.5, 6.3.7.
    The float64 error is about 1e-15, relative for x > 0, absolute at the zeros below.

    >>> digamma(np.array([0.5, 1.0, 10.0]))
    array([-1.96351003, -0.57721566,  2.25175259])
    """
    return _blockwise(_digamma, x, np.float64)


def _blockwise(kernel: Callable[[Array], Array], x: Any, at_least: type[np.floating[Any]]) -> Array:
    """Apply `kernel` to `x` block by block, in `x`'s dtype or `at_least`, whichever is wider; keep `x`'s dtype."""
    x = np.asarray(x)
    if x.dtype.kind in "biuc":
        raise TypeError(f"expected a floating-point array, got {x.dtype}")
    working = np.promote_types(x.dtype, at_least)
    step = _BLOCK_BYTES // working.itemsize
    flat = x.ravel()
    result = np.empty_like(flat)
    with np.errstate(all="ignore"):
        for start in range(0, flat.size, step):
            block = slice(start, start + step)
            result[block] = kernel(flat[block].astype(working, copy=False))
    return result.reshape(x.shape)


def _horner(coefficients: Sequence[float], t: Array) -> Array:
    """The polynomial in ``t`` with ``coefficients``, highest power first."""
    result = coefficients[0] * t
    result += coefficients[1]
    for coefficient in coefficients[2:]:
        result *= t
        result += coefficient
    return result


# (artanh(erf(x)) / x - 2/√π) / t in t = x², up to the x at which erf rounds to 1. The error is that of erf: it fades as
# tanh saturates. The fits grow on to t = 36, so that every larger x gives 1 as well.
_ERF_T_MAX = 36.0
_ERF_P = {
    # 0 <= x <= 3.92: 3.4e-9
    np.dtype(np.float32): (0.0018130227, 0.01591582, 0.10277255),
    # 0 <= x <= 5.93: 1.1e-17
    np.dtype(np.float64): (
        4.3009422846189403e-10,
        4.831826993743413e-08,
        1.3662340353835215e-06,
        2.414234166181222e-05,
        0.0002825767961832896,
        0.002323494526022019,
        0.013192870510494224,
        0.048132218377144854,
        0.10277260330193883,
    ),
}
_ERF_Q = {
    np.dtype(np.float32): (0.00032529683, 0.023702653, 0.15689802, 1.0),
    np.dtype(np.float64): (
        2.8359999774061903e-11,
        1.3645815063012894e-08,
        7.955646009155603e-07,
        1.8890457340469186e-05,
        0.0003003773840394153,
        0.003246667002168048,
        0.024956160561214046,
        0.13506900224819243,
        0.47037256490820883,
        1.0,
    ),
}


def _erf(x: Array) -> Array:
    t = np.minimum(x * x, _ERF_T_MAX)
    result = _horner(_ERF_P[x.dtype], t)
    result /= _horner(_ERF_Q[x.dtype], t)
    result *= t
    # x + x (r - 1) rather than x r: the rounding errors of r - 1 are those of a smaller number.
    result += 2.0 / math.sqrt(math.pi) - 1.0
    result *= x
    result += x
    return np.tanh(result, out=result)


# ((1 + 2a) exp(a²) erfc(a) - 1) / v in 2v - 1 = (a - k) / (a + k), where v = a / (a + k); 0 <= a <= 27.3: 1.1e-17
_ERFC_K = 3.75
_ERFC = (
    -4.439938818573583e-09,
    3.7143602828131465e-09,
    6.172035940113927e-08,
    -3.2561096711185175e-08,
    -4.7373249240808627e-07,
    3.806928105572651e-07,
    3.1176099998870684e-06,
    -5.080012830629929e-06,
    -1.7807640235298097e-05,
    6.258293342165223e-05,
    4.0715652012227574e-05,
    -0.0006210257561796878,
    0.0012084528818004426,
    0.0023027991749543938,
    -0.021795958247848655,
    0.07852051304727356,
    -0.19590731023107816,
    0.38051595255417564,
    -0.5981238128374489,
    0.7626772898176734,
    -0.7555064588467485,
    0.4750252616756552,
)
_ERFC_A_MAX = 28.0  # where erfc has underflowed to zero


def _erfc(x: Array) -> Array:
    a = np.minimum(np.abs(x), _ERFC_A_MAX)
    v = a / (a + _ERFC_K)
    result = _horner(_ERFC, 2.0 * v - 1.0)
    result *= v
    # exp turns the rounding error of a², up to 2^-44, into a relative one of hundreds of ulp. The leading bits of a are
    # squared exactly, which gives that error: exp(-a²) = exp(-square) (1 - residual).
    head = a.astype(np.float32).astype(np.float64)
    square = a * a
    residual = (head * head - square) + (a - head) * (a + head)
    result -= residual * (1.0 + result)
    scale = np.exp(-square)
    scale /= 1.0 + 2.0 * a
    result *= scale
    result += scale
    # erfc(-a) = 2 - erfc(a), by arithmetic: on mixed signs a mask costs three times as much.
    sign = np.copysign(1.0, x)
    result *= sign
    result += 1.0 - sign
    return result


# erfinv(y) / y - 1 in w = -log(1 - y²), 0 <= w <= 3, or |y| <= 0.975: 2.0e-17 of erfinv
_ERFINV_W_MAX = 3.0
_ERFINV_P = (
    1.4111369513267912e-07,
    3.7883933481389914e-06,
    8.583276835429196e-05,
    0.0006640693062604277,
    0.008568130363151346,
    0.02179337343907879,
    0.22449385748568892,
    -0.11377307454724198,
)
_ERFINV_Q = (
    1.513370387463446e-06,
    1.3454405423121334e-05,
    0.0005566913961638607,
    0.0021248865205256724,
    0.04474579250379748,
    0.06609480387946012,
    1.0,
)
# r - erfinv(|y|) in 1 / r, where r = √(-log((1 - |y|) / 2)), from there to the last float64 below 1: 3.0e-17 of erfinv
_ERFINV_TAIL_P = (
    24.893039150047965,
    1665.1839799874929,
    5030.150255321411,
    4200.746514161051,
    1323.791079129533,
    134.2740614785355,
    3.1871444739549513,
    0.0030029938426087252,
)
_ERFINV_TAIL_Q = (
    863.9632591928325,
    4518.526665545849,
    6408.248789819799,
    3606.7939445064803,
    805.1008749058104,
    59.47293187228609,
    1.0,
)


def _erfinv(y: Array) -> Array:
    w = -np.log((1.0 - y) * (1.0 + y))  # NaN where |y| > 1
    result = _horner(_ERFINV_P, w)
    result /= _horner(_ERFINV_Q, w)
    result *= y
    result += y
    tail = w > _ERFINV_W_MAX
    if tail.any():
        r = np.sqrt(-np.log((1.0 - np.abs(y[tail])) / 2.0))
        result[tail] = r - _horner(_ERFINV_TAIL_P, 1.0 / r) / _horner(_ERFINV_TAIL_Q, 1.0 / r)
    return np.copysign(result, y, out=result)


# lgamma(1 + y) / (y (y - 1)) in y + 1/2, -0.5 <= y <= 2: 2.2e-17
_LGAMMA_P = (
    -6.426417239081888e-07,
    8.707732056861861e-05,
    0.01746750149043657,
    0.3555115161059411,
    2.5010301992791217,
    7.987174262113595,
    12.946385101371494,
    10.986563422665169,
    4.63232820711262,
    0.7631532572329335,
)
_LGAMMA_Q = (
    0.005180904084060006,
    0.1718939229750099,
    1.8031351028548193,
    8.414322529525425,
    20.10668730968019,
    26.175498269656924,
    18.675722789433433,
    6.83383864655142,
    1.0,
)
# x (lgamma(x) - (x - 1/2) log(x) + x - log(2π) / 2) in 1 / x², x >= 3: 6.6e-18 of lgamma
_STIRLING = (
    -0.045976946482432474,
    0.038532918523592925,
    -0.016605313680837206,
    0.005495932525245285,
    -0.001871361437489308,
    0.000840171933452906,
    -0.000595203706350422,
    0.0007936503604673619,
    -0.0027777777751494272,
    0.0833333333333285,
)


def _lgamma(x: Array) -> Array:
    reflected = x <= -0.5
    return np.piecewise(x, [reflected, ~reflected & (x < 3.0)], [_lgamma_reflected, _lgamma_near, _lgamma_far])


def _lgamma_reflected(x: Array) -> Array:
    b = -x
    nearest = np.rint(b)
    sine = np.sin(np.pi * np.abs(b - nearest))  # |sin(πb)|, and accurate near the poles
    # The poles far out, where lgamma(b) is infinite too, need the test.
    return np.where(b == nearest, np.inf, np.log(np.pi / (b * sine)) - _lgamma(b))


def _lgamma_near(x: Array) -> Array:
    below = x < 0.5
    y = np.where(below, x, x - 1.0)  # exact, and so the zeros at x = 1 and x = 2 are too
    ratio = _horner(_LGAMMA_P, y + 0.5) / _horner(_LGAMMA_Q, y + 0.5)
    return y * (y - 1.0) * ratio + np.where(below, -np.log(np.abs(x)), 0.0)


def _lgamma_far(x: Array) -> Array:
    remainder = _horner(_STIRLING, 1.0 / (x * x)) / x
    return (x - 0.5) * (np.log(x) - 1.0) + ((math.log(2.0 * math.pi) - 1.0) / 2.0 + remainder)


# digamma(1 + y) / (y - zero) in y + 1/2, -0.5 <= y <= 2: 2.0e-18; the zero is a sum of two floats
_DIGAMMA_ZERO = (0.46163214496836236, -1.5522348162858677e-17)
_DIGAMMA_P = (
    2.5446866204602083e-07,
    0.00021161022341064292,
    0.010466066377362552,
    0.161375837729445,
    1.054050745386821,
    3.195706643375615,
    4.332565756867043,
    2.041851487905516,
)
_DIGAMMA_Q = (
    4.085491744276326e-05,
    0.002897711991872529,
    0.05932965322409131,
    0.5086494893845499,
    2.0767528281728644,
    4.108925761947879,
    3.595237671862374,
    1.0,
)
# x² (log(x) - 1 / (2x) - digamma(x)) in 1 / x², x >= 3: 3.3e-17 of digamma
_DIGAMMA_FAR = (
    -0.6681242145045755,
    0.5440280501463993,
    -0.2235909415215894,
    0.06821016448291528,
    -0.02033685944267731,
    0.0075498022085358,
    -0.004166088967028166,
    0.003968246306129428,
    -0.008333333281202457,
    0.08333333333320479,
)


def _digamma(x: Array) -> Array:
    reflected = x <= -0.5
    return np.piecewise(x, [reflected, ~reflected & (x < 3.0)], [_digamma_reflected, _digamma_near, _digamma_far])


def _digamma_reflected(x: Array) -> Array:
    b = -x
    fraction = b - np.rint(b)  # exact, so that the tangent is accurate near the poles
    return np.where(fraction == 0.0, np.nan, _digamma(b) + 1.0 / b + np.pi / np.tan(np.pi * fraction))


def _digamma_near(x: Array) -> Array:
    below = x < 0.5
    y = np.where(below, x, x - 1.0)  # exact
    ratio = _horner(_DIGAMMA_P, y + 0.5) / _horner(_DIGAMMA_Q, y + 0.5)
    return ((y - _DIGAMMA_ZERO[0]) - _DIGAMMA_ZERO[1]) * ratio - np.where(below, 1.0 / x, 0.0)


def _digamma_far(x: Array) -> Array:
    return np.log(x) - (0.5 + _horner(_DIGAMMA_FAR, 1.0 / (x * x)) / x) / x
