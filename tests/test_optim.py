"""What all optimizers share: groups, hooks, saving and loading, copies, closures, errors, and recorded steps."""

import copy
import gc
import importlib
import pickle
import weakref

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd.gradcheck import gradcheck


def of(m):
    """The optimizers of an engine."""
    return optim if m is autograd else m.optim


def base_of(m):
    """The module of an engine's base class."""
    return importlib.import_module("optim.optimizer" if m is autograd else "torch.optim.optimizer")


def leaf(m, *values):
    return m.tensor(values, dtype=m.float64, requires_grad=True)


def with_gradient(m, *values):
    """A leaf whose gradient is one."""
    x = leaf(m, *values)
    x.grad = m.ones_like(x)
    return x


# ---- parameter groups


def test_groups_have_options_of_their_own(m):
    a, b, c = (with_gradient(m, 1.0) for _ in range(3))
    optimizer = of(m).SGD([{"params": [a], "lr": 1.0}, {"params": b}], lr=0.5)
    optimizer.step()
    assert (a.item(), b.item()) == (0.0, 0.5)
    optimizer.add_param_group({"params": c, "lr": 0.25, "mine": "too"})
    optimizer.zero_grad()
    c.grad = m.ones_like(c)
    optimizer.step()
    assert (a.item(), c.item(), a.grad) == (0.0, 0.75, None)
    assert optimizer.state_dict()["param_groups"][2]["mine"] == "too"
    assert [group["params"] for group in optimizer.state_dict()["param_groups"]] == [[0], [1], [2]]


def test_named_parameters(m):
    SGD, one, two, three = of(m).SGD, *(with_gradient(m, 1.0) for _ in range(3))
    optimizer = SGD([("one", one), ("two", two)], lr=1.0)
    group = optimizer.param_groups[0]
    assert (group["params"], group["param_names"]) == ([one, two], ["one", "two"])
    optimizer.step()
    assert one.item() == 0
    with pytest.raises(ValueError, match=r"with/without names. cannot add param group without names"):
        optimizer.add_param_group({"params": [three]})
    optimizer.add_param_group({"params": [("three", three)]})
    saved = optimizer.state_dict()
    assert [group["param_names"] for group in saved["param_groups"]] == [["one", "two"], ["three"]]
    with pytest.raises(ValueError, match="Some param names are missing"):
        SGD([("one", one), two], lr=1.0)
    with pytest.raises(ValueError, match="cannot add param group with names"):
        SGD([{"params": [one]}, {"params": [("two", two)]}], lr=1.0)
    unnamed = SGD([{"params": [one, two]}, {"params": [three]}], lr=1.0)
    unnamed.load_state_dict(saved)
    assert unnamed.param_groups[1]["param_names"] == ["three"]
    del saved["param_groups"][0]["param_names"]
    optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["param_names"] == ["one", "two"]


def test_groups_that_do_not_fit(m):
    SGD, one, two = of(m).SGD, leaf(m, 1.0), leaf(m, 1.0)
    optimizer = SGD([one], lr=1.0)
    for group, error, message in (
        ([two], TypeError, "param_group must be a dict"),
        ({"params": {two}}, TypeError, "ordered collections"),
        ({"params": [two, 3]}, TypeError, "one of the params is"),
        ({"params": [two * 2]}, ValueError, "can't optimize a non-leaf Tensor"),
        ({"params": [two, one]}, ValueError, "some parameters appear in more than one parameter group"),
    ):
        with pytest.raises(error, match=message):
            optimizer.add_param_group(group)
    assert [group["params"] for group in optimizer.param_groups] == [[one]]
    for params, error, message in (
        (one, TypeError, "params argument given to the optimizer should be an iterable of Tensors or dicts"),
        ([], ValueError, "optimizer got an empty parameter list"),
        (3, TypeError, "'int' object is not iterable"),
    ):
        with pytest.raises(error, match=message):
            SGD(params, lr=1.0)
    with pytest.warns(UserWarning, match="duplicate parameters"):
        optimizer = SGD([with_gradient(m, 1.0)] * 2, lr=0.25)
    optimizer.step()
    assert optimizer.param_groups[0]["params"][0].item() == 0.5


def test_a_group_that_is_given_is_not_changed():
    group = {"params": leaf(autograd, 1.0)}
    optim.SGD([group], lr=1.0)
    assert list(group) == ["params"]


def test_a_non_leaf_that_retains_its_gradient(m):
    x = leaf(m, 2.0)
    y = x * 3
    y.retain_grad()
    optimizer = of(m).SGD([y], lr=0.5)
    y.backward()
    optimizer.step()
    assert (y.item(), x.grad.item()) == (5.5, 3.0)


