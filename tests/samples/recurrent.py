"""Cases of recurrent layers and cells: padded and packed, in one direction and both."""

from ..cases import case

SIZES = [3, 2, 2, 1]  # of the steps of a packed batch


def padded(function, x, states, weights, biases=True, layers=1, both=False, batch_first=False):
    """All results of a layer of padded sequences."""
    return function(x, states, list(weights), biases, layers, 0.0, True, both, batch_first)


def packed(m, function, x, states, weights, biases=True, layers=1, both=False):
    """All results of a layer of packed sequences."""
    return function(x, m.tensor(SIZES), states, list(weights), biases, layers, 0.0, True, both)


CASES = [
    case(
        "lstm",
        lambda m, x, h, c, *w: padded(m.lstm, x, (h, c), w),
        (3, 2, 2), (1, 2, 3), (1, 2, 3), (12, 2), (12, 3), (12,), (12,),
    ),
    case(
        "lstm:projected",
        lambda m, x, h, c, *w: padded(m.lstm, x, (h, c), w, batch_first=True),
        (2, 3, 2), (1, 2, 2), (1, 2, 3), (12, 2), (12, 2), (12,), (12,), (2, 3),
    ),
    case(
        "lstm:packed, projected, both ways, no bias",
        lambda m, x, h, c, *w: packed(m, m.lstm, x, (h, c), w, biases=False, both=True),
        (8, 2), (2, 3, 1), (2, 3, 2), (8, 2), (8, 1), (1, 2), (8, 2), (8, 1), (1, 2),
    ),
    case(
        "gru",
        lambda m, x, h, *w: padded(m.gru, x, h, w),
        (3, 2, 2), (1, 2, 3), (9, 2), (9, 3), (9,), (9,),
    ),
    case(
        "gru:packed, both ways",
        lambda m, x, h, *w: packed(m, m.gru, x, h, w, both=True),
        (8, 2), (2, 3, 2), (6, 2), (6, 2), (6,), (6,), (6, 2), (6, 2), (6,), (6,),
    ),
    case(
        "gru:two layers, no bias",
        lambda m, x, h, *w: padded(m.gru, x, h, w, biases=False, layers=2, batch_first=True),
        (2, 3, 2), (2, 2, 2), (6, 2), (6, 2), (6, 2), (6, 2),
    ),
    case(
        "rnn_tanh",
        lambda m, x, h, *w: padded(m.rnn_tanh, x, h, w),
        (3, 2, 2), (1, 2, 3), (3, 2), (3, 3), (3,), (3,),
    ),
    case(
        "rnn_relu:packed, both ways, no bias",
        lambda m, x, h, *w: packed(m, m.rnn_relu, x, h, w, biases=False, both=True),
        (8, 2), (2, 3, 2), (2, 2), (2, 2), (2, 2), (2, 2),
    ),
    case(
        "lstm_cell",
        lambda m, x, h, c, *w: m.lstm_cell(x, (h, c), *w),
        (3, 2), (3, 2), (3, 2), (8, 2), (8, 2), (8,), (8,),
    ),
    case("gru_cell", lambda m, *operands: m.gru_cell(*operands), (3, 2), (3, 2), (6, 2), (6, 2), (6,), (6,)),
    case("gru_cell:no bias", lambda m, *operands: m.gru_cell(*operands), (3, 2), (3, 2), (6, 2), (6, 2)),
    case("rnn_tanh_cell", lambda m, *operands: m.rnn_tanh_cell(*operands), (3, 2), (3, 2), (2, 2), (2, 2), (2,), (2,)),
    case("rnn_relu_cell", lambda m, *operands: m.rnn_relu_cell(*operands), (3, 2), (3, 2), (2, 2), (2, 2), (2,), (2,)),
]  # fmt: skip
