"""Leaves with plain numbers, and the gradients that arrive there: what tests of writes and of views start from."""

import numpy as np


def leaf(m, *values, requires_grad=True):
    """A float64 vector."""
    return m.tensor([float(v) for v in values], dtype=m.float64, requires_grad=requires_grad)


def numbers(*shape):
    """1, 1.5, 2, ... in a shape."""
    return 1 + 0.5 * np.arange(np.prod(shape)).reshape(shape)


def grid(m, *shape, requires_grad=True):
    """`numbers` as a tensor."""
    return m.tensor(numbers(*shape).tolist(), dtype=m.float64, requires_grad=requires_grad)


def gradients(output, *inputs):
    """The gradients of the sum of `output`, as arrays."""
    for x in inputs:
        x.grad = None
    output.sum().backward(retain_graph=True)
    return [x.grad.numpy() for x in inputs]


def check(tensor, values):
    """Asserts a tensor's values."""
    np.testing.assert_allclose(tensor.detach().numpy(), values)
