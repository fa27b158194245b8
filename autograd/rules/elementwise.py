"""Derivatives of elementwise functions.

`g` is the gradient of the output, `out` the output. Sums over broadcast dimensions and casts are the engine's work.
Functions without rules (comparisons, logic, bits) end every gradient.
"""

import math

import numpy as np

from ..kernels.sums import FLOAT32
from ..op import op, ufunc

# ---- arithmetic

add = ufunc(np.add, "add")
add.rules(x=lambda g: g, y=lambda g: g)

subtract = ufunc(np.subtract, "sub")
subtract.rules(x=lambda g: g, y=lambda g: -g)

multiply = ufunc(np.multiply, "mul")
multiply.rules(x=lambda g, y: g * y, y=lambda g, x: g * x)

divide = ufunc(np.true_divide, "div", floating=True)
divide.rules(x=lambda g, y: g / y, y=lambda g, x, y: -g * (x / y) / y)

negative = ufunc(np.negative, "neg")
negative.rules(x=lambda g: -g)

positive = ufunc(np.positive, "positive")
positive.rules(x=lambda g: g)

reciprocal = ufunc(np.reciprocal, "reciprocal", floating=True)
reciprocal.rules(x=lambda g, out: -g * out * out)

square = ufunc(np.square, "square")
square.rules(x=lambda g, x: g * (2 * x))


def refuse_zero(name, y):
    """Raises for a zero among integer divisors, where NumPy would give 0."""
    if isinstance(y, np.ndarray) and y.dtype.kind in "iu" and not y.all():
        raise RuntimeError(
            f"ZeroDivisionError: {name} by an integer 0. Convert to a floating dtype, or mask the zeros."
        )


@op(np.remainder)
def remainder(x, y):
    refuse_zero("remainder", y)
    return np.remainder(x, y)


remainder.rules(x=lambda g: g, y=lambda g, x, y: -g * np.floor_divide(x, y))


@op(np.floor_divide)
def floor_divide(x, y):
    refuse_zero("floor_divide", y)
    return np.floor_divide(x, y)


floor_divide.rules(x=lambda g: np.zeros_like(g), y=lambda g: np.zeros_like(g))


@op()
def trunc_divide(x, y):
    """x / y without its fraction; for integers as C divides."""
    refuse_zero("trunc_divide", y)
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "iu":
        return np.trunc(x / y)
    quotient = np.floor_divide(x, y)
    return quotient + np.logical_and((x < 0) != (y < 0), quotient * y != x).astype(y.dtype)


trunc_divide.rules(x=lambda g: np.zeros_like(g), y=lambda g: np.zeros_like(g))


@op(np.fmod)
def fmod(x, y):
    refuse_zero("fmod", y)
    return np.fmod(x, y)


fmod.rules(x=lambda g: g, y=lambda g, x, y: -g * trunc_divide(x, y))


@op(np.power, name="pow")
def power(x, y):
    if isinstance(y, np.ndarray):
        return integer_power(x, y) if y.dtype.kind == "i" else np.power(x, y)
    if y == 2:  # products and roots are many times as fast as NumPy's powers, and what PyTorch computes
        return np.square(x)
    if y == 3:
        return x * x * x
    if y == 4:
        return np.square(np.square(x))
    if y == 0.5:
        return np.sqrt(x)
    if y == -0.5:
        return np.reciprocal(np.sqrt(x))
    return np.power(x, y)


def integer_power(x, y):
    """Integers to integer powers; to negative ones, 1 and -1 have an inverse, all others give 0."""
    result = np.power(x, np.maximum(y, 0))
    if np.any(y < 0):
        result = np.where(y >= 0, result, np.where(x == 1, 1, np.where(x == -1, 1 - 2 * (y % 2), 0))).astype(y.dtype)
    return result


def power_of_base(g, x, y):
    """y·x^(y-1), and 0 at x = 0 = y."""
    if isinstance(y, (int, float, complex)):
        return g * (y * power(x, y - 1)) if y else np.zeros_like(g)
    constant = np.logical_and(np.equal(y, 0), np.logical_or(np.equal(x, 0), np.isnan(x)))
    return np.where(constant, 0, g * (y * np.power(x, np.where(constant, 1, y) - 1)))


def power_of_exponent(g, x, y, out):
    """x^y·log x, and 0 where x is 0 and y is not negative: the limit there."""
    flat = np.logical_and(np.equal(x, 0), np.greater_equal(np.real(y), 0))
    return np.where(flat, 0, g * (out * np.log(np.where(flat, 1, x))))


power.rules(x=power_of_base, y=power_of_exponent)


