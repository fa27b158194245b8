"""Every case of every operation through every check: see `tests/cases.py` for what a case is.

Values and gradients are compared with PyTorch where it is installed. Gradients are compared with finite differences in
any case, and then with themselves: recorded or not, in single precision, for operands that lie in memory transposed,
strided or reversed, that are broadcast, 0-d or empty.
"""

from __future__ import annotations

import re
import types
import warnings
import zlib
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, op
from autograd._tensor import wrap
from autograd.backward import backward, grad
from autograd.fused import Fused
from autograd.gradcheck import gradcheck, gradgradcheck

from .cases import Case, collect

CASES = collect()
DIFFERENTIABLE = [case for case in CASES if case.order]
ELEMENTWISE = [case for case in CASES if case.elementwise]
SINGLE = {"float64": "float32", "complex128": "complex64"}

every_case = pytest.mark.parametrize("case", CASES, ids=str)
differentiable_case = pytest.mark.parametrize("case", DIFFERENTIABLE, ids=str)
elementwise_case = pytest.mark.parametrize("case", ELEMENTWISE, ids=str)


# ---- running a case


def leaves(case: Case, arrays: list[np.ndarray] | None = None) -> list[Tensor]:
    """The case's operands as tensors on these arrays (its own, copied, unless given); those to be differentiated as
    leaves that require a gradient."""
    arrays = [a.copy() for a in case.operands] if arrays is None else arrays
    return [wrap(a).requires_grad_(i in case.grad) for i, a in enumerate(arrays)]


def run(case: Case, operands: list[Any], module: Any = autograd) -> list[Any]:
    """The results, as a list."""
    results = case.function(module, *operands)
    return list(results) if isinstance(results, (tuple, list)) else [results]


def active(outputs: list[Any]) -> list[Any]:
    """The outputs that require a gradient."""
    return [out for out in outputs if out.requires_grad]


def weights(case: Case, outputs: list[Any]) -> list[np.ndarray]:
    """A gradient for each output: arbitrary, but always the same for one case."""
    random = np.random.default_rng(zlib.crc32(case.name.encode()) + 1)
    made = []
    for out in outputs:
        weight = random.uniform(0.5, 1.5, tuple(out.shape))
        made.append(np.asarray(weight + 0.5j * weight if out.dtype.is_complex else weight))
    return made


def gradients(case: Case, operands: list[Tensor], create_graph: bool = False) -> list[Tensor]:
    """The gradients of the weighted outputs for the operands that have one; zeros where nothing leads to an operand."""
    outputs = active(run(case, operands))
    given = [wrap(w.astype(out._array.dtype)) for w, out in zip(weights(case, outputs), outputs)]
    wanted = [operands[i] for i in case.grad]
    return list(grad(outputs, wanted, given, create_graph=create_graph, materialize_grads=True))


def values(tensors: list[Tensor]) -> list[np.ndarray]:
    """Copies of the tensors' values."""
    return [np.array(t._array) for t in tensors]


