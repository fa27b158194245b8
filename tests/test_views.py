"""Views: shared memory, writes through views of any depth, and the history of every view after a write."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import autograd

from .leaves import check, gradients, grid, numbers

# ---- each function that gives a view

VIEWS = {
    "slice": lambda y: y[1:, ::2],
    "integer": lambda y: y[1],
    "single element": lambda y: y[0, 1],
    "None and ...": lambda y: y[None, ..., 1:],
    "select": lambda y: y.select(1, 2),
    "narrow": lambda y: y.narrow(1, 1, 2),
    "transpose": lambda y: y.transpose(0, 1),
    "t": lambda y: y.t(),
    "T": lambda y: y.T,
    "mT": lambda y: y.mT,
    "permute": lambda y: y.permute(1, 0),
    "movedim": lambda y: y.movedim(0, 1),
    "swapaxes": lambda y: y.swapaxes(0, 1),
    "view": lambda y: y.view(3, 2),
    "reshape": lambda y: y.reshape(-1),
    "flatten": lambda y: y.flatten(),
    "unflatten": lambda y: y.unflatten(1, (3, 1)),
    "unsqueeze": lambda y: y.unsqueeze(1),
    "squeeze": lambda y: y.unsqueeze(0).squeeze(0),
    "diagonal": lambda y: y.diagonal(),
    "view_as": lambda y: y.view_as(y),
    "expand to the same shape": lambda y: y.expand(2, 3),
    "expand a new dimension of one": lambda y: y.expand(1, 2, 3),
    "unfold": lambda y: y.unfold(1, 2, 2),
    "as_strided": lambda y: y.as_strided((2, 2), (3, 1), 1),
    "depth 2": lambda y: y[1:].t(),
    "depth 3": lambda y: y.t()[1:].unsqueeze(0),
    "depth 4": lambda y: y.t()[1:].reshape(2, 2).transpose(0, 1)[0],
    "of a transposed one": lambda y: y.t().unsqueeze(1)[:, 0].t()[:, 1:],
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_shares_memory(m, name):
    y = grid(m, 2, 3) * 1
    v = VIEWS[name](y)
    assert v._is_view()
    assert v._base is y
    assert y._base is None
    assert np.shares_memory(v.detach().numpy(), y.detach().numpy())
    assert v._version == y._version == 0


@pytest.mark.parametrize("name", VIEWS)
def test_writing_to_a_view_changes_the_base_and_its_gradient(m, name):
    """z = Σ y² after v *= 3 on the view's elements: the gradient is 18x there, 2x elsewhere."""
    x = grid(m, 2, 3)
    y = x * 1
    VIEWS[name](y).mul_(3)
    touched = grid(m, 2, 3, requires_grad=False) * 0
    VIEWS[name](touched).fill_(1)
    mask = touched.numpy().astype(bool)
    check(y, np.where(mask, 3, 1) * numbers(2, 3))
    np.testing.assert_allclose(gradients(y * y, x)[0], np.where(mask, 18, 2) * numbers(2, 3))
    assert y._version == 1


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_follows_a_write_to_its_base(m, name):
    x, scale = grid(m, 2, 3), grid(m, 2, 3)
    y = x * 1
    before = VIEWS[name](y)
    y.mul_(scale)
    after = VIEWS[name](y)
    check(before, after.detach().numpy())
    got = gradients(before * before, x, scale)
    expected = gradients(VIEWS[name](x * scale) ** 2, x, scale)
    for one, other in zip(got, expected):
        np.testing.assert_allclose(one, other)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_follows_a_write_to_another_view(m, name):
    x, w = grid(m, 2, 3), grid(m, 3)
    y = x * 1
    v = VIEWS[name](y)
    y[0] = w
    got = gradients(v * v, x, w)
    z = m.cat([w.unsqueeze(0), x[1:]])
    expected = gradients(VIEWS[name](z) ** 2, x, w)
    for one, other in zip(got, expected):
        np.testing.assert_allclose(one, other)


