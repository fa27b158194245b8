"""Derivatives of functions that take complex numbers apart or put them together.

Rules follow PyTorch's convention themselves: the gradient of a real L for z = x + iy is ∂L/∂x + i·∂L/∂y.
"""

import numpy as np

from ..op import op, ufunc
from .elementwise import is_complex

conjugate = ufunc(np.conjugate, "conj", holomorphic=False)
conjugate.rules(x=lambda g: np.conjugate(g))


@op(holomorphic=False, view=True)
def real(x):
    return np.real(x)


real.rules(x=lambda g: g)


@op(np.imag, holomorphic=False, view=True)
def imag(x):
    return np.imag(x)


imag.rules(x=lambda g: g * 1j)


@op(holomorphic=False)
def angle(x):
    return np.angle(x) if is_complex(x) else np.where(np.isnan(x), x, np.where(x < 0, x.dtype.type(np.pi), 0))


def angle_rule(g, x):
    if not is_complex(x):
        return np.zeros_like(g)
    square = np.real(x * np.conjugate(x))
    return np.where(np.equal(square, 0), 0, g * 1j * x / np.where(np.equal(square, 0), 1, square))


angle.rules(x=angle_rule)


@op(name="complex", holomorphic=False)
def make_complex(real, imag):
    out = np.empty(np.broadcast_shapes(real.shape, imag.shape), np.result_type(real.dtype, np.complex64))
    out.real, out.imag = real, imag  # real + 1j * imag would make NaN of infinities
    return out


make_complex.rules(real=lambda g: np.real(g), imag=lambda g: np.imag(g))


@op(holomorphic=False, view=True)
def view_as_real(x):
    return np.expand_dims(x, -1).view(x.real.dtype)


view_as_real.rules(x=lambda g: make_complex(g[..., 0], g[..., 1]))


@op(holomorphic=False, view=True)
def view_as_complex(x):
    return x.view(np.result_type(x.dtype, np.complex64))[..., 0]


view_as_complex.rules(x=lambda g: np.stack([np.real(g), np.imag(g)], -1))
