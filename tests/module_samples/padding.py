"""Padding modules, and patches as columns."""

import numpy as np

from ..module_cases import module_case

RANKS = {"1d": ((2, 1, 3), (1, 2)), "2d": ((2, 1, 3, 3), (1, 2, 0, 1)), "3d": ((1, 2, 2, 3, 2), (1, 0, 1, 2, 0, 1))}
KINDS = ("Circular", "Reflection", "Replication", "Zero")

CASES = [
    *(
        module_case(f"{kind}Pad{rank}", lambda nn, name=f"{kind}Pad{rank}", p=p: getattr(nn, name)(p), shape)
        for kind in KINDS
        for rank, (shape, p) in RANKS.items()
    ),
    *(
        module_case(f"{kind}Pad{rank}:one number", lambda nn, name=f"{kind}Pad{rank}": getattr(nn, name)(1), shape[1:])
        for kind in KINDS
        for rank, (shape, _) in RANKS.items()
    ),
    *(
        module_case(f"ConstantPad{rank}", lambda nn, name=f"ConstantPad{rank}", p=p: getattr(nn, name)(p, 2.5), shape)
        for rank, (shape, p) in RANKS.items()
    ),
    module_case("ConstantPad1d:crop", lambda nn: nn.ConstantPad1d((-1, 2), 3), (2, 4)),
    module_case("Unfold", lambda nn: nn.Unfold((2, 3)), (2, 2, 3, 4)),
    module_case("Unfold:every argument", lambda nn: nn.Unfold(2, (1, 2), (1, 0), (2, 1)), (2, 3, 4)),
    module_case("Unfold:bools", lambda nn: nn.Unfold(2), np.eye(3, dtype=bool)[None], order=0),
    module_case("Fold", lambda nn: nn.Fold((3, 4), (2, 3)), (2, 12, 4)),
    module_case("Fold:every argument", lambda nn: nn.Fold((3, 4), 2, (1, 2), (1, 0), (2, 1)), (8, 4)),
]  # fmt: skip
