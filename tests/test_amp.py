"""Mixed precision: which functions run in which dtype under autocast, and weights converted once."""

from __future__ import annotations

import itertools
import sys
import threading

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd.casting import state
from tests.cases import collect, functional


@pytest.fixture(autouse=True)
def autocast_is_off():
    """Every test leaves autocast as it found it."""
    yield
    assert (state.enabled, state.outer, state.cache_enabled, state.cache) == (False, [], True, {})
    state.dtype = None


def modules(m):
    """The `nn` that belongs to `m`."""
    return nn if m is autograd else m.nn


# ---- which function runs in which dtype: the same program in PyTorch is the oracle, the column what it says

NARROW, WIDE, AS_IT_IS = "the autocast dtype", "float32", "as the operands are"


def target(m, *classes):
    return m.tensor(list(classes))


# name, function of (m, x) where x(*shape) makes a float32 tensor that wants a gradient, and what comes out
OF_SINGLE = [
    ("linear", lambda m, x: functional(m).linear(x(2, 3), x(4, 3), x(4)), NARROW),
    ("matmul", lambda m, x: x(2, 3) @ x(3, 2), NARROW),
    ("matmul of vectors", lambda m, x: m.matmul(x(3), x(3)), NARROW),
    ("mm", lambda m, x: x(2, 3).mm(x(3, 2)), NARROW),
    ("bmm", lambda m, x: m.bmm(x(2, 2, 3), x(2, 3, 2)), NARROW),
    ("addmm", lambda m, x: m.addmm(x(2), x(2, 3), x(3, 2), beta=0.5, alpha=2), NARROW),
    ("addbmm", lambda m, x: m.addbmm(x(2, 2), x(2, 2, 3), x(2, 3, 2)), NARROW),
    ("baddbmm", lambda m, x: m.baddbmm(x(2, 2, 2), x(2, 2, 3), x(2, 3, 2)), NARROW),
    ("chain_matmul", lambda m, x: m.chain_matmul(x(2, 3), x(3, 2), x(2, 2)), NARROW),
    ("einsum", lambda m, x: m.einsum("ij,jk->ik", x(2, 3), x(3, 2)), NARROW),
    ("einsum of one", lambda m, x: m.einsum("ij->ji", x(2, 3)), AS_IT_IS),
    ("tensordot", lambda m, x: m.tensordot(x(2, 3), x(3, 2), 1), NARROW),
    ("inner of matrices", lambda m, x: m.inner(x(2, 3), x(4, 3)), NARROW),
    ("inner of vectors", lambda m, x: m.inner(x(3), x(3)), AS_IT_IS),
    ("conv1d", lambda m, x: m.conv1d(x(1, 2, 5), x(3, 2, 2), x(3)), NARROW),
    ("conv2d", lambda m, x: m.conv2d(x(1, 2, 4, 4), x(3, 2, 3, 3), x(3), padding="same"), NARROW),
    ("conv3d", lambda m, x: m.conv3d(x(1, 1, 3, 3, 3), x(2, 1, 2, 2, 2)), NARROW),
    ("conv_transpose1d", lambda m, x: m.conv_transpose1d(x(1, 2, 5), x(2, 3, 2)), NARROW),
    ("conv_transpose2d", lambda m, x: m.conv_transpose2d(x(1, 2, 3, 3), x(2, 3, 2, 2)), NARROW),
    ("conv_transpose3d", lambda m, x: m.conv_transpose3d(x(1, 1, 2, 2, 2), x(1, 2, 2, 2, 2)), NARROW),
    ("conv_tbc", lambda m, x: m.conv_tbc(x(4, 2, 3), x(2, 3, 4), x(4)), NARROW),
    ("circular conv", lambda m, x: modules(m).Conv1d(1, 1, 2, padding=1, padding_mode="circular")(x(1, 1, 5)), NARROW),
    ("prelu", lambda m, x: m.prelu(x(2, 3), x(3)), NARROW),
    ("RNN", lambda m, x: modules(m).RNN(3, 4)(x(5, 2, 3))[0], NARROW),
    ("LSTM", lambda m, x: modules(m).LSTM(3, 4)(x(5, 2, 3))[0], NARROW),
    ("LSTM's cell states", lambda m, x: modules(m).LSTM(3, 4)(x(5, 2, 3))[1][1], NARROW),
    ("GRU", lambda m, x: modules(m).GRU(3, 4, bidirectional=True)(x(5, 2, 3))[0], WIDE),
    ("GRU's states", lambda m, x: modules(m).GRU(3, 4)(x(5, 2, 3), x(1, 2, 4))[1], WIDE),
    ("LSTM with projections", lambda m, x: modules(m).LSTM(3, 4, proj_size=2)(x(5, 2, 3))[0], NARROW),
    ("its cell states", lambda m, x: modules(m).LSTM(3, 4, proj_size=2)(x(5, 2, 3))[1][1], WIDE),
    ("packed, with projections",
     lambda m, x: modules(m).LSTM(3, 4, proj_size=2)(packed(m, x(5, 2, 3)))[1][0], NARROW),
    ("packed LSTM", lambda m, x: modules(m).LSTM(3, 4)(packed(m, x(5, 2, 3)))[0].data, WIDE),
    ("RNNCell", lambda m, x: modules(m).RNNCell(3, 4)(x(2, 3)), NARROW),
    ("LSTMCell", lambda m, x: modules(m).LSTMCell(3, 4)(x(2, 3))[1], WIDE),
    ("LSTMCell from other states",
     lambda m, x: modules(m).LSTMCell(3, 4)(x(2, 3), (x(2, 4).to(m.float16), x(2, 4)))[0], WIDE),
    ("cell called by names",
     lambda m, x: m.gru_cell(input=x(2, 3), hx=x(2, 1), w_ih=x(3, 3), w_hh=x(3, 1)), WIDE),
    ("GRUCell", lambda m, x: modules(m).GRUCell(3, 4)(x(2, 3)), WIDE),
    ("mv", lambda m, x: m.mv(x(2, 3), x(3)), AS_IT_IS),
    ("dot", lambda m, x: m.dot(x(3), x(3)), AS_IT_IS),
    ("outer", lambda m, x: m.outer(x(3), x(3)), AS_IT_IS),
    ("product", lambda m, x: x(3) * x(3), AS_IT_IS),
    ("bilinear", lambda m, x: functional(m).bilinear(x(2, 3), x(2, 3), x(4, 3, 3)), AS_IT_IS),
    ("LayerNorm", lambda m, x: modules(m).LayerNorm(3)(x(2, 3)), AS_IT_IS),
    ("BatchNorm", lambda m, x: modules(m).BatchNorm1d(3)(x(4, 3)), AS_IT_IS),
    ("sum", lambda m, x: x(2, 3).sum(), AS_IT_IS),
    ("float64", lambda m, x: x(2, 3).double() @ x(3, 2).double(), AS_IT_IS),
    ("int64", lambda m, x: m.ones(2, 2, dtype=m.int64) @ m.ones(2, 2, dtype=m.int64), "int64"),
]  # fmt: skip

