"""What shape functions do beside values: shared memory, shapes changed in place, copies where promised, errors.

Tests that take `m` run on PyTorch too, where it is installed: they say what PyTorch does.
"""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd.functions.padding import pad
from autograd.rules import shaping as rules

from .expectations import same


def grid(m, *shape):
    return m.arange(float(np.prod(shape))).reshape(shape)


def shares(one, other):
    """Whether two tensors have memory in common."""
    if isinstance(one, autograd.Tensor):
        return np.shares_memory(one._array, other._array)
    return one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr()


# ---- memory

VIEWS = {
    "view": lambda x: x.view(-1),
    "view to a dtype": lambda x: x.view(type_of(x, "int32")),
    "reshape": lambda x: x.reshape(3, 2, 4),
    "reshape to the same": lambda x: x.reshape(2, 3, 4),
    "flatten": lambda x: x.flatten(),
    "unflatten": lambda x: x.unflatten(1, (3, 1)),
    "ravel": lambda x: x.ravel(),
    "squeeze": lambda x: x.squeeze(),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "transpose": lambda x: x.transpose(0, 2),
    "permute": lambda x: x.permute(2, 0, 1),
    "movedim": lambda x: x.movedim(0, 1),
    "mT": lambda x: x.mT,
    "mH": lambda x: x.mH,
    "expand": lambda x: x.expand(5, 2, 3, 4),
    "broadcast_to": lambda x: x.broadcast_to((1, 2, 3, 4)),
    "as_strided": lambda x: x.as_strided((2, 2), (3, 1)),
    "split": lambda x: x.split(1)[1],
    "chunk": lambda x: x.chunk(2, 1)[0],
    "tensor_split": lambda x: x.tensor_split(2, 2)[1],
    "hsplit": lambda x: x.hsplit(3)[2],
    "unbind": lambda x: x.unbind(2)[1],
    "narrow": lambda x: x.narrow(0, 1, 1),
    "select": lambda x: x.select(2, 1),
    "diagonal": lambda x: x.diagonal(0, 1, 2),
    "unfold": lambda x: x.unfold(1, 2, 1),
    "element": lambda x: x[1, 2, 3],
    "einsum of one operand": lambda x: module_of(x).einsum("ijk->kji", x),
    "meshgrid": lambda x: module_of(x).meshgrid(x[0, 0], x[0, 1], indexing="ij")[0],
}
COPIES = {
    "reshape of a transpose": lambda x: x.mT.reshape(-1),
    "contiguous of a transpose": lambda x: x.mT.contiguous(),
    "flip": lambda x: x.flip(0),
    "flip of nothing": lambda x: x.flip(()),
    "roll": lambda x: x.roll(0),
    "rot90 by nothing": lambda x: x.rot90(0),
    "repeat once": lambda x: x.repeat(1, 1, 1),
    "repeat_interleave once": lambda x: x.repeat_interleave(1, dim=0),
    "tile once": lambda x: x.tile(1),
    "repeat along a new dimension": lambda x: x.repeat(2, 1, 1, 1),
    "repeat_interleave of one element": lambda x: x[:1].repeat_interleave(2, dim=0),
    "tile of one row": lambda x: x[:, :1].tile(1, 3, 1),
    "tril": lambda x: x.tril(5),
    "diag": lambda x: x[0].diag(),
    "cat of one": lambda x: module_of(x).cat([x]),
    "index by a list": lambda x: x[[0, 1]],
    "index by True": lambda x: x[True],
    "take_along_dim": lambda x: module_of(x).take_along_dim(x, x.argsort(0), 0),
    "index_select": lambda x: x.index_select(0, module_of(x).tensor([0, 1])),
}


def module_of(x):
    return autograd if isinstance(x, autograd.Tensor) else pytest.importorskip("torch")


def type_of(x, name):
    return getattr(module_of(x), name)


@pytest.mark.parametrize("name", VIEWS)
def test_views_share_memory(m, name):
    x = grid(m, 2, 3, 4)
    out = VIEWS[name](x)
    assert out is not x
    assert shares(out, x)
    assert out._is_view() or out.dtype is m.int32  # which has no gradient to be a view for


@pytest.mark.parametrize("name", COPIES)
def test_copies_do_not(m, name):
    x = grid(m, 2, 3, 4)
    assert not shares(COPIES[name](x), x)


