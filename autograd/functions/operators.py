"""Python's operators on tensors. Where no promotion is needed they go straight to their op: there is no hotter path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._tensor import Tensor
from ..errors import call as described
from ..kernels.sums import FLOAT32, FLOAT64
from ..op import Op
from ..rules import elementwise as rules
from ..rules.linear_algebra import matmul
from ..rules.selection import absolute
from . import arithmetic, comparison, linear_algebra, selection
from .attach import in_place

__all__: list[str] = []  # all of it is methods


def is_operand(value: Any) -> bool:
    """Whether a tensor can be combined with `value` by an operator; if not, Python asks the other side."""
    return isinstance(value, (Tensor, int, float, complex, np.ndarray, np.generic)) and not (
        isinstance(value, np.ndarray) and value.dtype == object
    )


def binary(op: Op, function: Callable[..., Any], kinds: str, reflected: bool = False) -> Callable[[Any, Any], Any]:
    """The operator method of an elementwise op of two operands.

    Two tensors of one dtype, of one of NumPy's `kinds`, and a floating tensor and a number need nothing but the op;
    everything else, and a number that meets 16 bits, is for the public `function` to sort out.
    """

    call = op.__call__  # binding it once halves the cost of the call

    def operator(self: Any, other: Any) -> Any:
        kind = self._array.dtype
        if isinstance(other, Tensor):
            if other._array.dtype is kind and kind.kind in kinds:
                return call(other, self) if reflected else call(self, other)
        elif (type(other) is float or type(other) is int) and (kind is FLOAT32 or kind is FLOAT64):
            return call(other, self) if reflected else call(self, other)
        elif not is_operand(other):
            return NotImplemented
        return function(other, self) if reflected else function(self, other)

    return operator


def writing(function: Callable[..., Any], name: str) -> Callable[[Any, Any], Any]:
    """The in-place form of an operator."""

    write = in_place(function, name)

    def operator(self: Any, other: Any) -> Any:
        return write(self, other) if is_operand(other) else NotImplemented

    return operator


ARITHMETIC = {
    "add": (rules.add, arithmetic.add, "fiubc"),
    "sub": (rules.subtract, arithmetic.sub, "fiuc"),
    "mul": (rules.multiply, arithmetic.mul, "fiubc"),
    "truediv": (rules.divide, arithmetic.div, "fc"),
    "floordiv": (rules.floor_divide, arithmetic.floor_divide, "fiu"),
    "mod": (rules.remainder, arithmetic.remainder, "fiu"),
    "pow": (rules.power, arithmetic.pow, "fiuc"),
    "and": (rules.bitwise_and, comparison.bitwise_and, "iub"),
    "or": (rules.bitwise_or, comparison.bitwise_or, "iub"),
    "xor": (rules.bitwise_xor, comparison.bitwise_xor, "iub"),
    "lshift": (rules.left_shift, comparison.bitwise_left_shift, "iu"),
    "rshift": (rules.right_shift, comparison.bitwise_right_shift, "iu"),
}
COMPARISONS = {
    "lt": (rules.less, comparison.lt, "fiub"),
    "le": (rules.less_equal, comparison.le, "fiub"),
    "gt": (rules.greater, comparison.gt, "fiub"),
    "ge": (rules.greater_equal, comparison.ge, "fiub"),
    "eq": (rules.equal, comparison.eq, "fiubc"),
    "ne": (rules.not_equal, comparison.ne, "fiubc"),
}


def operator_rpow(self: Any, other: Any) -> Any:
    """`other ** self`; the base, a number, becomes an array, for the rule needs its logarithm in this dtype."""
    return arithmetic.pow(other, self) if is_operand(other) else NotImplemented


def operator_neg(self: Any) -> Any:
    """`-self`."""
    return rules.negative(self) if self._array.dtype.kind == "f" else arithmetic.neg(self)


def operator_abs(self: Any) -> Any:
    """`abs(self)`."""
    return absolute(self) if self._array.dtype.kind == "f" else selection.abs(self)


def operator_invert(self: Any) -> Any:
    """`~self`."""
    if self._array.dtype.kind not in "iub":
        raise TypeError(
            f"~ (operator.invert) is only implemented on integer and Boolean-type tensors: {described('~', (self,))}"
        )
    return rules.bitwise_not(self)


def operator_matmul(self: Any, other: Any) -> Any:
    """`self @ other`."""
    if isinstance(other, Tensor):
        return linear_algebra.matmul(self, other)
    return matmul(self, other) if isinstance(other, np.ndarray) else NotImplemented


def operator_rmatmul(self: Any, other: Any) -> Any:
    """`other @ self`, for an array on the left."""
    return matmul(other, self) if isinstance(other, np.ndarray) else NotImplemented


methods: dict[str, Callable[..., Any]] = {}
for name, entry in (ARITHMETIC | COMPARISONS).items():
    methods[name] = binary(*entry)
for name, entry in ARITHMETIC.items():  # a comparison has no other forms: Python turns it round by itself
    methods["r" + name] = binary(*entry, reflected=True)
    methods["i" + name] = writing(methods[name], f"{entry[0].name}_")
methods |= {
    "rpow": operator_rpow,
    "neg": operator_neg,
    "pos": arithmetic.positive,
    "abs": operator_abs,
    "invert": operator_invert,
    "matmul": operator_matmul,
    "rmatmul": operator_rmatmul,
}
for name, method in methods.items():
    setattr(Tensor, f"__{name}__", method)
