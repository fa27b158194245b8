"""Activation functions and small layers: odd inputs, kinks, dtypes, errors, warnings, writing in place."""

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.functions.decompositions import qr
from autograd.kernels.choosing import choose

from .expectations import same
from .packages import package

INF, NAN = float("inf"), float("nan")
POINTS = [-INF, -100.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0, 100.0, INF, NAN]


FUNCTIONS = {
    "celu": lambda F, x: F.celu(x, 2.0),
    "elu": lambda F, x: F.elu(x),
    "elu, negative": lambda F, x: F.elu(x, -0.5),
    "selu": lambda F, x: F.selu(x),
    "gelu": lambda F, x: F.gelu(x),
    "gelu, tanh": lambda F, x: F.gelu(x, approximate="tanh"),
    "hardshrink": lambda F, x: F.hardshrink(x),
    "hardshrink, negative": lambda F, x: F.hardshrink(x, -1.0),
    "hardsigmoid": lambda F, x: F.hardsigmoid(x),
    "hardswish": lambda F, x: F.hardswish(x),
    "hardtanh": lambda F, x: F.hardtanh(x),
    "relu6": lambda F, x: F.relu6(x),
    "leaky_relu": lambda F, x: F.leaky_relu(x),
    "leaky_relu, steep": lambda F, x: F.leaky_relu(x, 2),
    "logsigmoid": lambda F, x: F.logsigmoid(x),
    "mish": lambda F, x: F.mish(x),
    "silu": lambda F, x: F.silu(x),
    "softplus": lambda F, x: F.softplus(x),
    "softplus, beta": lambda F, x: F.softplus(x, 2.0, 5.0),
    "softshrink": lambda F, x: F.softshrink(x),
    "softsign": lambda F, x: F.softsign(x),
    "tanhshrink": lambda F, x: F.tanhshrink(x),
    "threshold": lambda F, x: F.threshold(x, 0.5, 7.0),
    "prelu": lambda F, x: F.prelu(x, x[:1].detach() * 0 + 0.25),
}
UNEQUAL = {("gelu", "float32"), ("gelu", "float16")}  # at Inf the single precision kernels of PyTorch give NaN
FLAWED = {("hardsigmoid", "float64")}  # PyTorch's 1/6 is float32's


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_kinks_and_ends_of_the_line_as_in_torch(name, dtype, torch):
    """Values and both derivatives where pieces meet, at Inf and at NaN, and at 800 other points in another layout."""
    random = np.random.default_rng(0)
    cloud = random.normal(0, 4, (40, 20)).T
    points = np.array([-1.0, *POINTS][: -3 if (name, dtype) in UNEQUAL else None])  # the first is prelu's
    for values in (points[1:] if name != "prelu" else points, cloud if name != "prelu" else cloud[0]):
        values = values.astype(dtype)
        weights = random.normal(1, 0.1, values.shape).astype(dtype)
        found = []
        for m in (autograd, torch):
            x = m.from_numpy(values).requires_grad_()
            out = FUNCTIONS[name](package(m).functional, x)
            (plain,) = m.autograd.grad(out, x, m.from_numpy(weights), retain_graph=True)
            (recorded,) = m.autograd.grad(out, x, m.from_numpy(weights), create_graph=True)
            found.append([out, plain, recorded])
            if dtype == "float64" and name != "hardsigmoid":  # PyTorch has no second derivative of that
                found[-1].append(m.autograd.grad(recorded, x, m.ones_like(recorded))[0])
        for ours, theirs in zip(*found):
            assert str(ours.dtype) == str(theirs.dtype) == f"torch.{dtype}"
            rtol = {"float64": 1e-7 if (name, dtype) in FLAWED else 1e-10, "float32": 2e-5, "float16": 4e-3}[dtype]
            np.testing.assert_allclose(
                ours.detach().numpy(), theirs.detach().numpy(), rtol, atol=rtol * 0.3, err_msg=name
            )


