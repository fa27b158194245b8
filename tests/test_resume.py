"""A training run that stops after any step and goes on from its checkpoint is bitwise the run that never stopped."""

from __future__ import annotations

import functools
import pathlib
import subprocess
import sys
from typing import Any

import pytest

import autograd
import nn
import nn.functional as F
import optim
from autograd.utils.data import DataLoader, Dataset
from optim import lr_scheduler, swa_utils

STEPS = 12  # of batches of 4 from 18 samples: the run stops in the midst of epochs, between them, and after them

OPTIMIZERS = {
    "SGD": {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    "Adam": {"lr": 0.02, "amsgrad": True},
    "RMSprop": {"lr": 0.01, "centered": True, "momentum": 0.5},
    "Rprop": {"lr": 0.01},
    "Muon": {"lr": 0.01},
    "LBFGS": {"lr": 0.1, "max_iter": 3, "history_size": 4, "line_search_fn": "strong_wolfe"},
}
SCHEDULERS = {
    "StepLR": lambda o: lr_scheduler.StepLR(o, 3),
    "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, [2, 5, 5, 9], gamma=0.7),
    "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, [lambda epoch: 1 / (1 + epoch), lambda epoch: 0.9**epoch]),
    "MultiplicativeLR": lambda o: lr_scheduler.MultiplicativeLR(o, lambda epoch: 1 - 0.3 / (1 + epoch)),
    "ConstantLR": lambda o: lr_scheduler.ConstantLR(o, factor=0.3, total_iters=4),
    "LinearLR": lambda o: lr_scheduler.LinearLR(o, total_iters=7),
    "ExponentialLR": lambda o: lr_scheduler.ExponentialLR(o, 0.9),
    "PolynomialLR": lambda o: lr_scheduler.PolynomialLR(o, total_iters=9, power=1.5),
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=5, eta_min=1e-4),
    "CosineAnnealingWarmRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2, T_mult=2),
    "CyclicLR": lambda o: lr_scheduler.CyclicLR(o, 0.01, 0.1, step_size_up=3, step_size_down=2, mode="exp_range"),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=STEPS + 1, three_phase=True),
    "ReduceLROnPlateau": lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=1),
    "SequentialLR": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, total_iters=4), lr_scheduler.CosineAnnealingWarmRestarts(o, 3)], [4]
    ),
    "ChainedScheduler": lambda o: lr_scheduler.ChainedScheduler(
        [lr_scheduler.ConstantLR(o, total_iters=4), lr_scheduler.CosineAnnealingLR(o, 6)]
    ),
    "SWALR": lambda o: swa_utils.SWALR(o, 0.001, anneal_epochs=6),
}


class Noisy(Dataset):
    """Samples that are augmented: each time with other noise, of the process that reads them."""

    def __init__(self, x: Any, y: Any) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> Any:
        return self.x[index] + 0.1 * autograd.randn(5), self.y[index]


def optimizer_names() -> list[str]:
    """Every optimizer that there is."""
    classes = {name: value for name, value in vars(optim).items() if isinstance(value, type)}
    return sorted(n for n, c in classes.items() if issubclass(c, optim.Optimizer) and c is not optim.Optimizer)


class Run:
    """All that a training run consists of; `seed` is what a run starts with and a resumed one must not depend on."""

    def __init__(self, seed: int, optimizer: str, scheduler: str, workers: int = 0) -> None:
        samples = autograd.Generator().manual_seed(7)
        x, y = autograd.randn(18, 5, generator=samples), autograd.randint(0, 3, (18,), generator=samples)
        autograd.manual_seed(seed)
        self.model = nn.Sequential(
            nn.Linear(5, 8),
            nn.BatchNorm1d(8),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(8, 6),
            nn.Dropout(0.1),
            nn.Linear(6, 3),
        )
        params = [p for p in self.model.parameters() if optimizer != "Muon" or p.dim() == 2]
        self.by_closure = optimizer == "LBFGS"  # which has one group, and which no scaler supports
        groups: Any = params if self.by_closure else [{"params": params[:1]}, {"params": params[1:], "lr": 0.03}]
        self.optimizer = getattr(optim, optimizer)(groups, **OPTIMIZERS.get(optimizer, {"lr": 0.01}))
        self.scheduler = SCHEDULERS[scheduler](self.optimizer)
        self.scaler = autograd.amp.GradScaler("cpu", init_scale=2.0**15, growth_interval=2)
        self.averaged = swa_utils.AveragedModel(self.model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.9))
        self.loader: Any = DataLoader(
            Noisy(x, y), batch_size=4, shuffle=True, num_workers=workers, persistent_workers=workers > 1
        )
        self.batches = self.all_batches()
        self.losses: list[float] = []

    def all_batches(self) -> Any:
        while True:
            yield from self.loader

    def loss(self, x: Any, y: Any) -> Any:
        with autograd.autocast("cpu", dtype=autograd.float16, enabled=not self.by_closure):
            return F.cross_entropy(self.model(x), y)

    def step(self) -> None:
        x, y = next(self.batches)
        if self.by_closure:
            loss = self.optimizer.step(functools.partial(self.closure, x, y))
        else:
            self.optimizer.zero_grad()
            loss = self.loss(x, y)
            self.scaler.scale(loss).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()
        by_loss = isinstance(self.scheduler, lr_scheduler.ReduceLROnPlateau)
        self.scheduler.step(*[loss.item()] * by_loss)
        self.averaged.update_parameters(self.model)
        self.losses.append(loss.item())

    def closure(self, x: Any, y: Any) -> Any:
        self.optimizer.zero_grad()
        loss = self.loss(x, y)
        loss.backward()
        return loss

    def finish(self) -> Run:
        while len(self.losses) < STEPS:
            self.step()
        return self

    def parts(self) -> dict[str, Any]:
        names = ("model", "averaged", "optimizer", "scheduler", "scaler", "loader")
        return {name: getattr(self, name) for name in names}

    def state(self) -> dict[str, Any]:
        states = {name: part.state_dict() for name, part in self.parts().items()}
        return {**states, "random": autograd.get_rng_state(), "losses": list(self.losses)}

    def save(self, path: pathlib.Path) -> None:
        autograd.save(self.state(), path)

    def load(self, path: pathlib.Path) -> Run:
        checkpoint = autograd.load(path)
        for name, part in self.parts().items():
            part.load_state_dict(checkpoint[name])
        autograd.set_rng_state(checkpoint["random"])
        self.losses = checkpoint["losses"]
        return self


