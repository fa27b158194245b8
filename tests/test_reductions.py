"""Reductions and scans where cases cannot go: ties, zeros, NaN and Inf, empty and 0-d operands, dtypes, errors."""

from __future__ import annotations

import itertools
import math
import pickle

import numpy as np
import pytest

import autograd
from autograd import return_types
from autograd._tensor import wrap
from autograd.rules.scans import recurrence

from .odd_operands import INF, NAN, ODD, gradient, leaf


def hessian_rows(function, values):
    """The gradients of each entry of the gradient of `function`, a scalar, at these values."""
    x = leaf(values)
    (first,) = autograd.grad(function(x), x, create_graph=True)
    return [autograd.grad(g, x, retain_graph=True, materialize_grads=True)[0].tolist() for g in first]


# ---- ties and NaN


@pytest.mark.parametrize("name", ["amax", "max"])
def test_equal_maxima_share_the_gradient(name):
    assert gradient(lambda x: getattr(x, name)(), [2.0, 1.0, 2.0, 2.0]) == [1 / 3, 0, 1 / 3, 1 / 3]


def test_equal_extremes_share_the_gradient_in_each_lane():
    values = [[1.0, 1.0, 3.0], [2.0, 0.0, 2.0]]
    assert gradient(lambda x: x.amin(1), values) == [[0.5, 0.5, 0], [0, 1, 0]]
    assert gradient(lambda x: x.amax((0, 1)), values) == [[0, 0, 1], [0, 0, 0]]
    assert gradient(lambda x: x.aminmax(dim=1).max, values) == [[0, 0, 1], [0.5, 0, 0.5]]


def test_max_along_a_dimension_picks_the_first_of_equal_ones():
    values = [[2.0, 1.0, 2.0], [0.0, 3.0, 3.0]]
    assert leaf(values).max(1).indices.tolist() == [0, 1]
    assert gradient(lambda x: x.max(1).values, values) == [[1, 0, 0], [0, 1, 0]]
    assert gradient(lambda x: x.min(0).values, values) == [[0, 1, 1], [1, 0, 0]]


def test_running_extremes_count_the_last_of_equal_ones():
    values = [1.0, 2.0, 2.0, 1.0, NAN, 3.0, NAN]
    assert leaf(values).cummax(0).indices.tolist() == [0, 1, 2, 2, 4, 4, 6]
    assert leaf(values).cummin(0).indices.tolist() == [0, 0, 0, 3, 4, 4, 6]
    assert gradient(lambda x: x.cummax(0).values, values) == [1, 1, 2, 0, 2, 0, 1]


def test_nan_is_the_extreme_and_takes_the_gradient():
    values = [1.0, NAN, 5.0, NAN]
    for name in ("max", "min", "median"):
        assert math.isnan(getattr(leaf(values), name)().item())
        assert gradient(lambda x, name=name: getattr(x, name)(), values) == [0, 0.5, 0, 0.5]
    for name in ("max", "min"):
        assert gradient(lambda x, name=name: getattr(x, name)(0).values, values) == [0, 1, 0, 0]
    assert leaf(values).argmax().item() == leaf(values).argmin().item() == 1
    assert leaf(values).max(0).indices.item() == leaf(values).min(0).indices.item() == 1


@pytest.mark.parametrize("name", ["amax", "amin"])
def test_nan_takes_the_whole_lane_with_it(name):
    extreme = getattr(autograd, name)
    np.testing.assert_array_equal(gradient(lambda x: extreme(x), [1.0, NAN, 5.0]), [NAN, NAN, NAN])
    found = gradient(lambda x: extreme(x, 1, True), [[1.0, NAN], [2.0, 2.0]])
    np.testing.assert_array_equal(found, [[NAN, NAN], [0.5, 0.5]])
    found = gradient(lambda x: getattr(autograd.aminmax(x, dim=1), name[1:]), [[1.0, NAN], [2.0, 2.0]])
    np.testing.assert_array_equal(found, [[NAN, NAN], [0.5, 0.5]])


@pytest.mark.parametrize("p", [1, INF, -INF])
def test_nan_has_no_sign_in_the_gradient_of_a_norm(p):
    expected = [1, 0, -1] if p == 1 else [0, 0, 0]
    assert gradient(lambda x: x.norm(p), [1.0, NAN, -5.0]) == expected