# the same of (m, h) where h(*shape) makes a tensor in the autocast dtype
OF_NARROW = [
    ("mse_loss", lambda m, h: functional(m).mse_loss(h(3), h(3)), WIDE),
    ("l1_loss", lambda m, h: functional(m).l1_loss(h(3), h(3)), WIDE),
    ("smooth_l1_loss", lambda m, h: functional(m).smooth_l1_loss(h(3), h(3)), WIDE),
    ("huber_loss", lambda m, h: functional(m).huber_loss(h(3), h(3)), WIDE),
    ("cross_entropy", lambda m, h: functional(m).cross_entropy(h(2, 3), target(m, 0, 2)), WIDE),
    ("nll_loss", lambda m, h: functional(m).nll_loss(h(2, 3), target(m, 0, 2)), WIDE),
    ("kl_div", lambda m, h: functional(m).kl_div(h(2, 3), h(2, 3), log_target=True, reduction="sum"), WIDE),
    ("poisson_nll_loss", lambda m, h: functional(m).poisson_nll_loss(h(3), h(3)), WIDE),
    ("bce", lambda m, h: functional(m).binary_cross_entropy(h(3).sigmoid(), h(3).sigmoid()), WIDE),
    ("bce of logits", lambda m, h: functional(m).binary_cross_entropy_with_logits(h(3), h(3).sigmoid()), WIDE),
    ("hinge_embedding_loss", lambda m, h: functional(m).hinge_embedding_loss(h(3), h(3).sign()), WIDE),
    ("margin_ranking_loss", lambda m, h: functional(m).margin_ranking_loss(h(3), h(3), h(3).sign()), WIDE),
    ("soft_margin_loss", lambda m, h: functional(m).soft_margin_loss(h(3), h(3).detach().sign()), WIDE),
    ("multi_margin_loss", lambda m, h: functional(m).multi_margin_loss(h(2, 3), target(m, 0, 2)), WIDE),
    ("multilabel_margin_loss",
     lambda m, h: functional(m).multilabel_margin_loss(h(1, 2), m.tensor([[0, -1]])), WIDE),
    ("cosine_embedding_loss",
     lambda m, h: functional(m).cosine_embedding_loss(h(2, 3), h(2, 3), target(m, 1, -1)), WIDE),
    ("triplet_margin_loss", lambda m, h: functional(m).triplet_margin_loss(h(2, 3), h(2, 3), h(2, 3)), WIDE),
    ("ctc_loss",
     lambda m, h: functional(m).ctc_loss(h(4, 3).log_softmax(1), target(m, 1, 2), target(m, 4).squeeze(0),
                                         target(m, 2).squeeze(0)), WIDE),
    ("gaussian_nll_loss", lambda m, h: functional(m).gaussian_nll_loss(h(3), h(3), h(3).abs()), AS_IT_IS),
    ("prod", lambda m, h: h(3).prod(), WIDE),
    ("prod along", lambda m, h: h(2, 3).prod(axis=0), WIDE),
    ("trace", lambda m, h: h(2, 2).trace(), WIDE),
    ("quantile", lambda m, h: m.quantile(h(3), 0.5), WIDE),
    ("nanquantile", lambda m, h: h(2, 3).nanquantile(0.5, dim=1), WIDE),
    ("view_as_complex", lambda m, h: m.view_as_complex(h(3, 2)), "complex64"),
    ("polar", lambda m, h: m.polar(h(3).abs(), h(3)), "complex64"),
    ("reflecting pad", lambda m, h: functional(m).pad(h(1, 1, 3), (1, 1), "reflect"), WIDE),
    ("replicating pad", lambda m, h: functional(m).pad(h(1, 1, 2, 3), (1, 1, 1, 1), "replicate"), WIDE),
    ("circular pad", lambda m, h: functional(m).pad(h(1, 1, 3), (1, 1), "circular"), AS_IT_IS),
    ("grid_sample",
     lambda m, h: functional(m).grid_sample(h(1, 1, 3, 3), h(1, 2, 2, 2).tanh(), align_corners=False), WIDE),
    ("grid_sampler", lambda m, h: m.grid_sampler(h(1, 1, 3, 3), h(1, 2, 2, 2).tanh(), 0, 0, False), WIDE),
    ("max_pool3d", lambda m, h: functional(m).max_pool3d(h(1, 1, 2, 2, 2), 2), WIDE),
    ("max_pool3d and where",
     lambda m, h: functional(m).max_pool3d(h(1, 1, 2, 2, 2), 2, return_indices=True)[0], AS_IT_IS),
    ("attention", lambda m, h: functional(m).scaled_dot_product_attention(h(2, 3), h(2, 3).float(), h(2, 3)), NARROW),
    ("LSTM", lambda m, h: modules(m).LSTM(3, 4)(h(5, 2, 3))[1][1], AS_IT_IS),
    ("GRU", lambda m, h: modules(m).GRU(3, 4)(h(5, 2, 3))[0], AS_IT_IS),
    ("LSTMCell", lambda m, h: modules(m).LSTMCell(3, 4)(h(2, 3))[1], AS_IT_IS),
    ("softmax", lambda m, h: h(2, 3).softmax(1), AS_IT_IS),
    ("LayerNorm", lambda m, h: modules(m).LayerNorm(3)(h(2, 3)), AS_IT_IS),
    ("BatchNorm", lambda m, h: modules(m).BatchNorm1d(3)(h(4, 3)), AS_IT_IS),
    ("exp", lambda m, h: h(3).exp(), AS_IT_IS),
    ("cumprod", lambda m, h: h(3).cumprod(0), AS_IT_IS),
]  # fmt: skip


