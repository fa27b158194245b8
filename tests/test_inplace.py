"""In-place operations: values, gradients and errors. Most tests run on PyTorch, too, where it is installed."""

from __future__ import annotations

import numpy as np
import pytest

import autograd

from .leaves import check, gradients, grid, leaf

# ---- operators and methods

X, W = np.array([1.0, 2.0, 4.0]), np.array([3.0, 5.0, 0.5])


@pytest.mark.parametrize(
    "write, value, dx, dw",
    [
        (lambda y, w: y.__iadd__(w), X + W, 1 + 0 * X, 1 + 0 * W),
        (lambda y, w: y.__isub__(w), X - W, 1 + 0 * X, -1 + 0 * W),
        (lambda y, w: y.__imul__(w), X * W, W, X),
        (lambda y, w: y.__itruediv__(w), X / W, 1 / W, -X / W**2),
        (lambda y, w: y.__ipow__(w), X**W, W * X ** (W - 1), X**W * np.log(X)),
        (lambda y, w: y.add_(w, alpha=2), X + 2 * W, 1 + 0 * X, 2 + 0 * W),
        (lambda y, w: y.sub_(w, alpha=3), X - 3 * W, 1 + 0 * X, -3 + 0 * W),
        (lambda y, w: y.mul_(w).mul_(w), X * W * W, W * W, 2 * X * W),
        (lambda y, w: y.copy_(w), W, 0 * X, 1 + 0 * W),
        (lambda y, w: y.lerp_(w, 0.25), X + 0.25 * (W - X), 0.75 + 0 * X, 0.25 + 0 * W),
        (lambda y, w: y.addcmul_(w, w, value=2), X + 2 * W * W, 1 + 0 * X, 4 * W),
        (lambda y, w: y.addcdiv_(w, w * w), X + 1 / W, 1 + 0 * X, -1 / W**2),
        (lambda y, w: y.fill_(w[0]), W[0] + 0 * X, 0 * X, [3, 0, 0]),
    ],
)
def test_two_operands(m, write, value, dx, dw):
    x, w = leaf(m, *X), leaf(m, *W)
    y = x * 1
    result = write(y, w)
    assert result is y
    assert not y.is_leaf
    check(y, value)
    for got, expected in zip(gradients(y, x, w), (dx, dw)):
        np.testing.assert_allclose(got, expected)


@pytest.mark.parametrize(
    "write, value, derivative",
    [
        (lambda y: y.mul_(3), 3 * X, 3 + 0 * X),
        (lambda y: y.__ipow__(2), X**2, 2 * X),
        (lambda y: y.__itruediv__(2), X / 2, 0.5 + 0 * X),
        (lambda y: y.exp_(), np.exp(X), np.exp(X)),
        (lambda y: y.sin_(), np.sin(X), np.cos(X)),
        (lambda y: y.sqrt_(), np.sqrt(X), 0.5 / np.sqrt(X)),
        (lambda y: y.neg_().abs_(), X, 1 + 0 * X),
        (lambda y: y.clamp_(1.5, 3), np.clip(X, 1.5, 3), [0, 1, 0]),
        (lambda y: y.zero_(), 0 * X, 0 * X),
        (lambda y: y.fill_(7), 7 + 0 * X, 0 * X),
        (lambda y: y.masked_fill_(y > 1.5, 0), [1, 0, 0], [1, 0, 0]),
        (lambda y: y.add_(y), 2 * X, 2 + 0 * X),
        (lambda y: y.sub_(y), 0 * X, 0 * X),
        (lambda y: y.copy_(y), X, 1 + 0 * X),
        (lambda y: y.copy_(y.flip(0)), X[::-1], 1 + 0 * X),
    ],
)
def test_one_operand(m, write, value, derivative):
    x = leaf(m, *X)
    y = x * 1
    assert write(y) is y
    check(y, value)
    np.testing.assert_allclose(gradients(y, x)[0], derivative)


def test_several_in_a_row_on_the_same_tensor():
    """Each keeps its own copy of what it needs, so that the next may overwrite it (PyTorch refuses this)."""
    x = leaf(autograd, *X)
    y = x * 1
    y.exp_().sin_().exp_().tanh_()
    e = np.exp(X)
    f = np.exp(np.sin(e))
    check(y, np.tanh(f))
    np.testing.assert_allclose(gradients(y, x)[0], (1 - np.tanh(f) ** 2) * f * np.cos(e) * e)


