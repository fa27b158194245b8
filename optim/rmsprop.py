"""RMSprop."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import autograd
from autograd import Tensor
from autograd.utils.elementwise import elementwise_

from .checks import check_non_negative, check_rate
from .optimizer import Group, Optimizer, State, counted, descent, scalar


class RMSprop(Optimizer):
    """Steps by the gradient over the root of the running mean of its square, with `momentum` if that is given.

    Tieleman and Hinton, "Neural networks for machine learning", lecture 6e, 2012. `centered` divides by the standard
    deviation instead: Graves, "Generating sequences with recurrent neural networks", 2013, equations 38 to 45. `alpha`
    is how much of an average stays.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.RMSprop([w], lr=0.1, alpha=0.75).step()
    >>> w
    tensor([0.8000], requires_grad=True)
    """

    started_later = ("momentum_buffer", "grad_avg")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        check_non_negative("Invalid epsilon value", eps)
        check_non_negative("Invalid momentum value", momentum)
        check_non_negative("Invalid weight_decay value", weight_decay)
        check_non_negative("Invalid alpha value", alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def start(self, param: Tensor, group: Group) -> State:
        state = {"step": scalar(0), "square_avg": autograd.zeros_like(param)}
        if group["momentum"] > 0:
            state["momentum_buffer"] = autograd.zeros_like(param)
        if group["centered"]:
            state["grad_avg"] = autograd.zeros_like(param)
        return state

    def update_group(self, moving: Sequence[tuple[Tensor, Tensor]], group: Group) -> None:
        if group["momentum"] > 0:
            self.complete(moving, group, "momentum_buffer")
        if group["centered"]:
            self.complete(moving, group, "grad_avg")
        super().update_group(moving, group)

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        lr, alpha, eps, momentum, centered = (group[k] for k in ("lr", "alpha", "eps", "momentum", "centered"))
        buffers = [state["square_avg"]]
        if momentum > 0:
            buffers.append(state["momentum_buffer"])
        if centered:
            buffers.append(state["grad_avg"])
        counted(state)

        def rmsprop(grad: Any, param: Any, square: Any, *others: Any) -> None:
            grad = descent(grad, param, group)
            square *= alpha
            square += (1 - alpha) * (grad * grad)
            variance = square
            if centered:
                mean = others[-1]
                mean += (1 - alpha) * (grad - mean)
                variance = square - mean * mean
            step = grad / (variance**0.5 + eps)
            if momentum > 0:
                velocity = others[0]
                velocity *= momentum
                velocity += step
                step = velocity
            param -= lr * step

        elementwise_(rmsprop, [grad], param, *buffers)
