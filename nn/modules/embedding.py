"""Embeddings: tables of vectors that are learned, looked up one by one or by the bag."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor, empty

from .. import functional as F
from .. import init
from ..arguments import integer
from ..functional.embedding import row
from ..parameter import Parameter
from .module import Module, declared

__all__ = ["Embedding", "EmbeddingBag"]


# What is printed where it is something else.
USUAL = {"padding_idx": None, "max_norm": None, "norm_type": 2, "scale_grad_by_freq": False, "mode": None}


class _Table(Module):
    """A table of `num_embeddings` rows and `embedding_dim` columns."""

    _printed: tuple[str, ...]
    weight: Parameter = declared()

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        sparse: bool,
        weight: Tensor | None,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if sparse:
            raise NotImplementedError(
                f"{name}: there are no sparse tensors here, so that sparse=True cannot give a sparse gradient: "
                "sparse=False gives the same numbers in a dense one"
            )
        self.num_embeddings = num_embeddings = integer(name, "num_embeddings", num_embeddings)
        self.embedding_dim = embedding_dim = integer(name, "embedding_dim", embedding_dim)
        self.padding_idx = None if padding_idx is None else row("Padding_idx", padding_idx, num_embeddings)
        self.sparse = sparse
        if weight is None:
            self.weight = Parameter(empty(num_embeddings, embedding_dim, device=device, dtype=dtype))
            self.reset_parameters()
        elif weight.shape != (num_embeddings, embedding_dim):
            raise AssertionError(
                f"Shape of weight does not match num_embeddings and embedding_dim: {list(weight.shape)} is not "
                f"{[num_embeddings, embedding_dim]}"
            )
        else:
            self.weight = Parameter(weight)

    def reset_parameters(self) -> None:
        """Draws the table anew, from the standard normal distribution; the row `padding_idx` is zero."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with autograd.no_grad():
                self.weight[self.padding_idx].fill_(0)

    def extra_repr(self) -> str:
        values = [(name, getattr(self, name)) for name in self._printed]
        unusual = [f"{name}={value!r}" for name, value in values if value != USUAL[name]]
        return ", ".join([str(self.num_embeddings), str(self.embedding_dim), *unusual])

    def _summary(self) -> str:
        return f"{type(self).__name__} {self.num_embeddings}→{self.embedding_dim}"


def check_matrix(embeddings: Tensor) -> tuple[int, int]:
    """The sizes of pretrained embeddings."""
    if embeddings.dim() != 2:
        raise AssertionError(
            f"Embeddings parameter is expected to be 2-dimensional, (rows, columns), but it is {list(embeddings.shape)}"
        )
    return embeddings.shape[0], embeddings.shape[1]


class Embedding(_Table):
    """A vector for each of `num_embeddings` things: indices (*) become (*, embedding_dim).

    `weight` (num_embeddings, embedding_dim) starts from the standard normal distribution; its row `padding_idx` at
    zero, where it stays: it gets no gradient. Rows that are longer (by the `norm_type`-norm) than `max_norm` are scaled
    down to it when looked up, in the weight itself. `scale_grad_by_freq` divides a row's gradient by how often it was
    looked up. `sparse=True` is a `NotImplementedError`: there are no sparse tensors.

    >>> import autograd, nn
    >>> nn.Embedding(10, 3)(autograd.tensor([[1, 2], [4, 1]])).shape
    torch.Size([2, 2, 3])
    """

    _printed = ("padding_idx", "max_norm", "norm_type", "scale_grad_by_freq")

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        super().__init__(num_embeddings, embedding_dim, padding_idx, sparse, _weight, device, dtype)
        if _freeze:
            self.weight.requires_grad_(False)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """A module around the embeddings (rows, columns), which it shares; with `freeze` they do not learn.

        >>> import autograd, nn
        >>> nn.Embedding.from_pretrained(autograd.tensor([[1.0, 2.0], [3.0, 4.0]]))(autograd.tensor(1))
        tensor([3., 4.])
        """
        sizes = check_matrix(embeddings)
        return cls(*sizes, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, embeddings, freeze)

    def forward(self, input: Tensor) -> Tensor:
        return F.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )


class EmbeddingBag(_Table):
    """The sum, mean or maximum of bags of embeddings, as `mode` says: (bags, embedding_dim).

    Takes indices (bags, n), or (N) with the `offsets` at which each bag starts, and `per_sample_weights` of the
    indices' shape for sums. With `include_last_offset` the last offset starts no bag, but ends the last one. Rows at
    `padding_idx` count for nothing. The other arguments are those of `Embedding`.

    >>> import autograd, nn
    >>> table = autograd.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> nn.EmbeddingBag.from_pretrained(table)(autograd.tensor([0, 1, 1]), autograd.tensor([0, 2]))
    tensor([[2., 3.],
            [3., 4.]])
    """

    _printed = ("max_norm", "norm_type", "scale_grad_by_freq", "mode", "padding_idx")

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        self.mode, self.include_last_offset = mode, include_last_offset
        super().__init__(num_embeddings, embedding_dim, padding_idx, sparse, _weight, device, dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """A module around the embeddings (rows, columns), which it shares; with `freeze` they do not learn.

        >>> import autograd, nn
        >>> nn.EmbeddingBag.from_pretrained(autograd.ones(2, 3), mode="sum")(autograd.tensor([[0, 1]]))
        tensor([[2., 2., 2.]])
        """
        sizes = check_matrix(embeddings)
        made = cls(
            *sizes, max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings, include_last_offset, padding_idx
        )
        made.weight.requires_grad_(not freeze)
        return made

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Tensor:
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )
