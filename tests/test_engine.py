"""Walking the graph: the cases that every engine gets wrong at some time.

A test that takes `m` runs on `autograd` and, where it is installed, on PyTorch, whose behaviour it thereby states.
"""

from __future__ import annotations

import gc
import sys
import threading

import numpy as np
import pytest

import autograd
from autograd.fused import Fused
from autograd.graph import Walk
from autograd.op import op, registry


def leaf(m, *values):
    """A float64 vector that requires a gradient."""
    return m.tensor(list(values), dtype=m.float64, requires_grad=True)


def numbers(*tensors):
    """Tensors as plain numbers, None as it is."""
    return tuple(None if t is None else t.tolist() for t in tensors)


# ---- shapes of graphs


def test_diamond(m):
    x = leaf(m, 3.0)
    a = x * 2
    ((a * a) + (a * x)).sum().backward()  # 4x² + 2x²
    assert x.grad.tolist() == [36.0]


def test_diamonds_in_a_row_are_walked_once_each(m):
    """2^60 paths, 60 nodes."""
    x = leaf(m, 1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.sum().backward()
    assert x.grad.tolist() == [2.0**60]


def test_uneven_paths(m):
    """A node waits for its complete gradient: a long path and a short one meet at it."""
    x = leaf(m, 2.0)
    a = x * x
    long = a
    for _ in range(5):
        long = long * 1.0
    (a * long).sum().backward()  # x⁴
    assert x.grad.tolist() == [32.0]


def test_dead_branch(m):
    """What never reaches the loss costs nothing and blocks nothing."""
    x = leaf(m, 2.0)
    y = x * 3
    dead = (y * y).exp() * x
    (y * x).sum().backward()  # 3x²
    assert x.grad.tolist() == [12.0]
    assert dead.grad_fn is not None


def test_dead_branch_is_not_visited():
    ran = []
    x = leaf(autograd, 2.0)
    y = x * 3
    dead = y * y
    dead.register_hook(lambda g: ran.append("dead"))
    y.sum().backward()
    assert ran == []
    assert dead.grad_fn.saved()["x"].tolist() == [6.0]  # nothing was released either


def test_slice(m):
    x = leaf(m, 1.0, 2.0, 3.0, 4.0)
    (x[1:3] * x[::2]).sum().backward()  # x₁x₀ + x₂x₂
    assert x.grad.tolist() == [2.0, 1.0, 6.0, 0.0]


def test_reduction_over_several_axes(m):
    x = m.ones(2, 3, 4, dtype=m.float64, requires_grad=True)
    weight = m.tensor([1.0, 2.0, 3.0], dtype=m.float64)
    (x.sum(dim=(0, 2)) * weight).sum().backward()
    assert x.grad[0, :, 0].tolist() == [1.0, 2.0, 3.0]
    assert x.grad.sum().item() == 2 * 4 * 6
    x.grad = None
    (x.mean(dim=(-1, 0), keepdim=True) * weight.reshape(1, 3, 1)).sum().backward()
    assert x.grad[1, :, 3].tolist() == pytest.approx([1 / 8, 2 / 8, 3 / 8])


def test_repeated_operand(m):
    x = leaf(m, 3.0)
    (x * x).sum().backward()
    assert x.grad.tolist() == [6.0]
    x = leaf(m, 3.0, 4.0)
    (m.cat([x, x * 2, x]) * m.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], dtype=m.float64)).sum().backward()
    assert x.grad.tolist() == [1 + 2 * 3 + 5, 2 + 2 * 4 + 6]
    x = leaf(m, 3.0)
    (x - x).sum().backward()
    assert x.grad.tolist() == [0.0]


def test_broadcast_operands(m):
    x, y = m.ones(3, 1, dtype=m.float64, requires_grad=True), m.ones(4, dtype=m.float64, requires_grad=True)
    scalar = m.tensor(2.0, dtype=m.float64, requires_grad=True)
    (x * y * scalar).sum().backward()
    assert numbers(x.grad, y.grad, scalar.grad) == ([[8.0]] * 3, [6.0] * 4, 12.0)


