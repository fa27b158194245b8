"""Adamax: Adam with the largest gradient in place of the root of the mean square."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Tensor
from autograd.utils.elementwise import elementwise_

from .checks import check_adam
from .optimizer import Group, Optimizer, State, counted, descent, scalar


class Adamax(Optimizer):
    """Steps by the running mean of the gradient over its running maximum, which decays by the second of `betas`.

    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 2; `eps` is added to the
    gradient's absolute value, as in PyTorch.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.Adamax([w], lr=0.1).step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_adam(lr, betas, eps, weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def start(self, param: Tensor, group: Group) -> State:
        return {"step": scalar(0), "exp_avg": autograd.zeros_like(param), "exp_inf": autograd.zeros_like(param)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        averages = [state["exp_avg"], state["exp_inf"]]
        lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
        size = lr / (1 - beta1 ** counted(state))

        def adamax(grad: Any, param: Any, mean: Any, largest: Any) -> None:
            grad = descent(grad, param, group)
            mean += (1 - beta1) * (grad - mean)
            largest[...] = (beta2 * largest).clip(abs(grad) + eps)
            param -= size * (mean / largest)

        elementwise_(adamax, [grad], param, *averages)
