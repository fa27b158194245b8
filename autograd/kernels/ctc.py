"""Connectionist temporal classification: the probability of a label sequence, summed over all ways to spell it in time.

Graves et al., "Connectionist temporal classification", ICML 2006. A sequence of S labels has 2S + 1 places: the labels,
and a blank before, between and after them. A way starts at the first or second place and ends at the last or the last
but one; each time step it stays, moves on by one place, or by two if that skips a blank between two labels that differ.
"""

import numpy as np

NEVER = -np.inf


def with_blanks(labels, blank):
    """The class at each place, (N, 2S + 1), for labels (N, S)."""
    places = np.full((len(labels), 2 * labels.shape[1] + 1), blank, np.intp)
    places[:, 1::2] = labels
    return places


def may_skip(places):
    """Where a way may arrive from two places before."""
    skip = np.zeros(places.shape, bool)
    skip[:, 2:] = places[:, 2:] != places[:, :-2]
    return skip


def arrivals(emitted, skip):
    """For each time, sample and place the logarithm of the probability of all ways to it, without what it emits.

    emitted: the log-probability (T, N, L) of what each place emits at each time.
    """
    before = np.empty_like(emitted)
    before[0] = NEVER
    before[0, :, :2] = 0
    now = np.full((emitted.shape[1], emitted.shape[2] + 2), NEVER, emitted.dtype)
    stay, one, two = now[:, 2:], now[:, 1:-1], now[:, :-2]
    barrier = np.where(skip, 0, NEVER).astype(emitted.dtype)
    for t in range(1, len(emitted)):
        np.add(before[t - 1], emitted[t - 1], out=stay)
        far = two + barrier
        top = np.maximum(stay, one)
        np.maximum(top, far, out=top)
        top[top == NEVER] = 0
        np.subtract(far, top, out=far)
        total = np.exp(far, out=far)
        total += np.exp(stay - top)
        total += np.exp(one - top)
        np.add(np.log(total, out=total), top, out=before[t])
    return before


def forward(log_probs, labels, input_lengths, target_lengths, blank, zero_infinity):
    """Minus the log-probability of each sample's labels, (N), and what `backward` needs.

    log_probs (T, N, C), T > 0; labels (N, S), of which only each sample's first `target_lengths` count. A sample whose
    labels do not fit into its time has Inf, or 0 with `zero_infinity`.
    """
    places = with_blanks(labels, blank)
    emitted = np.take_along_axis(log_probs, places[None], 2)
    before = arrivals(emitted, may_skip(places))
    sample, last = np.arange(len(labels)), 2 * target_lengths
    final = np.maximum(input_lengths - 1, 0)
    end = before[final, sample, last] + emitted[final, sample, last]
    inner = np.maximum(last - 1, 0)
    end_inside = before[final, sample, inner] + emitted[final, sample, inner]
    losses = -np.logaddexp(end, np.where(last > 0, end_inside, NEVER))
    losses = np.where(input_lengths > 0, losses, np.where(last > 0, -NEVER, 0)).astype(log_probs.dtype)
    residuals = log_probs, places, input_lengths, last, emitted, before, losses, zero_infinity
    return np.where(np.isinf(losses) & zero_infinity, 0, losses), residuals


def backward(g, residuals, needs):
    """exp(log_probs) minus the share of each class at each time in all ways, PyTorch's convention.

    The first term is what makes it the gradient for the logits that a log-softmax had; its own backward takes
    that term away. The ways from a place to the end are those of the reversed sequence to it.
    """
    log_probs, places, input_lengths, last, emitted, before, losses, zero_infinity = residuals
    time, sample, place = np.ogrid[: emitted.shape[0], : emitted.shape[1], : emitted.shape[2]]
    inside = (time < input_lengths[:, None]) & (place <= last[:, None])
    back = np.where(inside, input_lengths[:, None] - 1 - time, 0), sample, np.where(inside, last[:, None] - place, 0)
    reverse_places = np.take_along_axis(places, np.maximum(last[:, None] - place[0], 0), 1)
    after = arrivals(emitted[back], may_skip(reverse_places))[back]
    after += before
    after += emitted
    after += losses[:, None]
    share = np.where(inside, np.exp(after, out=after), 0)
    T, N, C = log_probs.shape
    cells = (time * N + sample) * C + places
    shares = np.bincount(cells.reshape(-1), share.reshape(-1), T * N * C).reshape(T, N, C)
    grad = np.exp(log_probs)
    grad -= shares
    grad *= g[:, None]
    impossible = np.isinf(losses)
    if impossible.any():
        grad[:, impossible] = 0 if zero_infinity else np.nan
    grad[time[..., 0] >= input_lengths] = 0
    return grad, None, None, None, None, None
