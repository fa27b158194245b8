"""What matrix products do with odd operands: sizes of zero, dtypes, NaN, batches, NumPy's names, errors.

Tests that take `m` run on PyTorch too, where it is installed: they say what PyTorch does.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd
from autograd.functions.einsum import planned
from autograd.rules import linear_algebra as rules

from .expectations import same

NAN = math.nan


def grid(m, *shape):
    return m.arange(float(np.prod(shape))).reshape(shape)


# ---- operands


def test_sums_over_nothing_are_zero(m):
    same(m.zeros(2, 0) @ m.zeros(0, 3), np.zeros((2, 3)), "float32")
    assert (m.zeros(0) @ m.zeros(0)).item() == 0
    assert (m.zeros(0, 2, 3) @ m.zeros(3, 4)).shape == (0, 2, 4)
    assert (m.zeros(3, 0, 2) @ m.zeros(2)).shape == (3, 0)
    assert m.einsum("i,i", m.zeros(0), m.zeros(0)).item() == 0
    assert m.tensordot(m.zeros(2, 0), m.zeros(0, 3), 1).tolist() == [[0, 0, 0]] * 2
    assert m.kron(m.zeros(2, 0), m.zeros(3, 1)).shape == (6, 0)


def test_gradients_of_empty_products(m):
    x, y = m.zeros(2, 0, 3).requires_grad_(), m.ones(3, 2).requires_grad_()
    (x @ y).sum().backward()
    assert x.grad.shape == (2, 0, 3)
    assert y.grad.tolist() == [[0, 0]] * 3


def test_dtypes_stay(m):
    for name in ("int64", "uint8", "float64", "float16", "complex64"):
        kind = getattr(m, name)
        x = m.ones(2, 2).to(kind)
        assert (x @ x).dtype is kind
        assert m.einsum("ij,jk->ik", x, x).dtype is kind
        assert m.outer(x[0], x[0]).dtype is kind
    assert m.outer(m.tensor([1]), m.tensor([2.0])).dtype is m.float32
    assert m.kron(m.tensor([1]), m.tensor([2.0])).dtype is m.float32
    assert m.trace(m.ones(2, 2, dtype=m.int32)).dtype is m.int64


def test_integers_wrap_and_are_exact(m):
    x = m.tensor([[2**62, 1]])
    assert (x @ m.tensor([[2], [1]])).tolist() == [[-(2**63) + 1]]
    assert (m.tensor([200], dtype=m.uint8) @ m.tensor([2], dtype=m.uint8)).item() == 144


def test_halves_are_summed_in_single_precision():
    x = autograd.ones(1, 4096, dtype=autograd.float16)
    assert (x @ x.mT).item() == 4096


def test_nan_spreads_and_a_beta_of_zero_ignores_it(m):
    bad = m.full((2, 2), NAN)
    assert m.isnan(bad @ m.zeros(2, 2)).all()
    assert m.addmm(bad, m.ones(2, 1), m.ones(1, 2), beta=0).tolist() == [[1, 1], [1, 1]]
    assert m.baddbmm(bad, m.ones(1, 2, 1), m.ones(1, 1, 2), beta=0).tolist() == [[[1, 1], [1, 1]]]
    assert m.isnan(m.addmv(bad[0], m.ones(2, 2), m.ones(2))).all()


def test_a_beta_of_zero_sends_no_gradient_back(m):
    x, y = m.ones(2, 2).requires_grad_(), m.ones(2, 2).requires_grad_()
    m.addmm(x, y, y, beta=0).sum().backward()
    assert x.grad is None or x.grad.abs().sum() == 0
    assert y.grad.tolist() == [[4, 4], [4, 4]]


def test_complex_gradients_are_conjugated(m):
    x = m.tensor([[1 + 2j]]).requires_grad_()
    y = m.tensor([[3 - 1j]]).requires_grad_()
    (x @ y).sum().backward(m.tensor(1j))
    assert x.grad.item() == 1j * (3 + 1j)
    assert y.grad.item() == 1j * (1 - 2j)
    assert m.vdot(x.detach()[0], y.detach()[0]).item() == (1 - 2j) * (3 - 1j)


def test_batches_against_one_matrix_are_one_product():
    """The gradient of a shared matrix is a single product of tall matrices, whatever the number of batches."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(3, 4, 5, 6)), random.normal(size=(6, 2))
    g = random.normal(size=(3, 4, 5, 2))
    np.testing.assert_allclose(rules.matmul.forward(x, y), x @ y)
    np.testing.assert_allclose(rules.matmul_of_right(g, x, y.shape), np.einsum("abij,abik->jk", x, g))
    np.testing.assert_allclose(rules.matmul_of_left(g, x.shape, y), g @ y.T)
    np.testing.assert_allclose(rules.matmul_of_right(g[..., 0], x, (6,)), np.einsum("abij,abi->j", x, g[..., 0]))


