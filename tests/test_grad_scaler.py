"""GradScaler: the scale that adapts itself, steps that are skipped, misuse, saving, and training with it."""

from __future__ import annotations

import copy
import pickle

import pytest

import autograd
import nn
import nn.functional as F
import optim
from autograd import amp


def scaled_run(m, library, gradients, **options):
    """What happens to weights and scale when these gradients arrive one after the other."""
    weight = m.ones(2, requires_grad=True)
    optimizer = library.SGD([weight], lr=0.5, momentum=0.9)
    scaler = m.amp.GradScaler("cpu", **options)
    history = []
    for gradient in gradients:
        optimizer.zero_grad()
        scaler.scale((weight * m.tensor(gradient)).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        history.append((weight.tolist(), scaler.get_scale(), scaler.state_dict()))
    return history


SEQUENCES = [
    [[1.0, 2.0]] * 7,
    [[1.0, 2.0], [float("inf"), 0.0], [1.0, 1.0], [1.0, 1.0], [float("nan"), 1.0], [3.0, -1.0]],
    [[float("-inf"), 0.0]] * 3,
    [[1e38, 1.0], [1e30, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]],
]


@pytest.mark.parametrize("gradients", SEQUENCES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"init_scale": 8.0, "growth_interval": 2},
        {"init_scale": 3.0, "growth_factor": 1.5, "backoff_factor": 0.1, "growth_interval": 1},
        {"init_scale": 2.0**126, "growth_interval": 1},
        {"enabled": False},
    ],
)
def test_the_scale_adapts_as_in_pytorch(gradients, options, torch):
    ours, theirs = (scaled_run(*m, gradients, **options) for m in ((autograd, optim), (torch, torch.optim)))
    assert repr(ours) == repr(theirs)


def test_the_scale_adapts():
    history = scaled_run(
        autograd, optim, [[1.0, 2.0], [float("inf"), 0.0], [1.0, 2.0]], init_scale=8.0, growth_interval=1
    )
    assert [scale for _, scale, _ in history] == [16, 8, 16]
    assert history[1][0] == history[0][0] == [0.5, 0.0]
    assert list(history[0][2]) == ["scale", "growth_factor", "backoff_factor", "growth_interval", "_growth_tracker"]


def test_several_optimizers_and_losses(m):
    library = optim if m is autograd else m.optim
    one, two = m.ones(1, requires_grad=True), m.ones(1, requires_grad=True)
    first, second = library.SGD([one], lr=1.0), library.SGD([two], lr=1.0)
    scaler = m.amp.GradScaler("cpu", init_scale=4.0)
    losses = scaler.scale([one.sum(), (two.sum() * float("inf"),)])
    assert isinstance(losses, list)
    assert isinstance(losses[1], tuple)
    assert [x.item() for x in scaler.scale(iter([one.sum()]))] == [4.0]
    losses[0].backward()
    losses[1][0].backward()
    scaler.unscale_(first)
    assert one.grad.tolist() == [1.0]
    scaler.step(first)
    scaler.step(second)
    scaler.update()
    assert (one.tolist(), two.tolist(), scaler.get_scale()) == ([0.0], [1.0], 2.0)