def assert_same(found: Any, expected: Any, case: Case, what: str, rtol: float = 1e-10) -> None:
    """Two arrays agree, up to a fraction `rtol` of the largest entry."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, f"{what}: shape {found.shape} instead of {expected.shape}"
    rtol *= case.tolerance
    finite = np.abs(expected[np.isfinite(expected)])
    np.testing.assert_allclose(found, expected, rtol, rtol * max(1.0, finite.max(initial=0)), err_msg=what)


def call_gradcheck(case: Case, operands: list[Tensor], order: int, fast: bool) -> None:
    """Finite differences for this case, with a step that suits float64."""
    check = gradcheck if order == 1 else gradgradcheck
    check(
        lambda *xs: case.function(autograd, *xs),
        operands,
        eps=1e-6,
        atol=2e-6 * case.tolerance,
        rtol=2e-5 * case.tolerance,
        nondet_tol=1e-12,
        fast_mode=fast,
    )


# ---- the checks


@every_case
def test_values_are_those_of_torch(case, torch):
    if not case.torch:
        pytest.skip("has a NumPy reference instead")
    ours = leaves(case)
    theirs = [torch.from_numpy(a.copy()).requires_grad_(i in case.grad) for i, a in enumerate(case.operands)]
    found = run(case, ours)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PyTorch's deprecations and beta functions
        expected = run(case, theirs, torch)
    assert len(found) == len(expected)
    for i, (mine, its) in enumerate(zip(found, expected)):
        assert str(mine.dtype) == str(its.dtype), f"output {i}"
        assert mine.requires_grad == its.requires_grad, f"requires_grad of output {i}"
        assert_same(mine.detach()._array, its.detach().resolve_conj().resolve_neg().numpy(), case, f"output {i}")
    mine, its = active(found), active(expected)
    if not mine:
        return
    given = weights(case, mine)
    inputs = [ours[i] for i in case.grad], [theirs[i] for i in case.grad]
    found = grad(mine, inputs[0], [wrap(w.astype(o._array.dtype)) for w, o in zip(given, mine)], allow_unused=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = torch.autograd.grad(
            its, inputs[1], [torch.from_numpy(w).to(o.dtype) for w, o in zip(given, its)], allow_unused=True
        )
    for i, mine, its in zip(case.grad, found, expected):
        mine = np.zeros_like(case.operands[i]) if mine is None else mine._array
        its = np.zeros_like(case.operands[i]) if its is None else its.numpy(force=True)
        assert_same(mine, its, case, f"gradient of operand {i}")


@pytest.mark.parametrize("case", [case for case in CASES if case.reference], ids=str)
def test_values_are_those_of_the_reference(case):
    expected = case.reference(*case.operands)
    expected = expected if isinstance(expected, (tuple, list)) else [expected]
    found = run(case, leaves(case))
    assert len(found) == len(expected)
    for i, (mine, its) in enumerate(zip(found, expected)):
        assert_same(mine._array, its, case, f"output {i}")


@differentiable_case
def test_gradient_agrees_with_differences(case):
    operands = leaves(case)
    entries = sum(operands[i]._array.size for i in case.grad) * sum(out._array.size for out in run(case, operands))
    call_gradcheck(case, operands, order=1, fast=entries > 64)


@pytest.mark.parametrize("case", [case for case in CASES if case.order > 1], ids=str)
def test_second_derivative_agrees_with_differences(case):
    call_gradcheck(case, leaves(case), order=2, fast=True)


@differentiable_case
def test_recording_the_backward_changes_nothing(case):
    plain, recorded = (gradients(case, leaves(case), create_graph) for create_graph in (False, True))
    for i, one, other in zip(case.grad, plain, recorded):
        kind = case.operands[i].dtype
        assert one._array.dtype == other._array.dtype == kind
        assert one.shape == other.shape == case.operands[i].shape
        assert not one.requires_grad
        assert_same(other._array, one._array, case, f"gradient of operand {i}", 1e-12)


# Linear: PyTorch's gradient depends on the operand all the same, to no effect.
LINEAR = (
    "pad:functional reflect", "pad:reflect", "pad:replicate", "pad:reflect and crop", "pad:replicate and crop", "polar",
    "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "convolution:transposed",  # the bias
    "batch_norm", "batch_norm:evaluation", "instance_norm", "group_norm:empty batch",
    "layer_norm", "layer_norm:bias only", "layer_norm:empty",
    "interpolate:area",
    *(case.name for case in CASES if "pool" in case.name and not case.name.startswith("lp_")),
    "prelu", "prelu:one", "prelu:0-d", "prelu:one channel",  # the weight
    *(f"grid_sample:nearest, {p}, {align}" for p in ("zeros", "border", "reflection") for align in (False, True)),
)  # fmt: skip


@differentiable_case
def test_gradients_depend_on_what_they_do_in_torch(case, torch):
    """Which recorded gradients require a gradient, and to which operands theirs lead: zeros are no dead end."""
    if not case.torch or case.name in LINEAR:
        pytest.skip("has no equal in PyTorch")
    try:
        expected = tied(case, torch, torch.from_numpy)
    except RuntimeError as error:
        if "derivative for" not in str(error) or "not implemented" not in str(error):
            raise
        pytest.skip("PyTorch has no second derivative of it")
    assert tied(case, autograd, wrap) == expected


def tied(case: Case, m: Any, make: Any) -> list[Any]:
    """For each operand the operands that its gradient has a gradient for; None where that requires none."""
    operands = [make(a.copy()).requires_grad_(i in case.grad) for i, a in enumerate(case.operands)]
    inputs = [operands[i] for i in case.grad]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outputs = active(run(case, operands, m))
        ones = [m.ones_like(out) for out in outputs]
        first = m.autograd.grad(outputs, inputs, ones, create_graph=True, allow_unused=True)
        ties: list[Any] = []
        for g in first:
            if g is None or not g.requires_grad:
                ties.append(None)
                continue
            second = m.autograd.grad(g, inputs, m.ones_like(g), retain_graph=True, allow_unused=True)
            ties.append([h is not None for h in second])
    return ties


@differentiable_case
def test_single_precision(case):
    if not case.single:
        pytest.skip("single precision is not meant to agree")
    narrow = [a.astype(SINGLE[a.dtype.name]) if a.dtype.name in SINGLE else a for a in case.operands]
    wide = [a.astype(b.dtype) for a, b in zip(narrow, case.operands)]  # rounded as well
    found, expected = run(case, leaves(case, narrow)), run(case, leaves(case, wide))
    for i, (one, other) in enumerate(zip(found, expected)):
        name = other._array.dtype.name
        assert one._array.dtype.name == SINGLE.get(name, name), f"dtype of output {i}"
        assert_same(one._array, other._array, case, f"output {i}", 2e-5)
    found, expected = gradients(case, leaves(case, narrow)), gradients(case, leaves(case, wide))
    for i, one, other in zip(case.grad, found, expected):
        assert one._array.dtype == narrow[i].dtype, f"dtype of the gradient of operand {i}"
        assert_same(one._array, other._array, case, f"gradient of operand {i}", 5e-5)


def transposed(array: np.ndarray) -> np.ndarray:
    return array.T.copy().T


def strided(array: np.ndarray) -> np.ndarray:
    wide = np.zeros((*array.shape, 2), array.dtype)
    wide[..., 0] = array
    return wide[..., 0]


def reversed_(array: np.ndarray) -> np.ndarray:
    back = (slice(None, None, -1),) * array.ndim
    return array[back].copy()[back] if array.ndim else array.copy()


@pytest.mark.parametrize("layout", [transposed, strided, reversed_])
@every_case
def test_memory_layout_does_not_matter(case, layout):
    if not case.layouts:
        pytest.skip("asks for a certain layout")
    found, expected = run(case, leaves(case, [layout(a) for a in case.operands])), run(case, leaves(case))
    for i, (one, other) in enumerate(zip(found, expected)):
        assert one._array.dtype == other._array.dtype
        assert_same(one._array, other._array, case, f"output {i}", 1e-12)
    if not case.order:
        return
    found = gradients(case, leaves(case, [layout(a) for a in case.operands]))
    for i, one, other in zip(case.grad, found, gradients(case, leaves(case))):
        assert one._array.dtype == other._array.dtype
        assert_same(one._array, other._array, case, f"gradient of operand {i}", 1e-12)


@differentiable_case
def test_leaves_own_their_gradients(case):
    operands = leaves(case)
    outputs = active(run(case, operands))
    given = [wrap(w.astype(out._array.dtype)) for w, out in zip(weights(case, outputs), outputs)]
    backward(outputs, given)
    mine = {f"gradient of operand {i}": operands[i].grad for i in case.grad if operands[i].grad is not None}
    others = {f"operand {i}": t for i, t in enumerate(operands)}
    others |= {f"output {i}": t for i, t in enumerate(outputs)} | {f"given {i}": t for i, t in enumerate(given)} | mine
    for name, gradient in mine.items():
        assert gradient._array.flags.writeable, name
        for other, tensor in others.items():
            assert other == name or not np.may_share_memory(gradient._array, tensor._array), f"{name} shares {other}"


def unless_refused(backward: Any) -> Any:
    """What `backward` returns, or None if it raises the error for an overwritten value."""
    try:
        return backward()
    except RuntimeError as error:
        if not re.search("modified (by an inplace operation|inplace)", str(error)):
            raise
        return None


@differentiable_case
def test_overwriting_a_kept_value_is_noticed(case):
    expected = values(gradients(case, leaves(case)))
    for victim in range(len(case.operands)):
        operands = leaves(case)
        clones = [x.clone() for x in operands]
        outputs = active(run(case, clones))
        with autograd.no_grad():
            clones[victim].copy_(wrap(np.zeros_like(clones[victim]._array)))
        check_not_silently_wrong(case, operands, outputs, expected, f"operand {victim}")
    for victim in range(len(active(run(case, leaves(case))))):
        operands = leaves(case)
        outputs = active(run(case, [x.clone() for x in operands]))
        later = [out * 1.0 for out in outputs]  # keeps nothing
        if not overwritable(outputs[victim]):
            continue
        with autograd.no_grad():
            outputs[victim].copy_(wrap(np.zeros_like(outputs[victim]._array)))
        check_not_silently_wrong(case, operands, later, expected, f"output {victim}")


def overwritable(out: Tensor) -> bool:
    """Whether an output has memory that may be written to: not one that was expanded."""
    return all(stride or size < 2 for stride, size in zip(out._array.strides, out._array.shape))


def check_not_silently_wrong(case, operands, outputs, expected, what) -> None:
    """The gradients are the expected ones, or refused."""
    wanted = [operands[i] for i in case.grad]
    given = [wrap(w.astype(out._array.dtype)) for w, out in zip(weights(case, outputs), outputs)]
    found = unless_refused(lambda: grad(outputs, wanted, given, materialize_grads=True))
    for i, one, other in zip(case.grad, found or (), expected):
        assert_same(one._array, other, case, f"gradient of operand {i} after {what} was overwritten", 1e-12)


# ---- the in-place form


def names_used(code: types.CodeType) -> set[str]:
    """All names that a function's code mentions, and those of functions inside it."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= names_used(constant)
    return names


