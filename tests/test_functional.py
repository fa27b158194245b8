"""`autograd.functional`: values against formulas, and structure, values and errors against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp

X, Y = np.array([[0.3, -1.2, 0.7], [1.5, 0.4, -0.6]]), np.array([0.5, -0.25, 2.0])
V, W = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]]), np.array([-1.0, 0.5, 2.0])


def tensors(m, *arrays, requires_grad=False):
    made = tuple(m.tensor(a, requires_grad=requires_grad) for a in arrays)
    return made if len(made) > 1 else made[0]


def plain(value):
    """Tensors, also nested ones, as lists, so that structure and values are compared at once."""
    return tuple(map(plain, value)) if isinstance(value, tuple) else value.detach().numpy().tolist()


FUNCTIONS = {
    "one to one": (lambda m: lambda x: x.exp() * x, (X,)),
    "one to a number": (lambda m: lambda x: (x * x * x).sum(), (X,)),
    "two to a number": (lambda m: lambda x, y: (x * x * y).sum() + y.exp().sum(), (X, Y)),
    "two to two": (lambda m: lambda x, y: (x * y, (x * x).sum() + y), (X, Y)),
    "one to two": (lambda m: lambda x: (x * 2, x.sum()), (X,)),
    "unused input": (lambda m: lambda x, y: (x * x).sum(), (X, Y)),
    "linear": (lambda m: lambda x, y: (3 * x + y).sum(), (X, Y)),
    "constant output": (lambda m: lambda x: m.ones(2, dtype=m.float64), (X,)),
    "transposed": (lambda m: lambda x: x.t() * 2 + x.t() * x.t(), (X,)),
    "wrong: a list": (lambda m: lambda x: [x], (X,)),
}


def vector_like(m, arrays):
    return tensors(m, *[np.linspace(-1, 2, a.size).reshape(a.shape) for a in arrays])


def outcome(m, name, function, create_graph, strict):
    """What a call gives, or that it is an error and of which type."""
    make, arrays = FUNCTIONS[function]
    f, inputs = make(m), tensors(m, *arrays)
    F = m.autograd.functional
    try:
        if name in ("jacobian", "hessian"):
            return plain(getattr(F, name)(f, inputs, create_graph=create_graph, strict=strict))
        if name == "vjp":
            out = f(*inputs) if isinstance(inputs, tuple) else f(inputs)
            v = vector_like(m, [o.numpy() for o in (out if isinstance(out, (tuple, list)) else (out,))])
        else:
            v = vector_like(m, arrays)
        return plain(getattr(F, name)(f, inputs, v, create_graph=create_graph, strict=strict))
    except (TypeError, RuntimeError) as error:
        return type(error)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", ["vjp", "jvp", "vhp", "hvp", "jacobian", "hessian"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_agrees_with_torch(torch, function, name, create_graph, strict):
    ours, theirs = (outcome(m, name, function, create_graph, strict) for m in (autograd, torch))
    if isinstance(theirs, type):
        assert ours is theirs
    else:
        close(ours, theirs)


def close(ours, theirs):
    if isinstance(theirs, tuple):
        assert isinstance(ours, tuple)
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs):
            close(one, other)
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)
        assert np.shape(ours) == np.shape(theirs)


# ---- against formulas, so that there is a check without PyTorch


def f(x, y):
    return (x * x * y).sum() + y.exp().sum()


def test_jacobian_and_products():
    x, y = tensors(autograd, X, Y)
    blocks = jacobian(lambda x, y: x * y, (x, y))
    expected = np.zeros((2, 3, 2, 3)), np.zeros((2, 3, 3))
    for i, j in np.ndindex(2, 3):
        expected[0][i, j, i, j], expected[1][i, j, j] = Y[j], X[i, j]
    close(plain(blocks), tuple(e.tolist() for e in expected))
    out, product = jvp(lambda x, y: x * y, (x, y), tensors(autograd, V, W))
    close(plain((out, product)), ((X * Y).tolist(), (V * Y + X * W).tolist()))
    out, (gx, gy) = vjp(lambda x, y: x * y, (x, y), tensors(autograd, V))
    close(plain((out, gx, gy)), ((X * Y).tolist(), (V * Y).tolist(), (V * X).sum(0).tolist()))


def test_hessian_and_products():
    x, y = tensors(autograd, X, Y)
    (xx, xy), (yx, yy) = hessian(f, (x, y))
    assert xx.shape == (2, 3, 2, 3)
    assert xy.shape == (2, 3, 3)
    assert yx.shape == (3, 2, 3)
    assert yy.shape == (3, 3)
    np.testing.assert_allclose(xx.numpy().reshape(6, 6), np.diag(np.tile(2 * Y, 2)))
    np.testing.assert_allclose(yy.numpy(), np.diag(np.exp(Y)))
    np.testing.assert_allclose(np.einsum("ijj->ij", xy.numpy()), 2 * X)
    np.testing.assert_allclose(np.moveaxis(yx.numpy(), 0, -1), xy.numpy())
    products = (2 * Y * V + 2 * X * W).tolist(), ((2 * X * V).sum(0) + np.exp(Y) * W).tolist()
    close(plain(vhp(f, (x, y), tensors(autograd, V, W))[1]), products)
    close(plain(hvp(f, (x, y), tensors(autograd, V, W))[1]), products)


def test_a_vector_may_be_left_out_for_a_single_number(m):
    x = m.tensor(2.0)
    F = m.autograd.functional
    assert [r.item() for r in F.vjp(lambda x: x**3, x)] == [8, 12]
    assert [r.item() for r in F.jvp(lambda x: x**3, x, m.tensor(1.0))] == [8, 12]
    assert F.jvp(lambda x: x**3, x)[1].item() == 12
    assert F.vhp(lambda x: x**3, x)[1].item() == 12
    assert F.hvp(lambda x: x**3, x)[1].item() == 12


@pytest.mark.parametrize("name", ["vjp", "jvp", "vhp", "hvp"])
def test_wrong_vectors(m, name):
    call, x = getattr(m.autograd.functional, name), tensors(m, X)
    g = (lambda x: x * 2) if name == "vjp" else (lambda x: x.sum())
    with pytest.raises(RuntimeError, match="v can only be None"):
        call(g, x)
    with pytest.raises(RuntimeError, match="invalid size"):
        call(g, x, tensors(m, Y))
    with pytest.raises(RuntimeError, match=r"invalid length|single Tensor"):
        call(g, x, tensors(m, V, V))
    with pytest.raises(TypeError, match="v given to"):
        call(g, x, 3.0)


@pytest.mark.parametrize("name", ["vhp", "hvp", "hessian"])
def test_second_derivatives_need_a_single_number(m, name):
    call, v = getattr(m.autograd.functional, name), () if name == "hessian" else (tensors(m, V),)
    with pytest.raises(RuntimeError, match="single element"):
        call(lambda x: x * x, tensors(m, X), *v)
    with pytest.raises(RuntimeError, match="single Tensor"):
        call(lambda x: (x.sum(), x.sum()), tensors(m, X), *v)


def test_inputs_must_be_tensors(m):
    with pytest.raises(TypeError, match="must be either a Tensor or a tuple of Tensors"):
        m.autograd.functional.jacobian(lambda x: x, [m.ones(2)])
    with pytest.raises(TypeError, match="index 1"):
        m.autograd.functional.vjp(lambda x, y: x, (m.ones(2), 3))


@pytest.mark.parametrize("name", ["vjp", "jvp", "vhp", "hvp", "jacobian", "hessian"])
def test_results_have_a_history_only_if_asked_for(m, name):
    x = tensors(m, Y, requires_grad=True)
    call, v = getattr(m.autograd.functional, name), () if name in ("jacobian", "hessian") else (m.tensor(1.0).double(),)
    if name not in ("vjp", "jacobian", "hessian"):
        v = (m.tensor(W),)

    def cubes(x):
        return (x * x * x).sum()

    def last(result):
        return result[1] if isinstance(result, tuple) else result

    assert not last(call(cubes, x, *v)).requires_grad
    result = last(call(cubes, x, *v, create_graph=True))
    (g,) = m.autograd.grad(result.sum(), x)
    first = (
        6 * Y if name in ("vjp", "jacobian") else 6 * Y * W if name == "jvp" else 6 * W if "p" in name else 6 + 0 * Y
    )
    np.testing.assert_allclose(g.numpy(), first)


def test_what_the_function_captures_gets_no_gradient(m):
    """The inputs are tensors of their own: the same tensor captured by the function counts as a constant."""
    x = tensors(m, Y, requires_grad=True)
    np.testing.assert_allclose(m.autograd.functional.jacobian(lambda z: (z * x).sum(), x).numpy(), Y)
    assert x.grad is None


def test_under_no_grad(m):
    with m.no_grad():
        np.testing.assert_allclose(
            m.autograd.functional.jacobian(lambda x: (x * x).sum(), tensors(m, Y)).numpy(), 2 * Y
        )


def test_ways_of_computing_give_the_same():
    x = tensors(autograd, Y)
    plain_one = plain(jacobian(lambda x: x * x, x))
    assert plain(jacobian(lambda x: x * x, x, vectorize=True)) == plain_one
    assert plain(jacobian(lambda x: x * x, x, vectorize=True, strategy="forward-mode")) == plain_one
    assert hessian(f, tensors(autograd, X, Y), vectorize=True, outer_jacobian_strategy="forward-mode")[0][1].shape == (
        2,
        3,
        3,
    )
    with pytest.raises(AssertionError, match="strategy"):
        jacobian(lambda x: x, x, strategy="sideways")


def test_an_output_without_elements():
    assert jacobian(lambda x: x[:0], tensors(autograd, Y)).shape == (0, 3)


def test_strict_names_the_input():
    with pytest.raises(RuntimeError, match="independent of input 1"):
        vjp(lambda x, y: x.sum(), tensors(autograd, X, Y), strict=True)
    with pytest.raises(RuntimeError, match=r"Output 0 .* does not require gradients"):
        jacobian(lambda x: autograd.ones(1), tensors(autograd, X), strict=True)
    with pytest.raises(RuntimeError, match="create_graph"):
        vjp(lambda x: (2 * x).sum(), tensors(autograd, X), strict=True, create_graph=True)
    assert vjp(lambda x, y: x.sum(), tensors(autograd, X, Y))[1][1].tolist() == [0, 0, 0]
