"""Checks of the options of optimizers, with PyTorch's errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Tensor


def check_rate(lr: Any, name: str = "Invalid learning rate") -> None:
    """Raises unless the learning rate, a number or a tensor of one element, is at least zero."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    check_non_negative(name, lr)


def check_non_negative(name: str, value: Any) -> None:
    """Raises for an option below zero, or NaN."""
    if not value >= 0:
        raise ValueError(f"{name}: {value}: it must not be negative")


def check_betas(betas: Sequence[Any]) -> None:
    """Raises unless both coefficients are in [0, 1)."""
    for i in (0, 1):
        if not 0 <= betas[i] < 1:
            raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}: it must be at least 0 and below 1")


def check_adam(lr: Any, betas: Sequence[Any], eps: float, weight_decay: float) -> None:
    """Raises for options that Adam and its kin cannot have."""
    check_rate(lr)
    check_non_negative("Invalid epsilon value", eps)
    check_betas(betas)
    check_non_negative("Invalid weight_decay value", weight_decay)


def check_choice(fused: bool | None, foreach: bool | None, differentiable: bool) -> None:
    """Raises for two of PyTorch's implementations at once."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def check_step(optimizer: Any, group: dict[str, Any], moving: Sequence[tuple[Tensor, Tensor]]) -> None:
    """Raises for options that a step over these parameters, with their gradients, cannot have."""
    if group.get("capturable"):
        raise AssertionError(
            "If capturable=True, params and state_steps must be on supported devices: a step on the CPU is captured in "
            "no CUDA graph. Leave it False."
        )
    if group.get("foreach") and group.get("differentiable"):
        raise AssertionError("_foreach ops don't support autograd: leave foreach unset for differentiable=True")
    if (optimizer.complex_as is None or group.get("fused")) and any(param.is_complex() for param, _ in moving):
        if optimizer.complex_as is None:
            raise RuntimeError(f"{type(optimizer).__name__} does not support complex parameters")
        raise RuntimeError("`fused=True` requires all the params to be floating point Tensors, and one is complex")
