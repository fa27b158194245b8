"""Padding the borders of a tensor, and windows that slide over it."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ..casting import single_precision
from ..errors import describe, dimension
from ..rules import shaping as rules
from ..rules.indexing import getitem
from .arguments import check_tensor
from .attach import method
from .operands import stored_number
from .shaping import as_ints

MODES = ("reflect", "replicate", "circular")

__all__: list[str] = []  # `nn.functional.pad` makes it public


def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """The tensor with a border. `pad`: (left, right) of the last dimension, then of the one before it, and so on.

    `mode`: "constant" puts `value` (0) there, "reflect" mirrors the tensor without its edge, "replicate" repeats the
    edge, "circular" continues on the other side. Negative numbers crop. The last three pad the last 1, 2 or 3
    dimensions of an input that has one or two dimensions more.

    >>> import autograd
    >>> autograd.functions.padding.pad(autograd.ones(2), (1, 2))
    tensor([0., 1., 1., 0., 0.])
    """
    check_tensor(input, "pad")
    widths = as_ints(pad, "pad", "pad")
    shape = input._array.shape
    if len(widths) % 2:
        raise RuntimeError(f"Padding length must be divisible by 2, and {list(widths)} is not")
    if len(widths) > 2 * len(shape):
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(widths)} and input of dimension {len(shape)}"
        )
    pairs = [(0, 0)] * len(shape)
    for i in range(len(widths) // 2):
        pairs[-1 - i] = (widths[2 * i], widths[2 * i + 1])
    if mode == "constant":
        for d, (before, after) in enumerate(pairs):
            if shape[d] + before + after < 0 or max(-before, -after) > shape[d]:
                raise RuntimeError(
                    f"narrow(): length must be non-negative. pad() cannot change dimension {d} of {list(shape)} by "
                    f"{(before, after)}."
                )
        if isinstance(value, Tensor):
            value = value.item()
        filling: Any = value or 0
        if filling and any(width > 0 for width in widths):
            filling = stored_number(filling, input._array.dtype)
        return rules.pad(input, tuple(pairs), filling)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}: use constant, reflect, replicate or circular")
    if len(widths) not in (2, 4, 6) or len(shape) - len(widths) // 2 not in (1, 2):
        raise NotImplementedError(
            f"Padding size {len(widths)} is not supported for {len(shape)}D input tensor.\n"
            "Supported combinations for non-constant padding:\n"
            "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
            "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
            "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
    check_border(input, pairs, mode)
    crop = [(min(before, 0), min(after, 0)) for before, after in pairs]
    grow = tuple((max(before, 0), max(after, 0)) for before, after in pairs)
    if mode == "circular":
        return rules.pad_border(cropped(input, crop), grow, mode)
    return bordered(input, grow, mode, crop)


@single_precision
def bordered(input: Tensor, grow: Any, mode: str, crop: list[tuple[int, int]]) -> Tensor:
    """The tensor with a border that mirrors or repeats its edge, without what negative widths take away."""
    return cropped(rules.pad_border(input, grow, mode), crop)


def check_border(input: Tensor, pairs: list[tuple[int, int]], mode: str) -> None:
    """Raises for a border that the tensor is too small for."""
    for d, (n, (before, after)) in enumerate(zip(input._array.shape, pairs)):
        if not before and not after:
            continue
        if n + before + after <= 0 or not n:
            raise RuntimeError(
                f"Expected a tensor whose padded dimensions are not empty: pad() cannot change dimension {d} of "
                f"{describe(input)} by {(before, after)}"
            )
        if mode == "reflect" and max(before, after) >= n:
            raise RuntimeError(
                "Padding size should be less than the corresponding input dimension, but got: padding "
                f"{(before, after)} at dimension {d} of input {list(input._array.shape)}"
            )
        if mode == "circular" and max(before, after) > n + min(before, after, 0):
            raise RuntimeError(
                f"Padding value causes wrapping around more than once: {(before, after)} at dimension {d} of "
                f"{describe(input)}"
            )


def cropped(x: Tensor, crop: list[tuple[int, int]]) -> Tensor:
    """The tensor without what negative widths take away."""
    if not any(before or after for before, after in crop):
        return x
    return getitem(x, tuple(slice(-before, n + after) for n, (before, after) in zip(x._array.shape, crop)))


@method()
def unfold(self: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """A view of all windows of `size` along a dimension, `step` apart; the elements of a window come last.

    >>> import autograd
    >>> autograd.arange(5).unfold(0, 3, 1)
    tensor([[0, 1, 2],
            [1, 2, 3],
            [2, 3, 4]])
    """
    return windows(self, dimension, size, step)


def windows(input: Tensor, dim: int, size: int, step: int) -> Tensor:
    """What `unfold` returns."""
    shape = input._array.shape
    axis = dimension(dim, len(shape), "unfold")
    longest = shape[axis] if shape else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > longest:
        raise RuntimeError(
            f"maximum size for tensor at dimension {axis} is {longest} but size is {size} (unfold of {describe(input)})"
        )
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if not shape:
        return getitem(rules.reshape(input, (1,)), (slice(0, size),))
    return rules.windows(input, (axis,), (size,), (step,), (1,))