def test_operands_may_lie_anyhow_in_memory(m):
    x = grid(m, 2, 3, 4)
    for a, b in ((x.mT, x), (x[:, :, ::2], x.mT[:, ::2]), (x[:1].expand(2, 3, 4), x.mT), (x[0], x[1].t())):
        np.testing.assert_allclose((a @ b).numpy(), a.numpy() @ b.numpy())


# ---- einsum


def test_einsum_orders_many_operands_well():
    """From left to right, this would make a matrix of 4 million elements."""
    plan = planned(((0,), (1,), (1, 2), (0, 2)), (), ((2000,), (2000,), (2000, 3), (2000, 3)))
    assert max(np.prod(shape, dtype=int) for shape in plan.shapes) <= 6000
    vectors = [autograd.ones(2000), autograd.ones(2000), autograd.ones(2000, 3), autograd.ones(2000, 3)]
    assert autograd.einsum("i,j,jk,ik->", *vectors).item() == 2000 * 2000 * 3


def test_einsum_plans_are_remembered():
    x = autograd.ones(2, 3)
    autograd.einsum("ij,kj->ik", x, x)
    before = planned.cache_info().hits
    assert autograd.einsum("ij,kj->ik", x, x).tolist() == [[3, 3], [3, 3]]
    assert planned.cache_info().hits == before + 1


def test_einsum_of_a_size_of_one_broadcasts(m):
    x, y = grid(m, 2, 3), m.tensor([[1.0], [10.0]])
    assert m.einsum("ij,ij->ij", x, y).tolist() == [[0, 1, 2], [30, 40, 50]]
    assert m.einsum("ij,ij->", x, y).item() == 123


@pytest.mark.parametrize(
    ("equation", "shapes", "message"),
    [
        ("ij,jk", [(2, 3), (2, 3)], "subscript j has size 2 for operand 1"),
        ("ij", [(2,)], r"number of subscripts in the equation \(2\) does not match the number of dimensions \(1\)"),
        ("ij,j", [(2, 3)], "fewer operands were provided"),
        ("ij", [(2, 3), (2, 3)], "more operands were provided"),
        ("ij->k", [(2, 3)], "output subscript k does not appear"),
        ("ij->ii", [(2, 3)], "output subscript i appears more than once"),
        ("i.j", [(2, 3)], "found '.' for operand 0"),
        ("i+j", [(2, 3)], "invalid subscript"),
        ("ii", [(2, 3)], "sizes don't match, 3 != 2"),
        ("......", [(2, 3)], "more than one ellipsis|found '.' for operand 0"),
        ("...ij", [(2,)], "number of subscripts"),
    ],
)
def test_equations_that_do_not_fit(m, equation, shapes, message):
    with pytest.raises(RuntimeError, match=message):
        m.einsum(equation, *(m.zeros(*shape) for shape in shapes))


# ---- errors


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m, a, v: a @ m.zeros(4, 5), RuntimeError, r"mat1 and mat2 shapes cannot be multiplied \(2x3 and 4x5\)"),
        (lambda m, a, v: m.mm(a, a), RuntimeError, r"cannot be multiplied \(2x3 and 2x3\)"),
        (lambda m, a, v: v @ a, RuntimeError, r"cannot be multiplied \(1x5 and 2x3\)"),
        (lambda m, a, v: v @ v[:2], RuntimeError, r"expected tensor \[5\] and src \[2\] to have the same number"),
        (lambda m, a, v: a @ m.tensor(1.0), RuntimeError, "both arguments to matmul need to be at least 1D"),
        (lambda m, a, v: a @ a.mT.double(), RuntimeError, "same dtype, but got: float != double"),
        (lambda m, a, v: a @ a.mT.long(), RuntimeError, "same dtype, but got: float != long int"),
        (lambda m, a, v: a.bool() @ a.mT.bool(), NotImplementedError, "not implemented for 'Bool'"),
        (lambda m, a, v: m.matmul(a, 3.0), TypeError, r"argument 'other' \(position 2\) must be Tensor, not float"),
        (lambda m, a, v: a @ 3.0, TypeError, "unsupported operand"),
        (lambda m, a, v: a @ [[1.0]], TypeError, "unsupported operand"),
        (lambda m, a, v: m.zeros(2, 2, 3) @ m.zeros(3, 3, 2), RuntimeError, r"a \(2\) must match .* b \(3\)"),
        (lambda m, a, v: m.mm(a, v), RuntimeError, "mat2 must be a matrix"),
        (lambda m, a, v: m.bmm(a, a), RuntimeError, "batch1 must be a 3D tensor"),
        (lambda m, a, v: m.bmm(a[None], a[None]), RuntimeError, r"batch2 tensor to be: \[1, 3\] but got: \[1, 2\]"),
        (lambda m, a, v: m.mv(a, v), RuntimeError, r"size mismatch, got input \(2\), mat \(2x3\), vec \(5\)"),
        (lambda m, a, v: m.dot(a, a), RuntimeError, "1D tensors expected, but got 2D and 2D tensors"),
        (lambda m, a, v: m.dot(v, v.double()), RuntimeError, "expected both vectors to have same dtype"),
        (lambda m, a, v: m.outer(v, a), RuntimeError, "Expected 1-D argument vec2"),
        (lambda m, a, v: m.addmm(v, a, a.mT), RuntimeError, r"expanded size of the tensor \(2\) must match"),
        (lambda m, a, v: v.addmm_(a, a.mT), RuntimeError, None),
        (lambda m, a, v: m.tensordot(a, a, 1), RuntimeError, "contracted dimensions need to match"),
        (lambda m, a, v: m.tensordot(a, a, ([0], [0, 1])), RuntimeError, "same length"),
        (lambda m, a, v: m.cross(a, a, dim=0), RuntimeError, "inputs dimension 0 must have length 3. Got 2 and 2"),
        (lambda m, a, v: m.trace(v), RuntimeError, "expected a matrix"),
        (lambda m, a, v: m.einsum("ij,jk"), ValueError, "at least one operand"),
    ],
)  # fmt: skip
def test_refused(m, call, error, message):
    with pytest.raises(error, match=message):
        call(m, grid(m, 2, 3), grid(m, 5))


