"""Functions with a backward of your own: `Function`, its context, and the node that calls it in a backward pass."""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import graph, views
from ._tensor import Tensor, as_plain, wrap
from .graph import LEAF, Node, Output, Version, next_number
from .modes import no_grad, state
from .rules.shaping import reshape

NoneType = type(None)


class FunctionCtx:
    """What `forward` and `backward` share: the first argument of both. Attributes of your own are welcome."""

    needs_input_grad: tuple[bool, ...] = ()  # for each argument of `forward`, whether it requires a gradient
    materialize_grads = True
    to_save: Sequence[Any] = ()
    dirty_tensors: Sequence[Any] = ()
    non_differentiable: Sequence[Any] = ()

    targets_given = False  # whether the backward pass is one for chosen inputs only
    _saved: Any = ()  # the tensors in keeping; None once they were freed
    _node: Any = None  # a weak reference, so that dropping the result frees the graph without the garbage collector

    def save_for_backward(self, *tensors: Any) -> None:
        """Keeps inputs, outputs or intermediate tensors (or None) for `backward`, which finds them in `saved_tensors`.

        One that is written to before `backward` runs is an error there; an attribute of `ctx` has no such check.
        """
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Does nothing: it serves forward-mode differentiation, which does not exist here."""

    def mark_dirty(self, *tensors: Any) -> None:
        """Says which inputs `forward` wrote to. Each of them must be among the outputs."""
        self.dirty_tensors = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Says which outputs have no gradient. Outputs of integer or bool dtype never have one."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether the gradient of an output that nothing used comes as zeros (the default) or as None."""
        self.materialize_grads = value

    def _keep(self, node: FunctionNode, own: dict[int, int], as_is: set[int]) -> None:
        """Takes what is to be saved into keeping; `own` numbers the outputs, `as_is` are inputs that were returned."""
        if as_is and node.function.has_setup_context() and any(id(tensor) in as_is for tensor in self.to_save):
            raise RuntimeError(
                f"{node.function.__name__}: A input that has been returned as-is as output is being saved for "
                "backward, which setup_context cannot do. You should return and save a view of the input instead, e.g. "
                "with x.view_as(x), or set up ctx inside the forward function itself."
            )
        for number, tensor in enumerate(self.to_save):
            if not isinstance(tensor, (Tensor, NoneType)):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {number} is of type "
                    f"{type(tensor).__name__}. Keep it as an attribute of ctx."
                )
        self._saved = [None if tensor is None else Kept(tensor, own.get(id(tensor))) for tensor in self.to_save]
        self._node, self.to_save = weakref.ref(node), ()

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept. `RuntimeError` if a backward pass has freed it or something overwrote it."""
        if self._saved is None:
            raise RuntimeError(
                "Trying to backward through the graph a second time (or directly access saved tensors after they have "
                "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
                "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or "
                "if you need to access saved tensors after calling backward."
            )
        node = self._node and self._node()
        return tuple(None if kept is None else kept.tensor(i, node) for i, kept in enumerate(self._saved))


class Kept:
    """A saved tensor. Of one of the node's own outputs only the array is kept: its tensor would hold the node."""

    __slots__ = ("counter", "output", "source", "value")

    def __init__(self, tensor: Tensor, output: int | None) -> None:
        self.value: Any = tensor if output is None else tensor._array
        self.counter: Version = tensor._start_counter()
        self.output = output
        self.source: Any = None  # of a tensor that was set aside

    def set_aside(self) -> None:
        """Drops the value, except of a leaf that the graph holds anyway."""
        if self.output is None:
            if self.value.is_leaf and self.value.requires_grad:
                return
            self.source = self.value._source
        self.value = None

    def take_over(self, twin: Kept) -> None:
        """Takes the twin's value, at this one's place in the graph."""
        if self.value is None:
            self.value = twin.value
            if self.output is None:
                self.value = wrap(twin.value._array)
                self.value._counter, self.value._source = self.counter, self.source
                self.value._requires_grad = self.source is not None

    def tensor(self, number: int, node: FunctionNode | None) -> Tensor:
        """The tensor, an output with its place in the graph; `RuntimeError` if it has been overwritten."""
        if self.value is None:
            raise RuntimeError("the saved tensors of a checkpointed Function exist during its backward pass only")
        if node is not None and self.counter.written > node.sequence:
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an inplace operation: "
                f"{node.name()} saved a tensor {list(self.value.shape)} (saved_tensors[{number}]), and "
                f"{self.counter.writer or 'an in-place operation'} overwrote it afterwards (its version is now "
                f"{self.counter.count}). Use the out-of-place form of that operation, or save a clone()."
            )
        if self.output is None:
            return self.value
        tensor = wrap(self.value)
        tensor._counter = self.counter
        if node is not None:
            tensor._source, tensor._requires_grad = node.edge_of(self.output, self.value), True
        return tensor


