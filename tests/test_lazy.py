"""Lazy modules: before, at and after the first input; on both packages."""

import copy
import pickle

import pytest

import autograd
import nn
import optim

from .packages import package


def mixin(m):
    """The class that makes a module lazy."""
    from nn.modules.lazy import LazyModuleMixin

    return LazyModuleMixin if m is autograd else m.nn.modules.lazy.LazyModuleMixin


# ---- uninitialized tensors


def test_uninitialized_parameters(m):
    parameter = package(m).UninitializedParameter(dtype=m.float64)
    assert isinstance(parameter, package(m).Parameter)
    assert package(m).parameter.is_lazy(parameter)
    assert repr(parameter) == "<UninitializedParameter>"
    assert (parameter.dtype, parameter.requires_grad, parameter.is_leaf, parameter.grad) == (
        m.float64,
        True,
        True,
        None,
    )
    assert parameter.is_floating_point()
    assert not parameter.is_complex()
    for use in (
        lambda: parameter + 1,
        lambda: m.ones(1) * parameter,
        lambda: m.exp(parameter),
        lambda: m.cat([parameter]),
        lambda: parameter.numel(),
        lambda: parameter.detach(),
        lambda: parameter[0],
        lambda: len(parameter),
        lambda: package(m).init.normal_(parameter),
    ):
        with pytest.raises(ValueError, match="Attempted to use an uninitialized parameter"):
            use()
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter"):
        _ = parameter.shape
    with pytest.raises(RuntimeError, match="Can't share memory on an uninitialized parameter"):
        parameter.share_memory_()
    parameter.materialize((2, 3))
    assert type(parameter) is package(m).Parameter
    assert (parameter.shape, parameter.dtype, parameter.requires_grad) == ((2, 3), m.float64, True)
    (parameter * 2).sum().backward()
    assert parameter.grad.tolist() == [[2.0] * 3] * 2


def test_materializing_at_another_dtype(m):
    parameter = package(m).UninitializedParameter(requires_grad=False)
    parameter.materialize((2,), dtype=m.float16)
    assert (parameter.dtype, parameter.requires_grad) == (m.float16, False)


def test_uninitialized_buffers(m):
    buffer = package(m).UninitializedBuffer(persistent=False)
    assert isinstance(buffer, package(m).Buffer)
    module = package(m).Module()
    module.mean = buffer
    assert list(module.state_dict()) == []
    assert [name for name, _ in module.named_buffers()] == ["mean"]
    buffer.materialize(3)
    assert not package(m).parameter.is_lazy(buffer)
    assert buffer.shape == (3,)
    assert not buffer.requires_grad


def test_copies_of_uninitialized_tensors(m):
    parameter = package(m).UninitializedParameter(False, None, m.float64)
    pair = copy.deepcopy([parameter, parameter])
    assert pair[0] is pair[1] is not parameter
    assert (pair[0].requires_grad, pair[0].dtype) == (False, m.float64)
    assert repr(pickle.loads(pickle.dumps(parameter))) == "<UninitializedParameter>"


# ---- modules


def test_the_first_input_decides(m):
    n = package(m)
    net = n.Sequential(n.LazyLinear(4), n.ReLU(), n.LazyLinear(2, bias=False))
    assert [repr(p) for p in net.parameters()] == ["<UninitializedParameter>"] * 3
    assert repr(net[0]) == "LazyLinear(in_features=0, out_features=4, bias=True)"
    weight = net[0].weight
    assert net.double() is net
    assert net(m.ones(3, 5, dtype=m.float64)).shape == (3, 2)
    assert [type(child) for child in net] == [n.Linear, n.ReLU, n.Linear]
    assert net[0].weight is weight
    assert repr(net[0]) == "Linear(in_features=5, out_features=4, bias=True)"
    assert net[0].weight.dtype is m.float64
    assert net[0].weight.abs().max() <= 5**-0.5
    assert not net[0]._forward_pre_hooks
    assert not net[0]._load_state_dict_pre_hooks
    assert not hasattr(net[0], "_initialize_hook")
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        net(m.ones(3, 6, dtype=m.float64))


def test_the_parameters_can_be_trained():
    """The optimizer may be given them before, since the parameters stay the same objects."""
    layer = nn.LazyLinear(1)
    optimizer = optim.SGD(layer.parameters(), lr=0.5)
    x = autograd.ones(4, 3)
    before = layer(x).detach()
    layer(x).sum().backward()
    optimizer.step()
    assert autograd.allclose(layer(x), before - 0.5 * 4 * (3 + 1))


def test_state_dicts_of_the_uninitialized(m):
    n = package(m)
    state = n.LazyLinear(2).state_dict()
    assert repr(list(state.items())) == "[('weight', <UninitializedParameter>), ('bias', <UninitializedParameter>)]"
    assert str(n.LazyLinear(2).load_state_dict(state)) == "<All keys matched successfully>"
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter"):
        n.Linear(3, 2).load_state_dict(state)


