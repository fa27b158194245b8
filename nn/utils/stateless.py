"""Calling a module with other parameters than its own, under the name that PyTorch had for it first."""

from __future__ import annotations

from typing import Any

from autograd import Tensor, func

from ..arguments import warn

__all__ = ["functional_call"]


def functional_call(
    module: Any,
    parameters_and_buffers: dict[str, Tensor],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """The deprecated name of `autograd.func.functional_call`.

    >>> import autograd, nn, warnings
    >>> warnings.simplefilter("ignore")
    >>> given = {"weight": autograd.tensor([[2.0, 3.0]])}
    >>> nn.utils.stateless.functional_call(nn.Linear(2, 1, bias=False), given, autograd.ones(2))
    tensor([5.])
    """
    warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in a future "
        "version of PyTorch. Please use `torch.func.functional_call` instead which is a drop-in replacement.",
        FutureWarning,
    )
    return func.functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)
