"""Recurrent layers and cells as functions: what they mean step by step, and the layers and directions around them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from ..casting import lower_precision, lstm_precision, states_in_single
from ..fused import Fused
from ..kernels import recurrent as kernels
from ..op import identity
from ..rules.indexing import getitem
from ..rules.neural import linear as affine
from ..rules.shaping import concatenate, reshape, stack, swapaxes
from .dropouts import dropout as drop

__all__ = ["gru", "gru_cell", "lstm", "lstm_cell", "rnn_relu", "rnn_relu_cell", "rnn_tanh", "rnn_tanh_cell"]

# ---- one layer in one direction: the definitions of the kernels, whose module says how the rows are ordered


def over_steps(states: list[Any], batch_sizes: Sequence[int], reverse: bool, step: Callable[..., list[Any]]) -> Any:
    """The rows of the first state after each step, then the last ones of each state.

    `step(start, stop, states)` makes new states of those of the sequences that have rows start to stop.
    """
    rows = []
    for start, stop in kernels.spans(batch_sizes, reverse):
        present = step(start, stop, [state[: stop - start] for state in states])
        rows.append(present[0])
        if stop - start < batch_sizes[0]:
            present = [concatenate((new, old[stop - start :]), 0) for new, old in zip(present, states)]
        states = present
    if reverse:
        rows.reverse()
    width = max(state.shape[1] for state in states)
    return concatenate([filled(part, width) for part in (*rows, *states)], 0)


def filled(rows: Any, width: int) -> Any:
    """Rows with columns of zeros added, up to `width`."""
    missing = width - rows.shape[1]
    if not missing:
        return rows
    return concatenate((rows, wrap(np.zeros((rows.shape[0], missing), rows._array.dtype))), 1)


def start_of(h: Any, x: Any, batch_sizes: Sequence[int], width: int) -> Any:
    """The initial state: zeros if none is given."""
    return wrap(np.zeros((batch_sizes[0], width), x._array.dtype)) if h is None else h


def lstm_step(x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, w_hr: Any = None) -> list[Any]:
    """The hidden and cell states after x (B, in)."""
    i, f, g, o = (affine(x, w_ih, b_ih) + affine(h, w_hh, b_hh)).chunk(4, 1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    h = o.sigmoid() * c.tanh()
    return [h if w_hr is None else affine(h, w_hr, None), c]


def gru_step(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> list[Any]:
    """The hidden state after x (B, in)."""
    of_x, of_h = affine(x, w_ih, b_ih).chunk(3, 1), affine(h, w_hh, b_hh).chunk(3, 1)
    reset, update = (of_x[0] + of_h[0]).sigmoid(), (of_x[1] + of_h[1]).sigmoid()
    new = (of_x[2] + reset * of_h[2]).tanh()
    return [new + update * (h - new)]


def rnn_step(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, relu: bool) -> list[Any]:
    """The hidden state after x (B, in)."""
    total = affine(x, w_ih, b_ih) + affine(h, w_hh, b_hh)
    return [total.relu() if relu else total.tanh()]


def lstm_definition(
    x: Any,
    h: Any,
    c: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    w_hr: Any,
    batch_sizes: Sequence[int],
    reverse: bool,
) -> Any:
    """All hidden states, the last hidden states and the last cells, as rows; `w_hr` projects the hidden states."""
    states = [start_of(h, x, batch_sizes, w_hh.shape[1]), start_of(c, x, batch_sizes, w_hh.shape[0] // 4)]
    weights: Sequence[Any] = w_ih, w_hh, b_ih, b_hh, w_hr
    return over_steps(states, batch_sizes, reverse, lambda a, b, states: lstm_step(x[a:b], *states, *weights))


def gru_definition(
    x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, batch_sizes: Sequence[int], reverse: bool
) -> Any:
    """All hidden states and the last ones, as rows."""
    states = [start_of(h, x, batch_sizes, w_hh.shape[1])]
    weights: Sequence[Any] = w_ih, w_hh, b_ih, b_hh
    return over_steps(states, batch_sizes, reverse, lambda a, b, states: gru_step(x[a:b], *states, *weights))


def rnn_definition(
    x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, batch_sizes: Sequence[int], reverse: bool, relu: bool
) -> Any:
    """All hidden states and the last ones, as rows."""
    states = [start_of(h, x, batch_sizes, w_hh.shape[1])]
    weights: Sequence[Any] = w_ih, w_hh, b_ih, b_hh, relu
    return over_steps(states, batch_sizes, reverse, lambda a, b, states: rnn_step(x[a:b], *states, *weights))


lstm_layer = Fused("lstm", lstm_definition, kernels.lstm_forward, kernels.lstm_backward)
gru_layer = Fused("gru", gru_definition, kernels.gru_forward, kernels.gru_backward)
rnn_layer = Fused("rnn", rnn_definition, kernels.rnn_forward, kernels.rnn_backward)


def one_layer(
    mode: str, x: Any, states: Sequence[Any], weights: Sequence[Any], batch_sizes: tuple[int, ...], reverse: bool
) -> Any:
    """The rows that a layer makes in one direction. `weights`: of input and state, their biases or None, projection."""
    if mode == "LSTM":
        return lstm_layer(x, *states, *weights, batch_sizes, reverse)
    if mode == "GRU":
        return gru_layer(x, *states, *weights[:4], batch_sizes, reverse)
    return rnn_layer(x, *states, *weights[:4], batch_sizes, reverse, mode == "RNN_RELU")


# ---- all layers

GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


def all_layers(
    mode: str,
    x: Tensor,
    batch_sizes: tuple[int, ...],
    hx: Sequence[Tensor] | None,
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
) -> tuple[Tensor, ...]:
    """The last layer's output for packed rows x, and the last states of all layers and directions.

    `hx`: the initial states, each (layers·directions, B, width), or None for zeros. `params`: for each layer and
    direction the weights of input and state, their biases if there are any, and the projection if there is one.
    """
    count, kinds = num_layers * (2 if bidirectional else 1), 2 if mode == "LSTM" else 1
    each = len(params) // count
    size = batch_sizes[0]
    check_layers(mode, x, size, hx, params, has_biases, count)
    starts = [state.unbind(0) for state in hx] if hx is not None else [(None,) * count] * kinds
    ends: list[list[Tensor]] = [[] for _ in range(kinds)]
    for layer in range(num_layers):
        if layer:
            x = drop(x, dropout, train)
        n, outputs = x._array.shape[0], []
        for index in (2 * layer, 2 * layer + 1) if bidirectional else (layer,):
            own = params[index * each : (index + 1) * each]
            weights = [*own[:2], *(own[2:4] if has_biases else (None, None)), *own[4 if has_biases else 2 :]]
            weights += [None] * (5 - len(weights))
            initial = [start[index] for start in starts]
            rows = one_layer(mode, x, initial, weights, batch_sizes, bidirectional and index % 2 == 1)
            width = own[1]._array.shape[1]
            hidden = rows if rows._array.shape[1] == width else getitem(rows, (slice(None), slice(width)))
            outputs.append(getitem(hidden, (slice(n),)))
            ends[0].append(getitem(hidden, (slice(n, n + size),)))
            if kinds == 2:
                ends[1].append(getitem(rows, (slice(n + size, None),)))
        x = outputs[0] if len(outputs) == 1 else concatenate(outputs, 1)
    return x, *[stack(end, 0) for end in ends]  # copies: to write to one of the results leaves the others alone


def check_layers(
    mode: str, x: Tensor, size: int, hx: Sequence[Tensor] | None, params: Sequence[Tensor], biases: bool, count: int
) -> None:
    """Raises unless there are as many weights as layers and directions need, states of their shapes, and one dtype."""
    usual = count * (4 if biases else 2)
    if len(params) not in (usual, usual + count if mode == "LSTM" else usual):
        raise RuntimeError(
            f"{mode}: {count} layers and directions {'with' if biases else 'without'} biases need {usual} weights (an "
            f"LSTM with projections one more for each), but got {len(params)}"
        )
    hidden = params[0]._array.shape[0] // GATES[mode]
    if hx is not None and len(hx) != (2 if mode == "LSTM" else 1):
        wanted = "two states, hidden and cell" if mode == "LSTM" else "one state"
        raise RuntimeError(f"{mode} starts from {wanted}, but hx holds {len(hx)}")
    for i, (state, width) in enumerate(zip(hx or (), (params[1]._array.shape[1], hidden))):
        if state._array.shape != (count, size, width):
            raise RuntimeError(f"Expected hidden[{i}] size {(count, size, width)}, got {list(state.shape)}")
    check_dtypes(mode, x, (*(hx or ()), *params))


def check_dtypes(mode: str, x: Tensor, others: Sequence[Tensor]) -> None:
    """Raises unless all tensors have one floating dtype."""
    kind = x._array.dtype
    for tensor in others:
        if tensor._array.dtype != kind:
            raise RuntimeError(
                f"{mode}: input, initial states and weights must have the same dtype, but got {x.dtype} and "
                f"{tensor.dtype}: convert with .to(dtype)"
            )
    if kind.kind not in "fV":
        raise NotImplementedError(f"{mode} is not implemented for {x.dtype}: convert with .float()")


def sequence(mode: str, input: Tensor, arguments: Sequence[Any]) -> tuple[Tensor, ...]:
    """PyTorch's functions of padded (input, hx, ..., batch_first) and of packed sequences (data, batch_sizes, hx, ...).

    The output has the input's form.
    """
    if len(arguments) == 8 and isinstance(arguments[0], Tensor) and arguments[0]._array.ndim == 1:
        sizes, hx, *others = arguments
        return all_layers(mode, input, as_batch_sizes(sizes, input), as_states(hx), *others)
    hx, *others, batch_first = arguments
    if input._array.ndim != 3:
        raise RuntimeError(f"{mode}: input must have 3 dimensions, got {input._array.ndim}")
    if batch_first:
        input = swapaxes(input, 0, 1)
    steps, size, width = input._array.shape
    if not steps:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    out, *states = all_layers(mode, reshape(input, (steps * size, width)), (size,) * steps, as_states(hx), *others)
    out = reshape(out, (steps, size, out._array.shape[1]))
    return swapaxes(out, 0, 1) if batch_first else out, *states


def as_batch_sizes(sizes: Tensor, data: Tensor) -> tuple[int, ...]:
    """The numbers of rows that the steps have, which must not grow and add up to those of the packed data."""
    batch_sizes = tuple(sizes.tolist())
    if sum(batch_sizes) != data._array.shape[0] or any(a < b for a, b in itertools.pairwise(batch_sizes)):
        raise RuntimeError(
            f"batch_sizes must not increase and add up to the {data._array.shape[0]} rows of the packed data, but are "
            f"{list(batch_sizes)}"
        )
    if not batch_sizes:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    return batch_sizes


def as_states(hx: Any) -> Sequence[Tensor] | None:
    """The initial states as a sequence of as many as the layer has."""
    return (hx,) if isinstance(hx, Tensor) else hx


@lstm_precision
def lstm(input: Tensor, *arguments: Any) -> tuple[Tensor, Tensor, Tensor]:
    """The layers of `nn.LSTM`: the output and the last hidden and cell states.

    `lstm(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)` of padded sequences
    input (T, B, in), or `lstm(data, batch_sizes, hx, params, ..., bidirectional)` of packed ones; `hx` holds the two
    initial states (layers·directions, B, width), `params` the weights in the order of `nn.LSTM`.

    >>> import autograd, nn
    >>> layer, zeros = nn.LSTM(2, 3), autograd.zeros(1, 1, 3)
    >>> autograd.lstm(
    ...     autograd.ones(5, 1, 2), (zeros, zeros), list(layer.parameters()), True, 1, 0.0, True, False, False
    ... )[0].shape
    torch.Size([5, 1, 3])
    """
    return sequence("LSTM", input, arguments)  # type: ignore[return-value]


@states_in_single
def gru(input: Tensor, *arguments: Any) -> tuple[Tensor, Tensor]:
    """The layers of `nn.GRU`: the output and the last hidden states; the arguments are those of `autograd.lstm`.

    >>> import autograd, nn
    >>> weights = list(nn.GRU(2, 3).parameters())
    >>> autograd.gru(autograd.ones(5, 1, 2), autograd.zeros(1, 1, 3), weights, True, 1, 0.0, True, False, False)[
    ...     0
    ... ].shape
    torch.Size([5, 1, 3])
    """
    return sequence("GRU", input, arguments)  # type: ignore[return-value]


@lower_precision
def rnn_tanh(input: Tensor, *arguments: Any) -> tuple[Tensor, Tensor]:
    """The layers of `nn.RNN`: the output and the last hidden states; the arguments are those of `autograd.lstm`.

    >>> import autograd, nn
    >>> weights = list(nn.RNN(2, 3).parameters())
    >>> autograd.rnn_tanh(autograd.ones(5, 1, 2), autograd.zeros(1, 1, 3), weights, True, 1, 0.0, True, False, False)[
    ...     0
    ... ].shape
    torch.Size([5, 1, 3])
    """
    return sequence("RNN_TANH", input, arguments)  # type: ignore[return-value]


@lower_precision
def rnn_relu(input: Tensor, *arguments: Any) -> tuple[Tensor, Tensor]:
    """`rnn_tanh` with max(x, 0) in the place of tanh.

    >>> import autograd, nn
    >>> weights = list(nn.RNN(2, 3).parameters())
    >>> autograd.rnn_relu(autograd.ones(5, 1, 2), autograd.zeros(1, 1, 3), weights, True, 1, 0.0, True, False, False)[
    ...     1
    ... ].shape
    torch.Size([1, 1, 3])
    """
    return sequence("RNN_RELU", input, arguments)  # type: ignore[return-value]


# ---- cells: a layer of one step


def one_step(
    mode: str, input: Tensor, states: Sequence[Tensor], w_ih: Tensor, w_hh: Tensor, b_ih: Any, b_hh: Any
) -> list[Tensor]:
    """The states after one step, with PyTorch's errors for what does not fit."""
    check_sizes(input, states, w_ih, w_hh)
    size = input._array.shape[0]
    if (b_ih is None) != (b_hh is None):
        zeros = wrap(np.zeros(w_ih._array.shape[:1], w_ih._array.dtype))
        b_ih, b_hh = (zeros if bias is None else bias for bias in (b_ih, b_hh))
    check_dtypes(mode, input, [t for t in (*states, w_ih, w_hh, b_ih, b_hh) if t is not None])
    rows = one_layer(mode, input, states, (w_ih, w_hh, b_ih, b_hh, None), (size,), False)
    found = [getitem(rows, (slice(size * (i + 1), size * (i + 2)),)) for i in range(len(states))]
    return [identity(state) for state in found] if len(found) > 1 else found  # to write to one leaves the other alone


