"""The matrix exponential: odd matrices and errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd


def test_known_exponentials(m):
    turn = m.tensor([[0.0, -math.pi], [math.pi, 0.0]], dtype=m.float64)
    np.testing.assert_allclose(m.matrix_exp(turn).numpy(), -np.eye(2), atol=1e-13)
    nilpotent = m.tensor([[0.0, 3.0], [0.0, 0.0]])
    assert m.matrix_exp(nilpotent).tolist() == [[1.0, 3.0], [0.0, 1.0]]
    assert m.matrix_exp(m.zeros(0, 3, 3)).shape == (0, 3, 3)
    np.testing.assert_allclose(m.matrix_exp(m.tensor([[5.0]])).numpy(), [[math.exp(5)]], rtol=1e-6)


def test_one_bad_matrix_does_not_spoil_the_others():
    batch = autograd.zeros(3, 2, 2)
    batch[0, 0, 0], batch[1, 0, 0] = math.nan, math.inf
    result = autograd.matrix_exp(batch)
    assert result[:2].isnan().all()
    assert result[2].tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_matrices_of_different_size_in_a_batch(torch):
    batch = np.random.default_rng(0).normal(size=(4, 3, 3)) * np.array([0.01, 1.0, 5.0, 30.0])[:, None, None]
    ours, theirs = (m.matrix_exp(m.from_numpy(batch)).numpy() for m in (autograd, torch))
    for one, other in zip(ours, theirs):
        np.testing.assert_allclose(one, other, atol=1e-9 * np.abs(other).max())


@pytest.mark.parametrize(
    "matrix, message",
    [
        (lambda m: m.ones(2, 3), "must be batches of square matrices"),
        (lambda m: m.ones(2), "must have at least 2 dimensions"),
        (lambda m: m.ones(2, 2, dtype=m.int64), "Expected a floating point or complex tensor"),
    ],
)
def test_what_has_no_exponential(m, matrix, message):
    with pytest.raises(RuntimeError, match=message):
        m.matrix_exp(matrix(m))
