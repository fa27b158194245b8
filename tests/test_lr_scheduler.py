"""Learning rate schedulers: the rates, beside PyTorch's over their arguments, and going on where one stopped."""

import copy
import functools
import gc
import inspect
import itertools
import math
import pickle
import warnings
import weakref

import pytest

import autograd
import optim
from optim import lr_scheduler
from optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

STEPS = 18
LOSSES = [5.0, 4.0, 4.0, 4.1, 3.99, 4.0, 2.0, 2.0, 2.0, 2.5, 2.5, 2.5, math.nan, 1.9, 2.0, -1.0, -1.0, -0.9, -1.0, 0.0]


class Growing:
    """A factor with attributes of its own, which are part of the state."""

    def __init__(self):
        self.calls = 0

    def __call__(self, epoch):
        self.calls += 1
        return 1 / (1 + self.calls)


class Falling:
    """A scale with an attribute, which is part of the state."""

    def __init__(self):
        self.power = 0.5

    def __call__(self, x):
        return (1 + x) ** -self.power


def simple(name, **options):
    """How to make one scheduler of a module `s` for an optimizer."""
    return pytest.param(lambda s, o: getattr(s, name)(o, **options), id=f"{name} {options or ''}")


def with_function(name, argument, function, **options):
    """The same with a function that is made for each scheduler."""
    return pytest.param(lambda s, o: getattr(s, name)(o, **{argument: function(), **options}), id=name + argument)


def composed(name, make):
    return pytest.param(make, id=name)


def nested(s, o):
    """A sequence that begins with a sequence: its first step is made twice, for which PyTorch warns as well."""
    inner = s.SequentialLR(o, [s.ConstantLR(o), s.PolynomialLR(o, 9)], milestones=[3])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected call")
        return s.SequentialLR(o, [inner, s.MultiplicativeLR(o, lambda epoch: 0.8)], milestones=[8])


CHAINABLE = [
    with_function("LambdaLR", "lr_lambda", lambda: lambda epoch: 0.9**epoch),
    with_function("LambdaLR", "lr_lambda", lambda: [lambda epoch: 1 / (epoch + 1), lambda epoch: epoch // 3]),
    with_function("LambdaLR", "lr_lambda", Growing),
    with_function("MultiplicativeLR", "lr_lambda", lambda: lambda epoch: 0.9 + 0.01 * epoch),
    with_function("MultiplicativeLR", "lr_lambda", lambda: [Growing(), lambda epoch: 0.5]),
    simple("StepLR", step_size=3),
    simple("StepLR", step_size=1, gamma=0.7),
    simple("MultiStepLR", milestones=[2, 5, 5, 11]),
    simple("MultiStepLR", milestones=[0, 7], gamma=0.3),
    simple("ConstantLR"),
    simple("ConstantLR", factor=0.7, total_iters=3),
    simple("LinearLR"),
    simple("LinearLR", start_factor=0.01, end_factor=0.5, total_iters=7),
    simple("ExponentialLR", gamma=0.83),
    simple("PolynomialLR"),
    simple("PolynomialLR", total_iters=9, power=2.3),
    simple("CosineAnnealingLR", T_max=5),
    simple("CosineAnnealingLR", T_max=1, eta_min=0.01),
    simple("CosineAnnealingLR", T_max=30, eta_min=0.02),
]
OTHERS = [
    simple("CosineAnnealingWarmRestarts", T_0=4),
    simple("CosineAnnealingWarmRestarts", T_0=2, T_mult=3, eta_min=0.01),
    simple("CyclicLR", base_lr=0.1, max_lr=0.9, step_size_up=3),
    simple("CyclicLR", base_lr=[0.1, 0.2], max_lr=[0.9, 1.5], step_size_up=2, step_size_down=5, mode="triangular2"),
    simple("CyclicLR", base_lr=0.1, max_lr=0.9, step_size_up=4, mode="exp_range", gamma=0.9, cycle_momentum=False),
    with_function("CyclicLR", "scale_fn", lambda: lambda x: 1 / x, base_lr=0.1, max_lr=0.9, step_size_up=2),
    with_function("CyclicLR", "scale_fn", Falling, base_lr=0.1, max_lr=1, step_size_up=3, scale_mode="iterations"),
    simple("CyclicLR", base_lr=0.1, max_lr=1, step_size_up=3, base_momentum=[0.5, 0.6], max_momentum=[0.8, 0.9]),
    simple("OneCycleLR", max_lr=1.0, total_steps=STEPS),
    simple("OneCycleLR", max_lr=[1.0, 2.0], epochs=4, steps_per_epoch=7, anneal_strategy="linear", pct_start=0.5),
    simple("OneCycleLR", max_lr=1.0, total_steps=20, three_phase=True, div_factor=5, final_div_factor=100),
    simple("OneCycleLR", max_lr=1.0, total_steps=20, three_phase=True, anneal_strategy="linear", base_momentum=0.1),
    simple("OneCycleLR", max_lr=1.0, total_steps=30, cycle_momentum=False, pct_start=0.0),
    simple("ReduceLROnPlateau"),
    simple("ReduceLROnPlateau", patience=1, factor=0.5, cooldown=2),
    simple("ReduceLROnPlateau", mode="max", patience=0, min_lr=[0.3, 0.01]),
    simple("ReduceLROnPlateau", threshold=0.5, threshold_mode="abs", patience=2, eps=0.05, factor=0.6),
    simple("ReduceLROnPlateau", mode="max", threshold=0.5, threshold_mode="abs", patience=2, factor=0.9),
    composed("chained", lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 4), s.ExponentialLR(o, 0.9)])),
    composed(
        "sequential",
        lambda s, o: s.SequentialLR(o, [s.LinearLR(o, 0.1), s.CosineAnnealingLR(o, 6), s.StepLR(o, 2)], [4, 11]),
    ),
    composed(
        "sequence of cycles",
        lambda s, o: s.SequentialLR(o, [s.ConstantLR(o), s.CosineAnnealingWarmRestarts(o, 3, 2)], milestones=[5]),
    ),
    composed("nested", nested),
]
CASES = CHAINABLE + OTHERS


