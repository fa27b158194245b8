"""Derivatives of a function at a point: Jacobian, Hessian, and their products with a vector.

    jacobian(f, x)      J                    hessian(f, x)       H, of a scalar f
    vjp(f, x, v)        f(x), v·J            vhp(f, x, v)        f(x), v·H
    jvp(f, x, v)        f(x), J·v            hvp(f, x, v)        f(x), H·v

`f` takes and returns one tensor or several. Where it takes a tuple, so is the result; where it returns one, too, and
a Jacobian of both is a tuple (over outputs) of tuples (over inputs). With `create_graph` results can be differentiated
further, also by what `f` and the inputs were made of. With `strict` it is an error that a result does not depend on an
input at all; otherwise zeros say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._tensor import Tensor, wrap
from .backward import grad
from .modes import enable_grad
from .rules.shaping import reshape, stack

Tensors = tuple[Any, ...]


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """`func(*inputs)` and vᵀ·J, in one backward pass. `v` has the shapes of the outputs; 1 for a single number.

    >>> import autograd
    >>> autograd.autograd.functional.vjp(lambda x: x * x, autograd.tensor([1.0, 2.0]), autograd.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    point = Point(func, inputs, "vjp", create_graph, strict)
    if v is None and not (len(point.outputs) == 1 and point.outputs[0]._array.size == 1):
        raise RuntimeError(
            "The vector v can only be None if the user-provided function returns a single Tensor with a single element."
        )
    v = point.vector(v, point.outputs, point.outputs_several)
    found = differentiate(point.outputs, point.inputs, v, create_graph)
    found = point.filled(found, point.inputs, "output of the user-provided function is independent of input")
    return point.result(point.outputs, point.outputs_several), point.result(found, point.inputs_several)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """`func(*inputs)` and J·v. `v` has the shapes of the inputs; 1 for a single number.

    J·v is the gradient of uᵀ·J·v by u, and uᵀ·J is linear in u, so that any u will do: two backward passes.

    >>> import autograd
    >>> autograd.autograd.functional.jvp(lambda x: x * x, autograd.tensor([1.0, 2.0]), autograd.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    point = Point(func, inputs, "jvp", create_graph, strict)
    v = point.input_vector(v)
    u = tuple(zeros_like(output).requires_grad_() for output in point.outputs)
    product = differentiate(point.outputs, point.inputs, u, create_graph=True)
    point.insist(product, "output of the user-provided function is independent of input")
    found = differentiate(product, u, v, create_graph)
    found = point.filled(found, point.outputs, "Jacobian is independent of the gradient of output")
    return point.result(point.outputs, point.outputs_several), point.result(found, point.outputs_several)


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """`func(*inputs)`, one number, and vᵀ·H. `v` has the shapes of the inputs.

    >>> import autograd
    >>> autograd.autograd.functional.vhp(lambda x: (x * x * x).sum(), autograd.tensor([1.0, 2.0]), autograd.ones(2))
    (tensor(9.), tensor([ 6., 12.]))
    """
    point = Point(func, inputs, "vhp", create_graph, strict)
    v = point.input_vector(v)
    jacobian_row = point.gradient()
    found = differentiate(jacobian_row, point.inputs, v, create_graph)
    found = point.filled(found, point.inputs, "Jacobian of the user-provided function is independent of input")
    return point.result(point.outputs, False), point.result(found, point.inputs_several)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """`func(*inputs)`, one number, and H·v. `v` has the shapes of the inputs; `vhp` gives the same and is faster.

    >>> import autograd
    >>> autograd.autograd.functional.hvp(lambda x: (x * x * x).sum(), autograd.tensor([1.0, 2.0]), autograd.ones(2))
    (tensor(9.), tensor([ 6., 12.]))
    """
    point = Point(func, inputs, "hvp", create_graph, strict)
    v = point.input_vector(v)
    u = tuple(zeros_like(x).requires_grad_() for x in point.inputs)
    product = differentiate(point.gradient(), point.inputs, u, create_graph=True)
    found = differentiate(product, u, v, create_graph)
    found = point.filled(found, point.inputs, "Hessian of the user-provided function is independent of input")
    return point.result(point.outputs, False), point.result(found, point.inputs_several)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian: of shape `output.shape + input.shape`, row by row, each by a backward pass.

    `vectorize` and `strategy` choose between PyTorch's ways of computing it, and change nothing here.

    >>> import autograd
    >>> autograd.autograd.functional.jacobian(lambda x: x * x, autograd.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(f'Expected strategy to be either "forward-mode" or "reverse-mode", not {strategy!r}')
    point = Point(func, inputs, "jacobian", create_graph, strict)
    rows = []
    for number, output in enumerate(point.outputs):
        columns: list[list[Any]] = [[] for _ in point.inputs]
        for at in range(output._array.size):
            unit = np.zeros_like(output._array, order="C")
            unit.reshape(-1)[at] = 1
            found = differentiate((output,), point.inputs, (wrap(unit),), create_graph, retain_graph=True)
            what = f"output {number} of the user-provided function is independent of input"
            for column, part in zip(columns, point.filled(found, point.inputs, what)):
                column.append(part)
        rows.append(
            tuple(
                reshape(stack(column, 0), output._array.shape + x._array.shape)
                if column
                else wrap(np.zeros(output._array.shape + x._array.shape, x._array.dtype))
                for column, x in zip(columns, point.inputs)
            )
        )
    return point.result([point.result(row, point.inputs_several) for row in rows], point.outputs_several)


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a function with one number as output: of shape `input.shape + input.shape`.

    Of several inputs, a tuple of tuples of blocks. For `vectorize` and the strategy see `jacobian`.

    >>> import autograd
    >>> autograd.autograd.functional.hessian(lambda x: (x * x * x).sum(), autograd.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    several, inputs = as_tuple(inputs, "inputs", "hessian")

    def gradient(*inputs: Any) -> Tensors:
        point = Point(func, inputs, "hessian", True, strict)
        return point.filled(point.gradient(), point.inputs, "user-provided function is independent of input")

    rows = jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return rows if several else rows[0][0]


class Point:
    """A function called at a point, the inputs separated from what else the function may have captured of them."""

    def __init__(self, func: Callable[..., Any], inputs: Any, name: str, create_graph: bool, strict: bool) -> None:
        self.name, self.create_graph, self.strict = name, create_graph, strict
        self.inputs_several, inputs = as_tuple(inputs, "inputs", name)
        with enable_grad():
            self.inputs = tuple(self.own(x, True) for x in inputs)
            outputs = func(*self.inputs)
        self.outputs_several, self.outputs = as_tuple(outputs, "outputs of the user-provided function", name)
        for number, output in enumerate(self.outputs):
            if strict and not output.requires_grad:
                raise RuntimeError(
                    f"{name}: Output {number} of the user-provided function does not require gradients. The outputs "
                    "must be computed in a differentiable manner from the input when running in strict mode."
                )

    def own(self, tensor: Tensor, requires_grad: bool) -> Tensor:
        """A tensor of its own for an argument: under `create_graph` tied to what the argument came from."""
        if self.create_graph and tensor.requires_grad:
            with enable_grad():
                return reshape(tensor, tensor._array.shape)
        return tensor.detach().requires_grad_(requires_grad)

    def input_vector(self, v: Any) -> Any:
        """`v`, checked against the inputs."""
        if v is None and not (len(self.inputs) == 1 and self.inputs[0]._array.size == 1):
            raise RuntimeError(
                f"{self.name}: The vector v can only be None if the input to the user-provided function is a single "
                "Tensor with a single element."
            )
        return self.vector(v, self.inputs, self.inputs_several)

    def vector(self, v: Any, like: Tensors, several: bool) -> Any:
        """`v` as a tuple; `RuntimeError` unless its shapes are those of `like`."""
        if v is None:
            return None
        _, v = as_tuple(v, "v", self.name)
        if len(v) != len(like):
            expected = f"should be {len(like)} but got {len(v)}" if several else "should contain a single Tensor"
            raise RuntimeError(f"{self.name}: v is a tuple of invalid length: {expected}.")
        for number, (given, expected) in enumerate(zip(v, like)):
            if given.shape != expected.shape:
                raise RuntimeError(
                    f"{self.name}: Entry {number} in v has invalid size: should be {expected.shape} but got "
                    f"{given.shape}."
                )
        return tuple(self.own(x, False) for x in v)

    def gradient(self) -> Tensors:
        """The gradient of the function's only number, recorded."""
        if self.outputs_several:
            raise RuntimeError(f"The function given to {self.name} should return a single Tensor")
        if self.outputs[0]._array.size != 1:
            raise RuntimeError(
                f"The Tensor returned by the function given to {self.name} should contain a single element, not "
                f"{list(self.outputs[0].shape)}"
            )
        found = differentiate(self.outputs, self.inputs, None, create_graph=True)
        self.insist(found, "Jacobian of the user-provided function is independent of input")
        return found

    def insist(self, found: Tensors, what: str) -> None:
        """In strict mode, `RuntimeError` unless every gradient exists and depends on something in turn."""
        for number, part in enumerate(found):
            if self.strict and (part is None or not part.requires_grad):
                raise RuntimeError(f"{self.name}: The {what} {number}. This is not allowed in strict mode.")

    def filled(self, found: Tensors, like: Sequence[Tensor], what: str) -> Tensors:
        """The gradients, zeros for those that do not exist, which strict mode refuses."""
        for number, part in enumerate(found):
            if self.strict and part is None:
                raise RuntimeError(f"{self.name}: The {what} {number}. This is not allowed in strict mode.")
            if self.strict and self.create_graph and not part.requires_grad:
                raise RuntimeError(
                    f"{self.name}: The derivative is independent of input {number}. This is not allowed in strict mode "
                    "when create_graph=True."
                )
        return tuple(zeros_like(x) if part is None else part for part, x in zip(found, like))

    def result(self, values: Sequence[Any], several: bool) -> Any:
        """What the caller gets: without a history unless it was asked for, and in a tuple if its counterpart was."""
        if not self.create_graph:
            values = [value.detach() if isinstance(value, Tensor) else value for value in values]
        return tuple(values) if several else values[0]


def as_tuple(value: Any, what: str, name: str) -> tuple[bool, Tensors]:
    """Whether it is a tuple, and the tensors in one; `TypeError` for anything else."""
    several = isinstance(value, tuple)
    tensors = value if several else (value,)
    for number, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            where = f"the value at index {number}" if several else f"the given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but {where} has type "
                f"{type(tensor)}."
            )
    return several, tensors


def differentiate(
    outputs: Tensors, inputs: Tensors, v: Tensors | None, create_graph: bool, retain_graph: bool | None = None
) -> Tensors:
    """The gradients of those outputs that have any; None for each input they do not depend on."""
    pairs = zip(outputs, v or [None] * len(outputs))
    live = [(output, given) for output, given in pairs if output is not None and output.requires_grad]
    if not live:
        return (None,) * len(inputs)
    tensors, vectors = zip(*live)
    return grad(tensors, inputs, vectors, retain_graph, create_graph, allow_unused=True)


def zeros_like(tensor: Tensor) -> Tensor:
    """Zeros in the shape and dtype of a tensor."""
    return wrap(np.zeros_like(tensor._array))


__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
