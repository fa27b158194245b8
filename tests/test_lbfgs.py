"""L-BFGS beside PyTorch's: the same points, losses, numbers of evaluations and states."""

import copy
import math

import numpy as np
import pytest

import autograd
import optim
from optim.line_search import Point, cubic_minimum, strong_wolfe

from .test_optimizers import moved, same


def rosenbrock(m, x, y):
    return (100 * (y - x * x) ** 2 + (1 - x) ** 2).sum()


def bowl(m, x, y):
    return ((x - 1) ** 2).sum() * 3 + (y * y * y * y).sum() + (x.sum() * y.sum())


def ripples(m, x, y):
    return m.sin(3 * x).sum() + 0.1 * (x * x).sum() + m.cos(x.sum() + 2 * y).sum() + 0.05 * (y * y).sum()


class Problem:
    def __init__(self, m, loss, dtype="float64", **options):
        rng = np.random.default_rng(1)
        self.m, self.loss, self.losses = m, loss, []
        self.params = [
            m.tensor(rng.normal(size=s).tolist(), dtype=getattr(m, dtype)).requires_grad_() for s in [(2, 3), (2, 3)]
        ]
        self.optimizer = (optim if m is autograd else m.optim).LBFGS(self.params, **options)

    def closure(self):
        self.optimizer.zero_grad()
        loss = self.loss(self.m, *self.params)
        loss.backward()
        self.losses.append(loss.item())
        return loss

    def step(self, times=1):
        for _ in range(times):
            self.optimizer.step(self.closure)
        return self


OPTIONS = [
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "history_size": 2, "max_iter": 7},
    {"line_search_fn": "strong_wolfe", "max_eval": 5, "lr": 0.5},
    {"lr": 0.01, "max_iter": 6},
    {"lr": 0.01, "tolerance_grad": 10.0},
    {"lr": 0.01, "tolerance_change": 0.1},
    {"max_iter": 1, "lr": 0.1},
]


@pytest.mark.parametrize("loss", [rosenbrock, bowl, ripples])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_as_pytorch(torch, loss, options):
    ours, theirs = (Problem(m, loss, **options).step(3) for m in (autograd, torch))
    np.testing.assert_allclose(ours.losses, theirs.losses, rtol=1e-7, atol=1e-9)
    same([p.detach().numpy() for p in ours.params], [p.detach().numpy() for p in theirs.params], 1e-6, 1e-8)
    states = ours.optimizer.state_dict()["state"], theirs.optimizer.state_dict()["state"]
    assert states[0].keys() == states[1].keys()
    for own, other in zip(states[0].values(), states[1].values()):
        assert own.keys() == other.keys()
        assert (own["func_evals"], own["n_iter"]) == (other["func_evals"], other["n_iter"])
    assert repr(ours.optimizer) == repr(theirs.optimizer)


def test_along_a_line_as_far_as_it_may(torch):
    """All numbers are exact, so that no rounding hides that the cubic has no minimum."""
    ours, theirs = (
        Problem(m, lambda m, x, y: x.sum() * 0 - y.sum() / 8, line_search_fn="strong_wolfe", max_eval=4, lr=0.5)
        for m in (autograd, torch)
    )
    for problem in (ours, theirs):
        with problem.m.no_grad():
            for param in problem.params:
                param.zero_()
    assert ours.step(2).losses == theirs.step(2).losses


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_states_are_exchanged(torch, search):
    options = {"line_search_fn": search, "lr": 0.05 if search is None else 1, "max_iter": 4}
    ours, theirs = (Problem(m, rosenbrock, **options).step(2) for m in (autograd, torch))
    states = [copy.deepcopy(p.optimizer.state_dict()) for p in (ours, theirs)]
    same(moved(states[0]["param_groups"], torch), states[1]["param_groups"])
    for problem, state in zip((ours, theirs), reversed(states)):
        problem.optimizer.load_state_dict(moved(state, problem.m))
        problem.step(2)
    np.testing.assert_allclose(ours.losses, theirs.losses, rtol=1e-6)