def test_an_optimizer_of_a_user(m):
    """One that defines `step`, as PyTorch's tutorials do, with an option that each group must give."""

    required = base_of(m).required

    class Signs(of(m).Optimizer):
        def __init__(self, params, lr=required):
            super().__init__(params, {"lr": lr})

        @m.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    state["step"] = state.get("step", 0) + 1
                    p.sub_(p.grad.sign(), alpha=group["lr"])

    x = with_gradient(m, 1.0, 2.0)
    with pytest.raises(ValueError, match="didn't specify a value of required optimization parameter lr"):
        Signs([x])
    optimizer, calls = Signs([x], lr=0.5), []
    optimizer.register_step_post_hook(lambda *args: calls.append(args[0]))
    optimizer.step()
    assert x.tolist() == [0.5, 1.5]
    assert calls == [optimizer]
    twin = Signs([leaf(m, 0.0, 0.0)], lr=1)
    twin.load_state_dict(optimizer.state_dict())
    assert twin.state_dict()["state"] == {0: {"step": 1}}
    base = of(m).Optimizer([x], {})
    with pytest.raises(NotImplementedError):
        base.step()


def test_an_optimizer_around_another_needs_no_init(m):
    class Lookahead(base_of(m).Optimizer):
        def __init__(self, inner):
            self.inner, self.defaults, self.state = inner, inner.defaults, {}
            self.param_groups = inner.param_groups

        def step(self, closure=None):
            return self.inner.step(closure)

    x = with_gradient(m, 1.0)
    optimizer = Lookahead(of(m).SGD([x], lr=0.25))
    scheduler = of(m).lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step(), scheduler.step(), optimizer.step()
    assert x.item() == 0.625
    with pytest.raises(AttributeError, match="'Lookahead' object has no attribute 'missing'"):
        _ = optimizer.missing


def test_how_it_prints(torch):
    ours, theirs = (
        repr(of(m).Adam([{"params": [leaf(m, 1.0)]}, {"params": [leaf(m, 1.0)], "lr": 0.1}])) for m in (autograd, torch)
    )
    assert ours == theirs
    assert ours.startswith("Adam (\nParameter Group 0\n    amsgrad: False\n")


# ---- steps


