"""What the losses among the modules have in common."""

from __future__ import annotations

from autograd import Tensor

from ..functional.reduction import modern
from .module import Module


class _Loss(Module):
    """A loss with a `reduction`: "mean", "sum" or "none"; `size_average` and `reduce` are its older form."""

    reduction: str

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = modern(reduction, size_average, reduce)


class _WeightedLoss(_Loss):
    """A loss with weights of its classes or elements, which are part of its state."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
