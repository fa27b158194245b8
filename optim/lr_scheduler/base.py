"""LRScheduler: counts the steps and writes the learning rates; a subclass says what they are."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from types import FunctionType
from typing import Any

from autograd import Tensor

from ..optimizer import Optimizer

Rate = float | Tensor


class LRScheduler:
    """The base of all schedulers. Each `step()`, after the optimizer's, sets the "lr" of every parameter group.

    A subclass defines `get_lr`, which computes the next rates from `self.last_epoch`, `self.base_lrs` and the groups.
    The constructor sets the rates of the first step, so when training is resumed, construct the scheduler first and
    load the optimizer's state then. With `last_epoch` other than -1 it goes on from an optimizer whose groups know
    their "initial_lr". An error in a step leaves the scheduler where it was.

    >>> import autograd, optim
    >>> class Halving(optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [lr * 0.5**self.last_epoch for lr in self.base_lrs]
    >>> optimizer = optim.SGD([autograd.ones(1)], lr=1.0)
    >>> scheduler = Halving(optimizer)
    >>> optimizer.step()
    >>> scheduler.step()
    >>> optimizer.param_groups[0]["lr"]
    0.5
    """

    _get_lr_called_within_step = False
    _is_initial = False
    _last_lr: list[Rate]

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = checked(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", own(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with last_epoch "
                    f"= {last_epoch}: load the optimizer's state first, or begin with last_epoch=-1"
                )
        self.base_lrs = current(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        if not hasattr(optimizer.step, "_wrapped_by_lr_sched"):
            optimizer.step = NotedStep(optimizer)  # type: ignore[method-assign]
        self._initial_step()

    def _initial_step(self) -> None:
        """The step that sets the rates of the first epoch."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def step(self, epoch: int | None = None) -> None:
        """Sets the rates of the next epoch. `epoch`, the one to go to, is deprecated.

        Warns when the optimizer has not made a step before.
        """
        if self._step_count == 1:
            if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
                warn(
                    "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. "
                    "Please make sure to call it before `lr_scheduler.step()`."
                )
            elif not getattr(self.optimizer, "_opt_called", False):
                warn(
                    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. The first value of the schedule "
                    "is then never used: call `optimizer.step()` first."
                )
        if epoch is not None:
            warn_of_epoch()
        with undone_on_error(self):
            self._step_count += 1
            self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        """Goes to the next epoch, or to a given one by the closed form where there is one."""
        self._get_lr_called_within_step = True
        try:
            if epoch is None:
                self.last_epoch += 1
                rates = self.get_lr()
            else:
                self.last_epoch = epoch
                rates = getattr(self, "_get_closed_form_lr", self.get_lr)()
        finally:
            self._get_lr_called_within_step = False
        self._write(rates)

    def _write(self, rates: list[Rate]) -> None:
        """Sets the groups' rates."""
        groups = self.optimizer.param_groups
        if len(rates) != len(groups):
            raise ValueError(
                f"{type(self).__name__} knows {len(rates)} learning rates and the optimizer has {len(groups)} param "
                "groups: make the scheduler anew after add_param_group()"
            )
        for group, rate in zip(groups, rates):
            set_value(group, "lr", rate)
        self._last_lr = current(self.optimizer)

    def get_last_lr(self) -> list[Rate]:
        """The rates set last, one for each parameter group."""
        return self._last_lr

    def get_lr(self) -> list[Rate]:
        """Computes the next rates, for `step` alone: elsewhere it warns, since `get_last_lr` is what is meant there."""
        if not self._get_lr_called_within_step:
            warn("To get the last learning rate computed by the scheduler, please use `get_last_lr()`.")
        return self._next_rates()

    def _next_rates(self) -> list[Rate]:
        raise NotImplementedError(f"{type(self).__name__} does not define get_lr()")

    def _times(self, factor: float) -> list[Rate]:
        """The groups' rates, multiplied."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Every attribute but the optimizer, in PyTorch's layout."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def _parts(self) -> list[Any]:
        """The objects whose attributes are this scheduler's state: itself, schedulers inside, callable objects."""
        return [self]

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over a `state_dict`. The rates themselves are in the optimizer's own state, to be loaded beside it."""
        self.__dict__.update(state_dict)


class NotedStep:
    """An optimizer's `step` that notes on the optimizer that it was called. Copies belong to the optimizer's copy."""

    _wrapped_by_lr_sched = True

    def __init__(self, optimizer: Optimizer, replacement: Callable[..., Any] | None = None) -> None:
        step = replacement or optimizer.step
        ordinary = getattr(step, "__self__", None) is optimizer
        self.method: Any = getattr(step, "__func__", None) if ordinary else None
        self.replacement = None if ordinary else step
        self.optimizer = weakref.ref(optimizer)  # the optimizer holds this object: no cycle
        update_wrapper(self, self.method or step)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        optimizer = self.optimizer()
        if optimizer is None:
            raise ReferenceError("the optimizer of this step() is gone: keep the optimizer, not only its method")
        optimizer._opt_called = True  # type: ignore[attr-defined]
        return self.replacement(*args, **kwargs) if self.replacement else self.method(optimizer, *args, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        return NotedStep, (self.optimizer(), self.replacement)


def checked(optimizer: Any) -> Optimizer:
    """The optimizer, or a `TypeError`."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def own(value: Any) -> Any:
    """The value, a tensor as a copy, so that writing into one leaves the other."""
    return value.clone() if isinstance(value, Tensor) else value


def current(optimizer: Optimizer, key: str = "lr") -> list[Any]:
    """What the groups have under a key."""
    return [own(group[key]) for group in optimizer.param_groups]


def set_value(group: dict[str, Any], key: str, value: Rate) -> None:
    """Sets an option of a group; a tensor stays the tensor it is and is filled."""
    if isinstance(group[key], Tensor):
        group[key].fill_(value.squeeze() if isinstance(value, Tensor) else value)
    else:
        group[key] = value


def per_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """An argument as a list with one value for each group: given so, or one for all."""
    groups = len(checked(optimizer).param_groups)
    if not isinstance(value, (list, tuple)):
        value = [value] * groups
    elif len(value) != groups:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
            f"param_groups has {groups}."
        )
    return [own(each) for each in value]


def cycled_momentum(optimizer: Optimizer) -> bool:
    """Whether what takes momentum's part is the first of "betas"; `ValueError` for an optimizer without either."""
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    return "betas" in optimizer.defaults


def set_momentum(group: dict[str, Any], momentum: float, use_beta1: bool) -> None:
    """Sets the momentum, or the first beta."""
    if use_beta1:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


def callable_state(function: Callable[..., Any] | None) -> dict[str, Any] | None:
    """What is saved of a function: the attributes of a callable object; None for functions, which are code."""
    if isinstance(function, FunctionType) or not hasattr(function, "__dict__"):
        return None
    return dict(function.__dict__)


@contextmanager
def undone_on_error(scheduler: LRScheduler) -> Iterator[None]:
    """An error inside leaves the scheduler, its parts, and the groups' options as they were."""
    groups = [(group, dict(group), own(group["lr"])) for group in scheduler.optimizer.param_groups]
    attributes_of_parts = [getattr(part, "__dict__", None) for part in scheduler._parts()]
    before = [(attributes, dict(attributes)) for attributes in attributes_of_parts if isinstance(attributes, dict)]
    try:
        yield
    except BaseException:
        for attributes, values in before:
            attributes.clear()
            attributes.update(values)
        for group, options, rate in groups:
            group.update(options)
            set_value(group, "lr", rate)
        raise


def warn(message: str) -> None:
    """A warning that shows the line which called the scheduler's method."""
    warnings.warn(message, UserWarning, stacklevel=3)


def warn_of_epoch() -> None:
    """Warns of an epoch given to `step`, and shows the line which did so."""
    warnings.warn(
        "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible: use "
        "`scheduler.step()`. With an epoch the closed form is used, where there is one.",
        UserWarning,
        stacklevel=3,
    )
