"""Tensors as text, as PyTorch writes them: aligned columns, wrapped lines, and the middle of large tensors left out.

Numbers are written as briefly as shows them: `2.` where all are integers, `2.5000` with `precision` digits, and
`2.5000e+10` where the sizes lie far apart. All elements of a tensor are as wide as the widest, so that columns line up.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import dtypes
from ._tensor import Tensor
from .functions.attach import method

__all__ = ["get_printoptions", "printoptions", "set_printoptions"]

PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": float("inf"), "edgeitems": 3, "linewidth": 80},
}
options: dict[str, Any] = {**PROFILES["default"], "sci_mode": None}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Sets how tensors are printed.

    `precision`: digits after the point. `threshold`: tensors with more elements are abridged to `edgeitems` at each
    end of a dimension. `linewidth`: characters in a line. `profile`: "default", "short" or "full", which sets these
    four. `sci_mode`: scientific notation always or never; None, the default, chooses by the numbers.

    >>> import autograd
    >>> autograd.set_printoptions(precision=2)
    >>> autograd.tensor([3.14159])
    tensor([3.14])
    >>> autograd.set_printoptions(profile="default")
    """
    if profile is not None:
        if profile not in PROFILES:
            raise ValueError(f"profile must be one of {', '.join(PROFILES)}, not {profile!r}")
        options.update(PROFILES[profile])
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    options.update({name: value for name, value in given.items() if value is not None})
    options["sci_mode"] = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The settings of `set_printoptions`.

    >>> import autograd
    >>> autograd.get_printoptions()["precision"]
    4
    """
    return dict(options)


@contextlib.contextmanager
def printoptions(**changes: Any) -> Iterator[None]:
    """A `with` block with other settings of `set_printoptions`.

    >>> import autograd
    >>> with autograd.printoptions(precision=1):
    ...     print(autograd.tensor([3.14159]))
    tensor([3.1])
    """
    before = get_printoptions()
    set_printoptions(**changes)
    try:
        yield
    finally:
        options.update(before)


# ---- numbers


def number_format(values: np.ndarray) -> tuple[Callable[[Any], str], int]:
    """How to write a tensor's numbers, and the width of the widest; infinities and NaN do not count for it."""
    if values.dtype.kind not in "fV":
        texts = [str(value) for value in values.ravel().tolist()]
        return str, max(map(len, texts), default=0)
    with np.errstate(all="ignore"):
        wide = values.ravel().astype(np.float64)
        finite = wide[np.isfinite(wide) & (wide != 0)]
    if not finite.size:
        return whole_number, 1
    whole, scientific = notation(finite)
    pattern = f"{{:.{options['precision']}{'e' if scientific else 'f'}}}"
    write: Callable[[Any], str] = whole_number if whole and not scientific else pattern.format
    return write, max(len(write(value)) for value in finite.tolist())


def notation(finite: np.ndarray) -> tuple[bool, bool]:
    """Whether numbers are all whole, and whether they are written in scientific notation."""
    sizes = np.abs(finite)
    least, most = float(sizes.min()), float(sizes.max())
    whole = bool(np.all(finite == np.ceil(finite)))
    scientific = most > 1000.0 * least or most > 1.0e8 or (not whole and least < 1.0e-4)
    return whole, scientific if options["sci_mode"] is None else options["sci_mode"]


def whole_number(value: float) -> str:
    """A float without a fraction: `2.`, and `inf`, `nan` as they are."""
    text = f"{value:.0f}"
    return text if text[-1] in "fn" else text + "."


def element_format(values: np.ndarray) -> tuple[Callable[[Any], str], int]:
    """How to write a tensor's elements, padded to the same width, and that width."""
    if values.dtype.kind != "c":
        write, width = number_format(values)
        return lambda value: write(value).rjust(width), width
    write_real, real_width = number_format(values.real)
    write_imag, imag_width = number_format(values.imag)

    def both(value: complex) -> str:
        imag = write_imag(value.imag) + "j"
        sign = "" if imag[0] in "+-" else "+"
        return write_real(value.real).rjust(real_width) + sign + imag

    return both, real_width + imag_width + 1


# ---- arrays


def abridged(array: np.ndarray) -> np.ndarray:
    """The elements at the ends of each dimension, which are all that is printed of a large tensor."""
    edge = options["edgeitems"]
    for axis, size in enumerate(array.shape):
        if size > 2 * edge:
            first = array[(slice(None),) * axis + (slice(None, edge),)]
            last = array[(slice(None),) * axis + (slice(size - edge, None),)]
            array = np.concatenate([first, last], axis)
    return array


def rows(array: np.ndarray, indent: int, write: Callable[[Any], str], width: int, shorten: bool) -> str:
    """The text of an array in brackets; lines after the first begin with `indent` spaces."""
    if not array.ndim:
        return write(array.item())
    edge = options["edgeitems"]
    cut = edge if shorten and array.shape[0] > 2 * edge else None
    if array.ndim == 1:
        if cut is None:
            texts = [write(value) for value in array.tolist()]
        else:
            head = [write(value) for value in array[:cut].tolist()]
            texts = [*head, " ...", *(write(value) for value in array[array.shape[0] - cut :].tolist())]
        per_line = max(1, (options["linewidth"] - indent) // (width + 2))
        lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    if cut is None:
        parts = [rows(part, indent + 1, write, width, shorten) for part in array]
    else:
        head = [rows(part, indent + 1, write, width, shorten) for part in array[:cut]]
        tail = [rows(part, indent + 1, write, width, shorten) for part in array[array.shape[0] - cut :]]
        parts = [*head, "...", *tail]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def array_text(array: np.ndarray, indent: int) -> str:
    """The text of an array."""
    shorten = array.size > options["threshold"]
    if shorten and not options["edgeitems"]:
        return "[...]"
    write, width = element_format(abridged(array) if shorten else array)
    return rows(array, indent, write, width, shorten)


# ---- tensors


@method("__repr__")
def tensor_text(self: Tensor, *, tensor_contents: str | None = None) -> str:
    """The tensor as Python shows it: its elements, and what of dtype, shape and history cannot be seen from them."""
    name = type(self).__name__
    if name in ("Tensor", "Parameter", "Buffer"):
        name = "tensor"
    array, prefix = self._array, name + "("
    notes = []
    default = dtypes.get_default_dtype()
    usual = (default,) if not array.size else (default, default.to_complex(), dtypes.int64, dtypes.bool)
    text = array_text(array, len(prefix)) if array.size else "[]"
    if (array.ndim != 1) if not array.size else not options["edgeitems"]:
        notes.append(f"size={tuple(array.shape)}")
    if self.dtype not in usual:
        notes.append(f"dtype={self.dtype}")
    try:
        grad_fn = self.grad_fn
    except RuntimeError:  # a view whose history is lost can still be looked at
        notes.append("grad_fn=<Invalid>")
    else:
        if grad_fn is not None:
            notes.append(f"grad_fn=<{grad_fn.name()}>")
        elif self.requires_grad:
            notes.append("requires_grad=True")
    return annotated(prefix + (text if tensor_contents is None else tensor_contents), notes, len(prefix))


def annotated(text: str, notes: list[str], indent: int) -> str:
    """The text with notes after it, each on a new line where the last one is full."""
    length = len(text) - text.rfind("\n") + 1
    pieces = [text]
    for note in notes:
        if length + len(note) + 2 > options["linewidth"]:
            pieces.append(",\n" + " " * indent + note)
            length = indent + len(note)
        else:
            pieces.append(", " + note)
            length += len(note) + 2
    return "".join(pieces) + ")"
