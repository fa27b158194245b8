"""Hooks on tensors, leaves and nodes, and gradients that are retained.

A test that takes `m` runs on `autograd` and, where it is installed, on PyTorch, whose behaviour it thereby states.
"""

from __future__ import annotations

import gc
import weakref

import pytest

import autograd

from .test_engine import leaf, numbers

# ---- tensors


def test_hook_sees_the_whole_gradient_once(m):
    x = leaf(m, 2.0)
    a = x * 3
    seen = []
    a.register_hook(lambda g: seen.append(g.tolist()))
    x.register_hook(lambda g: seen.append(("x", g.tolist())))
    (a * a + a).sum().backward()
    assert seen == [[13.0], ("x", [39.0])]


def test_hooks_run_in_order_and_each_replaces_the_gradient(m):
    x = leaf(m, 1.0)
    a = x * 2
    seen = []
    a.register_hook(lambda g: g * 10)
    a.register_hook(lambda g: seen.append(g.item()))
    a.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 100)
    a.sum().backward()
    assert seen == [10.0]
    assert x.grad.tolist() == [(10 + 1) * 2 * 100.0]


def test_removed_hook(m):
    x = leaf(m, 1.0)
    a = x * 2
    handles = [t.register_hook(lambda g: g * 10) for t in (a, x)]
    handles[0].remove()
    a.sum().backward(retain_graph=True)
    assert x.grad.tolist() == [20.0]
    for handle in handles:
        handle.remove()
    a.sum().backward(retain_graph=True)
    assert x.grad.tolist() == [22.0]
    with a.register_hook(lambda g: g * 10):
        a.sum().backward(retain_graph=True)
    a.sum().backward()
    assert x.grad.tolist() == [44.0]


def test_hook_that_removes_itself(m):
    x = leaf(m, 1.0)
    calls = []

    def once(g):
        calls.append(1)
        handle.remove()

    handle = x.register_hook(once)
    for _ in range(2):
        (x * 2).sum().backward()
    assert calls == [1]


def test_hooks_with_grad(m):
    """Hooks of what lies on the way run; so do those of the leaf asked for, whose `.grad` stays None."""
    x = leaf(m, 1.0)
    a = x * 2
    a.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: g * 100)
    assert numbers(*m.autograd.grad(a.sum(), x, retain_graph=True)) == ([2000.0],)
    assert numbers(*m.autograd.grad((a * 3).sum(), a)) == ([30.0],)
    assert x.grad is None


def test_hook_on_one_of_several_outputs():
    """One that nothing used has no gradient to show. (PyTorch calls its hook with None.)"""
    a, b = leaf(autograd, 1.0, 2.0).unbind()
    seen = []
    a.register_hook(lambda g: seen.append(("a", g.item())))
    b.register_hook(lambda g: seen.append(("b", g.item())))
    (a * 3).backward(retain_graph=True)
    (a * b).backward()
    assert seen == [("a", 3.0), ("a", 2.0), ("b", 1.0)]


def test_hooks_record_under_create_graph(m):
    x, y = leaf(m, 3.0), leaf(m, 5.0)
    a = x * x
    a.register_hook(lambda g: g * y)
    (g,) = m.autograd.grad(a.sum(), x, create_graph=True)
    assert g.tolist() == [30.0]
    assert numbers(*m.autograd.grad(g.sum(), [x, y])) == ([10.0], [6.0])


def test_hook_result_is_not_adopted(m):
    """A leaf owns its gradient, also one that a hook put in its place."""
    x = leaf(m, 1.0)
    constant = m.tensor([5.0], dtype=m.float64)
    x.register_hook(lambda g: constant)
    (x * 2).sum().backward()
    (x * 2).sum().backward()
    assert numbers(x.grad, constant) == ([10.0], [5.0])


def test_hook_needs_a_gradient(m):
    with pytest.raises(RuntimeError, match="cannot register a hook on a tensor that doesn't require gradient"):
        m.ones(1).register_hook(print)


