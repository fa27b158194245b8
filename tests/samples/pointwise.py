"""Cases of elementwise functions: arithmetic, elementary and special ones, choosing, comparing, complex numbers."""

import numpy as np

from ..cases import case

SHAPE = (2, 3)
WHOLE = np.array([[-7, 5, 3], [2, -4, 9]])
SMALL = np.array([[1, 2, 3], [4, 2, 1]])
COMPLEX = np.array([[1 + 2j, -0.5 + 0.3j, 0.7 - 1.1j], [-1.2 - 0.4j, 2 - 0.1j, 0.3 + 0.9j]])
OTHER = np.array([[0.5 - 1j, 1.5 + 0.2j, -0.8 + 0.6j], [1.1 + 0.7j, -0.3 - 1.4j, 0.9 - 0.2j]])
FLAGS = np.array([[True, False, True], [False, False, True]])
MORE_FLAGS = np.array([[True, True, False], [False, True, True]])
TIES = np.array([[-1.0, 0.5, 2.0], [1.5, -0.5, 1.0]])
HOLOMORPHIC = ["exp", "log", "sqrt", "rsqrt", "sin", "cos", "tan", "tanh", "sigmoid", "square", "reciprocal", "asin"]
HOLOMORPHIC += ["acos", "atan", "sinh", "sinc"]
ODD = np.array([[np.nan, np.inf, -np.inf], [0.0, -0.0, 1.5]])


def unary(name, function, low=-2.0, high=2.0, **options):
    """A case of a function of one operand."""
    return case(name, function, SHAPE, low=low, high=high, elementwise=True, **options)


def binary(name, function, low=-2.0, high=2.0, **options):
    """A case of a function of two operands."""
    return case(name, function, SHAPE, SHAPE, low=low, high=high, elementwise=True, **options)


def plain(name, function, *operands, **options):
    """A case of a function without derivatives."""
    return case(name, function, *operands, order=0, elementwise=True, **options)


ARITHMETIC = [
    binary("add", lambda m, x, y: m.add(x, y)),
    binary("add:alpha", lambda m, x, y: m.add(x, y, alpha=2.5)),
    binary("sub", lambda m, x, y: m.sub(x, y)),
    binary("subtract:alpha", lambda m, x, y: m.subtract(x, y, alpha=-3)),
    binary("rsub", lambda m, x, y: m.rsub(x, y, alpha=2)),
    binary("mul", lambda m, x, y: m.mul(x, y)),
    unary("multiply:number", lambda m, x: m.multiply(x, 2.5)),
    binary("div", lambda m, x, y: m.div(x, y), low=0.5),
    binary("divide", lambda m, x, y: m.divide(x, y), low=-2.0, high=-0.5),
    binary("div:floor", lambda m, x, y: m.div(x, y, rounding_mode="floor"), low=0.5, order=1),
    binary("div:trunc", lambda m, x, y: m.div(x, y, rounding_mode="trunc"), low=0.5, order=1),
    plain("div:integers", lambda m, x, y: x / y, WHOLE, SMALL),
    plain("div:trunc integers", lambda m, x, y: m.div(x, y, rounding_mode="trunc"), WHOLE, SMALL + 1),
    unary("true_divide:reflected", lambda m, x: m.true_divide(2.0, x), low=0.5),
    plain("floor_divide:integers", lambda m, x, y: m.floor_divide(x, y), WHOLE, SMALL + 1),
    case("remainder", lambda m, x, y: m.remainder(x, y), TIES * 5.3, TIES, elementwise=True),
    case("fmod", lambda m, x, y: m.fmod(x, y), TIES * 5.3, TIES, elementwise=True),
    plain("remainder:integers", lambda m, x, y: x % y, WHOLE, SMALL + 1),
    unary("neg", lambda m, x: m.neg(x)),
    unary("negative", lambda m, x: m.negative(x)),
    unary("positive", lambda m, x: m.positive(x) * 1.0),
    unary("positive:numpy", lambda m, x: np.positive(x), torch=False, reference=np.positive),
    binary("pow", lambda m, x, y: m.pow(x, y), low=0.3),
    case("pow:zero exponent", lambda m, x, y: m.pow(x, y), np.array([0.5, 2.0, 1.5]), np.array([0.0, 1.0, 2.0])),
    *(unary(f"pow:{n}", lambda m, x, n=n: x**n, low=0.3) for n in (0, 1, 2, 3, 0.5, -0.5, -1, 1.7)),
    unary("pow:odd power of negative numbers", lambda m, x: x**3, high=-0.3),
    unary("pow:base", lambda m, x: m.pow(2.5, x)),
    unary("rpow", lambda m, x: 0.5**x),
    plain("pow:integers", lambda m, x, y: x**y, WHOLE, SMALL - 2),
    binary("float_power", lambda m, x, y: m.float_power(x, y), low=0.3, single=False),
    unary("square", lambda m, x: m.square(x)),
    unary("reciprocal", lambda m, x: m.reciprocal(x), low=0.4),
    binary("lerp:number", lambda m, x, y: m.lerp(x, y, 0.3)),
    case("lerp", lambda m, x, y, w: m.lerp(x, y, w), SHAPE, SHAPE, SHAPE, elementwise=True),
    case("addcmul", lambda m, x, y, z: m.addcmul(x, y, z, value=0.5), SHAPE, SHAPE, SHAPE, elementwise=True),
    case("addcdiv", lambda m, x, y, z: m.addcdiv(x, y, z, value=2), SHAPE, SHAPE, SHAPE, low=0.5, elementwise=True),
    binary("ldexp", lambda m, x, y: m.ldexp(x, y)),
    case("ldexp:integers", lambda m, x, n: m.ldexp(x, n), SHAPE, SMALL, elementwise=True),
    plain("gcd", lambda m, x, y: m.gcd(x, y), WHOLE * 6, SMALL * 4),
    plain("lcm", lambda m, x, y: m.lcm(x, y), WHOLE, SMALL),
]

