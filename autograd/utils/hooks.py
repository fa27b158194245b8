"""The hooks' machinery: handles, and the nodes that tell a module when its backward pass begins and ends."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from ..function import Function
from ..graph import RemovableHandle as RemovableHandle
from ..modes import state


class BackwardHookFunction(Function):
    """The identity of several tensors: a node that all their gradients pass together."""

    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.mark_non_differentiable(*[tensor for tensor in tensors if not tensor.requires_grad])
        return tensors

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, ...]:
        return gradients


def gate(values: tuple[Any, ...]) -> tuple[Any, Any, list[int]]:
    """The values with the tensors among them led through one node; the node, None if no gradient is wanted; and where
    the tensors are."""
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
    if not (state.recording and any(values[i].requires_grad for i in places)):
        return values, None, places
    passed = BackwardHookFunction.apply(*[values[i] for i in places])
    replaced = list(values)
    for i, tensor in zip(places, passed):
        replaced[i] = tensor
    node = next(tensor.grad_fn for tensor in passed if tensor.grad_fn is not None)
    return (tuple(replaced) if type(values) is tuple else type(values)(*replaced)), node, places


class BackwardHook:
    """One call of a module that has backward hooks: its arguments and its results pass through a node each.

    In the backward pass the pre-hooks are called when the results' gradients are there, and the hooks when the
    arguments' are. If no argument wants a gradient the hooks are called at once, with None for each.
    """

    def __init__(self, module: Any, user_hooks: Sequence[Callable[..., Any]], user_pre_hooks: Sequence[Any]) -> None:
        self.module, self.user_hooks, self.user_pre_hooks = module, user_hooks, user_pre_hooks
        self.grad_outputs: tuple[Any, ...] | None = None  # in the backward pass, between results and arguments
        self.inputs_wanted = False
        self.unwanted: dict[int, Any] = {}  # the shape and dtype of the arguments whose gradient nobody wants
        self.input_places: Sequence[int] = ()
        self.output_places: Sequence[int] = ()
        self.input_count = self.output_count = 0

    def setup_input_hook(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, whose gradients will be seen."""
        args, node, self.input_places = gate(args)
        for i in self.input_places:
            if not args[i].requires_grad:
                self.unwanted[i] = args[i]._array.shape, args[i]._array.dtype
        self.input_count, self.inputs_wanted = len(args), node is not None
        if node is not None:
            node.register_hook(self.at_inputs)
        return args

    def setup_output_hook(self, result: Any) -> Any:
        """The result, whose gradients will be seen."""
        results, node, self.output_places = gate(result if isinstance(result, tuple) else (result,))
        self.output_count = len(results)
        if node is not None:
            node.register_hook(self.at_outputs)
        return results if isinstance(result, tuple) else results[0]

    def at_outputs(self, gradients: Sequence[Any], grad_outputs: Sequence[Any]) -> tuple[Any, ...]:
        """The results' gradients have arrived; what the pre-hooks make of them goes on."""
        found = dict(zip(self.output_places, grad_outputs))
        given = tuple(found.get(i) for i in range(self.output_count))
        for hook in self.user_pre_hooks:
            given = replaced(given, hook(self.module, given), "Backward pre hook", "grad_output")
        if self.inputs_wanted:
            self.grad_outputs = given
        else:
            self.without_inputs(given)
        return tuple(given[i] for i in self.output_places)

    def without_inputs(self, grad_outputs: tuple[Any, ...]) -> None:
        """Calls the hooks where no argument will have a gradient."""
        if self.user_hooks:
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module outputs since no "
                f"inputs require gradients: {type(self.module).__name__} gets (None, ...) for grad_input.",
                stacklevel=2,
            )
        for hook in self.user_hooks:
            new = hook(self.module, (None,) * self.input_count, grad_outputs)
            if new is not None and not (isinstance(new, tuple) and all(gradient is None for gradient in new)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    "all gradients."
                )

    def at_inputs(self, gradients: Sequence[Any], grad_outputs: Sequence[Any]) -> tuple[Any, ...] | None:
        """The arguments' gradients are there; what the hooks make of them goes on."""
        if self.grad_outputs is None:  # they came by another way than the results, as in a second derivative
            return None
        found = dict(zip(self.input_places, gradients))
        found.update({i: wrap(np.zeros(*kind)) for i, kind in self.unwanted.items()})
        given = tuple(found.get(i) for i in range(self.input_count))
        outputs, self.grad_outputs = self.grad_outputs, None
        for hook in self.user_hooks:
            given = replaced(given, hook(self.module, given, outputs), "Backward hook", "grad_input")
        return tuple(given[i] for i in self.input_places)


def replaced(given: tuple[Any, ...], new: Any, kind: str, what: str) -> tuple[Any, ...]:
    """The gradients after a hook that returned `new`."""
    if new is None:
        return given
    new = (new,) if isinstance(new, Tensor) else new
    if len(new) != len(given):
        raise RuntimeError(
            f"{kind} returned an invalid number of {what}, got {len(new)}, but expected {len(given)}: one for each "
            "positional argument or result of the module, None where there is none"
        )
    return tuple(new)
