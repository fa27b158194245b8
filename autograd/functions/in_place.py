"""The in-place functions: `autograd.exp_(x)` is `x.exp_()`."""

from __future__ import annotations

from .._tensor import Tensor
from . import arithmetic, complex_numbers, conversion, elementary, selection, special  # noqa: F401 - they attach the methods

__all__ = [  # noqa: F822 - defined below, all at once
    "abs_", "acos_", "acosh_", "arccos_", "arccosh_", "arcsin_", "arcsinh_", "arctan_", "arctanh_", "asin_", "asinh_",
    "atan_", "atanh_", "ceil_", "clamp_", "clamp_max_", "clamp_min_", "clip_", "conj_physical_", "cos_", "cosh_",
    "deg2rad_", "erf_", "erfc_", "exp2_", "exp_", "expm1_", "fill_", "fix_", "floor_", "frac_", "gcd_", "i0_", "lcm_",
    "ldexp_", "log10_", "log1p_", "log2_", "log_", "logit_", "nan_to_num_", "neg_", "negative_", "rad2deg_",
    "reciprocal_", "relu_", "round_", "rsqrt_", "sigmoid_", "sin_", "sinc_", "sinh_", "sqrt_", "square_",
    "tan_", "tanh_", "trunc_", "xlogy_", "zero_",
]  # fmt: skip

for name in __all__:
    globals()[name] = getattr(Tensor, name)
