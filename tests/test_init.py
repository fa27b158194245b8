"""Initial values: their distributions, shapes and constants, as far as possible by what they are for."""

import inspect
import math
import warnings

import numpy as np
import pytest

import autograd
import nn


def init_of(m):
    """`nn.init` of `autograd` or `torch`."""
    return nn.init if m is autograd else m.nn.init


def drawn(m, call, *shape, repeats=1):
    """What `call(init, tensor)` fills tensors with, as one array of float64."""
    m.manual_seed(0)
    found = []
    for _ in range(repeats):
        tensor = m.empty(*shape)
        assert call(init_of(m), tensor) is tensor
        found.append(tensor.numpy().astype(np.float64))
    return np.stack(found)


def normal_below(x):
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


RANDOM = {
    "uniform_": (lambda i, t: i.uniform_(t, -1.0, 3.0), (1.0, 4 / math.sqrt(12)), (-1, 3)),
    "normal_": (lambda i, t: i.normal_(t, 2.0, 0.5), (2.0, 0.5), None),
    "trunc_normal_": (lambda i, t: i.trunc_normal_(t), (0.0, 0.8796), (-2, 2)),
    "trunc_normal_ of one side": (lambda i, t: i.trunc_normal_(t, a=1.0, b=5.0), (1.5251, 0.4463), (1, 5)),
    "xavier_uniform_": (lambda i, t: i.xavier_uniform_(t, 1.5), (0, 1.5 * math.sqrt(2 / 700)), None),
    "xavier_normal_": (lambda i, t: i.xavier_normal_(t), (0, math.sqrt(2 / 700)), None),
    "kaiming_uniform_": (lambda i, t: i.kaiming_uniform_(t, mode="FAN_OUT"), (0, math.sqrt(2 / 300)), None),
    "kaiming_normal_": (
        lambda i, t: i.kaiming_normal_(t, a=1, nonlinearity="leaky_relu"), (0, math.sqrt(1 / 400)), None
    ),
    "kaiming_normal_ for tanh": (
        lambda i, t: i.kaiming_normal_(t, nonlinearity="tanh"), (0, 5 / 3 / math.sqrt(400)), None
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RANDOM)
def test_distributions(m, name):
    call, (mean, std), bounds = RANDOM[name]
    values = drawn(m, call, 300, 400)
    error = std / math.sqrt(values.size)
    assert values.mean() == pytest.approx(mean, abs=5 * error)
    assert values.std() == pytest.approx(std, rel=0.02)
    if bounds is not None:
        assert bounds[0] <= values.min() < bounds[0] + 0.05 * std
        assert values.max() <= bounds[1]
    if "uniform" in name:
        assert np.abs(values - mean).max() == pytest.approx(math.sqrt(3) * std, rel=1e-3)


@pytest.mark.parametrize("name", RANDOM)
def test_distributions_are_those_of_torch(torch, name):
    """By Kolmogorov and Smirnov: the largest distance of the cumulative distributions of 60,000 values each."""
    ours, theirs = (np.sort(drawn(m, RANDOM[name][0], 300, 400).ravel()[::2]) for m in (autograd, torch))
    both = np.concatenate([ours, theirs])
    distance = np.abs(np.searchsorted(ours, both) - np.searchsorted(theirs, both)).max() / len(ours)
    assert distance < 1.95 * math.sqrt(2 / len(ours)), "so far apart one in a thousand times"


@pytest.mark.parametrize("a, b, mean, std", [(-0.5, 2.0, 0.0, 1.0), (1.0, 3.0, 0.5, 1.0), (2.5, 9.0, 0.0, 1.0)])
def test_truncated_normal_is_normal_within(m, a, b, mean, std):
    """Where few values lie within as well as where most do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = drawn(m, lambda i, t: i.trunc_normal_(t, mean, std, a, b), 40_000)
    assert a <= values.min()
    assert values.max() <= b
    low, high = normal_below((a - mean) / std), normal_below((b - mean) / std)
    for quantile in (0.1, 0.5, 0.9):
        below = (normal_below((np.quantile(values, quantile) - mean) / std) - low) / (high - low)
        assert below == pytest.approx(quantile, abs=0.02)


def test_truncation_far_off_is_warned_of(m):
    for arguments in ((5.0, 1.0, -2.0, 2.0), (-9.0, 2.0, -2.0, 2.0)):
        with pytest.warns(UserWarning, match="mean is more than 2 std from"):
            tensor = init_of(m).trunc_normal_(m.empty(1000), *arguments)
        assert -2 <= tensor.min() <= tensor.max() <= 2
    assert init_of(m).trunc_normal_(m.empty(0)).shape == (0,)
    assert init_of(m).trunc_normal_(m.empty(())).dim() == 0


def test_generators_repeat(m):
    init = init_of(m)
    for name in (
        "uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_",
        "kaiming_normal_", "orthogonal_",
    ):  # fmt: skip
        results = [getattr(init, name)(m.empty(4, 5), generator=m.Generator().manual_seed(s)) for s in (3, 3, 4)]
        assert m.equal(results[0], results[1]), name
        assert not m.equal(results[0], results[2]), name


def test_a_seed_repeats_everything_sparse_too():
    """PyTorch's `sparse_` draws the places without its generator."""
    results = [nn.init.sparse_(autograd.empty(6, 5), 0.5, generator=autograd.Generator().manual_seed(3)) for _ in "ab"]
    assert autograd.equal(*results)


# ---- constants


def test_constants(m):
    init = init_of(m)
    assert init.constant_(m.empty(2), 0.25).tolist() == [0.25, 0.25]
    assert init.ones_(m.empty(2)).tolist() == [1, 1]
    assert init.zeros_(m.ones(2)).tolist() == [0, 0]
    assert init.eye_(m.ones(2, 3, dtype=m.float64)).tolist() == [[1, 0, 0], [0, 1, 0]]
    weight = m.nn.Parameter(m.ones(3, 2)) if m is not autograd else nn.Parameter(m.ones(3, 2))
    assert init.eye_(weight) is weight
    assert weight.requires_grad
    assert weight.grad_fn is None
    assert weight.tolist() == [[1, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize("shape, groups", [((3, 2, 3), 1), ((4, 2, 3, 3), 2), ((2, 3, 1, 2, 3), 1), ((6, 1, 5), 3)])
def test_dirac_hands_channels_on(shape, groups, torch):
    ours, theirs = (init_of(m).dirac_(m.ones(*shape), groups) for m in (autograd, torch))
    assert ours.tolist() == theirs.tolist()
    if shape[1] * groups == shape[0] and len(shape) == 4 and groups == 1:
        x = autograd.randn(1, shape[1], 5, 5)
        assert autograd.equal(nn.functional.conv2d(x, ours, padding=1), x)


def test_dirac_by_hand():
    x = autograd.randn(1, 2, 5, 5)
    weight = nn.init.dirac_(autograd.empty(2, 2, 3, 3))
    assert weight.sum() == 2
    assert weight[1, 1, 1, 1] == 1
    assert autograd.equal(nn.functional.conv2d(x, weight, padding=1), x)


# ---- orthogonal and sparse


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (3, 2, 2, 2), (1, 5), (5, 1)])
def test_orthogonal(m, shape):
    tensor = init_of(m).orthogonal_(m.empty(*shape, dtype=m.float64), gain=2)
    rows = tensor.reshape(shape[0], -1).numpy()
    product = rows @ rows.T if rows.shape[0] <= rows.shape[1] else rows.T @ rows
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)


