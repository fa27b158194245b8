"""Dropout: how much is dropped, what together, what is kept of mean and variance, and what it refuses."""

import numpy as np
import pytest

import autograd

from .expectations import same
from .packages import package

NAN = float("nan")


ALL = ("dropout", "alpha_dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout")
SHAPES = {"dropout": (2, 3), "alpha_dropout": (2, 3), "dropout1d": (2, 3, 4), "dropout2d": (2, 3, 2, 2)}
SHAPES |= {"dropout3d": (2, 3, 2, 2, 1), "feature_alpha_dropout": (2, 3, 4)}
every_one = pytest.mark.parametrize("name", ALL)
LOWEST = -1.7580993408473766


@every_one
def test_fraction_scale_and_what_goes_together(m, name):
    m.manual_seed(0)
    function = getattr(package(m).functional, name)
    single = name in ("dropout", "alpha_dropout")
    shape = (200, 300) if single else (200, 300, *SHAPES[name][2:])
    x = m.full(shape, 3.0, requires_grad=True)
    out = function(x, 0.2, training=True)
    scale = 1 / np.sqrt((LOWEST**2 * 0.2 + 1) * 0.8) if "alpha" in name else 1 / 0.8
    shift = -scale * LOWEST * 0.2 if "alpha" in name else 0
    low = scale * LOWEST + shift if "alpha" in name else 0
    rows = out.detach().reshape(200, 300, -1).numpy()
    assert np.ptp(rows, axis=2).max() == 0, "a channel is dropped as a whole"
    dropped = np.isclose(rows[..., 0], low, rtol=1e-4)
    np.testing.assert_allclose(rows[~dropped], 3 * scale + shift, rtol=1e-5)
    assert dropped.mean() == pytest.approx(0.2, abs=0.01)
    out.sum().backward()
    np.testing.assert_allclose(x.grad.reshape(200, 300, -1).numpy()[..., 0], ~dropped * scale, rtol=1e-5)


def test_alpha_dropout_keeps_mean_and_variance(m):
    m.manual_seed(0)
    x = m.randn(200_000)
    for p in (0.1, 0.5, 0.9):
        out = package(m).functional.alpha_dropout(x, p, training=True)
        assert out.mean().item() == pytest.approx(0, abs=0.02)
        assert out.std().item() == pytest.approx(1, abs=0.02)


@every_one
def test_where_nothing_is_dropped_nothing_is_done(m, name):
    function = getattr(package(m).functional, name)
    x = m.ones(*SHAPES[name], requires_grad=True)
    for p, training in ((0.5, False), (0.0, True)):
        assert function(x, p, training) is x
        assert function(x, p, training, inplace=True) is x, "not even a leaf is written to"
    assert function(m.ones(0, *SHAPES[name][1:]), 0.5, True).shape == (0, *SHAPES[name][1:])
    numbers = m.ones(*SHAPES[name]).long()
    assert m.equal(function(numbers, 0.5, False), numbers)


@every_one
def test_all_is_dropped(m, name):
    function = getattr(package(m).functional, name)
    x = m.full(SHAPES[name], -2.0)
    x.view(-1)[0] = NAN
    out = function(x, 1.0, True).reshape(-1)
    assert out[0].isnan()
    same(out[1:], [-0.0] * (out.numel() - 1))


@every_one
def test_in_place(m, name):
    m.manual_seed(0)
    function = getattr(package(m).functional, name)
    leaf = m.ones(*SHAPES[name], dtype=m.float64, requires_grad=True)
    memory = leaf * 2
    out = function(memory, 0.5, True, inplace=True)
    assert out is memory
    assert not m.equal(memory, leaf * 2)
    memory.sum().backward()
    kept = leaf.grad != 0
    assert kept.any()
    assert m.equal(memory[kept], memory[kept][:1].expand(int(kept.sum())))
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        function(leaf, 0.5, True, inplace=True)


def test_in_place_without_a_batch(m):
    """The input's own shape stays, although a batch of one is made of it."""
    for name, shape in (("dropout1d", (30, 4)), ("dropout3d", (30, 2, 2, 1))):
        x = m.ones(*shape)
        out = getattr(package(m).functional, name)(x, 0.5, True, inplace=True)
        assert out is x
        assert x.shape == shape
        channels = x.reshape(30, -1).numpy()
        assert np.ptp(channels, axis=1).max() == 0
        assert set(channels[:, 0]) == {0.0, 2.0}


