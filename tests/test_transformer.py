"""Attention by several heads and transformers: what they mean, masks, errors, copies, and PyTorch's files."""

import math
import warnings

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
import optim
from nn.modules.transformer import is_causal_mask

causal_mask = nn.Transformer.generate_square_subsequent_mask


def multihead(**options):
    autograd.manual_seed(0)
    return nn.MultiheadAttention(8, 2, **options).double()


def layer(kind="Encoder", **options):
    autograd.manual_seed(0)
    options = {"dim_feedforward": 5, "dropout": 0.0, **options}
    return getattr(nn, f"Transformer{kind}Layer")(8, 2, **options).double()


def model(**options):
    autograd.manual_seed(0)
    return nn.Transformer(8, 2, 2, 2, 5, 0.0, **options).double()


def sequence(*shape, seed=1):
    return autograd.from_numpy(np.random.default_rng(seed).normal(size=shape))


def close(a, b, tolerance=1e-12):
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=tolerance, atol=tolerance)


# ---- what attention means


def test_each_head_is_attention_of_its_projections():
    attention, x = multihead(), sequence(5, 3, 8)
    out, weights = attention(x, x, x, average_attn_weights=False)
    q, k, v = (x.transpose(0, 1) @ w.T for w in attention.in_proj_weight.chunk(3))
    heads = []
    for head, part in enumerate((slice(4), slice(4, 8))):
        expected = (q[..., part] @ k[..., part].mT / 2).softmax(-1)
        close(weights[:, head], expected)
        heads.append(expected @ v[..., part])
    close(out, attention.out_proj(autograd.cat(heads, -1)).transpose(0, 1))


@pytest.mark.parametrize("options", [{}, {"add_bias_kv": True}, {"add_zero_attn": True}, {"kdim": 8, "vdim": 8}])
def test_weights_are_means_and_needed_or_not_the_output_is_the_same(options):
    attention, x = multihead(**options), sequence(5, 3, 8)
    out, weights = attention(x, x, x)
    close(weights.sum(-1), autograd.ones(3, 5, dtype=autograd.float64))
    close(weights, attention(x, x, x, average_attn_weights=False)[1].mean(1))
    fast, nothing = attention(x, x, x, need_weights=False)
    assert nothing is None
    close(out, fast)


def test_projected_at_once_or_one_by_one():
    attention, x = multihead(), sequence(5, 3, 8)
    out = attention(x, x, x)[0]
    close(out, attention(x, x.clone(), x.clone())[0])
    twin = x.clone()
    close(out, attention(x, twin, twin)[0])


def test_where_the_batch_is():
    first, second, x = multihead(batch_first=True), multihead(), sequence(3, 5, 8)
    out, weights = first(x, x, x)
    close(out, second(*[x.transpose(0, 1)] * 3)[0].transpose(0, 1))
    for attention in (first, second):
        alone, its_weights = attention(x[1], x[1], x[1])
        close(alone, out[1])
        close(its_weights, weights[1])


def test_masked_keys_are_as_if_they_were_not_there():
    attention, x = multihead(batch_first=True), sequence(2, 5, 8)
    padding = autograd.arange(5) >= autograd.tensor([[3], [5]])
    for needed in (True, False):
        out, weights = attention(x, x, x, key_padding_mask=padding, need_weights=needed)
        close(out[0, :3], attention(x[0, :3], x[0, :3], x[0, :3])[0])
        close(out[1], attention(x[1], x[1], x[1])[0])
        assert weights is None or not weights[0, :, 3:].any()


@pytest.mark.parametrize("needed", [True, False])
def test_masks_in_all_forms(needed):
    attention, x = multihead(batch_first=True), sequence(2, 4, 8)
    hidden = autograd.ones(4, 4, dtype=autograd.bool).triu(1)
    expected = attention(x, x, x, attn_mask=hidden, need_weights=needed)[0]
    for mask in (causal_mask(4, dtype=autograd.float64), hidden.expand(4, 4, 4)):
        close(attention(x, x, x, attn_mask=mask, need_weights=needed)[0], expected)
    mask = autograd.stack([hidden, hidden.T, autograd.zeros_like(hidden), hidden])  # of two heads in two samples
    out, weights = attention(x, x, x, attn_mask=mask, average_attn_weights=False)
    assert not weights.flatten(0, 1)[mask].any()
    assert (weights.flatten(0, 1)[~mask] > 0).all()
    close(attention(x, x, x, attn_mask=mask, need_weights=needed)[0], out)


