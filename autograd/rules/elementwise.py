"""Derivatives of elementwise functions.

`g` is the gradient of the output, `out` the output. Sums over broadcast dimensions and casts are the engine's work.
Functions without rules (comparisons, logic, bits) end every gradient.
"""

import math

import numpy as np

from ..kernels import special
from ..op import identity, op, ufunc

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

remainder = ufunc(np.remainder, "remainder")
remainder.rules(x=lambda g: g, y=lambda g, x, y: -g * np.floor_divide(x, y))

fmod = ufunc(np.fmod, "fmod")
fmod.rules(x=lambda g: g, y=lambda g, x, y: -g * np.trunc(x / y))

floor_divide = ufunc(np.floor_divide, "floor_divide")

reciprocal = ufunc(np.reciprocal, "reciprocal", floating=True)
reciprocal.rules(x=lambda g, out: -g * out * out)

square = ufunc(np.square, "square")
square.rules(x=lambda g, x: g * (2 * x))


def power_of_base(g, x, y):
    """y·x^(y-1), and 0 where y is 0, also at x = 0."""
    return np.where(np.equal(y, 0), 0, g * (y * np.power(x, np.where(np.equal(y, 0), 1, y) - 1)))


def power_of_exponent(g, x, y, out):
    """x^y·log x, and 0 where x is 0 and y is not negative: the limit there."""
    flat = np.logical_and(np.equal(x, 0), np.greater_equal(np.real(y), 0))
    return np.where(flat, 0, g * (out * np.log(np.where(flat, 1, x))))


power = ufunc(np.power, "pow")
power.rules(x=power_of_base, y=power_of_exponent)

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


def softmax_weight(x, out):
    """exp(x - out), the share of x in logaddexp; the limit where both are infinite is 1."""
    return np.exp(np.where(np.equal(x, out), 0, x - out))


logaddexp = ufunc(np.logaddexp, "logaddexp", floating=True)
logaddexp.rules(x=lambda g, x, out: g * softmax_weight(x, out), y=lambda g, y, out: g * softmax_weight(y, out))

logaddexp2 = ufunc(np.logaddexp2, "logaddexp2", floating=True)
logaddexp2.rules(
    x=lambda g, x, out: g * softmax_weight(x * math.log(2), out * math.log(2)),
    y=lambda g, y, out: g * softmax_weight(y * math.log(2), out * math.log(2)),
)

sqrt = ufunc(np.sqrt, "sqrt", floating=True)
sqrt.rules(x=lambda g, out: g / (2 * out))


@op()
def rsqrt(x):
    return np.reciprocal(np.sqrt(x))


rsqrt.rules(x=lambda g, out: -0.5 * g * out * out * out)

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

arctan2 = ufunc(np.arctan2, "atan2", floating=True)
arctan2.rules(
    x=lambda g, x, y: g * (y / np.where(np.equal(x * x + y * y, 0), 1, x * x + y * y)),
    y=lambda g, x, y: g * (-x / np.where(np.equal(x * x + y * y, 0), 1, x * x + y * y)),
)

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

# ---- special functions

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
def sigmoid(x):
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(-x))
    e = np.exp(-np.abs(x))  # never overflows
    return np.where(x >= 0, 1, e) / (1 + e)


sigmoid.rules(x=lambda g, out: g * (out * (1 - out)))


@op()
def softplus(x, beta=1, threshold=20):
    z = x * beta
    return np.where(z > threshold, x, np.log1p(np.exp(-np.abs(z))) / beta + np.maximum(x, 0))


def softplus_rule(g, x, beta, threshold):
    z = x * beta
    return np.where(np.greater(z, threshold), g, g * sigmoid(z))


softplus.rules(x=softplus_rule)

# ---- kinks and steps: the subgradients are PyTorch's

absolute = ufunc(np.absolute, "abs", holomorphic=False)
absolute.rules(x=lambda g, x: g * np.sign(x))

sign = ufunc(np.sign, "sgn", holomorphic=False)
sign.rules(x=lambda g, x, out: sign_rule(g, x, out))


