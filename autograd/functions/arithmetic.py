"""Arithmetic: sums, products, quotients, remainders and powers, elementwise and broadcast.

Operands are tensors or Python numbers and are promoted as in PyTorch: a number never changes a tensor's dtype within
its category, a quotient of integers is floating. Shapes that do not broadcast raise `RuntimeError`, and so do integers
divided by zero.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor
from ..errors import call
from ..promotion import in_single, promote, scale
from ..rules import elementwise as rules
from ..rules.selection import shift_exponent
from ..views import overwrite
from .attach import method
from .operands import checked, floating, number_as, pair, refuse, same_dtype


@method(inplace=True)
def add(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """`input + alpha * other`.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0]).add(1, alpha=10)
    tensor([11., 12.])
    """
    x, y = promote(input, other)
    return rules.add(x, y if type(alpha) is int and alpha == 1 else scaled(y, alpha, x))


def scaled(y: Any, alpha: Any, x: Any) -> Any:
    """`alpha * y` in the dtype to which x and y were brought; PyTorch's errors where alpha does not fit it."""
    kind = (x if isinstance(x, Tensor) else y)._array.dtype
    if isinstance(alpha, bool):
        if kind.kind != "b":
            raise RuntimeError("Boolean alpha only supported for Boolean results.")
    elif kind.kind in "iub" and not isinstance(alpha, (int, np.integer)):
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    elif kind.kind != "c" and isinstance(alpha, complex):
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    elif kind == np.float16 and float(np.finfo(kind).max) < abs(alpha) < math.inf:
        raise RuntimeError(f"value cannot be converted to type {kind.name} without overflow: alpha={alpha!r}")
    return rules.multiply(y, number_as(alpha, kind)) if isinstance(y, Tensor) else y * number_as(alpha, kind)


def is_bool(operand: Any) -> bool:
    """Whether an operand is a truth value or holds some."""
    array = getattr(operand, "_array", operand)
    return isinstance(array, (bool, np.bool_)) or (isinstance(array, np.ndarray) and array.dtype == bool)


@method("sub", "subtract", inplace=True)
def sub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """`input - alpha * other`. `RuntimeError` for bools.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0]).sub(1)
    tensor([0., 1.])
    """
    x, y = promote(input, other)
    if is_bool(input) or is_bool(other):
        both = is_bool(input) and is_bool(other)
        raise RuntimeError(
            f"Subtraction, the `-` operator, with {'two bool tensors' if both else 'a bool tensor'} is not supported: "
            f"{call('sub', (input, other))}. Use the `^` or `logical_xor()` operator, or to invert a mask the `~` or "
            "`logical_not()` operator instead."
        )
    return rules.subtract(x, y if type(alpha) is int and alpha == 1 else scaled(y, alpha, x))


subtract = sub


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """`other - alpha * input`.

    >>> import autograd
    >>> autograd.rsub(autograd.tensor([1.0, 2.0]), 1)
    tensor([ 0., -1.])
    """
    return sub(other, checked(input), alpha=alpha)


@method("mul", "multiply", inplace=True)
def mul(input: Any, other: Any) -> Tensor:
    """`input * other`.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0]).mul(3)
    tensor([3., 6.])
    """
    return scale(rules.multiply, input, other)


multiply = mul


@method("div", "divide", inplace=True)
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """`input / other`, where `rounding_mode` is None; rounded down for "floor", towards zero for "trunc".

    A rounded quotient of integers stays an integer, and has a gradient of zero.

    >>> import autograd
    >>> autograd.tensor([-7.0, 7.0]).div(2, rounding_mode="floor")
    tensor([-4.,  3.])
    """
    if rounding_mode is None:
        return scale(rules.divide, input, other, floating=True)
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found {rounding_mode!r}"
        )
    x, y = promote(input, other)
    refuse("div_" + rounding_mode, "bc", x, y)
    return scale(rules.floor_divide if rounding_mode == "floor" else rules.trunc_divide, input, other)


divide = div


@method(inplace=True)
def true_divide(input: Any, other: Any) -> Tensor:
    """`input / other`.

    >>> import autograd
    >>> autograd.tensor([1, 2]).true_divide(2)
    tensor([0.5000, 1.0000])
    """
    return scale(rules.divide, input, other, floating=True)


