"""nn.utils.summary: the tree, the counts, what a failing forward leaves, and that nothing is changed."""

from __future__ import annotations

import sys
from collections import OrderedDict

import pytest

import autograd
import nn
from nn.utils import summary
from nn.utils.rnn import pack_sequence


def rows(result):
    """The rows of the table, without its head and what is below."""
    lines = str(result).split("\n")
    rules = [i for i, line in enumerate(lines) if line.startswith("─")]
    return lines[rules[0] + 1 : rules[1]]


def totals(result):
    """The counts below the table by name."""
    lines = str(result).split("\n")
    below = lines[max(i for i, line in enumerate(lines) if line.startswith("─")) + 1 :]
    found = {}
    for line in below:
        words = line.split()
        if not words or line.startswith("("):
            break
        found[words[0]] = " ".join(words[1:])
    return found


class Tied(nn.Module):
    """An embedding whose weight is also that of the output."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 4)
        self.lstm = nn.LSTM(4, 4, batch_first=True)
        self.out = nn.Linear(4, 10, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, tokens):
        steps, state = self.lstm(self.embed(tokens))
        return self.out(steps), state


def test_a_table_of_layers():
    net = nn.Sequential(OrderedDict(fc=nn.Linear(8, 4), act=nn.ReLU(), out=nn.Linear(4, 1000)))
    result = summary(net, (2, 8))
    assert str(result) == "\n".join(
        [
            "Layer                  Output     Parameters  Activations",
            "─────────────────────────────────────────────────────────",
            "Sequential             [2, 1000]",
            "├─ fc: Linear 8→4      [2, 4]             36         32 B",
            "├─ act: ReLU           [2, 4]                        32 B",
            "└─ out: Linear 4→1000  [2, 1000]       5,000      8.00 kB",
            "─────────────────────────────────────────────────────────",
            "Parameters   5,036  20.1 kB",
            "Input           16     64 B",
            "Activations  2,016  8.06 kB",
            "Total               28.3 kB",
        ]
    )
    assert repr(result) == str(result)
    counts = (result.total_params, result.trainable_params, result.frozen_params, result.total_buffers)
    assert counts == (5036, 5036, 0, 0)
    sizes = (result.param_bytes, result.buffer_bytes, result.input_bytes, result.output_bytes, result.total_bytes)
    assert sizes == (20144, 0, 64, 8064, 28272)
    assert result.error is None


def test_all_ways_to_give_an_example():
    layer = nn.Linear(3, 2)
    expected = str(summary(layer, (5, 3)))
    assert "[5, 2]" in expected
    assert str(summary(layer, autograd.zeros(5, 3))) == expected
    assert str(summary(layer, [5, 3])) == expected
    assert str(summary(layer, input_size=(5, 3))) == expected
    assert str(summary(layer, input_size=[(5, 3)])) == expected
    assert str(summary(layer, input_data=autograd.zeros(5, 3))) == expected
    assert str(summary(layer, input=autograd.zeros(5, 3))) == expected
    two = nn.Bilinear(3, 4, 2)
    assert rows(summary(two, (5, 3), (5, 4))) == rows(summary(two, input_size=[(5, 3), (5, 4)]))
    assert "[5, 2]" in rows(summary(two, (5, 3), autograd.zeros(5, 4)))[0]


def test_without_an_example():
    result = summary(nn.Sequential(nn.Linear(3, 2), nn.ReLU()))
    assert rows(result) == ["Sequential", "├─ 0: Linear 3→2           8", "└─ 1: ReLU"]
    assert totals(result) == {"Parameters": "8 32 B"}


def test_shared_weights_count_once_and_nested_results_are_shown():
    result = summary(Tied(), (2, 5))
    found = rows(result)
    assert "([2, 5, 10], ([1, 2, 4], [1, 2, 4]))" in found[0]
    assert found[1].split() == ["├─", "embed:", "Embedding", "10→4", "[2,", "5,", "4]", "40", "160", "B"]
    assert found[2].split()[-3:] == ["160", "224", "B"]
    assert found[3].split()[-3:] == ["(40)", "400", "B"]
    assert result.total_params == 200
    assert "(…) is shared with a layer above" in str(result)


def test_long_results_take_several_lines():
    found = rows(summary(nn.LSTM(64, 128, 2), (100, 32, 64)))
    assert [line.split("  ")[0].strip() for line in found] == ["LSTM 64→128", ""]
    assert "[100, 32, 128]" in found[0]
    assert "([2, 32, 128], [2, 32, 128])" in found[1]


def test_other_results():
    class Many(nn.Module):
        def forward(self, x, flag=None):
            return {"x": x, "list": [x, None], "flag": flag}

    assert "{x: [2], list: ([2], None), flag: bool}" in str(summary(Many(), (2,), flag=True))
    packed = pack_sequence([autograd.zeros(3, 3), autograd.zeros(2, 3)])
    assert "PackedSequence([5, 4], [3])" in str(summary(nn.LSTM(3, 4), packed))


def test_frozen_parameters_and_buffers():
    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    net[0].requires_grad_(False)
    result = summary(net, (4, 3))
    assert str(result).split("\n")[0].split() == ["Layer", "Output", "Parameters", "Frozen", "Activations"]
    assert rows(result)[1].split()[-4:] == ["8", "8", "32", "B"]
    assert totals(result) == {
        "Parameters": "12 48 B",
        "trainable": "4",
        "frozen": "8",
        "Buffers": "5 24 B",
        "Input": "12 48 B",
        "Activations": "16 64 B",
        "Total": "184 B",
    }


def test_memory_counts_once():
    """What a layer returns of another's memory is not new: a view, the input itself, what is written in place."""
    net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(inplace=True), nn.Flatten(), nn.Dropout(), nn.Identity())
    assert summary(net, (2, 4)).output_bytes == 2 * 6 * 4
    assert summary(nn.Identity(), (2, 4)).output_bytes == 0


