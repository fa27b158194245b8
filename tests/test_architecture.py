"""The rules of the house about what may depend on what, held by reading the source."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

import autograd

ROOT = pathlib.Path(autograd.__file__).resolve().parent.parent
PACKAGES = ("autograd", "nn", "optim")


def files(package: str) -> list[pathlib.Path]:
    """The package's source files."""
    return sorted((ROOT / package).rglob("*.py"))


def tree(path: pathlib.Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: pathlib.Path, inside_functions: bool = True) -> Iterator[str]:
    """The absolute names of the modules that a file imports, relative ones resolved."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    package = parts[:-1]  # for an __init__ file as well: a leading dot means the folder the file is in
    for node in ast.walk(tree(path)) if inside_functions else at_import(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported: not those in functions, nor under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from at_import(child)


def tops(path: pathlib.Path) -> set[str]:
    """The top-level packages that a file imports."""
    return {name.split(".")[0] for name in imports(path)}


# ---- layers


@pytest.mark.parametrize("package", ["nn", "optim"])
def test_layers_above_know_tensors_only(package):
    """`nn` and `optim` never import NumPy, nor each other, nor the engine's insides."""
    assert files(package)
    for path in files(package):
        outside = tops(path) - set(sys.stdlib_module_names) - {"autograd", package}
        if path == ROOT / "optim" / "swa_utils.py":
            outside -= {"nn"}  # an averaged model is a Module
        assert not outside, f"{path} imports {outside}"
        inner = {name for name in imports(path) if name.startswith("autograd.")}
        private = {
            name for name in inner if name.split(".")[1] in ("op", "graph", "rules", "kernels", "views", "fused")
        }
        assert not private, f"{path} reaches into {private}"


@pytest.mark.parametrize("package", ["nn", "optim"])
def test_no_gradient_is_written_in_the_layers_above(package):
    for path in files(package):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                bases = {ast.unparse(base).split(".")[-1] for base in node.bases}
                assert not bases & {"Function", "Op", "Node"}, f"{path}: class {node.name} is a {bases}"
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("rules", "__array_ufunc__"), f"{path}:{node.lineno} uses .{node.attr}"


def test_arrows_go_one_way():
    """Nothing in `autograd` imports `nn` or `optim`."""
    for path in files("autograd"):
        assert not tops(path) & {"nn", "optim"}, path


@pytest.mark.parametrize("folder", ["nn/modules", "nn/utils"])
def test_modules_know_each_other_in_one_direction(folder):
    """No file of the folder imports one that, by whatever way, imports it: not even for its types."""
    prefix = folder.replace("/", ".") + "."
    known = {path.stem: {name.removeprefix(prefix) for name in imports(path)} for path in files(folder)}
    del known["__init__"]  # which gathers all of them
    while known:
        lowest = [name for name, others in known.items() if not others & known.keys()]
        assert lowest, f"{sorted(known)} import each other in a circle"
        for name in lowest:
            del known[name]


def test_rules_do_not_know_the_public_functions():
    """Rules are below the functions, kernels below the rules; each imports only what is below it."""
    for layer, above in (("rules", ["functions"]), ("kernels", ["functions", "rules", "op", "graph", "_tensor"])):
        for path in files(f"autograd/{layer}"):
            for name in imports(path):
                assert not any(name.startswith(f"autograd.{higher}") for higher in above), f"{path} imports {name}"


def test_functions_write_no_rules():
    for path in files("autograd/functions"):
        for node in ast.walk(tree(path)):
            called = node.func if isinstance(node, ast.Call) else None
            assert not (isinstance(called, ast.Attribute) and called.attr == "rules"), f"{path}:{node.lineno}"


# ---- dependencies