def test_hook_that_fails(m):
    x = leaf(m, 1.0)

    def hook(g):
        raise KeyError("from a hook")

    (x * 2).register_hook(hook)
    y = x * 2
    y.register_hook(hook)
    with pytest.raises(KeyError, match="from a hook"):
        y.sum().backward()
    assert x.grad is None


# ---- after accumulation


def test_post_accumulate_hook(m):
    """Runs once per pass, when `.grad` is complete; stepping and freeing there is what it is for."""
    x = leaf(m, 2.0)
    seen = []

    def step(leaf):
        seen.append((leaf is x, leaf.grad.item()))
        with m.no_grad():
            leaf -= 0.5 * leaf.grad
        leaf.grad = None

    handle = x.register_post_accumulate_grad_hook(step)
    (x * x + x).sum().backward()
    assert seen == [(True, 5.0)]
    assert numbers(x, x.grad) == ([-0.5], None)
    handle.remove()
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2.0]


def test_post_accumulate_hook_is_not_for_grad(m):
    x = leaf(m, 2.0)
    calls = []
    x.register_post_accumulate_grad_hook(lambda leaf: calls.append(leaf.grad.item()))
    m.autograd.grad((x * x).sum(), x)
    assert calls == []
    (x * x).sum().backward(inputs=[x])
    assert calls == [4.0]


def test_post_accumulate_hook_is_for_leaves(m):
    with pytest.raises(RuntimeError, match="post accumulate grad hooks cannot be registered on non-leaf tensors"):
        (leaf(m, 1.0) * 2).register_post_accumulate_grad_hook(print)


# ---- nodes


def test_node_hooks(m):
    x, y = leaf(m, 2.0), leaf(m, 3.0)
    z = x * y
    seen = []
    z.grad_fn.register_prehook(lambda outputs: seen.append(("pre", numbers(*outputs))))
    z.grad_fn.register_hook(lambda inputs, outputs: seen.append(("post", numbers(*inputs), numbers(*outputs))))
    (z * 5).sum().backward()
    assert seen == [("pre", ([5.0],)), ("post", ([15.0], [10.0]), ([5.0],))]


def test_node_hooks_replace_gradients(m):
    x, y = leaf(m, 2.0), leaf(m, 3.0)
    z = x * y
    pre = z.grad_fn.register_prehook(lambda outputs: (outputs[0] * 10,))
    post = z.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] + 1, inputs[1]))
    z.sum().backward(retain_graph=True)
    assert numbers(x.grad, y.grad) == ([31.0], [20.0])
    pre.remove()
    post.remove()
    x.grad = y.grad = None
    z.sum().backward()
    assert numbers(x.grad, y.grad) == ([3.0], [2.0])


def test_node_hook_gradients_are_not_adopted(m):
    x, y = leaf(m, 2.0), leaf(m, 3.0)
    z = x * y
    constant = m.tensor([1.0], dtype=m.float64)
    z.grad_fn.register_hook(lambda inputs, outputs: (constant, constant))
    z.sum().backward()
    x.grad.mul_(7)
    assert numbers(x.grad, y.grad, constant) == ([7.0], [1.0], [1.0])


def test_node_hooks_of_several_outputs(m):
    x = leaf(m, 1.0, 2.0)
    a, _ = x.unbind()
    seen = []
    a.grad_fn.register_hook(lambda inputs, outputs: seen.append((numbers(*inputs), len(outputs))))
    (a * 3).backward()
    assert seen == [(([3.0, 0.0],), 2)]


def test_node_hooks_see_whole_gradients(m):
    """Of the operand's shape, also where broadcasting or a sum is in between; None for an operand that wants none."""
    x = m.ones(2, 3, dtype=m.float64, requires_grad=True)
    row = m.ones(3, dtype=m.float64, requires_grad=True)
    product, total = x * row, x.sum()
    constant = m.ones(3, dtype=m.float64) * x
    seen = []
    for out in (product, total, constant):
        out.grad_fn.register_hook(
            lambda inputs, outputs: seen.append([None if g is None else g.tolist() for g in inputs])
        )
    (product.sum() + total + constant.sum()).backward()
    full = [[1.0] * 3] * 2
    assert sorted(seen, key=str) == sorted([[full, [2.0] * 3], [full], [None, full]], key=str)