class FunctionNode(Node):
    """The node of a call of a `Function`. Its context's attributes, such as `saved_tensors`, can be read on it."""

    __slots__ = ("arguments", "ctx", "function")
    makes_fresh_gradients = False

    def __init__(self, function: type[Function], ctx: FunctionCtx, arguments: Any, edges: Any, outputs: Any) -> None:
        self.function, self.ctx, self.edges, self.extras = function, ctx, edges, None
        self.arguments = [
            need if isinstance(argument, Tensor) else None  # None: not a tensor
            for argument, need in zip(arguments, ctx.needs_input_grad)
        ]
        kinds: list[Any] = [(o._array.shape, o._array.dtype) if isinstance(o, Tensor) else None for o in outputs]
        self.shape, self.dtype = kinds[0] if len(kinds) == 1 else (None, kinds)
        self.sequence = next_number()

    def __getattr__(self, name: str) -> Any:
        if name == "ctx":
            raise AttributeError(name)
        return getattr(self.ctx, name)

    def name(self) -> str:
        return self.function.__name__ + "Backward"

    def outputs(self) -> int:
        return 1 if self.shape is not None else len(self.dtype)

    def wants(self) -> list[bool]:
        return [want for want in self.arguments if want is not None]

    def input_name(self, number: int) -> str:
        return f"argument {[i for i, argument in enumerate(self.arguments) if argument][number]} of forward"

    def edge_of(self, number: int, array: Any) -> Any:
        """The edge to one of the outputs."""
        return self if self.shape is not None else Output(self, number, array)

    def release(self) -> None:
        if self.ctx._saved:
            self.ctx._saved = None

    def set_aside(self) -> None:
        for kept in filter(None, self.ctx._saved):
            kept.set_aside()

    def take_over(self, twin: FunctionNode) -> None:
        for kept, other in zip(self.ctx._saved, twin.ctx._saved):
            if kept is not None:
                kept.take_over(other)

    def gradients(self, g: Any, create_graph: bool, wanted: Sequence[bool] | None) -> list[Any]:
        self.ctx.targets_given = wanted is not None
        if self.shape is not None:
            g = [g]
        elif self.ctx.materialize_grads:
            g = [np.zeros(*kind) if part is None and kind else part for part, kind in zip(g, self.dtype)]
        results = self.function.derivative()(self.ctx, *map(as_plain, g))
        results = results if isinstance(results, tuple) else (results,)
        expected = len(self.arguments)
        if len(results) < expected or any(result is not None for result in results[expected:]):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {expected}, got "
                f"{len(results)}): backward returns one for each argument of forward, None for those without."
            )
        edges = iter(self.edges)
        return [
            self.checked(result, i, next(edges), create_graph)
            for i, (result, argument) in enumerate(zip(results, self.arguments))
            if self.allowed(result, i, argument)
        ]

    def allowed(self, result: Any, number: int, argument: bool | None) -> bool:
        """Whether the graph goes on at this argument; `RuntimeError` for what cannot be a gradient."""
        if result is not None and not isinstance(result, Tensor):
            raise RuntimeError(
                f"{self.name()} returned gradient {number}: expected Variable or None (got {type(result).__name__})"
            )
        if result is not None and argument is None:
            raise RuntimeError(
                f"function {self.name()} returned a gradient different than None at position {number + 1}, but the "
                "corresponding forward input was not a Variable"
            )
        return bool(argument)

    def checked(self, result: Any, number: int, edge: Any, create_graph: bool) -> Any:
        """A gradient in the walk's form; `RuntimeError` if its shape or dtype is not one the argument can have."""
        if result is None:
            return None
        array, at = result._array, edge._array if edge.edge_kind == LEAF else edge
        try:  # the engine sums it to the argument's shape
            fits = np.broadcast_shapes(array.shape, at.shape) == array.shape
        except ValueError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"Function {self.name()} returned an invalid gradient at index {number} - got {list(array.shape)} but "
                f"expected shape compatible with {list(at.shape)}"
            )
        if array.dtype.kind != "f" and (array.dtype.kind == "c") != (at.dtype.kind == "c"):
            raise RuntimeError(
                f"Function {self.name()} returned an invalid gradient at index {number} - got {result.dtype} for an "
                f"input of dtype {at.dtype.name}"
            )
        return result if create_graph else array