def test_a_resumed_run_is_bitwise_the_same():
    run = Problem(autograd, rosenbrock, line_search_fn="strong_wolfe", max_iter=5).step(2)
    other = Problem(autograd, rosenbrock, lr=3)
    with autograd.no_grad():
        for a, b in zip(other.params, run.params):
            a.copy_(b)
    other.optimizer.load_state_dict(copy.deepcopy(run.optimizer.state_dict()))
    run.losses.clear()
    run.step(2), other.step(2)
    assert run.losses == other.losses
    assert run.losses[-1] < run.losses[0]


def test_parameters_without_gradient_and_complex_ones(torch):
    ends = []
    for m, o in ((autograd, optim), (torch, torch.optim)):
        z = m.tensor([1 + 2j, -1j], dtype=m.complex128, requires_grad=True)
        x = m.tensor(3.0, dtype=m.float64, requires_grad=True)
        unused = m.ones(2, dtype=m.float64, requires_grad=True)
        optimizer = o.LBFGS([z, unused, x], line_search_fn="strong_wolfe")

        def closure(z=z, x=x, optimizer=optimizer):
            optimizer.zero_grad()
            loss = ((z - (2 - 1j)) * (z - (2 - 1j)).conj()).real.sum() * (1 + x * x) + (x - 1) ** 2
            loss.backward()
            return loss

        with m.no_grad():  # the closure records all the same
            optimizer.step(closure)
        ends.append((z.detach().numpy(), x.item(), unused.tolist()))
    np.testing.assert_allclose(ends[0][0], ends[1][0], atol=1e-7)
    assert ends[0][1] == pytest.approx(ends[1][1])
    assert ends[0][2] == [1, 1]


def test_an_error_in_the_line_search_leaves_the_parameters():
    problem = Problem(autograd, rosenbrock, line_search_fn="strong_wolfe").step()
    before = [p.tolist() for p in problem.params]
    calls = []

    def closure():
        calls.append(1)
        if len(calls) == 2:
            raise KeyError("no data")
        return problem.closure()

    with pytest.raises(KeyError, match="no data"):
        problem.optimizer.step(closure)
    assert [p.tolist() for p in problem.params] == before
    problem.step()
    assert problem.losses[-1] < 1


def test_what_it_refuses():
    x, y = autograd.ones(1, requires_grad=True), autograd.ones(1, requires_grad=True)
    with pytest.raises(ValueError, match="doesn't support per-parameter options"):
        optim.LBFGS([{"params": [x]}, {"params": [y]}])
    with pytest.raises(ValueError, match="Invalid learning rate"):
        optim.LBFGS([x], lr=-1)
    optimizer = optim.LBFGS([x], line_search_fn="weak")
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
        optimizer.step(lambda: 1.0)
    with pytest.raises(TypeError, match="closure"):
        optimizer.step()
    assert optimizer.state_dict()["state"] == {}


def test_the_line_search_alone():
    """It ends where the loss has fallen and is flat, from a first step far too short or far too long."""

    def at(t):
        return Point(t, (t - 1) ** 2 + 0.1 * math.sin(9 * t), None, 2 * (t - 1) + 0.9 * math.cos(9 * t))

    for first in (1e-3, 0.1, 1.0, 30.0):
        found = strong_wolfe(at, at(0.0), first, 1.0)
        assert found.loss <= at(0).loss + 1e-4 * found.t * at(0).slope
        assert abs(found.slope) <= -0.9 * at(0).slope
    cubic = [Point(t, t**3 - 3 * t, None, 3 * t * t - 3) for t in (0.5, 3.0)]
    assert cubic_minimum(*cubic, (0.0, 3.0)) == pytest.approx(1)
    assert cubic_minimum(*reversed(cubic), (1.5, 3.0)) == 1.5
    for slope, end in ((2.0, 0.0), (-2.0, 1.0), (0.0, 0.5)):
        line = [Point(t, slope * t, None, slope) for t in (0.0, 1.0)]
        assert cubic_minimum(*line, (0.0, 1.0)) == end
