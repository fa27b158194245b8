"""Scaled dot-product attention."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes, random
from .._tensor import Tensor, as_plain
from ..casting import lower_precision
from ..fused import Fused
from ..kernels import attention as kernel
from ..promotion import is_narrow
from ..rules.linear_algebra import matmul, t
from ..rules.neural import softmax
from .joining import repeat_interleave
from .operands import refuse

__all__: list[str] = []  # public as `nn.functional.scaled_dot_product_attention`

NAME = "scaled_dot_product_attention"


def definition(q: Any, k: Any, v: Any, bias: Any, causal: bool, scale: float, kept: Any, factor: float) -> Any:
    """softmax(scale·q·kᵀ + bias)·v, where a row of nothing but -inf has weights 0."""
    scores = matmul(q * scale, t(k))
    if bias is not None:
        scores = scores + bias
    if causal:
        rows, columns = scores.shape[-2:]
        scores = np.where(np.tri(rows, columns, dtype=bool), scores, -math.inf)
    sees = np.any(as_plain(scores)._array != -math.inf, -1, keepdims=True)
    weights = np.where(sees, softmax(np.where(sees, scores, 0.0), scores.ndim - 1), 0.0)
    return matmul(weights if kept is None else weights * kept * factor, v)


attention = Fused(NAME, definition, kernel.forward, kernel.backward)


@lower_precision
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(scale · query @ key.mT + mask) @ value: for each query, a mean of the values whose keys resemble it.

    query (..., L, E), key (..., S, E) and value (..., S, Ev) make (..., L, Ev). A boolean `attn_mask` is True where a
    query may look at a key, any other is added; it broadcasts to (..., L, S). With `is_causal`, query i looks at keys
    0 to i. `scale` is 1/√E unless given. Weights are dropped with probability `dropout_p`, in evaluation too. With
    `enable_gqa` several heads of the query, dimension -3, share one of key and value. A query that may look at no key
    gets zeros.

    Raises RuntimeError if the shapes or dtypes do not fit each other.
    Vaswani et al., "Attention is all you need", 2017, equation 1.

    >>> import autograd, nn.functional as F
    >>> F.scaled_dot_product_attention(autograd.zeros(1, 2), autograd.ones(3, 2), autograd.eye(3))
    tensor([[0.3333, 0.3333, 0.3333]])
    """
    for argument, tensor in (("query", query), ("key", key), ("value", value), ("attn_mask", attn_mask)):
        if not isinstance(tensor, Tensor) and not (argument == "attn_mask" and tensor is None):
            raise TypeError(f"{NAME}(): argument '{argument}' must be Tensor, not {type(tensor).__name__}")
    if is_causal and attn_mask is not None:
        raise RuntimeError(
            f"{NAME}: Explicit attn_mask should not be set when is_causal=True, which is a mask itself: forbid what "
            "lies above the diagonal in attn_mask (False, or -inf) instead"
        )
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")
    check_dtypes(query, key, value)
    if enable_gqa:
        key, value = (shared_heads(query, x) for x in (key, value))
    shape = shape_of_weights(query, key, value)
    bias = None if attn_mask is None else bias_of(attn_mask, query, shape)
    kind = query._array.dtype
    if is_narrow(kind):
        query, key, value = (x.to(dtypes.float32) for x in (query, key, value))
        bias = bias.to(dtypes.float32) if isinstance(bias, Tensor) else bias
    kept, factor = None, 1.0
    if dropout_p:
        kept = random.drawing(None).random(shape, np.float32) >= dropout_p
        factor = 1 / (1 - dropout_p) if dropout_p < 1 else 0.0
    if scale is None:
        scale = 1 / math.sqrt(query._array.shape[-1] or 1)
    out = attention(query, key, value, bias, bool(is_causal), float(scale), kept, factor)
    return out.to(dtypes.of_numpy(kind)) if is_narrow(kind) else out


def check_dtypes(query: Tensor, key: Tensor, value: Tensor) -> None:
    """Raises unless these are matrices of one floating dtype."""
    ranks, kinds = zip(*[(x._array.ndim, x._array.dtype) for x in (query, key, value)])
    if min(ranks) < 2:
        raise RuntimeError(
            f"{NAME}: Expected query, key, and value to all be at least 2 dimensional, (..., length, size), but they "
            f"have {ranks[0]}, {ranks[1]} and {ranks[2]} dimensions"
        )
    if kinds[0] != kinds[1] or kinds[0] != kinds[2]:
        raise RuntimeError(
            f"{NAME}: Expected query, key, and value to have the same dtype, but got {query.dtype}, {key.dtype} and "
            f"{value.dtype}: convert with .to(dtype)"
        )
    if kinds[0].kind in "biu":
        raise RuntimeError(f"{NAME}: expected floating tensors, but found {query.dtype}: convert with .float()")
    refuse(NAME, "c", query)


def shape_of_weights(query: Tensor, key: Tensor, value: Tensor) -> tuple[int, ...]:
    """(..., L, S) for operands that fit each other."""
    q, k, v = (x._array.shape for x in (query, key, value))
    if q[-1] != k[-1] or k[-2] != v[-2]:
        raise RuntimeError(
            f"{NAME}: query {list(q)}, key {list(k)} and value {list(v)} do not fit: query and key need one size in "
            "their last dimension, key and value one length in the dimension before it"
        )
    try:
        lead = np.broadcast_shapes(q[:-2], k[:-2], v[:-2])
    except ValueError:
        raise RuntimeError(
            f"{NAME}: the leading dimensions of query {list(q)}, key {list(k)} and value {list(v)} do not broadcast; "
            "if key and value have fewer heads, pass enable_gqa=True"
        ) from None
    return (*lead, q[-2], k[-2])


def bias_of(mask: Tensor, query: Tensor, shape: tuple[int, ...]) -> Any:
    """What a mask adds to the scores, which have this shape: -inf where a boolean one is False."""
    kind = mask._array.dtype
    if kind.kind != "b" and kind != query._array.dtype and kind != np.float32:
        raise RuntimeError(
            f"{NAME}: Expected attn_mask dtype to be bool or float or to match query dtype, but got {mask.dtype} "
            f"for a query of {query.dtype}"
        )
    try:
        fits = np.broadcast_shapes(mask._array.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(
            f"{NAME}: attn_mask {list(mask.shape)} does not broadcast to the weights' shape {list(shape)}: "
            "(..., queries, keys)"
        )
    if kind.kind == "b":
        wide = np.float32 if is_narrow(query._array.dtype) else query._array.dtype.type
        return np.where(mask._array, wide(0), wide(-math.inf))
    return mask if kind == query._array.dtype else mask.to(query.dtype)


def shared_heads(query: Tensor, tensor: Tensor) -> Tensor:
    """Key or value with its heads repeated, so that there are as many as the query has."""
    heads, own = (x._array.shape[-3] if x._array.ndim > 2 else 0 for x in (query, tensor))
    if heads == own:
        return tensor
    if not own or heads % own:
        raise RuntimeError(
            f"{NAME}: Number of heads in key and value must divide the number of heads in query, dimension -3, but "
            f"{list(tensor.shape)} meets a query {list(query.shape)}"
        )
    return repeat_interleave(tensor, heads // own, -3)
