"""Losses that are likelihoods: of binary outcomes, counts, measurements, and distributions among each other."""

from __future__ import annotations

import math

import autograd
from autograd import Tensor
from autograd.casting import single_precision
from autograd.functions.activations import logsigmoid
from autograd.functions.losses import are_probabilities, binary_cross_entropy_of_logits
from autograd.functions.losses import binary_cross_entropy as cross_entropy_of_probabilities

from .reduction import (
    check_operands,
    check_reduction,
    check_same_shape,
    check_tensors,
    in_single,
    in_single_like_input,
    modern,
    reduced,
    warn,
)


@single_precision
@in_single_like_input
def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-target·log input - (1 - target)·log(1 - input), for probabilities; `weight` broadcasts and scales.

    Logarithms count as -100 at least, so that the loss is finite. Where there are logits, take
    `binary_cross_entropy_with_logits`, which is exact. `RuntimeError` for what is not between 0 and 1.

    >>> import autograd, nn.functional as F
    >>> F.binary_cross_entropy(autograd.tensor([0.5]), autograd.tensor([1.0]))
    tensor(0.6931)
    """
    reduction = modern(reduction, size_average, reduce)
    check_same_shape("binary_cross_entropy", input, target)
    if input.dtype is not target.dtype:
        raise RuntimeError(
            f"Found dtype {target.dtype.older_name} but expected {input.dtype.older_name}: binary_cross_entropy takes "
            f"targets of the input's dtype, target.to({input.dtype})"
        )
    if not input.is_floating_point():
        raise NotImplementedError(f'"binary_cross_entropy" not implemented for {input.dtype}: convert with .float()')
    for name, values in (("input", input), ("target", target)):
        if not are_probabilities(values):
            remedy = "apply sigmoid, or better take binary_cross_entropy_with_logits" if values is input else "check it"
            raise RuntimeError(f"all elements of {name} should be between 0 and 1 in binary_cross_entropy: {remedy}")
    losses = cross_entropy_of_probabilities(input, target)
    return reduced(losses if weight is None else scaled(losses, weight, "weight"), reduction)


@single_precision
@in_single
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """`binary_cross_entropy` of sigmoid(input), exact for logits of any size.

    `weight` scales the losses, `pos_weight` only their part for target 1; both broadcast to the input.

    >>> import autograd, nn.functional as F
    >>> F.binary_cross_entropy_with_logits(autograd.tensor([0.0, 1e4]), autograd.tensor([1.0, 1.0]))
    tensor(0.3466)
    """
    reduction = modern(reduction, size_average, reduce)
    check_same_shape("binary_cross_entropy_with_logits", input, target)
    if input.is_floating_point() and not target.is_floating_point():
        raise RuntimeError(
            f"result type {input.dtype.older_name} can't be cast to {target.dtype.older_name}: "
            "binary_cross_entropy_with_logits takes floating targets, target.float()"
        )
    if pos_weight is None:
        losses = binary_cross_entropy_of_logits(input, target)
    else:
        losses = (1 - target) * input - scaled(logsigmoid(input), (pos_weight - 1) * target + 1, "pos_weight")
    losses = losses.to(target.dtype)
    return reduced(losses if weight is None else scaled(losses, weight, "weight"), reduction)


def scaled(losses: Tensor, weight: Tensor, name: str) -> Tensor:
    """The losses times weights that broadcast to their shape, in their dtype."""
    check_tensors("binary_cross_entropy", **{name: weight})
    product = losses * weight
    if product.shape != losses.shape:
        raise RuntimeError(
            f"output with shape {list(losses.shape)} doesn't match the broadcast shape {list(product.shape)}: {name} "
            "must broadcast to the shape of the input"
        )
    return product.to(losses.dtype)


@single_precision
@in_single
def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """The Kullback-Leibler divergence, target·(log target - input), of log-probabilities `input` from a target.

    With `log_target` the target, too, is given by its logarithm. Only `reduction="batchmean"`, the sum over the size of
    the first dimension, is the divergence proper; "mean" divides by the number of elements.

    >>> import autograd, nn.functional as F
    >>> F.kl_div(autograd.tensor([[0.5, 0.5]]).log(), autograd.tensor([[0.0, 1.0]]), reduction="batchmean")
    tensor(0.6931)
    """
    if size_average is None and reduce is None and reduction == "mean":
        warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size. 'batchmean' divides "
            "only by the batch size, and aligns with the KL div math definition. 'mean' will be changed to behave the "
            "same as 'batchmean' in the next major release."
        )
    reduction = modern(reduction, size_average, reduce)
    check_operands("kl_div", input=input, target=target)
    for values in (input, target):
        if not values.is_floating_point():
            kind = "Complex" if values.is_complex() else "Integral"
            raise RuntimeError(f"kl_div: {kind} inputs not supported, such as {values.dtype}: convert with .float()")
    if log_target:
        losses = target.exp() * (target - input)
    else:
        losses = autograd.xlogy(target, target) - target * input
    if reduction != "batchmean":
        return reduced(losses, reduction)
    return losses.sum() / input.shape[0] if input.dim() else losses.sum()


@single_precision
@in_single
def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """rate - target·log rate, the negative log-likelihood of counts, up to log target!.

    `input` is the logarithm of the rate or, without `log_input`, the rate, to which `eps` is added under the logarithm.
    `full` adds Stirling's approximation of log target! where the target is above 1.

    >>> import autograd, nn.functional as F
    >>> F.poisson_nll_loss(autograd.zeros(1), autograd.tensor([3.0]))
    tensor(1.)
    """
    reduction = modern(reduction, size_average, reduce)
    check_operands("poisson_nll_loss", input=input, target=target)
    losses = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        factorial = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        losses = losses + factorial.masked_fill(target <= 1, 0)
    return reduced(losses, reduction)


@in_single
def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """(log var + (input - target)²/var) / 2, the negative log-likelihood of a target under a normal distribution.

    `var` is a number or a tensor of the input's shape, or of that with one dimension of size 1, or without the last. It
    counts as `eps` at least, which is no part of the derivative. `full` adds log(2π)/2. Nix and Weigend, "Estimating
    the mean and variance of the target probability distribution", ICNN 1994. `ValueError` for a negative or misshapen
    `var`.

    >>> import autograd, nn.functional as F
    >>> F.gaussian_nll_loss(autograd.zeros(1), autograd.tensor([2.0]), autograd.ones(1))
    tensor(2.)
    """
    check_operands("gaussian_nll_loss", input=input, target=target)
    check_reduction(reduction)
    if not isinstance(var, Tensor):
        var = autograd.full_like(input, var)
    if (var < 0).any():
        raise ValueError("gaussian_nll_loss: var has negative entry/entries. For log-variances, give var.exp().")
    if var.shape != input.shape:
        if var.shape == input.shape[:-1]:
            var = var.unsqueeze(-1)
        elif var.dim() != input.dim() or [b for a, b in zip(input.shape, var.shape) if a != b] != [1]:
            raise ValueError(
                f"gaussian_nll_loss: var is of incorrect size {list(var.shape)} for an input {list(input.shape)}: it "
                "may have its shape, lack its last dimension, or have size 1 in one dimension"
            )
    var = var.clone()
    with autograd.no_grad():
        var.clamp_(min=eps)
    losses = 0.5 * (var.log() + (input - target).square() / var)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)