@pytest.mark.parametrize("name", VIEWS)
def test_a_write_of_a_tensor_that_requires_grad_into_a_plain_one(m, name):
    w = m.tensor(2.0, dtype=m.float64, requires_grad=True)
    y = grid(m, 2, 3, requires_grad=False)
    v = VIEWS[name](y)
    v.mul_(w)
    assert y.requires_grad
    assert v.requires_grad
    assert not y.is_leaf
    assert v._base is y
    plain = VIEWS[name](grid(m, 2, 3, requires_grad=False)).numpy()
    np.testing.assert_allclose(gradients(y, w)[0], plain.sum())
    np.testing.assert_allclose(gradients(v * v, w)[0], (4 * plain**2).sum())


@pytest.mark.parametrize("name", VIEWS)
def test_second_derivatives_through_a_write_to_a_view(m, name):
    x = grid(m, 2, 3)
    y = x * x
    v = VIEWS[name](y)
    v.mul_(VIEWS[name](x))
    (g,) = m.autograd.grad((y * y).sum(), x, create_graph=True)
    (h,) = m.autograd.grad(g.sum(), x)
    touched = grid(m, 2, 3, requires_grad=False) * 0
    VIEWS[name](touched).fill_(1)
    a, mask = numbers(2, 3), touched.numpy().astype(bool)
    np.testing.assert_allclose(g.detach().numpy(), np.where(mask, 6 * a**5, 4 * a**3))
    np.testing.assert_allclose(h.numpy(), np.where(mask, 30 * a**4, 12 * a**2))


# ---- any view of the memory

WRITES_BESIDE = {
    "base": (lambda y, v, u: y.neg_(), [[-1, -1], [-2, -3]]),
    "view": (lambda y, v, u: v.neg_(), [[-1, 1], [2, -3]]),
    "itself": (lambda y, v, u: u.neg_(), [[-1, -1], [2, 3]]),
    "view of itself": (lambda y, v, u: u[1:].neg_(), [[1, -1], [2, 3]]),
}


@pytest.mark.parametrize("name", WRITES_BESIDE)
def test_as_strided_of_a_view_reaches_all_of_the_base(m, name):
    """u is the first row of y, taken from its diagonal: the second element is none of the diagonal's."""
    write, expected = WRITES_BESIDE[name]
    x, weights = grid(m, 2, 2), m.tensor([[0, 0], [2.0, 3.0]], dtype=m.float64)
    y = x * 1
    v = y.diagonal()
    u = v.as_strided((2,), (1,))
    assert u._base is y
    write(y, v, u)
    np.testing.assert_allclose(gradients(u.sum() + (y * weights).sum(), x)[0], expected)
    check(u, y.detach().numpy()[0])


def test_as_strided_of_a_view_loses_what_is_not_the_views_until_a_write(m):
    """What as_strided reads beside its tensor is no result of that tensor; after a write it is read from the base."""
    x = grid(m, 2, 2)
    y = x * 1
    np.testing.assert_allclose(gradients(y.diagonal().as_strided((2,), (1,)), x)[0], [[1, 0], [0, 0]])


def test_as_strided_of_a_view_that_it_shares_no_element_with(m):
    x = grid(m, 3)
    y = x * 1
    u = y[:1].as_strided((2,), (1,), 1)
    assert u._base is y
    u.mul_(3)
    check(y, [1, 4.5, 6])
    np.testing.assert_allclose(gradients(y, x)[0], [1, 3, 3])
    np.testing.assert_allclose(gradients(u, x)[0], [0, 3, 3])


def test_as_strided_into_the_gaps_between_the_elements_of_the_base():
    """The base has every second element of the memory: what is written between them is none of its gradient."""
    w = autograd.ones(4, dtype=autograd.float64, requires_grad=True)
    memory = autograd.zeros(8, dtype=autograd.float64)
    y = memory[2::2].detach()
    u = y.as_strided((4,), (1,), 1)
    u.mul_(0).add_(w)
    assert memory.tolist() == [0, 1, 1, 1, 1, 0, 0, 0]
    assert y.tolist() == [1, 1, 0]
    np.testing.assert_allclose(gradients(y * autograd.tensor([1.0, 2.0, 3.0]), w)[0], [0, 1, 0, 2])
    np.testing.assert_allclose(gradients(u, w)[0], [0, 1, 0, 1])


