"""What is held, and when it is let go: all without the garbage collector, which would hide a reference cycle."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.graph import Node, Output


@pytest.fixture(autouse=True)
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def leaf(*shape: int) -> Tensor:
    """A float64 leaf that requires a gradient."""
    return autograd.tensor(np.random.default_rng(0).uniform(0.5, 1.5, shape), requires_grad=True)


def nodes_of(*tensors: Tensor) -> list[Node]:
    """All nodes that lead to the tensors."""
    found: dict[int, Node] = {}
    stack = [t._edge for t in tensors]
    while stack:
        edge = stack.pop()
        node = edge.node if type(edge) is Output else edge
        if isinstance(node, Node) and id(node) not in found:
            found[id(node)] = node
            stack.extend(node.edges)
    return list(found.values())


def witnesses(x: Tensor, *tensors: Tensor) -> list[weakref.ref]:
    """Weak references to the nodes behind the tensors and to the arrays that these keep, but for the leaf x's."""
    references: list[weakref.ref] = []
    for node in nodes_of(*tensors):
        references.append(weakref.ref(node))
        for kept in getattr(node, "kept", None) or ():
            arrays = kept if isinstance(kept, (tuple, list)) else [kept]
            references += [weakref.ref(a) for a in arrays if isinstance(a, np.ndarray) and a is not x._array]
    return references


def alive(references: list[weakref.ref]) -> list[object]:
    """What is still there."""
    return [reference() for reference in references if reference() is not None]


def ordinary(x):
    return ((x * x).tanh() + x.exp()).sum()


def with_views(x):
    y = x * 1.0
    view = y[0][1:]
    return (view * view).sum() + y.reshape(-1).sum()


def in_place(x):
    y = x * 1.0
    y.mul_(2)
    y += x
    return (y * y).sum()


def in_place_on_views(x):
    y = x * 1.0
    view = y[0]
    inner = view[1:]
    inner.mul_(2)
    view += 1
    y[1] = view.detach() * 3
    return (y * view).sum() + inner.sum()


def several_outputs(x):
    a, b = x.unbind()
    c, _ = (x * 2).split(1)
    return (a * b).sum() + c.sum()


def with_hooks(x):
    y = x * 2
    y.register_hook(lambda g: g * 2)
    y.retain_grad()
    y.grad_fn.register_hook(lambda inputs, outputs: None)
    return (y * y).sum()


def reading_the_graph(x):
    y = (x * x).sum()
    repr(y.grad_fn)
    assert y.grad_fn.next_functions[0][0].next_functions
    return y


def lists_of_operands(x):
    return (autograd.cat([x, x * 2]) * autograd.stack([x, x]).reshape(4, 3)).sum()


GRAPHS = [
    ordinary,
    with_views,
    in_place,
    in_place_on_views,
    several_outputs,
    with_hooks,
    reading_the_graph,
    lists_of_operands,
]
every_graph = pytest.mark.parametrize("graph", GRAPHS)


@every_graph
def test_dropping_the_loss_frees_the_graph(graph):
    x = leaf(2, 3)
    loss = graph(x)
    references = witnesses(x, loss)
    assert len(alive(references)) > 1
    del loss
    assert alive(references) == []


@every_graph
def test_backward_leaves_nothing_behind(graph):
    x = leaf(2, 3)
    loss = graph(x)
    references = witnesses(x, loss)
    loss.backward()
    del loss
    assert alive(references) == []


@every_graph
def test_a_second_order_graph_is_freed(graph):
    x = leaf(2, 3)
    loss = graph(x)
    (g,) = autograd.grad(loss, x, create_graph=True)
    if not g.requires_grad:  # a linear function
        g = g + x
    references = witnesses(x, loss, g)
    g.sum().backward()
    del loss, g
    assert alive(references) == []


def test_a_failing_backward_leaves_nothing_behind():
    x = leaf(2, 3)
    y = x.exp()
    loss = (y * x).sum()
    y.detach().zero_()
    references = witnesses(x, loss)
    with pytest.raises(RuntimeError, match="modified by an inplace operation") as caught:
        loss.backward()
    del loss, y, caught
    assert alive(references) == []


def test_kept_arrays_are_released_during_backward():
    """Not after it: when a hook near the leaves runs, what lies behind it has been given back."""
    x = leaf(100)
    y = x * 1.0
    last = (y * y).exp()
    kept = weakref.ref(last.grad_fn.kept[0])
    loss = last.sum()
    del last
    seen = []
    y.register_hook(lambda g: seen.append(kept() is None))
    loss.backward()
    assert seen == [True]


def test_retained_graph_keeps_its_arrays():
    x = leaf(100)
    loss = (x * 1.0).exp().sum()
    references = [r for r in witnesses(x, loss) if isinstance(r(), np.ndarray)]
    loss.backward(retain_graph=True)
    assert len(alive(references)) == len(references) > 0
    loss.backward()
    assert alive(references) == []