def test_node_hook_may_drop_a_gradient(m):
    x, y = leaf(m, 2.0), leaf(m, 3.0)
    z = x * y
    handle = z.grad_fn.register_hook(lambda inputs, outputs: (inputs[0], None))
    z.sum().backward(retain_graph=True)
    assert numbers(x.grad, y.grad) == ([3.0], None)
    handle.remove()
    z.grad_fn.register_prehook(lambda outputs: (None,))
    z.sum().backward(retain_graph=True)
    assert numbers(x.grad, y.grad) == ([3.0], None)
    (z + x * 5).sum().backward()  # what else leads to x arrives
    assert numbers(x.grad, y.grad) == ([8.0], None)


def test_node_hook_may_not_give_a_gradient_that_nobody_asked_for(m):
    x, y = leaf(m, 2.0), leaf(m, 3.0)
    z = x * y
    z.grad_fn.register_hook(lambda inputs, outputs: (inputs[0], outputs[0]))
    with pytest.raises(RuntimeError, match="can't replace a None gradient with a non-None value"):
        m.autograd.grad(z.sum(), x)


@pytest.mark.parametrize(
    "register, hook, error, message",
    [
        ("tensor", lambda g: g.float(), RuntimeError, "has changed the type of value"),
        ("tensor", lambda g: g.sum(), RuntimeError, "has changed the size of value"),
        ("tensor", lambda g: 3, TypeError, "but hook .*returned 'int'"),
        ("leaf", lambda g: g.float(), RuntimeError, "has changed the type of value"),
        ("leaf", lambda g: (g,), TypeError, "but hook .*returned 'tuple'"),
        ("before", lambda o: (o[0].float(),), RuntimeError, "has changed the type of value"),
        ("before", lambda o: o[0], TypeError, "expected tuple, but hook returned 'Tensor'"),
        ("before", lambda o: (o[0], o[0]), RuntimeError, r"incorrect number of values \(got 2, but expected 1\)"),
        ("after", lambda i, o: (i[0],), RuntimeError, r"incorrect number of values \(got 1, but expected 2\)"),
        ("after", lambda i, o: (i[0].sum(), None), RuntimeError, "has changed the size of value"),
        ("after", lambda i, o: i[0], TypeError, "expected tuple, but hook returned 'Tensor'"),
    ],
)
def test_hook_that_returns_something_else(m, register, hook, error, message):
    x = leaf(m, 1.0, 2.0)
    y = x * 2
    {
        "tensor": y.register_hook,
        "leaf": x.register_hook,
        "before": y.grad_fn.register_prehook,
        "after": y.grad_fn.register_hook,
    }[register](hook)
    with pytest.raises(error, match=message):
        (y * 3).sum().backward()
    assert x.grad is None


def test_order_of_hooks(m):
    """A tensor's hooks, its retained gradient, the node's hooks before, the node, the node's hooks after."""
    x = leaf(m, 2.0)
    a = x * 3
    order = []
    a.grad_fn.register_hook(lambda inputs, outputs: order.append("node, after"))
    a.grad_fn.register_prehook(lambda outputs: order.append("node, before") or (outputs[0] * 10,))
    a.retain_grad()
    a.register_hook(lambda g: order.append("tensor") or g + 1)
    a.register_hook(lambda g: order.append("tensor, second") or g * 2)
    x.register_hook(lambda g: order.append("leaf"))
    x.register_post_accumulate_grad_hook(lambda leaf: order.append("leaf, accumulated"))
    (a * 5).sum().backward()
    assert order == ["tensor", "tensor, second", "node, before", "node, after", "leaf", "leaf, accumulated"]
    assert numbers(a.grad, x.grad) == ([12.0], [360.0])


