"""Sequential, and lists and dictionaries of modules and parameters: as containers, on both packages."""

import copy
from collections import OrderedDict

import pytest

import autograd
import nn

from .packages import package


def kinds(modules):
    """The names of the modules' classes."""
    return " ".join(type(module).__name__ for module in modules)


def filled(m, kind="Sequential"):
    """A container of four different modules."""
    n = package(m)
    modules = [n.ReLU(), n.Tanh(), n.Sigmoid(), n.Identity()]
    return n.Sequential(*modules) if kind == "Sequential" else n.ModuleList(modules)


both = pytest.mark.parametrize("kind", ["Sequential", "ModuleList"])


# ---- in a row


@both
def test_reading(m, kind):
    net = filled(m, kind)
    assert len(net) == 4
    assert kinds(net) == "ReLU Tanh Sigmoid Identity"
    assert net[-1] is net[3] is net[m.tensor(3)]
    for slicing in (slice(1, 3), slice(None, None, 2), slice(5, 9)):
        part = net[slicing]
        assert type(part) is type(net)
        assert kinds(part) == kinds(list(net)[slicing])
    assert net[1] in net
    for index in (4, -5):
        with pytest.raises(IndexError, match=f"index {index} is out of range"):
            net[index]
    with pytest.raises((TypeError, KeyError)):
        net["0"]


@both
def test_writing(m, kind):
    n, net = package(m), filled(m, kind)
    net[1] = n.GELU() if hasattr(n, "GELU") else n.ReLU()
    assert net[1] is net.get_submodule("1")
    with pytest.raises(IndexError):
        net[4] = n.ReLU()
    with pytest.raises(TypeError):
        net[0] = 3
    assert kinds([net[0]]) == "ReLU"
    assert net.append(n.Dropout()) is net
    assert net.extend([n.ReLU(), n.Tanh()]) is net
    assert kinds(net[4:]) == "Dropout ReLU Tanh"
    assert list(net._modules) == list("0123456")


@both
@pytest.mark.parametrize("index", [0, -1, 2, slice(1, 3), slice(None, None, 2), slice(0, 0)])
def test_deleting(m, kind, index):
    for take in ("del", "pop"):
        net, expected = filled(m, kind), ["ReLU", "Tanh", "Sigmoid", "Identity"]
        if take == "del":
            del net[index]
        else:
            out = net.pop(index)
            assert kinds(out if isinstance(index, slice) else [out]).split() == (
                expected[index] if isinstance(index, slice) else [expected[index]]
            )
        del expected[index]
        assert kinds(net).split() == expected
        assert list(net._modules) == [str(i) for i in range(len(expected))], "numbered anew"


@both
@pytest.mark.parametrize("index", [0, 2, 4])
def test_inserting(m, kind, index):
    net = filled(m, kind)
    new = package(m).Dropout()
    net.insert(index, new)
    assert net[index] is new
    assert len(net) == 5
    assert list(net._modules) == list("01234")


def test_inserting_from_the_end(m):
    net = filled(m)
    assert net.insert(-1, package(m).Dropout()) is net
    assert kinds(net) == "ReLU Tanh Sigmoid Dropout Identity"
    for index in (6, -6):
        with pytest.raises(IndexError, match=f"Index out of range: {index}"):
            net.insert(index, package(m).Dropout())


def test_a_list_inserts_as_pythons_do():
    for index in (-1, -9, 9):
        net, plain = filled(autograd, "ModuleList"), ["ReLU", "Tanh", "Sigmoid", "Identity"]
        net.insert(index, nn.Dropout())
        plain.insert(index, "Dropout")
        assert kinds(net).split() == plain


@both
def test_what_is_no_module_changes_nothing(kind):
    net = filled(autograd, kind)
    for change in (
        lambda: net.insert(0, 3),
        lambda: net.append(3),
        lambda: net.extend([nn.ReLU(), 3]),
        lambda: net.extend(3),
    ):
        with pytest.raises(TypeError):
            change()
        assert kinds(net) == "ReLU Tanh Sigmoid Identity"
        assert list(net._modules) == list("0123")
    net.extend(net)
    assert len(net) == 8, "it may be extended by itself"


def test_sums_and_products_of_sequentials(m):
    n = package(m)
    a, b = n.Sequential(n.ReLU()), n.Sequential(n.Tanh(), n.Sigmoid())
    total = a + b
    assert kinds(total) == "ReLU Tanh Sigmoid"
    assert total[0] is a[0]
    assert len(a) == 1
    same = a
    a += b
    assert a is same
    assert kinds(a) == "ReLU Tanh Sigmoid"
    assert kinds(b * 2) == kinds(2 * b) == "Tanh Sigmoid Tanh Sigmoid"
    same = b
    b *= 3
    assert b is same
    assert len(b) == 6
    assert b[0] is b[2] is b[4]
    assert list((a + b)._modules) == [str(i) for i in range(9)]
    for wrong, error in (
        (lambda: a + a[0], ValueError),
        (lambda: a * 1.5, TypeError),
        (lambda: a * 0, ValueError),
        (lambda: -1 * a, ValueError),
    ):
        with pytest.raises(error):
            wrong()
    with pytest.raises(ValueError, match="only objects"):
        a += [n.ReLU()]
    with pytest.raises(ValueError, match="Non-positive"):
        b *= 0


