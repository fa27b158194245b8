"""nn.utils: clipping, vectors of parameters, fusion, skipped initialization, and the normalizations that are hooks."""

from __future__ import annotations

import copy
import math
import warnings

import numpy as np
import pytest

import autograd
import nn

from .packages import package


def with_grads(m, *grads, dtypes=("float32",)):
    """Tensors that have these gradients, and one that has none."""
    tensors = []
    for i, grad in enumerate(grads):
        dtype = getattr(m, dtypes[i % len(dtypes)])
        tensor = m.zeros(np.shape(grad), dtype=dtype, requires_grad=True)
        tensor.grad = m.tensor(grad, dtype=dtype)
        tensors.append(tensor)
    return [*tensors, m.zeros(2, requires_grad=True)]


# ---- clipping


@pytest.mark.parametrize("norm_type", [2.0, 1, 3.5, 0, math.inf, -math.inf, "inf"])
@pytest.mark.parametrize("max_norm", [0.5, 100, 0.0, math.inf])
@pytest.mark.parametrize("foreach", [None, True, False])
def test_norms_are_clipped_as_by_torch(torch, norm_type, max_norm, foreach):
    random = np.random.default_rng(0)
    grads = [random.normal(size=shape) for shape in ((2, 3), (4,), ())]
    results = []
    for m in (autograd, torch):
        given = with_grads(m, *grads, dtypes=("float32", "float64"))
        total = package(m).utils.clip_grad_norm_(given, max_norm, norm_type, foreach=foreach)
        results.append((str(total.dtype), total.item(), [tensor.grad.tolist() for tensor in given[:-1]]))
    assert results[0][0] == results[1][0]
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-6)
    for ours, theirs in zip(results[0][2], results[1][2]):
        np.testing.assert_allclose(ours, theirs, rtol=2e-6)


def test_clipping_in_its_two_steps(m):
    utils = package(m).utils
    given = with_grads(m, [3.0], [[4.0]])
    before = given[0].grad
    total = utils.get_total_norm([tensor.grad for tensor in given[:-1]])
    assert total.item() == 5.0
    assert utils.clip_grads_with_norm_(given, 2.5, total) is None
    np.testing.assert_allclose([given[0].grad.item(), given[1].grad.item()], [1.5, 2.0], rtol=1e-6)
    assert given[0].grad is before  # in place
    assert utils.get_total_norm([]).tolist() == 0.0
    assert utils.get_total_norm(m.tensor([3.0, 4.0])).item() == 5.0
    assert utils.clip_grad_norm_(m.zeros(2, requires_grad=True), 1.0).item() == 0.0  # none has a gradient
    assert utils.clip_grad_norm_(given[0], 1.0).item() == pytest.approx(1.5)  # one tensor, not several


def test_half_precision_gradients_keep_their_dtype(m):
    given = with_grads(m, [300.0, 400.0], dtypes=("float16",))
    total = package(m).utils.clip_grad_norm_(given, 1.0)
    assert (str(total.dtype), total.item(), str(given[0].grad.dtype)) == ("torch.float16", 500.0, "torch.float16")
    np.testing.assert_allclose(given[0].grad.tolist(), [0.6, 0.8], rtol=1e-3)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_norm_that_is_not_finite(m, bad):
    given = with_grads(m, [1.0], [bad])
    with pytest.raises(RuntimeError, match=r"order 2.0 .* non-finite"):
        package(m).utils.clip_grad_norm_(given, 1.0, error_if_nonfinite=True)
    assert given[0].grad.item() == 1.0
    total = package(m).utils.clip_grad_norm_(given, 1.0)
    assert not math.isfinite(total.item())
    assert given[0].grad.item() == 0.0 or math.isnan(given[0].grad.item())


def test_an_exhausted_generator_is_told_of(m):
    parameters = iter(())
    with pytest.warns(UserWarning, match="`parameters` is an empty generator") as caught:
        package(m).utils.clip_grad_norm_((p for p in parameters), 1.0)
    assert caught[0].filename == __file__ or m is not autograd
    assert package(m).utils.clip_grad_norm_([], 1.0).item() == 0.0


