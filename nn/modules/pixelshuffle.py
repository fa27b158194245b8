"""Channels moved into space and back, and channels shuffled between groups."""

from __future__ import annotations

from autograd import Tensor

from .. import functional as F
from .module import Module


class PixelShuffle(Module):
    """Channels become pixels: (*, C·r², H, W) becomes (*, C, H·r, W·r), with r the `upscale_factor`.

    >>> import autograd, nn
    >>> nn.PixelShuffle(3)(autograd.ones(1, 9, 4, 4)).shape
    torch.Size([1, 1, 12, 12])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Pixels become channels: (*, C, H·r, W·r) becomes (*, C·r², H, W), with r the `downscale_factor`.

    >>> import autograd, nn
    >>> nn.PixelUnshuffle(3)(autograd.ones(1, 1, 12, 12)).shape
    torch.Size([1, 9, 4, 4])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Deals the channels of (N, C, *) out anew: the first of each of the `groups`, then the second of each, and so on.

    >>> import autograd, nn
    >>> nn.ChannelShuffle(2)(autograd.arange(4.0).reshape(1, 4, 1)).flatten()
    tensor([0., 2., 1., 3.])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
