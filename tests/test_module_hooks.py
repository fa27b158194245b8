"""Hooks of modules, called before and after their forward and backward passes. On both packages."""

import pytest

import autograd
import nn

from .packages import lists, package


def scale(m):
    """A module with a parameter, whose forward takes positional and keyword arguments."""

    class Scale(package(m).Module):
        def __init__(self):
            super().__init__()
            self.factor = package(m).Parameter(m.tensor([3.0]))

        def forward(self, x, times=1.0):
            return x * self.factor * times

    return Scale()


# ---- forward hooks


def test_order_and_arguments_of_forward_hooks(m):
    module, log = scale(m), []

    def note(name, result=None):
        def hook(owner, *given):
            assert owner is module
            log.append((name, *map(lists, given)))
            return result

        return hook

    module.register_forward_pre_hook(note("pre"))
    module.register_forward_pre_hook(note("first"), prepend=True)
    module.register_forward_pre_hook(note("kwargs", ((m.tensor([2.0]),), {"times": 10.0})), with_kwargs=True)
    module.register_forward_pre_hook(note("one", m.tensor([5.0])))
    module.register_forward_hook(note("post"))
    module.register_forward_hook(note("changes", m.tensor([7.0])), prepend=True)
    module.register_forward_hook(note("with", None), with_kwargs=True)
    assert module(m.tensor([1.0]), times=2.0).tolist() == [7.0]
    assert log == [
        ("first", ([1.0],)),
        ("pre", ([1.0],)),
        ("kwargs", ([1.0],), {"times": 2.0}),
        ("one", ([2.0],)),
        ("changes", ([5.0],), [150.0]),
        ("post", ([5.0],), [7.0]),
        ("with", ([5.0],), {"times": 10.0}, [7.0]),
    ]


def test_handles_remove_their_hook_only(m):
    module, log = scale(m), []
    handles = [module.register_forward_hook(lambda *_, i=i: log.append(i)) for i in range(3)]
    with module.register_forward_pre_hook(lambda *_: log.append("with"), with_kwargs=True):
        module(m.ones(1))
    handles[1].remove()
    handles[1].remove()
    module(m.ones(1))
    assert log == ["with", 0, 1, 2, 0, 2]
    for handle in handles:
        handle.remove()
    module(m.ones(1))
    assert len(log) == 6
    assert not any((module._forward_hooks, module._forward_pre_hooks, module._forward_pre_hooks_with_kwargs))


def test_hooks_may_come_and_go_during_a_call(m):
    module, log = scale(m), []

    def once(*_):
        log.append("once")
        handle.remove()
        module.register_forward_hook(lambda *_: log.append("later"))

    handle = module.register_forward_pre_hook(once)
    module.register_forward_pre_hook(lambda *_: log.append("other"))
    module(m.ones(1))
    module(m.ones(1))
    assert log == ["once", "other", "later", "other", "later"]


def test_always_called_hooks_see_failures(m):
    module, log = scale(m), []
    module.register_forward_hook(lambda *_: log.append("usual"))
    module.register_forward_hook(lambda _, args, out: log.append((lists(args), out)), always_call=True)
    module.register_forward_hook(lambda _, args, kw, out: log.append(kw), always_call=True, with_kwargs=True)
    with pytest.raises(TypeError):
        module("text", times=2)
    assert log == [(("text",), None), {"times": 2}]
    log.clear()

    def failing(*_):
        raise KeyError("hook")

    module.register_forward_hook(failing, prepend=True, always_call=True)
    with pytest.raises(KeyError, match="hook"):
        module(m.ones(1))
    assert [type(entry) for entry in log] == [tuple, dict], "the failing hook is not called again"
    log.clear()
    with (
        pytest.warns(UserWarning, match=r"module forward hook with ``always_call=True`` raised"),
        pytest.raises(TypeError),
    ):
        module("text")
    assert len(log) == 2


def test_a_pre_hook_with_kwargs_returns_both(m):
    module = scale(m)
    module.register_forward_pre_hook(lambda module, args, kwargs: args, with_kwargs=True)
    with pytest.raises(RuntimeError, match="must return None or a tuple of"):
        module(m.ones(1))


