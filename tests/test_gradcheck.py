"""The checker is checked: it must reject wrong derivatives and accept right ones."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

import autograd
from autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck, random_direction
from autograd.op import op

both_modes = pytest.mark.parametrize("fast_mode", [False, True], ids=["full", "fast"])


def point(*shape: int, seed: int = 0) -> autograd.Tensor:
    """A float64 leaf with values away from zero."""
    return autograd.tensor(np.random.default_rng(seed).uniform(0.5, 1.5, shape), requires_grad=True)


def declare(forward, **rules):
    """A throw-away op."""
    made = op(name=f"throwaway_{forward.__name__}")(forward)
    made.rules(**rules)
    return made


def cube(x):
    return x * x * x


def product(x, y):
    return x * y


def exponential(x):
    return np.exp(x)


# ---- wrong rules are rejected, right ones accepted


RIGHT = {
    "cube": (cube, {"x": lambda g, x: 3 * g * x * x}, [(2, 3)]),
    "product": (product, {"x": lambda g, y: g * y, "y": lambda g, x: g * x}, [(2, 3), (3,)]),
    "by the output": (exponential, {"x": lambda g, out: g * out}, [(4,)]),
    "0-d": (cube, {"x": lambda g, x: 3 * g * x * x}, [()]),
    "empty": (cube, {"x": lambda g, x: 3 * g * x * x}, [(0, 3)]),
}

WRONG = {
    "sign flipped": (cube, {"x": lambda g, x: -3 * g * x * x}, [(2, 3)]),
    "3 % too large": (cube, {"x": lambda g, x: 3.09 * g * x * x}, [(2, 3)]),
    "wrong operand": (product, {"x": lambda g, x: g * x, "y": lambda g, x: g * x}, [(2, 3), (2, 3)]),
    "unbroadcast dropped": (product, {"x": lambda g, y: g * y, "y": lambda g, x: (g * x)[0]}, [(2, 3), (3,)]),
    "unbroadcast as a mean": (product, {"x": lambda g, y: g * y, "y": lambda g, x: np.mean(g * x, 0)}, [(2, 3), (3,)]),
    "one entry off": (cube, {"x": lambda g, x: 3 * g * x * x + 0.03 * g * (np.arange(6) == 4)}, [(6,)]),
    "transposed": (
        lambda x: np.exp(x),
        {"x": lambda g, out: np.swapaxes(np.swapaxes(g, 0, 1) * out, 0, 1)},
        [(3, 3)],
    ),
    "gradient of the output forgotten": (cube, {"x": lambda g, x: 3 * x * x * np.ones_like(g)}, [(2, 3)]),
    "not differentiated at all": (cube, {"x": lambda g: np.zeros_like(g)}, [(2, 3)]),
}


@both_modes
@pytest.mark.parametrize("name", RIGHT)
def test_right_rules_are_accepted(name, fast_mode, throwaway_ops):
    forward, rules, shapes = RIGHT[name]
    function = declare(forward, **rules)
    inputs = [point(*shape, seed=i) for i, shape in enumerate(shapes)]
    assert gradcheck(function, inputs, fast_mode=fast_mode) is True
    assert gradgradcheck(function, inputs, fast_mode=fast_mode) is True


@both_modes
@pytest.mark.parametrize("name", WRONG)
def test_wrong_rules_are_rejected(name, fast_mode, throwaway_ops):
    forward, rules, shapes = WRONG[name]
    function = declare(forward, **rules)
    inputs = [point(*shape, seed=i) for i, shape in enumerate(shapes)]
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0 with respect to input"):
        gradcheck(function, inputs, fast_mode=fast_mode)
    assert gradcheck(function, inputs, fast_mode=fast_mode, raise_exception=False) is False


@both_modes
def test_stashed_intermediate_passes_the_first_check_and_fails_the_second(fast_mode, throwaway_ops):
    stash = []

    def forward(x):
        stash[:] = [np.exp(x)]  # the rule does not see where this came from
        return stash[0] * x

    function = declare(forward, x=lambda g, x: g * stash[0] * (x + 1))
    x = point(3)
    assert gradcheck(function, x, fast_mode=fast_mode)
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        gradgradcheck(function, x, fast_mode=fast_mode)


@both_modes
def test_a_lost_graph_does_not_hide_behind_another_operand(fast_mode, throwaway_ops):
    """The gradient of x is right but unrecorded; that of y is in order."""
    half = declare(
        product,
        x=lambda g, y: g.detach() * y.detach() if isinstance(g, autograd.Tensor) else g * y,
        y=lambda g, x: g * x,
    )
    inputs = point(3), point(3, seed=1)
    assert gradcheck(half, inputs, fast_mode=fast_mode)
    with pytest.raises(GradcheckError, match="output 0 requires no gradient, but changes with input 1"):
        gradgradcheck(half, inputs, fast_mode=fast_mode)


@both_modes
def test_a_wrong_rule_hides_behind_nothing(fast_mode, throwaway_ops):
    """In a composition, for the second of two inputs, and in the second of two outputs."""
    wrong = declare(product, x=lambda g, y: g * y, y=lambda g, x: 1.03 * g * x)
    x, y = point(2, 3), point(3, seed=1)

    def function(x, y):
        return x * y, (wrong(x * x, y) + x).sum(0)

    with pytest.raises(GradcheckError, match="mismatch for output 1 with respect to input 1"):
        gradcheck(function, (x, y), fast_mode=fast_mode)
    y.requires_grad_(False)
    assert gradcheck(function, (x, y), fast_mode=fast_mode)


@both_modes
@pytest.mark.parametrize("scale", [1.0, 1.03])
def test_complex_convention(scale, fast_mode, throwaway_ops):
    """A rule gives PyTorch's conjugate derivative; the checker must tell it from the plain one."""
    z = autograd.tensor(np.array([0.5 + 1.0j, -1.0 + 0.25j]), requires_grad=True)
    square = declare(cube, x=lambda g, x: scale * 3 * g * x * x)
    plain = op(name="throwaway_plain", holomorphic=False)(lambda x: x * x)
    plain.rules(x=lambda g, x: g * 2 * x)  # lacks the conjugate
    if scale == 1:
        assert gradcheck(square, z, fast_mode=fast_mode)
        assert gradgradcheck(square, z, fast_mode=fast_mode)
    else:
        with pytest.raises(GradcheckError, match="mismatch"):
            gradcheck(square, z, fast_mode=fast_mode)
    with pytest.raises(GradcheckError, match="mismatch"):
        gradcheck(plain, z, fast_mode=fast_mode)


