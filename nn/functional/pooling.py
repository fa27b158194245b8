"""Pooling: a maximum, a mean or a norm of every window of the spatial dimensions."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, ParamSpec

from autograd import Tensor
from autograd.casting import single_precision
from autograd.functions import adaptive_pooling as adaptive
from autograd.functions import pooling
from autograd.functions.pooling import for_each, max_unpool

P = ParamSpec("P")


def max_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of input (N, C, L), or (C, L); see `autograd.max_pool1d`.

    With `return_indices` also where these elements are, for `max_unpool1d`.

    >>> import autograd, nn.functional as F
    >>> F.max_pool1d(autograd.tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2, return_indices=True)
    (tensor([[[3., 2.]]]), tensor([[[1, 2]]]))
    """
    function = pooling.max_pool1d_with_indices if return_indices else pooling.max_pool1d
    return function(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of input (N, C, H, W), or (C, H, W); see `max_pool1d`.

    >>> import autograd, nn.functional as F
    >>> F.max_pool2d(autograd.arange(16.0).reshape(1, 1, 4, 4), 3, stride=2, padding=1).shape
    torch.Size([1, 1, 2, 2])
    """
    function = pooling.max_pool2d_with_indices if return_indices else pooling.max_pool2d
    return function(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of input (N, C, D, H, W), or (C, D, H, W); see `max_pool1d`.

    >>> import autograd, nn.functional as F
    >>> F.max_pool3d(autograd.ones(1, 2, 4, 4, 4), 2).shape
    torch.Size([1, 2, 2, 2, 2])
    """
    function = pooling.max_pool3d_with_indices if return_indices else pooling.max_pool3d
    return function(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """Zeros with the input (N, C, L'), or (C, L'), put at `indices`: what `max_pool1d` with `return_indices` left over.

    `output_size` chooses among the lengths that pooling with these arguments would bring to L'. Of several elements
    for one place the last is put there.

    >>> import autograd, nn.functional as F
    >>> F.max_unpool1d(autograd.tensor([[3.0, 2.0]]), autograd.tensor([[1, 2]]), 2)
    tensor([[0., 3., 2., 0.]])
    """
    return max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """Zeros with the input (N, C, H', W'), or (C, H', W'), put at `indices`; see `max_unpool1d`.

    >>> import autograd, nn.functional as F
    >>> F.max_unpool2d(autograd.tensor([[[7.0]]]), autograd.tensor([[[2]]]), 2)
    tensor([[[0., 0.],
             [7., 0.]]])
    """
    return max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """Zeros with the input (N, C, D', H', W'), or without N, put at `indices`; see `max_unpool1d`.

    >>> import autograd, nn.functional as F
    >>> F.max_unpool3d(autograd.ones(1, 1, 1, 1), autograd.tensor([[[[2]]]]), 2).shape
    torch.Size([1, 2, 2, 2])
    """
    return max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


def lp_pool1d(
    input: Tensor, norm_type: int | float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """(Σ xᵖ)^(1/p) of each window of input (N, C, L), or (C, L), with p the `norm_type`.

    The powers keep their sign: a sum below zero gives NaN. Where windows go over the end, the mean of what is inside
    stands for the rest. An infinite p gives the largest |x|.

    >>> import autograd, nn.functional as F
    >>> F.lp_pool1d(autograd.tensor([[[3.0, 4.0, 0.0, 1.0]]]), 2, 2)
    tensor([[[5., 1.]]])
    """
    return lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: int | float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """(Σ xᵖ)^(1/p) of each window of input (N, C, H, W), or (C, H, W); see `lp_pool1d`.

    >>> import autograd, nn.functional as F
    >>> F.lp_pool2d(autograd.ones(1, 4, 4), 2, 2)
    tensor([[[2., 2.],
             [2., 2.]]])
    """
    return lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: int | float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """(Σ xᵖ)^(1/p) of each window of input (N, C, D, H, W), or (C, D, H, W); see `lp_pool1d`.

    >>> import autograd, nn.functional as F
    >>> F.lp_pool3d(autograd.ones(1, 2, 2, 2), 3, 2)
    tensor([[[[2.]]]])
    """
    return lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool(rank: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Tensor:
    """The norm of each window. Where a sum is zero, the gradient is zero."""
    if abs(norm_type) == math.inf:
        largest = (max_pool1d, max_pool2d, max_pool3d)[rank - 1]
        if norm_type > 0:
            return largest(input.abs(), kernel_size, stride, 0, 1, ceil_mode)
        return -largest(-input.abs(), kernel_size, stride, 0, 1, ceil_mode)
    mean = (pooling.avg_pool1d, pooling.avg_pool2d, pooling.avg_pool3d)[rank - 1]
    out = mean(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    count = math.prod(for_each(f"lp_pool{rank}d", "kernel_size", kernel_size, rank))
    return (out.sign() * out.abs().relu()).mul(count).pow(1.0 / norm_type)


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of `output_size` windows that lie evenly over input (N, C, L), or (C, L).

    With `return_indices` also where they are. The windows are those of `adaptive_avg_pool1d`.

    >>> import autograd, nn.functional as F
    >>> F.adaptive_max_pool1d(autograd.tensor([[[1.0, 3.0, 2.0]]]), 2)
    tensor([[[3., 3.]]])
    """
    if return_indices:
        return adaptive.adaptive_max_pool1d(input, output_size)
    return adaptive.adaptive_values("adaptive_max_pool1d", 1, input, output_size)


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of windows that lie evenly over input (N, C, H, W); see `adaptive_max_pool1d`.

    `output_size` is how many they are along H and W, or along both; None for as many as there are elements.

    >>> import autograd, nn.functional as F
    >>> F.adaptive_max_pool2d(autograd.arange(16.0).reshape(1, 1, 4, 4), (1, 2))
    tensor([[[[13., 15.]]]])
    """
    if return_indices:
        return adaptive.adaptive_max_pool2d(input, output_size)
    return adaptive.adaptive_values("adaptive_max_pool2d", 2, input, output_size)


@single_precision
def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of windows that lie evenly over input (N, C, D, H, W); see `adaptive_max_pool2d`.

    >>> import autograd, nn.functional as F
    >>> F.adaptive_max_pool3d(autograd.ones(1, 2, 4, 4, 4), (1, 2, None)).shape
    torch.Size([1, 2, 1, 2, 4])
    """
    if return_indices:
        return adaptive.adaptive_max_pool3d(input, output_size)
    return adaptive.adaptive_values("adaptive_max_pool3d", 3, input, output_size)


def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest elements of windows of input (N, C, H, W), or (C, H, W), whose distances are drawn for each channel.

    `output_size` says how many windows there are along H and W; or `output_ratio`, how many for each element.
    `_random_samples` (N, C, 2) are the numbers in [0, 1) to be used instead of drawing some. With `return_indices` also
    where the elements are. Graham, "Fractional max-pooling", arXiv 1412.6071.

    >>> import autograd, nn.functional as F
    >>> F.fractional_max_pool2d(autograd.ones(1, 1, 8, 8), 2, output_ratio=(0.7, 0.5)).shape
    torch.Size([1, 1, 5, 4])
    """
    results = adaptive.fractional(2, input, kernel_size, output_size, output_ratio, _random_samples)
    return results if return_indices else results[0]


def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest elements of drawn windows of input (N, C, D, H, W), or (C, D, H, W); see `fractional_max_pool2d`.

    >>> import autograd, nn.functional as F
    >>> F.fractional_max_pool3d(autograd.ones(1, 1, 4, 8, 8), 2, output_size=(2, 3, 5)).shape
    torch.Size([1, 1, 2, 3, 5])
    """
    results = adaptive.fractional(3, input, kernel_size, output_size, output_ratio, _random_samples)
    return results if return_indices else results[0]


# ---- the same with indices


def with_indices(pool: Callable[P, Any], sizes: str, position: int) -> Callable[P, tuple[Tensor, Tensor]]:
    """The function that is `pool` with `return_indices`, its argument at `position`, whatever that is."""
    name = f"{pool.__name__}_with_indices"

    @functools.wraps(pool)
    def both(*args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        if len(args) > position:
            return pool(*args[:position], True, *args[position + 1 :], **kwargs)  # type: ignore[arg-type]
        return pool(*args, **{**kwargs, "return_indices": True})

    both.__name__ = both.__qualname__ = name
    both.__doc__ = f"""What `{pool.__name__}` gives with `return_indices`: the largest elements, and where they are.

    >>> import autograd, nn.functional as F
    >>> values, indices = F.{name}(autograd.ones({"1, 4, 4, 4" if "3d" in name else "1, 4, 4"}), {sizes})
    >>> values.shape == indices.shape
    True
    """
    return both


max_pool1d_with_indices = with_indices(max_pool1d, "2", 6)
max_pool2d_with_indices = with_indices(max_pool2d, "2", 6)
max_pool3d_with_indices = with_indices(max_pool3d, "2", 6)
adaptive_max_pool1d_with_indices = with_indices(adaptive_max_pool1d, "2", 2)
adaptive_max_pool2d_with_indices = with_indices(adaptive_max_pool2d, "2", 2)
adaptive_max_pool3d_with_indices = with_indices(adaptive_max_pool3d, "2", 2)
fractional_max_pool2d_with_indices = with_indices(fractional_max_pool2d, "2, 3", 4)
fractional_max_pool3d_with_indices = with_indices(fractional_max_pool3d, "2, 3", 4)
