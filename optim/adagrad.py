"""Adagrad."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Tensor
from autograd.utils.elementwise import elementwise_

from .checks import check_choice, check_non_negative, check_rate
from .optimizer import Group, Optimizer, State, counted, descent, scalar


class Adagrad(Optimizer):
    """Steps by the gradient over the root of the sum of its squares. The rate of step t is lr / (1 + (t-1)·`lr_decay`).

    Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization", JMLR 2011.
    The sums begin with `initial_accumulator_value`, and are there from the beginning.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.Adagrad([w], lr=0.1).step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_rate(lr)
        check_non_negative("Invalid lr_decay value", lr_decay)
        check_non_negative("Invalid weight_decay value", weight_decay)
        check_non_negative("Invalid initial_accumulator_value value", initial_accumulator_value)
        check_non_negative("Invalid epsilon value", eps)
        check_choice(fused, foreach, differentiable)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for param in group["params"]:
                self.state[param] = self.start(param, group)

    def start(self, param: Tensor, group: Group) -> State:
        value = self.defaults["initial_accumulator_value"]
        return {
            "step": scalar(0),
            "sum": autograd.full_like(param, complex(value, value) if param.is_complex() else value),
        }

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        total = state["sum"]
        eps, rate = group["eps"], group["lr"] / (1 + (counted(state) - 1) * group["lr_decay"])

        def adagrad(grad: Any, param: Any, total: Any) -> None:
            grad = descent(grad, param, group)
            total += grad * grad
            param -= rate * (grad / (total**0.5 + eps))

        elementwise_(adagrad, [grad], param, total)