def packed(m, padded):
    return modules(m).utils.rnn.pack_padded_sequence(padded, [5, 3])


def run(m, function, dtype, narrow):
    """The output, and the operands after its backward, of a program under autocast in this dtype."""
    random, operands = np.random.default_rng(0), []
    kind = getattr(m, dtype)

    def operand(*shape):
        made = m.from_numpy(random.standard_normal(shape).astype(np.float32))
        operands.append((made.to(kind) if narrow else made).requires_grad_())
        return operands[-1]

    m.manual_seed(0)
    with m.autocast("cpu", dtype=kind):
        out = function(m, operand)
    if out.requires_grad:
        (out.abs() if out.is_complex() else out).float().sum().backward()
    return out, operands


def array(tensor):
    tensor = tensor.detach()
    return (tensor if tensor.is_complex() else tensor.double()).numpy()


CASES = [(*case, False) for case in OF_SINGLE] + [(*case, True) for case in OF_NARROW]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("name, function, kind, narrow", CASES, ids=[f"{c[0]}-{'h' if c[3] else 'x'}" for c in CASES])
def test_dtypes(name, function, kind, narrow, dtype):
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    out, operands = run(autograd, function, dtype, narrow)
    own = "float64" if name == "float64" else dtype if narrow else "float32"
    assert out.dtype.name == {NARROW: dtype, WIDE: "float32", AS_IT_IS: own}.get(kind, kind)
    for x in operands:
        assert x.grad is None or x.grad.dtype is x.dtype


