"""Cases of pooling."""

import numpy as np

from ..cases import case
from ..cases import functional as F

PLACES = np.array([[[3, 0], [9, 14]]])
SAMPLES = np.array([[[0.3, 0.8], [0.6, 0.1]]])

CASES = [
    case("max_pool1d", lambda m, x: m.max_pool1d(x, 2), (2, 2, 5)),
    case("max_pool1d:every argument", lambda m, x: m.max_pool1d(x, 3, 2, 1, 2, True), (2, 7)),
    case("max_pool1d_with_indices", lambda m, x: m.max_pool1d_with_indices(x, 3, 1), (1, 2, 5)),
    case("max_pool2d", lambda m, x: m.max_pool2d(x, (3, 2), 1, (1, 0)), (1, 2, 4, 3)),
    case("max_pool2d:integers", lambda m, x: m.max_pool2d(x, 2), np.arange(12).reshape(1, 3, 4), order=0),
    case("max_pool2d:large windows", lambda m, x: m.max_pool2d(x, (6, 6), 1, 3), (1, 4, 5)),
    case("max_pool2d:indices", lambda m, x: F(m).max_pool2d(x, 2, 1, return_indices=True), (2, 3, 4)),
    case("max_pool3d", lambda m, x: m.max_pool3d(x, 2, ceil_mode=True), (1, 1, 2, 3, 4)),
    case("max_pool3d:indices", lambda m, x: F(m).max_pool3d_with_indices(x, 2, 1), (1, 2, 3, 2)),
    case("avg_pool1d", lambda m, x: m.avg_pool1d(x, 3, 2, 1), (2, 5)),
    case("avg_pool2d", lambda m, x: F(m).avg_pool2d(x, (3, 2), (2, 1), 1, True, False), (1, 1, 4, 3)),
    case("avg_pool2d:divisor", lambda m, x: F(m).avg_pool2d(x, 2, divisor_override=-3), (1, 4, 4)),
    case("avg_pool2d:integers", lambda m, x: F(m).avg_pool2d(x, 2), -(np.arange(16).reshape(1, 4, 4) ** 2), order=0),
    case("avg_pool3d", lambda m, x: F(m).avg_pool3d(x, 2, 1, 1), (1, 2, 2, 3)),
    case("lp_pool1d", lambda m, x: F(m).lp_pool1d(x, 2, 2, 1), (1, 2, 4)),
    case("lp_pool2d", lambda m, x: F(m).lp_pool2d(x, 3, (2, 3)), (1, 4, 3), low=0.5),
    case("lp_pool2d:largest", lambda m, x: F(m).lp_pool2d(x, np.inf, 2), (1, 4, 4)),
    case("lp_pool3d", lambda m, x: F(m).lp_pool3d(x, 2.5, 2), (1, 2, 2, 4), low=0.5),
    case("adaptive_avg_pool1d", lambda m, x: m.adaptive_avg_pool1d(x, 3), (2, 2, 5)),
    case("adaptive_avg_pool2d", lambda m, x: F(m).adaptive_avg_pool2d(x, (None, 5)), (1, 2, 3, 4)),
    case("adaptive_avg_pool3d", lambda m, x: F(m).adaptive_avg_pool3d(x, (1, 2, 3)), (1, 2, 4, 4)),
    case("adaptive_max_pool1d", lambda m, x: m.adaptive_max_pool1d(x, 3), (2, 2, 5)),
    case("adaptive_max_pool2d", lambda m, x: F(m).adaptive_max_pool2d(x, (3, 2)), (1, 2, 4, 4)),
    case("adaptive_max_pool3d", lambda m, x: F(m).adaptive_max_pool3d(x, (1, None, 2), True), (1, 2, 2, 4)),
    case("max_unpool1d", lambda m, x, p: F(m).max_unpool1d(x, p, 2), (1, 2), PLACES[:, 0]),
    case("max_unpool2d", lambda m, x, p: F(m).max_unpool2d(x, p, 2, output_size=(5, 4)), (1, 2, 2), PLACES),
    case("max_unpool3d", lambda m, x, p: F(m).max_unpool3d(x, p, 2, 3), (1, 1, 2, 2), PLACES[None]),
    case(
        "fractional_max_pool2d",
        lambda m, x, r: F(m).fractional_max_pool2d(x, 2, (3, 4), None, True, _random_samples=r.to(x.dtype)),
        (1, 2, 6, 7),
        SAMPLES,
        grad=(0,),
    ),
]