@both_modes
def test_real_to_complex_and_back(fast_mode):
    z = autograd.tensor(np.array([0.5 + 1.0j, -1.0 + 0.25j]), requires_grad=True)
    x = point(2)
    assert gradcheck(lambda z, x: z * x, (z, x), fast_mode=fast_mode)
    assert gradcheck(lambda z: abs(z), z, fast_mode=fast_mode)
    assert gradgradcheck(lambda z, x: (z * x, abs(z * z)), (z, x), fast_mode=fast_mode)
    assert gradgradcheck(lambda z: (z * z).sum(), z, fast_mode=fast_mode)


# ---- what it looks at


@both_modes
def test_several_inputs_and_outputs_of_all_kinds(fast_mode):
    """Inputs that need no gradient, ints and numbers pass through; outputs without a gradient are left alone."""
    x, y, n = point(2, 2), point(2, seed=1), autograd.tensor([1, 2])

    def function(x, factor, y, n):
        return [x * factor + n, n * 2, x > 1, (x * y).sum()]

    assert gradcheck(function, (x, 3, y, n), fast_mode=fast_mode)
    assert gradgradcheck(function, (x, 3, y, n), fast_mode=fast_mode)


@both_modes
def test_inputs_are_moved_in_place(fast_mode):
    """A function may read an input from elsewhere, as a module reads its parameters; afterwards it is as before."""
    weight = point(3)
    before = weight.detach().clone()
    assert gradcheck(lambda _: weight * weight, weight, fast_mode=fast_mode)
    assert np.array_equal(weight.detach().numpy(), before.numpy())
    calls = []

    def fails_when_moved(x):
        calls.append(1)
        if len(calls) > 1:
            raise KeyError("moved")
        return x * x

    with pytest.raises(KeyError, match="moved"):
        gradcheck(fails_when_moved, weight, fast_mode=fast_mode)
    assert np.array_equal(weight.detach().numpy(), before.numpy())
    assert weight.grad is None


