"""Averaged models, their batch normalization and their learning rates, beside PyTorch's."""

import copy
import inspect
import itertools
import pickle

import numpy as np
import pytest

import autograd
import nn
import optim
from optim import swa_utils
from optim.swa_utils import SWALR, AveragedModel, update_bn


def parts(m):
    """The packages that go with a module of tensors: nn, optim, swa_utils."""
    return (nn, optim, swa_utils) if m is autograd else (m.nn, m.optim, m.optim.swa_utils)


def model_of(m, dtype="float32"):
    """A model with parameters of two dtypes and with buffers, one of them whole numbers."""
    modules = parts(m)[0]

    class Model(modules.Module):
        def __init__(self):
            super().__init__()
            self.weight = modules.Parameter(m.ones(3, dtype=getattr(m, dtype)))
            self.other = modules.Parameter(m.ones(2, 2, dtype=m.float64))
            self.register_buffer("mean", m.zeros(3))
            self.register_buffer("count", m.tensor(0))

        def forward(self, x, scale=1):
            return (x * self.weight).sum() * scale

    return Model()


def train(model, m, step):
    """Sets everything in the model to what a step of training could have made of it."""
    rng = np.random.default_rng(step)
    with m.no_grad():
        for tensor in [*model.parameters(), model.mean]:
            tensor.copy_(m.tensor(rng.normal(size=tuple(tensor.shape))))
        model.count.add_(3)


def contents(module):
    return {name: value.tolist() for name, value in module.state_dict().items()}


OPTIONS = {
    "mean": lambda u: {},
    "mean with buffers": lambda u: {"use_buffers": True},
    "mean of lists": lambda u: {"multi_avg_fn": u.get_swa_multi_avg_fn()},
    "ema": lambda u: {"avg_fn": u.get_ema_avg_fn(0.9)},
    "ema with buffers": lambda u: {"avg_fn": u.get_ema_avg_fn(), "use_buffers": True},
    "ema of lists": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.75)},
    "ema of lists with buffers": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.9), "use_buffers": True},
    "a function": lambda u: {"avg_fn": lambda averaged, current, n: averaged + current * n},
    "swa function": lambda u: {"avg_fn": u.get_swa_avg_fn(), "use_buffers": True},
}


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("name", OPTIONS)
def test_averages_equal_pytorchs(torch, name, dtype):
    found = []
    for m in (autograd, torch):
        model = model_of(m, dtype)
        averaged = parts(m)[2].AveragedModel(model, **OPTIONS[name](parts(m)[2]))
        found.append([contents(averaged)])
        for step in range(5):
            train(model, m, step)
            averaged.update_parameters(model)
            found[-1].append(contents(averaged))
    tolerance = {"rtol": 1e-6, "atol": 1e-6} if dtype == "float32" else {"rtol": 2e-3, "atol": 2e-3}
    for ours, theirs in zip(*found):
        assert list(ours) == list(theirs)
        for key in ours:
            np.testing.assert_allclose(ours[key], theirs[key], **tolerance, err_msg=key)


def test_the_mean_is_the_mean():
    model = model_of(autograd)
    for options in ({}, {"multi_avg_fn": swa_utils.get_swa_multi_avg_fn()}):
        averaged = AveragedModel(model, **options)
        seen = []
        for step in range(4):
            train(model, autograd, step)
            averaged.update_parameters(model)
            seen.append(model.other.detach().clone())
        np.testing.assert_allclose(averaged.module.other.tolist(), autograd.stack(seen).mean(0).tolist(), rtol=1e-14)
        assert averaged.n_averaged.item() == 4
        assert averaged.n_averaged.dtype == autograd.int64
        assert averaged.module.count.item() == model.count.item(), "buffers are copied"


def test_averages_of_whole_numbers_and_with_plain_counts():
    counts, new = [autograd.tensor([10, 20])], [autograd.tensor([20, 40])]
    swa_utils.get_swa_multi_avg_fn()(counts, new, 4)
    assert counts[0].tolist() == [12, 24]
    swa_utils.get_ema_multi_avg_fn(0.5)(counts, new, 1)
    assert counts[0].tolist() == [16, 32]
    assert swa_utils.get_swa_avg_fn()(counts[0], new[0], autograd.tensor(3)).tolist() == [17, 34]