def test_hooks_of_every_module_come_first(m):
    hooks = package(m).modules.module
    net, log = package(m).Sequential(package(m).ReLU(), package(m).Tanh()), []

    def note(name):
        return lambda module, *_: log.append((name, type(module).__name__))

    net[0].register_forward_pre_hook(note("own pre"), prepend=True)
    net[0].register_forward_hook(note("own"))
    handles = [
        hooks.register_module_forward_pre_hook(note("pre")),
        hooks.register_module_forward_hook(note("post")),
        hooks.register_module_forward_hook(note("kwargs"), with_kwargs=True),
    ]
    net(m.zeros(1))
    for handle in handles:
        handle.remove()
    expected = [("pre", "Sequential"), ("pre", "ReLU"), ("own pre", "ReLU"), ("post", "ReLU"), ("kwargs", "ReLU")]
    expected += [("own", "ReLU"), ("pre", "Tanh"), ("post", "Tanh"), ("kwargs", "Tanh")]
    assert log == [*expected, ("post", "Sequential"), ("kwargs", "Sequential")]
    log.clear()
    net(m.zeros(1))
    assert log == [("own pre", "ReLU"), ("own", "ReLU")]


def test_calls_are_quick_again_without_hooks():
    """The one thing a call looks at is False for a module without hooks, and after all have been removed."""
    module = nn.ReLU()
    with module.register_forward_hook(lambda *_: None):
        assert module._hooked
        assert not nn.Tanh()._hooked
    module(autograd.ones(1))
    assert not module._hooked
    with nn.modules.module.register_module_forward_hook(lambda *_: None):
        assert module._hooked
    module(autograd.ones(1))
    assert not module._hooked
    assert not nn.Module._hooked


def test_registration_hooks(m):
    hooks = package(m).modules.module
    log = []
    handles = [
        register(lambda module, name, value, kind=kind: log.append((kind, name, type(value).__name__)))
        for kind, register in {
            "parameter": hooks.register_module_parameter_registration_hook,
            "buffer": hooks.register_module_buffer_registration_hook,
            "module": hooks.register_module_module_registration_hook,
        }.items()
    ]
    try:
        module = package(m).Module()
        module.p = package(m).Parameter(m.ones(1))
        module.register_parameter("q", None)
        module.register_buffer("b", m.ones(1))
        module.register_buffer("n", None)
        module.b = m.zeros(1)
        module.c = package(m).ReLU()
        module.c = None
        module.add_module("d", package(m).Tanh())
    finally:
        for handle in handles:
            handle.remove()
    assert log == [
        ("parameter", "p", "Parameter"),
        ("buffer", "b", "Tensor"),
        ("buffer", "n", "NoneType"),
        ("buffer", "b", "Tensor"),
        ("module", "c", "ReLU"),
        ("module", "c", "NoneType"),
        ("module", "d", "Tanh"),
    ]
    other = package(m).Parameter(m.zeros(1))
    with hooks.register_module_parameter_registration_hook(lambda *_: other):
        module.r = package(m).Parameter(m.ones(1))
    assert module.r is other


# ---- backward hooks


def test_order_and_arguments_of_backward_hooks(m):
    module, log = scale(m), []

    def note(name, result=None):
        def hook(owner, *given):
            assert owner is module
            log.append((name, *map(lists, given)))
            return result

        return hook

    module.register_full_backward_hook(note("post"))
    module.register_full_backward_hook(note("changes", (m.tensor([100.0]),)), prepend=True)
    module.register_full_backward_pre_hook(note("pre"))
    module.register_full_backward_pre_hook(note("first", (m.tensor([2.0]),)), prepend=True)
    x = m.tensor([1.0], requires_grad=True)
    out = module(x * 1)
    assert out.grad_fn.name() == "BackwardHookFunctionBackward"
    out.sum().backward()
    assert log == [
        ("first", ([1.0],)),
        ("pre", ([2.0],)),
        ("changes", ([6.0],), ([2.0],)),
        ("post", ([100.0],), ([2.0],)),
    ]
    assert x.grad.tolist() == [100.0]
    assert module.factor.grad.tolist() == [2.0]


def several(m):
    class Several(package(m).Module):
        def forward(self, x, text, y, z=None):
            return x * 2, text, y * 3

    return Several()