@both_modes
def test_an_unused_input_has_a_gradient_of_zero(fast_mode):
    assert gradcheck(lambda x, y: x * 2, (point(2), point(2)), fast_mode=fast_mode)


@both_modes
def test_a_detached_result_that_moves_is_an_error(fast_mode):
    with pytest.raises(GradcheckError, match="expected to be zero"):
        gradcheck(lambda x: x.detach() * 2, point(2), fast_mode=fast_mode)
    assert gradcheck(lambda x: x > 0, point(2), fast_mode=fast_mode)


@both_modes
def test_inputs_in_any_memory_layout(fast_mode):
    wide = np.random.default_rng(0).uniform(0.5, 1.5, (3, 4))
    for array in (wide.T, wide[:, ::2], wide[::-1, ::-1]):
        x = autograd.from_numpy(array).requires_grad_()
        assert gradcheck(lambda x: x * x, x, fast_mode=fast_mode)
    x = autograd.from_numpy(np.broadcast_to(np.ones(3), (2, 3)).view()).requires_grad_()
    with pytest.raises(RuntimeError, match=r"0th input has a dimension with stride 0.*\.contiguous"):
        gradcheck(lambda x: x * x, x, fast_mode=fast_mode)


@both_modes
def test_a_backward_that_changes_from_run_to_run(fast_mode, throwaway_ops):
    random = np.random.default_rng(0)
    shaky = declare(cube, x=lambda g, x: 3 * g * x * x * (1 + 1e-7 * random.uniform()))
    with pytest.raises(GradcheckError, match="not reentrant"):
        gradcheck(shaky, point(3), fast_mode=fast_mode)
    assert gradcheck(shaky, point(3), fast_mode=fast_mode, nondet_tol=1e-5)


def test_a_gradient_of_zero_must_come_back_as_zero(throwaway_ops):
    eager = declare(lambda x: np.sum(x), x=lambda g, x: np.where(np.equal(g, 0), 1.0, g) * np.ones_like(x))
    with pytest.raises(GradcheckError, match="backward not multiplied by grad_output"):
        gradcheck(eager, point(3))


def test_an_output_without_a_gradient(throwaway_ops):
    """With two outputs, each is left out in turn."""
    calls = []

    def pair(x):
        return 2 * x, 3 * x

    def rule(g):
        calls.append([bool(np.any(part)) for part in g])
        return 2 * g[0] + 3 * g[1]

    assert gradcheck(declare(pair, x=rule), point(2))
    assert calls.count([False, False]) == 3


def test_an_undefined_gradient_counts_as_zero():
    class Pair(autograd.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, first, second):
            if first is None:
                return second * 3 + (second == 0)  # wrong only where the one is missing and the other zero
            return first * 2 + (0 if second is None else second * 3)

    with pytest.raises(GradcheckError, match=r"the gradient of input 0 is not zero .* output 0's being undefined"):
        gradcheck(Pair.apply, point(2), fast_mode=True)
    assert gradcheck(Pair.apply, point(2), fast_mode=True, check_undefined_grad=False)


def test_gradients_in_batches_that_differ(throwaway_ops):
    random = np.random.default_rng(0)
    shaky = declare(cube, x=lambda g, x: 3 * g * x * x * (1 + 1e-2 * random.uniform()))
    assert gradcheck(shaky, point(3), nondet_tol=1, rtol=0.1)
    with pytest.raises(GradcheckError, match="For output 0 and input 0: batched gradients differ"):
        gradcheck(shaky, point(3), nondet_tol=1, rtol=0.1, check_batched_grad=True)


def test_gradients_in_batches():
    assert gradcheck(lambda x: x * x, point(2, 2), check_batched_grad=True)
    assert gradgradcheck(lambda x: x * x, point(2, 2), check_batched_grad=True)