def test_modules_that_are_called_several_times():
    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.GRUCell(3, 4)
            self.act = self.again = nn.ReLU()
            self.unused = nn.Linear(1, 1)

        def forward(self, steps):
            state = None
            for step in steps:
                state = self.cell(step, state)
            return self.act(state[:1]), self.act(state)

    result = summary(Loop(), (7, 2, 3))
    found = rows(result)
    assert found[1].startswith("├─ cell: GRUCell 3→4 ×7 ")
    assert found[1].split()[-2:] == ["224", "B"]
    assert found[2].startswith("├─ act: ReLU ×2 ")
    assert "[1, 4]" in found[2]
    assert found[3].strip("│ ") == "[2, 4]"  # the other shape that it returned
    assert found[4].startswith("├─ again: ReLU (the same as act)")
    assert found[5].split() == ["└─", "unused:", "Linear", "1→1", "2"]
    assert result.total_params == 110


def test_layers_come_in_the_order_of_their_calls():
    class Backwards(nn.Module):
        def __init__(self):
            super().__init__()
            self.second, self.behind, self.first = nn.ReLU(), nn.Tanh(), nn.Sigmoid()

        def forward(self, x):
            return self.second(self.first(x))

    assert [line.split()[1] for line in rows(summary(Backwards(), (1,)))[1:]] == ["first:", "second:", "behind:"]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.fc = nn.LayerNorm(4), nn.Linear(4, 4)

    def forward(self, x):
        return x + self.fc(self.norm(x))


def test_layers_that_look_alike_are_shown_once():
    net = nn.Sequential(*[Block() for _ in range(4)], nn.ReLU(), nn.ReLU())
    found = rows(summary(net, (2, 4)))
    assert [line[:25].rstrip() for line in found] == [
        "Sequential",
        "├─ 0–3: 4 × Block",
        "│  ├─ norm: LayerNorm [4]",
        "│  └─ fc: Linear 4→4",
        "├─ 4: ReLU",
        "└─ 5: ReLU",
    ]
    assert "4 × 20" in found[3]
    assert "4 × 32 B" in found[3]


def test_depth():
    net = nn.Sequential(Block(), Block())
    result = summary(net, (2, 4), depth=1)
    assert [line.split()[:3] for line in rows(result)[1:]] == [["├─", "0:", "Block"], ["└─", "1:", "Block"]]
    assert rows(result)[1].split()[-3:] == ["28", "96", "B"]
    assert len(rows(summary(net, (2, 4), depth=0))) == 1
    assert result.total_params == 56


