"""The functions networks are made of: linear maps, softmax, cross entropy, dropout."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import random
from .._tensor import Tensor, wrap
from ..errors import dimension
from ..fused import Fused
from ..kernels import cross_entropy as cross_entropy_kernel
from ..rules import elementwise
from ..rules import neural as rules
from ..rules.elementwise import multiply
from ..rules.indexing import take_along
from .attach import method
from .operands import refuse

__all__ = ["dropout", "log_softmax", "softmax"]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`input @ weight.T + bias`: input (..., in), weight (out, in), bias (out); the result is (..., out).

    >>> import autograd
    >>> linear(autograd.ones(1, 3), autograd.ones(2, 3))
    tensor([[3., 3.]])
    """
    if not (isinstance(input, Tensor) and isinstance(weight, Tensor)):
        raise not_a_tensor("linear", input=input, weight=weight)
    if weight._array.ndim == 1:
        out = rules.linear(input, weight.unsqueeze(0), None).squeeze(-1)
        return out if bias is None else out + bias
    if input._array.dtype != weight._array.dtype:
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {input.dtype} and {weight.dtype} in linear: convert the "
            "input with .to(dtype), or the module with .to(dtype)"
        )
    return rules.linear(input, weight, bias)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """`log(1 + exp(beta * x)) / beta`, elementwise: a smooth `relu`. The input itself where beta·x is over `threshold`.

    >>> import autograd
    >>> softplus(autograd.zeros(1))
    tensor([0.6931])
    """
    if not isinstance(input, Tensor):
        raise not_a_tensor("softplus", input=input)
    refuse("softplus_cpu", "biuc", input)
    return elementwise.softplus(input, beta, threshold)


@method()
def softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """`exp(x) / exp(x).sum(dim)`: positive numbers that sum to one along `dim`.

    >>> import autograd
    >>> autograd.zeros(2).softmax(0)
    tensor([0.5000, 0.5000])
    """
    return along(rules.softmax, input, dim, dtype)


@method()
def log_softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """The logarithm of `softmax`, without its loss of precision.

    >>> import autograd
    >>> autograd.zeros(2).log_softmax(0)
    tensor([-0.6931, -0.6931])
    """
    return along(rules.log_softmax, input, dim, dtype)


def along(op: Any, input: Tensor, dim: int, dtype: Any) -> Tensor:
    """A softmax of a tensor that has a dimension to take it along and a floating dtype."""
    if dtype is not None:
        input = input.to(dtype)
    if input._array.dtype.kind not in "fV":
        raise NotImplementedError(
            f'"{op.name}" not implemented for {input.dtype}: convert with .float(), or give dtype='
        )
    dim = dimension(dim, input._array.ndim, op.name)
    if input._array.ndim == 0:
        return op(input.reshape(1), 0).reshape(())
    return op(input, dim)


def not_a_tensor(function: str, **arguments: Any) -> TypeError:
    """The error for an array, a list or a number where only a tensor will do: the first such argument."""
    argument, value = next((name, value) for name, value in arguments.items() if not isinstance(value, Tensor))
    return TypeError(
        f"{function}(): argument '{argument}' must be Tensor, not {type(value).__name__}: make one with "
        "autograd.tensor(...), or autograd.from_numpy(...) for an array, and mind its dtype"
    )


def alike(input: Tensor, target: Tensor, function: str) -> bool:
    """Whether two tensors have one shape and one floating dtype, of 32 bits or more; `TypeError` if one is none."""
    if not (isinstance(input, Tensor) and isinstance(target, Tensor)):
        raise not_a_tensor(function, input=input, target=target)
    a, b = input._array, target._array
    return a.shape == b.shape and a.dtype == b.dtype and a.dtype.kind == "f" and a.itemsize > 2


def mean_squared_error(input: Tensor, target: Tensor) -> Tensor:
    """The mean of (input - target)², of two tensors of one shape and floating dtype."""
    return rules.mean_squared_error(input, target)


def cross_entropy_definition(x: Any, target: Any, axis: int, ignore_index: int, mean: bool) -> Any:
    """The meaning of the kernel: minus the log-softmax at the target's class, summed or averaged."""
    kept = target != ignore_index
    places = np.expand_dims(np.where(kept, target, 0), axis)
    signs = wrap(-np.expand_dims(kept, axis).astype(x._array.dtype))
    losses = take_along(rules.log_softmax(x, axis), places, axis) * signs
    total = losses.sum()
    return total / int(kept.sum()) if mean else total


class_cross_entropy = Fused(
    "cross_entropy", cross_entropy_definition, cross_entropy_kernel.forward, cross_entropy_kernel.backward
)


def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Sets each element to zero with probability `p` and scales the rest by `1 / (1 - p)`; nothing unless `train`.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014.

    >>> import autograd
    >>> autograd.dropout(autograd.ones(2), 0.5, train=False)
    tensor([1., 1.])
    """
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not train or p == 0:
        return input
    array = input._array
    if p == 1:
        return multiply(input, np.zeros_like(array))
    keep = random.drawing(None).random(array.shape, np.float32) >= p
    return multiply(input, keep * array.dtype.type(1 / (1 - p)))