@both_modes
def test_gradients_given_for_the_second_check(fast_mode):
    x = point(2, 3)
    assert gradgradcheck(lambda x: x * x, x, point(2, 3, seed=1), fast_mode=fast_mode)
    fixed = autograd.ones(2, 3, dtype=autograd.float64)
    assert gradgradcheck(lambda x: x * x, x, (fixed,), fast_mode=fast_mode)
    assert gradgradcheck(lambda x: x * x, x, gen_non_contig_grad_outputs=True, fast_mode=fast_mode)


@both_modes
def test_functions_without_a_second_derivative(fast_mode):
    assert gradgradcheck(lambda x: x * 2, point(3), fast_mode=fast_mode)
    assert gradgradcheck(lambda x: x.sum(), point(3), fast_mode=fast_mode)


def test_numpys_random_state_is_left_alone():
    np.random.seed(1)
    expected = np.random.random()
    np.random.seed(1)
    gradgradcheck(lambda x: x * x, point(3), fast_mode=True)
    assert np.random.random() == expected


# ---- tolerances


def test_tolerances_are_absolute_and_relative(throwaway_ops):
    off = declare(cube, x=lambda g, x: 3 * g * x * x + 1e-3 * g)
    x = autograd.ones(2, dtype=autograd.float64, requires_grad=True)  # the slope is 3
    assert not gradcheck(off, x, atol=5e-4, rtol=0, raise_exception=False)
    assert gradcheck(off, x, atol=2e-3, rtol=0)
    assert not gradcheck(off, x, atol=0, rtol=2e-4, raise_exception=False)
    assert gradcheck(off, x, atol=0, rtol=5e-4)


def test_step_is_what_eps_says():
    """Across a kink, a step that reaches it makes the difference."""
    x = autograd.tensor([1e-3], dtype=autograd.float64, requires_grad=True)
    assert gradcheck(abs, x, eps=1e-4)
    assert not gradcheck(abs, x, eps=1e-2, raise_exception=False)


def test_not_a_number_is_a_mismatch(throwaway_ops):
    function = declare(cube, x=lambda g, x: g * math.nan)
    assert not gradcheck(function, point(2), raise_exception=False)


# ---- messages and errors


def test_message_shows_what_where_and_what_to_do(throwaway_ops):
    wrong = declare(cube, x=lambda g, x: 3 * g * x * x + 0.5 * g * (np.arange(6).reshape(2, 3) == 5))
    x = autograd.ones(2, 3, dtype=autograd.float64, requires_grad=True)
    with pytest.raises(GradcheckError) as caught:
        gradcheck(lambda y, x: wrong(x), (3, x))
    message = str(caught.value)
    assert "Jacobian mismatch for output 0 with respect to input 1" in message
    assert "numerical:[[" in message
    assert "analytical:[[" in message
    assert "output element (1, 2) and input element (1, 2): numerical 3, analytical 3.5, a difference of 0.5" in message
    assert "a gradient rule is wrong, or the function has a kink" in message
    with pytest.raises(GradcheckError, match=r"random projections(.|\n)*output element \(1, 2\)"):
        gradcheck(wrong, x, fast_mode=True)


def test_message_of_the_fast_check_says_if_only_the_projection_fails(throwaway_ops):
    """Large entries that cancel in the projection, each of them off by less than the tolerance."""
    x = point(2)
    u = random_direction(np.random.default_rng(0), x.detach().numpy())
    slope = 1e3 * np.array([u[1], -u[0]])
    function = declare(lambda x: np.sum(slope * x), x=lambda g, x: g * (slope + 0.9e-3 * np.abs(slope) * np.sign(u)))
    assert gradcheck(function, x)
    with pytest.raises(GradcheckError, match="all agree within the tolerance, so that fast_mode=False passes"):
        gradcheck(function, x, fast_mode=True)


def test_message_names_the_part_of_a_complex_output(throwaway_ops):
    wrong = op(name="throwaway_parts", holomorphic=False)(lambda z: z * 2)
    wrong.rules(z=lambda g: 2 * np.real(g) + 3j * np.imag(g))
    z = autograd.tensor([1 + 1j], dtype=autograd.complex128, requires_grad=True)
    with pytest.raises(GradcheckError, match="for the imaginary part of output 0 with respect to input 0"):
        gradcheck(wrong, z)


