"""func.functional_call: a module with other tensors than its own, on both packages."""

import pytest

import autograd
import nn

from .packages import package


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


def test_strict_knows_that_weights_are_tied(m):
    first, second = package(m).Linear(2, 2), package(m).Linear(2, 2, bias=False)
    net = package(m).Sequential(first, second)
    second.weight = first.weight
    given = {"0.weight": m.eye(2), "0.bias": m.zeros(2)}
    x = m.tensor([[1.0, 2.0]])
    assert m.func.functional_call(net, given, x, strict=True).tolist() == [[1.0, 2.0]]
    with pytest.raises(RuntimeError, match=r"Missing key.*'1.weight'"):
        m.func.functional_call(net, given, x, tie_weights=False, strict=True)


def test_a_parameter_that_is_none_can_be_given(m):
    layer, x = package(m).Linear(2, 1, bias=False), m.zeros(1, 2)
    assert m.func.functional_call(layer, {"bias": m.ones(1)}, x).tolist() == [[1.0]]
    assert layer.bias is None


def test_a_plain_attribute_can_be_given(m):
    class Scaled(package(m).Module):
        def __init__(self):
            super().__init__()
            self.factor = m.tensor(2.0)

        def forward(self, x):
            return x * self.factor + getattr(self, "shift", 0.0)

    net, x = Scaled(), m.ones(())
    assert m.func.functional_call(net, {"factor": m.tensor(5.0)}, x).item() == 5.0
    assert m.func.functional_call(net, {"shift": m.tensor(1.0)}, x).item() == 3.0
    assert net(x).item() == 2.0
    assert not hasattr(net, "shift")


def test_names_that_lead_to_no_tensor(m):
    net, x = package(m).Sequential(package(m).Linear(2, 1)), m.zeros(1, 2)
    with pytest.raises(AttributeError, match="1"):
        m.func.functional_call(net, {"1.weight": x}, x)
    for name in ("0", "0.in_features"):
        with pytest.raises(TypeError):
            m.func.functional_call(net, {name: x}, x)
    assert net[0].in_features == 2


def test_a_parametrized_tensor_is_used_as_given():
    layer = nn.utils.parametrizations.spectral_norm(nn.Linear(2, 2, bias=False))
    before = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    weight, x = autograd.full((2, 2), 3.0, requires_grad=True), autograd.ones(1, 2)
    out = autograd.func.functional_call(layer, {"weight": weight}, x)
    out.sum().backward()
    assert out.tolist() == [[6.0, 6.0]]
    assert weight.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert all(autograd.equal(tensor, before[name]) for name, tensor in layer.state_dict().items())
    assert layer(x).tolist() != out.tolist()
    original = {"parametrizations.weight.original": weight}
    assert autograd.func.functional_call(layer.eval(), original, x).tolist() != out.tolist()
