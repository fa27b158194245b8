"""Expressions that must give what they give in PyTorch: values, dtypes and shapes, or an error of the same type.

`tests/expressions` holds them, one in a line, in terms of the module `m` and the operands made below. Those in
`writing.txt` are statements that change x; each is run on tensors of several origins, and the gradients of what
follows are compared as well.
"""

from __future__ import annotations

import pathlib
import warnings
from typing import Any

import numpy as np
import pytest

import autograd
from autograd.functions.padding import pad

torch = pytest.importorskip("torch")

FOLDER = pathlib.Path(__file__).parent / "expressions"


def lines(name: str) -> list[str]:
    return (FOLDER / f"{name}.txt").read_text().splitlines()


def operands(m: Any) -> dict[str, Any]:
    return {
        "m": m,
        "np": np,
        "pad": pad if m is autograd else torch.nn.functional.pad,
        "x": m.arange(24.0).reshape(2, 3, 4),
        "v": m.arange(5.0),
        "A": m.zeros(2, 3),
        "B": m.zeros(4, 5),
        "i": m.tensor([0, 1]),
        "j": m.tensor([[0], [1]]),
        "I": m.tensor([[0, 1], [1, 0]]),
    }


def outcome(expression: str, names: dict[str, Any]) -> Any:
    """What an expression gives: a value, or the error it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of deprecations; they have tests of their own
        try:
            return eval(expression, names)
        except Exception as error:
            return error


def compare(found: Any, expected: Any) -> None:
    if isinstance(expected, torch.Tensor):
        assert isinstance(found, autograd.Tensor), repr(found)
        assert str(found.dtype) == str(expected.dtype)
        assert tuple(found.shape) == tuple(expected.shape)
        np.testing.assert_allclose(found.numpy(), expected.resolve_conj().numpy(), rtol=1e-5, atol=1e-6)
    elif isinstance(expected, (tuple, list)) and not isinstance(expected, torch.Size):
        assert len(found) == len(expected)
        for one, other in zip(found, expected):
            compare(one, other)
    elif isinstance(expected, Exception):
        assert type(found) is type(expected), f"{found!r} instead of {expected!r}"
    else:
        assert not isinstance(found, Exception), repr(found)
        assert str(found) == str(expected)


@pytest.mark.parametrize("expression", [*lines("shaping"), *lines("gathering"), *lines("linear_algebra")])
def test_expression(expression):
    compare(outcome(expression, operands(autograd)), outcome(expression, operands(torch)))


@pytest.mark.parametrize("expression", lines("indexing"))
def test_reading(expression):
    found, expected = (
        outcome(
            expression, {**operands(m), "x": m.arange(120.0).reshape(2, 3, 4, 5), "k": m.tensor([True, False, True])}
        )
        for m in (autograd, torch)
    )
    compare(found, expected)


# ---- writing

ORIGINS = {
    "a plain tensor": "x = m.arange(6.0).reshape(2, 3); y = x[0]",
    "a result": "x = grid * 1; y = x[0]; z = x.view(-1)",
    "a plain tensor that meets gradients": "x = m.arange(6.0).reshape(2, 3); y = x[1]; z = x.view(-1)",
    "a view": "b = m.cat([grid, grid * 2]); x = b[1:3]; y = b[1]",
    "a transpose": "x = (grid.reshape(3, 2) * 1).t(); y = x[0]",
    "integers": "x = m.arange(6).reshape(2, 3); w = m.tensor([5, 6, 7]); y = x[0]",
}


def written(m: Any, origin: str, statement: str) -> tuple[Any, list[np.ndarray], list[Any]]:
    """The error, the values and the gradients after a statement that writes to x."""
    grid = m.arange(6.0).reshape(2, 3).requires_grad_()
    plain = origin == "a plain tensor"
    names = {
        "m": m,
        "np": np,
        "grid": grid,
        "w": m.tensor([5.0, 6.0, 7.0], requires_grad=not plain),
        "i": m.tensor([0, 1]),
        "k": m.tensor([True, False, True]),
        "k1": m.tensor([True, False]),
        "k2": m.tensor([[True, False, True], [False, True, True]]),
    }
    exec(ORIGINS[origin], names)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(statement, names)
    except Exception as error:
        return error, [names["x"].detach().numpy()], []
    x, y = names["x"], names["y"]
    values = [t.detach().numpy() for t in (x, y)]
    if not x.requires_grad:
        return None, values, [x.requires_grad]
    total = (x * (m.arange(float(x.numel())).reshape(x.shape) + 1)).sum()
    for other in (y, names.get("z", y)):
        if other.requires_grad:
            total = total + (other * other).sum()
    try:
        total.backward()
    except RuntimeError as error:  # for a value that was kept and overwritten
        return error, values, []
    zeros = np.zeros((2, 3)), np.zeros(3)
    gradients = [t.grad.numpy() if t.grad is not None else none for t, none in zip((grid, names["w"]), zeros)]
    return None, values, [x.requires_grad, *gradients]


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("statement", lines("writing"))
def test_writing(statement, origin):
    found, expected = (written(m, origin, statement) for m in (autograd, torch))
    assert type(found[0]) is type(expected[0]), f"{found[0]!r} instead of {expected[0]!r}"
    for one, other in zip(found[1] + found[2], expected[1] + expected[2], strict=True):
        np.testing.assert_allclose(one, other)


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("m.take_along_dim(A, m.tensor([[7]]), 1)", RuntimeError),  # PyTorch wraps round
        ("pad(x, (2, -3), 'circular')", RuntimeError),  # PyTorch returns memory that was never written
        ("m.index_select(A, 1, m.tensor([3]))", IndexError),  # PyTorch's type depends on the dimension
        ("x[[0, 1.5]]", IndexError),  # PyTorch truncates
        ("x[np.bool_(True)].shape", (1, 2, 3, 4)),  # PyTorch refuses NumPy's bool
    ],
)
def test_where_ours_differ(expression, answer):
    found, other = outcome(expression, operands(autograd)), outcome(expression, operands(torch))
    assert type(found) is not type(other) or isinstance(other, Exception)
    assert isinstance(found, answer) if isinstance(answer, type) else found == answer