def test_orthogonal_matrices_are_drawn_evenly(m):
    """Each entry of a random rotation in three dimensions is even between -1 and 1, also on the diagonal."""
    values = drawn(m, lambda i, t: i.orthogonal_(t), 3, 3, repeats=1500)
    for entry in (values[:, 0, 0], values[:, 2, 2], values[:, 1, 0]):
        assert entry.mean() == pytest.approx(0, abs=0.07)
        assert entry.std() == pytest.approx(1 / math.sqrt(3), abs=0.03)
    assert 0.4 < (np.linalg.det(values) > 0).mean() < 0.6


def test_orthogonal_of_halves_and_of_nothing():
    half = nn.init.orthogonal_(autograd.empty(4, 4).half())
    assert half.dtype is autograd.float16
    np.testing.assert_allclose((half @ half.T).numpy(), np.eye(4), atol=5e-3)
    assert nn.init.orthogonal_(autograd.empty(0, 4)).shape == (0, 4)


def test_sparse(m):
    m.manual_seed(0)
    weight = init_of(m).sparse_(m.empty(10, 2000), sparsity=0.25, std=3.0)
    zeros = (weight == 0).numpy()
    assert (zeros.sum(0) == 3).all(), "a quarter of ten, rounded up"
    assert np.abs(zeros.mean(1) - 0.3).max() < 0.06, "in all rows alike"
    assert weight[weight != 0].std().item() == pytest.approx(3, rel=0.05)


