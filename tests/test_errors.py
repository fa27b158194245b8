"""Bad input: PyTorch's type of error, a message that names the operation, what met, and the remedy; nothing changed."""

from __future__ import annotations

import re
import types
from typing import Any

import numpy as np
import pytest

import autograd

from .problems import GRAPHS, IN_PLACE, KINDS, operands

PROBLEMS = [
    pytest.param(*problem, id=f"{kind}: {name}")
    for kind, problems in KINDS.items()
    for name, problem in problems.items()
]
every_problem = pytest.mark.parametrize("problem, error, pieces", PROBLEMS)


def state_of(t: types.SimpleNamespace) -> dict[str, Any]:
    """What an error must leave alone."""
    return {
        name: (x.tolist(), x.requires_grad, str(x.dtype), x.is_leaf, x.is_leaf and x.grad is None, x.grad_fn)
        for name, x in vars(t).items()
    }


@every_problem
def test_error(problem, error, pieces):
    t = operands(autograd)
    with pytest.raises(error) as caught:
        problem(autograd, t)
    assert caught.type is error, f"{caught.type} is not PyTorch's {error}"
    message = str(caught.value)
    for piece in pieces:
        wanted = re.escape(piece) if "|" not in piece and "?" not in piece else piece
        assert re.search(wanted, message), f"{piece!r} is missing in: {message}"


@every_problem
def test_error_changes_nothing(problem, error, pieces):
    """But for what ran before it: a first backward, a write that was allowed."""
    t = operands(autograd)
    before = state_of(t)
    with pytest.raises(error):
        problem(autograd, t)
    after = state_of(t)
    allowed = {id(IN_PLACE["kept operand"][0]): {"x"}, id(GRAPHS["freed graph"][0]): {"leaf"}}
    for name in before.keys() - allowed.get(id(problem), set()):
        assert after[name] == before[name], f"{name} has changed"
    assert autograd.is_grad_enabled()


@every_problem
def test_error_is_of_the_type_that_torch_raises(problem, error, pieces, torch):
    with pytest.raises(error) as caught:
        problem(torch, operands(torch))
    assert caught.type is error


# ---- one by one


def test_warning_free_arithmetic():
    """Infinities and NaN come without a word, forward and backward."""
    x = autograd.tensor([0.0, -1.0], requires_grad=True)
    (1 / x + x.log() + x.sqrt()).sum().backward()
    assert x.grad.isnan().tolist() == [True, True]


def test_failed_in_place_write_keeps_the_version():
    x = autograd.ones(2) * 1
    y = x.exp()
    with pytest.raises(RuntimeError):
        x.add_(autograd.ones(3))
    assert x._version == 0
    assert y.tolist() == autograd.ones(2).exp().tolist()


def test_failed_in_place_write_on_a_view_keeps_the_base():
    base = autograd.ones(2, 2, requires_grad=True) * 1
    view = base[0]
    fn = base.grad_fn
    with pytest.raises(RuntimeError):
        view.add_(autograd.ones(3))
    assert base.grad_fn is fn
    assert (base._version, base.tolist()) == (0, [[1.0, 1.0], [1.0, 1.0]])
    (view * 2).sum().backward()


def test_write_by_itself_is_refused_in_backward(m):
    """`x *= x` keeps the old x and overwrites it: PyTorch says so too."""
    x = m.tensor([3.0], requires_grad=True)
    y = x * 1
    y.mul_(y)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
    assert x.grad is None


def test_a_gradient_of_the_wrong_shape_is_a_rule_s_fault(throwaway_ops):
    from autograd.op import op

    wrong = op(name="throwaway_wrong")(lambda x: x * 2)
    wrong.rules(x=lambda g: np.ones((5, 4)))
    x = autograd.ones(2, 3, requires_grad=True)
    with pytest.raises(RuntimeError) as caught:
        wrong(x).sum().backward()
    text = str(caught.value) + "".join(getattr(caught.value, "__notes__", ()))
    assert "[5, 4]" in text
    assert "[2, 3]" in text
    assert "ThrowawayWrongBackward0" in text
    assert x.grad is None


def test_an_op_without_a_rule_says_so(throwaway_ops):
    from autograd.op import op

    half = op(name="throwaway_half")(lambda x, y: x * y)
    half.rules(x=lambda g, y: g * y)
    x = autograd.ones(2, requires_grad=True)
    half(x, autograd.ones(2)).sum().backward()
    with pytest.raises(RuntimeError, match="derivative for throwaway_half with respect to 'y' is not implemented"):
        half(autograd.ones(2), x).sum().backward()


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.convolve(x, x),
        lambda x: np.add(x, 1, out=np.zeros(2)),
        lambda x: np.add.reduce(x),
        lambda x: np.add(x, 1, where=[True, False]),
        lambda x: np.sum(x, out=np.zeros(())),
        lambda x: np.linalg.cond(x.reshape(1, 2)),
    ],
)
def test_numpy_functions_never_detach_in_silence(call):
    x = autograd.ones(2, requires_grad=True)
    with pytest.raises(TypeError, match=r"np|numpy"):
        call(x)


@pytest.mark.parametrize("function", [np.sum, np.cumsum])
def test_an_axis_that_numpy_does_not_find(function):
    x = autograd.ones(2, 3, requires_grad=True)
    with pytest.raises(IndexError, match=r"expected to be in range of \[-2, 1\], but got 3\) in \w+\(float32\[2, 3\]"):
        function(x, axis=3)


def test_numpy_functions_that_are_ops_record():
    x = autograd.tensor([1.0, 2.0], requires_grad=True)
    for y in (np.exp(x), np.sum(x * x), np.ones(2) * x, np.ones(2) @ x, np.float32(2) * x, np.maximum(x, 0)):
        assert y.requires_grad
        assert isinstance(y, autograd.Tensor)
