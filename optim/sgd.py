"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Tensor
from autograd.utils.elementwise import elementwise_

from .checks import check_choice, check_non_negative, check_rate
from .optimizer import Group, Optimizer, State, descent


class SGD(Optimizer):
    """Gradient descent with momentum: v ← μ·v + (1 - τ)·g, p ← p - lr·v; with Nesterov's p ← p - lr·(g + μ·v).

    μ is `momentum`, τ `dampening`; at first v is g. Sutskever et al., "On the importance of initialization and momentum
    in deep learning", ICML 2013, in PyTorch's form, where the learning rate stands outside of v.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.SGD([w], lr=0.1).step()
    >>> w
    tensor([0.8000], requires_grad=True)
    """

    complex_as = "numbers"

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_rate(lr)
        check_non_negative("Invalid momentum value", momentum)
        check_non_negative("Invalid weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        check_choice(fused, foreach, differentiable)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def start(self, param: Tensor, group: Group) -> State:
        return {"momentum_buffer": autograd.zeros_like(param)} if group["momentum"] else {}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        if group["momentum"]:
            self.roll(param, grad, state, group)
            return
        lr = group["lr"]
        if group["maximize"] or group["weight_decay"]:
            grad = descent(grad, param, group)
        param.sub_(lr * grad) if isinstance(lr, Tensor) else param.sub_(grad, alpha=lr)

    def roll(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        """The step with momentum."""
        lr, momentum, dampening, nesterov = group["lr"], group["momentum"], group["dampening"], group["nesterov"]
        if state.get("momentum_buffer") is None or not self.state.get(param):
            state["momentum_buffer"], dampening = autograd.zeros_like(param), 0

        def sgd(grad: Any, param: Any, velocity: Any) -> None:
            grad = descent(grad, param, group)
            velocity *= momentum
            velocity += (1 - dampening) * grad if dampening else grad
            param -= lr * (grad + momentum * velocity if nesterov else velocity)

        elementwise_(sgd, [grad], param, state["momentum_buffer"])
