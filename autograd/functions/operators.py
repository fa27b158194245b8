"""Python's operators on tensors. The hot ones go straight to their op when no promotion is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._tensor import Tensor
from ..op import Op, promote
from ..rules import elementwise as rules
from ..rules.linear_algebra import matmul
from .attach import in_place


def is_operand(value: Any) -> bool:
    """Whether a tensor can be combined with `value` by an operator; if not, Python asks the other side."""
    return isinstance(value, (Tensor, int, float, complex, np.ndarray, np.generic)) and not (
        isinstance(value, np.ndarray) and value.dtype == object
    )


def binary(op: Op, floating: bool = False, reflected: bool = False) -> Callable[[Any, Any], Any]:
    """The operator method of an elementwise op of two operands."""

    call = op.__call__  # binding it once halves the cost of the call

    def operator(self: Any, other: Any) -> Any:
        kind = self._array.dtype
        if isinstance(other, Tensor):
            plain = other._array.dtype is kind and (kind.kind == "f" or not floating)
        else:
            plain = (type(other) is float or type(other) is int) and kind.kind == "f"
            if not plain and not is_operand(other):
                return NotImplemented
        if plain:
            return call(other, self) if reflected else call(self, other)
        return op(*promote(*((other, self) if reflected else (self, other)), floating=floating))

    return operator


def install(name: str, op: Op, floating: bool = False) -> None:
    """Gives Tensor the operator `name`, its reflected and its in-place form."""
    forward = binary(op, floating)
    setattr(Tensor, f"__{name}__", forward)
    setattr(Tensor, f"__r{name}__", binary(op, floating, reflected=True))
    setattr(Tensor, f"__i{name}__", in_place(forward, f"{op.name}_"))


for name, op in {
    "add": rules.add,
    "sub": rules.subtract,
    "mul": rules.multiply,
    "mod": rules.remainder,
    "pow": rules.power,
    "and": rules.bitwise_and,
    "or": rules.bitwise_or,
    "xor": rules.bitwise_xor,
    "lshift": rules.left_shift,
    "rshift": rules.right_shift,
    "floordiv": rules.floor_divide,
}.items():
    install(name, op)
install("truediv", rules.divide, floating=True)

for name, op in {
    "lt": rules.less,
    "le": rules.less_equal,
    "gt": rules.greater,
    "ge": rules.greater_equal,
    "eq": rules.equal,
    "ne": rules.not_equal,
}.items():
    setattr(Tensor, f"__{name}__", binary(op))

setattr(Tensor, "__neg__", lambda self: rules.negative(self))
setattr(Tensor, "__pos__", lambda self: rules.positive(self))
setattr(Tensor, "__abs__", lambda self: rules.absolute(self))
setattr(Tensor, "__invert__", lambda self: rules.bitwise_not(self))


def operator_matmul(self: Any, other: Any) -> Any:
    """`self @ other`."""
    return matmul(self, other) if isinstance(other, (Tensor, np.ndarray)) else NotImplemented


def operator_rmatmul(self: Any, other: Any) -> Any:
    """`other @ self`, for an array on the left."""
    return matmul(other, self) if isinstance(other, np.ndarray) else NotImplemented


setattr(Tensor, "__matmul__", operator_matmul)
setattr(Tensor, "__rmatmul__", operator_rmatmul)
