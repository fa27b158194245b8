"""Activation functions, with `inplace` where PyTorch has it: the result is then in the input's own memory."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor
from autograd.functions import activations as functions
from autograd.functions.arguments import check_tensor

from ..arguments import warn

# ---- with inplace


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0), elementwise.

    >>> import autograd, nn.functional as F
    >>> F.relu(autograd.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    if not isinstance(input, Tensor):
        check_tensor(input, "relu")
    return input.relu_() if inplace else input.relu()


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x, 0), 6), elementwise; see `nn.ReLU6`.

    >>> import autograd, nn.functional as F
    >>> F.relu6(autograd.tensor([-1.0, 9.0]))
    tensor([0., 6.])
    """
    return (functions.relu6_ if inplace else functions.relu6)(input)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where it is positive, else alpha·(exp(x) - 1); see `nn.ELU`.

    >>> import autograd, nn.functional as F
    >>> F.elu(autograd.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    return (functions.elu_ if inplace else functions.elu)(input, alpha)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where it is positive, else alpha·(exp(x / alpha) - 1); see `nn.CELU`.

    >>> import autograd, nn.functional as F
    >>> F.celu(autograd.tensor([-1.0, 2.0]), alpha=2.0)
    tensor([-0.7869,  2.0000])
    """
    return (functions.celu_ if inplace else functions.celu)(input, alpha)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """1.0507·x where x is positive, else 1.7581·(exp(x) - 1); see `nn.SELU`.

    >>> import autograd, nn.functional as F
    >>> F.selu(autograd.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """
    return (functions.selu_ if inplace else functions.selu)(input)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x·sigmoid(x), elementwise; see `nn.SiLU`.

    >>> import autograd, nn.functional as F
    >>> F.silu(autograd.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """
    return (functions.silu_ if inplace else functions.silu)(input)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x·tanh(softplus(x)), elementwise; see `nn.Mish`.

    >>> import autograd, nn.functional as F
    >>> F.mish(autograd.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """
    return (functions.mish_ if inplace else functions.mish)(input)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """(x + 3) / 6 brought into [0, 1], elementwise; see `nn.Hardsigmoid`.

    >>> import autograd, nn.functional as F
    >>> F.hardsigmoid(autograd.tensor([-4.0, 0.0]))
    tensor([0.0000, 0.5000])
    """
    return (functions.hardsigmoid_ if inplace else functions.hardsigmoid)(input)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x·hardsigmoid(x), elementwise; see `nn.Hardswish`.

    >>> import autograd, nn.functional as F
    >>> F.hardswish(autograd.tensor([1.0, 4.0]))
    tensor([0.6667, 4.0000])
    """
    return (functions.hardswish_ if inplace else functions.hardswish)(input)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """x brought into [min_val, max_val], elementwise; see `nn.Hardtanh`. `ValueError` if min_val > max_val.

    >>> import autograd, nn.functional as F
    >>> F.hardtanh(autograd.tensor([-3.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """
    if min_val > max_val:
        raise ValueError(f"min_val cannot be greater than max_val in hardtanh, but they are {min_val} and {max_val}")
    return (functions.hardtanh_ if inplace else functions.hardtanh)(input, min_val, max_val)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where it is positive, else negative_slope·x; see `nn.LeakyReLU`.

    >>> import autograd, nn.functional as F
    >>> F.leaky_relu(autograd.tensor([-1.0, 2.0]), 0.5)
    tensor([-0.5000,  2.0000])
    """
    return (functions.leaky_relu_ if inplace else functions.leaky_relu)(input, negative_slope)


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """`leaky_relu` with slopes drawn from [lower, upper], if `training`, else with their mean; see `nn.RReLU`.

    >>> import autograd, nn.functional as F
    >>> F.rrelu(autograd.tensor([-1.0, 2.0]), 0.25, 0.75)
    tensor([-0.5000,  2.0000])
    """
    return (functions.rrelu_ if inplace else functions.rrelu)(input, lower, upper, training)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x above the threshold, and `value` at it and below; see `nn.Threshold`.

    >>> import autograd, nn.functional as F
    >>> F.threshold(autograd.tensor([-1.0, 2.0]), 1.0, 9.0)
    tensor([9., 2.])
    """
    return (functions.threshold_ if inplace else functions.threshold)(input, threshold, value)


# ---- along a dimension


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """a·sigmoid(b), where a and b are the halves of the input along `dim`; see `nn.GLU`.

    >>> import autograd, nn.functional as F
    >>> F.glu(autograd.tensor([1.0, 2.0, 0.0, 0.0]))
    tensor([0.5000, 1.0000])
    """
    return functions.glu(input, dim)


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """exp(x) / Σ exp(x) along `dim`: positive numbers that sum to one; see `nn.Softmax`.

    Without `dim` it warns and takes 0 for tensors of 0, 1 and 3 dimensions, else 1. `_stacklevel` is PyTorch's: here
    the warning finds the line that called by itself.

    >>> import autograd, nn.functional as F
    >>> F.softmax(autograd.zeros(2), dim=0)
    tensor([0.5000, 0.5000])
    """
    return autograd.softmax(input, implicit("softmax", input) if dim is None else dim, dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The logarithm of `softmax`, without its loss of precision; see `nn.LogSoftmax`.

    >>> import autograd, nn.functional as F
    >>> F.log_softmax(autograd.zeros(2), dim=0)
    tensor([-0.6931, -0.6931])
    """
    return autograd.log_softmax(input, implicit("log_softmax", input) if dim is None else dim, dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """`softmax` of -x; see `nn.Softmin`.

    >>> import autograd, nn.functional as F
    >>> F.softmin(autograd.tensor([0.0, 1.0]), dim=0)
    tensor([0.7311, 0.2689])
    """
    check_tensor(input, "softmin")
    return autograd.softmax(-input, implicit("softmin", input) if dim is None else dim, dtype)


def implicit(name: str, input: Tensor) -> int:
    """The dimension that a softmax takes where none is given, which is warned of."""
    check_tensor(input, name)
    warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.")
    return 0 if input.dim() in (0, 1, 3) else 1


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """Samples from the categories along `dim`, relaxed so that they have a gradient, or with `hard` as one-hot rows.

    The lower the temperature `tau`, the nearer to one-hot. With `hard` the gradient is that of the relaxed sample.
    `eps` is PyTorch's and has no effect. Jang et al., arXiv 1611.01144; Maddison et al., arXiv 1611.00712.

    >>> import autograd, nn.functional as F
    >>> F.gumbel_softmax(autograd.zeros(2, 3), hard=True).sum(-1)
    tensor([1., 1.])
    """
    check_tensor(logits, "gumbel_softmax", "logits")
    if eps != 1e-10:
        warn("`eps` parameter is deprecated and has no effect.")
    gumbels = -autograd.empty_like(logits).exponential_().log()
    soft = autograd.softmax((logits + gumbels) / tau, dim)
    if not hard:
        return soft
    chosen = soft.detach().argmax(dim, keepdim=True)
    one_hot = autograd.zeros_like(logits).scatter_(dim, chosen, 1.0)
    return one_hot - soft.detach() + soft
