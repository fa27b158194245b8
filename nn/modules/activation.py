"""Activation functions as modules. Unless their docstrings say otherwise they act on each element."""

from __future__ import annotations

from typing import Any

from autograd import Tensor, empty

from .. import functional as F
from .. import init as initial
from ..arguments import integer, warn
from ..parameter import Parameter
from .module import Module, declared


def listed(module: Module, *names: str) -> str:
    """Arguments as PyTorch prints them: `alpha=1.0, inplace=True`, the last only where it is so."""
    parts = [f"{name}={getattr(module, name)}" for name in names]
    return ", ".join([*parts, "inplace=True"] if getattr(module, "inplace", False) else parts)


class _InPlace(Module):
    """What activations without other arguments have in common: `inplace`, to write into the input's own memory."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        return listed(self)


# ---- smooth


class Tanh(Module):
    """The hyperbolic tangent.

    >>> import autograd, nn
    >>> nn.Tanh()(autograd.zeros(1))
    tensor([0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanh(input)


class Sigmoid(Module):
    """1 / (1 + exp(-x)).

    >>> import autograd, nn
    >>> nn.Sigmoid()(autograd.zeros(1))
    tensor([0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.sigmoid(input)


class LogSigmoid(Module):
    """log(1 / (1 + exp(-x))), exact at both ends.

    >>> import autograd, nn
    >>> nn.LogSigmoid()(autograd.zeros(1))
    tensor([-0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Softplus(Module):
    """log(1 + exp(beta·x)) / beta, a smooth `ReLU`; x itself where beta·x is over `threshold`.

    >>> import autograd, nn
    >>> nn.Softplus()(autograd.zeros(1))
    tensor([0.6931])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return listed(self, "beta", "threshold")


class GELU(Module):
    """x·Φ(x), where Φ is the normal distribution's cumulative function; `approximate="tanh"` for an approximation.

    Hendrycks and Gimpel, "Gaussian error linear units", arXiv 1606.08415.

    >>> import autograd, nn
    >>> nn.GELU()(autograd.tensor([-1.0, 2.0]))
    tensor([-0.1587,  1.9545])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(_InPlace):
    """x·sigmoid(x), also called swish: Ramachandran et al., "Searching for activation functions", arXiv 1710.05941.

    >>> import autograd, nn
    >>> nn.SiLU()(autograd.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.silu(input, self.inplace)


class Mish(_InPlace):
    """x·tanh(softplus(x)): Misra, "Mish: a self regularized non-monotonic activation function", arXiv 1908.08681.

    >>> import autograd, nn
    >>> nn.Mish()(autograd.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.mish(input, self.inplace)


class _Exponential(Module):
    """What `ELU` and `CELU` have in common."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def extra_repr(self) -> str:
        return listed(self, "alpha")


class ELU(_Exponential):
    """x where it is positive, else alpha·(exp(x) - 1): Clevert et al., arXiv 1511.07289.

    >>> import autograd, nn
    >>> nn.ELU()(autograd.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)


class CELU(_Exponential):
    """x where it is positive, else alpha·(exp(x / alpha) - 1): Barron, arXiv 1704.07483.

    >>> import autograd, nn
    >>> nn.CELU(2.0)(autograd.tensor([-1.0, 2.0]))
    tensor([-0.7869,  2.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)


class SELU(_InPlace):
    """1.0507·x where x is positive, else 1.7581·(exp(x) - 1), which keeps mean 0 and variance 1.

    Klambauer et al., "Self-normalizing neural networks", arXiv 1706.02515.

    >>> import autograd, nn
    >>> nn.SELU()(autograd.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.selu(input, self.inplace)


class Softsign(Module):
    """x / (1 + |x|).

    >>> import autograd, nn
    >>> nn.Softsign()(autograd.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


class Tanhshrink(Module):
    """x - tanh(x).

    >>> import autograd, nn
    >>> nn.Tanhshrink()(autograd.tensor([0.0, 2.0]))
    tensor([0.0000, 1.0360])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)


# ---- of pieces that are lines


class ReLU(_InPlace):
    """max(x, 0).

    >>> import autograd, nn
    >>> nn.ReLU()(autograd.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input, self.inplace)


class LeakyReLU(Module):
    """x where it is positive, else negative_slope·x.

    >>> import autograd, nn
    >>> nn.LeakyReLU(0.5)(autograd.tensor([-1.0, 2.0]))
    tensor([-0.5000,  2.0000])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return listed(self, "negative_slope")


class RReLU(Module):
    """`LeakyReLU` with slopes drawn uniformly from [lower, upper] in training, and with their mean in evaluation.

    Xu et al., "Empirical evaluation of rectified activations in convolutional network", arXiv 1505.00853.

    >>> import autograd, nn
    >>> nn.RReLU(0.25, 0.75).eval()(autograd.tensor([-1.0, 2.0]))
    tensor([-0.5000,  2.0000])
    """

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return listed(self, "lower", "upper")


class PReLU(Module):
    """`LeakyReLU` with a slope that is learned, or with one for each channel. Input: (N, num_parameters, …).

    `weight` (num_parameters) starts as `init`. He et al., "Delving deep into rectifiers", arXiv 1502.01852.

    >>> import autograd, nn
    >>> nn.PReLU()(autograd.tensor([-1.0, 2.0])).tolist()
    [-0.25, 2.0]
    """

    weight: Parameter = declared()

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = integer("PReLU", "num_parameters", num_parameters)
        self.init = init
        self.weight = Parameter(empty(self.num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Gives all slopes their initial value."""
        initial.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return listed(self, "num_parameters")


class Threshold(Module):
    """x above the threshold, and `value` at it and below.

    >>> import autograd, nn
    >>> nn.Threshold(1.0, 9.0)(autograd.tensor([-1.0, 2.0]))
    tensor([9., 2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold, self.value, self.inplace = threshold, value, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return listed(self, "threshold", "value")


class Hardtanh(Module):
    """x brought into [min_val, max_val]. `min_value` and `max_value` are what these were called once.

    >>> import autograd, nn
    >>> nn.Hardtanh()(autograd.tensor([-3.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        if min_value is not None:
            warn("keyword argument `min_value` is deprecated and renamed to `min_val`", FutureWarning)
            min_val = min_value
        if max_value is not None:
            warn("keyword argument `max_value` is deprecated and renamed to `max_val`", FutureWarning)
            max_val = max_value
        if max_val <= min_val:
            raise AssertionError(f"max_val ({max_val}) must be greater than min_val ({min_val})")
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return listed(self, "min_val", "max_val")


class ReLU6(Hardtanh):
    """min(max(x, 0), 6): Howard et al., "MobileNets", arXiv 1704.04861.

    >>> import autograd, nn
    >>> nn.ReLU6()(autograd.tensor([-1.0, 9.0]))
    tensor([0., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return listed(self)


class _Unprinted(_InPlace):
    """Activations of which PyTorch does not print whether they are in place."""

    def extra_repr(self) -> str:
        return ""


class Hardsigmoid(_Unprinted):
    """(x + 3) / 6 brought into [0, 1]: Howard et al., "Searching for MobileNetV3", arXiv 1905.02244.

    >>> import autograd, nn
    >>> nn.Hardsigmoid()(autograd.tensor([-4.0, 0.0]))
    tensor([0.0000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.hardsigmoid(input, self.inplace)


class Hardswish(_Unprinted):
    """x·hardsigmoid(x): Howard et al., "Searching for MobileNetV3", arXiv 1905.02244.

    >>> import autograd, nn
    >>> nn.Hardswish()(autograd.tensor([1.0, 4.0]))
    tensor([0.6667, 4.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.hardswish(input, self.inplace)


class _Shrink(Module):
    """What `Hardshrink` and `Softshrink` have in common."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class Hardshrink(_Shrink):
    """x, and 0 from -lambd to lambd.

    >>> import autograd, nn
    >>> nn.Hardshrink()(autograd.tensor([0.3, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.hardshrink(input, self.lambd)


class Softshrink(_Shrink):
    """x brought nearer to 0 by `lambd`, and 0 from -lambd to lambd.

    >>> import autograd, nn
    >>> nn.Softshrink()(autograd.tensor([0.3, 2.0]))
    tensor([0.0000, 1.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softshrink(input, self.lambd)


# ---- along a dimension


class GLU(Module):
    """a·sigmoid(b), where a and b are the halves of the input along `dim`: Dauphin et al., arXiv 1612.08083.

    >>> import autograd, nn
    >>> nn.GLU()(autograd.tensor([1.0, 2.0, 0.0, 0.0]))
    tensor([0.5000, 1.0000])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        return listed(self, "dim")
