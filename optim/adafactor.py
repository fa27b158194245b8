"""Adafactor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Tensor

from .checks import check_non_negative, check_rate
from .optimizer import Group, Optimizer, State, counted, scalar


class Adafactor(Optimizer):
    """Steps by the gradient over the root of its running mean square, of which only row and column means are kept.

    Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost", ICML 2018, algorithms 4 and 5,
    in PyTorch's form: the step relative to the parameter's size is at most `lr`, and the first of `eps` (None: the
    dtype's own) bounds the mean square from below. Steps whose root mean square exceeds `d` are clipped to it.

    >>> import autograd, optim
    >>> w = autograd.ones(2, 2, requires_grad=True)
    >>> (w * w).sum().backward()
    >>> optim.Adafactor([w], lr=0.1).step()
    >>> w
    tensor([[0.9000, 0.9000],
            [0.9000, 0.9000]], requires_grad=True)
    """

    complex_as = None

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_rate(lr, "Learning rate should be >= 0 but is")
        if not beta2_decay <= 0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None:
            check_non_negative("epsilon1 should be >= 0 but is", eps[0])
        check_non_negative("epsilon2 should be >= 0 but is", eps[1])
        if not d >= 1:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        check_non_negative("weight_decay should be >= 0 but is", weight_decay)
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def start(self, param: Tensor, group: Group) -> State:
        if param.ndim < 2:
            return {"step": scalar(0), "variance": autograd.zeros_like(param)}
        *batch, rows, columns = param.shape
        return {
            "step": scalar(0),
            "row_var": param.new_zeros([*batch, rows, 1]),
            "col_var": param.new_zeros([*batch, 1, columns]),
        }

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        averages = [state["row_var"], state["col_var"]] if param.ndim > 1 else [state["variance"]]
        lr, (tiny, least) = group["lr"], group["eps"]
        tiny = autograd.finfo(param.dtype).eps if tiny is None else tiny
        steps = counted(state)
        part = steps ** group["beta2_decay"]
        size = max(least, root_mean_square(param)) * min(lr, steps**-0.5)
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"]:
            param.mul_(1 - lr * group["weight_decay"])
        squares = grad * grad
        if param.ndim > 1:
            rows, columns = averages
            rows.lerp_(squares.mean(-1, keepdim=True), part)
            columns.lerp_(squares.mean(-2, keepdim=True), part)
            variance = rows @ columns / rows.mean(-2, keepdim=True).clamp(min=tiny)
        else:
            variance = averages[0].lerp_(squares, part)
        step = grad * variance.clamp(min=tiny * tiny).rsqrt()
        param.sub_(step, alpha=size / max(1.0, root_mean_square(step) / group["d"]))


def root_mean_square(x: Tensor) -> float:
    """The root of the mean of the squares of all elements."""
    return x.norm(2).item() / max(1, x.numel()) ** 0.5