def test_a_tensor_multiplied_by_itself_in_place(m):
    """It is an operand as well, and that operand is overwritten."""
    x = leaf(m, *X)
    y = x * 1
    y.mul_(y)
    check(y, X * X)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


# ---- writing by index


@pytest.mark.parametrize(
    "write, value, dx, dw",
    [
        (lambda m, y, w: y.__setitem__(0, w[1]), [5, 2, 4], [0, 1, 1], [0, 1, 0]),
        (lambda m, y, w: y.__setitem__(-1, 9.0), [1, 2, 9], [1, 1, 0], [0, 0, 0]),
        (lambda m, y, w: y.__setitem__(slice(None, 2), w[1:]), [5, 0.5, 4], [0, 0, 1], [0, 1, 1]),
        (lambda m, y, w: y.__setitem__(slice(None, None, 2), w[0]), [3, 2, 3], [0, 1, 0], [2, 0, 0]),
        (lambda m, y, w: y.__setitem__(..., w), W, [0, 0, 0], [1, 1, 1]),
        (lambda m, y, w: y.__setitem__((), w), W, [0, 0, 0], [1, 1, 1]),
        (lambda m, y, w: y.__setitem__((None, slice(1, None)), w[None, 1:]), [1, 5, 0.5], [1, 0, 0], [0, 1, 1]),
        (lambda m, y, w: y.__setitem__([2, 0], w[:2]), [5, 2, 3], [0, 1, 0], [1, 1, 0]),
        (lambda m, y, w: y.__setitem__(m.tensor([1]), w[:1]), [1, 3, 4], [1, 0, 1], [1, 0, 0]),
        (lambda m, y, w: y.__setitem__(m.tensor([True, False, True]), w[1:]), [5, 2, 0.5], [0, 1, 0], [0, 1, 1]),
        (lambda m, y, w: y.__setitem__(y > 1.5, 0.0), [1, 0, 0], [1, 0, 0], [0, 0, 0]),
        (lambda m, y, w: y.index_put_((m.tensor([0, 0]),), w[:2], accumulate=True), [9, 2, 4], [1, 1, 1], [1, 1, 0]),
        (lambda m, y, w: y.index_fill_(0, m.tensor([1]), 3.0), [1, 3, 4], [1, 0, 1], [0, 0, 0]),
        (lambda m, y, w: y.masked_fill_(y > 1.5, w[0]), [1, 3, 3], [1, 0, 0], [2, 0, 0]),
        (lambda m, y, w: y.scatter_(0, m.tensor([2, 0]), w[:2]), [5, 2, 3], [0, 1, 0], [1, 1, 0]),
        (lambda m, y, w: y.index_add_(0, m.tensor([1, 1]), w[:2]), [1, 10, 4], [1, 1, 1], [1, 1, 0]),
    ],
)
def test_writing_by_index(m, write, value, dx, dw):
    x, w = leaf(m, *X), leaf(m, *W)
    y = x * 1
    write(m, y, w)
    check(y, value)
    got = gradients(y + 0 * w.sum(), x, w)
    np.testing.assert_allclose(got[0], dx)
    np.testing.assert_allclose(got[1], dw)


def test_augmented_assignment_by_index(m):
    x = grid(m, 2, 3)
    y = x * 1
    y[0] += 5
    y[:, 1] *= y[:, 2].clone()
    y[1, 0] **= 2
    check(y, [[6, 45.5, 7], [6.25, 10.5, 3.5]])
    np.testing.assert_allclose(gradients(y, x)[0], [[1, 7, 7.5], [5, 3.5, 4]])


def test_filling_row_by_row(m):
    x = leaf(m, 1, 2, 3)
    y = m.zeros(4, 3, dtype=m.float64)
    for i in range(4):
        y[i] = x**i
    check(y, np.stack([X0**0, X0, X0**2, X0**3]))
    np.testing.assert_allclose(gradients(y, x)[0], 1 + 2 * X0 + 3 * X0**2)


X0 = np.array([1.0, 2.0, 3.0])


def test_filling_a_row_from_the_one_before(m):
    """The row before is kept for the gradient as a clone: the next write would otherwise spoil it."""
    x = leaf(m, 1, 2, 3)
    y = m.zeros(4, 3, dtype=m.float64)
    y[0] = x
    for i in range(1, 4):
        y[i] = y[i - 1].clone() * x
    check(y[3], X0**4)
    np.testing.assert_allclose(gradients(y[3], x)[0], 4 * X0**3)


