"""Distances and similarities of vectors."""

from __future__ import annotations

from .. import errors
from .._tensor import Tensor
from ..modes import no_grad
from ..promotion import in_single
from .dimensions import broadcast_tensors
from .operands import checked, pair
from .rearranging import triu_indices

__all__ = ["cosine_similarity", "pairwise_distance", "pdist"]


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1·x2 / (‖x1‖·‖x2‖) along `dim`, from -1 to 1, where no norm counts as less than `eps`.

    The two broadcast, and `dim` is a dimension of both together. `RuntimeError` for integers and complex numbers.

    >>> import autograd
    >>> autograd.cosine_similarity(autograd.tensor([1.0, 0.0]), autograd.tensor([3.0, 4.0]), dim=0)
    tensor(0.6000)
    """
    a, b = broadcast_tensors(checked(x1), checked(x2))
    x1, x2 = pair(a, b)
    if not x1.is_floating_point():
        raise RuntimeError(
            "cosine_similarity: expected common dtype to be floating point, yet common dtype is "
            f"{x1.dtype.older_name}: convert with .float()"
        )
    return in_single(cosine, x1, x2, errors.dimension(dim, x1.dim(), "cosine_similarity"), eps)


def cosine(x1: Tensor, x2: Tensor, dim: int, eps: float) -> Tensor:
    """The cosine similarity of two tensors of one shape and dtype."""
    return (x1 / length(x1, dim, eps) * (x2 / length(x2, dim, eps))).sum(dim)


def length(x: Tensor, dim: int, eps: float) -> Tensor:
    """The norm along `dim`, at least `eps`. The bound is no part of the derivative, as in PyTorch."""
    norm = x.norm(2, dim, keepdim=True).clone()
    with no_grad():
        return norm.clamp_(min=eps)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The norm (Σ|x1 - x2 + eps|^p)^(1/p) along the last dimension; the two broadcast.

    x1: (N, D) or (D), x2: likewise; the result is (N) or (), with `keepdim` (N, 1) or (1).

    >>> import autograd
    >>> autograd.pairwise_distance(autograd.zeros(1, 2), autograd.tensor([[3.0, 4.0]]))
    tensor([5.0000])
    """
    x1, x2 = pair(x1, x2)
    return in_single(lambda a, b: (a - b + eps).norm(p, -1, keepdim), x1, x2)


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The p-norm distances of each two rows, (0, 1), (0, 2), ..., (1, 2), ..., as a vector.

    input: (N, D); the result is (N·(N - 1) / 2). `RuntimeError` for another rank, integers and negative `p`.

    >>> import autograd
    >>> autograd.pdist(autograd.tensor([[0.0], [1.0], [3.0]]))
    tensor([1., 3., 2.])
    """
    if checked(input).dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.dim()}D. It takes one vector for each row.")
    if not input.is_floating_point():
        raise RuntimeError(f"pdist only supports floating-point dtypes, got {input.dtype}: convert with .float()")
    if p < 0:
        raise RuntimeError(f"pdist only supports non-negative p values, got {p}")
    rows, columns = input.shape
    first, second = triu_indices(rows, rows, 1)
    return in_single(lambda x: (x[first] - x[second]).norm(p if columns else 2, -1), input)
