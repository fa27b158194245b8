"""Scaled dot-product attention: its blocks, its masks, dropout, dtypes and errors."""

import math
import re
import tracemalloc

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.functions.attention import attention, definition
from autograd.kernels import attention as kernel


def operands(*lead, queries=7, keys=9, size=4, of_values=3, dtype=autograd.float64, spread=1.0):
    autograd.manual_seed(0)
    shapes = ((*lead, queries, size), (*lead, keys, size), (*lead, keys, of_values))
    return [(autograd.randn(shape, dtype=dtype) * spread).requires_grad_() for shape in shapes]


def values_and_gradients(function, *tensors):
    out = function(*tensors)
    weights = autograd.linspace(-1, 1, out.numel(), dtype=out.dtype).reshape(out.shape)
    return [out, *autograd.autograd.grad((out * weights).sum(), [t for t in tensors if t.requires_grad])]


@pytest.mark.parametrize("spread", [1.0, 30.0])
@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
@pytest.mark.parametrize("block", [64, 200, 500, 2**20])
@pytest.mark.parametrize("kept", [0, 2**20])
@pytest.mark.parametrize("masking", ["none", "causal", "bias", "dropout"])
def test_blocks_of_any_size_give_what_the_definition_says(monkeypatch, spread, lead, block, kept, masking):
    monkeypatch.setattr(kernel, "BLOCK", block)
    monkeypatch.setattr(kernel, "KEPT", kept)
    monkeypatch.setattr(kernel, "CAUSAL", 2)
    q, k, v = operands(*lead, spread=spread)
    bias = autograd.randn(7, 9, dtype=autograd.float64).requires_grad_() if masking == "bias" else None
    survivors = autograd.rand(*lead, 7, 9).numpy() > 0.3 if masking == "dropout" else None
    rest = (masking == "causal", 0.5, survivors, 1 / 0.7 if masking == "dropout" else 1.0)
    tensors = [q, k, v] if bias is None else [q, k, v, bias]

    def by(function):
        return lambda *x: function(*x[:3], x[3] if len(x) > 3 else None, *rest)

    for found, expected in zip(
        values_and_gradients(by(attention), *tensors), values_and_gradients(by(definition), *tensors)
    ):
        np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-9, atol=1e-11)


def test_weights_do_not_exist_all_at_once():
    q, k, v = operands(queries=4096, keys=4096, size=8, of_values=8, dtype=autograd.float32)
    tracemalloc.start()
    F.scaled_dot_product_attention(q, k, v).sum().backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4096 * 4096 * 4 / 8
    assert q.grad is not None


def test_scores_that_would_overflow():
    q = autograd.tensor([[200.0, 0.0]], requires_grad=True)
    k = autograd.tensor([[200.0, 0.0], [-200.0, 0.0], [200.0, 1.0]])
    out = F.scaled_dot_product_attention(q, k, autograd.eye(3))
    assert out.tolist() == [[0.5, 0.0, 0.5]]
    out[0, 0].backward()
    assert q.grad.isfinite().all()


def test_a_query_that_sees_nothing_gets_zeros_and_gives_no_gradient():
    q, k, v = operands()
    seen = autograd.ones(7, 9, dtype=autograd.bool)
    seen[2] = False
    out = F.scaled_dot_product_attention(q, k, v, seen)
    out.sum().backward()
    assert out[2].tolist() == [0.0, 0.0, 0.0]
    assert q.grad[2].tolist() == [0.0] * 4
    assert q.grad[3].abs().sum() > 0
    for gradient in (q.grad, k.grad, v.grad):
        assert gradient.isfinite().all()


def test_nan_stays_in_its_row():
    q, k, v = operands()
    with autograd.no_grad():
        q[1, 0] = math.nan
    out = F.scaled_dot_product_attention(q, k, v)
    assert out[1].isnan().all()
    assert out[[0, 2, 3, 4, 5, 6]].isfinite().all()


def test_no_keys_give_zeros():
    q, k, v = operands(2, keys=0)
    out = F.scaled_dot_product_attention(q, k, v)
    assert out.tolist() == autograd.zeros(2, 7, 3).tolist()
    out.sum().backward()
    assert q.grad.tolist() == autograd.zeros(2, 7, 4).tolist()


def test_dropout():
    q, k = operands(queries=200, keys=50)[:2]
    v = autograd.eye(50, dtype=autograd.float64)  # so the result is the weights
    whole = F.scaled_dot_product_attention(q, k, v)
    autograd.manual_seed(1)
    out = F.scaled_dot_product_attention(q, k, v, dropout_p=0.25)
    dropped = out == 0
    assert abs(dropped.double().mean().item() - 0.25) < 0.02
    np.testing.assert_allclose(out[~dropped].detach().numpy(), (whole[~dropped] / 0.75).detach().numpy(), rtol=1e-9)
    assert F.scaled_dot_product_attention(q, k, v, dropout_p=1.0).abs().sum().item() == 0
    autograd.manual_seed(1)
    again = F.scaled_dot_product_attention(q, k, v, dropout_p=0.25)
    assert out.tolist() == again.tolist()


