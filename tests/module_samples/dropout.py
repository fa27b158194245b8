"""Dropout."""

from ..module_cases import module_case

SHAPES = {
    "Dropout": (3, 4),
    "Dropout1d": (2, 3, 4),
    "Dropout2d": (2, 3, 2, 2),
    "Dropout3d": (2, 3, 2, 2, 1),
    "AlphaDropout": (3, 4),
    "FeatureAlphaDropout": (2, 3, 4),
}

CASES = [
    *(
        module_case(name, lambda nn, name=name: getattr(nn, name)(), shape, random=True)
        for name, shape in SHAPES.items()
    ),
    *(
        module_case(
            f"{name}:inplace",
            lambda nn, name=name: getattr(nn, name)(0.2, inplace=True),
            shape,
            call=lambda module, x: module(x * 1),
            random=True,
        )
        for name, shape in SHAPES.items()
    ),
    *(module_case(f"{name}:all", lambda nn, name=name: getattr(nn, name)(1), shape) for name, shape in SHAPES.items()),
    module_case("Dropout1d:one sample", lambda nn: nn.Dropout1d(0.3), (3, 4), random=True),
    module_case("Dropout3d:one sample", lambda nn: nn.Dropout3d(0.3), (3, 2, 2, 1), random=True),
]