@pytest.mark.parametrize("p", [0.5, 2, 3, -1])
def test_a_norm_that_is_nan_has_no_gradient_anywhere(m, p):
    x = m.tensor([1.0, NAN, -5.0, 0.0], requires_grad=True)
    x.norm(p).backward()
    assert x.grad.isnan().all()


def test_a_sum_to_no_dimensions_is_a_sum(m):
    x = m.tensor(2.0)
    assert x.sum_to_size(()) is not x
    assert m.tensor(True).sum_to_size(()).dtype is m.int64
    assert m.ones(2).sum_to_size(()).item() == 2


def test_integrals_of_small_integers_do_not_overflow(m):
    y = m.tensor([250, 250, 3], dtype=m.uint8)
    assert m.trapezoid(y).item() == 376.5
    assert m.trapezoid(y, dx=2).item() == 753


def test_integrals_between_unsigned_points_may_run_backwards():
    x = autograd.tensor([0, 200, 100], dtype=autograd.uint8)
    assert autograd.trapezoid(autograd.tensor([1.0, 2.0, 3.0]), x).item() == 50
    assert autograd.cumulative_trapezoid(autograd.tensor([250, 250, 3], dtype=autograd.uint8)).tolist() == [250, 376.5]
    assert autograd.trapezoid(autograd.ones(3).long(), autograd.ones(3).half()).dtype is autograd.float16


def test_nan_is_left_out():
    values = [[1.0, NAN], [NAN, NAN]]
    assert leaf(values).nansum(1).tolist() == [1, 0]
    mean = leaf(values).nanmean(1)
    assert mean[0].item() == 1
    assert math.isnan(mean[1].item())
    assert gradient(lambda x: x.nanmean(), values) == [[1, 0], [0, 0]]


# ---- products with zeros, to second order


@pytest.mark.parametrize(
    "values, expected",
    [([2.0, 3.0, 4.0], [12, 8, 6]), ([0.0, 3.0, 4.0], [12, 0, 0]), ([0.0, 3.0, 0.0], [0, 0, 0])],
)
def test_gradient_of_prod_with_zeros(values, expected):
    assert gradient(lambda x: x.prod(), values) == expected
    assert gradient(lambda x: x.prod(0), values) == expected


@pytest.mark.parametrize("zeros", range(4))
def test_second_derivative_of_prod_with_zeros(zeros):
    values = np.array([0.5, 2.0, -3.0, 1.5])
    values[:zeros] = 0
    expected = [
        [0 if i == j else np.prod([v for k, v in enumerate(values) if k not in (i, j)]) for j in range(4)]
        for i in range(4)
    ]
    np.testing.assert_allclose(hessian_rows(lambda x: x.prod(), values), expected)


def test_prod_does_not_divide_by_what_underflows():
    np.testing.assert_allclose(gradient(lambda x: x.prod(), [1e-200, 1e-200, 2.0]), [2e-200, 2e-200, 0])


def cumprod_jacobian(x):
    """∂cumprod(x)[k]/∂x[i] by its definition."""
    n = len(x)
    return np.array([[np.prod(np.delete(x[: k + 1], i)) if i <= k else 0 for i in range(n)] for k in range(n)])


@pytest.mark.parametrize("n", [1, 2, 5, 40])
@pytest.mark.parametrize("zeros", [(), (0,), (1,), (0, 1), (1, 3)])
def test_gradient_of_cumprod_with_zeros(n, zeros):
    random = np.random.default_rng(n)
    values, weight = random.uniform(0.5, 1.5, n), random.uniform(-1, 1, n)
    values[[i for i in zeros if i < n]] = 0
    found = gradient(lambda x: x.cumprod(0) * wrap(weight), values)
    np.testing.assert_allclose(found, weight @ cumprod_jacobian(values), atol=1e-12)


