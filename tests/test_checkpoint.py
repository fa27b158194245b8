"""Checkpointing: the gradients are those without it, and what is kept in between is less."""

from __future__ import annotations

import contextlib
import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.autograd import Function
from autograd.autograd import grad as gradients_of
from autograd.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential


def leaf(shape=(3, 4), seed=0):
    return autograd.tensor(np.random.default_rng(seed).normal(size=shape), requires_grad=True)


class Block:
    """A function with a parameter of its own, which counts its calls."""

    def __init__(self, seed=1, body=lambda x, w: ((x @ w).tanh() * x).exp()):
        self.weight, self.body, self.calls = leaf((4, 4), seed), body, 0

    def __call__(self, x):
        self.calls += 1
        return self.body(x, self.weight)


def compare(plain, checkpointed, parameters, order=2):
    """Values and derivatives of both ways, with respect to the input and the parameters."""
    results = []
    for function in (plain, checkpointed):
        x = leaf()
        wanted, values = [x, *parameters], []
        y = function(x * 1)
        y = (y * y).sum()
        values.append(y.item())
        for n in range(order):
            found = gradients_of(y, wanted, create_graph=n + 1 < order)
            values += [g.detach().numpy() for g in found]
            y = sum((g * g).sum() for g in found)
        results.append(values)
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def again(function, *args, **kwargs):
    return checkpoint(function, *args, use_reentrant=False, **kwargs)


def test_gradients_are_those_without():
    block = Block()
    compare(block, lambda x: again(block, x), [block.weight])
    assert block.calls == 3  # once without, once with, and once more in the first backward pass


def test_what_a_kernel_has_kept_is_computed_again():
    weight, target = leaf((4, 4), 1), autograd.tensor([0, 3, 1])

    def loss(x):
        return F.cross_entropy(x @ weight, target)

    compare(loss, lambda x: again(loss, x), [weight])


def test_gradients_of_calls_in_a_row_and_in_each_other():
    a, b, c = Block(1), Block(2), Block(3)

    def plain(x):
        return c(a(b(x)) * b(a(x)) + x)

    def checkpointed(x):
        inner = again(lambda y: again(lambda z: again(a, again(b, z)), y) * again(b, a(y)), x)
        return again(c, inner + x)

    compare(plain, checkpointed, [a.weight, b.weight, c.weight])


def test_gradients_are_accumulated_in_leaves(m):
    if m is autograd:
        run = checkpoint
    else:
        run = __import__("torch.utils.checkpoint", fromlist=["checkpoint"]).checkpoint
    for reentrant in (False, True):
        w, x = m.tensor([2.0, 3.0], requires_grad=True), m.tensor([1.0, -1.0], requires_grad=True)
        y = run(lambda x, w=w: (x * w).exp() * w, x, use_reentrant=reentrant)
        y.sum().backward()
        e = np.exp([2.0, -3.0])
        np.testing.assert_allclose(x.grad.numpy(), e * np.array([4.0, 9.0]), rtol=1e-6)
        np.testing.assert_allclose(w.grad.numpy(), e * np.array([3.0, -2.0]), rtol=1e-6)


def test_only_parameters_need_a_gradient():
    block, x = Block(), leaf().detach()
    again(block, x).sum().backward()
    found = block.weight.grad
    block.weight.grad = None
    block(x).sum().backward()
    np.testing.assert_array_equal(found.numpy(), block.weight.grad.numpy())


# ---- what is kept


def kept_bytes(function):
    """The bytes that the graph of `function(x)` holds, above the input's and the output's."""
    x = autograd.ones(200, 500, requires_grad=True)
    x.sum().backward()  # imports and caches
    gc.collect()
    tracemalloc.start()
    try:
        y = function(x)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - y.nbytes
    finally:
        tracemalloc.stop()


def many(x):
    for _ in range(10):
        x = (x * 0.5).tanh().exp().sin()
    return x


def test_intermediate_values_are_not_kept():
    one = 200 * 500 * 4
    assert kept_bytes(many) > 19 * one  # the outputs of tanh and exp
    assert kept_bytes(lambda x: again(many, x)) < 0.5 * one
    assert kept_bytes(lambda x: checkpoint(many, x, use_reentrant=True)) < 0.5 * one
    assert kept_bytes(lambda x: again(lambda x: again(many, again(many, x)), x)) < 0.5 * one
    assert kept_bytes(lambda x: again(many, again(many, x))) < 1.5 * one


def test_memory_is_given_back_during_the_backward_pass():
    y = again(many, autograd.ones(2, requires_grad=True))
    y.sum().backward()
    kept = [node.kept for node in reachable(y.grad_fn) if getattr(node, "versions", None)]
    assert len(kept) > 20
    assert all(values is None for values in kept)


def reachable(node):
    seen, stack = [], [node]
    while stack:
        node = stack.pop()
        if node not in seen and node is not None:
            seen.append(node)
            stack += [parent for parent, _ in node.next_functions]
    return seen