def optimizer_of(m, kind="SGD", rate=float):
    """Two groups, each with a parameter that has a gradient."""
    params = [m.ones(2, requires_grad=True), m.zeros(3, requires_grad=True)]
    for param in params:
        param.grad = m.ones_like(param)
    groups = [{"params": params[:1]}, {"params": params[1:], "lr": rate(0.25)}]
    o = optim if m is autograd else m.optim
    options = {"momentum": 0.9} if kind == "SGD" else {}
    return getattr(o, kind)(groups, lr=rate(0.5), **options)


def place(m):
    """The module of schedulers that goes with a module of tensors."""
    return lr_scheduler if m is autograd else m.optim.lr_scheduler


def number(value):
    return value.item() if hasattr(value, "item") else value


def options_of(optimizer):
    """What schedulers write into the groups."""
    names = ("lr", "initial_lr", "momentum", "betas", "max_lr", "min_lr", "max_momentum", "base_momentum")
    return [[(name, number(group[name])) for name in names if name in group] for group in optimizer.param_groups]


def advance(optimizer, scheduler, step):
    optimizer.step()
    if "metrics" in inspect.signature(scheduler.step).parameters:
        scheduler.step(LOSSES[step])
    else:
        scheduler.step()


def trace(optimizer, scheduler, steps=range(STEPS)):
    found = [options_of(optimizer)]
    for step in steps:
        advance(optimizer, scheduler, step)
        found.append(options_of(optimizer))
        assert [number(rate) for rate in scheduler.get_last_lr()] == [dict(group)["lr"] for group in found[-1]]
    return found


def rates(scheduler, steps):
    """The first group's rate over some steps."""
    found = [scheduler.get_last_lr()[0]]
    for step in range(steps):
        advance(scheduler.optimizer, scheduler, step)
        found.append(scheduler.get_last_lr()[0])
    return found


# ---- what the rates are