@pytest.mark.parametrize("zeros", [(), (0,), (1,), (0, 2)])
def test_second_derivative_of_cumprod_with_zeros(zeros):
    values = np.array([0.5, 2.0, -3.0, 1.5])
    values[list(zeros)] = 0
    expected = np.zeros((4, 4))
    for k, (i, j) in itertools.product(range(4), itertools.product(range(4), range(4))):
        if i != j and max(i, j) <= k:
            expected[i, j] += np.prod(np.delete(values[: k + 1], [i, j]))
    np.testing.assert_allclose(hessian_rows(lambda x: x.cumprod(0).sum(), values), expected)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("shape, axis", [((1,), 0), ((2,), 0), ((50,), 0), ((5, 40), 0), ((2, 60), 1), ((3, 0), 1)])
def test_recurrence(shape, axis, reverse):
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, shape)
    factor = random.uniform(-1, 1, [max(n - (i == axis), 0) for i, n in enumerate(shape)])
    lanes, steps = np.moveaxis(x, axis, 0), np.moveaxis(factor, axis, 0)
    expected = np.array(lanes)
    places = range(1, len(lanes))
    for i in places:
        if reverse:
            expected[-1 - i] += steps[-i] * expected[-i]
        else:
            expected[i] += steps[i - 1] * expected[i - 1]
    np.testing.assert_allclose(recurrence(x, factor, axis, reverse), np.moveaxis(expected, 0, axis), atol=1e-14)


# ---- Inf, zeros and constants


def test_logsumexp_of_infinities():
    x = leaf([[-INF, -INF], [INF, 0.0], [-INF, 1.0], [NAN, 0.0]])
    np.testing.assert_array_equal(x.logsumexp(1).detach().numpy(), [-INF, INF, 1.0, NAN])
    assert gradient(lambda x: x.logsumexp(0), [-INF, 1.0]) == [0, 1]
    assert wrap(np.zeros((0, 2))).logsumexp(0).tolist() == [-INF, -INF]


def test_logcumsumexp_of_infinities_spares_the_rest():
    np.testing.assert_array_equal(gradient(lambda x: x.logcumsumexp(0), [-INF, -INF, 1.0]), [NAN, NAN, 1])
    np.testing.assert_array_equal(gradient(lambda x: x.logcumsumexp(0), [1.0, INF, 1.0]), [1, NAN, 0])


def test_logcumsumexp_does_not_overflow():
    random = np.random.default_rng(0)
    values = random.uniform(-2000, 2000, 30)
    weights = np.exp(np.minimum(values[None] - np.logaddexp.accumulate(values)[:, None], 0))
    np.testing.assert_allclose(gradient(lambda x: x.logcumsumexp(0), values), np.tril(weights).sum(0), atol=1e-12)


@pytest.mark.parametrize("p", [2, "fro", 1, 3, 1.5, 0.5, INF, -INF, -1, 0])
def test_gradient_of_norm_at_zero_is_zero(p):
    x = leaf([0.0, 0.0])
    norm = x.norm(p)
    assert norm.item() == 0
    (first,) = autograd.grad(norm, x, create_graph=True)
    assert first.tolist() == [0, 0]
    if first.requires_grad:
        assert autograd.grad(first.sum(), x, materialize_grads=True)[0].tolist() == [0, 0]


def test_norms():
    x = leaf([[3.0, -4.0], [0.0, 12.0]])
    assert x.norm().item() == 13
    assert x.norm(dim=1).tolist() == [5, 12]
    assert (x.norm(1).item(), x.norm(INF).item(), x.norm(-INF).item(), x.norm(0).item()) == (19, 12, 0, 3)
    assert gradient(lambda x: x.norm(INF), [3.0, -3.0]) == [0.5, -0.5]


def test_gradient_of_std_of_equal_elements_is_zero():
    assert gradient(lambda x: x.std(), [1.0, 1.0]) == [0, 0]
    assert hessian_rows(lambda x: x.std(), [1.0, 1.0]) == [[0, 0], [0, 0]]


@pytest.mark.parametrize("name", ["var", "std", "var_mean", "std_mean"])
def test_too_few_elements_for_the_correction(name):
    function = getattr(autograd, name)
    for call in (
        lambda: function(leaf([1.0])),
        lambda: function(leaf(2.0)),
        lambda: function(leaf([2.0]), correction=3),
    ):
        with pytest.warns(UserWarning, match=rf"{name}\(\): degrees of freedom is <= 0"):
            result = call()
        assert math.isnan((result[0] if isinstance(result, tuple) else result).item())


