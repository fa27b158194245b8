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
from autograd.utils.data import DataLoader, TensorDataset
from optim import lr_scheduler

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
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=STEPS + 1),
    "ReduceLROnPlateau": lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=1),
    "SequentialLR": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.LinearLR(o, total_iters=4), lr_scheduler.CosineAnnealingWarmRestarts(o, 3)], [4]
    ),
}


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
        self.optimizer = getattr(optim, optimizer)(params, **OPTIMIZERS.get(optimizer, {"lr": 0.01}))
        self.scheduler = SCHEDULERS[scheduler](self.optimizer)
        self.scaler = autograd.amp.GradScaler("cpu", init_scale=2.0**15, growth_interval=2)
        self.loader: Any = DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True, num_workers=workers)
        self.batches = self.all_batches()
        self.by_closure = optimizer == "LBFGS"  # which no scaler supports
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
        names = ("model", "optimizer", "scheduler", "scaler", "loader")
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
def test_schedulers_resume_with_the_run(scheduler, tmp_path):
    check_every_step(tmp_path, "SGD", scheduler)


def test_a_run_with_workers_resumes(tmp_path):
    check_every_step(tmp_path, "Adam", "StepLR", workers=1, stops=(3, 5))


def test_the_run_is_a_real_one():
    """The loss falls, scale and learning rate change, and two seeds make two runs: equality would mean something."""
    run = Run(0, "Adam", "StepLR").finish()
    assert sum(run.losses[-4:]) < sum(run.losses[:4])
    assert run.scaler.get_scale() != 2.0**15
    assert run.optimizer.param_groups[0]["lr"] < OPTIMIZERS["Adam"]["lr"]
    assert run.losses != Run(1, "Adam", "StepLR").finish().losses


def test_a_new_process_goes_on(tmp_path):
    whole = Run(0, "Adam", "ReduceLROnPlateau")
    for _ in range(7):
        whole.step()
    whole.save(tmp_path / "seven")
    script = (
        "import sys, autograd\n"
        "from tests.test_resume import Run\n"
        "run = Run(5, 'Adam', 'ReduceLROnPlateau').load(sys.argv[1]).finish()\n"
        "autograd.save(run.state(), sys.argv[2])\n"
    )
    command = [sys.executable, "-c", script, tmp_path / "seven", tmp_path / "twelve"]
    root = pathlib.Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    state, end = bits(autograd.load(tmp_path / "twelve")), bits(whole.finish().state())
    del state["loader"], end["loader"]  # it also notes where Python's own random numbers are, which nothing here uses
    assert state == end
