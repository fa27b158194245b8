"""Functions that choose between values or round them: where, clamp, maximum, relu, abs, floor, …, elementwise.

What was not chosen gets no gradient, steps have a gradient of zero, and at kinks and ties the subgradients are
PyTorch's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes, return_types
from .._tensor import Tensor
from ..errors import call
from ..op import identity
from ..promotion import promote
from ..rules import elementwise
from ..rules import selection as rules
from ..views import overwrite
from .attach import method
from .operands import checked, floating, number_as, pair, refuse, stored_number, value_as

# ---- choosing


def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """`input` where the condition (bool) holds, else `other`; each is a tensor or a number.

    With the condition alone: the indices where it holds, as `nonzero(condition, as_tuple=True)` gives them.

    >>> import autograd
    >>> x = autograd.tensor([-1.0, 2.0])
    >>> autograd.where(x > 0, x, 0)
    tensor([0., 2.])
    """
    if not isinstance(condition, Tensor):
        raise TypeError(f"where(): argument 'condition' must be Tensor, not {type(condition).__name__}")
    if input is None and other is None:
        from .indexing import nonzero

        return nonzero(condition, as_tuple=True)
    if condition._array.dtype.kind != "b":
        condition = as_condition(condition)
    if isinstance(input, Tensor) or isinstance(other, Tensor):
        x, y = promote(input, other)
        if isinstance(x, Tensor) and isinstance(y, Tensor):
            return rules.where(condition, x, y)
        kind = (x if isinstance(x, Tensor) else y)._array.dtype
    else:
        x, y = (v.item() if isinstance(v, np.generic) else v for v in (input, other))
        kind = dtypes.result_dtype([], [x, y])
    x, y = (v if isinstance(v, Tensor) else number_as(given, kind) for v, given in ((x, input), (y, other)))
    return rules.where(condition, x, y)


def as_condition(condition: Tensor) -> Tensor:
    """A condition that is not bool: uint8, of old, counts as one and warns; `RuntimeError` for the rest."""
    if condition.dtype is not dtypes.uint8:
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype}. "
            "Compare it with something, or convert it with .bool()."
        )
    import warnings

    warnings.warn("where received a uint8 condition tensor. Use a boolean condition instead.", stacklevel=3)
    return condition.to(dtypes.bool)


@method("where")
def where_method(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """This tensor where the condition (bool) holds, else `other`.

    >>> import autograd
    >>> x = autograd.tensor([-1.0, 2.0])
    >>> x.where(x > 0, 0)
    tensor([0., 2.])
    """
    return where(condition, self, other)


@method()
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """`value`, a number or 0-d tensor, where `mask` (bool) is True, else `input`; the dtype is `input`'s.

    >>> import autograd
    >>> x = autograd.tensor([-1.0, 2.0])
    >>> x.masked_fill(x < 0, 9)
    tensor([9., 2.])
    """
    if not isinstance(mask, Tensor):
        raise TypeError(f"masked_fill(): argument 'mask' must be Tensor, not {type(mask).__name__}")
    if mask.dtype is not dtypes.bool:
        raise RuntimeError(
            f"masked_fill only supports boolean masks, but got mask with dtype {mask.dtype}. Convert it with .bool()."
        )
    return rules.masked_fill(input, mask, value_as(value, input._array.dtype, "masked_fill"))


@method()
def masked_fill_(self: Tensor, mask: Tensor, value: Any) -> Tensor:
    """In-place version of `masked_fill()`; the mask must broadcast to this tensor's shape."""
    return overwrite(self, lambda x: masked_fill(x, mask, value), "masked_fill_", (value,))


