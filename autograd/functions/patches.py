"""Patches of images as columns, and columns added up as patches of an image: `nn.functional.unfold` and `fold`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .._tensor import Tensor
from ..rules import shaping as rules
from ..rules.indexing import getitem
from .arguments import check_tensor, is_int
from .operands import refuse
from .shaping import as_ints, squeeze, unsqueeze

__all__: list[str] = []  # `nn.functional` makes them public

IMAGE = (2, 3)  # the spatial axes


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The patches that a kernel sees, as columns: (N, C, H, W) becomes (N, C · kernel elements, positions).

    Without N too. Each size is one int, or a pair for H and W. A convolution is the product of a matrix and these.

    >>> import autograd, nn.functional as F
    >>> F.unfold(autograd.arange(6.0).reshape(1, 1, 2, 3), (2, 2))
    tensor([[[0., 1.],
             [1., 2.],
             [3., 4.],
             [4., 5.]]])
    """
    check_tensor(input, "unfold")
    sizes, dilations, pads, steps = checked_pairs("unfold", kernel_size, dilation, padding, stride)
    shape = input._array.shape
    if len(shape) not in (3, 4) or 0 in shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
            f"but got: {list(shape)}. unfold takes images, (N, C, H, W) or (C, H, W)"
        )
    refuse("unfold", "iu", input)
    counts = positions(shape[-2:], sizes, dilations, pads, steps)
    if any(n < 1 for n in counts):
        raise RuntimeError(
            f"Given input with spatial size {tuple(shape[-2:])}, kernel_size={sizes}, dilation={dilations}, "
            f"padding={pads}, calculated shape of the array of sliding blocks as {counts}, but its components must be "
            "at least one."
        )
    batch = input if len(shape) == 4 else unsqueeze(input, 0)
    if any(pads):
        batch = rules.pad(batch, ((0, 0), (0, 0), *((p, p) for p in pads)))
    n, channels = batch._array.shape[:2]
    patches = rules.windows(batch, IMAGE, sizes, steps, dilations)
    columns = rules.reshape(
        rules.transpose(patches, (0, 1, 4, 5, 2, 3)), (n, channels * math.prod(sizes), math.prod(counts))
    )
    return columns if len(shape) == 4 else squeeze(columns, 0)


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Adds columns up as the patches of an image: (N, C · kernel elements, positions) becomes (N, C, *output_size).

    It is the adjoint of `unfold` with the same arguments, not its inverse: where patches overlap their sum remains.

    >>> import autograd, nn.functional as F
    >>> F.fold(autograd.ones(1, 4, 2), output_size=(2, 3), kernel_size=(2, 2))
    tensor([[[[1., 2., 1.],
              [1., 2., 1.]]]])
    """
    check_tensor(input, "fold")
    size = pair("fold", "output_size", output_size, 1)
    sizes, dilations, pads, steps = checked_pairs("fold", kernel_size, dilation, padding, stride)
    shape = input._array.shape
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(shape)}. fold takes columns, (N, C · kernel elements, positions)"
        )
    refuse("fold", "iu", input)
    rows, length = shape[-2:]
    if rows % math.prod(sizes):
        raise RuntimeError(
            f"Expected size of input's dimension {len(shape) - 2} to be divisible by the product of kernel_size, but "
            f"got input.size({len(shape) - 2})={rows} and kernel_size={sizes}."
        )
    counts = positions(size, sizes, dilations, pads, steps)
    if any(n < 1 for n in counts) or math.prod(counts) != length:
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={sizes}, dilation={dilations}, padding={pads}, stride={steps}, "
            f"expected size of input's dimension {len(shape) - 1} to match the calculated number of sliding blocks "
            f"{counts[0]} * {counts[1]} = {math.prod(counts)}, but got input.size({len(shape) - 1})={length}."
        )
    batch = input if len(shape) == 3 else unsqueeze(input, 0)
    n, channels = batch._array.shape[0], rows // math.prod(sizes)
    patches = rules.transpose(rules.reshape(batch, (n, channels, *sizes, *counts)), (0, 1, 4, 5, 2, 3))
    padded = (n, channels, *(m + 2 * p for m, p in zip(size, pads)))
    image = rules.fold(patches, padded, IMAGE, sizes, steps, dilations)
    if any(pads):
        image = getitem(image, (..., *(slice(p, p + m) for m, p in zip(size, pads))))
    return image if len(shape) == 3 else squeeze(image, 0)


def positions(
    sizes: Sequence[int], kernel: Sequence[int], dilation: Sequence[int], padding: Sequence[int], stride: Sequence[int]
) -> tuple[int, ...]:
    """How many positions a kernel has along each dimension."""
    return tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in zip(sizes, kernel, dilation, padding, stride)
    )


def checked_pairs(name: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> list[tuple[int, int]]:
    """The arguments that both functions have, each as a pair."""
    return [
        pair(name, "kernel_size", kernel_size, 1),
        pair(name, "dilation", dilation, 1),
        pair(name, "padding", padding, 0),
        pair(name, "stride", stride, 1),
    ]


def pair(name: str, argument: str, value: Any, least: int) -> tuple[int, int]:
    """A size for H and W, given as two ints or as one for both."""
    values = as_ints((value, value) if is_int(value) or isinstance(value, float) else value, name, argument)
    if len(values) != 2:
        raise RuntimeError(f"It is expected {argument} equals to 2, but got size {len(values)}: {name} takes H and W")
    if min(values) < least:
        wanted = "greater than zero" if least else "non-negative"
        words = argument.replace("_", " ")
        raise RuntimeError(f"{words} should be {wanted}, but got {argument}={values} in {name}")
    return values[0], values[1]
