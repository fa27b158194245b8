"""A softmax over very many classes that spends its time on the frequent ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import autograd
from autograd import Tensor, log_softmax

from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module


class AdaptiveLogSoftmaxOutput(NamedTuple):
    """What `AdaptiveLogSoftmaxWithLoss` returns: the targets' log-probabilities, and minus their mean."""

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-probabilities of classes that are sorted by how frequent they are, and their loss.

    Grave et al., "Efficient softmax approximation for GPUs", arXiv 1609.04309. `cutoffs` part the classes into the
    frequent ones, which the `head` scores, and clusters, of which the head scores each as one, and whose members share
    its probability by a projection to in_features / div_value^i features. Only clusters that a target is in are
    computed. input: (N, in_features) or (in_features), target: (N) or ().

    >>> import autograd, nn
    >>> adaptive, x = nn.AdaptiveLogSoftmaxWithLoss(16, 20, cutoffs=[5, 10]), autograd.ones(3, 16)
    >>> adaptive(x, autograd.tensor([0, 7, 19])).output.shape, adaptive.log_prob(x).shape
    (torch.Size([3]), torch.Size([3, 20]))
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (
            any(int(c) != c for c in cutoffs)
            or any(a >= b for a, b in pairwise(cutoffs))
            or not 0 < cutoffs[0] <= cutoffs[-1] < n_classes
        ):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                f"value is between 1 and n_classes-1, {n_classes - 1}, not {cutoffs}"
            )
        self.in_features, self.n_classes, self.div_value, self.head_bias = in_features, n_classes, div_value, head_bias
        self.cutoffs = [*cutoffs, n_classes]
        self.shortlist_size = cutoffs[0]
        self.n_clusters = len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, device=device, dtype=dtype)
        self.tail = ModuleList()
        for i, (low, high) in enumerate(pairwise(self.cutoffs)):
            features = int(in_features // div_value ** (i + 1))
            self.tail.append(
                Sequential(
                    Linear(in_features, features, bias=False, device=device, dtype=dtype),
                    Linear(features, high - low, bias=False, device=device, dtype=dtype),
                )
            )

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> AdaptiveLogSoftmaxOutput:
        rank = target_.dim()
        if rank > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if input_.dim() != rank + 1:
            raise RuntimeError(
                f"{rank}D target tensor expects {rank + 1}D input tensors, but found inputs with size {input_.size()}"
            )
        if rank and input_.shape[0] != target_.shape[0]:
            raise RuntimeError(
                "Input and target should have the same size in the batch dimension, not "
                f"{input_.shape[0]} and {target_.shape[0]}."
            )
        input, target = (input_, target_) if rank else (input_.unsqueeze(0), target_.unsqueeze(0))
        if not ((target >= 0) & (target < self.n_classes)).all():
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{target.min().item()}, {target.max().item()}] were found."
            )
        in_head = target
        for i, (low, high) in enumerate(pairwise(self.cutoffs)):
            in_head = autograd.where((target >= low) & (target < high), self.shortlist_size + i, in_head)
        output = log_softmax(self.head(input), 1).gather(1, in_head.unsqueeze(1)).squeeze(1)
        for i, low in enumerate(self.cutoffs[:-1]):
            rows = (in_head == self.shortlist_size + i).nonzero().squeeze(1)
            if len(rows):
                members = (target[rows] - low).unsqueeze(1)
                shares = log_softmax(self.tail[i](input[rows]), 1).gather(1, members).squeeze(1)
                output = output.index_add(0, rows, shares)
        return AdaptiveLogSoftmaxOutput(output if rank else output.squeeze(0), -output.mean())

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities (N, n_classes) of all classes, for an input (N, in_features)."""
        head = log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i, cluster in enumerate(self.tail):
            parts.append(log_softmax(cluster(input), 1) + head[:, self.shortlist_size + i, None])
        return autograd.cat(parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class (N) of each input (N, in_features): `log_prob(input).argmax(1)`, but where the head
        finds a frequent class, the clusters are not computed."""
        best = self.head(input).argmax(1)
        rest = (best >= self.shortlist_size).nonzero().squeeze(1)
        return best.index_copy(0, rest, self.log_prob(input[rest]).argmax(1)) if len(rest) else best