@both_modes
def test_single_precision_is_warned_about_and_blamed(fast_mode):
    x = autograd.tensor([0.3, 0.7], requires_grad=True)
    with (
        pytest.warns(UserWarning, match="Input #0 requires gradient and is not a double precision"),
        pytest.raises(GradcheckError, match=r"input 0 is torch\.float32: use float64 \(x\.double\(\)\)"),
    ):
        gradcheck(lambda x: (x * x * 1.1).sum(), x, fast_mode=fast_mode)
    with pytest.warns(UserWarning, match="double precision"):
        assert gradcheck(lambda x: x * x, x, eps=1e-2, atol=1e-2, fast_mode=fast_mode)


def test_nothing_to_check():
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(lambda x: x, autograd.ones(2))


def test_outputs_must_keep_their_shape():
    x = autograd.tensor([1.0, 2.0], dtype=autograd.float64, requires_grad=True)
    with pytest.raises(AssertionError, match="same shape"):
        gradcheck(lambda x: x[: 1 + int(x.detach()[0] > 1)] * 1.0, x)


@pytest.mark.parametrize("option", ["check_forward_ad", "check_batched_forward_grad"])
def test_forward_mode_is_refused(option):
    with pytest.raises(NotImplementedError, match=f"{option}=True: forward-mode differentiation is not implemented"):
        gradcheck(lambda x: x, point(1), **{option: True})


def test_forward_mode_is_refused_in_the_second_check_too():
    with pytest.raises(NotImplementedError, match="check_fwd_over_rev"):
        gradgradcheck(lambda x: x, point(1), check_fwd_over_rev=True)
    for check, options in ((gradcheck, {"check_backward_ad": False}), (gradgradcheck, {"check_rev_over_rev": False})):
        with pytest.raises(AssertionError, match="Expected at least one of"):
            check(lambda x: x, point(1), **options)


def test_errors_of_the_function_are_not_swallowed(throwaway_ops):
    broken = declare(cube, x=lambda g, x: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        gradcheck(broken, point(2), raise_exception=False)


# ---- PyTorch's checker says the same


class TestParity:
    def test_signatures(self, torch):
        import inspect

        for mine, its in ((gradcheck, torch.autograd.gradcheck), (gradgradcheck, torch.autograd.gradgradcheck)):
            signature = {name: (p.kind, p.default) for name, p in inspect.signature(mine).parameters.items()}
            assert signature == {name: (p.kind, p.default) for name, p in inspect.signature(its).parameters.items()}

    @both_modes
    @pytest.mark.parametrize("scale", [1.0, 1.0005, 1.03, -1.0])
    def test_verdicts(self, torch, scale, fast_mode, throwaway_ops):
        class Cube(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x * x

            @staticmethod
            def backward(ctx, g):
                (x,) = ctx.saved_tensors
                return scale * 3 * g * x * x

        mine, x = declare(cube, x=lambda g, x: scale * 3 * g * x * x), point(2, 3)
        its = torch.tensor(x.detach().numpy(), requires_grad=True)
        for check, check_of_torch in (
            (gradcheck, torch.autograd.gradcheck),
            (gradgradcheck, torch.autograd.gradgradcheck),
        ):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = check_of_torch(Cube.apply, its, fast_mode=fast_mode, raise_exception=False)
            assert check(mine, x, fast_mode=fast_mode, raise_exception=False) == expected

    @pytest.mark.parametrize(
        "problem",
        [
            lambda m, check: check(lambda x: x, m.ones(2)),
            lambda m, check: check(lambda x: x.detach() * 2, m.ones(2, dtype=m.float64, requires_grad=True)),
            lambda m, check: check(
                lambda x: x, m.ones(2, dtype=m.float64, requires_grad=True), check_backward_ad=False
            ),
            lambda m, check: check(lambda x: x, m.ones(1, dtype=m.float64).expand(2).requires_grad_()),
        ],
        ids=["no gradient", "constant", "nothing to check", "overlap"],
    )
    def test_error_types(self, torch, problem):
        with pytest.raises(Exception) as expected:
            problem(torch, torch.autograd.gradcheck)
        with pytest.raises(Exception) as found:
            problem(autograd, gradcheck)
        assert found.value.__class__.__name__ == expected.value.__class__.__name__
