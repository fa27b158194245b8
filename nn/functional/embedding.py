"""Embeddings, and the ones and zeros of which they are the product."""

from __future__ import annotations

import autograd
from autograd import Tensor
from autograd.functions.embedding import bags, check_table
from autograd.functions.neural import not_a_tensor

from .reduction import check_tensors, warn


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of weight (rows, columns) at the indices input (*): the result is (*, columns).

    No gradient goes to the row `padding_idx`. Rows whose `norm_type`-norm is above `max_norm` are scaled down to it
    first, in the weight itself. `scale_grad_by_freq` divides a row's gradient by how often it was looked up.

    >>> import autograd, nn.functional as F
    >>> F.embedding(autograd.tensor([1]), autograd.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[3., 4.]])
    """
    check_table("embedding", weight, input, sparse)
    padding_idx = -1 if padding_idx is None else row("Padding_idx", padding_idx, weight.shape[0])
    if max_norm is not None:
        with autograd.no_grad():
            autograd.embedding_renorm_(weight, input, max_norm, norm_type)
    return autograd.embedding(weight, input, padding_idx, scale_grad_by_freq, sparse)


def row(name: str, index: int, rows: int) -> int:
    """The number of a row, counted from the front; `AssertionError`, as in PyTorch, if there is none."""
    if not -rows <= index < rows:
        raise AssertionError(f"{name} must be within num_embeddings: {index} is not one of {rows} rows")
    return index % rows


MODES = ("sum", "mean", "max")


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The "sum", "mean" or "max" of each bag of rows of weight (rows, columns): the result is (bags, columns).

    input: indices, each row of (bags, n) a bag or, in one row (N), bags that start at `offsets`. With
    `include_last_offset` the last offset starts none, but ends the last bag. `per_sample_weights`, of the input's
    shape, scale the rows of sums. Rows at `padding_idx` count for nothing. `max_norm`, `norm_type` and
    `scale_grad_by_freq` are those of `embedding`.

    >>> import autograd, nn.functional as F
    >>> F.embedding_bag(autograd.tensor([[0, 1]]), autograd.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[2., 3.]])
    """
    check_tensors("embedding_bag", input=input, weight=weight)
    if input.is_floating_point() and weight.dtype is autograd.int64:
        warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is "
            "deprecated, and should now be `embedding_bag(input, weight, ...)`."
        )
        input, weight = weight, input
    if per_sample_weights is not None and per_sample_weights.shape != input.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the "
            f"same shape as the input ({input.shape})"
        )
    if weight.dim() != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}")
    if mode not in MODES:
        raise ValueError(f"mode has to be one of sum, mean or max, not {mode!r}")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(f"embedding_bag: per_sample_weights is only supported for mode='sum', not {mode!r}")
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        offsets = autograd.arange(input.shape[0]) * input.shape[1]
        include_last_offset, input = False, input.reshape(-1)
        per_sample_weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    elif input.dim() != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}")
    elif offsets is None or offsets.dim() != 1:
        raise ValueError(
            f"offsets has to be a 1D Tensor but got {None if offsets is None else list(offsets.shape)}: they say "
            "where in input (N) each bag starts"
        )
    return bags(
        weight,
        input,
        offsets,
        scale_grad_by_freq,
        MODES.index(mode),
        sparse,
        per_sample_weights,
        include_last_offset,
        padding_idx,
        max_norm,
        norm_type,
    )[0]


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """A 1 at the place that each number of an int64 tensor (*) names, else 0: (*, num_classes), of int64.

    As many classes as there must be, for `num_classes=-1`.

    >>> import autograd, nn.functional as F
    >>> F.one_hot(autograd.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    if not isinstance(tensor, Tensor):
        raise not_a_tensor("one_hot", tensor=tensor)
    if tensor.dtype is not autograd.int64:
        raise RuntimeError(
            f"one_hot is only applicable to index tensor of type LongTensor, not {tensor.dtype}: convert with .long()"
        )
    if not tensor.numel() and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor: give num_classes")
    if tensor.numel():
        if tensor.min() < 0:
            raise RuntimeError(f"Class values must be non-negative, but one_hot got {tensor.min().item()}")
        most = int(tensor.max())
        if num_classes == -1:
            num_classes = most + 1
        if most >= num_classes:
            raise RuntimeError(
                f"Class values must be smaller than num_classes, but one_hot got {most} for {num_classes} classes"
            )
    return (tensor.contiguous().unsqueeze(-1) == autograd.arange(num_classes)).long()
