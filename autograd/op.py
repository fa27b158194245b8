"""Ops: a NumPy function, the rules of its derivatives, and the recorder that makes a graph of calling it.

    multiply = op(np.multiply, "mul")
    multiply.rules(x=lambda g, y: g * y, y=lambda g, x: g * x)

A rule gives the gradient of one argument. It asks by name for what it needs: `g`, the gradient of the output; `out`,
the output; any argument; or an argument's shape, as `x_shape`. Only what some rule asks for is kept. Rules speak
NumPy: in a plain backward they get arrays, under `create_graph` tensors, and the same line then records a graph.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from . import dtypes, errors, graph, views
from ._tensor import INFERENCE, Tensor, as_plain, wrap
from .graph import Node, Output, Version, next_number
from .modes import state
from .views import View

ndarray = np.ndarray
new_tensor = object.__new__
UNWATCHED = Version()  # of a kept array that came without a tensor: nobody counts its writes

OPERANDS = (Tensor, ndarray, int, float, complex)  # what may meet a tensor in an elementwise op

by_numpy: dict[Any, Any] = {}  # NumPy function -> what computes it on tensors, positional arguments in the op's order
registry: dict[str, Op] = {}  # every op by name; the tests walk it


def made_at(function: Any) -> tuple[str, str]:
    """Where a function was defined: a notebook's cell that is run again makes the same op anew."""
    return getattr(function, "__module__", ""), getattr(function, "__qualname__", "")


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
        self.names = sorted({name for names in asked for name in names}, key=op.scope.index)
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
                value = tuple(
                    tensor_of(part, Output(self, i, part), next(counters)) for i, part in enumerate(value)
                )
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

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """A pair (node, output number) for each operand that can have a gradient; (None, 0) for one that wants none."""
        wanting = dict(zip(self.plan.active, super().next_functions))
        return tuple(wanting.get(i, (None, 0)) for i in self.plan.operands)

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
            "freed. Specify retain_graph=True for the first backward, or compute the loss anew."
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
    tensor = wrap(array)
    identity.record(tensor, (), [array], [edge], identity.plan(1))
    tensor._counter = counter
    return tensor


