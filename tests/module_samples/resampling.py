"""Pixel shuffles and upsampling."""

from ..module_cases import module_case

CASES = [
    module_case("PixelShuffle", lambda nn: nn.PixelShuffle(2), (2, 8, 2, 1)),
    module_case("PixelShuffle:one image", lambda nn: nn.PixelShuffle(3), (9, 2, 1)),
    module_case("PixelUnshuffle", lambda nn: nn.PixelUnshuffle(2), (2, 1, 4, 2)),
    module_case("ChannelShuffle", lambda nn: nn.ChannelShuffle(2), (2, 6, 2)),
    module_case("Upsample", lambda nn: nn.Upsample(scale_factor=2), (2, 1, 3)),
    module_case("Upsample:factors", lambda nn: nn.Upsample(None, (2, 1.5), "bilinear", True), (2, 1, 3, 2)),
    module_case("Upsample:size", lambda nn: nn.Upsample((3, 2, 2), mode="trilinear"), (1, 1, 2, 2, 3)),
    module_case(
        "Upsample:recomputed",
        lambda nn: nn.Upsample(scale_factor=1.7, mode="bicubic", recompute_scale_factor=True),
        (1, 1, 3, 3),
    ),
    module_case("UpsamplingBilinear2d", lambda nn: nn.UpsamplingBilinear2d(scale_factor=2), (1, 2, 2, 3)),
    module_case("UpsamplingNearest2d", lambda nn: nn.UpsamplingNearest2d((3, 5)), (1, 2, 2, 3)),
]
