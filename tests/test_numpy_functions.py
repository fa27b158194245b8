"""NumPy's functions called with tensors: NumPy's order of arguments, its names and aliases, and its results."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import autograd
from autograd.functions import numpy_functions  # noqa: F401 - which fills by_numpy
from autograd.numpy_calls import Call, by_numpy

X = np.array([[0.5, -1.25, 2.0], [3.5, 0.75, -0.25]])
Y = np.array([[1.5, 2.25], [-0.5, 1.0], [0.25, -2.0]])
V = np.array([0.5, 2.0, -1.5])
CUBE = np.arange(12.0).reshape(2, 3, 2) - 5.25
WHOLE = np.array([[3, 1, 2], [7, 0, 5]])
COUNTS = np.array([0, 2, 2, 1])
MASK = X > 0
Z = np.array([[1 + 2j, -3j], [0.5, 2 - 1j]])
NONE = np._NoValue

# Positional arguments in NumPy's own order. Arrays are handed over as tensors, those in lists too.
SAMPLES = {
    np.all: [(MASK,), (MASK, 0), (MASK, 1, None, True)],
    np.amax: [(X,), (X, 0), (X, (0, 1), None, True), (X, 1, None, NONE)],
    np.amin: [(X,), (X, 0), (X, (0, 1), None, True)],
    np.angle: [(Z,), (X,), (Z, True)],
    np.any: [(MASK,), (MASK, 0), (MASK, 1, None, True)],
    np.argmax: [(X,), (X, 0), (X, -1, None)],
    np.argmin: [(X,), (X, 0), (X, -1, None)],
    np.argsort: [(X,), (X, 0), (X, None), (X, 1, "stable"), (X, 1, None, None)],
    np.around: [(X,), (X * 1.2345, 2), (X, 1, None)],
    np.bincount: [(COUNTS,), (COUNTS, np.array([1.0, 2.0, 3.0, 4.0])), (COUNTS, None, 6)],
    np.broadcast_to: [(V, (2, 3)), (V, 3, False), (np.array(2.0), 4)],
    np.clip: [(X, 0, 1), (X, None, 1), (X, -1, None, None), (X, np.zeros((2, 3)), V), (WHOLE, 1, 5)],
    np.column_stack: [([V, V],), ((X, X),)],
    np.concatenate: [([X, X],), ((X, X), 1), ([X, V], None), (X,)],
    np.count_nonzero: [(WHOLE,), (WHOLE, 1)],
    np.cumprod: [(X,), (X, 1), (X, 0, np.float32, None)],
    np.cumsum: [(X,), (X, 1), (X, 0, np.float32, None), (WHOLE, -1)],
    np.diag: [(V,), (X,), (X, 1), (V, -1)],
    np.diagonal: [(X,), (X, 1), (CUBE, 0, 2, 1)],
    np.dot: [(X, Y), (X, V), (V, V), (V, 2.0), (CUBE, X[:, :2].T @ X[:, :2])],
    np.dstack: [([X, X],), ((V, V),)],
    np.einsum: [("ij,jk->ki", X, Y), (X, [0, 1], [1, 0]), ("ij->", X)],
    np.expand_dims: [(X, 0), (X, (0, -1)), (X, [1, 2])],
    np.flip: [(X,), (X, 1), (X, (0, 1)), (X, [0])],
    np.fliplr: [(X,)],
    np.flipud: [(X,)],
    np.full_like: [(X, 3.0), (X, 2, np.int64), (X, 0.5, None, "K")],
    np.hstack: [([X, X],), ((V, V),)],
    np.imag: [(Z,)],
    np.inner: [(X, Y.T), (V, V), (X, 2.0)],
    np.isclose: [(X, X + 1e-6), (X, X + 0.5, 0.1, 0.4), (np.array([np.nan]), np.array([np.nan]), 0.0, 0.0, True)],
    np.isin: [(WHOLE, np.array([1, 7])), (WHOLE, [1, 7], False, True), (2, WHOLE)],
    np.kron: [(X, Y), (V, X)],
    np.linalg.matmul: [(X, Y)],
    np.linalg.matrix_transpose: [(X,), (CUBE,)],
    np.linalg.outer: [(V, V)],
    np.linalg.tensordot: [(X, X)],
    np.linalg.vecdot: [(V, X), (X, X)],
    np.linalg.vector_norm: [(X,)],
    np.matrix_transpose: [(X,), (CUBE,)],
    np.max: [(X,), (X, 0), (X, (0, 1), None, True), (WHOLE, -1)],
    np.mean: [(X,), (X, 0), (X, 0, None, None, True), (X, (0, 1), np.float32, None, True), (WHOLE, 1, np.float64)],
    np.min: [(X,), (X, 0), (X, (0, 1), None, True)],
    np.moveaxis: [(CUBE, 0, 2), (CUBE, [0, 1], [1, 2])],
    np.nan_to_num: [(np.array([np.nan, np.inf, -np.inf, 1.0]), True, 1.0, 2.0, 3.0)],
    np.ndim: [(X,), (np.array(1.0),)],
    np.ones_like: [(X,), (X, np.int64), (X, None, "K", True)],
    np.outer: [(V, V), (X, V), (V, V, None)],
    np.prod: [(X,), (X, 0), (X, 1, None, None, True), (WHOLE, 1, np.float64)],
    np.ravel: [(X,), (X, "C")],
    np.real: [(Z,), (X,)],
    np.reshape: [(X, (3, 2)), (X, -1), (X, [2, 3, 1], "C")],
    np.roll: [(X, 1), (X, -1, 1), (X, (1, 2), (0, 1)), (X, [1, 2], [0, 1])],
    np.round: [(X,), (X * 1.2345, 2), (X, 1, None)],
    np.shape: [(X,), (np.array(1.0),)],
    np.size: [(X,), (X, 1), (np.ones((0, 3)),)],
    np.split: [(X, 2), (X, [1, 2], 1), (CUBE, np.int64(3), 1)],
    np.squeeze: [(CUBE[:, :1],), (CUBE[:, :1], 1), (CUBE[:1, :1], (0, 1))],
    np.stack: [([X, X],), ((X, X), 1), ([X, X], -1, None)],
    np.std: [(X,), (X, 0), (X, 0, None, None, 1, True), (X, (0, 1), np.float32, None, 0)],
    np.sum: [(X,), (X, 0), (X, 1, None, None, True), (X, 1, np.float32), (WHOLE, (0, 1), np.int32, None, True)],
    np.swapaxes: [(CUBE, 0, 2)],
    np.take_along_axis: [(X, WHOLE[:, :2] % 3, 1), (X, WHOLE % 2, 0), (X, COUNTS, None), (X, -1 - WHOLE % 3, -1)],
    np.tensordot: [(X, Y, 1), (X, Y, ([0, 1], [1, 0])), (X, X)],
    np.tile: [(X, 2), (X, (2, 1)), (V, [2, 2])],
    np.transpose: [(CUBE,), (CUBE, (1, 2, 0)), (CUBE, [2, 0, 1])],
    np.tril: [(X,), (X, 1), (X, -1)],
    np.triu: [(X,), (X, 1), (X, -1)],
    np.var: [(X,), (X, 0), (X, 0, None, None, 1, True), (X, (0, 1), np.float32, None, 0)],
    np.vdot: [(X, X), (Z, Z), (V, V)],
    np.vecdot: [(V, X), (Z, Z)],
    np.vstack: [([X, X],), ((V, V),)],
    np.where: [(MASK, X, 0), (MASK, 0.5, X), (MASK, X, V), (MASK,), (WHOLE, X, -X)],
    np.zeros_like: [(X,), (X, np.int64), (X, None, "K", True)],
}  # fmt: skip

# Arguments that NumPy takes by keyword.
KEYWORDS = [
    (np.argmax, (X, 1), {"keepdims": True}),
    (np.argsort, (X,), {"axis": 0, "stable": True}),
    (np.clip, (X,), {"a_min": 0, "a_max": 1}),
    (np.clip, (X, 0), {"a_max": 1, "out": None}),
    (np.concatenate, ([X, X],), {"axis": 1}),
    (np.einsum, ("ij->j", X), {"optimize": True}),
    (np.linalg.vector_norm, (X,), {"axis": 1, "keepdims": True, "ord": 3}),
    (np.mean, (), {"a": X, "axis": 0, "keepdims": True}),
    (np.reshape, (X, (3, 2)), {"order": "C"}),
    (np.sum, (X,), {"axis": np.int64(1), "dtype": "float32"}),
    (np.sum, (X,), {"dtype": autograd.float32}),
    (np.var, (X,), {"ddof": 1, "axis": [0, 1][1]}),
]


def as_tensors(value):
    """The arrays in an argument as tensors."""
    if isinstance(value, (list, tuple)) and any(isinstance(item, np.ndarray) for item in value):
        return type(value)(map(as_tensors, value))
    return autograd.tensor(value) if isinstance(value, np.ndarray) else value


def same(found, expected):
    """Asserts a result, or each of several."""
    if isinstance(expected, (list, tuple)) and not isinstance(found, autograd.Size):
        assert len(found) == len(expected)
        for one, other in zip(found, expected):
            same(one, other)
    elif isinstance(found, autograd.Tensor):
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5 if found.dtype is autograd.float32 else 1e-12)
        assert tuple(found.shape) == np.shape(expected)
    else:
        assert found == expected


def of_ufunc(function):
    """Positional samples of a ufunc: floats in the domains of all of them, or integers."""
    if function.signature:
        return [SAMPLES.get(function, [(X, Y)])[0]]
    if any(types.startswith("d" * function.nin + "->") for types in function.types):
        domain = np.array([[1.5, 2.5]]) if function is np.arccosh else np.array([[0.25, 0.75]])
        return [(domain, np.array([[0.5], [0.125]]))[: function.nin]]
    return [(WHOLE, np.array([2, 1, 3]))[: function.nin]]


REGISTERED = sorted(by_numpy, key=lambda function: function.__name__)


@pytest.mark.parametrize("function", REGISTERED, ids=lambda function: function.__name__)
def test_arguments_in_numpy_s_order_give_numpy_s_result(function):
    """A function registered without samples here fails."""
    assert function in SAMPLES or isinstance(function, np.ufunc), f"np.{function.__name__} needs samples"
    for args in SAMPLES[function] if function in SAMPLES else of_ufunc(function):
        same(function(*map(as_tensors, args)), function(*args))


@pytest.mark.parametrize("function, args, kwargs", KEYWORDS)
def test_arguments_by_name(function, args, kwargs):
    found = function(*map(as_tensors, args), **{name: as_tensors(value) for name, value in kwargs.items()})
    same(found, function(*args, **kwargs))


@pytest.mark.skipif(np.__version__ < "2.1", reason="these names are of NumPy 2.1")
def test_clip_by_its_newer_names():
    x = autograd.tensor(X)
    assert np.clip(x, min=0, max=1).tolist() == np.clip(X, 0, 1).tolist()
    assert np.clip(x, None, None).tolist() == X.tolist()
    with pytest.raises(ValueError, match="min= and max=, or a_min and a_max, not both"):
        np.clip(x, 0, 1, min=0)


# ---- other names of the same


@pytest.mark.parametrize(
    "name",
    ["abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_invert", "bitwise_left_shift",
     "bitwise_not", "bitwise_right_shift", "concat", "conj", "degrees", "divide", "max", "min", "mod", "permute_dims",
     "pow", "radians", "round", "true_divide"],
)  # fmt: skip
def test_other_names(name):
    assert getattr(np, name) in by_numpy


@pytest.mark.parametrize("module", [np, np.linalg])
def test_every_function_of_numpy_works_or_says_that_it_does_not(module):
    """A `TypeError` names the function, and what to do."""
    x = autograd.tensor(X, requires_grad=True)
    dispatched = type(np.sum)
    tried = 0
    for name in dir(module):
        function = getattr(module, name) if name not in ("row_stack", "in1d", "trapz") else None
        if isinstance(function, (np.ufunc, dispatched)) and function not in by_numpy:
            count = function.nin if isinstance(function, np.ufunc) else arguments(function)
            if count:
                with pytest.raises(TypeError, match=rf"{function.__name__}\b.* is not defined for tensors: use "):
                    function(*[x] * count)
                tried += 1
    assert tried > 8


def arguments(function):
    """How many arguments a function requires; 0 where that cannot be told, or a tensor will not do for the first."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        return 0
    if any(p.kind is p.VAR_POSITIONAL for p in parameters) or function.__name__ in NOT_OF_AN_ARRAY_FIRST:
        return 0
    return sum(p.default is p.empty and p.kind is not p.VAR_KEYWORD for p in parameters)


