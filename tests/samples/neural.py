"""Cases of the functions networks are made of, and of the losses."""

import numpy as np

from ..cases import case
from ..cases import functional as F

CLASSES = np.array([2, 0, 1, 2])
PIXELS = np.array([[[1, 0], [2, 2]], [[0, 1], [1, 0]]])
VOID = np.full(4, 255)
HOLED = (
    ("rows", (4, 3), np.array([2, 255, 1, 255])),
    ("pixels", (2, 3, 2, 2), np.array([[[1, 255], [2, 2]], [[255, 1], [255, 0]]])),
    ("all rows", (4, 3), VOID),
)
SHARES = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]])
WEIGHT = np.array([0.5, 2.0, 1.5])

CASES = [
    case("linear", lambda m, x, w, b: F(m).linear(x, w, b), (2, 3), (4, 3), (4,)),
    case("linear:no bias", lambda m, x, w: F(m).linear(x, w), (2, 3), (4, 3)),
    case("linear:vector", lambda m, x, w, b: F(m).linear(x, w, b), (3,), (4, 3), (4,)),
    case("linear:many dimensions", lambda m, x, w, b: F(m).linear(x, w, b), (2, 2, 3), (4, 3), (4,)),
    case("linear:weight of one output", lambda m, x, w: F(m).linear(x, w), (2, 3), (3,)),
    case("linear:empty batch", lambda m, x, w, b: F(m).linear(x, w, b), (0, 3), (4, 3), (4,)),
    case("linear:one output and its bias", lambda m, x, w, b: F(m).linear(x, w, b), (3,), (3,), ()),
    case("linear:no inputs", lambda m, x, w, b: F(m).linear(x, w, b), (2, 2, 0), (4, 0), (4,)),
    case("linear:no inputs, no bias", lambda m, x, w: F(m).linear(x, w), (0,), (4, 0)),
    case("linear:no outputs", lambda m, x, w, b: F(m).linear(x, w, b), (2, 2, 3), (0, 3), (0,)),
    case("linear:empty batch of many dimensions", lambda m, x, w: F(m).linear(x, w), (2, 0, 3), (4, 3)),
    case("pad:functional", lambda m, x: F(m).pad(x, (1, 2), value=3.0), (2, 3)),
    case("pad:functional reflect", lambda m, x: F(m).pad(x, (1, 1), mode="reflect"), (2, 3)),
    case("softmax", lambda m, x: m.softmax(x, 1), (2, 3)),
    case("softmax:first dim", lambda m, x: x.softmax(dim=0), (3, 2, 2)),
    case("softmax:0-d", lambda m, x: m.softmax(x, -1), ()),
    case("softmax:large", lambda m, x: m.softmax(x, -1), (2, 3), low=-800, high=800),
    case("softmax:functional", lambda m, x: F(m).softmax(x, dim=-1), (2, 3)),
    case("log_softmax", lambda m, x: m.log_softmax(x, 1), (2, 3)),
    case("log_softmax:first dim", lambda m, x: x.log_softmax(dim=0), (3, 2, 2)),
    case("log_softmax:0-d", lambda m, x: m.log_softmax(x, 0), ()),
    case("log_softmax:large", lambda m, x: m.log_softmax(x, -1), (2, 3), low=-800, high=800),
    case("softmax:dtype", lambda m, x: m.softmax(x, 0, dtype=m.float64), np.array([1, 2, 4])),
    case("mse_loss", lambda m, x, y: F(m).mse_loss(x, y), (2, 3), (2, 3)),
    case("mse_loss:sum", lambda m, x, y: F(m).mse_loss(x, y, reduction="sum"), (2, 3), (2, 3)),
    case("mse_loss:none", lambda m, x, y: F(m).mse_loss(x, y, reduction="none"), (2, 3), (2, 3)),
    case("mse_loss:weight", lambda m, x, y, w: F(m).mse_loss(x, y, weight=w), (3,), (3,), (3,), low=0.5, grad=(0, 1)),
    case("cross_entropy", lambda m, x, t: F(m).cross_entropy(x, t), (4, 3), CLASSES),
    case("cross_entropy:sum", lambda m, x, t: F(m).cross_entropy(x, t, reduction="sum"), (4, 3), CLASSES),
    case("cross_entropy:none", lambda m, x, t: F(m).cross_entropy(x, t, reduction="none"), (4, 3), CLASSES),
    case("cross_entropy:ignore_index", lambda m, x, t: F(m).cross_entropy(x, t, ignore_index=2), (4, 3), CLASSES),
    case("cross_entropy:weight", lambda m, x, t, w: F(m).cross_entropy(x, t, w), (4, 3), CLASSES, WEIGHT, grad=(0,)),
    case(
        "cross_entropy:weight and ignore_index",
        lambda m, x, t, w: F(m).cross_entropy(x, t, weight=w, ignore_index=0, label_smoothing=0.1),
        (4, 3),
        CLASSES,
        WEIGHT,
        grad=(0,),
    ),
    case("cross_entropy:smoothed", lambda m, x, t: F(m).cross_entropy(x, t, label_smoothing=0.2), (4, 3), CLASSES),
    case("cross_entropy:pixels", lambda m, x, t: F(m).cross_entropy(x, t), (2, 3, 2, 2), PIXELS),
    case("cross_entropy:one sample", lambda m, x, t: F(m).cross_entropy(x, t), (3,), np.array(1)),
    case("cross_entropy:shares", lambda m, x, t: F(m).cross_entropy(x, t), (2, 3), SHARES),
    case(
        "cross_entropy:shares, weighted and smoothed",
        lambda m, x, t, w: F(m).cross_entropy(x, t, weight=w, label_smoothing=0.1),
        (2, 3),
        SHARES,
        WEIGHT,
        grad=(0, 1),
    ),
    case("cross_entropy:far apart", lambda m, x, t: F(m).cross_entropy(x, t), (4, 3), CLASSES, low=-500, high=500),
    case("cross_entropy:bytes", lambda m, x, t: F(m).cross_entropy(x, t), (4, 3), CLASSES.astype(np.uint8)),
    case("cross_entropy:one target", lambda m, x, t: F(m).cross_entropy(x, t, reduction="none"), (3,), np.array(2)),
    case("cross_entropy:empty batch", lambda m, x, t: F(m).cross_entropy(x, t, reduction="none"), (0, 3), CLASSES[:0]),
    case("cross_entropy:mean of nothing", lambda m, x, t: F(m).cross_entropy(x, t), (0, 3), CLASSES[:0], order=0),
    *(
        case(
            f"cross_entropy:holes in {where}, {reduction}, smoothed by {smoothing}",
            lambda m, x, t, reduction=reduction, smoothing=smoothing: F(m).cross_entropy(
                x, t, reduction=reduction, label_smoothing=smoothing, ignore_index=255
            ),
            shape,
            target,
            order=0 if target is VOID and reduction == "mean" else 2,  # NaN
        )
        for where, shape, target in HOLED
        for reduction in ("mean", "sum", "none")
        for smoothing in (0.0, 0.2)
    ),
    *(
        case(
            f"cross_entropy:holes in {where}, {reduction}, weighted",
            lambda m, x, t, w, reduction=reduction: F(m).cross_entropy(
                x, t, weight=w, reduction=reduction, ignore_index=255, label_smoothing=0.1
            ),
            shape,
            target,
            WEIGHT,
            grad=(0,),
            order=0 if target is VOID and reduction == "mean" else 2,
        )
        for where, shape, target in HOLED
        for reduction in ("mean", "sum", "none")
    ),
]  # fmt: skip