class Op:
    """A differentiable function of arrays: called with tensors it returns tensors and records; with arrays, arrays.

    `names` are its arguments, all passed by position; those with a rule may want a gradient. `view` says that the
    output may share the first argument's memory. `holomorphic` says that the rules are plain derivatives, which the
    node turns into PyTorch's convention for complex numbers; else they follow that convention themselves.
    """

    variadic = False

    def __init__(
        self, forward: Any, name: str, names: Sequence[str], defaults: Sequence[Any], view: bool, holomorphic: bool
    ) -> None:
        self.forward, self.name, self.names, self.defaults = forward, name, tuple(names), tuple(defaults)
        self.view, self.holomorphic = view, holomorphic
        self.grad_name = "".join(part.title() for part in name.split("_")) + "Backward0"
        self.scope = (*self.names, "out", *(n + "_shape" for n in self.names))
        self.rule_of: dict[str, Any] = {}
        self.plans: dict[Any, Plan] = {}
        assert name not in registry or made_at(forward) == made_at(registry[name].forward), f"two ops are called {name}"
        registry[name] = self

    def __repr__(self) -> str:
        return f"<op {self.name}({', '.join(self.names)})>"

    def rules(self, **rules: Callable[..., Any]) -> None:
        """Declares the gradient of each argument: `x=lambda g, out: g * out`."""
        for name in rules:
            assert name in self.names, f"{self.name} has no argument {name}"
        self.rule_of.update(rules)

    def rule(self, index: int) -> Any:
        """The rule of the argument at `index`; one that raises where there is none."""
        name = self.names[index]
        if name in self.rule_of:
            return self.rule_of[name]

        def missing(g: Any) -> Any:
            raise RuntimeError(f"derivative for {self.name} with respect to {name!r} is not implemented")

        return missing

    def __call__(self, *args: Any) -> Any:
        if len(args) != len(self.names):
            args = self.bind(args, {})
        arrays: list[Any] = []
        edges: list[Any] = []
        key, bit, tensors = 0, 1, False
        for arg in args:
            if isinstance(arg, Tensor):
                if arg._view is not None:
                    arg._sync()
                if arg._requires_grad:
                    key += bit
                    edges.append(arg._source or arg)
                arrays.append(arg._array)
                tensors = True
            else:
                arrays.append(arg)
            bit += bit
        if not tensors:
            return self.forward(*args)
        try:
            result = state.run(self.forward, *arrays)
        except Exception as error:
            raise errors.explain(self.name, args, error) from error
        if type(result) is not ndarray:
            if type(result) is tuple:
                return self.wrap_many(args, arrays, edges, key, result)
            result = np.asarray(result)
        out: Any = new_tensor(Tensor)
        out._array = result
        out._counter = out._view = out._grad = out._hooks = None
        if key and self.rule_of and state.recording:
            self.record(out, args, arrays, edges, self.plans.get(key) or self.plan(key))
        else:
            out._requires_grad, out._source = False, None
            if state.inference:
                out._counter = INFERENCE
        if self.view:
            self.mark_view(out, args)
        return out

    def record(self, out: Any, args: Any, arrays: Any, edges: Any, plan: Plan) -> None:
        """Gives an output its node, and the node what its rules ask for and the counters of that memory."""
        out._requires_grad = True
        result = out._array
        out._source = node = OpNode()
        node.plan, node.edges = plan, edges
        node.extras = None
        node.sequence = next_number()
        node.shape, node.dtype = result.shape, result.dtype
        if plan.keep is None:
            node.kept = node.versions = None
        else:
            if plan.out or plan.shapes:
                arrays = [*arrays, result, *[shape_of(arrays[i]) for i in plan.shapes]]
            node.kept = plan.keep(arrays)
            node.versions = versions = []
            for i in plan.versioned:
                arg = args[i]
                if isinstance(arg, Tensor):
                    counter = arg._counter
                    if counter is None:
                        counter = arg._counter = Version()
                    elif counter is INFERENCE:
                        arg._start_counter()  # raises
                    versions.append(counter)
                elif type(arg) is ndarray:
                    versions.append(UNWATCHED)
                elif plan.op.variadic and i == 0:  # its operands; the rest are parameters
                    versions += [x._start_counter() if isinstance(x, Tensor) else UNWATCHED for x in arg]
            if plan.out:
                out._counter = version = Version()
                versions.append(version)
        if graph.anomaly is not None:
            graph.anomaly.check_forward(node, args, result)

    def plan(self, key: int) -> Plan:
        """The plan for one pattern of active arguments, made at the pattern's first use."""
        plan = self.plans[key] = Plan(self, [i for i in range(len(self.names)) if key >> i & 1])
        return plan

    def mark_view(self, out: Any, args: Sequence[Any]) -> None:
        """If the output shares its first argument's memory, makes it a view of what that is a view of."""
        source, array = args[0], out._array
        owner = array.base
        if owner is None:
            return
        same = owner is source._array or owner is source._array.base
        if not same and not np.may_share_memory(array, source._array):  # NumPy's as_strided puts a step in between
            return
        out._counter = version = source._counter or source._start_counter()
        step = (self, tuple(args[1:]))
        base = source._view
        if base is None:
            out._view = View(source, (step,), version.count)
        else:
            out._view = View(base.base, (*base.steps, step), version.count)
            out._view.made = base.made
        if not state.recording:
            out._view.made = views.INFERENCE_MODE if state.inference else views.NO_GRAD

    def wrap_many(self, args: Any, arrays: list[Any], edges: list[Any], key: int, results: tuple[Any, ...]) -> Any:
        """The outputs of an op that has several, which share one node."""
        outs = [wrap(np.asarray(result)) for result in results]
        if key and state.recording and self.rule_of:
            plan = self.plans.get(key) or self.plan(key)
            self.record(outs[0], args, arrays, edges, plan)
            node = outs[0]._source
            node.shape, node.dtype = None, [(out._array.shape, out._array.dtype) for out in outs]
            if graph.anomaly is not None:
                graph.anomaly.check_forward(node, args, tuple(out._array for out in outs))
            if plan.out:  # a rule that asks for `out` gets them all
                at = plan.names.index("out")
                node.kept = (*node.kept[:at], tuple(out._array for out in outs), *node.kept[at + 1 :])
                node.versions += [out._start_counter() for out in outs[1:]]
            for index, out in enumerate(outs):
                differentiable = out._array.dtype.kind in "fcV"
                out._requires_grad = differentiable
                out._source = Output(node, index, out._array) if differentiable else None
        if self.view:
            for out in outs:
                self.mark_view(out, args)
                if out._view is not None:
                    out._view.made = views.SEVERAL
        return tuple(outs)

    def bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """Arguments as NumPy's caller gave them, brought to the op's order, defaults filled in."""
        values = dict(zip(self.names, args))
        for name, value in kwargs.items():
            if name not in self.names or name in values:
                raise TypeError(f"np.{self.name} of a tensor takes {', '.join(self.names)}; it got {name}={value!r}")
            values[name] = value
        defaults = dict(zip(self.names[len(self.names) - len(self.defaults) :], self.defaults))
        missing = [name for name in self.names if name not in values and name not in defaults]
        if missing or len(args) > len(self.names):
            raise TypeError(f"np.{self.name} of a tensor takes {', '.join(self.names)}; it got {len(args)} arguments")
        return tuple(values.get(name, defaults.get(name)) for name in self.names)


