"""Covariances and correlations of variables over observations."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._tensor import Tensor
from ..errors import describe
from ..rules import reductions, shaping
from .arguments import check_tensor
from .attach import method
from .linear_algebra import matmul

__all__ = ["cov", "corrcoef"]


@method()
def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    """The covariances of variables (rows) over observations (columns).

    `fweights`: how often each observation occurs; `aweights`: how much it counts.

    >>> import autograd
    >>> autograd.cov(autograd.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    check_tensor(input, "cov")
    if input._array.ndim > 2:
        raise RuntimeError(f"cov(): expected input to have two or fewer dimensions but got {describe(input)}")
    x = input if input._array.ndim == 2 else shaping.reshape(input, (1, input._array.size))
    if x._array.dtype.kind in "iub":
        x = x * 1.0
    count: Any = x._array.shape[1]
    weights = None
    for name, given, kinds in (("fweights", fweights, "iu"), ("aweights", aweights, "fV")):
        if given is not None:
            if given._array.shape != (count,) or given._array.dtype.kind not in kinds:
                raise RuntimeError(f"cov(): {name} must have one weight for each observation, not {describe(given)}")
            weights = given if weights is None else weights * given
    if weights is None:
        mean, total, norm = reductions.mean(x, 1, True), count, count - correction
    else:
        total = weights.sum()
        mean = reductions.sum(x * weights, 1, True) / total
        norm = total - correction if aweights is None else total - correction * (weights * aweights).sum() / total
    centred = x - mean
    heavy = centred if weights is None else centred * weights
    conjugate = np.conjugate(centred) if centred._array.dtype.kind == "c" else centred
    divisor = norm.clamp(min=0) if isinstance(norm, Tensor) else max(norm, 0)
    product = matmul(heavy, shaping.swapaxes(conjugate, 0, 1)) / divisor
    return shaping.squeeze(product) if 1 in product._array.shape else product


@method()
def corrcoef(input: Tensor) -> Tensor:
    """The correlation coefficients of variables (rows) over observations (columns).

    >>> import autograd
    >>> autograd.corrcoef(autograd.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    covariance = cov(input)
    if not covariance._array.ndim:
        return covariance / covariance
    variances = shaping.diagonal(covariance, 0, 0, 1)
    deviations = (variances.real if variances.is_complex() else variances).sqrt()
    scaled = covariance / shaping.reshape(deviations, (-1, 1)) / deviations
    return scaled if scaled.is_complex() else scaled.clamp(-1, 1)
