"""Recurrent layers and cells."""

import importlib
import warnings

import numpy as np

from ..module_cases import module_case


def packed(module, data, *states, lengths=(2, 4, 1)):
    """The module of the packed sequences of a padded batch, in whatever order: its output's data, and states."""
    rnn = importlib.import_module(type(module).__module__.replace("modules.rnn", "utils.rnn"))
    sequences = rnn.pack_padded_sequence(data, list(lengths), enforce_sorted=False)
    output, hidden = module(sequences, *states)
    return output.data, output.batch_sizes, hidden


def with_pair(module, x, h, c):
    return module(x, (h, c))


def packed_with_pair(module, x, h, c):
    return packed(module, x, (h, c))


def quietly(module, x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch tells by which library it computes
        return module(x)


def of_input_weight(module, x):
    """For the bases, which compute nothing by themselves."""
    return x @ next(iter(module.parameters())).T


# The second order is that of the functions, whose cases are in `tests/samples/recurrent.py`.
LAYERS = [
    case
    for name in ("RNN", "LSTM", "GRU")
    for case in (
        module_case(name, lambda nn, name=name: getattr(nn, name)(3, 2), (3, 2, 3)),
        module_case(f"{name}:no bias", lambda nn, name=name: getattr(nn, name)(3, 2, bias=False), (3, 2, 3)),
        module_case(
            f"{name}:layers, both ways, batch first",
            lambda nn, name=name: getattr(nn, name)(2, 2, num_layers=2, batch_first=True, bidirectional=True),
            (2, 3, 2),
        ),
        module_case(f"{name}:without batch", lambda nn, name=name: getattr(nn, name)(3, 2), (4, 3)),
        module_case(f"{name}:packed", lambda nn, name=name: getattr(nn, name)(2, 2), (4, 3, 2), call=packed),
        module_case(
            f"{name}:dropout",
            lambda nn, name=name: getattr(nn, name)(2, 2, num_layers=2, dropout=0.5),
            (3, 2, 2),
            random=True,
        ),
    )
]

CASES = [
    *LAYERS,
    module_case("RNN:state", lambda nn: nn.RNN(3, 4, 2, "relu", True, True), (2, 3, 3), (2, 2, 4)),
    module_case(
        "RNN:state, packed",
        lambda nn: nn.RNN(2, 2, bidirectional=True),
        (4, 3, 2), (2, 3, 2),
        call=packed,
    ),
    module_case("GRU:state", lambda nn: nn.GRU(3, 2, 1, True, True, 0.0, True), (2, 3, 3), (2, 2, 2)),
    module_case(
        "GRU:state, packed",
        lambda nn: nn.GRU(2, 2, bidirectional=True),
        (4, 3, 2), (2, 3, 2),
        call=packed,
    ),
    module_case("GRU:state without batch", lambda nn: nn.GRU(3, 4), (3, 3), (1, 4)),
    module_case("LSTM:state", lambda nn: nn.LSTM(3, 4, 2), (3, 2, 3), (2, 2, 4), (2, 2, 4), call=with_pair),
    module_case("LSTM:state without batch", lambda nn: nn.LSTM(3, 4), (3, 3), (1, 4), (1, 4), call=with_pair),
    module_case(
        "LSTM:state, packed",
        lambda nn: nn.LSTM(2, 2, bidirectional=True),
        (4, 3, 2), (2, 3, 2), (2, 3, 2),
        call=packed_with_pair,
    ),
    module_case("LSTM:projected", lambda nn: nn.LSTM(3, 4, proj_size=2), (3, 2, 3), call=quietly),
    module_case(
        "LSTM:projected, layers, both ways, no bias",
        lambda nn: nn.LSTM(2, 3, num_layers=2, bias=False, bidirectional=True, proj_size=1),
        (3, 2, 2),
        call=quietly,
    ),
    module_case(
        "LSTM:projected, packed, state",
        lambda nn: nn.LSTM(2, 3, bidirectional=True, proj_size=2, batch_first=True),
        (4, 3, 2), (2, 3, 2), (2, 3, 3),
        call=packed_with_pair,
    ),
    module_case("RNNCell", lambda nn: nn.RNNCell(3, 4), (2, 3)),
    module_case("RNNCell:relu", lambda nn: nn.RNNCell(3, 4, nonlinearity="relu"), (2, 3), (2, 4)),
    module_case("RNNCell:no bias, no batch", lambda nn: nn.RNNCell(3, 4, bias=False), (3,), (4,)),
    module_case("LSTMCell", lambda nn: nn.LSTMCell(3, 4), (2, 3)),
    module_case("LSTMCell:state", lambda nn: nn.LSTMCell(3, 2, bias=False), (2, 3), (2, 2), (2, 2), call=with_pair),
    module_case("LSTMCell:no batch", lambda nn: nn.LSTMCell(3, 2), (3,), (2,), (2,), call=with_pair),
    module_case("GRUCell", lambda nn: nn.GRUCell(3, 4), (2, 3)),
    module_case("GRUCell:state", lambda nn: nn.GRUCell(3, 2, bias=False), (2, 3), (2, 2)),
    module_case("GRUCell:no batch", lambda nn: nn.GRUCell(3, 2), (3,), (2,)),
    module_case("RNNBase", lambda nn: nn.RNNBase("GRU", 3, 4, num_layers=2), (2, 3), call=of_input_weight),
    module_case("RNNCellBase", lambda nn: nn.RNNCellBase(3, 4, True, 3), (2, 3), call=of_input_weight),
    module_case("GRU:empty batch", lambda nn: nn.GRU(3, 2), np.zeros((3, 0, 3))),
]  # fmt: skip
