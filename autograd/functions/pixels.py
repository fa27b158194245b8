"""Channels moved into space and back, and channels shuffled between groups."""

from __future__ import annotations

from .._tensor import Tensor
from ..rules.shaping import reshape, transpose
from .arguments import as_int, check_tensor

__all__ = ["channel_shuffle", "pixel_shuffle", "pixel_unshuffle"]


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Channels become pixels: (*, C·r², H, W) becomes (*, C, H·r, W·r), with r the `upscale_factor`.

    Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
    network", CVPR 2016.

    >>> import autograd
    >>> autograd.pixel_shuffle(autograd.arange(4).reshape(4, 1, 1), 2)
    tensor([[[0, 1],
             [2, 3]]])
    """
    r, (*lead, channels, height, width) = factor("pixel_shuffle", input, upscale_factor, "upscale_factor")
    if channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {r * r}"
        )
    n = len(lead)
    parts = reshape(input, (*lead, channels // (r * r), r, r, height, width))
    moved = transpose(parts, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return reshape(moved, (*lead, channels // (r * r), height * r, width * r))


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Pixels become channels: (*, C, H·r, W·r) becomes (*, C·r², H, W), undoing `pixel_shuffle`.

    >>> import autograd
    >>> autograd.pixel_unshuffle(autograd.arange(4).reshape(1, 2, 2), 2).shape
    torch.Size([4, 1, 1])
    """
    r, (*lead, channels, height, width) = factor("pixel_unshuffle", input, downscale_factor, "downscale_factor")
    for name, n, d in (("height", height, -2), ("width", width, -1)):
        if n % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({d})={n} is not "
                f"divisible by {r}"
            )
    n = len(lead)
    parts = reshape(input, (*lead, channels, height // r, r, width // r, r))
    moved = transpose(parts, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return reshape(moved, (*lead, channels * r * r, height // r, width // r))


def factor(name: str, input: Tensor, value: int, argument: str) -> tuple[int, tuple[int, ...]]:
    """The factor of a pixel shuffle, and the input's shape."""
    check_tensor(input, name)
    r = as_int(value, name, argument, 2)
    shape = input._array.shape
    if len(shape) < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {len(shape)} dimension(s)"
        )
    if r <= 0:
        raise RuntimeError(f"{name} expects a positive {argument}, but got {r}")
    return r, shape


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels (dimension 1) dealt out anew: the first of each of the `groups`, then the second of each, and so on.

    Zhang et al., "ShuffleNet: an extremely efficient convolutional neural network for mobile devices", CVPR 2018.

    >>> import autograd
    >>> autograd.channel_shuffle(autograd.arange(4).reshape(1, 4, 1), 2).flatten()
    tensor([0, 2, 1, 3])
    """
    check_tensor(input, "channel_shuffle")
    groups = as_int(groups, "channel_shuffle", "groups", 2)
    shape = input._array.shape
    if len(shape) < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(shape)}")
    if groups <= 0:
        raise RuntimeError(
            f"Number of groups to divide channels in must be positive. Value of groups:{groups} in channel_shuffle"
        )
    n, channels, *sizes = shape
    if channels % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {channels} channels and {groups} groups."
        )
    parts = reshape(input, (n, groups, channels // groups, *sizes))
    return reshape(transpose(parts, (0, 2, 1, *range(3, len(shape) + 1))), shape)
