"""Initial values of parameters, written in place outside the graph.

What draws takes `generator`, and draws from the default generator without one.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import autograd
from autograd import Generator, Tensor
from autograd.functions.decompositions import qr

from .arguments import warn

__all__ = [
    "calculate_gain", "uniform_", "normal_", "trunc_normal_", "constant_", "ones_", "zeros_", "eye_", "dirac_",
    "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_", "sparse_", "uniform",
    "normal", "constant", "eye", "dirac", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal",
    "orthogonal", "sparse",
]  # fmt: skip

# ---- the same distribution for all shapes


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fills with values drawn uniformly between a and b.

    >>> import autograd, nn
    >>> bool((nn.init.uniform_(autograd.empty(9)) < 1).all())
    True
    """
    with autograd.no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fills with normal values of this mean and standard deviation.

    >>> import autograd, nn
    >>> nn.init.normal_(autograd.empty(2), mean=3.0, std=0.0)
    tensor([3., 3.])
    """
    with autograd.no_grad():
        return tensor.normal_(mean, std, generator=generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Fills with normal values of which those outside [a, b] are drawn again.

    Warns where `mean` is more than two `std` outside: the values are then far from normal.

    >>> import autograd, nn
    >>> bool((nn.init.trunc_normal_(autograd.empty(9), b=0.5) <= 0.5).all())
    True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warn(
            f"mean is more than 2 std from [a, b] in nn.init.trunc_normal_: {mean} with std {std} from [{a}, {b}]. The "
            "distribution of values may be incorrect."
        )
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    common = (math.erf((b - mean) / std / math.sqrt(2)) - math.erf((a - mean) / std / math.sqrt(2))) / 2 > 0.3

    def draw(count: int) -> tuple[Tensor, Tensor]:
        """Values, and which of them are to be drawn again: by their place, or if most are there, by their density."""
        values = tensor.new_empty(count)
        if common:
            values.normal_(mean, std, generator=generator)
            return values, (values < a) | (values > b)
        values.uniform_(a, b, generator=generator)
        density = -0.5 * ((values - mean) / std) ** 2 - peak
        return values, autograd.empty_like(values).uniform_(generator=generator).log() > density

    with autograd.no_grad():
        values, refused = draw(tensor.numel())
        while len(places := refused.nonzero().squeeze(1)):
            values[places], refused[places] = draw(len(places))
        return tensor.copy_(values.view(tensor.shape))


# ---- constants


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fills with one value.

    >>> import autograd, nn
    >>> nn.init.constant_(autograd.empty(2), 0.3)
    tensor([0.3000, 0.3000])
    """
    with autograd.no_grad():
        return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Fills with ones.

    >>> import autograd, nn
    >>> nn.init.ones_(autograd.empty(2))
    tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fills with zeros.

    >>> import autograd, nn
    >>> nn.init.zeros_(autograd.empty(2))
    tensor([0., 0.])
    """
    with autograd.no_grad():
        return tensor.zero_()


def eye_(tensor: Tensor) -> Tensor:
    """Makes a matrix the identity, so that a linear map hands on as many of its inputs as it can.

    >>> import autograd, nn
    >>> nn.init.eye_(autograd.empty(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    check_matrix(tensor)
    with autograd.no_grad():
        return tensor.copy_(autograd.eye(*tensor.shape))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Makes the weight of a convolution hand on as many channels as it can, in each of the groups.

    tensor: (out_channels, in_channels / groups, …) with one to three spatial dimensions.

    >>> import autograd, nn
    >>> nn.init.dirac_(autograd.empty(1, 1, 3))
    tensor([[[0., 1., 0.]]])
    """
    if tensor.dim() not in (3, 4, 5):
        raise ValueError(
            f"Only tensors with 3, 4, or 5 dimensions are supported, not one of shape {list(tensor.shape)}"
        )
    if tensor.shape[0] % groups != 0:
        raise ValueError(f"dim 0 must be divisible by groups: {tensor.shape[0]} output channels in {groups} groups")
    outputs = tensor.shape[0] // groups
    centre = [size // 2 for size in tensor.shape[2:]]
    with autograd.no_grad():
        tensor.zero_()
        for group in range(groups):
            for channel in range(min(outputs, tensor.shape[1])):
                place = (group * outputs + channel, channel, *centre)
                tensor[place] = 1
    return tensor


def check_matrix(tensor: Tensor) -> None:
    """Raises unless the tensor has two dimensions."""
    if tensor.dim() != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, not one of shape {list(tensor.shape)}")


# ---- by the number of inputs and outputs


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The recommended scale of weights before a nonlinearity (5/3 for tanh, √2 for relu, ...).

    >>> import nn
    >>> nn.init.calculate_gain("tanh")
    1.6666666666666667
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2 / (1 + slope**2))
    linear = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
    gains = {**dict.fromkeys(linear, 1.0), "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}: one of {', '.join([*gains, 'leaky_relu'])}")
    return gains[nonlinearity]


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """The number of inputs and of outputs that one weight of a layer connects. Many a PyTorch layer calls it."""
    if tensor.dim() < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions "
            f"(shape {list(tensor.shape)})"
        )
    field = tensor.shape[2:].numel()
    return tensor.shape[1] * field, tensor.shape[0] * field


def xavier_std(tensor: Tensor, gain: float) -> float:
    """gain·√(2 / (fan_in + fan_out))."""
    return gain * math.sqrt(2 / sum(_calculate_fan_in_and_fan_out(tensor)))


def kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """gain / √fan."""
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    fan = _calculate_fan_in_and_fan_out(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def is_empty(tensor: Tensor) -> bool:
    """Whether there is nothing to fill, which is warned of."""
    if 0 in tensor.shape:
        warn(f"Initializing zero-element tensors is a no-op: the shape is {list(tensor.shape)}")
        return True
    return False


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fills uniformly within ±gain·√(6 / (fan_in + fan_out)).

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.

    >>> import autograd, nn
    >>> bool((nn.init.xavier_uniform_(autograd.empty(3, 3)).abs() <= 1).all())
    True
    """
    bound = math.sqrt(3) * xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fills with normal values of standard deviation gain·√(2 / (fan_in + fan_out)).

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.

    >>> import autograd, nn
    >>> nn.init.xavier_normal_(autograd.empty(2, 3)).shape
    torch.Size([2, 3])
    """
    return normal_(tensor, 0.0, xavier_std(tensor, gain), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fills uniformly within ±gain·√(3 / fan), so that a layer keeps the variance of what passes through it.

    He et al., "Delving deep into rectifiers", ICCV 2015, equation 10; `a` is the slope of a leaky ReLU.

    >>> import autograd, nn
    >>> nn.init.kaiming_uniform_(autograd.empty(2, 3)).shape
    torch.Size([2, 3])
    """
    if is_empty(tensor):
        return tensor
    bound = math.sqrt(3) * kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fills with normal values of standard deviation gain/√fan: He et al., ICCV 2015, as `kaiming_uniform_`.

    >>> import autograd, nn
    >>> nn.init.kaiming_normal_(autograd.empty(2, 3)).shape
    torch.Size([2, 3])
    """
    if is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Makes the rows orthonormal, or where there are fewer of them the columns, times `gain`.

    What follows the first dimension counts as one row. Saxe et al., "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", arXiv 1312.6120; drawn evenly as in Mezzadri, arXiv math-ph/0609050.

    >>> import autograd, nn
    >>> w = nn.init.orthogonal_(autograd.empty(2, 3))
    >>> autograd.allclose(w @ w.T, autograd.eye(2), atol=1e-6)
    True
    """
    if tensor.dim() < 2:
        raise ValueError(f"Only tensors with 2 or more dimensions are supported, not one of shape {list(tensor.shape)}")
    if not tensor.numel():
        return tensor
    rows = tensor.shape[0]
    with autograd.no_grad():
        drawn = tensor.new_empty(rows, tensor.numel() // rows).normal_(generator=generator)
        wide = drawn.shape[0] < drawn.shape[1]
        q, r = qr(drawn.T if wide else drawn)
        q = q * r.diagonal().sign() * gain
        return tensor.copy_((q.T if wide else q).reshape(tensor.shape))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Fills a matrix with normal values, of which in each column the fraction `sparsity` is zero.

    Martens, "Deep learning via Hessian-free optimization", ICML 2010.

    >>> import autograd, nn
    >>> (nn.init.sparse_(autograd.empty(4, 3), sparsity=0.5) == 0).sum(0)
    tensor([2, 2, 2])
    """
    check_matrix(tensor)
    zeros = math.ceil(sparsity * tensor.shape[0])
    with autograd.no_grad():
        normal_(tensor, 0, std, generator)
        places = autograd.rand(*tensor.shape, generator=generator).argsort(0)
        return tensor.scatter_(0, places[:zeros], 0)


# ---- the names of old


def deprecated(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The function under the name it had before those that write in place got an underscore."""
    name = function.__name__[:-1]

    @functools.wraps(function)
    def renamed(*args: object, **kwargs: object) -> Tensor:
        warn(f"`nn.init.{name}` is now deprecated in favor of `nn.init.{function.__name__}`.", FutureWarning)
        return function(*args, **kwargs)

    renamed.__name__ = renamed.__qualname__ = name
    renamed.__doc__ = f"The deprecated name of `{function.__name__}`."
    return renamed


uniform = deprecated(uniform_)
normal = deprecated(normal_)
constant = deprecated(constant_)
eye = deprecated(eye_)
dirac = deprecated(dirac_)
xavier_uniform = deprecated(xavier_uniform_)
xavier_normal = deprecated(xavier_normal_)
kaiming_uniform = deprecated(kaiming_uniform_)
kaiming_normal = deprecated(kaiming_normal_)
orthogonal = deprecated(orthogonal_)
sparse = deprecated(sparse_)