class Binary(Op):
    """An op of two operands and nothing else: the recorder of `Op`, unrolled, for the hottest path there is."""

    def __call__(self, x: Any, y: Any) -> Any:
        key = 0
        if isinstance(x, Tensor):
            if x._view is not None:
                x._sync()
            if x._requires_grad:
                key = 1
            a = x._array
        else:
            a = x
        if isinstance(y, Tensor):
            if y._view is not None:
                y._sync()
            if y._requires_grad:
                key += 2
            b = y._array
        elif a is x:
            return self.forward(a, y)
        else:
            b = y
        try:
            result = state.run(self.forward, a, b)
        except Exception as error:
            raise errors.explain(self.name, (x, y), error) from error
        if type(result) is not ndarray:
            result = np.asarray(result)
        out: Any = new_tensor(Tensor)
        out._array = result
        out._counter = out._view = out._grad = out._hooks = None
        if key and self.rule_of and state.recording:
            edges = (
                (x._source or x, y._source or y) if key == 3 else (x._source or x,) if key == 1 else (y._source or y,)
            )
            self.record(out, (x, y), (a, b), edges, self.plans.get(key) or self.plan(key))
        else:
            out._requires_grad, out._source = False, None
            if state.inference:
                out._counter = INFERENCE
        return out


class Variadic(Op):
    """An op over a sequence of tensors: `op(xs, *parameters)`. Its one rule is told which operand, `i`, it is for."""

    variadic = True

    def __call__(self, *args: Any) -> Any:
        if len(args) != len(self.names):
            args = self.bind(args, {})
        xs, parameters = args[0], args[1:]
        tensors = [x for x in xs if isinstance(x, Tensor)]
        for x in tensors:
            if x._view is not None:
                x._sync()
        if not tensors:
            return self.forward(*args)
        arrays = [x._array if isinstance(x, Tensor) else x for x in xs]
        try:
            result = state.run(self.forward, arrays, *parameters)
        except Exception as error:
            raise errors.explain(self.name, args, error) from error
        out = wrap(np.asarray(result))
        if state.recording and any(x._requires_grad for x in tensors):
            active = tuple([i for i, x in enumerate(xs) if isinstance(x, Tensor) and x._requires_grad])
            plan = self.plans.get((len(xs), active)) or self.plan_for(len(xs), active)
            self.record(out, args, [arrays, *parameters], [xs[i]._source or xs[i] for i in active], plan)
        return out

    def plan_for(self, count: int, active: Sequence[int]) -> Plan:
        """The plan for so many operands of which these want a gradient, made at the pattern's first use."""
        plan = self.plans[count, active] = Plan(self, [0])
        rule, needs = plan.rules[0]
        plan.active, plan.operands = active, range(count)
        plan.rules = [(for_operand(rule, i), needs) for i in active]
        return plan


