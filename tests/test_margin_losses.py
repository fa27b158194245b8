"""Margin losses: kinks, empty batches, odd targets, and how they refuse."""

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F


def functional(m):
    """`nn.functional` of `autograd` or `torch`."""
    return F if m is autograd else m.nn.functional


def modules(m):
    return nn if m is autograd else m.nn


def grad(m, call, x):
    """The gradient at x of the sum of a call."""
    x = m.tensor(x, requires_grad=True)
    call(x).sum().backward()
    return x.grad.tolist()


def test_at_the_kink(m):
    """Where the margin is just kept: each loss has the slope there that PyTorch gives it."""
    f = functional(m)
    assert grad(m, lambda x: f.hinge_embedding_loss(x, m.tensor([-1.0]), reduction="none"), [1.0]) == [-1.0]
    assert grad(m, lambda x: f.margin_ranking_loss(x, m.zeros(1), m.ones(1), margin=1.0), [1.0]) == [-1.0]
    assert grad(m, lambda x: f.multi_margin_loss(x, m.tensor(0)), [1.0, 0.0]) == [0.0, 0.0]
    assert grad(m, lambda x: f.multilabel_margin_loss(x, m.tensor([0, -1])), [1.0, 0.0]) == [0.0, 0.0]


def test_other_targets_than_signs(m):
    f, x = functional(m), m.tensor([0.25, 0.25, 0.25])
    target = m.tensor([0, 2, 1])
    assert f.hinge_embedding_loss(x, target, reduction="none").tolist() == [1.0, 1.0, 0.25]
    pair = m.ones(3, 2), m.ones(3, 2)
    np.testing.assert_allclose(f.cosine_embedding_loss(*pair, target, reduction="none").tolist(), 0, atol=1e-6)


def test_one_score_is_one_class(m):
    for x, target in ((m.tensor(0.5), m.tensor([0])), (m.tensor([0.5]), m.tensor(-1)), (m.tensor(0.5), m.tensor(0))):
        loss = functional(m).multilabel_margin_loss(x, target, reduction="none")
        assert (loss.shape, loss.item()) == ((), 0)


def test_labels_end_at_the_first_minus_one(m):
    f, x = functional(m), m.tensor([[0.1, 0.2, 0.4, 0.8]])
    loss = f.multilabel_margin_loss(x, m.tensor([[3, 0, -1, 1]]))
    assert loss.item() == pytest.approx(0.85)  # the example in PyTorch's documentation
    assert f.multilabel_margin_loss(x, m.tensor([[-1, 0, 1, 2]])).item() == 0
    assert f.multilabel_margin_loss(x, m.tensor([[0, 1, 2, 3]])).item() == 0
    assert f.multilabel_margin_loss(x, m.tensor([[0, 0, -1, 3]])).item() == pytest.approx(2 * 4.1 / 4 - 0.0, rel=1e-5)


def test_of_no_samples():
    """A sum of nothing is 0 and a mean NaN, where PyTorch leaves what was in memory."""
    for name, target in (("multi_margin_loss", (0,)), ("multilabel_margin_loss", (0, 3))):
        function = getattr(F, name)
        given = autograd.zeros(0, 3), autograd.zeros(target, dtype=autograd.int64)
        assert function(*given, reduction="sum").item() == 0
        assert function(*given).isnan()
        assert function(*given, reduction="none").shape == (0,)


def test_shapes_of_losses(m):
    f = functional(m)
    assert f.multi_margin_loss(m.zeros(3), m.tensor(1), reduction="none").shape == ()
    assert f.multi_margin_loss(m.zeros(3), m.tensor([1]), reduction="none").shape == (1,)
    assert f.multilabel_margin_loss(m.zeros(3), m.tensor([1, -1, 0]), reduction="none").shape == ()
    assert f.multilabel_soft_margin_loss(m.zeros(2, 3, 4), m.zeros(2, 3, 4), reduction="none").shape == (2, 3)
    anchor = m.zeros(2, 3, 4)
    assert f.triplet_margin_loss(anchor, anchor, anchor, reduction="none").shape == (2, 3)
    assert f.triplet_margin_loss(m.zeros(2, 3), m.zeros(1, 3), m.zeros(2, 1), reduction="none").shape == (2,)


