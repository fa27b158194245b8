"""Scaled dot-product attention, block by block: of the weights (..., L, S) only a block that fits the cache exists.

The rows of a block are exponentials exp(q·kᵀ + bias). They are divided by their sums only after they were multiplied by
the values. Backward computes them anew, unless they are few and were kept (Dao et al., "FlashAttention", 2022). Mostly
the norms of q and k tell that nothing can overflow; then no row's largest element is looked for.
"""

import itertools
import math

import numpy as np

BLOCK = 2**19  # bytes of weights in one block
KEPT = 2**22  # up to so many bytes in all, the weights are kept for backward
CAUSAL = 64  # rows of a block in causal attention, which skips the keys behind the block's last row
SAFE = 30  # a score up to which exponentials, times large values or gradients, stay far from overflow


class Blocks:
    """The weights' blocks: arrays q (..., L, E), k (..., S, E), v (..., S, Ev) of equal leading sizes, and the bias.

    A block has an index into the leading dimensions (`lead`), and slices of rows and of columns.
    """

    def __init__(self, q, k, v, bias, causal):
        lead = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2], () if bias is None else bias.shape[:-2])
        self.q, self.k, self.v = (np.broadcast_to(x, (*lead, *x.shape[-2:])) for x in (q, k, v))
        self.shape = (*lead, q.shape[-2], k.shape[-2])
        self.bias = None if bias is None else np.broadcast_to(bias, self.shape)
        self.causal, self.kind = causal, q.dtype
        *_, length, columns = self.shape
        row = max(columns * self.kind.itemsize, 1)
        self.height = max(1, min(length, BLOCK // row, CAUSAL if causal else length))
        size, self.depth = math.prod(lead) * self.height * row, 0
        while size > BLOCK and self.depth < len(lead):
            size //= lead[self.depth]
            self.depth += 1
        self.whole = math.prod(self.shape) * self.kind.itemsize <= KEPT

    def empty(self, whole):
        """Memory for one block, or for all."""
        lead = self.shape[:-2]
        if whole:
            return np.empty(self.shape, self.kind)
        return np.empty((*lead[self.depth :], self.height, self.shape[-1]), self.kind)

    def of(self, memory, at, rows, columns):
        """A block's place in memory for one, or for all."""
        if memory.shape == self.shape:
            return memory[at][..., rows, columns]
        return memory[..., : rows.stop - rows.start, columns]

    def __iter__(self):
        *lead, length, columns = self.shape
        for at in itertools.product(*map(range, lead[: self.depth])):
            for start in range(0, length, self.height):
                stop = min(start + self.height, length)
                yield at, slice(start, stop), slice(0, min(stop, columns) if self.causal else columns)

    def scores(self, q, keys, at, rows, columns, out):
        """q·kᵀ + bias for the scaled q and the keys as columns; -inf above the diagonal if causal."""
        np.matmul(q[at][..., rows, :], keys[at][..., columns], out=out)
        if self.bias is not None:
            out += self.bias[at][..., rows, columns]
        if self.causal:
            square = out[..., rows.start :]
            square[..., np.arange(square.shape[-2])[:, None] < np.arange(square.shape[-1])] = -math.inf


def is_safe(q, k, bias):
    """Whether all scores are small enough for their exponentials as they are, or -inf: |q·k| is at most |q|·|k|."""
    if not q.size or not k.size:
        return bias is None
    longest = [np.matmul(np.square(x), np.ones(x.shape[-1], x.dtype)).max() for x in (q, k)]
    bound = math.sqrt(longest[0]) * math.sqrt(longest[1])
    if bias is not None and bound <= SAFE:
        bound += np.absolute(bias).max(where=bias != -math.inf, initial=0)
    return bound <= SAFE


def forward(q, k, v, bias, causal, scale, kept, factor):
    """softmax(scale·q·kᵀ + bias)·v, where a row of nothing but -inf has weights 0; and what `backward` needs.

    `kept`, if any, are the weights that dropout keeps; they are then multiplied by `factor`.
    """
    blocks = Blocks(q, k, v, bias, causal)
    q, keys, v = blocks.q * blocks.kind.type(scale), columns_of(blocks.k), blocks.v
    *lead, length, columns = blocks.shape
    out = np.empty((*lead, length, v.shape[-1]), blocks.kind)
    sums = np.empty((*lead, length), blocks.kind)
    tops = None if is_safe(q, blocks.k, bias) else np.empty((*lead, length, 1), blocks.kind)
    ones, memory = np.ones(columns, blocks.kind), blocks.empty(blocks.whole)
    for at, rows, columns in blocks:
        weights = blocks.of(memory, at, rows, columns)
        blocks.scores(q, keys, at, rows, columns, weights)
        if tops is not None:
            top = np.maximum.reduce(weights, -1, keepdims=True, initial=-math.inf)
            top[top == -math.inf] = 0
            tops[at][..., rows, :] = top
            weights -= top
        np.exp(weights, out=weights)
        np.matmul(weights, ones[columns], out=sums[at][..., rows])
        if kept is not None:
            weights = weights * kept[at][..., rows, columns]
        np.matmul(weights, v[at][..., columns, :], out=out[at][..., rows, :])
    sums[sums == 0] = 1
    out *= blocks.kind.type(factor) / sums[..., None]
    return out, (blocks, q, keys, sums, tops, memory if blocks.whole else None, scale, kept, factor)


def backward(g, residuals, needs):
    """The gradients of q, k, v and the bias.

    For weights p and their gradient r, that of the scores is p·(r - Σ p·r).
    """
    blocks, q, keys, sums, tops, memory, scale, kept, factor = residuals
    g = g * (blocks.kind.type(factor) / sums[..., None])
    values = columns_of(blocks.v)
    gradients = [
        make(x.shape, blocks.kind) if need else None
        for x, need, make in ((q, needs[0], np.empty), (blocks.k, needs[1], np.zeros), (blocks.v, needs[2], np.zeros))
    ]
    of_q, of_k, of_v = gradients
    of_bias = np.zeros(blocks.shape, blocks.kind) if needs[3] else None
    scratch, again = blocks.empty(False), memory is None
    if again:
        memory = blocks.empty(False)
    for at, rows, columns in blocks:
        weights = blocks.of(memory, at, rows, columns)
        if again:
            blocks.scores(q, keys, at, rows, columns, weights)
            if tops is not None:
                weights -= tops[at][..., rows, :]
            np.exp(weights, out=weights)
        here = g[at][..., rows, :]
        if of_v is not None:
            used = weights if kept is None else weights * kept[at][..., rows, columns]
            of_v[at][..., columns, :] += np.matmul(used.swapaxes(-1, -2), here)
        if of_q is None and of_k is None and of_bias is None:
            continue
        slopes = blocks.of(scratch, at, rows, columns)
        np.matmul(here, values[at][..., columns], out=slopes)
        if kept is not None:
            slopes *= kept[at][..., rows, columns]
        slopes -= (np.vecdot(weights, slopes) / sums[at][..., rows])[..., None]
        slopes *= weights
        if of_bias is not None:
            of_bias[at][..., rows, columns] = slopes
        if of_q is not None:
            np.matmul(slopes, blocks.k[at][..., columns, :], out=of_q[at][..., rows, :])
        if of_k is not None:
            of_k[at][..., columns, :] += np.matmul(slopes.swapaxes(-1, -2), q[at][..., rows, :])
    if of_q is not None:
        of_q *= blocks.kind.type(scale)
    return of_q, of_k, of_v, of_bias, None, None, None, None


def columns_of(x):
    """The rows of matrices as columns, next to each other in memory: products with them are faster."""
    return np.ascontiguousarray(x.swapaxes(-1, -2))
