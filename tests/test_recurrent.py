"""Recurrent layers beyond the cases: packing, errors, states handed on, what is shared and what is not."""

from __future__ import annotations

import copy
import importlib
import pickle
import warnings

import numpy as np
import pytest

import autograd
import nn
from nn.utils.rnn import (
    PackedSequence,
    invert_permutation,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    unpack_sequence,
    unpad_sequence,
)

KINDS = ("RNN", "LSTM", "GRU")


@pytest.fixture
def package(m):
    """`nn`, or `torch.nn`."""
    return nn if m is autograd else importlib.import_module("torch.nn")


@pytest.fixture
def rnn(m):
    """`nn.utils.rnn`, or PyTorch's."""
    return importlib.import_module("nn.utils.rnn" if m is autograd else "torch.nn.utils.rnn")


def array(tensor):
    return np.array(tensor.detach().tolist())


def flat(result):
    """The tensors in nested tuples."""
    return [t for part in result for t in flat(part)] if isinstance(result, tuple) else [result]


def draw(*shape, seed=0, **options):
    random = np.random.default_rng(seed)
    return autograd.tensor(random.uniform(-1, 1, shape), dtype=autograd.float64, **options)


# ---- packing and padding


def test_packing_and_padding_as_torch(torch):
    """Random lengths and layouts: every function gives what PyTorch's gives, and its gradient."""
    theirs = importlib.import_module("torch.nn.utils.rnn")
    random = np.random.default_rng(3)
    for _ in range(40):
        size, steps, batch_first = random.integers(1, 6), random.integers(1, 7), bool(random.integers(2))
        lengths = random.integers(1, steps + 1, size)
        ordered = bool(random.integers(2))
        if ordered:
            lengths = np.sort(lengths)[::-1].copy()
        values = random.uniform(-1, 1, (size, steps, 2) if batch_first else (steps, size, 2))
        total = random.choice([None, int(max(lengths)) + 2])
        grads = []
        for m, tools in ((autograd, importlib.import_module("nn.utils.rnn")), (torch, theirs)):
            x = m.tensor(values, requires_grad=True)
            packed = tools.pack_padded_sequence(x, m.tensor(lengths), batch_first, ordered)
            padded, found = tools.pad_packed_sequence(packed, batch_first, 0.5, total)
            parts = tools.unpack_sequence(packed)
            again = tools.pad_sequence(parts, batch_first, -1.0, "left")
            apart = tools.unpad_sequence(x.detach().clone(), m.tensor(lengths), batch_first)
            (padded * padded).sum().backward()
            indices = [i if i is None else i.tolist() for i in packed[2:]]
            results = (packed.data, packed.batch_sizes, padded, found, *parts, again, *apart)
            grads.append(([r.tolist() for r in results], indices, x.grad.tolist()))
        assert grads[0] == grads[1]


def test_packing_keeps_the_order_of_the_batch():
    sequences = [draw(n, 3, seed=n) for n in (2, 4, 1)]
    packed = pack_sequence(sequences, enforce_sorted=False)
    assert packed.batch_sizes.tolist() == [3, 2, 1, 1]
    assert packed.sorted_indices.tolist() == [1, 0, 2]
    assert packed.unsorted_indices.tolist() == invert_permutation(packed.sorted_indices).tolist() == [1, 0, 2]
    for one, other in zip(sequences, unpack_sequence(packed), strict=True):
        assert one.tolist() == other.tolist()
    padded, lengths = pad_packed_sequence(packed, total_length=6)
    assert padded.shape == (6, 3, 3)
    assert lengths.tolist() == [2, 4, 1]
    assert unpad_sequence(padded, lengths)[2].tolist() == sequences[2].tolist()
    assert invert_permutation(None) is None