def test_what_grad_returns_has_been_through_the_hooks_of_the_tensor():
    """But not through those of its node. (PyTorch leaves the tensor's out where the node runs as well.)"""
    x = leaf(autograd, 2.0)
    a = x * 3
    a.grad_fn.register_prehook(lambda outputs: (outputs[0] * 10,))
    a.register_hook(lambda g: g + 1)
    loss = (a * 5).sum()
    assert numbers(*autograd.grad(loss, a, retain_graph=True)) == ([6.0],)
    assert numbers(*autograd.grad(loss, [a, x])) == ([6.0], [180.0])


def test_metadata_of_a_node(m):
    node = (leaf(m, 1.0) * 2).grad_fn
    node.metadata["note"] = 1
    assert node.metadata == {"note": 1}


# ---- retained gradients


def test_retain_grad(m):
    x = leaf(m, 2.0)
    a = x * 3
    assert not a.retains_grad
    a.retain_grad()
    a.retain_grad()
    assert a.retains_grad
    (a * a).sum().backward(retain_graph=True)
    assert numbers(a.grad, x.grad) == ([12.0], [36.0])
    (a * a).sum().backward()
    assert a.grad.tolist() == [24.0]
    x.retain_grad()  # nothing to do for a leaf
    assert not x.retains_grad


def test_retained_gradient_is_its_own(m):
    x, y = leaf(m, 2.0), leaf(m, 3.0)
    a = x + y
    a.retain_grad()
    a.sum().backward()
    a.grad.mul_(7)
    assert numbers(a.grad, x.grad, y.grad) == ([7.0], [1.0], [1.0])


def test_gradients_of_other_results_are_not_kept(m):
    x = leaf(m, 2.0)
    a = x * 3
    a.sum().backward()
    with pytest.warns(UserWarning, match=r"\.grad attribute of a Tensor that is not a leaf"):
        assert a.grad is None


def test_retain_grad_needs_a_gradient(m):
    with pytest.raises(RuntimeError, match=r"can't retain_grad on Tensor that has requires_grad=False"):
        m.ones(1).retain_grad()


def test_retain_grad_holds_no_tensor():
    x = leaf(autograd, 2.0)
    a = x * 3
    a.retain_grad()
    loss = a.sum()
    gone = weakref.ref(a)
    gc.disable()
    try:
        del a
        assert gone() is None
        loss.backward()
    finally:
        gc.enable()
    assert x.grad.tolist() == [3.0]


def test_retain_grad_follows_an_in_place_write(m):
    x = leaf(m, 2.0)
    a = x * 3
    a.retain_grad()
    a.mul_(a.detach() * 0 + 10)
    (a * 2).sum().backward()
    assert numbers(a.grad, x.grad) == ([2.0], [60.0])


def test_hook_stays_with_the_value_it_was_put_on(m):
    """An in-place write makes a new value: hooks put on the old one see the old one's gradient."""
    x = leaf(m, 2.0)
    a = x * 3
    seen = []
    a.register_hook(lambda g: seen.append(("before", g.item())))
    a.mul_(10)
    a.register_hook(lambda g: seen.append(("after", g.item())))
    (a * 2).sum().backward()
    assert seen == [("after", 2.0), ("before", 20.0)]


# ---- the node of a leaf


def test_hooks_on_the_node_of_a_leaf(m):
    x = leaf(m, 2.0)
    z = x * 3
    node = z.grad_fn.next_functions[0][0]
    seen = []
    node.register_prehook(lambda outputs: seen.append(("pre", numbers(*outputs))))
    node.register_hook(lambda inputs, outputs: seen.append(("post", inputs, numbers(*outputs), numbers(x.grad))))
    z.sum().backward()
    assert seen == [("pre", ([3.0],)), ("post", (), ([3.0],), ([3.0],))]
