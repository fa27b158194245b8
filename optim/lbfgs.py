"""L-BFGS: a quasi-Newton method that knows the curvature from its last steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import autograd
from autograd import Tensor
from autograd.utils.elementwise import gradients_of

from .checks import check_rate
from .line_search import Point, strong_wolfe
from .optimizer import Group, Optimizer, State, number, pairs


class LBFGS(Optimizer):
    """Each step makes up to `max_iter` quasi-Newton iterations, for which it calls its closure again and again.

    Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989, with the last
    `history_size` iterations. A step ends when no element of the gradient is above `tolerance_grad`, when parameters
    or loss change by less than `tolerance_change`, or after `max_eval` calls (None: 5/4 of `max_iter`).
    `line_search_fn` is None, for iterations of length `lr`, or "strong_wolfe". All parameters form one group.

    >>> import autograd, optim
    >>> w = autograd.tensor([3.0, -4.0], requires_grad=True)
    >>> optimizer = optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((w - 1) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item()
    29.0
    >>> w
    tensor([1.0000, 1.0000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_rate(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)

    def check_group(self, group: Group) -> None:
        if self.param_groups:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Minimizes on. `closure` sets the gradients to zero, computes the loss and its gradients, and returns it."""
        search = self.param_groups[0]["line_search_fn"]
        if search not in (None, "strong_wolfe"):
            raise RuntimeError(f"only 'strong_wolfe' is supported, not {search!r}")
        with autograd.no_grad():
            return self._minimize(autograd.enable_grad()(closure))

    def _minimize(self, closure: Callable[[], Any]) -> Any:
        group = self.param_groups[0]
        params: list[Tensor] = group["params"]
        lr, tolerance = number(group["lr"]), group["tolerance_change"]
        state = self.state[params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        def evaluate() -> tuple[Any, float, Tensor]:
            loss = closure()
            state["func_evals"] += 1
            return loss, float(number(loss)), flat_gradient(params)

        evaluated_before = state["func_evals"]
        first_loss, loss, grad = evaluate()
        flat = largest(grad) <= group["tolerance_grad"]
        for iteration in range(1, 1 + group["max_iter"]):
            if flat:
                break
            state["n_iter"] += 1
            direction = self._direction(grad, state, group)
            state["d"], state["prev_flat_grad"], state["prev_loss"] = direction, grad, loss
            t = min(1.0, 1 / grad.abs().sum().item()) * lr if state["n_iter"] == 1 else lr
            state["t"] = t
            slope = grad.dot(direction).item()
            if slope > -tolerance:
                break
            length = largest(direction)
            if group["line_search_fn"]:
                before = [param.clone() for param in params]

                def at(t: float, direction: Tensor = direction, before: list[Tensor] = before) -> Point:
                    move(params, t, direction)
                    try:
                        _, loss, grad = evaluate()
                    finally:
                        for param, value in zip(params, before):
                            param.copy_(value)
                    return Point(t, loss, grad, grad.dot(direction).item())

                left = group["max_eval"] - (state["func_evals"] - evaluated_before)
                t, loss, grad, _ = strong_wolfe(at, Point(0, loss, grad, slope), t, length, max_iter=left)
                state["t"] = t
                move(params, t, direction)
            else:
                move(params, t, direction)
                if iteration == group["max_iter"]:
                    break
                _, loss, grad = evaluate()
            flat = largest(grad) <= group["tolerance_grad"]
            if state["func_evals"] - evaluated_before >= group["max_eval"]:
                break
            if length * abs(t) <= tolerance or abs(loss - state["prev_loss"]) < tolerance:
                break
        return first_loss

    def _direction(self, grad: Tensor, state: State, group: Group) -> Tensor:
        """Where the next iteration goes: against the gradient, turned by what is known of the curvature."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return -grad
        changes, steps, inverses = state["old_dirs"], state["old_stps"], state["ro"]
        change, step = grad - state["prev_flat_grad"], state["d"] * state["t"]
        curvature = change.dot(step)
        if curvature > 1e-10:
            if len(changes) == group["history_size"]:
                for history in (changes, steps, inverses):
                    del history[0]
            changes.append(change)
            steps.append(step)
            inverses.append(1 / curvature)
            state["H_diag"] = curvature / change.dot(change)
        parts = state.setdefault("al", [None] * group["history_size"])
        direction = -grad
        for i in reversed(range(len(changes))):
            parts[i] = steps[i].dot(direction) * inverses[i]
            direction = direction - parts[i] * changes[i]
        direction = direction * state["H_diag"]
        for i in range(len(changes)):
            direction = direction + (parts[i] - changes[i].dot(direction) * inverses[i]) * steps[i]
        return direction


def flat_gradient(params: list[Tensor]) -> Tensor:
    """All gradients in one vector, zeros where there is none."""
    found = dict(gradients_of(params))
    grads = [found[param] if param in found else autograd.zeros_like(param) for param in params]
    return autograd.cat([pairs(grad).reshape(-1) for grad in grads])


def move(params: list[Tensor], t: float, direction: Tensor) -> None:
    """Adds to each parameter t times its part of a vector."""
    start = 0
    for param in map(pairs, params):
        end = start + param.numel()
        param.add_(direction[start:end].view_as(param), alpha=t)
        start = end


def largest(x: Tensor) -> float:
    """The largest absolute value."""
    return x.abs().max().item()