def test_misuse_of_the_scaler(m):
    library = optim if m is autograd else m.optim
    weight = m.ones(1, requires_grad=True)
    optimizer = library.SGD([weight], lr=1.0)
    scaler = m.amp.GradScaler("cpu", init_scale=4.0)
    for misuse in (lambda: scaler.step(optimizer), lambda: scaler.unscale_(optimizer), lambda: scaler.update()):
        with pytest.raises(AssertionError, match="_scale is None"):
            misuse()
    loss = scaler.scale(weight.sum())
    with pytest.raises(ValueError, match="an iterable of Tensors"):
        scaler.scale(3)
    with pytest.raises(AssertionError, match="No inf checks were recorded prior to update"):
        scaler.update()
    loss.backward()
    with pytest.raises(RuntimeError, match="Closure use is not currently supported"):
        scaler.step(optimizer, closure=lambda: loss)
    scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match="already been called on this optimizer"):
        scaler.unscale_(optimizer)
    with pytest.raises(AssertionError, match="may only be pickled"):
        pickle.dumps(scaler)
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="being called after step"):
        scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match="already been called since the last update"):
        scaler.step(optimizer)
    scaler.update(m.tensor(7.0))
    assert scaler.get_scale() == 7.0
    scaler.update(0.5)
    assert scaler.get_scale() == 0.5
    for wrong in (m.ones(2), m.ones(1, requires_grad=True)):
        with pytest.raises(AssertionError, match="new_scale should be"):
            scaler.update(wrong)
    weight.grad = None
    with pytest.raises(AssertionError, match="No inf checks were recorded for this optimizer"):
        scaler.step(optimizer)
    half = m.ones(1, dtype=m.float16, requires_grad=True)
    half.sum().backward()
    with pytest.raises(ValueError, match="FP16 gradients"):
        scaler.unscale_(library.SGD([half], lr=1.0))
    with pytest.raises(AssertionError, match="growth factor"):
        m.amp.GradScaler("cpu", growth_factor=1.0)
    with pytest.raises(AssertionError, match="backoff factor"):
        m.amp.GradScaler("cpu", backoff_factor=1.0)
    with pytest.raises(RuntimeError, match="source state dict is empty"):
        scaler.load_state_dict({})
    with pytest.warns(UserWarning, match="CUDA is not available"):
        assert not m.amp.GradScaler("cuda").is_enabled()


def test_a_scaler_is_saved_and_restored(m):
    weight = m.ones(1, requires_grad=True)
    optimizer = (optim if m is autograd else m.optim).SGD([weight], lr=0.1)
    scaler = m.amp.GradScaler("cpu", init_scale=4.0, growth_interval=3)
    scaler.scale(weight.sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    other = m.amp.GradScaler("cpu")
    other.scale(weight.sum())
    for restored in (other, m.amp.GradScaler("cpu"), pickle.loads(pickle.dumps(scaler)), copy.deepcopy(scaler)):
        restored.load_state_dict(scaler.state_dict())
        assert restored.state_dict() == scaler.state_dict()
        assert restored.scale(m.ones(1)).tolist() == [4.0]
        restored.set_growth_factor(3.0)
        restored.set_backoff_factor(0.25)
        restored.set_growth_interval(2)
        settings = restored.get_growth_factor(), restored.get_backoff_factor(), restored.get_growth_interval()
        assert settings == (3.0, 0.25, 2)
        restored.step(optimizer)
        restored.update()
        assert restored.get_scale() == 12.0
    scaler.scale(weight.sum()).backward()
    scaler.load_state_dict(other.state_dict())  # between scale and step, too
    scaler.step(optimizer)
    scaler.update()
    assert (scaler.get_scale(), scaler.state_dict()["_growth_tracker"]) == (12.0, 1)
    idle = m.amp.GradScaler("cpu", enabled=False)
    idle.load_state_dict({})
    idle.update()
    idle.unscale_(optimizer)
    assert (idle.state_dict(), idle.get_scale(), idle.is_enabled(), idle.scale(3)) == ({}, 1.0, False, 3)


def test_training_in_half_precision_learns():
    """Autocast in float16 with a scaler, clipping in between: the loss falls as it does in single precision."""
    losses = {}
    for enabled in (False, True):
        autograd.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
        optimizer, scaler = optim.Adam(model.parameters(), lr=0.02), amp.GradScaler("cpu", enabled=enabled)
        x, y = autograd.randn(32, 4), autograd.randint(0, 3, (32,))
        for _ in range(30):
            optimizer.zero_grad()
            with autograd.autocast("cpu", dtype=autograd.float16, enabled=enabled):
                loss = F.cross_entropy(model(x), y)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 10.0)
            scaler.step(optimizer)
            scaler.update()
        assert loss.dtype is autograd.float32
        losses[enabled] = loss.item()
    assert losses[True] == pytest.approx(losses[False], rel=0.02)
    assert losses[True] < 0.9