def test_what_returns_the_tensor_itself(m):
    x = grid(m, 6)
    assert x.contiguous() is x
    assert x.flatten() is x
    assert m.atleast_1d(x) is x
    assert m.broadcast_tensors(x)[0] is x
    assert m.cartesian_prod(x) is x
    assert grid(m, 2, 3).flatten(1, 1).shape == (2, 3)


def test_strides_and_offsets(m):
    x = grid(m, 2, 3, 4)
    assert x.stride() == (12, 4, 1)
    assert x.mT.stride() == (12, 1, 4)
    assert x[:, ::2].stride(1) == 8
    assert x[1:, 1, 2:].storage_offset() == 18
    assert x.expand(5, 2, 3, 4).stride(0) == 0
    assert x.unfold(2, 2, 1).stride() == (12, 4, 1, 1)
    assert not x.mT.is_contiguous()
    assert x.mT.contiguous().is_contiguous()
    assert m.zeros(0, 3).mT.is_contiguous()


def test_sizes(m):
    x = grid(m, 2, 3)
    assert x.size() == (2, 3)
    assert x.size(-1) == 3
    assert x.dim() == x.ndimension() == 2
    assert x.numel() == x.nelement() == m.numel(x) == 6
    assert m.tensor(1.0).size() == ()
    assert x.double().element_size() == 8
    assert (x.itemsize, x.double().itemsize) == (4, 8)
    assert x.reshape(np.int64(3), 2).shape == x.reshape((np.int64(3), -1)).shape == (3, 2)
    with pytest.raises(IndexError, match="no dimensions"):
        m.tensor(1.0).size(0)


# ---- in-place changes of shape


def test_shapes_change_in_place(m):
    x = grid(m, 2, 1, 3)
    assert x.squeeze_(1) is x
    assert x.shape == (2, 3)
    assert x.t_().shape == (3, 2)
    assert x.unsqueeze_(-1).shape == (3, 2, 1)
    assert x.transpose_(0, 2).shape == (1, 2, 3)
    assert x.swapdims_(0, 1).swapaxes_(1, 2).shape == (2, 3, 1)
    assert x.squeeze_().tolist() == [[0, 1, 2], [3, 4, 5]]
    assert x.as_strided_((2,), (3,), 1).tolist() == [1, 4]


def test_in_place_changes_of_shape_keep_history(m):
    leaf = grid(m, 2, 3).requires_grad_()
    x = leaf * 2
    row = x[0]
    x.unsqueeze_(0)
    x.t_() if x.dim() < 3 else x.transpose_(1, 2)
    assert x.shape == (1, 3, 2)
    row.mul_(10)
    assert x[0, :, 0].tolist() == [0, 20, 40]
    (x * grid(m, 3, 2)).sum().backward()
    assert leaf.grad.tolist() == [[0, 40, 80], [2, 6, 10]]


def test_writing_through_a_reshaped_tensor_reaches_views_made_before(m):
    leaf = grid(m, 2, 3).requires_grad_()
    x = leaf * 1
    row = x[1]
    x.t_()
    x.mul_(grid(m, 3, 2))
    assert row.tolist() == [3, 12, 25]
    row.sum().backward()
    assert leaf.grad.tolist() == [[0, 0, 0], [1, 3, 5]]


def test_shapes_of_leaves_do_not_change_while_recording(m):
    x = grid(m, 2, 3).requires_grad_()
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        x.unsqueeze_(0)
    assert x.shape == (2, 3)
    with m.no_grad():
        x.unsqueeze_(0)
    assert x.shape == (1, 2, 3)
    assert x.is_leaf
    (x * x).sum().backward()
    assert x.grad.shape == (1, 2, 3)


def test_a_view_that_changes_its_shape_is_still_a_view(m):
    leaf = grid(m, 2, 3).requires_grad_()
    x = leaf * 1
    row = x[1]
    row.unsqueeze_(0)
    row.mul_(3)
    assert x.tolist() == [[0, 1, 2], [9, 12, 15]]
    x.sum().backward()
    assert leaf.grad.tolist() == [[1, 1, 1], [3, 3, 3]]


# ---- dtypes and odd operands