def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor like `input`, each element `value`, a number or 0-d tensor.

    >>> import autograd
    >>> autograd.fill(autograd.tensor([1.0, 2.0]), 7)
    tensor([7., 7.])
    """
    return rules.fill(input, value_as(value, input._array.dtype, "fill_"))


@method()
def fill_(self: Tensor, value: Any) -> Tensor:
    """Writes `value`, a number or 0-d tensor, into every element.

    >>> import autograd
    >>> autograd.zeros(2).fill_(7)
    tensor([7., 7.])
    """
    return overwrite(self, lambda x: fill(x, value), "fill_", (value,))


@method()
def zero_(self: Tensor) -> Tensor:
    """Writes 0 into every element.

    >>> import autograd
    >>> autograd.ones(2).zero_()
    tensor([0., 0.])
    """
    return overwrite(self, lambda x: fill(x, 0), "zero_")


@method("clamp", "clip", inplace=True)
def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Each element brought into [min, max]: numbers or tensors, either may be None. Where min > max it is max.

    The gradient passes within the bounds and at them; a bound that is a tensor gets it where it took effect.

    >>> import autograd
    >>> autograd.tensor([-2.0, 0.5, 3.0]).clamp(-1, 1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min is None and max is None:
        raise RuntimeError("clamp: At least one of 'min' or 'max' must not be None")
    bounds = [bound for bound in (min, max) if bound is not None]
    x, *brought = promote(input, *bounds)
    refuse("clamp", "bc" if len(bounds) == 2 else "c", x)
    for bound in bounds:
        if not isinstance(bound, Tensor) and not -127 <= bound <= 127:  # those fit into any dtype
            stored_number(bound, x._array.dtype)
    low = None if min is None else brought[0]
    return rules.clamp(x, low, None if max is None else brought[-1])


clip = clamp


@method(inplace=True)
def clamp_min(input: Tensor, min: Any) -> Tensor:
    """Each element brought up to at least `min`.

    >>> import autograd
    >>> autograd.tensor([-2.0, 0.5, 3.0]).clamp_min(0)
    tensor([0.0000, 0.5000, 3.0000])
    """
    return clamp(input, min)


@method(inplace=True)
def clamp_max(input: Tensor, max: Any) -> Tensor:
    """Each element brought down to at most `max`.

    >>> import autograd
    >>> autograd.tensor([-2.0, 0.5, 3.0]).clamp_max(1)
    tensor([-2.0000,  0.5000,  1.0000])
    """
    return clamp(input, None, max)


@method()
def maximum(input: Tensor, other: Tensor) -> Tensor:
    """The larger of the two, NaN where either is; a tie shares the gradient equally.

    >>> import autograd
    >>> autograd.tensor([1.0, 5.0]).maximum(autograd.tensor([3.0, 3.0]))
    tensor([3., 5.])
    """
    return rules.maximum(*pair(input, other, refusing="c"))


@method()
def minimum(input: Tensor, other: Tensor) -> Tensor:
    """The smaller of the two, NaN where either is; a tie shares the gradient equally.

    >>> import autograd
    >>> autograd.tensor([1.0, 5.0]).minimum(autograd.tensor([3.0, 3.0]))
    tensor([1., 3.])
    """
    return rules.minimum(*pair(input, other, refusing="c"))


@method()
def fmax(input: Tensor, other: Tensor) -> Tensor:
    """The larger of the two, NaN only where both are.

    >>> import autograd
    >>> autograd.tensor([1.0, float("nan")]).fmax(autograd.tensor([3.0, 3.0]))
    tensor([3., 3.])
    """
    return rules.fmax(*pair(input, other, refusing="c"))


@method()
def fmin(input: Tensor, other: Tensor) -> Tensor:
    """The smaller of the two, NaN only where both are.

    >>> import autograd
    >>> autograd.tensor([1.0, float("nan")]).fmin(autograd.tensor([3.0, 3.0]))
    tensor([1., 3.])
    """
    return rules.fmin(*pair(input, other, refusing="c"))


@method(inplace=True)
def nan_to_num(
    input: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """NaN, Inf and -Inf replaced: by 0 and the dtype's largest and lowest number unless given.

    >>> import autograd
    >>> autograd.tensor([float("nan"), 1.0]).nan_to_num()
    tensor([0., 1.])
    """
    x = checked(input)
    if x._array.dtype.kind in "biu":
        return identity(x)
    return rules.nan_to_num(x, True, nan or 0.0, posinf, neginf)


@method(inplace=True)
def relu(input: Tensor) -> Tensor:
    """max(x, 0). Its gradient at 0 is 0.

    >>> import autograd
    >>> autograd.tensor([-1.0, 2.0]).relu()
    tensor([0., 2.])
    """
    return rules.relu(checked(input, refusing="bc"))


# ---- size and sign


@method("abs", "absolute")
def abs(input: Tensor) -> Tensor:
    """The absolute value; of complex numbers too, as a real tensor. Its gradient at 0 is 0.

    >>> import autograd
    >>> autograd.tensor([-1.5, 2.0]).abs()
    tensor([1.5000, 2.0000])
    """
    return rules.absolute(checked(input, refusing="b"))


absolute = abs


@method("abs_", "absolute_")
def abs_(self: Tensor) -> Tensor:
    """In-place version of `abs()`, for real tensors."""
    if self._array.dtype.kind == "c":
        raise RuntimeError(f"In-place abs is not supported for complex tensors: {call('abs_', (self,))}. Use abs().")
    return overwrite(self, abs, "abs_")


@method(inplace=True)
def sign(input: Tensor) -> Tensor:
    """-1, 0 or 1; 0 for NaN.

    >>> import autograd
    >>> autograd.tensor([-1.5, 0.0, 2.0]).sign()
    tensor([-1.,  0.,  1.])
    """
    x = checked(input)
    if x._array.dtype.kind == "c":
        raise NotImplementedError("Unlike NumPy, sign is not intended to support complex numbers. Use sgn instead.")
    return sgn(x)


@method(inplace=True)
def sgn(input: Tensor) -> Tensor:
    """As `sign`; for a complex number z/|z|, and 0 for 0.

    >>> import autograd
    >>> autograd.tensor([-1.5, 0.0, 2.0]).sgn()
    tensor([-1.,  0.,  1.])
    """
    x = checked(input)
    return identity(x) if x._array.dtype == bool else rules.sign(x)


@method(inplace=True)
def copysign(input: Tensor, other: Any) -> Tensor:
    """The size of `input` with the sign of `other`, that of -0.0 included.

    >>> import autograd
    >>> autograd.tensor([1.0, 2.0]).copysign(-1)
    tensor([-1., -2.])
    """
    return rules.copysign(*promote(input, other, floating=True))


@method(inplace=True)
def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """0 below 0, 1 above, `values` at 0. Both have one dtype.

    >>> import autograd
    >>> autograd.tensor([-1.5, 0.0, 2.0]).heaviside(autograd.tensor([0.5]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    x, y = pair(input, values)
    if x is not input or y is not values or x._array.dtype.kind == "c":
        kinds = "complex tensors" if x._array.dtype.kind == "c" else "tensors with different dtypes"
        raise RuntimeError(f"heaviside is not yet implemented for {kinds}: {call('heaviside', (input, values))}")
    return rules.heaviside(x, y)


# ---- rounding


def rounded(name: str, op: Any, input: Any, *parameters: Any) -> Tensor:
    """A rounding op; integers are whole already."""
    x = checked(input)
    refuse(name, "bc", x)
    return identity(x) if x._array.dtype.kind in "iu" else op(x, *parameters)


@method(inplace=True)
def floor(input: Tensor) -> Tensor:
    """The next integer below, in the same dtype.

    >>> import autograd
    >>> autograd.tensor([-1.5, 2.5]).floor()
    tensor([-2.,  2.])
    """
    return rounded("floor", rules.floor, input)


@method(inplace=True)
def ceil(input: Tensor) -> Tensor:
    """The next integer above, in the same dtype.

    >>> import autograd
    >>> autograd.tensor([-1.5, 2.5]).ceil()
    tensor([-1.,  3.])
    """
    return rounded("ceil", rules.ceil, input)


@method("trunc", "fix", inplace=True)
def trunc(input: Tensor) -> Tensor:
    """The number without its fraction, in the same dtype.

    >>> import autograd
    >>> autograd.tensor([-1.5, 2.5]).trunc()
    tensor([-1.,  2.])
    """
    return rounded("trunc", rules.trunc, input)


fix = trunc


@method(inplace=True)
def frac(input: Tensor) -> Tensor:
    """The number's fraction, x - trunc(x), which keeps its sign.

    >>> import autograd
    >>> autograd.tensor([-1.5, 2.25]).frac()
    tensor([-0.5000,  0.2500])
    """
    refuse("frac", "biuc", input)
    x = floating(input)
    return elementwise.subtract(x, rules.trunc(x))


@method(inplace=True)
def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """The nearest number with so many decimals; halves go to the even neighbour.

    >>> import autograd
    >>> autograd.tensor([0.5, 1.5, 2.6]).round()
    tensor([0., 2., 3.])
    """
    if not isinstance(decimals, (int, np.integer)):
        raise TypeError(f"round(): argument 'decimals' must be int, not {type(decimals).__name__}")
    if decimals:
        refuse("round", "iu", input)
    return rounded("round", rules.round_, input, int(decimals))


# ---- the floating format


@method(inplace=True)
def nextafter(input: Tensor, other: Tensor) -> Tensor:
    """The floating number after `input` in the direction of `other`.

    >>> import autograd
    >>> x = autograd.tensor([1.0])
    >>> x.nextafter(autograd.tensor([2.0])) > x
    tensor([True])
    """
    return rules.nextafter(*pair(input, other, refusing="biuc"))


@method()
def frexp(input: Tensor) -> Any:
    """A named tuple (mantissa, exponent): `input = mantissa * 2 ** exponent`, with mantissas from 0.5 up to 1.

    >>> import autograd
    >>> autograd.tensor([1.0, 6.0]).frexp().exponent
    tensor([1, 3], dtype=torch.int32)
    """
    if not isinstance(input, Tensor) or input._array.dtype.kind not in "fV":
        raise RuntimeError(f"frexp() only supports floating-point dtypes: {call('frexp', (input,))}")
    return return_types.frexp((rules.mantissa(input), rules.exponent(input)))


__all__ = [
    "where", "masked_fill", "fill", "clamp", "clip", "clamp_min", "clamp_max", "maximum", "minimum", "fmax", "fmin",
    "nan_to_num", "relu", "abs", "absolute", "sign", "sgn", "copysign", "heaviside", "floor", "ceil", "trunc", "fix",
    "frac", "round", "nextafter", "frexp",
]  # fmt: skip