def test_loading_initializes(m):
    n = package(m)
    source, layer = n.Linear(3, 2), n.LazyLinear(2)
    layer.load_state_dict(source.state_dict())
    assert type(layer) is n.LazyLinear
    assert layer.weight.tolist() == source.weight.tolist()
    x = m.ones(1, 3)
    assert layer(x).tolist() == source(x).tolist()
    assert repr(layer) == repr(source)


@pytest.mark.parametrize(
    "build, source, shape",
    [
        (lambda: nn.LazyConv2d(4, 3, groups=2), lambda: nn.Conv2d(6, 4, 3, groups=2), (1, 6, 4, 4)),
        (lambda: nn.LazyConvTranspose1d(4, 3, groups=2), lambda: nn.ConvTranspose1d(6, 4, 3, groups=2), (1, 6, 4)),
        (lambda: nn.LazyBatchNorm1d(), lambda: nn.BatchNorm1d(3), (4, 3)),
        (lambda: nn.LazyInstanceNorm1d(), lambda: nn.InstanceNorm1d(3, affine=True, track_running_stats=True), (3, 4)),
    ],
)
def test_what_was_loaded_is_known_after_the_first_input(build, source, shape):
    layer, other = build(), source()
    layer.load_state_dict(other.state_dict())
    x = autograd.randn(shape)
    assert autograd.equal(layer(x), other(x))
    assert repr(layer) == repr(other)


def test_copies(m):
    n = package(m)
    layer = n.LazyLinear(2)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert twin.weight is not layer.weight
        assert twin(m.ones(1, 3)).shape == (1, 2)
        assert type(twin) is n.Linear
        assert not twin._forward_pre_hooks
    assert type(layer) is n.LazyLinear
    assert len(layer._forward_pre_hooks) == 1


def test_a_lazy_module_of_your_own(m):
    n = package(m)

    class Scale(n.Module):
        def __init__(self, size):
            super().__init__()
            self.weight = n.Parameter(m.ones(size))

        def forward(self, x, *, times=1):
            return x * self.weight * times

    class LazyScale(mixin(m), Scale):
        cls_to_become = Scale

        def __init__(self):
            super().__init__(0)
            self.weight = n.UninitializedParameter()

        def initialize_parameters(self, x, *, times=1):
            assert times == 2
            if x.dim() > 1:
                self.weight.materialize(x.shape[-1:])
                n.init.ones_(self.weight)

    layer = LazyScale()
    with pytest.raises(RuntimeError, match="module LazyScale has not been fully initialized"):
        layer(m.ones(3), times=2)
    assert layer.has_uninitialized_params()
    assert layer(m.ones(1, 3), times=2).tolist() == [[2.0, 2.0, 2.0]]
    assert type(layer) is Scale

    class Forgetful(mixin(m), Scale):
        pass

    with pytest.raises(NotImplementedError, match="initialize_parameters is not implemented for Forgetful"):
        Forgetful(1)(m.ones(1))


def test_what_the_first_input_cannot_be(m):
    n = package(m)
    for layer, shape, error, message in (
        (n.LazyConv2d(4, 3), (3, 5), RuntimeError, r"Expected 3D \(unbatched\) or 4D \(batched\) input to LazyConv2d"),
        (n.LazyConv1d(4, 3, groups=2), (1, 3, 5), ValueError, "in_channels must be divisible by groups"),
        (n.LazyBatchNorm2d(), (2, 3, 4), ValueError, "expected 4D input"),
    ):
        with pytest.raises(error, match=message):
            layer(m.ones(shape))


def test_after_a_wrong_input_a_right_one_is_taken():
    for layer, wrong, right in (
        (nn.LazyConv2d(4, 3), (3, 5), (3, 5, 5)),
        (nn.LazyConv1d(4, 3, groups=2), (1, 3, 5), (1, 4, 5)),
        (nn.LazyBatchNorm2d(), (2, 3, 4), (2, 3, 4, 4)),
        (nn.LazyLinear(2), (), (3,)),
    ):
        before = repr(layer)
        with pytest.raises((RuntimeError, ValueError, IndexError)):
            layer(autograd.ones(wrong))
        assert repr(layer) == before
        assert layer.has_uninitialized_params()
        layer(autograd.ones(right))
        assert not type(layer).__name__.startswith("Lazy")


def test_freezing_before_the_first_input():
    layer = nn.LazyLinear(2).requires_grad_(False)
    assert not layer(autograd.ones(1, 3)).requires_grad


def test_a_size_that_is_to_come_is_not_called_zero():
    summaries = {
        nn.LazyLinear(4): "LazyLinear ?→4",
        nn.LazyConv2d(8, 3): "LazyConv2d ?→8",
        nn.LazyBatchNorm1d(): "LazyBatchNorm1d ?",
        nn.Linear(10, 4): "Linear 10→4",
    }
    for module, text in summaries.items():
        assert module._summary() == text
    with pytest.raises(RuntimeError) as error:
        nn.Sequential(nn.LazyConv2d(8, 3))(autograd.ones(3))
    assert "LazyConv2d ?→8" in "\n".join([str(error.value), *getattr(error.value, "__notes__", [])])
