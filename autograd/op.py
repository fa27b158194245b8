"""Ops: a NumPy function, the rules of its derivatives, and the recorder that makes a graph of calling it.

    multiply = op(np.multiply, "mul")
    multiply.rules(x=lambda g, y: g * y, y=lambda g, x: g * x)

A rule gives the gradient of one argument. It asks by name for what it needs: `g`, the gradient of the output; `out`,
the output; any argument; or an argument's shape, as `x_shape`. Only what some rule asks for is kept. Rules speak
NumPy: in a plain backward they get arrays, under `create_graph` tensors, and the same line then records a graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import errors, graph, views
from ._tensor import INFERENCE, Tensor, wrap
from .graph import Output, Version, next_number
from .modes import is_refusal, state
from .numpy_calls import Call, by_numpy
from .op_node import UNWATCHED, OpNode, Plan, for_operand, shape_of
from .promotion import promote
from .views import View

ndarray = np.ndarray
new_tensor = object.__new__

registry: dict[str, Op] = {}  # every op by name; the tests walk it


def registered_as(function: Any, name: str) -> str:
    """An op's name in the registry: your own ops have your module's name before theirs, so that no name is taken."""
    module = getattr(function, "__module__", None) or __package__
    return name if module.split(".")[0] in (__package__, "numpy") else f"{module}.{name}"


class Op:
    """A differentiable function of arrays: called with tensors it returns tensors and records; with arrays, arrays.

    `names` are its arguments, all passed by position; those with a rule may want a gradient. `view` says that the
    output may share the first argument's memory. `holomorphic` says that the rules are plain derivatives, which the
    node turns into PyTorch's convention for complex numbers; else they follow that convention themselves.
    """

    variadic = False
    of_base: Any = None  # for a view of memory rather than of its operand: gives the parameters it has for the base

    def __init__(
        self, forward: Any, name: str, names: Sequence[str], defaults: Sequence[Any], view: bool, holomorphic: bool
    ) -> None:
        self.forward, self.name, self.names, self.defaults = forward, name, tuple(names), tuple(defaults)
        self.view, self.holomorphic = view, holomorphic
        self.grad_name = name.title().replace("_", "") + "Backward0"
        self.rule_of: dict[str, Any] = {}
        self.plans: dict[Any, Plan] = {}
        key = registered_as(forward, name)
        if key in registry and key == name:
            raise ValueError(f"{registry[name]} exists already: give the new op another name, @op(name=...)")
        registry[key] = self

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
            args = self.complete(args)
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
            result = self.after(error, args, arrays)
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

    def after(self, error: Exception, args: Any, arrays: Sequence[Any]) -> Any:
        """The result in spite of an error, where this forward is inside another one; else raises PyTorch's error."""
        if is_refusal(error):
            try:
                return self.forward(*arrays)
            except Exception as its_own:
                error = its_own
        raise errors.explain(self.name, args, error) from error

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
                arrays = [*arrays, result]
                for i in plan.shapes:
                    arrays.append(shape_of(arrays[i]))
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
        if not same and views.owner(array) is not views.owner(source._array):
            return
        out._counter = version = source._counter or source._start_counter()
        steps: tuple[Any, ...] = ((self, tuple(args[1:])),)
        base = source._view
        if base is None:
            out._view = View(source, steps, version.count)
        else:
            parameters = self.of_base and self.of_base(views.base_of(base)._array, source._array, *args[1:])
            steps = (*base.steps, *steps) if parameters is None else ((self, parameters),)
            out._view = View(base.base, steps, version.count)
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

    def complete(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """All the arguments, those left out at the end with their defaults."""
        left_out = len(self.names) - len(args)
        if not 0 <= left_out <= len(self.defaults):
            raise TypeError(f"{self.name} takes {', '.join(self.names)}; it got {len(args)} arguments")
        return (*args, *self.defaults[len(self.defaults) - left_out :])


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
            result = self.after(error, (x, y), (a, b))
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
            args = self.complete(args)
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
            result = self.after(error, args, (arrays, *parameters))
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
    by_numpy[numpy] = elementwise(made, numpy, floating)
    return made


def elementwise(made: Op, numpy: Any, floating: bool) -> Any:
    """What a ufunc does to tensors: the op, of operands that are promoted first."""
    return lambda args, kwargs: made(*promote(*args, floating=floating, name=numpy.__name__))


def op(
    numpy: Any = None,
    name: str = "",
    view: bool = False,
    holomorphic: bool = True,
    variadic: bool = False,
    floating: bool = False,
    contiguous: bool = False,
) -> Callable[[Any], Op]:
    """Declares the decorated function of raw arrays as an op, which is also what `numpy` does to a tensor.

    Where `numpy` is a ufunc, its operands are promoted first, as `ufunc` says. `contiguous`: the output never has its
    axes in the operands' order in memory, which is NumPy's choice, but in its own, PyTorch's.
    """

    def declare(function: Any) -> Op:
        code = function.__code__
        names = code.co_varnames[: code.co_argcount]
        of_ufunc = isinstance(numpy, np.ufunc)
        made = (Variadic if variadic else Binary if of_ufunc and len(names) == 2 else Op)(
            function, name or function.__name__, names, function.__defaults__ or (), view, holomorphic
        )
        made.__doc__ = function.__doc__
        if contiguous:
            made.forward = in_own_order(function)
        if numpy is not None:
            by_numpy[numpy] = elementwise(made, numpy, floating) if of_ufunc else Call(numpy, made)
        return made

    return declare


def in_own_order(function: Any) -> Any:
    """A function of arrays, with a result that is contiguous."""

    def forward(*args: Any) -> Any:
        result = function(*args)
        if type(result) is ndarray and result.ndim > 1 and not result.flags.c_contiguous:
            return result.copy()
        return result

    return forward


@op()
def identity(x: Any) -> Any:
    return x.copy()


identity.rules(x=lambda g: g)
identity.grad_name = "CloneBackward0"
