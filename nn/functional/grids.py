"""Images looked up at the places of a grid, as spatial transformers do.

Jaderberg et al., "Spatial transformer networks", NeurIPS 2015.
"""

from __future__ import annotations

from typing import Any

from autograd import Tensor, affine_grid_generator, grid_sampler

from ..arguments import warn

MODES = ("bilinear", "nearest", "bicubic")
PADDING_MODES = ("zeros", "border", "reflection")


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The input (N, C, H, W) at the places that grid (N, H', W', 2) names by x and y from -1 to 1: (N, C, H', W').

    Likewise (N, C, D, H, W) and (N, D', H', W', 3). `mode`: "bilinear", "nearest" or "bicubic". `padding_mode`
    says what is found outside: "zeros", the "border", or the "reflection" of the image. With `align_corners` -1 and 1
    are the centres of the corners, else their outer edges.

    >>> import autograd, nn.functional as F
    >>> image = autograd.arange(4.0).reshape(1, 1, 2, 2)
    >>> F.grid_sample(image, autograd.zeros(1, 1, 1, 2), align_corners=False)
    tensor([[[[1.5000]]]])
    """
    if mode not in MODES:
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in PADDING_MODES:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    numbers = MODES.index(mode), PADDING_MODES.index(padding_mode)
    return grid_sampler(input, grid, *numbers, chosen_corners(align_corners))


def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """The places that affine maps theta (N, 2, 3) bring the pixels of images of `size` (N, C, H, W) to: (N, H, W, 2).

    Likewise (N, 3, 4) and (N, C, D, H, W). It is what `grid_sample` takes.

    >>> import autograd, nn.functional as F
    >>> F.affine_grid(autograd.eye(2, 3).unsqueeze(0), (1, 1, 1, 2), align_corners=False)
    tensor([[[[-0.5000,  0.0000],
              [ 0.5000,  0.0000]]]])
    """
    align_corners = chosen_corners(align_corners)
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    rank = len(size) - 2
    if rank not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. "
            f"Got size {size}."
        )
    if theta.dim() != 3 or tuple(theta.shape[-2:]) != (rank, rank + 1):
        raise ValueError(
            f"Expected a batch of {rank}D affine matrices of shape Nx{rank}x{rank + 1} for size {size}. "
            f"Got {theta.shape}."
        )
    if align_corners and min(size[2:]) == 1:
        warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True: a "
            "single place is at 0, not at -1. This is not an intended use case of affine_grid."
        )
    elif min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    return affine_grid_generator(theta, tuple(size), align_corners)


def chosen_corners(align_corners: bool | None) -> bool:
    """`align_corners`, False with a warning if it is left open."""
    if align_corners is None:
        warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
            "specify align_corners=True if the old behavior is desired."
        )
    return bool(align_corners)