def test_named_sequentials(m):
    n = package(m)
    net = n.Sequential(OrderedDict(first=n.Linear(2, 3), act=n.ReLU(), last=n.Linear(3, 1)))
    assert list(net.state_dict()) == ["first.weight", "first.bias", "last.weight", "last.bias"]
    assert net[1] is net.act
    assert [name for name, _ in net[1:].named_children()] == ["act", "last"]
    net[1] = n.Tanh()
    assert kinds([net.act]) == "Tanh"
    assert net(m.ones(1, 2)).shape == (1, 1)
    net.append(n.ReLU())
    assert list(net._modules) == ["first", "act", "last", "3"]
    del net[0]
    assert list(net._modules) == ["0", "1", "2"], "deleting numbers them"


def test_lists_of_modules(m):
    n = package(m)
    modules = n.ModuleList(n.Linear(1, 1) for _ in range(2))
    joined = modules + (n.ReLU(),)  # noqa: RUF005 - the sum is what is tested
    assert type(joined) is n.ModuleList
    assert joined[0] is modules[0]
    assert len(modules) == 2
    modules += (n.Tanh(),)
    assert kinds(modules) == "Linear Linear Tanh"
    assert len(list(modules.parameters())) == 4
    with pytest.raises(NotImplementedError, match=r'ModuleList.* is missing the required "forward"'):
        modules(m.ones(1))
    with pytest.raises(TypeError, match=r"ModuleList\.extend should be called with an iterable, but got int"):
        modules.extend(3)
    assert repr(n.ModuleList()) == "ModuleList()"
    assert repr(n.ModuleList([n.ReLU(), n.ReLU(), n.Tanh(), n.ReLU()])) == (
        "ModuleList(\n  (0-1): 2 x ReLU()\n  (2): Tanh()\n  (3): ReLU()\n)"
    )
    assert "0" not in dir(modules)


# ---- under names


def test_dictionaries_of_modules(m):
    n = package(m)
    given = {"relu": n.ReLU(), "line": n.Linear(1, 1)}
    modules = n.ModuleDict(given)
    assert list(modules) == list(modules.keys()) == ["relu", "line"]
    assert list(modules.values()) == [modules["relu"], modules.line]
    assert dict(modules.items()) == given
    assert "relu" in modules
    assert "gelu" not in modules
    assert len(modules) == 2
    assert len(list(modules.parameters())) == 2
    modules["relu"] = n.Tanh()
    modules.update([("sigmoid", n.Sigmoid()), ["line", n.Identity()]])
    modules.update(n.ModuleDict({"more": n.ReLU()}))
    assert repr(modules) == (
        "ModuleDict(\n  (relu): Tanh()\n  (line): Identity()\n  (sigmoid): Sigmoid()\n  (more): ReLU()\n)"
    )
    assert kinds([modules.pop("line")]) == "Identity"
    del modules["sigmoid"]
    for absent in (lambda: modules["line"], lambda: modules.pop("line"), lambda: modules.__delitem__("line")):
        with pytest.raises(KeyError, match="line"):
            absent()
    for wrong, error, message in (
        (3, TypeError, "should be called with an iterable of key/value pairs, but got int"),
        ([3], TypeError, "sequence element #0 should be Iterable"),
        ([("a", n.ReLU(), 1)], ValueError, "sequence element #0 has length 3; 2 is required"),
        ({"a": 3}, TypeError, "is not a Module subclass"),
        ({3: n.ReLU()}, TypeError, "module name should be a string. Got int"),
        ({"pop": n.ReLU()}, KeyError, "attribute 'pop' already exists"),
    ):
        with pytest.raises(error, match=message):
            modules.update(wrong)
    assert list(modules) == ["relu", "more"]
    modules.clear()
    assert len(modules) == 0


# ---- of parameters


