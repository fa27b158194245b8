"""What losses are made of, below `nn.functional`: their fast paths, and checks that need the values."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor
from ..fused import Fused
from ..kernels import cross_entropy as cross_entropy_kernel
from ..kernels import ctc as ctc_kernel
from ..kernels import nll as nll_kernel
from ..promotion import promote
from ..rules import elementwise, selection
from ..rules import losses as loss_rules
from ..rules import neural as rules
from ..rules.indexing import take_along
from .neural import not_a_tensor
from .operands import refuse

__all__: list[str] = []  # the losses themselves are in `nn.functional`


def alike(input: Tensor, target: Tensor, function: str) -> bool:
    """Whether two tensors have one shape and one floating dtype, of 32 bits or more; `TypeError` if one is none."""
    if not (isinstance(input, Tensor) and isinstance(target, Tensor)):
        raise not_a_tensor(function, input=input, target=target)
    a, b = input._array, target._array
    return a.shape == b.shape and a.dtype == b.dtype and a.dtype.kind == "f" and a.itemsize > 2


def widened(tensor: Tensor) -> Tensor:
    """A 16-bit tensor in single precision, which holds sums and counts of many losses; any other as it is."""
    return tensor.to(dtypes.float32) if tensor._array.itemsize == 2 else tensor


def mean_squared_error(input: Tensor, target: Tensor) -> Tensor:
    """The mean of (input - target)², of two tensors of one shape and floating dtype."""
    return rules.mean_squared_error(input, target)


def huber(difference: Tensor, delta: float, scale: float) -> Tensor:
    """difference²/2 up to `delta`, linear from there on; times `scale`."""
    return loss_rules.huber(difference, float(delta), scale)


def are_probabilities(tensor: Tensor) -> bool:
    """Whether all elements are between 0 and 1, which NaN is not."""
    array = tensor._array
    return not array.size or bool(np.minimum.reduce(array, None) >= 0 and np.maximum.reduce(array, None) <= 1)


def binary_cross_entropy(input: Tensor, target: Tensor) -> Tensor:
    """-target·log input - (1 - target)·log(1 - input), elementwise, of probabilities and of targets from 0 to 1."""
    return loss_rules.binary_cross_entropy(*promote(input, target))


def binary_cross_entropy_of_logits(input: Tensor, target: Tensor) -> Tensor:
    """The same of sigmoid(input), exact for logits of any size."""
    refuse("log_sigmoid_cpu", "biuc", input)
    return loss_rules.binary_cross_entropy_of_logits(*promote(input, target))


def check_classes(target: Tensor, classes: int, ignore_index: int) -> None:
    """`IndexError` for a class that there is not, unless it is the one to ignore."""
    array = target._array
    if not array.size or 0 <= np.minimum.reduce(array, None) <= np.maximum.reduce(array, None) < classes:
        return
    wrong = array[((array < 0) | (array >= classes)) & (array != ignore_index)]
    if wrong.size:
        raise IndexError(
            f"Target {wrong[0]} is out of bounds: there are {classes} classes, numbered from 0, and ignore_index is "
            f"{ignore_index}"
        )


def cross_entropy_definition(x: Any, target: Any, axis: int, ignore_index: int, mean: bool) -> Any:
    """The meaning of the kernel: minus the log-softmax at the classes that are not ignored, summed or averaged."""
    kept = target != ignore_index
    places = np.expand_dims(np.where(kept, target, 0), axis)
    losses = -take_along(rules.log_softmax(widened(x), axis), places, axis).squeeze(axis)[kept]
    return (losses.mean() if mean else losses.sum()).to(x.dtype)


class_cross_entropy = Fused(
    "cross_entropy", cross_entropy_definition, cross_entropy_kernel.forward, cross_entropy_kernel.backward
)


def nll_definition(x: Any, target: Any, weight: Any, axis: int, ignore_index: int, reduction: str) -> Any:
    """The meaning of the kernel: the targets' entries with the other sign, of which the ignored are left out."""
    kept = target != ignore_index
    classes = np.where(kept, target, 0)
    losses: Any = -take_along(widened(x), np.expand_dims(classes, axis), axis).squeeze(axis)
    if weight is not None:
        losses = losses * widened(weight)[classes]
    if reduction == "none":
        losses = np.where(kept, losses, 0)
        return losses.to(x.dtype)
    loss = losses[kept].sum()
    if reduction == "mean":
        loss = loss / (widened(weight)[target[kept]].sum() if weight is not None else np.count_nonzero(kept))
    return loss.to(x.dtype)


