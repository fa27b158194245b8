"""Linear maps."""

from ..module_cases import module_case

CASES = [
    module_case("Linear", lambda nn: nn.Linear(3, 2), (4, 3)),
    module_case("Linear:no bias", lambda nn: nn.Linear(3, 2, bias=False), (2, 4, 3)),
    module_case("Linear:vector", lambda nn: nn.Linear(3, 2), (3,)),
    module_case("Identity", lambda nn: nn.Identity(54, unused=True), (4, 3)),
]
