"""What arithmetic, elementary functions and comparisons do with odd operands: dtypes, overflow, Inf, NaN, errors.

Tests that take `m` run on PyTorch too, where it is installed: they say what PyTorch does.
"""

import math
import operator
import re

import numpy as np
import pytest

import autograd
from autograd.functions import in_place

from .expectations import same

INF, NAN = math.inf, math.nan


# ---- dtypes


@pytest.mark.parametrize("name", ["exp", "sin", "sqrt", "sigmoid", "erf", "lgamma", "reciprocal", "rsqrt", "deg2rad"])
@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool"])
def test_functions_of_integers_are_floating(m, name, dtype):
    x = m.tensor([1, 1], dtype=getattr(m, dtype))
    same(getattr(m, name)(x), getattr(m, name)(m.tensor([1.0, 1.0])).tolist(), "float32")


@pytest.mark.parametrize("name", ["abs", "sign", "floor", "ceil", "round", "trunc", "square", "neg", "relu"])
def test_functions_that_keep_integers(m, name):
    assert getattr(m, name)(m.tensor([3, -4])).dtype is m.int64


def test_numbers_do_not_promote_within_their_category(m):
    small, whole, truth = m.tensor([200], dtype=m.uint8), m.tensor([1, 2]), m.tensor([True])
    same(small + 100, [44], "uint8")
    same(small + 300, [244], "uint8")
    same(small * 1.5, [300.0], "float32")
    same(whole + 2.5, [3.5, 4.5], "float32")
    same(whole / 2, [0.5, 1.0], "float32")
    same(whole**2, [1, 4], "int64")
    same(truth + 1, [2], "int64")
    same(truth + True, [True], "bool")
    same(m.tensor([1.0], dtype=m.float16) * 3, [3.0], "float16")
    same(m.tensor([1.0]) * 1j, [1j], "complex64")


def test_a_scalar_tensor_counts_less_than_one_with_dimensions(m):
    wide, narrow = m.tensor(2.0, dtype=m.float64), m.tensor([1.5])
    same(narrow * wide, [3.0], "float32")
    same(m.tensor([1, 2]) * wide, [2.0, 4.0], "float64")
    same(m.maximum(narrow, wide), [2.0], "float32")
    same(m.where(m.tensor([True]), narrow, wide), [1.5], "float32")
    assert (wide * m.tensor(1.0)).dtype is m.float64


def test_comparison_wraps_a_number_to_the_tensors_dtype(m):
    same(m.tensor([5], dtype=m.uint8) > -1, [False])
    same(m.tensor([1, 2]) > 1.5, [False, True])


def test_unsigned_numbers_wrap_around(m):
    x = m.tensor([1, 255], dtype=m.uint8)
    same(-x, [255, 1], "uint8")
    same(x + x, [2, 254], "uint8")
    same(x - 2, [255, 253], "uint8")


def test_bools_do_not_subtract_negate_or_divide_into_integers(m):
    x = m.tensor([True, False])
    for subtraction in (lambda: x - x, lambda: x - 1, lambda: 1 - x, lambda: m.tensor([1.0]) - x, lambda: m.rsub(x, 1)):
        with pytest.raises(RuntimeError, match="Subtraction, the `-` operator"):
            subtraction()
    with pytest.raises(RuntimeError, match="Negation, the `-` operator, on a bool tensor"):
        operator.neg(x)
    with pytest.raises(RuntimeError, match=re.escape("The `+` operator, on a bool tensor")):
        m.positive(x)
    for refused in (
        lambda: m.abs(x),
        lambda: x // x,
        lambda: x % x,
        lambda: m.pow(x, x),
        lambda: x << x,
        lambda: m.floor(x),
        lambda: m.fmod(x, x),
        lambda: m.div(x, x, rounding_mode="trunc"),
    ):
        with pytest.raises(NotImplementedError, match="not implemented for"):
            refused()
    with pytest.raises(RuntimeError):
        m.relu(x)
    same(x / x, [1.0, NAN], "float32")
    same(m.square(x), [1, 0], "int64")
    same(m.sign(x), [True, False], "bool")


