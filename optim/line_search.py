"""A line search for the strong Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from autograd import Tensor


class Point(NamedTuple):
    """A point on the line: how far along it is, the loss there, its gradient, and the loss's slope along the line."""

    t: float
    loss: float
    grad: Tensor
    slope: float


def strong_wolfe(
    at: Callable[[float], Point],
    start: Point,
    t: float,
    length: float,
    tolerance_change: float = 1e-9,
    max_iter: int = 25,
    c1: float = 1e-4,
    c2: float = 0.9,
) -> Point:
    """A point where the loss has fallen and its slope has flattened enough, or the best one of `max_iter` further ones.

    `at(t)` computes the loss at t, the first one to try; `start` is the point at 0, and `length` the largest component
    of the line's direction. Nocedal and Wright, "Numerical optimization", 2006, algorithms 3.5 and 3.6.
    """

    def fell(point: Point) -> bool:
        return point.loss <= start.loss + c1 * point.t * start.slope

    def flat(point: Point) -> bool:
        return abs(point.slope) <= -c2 * start.slope

    previous, new = start, at(t)
    iterations, bracket, done = 0, [start, new], False
    while iterations < max_iter:
        if not fell(new) or (iterations > 1 and new.loss >= previous.loss):
            bracket = [previous, new]
            break
        if flat(new):
            return new
        if new.slope >= 0:
            bracket = [previous, new]
            break
        bounds = new.t + 0.01 * (new.t - previous.t), new.t * 10
        previous, new = new, at(cubic_minimum(previous, new, bounds))
        iterations += 1
        bracket = [start, new]

    low, high = order(bracket)
    stalled = False
    while not done and iterations < max_iter:
        left, right = sorted(point.t for point in bracket)
        if (right - left) * length < tolerance_change:
            break
        t = cubic_minimum(bracket[0], bracket[1], (left, right))
        margin = 0.1 * (right - left)
        if min(right - t, t - left) >= margin:
            stalled = False
        elif stalled or t >= right or t <= left:  # near an end twice, or beyond it: away from there
            t = right - margin if abs(t - right) < abs(t - left) else left + margin
            stalled = False
        else:
            stalled = True
        new = at(t)
        iterations += 1
        if not fell(new) or new.loss >= bracket[low].loss:
            bracket[high] = new
            low, high = order(bracket)
        else:
            done = flat(new)
            if not done and new.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = new
    return bracket[low]


def order(bracket: list[Point]) -> tuple[int, int]:
    """The places of the lower and the higher of two points."""
    return (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)


def cubic_minimum(a: Point, b: Point, bounds: tuple[float, float]) -> float:
    """Where the cubic through two points with their slopes is least, within bounds; their middle if it is nowhere."""
    if a.t > b.t:
        a, b = b, a
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    lower, upper = bounds
    if square >= 0:
        d2 = math.sqrt(square)
        above, below = b.slope + d2 - d1, b.slope - a.slope + 2 * d2
        if below:
            return min(max(b.t - (b.t - a.t) * (above / below), lower), upper)
        if above:  # it is a line: down to the end
            return upper if above < 0 else lower
    return (lower + upper) / 2