def test_dropping_the_result_frees_everything_without_the_garbage_collector():
    gc.disable()
    try:
        x = leaf()
        y = again(lambda x: again(Block(), x * 2), x * 1)
        references = [weakref.ref(node) for node in reachable(y.grad_fn) if node.name() != "AccumulateGrad"]
        assert len(references) > 4
        del y
        assert all(reference() is None for reference in references)
    finally:
        gc.enable()


def test_what_a_function_saves_is_dropped_and_comes_back():
    saved = []

    class Cube(Function):
        @staticmethod
        def forward(ctx, x, constant):
            y = x * x * x
            saved.append(weakref.ref(y._array))
            ctx.save_for_backward(None, x, y, constant * 1)
            return y

        @staticmethod
        def backward(ctx, g):
            _, x, y, constant = ctx.saved_tensors
            assert constant.tolist() == [2]
            return g * (3 * x * x + 0 * y), None

    def body(x, w):
        return Cube.apply((x @ w).tanh(), autograd.tensor([2])) * 2

    block = Block(body=body)
    compare(block, lambda x: again(block, x), [block.weight])
    y = again(lambda x: Cube.apply(x, autograd.tensor([2])) * 2, leaf())
    assert saved[-1]() is None
    node = y.grad_fn.next_functions[0][0]
    with pytest.raises(RuntimeError, match="checkpoint"):
        _ = node.saved_tensors


# ---- arguments, results, contexts


def test_keyword_arguments_and_results_of_any_kind():
    def function(x, number, *, scale, nothing=None):
        return {"y": [x * scale, (number, x.exp())], "n": number}, nothing

    x, scale = leaf(), autograd.tensor(3.0, requires_grad=True)
    result, nothing = again(function, x, 7, scale=scale)
    assert nothing is None
    assert result["n"] == 7
    assert result["y"][1][0] == 7
    (result["y"][0].sum() + result["y"][1][1].sum()).backward()
    np.testing.assert_allclose(x.grad.numpy(), 3 + np.exp(x.detach().numpy()))
    np.testing.assert_allclose(scale.grad.item(), x.detach().numpy().sum())
    assert again(lambda x: None, x) is None
    assert again(lambda x: x, x) is x


def test_one_result_of_several_is_enough():
    x = leaf()
    a, b = again(lambda x: (x.exp(), x.sin()), x)
    b.sum().backward()
    a.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.exp(x.detach().numpy()) + np.cos(x.detach().numpy()))


def test_a_branch_that_was_dropped():
    """Nodes that nothing leads to any more are not needed when the function runs again."""
    x = leaf()
    a, b = again(lambda x: (x.exp().tanh(), x.sin()), x)
    del a
    b.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.cos(x.detach().numpy()))


def test_fused_operations():
    F = pytest.importorskip("nn.functional")
    target = autograd.tensor([0, 2, 1])

    def body(x, w):
        return F.cross_entropy(F.linear(x, w).tanh(), target, reduction="none")

    block = Block(body=body)
    compare(block, lambda x: again(block, x), [block.weight])


def test_backward_twice():
    x = leaf()
    y = again(Block(), x)
    y.sum().backward(retain_graph=True)
    first = x.grad.clone()
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * first.numpy())
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


def test_hooks_and_retained_gradients_of_intermediate_values():
    seen, x = [], leaf()

    def function(x):
        y = x * 2
        y.retain_grad()
        seen.append(y)
        return y.exp()

    y = again(function, x)
    y.register_hook(lambda g: g * 3)
    y.sum().backward()
    np.testing.assert_allclose(seen[0].grad.numpy(), 3 * np.exp(2 * x.detach().numpy()))


def test_views_and_writes_within():
    def body(x, w):
        y = x @ w
        first = y[0]
        first.mul_(2)
        y[:, 1] = first[1].exp()
        return y.tanh() * first

    block = Block(body=body)
    compare(block, lambda x: again(block, x), [block.weight])


def test_under_no_grad_nothing_is_set_aside():
    block = Block()
    with autograd.no_grad():
        assert not again(block, leaf()).requires_grad
    assert block.calls == 1


def test_contexts_of_both_runs():
    entered = []

    @contextlib.contextmanager
    def note(name):
        entered.append(name)
        yield
        entered.append(f"end of {name}")

    x = leaf()
    y = again(Block(), x, context_fn=lambda: (note("first"), note("second")))
    assert entered == ["first", "end of first"]
    y.sum().backward()
    assert entered[2:] == ["second", "end of second"]
    with autograd.no_grad():
        again(Block(), x, context_fn=lambda: (note("alone"), note("never")))
    assert entered[4:] == ["alone", "end of alone"]


# ---- random numbers


def dropped(x):
    return x * (autograd.rand(3, 4) > 0.5) * autograd.rand(3, 4)


@pytest.mark.parametrize("reentrant", [False, True])
def test_the_second_run_draws_the_same_random_numbers(reentrant):
    autograd.manual_seed(5)
    x = autograd.ones(3, 4, requires_grad=True)
    y = checkpoint(dropped, x, use_reentrant=reentrant)
    after = autograd.get_rng_state()
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())
    assert (autograd.get_rng_state() == after).all()