class Function:
    """An operation with a backward of your own. Subclass it, and call `apply`.

    `forward` takes any arguments and returns a tensor or a tuple; nothing in it is recorded. `backward` gets the
    gradient of each output and returns that of each argument, None for those without. If what it computes is itself
    differentiable, so is the gradient. Beside a `setup_context(ctx, inputs, output)`, `forward` goes without `ctx`.

    >>> import autograd
    >>> class Cube(autograd.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (x,) = ctx.saved_tensors
    ...         return grad * 3 * x**2
    >>> x = autograd.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            f"invoke them on the class itself: {type(self).__name__}.apply(...)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Computes the output: `forward(ctx, *args)`, or `forward(*args)` beside a `setup_context`."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keeps in `ctx` what `backward` will need."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradient of each argument of `forward`, given that of each output."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    vjp = backward  # PyTorch's other name for it

    @classmethod
    def has_setup_context(cls) -> bool:
        """Whether `forward` goes without `ctx`."""
        return cls.setup_context is not Function.setup_context

    @classmethod
    def derivative(cls) -> Callable[..., Any]:
        """`backward` or `vjp`, whichever is defined."""
        if cls.vjp is Function.vjp:
            return cls.backward
        if cls.backward is Function.backward:
            return cls.vjp
        raise RuntimeError(
            "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement "
            "one of them."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Runs `forward` and records the call."""
        ctx = FunctionCtx()
        split = cls.has_setup_context()
        first = () if split else (ctx,)
        if split or kwargs:  # each gradient belongs to a position
            bound = inspect.signature(cls.forward).bind(*first, *args, **kwargs)
            if split:
                bound.apply_defaults()
            args, kwargs = bound.args[len(first) :], bound.kwargs
        needs = ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        edges = [a._edge for a, need in zip(args, needs) if need]  # as they are before forward writes to an input
        with no_grad():
            output = cls.forward(*first, *args, **kwargs)
            if split:
                cls.setup_context(ctx, args, output)
        outputs = output if isinstance(output, tuple) else (output,)
        results = record(cls, ctx, args, edges if state.recording else [], outputs)
        return tuple(results) if isinstance(output, tuple) else results[0]