def check_sizes(input: Tensor, states: Sequence[Tensor], w_ih: Tensor, w_hh: Tensor) -> None:
    """Raises unless input (B, in) and states (B, hidden) fit each other and the weights."""
    for name, tensor in (("input", input), *((f"hidden{i}", state) for i, state in enumerate(states))):
        if tensor._array.ndim != 2:
            raise RuntimeError(
                f"{name} must have 2 dimensions, a batch and its features, but has shape {list(tensor.shape)}: use "
                "unsqueeze(0) for a batch of one"
            )
    size, width = input._array.shape
    if width != w_ih._array.shape[1]:
        raise RuntimeError(f"input has inconsistent input_size: got {width} expected {w_ih._array.shape[1]}")
    for i, state in enumerate(states):
        if state._array.shape[0] != size:
            raise RuntimeError(f"Input batch size {size} doesn't match hidden{i} batch size {state._array.shape[0]}")
        if state._array.shape[1] != w_hh._array.shape[1]:
            raise RuntimeError(
                f"hidden{i} has inconsistent hidden_size: got {state._array.shape[1]}, expected {w_hh._array.shape[1]}"
            )


@states_in_single
def lstm_cell(
    input: Tensor, hx: Sequence[Tensor], w_ih: Tensor, w_hh: Tensor, b_ih: Any = None, b_hh: Any = None
) -> tuple[Tensor, Tensor]:
    """One step of `nn.LSTMCell`: input (B, in), hx = (h, c), both (B, hidden), weights (4·hidden, in or hidden).

    >>> import autograd
    >>> zeros = autograd.zeros(1, 1)
    >>> h, c = autograd.lstm_cell(autograd.ones(1, 1), (zeros, zeros), autograd.ones(4, 1), autograd.ones(4, 1))
    >>> c
    tensor([[0.5568]])
    """
    h, c = one_step("LSTM", input, tuple(hx), w_ih, w_hh, b_ih, b_hh)
    return h, c


