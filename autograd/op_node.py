"""The node of an op: what it kept of a call, and how its rules turn the output's gradient into the operands'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from . import graph
from ._tensor import Tensor, as_plain, wrap
from .graph import Node, Output, Version

if TYPE_CHECKING:
    from .op import Op

ndarray = np.ndarray
UNWATCHED = Version()  # of a kept array that came without a tensor: nobody counts its writes


def fetch(positions: Sequence[int]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that takes these positions out of a sequence, as a tuple."""
    if len(positions) > 1:
        return itemgetter(*positions)
    return itemgetter(slice(positions[0], positions[0] + 1))


class Plan:
    """What one op does for one pattern of arguments that want a gradient: what to keep, and which rules to run."""

    __slots__ = ("active", "keep", "names", "op", "operands", "out", "rules", "shapes", "versioned")

    def __init__(self, op: Op, active: Sequence[int]) -> None:
        self.op, self.active = op, active
        self.operands: Sequence[int] = [i for i, name in enumerate(op.names) if name in op.rule_of]
        asked = [rule_needs(op.rule(i)) for i in active]
        scope = [*op.names, "out", *[name + "_shape" for name in op.names]]
        self.names = sorted({name for names in asked for name in names}, key=scope.index)
        shapes = [name for name in self.names if name.endswith("_shape")]
        self.shapes = [op.names.index(name[: -len("_shape")]) for name in shapes]
        layout = [*op.names, "out", *shapes]  # of the values that the recorder has to choose from
        at = {name: layout.index(name) for name in self.names}
        self.keep = fetch([at[name] for name in self.names]) if self.names else None
        self.rules = [(op.rule(i), tuple(self.names.index(n) for n in names)) for i, names in zip(active, asked)]
        self.out = "out" in at
        self.versioned = [at[name] for name in self.names if at[name] < len(op.names)]


def rule_needs(rule: Any) -> tuple[str, ...]:
    """The names a rule asks for besides `g`."""
    code = rule.__code__
    names = code.co_varnames[: code.co_argcount]
    assert names[0] == "g", f"a rule's first argument is g, not {names[0]}"
    return tuple(name for name in names[1:] if name != "i")  # a variadic op's rule is told the operand's number


def for_operand(rule: Any, i: int) -> Callable[..., Any]:
    """A variadic op's rule, `rule(g, i, ...)`, for operand number `i`."""
    return lambda g, *kept: rule(g, i, *kept)


