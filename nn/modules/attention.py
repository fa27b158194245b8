"""Attention by several heads as a module."""

from __future__ import annotations

from typing import Any

from autograd import Tensor, empty

from .. import functional as F
from .. import init
from ..arguments import integer
from ..functional.attention import additive
from ..parameter import Parameter
from .linear import NonDynamicallyQuantizableLinear
from .module import Module, declared


class MultiheadAttention(Module):
    """For each query a mean of the values, weighted by how well their keys go with the query, in several heads.

    Vaswani et al., "Attention is all you need", 2017, section 3.2.2. Each of `num_heads` heads projects queries, keys
    and values to embed_dim / num_heads features and attends; `out_proj` maps their results, side by side, to the
    output.

    `in_proj_weight` (3·embed_dim, embed_dim) holds all projections; if keys have `kdim` or values `vdim` features,
    `q_proj_weight`, `k_proj_weight` and `v_proj_weight` do. They start Xavier-uniform, biases at 0. With `add_bias_kv`
    there is one more key and value, `bias_k` and `bias_v` (1, 1, embed_dim); with `add_zero_attn`, one of zeros.
    In training weights are dropped with probability `dropout`.

    `forward(query, key, value)`: query (L, N, embed_dim), key (S, N, kdim) and value (S, N, vdim); with `batch_first`
    N comes first, and all may lack N. Returns the output, shaped as the query, and if `need_weights` the weights (N,
    L, S), of each head (N, num_heads, L, S) unless `average_attn_weights`, else None, which is faster.
    `key_padding_mask` (N, S) tells which keys are padding, `attn_mask` (L, S) or (N·num_heads, L, S) which keys a
    query may not look at: booleans are True there (the opposite of `nn.functional.scaled_dot_product_attention`),
    other masks are added to the scores. `is_causal` is a hint that `attn_mask` is causal. A query all of whose keys
    are masked gets NaN, or zeros from the attention if no weights are needed, in evaluation as in training.

    >>> import autograd, nn
    >>> attention, x = nn.MultiheadAttention(8, 2, batch_first=True), autograd.zeros(4, 3, 8)
    >>> out, weights = attention(x, x, x)
    >>> out.shape, weights.shape
    (torch.Size([4, 3, 8]), torch.Size([4, 3, 3]))
    """

    in_proj_weight: Parameter | None = declared()
    in_proj_bias: Parameter | None = declared()
    q_proj_weight: Parameter | None = declared()
    k_proj_weight: Parameter | None = declared()
    v_proj_weight: Parameter | None = declared()
    bias_k: Parameter | None = declared()
    bias_v: Parameter | None = declared()

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        name = "MultiheadAttention"
        embed_dim, num_heads = integer(name, "embed_dim", embed_dim), integer(name, "num_heads", num_heads)
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                "embed_dim and num_heads must be greater than 0, got "
                f"embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        if embed_dim % num_heads:
            raise AssertionError(f"embed_dim ({embed_dim}) must be divisible by num_heads ({num_heads})")
        super().__init__()
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim = embed_dim if kdim is None else integer(name, "kdim", kdim)
        self.vdim = embed_dim if vdim is None else integer(name, "vdim", vdim)
        self.dropout, self.batch_first, self.add_zero_attn = dropout, batch_first, add_zero_attn
        self._qkv_same_embed_dim = together = self.kdim == self.vdim == embed_dim

        def add(name: str, wanted: bool, *shape: int) -> None:
            parameter = Parameter(empty(shape, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, parameter)

        add("q_proj_weight", not together, embed_dim, embed_dim)
        add("k_proj_weight", not together, embed_dim, self.kdim)
        add("v_proj_weight", not together, embed_dim, self.vdim)
        add("in_proj_weight", together, 3 * embed_dim, embed_dim)
        add("in_proj_bias", bias, 3 * embed_dim)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, device=device, dtype=dtype)
        add("bias_k", add_bias_kv, 1, 1, embed_dim)
        add("bias_v", add_bias_kv, 1, 1, embed_dim)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for name, parameter in self._parameters.items():
            if parameter is None:
                continue
            if name == "in_proj_bias":
                init.zeros_(parameter)
            elif name in ("bias_k", "bias_v"):
                init.xavier_normal_(parameter)
            else:
                init.xavier_uniform_(parameter)
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        padding = additive(key_padding_mask, "key_padding_mask", query.dtype, attn_mask, "attn_mask")
        turn = self.batch_first and query.dim() == 3
        if turn:
            turned = query.transpose(0, 1)  # what is one tensor stays one, and is projected at once
            turned_key = turned if key is query else key.transpose(0, 1)
            value = turned_key if value is key else value.transpose(0, 1)
            query, key = turned, turned_key
        out, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=padding,
            need_weights=need_weights,
            attn_mask=additive(attn_mask, "attn_mask", query.dtype),
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return out.transpose(0, 1) if turn else out, weights

    def merge_masks(
        self, attn_mask: Tensor | None, key_padding_mask: Tensor | None, query: Tensor
    ) -> tuple[Tensor | None, int | None]:
        """Masks that are added to scores, as one for a query (N, L, E), and what it is made of.

        Without `attn_mask`, it is `key_padding_mask` (N, L) and 1, or None and None. With it, their sum, (N,
        num_heads, L, L), and 2.
        """
        if attn_mask is None:
            return key_padding_mask, None if key_padding_mask is None else 1
        batch, length, _ = query.shape
        if attn_mask.dim() == 3:
            merged = attn_mask.view(batch, -1, length, length)
        else:
            merged = attn_mask.view(1, 1, length, length).expand(batch, self.num_heads, -1, -1)
        if key_padding_mask is not None:
            merged = merged + key_padding_mask.view(batch, 1, 1, length)
        return merged, 2

    def _summary(self) -> str:
        return f"MultiheadAttention {self.embed_dim}, {self.num_heads} heads"