def test_joining_promotes(m):
    parts = [m.tensor([1]), m.tensor([2.5]), m.tensor([True])]
    same(m.cat(parts), [1, 2.5, 1], "float32")
    same(m.stack(parts[:1] + parts[2:]), [[1], [1]], "int64")
    same(m.hstack([parts[0], parts[1].double()]), [1, 2.5], "float64")
    whole = m.tensor([1.0], dtype=m.float64, requires_grad=True)
    half = m.tensor([1.0], dtype=m.float16, requires_grad=True)
    m.cat([whole, half]).sum().backward()
    assert half.grad.dtype is m.float16


def test_numbers_without_dimensions_do_not_decide_the_dtype_of_a_block_matrix(m):
    assert m.block_diag(m.tensor(1.0, dtype=m.float64), m.ones(2)).dtype is m.float32
    assert m.block_diag(m.tensor(1.5), m.ones(2).long()).dtype is m.float32


def test_joining_skips_vectors_without_elements(m):
    x = grid(m, 2, 2)
    assert m.cat([m.zeros(0), x, m.zeros(0)], 1).tolist() == x.tolist()
    assert m.cat([m.zeros(0), m.zeros(0)], 0).shape == (0,)
    assert m.cat([m.zeros(0, dtype=m.float64), x]).dtype is m.float64


def test_empty_tensors(m):
    x = m.zeros(0, 3)
    assert x.reshape(3, 0).shape == (3, 0)
    assert x.view(-1, 3).shape == (0, 3)
    assert x.flip(0).shape == x.roll(1, 0).shape == (0, 3)
    assert [part.shape for part in x.split(2)] == [(0, 3)]
    assert x.unbind() == ()
    assert len(x.chunk(3)) == 3
    assert x.diag().shape == (0,)
    assert m.stack([x, x]).shape == (2, 0, 3)
    assert x.expand(2, 0, 3).shape == (2, 0, 3)
    assert x.repeat(2, 2).shape == (0, 6)
    assert m.combinations(m.arange(2), 3).shape == (0, 3)


def test_gradients_of_empty_tensors():
    x = autograd.zeros(0, 3, requires_grad=True)
    (autograd.cat([x, x]).reshape(3, 0).sum() + x.expand(2, 0, 3).sum() + pad(x, (1, 1, 1, 0)).sum()).backward()
    assert x.grad.shape == (0, 3)


def test_integers_and_bools_move_as_well(m):
    x = m.tensor([[True, False], [False, True]])
    same(x.flip(0), [[False, True], [True, False]], "bool")
    same(x.tril(), [[True, False], [False, True]], "bool")
    same(m.diag(m.tensor([1, 2])), [[1, 0], [0, 2]], "int64")
    same(m.block_diag(m.tensor([1]), m.tensor([2])), [[1, 0], [0, 2]], "int64")


def test_reading_bytes_as_another_dtype(m):
    x = m.tensor([[1.0, -2.0]])
    assert x.view(m.int32).tolist() == [[1065353216, -1073741824]]
    assert x.view(m.uint8).shape == (1, 8)
    assert x.view(m.int64).shape == (1, 1)
    assert x.view(m.int32).view(m.float32).tolist() == x.tolist()
    assert x.view(m.float32).data_ptr() == x.data_ptr()
    assert not x.requires_grad_().view(m.int32).requires_grad
    for bad, message in ((m.zeros(2, 2).mT, "stride"), (m.zeros(1, 3), "divisible"), (m.tensor(1.0), r"dim\(\)")):
        with pytest.raises(RuntimeError, match=message):
            bad.view(m.float64)


def test_views_with_gradients_of_a_base_in_any_layout():
    """as_strided counts from the tensor's own first element, whatever lies before it in memory."""
    leaf = autograd.arange(12.0).reshape(3, 4).requires_grad_()
    x = (leaf * 1)[1:, 1:]
    out = x.as_strided((2, 2), (4, 2))
    assert out.tolist() == [[5, 7], [9, 11]]
    out.sum().backward()
    assert leaf.grad.nonzero().tolist() == [[1, 1], [1, 3], [2, 1], [2, 3]]


def test_as_strided_of_repeated_memory_shares_its_gradient(m):
    x = grid(m, 1, 2).requires_grad_()
    x.expand(2, 2).as_strided((2,), (1,)).sum().backward()
    assert x.grad.tolist() == [[1, 1]]