def test_the_deprecated_name(m):
    given = with_grads(m, [3.0, 4.0])
    with pytest.warns(FutureWarning, match="`torch.nn.utils.clip_grad_norm` is now deprecated"):
        assert package(m).utils.clip_grad_norm(given, 1.0).item() == 5.0


@pytest.mark.parametrize("foreach", [None, True, False])
def test_values_are_clipped(m, foreach):
    given = with_grads(m, [3.0, -0.5, math.nan], [[-7.0]])
    before = given[0].grad
    assert package(m).utils.clip_grad_value_(given, 1, foreach=foreach) is None
    np.testing.assert_array_equal(before.tolist(), [1.0, -0.5, math.nan])
    assert given[1].grad.tolist() == [[-1.0]]
    package(m).utils.clip_grad_value_(given[1], 0.5)
    assert given[1].grad.tolist() == [[-0.5]]


def test_gradients_with_a_history_are_clipped_outside_it(m):
    """After a backward with create_graph the gradient has a history, which clipping does not continue."""
    x = m.tensor([3.0], requires_grad=True)
    (x.grad,) = m.autograd.grad((x**2).sum(), x, create_graph=True)
    assert x.grad.grad_fn is not None
    package(m).utils.clip_grad_norm_(x, 1.0)
    np.testing.assert_allclose(x.grad.tolist(), [1.0], rtol=1e-6)


# ---- parameters and vectors


def test_parameters_to_a_vector_and_back(m):
    n = package(m)
    net = n.Sequential(n.Linear(2, 3), n.Linear(3, 1))
    vector = n.utils.parameters_to_vector(net.parameters())
    assert vector.shape == (13,)
    vector.sum().backward()
    assert net[0].weight.grad.tolist() == [[1.0, 1.0]] * 3
    same = list(net.parameters())
    new = m.arange(15.0)
    n.utils.vector_to_parameters(new, net.parameters())
    assert [a is b for a, b in zip(net.parameters(), same)] == [True] * 4
    assert net[1].bias.tolist() == [12.0]
    assert net[0].weight.tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    new[0] = 7.0
    assert net[0].weight[0, 0].item() == 7.0  # the memory is shared


def test_misfitting_vectors(m):
    n = package(m)
    with pytest.raises(TypeError, match=r"expected torch.Tensor, but got"):
        n.utils.vector_to_parameters([1.0], [n.Parameter(m.zeros(1))])
    parameters = [n.Parameter(m.zeros(1)), n.Parameter(m.zeros(2))]
    with pytest.raises(RuntimeError):
        n.utils.vector_to_parameters(m.ones(2), parameters)
    assert parameters[0].item() == 0.0 or m is not autograd
    with pytest.raises((RuntimeError, ValueError)):
        n.utils.parameters_to_vector([])


# ---- fusion


def normalization(n, kind, size, **options):
    """A batch normalization that has seen something."""
    bn = getattr(n, kind)(size, **options)
    for name, tensor in [*bn.named_parameters(), *bn.named_buffers()]:
        if tensor.dim():
            values = np.random.default_rng(len(name)).uniform(0.5, 2.0, tuple(tensor.shape))
            tensor.data = tensor.new_tensor(values)
    return bn.eval()


FUSABLE = {
    "Conv1d": (lambda n: n.Conv1d(2, 4, 3), "BatchNorm1d", (2, 2, 6)),
    "Conv2d": (lambda n: n.Conv2d(4, 4, 2, groups=2, bias=False), "BatchNorm2d", (2, 4, 5, 5)),
    "Conv3d": (lambda n: n.Conv3d(1, 4, 2), "BatchNorm3d", (1, 1, 3, 3, 3)),
    "ConvTranspose1d": (lambda n: n.ConvTranspose1d(2, 4, 3), "BatchNorm1d", (2, 2, 6)),
    "ConvTranspose2d": (lambda n: n.ConvTranspose2d(3, 4, 2, stride=2), "BatchNorm2d", (2, 3, 3, 3)),
    "Linear": (lambda n: n.Linear(3, 4), "BatchNorm1d", (5, 3)),
    "Linear:no bias": (lambda n: n.Linear(3, 4, bias=False), "BatchNorm1d", (5, 3)),
}