# Their tensors come later, or in a list; what they make of one is for themselves to say.
NOT_OF_AN_ARRAY_FIRST = {"apply_along_axis", "apply_over_axes", "piecewise", "select", "choose", "block", "save",
                         "savez", "savez_compressed", "savetxt", "multi_dot", "einsum_path", "lexsort", "unravel_index",
                         "put_along_axis", "putmask", "place", "copyto", "fill_diagonal", "histogramdd", "printoptions",
                         "ravel_multi_index", "is_busday", "busday_offset", "busday_count",
                         "datetime_as_string"}  # fmt: skip


# ---- what NumPy takes and tensors do not


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda x: np.sum(x, out=X), r"np\.sum .*no out="),
        (lambda x: np.sum(x, 0, None, X), r"np\.sum .*no out="),
        (lambda x: np.sum(x, where=MASK), r"np\.sum .*no where="),
        (lambda x: np.sum(x, initial=1.0), r"np\.sum .*no initial="),
        (lambda x: np.max(x, initial=1.0), r"np\.max .*no initial="),
        (lambda x: np.mean(x, where=MASK), r"np\.mean .*no where="),
        (lambda x: np.var(x, mean=1.0), r"np\.var .*no mean="),
        (lambda x: np.clip(x, 0, 1, X), r"np\.clip .*no out="),
        (lambda x: np.argsort(x, order="a"), r"np\.argsort .*no order="),
        (lambda x: np.reshape(x, (3, 2), order="F"), r"np\.reshape .*no order="),
        (lambda x: np.zeros_like(x, shape=(1,)), r"np\.zeros_like .*no shape="),
        (lambda x: np.dot(x, x, X), r"np\.dot .*(no out=|takes a, b)"),
        (lambda x: np.einsum("ij->", x, dtype=np.float32), r"np\.einsum .*no dtype="),
        (lambda x: np.linalg.vector_norm(x, 1), "positional"),
        (lambda x: np.add(x, x, X), r"np\.add with out="),
        (lambda x: np.add(x, x, dtype=np.float32), r"np\.add with dtype="),
        (lambda x: np.add(x, "a"), r"add\(\): expected Tensors"),
        (lambda x: np.sum(x, nothing=1), "nothing"),
    ],
)
def test_what_is_not_supported_is_named(call, message):
    with pytest.raises(TypeError, match=message):
        call(autograd.tensor(X))


