"""Embeddings: gradients of rows that come often or not at all, tables that change when read, and errors."""

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F

from .packages import package


def table(m, rows=4, columns=3, kind="float32"):
    values = np.random.default_rng(0).normal(size=(rows, columns)).astype(kind)
    return m.from_numpy(values).requires_grad_()


# ---- gradients


@pytest.mark.parametrize("columns", [1, 3, 100])
@pytest.mark.parametrize("rows", [5, 70_000])
def test_every_look_adds_to_a_rows_gradient(rows, columns):
    """Rows of few elements and of many are added up in different ways, and so are those of large tables."""
    random = np.random.default_rng(1)
    indices = random.integers(0, rows, (20, 30)) // random.integers(1, rows, (20, 30))
    weight = autograd.zeros(rows, columns, dtype=autograd.float64, requires_grad=True)
    g = random.normal(size=(20, 30, columns))
    autograd.embedding(weight, autograd.from_numpy(indices)).backward(autograd.from_numpy(g))
    expected = np.zeros((rows, columns))
    np.add.at(expected, indices, g)
    np.testing.assert_allclose(weight.grad.numpy(), expected, rtol=1e-12, atol=1e-12)


def test_sums_in_half_precision_are_rounded_once():
    for columns in (1, 80):
        weight = autograd.zeros(2, columns, dtype=autograd.float16, requires_grad=True)
        autograd.embedding(weight, autograd.ones(3001, dtype=autograd.int64)).sum().backward()
        assert weight.grad.tolist() == [[0] * columns, [3000] * columns], "3001 lies between two float16"


def test_padding_gets_no_gradient_whatever_comes_back(m):
    weight = table(m)
    out = package(m).functional.embedding(m.tensor([1, 2, 1]), weight, padding_idx=1)
    out.backward(m.tensor([[float("nan")] * 3, [1.0, 2.0, 3.0], [float("inf")] * 3]))
    assert weight.grad.tolist() == [[0] * 3, [0] * 3, [1, 2, 3], [0] * 3]


def test_padding_starts_at_zero_and_stays(m):
    layer = package(m).Embedding(4, 3, padding_idx=-1)
    assert layer.padding_idx == 3
    assert layer.weight[3].tolist() == [0, 0, 0]
    assert layer.weight[2].abs().min() > 0
    layer(m.tensor([3, 2])).sum().backward()
    assert layer.weight.grad.sum(1).tolist() == [0, 0, 3, 0]


def test_frequencies(m):
    weight = table(m)
    indices = m.tensor([[2, 1, 2], [0, 2, 1]])
    package(m).functional.embedding(indices, weight, padding_idx=0, scale_grad_by_freq=True).sum().backward()
    np.testing.assert_allclose(weight.grad.numpy(), np.outer([0, 1, 1, 0], np.ones(3)))


def test_frequencies_in_bags():
    """PyTorch divides by the frequency of another row here."""
    weight = table(autograd)
    F.embedding_bag(
        autograd.tensor([[3, 1, 3], [0, 3, 1]]), weight, mode="sum", scale_grad_by_freq=True
    ).sum().backward()
    np.testing.assert_allclose(weight.grad.numpy(), np.outer([1, 1, 0, 1], np.ones(3)), rtol=1e-6)


# ---- tables that change when read


def test_max_norm_scales_the_rows_that_are_read(m):
    weight = m.tensor([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0], [5.0, 0.0]], requires_grad=True)
    out = package(m).functional.embedding(m.tensor([[0, 1], [3, 0]]), weight, max_norm=2.0)
    np.testing.assert_allclose(weight.tolist(), [[1.2, 1.6], [0.3, 0.4], [6, 8], [2, 0]], rtol=1e-6)
    np.testing.assert_allclose(out.tolist(), weight[m.tensor([[0, 1], [3, 0]])].tolist())
    out.sum().backward()
    assert weight.grad.tolist() == [[2, 2], [1, 1], [0, 0], [1, 1]]


def test_max_norm_writes_through_to_whoever_shares_the_memory(m):
    values = np.array([[3.0, 4.0]], np.float32)
    layer = package(m).Embedding.from_pretrained(m.from_numpy(values), max_norm=1.0)
    layer(m.tensor(0))
    np.testing.assert_allclose(values, [[0.6, 0.8]], rtol=1e-6)
    assert not layer.weight.requires_grad


def test_an_earlier_use_of_what_max_norm_changes_is_noticed(m):
    layer = package(m).Embedding(3, 2, max_norm=0.01)
    before = (layer.weight * layer.weight).sum()
    out = layer(m.tensor([1])).sum()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        (before + out).backward()