@pytest.mark.parametrize("reentrant", [False, True])
def test_random_numbers_may_be_left_alone(reentrant):
    autograd.manual_seed(5)
    x = autograd.ones(3, 4, requires_grad=True)
    y = checkpoint(dropped, x, use_reentrant=reentrant, preserve_rng_state=False)
    y.sum().backward()
    assert not (x.grad == y.detach()).all()


# ---- errors


def test_a_function_that_does_something_else_the_second_time():
    class Fickle(Block):
        def __call__(self, x):
            self.calls += 1
            return x.exp() if self.calls == 1 else x.sin()

    y = again(Fickle(), leaf())
    with pytest.raises(CheckpointError, match=r"operation 0 was \('ExpBackward0'.*and \('SinBackward0'"):
        y.sum().backward()
    x = leaf()
    again(Fickle(), x, determinism_check="none").sum().backward()
    assert x.grad is not None

    class Growing(Block):
        def __call__(self, x):
            self.calls += 1
            return sum([x * 2] * self.calls)

    with pytest.raises(CheckpointError, match="recorded 2 operations when it ran first and 3"):
        again(Growing(), leaf()).sum().backward()


def test_an_overwritten_argument_is_an_error():
    x = leaf()
    y = x * 1
    z = again(lambda y: (y + 1).exp(), y)
    y.add_(1)
    with pytest.raises(RuntimeError, match=r"argument of checkpoint.* modified by an inplace operation"):
        z.sum().backward()


def test_an_error_in_the_function_passes_through():
    def fails(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        again(fails, leaf())


def test_misuse():
    x = leaf()
    with pytest.raises(ValueError, match="determinism_check"):
        again(many, x, determinism_check="maybe")
    with pytest.raises(ValueError, match="Unexpected keyword arguments: scale"):
        checkpoint(many, x, use_reentrant=True, scale=1)
    with pytest.raises(ValueError, match="context_fn"):
        checkpoint(many, x, use_reentrant=True, debug=True)


# ---- the reentrant form


def test_reentrant_gradients():
    block = Block()
    x = leaf()
    checkpoint(block, x * 1, use_reentrant=True).sum().backward()
    found = x.grad, block.weight.grad
    block.weight.grad, y = None, leaf()
    block(y).sum().backward()
    np.testing.assert_array_equal(found[0].numpy(), y.grad.numpy())
    np.testing.assert_array_equal(found[1].numpy(), block.weight.grad.numpy())
    assert block.calls == 3


def test_reentrant_with_other_arguments_and_several_results():
    x = leaf()
    a, n, b = checkpoint(lambda x, k: (x * k, k, x.exp()), x, 3, use_reentrant=True)
    (a.sum() + b.sum()).backward()
    assert n == 3
    np.testing.assert_allclose(x.grad.numpy(), 3 + np.exp(x.detach().numpy()))


def test_reentrant_refuses_chosen_inputs():
    x = leaf()
    y = checkpoint(many, x, use_reentrant=True).sum()
    with pytest.raises(RuntimeError, match="use_reentrant=True, checkpoint is incompatible"):
        gradients_of(y, x)
    with pytest.raises(RuntimeError, match="`inputs` parameter"):
        y.backward(inputs=[x])


def test_reentrant_without_a_gradient_warns():
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
        assert not checkpoint(many, leaf().detach(), use_reentrant=True).requires_grad


def test_reentrant_without_a_differentiable_result():
    y = checkpoint(lambda x: x.detach() * 1.0, leaf(), use_reentrant=True)
    with pytest.raises(RuntimeError, match="none of output has requires_grad"):
        y.sum().backward()


# ---- in segments


@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("segments", [1, 2, 3, 7, 9])
def test_sequential(segments, reentrant):
    blocks = [Block(i) for i in range(7)]
    x = leaf()
    y = checkpoint_sequential(blocks, segments, x, use_reentrant=reentrant)
    y.sum().backward()
    found = [x.grad.numpy(), *[block.weight.grad.numpy() for block in blocks]]
    size = 7 // segments
    assert [block.calls for block in blocks] == [2 if i < size * (segments - 1) else 1 for i in range(7)]
    for block in blocks:
        block.weight.grad = None
    z, other = leaf(), None
    other = z
    for block in blocks:
        other = block(other)
    other.sum().backward()
    np.testing.assert_array_equal(y.detach().numpy(), other.detach().numpy())
    for one, two in zip(found, [z.grad.numpy(), *[block.weight.grad.numpy() for block in blocks]]):
        np.testing.assert_array_equal(one, two)


def test_sequential_takes_what_has_children():
    class Sequence:
        def children(self):
            return iter([many, many])

    x = leaf()
    np.testing.assert_array_equal(
        checkpoint_sequential(Sequence(), 2, x, use_reentrant=False).detach().numpy(), many(many(x)).detach().numpy()
    )
