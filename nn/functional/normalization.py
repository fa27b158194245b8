"""Normalization: of what shares a mean, of neighbours, and of vectors to length one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import autograd
from autograd import Tensor
from autograd.functions.arguments import check_tensor
from autograd.functions.normalization import rms_norm
from autograd.functions.padding import pad

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "normalize", "rms_norm"]


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalizes each channel of input (N, C, ...) over all samples: Ioffe and Szegedy, arXiv 1502.03167.

    In `training` by the mean and the variance of the input, of which, the variance unbiased, a share of `momentum` goes
    into `running_mean` and `running_var`, in place. Otherwise by those two. All that is given besides the input is (C).

    >>> import autograd, nn.functional as F
    >>> F.batch_norm(autograd.tensor([[1.0], [3.0]]), None, None, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    check_tensor(input, "batch_norm")
    if training:
        check_values("batch_norm", input.shape, input.shape)
        if eps <= 0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    elif eps < 0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    return autograd.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalizes each channel of each sample of input (N, C, ...): Ulyanov et al., arXiv 1607.08022.

    With `use_input_stats` by its own mean and variance; the averages of these over the samples, the variance unbiased,
    go into `running_mean` and `running_var` as in `batch_norm`. Otherwise by those two.

    >>> import autograd, nn.functional as F
    >>> F.instance_norm(autograd.tensor([[[1.0, 3.0]]]))
    tensor([[[-1.0000,  1.0000]]])
    """
    check_tensor(input, "instance_norm")
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    return autograd.instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps)


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalizes groups of channels in each sample of input (N, C, ...): Wu and He, arXiv 1803.08494.

    weight and bias: (C), of which `num_groups` must be a divisor.

    >>> import autograd, nn.functional as F
    >>> F.group_norm(autograd.tensor([[1.0, 3.0, 4.0, 6.0]]), 2)
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    check_tensor(input, "group_norm")
    if input.dim() >= 2 and num_groups > 0:
        samples, channels, *sizes = input.shape
        check_values("group_norm", input.shape, (samples * channels // num_groups, num_groups, *sizes))
    return autograd.group_norm(input, num_groups, weight, bias, eps)


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalizes over the last dimensions of input, of `normalized_shape`: Ba et al., arXiv 1607.06450.

    weight and bias: of that shape.

    >>> import autograd, nn.functional as F
    >>> F.layer_norm(autograd.tensor([[1.0, 3.0]]), (2,))
    tensor([[-1.0000,  1.0000]])
    """
    return autograd.layer_norm(input, normalized_shape, weight, bias, eps)


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """x / (k + alpha·mean of x² over `size` neighbouring channels)^beta: Krizhevsky et al., NeurIPS 2012, section 3.3.

    input: (N, C, ...), of 3 dimensions or more.

    >>> import autograd, nn.functional as F
    >>> F.local_response_norm(autograd.ones(1, 1, 1), 1, alpha=3.0, beta=0.5)
    tensor([[[0.5000]]])
    """
    check_tensor(input, "local_response_norm")
    if input.dim() < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {input.dim()} dimensions)")
    if size < 1:
        raise RuntimeError(f"local_response_norm: size should be greater than zero, but got {size}")
    if not input.numel():
        return input
    narrow = input.is_floating_point() and input.dtype.itemsize == 2
    wide = input.float() if narrow or not (input.is_floating_point() or input.is_complex()) else input
    borders = (0, 0) * (input.dim() - 2) + (size // 2, (size - 1) // 2)
    squares = pad(wide * wide, borders)
    channels = input.shape[1]
    total = squares.narrow(1, 0, channels)
    for start in range(1, size):
        total = total + squares.narrow(1, start, channels)
    out = wide / (total * (alpha / size) + k) ** beta
    return out.to(input.dtype) if narrow else out


def normalize(
    input: Tensor, p: float = 2.0, dim: int | Sequence[int] = 1, eps: float = 1e-12, out: Tensor | None = None
) -> Tensor:
    """Divides by the `p`-norm over `dim`, or by `eps` where the norm is less; the result goes into `out`, if given.

    >>> import autograd, nn.functional as F
    >>> F.normalize(autograd.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    check_tensor(input, "normalize")
    length = input.norm(p, dim, keepdim=True).clamp_min(eps)
    if out is None:
        return input / length
    if autograd.is_grad_enabled() and (input.requires_grad or out.requires_grad):
        raise RuntimeError(
            "normalize(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad: leave out= away"
        )
    return out.copy_(input / length)


def check_values(function: str, shape: Sequence[int], size: Sequence[int]) -> None:
    """Raises if a channel (or a group of them) of an input (N, C, ...) of this `size` has a single value."""
    if len(size) > 1 and size[0] * math.prod(size[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {list(shape)}: {function} would "
            "take the mean and the variance of one number"
        )
