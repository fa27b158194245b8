"""Anomaly mode: finds the operation whose forward or backward made NaN, and the line of yours that called it.

    with autograd.autograd.detect_anomaly():
        loss = model(x)
        loss.backward()

While it is on, every recorded node remembers where it was called, and what goes in and out is looked through for NaN.
That is slow: it is for debugging only.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from . import errors, graph
from .graph import LEAF, Node, extras
from .modes import _Mode

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OURS = tuple(os.path.join(ROOT, package) + os.sep for package in ("autograd", "nn", "optim"))


class Checks:
    """What the recorder and the walk call while anomaly mode is on."""

    def __init__(self, check_nan: bool) -> None:
        self.check_nan = check_nan

    def check_forward(self, node: Node, args: Any, result: Any) -> None:
        """Notes where the node was recorded; `RuntimeError` if its result has NaN and none of its operands had."""
        extras(node).metadata["traceback_"] = user_stack()
        if self.check_nan and has_nan(result) and not has_nan(args):
            results = result if isinstance(result, tuple) else (result,)
            found = next(describe_nan(r) for r in results if has_nan(r))
            name = node.name().partition("Backward")[0]
            raise RuntimeError(
                f"{name} returned nan values in its forward pass: {found}, from {errors.call(name, args)}, which had "
                f"none{errors.forward_call(node)}"
            )

    def check_backward(self, node: Node, results: Any) -> None:
        """`RuntimeError` if a gradient that the node has computed has NaN."""
        if not self.check_nan:
            return
        for i, (edge, result) in enumerate(zip(node.edges, results)):
            if has_nan(result):
                shape = (edge._array if edge.edge_kind == LEAF else edge).shape
                raise RuntimeError(
                    f"Function '{node.name()}' returned nan values in its {i}th output, the gradient of "
                    f"{node.input_name(i)} {list(shape)}: {describe_nan(result)}{errors.forward_call(node)}"
                )


def has_nan(value: Any) -> bool:
    """Whether an array, a tensor, a number or any item of a sequence is NaN."""
    array = getattr(value, "_array", value)
    if isinstance(array, np.ndarray):
        return array.dtype.kind in "fcV" and bool(np.isnan(array).any())
    if isinstance(array, (list, tuple)):
        return any(has_nan(item) for item in array)
    return isinstance(array, (float, complex, np.inexact)) and bool(array != array)


def describe_nan(value: Any) -> str:
    """How much of an array is NaN, and where the first one is."""
    array = getattr(value, "_array", value)
    bad = np.argwhere(np.isnan(array))
    return f"{errors.describe(array)} with {len(bad)} of {array.size} elements NaN, the first at {bad[0].tolist()}"


def user_stack() -> list[str]:
    """The stack without this project's own frames, outermost first, formatted as in a traceback."""
    import traceback

    return traceback.format_list(f for f in traceback.extract_stack() if not f.filename.startswith(OURS))


class set_detect_anomaly(_Mode):
    """Turns anomaly mode on or off: at once when called as a function, or for a `with` block.

    With `check_nan=False` nodes only remember where they were called, for the errors of a backward pass.

    >>> import autograd
    >>> with autograd.autograd.set_detect_anomaly(True):
    ...     autograd.is_anomaly_enabled()
    True
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.previous = graph.anomaly
        self.mode, self.check_nan = mode, check_nan
        graph.anomaly = Checks(check_nan) if mode else None

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: Any) -> None:
        graph.anomaly = self.previous

    def __call__(self, function: Any) -> Any:
        graph.anomaly = self.previous  # used as a decorator: the call itself changes nothing
        return super().__call__(function)

    def clone(self) -> _Mode:
        return type(self)(self.mode, self.check_nan)


class detect_anomaly(_Mode):
    """Within it (a `with` block or a decorated function) NaN is an error that names the operation and your line.

    Both passes belong inside: the forward pass, whose calls are noted, and the backward pass. With `check_nan=False`
    errors in the backward pass name the line of the forward pass, and NaN passes.

    >>> import autograd
    >>> x = autograd.zeros(1, requires_grad=True)
    >>> with autograd.autograd.set_detect_anomaly(True):
    ...     (x / x).sum()
    Traceback (most recent call last):
        ...
    RuntimeError: Div returned nan values in its forward pass: float32[1] with 1 of 1 elements NaN, ...
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self.saved: list[Any] = []
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self.saved.append(graph.anomaly)
        graph.anomaly = Checks(self.check_nan)

    def __exit__(self, *exc: Any) -> None:
        graph.anomaly = self.saved.pop()

    def clone(self) -> _Mode:
        return self


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return graph.anomaly is not None


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode is on and looks for NaN."""
    return graph.anomaly is not None and graph.anomaly.check_nan