# What oneDNN cannot do in float16 on most processors
NOT_IN_PYTORCH = ("LSTM", "LSTM's cell states")


def draws_weights(function):
    """Whether a case builds a module with random weights, which are others in PyTorch."""
    return "modules" in function.__code__.co_names


@pytest.mark.filterwarnings("ignore:torch.chain_matmul is deprecated", "ignore:LSTM with projections")
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("name, function, kind, narrow", CASES, ids=[f"{c[0]}-{'h' if c[3] else 'x'}" for c in CASES])
def test_pytorch_agrees(name, function, kind, narrow, dtype, torch):
    pytest.importorskip("ml_dtypes")
    if name in NOT_IN_PYTORCH and dtype == "float16":
        return
    out, operands = run(autograd, function, dtype, narrow)
    theirs, twins = run(torch, function, dtype, narrow)
    assert repr(out.dtype) == repr(theirs.dtype)
    assert out.shape == theirs.shape
    if draws_weights(function):
        return
    close = {"rtol": 0.02, "atol": 0.02} if dtype == "bfloat16" else {"rtol": 3e-3, "atol": 3e-3}
    np.testing.assert_allclose(array(out), array(theirs), **close)
    for x, twin in zip(operands, twins):
        assert (x.grad is None) == (twin.grad is None)
        if x.grad is not None:
            np.testing.assert_allclose(array(x.grad), array(twin.grad), **close)


def dtypes_of(m, case, kinds, on):
    """The dtypes of a case's results, its floating operands being of these kinds in turn; None if it is refused."""
    kinds, operands = itertools.cycle(kinds), []
    for array in case.operands:
        tensor = m.from_numpy(np.array(array, order="C"))
        operands.append(tensor.to(getattr(m, next(kinds))) if array.dtype == np.float64 else tensor)
    try:
        with m.autocast("cpu", dtype=m.bfloat16, enabled=on):
            found = case.function(m, *operands)
    except Exception:
        return None
    return [str(x.dtype) for x in (found if isinstance(found, (tuple, list)) else [found])]


WIDER_HERE = {"mse_loss:weight", "l1_loss:weight"}  # PyTorch leaves losses alone that are weighted


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kinds", [["float32"], ["bfloat16"], ["bfloat16", "float32"]])
def test_every_function_gives_the_dtype_that_it_gives_in_pytorch(kinds, torch):
    pytest.importorskip("ml_dtypes")
    compared, wrong = 0, {}
    for case in collect():
        if not case.torch or case.name in WIDER_HERE:
            continue
        ours, theirs = (dtypes_of(m, case, kinds, True) for m in (autograd, torch))
        if None not in (ours, theirs):
            compared += 1
            if ours != theirs and dtypes_of(autograd, case, kinds, False) == dtypes_of(torch, case, kinds, False):
                wrong[case.name] = ours, theirs
    assert not wrong
    assert compared > 600


# ---- the mode


def product(m):
    return (m.ones(2, 2) @ m.ones(2, 2)).dtype


