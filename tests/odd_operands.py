"""What tests of reductions, scans and sorting start from: leaves of given values, and operands out of the ordinary."""

import math

import numpy as np

from autograd._tensor import wrap

INF, NAN = math.inf, math.nan

ODD = {
    "nan": [[1.0, NAN, 2.0], [3.0, 1.0, 2.0]],
    "inf": [[1.0, INF, 2.0], [-INF, 1.0, -INF]],
    "ties": [[1.0, 2.0, 2.0], [2.0, 2.0, 1.0]],
    "zeros": [[0.0, 2.0, -0.0], [0.0, 0.0, 0.0]],
    "single": [[4.0]],
    "empty": np.zeros((0, 3)),
    "empty rows": np.zeros((2, 0)),
    "scalar": -1.5,
    "half": np.array([[1.0, -2.0, 0.5], [0.25, 3.0, 1.0]], np.float16),
    "int": np.array([[3, -1, 0], [2, 2, 0]], np.int32),
    "byte": np.array([[3, 255, 0], [200, 200, 0]], np.uint8),
    "bool": np.array([[True, False, True], [False, False, False]]),
    "complex": np.array([[1 + 2j, 0j, -1j], [2 - 1j, 3, 1j]]),
}


def leaf(values, dtype=np.float64):
    """A tensor of these values that requires a gradient."""
    return wrap(np.array(values, dtype)).requires_grad_()


def gradient(function, values):
    """The gradient of the sum of `function` at these values."""
    x = leaf(values)
    function(x).sum().backward()
    return x.grad.tolist()
