"""Reductions and scans."""

import numpy as np

from ..cases import case

INTEGERS = np.array([[3, 0, -2], [1, 0, 5]])
ZEROS = np.array([[0.0, 2.0, -3.0], [0.0, 1.5, 0.0], [0.5, 0.0, 2.0]])  # one zero in a row, two in a row
HOLES = np.array([[1.0, np.nan, 2.5], [-0.5, 0.75, np.nan]])
HALVES = np.random.default_rng(3).uniform(-2, 3, (5000, 2)).astype(np.float16)  # many, in columns
INF = float("inf")


def complex_operand(*shape):
    random = np.random.default_rng(7)
    return random.uniform(-1, 1, shape) + 1j * random.uniform(-1, 1, shape)


CASES = [
    # sums, means, products
    case("sum", lambda m, x: m.sum(x), (3, 4)),
    case("sum:dim", lambda m, x: m.sum(x, 1), (3, 4)),
    case("sum:keepdim", lambda m, x: m.sum(x, -2, True), (2, 3, 4)),
    case("sum:dims", lambda m, x: x.sum(dim=(0, -1)), (2, 3, 4)),
    case("sum:dims keepdim", lambda m, x: x.sum((0, 2), keepdim=True), (2, 3, 4)),
    case("sum:dtype", lambda m, x: x.sum(0, dtype=m.float64), (3, 4), single=False),
    case("sum:integers", lambda m, x: (x.sum(), x.sum(0), (x > 0).sum(1), x.sum(dtype=m.int16)), INTEGERS, order=0),
    case("sum:halves", lambda m, x: (x.sum(), x.sum(0), x.sum(1), x.nansum(0)), HALVES, order=0),
    case("sum:many", lambda m, x: (x.sum(0), x.nansum(0), x.sum((0, 1))), (300, 1, 2), order=1),
    case("sum:complex", lambda m, x: x.sum(1), complex_operand(2, 3)),
    case("mean", lambda m, x: m.mean(x), (3, 4)),
    case("mean:dim", lambda m, x: m.mean(x, -1), (3, 4)),
    case("mean:dims", lambda m, x: x.mean((0, 1), keepdim=True), (2, 3, 4)),
    case("mean:dtype", lambda m, x: x.mean(0, dtype=m.float32), INTEGERS, order=0),
    case("mean:halves", lambda m, x: (x.mean(), x.mean(0), x.nanmean(0)), HALVES, order=0),
    case("mean:complex", lambda m, x: x.mean(0), complex_operand(2, 3)),
    case("prod", lambda m, x: m.prod(x), (2, 3)),
    case("prod:dim", lambda m, x: m.prod(x, 1), (3, 4)),
    case("prod:keepdim", lambda m, x: x.prod(-2, keepdim=True), (2, 3, 2), order=1),
    case("prod:zeros", lambda m, x: (x.prod(1), x.prod(0), x.prod()), ZEROS),
    case("prod:integers", lambda m, x: (x.prod(), x.prod(0), (x > 0).prod(1)), INTEGERS, order=0),
    case("prod:complex", lambda m, x: x.prod(1), complex_operand(2, 3)),
    case("nansum", lambda m, x: (m.nansum(x), x.nansum(1), x.nansum((0, 1), True)), (3, 4)),
    case("nansum:nan", lambda m, x: (x.nansum(), x.nansum(0)), HOLES, order=0),
    case("nansum:integers", lambda m, x: x.nansum(0), INTEGERS, order=0),
    case("nanmean", lambda m, x: (m.nanmean(x), x.nanmean(1, True)), (3, 4)),
    case("nanmean:nan", lambda m, x: (x.nanmean(), x.nanmean(0)), HOLES, order=0),
    case("logsumexp", lambda m, x: m.logsumexp(x, 1), (3, 4)),
    case("logsumexp:dims", lambda m, x: x.logsumexp((0, -1), keepdim=True), (2, 3, 2)),
    case("logsumexp:large", lambda m, x: x.logsumexp(0), (4,), low=990, high=1000, single=False),
    case("logsumexp:halves", lambda m, x: x.logsumexp(0), HALVES, order=0),
    case("softmax:halves", lambda m, x: (x.softmax(0), x.log_softmax(0)), HALVES, order=0, tolerance=1e7),
    case("logsumexp:integers", lambda m, x: x.logsumexp(0), INTEGERS, order=0),
    case("logsumexp:complex", lambda m, x: x.logsumexp(1), complex_operand(2, 3)),
    case("sum_to_size", lambda m, x: (x.sum_to_size(1, 3), x.sum_to_size((3,)), x.sum_to_size(2, 2, 3)), (2, 2, 3)),
    # extremes
    case("max", lambda m, x: m.max(x), (3, 4)),
    case("max:dim", lambda m, x: m.max(x, 1), (3, 4)),
    case("max:keepdim", lambda m, x: x.max(dim=0, keepdim=True), (2, 3, 2)),
    case("max:other", lambda m, x, y: m.max(x, y), (3, 4), (4,)),
    case("min", lambda m, x: x.min(), (3, 4)),
    case("min:dim", lambda m, x: m.min(x, -1), (3, 4)),
    case("min:keepdim", lambda m, x: x.min(0, True), (3, 4)),
    case("min:other", lambda m, x, y: x.min(other=y), (3, 4), (3, 1)),
    case("amax", lambda m, x: (m.amax(x), x.amax(-1), x.amax((0, 2), keepdim=True)), (2, 3, 2)),
    case("amin", lambda m, x: (m.amin(x), x.amin(0, True), x.amin((0, 1))), (2, 3, 2)),
    case("aminmax", lambda m, x: m.aminmax(x), (3, 4)),
    case("aminmax:dim", lambda m, x: x.aminmax(dim=1, keepdim=True), (3, 4), order=1),
    case("argmax", lambda m, x: (m.argmax(x), x.argmax(1), x.argmax(0, keepdim=True)), (3, 4), order=0),
    case("argmin", lambda m, x: (m.argmin(x), x.argmin(-1), x.argmin(keepdim=True)), (3, 4), order=0),
    # variances and norms
    case("var", lambda m, x: m.var(x), (3, 4)),
    case("var:dims", lambda m, x: x.var((0, -1), correction=0, keepdim=True), (2, 3, 4)),
    case("var:unbiased", lambda m, x: (x.var(False), x.var(1, True), x.var(unbiased=False)), (3, 4), order=1),
    case("var:correction", lambda m, x: x.var(1, correction=1.5), (3, 4)),
    case("var:halves", lambda m, x: (x.var(0), x.std()), HALVES, order=0),
    case("var:complex", lambda m, x: x.var(1), complex_operand(2, 3)),
    case("std", lambda m, x: m.std(x), (3, 4)),
    case("std:dim", lambda m, x: x.std(0, correction=0), (3, 4)),
    case("std:keepdim", lambda m, x: x.std(1, False, True), (3, 4)),
    case("var_mean", lambda m, x: m.var_mean(x, 1, correction=0, keepdim=True), (3, 4)),
    case("std_mean", lambda m, x: m.std_mean(x, (0, 1)), (3, 4)),
    case("norm", lambda m, x: m.norm(x), (3, 4)),
    case("norm:dim", lambda m, x: x.norm(dim=-1, keepdim=True), (3, 4)),
    case("norm:dims", lambda m, x: m.norm(x, "fro", (0, 2)), (2, 3, 2)),
    case("norm:1", lambda m, x: x.norm(1, 0), (3, 4), order=1),
    case("norm:3", lambda m, x: x.norm(3, 1), (3, 4)),
    case("norm:half", lambda m, x: x.norm(0.5, 1), (3, 4), low=0.5),
    case("norm:negative", lambda m, x: x.norm(-2, 0), (3, 4), low=0.5),
    case("norm:inf", lambda m, x: (x.norm(INF), x.norm(-INF, 1), x.norm(INF, 0, True)), (3, 4), order=1),
    case("norm:0", lambda m, x: (x.norm(0), x.norm(0, 1)), ZEROS, order=0),
    case("norm:halves", lambda m, x: (x.norm(), x.norm(1, 0)), HALVES, order=0),
    case("norm:complex", lambda m, x: (x.norm(), x.norm(3, 1)), complex_operand(2, 3)),
    case("dist", lambda m, x, y: (m.dist(x, y), x.dist(y, 3)), (3, 4), (4,)),
    # logic and counts
    case("any", lambda m, x: (m.any(x), x.any(1), x.any((0, 1), True)), INTEGERS, order=0),
    case("any:none", lambda m, x: x.any(()), INTEGERS, order=0),
    case("all", lambda m, x: (m.all(x), x.all(0), x.all(-1, keepdim=True)), INTEGERS, order=0),
    case("all:uint8", lambda m, x: (x.all(), x.any(0)), INTEGERS.astype(np.uint8), order=0),
    case(
        "count_nonzero", lambda m, x: (m.count_nonzero(x), x.count_nonzero(1), x.count_nonzero((0, 1))), ZEROS, order=0
    ),
    # scans
    case("cumsum", lambda m, x: (m.cumsum(x, 0), x.cumsum(-1)), (3, 4)),
    case("cumsum:integers", lambda m, x: (x.cumsum(0), x.int().cumsum(1), (x > 0).cumsum(1)), INTEGERS, order=0),
    case("cumsum:dtype", lambda m, x: x.cumsum(1, dtype=m.float32), INTEGERS, order=0),
    case("cumsum_", lambda m, x: (x * 2).cumsum_(1), (3, 4), order=1),
    case("cumsum:halves", lambda m, x: x.cumsum(0), HALVES, order=0, tolerance=1e7),
    case("cumsum:complex", lambda m, x: x.cumsum(1), complex_operand(2, 3)),
    case("cumprod", lambda m, x: (m.cumprod(x, 1), x.cumprod(0)), (3, 4)),
    case("cumprod:squared", lambda m, x: x.cumprod(0) * x.cumprod(0), (4,)),
    case("cumprod:long", lambda m, x: x.cumprod(0), (12,), low=0.5, high=1.5),
    case("cumprod:zeros", lambda m, x: (x.cumprod(1), x.cumprod(0)), ZEROS),
    case("cumprod:integers", lambda m, x: x.cumprod(0), INTEGERS, order=0),
    case("cumprod_", lambda m, x: (x * 2).cumprod_(0), (3, 2)),
    case("cumprod:complex", lambda m, x: x.cumprod(1), complex_operand(2, 3)),
    case("logcumsumexp", lambda m, x: (m.logcumsumexp(x, 0), x.logcumsumexp(1)), (3, 4)),
    case("logcumsumexp:long", lambda m, x: x.logcumsumexp(0), (12,), low=-5, high=5),
    case("logcumsumexp:large", lambda m, x: x.logcumsumexp(0), (5,), low=900, high=1000, single=False),
    case("logcumsumexp:complex", lambda m, x: x.logcumsumexp(1), complex_operand(2, 3)),
    case("cummax", lambda m, x: m.cummax(x, 1), (3, 4)),
    case("cummax:dim", lambda m, x: x.cummax(dim=0), (2, 3, 2)),
    case("cummin", lambda m, x: m.cummin(x, 0), (3, 4)),
    case("cummin:dim", lambda m, x: x.cummin(-1), (2, 3, 2)),
    case("diff", lambda m, x: (m.diff(x), x.diff(2, 0), x.diff(n=0)), (3, 4)),
    case("diff:ends", lambda m, x, y: x.diff(dim=0, prepend=y, append=y), (3, 2), (1, 2)),
    case("diff:bool", lambda m, x: (x > 0).diff(), INTEGERS, order=0),
    case("trapezoid", lambda m, y: (m.trapezoid(y), m.trapezoid(y, dx=0.5, dim=0)), (3, 4)),
    case("trapezoid:x", lambda m, y, x: m.trapezoid(y, x), (3, 4), (4,)),
    case("trapezoid:x per lane", lambda m, y, x: m.trapezoid(y, x, dim=0), (3, 4), (3, 4)),
    case("trapz", lambda m, y, x: m.trapz(y, x), (4,), (4,)),
    case("cumulative_trapezoid", lambda m, y: m.cumulative_trapezoid(y, dx=2.0), (3, 4)),
    case("cumulative_trapezoid:x", lambda m, y, x: m.cumulative_trapezoid(y, x, dim=0), (3, 4), (3,)),
]