ELEMENTARY = [
    unary("exp", lambda m, x: m.exp(x)),
    unary("exp2", lambda m, x: m.exp2(x)),
    unary("expm1", lambda m, x: m.expm1(x)),
    unary("log", lambda m, x: m.log(x), low=0.2),
    unary("log2", lambda m, x: m.log2(x), low=0.2),
    unary("log10", lambda m, x: m.log10(x), low=0.2),
    unary("log1p", lambda m, x: m.log1p(x), low=-0.8),
    binary("logaddexp", lambda m, x, y: m.logaddexp(x, y), low=-5, high=5),
    binary("logaddexp2", lambda m, x, y: m.logaddexp2(x, y), low=-5, high=5),
    binary("xlogy", lambda m, x, y: m.xlogy(x, y), low=0.2),
    case("xlogy:zero", lambda m, x, y: m.xlogy(x, y), np.zeros(3), np.array([0.5, 1.0, 2.0])),
    unary("xlogy:number", lambda m, x: m.xlogy(2, x), low=0.2),
    unary("sqrt", lambda m, x: m.sqrt(x), low=0.2),
    unary("rsqrt", lambda m, x: m.rsqrt(x), low=0.2),
    unary("sigmoid", lambda m, x: m.sigmoid(x), low=-5, high=5),
    unary("logit", lambda m, x: m.logit(x), low=0.2, high=0.8),
    unary("logit:eps", lambda m, x: m.logit(x, eps=0.4), low=0.2, high=0.8),
    unary("sin", lambda m, x: m.sin(x)),
    unary("cos", lambda m, x: m.cos(x)),
    unary("tan", lambda m, x: m.tan(x), low=-1.2, high=1.2),
    unary("asin", lambda m, x: m.asin(x), low=-0.8, high=0.8),
    unary("arcsin", lambda m, x: m.arcsin(x), low=-0.8, high=0.8, order=1),
    unary("acos", lambda m, x: m.acos(x), low=-0.8, high=0.8),
    unary("arccos", lambda m, x: m.arccos(x), low=-0.8, high=0.8, order=1),
    unary("atan", lambda m, x: m.atan(x)),
    unary("arctan", lambda m, x: m.arctan(x), order=1),
    binary("atan2", lambda m, x, y: m.atan2(x, y)),
    binary("arctan2", lambda m, x, y: m.arctan2(x, y), order=1),
    unary("deg2rad", lambda m, x: m.deg2rad(x), low=-180, high=180),
    unary("rad2deg", lambda m, x: m.rad2deg(x)),
    binary("hypot", lambda m, x, y: m.hypot(x, y)),
    unary("sinh", lambda m, x: m.sinh(x)),
    unary("cosh", lambda m, x: m.cosh(x)),
    unary("tanh", lambda m, x: m.tanh(x)),
    unary("asinh", lambda m, x: m.asinh(x)),
    unary("arcsinh", lambda m, x: m.arcsinh(x), order=1),
    unary("acosh", lambda m, x: m.acosh(x), low=1.3, high=3),
    unary("arccosh", lambda m, x: m.arccosh(x), low=1.3, high=3, order=1),
    unary("atanh", lambda m, x: m.atanh(x), low=-0.8, high=0.8),
    unary("arctanh", lambda m, x: m.arctanh(x), low=-0.8, high=0.8, order=1),
]

