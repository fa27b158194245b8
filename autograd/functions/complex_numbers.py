"""Complex numbers: taking them apart and putting them together."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from ..casting import single_precision
from ..errors import call
from ..rules import complex_numbers as rules
from ..rules.elementwise import cos, multiply, sin
from .attach import method
from .conversion import is_complex
from .operands import floating, same_dtype


def real(input: Tensor) -> Tensor:
    """The real part, a view; a real tensor is its own.

    >>> import autograd
    >>> autograd.tensor([1 + 2j]).real
    tensor([1.])
    """
    return rules.real(input) if is_complex(input) else input


def imag(input: Tensor) -> Tensor:
    """The imaginary part, a view. `RuntimeError` for a real tensor.

    >>> import autograd
    >>> autograd.tensor([1 + 2j]).imag
    tensor([2.])
    """
    if not is_complex(input):
        raise RuntimeError(f"imag is not implemented for tensors with non-complex dtypes: {call('imag', (input,))}")
    return rules.imag(input)


def write_real(self: Tensor, value: Any) -> None:
    """`x.real = value`."""
    real(self)[...] = value


def write_imag(self: Tensor, value: Any) -> None:
    """`x.imag = value`."""
    imag(self)[...] = value


for name, part in {"real": property(real, write_real), "imag": property(imag, write_imag)}.items():
    setattr(Tensor, name, part)


@method()
def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor is its own.

    >>> import autograd
    >>> autograd.tensor([1 + 2j]).conj()
    tensor([1.-2.j])
    """
    return rules.conjugate(input) if is_complex(input) else input


@method(inplace=True)
def conj_physical(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor is its own.

    >>> import autograd
    >>> autograd.tensor([1 + 2j]).conj_physical()
    tensor([1.-2.j])
    """
    return conj(input)


@method()
def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: conjugation is never put off.

    >>> import autograd
    >>> autograd.tensor([1.0]).resolve_conj()
    tensor([1.])
    """
    return input


@method()
def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: negation is never put off.

    >>> import autograd
    >>> autograd.tensor([1.0]).resolve_neg()
    tensor([1.])
    """
    return input


@method()
def is_conj(input: Tensor) -> bool:
    """False: conjugation is never put off.

    >>> import autograd
    >>> autograd.tensor([1.0]).is_conj()
    False
    """
    return False


@method()
def is_neg(input: Tensor) -> bool:
    """False: negation is never put off.

    >>> import autograd
    >>> autograd.tensor([1.0]).is_neg()
    False
    """
    return False


@method()
def angle(input: Tensor) -> Tensor:
    """The angle in radians from the positive real axis; π for negative real numbers.

    >>> import autograd
    >>> autograd.tensor([1.0, -1.0]).angle()
    tensor([0.0000, 3.1416])
    """
    return rules.angle(floating(input))


def complex(real: Tensor, imag: Tensor) -> Tensor:
    """The complex tensor with these parts, two floating tensors of one dtype.

    >>> import autograd
    >>> autograd.complex(autograd.tensor([1.0]), autograd.tensor([2.0]))
    tensor([1.+2.j])
    """
    return rules.make_complex(*parts("complex", real, imag))


def parts(name: str, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Two tensors, checked for what the parts of a complex number can be."""
    same_dtype(name, a, b)
    if a._array.dtype.kind != "f":
        raise RuntimeError(
            f"{name}: Expected both inputs to be Half, Float or Double tensors but got {call(name, (a, b))}"
        )
    return a, b


@single_precision
def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """The complex tensor with these absolute values and angles in radians.

    >>> import autograd
    >>> autograd.polar(autograd.tensor([2.0]), autograd.tensor([0.0]))
    tensor([2.+0.j])
    """
    size, turn = parts("polar", abs, angle)
    return rules.make_complex(multiply(size, cos(turn)), multiply(size, sin(turn)))


def view_as_real(input: Tensor) -> Tensor:
    """A complex tensor of shape (*) as a view of shape (*, 2): real and imaginary parts.

    >>> import autograd
    >>> autograd.view_as_real(autograd.tensor([1 + 2j]))
    tensor([[1., 2.]])
    """
    if not is_complex(input):
        raise RuntimeError(f"view_as_real is only supported for complex tensors: {call('view_as_real', (input,))}")
    return rules.view_as_real(input)


@single_precision
def view_as_complex(input: Tensor) -> Tensor:
    """A floating tensor of shape (*, 2) as a view of shape (*): its pairs as complex numbers.

    >>> import autograd
    >>> autograd.view_as_complex(autograd.tensor([[1.0, 2.0]]))
    tensor([1.+2.j])
    """
    array = floating(input, real=True)._array
    where = call("view_as_complex", (input,))
    if input._array.dtype.kind != "f" or array.itemsize < 4:
        raise RuntimeError(f"view_as_complex is only supported for float and double tensors: {where}")
    if not array.ndim:
        raise RuntimeError(f"Input tensor must have one or more dimensions: {where}")
    if array.shape[-1] != 2:
        raise RuntimeError(f"Tensor must have a last dimension of size 2: {where}")
    if array.strides[-1] != array.itemsize:
        raise RuntimeError(f"Tensor must have a last dimension with stride 1: {where}. Make it contiguous() first.")
    return rules.view_as_complex(input)


__all__ = [
    "real", "imag", "conj", "conj_physical", "resolve_conj", "resolve_neg", "is_conj", "is_neg", "angle", "complex",
    "polar", "view_as_real", "view_as_complex",
]  # fmt: skip
