"""Errors that teach: NumPy's complaints retold with PyTorch's exception types, naming op, shapes, dtypes and remedy."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np


def describe(value: Any) -> str:
    """A value in a message: shape and dtype for arrays and tensors, the value itself for anything small."""
    array = getattr(value, "_array", value)
    if isinstance(array, np.ndarray):
        return f"{array.dtype.name}{list(array.shape)}"
    if isinstance(value, (list, tuple)):
        inner = ", ".join(describe(v) for v in value[:4]) + (", ..." if len(value) > 4 else "")
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def call(name: str, args: Any) -> str:
    """`mul(float32[2, 3], float32[4])`: how a message shows what met what."""
    return f"{name}({', '.join(describe(a) for a in args)})"


def note(error: BaseException, text: str) -> None:
    """Adds a line to an error on its way up: a note, or in Python 3.10, which has none, part of the message."""
    if hasattr(error, "add_note"):
        error.add_note(text)
    elif error.args and isinstance(error.args[0], str):
        error.args = (f"{error.args[0]}\n{text}", *error.args[1:])


def note_module(error: BaseException, module: Any) -> None:
    """Says in which module an error arose, by its path; called by each module that the error leaves, inside first."""
    way = error.__dict__.setdefault("_modules", [])
    way.append(module)
    names = [
        next((name for name, child in outer.named_modules() if child is inner), type(inner).__name__)
        for inner, outer in pairwise(way)
    ]
    text = f"in the module {'.'.join(reversed(names))} ({way[0]._summary()})" if names else f"in {way[0]._summary()}"
    shorter = error.__dict__.get("_module_note")
    if shorter is None:
        note(error, text)
    elif hasattr(error, "add_note"):
        error.__notes__[error.__notes__.index(shorter)] = text  # type: ignore[attr-defined]
    elif error.args and isinstance(error.args[0], str):
        error.args = (error.args[0].replace(shorter, text), *error.args[1:])
    error.__dict__["_module_note"] = text


def note_backward(error: BaseException, node: Any) -> None:
    """Says in which node's backward an error arose."""
    note(error, f"in the backward pass of {node.name()}, whose output has shape {node.shape}{forward_call(node)}")


def forward_call(node: Any) -> str:
    """The line that called a node's operation, if anomaly mode has noted it."""
    stack = node.extras.metadata.get("traceback_") if node.extras is not None else None
    return f". The forward call was at\n{stack[-1].rstrip()}" if stack else ""


def broadcast(name: str, shapes: list[tuple[int, ...]]) -> str | None:
    """The message for shapes that do not broadcast, None if they do."""
    result: list[int] = []
    for shape in shapes:
        for back in range(1, len(shape) + 1):
            if back > len(result):
                result.insert(0, shape[-back])
            elif result[-back] == 1:
                result[-back] = shape[-back]
            elif shape[-back] not in (1, result[-back]):
                rank = max(len(s) for s in shapes)
                return (
                    f"The size of tensor a ({result[-back]}) must match the size of tensor b ({shape[-back]}) at "
                    f"non-singleton dimension {rank - back}"
                )
    return None


def explain(name: str, args: Any, error: Exception) -> Exception:
    """The error PyTorch would raise for what NumPy raised inside the op `name` called with `args`."""
    where = call(name, args)
    if isinstance(error, np.exceptions.AxisError):
        n = error.ndim if error.ndim is not None else 0
        low, high = (-n, n - 1) if n else (-1, 0)
        return IndexError(
            f"Dimension out of range (expected to be in range of [{low}, {high}], but got {error.axis}) in {where}"
        )
    if isinstance(error, IndexError):
        return IndexError(f"{error}, in {where}")
    if isinstance(error, TypeError) and "ufunc" not in str(error):
        return TypeError(f"{name}: {error}, in {where}")
    if isinstance(error, (ValueError, TypeError)):
        if "broadcast" in str(error):
            text = broadcast(name, [np.shape(getattr(a, "_array", a)) for a in args])
            if text:
                return RuntimeError(
                    f"{text}: {where}. Shapes are compared from the right; sizes must be equal, or one of them 1. "
                    "unsqueeze or reshape one operand so that they line up."
                )
        if isinstance(error, TypeError):
            return NotImplementedError(f'"{name}" not implemented for {where}: convert with .to(dtype) first')
        return RuntimeError(f"{name}: {error}, in {where}")
    return error


def dimension(dim: Any, ndim: int, name: str) -> int:
    """`dim` counted from the front; PyTorch's `IndexError` where the tensor has no such dimension.

    A 0-d tensor accepts 0 and -1, as in PyTorch.
    """
    if type(dim) is int and -ndim <= dim < ndim:
        return dim % ndim
    if not isinstance(dim, (int, np.integer)) or isinstance(dim, bool):
        raise TypeError(f"{name}(): argument 'dim' must be int, not {type(dim).__name__}")
    n = ndim or 1
    if not -n <= dim < n:
        raise IndexError(
            f"{name}(): Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})"
        )
    return int(dim) % n
