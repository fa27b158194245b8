"""Normalization: running statistics, precision, large inputs, and errors."""

import copy

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd.kernels import normalization as kernels

from .packages import package

# ---- running statistics


def test_running_statistics_by_hand():
    layer = nn.BatchNorm1d(2, momentum=0.25)
    x = np.array([[1.0, 10.0], [3.0, 10.0], [8.0, 13.0]], np.float32)
    layer(autograd.from_numpy(x))
    np.testing.assert_allclose(layer.running_mean.numpy(), 0.25 * x.mean(0), rtol=1e-6)
    np.testing.assert_allclose(layer.running_var.numpy(), 0.75 + 0.25 * x.var(0, ddof=1), rtol=1e-6)
    assert layer.num_batches_tracked.item() == 1
    layer.eval()(autograd.from_numpy(x))
    assert layer.num_batches_tracked.item() == 1, "evaluation is no batch"
    layer.reset_running_stats()
    assert layer.running_var.tolist() == [1, 1]
    assert layer.num_batches_tracked.item() == 0


def test_without_momentum_the_statistics_are_averages_of_all_batches():
    layer = nn.BatchNorm1d(1, momentum=None)
    batches = [np.array([[a], [b]], np.float32) for a, b in ((0, 2), (4, 10), (-1, 1))]
    for batch in batches:
        layer(autograd.from_numpy(batch))
    assert layer.running_mean.item() == pytest.approx(np.mean([batch.mean() for batch in batches]))
    assert layer.running_var.item() == pytest.approx(np.mean([batch.var(ddof=1) for batch in batches]))


def test_an_error_leaves_the_statistics_as_they_were():
    layer = nn.BatchNorm1d(3)
    before = copy.deepcopy(layer.state_dict())
    for wrong in (autograd.ones(1, 3), autograd.ones(2, 4), autograd.ones(2, 3).double(), autograd.ones(2, 3).long()):
        with pytest.raises((RuntimeError, ValueError)):
            layer(wrong)
    assert all(autograd.equal(value, before[name]) for name, value in layer.state_dict().items())


def test_an_empty_batch_changes_nothing(m):
    layer = package(m).BatchNorm1d(3)
    layer.running_mean.fill_(0.5)
    out = layer(m.zeros(0, 3, requires_grad=True))
    out.sum().backward()
    assert tuple(out.shape) == (0, 3)
    assert layer.running_mean.tolist() == [0.5] * 3
    assert layer.weight.grad.tolist() == [0] * 3


def test_images_without_pixels_give_no_gradient():
    layer = nn.GroupNorm(2, 4)
    layer(autograd.zeros(2, 4, 0)).sum().backward()
    assert layer.weight.grad.tolist() == [0] * 4


def test_graphs_keep_the_statistics_they_used():
    """Between an evaluation and its backward a batch may be learned from."""
    layer = nn.BatchNorm1d(2).eval()
    x = autograd.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    out = layer(x).square().sum()
    expected = autograd.grad(out, [x, layer.weight], retain_graph=True)
    layer.train()(x.detach())
    assert layer.running_mean.tolist() != [0, 0]
    found = autograd.grad(out, [x, layer.weight])
    assert all(autograd.equal(a, b) for a, b in zip(found, expected))


def test_running_statistics_that_learn_are_refused(m):
    mean, var = m.zeros(3, requires_grad=True), m.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="not differentiable with respect to argument 'running_mean'"):
        package(m).functional.batch_norm(m.ones(2, 3), mean, var, training=True)


def test_checkpoints_from_before_batches_were_counted(m):
    layer = package(m).BatchNorm1d(2)
    layer(m.tensor([[1.0, 2.0], [3.0, 5.0]]))
    old = {name: value.clone() for name, value in layer.state_dict().items() if name != "num_batches_tracked"}
    fresh = package(m).BatchNorm1d(2)
    assert not fresh.load_state_dict(old).missing_keys
    assert fresh.num_batches_tracked.item() == 0
    assert fresh.running_mean.tolist() == layer.running_mean.tolist()
    new = layer.state_dict()
    del new["num_batches_tracked"]
    with pytest.raises(RuntimeError, match="num_batches_tracked"):
        fresh.load_state_dict(new)  # its version says that it has them


def test_statistics_that_instances_do_not_track_are_refused(m):
    """Very old checkpoints have them."""
    layer = package(m).InstanceNorm1d(2)
    with pytest.raises(RuntimeError, match="running_mean"):
        layer.load_state_dict({"running_mean": m.zeros(2), "running_var": m.ones(2)})


# ---- precision


