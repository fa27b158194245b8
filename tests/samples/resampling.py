"""Cases of interpolation, looking up in grids, shuffling pixels, and patches as columns."""

import numpy as np

from ..cases import case
from ..cases import functional as F

# Away from the middles between pixels and from the borders, where derivatives jump.
PLACES = np.array([[[[-0.55, 0.15], [0.35, -0.8]], [[1.6, 0.45], [-0.2, -1.9]], [[0.85, 0.9], [-3.3, 2.6]]]])
SPACE = np.array([[[[[-0.55, 0.15, 0.3], [0.35, -0.8, -1.7]]]]])


def sized(name, shape, **arguments):
    """A case of `interpolate`."""
    return case(f"interpolate:{name}", lambda m, x: F(m).interpolate(x, **arguments), shape)


CASES = [
    sized("nearest", (1, 2, 3), size=5),
    sized("nearest, smaller", (1, 1, 5, 4), scale_factor=(0.4, 0.6)),
    sized("nearest, factor of its own", (1, 1, 2, 2, 2), scale_factor=1.7),
    sized("nearest-exact", (1, 1, 3, 4), size=(4, 2), mode="nearest-exact"),
    sized("area", (1, 1, 3, 5), size=(2, 3), mode="area"),
    sized("linear", (1, 2, 4), size=7, mode="linear"),
    sized("linear, corners", (1, 2, 4), size=7, mode="linear", align_corners=True),
    sized("bilinear", (1, 1, 3, 4), scale_factor=(2.3, 0.5), mode="bilinear"),
    sized("bilinear, recomputed", (1, 1, 3, 4), scale_factor=2.3, mode="bilinear", recompute_scale_factor=True),
    sized("bilinear, one pixel", (1, 1, 1, 3), size=(1, 2), mode="bilinear", align_corners=True),
    sized("bilinear, smoothed", (1, 1, 6, 4), size=(2, 3), mode="bilinear", antialias=True),
    sized("bicubic", (1, 1, 4, 3), size=(5, 2), mode="bicubic"),
    sized("bicubic, corners", (1, 1, 4, 3), size=(5, 2), mode="bicubic", align_corners=True),
    sized("bicubic, smoothed", (1, 1, 6, 4), size=(2, 4), mode="bicubic", antialias=True),
    sized("lanczos", (1, 1, 6, 4), size=(2, 5), mode="lanczos", antialias=True),
    sized("trilinear", (1, 1, 2, 3, 2), size=(3, 2, 3), mode="trilinear"),
    *(
        case(
            f"grid_sample:{mode}, {padding}, {align}",
            lambda m, x, grid, mode=mode, padding=padding, align=align: F(m).grid_sample(x, grid, mode, padding, align),
            (1, 2, 3, 4),
            PLACES,
            grad=(0,) if mode == "nearest" else None,
        )
        for mode in ("bilinear", "nearest", "bicubic")
        for padding in ("zeros", "border", "reflection")
        for align in (False, True)
    ),
    case("grid_sample:3d", lambda m, x, grid: F(m).grid_sample(x, grid, align_corners=False), (1, 2, 2, 3, 2), SPACE),
    case("grid_sampler", lambda m, x, grid: m.grid_sampler(x, grid, 0, 1, True), (1, 1, 3, 3), PLACES),
    case("affine_grid", lambda m, x: F(m).affine_grid(x, (2, 1, 2, 3), align_corners=False), (2, 2, 3)),
    case("affine_grid:3d", lambda m, x: F(m).affine_grid(x, [1, 1, 2, 1, 2], False), (1, 3, 4)),
    case("affine_grid_generator", lambda m, x: m.affine_grid_generator(x, (1, 1, 2, 2), True), (1, 2, 3)),
    case("pixel_shuffle", lambda m, x: m.pixel_shuffle(x, 2), (1, 4, 2, 1)),
    case("pixel_unshuffle", lambda m, x: m.pixel_unshuffle(x, 2), (1, 1, 2, 4)),
    case("channel_shuffle", lambda m, x: m.channel_shuffle(x, 3), (1, 6, 2)),
    case("unfold:functional", lambda m, x: F(m).unfold(x, (2, 1), (1, 2), (1, 0), (2, 1)), (1, 2, 3, 2)),
    case("fold:functional", lambda m, x: F(m).fold(x, (3, 2), (2, 1), (1, 2), (1, 0), (2, 1)), (1, 4, 4)),
]  # fmt: skip
