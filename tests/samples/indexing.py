"""Cases of reading and writing elements by index."""

import numpy as np

from ..cases import case

PLACES = np.array([2, 0, 2])
TABLE = np.array([[0, 1], [2, 0]])
MASK = np.array([[True, False, True], [False, False, True]])


def long_rows(m, table, places):
    """Rows of many elements, some of them read more than once."""
    return table[places] * table[places]


def assigned(x, index, value):
    copy = x.clone()
    copy[index] = value
    return copy


def assigned_to_a_view(x, value):
    copy = x.clone()
    copy.mT[1:][0] = value
    return copy


def increased(x, index, value):
    copy = x * 1
    copy[index] += value
    return copy


def changed_afterwards(x, places):
    """Indices that are overwritten before the backward pass."""
    mine = places.clone()
    out = x[mine] * 2
    mine.zero_()
    return out


CASES = [
    case("getitem:int", lambda m, x: x[1], (2, 3)),
    case("getitem:element", lambda m, x: x[0, -1], (2, 3)),
    case("getitem:element of a vector", lambda m, x: x[1], (3,)),
    case("getitem:slice", lambda m, x: x[1:, ::2], (3, 4)),
    case("getitem:none and ellipsis", lambda m, x: x[None, ..., 0], (2, 3, 2)),
    case("getitem:tensor", lambda m, x, i: x[i], (3, 2), PLACES),
    case("getitem:table", lambda m, x, i: x[:, i], (2, 3), TABLE),
    case("getitem:list", lambda m, x: x[[2, 0, 0]], (3, 2)),
    case("getitem:two tensors", lambda m, x, i, j: x[i, j], (3, 3), PLACES, [0, 1, 1]),
    case("getitem:broadcast tensors", lambda m, x, i, j: x[i[:, None], j], (3, 3), PLACES, [0, 1]),
    case("getitem:tensors apart", lambda m, x, i, j: x[i, :, j], (3, 2, 2), PLACES, [0, 1, 1]),
    case("getitem:int and tensor", lambda m, x, i: x[1, :, i], (2, 3, 4), PLACES),
    case("getitem:slice and tensor", lambda m, x, i: x[1:, None, i], (2, 3), PLACES),
    case("getitem:mask", lambda m, x, k: x[k], (2, 3), MASK),
    case("getitem:mask of a dimension", lambda m, x, k: x[:, k], (2, 3), MASK[0]),
    case("getitem:mask of two dimensions", lambda m, x, k: x[k, 1:], (2, 3, 3), MASK),
    case("getitem:true", lambda m, x: x[True], (2, 3)),
    case("getitem:false", lambda m, x: x[False], (2, 3)),
    case("getitem:0-d index", lambda m, x, i: x[i], (2, 3), np.array(1)),
    case("getitem:int32", lambda m, x, i: x[i], (3, 2), PLACES.astype(np.int32)),
    case(
        "getitem:indices overwritten",
        lambda m, x, i: changed_afterwards(x, i),
        (3, 2),
        PLACES,
        torch=False,  # which refuses
        reference=lambda x, i: x[i] * 2,
    ),
    case("getitem:empty", lambda m, x: x[[]], (3, 2)),
    case("getitem:long rows", long_rows, (5, 70), np.array([[3, 1, 3], [0, 3, -2]])),
    case("getitem:complex", lambda m, x, y, i: m.complex(x, y)[i], (3,), (3,), PLACES),
    case("setitem:slice", lambda m, x, y: assigned(x, (slice(None), slice(1, None)), y), (2, 3), (2, 2)),
    case("setitem:broadcast", lambda m, x, y: assigned(x, slice(None), y), (2, 3), (1, 1, 3)),
    case("setitem:number", lambda m, x: assigned(x, (0, 1), 5.0), (2, 3)),
    case("setitem:tensor", lambda m, x, y, i: assigned(x, (slice(None), i), y), (2, 3), (2, 2), [2, 0]),
    case("setitem:int and tensor", lambda m, x, y, i: assigned(x, (1, i), y), (2, 3), (2,), [2, 0]),
    case("setitem:mask", lambda m, x, y, k: assigned(x, k, y), (2, 3), (3,), MASK),
    case("setitem:mask from a number", lambda m, x, k: assigned(x, k, 1.0), (2, 3), MASK),
    case("setitem:through views", lambda m, x, y: assigned_to_a_view(x, y), (2, 3), (2,)),
    case("setitem:increase", lambda m, x, y: increased(x, 1, y), (2, 3), (3,)),
    case("setitem:increase by tensor", lambda m, x, y, i: increased(x, i, y), (3, 2), (2,), [2, 0]),
    case("index_put", lambda m, x, y, i: m.index_put(x, (i,), y), (3, 2), (2, 2), [2, 0]),
    case("index_put:accumulate", lambda m, x, y, i: m.index_put(x, (i,), y, accumulate=True), (3, 2), (3, 2), PLACES),
    case("index_put:mask", lambda m, x, y, k: m.index_put(x, (k,), y), (2, 3), (3,), MASK),
    case("index_put:add to a mask", lambda m, x, y, k: m.index_put(x, (k,), y, True), (2, 3), (), MASK),
    case("index_put_", lambda m, x, y, i: x.clone().mT.index_put_((i,), y, True), (2, 3), (3, 2), PLACES),
    case("nonzero", lambda m, k: m.nonzero(k), MASK, order=0),
    case("nonzero:as_tuple", lambda m, k: m.nonzero(k, as_tuple=True), MASK, order=0),
    case("argwhere", lambda m, k: m.argwhere(k), MASK, order=0),
    # parts
    case("select", lambda m, x: m.select(x, 1, -1), (2, 3)),
    case("narrow", lambda m, x: m.narrow(x, 1, 1, 2), (2, 4)),
    case("select_scatter", lambda m, x, y: m.select_scatter(x, y, 1, 2), (2, 3), (2,)),
    case("slice_scatter", lambda m, x, y: m.slice_scatter(x, y, 1, 0, None, 2), (2, 3), (2, 2)),
    case("diagonal_scatter", lambda m, x, y: m.diagonal_scatter(x, y, 1), (3, 3), (2,)),
    case("diagonal_scatter:dims", lambda m, x, y: m.diagonal_scatter(x, y, 0, 2, 0), (2, 3, 2), (3, 2)),
    # along a dimension
    case("gather", lambda m, x, i: m.gather(x, 1, i), (2, 3), TABLE),
    case("gather:smaller index", lambda m, x, i: x.gather(0, i), (3, 4), TABLE),
    case("gather:0-d", lambda m, x, i: m.gather(x, 0, i), (), [0, 0]),
    case("gather:empty", lambda m, x, i: m.gather(x, 0, i), (2, 2), np.zeros((0, 2), np.int64)),
    case("take_along_dim", lambda m, x, i: m.take_along_dim(x, i, 1), (2, 3), TABLE),
    case("take_along_dim:broadcast", lambda m, x, i: m.take_along_dim(x, i, 1), (2, 3), [[2, 0, 0, 1]]),
    case("take_along_dim:flat", lambda m, x, i: m.take_along_dim(x, i), (2, 3), [4, 0]),
    case("scatter", lambda m, x, y, i: m.scatter(x, 1, i, y), (2, 3), (2, 2), TABLE),
    case(
        "scatter:larger src",
        lambda m, x, y, i: x.scatter(0, i, y),
        (3, 3),
        (3, 3),
        [[1, 0], [2, 1]],
        torch=False,  # which cannot differentiate it
        reference=lambda x, y, i: np.array(
            [[x[0, 0], y[0, 1], x[0, 2]], [y[0, 0], y[1, 1], x[1, 2]], [y[1, 0], *x[2, 1:]]]
        ),
    ),
    case("scatter:value", lambda m, x, i: m.scatter(x, 1, i, 5.0), (2, 3), TABLE),
    case(
        "scatter:add",
        lambda m, x, y, i: m.scatter(x, 1, i, y, reduce="add"),
        (2, 3),
        (2, 3),
        [[0, 1, 0], [2, 2, 2]],
        torch=False,
        reference=lambda x, y, i: x + np.stack([np.bincount(p, v, 3) for p, v in zip(i, y)]),
    ),
    case(
        "scatter:multiply",
        lambda m, x, i: m.scatter(x, 1, i, 2.0, reduce="multiply"),
        (2, 3),
        TABLE,
        torch=False,
        reference=lambda x, i: x * np.array([[2, 2, 1], [2, 1, 2]]),
    ),
    case("scatter_", lambda m, x, y, i: x.clone().scatter_(1, i, y), (2, 3), (2, 2), TABLE),
    case("scatter_add", lambda m, x, y, i: m.scatter_add(x, 0, i, y), (3, 2), (3, 2), [[0, 1], [0, 1], [2, 1]]),
    *(
        case(
            f"scatter_reduce:{reduce} {include_self}",
            lambda m, x, y, i, reduce=reduce, include_self=include_self: m.scatter_reduce(
                x, 1, i, y, reduce, include_self=include_self
            ),
            (2, 3),
            (2, 3),
            [[0, 1, 0], [2, 2, 2]],
        )
        for reduce in ("sum", "prod", "mean", "amax", "amin")
        for include_self in (True, False)
    ),
    case(
        "scatter_reduce:a factor of zero",
        lambda m, x, y, i: m.scatter_reduce(x, 0, i, y, "prod"),
        [2.0, 0.0, 3.0],
        [1.5, 0.0, 2.5, 2.0, 0.5],
        [0, 0, 0, 1, 2],
    ),
    case("index_select", lambda m, x, i: m.index_select(x, 1, i), (2, 3), PLACES),
    case("index_select:0-d", lambda m, x, i: m.index_select(x, 0, i), (), [0]),
    case("index_add", lambda m, x, y, i: m.index_add(x, 1, i, y), (2, 3), (2, 3), PLACES),
    case("index_add:alpha", lambda m, x, y, i: m.index_add(x, 0, i, y, alpha=-2), (3, 2), (3, 2), PLACES),
    case("index_add:long rows", lambda m, x, y, i: m.index_add(x, 0, i, y), (3, 65), (3, 65), PLACES),
    case("index_copy", lambda m, x, y, i: m.index_copy(x, 1, i, y), (2, 3), (2, 2), [2, 0]),
    case("index_fill", lambda m, x, i: m.index_fill(x, 1, i, 5.0), (2, 3), [2, 0]),
    case("index_fill:tensor", lambda m, x, y, i: m.index_fill(x, 0, i, y), (3, 2), (), [2, 0]),
    case("index_reduce", lambda m, x, y, i: m.index_reduce(x, 0, i, y, "prod"), (3, 2), (3, 2), PLACES, low=0.5),
    case("index_reduce:amax", lambda m, x, y, i: m.index_reduce(x, 1, i, y, "amax"), (2, 3), (2, 3), PLACES),
    # by mask, or counted through the tensor
    case("take", lambda m, x, i: m.take(x, i), (2, 3), [[0, 5], [-1, 2]]),
    case("put", lambda m, x, y, i: m.put(x, i, y), (2, 3), (2,), [4, 0]),
    case("put:accumulate", lambda m, x, y, i: m.put(x, i, y, accumulate=True), (2, 3), (3,), [4, 0, 4]),
    case("put_", lambda m, x, y, i: x.clone().put_(i, y), (2, 3), (2,), [4, 0]),
    case("masked_select", lambda m, x, k: m.masked_select(x, k), (2, 3), MASK),
    case("masked_select:broadcast", lambda m, x, k: x.masked_select(k), (3,), MASK),
    case("masked_scatter", lambda m, x, y, k: m.masked_scatter(x, k, y), (2, 3), (2, 2), MASK),
]
