"""Dropout and its kin: of elements, of channels, and for self-normalizing networks."""

from __future__ import annotations

from autograd import Tensor

from .. import functional as F
from .module import Module


class _Dropout(Module):
    """What they have in common: the probability `p`, and `inplace`."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """In training mode sets elements to zero with probability `p` and scales the rest by 1 / (1 - p).

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014.

    >>> import autograd, nn
    >>> nn.Dropout(0.5).eval()(autograd.ones(2))
    tensor([1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """Dropout of whole channels. Input: (N, C, L) or (C, L).

    Tompson et al., "Efficient object localization using convolutional networks", arXiv 1411.4280.

    >>> import autograd, nn
    >>> nn.Dropout1d().eval()(autograd.ones(1, 2))
    tensor([[1., 1.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """Dropout of whole channels. Input: (N, C, H, W).

    Tompson et al., "Efficient object localization using convolutional networks", arXiv 1411.4280.

    >>> import autograd, nn
    >>> nn.Dropout2d().eval()(autograd.ones(1, 2, 1, 1)).flatten()
    tensor([1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """Dropout of whole channels. Input: (N, C, D, H, W) or (C, D, H, W).

    Tompson et al., "Efficient object localization using convolutional networks", arXiv 1411.4280.

    >>> import autograd, nn
    >>> nn.Dropout3d().eval()(autograd.ones(2, 1, 1, 1)).flatten()
    tensor([1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout to SELU's lowest value that keeps mean and variance. `inplace` has no effect, as in PyTorch.

    Klambauer et al., "Self-normalizing neural networks", arXiv 1706.02515.

    >>> import autograd, nn
    >>> nn.AlphaDropout().eval()(autograd.ones(2))
    tensor([1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_Dropout):
    """`AlphaDropout` of whole channels. Input: (N, C, …). `inplace` has no effect, as in PyTorch.

    >>> import autograd, nn
    >>> nn.FeatureAlphaDropout().eval()(autograd.ones(1, 2))
    tensor([[1., 1.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training)