def test_filling_a_row_from_the_one_before_without_a_clone_is_refused(m):
    x = leaf(m, 1, 2, 3)
    y = m.zeros(4, 3, dtype=m.float64)
    y[0] = x
    for i in range(1, 4):
        y[i] = y[i - 1] * x
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_stopping_a_gradient_by_writing_a_detached_part_back(m):
    x = leaf(m, *X)
    y = x * 1
    y[:2] = y[:2].detach()
    check(y, X)
    np.testing.assert_allclose(gradients(y, x)[0], [0, 0, 1])


# ---- what is written comes to have a history


def test_a_plain_tensor_takes_part_after_a_write(m):
    w = leaf(m, 2, 3)
    y = m.zeros(2, dtype=m.float64)
    y.add_(w)
    assert y.requires_grad
    assert not y.is_leaf
    np.testing.assert_allclose(gradients(y * y, w)[0], [4, 6])


def test_copying_a_leaf_in(m):
    w = leaf(m, 2)
    y = m.zeros(3, 1, dtype=m.float64)
    y.copy_(w)
    check(y, [[2], [2], [2]])
    np.testing.assert_allclose(gradients(y * y, w)[0], [12])


def test_copying_casts(m):
    w = m.tensor([1.5, 2.5], requires_grad=True)
    y = m.zeros(2, dtype=m.float64)
    y.copy_(w)
    y.sum().backward()
    assert y.dtype == m.float64
    assert w.grad.dtype == m.float32
    z = m.zeros(2, dtype=m.int64)
    z.copy_(w.detach())
    assert z.tolist() == [1, 2]


def test_a_constant_leaves_a_tensor_with_a_gradient_of_zero(m):
    x = leaf(m, *X)
    y = x * 1
    y.zero_()
    assert y.requires_grad
    np.testing.assert_array_equal(gradients(y, x)[0], 0 * X)


def test_double_backward(m):
    x = leaf(m, 1, 2, 3)
    y = x * 1
    y[:2].mul_(x[1:])
    y[2] = y[0].clone() * x[0]
    y[[0, 1]] = y[[1, 0]] ** 2
    z = (y * y).sum()  # (x1·x2)⁴ + (x0·x1)⁴ + (x0·x1·x0)²
    (g,) = m.autograd.grad(z, x, create_graph=True)
    (h,) = m.autograd.grad(g.sum(), x)
    a, b, c = X0
    expected = [
        4 * a**3 * b**4 + 4 * a**3 * b**2,
        4 * b**3 * (c**4 + a**4) + 2 * a**4 * b,
        4 * c**3 * b**4,
    ]
    np.testing.assert_allclose(g.detach().numpy(), expected)
    numerical = []
    for i in range(3):
        s = [np.array([a, b, c]) + d * 1e-5 * np.eye(3)[i] for d in (1, -1)]
        grads = [
            np.array([
                4 * p**3 * q**4 + 4 * p**3 * q**2, 4 * q**3 * (r**4 + p**4) + 2 * p**4 * q, 4 * r**3 * q**4,
            ]).sum()
            for p, q, r in s
        ]  # fmt: skip
        numerical.append((grads[0] - grads[1]) / 2e-5)
    np.testing.assert_allclose(h.numpy(), numerical, rtol=1e-6)


# ---- what is refused


@pytest.mark.parametrize(
    "write",
    [
        lambda m, x: x.add_(1),
        lambda m, x: x.__imul__(2),
        lambda m, x: x.__setitem__(0, 1.0),
        lambda m, x: x.__setitem__([0], 1.0),
        lambda m, x: x.zero_(),
        lambda m, x: x.copy_(m.zeros(3)),
        lambda m, x: x.masked_fill_(x > 1, 0),
        lambda m, x: x[:2].add_(1),
        lambda m, x: x.view(3, 1)[0].zero_(),
        lambda m, x: x.unsqueeze_(0),
    ],
)
def test_leaves_are_not_written_to_while_recording(m, write):
    x = leaf(m, *X)
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        write(m, x)
    check(x, X)
    assert x._version == 0
    assert x.is_leaf
    assert tuple(x.shape) == (3,)
    with m.no_grad():
        write(m, x)
    assert x.is_leaf
    assert x.requires_grad


def test_a_leaf_may_be_written_to_without_recording(m):
    x = leaf(m, *X)
    with m.no_grad():
        x.add_(1)
        x[0] = 5
        x[1:].mul_(2)
    check(x, [5, 6, 10])
    assert x.is_leaf
    assert x.requires_grad
    assert x._version == 3
    np.testing.assert_allclose(gradients(x * x, x)[0], [10, 12, 20])


