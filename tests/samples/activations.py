"""Cases of activation functions, dropout without chance, and bilinear maps."""

import numpy as np

from ..cases import case
from ..cases import functional as F


def unary(name, function, low=-5.0, high=5.0, **options):
    return case(name, function, (3, 4), low=low, high=high, elementwise=True, **options)


CASES = [
    unary("relu:functional", lambda m, x: F(m).relu(x)),
    unary("relu6", lambda m, x: F(m).relu6(x), high=9),
    unary("elu", lambda m, x: F(m).elu(x)),
    unary("elu:alpha", lambda m, x: F(m).elu(x, alpha=-0.5)),
    unary("celu", lambda m, x: m.celu(x)),
    unary("celu:alpha", lambda m, x: F(m).celu(x, 2.0)),
    unary("celu:negative alpha", lambda m, x: F(m).celu(x, -2.0)),
    unary("selu", lambda m, x: m.selu(x)),
    unary("selu:functional", lambda m, x: F(m).selu(x)),
    unary("silu", lambda m, x: F(m).silu(x)),
    case(
        "silu:complex",  # PyTorch has no derivative of it
        lambda m, x: F(m).silu(x),
        np.array([1 + 2j, -0.5j, -2 + 0.3j]),
        torch=False,
        reference=lambda x: x / (1 + np.exp(-x)),
    ),
    unary("mish", lambda m, x: F(m).mish(x), tolerance=10),
    unary("mish:large", lambda m, x: F(m).mish(x), low=-40, high=40, tolerance=10, order=1),
    unary("gelu", lambda m, x: F(m).gelu(x), tolerance=10),
    unary("gelu:tanh", lambda m, x: F(m).gelu(x, approximate="tanh"), tolerance=10),
    unary("hardtanh", lambda m, x: F(m).hardtanh(x)),
    unary("hardtanh:bounds", lambda m, x: F(m).hardtanh(x, -0.5, 3.5)),
    # PyTorch's derivative is 1/6 as float32 has it, 1e-8 off.
    unary("hardsigmoid", lambda m, x: F(m).hardsigmoid(x), torch=False, reference=lambda x: np.clip(x / 6 + 0.5, 0, 1)),
    unary("hardswish", lambda m, x: F(m).hardswish(x)),
    unary("hardshrink", lambda m, x: m.hardshrink(x)),
    unary("hardshrink:method", lambda m, x: x.hardshrink(2.0)),
    unary("softshrink", lambda m, x: F(m).softshrink(x, 1.5)),
    unary("leaky_relu", lambda m, x: F(m).leaky_relu(x)),
    unary("leaky_relu:negative", lambda m, x: F(m).leaky_relu(x, -0.5)),
    unary("rrelu", lambda m, x: m.rrelu(x)),
    unary("rrelu:fixed", lambda m, x: F(m).rrelu(x, 0.3, 0.3, training=True)),
    unary("threshold", lambda m, x: m.threshold(x, 1.5, -2.0)),
    unary("threshold:functional", lambda m, x: F(m).threshold(x, 1.5, -2.0)),
    case("threshold:integers", lambda m, x: F(m).threshold(x, 1.5, 20.5), np.array([0, 1, 2, 7])),
    case("hardtanh:integers", lambda m, x: F(m).hardtanh(x, 0.5, 2.5), np.array([0, 1, 2, 7])),
    unary("softplus", lambda m, x: F(m).softplus(x)),
    unary("softplus:beta", lambda m, x: F(m).softplus(x, beta=2, threshold=3)),
    case("softplus:large", lambda m, x: F(m).softplus(x), (2, 3), low=-90, high=90),
    unary("logsigmoid", lambda m, x: F(m).logsigmoid(x)),
    case("logsigmoid:large", lambda m, x: F(m).logsigmoid(x), (2, 3), low=-90, high=90),
    unary("softsign", lambda m, x: F(m).softsign(x)),
    unary("tanhshrink", lambda m, x: F(m).tanhshrink(x)),
    case("prelu", lambda m, x, w: m.prelu(x, w), (2, 3, 2), (3,)),
    case("prelu:one", lambda m, x, w: x.prelu(w), (2, 3), (1,)),
    case("prelu:0-d", lambda m, x, w: F(m).prelu(x, w), (), (1,)),
    case("prelu:one channel", lambda m, x, w: F(m).prelu(x, w), (3,), (1,)),
    case("glu", lambda m, x: F(m).glu(x), (3, 4)),
    case("glu:dim", lambda m, x: F(m).glu(x, 1), (2, 6, 2)),
    case("glu:empty", lambda m, x: F(m).glu(x, 0), (0, 2)),
    case("softmin", lambda m, x: F(m).softmin(x, 1), (2, 3)),
    case("softmin:dtype", lambda m, x: F(m).softmin(x, 0, dtype=m.float64), np.array([1, 2, 4])),
    case("log_softmax:functional", lambda m, x: F(m).log_softmax(x, dim=-1), (2, 3)),
    case("log_softmax:dtype", lambda m, x: F(m).log_softmax(x, 0, dtype=m.float64), np.array([1, 2, 4])),
    case("dropout:off", lambda m, x: F(m).dropout(x, 0.5, training=False), (2, 3)),
    case("dropout:none", lambda m, x: F(m).dropout(x, 0.0), (2, 3)),
    case("dropout:all", lambda m, x: F(m).dropout(x, 1.0), (2, 3)),
    case("dropout1d:all", lambda m, x: F(m).dropout1d(x, 1.0), (2, 3)),
    case("dropout2d:none", lambda m, x: F(m).dropout2d(x, 0.0), (2, 3, 2, 2)),
    case("dropout3d:off", lambda m, x: F(m).dropout3d(x, training=False), (2, 3, 2, 1)),
    case("alpha_dropout:all", lambda m, x: m.alpha_dropout(x, 1.0, True), (2, 3)),
    case("alpha_dropout:off", lambda m, x: F(m).alpha_dropout(x), (2, 3)),
    case("feature_alpha_dropout:all", lambda m, x: m.feature_alpha_dropout(x, 1.0, True), (2, 3, 2)),
    case("feature_dropout:all", lambda m, x: m.feature_dropout(x, 1.0, True), (2, 3, 2)),
    case("bilinear", lambda m, x, y, w, b: m.bilinear(x, y, w, b), (2, 3), (2, 4), (2, 3, 4), (2,)),
    case("bilinear:no bias", lambda m, x, y, w: F(m).bilinear(x, y, w), (2, 2, 3), (2, 2, 4), (2, 3, 4)),
    case("bilinear:vectors", lambda m, x, y, w: F(m).bilinear(x, y, w), (3,), (4,), (2, 3, 4)),
    case("bilinear:empty batch", lambda m, x, y, w: F(m).bilinear(x, y, w), (0, 3), (0, 4), (2, 3, 4)),
]