def normalizations():
    """Each kind, as a function of x (8, 4, 6) and a weight (4) or (6)."""
    return {
        "batch": lambda x, w: autograd.batch_norm(x, w, None, None, None, True, 0.1, 1e-5),
        "instance": lambda x, w: autograd.instance_norm(x, w, None, None, None, True, 0.1, 1e-5),
        "group": lambda x, w: autograd.group_norm(x, 2, w),
        "layer": lambda x, w: autograd.layer_norm(x, (6,), autograd.cat([w, w[:2]])),
        "rms": lambda x, w: autograd.rms_norm(x, (6,), autograd.cat([w, w[:2]]), 1e-5),
    }


def results(function, x, w, kind):
    """The output and the gradients, computed in `kind`."""
    x, w = (autograd.from_numpy(a.astype(kind)).requires_grad_() for a in (x, w))
    out = function(x, w)
    weights = np.random.default_rng(5).normal(size=out.shape).astype(kind)
    out.backward(autograd.from_numpy(weights))
    return [t.detach().numpy() for t in (out, x.grad, w.grad)]


@pytest.mark.parametrize("name", normalizations())
@pytest.mark.parametrize(
    ("kind", "offset", "scale", "tolerance"),
    [("float32", 0, 1, 1e-5), ("float32", 500, 1, 1e-5), ("float32", 0, 1e-3, 1e-5), ("float16", 0, 300, 4e-3)],
)
def test_precision(name, kind, offset, scale, tolerance):
    """As exact as the dtype allows: far from zero, near zero, and where squares leave the range of float16."""
    random = np.random.default_rng(4)
    x = (random.normal(size=(8, 4, 6)) * scale + offset).astype(kind)
    w = random.uniform(0.5, 1.5, 4).astype(kind)
    function = normalizations()[name]
    for found, exact in zip(results(function, x, w, kind), results(function, x, w, "float64")):
        assert found.dtype == kind
        np.testing.assert_allclose(found, exact, rtol=0, atol=tolerance * np.abs(exact).max())


@pytest.mark.parametrize("name", normalizations())
@pytest.mark.parametrize("offset", [0, 50])
def test_large_inputs_go_through_in_blocks(name, offset, monkeypatch):
    random = np.random.default_rng(4)
    x, w = random.normal(size=(8, 4, 6)) + offset, random.normal(size=4)
    function = normalizations()[name]
    whole = results(function, x, w, "float64")
    for size in (1, 600):  # bytes: one row or sample, or several, the last block smaller
        monkeypatch.setattr(kernels, "BLOCK", size)
        for found, expected in zip(results(function, x, w, "float64"), whole):
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", normalizations())
def test_infinity_leaves_no_finite_gradients(name):
    """What it is normalized with is NaN, and so are its weight's gradient and that of all it was normalized with."""
    x = np.random.default_rng(4).normal(size=(8, 4, 6))
    x[0, 0, 0] = np.inf
    with np.errstate(invalid="ignore"):
        out, of_x, of_weight = results(normalizations()[name], x, np.ones(4), "float64")
    assert np.isnan(out[0, 0, 0])
    assert np.isnan(of_x[0, 0]).all()
    assert np.isnan(of_weight[0])


def test_infinity_in_a_single_row_leaves_no_finite_gradient():
    weight = autograd.ones(2, requires_grad=True)
    autograd.rms_norm(autograd.tensor([1.0, float("inf")]), (2,), weight).sum().backward()
    assert weight.grad[0] == 0
    assert weight.grad[1].isnan()


def test_the_mean_of_infinity_is_infinity(m):
    """Also where another channel's mean is so far from 0 that it is subtracted first."""
    mean, var = m.zeros(2), m.ones(2)
    package(m).functional.batch_norm(m.tensor([[float("inf"), 100.0], [0.0, 101.0]]), mean, var, training=True)
    assert mean.tolist() == pytest.approx([float("inf"), 10.05])
    assert np.isnan(var[0].item())


def test_half_precision_with_single_precision_parameters(m):
    """The parameters' gradients keep the parameters' dtype."""
    layer = package(m).BatchNorm1d(2)
    x = m.tensor([[1.0, -2.0], [3.0, 4.0], [0.5, 1.0]]).half().requires_grad_()
    out = layer(x)
    (out * out * out).sum().backward()
    assert [str(t.dtype) for t in (out, x.grad, layer.weight.grad, layer.running_mean)] == [
        "torch.float16", "torch.float16", "torch.float32", "torch.float32",
    ]  # fmt: skip
    assert layer.running_mean.tolist() == pytest.approx([0.15, 0.1])


def test_rms_norm_adds_the_precision_of_what_it_computes_in(m):
    tiny = m.full((1, 2), 1e-4)
    for kind, eps in ((m.float16, 2**-23), (m.float32, 2**-23), (m.float64, 2**-52)):
        x = tiny.to(kind)
        expected = x.double() / (x.double() ** 2 + eps).sqrt()
        found = package(m).functional.rms_norm(x, (2,))
        assert found.dtype is kind
        np.testing.assert_allclose(found.double().numpy(), expected.numpy(), rtol=1e-3)


def test_rms_norm_of_mixed_dtypes_has_the_inputs():
    weight = autograd.tensor([1.0, 3.0], dtype=autograd.float64, requires_grad=True)
    out = autograd.rms_norm(autograd.tensor([[1.0, 7.0]]), (2,), weight)
    out.sum().backward()
    assert out.dtype is autograd.float32
    assert weight.grad.dtype is autograd.float64
    assert weight.grad.tolist() == pytest.approx([0.2, 1.4])


def test_complex_numbers_have_a_root_mean_square(m):
    x = m.tensor([[3 + 4j, 1j]])
    np.testing.assert_allclose(
        m.rms_norm(x, (2,), None, 0.1).numpy(), x.numpy() / np.sqrt(np.square(x.numpy()).mean() + 0.1), rtol=1e-6
    )


# ---- errors


def test_layers_check_the_dimensions_of_their_input(m):
    ones = m.ones
    classes = package(m)
    for layer, shape, message in (
        (classes.BatchNorm1d(3), (1, 3, 2, 2), r"expected 2D or 3D input \(got 4D input\)"),
        (classes.BatchNorm2d(3), (1, 3, 2), r"expected 4D input \(got 3D input\)"),
        (classes.BatchNorm3d(3), (1, 3, 2), r"expected 5D input \(got 3D input\)"),
        (classes.InstanceNorm2d(3), (3, 2), r"expected 3D or 4D input \(got 2D input\)"),
        (classes.InstanceNorm1d(3, affine=True), (2, 4, 5), "to match num_features"),
        (classes.InstanceNorm1d(3, affine=True), (4, 5), "size at dim=0 to match num_features"),
    ):
        with pytest.raises(ValueError, match=message):
            layer(ones(*shape))


def test_instance_norm_warns_of_another_number_of_channels(m):
    with pytest.warns(UserWarning, match="does not match num_features"):
        out = package(m).InstanceNorm1d(3)(m.ones(2, 4, 5))
    assert tuple(out.shape) == (2, 4, 5)


