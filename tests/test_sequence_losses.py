"""CTC: against a sum over all ways to spell, in odd lengths, and how it refuses."""

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


def spelled(way, blank):
    """What a sequence of classes spells: repetitions are one, and blanks are dropped."""
    return [c for c, _ in itertools.groupby(way) if c != blank]


@pytest.mark.parametrize("labels", [[], [1], [1, 2], [1, 1], [2, 1, 2]], ids=str)
def test_the_probability_of_all_ways_to_spell(labels):
    steps, classes, blank = 4, 3, 0
    scores = autograd.tensor(np.random.default_rng(0).normal(size=(steps, classes)))
    log_probs = scores.log_softmax(1)
    p = log_probs.exp().numpy()
    total = sum(
        math.prod(p[t, c] for t, c in enumerate(way))
        for way in itertools.product(range(classes), repeat=steps)
        if spelled(way, blank) == labels
    )
    loss = F.ctc_loss(log_probs, autograd.tensor(labels, dtype=autograd.int64), [steps], [len(labels)], reduction="sum")
    assert loss.item() == pytest.approx(-math.log(total), rel=1e-12)


def test_random_sequences_as_in_torch(torch):
    random = np.random.default_rng(0)
    for i in range(40):
        steps, samples, classes, most = (int(random.integers(*r)) for r in ((1, 12), (1, 4), (2, 6), (0, 5)))
        kind = ("float64", "float32")[i % 2]
        scores = (random.normal(size=(steps, samples, classes)) * (1, 5, 30)[i % 3]).astype(kind)
        blank = int(random.integers(classes))
        targets = random.choice([c for c in range(classes) if c != blank], (samples, most))
        inputs, lengths = random.integers(0, steps + 1, samples), random.integers(0, most + 1, samples)
        if i % 4 == 0:
            targets = np.concatenate([row[:n] for row, n in zip(targets, lengths)]).astype(np.int64)
        given = (inputs.tolist(), lengths.tolist()) if i % 3 else (inputs, lengths)
        options = {"blank": blank, "reduction": ("mean", "sum", "none")[i % 3], "zero_infinity": bool(i % 2)}
        results = []
        for m in (autograd, torch):
            x = m.tensor(scores).log_softmax(2).detach().requires_grad_()
            others = [m.tensor(a) if isinstance(a, np.ndarray) else a for a in (targets, *given)]
            loss = functional(m).ctc_loss(x, *others, **options)
            loss.sum().backward()
            results.append((loss.detach().numpy(), x.grad.numpy()))
        for ours, theirs in zip(*results):
            tolerance = 1e-10 if kind == "float64" else 1e-3
            np.testing.assert_allclose(ours, theirs, tolerance, tolerance)


def test_what_does_not_fit_into_its_time(m):
    for zero_infinity, expected in ((False, math.inf), (True, 0.0)):
        scores = m.zeros(2, 1, 3, requires_grad=True)
        loss = functional(m).ctc_loss(
            scores.log_softmax(2), m.tensor([[1, 1]]), (2,), (2,), reduction="sum", zero_infinity=zero_infinity
        )
        assert loss.item() == expected
        loss.backward()
        assert scores.grad.isnan().all() or (zero_infinity and scores.grad.tolist() == [[[0.0] * 3]] * 2)
    nothing = functional(m).ctc_loss(m.zeros(2, 2, 3), m.tensor([[1], [1]]), (0, 0), (0, 1), reduction="none")
    assert nothing.tolist() == [0, math.inf]


def test_ways_of_probability_zero():
    """-Inf among the log-probabilities: no NaN in value or gradient."""
    x = autograd.full((3, 1, 3), -math.inf)
    x[:, 0, 1] = 0.0
    x.requires_grad_()
    loss = F.ctc_loss(x, autograd.tensor([[1]]), [3], [1])
    loss.backward()
    assert loss.item() == 0
    assert x.grad.tolist() == [[[0.0] * 3]] * 3


def test_sixteen_bits():
    scores = autograd.tensor(np.random.default_rng(0).normal(size=(20, 2, 5)), dtype=autograd.float16)
    given = autograd.tensor([[1, 2], [3, 1]]), [20, 18], [2, 2]
    found = F.ctc_loss(scores.log_softmax(2), *given)
    assert found.dtype is autograd.float16
    assert found.item() == F.ctc_loss(scores.log_softmax(2).float(), *given).half().item()


def test_one_sequence_alone(m):
    x = m.tensor(np.random.default_rng(0).normal(size=(5, 1, 3))).log_softmax(2)
    function, target = functional(m).ctc_loss, m.tensor([1, 2])
    together = function(x, target[None], (5,), (2,), reduction="none")
    for lengths in (((5,), (2,)), (m.tensor([5]), m.tensor([2])), (m.tensor(5), m.tensor(2))):
        alone = function(x[:, 0], target, *lengths, reduction="none")
        assert alone.shape == ()
        assert alone.item() == together.item()


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"input_lengths": (6, 5)}, "value at most 5, but got value 6"),
        ({"input_lengths": (-1, 5)}, "value at least 0, but got value -1"),
        ({"input_lengths": (5,)}, "input_lengths must be of size batch_size"),
        ({"target_lengths": (2,)}, "target_lengths must be of size batch_size"),
        ({"target_lengths": (3, 2)}, "at (most|least) "),
        ({"target_lengths": (-2, 2)}, "value at least 0, but got value -2"),
        ({"targets": [1, 2, 1]}, "size 4 at dimension 0"),
        ({"blank": 3}, "blank must be in label range"),
        ({"blank": -1}, "blank must be in label range"),
        ({"targets": [[[1, 2]]]}, "1 to 2 dimensions|1 or 2"),
    ],
    ids=str,
)
def test_refusals(m, changes, message):
    given = {"targets": [[1, 2], [2, 1]], "input_lengths": (5, 5), "target_lengths": (2, 2), **changes}
    given["targets"] = m.tensor(given["targets"])
    with pytest.raises(RuntimeError, match=message):
        functional(m).ctc_loss(m.zeros(5, 2, 3), **given)
    with pytest.raises(RuntimeError, match="must be integral"):
        functional(m).ctc_loss(m.zeros(5, 1, 3), m.tensor([[1]]), m.tensor([5.0]), m.tensor([1]))
    with pytest.raises(RuntimeError, match="must not be empty"):
        functional(m).ctc_loss(m.zeros(0, 1, 3), m.tensor([[1]]), (0,), (1,))


def test_a_label_that_is_no_class():
    """PyTorch reads beyond its memory."""
    for label in (3, -1):
        with pytest.raises(IndexError, match=f"Target {label} is out of bounds: there are 3 classes"):
            nn.CTCLoss()(autograd.zeros(5, 1, 3), autograd.tensor([[1, label]]), [5], [2])
    beyond = F.ctc_loss(autograd.zeros(5, 1, 3), autograd.tensor([[1, 99]]), [5], [1])
    assert beyond.isfinite(), "what is beyond a target's length counts for nothing"