def test_values_by_hand(m):
    """Facts that need no oracle."""
    F = package(m).functional
    x = m.tensor([-2.0, 0.0, 2.0], dtype=m.float64)
    same(F.relu6(m.tensor([-1.0, 3.0, 7.0])), [0, 3, 6])
    same(F.elu(x, 2.0), [2 * np.expm1(-2), 0, 2], "float64")
    same(F.celu(x, 0.5), [0.5 * np.expm1(-4), 0, 2])
    same(F.selu(x), [1.0507009873554805 * 1.6732632423543772 * np.expm1(-2), 0, 2 * 1.0507009873554805])
    same(F.silu(x), [-2 / (1 + np.exp(2)), 0, 2 / (1 + np.exp(-2))])
    same(F.mish(x), x.numpy() * np.tanh(np.log1p(np.exp(x.numpy()))))
    same(F.gelu(x, approximate="tanh")[2:], [1 + np.tanh(np.sqrt(2 / np.pi) * (2 + 0.044715 * 8))])
    same(F.hardswish(x), [-1 / 3, 0, 5 / 3])
    same(F.hardsigmoid(x), [1 / 6, 0.5, 5 / 6])
    same(F.softshrink(x, 0.5), [-1.5, 0, 1.5])
    same(F.hardshrink(x, 2.0), [0, 0, 0])
    same(F.threshold(x, 0.0, 5.0), [5, 5, 2])
    same(F.glu(m.tensor([3.0, 0.0])), [1.5])
    same(F.softmin(m.tensor([[0.0, np.log(3)]]), dim=1), [[0.75, 0.25]])


def test_where_nothing_passes_the_gradient_is_zero_even_of_an_infinite_one(m):
    F = package(m).functional
    for function in (F.relu6, F.hardtanh, F.hardshrink, F.softshrink, lambda x: F.threshold(x, 0.0, 1.0)):
        x = m.tensor([-0.2, 9.0], dtype=m.float64, requires_grad=True)
        gradient = m.tensor([-INF, INF], dtype=m.float64)
        (g,) = m.autograd.grad(function(x), x, gradient)
        assert not g.isnan().any()


@pytest.mark.parametrize("name", ["elu", "leaky_relu", "silu", "hardswish", "threshold", "mish"])
def test_large_arrays_are_computed_in_blocks(name):
    """More elements than fit one block, not contiguous, and none at all."""
    x = np.random.default_rng(0).normal(size=(3, 40_000)).T
    parts = [FUNCTIONS[name](F, autograd.tensor(column)).numpy() for column in x.T]
    np.testing.assert_array_equal(FUNCTIONS[name](F, autograd.from_numpy(x)).numpy(), np.stack(parts, 1))
    assert FUNCTIONS[name](F, autograd.empty(0, 3)).shape == (0, 3)


def test_choosing_by_bits():
    random = np.random.default_rng(0)
    for kind in (np.float16, np.float32, np.float64):
        x, y = random.normal(size=(2, 50, 3)).astype(kind)
        x[:3, 0] = [np.inf, np.nan, -0.0]
        condition = random.random((50, 3)) < 0.5
        np.testing.assert_array_equal(choose(condition, x, y), np.where(condition, x, y))
        np.testing.assert_array_equal(choose(condition.T, x.T, y[0, 0]), np.where(condition, x, y[0, 0]).T)
        assert choose(np.True_, x[0, 1], y[0, 1]) == x[0, 1]


# ---- dtypes


@pytest.mark.parametrize(
    "name",
    [
        "celu", "elu", "selu", "gelu", "hardshrink", "hardsigmoid", "hardswish", "leaky_relu", "logsigmoid", "mish",
        "rrelu", "silu", "softplus", "softshrink", "glu",
    ],
)  # fmt: skip
def test_integers_are_refused(m, name):
    function = getattr(package(m).functional, name)
    for dtype in (m.int64, m.bool, m.uint8, *([] if name == "silu" else [m.complex64])):
        with pytest.raises(NotImplementedError, match="not implemented for"):
            function(m.tensor([0, 1]).to(dtype))


def test_integers_where_they_make_sense(m):
    F = package(m).functional
    numbers = m.tensor([0, 1, 3, 7])
    same(F.relu6(numbers), [0, 1, 3, 6], "int64")
    same(F.hardtanh(numbers, 0.5, 2.5), [0, 1, 2, 2], "int64")
    same(F.threshold(numbers, 1.5, 20.5), [20, 20, 3, 7], "int64")
    same(F.softsign(numbers), [0, 0.5, 0.75, 0.875], "float32")
    assert F.tanhshrink(numbers).dtype is m.float32
    assert F.softmax(numbers, 0, dtype=m.float64).dtype is m.float64
    same(F.hardtanh(m.tensor([0, 9], dtype=m.uint8), 0, 5), [0, 5], "uint8")
    for wrong in (
        lambda: F.hardtanh(m.tensor([1], dtype=m.uint8)),
        lambda: F.hardtanh(m.tensor([True])),
        lambda: F.relu6(m.tensor([True])),
        lambda: F.softmin(m.tensor([True]), 0),
    ):
        with pytest.raises(RuntimeError):
            wrong()
    for wrong in (lambda: F.threshold(m.tensor([True]), 0, 0), lambda: F.hardtanh(m.tensor([1j]))):
        with pytest.raises(NotImplementedError):
            wrong()


