"""Averaged stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Tensor
from autograd.utils.elementwise import elementwise_

from .checks import check_non_negative, check_rate
from .optimizer import Group, Optimizer, State, counted, descent, number, scalar


class ASGD(Optimizer):
    """Gradient descent at a falling rate; in the state, as "ax", is the mean of the parameters from step `t0` on.

    The rate of step t is lr / (1 + `lambd`·lr·t)^`alpha`, and each step takes λ times it off the parameter. Polyak and
    Juditsky, "Acceleration of stochastic approximation by averaging", 1992.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.ASGD([w], lr=0.1).step()
    >>> w
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_rate(lr)
        check_non_negative("Invalid weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def start(self, param: Tensor, group: Group) -> State:
        rate = scalar(0).add_(number(group["lr"]))
        return {"step": scalar(0), "eta": rate, "mu": scalar(1), "ax": autograd.zeros_like(param)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        lr, lambd = group["lr"], group["lambd"]
        average, rate, part = state["ax"], number(state["eta"].clone()), number(state["mu"])
        steps = counted(state)

        def asgd(grad: Any, param: Any, average: Any) -> None:
            grad = descent(grad, param, group)
            param *= 1 - lambd * rate
            param -= rate * grad
            if part == 1:
                average[...] = param
            else:
                average += part * (param - average)

        elementwise_(asgd, [grad], param, average)
        state["eta"].fill_(lr / (1 + lambd * lr * steps) ** group["alpha"])
        state["mu"].fill_(1 / max(1, steps - group["t0"]))
