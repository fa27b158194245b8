"""Derivatives of functions that choose between values, or that have kinks and steps: the subgradients are PyTorch's.

What is not chosen gets a gradient of exactly 0, even where the gradient that arrives is Inf or NaN.
"""

import numpy as np

from ..kernels.choosing import BITS
from ..op import op, ufunc
from .copying import clone
from .elementwise import is_complex


@op(name="masked")
def keep(x, condition):
    """x where the condition holds, else 0, also where x is Inf or NaN there.

    Its bits times 0 or 1, as integers: exact, and many times as fast as `np.where` on a condition without a pattern.
    """
    if x.dtype.kind == "c":
        return np.where(condition, x, 0)
    holds = np.asarray(condition, bool)  # NumPy's `where` takes numbers as well
    return np.multiply(x.view(BITS[x.dtype.itemsize]), holds).view(x.dtype)


keep.rules(x=lambda g, condition: keep(g, condition))


@op()
def where(condition, x, y):
    return np.where(condition, x, y)


where.rules(x=lambda g, condition: keep(g, condition), y=lambda g, condition: keep(g, np.logical_not(condition)))


@op(contiguous=True)
def masked_fill(x, mask, value):
    return np.where(mask, value, x)


masked_fill.rules(x=lambda g, mask: keep(g, np.logical_not(mask)), value=lambda g, mask: keep(g, mask))


@op(np.full_like)
def fill(x, value):
    return np.full_like(x, value)


fill.rules(x=lambda g: np.zeros_like(g), value=lambda g: g)


@op()
def relu(x):
    return np.maximum(x, 0)


@op(name="threshold_backward")
def pass_positive(x, gate):
    """x where the gate is positive or NaN, else 0."""
    return keep(x, np.logical_not(gate <= 0))


# The second derivative is 0 rather than none at all: it is a step's.
pass_positive.rules(x=lambda g, gate: pass_positive(g, gate), gate=lambda g: np.zeros_like(g))
relu.rules(x=lambda g, out: pass_positive(g, out))


@op()
def clamp(x, min=None, max=None):
    if min is not None:
        x = np.maximum(x, min)
    return x if max is None else np.minimum(x, max)


def clamp_of_input(g, x, min, max):
    """The gradient passes from bound to bound, both included."""
    inside = None if min is None else np.greater_equal(x, min)
    if max is not None:
        below = np.less_equal(x, max)
        inside = below if inside is None else np.logical_and(inside, below)
    return keep(g, inside)


def clamp_of_min(g, x, min, max):
    below = np.less(x, min)
    return keep(g, below if max is None else np.logical_and(below, np.less(min, max)))


def clamp_of_max(g, x, min, max):
    above = np.greater(x, max)
    return keep(g, above if min is None else np.logical_or(above, np.less(max, min)))


clamp.rules(x=clamp_of_input, min=clamp_of_min, max=clamp_of_max)


def ahead(g, loses, ties):
    """The gradient of an operand that loses here and ties there; it is shared equally in a tie.

    Where an operand is NaN neither loses, and both get it all.
    """
    return np.where(ties, g / 2, keep(g, np.logical_not(loses)))


maximum = ufunc(np.maximum, "maximum")
maximum.rules(
    x=lambda g, x, y: ahead(g, np.less(x, y), np.equal(x, y)),
    y=lambda g, x, y: ahead(g, np.less(y, x), np.equal(x, y)),
)

minimum = ufunc(np.minimum, "minimum")
minimum.rules(
    x=lambda g, x, y: ahead(g, np.greater(x, y), np.equal(x, y)),
    y=lambda g, x, y: ahead(g, np.greater(y, x), np.equal(x, y)),
)

fmax = ufunc(np.fmax, "fmax")
fmax.rules(
    x=lambda g, x, y: keep(g, np.logical_or(np.greater_equal(x, y), np.isnan(y))),
    y=lambda g, x, y: keep(g, np.logical_not(np.logical_or(np.greater_equal(x, y), np.isnan(y)))),
)

fmin = ufunc(np.fmin, "fmin")
fmin.rules(
    x=lambda g, x, y: keep(g, np.logical_or(np.less_equal(x, y), np.isnan(y))),
    y=lambda g, x, y: keep(g, np.logical_not(np.logical_or(np.less_equal(x, y), np.isnan(y)))),
)


@op(np.nan_to_num)
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    if x.dtype.kind == "V":  # of bfloat16 NumPy would replace nothing
        largest = float(np.array(0x7F7F, np.uint16).view(x.dtype))
        bounds = largest if posinf is None else posinf, -largest if neginf is None else neginf
        return np.nan_to_num(x.astype(np.float32), False, nan, *bounds).astype(x.dtype)
    return np.nan_to_num(clone(x), False, nan, posinf, neginf)


nan_to_num.rules(x=lambda g, x: g * np.isfinite(x))

# ---- kinks and steps


@op(np.sign, name="sgn", holomorphic=False)
def sign(x):
    """-1, 0 or 1, and 0 for NaN; of a complex number z/|z|."""
    return np.sign(x) if x.dtype.kind not in "fV" else np.subtract(x > 0, x < 0, dtype=x.dtype)


def sign_rule(g, x):
    """Zero for a real number; of z/|z| the part of the gradient across z, over |z|."""
    if not is_complex(x):
        return np.zeros_like(g)
    size, out = np.absolute(x), np.sign(x)
    across = (g - np.real(g * np.conjugate(out)) * out) / np.where(np.equal(size, 0), 1, size)
    return np.where(np.equal(size, 0), 0, across)


sign.rules(x=sign_rule)

absolute = ufunc(np.absolute, "abs", holomorphic=False)
absolute.rules(x=lambda g, x: g * sign(x))

copysign = ufunc(np.copysign, "copysign", floating=True)
copysign.rules(x=lambda g, x, out: g * (sign(x) * sign(out)), y=lambda g: np.zeros_like(g))

floor = ufunc(np.floor, "floor")
floor.rules(x=lambda g: np.zeros_like(g))

ceil = ufunc(np.ceil, "ceil")
ceil.rules(x=lambda g: np.zeros_like(g))

trunc = ufunc(np.trunc, "trunc")
trunc.rules(x=lambda g: np.zeros_like(g))


@op(np.round, name="round")
def round_(x, decimals=0):
    return np.round(x, decimals)


round_.rules(x=lambda g: np.zeros_like(g))


@op(np.heaviside)
def heaviside(x, y):
    return np.where(x == 0, y, x > 0)


heaviside.rules(x=lambda g: np.zeros_like(g), y=lambda g, x: keep(g, np.equal(x, 0)))

nextafter = ufunc(np.nextafter, "nextafter")
nextafter.rules(x=lambda g, x, y: keep(g, np.not_equal(x, y)), y=lambda g: np.zeros_like(g))


@op()
def exponent(x):
    """The exponent e of x = mantissa·2^e, with the mantissa from 0.5 up to 1."""
    return np.frexp(x)[1]


@op()
def mantissa(x):
    """The mantissa of x, see `exponent`."""
    return np.frexp(x)[0]


@op()
def shift_exponent(x, exponent):
    """x·2^exponent, exactly."""
    return np.ldexp(x, exponent)


mantissa.rules(x=lambda g, x: shift_exponent(g, -exponent(x)))
shift_exponent.rules(x=lambda g, exponent: shift_exponent(g, exponent))