SPECIAL = [
    unary("erf", lambda m, x: m.erf(x)),
    unary("erfc", lambda m, x: m.erfc(x)),
    unary("erfinv", lambda m, x: m.erfinv(x), low=-0.9, high=0.9),
    unary("lgamma", lambda m, x: m.lgamma(x), low=0.3, high=4),
    unary("lgamma:negative", lambda m, x: m.lgamma(x), low=-1.8, high=-1.2),
    unary("digamma", lambda m, x: m.digamma(x), low=0.3, high=4, tolerance=100),
    unary("polygamma:0", lambda m, x: m.polygamma(0, x), low=0.3, high=4, tolerance=100),
    unary("polygamma:2", lambda m, x: m.polygamma(2, x), low=0.5, high=4),
    unary("polygamma:negative", lambda m, x: x.polygamma(3), low=-1.8, high=-1.2, tolerance=10),
    unary("i0", lambda m, x: m.i0(x), low=-4, high=4),
    unary("sinc", lambda m, x: m.sinc(x)),
    case("sinc:zero", lambda m, x: m.sinc(x), np.array([0.0, 0.5, -1.0, 1e-4, 0.49, -0.51]), tolerance=10),
]

SELECTION = [
    binary("where", lambda m, x, y: m.where(x > y, x * y, y)),
    unary("where:number", lambda m, x: m.where(x > 0.1, x, 1.5)),
    unary("where:method", lambda m, x: x.where(x > 0.1, -1)),
    plain("where:numbers", lambda m, c: m.where(c, 1, 2.5), FLAGS, single=False),
    unary("masked_fill", lambda m, x: m.masked_fill(x, x > 0.1, 7)),
    case("masked_fill:tensor", lambda m, x, v: x.masked_fill(x > 0.1, v), SHAPE, ()),
    case("masked_fill_", lambda m, x, v: (x * 1).masked_fill_(x > 0.1, v), SHAPE, ()),
    case("fill", lambda m, x, v: m.fill(x, v), SHAPE, ()),
    case("fill_", lambda m, x, v: (x * 1).fill_(v) * v, SHAPE, ()),
    case("zero_", lambda m, x: (x * 1).zero_() + x, SHAPE),
    unary("clamp", lambda m, x: m.clamp(x, -0.7, 0.8)),
    unary("clip:max", lambda m, x: m.clip(x, max=0.5)),
    case("clamp:tensors", lambda m, x, low, high: m.clamp(x, low, high), SHAPE, SHAPE, SHAPE, elementwise=True),
    binary("clamp_min", lambda m, x, y: m.clamp_min(x, y)),
    binary("clamp_max", lambda m, x, y: m.clamp_max(x, y)),
    binary("maximum", lambda m, x, y: m.maximum(x, y)),
    binary("minimum", lambda m, x, y: m.minimum(x, y)),
    binary("fmax", lambda m, x, y: m.fmax(x, y)),
    binary("fmin", lambda m, x, y: m.fmin(x, y)),
    unary("nan_to_num", lambda m, x: m.nan_to_num(x)),
    plain("nan_to_num:replaced", lambda m, x: m.nan_to_num(x, 1.0, 2.0, 3.0), ODD),
    unary("relu", lambda m, x: m.relu(x)),
    unary("relu:of a product", lambda m, x: m.relu(x * x - 1), low=-3, high=3),
    unary("abs", lambda m, x: m.abs(x)),
    unary("absolute", lambda m, x: m.absolute(x)),
    unary("sign", lambda m, x: m.sign(x), order=1),
    unary("sgn", lambda m, x: m.sgn(x), order=1),
    binary("copysign", lambda m, x, y: m.copysign(x, y)),
    binary("heaviside", lambda m, x, y: m.heaviside(x.detach(), y.detach())),
    binary("heaviside:gradients", lambda m, x, y: m.heaviside(x, y), torch=False, reference=np.heaviside),
    binary("nextafter", lambda m, x, y: m.nextafter(x, y), order=1),
    unary("floor", lambda m, x: m.floor(x), order=1),
    unary("ceil", lambda m, x: m.ceil(x), order=1),
    unary("trunc", lambda m, x: m.trunc(x), order=1),
    unary("fix", lambda m, x: m.fix(x), order=1),
    unary("frac", lambda m, x: m.frac(x)),
    unary("round", lambda m, x: m.round(x), order=1),
    unary("round:decimals", lambda m, x: m.round(x, decimals=2), order=1),
    unary("frexp", lambda m, x: m.frexp(x)),
]

