"""What functions that choose between values do with odd operands, and where gradients go at ties, kinks and bounds.

Tests that take `m` run on PyTorch too, where it is installed: they say what PyTorch does.
"""

import math

import pytest

import autograd

from .expectations import check_gradients, same

INF, NAN = math.inf, math.nan


# ---- choosing


def test_where_of_numbers(m):
    condition = m.tensor([True, False])
    same(m.where(condition, 1.0, 2.0), [1.0, 2.0], "float32")
    same(m.where(condition, 1, 2), [1, 2], "int64")
    same(m.where(condition, 1, 2.5), [1.0, 2.5], "float32")
    same(m.where(condition, True, False), [True, False], "bool")
    same(m.where(condition, m.tensor([1, 2]), 2.5), [1.0, 2.5], "float32")
    same(m.where(condition, m.tensor([1, 2]), m.tensor(3.5, dtype=m.float64)), [1.0, 3.5], "float64")
    same(m.where(condition[:, None], m.ones(3), 0), [[1.0] * 3, [0.0] * 3])
    with pytest.raises(RuntimeError, match="expected condition to be a boolean tensor"):
        m.where(m.tensor([1, 0]), 1, 2)
    with pytest.raises(RuntimeError, match="without overflow"):
        m.where(condition, m.tensor([1, 2], dtype=m.uint8), 300)


def test_where_of_bytes_warns():
    with pytest.warns(UserWarning, match="uint8 condition"):
        same(autograd.where(autograd.tensor([1, 0], dtype=autograd.uint8), 1, 2), [1, 2])


def test_where_of_a_condition_alone(m):
    rows, columns = m.where(m.tensor([[0, 1], [2, 0]]))
    assert (rows.tolist(), columns.tolist()) == ([0, 1], [1, 0])


def test_clamp(m):
    x = m.tensor([1, 5])
    same(m.clamp(x, 2), [2, 5], "int64")
    same(m.clamp(x, 1.5), [1.5, 5.0], "float32")
    same(m.clamp(x, max=m.tensor(2.5)), [1.0, 2.5], "float32")
    same(m.clamp(x, m.tensor([2, 6])), [2, 6], "int64")
    same(m.clamp(m.tensor([1.0, 5.0]), 4, 3), [3.0, 3.0])
    same(m.clip(x, 2, 3), [2, 3])
    same(m.clamp(m.tensor([1], dtype=m.uint8), -1), [255], "uint8")
    with pytest.raises(RuntimeError, match="At least one of 'min' or 'max' must not be None"):
        m.clamp(x)
    with pytest.raises(RuntimeError, match="without overflow"):
        m.clamp(m.tensor([1], dtype=m.uint8), 0, 300)
    with pytest.raises(RuntimeError, match="be cast"):
        x.clamp_(1.5)


def test_masked_fill(m):
    x, mask = m.tensor([1, 2]), m.tensor([True, False])
    same(m.masked_fill(x, mask, 5.7), [5, 2], "int64")
    same(m.masked_fill(x, mask, m.tensor(5.7)), [5, 2], "int64")
    same(m.masked_fill(x, mask[:, None], 7), [[7, 7], [1, 2]])
    same(m.masked_fill(x.to(m.uint8), mask, -1), [255, 2], "uint8")
    for wrong in (
        lambda: m.masked_fill(x, mask, m.tensor([5])),
        lambda: m.masked_fill(x, m.tensor([1, 0]), 5),
        lambda: m.masked_fill(x.to(m.uint8), mask, 300),
        lambda: m.masked_fill(m.tensor([1.0]), mask, 1j),
        lambda: m.masked_fill(m.tensor([1.0]), mask, 1e300),
        lambda: x.masked_fill_(mask[:, None], 7),
    ):
        with pytest.raises(RuntimeError):
            wrong()
    assert x.tolist() == [1, 2]


def test_fill(m):
    same(m.tensor([1, 2]).fill_(3.7), [3, 3], "int64")
    same(m.tensor([1, 2]).fill_(m.tensor(3.7)), [3, 3], "int64")
    same(m.tensor([True]).fill_(5), [True], "bool")
    same(m.tensor([True, True]).zero_(), [False, False], "bool")
    for wrong in (300, INF, 1j):
        with pytest.raises(RuntimeError, match="without overflow"):
            m.tensor([1], dtype=m.uint8).fill_(wrong)
    with pytest.raises(RuntimeError, match="0-dim"):
        m.tensor([1.0]).fill_(m.tensor([1.0]))
    with pytest.raises(TypeError):
        m.tensor([1.0]).fill_("a")


# ---- subgradients


