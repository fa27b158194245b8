"""Embeddings: rows looked up in a table, one by one or by the bag."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from ..modes import no_grad, quietly
from ..rules import embedding as rules
from ..rules.indexing import getitem, place, take_along
from ..rules.reductions import vector_norm
from ..views import overwrite, write_directly
from .losses import widened
from .neural import not_a_tensor
from .operands import refuse

__all__ = ["embedding", "embedding_bag", "embedding_renorm_"]

SUM, MEAN, MAX = range(3)
LEAST_NORM = 1e-7  # added to a norm that divides


def embedding(
    weight: Tensor, indices: Tensor, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Tensor:
    """The rows of weight (rows, columns) at indices (*), which are int64 or int32: the result is (*, columns).

    No gradient goes to the row `padding_idx`, if that is not negative. `scale_grad_by_freq` divides a row's gradient by
    how often it was looked up. Raises `IndexError` where there is no such row.

    >>> import autograd
    >>> autograd.embedding(autograd.tensor([[1.0, 2.0], [3.0, 4.0]]), autograd.tensor([1, 1]))
    tensor([[3., 4.],
            [3., 4.]])
    """
    check_table("embedding", weight, indices, sparse)
    wrong = outside(indices._array, len(weight._array))
    if wrong is not None:
        raise IndexError(f"index out of range in self: embedding got index {wrong} for {rows_of(weight)}")
    return rules.lookup(weight, indices, padding_idx, bool(scale_grad_by_freq))


def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """Scales, in place, those of the rows at `indices` whose `norm_type`-norm is above `max_norm` down to it.

    >>> import autograd
    >>> autograd.embedding_renorm_(autograd.tensor([[3.0, 4.0], [6.0, 8.0]]), autograd.tensor([0]), 1.0, 2.0)
    tensor([[0.6000, 0.8000],
            [6.0000, 8.0000]])
    """
    check_table("embedding_renorm_", input, indices, False)
    refuse("embedding_renorm_", "biu", input)
    wrong = outside(indices._array, len(input._array))
    if wrong is not None:
        raise IndexError(f"index out of range in self: embedding_renorm_ got index {wrong} for {rows_of(input)}")
    rows = np.unique(indices._array)
    found = input._array[rows]
    norms = quietly(vector_norm, found, 1, True, float(norm_type))
    long = norms[:, 0] > max_norm
    if not long.any():
        return input
    rows, found, norms = rows[long], found[long], norms[long]
    scaled = quietly(np.multiply, found, (max_norm / (norms + LEAST_NORM)).astype(found.dtype))

    def put(array: np.ndarray) -> None:
        array[rows] = scaled

    def changed(before: Tensor) -> Tensor:
        array = before._array.copy()
        put(array)
        return wrap(array)

    if write_directly(input, put, "embedding_renorm_", (), {}):
        return input
    return overwrite(input, changed, "embedding_renorm_")


def embedding_bag(
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    scale_grad_by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Sums (mode 0), means (1) or maxima (2) of bags of rows of weight (rows, columns); the result is (bags, columns).

    indices (N) hold the bags one after the other; each starts at one of `offsets` and ends at the next. With
    `include_last_offset` the last offset starts none, but ends the last bag. `per_sample_weights` (N) scale the rows of
    sums. Rows at `padding_idx` count for nothing. An empty bag makes zeros. Besides the result are returned the bag of
    each index, how many rows each bag has and, for mode 2, where each maximum was found.

    >>> import autograd
    >>> table = autograd.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> autograd.embedding_bag(table, autograd.tensor([0, 1, 1]), autograd.tensor([0, 2]))[0]
    tensor([[4., 6.],
            [3., 4.]])
    """
    return bags(
        weight,
        indices,
        offsets,
        scale_grad_by_freq,
        mode,
        sparse,
        per_sample_weights,
        include_last_offset,
        padding_idx,
    )


def bags(
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    scale_grad_by_freq: bool,
    mode: int,
    sparse: bool,
    per_sample_weights: Tensor | None,
    include_last_offset: bool,
    padding_idx: int | None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`embedding_bag`, with `embedding_renorm_` before it where there is a `max_norm`."""
    check_table("embedding_bag", weight, indices, sparse)
    check_bags(weight, indices, offsets, mode, per_sample_weights, include_last_offset)
    rows, places = len(weight._array), indices._array.copy()  # which nobody can overwrite later
    wrong = outside(places, rows)
    if wrong is not None:
        at = int(np.argmax(places == wrong))
        raise RuntimeError(
            f"embedding_bag: Index {at} of input takes value {wrong} which is not in the valid range [0, {rows})"
        )
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-rows} through {rows - 1}, but got {padding_idx}"
        )
    if max_norm is not None:
        with no_grad():
            embedding_renorm_(weight, indices, max_norm, norm_type)
    starts = offsets._array.astype(np.int64)
    ends = np.append(starts[1:], places.size)
    if include_last_offset:
        starts, ends = starts[:-1], ends[:-1]
    ends = ends[: len(starts)]  # there may be no bag at all
    bag = np.repeat(np.arange(len(ends)), ends - starts)
    used, kept = bag, slice(0, len(bag))  # what lies beyond the last bag's end is in none
    if padding_idx is not None:
        real = places[kept] != padding_idx % rows
        if not real.all():
            kept = np.flatnonzero(real)  # type: ignore[assignment]
            used = bag[kept]
    sizes = np.bincount(used, minlength=len(ends))
    chosen = places[kept]
    if mode == MAX:
        winners = maxima(weight._array, chosen, used, sizes)
        out = take_along(weight, winners, 0)
        if not sizes.all():
            out = out * wrap((sizes > 0)[:, None])
        return out, wrap(bag), wrap(sizes), wrap(winners)
    found = widened(rules.lookup(weight, chosen, -1, bool(scale_grad_by_freq)))
    if per_sample_weights is not None:
        found = found * getitem(per_sample_weights, (kept,)).unsqueeze(1)
    each = sizes[0] if len(sizes) else 0
    if each and (sizes == each).all():
        out = found.reshape(len(sizes), int(each), -1).sum(1)
    else:
        out = place(found, (len(sizes), weight._array.shape[1]), (used,))
    if mode == MEAN:
        out = out / wrap(np.maximum(sizes, 1)[:, None].astype(out._array.dtype))
    return out.to(weight.dtype), wrap(bag), wrap(sizes), wrap(sizes[:0])


def maxima(table: np.ndarray, places: np.ndarray, bag: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """For each bag and column the row with the largest entry, of equals the first; 0 for an empty bag.

    NaN wins only where it comes first, as in PyTorch, which goes on to what is larger than what it has.
    """
    winners = np.zeros((len(sizes), table.shape[1]), np.int64)
    if not len(places):
        return winners
    full = np.flatnonzero(sizes)
    starts = np.cumsum(sizes[full]) - sizes[full]
    entries = table[places].astype(np.float64)
    missing = np.isnan(entries)
    if missing.any():
        entries[missing] = -np.inf
        entries[starts] = np.where(missing[starts], np.inf, entries[starts])
    best = np.repeat(np.maximum.reduceat(entries, starts, 0), sizes[full], 0)
    positions = np.where(entries == best, np.arange(len(places))[:, None], len(places))
    winners[full] = places[np.minimum.reduceat(positions, starts, 0)]
    return winners


# ---- arguments


def check_table(function: str, weight: Any, indices: Any, sparse: bool) -> None:
    """Raises unless there are rows to look up, and indices of the right dtype."""
    if not (isinstance(weight, Tensor) and isinstance(indices, Tensor)):
        raise not_a_tensor(function, weight=weight, indices=indices)
    if sparse:
        raise NotImplementedError(
            f"{function}: there are no sparse tensors here, so that sparse=True cannot give a sparse gradient: "
            "sparse=False gives the same numbers in a dense one"
        )
    if weight._array.ndim != 2:
        raise RuntimeError(f"{function}: 'weight' must be 2-D, (rows, columns), but it is {list(weight.shape)}")
    check_indices(function, "indices", indices)


def check_indices(function: str, name: str, indices: Tensor) -> None:
    """Raises unless a tensor holds int64 or int32."""
    if indices._array.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            f"Expected tensor for argument '{name}' to have one of the following scalar types: Long, Int; but got "
            f"{indices.dtype} instead (while checking arguments for {function}): convert with .long()"
        )


def outside(indices: np.ndarray, rows: int) -> int | None:
    """The first index that is negative, or not less than `rows`."""
    if not indices.size or 0 <= np.minimum.reduce(indices, None) <= np.maximum.reduce(indices, None) < rows:
        return None
    return int(indices[(indices < 0) | (indices >= rows)][0])


def rows_of(weight: Tensor) -> str:
    """How many rows there are to look up, for an error."""
    rows = len(weight._array)
    return f"{rows} rows, numbered from 0 to {rows - 1}" if rows else "no rows"


def check_bags(
    weight: Tensor, indices: Tensor, offsets: Any, mode: int, per_sample_weights: Any, include_last_offset: bool
) -> None:
    """Raises unless the offsets part the indices into bags, and the other arguments of `embedding_bag` fit."""
    if not isinstance(offsets, Tensor):
        raise not_a_tensor("embedding_bag", offsets=offsets)
    refuse("embedding_bag", "biuc", weight)
    check_indices("embedding_bag", "offsets", offsets)
    count, starts = indices._array.size, offsets._array
    if indices._array.ndim != 1 or starts.ndim != 1:
        raise RuntimeError(
            f"embedding_bag: indices and offsets have to be 1D, but they are {list(indices.shape)} and "
            f"{list(offsets.shape)}"
        )
    if include_last_offset and not starts.size:
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    if starts.size and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, "
            f"got {starts[0]}"
        )
    if starts.size and starts[-1] > count:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {count} but got offsets[-1] of {starts[-1]}"
        )
    if (starts[1:] < starts[:-1]).any():
        raise RuntimeError("embedding_bag: offsets must not decrease, since each is where the bag before ends")
    if mode not in (SUM, MEAN, MAX):
        raise RuntimeError(f"embedding_bag: mode has to be 0 (sum), 1 (mean) or 2 (max), not {mode}")
    if per_sample_weights is None:
        return
    if not isinstance(per_sample_weights, Tensor):
        raise not_a_tensor("embedding_bag", per_sample_weights=per_sample_weights)
    if mode != SUM:
        raise RuntimeError("embedding_bag: per_sample_weights only supported with mode='sum'")
    if per_sample_weights.shape != indices.shape:
        raise RuntimeError(
            f"embedding_bag: per_sample_weights {list(per_sample_weights.shape)} must have the shape of the indices, "
            f"{list(indices.shape)}"
        )
    if per_sample_weights.dtype is not weight.dtype:
        raise RuntimeError(
            f"embedding_bag: Expected weight to have the same type as per_sample_weights; but {weight.dtype} does not "
            f"equal {per_sample_weights.dtype}"
        )
