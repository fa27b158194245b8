"""Attention by several heads: each has its own projections, and what they return is projected once more.

Vaswani et al., "Attention is all you need", 2017, section 3.2.2.
"""

from __future__ import annotations

import math
from typing import Any

import autograd
from autograd import Tensor, baddbmm, bmm, cat
from autograd.functions.attention import scaled_dot_product_attention
from autograd.functions.neural import linear
from autograd.functions.padding import pad

from ..arguments import warn
from .activations import softmax
from .dropouts import dropout


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """What `nn.MultiheadAttention` computes, with weights as arguments; sequences come first, batches second.

    query (L, N, E), key (S, N, Ek) and value (S, N, Ev), or all without N; `embed_dim_to_check` is E, of which each
    head gets an equal part. `in_proj_weight` (3·E, E) projects all three, or with `use_separate_proj_weight`
    `q_proj_weight` (E, E), `k_proj_weight` (E, Ek) and `v_proj_weight` (E, Ev) do; the bias (3·E) may be None.
    `static_k` and `static_v` (N·heads, S, E/heads) take the place of projections. `bias_k` and `bias_v` (1, 1, E), and
    with `add_zero_attn` zeros, are one more key and value each, which no mask hides (but the hint `is_causal` does,
    where no weights are needed). For the masks and the results see `nn.MultiheadAttention`.

    Raises `AssertionError` and `RuntimeError` for shapes that do not fit, as PyTorch.

    >>> import autograd, nn.functional as F
    >>> x, weight = autograd.zeros(3, 2), autograd.cat([autograd.eye(2)] * 3)
    >>> arguments = dict(add_zero_attn=False, dropout_p=0.0, out_proj_weight=autograd.eye(2), out_proj_bias=None)
    >>> F.multi_head_attention_forward(x, x, x, 2, 1, weight, None, None, None, **arguments)[1][0]
    tensor([0.3333, 0.3333, 0.3333])
    """
    batched = has_batch(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = (x.unsqueeze(1) for x in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, width = query.shape
    sources = key.shape[0]

    padding = additive(key_padding_mask, "key_padding_mask", query.dtype, attn_mask, "attn_mask")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint: nn.Transformer.generate_square_subsequent_mask makes one."
        )
    is_causal = is_causal and padding is None and not need_weights  # then the hint says all that the mask does
    mask = None if is_causal else additive(attn_mask, "attn_mask", query.dtype)

    if width != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {width}")
    if width % num_heads:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        q, k, v = projected_apart(query, key, value, q_proj_weight, k_proj_weight, v_proj_weight, in_proj_bias)
    else:
        q, k, v = projected(query, key, value, in_proj_weight, in_proj_bias)
    if mask is not None:
        expected = (length, sources) if mask.dim() == 2 else (batch * num_heads, length, sources)
        if mask.shape != expected:
            raise RuntimeError(
                f"The shape of the {mask.dim()}D attn_mask is {list(mask.shape)}, but should be {list(expected)}: "
                f"{'(L, S)' if mask.dim() == 2 else '(N·num_heads, L, S)'}."
            )

    extra = 0  # keys that no mask knows of
    if bias_k is not None and bias_v is not None:
        if static_k is not None or static_v is not None:
            raise AssertionError(
                "bias cannot be added to static key or value: give either bias_k and bias_v, or these."
            )
        k, v = (cat([x, bias.expand(1, batch, width)]) for x, bias in ((k, bias_k), (v, bias_v)))
        extra += 1
    elif bias_k is not None or bias_v is not None:
        raise AssertionError(f"bias_{'v' if bias_v is None else 'k'} is None but the other bias is set: give both.")
    q = by_heads(q, "query", batch, num_heads)
    shape = batch, num_heads, width // num_heads
    k = by_heads(k, "key", batch, num_heads) if static_k is None else static(static_k, "static_k", *shape)
    v = by_heads(v, "value", batch, num_heads) if static_v is None else static(static_v, "static_v", *shape)
    if add_zero_attn:
        zeros = k.new_zeros(batch, num_heads, 1, k.shape[-1])
        k, v = cat([k, zeros], 2), cat([v, zeros], 2)
        extra += 1

    mask = merged(mask, padding, extra, (batch, num_heads, length, k.shape[2]))
    dropout_p = dropout_p if training else 0.0
    if need_weights:
        out, weights = attend(q, k, v, mask, dropout_p)
        weights = weights.mean(1) if average_attn_weights else weights
    else:
        out, weights = scaled_dot_product_attention(q, k, v, mask, dropout_p, is_causal), None
    out = linear(out.permute(2, 0, 1, 3).flatten(2), out_proj_weight, out_proj_bias)
    if batched:
        return out, weights
    return out.squeeze(1), None if weights is None else weights.squeeze(0)


def has_batch(
    query: Tensor, key: Tensor, value: Tensor, padding: Tensor | None, mask: Tensor | None, heads: int
) -> bool:
    """Whether the query has a dimension for a batch; raises if key, value and masks do not go with that."""
    rank = query.dim()
    if rank not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {rank}-D query tensor {list(query.shape)}"
        )
    kind = "batched (3-D)" if rank == 3 else "unbatched (2-D)"
    if key.dim() != rank or value.dim() != rank:
        raise AssertionError(
            f"For {kind} `query`, expected `key` and `value` to be {rank}-D but found {key.dim()}-D and "
            f"{value.dim()}-D tensors respectively"
        )
    if padding is not None and padding.dim() != rank - 1:
        raise AssertionError(
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {rank - 1}-D but found {padding.dim()}-D "
            "tensor instead"
        )
    if mask is not None:
        if mask.dim() not in (2, 3):
            raise AssertionError(
                f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {mask.dim()}-D tensor "
                "instead"
            )
        expected = (heads, query.shape[0], key.shape[0])
        if rank == 2 and mask.dim() == 3 and mask.shape != expected:
            raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {tuple(mask.shape)}")
    return rank == 3


