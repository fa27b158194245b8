"""Fused ops: a definition, which is the meaning, and a kernel, which is the speed.

The definition composes other ops. The kernel is a pair of functions of raw arrays:

    forward(*arguments) -> output, residuals
    backward(g, residuals, needs) -> a gradient, or None, for each argument

where `needs` says which gradients are wanted. A plain backward runs the kernel; under `create_graph` the definition
is differentiated instead, so that derivatives of every order are right without another line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import graph
from ._tensor import Tensor, as_plain, wrap
from .graph import Node, Version, Walk, key, next_number
from .modes import enable_grad, state
from .op import Op
from .op_node import UNWATCHED, as_new_node, check_versions, tensor_of

ndarray = np.ndarray


class FusedNode(Node):
    """The node of a call of a fused op: the arguments for the definition, the residuals for the kernel."""

    __slots__ = ("active", "arguments", "op", "operands", "residuals", "versions")
    op: Fused
    arguments: Any
    residuals: Any
    active: list[int]
    operands: list[int]  # the arguments that could have a gradient
    versions: list[Version]

    def gradients(self, g: Any, create_graph: bool, wanted: Sequence[bool] | None) -> list[Any]:
        check_versions(self, self.arguments)
        if create_graph:
            return self.differentiate(g)
        needs = [False] * len(self.arguments)
        for at, index in enumerate(self.active):
            needs[index] = wanted is None or wanted[at]
        results = self.op.backward(g, self.residuals, needs)
        return [results[index] for index in self.active]

    def differentiate(self, g: Any) -> list[Any]:
        """The gradients through the definition, recorded. Identities stand between it and the graph before it."""
        arguments = list(self.arguments)
        edges = dict(zip(self.active, self.edges))
        counters = iter(self.versions)
        for index, value in enumerate(arguments):
            if index in edges:
                arguments[index] = as_new_node(value, edges[index], next(counters))
            elif isinstance(value, ndarray):
                arguments[index] = tensor_of(value, None, next(counters))
        with enable_grad():
            out = self.op.definition(*arguments)
            targets = [arguments[index]._edge for index in self.active]
            found = Walk(True, True, targets, capture=True).run([(out._edge, g)])
        return [found.get(key(target)) for target in targets]

    def wants(self) -> list[bool]:
        return [i in self.active for i in self.operands]

    def release(self) -> None:
        self.arguments = self.residuals = None

    def take_over(self, twin: Any) -> None:
        self.arguments, self.residuals = twin.arguments, twin.residuals

    def name(self) -> str:
        return self.op.grad_name

    def input_name(self, number: int) -> str:
        return self.op.names[self.active[number]]

    def saved(self) -> dict[str, Any]:
        """What the node keeps, by the names of the op's arguments."""
        if self.arguments is None:
            raise RuntimeError(f"{self.name()}: saved values have been freed")
        return {name: as_plain(value) for name, value in zip(self.op.names, self.arguments)}


class Fused(Op):
    """An op with a kernel and a definition; see the module's docstring."""

    def __init__(self, name: str, definition: Callable[..., Any], forward: Callable[..., Any], backward: Any) -> None:
        code = forward.__code__
        names = code.co_varnames[: code.co_argcount]
        super().__init__(forward, name, names, forward.__defaults__ or (), view=False, holomorphic=True)
        self.definition, self.backward = definition, backward

    def __call__(self, *args: Any) -> Any:
        if len(args) != len(self.names):
            args = self.complete(args)
        arrays = [a._array if isinstance(a, Tensor) else a for a in args]
        if not any(isinstance(a, Tensor) for a in args):
            return self.forward(*arrays)[0]
        try:
            result, residuals = state.run(self.forward, *arrays)
        except Exception as error:
            result, residuals = self.after(error, args, arrays)
        out = wrap(np.asarray(result))
        active = [i for i, a in enumerate(args) if isinstance(a, Tensor) and a.requires_grad]
        if active and state.recording:
            node: Any = FusedNode()
            node.op, node.arguments, node.residuals, node.active = self, arrays, residuals, active
            node.operands = [i for i, a in enumerate(arrays) if isinstance(a, ndarray) and a.dtype.kind in "fcV"]
            node.edges, node.extras = [args[i]._edge for i in active], None
            node.versions = [
                a._start_counter() if isinstance(a, Tensor) else UNWATCHED
                for a in args
                if isinstance(a, (Tensor, ndarray))
            ]
            node.sequence, node.shape, node.dtype = next_number(), out._array.shape, out._array.dtype
            out._requires_grad, out._source = True, node
            if graph.anomaly is not None:
                graph.anomaly.check_forward(node, args, out._array)
        return out
