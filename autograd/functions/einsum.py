"""Einstein's sum convention, composed of views, sums and batched matrix products: it needs no rule of its own.

Operands are contracted two at a time. Of two, the dimensions are sorted into those that both have and keep (a batch),
those that only one has (rows, columns), and those summed over; then it is one batched matrix product.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from .._tensor import Tensor, wrap
from ..errors import describe
from ..op import by_numpy
from ..rules import reductions, shaping
from .linear_algebra import matmul

__all__ = ["einsum"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DOTS = -1  # stands for an ellipsis; its dimensions are then labelled -2, -3, … from the last one on


def einsum(*args: Any) -> Tensor:
    """Sums of products of operands, whose dimensions are labelled: `einsum("ij,jk->ik", a, b)` is a matrix product.

    A label that recurs in one operand takes its diagonal; one missing from the output is summed over; `...` stands
    for any further dimensions. Without `->` the output has the labels that occur once, in alphabetical order.
    Also `einsum(a, [0, 1], b, [1, 2], [0, 2])`. `RuntimeError` for an equation that does not fit the operands.

    >>> import autograd
    >>> autograd.einsum("ij,j->i", autograd.eye(2), autograd.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    if isinstance(args[0], Tensor):
        operands, inputs, output = from_lists(args)
    else:
        operands = list(args[1]) if len(args) == 2 and isinstance(args[1], (list, tuple)) else list(args[1:])
        inputs, output = parse(args[0])
    for x in operands:
        if not isinstance(x, Tensor):
            raise TypeError(f"einsum(): operands must be Tensors, not {type(x).__name__}")
    if len(operands) != len(inputs):
        fewer = "fewer" if len(operands) < len(inputs) else "more"
        raise RuntimeError(
            f"einsum(): {fewer} operands were provided than specified in the equation: {len(operands)}, not {len(inputs)}"
        )
    labels, output = labelled(operands, inputs, output)
    return contract([diagonals(x, names) for x, names in zip(operands, labels)], output)


def from_lists(args: tuple[Any, ...]) -> tuple[list[Any], list[list[int]], list[int] | None]:
    """Operands, their labels and the output's from alternating operands and lists."""

    def as_labels(items: Any) -> list[int]:
        for item in items:
            if item is not Ellipsis and not 0 <= item < len(LETTERS):
                raise RuntimeError(f"einsum(): subscripts must be within the range [0, 52), but got {item}")
        return [DOTS if item is Ellipsis else int(item) for item in items]

    pairs = len(args) // 2
    operands, lists = list(args[: 2 * pairs : 2]), args[1 : 2 * pairs : 2]
    return operands, [as_labels(items) for items in lists], as_labels(args[-1]) if len(args) % 2 else None


def parse(equation: Any) -> tuple[list[list[int]], list[int] | None]:
    """The labels of the operands and of the output, None without an arrow, in an equation."""
    if not isinstance(equation, str):
        raise TypeError(f"einsum(): the equation must be a string, not {type(equation).__name__}")
    left, arrow, right = equation.partition("->")
    terms = [as_labels(term, equation, f"operand {i}") for i, term in enumerate(left.split(","))]
    return terms, as_labels(right, equation, "the output") if arrow else None


def as_labels(term: str, equation: str, where: str) -> list[int]:
    """The labels of one term of an equation."""
    labels = []
    rest = term.replace(" ", "")
    while rest:
        if rest.startswith("..."):
            if DOTS in labels:
                raise RuntimeError(f"einsum(): found more than one ellipsis for {where} in {equation!r}")
            labels.append(DOTS)
            rest = rest[3:]
        elif rest[0] == ".":
            raise RuntimeError(f"einsum(): found '.' for {where} that is not part of any ellipsis in {equation!r}")
        elif rest[0] in LETTERS:
            labels.append(LETTERS.index(rest[0]))
            rest = rest[1:]
        else:
            raise RuntimeError(
                f"einsum(): invalid subscript {rest[0]!r} in the equation {equation!r}, subscripts must be in [a-zA-Z]"
            )
    return labels


def shown(label: int) -> str:
    """A label in a message."""
    return LETTERS[label] if label >= 0 else "..."


def labelled(
    operands: list[Tensor], inputs: list[list[int]], output: list[int] | None
) -> tuple[list[list[int]], list[int]]:
    """One label for each dimension of each operand, and the output's; raises where they do not fit together."""
    sizes: dict[int, int] = {}
    labels: list[list[int]] = []
    most = 0
    for i, (x, names) in enumerate(zip(operands, inputs)):
        ndim = x._array.ndim
        extra = ndim - len(names) + 1 if DOTS in names else 0
        if extra < 0 or (DOTS not in names and ndim != len(names)):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(names) - (DOTS in names)}) does not match "
                f"the number of dimensions ({ndim}) for operand {i}"
                + ("" if DOTS in names else " and no ellipsis was given")
            )
        most = max(most, extra)
        full = [name for item in names for name in (range(-1 - extra, -1) if item == DOTS else (item,))]
        for name, n in zip(full, x._array.shape):
            known = sizes.get(name, 1)
            if n not in (1, known) and known != 1:
                raise RuntimeError(
                    f"einsum(): subscript {shown(name)} has size {n} for operand {i} ({describe(x)}) which does not "
                    f"broadcast with previously seen size {known}"
                )
            sizes[name] = n if known == 1 else known
        labels.append(full)
    dots = list(range(-1 - most, -1))
    if output is None:
        counts = Counter(name for names in labels for name in names)
        return labels, [*dots, *sorted(name for name, count in counts.items() if count == 1 and name >= 0)]
    for name in output:
        if output.count(name) > 1:
            raise RuntimeError(f"einsum(): output subscript {shown(name)} appears more than once in the output")
        if name != DOTS and name not in sizes:
            raise RuntimeError(
                f"einsum(): output subscript {shown(name)} does not appear in the equation for any input operand"
            )
    return labels, [name for item in output for name in (dots if item == DOTS else (item,))]