def test_rows_that_are_masked_as_a_whole():
    attention, x = multihead(batch_first=True), sequence(2, 3, 8)
    with autograd.no_grad():
        attention.out_proj.bias.fill_(7.0)
    padding = autograd.tensor([[True] * 3, [False] * 3])
    out, weights = attention(x, x, x, key_padding_mask=padding)
    assert out[0].isnan().all()
    assert weights[0].isnan().all()
    assert not out[1].isnan().any()
    out, _ = attention(x, x, x, key_padding_mask=padding, need_weights=False)
    assert (out[0] == 7).all()
    assert (out[1] != 7).all()


def test_a_hint_takes_the_place_of_a_causal_mask():
    attention, x = multihead(), sequence(4, 2, 8)
    mask = causal_mask(4, dtype=autograd.float64)
    expected = attention(x, x, x, attn_mask=mask)[0]
    for needed in (True, False):
        close(attention(x, x, x, attn_mask=mask, is_causal=True, need_weights=needed)[0], expected)
    zeros = autograd.zeros(4, 4)  # no causal mask, and where weights are not needed nobody looks
    close(attention(x, x, x, attn_mask=zeros, is_causal=True, need_weights=False)[0], expected)


def test_dropout_of_weights_in_training_only():
    attention, x = multihead(dropout=1.0), sequence(4, 2, 8)
    out, weights = attention(x, x, x)
    assert not weights.any()
    close(out, attention.out_proj.bias.expand(4, 2, 8))
    close(attention(x, x, x, need_weights=False)[0], out)
    close(attention.eval()(x, x, x)[0], multihead()(x, x, x)[0])


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_dtype_of_parameters_inputs_and_results(dtype):
    dtype = getattr(autograd, dtype)
    attention = nn.MultiheadAttention(8, 2, add_bias_kv=True, dtype=dtype)
    assert {p.dtype for p in attention.parameters()} == {dtype}
    x, mask = sequence(3, 2, 8).to(dtype), causal_mask(3) == 0
    for needed in (True, False):
        results = attention(x, x, x, attn_mask=mask, need_weights=needed)
        assert {r.dtype for r in results if r is not None} == {dtype}


def test_merged_masks():
    attention, x = multihead(), sequence(2, 3, 8)
    mask, padding = autograd.full((3, 3), 1.0), autograd.tensor([[0.0, 0, 10], [0, 20, 0]])
    assert attention.merge_masks(None, None, x) == (None, None)
    assert attention.merge_masks(None, padding, x) == (padding, 1)
    merged, kind = attention.merge_masks(mask, padding, x)
    assert kind == 2
    assert merged.shape == (2, 2, 3, 3)
    assert merged[:, 1, 2].tolist() == [[1, 1, 11], [1, 21, 1]]
    merged, kind = attention.merge_masks(autograd.zeros(4, 3, 3), None, x)
    assert kind == 2
    assert merged.shape == (2, 2, 3, 3)


# ---- errors and warnings

X = autograd.ones(4, 2, 8)
WEIGHTS = {
    "embed_dim_to_check": 8,
    "num_heads": 2,
    "in_proj_weight": autograd.ones(24, 8),
    "in_proj_bias": None,
    "bias_k": None,
    "bias_v": None,
    "add_zero_attn": False,
    "dropout_p": 0.0,
    "out_proj_weight": autograd.ones(8, 8),
    "out_proj_bias": None,
}