ERRORS = {
    "one value": (
        lambda m, F: F.batch_norm(m.ones(1, 3), None, None, training=True),
        ValueError,
        "more than 1 value per channel",
    ),
    "one value in a group": (lambda m, F: F.group_norm(m.ones(1, 2), 2), ValueError, "more than 1 value per channel"),
    "one pixel": (lambda m, F: F.instance_norm(m.ones(2, 3, 1)), ValueError, "more than 1 spatial element"),
    "no statistics": (
        lambda m, F: F.batch_norm(m.ones(2, 3), None, None),
        RuntimeError,
        "running_mean must be defined in evaluation mode",
    ),
    "no variance": (
        lambda m, F: F.batch_norm(m.ones(2, 3), m.ones(3), None),
        RuntimeError,
        "running_var must be defined in evaluation mode",
    ),
    "half of the statistics": (
        lambda m, F: F.batch_norm(m.ones(2, 3), m.ones(3), None, training=True),
        ValueError,
        "either both be None or neither",
    ),
    "no statistics of instances": (
        lambda m, F: F.instance_norm(m.ones(2, 3, 4), use_input_stats=False),
        RuntimeError,
        "to be defined when use_input_stats is false",
    ),
    "wrong statistics": (
        lambda m, F: F.batch_norm(m.ones(2, 3), m.ones(4), m.ones(4)),
        RuntimeError,
        "running_mean should contain 3 elements not 4",
    ),
    "wrong weight": (
        lambda m, F: F.batch_norm(m.ones(2, 3), None, None, m.ones(4), training=True),
        RuntimeError,
        "weight should contain 3 elements not 4",
    ),
    "no channels": (
        lambda m, F: F.batch_norm(m.ones(3), None, None, training=True),
        IndexError,
        "Dimension out of range",
    ),
    "eps in training": (
        lambda m, F: F.batch_norm(m.ones(2, 3), None, None, training=True, eps=0.0),
        ValueError,
        "eps must be positive",
    ),
    "eps": (
        lambda m, F: F.batch_norm(m.ones(2, 3), m.ones(3), m.ones(3), eps=-1.0),
        ValueError,
        "eps must be non-negative",
    ),
    "integers": (
        lambda m, F: F.batch_norm(m.ones(2, 3).long(), None, None, training=True),
        NotImplementedError,
        "not implemented for",
    ),
    "complex": (lambda m, F: F.layer_norm(m.ones(2, 3) * 1j, (3,)), NotImplementedError, "not implemented for"),
    "dtypes": (lambda m, F: F.layer_norm(m.ones(2, 3).double(), (3,), m.ones(3)), RuntimeError, "mixed dtype"),
    "no tensor": (lambda m, F: F.batch_norm([1.0], None, None), (TypeError, AttributeError), "list|dim|size"),
    "momentum": (
        lambda m, F: F.batch_norm(m.ones(2, 3), m.ones(3), m.ones(3), training=True, momentum=None),
        TypeError,
        "must be float",
    ),
    "groups": (lambda m, F: F.group_norm(m.ones(2, 5, 3), 2), RuntimeError, "divisible by num_groups"),
    "negative groups": (lambda m, F: F.group_norm(m.ones(2, 4), -2), RuntimeError, "num groups to be greater than 0"),
    "a vector in groups": (lambda m, F: F.group_norm(m.ones(4), 2), RuntimeError, "at least 2 dimensions"),
    "a weight of groups": (
        lambda m, F: F.group_norm(m.ones(2, 4), 2, m.ones(2)),
        RuntimeError,
        "Expected weight to be a vector",
    ),
    "modules' groups": (lambda m, F: package(m).GroupNorm(2, 5), ValueError, "must be divisible by num_groups"),
    "rows": (
        lambda m, F: F.layer_norm(m.ones(2, 4), (3,)),
        RuntimeError,
        r"Given normalized_shape=\[3\], expected input with shape",
    ),
    "more than rows": (lambda m, F: F.layer_norm(m.ones(4), (2, 4)), RuntimeError, r"Given normalized_shape=\[2, 4\]"),
    "no shape": (lambda m, F: F.layer_norm(m.ones(2, 4), ()), RuntimeError, "at least 1-dimensional"),
    "a number as shape": (lambda m, F: F.layer_norm(m.ones(2, 4), 4), TypeError, "must be tuple of ints, not int"),
    "a weight of rows": (
        lambda m, F: F.layer_norm(m.ones(2, 4), (4,), m.ones(3)),
        RuntimeError,
        "weight to be of same shape",
    ),
    "a bias of rows": (
        lambda m, F: F.layer_norm(m.ones(2, 4), (4,), None, m.ones(3)),
        RuntimeError,
        "bias to be of same shape",
    ),
    "integer rows": (lambda m, F: F.rms_norm(m.ones(2, 4).long(), (4,)), NotImplementedError, "not implemented for"),
    "neighbours": (lambda m, F: F.local_response_norm(m.ones(2, 4), 2), ValueError, "Expected 3D or higher"),
    "no neighbours": (
        lambda m, F: F.local_response_norm(m.ones(2, 4, 1), 0),
        RuntimeError,
        "should be greater than zero",
    ),
    "vectors": (lambda m, F: F.normalize(m.ones(3)), IndexError, "Dimension out of range"),
    "integer vectors": (
        lambda m, F: F.normalize(m.ones(3).long(), dim=0),
        RuntimeError,
        "Expected a floating point or complex",
    ),
    "out": (
        lambda m, F: F.normalize(m.ones(3, requires_grad=True), dim=0, out=m.ones(3)),
        RuntimeError,
        "don't support automatic differentiation",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name, m):
    call, kind, message = ERRORS[name]
    with pytest.raises(kind, match=message):
        call(m, package(m).functional)


# ---- neighbours and vectors


def test_local_response_of_nothing_is_the_input(m):
    x = m.zeros(0, 4, 2)
    assert package(m).functional.local_response_norm(x, 2) is x


def test_local_response_of_integers_has_fractions():
    for dtype in (autograd.int64, autograd.int16):
        out = F.local_response_norm(autograd.ones(1, 2, 1, dtype=dtype), 2, alpha=6.0, beta=0.5)
        assert out.dtype is autograd.float32
        assert out.flatten().tolist() == pytest.approx([0.5, 7**-0.5])


def test_normalize_into_a_tensor(m):
    out = m.zeros(2)
    assert package(m).functional.normalize(m.tensor([3.0, 4.0]), dim=0, out=out) is out
    assert out.tolist() == pytest.approx([0.6, 0.8])


def test_zeros_stay_zeros():
    assert F.normalize(autograd.zeros(1, 3)).tolist() == [[0, 0, 0]]
    assert F.normalize(autograd.tensor([[3.0, 4.0]]).half()).dtype is autograd.float16