# ---- dtypes and gradients


def test_products_promote_as_the_operator_does():
    wide, x = np.arange(3.0), autograd.ones(3, requires_grad=True)
    matrix, y = np.eye(3), autograd.ones(3, 3, requires_grad=True)
    for function in (np.dot, np.inner, np.vdot, np.outer, np.kron, np.vecdot):
        for one, other in ((wide, x), (x, wide)):
            result = function(one, other)
            assert result.dtype is (wide @ x).dtype is autograd.float64, function
            assert result.requires_grad
    results = [np.dot(matrix, y), np.dot(y, matrix), np.tensordot(y, matrix), np.einsum("ij,jk", matrix, y)]
    results += [np.dot(np.float64(2), x), np.dot(x, 2.0), np.where(x > 0, x, np.float64(1))]
    assert [str(result.dtype)[-2:] for result in results] == ["64"] * 4 + ["32"] * 3
    assert np.where(x > 0, np.arange(3), x).dtype is autograd.float32
    assert np.concatenate([x, wide]).dtype is np.hstack([wide, x]).dtype is autograd.float64


def test_dtypes_asked_for():
    x = autograd.tensor(X, requires_grad=True)
    for function in (np.sum, np.mean, np.prod, np.var, np.std, np.cumsum, np.cumprod):
        result = function(x, axis=0, dtype=np.float32)
        assert result.dtype is autograd.float32
        assert result.requires_grad
    assert np.sum(autograd.tensor([200, 100], dtype=autograd.uint8), dtype=np.uint8).item() == 44
    assert np.zeros_like(x, dtype=bool).dtype is autograd.bool
    assert np.stack([x, x], dtype=np.float32).dtype is autograd.float32
    with pytest.raises(TypeError, match="can't convert"):
        np.sum(x, dtype="datetime64[s]")