def test_as_strided_in_place_on_a_view(m):
    x = grid(m, 2, 2)
    y = x * 1
    v = y.diagonal()
    v.as_strided_((2,), (1,))
    y.mul_(2)
    check(v, [2, 3])
    np.testing.assert_allclose(gradients(v, x)[0], [[2, 2], [0, 0]])


# ---- orders of events


def test_views_from_before_and_after_a_write(m):
    x = grid(m, 4)
    y = x * 1
    a = y[:2]
    y.mul_(2)
    b = y[:2]
    a.mul_(3)
    check(a, [6, 9])
    check(b, [6, 9])
    np.testing.assert_allclose(gradients(a * a + b, x)[0], [2 * 6 * 6 + 6, 2 * 9 * 6 + 6, 0, 0])


def test_two_views_that_overlap(m):
    x = grid(m, 4)
    y = x * 1
    a, b = y[:3], y[1:]
    a.mul_(2)
    b.mul_(3)
    check(y, [2, 9, 12, 7.5])
    np.testing.assert_allclose(gradients(y + 0 * a.sum(), x)[0], [2, 6, 6, 3])
    np.testing.assert_allclose(gradients(a.sum() + b.sum() * 10, x)[0], [2, 66, 66, 30])


def test_a_view_of_a_view_of_a_written_view(m):
    x = grid(m, 4, 4)
    y = x * 1
    v = y[1:].t()[:2].unsqueeze(0)
    u = v[0, 1]
    v.mul_(3)
    u.add_(1)
    y[0] = 0
    base = numbers(4, 4)
    expected = base.copy()
    expected[0] = 0
    expected[1:, :2] *= 3
    expected[1:, 1] += 1
    check(y, expected)
    check(u, expected[1:, 1])
    slope = np.ones((4, 4))
    slope[0], slope[1:, :2] = 0, 3
    extra = np.zeros((4, 4))
    extra[1:, 1] = 3 * 1
    np.testing.assert_allclose(gradients((y * y).sum() + u.sum(), x)[0], 2 * expected * slope + extra)


def test_a_clone_from_before_a_write_keeps_the_value_from_before(m):
    x = grid(m, 3)
    y = x * 1
    v = y[:2]
    c = v.clone()
    v.mul_(2)
    check(c, [1, 1.5])
    np.testing.assert_allclose(gradients((c * c).sum() + v.sum(), x)[0], [4, 5, 0])


def test_a_base_that_begins_to_require_grad_after_the_view_was_made(m):
    x = grid(m, 3, requires_grad=False)
    v = x[:2]
    x.requires_grad_()
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        v.mul_(2)
    with m.no_grad():
        x.add_(1)
    assert v.requires_grad
    assert not v.is_leaf
    np.testing.assert_allclose(gradients(v * 3, x)[0], [3, 3, 0])


def test_a_view_that_is_a_leaf_itself(m):
    x = grid(m, 3, requires_grad=False)
    v = x[:2]
    v.requires_grad_()
    assert v.is_leaf
    assert not x.requires_grad
    for write in (lambda: v.mul_(2), lambda: v[:1].mul_(2)):
        with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
            write()
    np.testing.assert_allclose(gradients(v * 3, v)[0], [3, 3])


def test_a_base_that_is_not_in_row_order(m):
    """A transposed result is the base: its elements are where they were, and so are those of its views."""
    x = grid(m, 2, 3)
    y = x.t() * 2
    y[0].add_(1)
    y.t()[1].mul_(5)
    z = (x.t() * 2).exp()
    z[0].zero_()
    expected = 2 * numbers(2, 3).T
    expected[0] += 1
    expected[:, 1] *= 5
    check(y, expected)
    slope = np.full((3, 2), 2.0)
    slope[:, 1] *= 5
    np.testing.assert_allclose(gradients(y * y, x)[0], (2 * expected * slope).T)
    check(z[0], [0, 0])


