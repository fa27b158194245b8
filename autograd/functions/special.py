"""Special functions, elementwise: error functions, the gamma function's relatives, Bessel, sinc.

Integers and bools give the default floating dtype. Only `sinc` takes complex numbers.
"""

from __future__ import annotations

from .._tensor import Tensor
from ..rules import special as rules
from ..views import overwrite
from .attach import method
from .operands import floating


@method(inplace=True)
def erf(input: Tensor) -> Tensor:
    """The error function, 2/√π ∫₀ˣ exp(-t²) dt.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).erf()
    tensor([0.0000, 0.8427])
    """
    return rules.erf(floating(input, real=True))


@method(inplace=True)
def erfc(input: Tensor) -> Tensor:
    """1 - erf(x), accurate where that is tiny.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).erfc()
    tensor([1.0000, 0.1573])
    """
    return rules.erfc(floating(input, real=True))


@method(inplace=True)
def erfinv(input: Tensor) -> Tensor:
    """The inverse of `erf`: ±Inf at ±1, NaN beyond.

    >>> import autograd
    >>> autograd.tensor([0.0, 0.5]).erfinv()
    tensor([0.0000, 0.4769])
    """
    return rules.erfinv(floating(input, real=True))


@method(inplace=True)
def lgamma(input: Tensor) -> Tensor:
    """log |Γ(x)|.

    >>> import autograd
    >>> autograd.tensor([1.0, 4.0]).lgamma()
    tensor([0.0000, 1.7918])
    """
    return rules.lgamma(floating(input, real=True))


@method(inplace=True)
def digamma(input: Tensor) -> Tensor:
    """The derivative of log Γ.

    >>> import autograd
    >>> autograd.tensor([1.0, 4.0]).digamma()
    tensor([-0.5772,  1.2561])
    """
    return rules.digamma(floating(input, real=True))


def polygamma(n: int, input: Tensor) -> Tensor:
    """The n-th derivative of `digamma`, n >= 0.

    >>> import autograd
    >>> autograd.polygamma(1, autograd.tensor([1.0, 4.0]))
    tensor([1.6449, 0.2838])
    """
    if not isinstance(n, int) or isinstance(n, bool):
        raise TypeError(f"polygamma(): argument 'n' must be int, not {type(n).__name__}")
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n, such as {n}.")
    x = floating(input, real=True)
    return rules.polygamma(n, x) if n else rules.digamma(x)


@method("polygamma")
def polygamma_method(self: Tensor, n: int) -> Tensor:
    """The n-th derivative of `digamma`; see `autograd.polygamma`."""
    return polygamma(n, self)


@method()
def polygamma_(self: Tensor, n: int) -> Tensor:
    """In-place version of `polygamma()`."""
    return overwrite(self, lambda x: polygamma(n, x), "polygamma_")


@method(inplace=True)
def i0(input: Tensor) -> Tensor:
    """The modified Bessel function of the first kind of order 0.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).i0()
    tensor([1.0000, 1.2661])
    """
    return rules.bessel_i(0, floating(input, real=True))


@method(inplace=True)
def sinc(input: Tensor) -> Tensor:
    """sin(πx) / (πx), and 1 at 0.

    >>> import autograd
    >>> autograd.tensor([0.0, 0.5]).sinc()
    tensor([1.0000, 0.6366])
    """
    return rules.sinc(floating(input))


__all__ = ["digamma", "erf", "erfc", "erfinv", "i0", "lgamma", "polygamma", "sinc"]