def additive(
    mask: Tensor | None, name: str, dtype: Any, other: Tensor | None = None, other_name: str = ""
) -> Tensor | None:
    """A mask as what is added to scores: -inf where a boolean one is True, and a floating one as it is.

    One of another dtype than `other` is warned of.
    """
    if mask is None:
        return None
    if not isinstance(mask, Tensor):
        raise TypeError(f"{name} must be a tensor or None, not {type(mask).__name__}")
    is_bool = mask.dtype is autograd.bool
    if not is_bool and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {name} are supported, not {mask.dtype}")
    if other is not None and other.dtype != mask.dtype:
        warn(f"Support for mismatched {name} and {other_name} is deprecated. Use same type for both instead.")
    return autograd.zeros_like(mask, dtype=dtype).masked_fill_(mask, -math.inf) if is_bool else mask


def projected(query: Tensor, key: Tensor, value: Tensor, weight: Tensor | None, bias: Tensor | None) -> list[Tensor]:
    """Queries, keys and values by one weight that holds all projections; what is one tensor is projected at once."""
    if weight is None:
        raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
    if key.shape != value.shape:
        raise AssertionError(f"key shape {list(key.shape)} does not match value shape {list(value.shape)}")
    width = query.shape[-1]
    if weight.shape[0] != 3 * width or (bias is not None and bias.shape != (3 * width,)):
        found = list(weight.shape) if bias is None else f"{list(weight.shape)} and {list(bias.shape)}"
        raise RuntimeError(
            f"in_proj_weight must be of shape {[3 * width, width]} and in_proj_bias of {[3 * width]}, but got {found}"
        )
    if key is value:
        tensors, counts = ([query], [3]) if query is key else ([query, key], [1, 2])
    else:
        tensors, counts = [query, key, value], [1, 1, 1]
    sizes = [width * count for count in counts]
    biases = [None] * 3 if bias is None else bias.split(sizes)
    parts = zip(tensors, weight.split(sizes), biases, counts)
    return [part for x, w, b, count in parts for part in linear(x, w, b).chunk(count, -1)]


