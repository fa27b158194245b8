"""Cases of the losses that have ops of their own, of distances, and of losses that no module stands for."""

import math

import numpy as np

from ..cases import case
from ..cases import functional as F

TEXT = np.array([[1, 2, 2], [3, 1, 0]])
FITTING, SHORT = (6, 5), (3, 2)
REDUCTIONS = ("mean", "sum", "none")
WEIGHT = np.array([0.5, 2.0, 1.5])
CLASSES = np.array([2, 0, -100, 2])


def ctc(m, x, targets, inputs, lengths, **options):
    return F(m).ctc_loss(x.log_softmax(-1), targets, inputs, lengths, **options)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def focal(x, y, alpha=0.25, gamma=2.0):
    """The focal loss, as its paper writes it."""
    p = np.where(y == 1, logistic(x), 1 - logistic(x))
    return -np.where(y == 1, alpha, 1 - alpha) * (1 - p) ** gamma * np.log(p)


def class_focal(x, y, weight=(1, 1, 1), gamma=2.0):
    """The same of softmax probabilities, in rows whose class is not -100."""
    x, y = x[y >= 0], y[y >= 0]
    p = (np.exp(x) / np.exp(x).sum(1, keepdims=True))[np.arange(len(y)), y]
    return np.mean(-np.asarray(weight)[y] * (1 - p) ** gamma * np.log(p))


def dice(p, q, smooth=1.0):
    """1 - Dice of each sample and class, of probabilities and targets (N, C, places)."""
    return 1 - (2 * (p * q).sum(2) + smooth) / ((p * p).sum(2) + (q * q).sum(2) + smooth)


LABELS = np.array([[1.0, 0, 1], [0, 0, 1]])
PLACES = np.array([[0, 2, 1, -100], [1, 1, 1, -100]])


def class_dice(x, y):
    p = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    q = np.stack([y == c for c in range(3)], 1)
    kept = (y != -100)[:, None]
    return dice(p * kept, q * kept).mean()