def fused(n, name, layer, bn):
    if name.startswith("Linear"):
        return n.utils.fuse_linear_bn_eval(layer, bn)
    return n.utils.fuse_conv_bn_eval(layer, bn, transpose="Transpose" in name)


@pytest.mark.parametrize("name", FUSABLE)
@pytest.mark.parametrize("affine", [True, False])
def test_fused_layers_compute_the_same(m, name, affine):
    n = package(m)
    build, kind, shape = FUSABLE[name]
    if name.startswith("Linear") and not affine:
        assert not hasattr(nn.BatchNorm1d(4, affine=False).weight, "shape")  # PyTorch fuses no such normalization
        return
    layer = build(n).double().eval()
    bn = normalization(n, kind, 4, affine=affine).double()
    x = m.from_numpy(np.random.default_rng(1).normal(size=shape))
    result = fused(n, name, layer, bn)
    assert type(result) is type(layer)
    assert result is not layer
    assert not result.training
    np.testing.assert_allclose(result(x).detach().numpy(), bn(layer(x)).detach().numpy(), rtol=1e-9)
    assert [name for name, _ in result.named_parameters()] == ["weight", "bias"]
    assert result.bias.requires_grad == (layer.bias is not None)


@pytest.mark.parametrize("name", FUSABLE)
def test_fused_weights_are_torchs(torch, name):
    build, kind, _ = FUSABLE[name]
    theirs = build(torch.nn).eval()
    ours = build(nn).eval()
    ours.load_state_dict({key: autograd.from_numpy(value.numpy()) for key, value in theirs.state_dict().items()})
    results = [fused(n, name, layer, normalization(n, kind, 4)) for n, layer in ((nn, ours), (torch.nn, theirs))]
    for one, other in zip(results[0].parameters(), results[1].parameters()):
        assert (tuple(one.shape), one.requires_grad) == (tuple(other.shape), other.requires_grad)
        np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_what_cannot_be_fused(m):
    n = package(m)
    with pytest.raises(AssertionError, match="Fusion only for eval!"):
        n.utils.fuse_conv_bn_eval(n.Conv1d(1, 1, 1), n.BatchNorm1d(1).eval())
    with pytest.raises(AssertionError, match="Fusion only for eval!"):
        n.utils.fuse_linear_bn_eval(n.Linear(1, 1).eval(), n.BatchNorm1d(1))
    with pytest.raises(AssertionError, match=r"running_mean and bn.running_var must not be None"):
        n.utils.fuse_conv_bn_eval(n.Conv1d(1, 1, 1).eval(), n.BatchNorm1d(1, track_running_stats=False).eval())
    with pytest.raises(AssertionError, match=r"linear.out_features=3 and bn.num_features=2"):
        n.utils.fuse_linear_bn_eval(n.Linear(2, 3).eval(), n.BatchNorm1d(2).eval())


def test_half_precision_weights_stay(m):
    n = package(m)
    weight, bias = m.ones(2, 1, 1, dtype=m.float16), None
    statistics = [m.ones(2), m.ones(2)]
    fused = n.utils.fuse_conv_bn_weights(weight, bias, *statistics, 1e-5, None, None)
    assert [str(tensor.dtype) for tensor in fused] == ["torch.float16"] * 2
    assert [type(tensor) for tensor in fused] == [n.Parameter] * 2
    assert [tensor.requires_grad for tensor in fused] == [False, False]
    weight, bias = n.utils.fuse_linear_bn_weights(m.ones(2, 3), m.zeros(2), *statistics, 0.0, 2 * m.ones(2), m.ones(2))
    assert (weight.tolist(), bias.tolist()) == ([[2.0] * 3] * 2, [-1.0, -1.0])


# ---- skipped initialization