ONE = {  # by formula, from a rate of 0.5
    "lambda": (lambda o: LambdaLR(o, lambda t: 1 / (t + 1)), lambda t: 0.5 / (t + 1)),
    "multiplicative": (lambda o: MultiplicativeLR(o, lambda t: t + 1), lambda t: 0.5 * math.factorial(t + 1)),
    "step": (lambda o: StepLR(o, 3, 0.5), lambda t: 0.5 ** (1 + t // 3)),
    "milestones": (lambda o: MultiStepLR(o, [2, 2, 4], 0.5), lambda t: 0.5 ** (1 + 2 * (t >= 2) + (t >= 4))),
    "constant": (lambda o: ConstantLR(o, 0.5, 3), lambda t: 0.25 if t < 3 else 0.5),
    "linear": (lambda o: LinearLR(o, 0.5, 1, 4), lambda t: 0.5 * (0.5 + min(t, 4) / 8)),
    "exponential": (lambda o: ExponentialLR(o, 0.5), lambda t: 0.5 ** (t + 1)),
    "polynomial": (lambda o: PolynomialLR(o, 4, 2), lambda t: 0.5 * max(0, 1 - t / 4) ** 2),
    "cosine": (lambda o: CosineAnnealingLR(o, 3, 0.1), lambda t: 0.1 + 0.2 * (1 + math.cos(math.pi * t / 3))),
    "restarts": (
        lambda o: CosineAnnealingWarmRestarts(o, 2, 2),
        lambda t: 0.25 * (1 + math.cos(math.pi * [0, 1 / 2, 0, 1 / 4, 2 / 4, 3 / 4, 0, 1 / 8, 2 / 8][t])),
    ),
    "cyclic": (lambda o: CyclicLR(o, 1, 3, 2, cycle_momentum=False), lambda t: 1 + min(t % 4, 4 - t % 4)),
    "one cycle": (
        lambda o: OneCycleLR(o, 8.0, 9, pct_start=5 / 9, anneal_strategy="linear", div_factor=2, final_div_factor=4),
        lambda t: 4 + t if t <= 4 else 8 - 7 * (t - 4) / 4,
    ),
}


@pytest.mark.parametrize("name", ONE)
def test_rates_follow_the_formula(name):
    make, formula = ONE[name]
    scheduler = make(optimizer_of(autograd))
    assert rates(scheduler, 8) == pytest.approx([formula(t) for t in range(9)], rel=1e-12, abs=1e-12)


def test_momentum_goes_against_the_rate():
    for kind, read in (("SGD", lambda group: group["momentum"]), ("Adam", lambda group: group["betas"][0])):
        for make in (
            lambda o: CyclicLR(o, 1, 3, 2, base_momentum=0.5, max_momentum=0.9),
            lambda o: OneCycleLR(o, 3, 6, pct_start=0.5, base_momentum=0.5, max_momentum=0.9, anneal_strategy="linear"),
        ):
            optimizer = optimizer_of(autograd, kind)
            scheduler = make(optimizer)
            momenta = [read(optimizer.param_groups[0])]
            for step in range(2):
                advance(optimizer, scheduler, step)
                momenta.append(read(optimizer.param_groups[0]))
            assert momenta == pytest.approx([0.9, 0.7, 0.5])
            if kind == "Adam":
                assert optimizer.param_groups[0]["betas"][1] == 0.999


def test_a_plateau_is_waited_for_and_reduced():
    optimizer = optimizer_of(autograd)
    scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=1, cooldown=1, min_lr=[0.2, 0.0])
    found = []
    for loss in (autograd.tensor(1.0), 1.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        scheduler.step(loss)
        found.append((scheduler.get_last_lr(), scheduler.in_cooldown))
    assert found == [
        ([0.5, 0.25], False),
        ([0.5, 0.25], False),
        ([0.25, 0.125], True),
        ([0.25, 0.125], False),
        ([0.25, 0.125], False),
        ([0.2, 0.0625], True),
        ([0.2, 0.0625], False),
    ]


@pytest.mark.parametrize("make", CASES)
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_rates_and_state_equal_pytorchs(torch, make, kind):
    traces, states = [], []
    for m in (autograd, torch):
        optimizer = optimizer_of(m, kind)
        scheduler = make(place(m), optimizer)
        traces.append(trace(optimizer, scheduler))
        states.append(scheduler.state_dict())
    assert traces[0] == traces[1]
    assert states[0] == states[1]


@pytest.mark.parametrize("make", CASES)
def test_rates_that_are_tensors_equal_pytorchs(torch, make):
    """They stay the tensors they are, and the copies a scheduler gives out are its own."""
    traces = []
    for m in (autograd, torch):
        optimizer = optimizer_of(m, rate=m.tensor)
        given = [group["lr"] for group in optimizer.param_groups]
        scheduler = make(place(m), optimizer)
        optimizer.step = lambda: None  # optimizers differ in whether they take tensors
        found = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for step in range(STEPS):
                advance(optimizer, scheduler, step)
                found.append([rate.item() for rate in given])
                assert all(group["lr"] is rate for group, rate in zip(optimizer.param_groups, given))
        scheduler.get_last_lr()[0].fill_(7)
        assert given[0].item() != 7
        traces.append(found)
    assert [rate for found in traces[0] for rate in found] == pytest.approx(
        [rate for found in traces[1] for rate in found], rel=3e-7
    )


@pytest.mark.parametrize("make", [simple_case for simple_case in CASES if "ReduceLR" not in simple_case.id])
def test_deprecated_epochs_equal_pytorchs(torch, make):
    traces = []
    for m in (autograd, torch):
        optimizer = optimizer_of(m)
        scheduler = make(place(m), optimizer)
        takes_epoch = "epoch" in inspect.signature(scheduler.step).parameters
        assert takes_epoch == (not hasattr(scheduler, "_schedulers"))
        found = []
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for epoch in (None, 5, None, None, 2, None, 0, 12, None) if takes_epoch else ():
                optimizer.step()
                scheduler.step(epoch)
                found.append((epoch, options_of(optimizer)))
        kinds = [(warning.category, str(warning.message)[:60], warning.filename == __file__) for warning in caught]
        traces.append((found, kinds))
    assert traces[0] == traces[1]


def test_warm_restarts_take_fractions_of_epochs(m):
    optimizer = optimizer_of(m)
    scheduler = place(m).CosineAnnealingWarmRestarts(optimizer, 2, 2, eta_min=0.1)
    found = []
    for epoch in (0.5, 1.75, 2.0, 2.5, 5.9, 6.0, 13.99, 14.0, 1.0, None, None):
        scheduler.step(epoch)
        found.append((scheduler.T_cur, scheduler.T_i, scheduler.last_epoch))
        height = 0.1 + 0.4 * (1 + math.cos(math.pi * found[-1][0] / found[-1][1])) / 2
        assert scheduler.get_last_lr()[0] == pytest.approx(height)
    assert [(pytest.approx(t, abs=1e-9), *rest) for t, *rest in found] == [
        (0.5, 2, 0),
        (1.75, 2, 1),
        (0, 4, 2),
        (0.5, 4, 2),
        (3.9, 4, 5),
        (0, 8, 6),
        (7.99, 8, 13),
        (0, 16, 14),
        (1, 2, 1),
        (0, 4, 2),
        (1, 4, 3),
    ]


# ---- going on


@pytest.mark.parametrize("make", CASES)
def test_a_saved_scheduler_continues_bitwise_after_any_step(make):
    optimizer = optimizer_of(autograd)
    scheduler = make(lr_scheduler, optimizer)
    saved = [(pickle.dumps(scheduler.state_dict()), copy.deepcopy(optimizer.state_dict()), values(optimizer))]
    whole = [options_of(optimizer)]
    for step in range(STEPS):
        advance(optimizer, scheduler, step)
        whole.append(options_of(optimizer))
        saved.append((pickle.dumps(scheduler.state_dict()), copy.deepcopy(optimizer.state_dict()), values(optimizer)))
    for k, (state, optimizer_state, params) in enumerate(saved):
        optimizer = optimizer_of(autograd)
        scheduler = make(lr_scheduler, optimizer)
        with autograd.no_grad():
            for group, ours in zip(optimizer.param_groups, params):
                group["params"][0].copy_(autograd.tensor(ours))
        optimizer.load_state_dict(optimizer_state)
        scheduler.load_state_dict(pickle.loads(state))
        assert trace(optimizer, scheduler, range(k, STEPS)) == whole[k:], k
        assert values(optimizer) == saved[-1][2], k
        assert pickle.loads(pickle.dumps(scheduler.state_dict())) == pickle.loads(saved[-1][0]), k


def values(optimizer):
    return [group["params"][0].tolist() for group in optimizer.param_groups]


@pytest.mark.parametrize("make", CASES)
def test_state_moves_to_pytorch_and_back(torch, make):
    ways = [(autograd, torch), (torch, autograd)]
    ends = []
    for here, there in ways:
        optimizer = optimizer_of(here)
        scheduler = make(place(here), optimizer)
        trace(optimizer, scheduler, range(7))
        other = optimizer_of(there)
        moved = make(place(there), other)
        for group, old in zip(other.param_groups, optimizer.param_groups):
            group.update({name: value for name, value in old.items() if name not in ("params", "foreach", "fused")})
        other.step()
        moved.load_state_dict(copy.deepcopy(scheduler.state_dict()))
        ends.append(trace(other, moved, range(7, STEPS)))
        assert ends[-1] == trace(optimizer, scheduler, range(7, STEPS))
    assert ends[0] == ends[1]


class GoingOn:
    """A module of schedulers, in which each is made with `last_epoch`."""

    def __init__(self, schedulers, last_epoch):
        self.schedulers, self.last_epoch = schedulers, last_epoch

    def __getattr__(self, name):
        return functools.partial(getattr(self.schedulers, name), last_epoch=self.last_epoch)


@pytest.mark.parametrize("make", CHAINABLE + OTHERS[:13])
@pytest.mark.parametrize("epoch", [0, 4])
def test_last_epoch_goes_on_from_the_groups_as_in_pytorch(torch, make, epoch):
    traces = []
    for m in (autograd, torch):
        first = optimizer_of(m)
        trace(first, make(place(m), first), range(epoch))
        optimizer = optimizer_of(m)
        optimizer.load_state_dict(first.state_dict())
        scheduler = make(GoingOn(place(m), epoch), optimizer)
        assert scheduler.last_epoch == epoch + 1
        traces.append(trace(optimizer, scheduler, range(8)))
    assert traces[0] == traces[1]


def test_milestones_may_have_become_a_dictionary():
    scheduler = MultiStepLR(optimizer_of(autograd), [1, 3], 0.5)
    scheduler.load_state_dict({**scheduler.state_dict(), "milestones": {1: 2}})
    assert rates(scheduler, 3) == [0.5, 0.125, 0.125, 0.125]


def test_loading_takes_nothing_out_of_the_state():
    for make in (
        lambda o: LambdaLR(o, Growing()),
        lambda o: CyclicLR(o, 0.1, 1, scale_fn=Growing()),
        lambda o: ChainedScheduler([StepLR(o, 1)]),
        lambda o: SequentialLR(o, [StepLR(o, 1)], []),
    ):
        scheduler = make(optimizer_of(autograd))
        state = scheduler.state_dict()
        before = copy.deepcopy(state)
        scheduler.load_state_dict(state)
        scheduler.load_state_dict(state)
        assert state == before


def test_functions_keep_to_themselves_and_objects_save_their_attributes():
    scheduler = LambdaLR(optimizer_of(autograd), [math.sqrt, Growing()])
    assert scheduler.state_dict()["lr_lambdas"] == [None, {"calls": 1}]
    with pytest.raises(ValueError, match="has 1 lr_lambdas, here 2"):
        scheduler.load_state_dict({"lr_lambdas": [None], "last_epoch": 3})
    assert scheduler.last_epoch == 0
    plain = CyclicLR(optimizer_of(autograd), 0.1, 1)
    other = CyclicLR(optimizer_of(autograd), 0.1, 1, scale_fn=Growing())
    with pytest.raises(ValueError, match="give the scheduler that scale_fn"):
        plain.load_state_dict(other.state_dict())
    chained = ChainedScheduler([plain])
    with pytest.raises(ValueError, match="of 2 schedulers, here 1"):
        chained.load_state_dict({"_schedulers": [{}, {}]})


@pytest.mark.parametrize(
    "compose",
    [
        ChainedScheduler,
        lambda s: SequentialLR(s[0].optimizer, s, [2]),
        lambda s: ChainedScheduler([ChainedScheduler(s)]),
    ],
)
def test_a_composed_scheduler_is_loaded_as_a_whole_or_not_at_all(compose):
    def made(*last):
        optimizer = optimizer_of(autograd)
        return compose([LambdaLR(optimizer, Growing()), *(make(optimizer) for make in last)])

    def step(optimizer):
        return StepLR(optimizer, 1)

    def function(optimizer):
        return LambdaLR(optimizer, Growing())

    given, scheduler = made(step), made(function)
    rates(given, 1)
    before = copy.deepcopy(scheduler.state_dict())
    with pytest.raises(KeyError, match="lr_lambdas"):
        scheduler.load_state_dict(given.state_dict())
    assert scheduler.state_dict() == before


def test_a_scheduler_is_loaded_as_a_whole_or_not_at_all():
    for make, wrong in (
        (lambda o: LambdaLR(o, Growing()), {"lr_lambdas": [None, 5], "last_epoch": 3}),
        (lambda o: CyclicLR(o, 0.1, 1, scale_fn=Falling()), {"_scale_fn_custom": 5, "last_epoch": 3}),
        (lambda o: MultiStepLR(o, [1]), {"milestones": 5, "last_epoch": 3}),
    ):
        scheduler = make(optimizer_of(autograd))
        before = copy.deepcopy(scheduler.state_dict())
        with pytest.raises(TypeError, match="not iterable"):
            scheduler.load_state_dict(wrong)
        assert scheduler.state_dict() == before


# ---- beside the optimizer


def test_several_schedulers_multiply():
    optimizer = optimizer_of(autograd)
    first, second = ExponentialLR(optimizer, 0.5), StepLR(optimizer, 2, 0.25)
    for _ in range(2):
        optimizer.step()
        first.step()
        second.step()
    assert second.get_last_lr() == [0.5**5, 0.25 * 0.5**4]
    assert first.get_last_lr() == [0.5**3, 0.25 * 0.5**2]


def test_steps_in_the_wrong_order_warn(m):
    schedulers = place(m)
    optimizer = optimizer_of(m)
    scheduler = schedulers.StepLR(optimizer, 1)
    with pytest.warns(
        UserWarning, match=r"^Detected call of `lr_scheduler.step\(\)` before `optimizer.step\(\)`"
    ) as log:
        scheduler.step()
    assert log[0].filename == __file__
    scheduler.step()  # once is enough
    optimizer = optimizer_of(m)
    scheduler = schedulers.StepLR(optimizer, 1)
    optimizer.step = lambda: None
    with pytest.warns(UserWarning, match=r"^Seems like `optimizer.step\(\)` has been overridden"):
        scheduler.step()
    with pytest.warns(UserWarning, match="^The epoch parameter in `scheduler.step") as log:
        scheduler.step(5)
    assert log[0].filename == __file__
    with pytest.warns(UserWarning, match="please use `get_last_lr"):
        assert scheduler.get_lr() == pytest.approx([0.5e-6, 0.25e-6])
    plateau = schedulers.ReduceLROnPlateau(optimizer)
    with pytest.warns(UserWarning, match="^The epoch parameter"):
        plateau.step(1.0, 3)
    assert plateau.last_epoch == 3


def test_the_optimizer_is_left_as_it_is():
    """Its step takes and gives what it did; copies move their own parameters; nothing keeps it alive."""
    optimizer = optimizer_of(autograd)
    scheduler = StepLR(optimizer, 1)
    assert optimizer.step(lambda: 3.0) == 3.0
    scheduler.step()
    for other in (copy.deepcopy(scheduler), pickle.loads(pickle.dumps(scheduler))):
        assert other.optimizer is not optimizer
        before = values(optimizer)
        twin = other.optimizer
        for group in twin.param_groups:
            group["params"][0].grad = autograd.ones_like(group["params"][0])
        moved = values(twin)
        twin.step()
        other.step()
        assert values(optimizer) == before
        assert values(twin) != moved
        assert (other.get_last_lr()[0], scheduler.get_last_lr()[0]) == pytest.approx((0.005, 0.05))
    gc.disable()
    try:
        alive = weakref.ref(optimizer)
        step = optimizer.step
        del optimizer, scheduler, other, twin
        assert alive() is None
    finally:
        gc.enable()
    with pytest.raises(ReferenceError, match="keep the optimizer"):
        step()


def test_a_replaced_step_is_still_called():
    optimizer = optimizer_of(autograd)
    calls = []
    optimizer.step = lambda: calls.append(1)
    scheduler = StepLR(optimizer, 1)
    optimizer.step()
    scheduler.step()
    assert calls == [1]


def test_subclasses_define_get_lr(m):
    class Own(place(m).LRScheduler):
        def get_lr(self):
            return [lr / (self.last_epoch + 1) for lr in self.base_lrs]

    class Closed(Own):
        def _get_closed_form_lr(self):
            return [7.0 for _ in self.base_lrs]

    class Nothing(place(m)._LRScheduler):
        pass

    optimizer = optimizer_of(m)
    scheduler = Own(optimizer)
    trace(optimizer, scheduler, range(3))
    assert scheduler.get_last_lr() == [0.125, 0.0625]
    with pytest.warns(UserWarning, match="epoch parameter"):
        scheduler.step(1)
    assert scheduler.get_last_lr() == [0.25, 0.125]
    scheduler = Closed(optimizer)
    with pytest.warns(UserWarning, match="epoch parameter") as caught:
        scheduler.step(1)
    assert len(caught) == 1
    assert scheduler.get_last_lr() == [7.0, 7.0]
    with pytest.raises(NotImplementedError):
        Nothing(optimizer)


# ---- mistakes

MISTAKES = [
    (TypeError, "int is not an Optimizer", lambda s, o: s.StepLR(3, 1)),
    (TypeError, "int is not an Optimizer", lambda s, o: s.CyclicLR(3, 0.1, 1)),
    (TypeError, "int is not an Optimizer", lambda s, o: s.OneCycleLR(3, 0.1, 1)),
    (TypeError, "int is not an Optimizer", lambda s, o: s.ReduceLROnPlateau(3)),
    (KeyError, "param 'initial_lr' is not specified in param_groups", lambda s, o: s.StepLR(o, 1, last_epoch=3)),
    (ValueError, "Expected 2 lr_lambdas, but got 1", lambda s, o: s.LambdaLR(o, [abs])),
    (ValueError, "Expected 2 lr_lambdas, but got 3", lambda s, o: s.MultiplicativeLR(o, [abs] * 3)),
    (TypeError, "lr_lambda should be a function, but got float", lambda s, o: s.MultiplicativeLR(o, 0.5)),
    (ValueError, "Constant multiplicative factor expected to be between 0 and 1", lambda s, o: s.ConstantLR(o, 1.5)),
    (ValueError, "Constant multiplicative factor expected to be between 0 and 1", lambda s, o: s.ConstantLR(o, -0.1)),
    (ValueError, "Starting multiplicative factor expected to be greater than 0", lambda s, o: s.LinearLR(o, 0)),
    (ValueError, "Ending multiplicative factor expected to be between 0 and 1", lambda s, o: s.LinearLR(o, 1, -1)),
    (ValueError, "Expected positive integer T_0, but got 0", lambda s, o: s.CosineAnnealingWarmRestarts(o, 0)),
    (ValueError, "Expected positive integer T_0, but got 1.5", lambda s, o: s.CosineAnnealingWarmRestarts(o, 1.5)),
    (ValueError, "Expected integer T_mult >= 1, but got 0", lambda s, o: s.CosineAnnealingWarmRestarts(o, 1, 0)),
    (ValueError, "Expected float or int eta_min", lambda s, o: s.CosineAnnealingWarmRestarts(o, 1, 1, "0")),
    (
        ValueError,
        "Expected non-negative epoch, but got -1",
        lambda s, o: s.CosineAnnealingWarmRestarts(o, 1).step(-1),
    ),
    (ValueError, "base_lr must have the same length as optimizer.param_groups", lambda s, o: s.CyclicLR(o, [0.1], 1)),
    (ValueError, "max_lr has 3 values, param_groups has 2", lambda s, o: s.CyclicLR(o, 0.1, [1, 2, 3])),
    (ValueError, "mode is invalid and scale_fn is None", lambda s, o: s.CyclicLR(o, 0.1, 1, mode="square")),
    (ValueError, "max_momentum has 1 values", lambda s, o: s.CyclicLR(o, 0.1, 1, max_momentum=[0.5])),
    (ValueError, "Expected positive integer total_steps, but got 0", lambda s, o: s.OneCycleLR(o, 1, 0)),
    (ValueError, "Expected positive integer total_steps, but got 2.5", lambda s, o: s.OneCycleLR(o, 1, 2.5)),
    (ValueError, "Expected positive integer epochs, but got -1", lambda s, o: s.OneCycleLR(o, 1, None, -1, 3)),
    (ValueError, "Expected positive integer steps_per_epoch", lambda s, o: s.OneCycleLR(o, 1, None, 1, 0)),
    (ValueError, "You must define either total_steps OR", lambda s, o: s.OneCycleLR(o, 1, epochs=3)),
    (ValueError, "Expected float between 0 and 1 pct_start", lambda s, o: s.OneCycleLR(o, 1, 9, pct_start=1)),
    (ValueError, "Expected float between 0 and 1 pct_start", lambda s, o: s.OneCycleLR(o, 1, 9, pct_start=1.5)),
    (ValueError, "anneal_strategy must be one of 'cos'", lambda s, o: s.OneCycleLR(o, 1, 9, anneal_strategy="exp")),
    (ValueError, "max_lr has 1 values", lambda s, o: s.OneCycleLR(o, [1], 9)),
    (ValueError, "Factor should be < 1.0", lambda s, o: s.ReduceLROnPlateau(o, factor=1.0)),
    (ValueError, "expected 2 min_lrs, got 1", lambda s, o: s.ReduceLROnPlateau(o, min_lr=[0.1])),
    (ValueError, "mode middle is unknown!", lambda s, o: s.ReduceLROnPlateau(o, "middle")),
    (ValueError, "threshold mode none is unknown!", lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="none")),
    (TypeError, "step", lambda s, o: s.ReduceLROnPlateau(o).step()),
    (ValueError, "expects at least one scheduler", lambda s, o: s.SequentialLR(o, [], [])),
    (ValueError, "expects at least one scheduler", lambda s, o: s.ChainedScheduler([])),
    (TypeError, "index 0 should have `optimizer`", lambda s, o: s.ChainedScheduler([3], o)),
    (TypeError, "index 1 should have `optimizer`", lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1), 3], [1])),
    (ValueError, "does not support `ReduceLROnPlateau`", lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)])),
    (ValueError, "does not support `ReduceLROnPlateau`", lambda s, o: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], [])),
    (ValueError, "number of schedulers provided to be one more", lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [1])),
]


@pytest.mark.parametrize(("error", "message", "make"), MISTAKES, ids=itertools.count())
def test_mistakes_are_told(m, error, message, make):
    optimizer = optimizer_of(m)
    before = options_of(optimizer)
    with pytest.raises(error, match=message):
        make(place(m), optimizer)
    if m is autograd:
        assert [dict(group)["lr"] for group in options_of(optimizer)] == [dict(group)["lr"] for group in before]


def test_schedulers_of_different_optimizers_do_not_mix(m):
    schedulers = place(m)
    one, two = optimizer_of(m), optimizer_of(m)
    mixed = [schedulers.StepLR(one, 1), schedulers.StepLR(two, 1)]
    for make in (
        lambda: schedulers.ChainedScheduler(mixed),
        lambda: schedulers.ChainedScheduler(mixed[:1], two),
        lambda: schedulers.SequentialLR(one, mixed, [1]),
    ):
        with pytest.raises(ValueError, match="expects all schedulers to belong to the same optimizer"):
            make()


def test_momentum_needs_an_optimizer_that_has_it(m):
    class Plain((optim if m is autograd else m.optim).Optimizer):
        def __init__(self, params):
            super().__init__(params, {"lr": 0.5})

    for make in (
        lambda o, **k: place(m).CyclicLR(o, 0.1, 1, **k),
        lambda o, **k: place(m).OneCycleLR(o, 1, 9, **k),
    ):
        with pytest.raises(ValueError, match="optimizer must support momentum or beta1 with `cycle_momentum`"):
            make(Plain([m.ones(1, requires_grad=True)]))
        assert make(Plain([m.ones(1, requires_grad=True)]), cycle_momentum=False).last_epoch == 0


