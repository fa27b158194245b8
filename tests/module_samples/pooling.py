"""Pooling modules."""

import numpy as np

from ..module_cases import module_case

SHAPES = {1: (2, 2, 6), 2: (2, 1, 5, 4), 3: (1, 2, 3, 4, 3)}
PLACES = {1: np.array([[0, 3, 4]]), 2: np.array([[[0, 3], [9, 14]]]), 3: np.array([[[[0, 3, 12]]]])}


CASES = [
    *(
        module_case(f"{kind}Pool{r}d", lambda nn, name=f"{kind}Pool{r}d": getattr(nn, name)(2), shape)
        for kind in ("Max", "Avg")
        for r, shape in SHAPES.items()
    ),
    *(
        module_case(
            f"MaxPool{r}d:every argument",
            lambda nn, name=f"MaxPool{r}d": getattr(nn, name)(2, 2, 1, 1, True, True),
            shape,
            order=1,
            differences=False,
        )
        for r, shape in SHAPES.items()
    ),
    *(
        module_case(
            f"AvgPool{r}d:every argument",
            lambda nn, name=f"AvgPool{r}d", more=(3,) * (r > 1): getattr(nn, name)(3, 2, 1, True, False, *more),
            shape[1:],
        )
        for r, shape in SHAPES.items()
    ),
    *(
        module_case(
            f"AvgPool{r}d:without borders",
            lambda nn, name=f"AvgPool{r}d": getattr(nn, name)(3, 2, 1, count_include_pad=False),
            shape,
        )
        for r, shape in SHAPES.items()
    ),
    *(
        module_case(
            f"LPPool{r}d{':ceil_mode' if ceil else ''}",
            lambda nn, name=f"LPPool{r}d", stride=3 if ceil else 1, ceil=ceil: getattr(nn, name)(3, 2, stride, ceil),
            shape,
            low=0.5,
            tolerance=10,
        )
        for r, shape in SHAPES.items()
        for ceil in (False, True)
    ),
    *(
        module_case(
            f"Adaptive{kind}Pool{r}d", lambda nn, name=f"Adaptive{kind}Pool{r}d": getattr(nn, name)(2), shape
        )
        for kind in ("Avg", "Max")
        for r, shape in SHAPES.items()
    ),
    module_case("AdaptiveAvgPool2d:None", lambda nn: nn.AdaptiveAvgPool2d((None, 3)), (1, 2, 3, 4)),
    module_case("AdaptiveAvgPool2d:one", lambda nn: nn.AdaptiveAvgPool2d(1), (1, 2, 3, 4)),
    module_case("AdaptiveMaxPool3d:None", lambda nn: nn.AdaptiveMaxPool3d((None, 3, 2)), (2, 2, 4, 4)),
    *(
        module_case(f"MaxUnpool{r}d", lambda nn, name=f"MaxUnpool{r}d": getattr(nn, name)(2), places * 1.5, places)
        for r, places in PLACES.items()
    ),
    module_case(
        "MaxUnpool2d:output_size",
        lambda nn: nn.MaxUnpool2d(2, 2),
        PLACES[2] * 1.5,
        PLACES[2],
        call=lambda module, x, places: module(x, places, output_size=(5, 4)),
    ),
    # the last window begins where it just fits, whatever is drawn
    module_case("FractionalMaxPool2d", lambda nn: nn.FractionalMaxPool2d((4, 3), (1, 2)), (2, 1, 5, 4)),
    module_case("FractionalMaxPool3d", lambda nn: nn.FractionalMaxPool3d(2, (1, 1, 1)), (2, 3, 3, 3)),
]  # fmt: skip
