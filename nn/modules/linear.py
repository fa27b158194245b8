"""Linear and bilinear maps."""

from __future__ import annotations

import math
from typing import Any

from autograd import Tensor, empty

from .. import functional as F
from .. import init
from ..arguments import integer
from ..parameter import Parameter
from .module import Module, declared


class Linear(Module):
    """`x @ weight.T + bias`: x (..., in_features) becomes (..., out_features).

    `weight` (out_features, in_features) and `bias` (out_features) start uniform within ±1/√in_features.

    >>> import autograd, nn
    >>> nn.Linear(3, 2)(autograd.ones(4, 3)).shape
    torch.Size([4, 2])
    """

    weight: Parameter = declared()
    bias: Parameter | None = declared()

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features = in_features = integer("Linear", "in_features", in_features)
        self.out_features = out_features = integer("Linear", "out_features", out_features)
        self.weight = Parameter(empty(out_features, in_features, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

    def _summary(self) -> str:
        return f"{type(self).__name__} {self.in_features or '?'}→{self.out_features}"


class NonDynamicallyQuantizableLinear(Linear):
    """A `Linear` whose weights are used without a call of it, as those of `nn.MultiheadAttention` are."""


class Bilinear(Module):
    """`x1ᵀ·W·x2 + b` for each output: x1 (..., in1_features) and x2 (..., in2_features) become (..., out_features).

    `weight` (out_features, in1_features, in2_features) and `bias` (out_features) start uniform within ±1/√in1_features.

    >>> import autograd, nn
    >>> nn.Bilinear(3, 4, 2)(autograd.ones(5, 3), autograd.ones(5, 4)).shape
    torch.Size([5, 2])
    """

    weight: Parameter = declared()
    bias: Parameter | None = declared()

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in1_features = in1_features = integer("Bilinear", "in1_features", in1_features)
        self.in2_features = in2_features = integer("Bilinear", "in2_features", in2_features)
        self.out_features = out_features = integer("Bilinear", "out_features", out_features)
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got (in1_features={in1_features})")
        self.weight = Parameter(empty(out_features, in1_features, in2_features, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )

    def _summary(self) -> str:
        return f"{type(self).__name__} {self.in1_features}, {self.in2_features}→{self.out_features}"


class Identity(Module):
    """Returns its input; accepts and ignores any arguments.

    >>> import autograd, nn
    >>> nn.Identity(54, unused=True)(autograd.ones(1))
    tensor([1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input
