"""Activation functions, elementwise. Those of 16-bit floats are computed in float32, and rounded once.

PyTorch has some of them beside its other functions and all in `nn.functional`; so it is here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor, wrap
from ..casting import lower_precision
from ..errors import call, dimension
from ..fused import Fused
from ..kernels import activations as kernels
from ..promotion import in_single
from ..rules import activations as rules
from ..rules import elementwise
from ..rules.special import erf
from .attach import in_place, method
from .operands import checked, number_as, refuse, stored_number
from .sampling import uniform

__all__ = [
    "celu", "celu_", "hardshrink", "prelu", "rrelu", "rrelu_", "selu", "selu_", "threshold", "threshold_",
]  # fmt: skip

NOT_FLOATING = "biuc"  # kinds of dtypes: bool, signed, unsigned, complex

# ---- smooth ones, with kernels of their own


def gelu_definition(x: Any, approximate: str) -> Any:
    if approximate == "tanh":
        return x * (0.5 * (1 + np.tanh(kernels.ROOT * (x + kernels.CUBIC * (x * x * x)))))
    return x * (0.5 * (1 + erf(x * math.sqrt(0.5))))


def mish_definition(x: Any) -> Any:
    return x * np.tanh(rules.softplus(x, 1.0, math.inf))


fused_gelu = Fused("gelu", gelu_definition, kernels.gelu_forward, kernels.gelu_backward)
fused_silu = Fused("silu", lambda x: x * elementwise.sigmoid(x), kernels.silu_forward, kernels.silu_backward)
fused_mish = Fused("mish", mish_definition, kernels.mish_forward, kernels.mish_backward)


def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """x·Φ(x), where Φ is the normal distribution's cumulative function; with "tanh" an approximation of it.

    Hendrycks and Gimpel, "Gaussian error linear units", arXiv 1606.08415.

    >>> import autograd
    >>> gelu(autograd.tensor([-1.0, 2.0]))
    tensor([-0.1587,  1.9545])
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"approximate argument must be either none or tanh, not {approximate!r}, in gelu")
    return in_single(fused_gelu, checked(input, NOT_FLOATING), approximate)


def silu(input: Tensor) -> Tensor:
    """x·sigmoid(x), also called swish: Hendrycks and Gimpel, arXiv 1606.08415; Ramachandran et al., arXiv 1710.05941.

    >>> import autograd
    >>> silu(autograd.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """
    checked(input, "biu")
    if input._array.dtype.kind == "c":
        return input * input.sigmoid()
    return in_single(fused_silu, input)


def mish(input: Tensor) -> Tensor:
    """x·tanh(softplus(x)): Misra, "Mish: a self regularized non-monotonic activation function", arXiv 1908.08681.

    >>> import autograd
    >>> mish(autograd.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """
    return in_single(fused_mish, checked(input, NOT_FLOATING))


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """`log(1 + exp(beta * x)) / beta`: a smooth `relu`. The input itself where beta·x is over `threshold`.

    >>> import autograd
    >>> softplus(autograd.zeros(1))
    tensor([0.6931])
    """
    return in_single(rules.softplus, checked(input, NOT_FLOATING), float(beta), float(threshold))


def logsigmoid(input: Tensor) -> Tensor:
    """log(1 / (1 + exp(-x))), exact at both ends.

    >>> import autograd
    >>> logsigmoid(autograd.zeros(1))
    tensor([-0.6931])
    """
    return -in_single(rules.softplus, -checked(input, NOT_FLOATING), 1.0, math.inf)