def test_loss_that_is_a_leaf(m):
    x = m.tensor(3.0, requires_grad=True)
    x.backward()
    assert x.grad.item() == 1.0
    assert numbers(*m.autograd.grad(x, x)) == (1.0,)


def test_several_roots(m):
    x = leaf(m, 2.0)
    a, b = x * 3, x * x
    m.autograd.backward([a, b], [m.tensor([1.0], dtype=m.float64), m.tensor([10.0], dtype=m.float64)])
    assert x.grad.tolist() == [3 + 40.0]
    a, c = x * 3, x * 3 * x
    assert numbers(*m.autograd.grad([a, a, c], x)) == ([3 + 3 + 12.0],)
    a = x * 3
    assert numbers(*m.autograd.grad([a, a * a], [a])) == ([1 + 12.0],)


def test_a_chain_of_100_000_operations():
    """No recursion: not in backward, not when the graph is torn down, with or without the garbage collector."""
    depth = 100_000
    assert depth > 10 * sys.getrecursionlimit()
    x = leaf(autograd, 1.0)
    y = x
    for _ in range(depth):
        y = y * 1.0
    gc.disable()
    try:
        y.sum().backward()
        del y
        y = x
        for _ in range(depth):  # never walked, only dropped
            y = y + 1.0
        del y
    finally:
        gc.enable()
    assert x.grad.tolist() == [1.0]


def test_a_deep_chain_to_the_second_order():
    x = leaf(autograd, 1.0)
    y = x
    for _ in range(3000):
        y = y * 1.0
    (g,) = autograd.grad((y * y).sum(), x, create_graph=True)
    (h,) = autograd.grad(g.sum(), x)
    assert numbers(g, h) == ([2.0], [2.0])


# ---- walking a graph again


def test_backward_twice(m):
    x = leaf(m, 2.0)
    loss = (x * x).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        loss.backward()
    assert x.grad.tolist() == [4.0]


def test_backward_twice_where_nothing_was_kept(m):
    x = leaf(m, 2.0)
    loss = (x + x).sum()
    loss.backward()
    loss.backward()
    assert x.grad.tolist() == [4.0]


def test_retain_graph(m):
    x = leaf(m, 2.0)
    loss = (x * x).exp().sum()
    loss.backward(retain_graph=True)
    once = x.grad.tolist()[0]
    loss.backward()
    assert x.grad.tolist() == [2 * once]
    with pytest.raises(RuntimeError, match="a second time"):
        loss.backward()


def test_shared_part_of_two_losses(m):
    x = leaf(m, 2.0)
    shared = x * x
    first, second = (shared * 2).sum(), shared.exp().sum()
    first.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        second.backward()


def test_gradients_add_up(m):
    x = leaf(m, 2.0)
    (x * 3).sum().backward()
    kept = x.grad
    (x * x).sum().backward()
    assert x.grad.tolist() == [7.0]
    assert kept is x.grad  # in place
    x.grad = None
    (x * 3).sum().backward()
    assert numbers(x.grad, kept) == ([3.0], [7.0])


def test_a_leaf_used_in_separate_graphs(m):
    x = leaf(m, 1.0, 2.0)
    for factor in (1.0, 10.0, 100.0):
        (x * factor).sum().backward()
    assert x.grad.tolist() == [111.0, 111.0]


def test_the_same_gradient_reaches_two_leaves(m):
    """Each owns its own: writing to one must not change the other."""
    x, y = leaf(m, 1.0), leaf(m, 1.0)
    given = m.tensor([1.0], dtype=m.float64)
    (x + y).backward(given)
    x.grad.mul_(5)
    assert numbers(x.grad, y.grad, given) == ([5.0], [1.0], [1.0])


# ---- several outputs


