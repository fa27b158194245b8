"""Convolutions and transposed convolutions, over one, two and three spatial dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd import Tensor, empty

from .. import functional as F
from .. import init
from ..arguments import for_each, integer
from ..parameter import Parameter
from .module import Module, declared


class _ConvNd(Module):
    """What convolutions have in common: their sizes, a weight, a bias, and how these start."""

    _rank: int  # the number of spatial dimensions
    transposed = False
    weight: Parameter = declared()
    bias: Parameter | None = declared()

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        output_padding: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        name, rank = type(self).__name__, self._rank
        self.in_channels = in_channels = integer(name, "in_channels", in_channels)
        self.out_channels = out_channels = integer(name, "out_channels", out_channels)
        self.kernel_size = for_each(name, "kernel_size", kernel_size, rank)
        self.stride = for_each(name, "stride", stride, rank)
        self.padding: Any = padding if isinstance(padding, str) else for_each(name, "padding", padding, rank)
        self.dilation = for_each(name, "dilation", dilation, rank)
        self.output_padding = for_each(name, "output_padding", output_padding, rank)
        self.groups = groups = integer(name, "groups", groups)
        self.padding_mode = padding_mode
        self._check()
        channels = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = (channels[0], channels[1] // groups, *self.kernel_size)
        self.weight = Parameter(empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _check(self) -> None:
        """Raises for arguments that do not go together."""
        if self.groups <= 0:
            raise ValueError(f"groups must be a positive integer, not {self.groups}")
        for argument in ("in_channels", "out_channels"):
            channels = getattr(self, argument)
            if channels % self.groups:
                raise ValueError(
                    f"{argument} must be divisible by groups: {channels} channels cannot be split into {self.groups} "
                    "groups"
                )
        if isinstance(self.padding, str):
            if self.padding not in ("valid", "same"):
                raise ValueError(f"Invalid padding string {self.padding!r}, should be one of {{'valid', 'same'}}")
            if self.padding == "same" and any(step != 1 for step in self.stride):
                raise ValueError(f"padding='same' is not supported for strided convolutions, and stride={self.stride}")
        modes = ("zeros", "reflect", "replicate", "circular")
        if self.padding_mode not in modes:
            raise ValueError(f"padding_mode must be one of {modes}, but got padding_mode={self.padding_mode!r}")

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = self.weight.shape[1:].numel()
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        parts = [
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}",
            f"padding={self.padding}" if self.padding != (0,) * self._rank else "",
            f"dilation={self.dilation}" if self.dilation != (1,) * self._rank else "",
            f"output_padding={self.output_padding}" if self.output_padding != (0,) * self._rank else "",
            f"groups={self.groups}" if self.groups != 1 else "",
            "bias=False" if self.bias is None else "",
            f"padding_mode={self.padding_mode}" if self.padding_mode != "zeros" else "",
        ]
        return ", ".join(part for part in parts if part)

    def _summary(self) -> str:
        return f"{type(self).__name__} {self.in_channels}→{self.out_channels}"


class _Convolution(_ConvNd):
    """A convolution over `rank` dimensions."""

    _function: Callable[..., Tensor]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        shape = (in_channels, out_channels, kernel_size)
        super().__init__(*shape, stride, padding, dilation, 0, groups, bias, padding_mode, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The convolution with a weight and a bias that need not be the module's own."""
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self._border(), mode=self.padding_mode), 0
        return self._function(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def _border(self) -> list[int]:
        """What `pad` is told, from the last dimension to the first."""
        if self.padding == "valid":
            return [0, 0] * self._rank
        if isinstance(self.padding, str):
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size)]
            pairs = [(total // 2, total - total // 2) for total in totals]
        else:
            pairs = [(p, p) for p in self.padding]
        return [width for pair in reversed(pairs) for width in pair]


class Conv1d(_Convolution):
    """A convolution over sequences: (N, in_channels, L) or (in_channels, L) becomes (N, out_channels, L').

    L' = (L + 2·padding - dilation·(kernel_size - 1) - 1) / stride + 1, rounded down. `padding` is a number, "valid" (0)
    or "same"; `padding_mode` says what the border is made of: zeros, reflect, replicate or circular. `groups` splits
    the channels into so many convolutions side by side. `weight` (out_channels, in_channels / groups, kernel_size) and
    `bias` (out_channels) start uniform within ±1/√(in_channels / groups · kernel_size).

    >>> import autograd, nn
    >>> nn.Conv1d(3, 4, kernel_size=5, padding="same")(autograd.ones(2, 3, 10)).shape
    torch.Size([2, 4, 10])
    """

    _rank, _function = 1, staticmethod(F.conv1d)


class Conv2d(_Convolution):
    """A convolution over images: (N, in_channels, H, W) or (in_channels, H, W) becomes (N, out_channels, H', W').

    The sizes in `kernel_size`, `stride`, `padding` and `dilation` are a number, or a pair for H and W; see `Conv1d`.

    >>> import autograd, nn
    >>> nn.Conv2d(3, 8, kernel_size=3, stride=2, padding=1)(autograd.ones(1, 3, 32, 32)).shape
    torch.Size([1, 8, 16, 16])
    """

    _rank, _function = 2, staticmethod(F.conv2d)


class Conv3d(_Convolution):
    """A convolution over volumes: (N, in_channels, D, H, W) becomes (N, out_channels, D', H', W'); see `Conv1d`.

    >>> import autograd, nn
    >>> nn.Conv3d(1, 2, kernel_size=(1, 3, 3))(autograd.ones(1, 1, 4, 6, 6)).shape
    torch.Size([1, 2, 4, 4, 4])
    """

    _rank, _function = 3, staticmethod(F.conv3d)


class _ConvTransposeNd(_ConvNd):
    """A transposed convolution over `rank` dimensions."""

    transposed = True
    _function: Callable[..., Tensor]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}, not {padding_mode!r}')
        for_each(type(self).__name__, "padding", padding, self._rank)
        shape = (in_channels, out_channels, kernel_size)
        super().__init__(*shape, stride, padding, dilation, output_padding, groups, bias, padding_mode, device, dtype)

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        extra = self.output_padding if output_size is None else self._output_padding(input, output_size)
        return self._function(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )

    def _output_padding(self, input: Tensor, output_size: Sequence[int]) -> list[int]:
        """The output padding that gives this size, of the spatial dimensions or of all."""
        rank = self._rank
        if len(output_size) not in (rank, input.dim()):
            raise ValueError(
                f"{type(self).__name__}: for {input.dim()}D input, output_size must have {rank} or {input.dim()} "
                f"elements (got {len(output_size)})"
            )
        wanted, sizes = tuple(output_size)[-rank:], input.shape[-rank:]
        least = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(sizes, self.stride, self.padding, self.dilation, self.kernel_size)
        ]
        most = [n + s - 1 for n, s in zip(least, self.stride)]
        if not all(low <= n <= high for low, n, high in zip(least, wanted, most)):
            raise ValueError(
                f"requested an output size of {wanted}, but valid sizes range from {least} to {most} (for an input of "
                f"{sizes})"
            )
        return [n - low for n, low in zip(wanted, least)]