def test_a_step_too_many_changes_nothing():
    optimizer = optimizer_of(autograd)
    scheduler = OneCycleLR(optimizer, 1.0, total_steps=3)
    rates(scheduler, 3)
    state, options = scheduler.state_dict(), options_of(optimizer)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"Tried to step 4 times\. The specified number of total steps is 3"):
            scheduler.step()
        assert scheduler.state_dict() == state
        assert options_of(optimizer) == options


def test_a_function_that_fails_changes_nothing():
    optimizer = optimizer_of(autograd)
    scheduler = LambdaLR(optimizer, lambda epoch: 1 / (epoch - 1))
    state = scheduler.state_dict()
    optimizer.step()
    with pytest.raises(ZeroDivisionError):
        scheduler.step()
    assert scheduler.state_dict() == state


def test_a_composed_step_that_fails_changes_nothing():
    for compose in (ChainedScheduler, lambda s: SequentialLR(s[0].optimizer, s, [1])):
        optimizer, divisors = optimizer_of(autograd), [1]
        scheduler = compose([StepLR(optimizer, 1), LambdaLR(optimizer, lambda epoch, d=divisors: 1 / d[0])])
        optimizer.step()
        divisors[0] = 0
        before = copy.deepcopy(scheduler.state_dict()), options_of(optimizer)
        with pytest.raises(ZeroDivisionError):
            scheduler.step()
        assert (scheduler.state_dict(), options_of(optimizer)) == before


