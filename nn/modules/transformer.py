"""Transformers: layers of attention and of a network for each position, stacks of them, and both stacks together.

Vaswani et al., "Attention is all you need", 2017; with `norm_first`, Xiong et al., arXiv 2002.04745, figure 1b.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import autograd
from autograd import Tensor

from .. import functional as F
from .. import init
from ..functional.attention import additive
from .attention import MultiheadAttention
from .container import ModuleList
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

Activation = Callable[[Tensor], Tensor]


def activation_of(activation: str | Activation) -> Activation:
    """The function that "relu" or "gelu" names, or the one that is given."""
    if not isinstance(activation, str):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {activation}: or give a function, or a module")
    return F.relu if activation == "relu" else F.gelu


def copies(layer: Module, count: int) -> ModuleList:
    """Deep copies: layers that start with the same weights, and share none."""
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


def is_causal_mask(mask: Tensor | None, hint: bool | None, length: int) -> bool:
    """The hint if there is one, otherwise whether the mask lets position i look at positions 0 to i, and no others."""
    if hint is not None or mask is None:
        return bool(hint)
    if mask.shape != (length, length) or not (mask.dtype is autograd.bool or mask.is_floating_point()):
        return False
    return bool((mask == causal_mask(length, mask.device, mask.dtype)).all())


def causal_mask(length: int, device: Any = None, dtype: Any = None) -> Tensor:
    """-inf above the diagonal, 0 elsewhere."""
    return autograd.full((length, length), -math.inf, dtype=dtype, device=device).triu(1)


def length_of(x: Tensor, batch_first: bool) -> int:
    """The length of a sequence (L, N, E), (N, L, E) if the batch comes first, or (L, E)."""
    return x.shape[1 if batch_first and x.dim() == 3 else 0]


class _Layer(Module):
    """What layers of the encoder and of the decoder have in common: attentions, and a network for each position.

    Each of these blocks has a norm and a dropout, `norm1` and `dropout1` for the first.
    """

    _attentions: tuple[str, ...] = ("self_attn",)

    self_attn: MultiheadAttention
    norm1: LayerNorm
    norm2: LayerNorm
    dropout1: Dropout
    dropout2: Dropout

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        options: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        for name in self._attentions:
            setattr(self, name, MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **options))
        self.linear1 = Linear(d_model, dim_feedforward, **options)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **options)
        self.norm_first = norm_first
        blocks = range(1, len(self._attentions) + 2)
        for block in blocks:
            setattr(self, f"norm{block}", LayerNorm(d_model, layer_norm_eps, **options))
        for block in blocks:
            setattr(self, f"dropout{block}", Dropout(dropout))
        self.activation = activation_of(activation)

    def _add(self, x: Tensor, norm: Module, block: Callable[..., Tensor], *args: Any) -> Tensor:
        """x + block(x), where either what the block takes or the sum is normalized."""
        return x + block(norm(x), *args) if self.norm_first else norm(x + block(x, *args))

    def _sa_block(
        self, x: Tensor, attn_mask: Tensor | None, key_padding_mask: Tensor | None, is_causal: bool = False
    ) -> Tensor:
        """Self-attention."""
        out, _ = self.self_attn(
            x, x, x, attn_mask=attn_mask, key_padding_mask=key_padding_mask, need_weights=False, is_causal=is_causal
        )
        return self.dropout1(out)

    def _feed_forward(self, x: Tensor) -> Tensor:
        """The network for each position, but for the last dropout."""
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """Self-attention (`self_attn`), then a network for each position, each around a shortcut and normalized.

    Vaswani et al., "Attention is all you need", 2017, section 3.1. The network is `linear1` to `dim_feedforward`
    features, `activation` ("relu", "gelu", a function or a module) and `linear2`. With `norm_first` norms come before
    the blocks instead of after the sums. In training each block ends in `dropout`, and weights and hidden features are
    dropped too.

    `forward(src)`: src (L, N, d_model), with `batch_first` (N, L, d_model), or (L, d_model), and so the result. The
    masks are those of `nn.MultiheadAttention`: `src_mask` (L, L) or (N·nhead, L, L), `src_key_padding_mask` (N, L).

    In evaluation PyTorch may skip positions that are padding, and return zeros for them; here they are computed as in
    training. Nobody should look at them.

    >>> import autograd, nn
    >>> nn.TransformerEncoderLayer(d_model=8, nhead=2)(autograd.ones(5, 4, 8)).shape
    torch.Size([5, 4, 8])
    """

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        padding = additive(src_key_padding_mask, "src_key_padding_mask", src.dtype, src_mask, "src_mask")
        mask = additive(src_mask, "src_mask", src.dtype)
        x = self._add(src, self.norm1, self._sa_block, mask, padding, is_causal)
        return self._add(x, self.norm2, self._ff_block)

    def _ff_block(self, x: Tensor) -> Tensor:
        return self.dropout2(self._feed_forward(x))


class TransformerDecoderLayer(_Layer):
    """As `TransformerEncoderLayer`, and between its blocks attention to what an encoder returned (`multihead_attn`).

    Vaswani et al., "Attention is all you need", 2017, section 3.1.

    `forward(tgt, memory)`: tgt (T, N, d_model) and memory (S, N, d_model), with `batch_first` N first, or both without
    N; the result is shaped as tgt. `tgt_mask` (T, T), `memory_mask` (T, S), `tgt_key_padding_mask` (N, T) and
    `memory_key_padding_mask` (N, S) are those of `nn.MultiheadAttention`.

    >>> import autograd, nn
    >>> nn.TransformerDecoderLayer(d_model=8, nhead=2)(autograd.ones(3, 4, 8), autograd.ones(5, 4, 8)).shape
    torch.Size([3, 4, 8])
    """

    _attentions = ("self_attn", "multihead_attn")

    multihead_attn: MultiheadAttention
    norm3: LayerNorm
    dropout3: Dropout

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        x = self._add(tgt, self.norm1, self._sa_block, tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        x = self._add(x, self.norm2, self._mha_block, memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        return self._add(x, self.norm3, self._ff_block)

    def _mha_block(
        self,
        x: Tensor,
        mem: Tensor,
        attn_mask: Tensor | None,
        key_padding_mask: Tensor | None,
        is_causal: bool = False,
    ) -> Tensor:
        """Attention to the memory."""
        out, _ = self.multihead_attn(
            x, mem, mem, attn_mask=attn_mask, key_padding_mask=key_padding_mask, need_weights=False, is_causal=is_causal
        )
        return self.dropout2(out)

    def _ff_block(self, x: Tensor) -> Tensor:
        return self.dropout3(self._feed_forward(x))


class TransformerEncoder(Module):
    """`num_layers` deep copies of a layer, one after the other, and a `norm` at the end if one is given.

    The copies start with equal weights. `forward(src, mask, src_key_padding_mask, is_causal)` takes what the layers
    do; unless `is_causal` tells, a causal mask is recognized. `enable_nested_tensor` and `mask_check` are for what
    PyTorch does about padding in evaluation, and have no effect here: see `nn.TransformerEncoderLayer`.

    >>> import autograd, nn
    >>> encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(d_model=8, nhead=2), num_layers=2)
    >>> encoder(autograd.ones(5, 4, 8)).shape
    torch.Size([5, 4, 8])
    """

    def __init__(
        self,
        encoder_layer: TransformerEncoderLayer,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = copies(encoder_layer, num_layers)
        self.num_layers, self.norm = num_layers, norm
        self.enable_nested_tensor, self.mask_check = enable_nested_tensor, mask_check

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        padding = additive(src_key_padding_mask, "src_key_padding_mask", src.dtype, mask, "mask")
        mask = additive(mask, "mask", src.dtype)
        is_causal = is_causal_mask(mask, is_causal, length_of(src, self.layers[0].self_attn.batch_first))
        for layer in self.layers:
            src = layer(src, src_mask=mask, is_causal=is_causal, src_key_padding_mask=padding)
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(Module):
    """`num_layers` deep copies of a layer, one after the other, and a `norm` at the end if one is given.

    The copies start with equal weights. `forward(tgt, memory, ...)` takes what the layers do; unless `tgt_is_causal`
    tells, a causal `tgt_mask` is recognized. Where the layer's activation is a module the copies have it too, while in
    PyTorch they fall back to ReLU.

    >>> import autograd, nn
    >>> decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(d_model=8, nhead=2), num_layers=2)
    >>> decoder(autograd.ones(3, 4, 8), autograd.ones(5, 4, 8)).shape
    torch.Size([3, 4, 8])
    """

    def __init__(self, decoder_layer: TransformerDecoderLayer, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = copies(decoder_layer, num_layers)
        self.num_layers, self.norm = num_layers, norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        tgt_is_causal = is_causal_mask(tgt_mask, tgt_is_causal, length_of(tgt, self.layers[0].self_attn.batch_first))
        for layer in self.layers:
            tgt = layer(
                tgt,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=tgt_is_causal,
                memory_is_causal=memory_is_causal,
            )
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder of a source sequence, and a decoder of a target sequence that attends to what the encoder returns.

    Vaswani et al., "Attention is all you need", 2017, figure 1, without embeddings and the last linear layer. Both are
    stacks of layers with a norm at the end, unless `custom_encoder` or `custom_decoder` is given; the arguments are
    those of `nn.TransformerEncoderLayer`. Weights, not biases, start Xavier-uniform, also those of a custom encoder or
    decoder.

    `forward(src, tgt)`: src (S, N, d_model) and tgt (T, N, d_model), with `batch_first` N first, or both without N;
    the result is shaped as tgt. `src_mask` (S, S), `tgt_mask` (T, T), `memory_mask` (T, S) and the key padding masks
    of src, tgt and memory, (N, S) and (N, T), are those of `nn.MultiheadAttention`, as are the hints `..._is_causal`;
    unless they tell, causal masks of src and tgt are recognized.

    Raises `RuntimeError` if src and tgt have different batches, or not `d_model` features.

    >>> import autograd, nn
    >>> model = nn.Transformer(d_model=8, nhead=2, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=16)
    >>> src, tgt = autograd.ones(5, 4, 8), autograd.ones(3, 4, 8)
    >>> model(src, tgt, tgt_mask=model.generate_square_subsequent_mask(3)).shape
    torch.Size([3, 4, 8])
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Activation = F.relu,
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        of_layer: tuple[Any, ...] = (d_model, nhead, dim_feedforward, dropout, activation)
        of_layer += (layer_norm_eps, batch_first, norm_first, bias, device, dtype)
        of_norm = {"eps": layer_norm_eps, "bias": bias, "device": device, "dtype": dtype}
        if custom_encoder is None:
            encoder_layer = TransformerEncoderLayer(*of_layer)
            custom_encoder = TransformerEncoder(encoder_layer, num_encoder_layers, LayerNorm(d_model, **of_norm))
        self.encoder = custom_encoder
        if custom_decoder is None:
            decoder_layer = TransformerDecoderLayer(*of_layer)
            custom_decoder = TransformerDecoder(decoder_layer, num_decoder_layers, LayerNorm(d_model, **of_norm))
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.dim() > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        batches = [x.shape[0 if self.batch_first else 1] for x in (src, tgt)]
        if src.dim() == 3 and batches[0] != batches[1]:
            raise RuntimeError(
                f"the batch number of src and tgt must be equal: src {list(src.shape)} has {batches[0]} and tgt "
                f"{list(tgt.shape)} {batches[1]}; with batch_first={self.batch_first} the batch is dimension "
                f"{0 if self.batch_first else 1}"
            )
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise RuntimeError(
                f"the feature number of src and tgt must be equal to d_model, {self.d_model}: src is {list(src.shape)} "
                f"and tgt {list(tgt.shape)}"
            )
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """A causal mask (sz, sz) that is added to scores: -inf above the diagonal, 0 elsewhere.

        >>> import nn
        >>> nn.Transformer.generate_square_subsequent_mask(2)
        tensor([[0., -inf],
                [0., 0.]])
        """
        return causal_mask(sz, device, dtype)
