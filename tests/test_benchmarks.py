"""The benchmarks: every case runs, and both engines train the same network in it, on data of the same shapes."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from benchmarks import cases, engines

TRAINING = ("tiny_mlp", "digits", "lenet5", "resnet", "lstm", "gru", "mini_gpt")


@pytest.mark.parametrize("name", [name for name in cases.CASES if name not in TRAINING])
def test_every_case_runs(name):
    step = cases.CASES[name][0](engines.load("ndgrad"))
    step()
    step()


def scene(name, engine, monkeypatch):
    """What a case trains: network, loss, optimizer, and of its data the first two samples."""
    found = []
    monkeypatch.setattr(cases, "train", lambda *arguments: found.extend(arguments))
    cases.CASES[name][0](engines.load(engine))
    model, loss_function, optimizer, x, target = found
    for layer in model.modules() if hasattr(model, "modules") else ():
        if type(layer).__name__ == "Dropout":
            layer.p = 0.0
    return model, loss_function, optimizer, x[:2], target[:2]


def losses(model, loss_function, optimizer, x, target):
    """The loss before each of three steps."""
    values = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = loss_function(model(x), target)
        loss.backward()
        optimizer.step()
        values.append(loss.item())
    return values


@pytest.mark.parametrize("name", TRAINING)
def test_every_network_learns(name, monkeypatch):
    first, *_, last = losses(*scene(name, "ndgrad", monkeypatch))
    assert last < first


@pytest.mark.parametrize("name", TRAINING)
def test_both_engines_train_the_same(name, torch, monkeypatch):
    (*theirs, x, target), (*ours, own_x, own_target) = (scene(name, engine, monkeypatch) for engine in engines.NAMES)
    for own, other in ((own_x, x), (own_target, target)):
        assert (own.shape, str(own.dtype)) == (other.shape, str(other.dtype))
    params, twins = ([p for group in o.param_groups for p in group["params"]] for o in (ours[2], theirs[2]))
    assert [tuple(p.shape) for p in params] == [tuple(p.shape) for p in twins]
    with autograd.no_grad():
        for param, twin in zip(params, twins):
            param.copy_(autograd.from_numpy(twin.detach().numpy()))
    found = losses(*ours, autograd.from_numpy(x.numpy()), autograd.from_numpy(target.numpy()))
    np.testing.assert_allclose(found, losses(*theirs, x, target), rtol=1e-3)
