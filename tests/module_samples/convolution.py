"""Convolutions and transposed convolutions."""

from ..module_cases import module_case

CASES = [
    module_case("Conv1d", lambda nn: nn.Conv1d(2, 3, 3), (2, 2, 6)),
    module_case("Conv1d:one sequence", lambda nn: nn.Conv1d(2, 3, 3, stride=2, bias=False), (2, 7)),
    module_case("Conv1d:same", lambda nn: nn.Conv1d(2, 2, 4, padding="same", dilation=2, groups=2), (1, 2, 8)),
    module_case("Conv1d:valid", lambda nn: nn.Conv1d(1, 2, 2, padding="valid", padding_mode="circular"), (2, 1, 5)),
    module_case("Conv2d", lambda nn: nn.Conv2d(2, 3, 3), (2, 2, 5, 4)),
    module_case("Conv2d:one image", lambda nn: nn.Conv2d(2, 3, (2, 3), padding=(0, 1)), (2, 4, 3)),
    module_case(
        "Conv2d:every argument",
        lambda nn: nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 2), 2, False),
        (1, 4, 5, 4),
    ),
    module_case("Conv2d:depthwise", lambda nn: nn.Conv2d(3, 6, 3, padding=1, groups=3), (2, 3, 4, 4)),
    module_case("Conv2d:pointwise", lambda nn: nn.Conv2d(3, 2, 1, stride=2), (2, 3, 4, 3)),
    module_case("Conv2d:reflect", lambda nn: nn.Conv2d(1, 2, 3, padding=(1, 2), padding_mode="reflect"), (2, 1, 4, 4)),
    module_case("Conv2d:replicate", lambda nn: nn.Conv2d(1, 2, 3, 2, 2, padding_mode="replicate"), (2, 1, 4, 4)),
    module_case("Conv2d:circular", lambda nn: nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular"), (2, 1, 4, 4)),
    module_case(
        "Conv2d:same circular",
        lambda nn: nn.Conv2d(1, 2, (2, 3), padding="same", padding_mode="circular"),
        (2, 1, 4, 4),
    ),
    module_case("Conv2d:empty batch", lambda nn: nn.Conv2d(2, 3, 3), (0, 2, 5, 4)),
    module_case("Conv3d", lambda nn: nn.Conv3d(2, 2, 2), (1, 2, 3, 2, 3)),
    module_case("Conv3d:stride", lambda nn: nn.Conv3d(1, 2, (1, 2, 3), (1, 2, 1), (0, 1, 1)), (2, 1, 2, 3, 3)),
    module_case("Conv3d:reflect", lambda nn: nn.Conv3d(1, 1, 2, padding=1, padding_mode="reflect"), (1, 1, 2, 3, 2)),
    module_case("ConvTranspose1d", lambda nn: nn.ConvTranspose1d(2, 3, 3), (2, 2, 4)),
    module_case("ConvTranspose1d:one sequence", lambda nn: nn.ConvTranspose1d(2, 3, 4, 3, 1, bias=False), (2, 4)),
    module_case(
        "ConvTranspose1d:output_size",
        lambda nn: nn.ConvTranspose1d(2, 3, 3, stride=3),
        (2, 2, 4),
        call=lambda module, x: module(x, output_size=[14]),
    ),
    module_case("ConvTranspose2d", lambda nn: nn.ConvTranspose2d(2, 3, 3), (2, 2, 3, 2)),
    module_case(
        "ConvTranspose2d:every argument",
        lambda nn: nn.ConvTranspose2d(4, 6, (3, 2), (2, 3), (1, 0), (1, 2), 2, False, (2, 1)),
        (1, 4, 3, 2),
    ),
    module_case("ConvTranspose2d:cropped", lambda nn: nn.ConvTranspose2d(1, 2, 3, padding=3), (2, 1, 6, 5)),
    module_case(
        "ConvTranspose2d:output_size",
        lambda nn: nn.ConvTranspose2d(1, 2, 2, stride=2),
        (1, 3, 2),
        call=lambda module, x: module(x, (2, 7, 4)),
    ),
    module_case("ConvTranspose3d", lambda nn: nn.ConvTranspose3d(2, 1, 2, stride=2), (1, 2, 2, 1, 2)),
    module_case("ConvTranspose3d:groups", lambda nn: nn.ConvTranspose3d(2, 2, 2, groups=2), (1, 2, 2, 1, 2)),
]