def test_outputs_used_in_part(m):
    x = leaf(m, 1.0, 2.0, 3.0, 4.0, 5.0)
    first, _, third = x.split(2)
    (first * 10).sum().backward()
    assert x.grad.tolist() == [10.0, 10.0, 0.0, 0.0, 0.0]
    (third * third).sum().backward()
    assert x.grad.tolist() == [10.0, 10.0, 0.0, 0.0, 10.0]


def test_outputs_used_twice(m):
    x = leaf(m, 1.0, 2.0, 3.0)
    a, b, c = x.unbind()
    (a * b + b * c + b).backward()
    assert x.grad.tolist() == [2.0, 5.0, 2.0]


def test_outputs_differentiated_directly(m):
    x = leaf(m, 1.0, 2.0, 3.0)
    a, b, _ = x.unbind()
    loss = a * b * b
    assert numbers(*m.autograd.grad(loss, [b, a, x], retain_graph=True)) == (4.0, 4.0, [4.0, 4.0, 0.0])
    assert (a.output_nr, b.output_nr) == (0, 1)
    assert a.grad_fn is not None


def test_outputs_to_the_second_order(m):
    x = leaf(m, 1.0, 2.0, 3.0)
    a, b, _ = x.unbind()
    (g,) = m.autograd.grad(a * b * b, x, create_graph=True)
    assert numbers(*m.autograd.grad(g.sum(), x)) == ([4.0, 2.0 + 4.0, 0.0],)


def test_rules_that_ask_for_all_outputs(throwaway_ops):
    """Of an op with several outputs, at the second order too."""

    @op(name="throwaway_pair")
    def pair(x):
        return np.exp(x), np.sqrt(x), np.argsort(x)

    pair.rules(x=lambda g, out: g[0] * out[0] + g[1] / (2 * out[1]))
    x = autograd.tensor([1.0, 4.0], dtype=autograd.float64, requires_grad=True)
    e, s, order = pair(x)
    assert (e.requires_grad, s.requires_grad, order.requires_grad) == (True, True, False)
    (g,) = autograd.grad((e * s).sum(), x, create_graph=True)
    a = np.array([1.0, 4.0])
    assert np.allclose(g.detach().numpy(), np.exp(a) * (np.sqrt(a) + 0.5 / np.sqrt(a)))
    (h,) = autograd.grad(g.sum(), x)
    assert np.allclose(h.numpy(), np.exp(a) * (np.sqrt(a) + 1 / np.sqrt(a) - 0.25 * a**-1.5))


def test_rules_of_a_list_of_operands_to_the_second_order(throwaway_ops):
    """An op over a list whose rule asks for the list itself."""

    @op(name="throwaway_product", variadic=True)
    def product(xs):
        return xs[0] * xs[1] * xs[2]

    product.rules(xs=lambda g, i, xs: g * xs[i - 1] * xs[i - 2])
    x, y = leaf(autograd, 2.0), leaf(autograd, 3.0)
    z = autograd.tensor([5.0], dtype=autograd.float64)
    g = autograd.grad(product([x, z, y]), [x, y], create_graph=True)
    assert numbers(*g) == ([15.0], [10.0])
    assert numbers(*autograd.grad(g[0], [x, y], allow_unused=True)) == (None, [5.0])
    out = product([x * 1, y, y])
    y.detach().zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()


@pytest.mark.parametrize("name", ["tanh", "mul", "sum", "cat", "stack", "cross_entropy"])
def test_ops_of_arrays_compute_what_those_of_tensors_do(name):
    """In a backward pass that is not recorded, rules call ops with plain arrays and get plain arrays."""
    a, b = np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])
    operands, parameters = {
        "tanh": ((a,), ()),
        "mul": ((a, b), ()),
        "sum": ((a,), (1, True)),
        "cat": (([a, b],), (0,)),
        "stack": (([a, b],), (1,)),
        "cross_entropy": ((a,), (np.array([1]), 1, -100, True)),
    }[name]
    plain = registry[name](*operands, *parameters)
    assert not isinstance(plain, autograd.Tensor)
    tensors = [[autograd.tensor(x) for x in o] if isinstance(o, list) else autograd.tensor(o) for o in operands]
    assert registry[name](*tensors, *parameters).tolist() == plain.tolist()