@pytest.mark.parametrize(
    ("error", "message", "inputs", "options"),
    [
        (AssertionError, r"unbatched 2D or batched 3D tensor but received 1-D query tensor \[8\]", [X[0, 0]] * 3, {}),
        (AssertionError, "`key` and `value` to be 3-D but found 2-D and 2-D", [X, X[0], X[0]], {}),
        (
            AssertionError,
            "`key_padding_mask` to be `None` or 2-D but found 1-D",
            [X] * 3,
            {"key_padding_mask": X[0, 0]},
        ),
        (AssertionError, "`attn_mask` to be `None`, 2-D or 3-D but found 1-D", [X] * 3, {"attn_mask": X[0, 0]}),
        (AssertionError, r"shape to be \(2, 2, 2\) but got \(4, 2, 8\)", [X[0]] * 3, {"attn_mask": X}),
        (RuntimeError, r"attn_mask is \[4, 3\], but should be \[4, 4\]", [X] * 3, {"attn_mask": X[:, 0, :3]}),
        (RuntimeError, r"3D attn_mask is \[4, 2, 8\], but should be \[4, 4, 4\]", [X] * 3, {"attn_mask": X}),
        (AssertionError, r"shape \(2, 4\), \(N, S\), but got \(4, 8\)", [X] * 3, {"key_padding_mask": X[:, 0]}),
        (RuntimeError, "Need attn_mask .*generate_square_subsequent_mask", [X] * 3, {"is_causal": True}),
        (AssertionError, "of 9, but got 8", [X] * 3, {"embed_dim_to_check": 9}),
        (AssertionError, "embed_dim 8 not divisible by num_heads 3", [X] * 3, {"num_heads": 3}),
        (AssertionError, "key shape .* does not match value shape", [X, X, X[:3]], {}),
        (RuntimeError, "query has a batch of 1, and the key one of 2", [X[:, :1], X, X], {}),
        (AssertionError, "in_proj_weight is None", [X] * 3, {"in_proj_weight": None}),
        (RuntimeError, r"must be of shape \[24, 8\]", [X] * 3, {"in_proj_weight": autograd.ones(23, 8)}),
        (RuntimeError, r"in_proj_bias of \[24\], but got", [X] * 3, {"in_proj_bias": autograd.ones(8)}),
        (AssertionError, "q_proj_weight is None", [X] * 3, {"use_separate_proj_weight": True}),
        (AssertionError, "bias_v is None", [X] * 3, {"bias_k": autograd.ones(1, 1, 8)}),
        (AssertionError, r"static_v of shape \(4, S, 4\), but got \(4, 2, 8\)", [X] * 3, {"static_v": X}),
        (AssertionError, "bool and floating types of attn_mask", [X] * 3, {"attn_mask": autograd.ones(4, 4).int()}),
    ],
)
def test_errors_of_the_function(error, message, inputs, options):
    with pytest.raises(error, match=message):
        F.multi_head_attention_forward(*inputs, **{**WEIGHTS, **options})


def test_static_keys_and_bias_do_not_go_together():
    both = {"static_k": autograd.ones(4, 3, 4), "bias_k": X[:1, :1], "bias_v": X[:1, :1]}
    with pytest.raises(AssertionError, match="bias cannot be added to static key"):
        F.multi_head_attention_forward(X, X, X, **{**WEIGHTS, **both})


@pytest.mark.parametrize(
    ("error", "message", "build"),
    [
        (ValueError, "must be greater than 0, got embed_dim=0", lambda: nn.MultiheadAttention(0, 1)),
        (AssertionError, r"\(8\) must be divisible by num_heads \(3\)", lambda: nn.MultiheadAttention(8, 3)),
        (TypeError, "num_heads", lambda: nn.MultiheadAttention(8, 2.0)),
        (ValueError, "dropout probability", lambda: nn.TransformerEncoderLayer(8, 2, dropout=2.0)),
        (RuntimeError, "should be relu/gelu, not tanh", lambda: nn.TransformerDecoderLayer(8, 2, activation="tanh")),
        (RuntimeError, r"src \[4, 2, 8\] has 2 and tgt \[4, 1, 8\] 1", lambda: model()(X, X[:, :1])),
        (RuntimeError, r"src \[4, 2, 8\] has 4 and tgt \[2, 2, 8\] 2", lambda: model(batch_first=True)(X, X[:2])),
        (RuntimeError, "equal to d_model, 8: src is .* and tgt", lambda: model()(X, X[..., :4])),
        (TypeError, "key_padding_mask must be a tensor or None, not list", lambda: multihead()(X, X, X, [[True]])),
        (IndexError, "out of range", lambda: nn.TransformerEncoder(layer(), 0)(X)),
        (AssertionError, "bool and floating types of attn_mask", lambda: integer_mask()),
    ],
)
def test_errors_of_the_modules(error, message, build):
    with pytest.raises(error, match=message):
        build()