def projected_apart(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    q_weight: Tensor | None,
    k_weight: Tensor | None,
    v_weight: Tensor | None,
    bias: Tensor | None,
) -> list[Tensor]:
    """Queries, keys and values, which may differ in their sizes, by a weight for each."""
    if key.shape[:2] != value.shape[:2]:
        raise AssertionError(
            f"key's sequence and batch dims {list(key.shape[:2])} do not match value's {list(value.shape[:2])}"
        )
    width, out = query.shape[-1], []
    biases = [None] * 3 if bias is None else bias.chunk(3)
    for name, x, w, b in zip("qkv", (query, key, value), (q_weight, k_weight, v_weight), biases):
        if w is None:
            raise AssertionError(f"use_separate_proj_weight is True but {name}_proj_weight is None")
        if w.shape != (width, x.shape[-1]):
            raise AssertionError(
                f"expecting {name}_proj_weight shape of {(width, x.shape[-1])}, but got {tuple(w.shape)}"
            )
        if b is not None and b.shape != (width,):
            raise AssertionError(
                f"expecting in_proj_bias shape of {(3 * width,)}, a third for {name} is {list(b.shape)}"
            )
        out.append(linear(x, w, b))
    return out


def by_heads(x: Tensor, name: str, batch: int, heads: int) -> Tensor:
    """(L, N, E) as (N, heads, L, E/heads)."""
    if x.shape[1] != batch:
        raise RuntimeError(f"the query has a batch of {batch}, and the {name} one of {x.shape[1]}")
    return x.unflatten(-1, (heads, x.shape[-1] // heads)).permute(1, 2, 0, 3)


def static(x: Tensor, name: str, batch: int, heads: int, size: int) -> Tensor:
    """(N·heads, S, E/heads) as (N, heads, S, E/heads)."""
    if x.dim() != 3 or x.shape[0] != batch * heads or x.shape[2] != size:
        raise AssertionError(f"expecting {name} of shape ({batch * heads}, S, {size}), but got {tuple(x.shape)}")
    return x.unflatten(0, (batch, heads))


def merged(mask: Tensor | None, padding: Tensor | None, extra: int, shape: tuple[int, ...]) -> Tensor | None:
    """Both masks as one that broadcasts to the shape of all weights, whose last `extra` columns no mask hides."""
    if mask is not None:
        mask = pad(mask, (0, extra)) if extra else mask
        mask = mask.unflatten(0, shape[:2]) if mask.dim() == 3 else mask
    if padding is None:
        return mask
    padding = pad(padding, (0, extra)) if extra else padding
    if padding.shape != (shape[0], shape[3]):
        found, expected = ((n, s - extra) for n, s in (padding.shape, (shape[0], shape[3])))
        raise AssertionError(f"Expected key_padding_mask of shape {expected}, (N, S), but got {found}")
    padding = padding.unflatten(1, (1, 1, shape[3]))
    return padding if mask is None else mask + padding


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout_p: float) -> tuple[Tensor, Tensor]:
    """Attention as `scaled_dot_product_attention`, and its weights; rows that are masked as a whole become NaN."""
    lead = q.shape[:2]
    q, k, v = (x.flatten(0, 1) for x in (q * math.sqrt(1 / q.shape[-1]), k, v))
    if mask is None:
        scores = bmm(q, k.mT)
    else:
        scores = baddbmm(mask.expand(*lead, q.shape[1], k.shape[1]).flatten(0, 1), q, k.mT)
    weights = softmax(scores, -1)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p)
    return bmm(weights, v).unflatten(0, lead), weights.unflatten(0, lead)
