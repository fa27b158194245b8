"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Tensor
from autograd.utils.elementwise import elementwise_

from .checks import check_adam, check_non_negative
from .optimizer import Group, Optimizer, State, counted, descent, scalar


class NAdam(Optimizer):
    """Steps by the gradient and the running mean that the next step will see, over the root of the mean square.

    The momentum of step t is μ = β₁·(1 - 0.96^(t·`momentum_decay`) / 2). Dozat, "Incorporating Nesterov momentum into
    Adam", ICLR workshop 2016, with the schedule of its section on practice. `decoupled_weight_decay`: as in `AdamW`.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.NAdam([w], lr=0.1).step()
    >>> w
    tensor([0.8944], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_adam(lr, betas, eps, weight_decay)
        check_non_negative("Invalid momentum_decay value", momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def start(self, param: Tensor, group: Group) -> State:
        numbers = {"step": scalar(0), "mu_product": scalar(1)}
        return {**numbers, "exp_avg": autograd.zeros_like(param), "exp_avg_sq": autograd.zeros_like(param)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        averages, product = [state["exp_avg"], state["exp_avg_sq"]], state["mu_product"]
        lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
        steps = counted(state)
        correction = 1 - beta2**steps
        mu, next_mu = (beta1 * (1 - 0.5 * 0.96 ** (t * group["momentum_decay"])) for t in (steps, steps + 1))
        so_far = product.mul_(mu).item()
        of_grad = lr * (1 - mu) / (1 - so_far)
        of_mean = lr * next_mu / (1 - so_far * next_mu)

        def nadam(grad: Any, param: Any, mean: Any, square: Any) -> None:
            grad = descent(grad, param, group)
            mean += (1 - beta1) * (grad - mean)
            square *= beta2
            square += (1 - beta2) * (grad * grad)
            param -= (of_grad * grad + of_mean * mean) / ((square / correction) ** 0.5 + eps)

        elementwise_(nadam, [grad], param, *averages)
