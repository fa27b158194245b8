"""Checking gradients against finite differences: `gradcheck` for first derivatives, `gradgradcheck` for second ones.

Each input that requires a gradient is moved a little, in place, in its own memory, so that a function which reads it
from elsewhere (a module's parameter) sees the change too. The full check compares Jacobians entry by entry; the fast
one compares vᵀ·J·u for random directions u of the input and v of the output, at the cost of two evaluations per input.

For complex numbers the gradient is PyTorch's, ∂L/∂x + i·∂L/∂y of a real L. A complex output is checked as two real
ones, its real and its imaginary part.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._tensor import Tensor, wrap
from .backward import grad
from .views import overlaps_itself

ndarray = np.ndarray


class GradcheckError(RuntimeError):
    """A gradient that a check found to be wrong."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the gradients of `func(*inputs)` agree with central differences.

    `func` returns a tensor or a tuple of them. Checked are the inputs that require a gradient, which should be float64
    or complex128, against every output that requires one. An entry passes if |analytical - numerical| is at most
    `atol + rtol * |numerical|`, the numerical one being taken with a step of `eps`. The gradient is computed twice and
    may differ by `nondet_tol`; a gradient of zero must come back as zero.

    `check_undefined_grad`: so it must when one of several outputs has no gradient at all. `check_batched_grad`:
    `grad(is_grads_batched=True)` agrees with single calls. `fast_mode`: compare a random projection rather than each
    entry. `check_grad_dtypes` and `masked` change nothing: a gradient always has its input's dtype, and there are no
    sparse tensors. The options for forward-mode differentiation raise `NotImplementedError`.

    Returns True; raises `GradcheckError`, or with `raise_exception=False` returns False, where a gradient is wrong.
    Raises `ValueError` if no input requires a gradient.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], dtype=autograd.float64, requires_grad=True)
    >>> autograd.autograd.gradcheck(lambda x: x * x, x)
    True
    """
    refuse_forward_mode(check_forward_ad=check_forward_ad, check_batched_forward_grad=check_batched_forward_grad)
    if not check_backward_ad:
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    check = Check(func, as_tuple(inputs), eps, atol, rtol, nondet_tol)
    return check.passes(fast_mode, check_undefined_grad, check_batched_grad, raise_exception)


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether the second derivatives of `func(*inputs)` agree with central differences of its first ones.

    What is checked, as `gradcheck` does it, is the gradient of the function that maps the inputs and the outputs'
    gradients to the inputs' gradients. `grad_outputs` are those outputs' gradients, random if not given (and then, with
    `gen_non_contig_grad_outputs`, not contiguous in memory).

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], dtype=autograd.float64, requires_grad=True)
    >>> autograd.autograd.gradgradcheck(lambda x: x * x * x, x)
    True
    """
    refuse_forward_mode(check_fwd_over_rev=check_fwd_over_rev)
    if not check_rev_over_rev:
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    inputs = as_tuple(inputs)
    if grad_outputs is None:
        random = np.random.default_rng(0)
        outputs = differentiable(func(*inputs))
        given = tuple(random_gradient(random, out._array, gen_non_contig_grad_outputs) for out in outputs)
    else:
        given = as_tuple(grad_outputs)
    count = len(inputs)

    def gradients_of_inputs(*args: Any) -> tuple[Tensor, ...]:
        operands = [x for x in args[:count] if isinstance(x, Tensor) and x.requires_grad]
        found = grad(differentiable(func(*args[:count])), operands, args[count:], create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    check = Check(gradients_of_inputs, inputs + given, eps, atol, rtol, nondet_tol)
    check.all_outputs = True
    return check.passes(fast_mode, check_undefined_grad, check_batched_grad, raise_exception)


class Check:
    """One function at one point: its gradients by the graph and by differences, and the comparisons of the two.

    A Jacobian has, as in PyTorch, a row for each element of the input and a column for each element of the output.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        inputs: tuple[Any, ...],
        eps: float,
        atol: float,
        rtol: float,
        nondet_tol: float,
    ) -> None:
        self.func, self.inputs = func, inputs
        self.eps, self.atol, self.rtol = eps, atol, rtol
        self.nondet_tol = nondet_tol
        self.active = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
        self.operands = [inputs[i] for i in self.active]
        check_inputs(self.active, self.operands)
        results = as_tuple(func(*inputs))
        self.chosen = [i for i, out in enumerate(results) if isinstance(out, Tensor) and out.requires_grad]
        self.outputs = [results[i] for i in self.chosen]
        self.all_outputs = not self.outputs  # whether an output that requires no gradient must be constant

    def passes(self, fast: bool, undefined: bool, batched: bool, raise_exception: bool) -> bool:
        """Runs the comparisons: True, or else an error or False."""
        try:
            if self.all_outputs:
                self.constants()
            if self.outputs and fast:
                self.projections()
            elif self.outputs:
                slopes = [self.slopes(x) for x in self.operands]
                for j in range(len(self.outputs)):
                    self.jacobians(j, slopes)
            self.zero_gradients(undefined)
            if batched:
                self.batched_gradients()
        except GradcheckError:
            if raise_exception:
                raise
            return False
        return True

    # ---- by differences

    def evaluate(self) -> list[ndarray]:
        """The outputs' values, in memory of their own."""
        return [np.array(out._array) for out in as_tuple(self.func(*self.inputs)) if isinstance(out, Tensor)]

    def slope(self, x: Tensor, direction: Any) -> list[ndarray]:
        """The derivative of every output, also of those that need no gradient, as x moves along `direction`."""
        memory, step = x._array, self.eps * direction
        before = memory.copy()
        try:
            memory[...] = before + step
            ahead = self.evaluate()
            memory[...] = before - step
            behind = self.evaluate()
        finally:
            memory[...] = before
        for one, other in zip(ahead, behind):
            if one.shape != other.shape or one.dtype != other.dtype:
                raise AssertionError(
                    f"Expected `func` to return outputs with the same shape and dtype when inputs are perturbed by "
                    f"{self.eps}, but got {one.dtype}{list(one.shape)} and {other.dtype}{list(other.shape)}."
                )
        with np.errstate(all="ignore"):
            return [
                (one.astype(float) if one.dtype.kind in "bu" else one) / (2 * self.eps) - other / (2 * self.eps)
                for one, other in zip(ahead, behind)
            ]

    def slopes(self, x: Tensor) -> list[tuple[ndarray, ndarray | None]]:
        """For each output that needs a gradient, its derivatives with respect to each element's real part, as rows,
        and with respect to the imaginary part, if there is one."""
        parts: list[list[list[ndarray]]] = []
        for unit in (1, 1j) if x._array.dtype.kind == "c" else (1,):
            rows = []
            for index in np.ndindex(x._array.shape):
                direction = np.zeros_like(x._array)
                direction[index] = unit
                rows.append(self.slope(x, direction))
            parts.append(rows)
        result = []
        for place, out in zip(self.chosen, self.outputs):
            shape = (-1 if out._array.size and x._array.size else x._array.size, out._array.size)
            real, *imaginary = (
                np.array([row[place] for row in rows], out._array.dtype).reshape(shape) for rows in parts
            )
            result.append((real, imaginary[0] if imaginary else None))
        return result

    # ---- by the graph

    def pull(self, j: int, v: Any) -> list[ndarray | None]:
        """The gradients of all inputs where output `j` has gradient `v` and the others none."""
        out = self.outputs[j]
        v = wrap(np.asarray(v, out._array.dtype).reshape(out._array.shape))
        found = grad(out, self.operands, v, retain_graph=True, allow_unused=True)
        return [None if g is None else g._array for g in found]

    def pull_twice(self, j: int, v: Any) -> list[ndarray]:
        """The gradients, of which a second pass must find the same ones; where there are none, zeros."""
        first, second = (
            [np.zeros_like(x._array) if g is None else g for g, x in zip(self.pull(j, v), self.operands)]
            for _ in range(2)
        )
        for i, one, other in zip(self.active, first, second):
            difference = np.abs(one - other).max(initial=0)
            if difference > self.nondet_tol:
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                    f"gives different values: for input {i} they differ by {difference:.3g}. The tolerance for "
                    f"nondeterminism was {self.nondet_tol}. An in-place change of a saved array or a random number in "
                    "the backward does that; if it is wanted, pass nondet_tol=."
                )
        return first

    def analytical(self, j: int, unit: complex) -> list[ndarray]:
        """The Jacobians of the real (unit 1) or imaginary part (unit 1j) of output `j` for all inputs."""
        size = self.outputs[j]._array.size
        columns = []
        for m in range(size):
            v = np.zeros(size, self.outputs[j]._array.dtype)
            v[m] = unit
            columns.append([g.reshape(-1) for g in self.pull_twice(j, v)])
        if not columns:
            return [np.zeros((x._array.size, 0), x._array.dtype) for x in self.operands]
        return [np.stack(parts, axis=1) for parts in zip(*columns)]

    # ---- comparisons

    def jacobians(self, j: int, slopes: list[list[tuple[ndarray, ndarray | None]]]) -> None:
        """Compares all entries for output `j`."""
        for unit in units(self.outputs[j]):
            for i, (found, parts) in enumerate(zip(self.analytical(j, unit), slopes)):
                expected = jacobian(parts[j], unit)
                if not np.allclose(found, expected, self.rtol, self.atol):
                    raise GradcheckError(self.mismatch(i, j, unit, expected, found) + self.advice())

    def projections(self) -> None:
        """Compares vᵀ·J·u, for one random u of unit length per input and one v per output."""
        random = np.random.default_rng(0)
        us = [random_direction(random, x._array) for x in self.operands]
        vs = [random_direction(random, out._array) for out in self.outputs]
        moved = [self.slope(x, u) for x, u in zip(self.operands, us)]
        for j, (place, v) in enumerate(zip(self.chosen, vs)):
            for i, (g, u) in enumerate(zip(self.pull_twice(j, v), us)):
                found, expected = real_dot(g, u), real_dot(v, moved[i][place])
                atol = self.atol * one_norm(u) * one_norm(v)  # what entries that are each off by atol could add up to
                if not np.allclose(found, expected, self.rtol, atol):
                    raise GradcheckError(self.projection_mismatch(i, j, expected, found) + self.advice())

    def constants(self) -> None:
        """What requires no gradient may not change."""
        random = np.random.default_rng(0)
        for i, x in zip(self.active, self.operands):
            for place, change in enumerate(self.slope(x, random_direction(random, x._array))):
                if place not in self.chosen and np.any(np.abs(change) > self.atol):
                    raise GradcheckError(
                        f"Numerical gradient for function expected to be zero: output {place} requires no gradient, "
                        f"but changes with input {i}. It was computed under no_grad, detached, or has no rule."
                    )

    def zero_gradients(self, undefined: bool) -> None:
        """Gradients of zero must come back as zeros, also when one output has none at all."""
        left_out: list[int | None] = [None]
        if undefined and len(self.outputs) > 1:
            left_out += range(len(self.outputs))
        for missing in left_out if self.outputs else ():
            outputs = [out for j, out in enumerate(self.outputs) if j != missing]
            zeros = [wrap(np.zeros_like(out._array)) for out in outputs]
            found = grad(outputs, self.operands, zeros, retain_graph=True, allow_unused=True)
            for i, g in zip(self.active, found):
                if g is not None and np.any(g._array != 0):
                    what = "" if missing is None else f", output {self.chosen[missing]}'s being undefined"
                    raise GradcheckError(
                        f"backward not multiplied by grad_output: the gradient of input {i} is not zero although those "
                        f"of all outputs are zero{what}"
                    )

    def batched_gradients(self) -> None:
        """Several gradients at once must give what they give one by one."""
        random = np.random.default_rng(0)
        for j, out in zip(self.chosen, self.outputs):
            many = [random_direction(random, out._array).astype(out._array.dtype) for _ in range(2)]
            given = wrap(np.stack(many))
            batched = grad(out, self.operands, given, retain_graph=True, allow_unused=True, is_grads_batched=True)
            single = [grad(out, self.operands, wrap(v), retain_graph=True, allow_unused=True) for v in many]
            for i, together, apart in zip(self.active, batched, zip(*single)):
                if together is not None and not np.allclose(together._array, np.stack([g._array for g in apart])):
                    raise GradcheckError(f"For output {j} and input {i}: batched gradients differ from single ones")

    # ---- messages

    def mismatch(self, i: int, j: int, unit: complex, expected: Any, found: Any) -> str:
        """Says what differs, and where most."""
        with np.errstate(all="ignore"):
            excess = np.abs(found - expected) - (self.atol + self.rtol * np.abs(expected))
        row, column = np.unravel_index(np.argmax(np.where(np.isnan(excess), np.inf, excess)), excess.shape)
        n, a = expected[row, column], found[row, column]
        x, out = self.operands[i]._array, self.outputs[j]._array
        part = {1: "the real part of ", 1j: "the imaginary part of "}[unit] if out.dtype.kind == "c" else ""
        return (
            f"Jacobian mismatch for {part}output {self.chosen[j]} with respect to input {self.active[i]},\n"
            f"numerical:{expected}\nanalytical:{found}\n"
            f"They differ most for output element {position(column, out.shape)} and input element "
            f"{position(row, x.shape)}: numerical {n:.6g}, analytical {a:.6g}, a difference of {abs(a - n):.3g} where "
            f"{self.atol + self.rtol * abs(n):.3g} is allowed.\n"
        )

    def projection_mismatch(self, i: int, j: int, expected: Any, found: Any) -> str:
        """Says what differs in fast mode, and adds the entries."""
        text = (
            f"Jacobian mismatch for output {self.chosen[j]} with respect to input {self.active[i]},\n"
            f"numerical:{expected}\nanalytical:{found}\n"
            "These are random projections of the Jacobians (fast mode). Entry by entry:\n"
        )
        try:
            self.jacobians(j, [self.slopes(x) for x in self.operands])
        except GradcheckError as error:
            return text + str(error).removesuffix(self.advice())
        return text + "all agree within the tolerance, so that fast_mode=False passes.\n"

    def advice(self) -> str:
        """The usual remedies."""
        single = [f"input {i} is {x.dtype}" for i, x in zip(self.active, self.operands) if x._array.dtype.itemsize < 8]
        single += [
            f"input {i} is complex64" for i, x in zip(self.active, self.operands) if x._array.dtype.name == "complex64"
        ]
        if single:
            return (
                f"Differences of single precision are too coarse, and {', '.join(single)}: use float64 (x.double()), "
                "or a larger eps with larger tolerances."
            )
        return (
            "Either a gradient rule is wrong, or the function has a kink or a random choice at this point, or moves "
            f"too fast for a step of eps={self.eps:g}."
        )