def test_the_ways_to_ask_for_a_variance():
    x = leaf([[1.0, 2.0, 6.0], [0.0, 1.0, 2.0]])
    a = x.detach().numpy()
    np.testing.assert_allclose(x.var().item(), a.var(ddof=1))
    np.testing.assert_allclose(x.var(False).item(), a.var())
    np.testing.assert_allclose(x.var(1, False).tolist(), a.var(1))
    np.testing.assert_allclose(x.std((0, 1), correction=0, keepdim=True).tolist(), a.std(keepdims=True))
    np.testing.assert_allclose(x.var(0, correction=0.5).tolist(), a.var(0) * 2 / 1.5)
    variance, mean = autograd.var_mean(x, False)
    np.testing.assert_allclose((variance.item(), mean.item()), (a.var(), a.mean()))
    with pytest.raises(TypeError, match="not both"):
        x.var(1, unbiased=True, correction=1)


# ---- dtypes


@pytest.mark.parametrize("kind", ["bool", "uint8", "int8", "int16", "int32", "int64"])
def test_integers_are_added_up_in_int64(kind):
    x = autograd.tensor(np.array([[1, 0], [1, 1]], kind))
    for result in (x.sum(), x.sum(0), x.prod(), x.prod(1), x.cumsum(0), x.cumprod(1), x.nansum()):
        assert result.dtype is autograd.int64
    big = autograd.tensor(np.full(300, 100, "uint8"))
    assert big.sum().item() == 30000
    assert big.cumsum(0)[-1].item() == 30000
    for kind in (autograd.uint8, autograd.int16, autograd.float16):
        assert big.sum(dtype=kind).dtype is big.cumsum(0, dtype=kind).dtype is big.prod(dtype=kind).dtype is kind
    assert big.sum(dtype=autograd.uint8).item() == 30000 % 256


def test_half_precision_is_added_up_in_single():
    x = autograd.tensor(np.full((4096, 2), 1.0, np.float16))
    assert x.sum(0).tolist() == [4096, 4096]
    assert x[:, 0].cumsum(0)[-1].item() == 4096
    assert (100 * x).mean().item() == 100
    assert autograd.tensor(np.array([300, 300, 0.001], np.float16)).prod().item() == pytest.approx(90.0625)
    for name in ("sum", "mean", "var", "std", "norm", "prod"):
        assert getattr(x, name)().dtype is autograd.float16
    assert x.logsumexp(0).dtype is x.cumprod(0).dtype is x.logcumsumexp(0).dtype is autograd.float16


def test_long_running_sums_are_exact_in_single_precision():
    x = autograd.tensor(np.full(300_000, 0.1, np.float32))
    assert x.cumsum(0)[-1].item() == pytest.approx(300_000 * float(np.float32(0.1)), rel=1e-7)


def test_results_that_keep_or_change_the_dtype():
    x = autograd.tensor(np.array([[0, 2], [3, 0]], np.uint8))
    assert x.max().dtype is x.amax(0).dtype is x.min(0).values.dtype is autograd.uint8
    assert x.any().dtype is x.all(0).dtype is autograd.uint8
    assert x.bool().any().dtype is autograd.bool
    assert x.argmax().dtype is x.max(0).indices.dtype is x.count_nonzero().dtype is autograd.int64
    assert x.logsumexp(0).dtype is autograd.float32
    assert x.mean(dtype=autograd.float64).item() == 1.25


# ---- empty and 0-d


def test_reductions_over_nothing():
    x = leaf(np.zeros((0, 3)))
    assert (x.sum().item(), x.prod().item(), x.any().item(), x.all().item()) == (0, 1, False, True)
    assert x.sum(0).tolist() == [0, 0, 0]
    assert x.sum(1).shape == (0,)
    assert math.isnan(x.mean().item())
    assert x.amax(1).shape == x.max(1).values.shape == x.argmax(1).shape == (0,)
    assert x.cumsum(0).shape == x.cumprod(0).shape == x.cummax(0).indices.shape == (0, 3)
    assert x.norm().item() == 0
    (x.sum() + x.prod(0).sum() + x.cumprod(0).sum() + x.logcumsumexp(0).sum() + x.norm()).backward()
    assert x.grad.shape == (0, 3)