COMPARISON = [
    plain("eq", lambda m, x, y: m.eq(x, y), WHOLE, WHOLE.T.reshape(2, 3)),
    plain("ne", lambda m, x, y: m.ne(x, y), WHOLE, WHOLE.T.reshape(2, 3)),
    plain("not_equal", lambda m, x: m.not_equal(x, 3), WHOLE),
    plain("lt", lambda m, x, y: m.lt(x, y), WHOLE, SMALL),
    plain("less", lambda m, x: m.less(x, 3), WHOLE),
    plain("le", lambda m, x, y: m.le(x, y), WHOLE, SMALL),
    plain("less_equal", lambda m, x: m.less_equal(x, 3), WHOLE),
    plain("gt", lambda m, x, y: m.gt(x, y), WHOLE, SMALL),
    plain("greater", lambda m, x: m.greater(x, 3), WHOLE),
    plain("ge", lambda m, x, y: m.ge(x, y), WHOLE, SMALL),
    plain("greater_equal", lambda m, x: m.greater_equal(x, 3), WHOLE),
    plain("isclose", lambda m, x, y: m.isclose(x, y, rtol=0.1, atol=0.1), TIES, TIES + 0.12),
    plain("isclose:nan", lambda m, x: m.isclose(x, x, equal_nan=True), ODD),
    plain("logical_and", lambda m, x, y: m.logical_and(x, y), FLAGS, MORE_FLAGS),
    plain("logical_or", lambda m, x, y: m.logical_or(x, y), FLAGS, MORE_FLAGS),
    plain("logical_xor", lambda m, x, y: m.logical_xor(x, y), FLAGS, WHOLE - 5),
    plain("logical_not", lambda m, x: m.logical_not(x), WHOLE - 5),
    plain("bitwise_and", lambda m, x, y: m.bitwise_and(x, y), WHOLE, SMALL),
    plain("bitwise_or", lambda m, x, y: m.bitwise_or(x, y), WHOLE, SMALL),
    plain("bitwise_xor", lambda m, x, y: m.bitwise_xor(x, y), FLAGS, MORE_FLAGS),
    plain("bitwise_not", lambda m, x: m.bitwise_not(x), WHOLE),
    plain("bitwise_left_shift", lambda m, x, y: m.bitwise_left_shift(x, y), WHOLE, SMALL),
    plain("bitwise_right_shift", lambda m, x, y: m.bitwise_right_shift(x, y), WHOLE, SMALL),
    plain("isnan", lambda m, x: m.isnan(x), ODD),
    plain("isinf", lambda m, x: m.isinf(x), ODD),
    plain("isfinite", lambda m, x: m.isfinite(x), ODD),
    plain("isposinf", lambda m, x: m.isposinf(x), ODD),
    plain("isneginf", lambda m, x: m.isneginf(x), ODD),
    plain("signbit", lambda m, x: m.signbit(x), ODD),
    plain("isreal", lambda m, x: m.isreal(x), COMPLEX * [1, 0, 1]),
]

COMPLEX_NUMBERS = [
    case("real", lambda m, z: m.real(z) * 1.0, COMPLEX),
    case("imag", lambda m, z: m.imag(z) * 1.0, COMPLEX),
    case("conj", lambda m, z: m.conj(z) * z, COMPLEX),
    case("conj_physical", lambda m, z: m.conj_physical(z) * z * z, COMPLEX),
    case("resolve_conj", lambda m, z: m.resolve_conj(m.resolve_neg(z)) * 1.0, COMPLEX),
    case("angle", lambda m, z: m.angle(z), COMPLEX),
    case("angle:real", lambda m, x: m.angle(x), SHAPE, order=1),
    case("abs:complex", lambda m, z: m.abs(z), COMPLEX),
    case("sgn:complex", lambda m, z: m.sgn(z), COMPLEX),
    case("complex", lambda m, x, y: m.complex(x, y), SHAPE, SHAPE),
    case("polar", lambda m, r, angle: m.polar(r, angle), SHAPE, SHAPE, low=0.2),
    case("view_as_real", lambda m, z: m.view_as_real(z) * 1.0, COMPLEX, layouts=False),
    case("view_as_complex", lambda m, x: m.view_as_complex(x) * 1.0, (3, 2), layouts=False),
    case("mul:complex", lambda m, z, w: z * w, COMPLEX, OTHER),
    case("mul:complex and real", lambda m, z, x: z * x, COMPLEX, SHAPE),
    case("div:complex", lambda m, z, w: z / w, COMPLEX, OTHER),
    case("pow:complex", lambda m, z, w: z**w, COMPLEX, OTHER),
    case("logaddexp:complex", lambda m, z, w: m.logaddexp(z, w), COMPLEX, OTHER),
    *(case(f"{name}:complex", lambda m, z, name=name: getattr(m, name)(z), COMPLEX) for name in HOLOMORPHIC),
    case("asinh:complex", lambda m, z: m.asinh(z) + m.atanh(z) + m.log1p(z) + m.expm1(z), COMPLEX),
    case("where:complex", lambda m, z, w: m.where(z.real > 0, z, w), COMPLEX, OTHER),
]

CASES = [*ARITHMETIC, *ELEMENTARY, *SPECIAL, *SELECTION, *COMPARISON, *COMPLEX_NUMBERS]