def test_halves_are_computed_in_single_precision_and_rounded_once(m):
    x = m.tensor([-1.3, 0.7, 2.9], dtype=m.float16, requires_grad=True)
    F = package(m).functional
    for function in (F.gelu, F.silu, F.mish, F.elu, F.hardswish, F.softplus, F.leaky_relu, F.logsigmoid):
        wide = x.detach().float().requires_grad_()
        out, expected = function(x), function(wide)
        assert out.dtype is m.float16
        assert m.equal(out, expected.half())
        (g,) = m.autograd.grad(out.sum(), x)
        assert g.dtype is m.float16
        np.testing.assert_allclose(g.numpy(), m.autograd.grad(expected.sum(), wide)[0].numpy(), rtol=2e-3)


def test_bfloat16_stays_bfloat16(m):
    if m is autograd:
        pytest.importorskip("ml_dtypes")
    F = package(m).functional
    x = m.tensor([-2.0, 0.25, 1.0, 7.0]).to(m.bfloat16)
    for function in (F.hardtanh, F.relu6, F.gelu, F.elu, F.leaky_relu, F.softsign, lambda x: F.threshold(x, 0.5, 3.0)):
        assert function(x).dtype is m.bfloat16
    same(F.hardtanh(x).float(), [-1.0, 0.25, 1.0, 1.0])


# ---- errors


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda m, F: F.celu(m.ones(2), 0), RuntimeError, "alpha cannot be 0"),
        (lambda m, F: F.celu_(m.ones(2), 0), RuntimeError, "alpha cannot be 0"),
        (lambda m, F: F.gelu(m.ones(2), approximate="sin"), RuntimeError, "either none or tanh"),
        (lambda m, F: F.gelu(m.ones(2), "tanh"), TypeError, "positional"),
        (lambda m, F: F.glu(m.ones(3)), RuntimeError, "Halving dimension must be even, but dimension 0 is size 3"),
        (lambda m, F: F.glu(m.tensor(1.0)), RuntimeError, "glu does not support scalars"),
        (lambda m, F: F.glu(m.ones(2, 2), 5), IndexError, "Dimension out of range"),
        (lambda m, F: F.softshrink(m.ones(2), -1), RuntimeError, r"lambda must be in range \[0, 3.40282e\+38\]"),
        (lambda m, F: F.hardtanh(m.ones(2), 2, 1), ValueError, "min_val cannot be greater than max_val"),
        (lambda m, F: F.rrelu(m.ones(2), 0.5, 0.1), RuntimeError, "Lower bound should be less than or equal"),
        (lambda m, F: F.prelu(m.ones(2, 3), m.ones(2)), RuntimeError, "parameter numbers = 2 and channel size = 3"),
        (lambda m, F: F.prelu(m.ones(3), m.ones(3)), RuntimeError, "parameter numbers = 3 and channel size = 1"),
        (lambda m, F: F.prelu(m.tensor(1.0), m.ones(3)), RuntimeError, "[Nn]ot allow zero-dim input tensor"),
        (lambda m, F: F.prelu(m.ones(2, 3), m.ones(1, 3)), RuntimeError, "scalar or 1D tensor, but got: ndim = 2"),
        (lambda m, F: F.prelu(m.ones(2), m.ones(1).double()), RuntimeError, "Type promoting not supported"),
        (lambda m, F: F.prelu(m.ones(2).long(), m.ones(1).long()), NotImplementedError, "not implemented for"),
        (lambda m, F: F.prelu(m.ones(2), [0.5]), TypeError, "argument 'weight'.* must be Tensor, not list"),
        (lambda m, F: F.elu([1.0]), TypeError, "argument 'input'.* must be Tensor, not list"),
        (lambda m, F: F.relu([1.0]), TypeError, "argument 'input'.* must be Tensor, not list"),
        (lambda m, F: F.elu_(m.ones(2, requires_grad=True)), RuntimeError, "leaf Variable that requires grad"),
        (lambda m, F: package(m).Hardtanh(2, 1), AssertionError, "must be greater than min_val"),
        (lambda m, F: package(m).Softmax2d()(m.ones(2)), ValueError, "expected input to be 3D or 4D"),
        (lambda m, F: package(m).Unflatten(1, 3), TypeError, "must be a tuple of ints, but found type int"),
        (lambda m, F: package(m).Unflatten(1, (2, "x")), TypeError, "element of type str at pos 1"),
        (lambda m, F: package(m).Unflatten(1, (2, 3))(m.ones(2, 5)), RuntimeError, "unflatten"),
        (lambda m, F: package(m).Flatten()(m.ones(3)), IndexError, "Dimension out of range"),
        (lambda m, F: package(m).Bilinear(0, 2, 3), ValueError, r"in1_features must be > 0"),
        (lambda m, F: F.bilinear(m.ones(2, 4), m.ones(2, 5), m.ones(1, 3, 5)), RuntimeError, "got 4 but expected 3"),
        (lambda m, F: F.bilinear(m.ones(2, 3), m.ones(2, 6), m.ones(1, 3, 5)), RuntimeError, "got 6 but expected 5"),
        (lambda m, F: F.bilinear(m.ones(1, 3), m.ones(2, 5), m.ones(1, 3, 5)), RuntimeError, "batch dimensions do not"),
        (lambda m, F: F.bilinear(m.ones(2, 3), m.ones(5), m.ones(1, 3, 5)), RuntimeError, "dimensions do not match"),
        (lambda m, F: F.bilinear(m.ones(3), m.ones(5), m.ones(1, 3, 5), m.ones(2)), RuntimeError, "bias size does not"),
        (lambda m, F: F.bilinear(m.ones(3).double(), m.ones(5), m.ones(1, 3, 5)), RuntimeError, "the same dtype"),
        (lambda m, F: F.bilinear(m.ones(3), m.ones(5), 2.0), TypeError, "must be Tensor"),
        (lambda m, F: F.gumbel_softmax(m.tensor([1, 2])), (RuntimeError, NotImplementedError), "[Ee]xponential"),
    ],
)
def test_errors(m, call, error, text):
    with pytest.raises(error, match=text):
        call(m, package(m).functional)