def test_a_closure_is_called_with_recording_on(m):
    w = leaf(m, 1.0)
    optimizer = of(m).SGD([w], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with m.no_grad():
        assert optimizer.step(closure).item() == 1.0
        assert not m.is_grad_enabled()
    assert w.item() == pytest.approx(0.8)
    assert optimizer.step() is None


def test_zero_grad(m):
    w, v = leaf(m, 1.0, 1.0), leaf(m, 2.0)
    optimizer = of(m).SGD([w, v], lr=0.1)
    w.sum().backward()
    grad = w.grad
    optimizer.zero_grad(set_to_none=False)
    assert w.grad is grad
    assert grad.tolist() == [0, 0]
    assert v.grad is None
    v.grad = 2 * v
    optimizer.zero_grad(set_to_none=False)
    assert (v.grad.requires_grad, v.grad.item()) == (False, 0)
    optimizer.zero_grad()
    assert (w.grad, v.grad) == (None, None)
    optimizer.step()
    assert w.tolist() == [1, 1]


def test_a_step_counts_as_a_write(m):
    """A graph that kept the weights cannot be walked after a step."""
    for name in ("SGD", "Adam", "Rprop"):
        w = leaf(m, 2.0)
        optimizer = getattr(of(m), name)([w], lr=0.1)
        loss = (w * w).sum()
        loss.backward(retain_graph=True)
        optimizer.step()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()


def test_nothing_is_changed_by_a_step_that_cannot_be_made():
    a, b = with_gradient(autograd, 1.0), with_gradient(autograd, 2.0)
    for name in ("SGD", "Adam", "Muon"):
        shaped = [[1.0]] if name == "Muon" else [1.0]
        a, b = (autograd.tensor(shaped, requires_grad=True) for _ in range(2))
        a.grad, b.grad = autograd.ones_like(a), autograd.ones_like(b)
        optimizer = getattr(optim, name)([{"params": [a]}, {"params": [b]}], lr=0.1)
        b.data = b.data.double()
        with pytest.raises(RuntimeError, match=r"torch.float64 .* and its gradient torch.float32"):
            optimizer.step()
        b.data = autograd.ones(3, 2)
        with pytest.raises(RuntimeError, match=r"\[3, 2\] and its gradient"):
            optimizer.step()
        assert (a.tolist(), optimizer.state_dict()["state"]) == (shaped, {})


def test_parameters_in_memory_that_must_not_be_written_to(m):
    """One of them is enough: ours moves none then."""
    for name in ("SGD", "Adam"):
        good, bad = m.zeros(3, requires_grad=True), m.zeros(1).expand(3).requires_grad_()
        good.grad = bad.grad = m.ones(3)
        optimizer = getattr(of(m), name)([good, bad], lr=0.1)
        with pytest.raises(RuntimeError, match=r"more than one element .*refers to a single memory location"):
            optimizer.step()
        assert bad.tolist() == [0, 0, 0]
        if m is autograd:
            assert good.tolist() == [0, 0, 0]
            assert optimizer.state_dict()["state"] == {}
            with pytest.raises(RuntimeError, match="refers to a single memory location"):
                optim.LBFGS([good, bad]).step(lambda pair=(good, bad): sum(pair).sum())
            assert good.tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_what_an_option_needs_that_is_switched_on_later(dtype):
    """PyTorch raises a KeyError, some groups having moved."""
    for name, option, piece in (
        ("Adam", {"amsgrad": True}, "max_exp_avg_sq"),
        ("RMSprop", {"momentum": 0.5}, "momentum_buffer"),
        ("RMSprop", {"centered": True}, "grad_avg"),
        ("SGD", {"momentum": 0.5}, "momentum_buffer"),
    ):
        x = autograd.ones(2, dtype=getattr(autograd, dtype), requires_grad=True)
        x.grad = autograd.ones_like(x)
        optimizer = getattr(optim, name)([x], lr=0.1)
        optimizer.step()
        optimizer.param_groups[0].update(option)
        optimizer.step()
        begun = optimizer.state[x][piece].clone()
        optimizer.step()
        assert begun.abs().min() > 0
        assert (optimizer.state[x][piece] != begun).all() or name == "Adam"


def test_options_that_exclude_each_other(m):
    x, o = with_gradient(m, 1.0), of(m)
    for name in ("SGD", "Adam", "AdamW", "Adagrad"):
        with pytest.raises(RuntimeError, match="`fused` does not support `differentiable`"):
            getattr(o, name)([x], fused=True, differentiable=True)
        with pytest.raises(RuntimeError, match="`fused` and `foreach` cannot be `True` together"):
            getattr(o, name)([x], fused=True, foreach=True)
    z = m.ones(1, dtype=m.complex64, requires_grad=True)
    z.grad = m.ones_like(z)
    with pytest.raises(RuntimeError, match="`fused=True` requires all the params to be floating point Tensors"):
        o.Adam([z], fused=True).step()
    y = x * 2
    y.retain_grad()
    y.sum().backward()
    with pytest.raises(AssertionError, match="_foreach ops don't support autograd"):
        o.Adam([y], foreach=True, differentiable=True).step()
    for name in ("Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adadelta", "RMSprop", "Rprop", "ASGD"):
        optimizer = getattr(o, name)([x], capturable=True)
        with pytest.raises(AssertionError, match="If capturable=True"):
            optimizer.step()
    assert x.item() == 1


WRONG = [
    ("SGD", {"lr": -1}),
    ("SGD", {"momentum": -1}),
    ("SGD", {"weight_decay": -1}),
    ("SGD", {"nesterov": True}),
    ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}),
    ("Adam", {"lr": -1}),
    ("Adam", {"lr": float("nan")}),
    ("Adam", {"betas": (0.9, 1.0)}),
    ("Adam", {"betas": (-0.1, 0.9)}),
    ("Adam", {"betas": (0, 0.9)}),
    ("Adam", {"eps": -1}),
    ("AdamW", {"weight_decay": float("nan")}),
    ("Adamax", {"eps": -1}),
    ("Adamax", {"betas": (0.9, 1.0)}),
    ("NAdam", {"momentum_decay": -1}),
    ("RAdam", {"betas": (1.5, 0.9)}),
    ("Adagrad", {"lr_decay": -1}),
    ("Adagrad", {"initial_accumulator_value": -1}),
    ("Adadelta", {"rho": 1.5}),
    ("RMSprop", {"momentum": -1}),
    ("RMSprop", {"alpha": -1}),
    ("Rprop", {"lr": -1}),
    ("Rprop", {"etas": (1.5, 1.2)}),
    ("ASGD", {"weight_decay": -1}),
    ("Adafactor", {"lr": -1}),
    ("Adafactor", {"beta2_decay": 0.5}),
    ("Adafactor", {"eps": (-1, 1e-3)}),
    ("Adafactor", {"eps": (None, -1)}),
    ("Adafactor", {"d": 0.5}),
    ("Adafactor", {"weight_decay": -1}),
    ("Muon", {"lr": -1}),
    ("Muon", {"momentum": -1}),
    ("Muon", {"weight_decay": -1}),
    ("Muon", {"adjust_lr_fn": "none"}),
    ("LBFGS", {"lr": -1}),
]


@pytest.mark.parametrize(("name", "options"), WRONG, ids=str)
def test_wrong_options(torch, name, options):
    """PyTorch's error and message, after which ours may say more."""
    with pytest.raises(ValueError) as theirs:
        getattr(torch.optim, name)([torch.ones(1, 1, requires_grad=True)], **options)
    with pytest.raises(ValueError) as ours:
        getattr(optim, name)([autograd.ones(1, 1, requires_grad=True)], **options)
    assert str(ours.value).startswith(str(theirs.value))


