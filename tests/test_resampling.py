"""Interpolation, looking up in grids, patches and shuffles: odd inputs, errors, and PyTorch over random arguments."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd.rules import resampling

ZERO = autograd.zeros


def drawn(random: Any) -> tuple[list[int], dict[str, Any]]:
    """The spatial sizes of an input, and random arguments of `interpolate` for it."""
    rank = int(random.integers(1, 4))
    modes = ["nearest", "nearest-exact", "area", *{1: ["linear"], 2: ["bilinear", "bicubic"], 3: ["trilinear"]}[rank]]
    kwargs: dict[str, Any] = {"mode": modes[random.integers(len(modes))]}
    if random.random() < 0.5:
        kwargs["size"] = random.integers(2, 12, rank).tolist()
    else:
        kwargs["scale_factor"] = random.choice([0.5, 0.7, 1.5, 2.0, 2.3, 3.0], rank).tolist()
        kwargs["recompute_scale_factor"] = bool(random.integers(2))
    if "linear" in kwargs["mode"] or kwargs["mode"] == "bicubic":
        kwargs["align_corners"] = bool(random.integers(2))
        kwargs["antialias"] = bool(rank == 2 and random.integers(2))
    return random.integers(4, 9, rank).tolist(), kwargs


@pytest.mark.parametrize("seed", range(60))
def test_interpolate_as_torch_does(torch, seed):
    random = np.random.default_rng(seed)
    sizes, kwargs = drawn(random)
    array = random.standard_normal((2, 2, *sizes))
    results = []
    for m, functional in ((autograd, F), (torch, torch.nn.functional)):
        x = m.from_numpy(array.copy()).requires_grad_()
        out = functional.interpolate(x, **kwargs)
        out.cumsum(-1).sum().backward()
        results.append((out.detach().numpy(), x.grad.numpy()))
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float16", "float32", "uint8"])
def test_interpolate_in_other_dtypes_as_torch_does(torch, dtype):
    array = np.random.default_rng(0).uniform(0, 255, (1, 2, 6, 5)).astype(dtype)
    for kwargs in ({"mode": "nearest"}, {"mode": "bilinear"}, {"mode": "bicubic", "align_corners": True}):
        ours = F.interpolate(autograd.from_numpy(array), (9, 4), **kwargs)
        theirs = torch.nn.functional.interpolate(torch.from_numpy(array), (9, 4), **kwargs)
        assert str(ours.dtype) == str(theirs.dtype)
        allowed = 0 if kwargs["mode"] == "nearest" else {"float16": 0.25, "float32": 1e-3, "uint8": 1}[dtype]
        np.testing.assert_allclose(ours.numpy().astype(float), theirs.numpy().astype(float), rtol=0, atol=allowed)


def test_nearest_as_torch_does_where_factors_round(torch):
    """Two dimensions ignore the factor where the size stays or doubles, one and three do not."""
    for shape, factor in (((19,), 1.05), ((1, 19), 1.05), ((1, 9), 2.1), ((9,), 2.1), ((1, 1, 19), 1.05)):
        array = np.arange(float(np.prod(shape))).reshape(1, 1, *shape)
        factors = (*(1.0,) * (len(shape) - 1), factor)
        ours = F.interpolate(autograd.from_numpy(array), scale_factor=factors)
        theirs = torch.nn.functional.interpolate(torch.from_numpy(array), scale_factor=factors)
        assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("dense", [0, 1000])
def test_infinities_stay_where_they_are(monkeypatch, dense):
    """Also where a sum is computed by a matrix whose other elements are 0: 0·∞ is NaN."""
    monkeypatch.setattr(resampling, "DENSE", dense)
    x = autograd.zeros(1, 1, 4, 4)
    x[0, 0, 0, 0] = float("inf")
    out = F.interpolate(x, scale_factor=2, mode="bilinear")
    assert out[0, 0, :3, :3].isinf().all()
    assert (out[0, 0, 3:] == 0).all()
    assert (out[0, 0, :, 3:] == 0).all()
    out = F.interpolate(F.pad(x, (0, 1, 0, 1)), 3, mode="area")
    assert out[0, 0, 0, 0] == float("inf")
    assert (out.flatten()[1:] == 0).all()


def test_the_gradient_is_the_adjoint():
    """⟨resample x, y⟩ = ⟨x, resampleᵀ y⟩, also where the forward reads some elements never."""
    random = np.random.default_rng(0)
    for mode, size in (("nearest", 3), ("linear", 3), ("area", 3), ("nearest", 20)):
        x, y = (autograd.from_numpy(random.standard_normal((1, 1, n))) for n in (8, size))
        x.requires_grad_()
        product = (F.interpolate(x, size, mode=mode) * y).sum()
        product.backward()
        assert abs(product.item() - (x * x.grad).sum().item()) < 1e-12


@pytest.mark.parametrize("dense", [0, 1000])
def test_infinite_gradients_go_to_what_was_read(monkeypatch, dense):
    monkeypatch.setattr(resampling, "DENSE", dense)
    for kwargs in ({"mode": "linear"}, {"mode": "nearest"}):
        x = ZERO(1, 1, 6, requires_grad=True)
        F.interpolate(x, 3, **kwargs)[0, 0, 0].backward(autograd.tensor(float("inf")))
        assert (x.grad[0, 0, 2:] == 0).all()
        assert x.grad[0, 0, 0] == float("inf")


def test_nearest_looks_up_with_a_gradient_of_zero():
    grid = autograd.tensor([[[[0.3, 0.4], [float("inf"), 0.0], [float("nan"), 0.0]]]], requires_grad=True)
    out = F.grid_sample(autograd.ones(1, 1, 4, 4), grid, "nearest", align_corners=False)
    out.sum().backward()
    assert out.tolist() == [[[[1.0, 0.0, 0.0]]]]
    assert grid.grad[0, 0, 0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
def test_places_that_are_no_numbers_as_torch_does(torch, mode, padding):
    """NaN counts as the first element where places are brought inside, and otherwise makes NaN of what is weighed."""
    places = np.array([[[[float("nan"), 0.3], [float("inf"), 0.3], [0.3, 0.3]]]])
    found = []
    for m, functional in ((autograd, F), (torch, torch.nn.functional)):
        image = m.arange(1.0, 10.0, dtype=m.float64).reshape(1, 1, 3, 3)
        out = functional.grid_sample(image, m.from_numpy(places), mode, padding, align_corners=False)
        found.append(out.numpy())
    np.testing.assert_allclose(*found)


def test_gradients_on_the_border_are_zero_as_in_torch(torch):
    places = np.array([[[[-1.0, 0.25], [1.0, -1.0], [0.5, 1.0], [3.0, -5.0]]]])
    for padding in ("border", "reflection"):
        found = []
        for m, functional in ((autograd, F), (torch, torch.nn.functional)):
            image = m.arange(12.0, dtype=m.float64).reshape(1, 1, 3, 4) ** 2
            grid = m.from_numpy(places.copy()).requires_grad_()
            functional.grid_sample(image, grid, padding_mode=padding, align_corners=True).sum().backward()
            found.append(grid.grad.numpy())
        np.testing.assert_allclose(*found, atol=1e-12)


def test_the_identity_looks_up_the_image_itself():
    image = autograd.randn(2, 3, 4, 5)
    for align in (False, True):
        grid = F.affine_grid(autograd.eye(2, 3).expand(2, 2, 3), image.shape, align_corners=align)
        assert autograd.allclose(F.grid_sample(image, grid, align_corners=align), image, atol=1e-5)
    assert F.grid_sample(image.half(), grid.half(), align_corners=True).dtype is autograd.float16


def test_empty_batches():
    assert F.interpolate(ZERO(0, 1, 4), 2).shape == (0, 1, 2)
    assert F.interpolate(ZERO(0, 1, 4, 4), 2, mode="bilinear").shape == (0, 1, 2, 2)
    assert F.grid_sample(ZERO(0, 1, 4, 4), ZERO(0, 2, 2, 2), align_corners=False).shape == (0, 1, 2, 2)
    assert F.grid_sample(ZERO(1, 1, 4, 4), ZERO(1, 0, 2, 2), align_corners=False).shape == (1, 1, 0, 2)
    assert F.unfold(ZERO(0, 2, 4, 4), 2).shape == (0, 8, 9)
    assert F.fold(ZERO(0, 8, 9), 4, 2).shape == (0, 2, 4, 4)
    assert autograd.pixel_shuffle(ZERO(0, 8, 2, 2), 2).shape == (0, 2, 4, 4)


def test_folding_what_was_unfolded_counts_the_patches():
    x = autograd.randn(2, 3, 5, 6)
    counts = F.fold(F.unfold(autograd.ones_like(x), 3, padding=1, stride=2), (5, 6), 3, padding=1, stride=2)
    assert autograd.allclose(F.fold(F.unfold(x, 3, 1, 1, 2), (5, 6), 3, 1, 1, 2), x * counts)
    w = autograd.randn(4, 3, 3, 3)
    columns = w.reshape(4, -1) @ F.unfold(x, 3, padding=1)
    assert autograd.allclose(columns.reshape(2, 4, 5, 6), F.conv2d(x, w, padding=1), atol=1e-4)


def test_older_names_warn():
    x = autograd.rand(1, 1, 2, 2)
    for call, mode in (
        (lambda: F.upsample(x, scale_factor=2), {}),
        (lambda: F.upsample_nearest(x, scale_factor=2), {}),
        (lambda: F.upsample_bilinear(x, scale_factor=2), {"mode": "bilinear", "align_corners": True}),
    ):
        with pytest.warns(UserWarning, match="is deprecated. Use `nn.functional.interpolate`") as caught:
            out = call()
        assert caught[0].filename == __file__
        assert autograd.equal(out, F.interpolate(x, scale_factor=2, **mode))


def test_what_is_left_open_warns():
    with pytest.warns(UserWarning, match="align_corners=False since 1.3.0") as caught:
        F.grid_sample(ZERO(1, 1, 2, 2), ZERO(1, 1, 1, 2))
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="align_corners=False since 1.3.0"):
        F.affine_grid(ZERO(1, 2, 3), (1, 1, 2, 2))
    with pytest.warns(UserWarning, match="unit-size grids"):
        F.affine_grid(ZERO(1, 2, 3), (1, 1, 1, 2), align_corners=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert F.affine_grid(ZERO(1, 2, 3), (1, 1, 1, 2), align_corners=False).shape == (1, 1, 2, 2)


WRONG = [
    (lambda: F.interpolate(ZERO(1, 1, 4)), ValueError, "either size or scale_factor"),
    (lambda: F.interpolate(ZERO(1, 1, 4), 2, 2.0), ValueError, "only one of size or scale_factor"),
    (lambda: F.interpolate(ZERO(1, 1, 4), (2, 2)), ValueError, "same number of spatial dimensions"),
    (lambda: F.interpolate(ZERO(1, 1, 4), scale_factor=(2, 2)), ValueError, "same number of spatial dimensions"),
    (lambda: F.interpolate(ZERO(1, 1, 4), 2.0), TypeError, "expected size to be one of int"),
    (lambda: F.interpolate(ZERO(1, 1, 4), scale_factor="a"), TypeError, "scale_factor must be a number"),
    (lambda: F.interpolate(ZERO(1, 1, 4), 0), RuntimeError, "sizes should be greater than 0"),
    (lambda: F.interpolate(ZERO(1, 1, 4), scale_factor=0.1), RuntimeError, "sizes should be greater than 0"),
    (lambda: F.interpolate(ZERO(1, 1, 0), 2), RuntimeError, "sizes should be greater than 0"),
    (lambda: F.interpolate(ZERO(1, 0, 4), 2), RuntimeError, "Non-empty 3D data tensor expected"),
    (lambda: F.interpolate(ZERO(1, 4), 2), NotImplementedError, r"Only 3D, 4D and 5D input .* \(got 2D\)"),
    (lambda: F.interpolate(ZERO(1, 1, 4), 2, mode="best"), NotImplementedError, r"\(got best\)"),
    (lambda: F.interpolate(ZERO(1, 1, 4), 2, mode="bilinear"), NotImplementedError, "bilinear mode needs 4D input"),
    (lambda: F.interpolate(ZERO(1, 1, 4), 2, align_corners=True), ValueError, "align_corners option can only be set"),
    (lambda: F.interpolate(ZERO(1, 1, 4), 2, recompute_scale_factor=True), ValueError, "not meaningful"),
    (lambda: F.interpolate(ZERO(1, 1, 4), 2, antialias=True), ValueError, "Anti-alias option is restricted"),
    (lambda: F.interpolate(ZERO(1, 1, 4, 4), 2, mode="lanczos"), ValueError, "requires antialias"),
    (
        lambda: F.interpolate(ZERO(1, 1, 4, 4), 2, mode="lanczos", antialias=True, align_corners=True),
        ValueError,
        "Lanczos mode does not support align_corners",
    ),
    (lambda: F.interpolate(ZERO(1, 1, 4).long(), 2), NotImplementedError, "not implemented for int64"),
    (lambda: F.interpolate([1.0], 2), TypeError, "must be Tensor, not list"),
    (lambda: F.grid_sample(ZERO(1, 1, 2, 2), ZERO(1, 1, 1, 2), "cubic"), ValueError, "expected mode to be"),
    (lambda: F.grid_sample(ZERO(1, 1, 2, 2), ZERO(1, 1, 1, 2), "nearest", "zero"), ValueError, "expected padding_mode"),
    (lambda: autograd.grid_sampler(ZERO(1, 1, 2, 2), ZERO(2, 1, 1, 2), 0, 0, True), RuntimeError, "same batch size"),
    (lambda: autograd.grid_sampler(ZERO(1, 1, 2, 2), ZERO(1, 1, 1, 3), 0, 0, True), RuntimeError, "to have size 2 in"),
    (lambda: autograd.grid_sampler(ZERO(1, 1, 2, 2), ZERO(1, 1, 2), 0, 0, True), RuntimeError, "expected 4D input"),
    (lambda: autograd.grid_sampler(ZERO(1, 1, 2), ZERO(1, 1, 2), 0, 0, True), RuntimeError, "expected 4D or 5D input"),
    (lambda: autograd.grid_sampler(ZERO(1, 1, 0, 2), ZERO(1, 1, 1, 2), 0, 0, True), RuntimeError, "dimension 2 being"),
    (lambda: autograd.grid_sampler(ZERO(1, 1, 2, 2).double(), ZERO(1, 1, 1, 2), 0, 0, True), RuntimeError, "Double"),
    (lambda: autograd.grid_sampler(ZERO(1, 1, 2, 2, 2), ZERO(1, 1, 1, 1, 3), 2, 0, True), RuntimeError, "only support"),
    (lambda: F.affine_grid(ZERO(1, 2, 3).long(), (1, 1, 2, 2), False), ValueError, "floating point type"),
    (lambda: F.affine_grid(ZERO(1, 2, 3), (1, 1, 2), False), NotImplementedError, "only supports 4D and 5D"),
    (lambda: F.affine_grid(ZERO(1, 3, 4), (1, 1, 2, 2), False), ValueError, "2D affine matrices of shape Nx2x3"),
    (lambda: F.affine_grid(ZERO(1, 2, 3), (1, 1, 0, 2), False), ValueError, "non-zero, positive output size"),
    (lambda: F.affine_grid(ZERO(1, 2, 3), (2, 1, 2, 2), False), RuntimeError, r"\[2, 2, 3\], not \[1, 2, 3\]"),
    (lambda: F.unfold(ZERO(1, 2, 4, 4), 5), RuntimeError, r"sliding blocks as \(0, 0\)"),
    (lambda: F.unfold(ZERO(1, 2, 4, 4), (2, 3, 4)), RuntimeError, "kernel_size equals to 2, but got size 3"),
    (lambda: F.unfold(ZERO(1, 2, 4, 4), 0), RuntimeError, "kernel size should be greater than zero"),
    (lambda: F.unfold(ZERO(1, 2, 4, 4), 2, padding=-1), RuntimeError, "padding should be non-negative"),
    (lambda: F.unfold(ZERO(1, 2, 4, 4), 2.0), TypeError, "tuple of ints"),
    (lambda: F.unfold(ZERO(1, 0, 4, 4), 2), RuntimeError, "other non-zero dimensions"),
    (lambda: F.unfold(ZERO(1, 1, 4, 4).long(), 2), NotImplementedError, "int64"),
    (lambda: F.fold(ZERO(1, 7, 9), 4, 2), RuntimeError, r"divisible by the product of kernel_size.*\(1\)=7"),
    (lambda: F.fold(ZERO(1, 8, 8), 4, 2), RuntimeError, r"sliding blocks 3 \* 3 = 9, but got input.size\(2\)=8"),
    (lambda: F.fold(ZERO(9), 4, 2), RuntimeError, "Expected 2D or 3D"),
    (lambda: F.fold(ZERO(1, 8, 9), (4, 4, 4), 2), RuntimeError, "output_size equals to 2"),
    (lambda: autograd.pixel_shuffle(ZERO(1, 7, 2, 2), 2), RuntimeError, "7 is not divisible by 4"),
    (lambda: autograd.pixel_shuffle(ZERO(2, 2), 2), RuntimeError, "at least 3 dimensions"),
    (lambda: autograd.pixel_shuffle(ZERO(1, 8, 2, 2), 0), RuntimeError, "positive upscale_factor"),
    (lambda: autograd.pixel_shuffle(ZERO(1, 8, 2, 2), 2.0), TypeError, "must be int, not float"),
    (lambda: autograd.pixel_unshuffle(ZERO(1, 2, 5, 4), 2), RuntimeError, "expects height to be divisible"),
    (lambda: autograd.pixel_unshuffle(ZERO(1, 2, 4, 5), 2), RuntimeError, "expects width to be divisible"),
    (lambda: autograd.channel_shuffle(ZERO(1, 4, 2, 2), 3), RuntimeError, "Got 4 channels and 3 groups"),
    (lambda: autograd.channel_shuffle(ZERO(1, 4, 2, 2), 0), RuntimeError, "must be positive. Value of groups:0"),
    (lambda: autograd.channel_shuffle(ZERO(4, 2), 2), RuntimeError, "> 2 dims"),
    (lambda: nn.ReflectionPad2d((1, 1)), ValueError, "padding needs one number, or 4"),
    (lambda: nn.ReflectionPad2d(1.0), TypeError, "'padding' must be int, not float"),
    (lambda: nn.ReflectionPad2d(1)(ZERO(4, 4)), NotImplementedError, "2D input tensor"),
    (lambda: nn.ReflectionPad2d(4)(ZERO(1, 4, 4)), RuntimeError, "less than the corresponding input dimension"),
    (lambda: nn.CircularPad2d(1)(ZERO(4, 4)), ValueError, r"expected 3D or 4D input \(got 2D input\)"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_errors(number):
    call, kind, message = WRONG[number]
    with pytest.raises(kind, match=message):
        call()


def test_zero_padding_is_constant_padding():
    assert isinstance(nn.ZeroPad2d(1), nn.ConstantPad2d)