def integer_mask():
    decoder = nn.TransformerDecoder(layer("Decoder"), 1)
    return decoder(X.double(), X.double(), tgt_mask=autograd.zeros(4, 4).long())


def test_masks_of_two_kinds_are_warned_of_where_they_are_given():
    x, padding, mask = sequence(4, 2, 8), autograd.zeros(2, 4, dtype=autograd.bool), causal_mask(4).double()
    encoder = nn.TransformerEncoder(layer(), 2)
    for call, other in (
        (lambda: multihead()(x, x, x, padding, attn_mask=mask), "mismatched key_padding_mask and attn_mask"),
        (lambda: layer()(x, mask, padding), "mismatched src_key_padding_mask and src_mask"),
        (lambda: encoder(x, mask, padding), "mismatched src_key_padding_mask and mask"),
    ):
        with pytest.warns(UserWarning, match=other) as caught:
            call()
        assert [w.filename for w in caught] == [__file__]  # once


def test_nothing_is_warned_of_that_is_not_here():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 1, norm_first=True), 1, enable_nested_tensor=True)


# ---- layers, stacks, and the whole


def test_layers_are_sums_and_norms():
    x, memory = sequence(4, 2, 8), sequence(3, 2, 8, seed=2)

    def feed(block, x):
        return block.linear2(block.linear1(x).relu())

    for norm_first in (False, True):
        encoder, decoder = (layer(kind, norm_first=norm_first) for kind in ("Encoder", "Decoder"))
        n = [decoder.norm1, decoder.norm2, decoder.norm3]
        if norm_first:
            y = x + decoder.self_attn(*[n[0](x)] * 3)[0]
            y = y + decoder.multihead_attn(n[1](y), memory, memory)[0]
            y = y + feed(decoder, n[2](y))
            z = x + encoder.self_attn(*[encoder.norm1(x)] * 3)[0]
            z = z + feed(encoder, encoder.norm2(z))
        else:
            y = n[0](x + decoder.self_attn(x, x, x)[0])
            y = n[1](y + decoder.multihead_attn(y, memory, memory)[0])
            y = n[2](y + feed(decoder, y))
            z = encoder.norm1(x + encoder.self_attn(x, x, x)[0])
            z = encoder.norm2(z + feed(encoder, z))
        close(decoder(x, memory), y)
        close(encoder(x), z)


def test_a_causal_model_does_not_look_ahead():
    net, src, tgt = model(batch_first=True), sequence(2, 3, 8), sequence(2, 5, 8, seed=2).requires_grad_()
    out = net(src, tgt, tgt_mask=causal_mask(5))
    out[:, 2, 0].sum().backward()
    assert (tgt.grad[:, :3] != 0).all()
    assert not tgt.grad[:, 3:].any()
    close(net(src, tgt[:, :3], tgt_mask=causal_mask(3)), out[:, :3])


def test_causal_masks():
    mask = causal_mask(3)
    assert mask.tolist() == [[0, -math.inf, -math.inf], [0, 0, -math.inf], [0, 0, 0]]
    assert mask.dtype == autograd.float32
    assert causal_mask(2, dtype=autograd.float64).dtype == autograd.float64
    assert causal_mask(2, dtype=autograd.bool).tolist() == [[False, True], [False, False]]
    assert causal_mask(0).shape == (0, 0)


def test_causal_masks_are_recognized():
    for dtype in (autograd.float32, autograd.float64, autograd.float16, autograd.bool):
        mask = causal_mask(4, dtype=dtype)
        assert is_causal_mask(mask, None, 4)
        assert not is_causal_mask(mask, False, 4)
        assert not is_causal_mask(mask, None, 5)
        assert not is_causal_mask(mask.T, None, 4)
        assert not is_causal_mask(mask.expand(2, 4, 4), None, 4)
    assert not is_causal_mask(None, None, 4)
    assert is_causal_mask(None, True, 4)


