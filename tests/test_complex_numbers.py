"""Complex numbers: parts as views, gradients in PyTorch's convention, and what refuses them.

Tests that take `m` run on PyTorch too, where it is installed: they say what PyTorch does.
"""

import math

import numpy as np
import pytest

from .expectations import same

INF, NAN = math.inf, math.nan


def test_parts_are_views(m):
    z = m.tensor([1 + 2j, 3 - 1j])
    z.real.fill_(7)
    z.imag[0] = 9
    assert z.tolist() == [7 + 9j, 7 - 1j]
    z.real = m.tensor([0.0, 1.0])
    z.imag = 5
    assert z.tolist() == [5j, 1 + 5j]
    m.view_as_real(z)[0, 1] = -1
    assert z.tolist() == [-1j, 1 + 5j]
    pairs = m.tensor([[1.0, 2.0], [3.0, 4.0]])
    m.view_as_complex(pairs)[1] = 0
    assert pairs.tolist() == [[1.0, 2.0], [0.0, 0.0]]


def test_writing_to_a_part_reaches_the_gradient(m):
    z = m.tensor([1 + 2j, 3 - 1j], dtype=m.complex128, requires_grad=True)
    w = z * 1
    w.real.mul_(2)
    m.view_as_real(w).sum().backward()
    assert z.grad.tolist() == [2 + 1j, 2 + 1j]


def test_real_tensors_as_complex_ones(m):
    x = m.tensor([1.0, -2.0])
    assert m.real(x) is x
    assert x.conj() is x
    assert m.resolve_conj(x) is m.resolve_neg(x) is x
    assert not m.is_conj(x)
    assert not m.is_neg(x)
    assert x.positive() is x
    same(m.angle(m.tensor([-1.0, -0.0, 0.0, NAN])), [math.pi, 0.0, 0.0, NAN])
    same(m.angle(m.tensor([1, -1])), [0.0, math.pi], "float32")
    with pytest.raises(RuntimeError, match="imag is not implemented"):
        x.imag  # noqa: B018 - what is tested
    with pytest.raises(RuntimeError):
        m.view_as_real(x)


def test_making_complex_numbers(m):
    same(m.complex(m.tensor([INF, 1.0]), m.tensor([0.0, 2.0])).real, [INF, 1.0], "float32")
    assert m.complex(m.tensor([1.0], dtype=m.float64), m.tensor([2.0], dtype=m.float64)).dtype is m.complex128
    for wrong in (
        lambda: m.complex(m.tensor([1]), m.tensor([2])),
        lambda: m.view_as_complex(m.tensor([1.0, 2.0, 3.0])),
        lambda: m.view_as_complex(m.tensor([[1.0, 2.0], [3.0, 4.0]]).t()),
        lambda: m.view_as_complex(m.tensor([1, 2])),
        lambda: m.view_as_complex(m.tensor(1.0)),
    ):
        with pytest.raises(RuntimeError):
            wrong()
    with pytest.raises(TypeError):
        m.complex(m.tensor([1.0]), 2.0)


def test_complex_functions(m):
    z = m.tensor([3 + 4j, 0j])
    same(m.abs(z), [5.0, 0.0], "float32")
    assert m.sgn(z).tolist() == pytest.approx([0.6 + 0.8j, 0])
    assert m.eq(z, 3 + 4j).tolist() == [True, False]
    with pytest.raises(RuntimeError):
        z.abs_()
    with pytest.raises(NotImplementedError, match="sgn"):
        m.sign(z)


def test_gradients_of_complex_numbers_follow_pytorch(m):
    z = m.tensor([1j, 0j, -1 - 1j, 3 + 4j], dtype=m.complex128, requires_grad=True)
    for function, expected in {
        m.abs: [1j, 0, (-1 - 1j) / math.sqrt(2), 0.6 + 0.8j],
        m.angle: [-1, 0, 0.5 - 0.5j, (-4 + 3j) / 25],
        m.real: [1, 1, 1, 1],
        m.imag: [1j, 1j, 1j, 1j],
    }.items():
        (found,) = m.autograd.grad(function(z).sum(), z)
        np.testing.assert_allclose(found.tolist(), expected, rtol=1e-12, atol=1e-15)