# ---- failures


def test_a_failing_forward_is_shown_up_to_where_it_failed():
    inner = nn.Sequential(nn.Linear(5, 5), nn.Linear(6, 2), nn.ReLU())
    result = summary(nn.Sequential(nn.Linear(4, 5), inner, nn.ReLU(), nn.Linear(2, 1)), (3, 4))
    found = rows(result)
    assert len(found) == 7
    assert "✗ for [3, 5]" in found[4]
    assert found[5].split() == ["│", "└─", "…", "1", "more,", "not", "reached"]
    assert found[6].split() == ["└─", "…", "2", "more,", "not", "reached"]
    text = str(result)
    assert "RuntimeError: mat1 and mat2 shapes cannot be multiplied (3x5 and 6x2)" in text
    assert "in the module 1.1 (Linear 6→2)" in text
    assert isinstance(result.error, RuntimeError)
    assert result.total_params == 25 + 30 + 14 + 3


def test_a_failure_between_layers():
    class Wrong(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(3, 2), nn.Linear(2, 1)

        def forward(self, x):
            return self.two(self.one(x).view(7, 7))

    result = summary(Wrong(), (4, 3))
    found = rows(result)
    assert "✗ for [4, 3]" in found[0]
    assert "[4, 2]" in found[1]
    assert found[2].split() == ["└─", "…", "1", "more,", "not", "reached"]
    assert f"{type(result.error).__name__}: " in str(result)


def test_a_failure_that_the_module_outlives():
    class Careful(nn.Module):
        def __init__(self):
            super().__init__()
            self.bad, self.good = nn.Linear(9, 1), nn.Linear(3, 1)

        def forward(self, x):
            try:
                return self.bad(x)
            except RuntimeError:
                return self.good(x)

    result = summary(Careful(), (4, 3))
    assert result.error is None
    found = rows(result)
    assert ["[4, 1]" in line for line in found] == [True, False, True]
    assert "✗ for [4, 3]" in found[1]


@pytest.mark.parametrize("call", [lambda: summary(nn.ReLU, (1,)), lambda: summary(3, (1,))])
def test_what_is_no_module(call):
    with pytest.raises(TypeError, match="is not a Module"):
        call()


def test_an_unknown_mode():
    with pytest.raises(ValueError, match='one of "eval", "train", "same"'):
        summary(nn.ReLU(), (1,), mode="evaluate")


# ---- what is made for a size


def test_dtypes_of_examples():
    seen = []

    class Look(nn.Module):
        def forward(self, *tensors):
            seen.append([str(tensor.dtype) for tensor in tensors])

    summary(Look(), (1,))
    summary(nn.Sequential(Look(), nn.Linear(1, 1).double()), (1,))
    summary(Look(), (1,), (2,), dtypes=[autograd.int64, autograd.complex64])
    summary(nn.Sequential(Look(), nn.ModuleList([nn.Embedding(2, 2)])), (1,))
    assert seen == [["torch.float32"], ["torch.float64"], ["torch.int64", "torch.complex64"], ["torch.int64"]]


# ---- nothing changes


@pytest.mark.parametrize("mode", ["eval", "train", "same"])
def test_the_module_stays_as_it_is(mode):
    class Remembering(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm1d(3)
            self.drop = nn.Dropout()
            self.sn = nn.utils.spectral_norm(nn.Linear(3, 3))
            self.embed = nn.Embedding(4, 3, max_norm=0.1)
            self.calls, self.last, self.register = 0, None, []
            self.register_buffer("seen", autograd.zeros(1))

        def forward(self, x):
            self.calls, self.last = self.calls + 1, x
            self.register.append(x)
            self.seen += 1
            self.extra = nn.Linear(1, 1)
            return self.drop(self.sn(self.norm(x))) + self.embed(autograd.tensor(1))

    net = Remembering()
    net.drop.eval()
    fired = []
    handle = net.norm.register_forward_hook(lambda module, args, output: fired.append(1))
    net.sn.weight_orig.grad = autograd.ones(3, 3)
    state = {name: value.clone() for name, value in net.state_dict().items()}
    before = {name: id(value) for name, value in [*net.named_parameters(), *net.named_buffers()]}
    versions = {name: value._version for name, value in net.named_parameters()}
    random = autograd.get_rng_state()
    result = summary(net, (5, 3), mode=mode)
    assert result.error is None
    assert fired == [1]
    assert autograd.equal(autograd.get_rng_state(), random)
    assert (net.training, net.drop.training, net.norm.training) == (True, False, True)
    assert {name: id(value) for name, value in [*net.named_parameters(), *net.named_buffers()]} == before
    for name, value in net.state_dict().items():
        assert autograd.equal(value, state[name]), name
    assert net.sn.weight_orig.grad.tolist() == [[1.0] * 3] * 3
    assert all(parameter.grad is None for name, parameter in net.named_parameters() if "orig" not in name)
    assert versions["norm.weight"] == net.norm.weight._version
    assert (net.calls, net.last, net.register) == (0, None, [])
    assert not hasattr(net, "extra")
    assert not net._forward_hooks
    assert not net._forward_pre_hooks
    assert list(net.norm._forward_hooks.values()) != []
    handle.remove()  # which finds its table
    assert not net.norm._forward_hooks
    net(autograd.ones(5, 3))
    assert fired == [1]


def test_a_failing_forward_changes_nothing_either():
    net = nn.Sequential(nn.BatchNorm1d(3), nn.Linear(4, 1))
    result = summary(net, (5, 3), mode="train")
    assert result.error is not None
    assert net[0].num_batches_tracked.item() == 0
    assert not net[0]._forward_hooks
    assert net.training


def test_lazy_modules_stay_lazy():
    net = nn.Sequential(nn.LazyLinear(4), nn.ReLU())
    assert rows(summary(net))[1].endswith("?")
    result = summary(net, (2, 3))
    assert rows(result)[1].startswith("├─ 0: Linear 3→4 ")
    assert result.total_params == 16
    assert type(net[0]) is nn.LazyLinear
    assert net[0].has_uninitialized_params()
    assert net(autograd.ones(2, 5)).shape == (2, 4)
    assert type(net[0]) is nn.Linear


def test_a_backward_that_is_still_to_come_stays_possible():
    """Versions of tensors that have not changed do not change, else the loss could not be differentiated."""
    net = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
    loss = net(autograd.ones(2, 3)).sum()
    summary(net, (5, 3))
    loss.backward()
    assert net[0].weight.grad is not None


def test_results_do_not_keep_the_activations():
    """After the forward only shapes are left."""
    result = summary(nn.Linear(3, 2), (1, 3))
    assert sys.getrefcount(result) < 5
    assert not any(isinstance(value, autograd.Tensor) for value in vars(result).values())


def test_a_failure_that_the_module_caught_and_tried_again():
    class Retries(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(2, 3)

        def forward(self, x):
            try:
                return self.fc(x)
            except RuntimeError:
                return self.fc(x[:, :2])

    result = summary(Retries(), (1, 5))
    assert result.error is None
    assert rows(result)[1].split() == ["└─", "fc:", "Linear", "2→3", "[1,", "3]", "9", "12", "B"]


def test_a_layer_that_failed_is_shown_with_its_tensors_not_its_options():
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2), 1)
    with pytest.raises(AssertionError):
        encoder(autograd.ones(5, 2, 7))
    failed = next(row for row in rows(summary(encoder, autograd.ones(5, 2, 7))) if "✗" in row)
    assert "MultiheadAttention 8, 2 heads  ✗ for [5, 2, 7], [5, 2, 7], [5, 2, 7]" in failed
    assert "bool" not in failed


def test_a_transformer_counts_weights_that_are_used_without_a_call():
    result = summary(nn.TransformerEncoderLayer(8, 2, 16), autograd.ones(5, 2, 8))
    shown = [row for row in rows(result) if "out_proj: NonDynamicallyQuantizableLinear 8→8" in row]
    assert [row.split()[-1] for row in shown] == ["72"]
    assert totals(result)["Parameters"].split()[0] == "600"
