"""State dicts: what a module saves and how it takes it back, with hooks, versions and errors. On both packages."""

import copy
from collections import OrderedDict

import pytest

import autograd
import nn

from .packages import nested, package


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


@pytest.mark.parametrize("assign", [False, True])
def test_tensors_of_pytorch_and_arrays_are_taken(assign):
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    for kind in (lambda tensor: tensor, lambda tensor: tensor.numpy()):
        ours = nn.Sequential(nn.LazyLinear(2), nn.BatchNorm1d(2))
        ours.load_state_dict({name: kind(tensor) for name, tensor in theirs.state_dict().items()}, assign=assign)
        for name, tensor in ours.state_dict().items():
            assert type(tensor) is autograd.Tensor
            assert tensor.tolist() == theirs.state_dict()[name].tolist()
        assert [type(p) for p in ours.parameters()] == [nn.Parameter] * 4
        assert ours(autograd.ones(2, 3)).shape == (2, 2)


def test_numbers_of_16_bits_of_pytorch_are_taken():
    torch, _ = pytest.importorskip("torch"), pytest.importorskip("ml_dtypes")
    theirs = torch.nn.Linear(3, 2)
    for kind in ("bfloat16", "float16"):
        ours = nn.Linear(3, 2, dtype=getattr(autograd, kind))
        ours.load_state_dict(theirs.to(getattr(torch, kind)).state_dict())
        assert ours.weight.tolist() == theirs.weight.tolist()


def test_what_is_no_tensor_is_refused_by_name():
    torch = pytest.importorskip("torch")
    layer = nn.Linear(1, 1)
    with pytest.raises(RuntimeError) as error:
        layer.load_state_dict({"weight": [[1.0]], "bias": torch.ones(1, requires_grad=True)})
    message = str(error.value)
    assert (
        "\"weight\", expected torch.Tensor or Tensor-like object from checkpoint but received <class 'list'>" in message
    )
    assert '"bias"' in message
    assert "detach" in message


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda state: {f"module.{name}": value for name, value in state.items()}, r'begin with "module\." there'),
        (lambda state: {name.removeprefix("0."): value for name, value in state.items()}, r'lack "0\." there'),
        (lambda state: {"model": state, "epoch": 3}, r'"model" is a dictionary itself: if this is a checkpoint'),
    ],
    ids=["wrapped", "a part", "checkpoint"],
)
def test_names_that_do_not_fit_as_a_whole_get_a_hint(change, hint):
    net = nn.Sequential(nn.Linear(2, 2))
    with pytest.raises(RuntimeError, match=hint):
        net.load_state_dict(change(net.state_dict()))
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict({"other": autograd.zeros(2)})
    assert "there" not in str(caught.value)


def test_what_cannot_be_taken_is_named_with_its_dtype():
    class Foreign:
        dtype = "a dtype of its own"

    with pytest.raises(RuntimeError, match=r"but received .*Foreign'> of a dtype of its own"):
        nn.Linear(2, 1, bias=False).load_state_dict({"weight": Foreign()})


class Fitted(nn.Module):
    """Has an extra state only after it was fitted, and takes one over item by item."""

    def __init__(self):
        super().__init__()
        self.facts = {}
        self.weight = nn.Parameter(autograd.zeros(2))

    def get_extra_state(self):
        if not self.facts:
            raise RuntimeError("not fitted")
        return self.facts

    def set_extra_state(self, state):
        self.facts.clear()
        self.facts.update(state)


def test_an_extra_state_is_asked_for_only_to_put_it_back():
    fitted, fresh = Fitted(), Fitted()
    fitted.facts["mean"] = 1
    fresh.load_state_dict(fitted.state_dict())
    assert fresh.facts == {"mean": 1}
    assert "Fitted" in str(nn.utils.summary(Fitted()))
    with pytest.raises(RuntimeError, match="size mismatch"):
        fresh.load_state_dict({"weight": autograd.zeros(3), "_extra_state": {"mean": 2}})
    assert fresh.facts == {"mean": 1}


def test_an_extra_state_that_is_a_dictionary_is_no_checkpoint():
    fitted = Fitted()
    fitted.facts["mean"] = 1
    plain = nn.Linear(1, 1)
    with pytest.raises(RuntimeError) as caught:
        plain.load_state_dict({**plain.state_dict(), "_extra_state": fitted.facts})
    assert "checkpoint" not in str(caught.value)


def test_an_extra_state_comes_back_whichever_name_it_was_given_by():
    inner = Fitted()
    inner.facts["mean"] = 1
    net = nn.Module()
    net.one, net.two = inner, inner
    with pytest.raises(RuntimeError, match="Missing"):
        net.load_state_dict({"two._extra_state": {"mean": 2}})
    assert inner.facts == {"mean": 1}


def test_tensors_of_16_bits_that_require_grad_are_refused_as_all_others():
    torch, _ = pytest.importorskip("torch"), pytest.importorskip("ml_dtypes")
    for kind in (torch.bfloat16, torch.float32):
        with pytest.raises(BufferError, match="require gradient"):
            autograd.from_dlpack(torch.ones(2, dtype=kind, requires_grad=True))