# Functions whose in-place form does the same; `x.bernoulli_()` and `x.normal_()` fill x without regard to what it held.
HAVE_IN_PLACE_FORM = {name for name in dir(autograd) if hasattr(Tensor, name + "_")} - {"bernoulli", "normal"}


class InPlace:
    """`autograd`, but for the functions that have an in-place form: that is called instead, on a clone."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def __getattr__(self, name: str) -> Any:
        function, method = getattr(autograd, name), getattr(Tensor, name + "_", None)
        if name not in HAVE_IN_PLACE_FORM:
            return function

        def in_place(x: Any, *args: Any, **kwargs: Any) -> Any:
            if not isinstance(x, Tensor) or "out" in kwargs:
                return function(x, *args, **kwargs)
            self.called.append(name + "_")
            clone = x.clone()
            result = method(clone, *args, **kwargs)
            assert result is clone, f"{name}_ does not return its tensor"
            return result

        return in_place


@pytest.mark.parametrize(
    "case", [case for case in CASES if names_used(case.function.__code__) & HAVE_IN_PLACE_FORM], ids=str
)
def test_in_place_form_does_the_same(case):
    module = InPlace()
    operands = leaves(case)
    try:
        found = run(case, operands, module)
    except RuntimeError as error:
        if not re.search(
            "match the broadcast shape|be cast to the desired output type|is not supported for", str(error)
        ):
            raise
        pytest.skip("the result has another shape or dtype than the operand")
    expected = run(case, leaves(case))
    for one, other in zip(found, expected):
        assert_same(one._array, other._array, case, f"{module.called}", 1e-12)
    outputs = active(found)
    if not outputs:
        return
    given = [wrap(w.astype(out._array.dtype)) for w, out in zip(weights(case, outputs), outputs)]
    wanted = [operands[i] for i in case.grad]
    for one, other in zip(
        grad(outputs, wanted, given, materialize_grads=True), gradients(case, leaves(case)), strict=True
    ):
        assert_same(one._array, other._array, case, f"gradient after {module.called}", 1e-12)


# ---- elementwise functions: broadcast, 0-d and empty operands


@elementwise_case
def test_broadcast_operands(case):
    for i, array in enumerate(case.operands):
        if not array.ndim:
            continue
        narrow = [
            array[tuple(slice(0, 1) if d == axis else slice(None) for d in range(array.ndim))]
            for axis in range(array.ndim)
        ]
        for part in [*narrow, array[0]]:
            arrays = [part.copy() if j == i else a.copy() for j, a in enumerate(case.operands)]
            full = np.broadcast_arrays(*arrays)
            found, expected = run(case, leaves(case, arrays)), run(case, leaves(case, [f.copy() for f in full]))
            for one, other in zip(found, expected):
                assert_same(one._array, other._array, case, f"operand {i} as {part.shape}", 1e-12)
            if case.order:
                call_gradcheck(case, leaves(case, arrays), order=1, fast=True)


@elementwise_case
def test_scalar_operands(case):
    arrays = [np.array(a.reshape(-1)[0]) for a in case.operands]
    for out, full in zip(run(case, leaves(case, arrays)), run(case, leaves(case, [a.reshape(1) for a in arrays]))):
        assert out.shape == ()
        assert out.dtype == full.dtype
        assert_same(out._array, full._array[0], case, "0-d", 1e-12)
    if case.order:
        call_gradcheck(case, leaves(case, arrays), order=1, fast=False)
        for gradient in gradients(case, leaves(case, arrays)):
            assert type(gradient._array) is np.ndarray
            assert gradient.shape == ()


@elementwise_case
def test_empty_operands(case):
    for shape in ((0,), (2, 0)):
        arrays = [np.zeros(shape, a.dtype) for a in case.operands]
        for out, full in zip(run(case, leaves(case, arrays)), run(case, leaves(case))):
            assert out.shape == shape
            assert out.dtype == full.dtype
        if case.order:
            for i, gradient in zip(case.grad, gradients(case, leaves(case, arrays))):
                assert gradient.shape == shape
                assert gradient._array.dtype == arrays[i].dtype


# ---- fused ops: the kernel computes what the definition says


def as_argument(value: Any) -> Any:
    """An argument as a definition gets it: a tensor, or the array of one that has no derivative."""
    return value if not isinstance(value, Tensor) else value.detach() if value.is_floating_point() else value._array


def test_kernels_compute_what_their_definitions_say(monkeypatch):
    """Values here; gradients are compared where the backward is recorded, which uses the definition, and where not."""
    compared: set[str] = set()
    original = Fused.__call__

    def both(self, *args):
        out = original(self, *args)
        if isinstance(out, Tensor) and out.is_floating_point():  # a definition is for what has a derivative
            args = args if len(args) == len(self.names) else self.complete(args)
            with autograd.no_grad():
                expected = self.definition(*map(as_argument, args))
            np.testing.assert_allclose(out._array, expected._array, 1e-10, 1e-12, err_msg=self.name)
            assert out._array.dtype == expected._array.dtype, self.name
            compared.add(self.name)
        return out

    monkeypatch.setattr(Fused, "__call__", both)
    for case in CASES:
        run(case, leaves(case))
    missing = {name for name, declared in op.registry.items() if isinstance(declared, Fused)} - compared
    assert not missing, f"no case runs these fused ops: {sorted(missing)}"
