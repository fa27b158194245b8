"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import autograd
from autograd import Tensor
from autograd.utils.elementwise import elementwise_, elementwise_each_

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

    def update_group(self, moving: Sequence[tuple[Tensor, Tensor]], group: Group) -> None:
        if group["momentum"] or autograd.is_grad_enabled():
            super().update_group(moving, group)
        else:
            elementwise_each_(formula(group), moving)

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        if not group["momentum"]:
            elementwise_(formula(group), [grad], param)
            return
        if first := state.get("momentum_buffer") is None or not self.state.get(param):
            state["momentum_buffer"] = autograd.zeros_like(param)
        elementwise_(formula(group, first), [grad], param, state["momentum_buffer"])


def formula(group: Group, first: bool = False) -> Callable[..., None]:
    """A step of parameters of the group. The first one takes the gradient into the velocity without dampening."""
    lr, momentum, nesterov = group["lr"], group["momentum"], group["nesterov"]
    dampening = 0 if first else group["dampening"]

    def sgd(grad: Any, param: Any, velocity: Any = None) -> None:
        step = grad = descent(grad, param, group)
        if velocity is not None:
            velocity *= momentum
            velocity += (1 - dampening) * grad if dampening else grad
            step = grad + momentum * velocity if nesterov else velocity
        param -= lr * step

    return sgd