@pytest.mark.parametrize("wanted", ["xy", "x", "y"])
@pytest.mark.parametrize("used", [(0,), (2,), (0, 2)])
def test_gradients_of_several_inputs_and_outputs(m, wanted, used):
    module, log = several(m), []
    module.register_full_backward_pre_hook(lambda _, out: log.append(lists(out)))
    module.register_full_backward_hook(lambda _, into, out: log.append((lists(into), lists(out))))
    x, y = m.ones(1, requires_grad="x" in wanted), m.ones(1, requires_grad="y" in wanted)
    outputs = module(x, "text", y)
    assert outputs[1] == "text"
    differentiable = [outputs[i] for i in used if outputs[i].requires_grad]
    if differentiable:
        sum(out.sum() for out in differentiable).backward()
        into = [2.0 * ("x" in wanted and 0 in used)], None, [3.0 * ("y" in wanted and 2 in used)]
        out = tuple([1.0] if i in used and outputs[i].requires_grad else None for i in (0, 1, 2))
        assert log == [out, (into, out)]
    assert bool(log) == bool(differentiable)


def test_backward_hooks_where_no_input_wants_a_gradient(m):
    module, log = scale(m), []
    handle = module.register_full_backward_hook(lambda _, into, out: log.append((into, lists(out))))
    with pytest.warns(UserWarning, match="no inputs require gradients"):
        module(m.ones(1)).sum().backward()
    assert log == [((None,), ([1.0],))]
    with m.no_grad():
        assert module(m.ones(1)).grad_fn is None
    assert len(log) == 1
    handle.remove()
    module.register_full_backward_hook(lambda *_: (m.ones(1),))
    with pytest.warns(UserWarning, match="no inputs"), pytest.raises(RuntimeError, match="should always return None"):
        module(m.ones(1)).sum().backward()


def test_misuse_of_backward_hooks(m):
    x = m.ones(1, requires_grad=True)
    for register, what in (
        ("register_full_backward_hook", "grad_input"),
        ("register_full_backward_pre_hook", "grad_output"),
    ):
        module = scale(m)
        getattr(module, register)(lambda *_: (None, None))
        with pytest.raises(RuntimeError, match=f"invalid number of {what}, got 2, but expected 1"):
            module(x).sum().backward()
    module = scale(m)
    module.register_full_backward_hook(lambda *_: None)
    with pytest.raises(RuntimeError, match="being modified inplace"):
        module(x).add_(1)
    module.forward = lambda x: {"out": x * 2}
    with pytest.warns(UserWarning, match="module output should be a Tensor or a tuple"):
        module(x)["out"].sum().backward()
    assert x.grad.tolist() == [2.0]


def test_backward_hooks_and_higher_derivatives(m):
    module, log = scale(m), []
    module.forward = lambda x: x**3
    module.register_full_backward_hook(lambda _, into, out: log.append(lists(into)))
    x = m.tensor([2.0], requires_grad=True)
    (first,) = m.autograd.grad(module(x).sum(), x, create_graph=True)
    (second,) = m.autograd.grad(first.sum(), x)
    assert (first.tolist(), second.tolist()) == ([12.0], [12.0])
    assert log[0] == ([12.0],)


def test_backward_hooks_of_every_module(m):
    hooks = package(m).modules.module
    net, log = package(m).Sequential(package(m).ReLU(), package(m).Tanh()), []
    net[1].register_full_backward_hook(lambda *_: log.append("own"))
    with (
        hooks.register_module_full_backward_hook(lambda module, *_: log.append(type(module).__name__)),
        hooks.register_module_full_backward_pre_hook(lambda module, _: log.append("pre " + type(module).__name__)),
    ):
        net(m.ones(1, requires_grad=True)).sum().backward()
    assert log == ["pre Sequential", "pre Tanh", "Tanh", "own", "pre ReLU", "ReLU", "Sequential"]


def test_named_tuples_pass_backward_hooks(m):
    from typing import NamedTuple

    class Pair(NamedTuple):
        a: object
        b: object

    module = scale(m)
    module.forward = lambda x: Pair(x, x * 2)
    module.register_full_backward_hook(lambda *_: None)
    x = m.ones(1, requires_grad=True)
    pair = module(x)
    assert type(pair) is Pair
    (pair.a + pair.b).sum().backward()
    assert x.grad.tolist() == [3.0]


def test_the_deprecated_backward_hook_names_its_successor():
    with pytest.raises(RuntimeError, match="register_full_backward_hook"):
        nn.ReLU().register_backward_hook(print)


def test_dropping_the_result_frees_a_graph_with_backward_hooks():
    import gc
    import weakref

    module = scale(autograd)
    module.register_full_backward_hook(lambda *_: None)
    gc.disable()
    try:
        out = module(autograd.ones(1, requires_grad=True))
        node = weakref.ref(out.grad_fn)
        del out
        assert node() is None
    finally:
        gc.enable()