class_losses = Fused("nll_loss", nll_definition, nll_kernel.forward, nll_kernel.backward)


def negative_log_likelihood(
    log_probabilities: Tensor, target: Tensor, weight: Tensor | None, axis: int, ignore_index: int, reduction: str
) -> Tensor:
    """Minus the log-probabilities of valid classes, weighted and reduced; the mean of none is NaN, its gradient 0."""
    if weight is not None and weight.requires_grad:  # for which there is no kernel
        return nll_definition(log_probabilities, target._array, weight, axis, ignore_index, reduction)
    return class_losses(log_probabilities, target, weight, axis, ignore_index, reduction)


UNLIKELY = -1e30  # in place of -Inf, whose differences are NaN


def ctc_definition(
    log_probs: Any, labels: Any, input_lengths: Any, target_lengths: Any, blank: int, zero_infinity: bool
) -> Any:
    """The meaning of the kernel: the recursion of `kernels.ctc.arrivals`, step by step.

    The sum of all probabilities less its own value, so 0, is what the kernel's gradient has besides.
    """
    places = ctc_kernel.with_blanks(labels, blank)
    skip = ctc_kernel.may_skip(places)
    last, steps, (samples, count) = 2 * target_lengths[:, None], len(log_probs), places.shape
    emitted = take_along(log_probs, np.broadcast_to(places, (steps, samples, count)), 2)
    emitted = np.maximum(emitted, UNLIKELY)
    edge = np.full((samples, 2), UNLIKELY, log_probs._array.dtype)
    reached = np.where(np.arange(count) < 2, emitted[0], UNLIKELY)
    for t in range(1, steps):
        padded = np.concatenate([edge, reached], 1)
        near = elementwise.logaddexp(reached, padded[:, 1:-1])
        ways = elementwise.logaddexp(near, np.where(skip, padded[:, :-2], UNLIKELY)) + emitted[t]
        reached = np.where((t < input_lengths)[:, None], ways, reached)
    inner = np.where(last > 0, take_along(reached, np.maximum(last - 1, 0), 1), UNLIKELY)
    losses = -elementwise.logaddexp(take_along(reached, last, 1), inner)[:, 0]
    possible = losses._array < -UNLIKELY / 2
    empty = input_lengths == 0
    losses = np.where(empty, np.where(last[:, 0] > 0, np.inf, 0), np.where(possible, losses, np.inf))
    total = np.where((np.arange(steps)[:, None] < input_lengths)[..., None], np.exp(log_probs), 0).sum((0, 2))
    losses = losses + (total - total.detach())
    if zero_infinity:
        losses = selection.keep(losses, np.isfinite(losses._array))
    return losses.to(log_probs.dtype)


sequence_losses = Fused("ctc_loss", ctc_definition, ctc_kernel.forward, ctc_kernel.backward)


def connectionist_temporal(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: list[int],
    target_lengths: list[int],
    blank: int,
    zero_infinity: bool,
) -> Tensor:
    """The losses (N) of log-probabilities (T, N, C), T > 0, against labels (N, S), or one after the other in a row."""
    labels, lengths = targets._array.astype(np.intp), np.asarray(target_lengths, np.intp)
    if labels.ndim == 1:
        row, labels = labels, np.zeros((len(lengths), max(target_lengths, default=0)), np.intp)
        labels[np.arange(labels.shape[1]) < lengths[:, None]] = row
    else:
        labels = labels[:, : max(target_lengths, default=0)]
        labels = np.where(np.arange(labels.shape[1]) < lengths[:, None], labels, blank)
    wrong = labels[(labels < 0) | (labels >= log_probs._array.shape[2])]
    if wrong.size:
        raise IndexError(
            f"ctc_loss: Target {wrong[0]} is out of bounds: there are {log_probs._array.shape[2]} classes, numbered "
            f"from 0, of which {blank} is the blank"
        )
    return sequence_losses(log_probs, labels, np.asarray(input_lengths, np.intp), lengths, blank, bool(zero_infinity))
