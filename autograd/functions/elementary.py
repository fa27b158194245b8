"""Elementary functions: exponentials, logarithms, roots, trigonometric and hyperbolic functions, elementwise.

Integers and bools give the default floating dtype. Outside a function's domain the result is NaN, at a pole Inf.
"""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ..promotion import promote
from ..rules import elementwise as rules
from .attach import method
from .operands import floating, pair, refuse, value_as

# ---- exponentials, logarithms, roots


@method(inplace=True)
def exp(input: Tensor) -> Tensor:
    """e to the power of each element.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).exp()
    tensor([1.0000, 2.7183])
    """
    return rules.exp(floating(input))


@method(inplace=True)
def exp2(input: Tensor) -> Tensor:
    """2 to the power of each element.

    >>> import autograd
    >>> autograd.tensor([0.0, 3.0]).exp2()
    tensor([1., 8.])
    """
    return rules.exp2(floating(input))


@method(inplace=True)
def expm1(input: Tensor) -> Tensor:
    """exp(x) - 1, accurate near 0 too.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).expm1()
    tensor([0.0000, 1.7183])
    """
    return rules.expm1(floating(input))


@method(inplace=True)
def log(input: Tensor) -> Tensor:
    """The natural logarithm.

    >>> import autograd
    >>> autograd.tensor([1.0, 10.0]).log()
    tensor([0.0000, 2.3026])
    """
    return rules.log(floating(input))


@method(inplace=True)
def log2(input: Tensor) -> Tensor:
    """The logarithm to base 2.

    >>> import autograd
    >>> autograd.tensor([1.0, 8.0]).log2()
    tensor([0., 3.])
    """
    return rules.log2(floating(input))


@method(inplace=True)
def log10(input: Tensor) -> Tensor:
    """The logarithm to base 10.

    >>> import autograd
    >>> autograd.tensor([1.0, 50.0]).log10()
    tensor([0.0000, 1.6990])
    """
    return rules.log10(floating(input))


@method(inplace=True)
def log1p(input: Tensor) -> Tensor:
    """log(1 + x), accurate near 0 too.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).log1p()
    tensor([0.0000, 0.6931])
    """
    return rules.log1p(floating(input))


@method()
def logaddexp(input: Tensor, other: Tensor) -> Tensor:
    """log(exp(input) + exp(other)), without overflow.

    >>> import autograd
    >>> autograd.tensor([0.0, 100.0]).logaddexp(autograd.tensor([0.0, 100.0]))
    tensor([  0.6931, 100.6931])
    """
    return rules.logaddexp(*pair(input, other, refusing="biu"))


@method()
def logaddexp2(input: Tensor, other: Tensor) -> Tensor:
    """log2(2**input + 2**other), without overflow.

    >>> import autograd
    >>> autograd.tensor([0.0, 100.0]).logaddexp2(autograd.tensor([0.0, 100.0]))
    tensor([  1., 101.])
    """
    return rules.logaddexp2(*pair(input, other, refusing="biu"))


@method(inplace=True)
def xlogy(input: Any, other: Any) -> Tensor:
    """input · log(other), and 0 where `input` is 0, unless `other` is NaN.

    >>> import autograd
    >>> autograd.tensor([0.0, 2.0]).xlogy(autograd.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """
    x, y = promote(input, other, floating=True)
    refuse("xlogy", "c", x, y)
    kind = (x if isinstance(x, Tensor) else y)._array.dtype
    return rules.xlogy(*(value_as(v, kind, "xlogy") if isinstance(v, (int, float)) else v for v in (x, y)))


@method(inplace=True)
def sqrt(input: Tensor) -> Tensor:
    """The square root.

    >>> import autograd
    >>> autograd.tensor([1.0, 4.0]).sqrt()
    tensor([1., 2.])
    """
    return rules.sqrt(floating(input))


@method(inplace=True)
def rsqrt(input: Tensor) -> Tensor:
    """One over the square root.

    >>> import autograd
    >>> autograd.tensor([1.0, 4.0]).rsqrt()
    tensor([1.0000, 0.5000])
    """
    return rules.rsqrt(floating(input))


