"""Normalization: x less its mean, over its standard deviation, times a weight, plus a bias.

They differ in what shares a mean: a channel in all samples (batch norm), a channel in one sample (instance norm), some
channels in one sample (group norm), the last dimensions (layer norm; RMS norm, where the mean is taken to be 0).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor, wrap
from ..errors import dimension
from ..fused import Fused
from ..kernels import normalization as kernels
from ..modes import no_grad, quietly
from .arguments import as_shape
from .losses import widened
from .neural import not_a_tensor
from .operands import refuse

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm"]


def channels_definition(
    x: Any, weight: Any, bias: Any, mean: Any, var: Any, groups: int | None, eps: float, constant: bool
) -> Any:
    """The meaning of the kernel; `mean` and `var` matter where they are `constant`, else they are x's own."""
    kind, shape, channel = x.dtype, x.shape, (1, -1, *(1,) * (x.ndim - 2))
    x = widened(x)
    if constant:
        out = (x - column(mean, x)) * column(1 / np.sqrt(var + eps), x)
    else:
        if groups is not None:
            x = x.reshape(shape[0], groups, -1)
        axes = (2,) if groups is not None else (0, *range(2, len(shape)))
        out = standardized(x, axes, eps, True).reshape(shape)
    if weight is not None:
        out = out * weight.reshape(channel)
    if bias is not None:
        out = out + bias.reshape(channel)
    return out.to(kind)


def column(values: np.ndarray, x: Any) -> np.ndarray:
    """Constants (1, C) in x's dtype, and in a shape that meets x."""
    return values.astype(x._array.dtype).reshape(1, -1, *(1,) * (x.ndim - 2))


def standardized(x: Any, dim: tuple[int, ...], eps: float, centered: bool) -> Any:
    """x less its mean over `dim` (unless it is taken to be 0), over its standard deviation."""
    if centered:
        x = x - x.mean(dim, keepdim=True)
    return x * ((x * x).mean(dim, keepdim=True) + eps).rsqrt()


def rows_definition(x: Any, weight: Any, bias: Any, length: int, eps: float, centered: bool) -> Any:
    """The meaning of the kernel, for rows of `length` elements."""
    kind, shape = x.dtype, x.shape
    out = standardized(widened(x).reshape(-1, length), (1,), eps, centered)
    if weight is not None:
        out = out * weight.reshape(-1)
    if bias is not None:
        out = out + bias.reshape(-1)
    return out.reshape(shape).to(kind)


normalize_channels = {
    name: Fused(f"native_{name}", channels_definition, kernels.forward_channels, kernels.backward_channels)
    for name in ("batch_norm", "group_norm")
}
normalize_rows = {
    name: Fused(full, rows_definition, kernels.forward_rows, kernels.backward_rows)
    for name, full in (("layer_norm", "native_layer_norm"), ("rms_norm", "fused_rms_norm"))
}