@op()
def lerp(x, y, weight):
    """x + weight·(y - x), computed from the nearer end, so that weights 0 and 1 give x and y exactly."""
    kind, x, y = x.dtype, widened(x), widened(y)
    near = np.abs(weight) < 0.5
    if isinstance(weight, np.ndarray):
        weight = widened(weight)
        out = np.where(near, x + weight * (y - x), y - (y - x) * (1 - weight))
    else:
        out = x + weight * (y - x) if near else y - (y - x) * (1 - weight)
    return out.astype(kind, copy=False)


lerp.rules(
    x=lambda g, weight: widened(g) * (1 - weight),
    y=lambda g, weight: widened(g) * weight,
    weight=lambda g, x, y: g * (widened(y) - widened(x)),
)

gcd = ufunc(np.gcd, "gcd")
lcm = ufunc(np.lcm, "lcm")

# ---- exponentials and logarithms

exp = ufunc(np.exp, "exp", floating=True)
exp.rules(x=lambda g, out: g * out)

exp2 = ufunc(np.exp2, "exp2", floating=True)
exp2.rules(x=lambda g, out: g * (out * math.log(2)))

expm1 = ufunc(np.expm1, "expm1", floating=True)
expm1.rules(x=lambda g, out: g * (out + 1))

log = ufunc(np.log, "log", floating=True)
log.rules(x=lambda g, x: g / x)

log2 = ufunc(np.log2, "log2", floating=True)
log2.rules(x=lambda g, x: g / (x * math.log(2)))

log10 = ufunc(np.log10, "log10", floating=True)
log10.rules(x=lambda g, x: g / (x * math.log(10)))

log1p = ufunc(np.log1p, "log1p", floating=True)
log1p.rules(x=lambda g, x: g / (x + 1))


@op()
def sigmoid(x):
    kind, x = x.dtype, widened(x)
    out = np.exp(-x)
    out += 1  # Inf far below 0, and the result is 0
    return (1 / out).astype(kind, copy=False)


sigmoid.rules(x=lambda g, out: g * (out * (1 - out)))


@op(np.logaddexp, floating=True)
def logaddexp(x, y):
    if x.dtype.kind != "c":
        return np.logaddexp(x, y)
    larger = np.where(x.real > y.real, x, y)
    return np.where(np.isinf(larger), larger, larger + np.log(np.exp(x - larger) + np.exp(y - larger)))


logaddexp.rules(x=lambda g, x, y: g * sigmoid(x - y), y=lambda g, x, y: g * sigmoid(y - x))

logaddexp2 = ufunc(np.logaddexp2, "logaddexp2", floating=True)
logaddexp2.rules(
    x=lambda g, x, y: g * sigmoid((x - y) * math.log(2)), y=lambda g, x, y: g * sigmoid((y - x) * math.log(2))
)


@op()
def logit(x):
    """log(x / (1 - x))."""
    return np.log(x / (1 - x))


# x + 0 makes 0 of -0, for the infinity there is positive from either side.
logit.rules(x=lambda g, x: g / np.where(np.logical_or(np.less(x, 0), np.greater(x, 1)), math.nan, (x + 0) * (1 - x)))


@op()
def xlogy(x, y):
    """x·log y, and 0 where x is 0, whatever log y is."""
    return np.where(np.logical_and(x == 0, np.logical_not(np.isnan(y))), 0, x * np.log(y))


xlogy.rules(
    x=lambda g, x, y: xlogy(g, np.where(np.logical_and(np.equal(x, 0), np.less_equal(y, 0)), 1, y)),
    y=lambda g, x, y: g * x / y,
)

sqrt = ufunc(np.sqrt, "sqrt", floating=True)
sqrt.rules(x=lambda g, out: g / (2 * out))


@op()
def rsqrt(x):
    return np.reciprocal(np.sqrt(x))


rsqrt.rules(x=lambda g, out: -0.5 * g * (out * out * out))

# ---- trigonometric and hyperbolic

sin = ufunc(np.sin, "sin", floating=True)
sin.rules(x=lambda g, x: g * np.cos(x))

cos = ufunc(np.cos, "cos", floating=True)
cos.rules(x=lambda g, x: -g * np.sin(x))

tan = ufunc(np.tan, "tan", floating=True)
tan.rules(x=lambda g, out: g * (1 + out * out))

arcsin = ufunc(np.arcsin, "asin", floating=True)
arcsin.rules(x=lambda g, x: g / np.sqrt(1 - x * x))

arccos = ufunc(np.arccos, "acos", floating=True)
arccos.rules(x=lambda g, x: -g / np.sqrt(1 - x * x))