def test_wrong_options_that_pytorch_takes():
    x = leaf(autograd, 1.0)
    for name, options in (("SGD", {"lr": float("nan")}), ("SGD", {"momentum": float("nan")})):
        with pytest.raises(ValueError, match="Invalid"):
            getattr(optim, name)([x], **options)
    for options in ({"ns_steps": 100}, {"ns_coefficients": (1.0, 2.0)}):
        with pytest.raises(ValueError, match=r"Number of steps|exactly 3 values"):
            optim.Muon([autograd.ones(2, 2, requires_grad=True)], **options)
    with pytest.raises(AttributeError, match="SparseAdam: it is for sparse gradients"):
        _ = optim.SparseAdam


def test_tensors_as_options(m):
    x, o = with_gradient(m, 1.0), of(m)
    for name in ("SGD", "Adam", "Muon", "LBFGS", "Rprop"):
        with pytest.raises(ValueError, match="Tensor lr must be 1-element"):
            getattr(o, name)([x.detach().reshape(1, 1).requires_grad_()], lr=m.ones(2))
    with pytest.raises(ValueError, match="lr as a Tensor is not supported for capturable=False and foreach=True"):
        o.Adam([x], lr=m.tensor(0.1), foreach=True)
    with pytest.raises(ValueError, match="betas must be either both floats or both Tensors"):
        o.Adam([x], betas=(0.9, m.tensor(0.9)))
    with pytest.raises(ValueError, match="2D parameters"):
        o.Muon([x])
    betas = m.tensor([0.5], dtype=m.float64), m.tensor(0.75, dtype=m.float64)
    optimizer, plain = o.Adam([x], betas=betas), o.Adam([with_gradient(m, 1.0)], betas=(0.5, 0.75))
    assert [beta.shape for beta in optimizer.param_groups[0]["betas"]] == [m.Size([])] * 2
    for _ in range(3):
        optimizer.step(), plain.step()
    assert x.item() == pytest.approx(plain.param_groups[0]["params"][0].item(), rel=1e-6)


# ---- recorded steps

RECORDED = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9, "dampening": 0.2, "maximize": True}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("Adam", {"decoupled_weight_decay": True, "weight_decay": 0.1, "maximize": True}),
    ("AdamW", {}),
    ("Adamax", {"weight_decay": 0.1}),
    ("NAdam", {}),
    ("RAdam", {"betas": (0.5, 0.7)}),
    ("RAdam", {"decoupled_weight_decay": True, "weight_decay": 0.1}),
    ("Adagrad", {"lr_decay": 0.1, "initial_accumulator_value": 0.1}),
    ("Adadelta", {"eps": 1e-2}),
    ("RMSprop", {"momentum": 0.9, "centered": True, "eps": 1e-2}),
    ("Rprop", {}),
    ("ASGD", {"t0": 1.0}),
]


@pytest.mark.parametrize(("name", "options"), RECORDED, ids=str)
def test_a_recorded_step_has_gradients(name, options):
    """Three steps as a function of the first parameters, of the gradients, and of the learning rate."""

    def steps(start, first, second, lr):
        param = start.clone()
        optimizer = getattr(optim, name)([param], lr=lr, differentiable=True, **options)
        for grad in (first, second, first + second):
            param.grad = grad
            optimizer.step()
        return param, *[value for value in optimizer.state[param].values() if value.requires_grad]

    autograd.manual_seed(0)
    operands = [(autograd.rand(3, dtype=autograd.float64) + 0.5).requires_grad_() for _ in range(3)]
    lr = autograd.tensor(0.1, dtype=autograd.float64, requires_grad=True)
    autograd.set_default_dtype(autograd.float64)
    try:
        assert gradcheck(steps, (*operands, lr))
    finally:
        autograd.set_default_dtype(autograd.float32)


def test_a_recorded_step_of_complex_parameters_and_a_tensor_of_decay():
    def steps(start, grad, decay):
        param = start.clone()
        optimizer = optim.SGD([param], lr=0.1, weight_decay=decay, momentum=0.5, differentiable=True)
        other = optim.Adam([start * 2], differentiable=True)
        (twice,) = other.param_groups[0]["params"]
        for _ in range(2):
            param.grad = twice.grad = grad
            optimizer.step(), other.step()
        return param, twice

    z = [autograd.tensor([1 + 2j, -1 + 0.5j], dtype=autograd.complex128, requires_grad=True) for _ in range(2)]
    assert gradcheck(steps, (*z, autograd.tensor(0.3, dtype=autograd.float64, requires_grad=True)))