def test_unused_operands_are_not_kept():
    """Addition keeps nothing, a product by a constant only the constant, tanh only its output."""
    x = leaf(100)
    operand = x * 1.0
    assert (operand + operand).grad_fn.kept is None
    data = weakref.ref(operand._array)
    constant = autograd.full((100,), 2.0, dtype=autograd.float64)
    product, out = operand * constant, operand.tanh()
    assert product.grad_fn.kept[0] is constant._array
    assert out.grad_fn.kept[0] is out._array
    del operand
    assert data() is None


def test_a_graph_does_not_hold_its_results():
    x = leaf(100)
    y = x * 2
    loss = (y + 1).sum()
    array, tensor = weakref.ref(y._array), weakref.ref(y)
    del y
    assert array() is None
    assert tensor() is None
    loss.backward()
    assert x.grad.sum().item() == 200


def test_nothing_is_recorded_without_need():
    x = leaf(3)
    with autograd.no_grad():
        y = x * x
    assert y._source is None
    assert y._counter is None
    assert (autograd.ones(3) * 2)._source is None


def test_training_in_a_loop_does_not_grow():
    """Steps leave behind neither nodes nor tensors."""
    weight, data = leaf(3), autograd.ones(4, 3, dtype=autograd.float64)

    def step():
        loss = ((data * weight).tanh() ** 2).sum()
        weight.grad = None
        loss.backward()
        with autograd.no_grad():
            weight.sub_(weight.grad * 0.1)

    for _ in range(2):
        step()
    before = count_objects()
    for _ in range(10):
        step()
    assert count_objects() == before


def count_objects() -> int:
    """The number of tensors and nodes there are."""
    return sum(issubclass(type(o), (Tensor, Node)) for o in gc.get_objects())


# ---- gradients belong to their leaves


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: x + y,
        lambda x, y: x - y,
        lambda x, y: (x + y) + (x + y),
        lambda x, y: x.reshape(3, 2).reshape(2, 3) + y[:, :],
        lambda x, y: autograd.cat([x, y]).sum(0),
        lambda x, y: x.sum() + y.mean(),
        lambda x, y: x.t().t() + y.expand(1, 2, 3)[0],
    ],
)
@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_share_no_memory(function, create_graph):
    x, y = leaf(2, 3), leaf(2, 3)
    out = function(x, y)
    given = autograd.ones_like(out)
    for _ in range(2):
        out.backward(given, retain_graph=True, create_graph=create_graph)
    arrays = [t._array for t in (x.grad, y.grad, x, y, out, given)]
    for i, one in enumerate(arrays[:2]):
        assert one.flags.writeable
        assert not any(np.shares_memory(one, other) for j, other in enumerate(arrays) if j != i)


@pytest.mark.parametrize("shape", [(3,), (1,), (), (2, 1), (1, 2, 3), (2, 3)])
@pytest.mark.parametrize("dtype", [autograd.float32, autograd.float64, autograd.float16])
def test_gradients_that_are_summed_or_cast_share_no_memory(shape, dtype):
    x, y, z = leaf(2, 3), autograd.ones(shape, dtype=dtype, requires_grad=True), leaf(3)
    out = x + y + z
    given = autograd.ones_like(out)
    out.backward(given)
    arrays = [t._array for t in (x.grad, y.grad, z.grad, x, y, z, given)]
    for i, one in enumerate(arrays[:3]):
        assert one.base is None
        assert not any(np.shares_memory(one, other) for j, other in enumerate(arrays) if j != i)


def test_results_of_grad_share_no_memory():
    x, y = leaf(2, 3), leaf(2, 3)
    a = x + y
    out = a + x
    given = autograd.ones_like(out)
    found = autograd.grad(out, [x, y, a], given)
    arrays = [t._array for t in (*found, given, x, y, a, out)]
    for i, one in enumerate(arrays[:3]):
        assert not any(np.shares_memory(one, other) for j, other in enumerate(arrays) if j != i)


def test_adding_up_does_not_write_into_what_was_handed_out():
    """With `create_graph` the sum is a new tensor; the gradient handed out before keeps its value."""
    x = leaf(3)
    (x * x).sum().backward(create_graph=True)
    first = x.grad
    before = first.detach().clone()
    (x * x).sum().backward(create_graph=True)
    assert x.grad is not first
    assert autograd.equal(first, before)
    x.grad = None


def test_a_given_gradient_is_never_written_to():
    x = leaf(3)
    given = autograd.ones(3, dtype=autograd.float64)
    for out in (x * 1.0, x + 0, x.clone(), x):
        for _ in range(2):
            out.backward(given, retain_graph=True)
    assert given.tolist() == [1.0, 1.0, 1.0]
    assert x.grad.tolist() == [8.0, 8.0, 8.0]


def test_an_assigned_gradient_is_added_to():
    """As in PyTorch, a `.grad` of your own is added to in place."""
    x = leaf(2)
    mine = autograd.ones(2, dtype=autograd.float64)
    x.grad = mine
    (x * 3).sum().backward()
    assert x.grad is mine
    assert mine.tolist() == [4.0, 4.0]
