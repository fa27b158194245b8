"""What every module can do, beside computing: hooks, state dicts, finding what is inside, copies. On both packages."""

import copy
import pickle
import warnings
from collections import OrderedDict

import pytest

import autograd
import nn


def package(m):
    """The package `nn` that belongs to `autograd` or `torch`."""
    return nn if m is autograd else m.nn


def lists(value):
    """Tensors in nested tuples as lists, so that they can be compared."""
    if isinstance(value, dict):
        return {key: lists(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(map(lists, value))
    return value.tolist() if hasattr(value, "tolist") else value


def scale(m):
    """A module with a parameter, whose forward takes positional and keyword arguments."""

    class Scale(package(m).Module):
        def __init__(self):
            super().__init__()
            self.factor = package(m).Parameter(m.tensor([3.0]))

        def forward(self, x, times=1.0):
            return x * self.factor * times

    return Scale()


def nested(m):
    """A module with a shared module, a shared parameter and buffers of both kinds."""
    net = package(m).Module()
    net.inner = package(m).Linear(2, 2)
    net.again = net.inner
    net.weight = net.inner.weight
    net.register_buffer("mean", m.zeros(2))
    net.register_buffer("cache", m.ones(1), persistent=False)
    net.register_buffer("nothing", None)
    net.register_parameter("none", None)
    net.absent = None
    net.layers = package(m).Sequential(package(m).ReLU(), net.inner)
    return net


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


# ---- state dicts


def test_state_dict_has_metadata(m):
    class Versioned(package(m).Module):
        _version = 3

    net = package(m).Sequential(OrderedDict(a=package(m).Linear(1, 1), b=Versioned()))
    state = net.state_dict()
    assert type(state) is OrderedDict
    assert state._metadata == {"": {"version": 1}, "a": {"version": 1}, "b": {"version": 3}}
    assert list(net.state_dict(prefix="x.")._metadata) == ["x", "x.a", "x.b"]
    assert copy.deepcopy(state)._metadata == state._metadata


def test_arguments_of_state_dict(m):
    net = package(m).Linear(2, 1)
    assert list(net.state_dict(prefix="p.")) == ["p.weight", "p.bias"]
    assert net.state_dict(keep_vars=True)["weight"] is net.weight
    assert not net.state_dict()["weight"].requires_grad
    assert net.state_dict()["weight"].data_ptr() == net.weight.data_ptr()
    mine = {"before": 1}
    assert net.state_dict(destination=mine) is mine
    assert list(mine) == ["before", "weight", "bias"]
    with pytest.warns(FutureWarning, match="Positional args are being deprecated"):
        positional = net.state_dict({}, "q.", True)
    assert positional["q.weight"] is net.weight


def test_state_of_shared_and_absent_things(m):
    net = nested(m)
    inner = ["inner.weight", "inner.bias", "again.weight", "again.bias"]
    assert list(net.state_dict()) == ["weight", "mean", *inner, "layers.1.weight", "layers.1.bias"]
    assert [name for name, _ in net.named_parameters()] == ["weight", "inner.bias"]
    everything = ["weight", *inner, "layers.1.weight", "layers.1.bias"]
    assert [name for name, _ in net.named_parameters(remove_duplicate=False)] == everything
    assert [name for name, _ in net.named_parameters("p", recurse=False)] == ["p.weight"]
    assert [name for name, _ in net.named_buffers()] == ["mean", "cache"]
    assert [name for name, _ in net.named_modules()] == ["", "inner", "layers", "layers.0"]
    repeated = ["", "inner", "again", "layers", "layers.0", "layers.1"]
    assert [name for name, _ in net.named_modules(remove_duplicate=False)] == repeated
    assert len(list(net.modules())) == 4
    assert len(list(net.modules(remove_duplicate=False))) == 6
    assert [name for name, _ in net.named_modules({net.inner}, "n")] == ["n", "n.layers", "n.layers.0"]
    assert [name for name, _ in net.named_children()] == ["inner", "layers"]
    assert [len(list(f(recurse=False))) for f in (net.parameters, net.buffers)] == [1, 2]


def test_state_dict_hooks(m):
    net, log = package(m).Sequential(package(m).Linear(1, 1, bias=False)), []
    net[0].register_state_dict_pre_hook(lambda *given: log.append(given))
    net[0].register_state_dict_post_hook(
        lambda module, state, prefix, metadata: state.update({prefix + "more": metadata})
    )
    state = net.state_dict()
    assert log == [(net[0], "0.", False)]
    assert list(state) == ["0.weight", "0.more"]
    assert state["0.more"] == {"version": 1}
    net._register_state_dict_hook(lambda module, state, *_: {"replaced": len(state)})
    assert net.state_dict() == {"replaced": 2}

    def wrong(*_):
        return {}

    net.register_state_dict_post_hook(wrong)
    with pytest.raises(RuntimeError, match="state_dict post-hook must return None"):
        net.state_dict()
    with pytest.raises(RuntimeError, match="Cannot register the same function"):
        net._register_state_dict_hook(wrong)


def test_load_state_dict_hooks(m):
    net, log = package(m).Sequential(package(m).Linear(1, 1, bias=False)), []

    def rename(module, state, prefix, *others):
        log.append(("pre", type(module).__name__, prefix, *others[:1]))
        state[prefix + "weight"] = state.pop(prefix + "old")

    def after(name):
        return lambda module, keys: log.append((name, type(module).__name__, list(keys.missing_keys)))

    net[0].register_load_state_dict_pre_hook(rename)
    net[0]._register_load_state_dict_pre_hook(lambda state, prefix, *_: log.append(("plain", prefix, list(state))))
    net.register_load_state_dict_post_hook(after("outer"))
    net[0].register_load_state_dict_post_hook(after("inner"))
    given = {"0.old": m.full((1, 1), 5.0)}
    assert str(net.load_state_dict(given)) == "<All keys matched successfully>"
    assert list(given) == ["0.old"], "what the caller gave is not changed"
    assert net[0].weight.tolist() == [[5.0]]
    assert log == [
        ("pre", "Linear", "0.", {}),
        ("plain", "0.", ["0.weight"]),
        ("inner", "Linear", []),
        ("outer", "Sequential", []),
    ]


def test_a_load_hook_may_forgive(m):
    net = package(m).Linear(1, 1)
    with pytest.raises(RuntimeError, match="Missing key"):
        net.load_state_dict({})
    handle = net.register_load_state_dict_post_hook(lambda _, keys: keys.missing_keys.clear())
    net.load_state_dict({})
    handle.remove()
    net.register_load_state_dict_post_hook(lambda _, keys: keys)
    with pytest.raises(AssertionError, match="not expected to return"):
        net.load_state_dict(net.state_dict())


def extra(m):
    class Extra(package(m).Module):
        def __init__(self):
            super().__init__()
            self.weight = package(m).Parameter(m.zeros(1))
            self.note = "start"

        def get_extra_state(self):
            return {"note": self.note}

        def set_extra_state(self, state):
            self.note = state["note"]

    return package(m).Sequential(Extra())


def test_extra_state(m):
    net = extra(m)
    assert list(net.state_dict()) == ["0.weight", "0._extra_state"]
    net.load_state_dict({"0.weight": m.ones(1), "0._extra_state": {"note": "loaded"}})
    assert net[0].note == "loaded"
    assert net.load_state_dict({}, strict=False).missing_keys == ["0.weight", "0._extra_state"]
    plain = package(m).Sequential(package(m).ReLU())
    assert plain.load_state_dict({"0._extra_state": 1}, strict=False).unexpected_keys == ["0._extra_state"]
    for method in (plain.get_extra_state, lambda: plain.set_extra_state(1)):
        with pytest.raises(RuntimeError):
            method()


def test_one_error_lists_everything(m):
    net = nested(m)
    net.layers.append(package(m).Linear(2, 3))
    state = net.state_dict()
    del state["layers.2.bias"], state["mean"]
    state.update({"more.weight": m.ones(1), "extra": m.ones(1), "layers.7.weight": m.ones(1), "inner.bias": m.ones(3)})
    state["layers.2.weight"] = [1.0]
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict(state)
    text = str(caught.value)
    assert text.startswith("Error(s) in loading state_dict for Module:\n\tMissing key(s) in state_dict: ")
    assert '"mean", "layers.2.bias". ' in text
    unexpected = text[text.index("\tUnexpected key(s)") :].splitlines()[0]
    for name in ("more.weight", "extra", "layers.7.weight"):
        assert f'"{name}"' in unexpected
    assert "size mismatch for inner.bias: copying a param with shape torch.Size([3]) from checkpoint" in text
    assert "the shape in current model is torch.Size([2])" in text
    assert 'the parameter named "layers.2.weight", expected torch.Tensor' in text
    assert len(text.splitlines()) == 5
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict(state, strict=False)
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize("assign", [False, True])
@pytest.mark.parametrize("failure", ["size", "missing", "hook", "extra"])
def test_after_an_error_nothing_is_half_changed(failure, assign):
    net = extra(autograd)
    net.append(nn.LazyLinear(2))
    net.append(nn.Linear(1, 1))
    state = {"0.weight": autograd.ones(1), "0._extra_state": {"note": "new"}, "2.bias": autograd.ones(1)}
    state |= {"1.weight": autograd.ones(2, 3), "1.bias": autograd.ones(2), "2.weight": autograd.ones(1, 1)}
    error = RuntimeError
    if failure == "size":
        state["2.bias"] = autograd.ones(2)
    elif failure == "missing":
        del state["2.bias"]
    elif failure == "extra":
        state["0._extra_state"] = {}
        error = KeyError
    else:
        net[2].register_load_state_dict_post_hook(lambda *_: 1 / 0)
        error = ZeroDivisionError
    parameters = list(net.parameters())
    before = {name: value.clone() for name, value in net.state_dict().items() if name[0] == "2"}
    with pytest.raises(error):
        net.load_state_dict(state, assign=assign)
    assert [a is b for a, b in zip(parameters, net.parameters(), strict=True)] == [True] * 5
    assert net[0].weight.tolist() == [0.0]
    assert net[0].note == "start"
    assert isinstance(net[1].weight, nn.UninitializedParameter)
    for name, value in before.items():
        assert autograd.equal(net.state_dict()[name], value)


def test_assigning(m):
    net = package(m).Linear(2, 1)
    net.bias.requires_grad_(False)
    own, given = net.weight, package(m).Parameter(m.ones(1, 2).double())
    net.load_state_dict({"weight": given, "bias": m.ones(1)}, assign=True)
    assert net.weight is given is not own
    assert net.weight.dtype is m.float64
    assert isinstance(net.bias, package(m).Parameter)
    assert not net.bias.requires_grad
    net.load_state_dict({"weight": m.zeros(1, 2), "bias": m.zeros(1).double()})
    assert (net.weight.dtype, net.bias.dtype) == (m.float64, m.float32)
    assert (net.weight.tolist(), net.bias.tolist()) == ([[0.0, 0.0]], [0.0])


def test_loading_by_hand(m):
    """A subclass that reads what an older version has saved, as PyTorch's normalisations do."""

    class New(package(m).Module):
        _version = 2

        def __init__(self):
            super().__init__()
            self.register_buffer("count", m.tensor(0))
            self.register_buffer("mean", m.tensor(0.0))

        def _load_from_state_dict(self, state_dict, prefix, local_metadata, *others):
            seen.append(local_metadata.get("version"))
            if local_metadata.get("version") is None:
                state_dict[prefix + "count"] = m.tensor(7)
            super()._load_from_state_dict(state_dict, prefix, local_metadata, *others)

    net, seen = package(m).Sequential(New()), []
    net.load_state_dict({"0.mean": m.ones(1)})
    assert (net[0].count.item(), net[0].mean.item()) == (7, 1.0), "numbers were once saved with one dimension"
    net.load_state_dict(net.state_dict())
    assert seen == [None, 2]


# ---- finding and replacing what is inside


def test_finding_by_path(m):
    net = nested(m)
    assert net.get_submodule("") is net
    assert net.get_submodule("layers.1") is net.inner
    assert net.get_parameter("layers.1.weight") is net.weight
    assert net.get_buffer("mean") is net.mean
    for call, message in (
        (lambda: net.get_submodule("layers.5"), "has no attribute `5`"),
        (lambda: net.get_submodule("weight"), "`weight` is not an nn.Module"),
        (lambda: net.get_parameter("inner.gain"), "has no attribute `gain`"),
        (lambda: net.get_parameter("mean"), "`mean` is not an nn.Parameter"),
        (lambda: net.get_buffer("variance"), "has no attribute `variance`"),
        (lambda: net.get_buffer("weight"), "`weight` is not a buffer"),
        (lambda: net.set_submodule("layers.9.x", net.inner), "has no attribute `9`"),
        (lambda: net.set_submodule("layers.x", net.inner, strict=True), "has no attribute `x`"),
        (lambda: net.set_submodule("mean", net.inner), "`mean` is not an nn.Module"),
    ):
        with pytest.raises(AttributeError, match=message):
            call()
    net.set_submodule("layers.1", package(m).Tanh())
    net.set_submodule("fresh", package(m).Tanh())
    assert repr(net.layers[1]) == repr(net.fresh) == "Tanh()"
    for call in (lambda: net.set_submodule("", net), lambda: net.set_submodule("layers.1", 3)):
        with pytest.raises(ValueError, match=r"submodule|nn\.Module"):
            call()


def test_subclasses_decide_what_happens_to_them(m):
    """`train`, `_apply` and `state_dict` reach the modules inside through their own methods."""
    log = []

    class Frozen(package(m).Linear):
        def train(self, mode=True):
            log.append(mode)
            return super().train(False)

        def _apply(self, fn, recurse=True):
            log.append("apply")
            return super()._apply(fn, recurse)

        def state_dict(self, *args, **kwargs):
            log.append("state")
            return super().state_dict(*args, **kwargs)

    net = package(m).Sequential(Frozen(1, 1), package(m).ReLU())
    net.train().double().state_dict()
    assert log == [True, "apply", "state"]
    assert [module.training for module in net.modules()] == [True, False, True]


def test_names_before_init(m):
    class Early(package(m).Module):
        def __init__(self, value):
            self.value = value

    for value in (package(m).Parameter(m.ones(1)), package(m).ReLU()):
        with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call"):
            Early(value)
    assert Early(3).value == 3


def test_base_classes(m):
    for args, kwargs in (((1,), {}), ((), {"size": 1})):
        with pytest.raises(TypeError, match=r"Module.__init__\(\)"):
            package(m).Module(*args, **kwargs)

    class Other:
        def __init__(self, size):
            self.size = size

    class Both(package(m).Module, Other):
        call_super_init = True

    assert Both(size=3).size == 3


def test_buffers_keep_their_kind(m):
    module = package(m).Module()
    module.register_buffer("cache", m.ones(1), persistent=False)
    module.cache = m.zeros(2)
    assert list(module.state_dict()) == []
    module.shown = package(m).Buffer(m.ones(1))
    module.hidden = package(m).Buffer(m.ones(1), persistent=False)
    assert list(module.state_dict()) == ["shown"]
    module.register_buffer("cache", m.ones(1))
    assert list(module.state_dict()) == ["cache", "shown"]
    del module.cache
    module.cache = package(m).Parameter(m.ones(1))
    assert list(module.state_dict()) == ["cache", "shown"]
    assert [name for name, _ in module.named_buffers()] == ["shown", "hidden"]


def test_dir_leaves_out_numbers(m):
    net = package(m).Sequential(package(m).ReLU())
    net.named = package(m).Parameter(m.ones(1))
    assert "named" in dir(net)
    assert "0" not in dir(net)


# ---- conversions


def test_conversions(m):
    net = nested(m)
    net.register_buffer("count", m.tensor([1, 2]))
    weight, cache = net.weight, net.cache
    assert net.type(m.float64) is net
    assert net.count.dtype is m.float64
    assert net.weight is weight is net.inner.weight
    net.register_buffer("count", m.tensor([1, 2]))
    assert net.to("cpu", m.float32).cache.dtype is m.float32
    assert net.count.dtype is m.int64
    assert net.cache is not cache
    assert net.to().cache.dtype is net.to(m.ones(1)).cache.dtype is m.float32
    with pytest.warns(UserWarning, match="Complex modules are a new feature"):
        net.to(m.complex64)
    assert net.weight.dtype is m.complex64
    with pytest.raises(TypeError, match="only accepts floating point or complex dtypes, but got desired dtype"):
        net.to(m.int64)
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        net.to(1, 2, 3, 4, 5, 6)
    pointer = net.weight.data_ptr()
    assert net.to_empty(device="cpu", recurse=False) is net
    assert net.weight.data_ptr() != pointer
    assert net.weight.shape == (2, 2)


def test_gradients_keep_their_identity(m):
    net = package(m).Linear(2, 1)
    net(m.ones(1, 2)).sum().backward()
    grad = net.weight.grad
    net.double()
    assert net.weight.grad is grad
    assert grad.dtype is m.float64
    net.zero_grad(set_to_none=False)
    assert net.weight.grad is grad
    assert grad.tolist() == [[0.0, 0.0]]
    net.zero_grad()
    assert net.weight.grad is None


def test_there_is_no_other_device():
    with pytest.raises(RuntimeError, match="'cuda' is not available"):
        nn.Linear(1, 1).cuda()
    with pytest.raises(RuntimeError, match="'cuda' is not available"):
        nn.Linear(1, 1).to("cuda")


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="only forked processes share the memory")
def test_sharing_memory_with_other_processes():
    import os

    net = nn.Linear(2, 1)
    values = net.weight.tolist()
    assert net.share_memory() is net
    assert net.weight.is_shared()
    assert net.weight.tolist() == values
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer Pythons warn of threads
        child = os.fork()
    if child == 0:
        with autograd.no_grad():
            net.weight.fill_(5.0)
        os._exit(0)
    os.waitpid(child, 0)
    assert net.weight.tolist() == [[5.0, 5.0]]
    assert not autograd.ones(1).is_shared()


# ---- printing


def test_printing(m):
    n = package(m)

    class Wordy(n.Module):
        def __init__(self, *children):
            super().__init__()
            for number, child in enumerate(children):
                self.add_module(f"c{number}", child)

        def extra_repr(self):
            return "first\nsecond"

    net = n.Sequential(Wordy(), Wordy(n.ReLU(), None), n.ModuleList([n.Sequential(n.ReLU()), n.Sequential(n.ReLU())]))
    assert repr(net) == (
        "Sequential(\n  (0): Wordy(\n    first\n    second\n  )\n  (1): Wordy(\n    first\n    second\n"
        "    (c0): ReLU()\n    (c1): None\n  )\n"
        "  (2): ModuleList(\n    (0-1): 2 x Sequential(\n      (0): ReLU()\n    )\n  )\n)"
    )
    assert repr(n.Module()) == "Module()"


# ---- copies


def hook_of_a_file(module, args):
    """A hook that pickle finds."""
    return (args[0] + 1,)


def test_copies_keep_hooks_and_sharing(m):
    net = nested(m)
    net.forward = net.inner.forward
    net.inner.register_forward_pre_hook(hook_of_a_file)
    handle = net.inner.register_forward_pre_hook(hook_of_a_file)
    x = m.ones(1, 2)
    expected = net.inner(x)
    del net.forward
    twin = copy.deepcopy(net)
    assert twin.weight is twin.inner.weight is twin.again.weight is not net.weight
    assert twin.inner is twin.layers[1]
    handle.remove()
    assert lists(twin.inner(x)) == lists(expected)
    assert len(twin.inner._forward_pre_hooks) == 2
    again = pickle.loads(pickle.dumps(net.inner))
    assert lists(again(x)) == lists(net.inner(x))
    again.register_forward_pre_hook(hook_of_a_file)
    assert len(again._forward_pre_hooks) == 2, "a new hook does not take the place of one that came with a pickle"


def test_gradients_are_not_copied(m):
    net = package(m).Linear(1, 1)
    net(m.ones(1, 1)).sum().backward()
    assert copy.deepcopy(net).weight.grad is None
    assert net.weight.grad is not None


def test_pickles_of_older_versions_are_completed(m):
    old = package(m).ReLU()
    for name in ("_forward_pre_hooks", "_state_dict_hooks", "_non_persistent_buffers_set", "_backward_pre_hooks"):
        del old.__dict__[name]
    new = pickle.loads(pickle.dumps(old))
    with new.register_forward_pre_hook(hook_of_a_file):
        assert new(m.ones(1)).tolist() == [2.0]
    assert list(new.state_dict()) == []


def test_parameters_of_other_things_are_refused():
    for kind in (nn.Parameter, nn.Buffer):
        with pytest.raises(TypeError, match=r"must be Tensor, not list: make one with autograd.tensor"):
            kind([1.0])


# ---- calling with other parameters


def test_functional_call(m):
    net = package(m).Linear(2, 1)
    kept, weight = net.weight, m.ones(1, 2, requires_grad=True)
    x = m.tensor([[1.0, 2.0]])
    call = m.func.functional_call
    out = call(net, {"weight": weight, "bias": m.zeros(1)}, x)
    out.sum().backward()
    assert out.tolist() == [[3.0]]
    assert weight.grad.tolist() == [[1.0, 2.0]]
    assert net.weight is kept
    assert kept.grad is None
    assert call(net, ({"weight": weight}, {"bias": m.ones(1)}), (), {"input": x}).tolist() == [[4.0]]
    with pytest.raises(ValueError, match="ambiguous"):
        call(net, ({"weight": weight}, {"weight": weight}), x)
    with pytest.raises(ValueError, match="Expected parameter_and_buffer_dicts"):
        call(net, 3, x)
    with pytest.raises(RuntimeError, match=r"(?s)Unexpected key.*'gain'.*Missing key.*'bias'"):
        call(net, {"weight": weight, "gain": weight}, x, strict=True)
    with pytest.raises(RuntimeError):
        call(net, {"weight": m.ones(1, 5)}, x)
    assert net.weight is kept


def test_functional_call_ties_and_writes(m):
    class Tied(package(m).Module):
        def __init__(self):
            super().__init__()
            self.a = self.b = package(m).Parameter(m.ones(()))
            self.register_buffer("count", m.zeros(()))

        def forward(self, x):
            self.count = self.count + 1
            return x + self.a + self.b

    net, x, zero = Tied(), m.zeros(()), m.zeros(())
    assert m.func.functional_call(net, {"a": zero}, x).item() == 0.0
    assert m.func.functional_call(net, {"a": zero}, x, tie_weights=False).item() == 1.0
    assert m.func.functional_call(net, {"a": zero, "b": zero}, x).item() == 0.0
    with pytest.raises(ValueError, match=r"multiple values for keys \['a', 'b'\]"):
        m.func.functional_call(net, {"a": zero, "b": x}, x)
    buffers = {"count": m.tensor(10.0)}
    m.func.functional_call(net, buffers, x)
    assert buffers["count"].item() == 11.0


def test_factory_kwargs(m):
    n = package(m)
    assert n.factory_kwargs(None) == {}
    given = {"device": "cpu", "factory_kwargs": {"dtype": m.float64}}
    assert n.factory_kwargs(given) == {"device": "cpu", "dtype": m.float64}
    for wrong, message in (
        ({"size": 1}, "unexpected kwargs {'size'}"),
        ({"device": "cpu", "factory_kwargs": {"device": "cpu"}}, "device specified twice"),
    ):
        with pytest.raises(TypeError, match=message):
            n.factory_kwargs(wrong)
