"""What tests of single functions expect, spelled shortly: values and dtype of a tensor, gradients of a function."""

import numpy as np


def same(tensor, expected, dtype=None):
    """Asserts a tensor's values, NaN and the sign of zero included, and its dtype."""
    found = np.asarray(tensor.detach().tolist())
    np.testing.assert_allclose(found, np.asarray(expected), rtol=1e-6, atol=0)
    assert np.array_equal(np.signbit(np.real(found)), np.signbit(np.real(expected))) or np.isnan(found).any()
    if dtype is not None:
        assert str(tensor.dtype) == f"torch.{dtype}"


def gradients(m, function, *operands):
    """The gradients of the summed result, as lists."""
    leaves = [m.tensor(values, dtype=m.float64, requires_grad=True) for values in operands]
    function(*leaves).sum().backward()
    return [leaf.grad.tolist() for leaf in leaves]


def check_gradients(m, function, *operands, expected):
    """Asserts the gradients of a function's summed result."""
    np.testing.assert_allclose(gradients(m, function, *operands), expected, rtol=1e-12)
