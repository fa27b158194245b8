"""Grad mode: whether ops record, per thread. Everything here sets or reads one thread-local flag."""

from __future__ import annotations

import contextvars
import functools
import inspect
from _thread import _local as local  # `threading.local`, without the time that importing `threading` takes
from typing import Any

import numpy as np


class _State(local):
    """What a thread carries: is it recording, is it in inference mode, and how it runs a forward computation.

    `run` calls a function in a context of its own in which NumPy's floating-point warnings are off: PyTorch gives
    Inf and NaN without a word. `np.errstate` around each op would cost six times as much.
    """

    def __init__(self) -> None:
        self.recording = True
        self.inference = False
        context = contextvars.Context()
        context.run(np.seterr, all="ignore")
        self.run = context.run


state = _State()


def is_refusal(error: BaseException) -> bool:
    """Whether `state.run`, which the caller has just called, raised this itself, since its context is entered already.

    Then a forward runs inside another one, in a signal handler for example: the function was not called, and may be
    called directly, for the warnings are off.
    """
    trace = error.__traceback__
    raised_there = trace is not None and trace.tb_next is None
    return raised_there and type(error) is RuntimeError and str(error).startswith("cannot enter context")


def quietly(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Calls a function with NumPy's floating-point warnings off."""
    try:
        return state.run(function, *args, **kwargs)
    except RuntimeError as error:
        if not is_refusal(error):
            raise
    return function(*args, **kwargs)


class _Mode:
    """A context manager that is a decorator as well: a decorated function runs inside a fresh copy of it.

    A decorated generator is inside only while it runs, never between its values.
    """

    def __enter__(self) -> None:
        raise NotImplementedError

    def __exit__(self, *exc: Any) -> None:
        raise NotImplementedError

    def clone(self) -> _Mode:
        return type(self)()

    def __call__(self, function: Any) -> Any:
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def generator(*args: Any, **kwargs: Any) -> Any:
                with self.clone():
                    values = function(*args, **kwargs)
                step, value = values.send, None
                while True:
                    try:
                        with self.clone():
                            item = step(value)
                    except StopIteration as stop:
                        return stop.value
                    try:
                        value = yield item
                        step = values.send
                    except GeneratorExit:
                        with self.clone():
                            values.close()
                        raise
                    except BaseException as error:
                        step, value = values.throw, error

            return generator

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return inside


class set_grad_enabled(_Mode):
    """Turns recording on or off: at once when called as a function, or for a `with` block.

    >>> import autograd
    >>> with autograd.set_grad_enabled(False):
    ...     autograd.is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        self.previous = state.recording
        self.mode = bool(mode)
        state.recording = self.mode

    def __enter__(self) -> None:
        state.recording = self.mode

    def __exit__(self, *exc: Any) -> None:
        state.recording = self.previous

    def __call__(self, function: Any) -> Any:
        state.recording = self.previous  # used as a decorator: the call itself changes nothing
        return super().__call__(function)

    def clone(self) -> _Mode:
        return type(self)(self.mode)


class _Fixed(_Mode):
    """A mode with one fixed setting, which may be entered again while it is active."""

    recording: bool

    def __new__(cls, function: Any = None) -> Any:
        mode = super().__new__(cls)
        if function is not None:  # @no_grad without parentheses
            mode.saved = []
            return mode(function)
        return mode

    def __init__(self, function: Any = None) -> None:
        self.saved: list[Any] = []

    def __enter__(self) -> None:
        self.saved.append(state.recording)
        state.recording = self.recording

    def __exit__(self, *exc: Any) -> None:
        state.recording = self.saved.pop()


class no_grad(_Fixed):
    """Within it (a `with` block or a decorated function) nothing is recorded.

    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> with autograd.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    recording = False


class enable_grad(_Fixed):
    """Within it ops record again, also inside `no_grad`.

    >>> import autograd
    >>> with autograd.no_grad(), autograd.enable_grad():
    ...     autograd.is_grad_enabled()
    True
    """

    recording = True


class inference_mode(_Mode):
    """`no_grad`, and the tensors made within can never enter a recorded graph: using one there is an error.

    >>> import autograd
    >>> with autograd.inference_mode():
    ...     autograd.ones(2).is_inference()
    True
    """

    def __new__(cls, mode: Any = True) -> Any:
        made = super().__new__(cls)
        if callable(mode):  # @inference_mode without parentheses
            made.__init__(True)  # type: ignore[misc]
            return made(mode)
        return made

    def __init__(self, mode: bool = True) -> None:
        self.mode = bool(mode)
        self.saved: list[Any] = []

    def __enter__(self) -> None:
        self.saved.append((state.recording, state.inference))
        state.recording, state.inference = not self.mode, self.mode

    def __exit__(self, *exc: Any) -> None:
        state.recording, state.inference = self.saved.pop()

    def clone(self) -> _Mode:
        return type(self)(self.mode)


def is_grad_enabled() -> bool:
    """Whether ops on this thread record."""
    return state.recording


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside `inference_mode`."""
    return state.inference


__all__ = [
    "enable_grad",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "set_grad_enabled",
]