def test_gradients_at_ties_and_kinks(m):
    for function in (m.maximum, m.minimum):
        check_gradients(m, function, [1.0, NAN, 1.0], [1.0, 1.0, NAN], expected=[[0.5, 1, 1], [0.5, 1, 1]])
    check_gradients(m, m.fmax, [1.0, NAN, 1.0, NAN], [1.0, 1.0, NAN, NAN], expected=[[1, 0, 1, 1], [0, 1, 0, 0]])
    check_gradients(m, m.relu, [NAN, 0.0, 1.0, -1.0], expected=[[1, 0, 1, 0]])
    check_gradients(m, m.abs, [NAN, 0.0, -0.0, -2.0], expected=[[0, 0, 0, -1]])
    check_gradients(m, m.atan2, [0.0, 0.0], [0.0, 2.0], expected=[[0, 0.5], [0, 0]])
    check_gradients(m, lambda x: m.sgn(x) * x, [0.0, 3.0], expected=[[0, 1]])
    check_gradients(m, m.copysign, [0.0, 2.0], [-1.0, -1.0], expected=[[0, -1], [0, 0]])


def test_second_derivatives_at_kinks_are_zero_and_not_an_error(m):
    for function in (m.relu, m.abs):
        x = m.tensor([NAN, 0.0, 1.0, -1.0], requires_grad=True)
        (g,) = m.autograd.grad(function(x).sum(), x, create_graph=True)
        assert g.requires_grad
        assert not g.is_leaf
        (second,) = m.autograd.grad(g.sum(), x)
        assert (second + 0).tolist() == [0, 0, 0, 0]


def test_gradients_at_the_bounds_of_clamp(m):
    check_gradients(m, lambda x: m.clamp(x, 1, 2), [1.0, 2.0, 1.5, 0.0, NAN], expected=[[1, 1, 1, 0, 0]])
    check_gradients(m, lambda x: m.clamp(x, 2, 1), [1.0, 2.0, 0.0], expected=[[0, 0, 0]])
    check_gradients(m, m.clamp, [1.0, 0.0, 3.0], [1.0] * 3, [2.0] * 3, expected=[[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    check_gradients(m, m.clamp, [1.0, 0.0, NAN], [2.0] * 3, [1.0] * 3, expected=[[0, 0, 0], [0, 0, 0], [1, 1, 1]])


def test_gradients_of_powers_at_zero(m):
    check_gradients(m, m.pow, [0.0, 0.0, 0.0, -2.0], [0.0, 1.0, 2.0, 3.0], expected=[[0, 1, 0, 12], [0, 0, 0, NAN]])
    check_gradients(m, lambda x: x**0, [0.0, NAN, 2.0], expected=[[0, 0, 0]])
    check_gradients(m, lambda x: x**1, [0.0, NAN, 2.0], expected=[[1, 1, 1]])
    check_gradients(m, lambda x: 0.0**x, [0.0, 1.0, -1.0], expected=[[0, 0, -INF]])
    check_gradients(m, m.sqrt, [0.0, 4.0], expected=[[INF, 0.25]])


def test_second_derivative_of_a_power_for_an_exponent_of_zero():
    x = autograd.tensor([0.0, 2.0], requires_grad=True)
    y = autograd.tensor([0.0, 0.0], requires_grad=True)
    (dx,) = autograd.autograd.grad((x**y).sum(), x, create_graph=True)
    (dxdy,) = autograd.autograd.grad(dx[1], y)
    same(dxdy, [0.0, 0.5])


def test_the_branch_not_taken_leaves_no_nan(m):
    def safe_root(x):
        return m.where(x > 0, m.sqrt(x.clamp(min=0)), 0.0)

    check_gradients(m, safe_root, [4.0, -1.0], expected=[[0.25, 0]])
    check_gradients(m, lambda x: m.relu(x).sqrt(), [4.0, -1.0, 0.0], expected=[[0.25, 0, 0]])
    check_gradients(m, lambda x: (1 / x).masked_fill(x == 0, 0.0) * (x != 0), [2.0], expected=[[-0.25]])
    x = m.tensor([1.0, 2.0], requires_grad=True)
    m.where(m.tensor([True, False]), x, x.detach() * NAN).backward(m.tensor([1.0, INF]))
    assert x.grad.tolist() == [1.0, 0.0]


def test_gradient_of_xlogy_and_sinc_at_zero():
    check_gradients(autograd, autograd.xlogy, [0.0, 0.0], [2.0, 0.0], expected=[[math.log(2), 0], [0, NAN]])
    x = autograd.tensor([0.0], dtype=autograd.float64, requires_grad=True)
    (first,) = autograd.autograd.grad(x.sinc(), x, create_graph=True)
    (second,) = autograd.autograd.grad(first, x, create_graph=True)
    (third,) = autograd.autograd.grad(second, x, create_graph=True)
    (fourth,) = autograd.autograd.grad(third, x)
    derivatives = [first.item(), second.item(), third.item(), fourth.item()]
    assert derivatives == pytest.approx([0, -(math.pi**2) / 3, 0, math.pi**4 / 5], rel=1e-12)


def test_steps_have_a_gradient_of_zero():
    x = autograd.tensor([1.5, -2.5], requires_grad=True)
    steps = [x.floor(), x.ceil(), x.trunc(), x.round(), x.round(decimals=1), x.sign(), x // 2, 2 // x]
    autograd.autograd.backward([step.sum() for step in steps])
    assert x.grad.tolist() == [0.0, 0.0]