def test_writing_through_a_flat_view(m):
    x = grid(m, 2, 3)
    y = x * 1
    y.view(-1)[::2].add_(1)
    y.flatten()[1].mul_(3)
    expected = numbers(2, 3) + np.array([[1, 0, 1], [0, 1, 0]])
    expected[0, 1] *= 3
    check(y, expected)
    np.testing.assert_allclose(gradients(y, x)[0], [[1, 3, 1], [1, 1, 1]])


def test_reshape_copies_where_no_view_is_possible(m):
    x = grid(m, 2, 3)
    y = x * 1
    copy = y.t().reshape(-1)
    assert not copy._is_view()
    copy.zero_()
    check(y, numbers(2, 3))
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        y.t().view(-1)


def test_complex_parts(m):
    x = m.tensor([1 + 2j, 3 - 1j], dtype=m.complex128, requires_grad=True)
    y = x * 1
    y.real.mul_(2)
    y.imag[0] = 5
    check(y, [2 + 5j, 6 - 1j])
    out = (m.view_as_real(y) ** 2).sum()
    out.backward()
    np.testing.assert_allclose(x.grad.numpy(), [2 * 2 * 2 + 0j, 2 * 6 * 2 - 2j])


PARTS = {
    "real": (lambda m, y: y.real.mul_(3), 15 + 7j),
    "imag": (lambda m, y: y.imag.mul_(3), 5 + 21j),
    "both": (lambda m, y: m.view_as_real(y).mul_(3), 15 + 21j),
    "one of both": (lambda m, y: m.view_as_real(y)[:, 1].mul_(3), 5 + 21j),
    "as_strided": (lambda m, y: m.view_as_real(y).as_strided((2,), (2,), 1).mul_(3), 5 + 21j),
    "whole": (lambda m, y: y[:].mul_(3j), 21 - 15j),
}


@pytest.mark.parametrize("name", PARTS)
def test_writing_to_parts_of_complex_numbers(m, name):
    write, expected = PARTS[name]
    x = m.tensor([1 + 2j, 3 - 1j], dtype=m.complex128, requires_grad=True)
    y = x * 1
    write(m, y)
    weights = m.tensor([5.0, 7.0], dtype=m.float64)
    (g,) = m.autograd.grad((m.view_as_real(y) * weights).sum(), x, create_graph=True)
    np.testing.assert_allclose(g.detach().resolve_conj().numpy(), [expected] * 2)


def test_in_place_changes_of_shape(m):
    x = grid(m, 1, 3)
    y = x * 1
    v = y[0]
    y.squeeze_(0).unsqueeze_(1)
    y.t_()
    y.mul_(2)
    assert tuple(y.shape) == (1, 3)
    check(v, [2, 3, 4])
    np.testing.assert_allclose(gradients((v * v).sum() + y.sum(), x)[0], [[10, 14, 18]])


# ---- what is refused


def test_expanded_views_are_not_written_to(m):
    x = grid(m, 1, 2)
    y = x * 1
    e = y.expand(3, 2)
    with pytest.raises(RuntimeError, match="single memory location"):
        e.mul_(2)
    y.mul_(2)
    check(e, [[2, 3]] * 3)
    np.testing.assert_allclose(gradients(e * e, x)[0], [[24, 36]])


