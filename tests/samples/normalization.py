"""Cases of normalization."""

import numpy as np

from ..cases import case
from ..cases import functional as F

MEAN, VAR = np.array([0.3, -0.2, 1.0]), np.array([0.5, 1.5, 1.0])
FAR = np.linspace(-1, 1, 18).reshape(3, 3, 2) ** 3 + 40


def own(m, x, w=None, b=None):
    return m.batch_norm(x, w, b, None, None, True, 0.1, 1e-5, False)


def each(m, x, w=None, b=None):
    return m.instance_norm(x, w, b, None, None, True, 0.1, 1e-5, False)


def constant(m, x, w=None, b=None, mean=None, var=None):
    return m.batch_norm(x, w, b, mean, var, False, 0.1, 1e-5, False)


CASES = [
    case("batch_norm", own, (4, 3, 2), (3,), (3,)),
    case("batch_norm:rows", own, (5, 3), (3,)),
    case("batch_norm:images", own, (2, 3, 2, 2), (3,)),
    case("batch_norm:volumes", own, (2, 2, 1, 2, 2)),
    case("batch_norm:long", own, (2, 2, 70), (2,)),
    case("batch_norm:far from zero", own, FAR, (3,), tolerance=1e3, single=False),
    case("batch_norm:empty batch", own, (0, 3, 2), (3,), (3,)),
    case("batch_norm:evaluation", constant, (4, 3, 2), (3,), (3,), MEAN, VAR, grad=(0, 1, 2)),
    case(
        "batch_norm:running", lambda m, x, mean, var: running(m, "batch", x, mean, var), (4, 3, 2), MEAN, VAR, order=0
    ),
    case("batch_norm:functional", lambda m, x, w: F(m).batch_norm(x, None, None, w, training=True), (4, 3), (3,)),
    case("instance_norm", each, (2, 3, 4), (3,), (3,)),
    case("instance_norm:images", each, (2, 3, 2, 2)),
    case(
        "instance_norm:running",
        lambda m, x, mean, var: running(m, "instance", x, mean, var),
        (4, 3, 2),
        MEAN,
        VAR,
        order=0,
    ),
    case(
        "instance_norm:functional",
        lambda m, x, mean, var, w: F(m).instance_norm(x, mean, var, w, use_input_stats=False),
        (2, 3, 4),
        MEAN,
        VAR,
        (3,),
        grad=(0, 3),
    ),
    case("group_norm", lambda m, x, w, b: m.group_norm(x, 2, w, b), (2, 4, 3), (4,), (4,)),
    case("group_norm:no parameters", lambda m, x: m.group_norm(x, 1, eps=0.1), (2, 4)),
    case("group_norm:images", lambda m, x, w: F(m).group_norm(x, 2, w), (2, 4, 2, 2), (4,)),
    case("group_norm:empty batch", lambda m, x, w: m.group_norm(x, 2, w), (0, 4, 2), (4,)),
    case("layer_norm", lambda m, x, w, b: m.layer_norm(x, (4,), w, b), (2, 3, 4), (4,), (4,)),
    case("layer_norm:two dimensions", lambda m, x, w: m.layer_norm(x, [3, 4], w), (2, 3, 4), (3, 4)),
    case("layer_norm:no parameters", lambda m, x: F(m).layer_norm(x, (4,), eps=0.1), (3, 4)),
    case("layer_norm:bias only", lambda m, x, b: F(m).layer_norm(x, (4,), None, b), (3, 4), (4,)),
    case("layer_norm:long", lambda m, x, w: m.layer_norm(x, (70,), w), (2, 70), (70,)),
    case(
        "layer_norm:far from zero",
        lambda m, x, w: m.layer_norm(x, (6,), w),
        FAR.reshape(3, 6),
        (6,),
        tolerance=1e3,
        single=False,
    ),
    case("layer_norm:empty", lambda m, x, w, b: m.layer_norm(x, (3,), w, b), (0, 3), (3,), (3,)),
    case("rms_norm", lambda m, x, w: m.rms_norm(x, (4,), w), (2, 3, 4), (4,)),
    case("rms_norm:two dimensions", lambda m, x, w: m.rms_norm(x, (3, 4), w, 0.1), (2, 3, 4), (3, 4)),
    case("rms_norm:no parameters", lambda m, x: F(m).rms_norm(x, (4,)), (3, 4)),
    case("local_response_norm", lambda m, x: F(m).local_response_norm(x, 2, 0.5), (2, 4, 3)),
    case("local_response_norm:images", lambda m, x: F(m).local_response_norm(x, 3, 0.5, 0.5, 2.0), (1, 4, 2, 2)),
    case("local_response_norm:wide", lambda m, x: F(m).local_response_norm(x, 5), (1, 2, 2)),
    case("normalize", lambda m, x: F(m).normalize(x), (2, 3)),
    case("normalize:p", lambda m, x: F(m).normalize(x, p=3, dim=0), (2, 3)),
    case("normalize:dims", lambda m, x: F(m).normalize(x, dim=(0, 2), eps=0.5), (2, 3, 2)),
    case("normalize:short", lambda m, x: F(m).normalize(x, eps=9.0), (2, 3)),
]


def running(m, kind, x, mean, var):
    """The running statistics after a batch."""
    mean, var = mean.clone(), var.clone()
    out = getattr(m, f"{kind}_norm")(x, None, None, mean, var, True, 0.3, 1e-5, False)
    return out, mean, var