@every_one
def test_refusals(m, name):
    function = getattr(package(m).functional, name)
    x = m.ones(*SHAPES[name])
    for p in (-0.1, 1.5):
        with pytest.raises(ValueError, match="dropout probability has to be between 0 and 1, but got"):
            function(x, p, training=False)
    with pytest.raises(RuntimeError, match="dropout probability has to be between 0 and 1, but got nan"):
        function(x, NAN, True)
    for kind in (m.int64, m.bool):
        with pytest.raises(RuntimeError, match=r"result type .* can't be cast to the desired output type"):
            function(x.to(kind), 0.5, True)
    with pytest.raises(NotImplementedError, match="not implemented for"):
        function(x.to(m.complex64), 0.5, True)
    assert function(x.half(), 0.5, True).dtype is m.float16
    assert function(x, m.tensor(0.5), True).shape == x.shape


@pytest.mark.parametrize(
    "name", ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"]
)
def test_modules_refuse_what_is_no_probability(m, name):
    with pytest.raises(ValueError, match=r"between 0 and 1, but got 1\.3"):
        getattr(package(m), name)(1.3)
    assert repr(getattr(package(m), name)(0.3, True)) == f"{name}(p=0.3, inplace=True)"


def test_alpha_modules_do_not_write_in_place(m):
    """PyTorch's take `inplace` and make nothing of it."""
    x = m.ones(2, 3, 4)
    for name in ("AlphaDropout", "FeatureAlphaDropout"):
        assert getattr(package(m), name)(0.5, inplace=True)(x) is not x
    assert m.equal(x, m.ones(2, 3, 4))


def test_numbers_of_dimensions(m):
    F = package(m).functional
    for rank in (0, 1, 4):
        with pytest.raises(RuntimeError, match=f"dropout1d: Expected 2D or 3D input.* received a {rank}D input"):
            F.dropout1d(m.ones((2,) * rank))
    with pytest.warns(UserWarning, match="Received a 3D input to dropout2d") as record:
        out = F.dropout2d(m.ones(50, 20, 3), 0.5)
    assert record[0].filename == (__file__ if m is autograd else record[0].filename)
    assert np.ptp(out.numpy(), axis=2).max() == 0
    for rank in (2, 5):
        with pytest.warns(UserWarning, match=f"dropout2d: Received a {rank}-D input to dropout2d, which is deprecated"):
            F.dropout2d(m.ones((2,) * rank))
    for rank in (1, 2, 3, 6):
        with pytest.warns(UserWarning, match=f"dropout3d: Received a {rank}-D input to dropout3d, which is deprecated"):
            F.dropout3d(m.ones((2,) * rank))
    for name, rank in (("dropout2d", 1), ("dropout3d", 0)):
        with pytest.warns(UserWarning, match="deprecated"), pytest.raises(RuntimeError, match="at least 2 dimensions"):
            getattr(F, name)(m.ones((2,) * rank))
    with pytest.raises(RuntimeError, match="at least 2 dimensions"):
        F.feature_alpha_dropout(m.ones(2), 0.5, True)


def test_at_top_level(m):
    """`torch.dropout` and its kin: they take `train`, and have no defaults."""
    x = m.ones(4, 5)
    for name in ("dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout"):
        function, in_place = getattr(m, name), getattr(m, name + "_")
        assert function(x, p=0.5, train=False) is x
        assert in_place(x, 0.5, False) is x
        with pytest.raises(TypeError):
            function(x)
        with pytest.raises(RuntimeError, match="dropout probability has to be between 0 and 1, but got 2"):
            function(x, 2.0, True)
        y = x.clone()
        assert in_place(y, 0.5, True) is y
        assert not m.equal(x, y)
        with pytest.raises(TypeError, match=r"argument 'input'.* must be Tensor, not list"):
            function([1.0], 0.5, True)


@pytest.mark.parametrize("name", ["dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"])
def test_integers_may_all_be_dropped(m, name):
    """It is only to be scaled that they cannot."""
    out = getattr(m, name)(m.ones(2, 3, dtype=m.int64), 1.0, True)
    assert out.dtype is m.int64
    assert out.tolist() == [[0, 0, 0], [0, 0, 0]]
