"""Penalties on a network's parameters, to be added to its loss."""

from __future__ import annotations

from collections.abc import Iterable

import autograd
from autograd import Tensor


def l2_penalty(parameters: Tensor | Iterable[Tensor], weight: float = 1.0) -> Tensor:
    """`weight` times the sum of squares of the parameters that are weights, those of two or more dimensions.

    Biases, and the scales and shifts of normalisations, are vectors and go free. parameters: as of
    `module.parameters()`; a tensor by itself counts whatever its shape. It acts on plain SGD as a `weight_decay` of
    2·weight does, but shows in the loss.

    >>> import autograd, nn, nn.functional as F
    >>> layer = nn.Linear(2, 1)
    >>> _ = layer.weight.data.fill_(3.0)
    >>> F.l2_penalty(layer.parameters(), weight=0.5)
    tensor(9., grad_fn=<MulBackward0>)
    """
    if isinstance(parameters, Tensor):
        return weight * squares(parameters)
    given = list(parameters) if isinstance(parameters, Iterable) else [parameters]
    for parameter in given:
        if not isinstance(parameter, Tensor):
            raise TypeError(
                f"l2_penalty: parameters must be tensors, such as module.parameters(), not {type(parameter).__name__}"
            )
    sums = [squares(parameter) for parameter in given if parameter.dim() > 1]
    return weight * autograd.stack(sums).sum() if sums else autograd.tensor(0.0)


def squares(x: Tensor) -> Tensor:
    """The sum of the elements' squares, of complex ones of their absolute values' squares."""
    return (autograd.view_as_real(x) if x.is_complex() else x).square().sum()