def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """x where it is positive, else alpha·(exp(x) - 1): Clevert et al., arXiv 1511.07289.

    >>> import autograd
    >>> elu(autograd.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    return in_single(rules.elu, checked(input, NOT_FLOATING), float(alpha), 1.0, 1.0)


def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """x where it is positive, else alpha·(exp(x / alpha) - 1): Barron, arXiv 1704.07483.

    Raises `RuntimeError` if `alpha` is 0.

    >>> import autograd
    >>> autograd.celu(autograd.tensor([-1.0, 2.0]), alpha=2.0)
    tensor([-0.7869,  2.0000])
    """
    checked(input, NOT_FLOATING)
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU, which divides by it")
    return in_single(rules.elu, input, float(alpha), 1.0, 1 / float(alpha))


SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # that keep mean 0 and variance 1


def selu(input: Tensor) -> Tensor:
    """1.0507·x where x is positive, else 1.7581·(exp(x) - 1): Klambauer et al., arXiv 1706.02515.

    >>> import autograd
    >>> autograd.selu(autograd.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """
    return in_single(rules.elu, checked(input, NOT_FLOATING), SELU_ALPHA, SELU_SCALE, 1.0)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """a·sigmoid(b), where a and b are the halves of the input along `dim`: Dauphin et al., arXiv 1612.08083.

    >>> import autograd
    >>> glu(autograd.tensor([1.0, 2.0, 0.0, 0.0]))
    tensor([0.5000, 1.0000])
    """
    checked(input, NOT_FLOATING)
    shape = input.shape
    if not shape:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    dim = dimension(dim, len(shape), "glu")
    if shape[dim] % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {dim} is size {shape[dim]} in {call('glu', (input,))}"
        )
    half = shape[dim] // 2
    return in_single(lambda x: x.narrow(dim, 0, half) * x.narrow(dim, half, half).sigmoid(), input)


# ---- of pieces that are lines


def threshold(input: Tensor, threshold: float, value: float) -> Tensor:
    """x above the threshold, and `value` at it and below.

    >>> import autograd
    >>> autograd.threshold(autograd.tensor([-1.0, 2.0]), 1.0, 9.0)
    tensor([9., 2.])
    """
    kind = checked(input, "bc")._array.dtype
    bound = number_as(threshold, kind) if kind.kind in "iu" else float(threshold)
    return rules.threshold(input, bound, stored_number(value, kind))


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """x brought into [min_val, max_val]; at the bounds its gradient is 0.

    >>> import autograd
    >>> hardtanh(autograd.tensor([-3.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """
    kind = checked(input, "c")._array.dtype
    if kind.kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh: convert with .to(dtype) first")
    if kind.kind == "u" and (min_val < 0 or max_val < 0):
        raise RuntimeError(
            f"cannot do hardtanh on an unsigned type with negative limits, {min_val} and {max_val}, and {input.dtype}"
        )
    bounds = [number_as(bound, kind) if kind.kind in "iuV" else float(bound) for bound in (min_val, max_val)]
    return rules.hardtanh(input, *bounds)


def relu6(input: Tensor) -> Tensor:
    """x brought into [0, 6]: Howard et al., "MobileNets", arXiv 1704.04861.

    >>> import autograd
    >>> relu6(autograd.tensor([-1.0, 9.0]))
    tensor([0., 6.])
    """
    return hardtanh(input, 0.0, 6.0)


def hardsigmoid(input: Tensor) -> Tensor:
    """(x + 3) / 6, brought into [0, 1]: Howard et al., "Searching for MobileNetV3", arXiv 1905.02244.

    >>> import autograd
    >>> hardsigmoid(autograd.tensor([-4.0, 0.0]))
    tensor([0.0000, 0.5000])
    """
    return in_single(rules.hardsigmoid, checked(input, NOT_FLOATING))


def hardswish(input: Tensor) -> Tensor:
    """x·hardsigmoid(x): Howard et al., "Searching for MobileNetV3", arXiv 1905.02244.

    >>> import autograd
    >>> hardswish(autograd.tensor([-4.0, 1.0]))
    tensor([-0.0000,  0.6667])
    """
    return in_single(rules.hardswish, checked(input, NOT_FLOATING))


@method()
def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x, and 0 from -lambd to lambd.

    >>> import autograd
    >>> autograd.tensor([0.3, 2.0]).hardshrink()
    tensor([0., 2.])
    """
    return rules.hardshrink(checked(input, NOT_FLOATING), float(lambd))


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x brought nearer to 0 by `lambd`, and 0 from -lambd to lambd. Raises `RuntimeError` for a negative `lambd`.

    >>> import autograd
    >>> softshrink(autograd.tensor([0.3, 2.0]))
    tensor([0.0000, 1.5000])
    """
    largest = dtypes.finfo(checked(input, NOT_FLOATING).dtype).max
    if not 0 <= lambd <= largest:
        raise RuntimeError(
            f"lambda must be in range [0, {largest:g}] for input dtype {input.dtype}, but found {lambd} in softshrink"
        )
    return in_single(rules.softshrink, input, float(lambd))


def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """x where it is positive, else negative_slope·x.

    >>> import autograd
    >>> leaky_relu(autograd.tensor([-1.0, 2.0]), 0.5)
    tensor([-0.5000,  2.0000])
    """
    return in_single(rules.leaky_relu, checked(input, NOT_FLOATING), float(negative_slope))


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator: Any = None
) -> Tensor:
    """`leaky_relu` with slopes drawn uniformly from [lower, upper], if `training`; else with their mean.

    Xu et al., "Empirical evaluation of rectified activations in convolutional network", arXiv 1505.00853.

    >>> import autograd
    >>> autograd.rrelu(autograd.tensor([-1.0, 2.0]), 0.25, 0.75)
    tensor([-0.5000,  2.0000])
    """
    checked(input, NOT_FLOATING)
    if not lower <= upper:
        raise RuntimeError(
            f"Lower bound should be less than or equal to the upper bound, but rrelu got {lower} and {upper}"
        )
    if not training:
        return leaky_relu(input, (lower + upper) / 2)
    kind = np.dtype(np.float32) if input._array.itemsize == 2 else input._array.dtype
    slopes = uniform(generator, input._array.shape, kind) * (upper - lower) + lower
    return in_single(rules.leaky_relu, input, wrap(np.asarray(slopes)))


@method()
@lower_precision
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """`leaky_relu` with a slope that is learned, or one for each channel: `input` (N, C, …), `weight` (1) or (C).

    He et al., "Delving deep into rectifiers", arXiv 1502.01852. Raises `RuntimeError` for other shapes.

    >>> import autograd
    >>> autograd.prelu(autograd.tensor([-1.0, 2.0]), autograd.tensor([0.25]))
    tensor([-0.2500,  2.0000])
    """
    checked(input)
    if not isinstance(weight, Tensor):
        raise TypeError(f"prelu(): argument 'weight' (position 2) must be Tensor, not {type(weight).__name__}")
    if weight._array.dtype != input._array.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {call('prelu', (input, weight))}: convert one")
    refuse("prelu", NOT_FLOATING, input)
    rank, count = input._array.ndim, weight._array.size
    if weight._array.ndim > 1:
        raise RuntimeError(
            f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.dim()}, {weight.shape}"
        )
    if count == 1:
        return in_single(rules.leaky_relu, input, weight.reshape(()))
    if not rank:
        raise RuntimeError("Not allow zero-dim input tensor: prelu of a number takes one weight")
    channels = input._array.shape[1] if rank > 1 else 1
    if count != channels:
        raise RuntimeError(
            "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
            f"{count} and channel size = {channels}: prelu takes one weight, or one for each channel in dimension 1."
        )
    return in_single(rules.leaky_relu, input, weight.reshape(-1, *[1] * (rank - 2)))


# ---- composed


def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|).

    >>> import autograd
    >>> softsign(autograd.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """
    return input / (checked(input, "b").abs() + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x).

    >>> import autograd
    >>> tanhshrink(autograd.tensor([0.0, 2.0]))
    tensor([0.0000, 1.0360])
    """
    return checked(input) - input.tanh()


# ---- in place

celu_ = in_place(celu, "celu_")
elu_ = in_place(elu, "elu_")
hardsigmoid_ = in_place(hardsigmoid, "hardsigmoid_")
hardswish_ = in_place(hardswish, "hardswish_")
hardtanh_ = in_place(hardtanh, "hardtanh_")
leaky_relu_ = in_place(leaky_relu, "leaky_relu_")
mish_ = in_place(mish, "mish_")
relu6_ = in_place(relu6, "relu6_")
rrelu_ = in_place(rrelu, "rrelu_")
selu_ = in_place(selu, "selu_")
silu_ = in_place(silu, "silu_")
threshold_ = in_place(threshold, "threshold_")
