"""Schedulers made of schedulers: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ..optimizer import Optimizer
from .base import LRScheduler, current, set_value, undone_on_error
from .plateau import ReduceLROnPlateau


class _Composed(LRScheduler):
    """What holds schedulers of one optimizer."""

    _schedulers: Sequence[LRScheduler]

    def state_dict(self) -> dict[str, Any]:
        """As always, with the states of the schedulers inside."""
        return {**super().state_dict(), "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def _parts(self) -> list[Any]:
        return [self, *(part for scheduler in self._schedulers for part in scheduler._parts())]

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over a `state_dict`, schedulers inside included; there have to be as many."""
        states = state_dict["_schedulers"]
        if len(states) != len(self._schedulers):
            raise ValueError(f"loaded state dict is of {len(states)} schedulers, here {len(self._schedulers)}")
        with undone_on_error(self):
            super().load_state_dict({name: value for name, value in state_dict.items() if name != "_schedulers"})
            for scheduler, state in zip(self._schedulers, states):
                scheduler.load_state_dict(state)

    def _check(self, optimizer: Optimizer | None, schedulers: Sequence[LRScheduler]) -> Optimizer:
        """The optimizer that all have in common."""
        name = type(self).__name__
        if not schedulers:
            raise ValueError(f"{name} expects at least one scheduler, but got no scheduler.")
        for i, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{name} at index {i} should have `optimizer` as its attribute.")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{name} does not support `ReduceLROnPlateau`, whose `step` needs a metric: got one at index {i}"
                )
            optimizer = optimizer or scheduler.optimizer
            if optimizer != scheduler.optimizer:
                raise ValueError(
                    f"{name} expects all schedulers to belong to the same optimizer, but the {type(scheduler).__name__}"
                    f" at index {i} has another"
                )
        assert optimizer is not None
        return optimizer


class SequentialLR(_Composed):
    """One scheduler until the first of the epochs `milestones`, then the next, which begins there, and so on.

    >>> optimizer = optim.SGD([torch.ones(1)], lr=0.5)
    >>> warmup = optim.lr_scheduler.ConstantLR(optimizer, factor=0.5)
    >>> decay = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = optim.lr_scheduler.SequentialLR(optimizer, [warmup, decay], milestones=[1])
    >>> for epoch in range(3):
    ...     print(scheduler.get_last_lr()[0])
    ...     optimizer.step(), scheduler.step()
    0.25
    (None, None)
    0.5
    (None, None)
    0.25
    (None, None)
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        self._check(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                f"milestone points, but got {len(schedulers)} schedulers and {len(milestones)} milestones"
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            set_value(group, "lr", group["initial_lr"])
        self.recursive_undo()
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def recursive_undo(self, sched: LRScheduler | None = None) -> None:
        """Takes back the first step, which every scheduler inside made when it was constructed."""
        scheduler = self if sched is None else sched
        if hasattr(scheduler, "_schedulers"):
            for inner in scheduler._schedulers:
                self.recursive_undo(inner)
        else:
            scheduler.last_epoch -= 1

    def step(self) -> None:  # type: ignore[override]
        """Makes a step of the scheduler whose turn it is."""
        epoch = self.last_epoch + 1
        turn = bisect_right(self._milestones, epoch)
        scheduler = self._schedulers[turn]
        with undone_on_error(self):
            if turn > 0 and self._milestones[turn - 1] == epoch:
                scheduler._update_lr(0)
            else:
                scheduler.step()
        self.last_epoch = epoch
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Composed):
    """Several schedulers that all make their step at each step; their factors multiply.

    >>> optimizer = optim.SGD([torch.ones(1)], lr=0.5)
    >>> warmup = optim.lr_scheduler.ConstantLR(optimizer, factor=0.5)
    >>> decay = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = optim.lr_scheduler.ChainedScheduler([warmup, decay])
    >>> optimizer.step(), scheduler.step(), scheduler.get_last_lr()[0]
    (None, None, 0.125)
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        optimizer = self._check(optimizer, schedulers)
        self._schedulers = schedulers
        self.optimizer = optimizer
        self._last_lr = current(optimizer)

    def step(self) -> None:  # type: ignore[override]
        """Makes a step of every scheduler."""
        with undone_on_error(self):
            for scheduler in self._schedulers:
                scheduler.step()
        self._last_lr = current(self.optimizer)
