"""RAdam: Adam whose first steps are rectified."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Tensor
from autograd.utils.elementwise import elementwise_

from .checks import check_adam
from .optimizer import Group, Optimizer, State, counted, descent, scalar


class RAdam(Optimizer):
    """Adam that steps by the mean of the gradient alone as long as the mean of its square rests on too few values.

    Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020, algorithm 2.
    `decoupled_weight_decay`: as in `AdamW`.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.RAdam([w], lr=0.1).step()
    >>> w
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_adam(lr, betas, eps, weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def start(self, param: Tensor, group: Group) -> State:
        return {"step": scalar(0), "exp_avg": autograd.zeros_like(param), "exp_avg_sq": autograd.zeros_like(param)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        averages = [state["exp_avg"], state["exp_avg_sq"]]
        lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
        steps = counted(state)
        size, correction = lr / (1 - beta1**steps), 1 - beta2**steps
        limit = 2 / (1 - beta2) - 1  # of the length of the average, the paper's ρ
        length = limit - 2 * steps * beta2**steps / correction
        reliable = length > 5
        if reliable:
            part = (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)
            size = size * (part * correction) ** 0.5

        def radam(grad: Any, param: Any, mean: Any, square: Any) -> None:
            grad = descent(grad, param, group)
            mean += (1 - beta1) * (grad - mean)
            square *= beta2
            square += (1 - beta2) * (grad * grad)
            param -= size * (mean / (square**0.5 + eps) if reliable else mean)

        elementwise_(radam, [grad], param, *averages)
