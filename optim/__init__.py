"""Optimizers: they read the parameters' `.grad` and step, all written in tensor ops."""

from .adam import Adam
from .optimizer import Optimizer
from .sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer"]