def test_an_averaged_model_is_a_model():
    model = model_of(autograd)
    averaged = AveragedModel(model, device="cpu")
    assert list(averaged.state_dict()) == [
        "n_averaged",
        "module.weight",
        "module.other",
        "module.mean",
        "module.count",
    ]
    train(model, autograd, 0)
    assert averaged.module.weight.tolist() == [1, 1, 1], "it is a copy"
    averaged.update_parameters(model)
    x = autograd.ones(3)
    assert averaged(x, scale=2).item() == model(x, 2).item()
    assert all(parameter.is_leaf and parameter.requires_grad for parameter in averaged.parameters())
    twin = AveragedModel(model_of(autograd))
    twin.load_state_dict(averaged.state_dict())
    train(model, autograd, 1)
    for each in (averaged, twin, same := copy.deepcopy(averaged)):
        if each is not same:
            each.update_parameters(model)
    assert contents(twin) == contents(averaged) != contents(same)


def test_updating_records_nothing_and_keeps_the_tensors():
    model = model_of(autograd)
    averaged = AveragedModel(model, avg_fn=lambda averaged, current, n: (averaged + current) / 2)
    parameters = list(averaged.parameters())
    for step in range(2):
        train(model, autograd, step)
        averaged.update_parameters(model)
    assert all(ours is theirs for ours, theirs in zip(averaged.parameters(), parameters))
    assert all(parameter.grad_fn is None for parameter in parameters)


def test_other_models_are_refused_before_anything_changes():
    averaged = AveragedModel(nn.Linear(2, 3))
    before = contents(averaged)
    with pytest.raises(ValueError, match=r"parameter 0 of the model given has shape \[3, 1\], here \[3, 2\]"):
        averaged.update_parameters(nn.Linear(1, 3))
    with pytest.raises(ValueError, match="has 1 parameters, the averaged one 2"):
        averaged.update_parameters(nn.Linear(2, 3, bias=False))
    assert contents(averaged) == before


def test_mistakes_are_told(m):
    _, optimizers, utils = parts(m)
    model = model_of(m)
    functions = {"avg_fn": utils.get_swa_avg_fn(), "multi_avg_fn": utils.get_swa_multi_avg_fn()}
    with pytest.raises(AssertionError, match="Only one of avg_fn and multi_avg_fn should be provided"):
        utils.AveragedModel(model, **functions)
    for make, decay in itertools.product((utils.get_ema_avg_fn, utils.get_ema_multi_avg_fn), (-0.1, 1.1)):
        with pytest.raises(ValueError, match=r"Invalid decay value -?\d.1 provided"):
            make(decay)
    optimizer = optimizers.SGD(model.parameters(), lr=0.5)
    for options, message in (
        (
            {"anneal_strategy": "exponential"},
            "anneal_strategy must be one of 'cos' or 'linear', instead got exponential",
        ),
        ({"anneal_epochs": -1}, "anneal_epochs must be equal or greater than 0, got -1"),
        ({"anneal_epochs": 1.5}, "anneal_epochs must be equal or greater than 0, got 1.5"),
        ({"swa_lr": [1, 2]}, "swa_lr must have the same length as optimizer.param_groups"),
    ):
        with pytest.raises(ValueError, match=message):
            utils.SWALR(optimizer, **{"swa_lr": 0.1, **options})
    if m is autograd:
        assert "swa_lr" not in optimizer.param_groups[0]


# ---- the rates


def optimizer_of(m, rate=float):
    params = [m.ones(2, requires_grad=True), m.zeros(3, requires_grad=True)]
    groups = [{"params": params[:1]}, {"params": params[1:], "lr": rate(0.25)}]
    return parts(m)[1].SGD(groups, lr=rate(0.5), momentum=0.9)


RATES = [
    {"swa_lr": 0.05},
    {"swa_lr": [0.05, 0.5], "anneal_epochs": 5},
    {"swa_lr": 0.05, "anneal_epochs": 4, "anneal_strategy": "linear"},
    {"swa_lr": 0.05, "anneal_epochs": 1, "anneal_strategy": "linear"},
    {"swa_lr": 0.05, "anneal_epochs": 0},
]


def run(optimizer, scheduler, steps):
    found = []
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
        found.append([float(rate) for rate in scheduler.get_last_lr()])
    return found


def test_rates_go_to_the_constant_one():
    scheduler = SWALR(optimizer_of(autograd), [0.1, 0.05], anneal_epochs=4, anneal_strategy="linear")
    found = [scheduler.get_last_lr(), *run(scheduler.optimizer, scheduler, 6)]
    expected = [[0.5 - 0.1 * t, 0.25 - 0.05 * t] for t in range(5)] + [[0.1, 0.05]] * 2
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    scheduler = SWALR(optimizer_of(autograd), 0.1, anneal_epochs=2)
    assert run(scheduler.optimizer, scheduler, 2)[0] == pytest.approx([0.3, 0.175])


