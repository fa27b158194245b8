"""Instance normalization."""

from __future__ import annotations

import warnings
from typing import Any

from autograd import Tensor

from .. import functional as F
from .batchnorm import _NormBase

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _InstanceNorm(_NormBase):
    """Normalizes each channel of each sample; the smaller of its `_dims` is that of a single sample."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        single = input.dim() == self._dims[0]
        channel = 0 if single else 1
        found = input.shape[channel]
        if found != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={channel} to match num_features ({self.num_features}), but got: "
                    f"{found}."
                )
            warnings.warn(
                f"input's size at dim={channel} does not match num_features. You can silence this warning by not "
                "passing in num_features, which is not used because affine=False",
                stacklevel=2,
            )
        out = F.instance_norm(
            input.unsqueeze(0) if single else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return out.squeeze(0) if single else out

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
        if local_metadata.get("version") is None and not self.track_running_stats:
            found = [name for name in ("running_mean", "running_var") if prefix + name in state_dict]
            if found:
                error_msgs.append(
                    f"Unexpected running stats buffer(s) {' and '.join(found)} for {type(self).__name__} with "
                    "track_running_stats=False. A checkpoint of before PyTorch 0.4 has them, since it tracked them by "
                    "default. Remove them from the state_dict, or build the module with track_running_stats=True."
                )
                for name in found:
                    state_dict.pop(prefix + name)
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )


class InstanceNorm1d(_InstanceNorm):
    """Instance normalization of inputs (N, C, L) or (C, L): Ulyanov et al., arXiv 1607.08022.

    Each channel of each sample is normalized by its own mean and (biased) variance. `affine` adds a `weight` (C) that
    starts at 1 and a `bias` (C) that starts at 0. With `track_running_stats` averages of the means and the (unbiased)
    variances are kept in training, as in `BatchNorm1d`, and normalize in evaluation.

    >>> import autograd, nn
    >>> nn.InstanceNorm1d(1)(autograd.tensor([[1.0, 3.0]]))
    tensor([[-1.0000,  1.0000]])
    """

    _dims = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Instance normalization of inputs (N, C, H, W) or (C, H, W); see `InstanceNorm1d`.

    >>> import autograd, nn
    >>> nn.InstanceNorm2d(3)(autograd.randn(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """

    _dims = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalization of inputs (N, C, D, H, W) or (C, D, H, W); see `InstanceNorm1d`.

    >>> import autograd, nn
    >>> nn.InstanceNorm3d(3)(autograd.randn(2, 3, 2, 4, 4)).shape
    torch.Size([2, 3, 2, 4, 4])
    """

    _dims = (4, 5)
