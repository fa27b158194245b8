"""Regression and probability losses: odd inputs, precision, dtypes, and how they refuse; and distances."""

import itertools
import math

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F


def functional(m):
    """`nn.functional` of `autograd` or `torch`."""
    return F if m is autograd else m.nn.functional


ELEMENTWISE = [
    "l1_loss", "mse_loss", "smooth_l1_loss", "huber_loss", "kl_div", "poisson_nll_loss",
    "binary_cross_entropy_with_logits", "hinge_embedding_loss", "soft_margin_loss", "multilabel_soft_margin_loss",
]  # fmt: skip
ODD = [math.nan, math.inf, -math.inf, 0.0, 1.0, -1.0, 90.0]


def outcome(m, name, x, y, **options):
    """The losses and the gradient of their sum."""
    x = m.tensor(x, requires_grad=True)
    losses = getattr(functional(m), name)(x, m.tensor(y), reduction="none", **options)
    losses.sum().backward()
    return losses.detach().numpy(), x.grad.numpy()


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name != "soft_margin_loss"])
def test_what_is_not_finite_is_as_in_torch(name, torch):
    x, y = (np.array(v)[:, None] for v in zip(*itertools.product(ODD, ODD)))
    for ours, theirs in zip(outcome(autograd, name, x, y), outcome(torch, name, x, y)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-30)


def test_soft_margin_does_not_overflow():
    x = autograd.tensor([-1000.0, 1000.0], requires_grad=True)
    losses = F.soft_margin_loss(x, autograd.tensor([1.0, 1.0]), reduction="none")
    assert losses.tolist() == [1000.0, 0.0]
    losses.sum().backward()
    assert x.grad.tolist() == [-1.0, 0.0]


def test_certain_probabilities(m):
    x = m.tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True)
    losses = functional(m).binary_cross_entropy(x, m.tensor([0.0, 1.0, 1.0, 0.0]), reduction="none")
    assert losses.tolist() == [0, 0, 100, 100], "a logarithm counts as -100 at least"
    losses.sum().backward()
    np.testing.assert_allclose(x.grad.tolist(), [0, 0, -1e12, 1e12], rtol=1e-6)


def test_logits_of_any_size_are_exact(m):
    x = m.tensor([100.0, -100.0], dtype=m.float64, requires_grad=True)
    loss = functional(m).binary_cross_entropy_with_logits(x, m.tensor([1.0, 0.0], dtype=m.float64), reduction="sum")
    assert loss.item() == pytest.approx(2 * math.exp(-100))
    loss.backward()
    assert x.grad.tolist() == pytest.approx([-math.exp(-100), math.exp(-100)])


@pytest.mark.parametrize("name", [*ELEMENTWISE, "binary_cross_entropy", "margin_ranking_loss", "gaussian_nll_loss"])
def test_sixteen_bits_are_computed_in_thirty_two(name):
    random = np.random.default_rng(0)
    arrays = random.uniform(0.1, 0.9, (2 if name in [*ELEMENTWISE, "binary_cross_entropy"] else 3, 70_000, 1))
    half = [autograd.tensor(a.astype(np.float16)) for a in arrays]
    options = {"reduction": "batchmean"} if name == "kl_div" else {}
    found = getattr(F, name)(*half, **options)
    expected = getattr(F, name)(*[t.float() for t in half], **options)
    assert found.dtype is autograd.float16
    assert found.item() == expected.half().item()


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_of_nothing(name, reduction, m):
    x = m.zeros(0, 3, requires_grad=True)
    options = {"reduction": "batchmean" if (name, reduction) == ("kl_div", "mean") else reduction}
    loss = getattr(functional(m), name)(x, m.zeros(0, 3), **options)
    loss.sum().backward()
    assert x.grad.shape == (0, 3)
    assert reduction == "none" or (loss.isnan() if reduction == "mean" else loss == 0)


@pytest.mark.parametrize("name", sorted({*ELEMENTWISE, "gaussian_nll_loss"} - {"binary_cross_entropy_with_logits"}))
def test_each_with_each_is_refused(name):
    """(N, 1) against (N,): equally many elements, that broadcast to N²."""
    others = (autograd.ones(4, 1),) if name == "gaussian_nll_loss" else ()
    options = {} if name != "kl_div" else {"reduction": "sum"}
    with pytest.raises(ValueError, match="equally many elements but would broadcast to"):
        getattr(F, name)(autograd.zeros(4, 1), autograd.zeros(4), *others, **options)
    with pytest.raises(TypeError, match="must be Tensor, not list"):
        getattr(F, name)(autograd.zeros(4), [0.0] * 4, *others, **options)


