"""Each optimizer beside PyTorch's, over its options: parameters and states, also after exchanging the states."""

import copy
import inspect

import numpy as np
import pytest

import autograd
import optim

# What every optimizer is tried with beside its own options, where it has them.
SHARED = [{}, {"lr": 0.1}, {"weight_decay": 0.1}, {"maximize": True}, {"weight_decay": 0.1, "maximize": True}]
OPTIONS = {
    "SGD": [
        {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "maximize": True},
        {"lr": 0.1, "foreach": True},
        {"lr": 0.1, "fused": True},
    ],
    "Adam": [
        {"lr": 0.1, "betas": (0.5, 0.9)},
        {"lr": 0.1, "eps": 1e-2},
        {"lr": 0.1, "amsgrad": True},
        {"lr": 0.1, "amsgrad": None},
        {"lr": 0.1, "amsgrad": True, "weight_decay": 0.01, "maximize": True},
        {"lr": 0.1, "weight_decay": 0.5, "decoupled_weight_decay": True},
        {"lr": 0.1, "foreach": True},
        {"lr": 0.1, "fused": True, "weight_decay": 0.1},
    ],
    "AdamW": [{"lr": 0.1, "amsgrad": True, "maximize": True}, {"lr": 0.1, "weight_decay": 0}],
    "Adamax": [{"lr": 0.1, "betas": (0.5, 0.7)}, {"eps": 1e-1}],
    "NAdam": [
        {"lr": 0.1, "betas": (0.5, 0.7), "momentum_decay": 0.1},
        {"weight_decay": 0.5, "decoupled_weight_decay": True, "maximize": True},
    ],
    "RAdam": [
        {"lr": 0.1, "betas": (0.5, 0.7)},
        {"lr": 0.1, "weight_decay": 0.5, "decoupled_weight_decay": True},
        {"lr": 0.1, "betas": (0.5, 0.95), "eps": 1e-2},
    ],
    "Adagrad": [{"lr": 0.1, "lr_decay": 0.1}, {"initial_accumulator_value": 0.5, "eps": 0.1}, {"fused": True}],
    "Adadelta": [{"rho": 0.5}, {"lr": 0.5, "eps": 1e-2}],
    "RMSprop": [
        {"alpha": 0.5, "eps": 1e-3},
        {"momentum": 0.9},
        {"centered": True},
        {"centered": True, "momentum": 0.5, "weight_decay": 0.1, "maximize": True},
    ],
    "Rprop": [{"etas": (0.3, 2.0)}, {"lr": 0.5, "step_sizes": (0.4, 0.6)}],
    "ASGD": [{"lr": 0.1, "lambd": 0.1, "alpha": 0.5}, {"t0": 5, "weight_decay": 0.1}],
    "Adafactor": [{"eps": (1e-3, 0.5)}, {"lr": 1.0, "d": 2.0, "beta2_decay": -0.5}],
    "Muon": [
        {"momentum": 0.5, "nesterov": False, "ns_steps": 3},
        {"adjust_lr_fn": "match_rms_adamw", "lr": 0.1},
        {"adjust_lr_fn": "original", "ns_coefficients": (2.0, -1.5, 0.5), "eps": 1e-3},
    ],
}


def possible(name, options):
    return options.keys() <= inspect.signature(getattr(optim, name)).parameters.keys()


CASES = [(name, options) for name, own in OPTIONS.items() for options in [*SHARED, *own] if possible(name, options)]
SHAPES = [(3, 4), (4,), (), (2, 3, 2), (5, 2), (1, 1), (0,)]


