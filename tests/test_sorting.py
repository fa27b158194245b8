"""Sorting, ranks, quantiles and counting where cases cannot go: ties, NaN, empty and 0-d operands, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd
from autograd import return_types
from autograd._tensor import wrap

from .odd_operands import INF, NAN, ODD, gradient, leaf


def integers(values):
    return wrap(np.array(values, np.int64))


# ---- order


def test_sort_keeps_the_order_of_equal_elements_both_ways():
    x = integers([2, 1, 2, 1, 2])
    assert x.sort().indices.tolist() == x.argsort(stable=True).tolist() == [1, 3, 0, 2, 4]
    assert x.sort(descending=True).indices.tolist() == x.argsort(descending=True).tolist() == [0, 2, 4, 1, 3]


def test_nan_is_the_largest():
    x = leaf([NAN, 1.0, -INF, INF, NAN])
    assert x.argsort().tolist() == [2, 1, 3, 0, 4]
    assert x.argsort(descending=True).tolist() == [0, 4, 3, 1, 2]
    assert x.topk(3).indices.tolist() == [0, 4, 3]
    assert x.topk(2, largest=False).indices.tolist() == [2, 1]
    assert math.isnan(x.kthvalue(4).values.item())
    assert math.isnan(x.msort()[-1].item())


def test_gradients_go_where_the_elements_came_from():
    weight = wrap(np.array([1.0, 10.0, 100.0]))
    values = [[3.0, 1.0, 2.0], [4.0, 6.0, 5.0]]
    assert gradient(lambda x: x.sort(1).values * weight, values) == [[100, 1, 10], [1, 100, 10]]
    assert gradient(lambda x: x.sort(1, descending=True).values * weight, values) == [[1, 100, 10], [100, 1, 10]]
    assert gradient(lambda x: x.topk(2).values * weight[:2], values) == [[1, 0, 10], [0, 1, 10]]
    assert gradient(lambda x: x.kthvalue(2).values, values) == [[0, 0, 1], [0, 0, 1]]
    assert gradient(lambda x: x.median(0).values, values) == [[1, 1, 1], [0, 0, 0]]


def test_indices_that_are_overwritten_are_noticed():
    x = leaf([3.0, 1.0, 2.0])
    values, indices = x.sort()
    indices.copy_(integers([0, 0, 0]))
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        values.sum().backward()


@pytest.mark.parametrize("n", [1, 2, 7, 100])
@pytest.mark.parametrize("largest", [True, False])
def test_topk_is_the_start_of_a_sort(n, largest):
    x = wrap(np.random.default_rng(n).integers(0, 20, (3, n)).astype(np.float64))
    for k in {0, 1, n // 2, n}:
        values, indices = x.topk(k, largest=largest)
        assert values.tolist() == x.sort(descending=largest).values[:, :k].tolist()
        assert x.gather(1, indices).tolist() == values.tolist()
        assert all(len(set(row)) == k for row in indices.tolist())


def test_mode_is_the_smallest_most_frequent_element_where_it_occurs_last():
    values, indices = integers([[2, 1, 2, 1, 3], [5, 4, 3, 2, 1], [7, 7, 7, 7, 7]]).mode()
    assert values.tolist() == [1, 1, 7]
    assert indices.tolist() == [3, 4, 4]
    assert gradient(lambda x: x.mode().values, [2.0, 5.0, 2.0]) == [0, 0, 1]


# ---- medians and quantiles


def test_median_is_the_lower_of_the_middle_two():
    assert integers([4, 1, 3, 2]).median().item() == 2
    assert integers([[4, 1], [3, 2]]).median(dim=1).values.tolist() == [1, 2]
    assert gradient(lambda x: x.median(), [2.0, 2.0, 1.0, 3.0]) == [0.5, 0.5, 0, 0]


def test_median_with_nan():
    x = leaf([[2.0, NAN, 1.0, NAN, 5.0], [NAN] * 5])
    assert x.median(1).indices.tolist() == [1, 0]
    values, indices = x.nanmedian(1)
    assert (values[0].item(), indices[0].item()) == (2, 0)
    assert math.isnan(values[1].item())
    assert x.nanmedian().item() == 2
    assert math.isnan(x.median().item())
    assert math.isnan(leaf([]).median().item())


@pytest.mark.parametrize("interpolation", ["linear", "lower", "higher", "midpoint", "nearest"])
def test_quantiles_are_those_of_numpy(interpolation):
    random = np.random.default_rng(0)
    array, levels = random.uniform(-1, 1, (3, 7)), np.array([0.0, 0.2, 0.5, 0.81, 1.0])
    for dim in (None, 0, 1):
        for keepdim in (False, True):
            expected = np.quantile(array, levels, dim, method=interpolation, keepdims=keepdim)
            found = wrap(array).quantile(wrap(levels), dim, keepdim, interpolation=interpolation)
            np.testing.assert_allclose(found.numpy(), expected)
            one = wrap(array).quantile(0.2, dim, keepdim, interpolation=interpolation)
            np.testing.assert_allclose(one.numpy(), expected[1])


def test_quantiles_with_nan():
    x = leaf([[1.0, NAN, 3.0], [1.0, 2.0, 4.0], [NAN, NAN, NAN]])
    np.testing.assert_array_equal(x.quantile(0.5, 1).detach().numpy(), [NAN, 2, NAN])
    np.testing.assert_array_equal(x.nanquantile(0.5, 1).detach().numpy(), [2, 2, NAN])
    assert gradient(lambda x: x.nanquantile(0.75), [0.0, NAN, 4.0]) == [0.25, 0, 0.75]


def test_quantile_has_a_gradient_for_its_levels():
    levels = leaf([0.25, 0.6])
    wrap(np.array([0.0, 1.0, 5.0])).quantile(levels).sum().backward()
    assert levels.grad.tolist() == [2, 8]


# ---- telling apart and counting


def test_unique():
    x = integers([[3, 1], [2, 3]])
    values, inverse, counts = autograd.unique(x, return_inverse=True, return_counts=True)
    assert (values.tolist(), inverse.tolist(), counts.tolist()) == ([1, 2, 3], [[2, 0], [1, 2]], [1, 1, 2])
    assert values[inverse].tolist() == x.tolist()
    assert x.unique().tolist() == [1, 2, 3]
    assert leaf([NAN, 1.0, NAN]).unique(return_counts=True)[1].tolist() == [1, 1, 1]
    assert wrap(np.array(3.0)).unique().tolist() == [3]
    assert [r.tolist() for r in leaf([]).unique(True, True, True)] == [[], [], []]


def test_unique_slices():
    x = integers([[3, 1], [2, 3], [3, 1], [2, 4]])
    values, inverse, counts = x.unique(dim=0, return_inverse=True, return_counts=True)
    assert values.tolist() == [[2, 3], [2, 4], [3, 1]]
    assert (inverse.tolist(), counts.tolist()) == ([2, 0, 2, 1], [1, 1, 2])
    assert values[inverse].tolist() == x.tolist()
    assert wrap(np.zeros((0, 3))).unique(dim=0).shape == (0, 3)
    assert wrap(np.zeros((0, 3))).unique_consecutive(dim=0, return_counts=True)[1].shape == (0,)


def test_unique_consecutive():
    x = integers([1, 1, 2, 2, 2, 1])
    values, inverse, counts = x.unique_consecutive(True, True)
    assert (values.tolist(), inverse.tolist(), counts.tolist()) == ([1, 2, 1], [0, 0, 1, 1, 1, 2], [2, 3, 1])


def test_gradient_of_unique_goes_to_the_first_occurrence():
    weight = wrap(np.array([1.0, 10.0]))
    assert gradient(lambda x: x.unique() * weight, [5.0, 2.0, 5.0]) == [10, 1, 0]
    assert gradient(lambda x: x.unique(dim=0), [[1.0], [1.0], [0.0]]) == [[1], [0], [1]]


def test_gradient_of_weighted_counts():
    weights = leaf([1.0, 2.0, 4.0])
    counted = integers([2, 0, 2]).bincount(weights)
    assert counted.tolist() == [2, 0, 5]
    (counted * counted).sum().backward()
    assert weights.grad.tolist() == [10, 4, 10]


def test_where_to_insert():
    bounds = wrap(np.array([1.0, 3.0, 3.0, 5.0]))
    assert autograd.searchsorted(bounds, wrap(np.array([0.0, 3.0, 9.0, NAN]))).tolist() == [0, 1, 4, 4]
    assert autograd.searchsorted(bounds, 3.0, right=True).item() == 3
    assert autograd.searchsorted(bounds, 3.0, side="right", out_int32=True).dtype is autograd.int32
    assert autograd.bucketize(3, bounds).item() == 1
    assert autograd.bucketize(integers([[0], [4]]), bounds, right=True).tolist() == [[0], [3]]
    lanes = autograd.searchsorted(integers([[1, 3], [2, 4]]), integers([[3, 9, 0], [3, 9, 0]]))
    assert lanes.tolist() == [[1, 2, 0], [1, 2, 0]]
    assert autograd.searchsorted(autograd.zeros(2, 0), autograd.ones(2, 3)).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert autograd.searchsorted(autograd.zeros(2, 3), autograd.ones(2, 0)).tolist() == [[], []]
    unordered = integers([5, 1, 3])
    assert autograd.searchsorted(unordered, integers([3, 4]), sorter=unordered.argsort()).tolist() == [1, 2]


def test_histograms():
    x = autograd.tensor([0.0, 3.0, -1.0, 4.0, NAN, 1.5])
    assert x.histc(3, 0, 3).tolist() == [1, 1, 1]
    assert autograd.tensor([1.0, 1.0]).histc(4).tolist() == [0, 0, 2, 0]
    assert autograd.tensor([]).histc(3).tolist() == [0, 0, 0]
    assert x.histc(3, 0, 3).dtype is autograd.float32
    assert not leaf([1.0]).histc(3).requires_grad


def test_membership():
    x = autograd.tensor([[1.0, 2.0], [NAN, 4.0]])
    assert autograd.isin(x, autograd.tensor([2.0, NAN])).tolist() == [[False, True], [False, False]]
    assert autograd.isin(x, 4).tolist() == [[False, False], [False, True]]
    assert autograd.isin(4, x, invert=True).item() is False


# ---- empty and 0-d, errors


def test_a_single_element():
    x = leaf(3.0)
    for result in (x.sort(), x.topk(1, 0), x.kthvalue(1), x.median(0), x.nanmedian(-1), x.mode(0, True)):
        assert (result.values.item(), result.indices.item(), result.values.shape) == (3, 0, ())
    assert x.argsort().item() == 0
    assert x.quantile(0.5, dim=0).item() == x.msort().item() == 3
    (x.sort().values * x.topk(1).values * x.quantile(0.3)).backward()
    assert x.grad.item() == 27


def test_empty_operands():
    x = wrap(np.zeros((0, 3)))
    assert x.sort(0).values.shape == x.sort(1).indices.shape == x.argsort().shape == (0, 3)
    assert x.topk(0, 0).values.shape == (0, 3)
    assert x.kthvalue(1).values.shape == x.median(1).values.shape == x.mode(1).indices.shape == (0,)
    assert integers([]).bincount(minlength=2).tolist() == [0, 0]


MATRIX = wrap(np.ones((2, 3)))
EMPTY = wrap(np.ones((0, 3)))
BOUNDS = wrap(np.arange(3.0))


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: MATRIX.sort(2), IndexError, "Dimension out of range"),
        (lambda: MATRIX.sort(None), TypeError, "'dim' must be int"),
        (lambda: MATRIX.sort((0,)), TypeError, "'dim' must be int, not tuple"),
        (lambda: wrap(np.ones(2, complex)).sort(), RuntimeError, "does not support complex"),
        (lambda: wrap(np.ones(2, complex)).unique(), RuntimeError, "does not support complex"),
        (lambda: wrap(np.ones(2, complex)).median(), RuntimeError, "does not support complex"),
        (lambda: wrap(np.ones(2, complex)).kthvalue(1), RuntimeError, "does not support complex"),
        (lambda: MATRIX.topk(4), RuntimeError, "k out of range: k is 4"),
        (lambda: MATRIX.topk(-1), RuntimeError, "out of range"),
        (lambda: MATRIX.topk(1.0), TypeError, "'k' .* must be int, not float"),
        (lambda: MATRIX.kthvalue(0), RuntimeError, "out of range for dimension 1"),
        (lambda: EMPTY.kthvalue(1, 0), IndexError, "dim 0 to have non-zero size"),
        (lambda: EMPTY.median(0), IndexError, "dim 0 to have non-zero size"),
        (lambda: EMPTY.mode(0), IndexError, "dim 0 to have non-zero size"),
        (lambda: MATRIX.quantile(1.5), RuntimeError, r"range \[0, 1\] but got 1.5"),
        (lambda: MATRIX.quantile(wrap(np.array([-0.1]))), RuntimeError, r"range \[0, 1\]"),
        (lambda: MATRIX.quantile(wrap(np.array([0.1], np.float32))), RuntimeError, "same dtype as the input"),
        (lambda: MATRIX.quantile(wrap(np.array([[0.1]]))), RuntimeError, "scalar or 1D"),
        (lambda: MATRIX.quantile([0.1]), TypeError, "'q' must be a number or a Tensor"),
        (lambda: MATRIX.quantile(0.1, interpolation="cubic"), RuntimeError, "must be one of .* but got cubic"),
        (lambda: EMPTY.quantile(0.1), RuntimeError, "must be non-empty"),
        (lambda: integers([1]).quantile(0.1), RuntimeError, "either float or double"),
        (lambda: wrap(np.ones(())).unique(dim=0), IndexError, "has no dimensions"),
        (lambda: EMPTY.unique(dim=1), RuntimeError, "0 sized dimensions"),
        (lambda: autograd.searchsorted(BOUNDS, 1, side="middle"), RuntimeError, "'left' or 'right' but got middle"),
        (lambda: autograd.searchsorted(BOUNDS, 1, side="left", right=True), RuntimeError, "opposites"),
        (lambda: autograd.searchsorted(wrap(np.ones(())), 1), RuntimeError, "positive dimension"),
        (lambda: autograd.searchsorted(MATRIX, BOUNDS), RuntimeError, "first N-1 dimensions"),
        (lambda: autograd.searchsorted(MATRIX, 1), RuntimeError, "first N-1 dimensions"),
        (lambda: autograd.searchsorted(BOUNDS, 1, sorter=BOUNDS), RuntimeError, "long dtype"),
        (lambda: autograd.searchsorted(BOUNDS, 1, sorter=integers([0])), RuntimeError, "same size"),
        (lambda: autograd.searchsorted(BOUNDS, 1, sorter=integers([0, 1, 3])), RuntimeError, "out of range"),
        (lambda: autograd.bucketize(BOUNDS, MATRIX), RuntimeError, "must be 1 dimension"),
        (lambda: MATRIX.histc(0), RuntimeError, "bins must be > 0"),
        (lambda: MATRIX.histc(3, 2, 1), RuntimeError, "max must be larger than min"),
        (lambda: leaf([NAN]).histc(3), RuntimeError, "not finite"),
        (lambda: integers([1]).histc(3), NotImplementedError, "not implemented for torch.int64"),
        (lambda: integers([-1]).bincount(), RuntimeError, "1-d non-negative"),
        (lambda: integers([[1]]).bincount(), RuntimeError, "1-d non-negative"),
        (lambda: integers([1]).bincount(minlength=-1), RuntimeError, "minlength should be >= 0"),
        (lambda: integers([1]).bincount(BOUNDS), RuntimeError, "same length as input"),
        (lambda: BOUNDS.bincount(), NotImplementedError, "it counts integers"),
        (lambda: autograd.isin(1, 1), TypeError, "must be a Tensor"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_results_are_named():
    for name in ("sort", "topk", "kthvalue", "median", "nanmedian", "mode"):
        arguments = {"topk": (1,), "kthvalue": (1,), "median": (0,), "nanmedian": (0,)}.get(name, ())
        result = getattr(MATRIX, name)(*arguments)
        assert type(result) is getattr(return_types, name)
        assert result.values is result[0]
        assert result.indices is result[1]


# ---- against PyTorch, with every kind of operand

CALLS = {
    "sort": lambda m, x: m.sort(x),
    "sort 0": lambda m, x: m.sort(x, 0, True),
    "argsort": lambda m, x: (m.argsort(x), x.argsort(0, True)),
    "topk": lambda m, x: m.topk(x, 1).values,
    "topk 0": lambda m, x: x.topk(2, 0, False)[0],
    "kthvalue": lambda m, x: (m.kthvalue(x, 1).values, x.kthvalue(1, 0, True)[0]),
    "median": lambda m, x: (m.median(x), m.median(x, -1).values, x.median(0, True)[0]),
    "nanmedian": lambda m, x: (m.nanmedian(x), m.nanmedian(x, -1).values, x.nanmedian(0, True)[0]),
    "unique": lambda m, x: m.unique(x, True, True, True),
    "unique_consecutive": lambda m, x: m.unique_consecutive(x, True, True, 0),
    "searchsorted": lambda m, x: m.searchsorted(m.tensor([-2.0, 0.0, 1.0, 2.0], dtype=x.dtype), x),
    "bucketize": lambda m, x: m.bucketize(x, m.tensor([-2.0, 0.0, 1.0, 2.0]), right=True),
    "histc": lambda m, x: m.histc(x, 3, -1, 2),
    "isin": lambda m, x: m.isin(x, m.tensor([2, 0, 1])),
    "quantile": lambda m, x: (m.quantile(x, 0.4), m.quantile(x, 0.7, 0, interpolation="nearest")),
}


@pytest.mark.parametrize("kind", [kind for kind in ODD if kind not in ("bool", "complex")])  # PyTorch lacks them
@pytest.mark.parametrize("name", CALLS)
def test_odd_operands_as_in_torch(name, kind, torch):
    if (name, kind) in (("searchsorted", "byte"), ("quantile", "inf")):
        pytest.skip("PyTorch's result is arbitrary")
    array, outcomes = np.asarray(ODD[kind]), []
    for module, x in ((autograd, wrap(array.copy())), (torch, torch.from_numpy(array.copy()))):
        try:
            results = CALLS[name](module, x)
        except Exception as error:
            outcomes.append(error)
        else:
            outcomes.append([r.numpy() for r in (results if isinstance(results, tuple) else [results])])
    mine, its = outcomes
    if isinstance(its, Exception) or isinstance(mine, Exception):
        assert isinstance(mine, type(its)), f"{mine!r} instead of {its!r}"
        return
    assert len(mine) == len(its)
    for found, expected in zip(mine, its):
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, 1e-6, 1e-6)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_numbers_of_16_bits_and_nan(m, dtype):
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    kind, inf, nan = getattr(m, dtype), math.inf, math.nan
    x = m.tensor([1.0, nan, 3.0, -inf, 1.0], dtype=kind)
    assert m.sort(x).indices.tolist() == [3, 0, 4, 2, 1]
    assert m.sort(x, descending=True, stable=True).indices.tolist() == [1, 2, 0, 4, 3]
    assert m.topk(x, 3).indices.tolist()[:2] == [1, 2]
    assert m.kthvalue(x, 4).indices.item() == 2
    assert m.median(x, 0).indices.item() == 1
    assert m.nanmedian(x, 0).values.item() == 1
    assert (m.nanmedian(x).item(), m.nanmedian(x).dtype) == (1, kind)
    assert str(m.unique(x).tolist()) == "[-inf, 1.0, 3.0, nan]"
    largest = m.finfo(kind).max
    assert m.nan_to_num(x).tolist() == [1, 0, 3, -largest, 1]
    assert m.nan_to_num(x, 7, neginf=5).tolist() == [1, 7, 3, 5, 1]
    assert m.sign(x).tolist() == [1, 0, 1, -1, 1]
    assert m.frexp(x[2]).exponent.item() == 2
    weights = m.tensor([1.0, 2.0], dtype=kind)
    assert m.cov(m.tensor([[1.0, 3.0], [2.0, 5.0]], dtype=kind), aweights=weights).tolist() == [[2, 3], [3, 4.5]]
