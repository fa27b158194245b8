"""The graph and the walk: how `backward()` works.

Each recorded op leaves a `Node`. Its edges point at what produced its inputs: another `Node` (or an `Output`, one
result of a node with several), or a leaf tensor, where a gradient ends. A node is created after its parents, so
creation order is a topological order: `walk` collects the nodes that lead to the gradients asked for, sorts them by
number, newest first, and gives each its complete gradient exactly once. There is no recursion anywhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from . import _tensor, errors
from .kernels import sums
from .modes import state

ndarray = np.ndarray
next_number: Callable[[], int] = itertools.count(1).__next__  # numbers nodes and writes on one clock

by_sequence = attrgetter("sequence")
PLAIN, OUTPUT, LEAF = range(3)  # what an edge can point at
anomaly: Any = None  # the checks of anomaly mode, while it is on


class Version:
    """Counts the in-place writes to one piece of memory; a tensor, its views and its detached twins share one.

    `written` is the clock's reading at the last write: a node made before it that kept this memory kept a value
    which is gone. A view that has seen another `count` derives its history anew.
    """

    count = written = 0
    writer = ""


class Node:
    """A recorded operation: what `Tensor.grad_fn` returns. It never holds the tensor that it produced.

    `edges` has one entry for each input that wants a gradient, and `gradients` returns as many. `shape` and `dtype`
    are the output's: a gradient that arrives is brought to them.
    """

    __slots__ = ("__weakref__", "dtype", "edges", "extras", "sequence", "shape")
    edge_kind = PLAIN
    makes_fresh_gradients = True  # `gradients` returns new arrays, or `g` itself, or views

    edges: Sequence[Any]
    extras: Extras | None  # hooks, retained gradients, a traceback: for the few nodes that have any
    sequence: int
    shape: Any
    dtype: Any

    def gradients(self, g: Any, create_graph: bool, wanted: Sequence[bool] | None) -> Sequence[Any]:
        """The gradients of the edges, given the output's; those not `wanted` may be None."""
        raise NotImplementedError

    def release(self) -> None:
        """Forgets what was kept for the backward pass."""
        raise NotImplementedError

    def set_aside(self) -> None:
        """Drops what was kept until `take_over` brings it back: checkpointing."""
        self.release()

    def take_over(self, twin: Any) -> None:
        """Takes what the twin, a node of a second run of the same function, has kept."""
        raise NotImplementedError

    def name(self) -> str:
        """The op's name as PyTorch writes it, such as `MulBackward0`."""
        raise NotImplementedError

    def outputs(self) -> int:
        """How many outputs the operation had."""
        return 1

    def wants(self) -> Sequence[bool]:
        """For each input that could have a gradient whether it wants one: for those there are edges."""
        return [True] * len(self.edges)

    def input_name(self, number: int) -> str:
        """What a message calls the input at one of the edges."""
        return f"input {number}"

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """A pair (node, output number) for each input: `AccumulateGrad` for a leaf, (None, 0) where none is wanted."""
        edges = iter(self.edges)
        return tuple(pair(next(edges)) if want else (None, 0) for want in self.wants())

    @property
    def metadata(self) -> dict[str, Any]:
        """A dictionary for notes of your own; anomaly mode puts the traceback of the forward call in it."""
        return extras(self).metadata

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(grad_inputs, grad_outputs)` after this node; what it returns replaces `grad_inputs`."""
        return RemovableHandle(extras(self).post_hooks, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(grad_outputs)` before this node; what it returns replaces `grad_outputs`."""
        return RemovableHandle(extras(self).pre_hooks, hook)

    def _sequence_nr(self) -> int:
        return self.sequence

    def __repr__(self) -> str:
        return f"<{self.name()} object at {hex(id(self))}>"


class Output:
    """The edge to one output of a node that has several."""

    __slots__ = ("dtype", "index", "node", "shape")
    edge_kind = OUTPUT

    def __init__(self, node: Node, index: int, array: Any) -> None:
        self.node, self.index, self.shape, self.dtype = node, index, array.shape, array.dtype


class AccumulateGrad(Node):
    """Where a gradient ends: the node that PyTorch shows for a leaf. Made on request; edges lead to the leaf itself."""

    __slots__ = ("variable",)

    def __init__(self, variable: Any) -> None:
        self.variable, self.edges, self.extras, self.sequence = variable, (), None, 0

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook((), (gradient,))` after the gradient was added to the leaf's `.grad`."""
        return RemovableHandle(self.variable._leaf_hooks().after, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook((gradient,))` before that; what it returns replaces the gradient."""
        return RemovableHandle(self.variable._leaf_hooks().before, hook)

    def name(self) -> str:
        return "AccumulateGrad"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AccumulateGrad) and other.variable is self.variable

    def __hash__(self) -> int:
        return hash((AccumulateGrad, id(self.variable)))


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away; usable as a `with` block.

    `extra_dict`: one or more dictionaries with further entries under the handle's `id`, which go with the hook.
    """

    _ids = itertools.count()

    def __init__(self, hooks_dict: dict[int, Any], hook: Any = None, *, extra_dict: Any = ()) -> None:
        self.dictionaries = [hooks_dict, *([extra_dict] if isinstance(extra_dict, dict) else extra_dict or ())]
        self.id = next(number for number in self._ids if number not in hooks_dict)  # a pickle may have brought some
        if hook is not None:
            hooks_dict[self.id] = hook

    def remove(self) -> None:
        """Takes the hook away; doing so twice is fine."""
        for dictionary in self.dictionaries:
            dictionary.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: Any) -> None:
        self.remove()


class Extras:
    """What only few nodes carry: hooks, by output number where they belong to a tensor, and notes."""

    def __init__(self) -> None:
        self.tensor_hooks: dict[int, dict[int, Any]] = {}
        self.retained: dict[int, Any] = {}  # output number -> weak reference to the tensor that wants its `.grad`
        self.pre_hooks: dict[int, Any] = {}
        self.post_hooks: dict[int, Any] = {}
        self.metadata: dict[str, Any] = {}


def extras(node: Node) -> Extras:
    """The node's extras, made when first asked for."""
    if node.extras is None:
        node.extras = Extras()
    return node.extras


def pair(edge: Any) -> tuple[Node, int]:
    """The node at an edge, and which of its outputs the edge is from."""
    return AccumulateGrad(edge) if edge.edge_kind == LEAF else place(edge), edge.index if type(edge) is Output else 0


def fit(g: Any, shape: tuple[int, ...]) -> Any:
    """Brings a gradient to its tensor's shape: sums over the dimensions that were broadcast, repeats those of size 1.

    The adjoint of broadcasting and of summing alike, so that no rule has to do either.
    """
    if g.ndim == 0 and type(g) is ndarray:  # a scalar loss: np.broadcast_to takes five times as long
        return ndarray(shape, g.dtype, g, 0, (0,) * len(shape))
    add_up: Any = np.sum  # which runs the other, and records it
    if type(g) is ndarray:
        add_up = sums.total
        if g.dtype.itemsize == 2:  # rounded once, when all is added up
            g = g.astype(sums.accumulator(g.dtype))
    lead = g.ndim - len(shape)
    if lead > 0:
        g = add_up(g, 0 if lead == 1 else tuple(range(lead)))
        if g.shape == shape:
            return g
    axes = [i for i, size in enumerate(g.shape) if size != 1 and shape[i - min(lead, 0)] == 1]
    if axes:
        g = add_up(g, axes[0] if len(axes) == 1 else tuple(axes), keepdims=True)
    return g if g.shape == shape else np.broadcast_to(g, shape)


def bring(g: Any, edge: Any) -> Any:
    """Brings a gradient to the shape and dtype of the tensor that an edge leads to; of a complex one that meets a real
    tensor, the real part."""
    at = edge._array if edge.edge_kind == LEAF else edge
    shape, kind = at.shape, at.dtype
    recorded = isinstance(g, _tensor.Tensor)
    array = g._array if recorded else g if type(g) is ndarray else np.asarray(g)  # NumPy's scalars, of 0-d operands
    if array.shape == shape and array.dtype is kind:
        return g if recorded else array
    if array.shape != shape:
        try:
            g = fit(g if recorded else array, shape)
        except (IndexError, RuntimeError, ValueError):
            raise RuntimeError(
                f"a rule returned an invalid gradient: got shape {list(array.shape)} but expected one compatible with "
                f"{list(shape)}, the operand's"
            ) from None
        array = g._array if recorded else np.asarray(g)  # of 16-bit floats the sum has 32
    if array.dtype == kind:
        return g if recorded else array
    from .rules.elementwise import astype  # the rules are written on top of this module

    g = astype(np.real(g) if array.dtype.kind == "c" and kind.kind != "c" else g, kind)
    return g if recorded else np.asarray(g)


def key(edge: Any) -> Any:
    """What identifies the place an edge points at."""
    return (edge.node, edge.index) if type(edge) is Output else edge


def collect(roots: Sequence[tuple[Any, Any]]) -> tuple[list[Node], dict[Any, int]]:
    """All nodes that the roots reach, newest first, and how many edges lead to each leaf."""
    seen: set[Node] = set()
    visits: dict[Any, int] = {}
    pending: list[Any] = [[edge for edge, _ in roots]]
    while pending:
        for edge in pending.pop():
            kind = edge.edge_kind
            if kind == LEAF:
                visits[edge] = visits.get(edge, 0) + 1
                continue
            node = edge if kind == PLAIN else edge.node
            if node not in seen:
                seen.add(node)
                pending.append(node.edges)
    return sorted(seen, key=by_sequence, reverse=True), visits


class Walk:
    """One backward pass.

    Without `targets` each leaf reached adds its gradient to its `.grad`. With them (edges) only the nodes on a way to
    a target run, and only targets take part. `capture` keeps their gradients in `captured` and leaves `.grad` alone.
    Gradients are raw arrays; with `create_graph` tensors, whose use of the same rules records a graph in turn.
    """

    def __init__(self, keep_graph: bool, create_graph: bool, targets: Sequence[Any] | None, capture: bool) -> None:
        self.keep_graph, self.create_graph, self.capture = keep_graph, create_graph, capture
        self.targets = None if targets is None else {key(target) for target in targets}
        self.captured: dict[Any, Any] = {}
        self.finished: list[tuple[Any, Any]] = []  # leaves with their gradients, added only when nothing can fail

    def run(self, roots: Sequence[tuple[Any, Any]]) -> dict[Any, Any]:
        """Sends the roots' gradients, pairs (edge, gradient), back to the leaves."""
        order, self.visits = collect(roots)
        self.buffer: dict[Any, Any] = {}  # node, or leaf -> the gradient that has arrived so far
        useful = None if self.targets is None else self.leading_to_targets(order)
        recording, state.recording = state.recording, self.create_graph
        try:
            self.pass_through(order, useful, roots)
        finally:
            state.recording = recording
        return self.captured

    @np.errstate(all="ignore")
    def pass_through(self, order: list[Node], useful: set[Node] | None, roots: Sequence[tuple[Any, Any]]) -> None:
        """Gives each node its gradient, newest first."""
        buffer, visits, arrived = self.buffer, self.visits, self.buffer.get
        for edge, g in roots:
            self.arrive(edge, g, False)
        for node in order:
            g = buffer.pop(node, None)
            if g is None:
                continue
            if node.extras is not None:
                g = self.pass_tensors(node, g)
            wanted = None
            if useful is not None:
                self.catch(node, g)
                if node not in useful:
                    continue
                wanted = [key(edge) in self.targets or place(edge) in useful for edge in node.edges]  # type: ignore
            if node.extras is not None and node.extras.pre_hooks:
                g = run_hooks_before(node, g)
                if g is None:
                    continue
            try:
                results = node.gradients(g, self.create_graph, wanted)
                if node.extras is not None and node.extras.post_hooks:
                    results = run_hooks_after(node, results, g)
                if anomaly is not None:
                    anomaly.check_backward(node, results)
                if not self.keep_graph:
                    node.release()
                owned = node.makes_fresh_gradients and node.extras is None
                for edge, result in zip(node.edges, results):
                    fresh, kind = owned and result is not g, edge.edge_kind
                    if type(result) is ndarray and kind != OUTPUT:  # `arrive`, spelled out for speed
                        at = edge if kind == PLAIN else edge._array
                        if result.shape != at.shape or result.dtype is not at.dtype:
                            given, result = result, bring(result, edge)
                            fresh = fresh or result is not given
                        old = arrived(edge)
                        if kind == PLAIN or visits[edge] > 1:
                            if kind == LEAF:
                                visits[edge] -= 1
                            buffer[edge] = result if old is None else total(old, result)
                            continue
                        if old is None:
                            self.finish(edge, result, fresh and result.base is None)
                            continue
                    if result is not None:
                        self.arrive(edge, result, fresh)
            except Exception as error:
                errors.note_backward(error, node)
                raise
        for leaf in list(buffer):  # leaves that a node without a gradient would have reached as well
            self.finish(leaf, buffer.pop(leaf), False)
        for leaf, g in self.finished:
            leaf._accumulate(g, self.create_graph)

    def leading_to_targets(self, order: list[Node]) -> set[Node]:
        """The nodes on a way from the roots to a target."""
        useful: set[Node] = set()
        for node in reversed(order):
            if any(key(edge) in self.targets or place(edge) in useful for edge in node.edges):  # type: ignore[operator]
                useful.add(node)
        return useful

    def arrive(self, edge: Any, g: Any, fresh: bool) -> None:
        """A gradient reaches an edge: it is brought to the shape and dtype there and added to what came before."""
        g, kind = bring(g, edge), edge.edge_kind
        if kind == OUTPUT:
            slots = self.buffer.setdefault(edge.node, [None] * edge.node.outputs())
            slots[edge.index] = g if slots[edge.index] is None else total(slots[edge.index], g)
            return
        old = self.buffer.get(edge)
        if old is not None:
            g = total(old, g)
        if kind == LEAF:
            visits = self.visits[edge] = self.visits[edge] - 1
            if not visits:
                self.buffer.pop(edge, None)
                self.finish(edge, g, (fresh or old is not None) and getattr(g, "_array", g).base is None)
                return
        self.buffer[edge] = g

    def finish(self, leaf: Any, g: Any, owned: bool) -> None:
        """A leaf's gradient is complete. The leaf shall own it: what it does not, it gets a copy of."""
        if (self.targets is not None and leaf not in self.targets) or not leaf._requires_grad:
            return
        if leaf._source is not None and not self.capture:
            raise RuntimeError(
                f"leaf variable has been moved into the graph interior: a tensor {list(leaf.shape)} was a leaf when it "
                "was used, and has been written to since. Give the write a clone() of it."
            )
        if leaf._hooks is not None:
            g, owned = leaf._gradient_arrived(g), False
        if not owned:
            g = duplicate(g)
        if self.capture:
            self.captured[leaf] = g
        else:
            self.finished.append((leaf, g))

    def pass_tensors(self, node: Node, g: Any) -> Any:
        """The hooks of the tensors that the node produced, and the tensors among them that retain their gradient."""
        more = node.extras
        assert more is not None
        parts = list(g) if type(g) is list else [g]
        for index, hooks in more.tensor_hooks.items():
            if parts[index] is not None:
                parts[index] = call_hooks(hooks, parts[index])
        for index, reference in more.retained.items():
            tensor = reference()
            if tensor is not None and parts[index] is not None:
                self.finished.append((tensor, duplicate(parts[index])))
        return parts if type(g) is list else parts[0]

    def catch(self, node: Node, g: Any) -> None:
        """Keeps the gradient of a target that is not a leaf."""
        if node in self.targets:  # type: ignore[operator]
            self.captured[node] = duplicate(g)
        elif type(g) is list:
            for index, part in enumerate(g):
                if (node, index) in self.targets and part is not None:  # type: ignore[operator]
                    self.captured[node, index] = duplicate(part)


def total(g: Any, h: Any) -> Any:
    """The sum of two gradients; of two 0-d arrays NumPy makes a scalar, which is made an array again."""
    result = g + h
    return np.asarray(result) if isinstance(result, np.generic) else result


def duplicate(g: Any) -> Any:
    """A copy of a gradient that shares no memory with it."""
    return g.copy() if type(g) is ndarray else g.clone()


def place(edge: Any) -> Any:
    """The node or leaf at an edge."""
    return edge.node if type(edge) is Output else edge


def run_hooks_before(node: Node, g: Any) -> Any:
    """The node's pre-hooks, which see and may replace the gradients that reached it."""
    assert node.extras is not None
    parts = list(g) if type(g) is list else [g]
    for hook in list(node.extras.pre_hooks.values()):
        new = hook(tuple(map(_tensor.as_plain, parts)))
        if new is not None:
            check_count(hook, new, len(parts))
            parts = [like(one, old, hook) for one, old in zip(new, parts)]
    return parts if type(g) is list else parts[0]


def run_hooks_after(node: Node, results: Sequence[Any], g: Any) -> Sequence[Any]:
    """The node's post-hooks, which see and may replace the gradients it computed: one for each operand, None for one
    that wants none."""
    outputs = tuple(map(_tensor.as_plain, g if type(g) is list else [g]))
    results = [None if result is None else bring(result, edge) for result, edge in zip(results, node.edges)]
    wants = node.wants()
    assert node.extras is not None
    for hook in list(node.extras.post_hooks.values()):
        given = iter(results)
        new = hook(tuple(_tensor.as_plain(next(given)) if want else None for want in wants), outputs)
        if new is not None:
            check_count(hook, new, len(wants))
            chosen = [one for one, want in zip(new, wants) if want]
            results = [like(one, old, hook) for one, old in zip(chosen, results)]
    return results


def check_count(hook: Any, new: Any, count: int) -> None:
    """Raises unless a node's hook returned as many gradients as it got."""
    name = getattr(hook, "__name__", type(hook).__name__)
    if not isinstance(new, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(new).__name__}': {name} of {count} gradients")
    if len(new) != count:
        raise RuntimeError(
            f"hook '{name}' has returned an incorrect number of values (got {len(new)}, but expected {count})"
        )


def call_hooks(hooks: dict[int, Any], g: Any) -> Any:
    """Calls hooks, each with what the one before made of the gradient."""
    for hook in list(hooks.values()):
        new = hook(_tensor.as_plain(g))
        if new is not None:
            g = like(new, g, hook)
    return g


def like(new: Any, old: Any, hook: Any) -> Any:
    """What a hook made of the gradient `old`, in the form, raw or tensor, that the walk is using."""
    if new is None:
        return None
    name = getattr(hook, "__name__", type(hook).__name__)
    if not isinstance(new, _tensor.Tensor):
        raise TypeError(f"expected a Tensor or None, but hook '{name}' returned '{type(new).__name__}'")
    if old is None:
        raise RuntimeError(f"can't replace a None gradient with a non-None value (hook '{name}')")
    array = old if type(old) is ndarray else old._array
    if new._array.dtype != array.dtype:
        raise RuntimeError(f"hook '{name}' has changed the type of value (was {array.dtype} got {new._array.dtype})")
    if new._array.shape != array.shape:
        raise RuntimeError(
            f"hook '{name}' has changed the size of value (was {list(array.shape)} got {list(new._array.shape)})"
        )
    return new._array if type(old) is ndarray else new
