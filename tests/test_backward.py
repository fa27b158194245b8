"""Asking for gradients: `grad`, `backward`, what may be passed to them, and what they refuse.

A test that takes `m` runs on `autograd` and, where it is installed, on PyTorch, whose behaviour it thereby states.
"""

from __future__ import annotations

import pytest

import autograd
from autograd.op import op

from .test_engine import leaf, numbers


def test_grad_leaves_grad_alone(m):
    x, y = leaf(m, 2.0), leaf(m, 3.0)
    assert numbers(*m.autograd.grad((x * x * y).sum(), [y, x])) == ([4.0], [12.0])
    assert (x.grad, y.grad) == (None, None)


def test_grad_of_what_is_not_a_leaf(m):
    x = leaf(m, 2.0)
    a = x * x
    b = a * 3
    loss = (a * b).sum()  # 3a²
    assert numbers(*m.autograd.grad(loss, [a, b, x], retain_graph=True)) == ([24.0], [4.0], [96.0])
    assert numbers(*m.autograd.grad(loss, loss)) == (1.0,)


def test_grad_of_an_unused_input(m):
    x, y = leaf(m, 2.0), leaf(m, 3.0, 4.0)
    loss = (x * 2).sum()
    with pytest.raises(RuntimeError, match="appears to not have been used in the graph"):
        m.autograd.grad(loss, [x, y], retain_graph=True)
    assert numbers(*m.autograd.grad(loss, [x, y], retain_graph=True, allow_unused=True)) == ([2.0], None)
    assert numbers(*m.autograd.grad(loss, [x, y], materialize_grads=True)) == ([2.0], [0.0, 0.0])
    with pytest.raises(ValueError, match="allow_unused"):
        m.autograd.grad(loss, [x, y], materialize_grads=True, allow_unused=False)


def test_grad_of_an_input_that_is_used_elsewhere(m):
    x = leaf(m, 2.0)
    a = x * 2
    with pytest.raises(RuntimeError, match="not have been used"):
        m.autograd.grad((x * 3).sum(), a)


def test_grad_outputs(m):
    x = leaf(m, 1.0, 2.0)
    y = x * x
    v = m.tensor([1.0, 10.0], dtype=m.float64, requires_grad=True)
    assert numbers(*m.autograd.grad(y, x, v, retain_graph=True)) == ([2.0, 40.0],)
    assert numbers(*m.autograd.grad([y, y.sum()], [x], [v, None], retain_graph=True)) == ([4.0, 44.0],)
    (g,) = m.autograd.grad(y, x, v, create_graph=True)
    assert numbers(*m.autograd.grad(g.sum(), [v, x])) == ([2.0, 4.0], [2.0, 20.0])


def test_grad_outputs_in_batches(m):
    x = leaf(m, 1.0, 2.0)
    v = m.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 3.0]], dtype=m.float64)
    (g,) = m.autograd.grad(x * x, x, v, is_grads_batched=True)
    assert g.tolist() == [[2.0, 0.0], [0.0, 4.0], [4.0, 12.0]]


def test_a_gradient_of_another_precision(m):
    x = leaf(m, 1.0)
    (x * 2).backward(m.ones(1))
    assert x.grad.dtype == m.float64
    half = m.ones(2, requires_grad=True)
    (half.double() * 2).sum().backward()
    assert half.grad.dtype == m.float32


def test_backward_with_inputs(m):
    x, y = leaf(m, 2.0), leaf(m, 3.0)
    a = x * 5
    (a * y).sum().backward(inputs=[y])
    assert numbers(x.grad, y.grad) == (None, [10.0])
    (x * x * y).sum().backward(inputs=x)
    assert numbers(x.grad, y.grad) == ([12.0], [10.0])


def test_backward_with_inputs_that_are_no_leaves(m):
    x = leaf(m, 2.0)
    a = x * 5
    (a * a).sum().backward(inputs=[a], retain_graph=True)
    assert numbers(x.grad, a.grad) == (None, [20.0])
    (a * 2).sum().backward()  # it goes on keeping its gradient
    assert numbers(x.grad, a.grad) == ([10.0], [22.0])


