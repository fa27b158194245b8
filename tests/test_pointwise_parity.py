"""Elementwise functions against PyTorch, over dtypes and special values: results, dtypes, gradients, what is refused.

Each function meets NaN, infinities, zeros of both signs, kinks, ties and the ends of integer ranges. Where it differs
from PyTorch on purpose, a list says so.
"""

import itertools
import math

import numpy as np
import pytest

import autograd
from autograd._tensor import wrap

pytest.importorskip("torch")

REAL = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 1.5, 2.5, 3.0, -3.7, 20.0, 1e-3]
COMPLEX = [0, 1, -1, 1j, -1j, 1 + 1j, -1.5 + 0.5j, 0.3 - 2j]
DATA = {
    "float32": np.array(REAL, np.float32),
    "float64": np.array(REAL),
    "int64": np.array([0, 1, -1, 2, -2, 3, 7, -7, 100]),
    "uint8": np.array([0, 1, 2, 3, 7, 100, 200, 255], np.uint8),
    "bool": np.array([True, False]),
    "complex128": np.array(COMPLEX),
}
TOLERANCE = {"float32": 1e-5, "float64": 1e-8, "complex64": 1e-5, "complex128": 1e-10}

UNARY = [
    "neg", "positive", "square", "reciprocal", "abs", "sign", "sgn", "exp", "exp2", "expm1", "log", "log2", "log10",
    "log1p", "sqrt", "rsqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh",
    "atanh", "sinc", "deg2rad", "rad2deg", "erf", "erfc", "erfinv", "sigmoid", "logit", "relu", "lgamma", "digamma",
    "i0", "floor", "ceil", "trunc", "frac", "round", "nan_to_num", "signbit", "isnan", "isinf", "isfinite",
    "isposinf", "isneginf", "isreal", "logical_not", "bitwise_not", "angle", "frexp", "real", "imag", "view_as_real",
]  # fmt: skip
BINARY = [
    "add", "sub", "rsub", "mul", "div", "floor_divide", "remainder", "fmod", "pow", "float_power", "logaddexp",
    "logaddexp2", "xlogy", "atan2", "hypot", "maximum", "minimum", "fmax", "fmin", "copysign", "heaviside",
    "nextafter", "ldexp", "gcd", "lcm", "eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or",
    "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift",
    "isclose", "clamp_min", "clamp_max", "where", "clamp", "addcmul", "addcdiv", "lerp", "masked_fill",
]  # fmt: skip
WITH_NUMBERS = ["add", "sub", "rsub", "mul", "div", "pow", "xlogy", "eq", "lt", "copysign", "clamp_min"]
NUMBERS = [0, 1, -1, 2, 2.5, -0.5, 0.5, 0.0, True, math.inf, math.nan, 1 + 2j]

# Gradients where ours say more, or where PyTorch has none: below 1 for acosh, at infinity, at the poles, of steps.
OTHER_GRADIENTS = {"acosh", "digamma", "i0", "copysign", "heaviside", "floor_divide", "nan_to_num", "logit", "sinc"}
OTHER_VALUES = {
    ("i0", "float32"),  # PyTorch's NaN at infinity
    ("i0", "float64"),
    ("pow", "complex128"),  # PyTorch's NaN for 0**0
    ("float_power", "complex128"),
    ("nan_to_num", "complex128"),  # refuses to record
    ("ldexp", "complex128"),  # 2**200 overflows on the way
}


def run(module, function, arrays):
    """The results and the gradients of the first one, as arrays; or the error."""
    make = wrap if module is autograd else module.from_numpy
    leaves = [make(array.copy()).requires_grad_(array.dtype.kind in "fc") for array in arrays]
    try:
        results = function(module, *leaves)
    except (RuntimeError, TypeError) as error:
        return error, None
    results = list(results) if isinstance(results, (tuple, list)) else [results]
    values = [result.detach().numpy(force=True) for result in results]
    if not results[0].requires_grad:
        return values, None
    given = np.linspace(0.5, 1.5, values[0].size).reshape(values[0].shape).astype(values[0].dtype)
    try:
        results[0].backward(make(given))
    except RuntimeError as error:
        return values, error
    return values, [None if leaf.grad is None else leaf.grad.numpy(force=True) for leaf in leaves]