@method(inplace=True)
def floor_divide(input: Any, other: Any) -> Tensor:
    """`input // other`: the quotient rounded down. Its gradient is zero.

    >>> import autograd
    >>> autograd.tensor([-7, 7]).floor_divide(2)
    tensor([-4,  3])
    """
    return div(input, other, rounding_mode="floor")


@method(inplace=True)
def remainder(input: Any, other: Any) -> Tensor:
    """`input % other`: what division rounded down leaves; it has the divisor's sign.

    >>> import autograd
    >>> autograd.tensor([-7.0, 7.0]).remainder(4)
    tensor([1., 3.])
    """
    x, y = promote(input, other)
    refuse("remainder", "b", x, y)
    return rules.remainder(x, y)


@method(inplace=True)
def fmod(input: Any, other: Any) -> Tensor:
    """What division rounded towards zero leaves, as C's `fmod`; it has the dividend's sign.

    >>> import autograd
    >>> autograd.tensor([-7.0, 7.0]).fmod(4)
    tensor([-3.,  3.])
    """
    x, y = promote(input, other)
    refuse("fmod", "b", x, y)
    return rules.fmod(x, y)


@method("neg", "negative", inplace=True)
def neg(input: Tensor) -> Tensor:
    """`-input`. `RuntimeError` for bools.

    >>> import autograd
    >>> autograd.tensor([1.0, -2.0]).neg()
    tensor([-1.,  2.])
    """
    if is_bool(input):
        raise RuntimeError(
            f"Negation, the `-` operator, on a bool tensor is not supported: {call('neg', (input,))}. If you are "
            "trying to invert a mask, use the `~` or `logical_not()` operator instead."
        )
    return rules.negative(checked(input))


negative = neg


@method()
def positive(input: Tensor) -> Tensor:
    """`+input`, which is `input` itself. `RuntimeError` for bools.

    >>> import autograd
    >>> autograd.tensor([1.0, -2.0]).positive()
    tensor([ 1., -2.])
    """
    x = checked(input)
    if is_bool(x):
        raise RuntimeError(f"The `+` operator, on a bool tensor is not supported: {call('positive', (x,))}.")
    return x


@method(inplace=True)
def pow(input: Any, exponent: Any) -> Tensor:
    """`input ** exponent`; either may be a number.

    Integers to negative integer powers raise `RuntimeError`, unless the exponent is a tensor: then 1 and -1 have
    their inverse and all others give 0.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0, 3.0]).pow(2)
    tensor([1., 4., 9.])
    """
    x, y = promote(input, exponent)
    if isinstance(exponent, bool) and is_bool(x):  # the only powers of truth values that there are
        return rules.logical_or(x, not exponent)
    if isinstance(exponent, (int, np.integer)) and exponent < 0 and isinstance(y, np.ndarray) and y.dtype.kind in "biu":
        raise RuntimeError(
            f"Integers to negative integer powers are not allowed: {call('pow', (input, exponent))}. Convert the base "
            "with .float() first."
        )
    if not isinstance(x, (Tensor, np.ndarray)):  # the rule needs its logarithm in this dtype
        x = np.asarray(x, y._array.dtype)
    refuse("pow", "b", x, y)
    return rules.power(x, y)


@method()
def float_power(input: Any, exponent: Any) -> Tensor:
    """`input ** exponent` in float64, or complex128 where an operand is complex.

    >>> import autograd
    >>> autograd.tensor([2, 3]).float_power(-1)
    tensor([0.5000, 0.3333], dtype=torch.float64)
    """
    return pow(*(in_double(operand, float_power_dtype(input, exponent)) for operand in (input, exponent)))


def float_power_dtype(input: Any, exponent: Any) -> dtypes.dtype:
    """The dtype in which `float_power` computes."""
    is_complex = any(np.iscomplexobj(getattr(operand, "_array", operand)) for operand in (input, exponent))
    return dtypes.complex128 if is_complex else dtypes.float64


def in_double(operand: Any, kind: dtypes.dtype) -> Any:
    """A tensor in a dtype; a number as it is."""
    return operand.to(kind) if isinstance(operand, Tensor) else operand


@method()
def float_power_(self: Tensor, exponent: Any) -> Tensor:
    """In-place version of `float_power()`, for tensors of the dtype in which it computes."""
    kind = float_power_dtype(self, exponent)
    if self.dtype is not kind:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self.dtype} but the operation's result requires dtype {kind}. "
            "Use float_power(), or convert the base first."
        )
    return overwrite(self, lambda x: float_power(x, exponent), "float_power_", (exponent,))