def record(function: type[Function], ctx: FunctionCtx, args: Any, edges: list[Any], outputs: Any) -> list[Any]:
    """The outputs of a call, with their place in the graph where there are edges."""
    name = function.__name__
    dirty = identities(ctx.dirty_tensors, "mark_dirty")
    fixed = identities(ctx.non_differentiable, "mark_non_differentiable")
    if not dirty <= {id(output) for output in outputs}:
        raise RuntimeError(
            f"{name}: Some elements marked as dirty during the forward method were not returned as output. The inputs "
            "that are modified inplace must all be outputs of the Function."
        )
    for tensor in ctx.dirty_tensors:
        views.count_write(tensor, name)
    as_is = {id(a) for a in args if isinstance(a, Tensor)} - dirty  # inputs; returned, they become another tensor
    wants = [
        bool(edges) and isinstance(o, Tensor) and id(o) not in fixed and o._array.dtype.kind in "fcV" for o in outputs
    ]
    node: Any = None
    if any(wants):
        for output, want in zip(outputs, wants):
            if want and id(output) in dirty:
                refuse(output, name, len(outputs))
        node = FunctionNode(function, ctx, args, edges, outputs)
        own = {id(o): i for i, (o, want) in enumerate(zip(outputs, wants)) if want and id(o) not in as_is}
        ctx._keep(node, own, {id(o) for o in outputs} & as_is)
        if graph.anomaly is not None:
            graph.anomaly.check_forward(node, args, tuple(o._array for o in outputs if isinstance(o, Tensor)))
    results = []
    for number, (output, want) in enumerate(zip(outputs, wants)):
        if want and id(output) in dirty:
            views.rebase(output, placed(wrap(output._array), node.edge_of(number, output._array)))
        elif isinstance(output, Tensor):
            if output.requires_grad and (not want or id(output) not in as_is):
                output = output.detach()  # it is not differentiable, or from a graph that `forward` found elsewhere
            elif id(output) in as_is:
                with no_grad():
                    output = reshape(output, output._array.shape)
            if want:
                placed(output, node.edge_of(number, output._array))
            if output._view is not None:
                output._view.made = views.SEVERAL if sum(wants) > 1 else views.FUNCTION
        results.append(output)
    return results


def placed(tensor: Tensor, edge: Any) -> Tensor:
    """The tensor, with `edge` leading to what made it."""
    tensor._source, tensor._requires_grad = edge, True
    return tensor


def refuse(tensor: Tensor, name: str, outputs: int) -> None:
    """Raises for an input that a recorded function must not write to."""
    views.refuse(tensor, name)
    if tensor._view is not None and outputs > 1:
        raise RuntimeError(
            f"If your Function ({name}) modifies inplace an input that is a view of another Tensor, your Function "
            "cannot return more than one Tensor. Make a clone() of the view first, or split the function in two."
        )


def identities(tensors: Sequence[Any], name: str) -> set[int]:
    """The tensors' identities; `RuntimeError` for anything else."""
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise RuntimeError(f"{name} only accepts variable arguments, but got {type(tensor).__name__}")
    return {id(tensor) for tensor in tensors}


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a `backward` that is not differentiable itself: a second derivative through it is then an error.

    >>> import autograd
    >>> class Half(autograd.autograd.Function):
    ...     forward = staticmethod(lambda ctx, x: x / 2)
    ...
    ...     @staticmethod
    ...     @autograd.autograd.function.once_differentiable
    ...     def backward(ctx, grad):
    ...         return autograd.tensor(grad.numpy() / 2)
    >>> x = autograd.ones(1, requires_grad=True)
    >>> autograd.autograd.grad(Half.apply(x).sum(), x)
    (tensor([0.5000]),)
    """

    @functools.wraps(function)
    def backward(ctx: Any, *gradients: Any) -> Any:
        with no_grad():
            results = function(ctx, *gradients)
        if not state.recording or not any(isinstance(g, Tensor) and g.requires_grad for g in gradients):
            return results
        several = isinstance(results, tuple)
        results = OnlyOnce.apply(len(gradients), *gradients, *(results if several else (results,)))
        return results if several else results[0]

    return backward


class OnlyOnce(Function):
    """Hands results through whose gradient must not be asked for; what they came from ties them to the graph."""

    @staticmethod
    def forward(ctx: Any, count: int, *tensors: Any) -> Any:
        return tuple(t.detach() if isinstance(t, Tensor) else t for t in tensors[count:])

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable: write its backward in "
            "differentiable operations and take the mark away, or do not ask for create_graph"
        )