def test_dropout_has_the_gradient_of_what_it_dropped():
    q, k, v = operands(2)

    def seeded(*x):
        autograd.manual_seed(3)
        return F.scaled_dot_product_attention(*x, dropout_p=0.4)

    assert autograd.autograd.gradcheck(seeded, (q, k, v))
    assert autograd.autograd.gradgradcheck(seeded, (q, k, v))


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_half_precision_is_computed_in_single(dtype):
    kind = getattr(autograd, dtype)
    q, k, v = operands(2, keys=300)
    narrow = [x.detach().to(kind).requires_grad_() for x in (q, k, v)]
    wide = [x.detach().double().requires_grad_() for x in narrow]
    found = values_and_gradients(F.scaled_dot_product_attention, *narrow)
    expected = values_and_gradients(F.scaled_dot_product_attention, *wide)
    for one, other in zip(found, expected):
        assert one.dtype == kind
        np.testing.assert_allclose(
            one.detach().double().numpy(), other.detach().numpy(), rtol=2e-3 if dtype == "float16" else 1e-5, atol=2e-3
        )


def test_an_output_that_is_written_to_does_not_spoil_the_gradient():
    q, k, v = operands()
    expected = values_and_gradients(F.scaled_dot_product_attention, q, k, v)[1]
    out = F.scaled_dot_product_attention(q, k, v)
    weights = autograd.linspace(-1, 1, out.numel(), dtype=out.dtype).reshape(out.shape)
    loss = (out * 1.0 * weights).sum()
    with autograd.no_grad():
        out.zero_()
    np.testing.assert_allclose(autograd.autograd.grad(loss, q)[0].numpy(), expected.numpy(), rtol=1e-12)


MATRIX = autograd.ones(2, 3)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (TypeError, "argument 'key' must be Tensor, not list", lambda f: f(MATRIX, [1.0], MATRIX)),
        (RuntimeError, "at least 2 dimensional", lambda f: f(MATRIX[0], MATRIX, MATRIX)),
        (RuntimeError, "have the same dtype", lambda f: f(MATRIX, MATRIX.double(), MATRIX)),
        (RuntimeError, "expected floating tensors", lambda f: f(*[MATRIX.long()] * 3)),
        (RuntimeError, r"query \[2, 3\], key \[2, 2\]", lambda f: f(MATRIX, MATRIX[:, :2], MATRIX)),
        (RuntimeError, "key and value one length", lambda f: f(MATRIX, MATRIX, MATRIX[:1])),
        (
            RuntimeError,
            "pass enable_gqa=True",
            lambda f: f(autograd.ones(4, 2, 3), autograd.ones(2, 2, 3), autograd.ones(2, 2, 3)),
        ),
        (
            RuntimeError,
            r"heads in key and value must divide .*\[3, 2, 3\] meets a query \[4, 2, 3\]",
            lambda f: f(autograd.ones(4, 2, 3), autograd.ones(3, 2, 3), autograd.ones(3, 2, 3), enable_gqa=True),
        ),
        (
            RuntimeError,
            r"attn_mask \[3, 3\] does not broadcast to the weights' shape \[2, 2\]",
            lambda f: f(MATRIX, MATRIX, MATRIX, autograd.zeros(3, 3)),
        ),
        (
            RuntimeError,
            "attn_mask dtype to be bool or float",
            lambda f: f(MATRIX, MATRIX, MATRIX, autograd.zeros(2, 2, dtype=autograd.int64)),
        ),
        (
            RuntimeError,
            "should not be set when is_causal",
            lambda f: f(MATRIX, MATRIX, MATRIX, autograd.zeros(2, 2), is_causal=True),
        ),
        (RuntimeError, "between 0 and 1", lambda f: f(MATRIX, MATRIX, MATRIX, dropout_p=1.5)),
    ],
)
def test_errors(error, message, call):
    with pytest.raises(error) as caught:
        call(F.scaled_dot_product_attention)
    assert re.search(message, str(caught.value))


def test_large_values_and_gradients_meet_no_large_exponentials():
    """Scores of 60, say, need no row maxima for their own sake, but exp(60) times a large value overflows."""
    q, k = autograd.full((1, 2), 6.4), autograd.full((2, 2), 6.4)
    out = F.scaled_dot_product_attention(q, k, autograd.full((2, 1), 1e14))
    assert out.item() == pytest.approx(1e14)
    q = (-q).requires_grad_()
    F.scaled_dot_product_attention(q, k, autograd.tensor([[1e7], [-1e7]])).backward(autograd.full((1, 1), 1e7))
    assert q.grad.isfinite().all()


@pytest.mark.parametrize("wanted", [0, 1, 2])
def test_only_the_gradients_that_are_wanted_are_computed(wanted):
    tensors = operands(2)
    expected = values_and_gradients(F.scaled_dot_product_attention, *tensors)[1 + wanted]
    alone = [x if i == wanted else x.detach() for i, x in enumerate(tensors)]
    found = values_and_gradients(F.scaled_dot_product_attention, *alone)[1]
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-12)
    q, k, v = (x.detach().numpy() for x in tensors)
    out, residuals = kernel.forward(q, k, v, None, False, 0.5, None, 1.0)
    needs = [i == wanted for i in range(8)]
    assert [gradient is not None for gradient in kernel.backward(np.ones_like(out), residuals, needs)] == needs


def test_enabled_sharing_of_heads_with_as_many_heads_changes_nothing():
    q, k, v = operands(2, 3)
    out = F.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    assert out.tolist() == F.scaled_dot_product_attention(q, k, v).tolist()
