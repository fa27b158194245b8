"""Reading and writing by index: what an index may be, what its errors say, what repeated and masked places do.

Tests that take `m` run on PyTorch too, where it is installed: they say what PyTorch does.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd
from autograd.rules import indexing as rules

from .expectations import same


def grid(m, *shape, **options):
    return m.arange(float(np.prod(shape)), **options).reshape(shape)


# ---- what an index may be


def test_ints_next_to_tensors_select_first(m):
    """NumPy would move the indexed dimension to the front here."""
    x, places = grid(m, 2, 3, 4), m.tensor([0, 2])
    assert x[0, :, places].shape == (3, 2)
    assert x[:, 1, places].tolist() == [[4, 6], [16, 18]]
    assert x[places[:1], :, places].shape == (2, 3)


def test_lists_may_hold_tensors(m):
    x = grid(m, 4)
    assert x[[m.tensor(1), m.tensor(3)],].tolist() == [1, 3]
    assert x[[m.tensor(2), 0],].tolist() == [2, 0]


def test_bools_add_a_dimension(m):
    x = grid(m, 2, 3)
    assert x[True].shape == (1, 2, 3)
    assert x[False].shape == (0, 2, 3)
    assert x[:, True].shape == (2, 1, 3)
    assert x[m.tensor(True)].shape == (1, 2, 3)
    assert m.tensor(3.0)[True].tolist() == [3.0]
    assert x[True, m.tensor([0, 1])].shape == (2, 3)


def test_elements_are_views(m):
    x = grid(m, 3)
    element = x[1]
    element.fill_(7)
    assert element.shape == ()
    assert x.tolist() == [0, 7, 2]
    same_number = m.tensor(5.0)
    same_number[...].fill_(6)
    assert same_number.item() == 6


def test_one_element_indices_select(m):
    x = grid(m, 2, 3)
    for index in (m.tensor(1), m.tensor(1, dtype=m.int32), np.int64(1), np.array(1)):
        row = x[index]
        row.fill_(5)
    assert x.tolist() == [[0, 1, 2], [5, 5, 5]]
    assert x[m.tensor(0) : m.tensor(1)].shape == (1, 3)


def test_byte_masks_are_deprecated(m):
    x = grid(m, 3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert x[m.tensor([1, 0, 1], dtype=m.uint8)].tolist() == [0, 2]
    assert m is not autograd or "deprecated" in str(caught[0].message)


def test_lists_of_more_than_numbers_are_deprecated():
    x = grid(autograd, 2, 3)
    with pytest.warns(UserWarning, match=r"use x\[tuple\(seq\)\] instead"):
        assert x[[0, slice(1, None)]].tolist() == [1, 2]
    with pytest.warns(UserWarning, match="non-tuple sequence"):
        assert x[[[0, 1], [1, 2]]].tolist() == [1, 5]


@pytest.mark.parametrize(
    ("index", "error", "message"),
    [
        (2, IndexError, "index 2 is out of bounds for dimension 0 with size 2"),
        ((0, -4), IndexError, "index -4 is out of bounds for dimension 1 with size 3"),
        ((0, 0, 0), IndexError, "too many indices for tensor of dimension 2"),
        ((..., 0, None, 0, 0), IndexError, "too many indices for tensor of dimension 2"),
        (1.0, IndexError, "only integers, slices"),
        ({}, IndexError, "only integers, slices"),
        (slice(None, None, -1), ValueError, "greater than zero"),
        (slice(1.5, None), TypeError, "slice indices must be integers"),
        ([2], IndexError, "index 2 is out of bounds for dimension 0 with size 2"),
    ],
)
def test_what_an_index_may_not_be(m, index, error, message):
    x = grid(m, 2, 3)
    with pytest.raises(error, match=message):
        x[index]
    with pytest.raises(error, match=message):
        x[index] = 1.0
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_errors_of_tensors_in_an_index(m):
    x = grid(m, 2, 3)
    with pytest.raises(IndexError, match=r"shape of the mask \[3\] at index 0 does not match .* \[2, 3\] at index 0"):
        x[m.tensor([True, False, True])]
    with pytest.raises(IndexError, match=r"mask \[2, 2\] at index 1"):
        x[m.tensor([[True, False], [True, True]])]
    with pytest.raises(IndexError, match=r"could not be broadcast together with shapes \[2\], \[3\]"):
        x[m.tensor([0, 1]), m.tensor([0, 1, 2])]
    with pytest.raises(IndexError, match="must be long, int, byte or bool tensors"):
        x[m.tensor([0.0])]
    with pytest.raises(IndexError, match="must be long, int, byte or bool tensors"):
        x[m.tensor([0], dtype=m.int8)]
    with pytest.raises(IndexError, match="0-dim tensor"):
        m.tensor(1.0)[0]
    with pytest.raises(IndexError, match="index 5 is out of bounds for dimension 0 with size 2"):
        x[m.tensor([0, 5])]


def test_the_error_names_the_dimension_that_was_left():
    """PyTorch says dimension 0 here."""
    with pytest.raises(IndexError, match="index 3 is out of bounds for dimension 1 with size 3"):
        grid(autograd, 2, 3)[:, autograd.tensor([3])]


# ---- writing


def test_writing_casts_and_broadcasts(m):
    x = m.zeros(2, 3, dtype=m.int64)
    x[0] = m.tensor([1.9, -1.9, 2.0])
    x[1, 1:] = True
    x[:, 0] = 7.5
    same(x, [[7, -1, 2], [7, 1, 1]], "int64")
    y = m.zeros(2, 3)
    y[:] = m.ones(1, 1, 3, dtype=m.float64)
    y[m.tensor([True, False])] = m.tensor(5)
    same(y, [[5, 5, 5], [1, 1, 1]], "float32")
    small = m.zeros(2, dtype=m.uint8)
    small[0] = -1
    assert small.tolist() == [255, 0]


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (1j, RuntimeError, "cannot be converted to type"),
        (1e300, RuntimeError, "cannot be converted to type"),
        ([1, 2, 3], TypeError, "can't assign a list"),
        ("a", TypeError, "can't assign a str"),
        (None, TypeError, "can't assign a NoneType"),
    ],
)
def test_what_cannot_be_written(m, value, error, message):
    x = grid(m, 2, 3)
    with pytest.raises(error, match=message):
        x[0] = value
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_errors_of_writing(m):
    x, places = grid(m, 2, 3), m.tensor([0, 1])
    with pytest.raises(RuntimeError, match=r"value tensor of shape \[2\] cannot be broadcast .* of shape \[2, 3\]"):
        x[places] = m.zeros(2)
    with pytest.raises(RuntimeError, match="source and destination dtypes match"):
        x[places] = m.zeros(3, dtype=m.float64)
    with pytest.raises(RuntimeError):
        x[0] = m.zeros(2)
    with pytest.raises(RuntimeError):
        x[0] = m.zeros(2, 3)
    with pytest.raises(RuntimeError, match="single memory location"):
        x.expand(2, 2, 3)[:, 0] = 1.0
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert x._version == 0


def test_arrays_are_written_as_well():
    x = autograd.zeros(2, 3)
    x[0] = np.arange(3)
    x[autograd.tensor([1])] = np.array([[1.5, 2.5, 3.5]])
    x.mT[2] = np.float32(9)
    assert x.tolist() == [[0, 1, 9], [1.5, 2.5, 9]]


def test_writing_what_overlaps_its_source(m):
    x = grid(m, 5)
    x[1:] = x[:-1].clone()
    y = grid(m, 5)
    y[1:] = y[:-1] if m is autograd else y[:-1].clone()
    assert x.tolist() == y.tolist() == [0, 0, 1, 2, 3]


def test_writing_a_part_back_to_where_it_lies_changes_nothing():
    x = grid(autograd, 3, 2).requires_grad_() * 1
    row = x[1]
    before = x.grad_fn
    x[1] = row
    assert x.grad_fn is before
    assert x._version == 0


def test_indices_may_be_overwritten_afterwards():
    x = grid(autograd, 3, 2).requires_grad_()
    places, mask = autograd.tensor([2, 2]), autograd.tensor([True, False, True])
    array = np.array([0, 2])
    y = x * 1
    y[array] = y[array].clone() * 3
    out = x[places] * 2 + x.index_select(0, places) + y[mask]
    places.zero_()
    mask.fill_(False)
    array[...] = 1
    out.sum().backward()
    assert x.grad.tolist() == [[3, 3], [0, 0], [9, 9]]


def test_an_overwritten_index_of_gather_is_noticed(m):
    x, places = grid(m, 2, 3).requires_grad_(), m.tensor([[0], [1]])
    out = x.gather(1, places)
    places.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()


def test_places_named_twice_get_both_gradients(m):
    x = grid(m, 3).requires_grad_()
    (x[[1, 1, -2]] * m.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [0, 111, 0]


@pytest.mark.parametrize("shape", [(7, 3), (7, 64), (7, 2, 40), (1, 100), (7, 0, 3)])
def test_adding_rows(shape):
    """Both ways of adding up, by element and by row, agree with a loop."""
    random = np.random.default_rng(0)
    for count in (0, 1, 5, 40):
        index = random.integers(-shape[0], shape[0], (count, 2))
        values = random.normal(size=(count, 2, *shape[1:]))
        out, expected = random.normal(size=shape), None
        expected = out.copy()
        for place, value in zip(index.ravel(), values.reshape(2 * count, *shape[1:])):
            expected[place] += value
        rules.add_at(out, (index,), values)
        np.testing.assert_allclose(out, expected)


def test_adding_to_memory_that_is_not_in_order():
    x = autograd.zeros(2, 3).mT
    x.index_put_((autograd.tensor([0, 0]),), autograd.ones(2, 2), accumulate=True)
    assert x.tolist() == [[2, 2], [0, 0], [0, 0]]


# ---- functions along a dimension


def test_gather_of_a_smaller_index_reads_the_corner(m):
    x = grid(m, 3, 4).requires_grad_()
    out = x.gather(0, m.tensor([[2, 0]]))
    assert out.tolist() == [[8, 1]]
    out.sum().backward()
    assert x.grad.nonzero().tolist() == [[0, 1], [2, 0]]


def test_scalars_count_as_vectors(m):
    x = m.tensor(3.0)
    assert x.gather(0, m.tensor([0, 0])).tolist() == [3, 3]
    assert x.index_select(0, m.tensor(0)).shape == ()
    assert x.scatter(0, m.tensor(0), m.tensor(5.0)).tolist() == 5
    assert x.index_add(0, m.tensor(0), m.tensor(5.0)).tolist() == 8
    assert x.index_fill(0, m.tensor([0]), 5).tolist() == 5
    assert x.masked_select(m.tensor(True)).tolist() == [3]
    assert x.take(m.tensor([0, -1])).tolist() == [3, 3]


def test_scatter_of_one_value(m):
    places = m.tensor([2, 0])
    assert m.zeros(3).scatter(0, places, 5).tolist() == [5, 0, 5]
    assert m.zeros(3).scatter(0, places, value=m.tensor(5.0)).tolist() == [5, 0, 5]
    assert m.tensor([1, 2, 3]).index_fill(0, places, m.tensor(4.7)).tolist() == [4, 2, 4]


def test_scatter_reduce_of_bools(m):
    x, values, places = m.tensor([False, True]), m.tensor([True, True, False]), m.tensor([0, 0, 1])
    assert x.scatter_reduce(0, places, values, "amin", include_self=False).tolist() == [True, False]
    assert x.scatter_reduce(0, places, values, "amax", include_self=False).tolist() == [True, False]
    assert x.scatter_reduce(0, places, values, "amin").tolist() == [False, False]
    assert x.scatter_reduce(0, places, values, "amax").tolist() == [True, True]


def test_scatter_reduce_of_integers_and_infinities(m):
    x, places = m.tensor([5, -7]), m.tensor([0, 0, 1])
    values = m.tensor([2, 4, -4])
    assert x.scatter_reduce(0, places, values, "mean").tolist() == [3, -6]
    assert x.scatter_reduce(0, places, values, "amin", include_self=False).tolist() == [2, -4]
    assert x.scatter_reduce(0, places, values, "prod").tolist() == [40, 28]
    inf = m.tensor([-float("inf"), 1.0])
    assert inf.scatter_reduce(0, places, m.tensor([2.0, 3.0, 0.0]), "amax").tolist() == [3, 1]
    assert inf.scatter_reduce(0, places[:1], m.tensor([float("nan")]), "amax")[0].isnan()


def test_extremes_share_the_gradient_among_equals(m):
    x = m.tensor([2.0, 1.0]).requires_grad_()
    y = m.tensor([2.0, 2.0, 0.5]).requires_grad_()
    x.scatter_reduce(0, m.tensor([0, 0, 1]), y, "amax").sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [1 / 3, 1])
    np.testing.assert_allclose(y.grad.numpy(), [1 / 3, 1 / 3, 0])


def test_products_with_several_zeros(m):
    x = m.tensor([3.0]).requires_grad_()
    y = m.tensor([0.0, 0.0, 2.0]).requires_grad_()
    x.scatter_reduce(0, m.tensor([0, 0, 0]), y, "prod").sum().backward()
    assert x.grad.tolist() == [0]
    assert y.grad.tolist() == [0, 0, 0]


def test_second_derivatives_of_products_with_several_zeros_are_refused():
    y = autograd.tensor([0.0, 0.0]).requires_grad_()
    out = autograd.ones(1).scatter_reduce(0, autograd.tensor([0, 0]), y, "prod")
    with pytest.raises(RuntimeError, match="Double backward is unsupported"):
        autograd.autograd.grad(out, y, create_graph=True)


def test_in_place_forms(m):
    x = grid(m, 2, 3)
    where = m.tensor([[2], [0]])
    assert x.scatter_(1, where, 9) is x
    x.scatter_add_(1, where, m.ones(2, 1))
    x.index_add_(0, m.tensor([1]), m.ones(1, 3), alpha=2)
    x.index_fill_(1, m.tensor([1]), -1)
    assert x.tolist() == [[0, -1, 10], [12, -1, 7]]
    x.index_copy_(0, m.tensor([0]), m.zeros(1, 3)).masked_scatter_(x > 10, m.tensor([4.0, 5.0]))
    assert x.tolist() == [[0, 0, 0], [4, -1, 7]]
    x.put_(m.tensor([5, 5]), m.tensor([1.0, 1.0]), accumulate=True)
    x.scatter_reduce_(1, where, m.ones(2, 1) * 3, "prod")
    assert x.tolist() == [[0, 0, 0], [12, -1, 9]]


def test_half_precision(m):
    x = m.zeros(2, dtype=m.float16).requires_grad_()
    out = x.index_add(0, m.tensor([0, 0]), m.ones(2, dtype=m.float16))
    same(out, [2, 0], "float16")
    (out[[0, 0, 1]] * out.gather(0, m.tensor([0, 1, 1]))).sum().backward()
    assert x.grad.dtype is m.float16


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m, x: x.gather(1, m.tensor([[3]])), RuntimeError, "index 3 is out of bounds for dimension 1"),
        (lambda m, x: x.gather(1, m.tensor([[-1]])), RuntimeError, "index -1 is out of bounds"),
        (lambda m, x: x.gather(0, m.tensor([0])), RuntimeError, "same number of dimensions as input"),
        (lambda m, x: x.gather(1, m.tensor([[0], [0], [0]])), RuntimeError, "no larger than self"),
        (lambda m, x: x.gather(1, m.tensor([[0.0]])), RuntimeError, "Expected dtype int32/int64 for index"),
        (lambda m, x: x.scatter(1, m.tensor([[0]]), m.zeros(1, 1).double()), RuntimeError, "Expected self.dtype"),
        (lambda m, x: x.scatter(1, m.tensor([[0, 1]]), m.zeros(1, 1)), RuntimeError, "no larger"),
        (lambda m, x: x.scatter_reduce(1, m.tensor([[0]]), m.zeros(1, 1), "sun"), RuntimeError, "got sun"),
        (lambda m, x: x.index_select(0, m.tensor([2])), IndexError, "out of"),
        (lambda m, x: x.index_select(0, m.tensor([[0]])), IndexError, "supposed to be a vector"),
        (lambda m, x: x.index_add(0, m.tensor([0]), m.zeros(2, 3)), RuntimeError, "Number of indices"),
        (lambda m, x: x.index_add(0, m.tensor([2]), m.zeros(1, 3)), RuntimeError, "index 2 is out of bounds"),
        (lambda m, x: x.index_copy(0, m.tensor([0]), m.zeros(3)), IndexError, "dimensionality must match"),
        (lambda m, x: x.index_fill(0, m.tensor([0]), m.zeros(1)), RuntimeError, "0-dimensional value tensor"),
        (lambda m, x: x.take(m.tensor([6])), IndexError, "tried to access index 6 on a tensor of 6 elements"),
        (lambda m, x: x.put(m.tensor([0]), m.zeros(2)), IndexError, "same number of elements"),
        (lambda m, x: x.masked_select(x), RuntimeError, "expected BoolTensor"),
        (lambda m, x: x.masked_scatter(x > 0, m.zeros(2)), RuntimeError, "Number of elements of source"),
        (lambda m, x: x.narrow(1, 2, 2), RuntimeError, r"start \(2\) \+ length \(2\) exceeds dimension size \(3\)"),
        (lambda m, x: x.select(1, 3), IndexError, "index 3 out of range for tensor of size"),
        (lambda m, x: x.select_scatter(m.zeros(1), 0, 0), RuntimeError, r"src size = \[1\], slice size = \[3\]"),
        (lambda m, x: x.slice_scatter(m.zeros(1, 3), step=0), RuntimeError, "step must be positive"),
        (lambda m, x: x.index_put((0,), m.zeros(3)), TypeError, "expected Tensor as element 0"),
        (lambda m, x: x.index_put(m.tensor([0]), m.zeros(3)), TypeError, "must be tuple of Tensors"),
    ],
)  # fmt: skip
def test_refused(m, call, error, message):
    x = grid(m, 2, 3)
    with pytest.raises(error, match=message):
        call(m, x)
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