def test_padding_integers_and_on_the_left(m, rnn):
    sequences = [m.tensor([1, 2, 3]), m.tensor([4])]
    assert rnn.pad_sequence(sequences, padding_value=7.9).tolist() == [[1, 4], [2, 7], [3, 7]]
    left = rnn.pad_sequence(sequences, batch_first=True, padding_side="left")
    assert left.tolist() == [[1, 2, 3], [0, 0, 4]]
    assert left.dtype == m.int64
    padded, _ = rnn.pad_packed_sequence(rnn.pack_sequence(sequences), padding_value=-1.5)
    assert padded.tolist() == [[1, 4], [2, -1], [3, -1]]
    with pytest.raises(RuntimeError, match="cannot be converted"):
        rnn.pad_sequence(sequences, padding_value=float("nan"))


def test_unpadding_leaves_its_argument_alone():
    padded = draw(3, 2)
    parts = unpad_sequence(padded, autograd.tensor([3, 1]))
    assert padded.shape == (3, 2)
    parts[0].zero_()
    assert padded.tolist() == draw(3, 2).tolist()


def test_a_packed_sequence_is_a_named_tuple(m, rnn):
    packed = rnn.pack_sequence([m.tensor([1, 2]), m.tensor([3])])
    assert packed._fields == ("data", "batch_sizes", "sorted_indices", "unsorted_indices")
    assert repr(packed) == (
        "PackedSequence(data=tensor([1, 3, 2]), batch_sizes=tensor([2, 1]), sorted_indices=None, unsorted_indices=None)"
    )
    assert packed.to(m.int64) is packed is packed.cpu()
    assert not packed.is_cuda
    for method, dtype in (
        ("double", m.float64), ("float", m.float32), ("half", m.float16), ("long", m.int64), ("int", m.int32),
        ("short", m.int16), ("char", m.int8), ("byte", m.uint8),
    ):  # fmt: skip
        other = getattr(packed, method)()
        assert type(other) is rnn.PackedSequence
        assert other.data.dtype == dtype
        assert other.batch_sizes is packed.batch_sizes
    twin = pickle.loads(pickle.dumps(packed))
    assert type(twin) is rnn.PackedSequence
    assert twin.data.tolist() == [1, 3, 2]
    pair = rnn.PackedSequence((packed.data, packed.batch_sizes), sorted_indices=m.tensor([1, 0]))
    assert pair.unsorted_indices.tolist() == [1, 0]
    with pytest.raises(AssertionError, match="list or tuple of length 2"):
        rnn.PackedSequence(packed.data)


@pytest.mark.parametrize(
    ("lengths", "options", "message"),
    [
        ([2, 3], {}, "must be sorted in decreasing order when `enforce_sorted` is True"),
        ([3, 0], {}, "has to be greater than 0"),
        ([-1, 3], {"enforce_sorted": False}, "has to be greater than 0"),
        ([3], {}, r"equal to batch_size, but got 1 \(batch_size=2\)"),
        ([[3, 2]], {}, "should be a 1D CPU int64 tensor, but got 2D"),
    ],
)
def test_lengths_that_cannot_be_packed(m, rnn, lengths, options, message):
    with pytest.raises(RuntimeError, match=message):
        rnn.pack_padded_sequence(m.zeros(3, 2, 4), m.tensor(lengths), **options)


def test_what_cannot_be_packed_or_padded(m, rnn):
    with pytest.raises(RuntimeError, match="Cannot pack empty tensors"):
        rnn.pack_padded_sequence(m.zeros(3, 0, 4), [])
    with pytest.raises(IndexError):
        rnn.pack_padded_sequence(m.zeros(3), [3])
    with pytest.raises(ValueError, match="total_length=1 and max sequence length being 2"):
        rnn.pad_packed_sequence(rnn.pack_sequence([m.zeros(2)]), total_length=1)
    with pytest.raises(RuntimeError, match="empty list of sequences"):
        rnn.pad_sequence([])
    with pytest.raises(RuntimeError, match="left or right, but got middle"):
        rnn.pad_sequence([m.zeros(2)], padding_side="middle")
    with pytest.raises(RuntimeError, match="Expected iterable for input sequences"):
        rnn.pad_sequence(5)
    for shapes in (((2, 3), (2, 4)), ((2,), (2, 3)), ((), ())):
        with pytest.raises(RuntimeError):
            rnn.pad_sequence([m.zeros(shape) for shape in shapes])
    with pytest.raises(ValueError, match=r"got 1|shorter"):
        rnn.unpad_sequence(m.zeros(3, 2), m.tensor([3]))


