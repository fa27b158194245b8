"""Sorting, ranks, quantiles; telling elements apart and counting them."""

import numpy as np

from ..cases import case

INTEGERS = np.array([[3, 0, 3], [1, 0, 5]])
HOLES = np.array([[1.0, np.nan, 2.5, 4.0], [-0.5, 0.75, np.nan, np.nan]])
LEVELS = np.array([0.1, 0.35, 0.9])
BOUNDS = np.array([-1.0, -0.25, 0.5, 1.5])

CASES = [
    case("sort", lambda m, x: m.sort(x), (3, 4)),
    case("sort:descending", lambda m, x: x.sort(dim=0, descending=True), (3, 4)),
    case(
        "sort:stable",
        lambda m, x: (x.sort(stable=True)[1], x.sort(dim=0, descending=True, stable=True)[1]),
        INTEGERS,
        order=0,
    ),
    case("argsort", lambda m, x: (m.argsort(x), x.argsort(0, True), x.argsort(dim=1, stable=True)), (3, 4), order=0),
    case("msort", lambda m, x: m.msort(x), (3, 4)),
    case("topk", lambda m, x: m.topk(x, 2), (3, 5)),
    case("topk:smallest", lambda m, x: x.topk(2, dim=0, largest=False), (3, 4)),
    case("topk:all", lambda m, x: x.topk(4), (3, 4)),
    case("topk:none", lambda m, x: x.topk(0), (3, 4), order=1),
    case("kthvalue", lambda m, x: m.kthvalue(x, 2), (3, 4)),
    case("kthvalue:keepdim", lambda m, x: x.kthvalue(3, dim=0, keepdim=True), (3, 4)),
    case("median", lambda m, x: m.median(x), (3, 4), order=1),
    case("median:dim", lambda m, x: x.median(1), (3, 4)),
    case("median:keepdim", lambda m, x: x.median(dim=0, keepdim=True), (3, 4)),
    case("median:nan", lambda m, x: (x.median(), *x.median(1)), HOLES, order=0),
    case("nanmedian", lambda m, x: (m.nanmedian(x), x.nanmedian(1).values, x.nanmedian(0, True).values), (3, 4)),
    case("nanmedian:nan", lambda m, x: (x.nanmedian(), x.nanmedian(1).values), HOLES, order=0),
    case("mode", lambda m, x: m.mode(x), (3, 4)),
    case("mode:ties", lambda m, x: (*x.mode(0), *x.mode(1, keepdim=True)), INTEGERS, order=0),
    case("quantile", lambda m, x, q: m.quantile(x, q), (3, 4), LEVELS),
    case("quantile:dim", lambda m, x, q: (x.quantile(q, 1), x.quantile(0.3, dim=0, keepdim=True)), (3, 4), LEVELS),
    case(
        "quantile:interpolation",
        lambda m, x: tuple(x.quantile(0.4, 1, interpolation=i) for i in ("lower", "higher", "midpoint", "nearest")),
        (3, 4),
    ),
    case("quantile:nan", lambda m, x: (x.quantile(0.5), x.quantile(0.5, 1)), HOLES, order=0),
    case("nanquantile", lambda m, x, q: (m.nanquantile(x, q, 0, True), x.nanquantile(0.7)), (3, 4), LEVELS),
    case("nanquantile:nan", lambda m, x: (x.nanquantile(0.5), x.nanquantile(0.3, 1)), HOLES, order=0),
    # telling apart, placing, counting
    case("unique", lambda m, x: m.unique(x, return_inverse=True, return_counts=True), INTEGERS, order=0),
    case("unique:values", lambda m, x: (x.unique(), m.unique(x, sorted=False)), INTEGERS, order=0),
    case(
        "unique:dim",
        lambda m, x: x.unique(dim=1, return_inverse=True, return_counts=True),
        np.array([[1, 0, 1, 1], [2, 2, 2, 0]]),
        order=0,
    ),
    case(
        "unique_consecutive",
        lambda m, x: m.unique_consecutive(x, return_inverse=True, return_counts=True),
        np.array([1, 1, 2, 2, 2, 1]),
        order=0,
    ),
    case(
        "unique_consecutive:dim", lambda m, x: x.unique_consecutive(dim=0), np.array([[1, 2], [1, 2], [0, 2]]), order=0
    ),
    case("searchsorted", lambda m, b, x: m.searchsorted(b, x), BOUNDS, (2, 3), order=0),
    case(
        "searchsorted:right",
        lambda m, b, x: m.searchsorted(b, x, side="right", out_int32=True),
        BOUNDS,
        BOUNDS,
        order=0,
    ),
    case("searchsorted:lanes", lambda m, b, x: m.searchsorted(b.sort().values, x), (2, 4), (2, 3), order=0),
    case("searchsorted:number", lambda m, b: m.searchsorted(b, 0.5, right=True), BOUNDS, order=0),
    case("searchsorted:sorter", lambda m, b, x: m.searchsorted(b, x, sorter=b.argsort()), (5,), (3,), order=0),
    case("bucketize", lambda m, x, b: (m.bucketize(x, b), m.bucketize(b, b, right=True)), (2, 3), BOUNDS, order=0),
    case("histc", lambda m, x: (m.histc(x, 4, -1, 1), x.histc(bins=3)), (3, 4), order=0),
    case("bincount", lambda m, x: (m.bincount(x), x.bincount(minlength=8)), np.array([1, 4, 1, 0]), order=0),
    case(
        "bincount:weights",
        lambda m, w: m.bincount(m.tensor([1, 4, 1, 0]), w, minlength=6),
        (4,),
        torch=False,  # it has no gradient there
        reference=lambda w: np.bincount([1, 4, 1, 0], w, minlength=6),
    ),
    case(
        "bincount:in single precision",
        lambda m, w: m.bincount(m.tensor([1, 1]), w),
        (2,),
        order=1,
        torch=False,
        reference=lambda w: np.bincount([1, 1], w),
    ),
    case("isin", lambda m, x: (m.isin(x, x[0]), m.isin(x, 3), m.isin(x, x[1], invert=True)), INTEGERS, order=0),
]