def refuse_forward_mode(**options: bool) -> None:
    """There is no forward-mode differentiation to check."""
    for name, value in options.items():
        if value:
            raise NotImplementedError(
                f"{name}=True: forward-mode differentiation is not implemented, only backward. Leave out {name}."
            )


def check_inputs(active: Sequence[int], operands: Sequence[Tensor]) -> None:
    """The errors and warnings about inputs that cannot be checked, or not well."""
    if not operands:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    for i, x in zip(active, operands):
        if x._array.dtype not in (np.float64, np.complex128):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=4,
            )
        if overlaps_itself(x._array):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                ".contiguous on the input before passing it to gradcheck."
            )


def as_tuple(value: Any) -> tuple[Any, ...]:
    """One result or a sequence of them as a tuple."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def differentiable(results: Any) -> list[Tensor]:
    """The outputs that require a gradient."""
    return [out for out in as_tuple(results) if isinstance(out, Tensor) and out.requires_grad]


def units(out: Tensor) -> tuple[complex, ...]:
    """The real functions that an output is: itself, or its imaginary and its real part."""
    return (1j, 1) if out._array.dtype.kind == "c" else (1,)


def jacobian(parts: tuple[ndarray, ndarray | None], unit: complex) -> ndarray:
    """The Jacobian of an output's real or imaginary part: ∂/∂x, and for a complex input ∂/∂x + i·∂/∂y."""
    of_real, of_imaginary = (None if part is None else np.real(np.conjugate(unit) * part) for part in parts)
    return of_real if of_imaginary is None else of_real + 1j * of_imaginary  # type: ignore[return-value]