def test_as_strided_steps_are_replayed_on_other_layouts():
    x = np.arange(6.0).reshape(2, 3)
    parameters = (2, 2), (3, 1), 1, (3, 1)
    expected = rules.as_strided(x, *parameters)
    assert expected.tolist() == [[1, 2], [4, 5]]
    assert rules.as_strided(np.asfortranarray(x), *parameters).tolist() == expected.tolist()
    assert rules.as_strided(np.arange(3.0), (2,), (1,), 2, (1,)).tolist() == [2, 0]  # never beyond the memory


# ---- windows and borders


@pytest.mark.parametrize("sizes, dilations", [((2, 1), (1, 3)), ((3, 2), (2, 2)), ((3, 2), (1, 3)), ((1, 4), (1, 1))])
@pytest.mark.parametrize("steps", [(1, 1), (2, 1), (1, 3)])
def test_folding_is_the_adjoint_of_windows(sizes, steps, dilations):
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 5, 6))
    view = rules.windows(x, (1, 2), sizes, steps, dilations)
    g = random.normal(size=view.shape)
    folded = rules.fold(g, x.shape, (1, 2), sizes, steps, dilations)
    assert np.isclose(np.vdot(view, g), np.vdot(x, folded))
    assert view.shape == (
        2,
        *((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip((5, 6), sizes, steps, dilations)),
        *sizes,
    )


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_borders_are_those_of_numpy(mode):
    x = np.arange(12.0).reshape(1, 3, 4)
    widths = ((0, 0), (2, 1), (3, 2))
    name = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}[mode]
    np.testing.assert_array_equal(rules.pad_border(x, widths, mode), np.pad(x, widths, name))
    g = np.random.default_rng(0).normal(size=(1, 6, 9))
    assert np.isclose(np.vdot(rules.pad_border(x, widths, mode), g), np.vdot(x, rules.fold_border(g, widths, mode)))


def test_windows_of_a_written_tensor(m):
    leaf = grid(m, 5).requires_grad_()
    x = leaf * 1
    windows = x.unfold(0, 3, 2)
    x.mul_(2)
    assert windows.tolist() == [[0, 2, 4], [4, 6, 8]]
    windows.sum().backward()
    assert leaf.grad.tolist() == [2, 2, 4, 2, 2]


# ---- what is refused, beyond what `tests/expressions` holds


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m, x: x.view(5), RuntimeError, r"shape '\[5\]' is invalid for input of size 6"),
        (lambda m, x: x.mT.view(6), RuntimeError, r"Use \.reshape\(\.\.\.\) instead"),
        (lambda m, x: x.reshape(-1, -1), RuntimeError, "only one dimension can be inferred"),
        (lambda m, x: m.zeros(0, 2).reshape(0, -1), RuntimeError, "ambiguous"),
        (lambda m, x: x.expand(2, 4), RuntimeError, r"\(4\) must match the existing size \(3\)"),
        (lambda m, x: x.expand(3), RuntimeError, "greater or equal to the number of dimensions"),
        (lambda m, x: x.permute(0, 0), RuntimeError, "duplicate dims"),
        (lambda m, x: x.transpose(0, 2), IndexError, r"range of \[-2, 1\], but got 2"),
        (lambda m, x: x.squeeze((0, -2)), RuntimeError, "dim 0 appears multiple times"),
        (lambda m, x: m.cat([x, m.zeros(2, 2)]), RuntimeError, "Expected size 3 but got size 2 for tensor number 1"),
        (lambda m, x: m.cat([x, m.zeros(2, 3, 1)]), RuntimeError, "same number of dimensions: got 2 and 3"),
        (lambda m, x: m.cat([m.tensor(1.0)]), RuntimeError, r"zero-dimensional tensor \(at position 0\)"),
        (lambda m, x: m.cat([x, 1.0]), TypeError, "expected Tensor as element 1"),
        (lambda m, x: m.stack([x, x.mT]), RuntimeError, r"got \[2, 3\] at entry 0 and \[3, 2\] at entry 1"),
        (lambda m, x: x.split([1, 2]), RuntimeError, "sum exactly to 2"),
        (lambda m, x: x.unflatten(1, (2, 2)), RuntimeError, "don't multiply up to the size of dim 1"),
        (lambda m, x: x.T.as_strided((9,), (1,)), RuntimeError, "out of bounds for storage of size 24"),
        (lambda m, x: x.unfold(1, 4, 1), RuntimeError, "maximum size for tensor at dimension 1 is 3 but size is 4"),
        (lambda m, x: x.diagonal(0, 1, -1), RuntimeError, "identical"),
        (lambda m, x: m.meshgrid(x[0], m.arange(2), indexing="ij"), RuntimeError, "same dtype"),
        (lambda m, x: x.tril(1.5), TypeError, "argument 'diagonal'"),
        (lambda m, x: m.triu(x, True), TypeError, "argument 'diagonal'"),
        (lambda m, x: m.reshape([1.0], (1,)), TypeError, "must be Tensor, not list"),
        (lambda m, x: m.broadcast_tensors(x, m.zeros(2)), RuntimeError, None),
    ],
)  # fmt: skip
def test_refused(m, call, error, message):
    with pytest.raises(error, match=message):
        call(m, grid(m, 2, 3))