def test_lists_of_parameters(m):
    n = package(m)
    weights = n.ParameterList([m.ones(2), n.Parameter(m.zeros(1, 2)), "text"])
    assert len(weights) == 3
    assert isinstance(weights[0], n.Parameter)
    assert weights[2] == "text"
    assert [name for name, _ in weights.named_parameters()] == ["0", "1"]
    assert list(weights.state_dict()) == ["0", "1"]
    assert repr(weights) == (
        "ParameterList(\n    (0): Parameter containing: [torch.float32 of size 2]\n"
        "    (1): Parameter containing: [torch.float32 of size 1x2]\n    (2): Object of type: str\n)"
    )
    assert weights[-1] == "text"
    assert type(weights[:2]) is n.ParameterList
    assert [p.shape for p in weights[1::-1]] == [(1, 2), (2,)]
    weights[0] = m.full((3,), 2.0)
    assert weights[0].requires_grad
    assert weights.append(m.ones(4)) is weights
    weights += [m.ones(5)]
    assert [len(p) for p in weights] == [3, 1, 4, 4, 5]
    for wrong, error in (
        (lambda: weights[5], IndexError),
        (lambda: weights.__setitem__(-6, m.ones(1)), IndexError),
        (lambda: weights.extend(m.ones(2)), TypeError),
        (lambda: weights.extend(3), TypeError),
        (lambda: weights.__setitem__(0, 3), TypeError),
        (lambda: weights(m.ones(1)), RuntimeError),
    ):
        with pytest.raises(error):
            wrong()
    assert len(weights) == 5
    twin = copy.deepcopy(weights)
    assert twin[0] is not weights[0]
    assert twin[0].tolist() == [2.0, 2.0, 2.0]
    assert "0" not in dir(weights)


def test_dictionaries_of_parameters(m):
    n = package(m)
    weights = n.ParameterDict({"b": m.ones(2), "a": n.Parameter(m.zeros(1)), "c": 3})
    assert list(weights) == list(weights.keys()) == ["a", "b", "c"], "a plain dictionary's names are sorted"
    assert list(n.ParameterDict(OrderedDict(b=m.ones(1), a=m.ones(1)))) == ["b", "a"]
    assert list(n.ParameterDict([("b", m.ones(1)), ("a", m.ones(1))])) == ["b", "a"]
    assert isinstance(weights["b"], n.Parameter)
    assert weights.b is weights["b"]
    assert [name for name, _ in weights.named_parameters()] == ["a", "b"]
    assert repr(weights) == (
        "ParameterDict(\n    (a): Parameter containing: [torch.FloatTensor of size 1]\n"
        "    (b): Parameter containing: [torch.FloatTensor of size 2]\n    (c): Object of type: int\n)"
    )
    assert list(reversed(weights)) == ["c", "b", "a"]
    assert [key for key, _ in weights.items()] == ["a", "b", "c"]
    assert list(weights.values())[2] == 3
    assert weights.get("z") is None
    assert weights.get("z", 7) == 7
    assert weights.get("c") == 3
    assert weights.setdefault("c", 5) == 3
    assert isinstance(weights.setdefault("d", m.ones(4)), n.Parameter)
    assert weights.popitem()[0] == "d"
    assert weights.pop("c") == 3
    assert "c" not in weights
    assert len(weights) == 2
    twin = weights.copy()
    assert twin["a"] is weights["a"]
    merged = weights | n.ParameterDict({"z": m.ones(1), "a": m.ones(9)})
    assert list(merged) == ["a", "b", "z"]
    assert len(merged["a"]) == 9
    assert len(weights["a"]) == 1
    weights |= n.ParameterDict({"y": m.ones(1)})
    assert list(weights) == ["a", "b", "y"]
    assert list(weights.fromkeys(["p", "q"], m.ones(1))) == ["p", "q"]
    del weights["y"]
    for wrong, error in (
        (lambda: weights["y"], AttributeError),
        (lambda: weights.pop("y"), AttributeError),
        (lambda: weights.__delitem__("y"), KeyError),
        (lambda: weights[3], TypeError),
        (lambda: weights.update(3), TypeError),
        (lambda: weights.update([3]), TypeError),
        (lambda: weights.update([("a", 1, 2)]), ValueError),
        (lambda: weights(m.ones(1)), RuntimeError),
    ):
        with pytest.raises(error):
            wrong()
    weights.clear()
    assert len(weights) == 0
    with pytest.raises(KeyError):
        weights.popitem()


def test_a_name_that_cannot_be_is_not_kept():
    weights = nn.ParameterDict()
    for key, error in ((3, TypeError), ("a.b", KeyError), ("keys", KeyError)):
        with pytest.raises(error):
            weights[key] = autograd.ones(1)
        assert len(weights) == 0


def test_gradients_reach_what_containers_hold(m):
    n = package(m)
    weights = n.ParameterDict({"a": m.full((1,), 2.0), "b": m.full((1,), 3.0)})
    (weights["a"] * weights["b"]).sum().backward()
    assert [p.grad.tolist() for p in weights.parameters()] == [[3.0], [2.0]]


@both
def test_none_stands_for_a_module_that_is_not_there(m, kind):
    container = filled(m, kind)
    container.append(None)
    container.extend([None])
    assert len(container) == 6
    assert list(container)[4:] == [None, None]
    assert len(list(container.modules())) == 5


def test_a_list_with_none_can_be_added_to_and_sliced(m):
    n = package(m)
    modules = n.ModuleList([n.ReLU(), None])
    modules.insert(0, None)
    assert list(modules)[::2] == [None, None]
    assert kinds(modules + n.ModuleList([n.Tanh()])) == "NoneType ReLU NoneType Tanh"
    assert kinds(modules[:2]) == "NoneType ReLU"
