"""Cases of scaled dot-product attention."""

from typing import Any

import numpy as np

from ..cases import case
from ..cases import functional as F

SEEN = np.array([[True, False, True], [False, True, True]])
HIDDEN_ROW = np.array([[True, False, True], [False, False, False]])
FAR = np.array([[-np.inf, 0.5, -0.3], [0.1, -np.inf, 0.4]])
BIAS = np.array([[0.2, 0.5, -0.3], [0.1, -0.7, 0.4]])
# PyTorch's result for empty operands is tied to none of them.
EMPTY: dict[str, Any] = {"torch": False, "reference": lambda q, k, v: np.zeros((*q.shape[:-1], v.shape[-1]))}


def attend(m: Any, q: Any, k: Any, v: Any, mask: Any = None, **settings: Any) -> Any:
    return F(m).scaled_dot_product_attention(q, k, v, mask, **settings)


CASES = [
    case("scaled_dot_product_attention", attend, (2, 2, 3), (2, 3, 3), (2, 3, 4)),
    case("scaled_dot_product_attention:matrices", attend, (2, 3), (3, 3), (3, 2)),
    case("scaled_dot_product_attention:causal", lambda m, *x: attend(m, *x, is_causal=True), (4, 2), (3, 2), (3, 2)),
    case(
        "scaled_dot_product_attention:causal, longer",
        lambda m, *x: attend(m, *x, is_causal=True),
        (2, 2),
        (4, 2),
        (4, 1),
    ),
    case("scaled_dot_product_attention:seen", attend, (2, 2, 3), (2, 3, 3), (2, 3, 2), SEEN),
    case("scaled_dot_product_attention:a row sees nothing", attend, (2, 2, 3), (2, 3, 3), (2, 3, 2), HIDDEN_ROW),
    case("scaled_dot_product_attention:bias", attend, (2, 2, 3), (2, 3, 3), (2, 3, 2), BIAS),
    case("scaled_dot_product_attention:bias of a row", attend, (2, 2, 3), (2, 3, 3), (2, 3, 2), BIAS[:1]),
    case("scaled_dot_product_attention:infinite bias", attend, (2, 3), (3, 3), (3, 2), FAR, grad=(0, 1, 2)),
    case(
        "scaled_dot_product_attention:far apart",
        attend,
        (3, 2),
        (4, 2),
        (4, 2),
        low=-9,
        high=9,
        tolerance=1e2,
        single=False,
    ),
    case("scaled_dot_product_attention:scale", lambda m, *x: attend(m, *x, scale=0.3), (2, 3), (3, 3), (3, 2)),
    case("scaled_dot_product_attention:broadcast", attend, (2, 2, 2, 3), (2, 1, 3, 3), (1, 1, 3, 2)),
    case(
        "scaled_dot_product_attention:shared heads",
        lambda m, *x: attend(m, *x, enable_gqa=True),
        (1, 4, 2, 2),
        (1, 2, 3, 2),
        (1, 2, 3, 2),
    ),
    case("scaled_dot_product_attention:no queries", attend, (0, 3), (3, 3), (3, 2), **EMPTY),
    case("scaled_dot_product_attention:empty batch", attend, (0, 2, 3), (0, 3, 3), (0, 3, 2), **EMPTY),
]
