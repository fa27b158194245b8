"""Cases of making and converting tensors. What is made from nothing has no operands and no derivative."""

import numpy as np

from ..cases import case


def copied_into_slice(m, x, y):
    out = x * 1.0
    out[0].copy_(y)
    return out


def constant_copied_in(m, x):
    out = x * 2.0
    out.copy_(m.ones(3, dtype=m.float64))
    return out, x * x


def made(name, function):
    """A case without operands."""
    return case(name, function, order=0, single=False)


CASES = [
    case("to:complex", lambda m, x: x.to(m.complex128), (2, 3), single=False),
    case("to:there and back", lambda m, x: x.to(m.complex128).real.to(x), (2, 3), single=False),
    case("to:copy", lambda m, x: x.to(x.dtype, copy=True), (2, 3)),
    case("to:int", lambda m, x: x.to(m.int64), (2, 3), order=0),
    case("to:bool", lambda m, x: x.bool(), np.array([0.0, -0.5, np.nan]), order=0),
    case("type_as", lambda m, x, y: x.type_as(y), (2, 3), np.array(1j), grad=(0,), single=False),
    case("clone:contiguous", lambda m, x: x.clone(memory_format=m.contiguous_format), (2, 3)),
    case("copy_:slice", copied_into_slice, (2, 3), (3,)),
    case("copy_:complex", lambda m, x, y: x.clone().copy_(y), np.array([1j, 2.0]), (2,)),
    case("copy_:constant", constant_copied_in, (2, 3)),
    case("iteration", lambda m, x: [row * row for row in x], (3, 2)),
    case("reversed", lambda m, x: x.__reversed__(), (3, 2)),
    case("bernoulli:certain", lambda m, x: m.bernoulli(x), np.array([0.0, 1.0, 1.0]), grad=()),
    case("normal:no deviation", lambda m, x: m.normal(x * 0.0, 0.0) + x, (2, 3)),
    case("poisson:rate 0", lambda m, x: m.poisson(x * 0.0) + x, (2, 3)),
    case("multinomial:certain", lambda m, x: m.multinomial(x, 2, True), np.array([[0.0, 2.0], [1.0, 0.0]]), order=0),
    case("zeros_like", lambda m, x: m.zeros_like(x), (2, 3), order=0),
    case("ones_like", lambda m, x: m.ones_like(x), (2, 3), order=0),
    case("full_like", lambda m, x: m.full_like(x, 2.5), (2, 3), order=0),
    case("new_full", lambda m, x: x.new_full((2, 2), 2.5), (2, 3), order=0),
    case("new_zeros", lambda m, x: x.new_zeros(2, 2), (2, 3), order=0),
    case("new_ones", lambda m, x: x.new_ones((2, 2)), (2, 3), order=0),
    case("new_tensor", lambda m, x: x.new_tensor([1, 2]), (2, 3), order=0),
    made("eye", lambda m: m.eye(3, dtype=m.float64)),
    made("eye:wide", lambda m: m.eye(2, 3, dtype=m.int64)),
    made("full", lambda m: m.full((2, 3), 7)),
    made("arange", lambda m: m.arange(2, 11, 3)),
    made("arange:down", lambda m: m.arange(5.0, 0.0, -0.75, dtype=m.float64)),
    made("linspace", lambda m: m.linspace(-1, 2, 7, dtype=m.float64)),
    made("linspace:integers", lambda m: m.linspace(0, 10, 4, dtype=m.int64)),
    made("linspace:complex", lambda m: m.linspace(0, 1 + 2j, 4, dtype=m.complex128)),
    made("logspace", lambda m: m.logspace(0, 2, 5, base=3.0, dtype=m.float64)),
    made("scalar_tensor", lambda m: m.scalar_tensor(3, dtype=m.float64)),
]
