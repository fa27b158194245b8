"""Comparisons, logic, bits, and tests of what numbers are, elementwise and broadcast. No gradients pass."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from .._tensor import Tensor
from ..errors import call
from ..promotion import promote
from ..rules import elementwise as rules
from .attach import method
from .operands import checked, pair, refuse, same_dtype

# ---- comparisons


@method("eq", inplace=True)
def eq(input: Tensor, other: Any) -> Tensor:
    """Whether `input == other`.

    >>> import autograd
    >>> autograd.tensor([1, 2]).eq(2)
    tensor([False,  True])
    """
    return rules.equal(*promote(input, other))


@method("ne", "not_equal", inplace=True)
def ne(input: Tensor, other: Any) -> Tensor:
    """Whether `input != other`.

    >>> import autograd
    >>> autograd.tensor([1, 2]).ne(2)
    tensor([ True, False])
    """
    return rules.not_equal(*promote(input, other))


def ordered(name: str, input: Any, other: Any) -> Any:
    """The promoted operands of a comparison that needs an order, which complex numbers lack."""
    x, y = promote(input, other)
    refuse(name, "c", x, y)
    return x, y


@method("lt", "less", inplace=True)
def lt(input: Tensor, other: Any) -> Tensor:
    """Whether `input < other`.

    >>> import autograd
    >>> autograd.tensor([1, 2]).lt(2)
    tensor([ True, False])
    """
    return rules.less(*ordered("lt", input, other))


@method("le", "less_equal", inplace=True)
def le(input: Tensor, other: Any) -> Tensor:
    """Whether `input <= other`.

    >>> import autograd
    >>> autograd.tensor([1, 3]).le(2)
    tensor([ True, False])
    """
    return rules.less_equal(*ordered("le", input, other))


@method("gt", "greater", inplace=True)
def gt(input: Tensor, other: Any) -> Tensor:
    """Whether `input > other`.

    >>> import autograd
    >>> autograd.tensor([1, 3]).gt(2)
    tensor([False,  True])
    """
    return rules.greater(*ordered("gt", input, other))


@method("ge", "greater_equal", inplace=True)
def ge(input: Tensor, other: Any) -> Tensor:
    """Whether `input >= other`.

    >>> import autograd
    >>> autograd.tensor([1, 2]).ge(2)
    tensor([False,  True])
    """
    return rules.greater_equal(*ordered("ge", input, other))


not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge


@method()
def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Whether |input - other| <= atol + rtol·|other|. Both have one dtype; else `RuntimeError`.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0]).isclose(autograd.tensor([1.0 + 1e-9, 2.1]))
    tensor([ True, False])
    """
    same_dtype("isclose", input, other)
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if not tolerance >= 0:
            raise RuntimeError(f"isclose: {name} must be greater than or equal to zero, but got {tolerance}")
    return rules.isclose(input, other, rtol, atol, equal_nan)


@method()
def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether `isclose` holds for all elements.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0]).allclose(autograd.tensor([1.0, 2.0 + 1e-7]))
    True
    """
    return bool(isclose(input, other, rtol, atol, equal_nan)._array.all())


@method()
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and the same elements.

    >>> import autograd
    >>> autograd.tensor([1, 2]).equal(autograd.tensor([1, 2]))
    True
    """
    x, y = pair(input, other)
    return x._array.shape == y._array.shape and bool(rules.equal(x, y)._array.all())


# ---- logic


@method(inplace=True)
def logical_and(input: Tensor, other: Tensor) -> Tensor:
    """Whether both are non-zero.

    >>> import autograd
    >>> autograd.tensor([0, 1]).logical_and(autograd.tensor([1, 1]))
    tensor([False,  True])
    """
    return rules.logical_and(*pair(input, other))


@method(inplace=True)
def logical_or(input: Tensor, other: Tensor) -> Tensor:
    """Whether one of them, or both, is non-zero.

    >>> import autograd
    >>> autograd.tensor([0, 1]).logical_or(autograd.tensor([0, 0]))
    tensor([False,  True])
    """
    return rules.logical_or(*pair(input, other))


@method(inplace=True)
def logical_xor(input: Tensor, other: Tensor) -> Tensor:
    """Whether exactly one of them is non-zero.

    >>> import autograd
    >>> autograd.tensor([0, 1]).logical_xor(autograd.tensor([1, 1]))
    tensor([ True, False])
    """
    return rules.logical_xor(*pair(input, other))


@method(inplace=True)
def logical_not(input: Tensor) -> Tensor:
    """Whether it is zero.

    >>> import autograd
    >>> autograd.tensor([0, 1]).logical_not()
    tensor([ True, False])
    """
    return rules.logical_not(checked(input))


# ---- bits


@method(inplace=True)
def bitwise_and(input: Any, other: Any) -> Tensor:
    """`input & other`, of integers or bools.

    >>> import autograd
    >>> autograd.tensor([5, 6]).bitwise_and(3)
    tensor([1, 2])
    """
    return rules.bitwise_and(*promote(input, other))


