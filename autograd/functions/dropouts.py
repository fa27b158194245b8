"""Dropout: elements, or whole channels, set to zero at random, or for self-normalizing networks to another constant."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes, random
from .._tensor import Tensor
from ..rules.elementwise import add, multiply
from .attach import in_place
from .operands import checked

__all__ = [
    "alpha_dropout", "alpha_dropout_", "dropout", "dropout_", "feature_alpha_dropout", "feature_alpha_dropout_",
    "feature_dropout", "feature_dropout_",
]  # fmt: skip

ALPHA = 1.7580993408473766  # minus what SELU tends to for inputs that tend to -Inf


def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Sets each element to zero with probability `p` and scales the rest by `1 / (1 - p)`; nothing unless `train`.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014.

    >>> import autograd
    >>> autograd.dropout(autograd.ones(2), 0.5, train=False)
    tensor([1., 1.])
    """
    return input if idle(input, p, train) else dropped(input, p, input._array.shape)


def feature_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """`dropout` of whole channels: all of `input[i, j]` or nothing. `input`: (N, C, …).

    Tompson et al., "Efficient object localization using convolutional networks", arXiv 1411.4280.

    >>> import autograd
    >>> autograd.feature_dropout(autograd.ones(1, 2), 0.5, train=False)
    tensor([[1., 1.]])
    """
    return input if idle(input, p, train) else dropped(input, p, channels(input, p))


def alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Sets elements to SELU's lowest value with probability `p`, and scales and shifts all to keep mean and variance.

    Klambauer et al., "Self-normalizing neural networks", arXiv 1706.02515.

    >>> import autograd
    >>> autograd.alpha_dropout(autograd.ones(2), 0.5, train=False)
    tensor([1., 1.])
    """
    return input if idle(input, p, train) else lowered(input, p, input._array.shape)


def feature_alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """`alpha_dropout` of whole channels: all of `input[i, j]` or nothing. `input`: (N, C, …).

    >>> import autograd
    >>> autograd.feature_alpha_dropout(autograd.ones(1, 2), 0.5, train=False)
    tensor([[1., 1.]])
    """
    return input if idle(input, p, train) else lowered(input, p, channels(input, p))


def idle(input: Any, p: float, train: bool) -> bool:
    """Whether nothing is to be dropped. `RuntimeError` for what is no probability, or a dtype without fractions."""
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p}")
    kind = checked(input)._array.dtype.kind
    if not train or p == 0 or not input._array.size:
        return True
    if kind == "c":
        raise NotImplementedError(f'"dropout" not implemented for {input.dtype}: drop the real and imaginary parts')
    if kind in "biu" and p < 1:
        raise RuntimeError(
            f"result type {dtypes.get_default_dtype()} can't be cast to the desired output type {input.dtype}: dropout "
            "scales what it keeps, so convert with .float() first"
        )
    return False


def channels(input: Tensor, p: float) -> tuple[int, ...]:
    """The shape with one element for each channel."""
    shape = input._array.shape
    if len(shape) < 2 and p < 1:
        raise RuntimeError(
            f"Feature dropout requires at least 2 dimensions in the input, (N, C, ...), but it is {list(shape)}"
        )
    return (*shape[:2], *[1] * (len(shape) - 2))


def kept(p: float, shape: tuple[int, ...]) -> np.ndarray:
    """True with probability 1 - p."""
    return np.asarray(random.drawing(None).random(shape, np.float32) >= p)


def dropped(input: Tensor, p: float, shape: tuple[int, ...]) -> Tensor:
    """The input with dropout by a mask of a shape that broadcasts."""
    p, array = float(p), input._array
    if p == 1:
        return multiply(input, np.zeros_like(array))
    return multiply(input, kept(p, shape) * array.dtype.type(1 / (1 - p)))


def lowered(input: Tensor, p: float, shape: tuple[int, ...]) -> Tensor:
    """The input with alpha dropout by a mask of a shape that broadcasts."""
    p, kind = float(p), input._array.dtype
    if p == 1:
        return multiply(input, np.zeros_like(input._array))
    scale = 1 / math.sqrt((ALPHA * ALPHA * p + 1) * (1 - p))
    keep = kept(p, shape)
    shift = np.where(keep, ALPHA * scale * p, ALPHA * scale * (p - 1)).astype(kind)
    return add(multiply(input, keep * kind.type(scale)), shift)


def unless_idle(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The in-place form, which writes only where there is something to drop."""
    written = in_place(function, f"{function.__name__}_")

    def dropout_(input: Tensor, p: float, train: bool) -> Tensor:
        return input if idle(input, p, train) else written(input, p, train)

    dropout_.__name__, dropout_.__qualname__, dropout_.__doc__ = written.__name__, written.__name__, written.__doc__
    return dropout_


dropout_ = unless_idle(dropout)
feature_dropout_ = unless_idle(feature_dropout)
alpha_dropout_ = unless_idle(alpha_dropout)
feature_alpha_dropout_ = unless_idle(feature_alpha_dropout)