class Run:
    """An optimizer of either engine with parameters that get the same random gradients, now and then none."""

    def __init__(self, m, name, options, dtype="float64", shapes=SHAPES):
        self.m, rng = m, np.random.default_rng(0)
        if name in ("Muon", "Adafactor"):  # PyTorch's Adafactor divides by zero elements
            shapes = [s for s in shapes if len(s) == 2 or (name == "Adafactor" and s != (0,))]
        self.params = [self.tensor(rng.normal(size=s), dtype).requires_grad_() for s in shapes]
        self.dtype, self.options = dtype, options
        self.optimizer = getattr(optim if m is autograd else m.optim, name)(self.params, **options)

    def tensor(self, value, dtype):
        return self.m.tensor(np.asarray(value).tolist(), dtype=getattr(self.m, dtype)).reshape(np.shape(value))

    def steps(self, first, last):
        for step in range(first, last):
            rng = np.random.default_rng(step)
            for i, param in enumerate(self.params):
                value = rng.normal(size=tuple(param.shape))
                if self.dtype.startswith("complex"):
                    value = value + 1j * rng.normal(size=tuple(param.shape))
                param.grad = None if (step + i) % 5 == 0 else self.tensor(value, self.dtype)
            self.optimizer.step()
        return self

    def values(self):
        return [param.detach().numpy().copy() for param in self.params]


@pytest.fixture
def torch(torch, monkeypatch):
    monkeypatch.setattr(torch.Tensor, "bfloat16", torch.Tensor.clone)  # in which Muon would compute
    return torch


def moved(tree, m):
    """A state_dict with its tensors as those of another engine."""
    if isinstance(tree, dict):
        return {key: moved(value, m) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)(moved(value, m) for value in tree)
    if hasattr(tree, "numpy"):
        return m.tensor(tree.tolist(), dtype=getattr(m, str(tree.dtype).split(".")[1])).reshape(tuple(tree.shape))
    return tree


def same(ours, theirs, rtol=1e-12, atol=1e-12):
    """Asserts that two trees have the same keys, in the same order, dtypes, shapes and, nearly, values."""
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for key in theirs:
            same(ours[key], theirs[key], rtol, atol)
    elif isinstance(theirs, (list, tuple)):
        assert type(ours) is type(theirs)
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            same(a, b, rtol, atol)
    elif hasattr(theirs, "numpy"):
        assert str(ours.dtype) == str(theirs.dtype)
        assert tuple(ours.shape) == tuple(theirs.shape)
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=rtol, atol=atol)
    elif isinstance(theirs, np.ndarray):
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol)
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=1e-6)
    else:
        assert ours == theirs


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_twenty_steps(torch, name, options):
    """The same parameters and state, also when each goes on half-way with the other's state."""
    ours, theirs = (Run(m, name, options) for m in (autograd, torch))
    begin = ours.values()
    ours.steps(0, 10), theirs.steps(0, 10)
    states = ours.optimizer.state_dict(), theirs.optimizer.state_dict()
    same(*states)
    assert repr(ours.optimizer) == repr(theirs.optimizer)
    twins = [Run(m, name, {"lr": 0.7}) for m in (autograd, torch)]
    for twin, state, like in ((twins[0], states[1], ours), (twins[1], states[0], theirs)):
        with twin.m.no_grad():
            for param, value in zip(twin.params, like.params):
                param.copy_(value)
        twin.optimizer.load_state_dict(moved(state, twin.m))
        for kept in twin.optimizer.state.values():  # PyTorch takes these to the parameter's dtype when they are loaded
            kept.update({key: kept[key].to(twin.m.float32) for key in ("mu_product", "mu", "eta") if key in kept})
    for run in (ours, theirs, *twins):
        run.steps(10, 20)
    for other in (theirs, *twins):
        for a, b in zip(ours.values(), other.values()):
            np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-11)
        same(moved(ours.optimizer.state_dict(), torch), moved(other.optimizer.state_dict(), torch), 1e-11, 1e-11)
    change = max(np.abs(a - b).max() for a, b in zip(begin, ours.values()) if a.size)
    assert change > 1e-3 * options.get("lr", 1)


@pytest.mark.parametrize("dtype", ["float32", "float16", "complex128"])
@pytest.mark.parametrize("name", OPTIONS)
def test_other_dtypes(torch, name, dtype):
    options = OPTIONS[name][0] if name != "RAdam" else OPTIONS[name][1]
    runs = [Run(m, name, options, dtype) for m in (autograd, torch)]
    if dtype == "complex128" and name in ("Adafactor", "Muon"):
        for run in runs:
            with pytest.raises(RuntimeError, match=f"{name} does not support complex parameters"):
                run.steps(0, 20)
        assert runs[0].optimizer.state_dict()["state"] == {}
        return
    tolerance = {"float32": 2e-5, "float16": 3e-2, "complex128": 1e-12}[dtype]
    steps = 5 if dtype == "float16" else 20
    same(*(run.steps(0, steps).values() for run in runs), tolerance, tolerance)
    if dtype != "float16":
        same(*(run.optimizer.state_dict() for run in runs), 10 * tolerance, tolerance)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 300.0])