def test_a_leaf_cannot_be_stepped_with_recording_on(m):
    x = with_gradient(m, 1.0)
    optimizer = of(m).SGD([x], lr=0.1, differentiable=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        optimizer.step()
    assert x.item() == 1


# ---- parameters and states of others


def test_a_step_on_other_parameters_with_another_state(m):
    x, y = with_gradient(m, 1.0, 2.0), with_gradient(m, 3.0)
    optimizer = of(m).Adam([{"params": [x]}, {"params": [y], "lr": 0.5}], lr=0.25)
    optimizer.step()
    state, before = copy.deepcopy(optimizer.state_dict()), copy.deepcopy(optimizer.state_dict())
    state["param_groups"][0]["lr"] = 2.0
    own, params = optimizer.state, optimizer.param_groups[0]["params"]
    others = {"x": with_gradient(m, 5.0, 6.0), "y": with_gradient(m, 7.0)}
    with of(m).swap_in_optimizer_params_and_state(optimizer, others, state):
        assert (optimizer.param_groups[0]["params"], optimizer.param_groups[0]["lr"]) == ([others["x"]], 2.0)
        optimizer.step()
        optimizer.param_groups[0]["lr"] = 77.0
        optimizer.state[others["x"]]["exp_avg"] = None
    assert others["x"].tolist() == pytest.approx([3.0, 4.0])
    assert others["y"].tolist() == pytest.approx([6.5])
    assert [state["state"][i]["step"].item() for i in (0, 1)] == [2, 2]
    assert state["state"][0]["exp_avg"].tolist() == pytest.approx([0.19, 0.19])
    assert optimizer.state is own
    assert optimizer.param_groups[0]["params"] is params
    assert optimizer.state_dict()["param_groups"] == before["param_groups"]
    assert optimizer.state[x]["step"].item() == 1
    assert x.tolist() == pytest.approx([0.75, 1.75])


def add_twice(optimizer, param):
    optimizer.add_param_group({"params": [param]})
    optimizer.add_param_group({"params": [param]})


def test_the_own_parameters_come_back_after_an_error():
    x = with_gradient(autograd, 1.0)
    optimizer = optim.SGD([x], lr=0.5, momentum=0.5)
    optimizer.step()
    before = optimizer.state
    swap = optim.swap_in_optimizer_params_and_state(optimizer, {"x": leaf(autograd, 5.0)}, optimizer.state_dict())
    with pytest.raises(ValueError, match="more than one parameter group"), swap:
        add_twice(optimizer, leaf(autograd, 1.0))
    assert [group["params"] for group in optimizer.param_groups] == [[x]]
    assert optimizer.state is before


@pytest.mark.parametrize(
    "change",
    [
        lambda state: [],
        lambda state: {"param_groups": state["param_groups"]},
        lambda state: {"state": state["state"]},
        lambda state: {**state, "param_groups": state["param_groups"] * 2},
        lambda state: {**state, "param_groups": [[]]},
        lambda state: {**state, "param_groups": [{**state["param_groups"][0], "mine": 1}]},
        lambda state: {**state, "param_groups": [{"params": [0]}]},
        lambda state: {**state, "param_groups": [{**state["param_groups"][0], "params": [0, 1]}]},
        lambda state: {**state, "param_groups": [{**state["param_groups"][0], "params": ["x"]}]},
        lambda state: {**state, "state": {5: {}}},
        lambda state: {**state, "state": {0: 1}},
    ],
)
def test_a_state_that_does_not_fit_is_not_swapped_in(m, change):
    x = with_gradient(m, 1.0)
    optimizer = of(m).SGD([x], lr=0.5, momentum=0.5)
    swap, given = of(m).swap_in_optimizer_params_and_state, {"x": leaf(m, 1.0)}
    unfit = pytest.raises(RuntimeError, match=r"swap_in_optimizer_params|swapin_optim_state")
    with unfit, swap(optimizer, given, optimizer.state_dict()):  # there is none yet
        pass
    optimizer.step()
    for params, state in ((given, change(optimizer.state_dict())), ({}, optimizer.state_dict())):
        with unfit, swap(optimizer, params, state):
            pass
    assert optimizer.param_groups[0]["params"] == [x]


# ---- hooks


def test_hooks_around_a_step(m):
    calls = []

    def noting(name):
        return lambda optimizer, args, kwargs: calls.append((name, args[0] is optimizer, len(args), sorted(kwargs)))

    optimizer = of(m).SGD([with_gradient(m, 1.0)], lr=1.0)
    handles = [
        optimizer.register_step_pre_hook(noting("pre")),
        optimizer.register_step_post_hook(noting("post")),
        base_of(m).register_optimizer_step_pre_hook(noting("every pre")),
        base_of(m).register_optimizer_step_post_hook(noting("every post")),
    ]
    optimizer.step()
    assert calls == [(name, True, 1, []) for name in ("every pre", "pre", "post", "every post")]
    calls.clear()
    assert optimizer.step(closure=lambda: 2.0) == 2.0
    assert calls[0] == ("every pre", True, 1, ["closure"])
    for handle in handles:
        handle.remove()
    calls.clear()
    with optimizer.register_step_pre_hook(lambda optimizer, args, kwargs: ((optimizer, lambda: 7.0), {})):
        assert optimizer.step() == 7.0
    with (
        optimizer.register_step_pre_hook(lambda *args: 3),
        pytest.raises(RuntimeError, match=r"must return None or a tuple of \(new_args, new_kwargs\)"),
    ):
        optimizer.step()
    assert calls == []


def test_hooks_are_called_once_where_steps_call_each_other():
    class Outer(optim.Adam):
        def step(self, closure=None):
            return super().step(closure)

    calls = []
    for kind in (optim.Adam, Outer):
        optimizer = kind([with_gradient(autograd, 1.0)])
        optimizer.register_step_pre_hook(lambda *args: calls.append(type(args[0])))
        optimizer.step()
    assert calls == [optim.Adam, Outer]


def test_hooks_around_saving_and_loading(m):
    SGD, calls = of(m).SGD, []
    optimizer = SGD([with_gradient(m, 1.0)], lr=1.0, momentum=0.5)
    optimizer.step()
    optimizer.register_state_dict_pre_hook(lambda o: calls.append("second"))
    optimizer.register_state_dict_pre_hook(lambda o: calls.append("first"), prepend=True)
    optimizer.register_state_dict_post_hook(lambda o, saved: saved.update(note=1))
    optimizer.register_state_dict_post_hook(lambda o, saved: {**saved, "more": saved["note"] + 1})
    saved = optimizer.state_dict()
    assert calls == ["first", "second"]
    assert list(saved) == ["state", "param_groups", "note", "more"]
    other = SGD([leaf(m, 1.0)], lr=3.0)

    def renamed(o, loaded):
        assert o is other
        return {"state": loaded["STATE"], "param_groups": loaded["param_groups"]}

    def unpacked(o, loaded):
        loaded["STATE"] = loaded.pop("state")

    other.register_load_state_dict_pre_hook(renamed)
    other.register_load_state_dict_pre_hook(unpacked, prepend=True)
    other.register_load_state_dict_post_hook(lambda o: calls.append(o.param_groups[0]["lr"]))
    other.load_state_dict(saved)
    assert calls[2:] == [1.0]
    assert "state" in saved
    assert other.state_dict()["state"][0]["momentum_buffer"].tolist() == [1.0]


# ---- saving, loading, copying


def test_what_is_loaded_is_a_copy():
    optimizer = optim.Adam([with_gradient(autograd, 1.0)])
    optimizer.step()
    saved = optimizer.state_dict()
    optimizer.load_state_dict(saved)
    optimizer.step()
    assert saved["state"][0]["step"].item() == 1
    assert optimizer.state_dict()["state"][0]["step"].item() == 2


def test_a_state_of_other_parameters_is_refused():
    def of_shapes(*shapes):
        params = [autograd.ones(s, requires_grad=True) for s in shapes]
        for param in params:
            param.grad = autograd.ones_like(param)
        return params

    for name in ("Adam", "SGD", "Adafactor", "RMSprop"):
        options = {"momentum": 0.5} if name in ("SGD", "RMSprop") else {}
        given = getattr(optim, name)(of_shapes((2, 3), (4,)), lr=0.5, **options)
        given.step()
        optimizer = getattr(optim, name)(of_shapes((4,), (2, 3)), lr=0.1, **options)
        before = repr(optimizer)
        with pytest.raises(ValueError, match=r"of shape \[.*\] for parameter 0, which needs \[|has no variance"):
            optimizer.load_state_dict(given.state_dict())
        with pytest.raises(ValueError, match="different number of parameter groups"):
            optimizer.load_state_dict({"state": {}, "param_groups": []})
        with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
            optimizer.load_state_dict(getattr(optim, name)(of_shapes((4,)), **options).state_dict())
        assert (repr(optimizer), optimizer.state_dict()["state"]) == (before, {})


def test_states_of_earlier_versions(m):
    """Steps were counted in numbers, options were fewer, and what belongs to no parameter is kept."""
    optimizer = of(m).Adam([with_gradient(m, 1.0)])
    optimizer.step()
    saved = optimizer.state_dict()
    saved["state"][0]["step"] = 5
    saved["state"]["mine"] = [1, 2]
    for option in ("amsgrad", "maximize", "differentiable"):
        del saved["param_groups"][0][option]
    optimizer.load_state_dict(saved)
    optimizer.step()
    step = optimizer.state_dict()["state"][0]["step"]
    assert (step.dtype, step.shape, step.item()) == (m.float32, m.Size([]), 6)
    assert optimizer.state_dict()["state"]["mine"] == [1, 2]
    decoupled = of(m).AdamW([leaf(m, 1.0)])
    decoupled.load_state_dict({"state": {}, "param_groups": saved["param_groups"]})
    assert decoupled.param_groups[0]["decoupled_weight_decay"] is True
    buffer = of(m).SGD([with_gradient(m, 1.0)], lr=1.0, momentum=0.5)
    groups = buffer.state_dict()["param_groups"]
    buffer.load_state_dict({"state": {0: {"momentum_buffer": None}}, "param_groups": groups})
    buffer.step()
    assert buffer.state_dict()["state"][0]["momentum_buffer"].tolist() == [1.0]


def test_the_count_of_steps_has_the_default_dtype_at_least_single(m):
    for default, expected in ((m.float16, m.float32), (m.float32, m.float32), (m.float64, m.float64)):
        m.set_default_dtype(default)
        try:
            optimizer = of(m).Adagrad([leaf(m, 1.0)])
            assert optimizer.state_dict()["state"][0]["step"].dtype is expected
        finally:
            m.set_default_dtype(m.float32)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))], ids=["copy", "pickle"])