@pytest.mark.parametrize("name", ["l1_loss", "mse_loss", "smooth_l1_loss", "huber_loss"])
def test_other_broadcasting_is_warned_of(name, m):
    with pytest.warns(UserWarning, match="different to the input size") as caught:
        loss = getattr(functional(m), name)(m.zeros(4, 2), m.ones(2), reduction="sum")
    assert m is not autograd or caught[0].filename == __file__
    assert loss.shape == ()
    module = nn.L1Loss()
    with pytest.warns(UserWarning, match="different to the input size") as caught:
        module(autograd.zeros(4, 2), autograd.zeros(2))
    assert caught[0].filename == __file__, "the line that called the module"


def test_mean_divergence_is_warned_of(m):
    with pytest.warns(UserWarning, match="reduction: 'mean' divides the total loss by both"):
        functional(m).kl_div(m.zeros(2, 3), m.ones(2, 3))


def test_weights_of_elements(m):
    f, weight = functional(m), m.tensor([1.0, 3.0])
    x, y = m.tensor([1.0, 2.0]), m.zeros(2)
    assert f.l1_loss(x, y, weight=weight).item() == 7 / 4, "a weighted mean"
    assert f.huber_loss(x, y, weight=weight).item() == (0.5 + 4.5) / 2, "a mean of weighted losses"
    for name in ("l1_loss", "mse_loss", "huber_loss"):
        with pytest.raises(ValueError, match="Weights and input must have the same size"):
            getattr(f, name)(x, y, weight=m.ones(1))


def test_a_variance_may_lack_or_narrow_a_dimension(m):
    f, x = functional(m), m.zeros(2, 3, requires_grad=True)
    for shape in ((2, 3), (2,), (2, 1), (1, 3)):
        assert f.gaussian_nll_loss(x, m.ones(2, 3), m.ones(shape)).item() == 0.5
    for shape in ((3,), (1, 1), (), (2, 3, 1)):
        with pytest.raises(ValueError, match="var is of incorrect size"):
            f.gaussian_nll_loss(x, m.ones(2, 3), m.ones(shape))
    for var in (-1.0, m.tensor([[1.0, -1, 1]])):
        with pytest.raises(ValueError, match="var has negative entry"):
            f.gaussian_nll_loss(x, m.ones(2, 3), var)
    var = m.zeros(3, requires_grad=True)
    f.gaussian_nll_loss(m.zeros(3), m.ones(3), var, eps=0.5, reduction="sum").backward()
    assert var.grad.tolist() == [-1.0] * 3, "as of a variance of eps"
    assert var.tolist() == [0.0] * 3


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda m, f: f.l1_loss(m.zeros(2), m.zeros(2), reduction="max"), ValueError, "max is not a valid value for"),
        (lambda m, f: f.hinge_embedding_loss(m.zeros(2), m.zeros(3)), RuntimeError, "must match the size of tensor b"),
        (lambda m, f: f.mse_loss(m.zeros(2).long(), m.zeros(2).long()), NotImplementedError, "not implemented for"),
        (lambda m, f: f.smooth_l1_loss(m.zeros(2), m.zeros(2), beta=-1.0), RuntimeError, "negative values for beta"),
        (lambda m, f: f.huber_loss(m.zeros(2), m.zeros(2), delta=0.0), RuntimeError, "non-positive values for delta"),
        (lambda m, f: f.binary_cross_entropy(m.zeros(2, 1), m.zeros(2)), ValueError, "Please|squeeze"),
        (lambda m, f: f.binary_cross_entropy(m.tensor([1.5]), m.ones(1)), RuntimeError, "elements of input should be"),
        (lambda m, f: f.binary_cross_entropy(m.ones(1), m.tensor([-1.0])), RuntimeError, "of target should be"),
        (lambda m, f: f.binary_cross_entropy(m.tensor([math.nan]), m.ones(1)), RuntimeError, "of input should be"),
        (lambda m, f: f.binary_cross_entropy(m.ones(1), m.ones(1).double()), RuntimeError, "Found dtype Double but"),
        (lambda m, f: f.binary_cross_entropy(m.ones(2), m.ones(2), m.ones(3, 2)), RuntimeError, "match the broadcast"),
        (
            lambda m, f: f.binary_cross_entropy_with_logits(m.ones(2, 1), m.ones(2)),
            ValueError,
            "must be the same as input size",
        ),
        (lambda m, f: f.binary_cross_entropy_with_logits(m.ones(1), m.ones(1).long()), RuntimeError, "can't be cast"),
        (lambda m, f: f.kl_div(m.ones(1), m.ones(1).long(), reduction="sum"), RuntimeError, "Integral inputs not"),
        (lambda m, f: f.nll_loss(m.tensor(1.0), m.tensor(0)), ValueError, "Expected 1 or more dimensions"),
        (lambda m, f: f.nll_loss(m.zeros(2, 3), m.zeros(2)), RuntimeError, "dtype to be Long or Byte, but got Float"),
        (lambda m, f: f.nll_loss(m.zeros(2, 3), m.tensor([0, 3])), IndexError, "Target 3 is out of bounds"),
        (lambda m, f: f.nll_loss(m.zeros(2, 3), m.tensor([0])), ValueError, "to match target batch_size"),
        (lambda m, f: f.nll_loss(m.zeros(2, 3).long(), m.tensor([0, 1])), NotImplementedError, "not implemented"),
        (lambda m, f: f.nll_loss(m.zeros(2, 3), m.tensor([0, 1]), m.ones(2)), RuntimeError, "all 3 classes or no"),
        (lambda m, f: f.pdist(m.zeros(3)), RuntimeError, "only supports 2D tensors"),
        (lambda m, f: f.pdist(m.zeros(3, 2), p=-1), RuntimeError, "only supports non-negative p"),
        (lambda m, f: f.pdist(m.zeros(3, 2).long()), RuntimeError, "only supports floating-point"),
        (lambda m, f: f.cosine_similarity(m.zeros(3), m.zeros(3)), IndexError, "Dimension out of range"),
        (lambda m, f: f.cosine_similarity(m.zeros(3).long(), m.zeros(3).long(), 0), RuntimeError, "floating point"),
    ],
)
def test_refusals(m, call, error, message):
    with pytest.raises(error, match=message):
        call(m, functional(m))