def test_ops_take_the_arguments_they_declare():
    x = autograd.ones(2, 3)
    assert registry["cat"]([x, x]).shape == (4, 3), "a default is filled in"
    assert repr(registry["cat"]) == "<op cat(xs, axis)>"
    with pytest.raises(TypeError, match=r"takes x; it got 2 arguments"):
        registry["tanh"](x, x)
    with pytest.raises(TypeError, match=r"takes x, target, axis, ignore_index, mean; it got 1 arguments"):
        registry["cross_entropy"](x)


# ---- what a graph looks like


def test_grad_fn_and_next_functions(m):
    x, y = leaf(m, 1.0), leaf(m, 2.0)
    z = (x * y) + x
    assert z.grad_fn.name() == "AddBackward0"
    (left, index), (right, _) = z.grad_fn.next_functions
    assert (left.name(), index) == ("MulBackward0", 0)
    assert right.name().endswith("AccumulateGrad")
    assert right.variable is x
    assert left.next_functions[1][0].variable is y
    assert x.grad_fn is None
    assert (x.is_leaf, z.is_leaf, z.detach().is_leaf) == (True, False, True)
    assert right == left.next_functions[0][0]
    assert len({right, left.next_functions[0][0], left}) == 2
    assert "AddBackward0 object at 0x" in repr(z.grad_fn)
    assert left._sequence_nr() < z.grad_fn._sequence_nr()


def test_next_functions_of_an_operand_without_a_gradient(m):
    x = leaf(m, 1.0)
    none, (function, _) = (m.tensor([2.0], dtype=m.float64) * x).grad_fn.next_functions
    assert none == (None, 0)
    assert function.variable is x
    assert (x * 2).grad_fn.next_functions[1] == (None, 0)
    assert (m.cat([x.detach(), x]).grad_fn.next_functions)[0] == (None, 0)
    assert len(x.sum(0).grad_fn.next_functions) == 1


def test_next_functions_of_a_custom_function(m):
    class Weighted(m.autograd.Function):
        @staticmethod
        def forward(ctx, count, x, weight, flag, y):
            return x * weight * count + y

        @staticmethod
        def backward(ctx, g):
            return None, None, None, None, g

    plain, y, seen = m.tensor([2.0], dtype=m.float64), leaf(m, 1.0), []
    out = Weighted.apply(3, plain, plain, True, y)
    assert out.grad_fn.next_functions[:2] == ((None, 0), (None, 0))
    assert [function.variable is y for function, _ in out.grad_fn.next_functions[2:]] == [True]
    out.grad_fn.register_hook(lambda inputs, outputs: seen.append([g is not None for g in inputs]))
    out.backward()
    assert seen == [[False, False, True]]


def test_next_functions_of_a_fused_op(throwaway_ops):
    def forward(x, weight, classes, scale):
        return x * weight * scale, (x, weight, scale)

    def backward(g, residuals, needs):
        x, weight, scale = residuals
        return g * weight * scale if needs[0] else None, g * x * scale if needs[1] else None, None, None

    fused = Fused("weighted", lambda x, weight, classes, scale: x * weight * scale, forward, backward)
    plain, y, classes = autograd.tensor([2.0], dtype=autograd.float64), leaf(autograd, 1.0), autograd.tensor([1])
    out = fused(plain, y, classes, 3.0)
    (none, _), (function, _) = out.grad_fn.next_functions
    assert none is None
    assert function.variable is y
    out.backward()
    assert y.grad.tolist() == [6]
    assert out.grad_fn.next_functions == ((None, 0), (function, 0))
    assert [function for function, _ in fused(y, plain, classes, 3.0).grad_fn.next_functions] == [function, None]


def test_next_functions_tell_outputs_apart(m):
    a, b = leaf(m, 1.0, 2.0).unbind()
    assert [index for _, index in (a * b).grad_fn.next_functions] == [0, 1]