def test_an_index_error_changes_nothing():
    weight = autograd.full((3, 2), 5.0)
    for call in (
        lambda: F.embedding(autograd.tensor([0, 3]), weight, max_norm=1.0),
        lambda: F.embedding_bag(autograd.tensor([[0, 3]]), weight, max_norm=1.0),
        lambda: F.embedding_bag(autograd.tensor([0, 1]), weight, autograd.tensor([1]), max_norm=1.0),
    ):
        with pytest.raises((IndexError, RuntimeError)):
            call()
        assert weight.tolist() == [[5, 5]] * 3


# ---- bags


def test_empty_bags_are_zeros_and_others_as_counted(m):
    weight = table(m)
    indices, offsets = m.tensor([1, 2, 2, 0]), m.tensor([0, 0, 3, 4])
    rows = weight.detach().numpy()
    expected = {
        "sum": [0 * rows[0], rows[1] + 2 * rows[2], rows[0], 0 * rows[0]],
        "mean": [0 * rows[0], (rows[1] + 2 * rows[2]) / 3, rows[0], 0 * rows[0]],
        "max": [0 * rows[0], np.maximum(rows[1], rows[2]), rows[0], 0 * rows[0]],
    }
    for mode, values in expected.items():
        found = package(m).functional.embedding_bag(indices, weight, offsets, mode=mode)
        np.testing.assert_allclose(found.detach().numpy(), values, rtol=1e-6)


def test_the_last_offset_may_lie_before_the_end():
    """What comes after it is in no bag. (PyTorch counts it in the mean all the same.)"""
    weight = autograd.tensor([[1.0], [2.0], [40.0]])
    indices, offsets = autograd.tensor([0, 1, 2]), autograd.tensor([0, 1, 2])
    found = F.embedding_bag(indices, weight, offsets, include_last_offset=True)
    assert found.tolist() == [[1], [2]]
    sums = F.embedding_bag(
        indices, weight, offsets, mode="sum", include_last_offset=True, per_sample_weights=autograd.ones(3)
    )
    assert sums.tolist() == [[1], [2]]


def test_of_equal_maxima_the_first_gets_the_gradient(m):
    weight = m.tensor([[1.0, 2.0], [1.0, 3.0], [1.0, 3.0]], requires_grad=True)
    package(m).functional.embedding_bag(m.tensor([[2, 0, 1]]), weight, mode="max").sum().backward()
    assert weight.grad.tolist() == [[0, 0], [0, 0], [1, 1]]


def test_nan_is_the_maximum_where_it_comes_first(m):
    nan = float("nan")
    weight = m.tensor([[nan, 1.0], [2.0, nan], [3.0, 3.0]])
    found = package(m).functional.embedding_bag(m.tensor([[0, 1, 2], [1, 0, 2]]), weight, mode="max")
    np.testing.assert_array_equal(found.numpy(), [[nan, 3], [3, nan]])


def test_arguments_in_the_old_order_are_swapped_with_a_warning(m):
    weight, indices = table(m), m.tensor([[1, 2]])
    functional = package(m).functional
    with pytest.warns(UserWarning, match="Argument order of nn.functional.embedding_bag was changed"):
        found = functional.embedding_bag(weight, indices)
    assert found.tolist() == functional.embedding_bag(indices, weight).tolist()


# ---- errors


def test_index_errors_name_the_index_and_the_table():
    weight = table(autograd)
    with pytest.raises(IndexError, match=r"index out of range in self.*7.*4 rows, numbered from 0 to 3"):
        F.embedding(autograd.tensor([1, 7, 9]), weight)
    with pytest.raises(IndexError, match=r"-1.*4 rows"):
        autograd.embedding_renorm_(weight.detach(), autograd.tensor([-1]), 1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"Index 2 of input takes value 9 which is not in the valid range \[0, 4\)"):
        F.embedding_bag(autograd.tensor([[1, 0, 9]]), weight)
    with pytest.raises(IndexError, match="no rows"):
        F.embedding(autograd.tensor(0), autograd.zeros(0, 3))


@pytest.mark.parametrize("kind", ["Embedding", "EmbeddingBag"])
def test_there_are_no_sparse_gradients(kind):
    with pytest.raises(NotImplementedError, match="sparse=False"):
        getattr(nn, kind)(3, 2, sparse=True)
    with pytest.raises(NotImplementedError, match="sparse=False"):
        autograd.embedding(autograd.ones(3, 2), autograd.tensor([0]), sparse=True)