@pytest.mark.parametrize(
    "call, expected",
    [
        (lambda x: np.concatenate([x, x], None), [2.0, 2.0, 2.0]),
        (lambda x: np.cumsum(x), [3.0, 2.0, 1.0]),
        (lambda x: np.cumsum(np.stack([x, x])), [9.0, 7.0, 5.0]),
        (lambda x: np.roll(x[None], [0, 1], [0, 1]), [1.0, 1.0, 1.0]),
        (lambda x: np.sum(x, np.int64(0)), [1.0, 1.0, 1.0]),
        (lambda x: np.broadcast_to(x[:1], 5), [5.0, 0.0, 0.0]),
        (lambda x: np.take_along_axis(x, np.array([2, 2]), None), [0.0, 0.0, 2.0]),
        (lambda x: np.take_along_axis(x, autograd.tensor([-1, 0]), 0), [1.0, 0.0, 1.0]),
        (lambda x: np.clip(x, 1.5, None), [0.0, 1.0, 1.0]),
        (lambda x: np.around(x) + np.max(x), [0.0, 0.0, 3.0]),
        (lambda x: np.radians(np.degrees(x)), [1.0, 1.0, 1.0]),
        (lambda x: np.vecdot(x, x), [2.0, 4.0, 6.0]),
    ],
)
def test_gradients(call, expected):
    x = autograd.tensor([1.0, 2.0, 3.0], dtype=autograd.float64, requires_grad=True)
    call(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), expected)