# ---- higher orders


def test_fourth_derivative(m):
    x = leaf(m, 2.0)
    g = x**4
    for expected in (32.0, 48.0, 48.0, 24.0):
        (g,) = m.autograd.grad(g.sum(), x, create_graph=True)
        assert g.tolist() == pytest.approx([expected])


def test_backward_through_backward(m):
    x, w = leaf(m, 2.0), leaf(m, 3.0)
    (g,) = m.autograd.grad((w * x * x).sum(), x, create_graph=True)  # 2wx
    (g * g).sum().backward()  # 4w²x²
    assert numbers(x.grad, w.grad) == ([8 * 9 * 2.0], [8 * 3 * 4.0])


def test_results_of_an_unrecorded_backward_have_no_graph(m):
    x = leaf(m, 2.0)
    (g,) = m.autograd.grad((x * x).sum(), x)
    assert not g.requires_grad
    (x * x).sum().backward()
    assert not x.grad.requires_grad


def test_create_graph_records_inside_no_grad(m):
    x = leaf(m, 2.0)
    loss = (x * x * x).sum()
    with m.no_grad():
        (g,) = m.autograd.grad(loss, x, create_graph=True)
    assert numbers(*m.autograd.grad(g.sum(), x)) == ([12.0],)


# ---- threads


def test_threads_walk_side_by_side():
    """Each on its own graph over shared leaves; grad mode belongs to the thread."""
    x = leaf(autograd, 2.0)
    results, modes = [], []

    def work(factor):
        modes.append(autograd.is_grad_enabled())
        y = x
        for _ in range(200):
            y = y * 1.0
        results.append((factor, autograd.grad((y * y * factor).sum(), x)[0].tolist()))

    with autograd.no_grad():
        threads = [threading.Thread(target=work, args=(factor,)) for factor in (1.0, 2.0, 3.0, 4.0)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert modes == [True] * 4
    assert sorted(results) == [(f, [4.0 * f]) for f in (1.0, 2.0, 3.0, 4.0)]


def test_walk_can_be_used_by_itself():
    """The engine's own interface: edges and arrays."""
    x = leaf(autograd, 2.0)
    y = x * x
    found = Walk(True, False, [x._edge], capture=True).run([(y._edge, np.ones(1))])
    assert found[x].tolist() == [4.0]


# ---- overwritten between two passes


@pytest.mark.parametrize(
    "function",
    [
        lambda m, x, c: (x, x**3),
        lambda m, x, c: (operand := x * 1.0, operand**3),
        lambda m, x, c: (c, x * c),
        lambda m, x, c: (out := x.exp(), out),
        lambda m, x, c: ((a := x * 1.0), m.stack([a, a * a]).exp()),
        lambda m, x, c: ((a := x.reshape(1, 1)), a @ a),
    ],
    ids=["leaf", "operand", "constant", "output", "list", "matmul"],
)
def test_a_value_overwritten_before_the_second_pass_is_noticed(m, function):
    """What the first backward used, the second one's graph keeps: writing to it in between is an error there."""
    x, c = leaf(m, 2.0), m.tensor([3.0], dtype=m.float64)
    victim, out = function(m, x, c)
    v = m.ones_like(out, requires_grad=True)
    (g,) = m.autograd.grad(out, x, v, create_graph=True)
    with m.no_grad():
        victim.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        g.sum().backward()
    assert x.grad is None


def test_an_op_of_your_own_may_have_the_name_of_a_built_in(throwaway_ops):
    @op()
    def tanh(x):
        return 2 * np.tanh(x)

    tanh.rules(x=lambda g, x: g * 2 / np.square(np.cosh(x)))
    x = autograd.tensor(0.5, requires_grad=True)
    tanh(x).backward()
    mine = x.grad.item()
    x.grad = None
    x.tanh().backward()
    assert mine == pytest.approx(2 * x.grad.item())