@pytest.mark.parametrize("hint", [None, True, False])
def test_stacks_with_hints_and_without(hint):
    x = sequence(4, 2, 8)
    mask = causal_mask(4, dtype=autograd.float64)
    encoder, decoder = nn.TransformerEncoder(layer(), 2), nn.TransformerDecoder(layer("Decoder"), 2)
    expected = layer()(layer()(x, mask), mask)
    close(encoder(x, mask, is_causal=hint), expected)
    twice = layer("Decoder")
    close(decoder(x, x, tgt_mask=mask, tgt_is_causal=hint), twice(twice(x, x, mask), x, mask))


def test_stacks_are_of_copies_and_end_in_the_norm():
    one, norm = layer(), nn.LayerNorm(8).double()
    encoder = nn.TransformerEncoder(one, 3, norm)
    assert len({id(p) for p in [*encoder.parameters(), *one.parameters()]}) == 4 * 12 + 2
    for copied in encoder.layers:
        for name, parameter in one.named_parameters():
            assert autograd.equal(copied.get_parameter(name), parameter)
    x = sequence(4, 2, 8)
    close(encoder(x), norm(one(one(one(x)))))


def test_copies_keep_a_module_for_activation():
    one = layer("Decoder", activation=nn.Tanh())
    copied = nn.TransformerDecoder(one, 1).layers[0]
    assert isinstance(copied.activation, nn.Tanh)
    assert copied.activation is not one.activation
    x = sequence(3, 2, 8)
    close(copied(x, x), one(x, x))


