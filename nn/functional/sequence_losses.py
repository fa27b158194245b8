"""Losses over sequences of which it is not known what happens when."""

from __future__ import annotations

from collections.abc import Sequence

import autograd
from autograd import Tensor
from autograd.casting import single_precision
from autograd.functions.losses import connectionist_temporal

from ..arguments import integer
from .reduction import check_reduction, check_tensors, in_single, reduced


@single_precision
@in_single
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Connectionist temporal classification: -log of the probability of all ways to spell the targets in time.

    Graves et al., "Connectionist temporal classification", ICML 2006. log_probs: (T, N, C) from `log_softmax`, or
    (T, C); targets: (N, S), or all one after the other, or (S); one input and one target length for each sample. "mean"
    divides each loss by its target's length first. Targets that do not fit into the time cost Inf, or nothing with
    `zero_infinity`. As in PyTorch, the gradient is that for the logits before `log_softmax`, whose own backward leaves
    it as it is.

    >>> import autograd, nn.functional as F
    >>> F.ctc_loss(autograd.zeros(2, 1, 2).log_softmax(2), autograd.tensor([[1]]), [2], [1])
    tensor(0.2877)
    """
    check_reduction(reduction)
    check_tensors("ctc_loss", log_probs=log_probs, targets=targets)
    if not log_probs.is_floating_point():
        raise NotImplementedError(f'"ctc_loss" not implemented for {log_probs.dtype}: it takes log-probabilities')
    single = log_probs.dim() == 2
    if single:
        log_probs = log_probs.unsqueeze(1)
    if log_probs.dim() != 3 or not 1 <= targets.dim() <= 2:
        raise RuntimeError(
            f"ctc_loss: expected log_probs of 2 or 3 dimensions, (T, N, C) or (T, C), and targets of 1 or 2, but got "
            f"{list(log_probs.shape)} and {list(targets.shape)}"
        )
    steps, samples, classes = log_probs.shape
    if not log_probs.numel():
        raise RuntimeError(f"log_probs tensor must not be empty: ctc_loss got {list(log_probs.shape)}")
    if not 0 <= blank < classes:
        raise RuntimeError(f"blank must be in label range: ctc_loss got {blank} for {classes} classes")
    inputs = lengths("input_lengths", input_lengths, samples, steps)
    labels = lengths("target_lengths", target_lengths, samples, targets.shape[1] if targets.dim() == 2 else None)
    if targets.dim() == 1 and sum(labels) != targets.shape[0]:
        raise RuntimeError(
            f"ctc_loss: Expected tensor to have size {sum(labels)} at dimension 0, the sum of the target_lengths, but "
            f"got size {targets.shape[0]} for argument #2 'targets'"
        )
    if targets.dim() == 2 and targets.shape[0] != samples:
        raise RuntimeError(
            f"ctc_loss: Expected targets of {samples} samples, as log_probs has, but got {targets.shape[0]} for "
            "argument #2 'targets'"
        )
    losses = connectionist_temporal(log_probs, targets, inputs, labels, blank, zero_infinity)
    if reduction == "mean":
        return (losses / autograd.tensor(labels, dtype=losses.dtype).clamp(min=1)).mean()
    return reduced(losses.squeeze(0) if single else losses, reduction)


def lengths(name: str, values: Tensor | Sequence[int], samples: int, most: int | None) -> list[int]:
    """The lengths as a list of integers, one for each sample, none of them negative or above `most`."""
    if isinstance(values, Tensor):
        if values.is_floating_point() or values.is_complex():
            raise RuntimeError(f"ctc_loss: {name} must be integral, not {values.dtype}")
        values = values.reshape(-1).tolist()
    found = [integer("ctc_loss", name, value) for value in values]
    if len(found) != samples:
        raise RuntimeError(f"ctc_loss: {name} must be of size batch_size, {samples}, but there are {len(found)}")
    if min(found, default=0) < 0:
        raise RuntimeError(f"ctc_loss: Expected {name} to have value at least 0, but got value {min(found)}")
    if most is not None and max(found, default=0) > most:
        raise RuntimeError(f"ctc_loss: Expected {name} to have value at most {most}, but got value {max(found)}")
    return found
