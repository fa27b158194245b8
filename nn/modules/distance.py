"""Distances and similarities of vectors, as modules."""

from __future__ import annotations

import autograd
from autograd import Tensor

from .module import Module


class CosineSimilarity(Module):
    """x1·x2 / (‖x1‖·‖x2‖) along `dim`, where no norm counts as less than `eps`.

    >>> import autograd, nn
    >>> nn.CosineSimilarity(dim=0)(autograd.tensor([1.0, 0.0]), autograd.tensor([3.0, 4.0]))
    tensor(0.6000)
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return autograd.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The p-norm of x1 - x2 + eps along the last dimension.

    >>> import autograd, nn
    >>> nn.PairwiseDistance()(autograd.zeros(1, 2), autograd.tensor([[3.0, 4.0]]))
    tensor([5.0000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return autograd.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
