"""Recurrent layers: one direction of one layer over a whole sequence, forward and backward through time.

The sequence is packed: x (N, in) holds the rows of the first step, then those of the second, and so on, and
`batch_sizes` says how many rows each step has. These do not grow, so that a step's row b belongs to sequence b. With
`reverse` the steps are computed from the last to the first. The results are rows as well: the hidden states of all
steps in the order of x (N), then the last hidden state of each sequence and, of an LSTM, its last cell state.

The gates' share of the input is one product for all steps, and so are the gradients of the weights; a step itself is
one product with the state and arithmetic in place, on arrays that hold the gates one after another.
"""

import numpy as np

BLOCK = 2**14  # elements of a state over which the backward prepares its factors at once: they should stay in cache


def spans(batch_sizes, reverse):
    """The rows (start, stop) of each step, in the order of computation."""
    found, start = [], 0
    for size in batch_sizes:
        found.append((start, start + size))
        start += size
    return found[::-1] if reverse else found


def blocks(steps, width):
    """The steps in the order of the backward, in groups that are handled at once: (start, stop, steps)."""
    group: list[tuple[int, int]] = []
    rows = 0
    for start, stop in reversed(steps):
        if group and (rows + stop - start) * width > BLOCK:
            yield min(group)[0], max(group)[1], group
            group, rows = [], 0
        group.append((start, stop))
        rows += stop - start
    if group:
        yield min(group)[0], max(group)[1], group


def widened(*arrays):
    """16-bit arrays in single precision, in which they are computed."""
    return [a.astype(np.float32) if a is not None and a.itemsize == 2 else a for a in arrays]


def parts(n, widths, dtype):
    """New arrays of n rows with these widths, in one piece of memory: such is found faster than many middling ones."""
    memory, ends = np.empty(n * sum(widths), dtype), [n * sum(widths[: i + 1]) for i in range(len(widths))]
    return [memory[end - n * width : end].reshape(n, width) for end, width in zip(ends, widths)]


def with_ones(x, bias):
    """x with a column of ones if there is a bias, which then is one more row of the weights."""
    if bias is None:
        return x
    out = np.empty((len(x), x.shape[1] + 1), x.dtype)
    out[:, :-1], out[:, -1] = x, 1
    return out


def arranged(weight, plan, out):
    """Weights (gates·hidden, in) for products from the right: each gate's, scaled, in `out` (gates, in, hidden).

    `plan` tells for each place in `out` which gate comes there, and its scale. A bias is a weight of one input.
    """
    hidden = len(weight) // len(plan)
    for place, (gate, scale) in zip(out, plan):
        np.multiply(weight[gate * hidden : (gate + 1) * hidden].T, scale, out=place)


def input_share(x, weight, bias, plan, out):
    """x·weightᵀ + bias by `plan`, x having a column of ones if there is a bias, as (gates, rows of x, hidden)."""
    hidden = len(weight) // len(plan)
    matrix = np.empty((len(plan), x.shape[1], hidden), x.dtype)
    arranged(weight, plan, matrix[:, : weight.shape[1]])
    if bias is not None:
        arranged(bias, plan, matrix[:, -1])
    return np.matmul(x, matrix, out=out.reshape(len(plan), len(x), hidden))


