"""GradScaler: the loss is scaled up, so that small gradients survive 16 bits, and the gradients are scaled back."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from typing import Any

from .. import dtypes
from .._tensor import Tensor
from ..functions.creation import full, tensor
from ..modes import no_grad

UNSCALED, STEPPED = "unscaled", "stepped"  # what was done with an optimizer since the last update()


class GradScaler:
    """Scales losses, and skips the steps whose gradients overflowed; the scale adapts itself to that.

    After a step with Inf or NaN in a gradient the scale is multiplied by `backoff_factor`, after `growth_interval`
    steps without by `growth_factor`. With `enabled=False` nothing is scaled, and `step` is the optimizer's.

        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)  # only if the gradients are to be clipped or looked at
        scaler.step(optimizer)
        scaler.update()

    Micikevicius et al., "Mixed precision training", 2018, section 3.2.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> optimizer, scaler = optim.SGD([w], lr=0.5), autograd.amp.GradScaler("cpu", init_scale=8.0)
    >>> scaler.scale(w.sum()).backward()
    >>> w.grad
    tensor([8.])
    >>> scaler.step(optimizer)
    >>> w
    tensor([0.5000], requires_grad=True)
    """

    def __init__(
        self,
        device: str = "cpu",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if device == "cuda" and enabled:
            warnings.warn("GradScaler: CUDA is not available, disabling it. Use GradScaler('cpu').", stacklevel=2)
            enabled = False
        self._device, self._enabled = device, enabled
        if not enabled:
            return
        if growth_factor <= 1:
            raise AssertionError("The growth factor must be > 1.0.")
        if backoff_factor >= 1:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._init_scale, self._init_growth_tracker = init_scale, 0
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval = growth_interval
        self._scale: Tensor | None = None  # made by the first scale(), as is the count of steps since it last changed
        self._growth_tracker: Tensor | None = None
        self._stages: dict[int, str] = {}  # by the id of an optimizer
        self._found_inf: dict[int, bool | None] = {}  # None: it had no gradients

    # ---- an iteration

    def scale(self, outputs: Any) -> Any:
        """Outputs times the scale: a tensor, or an iterable of tensors or of iterables."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            if self._scale is None:
                self._scale = full((), float(self._init_scale), dtype=dtypes.float32)
                self._growth_tracker = full((), self._init_growth_tracker, dtype=dtypes.int32)
            return outputs * self._scale
        if isinstance(outputs, Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, (list, tuple)) else scaled
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def unscale_(self, optimizer: Any) -> None:
        """Divides the gradients by the scale, in place, at most once before each `step`.

        Raises `RuntimeError` the second time, `ValueError` for float16 gradients: the parameters should be float32.
        """
        if not self._enabled:
            return
        scale = self._started("unscale_")
        stage = self._stages.get(id(optimizer))
        if stage == UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        if stage == STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        params = [param for group in optimizer.param_groups for param in group["params"]]
        grads = [param.grad for param in params if param.grad is not None]
        if any(grad.dtype is dtypes.float16 for grad in grads):
            raise ValueError("Attempting to unscale FP16 gradients: keep the parameters in float32, and use autocast.")
        factor = scale.double().reciprocal().float().item()
        with no_grad():
            finite = [bool(grad.isfinite().all()) for grad in grads]
            for grad in grads:
                grad.mul_(factor)
        self._found_inf[id(optimizer)] = not all(finite) if grads else None
        self._stages[id(optimizer)] = UNSCALED

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Unscales the gradients, if that was not done, and steps, if none of them is Inf or NaN.

        Returns what the optimizer's step returns. Raises `RuntimeError` for a closure, or the second time before
        `update`.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._started("step")
        if self._stages.get(id(optimizer)) == STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if id(optimizer) not in self._stages:
            self.unscale_(optimizer)
        if self._found_inf[id(optimizer)] is None:
            raise AssertionError("No inf checks were recorded for this optimizer: none of its parameters has a grad.")
        result = None if self._found_inf[id(optimizer)] else optimizer.step(*args, **kwargs)
        self._stages[id(optimizer)] = STEPPED
        return result

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Adapts the scale to what the gradients were like, or sets it to `new_scale`. Ends the iteration."""
        if not self._enabled:
            return
        scale = self._started("update")
        if new_scale is not None:
            if isinstance(new_scale, Tensor):
                if new_scale.numel() != 1 or new_scale.requires_grad:
                    raise AssertionError("new_scale should be a float or a 1-element tensor with requires_grad=False.")
                new_scale = new_scale.item()
            scale.fill_(new_scale)
        else:
            found = [value for value in self._found_inf.values() if value is not None]
            if not found:
                raise AssertionError("No inf checks were recorded prior to update: call step() or unscale_() first.")
            count = 0 if any(found) else self._get_growth_tracker() + 1
            if any(found):
                scale.fill_(scale.item() * self._backoff_factor)
            elif count == self._growth_interval:
                count, grown = 0, tensor(scale.item() * self._growth_factor, dtype=dtypes.float32)
                if math.isfinite(grown.item()):
                    scale.copy_(grown)
            self._growth_tracker = tensor(count, dtype=dtypes.int32)
        self._stages, self._found_inf = {}, {}

    def _started(self, name: str) -> Tensor:
        """The scale, which must exist: without `scale(loss)` there is nothing to undo."""
        if self._scale is None:
            raise AssertionError(
                f"Attempted {name} but _scale is None.  This may indicate your script did not use scaler.scale(loss or "
                "outputs) earlier in the iteration."
            )
        return self._scale

    # ---- settings

    def get_scale(self) -> float:
        """The scale, or 1.0 if nothing is scaled."""
        if not self._enabled:
            return 1.0
        return self._init_scale if self._scale is None else float(self._scale.item())

    def get_growth_factor(self) -> float:
        """What the scale is multiplied by after a while without overflow."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Sets what the scale is multiplied by after a while without overflow."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale is multiplied by after an overflow."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Sets what the scale is multiplied by after an overflow."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """How many steps without overflow make the scale grow."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Sets how many steps without overflow make the scale grow."""
        self._growth_interval = new_interval

    def is_enabled(self) -> bool:
        """Whether it scales anything."""
        return self._enabled

    def _get_growth_tracker(self) -> int:
        if not self._enabled:
            return 0
        return self._init_growth_tracker if self._growth_tracker is None else int(self._growth_tracker.item())

    # ---- saving

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint needs, in PyTorch's layout; call it after `update`. Empty if nothing is scaled."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._get_growth_tracker(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over a `state_dict`. `RuntimeError` for the empty one of a scaler that was not enabled."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        names = ("scale", "growth_factor", "backoff_factor", "growth_interval", "_growth_tracker")
        scale, growth_factor, backoff_factor, growth_interval, count = [state_dict[name] for name in names]
        self._init_scale, self._init_growth_tracker = scale, count
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval = growth_interval
        if self._scale is not None and self._growth_tracker is not None:
            self._scale.fill_(scale)
            self._growth_tracker.fill_(count)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        if self._enabled:
            if self._stages:
                raise AssertionError(
                    "A GradScaler instance may only be pickled at the beginning of an iteration, or at the end after "
                    "scaler.update()."
                )
            state |= {"_init_scale": self.get_scale(), "_init_growth_tracker": self._get_growth_tracker()}
            state |= {"_scale": None, "_growth_tracker": None}
        return state
