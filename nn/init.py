"""Initial values of parameters, written in place outside the graph."""

from __future__ import annotations

import math

import autograd
from autograd import Tensor


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: autograd.Generator | None = None) -> Tensor:
    """Fills with values drawn uniformly between a and b.

    >>> import autograd, nn
    >>> bool((nn.init.uniform_(autograd.empty(9)) < 1).all())
    True
    """
    with autograd.no_grad():
        return tensor.uniform_(a, b, generator=generator)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The recommended scale of weights before a nonlinearity (5/3 for tanh, √2 for relu, ...).

    >>> import nn
    >>> nn.init.calculate_gain("tanh")
    1.6666666666666667
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2 / (1 + slope**2))
    linear = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
    gains = {**dict.fromkeys(linear, 1.0), "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}: one of {', '.join([*gains, 'leaky_relu'])}")
    return gains[nonlinearity]


def fans(tensor: Tensor) -> tuple[int, int]:
    """The number of inputs and of outputs that one weight of a layer connects."""
    if tensor.dim() < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions "
            f"(shape {list(tensor.shape)})"
        )
    field = tensor.shape[2:].numel()
    return tensor.shape[1] * field, tensor.shape[0] * field


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: autograd.Generator | None = None,
) -> Tensor:
    """Fills uniformly within ±gain·√(3 / fan), so that a layer keeps the variance of what passes through it.

    He et al., "Delving deep into rectifiers", ICCV 2015, equation 10; `a` is the slope of a leaky ReLU.

    >>> import autograd, nn
    >>> nn.init.kaiming_uniform_(autograd.empty(2, 3)).shape
    torch.Size([2, 3])
    """
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    if 0 in tensor.shape:
        return tensor
    fan = fans(tensor)[mode == "fan_out"]
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3 / fan)
    return uniform_(tensor, -bound, bound, generator)
