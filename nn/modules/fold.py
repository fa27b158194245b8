"""Patches of images as columns, and columns as patches."""

from __future__ import annotations

from typing import Any

from autograd import Tensor

from .. import functional as F
from .module import Module


class Unfold(Module):
    """The patches that a kernel sees, as columns: (N, C, H, W) becomes (N, C · kernel elements, positions).

    >>> import autograd, nn
    >>> nn.Unfold(kernel_size=(2, 3))(autograd.ones(2, 5, 3, 4)).shape
    torch.Size([2, 30, 4])
    """

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Module):
    """Adds columns up as patches: (N, C · kernel elements, positions) becomes (N, C, *output_size).

    It is the adjoint of `Unfold`; where patches overlap, their sum remains.

    >>> import autograd, nn
    >>> nn.Fold(output_size=(4, 5), kernel_size=(2, 2))(autograd.ones(1, 3 * 2 * 2, 12)).shape
    torch.Size([1, 3, 4, 5])
    """

    def __init__(
        self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )
