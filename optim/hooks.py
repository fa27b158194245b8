"""Hooks: functions that an optimizer, or every optimizer, calls around its steps and its saving and loading."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from autograd.utils.hooks import RemovableHandle

Hook = Callable[..., Any]
Table = OrderedDict[int, Hook]

before_every_step: Table = OrderedDict()
after_every_step: Table = OrderedDict()


def register_optimizer_step_pre_hook(hook: Hook) -> RemovableHandle:
    """Calls `hook(optimizer, args, kwargs)` before each step of every optimizer; it may return new args and kwargs.

    >>> import autograd, optim
    >>> with optim.optimizer.register_optimizer_step_pre_hook(lambda optimizer, args, kwargs: print("a step")):
    ...     optim.SGD([autograd.ones(1)]).step()
    a step
    """
    return RemovableHandle(before_every_step, hook)


def register_optimizer_step_post_hook(hook: Hook) -> RemovableHandle:
    """Calls `hook(optimizer, args, kwargs)` after each step of every optimizer.

    >>> import autograd, optim
    >>> with optim.optimizer.register_optimizer_step_post_hook(lambda optimizer, args, kwargs: print("stepped")):
    ...     optim.SGD([autograd.ones(1)]).step()
    stepped
    """
    return RemovableHandle(after_every_step, hook)


def hooked(step: Callable[..., Any]) -> Callable[..., Any]:
    """A `step` that calls the hooks around itself, unless an overriding `step` that calls it has done so."""

    @functools.wraps(step)
    def with_hooks(self: Any, *args: Any, **kwargs: Any) -> Any:
        own_before, own_after = self._optimizer_step_pre_hooks, self._optimizer_step_post_hooks
        some = own_before or own_after or before_every_step or after_every_step
        if not some or type(self).step is not with_hooks:
            return step(self, *args, **kwargs)
        given: Any = ((self, *args), kwargs)
        for hook in [*before_every_step.values(), *own_before.values()]:
            changed = hook(self, *given)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(
                        f"{hook} must return None or a tuple of (new_args, new_kwargs), but got {changed}. The first "
                        "of the args is the optimizer."
                    )
                given = changed
        loss = step(*given[0], **given[1])
        for hook in [*own_after.values(), *after_every_step.values()]:
            hook(self, *given)
        return loss

    return with_hooks


class Hooked:
    """The part of an optimizer that keeps its hooks. They are not copied or pickled with it."""

    TABLES = (
        "_optimizer_step_pre_hooks",
        "_optimizer_step_post_hooks",
        "_optimizer_state_dict_pre_hooks",
        "_optimizer_state_dict_post_hooks",
        "_optimizer_load_state_dict_pre_hooks",
        "_optimizer_load_state_dict_post_hooks",
    )
    _optimizer_step_pre_hooks: Table
    _optimizer_step_post_hooks: Table
    _optimizer_state_dict_pre_hooks: Table
    _optimizer_state_dict_post_hooks: Table
    _optimizer_load_state_dict_pre_hooks: Table
    _optimizer_load_state_dict_post_hooks: Table

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in vars(cls):
            cls.step = hooked(vars(cls)["step"])  # type: ignore[attr-defined]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in self.TABLES}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __getattr__(self, name: str) -> Any:
        """A table comes into being with its first use, also in a subclass that calls no `__init__`."""
        if name not in self.TABLES:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        table = self.__dict__[name] = OrderedDict()
        return table

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Calls `hook(optimizer, args, kwargs)` before each step; it may return new args and kwargs.

        The first of the args is the optimizer.
        """
        return RemovableHandle(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Calls `hook(optimizer, args, kwargs)` after each step."""
        return RemovableHandle(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Calls `hook(optimizer)` before `state_dict` does its work; with `prepend` before the hooks there are."""
        return added(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Calls `hook(optimizer, state_dict)` with what `state_dict` is about to return; it may return another."""
        return added(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Calls `hook(optimizer, state_dict)` with a copy of what is about to be loaded; it may return another."""
        return added(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Calls `hook(optimizer)` after a dictionary has been loaded."""
        return added(self._optimizer_load_state_dict_post_hooks, hook, prepend)


def added(table: Table, hook: Hook, prepend: bool) -> RemovableHandle:
    """The handle of a hook that has been put at the end of a table, or at its beginning."""
    handle = RemovableHandle(table, hook)
    if prepend:
        table.move_to_end(handle.id, last=False)
    return handle


def passed(hooks: Table, optimizer: Any, value: Any) -> Any:
    """The value after each hook had it and could replace it."""
    for hook in hooks.values():
        changed = hook(optimizer, value)
        value = value if changed is None else changed
    return value