def test_errors_name_operands_and_remedy():
    with pytest.raises(RuntimeError, match=r"float32\[2, 3\].*float32\[4\].*vector needs 3 elements"):
        autograd.zeros(2, 3) @ autograd.zeros(4)
    with pytest.raises(RuntimeError, match=r"Convert one with \.to\(dtype\)"):
        autograd.zeros(2) @ autograd.zeros(2, dtype=autograd.float64)


# ---- NumPy's names


@pytest.mark.parametrize(
    "call",
    [
        lambda x, y: np.matmul(x, y),
        lambda x, y: np.dot(x, y),
        lambda x, y: np.dot(x, 2.0),
        lambda x, y: np.dot(x, y[:, 0]),
        lambda x, y: np.dot(np.stack([x, x]), np.stack([y, y])),
        lambda x, y: np.inner(x, np.transpose(y)),
        lambda x, y: np.outer(x, y),
        lambda x, y: np.vdot(x, y),
        lambda x, y: np.kron(x, y),
        lambda x, y: np.tensordot(x, y, 1),
        lambda x, y: np.tensordot(x, y, axes=([0, 1], [1, 0])),
        lambda x, y: np.einsum("ij,jk->ki", x, y),
        lambda x, y: x @ y,
    ],
)
def test_numpy_functions_record(call):
    a, b = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2) - 2.0
    x, y = autograd.tensor(a, requires_grad=True), autograd.tensor(b, requires_grad=True)
    for one, other in ((x, y), (x, b), (a, y)):
        out = call(one, other)
        if isinstance(out, autograd.Tensor):  # np.dot(a, 2.0) has no tensor in it
            np.testing.assert_allclose(out.detach().numpy(), call(a, b))
            assert out.requires_grad
        else:
            assert one is a


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64"])
def test_einsum_of_rows_keeps_the_dtype(dtype):
    kind = getattr(autograd, dtype)
    rows = autograd.full((2, 3), 9, dtype=kind)
    for count in (2, 3):
        out = autograd.einsum(",".join(["ij"] * count) + "->i", *[rows] * count)
        assert out.dtype is kind
        assert out.tolist() == [int(np.array(3 * 9**count).astype(dtype))] * 2


@pytest.mark.parametrize("kinds", [("float32", "float64"), ("float16", "bfloat16"), ("int64", "float16")])
@pytest.mark.parametrize("equation", ["ij,ij->i", "ij,kj->ik"])
def test_einsum_refuses_dtypes_that_a_product_of_matrices_does(kinds, equation):
    if "bfloat16" in kinds:
        pytest.importorskip("ml_dtypes")
    first, second = (autograd.ones(2, 3, dtype=getattr(autograd, kind)) for kind in kinds)
    for operands in ((first, second), (second, first)):
        with pytest.raises(RuntimeError, match="same dtype"):
            autograd.einsum(equation, *operands)
    truths = autograd.ones(2, 3, dtype=autograd.bool)
    with pytest.raises(NotImplementedError, match="Bool"):
        autograd.einsum(equation, truths, truths)


def test_the_covariance_of_one_variable_is_a_number(m):
    row = m.tensor([[1.0, 2.0, 4.0]])
    assert m.cov(row).shape == m.cov(row[0]).shape == m.corrcoef(row).shape == ()
    assert m.corrcoef(row).item() == 1
