"""Attention by several heads, and transformers."""

import numpy as np

from ..module_cases import module_case

PADDING = np.array([[False, False, True], [False, False, False]])
HIDDEN = np.array([[False, True, False], [False, False, True]])


def attention(hint, inputs, *masks, embed_dim=4, num_heads=2, call=None, fixed=(), **options):
    """A case of `MultiheadAttention`; with fewer than three inputs some of query, key and value are one tensor."""

    def build(nn):
        return nn.MultiheadAttention(embed_dim, num_heads, **options)

    def called(module, *tensors):
        operands, masks = list(tensors[: len(inputs)]), tensors[len(inputs) :]
        operands += operands[-1:] * (3 - len(inputs))
        return module(*operands, **dict(zip(("attn_mask", "key_padding_mask"), masks)), **(call or {}))

    name = f"MultiheadAttention:{hint}" if hint else "MultiheadAttention"
    return module_case(name, build, *inputs, *masks, call=called, fixed=fixed)


MULTIHEAD = [
    attention("", [(3, 2, 4)]),
    attention("query, key and value", [(2, 2, 4), (3, 2, 4), (3, 2, 4)]),
    attention("memory", [(2, 2, 4), (3, 2, 4)]),
    attention("batch first", [(2, 2, 4), (2, 3, 4)], batch_first=True),
    attention("without batch", [(2, 4), (3, 4)]),
    attention("without batch, batch first", [(3, 4)], batch_first=True),
    attention("no bias", [(3, 2, 4)], bias=False),
    attention("other sizes", [(2, 2, 4), (3, 2, 3), (3, 2, 5)], kdim=3, vdim=5),
    attention("other sizes, no bias", [(2, 2, 4), (3, 2, 3), (3, 2, 4)], kdim=3, bias=False),
    attention("bias of key and value", [(2, 2, 4), (3, 2, 4)], HIDDEN, PADDING, add_bias_kv=True),
    attention("zeros", [(2, 2, 4), (3, 2, 4)], HIDDEN, PADDING, add_zero_attn=True),
    attention("bias and zeros", [(2, 4), (3, 4)], add_bias_kv=True, add_zero_attn=True),
    attention("weights of heads", [(2, 2, 4), (3, 2, 4)], call={"average_attn_weights": False}),
    attention("weights of heads, without batch", [(2, 4), (3, 4)], call={"average_attn_weights": False}),
    attention("no weights", [(3, 2, 4)], call={"need_weights": False}),
    attention("no weights, masks", [(2, 2, 4), (3, 2, 4)], HIDDEN, PADDING, call={"need_weights": False}),
    attention("no weights, bias and zeros", [(2, 4), (3, 4)], HIDDEN, add_bias_kv=True, add_zero_attn=True),
    attention("boolean mask", [(2, 2, 4), (3, 2, 4)], HIDDEN),
    attention("mask for each head", [(2, 2, 4), (3, 2, 4)], np.stack([HIDDEN, HIDDEN[::-1], HIDDEN, ~HIDDEN])),
    attention("added masks", [(2, 2, 4), (3, 2, 4)], (2, 3), (2, 3)),
    attention("added masks, no weights", [(2, 2, 4), (3, 2, 4)], (4, 2, 3), (2, 3), call={"need_weights": False}),
    attention("dropout of everything", [(3, 2, 4)], dropout=1.0),
    attention("one head", [(3, 2, 4)], num_heads=1),
]


def layer(nn, kind, **options):
    return getattr(nn, kind)(4, 2, **{"dim_feedforward": 3, "dropout": 0.0, **options})


def stack(nn, kind, norm=True, **options):
    """Two layers; PyTorch is told not to warn that it will not make nested tensors, which we do not have."""
    quiet = {"enable_nested_tensor": False} if kind == "TransformerEncoder" else {}
    return getattr(nn, kind)(layer(nn, f"{kind}Layer", **options), 2, nn.LayerNorm(4) if norm else None, **quiet)


FUTURE = np.triu(np.full((3, 3), -np.inf), 1)
OPTIONS = {
    "norm first": {"norm_first": True},
    "batch first": {"batch_first": True},
    "no bias": {"bias": False},
    "gelu": {"activation": "gelu"},
    "eps": {"layer_norm_eps": 0.1},
}

