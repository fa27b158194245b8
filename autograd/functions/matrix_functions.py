"""Functions of whole matrices: the exponential, and solving linear equations."""

from __future__ import annotations

from .._tensor import Tensor
from ..casting import single_precision
from ..errors import describe
from ..promotion import in_single
from ..rules import matrix_functions as rules
from .arguments import check_tensor
from .attach import method

__all__ = ["matrix_exp"]


@method()
def matrix_exp(input: Tensor) -> Tensor:
    """The exponential of square matrices, 1 + x + x²/2 + x³/6 + …: (..., n, n).

    `RuntimeError` if the input is no square matrix, or of whole numbers.

    >>> import autograd
    >>> autograd.matrix_exp(autograd.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    check_tensor(input, "matrix_exp")
    shape = input._array.shape
    if input._array.dtype.kind in "biu":
        raise RuntimeError(
            f"linalg.matrix_exp: Expected a floating point or complex tensor as input. Got {describe(input)}"
        )
    if len(shape) < 2:
        raise RuntimeError(
            f"linalg.matrix_exp: The input tensor A must have at least 2 dimensions, but it is {describe(input)}."
        )
    if shape[-1] != shape[-2]:
        raise RuntimeError(
            f"linalg.matrix_exp: A must be batches of square matrices, but they are {shape[-2]} by {shape[-1]} matrices"
        )
    return in_single(rules.matrix_exp, input)


@single_precision
def solve(matrix: Tensor, right: Tensor) -> Tensor:
    """The x with matrix·x = right: (..., n, n) and (..., n, k) give (..., n, k); what comes before broadcasts.

    >>> import autograd
    >>> solve(2 * autograd.eye(2), autograd.ones(2, 1))
    tensor([[0.5000],
            [0.5000]])
    """
    return rules.solve(matrix, right)