def test_only_what_leads_to_an_input_runs(throwaway_ops):
    """A rule whose argument needs no gradient, or whose gradient nobody asked for, is not called."""
    called = []

    @op(name="throwaway_product")
    def product(x, y):
        return x * y

    product.rules(
        x=lambda g, y: called.append("x") or g * y,
        y=lambda g, x: called.append("y") or g * x,
    )
    data, weight = autograd.ones(3), autograd.ones(3, requires_grad=True)
    product(data, weight).sum().backward()  # a first layer's input
    assert called == ["y"]
    called.clear()
    hidden = weight * 2
    out = product(hidden, weight)
    autograd.grad(out.sum(), hidden, retain_graph=True)
    assert called == ["x"]
    called.clear()
    out.sum().backward(inputs=[weight])
    assert called == ["x", "y"]


def test_a_loss_without_a_graph(m):
    x = m.ones(2)
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require grad and does not have a grad_fn"):
        x.sum().backward()
    y = m.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="element 1 of tensors does not require grad"):
        m.autograd.backward([y.sum(), x.sum()])
    assert y.grad is None


def test_a_failing_backward_changes_no_gradient(throwaway_ops):
    """An error halfway: the leaves that were already reached keep what they had."""

    @op(name="throwaway_broken")
    def broken(x):
        return x * 2

    def broken_rule(g):
        raise NameError("missing_name")

    broken.rules(x=broken_rule)
    x, y = leaf(autograd, 1.0), leaf(autograd, 2.0)
    y.grad = autograd.tensor([5.0], dtype=autograd.float64)
    with pytest.raises(NameError, match="missing_name") as caught:
        (broken(x) * y).sum().backward()
    text = str(caught.value) + "".join(getattr(caught.value, "__notes__", ()))
    assert "in the backward pass of ThrowawayBrokenBackward0" in text
    assert numbers(x.grad, y.grad) == (None, [5.0])


def test_each_output_needs_its_gradient(m):
    x = m.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError):
        m.autograd.backward([x * 2, x * 3], m.ones(2))
    assert x.grad is None


@pytest.mark.parametrize("wrong", [1.0, [1.0, 1.0], [[1.0]]])
def test_gradients_that_are_no_tensors(m, wrong):
    x = leaf(m, 1.0, 2.0)
    with pytest.raises(TypeError):
        (x * x).backward(wrong)
    with pytest.raises(TypeError):
        m.autograd.grad(x * x, x, wrong)


def test_a_real_gradient_of_a_complex_output(m):
    z = m.tensor([1 + 1j, 2j], requires_grad=True)
    with pytest.raises(RuntimeError, match="required to have the same dtype"):
        (z * 2).backward(m.ones(2))
    with pytest.raises(RuntimeError, match="required to have the same dtype"):
        m.autograd.grad(z.real, z, m.ones(2) + 0j)


@pytest.mark.parametrize("shape", [None, (), (0, 2)])
def test_no_gradients_in_a_batch(shape):
    x, given = leaf(autograd, 1.0, 2.0), None if shape is None else autograd.ones(shape)
    with pytest.raises(ValueError, match="first dimension of grad_outputs"):
        autograd.autograd.grad(x * x, x, given, is_grads_batched=True)


def test_inputs_by_name(m):
    x, y = leaf(m, 1.0, 2.0), leaf(m, 3.0, 4.0)
    found = m.autograd.grad((x * y).sum(), {"first": x, "second": y})
    assert {name: g.tolist() for name, g in found.items()} == {"first": [3, 4], "second": [1, 2]}
    (x * y).sum().backward(inputs={"first": x})
    assert numbers(x.grad, y.grad) == ([3.0, 4.0], None)
    batched = m.autograd.grad(x * y, {"first": x}, m.eye(2), is_grads_batched=True)
    assert batched["first"].tolist() == [[3, 0], [0, 4]]
