"""Losses that compare numbers with numbers. Input and target have one shape; others that broadcast are warned of, and
(N, 1) against (N,) is refused."""

from __future__ import annotations

from autograd import Tensor

from .. import functional as F
from .loss import _Loss


class L1Loss(_Loss):
    """The mean absolute error, |input - target|.

    >>> import autograd, nn
    >>> nn.L1Loss()(autograd.ones(2), autograd.zeros(2))
    tensor(1.)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.l1_loss(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """The mean squared error, (input - target)².

    >>> import autograd, nn
    >>> nn.MSELoss()(autograd.ones(2), autograd.zeros(2))
    tensor(1.)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """The absolute error less beta/2, and below `beta` a parabola instead: Girshick, "Fast R-CNN", arXiv 1504.08083.

    >>> import autograd, nn
    >>> nn.SmoothL1Loss()(autograd.tensor([3.0]), autograd.zeros(1))
    tensor(2.5000)
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """Half the squared error up to `delta`, and from there on its tangent: Huber, Ann. Math. Statist. 35, 1964.

    >>> import autograd, nn
    >>> nn.HuberLoss(delta=2.0)(autograd.tensor([3.0]), autograd.zeros(1))
    tensor(4.)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        if not isinstance(delta, (float, int)):
            raise TypeError(f"delta must be a float or int, got: {type(delta)}")
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)