def ufunc(numpy: Any, name: str, floating: bool = False, holomorphic: bool = True) -> Op:
    """Declares an elementwise op: a NumPy ufunc of x (and y). `floating`: integers become the default float first."""
    kind = Binary if numpy.nin == 2 else Op
    made = kind(numpy, name, ("x", "y", "z")[: numpy.nin], (), view=False, holomorphic=holomorphic)
    by_numpy[numpy] = lambda args, kwargs: made(*promote(*made.bind(args, kwargs), floating=floating))
    return made


def op(
    numpy: Any = None,
    name: str = "",
    view: bool = False,
    holomorphic: bool = True,
    variadic: bool = False,
    floating: bool = False,
) -> Callable[[Any], Op]:
    """Declares the decorated function of raw arrays as an op, which is also what `numpy` does to a tensor.

    Where `numpy` is a ufunc, its operands are promoted first, as `ufunc` says.
    """

    def declare(function: Any) -> Op:
        code = function.__code__
        names = code.co_varnames[: code.co_argcount]
        elementwise = isinstance(numpy, np.ufunc)
        made = (Variadic if variadic else Binary if elementwise and len(names) == 2 else Op)(
            function, name or function.__name__, names, function.__defaults__ or (), view, holomorphic
        )
        made.__doc__ = function.__doc__
        if elementwise:
            by_numpy[numpy] = lambda args, kwargs: made(*promote(*made.bind(args, kwargs), floating=floating))
        elif numpy is not None:
            by_numpy[numpy] = lambda args, kwargs: made(*made.bind(args, kwargs))
        return made

    return declare


def promote(*operands: Any, floating: bool = False) -> Sequence[Any]:
    """Operands brought to PyTorch's common dtype; Python numbers, which never promote a tensor, stay as they are.

    Arrays count as tensors, NumPy's scalars as Python numbers. With `floating`, integers become the default float.
    """
    first = operands[0]
    if isinstance(first, Tensor) and first._array.dtype.kind == "f":
        kind = first._array.dtype
        if all(
            o._array.dtype is kind if isinstance(o, Tensor) else type(o) is float or type(o) is int
            for o in operands[1:]
        ):
            return operands
    operands = tuple(o.item() if isinstance(o, np.generic) else o for o in operands)
    if not (any(isinstance(o, Tensor) for o in operands) and all(isinstance(o, OPERANDS) for o in operands)):
        kinds = ", ".join(type(o).__name__ for o in operands)
        raise TypeError(f"{sys._getframe(1).f_code.co_name}(): expected Tensors, or one and a number, not {kinds}")
    arrays = [o._array if isinstance(o, Tensor) else o for o in operands if isinstance(o, (Tensor, ndarray))]
    scalars = [o for o in operands if not isinstance(o, (Tensor, ndarray))]
    kind = dtypes.result_dtype(arrays, scalars)
    if floating and dtypes.category(kind) < 2:
        kind = dtypes.get_default_dtype().numpy_dtype
    return [brought(operand, kind) for operand in operands]


def brought(operand: Any, kind: Any) -> Any:
    """One operand at the common dtype."""
    if isinstance(operand, Tensor):
        return operand if operand._array.dtype == kind else operand.to(dtypes.of_numpy(kind))
    if isinstance(operand, ndarray):
        return operand if operand.dtype == kind else operand.astype(kind)
    if dtypes.category(kind) < 2:  # PyTorch wraps a number that does not fit, NumPy refuses it
        return np.asarray(operand).astype(kind)
    return operand


@op()
def identity(x: Any) -> Any:
    return x.copy()


identity.rules(x=lambda g: g)
identity.grad_name = "CloneBackward0"