CASES = [
    *(
        case(f"{name}:{r}", lambda m, x, y, name=name, r=r: getattr(F(m), name)(x, y, reduction=r), (4, 3), (4, 3))
        for name in ("huber_loss", "smooth_l1_loss", "l1_loss")
        for r in REDUCTIONS
    ),
    case("huber_loss:delta", lambda m, x, y: F(m).huber_loss(x, y, delta=0.4), (4, 3), (4, 3)),
    case("huber_loss:weight", lambda m, x, y, w: F(m).huber_loss(x, y, weight=w), (4, 3), (4, 3), (4, 3)),
    case("smooth_l1_loss:beta", lambda m, x, y: F(m).smooth_l1_loss(x, y, beta=0.4), (4, 3), (4, 3)),
    case("l1_loss:weight", lambda m, x, y, w: F(m).l1_loss(x, y, weight=w), (4, 3), (4, 3), (4, 3), low=0.5),
    *(
        case(
            f"binary_cross_entropy:{r}",
            lambda m, x, y, r=r: F(m).binary_cross_entropy(x, y, reduction=r),
            (4, 3),
            (4, 3),
            low=0.1,
            high=0.9,
        )
        for r in REDUCTIONS
    ),
    case(
        "binary_cross_entropy:weight",
        lambda m, x, y, w: F(m).binary_cross_entropy(x, y, w),
        (4, 3),
        (4, 3),
        (3,),
        low=0.1,
        high=0.9,
        grad=(0, 1),
    ),
    *(
        case(
            f"binary_cross_entropy_with_logits:{r}",
            lambda m, x, y, r=r: F(m).binary_cross_entropy_with_logits(x, y, reduction=r),
            (4, 3),
            (4, 3),
            tolerance=10,
        )
        for r in REDUCTIONS
    ),
    case(
        "binary_cross_entropy_with_logits:weights",
        lambda m, x, y, w, p: F(m).binary_cross_entropy_with_logits(x, y, w, pos_weight=p),
        (4, 3),
        (4, 3),
        (3,),
        (4, 1),
        low=0.1,
        grad=(0, 1),
    ),
    *(
        case(
            f"nll_loss:{r} of {where}{'' if weight is None else ', weighted'}",
            lambda m, x, t, *w, r=r: F(m).nll_loss(x.log_softmax(1), t, *w, reduction=r),
            shape,
            target,
            *(() if weight is None else (weight,)),
            grad=(0,),
        )
        for where, shape, target in (("rows", (4, 3), CLASSES), ("places", (2, 3, 4), PLACES))
        for weight in (None, WEIGHT)
        for r in REDUCTIONS
    ),
    case("nll_loss:one row", lambda m, x, t: F(m).nll_loss(x.log_softmax(0), t, ignore_index=1), (3,), np.array(2)),
    *(
        case(f"ctc_loss:{r}", lambda m, x, t, r=r: ctc(m, x, t, FITTING, (3, 2), reduction=r), (6, 2, 4), TEXT)
        for r in REDUCTIONS
    ),
    case("ctc_loss:one sample", lambda m, x, t: ctc(m, x, t, (6,), (3,)), (6, 4), TEXT[0]),
    case("ctc_loss:blank", lambda m, x, t: ctc(m, x, t, FITTING, (2, 3), blank=3), (6, 2, 4), TEXT % 3),
    case("ctc_loss:no labels", lambda m, x, t: ctc(m, x, t, (4, 0), (0, 0)), (4, 2, 4), TEXT[:, :0]),
    case(
        "ctc_loss:impossible",
        lambda m, x, t: ctc(m, x, t, SHORT, (3, 2), zero_infinity=True, reduction="none"),
        (3, 2, 4),
        TEXT,
    ),
    case("ctc_loss:impossible, infinite", lambda m, x, t: ctc(m, x, t, SHORT, (3, 2)), (3, 2, 4), TEXT, order=0),
    case("pdist", lambda m, x: F(m).pdist(x), (4, 3)),
    case("pdist:p", lambda m, x: m.pdist(x, 3), (4, 3)),
    case("pdist:p=inf", lambda m, x: m.pdist(x, math.inf), (4, 3)),
    case("pdist:one row", lambda m, x: m.pdist(x), (1, 3), order=0),
    case("cosine_similarity", lambda m, x, y: m.cosine_similarity(x, y), (4, 3), (4, 3)),
    case("cosine_similarity:dim", lambda m, x, y: F(m).cosine_similarity(x, y, dim=0, eps=1e-3), (4, 3), (3,)),
    case("pairwise_distance", lambda m, x, y: m.pairwise_distance(x, y), (4, 3), (4, 3)),
    case("pairwise_distance:p", lambda m, x, y: F(m).pairwise_distance(x, y, 1.0, 0.1, True), (4, 3), (3,)),
    case(
        "sigmoid_focal_loss",
        lambda m, x, y: F(m).sigmoid_focal_loss(x, y),
        (2, 3),
        LABELS,
        grad=(0,),
        torch=False,
        reference=focal,
    ),
    case(
        "sigmoid_focal_loss:gamma",
        lambda m, x, y: F(m).sigmoid_focal_loss(x, y, 0.7, 0.5, "mean"),
        (2, 3),
        LABELS,
        grad=(0,),
        torch=False,
        reference=lambda x, y: focal(x, y, 0.7, 0.5).mean(),
    ),
    case(
        "focal_loss",
        lambda m, x, y, w: F(m).focal_loss(x, y, w, 1.5),
        (4, 3),
        CLASSES,
        WEIGHT,
        grad=(0,),
        torch=False,
        reference=lambda x, y, w: class_focal(x, y, w, 1.5),
    ),
    case(
        "focal_loss:labels",
        lambda m, x, y: F(m).focal_loss(x, y),
        (2, 3),
        LABELS,
        grad=(0,),
        torch=False,
        reference=lambda x, y: focal(x, y).mean(),
    ),
    case(
        "dice_loss:labels",
        lambda m, x, y: F(m).dice_loss(x, y, 0.1, reduction="none"),
        (1, 2, 3),
        LABELS[None],
        grad=(0,),
        torch=False,
        reference=lambda x, y: dice(logistic(x), y, 0.1),
    ),
    case(
        "dice_loss",
        lambda m, x, y: F(m).dice_loss(x, y),
        (2, 3, 4),
        PLACES,
        torch=False,
        reference=class_dice,
    ),
    case(
        "l2_penalty",
        lambda m, x, y, z: F(m).l2_penalty([x, y, z], 0.5),
        (2, 3),
        (3,),
        (2, 1),
        torch=False,
        reference=lambda x, y, z: 0.5 * ((x * x).sum() + (z * z).sum()),
    ),
]
