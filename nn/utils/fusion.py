"""Layers that take over the batch normalization behind them, for use after training."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

import autograd
from autograd import Tensor

from ..parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]

Layer = TypeVar("Layer", bound=Any)


def fuse_conv_bn_eval(conv: Layer, bn: Any, transpose: bool = False) -> Layer:
    """A new convolution that computes `bn(conv(x))`; both must be in evaluation mode. `transpose`: for ConvTranspose.

    `AssertionError` in training mode, or if `bn` keeps no running statistics.

    >>> import autograd, nn
    >>> conv, bn = nn.Conv1d(2, 3, 1).eval(), nn.BatchNorm1d(3).eval()
    >>> x = autograd.randn(4, 2, 5)
    >>> autograd.allclose(nn.utils.fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)), atol=1e-6)
    True
    """
    check_fusable(conv, bn)
    fused = copy.deepcopy(conv)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """The weight and bias of a convolution followed by a batch normalization with running mean and variance.

    conv_w: (C, ...), or (..., C, ...) with `transpose`; everything else: (C), where None stands for no scale or shift.

    >>> import autograd, nn
    >>> one, zero = autograd.ones(1), autograd.zeros(1)
    >>> weight, bias = nn.utils.fuse_conv_bn_weights(autograd.ones(1, 1, 1), one, one, one, 0.0, 2 * one, zero)
    >>> weight.item(), bias.item()
    (2.0, 0.0)
    """
    bn_w = autograd.ones_like(bn_rm) if bn_w is None else bn_w
    bn_b = autograd.zeros_like(bn_rm) if bn_b is None else bn_b
    shape = [1] * conv_w.dim()
    shape[1 if transpose else 0] = -1
    return fused_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, shape)


def fuse_linear_bn_eval(linear: Layer, bn: Any) -> Layer:
    """A new linear layer that computes `bn(linear(x))`; both must be in evaluation mode.

    `AssertionError` in training mode, if `bn` keeps no running statistics, or if it has another number of features.

    >>> import autograd, nn
    >>> linear, bn = nn.Linear(2, 3).eval(), nn.BatchNorm1d(3).eval()
    >>> x = autograd.randn(4, 2)
    >>> autograd.allclose(nn.utils.fuse_linear_bn_eval(linear, bn)(x), bn(linear(x)), atol=1e-6)
    True
    """
    check_fusable(linear, bn)
    if bn.num_features not in (linear.out_features, 1):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
            f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    fused = copy.deepcopy(linear)
    fused.weight, fused.bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor,
    bn_b: Tensor,
) -> tuple[Parameter, Parameter]:
    """The weight and bias of a linear layer followed by a batch normalization with running mean and variance.

    linear_w: (C, ...); everything else: (C).

    >>> import autograd, nn
    >>> one, zero = autograd.ones(1), autograd.zeros(1)
    >>> weight, bias = nn.utils.fuse_linear_bn_weights(autograd.ones(1, 1), one, one, one, 0.0, 2 * one, zero)
    >>> weight.item(), bias.item()
    (2.0, 0.0)
    """
    return fused_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, [-1, 1])


def check_fusable(layer: Any, bn: Any) -> None:
    """Raises unless both are in evaluation mode, and what the normalization subtracts and divides by is fixed."""
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval! Call .eval() on both modules first")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None: it normalizes by each batch's own")


def fused_weights(
    weight: Tensor,
    bias: Tensor | None,
    mean: Tensor,
    variance: Tensor,
    eps: float,
    scale: Tensor,
    shift: Tensor,
    shape: list[int],
) -> tuple[Parameter, Parameter]:
    """scale·(weight·x + bias − mean)/√(variance + eps) + shift as a weight and a bias, in their dtypes."""
    factor = scale * autograd.rsqrt(variance + eps)
    new_bias = ((0 if bias is None else bias) - mean) * factor + shift
    return (
        Parameter((weight * factor.reshape(shape)).to(weight.dtype), weight.requires_grad),
        Parameter(
            new_bias.to(weight.dtype if bias is None else bias.dtype),
            bias is not None and bias.requires_grad,
        ),
    )
