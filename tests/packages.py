"""The package of modules that goes with an engine, and what tests of modules on both packages start from."""

import autograd
import nn


def package(m):
    """The package `nn` that belongs to `autograd` or `torch`."""
    return nn if m is autograd else m.nn


def lists(value):
    """Tensors in nested tuples as lists, so that they can be compared."""
    if isinstance(value, dict):
        return {key: lists(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(map(lists, value))
    return value.tolist() if hasattr(value, "tolist") else value


def nested(m):
    """A module with a shared module, a shared parameter and buffers of both kinds."""
    net = package(m).Module()
    net.inner = package(m).Linear(2, 2)
    net.again = net.inner
    net.weight = net.inner.weight
    net.register_buffer("mean", m.zeros(2))
    net.register_buffer("cache", m.ones(1), persistent=False)
    net.register_buffer("nothing", None)
    net.register_parameter("none", None)
    net.absent = None
    net.layers = package(m).Sequential(package(m).ReLU(), net.inner)
    return net