@pytest.mark.parametrize("name", ["SGD", "Adam", "LBFGS", "Adagrad"])
def test_copies_are_independent_and_go_on_alike(name, again):
    """They have parameters of their own, and none of the hooks."""

    def step(optimizer):
        (w,) = optimizer.param_groups[0]["params"]

        def closure():
            optimizer.zero_grad()
            loss = ((w - 3) ** 4).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        return w.tolist()

    calls = []
    optimizer = getattr(optim, name)([leaf(autograd, 1.0, 2.0)], lr=0.01)
    optimizer.register_step_pre_hook(lambda *args: calls.append(args[0]))
    step(optimizer)
    twin = again(optimizer)
    before = optimizer.param_groups[0]["params"][0].tolist()
    after = step(twin)
    assert optimizer.param_groups[0]["params"][0].tolist() == before != after
    assert step(optimizer) == after
    assert calls == [optimizer, optimizer]
    twin.register_step_pre_hook(lambda *args: calls.append("twin"))
    step(twin)
    assert calls[-1] == "twin"


def test_an_optimizer_is_freed_without_the_collector():
    gc.disable()
    try:
        for name in ("SGD", "Adam", "LBFGS", "Rprop", "Adafactor"):
            w = autograd.ones(2, requires_grad=True)
            optimizer = getattr(optim, name)([w], lr=0.1)
            handle = optimizer.register_step_pre_hook(lambda *args: None)

            def closure(w=w, optimizer=optimizer):
                optimizer.zero_grad()
                loss = (w * w).sum()
                loss.backward()
                return loss

            optimizer.step(closure)
            alive = weakref.ref(optimizer), weakref.ref(w)
            del optimizer, w, closure, handle
            assert [reference() for reference in alive] == [None, None]
    finally:
        gc.enable()


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
    assert np.isfinite(losses).all()


