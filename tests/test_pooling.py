"""Pooling: against PyTorch over random arguments, odd values, and what it says to wrong arguments."""

from __future__ import annotations

import re

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F

NAN, INF = float("nan"), float("inf")


def test_the_first_of_equal_elements_is_the_largest():
    x = autograd.zeros(1, 1, 3, 4, requires_grad=True)
    values, places = F.max_pool2d(x, 2, 1, return_indices=True)
    assert places.tolist() == [[[[0, 1, 2], [4, 5, 6]]]]
    F.max_pool2d(x, 2, 1).sum().backward()
    assert x.grad.tolist() == [[[[1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]]]
    assert values.abs().sum() == 0


def test_nan_is_the_largest():
    x = autograd.tensor([[1.0, NAN, 3.0, 4.0, -INF, -INF]], requires_grad=True)
    out = F.max_pool1d(x, 2)
    np.testing.assert_array_equal(out.detach().numpy(), [[NAN, 4, -INF]])
    out.backward(autograd.tensor([[1.0, 2.0, INF]]))
    assert x.grad.tolist() == [[0, 1, 0, 2, INF, 0]]


def test_writing_into_the_result_is_no_harm_and_into_the_input_is():
    x = autograd.randn(1, 4, 4, requires_grad=True)
    F.max_pool2d(x, 2).relu_().sum().backward()
    y = x * 1
    out = F.max_pool2d(y, 2)
    y.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()
    out, places = F.max_pool2d(x, 2, return_indices=True)
    places.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()


def test_sums_of_sixteen_bits_are_formed_in_single_precision():
    x = autograd.ones(1, 1, 64, 64, dtype=autograd.float16, requires_grad=True)
    assert F.avg_pool2d(x, 64, divisor_override=1).item() == 4096
    F.max_pool1d(x[0, 0], 1, 1).sum().backward()
    assert x.grad.dtype is autograd.float16


def test_windows_beyond_the_end_are_left_out():
    x = autograd.arange(5.0).reshape(1, 5)
    assert F.max_pool1d(x, 2, 2, ceil_mode=True).tolist() == [[1, 3, 4]]
    assert F.max_pool1d(x, 2, 4, 1, ceil_mode=True).tolist() == [[0, 4]]
    assert F.avg_pool1d(x, 2, 2, ceil_mode=True).tolist() == [[0.5, 2.5, 4]]
    assert F.avg_pool1d(x, 4, 3, 1, count_include_pad=False).tolist() == [[1, 3]]


def test_an_empty_batch_and_an_empty_result():
    x = autograd.zeros(0, 2, 4, 4, requires_grad=True)
    F.max_pool2d(x, 2).sum().backward()
    assert x.grad.shape == (0, 2, 4, 4)
    assert F.avg_pool2d(x, 2).shape == F.adaptive_max_pool2d(x, 2).shape == (0, 2, 2, 2)
    assert F.adaptive_avg_pool2d(autograd.ones(1, 2, 4, 4), (0, 3)).shape == (1, 2, 0, 3)
    assert F.adaptive_max_pool1d(autograd.ones(1, 2, 4), 0).shape == (1, 2, 0)


@pytest.mark.parametrize("pool", [lambda x: F.adaptive_max_pool2d(x, 3), lambda x: F.max_pool2d(x, 6)])
def test_an_empty_batch_has_an_empty_gradient(pool):
    """Also by the way that large windows and windows that share elements take."""
    x = autograd.zeros(0, 2, 7, 7, requires_grad=True)
    pool(x).sum().backward()
    assert x.grad.shape == (0, 2, 7, 7)


def test_fractional_windows_are_drawn_reproducibly():
    x = autograd.arange(100.0).reshape(1, 10, 10)
    results = []
    for seed in (0, 0, 1):
        autograd.manual_seed(seed)
        results.append(nn.FractionalMaxPool2d(2, output_ratio=0.6)(x).tolist())
    assert results[0] == results[1] != results[2]
    assert np.shape(results[0]) == (1, 6, 6)
    assert F.fractional_max_pool3d_with_indices(x[None], 1, (1, 10, 10))[1].shape == (1, 1, 10, 10)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda x: F.max_pool2d(x, (1, 2, 3)), RuntimeError, "kernel_size must either be a single int, or a tuple"),
        (lambda x: F.max_pool2d(x, 2.5), TypeError, "'kernel_size' must be tuple of ints, not float"),
        (lambda x: F.max_pool2d(x, 2, 0), RuntimeError, "stride must be greater than zero, but got [0, 0]"),
        (lambda x: F.max_pool2d(x, 2, 1, 2), RuntimeError, "padding should be at most half of kernel size"),
        (lambda x: F.avg_pool2d(x, 2, 1, -1), RuntimeError, "padding must be non-negative"),
        (lambda x: F.max_pool2d(x, 9), RuntimeError, "Calculated output size: (1x0x0). Output size is too small"),
        (lambda x: F.max_pool2d(x[0, 0], 2), RuntimeError, "max_pool2d: Expected 3D or 4D (batch mode) tensor"),
        (lambda x: F.max_pool2d(x[:, :0], 2), RuntimeError, "but got:[1, 0, 4, 4]"),
        (lambda x: F.max_pool2d(x > 0, 2), NotImplementedError, '"max_pool2d" not implemented for bool'),
        (lambda x: F.max_pool1d(x[0].int(), 2), NotImplementedError, "Convert with .to(dtype) first"),
        (lambda x: F.avg_pool2d(x.int(), 2), NotImplementedError, '"avg_pool2d" not implemented for int32'),
        (lambda x: F.avg_pool2d(x, 2, divisor_override=0), RuntimeError, "divisor must be not zero"),
        (lambda x: F.adaptive_avg_pool2d(x, (2, 2, 2)), RuntimeError, "output_size must be 2"),
        (lambda x: F.adaptive_avg_pool2d(x, -1), RuntimeError, "must be greater than or equal to 0"),
        (lambda x: F.adaptive_max_pool1d(x[0], None), TypeError, "'output_size' must be tuple of ints, not NoneType"),
        (lambda x: F.max_unpool2d(x, x.int(), 2), RuntimeError, "elements in indices should be type int64"),
        (lambda x: F.max_unpool2d(x, x.long() + 64, 2), RuntimeError, "invalid max index: 64 (output"),
        (lambda x: F.max_unpool2d(x, x.long(), 2, output_size=(8,)), ValueError, "containing 2 or 4 elements"),
        (lambda x: F.max_unpool2d(x, x.long(), 2, output_size=(8, 5)), ValueError, "dim 1 must be between 6 and 10"),
        (lambda x: F.fractional_max_pool2d(x, 2), ValueError, "either an output_size or an output_ratio"),
        (lambda x: F.fractional_max_pool2d(x, 2, 4), RuntimeError, "too large relative to input height 4"),
        (lambda x: nn.FractionalMaxPool2d(2), ValueError, "either an output size, or a pooling ratio"),
        (lambda x: nn.FractionalMaxPool3d(2, output_ratio=1.5), ValueError, "output_ratio must be between 0 and 1"),
    ],
)  # fmt: skip
def test_wrong_arguments(call, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        call(autograd.zeros(1, 1, 4, 4))


@pytest.mark.parametrize("seed", range(40))
def test_as_torch_over_random_arguments(seed):
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(seed)
    rank, (size, step) = int(random.integers(1, 4)), random.integers(1, 4, 2).tolist()
    shape = (2, *random.integers(3, 8, rank).tolist())
    x = random.integers(-2, 3, shape).astype(float)  # which has many ties
    x[random.random(shape) < 0.05] = NAN
    pad, dilation = int(random.integers(0, size // 2 + 1)), 1
    ceil, flag = (random.random(2) < 0.5).tolist()
    counts = tuple(random.integers(1, 6, rank).tolist())
    for name, arguments in (
        ("max_pool", (size, step, pad, dilation, ceil, flag)),
        ("avg_pool", (size, step, pad, ceil, flag)),
        ("adaptive_max_pool", (counts, flag)),
        ("adaptive_avg_pool", (counts,)),
    ):
        found = []
        for package, functional in ((autograd, F), (torch, torch.nn.functional)):
            tensor = package.from_numpy(x.copy()).requires_grad_()
            out = getattr(functional, f"{name}{rank}d")(tensor, *arguments)
            out = out if isinstance(out, tuple) else (out,)
            (out[0] * package.arange(float(out[0].numel())).reshape(out[0].shape)).sum().backward()
            found.append([*(o.detach().numpy() for o in out), tensor.grad.numpy()])
        for ours, theirs in zip(*found, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12, err_msg=f"{name}{rank}d{arguments}")
