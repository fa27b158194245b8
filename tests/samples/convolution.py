"""Cases of convolutions."""

import numpy as np

from ..cases import case
from ..cases import functional as F

COMPLEX = np.array([[[1 + 2j, 3 - 1j, 0.5j, -2.0]]]), np.array([[[1j, 2 - 1j]]])

CASES = [
    case("conv1d", lambda m, x, w, b: m.conv1d(x, w, b), (2, 2, 5), (3, 2, 2), (3,)),
    case("conv1d:one sequence", lambda m, x, w: F(m).conv1d(x, w, padding="same"), (2, 5), (3, 2, 2)),
    case("conv1d:complex", lambda m, x, w: m.conv1d(x, w, padding=1, stride=2), *COMPLEX, single=False),
    case("conv1d:integers", lambda m, x, w: m.conv1d(x, w), np.arange(5)[None], np.array([[[1, -1]]]), order=0),
    case(
        "conv2d",
        lambda m, x, w, b: m.conv2d(x, w, b, (2, 1), (1, 0), (1, 2), 2),
        (1, 2, 4, 4),
        (2, 1, 3, 2),
        (2,),
    ),
    case("conv2d:named padding", lambda m, x, w: F(m).conv2d(x, w, padding="valid"), (1, 1, 3, 3), (2, 1, 2, 2)),
    case("conv3d", lambda m, x, w: F(m).conv3d(x, w, padding=1), (1, 1, 2, 3, 2), (1, 1, 2, 2, 2)),
    case("conv_tbc", lambda m, x, w, b: m.conv_tbc(x, w, b, 1), (4, 2, 2), (2, 2, 3), (3,)),
    case("conv_transpose1d", lambda m, x, w, b: m.conv_transpose1d(x, w, b), (2, 2, 4), (2, 3, 2), (3,)),
    case(
        "conv_transpose1d:complex",
        lambda m, x, w: m.conv_transpose1d(x, w, stride=2, padding=1),
        *COMPLEX,
        single=False,
    ),
    case(
        "conv_transpose2d",
        lambda m, x, w, b: m.conv_transpose2d(x, w, b, (2, 1), 1, (1, 0), 2, (2, 1)),
        (1, 2, 3, 3),
        (2, 1, 2, 3),
        (2,),
    ),
    case(
        "conv_transpose2d:much padding after",
        lambda m, x, w: F(m).conv_transpose2d(x, w, output_padding=2, dilation=3),
        (1, 1, 2, 3),
        (1, 2, 2, 2),
    ),
    case("conv_transpose3d", lambda m, x, w: F(m).conv_transpose3d(x, w), (1, 1, 2, 1, 2), (1, 2, 2, 2, 2)),
    case(
        "convolution",
        lambda m, x, w: m.convolution(x, w, None, [2], [1], [1], False, [0], 1),
        (1, 2, 5),
        (2, 2, 3),
    ),
    case(
        "convolution:transposed",
        lambda m, x, w, b: m.convolution(x, w, b, [2, 1], [1], [1], True, [1, 0], 1),
        (1, 2, 2, 3),
        (2, 1, 2, 3),
        (1,),
    ),
]
