"""Parameters as attributes: a class may declare them, which changes how soon they are found and nothing else."""

import copy
import pickle

import pytest

import autograd
import nn


def linear():
    return nn.Linear(2, 3)


def test_the_attribute_is_what_the_registry_holds():
    module = linear()
    assert module.weight is module._parameters["weight"]
    assert "weight" not in module.__dict__
    module._parameters["weight"] = other = nn.Parameter(autograd.ones(3, 2))
    assert module.weight is other
    module._parameters = {"weight": None, "bias": other}
    assert module.weight is None
    assert module.bias is other
    del module._parameters["bias"]
    assert not hasattr(module, "bias")


def test_setting_and_deleting():
    module = linear()
    module.weight = other = nn.Parameter(autograd.ones(3, 2))
    assert module._parameters["weight"] is other
    assert module.weight is other
    with pytest.raises(TypeError, match="cannot assign 'Tensor' as parameter 'weight'"):
        module.weight = autograd.ones(3, 2)
    module.weight = None
    assert module.weight is None
    assert "weight" in module._parameters
    del module.weight
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'weight'"):
        module.weight  # noqa: B018
    with pytest.raises(AttributeError):
        del module.weight


def test_another_kind_of_attribute_takes_the_place():
    """As pruning and weight normalisation do: the name becomes free, and a tensor computed anew takes it."""
    module = linear()
    weight = module.weight
    del module.weight
    module.register_parameter("weight_orig", weight)
    module.weight = weight * 2
    assert module.weight.grad_fn is not None
    assert "weight" in module.__dict__
    module(autograd.ones(1, 2)).sum().backward()
    assert module.weight_orig.grad.tolist() == [[2.0, 2.0]] * 3
    del module.weight
    module.register_buffer("weight", autograd.zeros(3, 2))
    assert module.weight is module._buffers["weight"]
    del module.weight
    module.weight = inner = nn.Identity()
    assert module.weight is inner


def test_a_subclass_may_compute_it():
    """As a parametrization does, with a property in a class of its own."""
    module = linear()
    module.register_parameter("original", module.weight)
    del module.weight
    module.__class__ = type("Doubled", (nn.Linear,), {"weight": property(lambda self: self.original * 2)})
    module(autograd.ones(1, 2)).sum().backward()
    assert module.original.grad.tolist() == [[2.0, 2.0]] * 3


def test_the_class_has_no_parameter():
    assert not hasattr(nn.Linear, "weight")
    with pytest.raises(AttributeError, match=r"nn\.modules\.linear\.Linear.* has no attribute 'weight'"):
        nn.Linear.weight  # noqa: B018


def test_before_the_base_class_is_initialised():
    class Early(nn.Linear):
        def __init__(self):
            self.seen = hasattr(self, "weight")
            with pytest.raises(AttributeError, match="no attribute 'weight'"):
                self.weight  # noqa: B018
            with pytest.raises(AttributeError, match="call super"):
                self.weight = nn.Parameter(autograd.ones(1))
            super().__init__(2, 3)

    module = Early()
    assert not module.seen
    assert module.weight.shape == (3, 2)


def test_copies_have_their_own():
    module = linear()
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert twin.weight is twin._parameters["weight"] is not module.weight
        assert twin.weight.tolist() == module.weight.tolist()
        twin.weight = nn.Parameter(autograd.zeros(3, 2))
        assert module.weight is module._parameters["weight"] is not twin.weight
    shallow = copy.copy(module)
    assert shallow.weight is module.weight
    shallow._parameters = {}
    assert not hasattr(shallow, "weight")
    assert hasattr(module, "weight")