LAYERS = [
    case
    for kind, inputs in (("TransformerEncoderLayer", [(3, 2, 4)]), ("TransformerDecoderLayer", [(3, 2, 4), (2, 2, 4)]))
    for case in (
        module_case(kind, lambda nn, kind=kind: layer(nn, kind), *inputs),
        module_case(f"{kind}:without batch", lambda nn, kind=kind: layer(nn, kind), *[(s[0], 4) for s in inputs]),
        module_case(f"{kind}:dropout", lambda nn, kind=kind: layer(nn, kind, dropout=0.5), *inputs, random=True),
        *[
            module_case(
                f"{kind}:{hint}",
                lambda nn, kind=kind, options=options: layer(nn, kind, **options),
                *[(s[1], s[0], 4) if hint == "batch first" else s for s in inputs],
            )
            for hint, options in OPTIONS.items()
        ],
    )
]

MASKED = [
    module_case(
        "TransformerEncoderLayer:masks",
        lambda nn: layer(nn, "TransformerEncoderLayer"),
        (3, 2, 4),
        FUTURE == 0,
        PADDING,
        call=lambda module, x, mask, padding: module(x, ~mask, padding),
    ),
    module_case(
        "TransformerEncoderLayer:causal",
        lambda nn: layer(nn, "TransformerEncoderLayer"),
        (3, 2, 4),
        FUTURE,
        call=lambda module, x, mask: module(x, mask.to(x.dtype), is_causal=True),
        fixed=(1,),
    ),
    module_case(
        "TransformerEncoderLayer:module for activation",
        lambda nn: layer(nn, "TransformerEncoderLayer", activation=nn.GELU("tanh")),
        (3, 2, 4),
    ),
    module_case(
        "TransformerDecoderLayer:masks",
        lambda nn: layer(nn, "TransformerDecoderLayer"),
        (3, 2, 4),
        (2, 2, 4),
        FUTURE != 0,
        HIDDEN.T,
        PADDING,
        PADDING[:, 1:],
        call=lambda module, x, memory, *masks: module(x, memory, *masks),
    ),
    module_case("TransformerEncoder", lambda nn: stack(nn, "TransformerEncoder"), (3, 2, 4)),
    module_case("TransformerEncoder:no norm", lambda nn: stack(nn, "TransformerEncoder", norm=False), (3, 4)),
    module_case(
        "TransformerEncoder:causal mask and padding",
        lambda nn: stack(nn, "TransformerEncoder", norm_first=True, batch_first=True),
        (2, 3, 4),
        FUTURE != 0,
        PADDING,
    ),
    module_case("TransformerDecoder", lambda nn: stack(nn, "TransformerDecoder"), (3, 2, 4), (2, 2, 4)),
    module_case(
        "TransformerDecoder:causal mask",
        lambda nn: stack(nn, "TransformerDecoder", norm=False),
        (3, 2, 4),
        (2, 2, 4),
        FUTURE,
        call=lambda module, x, memory, mask: module(x, memory, mask.to(x.dtype)),
        fixed=(2,),
        order=1,
    ),
]


# Of order 1 where second derivatives take a second or more: the first case has them.
TRANSFORMERS = [
    module_case("Transformer", lambda nn: nn.Transformer(4, 2, 1, 1, 3, 0.0, batch_first=True), (2, 2, 4), (2, 3, 4)),
    module_case(
        "Transformer:without encoder",
        lambda nn: nn.Transformer(4, 2, 1, 2, 3, 0.0, custom_encoder=stack(nn, "TransformerEncoder"), norm_first=True),
        (2, 2, 4),
        (3, 2, 4),
        order=1,
    ),
    module_case(
        "Transformer:masks",
        lambda nn: nn.Transformer(4, 2, 2, 1, 3, 0.0, "gelu", batch_first=True),
        (2, 3, 4),
        (2, 3, 4),
        FUTURE != 0,
        FUTURE != 0,
        FUTURE.T != 0,
        PADDING,
        PADDING,
        PADDING,
        order=1,
    ),
    module_case(
        "Transformer:dropout",
        lambda nn: nn.Transformer(4, 2, 1, 1, 3, batch_first=True),
        (2, 2, 4),
        (2, 3, 4),
        random=True,
        order=1,
    ),
]

CASES = MULTIHEAD + LAYERS + MASKED + TRANSFORMERS
