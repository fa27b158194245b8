"""The functions networks are made of: linear and bilinear maps, softmax."""

from __future__ import annotations

import math
from typing import Any

from .._tensor import Tensor
from ..casting import lower_precision, uncast
from ..errors import dimension
from ..promotion import in_single
from ..rules import neural as rules
from .attach import method
from .operands import conversion

__all__ = ["bilinear", "log_softmax", "softmax"]


@lower_precision
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`input @ weight.T + bias`: input (..., in), weight (out, in), bias (out); the result is (..., out).

    A weight (in) makes one output, the result is (...), and the bias 0-d.

    >>> import autograd
    >>> linear(autograd.ones(1, 3), autograd.ones(2, 3))
    tensor([[3., 3.]])
    """
    if not (isinstance(input, Tensor) and isinstance(weight, Tensor) and (bias is None or isinstance(bias, Tensor))):
        raise not_a_tensor("linear", input=input, weight=weight, bias=bias)
    kind = input._array.dtype
    if weight._array.dtype != kind or not (bias is None or bias._array.dtype == kind):
        others = weight.dtype if bias is None else f"{weight.dtype} (bias {bias.dtype})"
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {input.dtype} and {others} in linear: "
            f"{conversion(input, weight, bias)}"
        )
    if weight._array.ndim == 2 and input._array.ndim:
        if bias is not None and bias._array.shape == (1, len(weight._array)) and input._array.ndim == 1:
            bias = bias.squeeze(0)
        return rules.linear(input, weight, bias)
    if not weight._array.ndim or not input._array.ndim:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are {input.dim()}D and {weight.dim()}D: input "
            "(..., in) and weight (out, in)"
        )
    if weight._array.ndim > 2:
        raise RuntimeError(
            f"linear expects a weight (out, in) with <= 2 dimensions, but self is {weight.dim()}D: for a batch of "
            "weights, input @ weight.mT"
        )
    if bias is not None and bias._array.ndim:
        raise RuntimeError(f"linear: bias {list(bias.shape)} does not fit weight {list(weight.shape)}: it must be 0-d")
    out = rules.linear(input, weight.unsqueeze(0), None).squeeze(-1)
    return out if bias is None else out + bias


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`x1ᵀ·W·x2 + bias`, for each matrix W of the weight.

    input1: (..., in1), input2: (..., in2), weight: (out, in1, in2), bias: (out); the result is (..., out). Raises
    `RuntimeError` for other sizes, or different dtypes.

    >>> import autograd
    >>> autograd.bilinear(autograd.ones(1, 2), autograd.ones(1, 3), autograd.ones(1, 2, 3))
    tensor([[6.]])
    """
    operands = {"input1": input1, "input2": input2, "weight": weight} | ({} if bias is None else {"bias": bias})
    if not all(isinstance(operand, Tensor) for operand in operands.values()):
        raise not_a_tensor("bilinear", **operands)
    sizes = ", ".join(f"{name} {list(operand.shape)}" for name, operand in operands.items())
    if len({operand.dtype for operand in operands.values()}) > 1:
        kinds = ", ".join(f"{name}: {operand.dtype}" for name, operand in operands.items())
        raise RuntimeError(f"All tensors must have the same dtype in bilinear, got {kinds}: convert with .to(dtype)")
    one, two, shape = input1.shape, input2.shape, weight.shape
    problem = (
        f"input dimensions do not match: got {len(one)} and {len(two)}" if len(one) != len(two)
        else "the inputs need a dimension of features" if not one
        else "the weight must be (out_features, in1_features, in2_features)" if len(shape) != 3
        else "input batch dimensions do not match" if one[:-1] != two[:-1]
        else f"input1 size does not match weight size: got {one[-1]} but expected {shape[1]}" if one[-1] != shape[1]
        else f"input2 size does not match weight size: got {two[-1]} but expected {shape[2]}" if two[-1] != shape[2]
        else "bias size does not match weight size" if bias is not None and bias.shape != shape[:1]
        else None
    )  # fmt: skip
    if problem:
        raise RuntimeError(f"bilinear(): {problem}, with {sizes}")
    return uncast(in_single, (bilinear_map, *operands.values()), {})


def bilinear_map(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`bilinear` of operands that fit: a product with the first input, then one matrix for each row of the second."""
    outputs, first, second = weight.shape
    rows = input1.reshape(math.prod(input1.shape[:-1]), first)
    halfway = (rows @ weight.transpose(0, 1).reshape(first, outputs * second)).reshape(len(rows), outputs, second)
    out = (halfway @ input2.reshape(len(rows), second, 1)).reshape(*input1.shape[:-1], outputs)
    return out if bias is None else out + bias


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
    kind = type(value).__name__
    remedy = "make one with autograd.tensor(...), or autograd.from_numpy(...) for an array, and mind its dtype"
    if isinstance(value, tuple):
        remedy = "if it is what a recurrent or an attention layer returns, take its first item"
    elif kind == "Tensor":
        kind, remedy = f"{type(value).__module__}.Tensor", "make it one of autograd's with autograd.from_dlpack(...)"
    return TypeError(f"{function}(): argument '{argument}' must be Tensor, not {kind}: {remedy}")