def test_longer_than_the_padded_batch():
    """PyTorch makes a sequence whose sizes contradict its data."""
    with pytest.raises(RuntimeError, match="4 elements does not fit an input of 3 steps"):
        pack_padded_sequence(autograd.zeros(3, 2, 4), [4, 2])


# ---- packed, padded and single sequences are one computation


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"bidirectional": True, "num_layers": 2}], ids=["plain", "deep"])
def test_a_packed_batch_is_its_sequences_one_by_one(kind, options):
    module = getattr(nn, kind)(3, 4, **options).double()
    sequences = [draw(n, 3, seed=n) for n in (3, 5, 1, 3)]
    output, hidden = module(pack_sequence(sequences, enforce_sorted=False))
    assert isinstance(output, PackedSequence)
    for i, (sequence, found) in enumerate(zip(sequences, unpack_sequence(output), strict=True)):
        alone, states = module(sequence)
        np.testing.assert_allclose(array(found), array(alone), rtol=1e-12)
        for state, of_batch in zip(flat(states), flat(hidden)):
            np.testing.assert_allclose(array(of_batch[:, i]), array(state), rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_packed_as_torch_over_random_lengths(kind, torch):
    tools = importlib.import_module("nn.utils.rnn"), importlib.import_module("torch.nn.utils.rnn")
    random = np.random.default_rng(5)
    for round_ in range(8):
        options = {"num_layers": int(random.integers(1, 3)), "bidirectional": bool(random.integers(2))}
        if kind == "LSTM" and random.integers(2):
            options["proj_size"] = 2
        modules = [getattr(package, kind)(2, 3, **options).double() for package in (nn, torch.nn)]
        modules[0].load_state_dict({k: autograd.tensor(v.tolist()) for k, v in modules[1].state_dict().items()})
        lengths = random.integers(1, 6, random.integers(1, 6)).tolist()
        values = random.uniform(-1, 1, (max(lengths), len(lengths), 2))
        found = []
        for m, module, rnn in zip((autograd, torch), modules, tools):
            x = m.tensor(values, requires_grad=True)
            result = module(rnn.pack_padded_sequence(x, lengths, enforce_sorted=False))
            outputs = [result[0].data, *flat(result[1])]
            sum((out * out).sum() for out in outputs).backward()
            found.append([array(t) for t in (*outputs, x.grad, *(p.grad for p in module.parameters()))])
        for ours, theirs in zip(*found, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10, err_msg=f"{options} {lengths} {round_}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_may_be_computed_in_pieces(kind):
    """The last states of one piece are the first of the next; gradients go back through them."""
    module, x = getattr(nn, kind)(3, 4, num_layers=2).double(), draw(6, 2, 3, requires_grad=True)
    whole, states = module(x)
    expected = autograd.grad((whole * whole).sum(), x)[0]
    first, between = module(x[:2])
    second, last = module(x[2:], between)
    pieces = autograd.cat((first, second))
    np.testing.assert_allclose(array(pieces), array(whole), rtol=1e-12)
    for one, other in zip(flat(states), flat(last)):
        np.testing.assert_allclose(array(one), array(other), rtol=1e-12)
    np.testing.assert_allclose(array(autograd.grad((pieces * pieces).sum(), x)[0]), array(expected), rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_is_one_step_of_the_layer(kind):
    layer, cell = getattr(nn, kind)(3, 4).double(), getattr(nn, kind + "Cell")(3, 4).double()
    cell.load_state_dict({name.replace("_l0", ""): value for name, value in layer.state_dict().items()})
    x, state = draw(4, 2, 3), None
    output, _ = layer(x)
    for step, expected in zip(x, output):
        state = cell(step, state)
        np.testing.assert_allclose(array(flat(state)[0]), array(expected), rtol=1e-12)


def test_functions_as_torch(m, package):
    """The functions behind the modules take PyTorch's arguments, padded and packed."""
    for name, kind in (("rnn_tanh", "RNN"), ("gru", "GRU"), ("lstm", "LSTM")):
        module = getattr(package, kind)(2, 3)
        weights, zeros = list(module.parameters()), m.zeros(1, 2, 3)
        hx = (zeros, zeros) if kind == "LSTM" else zeros
        x = m.arange(12.0).reshape(3, 2, 2) / 10
        results = getattr(m, name)(x, hx, weights, True, 1, 0.0, True, False, False)
        for found, expected in zip(results, flat(module(x))):
            np.testing.assert_allclose(array(found), array(expected), rtol=1e-6)
        data = x.reshape(6, 2)[:5]
        results = getattr(m, name)(data, m.tensor([2, 2, 1]), hx, weights, True, 1, 0.0, True, False)
        assert [tuple(r.shape) for r in results] == [(5, 3)] + [(1, 2, 3)] * (len(results) - 1)
        np.testing.assert_allclose(array(results[0][:4]), array(module(x)[0].reshape(6, 3)[:4]), rtol=1e-5)
    relu = package.RNN(2, 3, nonlinearity="relu")
    results = m.rnn_relu(x, m.zeros(1, 2, 3), list(relu.parameters()), True, 1, 0.0, True, False, False)
    np.testing.assert_allclose(array(results[0]), array(relu(x)[0]), rtol=1e-6)


def test_functions_refuse_what_does_not_fit():
    module, x = nn.GRU(2, 3), autograd.ones(3, 2, 2)
    weights, zeros = list(module.parameters()), autograd.zeros(1, 2, 3)
    options = True, 1, 0.0, True, False
    with pytest.raises(RuntimeError, match="need 4 weights"):
        autograd.gru(x, zeros, weights[:2], *options, False)
    with pytest.raises(RuntimeError, match=r"Expected hidden\[0\] size \(1, 2, 3\), got \[1, 1, 3\]"):
        autograd.gru(x, zeros[:, :1], weights, *options, False)
    with pytest.raises(RuntimeError, match="GRU starts from one state, but hx holds 2"):
        autograd.gru(x, (zeros, zeros), weights, *options, False)
    with pytest.raises(RuntimeError, match="LSTM starts from two states, hidden and cell, but hx holds 1"):
        autograd.lstm(x, zeros, list(nn.LSTM(2, 3).parameters()), *options, False)
    with pytest.raises(RuntimeError, match="input must have 3 dimensions, got 2"):
        autograd.gru(x[0], zeros, weights, *options, False)
    for sizes in ([2, 1], [1, 2]):
        with pytest.raises(RuntimeError, match="must not increase and add up to the 4 rows"):
            autograd.gru(x.reshape(6, 2)[:4], autograd.tensor(sizes), zeros, weights, *options)
    with pytest.raises(NotImplementedError, match=r"GRU is not implemented for torch\.int64"):
        autograd.gru(x.long(), zeros.long(), [w.detach().long() for w in weights], *options, False)


def test_a_cell_with_one_bias(m):
    """Without the other it is as if that were zero."""
    x, h, w, u, b = (m.tensor(draw(*shape).tolist()) for shape in ((2, 3), (2, 1), (3, 3), (3, 1), (3,)))
    expected = m.gru_cell(x, h, w, u, b, m.zeros(3))
    if m is autograd:
        assert autograd.gru_cell(x, h, w, u, b).tolist() == expected.tolist()
    assert not np.allclose(array(expected), array(m.gru_cell(x, h, w, u, m.zeros(3), b)))


# ---- dropout


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_is_between_the_layers_in_training_only(kind):
    module = getattr(nn, kind)(3, 4, num_layers=2, dropout=1.0).double()
    x = draw(5, 2, 3)
    second = getattr(nn, kind)(4, 4).double()
    second.load_state_dict(
        {name.replace("_l1", "_l0"): value for name, value in module.state_dict().items() if "_l1" in name}
    )
    expected = second(autograd.zeros(5, 2, 4, dtype=autograd.float64))[0]
    np.testing.assert_allclose(array(module(x)[0]), array(expected), rtol=1e-12)
    module.eval()
    assert module(x)[0].tolist() == module(x)[0].tolist()
    assert not np.allclose(array(module(x)[0]), array(expected))


# ---- memory


@pytest.mark.parametrize("kind", KINDS)
def test_results_may_be_overwritten(kind):
    """Writing to one result leaves the others and the gradients alone."""
    module, x = getattr(nn, kind)(3, 4).double(), draw(5, 2, 3, requires_grad=True)
    output, states = module(x)
    expected = autograd.grad(output.sum(), x)[0].tolist()
    output, states = module(x)
    before = [state.tolist() for state in flat(states)]
    kept = output.tanh()
    for i, state in enumerate(flat(states)):
        with autograd.no_grad():
            state.zero_()
        assert [s.tolist() for s in flat(states)[i + 1 :]] == before[i + 1 :]
    assert autograd.grad(output.sum() + 0 * kept.sum(), x)[0].tolist() == expected
    output, _ = module(x)
    output *= 2
    np.testing.assert_allclose(array(autograd.grad(output.sum(), x)[0]), 2 * np.array(expected), rtol=1e-12)


def test_a_weight_that_is_overwritten_before_the_backward_is_noticed():
    module = nn.LSTM(3, 4)
    loss = module(autograd.ones(2, 1, 3))[0].sum()
    with autograd.no_grad():
        module.weight_hh_l0.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_weights_replaced_or_computed_are_used():
    """As weight dropout and parametrizations do it."""
    module, x = nn.GRU(3, 4), autograd.ones(2, 1, 3)
    raw = nn.Parameter(autograd.ones(12, 4))
    del module.weight_hh_l0
    module.weight_hh_l0 = raw * 2
    module(x)[0].sum().backward()
    assert raw.grad.abs().sum() > 0
    module.weight_hh_l0 = autograd.zeros(12, 4)
    assert module._flat_weights[1] is module.weight_hh_l0 is module.all_weights[0][1]
    assert module.flatten_parameters() is None


def test_half_precision_is_computed_in_single(m, package):
    for kind in KINDS:
        module = getattr(package, kind)(8, 8)
        x = m.linspace(-1, 1, 48).reshape(3, 2, 8)
        expected = module(x)[0]
        found = copy.deepcopy(module).half()(x.half())[0]
        assert found.dtype == m.float16
        np.testing.assert_allclose(array(found), array(expected), atol=3e-3)
        if m is autograd:
            narrow = copy.deepcopy(module).half()
            narrow(x.half())[0].sum().backward()
            module(x)[0].sum().backward()
            for one, other in zip(narrow.parameters(), module.parameters()):
                assert one.grad.dtype == autograd.float16
                np.testing.assert_allclose(array(one.grad), array(other.grad), atol=2e-2)


def test_long_saturated_sequences_stay_finite():
    """Gates far in the flat ends of the logistic function: no overflow, no warning, gradients of zero."""
    for kind in KINDS:
        module = getattr(nn, kind)(1, 2)
        x = autograd.full((300, 1, 1), 1e4, requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            output, _ = module(x)
            output.sum().backward()
        assert output.isfinite().all()
        assert output.abs().max() <= 1 + 1e-6
        assert x.grad.isfinite().all()


# ---- arguments and errors


@pytest.mark.parametrize(
    ("kind", "options", "error", "message"),
    [
        ("LSTM", {"bias": 1}, TypeError, "bias should be of type bool, got: int"),
        ("GRU", {"batch_first": 1}, TypeError, "batch_first should be of type bool, got: int"),
        ("GRU", {"input_size": 3.0}, TypeError, "input_size should be of type int, got: float"),
        ("GRU", {"hidden_size": 4.0}, TypeError, "hidden_size should be of type int, got: float"),
        ("GRU", {"input_size": 0}, ValueError, "input_size must be greater than zero"),
        ("GRU", {"hidden_size": 0}, ValueError, "hidden_size must be greater than zero"),
        ("RNN", {"num_layers": 0}, ValueError, "num_layers must be greater than zero"),
        ("RNN", {"dropout": 2}, ValueError, r"dropout should be a number in range \[0, 1\]"),
        ("RNN", {"dropout": True}, ValueError, r"dropout should be a number in range \[0, 1\]"),
        ("LSTM", {"proj_size": -1}, ValueError, "positive integer or zero to disable projections"),
        ("LSTM", {"proj_size": 4}, ValueError, "proj_size has to be smaller than hidden_size"),
        ("GRU", {"proj_size": 1}, ValueError, "only supported for LSTM"),
        ("RNN", {"proj_size": 1}, ValueError, "only supported for LSTM"),
        ("RNN", {"nonlinearity": "selu"}, ValueError, "Unknown nonlinearity 'selu'. Select from 'tanh' or 'relu'"),
        ("RNNBase", {"mode": "QRNN"}, ValueError, "Unrecognized RNN mode: QRNN"),
    ],
)
def test_arguments_that_are_refused(package, kind, options, error, message):
    with pytest.raises(error, match=message):
        getattr(package, kind)(**{"input_size": 3, "hidden_size": 4, **options})


def test_dropout_of_a_single_layer_is_warned_of(package):
    with pytest.warns(UserWarning, match="expects num_layers greater than 1, but got dropout=0.5") as caught:
        package.LSTM(3, 4, dropout=0.5)
    if package is nn:
        assert caught[0].filename == __file__


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_that_do_not_fit(m, package, kind):
    module = getattr(package, kind)(3, 4)
    for shape in ((3,), (2, 2, 2, 3)):
        with pytest.raises(ValueError, match=f"{kind}: Expected input to be 2D or 3D, got {len(shape)}D"):
            module(m.zeros(shape))
    with pytest.raises(RuntimeError, match=r"input.size\(-1\) must be equal to input_size. Expected 3, got 5"):
        module(m.zeros(2, 1, 5))
    for dtype in (m.float64, m.int64):
        with pytest.raises(ValueError, match=r"RNN input dtype \(torch.\w+\) does not match weight dtype"):
            module(m.zeros(2, 1, 3, dtype=dtype))
    with pytest.raises(RuntimeError, match="Expected sequence length to be larger than 0 in RNN"):
        module(m.zeros(0, 1, 3))


@pytest.mark.parametrize("kind", ["RNN", "GRU"])
def test_states_that_do_not_fit(m, package, kind):
    module, x = getattr(package, kind)(3, 4), m.zeros(2, 5, 3)
    with pytest.raises(RuntimeError, match=r"Expected hidden size \(1, 5, 4\), got \[1, 2, 4\]"):
        module(x, m.zeros(1, 2, 4))
    with pytest.raises(RuntimeError, match="For batched 3-D input, hx should also be 3-D but got 2-D tensor"):
        module(x, m.zeros(1, 4))
    with pytest.raises(RuntimeError, match="For unbatched 2-D input, hx should also be 2-D but got 3-D tensor"):
        module(x[0], m.zeros(1, 1, 4))
    with pytest.raises(RuntimeError, match="same dtype"):
        module(x, m.zeros(1, 5, 4).double())


def test_states_that_do_not_fit_an_lstm(m, package):
    module, x = package.LSTM(3, 4, proj_size=2), m.zeros(2, 5, 3)
    h, c = m.zeros(1, 5, 2), m.zeros(1, 5, 4)
    with pytest.raises(RuntimeError, match=r"Expected hidden\[0\] size \(1, 5, 2\), got \[1, 5, 4\]"):
        module(x, (c, c))
    with pytest.raises(RuntimeError, match=r"Expected hidden\[1\] size \(1, 5, 4\), got \[1, 5, 2\]"):
        module(x, (h, h))
    with pytest.raises(RuntimeError, match=r"also be 3-D but got \(2-D, 3-D\) tensors"):
        module(x, (h[0], c))
    with pytest.raises(RuntimeError, match=r"also be 2-D but got \(3-D, 3-D\) tensors"):
        module(x[0], (h, c))


def test_states_of_the_wrong_kind():
    zeros = autograd.zeros(1, 1, 4)
    with pytest.raises(TypeError, match=r"LSTM: hx must be a pair of Tensors \(h_0, c_0\), not Tensor"):
        nn.LSTM(3, 4)(autograd.zeros(2, 1, 3), zeros)
    with pytest.raises(TypeError, match="GRU: hx must be a Tensor, the initial states, not tuple"):
        nn.GRU(3, 4)(autograd.zeros(2, 1, 3), (zeros, zeros))
    with pytest.raises(TypeError, match="LSTMCell: hx must be a pair"):
        nn.LSTMCell(3, 4)(autograd.zeros(1, 3), zeros)
    packed = pack_sequence([autograd.zeros(2, 3), autograd.zeros(1, 3)])
    with pytest.raises(RuntimeError, match=r"Expected hidden\[0\] size \(1, 2, 4\), got \[1, 1, 4\]"):
        nn.LSTM(3, 4)(packed, (zeros, zeros))


@pytest.mark.parametrize("kind", KINDS)
def test_cells_refuse_what_does_not_fit(m, package, kind):
    cell = getattr(package, kind + "Cell")(3, 4)

    def states(*shape):
        return (m.zeros(shape), m.zeros(shape)) if kind == "LSTM" else m.zeros(shape)

    with pytest.raises(RuntimeError, match="input has inconsistent input_size: got 5 expected 3"):
        cell(m.zeros(2, 5))
    with pytest.raises(RuntimeError, match="hidden0 has inconsistent hidden_size: got 3, expected 4"):
        cell(m.zeros(2, 3), states(2, 3))
    with pytest.raises(RuntimeError, match="Input batch size 2 doesn't match hidden0 batch size 1"):
        cell(m.zeros(2, 3), states(1, 4))
    with pytest.raises(ValueError, match=f"{kind}Cell: Expected input to be 1D or 2D, got 3D instead"):
        cell(m.zeros(2, 2, 3))
    with pytest.raises(ValueError, match=r"Expected h(idden|x\[0\]) to be 1D or 2D, got 3D instead"):
        cell(m.zeros(2, 3), states(1, 2, 4))
    with pytest.raises(RuntimeError, match="same dtype"):
        cell(m.zeros(2, 3).double())


def test_a_nonlinearity_that_no_cell_has(m, package):
    cell = package.RNNCell(3, 4, nonlinearity="selu")
    with pytest.raises(RuntimeError, match="Unknown nonlinearity: selu"):
        cell(m.zeros(1, 3))


def test_errors_say_which_layer_it_was():
    model = nn.Sequential(nn.Linear(2, 3), nn.GRU(4, 8))
    with pytest.raises(RuntimeError) as caught:
        model(autograd.zeros(5, 1, 2))
    assert "GRU 4→8" in "".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
