"""Einstein's sum convention, composed of views, sums and batched matrix products: it needs no rule of its own.

Operands are contracted two at a time. Of two, the dimensions are sorted into those that both have and keep (a batch),
those that only one has (rows, columns), and those summed over; then it is one batched matrix product. What is to be
done follows from the equation and the shapes alone, and is worked out once for each.
"""

from __future__ import annotations

import functools
import math
import operator
from collections import Counter
from typing import Any

import numpy as np

from .._tensor import Tensor
from ..casting import lower_precision
from ..rules import reductions, shaping
from .linear_algebra import check_product, matmul

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
            f"einsum(): {fewer} operands were provided than specified in the equation ({len(operands)}, {len(inputs)})"
        )
    return planned(inputs, output, tuple([x._array.shape for x in operands])).run(operands)


Term = tuple[int, ...]


def from_lists(args: tuple[Any, ...]) -> tuple[list[Any], tuple[Term, ...], Term | None]:
    """Operands, their labels and the output's from alternating operands and lists."""

    def as_labels(items: Any) -> Term:
        for item in items:
            if item is not Ellipsis and not 0 <= item < len(LETTERS):
                raise ValueError(
                    f"einsum(): subscript in subscript list is not within the valid range [0, {len(LETTERS)}): {item}"
                )
        return tuple(DOTS if item is Ellipsis else int(item) for item in items)

    pairs = len(args) // 2
    operands, lists = list(args[: 2 * pairs : 2]), args[1 : 2 * pairs : 2]
    return operands, tuple(as_labels(items) for items in lists), as_labels(args[-1]) if len(args) % 2 else None


@functools.lru_cache(maxsize=256)
def parse(equation: Any) -> tuple[tuple[Term, ...], Term | None]:
    """The labels of the operands and of the output, None without an arrow, in an equation."""
    if not isinstance(equation, str):
        raise TypeError(f"einsum(): the equation must be a string, not {type(equation).__name__}")
    left, arrow, right = equation.partition("->")
    terms = tuple(as_labels(term, equation, f"operand {i}") for i, term in enumerate(left.split(",")))
    return terms, as_labels(right, equation, "the output") if arrow else None


def as_labels(term: str, equation: str, where: str) -> Term:
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
    return tuple(labels)


def shown(label: int) -> str:
    """A label in a message."""
    return LETTERS[label] if label >= 0 else "..."