def test_skipping_initialization_draws_nothing(m):
    n = package(m)
    m.manual_seed(0)
    expected = m.rand(1).item()
    m.manual_seed(0)
    layer = n.utils.skip_init(n.Linear, 3, out_features=2, bias=False)
    assert m.rand(1).item() == expected
    assert (type(layer), tuple(layer.weight.shape), layer.weight.requires_grad) == (n.Linear, (2, 3), True)
    with pytest.raises(RuntimeError, match="Module must support a 'device' arg"):
        n.utils.skip_init(n.ReLU)
    with pytest.raises(RuntimeError, match="Expected a Module; got"):
        n.utils.skip_init(int)


# ---- a call with other parameters


def test_stateless_calls_warn_and_work(m):
    n = package(m)
    layer = n.Linear(2, 1)
    weights = {"weight": m.ones(1, 2), "bias": m.zeros(1)}
    with pytest.warns(FutureWarning, match="functional_call` is deprecated"):
        result = n.utils.stateless.functional_call(layer, weights, m.tensor([1.0, 2.0]))
    assert result.tolist() == [3.0]


# ---- normalizations that are hooks


def old_weight_norm(n, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return n.utils.weight_norm(*args, **kwargs)


BUILDS = {
    "Linear": (lambda n: n.Linear(3, 2), (4, 3)),
    "Conv2d": (lambda n: n.Conv2d(2, 3, 2), (1, 2, 3, 3)),
    "ConvTranspose1d": (lambda n: n.ConvTranspose1d(2, 3, 2), (1, 2, 4)),
}


def state_of(module):
    return {name: np.array(tensor.detach().numpy()) for name, tensor in module.state_dict().items()}


def load(module, state, m):
    module.load_state_dict({name: m.from_numpy(value.copy()) for name, value in state.items()})


def compare_training(ours, theirs, torch, shape, steps=3):
    """Three steps of descent in training and a call in evaluation give the same in both packages."""
    random = np.random.default_rng(3)
    for _ in range(steps):
        x = random.normal(size=shape)
        for module, m in ((ours, autograd), (theirs, torch)):
            for parameter in module.parameters():
                parameter.grad = None
            (module(m.from_numpy(x)) ** 2).sum().backward()
            with m.no_grad():
                for parameter in module.parameters():
                    parameter -= 0.01 * parameter.grad
    x = random.normal(size=shape)
    results = [module.eval()(m.from_numpy(x)) for module, m in ((ours, autograd), (theirs, torch))]
    np.testing.assert_allclose(results[0].detach().numpy(), results[1].detach().numpy(), rtol=1e-9, atol=1e-12)
    states = state_of(ours), state_of(theirs)
    assert list(states[0]) == list(states[1])
    for name, value in states[0].items():
        np.testing.assert_allclose(value, states[1][name], rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", BUILDS)
@pytest.mark.parametrize("dim", [0, 1, None, -1])
def test_old_weight_norm_is_torchs(torch, name, dim):
    build, shape = BUILDS[name]
    ours, theirs = (old_weight_norm(n, build(n).double(), dim=dim) for n in (nn, torch.nn))
    load(ours, state_of(theirs), autograd)
    assert repr(ours) == repr(theirs)
    compare_training(ours, theirs, torch, shape)
    for n, module in ((nn, ours), (torch.nn, theirs)):
        n.utils.remove_weight_norm(module)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    np.testing.assert_allclose(ours.weight.detach().numpy(), theirs.weight.detach().numpy(), rtol=1e-9)


def test_old_weight_norm_once_and_with_a_warning(m):
    n = package(m)
    with pytest.warns(FutureWarning, match="in favor of `torch.nn.utils.parametrizations.weight_norm`"):
        layer = n.utils.weight_norm(n.Linear(2, 2))
    with pytest.raises(RuntimeError, match="Cannot register two weight_norm hooks on the same parameter weight"):
        old_weight_norm(n, layer)
    old_weight_norm(n, layer, "bias")
    assert sorted(name for name, _ in layer.named_parameters()) == ["bias_g", "bias_v", "weight_g", "weight_v"]
    n.utils.remove_weight_norm(layer)
    with pytest.raises(ValueError, match="weight_norm of 'weight' not found in Linear"):
        n.utils.remove_weight_norm(layer)
    assert type(layer.weight) is n.Parameter
    assert layer(m.ones(1, 2)).shape == (1, 2)
    with pytest.raises(ValueError, match="uninitialized"):
        old_weight_norm(n, n.LazyLinear(2))


@pytest.mark.parametrize("name", BUILDS)
@pytest.mark.parametrize("options", [{}, {"n_power_iterations": 3, "eps": 1e-3}, {"dim": 1}])
def test_old_spectral_norm_is_torchs(torch, name, options):
    build, shape = BUILDS[name]
    ours, theirs = (n.utils.spectral_norm(build(n).double(), **options) for n in (nn, torch.nn))
    load(ours, state_of(theirs), autograd)
    assert repr(ours) == repr(theirs)
    assert ours.state_dict()._metadata == theirs.state_dict()._metadata
    compare_training(ours, theirs, torch, shape)
    load(theirs, state_of(ours), torch)
    for n, module in ((nn, ours), (torch.nn, theirs)):
        n.utils.remove_spectral_norm(module)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert ours.state_dict()._metadata == theirs.state_dict()._metadata
    np.testing.assert_allclose(ours.weight.detach().numpy(), theirs.weight.detach().numpy(), rtol=1e-9)


def test_old_spectral_norm_over_two_forwards(m):
    """The vectors are overwritten by the second forward, and the first one's backward is still right."""
    n = package(m)
    layer = n.utils.spectral_norm(n.Linear(3, 2))
    x = m.ones(1, 3)
    (layer(x).sum() - 2 * layer(x).sum()).backward()
    assert layer.weight_orig.grad.shape == (2, 3)
    length = (layer.weight_u**2).sum().item()
    assert length == pytest.approx(1.0, abs=1e-5)


def test_misuse_of_old_spectral_norm(m):
    n = package(m)
    layer = n.utils.spectral_norm(n.Linear(3, 2))
    with pytest.raises(RuntimeError, match="Cannot register two spectral_norm hooks on the same parameter weight"):
        n.utils.spectral_norm(layer)
    with pytest.raises(ValueError, match="Expected n_power_iterations to be positive"):
        n.utils.spectral_norm(n.Linear(3, 2), n_power_iterations=0)
    with pytest.raises(ValueError, match="parameter `bias` is None"):
        n.utils.spectral_norm(n.Linear(3, 2, bias=False), "bias")
    with pytest.raises(ValueError, match="uninitialized"):
        n.utils.spectral_norm(n.LazyLinear(2))
    with pytest.raises(ValueError, match="spectral_norm of 'weight' not found in ReLU"):
        n.utils.remove_spectral_norm(n.ReLU())


def test_copies_of_fused_layers_are_independent():
    conv, bn = nn.Conv1d(1, 1, 1).eval(), nn.BatchNorm1d(1).eval()
    before = copy.deepcopy(conv.state_dict())
    result = nn.utils.fuse_conv_bn_eval(conv, bn)
    with autograd.no_grad():
        result.weight.fill_(9.0)
    assert conv.weight.tolist() == before["weight"].tolist()


@pytest.mark.parametrize("clip", [nn.utils.clip_grad_norm_, nn.utils.clip_grad_value_])
def test_clipping_a_module_names_the_remedy(clip):
    with pytest.raises(TypeError, match=r"got a Linear: give its parameters\(\)"):
        clip(nn.Linear(2, 1), 1.0)


def test_clipping_a_list_of_parameters_that_is_a_module():
    parameter = nn.Parameter(autograd.zeros(2))
    parameter.grad = autograd.tensor([3.0, 4.0])
    assert nn.utils.clip_grad_norm_(nn.ParameterList([parameter]), 1.0).item() == 5
    nn.utils.clip_grad_value_(nn.ParameterList([parameter]), 0.1)
    assert parameter.grad.tolist() == pytest.approx([0.1, 0.1])
