"""Focal and Dice losses, which PyTorch lacks, and the penalty: their limits, what they ignore and what they refuse."""

import math

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F

LOGITS = np.array([[0.5, -1.0, 2.0], [0.0, 3.0, -0.5]])
LABELS = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])


def test_without_focus_it_is_cross_entropy():
    x, y, classes = autograd.tensor(LOGITS), autograd.tensor(LABELS), autograd.tensor([2, 0])
    for reduction in ("mean", "sum", "none"):
        binary = F.sigmoid_focal_loss(x, y, alpha=-1, gamma=0, reduction=reduction)
        entropy = F.binary_cross_entropy_with_logits(x, y, reduction=reduction)
        np.testing.assert_allclose(binary.numpy(), entropy.numpy(), rtol=1e-12)
        focal = F.focal_loss(x, classes, gamma=0.0, reduction=reduction)
        np.testing.assert_allclose(focal.numpy(), F.cross_entropy(x, classes, reduction=reduction).numpy(), rtol=1e-12)


def test_two_classes_are_one_label():
    """Softmax over (0, x) is the sigmoid of x."""
    x = autograd.tensor(LOGITS[:, 0])
    pairs = autograd.stack([autograd.zeros_like(x), x], 1)
    one = F.focal_loss(x, autograd.tensor([1.0, 0.0]), alpha=0.7, reduction="none")
    two = F.focal_loss(pairs, autograd.tensor([1, 0]), autograd.tensor([0.3, 0.7], dtype=x.dtype), reduction="none")
    np.testing.assert_allclose(one.numpy(), two.numpy(), rtol=1e-12)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_focus_has_a_slope_where_all_is_certain(gamma):
    x = autograd.tensor([800.0, -800.0, 800.0], requires_grad=True)
    F.sigmoid_focal_loss(x, autograd.tensor([1.0, 0.0, 0.0]), gamma=gamma, reduction="sum").backward()
    np.testing.assert_allclose(x.grad.numpy(), [0, 0, 0.75], atol=1e-12)
    rows = autograd.tensor([[800.0, 0.0], [0.0, 0.0]], requires_grad=True)
    F.focal_loss(rows, autograd.tensor([0, 0]), gamma=gamma).backward()
    assert rows.grad.isfinite().all()
    assert rows.grad[0].tolist() == [0.0, 0.0]


def test_what_is_ignored_costs_and_teaches_nothing():
    x = autograd.tensor(LOGITS, requires_grad=True)
    kept = F.focal_loss(x[:1], autograd.tensor([1]))
    both = F.focal_loss(x, autograd.tensor([1, 7]), ignore_index=7)
    assert both.item() == kept.item()
    both.backward()
    assert x.grad[1].tolist() == [0.0] * 3
    labels = autograd.tensor([[1, 0, 255], [0, 255, 1]])
    losses = nn.FocalLoss(ignore_index=255, reduction="none")(x, labels)
    assert [losses[0, 2].item(), losses[1, 1].item()] == [0, 0]
    assert nn.FocalLoss(ignore_index=255)(x, labels).item() == pytest.approx(losses.sum().item() / 4)
    x = autograd.zeros(1, 2, 3, requires_grad=True)
    nothing = nn.DiceLoss(ignore_index=9)(x, autograd.full((1, 3), 9))
    nothing.backward()
    assert (nothing.item(), x.grad.abs().sum().item()) == (0, 0)


def test_dice_of_overlaps():
    sure = autograd.tensor([[[99.0, 99.0, -99.0, -99.0]]])
    for labels, smooth, expected in (
        ([1, 1, 0, 0], 0.0, 0),
        ([0, 0, 1, 1], 0.0, 1),
        ([1, 0, 0, 1], 0.0, 0.5),
        ([0, 0, 0, 0], 0.0, 1),
        ([0, 0, 1, 1], 1.0, 0.8),
    ):
        assert F.dice_loss(sure, autograd.tensor([[labels]]), smooth).item() == pytest.approx(expected)
    assert F.dice_loss(-sure.abs(), autograd.zeros(1, 1, 4)).item() == 0, "of what is nowhere, and found nowhere"
    classes = F.dice_loss(autograd.zeros(2, 3, 4, 5), autograd.zeros(2, 4, 5).long(), reduction="none")
    assert classes.shape == (2, 3)


def test_dice_of_probabilities():
    """Logarithms are logits of the same softmax."""
    x, y = autograd.tensor(LOGITS)[None], autograd.tensor([[0, 1, 1]])
    assert F.dice_loss(x.softmax(1).log(), y).item() == pytest.approx(F.dice_loss(x, y).item())


def test_sixteen_bits():
    x = autograd.tensor(np.random.default_rng(0).normal(size=(1, 2, 70_000)), dtype=autograd.float16)
    y = (x[:, 0] > 0).long()
    for loss in (F.dice_loss, F.focal_loss):
        found = loss(x, y)
        assert found.dtype is autograd.float16
        assert found.item() == loss(x.float(), y).half().item()


def test_the_state_of_a_focal_loss():
    assert list(nn.FocalLoss(autograd.ones(3)).state_dict()) == ["alpha"]
    assert not nn.FocalLoss(0.5).state_dict()


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda x: F.sigmoid_focal_loss(x, x, alpha=2.0), ValueError, "alpha must be between 0 and 1"),
        (lambda x: F.sigmoid_focal_loss(x, x, reduction="max"), ValueError, "max is not a valid value"),
        (lambda x: F.sigmoid_focal_loss(x[:, :1], x[:, 0]), ValueError, "must be the same as input size"),
        (lambda x: F.focal_loss(x, autograd.tensor([0, 1]), 0.25), TypeError, "alpha must be a tensor"),
        (lambda x: F.focal_loss(x, x, autograd.ones(3)), TypeError, "alpha must be a number"),
        (lambda x: F.focal_loss(x, autograd.tensor([0, 3])), IndexError, "Target 3 is out of bounds"),
        (lambda x: F.focal_loss(x, autograd.tensor([0.0, 1.0])), RuntimeError, "dtype to be Long or Byte"),
        (lambda x: F.focal_loss(x, autograd.tensor([0, 1]), autograd.ones(2)), RuntimeError, "all 3 classes or no"),
        (lambda x: F.focal_loss(x.long(), autograd.tensor([0, 1])), NotImplementedError, "takes floating logits"),
        (lambda x: F.dice_loss(x, autograd.tensor([0, 1])), ValueError, r"must be \(N, C, d1, ...\)"),
        (lambda x: F.dice_loss(x[None], autograd.tensor([[0, 1]])), RuntimeError, "Expected target size"),
        (lambda x: F.dice_loss(x[None], autograd.tensor([[0, 1, 2]])), IndexError, "Target 2 is out of bounds"),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call(autograd.ones(2, 3) * math.pi)


def test_the_penalty_is_on_weights():
    layer = nn.Linear(3, 2)
    penalty = F.l2_penalty(layer.parameters(), 0.5)
    assert penalty.item() == pytest.approx(0.5 * layer.weight.square().sum().item())
    penalty.backward()
    assert layer.bias.grad is None
    np.testing.assert_allclose(layer.weight.grad.numpy(), layer.weight.detach().numpy(), rtol=1e-6)
    assert F.l2_penalty(layer.bias).item() == pytest.approx(layer.bias.square().sum().item()), (
        "one that is named counts"
    )
    assert F.l2_penalty([layer.bias]).item() == F.l2_penalty([]).item() == 0


@pytest.mark.parametrize("gamma", [0, 0.5, 1, 2.0])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_derivatives_of_certain_predictions_are_finite(gamma, kind):
    values = [1e4, -1e4, 90.0, -90.0, 700.0, 0.0, -700.0]
    x = autograd.tensor(values, dtype=getattr(autograd, kind), requires_grad=True)
    for label in (0.0, 0.5, 1.0):
        loss = F.sigmoid_focal_loss(x, autograd.full_like(x, label), gamma=gamma, reduction="sum")
        (grad,) = autograd.autograd.grad(loss, x, create_graph=True)
        (second,) = autograd.autograd.grad(grad.sum(), x)
        assert all(t.isfinite().all() for t in (loss, grad, second))


def test_the_penalty_of_complex_parameters_is_real():
    w = autograd.tensor([[3 + 4j]], requires_grad=True)
    penalty = F.l2_penalty([w])
    assert penalty.item() == 25
    penalty.backward()
    assert w.grad.tolist() == [[6 + 8j]]


@pytest.mark.parametrize("given", [nn.Linear(2, 1), nn.Linear(2, 1).named_parameters()], ids=["module", "names"])
def test_the_penalty_of_what_is_no_tensor(given):
    with pytest.raises(TypeError, match=r"parameters must be tensors, such as module\.parameters\(\), not "):
        F.l2_penalty(given)


def test_a_negative_gamma_or_smoothing_is_refused():
    x = autograd.zeros(1, 2, 2)
    with pytest.raises(ValueError, match="gamma must not be negative, but it is -1"):
        F.focal_loss(x, x, gamma=-1)
    with pytest.raises(ValueError, match="smooth must not be negative, but it is -2"):
        F.dice_loss(x, x, smooth=-2)
