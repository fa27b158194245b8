"""What every module can do, beside computing: finding what is inside, conversions, printing, copies."""

import copy
import pickle
import warnings

import pytest

import autograd
import nn

from .packages import lists, nested, package

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
