"""Nothing is left out: every op and every rule is run by some case, every public function is tested and explained."""

from __future__ import annotations

import ast
import importlib
import inspect
import pathlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import autograd
from autograd import functions, op
from autograd._tensor import wrap
from autograd.backward import grad
from autograd.fused import FusedNode
from autograd.op_node import OpNode

from .test_ops import CASES, active, leaves, names_used, run, weights


def test_every_op_is_run_by_a_case_at_order_one_and_two(monkeypatch):
    """Each op runs, and each of its rules runs on arrays and on tensors, whose results are differentiated in turn."""
    forward_runs: set[str] = set()
    rule_runs: dict[bool, set[tuple[str, str]]] = {False: set(), True: set()}

    for name, declared in op.registry.items():

        def counting(*args, _name=name, _forward=declared.forward):
            forward_runs.add(_name)
            return _forward(*args)

        monkeypatch.setattr(declared, "forward", counting)

    def spy(original):
        def gradients(node, g, create_graph, wanted):
            results = original(node, g, create_graph, wanted)
            for name, result in zip(arguments_with_gradient(node), results):
                if result is not None:
                    rule_runs[create_graph].add(name)
            return results

        return gradients

    monkeypatch.setattr(OpNode, "gradients", spy(OpNode.gradients))
    monkeypatch.setattr(FusedNode, "gradients", spy(FusedNode.gradients))
    for case in CASES:
        operands = leaves(case)
        outputs = active(run(case, operands))
        wanted = [operands[i] for i in case.grad]
        for create_graph in (False, True) * case.order:  # up to one order more than is compared with differences
            if not outputs:
                break
            arrays = [w.astype(out._array.dtype) for w, out in zip(weights(case, outputs), outputs)]
            given = [wrap(array).requires_grad_() for array in arrays]  # in which each gradient is linear
            found = grad(outputs, wanted, given, create_graph=create_graph, retain_graph=True, allow_unused=True)
            if create_graph:
                outputs, wanted = active([g for g in found if g is not None]), wanted + given

    missing = sorted(set(op.registry) - forward_runs)
    assert not missing, f"no case runs these ops: add cases to tests/samples for {missing}"
    rules = {(name, argument) for name, declared in op.registry.items() for argument in rules_of(declared)}
    for create_graph, on in ((False, "arrays"), (True, "tensors")):
        missing = sorted(rules - rule_runs[create_graph])
        assert not missing, f"no case runs these rules on {on}: {missing}"


def rules_of(declared: Any) -> list[str]:
    """The arguments of an op that can have a gradient, as far as one can tell."""
    return list(declared.rule_of)


def arguments_with_gradient(node: Any) -> Iterator[tuple[str, str]]:
    """For each edge of a node its op and its argument."""
    if isinstance(node, FusedNode):
        return ((node.op.name, node.op.names[i]) for i in node.active)
    declared = node.plan.op
    if declared.variadic:
        return ((declared.name, declared.names[0]) for _ in node.plan.active)
    return ((declared.name, declared.names[i]) for i in node.plan.active)


def names_in_tests() -> set[str]:
    """The names that test modules call as `something.name(...)` or `name(...)`."""
    names: set[str] = set()
    for path in pathlib.Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                names.add(node.attr)
    return names


def public_functions() -> Iterator[tuple[str, str, Any]]:
    """The functions of `autograd` that the modules in `autograd.functions` bring, with the module's name."""
    for found in pkgutil.iter_modules(functions.__path__):
        module = importlib.import_module(f"autograd.functions.{found.name}")
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if inspect.isfunction(value) and getattr(autograd, name, None) is value:
                yield found.name, name, value


def test_every_public_function_has_a_case_or_a_test():
    in_cases = set().union(*(names_used(case.function.__code__) for case in CASES))
    tested = names_in_tests() | in_cases | {name + "_" for name in in_cases}  # the in-place forms run with the others
    missing = [f"{module}.{name}" for module, name, _ in public_functions() if name not in tested]
    assert not missing, f"these public functions have neither a case nor a test: {missing}"


def test_public_functions_are_documented_with_an_example():
    bare = [
        f"{module}.{name}"
        for module, name, function in public_functions()
        if ">>> " not in (function.__doc__ or "") and not name.endswith("_")  # in-place forms refer to the other form
    ]
    assert not bare, f"these functions have no example in their docstring: {bare}"