# ---- softmax and its dimension


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
def test_implicit_dimension_is_warned_of(m, name):
    layers = package(m)
    module = {"softmax": "Softmax", "log_softmax": "LogSoftmax", "softmin": "Softmin"}[name]
    for rank, dim in enumerate((0, 0, 1, 0, 1)):
        x = m.arange(2.0**rank).reshape((2,) * rank)
        expected = getattr(layers.functional, name)(x, dim=dim)
        with pytest.warns(UserWarning, match=f"Implicit dimension choice for {name} has been deprecated") as record:
            assert m.equal(getattr(layers.functional, name)(x), expected)
        assert record[0].filename == __file__
        with pytest.warns(UserWarning, match=f"Implicit dimension choice for {name}"):
            assert m.equal(getattr(layers, module)()(x), expected)
    wide = getattr(layers.functional, name)(x, 1, 3, m.float64)
    assert wide.dtype is m.float64
    np.testing.assert_allclose(wide.numpy(), expected.numpy(), rtol=1e-6, atol=1e-6)
    assert repr(getattr(layers, module)()) == f"{module}(dim=None)"


def test_old_names_of_the_bounds_of_hardtanh(m):
    with pytest.warns(FutureWarning, match="renamed") as record:
        module = package(m).Hardtanh(min_value=-2, max_value=2)
    assert len(record) == 2
    assert record[0].filename == __file__
    assert repr(module) == "Hardtanh(min_val=-2, max_val=2)"


def test_gumbel_softmax(m):
    F = package(m).functional
    m.manual_seed(0)
    logits = m.tensor([0.0, 1.0, 2.0]).expand(20_000, 3)
    soft = F.gumbel_softmax(logits, tau=0.5)
    np.testing.assert_allclose(soft.sum(-1).numpy(), 1, rtol=1e-5)
    assert ((soft > 0.01) & (soft < 0.99)).any()
    hard = F.gumbel_softmax(logits, hard=True)
    np.testing.assert_allclose(hard.numpy(), hard.round().numpy(), atol=1e-6)
    expected = m.softmax(m.tensor([0.0, 1.0, 2.0]), 0).numpy()
    np.testing.assert_allclose(hard.mean(0).numpy(), expected, atol=0.02)
    np.testing.assert_allclose(F.gumbel_softmax(logits.T, dim=0, hard=True).mean(1).numpy(), expected, atol=0.02)
    x = m.zeros(4, 3, requires_grad=True)
    F.gumbel_softmax(x, hard=True)[:, 0].sum().backward()
    assert x.grad.abs().sum() > 0, "the gradient of the relaxed sample goes through"
    with pytest.warns(UserWarning, match="`eps` parameter is deprecated"):
        F.gumbel_softmax(x, eps=0.1)
    assert F.gumbel_softmax(x.half()).dtype is m.float16