def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = False,
) -> Tensor:
    """Normalizes each channel of input (N, C, ...) over all samples: Ioffe and Szegedy, arXiv 1502.03167.

    In `training` by the mean and the variance of the input, of which, the variance unbiased, a share of `momentum` goes
    into `running_mean` and `running_var`, in place. Otherwise by those two. All that is given besides the input is (C).

    >>> import autograd
    >>> autograd.batch_norm(autograd.tensor([[1.0], [3.0]]), None, None, None, None, True, 0.1, 0.0)
    tensor([[-1.],
            [ 1.]])
    """
    if not training and (running_mean is None or running_var is None):
        missing = "running_mean" if running_mean is None else "running_var"
        raise RuntimeError(f"{missing} must be defined in evaluation mode: batch_norm normalizes by it")
    check_channels("batch_norm", input, weight, bias, running_mean, running_var)
    x = input._array
    if not x.size:
        return scaled(input, weight, bias)
    if training:
        mean, var = quietly(kernels.moments, x, None)
        update(running_mean, running_var, mean[0], unbiased(var[0], x.size // x.shape[1]), momentum)
    else:
        constants: Any = (running_mean, running_var)
        mean, var = (running._array[None].astype(np.float64) for running in constants)
    return normalize_channels["batch_norm"](input, weight, bias, mean, var, None, eps, not training)


def instance_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = False,
) -> Tensor:
    """Normalizes each channel of each sample of input (N, C, ...): Ulyanov et al., arXiv 1607.08022.

    With `use_input_stats` by its own mean and variance; the averages of these over the samples, the variance unbiased,
    go into `running_mean` and `running_var` as in `batch_norm`. Otherwise by those two.

    >>> import autograd
    >>> autograd.instance_norm(autograd.tensor([[[1.0, 3.0]]]), None, None, None, None, True, 0.1, 0.0)
    tensor([[[-1.,  1.]]])
    """
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
        return batch_norm(input, weight, bias, running_mean, running_var, False, momentum, eps)
    check_channels("instance_norm", input, weight, bias, running_mean, running_var)
    x = input._array
    if not x.size:
        return scaled(input, weight, bias)
    mean, var = quietly(kernels.moments, x, x.shape[1])
    if running_mean is not None:
        averages = unbiased(var, math.prod(x.shape[2:])).mean(0)
        update(running_mean, running_var, mean.mean(0), averages, momentum)
    return normalize_channels["group_norm"](input, weight, bias, mean, var, x.shape[1], eps, False)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Tensor:
    """Normalizes groups of channels in each sample of input (N, C, ...): Wu and He, arXiv 1803.08494.

    weight and bias: (C), of which `num_groups` must be a divisor.

    >>> import autograd
    >>> autograd.group_norm(autograd.tensor([[1.0, 3.0, 5.0, 5.0]]), 2, eps=0.0)
    tensor([[-1.,  1., nan, nan]])
    """
    if not isinstance(input, Tensor):
        raise not_a_tensor("group_norm", input=input)
    x = input._array
    if x.ndim < 2:
        raise RuntimeError(
            f"Expected at least 2 dimensions for input tensor but received {x.ndim}: group_norm takes (N, C, ...)"
        )
    if num_groups <= 0:
        raise RuntimeError(f"group_norm: Expected num groups to be greater than 0, got {num_groups}")
    if x.shape[1] % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(x.shape)} and num_groups={num_groups}"
        )
    for name, values in (("weight", weight), ("bias", bias)):
        if values is not None and values.shape != (x.shape[1],):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(values.shape)} and input of shape {list(x.shape)}"
            )
    check_dtypes("group_norm", input, weight=weight, bias=bias)
    if not x.size:
        return scaled(input, weight, bias)
    mean, var = quietly(kernels.moments, x, num_groups)
    return normalize_channels["group_norm"](input, weight, bias, mean, var, num_groups, eps, False)


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """Normalizes over the last dimensions of input, of `normalized_shape`: Ba et al., arXiv 1607.06450.

    weight and bias: of that shape.

    >>> import autograd
    >>> autograd.layer_norm(autograd.tensor([[1.0, 3.0]]), (2,), eps=0.0)
    tensor([[-1.,  1.]])
    """
    length = check_rows("layer_norm", input, normalized_shape, weight=weight, bias=bias)
    check_dtypes("layer_norm", input, weight=weight, bias=bias)
    if not input._array.size:
        return scaled(input, weight, bias, last=True)
    return normalize_rows["layer_norm"](input, weight, bias, length, eps, True)


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divides by the root mean square over the last dimensions, of `normalized_shape`: Zhang and Sennrich, 1910.07467.

    weight: of that shape. `eps`, which is added under the root, is the dtype's precision unless given.

    >>> import autograd
    >>> autograd.rms_norm(autograd.tensor([[1.0, 7.0]]), (2,))
    tensor([[0.2000, 1.4000]])
    """
    length = check_rows("rms_norm", input, normalized_shape, weight=weight)
    refuse("rms_norm", "biu", input)
    computed = dtypes.float32 if input._array.itemsize == 2 else input.dtype
    if eps is None:
        eps = dtypes.finfo(computed).eps
    if weight is not None and weight.dtype is not input.dtype:
        weight = weight.to(computed)
    if not input._array.size:
        return scaled(input, weight, None, last=True)
    if input.is_complex():
        return rows_definition(input, weight, None, length, eps, False)
    return normalize_rows["rms_norm"](input, weight, None, length, eps, False)


# ---- arguments


def check_channels(
    function: str,
    input: Any,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
) -> None:
    """Raises unless the arguments of `batch_norm` or `instance_norm` fit together."""
    if not isinstance(input, Tensor):
        raise not_a_tensor(function, input=input)
    channels = input._array.shape[dimension(1, input._array.ndim, function)]
    parameters = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    for name, values in parameters.items():
        if values is not None and not isinstance(values, Tensor):
            raise not_a_tensor(function, **{name: values})
        if values is not None and values._array.shape != (channels,):
            raise RuntimeError(
                f"{function}: {name} should contain {channels} elements not {values._array.size}: the input "
                f"{list(input.shape)} has {channels} channels"
            )
    if (running_mean is None) != (running_var is None):
        raise ValueError(f"{function}: running_mean and running_var must either both be None or neither be None")
    check_dtypes(function, input, **parameters)
    for name, running in (("running_mean", running_mean), ("running_var", running_var)):
        if running is not None and running.requires_grad:
            raise RuntimeError(
                f"The function '{function}' is not differentiable with respect to argument '{name}'. This input cannot "
                "have requires_grad True."
            )


def check_rows(function: str, input: Any, normalized_shape: Any, **parameters: Tensor | None) -> int:
    """How many elements are normalized as one; raises unless the shapes fit."""
    if not isinstance(input, Tensor):
        raise not_a_tensor(function, input=input)
    if not isinstance(normalized_shape, (tuple, list)):
        raise TypeError(
            f"{function}(): argument 'normalized_shape' (position 2) must be tuple of ints, not "
            f"{type(normalized_shape).__name__}"
        )
    shape = as_shape(function, normalized_shape, 2)
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            "normalized_shape = []"
        )
    for name, values in parameters.items():
        if values is not None and values.shape != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(values.shape)} and normalized_shape = {list(shape)}"
            )
    if input.shape[-len(shape) :] != shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*, {', '.join(map(str, shape))}], but "
            f"got input of size{list(input.shape)}"
        )
    return math.prod(shape)


def check_dtypes(function: str, input: Tensor, **parameters: Tensor | None) -> None:
    """Raises unless all are of the input's floating dtype or, where that has 16 bits, of float32."""
    kind = input._array.dtype
    refuse(function, "biuc", input)
    for name, values in parameters.items():
        if values is None or values._array.dtype == kind:
            continue
        if kind.itemsize > 2 or values._array.dtype != np.float32:
            raise RuntimeError(
                f"mixed dtype (CPU): all inputs must share same datatype, but {function} got an input of {input.dtype} "
                f"and a {name} of {values.dtype}: convert the input with .to(dtype), or the module"
            )