# ---- gains, fans, errors


def test_gains(m):
    gain = init_of(m).calculate_gain
    for name in ("linear", "sigmoid", "conv1d", "conv_transpose3d"):
        assert gain(name) == 1
    assert gain("tanh") == 5 / 3
    assert gain("relu") == math.sqrt(2)
    assert gain("selu") == 0.75
    assert gain("leaky_relu") == math.sqrt(2 / (1 + 0.01**2))
    assert gain("leaky_relu", 2) == math.sqrt(2 / 5)
    for wrong in (True, "x"):
        with pytest.raises(ValueError, match=f"negative_slope {wrong} not a valid number"):
            gain("leaky_relu", wrong)
    with pytest.raises(ValueError, match="Unsupported nonlinearity gelu"):
        gain("gelu")


def test_fans_of_convolutions(m):
    assert init_of(m)._calculate_fan_in_and_fan_out(m.empty(4, 3, 2, 5)) == (30, 40)


@pytest.mark.parametrize(
    "call, text",
    [
        (lambda m, i: i.kaiming_uniform_(m.empty(3)), "Fan in and fan out can not be computed"),
        (lambda m, i: i.xavier_normal_(m.empty(())), "Fan in and fan out can not be computed"),
        (lambda m, i: i.kaiming_normal_(m.empty(3, 3), mode="fan"), "Mode fan not supported"),
        (lambda m, i: i.kaiming_normal_(m.empty(3, 3), nonlinearity="x"), "Unsupported nonlinearity x"),
        (lambda m, i: i.eye_(m.empty(3)), "Only tensors with 2 dimensions are supported"),
        (lambda m, i: i.sparse_(m.empty(3), 0.1), "Only tensors with 2 dimensions are supported"),
        (lambda m, i: i.orthogonal_(m.empty(3)), "Only tensors with 2 or more dimensions are supported"),
        (lambda m, i: i.dirac_(m.empty(3, 3)), "Only tensors with 3, 4, or 5 dimensions are supported"),
        (lambda m, i: i.dirac_(m.empty(3, 3, 3), 2), "dim 0 must be divisible by groups"),
    ],
)
def test_errors(m, call, text):
    with pytest.raises(ValueError, match=text):
        call(m, init_of(m))


def test_a_negative_deviation_is_refused_and_nothing_changes(m):
    tensor = m.ones(3)
    with pytest.raises(RuntimeError, match="normal expects std >= 0"):
        init_of(m).normal_(tensor, 0, -1)
    assert tensor.tolist() == [1, 1, 1]


def test_nothing_to_fill_is_warned_of(m):
    for name in ("kaiming_uniform_", "kaiming_normal_"):
        with pytest.warns(UserWarning, match="Initializing zero-element tensors is a no-op") as record:
            getattr(init_of(m), name)(m.empty(0, 3))
        assert record[0].filename == (__file__ if m is autograd else record[0].filename)


def test_old_names(m):
    init = init_of(m)
    for name in (
        "uniform", "normal", "constant", "eye", "dirac", "xavier_uniform", "xavier_normal", "kaiming_uniform",
        "kaiming_normal", "orthogonal", "sparse",
    ):  # fmt: skip
        assert getattr(init, name).__name__ == name
        assert name in init.__all__
    with pytest.warns(FutureWarning, match="`nn.init.constant` is now deprecated in favor of `nn.init.constant_`."):
        assert init.constant(m.empty(1), val=2.0).tolist() == [2.0]


def test_names_and_arguments_are_those_of_torch(torch):
    assert sorted(nn.init.__all__) == sorted(torch.nn.init.__all__)
    for name in nn.init.__all__:
        if name.endswith("_") or name == "calculate_gain":
            ours, theirs = (inspect.signature(getattr(i, name)).parameters.values() for i in (nn.init, torch.nn.init))
            assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs], name


def test_parameters_are_written_outside_the_graph(m):
    init = init_of(m)
    weight = (nn if m is autograd else m.nn).Parameter(m.ones(4, 4))
    for call in (
        init.uniform_, init.normal_, init.trunc_normal_, init.ones_, init.zeros_, init.eye_, init.xavier_normal_,
        init.kaiming_uniform_, init.orthogonal_, lambda w: init.sparse_(w, 0.5), lambda w: init.constant_(w, 1.0),
    ):  # fmt: skip
        assert call(weight) is weight
        assert weight.requires_grad
        assert weight.is_leaf
