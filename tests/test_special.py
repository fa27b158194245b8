"""The special functions on raw arrays: accuracy in ulp, the edges of their domains, and what they do with any array."""

import math
from fractions import Fraction

import numpy as np
import pytest

from autograd.kernels import special

FUNCTIONS = ["erf", "erfc", "erfinv", "lgamma", "digamma"]
FLOATS = [np.float16, np.float32, np.float64]
inf, nan = math.inf, math.nan

# To 25 digits at 400, so that nothing cancels; the arguments are floats, taken exactly. In mpmath's names, `lgamma` is
# lambda x: log(abs(gamma(x))). Among the points are the worst of the millions the functions were checked at.
#   python -c "from mpmath import *; mp.dps = 400; print(nstr(erfinv(mpf(0.97)), 25))"
REFERENCE = {
    "erf": {
        5e-324: "5.574933819448522712675509e-324",
        1e-300: "1.128379167095512602172316e-300",
        1e-08: "1.128379167095512559892102e-8",
        0.1109150330926151: "0.12464287950398385237672",
        0.4456865472883957: "0.4714990340980131466451919",
        0.84375: "0.7672256612323416334589782",
        1.25: "0.9229001282564582301365235",
        3.5: "0.9999992569016276585872545",
        5.9: "0.9999999999999999280959022",
    },
    "erfc": {
        -1.5: "1.966105146475310727066976",
        -0.03: "1.033841222341735432050591",
        1e-20: "0.9999999999999999999887162",
        0.004290371198631238: "0.9951588642244314841239147",
        0.25: "0.7236736098317630670149317",
        0.8323821432639235: "0.2391292100109112171587091",
        1.5241626624627178: "0.03112339240274853901369604",
        4.0: "1.541725790028001885215967e-8",
        15.647401350496105: "1.670828153324818454205985e-108",
        26.5: "2.210907664263734275929239e-307",
        27.2: "1.018904914270315539514234e-323",
    },
    "erfinv": {
        5e-324: "4.378542782857191434358117e-324",
        1e-300: "8.862269254527580358571257e-301",
        1e-08: "8.862269254527580553925872e-9",
        0.1: "0.08885599049425769197428041",
        0.5: "0.4769362762044698733814184",
        0.97: "1.534485621777717890385779",
        0.9750634762684239: "1.585605384174910144445975",
        0.991410648599188: "1.858262623229634127292605",
        0.999999999: "4.320005388105362045945364",
        1 - 2**-53: "5.863584748755167927207663",
    },
    "lgamma": {
        -0.3: "1.46484005085760253047093",
        1e-300: "690.7755278982137051803383",
        1e-08: "18.42068073818020888445275",
        0.3: "1.095797994818075560562999",
        0.9999999: "5.772157468444192826317855e-8",
        1.4616252597069588: "-0.1214862905129124257186234",
        2.0000001: "4.227843666532497923203435e-8",
        2.7745456339879575: "0.4954464647760346659094016",
        7.5: "7.534364236758732955158368",
        30.5: "72.95347118416940832383855",
        1e5: "1051287.708973656894900858",
        1e300: "6.897755278982137414744009e+302",
    },
    "digamma": {
        1e-300: "-9.999999999999999749409082e+299",
        1e-08: "-100000000.5772156463599362",
        0.3: "-3.502524222200133124915351",
        1.0: "-0.5772156649015328606065121",
        1.4616321449683622: "-9.241265521729427516792351e-17",
        1.4616358: "0.000003536866757060549947596113",
        2.0950167811150004: "0.4823074241355200372377534",
        7.5: "1.946757484246086788069291",
        30.5: "3.401243668961661084434944",
        1e5: "11.51292046496189508675671",
        1e300: "690.7755278982137052579022",
    },
}
ULP = {"erf": 4, "erfc": 4, "erfinv": 4, "lgamma": 8, "digamma": 8}


@pytest.mark.parametrize(
    "name, x, expected", [(name, x, value) for name, values in REFERENCE.items() for x, value in values.items()]
)
def test_against_high_precision(name, x, expected):
    exact = Fraction(expected)
    error = abs(Fraction(float(getattr(special, name)(x))) - exact) / Fraction(math.ulp(float(exact)))
    assert error <= ULP[name]


