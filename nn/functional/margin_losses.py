"""Losses that want a margin between right and wrong: hinges, rankings, triplets. What lies beyond it costs nothing."""

from __future__ import annotations

from collections.abc import Callable

import autograd
from autograd import Tensor, pairwise_distance
from autograd.casting import single_precision
from autograd.functions.activations import logsigmoid

from .reduction import check_operands, check_reduction, check_tensors, in_single, in_single_like_input, modern, reduced

# ---- scores against signs or labels


@single_precision
@in_single_like_input
def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The input, a distance, where the target is 1, and max(0, margin - input) where it is -1.

    >>> import autograd, nn.functional as F
    >>> F.hinge_embedding_loss(autograd.tensor([0.2, 0.2]), autograd.tensor([1, -1]), reduction="none")
    tensor([0.2000, 0.8000])
    """
    reduction = modern(reduction, size_average, reduce)
    check_operands("hinge_embedding_loss", input=input, target=target)
    far = autograd.where(target != 1, (margin - input).clamp(min=0), 0)
    return reduced(far + autograd.where(target != -1, input, 0), reduction)


@single_precision
@in_single_like_input
def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-target·input)), for targets 1 and -1; finite for every finite input, where PyTorch overflows.

    >>> import autograd, nn.functional as F
    >>> F.soft_margin_loss(autograd.zeros(1), autograd.tensor([-1.0]))
    tensor(0.6931)
    """
    reduction = modern(reduction, size_average, reduce)
    check_operands("soft_margin_loss", input=input, target=target)
    score = target * input
    if score.shape != input.shape or not input.is_floating_point():
        raise RuntimeError(
            f"soft_margin_loss: the target {list(target.shape)} must broadcast to the input {list(input.shape)}, which "
            f"must be floating, not {input.dtype}"
        )
    return reduced(-logsigmoid(score.to(input.dtype)), reduction)


@in_single
def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The binary cross entropy of logits, averaged over the labels in the last dimension; `weight` scales the labels.

    >>> import autograd, nn.functional as F
    >>> F.multilabel_soft_margin_loss(autograd.zeros(1, 2), autograd.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """
    reduction = modern(reduction, size_average, reduce)
    check_operands("multilabel_soft_margin_loss", input=input, target=target)
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return reduced(losses.sum(input.dim() - 1) / input.size(input.dim() - 1), reduction)


@single_precision
@in_single
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Σ max(0, margin - input of the target's class + input of another)^p / C, over all other classes.

    input: (N, C) or (C), target: (N) or () of int64; p is 1 or 2; `weight` (C) scales by the target's class.

    >>> import autograd, nn.functional as F
    >>> F.multi_margin_loss(autograd.tensor([[0.5, 0.0]]), autograd.tensor([0]))
    tensor(0.2500)
    """
    reduction = modern(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    check_reduction(reduction)
    check_tensors("multi_margin_loss", input=input, target=target)
    rows, classes = as_rows("multi_margin_loss", input), target.reshape(-1)
    if target.dim() > 1 or len(classes) != len(rows):
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{len(rows)}], but got {list(target.shape)}. Input has shape "
            f"{list(input.shape)}."
        )
    check_labels("multi_margin_loss", target)
    if not ((classes >= 0) & (classes < rows.shape[1])).all():
        raise RuntimeError(
            f"multi_margin_loss: target out of range: there are {rows.shape[1]} classes, numbered from 0"
        )
    places = classes.unsqueeze(1)
    hinges = (margin - rows.gather(1, places) + rows).relu().scatter(1, places, 0)
    losses = hinges if p == 1 else hinges.square()
    if weight is not None:
        losses = losses * class_weights(weight, rows)[classes].unsqueeze(1)
    losses = losses.sum(1) / rows.shape[1]
    return reduced(losses if target.dim() else losses[0], reduction)


@single_precision
@in_single
def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Σ max(0, 1 - input of a label + input of a class that is none) / C, over all such pairs.

    input: (N, C) or (C), target: of the same shape and int64, a row's labels first, then -1 and anything.

    >>> import autograd, nn.functional as F
    >>> F.multilabel_margin_loss(autograd.tensor([0.5, 0.0]), autograd.tensor([0, -1]))
    tensor(0.2500)
    """
    reduction = modern(reduction, size_average, reduce)
    check_reduction(reduction)
    check_tensors("multilabel_margin_loss", input=input, target=target)
    rows = as_rows("multilabel_margin_loss", input)
    if target.shape != input.shape and not (target.dim() < 2 > input.dim() and target.numel() == input.numel()):
        raise RuntimeError(
            f"multilabel_margin_loss: inconsistent target size: {list(target.shape)} for input of size: "
            f"{list(input.shape)}. It has one place for each class, those left over filled with -1."
        )
    check_labels("multilabel_margin_loss", target)
    if not ((target >= -1) & (target < rows.shape[1])).all():
        raise RuntimeError(
            f"multilabel_margin_loss: argument #2 'target' is out of range: there are {rows.shape[1]} classes, "
            "numbered from 0, and -1 ends a row's labels"
        )
    labels = target.reshape(rows.shape)
    valid = (labels < 0).cumsum(1) == 0
    most = int(valid.sum(1).max()) if len(labels) else 0
    labels, valid = labels[:, :most], valid[:, :most]
    wanted = autograd.zeros(rows.shape, dtype=autograd.int64).scatter_add(1, labels.clamp(min=0), valid.long()) > 0
    hinges = (1 - rows.gather(1, labels.clamp(min=0)).unsqueeze(2) + rows.unsqueeze(1)).relu()
    pairs = valid.unsqueeze(2) & ~wanted.unsqueeze(1)
    losses = autograd.where(pairs, hinges, 0).sum((1, 2)) / rows.shape[1]
    return reduced(losses if input.dim() > 1 else losses[0], reduction)


def as_rows(function: str, input: Tensor) -> Tensor:
    """Scores (N, C), of which (C) and () are one row."""
    if input.dim() > 2 or (input.dim() and not input.shape[-1]):
        raise RuntimeError(
            f"{function}: Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{list(input.shape)}. It takes scores (N, C) or (C)."
        )
    if not input.is_floating_point():
        raise NotImplementedError(f'"{function}" not implemented for {input.dtype}: convert with .float()')
    return input if input.dim() == 2 else input.reshape(1, -1)


def check_labels(function: str, target: Tensor) -> None:
    """Raises for labels that are not int64."""
    if target.dtype is not autograd.int64:
        raise RuntimeError(f"{function}: expected scalar type Long but found {target.dtype.older_name}: target.long()")


def class_weights(weight: Tensor, rows: Tensor) -> Tensor:
    """The weights, if there is one for each class in the scores' dtype."""
    if weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    if weight.shape[0] != rows.shape[1]:
        raise RuntimeError(f"inconsistent weight size, expected {rows.shape[1]} but got {list(weight.shape)}")
    if weight.dtype is not rows.dtype:
        raise RuntimeError(
            f"expected scalar type {rows.dtype.older_name} but found {weight.dtype.older_name}: weight.to({rows.dtype})"
        )
    return weight