def plateau_beside_a_new_group(least):
    optimizer = optimizer_of(autograd)
    scheduler = ReduceLROnPlateau(optimizer, patience=0, min_lr=least)
    scheduler.step(1.0)
    optimizer.add_param_group({"params": [autograd.ones(1, requires_grad=True)], "lr": 1.0})
    state = scheduler.state_dict()
    try:
        scheduler.step(1.0)
    except RuntimeError:
        assert scheduler.state_dict() == state
        raise
    return scheduler.get_last_lr()


def test_groups_that_come_later():
    with pytest.raises(RuntimeError, match="append a value for the new group"):
        plateau_beside_a_new_group([0.1, 0.1])
    assert plateau_beside_a_new_group(0.2) == [0.2, 0.2, 0.2]
    optimizer = optimizer_of(autograd)
    chainable, closed = ExponentialLR(optimizer, 0.5), LambdaLR(optimizer, lambda epoch: 0.5)
    optimizer.add_param_group({"params": [autograd.ones(1, requires_grad=True)], "lr": 1.0})
    optimizer.step()
    chainable.step()
    assert chainable.get_last_lr()[2] == 0.5
    before = options_of(optimizer)
    with pytest.raises(ValueError, match="2 learning rates and the optimizer has 3 param groups"):
        closed.step()
    assert (options_of(optimizer), closed.last_epoch) == (before, 0)


def test_names_and_signatures_are_pytorchs(torch):
    theirs = torch.optim.lr_scheduler
    assert set(lr_scheduler.__all__) == set(theirs.__all__)
    for name in lr_scheduler.__all__:
        ours = getattr(lr_scheduler, name)
        assert issubclass(ours, LRScheduler)
        for method in ("__init__", "step", "get_last_lr", "get_lr", "state_dict", "load_state_dict"):
            pair = [inspect.signature(getattr(kind, method)).parameters for kind in (ours, getattr(theirs, name))]
            assert [(p.name, p.default, p.kind) for p in pair[0].values()] == [
                (p.name, p.default, p.kind) for p in pair[1].values()
            ], (name, method)


def test_milestones_that_were_not_saved_stay():
    scheduler = MultiStepLR(optimizer_of(autograd), [1, 3], 0.5)
    scheduler.load_state_dict({"last_epoch": 2})
    assert (scheduler.last_epoch, dict(scheduler.milestones)) == (2, {1: 1, 3: 1})
