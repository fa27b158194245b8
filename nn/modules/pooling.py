"""Pooling: the modules of the functions in `nn.functional.pooling`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import Tensor

from .. import functional as F
from .module import Module


def each(value: Any, rank: int) -> tuple[Any, ...]:
    """One value for every spatial dimension, or the values as they are given."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * rank


class _MaxPool(Module):
    """The largest element of each window."""

    _function: Callable[..., Any]

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        sizes = (self.kernel_size, self.stride, self.padding, self.dilation)
        return self._function(input, *sizes, ceil_mode=self.ceil_mode, return_indices=self.return_indices)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest element of each window of (N, C, L), or (C, L); see `F.max_pool1d`.

    >>> import autograd, nn
    >>> nn.MaxPool1d(2)(autograd.tensor([[[1.0, 3.0, 2.0, 0.0]]]))
    tensor([[[3., 2.]]])
    """

    _function = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest element of each window of (N, C, H, W), or (C, H, W); see `F.max_pool2d`.

    >>> import autograd, nn
    >>> nn.MaxPool2d(3, stride=2)(autograd.ones(1, 1, 7, 7)).shape
    torch.Size([1, 1, 3, 3])
    """

    _function = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPool):
    """The largest element of each window of (N, C, D, H, W), or (C, D, H, W); see `F.max_pool3d`.

    >>> import autograd, nn
    >>> nn.MaxPool3d(2)(autograd.ones(1, 1, 4, 4, 4)).shape
    torch.Size([1, 1, 2, 2, 2])
    """

    _function = staticmethod(F.max_pool3d)