def test_a_single_element_has_dimension_0_and_minus_1():
    x = leaf(3.0)
    for dim in (0, -1):
        assert x.sum(dim).shape == x.cumsum(dim).shape == x.cumprod(dim).shape == x.logcumsumexp(dim).shape == ()
        assert x.max(dim).indices.item() == x.argmax(dim).item() == x.cummin(dim).indices.item() == 0
        assert x.max(dim, True).values.item() == x.prod(dim, True).item() == x.logsumexp(dim).item() == 3
    (x.max(0).values * x.cummax(0).values * x.cumprod(0)).backward()
    assert x.grad.item() == 27


# ---- dimensions and errors


@pytest.mark.parametrize("name", ["sum", "mean", "amax", "amin", "nansum", "any", "all", "var", "norm", "logsumexp"])
@pytest.mark.parametrize("dims", [(0,), (1, 2), (-1, 0), [0, 1, 2], (-2,)])
def test_several_dimensions_at_once(name, dims):
    array = np.random.default_rng(0).uniform(-1, 1, (2, 3, 4))
    found = getattr(wrap(array), name)(dim=dims)
    kept = getattr(wrap(array), name)(dim=dims, keepdim=True)
    axes = sorted(d % 3 for d in dims)
    order = [i for i in range(3) if i not in axes] + axes
    flat = array.transpose(order).reshape(*[array.shape[i] for i in range(3) if i not in axes], -1)
    expected = getattr(wrap(flat), name)(dim=-1)
    np.testing.assert_allclose(found.numpy(), expected.numpy())
    assert kept.shape == tuple(1 if i in axes else n for i, n in enumerate(array.shape))
    np.testing.assert_array_equal(kept.numpy().reshape(found.shape), found.numpy())


def test_no_dimensions():
    x = wrap(np.array([[0.0, 1.0], [2.0, 3.0]]))
    assert x.sum(()).item() == x.sum([]).item() == 6
    assert x.amax(()).item() == 3
    assert x.any(()).tolist() == [[False, True], [True, True]]


MATRIX = wrap(np.ones((2, 3)))
EMPTY = wrap(np.ones((0, 3)))
WHOLE = wrap(np.ones((2, 3), np.int64))


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: MATRIX.sum(2), IndexError, r"range of \[-2, 1\], but got 2"),
        (lambda: MATRIX.mean((0, -3)), IndexError, r"mean\(\): Dimension out of range"),
        (lambda: wrap(np.ones(())).sum(1), IndexError, r"range of \[-1, 0\], but got 1"),
        (lambda: MATRIX.sum((0, -2)), RuntimeError, "dim 0 appears multiple times in the list of dims"),
        (lambda: MATRIX.sum(1.0), TypeError, "'dim' must be int, not float"),
        (lambda: MATRIX.sum(True), TypeError, "'dim' must be int, not bool"),
        (lambda: MATRIX.prod((0, 1)), TypeError, "'dim' must be int, not tuple"),
        (lambda: MATRIX.max((0, 1)), TypeError, "'dim' must be int, not tuple"),
        (lambda: MATRIX.argmax([0]), TypeError, "'dim' must be int, not list"),
        (lambda: MATRIX.cumsum(None), TypeError, "'dim' must be int, not NoneType"),
        (lambda: MATRIX.cumprod(2), IndexError, "Dimension out of range"),
        (lambda: autograd.sum([1.0]), TypeError, "must be Tensor, not list"),
        (lambda: MATRIX.max(other=2.0), TypeError, "'other' must be Tensor, not float"),
        (lambda: EMPTY.max(), RuntimeError, "reduction dim to be specified for input.numel"),
        (lambda: EMPTY.amin(), RuntimeError, "reduction dim to be specified for input.numel"),
        (lambda: EMPTY.argmax(), IndexError, "reduction dim to be specified for input.numel"),
        (lambda: EMPTY.min(0), IndexError, r"min\(\): Expected reduction dim 0 to have non-zero size"),
        (lambda: EMPTY.amax((0, 1)), IndexError, "reduction dim 0 to have non-zero size"),
        (lambda: EMPTY.norm(INF), RuntimeError, "does not have an identity"),
        (lambda: WHOLE.mean(), RuntimeError, "could not infer output dtype.*Got: int64"),
        (lambda: WHOLE.nanmean(), RuntimeError, "floating point or complex dtype"),
        (lambda: MATRIX.mean(dtype=autograd.int32), RuntimeError, "could not infer output dtype"),
        (lambda: WHOLE.var(), RuntimeError, "only support floating point and complex dtypes"),
        (lambda: WHOLE.norm(), RuntimeError, "Expected a floating point or complex tensor"),
        (lambda: WHOLE.norm(dtype=autograd.float32), RuntimeError, "convert it first"),
        (lambda: MATRIX.norm("nuc"), NotImplementedError, "singular values"),
        (lambda: MATRIX.norm("abc"), RuntimeError, "'abc' not supported"),
        (lambda: WHOLE.logcumsumexp(0), NotImplementedError, r"convert with \.float\(\)"),
        (lambda: WHOLE.bool().argmin(), RuntimeError, "does not support bool input"),
        (lambda: wrap(np.ones(2, complex)).max(), RuntimeError, "does not support complex input"),
        (lambda: wrap(np.ones(2, complex)).argmin(0), RuntimeError, "does not support complex input"),
        (lambda: wrap(np.ones(2, complex)).cummax(0), RuntimeError, "does not support complex input"),
        (lambda: wrap(np.ones(2, complex)).nansum(), RuntimeError, "does not support complex"),
        (lambda: MATRIX.sum_to_size(2, 2), RuntimeError, "not expandable"),
        (lambda: wrap(np.ones(())).diff(), RuntimeError, "at least one-dimensional"),
        (lambda: MATRIX.diff(-1), RuntimeError, "must be non-negative but got -1"),
        (lambda: MATRIX.diff(prepend=MATRIX[0]), RuntimeError, "same dimension as input"),
        (lambda: MATRIX.diff(append=wrap(np.ones((3, 1)))), RuntimeError, "must match"),
        (lambda: autograd.trapezoid(MATRIX, wrap(np.ones(2))), RuntimeError, "one `x` value for each sample"),
        (lambda: autograd.trapezoid(MATRIX, MATRIX, dx=1), TypeError, "not both"),
        (lambda: autograd.trapezoid(MATRIX.bool()), RuntimeError, "bool is not supported"),
        (lambda: autograd.trapezoid(wrap(np.ones(()))), IndexError, "has no dimensions"),
        (lambda: np.prod(MATRIX, axis=(0, 1)), TypeError, "must be int"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


# ---- results, NumPy's way in, memory


def test_named_results():
    x = autograd.tensor([[1.0, 5.0], [7.0, 2.0]])
    result = x.max(dim=1)
    values, indices = result
    assert isinstance(result, return_types.max)
    assert isinstance(result, tuple)
    assert values is result.values is result[0]
    assert indices is result.indices is result[1]
    assert repr(result) == "torch.return_types.max(\nvalues=tensor([5., 7.]),\nindices=tensor([1, 0]))"
    again = pickle.loads(pickle.dumps(x.aminmax()))
    assert type(again) is return_types.aminmax
    assert (again.min.item(), again.max.item()) == (1, 7)


def test_numpy_functions_record():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    total = np.sum(x, axis=-1) + np.mean(x, axis=(0, 1)) + np.amax(x, axis=1, keepdims=True) + np.cumsum(x, axis=0)
    (total.sum() + np.var(x, ddof=1) + np.linalg.vector_norm(x, ord=1)).backward()
    expected = gradient(
        lambda x: (x.sum(-1) + x.mean() + x.amax(1, True) + x.cumsum(0)).sum() + x.var() + x.norm(1), [[1, 2], [3, 4]]
    )
    assert x.grad.tolist() == expected


def test_running_sums_in_place():
    x = leaf([1.0, 2.0, 3.0])
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        x.cumsum_(0)
    base = x * 2
    part = base[1:]
    assert part.cumprod_(0) is part
    assert base.tolist() == [2, 4, 24]
    base.sum().backward()
    assert x.grad.tolist() == [2, 14, 8]
    whole = autograd.tensor([1, 2, 3], dtype=autograd.int32)
    assert whole.cumsum_(0).dtype is autograd.int32
    assert whole.tolist() == [1, 3, 6]


def test_results_own_their_memory():
    x = wrap(np.array([[1.0, 2.0], [3.0, 0.0]]))
    single = wrap(np.array(1.0))
    results = [x.sum(()), x.max(0).values, x.cumsum(0), x.diff(0), single.max(0).values, single.cumsum(0), single.sum()]
    for result in results:
        assert not np.may_share_memory(result._array, x._array)
        assert not np.may_share_memory(result._array, single._array)


# ---- against PyTorch, with every kind of operand


WAYS = [(), (0,), (-1,), (1, True), (2,)]
SCANS = ("cumsum", "cumprod", "logcumsumexp", "cummax", "cummin", "diff")
SUMS = ("sum", "mean", "nansum", "nanmean", "logsumexp")
SEVERAL_DIMENSIONS = (*SUMS, "amax", "amin", "var", "std", "any", "all", "count_nonzero")
ONE_DIMENSION = (*SCANS, "max", "min", "argmax", "argmin", "prod")


def outcome(module, name, x, args):
    """The results as arrays, or the error."""
    try:
        results = getattr(module, name)(x, *args)
    except Exception as error:
        return error
    return [r.detach().numpy() for r in (results if isinstance(results, tuple) else [results])]


@pytest.mark.filterwarnings("ignore:.*degrees of freedom", "ignore:.*deprecated")
@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize(
    "name",
    [*SEVERAL_DIMENSIONS, *ONE_DIMENSION],
)
def test_odd_operands_as_in_torch(name, kind, torch):
    array = np.asarray(ODD[kind])
    for args in WAYS:
        if (name in (*SCANS, "logsumexp") and not args) or (name in (*SCANS, "count_nonzero") and len(args) > 1):
            continue
        if name == "diff":
            args = (1, *args)
        mine = outcome(autograd, name, wrap(array.copy()), args)
        its = outcome(torch, name, torch.from_numpy(array.copy()), args)
        if args[-1:] == (2,):  # a dimension that is not there; PyTorch may see the dtype first, or nothing
            assert isinstance(mine, (IndexError, RuntimeError))
            continue
        if isinstance(its, Exception) or isinstance(mine, Exception):
            assert isinstance(mine, type(its)), f"{args}: {mine!r} instead of {its!r}"
            continue
        assert len(mine) == len(its)
        for found, expected in zip(mine, its):
            assert found.dtype == expected.dtype, args
            rtol = 2e-3 if found.dtype == np.float16 else 1e-6
            np.testing.assert_allclose(found, expected, rtol, rtol, err_msg=f"{args}")


def test_numpys_names_of_arguments(m):
    x = m.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert x.sum(axis=0, keepdims=True).tolist() == [[4, 6]]
    assert m.amax(x, axis=1).tolist() == [2, 4]
    assert m.cat([x, x], axis=1).shape == (2, 4)
    assert x.softmax(axis=0).shape == (2, 2)
    with pytest.raises(TypeError):
        x.sum(dim=0, axis=1)


def test_half_precision_gradients_do_not_saturate():
    w = autograd.full((3,), 0.01, dtype=autograd.float16, requires_grad=True)
    (autograd.ones(5000, 3, dtype=autograd.float16) * w * 0.01).sum().backward()
    np.testing.assert_allclose(w.grad.numpy(), 50, rtol=5e-3)
    x = autograd.ones(70000, dtype=autograd.float16, requires_grad=True)
    x.mean().backward()
    np.testing.assert_allclose(x.grad.numpy(), 1 / 70000, rtol=5e-2)


@pytest.mark.parametrize("kind", [bool, np.int64, np.uint8, np.float64])
def test_where_takes_numbers_for_conditions(kind):
    x = autograd.tensor([1.0, 2.0, 3.0], requires_grad=True)
    np.where(np.array([2, 0, 1]).astype(kind), x, 0.0).sum().backward()
    assert x.grad.tolist() == [1, 0, 1]


def test_a_gradient_that_overlaps_itself_is_not_written_to():
    x = autograd.ones(3, requires_grad=True)
    x.grad = autograd.zeros(1).expand(3)
    (x * autograd.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert x.grad.tolist() == [1, 2, 3]
