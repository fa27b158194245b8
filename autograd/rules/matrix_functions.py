"""Derivatives of solving linear equations and of the matrix exponential."""

import numpy as np

from ..op import op
from .linear_algebra import t


@op(name="linalg_solve")
def solve(a, b):
    """The x with a·x = b; b's columns are right-hand sides."""
    return np.linalg.solve(a, b)


def solve_of_matrix(g, out, a):
    """−a⁻ᵀ·g·outᵀ."""
    return -(solve(t(a), g) @ t(out))


solve.rules(a=solve_of_matrix, b=lambda g, a: solve(t(a), g))


# Of the Padé approximant [13/13] of the exponential, which is exact to double precision where the matrix's 1-norm is
# below `LIMIT`: Higham, "The scaling and squaring method for the matrix exponential revisited", SIAM J. Matrix Anal.
# Appl. 26 (2005), section 2.
COEFFICIENTS = [
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0,
    10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
]  # fmt: skip
LIMIT = 5.371920351148152


@op()
def matrix_exp(x):
    """Scales each matrix down by a power of two, approximates, and squares as often; all in double precision."""
    if not x.size:
        return x.copy()
    wide = x.astype(np.result_type(x, np.float64))
    norms = np.abs(wide).sum(-2).max(-1)
    finite = np.isfinite(norms)
    wide = np.where(finite[..., None, None], wide, 0)
    times = np.ceil(np.log2(np.maximum(np.where(finite, norms, 0) / LIMIT, 1))).astype(int)
    result = pade(wide / 2.0 ** times[..., None, None])
    for done in range(times.max(initial=0)):
        result = np.where((done < times)[..., None, None], result @ result, result)
    return np.where(finite[..., None, None], result, np.nan).astype(x.dtype)


def pade(x):
    """The approximant: (v + u) / (v − u), of the odd powers and the even ones."""
    eye, c = np.eye(x.shape[-1]), COEFFICIENTS
    x2 = x @ x
    x4 = x2 @ x2
    x6 = x4 @ x2
    u = x @ (x6 @ (c[13] * x6 + c[11] * x4 + c[9] * x2) + c[7] * x6 + c[5] * x4 + c[3] * x2 + c[1] * eye)
    v = x6 @ (c[12] * x6 + c[10] * x4 + c[8] * x2) + c[6] * x6 + c[4] * x4 + c[2] * x2 + c[0] * eye
    return np.linalg.solve(v - u, v + u)


def matrix_exp_rule(g, x):
    """The derivative at xᵀ in direction g, which stands in the corner of the exponential of [[xᵀ, g], [0, xᵀ]]."""
    n, turned = x.shape[-1], t(x)
    blocks = [np.concatenate([turned, g], -1), np.concatenate([np.zeros_like(g), turned], -1)]
    return matrix_exp(np.concatenate(blocks, -2))[..., :n, n:]


matrix_exp.rules(x=matrix_exp_rule)