def test_a_state_of_another_optimizer_is_refused():
    """PyTorch takes it, with the other's learning rate, and fails at the first step, or goes on with other options."""
    given = optim.SGD([leaf(autograd, 1.0)], lr=1.0, momentum=0.9)
    optimizer = optim.Adam([leaf(autograd, 1.0)], lr=0.1)
    with pytest.raises(ValueError, match=r"no betas, eps in its groups, but .*: it belongs to an optimizer"):
        optimizer.load_state_dict(given.state_dict())
    assert optimizer.param_groups[0]["lr"] == 0.1


def trained(m, name, **options):
    """An optimizer that has made a step over two parameters."""
    params = [m.ones(2, 3, requires_grad=True), m.zeros(4, requires_grad=True)]

    def closure():
        for param in params:
            param.grad = param.detach() + 1
        return params[0].sum() ** 2

    optimizer = getattr(of(m), name)(params[:1] if name == "Muon" else params, **options)
    optimizer.step(closure)
    return optimizer, closure


@pytest.mark.parametrize("name", [name for name in optim.__all__ if name[0].isupper() and name != "Optimizer"])
def test_a_state_of_pytorchs_is_taken_as_it_is(torch, monkeypatch, name):
    """Its tensors, also those among the options, become ours."""
    monkeypatch.setattr(torch.Tensor, "bfloat16", torch.Tensor.clone)  # in which Muon would compute
    lr = 0.125 if name in ("Adagrad", "ASGD", "Rprop") else torch.tensor(0.125)
    theirs, their_closure = trained(torch, name, lr=lr)
    ours, our_closure = trained(autograd, name, lr=0.125)
    theirs.step(their_closure)
    for mine, other in zip(ours.param_groups[0]["params"], theirs.param_groups[0]["params"]):
        mine.data = autograd.from_dlpack(other.detach()).clone()
    ours.load_state_dict(theirs.state_dict())
    if name not in ("Adagrad", "ASGD", "Rprop"):
        assert isinstance(ours.param_groups[0]["lr"], autograd.Tensor)
    ours.step(our_closure)
    theirs.step(their_closure)
    for mine, other in zip(ours.param_groups[0]["params"], theirs.param_groups[0]["params"]):
        np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_what_is_loaded_may_be_arrays_and_is_copied():
    optimizer, closure = trained(autograd, "Adam", lr=0.125)
    saved = optimizer.state_dict()
    saved["state"] = {
        number: {name: value.numpy().copy() for name, value in state.items()}
        for number, state in saved["state"].items()
    }
    saved["state"][1]["step"] = np.float32(1)
    saved["param_groups"][0].update(lr=np.array(0.25), betas=(np.array(0.5), np.array(0.75)))
    optimizer.load_state_dict(saved)
    mean = saved["state"][0]["exp_avg"]
    before = mean.copy()
    optimizer.step(closure)
    assert (before == mean).all()
    group = optimizer.state_dict()["param_groups"][0]
    assert (group["lr"].item(), group["betas"][0].item(), group["betas"][1].item()) == (0.25, 0.5, 0.75)
    assert optimizer.state_dict()["state"][0]["step"].item() == 2