def test_transposing_other_than_matrices_warns():
    """PyTorch does so once in a process."""
    with pytest.warns(UserWarning, match="deprecated"):
        assert grid(autograd, 2, 3, 4).T.shape == (4, 3, 2)
    with pytest.warns(UserWarning, match="0-D"):
        assert autograd.tensor(1.0).mT.item() == 1


def test_transposing_vectors_as_matrices_is_refused(m):
    with pytest.raises(RuntimeError, match="Got 3-D tensor"):
        _ = grid(m, 2, 3, 4).H
    for name in ("mT", "mH"):
        with pytest.raises(RuntimeError, match="Got 1-D tensor"):
            getattr(grid(m, 3), name)


def test_one_of_several_views_follows_no_write(m):
    x = grid(m, 2, 3).requires_grad_() * 1
    first, second = x.split(1)
    with pytest.raises(RuntimeError, match=r"returns (several|multiple) views"):
        first.mul_(2)
    x.mul_(2)
    with pytest.raises(RuntimeError, match="modified inplace"):
        second.sum().backward()
    parts = x.tensor_split(2)
    parts[0].mul_(2)  # these are views of their own
    assert x[0].tolist() == [0, 4, 8]


# ---- NumPy's names


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.reshape(x, (3, 2)),
        lambda x: np.ravel(x),
        lambda x: np.transpose(x),
        lambda x: np.swapaxes(x, 0, 1),
        lambda x: np.moveaxis(x, 0, 1),
        lambda x: np.expand_dims(x, 1),
        lambda x: np.squeeze(np.expand_dims(x, 1)),
        lambda x: np.broadcast_to(x, (2, 2, 3)),
        lambda x: np.flip(x, 1),
        lambda x: np.fliplr(x),
        lambda x: np.flipud(x),
        lambda x: np.roll(x, 1, 0),
        lambda x: np.concatenate([x, x], axis=1),
        lambda x: np.stack([x, x]),
        lambda x: np.hstack([x, x]),
        lambda x: np.vstack([x, x]),
        lambda x: np.dstack([x, x]),
        lambda x: np.column_stack([x, x]),
        lambda x: np.split(x, [1])[1],
        lambda x: np.split(x, 2)[0],
        lambda x: np.tile(x, (2, 1)),
        lambda x: np.tril(x),
        lambda x: np.triu(x, 1),
        lambda x: np.diag(x),
        lambda x: np.diagonal(x, 1),
        lambda x: np.take_along_axis(x, np.array([[2], [-1]]), 1),
    ],
)
def test_numpy_functions_record(call):
    array = np.arange(6.0).reshape(2, 3)
    x = autograd.tensor(array, requires_grad=True)
    out = call(x)
    np.testing.assert_array_equal(out.detach().numpy(), call(array))
    out.sum().backward()
    counts = sum((call(np.arange(6).reshape(2, 3)) == i).sum() * (np.arange(6) == i) for i in range(1, 6))
    np.testing.assert_array_equal(x.grad.numpy().ravel()[1:], counts[1:])


def test_unflatten_of_a_number_says_that_it_has_no_dimensions():
    with pytest.raises(RuntimeError, match="tensor has no dimensions"):
        autograd.ones(()).unflatten(0, (1, 1))


def test_what_was_repeated_is_written_to_alone(m):
    x = m.ones(3, requires_grad=True)
    out = (x * 1).repeat(2, 1)
    out[0] *= 5
    assert out.tolist() == [[5, 5, 5], [1, 1, 1]]
    out.sum().backward()
    assert x.grad.tolist() == [6, 6, 6]
