"""Losses that want a margin between right and wrong: hinges, rankings, triplets. What lies beyond it costs nothing."""

from __future__ import annotations

from collections.abc import Callable

from autograd import Tensor

from .. import functional as F
from .distance import PairwiseDistance
from .loss import _Loss, _WeightedLoss


class HingeEmbeddingLoss(_Loss):
    """The input, a distance, where the target is 1, and max(0, margin - input) where it is -1.

    >>> import autograd, nn
    >>> nn.HingeEmbeddingLoss()(autograd.tensor([0.25, 0.25]), autograd.tensor([1, -1]))
    tensor(0.5000)
    """

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class SoftMarginLoss(_Loss):
    """log(1 + exp(-target·input)), for targets 1 and -1.

    >>> import autograd, nn
    >>> nn.SoftMarginLoss()(autograd.zeros(1), autograd.tensor([-1.0]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """The binary cross entropy of logits (N, C) or (C), averaged over the labels C, which `weight` (C) scales.

    >>> import autograd, nn
    >>> nn.MultiLabelSoftMarginLoss()(autograd.zeros(1, 2), autograd.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)


class MultiMarginLoss(_WeightedLoss):
    """Σ max(0, margin - score of the target's class + score of another)^p / C, over all other classes.

    Scores (N, C) or (C), targets (N) or () of int64; p is 1 or 2; `weight` (C) scales by the target's class.

    >>> import autograd, nn
    >>> nn.MultiMarginLoss()(autograd.tensor([[0.5, 0.0]]), autograd.tensor([0]))
    tensor(0.2500)
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError(f"only p == 1 and p == 2 supported, not {p}")
        if weight is not None and weight.dim() != 1:
            raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.dim()}D instead")
        self.p, self.margin = p, margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )


class MultiLabelMarginLoss(_Loss):
    """Σ max(0, 1 - score of a label + score of a class that is none) / C, over all such pairs.

    Scores (N, C) or (C), targets of their shape and int64: a row's labels first, then -1 and anything.

    >>> import autograd, nn
    >>> nn.MultiLabelMarginLoss()(autograd.tensor([0.5, 0.0]), autograd.tensor([0, -1]))
    tensor(0.2500)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MarginRankingLoss(_Loss):
    """max(0, margin - target·(input1 - input2)): target 1 wants the first to be the greater, -1 the second.

    >>> import autograd, nn
    >>> nn.MarginRankingLoss()(autograd.tensor([1.0]), autograd.tensor([3.0]), autograd.tensor([1]))
    tensor(2.)
    """

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """1 - cos of two vectors where the target is 1, and max(0, cos - margin) where it is -1.

    Vectors (N, D) or (D), targets (N) or ().

    >>> import autograd, nn
    >>> loss = nn.CosineEmbeddingLoss()
    >>> loss(autograd.tensor([1.0, 0.0]), autograd.tensor([0.0, 1.0]), autograd.tensor(1))
    tensor(1.)
    """

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class TripletMarginLoss(_Loss):
    """max(0, margin + distance of anchor and positive - distance of anchor and negative), in the p-norm.

    Each (N, D) or (D). With `swap` the negative counts as near as it is to the anchor or the positive, whichever is
    nearer: Balntas et al., BMVC 2016.

    >>> import autograd, nn
    >>> x = autograd.zeros(1, 4)
    >>> nn.TripletMarginLoss(margin=3.0, eps=0.0)(x, x, x + 1)
    tensor(1.)
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead")
        self.margin, self.p, self.eps, self.swap = margin, p, eps, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return F.triplet_margin_loss(
            anchor,
            positive,
            negative,
            margin=self.margin,
            p=self.p,
            eps=self.eps,
            swap=self.swap,
            reduction=self.reduction,
        )


class TripletMarginWithDistanceLoss(_Loss):
    """`TripletMarginLoss` by another distance, a function or module of two tensors; `PairwiseDistance` unless given.

    >>> import autograd, nn
    >>> x = autograd.zeros(1, 4)
    >>> loss = nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: (a - b).abs().sum(1), margin=5.0)
    >>> loss(x, x, x + 1)
    tensor(1.)
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        if margin <= 0:
            raise ValueError(
                f"TripletMarginWithDistanceLoss: expected margin to be greater than 0, got {margin} instead"
            )
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin, self.swap = margin, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )
