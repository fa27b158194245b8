"""Trading time for memory: what a part of the model keeps for the backward pass is dropped, and computed again then.

    y = checkpoint(block, x, use_reentrant=False)

The part is recorded as usual. Then its nodes let go of the arrays they kept; the graph itself stays, and with it hooks
and the edges to every parameter. When the backward pass reaches the first of those nodes, the part is run once more,
and each node takes over what its twin, the node in the same place of the second run, has kept.
"""

from __future__ import annotations

import contextlib
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any

from .._tensor import Tensor
from ..backward import backward
from ..casting import without_cache
from ..function import Function
from ..graph import Node, Output, extras, next_number
from ..modes import enable_grad, state
from ..random import fork_rng, get_rng_state, set_rng_state


class CheckpointError(RuntimeError):
    """The second run of a checkpointed function did not do what the first one did."""


def noop_context_fn() -> tuple[Any, Any]:
    """The default `context_fn`: two contexts that change nothing."""
    return contextlib.nullcontext(), contextlib.nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)`, whose intermediate values are not kept but computed again in the backward pass.

    `preserve_rng_state`: the second run draws the same random numbers. `context_fn` returns two context managers, for
    the first run and for the second. `determinism_check="none"` leaves out the comparison of the two runs, without
    which a difference is a `CheckpointError`. `debug` and `early_stop` change nothing.

    `use_reentrant=False`, which is also meant by None, works with everything. The other form is PyTorch's older one:
    the whole part is one node, at least one argument must require a gradient, and `grad()` is refused.

    >>> import autograd
    >>> from autograd.utils.checkpoint import checkpoint
    >>> x = autograd.tensor(2.0, requires_grad=True)
    >>> checkpoint(lambda x: x * x * x, x, use_reentrant=False).backward()
    >>> x.grad
    tensor(12.)
    """
    if determinism_check not in ("default", "none"):
        raise ValueError(f'determinism_check must be "default" or "none", not {determinism_check!r}')
    if use_reentrant:
        if kwargs:
            raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs)}")
        if context_fn is not noop_context_fn or debug:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve_rng_state, *args)
    first, second = context_fn()
    if not state.recording:
        with first:
            return function(*args, **kwargs)
    part = Part(function, args, kwargs, get_rng_state() if preserve_rng_state else None, second)
    part.compare = determinism_check == "default"
    with first, part.autocast:
        result = function(*args, **kwargs)
    part.set_aside(result)
    return result


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, *, preserve_rng_state: bool = True
) -> Any:
    """Runs `functions` (a list, or a `Sequential`) one after the other, checkpointing all but the last of `segments`.

    >>> import autograd
    >>> from autograd.utils.checkpoint import checkpoint_sequential
    >>> x = autograd.ones(1, requires_grad=True)
    >>> checkpoint_sequential([autograd.exp, autograd.log], 2, x, use_reentrant=False).backward()
    >>> x.grad
    tensor([1.])
    """
    functions = list(functions.children()) if hasattr(functions, "children") else list(functions)

    def segment(start: int, end: int | None) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for function in functions[start:end]:
                x = function(x)
            return x

        return run

    size = len(functions) // segments
    last = size * (segments - 1)
    for start in range(0, last, size or 1):
        input = checkpoint(
            segment(start, start + size), input, use_reentrant=use_reentrant, preserve_rng_state=preserve_rng_state
        )
    return segment(last, None)(input)


class Part:
    """One checkpointed call: what is needed to run it again, and the nodes that forgot what they kept.

    The nodes hold the part, by a hook that runs before them; the part knows them by weak references only. A part
    within a part loses its arguments (`call`) as well, and gets them back when the outer one has run again.
    """

    def __init__(self, function: Any, args: Any, kwargs: Any, rng: Any, context: Any) -> None:
        self.function, self.rng, self.context = function, rng, context
        self.number, self.autocast = next_number(), without_cache()
        self.versions = [tensor._start_counter() for tensor in tensors_in((args, kwargs))]
        self.call: Any = [apart(arg) for arg in args], {name: apart(arg) for name, arg in kwargs.items()}
        self.compare = True
        self.nodes: list[Any] = []
        self.outer: Part | None = None
        self.done = False

    def set_aside(self, result: Any) -> None:
        """Lets the nodes that lead to the result drop what they kept."""
        for node in made_since(self.number, result):
            self.nodes.append((weakref.ref(node), signature(node)))
            inner = part_of(node)
            if inner is None:
                node.set_aside()
                extras(node).metadata["checkpoint"] = self
                node.register_prehook(self.run_again)
            else:
                inner = outermost(inner, self)
                inner.outer, inner.call = self, None

    def run_again(self, _: Any) -> None:
        """Gives the nodes back what they had kept: a hook that runs before each of them."""
        if self.done:
            return
        if self.call is None:
            assert self.outer is not None
            self.outer.run_again(None)
        if any(version.written > self.number for version in self.versions):
            raise RuntimeError(
                "an argument of checkpoint() has been modified by an inplace operation, so that what was computed from "
                "it cannot be computed again. Use the out-of-place form, or give checkpoint() a clone()."
            )
        args, kwargs = self.call
        number = next_number()
        with random_numbers_from(self.rng), self.context, self.autocast, enable_grad():
            twins = made_since(number, self.function(*args, **kwargs))
        if self.compare:
            self.check(twins)
        for (reference, _), twin in zip(self.nodes, twins):
            node = reference()
            if node is None:
                continue
            part = part_of(node)
            if part is self:
                node.take_over(twin)
            else:
                outermost(part, self).resume(outermost(part_of(twin), None))
        self.done, self.call, self.function = True, None, None

    def resume(self, twin: Part) -> None:
        """Takes over what the twin, from a second run of the outer part, needs to run again."""
        self.call, self.versions, self.number, self.rng = twin.call, twin.versions, twin.number, twin.rng

    def check(self, twins: Sequence[Node]) -> None:
        """`CheckpointError` if the second run recorded other operations than the first."""
        first, second = [signature for _, signature in self.nodes], [signature(twin) for twin in twins]
        for number, (one, other) in enumerate(zip(first, second)):
            if one != other:
                raise CheckpointError(
                    f"checkpoint: the function is not deterministic: operation {number} was {one} when it ran first "
                    f"and {other} when it ran again. What it does may only depend on its arguments."
                )
        if len(first) != len(second):
            raise CheckpointError(
                f"checkpoint: the function is not deterministic: it recorded {len(first)} operations when it ran first "
                f"and {len(second)} when it ran again. What it does may only depend on its arguments."
            )


def part_of(node: Node) -> Any:
    """The innermost checkpointed call that a node belongs to, or None."""
    return None if node.extras is None else node.extras.metadata.get("checkpoint")


def outermost(part: Part, within: Part | None) -> Part:
    """The largest part around `part` that is smaller than `within`."""
    while part.outer is not None and part.outer is not within:
        part = part.outer
    return part


def signature(node: Node) -> tuple[Any, ...]:
    """What is the same for the same operation in two runs."""
    return node.name(), node.shape, node.dtype


def tensors_in(value: Any) -> Iterator[Tensor]:
    """The tensors in a value, also in lists, tuples and dictionaries."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        yield from tensors_in(list(value.values()))


def made_since(number: int, result: Any) -> list[Node]:
    """The nodes made after that number which lead to the tensors in a result, oldest first."""
    found: set[Node] = set()
    edges = [tensor._edge for tensor in tensors_in(result)]
    while edges:
        edge = edges.pop()
        node = edge.node if isinstance(edge, Output) else edge
        if isinstance(node, Node) and node.sequence > number and node not in found:
            found.add(node)
            edges.extend(node.edges)
    return sorted(found, key=attrgetter("sequence"))


def apart(value: Any) -> Any:
    """A tensor without its history, anything else as it is."""
    return value.detach().requires_grad_(value.requires_grad) if isinstance(value, Tensor) else value


@contextlib.contextmanager
def random_numbers_from(rng: Any) -> Iterator[None]:
    """Draws random numbers from that state on, and goes on from today's afterwards; None changes nothing."""
    with fork_rng(enabled=rng is not None):
        if rng is not None:
            set_rng_state(rng)
        yield


class CheckpointFunction(Function):
    """The reentrant form: one node, whose backward runs the function again and sends a backward pass through that."""

    @staticmethod
    def forward(ctx: Any, function: Any, preserve_rng_state: bool, *args: Any) -> Any:
        if not any(isinstance(arg, Tensor) and arg.requires_grad for arg in args):
            warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=3)
        ctx.function, ctx.args = function, [None if isinstance(arg, Tensor) else arg for arg in args]
        ctx.rng, ctx.autocast = get_rng_state() if preserve_rng_state else None, without_cache()
        ctx.save_for_backward(*[arg if isinstance(arg, Tensor) else None for arg in args])
        return function(*args)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        if ctx.targets_given:
            raise RuntimeError(
                "When use_reentrant=True, checkpoint is incompatible with .grad() or passing an `inputs` parameter to "
                ".backward(). To resolve this error, you can either set use_reentrant=False, or call .backward() "
                "without passing the `inputs` argument."
            )
        args = [arg if saved is None else apart(saved) for arg, saved in zip(ctx.args, ctx.saved_tensors)]
        with random_numbers_from(ctx.rng), ctx.autocast, enable_grad():
            outputs = ctx.function(*args)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [(o, g) for o, g in zip(outputs, gradients) if isinstance(o, Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([o for o, _ in pairs], [g for _, g in pairs])
        return None, None, *[arg.grad if isinstance(arg, Tensor) else None for arg in args]