def labelled(
    shapes: tuple[tuple[int, ...], ...], inputs: tuple[Term, ...], output: Term | None
) -> tuple[list[list[int]], list[int]]:
    """One label for each dimension of each operand, and the output's; raises where they do not fit together."""
    sizes: dict[int, int] = {}
    labels: list[list[int]] = []
    most = 0
    for i, (shape, names) in enumerate(zip(shapes, inputs)):
        ndim = len(shape)
        extra = ndim - len(names) + 1 if DOTS in names else 0
        if extra < 0 or (DOTS not in names and ndim != len(names)):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(names) - (DOTS in names)}) does not match "
                f"the number of dimensions ({ndim}) for operand {i}"
                + ("" if DOTS in names else " and no ellipsis was given")
            )
        most = max(most, extra)
        full = [name for item in names for name in (range(-1 - extra, -1) if item == DOTS else (item,))]
        for name, n in zip(full, shape):
            first = full.index(name)
            if n != shape[first]:
                raise RuntimeError(
                    f"einsum(): subscript {shown(name)} is repeated for operand {i} (of shape {list(shape)}) but the "
                    f"sizes don't match, {n} != {shape[first]}"
                )
            known = sizes.get(name, 1)
            if n not in (1, known) and known != 1:
                raise RuntimeError(
                    f"einsum(): subscript {shown(name)} has size {n} for operand {i} (of shape {list(shape)}) which "
                    f"does not broadcast with previously seen size {known}"
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


# ---- working out what to do

Labelled = tuple[int, list[int]]  # the number of a value, and the labels of its dimensions


class Plan:
    """The steps of a contraction. Values are numbered: the operands, then what each step makes of earlier ones."""

    def __init__(self, shapes: Any) -> None:
        self.shapes = list(shapes)
        self.steps: list[tuple[Any, tuple[int, ...], tuple[Any, ...]]] = []
        self.result = 0

    def add(self, op: Any, sources: tuple[int, ...], parameters: tuple[Any, ...], shape: Any) -> int:
        """A further step, whose result has this shape; returns the result's number."""
        self.steps.append((op, sources, parameters))
        self.shapes.append(tuple(shape))
        return len(self.shapes) - 1

    def run(self, operands: list[Tensor]) -> Tensor:
        """Does it."""
        values = list(operands)
        for op, sources, parameters in self.steps:
            values.append(op(*[values[i] for i in sources], *parameters))
        return values[self.result]

    # ---- steps on one value

    def diagonals(self, x: int, names: list[int]) -> Labelled:
        """An operand in which no label recurs: those that do are read along their diagonal."""
        for name in [name for name, count in Counter(names).items() for _ in range(count - 1)]:
            shape = self.shapes[x]
            first = names.index(name)
            second = names.index(name, first + 1)
            rest = [i for i in range(len(names)) if i not in (first, second)]
            x = self.add(shaping.diagonal, (x,), (0, first, second), [*(shape[i] for i in rest), shape[first]])
            names = [*(names[i] for i in rest), name]
        return x, names

    def summed(self, x: int, names: list[int], kept: set[int]) -> Labelled:
        """A value without the dimensions that nobody else needs."""
        axes = tuple(i for i, name in enumerate(names) if name not in kept)
        if not axes:
            return x, names
        rest = [i for i in range(len(names)) if i not in axes]
        x = self.add(reductions.sum, (x,), (axes, False), [self.shapes[x][i] for i in rest])
        return x, [names[i] for i in rest]

    def dropped(self, x: int, names: list[int], name: int) -> Labelled:
        """A value without a dimension of size 1."""
        at, shape = names.index(name), self.shapes[x]
        return self.reshaped(x, shape[:at] + shape[at + 1 :]), names[:at] + names[at + 1 :]

    def arranged(self, x: int, names: list[int], wanted: list[int]) -> int:
        """A value with its dimensions in another order."""
        if names == wanted:
            return x
        axes = tuple(names.index(name) for name in wanted)
        return self.add(shaping.transpose, (x,), (axes,), [self.shapes[x][i] for i in axes])

    def reshaped(self, x: int, shape: Any) -> int:
        """A value in another shape."""
        shape = tuple(shape)
        return x if shape == self.shapes[x] else self.add(shaping.reshape, (x,), (shape,), shape)

    # ---- a step on two

    def product(self, a: Labelled, b: Labelled, kept: set[int]) -> Labelled:
        """Two values made one, summed over the dimensions that are in `kept` no longer."""
        (x, left), (y, right) = a, b
        sizes = dict(zip(left, self.shapes[x])), dict(zip(right, self.shapes[y]))
        for name in set(left) & set(right):  # a size of 1 broadcasts: then only the other has that dimension
            if sizes[0][name] != sizes[1][name]:
                if sizes[0][name] == 1:
                    x, left = self.dropped(x, left, name)
                else:
                    y, right = self.dropped(y, right, name)
        x, left = self.summed(x, left, kept | set(right))
        y, right = self.summed(y, right, kept | set(left))
        batch = [name for name in left if name in right and name in kept]
        inner = [name for name in left if name in right and name not in kept]
        rows = [name for name in left if name not in right]
        columns = [name for name in right if name not in left]
        names = [*batch, *rows, *columns]
        x, y = self.arranged(x, left, [*batch, *rows, *inner]), self.arranged(y, right, [*batch, *inner, *columns])
        size = {
            **dict(zip([*batch, *rows, *inner], self.shapes[x])),
            **dict(zip([*batch, *inner, *columns], self.shapes[y])),
        }
        shape = [size[name] for name in names]
        b, n, k, m = (math.prod(size[name] for name in group) for group in (batch, rows, inner, columns))
        if not inner:  # nothing to sum: products alone
            x = self.reshaped(x, [*shape[: len(batch) + len(rows)], *(1 for _ in columns)])
            y = self.reshaped(y, [*shape[: len(batch)], *(1 for _ in rows), *(size[name] for name in columns)])
            return self.add(operator.mul, (x, y), (), shape), names
        if batch and not rows and not columns:  # many short scalar products
            x, y = self.reshaped(x, (b, k)), self.reshaped(y, (b, k))
            return self.reshaped(self.add(scalar_products, (x, y), (), (b,)), shape), names
        lead = (b,) if batch else ()
        x, y = self.reshaped(x, (*lead, n, k)), self.reshaped(y, (*lead, k, m))
        return self.reshaped(self.add(matmul, (x, y), (), (*lead, n, m)), shape), names


@lower_precision
def scalar_products(x: Tensor, y: Tensor) -> Tensor:
    """The scalar products of the rows of two matrices, with the dtypes that a product of matrices takes and gives."""
    a, b = x._array, y._array
    if a.dtype is not b.dtype or a.dtype.kind == "b":
        check_product("einsum", a, b)
    out = reductions.sum(x * y, 1, False)
    return out if out._array.dtype == a.dtype else out.to(x.dtype)  # NumPy sums up small integers in large ones


@functools.lru_cache(maxsize=1024)
def planned(inputs: tuple[Term, ...], output: Term | None, shapes: tuple[tuple[int, ...], ...]) -> Plan:
    """The plan for operands of these shapes, whose dimensions have these labels."""
    labels, wanted = labelled(shapes, inputs, output)
    plan = Plan(shapes)
    values = [plan.diagonals(i, names) for i, names in enumerate(labels)]
    for step in order(plan, values, wanted):
        chosen = [values[i] for i in step]
        values = [value for i, value in enumerate(values) if i not in step]
        while len(chosen) > 1:
            first, second, *chosen = chosen
            kept = {*wanted, *(name for _, names in values + chosen for name in names)}
            chosen.insert(0, plan.product(*in_order(first, second, wanted), kept))
        values += chosen
    plan.result = plan.arranged(*plan.summed(*values[0], set(wanted)), wanted)
    return plan


def in_order(a: Labelled, b: Labelled, wanted: list[int]) -> tuple[Labelled, Labelled]:
    """Two values in the order in which the output has the dimensions that only one of them has: a product of matrices
    then lies in memory in that order."""
    own = [name for name in wanted if (name in a[1]) != (name in b[1])]
    return (b, a) if own and own[0] in b[1] else (a, b)


def order(plan: Plan, values: list[Labelled], output: list[int]) -> list[tuple[int, ...]]:
    """Which values to contract next, again and again; the result comes last then. Cheap products come first."""
    if len(values) < 3:
        return [tuple(range(len(values)))]
    number = {name: i for i, name in enumerate({name for _, names in values for name in names})}
    arguments: list[Any] = []
    for x, names in values:
        arguments += [np.broadcast_to(np.float32(0), plan.shapes[x]), [number[name] for name in names]]
    return np.einsum_path(*arguments, [number[name] for name in output], optimize="greedy")[0][1:]