@pytest.mark.parametrize("name", [name for name in OPTIONS if name not in ("Adafactor", "Muon")])
def test_sixteen_bits_are_computed_in_thirty_two(name, scale):
    """Squares that 16 bits cannot hold, and an `eps` that is zero there, do no harm: PyTorch's `fused` has it so."""
    ends = []
    for dtype in (autograd.float16, autograd.float64):
        param = autograd.ones(4, dtype=dtype, requires_grad=True)
        param.grad = autograd.tensor([0.0, 1.0, -2.0, 0.5], dtype=dtype) * scale
        options = {"momentum": 0.9} if name == "SGD" else {}
        getattr(optim, name)([param], lr=1 / 64, **options).step()
        ends.append(param.detach().double())
    assert autograd.allclose(*ends, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_a_resumed_run_is_bitwise_the_same(name, options):
    run = Run(autograd, name, options).steps(0, 7)
    saved, values = copy.deepcopy(run.optimizer.state_dict()), run.values()
    run.steps(7, 14)
    other = Run(autograd, name, {"lr": 5.0})
    with autograd.no_grad():
        for param, value in zip(other.params, values):
            param.copy_(autograd.from_numpy(np.array(value)))
    other.optimizer.load_state_dict(saved)
    other.steps(7, 14)
    assert all(np.array_equal(a, b) for a, b in zip(run.values(), other.values()))
    same(run.optimizer.state_dict(), other.optimizer.state_dict(), 0, 0)


def test_large_tensors_move_as_small_ones(torch):
    """They are stepped block by block, in whatever order they lie in memory."""
    shapes = [(301, 401), (90001,)]
    for name in ("Adam", "SGD", "RMSprop"):
        options = {"momentum": 0.9} if name != "Adam" else {}
        runs = [Run(m, name, {"lr": 0.1, **options}, "float32", shapes).steps(0, 3) for m in (autograd, torch)]
        same(*(run.values() for run in runs), 1e-4, 1e-5)
    x = autograd.randn(400, 300, dtype=autograd.float64)
    ends = []
    for lay in (lambda t: t.clone(), lambda t: t.t().contiguous().t()):
        for grad in (x, x.t().contiguous().t()):
            param = lay(x).requires_grad_()
            param.grad = grad.clone()
            optimizer = optim.Adam([param])
            optimizer.step()
            optimizer.step()
            ends.append(param.detach())
    assert all(autograd.equal(end, ends[0]) for end in ends)


@pytest.mark.parametrize("name", OPTIONS)
def test_signatures_and_defaults(torch, name):
    ours, theirs = (inspect.signature(getattr(o, name)) for o in (optim, torch.optim))
    assert [(p.name, p.kind, p.default) for p in ours.parameters.values()] == [
        (p.name, p.kind, p.default) for p in theirs.parameters.values()
    ]
    shapes = [(2, 2)]
    ours, theirs = (Run(m, name, {}, shapes=shapes).optimizer for m in (autograd, torch))
    assert list(ours.defaults.items()) == list(theirs.defaults.items())


@pytest.mark.parametrize("name", OPTIONS)
def test_the_rate_may_be_a_tensor(torch, name):
    runs = []
    for m in (autograd, torch):
        for lr in (0.25, m.tensor(0.25), m.tensor([0.25])):
            runs.append(Run(m, name, {"lr": lr}).steps(0, 6))
            if not isinstance(lr, float):
                lr.fill_(0.125)
                runs[-1].steps(6, 10)
                assert runs[-1].optimizer.param_groups[0]["lr"] is lr
            else:
                runs[-1].optimizer.param_groups[0]["lr"] = 0.125
                runs[-1].steps(6, 10)
    for run in runs[1:]:
        for a, b in zip(runs[0].values(), run.values()):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
