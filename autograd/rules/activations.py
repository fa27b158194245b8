"""Derivatives of activation functions. Where the pieces of one meet, the subgradients are PyTorch's.

Where a derivative is a step function it has one itself, of zero, and what it does not let pass is a gradient of
exactly 0, even where the gradient that arrives is Inf or NaN.
"""

import numpy as np

from ..kernels import activations as kernels
from ..kernels.activations import in_blocks
from ..kernels.choosing import choose
from ..op import op
from .selection import keep


@op()
def gated(x, gate, condition):
    """x where the condition holds, else 0. The condition is a step function of the gate."""
    return keep(x, condition)


gated.rules(x=lambda g, gate, condition: gated(g, gate, condition), gate=lambda g: np.zeros_like(g))


@op()
def threshold(x, threshold, value):
    """x above the threshold, or NaN; below and at it the value."""
    value = np.asarray(value, x.dtype)
    return (
        choose(np.logical_not(x <= threshold), x, value) if x.dtype.kind == "f" else np.where(x <= threshold, value, x)
    )


threshold.rules(x=lambda g, x, threshold: gated(g, x, np.logical_not(np.less_equal(x, threshold))))


@op()
def hardtanh(x, low, high):
    return np.minimum(np.maximum(x, low), high)


def hardtanh_rule(g, x, low, high):
    """Unlike in `clamp`, no gradient passes at the bounds themselves."""
    return gated(g, x, np.logical_not(np.logical_or(np.less_equal(x, low), np.greater_equal(x, high))))


hardtanh.rules(x=hardtanh_rule)


def within(x, bound):
    """Whether -bound <= x <= bound."""
    return np.logical_and(np.greater_equal(x, -bound), np.less_equal(x, bound))


@op()
def hardshrink(x, bound):
    """x, and 0 where -bound <= x <= bound."""
    return keep(x, np.logical_not(within(x, bound)))


hardshrink.rules(x=lambda g, x, bound: gated(g, x, np.logical_not(within(x, bound))))


@op()
def softshrink(x, bound):
    """x brought nearer to 0 by the bound, and 0 where it would pass it."""
    return x - np.minimum(np.maximum(x, -bound), bound)


softshrink.rules(x=lambda g, x, bound: gated(g, x, np.logical_not(within(x, bound))))


@op()
def leaky(x, gate, slope):
    """x where the gate is positive, else slope·x."""
    return choose(gate > 0, x, x * slope)


def where_not_positive(g, x, gate):
    """The gradient of a slope."""
    return gated(g * x, gate, np.logical_not(np.greater(gate, 0)))


leaky.rules(
    x=lambda g, gate, slope: leaky(g, gate, slope),
    gate=lambda g: np.zeros_like(g),
    slope=where_not_positive,
)


@op()
def leaky_relu(x, slope):
    """x where it is positive, else slope·x. The slope is a number, or an array of them: learned, or drawn."""
    if isinstance(slope, float) and 0 <= slope <= 1:
        return np.maximum(x, x * slope)
    return choose(x > 0, x, x * slope)


leaky_relu.rules(x=lambda g, x, slope: leaky(g, x, slope), slope=lambda g, x: where_not_positive(g, x, x))


@op()
def elu(x, alpha, scale, rate):
    """scale·x where x is positive, else scale·alpha·(exp(rate·x) - 1)."""
    return in_blocks(kernels.elu, x, parameters=(alpha, scale, rate))[0]


@op()
def elu_slope(x, alpha, scale, rate):
    """The derivative of `elu`, at 0 the one from below."""
    return in_blocks(kernels.elu_slope, x, parameters=(alpha, scale, rate))[0]


elu.rules(x=lambda g, x, alpha, scale, rate: g * elu_slope(x, alpha, scale, rate))
elu_slope.rules(x=lambda g, x, out, rate: gated(g * (out * rate), x, np.less(x, 0)))


@op()
def hardsigmoid(x):
    """(x + 3) / 6 from -3 to 3, with 0 below and 1 above."""
    return np.minimum(np.maximum(x + 3, 0), 6) / 6


def between(x):
    """Whether -3 < x < 3."""
    return np.logical_and(np.greater(x, -3), np.less(x, 3))


hardsigmoid.rules(x=lambda g, x: gated(g / 6, x, between(x)))


@op()
def hardswish(x):
    """x·hardsigmoid(x)."""
    return in_blocks(kernels.hardswish, x)[0]


@op()
def hardswish_slope(x):
    """The derivative of `hardswish`: 0 up to -3, 1 from 3."""
    return in_blocks(kernels.hardswish_slope, x)[0]


hardswish.rules(x=lambda g, x: g * hardswish_slope(x))
hardswish_slope.rules(x=lambda g, x: gated(g / 3, x, between(x)))


@op()
def softplus(x, beta=1, threshold=20):
    """log(1 + exp(beta·x)) / beta, and x itself where beta·x is over the threshold."""
    return in_blocks(kernels.softplus, x, parameters=(beta, threshold))[0]


@op()
def softplus_slope(x, beta, threshold):
    """The derivative of `softplus`: the sigmoid of beta·x."""
    return in_blocks(kernels.softplus_slope, x, parameters=(beta, threshold))[0]


softplus.rules(x=lambda g, x, beta, threshold: g * softplus_slope(x, beta, threshold))
softplus_slope.rules(x=lambda g, out, beta: g * (out * (1 - out) * beta))
