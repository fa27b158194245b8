"""Rprop: resilient backpropagation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Tensor
from autograd.utils.elementwise import elementwise_

from .checks import check_rate
from .optimizer import Group, Optimizer, State, counted, number, scalar


class Rprop(Optimizer):
    """Steps by the gradient's sign, in sizes of each element's own, which grow while the sign stays.

    Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm", ICNN
    1993, where the step after a turn is left out. `etas` are the factors of a turn and of going on, `step_sizes` the
    smallest and the largest step, `lr` the first.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.Rprop([w], lr=0.1).step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_rate(lr)
        if not 0 < etas[0] < 1 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}: one must be below 1 and one above")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def start(self, param: Tensor, group: Group) -> State:
        lr = number(group["lr"])
        size = autograd.zeros_like(param) + (complex(lr, lr) if param.is_complex() else lr)
        return {"step": scalar(0), "prev": autograd.zeros_like(param), "step_size": size}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        (shrink, grow), (smallest, largest) = group["etas"], group["step_sizes"]
        counted(state)

        def rprop(grad: Any, param: Any, previous: Any, size: Any) -> None:
            grad = -grad if group["maximize"] else grad
            agreement = grad * previous
            turned = agreement < 0
            size[agreement > 0] *= grow
            size[turned] *= shrink
            size[...] = (1 * size).clip(smallest, largest)  # of a copy, which a recorded step keeps
            previous[...] = grad
            previous[turned] = 0
            param -= size * (previous > 0) - size * (previous < 0)

        elementwise_(rprop, [grad], param, state["prev"], state["step_size"])