@method(inplace=True)
def bitwise_or(input: Any, other: Any) -> Tensor:
    """`input | other`, of integers or bools.

    >>> import autograd
    >>> autograd.tensor([5, 6]).bitwise_or(3)
    tensor([7, 7])
    """
    return rules.bitwise_or(*promote(input, other))


@method(inplace=True)
def bitwise_xor(input: Any, other: Any) -> Tensor:
    """`input ^ other`, of integers or bools.

    >>> import autograd
    >>> autograd.tensor([5, 6]).bitwise_xor(3)
    tensor([6, 5])
    """
    return rules.bitwise_xor(*promote(input, other))


@method(inplace=True)
def bitwise_not(input: Tensor) -> Tensor:
    """`~input`, of integers or bools.

    >>> import autograd
    >>> autograd.tensor([True, False]).bitwise_not()
    tensor([False,  True])
    """
    return rules.bitwise_not(checked(input))


@method(inplace=True)
def bitwise_left_shift(input: Any, other: Any) -> Tensor:
    """`input << other`, of integers; 0 where all bits go.

    >>> import autograd
    >>> autograd.tensor([1, 3]).bitwise_left_shift(2)
    tensor([ 4, 12])
    """
    x, y = promote(input, other)
    refuse("lshift", "b", x, y)
    return rules.left_shift(x, y)


@method(inplace=True)
def bitwise_right_shift(input: Any, other: Any) -> Tensor:
    """`input >> other`, of integers; negative numbers stay negative.

    >>> import autograd
    >>> autograd.tensor([8, -8]).bitwise_right_shift(1)
    tensor([ 4, -4])
    """
    x, y = promote(input, other)
    refuse("rshift", "b", x, y)
    return rules.right_shift(x, y)


# ---- what numbers are


@method()
def isnan(input: Tensor) -> Tensor:
    """Whether it is NaN.

    >>> import autograd
    >>> autograd.tensor([1.0, float("nan")]).isnan()
    tensor([False,  True])
    """
    return rules.isnan(checked(input))


@method()
def isinf(input: Tensor) -> Tensor:
    """Whether it is Inf or -Inf.

    >>> import autograd
    >>> autograd.tensor([1.0, float("-inf")]).isinf()
    tensor([False,  True])
    """
    return rules.isinf(checked(input))


@method()
def isfinite(input: Tensor) -> Tensor:
    """Whether it is neither Inf, -Inf nor NaN.

    >>> import autograd
    >>> autograd.tensor([1.0, float("nan")]).isfinite()
    tensor([ True, False])
    """
    return rules.isfinite(checked(input))


def infinite(name: str, input: Any, negative: bool) -> Tensor:
    """Whether it is the infinity of that sign."""
    x = checked(input)
    if x._array.dtype.kind == "c":
        raise RuntimeError(f"{name} does not support complex inputs: {call(name, (x,))}. Test x.real and x.imag.")
    sign = rules.signbit(x)
    return rules.logical_and(rules.isinf(x), sign if negative else rules.logical_not(sign))


@method()
def isposinf(input: Tensor) -> Tensor:
    """Whether it is Inf.

    >>> import autograd
    >>> autograd.tensor([float("inf"), float("-inf")]).isposinf()
    tensor([ True, False])
    """
    return infinite("isposinf", input, negative=False)


@method()
def isneginf(input: Tensor) -> Tensor:
    """Whether it is -Inf.

    >>> import autograd
    >>> autograd.tensor([float("inf"), float("-inf")]).isneginf()
    tensor([False,  True])
    """
    return infinite("isneginf", input, negative=True)


@method()
def isreal(input: Tensor) -> Tensor:
    """Whether its imaginary part is 0.

    >>> import autograd
    >>> autograd.tensor([1 + 1j, 2]).isreal()
    tensor([False,  True])
    """
    x = checked(input)
    if x._array.dtype.kind != "c":
        return rules.ones_like(x.to(dtypes.bool))
    return rules.equal(x.imag, 0)


@method()
def signbit(input: Tensor) -> Tensor:
    """Whether its sign is negative, also that of -0.0.

    >>> import autograd
    >>> autograd.tensor([0.0, -0.0]).signbit()
    tensor([False,  True])
    """
    x = checked(input)
    if x._array.dtype.kind == "c":
        raise RuntimeError(f"signbit is not implemented for complex tensors: {call('signbit', (x,))}.")
    return rules.signbit(x)


__all__ = [
    "eq", "ne", "not_equal", "lt", "less", "le", "less_equal", "gt", "greater", "ge", "greater_equal", "isclose",
    "allclose", "equal", "logical_and", "logical_or", "logical_xor", "logical_not", "bitwise_and", "bitwise_or",
    "bitwise_xor", "bitwise_not", "bitwise_left_shift", "bitwise_right_shift", "isnan", "isinf", "isfinite", "isposinf",
    "isneginf", "isreal", "signbit",
]  # fmt: skip
