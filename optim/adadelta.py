"""Adadelta."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Tensor
from autograd.utils.elementwise import elementwise_

from .checks import check_non_negative, check_rate
from .optimizer import Group, Optimizer, State, counted, descent, scalar


class Adadelta(Optimizer):
    """Steps by the gradient times the ratio of two roots of running mean squares: of the steps so far, of the gradient.

    Zeiler, "ADADELTA: an adaptive learning rate method", 2012, algorithm 1; PyTorch multiplies the step by `lr`.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.Adadelta([w], eps=1e-2).step()
    >>> w
    tensor([0.6877], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        if not 0 <= rho <= 1:
            raise ValueError(f"Invalid rho value: {rho}: it must be between 0 and 1")
        check_non_negative("Invalid epsilon value", eps)
        check_non_negative("Invalid weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def start(self, param: Tensor, group: Group) -> State:
        return {"step": scalar(0), "square_avg": autograd.zeros_like(param), "acc_delta": autograd.zeros_like(param)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        averages = [state["square_avg"], state["acc_delta"]]
        lr, rho, eps = group["lr"], group["rho"], group["eps"]
        counted(state)

        def adadelta(grad: Any, param: Any, square: Any, step_square: Any) -> None:
            grad = descent(grad, param, group)
            square *= rho
            square += (1 - rho) * (grad * grad)
            step = (step_square + eps) ** 0.5 / (square + eps) ** 0.5 * grad
            step_square *= rho
            step_square += (1 - rho) * (step * step)
            param -= lr * step

        elementwise_(adadelta, [grad], param, *averages)