def test_nesting_and_decorating(m):
    half, single = m.float16, m.float32

    @m.autocast("cpu", dtype=half)
    def decorated():
        return product(m), m.is_autocast_enabled("cpu"), m.get_autocast_dtype("cpu")

    assert decorated() == (half, True, half)
    with m.amp.autocast("cpu", dtype=half, cache_enabled=False):
        assert product(m) == half
        assert not m.is_autocast_cache_enabled()
        with m.autocast("cpu", enabled=False):
            assert product(m) == single
            assert not m.is_autocast_enabled("cpu")
            with m.autocast("cpu"):
                assert product(m) == half  # what the outer block has set
        assert product(m) == half
        with pytest.raises(RuntimeError):
            m.ones(2, 3) @ m.ones(2, 3)
        assert product(m) == half
    assert product(m) == single
    assert not m.is_autocast_enabled("cpu")
    assert m.is_autocast_cache_enabled()
    with pytest.raises(ZeroDivisionError), m.autocast("cpu", dtype=half):
        raise ZeroDivisionError
    assert not m.is_autocast_enabled("cpu")


def test_a_block_within_itself():
    mode = autograd.autocast("cpu", dtype=autograd.float16)
    with mode:
        with mode:
            assert product(autograd) is autograd.float16
        assert product(autograd) is autograd.float16
    assert product(autograd) is autograd.float32


def test_the_settings_by_hand(m):
    pytest.importorskip("ml_dtypes")  # for the dtype that is put back
    before = m.get_autocast_dtype("cpu")
    try:
        m.set_autocast_dtype("cpu", m.float16)
        m.set_autocast_enabled("cpu", True)
        m.set_autocast_cache_enabled(False)
        assert (m.is_autocast_enabled("cpu"), m.is_autocast_cache_enabled()) == (True, False)
        assert product(m) == m.float16
    finally:
        m.set_autocast_enabled("cpu", False)
        m.set_autocast_cache_enabled(True)
        m.set_autocast_dtype("cpu", before)
        m.clear_autocast_cache()
    assert product(m) == m.float32


def test_bfloat16_is_the_default(m):
    pytest.importorskip("ml_dtypes")
    with m.autocast("cpu"):
        assert product(m) == m.bfloat16
        assert m.get_autocast_dtype("cpu") == m.bfloat16


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(ImportError, match="pip install ml_dtypes"):
        autograd.autocast("cpu")
    with autograd.autocast("cpu", dtype=autograd.float16):
        assert product(autograd) is autograd.float16


def test_what_cannot_be_is_said(m):
    with pytest.warns(UserWarning, match="target dtype"), m.autocast("cpu", dtype=m.float32):
        assert product(m) == m.float32
    with pytest.warns(UserWarning, match="CUDA is not available"):
        mode = m.autocast("cuda", dtype=m.float16)
    with mode:
        assert product(m) == m.float32
    with pytest.raises(ValueError, match="Expected `device_type` of type `str`"):
        m.autocast(3)
    with pytest.raises(RuntimeError, match="device"):
        m.autocast("abacus", dtype=m.float16)
    with pytest.raises(TypeError, match="dtype"):
        m.set_autocast_dtype("cpu", 3)
    with pytest.raises(TypeError, match="requires a callable"):
        m.autocast("cpu", dtype=m.float16)(3)
    assert m.amp.is_autocast_available("cpu")


def test_each_thread_has_its_own():
    seen = []
    with autograd.autocast("cpu", dtype=autograd.float16):
        thread = threading.Thread(target=lambda: seen.append(product(autograd)))
        thread.start()
        thread.join()
    assert seen == [autograd.float32]


def test_threads_may_share_a_mode():
    mode, entered, leave = autograd.autocast("cpu", dtype=autograd.float16), threading.Event(), threading.Event()

    def enter():
        with mode:
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=enter)
    with autograd.autocast("cpu", dtype=autograd.float16):
        with mode:
            thread.start()
            entered.wait(10)
        assert product(autograd) is autograd.float16
        leave.set()
        thread.join()


def test_in_place_forms_write_to_what_is_there(m):
    x = m.ones(2, 2)
    with m.autocast("cpu", dtype=m.float16):
        x.addmm_(m.ones(2, 2), m.ones(2, 2))
        assert m.zeros(2).index_copy(0, m.tensor([1]), m.ones(1).half()).dtype == m.float32
    assert x.dtype == m.float32
    assert x.tolist() == [[3.0, 3.0], [3.0, 3.0]]


# ---- weights


def conversions(x):
    """How many conversions of weights lead to a result."""
    nodes, found = [x.grad_fn], []
    while nodes:
        node = nodes.pop()
        if node is not None and node not in found:
            found.append(node)
            nodes += [parent for parent, _ in node.next_functions]
    return sum(any(parent and parent.name() == "AccumulateGrad" for parent, _ in node.next_functions) for node in found)