def test_importing_pulls_in_numpy_and_the_standard_library_only():
    script = (
        "import json, sys; before = set(sys.modules); import numpy; plain = set(sys.modules)\n"
        "import autograd, nn, nn.functional, optim\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in set(sys.modules) - before})))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = set(json.loads(done.stdout))
    outside = loaded - set(sys.stdlib_module_names) - {"numpy", *PACKAGES}
    outside = {name for name in outside if not name.startswith(("_sysconfigdata", "__editable__", "_virtualenv"))}
    assert not outside
    assert {"numpy", "autograd"} <= loaded


def test_optimizers_do_not_load_the_modules():
    """`optim.swa_utils` needs `nn` and is therefore loaded when it is used."""
    script = "import sys, optim; assert 'nn' not in sys.modules; optim.swa_utils; assert 'nn' in sys.modules"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_what_is_optional_is_imported_where_it_is_used():
    for package in PACKAGES:
        for path in files(package):
            for name in imports(path, inside_functions=False):
                top = name.split(".")[0]
                assert top in {*sys.stdlib_module_names, "numpy", *PACKAGES}, f"{path} imports {name}"


# ---- rules speak NumPy's functions, never an array's methods

ALLOWED_ATTRIBUTES = {"shape", "ndim", "dtype", "mT", "kind", "itemsize"}  # the last two: of a dtype
MODULES = {"np", "math"}
VALUES = {"g", "x", "y", "xs", "out"}  # the names of what may be a tensor; other helpers work on shapes and indices


def rule_functions(path: pathlib.Path) -> Iterator[ast.AST]:
    """The functions that give a gradient: those handed to `.rules(...)`, and the file's own that they hand values."""
    module = tree(path)
    named = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    ops = {name for name, node in named.items() if any("op(" in ast.unparse(d) for d in node.decorator_list)}
    pending = [
        keyword.value
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "rules"
        for keyword in node.keywords
    ]
    seen: set[str] = set()
    while pending:
        rule = pending.pop()
        if isinstance(rule, ast.Name):
            if rule.id in named and rule.id not in seen | ops:
                seen.add(rule.id)
                pending.append(named[rule.id])
            continue
        arguments = {a.arg for a in rule.args.args} if isinstance(rule, (ast.Lambda, ast.FunctionDef)) else set()
        if arguments & VALUES:
            yield rule
        pending += [node for node in ast.walk(rule) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]


RULE_FILES = [path for path in files("autograd/rules") if path.name != "__init__.py"]


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda p: p.stem)
def test_rules_use_functions_not_methods(path):
    """`x.repeat`, `x.std`, `x.size` and `x.transpose` mean one thing in NumPy and another in PyTorch."""
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    for rule in rule_functions(path):
        for node in ast.walk(rule):
            if isinstance(node, ast.Attribute):
                module = isinstance(node.value, ast.Name) and node.value.id in MODULES | imported
                inner = ast.unparse(node.value) in ("np.linalg", "np.fft", "np.lib.stride_tricks")
                assert module or inner or node.attr in ALLOWED_ATTRIBUTES, (
                    f"{path}:{node.lineno}: {ast.unparse(node)} in a gradient rule"
                )


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda p: p.stem)
def test_rules_assign_nothing_in_place(path):
    """Under create_graph a rule gets tensors: it computes, it does not write. Constants come from `math`, since
    `np.sqrt(2)` is a float64 that widens what it meets."""
    for rule in rule_functions(path):
        for node in ast.walk(rule):
            where = f"{path}:{getattr(node, 'lineno', '?')}: {ast.unparse(node)}"
            targets = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AugAssign)
                else []
            )
            assert not any(isinstance(t, (ast.Subscript, ast.Attribute)) for t in targets), where
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("np."):
                assert not any(keyword.arg == "out" for keyword in node.keywords), where
                assert not (node.args and all(isinstance(a, ast.Constant) for a in node.args)), where


def test_the_check_finds_what_it_looks_for(tmp_path):
    """The reading above is not blind."""
    path = tmp_path / "rules.py"
    path.write_text(
        "import numpy as np\n"
        "def helper(g): return g.sum()\n"
        "@op()\ndef f(x): return x.copy()\n"
        "def rule(g, x): return helper(g) * f(x)\n"
        "f.rules(x=rule)\n"
        "f.rules(x=lambda g, x: g.T)\n"
    )
    used = {n.attr for rule in rule_functions(path) for n in ast.walk(rule) if isinstance(n, ast.Attribute)}
    assert used == {"sum", "T"}


# ---- the public face


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_and_class_says_what_it_is(package):
    for path in files(package):
        module = tree(path)
        if module.body:
            assert ast.get_docstring(module), f"{path} has no docstring"
        for node in module.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path}:{node.lineno}: {node.name} has no docstring"


@pytest.mark.parametrize("package", PACKAGES)
def test_files_are_one_idea_each(package):
    for path in files(package):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= 600, f"{path} has {lines} lines: split it by idea"


def test_completion_shows_the_public_names():
    """`dir(autograd)` has PyTorch's names, not the package's own modules, which stay within reach."""
    names = set(dir(autograd))
    modules = {name for name in names if inspect.ismodule(getattr(autograd, name))}
    assert modules == {"amp", "autograd", "cuda", "func", "random", "return_types", "serialization", "utils"}
    assert {"Tensor", "Size", "tensor", "no_grad", "float32", "make_dot", "__version__"} <= names
    assert not names & {"Any", "TYPE_CHECKING", "later"}
    assert not {name for name in names if name.startswith("_") and not name.startswith("__")}
    imported: dict[str, object] = {}
    exec("from autograd import *", imported)
    at_once = {name for name in names if not name.startswith("_")} - {
        *autograd.later.MODULES,
        *autograd.later.MODULE_OF,
    }
    assert at_once <= imported.keys()
    assert inspect.ismodule(autograd.graph)


def test_what_is_imported_later_is_what_its_files_announce():
    """`autograd.later` names all that is public in those files, so that nothing of them is out of reach."""
    for module, names in autograd.later.NAMES.items():
        announced = getattr(importlib.import_module(f"autograd.{module}"), "__all__", None)
        if module.startswith("functions."):
            assert names.split() == sorted(announced), module
    script = "import sys, autograd; print([m for m in sys.modules if m[9:] in autograd.later.NAMES])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_is_announced_exists():
    for package in PACKAGES:
        for path in files(package):
            parts = path.relative_to(ROOT).with_suffix("").parts
            module = importlib.import_module(".".join(part for part in parts if part != "__init__"))
            for name in getattr(module, "__all__", ()):
                assert hasattr(module, name), f"{module.__name__}.__all__ announces {name}"


def test_no_recursion_in_the_engine():
    """The walk and the recorder call themselves nowhere, so that no graph is too deep."""
    from autograd import graph, op

    for module in (graph, op):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("__"):
                calls = {ast.unparse(c.func).split(".")[-1] for c in ast.walk(node) if isinstance(c, ast.Call)}
                own = node.name in calls and node.name not in ("zeros", "release", "gradients", "rules", "plan", "rule")
                assert not own, f"{module.__name__}.{node.name} calls itself"
