"""Keeping gradients within bounds: their common norm, or each of their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import autograd
from autograd import Tensor

from ..arguments import warn
from ..modules.module import Module

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The `norm_type`-norm of all elements of the tensors, as if they were one vector; 0 without tensors.

    `error_if_nonfinite`: `RuntimeError` if the norm is infinite or NaN. `foreach` changes nothing here.

    >>> import autograd, nn
    >>> nn.utils.get_total_norm([autograd.tensor([3.0]), autograd.tensor([[4.0]])])
    tensor(5.)
    """
    tensors = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    norm_type = float(norm_type)
    if not tensors:
        return autograd.tensor(0.0)
    with autograd.no_grad():
        norms = [tensor.norm(norm_type) for tensor in tensors]
        total = autograd.stack(norms).norm(norm_type)
    if error_if_nonfinite and not total.isfinite():
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be "
            f"clipped: it is {total.item()}. To disable this error and scale the gradients by the non-finite norm "
            "anyway, set `error_if_nonfinite=False`"
        )
    return total


def as_list(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """One tensor or several as a list."""
    if isinstance(parameters, Module) and not isinstance(parameters, Iterable):
        raise TypeError(f"expected tensors, but got a {type(parameters).__name__}: give its parameters()")
    return [parameters] if isinstance(parameters, Tensor) else list(parameters)


def gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """The gradients that there are."""
    return [parameter.grad for parameter in as_list(parameters) if parameter.grad is not None]


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scales the gradients in place by `max_norm / (total_norm + 1e-6)`, if that makes them smaller.

    >>> import autograd, nn
    >>> w = autograd.zeros(2, requires_grad=True)
    >>> w.grad = autograd.tensor([3.0, 4.0])
    >>> nn.utils.clip_grads_with_norm_(w, 1.0, autograd.tensor(5.0))
    >>> w.grad
    tensor([0.6000, 0.8000])
    """
    grads, max_norm = gradients(parameters), float(max_norm)
    if grads:
        with autograd.no_grad():
            factor = (max_norm / (total_norm + 1e-6)).clamp(max=1.0)
            for grad in grads:
                grad.mul_(factor)


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scales the gradients in place so that their common norm is at most `max_norm`; returns the norm they had.

    parameters: one tensor or several, of which those without a gradient are left out. `error_if_nonfinite`:
    `RuntimeError`, before anything is scaled, if the norm is infinite or NaN. `foreach` changes nothing here.

    >>> import autograd, nn
    >>> w = autograd.zeros(2, requires_grad=True)
    >>> w.grad = autograd.tensor([3.0, 4.0])
    >>> nn.utils.clip_grad_norm_([w], max_norm=1.0), w.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    given = as_list(parameters)
    if not given and isinstance(parameters, Iterator):
        warn("`parameters` is an empty generator, no gradient clipping will occur: was it used up before?")
    total = get_total_norm(gradients(given), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(given, max_norm, total)
    return total


def clip_grad_norm(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The deprecated name of `clip_grad_norm_`.

    >>> import autograd, nn, warnings
    >>> warnings.simplefilter("ignore")
    >>> w = autograd.zeros(2, requires_grad=True)
    >>> w.grad = autograd.tensor([3.0, 4.0])
    >>> nn.utils.clip_grad_norm(w, max_norm=1.0)
    tensor(5.)
    """
    warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Limits each value of the gradients, in place, to at most `clip_value` and at least `-clip_value`.

    >>> import autograd, nn
    >>> w = autograd.zeros(2, requires_grad=True)
    >>> w.grad = autograd.tensor([3.0, -0.5])
    >>> nn.utils.clip_grad_value_(w, 1)
    >>> w.grad
    tensor([ 1.0000, -0.5000])
    """
    bound: Any = float(clip_value)
    with autograd.no_grad():
        for grad in gradients(parameters):
            grad.clamp_(-bound, bound)