WORDS = [[1, 3], [0, 2]]
ERRORS = {
    "fractions": (lambda m, F, w: F.embedding(m.ones(2), w), RuntimeError, "scalar types: Long, Int"),
    "bytes": (lambda m, F, w: F.embedding(m.ones(2).byte(), w), RuntimeError, "scalar types: Long, Int"),
    "a vector": (lambda m, F, w: F.embedding(m.tensor(0), w[0]), RuntimeError, "'weight' must be 2-D"),
    "a list": (lambda m, F, w: F.embedding([1], w), TypeError, "must be Tensor, not list"),
    "padding": (lambda m, F, w: F.embedding(m.tensor(0), w, 4), AssertionError, "must be within num_embeddings"),
    "padding of a module": (lambda m, F, w: package(m).Embedding(3, 2, -4), AssertionError, "within num_embeddings"),
    "weight of a module": (
        lambda m, F, w: package(m).Embedding(3, 2, _weight=w),
        AssertionError,
        "Shape of weight does not match",
    ),
    "pretrained": (lambda m, F, w: package(m).Embedding.from_pretrained(w[0]), AssertionError, "2-dimensional"),
    "no offsets": (lambda m, F, w: F.embedding_bag(m.tensor([0]), w), ValueError, "offsets has to be a 1D Tensor"),
    "matrix of offsets": (
        lambda m, F, w: F.embedding_bag(m.tensor([0]), w, m.tensor([[0]])),
        ValueError,
        "offsets has to be a 1D Tensor",
    ),
    "too many offsets": (
        lambda m, F, w: F.embedding_bag(m.tensor(WORDS), w, m.tensor([0])),
        ValueError,
        "offsets has to be None",
    ),
    "start": (
        lambda m, F, w: F.embedding_bag(m.tensor([0]), w, m.tensor([1])),
        RuntimeError,
        r"offsets\[0\] has to be 0",
    ),
    "end": (
        lambda m, F, w: F.embedding_bag(m.tensor([0]), w, m.tensor([0, 2])),
        RuntimeError,
        r"offsets\[-1\] can not be greater",
    ),
    "order": (lambda m, F, w: F.embedding_bag(m.tensor([0, 0, 0]), w, m.tensor([0, 3, 1])), RuntimeError, "."),
    "no last offset": (
        lambda m, F, w: F.embedding_bag(m.tensor([0]), w, m.tensor([]).long(), include_last_offset=True),
        RuntimeError,
        "number of offset should be at least 1",
    ),
    "dimensions": (lambda m, F, w: F.embedding_bag(m.tensor([WORDS]), w), ValueError, "input has to be 1D or 2D"),
    "flat table": (lambda m, F, w: F.embedding_bag(m.tensor(WORDS), w[0]), ValueError, "weight has to be a 2D Tensor"),
    "mode": (lambda m, F, w: F.embedding_bag(m.tensor(WORDS), w, mode="min"), ValueError, "one of sum, mean or max"),
    "frequencies of maxima": (
        lambda m, F, w: F.embedding_bag(m.tensor(WORDS), w, mode="max", scale_grad_by_freq=True),
        ValueError,
        "max mode does not",
    ),
    "weights of means": (
        lambda m, F, w: F.embedding_bag(m.tensor(WORDS), w, per_sample_weights=m.ones(2, 2)),
        NotImplementedError,
        "mode='sum'",
    ),
    "shape of weights": (
        lambda m, F, w: F.embedding_bag(m.tensor(WORDS), w, mode="sum", per_sample_weights=m.ones(4)),
        ValueError,
        "same shape",
    ),
    "dtype of weights": (
        lambda m, F, w: F.embedding_bag(m.tensor(WORDS), w, mode="sum", per_sample_weights=m.ones(2, 2).double()),
        RuntimeError,
        "same type",
    ),
    "padding of bags": (
        lambda m, F, w: F.embedding_bag(m.tensor(WORDS), w, padding_idx=4),
        RuntimeError,
        "padding_idx must be within",
    ),
    "integer table": (lambda m, F, w: F.embedding_bag(m.tensor(WORDS), w.long()), RuntimeError, "int64|Long"),
    "one-hot fractions": (lambda m, F, w: F.one_hot(m.ones(1)), RuntimeError, "only applicable to index tensor"),
    "one-hot negative": (lambda m, F, w: F.one_hot(m.tensor([-1])), RuntimeError, "must be non-negative"),
    "one-hot too large": (lambda m, F, w: F.one_hot(m.tensor([2]), 2), RuntimeError, "smaller than num_classes"),
    "one-hot of nothing": (lambda m, F, w: F.one_hot(m.tensor([]).long()), RuntimeError, "Can not infer total number"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name, m):
    call, kind, message = ERRORS[name]
    with pytest.raises(kind, match=message):
        call(m, package(m).functional, table(m).detach())


# ---- modules


def test_a_pretrained_table_is_shared(m):
    weight = m.ones(3, 2)
    for kind in ("Embedding", "EmbeddingBag"):
        layer = getattr(package(m), kind).from_pretrained(weight)
        assert not layer.weight.requires_grad
        assert getattr(package(m), kind).from_pretrained(weight, freeze=False).weight.requires_grad
        weight[1] = 7.0
        assert layer.weight[1].tolist() == [7, 7]