Labelled = tuple[Tensor, list[int]]


def diagonals(x: Tensor, names: list[int]) -> Labelled:
    """An operand in which no label recurs: those that do are read along their diagonal."""
    names = list(names)
    for name in [name for name, count in Counter(names).items() for _ in range(count - 1)]:
        first = names.index(name)
        second = names.index(name, first + 1)
        n, m = x._array.shape[first], x._array.shape[second]
        if n != m:
            raise RuntimeError(
                f"einsum(): subscript {shown(name)} is repeated for operand {describe(x)} but the sizes don't match, "
                f"{m} != {n}"
            )
        x = shaping.diagonal(x, 0, first, second)
        names = [other for i, other in enumerate(names) if i not in (first, second)] + [name]
    return x, names


def contract(operands: list[Labelled], output: list[int]) -> Tensor:
    """All operands contracted, the dimensions in the order of the output."""
    for step in order(operands, output):
        chosen = [operands[i] for i in step]
        operands = [operand for i, operand in enumerate(operands) if i not in step]
        while len(chosen) > 1:
            a, b, *chosen = chosen
            kept = {*output, *(name for _, names in operands + chosen for name in names)}
            chosen.insert(0, product(a, b, kept))
        operands += chosen
    x, names = summed(*operands[0], set(output))
    axes = tuple(names.index(name) for name in output)
    return x if axes == tuple(range(len(axes))) else shaping.transpose(x, axes)


def order(operands: list[Labelled], output: list[int]) -> list[tuple[int, ...]]:
    """Which operands to contract next, again and again; the result comes last then. Cheap products come first."""
    if len(operands) < 3:
        return [tuple(range(len(operands)))]
    labels = {name for _, names in operands for name in names}
    number = {name: i for i, name in enumerate(labels)}
    arguments: list[Any] = []
    for x, names in operands:
        arguments += [np.broadcast_to(np.float32(0), x._array.shape), [number[name] for name in names]]
    return np.einsum_path(*arguments, [number[name] for name in output], optimize="greedy")[0][1:]


def summed(x: Tensor, names: list[int], kept: set[int]) -> Labelled:
    """An operand without the dimensions that nobody else needs."""
    axes = tuple(i for i, name in enumerate(names) if name not in kept)
    if not axes:
        return x, names
    return reductions.sum(x, axes, False), [name for name in names if name in kept]


def product(a: Labelled, b: Labelled, kept: set[int]) -> Labelled:
    """Two operands made one, summed over the dimensions that are in `kept` no longer."""
    (x, left), (y, right) = a, b
    sizes = [dict(zip(names, t._array.shape)) for t, names in (a, b)]
    for name in set(left) & set(right):  # a size of 1 broadcasts: then only the other operand has that dimension
        if sizes[0][name] != sizes[1][name]:
            if sizes[0][name] == 1:
                x, left = dropped(x, left, name)
            else:
                y, right = dropped(y, right, name)
    x, left = summed(x, left, kept | set(right))
    y, right = summed(y, right, kept | set(left))
    batch = [name for name in left if name in right and name in kept]
    inner = [name for name in left if name in right and name not in kept]
    rows = [name for name in left if name not in right]
    columns = [name for name in right if name not in left]
    size = {**dict(zip(left, x._array.shape)), **dict(zip(right, y._array.shape))}
    x, y = arranged(x, left, [*batch, *rows, *inner]), arranged(y, right, [*batch, *inner, *columns])
    counts = [math.prod(size[name] for name in names) for names in (batch, rows, inner, columns)]
    result: Tensor
    if not inner:  # nothing to sum: products alone
        one = shaping.reshape(x, (*(size[n] for n in batch + rows), *(1 for _ in columns)))
        other = shaping.reshape(y, (*(size[n] for n in batch), *(1 for _ in rows), *(size[n] for n in columns)))
        return one * other, [*batch, *rows, *columns]
    if batch and not rows and not columns:  # many short scalar products
        both = shaping.reshape(x, (counts[0], counts[2])) * shaping.reshape(y, (counts[0], counts[2]))
        result = reductions.sum(both, 1, False)
    else:
        lead = (counts[0],) if batch else ()
        result = matmul(
            shaping.reshape(x, (*lead, counts[1], counts[2])), shaping.reshape(y, (*lead, counts[2], counts[3]))
        )
    names = [*batch, *rows, *columns]
    return shaping.reshape(result, tuple(size[name] for name in names)), names


def dropped(x: Tensor, names: list[int], name: int) -> Labelled:
    """An operand without a dimension of size 1."""
    at = names.index(name)
    return shaping.squeeze(x, (at,)), names[:at] + names[at + 1 :]


def arranged(x: Tensor, names: list[int], wanted: list[int]) -> Tensor:
    """An operand with its dimensions in another order."""
    return x if names == wanted else shaping.transpose(x, tuple(names.index(name) for name in wanted))


def numpy_einsum(*args: Any) -> Tensor:
    """`np.einsum`, some of whose operands may be arrays."""
    return einsum(*(wrap(a) if isinstance(a, np.ndarray) else a for a in args))


by_numpy[np.einsum] = lambda args, kwargs: numpy_einsum(*args, **kwargs)
