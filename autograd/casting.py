"""Autocast's one mechanism: while it is on, some functions take their tensors in another precision than they come in.

Each such function says so by a decorator, which is all that autocast is outside of `autograd.amp`:

    @lower_precision            products and convolutions, which are quick in 16 bits and lose little
    @single_precision           losses and other sums, which lose much
    @widest_precision           float32 if one of the tensors is, where the function itself does not promote
    @states_in_single           recurrent layers that keep a state in its own precision from step to step
    @lstm_precision             the LSTM, which is such a layer for packed sequences and if it has projections

Which function is of which kind is what PyTorch does on a CPU. All others take tensors as they come, and promote.
While a decorated function runs, autocast is off for what it calls.
"""

from __future__ import annotations

import functools
from _thread import _local as local
from collections.abc import Callable
from typing import Any, TypeVar

from . import dtypes
from ._tensor import Tensor
from .modes import state as modes

F = TypeVar("F", bound=Callable[..., Any])


class _State(local):
    """What autocast is set to on this thread. `dtype` is None until bfloat16, which needs a package, is asked for."""

    enabled = False
    dtype: Any = None
    cache_enabled = True

    def __init__(self) -> None:
        self.outer: list[tuple[bool, Any, bool]] = []  # what the blocks that are open have found
        self.cache: dict[Any, tuple[Tensor, int, Tensor]] = {}  # emptied when the outermost block ends


state = _State()


class Setting:
    """A setting of autocast on this thread, within a `with` block; None leaves a part of it as it is."""

    def __init__(self, enabled: bool | None, dtype: dtypes.dtype | None, cache_enabled: bool | None) -> None:
        self._values = enabled, dtype, cache_enabled

    def __enter__(self) -> Any:
        state.outer.append((state.enabled, state.dtype, state.cache_enabled))
        enabled, dtype, cache_enabled = self._values
        state.enabled = state.enabled if enabled is None else enabled
        state.dtype = state.dtype if dtype is None else dtype
        state.cache_enabled = state.cache_enabled if cache_enabled is None else cache_enabled
        return self

    def __exit__(self, *exc: Any) -> None:
        state.enabled, state.dtype, state.cache_enabled = state.outer.pop()
        if not state.outer:
            state.cache.clear()


def without_cache() -> Setting:
    """The setting of now, but each use of a weight converts it: what runs twice then does the same both times."""
    return Setting(state.enabled, state.dtype, False)


def uncast(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Calls a function with autocast off."""
    before, state.enabled = state.enabled, False
    try:
        return function(*args, **kwargs)
    finally:
        state.enabled = before


def in_dtype(value: Any, kind: dtypes.dtype) -> Any:
    """An argument with its floating tensors, also those in lists and tuples, in another dtype; never float64 ones."""
    if isinstance(value, Tensor):
        own = value.dtype
        if own is kind or not own.is_floating_point or own.itemsize == 8:
            return value
        return weight_in(value, kind) if own is dtypes.float32 and value._requires_grad else value.to(kind)
    if type(value) in (list, tuple):
        return type(value)([in_dtype(item, kind) for item in value])
    return value


def weight_in(tensor: Tensor, kind: dtypes.dtype) -> Tensor:
    """A weight in 16 bits; converted once in an autocast block, unless it was written to meanwhile."""
    if not (state.cache_enabled and tensor.is_leaf) or tensor._view is not None:
        return tensor.to(kind)
    key = (id(tensor), kind, modes.recording)
    found = state.cache.get(key)
    if found is None or found[1] != tensor._version:
        found = state.cache[key] = (tensor, tensor._version, tensor.to(kind))
    return found[2]


def under_autocast(policy: Callable[[Any, Any, Any], Any]) -> Callable[[F], F]:
    """A decorator: `policy(function, args, kwargs)` calls the function while autocast is on."""

    def declare(function: F) -> F:
        @functools.wraps(function)
        def cast(*args: Any, **kwargs: Any) -> Any:
            if state.enabled:
                return policy(function, args, kwargs)
            return function(*args, **kwargs)

        cast.uncast = function  # type: ignore[attr-defined]
        return cast  # type: ignore[return-value]

    return declare


def call_in(kind: dtypes.dtype, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Calls a function, with autocast off, of arguments in this dtype."""
    kwargs = {name: in_dtype(value, kind) for name, value in kwargs.items()}
    return uncast(function, in_dtype(args, kind), kwargs)


def in_lower_precision(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    return call_in(state.dtype, function, args, kwargs)


def in_single_precision(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    return call_in(dtypes.float32, function, args, kwargs)


def in_widest(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    tensors = [value for value in (*args, *kwargs.values()) if isinstance(value, Tensor)]
    wide = any(tensor.dtype is dtypes.float32 for tensor in tensors)
    return call_in(dtypes.float32 if wide else state.dtype, function, args, kwargs)


def in_states_dtype(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """In float32, and the results in the dtype of the last state: that of the LSTM's cells, else the only one."""
    hx = kwargs["hx"] if "hx" in kwargs else args[1 + is_packed(args)]
    kind = (args[0] if hx is None else hx if isinstance(hx, Tensor) else hx[-1]).dtype
    results = call_in(dtypes.float32, function, args, kwargs)
    if kind is dtypes.float32:
        return results
    return results.to(kind) if isinstance(results, Tensor) else tuple(result.to(kind) for result in results)


def is_packed(args: Any) -> bool:
    """Whether a recurrent layer got (data, batch_sizes, hx, ...), not (input, hx, ...)."""
    return len(args) > 1 and isinstance(args[1], Tensor) and not args[1].dtype.is_floating_point


def as_lstm(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    packed = is_packed(args)
    w_hh = args[2 + packed][1]  # (4·hidden, width of the output)
    projected = w_hh.shape[0] != 4 * w_hh.shape[1]
    if not packed and not projected:
        return in_lower_precision(function, args, kwargs)
    out, h, c = in_states_dtype(function, args, kwargs)
    return (*in_dtype((out, h), state.dtype), c) if projected else (out, h, c)


lower_precision = under_autocast(in_lower_precision)
single_precision = under_autocast(in_single_precision)
widest_precision = under_autocast(in_widest)
# PyTorch adds states in their dtype and products in the lower one; here all is float32, and the results get that dtype.
states_in_single = under_autocast(in_states_dtype)
lstm_precision = under_autocast(as_lstm)
