"""Autocast as a user sees it: the mode, its settings, and the decorators of custom functions that obey it."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor
from ..casting import Setting, state

DEVICES = ("cpu", "cuda")  # the devices that PyTorch's programs name; there is none but the CPU here
NARROW = ("bfloat16", "float16")


def check_device(device_type: Any) -> None:
    """Raises unless this is the type of a device."""
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if device_type not in DEVICES:
        raise RuntimeError(
            f"User specified an unsupported autocast device_type '{device_type}': the only device here is 'cpu'"
        )


def is_autocast_available(device_type: str) -> bool:
    """Whether there is autocast for this type of device.

    >>> import autograd
    >>> autograd.amp.is_autocast_available("cpu")
    True
    """
    return device_type == "cpu"


def is_autocast_enabled(device_type: str = "cpu") -> bool:
    """Whether autocast is on, on this thread.

    >>> import autograd
    >>> autograd.is_autocast_enabled("cpu")
    False
    """
    return state.enabled and device_type == "cpu"


def set_autocast_enabled(device_type: str, enabled: bool) -> None:
    """Turns autocast on or off on this thread; prefer `autocast`, which turns it back.

    >>> import autograd
    >>> autograd.set_autocast_enabled("cpu", False)
    >>> autograd.is_autocast_enabled("cpu")
    False
    """
    check_device(device_type)
    if device_type == "cpu":
        if enabled:
            state.dtype = get_autocast_dtype(device_type)
        state.enabled = bool(enabled)


def get_autocast_dtype(device_type: str = "cpu") -> dtypes.dtype:
    """The lower precision: bfloat16, unless set otherwise; for "cuda" float16.

    >>> import autograd
    >>> with autograd.autocast("cpu", dtype=autograd.float16):
    ...     autograd.get_autocast_dtype("cpu")
    torch.float16
    """
    check_device(device_type)
    if device_type != "cpu":
        return dtypes.float16
    return dtypes.bfloat16_dtype() if state.dtype is None else state.dtype


def set_autocast_dtype(device_type: str, dtype: dtypes.dtype) -> None:
    """Sets the lower precision on this thread; prefer `autocast`, which sets it back.

    >>> import autograd
    >>> with autograd.autocast("cpu", dtype=autograd.float16):
    ...     autograd.set_autocast_dtype("cpu", autograd.float32)
    ...     autograd.get_autocast_dtype("cpu")
    torch.float32
    """
    check_device(device_type)
    if not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"set_autocast_dtype(): argument 'dtype' must be torch.dtype, not {type(dtype).__name__}")
    if device_type == "cpu":
        state.dtype = dtype


def is_autocast_cache_enabled() -> bool:
    """Whether a weight is converted once in an `autocast` block, rather than each time it is used.

    >>> import autograd
    >>> autograd.is_autocast_cache_enabled()
    True
    """
    return state.cache_enabled


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Sets whether weights are converted once only.

    >>> import autograd
    >>> autograd.set_autocast_cache_enabled(True)
    """
    state.cache_enabled = bool(enabled)


def clear_autocast_cache() -> None:
    """Forgets the converted weights, as the end of the outermost `autocast` block does.

    >>> import autograd
    >>> autograd.clear_autocast_cache()
    """
    state.cache.clear()


class autocast(Setting):
    """Within it (a `with` block or a decorated function) products and convolutions run in 16 bits, losses in 32.

    `dtype` is bfloat16 unless given, which needs the extra `bfloat16`, or float16, for which `GradScaler` exists.
    `enabled=False` makes a block in an outer one run as usual. `cache_enabled`: whether a weight that is used several
    times is converted once. Weights and their gradients stay float32. Run the forward pass under it, and backward and
    the optimizer's step outside. Raises `ImportError` if bfloat16's package is missing.

    Micikevicius et al., "Mixed precision training", 2018.

    >>> import autograd
    >>> with autograd.autocast("cpu", dtype=autograd.float16):
    ...     (autograd.ones(1, 2) @ autograd.ones(2, 1)).dtype
    torch.float16
    """

    def __init__(
        self,
        device_type: str = "cpu",
        dtype: dtypes.dtype | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        check_device(device_type)
        if enabled and device_type != "cpu":
            warnings.warn("CUDA is not available: there is only the device 'cpu'. Disabling autocast.", stacklevel=2)
            enabled = False
        if dtype is None and enabled:
            dtype = get_autocast_dtype(device_type)
        if device_type != "cpu":
            dtype = None
        if enabled and getattr(dtype, "name", None) not in NARROW:
            warnings.warn(
                f"In CPU autocast, but the target dtype is not supported: {dtype}. Disabling autocast.\n"
                "CPU Autocast only supports dtypes of torch.bfloat16, torch.float16 currently.",
                stacklevel=2,
            )
            enabled = False
        self.device, self.fast_dtype = device_type, dtype
        cache = state.cache_enabled if cache_enabled is None else bool(cache_enabled)
        super().__init__(bool(enabled) if device_type == "cpu" else None, dtype, cache)

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        if not callable(func):
            raise TypeError(
                f"autocast()(func) requires a callable, but got {type(func).__name__}. To use autocast as a context "
                "manager, write `with autograd.autocast(...):`"
            )

        @functools.wraps(func)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return inside


# ---- custom functions


def cast(value: Any, dtype: dtypes.dtype) -> Any:
    """An argument with its floating tensors, however deep in containers, in this dtype; float64 ones stay."""
    if isinstance(value, Tensor):
        return value.to(dtype) if value.is_floating_point() and value.dtype is not dtypes.float64 else value
    if isinstance(value, (str, bytes, np.ndarray)):
        return value
    if isinstance(value, Mapping):
        return {cast(key, dtype): cast(item, dtype) for key, item in value.items()}
    if isinstance(value, Iterable):
        items = (cast(item, dtype) for item in value)
        return type(value)(items) if isinstance(value, (list, tuple)) else items
    return value


def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, device_type: str, cast_inputs: dtypes.dtype | None = None
) -> Any:
    """Decorates the `forward` of an `autograd.Function`, which then may be used under autocast.

    With `cast_inputs` its floating tensors come in that dtype there, and it runs with autocast off; without, it runs
    under autocast as it is. Outside of autocast it changes nothing. `custom_bwd` goes with it.

    >>> import autograd
    >>> class Double(autograd.autograd.Function):
    ...     @staticmethod
    ...     @autograd.amp.custom_fwd(device_type="cpu", cast_inputs=autograd.float32)
    ...     def forward(ctx, x):
    ...         return 2 * x
    ...
    ...     @staticmethod
    ...     @autograd.amp.custom_bwd(device_type="cpu")
    ...     def backward(ctx, g):
    ...         return 2 * g
    >>> with autograd.autocast("cpu", dtype=autograd.float16):
    ...     Double.apply(autograd.ones(1).half()).dtype
    torch.float32
    """
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def forward(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        enabled = is_autocast_enabled(device_type)
        ctx._dtype = get_autocast_dtype(device_type) if enabled else None
        ctx._fwd_used_autocast = enabled and cast_inputs is None
        if cast_inputs is None or not enabled:
            return fwd(ctx, *args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(ctx, *cast(args, cast_inputs), **cast(kwargs, cast_inputs))

    return forward


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Any:
    """Decorates the `backward` of an `autograd.Function`: it runs under autocast if the `forward` did.

    See `custom_fwd`, which goes before it.
    """
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def backward(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        with autocast(device_type, dtype=ctx._dtype, enabled=ctx._fwd_used_autocast):
            return bwd(ctx, *args, **kwargs)

    return backward
