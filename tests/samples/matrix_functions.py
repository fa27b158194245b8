"""Cases of the matrix exponential and of linear equations."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.functions import matrix_functions

from ..cases import case

RANDOM = np.random.default_rng(5)
COMPLEX = RANDOM.normal(size=(2, 2)) + 1j * RANDOM.normal(size=(2, 2))


def solve(m: Any, a: Any, b: Any) -> Any:
    """The function behind the orthogonal parametrization, or PyTorch's."""
    return matrix_functions.solve(a, b) if m.__name__ == "autograd" else m.linalg.solve(a, b)


CASES = [
    case("matrix_exp", lambda m, x: m.matrix_exp(x), (3, 3), tolerance=10.0),
    case("matrix_exp:batch", lambda m, x: x.matrix_exp(), (2, 2, 2), tolerance=10.0),
    case("matrix_exp:large", lambda m, x: m.matrix_exp(4 * x), (2, 3, 3), tolerance=1e3, single=False),
    case("matrix_exp:complex", lambda m, x: m.matrix_exp(x), COMPLEX, tolerance=10.0),
    case("matrix_exp:empty", lambda m, x: m.matrix_exp(x), np.zeros((2, 0, 0)), order=0),
    case("solve", lambda m, x, b: solve(m, x + 5 * m.eye(3, dtype=x.dtype), b), (3, 3), (3, 2)),
    case("solve:batch", lambda m, x, b: solve(m, x + 5 * m.eye(2, dtype=x.dtype), b), (2, 2, 2), (2, 3)),
    case("solve:complex", lambda m, x, b: solve(m, x + 5, b), COMPLEX, COMPLEX[::-1].copy()),
]
