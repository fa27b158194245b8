"""Tensors as text: exactly PyTorch's."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import autograd

nan, inf = float("nan"), float("inf")


@pytest.fixture(autouse=True)
def usual_options(m):
    yield
    m.set_printoptions(profile="default")


TEXTS = [
    (lambda m: m.tensor(3), "tensor(3)"),
    (lambda m: m.tensor(2.5), "tensor(2.5000)"),
    (lambda m: m.tensor([1.0, 2.0]), "tensor([1., 2.])"),
    (lambda m: m.tensor([1.0, -2.5]), "tensor([ 1.0000, -2.5000])"),
    (lambda m: m.tensor([1, -20]), "tensor([  1, -20])"),
    (lambda m: m.tensor([True, False]), "tensor([ True, False])"),
    (lambda m: m.tensor([1e-8, 1.0]), "tensor([1.0000e-08, 1.0000e+00])"),
    (lambda m: m.tensor([0.5, 600.0]), "tensor([5.0000e-01, 6.0000e+02])"),
    (lambda m: m.tensor([1e9]), "tensor([1.0000e+09])"),
    (lambda m: m.tensor([0.0, nan]), "tensor([0., nan])"),
    (lambda m: m.tensor([nan, -inf, 1.5]), "tensor([   nan,   -inf, 1.5000])"),
    (lambda m: m.tensor([inf, 100.0]), "tensor([ inf, 100.])"),
    (lambda m: m.tensor([1 + 2.5j, -1 - 2j]), "tensor([ 1.+2.5000j, -1.-2.0000j])"),
    (lambda m: m.tensor([complex(0, nan)]), "tensor([0.+nanj])"),
    (lambda m: m.tensor([]), "tensor([])"),
    (lambda m: m.tensor([], dtype=m.int64), "tensor([], dtype=torch.int64)"),
    (lambda m: m.empty(2, 0), "tensor([], size=(2, 0))"),
    (lambda m: m.ones(2, dtype=m.float64), "tensor([1., 1.], dtype=torch.float64)"),
    (lambda m: m.ones(2, requires_grad=True), "tensor([1., 1.], requires_grad=True)"),
    (lambda m: m.ones(2, requires_grad=True) * 2, "tensor([2., 2.], grad_fn=<MulBackward0>)"),
    (lambda m: m.tensor([[1, 2], [3, 4]]), "tensor([[1, 2],\n        [3, 4]])"),
    (lambda m: m.ones(1, 2, 1), "tensor([[[1.],\n         [1.]]])"),
    (lambda m: m.ones(2, 1, 1), "tensor([[[1.]],\n\n        [[1.]]])"),
    (lambda m: m.arange(1001), "tensor([   0,    1,    2,  ...,  998,  999, 1000])"),
    (
        lambda m: m.zeros(1000, 2),
        "tensor([[0., 0.],\n        [0., 0.],\n        [0., 0.],\n        ...,\n        [0., 0.],\n        [0., 0.],\n"
        "        [0., 0.]])",
    ),
    (
        lambda m: m.arange(20) * 1000,
        "tensor([    0,  1000,  2000,  3000,  4000,  5000,  6000,  7000,  8000,  9000,\n"
        "        10000, 11000, 12000, 13000, 14000, 15000, 16000, 17000, 18000, 19000])",
    ),
    (
        lambda m: m.full((2, 7), 1.5, dtype=m.float64, requires_grad=True) * 1,
        "tensor([[1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000],\n"
        "        [1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000]],\n"
        "       dtype=torch.float64, grad_fn=<MulBackward0>)",
    ),
]


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_text(m, number):
    make, text = TEXTS[number]
    assert repr(make(m)) == str(make(m)) == text


def test_options(m):
    x = m.tensor([1.23456, 20.0])
    m.set_printoptions(precision=2)
    assert repr(x) == "tensor([ 1.23, 20.00])"
    m.set_printoptions(sci_mode=True)
    assert repr(x) == "tensor([1.23e+00, 2.00e+01])"
    m.set_printoptions(sci_mode=False, precision=4)
    assert repr(m.tensor([1e-8, 1.0])) == "tensor([0.0000, 1.0000])"
    m.set_printoptions(threshold=3, edgeitems=1)
    assert repr(m.arange(5)) == "tensor([0,  ..., 4])"
    m.set_printoptions(profile="full")
    assert "..." not in repr(m.arange(2000))
    m.set_printoptions(linewidth=20, profile="default")
    assert repr(m.arange(6)) == "tensor([0, 1, 2, 3,\n        4, 5])"
    m.set_printoptions(profile="short")
    assert repr(x) == "tensor([ 1.23, 20.00])"
    m.set_printoptions(profile="default")
    m.set_printoptions(edgeitems=0, threshold=2)
    assert repr(m.arange(3)) == "tensor([...], size=(3,))"


def test_options_for_a_block():
    x = autograd.tensor([1.23456])
    with autograd.printoptions(precision=1):
        assert autograd.get_printoptions()["precision"] == 1
        assert repr(x) == "tensor([1.2])"
    assert repr(x) == "tensor([1.2346])"
    with pytest.raises(ValueError, match="profile must be one of default, short, full"):
        autograd.set_printoptions(profile="foo")


def test_subclasses_are_named():
    class Special(autograd.Tensor):
        pass

    assert repr(Special([1.0])) == "Special([1.])"
    assert autograd.ones(1).__repr__(tensor_contents="[contents]") == "tensor([contents])"


def values(random, style, shape):
    """Numbers of one of the kinds that are written in different ways."""
    normal = random.normal(size=shape)
    if style == "whole":
        return np.round(normal * 30)
    if style == "mixed sizes":
        return normal * 10.0 ** random.integers(-8, 8, shape)
    if style == "large":
        return random.integers(-2e9, 2e9, shape).astype(float)
    if style == "zeros":
        return np.zeros(shape)
    if style == "special":
        return np.where(random.integers(0, 3, shape) == 0, random.choice([nan, inf, -inf, 0.0], shape), normal * 9)
    return normal


SHAPES = [(), (1,), (40,), (0,), (0, 3), (2, 3), (3, 30), (2, 2, 3), (25, 45), (1001,), (7, 8, 20), (3, 3, 3, 40)]
STYLES = ["fractions", "whole", "mixed sizes", "large", "zeros", "special"]
OPTIONS = [
    {}, {"precision": 2}, {"sci_mode": True}, {"sci_mode": False}, {"linewidth": 40}, {"edgeitems": 1, "threshold": 10},
    {"profile": "short"}, {"precision": 0}, {"linewidth": 5}, {"edgeitems": 0, "threshold": 5},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "uint8", "bool", "complex64"])
def test_text_is_torch_s(torch, dtype, options):
    random = np.random.default_rng(3)
    for module in (torch, autograd):
        module.set_printoptions(profile="default")
        module.set_printoptions(**options)
    try:
        for shape, style in itertools.product(SHAPES, STYLES):
            if options and np.prod(shape) > 1000 and style != "fractions":
                continue
            array = np.asarray(values(random, style, shape))
            with np.errstate(all="ignore"):
                array = np.asarray(array + 1j * values(random, "special", shape) if dtype == "complex64" else array)
                array = array.astype(dtype)
            theirs, ours = torch.from_numpy(array.copy()), autograd.from_numpy(array)
            if array.dtype.kind in "fc" and random.random() < 0.3:
                theirs, ours = theirs.requires_grad_() * 1, ours.requires_grad_() * 1
            assert repr(ours) == repr(theirs)
    finally:
        for module in (torch, autograd):
            module.set_printoptions(profile="default")
