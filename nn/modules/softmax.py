"""Softmax and its relatives: numbers along a dimension turned into probabilities."""

from __future__ import annotations

from autograd import Tensor

from .. import functional as F
from .module import Module


class _Softmax(Module):
    """What they have in common: the dimension, which is chosen with a warning where it is None."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax(_Softmax):
    """exp(x) / Σ exp(x) along `dim`: positive numbers that sum to one.

    >>> import autograd, nn
    >>> nn.Softmax(dim=0)(autograd.zeros(2))
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softmax(input, self.dim)


class LogSoftmax(_Softmax):
    """The logarithm of `Softmax`, without its loss of precision.

    >>> import autograd, nn
    >>> nn.LogSoftmax(dim=0)(autograd.zeros(2))
    tensor([-0.6931, -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.log_softmax(input, self.dim)


class Softmin(_Softmax):
    """`Softmax` of -x.

    >>> import autograd, nn
    >>> nn.Softmin(dim=0)(autograd.tensor([0.0, 1.0]))
    tensor([0.7311, 0.2689])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softmin(input, self.dim)


class Softmax2d(Module):
    """`Softmax` over the channels at each place. Input: (N, C, H, W) or (C, H, W); `ValueError` for other shapes.

    >>> import autograd, nn
    >>> nn.Softmax2d()(autograd.zeros(2, 1, 1)).flatten()
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.dim() not in (3, 4):
            raise ValueError(
                f"Softmax2d: expected input to be 3D or 4D, (C, H, W) or (N, C, H, W), got {input.dim()}D instead"
            )
        return F.softmax(input, -3)
