"""Normalization within each sample: of groups of channels, of the last dimensions, of neighbouring channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Tensor, empty

from .. import functional as F
from .. import init
from ..arguments import integer
from ..parameter import Parameter
from .module import Module, declared

__all__ = ["GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]


class _Affine(Module):
    """A weight that starts at 1 and a bias that starts at 0, each of which may be left out."""

    weight: Parameter | None = declared()
    bias: Parameter | None = declared()

    def _add(self, name: str, wanted: bool, shape: Any, device: Any, dtype: Any) -> None:
        """Registers a parameter, or reserves its name."""
        self.register_parameter(name, Parameter(empty(shape, device=device, dtype=dtype)) if wanted else None)

    def reset_parameters(self) -> None:
        """Sets the weight to 1 and the bias to 0."""
        for name, parameter in self._parameters.items():
            if parameter is not None:
                (init.ones_ if name == "weight" else init.zeros_)(parameter)


class GroupNorm(_Affine):
    """Normalizes groups of channels of inputs (N, C, ...), in each sample: Wu and He, arXiv 1803.08494.

    `num_groups` must be a divisor of `num_channels`, C. `weight` (C) starts at 1, `bias` (C) at 0; `affine=False`
    leaves them out.

    >>> import autograd, nn
    >>> nn.GroupNorm(2, 4, affine=False)(autograd.tensor([[1.0, 3.0, 4.0, 6.0]]))
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_groups = num_groups = integer("GroupNorm", "num_groups", num_groups)
        self.num_channels = num_channels = integer("GroupNorm", "num_channels", num_channels)
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.eps, self.affine = eps, affine
        self._add("weight", affine, num_channels, device, dtype)
        self._add("bias", affine and bias, num_channels, device, dtype)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )

    def _summary(self) -> str:
        return f"GroupNorm {self.num_channels} in {self.num_groups} groups"


class LayerNorm(_Affine):
    """Normalizes over the last dimensions of the input, which have `normalized_shape`: Ba et al., arXiv 1607.06450.

    `weight` starts at 1, `bias` at 0, both of `normalized_shape`; `elementwise_affine=False` leaves them out.

    >>> import autograd, nn
    >>> nn.LayerNorm(2, elementwise_affine=False)(autograd.tensor([[1.0, 3.0]]))
    tensor([[-1.0000,  1.0000]])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = as_shape("LayerNorm", normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._add("weight", elementwise_affine, self.normalized_shape, device, dtype)
        self._add("bias", elementwise_affine and bias, self.normalized_shape, device, dtype)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )

    def _summary(self) -> str:
        return f"LayerNorm {list(self.normalized_shape)}"


class RMSNorm(_Affine):
    """Divides by the root mean square over the last dimensions, of `normalized_shape`: Zhang and Sennrich, 1910.07467.

    `weight`, of that shape, starts at 1; `elementwise_affine=False` leaves it out. `eps`, which is added under the
    root, is the dtype's precision unless given.

    >>> import autograd, nn
    >>> nn.RMSNorm(2, elementwise_affine=False)(autograd.tensor([[1.0, 7.0]]))
    tensor([[0.2000, 1.4000]])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = as_shape("RMSNorm", normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._add("weight", elementwise_affine, self.normalized_shape, device, dtype)
        self.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"

    def _summary(self) -> str:
        return f"RMSNorm {list(self.normalized_shape)}"


class LocalResponseNorm(Module):
    """x / (k + alpha·mean of x² over `size` neighbouring channels)^beta: Krizhevsky et al., NeurIPS 2012, section 3.3.

    >>> import autograd, nn
    >>> nn.LocalResponseNorm(1, alpha=3.0, beta=0.5)(autograd.ones(1, 1, 1))
    tensor([[[0.5000]]])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def as_shape(name: str, shape: int | Sequence[int]) -> tuple[int, ...]:
    """The `normalized_shape` of a module as a tuple."""
    sizes = shape if isinstance(shape, Sequence) else (shape,)
    return tuple([integer(name, "normalized_shape", size) for size in sizes])
