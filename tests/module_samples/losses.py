"""Losses."""

import math

import numpy as np

from ..module_cases import module_case

REDUCTIONS = ("mean", "sum", "none")
CLASSES = np.array([2, 0, 1, 2])
HOLED = np.array([2, -100, 1, -100])
PIXELS = np.array([[[1, 0], [2, 2]], [[0, -100], [1, 0]]])
LABELS = np.array([[1.0, 0, 1], [0, 0, 1], [1, 1, 1], [0, 1, 0]])
SIGNS = 2 * LABELS - 1
ONE_SIGN = np.array([1.0, -1, -1, 1])
FEW = np.array([[2, -1, 0], [0, 1, -1], [-1, 2, 2], [1, 0, 2]])
TEXT = np.array([[1, 2, 2], [3, 1, 0]])


def each(name, build, *inputs, reductions=REDUCTIONS, **options):
    """A case for each reduction; `build(nn, reduction)`."""
    return [
        module_case(f"{name}{'' if ':' in name else ':'} {r}", lambda nn, r=r: build(nn, r), *inputs, **options)
        for r in reductions
    ]


def weight(nn, *values):
    """A weight tensor of the package."""
    import autograd

    if nn.__name__ == "nn":
        return autograd.tensor(values)
    import torch

    return torch.tensor(values)


def log_softmax(loss, scores, *others):
    return loss(scores.log_softmax(min(scores.dim() - 1, 1)), *others)


def ctc(*lengths):
    return lambda loss, scores, targets: loss(scores.log_softmax(-1), targets, *lengths)


def manhattan(a, b):
    return (a - b).abs().sum(-1)


