"""Activation functions and derivatives that take several steps, on raw arrays of 32 or 64 bits.

All is computed block by block, so that what lies between the steps stays in a cache.
"""

import math

import numpy as np

from . import special
from .choosing import choose

BLOCK = 2**15  # elements


def in_blocks(kernel, *arrays, parameters=(), results=1):
    """Runs `kernel(*arrays, *results, *parameters)`, with as many new arrays to fill, on each block; returns these."""
    shape = arrays[0].shape
    flat = [np.reshape(array, -1) for array in arrays]
    flat += [np.empty_like(flat[0]) for _ in range(results)]
    for start in range(0, flat[0].size, BLOCK):
        kernel(*[array[start : start + BLOCK] for array in flat], *parameters)
    return [np.reshape(array, shape) for array in flat[len(arrays) :]]


# ---- gelu: x times the probability that a normal number is below x, which is kept for the derivative

ROOT = math.sqrt(2 / math.pi)
CUBIC = 0.044715


def gelu_forward(x, approximate):
    """x·Φ(x), for "tanh" with Φ approximated by (1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2."""
    out, share = in_blocks(gelu_by_tanh if approximate == "tanh" else gelu_by_erf, x, results=2)
    return out, (x, share, approximate)


def gelu_by_erf(x, out, share):
    np.multiply(x, math.sqrt(0.5), out=out)
    np.add(special.erf(out), 1, out=share)
    share *= 0.5
    np.multiply(x, share, out=out)


def gelu_by_tanh(x, out, share):
    np.multiply(x, x, out=share)
    share *= CUBIC * ROOT
    share += ROOT
    share *= x
    np.tanh(share, out=share)
    share += 1
    share *= 0.5
    np.multiply(x, share, out=out)


def gelu_backward(g, residuals, needs):
    x, share, approximate = residuals
    return *in_blocks(slope_of_tanh if approximate == "tanh" else slope_of_erf, g, x, share), None


def slope_of_erf(g, x, share, out):
    """g·(Φ(x) + x·Φ'(x)), where Φ'(x) is exp(-x²/2) / √2π."""
    np.multiply(x, x, out=out)
    out *= -0.5
    np.exp(out, out=out)
    out *= 1 / math.sqrt(2 * math.pi)
    out *= x
    out += share
    out *= g


def slope_of_tanh(g, x, share, out):
    """g·(Φ(x) + x·Φ'(x)), where Φ'(x) is 2·Φ(x)·(1 - Φ(x)) times the derivative of what tanh is taken of."""
    np.multiply(x, x, out=out)
    out *= 6 * CUBIC * ROOT
    out += 2 * ROOT
    out *= x
    out *= share
    out *= 1 - share
    out += share
    out *= g


# ---- silu: x times its sigmoid, which is kept for the derivative


def silu_forward(x):
    """x / (1 + exp(-x))."""
    out, share = in_blocks(silu, x, results=2)
    return out, (x, share)


def silu(x, out, share):
    np.negative(x, out=share)
    np.exp(share, out=share)
    share += 1
    np.reciprocal(share, out=share)
    np.multiply(x, share, out=out)


def silu_backward(g, residuals, needs):
    return in_blocks(slope_of_silu, g, *residuals)


def slope_of_silu(g, x, share, out):
    """g·s·(1 + x·(1 - s)), where s is the sigmoid."""
    np.subtract(1, share, out=out)
    out *= x
    out += 1
    out *= share
    out *= g


# ---- mish: x times tanh(log(1 + exp(x))), which is kept for the derivative


def mish_forward(x):
    """x·tanh(log(1 + exp(x)))."""
    out, share = in_blocks(mish, x, results=2)
    return out, (x, share)


def mish(x, out, share):
    """The share is n / (n + 2) where n = e·(e + 2) and e = exp(x); 1 long before x is 20."""
    np.minimum(x, 20, out=share)
    np.exp(share, out=share)
    share *= share + 2
    share /= share + 2
    np.multiply(x, share, out=out)


def mish_backward(g, residuals, needs):
    return in_blocks(slope_of_mish, g, *residuals)


def slope_of_mish(g, x, share, out):
    """g·(s + x·(1 - s²)·sigmoid(x)), where s is the share."""
    np.negative(x, out=out)
    np.exp(out, out=out)
    out += 1
    np.divide(x, out, out=out)
    out *= 1 - share * share
    out += share
    out *= g


# ---- softplus


def softplus(x, out, beta, threshold):
    """(max(z, 0) + log(1 + exp(-|z|))) / beta, where z = beta·x; x where z is over the threshold."""
    z = x * beta
    np.abs(z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.log1p(out, out=out)
    out += np.maximum(z, 0)
    out /= beta
    if threshold < math.inf:
        out[...] = choose(z > threshold, x, out)


def softplus_slope(x, out, beta, threshold):
    """1 / (1 + exp(-z)), where z = beta·x; 1 where z is over the threshold."""
    np.multiply(x, -beta, out=out)
    over = out < -threshold
    np.exp(out, out=out)
    out += 1
    np.reciprocal(out, out=out)
    if threshold < math.inf:
        np.maximum(out, over, out=out)


# ---- elu


def elu(x, out, alpha, scale, rate):
    """scale·x where x is positive, else scale·alpha·(exp(rate·x) - 1)."""
    np.minimum(x, 0, out=out)
    out *= rate
    np.expm1(out, out=out)
    out *= alpha * scale
    out[...] = choose(x > 0, x * scale, out)


def elu_slope(x, out, alpha, scale, rate):
    """Its derivative, at 0 the one from below."""
    np.minimum(x, 0, out=out)
    out *= rate
    np.exp(out, out=out)
    out *= alpha * scale * rate
    out[...] = choose(x <= 0, out, x.dtype.type(scale))


# ---- hardswish


def hardswish(x, out):
    """x·min(max(x + 3, 0), 6) / 6."""
    np.add(x, 3, out=out)
    np.maximum(out, 0, out=out)
    np.minimum(out, 6, out=out)
    out *= x
    out /= 6


def hardswish_slope(x, out):
    """x/3 + 1/2 between -3 and 3, 0 below and 1 above, or where x is NaN."""
    np.divide(x, 3, out=out)
    out += 0.5
    out[...] = choose((x > -3) & (x < 3), out, np.logical_not(x <= -3).astype(x.dtype))
