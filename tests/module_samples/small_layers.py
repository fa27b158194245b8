"""Bilinear maps, and changes of shape."""

from ..module_cases import module_case

CASES = [
    module_case("Bilinear", lambda nn: nn.Bilinear(3, 4, 2), (5, 3), (5, 4)),
    module_case("Bilinear:no bias", lambda nn: nn.Bilinear(3, 4, 2, bias=False), (2, 2, 3), (2, 2, 4)),
    module_case("Bilinear:vectors", lambda nn: nn.Bilinear(3, 4, 2), (3,), (4,)),
    module_case("Flatten", lambda nn: nn.Flatten(), (2, 3, 4)),
    module_case("Flatten:dims", lambda nn: nn.Flatten(0, 1), (2, 3, 4)),
    module_case("Unflatten", lambda nn: nn.Unflatten(1, (2, 3)), (2, 6)),
    module_case("Unflatten:rest", lambda nn: nn.Unflatten(-1, [3, -1]), (2, 6)),
]
