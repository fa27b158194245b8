"""Losses over sequences of which it is not known what happens when."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import Tensor

from .. import functional as F
from .loss import _Loss


class CTCLoss(_Loss):
    """Connectionist temporal classification: -log of the probability of all ways to spell the targets in time.

    Graves et al., ICML 2006. log_probs: (T, N, C) from `log_softmax`, or (T, C); targets: (N, S), or all one after the
    other, or (S); one input and one target length for each sample. "mean" divides each loss by its target's length
    first. Targets that do not fit into the time cost Inf, or nothing with `zero_infinity`.

    >>> import autograd, nn
    >>> nn.CTCLoss()(autograd.zeros(2, 1, 2).log_softmax(2), autograd.tensor([[1]]), [2], [1])
    tensor(0.2877)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank, self.zero_infinity = blank, zero_infinity

    def forward(
        self,
        log_probs: Tensor,
        targets: Tensor,
        input_lengths: Tensor | Sequence[int],
        target_lengths: Tensor | Sequence[int],
    ) -> Tensor:
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )
