"""Batch normalization, and what it has in common with instance normalization."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor

from .. import functional as F
from .. import init
from ..arguments import integer
from ..parameter import Parameter
from .module import Module, declared

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"]


class _NormBase(Module):
    """A weight and a bias for each channel, if `affine`, and running statistics, if `track_running_stats`.

    `_dims` are the numbers of dimensions that an input may have.
    """

    _version = 2  # 1 had no num_batches_tracked
    _dims: tuple[int, ...]
    weight: Parameter | None = declared()
    bias: Parameter | None = declared()
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features = integer(type(self).__name__, "num_features", num_features)
        self.eps, self.momentum = eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        place = {"device": device, "dtype": dtype}
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            self.register_parameter(name, Parameter(autograd.empty(num_features, **place)) if wanted else None)
        tracked = track_running_stats
        self.register_buffer("running_mean", autograd.zeros(num_features, **place) if tracked else None)
        self.register_buffer("running_var", autograd.ones(num_features, **place) if tracked else None)
        self.register_buffer("num_batches_tracked", autograd.tensor(0, device=device) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forgets all batches: mean 0, variance 1."""
        if self.running_mean is not None and self.running_var is not None:
            self.running_mean.zero_()
            self.running_var.fill_(1)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forgets all batches, and sets the weight to 1, the bias to 0."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() not in self._dims:
            expected = " or ".join(f"{n}D" for n in self._dims)
            raise ValueError(f"expected {expected} input (got {input.dim()}D input)")

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _summary(self) -> str:
        return f"{type(self).__name__} {self.num_features}"

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        version = local_metadata.get("version")
        if (version is None or version < 2) and self.num_batches_tracked is not None:
            state_dict.setdefault(prefix + "num_batches_tracked", self.num_batches_tracked)
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )


class _BatchNorm(_NormBase):
    """Normalizes each channel over the batch: by the batch's statistics in training, else by the running ones."""

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        tracking = self.training and self.track_running_stats
        count, momentum = self.num_batches_tracked if tracking else None, self.momentum
        if momentum is None:  # the average of all batches
            momentum = 0.0 if count is None else 1 / (count.item() + 1)
        mean, var = self.running_mean, self.running_var
        by_batch = self.training or (mean is None and var is None)
        if self.training and not self.track_running_stats:
            mean = var = None
        out = F.batch_norm(input, mean, var, self.weight, self.bias, by_batch, momentum, self.eps)
        if count is not None:
            count.add_(1)
        return out


class BatchNorm1d(_BatchNorm):
    """Batch normalization of inputs (N, C) or (N, C, L): Ioffe and Szegedy, arXiv 1502.03167.

    In training each channel is normalized by its mean and (biased) variance in the batch, and a share of `momentum` of
    these (the variance unbiased) goes into `running_mean` and `running_var`; with `momentum=None` they become the
    averages of all batches. In evaluation these two normalize, unless `track_running_stats` is False. `weight` (C)
    starts at 1, `bias` (C) at 0; `affine=False` leaves them out.

    >>> import autograd, nn
    >>> nn.BatchNorm1d(1)(autograd.tensor([[1.0], [3.0]])).detach()
    tensor([[-1.0000],
            [ 1.0000]])
    """

    _dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalization of inputs (N, C, H, W); see `BatchNorm1d`.

    >>> import autograd, nn
    >>> nn.BatchNorm2d(3)(autograd.randn(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """

    _dims = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalization of inputs (N, C, D, H, W); see `BatchNorm1d`.

    >>> import autograd, nn
    >>> nn.BatchNorm3d(3)(autograd.randn(2, 3, 2, 4, 4)).shape
    torch.Size([2, 3, 2, 4, 4])
    """

    _dims = (5,)
