"""Parameters as one long vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

import autograd
from autograd import Tensor

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of the parameters, one parameter after the other; gradients flow through.

    >>> import autograd, nn
    >>> nn.utils.parameters_to_vector([autograd.eye(2), autograd.zeros(1)])
    tensor([1., 0., 0., 1., 0.])
    """
    return autograd.cat([parameter.view(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Gives each parameter its part of a vector as its memory; what the vector has beyond them is left.

    `RuntimeError`, and no parameter is changed, if it has too few elements.

    >>> import autograd, nn
    >>> weight = nn.Parameter(autograd.zeros(2, 1))
    >>> nn.utils.vector_to_parameters(autograd.tensor([1.0, 2.0]), [weight])
    >>> weight.tolist()
    [[1.0], [2.0]]
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    parameters = list(parameters)
    needed = sum(parameter.numel() for parameter in parameters)
    if vec.numel() < needed:
        raise RuntimeError(f"the vector has {vec.numel()} elements, but the parameters have {needed}")
    start = 0
    for parameter in parameters:
        parameter.data = vec[start : start + parameter.numel()].view_as(parameter).data
        start += parameter.numel()
