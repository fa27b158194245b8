"""Losses that are likelihoods: of binary outcomes, counts, measurements, and distributions among each other."""

from __future__ import annotations

from autograd import Tensor

from .. import functional as F
from .loss import _Loss, _WeightedLoss


class BCELoss(_WeightedLoss):
    """The binary cross entropy of probabilities and targets from 0 to 1; `weight` broadcasts and scales.

    No loss is above 100. Of logits, take `BCEWithLogitsLoss`, which is exact.

    >>> import autograd, nn
    >>> nn.BCELoss()(autograd.tensor([0.5]), autograd.tensor([1.0]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """The binary cross entropy of logits and targets from 0 to 1.

    `weight` scales the losses, `pos_weight` their part for target 1; both broadcast to the input.

    >>> import autograd, nn
    >>> nn.BCEWithLogitsLoss()(autograd.zeros(1), autograd.tensor([1.0]))
    tensor(0.6931)
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, pos_weight=self.pos_weight, reduction=self.reduction
        )


class KLDivLoss(_Loss):
    """The Kullback-Leibler divergence of log-probabilities from a target: probabilities or, with `log_target`, theirs.

    Take `reduction="batchmean"`, the sum over the batch's size; "mean" divides by the number of elements.

    >>> import autograd, nn
    >>> loss = nn.KLDivLoss(reduction="batchmean")
    >>> loss(autograd.tensor([[0.5, 0.5]]).log(), autograd.tensor([[0.0, 1.0]]))
    tensor(0.6931)
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class PoissonNLLLoss(_Loss):
    """The negative log-likelihood of counts, of which the input is the rate or, with `log_input`, its logarithm.

    `full` adds Stirling's approximation of log target!; `eps` is added to a rate under its logarithm.

    >>> import autograd, nn
    >>> nn.PoissonNLLLoss()(autograd.zeros(1), autograd.tensor([3.0]))
    tensor(1.)
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input, self.full, self.eps = log_input, full, eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        return F.poisson_nll_loss(
            log_input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(_Loss):
    """The negative log-likelihood of targets under normal distributions with the means `input` and variances `var`.

    `var` counts as `eps` at least; `full` adds the constant log(2π)/2. Nix and Weigend, ICNN 1994.

    >>> import autograd, nn
    >>> nn.GaussianNLLLoss()(autograd.zeros(1), autograd.tensor([2.0]), autograd.ones(1))
    tensor(2.)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full, self.eps = full, eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)