@pytest.mark.parametrize(
    "use, write",
    [
        (lambda y: y * y, lambda y: y.add_(1)),
        (lambda y: y.exp(), lambda y: y.detach().zero_()),
        (lambda y: y.sin(), lambda y: y[0].zero_()),
        (lambda y: y.sin(), lambda y: y.__setitem__([0, 1], 0.0)),
        (lambda y: y[1:].sin(), lambda y: y[:1].zero_()),
        (lambda y: y.view(3, 1).sin(), lambda y: y.zero_()),
    ],
)
def test_an_overwritten_input_is_an_error(m, use, write):
    x = leaf(m, *X)
    y = x * 1
    z = use(y)
    write(y)
    if use(leaf(m, *X)).grad_fn.name().startswith("Exp"):
        np.testing.assert_allclose(gradients(z, x)[0], np.exp(X))  # its output is what it kept
        return
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


@pytest.mark.parametrize("write", [lambda z: z.add_(1), lambda z: z.detach().zero_(), lambda z: z[0].zero_()])
def test_an_overwritten_output_is_an_error(m, write):
    z = leaf(m, *X).exp()
    write(z)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_an_overwritten_leaf_is_an_error(m):
    x, w = leaf(m, *X), leaf(m, *W)
    y = x * w
    with m.no_grad():
        w.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
    assert x.grad is None
    assert w.grad is None


def test_the_error_names_both_operations():
    x = leaf(autograd, *X)
    y = x.exp()
    y.mul_(2)
    with pytest.raises(RuntimeError, match=r"ExpBackward0 \(output \[3\]\) kept .*, and mul_ overwrote it afterwards"):
        y.sum().backward()
    y = x.sin()
    with autograd.no_grad():
        x.copy_(y)
    with pytest.raises(RuntimeError, match=r"SinBackward0 .*, and copy_ overwrote it"):
        y.sum().backward()
    z = (x * 1).tanh()
    z[0] = 3.0
    with pytest.raises(RuntimeError, match=r"TanhBackward0 .*, and copy_ overwrote it"):
        z.sum().backward()


def test_what_is_not_kept_may_be_overwritten(m):
    x = leaf(m, *X)
    y = x + 1
    z = y + 2
    y.mul_(3)
    np.testing.assert_allclose(gradients(y + z, x)[0], [4, 4, 4])


def test_a_leaf_that_was_used_and_then_became_interior(m):
    x, w = leaf(m, *X), leaf(m, *W)
    y = x * 2
    x.requires_grad_(False)
    x.add_(w)
    with pytest.raises(RuntimeError, match="moved into the graph interior"):
        (y + x).sum().backward()


def test_shapes_and_dtypes_stay(m):
    y = leaf(m, *X) * 1
    with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
        y.add_(m.ones(2, 3))
    with pytest.raises(RuntimeError):
        y.copy_(m.ones(2, 3))
    n = m.ones(3, dtype=m.int64)
    for write in (lambda: n.add_(1.5), lambda: n.mul_(m.ones(3)), lambda: n.__itruediv__(2)):
        with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
            write()
    assert n.tolist() == [1, 1, 1]
    assert n._version == 0
    f = m.ones(3)
    f.add_(m.ones(3, dtype=m.float64))
    assert f.dtype == m.float32
    assert (y._version, y.tolist()) == (0, X.tolist())


def test_memory_that_overlaps_itself_is_not_written_to(m):
    e = m.ones(1, 3).expand(2, 3)
    for write in (lambda: e.add_(1), lambda: e.mul_(m.ones(2, 3)), lambda: e.copy_(m.zeros(2, 3))):
        with pytest.raises(RuntimeError, match="single memory location"):
            write()
    assert e.tolist() == [[1, 1, 1], [1, 1, 1]]


@pytest.mark.filterwarnings("ignore:The given NumPy array is not writ")
def test_read_only_memory_is_not_written_to():
    array = np.ones(3)
    array.flags.writeable = False
    x = autograd.from_numpy(array)
    with pytest.raises(RuntimeError, match="read-only"):
        x.add_(1)


def test_inference_tensors_are_not_written_to_outside(m):
    with m.inference_mode():
        x = m.ones(3)
        x.add_(1)
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor outside InferenceMode"):
        x.add_(1)
    if m is autograd:
        assert x.tolist() == [2, 2, 2]  # PyTorch writes, and then raises


# ---- versions, twins, hooks


