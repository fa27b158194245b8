"""Asking for gradients: `backward`, which adds them to `.grad`, and `grad`, which returns them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._tensor import Tensor, as_plain
from .graph import Walk, key


def backward(
    tensors: Any, grad_tensors: Any = None, retain_graph: Any = None, create_graph: bool = False, inputs: Any = None
) -> None:
    """Adds the gradients of `tensors` with respect to the leaves to their `.grad`; see `Tensor.backward`.

    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> autograd.autograd.backward([x.sum(), (3 * x).sum()])
    >>> x.grad
    tensor([4., 4.])
    """
    outputs = as_outputs(tensors, "tensors")
    targets = None
    if inputs is not None:
        wanted = as_inputs(inputs, "backward()")
        for tensor in wanted:
            tensor.retain_grad()
        targets = [tensor._edge for tensor in wanted]
    gradients = as_gradients(grad_tensors, len(outputs))
    roots = starting_gradients(outputs, gradients, create_graph, "gradient=, or grad_tensors= to autograd.backward,")
    Walk(create_graph if retain_graph is None else retain_graph, create_graph, targets, capture=False).run(roots)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of the sum of `outputs` with respect to each of `inputs`, a tuple; no `.grad` changes.

    Only what leads to an input is computed. An input that was not used is an error unless `allow_unused` (None is
    returned for it) or `materialize_grads` (zeros are). With `is_grads_batched` the first dimension of
    `grad_outputs` holds several gradients, and the results are stacked likewise. For a dict of inputs, such as
    `dict(model.named_parameters())`, the result is a dict with its keys.

    >>> import autograd
    >>> x = autograd.tensor(2.0, requires_grad=True)
    >>> autograd.autograd.grad(x * x * x, x)
    (tensor(12.),)
    """
    results, wanted = as_outputs(outputs, "outputs"), as_inputs(inputs, "grad()")
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True.")
    given = as_gradients(grad_outputs, len(results))
    if is_grads_batched:
        from .functions.joining import stack

        sizes = [len(g) for g in given if g is not None and g.dim()]
        if not sizes or not sizes[0]:
            raise ValueError("is_grads_batched=True: the first dimension of grad_outputs= must hold the gradients")
        size = sizes[0]
        each = [
            grad(results, wanted, [None if g is None else g[i] for g in given], retain_graph or i < size - 1,
                 create_graph, only_inputs, allow_unused, False, materialize_grads)
            for i in range(size)
        ]  # fmt: skip
        return as_asked(inputs, [None if column[0] is None else stack(column) for column in zip(*each)])
    for i, tensor in enumerate(wanted):
        if not tensor.requires_grad:
            raise RuntimeError(
                f"One of the differentiated Tensors does not require grad (input {i}, shape {list(tensor.shape)}): "
                "make it with requires_grad=True before computing the outputs."
            )
    edges = [tensor._edge for tensor in wanted]
    roots = starting_gradients(results, given, create_graph, "grad_outputs=")
    keep = create_graph if retain_graph is None else retain_graph
    captured = Walk(keep, create_graph, edges, capture=True).run(roots)
    found = [as_plain(captured.get(key(edge))) for edge in edges]
    for i, (g, tensor) in enumerate(zip(found, wanted)):
        if g is None:
            if materialize_grads:
                found[i] = as_plain(np.zeros_like(tensor._array))
            elif not allow_unused:
                raise RuntimeError(
                    f"One of the differentiated Tensors appears to not have been used in the graph (input {i}, shape "
                    f"{list(tensor.shape)}). Set allow_unused=True if this is the desired behavior."
                )
    return as_asked(inputs, found)


def as_asked(inputs: Any, gradients: list[Any]) -> Any:
    """The gradients of the inputs as a tuple, or as a dict where the inputs came in one."""
    return dict(zip(inputs, gradients)) if type(inputs) is dict else tuple(gradients)


def as_list(value: Any) -> list[Any]:
    """One thing or an iterable of things as a list. Tensors, which are iterable too, count as one."""
    return list(value) if hasattr(value, "__iter__") and not isinstance(value, Tensor) else [value]


def as_outputs(value: Any, name: str) -> list[Any]:
    """The tensors whose gradients are asked for; `TypeError` for anything else."""
    if isinstance(value, Tensor):
        return [value]
    found = as_list(value)
    for tensor in found:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name}: expected a tensor or a sequence of tensors, got {type(tensor).__name__}")
    return found


def as_inputs(value: Any, function: str) -> list[Any]:
    """The tensors for which gradients are asked, also as the values of a dict; raises for none, or anything else."""
    found = list(value.values()) if type(value) is dict else as_list(value)
    if not found:
        raise RuntimeError(f"'inputs' argument to {function} cannot be empty.")
    for tensor in found:
        if not isinstance(tensor, Tensor):
            kind = TypeError if tensor is value else RuntimeError
            raise kind(f"all inputs have to be Tensors, but got {type(tensor).__name__}")
    return found


def as_gradients(value: Any, count: int) -> list[Any]:
    """The gradients of `count` outputs; None stands for none for any."""
    if value is None:
        return [None] * count
    found = as_list(value)
    for gradient in found:
        if gradient is not None and not isinstance(gradient, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    if len(found) != count:
        raise RuntimeError(f"got {count} tensors and {len(found)} gradients")
    return found


def starting_gradients(
    outputs: list[Any], gradients: list[Any], create_graph: bool, argument: str
) -> list[tuple[Any, Any]]:
    """Pairs of an output's edge and its gradient, 1 for a scalar; the errors of a pass that cannot start.

    `argument` is what the caller calls the gradients.
    """
    roots: list[tuple[Any, Any]] = []
    for output, gradient in zip(outputs, gradients):
        if not output.requires_grad:
            raise RuntimeError(
                f"element {len(roots)} of tensors does not require grad and does not have a grad_fn: nothing it was "
                "computed from has requires_grad=True, or it was computed under no_grad or detached."
            )
        array = output._array
        if gradient is None:
            if array.size != 1:
                raise RuntimeError(
                    f"grad can be implicitly created only for scalar outputs, not for shape {list(array.shape)}: pass "
                    f"{argument} the gradient of what follows, of that shape; or reduce it, for example with .sum()."
                )
            if array.dtype.kind == "c":
                raise RuntimeError(
                    f"grad can be implicitly created only for real scalar outputs but got {output.dtype}"
                )
            one = np.array(1, array.dtype, ndmin=array.ndim)  # in a quarter of the time of np.ones
            roots.append((output._edge, as_plain(one) if create_graph else one))
            continue
        if gradient._array.shape != array.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{len(roots)}] has a shape of {gradient.shape} and "
                f"output[{len(roots)}] has a shape of {output.shape}."
            )
        if (gradient._array.dtype.kind == "c") != (array.dtype.kind == "c"):
            raise RuntimeError(
                f"For complex Tensors, both grad_output and output are required to have the same dtype: "
                f"grad_output[{len(roots)}] is {gradient.dtype}, output[{len(roots)}] {output.dtype}."
            )
        roots.append((output._edge, gradient if create_graph else gradient._array))
    return roots