def test_a_transformer_of_custom_parts():
    class Shift(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(autograd.zeros(8, 8))

        def forward(self, x, *args, **kwargs):
            return x + 1 if not args else x + args[0].mean()

    net = nn.Transformer(8, 2, custom_encoder=Shift(), custom_decoder=Shift())
    assert [name for name, _ in net.named_parameters()] == ["encoder.weight", "decoder.weight"]
    assert net.encoder.weight.any()  # drawn anew, as all weights are
    assert net(autograd.zeros(2, 1, 8), autograd.zeros(3, 1, 8)).unique().tolist() == [1.0]


def test_subclasses_may_replace_blocks():
    class Deaf(nn.TransformerEncoderLayer):
        def _sa_block(self, x, attn_mask, key_padding_mask, is_causal=False):
            return autograd.zeros_like(x)

    deaf, x = Deaf(8, 2, dropout=0.0, norm_first=True), autograd.ones(3, 1, 8)
    close(deaf(x), x + deaf._ff_block(deaf.norm2(x)))


def test_errors_tell_the_layer():
    with pytest.raises(AssertionError) as caught:
        model()(X.double(), X.double(), src_mask=autograd.zeros(4))
    assert any("encoder.layers.0.self_attn (MultiheadAttention 8, 2 heads)" in note for note in notes(caught.value))


def notes(error):
    return getattr(error, "__notes__", [str(error)])


def test_a_small_transformer_learns_to_turn_a_sequence_around():
    autograd.manual_seed(0)
    embed, head = nn.Embedding(5, 16), nn.Linear(16, 4)
    places = nn.Parameter(autograd.randn(4, 16))
    net = nn.Transformer(16, 2, 1, 1, 32, 0.0, batch_first=True)
    parameters = [places, *(p for part in (embed, head, net) for p in part.parameters())]
    optimizer = optim.Adam(parameters, lr=0.01)
    source = autograd.randint(0, 4, (32, 4))
    target = source.flip(1)
    seen = autograd.cat([autograd.full((32, 1), 4), target[:, :-1]], 1)
    losses = []
    for _ in range(60):
        out = net(embed(source) + places, embed(seen) + places, tgt_mask=causal_mask(4))
        loss = F.cross_entropy(head(out).flatten(0, 1), target.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 1.2
    assert losses[-1] < 0.1


# ---- PyTorch


@pytest.mark.parametrize("way", ["theirs to ours", "ours to theirs"])
def test_files_move_weights_to_and_from_torch(torch, tmp_path, way):
    ours, theirs = (
        nn.Transformer(8, 2, 1, 2, 16, batch_first=True),
        torch.nn.Transformer(8, 2, 1, 2, 16, batch_first=True),
    )
    path = tmp_path / "weights.pt"
    if way == "theirs to ours":
        torch.save(theirs.state_dict(), path)
        ours.load_state_dict(autograd.load(path))
    else:
        autograd.save(ours.state_dict(), path, format="torch")
        theirs.load_state_dict(torch.load(path))
    src, tgt = (np.random.default_rng(n).normal(size=(2, n, 8)).astype(np.float32) for n in (5, 3))
    results = []
    for net, m in ((ours, autograd), (theirs, torch)):
        with m.no_grad():
            results.append(net.eval()(m.from_numpy(src), m.from_numpy(tgt)).numpy())
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-5)


def test_padding_in_evaluation(torch):
    """Where PyTorch skips padding in evaluation, the other positions are as here; here, padding is as in training."""
    encoders = []
    for package in (nn, torch.nn):
        options = {"dim_feedforward": 16, "dropout": 0.0, "batch_first": True}
        encoders.append(package.TransformerEncoder(package.TransformerEncoderLayer(8, 2, **options), 2).eval())
    ours, theirs = encoders
    ours.load_state_dict({name: autograd.from_numpy(p.numpy()) for name, p in theirs.state_dict().items()})
    x = np.random.default_rng(0).normal(size=(2, 4, 8)).astype(np.float32)
    padding = np.array([[False] * 4, [False, False, True, True]])
    with autograd.no_grad(), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch: nested tensors are a prototype
        our = ours(autograd.from_numpy(x), src_key_padding_mask=autograd.from_numpy(padding)).numpy()
        their = theirs(torch.from_numpy(x), src_key_padding_mask=torch.from_numpy(padding)).numpy()
        train = ours.train()(autograd.from_numpy(x), src_key_padding_mask=autograd.from_numpy(padding)).numpy()
    np.testing.assert_allclose(our[~padding], their[~padding], rtol=1e-4, atol=1e-5)
    assert not their[padding].any()
    np.testing.assert_array_equal(our, train)


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize(
    "shapes",
    [
        {"static_k": (4, 3, 4), "static_v": (4, 3, 4)},
        {"static_k": (4, 4, 4)},
        {"out_proj_weight": (5, 8), "out_proj_bias": (5,)},
        {"bias_k": (1, 1, 8), "bias_v": (1, 1, 8), "in_proj_bias": (24,)},
        {"q_proj_weight": (8, 8), "k_proj_weight": (8, 8), "v_proj_weight": (8, 8), "in_proj_bias": (24,)},
    ],
    ids=lambda shapes: ", ".join(shapes),
)
def test_the_function_as_torch(torch, shapes, need_weights):
    shapes = {"query": (4, 2, 8), "in_proj_weight": (24, 8), "out_proj_weight": (8, 8), **shapes}
    random = np.random.default_rng(0)
    arrays = {name: random.normal(size=shape) for name, shape in shapes.items()}
    results = []
    for m, functional in ((autograd, F), (torch, torch.nn.functional)):
        tensors = {name: m.from_numpy(a.copy()).requires_grad_() for name, a in arrays.items()}
        x = tensors["query"]
        options = {**WEIGHTS, **tensors, "key": x, "value": x, "add_zero_attn": True, "need_weights": need_weights}
        options["use_separate_proj_weight"] = "q_proj_weight" in shapes
        found = [r for r in functional.multi_head_attention_forward(**options) if r is not None]
        sum((r * r).sum() for r in found).backward()
        results.append([r.detach().numpy() for r in found] + [t.grad for t in tensors.values()])
    for our, their in zip(*results):
        assert (our is None) == (their is None)
        if our is not None:
            np.testing.assert_allclose(np.asarray(our), np.asarray(their), rtol=1e-9, atol=1e-12)