def state_matrix(weight, plan):
    """The weights of the state as one matrix (state, gates·hidden) by `plan`."""
    out = np.empty((weight.shape[1], len(plan), len(weight) // len(plan)), weight.dtype)
    arranged(weight, plan, out.transpose(1, 0, 2))
    return out.reshape(len(out), len(weight))


def by_gate(rows, gates):
    """A matrix that has the gates side by side in its rows, as (gates, rows, hidden); a view."""
    return rows.reshape(len(rows), gates, rows.shape[1] // gates).transpose(1, 0, 2)


def weight_gradients(d, x, before, weight, bias, needs):
    """The gradients of input, input weights and state weights, and biases, of which d (N, out) are the products'."""
    wants_x, wants_weight, wants_state_weight, wants_bias = needs
    dx = np.matmul(d, weight) if wants_x else None
    dw = db = None
    if wants_weight or wants_bias:
        dw = np.matmul(d.T, x)
        if bias:
            dw, db = dw[:, :-1], dw[:, -1]
    return dx, dw, np.matmul(d.T, before) if wants_state_weight else None, db


# ---- LSTM: Hochreiter and Schmidhuber, "Long short-term memory", 1997; gates in the order input, forget, cell, output


# In the order input, forget, output, cell. The logistic function of z is (1 + tanh(z / 2)) / 2: with the sums of those
# gates halved, one call of tanh serves all four.
LSTM_PLAN = (0, 0.5), (1, 0.5), (3, 0.5), (2, 1)


def lstm_forward(x, h, c, w_ih, w_hh, b_ih, b_hh, w_hr, batch_sizes, reverse):
    """The rows of all hidden states (N), the last ones (B) and the last cells (B); see the module's docstring.

    With w_hr (proj, hidden), hidden states are projected; of the rows the first `proj` columns are theirs.
    """
    kind = x.dtype
    x, h, c, w_ih, w_hh, b_ih, b_hh, w_hr = widened(x, h, c, w_ih, w_hh, b_ih, b_hh, w_hr)
    n, hidden, size = len(x), len(w_hh) // 4, batch_sizes[0]
    out = np.zeros((n + 2 * size, hidden), x.dtype) if w_hr is not None else np.empty((n + 2 * size, hidden), x.dtype)
    states = out[:, : w_hh.shape[1]]
    last, cell = states[n : n + size], out[n + size :]  # of each sequence, while it lasts the present one
    last[...], cell[...] = 0 if h is None else h, 0 if c is None else c
    steps = spans(batch_sizes, reverse)
    widths = [4 * hidden, w_hh.shape[1], *[hidden] * (2 if w_hr is None else 3)]
    gates, before, cells, squashed, *raw = parts(n, widths, x.dtype)
    raw = raw[0] if raw else None
    ones = with_ones(x, b_ih)
    gates = input_share(ones, w_ih, None if b_ih is None else b_ih + b_hh, LSTM_PLAN, gates)
    matrix = state_matrix(w_hh, LSTM_PLAN)
    share, product = np.empty((size, 4 * hidden), x.dtype), np.empty((size, hidden), x.dtype)
    shares = by_gate(share, 4)
    for start, stop in steps:
        count = stop - start
        state, memory, step = last[:count], cell[:count], gates[:, start:stop]
        before[start:stop], cells[start:stop] = state, memory
        np.matmul(state, matrix, out=share[:count])
        step += shares[:, :count]
        np.tanh(step, out=step)
        logistic = step[:3]
        logistic *= 0.5
        logistic += 0.5
        memory *= step[1]
        memory += np.multiply(step[0], step[3], out=product[:count])
        squash = np.tanh(memory, out=squashed[start:stop])
        if raw is None:
            np.multiply(step[2], squash, out=state)
        else:
            np.matmul(np.multiply(step[2], squash, out=raw[start:stop]), w_hr.T, out=state)
        states[start:stop] = state
    kept = (steps, size, ones, before, cells, gates, squashed, raw, w_ih, w_hh, b_ih is not None, w_hr)
    return out.astype(kind, copy=False), kept


def lstm_backward(g, residuals, needs):
    """Backward through time: d_c are the gradients of the cells, d_h of the hidden states, d of the gates' sums."""
    steps, size, x, before, cells, gates, squashed, raw, w_ih, w_hh, bias, w_hr = residuals
    (g,) = widened(g)
    n, hidden = cells.shape
    g_states = g[:, : w_hh.shape[1]]
    d_last, d_cell = g_states[n : n + size].copy(), g[n + size :].copy()
    d = np.empty((n, 4 * hidden), x.dtype)
    d_gates, product = by_gate(d, 4), np.empty((size, hidden), x.dtype)
    d_raw = np.empty((size, hidden), x.dtype)
    d_projected = np.empty(before.shape if w_hr is not None else 0, x.dtype)
    for low, high, group in blocks(steps, hidden):
        i, f, o, cell = gates[:, low:high]
        slopes = np.empty((4, high - low, hidden), x.dtype)  # of each gate's sum to what becomes of it
        np.subtract(1, gates[:2, low:high], out=slopes[:2])
        slopes[:2] *= gates[:2, low:high]
        slopes[0] *= cell
        slopes[1] *= cells[low:high]
        np.multiply(cell, cell, out=slopes[2])
        np.subtract(1, slopes[2], out=slopes[2])
        slopes[2] *= i
        np.subtract(1, o, out=slopes[3])
        slopes[3] *= o
        slopes[3] *= squashed[low:high]
        through = np.multiply(squashed[low:high], squashed[low:high])  # from hidden state to cell
        np.subtract(1, through, out=through)
        through *= o
        for start, stop in group:
            count, here = stop - start, slice(start - low, stop - low)
            d_h, d_c = d_last[:count], d_cell[:count]
            d_h += g_states[start:stop]
            d_out = d_h
            if raw is not None:
                d_projected[start:stop] = d_h
                d_out = np.matmul(d_h, w_hr, out=d_raw[:count])
            d_c += np.multiply(d_out, through[here], out=product[:count])
            np.multiply(d_c, slopes[:3, here], out=d_gates[:3, start:stop])
            np.multiply(d_out, slopes[3, here], out=d_gates[3, start:stop])
            d_c *= f[here]
            np.matmul(d[start:stop], w_hh, out=d_h)
    wanted = needs[0], needs[3], needs[4], needs[5] or needs[6]
    dx, dw_ih, dw_hh, db = weight_gradients(d, x, before, w_ih, bias, wanted)
    dw_hr = np.matmul(d_projected.T, raw) if needs[7] else None
    return dx, d_last, d_cell, dw_ih, dw_hh, db, db, dw_hr, None, None


# ---- GRU: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014, with the reset gate applied
# to the product; gates in the order reset, update, new


GRU_PLAN = (0, 0.5), (1, 0.5), (2, 1)  # halved as for the LSTM


def gru_forward(x, h, w_ih, w_hh, b_ih, b_hh, batch_sizes, reverse):
    """The rows of all hidden states (N) and the last ones (B); see the module's docstring."""
    kind = x.dtype
    x, h, w_ih, w_hh, b_ih, b_hh = widened(x, h, w_ih, w_hh, b_ih, b_hh)
    n, hidden, size = len(x), w_hh.shape[1], batch_sizes[0]
    out = np.empty((n + size, hidden), x.dtype)
    last = out[n:]
    last[...] = 0 if h is None else h
    steps = spans(batch_sizes, reverse)
    ones = with_ones(x, b_ih)
    bias = None
    if b_ih is not None:
        bias = b_ih.copy()
        bias[: 2 * hidden] += b_hh[: 2 * hidden]
    gates, before, new_share = parts(n, [3 * hidden, hidden, hidden], x.dtype)
    gates = input_share(ones, w_ih, bias, GRU_PLAN, gates)
    matrix = state_matrix(w_hh, GRU_PLAN)
    share, product = np.empty((size, 3 * hidden), x.dtype), np.empty((size, hidden), x.dtype)
    shares = by_gate(share, 3)
    for start, stop in steps:
        count = stop - start
        state, step = last[:count], gates[:, start:stop]
        before[start:stop] = state
        np.matmul(state, matrix, out=share[:count])
        logistic, new, fresh = step[:2], step[2], new_share[start:stop]
        logistic += shares[:2, :count]
        np.tanh(logistic, out=logistic)
        logistic *= 0.5
        logistic += 0.5
        if bias is None:
            fresh[...] = shares[2, :count]
        else:
            np.add(shares[2, :count], b_hh[2 * hidden :], out=fresh)
        new += np.multiply(step[0], fresh, out=product[:count])
        np.tanh(new, out=new)
        state -= new
        state *= step[1]
        state += new
        out[start:stop] = state
    kept = (steps, size, ones, before, gates, new_share, w_ih, w_hh, b_ih is not None)
    return out.astype(kind, copy=False), kept


def gru_backward(g, residuals, needs):
    """Backward through time: d are the gradients of the gates' sums; that of `new` differs for input and state."""
    steps, size, x, before, gates, new_share, w_ih, w_hh, bias = residuals
    (g,) = widened(g)
    n, hidden = before.shape
    d_last = g[n:].copy()
    d, d_new = parts(n, [3 * hidden, hidden], x.dtype)
    d_gates, product = by_gate(d, 3), np.empty((size, hidden), x.dtype)
    for low, high, group in blocks(steps, hidden):
        reset, update, new = gates[:, low:high]
        keep = 1 - update
        slope_new = np.multiply(new, new)
        np.subtract(1, slope_new, out=slope_new)
        slope_new *= keep
        slope_update = before[low:high] - new
        keep *= update
        slope_update *= keep
        slope_reset = 1 - reset
        slope_reset *= reset
        slope_reset *= new_share[low:high]
        for start, stop in group:
            here, d_h = slice(start - low, stop - low), d_last[: stop - start]
            d_h += g[start:stop]
            d_n = np.multiply(d_h, slope_new[here], out=d_new[start:stop])
            np.multiply(d_n, slope_reset[here], out=d_gates[0, start:stop])
            np.multiply(d_h, slope_update[here], out=d_gates[1, start:stop])
            np.multiply(d_n, reset[here], out=d_gates[2, start:stop])
            d_h *= update[here]
            d_h += np.matmul(d[start:stop], w_hh, out=product[: stop - start])
    dw_hh = np.matmul(d.T, before) if needs[3] else None
    db_hh = np.add.reduce(d, 0) if needs[5] else None
    d[:, 2 * hidden :] = d_new
    dx, dw_ih, _, db_ih = weight_gradients(d, x, before, w_ih, bias, (needs[0], needs[2], False, needs[4]))
    return dx, d_last, dw_ih, dw_hh, db_ih, db_hh, None, None


# ---- Elman's network: Elman, "Finding structure in time", 1990


RNN_PLAN = ((0, 1),)


def rnn_forward(x, h, w_ih, w_hh, b_ih, b_hh, batch_sizes, reverse, relu):
    """The rows of all hidden states (N) and the last ones (B), through tanh or `relu`; see the module's docstring."""
    kind = x.dtype
    x, h, w_ih, w_hh, b_ih, b_hh = widened(x, h, w_ih, w_hh, b_ih, b_hh)
    n, hidden, size = len(x), w_hh.shape[1], batch_sizes[0]
    out = np.empty((n + size, hidden), x.dtype)
    last = out[n:]
    last[...] = 0 if h is None else h
    steps = spans(batch_sizes, reverse)
    ones = with_ones(x, b_ih)
    sums, before = parts(n, [hidden, hidden], x.dtype)
    sums = input_share(ones, w_ih, None if b_ih is None else b_ih + b_hh, RNN_PLAN, sums)[0]
    matrix, share = state_matrix(w_hh, RNN_PLAN), np.empty((size, hidden), x.dtype)
    for start, stop in steps:
        state, step = last[: stop - start], sums[start:stop]
        before[start:stop] = state
        step += np.matmul(state, matrix, out=share[: stop - start])
        if relu:
            np.maximum(step, 0, out=step)
        else:
            np.tanh(step, out=step)
        state[...] = step
    out[:n] = sums
    return out.astype(kind, copy=False), (steps, ones, before, sums, w_ih, w_hh, b_ih is not None, relu)


def rnn_backward(g, residuals, needs):
    """Backward through time: d are the gradients of the sums that go through tanh or relu."""
    steps, x, before, states, w_ih, w_hh, bias, relu = residuals
    (g,) = widened(g)
    n, hidden = before.shape
    d_last, d = g[n:].copy(), np.empty((n, hidden), x.dtype)
    for low, high, group in blocks(steps, hidden):
        slope = states[low:high] > 0 if relu else np.multiply(states[low:high], states[low:high])
        if not relu:
            np.subtract(1, slope, out=slope)
        for start, stop in group:
            d_h = d_last[: stop - start]
            d_h += g[start:stop]
            np.multiply(d_h, slope[start - low : stop - low], out=d[start:stop])
            np.matmul(d[start:stop], w_hh, out=d_h)
    wanted = needs[0], needs[2], needs[3], needs[4] or needs[5]
    dx, dw_ih, dw_hh, db = weight_gradients(d, x, before, w_ih, bias, wanted)
    return dx, d_last, dw_ih, dw_hh, db, db, None, None, None
