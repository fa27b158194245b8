"""Adam."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Tensor

from .optimizer import Optimizer, check_non_negative


class Adam(Optimizer):
    """Steps by the running mean of the gradient over the root of the running mean of its square.

    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1; `amsgrad` after Reddi et al.,
    "On the convergence of Adam and beyond", ICLR 2018. `weight_decay` is added to the gradient.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.Adam([w], lr=0.1).step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        check_non_negative(**{"learning rate": lr, "epsilon value": eps, "weight_decay value": weight_decay})
        for i, beta in enumerate(betas):
            if not 0 <= beta < 1:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}: it must be at least 0 and below 1")
        defaults = {
            "lr": lr,
            "betas": tuple(betas),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state["step"] = autograd.tensor(0.0)
            state["exp_avg"] = autograd.zeros_like(param)
            state["exp_avg_sq"] = autograd.zeros_like(param)
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = autograd.zeros_like(param)
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"]:
            grad = grad.add(param, alpha=group["weight_decay"])
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        beta1, beta2 = group["betas"]
        step = state["step"].add_(1).item()
        mean.lerp_(grad, 1 - beta1)
        square.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
        if group["amsgrad"]:
            square = autograd.maximum(state["max_exp_avg_sq"], square)
            state["max_exp_avg_sq"].copy_(square)
        correction = (1 - beta2**step) ** 0.5  # of the root; multiplied out, so that no pass over memory divides by it
        root = square.sqrt().add_(group["eps"] * correction)
        param.addcdiv_(mean, root, value=-group["lr"] * correction / (1 - beta1**step))