@pytest.mark.parametrize(
    "name",
    ["floor", "ceil", "round", "relu", "erf", "lgamma", "maximum", "fmax", "clamp", "lt", "remainder", "atan2", "sign"],
)
def test_what_complex_numbers_refuse(m, name):
    z = m.tensor([1 + 2j])
    arguments = [z, z] if name in ("maximum", "fmax", "lt", "remainder", "atan2", "clamp") else [z]
    with pytest.raises(RuntimeError):
        getattr(m, name)(*arguments)


def test_floats_have_no_bits(m):
    x = m.tensor([1.0])
    for refused in (lambda: x & x, lambda: x << x, lambda: m.bitwise_not(x), lambda: m.gcd(x, x)):
        with pytest.raises(NotImplementedError, match="not implemented for"):
            refused()
    with pytest.raises(TypeError, match="only implemented on integer and Boolean"):
        operator.invert(x)


def test_functions_that_need_floats(m):
    x = m.tensor([1, 2])
    for refused in (
        lambda: m.hypot(x, x),
        lambda: m.logaddexp(x, x),
        lambda: m.nextafter(x, x),
        lambda: m.frac(x),
        lambda: m.lerp(x, x, 0.5),
        lambda: m.frexp(x),
        lambda: m.round(x, decimals=1),
        lambda: m.addcdiv(x, x, x),
    ):
        with pytest.raises(RuntimeError):
            refused()


def test_functions_that_do_not_promote(m):
    x, y = m.tensor([1.0]), m.tensor([1.0], dtype=m.float64)
    for refused in (
        lambda: m.isclose(x, y),
        lambda: m.allclose(x, y),
        lambda: m.lerp(x, y, 0.5),
        lambda: m.heaviside(x, y),
        lambda: m.complex(x, y),
        lambda: m.polar(x, y),
    ):
        with pytest.raises(RuntimeError):
            refused()
    assert m.equal(x, y)


def test_operands_that_are_no_tensors(m):
    x = m.tensor([1.0])
    for refused in (
        lambda: m.sin(1.0),
        lambda: m.sin([1.0]),
        lambda: m.add(x, "a"),
        lambda: m.add(x, None),
        lambda: m.mul(x, [1.0]),
        lambda: m.maximum(x, 2),
        lambda: m.logical_and(x, True),
        lambda: m.pow(2, 3),
        lambda: m.where(True, x, x),
        lambda: m.where(x > 0, x, None),
        lambda: m.equal(x, 1.0),
        lambda: m.isclose(x, 1.0),
        lambda: m.is_complex(1.0),
        lambda: m.masked_fill(x, [True], 1),
        lambda: m.polygamma(1.5, x),
        lambda: x + "a",
        lambda: x < None,
        lambda: m.abs(2.0),
    ):
        with pytest.raises(TypeError):
            refused()
    assert (x == "a") is False
    assert (x == None) is False  # noqa: E711 - what is tested
    assert (x != "a") is True


def test_shapes_that_do_not_broadcast(m):
    with pytest.raises(RuntimeError, match=re.escape("The size of tensor a (2) must match the size of tensor b (3)")):
        m.ones(4, 2) * m.ones(4, 3)


# ---- integers


