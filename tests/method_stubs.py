"""Writes `autograd/_methods.pyi`, which shows editors and type checkers the methods that functions attach to Tensor.

    python -m tests.method_stubs

`tests/test_types.py` fails when the file is out of date.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import autograd
from autograd._tensor import Tensor

TARGET = Path(autograd.__file__).with_name("_methods.pyi")

HEADER = '''"""The methods of Tensor that `autograd.functions` attaches. Written by `python -m tests.method_stubs`."""

# ruff: noqa
# mypy: disable-error-code="override,misc"

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from . import dtypes
from ._tensor import Size, Tensor

'''

ARITHMETIC = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift"]
BINARY = [prefix + name for name in ARITHMETIC for prefix in ("", "r", "i")]
BINARY += ["matmul", "rmatmul", "lt", "le", "gt", "ge", "eq", "ne"]
UNARY = ["neg", "pos", "abs", "invert"]


def written(annotation: Any) -> str:
    """An annotation as it stands in the stub; whatever names something that the stub does not know is Any."""
    if annotation is inspect.Parameter.empty:
        return "Any"
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "Any")
    known = {"Tensor", "Any", "None", "int", "float", "bool", "str", "complex", "Size", "tuple", "list", "dict"}
    words = "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
    return text if all(word in known for word in words) else "Any"


def builtins_spelled(text: str) -> str:
    """`int`, `float` and `bool`, which are methods inside the class, spelled so that they mean the builtins."""
    out = []
    word = ""
    for character in text + " ":
        if character.isalnum() or character == "_":
            word += character
            continue
        out.append({"int": "_int", "float": "_float", "bool": "_bool"}.get(word, word))
        out.append(character)
        word = ""
    return "".join(out).rstrip()


def stub(name: str, function: Any) -> str:
    """One method's line."""
    signature = inspect.signature(function)
    parts, seen_star = [], False
    for position, parameter in enumerate(signature.parameters.values()):
        if parameter.kind is parameter.KEYWORD_ONLY and not seen_star:
            parts.append("*")
            seen_star = True
        if parameter.kind is parameter.VAR_POSITIONAL:
            seen_star = True
        prefix = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        if position == 0:
            parts.append("self")
            continue
        default = " = ..." if parameter.default is not parameter.empty else ""
        parts.append(f"{prefix}{parameter.name}: {builtins_spelled(written(parameter.annotation))}{default}")
    result = builtins_spelled(written(signature.return_annotation))
    line = f"    def {name}({', '.join(parts)}) -> {result}: ..."
    if len(line) > 120:
        line = f"    def {name}(\n        {', '.join(parts)}\n    ) -> {result}: ..."
    return line


def text() -> str:
    """The whole stub."""
    own = set(vars(Tensor)) - set(vars(object))
    source = inspect.getsource(Tensor)
    lines = ["_int = int", "_float = float", "_bool = bool", "", "class Methods:"]
    lines += [f"    def __{name}__(self, other: Any) -> Tensor: ..." for name in BINARY]
    lines += [f"    def __{name}__(self) -> Tensor: ..." for name in UNARY]
    dunders = {
        "__len__": "_int",
        "__bool__": "_bool",
        "__int__": "_int",
        "__float__": "_float",
        "__complex__": "complex",
        "__index__": "_int",
        "__iter__": "Iterator[Tensor]",
    }
    lines += [f"    def {name}(self) -> {result}: ..." for name, result in dunders.items()]
    lines += [
        "    def __contains__(self, item: Any) -> _bool: ...",
        "    def __getitem__(self, index: Any) -> Tensor: ...",
        "    def __setitem__(self, index: Any, value: Any) -> None: ...",
        "    def __dlpack__(self, **options: Any) -> Any: ...",
        "    def __dlpack_device__(self) -> tuple[Any, _int]: ...",
    ]
    for name in sorted(own):
        value = vars(Tensor)[name]
        if name.startswith("__") or f"def {name}(" in source:
            continue
        if isinstance(value, property):
            lines += ["    @property", f"    def {name}(self) -> Any: ..."]
        elif inspect.isfunction(value):
            lines.append(stub(name, value))
    return HEADER + "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text())