SEVERAL = {
    "unbind": lambda y: y.unbind(0),
    "split": lambda y: y.split(1),
    "split sizes": lambda y: y.split([1, 1]),
    "chunk": lambda y: y.chunk(2),
    "iteration": lambda y: tuple(y),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_one_of_several_views_is_not_written_to(m, name):
    y = grid(m, 2, 2) * 1
    first = SEVERAL[name](y)[0]
    for write in (lambda: first.mul_(2), lambda: first[:1].mul_(2)):
        with pytest.raises(RuntimeError, match=r"several views|multiple views"):
            write()
    check(y, numbers(2, 2))
    y.mul_(2)
    with pytest.raises(RuntimeError, match="base or another view of its base has been modified inplace"):
        _ = first * 1


@pytest.mark.parametrize("name", SEVERAL)
def test_one_of_several_views_may_be_written_to_where_nothing_is_recorded(m, name):
    y = grid(m, 2, 2, requires_grad=False)
    SEVERAL[name](y)[0].mul_(10)
    assert y[0, 0].item() == 10
    assert y[1, 1].item() == 2.5
    first = SEVERAL[name](y)[0]
    y.add_(1)
    assert (first * 1).reshape(-1)[0].item() == 11


def test_views_made_in_no_grad_mode(m):
    y = grid(m, 3) * 1
    with m.no_grad():
        v = y[:2]
    assert v.requires_grad == (m is not autograd)  # PyTorch's claims to, without effect
    for write in (lambda: v.mul_(2), lambda: v[:1].mul_(2)):
        with pytest.raises(RuntimeError, match="created in no_grad mode and is being modified inplace"):
            write()
    y.mul_(2)
    with pytest.raises(RuntimeError, match="created in no_grad mode and its base or another view"):
        _ = v * 1
    with m.no_grad():
        check(v * 1, [2, 3])
        v.add_(1)
    check(y, [3, 4, 4])
    assert "grad_fn=<Invalid>" in repr(v)
    assert "3." in repr(v)
    check(v.detach(), [3, 4])


def test_views_made_in_no_grad_mode_of_leaves(m):
    x = grid(m, 3)
    with m.no_grad():
        v = x[:2]
        v.mul_(2)
    check(x, [2, 3, 2])
    with pytest.raises(RuntimeError, match=r"leaf Variable|no_grad mode"):
        v.mul_(2)


def test_views_made_in_no_grad_mode_of_plain_tensors(m):
    x, w = grid(m, 3, requires_grad=False), grid(m, 2)
    with m.no_grad():
        v = x[:2]
    v.mul_(2)
    check(x, [2, 3, 2])
    with pytest.raises(RuntimeError, match="no_grad mode and is being modified inplace"):
        v.mul_(w)


def test_views_made_in_inference_mode(m):
    y = grid(m, 3) * 1
    with m.inference_mode():
        v = y[:2]
    with pytest.raises(RuntimeError, match="created in inference mode and is being modified inplace"):
        v.mul_(2)
    with m.inference_mode():
        v.mul_(2)
    check(y, [2, 3, 2])


def test_a_stale_view_is_not_copied_from_either(m):
    y, z = grid(m, 2, 2) * 1, grid(m, 2) * 1
    row = y.unbind(0)[0]
    y.mul_(2)
    for write in (lambda: z.copy_(row), lambda: z.__setitem__(slice(None), row), lambda: z.add_(row)):
        with pytest.raises(RuntimeError, match="has been modified inplace"):
            write()


# ---- saved values


def test_a_write_through_any_view_is_noticed(m):
    for write in (lambda y: y[0].zero_(), lambda y: y.t()[1:].add_(1), lambda y: y.detach().view(-1)[3:].zero_()):
        x = grid(m, 2, 3)
        y = x * 1
        z = y[1].sin()
        write(y)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            z.sum().backward()


def test_hooks_on_the_base(m):
    x, seen = grid(m, 3), []
    y = x * 1
    y.register_hook(lambda g: seen.append(("before", g.tolist())))
    v = y[:2]
    v.mul_(3)
    y.register_hook(lambda g: seen.append(("after", g.tolist())))
    v.register_hook(lambda g: seen.append(("view", g.tolist())))
    (y * 2).sum().backward(retain_graph=True)
    assert seen == [("after", [2, 2, 2]), ("before", [6, 6, 2])]
    seen.clear()
    (v * 2).sum().backward()
    assert ("view", [2, 2]) in seen
    assert ("before", [6, 6, 0]) in seen


def test_the_node_of_a_written_base(m):
    y = grid(m, 3) * 1
    y[:2].mul_(3)
    assert "CopySlices" in y.grad_fn.name()


def test_dropping_everything_frees_it_without_the_garbage_collector():
    gc.disable()
    try:
        y = grid(autograd, 3) * 1
        v = y[:2]
        v.mul_(2)
        y.exp_()
        z = (v[0] * y).sum()
        references = [weakref.ref(t) for t in (y, v, z, z.grad_fn)]
        del y, v, z
        assert all(reference() is None for reference in references)
    finally:
        gc.enable()


def test_a_long_loop_of_writes():
    x = autograd.ones(2, requires_grad=True)
    y = x * 1
    for _ in range(3_000):
        y[0] += 1
    y[0].backward()
    assert y.tolist() == [3001, 1]
    assert x.grad.tolist() == [1, 0]


# ---- results that have an order in memory of their own

ORDERED = {
    "softmax": lambda x: x.softmax(-1),
    "log_softmax": lambda x: x.log_softmax(1),
    "sum": lambda x: x.sum(0),
    "mean": lambda x: x.mean(0, keepdim=True),
    "prod": lambda x: x.prod(0),
    "amax": lambda x: x.amax(0),
    "amin": lambda x: x.amin(0),
    "argmax": lambda x: x.argmax(0),
    "var": lambda x: x.var(0),
    "std": lambda x: x.std(0, keepdim=True),
    "norm": lambda x: x.norm(dim=0),
    "logsumexp": lambda x: x.logsumexp(0),
    "any": lambda x: x.any(0),
    "all": lambda x: x.all(0),
    "count_nonzero": lambda x: x.count_nonzero(0),
    "cumsum": lambda x: x.cumsum(1),
    "cumprod": lambda x: x.cumprod(1),
    "logcumsumexp": lambda x: x.logcumsumexp(1),
    "cummax": lambda x: x.cummax(1).indices,
    "cummin": lambda x: x.cummin(1).indices,
    "masked_fill": lambda x: x.masked_fill(x > 3, 0.0),
    "tril": lambda x: x.tril(),
    "triu": lambda x: x.triu(),
    "roll": lambda x: x.roll(1, 1),
    "index_select": lambda x: x.index_select(1, autograd.tensor([2, 0])),
    "index": lambda x: x[:, [2, 0]],
    "index by a mask": lambda x: x[:, [True, False, True]],
    "topk": lambda x: x.topk(2, 1).indices,
    "stack": lambda x: autograd.stack([x, x]),
    "cat": lambda x: autograd.cat([x, x], 1),
}


@pytest.mark.parametrize("call", ORDERED.values(), ids=ORDERED)
def test_results_of_transposed_operands_are_contiguous(call):
    numbers = np.arange(120.0).reshape(2, 4, 3, 5)
    out = call(autograd.tensor(numbers).transpose(1, 2))
    assert out.is_contiguous()
    flat = out.flatten()
    np.testing.assert_array_equal(flat, call(autograd.tensor(numbers.swapaxes(1, 2).copy())).reshape(-1))
    flat.zero_()
    assert not out.any()


def test_elementwise_results_keep_the_order_of_their_operand(m):
    x = m.ones(2, 4, 3).transpose(1, 2)
    results = [x * 2, x.exp(), x.double(), x.nan_to_num(), x.flip(1), x.clone()]
    assert all(out.stride() == x.stride() for out in results)


def test_copies_of_an_expanded_tensor_are_contiguous(m):
    x = m.ones(4, 1).t().expand(3, 4).t()  # its fastest axis has a step of zero
    for out in (x.double(), x.bool(), x.nan_to_num(), x.flip(0), x.clone(), m.rot90(m.ones(2, 3).t())):
        assert out.is_contiguous()


def test_a_contraction_lies_in_memory_as_the_output_is_written(m):
    a, b = m.ones(3, 4), m.ones(5, 4)
    for equation in ("ij,kj->ik", "ij,kj->ki"):
        assert m.einsum(equation, a, b).is_contiguous()
    assert m.einsum("bij,bkj->bki", m.ones(2, 3, 4), m.ones(2, 5, 4)).is_contiguous()
