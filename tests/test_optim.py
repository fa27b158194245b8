"""Optimizers: twenty steps beside PyTorch's, over their options, and what surrounds a step."""

import copy

import numpy as np
import pytest

import autograd
import nn
import optim

SGD = [
    {"lr": 0.1},
    {"lr": 0.1, "momentum": 0.9},
    {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    {"lr": 0.1, "momentum": 0.9, "dampening": 0.3},
    {"lr": 0.1, "weight_decay": 0.1},
    {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1, "maximize": True},
]
ADAM = [
    {},
    {"lr": 0.1},
    {"lr": 0.1, "betas": (0.5, 0.9)},
    {"lr": 0.1, "eps": 1e-2},
    {"lr": 0.1, "weight_decay": 0.1},
    {"lr": 0.1, "amsgrad": True},
    {"lr": 0.1, "amsgrad": True, "weight_decay": 0.01, "maximize": True},
]
CASES = [("SGD", o) for o in SGD] + [("Adam", o) for o in ADAM]


def problem(m):
    """Parameters of several shapes and a loss that curves; one parameter gets no gradient every third step."""
    rng = np.random.default_rng(0)
    params = [m.tensor(rng.normal(size=s), requires_grad=True) for s in [(3, 4), (4,), ()]]
    x = m.tensor(rng.normal(size=(5, 3)))

    def loss(step):
        out = ((x @ params[0] + params[1]).tanh()).square().mean()
        return out if step % 3 == 2 else out + (params[2] - 1) ** 2

    return params, loss


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_twenty_steps_equal_pytorchs(name, options):
    torch = pytest.importorskip("torch")
    traces, states = [], []
    for m, o in ((autograd, optim), (torch, torch.optim)):
        params, loss = problem(m)
        optimizer = getattr(o, name)(params, **options)
        trace = []
        for step in range(20):
            optimizer.zero_grad()
            loss(step).backward()
            optimizer.step()
            trace.append(np.concatenate([p.detach().numpy().ravel() for p in params]))
        traces.append(np.array(trace))
        states.append(optimizer.state_dict())
    np.testing.assert_allclose(traces[0], traces[1], rtol=1e-10, atol=1e-12)
    assert np.abs(traces[0][-1] - traces[0][0]).max() > 1e-3, "it moved"
    ours, theirs = states
    assert ours["state"].keys() == theirs["state"].keys()
    for number in theirs["state"]:
        for key, value in theirs["state"][number].items():
            np.testing.assert_allclose(np.asarray(ours["state"][number][key]), np.asarray(value), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
def test_a_saved_optimizer_continues_bitwise(name, options):
    params, loss = problem(autograd)
    optimizer = getattr(optim, name)(params, **options)

    def run(params, loss, optimizer, steps):
        for step in steps:
            optimizer.zero_grad()
            loss(step).backward()
            optimizer.step()

    run(params, loss, optimizer, range(5))
    saved = copy.deepcopy(optimizer.state_dict())
    twins, twin_loss = problem(autograd)
    with autograd.no_grad():
        for twin, param in zip(twins, params):
            twin.copy_(param)
    twin_optimizer = getattr(optim, name)(twins, lr=123.0)
    twin_optimizer.load_state_dict(saved)
    run(params, loss, optimizer, range(5, 12))
    run(twins, twin_loss, twin_optimizer, range(5, 12))
    assert all(autograd.equal(a, b) for a, b in zip(params, twins))


def test_groups_have_options_of_their_own():
    a, b = autograd.ones(1, requires_grad=True), autograd.ones(1, requires_grad=True)
    optimizer = optim.SGD([{"params": [a], "lr": 1.0}, {"params": b}], lr=0.5)
    (a + b).sum().backward()
    optimizer.step()
    assert (a.item(), b.item()) == (0.0, 0.5)
    c = autograd.ones(1, requires_grad=True)
    optimizer.add_param_group({"params": c, "lr": 0.25})
    optimizer.zero_grad()
    c.sum().backward()
    optimizer.step()
    assert (a.item(), c.item()) == (0.0, 0.75)
    assert a.grad is None


def test_a_closure_is_called_with_recording_on():
    w = autograd.ones(1, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with autograd.no_grad():
        assert optimizer.step(closure).item() == 1.0
    assert w.item() == pytest.approx(0.8)


def test_zero_grad():
    w = autograd.ones(2, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)
    w.sum().backward()
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.tolist() == [0, 0]
    optimizer.zero_grad()
    assert w.grad is None
    optimizer.step()
    assert w.tolist() == [1, 1]


def test_mistakes_are_told():
    w = autograd.ones(1, requires_grad=True)
    with pytest.raises(TypeError, match="iterable of Tensors"):
        optim.SGD(w, lr=0.1)
    with pytest.raises(ValueError, match="empty parameter list"):
        optim.SGD([], lr=0.1)
    with pytest.raises(TypeError, match="one of the params is int"):
        optim.SGD([3], lr=0.1)
    with pytest.raises(ValueError, match="non-leaf"):
        optim.SGD([w * 2], lr=0.1)
    with pytest.raises(ValueError, match="more than one parameter group"):
        optim.SGD([{"params": [w]}, {"params": [w]}], lr=0.1)
    with pytest.raises(ValueError, match="Invalid learning rate"):
        optim.SGD([w], lr=-1)
    with pytest.raises(ValueError, match="Nesterov"):
        optim.SGD([w], lr=0.1, nesterov=True)
    with pytest.raises(ValueError, match="beta parameter at index 1"):
        optim.Adam([w], betas=(0.9, 1.0))
    optimizer = optim.Adam([w])
    other = optim.Adam([autograd.ones(1, requires_grad=True), autograd.ones(1, requires_grad=True)])
    with pytest.raises(ValueError, match="doesn't match the size"):
        optimizer.load_state_dict(other.state_dict())
    assert optimizer.state == {}


def test_groups_that_do_not_fit(m):
    SGD = (optim if m is autograd else m.optim).SGD
    one, two = m.ones(1, requires_grad=True), m.ones(1, requires_grad=True)
    optimizer = SGD([one], lr=1.0)
    for group, message in (([two], "param_group must be a dict"), ({"params": {two}}, "ordered collections")):
        with pytest.raises(TypeError, match=message):
            optimizer.add_param_group(group)
    with pytest.raises(ValueError, match="different number of parameter groups"):
        optimizer.load_state_dict(SGD([{"params": [one]}, {"params": [two]}], lr=1.0).state_dict())
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
        optimizer.load_state_dict(SGD([one, two], lr=1.0).state_dict())
    assert [group["params"] for group in optimizer.param_groups] == [[one]]
    named = SGD([("one", one), ("two", two)], lr=1.0).param_groups[0]
    assert (named["params"], named["param_names"]) == ([one, two], ["one", "two"])


def test_an_optimizer_prints_its_groups():
    text = repr(optim.SGD([autograd.ones(1, requires_grad=True)], lr=0.1))
    assert text.startswith("SGD (\nParameter Group 0\n    dampening: 0\n")
    assert "    lr: 0.1\n" in text


def test_a_small_network_learns():
    autograd.manual_seed(0)
    x = autograd.linspace(-1, 1, 64).reshape(-1, 1)
    y = x * x
    net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = optim.Adam(net.parameters(), lr=0.02)
    losses = []
    for _ in range(300):
        optimizer.zero_grad()
        loss = nn.MSELoss()(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 1e-3 < losses[0]