def test_dtypes_are_those_of_torch(torch):
    kinds = ("float16", "float32", "float64")
    for name, a, b in itertools.product(ELEMENTWISE, kinds, kinds):
        if name != "kl_div" and not (name.startswith("binary") and a != b):
            found, expected = (
                getattr(functional(m), name)(m.ones(2, dtype=getattr(m, a)), m.ones(2, dtype=getattr(m, b))).dtype
                for m in (autograd, torch)
            )
            assert str(found) == str(expected), (name, a, b)


def test_bool_targets(m):
    for name in ("mse_loss", "smooth_l1_loss"):
        loss = getattr(functional(m), name)(m.tensor([2.0]), m.tensor([True]), reduction="sum")
        assert loss.item() == (1.0 if name == "mse_loss" else 0.5)


def test_a_weight_that_is_learned():
    """Of class weights PyTorch has no derivative; here they have one."""
    w = autograd.tensor([1.0, 2.0, 0.5], dtype=autograd.float64, requires_grad=True)
    x = autograd.tensor(np.random.default_rng(0).normal(size=(4, 3)), requires_grad=True)
    t = autograd.tensor([0, 2, -100, 1])
    for reduction in ("mean", "sum", "none"):
        assert autograd.autograd.gradcheck(lambda x, w, r=reduction: F.nll_loss(x, t, w, reduction=r), (x, w))


# ---- distances


def test_distances_of_equal_and_of_null_vectors(m):
    f = functional(m)
    x = m.ones(2, 3, requires_grad=True)
    f.pairwise_distance(x, m.ones(2, 3), eps=0.0).sum().backward()
    assert x.grad.tolist() == [[0.0] * 3] * 2
    zero = m.zeros(1, 2, requires_grad=True)
    similarity = f.cosine_similarity(zero, m.ones(1, 2))
    assert similarity.tolist() == [0.0]
    similarity.sum().backward()
    assert zero.grad.isfinite().all()
    assert f.pdist(m.ones(3, 2)).tolist() == [0.0] * 3
    assert f.pdist(m.zeros(1, 2)).shape == f.pdist(m.zeros(0, 2)).shape == (0,)
    assert f.pdist(m.zeros(3, 0), p=math.inf).tolist() == [0.0] * 3


def test_shapes_of_distances(m):
    f = functional(m)
    assert f.cosine_similarity(m.ones(1, 4, 3), m.ones(2, 1, 3), dim=1).shape == (2, 3)
    assert f.pairwise_distance(m.ones(3), m.ones(2, 3), keepdim=True).shape == (2, 1)
    assert f.pairwise_distance(m.tensor(1.0), m.tensor(1.0)).shape == ()
    assert f.pairwise_distance(m.ones(2, 3).double(), m.ones(2, 3)).dtype == m.float64
    assert f.pairwise_distance(m.ones(2, 3).long(), m.ones(2, 3).long()).dtype == m.float32
    assert f.cosine_similarity(m.ones(3).half(), m.tensor(1.0), 0).dtype == m.float32
    half = m.full((2, 3), 300.0, dtype=m.float16)
    assert (f.pairwise_distance(half, -half, p=1.0).tolist(), f.cosine_similarity(half, half).dtype) == (
        [1800.0] * 2,
        m.float16,
    )
