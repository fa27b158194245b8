"""Convolutions: against a plain sum, against PyTorch over random arguments, and what they say to wrong ones."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd.kernels import convolution as kernel


def plain(x: np.ndarray, w: np.ndarray, stride: int, padding: int, dilation: int, groups: int) -> np.ndarray:
    """A two-dimensional convolution as its definition has it, position by position."""
    outs, per, height, width = w.shape
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    reach = [n - dilation * (k - 1) for n, k in zip(x.shape[2:], (height, width))]
    sizes = [-(-n // stride) for n in reach]
    out = np.zeros((len(x), outs, *sizes), x.dtype)
    for o, i, j in itertools.product(range(outs), *map(range, sizes)):
        first = o // (outs // groups) * per
        rows, columns = (
            slice(p * stride, p * stride + dilation * (k - 1) + 1, dilation) for p, k in ((i, height), (j, width))
        )
        out[:, o, i, j] = (x[:, first : first + per, rows, columns] * w[o]).sum((1, 2, 3))
    return out


@pytest.mark.parametrize("arguments", [(1, 0, 1, 1), (2, 1, 1, 2), (1, 2, 2, 1), (3, 1, 2, 2)])
def test_is_the_sum_it_is_defined_as(arguments):
    random = np.random.default_rng(0)
    x, w = random.standard_normal((2, 4, 7, 6)), random.standard_normal((4, 4 // arguments[3], 3, 2))
    found = autograd.conv2d(autograd.from_numpy(x), autograd.from_numpy(w), None, *arguments)
    np.testing.assert_allclose(found.numpy(), plain(x, w, *arguments), atol=1e-12)


@pytest.mark.parametrize("bytes_of_a_block", [1, 2000, 2**20])
@pytest.mark.parametrize("few", [0, 10**6])
def test_blocks_make_no_difference(monkeypatch, bytes_of_a_block, few):
    """However many images or rows are computed at once, and whether images are joined, the result is the same."""
    random = np.random.default_rng(0)
    x, w = random.standard_normal((5, 4, 7, 6)), random.standard_normal((6, 2, 3, 2))
    for arguments in (
        ((2, 1), ((1, 0), (2, 1)), (1, 2), 2),
        ((1, 1), ((1, 1), (-1, 0)), (1, 1), 2),
        ((1, 1), ((0, 0), (0, 0)), (1, 1), 2),
    ):
        y = kernel.convolve(x, w, np.ones(6), *arguments)
        expected = y, kernel.spread(y, w, np.ones(4), (7, 6), *arguments), kernel.correlate(x, y, (3, 2), *arguments)
        with monkeypatch.context() as patch:
            patch.setattr(kernel, "BLOCK", bytes_of_a_block)
            patch.setattr(kernel, "FEW", few)
            patch.setattr(kernel, "MANY", 0)
            found = (
                kernel.convolve(x, w, np.ones(6), *arguments),
                kernel.spread(y, w, np.ones(4), (7, 6), *arguments),
                kernel.correlate(x, y, (3, 2), *arguments),
            )
        for one, other in zip(found, expected):
            np.testing.assert_allclose(one, other, atol=1e-12)


def drawn(random: Any) -> tuple[str, list[np.ndarray], dict[str, Any]]:
    """A convolution with random arguments."""
    rank, groups = random.integers(1, 4), int(random.integers(1, 4))
    transposed = random.random() < 0.4

    def ints(low: int, high: int) -> list[int]:
        return random.integers(low, high + 1, rank).tolist()

    sizes = [groups * random.integers(1, 3), random.integers(1, 3)]
    weight = (*sizes, *ints(1, 3))
    channels = sizes[0] if transposed else sizes[1] * groups
    outs = sizes[1] * groups if transposed else sizes[0]
    kwargs: dict[str, Any] = {"stride": ints(1, 3), "padding": ints(0, 2), "dilation": ints(1, 2), "groups": groups}
    if transposed:
        kwargs["output_padding"] = [
            int(random.integers(0, max(s, d))) for s, d in zip(kwargs["stride"], kwargs["dilation"])
        ]
    elif random.random() < 0.2:
        kwargs.update(stride=1, padding="same")
    shapes = [(random.integers(1, 4), channels, *ints(4, 9 if rank < 3 else 5)), weight, (outs,)]
    name = f"conv_transpose{rank}d" if transposed else f"conv{rank}d"
    return name, [random.standard_normal(shape) for shape in shapes], kwargs


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.filterwarnings("ignore:Using padding='same'")  # PyTorch says that it is slow
def test_random_arguments_as_in_torch(torch, seed):
    """Values, gradients, and the gradients of these by everything."""
    name, arrays, kwargs = drawn(np.random.default_rng(seed))
    results = []
    for m in (autograd, torch):
        tensors = [m.from_numpy(a.copy()).requires_grad_() for a in arrays]
        try:
            out = getattr(m, name)(*tensors, **kwargs)
        except RuntimeError as error:
            results.append([np.array(str(error).split(".")[0])])
            continue
        g = m.ones_like(out).cumsum(-1).detach().requires_grad_()
        first = m.autograd.grad(out, tensors, g, create_graph=True)
        second = m.autograd.grad(sum((one * one).sum() for one in first), [*tensors[:2], g])
        results.append([t.detach().numpy() for t in (out, *first, *second)])
    for ours, theirs in zip(*results, strict=True):
        if theirs.dtype.kind == "U":
            assert ours == theirs
        else:
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * max(1, np.abs(theirs).max()))


@pytest.mark.parametrize("shape", [(0, 2, 5), (2, 0, 5), (3, 2, 5)])
def test_empty_batches_and_no_channels(shape):
    x = autograd.ones(*shape).requires_grad_()
    w = autograd.ones(4, shape[1], 3).requires_grad_()
    b = autograd.ones(4).requires_grad_()
    out = autograd.conv1d(x, w, b, stride=2, padding=1)
    out.sum().backward()
    assert out.shape == (shape[0], 4, 3)
    assert x.grad.shape == shape
    assert w.grad.shape == w.shape
    assert b.grad.tolist() == [3 * shape[0]] * 4
    if not shape[1]:
        assert (out == 1).all()


def test_half_precision_sums_in_single():
    """A sum of ten thousand products, each below what is added last in float16."""
    x, w = autograd.full((1, 1, 10000), 0.1).half(), autograd.full((1, 1, 10000), 0.1).half()
    out = autograd.conv1d(x.requires_grad_(), w.requires_grad_())
    assert out.dtype is autograd.float16
    assert abs(out.item() - 100) < 0.2
    out.backward()
    assert x.grad.dtype is w.grad.dtype is autograd.float16
    ones = autograd.ones(1, 1, 5000).half()
    w = autograd.ones(1, 1, 1).half().requires_grad_()
    autograd.conv1d(ones, w).sum().backward()
    assert w.grad.item() == 5000


def test_gradients_that_nobody_wants_are_not_computed(monkeypatch):
    calls = []
    monkeypatch.setattr(kernel, "spread", lambda *args: calls.append("input"))
    layer = nn.Conv2d(1, 2, 3)
    layer(autograd.ones(1, 1, 4, 4)).sum().backward()
    assert layer.weight.grad.shape == layer.weight.shape
    assert calls == []


def test_the_result_is_contiguous():
    """So that `view`, which networks flatten with, works, whatever the memory layout of the input."""
    out = F.conv2d(autograd.ones(2, 5, 6, 3).permute(0, 3, 1, 2), autograd.ones(4, 3, 2, 2))
    assert out.is_contiguous()
    assert out.view(2, -1).shape == (2, 80)


def test_unbatched_input():
    x, w = autograd.randn(3, 6, 5), autograd.randn(2, 3, 3, 3)
    assert autograd.equal(F.conv2d(x, w), F.conv2d(x[None], w)[0])
    assert autograd.equal(F.conv_transpose2d(F.conv2d(x, w), w), F.conv_transpose2d(F.conv2d(x[None], w), w)[0])


ZERO = autograd.zeros
WRONG = [
    (lambda: F.conv1d(ZERO(1, 3, 4), ZERO(1, 1, 2)), RuntimeError, r"to have 1 channels, but got 3 channels.*permute"),
    (lambda: F.conv1d(ZERO(4), ZERO(1, 1, 2)), RuntimeError, r"2D \(unbatched\) or 3D \(batched\) input"),
    (lambda: F.conv2d(ZERO(1, 1, 4, 4), ZERO(1, 1, 2)), RuntimeError, "Expected 4-dimensional weight for conv2d"),
    (lambda: F.conv1d(ZERO(1, 1, 4), ZERO(1, 1, 6)), RuntimeError, r"size per channel: \(4\). Kernel size: \(6\)"),
    (lambda: F.conv1d(ZERO(1, 1, 4), ZERO(1, 1, 3), dilation=2), RuntimeError, r"Kernel size: \(5\)"),
    (lambda: F.conv1d(ZERO(1, 1, 4), ZERO(1, 1, 2), padding=-1), RuntimeError, "negative padding is not supported"),
    (lambda: F.conv1d(ZERO(1, 1, 4), ZERO(1, 1, 2), stride=0), RuntimeError, "non-positive stride is not supported"),
    (lambda: F.conv1d(ZERO(1, 1, 4), ZERO(1, 1, 2), dilation=0), RuntimeError, "dilation"),
    (lambda: F.conv1d(ZERO(1, 1, 4), ZERO(1, 1, 2), groups=0), RuntimeError, "non-positive groups"),
    (lambda: F.conv1d(ZERO(1, 4, 4), ZERO(3, 2, 2), groups=2), RuntimeError, "divisible by 2 at dimension 0"),
    (lambda: F.conv1d(ZERO(1, 3, 4), ZERO(1, 1, 2), groups=3), RuntimeError, "to be at least 3 at dimension 0"),
    (lambda: F.conv1d(ZERO(1, 1, 4), ZERO(1, 1, 0)), RuntimeError, "kernel size should be greater than zero"),
    (lambda: F.conv1d(ZERO(1, 1, 0), ZERO(1, 1, 2), padding=2), RuntimeError, "Only zero batch or zero channel"),
    (lambda: F.conv1d(ZERO(1, 1, 4), ZERO(1, 1, 2), ZERO(2)), RuntimeError, "1-dimensional with 1 elements"),
    (lambda: F.conv1d(ZERO(1, 1, 4).double(), ZERO(1, 1, 2)), RuntimeError, r"Double\) and weight type \(Float\)"),
    (lambda: F.conv1d(ZERO(1, 1, 4), ZERO(1, 1, 2), ZERO(1).double()), RuntimeError, r"bias type \(Double\)"),
    (lambda: F.conv1d(ZERO(1, 1, 4).bool(), ZERO(1, 1, 2).bool()), NotImplementedError, "not implemented for bool"),
    (lambda: F.conv1d(ZERO(1, 1, 4), ZERO(1, 1, 2), padding="same", stride=2), RuntimeError, "strided"),
    (lambda: F.conv1d(ZERO(1, 1, 4), ZERO(1, 1, 2), padding="half"), RuntimeError, "Invalid padding string: 'half'"),
    (lambda: F.conv2d(ZERO(1, 1, 4, 4), ZERO(1, 1, 2, 2), stride=(1, 2, 3)), RuntimeError, "a list of 2 values"),
    (lambda: F.conv2d(ZERO(1, 1, 4, 4), ZERO(1, 1, 2, 2), stride=1.0), TypeError, "int or tuple of ints, not float"),
    (lambda: F.conv1d([1.0], ZERO(1, 1, 2)), TypeError, "must be Tensor, not list"),
    (lambda: F.conv1d(ZERO(1, 1, 4), ZERO(1, 1, 2), 1), TypeError, "'bias'.*must be Tensor, not int"),
    (lambda: F.conv_transpose1d(ZERO(1, 1, 4), ZERO(1, 1, 2), output_padding=1), RuntimeError, "output padding must"),
    (lambda: F.conv_transpose1d(ZERO(1, 1, 1), ZERO(1, 1, 2), padding=2), RuntimeError, "Output size is too small"),
    (lambda: F.conv_transpose1d(ZERO(1, 2, 4), ZERO(1, 1, 2)), RuntimeError, "Given transposed=1, weight of size"),
    (lambda: F.conv_transpose1d(ZERO(1, 2, 4), ZERO(2, 0, 2)), RuntimeError, "non-empty weight"),
    (lambda: autograd.convolution(ZERO(2, 4), ZERO(3, 2, 2), None, [1], [0], [1], False, [0], 1), RuntimeError, "3-"),
    (lambda: autograd.convolution(ZERO(1, 2, 4), ZERO(3, 2, 2), None, 1, [0], [1], False, [0], 1), TypeError, "stride"),
    (lambda: autograd.conv_tbc(ZERO(2, 4), ZERO(3, 2, 2), ZERO(2)), RuntimeError, "Input must have 3 dims"),
    (lambda: nn.Conv2d(4, 6, 3, groups=4), ValueError, "out_channels must be divisible by groups: 6"),
    (lambda: nn.Conv2d(3, 6, 3, groups=2), ValueError, "in_channels must be divisible by groups: 3"),
    (lambda: nn.Conv2d(4, 6, 3, groups=0), ValueError, "groups must be a positive integer"),
    (lambda: nn.Conv2d(4, 6, 3, padding="sam"), ValueError, "Invalid padding string 'sam'"),
    (lambda: nn.Conv2d(4, 6, 3, padding="same", stride=2), ValueError, "strided"),
    (lambda: nn.Conv2d(4, 6, 3, padding_mode="mirror"), ValueError, "padding_mode must be one of"),
    (lambda: nn.Conv2d(4, 6, (3,)), ValueError, r"kernel_size needs one number, or 2"),
    (lambda: nn.Conv2d(4.0, 6, 3), TypeError, "'in_channels' must be int, not float"),
    (lambda: nn.Conv2d(4, 6, 3.0), TypeError, "'kernel_size' must be int, not float"),
    (lambda: nn.ConvTranspose2d(4, 6, 3, padding_mode="reflect"), ValueError, 'Only "zeros" padding mode'),
    (lambda: nn.ConvTranspose2d(1, 1, 2, 2)(ZERO(1, 1, 3, 3), (8, 7)), ValueError, r"from \[6, 6\] to \[7, 7\]"),
    (lambda: nn.ConvTranspose2d(1, 1, 2, 2)(ZERO(1, 1, 3, 3), (1, 7, 6)), ValueError, r"2 or 4 elements \(got 3\)"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_errors(number):
    call, kind, message = WRONG[number]
    with pytest.raises(kind, match=message):
        call()


def test_an_error_says_in_which_module():
    with pytest.raises(RuntimeError) as caught:
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(8, 4, 3))(autograd.ones(1, 3, 8, 8))
    notes = getattr(caught.value, "__notes__", [str(caught.value)])
    assert "1 (Conv2d 8→4)" in notes[-1]


def test_subclasses_may_use_plain_names_for_their_own():
    """As adapters of low rank do."""

    class LowRank(nn.ConvTranspose2d):
        def __init__(self, *args, rank):
            self.rank, self.function = rank, None
            super().__init__(*args)

    layer = LowRank(2, 3, 2, 2, rank=8)
    assert layer(autograd.ones(1, 2, 3, 3), output_size=(7, 6)).shape == (1, 3, 7, 6)
    assert repr(layer) == "LowRank(2, 3, kernel_size=(2, 2), stride=(2, 2))"
    assert layer.rank == 8