def test_a_state_that_is_no_tensors_is_refused(torch):
    optimizer, closure = trained(autograd, "Adam", lr=0.125)
    before = repr(optimizer), repr(optimizer.state_dict())
    grows = torch.ones(2, 3, requires_grad=True)
    for wrong, message in (
        ("text", "exp_avg of type str for parameter 0, which needs a tensor of shape"),
        (None, "no exp_avg for parameter 0"),
        ({}, "exp_avg of type dict for parameter 0"),
        (5, r"exp_avg of shape \[\] for parameter 0, which needs \[2, 3\]"),
        (grows, "in the state of parameter 0, of which no tensor can be made: .*require"),
        (np.array(["a"]), "ndarray of <U1 in the state of parameter 0"),
    ):
        saved = optimizer.state_dict()
        saved["state"][0]["exp_avg"] = wrong
        saved["param_groups"][0]["lr"] = 7.0
        with pytest.raises(ValueError, match=message):
            optimizer.load_state_dict(saved)
    saved = optimizer.state_dict()
    for wrong in (5, None, "text"):
        with pytest.raises(ValueError, match=r"the state of parameter 0 is of type .*, which should be a dictionary"):
            optimizer.load_state_dict({**saved, "state": {0: wrong}})
    saved["param_groups"][0]["lr"] = torch.tensor(1.0, requires_grad=True)
    with pytest.raises(ValueError, match=r"in the options of group 0, of which no tensor can be made: .*require"):
        optimizer.load_state_dict(saved)
    assert (repr(optimizer), repr(optimizer.state_dict())) == before
    optimizer.step(closure)


def test_pytorch_takes_our_state_from_a_file(torch, tmp_path):
    ours, closure = trained(autograd, "Adam", lr=0.125)
    theirs, their_closure = trained(torch, "Adam", lr=0.5)
    autograd.save(ours.state_dict(), tmp_path / "state.pt", format="torch")
    theirs.load_state_dict(torch.load(tmp_path / "state.pt"))
    for mine, other in zip(ours.param_groups[0]["params"], theirs.param_groups[0]["params"]):
        other.data = torch.from_dlpack(mine.detach().clone())
    ours.step(closure), theirs.step(their_closure)
    for mine, other in zip(ours.param_groups[0]["params"], theirs.param_groups[0]["params"]):
        np.testing.assert_allclose(mine.detach().numpy(), other.detach().numpy(), rtol=1e-6)


def test_an_option_that_was_switched_on_does_not_stand_in_the_way_of_loading():
    for kind, switched in ((optim.Adam, {"amsgrad": True}), (optim.RMSprop, {"momentum": 0.5, "centered": True})):
        optimizer = kind([with_gradient(autograd, 1.0)])
        optimizer.step()
        optimizer.param_groups[0].update(switched)
        optimizer.load_state_dict(optimizer.state_dict())
        optimizer.step()
        assert set(optimizer.state_dict()["state"][0]) > {"step"}


def test_an_option_that_came_with_a_later_version_is_filled_in():
    class Later(optim.SGD):
        def __init__(self, params):
            super().__init__(params, lr=1.0)
            self.defaults["patience"] = self.param_groups[0]["patience"] = 3.0

    saved = optim.SGD([leaf(autograd, 1.0)], lr=0.5).state_dict()
    optimizer = Later([leaf(autograd, 1.0)])
    optimizer.load_state_dict(saved)
    assert (optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["patience"]) == (0.5, 3.0)