# ---- rrelu


def test_random_slopes_lie_between_their_bounds(m):
    m.manual_seed(0)
    F = package(m).functional
    x = m.full((10_000,), -2.0, requires_grad=True)
    out = F.rrelu(x, 0.1, 0.3, training=True)
    slopes = out / -2
    assert 0.1 <= slopes.min() < 0.11
    assert 0.29 < slopes.max() <= 0.3
    assert slopes.mean().item() == pytest.approx(0.2, abs=0.005)
    out.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), slopes.detach().numpy(), rtol=1e-5)
    same(F.rrelu(m.tensor([3.0]), training=True), [3.0])
    seeded = [m.rrelu(x, 0.1, 0.3, True, m.Generator().manual_seed(1)) for _ in range(2)]
    assert m.equal(*seeded)
    if m is autograd:  # PyTorch has it not for halves
        assert F.rrelu(x.half(), 0.1, 0.3, True).dtype is m.float16


# ---- in place


IN_PLACE = {
    "celu": (2.0,), "elu": (0.5,), "hardsigmoid": (), "hardswish": (), "hardtanh": (-0.5, 0.7), "leaky_relu": (0.2,),
    "mish": (), "relu": (), "relu6": (), "rrelu": (0.2, 0.4, False), "selu": (), "silu": (), "threshold": (0.1, 3.0),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_is_in_the_same_memory_with_the_same_gradient(m, name):
    F, arguments = package(m).functional, IN_PLACE[name]
    function = getattr(F, name)
    values = [-2.0, -0.3, 0.4, 1.7]
    x = m.tensor(values, dtype=m.float64, requires_grad=True)
    expected = function(x, *arguments)
    (slope,) = m.autograd.grad(expected.sum(), x)
    memory = x * 1
    part = memory[1:]
    out = function(memory, *arguments, inplace=True)
    assert out is memory
    np.testing.assert_allclose(memory.detach().numpy(), expected.detach().numpy())
    np.testing.assert_allclose(part.detach().numpy(), expected.detach().numpy()[1:])
    np.testing.assert_allclose(m.autograd.grad(memory.sum(), x)[0].numpy(), slope.numpy(), rtol=1e-6)
    if hasattr(F, name + "_"):
        again = m.tensor(values, dtype=m.float64)
        assert getattr(F, name + "_")(again, *arguments) is again
        np.testing.assert_allclose(again.numpy(), expected.detach().numpy())


def test_of_which_torch_has_at_top_level(m):
    for name in ("celu", "celu_", "prelu", "rrelu", "rrelu_", "selu", "selu_", "threshold", "threshold_", "hardshrink"):
        assert callable(getattr(m, name))
    for name in ("elu", "gelu", "silu", "mish", "hardtanh", "logsigmoid"):
        assert not hasattr(m, name)
    same(m.selu_(m.zeros(1)), [0.0])
    same(m.threshold_(m.zeros(1), 1, 2), [2.0])
    same(m.celu_(m.ones(1)), [1.0])
    same(m.rrelu_(m.ones(1)), [1.0])


# ---- layers


def test_prelu_starts_with_equal_slopes(m):
    module = package(m).PReLU(3, init=0.1, dtype=m.float64)
    same(module.weight, [0.1] * 3, "float64")
    assert repr(module) == "PReLU(num_parameters=3)"


def test_qr_of_tall_and_wide_matrices():
    for shape in ((5, 3), (3, 5), (4, 4)):
        a = autograd.randn(*shape, dtype=autograd.float64)
        q, r = qr(a)
        np.testing.assert_allclose((q @ r).numpy(), a.numpy(), atol=1e-12)
        np.testing.assert_allclose((q.T @ q).numpy(), np.eye(min(shape)), atol=1e-12)
        assert autograd.equal(r, r.triu())
    assert qr(autograd.ones(2, 2).half())[0].dtype is autograd.float16