def assert_close(found, expected, tolerance, what):
    assert found.dtype == expected.dtype, what
    if found.dtype.kind == "c":  # of infinite complex numbers any is as good
        finite = np.isfinite(expected) & np.isfinite(found)
        assert np.array_equal(np.isfinite(expected), np.isfinite(found)), what
        found, expected = found[finite], expected[finite]
    np.testing.assert_allclose(found, expected, tolerance, tolerance, err_msg=what)


def compare(torch, name, function, *arrays, what, differentiate=True):
    values, gradients = run(autograd, function, arrays)
    expected, expected_gradients = run(torch, function, arrays)
    if not isinstance(values, Exception) and (name, values[0].dtype.name) in OTHER_VALUES:
        return
    if isinstance(expected, Exception) or isinstance(values, Exception):
        assert isinstance(values, Exception) == isinstance(expected, Exception), f"{what}: {values!r}, {expected!r}"
        assert isinstance(values, TypeError) == isinstance(expected, TypeError), f"{what}: {values!r}, {expected!r}"
        return
    tolerance = max(TOLERANCE.get(array.dtype.name, 0) for array in (*arrays, values[0]))
    for found, right in zip(values, expected, strict=True):
        assert_close(found, right, tolerance, what)
    if not differentiate or name in OTHER_GRADIENTS or isinstance(expected_gradients, Exception):
        return
    assert not isinstance(gradients, Exception), what
    for found, right in zip(gradients or (), expected_gradients or (), strict=True):
        if found is not None and right is not None:
            assert_close(found, right, tolerance, f"gradient of {what}")


def two_operands(name):
    """How a function of BINARY is called with two operands."""
    if name == "where":
        return lambda m, x, y: m.where(x == x, x, y)
    if name == "masked_fill":
        return lambda m, x, y: m.masked_fill(x, x == x, y.detach()[-1])
    if name in ("clamp", "lerp", "addcmul", "addcdiv"):
        return lambda m, x, y: getattr(m, name)(x, y, y)
    return lambda m, x, y: getattr(m, name)(x, y)


@pytest.mark.parametrize("dtype", DATA)
@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_operand(torch, name, dtype):
    compare(torch, name, lambda m, x: getattr(m, name)(x), DATA[dtype], what=f"{name} {dtype}")


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.filterwarnings("ignore")  # PyTorch's own, of complex numbers made real
def test_functions_of_two_operands(torch, name):
    """Mixed dtypes too; their gradients only where both are alike, for PyTorch computes some of them in integers."""
    for one, other in itertools.product(DATA, DATA):
        x, y = np.repeat(DATA[one], len(DATA[other])), np.tile(DATA[other], len(DATA[one]))
        if name in ("floor_divide", "remainder", "fmod"):
            x, y = x[y != 0], y[y != 0]
        compare(torch, name, two_operands(name), x, y, what=f"{name} {one} {other}", differentiate=one == other)


@pytest.mark.parametrize("name", WITH_NUMBERS)
@pytest.mark.parametrize("number", NUMBERS)
def test_functions_of_an_operand_and_a_number(torch, name, number):
    for dtype, array in DATA.items():
        if isinstance(number, bool) and dtype == "bool" and name != "pow":
            continue  # PyTorch has an internal error for some of them
        what, certain = f"{name} of {dtype} and {number}", number == number
        compare(torch, name, lambda m, x: getattr(m, name)(x, number), array, what=what, differentiate=certain)
        if name in ("pow", "xlogy", "mul"):
            compare(torch, name, lambda m, x: getattr(m, name)(number, x), array, what=what, differentiate=certain)