# ---- vectors among each other


@single_precision
@in_single
def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin - target·(input1 - input2)): target 1 wants the first to be the greater, -1 the second.

    >>> import autograd, nn.functional as F
    >>> F.margin_ranking_loss(autograd.tensor([1.0]), autograd.tensor([3.0]), autograd.tensor([1]))
    tensor(2.)
    """
    reduction = modern(reduction, size_average, reduce)
    check_operands("margin_ranking_loss", input1=input1, input2=input2)
    check_tensors("margin_ranking_loss", target=target)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.size()}, input2: {input2.size()}, target: {target.size()}"
        )
    return reduced((-target * (input1 - input2) + margin).clamp(min=0), reduction)


@single_precision
@in_single_like_input
def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cos of two vectors where the target is 1, and max(0, cos - margin) where it is -1.

    input1, input2: (N, D) or (D), target: (N) or ().

    >>> import autograd, nn.functional as F
    >>> x = autograd.tensor([[1.0, 0.0]])
    >>> F.cosine_embedding_loss(x, autograd.tensor([[0.0, 1.0]]), autograd.tensor([1]))
    tensor(1.)
    """
    reduction = modern(reduction, size_average, reduce)
    check_tensors("cosine_embedding_loss", input1=input1, input2=input2, target=target)
    rank = target.dim()
    if rank > 1:
        raise RuntimeError("cosine_embedding_loss: 0D or 1D target tensor expected, multi-target not supported")
    if input1.dim() != rank + 1 or input2.dim() != rank + 1:
        raise RuntimeError(
            f"cosine_embedding_loss: {rank}D target tensor expects {rank + 1}D input tensors, but found inputs with "
            f"sizes {list(input1.shape)} and {list(input2.shape)}."
        )
    squares = ((x * x).sum(rank) + 1e-12 for x in (input1, input2))
    cosine = (input1 * input2).sum(rank) / (next(squares) * next(squares)).sqrt()
    near = autograd.where(target == 1, 1 - cosine, 0)
    return reduced(near + autograd.where(target == -1, (cosine - margin).clamp(min=0), 0), reduction)


@single_precision
@in_single
def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin + distance to the positive - distance to the negative), of `pairwise_distance` with `p` and `eps`.

    anchor, positive, negative: (N, D) or (D). See `triplet_margin_with_distance_loss` for `swap`.

    >>> import autograd, nn.functional as F
    >>> x = autograd.tensor([[0.0], [0.0]])
    >>> F.triplet_margin_loss(x, x + 1, x + 3, reduction="none")
    tensor([0., 0.])
    """
    reduction = modern(reduction, size_average, reduce)
    return triplets(anchor, positive, negative, lambda a, b: pairwise_distance(a, b, p, eps), margin, swap, reduction)


@in_single
def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin + distance to the positive - distance to the negative), by a function of two tensors.

    With `swap` the negative counts as near as it is to the anchor or the positive, whichever is nearer: Balntas et al.,
    "Learning local feature descriptors with triplets and shallow convolutional neural networks", BMVC 2016.

    >>> import autograd, nn.functional as F
    >>> x = autograd.zeros(1, 2)
    >>> F.triplet_margin_with_distance_loss(x, x, x + 1, distance_function=lambda a, b: (a - b).abs().sum(1))
    tensor(0.)
    """
    return triplets(anchor, positive, negative, distance_function or pairwise_distance, margin, swap, reduction)


def triplets(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    distance: Callable[[Tensor, Tensor], Tensor],
    margin: float,
    swap: bool,
    reduction: str,
) -> Tensor:
    """The triplet loss by a distance."""
    check_reduction(reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    check_tensors("triplet_margin_loss", anchor=anchor, positive=positive, negative=negative)
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.dim()}D, positive {positive.dim()}D, and negative {negative.dim()}D inputs"
        )
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = autograd.minimum(far, distance(positive, negative))
    return reduced((margin + near - far).clamp(min=0), reduction)