def test_a_distance_of_ones_own(m):
    f, x = functional(m), m.tensor([[0.0, 0.0]])

    def largest(a, b):
        return (a - b).abs().amax(1)

    options = {"distance_function": largest, "margin": 2.0}
    assert f.triplet_margin_with_distance_loss(x, x + 1, x + 3, **options).item() == 0
    assert f.triplet_margin_with_distance_loss(x, x + 1, x + 3, swap=True, **options).item() == 1
    assert f.triplet_margin_with_distance_loss(x, x, x + 3, margin=5.0).item() == pytest.approx(5 - 18**0.5, abs=1e-5)
    module = modules(m).TripletMarginWithDistanceLoss()
    assert type(module.distance_function).__name__ == "PairwiseDistance"


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda m, f: f.multi_margin_loss(m.zeros(2, 3), m.tensor([0, 3])), RuntimeError, "target out of range"),
        (lambda m, f: f.multi_margin_loss(m.zeros(2, 3), m.tensor([0, -1])), RuntimeError, "target out of range"),
        (lambda m, f: f.multi_margin_loss(m.zeros(2, 3), m.tensor([0])), RuntimeError, "should be 1-D with size equal"),
        (lambda m, f: f.multi_margin_loss(m.zeros(2, 3, 1), m.zeros(2).long()), RuntimeError, "vector or matrix"),
        (lambda m, f: f.multi_margin_loss(m.zeros(2, 0), m.zeros(2).long()), RuntimeError, "vector or matrix"),
        (lambda m, f: f.multi_margin_loss(m.zeros(2, 3), m.zeros(2)), RuntimeError, "expected scalar type Long but"),
        (lambda m, f: f.multi_margin_loss(m.zeros(2, 3), m.tensor([0, 1]), p=3), ValueError, "only p == 1 and p == 2"),
        (lambda m, f: f.multi_margin_loss(m.zeros(1, 3), m.tensor([0]), weight=m.ones(2)), RuntimeError, "expected 3"),
        (lambda m, f: f.multi_margin_loss(m.zeros(1, 3), m.tensor([0]), weight=m.ones(1, 3)), ValueError, "one-dim"),
        (
            lambda m, f: f.multi_margin_loss(m.zeros(1, 3), m.tensor([0]), weight=m.ones(3).double()),
            RuntimeError,
            "expected scalar type Float but found Double",
        ),
        (lambda m, f: f.multi_margin_loss(m.zeros(1, 3).long(), m.tensor([0])), NotImplementedError, "not implemented"),
        (lambda m, f: f.multilabel_margin_loss(m.zeros(3), m.tensor([0, -1, 3])), RuntimeError, "is out of range"),
        (lambda m, f: f.multilabel_margin_loss(m.zeros(3), m.tensor([0, -2, 1])), RuntimeError, "is out of range"),
        (lambda m, f: f.multilabel_margin_loss(m.zeros(3), m.tensor([0, 1])), RuntimeError, "inconsistent target size"),
        (lambda m, f: f.multilabel_margin_loss(m.zeros(3), m.zeros(3)), RuntimeError, "expected scalar type Long"),
        (lambda m, f: f.soft_margin_loss(m.zeros(3), m.zeros(2, 3)), RuntimeError, "broadcast"),
        (lambda m, f: f.margin_ranking_loss(m.zeros(3), m.zeros(3), m.zeros(3, 1)), RuntimeError, "same dimension"),
        (lambda m, f: f.cosine_embedding_loss(m.zeros(3), m.zeros(3), m.ones(1)), RuntimeError, "1D target tensor exp"),
        (
            lambda m, f: f.cosine_embedding_loss(m.zeros(2, 3), m.zeros(2, 3), m.ones(2, 1)),
            RuntimeError,
            "multi-target not supported",
        ),
        (lambda m, f: f.triplet_margin_loss(*[m.zeros(3)] * 3, margin=0), ValueError, "margin must be greater than 0"),
        (lambda m, f: f.triplet_margin_loss(m.zeros(2, 3), *[m.zeros(3)] * 2), RuntimeError, "same number of dim"),
    ],
)
def test_refusals(m, call, error, message):
    with pytest.raises(error, match=message):
        call(m, functional(m))


def test_modules_refuse_at_once(m):
    n = modules(m)
    for build in (
        lambda: n.MultiMarginLoss(p=3),
        lambda: n.MultiMarginLoss(weight=m.ones(1, 2)),
        lambda: n.TripletMarginLoss(margin=0),
        lambda: n.TripletMarginWithDistanceLoss(margin=-1.0),
    ):
        with pytest.raises(ValueError, match=r"only p == 1|1D tensor|margin to be greater than 0"):
            build()
    with pytest.raises(TypeError, match="delta must be a float or int"):
        n.HuberLoss(delta="1")


def test_rankings_of_each_with_each_are_refused():
    with pytest.raises(ValueError, match="equally many elements"):
        F.margin_ranking_loss(autograd.zeros(4, 1), autograd.zeros(1, 4), autograd.ones(4, 1))
