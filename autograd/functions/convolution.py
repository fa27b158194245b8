"""Convolutions, and transposed ones, over one, two or three spatial dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._tensor import Tensor
from ..casting import lower_precision
from ..rules import convolution as rules
from .arguments import as_int, check_tensor, is_int
from .operands import conversion, refuse
from .shaping import as_ints, squeeze, unsqueeze

__all__ = [
    "conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "convolution"
]  # fmt: skip


@lower_precision
def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Convolves input (N, C, L), or (C, L), with weight (out, C / groups, K): the result is (N, out, L').

    L' is (L + 2·padding - dilation·(K - 1) - 1) / stride + 1. `padding` puts zeros on both sides: a number, "valid"
    (none), or "same" (as many as keep the length, for stride 1). `groups` splits the channels, in and out, into so many
    convolutions of their own. Like every deep learning library it does not turn the kernel around.

    >>> import autograd
    >>> autograd.conv1d(autograd.tensor([[[1.0, 2.0, 4.0]]]), autograd.tensor([[[-1.0, 1.0]]]))
    tensor([[[1., 2.]]])
    """
    return convolve("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


@lower_precision
def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Convolves input (N, C, H, W), or (C, H, W), with weight (out, C / groups, Kh, Kw); see `conv1d`.

    >>> import autograd
    >>> autograd.conv2d(autograd.ones(1, 3, 8, 8), autograd.ones(2, 3, 3, 3), padding=1, stride=2).shape
    torch.Size([1, 2, 4, 4])
    """
    return convolve("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


@lower_precision
def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Convolves input (N, C, D, H, W), or (C, D, H, W), with weight (out, C / groups, Kd, Kh, Kw); see `conv1d`.

    >>> import autograd
    >>> autograd.conv3d(autograd.ones(1, 3, 4, 8, 8), autograd.ones(2, 3, 3, 3, 3), padding="same").shape
    torch.Size([1, 2, 4, 8, 8])
    """
    return convolve("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


@lower_precision
def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transposed convolution of input (N, C, L), or (C, L), with weight (C, out / groups, K): (N, out, L').

    L' is (L - 1)·stride - 2·padding + dilation·(K - 1) + output_padding + 1. It is the derivative of `conv1d`, by its
    input, of the same arguments: an element of the input puts its multiple of the kernel on the output.
    `output_padding` chooses among the lengths that `conv1d` would bring to L.

    >>> import autograd
    >>> autograd.conv_transpose1d(autograd.tensor([[[1.0, 2.0]]]), autograd.tensor([[[-1.0, 1.0]]]), stride=2)
    tensor([[[-1.,  1., -2.,  2.]]])
    """
    return transpose("conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation)


@lower_precision
def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transposed convolution of input (N, C, H, W) with weight (C, out / groups, Kh, Kw); see `conv_transpose1d`.

    >>> import autograd
    >>> autograd.conv_transpose2d(autograd.ones(1, 3, 4, 4), autograd.ones(3, 2, 2, 2), stride=2).shape
    torch.Size([1, 2, 8, 8])
    """
    return transpose("conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation)


@lower_precision
def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transposed convolution of input (N, C, D, H, W) with weight (C, out / groups, Kd, Kh, Kw); see
    `conv_transpose1d`.

    >>> import autograd
    >>> autograd.conv_transpose3d(autograd.ones(1, 3, 2, 2, 2), autograd.ones(3, 2, 2, 2, 2), stride=2).shape
    torch.Size([1, 2, 4, 4, 4])
    """
    return transpose("conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def convolution(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> Tensor:
    """The convolution behind the others, for any number of spatial dimensions: input and weight have equally many.

    >>> import autograd
    >>> x, w = autograd.ones(1, 3, 8, 8), autograd.ones(2, 3, 3, 3)
    >>> autograd.convolution(x, w, None, [2], [1], [1], False, [0], 1).shape
    torch.Size([1, 2, 4, 4])
    """
    check_tensor(input, "convolution")
    check_tensor(weight, "convolution", "weight")
    rank = weight.dim() - 2
    if rank < 1 or input.dim() != rank + 2:
        raise RuntimeError(
            f"Expected {weight.dim()}-dimensional input for {weight.dim()}-dimensional weight {list(weight.shape)}, "
            f"but got {input.dim()}-dimensional input of size {list(input.shape)} instead"
        )
    for argument, value in (("stride", stride), ("padding", padding), ("dilation", dilation)):
        as_ints(value, "convolution", argument)
    extra = as_ints(output_padding, "convolution", "output_padding")
    if transposed:
        return transpose("convolution", rank, input, weight, bias, stride, padding, extra, groups, dilation)
    return convolve("convolution", rank, input, weight, bias, stride, padding, dilation, groups)


@lower_precision
def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """A convolution over time: input (T, N, C), weight (K, C, out) and bias (out) make (T', N, out).

    >>> import autograd
    >>> autograd.conv_tbc(autograd.ones(5, 2, 3), autograd.ones(2, 3, 4), autograd.zeros(4)).shape
    torch.Size([4, 2, 4])
    """
    for name, value, rank in (("input", input, 3), ("weight", weight, 3), ("bias", bias, 1)):
        check_tensor(value, "conv_tbc", name)
        if value.dim() != rank:
            raise RuntimeError(
                f"{name.title()} must have {rank} dims: conv_tbc takes an input (time, batch, channels), a weight "
                f"(kernel, in, out) and a bias (out). Got {list(value.shape)}"
            )
    return conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad).permute(2, 0, 1)


def convolve(
    name: str,
    rank: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Tensor:
    """A convolution over `rank` dimensions, its arguments checked."""
    batch, stride, dilation = prepared(name, rank, input, weight, bias, stride, dilation, groups)
    size = weight._array.shape[2:]
    if isinstance(padding, str):
        pairs = named_padding(padding, size, stride, dilation)
    else:
        pairs = [(p, p) for p in one_for_each(padding, rank, name, "padding", 0)]
    check_channels(batch, weight, weight._array.shape[1] * groups, groups, f"groups={groups}")
    check_bias(batch, weight, bias, weight._array.shape[0])
    sizes = batch._array.shape[2:]
    around = [n + before + after for n, (before, after) in zip(sizes, pairs)]
    extent = [d * (k - 1) + 1 for k, d in zip(size, dilation)]
    if any(k > n for n, k in zip(around, extent)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({by(around)}). Kernel size: ({by(extent)}). Kernel size can't "
            f"be greater than actual input size: {name} got an input of {list(input.shape)}. Pad it, or use a smaller "
            "kernel"
        )
    check_sizes(batch)
    out = rules.convolution(batch, weight, bias, stride, tuple(pairs), dilation, groups)
    return out if batch is input else squeeze(out, 0)


def transpose(
    name: str,
    rank: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Tensor:
    """A transposed convolution over `rank` dimensions, its arguments checked."""
    batch, stride, dilation = prepared(name, rank, input, weight, bias, stride, dilation, groups)
    padding = one_for_each(padding, rank, name, "padding", 0)
    extra = one_for_each(output_padding, rank, name, "output_padding", 0)
    if any(e >= s and e >= d for e, s, d in zip(extra, stride, dilation)):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got output_padding={list(extra)}, "
            f"stride={list(stride)}, dilation={list(dilation)}: a convolution would not bring that size back"
        )
    channels, per, *size = weight._array.shape
    check_channels(batch, weight, channels, groups, "transposed=1")
    if not per:
        raise RuntimeError(f"non-empty weight tensor expected, but got: {list(weight.shape)}")
    check_bias(batch, weight, bias, per * groups, "transposed=1, ")
    before = batch._array.shape[2:]
    sizes = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, k, s, p, d, e in zip(before, size, stride, padding, dilation, extra)
    )
    if any(n < 1 for n in sizes):
        raise RuntimeError(
            f"Given input size per channel: ({by(before)}). Calculated output size per channel: ({by(sizes)}). Output "
            f"size is too small: {name} takes the padding {list(padding)} away from both sides"
        )
    check_sizes(batch)
    pairs = tuple((p, p - e) for p, e in zip(padding, extra))
    out = rules.transposed(batch, weight, bias, sizes, stride, pairs, dilation, groups)
    return out if batch is input else squeeze(out, 0)


def prepared(
    name: str, rank: int, input: Any, weight: Any, bias: Any, stride: Any, dilation: Any, groups: Any
) -> tuple[Tensor, tuple[int, ...], tuple[int, ...]]:
    """The input with a batch dimension, and a stride and a dilation for each spatial one; raises for what is wrong
    whatever the kind of convolution."""
    check_tensor(input, name)
    check_tensor(weight, name, "weight")
    if bias is not None:
        check_tensor(bias, name, "bias")
    as_int(groups, name, "groups", 7)
    stride = one_for_each(stride, rank, name, "stride", 1)
    dilation = one_for_each(dilation, rank, name, "dilation", 1)
    shape, kernel = input._array.shape, weight._array.shape
    if len(kernel) != rank + 2:
        raise RuntimeError(
            f"Expected {rank + 2}-dimensional weight for {name}, (channels, channels of a group, kernel), but got "
            f"weight of size {list(kernel)}"
        )
    if len(shape) not in (rank + 1, rank + 2):
        raise RuntimeError(
            f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to {name}, but got input of size: "
            f"{list(shape)}"
        )
    if groups <= 0:
        raise RuntimeError(f"non-positive groups is not supported: {name} got groups={groups}")
    if 0 in kernel[2:]:
        raise RuntimeError(f"kernel size should be greater than zero, but got weight of size {list(kernel)}")
    if kernel[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size "
            f"{list(kernel)} instead"
        )
    if kernel[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size {list(kernel)} instead"
        )
    for argument, other in (("weight", weight), ("bias", bias)):
        if other is not None and other._array.dtype != input._array.dtype:
            raise RuntimeError(
                f"Input type ({input.dtype.older_name}) and {argument} type ({other.dtype.older_name}) should be the "
                f"same: {conversion(input, weight, bias)}"
            )
    refuse(name, "b", input)
    return input if len(shape) == rank + 2 else unsqueeze(input, 0), stride, dilation


def one_for_each(value: Any, rank: int, name: str, argument: str, least: int) -> tuple[int, ...]:
    """An argument for each spatial dimension: one int for all of them, or a sequence of ints."""
    if is_int(value):
        values = (value.__index__(),) * rank
    elif isinstance(value, (tuple, list)):
        values = as_ints(value, name, argument)
        if len(values) not in (1, rank):
            raise RuntimeError(
                f"expected {argument} to be a single integer value or a list of {rank} values to match the convolution "
                f"dimensions, but got {argument}={list(values)}"
            )
        values *= rank // len(values)
    else:
        raise TypeError(f"{name}(): argument '{argument}' must be int or tuple of ints, not {type(value).__name__}")
    if any(v < least for v in values):
        lacking = "negative" if least == 0 else "non-positive"
        raise RuntimeError(f"{lacking} {argument} is not supported: {name} got {argument}={list(values)}")
    return values


def named_padding(
    padding: str, size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> list[tuple[int, int]]:
    """What "valid" and "same" mean."""
    if padding == "valid":
        return [(0, 0)] * len(size)
    if padding != "same":
        raise RuntimeError(f"Invalid padding string: '{padding}'. It is 'valid', 'same', or numbers")
    if any(s != 1 for s in stride):
        raise RuntimeError(f"padding='same' is not supported for strided convolutions, and stride={list(stride)}")
    total = [d * (k - 1) for k, d in zip(size, dilation)]
    return [(n // 2, n - n // 2) for n in total]


def check_channels(input: Tensor, weight: Tensor, channels: int, groups: int, given: str) -> None:
    """Raises unless the input has as many channels as the weight is for."""
    found = input._array.shape[1]
    if found != channels:
        raise RuntimeError(
            f"Given {given}, weight of size {list(weight.shape)}, expected input{list(input.shape)} to have {channels} "
            f"channels, but got {found} channels instead. Channels are dimension 1 of a batch, dimension 0 of a single "
            "input: permute() an input that has them last, and unsqueeze(1) a batch that has none"
        )


def check_bias(input: Tensor, weight: Tensor, bias: Tensor | None, channels: int, given: str = "") -> None:
    """Raises unless the bias, if any, has an element for each output channel."""
    if bias is not None and bias._array.shape != (channels,):
        raise RuntimeError(
            f"Given {given}weight of size {list(weight.shape)}, expected bias to be 1-dimensional with {channels} "
            f"elements, but got bias of size {list(bias.shape)} instead"
        )


def check_sizes(input: Tensor) -> None:
    """Raises for an input without extent, where that is not for want of images or channels."""
    shape = input._array.shape
    if 0 in shape[2:]:
        raise RuntimeError(f"Only zero batch or zero channel inputs are supported, but got input shape: {list(shape)}")


def by(sizes: Sequence[int]) -> str:
    """Sizes as PyTorch writes them: 4 x 4."""
    return " x ".join(map(str, sizes))
