"""Modules made of modules, and lists and dictionaries of parameters."""

from ..module_cases import module_case


def through(container, x):
    """The input through each module."""
    for module in container.values() if hasattr(container, "values") else container:
        x = module(x)
    return x


def scaled(container, x):
    """The input times each parameter."""
    for parameter in container.values() if hasattr(container, "values") else container:
        x = x * parameter
    return x


def parameters(nn, *shapes):
    """Parameters of ones, of the package."""
    return [nn.init.ones_(nn.Parameter(nn.Linear(*shape).weight.detach())) for shape in shapes]


CASES = [
    module_case("Sequential", lambda nn: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), (5, 3)),
    module_case("Sequential:empty", lambda nn: nn.Sequential(), (5, 3)),
    module_case("Sequential:repeated", lambda nn: nn.Sequential(nn.Linear(3, 3), nn.Tanh()) * 2, (5, 3)),
    module_case("ModuleList", lambda nn: nn.ModuleList([nn.Linear(3, 3) for _ in range(3)]), (2, 3), call=through),
    module_case("ModuleDict", lambda nn: nn.ModuleDict({"b": nn.Linear(3, 2), "a": nn.Tanh()}), (2, 3), call=through),
    module_case("ParameterList", lambda nn: nn.ParameterList(parameters(nn, (2, 3), (2, 1))), (3, 2), call=scaled),
    module_case(
        "ParameterDict",
        lambda nn: nn.ParameterDict(dict(zip("ba", parameters(nn, (2, 3), (2, 1))))),
        (3, 2),
        call=scaled,
    ),
]