def test_integers_divide_like_pythons(m):
    x, y = m.tensor([7, -7, 7, -7]), m.tensor([2, 2, -2, -2])
    same(x // y, [3, -4, -4, 3], "int64")
    same(x % y, [1, 1, -1, -1], "int64")
    same(m.fmod(x, y), [1, -1, 1, -1], "int64")
    same(m.div(x, y, rounding_mode="trunc"), [3, -3, -3, 3], "int64")
    same(m.div(x, y, rounding_mode="floor"), [3, -4, -4, 3], "int64")
    same(m.div(x, 2.0, rounding_mode="floor"), [3.0, -4.0, 3.0, -4.0], "float32")
    with pytest.raises(RuntimeError, match="rounding_mode"):
        m.div(x, y, rounding_mode="up")


@pytest.mark.parametrize("zero", [0, [1, 0]])
def test_integers_divided_by_zero(m, zero):
    x, y = m.tensor([1, 2]), zero if zero == 0 else m.tensor(zero)
    for division in (
        lambda: x // y,
        lambda: x % y,
        lambda: m.fmod(x, y),
        lambda: m.div(x, y, rounding_mode="trunc"),
        lambda: x.clone().remainder_(y),
    ):
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            division()


def test_integer_powers(m):
    x = m.tensor([0, 1, -1, 2, -3])
    same(x**3, [0, 1, -1, 8, -27], "int64")
    same(x**0, [1, 1, 1, 1, 1], "int64")
    same(x ** m.tensor(-1), [0, 1, -1, 0, 0], "int64")
    same(x ** m.tensor(-2), [0, 1, 1, 0, 0], "int64")
    same(2 ** m.tensor([3, -1]), [8, 0], "int64")
    for negative in (lambda: x**-1, lambda: m.pow(x, -2), lambda: m.tensor([2], dtype=m.uint8) ** -1):
        with pytest.raises(RuntimeError, match="Integers to negative integer powers are not allowed"):
            negative()
    same(m.tensor([3], dtype=m.uint8) ** 6, [729 % 256], "uint8")


def test_shifts_beyond_the_width(m):
    x = m.tensor([-8, 8])
    same(x << 70, [0, 0], "int64")
    same(x >> 70, [-1, 0], "int64")
    same(1 << m.tensor([3]), [8], "int64")


def test_alpha_must_fit_the_dtype(m):
    whole, real, truth = m.tensor([1, 2]), m.tensor([1.0]), m.tensor([True])
    same(m.add(whole, 3, alpha=2), [7, 8], "int64")
    same(m.add(truth, truth, alpha=True), [True], "bool")
    for function in (m.add, m.sub, m.rsub):
        with pytest.raises(RuntimeError, match="must not be a floating point number"):
            function(whole, whole, alpha=1.5)
        with pytest.raises(RuntimeError, match="Boolean alpha"):
            function(real, real, alpha=True)
        with pytest.raises(RuntimeError, match="must not be a complex number"):
            function(real, real, alpha=1j)


def test_addcmul_of_integers_cuts_its_value(m):
    x = m.tensor([1, 2])
    same(m.addcmul(x, x, x, value=2.5), [3, 10], "int64")
    with pytest.raises(RuntimeError, match="Integer division with addcdiv"):
        m.addcdiv(m.tensor([1.0, 2.0]), x, x)


# ---- Inf, NaN, zeros


def test_division_by_zero_and_infinity(m):
    x = m.tensor([INF, -INF, NAN, 5.0, -5.0, 0.0, 1.0])
    one, infinity = m.ones(7), m.full((7,), INF)
    same(x // one, [NAN, NAN, NAN, 5.0, -5.0, 0.0, 1.0])
    same(x % infinity, [NAN, NAN, NAN, 5.0, INF, 0.0, 1.0])
    same(m.fmod(x, infinity), [NAN, NAN, NAN, 5.0, -5.0, 0.0, 1.0])
    same(x[5:] / 0, [NAN, INF])
    same(x[5:] // 0, [NAN, INF])
    same(x[5:] % 0, [NAN, NAN])


def test_nan_wins_and_loses(m):
    x, y = m.tensor([NAN, 1.0, NAN, -INF]), m.tensor([1.0, NAN, NAN, 3.0])
    same(m.maximum(x, y), [NAN, NAN, NAN, 3.0])
    same(m.minimum(x, y), [NAN, NAN, NAN, -INF])
    same(m.fmax(x, y), [1.0, 1.0, NAN, 3.0])
    same(m.fmin(x, y), [1.0, 1.0, NAN, -INF])
    same(m.clamp(x, 0, 2), [NAN, 1.0, NAN, 0.0])
    same(m.clamp(m.tensor([1.0, 2.0]), NAN, 3), [NAN, NAN])
    same(m.relu(x), [NAN, 1.0, NAN, 0.0])


def test_sign_of_nan_and_zero(m):
    x = m.tensor([NAN, 0.0, -0.0, INF, -2.0])
    same(m.sign(x), [0.0, 0.0, 0.0, 1.0, -1.0])
    same(m.sgn(x), [0.0, 0.0, 0.0, 1.0, -1.0])
    same(m.heaviside(x, m.tensor([7.0])), [0.0, 7.0, 7.0, 1.0, 0.0])
    assert m.signbit(m.tensor([-0.0, 0.0, -1.0])).tolist() == [True, False, True]
    same(m.copysign(m.tensor([1.0, 2]), m.tensor([-0.0, 0.0])), [-1.0, 2.0])


def test_powers_at_the_edges(m):
    same(m.tensor([NAN, 0.0, INF]) ** 0, [1.0, 1.0, 1.0])
    same(m.pow(1.0, m.tensor([NAN])), [1.0])
    same(m.tensor([0.0, -0.0]) ** -1, [INF, -INF])
    same(m.tensor([4.0, 0.0, -1.0]) ** 0.5, [2.0, 0.0, NAN])
    same(m.tensor([-2.0]) ** m.tensor([3.0]), [-8.0])
    same(m.tensor([-2.0]) ** 2.5, [NAN])
    truth = m.tensor([True, False])
    assert (truth**True).tolist() == [True, False]
    assert (truth**False).tolist() == truth.clone().pow_(False).tolist() == [True, True]
    assert (truth**True).dtype is (truth**False).dtype is m.bool
    with pytest.raises(NotImplementedError, match="pow"):
        truth**truth
    same(m.float_power(m.tensor([2]), -1), [0.5], "float64")
    same(m.float_power(2, m.tensor([3.0])), [8.0], "float64")


def test_logarithms_at_the_edges(m):
    x = m.tensor([0.0, -1.0, INF, NAN])
    same(m.log(x), [-INF, NAN, INF, NAN])
    same(m.log1p(m.tensor([-1.0])), [-INF])
    same(m.xlogy(m.tensor([0.0, 0.0, 0.0, 1.0]), m.tensor([0.0, -1.0, NAN, 0.0])), [0.0, 0.0, NAN, -INF])
    same(m.xlogy(0, m.tensor([0.0])), [0.0])
    x = m.tensor([2.0, 3.0], requires_grad=True)
    m.xlogy(x, m.tensor([0.0, 1.0])).clamp(min=-1).sum().backward()  # no gradient arrives, and none leaves
    same(x.grad, [0.0, 0.0])
    same(m.logaddexp(m.tensor([-INF, INF]), m.tensor([-INF, 0.0])), [-INF, INF])
    same(m.logit(m.tensor([0.0, 1.0, -1.0])), [-INF, INF, NAN])
    same(m.logit(m.tensor([0.0, 1.0]), eps=0.5), [0.0, 0.0])
    same(m.sigmoid(m.tensor([-1000.0, 1000.0, NAN])), [0.0, 1.0, NAN])


def test_poles_of_the_gamma_family():
    x = autograd.tensor([0.0, -1.0, INF, NAN], dtype=autograd.float64)
    same(x.lgamma(), [INF, INF, INF, NAN])
    same(x.digamma(), [-INF, NAN, INF, NAN])
    same(x.polygamma(1), [INF, INF, 0.0, NAN])
    assert x.polygamma(2).tolist()[:2] == [-INF, -INF]
    assert x.i0()[:3].tolist() == [1.0, pytest.approx(1.2660658777520084, rel=1e-15), INF]
    with pytest.raises(RuntimeError, match="negative n"):
        autograd.polygamma(-1, x)


def test_the_gamma_family_is_accurate():
    x = autograd.tensor([0.5, 1.0, 3.0, 10.0, -0.5], dtype=autograd.float64)
    zeta3 = 1.2020569031595942
    assert x[:2].digamma().tolist() == pytest.approx([-1.9635100260214235, -0.5772156649015329], rel=1e-14)
    assert x.polygamma(1)[:2].tolist() == pytest.approx([math.pi**2 / 2, math.pi**2 / 6], rel=1e-14)
    assert x.polygamma(2)[1].item() == pytest.approx(-2 * zeta3, rel=1e-14)
    assert x.polygamma(1)[4].item() == pytest.approx(math.pi**2 / 2 + 4, rel=1e-14)
    big = autograd.tensor([40.0, 700.0, 1e9], dtype=autograd.float64)
    assert big.i0().tolist() == pytest.approx([14894774793419900.0, 1.5295933476718737e302, INF], rel=1e-13)


def test_rounding(m):
    same(m.round(m.tensor([0.5, 1.5, 2.5, -0.5, -1.5])), [0.0, 2.0, 2.0, -0.0, -2.0])
    same(m.round(m.tensor([1.2345, 125.0]), decimals=2), [1.23, 125.0])
    same(m.round(m.tensor([125.0, 135.0]), decimals=-1), [120.0, 140.0])
    same(m.frac(m.tensor([-1.5, 2.25])), [-0.5, 0.25])
    same(m.trunc(m.tensor([-1.5, 1.5])), [-1.0, 1.0])
    with pytest.raises(TypeError):
        m.round(m.tensor([1.0]), decimals=1.5)


def test_nan_to_num(m):
    x = m.tensor([NAN, INF, -INF, 1.0])
    top = m.finfo(m.float32).max
    same(m.nan_to_num(x), [0.0, top, -top, 1.0])
    same(m.nan_to_num(x, 2.0, 3.0, 4.0), [2.0, 3.0, 4.0, 1.0])
    same(m.nan_to_num(m.tensor([1, 2]), nan=7.0), [1, 2], "int64")


def test_frexp_and_ldexp(m):
    mantissa, exponent = m.frexp(m.tensor([1.0, 0.0, -3.0, INF]))
    same(mantissa, [0.5, 0.0, -0.75, INF])
    same(exponent[:3], [1, 0, 2], "int32")
    named = m.frexp(m.tensor([6.0]))
    assert named.exponent.item() == 3
    assert named.mantissa.item() == 0.75
    same(m.ldexp(m.tensor([1, 3]), m.tensor([2, -1])), [4.0, 1.5], "float32")
    same(m.ldexp(m.tensor([0.0, 1e-30]), m.tensor([200, 150])), [0.0, 1e-30 * 2.0**150], "float32")


def test_nextafter_makes_the_smallest_step(m):
    stepped = m.nextafter(m.tensor([1.0]), m.tensor([2.0])).item()
    assert stepped == float(np.nextafter(np.float32(1), np.float32(2)))


def test_what_numbers_are(m):
    x = m.tensor([1.0, INF, -INF, NAN])
    assert m.isinf(x).tolist() == [False, True, True, False]
    assert m.isposinf(x).tolist() == [False, True, False, False]
    assert m.isneginf(x).tolist() == [False, False, True, False]
    assert m.isfinite(x).tolist() == [True, False, False, False]
    whole = m.tensor([1, 2])
    assert m.isnan(whole).tolist() == m.isposinf(whole).tolist() == [False, False]
    assert m.isreal(m.tensor([1 + 0j, 1j])).tolist() == [True, False]
    assert m.isreal(whole).tolist() == [True, True]
    with pytest.raises(RuntimeError, match="complex"):
        m.isposinf(m.tensor([1j]))


def test_closeness(m):
    x = m.tensor([1.0, INF, NAN, INF])
    y = m.tensor([1.000001, INF, NAN, -INF])
    assert m.isclose(x, y).tolist() == [True, True, False, False]
    assert m.isclose(x, y, equal_nan=True).tolist() == [True, True, True, False]
    assert m.isclose(m.tensor([10]), m.tensor([11]), rtol=0.1).tolist() == [True]
    assert m.isclose(m.tensor([1.0, 2.0]), m.tensor([1.0, 2.1]), 0, 0).tolist() == [True, False]
    assert m.allclose(x[:2], y[:2]) is True
    assert m.allclose(x, y) is False
    for wrong in ({"rtol": -1}, {"atol": -1}):
        with pytest.raises(RuntimeError, match="greater than or equal to zero"):
            m.isclose(x, y, **wrong)


def test_equality_of_whole_tensors(m):
    x = m.tensor([1.0, 2.0])
    assert m.equal(x, x.clone()) is True
    assert m.equal(x, m.tensor([[1.0, 2.0]])) is False
    assert m.equal(x, m.tensor([1, 2])) is True
    assert m.equal(m.tensor([NAN]), m.tensor([NAN])) is False
    assert m.equal(m.ones(0), m.ones(0)) is True


# ---- in-place forms, operators, NumPy


@pytest.mark.parametrize("name", in_place.__all__)
def test_in_place_functions_are_the_methods(name):
    assert getattr(autograd, name) is getattr(autograd.Tensor, name)


def test_in_place_results_must_fit(m):
    whole, real = m.tensor([1, 2]), m.tensor([1.5])
    for wrong in (
        lambda: whole.add_(1.5),
        lambda: whole.div_(2),
        lambda: whole.sin_(),
        lambda: whole.pow_(2.0),
        lambda: real.add_(m.ones(3)),
        lambda: real.mul_(1j),
        lambda: real.float_power_(2),
    ):
        with pytest.raises(RuntimeError):
            wrong()
    assert whole.tolist() == [1, 2]
    same(whole.eq_(2), [0, 1], "int64")
    same(real.logical_not_(), [0.0], "float32")
    same(m.tensor([1.5], dtype=m.float64).float_power_(2), [2.25], "float64")
    same(m.tensor([1.5]).polygamma_(1), [0.9348022], "float32")


def test_in_place_on_an_operand_of_itself(m):
    x = m.tensor([1.0, 2.0, 3.0])
    x.mul_(x)
    x.sub_(x[:1].clone())
    assert x.tolist() == [0.0, 3.0, 8.0]


def test_operators_in_place(m):
    x = m.tensor([7.0, -7.0])
    same_object = x
    x += 1
    x -= 2
    x *= 2
    x /= 4
    x **= 2
    x //= 2
    x %= 3
    assert x is same_object
    assert x.tolist() == [1.0, 2.0]
    bits = m.tensor([5, 6])
    bits &= 6
    bits |= 1
    bits ^= 3
    bits <<= 2
    bits >>= 1
    assert bits.tolist() == [12, 8]
    with pytest.raises(TypeError):
        x += "a"


def test_reflected_operators(m):
    x = m.tensor([2, 4])
    same(1 - x, [-1, -3], "int64")
    same(8 / x, [4.0, 2.0], "float32")
    same(9 // x, [4, 2], "int64")
    same(9 % x, [1, 1], "int64")
    same(2**x, [4, 16], "int64")
    same(2.0**x, [4.0, 16.0], "float32")
    same(6 & x, [2, 4], "int64")
    same(1 | x, [3, 5], "int64")
    same(7 ^ x, [5, 3], "int64")
    same(True & m.tensor([True, False]), [True, False], "bool")
    same(1 << x, [4, 16], "int64")
    same(64 >> x, [16, 4], "int64")
    same(x < 3, [True, False], "bool")


def test_unary_operators(m):
    x, whole = m.tensor([1.5, -2.0]), m.tensor([1, -2])
    same(-x, [-1.5, 2.0])
    same(+x, [1.5, -2.0])
    same(abs(x), [1.5, 2.0])
    same(-whole, [-1, 2], "int64")
    same(abs(whole), [1, 2], "int64")
    same(~whole, [-2, 1], "int64")
    same(~m.tensor([True, False]), [False, True], "bool")


def test_numpy_functions_of_tensors_record():
    x = autograd.tensor([0.5, 2.0], requires_grad=True)
    array = np.array([1.0, 3.0], dtype=np.float32)
    results = [np.tanh(x), np.clip(x, 0, 1), np.maximum(x, array), np.power(x, 2), array * x, np.sign(x), 2**x]
    results += [np.logaddexp(x, array), np.where(array > 2, x, 0), np.floor_divide(x, array), np.heaviside(x, array)]
    for result in results:
        assert isinstance(result, autograd.Tensor)
        assert result.requires_grad
        assert result.dtype is autograd.float32
    assert np.sqrt(autograd.tensor([4, 9])).tolist() == [2.0, 3.0]
    assert not np.isnan(x).requires_grad


def test_zero_dimensional_and_empty_operands(m):
    scalar, empty = m.tensor(2.0), m.ones(0, 3)
    assert (scalar * scalar).shape == m.sigmoid(scalar).shape == m.where(scalar > 0, scalar, 0).shape == ()
    assert (empty * m.ones(3)).shape == m.clamp(empty, 0, 1).shape == (0, 3)
    assert m.relu(empty).shape == m.lerp(empty, empty, 0.5).shape == (0, 3)
    assert (m.ones(0, dtype=m.int64) // m.ones(0, dtype=m.int64)).shape == (0,)
    assert m.allclose(empty, empty)