# ---- parts


def unbiased(var: np.ndarray, count: int) -> np.ndarray:
    """The variance of `count` elements with one degree of freedom less; NaN for a single one."""
    return var * (count / (count - 1) if count > 1 else math.nan)


def update(
    running_mean: Tensor | None, running_var: Tensor | None, mean: np.ndarray, var: np.ndarray, momentum: float
) -> None:
    """Moves the running statistics, if there are any, by a share of `momentum` towards those of a batch."""
    if running_mean is None or running_var is None:
        return
    if not isinstance(momentum, (int, float)):
        raise TypeError(f"batch_norm(): argument 'momentum' must be float, not {type(momentum).__name__}")
    with no_grad():
        for running, new in ((running_mean, mean), (running_var, var)):
            running.mul_(1 - momentum).add_(wrap(new.astype(running._array.dtype)), alpha=momentum)


def scaled(input: Tensor, weight: Tensor | None, bias: Tensor | None, last: bool = False) -> Tensor:
    """What an input without elements becomes: itself, as part of the graph. `last`: the others have its last sizes."""
    kind, shape = input.dtype, (1, -1, *(1,) * (input.dim() - 2))
    out = input.clone()
    if weight is not None:
        out = out * (weight if last else weight.reshape(shape))
    if bias is not None:
        out = out + (bias if last else bias.reshape(shape))
    return out.to(kind)
