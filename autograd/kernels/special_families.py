"""Special functions that come in families, on raw NumPy arrays: polygamma and the modified Bessel functions.

The derivative of a member is made of other members, so that one kernel for a family serves derivatives of every order.
Each maps a floating-point array of any shape to a new array of the same dtype and shape, evaluated in float64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.floating[Any]]]

# The Bernoulli numbers B₂, B₄, … over (2j)!, of the Euler-Maclaurin formula.
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330
)  # fmt: skip
_EULER_MACLAURIN = tuple(b / math.factorial(2 * j) for j, b in enumerate(_BERNOULLI, start=1))


def polygamma(n: int, x: Any) -> Array:
    """The n-th derivative, n > 0, of digamma at a floating-point `x`: ±∞ at the poles 0, -1, -2, ….

    (-1)^(n+1) n! ζ(n+1, x), with Hurwitz's zeta function; below 0 by reflection. Abramowitz and Stegun, "Handbook of
    Mathematical Functions" (1964) 6.4.10 and 6.4.7. The relative error in float64 is about 1e-15,
    below 0 relative to the larger of the two reflected terms.

    >>> polygamma(1, np.array([0.5, 1.0, -0.5]))
    array([4.9348022 , 1.64493407, 8.9348022 ])
    """
    x = np.asarray(x)
    wide = x.astype(np.float64)
    with np.errstate(all="ignore"):
        below = wide < 0
        sign, size = (-1.0) ** (n + 1), math.gamma(n + 1) if n <= 170 else math.inf
        result = sign * size * _hurwitz_zeta(n + 1, np.where(below, 1 - wide, wide))
        if below.any():
            nearest = np.rint(wide)
            slope = math.pi ** (n + 1) * _cotangent_derivative(n, 1 / np.tan(math.pi * (wide - nearest)))
            poles = np.where(wide == nearest, sign * math.inf, -sign * result - slope)
            result = np.where(below, np.where(np.isinf(wide), math.nan, poles), result)
    return np.asarray(result, x.dtype)


def _hurwitz_zeta(s: int, q: Array) -> Array:
    """Σ (q + k)^-s over k = 0, 1, …, for q >= 0 and an integer s >= 2, by Euler-Maclaurin summation."""
    terms = 10 + s
    total = sum((q + k) ** -float(s) for k in range(terms))
    a = q + terms
    tail = a ** (1.0 - s) / (s - 1) + a ** -float(s) / 2
    rising, power = float(s), a ** (-1.0 - s)
    for j, coefficient in enumerate(_EULER_MACLAURIN):
        tail = tail + coefficient * rising * power
        rising *= (s + 2 * j + 1) * (s + 2 * j + 2)
        power = power / (a * a)
    return total + tail


def _cotangent_derivative(n: int, c: Array) -> Array:
    """The n-th derivative of the cotangent where it is c: a polynomial, from p' = -(1 + c²) dp/dc."""
    polynomial = np.polynomial.Polynomial([0.0, 1.0])
    for _ in range(n):
        polynomial = -np.polynomial.Polynomial([1.0, 0.0, 1.0]) * polynomial.deriv()
    return polynomial(c)


def bessel_i(n: int, x: Any) -> Array:
    """The modified Bessel function of the first kind of order n = 0, 1, 2, … at a floating-point `x`.

    Its power series, and far out its asymptotic series: Abramowitz and Stegun, "Handbook of Mathematical Functions"
    (1964) 9.6.10 and 9.7.1. The relative error in float64 is about 1e-15.

    >>> bessel_i(0, np.array([0.0, 1.0, -1.0]))
    array([1.        , 1.26606588, 1.26606588])
    """
    x = np.asarray(x)
    a = np.abs(x.astype(np.float64))
    border = max(30.0, float(n * n))
    with np.errstate(all="ignore"):
        near = _bessel_i_near(n, np.minimum(a, border))
        far = a > border
        result = np.where(far, _bessel_i_far(n, np.where(far, a, border)), near) if far.any() else near
        return np.asarray(np.where(x < 0, (-1) ** n * result, np.where(np.isnan(x), x, result)), x.dtype)


def _bessel_i_near(n: int, a: Array) -> Array:
    square = a * a / 4
    term = total = (a / 2) ** n / math.factorial(n)
    most = float(np.max(square, initial=0.0, where=~np.isnan(square)))
    for k in range(1, int(6 * math.sqrt(most)) + 25):
        term = term * square / (k * (k + n))
        total = total + term
    return total


def _bessel_i_far(n: int, a: Array) -> Array:
    term = total = np.ones_like(a)
    for k in range(1, 30):
        term = term * ((2 * k - 1) ** 2 - 4 * n * n) / (8 * k * a)
        total = total + term
    half = np.exp(a / 2)  # exp(a) would overflow first
    return np.where(np.isinf(a), a, half * (total / np.sqrt(2 * math.pi * a)) * half)