def test_a_weight_is_converted_once_and_has_a_single_precision_gradient():
    weight = autograd.ones(2, 2, requires_grad=True)
    x = autograd.ones(1, 2)
    for cached, count in ((True, 1), (False, 3)):
        with autograd.autocast("cpu", dtype=autograd.float16, cache_enabled=cached):
            y = F.linear(F.linear(F.linear(x, weight), weight), weight)
            assert conversions(y) == count
        assert not state.cache
        weight.grad = None
        y.sum().backward()
        assert weight.grad.dtype is autograd.float32
        assert weight.grad.tolist() == [[12.0, 12.0], [12.0, 12.0]]


def test_the_cache_is_never_stale():
    """A weight that is used under `no_grad` first, or written to within the block, is converted anew."""
    weight = autograd.ones(1, 1, requires_grad=True)
    with autograd.autocast("cpu", dtype=autograd.float16):
        with autograd.no_grad():
            F.linear(autograd.ones(1, 1), weight)
        assert F.linear(autograd.ones(1, 1), weight).requires_grad
        with autograd.no_grad():
            weight += 1
        assert F.linear(autograd.ones(1, 1), weight).item() == 2
        other = autograd.ones(1, 1, requires_grad=True)
        assert F.linear(autograd.ones(1, 1), other).item() == 1


@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpointing_runs_again_as_it_ran_first(reentrant):
    from autograd.utils.checkpoint import checkpoint

    layer = nn.Linear(3, 3)
    x = autograd.randn(2, 3, requires_grad=True)
    gradients = []
    for through in (lambda f, x: f(x), lambda f, x: checkpoint(f, x, use_reentrant=reentrant)):
        layer.zero_grad()
        with autograd.autocast("cpu", dtype=autograd.float16):
            y = through(lambda x: layer(layer(x).tanh()), layer(x)).float().square().sum()
        y.backward()
        gradients.append(layer.weight.grad)
    assert autograd.allclose(*gradients, rtol=1e-3, atol=1e-3)


# ---- custom functions


def custom(m, cast_inputs):
    """A custom function that multiplies matrices, and the dtypes that it saw."""
    seen = {}

    class Product(m.autograd.Function):
        @staticmethod
        @m.amp.custom_fwd(device_type="cpu", cast_inputs=cast_inputs)
        def forward(ctx, x, y, options):
            ctx.save_for_backward(x, y)
            out = x @ y
            seen["forward"] = str(x.dtype), str(options["scale"].dtype), str(out.dtype)
            return out

        @staticmethod
        @m.amp.custom_bwd(device_type="cpu")
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            seen["backward"] = str(g.dtype), str((g @ y.mT).dtype)
            return (g @ y.mT).to(x.dtype), x.mT.to(g.dtype) @ g, None

    return Product, seen


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("on", [False, True])
def test_custom_functions(on, narrow, torch):
    results = []
    for m in (autograd, torch):
        function, seen = custom(m, m.float32 if narrow else None)
        x = m.ones(2, 2, dtype=m.float16 if narrow else m.float32).requires_grad_()
        with m.autocast("cpu", dtype=m.float16, enabled=on):
            out = function.apply(x, m.ones(2, 2, dtype=x.dtype), {"scale": m.ones(1, dtype=m.float16)})
        out.sum().backward()
        results.append((seen, str(out.dtype), str(x.grad.dtype), x.grad.tolist()))
    assert results[0] == results[1]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_linear_map_of_16_bits_is_computed_in_32_and_rounded_once(dtype):
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    autograd.manual_seed(0)
    kind = getattr(autograd, dtype)
    narrow = [autograd.randn(*shape).to(kind).requires_grad_() for shape in ((2, 5, 60), (7, 60), (7,))]
    wide = [x.detach().float().requires_grad_() for x in narrow]
    gradient = autograd.randn(2, 5, 7).to(kind)
    outs = [F.linear(*operands) for operands in (narrow, wide)]
    outs[0].backward(gradient)
    outs[1].backward(gradient.float())
    assert autograd.equal(outs[0], outs[1].to(kind))
    for x, y in zip(narrow, wide):
        assert autograd.allclose(x.grad.float(), y.grad, rtol=autograd.finfo(kind).eps, atol=1e-6)
