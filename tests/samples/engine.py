"""Cases of the engine's own doing: in-place writes, views written to, results used more than once."""

import numpy as np

from ..cases import case


def written(x, write):
    """A copy of x after `write` has changed it in place."""
    copy = x.clone()
    write(copy)
    return copy


def double_row(x):
    row = x[1:][0]
    row *= 2


def square_columns(x):
    x[:, ::2] *= x[:, ::2].clone()


def write_row(x, y):
    x[1] = y


def write_through_view(x, y):
    x[1:].mul_(y)


def view_after_write(m, x, y):
    """A view made before its base is written to, read afterwards, and another written after that."""
    base = x * 1.0
    early, other = base[0], base[1]
    base.mul_(y)
    other.mul_(early.clone())
    return base, early


def in_place_twice(m, x, y):
    out = x.clone()
    out.mul_(y)
    out.mul_(out.clone())
    return out


CASES = [
    case("clone", lambda m, x: x.clone(), (2, 3)),
    case("mul_", lambda m, x, y: x.clone().mul_(y), (2, 3), (3,)),
    case("mul_:twice", in_place_twice, (2, 3), (3,)),
    case("mul_:view of a view", lambda m, x: written(x, double_row), (3, 2)),
    case("mul_:strided view by itself", lambda m, x: written(x, square_columns), (3, 4)),
    case("mul_:through a view", lambda m, x, y: written(x, lambda c: write_through_view(c, y)), (3, 2), (2,)),
    case("copy_", lambda m, x, y: x.clone().copy_(y), (2, 3), (3,)),
    case("setitem:row", lambda m, x, y: written(x, lambda c: write_row(c, y)), (3, 2), (2,)),
    case("setitem:row from a scalar", lambda m, x: written(x, lambda c: write_row(c, 5.0)), (3, 2)),
    case("views of a written base", view_after_write, (2, 3), (3,)),
    case("diamond", lambda m, x: (x * x) * x + x * x, (2, 3)),
    case("repeated operand", lambda m, x: x * x, (2, 3)),
    case("complex diamond", lambda m, x: (x * x) * x + x, np.array([1.0 + 2.0j, -0.5 + 0.25j])),
]
