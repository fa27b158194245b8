"""Schedulers that go up and down: cycles of the rate, and of the momentum against it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..optimizer import Optimizer
from .base import (
    LRScheduler,
    Rate,
    callable_state,
    checked,
    cycled_momentum,
    per_group,
    set_momentum,
    set_value,
    undone_on_error,
)


class CosineAnnealingWarmRestarts(LRScheduler):
    """Along half a cosine from the initial rate to `eta_min`, again and again: `T_0` epochs, then `T_mult` times more.

    η = η_min + (η_0 - η_min)·(1 + cos(π·T_cur / T_i)) / 2: Loshchilov and Hutter, "SGDR: stochastic gradient descent
    with warm restarts", ICLR 2017, equation 5. `step(epoch)` may be called with fractions of epochs.

    >>> optimizer = optim.SGD([torch.ones(1)], lr=0.5)
    >>> scheduler = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> optimizer.step(), scheduler.step(), scheduler.get_last_lr()[0]
    (None, None, 0.25)
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, (float, int)):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def _next_rates(self) -> list[Rate]:
        height = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [self.eta_min + (lr - self.eta_min) * height / 2 for lr in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Goes to the next epoch, or to the point of time `epoch`, such as 3.25 after a quarter of the fourth epoch."""
        if epoch is not None and epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        with undone_on_error(self):
            if epoch is None and self.last_epoch >= 0:
                epoch = self.last_epoch + 1
                self.T_cur += 1
                if self.T_cur >= self.T_i:
                    self.T_cur %= self.T_i
                    self.T_i *= self.T_mult
            else:
                epoch = epoch or 0
                self.T_cur, self.T_i = self._place(epoch)
            self.last_epoch = math.floor(epoch)
            self._get_lr_called_within_step = True
            try:
                rates = self.get_lr()
            finally:
                self._get_lr_called_within_step = False
            self._write(rates)

    def _place(self, epoch: float) -> tuple[float, int]:
        """Where an epoch lies in its cycle, and how long that cycle is."""
        if epoch < self.T_0:
            return epoch, self.T_0
        if self.T_mult == 1:
            return epoch % self.T_0, self.T_0
        cycle = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
        begin = self.T_0 * (self.T_mult**cycle - 1) / (self.T_mult - 1)
        return epoch - begin, self.T_0 * self.T_mult**cycle


class CyclicLR(LRScheduler):
    """From `base_lr` up to `max_lr` in `step_size_up` steps and down again in `step_size_down`, again and again.

    Smith, "Cyclical learning rates for training neural networks", WACV 2017. `step` comes after every batch. The
    height of the cycles stays ("triangular"), is halved every cycle ("triangular2"), is multiplied by gamma every
    step ("exp_range"), or by `scale_fn` of the number of the cycle or of the step (`scale_mode` "cycle" or
    "iterations"). With `cycle_momentum` the momentum, or first beta, goes down from `max_momentum` as the rate goes up.
    Rates and momenta are numbers, or lists of one for each group.

    >>> optimizer = optim.SGD([torch.ones(1)], lr=0.5)
    >>> scheduler = optim.lr_scheduler.CyclicLR(optimizer, 0.25, 0.75, step_size_up=2)
    >>> optimizer.step(), scheduler.step(), scheduler.get_last_lr()[0]
    (None, None, 0.5)
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked(optimizer)
        base_lrs = per_group("base_lr", optimizer, base_lr)
        self.max_lrs = per_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        if scale_fn is None:
            if mode not in ("triangular", "triangular2", "exp_range"):
                raise ValueError(
                    f"mode is invalid and scale_fn is None: {mode!r} is none of triangular, triangular2 and exp_range"
                )
            scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = cycled_momentum(optimizer)
            self.base_momentums = per_group("base_momentum", optimizer, base_momentum)
            self.max_momentums = per_group("max_momentum", optimizer, max_momentum)
        if last_epoch == -1:
            for i, group in enumerate(optimizer.param_groups):
                set_value(group, "lr", base_lrs[i])
                if cycle_momentum:
                    set_momentum(group, self.max_momentums[i], self.use_beta1)
                    group["max_momentum"] = self.max_momentums[i]
                    group["base_momentum"] = self.base_momentums[i]
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """The height of cycle or step number `x`, relative to the first."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular":
            return 1.0
        return 1 / 2.0 ** (x - 1) if self.mode == "triangular2" else self.gamma**x

    def _next_rates(self) -> list[Rate]:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        way = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        rates = [low + (high - low) * way * scale for low, high in zip(self.base_lrs, self.max_lrs)]
        if self.cycle_momentum:
            for group, low, high in zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums):
                set_momentum(group, high - (high - low) * way * scale, self.use_beta1)
        return rates

    def state_dict(self) -> dict[str, Any]:
        """As always; of `scale_fn` only the attributes of a callable object are saved, not a function itself."""
        return {**super().state_dict(), "_scale_fn_custom": callable_state(self._scale_fn_custom)}

    def _parts(self) -> list[Any]:
        return [self, self._scale_fn_custom]

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over a `state_dict`; `scale_fn` is this scheduler's own, with the attributes saved."""
        attributes = state_dict["_scale_fn_custom"]
        if attributes is not None and self._scale_fn_custom is None:
            raise ValueError("loaded state dict has the state of a scale_fn: give the scheduler that scale_fn")
        with undone_on_error(self):
            super().load_state_dict({name: value for name, value in state_dict.items() if name != "_scale_fn_custom"})
            if attributes is not None:
                self._scale_fn_custom.__dict__.update(attributes)


class OneCycleLR(LRScheduler):
    """One cycle: from `max_lr / div_factor` up to `max_lr`, then down to that start over `final_div_factor`.

    Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2018. `step`
    comes after every batch, `total_steps` (or `epochs * steps_per_epoch`) times in all; `ValueError` beyond. Up takes
    the part `pct_start` of them, along a cosine or a line (`anneal_strategy` "cos" or "linear"). With `three_phase`
    the way down to the start takes as long as the way up, and the rest goes down to the end. With `cycle_momentum` the
    momentum, or first beta, goes from `max_momentum` to `base_momentum` and back. `max_lr` and the momenta are numbers,
    or lists of one for each group.

    >>> optimizer = optim.SGD([torch.ones(1)], lr=0.5)
    >>> optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10, div_factor=4).get_last_lr()
    [0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked(optimizer)
        if total_steps is not None:
            self.total_steps = positive(total_steps=total_steps)
        elif epochs is not None and steps_per_epoch is not None:
            self.total_steps = positive(epochs=epochs) * positive(steps_per_epoch=steps_per_epoch)
        else:
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        up = float(pct_start * self.total_steps) - 1
        down = float(2 * pct_start * self.total_steps) - 2
        end = self.total_steps - 1
        self._schedule_phases = [phase(up, ("initial_lr", "max_lr"), ("max_momentum", "base_momentum"))]
        if three_phase:
            self._schedule_phases += [
                phase(down, ("max_lr", "initial_lr"), ("base_momentum", "max_momentum")),
                phase(end, ("initial_lr", "min_lr"), ("max_momentum", "max_momentum")),
            ]
        else:
            self._schedule_phases += [phase(end, ("max_lr", "min_lr"), ("base_momentum", "max_momentum"))]
        self._anneal_func_type = anneal_strategy
        max_lrs = per_group("max_lr", optimizer, max_lr)
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = cycled_momentum(optimizer)
            max_momentums = per_group("max_momentum", optimizer, max_momentum)
            base_momentums = per_group("base_momentum", optimizer, base_momentum)
        if last_epoch == -1:
            for i, group in enumerate(optimizer.param_groups):
                group["initial_lr"] = max_lrs[i] / div_factor
                group["max_lr"] = max_lrs[i]
                group["min_lr"] = group["initial_lr"] / final_div_factor
                if cycle_momentum:
                    set_momentum(group, max_momentums[i], self.use_beta1)
                    group["max_momentum"] = max_momentums[i]
                    group["base_momentum"] = base_momentums[i]
        super().__init__(optimizer, last_epoch)

    def _next_rates(self) -> list[Rate]:
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is {self.total_steps}"
            )
        start = 0.0
        for phase in self._schedule_phases[:-1]:
            if self.last_epoch <= phase["end_step"]:
                break
            start = phase["end_step"]
        else:
            phase = self._schedule_phases[-1]
        part = (self.last_epoch - start) / (phase["end_step"] - start)
        groups = self.optimizer.param_groups
        rates = [self._between(group[phase["start_lr"]], group[phase["end_lr"]], part) for group in groups]
        if self.cycle_momentum:
            for group in groups:
                momentum = self._between(group[phase["start_momentum"]], group[phase["end_momentum"]], part)
                set_momentum(group, momentum, self.use_beta1)
        return rates

    def _between(self, start: Any, end: Any, part: float) -> Any:
        """From `start` to `end` as `part` goes from 0 to 1."""
        if self._anneal_func_type == "cos":
            return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)
        return (end - start) * part + start


def phase(end_step: float, rates: tuple[str, str], momenta: tuple[str, str]) -> dict[str, Any]:
    """A part of the cycle: its last step, and the group's options that rate and momentum go from and to."""
    return {
        "end_step": end_step,
        "start_lr": rates[0],
        "end_lr": rates[1],
        "start_momentum": momenta[0],
        "end_momentum": momenta[1],
    }


def positive(**number: Any) -> int:
    """The one number given, or PyTorch's `ValueError`."""
    ((name, value),) = number.items()
    if not isinstance(value, int) or value <= 0:
        raise ValueError(f"Expected positive integer {name}, but got {value}")
    return value
