"""Dropout and its kin: of elements, of channels, and for self-normalizing networks."""

from __future__ import annotations

import autograd
from autograd import Tensor

from ..arguments import warn
from .reduction import check_tensors


def check_probability(p: float) -> None:
    """Raises for what is no probability."""
    if p < 0 or p > 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Sets elements to zero with probability `p` and scales the rest by 1 / (1 - p), if `training`.

    >>> import autograd, nn.functional as F
    >>> F.dropout(autograd.ones(2), training=False)
    tensor([1., 1.])
    """
    check_probability(p)
    return (autograd.dropout_ if inplace else autograd.dropout)(input, p, training)


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean and variance of what comes from SELU, if `training`; see `nn.AlphaDropout`.

    >>> import autograd, nn.functional as F
    >>> F.alpha_dropout(autograd.ones(2))
    tensor([1., 1.])
    """
    check_probability(p)
    return (autograd.alpha_dropout_ if inplace else autograd.alpha_dropout)(input, p, training)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """`alpha_dropout` of whole channels of an input (N, C, …); see `nn.FeatureAlphaDropout`.

    >>> import autograd, nn.functional as F
    >>> F.feature_alpha_dropout(autograd.ones(1, 2))
    tensor([[1., 1.]])
    """
    check_probability(p)
    return (autograd.feature_alpha_dropout_ if inplace else autograd.feature_alpha_dropout)(input, p, training)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout` of whole channels of an input (N, C, L) or (C, L); `RuntimeError` for other shapes.

    >>> import autograd, nn.functional as F
    >>> F.dropout1d(autograd.ones(1, 2), training=False)
    tensor([[1., 1.]])
    """
    check_probability(p)
    check_tensors("dropout1d", input=input)
    rank = input.dim()
    if rank not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, (C, L) or (N, C, L), but received a {rank}D input "
            f"{list(input.shape)}. Use dropout for single elements, dropout2d and dropout3d for more dimensions."
        )
    return of_channels(input, p, training, inplace, batched=rank == 3)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout` of whole channels of an input (N, C, H, W).

    As in PyTorch, three dimensions are taken for (N, C, L), and other numbers of them for (N, C, …); both is warned of.

    >>> import autograd, nn.functional as F
    >>> F.dropout2d(autograd.ones(1, 2, 1, 1), training=False).flatten()
    tensor([1., 1.])
    """
    check_probability(p)
    check_tensors("dropout2d", input=input)
    rank = input.dim()
    if rank == 3:
        warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired "
            "- input is interpreted as shape (N, C, L). For (C, H, W) give input.unsqueeze(0), for (N, C, L) use "
            "dropout1d."
        )
    elif rank != 4:
        warn_of_rank("dropout2d", rank, "(N, C, H, W)")
    return of_channels(input, p, training, inplace, batched=True)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout` of whole channels of an input (N, C, D, H, W) or (C, D, H, W).

    As in PyTorch, other numbers of dimensions are taken for (C, …), and warned of.

    >>> import autograd, nn.functional as F
    >>> F.dropout3d(autograd.ones(2, 1, 1, 1), training=False).flatten()
    tensor([1., 1.])
    """
    check_probability(p)
    check_tensors("dropout3d", input=input)
    rank = input.dim()
    if rank not in (4, 5):
        warn_of_rank("dropout3d", rank, "(C, D, H, W) or (N, C, D, H, W)")
    return of_channels(input, p, training, inplace, batched=rank == 5)


def of_channels(input: Tensor, p: float, training: bool, inplace: bool, batched: bool) -> Tensor:
    """`dropout` of whole channels of an input with a dimension N before that of the channels, if `batched`."""
    samples = input if batched else input.unsqueeze(0)
    if inplace:
        autograd.feature_dropout_(samples, p, training)
        return input
    out = autograd.feature_dropout(samples, p, training)
    return out if batched else out.squeeze(0)


def warn_of_rank(function: str, rank: int, expected: str) -> None:
    """Warns of an input that has not the dimensions that a function is for."""
    warn(
        f"{function}: Received a {rank}-D input to {function}, which is deprecated and will result in an error in a "
        f"future release: it takes {expected}. To drop single elements use dropout."
    )
