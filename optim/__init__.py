"""Optimizers: they read the parameters' `.grad` and step, all written in tensor ops."""

from autograd import installation

installation.check()

from .adam import Adam  # noqa: E402 - it would fail with a lesser message
from .optimizer import Optimizer  # noqa: E402
from .sgd import SGD  # noqa: E402

__all__ = ["SGD", "Adam", "Optimizer"]