class _MaxUnpool(Module):
    """Zeros with elements put where a maximum pooling found them."""

    _function: Callable[..., Tensor]
    _rank: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = each(kernel_size, self._rank)
        self.stride = each(kernel_size if stride is None else stride, self._rank)
        self.padding = each(padding, self._rank)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        return self._function(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """What `MaxPool1d` with `return_indices` left over, in its place among zeros; see `F.max_unpool1d`.

    >>> import autograd, nn
    >>> nn.MaxUnpool1d(2)(autograd.tensor([[3.0, 2.0]]), autograd.tensor([[1, 2]]))
    tensor([[0., 3., 2., 0.]])
    """

    _function, _rank = staticmethod(F.max_unpool1d), 1


class MaxUnpool2d(_MaxUnpool):
    """What `MaxPool2d` with `return_indices` left over, in its place among zeros; see `F.max_unpool1d`.

    >>> import autograd, nn
    >>> nn.MaxUnpool2d(2)(*nn.MaxPool2d(2, return_indices=True)(autograd.ones(1, 1, 4, 4))).shape
    torch.Size([1, 1, 4, 4])
    """

    _function, _rank = staticmethod(F.max_unpool2d), 2


class MaxUnpool3d(_MaxUnpool):
    """What `MaxPool3d` with `return_indices` left over, in its place among zeros; see `F.max_unpool1d`.

    >>> import autograd, nn
    >>> nn.MaxUnpool3d(2)(*nn.MaxPool3d(2, return_indices=True)(autograd.ones(1, 1, 2, 2, 2))).shape
    torch.Size([1, 1, 2, 2, 2])
    """

    _function, _rank = staticmethod(F.max_unpool3d), 3


class _AvgPool(Module):
    """The mean of each window."""

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """The mean of each window of (N, C, L), or (C, L); see `F.avg_pool1d`.

    >>> import autograd, nn
    >>> nn.AvgPool1d(2)(autograd.tensor([[[1.0, 3.0, 2.0, 0.0]]]))
    tensor([[[2., 1.]]])
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = each(kernel_size, 1)
        self.stride = each(kernel_size if stride is None else stride, 1)
        self.padding = each(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        sizes = (self.kernel_size, self.stride, self.padding)
        return F.avg_pool1d(input, *sizes, self.ceil_mode, self.count_include_pad)


class _AvgPoolWithDivisor(_AvgPool):
    """The mean of each window, or its sum by another number."""

    _function: Callable[..., Tensor]

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        sizes = (self.kernel_size, self.stride, self.padding)
        return self._function(input, *sizes, self.ceil_mode, self.count_include_pad, self.divisor_override)


class AvgPool2d(_AvgPoolWithDivisor):
    """The mean of each window of (N, C, H, W), or (C, H, W); see `F.avg_pool2d`.

    >>> import autograd, nn
    >>> nn.AvgPool2d(2)(autograd.ones(1, 1, 4, 6)).shape
    torch.Size([1, 1, 2, 3])
    """

    _function = staticmethod(F.avg_pool2d)


class AvgPool3d(_AvgPoolWithDivisor):
    """The mean of each window of (N, C, D, H, W), or (C, D, H, W); see `F.avg_pool3d`.

    >>> import autograd, nn
    >>> nn.AvgPool3d(2)(autograd.ones(1, 1, 4, 4, 6)).shape
    torch.Size([1, 1, 2, 2, 3])
    """

    _function = staticmethod(F.avg_pool3d)


class _FractionalMaxPool(Module):
    """The largest elements of windows that are drawn."""

    _function: Callable[..., Any]
    _rank: int

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        name, rank = type(self).__name__, self._rank
        self.kernel_size = each(kernel_size, rank)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else each(output_size, rank)
        self.output_ratio = None if output_ratio is None else each(output_ratio, rank)
        if any(size <= 0 for size in self.kernel_size):
            raise ValueError(f"kernel_size must be greater than 0, but got {kernel_size}")
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError(f"only one of output_size and output_ratio may be specified for {name}")
        if self.output_ratio is not None and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Any:
        wanted = (self.output_size, self.output_ratio, self.return_indices)
        return self._function(input, self.kernel_size, *wanted, _random_samples=self._random_samples)


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest elements of windows of (N, C, H, W), or (C, H, W), that are drawn; see `F.fractional_max_pool2d`.

    >>> import autograd, nn
    >>> nn.FractionalMaxPool2d(3, output_size=(5, 4))(autograd.ones(1, 1, 8, 8)).shape
    torch.Size([1, 1, 5, 4])
    """

    _function, _rank = staticmethod(F.fractional_max_pool2d), 2


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest elements of windows of (N, C, D, H, W), or without N, that are drawn; see `F.fractional_max_pool2d`.

    >>> import autograd, nn
    >>> nn.FractionalMaxPool3d(2, output_ratio=0.5)(autograd.ones(1, 1, 8, 8, 8)).shape
    torch.Size([1, 1, 4, 4, 4])
    """

    _function, _rank = staticmethod(F.fractional_max_pool3d), 3


class _LPPool(Module):
    """The norm of each window."""

    _function: Callable[..., Tensor]

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        return self._function(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """(Σ xᵖ)^(1/p) of each window of (N, C, L), or (C, L); see `F.lp_pool1d`.

    >>> import autograd, nn
    >>> nn.LPPool1d(2, 2)(autograd.tensor([[[3.0, 4.0, 0.0, 1.0]]]))
    tensor([[[5., 1.]]])
    """

    _function = staticmethod(F.lp_pool1d)


class LPPool2d(_LPPool):
    """(Σ xᵖ)^(1/p) of each window of (N, C, H, W), or (C, H, W); see `F.lp_pool1d`.

    >>> import autograd, nn
    >>> nn.LPPool2d(2, 2)(autograd.ones(1, 2, 4))
    tensor([[[2., 2.]]])
    """

    _function = staticmethod(F.lp_pool2d)


class LPPool3d(_LPPool):
    """(Σ xᵖ)^(1/p) of each window of (N, C, D, H, W), or (C, D, H, W); see `F.lp_pool1d`.

    >>> import autograd, nn
    >>> nn.LPPool3d(3, 2)(autograd.ones(1, 2, 2, 2))
    tensor([[[[2.]]]])
    """

    _function = staticmethod(F.lp_pool3d)


class _AdaptiveMaxPool(Module):
    """The largest elements of so many windows."""

    _function: Callable[..., Any]

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        return self._function(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest elements of so many windows, evenly over (N, C, L), or (C, L); see `F.adaptive_max_pool1d`.

    >>> import autograd, nn
    >>> nn.AdaptiveMaxPool1d(2)(autograd.tensor([[[1.0, 3.0, 2.0]]]))
    tensor([[[3., 3.]]])
    """

    _function = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest elements of so many windows, evenly over (N, C, H, W), or (C, H, W); see `F.adaptive_max_pool2d`.

    >>> import autograd, nn
    >>> nn.AdaptiveMaxPool2d((None, 1))(autograd.ones(1, 1, 4, 4)).shape
    torch.Size([1, 1, 4, 1])
    """

    _function = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest elements of so many windows, evenly over (N, C, D, H, W), or without N; see `F.adaptive_max_pool2d`.

    >>> import autograd, nn
    >>> nn.AdaptiveMaxPool3d(2)(autograd.ones(1, 1, 4, 4, 4)).shape
    torch.Size([1, 1, 2, 2, 2])
    """

    _function = staticmethod(F.adaptive_max_pool3d)


class _AdaptiveAvgPool(Module):
    """The means of so many windows."""

    _function: Callable[..., Tensor]

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return self._function(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The means of so many windows, evenly over (N, C, L), or (C, L); see `F.adaptive_avg_pool1d`.

    >>> import autograd, nn
    >>> nn.AdaptiveAvgPool1d(2)(autograd.tensor([[[1.0, 3.0, 5.0]]]))
    tensor([[[2., 4.]]])
    """

    _function = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The means of so many windows, evenly over (N, C, H, W), or (C, H, W); see `F.adaptive_avg_pool2d`.

    >>> import autograd, nn
    >>> nn.AdaptiveAvgPool2d(1)(autograd.ones(1, 2, 4, 4)).shape
    torch.Size([1, 2, 1, 1])
    """

    _function = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The means of so many windows, evenly over (N, C, D, H, W), or (C, D, H, W); see `F.adaptive_avg_pool2d`.

    >>> import autograd, nn
    >>> nn.AdaptiveAvgPool3d((1, 2, None))(autograd.ones(1, 1, 4, 4, 4)).shape
    torch.Size([1, 1, 1, 2, 4])
    """

    _function = staticmethod(F.adaptive_avg_pool3d)