def bits(value: Any) -> Any:
    """A state with the bits of its tensors in their place."""
    if isinstance(value, autograd.Tensor):
        return str(value.dtype), tuple(value.shape), value.detach().numpy().tobytes()
    if isinstance(value, dict):
        return {key: bits(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [bits(item) for item in value]
    return value


def check_every_step(folder: pathlib.Path, optimizer: str, scheduler: str, workers: int = 0, stops: Any = None) -> None:
    whole = Run(0, optimizer, scheduler, workers)
    path = folder / "run.ndgrad"
    files = []
    for number in range(STEPS):
        files.append(path.with_stem(f"run{number}"))
        whole.save(files[-1])
        whole.step()
    end = bits(whole.state())
    for number in stops or range(STEPS):
        resumed = Run(100 + number, optimizer, scheduler, workers).load(files[number]).finish()
        state = bits(resumed.state())
        for name in end:
            assert state[name] == end[name], f"resumed after {number} steps: {name} differs"


@pytest.mark.parametrize("optimizer", optimizer_names())
def test_every_optimizer_resumes_after_every_step(optimizer, tmp_path):
    check_every_step(tmp_path, optimizer, "StepLR")


@pytest.mark.parametrize("scheduler", [name for name in SCHEDULERS if name != "StepLR"])
def test_every_scheduler_resumes_after_every_step(scheduler, tmp_path):
    check_every_step(tmp_path, "SGD", scheduler)


def test_no_scheduler_is_missing():
    assert {*SCHEDULERS, "LRScheduler"} == {*lr_scheduler.__all__, "SWALR"}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_with_workers_resumes(workers, tmp_path):
    check_every_step(tmp_path, "Adam", "StepLR", workers, stops=(3, 5))


def test_the_run_is_a_real_one():
    """The loss falls, scale and learning rate change, and two seeds make two runs: equality would mean something."""
    run = Run(0, "Adam", "StepLR").finish()
    assert sum(run.losses[-4:]) < sum(run.losses[:4])
    assert run.scaler.get_scale() != 2.0**15
    assert run.optimizer.param_groups[0]["lr"] < OPTIMIZERS["Adam"]["lr"]
    assert run.losses != Run(1, "Adam", "StepLR").finish().losses


def test_a_new_process_goes_on(tmp_path):
    """Every optimizer, each with another scheduler and stopped after another step; one with workers."""
    ends, arguments = {}, []
    for number, (optimizer, scheduler) in enumerate(zip(optimizer_names(), SCHEDULERS)):
        if optimizer == "LBFGS":
            scheduler = "StepLR"  # it has one group, and no momentum
        workers = int(optimizer == "Adam")
        whole, file = Run(0, optimizer, scheduler, workers), str(tmp_path / optimizer)
        while len(whole.losses) < 1 + number % (STEPS - 1):
            whole.step()
        whole.save(pathlib.Path(file))
        arguments.append((optimizer, scheduler, workers, file))
        ends[optimizer] = bits(whole.finish().state())
    script = (
        "import autograd\n"
        "from tests.test_resume import Run\n"
        f"for optimizer, scheduler, workers, file in {arguments}:\n"
        "    run = Run(5, optimizer, scheduler, workers).load(file).finish()\n"
        "    autograd.save(run.state(), file)\n"
    )
    root = pathlib.Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for optimizer, end in ends.items():
        state = bits(autograd.load(tmp_path / optimizer))
        del state["loader"], end["loader"]  # it also notes where Python's own random numbers are: nothing here has any
        assert state == end, optimizer
