"""Adam, and AdamW with decoupled weight decay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import autograd
from autograd import Tensor
from autograd.utils.elementwise import elementwise_

from .checks import check_adam, check_choice
from .optimizer import Group, Optimizer, State, counted, descent, scalar


class Adam(Optimizer):
    """Steps by the running mean of the gradient over the root of the running mean of its square.

    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1; `amsgrad` after Reddi et al.,
    "On the convergence of Adam and beyond", ICLR 2018. `weight_decay` is added to the gradient, or with
    `decoupled_weight_decay` shrinks the parameter, as in `AdamW`.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.Adam([w], lr=0.1).step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    started_later = ("max_exp_avg_sq",)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_adam(lr, betas, eps, weight_decay)
        if not (all(isinstance(b, float) for b in betas) or all(isinstance(b, Tensor) for b in betas)):
            raise ValueError(f"betas must be either both floats or both Tensors, but got {betas}")
        for name, value in (("lr", lr), ("betas[0]", betas[0]), ("betas[1]", betas[1])):
            if isinstance(value, Tensor) and foreach and not capturable:
                raise ValueError(f"{name} as a Tensor is not supported for capturable=False and foreach=True")
            if isinstance(value, Tensor) and value.numel() != 1:
                raise ValueError(f"Tensor {name} must be 1-element")
        check_choice(fused, foreach, differentiable)
        defaults = {
            "lr": lr,
            "betas": tuple([beta.squeeze() if isinstance(beta, Tensor) else beta for beta in betas]),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def start(self, param: Tensor, group: Group) -> State:
        names = ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"]
        return {"step": scalar(0), **{name: autograd.zeros_like(param) for name in names[: 2 + bool(group["amsgrad"])]}}

    def update_group(self, moving: Sequence[tuple[Tensor, Tensor]], group: Group) -> None:
        if group["amsgrad"]:
            self.complete(moving, group, "max_exp_avg_sq")
        super().update_group(moving, group)

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        averages = [state["exp_avg"], state["exp_avg_sq"]]
        if group["amsgrad"]:
            averages.append(state["max_exp_avg_sq"])
        lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
        steps = counted(state)
        correction = (1 - beta2**steps) ** 0.5  # of the root; it is multiplied out
        size, eps = lr * correction / (1 - beta1**steps), eps * correction

        def adam(grad: Any, param: Any, mean: Any, square: Any, highest: Any = None) -> None:
            grad = descent(grad, param, group)
            mean *= beta1
            mean += (1 - beta1) * grad
            square *= beta2
            square += (1 - beta2) * (grad * grad)
            if highest is not None:
                highest[...] = square = (1 * highest).clip(square)  # of a copy, which a recorded step keeps
            param -= size * (mean / (square**0.5 + eps))

        elementwise_(adam, [grad], param, *averages)


class AdamW(Adam):
    """Adam with decoupled weight decay: each step first takes lr·`weight_decay` times the parameter off it.

    Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2.

    >>> import autograd, optim
    >>> w = autograd.ones(1, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.AdamW([w], lr=0.1, weight_decay=0.5).step()
    >>> w
    tensor([0.8500], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:  # which may have been saved by Adam
            group["decoupled_weight_decay"] = True