def test_what_shares_memory_is_a_view():
    x = autograd.ones(2)
    assert np.real(x) is x
    y = np.reshape(autograd.ones(2, requires_grad=True) * 1, (2, 1))
    assert y._is_view()


# ---- reading signatures


def test_a_function_without_a_signature_takes_the_op_s_own():
    """As NumPy 2.0 has it of its functions written in C."""

    class Unsigned:
        __module__, __name__ = "numpy", "unsigned"

        @property
        def __signature__(self):
            raise ValueError("no signature found")

        def __call__(self):
            pass

    call = Call(Unsigned(), lambda x, axis=0: (x, axis))
    assert call((1, 2), {}) == (1, 2)
    assert call((1,), {"axis": 3}) == (1, 3)
    assert call((1, None), {"out": None}) == (1, None)
    with pytest.raises(TypeError, match=r"np\.unsigned of tensors takes x, axis; it got 3"):
        call((1, 2, 3), {})
    with pytest.raises(TypeError, match=r"np\.unsigned of tensors takes no out="):
        call((1,), {"out": X})


def test_an_op_that_stands_for_a_function_of_numpy(throwaway_ops):
    from autograd.op import op

    @op(np.sinc)
    def sinc_of_mine(x):
        return np.sinc(x)

    sinc_of_mine.rules(x=lambda g: g)
    x = autograd.ones(2, requires_grad=True)
    assert np.sinc(x).requires_grad
    with pytest.raises(TypeError, match="sinc_of_mine takes x; it got 2 arguments"):
        sinc_of_mine(x, x)
