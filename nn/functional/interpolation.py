"""Images and other signals on a grid, brought to another size."""

from __future__ import annotations

import warnings
from typing import Any

from autograd import Tensor
from autograd.functions.interpolation import interpolated
from autograd.functions.neural import not_a_tensor

KERNELS = {1: {"linear": "linear"}, 2: {"bilinear": "linear", "bicubic": "cubic"}, 3: {"trilinear": "linear"}}


def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resizes input (N, C, L), (N, C, H, W) or (N, C, D, H, W) to `size`, or by `scale_factor`.

    `mode`: "nearest", "nearest-exact" and "area" for each of these; "linear" for the first, "bilinear" and "bicubic"
    for the second, "trilinear" for the third. `align_corners` puts the corners' centres on each other, else their
    outer edges. `antialias` widens the kernel when an image shrinks ("bilinear", "bicubic", and "lanczos", which needs
    it). `recompute_scale_factor` takes the factor from the rounded sizes.

    >>> import autograd, nn.functional as F
    >>> F.interpolate(autograd.tensor([[[1.0, 3.0]]]), scale_factor=2, mode="linear")
    tensor([[[1.0000, 1.5000, 2.5000, 3.0000]]])
    """
    if not isinstance(input, Tensor):
        raise not_a_tensor("interpolate", input=input)
    if mode in ("nearest", "nearest-exact", "area") and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | "
            f"trilinear, not {mode}"
        )
    sizes, factors = new_sizes(input, size, scale_factor, mode == "area" or bool(recompute_scale_factor))
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    rank = input.dim() - 2
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and rank == 2):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    kernel = kernel_of(mode, rank, bool(align_corners), antialias)
    shape = input.shape
    if any(n < 1 for n in (*sizes, *shape[2:])):
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input {list(shape[2:])} and output {list(sizes)}"
        )
    if not shape[1]:
        raise RuntimeError(f"Non-empty {rank + 2}D data tensor expected but got a tensor with sizes {list(shape)}")
    return interpolated(input, kernel, sizes, factors, bool(align_corners), antialias)


def new_sizes(input: Tensor, size: Any, scale_factor: Any, recompute: bool) -> tuple[list[int], list[Any]]:
    """The new spatial sizes, and for each the factor that coordinates are computed with, None for new over old."""
    old = list(input.shape[2:])
    form = "Please provide input tensor in (N, C, d1, d2, ...,dK) format and"
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        sizes = list(size) if isinstance(size, (tuple, list)) else [size] * len(old)
        if len(sizes) != len(old):
            raise ValueError(
                "Input and output must have the same number of spatial dimensions, but got input with spatial "
                f"dimensions of {old} and output size of {size}. {form} output size in (o1, o2, ...,oK) format."
            )
        try:
            return [n.__index__() for n in sizes], [None] * len(old)
        except AttributeError:
            raise TypeError(
                "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size "
                f"with types {[type(n).__name__ for n in sizes]}"
            ) from None
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    factors = list(scale_factor) if isinstance(scale_factor, (tuple, list)) else [scale_factor] * len(old)
    if len(factors) != len(old):
        raise ValueError(
            "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial "
            f"dimensions of {old} and scale_factor of shape {scale_factor}. {form} scale_factor in (s1, s2, ...,sK) "
            "format."
        )
    try:
        factors = [float(factor) for factor in factors]
    except (TypeError, ValueError):
        raise TypeError(f"interpolate(): scale_factor must be a number, or several, not {scale_factor!r}") from None
    return [int(n * factor) for n, factor in zip(old, factors)], [None] * len(old) if recompute else list(factors)


def kernel_of(mode: str, rank: int, align_corners: bool, antialias: bool) -> str:
    """The mode without its number of dimensions; raises where it has another number than the input."""
    if rank in (1, 2, 3):
        if mode in ("nearest", "nearest-exact", "area"):
            return mode
        if mode in KERNELS[rank]:
            return KERNELS[rank][mode]
        if mode == "lanczos" and rank == 2:
            if align_corners:
                raise ValueError("Lanczos mode does not support align_corners=True")
            if not antialias:
                raise ValueError("Lanczos mode requires antialias=True")
            return mode
        for needed, modes in KERNELS.items():
            if mode in modes and mode != "bicubic":
                raise NotImplementedError(f"Got {rank + 2}D input, but {mode} mode needs {needed + 2}D input")
    raise NotImplementedError(
        f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {rank + 2}D) for the modes: nearest | linear | "
        f"bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})"
    )


def upsample(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """What `interpolate` was called before.

    >>> import autograd, warnings, nn.functional as F
    >>> warnings.simplefilter("ignore")  # deprecated
    >>> F.upsample(autograd.tensor([[[1.0, 2.0]]]), scale_factor=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    warn("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with the mode "nearest", by its older name.

    >>> import autograd, warnings, nn.functional as F
    >>> warnings.simplefilter("ignore")  # deprecated
    >>> F.upsample_nearest(autograd.tensor([[[1.0, 2.0]]]), 4)
    tensor([[[1., 1., 2., 2.]]])
    """
    warn("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with the mode "bilinear" and `align_corners`, by its older name.

    >>> import autograd, warnings, nn.functional as F
    >>> warnings.simplefilter("ignore")  # deprecated
    >>> F.upsample_bilinear(autograd.tensor([[[[0.0, 2.0]]]]), (1, 3))
    tensor([[[[0., 1., 2.]]]])
    """
    warn("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def warn(name: str) -> None:
    """Warns the caller's caller of an older name."""
    warnings.warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=3)