@pytest.mark.parametrize("options", RATES, ids=str)
@pytest.mark.parametrize("after", [0, 3])
def test_rates_equal_pytorchs(torch, options, after):
    """Alone, and taking over from another scheduler."""
    found = []
    for m in (autograd, torch):
        optimizer = optimizer_of(m)
        before = parts(m)[1].lr_scheduler.ExponentialLR(optimizer, 0.9)
        run(optimizer, before, after)
        scheduler = parts(m)[2].SWALR(optimizer, **options)
        rates = run(optimizer, scheduler, 12)
        found.append((rates, scheduler.state_dict(), [group["swa_lr"] for group in optimizer.param_groups]))
    assert found[0] == found[1]


@pytest.mark.parametrize("options", RATES, ids=str)
def test_a_saved_scheduler_continues_bitwise_after_any_step(options):
    optimizer = optimizer_of(autograd)
    scheduler = SWALR(optimizer, **options)
    saved = []
    for _ in range(12):
        saved.append((pickle.dumps(scheduler.state_dict()), copy.deepcopy(optimizer.state_dict())))
        run(optimizer, scheduler, 1)
    end = scheduler.state_dict()
    for k, (state, optimizer_state) in enumerate(saved):
        other = optimizer_of(autograd)
        resumed = SWALR(other, swa_lr=1.0, anneal_epochs=3)
        other.load_state_dict(optimizer_state)
        resumed.load_state_dict(pickle.loads(state))
        other.step()
        assert run(other, resumed, 12 - k)[-1] == end["_last_lr"]
        assert resumed.state_dict() == end


def test_rates_that_are_tensors_stay_tensors(m):
    optimizer = optimizer_of(m, rate=m.tensor)
    rate = optimizer.param_groups[0]["lr"]
    scheduler = parts(m)[2].SWALR(optimizer, 0.1, anneal_epochs=2, anneal_strategy="linear")
    assert run(optimizer, scheduler, 2) == [pytest.approx([0.3, 0.175]), pytest.approx([0.1, 0.1])]
    assert optimizer.param_groups[0]["lr"] is rate


# ---- batch normalization


def normalized(m):
    """A model with batch normalization, and batches for it."""
    modules = parts(m)[0]
    rng = np.random.default_rng(0)
    model = modules.Sequential(modules.Linear(3, 4), modules.BatchNorm1d(4), modules.Tanh(), modules.Linear(4, 2))
    model.append(modules.BatchNorm1d(2, momentum=0.3))
    with m.no_grad():
        for parameter in model.parameters():
            parameter.copy_(m.tensor(rng.normal(size=tuple(parameter.shape))))
    return model, [m.tensor(rng.normal(size=(5, 3)), dtype=m.float32) for _ in range(4)]


def test_update_bn_equals_pytorchs(torch):
    found = []
    for m in (autograd, torch):
        model, batches = normalized(m)
        model(batches[0])
        model.eval()
        parts(m)[2].update_bn(iter(batches), model, device="cpu")
        found.append(contents(model))
        assert not model.training
    assert list(found[0]) == list(found[1])
    for key in found[0]:
        np.testing.assert_allclose(found[0][key], found[1][key], rtol=1e-5, atol=1e-6, err_msg=key)


def test_update_bn_takes_the_mean_over_the_batches():
    model, batches = normalized(autograd)
    model(batches[0])
    update_bn([(batch, "target") for batch in batches], model)
    features = [model[0](batch).detach() for batch in batches]
    mean = autograd.stack([batch.mean(0) for batch in features]).mean(0)
    np.testing.assert_allclose(model[1].running_mean.tolist(), mean.tolist(), rtol=1e-5)
    assert model[1].num_batches_tracked.item() == 4
    assert (model[1].momentum, model[4].momentum, model.training) == (0.1, 0.3, True)
    assert all(parameter.grad_fn is None for parameter in model.parameters())


def test_update_bn_leaves_the_model_in_order():
    model, batches = normalized(autograd)
    model.eval()

    def loader():
        yield [batches[0]]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        update_bn(loader(), model)
    assert (model[1].momentum, model.training) == (0.1, False)
    plain = nn.Linear(2, 2)
    update_bn(loader(), plain)  # without batch normalization no batch is asked for
    assert plain.training


def test_update_bn_of_an_average():
    model, batches = normalized(autograd)
    averaged = AveragedModel(model)
    averaged.update_parameters(model)
    update_bn(batches, averaged)
    assert averaged.module[1].num_batches_tracked.item() == 4
    assert model[1].num_batches_tracked.item() == 0


def test_names_and_signatures_are_pytorchs(torch):
    theirs = torch.optim.swa_utils
    assert set(swa_utils.__all__) == set(theirs.__all__)
    for name in swa_utils.__all__:
        pair = [inspect.signature(getattr(utils, name)).parameters.values() for utils in (swa_utils, theirs)]
        assert [(p.name, p.default) for p in pair[0]] == [(p.name, p.default) for p in pair[1]], name