def random_direction(random: np.random.Generator, like: ndarray) -> ndarray:
    """A random vector of unit length, with the shape of `like`, complex where that is. No entry is small beside the
    others: each must be able to show an error."""
    vector = random.uniform(0.5, 1, like.shape) * random.choice([-1, 1], like.shape)
    if like.dtype.kind == "c":
        vector = vector * np.exp(1j * random.uniform(0, math.pi, like.shape))
    return vector / max(float(np.linalg.norm(vector)), 1e-300)


def random_gradient(random: np.random.Generator, like: ndarray, scattered: bool) -> Tensor:
    """A random gradient for an output, which requires a gradient itself; `scattered`: not contiguous in memory."""
    shape = (*like.shape, 2) if scattered else like.shape
    array = random.uniform(-1, 1, shape)
    if like.dtype.kind == "c":
        array = array + 1j * random.uniform(-1, 1, shape)
    array = np.asarray(array, like.dtype)
    return wrap(array[..., 0] if scattered else array).requires_grad_()


def real_dot(a: ndarray, b: ndarray) -> float:
    """Σ Re(conj(a)·b)."""
    return float(np.sum(np.real(np.conjugate(a) * b)))


def one_norm(vector: ndarray) -> float:
    """Σ |re| + |im|."""
    return float(np.sum(np.abs(np.real(vector)) + np.abs(np.imag(vector))))


def position(flat: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """An element's index, from its number in row-major order."""
    return tuple(map(int, np.unravel_index(flat, shape)))


__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]