class ConvTranspose1d(_ConvTransposeNd):
    """A transposed convolution over sequences: (N, in_channels, L) becomes (N, out_channels, L').

    L' = (L - 1)·stride - 2·padding + dilation·(kernel_size - 1) + output_padding + 1. With equal arguments it is the
    derivative of `Conv1d` by its input, and undoes its effect on sizes: of the lengths that a stride brings to the same
    L, `output_padding`, or `output_size` when it is called, chooses. `weight` is (in_channels, out_channels / groups,
    kernel_size).

    >>> import autograd, nn
    >>> nn.ConvTranspose1d(3, 4, kernel_size=4, stride=2)(autograd.ones(2, 3, 5), output_size=[13]).shape
    torch.Size([2, 4, 13])
    """

    _rank, _function = 1, staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTransposeNd):
    """A transposed convolution over images: (N, in_channels, H, W) becomes (N, out_channels, H', W'); see
    `ConvTranspose1d`.

    >>> import autograd, nn
    >>> nn.ConvTranspose2d(8, 3, kernel_size=2, stride=2)(autograd.ones(1, 8, 16, 16)).shape
    torch.Size([1, 3, 32, 32])
    """

    _rank, _function = 2, staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTransposeNd):
    """A transposed convolution over volumes: (N, in_channels, D, H, W) becomes (N, out_channels, D', H', W'); see
    `ConvTranspose1d`.

    >>> import autograd, nn
    >>> nn.ConvTranspose3d(2, 1, kernel_size=2, stride=2)(autograd.ones(1, 2, 4, 4, 4)).shape
    torch.Size([1, 1, 8, 8, 8])
    """

    _rank, _function = 3, staticmethod(F.conv_transpose3d)