def test_versions(m):
    y = leaf(m, *X) * 1
    v, d = y[:2], y.detach()
    assert (y._version, v._version, d._version) == (0, 0, 0)
    y.add_(1)
    v.mul_(2)
    d.zero_()
    y[0] = 1
    assert (y._version, v._version, d._version) == (4, 4, 4)
    assert y.clone()._version == 0
    assert y.data._version == 0
    y.data.add_(1)
    assert y._version == 4


def test_adding_up_gradients_counts_as_a_write(m):
    """A gradient that was used elsewhere and then added to would make that use's gradient wrong."""
    x, w = leaf(m, *X), leaf(m, *W)
    (x * x).sum().backward()
    loss = (x.grad * w).sum()
    with m.no_grad():
        before = x.grad._version
    (x * x).sum().backward()
    assert x.grad._version > before
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
    del x.grad
    assert x.grad is None


@pytest.mark.parametrize("requires_grad", [False, True])
def test_numbers_of_numpy(m, requires_grad):
    y = leaf(m, *X, requires_grad=requires_grad) * 1
    w = leaf(m, *W, requires_grad=False)
    y.add_(w, alpha=np.float64(2)).mul_(np.float32(0.5)).addcmul_(w, w, value=np.float64(3))
    check(y, (X + 2 * W) / 2 + 3 * W * W)


def test_a_failed_write_changes_nothing(m):
    x = leaf(m, *X)
    y = x * 1
    node = y.grad_fn
    with pytest.raises(RuntimeError):
        y.add_(m.ones(4))
    assert y.grad_fn is node
    assert y._version == 0
    check(y, X)


def test_detached_twins_share_memory(m):
    x = leaf(m, *X)
    y = x * 1
    d = y.detach()
    d.mul_(2)
    check(y, 2 * X)
    assert not d.requires_grad
    np.testing.assert_allclose(gradients(y, x)[0], [1, 1, 1])


def test_a_detached_twin_with_a_history_of_its_own(m):
    x, w = leaf(m, *X), leaf(m, *W)
    y = x * 1
    d = y.detach()
    d.mul_(w)
    check(y, X * W)
    assert y.grad_fn.name() == "MulBackward0"
    assert d.grad_fn.next_functions != y.grad_fn.next_functions
    np.testing.assert_allclose(gradients(d, w)[0], X)
    np.testing.assert_allclose(gradients(y, x)[0], [1, 1, 1])


def test_writing_through_data_is_not_noticed(m):
    x = leaf(m, *X)
    y = x.exp()
    y.data.zero_()
    np.testing.assert_allclose(gradients(y, x)[0], [0, 0, 0])


def test_hooks_stay_with_the_value_they_were_set_on(m):
    x, seen = leaf(m, *X), []
    y = x * 1
    y.register_hook(lambda g: seen.append(("before", g.tolist())))
    y.mul_(3)
    y.register_hook(lambda g: seen.append(("after", g.tolist())))
    (y * 2).sum().backward()
    assert seen == [("after", [2, 2, 2]), ("before", [6, 6, 6])]


def test_retained_gradients_are_those_of_the_value_it_has_now(m):
    x = leaf(m, *X)
    y = x * 1
    y.retain_grad()
    y.mul_(3)
    (y * 2).sum().backward()
    check(y.grad, [2, 2, 2])
    check(x.grad, [6, 6, 6])


def test_retained_gradients_of_a_base_written_to_through_a_view(m):
    x = leaf(m, *X)
    y = x * 1
    v = y[:2]
    y.retain_grad()
    v.retain_grad()
    v.mul_(3)
    (y * 2).sum().backward()
    check(y.grad, [2, 2, 2])
    check(x.grad, [6, 6, 2])
    assert v.grad is None


# ---- operands that overlap in part: the old values count, as in NumPy (PyTorch refuses some and garbles others)


def test_overlapping_operands():
    x = leaf(autograd, 1, 2, 4, 8)
    y = x * 1
    y[1:] += y[:-1]
    check(y, [1, 3, 6, 12])
    np.testing.assert_allclose(gradients(y, x)[0], [2, 2, 2, 1])
    x = grid(autograd, 2, 2)
    y = x * 1
    y.copy_(y.t())
    check(y, [[1, 2], [1.5, 2.5]])
    np.testing.assert_allclose(gradients(y * y, x)[0], 2 * x.detach().numpy())
    y = autograd.arange(6)
    y[:4].copy_(y[2:])
    assert y.tolist() == [2, 3, 4, 5, 4, 5]
    y[1:] = y[:-1]
    assert y.tolist() == [2, 2, 3, 4, 5, 4]