def dense(*magnitudes):
    """Random points of both signs, as many in each interval."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.uniform(low, high, 4000) * rng.choice([-1, 1], 4000) for low, high in magnitudes])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "name, oracle_ulp",  # the C library's own float64 error
    [("erf", 2), ("erfc", 6)],
)
def test_error_functions_are_within_4_ulp(name, oracle_ulp, dtype):
    magnitudes = [(0, 1e-310), (0, 1e-40), (0, 1e-6), (0, 0.01), (0, 0.5), (0.5, 1), (1, 3), (3, 6), (6, 28)]
    x = dense(*magnitudes).astype(dtype)
    actual = getattr(special, name)(x)
    exact = np.array([getattr(math, name)(value) for value in x.tolist()])
    ulp = np.spacing(np.abs(exact).astype(dtype)).astype(np.float64)
    error = np.abs(actual.astype(np.float64) - exact) / ulp
    assert error.max() <= 4 + (oracle_ulp if dtype == np.float64 else 0)
    assert np.abs(actual).max() <= (1 if name == "erf" else 2)


def test_lgamma_is_close_to_the_c_library():
    x = dense((0, 0.01), (0.01, 0.5), (0.5, 3), (3, 20), (20, 1000))
    expected = np.array([math.lgamma(value) for value in x.tolist()])
    np.testing.assert_allclose(special.lgamma(x), expected, rtol=1e-14, atol=1e-14)


def test_digamma_obeys_its_recurrence_and_reflection():
    x = dense((0.01, 0.5), (0.5, 3), (3, 20))
    np.testing.assert_allclose(special.digamma(x + 1), special.digamma(x) + 1 / x, rtol=1e-10, atol=1e-10)
    x = np.random.default_rng(0).uniform(0.01, 0.49, 1000)
    cotangent = np.pi / np.tan(np.pi * x)
    np.testing.assert_allclose(special.digamma(1 - x), special.digamma(x) + cotangent, rtol=1e-14, atol=1e-13)
    np.testing.assert_allclose(special.digamma(-x), special.digamma(x) + 1 / x + cotangent, rtol=1e-14, atol=1e-13)


def test_erfinv_inverts_erf():
    y = dense((0, 1e-300), (0, 1e-6), (0, 0.5), (0.5, 0.97), (0.97, 1))
    np.testing.assert_allclose(special.erf(special.erfinv(y)), y, rtol=2e-15, atol=0)
    tail = 1 - np.exp(np.random.default_rng(0).uniform(-36, -1, 4000))
    np.testing.assert_allclose(special.erfc(special.erfinv(tail)), 1 - tail, rtol=1e-13)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "name, arguments, values",
    [
        ("erf", [0.0, -0.0, 7, -7, inf, -inf, nan], [0.0, -0.0, 1, -1, 1, -1, nan]),
        ("erfc", [0.0, -0.0, 40, -7, inf, -inf, nan], [1, 1, 0, 2, 0, 2, nan]),
        ("erfinv", [0.0, -0.0, 1, -1, 1.5, -2, inf, -inf, nan], [0.0, -0.0, inf, -inf, nan, nan, nan, nan, nan]),
        ("lgamma", [1, 2, 0.0, -0.0, -1, -2048, inf, -inf, nan], [0.0, 0.0, inf, inf, inf, inf, inf, inf, nan]),
        ("digamma", [0.0, -0.0, -1, -2048, inf, -inf, nan], [-inf, inf, nan, nan, inf, nan, nan]),
    ],
)
def test_special_values(name, arguments, values, dtype):
    actual = getattr(special, name)(np.array(arguments, dtype))
    np.testing.assert_array_equal(actual, np.array(values, dtype))
    finite = np.isfinite(values)
    np.testing.assert_array_equal(np.signbit(actual)[finite], np.signbit(values)[finite])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["erf", "erfinv"])
def test_odd(name, dtype):
    x = dense((0, 1e-6), (0, 1), (1, 8)).astype(dtype)
    np.testing.assert_array_equal(getattr(special, name)(-x), -getattr(special, name)(x))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_floating_point_error_escapes(name, dtype):
    limits = np.finfo(dtype)
    x = np.array([0, 1, inf, nan, limits.max, limits.tiny, limits.smallest_subnormal, 1 - limits.epsneg, 20.5], dtype)
    with np.errstate(all="raise"):
        getattr(special, name)(np.concatenate([x, -x]))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("name", ["erfc", "erfinv", "lgamma", "digamma"])
def test_narrow_floats_are_rounded_once(name, dtype):
    function = getattr(special, name)
    x = dense((0, 1), (1, 9)).astype(dtype)
    with np.errstate(over="ignore", under="ignore"):
        expected = function(x.astype(np.float64)).astype(dtype)
    np.testing.assert_array_equal(function(x), expected)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_any_shape_and_layout(name, dtype):
    function = getattr(special, name)
    base = np.linspace(0.01, 0.99, 3 * 4 * 5000).astype(dtype).reshape(3, 4, 5000)  # more than one block
    for x in [base, base.T, base[::-1, ::2, 1:], base[:0], base[0, 0, 0], np.broadcast_to(base[0, 0, 0], (2, 3))]:
        before = x.copy()
        actual = function(x)
        assert actual.dtype == dtype
        assert actual.shape == x.shape
        np.testing.assert_array_equal(actual, function(np.ascontiguousarray(x)).reshape(x.shape))
        np.testing.assert_array_equal(x, before)
        assert not np.shares_memory(actual, x)


@pytest.mark.parametrize("dtype", [bool, np.int64, np.complex64])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_only_floating_point_arrays(name, dtype):
    with pytest.raises(TypeError, match="floating-point"):
        getattr(special, name)(np.ones(3, dtype))
