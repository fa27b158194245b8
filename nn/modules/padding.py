"""Padding: borders of a constant, of a mirror image, of the edge, or of the other side."""

from __future__ import annotations

from typing import Any

from autograd import Tensor

from .. import functional as F
from ..arguments import for_each
from .module import Module


class _PadNd(Module):
    """A border around the last `_rank` dimensions."""

    _rank: int
    _mode: str

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = for_each(type(self).__name__, "padding", padding, 2 * self._rank)

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPadNd(_PadNd):
    """A border of one value."""

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPadNd(_ConstantPadNd):
    """A border of zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _CircularPadNd(_PadNd):
    """A border of what lies on the other side."""

    _mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        if input.dim() not in (self._rank + 1, self._rank + 2):
            raise ValueError(f"expected {self._rank + 1}D or {self._rank + 2}D input (got {input.dim()}D input)")
        return super().forward(input)


class ConstantPad1d(_ConstantPadNd):
    """Puts `value` around the last dimension: `padding` is a number, or (left, right).

    >>> import autograd, nn
    >>> nn.ConstantPad1d(1, 7.0)(autograd.zeros(2))
    tensor([7., 0., 0., 7.])
    """

    _rank = 1


class ConstantPad2d(_ConstantPadNd):
    """Puts `value` around the last two dimensions: `padding` is a number, or (left, right, top, bottom).

    >>> import autograd, nn
    >>> nn.ConstantPad2d((1, 0, 0, 1), 7.0)(autograd.zeros(1, 2))
    tensor([[7., 0., 0.],
            [7., 7., 7.]])
    """

    _rank = 2


class ConstantPad3d(_ConstantPadNd):
    """Puts `value` around the last three dimensions: `padding` is a number, or (left, right, top, bottom, front, back).

    >>> import autograd, nn
    >>> nn.ConstantPad3d(1, 7.0)(autograd.zeros(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    _rank = 3


class ZeroPad1d(_ZeroPadNd, ConstantPad1d):
    """Puts zeros around the last dimension: `padding` is a number, or (left, right).

    >>> import autograd, nn
    >>> nn.ZeroPad1d((0, 2))(autograd.ones(2))
    tensor([1., 1., 0., 0.])
    """


class ZeroPad2d(_ZeroPadNd, ConstantPad2d):
    """Puts zeros around the last two dimensions: `padding` is a number, or (left, right, top, bottom).

    >>> import autograd, nn
    >>> nn.ZeroPad2d((1, 0, 0, 1))(autograd.ones(1, 2))
    tensor([[0., 1., 1.],
            [0., 0., 0.]])
    """


class ZeroPad3d(_ZeroPadNd, ConstantPad3d):
    """Puts zeros around the last three dimensions: `padding` is a number, or (left, right, top, bottom, front, back).

    >>> import autograd, nn
    >>> nn.ZeroPad3d(1)(autograd.ones(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """


class ReflectionPad1d(_PadNd):
    """Puts a mirror image, without its edge, around the last dimension: `padding` is a number, or (left, right).

    >>> import autograd, nn
    >>> nn.ReflectionPad1d(2)(autograd.arange(3.0).reshape(1, 3))
    tensor([[2., 1., 0., 1., 2., 1., 0.]])
    """

    _rank, _mode = 1, "reflect"


class ReflectionPad2d(_PadNd):
    """Puts a mirror image, without its edge, around the last two dimensions: `padding` is a number, or (left, right,
    top, bottom).

    >>> import autograd, nn
    >>> nn.ReflectionPad2d(1)(autograd.ones(1, 2, 2)).shape
    torch.Size([1, 4, 4])
    """

    _rank, _mode = 2, "reflect"


class ReflectionPad3d(_PadNd):
    """Puts a mirror image, without its edge, around the last three dimensions: `padding` is a number, or (left,
    right, top, bottom, front, back).

    >>> import autograd, nn
    >>> nn.ReflectionPad3d(1)(autograd.ones(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    _rank, _mode = 3, "reflect"


class ReplicationPad1d(_PadNd):
    """Puts copies of the edge around the last dimension: `padding` is a number, or (left, right).

    >>> import autograd, nn
    >>> nn.ReplicationPad1d(2)(autograd.arange(3.0).reshape(1, 3))
    tensor([[0., 0., 0., 1., 2., 2., 2.]])
    """

    _rank, _mode = 1, "replicate"


class ReplicationPad2d(_PadNd):
    """Puts copies of the edge around the last two dimensions: `padding` is a number, or (left, right, top, bottom).

    >>> import autograd, nn
    >>> nn.ReplicationPad2d(1)(autograd.ones(1, 2, 2)).shape
    torch.Size([1, 4, 4])
    """

    _rank, _mode = 2, "replicate"


class ReplicationPad3d(_PadNd):
    """Puts copies of the edge around the last three dimensions: `padding` is a number, or (left, right, top, bottom,
    front, back).

    >>> import autograd, nn
    >>> nn.ReplicationPad3d(1)(autograd.ones(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    _rank, _mode = 3, "replicate"


class CircularPad1d(_CircularPadNd):
    """Puts a border of what lies on the other side around the last dimension: `padding` is a number, or (left, right).

    >>> import autograd, nn
    >>> nn.CircularPad1d(2)(autograd.arange(3.0).reshape(1, 3))
    tensor([[1., 2., 0., 1., 2., 0., 1.]])
    """

    _rank = 1


class CircularPad2d(_CircularPadNd):
    """Puts a border of what lies on the other side around the last two dimensions: `padding` is a number, or (left,
    right, top, bottom).

    >>> import autograd, nn
    >>> nn.CircularPad2d(1)(autograd.ones(1, 2, 2)).shape
    torch.Size([1, 4, 4])
    """

    _rank = 2


class CircularPad3d(_CircularPadNd):
    """Puts a border of what lies on the other side around the last three dimensions: `padding` is a number, or (left,
    right, top, bottom, front, back).

    >>> import autograd, nn
    >>> nn.CircularPad3d(1)(autograd.ones(1, 2, 2, 2)).shape
    torch.Size([1, 4, 4, 4])
    """

    _rank = 3