@states_in_single
def gru_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Any = None, b_hh: Any = None) -> Tensor:
    """One step of `nn.GRUCell`: input (B, in), hx (B, hidden), weights (3·hidden, in) and (3·hidden, hidden).

    >>> import autograd
    >>> autograd.gru_cell(autograd.ones(1, 1), autograd.zeros(1, 1), autograd.ones(3, 1), autograd.ones(3, 1))
    tensor([[0.2048]])
    """
    return one_step("GRU", input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


@lower_precision
def rnn_tanh_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Any = None, b_hh: Any = None) -> Tensor:
    """One step of `nn.RNNCell`: input (B, in), hx (B, hidden), weights (hidden, in) and (hidden, hidden).

    >>> import autograd
    >>> autograd.rnn_tanh_cell(autograd.ones(1, 1), autograd.zeros(1, 1), autograd.ones(1, 1), autograd.ones(1, 1))
    tensor([[0.7616]])
    """
    return one_step("RNN_TANH", input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]


@lower_precision
def rnn_relu_cell(input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Any = None, b_hh: Any = None) -> Tensor:
    """`rnn_tanh_cell` with max(x, 0) in the place of tanh.

    >>> import autograd
    >>> autograd.rnn_relu_cell(autograd.ones(1, 1), autograd.zeros(1, 1), autograd.ones(1, 1), autograd.ones(1, 1))
    tensor([[1.]])
    """
    return one_step("RNN_RELU", input, (hx,), w_ih, w_hh, b_ih, b_hh)[0]