class OpNode(Node):
    """The node of a call of an `Op`."""

    __slots__ = ("kept", "plan", "versions")
    plan: Plan
    kept: Any
    versions: Any

    def gradients(self, g: Any, create_graph: bool, wanted: Sequence[bool] | None) -> list[Any]:
        kept = self.kept
        if self.versions:
            if kept is None:
                check_versions(self, kept)
            for version in self.versions:  # spelled out for speed: it raises if this memory was written to since
                if version.written > self.sequence:
                    check_versions(self, kept)
        kind = self.dtype
        if self.shape is None:  # several outputs: those that nothing used have no gradient
            like = Tensor if create_graph else None
            g = [zeros(shape, kind, like) if part is None else part for part, (shape, kind) in zip(g, self.dtype)]
            kind = kind[0][1]
        if create_graph and kept is not None:
            kept = self.tensors(kept)
        rules = self.plan.rules
        if wanted is not None:
            rules = [rule if want else (nothing, ()) for rule, want in zip(rules, wanted)]
        if kind.kind == "c" and self.plan.op.holomorphic:
            # a rule multiplies by the derivative, PyTorch's convention by its conjugate
            g = [np.conjugate(part) for part in g] if type(g) is list else np.conjugate(g)
            results = [rule(g, *[kept[i] for i in needs]) for rule, needs in rules]
            return [None if result is None else np.conjugate(result) for result in results]
        results = []
        for rule, needs in rules:
            if len(needs) == 1:  # spelled out for speed
                results.append(rule(g, kept[needs[0]]))
            else:
                results.append(rule(g, *[kept[i] for i in needs]) if needs else rule(g))
        return results

    def tensors(self, kept: Sequence[Any]) -> list[Any]:
        """What was kept, as tensors with their place in the graph, so that using them in a rule is recorded.

        They share the counters of the memory: what the rule records notices later writes as well.
        """
        op = self.plan.op
        edges = dict(zip(self.plan.active, self.edges))  # by the number of the argument, or of a variadic op's operand
        counters = iter(self.versions or ())
        values = []
        for name, value in zip(self.plan.names, kept):
            if name == "out" and self.shape is None:
                value = tuple(tensor_of(part, Output(self, i, part), next(counters)) for i, part in enumerate(value))
            elif name == "out":
                value = tensor_of(value, self, next(counters))
            elif op.variadic and name == op.names[0]:
                value = [tensor_of(item, edges.get(i), next(counters)) for i, item in enumerate(value)]
            elif type(value) is ndarray and name in op.names:
                edge = None if op.variadic else edges.get(op.names.index(name))
                value = tensor_of(value, edge, next(counters))
            values.append(value)
        return values

    def release(self) -> None:
        if self.versions:
            self.kept = None

    def wants(self) -> list[bool]:
        return [i in self.plan.active for i in self.plan.operands]

    def take_over(self, twin: Any) -> None:
        self.kept = twin.kept

    def name(self) -> str:
        return self.plan.op.grad_name

    def outputs(self) -> int:
        return 1 if self.shape is not None else len(self.dtype)

    def input_name(self, number: int) -> str:
        op, index = self.plan.op, self.plan.active[number]
        return f"{op.names[0]}[{index}]" if op.variadic else op.names[index]

    def saved(self) -> dict[str, Any]:
        """What the node keeps for its rules, by the rules' names for it (PyTorch's `_saved_*` attributes)."""
        if self.versions and self.kept is None:
            raise RuntimeError(f"{self.name()}: saved values have been freed")
        return {name: as_plain(value) for name, value in zip(self.plan.names, self.kept or ())}


def check_versions(node: Any, kept: Any) -> None:
    """Raises if what a node kept is gone: freed by a first backward, or overwritten in place since."""
    if kept is None:
        raise RuntimeError(
            f"Trying to backward through the graph a second time (at {node.name()}), but its saved values have been "
            "freed. Compute the loss anew, and detach() what is carried over from an earlier step, such as a recurrent "
            "state; or specify retain_graph=True for the first backward."
        )
    for version in node.versions:
        if version.written > node.sequence:
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an inplace operation: "
                f"{node.name()} (output {list(node.shape or ())}) kept it for its gradient, and "
                f"{version.writer or 'an in-place operation'} overwrote it afterwards (it is at version "
                f"{version.count} now). Use the out-of-place form of that operation, or give it a clone()."
            )


def shape_of(value: Any) -> Any:
    """An argument's shape; for a variadic op's list, the shapes of its items."""
    if type(value) is ndarray:  # np.shape takes three times as long
        return value.shape
    return [np.shape(item) for item in value] if type(value) is list else np.shape(value)


def nothing(g: Any) -> None:
    """The rule of an argument whose gradient nobody asked for."""


def zeros(shape: tuple[int, ...], kind: Any, like: Any) -> Any:
    """A gradient of zeros, raw or as a tensor."""
    array = np.zeros(shape, kind)
    return array if like is None else wrap(array)


def tensor_of(array: Any, edge: Any, counter: Any) -> Any:
    """A kept array as a tensor that takes the kept argument's place in the graph and shares the counter of its memory.

    Indices and masks stay arrays, and so does what never was a tensor.
    """
    if array.dtype.kind not in "fcV" or (edge is None and counter is UNWATCHED):
        return array
    if edge is not None and edge.edge_kind == graph.LEAF:  # a leaf ends a graph and cannot stand in the middle of one
        return as_new_node(array, edge, counter)
    tensor = wrap(array)
    tensor._requires_grad, tensor._source, tensor._counter = edge is not None, edge, counter
    return tensor


def as_new_node(array: Any, edge: Any, counter: Any) -> Any:
    """A tensor of a kept array behind an identity of its own, which leads to `edge`."""
    from .op import identity  # ops are written on top of this module

    tensor = wrap(array)
    identity.record(tensor, (), [array], [edge], identity.plan(1))
    tensor._counter = counter
    return tensor
