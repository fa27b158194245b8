"""Parametrizations: computed parameters, their state, and the ones that are ready to use."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest

import autograd
import nn

from .packages import package


def parametrize(m):
    return package(m).utils.parametrize


def symmetric(m, inverse=True):
    class Symmetric(package(m).Module):
        def forward(self, x):
            return x.triu() + x.triu(1).transpose(-1, -2)

        if inverse:

            def right_inverse(self, x):
                return x.triu()

    return Symmetric()


def doubled(m):
    class Doubled(package(m).Module):
        def forward(self, x):
            return 2 * x

        def right_inverse(self, x):
            return x / 2

    return Doubled()


def product(m):
    """A matrix as the product of two vectors."""

    class Product(package(m).Module):
        def forward(self, x, y):
            return x.unsqueeze(-1) @ y.unsqueeze(-2)

        def right_inverse(self, z):
            return z[:, 0].clone(), z[0].clone()

    return Product()


def custom(m, forward, right_inverse=None):
    """A parametrization of two functions."""

    class Custom(package(m).Module):
        def forward(self, *args):
            return forward(*args)

    if right_inverse is not None:
        Custom.right_inverse = lambda self, x: right_inverse(x)
    return Custom()


def test_a_parametrized_weight_is_computed_and_learns(m):
    layer = package(m).Linear(3, 3)
    weight, before = layer.weight, layer.weight.detach().clone()
    assert parametrize(m).register_parametrization(layer, "weight", symmetric(m)) is layer
    assert type(layer).__name__ == "ParametrizedLinear"
    assert isinstance(layer, package(m).Linear)
    assert parametrize(m).type_before_parametrizations(layer) is package(m).Linear
    assert layer.parametrizations.weight.original is weight  # which an optimizer may know
    np.testing.assert_array_equal(weight.detach().numpy(), np.triu(before.numpy()))
    np.testing.assert_array_equal(layer.weight.detach().numpy(), layer.weight.T.detach().numpy())
    assert layer.weight is not layer.weight
    x = m.ones(1, 3)
    layer(x).sum().backward()
    assert weight.grad.tolist() == [[1.0, 2.0, 2.0], [0.0, 1.0, 2.0], [0.0, 0.0, 1.0]]
    assert repr(layer) == (
        "ParametrizedLinear(\n  in_features=3, out_features=3, bias=True\n  (parametrizations): ModuleDict(\n"
        "    (weight): ParametrizationList(\n      (0): Symmetric()\n    )\n  )\n)"
    )
    assert list(layer.state_dict()) == ["bias", "parametrizations.weight.original"]
    assert "weight" not in dict(layer.named_parameters())


def test_a_value_can_be_assigned(m):
    layer = package(m).Linear(2, 2)
    parametrize(m).register_parametrization(layer, "weight", symmetric(m))
    parametrize(m).register_parametrization(layer, "weight", doubled(m))
    layer.weight = m.tensor([[2.0, 4.0], [4.0, 6.0]])
    assert layer.weight.tolist() == [[2.0, 4.0], [4.0, 6.0]]
    assert layer.parametrizations.weight.original.tolist() == [[1.0, 2.0], [0.0, 3.0]]
    with pytest.raises(KeyError, match="attribute 'weight' already exists"):
        layer.weight = package(m).Parameter(m.ones(2, 2))
    other = package(m).Linear(2, 2)
    parametrize(m).register_parametrization(other, "weight", symmetric(m, inverse=False))
    with pytest.raises(RuntimeError, match="parametrization Symmetric does not implement right_inverse"):
        other.weight = m.ones(2, 2)


def test_several_originals(m):
    layer = package(m).Linear(2, 3)
    layer.weight.data = m.tensor([[2.0, 4.0], [3.0, 6.0], [0.0, 0.0]])
    parametrize(m).register_parametrization(layer, "weight", product(m))
    shapes = {name: tuple(p.shape) for name, p in layer.named_parameters()}
    assert shapes == {
        "bias": (3,),
        "parametrizations.weight.original0": (3,),
        "parametrizations.weight.original1": (2,),
    }
    assert layer.weight.tolist() == [[4.0, 8.0], [6.0, 12.0], [0.0, 0.0]]
    layer(m.ones(1, 2)).sum().backward()
    assert layer.parametrizations.weight.original0.grad.tolist() == [6.0, 6.0, 6.0]
    layer.weight = m.ones(3, 2)
    assert layer.parametrizations.weight.original1.tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="Cannot leave unparametrized"):
        parametrize(m).remove_parametrizations(layer, "weight", leave_parametrized=False)
    parametrize(m).remove_parametrizations(layer, "weight")
    assert type(layer) is package(m).Linear
    assert type(layer.weight) is package(m).Parameter
    assert layer.weight.tolist() == [[1.0, 1.0]] * 3
    assert layer.weight.is_leaf


@pytest.mark.parametrize("leave", [True, False])
def test_removing(m, leave):
    layer = package(m).Linear(2, 2)
    weight = layer.weight
    for name in ("weight", "bias"):
        parametrize(m).register_parametrization(layer, name, custom(m, lambda x: 3 * x))
    with m.no_grad():
        weight.fill_(1.0)
    parametrize(m).remove_parametrizations(layer, "weight", leave_parametrized=leave)
    assert layer.weight is weight
    assert weight.tolist() == [[3.0 if leave else 1.0] * 2] * 2
    assert type(layer).__name__ == "ParametrizedLinear"
    assert not parametrize(m).is_parametrized(layer, "weight")
    assert parametrize(m).is_parametrized(layer, "bias")
    layer.weight = package(m).Parameter(m.zeros(2, 2))  # an ordinary parameter again
    assert dict(layer.named_parameters())["weight"].tolist() == [[0.0, 0.0]] * 2
    parametrize(m).remove_parametrizations(layer, "bias")
    assert type(layer) is package(m).Linear
    assert list(layer.state_dict()) == ["weight", "bias"]
    assert not hasattr(layer, "parametrizations")
    assert not parametrize(m).is_parametrized(layer)
    with pytest.raises(ValueError, match="does not have a parametrization on bias"):
        parametrize(m).remove_parametrizations(layer, "bias")


def test_buffers_can_be_parametrized(m):
    norm = package(m).BatchNorm1d(2)
    parametrize(m).register_parametrization(norm, "running_mean", custom(m, lambda x: x + 1))
    assert norm.running_mean.tolist() == [1.0, 1.0]
    assert "parametrizations.running_mean.original" in dict(norm.named_buffers())
    parametrize(m).remove_parametrizations(norm, "running_mean")
    assert norm.running_mean.tolist() == [1.0, 1.0]
    assert "running_mean" in dict(norm.named_buffers())


def test_cached_values(m):
    calls = []
    layer = package(m).Linear(2, 2)
    parametrize(m).register_parametrization(layer, "weight", custom(m, lambda x: calls.append(1) or x * 2))
    calls.clear()
    with parametrize(m).cached():
        first = layer.weight
        with parametrize(m).cached():
            assert layer.weight is first
        assert layer.weight is first
        other = package(m).Linear(2, 2)
        parametrize(m).register_parametrization(other, "weight", doubled(m))
        assert other.weight is not first
    assert len(calls) == 1
    assert layer.weight is not first
    assert len(calls) == 2


def test_copies_are_deep_and_independent(m):
    layer = package(m).Linear(2, 2)
    parametrize(m).register_parametrization(layer, "weight", doubled(m))
    twin = copy.deepcopy(package(m).Sequential(layer, layer))
    assert twin[0] is twin[1]
    assert type(twin[0]) is type(layer)
    assert twin[0].weight.tolist() == layer.weight.tolist()
    with m.no_grad():
        twin[0].parametrizations.weight.original.zero_()
    assert layer.weight.abs().sum().item() > 0
    with pytest.raises(RuntimeError, match="only supported through state_dict"):
        pickle.dumps(layer)


def test_removing_from_a_copy_leaves_the_other():
    """PyTorch takes the property from the class that both have."""
    layer = nn.utils.parametrize.register_parametrization(nn.Linear(2, 2), "weight", doubled(autograd))
    twin = copy.deepcopy(layer)
    nn.utils.parametrize.remove_parametrizations(twin, "weight")
    assert type(twin) is nn.Linear
    assert nn.utils.parametrize.is_parametrized(layer, "weight")
    assert layer.weight.tolist() == twin.weight.tolist()
    assert layer(autograd.ones(1, 2)).tolist() == twin(autograd.ones(1, 2)).tolist()


def test_modes_and_conversions_reach_the_parametrization(m):
    layer = package(m).Linear(2, 2).eval()
    added = package(m).Dropout(0.5)
    parametrize(m).register_parametrization(layer, "weight", added)
    assert not added.training
    layer.train()
    assert added.training
    layer.double()
    assert str(layer.weight.dtype) == "torch.float64"


def test_state_moves_between_parametrized_modules(m):
    one, other = (parametrize(m).register_parametrization(package(m).Linear(2, 2), "weight", doubled(m)) for _ in "ab")
    other.load_state_dict(one.state_dict())
    assert other.weight.tolist() == one.weight.tolist()
    with pytest.raises(RuntimeError, match=r'Missing key.*"parametrizations.weight.original"'):
        other.load_state_dict(package(m).Linear(2, 2).state_dict())


@pytest.mark.parametrize(
    "forward, inverse, message",
    [
        (lambda x: x.double(), None, "may not change the dtype"),
        (lambda x: x[0], None, "may not change the shape"),
        (lambda x: [x], None, "A parametrization must return a tensor. Got list"),
        (lambda x: x, lambda x: x.double(), "right_inverse.* may not change the dtype"),
        (lambda x: x, lambda x: 1, "must return a Tensor or a Sequence of tensors.*Got int"),
        (lambda x: x, lambda x: [x, 1], "Got element 1 of the sequence with type int"),
    ],
)
def test_parametrizations_that_are_refused(m, forward, inverse, message):
    layer = package(m).Linear(2, 2)
    before = layer.weight.tolist()
    with pytest.raises(ValueError, match=message):
        parametrize(m).register_parametrization(layer, "weight", custom(m, forward, inverse))
    assert type(layer) is package(m).Linear
    assert layer.weight.tolist() == before


def test_a_refused_parametrization_leaves_the_values():
    layer = nn.Linear(2, 2)
    before = layer.weight.tolist()
    with pytest.raises(ValueError, match="may not change the shape"):
        nn.utils.parametrize.register_parametrization(
            layer, "weight", custom(autograd, lambda x: x[:1], lambda x: x * 0)
        )
    assert layer.weight.tolist() == before


@pytest.mark.parametrize(
    "forward, inverse, message",
    [
        (lambda x: x.double(), None, "may not change the dtype"),
        (lambda x: x[0], None, "may not change the shape"),
        (lambda x: 1, None, "must return a tensor"),
        (lambda x: x, lambda x: x.double(), "dtype"),
        (lambda x: x, lambda x: x[0], "shape"),
        (lambda x: x, lambda x: (x, x), "right_inverse must return a tensor"),
    ],
)
def test_further_parametrizations_that_are_refused(m, forward, inverse, message):
    layer = parametrize(m).register_parametrization(package(m).Linear(2, 2), "weight", doubled(m))
    with pytest.raises(ValueError, match=message):
        parametrize(m).register_parametrization(layer, "weight", custom(m, forward, inverse))
    assert len(layer.parametrizations.weight) == 1


def test_unsafe_parametrizations_may_change_shape_and_dtype(m):
    layer = package(m).Linear(2, 2)
    parametrize(m).register_parametrization(layer, "weight", custom(m, lambda x: x[:1]), unsafe=True)
    assert layer.weight.shape == (1, 2)
    assert layer.parametrizations.weight.unsafe
    parametrize(m).register_parametrization(layer, "bias", custom(m, lambda x: x.double()), unsafe=True)
    with pytest.raises(RuntimeError):
        parametrize(m).remove_parametrizations(layer, "bias")
    parametrize(m).remove_parametrizations(layer, "bias", leave_parametrized=False)
    assert str(layer.bias.dtype) == "torch.float32"


def test_what_is_not_there_cannot_be_parametrized(m):
    layer = package(m).Linear(2, 2)
    with pytest.raises(ValueError, match=r"does not have a parameter, a buffer, or a parametrized element.*'nothing'"):
        parametrize(m).register_parametrization(layer, "nothing", doubled(m))
    with pytest.raises(ValueError, match="requires one or more modules"):
        parametrize(m).ParametrizationList([], layer.weight)
    assert type(layer) is package(m).Linear


def test_transfer(m):
    P = parametrize(m)
    source, target = package(m).Linear(2, 2), package(m).Linear(2, 2)
    assert P.transfer_parametrizations_and_params(source, target) is target
    assert not P.is_parametrized(target)
    P.register_parametrization(source, "weight", doubled(m))
    P.register_parametrization(source, "bias", product_of_numbers(m))
    P.transfer_parametrizations_and_params(source, target, "weight")
    assert (P.is_parametrized(target, "weight"), P.is_parametrized(target, "bias")) == (True, False)
    assert target.parametrizations.weight.original is source.parametrizations.weight.original
    blank = package(m).Module()
    P.transfer_parametrizations_and_params(source, blank)
    assert blank.bias.tolist() == source.bias.tolist()
    assert blank.parametrizations.bias.original1 is source.parametrizations.bias.original1


def product_of_numbers(m):
    return custom(m, lambda x, y: x * y, lambda z: (z, m.ones_like(z)))


# ---- those that are ready to use

BUILDS = {
    "Linear": (lambda n: n.Linear(3, 2), (4, 3)),
    "Conv2d": (lambda n: n.Conv2d(2, 3, 2), (1, 2, 3, 3)),
    "ConvTranspose1d": (lambda n: n.ConvTranspose1d(2, 3, 2), (1, 2, 4)),
    "square": (lambda n: n.Linear(3, 3), (4, 3)),
    "tall": (lambda n: n.Linear(2, 4), (4, 2)),
}
METHODS = {
    "weight_norm": lambda u, layer: u.weight_norm(layer),
    "weight_norm:1": lambda u, layer: u.weight_norm(layer, dim=1),
    "weight_norm:None": lambda u, layer: u.weight_norm(layer, dim=None),
    "weight_norm:bias": lambda u, layer: u.weight_norm(layer, "bias"),
    "spectral_norm": lambda u, layer: u.spectral_norm(layer),
    "spectral_norm:options": lambda u, layer: u.spectral_norm(layer, "weight", 2, 1e-3, -1),
    "spectral_norm:bias": lambda u, layer: u.spectral_norm(layer, "bias", dim=0),
    "orthogonal": lambda u, layer: u.orthogonal(layer),
    "orthogonal:matrix_exp": lambda u, layer: u.orthogonal(layer, orthogonal_map="matrix_exp"),
    "orthogonal:cayley": lambda u, layer: u.orthogonal(layer, orthogonal_map="cayley"),
    "orthogonal:householder": lambda u, layer: u.orthogonal(layer, orthogonal_map="householder"),
    "orthogonal:plain": lambda u, layer: u.orthogonal(layer, "weight", "householder", use_trivialization=False),
    "orthogonal:plain exp": lambda u, layer: u.orthogonal(layer, "weight", "matrix_exp", use_trivialization=False),
}


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("method", METHODS)
def test_ready_parametrizations_are_torchs(torch, build, method):
    make, shape = BUILDS[build]
    pair = []
    start = make(torch.nn).double()
    for m in (autograd, torch):
        layer = make(package(m)).double()
        layer.load_state_dict({k: m.from_numpy(v.numpy().copy()) for k, v in start.state_dict().items()})
        pair.append(METHODS[method](package(m).utils.parametrizations, layer))
    ours, theirs = pair
    assert repr(ours) == repr(theirs)
    described = [[(k, tuple(v.shape), str(v.dtype)) for k, v in layer.state_dict().items()] for layer in pair]
    assert described[0] == described[1]
    ours.load_state_dict({k: autograd.from_numpy(v.numpy().copy()) for k, v in theirs.state_dict().items()})
    random = np.random.default_rng(3)
    for training in (True, True, False):
        x, results = random.normal(size=shape), []
        for layer, m in zip(pair, (autograd, torch)):
            out = layer.train(training)(m.from_numpy(x))
            parameters = list(layer.parameters())
            grads = m.autograd.grad((out**2).sum(), parameters)
            with m.no_grad():
                for parameter, grad in zip(parameters, grads):
                    parameter -= 0.05 * grad
            results.append([out, *grads, *layer.state_dict().values()])
        for one, other in zip(*results):
            np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), rtol=1e-8, atol=1e-10)
    theirs.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in ours.state_dict().items()})
    for layer, m in zip(pair, (autograd, torch)):
        for name in list(layer.parametrizations):
            package(m).utils.parametrize.remove_parametrizations(layer, name)
    for one, other in zip(ours.parameters(), theirs.parameters()):
        np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", ["weight_hh_l0", "weight_ih_l0"])
def test_recurrent_weights_can_be_parametrized(torch, name):
    results = []
    start = torch.nn.LSTM(2, 3).double()
    for m in (autograd, torch):
        layer = package(m).LSTM(2, 3).double()
        layer.load_state_dict({k: m.from_numpy(v.numpy().copy()) for k, v in start.state_dict().items()})
        package(m).utils.parametrizations.weight_norm(layer, name)
        with m.no_grad():
            layer.parametrizations[name].original0 *= 2
        out = layer(m.ones(4, 1, 2, dtype=m.float64))[0]
        out.sum().backward()
        results.append([out, *(parameter.grad for parameter in layer.parameters())])
    assert len(results[0]) == 6
    for one, other in zip(*results):
        np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), rtol=1e-8)


def test_weight_norm_loads_the_state_of_the_older_form(m):
    n = package(m)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        old = n.utils.weight_norm(n.Linear(3, 2))
    new = n.utils.parametrizations.weight_norm(n.Linear(3, 2))
    net = n.Sequential(new)
    net.load_state_dict({f"0.{name}": value for name, value in old.state_dict().items()})
    assert new(m.ones(1, 3)).tolist() == old(m.ones(1, 3)).tolist()


def test_the_spectral_norm_is_one(m):
    n = package(m)
    m.manual_seed(0)
    layer = n.utils.parametrizations.spectral_norm(n.Linear(5, 4))
    for _ in range(20):
        weight = layer.weight
    assert np.linalg.norm(weight.detach().numpy(), 2) == pytest.approx(1.0, abs=1e-3)
    layer.eval()
    before = layer.parametrizations.weight[0]._u.tolist()
    assert layer.weight.tolist() == layer.weight.tolist()
    assert layer.parametrizations.weight[0]._u.tolist() == before
    (layer(m.ones(1, 5)).sum() - 2 * layer(m.ones(1, 5)).sum()).backward()


@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2), (2, 4, 3)])
@pytest.mark.parametrize("orthogonal_map", ["matrix_exp", "cayley", "householder"])
def test_orthogonal_weights_stay_orthogonal_and_can_be_assigned(m, shape, orthogonal_map):
    n = package(m)
    m.manual_seed(1)
    holder = n.Module()
    holder.weight = n.Parameter(m.randn(*shape, dtype=m.float64))
    n.utils.parametrizations.orthogonal(holder, orthogonal_map=orthogonal_map)
    assert holder.parametrizations.weight.original.shape == shape
    for _ in range(2):
        values = holder.weight.detach().numpy()
        values = values if shape[-2] >= shape[-1] else values.swapaxes(-1, -2)
        np.testing.assert_allclose(
            values.swapaxes(-1, -2) @ values, np.zeros((*shape[:-2], 1, 1)) + np.eye(min(shape[-2:])), atol=1e-12
        )
        with m.no_grad():
            holder.parametrizations.weight.original.add_(m.randn(*shape, dtype=m.float64).tril(-1))
    target = n.init.orthogonal_(m.empty(*shape[-2:], dtype=m.float64)).expand(shape)
    holder.weight = target
    np.testing.assert_allclose(holder.weight.detach().numpy(), target.numpy(), atol=1e-10)
    with pytest.raises(ValueError, match="Expected a matrix or batch of matrices of shape"):
        holder.weight = m.ones(7, 7, dtype=m.float64)


def test_unitary_weights(m):
    n = package(m)
    holder = n.Module()
    holder.weight = n.Parameter(m.randn(3, 3, dtype=m.complex128))
    n.utils.parametrizations.orthogonal(holder)
    values = holder.weight.detach().numpy()
    np.testing.assert_allclose(values.conj().T @ values, np.eye(3), atol=1e-12)
    with pytest.raises(ValueError, match="householder parametrization does not support complex"):
        n.utils.parametrizations.orthogonal(n.Linear(2, 2, dtype=m.complex64), orthogonal_map="householder")


def test_misuse_of_ready_parametrizations(m):
    n = package(m)
    u = n.utils.parametrizations
    with pytest.raises(ValueError, match="has no parameter or buffer with name 'nothing'"):
        u.spectral_norm(n.Linear(2, 2), "nothing")
    with pytest.raises(ValueError, match="has no parameter or buffer with name 'nothing'"):
        u.orthogonal(n.Linear(2, 2), "nothing")
    with pytest.raises(ValueError, match="Expected n_power_iterations to be positive"):
        u.spectral_norm(n.Linear(2, 2), n_power_iterations=0)
    with pytest.raises(IndexError, match="Dimension out of range"):
        u.spectral_norm(n.Linear(2, 2), dim=2)
    with pytest.raises(ValueError, match="Got a tensor of 1 dimensions"):
        u.orthogonal(n.Linear(2, 2), "bias")
    with pytest.raises(ValueError, match='one of "matrix_exp", "cayley", "householder"'):
        u.orthogonal(n.Linear(2, 2), orthogonal_map="rotation")
    layer = u.orthogonal(n.Linear(2, 2), use_trivialization=False)
    with pytest.raises(NotImplementedError, match="use_trivialization=False"):
        layer.weight = m.eye(2)