@method(inplace=True)
def square(input: Tensor) -> Tensor:
    """`input ** 2`.

    >>> import autograd
    >>> autograd.tensor([1.0, -2.0]).square()
    tensor([1., 4.])
    """
    x = checked(input)
    return rules.square(x.to(dtypes.int64) if is_bool(x) else x)


@method(inplace=True)
def reciprocal(input: Tensor) -> Tensor:
    """`1 / input`.

    >>> import autograd
    >>> autograd.tensor([1.0, -2.0]).reciprocal()
    tensor([ 1.0000, -0.5000])
    """
    return rules.reciprocal(floating(input))


@method(inplace=True)
def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """The point between `input` and `end` at `weight`, a number or a tensor: `input + weight * (end - input)`.

    All tensors have one floating or complex dtype; else `RuntimeError`.

    >>> import autograd
    >>> autograd.tensor([0.0, 10.0]).lerp(autograd.tensor([10.0, 20.0]), 0.25)
    tensor([ 2.5000, 12.5000])
    """
    same_dtype("lerp", input, end)
    refuse("lerp", "biu", input)
    if isinstance(weight, Tensor):
        if weight._array.ndim or weight._array.dtype.kind == "c":
            same_dtype("lerp", input, weight)
        else:
            weight = weight.to(input.dtype)
    return rules.lerp(input, end, weight)


@method(inplace=True)
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """`input + value * tensor1 * tensor2`.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0])
    >>> x.addcmul(x, x, value=10)
    tensor([11., 42.])
    """
    x, a, b = promote(input, tensor1, tensor2)
    refuse("addcmul", "b", x)
    return in_single(lambda x, a, b: rules.add(x, rules.multiply(times(value, a), b)), x, a, b)


def times(value: Any, x: Tensor) -> Tensor:
    """A tensor times a number, which is brought to the tensor's dtype first."""
    if value == 1:
        return x
    kind = x._array.dtype
    return rules.multiply(number_as(value, kind) if kind.kind in "iub" else value, x)


@method(inplace=True)
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """`input + value * tensor1 / tensor2`. `RuntimeError` where it would divide integers.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0])
    >>> x.addcdiv(x, x, value=10)
    tensor([11., 12.])
    """
    if all(isinstance(t, Tensor) and t._array.dtype.kind in "iub" for t in (tensor1, tensor2)):
        raise RuntimeError(
            f"Integer division with addcdiv is no longer supported: {call('addcdiv', (input, tensor1, tensor2))}. "
            "Convert a tensor with .float(), or write input + value * tensor1.div(tensor2, rounding_mode='trunc')."
        )
    x, a, b = promote(input, tensor1, tensor2)
    return in_single(lambda x, a, b: rules.add(x, rules.divide(times(value, a), b)), x, a, b)


@method(inplace=True)
def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """`input * 2 ** other`; for a floating `input` and integers exactly, and without overflow on the way.

    >>> import autograd
    >>> autograd.tensor([1.0, 3.0]).ldexp(autograd.tensor([2, -1]))
    tensor([4.0000, 1.5000])
    """
    floats = checked(input)._array.dtype.kind in "fV"
    if floats and isinstance(other, Tensor) and other._array.dtype.kind in "iub":
        refuse("ldexp", "b", other)
        return in_single(lambda x: shift_exponent(x, other), input)
    return mul(input, pow(2.0, other))


@method(inplace=True)
def gcd(input: Tensor, other: Tensor) -> Tensor:
    """The greatest common divisor of integers, never negative.

    >>> import autograd
    >>> autograd.tensor([12, -18]).gcd(autograd.tensor(8))
    tensor([4, 2])
    """
    return rules.gcd(*pair(input, other))


@method(inplace=True)
def lcm(input: Tensor, other: Tensor) -> Tensor:
    """The least common multiple of integers, never negative.

    >>> import autograd
    >>> autograd.tensor([4, 6]).lcm(autograd.tensor(8))
    tensor([ 8, 24])
    """
    return rules.lcm(*pair(input, other))


__all__ = [
    "add", "sub", "subtract", "rsub", "mul", "multiply", "div", "divide", "true_divide", "floor_divide", "remainder",
    "fmod", "neg", "negative", "positive", "pow", "float_power", "square", "reciprocal", "lerp", "addcmul", "addcdiv",
    "ldexp", "gcd", "lcm",
]  # fmt: skip
