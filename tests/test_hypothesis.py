"""Broadcasting and indexing for shapes and indices that nobody thought of, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("hypothesis")

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autograd
from autograd import Tensor
from autograd.gradcheck import gradcheck

shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
indexable = hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4)
BINARY = {
    "add": (autograd.add, np.add),
    "sub": (autograd.sub, np.subtract),
    "mul": (autograd.mul, np.multiply),
    "div": (autograd.div, np.true_divide),
    "maximum": (autograd.maximum, np.maximum),
}


def filled(shape: tuple[int, ...], start: float = 1.0) -> np.ndarray:
    """An array of distinct values."""
    return np.arange(start, start + int(np.prod(shape, dtype=int)), dtype=np.float64).reshape(shape)


def leaf(array: np.ndarray) -> Tensor:
    """A leaf on a copy of the array."""
    return autograd.tensor(array, requires_grad=True)


@given(
    st.sampled_from(sorted(BINARY)), hnp.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_dims=4, max_side=3)
)
def test_operands_broadcast_as_in_numpy(name, shapes):
    mine, its = BINARY[name]
    a, b = filled(shapes.input_shapes[0]), filled(shapes.input_shapes[1], 0.5)
    x, y = leaf(a), leaf(b)
    out = mine(x, y)
    assert out.shape == shapes.result_shape
    assert np.array_equal(out.detach().numpy(), its(a, b))
    weight = filled(shapes.result_shape, 0.25)
    out.backward(autograd.tensor(weight))
    assert (x.grad.shape, y.grad.shape) == (a.shape, b.shape)
    if name == "add":  # the gradient is the weight, added up over what was broadcast
        for operand, array in ((x, a), (y, b)):
            lead = weight.ndim - array.ndim
            axes = (*range(lead), *(i + lead for i, n in enumerate(array.shape) if n == 1))
            assert np.allclose(operand.grad.numpy(), weight.sum(axes).reshape(array.shape))


@given(hnp.mutually_broadcastable_shapes(num_shapes=3, min_side=1, max_dims=3, max_side=3))
def test_gradients_of_broadcast_operands(shapes):
    a, b, c = (leaf(filled(shape, 0.5) / 8) for shape in shapes.input_shapes)
    assert gradcheck(lambda a, b, c: a * b + b / c, (a, b, c), fast_mode=True)


@given(shapes, shapes)
def test_shapes_that_do_not_broadcast_are_refused(one, other):
    try:
        expected = np.broadcast_shapes(one, other)
    except ValueError:
        with pytest.raises(RuntimeError, match=r"The size of tensor a .* must match the size of tensor b"):
            leaf(filled(one)) + leaf(filled(other))
    else:
        assert (leaf(filled(one)) + leaf(filled(other))).shape == expected


@given(hnp.mutually_broadcastable_shapes(num_shapes=1, base_shape=(2, 3, 2), max_dims=3))
def test_expand(shapes):
    """To the shape that NumPy broadcasts to, and summed back."""
    array = filled(shapes.input_shapes[0])
    x = leaf(array)
    out = x.expand(2, 3, 2)
    assert np.array_equal(out.detach().numpy(), np.broadcast_to(array, (2, 3, 2)))
    out.sum().backward()
    assert np.array_equal(x.grad.numpy(), np.full(array.shape, 12 / max(array.size, 1)))


@st.composite
def basic_indices(draw):
    """A shape and an index of ints, slices, None and Ellipsis for it. A slice's step is positive, as PyTorch wants."""
    shape = draw(indexable)
    index = draw(hnp.basic_indices(shape, allow_newaxis=True))
    items = index if isinstance(index, tuple) else (index,)
    forward = tuple(
        slice(i.start, i.stop, abs(i.step)) if isinstance(i, slice) and i.step is not None else i for i in items
    )
    return shape, forward if isinstance(index, tuple) else forward[0]


@st.composite
def advanced_indices(draw):
    """A shape and an index with integer arrays for some of its dimensions, slices for others."""
    shape = draw(indexable)
    count = draw(st.integers(1, len(shape)))
    result = draw(hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3))
    items: list = []
    for axis in range(count):
        size = shape[axis]
        kind = draw(st.sampled_from(["array", "slice", "int"]))
        if kind == "array":
            items.append(draw(hnp.arrays(np.int64, result, elements=st.integers(-size, size - 1))))
        elif kind == "slice":
            items.append(slice(draw(st.integers(0, size)), None, draw(st.integers(1, 2))))
        else:
            items.append(draw(st.integers(-size, size - 1)))
    return shape, tuple(items)


def as_tensors(index):
    """The index with tensors for arrays."""
    items = index if isinstance(index, tuple) else (index,)
    items = tuple(autograd.tensor(i) if isinstance(i, np.ndarray) else i for i in items)
    return items if isinstance(index, tuple) else items[0]


def torch_like(shape, index) -> bool:
    """Whether NumPy and PyTorch mean the same: an int beside arrays is an array too in NumPy, a view in PyTorch."""
    arrays = [isinstance(i, np.ndarray) for i in index]
    return not (any(arrays) and any(isinstance(i, int) for i in index))


def check_reading(shape, index):
    array = filled(shape)
    expected = array[index]
    x = leaf(array)
    out = x[as_tensors(index)]
    assert out.shape == np.shape(expected)
    assert np.array_equal(out.detach().numpy(), expected)
    weight = filled(np.shape(expected), 0.5)
    out.backward(autograd.tensor(weight))
    gradient = np.zeros(shape)
    np.add.at(gradient, index, weight)
    assert np.allclose(x.grad.numpy(), gradient)


def check_writing(shape, index):
    array = filled(shape)
    value = filled(np.shape(array[index]), -100)
    expected = array.copy()
    expected[index] = value
    x, v = leaf(array), leaf(value)
    out = x * 1
    out[as_tensors(index)] = v
    assert np.array_equal(out.detach().numpy(), expected)
    weight = filled(shape, 0.5)
    out.backward(autograd.tensor(weight))
    kept = weight.copy()
    kept[index] = 0
    assert np.array_equal(x.grad.numpy(), kept)
    assert np.array_equal(v.grad.numpy(), weight[index])


@given(basic_indices())
def test_reading_by_basic_indices(case):
    check_reading(*case)


@given(basic_indices())
def test_writing_by_basic_indices(case):
    check_writing(*case)


@given(basic_indices())
def test_basic_indices_are_views(case):
    shape, index = case
    base = autograd.tensor(filled(shape))
    view = base[index]
    assert np.shares_memory(view.numpy(), base.numpy()) == (view.numel() > 0)
    expected = base.numpy().copy()
    expected[index] *= 2
    view.mul_(2)
    assert np.array_equal(base.numpy(), expected)


@given(advanced_indices().filter(lambda case: torch_like(*case)))
def test_reading_by_advanced_indices(case):
    check_reading(*case)


@given(advanced_indices().filter(lambda case: torch_like(*case)), st.booleans())
def test_writing_by_advanced_indices(case, accumulate):
    shape, index = case
    array, count = filled(shape), np.zeros(shape)
    np.add.at(count, index, 1)
    if accumulate or count.max() <= 1:  # with duplicates the last write wins, which the gradient cannot know
        check_writing(shape, index) if count.max() <= 1 else None
        x = leaf(array)
        places = tuple(autograd.tensor(i) for i in full_index(shape, index))
        out = x.index_put(places, autograd.ones((), dtype=autograd.float64), accumulate=True)
        assert np.array_equal(out.detach().numpy(), array + count)


def full_index(shape, index) -> tuple[np.ndarray, ...]:
    """An advanced index with slices spelled out as arrays, one for each dimension."""
    numbers = np.arange(int(np.prod(shape, dtype=int))).reshape(shape)[index]
    return np.unravel_index(numbers, shape)


@given(indexable.flatmap(lambda shape: st.tuples(st.just(shape), hnp.arrays(bool, shape))))
def test_masks(case):
    shape, mask = case
    check_reading(shape, mask)
    check_writing(shape, mask)
    array = filled(shape)
    assert np.array_equal(
        autograd.tensor(array).masked_fill(autograd.tensor(mask), -1.0).numpy(), np.where(mask, -1, array)
    )


@given(indexable.flatmap(lambda shape: st.tuples(st.just(shape), hnp.arrays(bool, shape[:1]))))
def test_masks_of_the_first_dimension(case):
    shape, mask = case
    check_reading(shape, mask)
    check_writing(shape, mask)


@given(hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=3), st.data())
def test_reductions_over_any_axes(shape, data):
    axes = data.draw(st.sets(st.integers(0, len(shape) - 1)).map(sorted).map(tuple))
    keepdim = data.draw(st.booleans())
    array = filled(shape)
    x = leaf(array)
    out = x.sum(axes, keepdim=keepdim) if axes else x.sum()
    expected = array.sum(axes, keepdims=keepdim) if axes else array.sum()
    assert out.shape == np.shape(expected)
    assert np.allclose(out.detach().numpy(), expected)
    weight = filled(np.shape(expected), 0.5)
    out.backward(autograd.tensor(weight))
    full = weight if keepdim or not axes else np.expand_dims(weight, axes)
    assert np.array_equal(x.grad.numpy(), np.broadcast_to(full, shape))


@given(indexable, st.data())
def test_views_of_views_write_through(shape, data):
    """Any number of view steps; what is written at the end shows in the base, and so does its gradient."""
    array = filled(shape)
    x, numbers = leaf(array), np.arange(array.size).reshape(shape)
    base = x * 1
    view, where = base, numbers  # `where` follows the view: which element of the base is each of its own
    for _ in range(data.draw(st.integers(1, 3))):
        step = data.draw(st.sampled_from(["index", "transpose", "unsqueeze"]))
        if step == "index" and where.ndim and where.size:
            n = data.draw(st.integers(0, where.shape[0] - 1))
            index = data.draw(st.sampled_from([slice(n, None), slice(None, None, 2), n]))
            view, where = view[index], where[index]
        elif step == "transpose" and where.ndim > 1:
            view, where = view.transpose(0, -1), where.swapaxes(0, -1)
        else:
            view, where = view.unsqueeze(0), np.expand_dims(where, 0)
    view.mul_(3)
    factor = np.ones(array.size)
    factor[where] = 3
    factor = factor.reshape(shape)
    assert np.array_equal(base.detach().numpy(), array * factor)
    weight = filled(shape, 0.5)
    base.backward(autograd.tensor(weight))
    assert np.array_equal(x.grad.numpy(), weight * factor)


@given(
    hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=3),
    hnp.array_shapes(min_dims=0, max_dims=2, max_side=2),
    st.data(),
)
def test_matmul_broadcasts_its_batches(core, batch, data):
    """Any of the batch rules, with vectors on either side."""
    n, k, m = (*core, 2, 2)[:3]
    left = data.draw(st.sampled_from([(k,), (n, k), (*batch, n, k)]))
    right = data.draw(st.sampled_from([(k,), (k, m), (*batch, k, m), (*(1 for _ in batch), k, m)]))
    a, b = leaf(filled(left) / 8), leaf(filled(right) / 8)
    assert np.allclose((a @ b).detach().numpy(), np.matmul(a.detach().numpy(), b.detach().numpy()))
    assert gradcheck(lambda a, b: a @ b, (a, b), fast_mode=True)
