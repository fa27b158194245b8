"""The adaptive softmax: that it is a distribution, and how it refuses."""

import numpy as np
import pytest

import autograd
import nn


def modules(m):
    return nn if m is autograd else m.nn


def test_it_is_a_distribution(m):
    m.manual_seed(0)
    adaptive = modules(m).AdaptiveLogSoftmaxWithLoss(6, 15, cutoffs=[4, 9], div_value=2.0)
    x = m.tensor(np.random.default_rng(0).normal(0, 8, (40, 6)), dtype=m.float32)
    log_prob = adaptive.log_prob(x)
    np.testing.assert_allclose(log_prob.exp().sum(1).tolist(), 1, rtol=1e-5)
    assert adaptive.predict(x).tolist() == log_prob.argmax(1).tolist()
    assert (adaptive.predict(x) >= 4).any(), "some are found in a cluster"
    target = m.arange(40) % 15
    found = adaptive(x, target)
    chosen = log_prob.gather(1, target[:, None])[:, 0]
    np.testing.assert_allclose(found.output.tolist(), chosen.tolist(), rtol=1e-4, atol=1e-5)
    assert found.loss.item() == pytest.approx(-chosen.mean().item(), rel=1e-5)


@pytest.mark.parametrize("cutoffs", [[], [0, 3], [3, 3], [5, 2], [15], [1.5], [-1, 3]], ids=str)
def test_cutoffs_part_the_classes(m, cutoffs):
    with pytest.raises(ValueError, match="cutoffs should be a sequence of"):
        modules(m).AdaptiveLogSoftmaxWithLoss(6, 15, cutoffs)


def test_refusals(m):
    adaptive = modules(m).AdaptiveLogSoftmaxWithLoss(6, 15, [4])
    for x, target, message in (
        (m.zeros(2, 6), m.tensor([0, 15]), r"should be in \[0, 14\]"),
        (m.zeros(2, 6), m.tensor([0, -1]), r"should be in \[0, 14\]"),
        (m.zeros(2, 6), m.tensor([0]), "same size in the batch dimension"),
        (m.zeros(1), m.tensor([0]), "1D target tensor expects 2D input"),
        (m.zeros(2, 6), m.tensor(0), "0D target tensor expects 1D input"),
        (m.zeros(2, 6), m.tensor([[0], [1]]), "multi-target not supported"),
    ):
        with pytest.raises(RuntimeError, match=message):
            adaptive(x, target)


def test_parameters_are_drawn_anew():
    adaptive = nn.AdaptiveLogSoftmaxWithLoss(6, 15, [4, 9], div_value=2.0)
    before = [p.detach().clone() for p in adaptive.parameters()]
    adaptive.reset_parameters()
    assert not any(autograd.equal(a, b) for a, b in zip(before, adaptive.parameters()))
