"""Random programs of views, writes and arithmetic, run step by step on any number of modules at once.

A program is a pool of tensors and a list of steps. Each step is a function of the module and its pool, so that
`autograd` and PyTorch run exactly the same. What a step does is drawn from its number and the pool's shapes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

SIZES = [(4,), (2, 3), (3, 3), (2, 2, 2), (1, 3), (4, 1)]


class Program:
    """A program that grows by `step()`. `pools` holds each module's tensors, in the same order."""

    strided_share = 0.06  # how many of the views are made by as_strided

    def __init__(self, seed: int, modules: list[Any], plain: bool = False) -> None:
        self.random = np.random.default_rng(seed)
        self.modules = modules
        self.plain = plain  # nothing whose gradient is not the derivative of its value: detach, no_grad, data
        shapes = [SIZES[i] for i in self.random.integers(len(SIZES), size=3)]
        self.starts = [self.random.uniform(-1, 1, shape) for shape in shapes]
        self.steps: list[tuple[str, Callable[..., Any]]] = []
        self.pools = [self.start(m, self.starts) for m in modules]

    @staticmethod
    def start(m: Any, values: list[np.ndarray]) -> list[Any]:
        """Two leaves that require grad, copies of them to write to, and a tensor that does not."""
        a, b = (m.tensor(v, dtype=m.float64, requires_grad=True) for v in values[:2])
        return [a, b, a * 1, b * 1, m.tensor(values[2], dtype=m.float64)]

    def step(self) -> tuple[str, list[Any]]:
        """Adds a step and runs it. Returns its text and, for each module, the error it raised or None."""
        text, action = self.draw()
        self.steps.append((text, action))
        return text, [self.run(action, m, pool) for m, pool in zip(self.modules, self.pools)]

    @staticmethod
    def run(action: Callable[..., Any], m: Any, pool: list[Any]) -> Exception | None:
        """Runs a step; a new tensor goes into the pool."""
        try:
            made = action(m, pool)
        except Exception as error:
            return error
        if made is not None and not any(made is tensor for tensor in pool):
            pool.append(made)
        return None

    def draw(self) -> tuple[str, Callable[..., Any]]:
        """The next step."""
        random, pool = self.random, self.pools[0]
        i = int(random.integers(len(pool)))
        kind = random.choice(["view", "write", "part", "compute", "mode"], p=[0.34, 0.3, 0.14, 0.18, 0.04])
        draw = {"view": self.view, "write": self.write, "part": self.part, "compute": self.compute}
        if kind == "view" and random.random() < self.strided_share and self.same_geometry(i):
            draw["view"] = lambda array: self.strided(pool[i])
        if kind == "mode":
            text, change = self.mode(i)
            return f"t{i}{text}", lambda m, pool: change(m, pool, pool[i])
        text, change = draw[kind](pool[i].detach().numpy())
        without = not self.plain and random.random() < 0.12
        action = lambda m, pool: change(m, pool, pool[i])  # noqa: E731
        if without:
            return f"no_grad: t{i}{text}", lambda m, pool: quietly(m, action, pool)
        return f"t{i}{text}", action

    def other(self, shape: tuple[int, ...], target: np.ndarray | None = None) -> int | None:
        """A tensor that broadcasts to that shape, and to write into `target` does not overlap it in part."""
        fitting = []
        for i, tensor in enumerate(self.pools[0]):
            array = tensor.detach().numpy()
            with contextlib.suppress(ValueError):
                apart = target is None or same_place(array, target) or not np.shares_memory(array, target)
                if apart and np.broadcast_shapes(array.shape, shape) == shape:
                    fitting.append(i)
        return int(self.random.choice(fitting)) if fitting else None

    def index(self, shape: tuple[int, ...]) -> Any:
        """A basic index."""
        items: list[Any] = []
        for size in shape[: int(self.random.integers(len(shape) + 1))]:
            which = self.random.integers(4)
            if which == 0 and size:
                items.append(int(self.random.integers(-size, size)))
            elif which == 1:
                items.append(slice(None, None, int(self.random.integers(1, 3))))
            else:
                start = int(self.random.integers(0, max(size, 1)))
                items.append(slice(start, start + int(self.random.integers(1, 4))))
        if self.random.random() < 0.2:
            items.insert(int(self.random.integers(len(items) + 1)), self.random.choice([None, ...]))
        return tuple(items)

    def view(self, array: np.ndarray) -> tuple[str, Any]:
        """A view of a tensor."""
        shape, n, random = array.shape, array.ndim, self.random
        d = int(random.integers(-n, n)) if n else 0
        e = int(random.integers(n)) if n else 0
        size = shape[d] if n else 1
        index = self.index(shape)
        order = tuple(int(axis) for axis in random.permutation(n))
        total = int(np.prod(shape))
        shapes = [(-1,), (total,), (1, *shape), (*shape, 1), shape[::-1]] + [(2, total // 2)] * (total % 2 == 0)
        target = shapes[random.integers(len(shapes))]
        larger = (2, *shape) if random.random() < 0.5 else shape
        at = int(random.integers(size)) if size else 0
        choices: list[tuple[str, Any]] = [
            (f"[{index}]", lambda m, pool, t: t[index]),
            (f"[{index}]", lambda m, pool, t: t[index]),
            (f".transpose({d}, {e})", lambda m, pool, t: t.transpose(d, e)),
            (f".permute({order})", lambda m, pool, t: t.permute(order)),
            (f".view({target})", lambda m, pool, t: t.view(target)),
            (f".reshape({target})", lambda m, pool, t: t.reshape(target)),
            (f".unsqueeze({d})", lambda m, pool, t: t.unsqueeze(d)),
            (f".squeeze({d})", lambda m, pool, t: t.squeeze(d)),
            (".squeeze()", lambda m, pool, t: t.squeeze()),
            (f".expand({larger})", lambda m, pool, t: t.expand(larger)),
            (".flatten()", lambda m, pool, t: t.flatten()),
            (f".narrow({d}, 0, {at})", lambda m, pool, t: t.narrow(d, 0, at)),
            (f".select({d}, {at})", lambda m, pool, t: t.select(d, at)),
            (f".unbind({d})[{at}]", lambda m, pool, t: t.unbind(d)[at]),
            (f".split(2, {d})[0]", lambda m, pool, t: t.split(2, d)[0]),
            (f".chunk(2, {d})[-1]", lambda m, pool, t: t.chunk(2, d)[-1]),
            (".diagonal()", lambda m, pool, t: t.diagonal()),
            (f".movedim({d}, {e})", lambda m, pool, t: t.movedim(d, e)),
            (f".unfold({d}, 2, 2)", lambda m, pool, t: t.unfold(d, 2, 2)),
            (".view_as(self)", lambda m, pool, t: t.view_as(t)),
            (".t()", lambda m, pool, t: t.t()),
            (f".swapaxes({d}, {e})", lambda m, pool, t: t.swapaxes(d, e)),
        ]
        return choices[random.integers(len(choices))]

    def same_geometry(self, i: int) -> bool:
        """Whether a tensor lies in memory alike in all modules, and is no view if gradients must be derivatives."""
        geometries = [[(t.stride(), t.storage_offset()) for t in self.owned(pool[i])] for pool in self.pools]
        return all(g == geometries[0] for g in geometries) and not (self.plain and self.pools[0][i]._is_view())

    @staticmethod
    def owned(tensor: Any) -> list[Any]:
        """A tensor, and its base if it has one."""
        return [tensor] if tensor._base is None else [tensor, tensor._base]

    def strided(self, tensor: Any) -> tuple[str, Any]:
        """A view of the memory of a tensor's base, in which no two elements are one."""
        random, base = self.random, self.owned(tensor)[-1]
        size, step = max(base.numel(), 1), int(random.integers(1, 4))
        shape, strides = [int(random.integers(1, max(size // step, 1) + 1))], [step]
        if random.random() < 0.5:
            rows = int(random.integers(1, 3))
            shape, strides = [rows, *shape], [shape[0] * step, *strides]
        if random.random() < 0.3:
            shape, strides = shape[::-1], strides[::-1]
        offset = base.storage_offset() + int(random.integers(size))
        return f".as_strided({shape}, {strides}, {offset})", lambda m, pool, t: t.as_strided(shape, strides, offset)

    def write(self, array: np.ndarray) -> tuple[str, Any]:
        """A write to all of a tensor."""
        random = self.random
        j, c = self.other(array.shape, array), round(float(random.uniform(-1, 1)), 2)
        choices: list[tuple[str, Any]] = [
            (f".mul_({c})", lambda m, pool, t: t.mul_(c)),
            (f".add_({c})", lambda m, pool, t: t.add_(c)),
            (f" -= {c}", lambda m, pool, t: t.__isub__(c)),
            (" /= 2", lambda m, pool, t: t.__itruediv__(2)),
            (" **= 2", lambda m, pool, t: t.__ipow__(2)),
            (".sin_()", lambda m, pool, t: t.sin_()),
            (".tanh_()", lambda m, pool, t: t.tanh_()),
            (".exp_().clamp_(-3, 3)", lambda m, pool, t: t.exp_().clamp_(-3, 3)),
            (f".fill_({c})", lambda m, pool, t: t.fill_(c)),
            (".zero_()", lambda m, pool, t: t.zero_()),
            (".mul_(self)", lambda m, pool, t: t.mul_(t)),
            (".neg_()", lambda m, pool, t: t.neg_()),
        ]
        if j is not None:
            choices += [
                (f".mul_(t{j})", lambda m, pool, t: t.mul_(pool[j])),
                (f" += t{j}", lambda m, pool, t: t.__iadd__(pool[j])),
                (f" *= t{j}", lambda m, pool, t: t.__imul__(pool[j])),
                (f".sub_(t{j}, alpha=2)", lambda m, pool, t: t.sub_(pool[j], alpha=2)),
                (f".copy_(t{j})", lambda m, pool, t: t.copy_(pool[j])),
                (f".copy_(t{j})", lambda m, pool, t: t.copy_(pool[j])),
                (f".addcmul_(t{j}, t{j})", lambda m, pool, t: t.addcmul_(pool[j], pool[j])),
                (f".lerp_(t{j}, 0.3)", lambda m, pool, t: t.lerp_(pool[j].expand(*t.shape), 0.3)),
            ]
        return choices[random.integers(len(choices))]

    def part(self, array: np.ndarray) -> tuple[str, Any]:
        """A write to a part of a tensor."""
        shape, random, c = array.shape, self.random, round(float(self.random.uniform(-1, 1)), 2)
        index = self.index(shape)
        try:
            target = array[index if Ellipsis in index else (*index, ...)]
            j = self.other(target.shape, target)
        except IndexError:
            j = None
        mask = random.random(shape) < 0.5
        rows = random.integers(shape[0], size=3).tolist() if shape and shape[0] else []
        distinct = sorted(set(rows))
        k = self.other((len(distinct), *shape[1:]), array)
        choices: list[tuple[str, Any]] = [
            (f"[{index}] = {c}", lambda m, pool, t: t.__setitem__(index, c)),
            (f"[mask] = {c}", lambda m, pool, t: t.__setitem__(m.tensor(mask), c)),
            (f".masked_fill_(mask, {c})", lambda m, pool, t: t.masked_fill_(m.tensor(mask), c)),
            (".masked_fill_(mask, w)", lambda m, pool, t: t.masked_fill_(m.tensor(mask), pool[0].sum())),
            (f"[{index}] = t.sum()", lambda m, pool, t: t.__setitem__(index, t.sum())),
        ]
        if j is not None:
            choices += [
                (f"[{index}] = t{j}", lambda m, pool, t: t.__setitem__(index, pool[j])),
                (f"[{index}] += t{j}", lambda m, pool, t: t.__setitem__(index, t[index].__iadd__(pool[j]))),
                (f"[{index}] *= t{j}", lambda m, pool, t: t.__setitem__(index, t[index].__imul__(pool[j]))),
            ]
        if rows:
            choices.append((f"[{distinct}] = {c}", lambda m, pool, t: t.__setitem__(distinct, c)))
            add = lambda m, pool, t: t.index_put_((m.tensor(rows),), pool[1].sum(), accumulate=True)  # noqa: E731
            choices.append((f".index_put_(({rows},), w, True)", add))
            if k is not None:
                choices.append((f"[{distinct}] = t{k}", lambda m, pool, t: t.__setitem__(distinct, pool[k])))
        return choices[random.integers(len(choices))]

    def compute(self, array: np.ndarray) -> tuple[str, Any]:
        """A new tensor from one of that shape."""
        shape, random, j = array.shape, self.random, self.other(array.shape)
        c = round(float(random.uniform(-1, 1)), 2)
        d = int(random.integers(len(shape))) if shape else 0
        choices: list[tuple[str, Any]] = [
            (".clone()", lambda m, pool, t: t.clone()),
            (f" * {c}", lambda m, pool, t: t * c),
            (".exp().clamp(-3, 3)", lambda m, pool, t: t.exp().clamp(-3, 3)),
            (".sin()", lambda m, pool, t: t.sin()),
            (".t().exp()", lambda m, pool, t: t.t().tanh()),
            (f".sum({d}, keepdim=True)", lambda m, pool, t: t.sum(d, keepdim=True)),
        ]
        if j is not None:
            choices += [
                (f" * t{j}", lambda m, pool, t: t * pool[j]),
                (f" + t{j}", lambda m, pool, t: t + pool[j]),
                (f" * t{j}", lambda m, pool, t: t * pool[j]),
            ]
        return choices[random.integers(len(choices))]

    def mode(self, i: int) -> tuple[str, Any]:
        """A step that changes how a tensor takes part."""
        choices: list[tuple[str, Any]] = [
            (".requires_grad_()", lambda m, pool, t: t.requires_grad_()),
            (".retain_grad()", lambda m, pool, t: t.retain_grad()),
        ]
        if not self.plain:
            choices += [
                (".detach()", lambda m, pool, t: t.detach()),
                (".data", lambda m, pool, t: t.data),
                (".requires_grad_(False)", lambda m, pool, t: t.requires_grad_(False)),
            ]
        return choices[self.random.integers(len(choices))]


def same_place(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays are the same elements in the same order."""
    return a.ctypes.data == b.ctypes.data and a.shape == b.shape and a.strides == b.strides


def quietly(m: Any, action: Callable[..., Any], pool: list[Any]) -> Any:
    """Runs a step without recording."""
    with m.no_grad():
        return action(m, pool)


def loss(m: Any, pool: list[Any]) -> Any:
    """A number that depends on every tensor that can be used."""
    total = m.zeros((), dtype=m.float64)
    for k, tensor in enumerate(pool):
        total = total + (tensor * (1 + 0.1 * k)).sum() + (tensor * tensor).sum() * 0.05
    return total