@method(inplace=True)
def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-x)).

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).sigmoid()
    tensor([0.5000, 0.7311])
    """
    return rules.sigmoid(floating(input))


@method(inplace=True)
def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """log(x / (1 - x)), the inverse of `sigmoid`; with `eps`, of x clamped to [eps, 1 - eps].

    >>> import autograd
    >>> autograd.tensor([0.5, 0.75]).logit()
    tensor([0.0000, 1.0986])
    """
    x = floating(input, real=True)
    return rules.logit(x if eps is None else x.clamp(eps, 1 - eps))


# ---- trigonometric functions


@method(inplace=True)
def sin(input: Tensor) -> Tensor:
    """The sine of an angle in radians.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).sin()
    tensor([0.0000, 0.8415])
    """
    return rules.sin(floating(input))


@method(inplace=True)
def cos(input: Tensor) -> Tensor:
    """The cosine of an angle in radians.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).cos()
    tensor([1.0000, 0.5403])
    """
    return rules.cos(floating(input))


@method(inplace=True)
def tan(input: Tensor) -> Tensor:
    """The tangent of an angle in radians.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).tan()
    tensor([0.0000, 1.5574])
    """
    return rules.tan(floating(input))


@method("asin", "arcsin", inplace=True)
def asin(input: Tensor) -> Tensor:
    """The angle from -π/2 to π/2 with this sine.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).asin()
    tensor([0.0000, 1.5708])
    """
    return rules.arcsin(floating(input))


arcsin = asin


@method("acos", "arccos", inplace=True)
def acos(input: Tensor) -> Tensor:
    """The angle from 0 to π with this cosine.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).acos()
    tensor([1.5708, 0.0000])
    """
    return rules.arccos(floating(input))


arccos = acos


@method("atan", "arctan", inplace=True)
def atan(input: Tensor) -> Tensor:
    """The angle from -π/2 to π/2 with this tangent.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).atan()
    tensor([0.0000, 0.7854])
    """
    return rules.arctan(floating(input))


arctan = atan


@method("atan2", "arctan2", inplace=True)
def atan2(input: Tensor, other: Tensor) -> Tensor:
    """The angle from -π to π of the point whose x is `other` and whose y is `input`. Its gradient at 0, 0 is 0.

    >>> import autograd
    >>> autograd.tensor([1.0, 1.0]).atan2(autograd.tensor([1.0, -1.0]))
    tensor([0.7854, 2.3562])
    """
    return rules.arctan2(*pair(input, other, floating=True))


arctan2 = atan2


@method(inplace=True)
def deg2rad(input: Tensor) -> Tensor:
    """An angle in degrees, in radians.

    >>> import autograd
    >>> autograd.tensor([0.0, 180.0]).deg2rad()
    tensor([0.0000, 3.1416])
    """
    return rules.deg2rad(floating(input, real=True))


@method(inplace=True)
def rad2deg(input: Tensor) -> Tensor:
    """An angle in radians, in degrees.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).rad2deg()
    tensor([ 0.0000, 57.2958])
    """
    return rules.rad2deg(floating(input, real=True))


@method(inplace=True)
def hypot(input: Tensor, other: Tensor) -> Tensor:
    """√(input² + other²), without overflow.

    >>> import autograd
    >>> autograd.tensor([3.0]).hypot(autograd.tensor([4.0]))
    tensor([5.])
    """
    return rules.hypot(*pair(input, other, refusing="biu"))


# ---- hyperbolic functions


@method(inplace=True)
def sinh(input: Tensor) -> Tensor:
    """The hyperbolic sine.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).sinh()
    tensor([0.0000, 1.1752])
    """
    return rules.sinh(floating(input))


@method(inplace=True)
def cosh(input: Tensor) -> Tensor:
    """The hyperbolic cosine.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).cosh()
    tensor([1.0000, 1.5431])
    """
    return rules.cosh(floating(input))


@method(inplace=True)
def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).tanh()
    tensor([0.0000, 0.7616])
    """
    return rules.tanh(floating(input))


@method("asinh", "arcsinh", inplace=True)
def asinh(input: Tensor) -> Tensor:
    """The inverse of `sinh`.

    >>> import autograd
    >>> autograd.tensor([0.0, 1.0]).asinh()
    tensor([0.0000, 0.8814])
    """
    return rules.arcsinh(floating(input))


arcsinh = asinh


@method("acosh", "arccosh", inplace=True)
def acosh(input: Tensor) -> Tensor:
    """The inverse of `cosh`, from 1 up.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0]).acosh()
    tensor([0.0000, 1.3170])
    """
    return rules.arccosh(floating(input))


arccosh = acosh


@method("atanh", "arctanh", inplace=True)
def atanh(input: Tensor) -> Tensor:
    """The inverse of `tanh`, between -1 and 1.

    >>> import autograd
    >>> autograd.tensor([0.0, 0.5]).atanh()
    tensor([0.0000, 0.5493])
    """
    return rules.arctanh(floating(input))


arctanh = atanh

__all__ = [
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logaddexp", "logaddexp2", "xlogy", "sqrt", "rsqrt",
    "sigmoid", "logit", "sin", "cos", "tan", "asin", "arcsin", "acos", "arccos", "atan", "arctan", "atan2", "arctan2",
    "deg2rad", "rad2deg", "hypot", "sinh", "cosh", "tanh", "asinh", "arcsinh", "acosh", "arccosh", "atanh", "arctanh",
]  # fmt: skip
