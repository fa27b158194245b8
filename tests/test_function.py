"""`Function`: forward, backward and all that `ctx` offers. Most tests run on PyTorch, too, where it is installed."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import autograd
from autograd.autograd import Function
from autograd.autograd.function import FunctionCtx, once_differentiable


def make(m, forward, backward=None, name="MyFn", **more):
    """A Function of the module under test, made of plain functions."""
    more = {key: staticmethod(value) for key, value in more.items()}
    if backward is not None:
        more["backward"] = staticmethod(backward)
    return type(name, (m.autograd.Function,), {"forward": staticmethod(forward), **more})


def leaf(m, values=(1.0, 2.0), dtype="float64"):
    return m.tensor(list(values), dtype=getattr(m, dtype), requires_grad=True)


def same(tensor, values):
    np.testing.assert_allclose(tensor.detach().numpy(), values)
    return True


def double_backward_cube(m):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x * x

    return make(m, forward, backward, "Cube")


# ---- the context


def test_gradient_reaches_the_leaf(m):
    x = leaf(m)
    y = double_backward_cube(m).apply(x)
    y.sum().backward()
    assert same(y, [1, 8])
    assert same(x.grad, [3, 12])
    assert y.grad_fn.name() == "CubeBackward"
    assert y.grad_fn.next_functions[0][0].name().endswith("AccumulateGrad")


def test_derivatives_of_every_order_follow_from_a_differentiable_backward(m):
    x = leaf(m)
    y = double_backward_cube(m).apply(x).sum()
    for expected in ([3, 12], [6, 12], [6, 6]):
        (g,) = m.autograd.grad(y, x, create_graph=True)
        assert same(g, expected)
        y = g.sum()


def test_a_saved_output_keeps_its_place_in_the_graph(m):
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    x = leaf(m)
    y = make(m, forward, lambda ctx, g: g * ctx.saved_tensors[0]).apply(x)
    assert y.grad_fn.saved_tensors[0].grad_fn is y.grad_fn
    (g,) = m.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = m.autograd.grad(g.sum(), x)
    assert same(h, np.exp([1, 2]))


def test_a_saved_input_is_the_tensor_itself(m):
    seen = []

    def forward(ctx, x, y):
        ctx.save_for_backward(None, x, y)
        return x * y

    def backward(ctx, g):
        seen.extend(ctx.saved_tensors)
        return g * seen[2], g * seen[1]

    x, y = leaf(m), leaf(m) * 2
    make(m, forward, backward).apply(x, y).sum().backward()
    assert seen[0] is None
    assert seen[1] is x
    assert seen[2] is y


def test_saved_tensors_are_freed_by_a_backward_pass(m):
    x = leaf(m)
    y = double_backward_cube(m).apply(x)
    y.sum().backward(retain_graph=True)
    assert y.grad_fn.saved_tensors[0] is x
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()
    with pytest.raises(RuntimeError, match="already been freed"):
        _ = y.grad_fn.saved_tensors
    assert same(x.grad, [6, 24])


def test_without_saved_tensors_a_second_backward_is_fine(m):
    x = leaf(m)
    y = make(m, lambda ctx, x: x + 0, lambda ctx, g: g).apply(x)
    y.backward(m.ones_like(y))
    y.backward(m.ones_like(y))
    assert same(x.grad, [2, 2])


@pytest.mark.parametrize("which", ["input", "output"])
def test_an_overwritten_saved_tensor_is_an_error(m, which):
    def forward(ctx, x):
        y = x * 3
        ctx.save_for_backward(x if which == "input" else y)
        return y

    x = leaf(m) * 1
    y = make(m, forward, lambda ctx, g: g * ctx.saved_tensors[0]).apply(x)
    (x if which == "input" else y).mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_the_overwriting_operation_and_the_function_are_named():
    x = leaf(autograd) * 1
    y = double_backward_cube(autograd).apply(x)
    x.mul_(2)
    with pytest.raises(
        RuntimeError, match=r"CubeBackward saved a tensor \[2\] \(saved_tensors\[0\]\), and mul_ overwrote"
    ):
        y.sum().backward()


def test_writing_to_the_input_within_forward_is_no_overwriting(m):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    x = leaf(m)
    y = x * 1
    make(m, forward, lambda ctx, g: 2 * g + 0 * ctx.saved_tensors[0]).apply(y)
    y.sum().backward()
    assert same(x.grad, [2, 2])


def test_save_for_backward_takes_tensors_only(m):
    with pytest.raises(TypeError, match="save_for_backward can only save variables, but argument 0 is of type int"):
        make(m, lambda ctx, x: ctx.save_for_backward(1) or x * 2, lambda ctx, g: g).apply(leaf(m))


def test_inference_tensors_cannot_be_saved(m):
    with m.inference_mode():
        constant = m.ones(2, dtype=m.float64)

    def forward(ctx, x, c):
        ctx.save_for_backward(c)
        return x * c

    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        make(m, forward, lambda ctx, g: (g, None)).apply(leaf(m), constant)


def test_attributes_of_the_context(m):
    """Any name goes, also those that a node uses itself."""

    def forward(ctx, x, power):
        ctx.power, ctx.shape, ctx.dtype, ctx.edges, ctx.extras, ctx.sequence = power, (7,), "any", 1, 2, 3
        ctx.save_for_backward(x)
        return x**power

    def backward(ctx, g):
        assert (ctx.shape, ctx.dtype, ctx.edges, ctx.extras, ctx.sequence) == ((7,), "any", 1, 2, 3)
        return g * ctx.power * ctx.saved_tensors[0] ** (ctx.power - 1), None

    x = leaf(m)
    y = make(m, forward, backward).apply(x, 2)
    y.sum().backward()
    assert same(x.grad, [2, 4])
    assert y.grad_fn.power == 2
    with pytest.raises(AttributeError):
        _ = y.grad_fn.something_else


def test_needs_input_grad(m):
    seen = []

    def backward(ctx, g):
        seen.append(ctx.needs_input_grad)
        return g, g, None

    fn = make(m, lambda ctx, x, y, z: x * 2 + y, backward)
    x, y = leaf(m), leaf(m)
    fn.apply(x, y.detach(), 5).sum().backward()
    fn.apply(x, y, "text").sum().backward()
    assert seen == [(True, False, False), (True, True, False)]
    assert same(x.grad, [2, 2])
    assert same(y.grad, [1, 1])


def test_forward_is_not_recorded(m):
    modes = []
    fn = make(
        m,
        lambda ctx, x: modes.append(m.is_grad_enabled()) or x * 2,
        lambda ctx, g: modes.append(m.is_grad_enabled()) or g,
    )
    fn.apply(leaf(m)).sum().backward()
    fn.apply(leaf(m)).sum().backward(create_graph=False)
    m.autograd.grad(fn.apply(leaf(m) * 1).sum(), leaf(m), create_graph=True, allow_unused=True)
    assert modes[:4] == [False, False, False, False]


def test_backward_records_under_create_graph(m):
    modes = []
    x = leaf(m)
    fn = make(m, lambda ctx, x: x * 2, lambda ctx, g: modes.append(m.is_grad_enabled()) or g * 2)
    m.autograd.grad(fn.apply(x).sum(), x, create_graph=True)
    assert modes == [True]


def test_nothing_is_recorded_without_need(m):
    fn = double_backward_cube(m)
    with m.no_grad():
        y = fn.apply(leaf(m))
    assert not y.requires_grad
    assert y.grad_fn is None
    assert not fn.apply(leaf(m).detach()).requires_grad


# ---- several outputs


def test_several_outputs(m):
    x = leaf(m)
    a, b = make(m, lambda ctx, x: (x * 2, x * 3), lambda ctx, g, h: 2 * g + 3 * h).apply(x)
    assert (a.output_nr, b.output_nr) == (0, 1)
    assert a.grad_fn is b.grad_fn
    (a.sum() + 10 * b.sum()).backward()
    assert same(x.grad, [32, 32])


def test_missing_gradients_are_zeros_or_none(m):
    seen = []

    def outputs(materialize):
        def forward(ctx, x):
            ctx.set_materialize_grads(materialize)
            return x * 2, x[:1] * 3

        def backward(ctx, g, h):
            seen.append(h)
            return g

        return make(m, forward, backward).apply(leaf(m))

    outputs(True)[0].sum().backward()
    outputs(False)[0].sum().backward()
    assert same(seen[0], [0])
    assert seen[1] is None


def test_outputs_that_are_not_differentiable(m):
    def forward(ctx, x):
        mask, twice = x > 1, x * 2
        ctx.mark_non_differentiable(twice)
        return x * 3, mask, twice, 7

    x = leaf(m)
    y, mask, twice, number = make(m, forward, lambda ctx, g, *others: 3 * g + sum(o.sum() for o in others[:2])).apply(x)
    assert number == 7
    assert y.requires_grad
    assert not mask.requires_grad
    assert not twice.requires_grad
    assert mask.dtype == m.bool
    y.sum().backward()
    assert same(x.grad, [3, 3])


def test_a_list_is_not_several_outputs(m):
    (y,) = make(m, lambda ctx, x: [x * 2], lambda ctx, g: g).apply(leaf(m))
    assert not y.requires_grad


def test_an_output_returned_twice(m):
    def forward(ctx, x):
        y = x * 2
        return y, y

    x = leaf(m)
    a, b = make(m, forward, lambda ctx, g, h: 2 * (g + h)).apply(x)
    (a + b).sum().backward()
    assert same(x.grad, [4, 4])


# ---- what backward may return


@pytest.mark.parametrize(
    "gradients, message",
    [
        (lambda g: g, r"incorrect number of gradients \(expected 2, got 1\)"),
        (lambda g: (g, g, g), r"incorrect number of gradients \(expected 2, got 3\)"),
        (lambda g: [g, g], r"incorrect number of gradients \(expected 2, got 1\)"),
        (lambda g: (g, 2.0), r"expected Variable or None \(got float\)"),
        (lambda g: (g[:1], None), r"invalid gradient at index 0 - got \[1\] but expected shape compatible with \[2\]"),
        (lambda g: (None, g.sum()), r"invalid gradient at index 1 - got \[\] but expected shape compatible with \[2\]"),
    ],
)
def test_wrong_gradients(m, gradients, message):
    y = make(m, lambda ctx, x, y: x * y, lambda ctx, g: gradients(g)).apply(leaf(m), leaf(m))
    with pytest.raises(RuntimeError, match=message):
        y.sum().backward()


def test_a_gradient_for_something_else_than_a_tensor(m):
    y = make(m, lambda ctx, x, k: x * k, lambda ctx, g: (g, g)).apply(leaf(m), 2)
    with pytest.raises(RuntimeError, match="different than None at position 2"):
        y.sum().backward()


def test_further_nones_are_dropped(m):
    x = leaf(m)
    make(m, lambda ctx, x: x * 2, lambda ctx, g: (2 * g, None, None)).apply(x).sum().backward()
    assert same(x.grad, [2, 2])


@pytest.mark.parametrize("shape", [(2, 2), (1, 2), (5, 2), (3, 1, 2)])
def test_a_larger_gradient_is_summed_to_the_argument(m, shape):
    x = leaf(m)
    make(m, lambda ctx, x: x * 2, lambda ctx, g: m.ones(*shape)).apply(x).sum().backward()
    assert same(x.grad, np.ones(shape).reshape(-1, 2).sum(0))


@pytest.mark.parametrize("dtype", ["float32", "float16", "int64", "bool"])
def test_a_gradient_takes_the_dtype_of_its_argument(m, dtype):
    x = leaf(m)
    make(m, lambda ctx, x: x * 2, lambda ctx, g: m.ones(2, dtype=getattr(m, dtype))).apply(x).sum().backward()
    assert x.grad.dtype == m.float64


def test_a_gradient_that_does_not_broadcast_is_refused(m):
    y = make(m, lambda ctx, x: x * 2, lambda ctx, g: m.ones(3)).apply(leaf(m))
    with pytest.raises(RuntimeError, match=r"invalid gradient at index 0 - got \[3\] but expected shape"):
        y.sum().backward()


def test_a_complex_gradient_of_a_real_argument_is_refused(m):
    y = make(m, lambda ctx, x: x * 2, lambda ctx, g: m.ones(2, dtype=m.complex128)).apply(leaf(m))
    with pytest.raises(RuntimeError):
        y.sum().backward()


def test_no_gradient_at_all(m):
    x = leaf(m)
    make(m, lambda ctx, x: x * 2, lambda ctx, g: None).apply(x).sum().backward()
    assert x.grad is None


def test_a_returned_gradient_is_not_shared(m):
    """Two leaves that get the same tensor as gradient do not share its memory."""
    x, y = leaf(m), leaf(m)
    make(m, lambda ctx, x, y: x + y, lambda ctx, g: (g, g)).apply(x, y).sum().backward()
    x.grad.zero_()
    assert same(y.grad, [1, 1])


# ---- inputs as outputs, in place


def test_an_input_returned_as_it_is_becomes_a_view_with_a_gradient_of_its_own(m):
    x = leaf(m)
    y = make(m, lambda ctx, x: x, lambda ctx, g: 5 * g).apply(x)
    assert y is not x
    assert y._base is x
    assert y.data_ptr() == x.data_ptr()
    y.sum().backward()
    assert same(x.grad, [5, 5])


@pytest.mark.parametrize("forward", [lambda ctx, x: x, lambda ctx, x: x[:1], lambda ctx, x: (x * 2)[:1]])
def test_views_made_by_a_function_cannot_be_written_to(m, forward):
    y = make(m, forward, lambda ctx, g: g.expand(2)).apply(leaf(m) * 1)
    with pytest.raises(RuntimeError, match="custom Function"):
        y.mul_(2)


def test_views_made_by_a_function_cannot_be_used_after_their_base_was_written_to(m):
    x = leaf(m) * 1
    y = make(m, lambda ctx, x: x, lambda ctx, g: 5 * g).apply(x)
    x.mul_(2)
    with pytest.raises(RuntimeError, match="custom Function"):
        _ = y * 1


def double_in_place(m, forward=None):
    def default(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    return make(m, forward or default, lambda ctx, *g: 2 * g[0])


def test_a_dirty_input_is_returned_itself_with_a_new_history(m):
    x = leaf(m)
    y = x * 3
    before = y._version
    z = double_in_place(m).apply(y)
    assert z is y
    assert y._version == before + 2
    assert y.grad_fn.name() == "MyFnBackward"
    y.sum().backward()
    assert same(x.grad, [6, 6])


def test_a_dirty_view_changes_its_base(m):
    x = leaf(m)
    y = x * 3
    double_in_place(m).apply(y[:1])
    (y * y).sum().backward()
    assert same(y, [6, 6])
    assert same(x.grad, [72, 36])


def test_a_dirty_input_of_a_plain_tensor(m):
    y = m.ones(2)
    z = double_in_place(m).apply(y)
    assert z is y
    assert same(y, [2, 2])
    assert not z.requires_grad


def test_leaves_must_not_be_dirty(m):
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        double_in_place(m).apply(leaf(m))
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        double_in_place(m).apply(leaf(m)[:1])


def test_dirty_inputs_must_be_returned(m):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x * 1

    with pytest.raises(RuntimeError, match="must all be outputs of the Function"):
        double_in_place(m, forward).apply(leaf(m) * 1)


def test_a_dirty_view_must_be_the_only_output(m):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x, x * 2

    with pytest.raises(RuntimeError, match="more than one Tensor"):
        double_in_place(m, forward).apply((leaf(m) * 1)[:1])


@pytest.mark.parametrize("mark", ["mark_dirty", "mark_non_differentiable"])
def test_marks_take_tensors_only(m, mark):
    with pytest.raises(RuntimeError, match="accept"):
        double_in_place(m, lambda ctx, x: getattr(ctx, mark)(3) or x * 2).apply(leaf(m))


# ---- the other form, with setup_context


def separate(m, forward=lambda x, power=2: x**power, seen=None):
    def setup_context(ctx, inputs, output):
        if seen is not None:
            seen.extend([inputs[1:], m.is_grad_enabled()])
        ctx.power = inputs[1]
        ctx.save_for_backward(inputs[0], output)

    def backward(ctx, g):
        x, _ = ctx.saved_tensors
        return g * ctx.power * x ** (ctx.power - 1), None

    return make(m, forward, backward, setup_context=setup_context)


def test_setup_context(m):
    x, seen = leaf(m), []
    separate(m, seen=seen).apply(x, 3).sum().backward()
    separate(m, seen=seen).apply(x).sum().backward()
    separate(m, seen=seen).apply(x, power=1).sum().backward()
    assert same(x.grad, [3 + 2 + 1, 12 + 4 + 1])
    assert seen == [(3,), False, (2,), False, (1,), False]


def test_setup_context_must_not_save_an_input_that_is_returned(m):
    with pytest.raises(RuntimeError, match="returned as-is as output is being saved"):
        separate(m, lambda x, power=2: x).apply(leaf(m))


def test_keyword_arguments_belong_to_their_positions(m):
    x, y = leaf(m), leaf(m)
    make(m, lambda ctx, a, b: a * b, lambda ctx, g: (g, 2 * g)).apply(x, b=y).sum().backward()
    assert same(x.grad, [1, 1])
    assert same(y.grad, [2, 2])


# ---- misuse


def test_once_differentiable(m):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    x = leaf(m)
    backward = m.autograd.function.once_differentiable(lambda ctx, g: 2 * g * ctx.saved_tensors[0])
    fn = make(m, forward, backward)
    (g,) = m.autograd.grad((fn.apply(x) ** 2).sum(), x, create_graph=True)
    assert same(g, [4, 32])
    assert g.requires_grad
    with pytest.raises(RuntimeError, match="once_differentiable"):
        g.sum().backward()
    fn.apply(x).sum().backward()
    assert same(x.grad, [2, 4])


def test_once_differentiable_with_several_gradients():
    x, y = leaf(autograd), leaf(autograd)
    fn = make(autograd, lambda ctx, x, k, y: x + y, once_differentiable(lambda ctx, g: (g * 2, None, g * 3)))
    g, h = autograd.autograd.grad((fn.apply(x, 1, y) ** 2).sum(), (x, y), create_graph=True)
    assert same(g, [8, 16])
    assert same(h, [12, 24])
    with pytest.raises(RuntimeError, match="twice"):
        autograd.autograd.grad(g.sum(), x)


def test_what_is_not_implemented(m):
    with pytest.raises(NotImplementedError, match="forward function"):
        type("Nothing", (m.autograd.Function,), {}).apply(leaf(m))
    with pytest.raises(NotImplementedError, match="either the backward or vjp"):
        make(m, lambda ctx, x: x * 2).apply(leaf(m)).sum().backward()


def test_vjp_is_another_name_for_backward(m):
    x = leaf(m)
    make(m, lambda ctx, x: x * 2, vjp=lambda ctx, g: 2 * g).apply(x).sum().backward()
    assert same(x.grad, [2, 2])
    with pytest.raises(RuntimeError, match="only implement one"):
        make(m, lambda ctx, x: x * 2, lambda ctx, g: g, vjp=lambda ctx, g: g).apply(x).sum().backward()


def test_functions_are_not_instantiated():
    with pytest.raises(RuntimeError, match=r"MyFn\.apply"):
        make(autograd, lambda ctx, x: x)()
    with pytest.raises(NotImplementedError, match="setup_context"):
        Function.setup_context(FunctionCtx(), (), None)


def test_an_error_in_backward_passes_through(m):
    def backward(ctx, g):
        raise KeyError("mine")

    y = make(m, lambda ctx, x: x * 2, backward).apply(leaf(m))
    with pytest.raises(KeyError, match="mine"):
        y.sum().backward()


# ---- in the graph


def test_hooks_and_retained_gradients(m):
    x, seen = leaf(m), []
    y = double_backward_cube(m).apply(x)
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append((inputs[0].tolist(), outputs[0].tolist())))
    y.sum().backward()
    assert same(y.grad, [10, 10])
    assert same(x.grad, [30, 120])
    assert seen == [([30.0, 120.0], [10.0, 10.0])]


def test_only_chosen_inputs(m):
    x, y = leaf(m), leaf(m)
    z = make(m, lambda ctx, x, y: x + y, lambda ctx, g: (2 * g, 3 * g)).apply(x * 1, y * 1)
    (g,) = m.autograd.grad(z.sum(), y)
    assert same(g, [3, 3])


def test_a_tensor_from_elsewhere_as_output_keeps_its_own_history():
    w = leaf(autograd)
    y = make(autograd, lambda ctx, x: w, lambda ctx, g: g).apply(leaf(autograd))
    assert w.is_leaf
    assert y is not w
    assert y.grad_fn.name() == "MyFnBackward"
    with autograd.no_grad():
        assert not make(autograd, lambda ctx, x: w).apply(leaf(autograd)).requires_grad


def test_dropping_the_result_frees_everything_without_the_garbage_collector():
    class Kept:
        pass

    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(x, y)
        ctx.kept = Kept()
        references.append(weakref.ref(ctx.kept))
        return y, y * 2

    references: list = []
    fn = make(autograd, forward, lambda ctx, g, h: g)
    gc.disable()
    try:
        y, z = fn.apply(leaf(autograd))
        references.append(weakref.ref(y.grad_fn))
        assert all(reference() is not None for reference in references)
        del y, z
        assert all(reference() is None for reference in references)
    finally:
        gc.enable()


def test_a_long_chain_runs_and_is_freed_without_recursion():
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x + 1

    fn = make(autograd, forward, lambda ctx, g: g)
    x = autograd.zeros(1, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = fn.apply(y)
    y.backward()
    assert same(x.grad, [1])
    del y


def test_variables_are_tensors(m):
    x = m.ones(2)
    y = m.autograd.Variable(x, requires_grad=True)
    assert isinstance(x, m.autograd.Variable)
    assert not isinstance(3, m.autograd.Variable)
    assert y.requires_grad
    assert y.data_ptr() == x.data_ptr()


def test_the_namespace_can_be_imported_from():
    from autograd.autograd.anomaly_mode import detect_anomaly
    from autograd.autograd.function import Function as same
    from autograd.autograd.grad_mode import no_grad
    from autograd.autograd.gradcheck import GradcheckError
    from autograd.autograd.graph import Node

    assert same is Function
    assert no_grad is autograd.no_grad
    assert issubclass(GradcheckError, RuntimeError)
    assert detect_anomaly is autograd.autograd.detect_anomaly
    x = leaf(autograd)
    assert isinstance((x * 2).grad_fn, Node)
    assert all(hasattr(autograd.autograd, name) for name in autograd.autograd.__all__)


def test_gradcheck_of_a_function(m):
    x = leaf(m, (0.3, -0.7))
    assert m.autograd.gradcheck(double_backward_cube(m).apply, (x,))
    assert m.autograd.gradgradcheck(double_backward_cube(m).apply, (x,))
