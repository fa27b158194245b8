"""Muon: momentum, made orthogonal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import autograd
from autograd import Tensor

from .checks import check_non_negative, check_rate
from .optimizer import Group, Optimizer, State


class Muon(Optimizer):
    """Steps of matrices by the orthogonal matrix nearest to the momentum; for hidden layers, beside AdamW for the rest.

    Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024. The nearest matrix is approached by
    `ns_steps` of a Newton-Schulz iteration with the polynomial a·x + b·x³ + c·x⁵ of `ns_coefficients`. PyTorch computes
    it in bfloat16, this in the parameter's dtype. `adjust_lr_fn` says how a matrix's shape (A, B) changes its rate:
    "original" (or None) multiplies by √max(1, A/B), "match_rms_adamw" by 0.2·√max(A, B), after Liu et al., "Muon is
    scalable for LLM training", 2025. `weight_decay` is decoupled.

    >>> import autograd, optim
    >>> w = autograd.eye(2).requires_grad_()
    >>> (w * autograd.tensor([[3.0, 0.0], [0.0, 4.0]])).sum().backward()
    >>> optim.Muon([w], lr=0.5, weight_decay=0, ns_coefficients=(1.5, -0.5, 0), ns_steps=20).step()
    >>> w
    tensor([[0.5000, 0.0000],
            [0.0000, 0.5000]], requires_grad=True)
    """

    complex_as = None

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_rate(lr, "Learning rate should be >= 0 but is")
        check_non_negative("momentum should be >= 0 but is", momentum)
        check_non_negative("weight decay should be >= 0 but is", weight_decay)
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                f"Adjust learning rate function {adjust_lr_fn} is not supported: it is 'original' or 'match_rms_adamw'"
            )
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)

    def check_group(self, group: Group) -> None:
        for param in group["params"]:
            if param.ndim != 2:
                raise ValueError(
                    f"Muon only supports 2D parameters whereas we found a parameter with size: {param.shape}. Give the "
                    "others to AdamW."
                )
        if group["ns_steps"] >= 100:
            raise ValueError("Number of steps must be less than 100 for computational efficiency")
        if len(group["ns_coefficients"]) != 3:
            raise ValueError("Coefficients must be a tuple of exactly 3 values")

    def start(self, param: Tensor, group: Group) -> State:
        return {"momentum_buffer": autograd.zeros_like(param)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        lr, momentum = group["lr"], group["momentum"]
        mean = state["momentum_buffer"].lerp_(grad, 1 - momentum)
        step = grad.lerp(mean, momentum) if group["nesterov"] else mean
        step = orthogonal(step, group["ns_coefficients"], group["ns_steps"], group["eps"])
        rows, columns = param.shape
        if group["adjust_lr_fn"] == "match_rms_adamw":
            ratio = 0.2 * math.sqrt(max(rows, columns))
        else:
            ratio = math.sqrt(max(1, rows / columns))
        param.mul_(1 - lr * group["weight_decay"]).sub_(step, alpha=lr * ratio)


def orthogonal(matrix: Tensor, coefficients: Sequence[float], steps: int, eps: float) -> Tensor:
    """The matrix with its singular values brought to about 1, by steps of X ← a·X + (b·XXᵀ + c·(XXᵀ)²)·X."""
    a, b, c = coefficients
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide / wide.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x if wide is matrix else x.T
