"""Losses that compare scores of classes with a class, or with the probabilities of the classes."""

from __future__ import annotations

import math
from typing import Any

from autograd import Tensor

from .. import functional as F
from .linear import Linear
from .loss import _WeightedLoss


class CrossEntropyLoss(_WeightedLoss):
    """The cross entropy between logits and a target, either class indices or class probabilities.

    Logits (C), (N, C) or (N, C, d1, ...); indices (), (N) or (N, d1, ...), probabilities of the logits' shape.
    `weight` (C) scales the classes; targets equal to `ignore_index` count for nothing; `label_smoothing` mixes the
    target with the uniform distribution (Szegedy et al., arXiv 1512.00567). Where every target is ignored, the mean is
    NaN and the gradient zero.

    >>> import autograd, nn
    >>> nn.CrossEntropyLoss()(autograd.zeros(1, 2), autograd.tensor([1]))
    tensor(0.6931)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class LinearCrossEntropyLoss(_WeightedLoss):
    """The `CrossEntropyLoss` of a `Linear` map's logits; the map is the submodule `linear`.

    input: (N, in_features) or (in_features); with `out_features` (d1, ...) the logits are (N, num_classes, d1, ...).
    `options`, which in PyTorch part the work into chunks that take less memory, are not used.

    >>> import autograd, nn
    >>> loss = nn.LinearCrossEntropyLoss(3, 2, bias=True)
    >>> [name for name, _ in loss.named_parameters()]
    ['linear.weight', 'linear.bias']
    """

    linear: Linear

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: Any = None,
    ) -> None:
        if weight is not None and weight.shape != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__(weight, reduction=reduction)
        self.num_classes, self.out_features = num_classes, out_features
        self.ignore_index, self.label_smoothing, self.options = ignore_index, label_smoothing, options
        outputs = math.prod(out_features, start=num_classes)
        self.linear = Linear(in_features, outputs, bias=bias, device=device, dtype=dtype)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        shape = (self.num_classes, *self.out_features)
        bias = self.linear.bias
        return F.linear_cross_entropy(
            input,
            self.linear.weight.reshape(*shape, self.linear.in_features),
            target,
            linear_bias=None if bias is None else bias.reshape(shape),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            options=self.options,
        )

    def extra_repr(self) -> str:
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, out_features={self.out_features}, "
            f"bias={self.linear.bias is not None}, reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options={self.options}"
        )


class NLLLoss(_WeightedLoss):
    """Minus the log-probability of the target's class: cross entropy of what `LogSoftmax` gives.

    Log-probabilities (C), (N, C) or (N, C, d1, ...), class indices (), (N) or (N, d1, ...); see `CrossEntropyLoss`.

    >>> import autograd, nn
    >>> nn.NLLLoss()(autograd.tensor([[-0.5, -0.9]]), autograd.tensor([1]))
    tensor(0.9000)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.nll_loss(input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction)