def sign_rule(g, x, out):
    """Zero for a real number; of z/|z| the part of the gradient across z, over |z|."""
    if not np.iscomplexobj(out):
        return np.zeros_like(g)
    size = np.absolute(x)
    across = (g - np.real(g * np.conjugate(out)) * out) / np.where(np.equal(size, 0), 1, size)
    return np.where(np.equal(size, 0), 0, across)


@op()
def relu(x):
    return np.maximum(x, 0)


relu.rules(x=lambda g, out: g * (out > 0))


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


def ahead(g, x, y):
    """The gradient where x wins; a tie is shared equally. NaN, which wins as well, gets it all."""
    return np.where(np.equal(x, y), g / 2, np.where(np.logical_or(np.greater(x, y), np.isnan(x)), g, 0))


maximum = ufunc(np.maximum, "maximum")
maximum.rules(x=lambda g, x, y: ahead(g, x, y), y=lambda g, x, y: ahead(g, y, x))

minimum = ufunc(np.minimum, "minimum")
minimum.rules(x=lambda g, x, y: ahead(g, -x, -y), y=lambda g, x, y: ahead(g, -y, -x))

fmax = ufunc(np.fmax, "fmax")
fmax.rules(
    x=lambda g, x, y: g * np.logical_or(np.greater_equal(x, y), np.isnan(y)),
    y=lambda g, x, y: g * np.logical_not(np.logical_or(np.greater_equal(x, y), np.isnan(y))),
)

fmin = ufunc(np.fmin, "fmin")
fmin.rules(
    x=lambda g, x, y: g * np.logical_or(np.less_equal(x, y), np.isnan(y)),
    y=lambda g, x, y: g * np.logical_not(np.logical_or(np.less_equal(x, y), np.isnan(y))),
)

copysign = ufunc(np.copysign, "copysign", floating=True)
copysign.rules(
    x=lambda g, x, out: g * np.where(np.equal(x, 0), 0, np.sign(x) * np.sign(out)), y=lambda g: np.zeros_like(g)
)


@op(np.where)
def where(condition, x, y):
    return np.where(condition, x, y)


where.rules(x=lambda g, condition: np.where(condition, g, 0), y=lambda g, condition: np.where(condition, 0, g))


@op(np.nan_to_num)
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


nan_to_num.rules(x=lambda g, x: g * np.isfinite(x))

# ---- complex numbers: the rules follow PyTorch's convention themselves

conjugate = ufunc(np.conjugate, "conj", holomorphic=False)
conjugate.rules(x=lambda g: np.conjugate(g))


@op(np.real, holomorphic=False, view=True)
def real(x):
    return np.real(x)


real.rules(x=lambda g: g)


@op(np.imag, holomorphic=False, view=True)
def imag(x):
    return np.imag(x)


imag.rules(x=lambda g: g * 1j)


@op(np.angle, holomorphic=False)
def angle(x):
    return np.angle(x) if x.dtype.kind == "c" else np.where(np.isnan(x), x, np.where(x < 0, x.dtype.type(np.pi), 0))


def angle_rule(g, x):
    if not np.iscomplexobj(x):
        return np.zeros_like(g)
    size = np.real(x * np.conjugate(x))
    return np.where(np.equal(size, 0), 0, g * 1j * x / np.where(np.equal(size, 0), 1, size))


angle.rules(x=angle_rule)


@op(name="complex", holomorphic=False)
def make_complex(real, imag):
    return real + 1j * imag if real.dtype != np.float32 else (real + np.complex64(1j) * imag)


make_complex.rules(real=lambda g: np.real(g), imag=lambda g: np.imag(g))

# ---- dtype


@op(name="to_copy")
def astype(x, kind):
    return x.astype(kind)


astype.rules(x=lambda g: g)

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
gcd = ufunc(np.gcd, "gcd")
lcm = ufunc(np.lcm, "lcm")
nextafter = ufunc(np.nextafter, "nextafter")
heaviside = ufunc(np.heaviside, "heaviside")


@op(np.zeros_like)
def zeros_like(x):
    return np.zeros_like(x)


@op(np.ones_like)
def ones_like(x):
    return np.ones_like(x)