arctan = ufunc(np.arctan, "atan", floating=True)
arctan.rules(x=lambda g, x: g / (x * x + 1))


def over_square(g, part, x, y):
    """g·part / (x² + y²), and 0 at the origin."""
    square = x * x + y * y
    return g * (part / np.where(np.equal(square, 0), 1, square))


arctan2 = ufunc(np.arctan2, "atan2", floating=True)
arctan2.rules(x=lambda g, x, y: over_square(g, y, x, y), y=lambda g, x, y: over_square(g, -x, x, y))

sinh = ufunc(np.sinh, "sinh", floating=True)
sinh.rules(x=lambda g, x: g * np.cosh(x))

cosh = ufunc(np.cosh, "cosh", floating=True)
cosh.rules(x=lambda g, x: g * np.sinh(x))

tanh = ufunc(np.tanh, "tanh", floating=True)
tanh.rules(x=lambda g, out: g * (1 - out * out))

arcsinh = ufunc(np.arcsinh, "asinh", floating=True)
arcsinh.rules(x=lambda g, x: g / np.sqrt(x * x + 1))

arccosh = ufunc(np.arccosh, "acosh", floating=True)
arccosh.rules(x=lambda g, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)))

arctanh = ufunc(np.arctanh, "atanh", floating=True)
arctanh.rules(x=lambda g, x: g / (1 - x * x))

hypot = ufunc(np.hypot, "hypot", floating=True)
hypot.rules(x=lambda g, x, out: g * (x / out), y=lambda g, y, out: g * (y / out))

deg2rad = ufunc(np.deg2rad, "deg2rad", floating=True)
deg2rad.rules(x=lambda g: g * (math.pi / 180))

rad2deg = ufunc(np.rad2deg, "rad2deg", floating=True)
rad2deg.rules(x=lambda g: g * (180 / math.pi))

# ---- dtype


def is_complex(x):
    """Whether an array or tensor holds complex numbers."""
    return np.dtype(x.dtype).kind == "c"


def refuse_complex(x, name):
    """Raises for complex numbers, which have no order."""
    if x.dtype.kind == "c":
        raise NotImplementedError(f"{name}(): does not support complex input ({x.dtype.name}): it has no order")


@op(name="to_copy")
def astype(x, kind):
    return x.astype(kind, "C" if 0 in x.strides else "K")  # of an expanded x as `clone` does


astype.rules(x=lambda g: g)


def widened(x):
    """16-bit floats as float32, in which what consists of several steps is computed and then rounded, as in PyTorch."""
    return astype(x, FLOAT32) if x.dtype.itemsize == 2 else x


# ---- no gradient: comparisons, logic, bits, tests, shapes

equal = ufunc(np.equal, "eq")
not_equal = ufunc(np.not_equal, "ne")
less = ufunc(np.less, "lt")
less_equal = ufunc(np.less_equal, "le")
greater = ufunc(np.greater, "gt")
greater_equal = ufunc(np.greater_equal, "ge")
logical_and = ufunc(np.logical_and, "logical_and")
logical_or = ufunc(np.logical_or, "logical_or")
logical_xor = ufunc(np.logical_xor, "logical_xor")
logical_not = ufunc(np.logical_not, "logical_not")
bitwise_and = ufunc(np.bitwise_and, "bitwise_and")
bitwise_or = ufunc(np.bitwise_or, "bitwise_or")
bitwise_xor = ufunc(np.bitwise_xor, "bitwise_xor")
bitwise_not = ufunc(np.invert, "bitwise_not")
left_shift = ufunc(np.left_shift, "bitwise_left_shift")
right_shift = ufunc(np.right_shift, "bitwise_right_shift")
isnan = ufunc(np.isnan, "isnan")
isinf = ufunc(np.isinf, "isinf")
isfinite = ufunc(np.isfinite, "isfinite")
signbit = ufunc(np.signbit, "signbit")


@op()
def isclose(x, y, rtol=1e-05, atol=1e-08, equal_nan=False):
    close = x == y
    if x.dtype.kind in "iub":
        x, y = x.astype(np.float64), y.astype(np.float64)  # differences of integers may overflow
    if equal_nan:
        close = close | (np.isnan(x) & np.isnan(y))
    if rtol == 0 and atol == 0:
        return close
    distance = np.abs(x - y)
    return close | (np.isfinite(distance) & (distance <= atol + np.abs(rtol * y)))


@op(np.zeros_like)
def zeros_like(x):
    return np.zeros_like(x)


@op(np.ones_like)
def ones_like(x):
    return np.ones_like(x)