CASES = [
    *each("L1Loss", lambda nn, r: nn.L1Loss(reduction=r), (4, 3), (4, 3)),
    *each("MSELoss", lambda nn, r: nn.MSELoss(reduction=r), (4, 3), (4, 3)),
    *each("SmoothL1Loss", lambda nn, r: nn.SmoothL1Loss(reduction=r), (4, 3), (4, 3)),
    module_case("SmoothL1Loss:beta", lambda nn: nn.SmoothL1Loss(beta=0.5), (4, 3), (4, 3)),
    module_case("SmoothL1Loss:beta 0", lambda nn: nn.SmoothL1Loss(beta=0.0), (4, 3), (4, 3)),
    *each("HuberLoss", lambda nn, r: nn.HuberLoss(r), (4, 3), (4, 3)),
    module_case("HuberLoss:delta", lambda nn: nn.HuberLoss(delta=0.5), (4, 3), (4, 3)),
    *each("BCELoss", lambda nn, r: nn.BCELoss(reduction=r), (4, 3), (4, 3), low=0.1, high=0.9),
    module_case(
        "BCELoss:weight", lambda nn: nn.BCELoss(weight(nn, 0.5, 1.0, 2.0)), (4, 3), LABELS, low=0.1, high=0.9,
        fixed=(1,),
    ),
    *each("BCEWithLogitsLoss", lambda nn, r: nn.BCEWithLogitsLoss(reduction=r), (4, 3), LABELS),
    module_case(
        "BCEWithLogitsLoss:weights",
        lambda nn: nn.BCEWithLogitsLoss(weight(nn, 0.5, 1.0, 2.0), pos_weight=weight(nn, 3.0, 0.2, 1.0)),
        (4, 3),
        LABELS,
    ),
    module_case("BCEWithLogitsLoss:large", lambda nn: nn.BCEWithLogitsLoss(), (4, 3), LABELS, low=-90, high=90),
    *each("NLLLoss", lambda nn, r: nn.NLLLoss(reduction=r), (4, 3), HOLED, call=log_softmax),
    *each(
        "NLLLoss:weight", lambda nn, r: nn.NLLLoss(weight(nn, 0.5, 1.0, 2.0), reduction=r), (4, 3), HOLED,
        call=log_softmax,
    ),
    *each("NLLLoss:pixels", lambda nn, r: nn.NLLLoss(reduction=r), (2, 3, 2, 2), PIXELS, call=log_softmax),
    module_case("NLLLoss:one row", lambda nn: nn.NLLLoss(), (3,), np.array(1), call=log_softmax),
    module_case("NLLLoss:ignore_index", lambda nn: nn.NLLLoss(ignore_index=2), (4, 3), CLASSES, call=log_softmax),
    *each("CrossEntropyLoss", lambda nn, r: nn.CrossEntropyLoss(reduction=r), (4, 3), HOLED),
    module_case(
        "CrossEntropyLoss:all",
        lambda nn: nn.CrossEntropyLoss(weight(nn, 0.5, 1.0, 2.0), ignore_index=0, label_smoothing=0.1),
        (4, 3),
        CLASSES,
    ),
    module_case("CrossEntropyLoss:probabilities", lambda nn: nn.CrossEntropyLoss(), (4, 3), (4, 3), low=0.1, high=0.9),
    *each(
        "LinearCrossEntropyLoss",
        lambda nn, r: nn.LinearCrossEntropyLoss(5, 3, bias=True, reduction=r, ignore_index=1),
        (4, 5),
        CLASSES,
    ),
    module_case("LinearCrossEntropyLoss:one row", lambda nn: nn.LinearCrossEntropyLoss(5, 3), (5,), np.array(1)),
    module_case(
        "LinearCrossEntropyLoss:places",
        lambda nn: nn.LinearCrossEntropyLoss(
            5, 3, out_features=(2, 2), bias=True, weight=weight(nn, 0.5, 1.0, 2.0), label_smoothing=0.1
        ),
        (2, 5),
        PIXELS,
    ),
    module_case(
        "AdaptiveLogSoftmaxWithLoss",
        lambda nn: nn.AdaptiveLogSoftmaxWithLoss(8, 12, [4, 7], div_value=2.0),
        (5, 8),
        np.array([3, 11, 0, 5, 10]),
    ),
    module_case(
        "AdaptiveLogSoftmaxWithLoss:one row",
        lambda nn: nn.AdaptiveLogSoftmaxWithLoss(8, 12, [4], head_bias=True),
        (8,),
        np.array(7),
    ),
    module_case(
        "AdaptiveLogSoftmaxWithLoss:log_prob and predict",
        lambda nn: nn.AdaptiveLogSoftmaxWithLoss(8, 12, (4, 7, 9), div_value=1.5),
        (5, 8),
        call=lambda adaptive, x: (adaptive.log_prob(x), adaptive.predict(x)),
    ),
    *each("KLDivLoss", lambda nn, r: nn.KLDivLoss(reduction=r), (4, 3), (4, 3), low=0.1, high=0.9,
          reductions=("sum", "none", "batchmean")),
    module_case("KLDivLoss:log_target", lambda nn: nn.KLDivLoss(reduction="sum", log_target=True), (4, 3), (4, 3)),
    *each("PoissonNLLLoss", lambda nn, r: nn.PoissonNLLLoss(reduction=r), (4, 3), (4, 3), low=0.5, high=3),
    module_case("PoissonNLLLoss:full", lambda nn: nn.PoissonNLLLoss(full=True), (4, 3), (4, 3), low=0.5, high=3),
    module_case("PoissonNLLLoss:rate", lambda nn: nn.PoissonNLLLoss(False, eps=1e-4), (4, 3), (4, 3), low=0.5, high=3),
    *each(
        "GaussianNLLLoss", lambda nn, r: nn.GaussianNLLLoss(reduction=r), (4, 3), (4, 3), (4, 3), low=0.5, high=3
    ),
    module_case("GaussianNLLLoss:full", lambda nn: nn.GaussianNLLLoss(full=True), (4, 3), (4, 3), (4,), low=0.5),
    module_case("GaussianNLLLoss:one variance each", lambda nn: nn.GaussianNLLLoss(), (4, 3), (4, 3), (4, 1), low=0.5),
    module_case(
        "GaussianNLLLoss:number", lambda nn: nn.GaussianNLLLoss(), (4, 3), (4, 3),
        call=lambda loss, x, y: loss(x, y, 0.5)
    ),
    *each("HingeEmbeddingLoss", lambda nn, r: nn.HingeEmbeddingLoss(reduction=r), (4, 3), SIGNS, fixed=(1,)),
    module_case("HingeEmbeddingLoss:margin", lambda nn: nn.HingeEmbeddingLoss(0.3), (4, 3), SIGNS, fixed=(1,)),
    *each("SoftMarginLoss", lambda nn, r: nn.SoftMarginLoss(reduction=r), (4, 3), SIGNS, fixed=(1,)),
    *each("MultiLabelSoftMarginLoss", lambda nn, r: nn.MultiLabelSoftMarginLoss(reduction=r), (4, 3), LABELS),
    module_case(
        "MultiLabelSoftMarginLoss:weight", lambda nn: nn.MultiLabelSoftMarginLoss(weight(nn, 0.5, 1.0, 2.0)), (3,), (3,)
    ),
    *each("MultiMarginLoss", lambda nn, r: nn.MultiMarginLoss(reduction=r), (4, 3), CLASSES),
    module_case("MultiMarginLoss:p", lambda nn: nn.MultiMarginLoss(2, 0.7), (4, 3), CLASSES),
    module_case(
        "MultiMarginLoss:weight",
        lambda nn: nn.MultiMarginLoss(weight=weight(nn, 0.5, 1.0, 2.0).double()).double(),
        (4, 3),
        CLASSES,
    ),
    module_case("MultiMarginLoss:one row", lambda nn: nn.MultiMarginLoss(reduction="none"), (3,), np.array(1)),
    *each("MultiLabelMarginLoss", lambda nn, r: nn.MultiLabelMarginLoss(reduction=r), (4, 3), FEW),
    module_case("MultiLabelMarginLoss:one row", lambda nn: nn.MultiLabelMarginLoss(), (3,), FEW[1]),
    module_case("MultiLabelMarginLoss:no labels", lambda nn: nn.MultiLabelMarginLoss(), (3,), FEW[2]),
    *each("MarginRankingLoss", lambda nn, r: nn.MarginRankingLoss(reduction=r), (4, 3), (4, 3), SIGNS, fixed=(2,)),
    module_case("MarginRankingLoss:margin", lambda nn: nn.MarginRankingLoss(0.5), (4,), (4,), ONE_SIGN, fixed=(2,)),
    *each(
        "CosineEmbeddingLoss", lambda nn, r: nn.CosineEmbeddingLoss(reduction=r), (4, 3), (4, 3), ONE_SIGN, fixed=(2,)
    ),
    module_case("CosineEmbeddingLoss:margin", lambda nn: nn.CosineEmbeddingLoss(-0.9), (4, 3), (4, 3), -ONE_SIGN,
                fixed=(2,)),
    module_case("CosineEmbeddingLoss:one pair", lambda nn: nn.CosineEmbeddingLoss(-0.9), (3,), (3,), np.array(-1)),
    *each("TripletMarginLoss", lambda nn, r: nn.TripletMarginLoss(reduction=r), (4, 3), (4, 3), (4, 3)),
    module_case("TripletMarginLoss:swap", lambda nn: nn.TripletMarginLoss(2.0, swap=True), (4, 3), (4, 3), (4, 3)),
    module_case("TripletMarginLoss:p", lambda nn: nn.TripletMarginLoss(4.0, p=3, eps=0.01), (3,), (3,), (3,)),
    *each(
        "TripletMarginWithDistanceLoss",
        lambda nn, r: nn.TripletMarginWithDistanceLoss(reduction=r, margin=2.0),
        (4, 3),
        (4, 3),
        (4, 3),
    ),
    module_case(
        "TripletMarginWithDistanceLoss:function",
        lambda nn: nn.TripletMarginWithDistanceLoss(distance_function=manhattan, margin=3.0, swap=True),
        (4, 3),
        (4, 3),
        (4, 3),
    ),
    *each("CTCLoss", lambda nn, r: nn.CTCLoss(reduction=r), (6, 2, 4), TEXT, call=ctc((6, 5), (3, 2))),
    module_case("CTCLoss:one row", lambda nn: nn.CTCLoss(), (6, 4), TEXT[0], call=ctc((6,), (3,))),
    module_case("CTCLoss:blank", lambda nn: nn.CTCLoss(3), (6, 2, 4), TEXT % 3, call=ctc((5, 6), (2, 3))),
    module_case("CTCLoss:concatenated", lambda nn: nn.CTCLoss(), (6, 2, 4), TEXT[1] * 0 + 1, call=ctc((6, 4), (1, 2))),
    module_case(
        "CTCLoss:impossible", lambda nn: nn.CTCLoss(zero_infinity=True), (3, 2, 4), TEXT, call=ctc((3, 2), (3, 2))
    ),
    *each("FocalLoss", lambda nn, r: nn.FocalLoss(reduction=r), (2, 3, 2, 2), PIXELS, torch=False),
    module_case("FocalLoss:labels", lambda nn: nn.FocalLoss(0.4, 1.5), (4, 3), LABELS, fixed=(1,), torch=False),
    module_case(
        "FocalLoss:alpha", lambda nn: nn.FocalLoss(weight(nn, 0.5, 1.0, 2.0), 0.5), (4, 3), HOLED, torch=False
    ),
    *each("DiceLoss", lambda nn, r: nn.DiceLoss(reduction=r), (2, 3, 2, 2), PIXELS, torch=False),
    module_case("DiceLoss:labels", lambda nn: nn.DiceLoss(0.1), (2, 2, 3), LABELS.reshape(2, 2, 3), torch=False),
    module_case("CosineSimilarity", lambda nn: nn.CosineSimilarity(), (4, 3), (4, 3)),
    module_case("CosineSimilarity:dim", lambda nn: nn.CosineSimilarity(0), (4, 3), (3,)),
    # A vector counts as that long at least, which is no part of the derivative.
    module_case("CosineSimilarity:eps", lambda nn: nn.CosineSimilarity(eps=2.5), (4, 3), (4, 3), order=1,
                differences=False),
    module_case("PairwiseDistance", lambda nn: nn.PairwiseDistance(), (4, 3), (4, 3)),
    module_case("PairwiseDistance:options", lambda nn: nn.PairwiseDistance(3, 0.1, True), (4, 3), (3,)),
    module_case("PairwiseDistance:largest", lambda nn: nn.PairwiseDistance(math.inf), (4, 3), (4, 3)),
]  # fmt: skip
