"""Modules made of modules, in a row, in a list or under names."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from .module import Module, check_module, listing

Self = TypeVar("Self", bound="Module")  # the class of the module that the method is called on


def position(container: Any, index: Any, what: str = "modules") -> int:
    """An index into the container, counted from the front; `IndexError` if there is none such."""
    count, index = len(container), operator.index(index)
    if not -count <= index < count:
        raise IndexError(f"index {index} is out of range: the {type(container).__name__} holds {count} {what}")
    return index % count


def pairs(items: Any, name: str) -> Iterator[tuple[Any, Any]]:
    """The keys and values of a mapping, or of an iterable of pairs."""
    if isinstance(items, Mapping) or hasattr(items, "items"):
        yield from items.items()
        return
    if not isinstance(items, Iterable):
        raise TypeError(
            f"{name}.update should be called with an iterable of key/value pairs, but got {type(items).__name__}"
        )
    for number, pair in enumerate(items):
        if not isinstance(pair, Iterable):
            raise TypeError(
                f"{name} update sequence element #{number} should be Iterable (a pair); is {type(pair).__name__}"
            )
        pair = tuple(pair)
        if len(pair) != 2:
            raise ValueError(f"{name} update sequence element #{number} has length {len(pair)}; 2 is required")
        yield pair


class Numbered(Module):
    """Modules that have numbers for names: what `Sequential` and `ModuleList` have in common."""

    _modules: dict[str, Any]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def _name_at(self, index: Any) -> str:
        return list(self._modules)[position(self, index)]

    def _renumber(self, modules: Iterable[Any]) -> None:
        self._modules = {str(number): module for number, module in enumerate(modules)}

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name_at(index), module)

    def __delitem__(self, index: int | slice) -> None:
        names = list(self._modules)[index] if isinstance(index, slice) else [self._name_at(index)]
        self._renumber([module for name, module in self._modules.items() if name not in names])

    def append(self: Self, module: Module) -> Self:
        """Adds a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def insert(self, index: int, module: Module) -> Any:
        """Puts a module before the one at `index`."""
        check_module(module)
        modules = list(self)
        modules.insert(index, module)
        self._renumber(modules)

    def extend(self: Self, modules: Iterable[Module]) -> Self:
        """Adds modules at the end; all or, after an error, none."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                f"{type(self).__name__}.extend should be called with an iterable, but got {type(modules).__name__}"
            )
        modules = list(modules)
        for module in modules:
            check_module(module)
        for module in modules:
            self.append(module)
        return self

    def pop(self, key: int | slice) -> Any:
        """Takes out the module at an index, or those of a slice, and returns it."""
        taken = self[key]
        del self[key]
        return taken

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self._like(dict(list(self._modules.items())[index]))
        return self._modules[self._name_at(index)]

    def _like(self, modules: dict[str, Any]) -> Any:
        """Another of the same class, with some of the modules."""
        raise NotImplementedError


class Sequential(Numbered):
    """Modules called one after the other. Takes them as arguments, or as one ordered dictionary of named modules.

    >>> import autograd, nn
    >>> nn.Sequential(nn.Linear(2, 3), nn.ReLU())(autograd.ones(1, 2)).shape
    torch.Size([1, 3])
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], dict) else enumerate(args)
        for name, module in named:
            self.add_module(str(name), module)

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)
        return input

    def _like(self, modules: dict[str, Any]) -> Any:
        return type(self)(modules)

    def insert(self: Self, index: int, module: Module) -> Self:
        """Puts a module before the one at `index`; the modules are numbered anew."""
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}, of a Sequential of {len(self)} modules")
        super().insert(index, module)
        return self

    def __add__(self, other: Any) -> Sequential:
        return Sequential(*self, *chained(other))

    def __iadd__(self: Self, other: Any) -> Self:
        return self.extend(chained(other))

    def __mul__(self, other: Any) -> Sequential:
        return Sequential(*list(self) * times(self, other))

    def __rmul__(self, other: Any) -> Sequential:
        return self * other

    def __imul__(self: Self, other: Any) -> Self:
        return self.extend(list(self) * (times(self, other) - 1))


def chained(other: Any) -> Sequential:
    """What may be added to a Sequential."""
    if not isinstance(other, Sequential):
        raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
    return other


def times(container: Any, factor: Any) -> int:
    """What a Sequential may be multiplied by."""
    if not isinstance(factor, int):
        raise TypeError(f"unsupported operand type(s) for *: {type(container)} and {type(factor)}")
    if factor <= 0:
        raise ValueError(f"Non-positive multiplication factor {factor} for {type(container)}")
    return factor


class ModuleList(Numbered):
    """A list of modules, so that they are found among `modules()` and their parameters among `parameters()`.

    >>> import nn
    >>> nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])
    ModuleList(
      (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)
    )
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def _like(self, modules: dict[str, Any]) -> Any:
        return type(self)(modules.values())

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __iadd__(self: Self, modules: Iterable[Module]) -> Self:
        return self.extend(modules)

    def __repr__(self) -> str:
        runs: list[list[Any]] = []  # the first and last number of modules that print alike, and how
        for number, text in enumerate(map(repr, self)):
            if runs and runs[-1][2] == text:
                runs[-1][1] = number
            else:
                runs.append([number, number, text])
        items = [
            f"({first}): {text}" if first == last else f"({first}-{last}): {last - first + 1} x {text}"
            for first, last, text in runs
        ]
        return listing(self._get_name(), items)


class ModuleDict(Module):
    """Modules under names, in the order in which they were added.

    >>> import nn
    >>> acts = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})
    >>> acts["tanh"]
    Tanh()
    """

    _modules: dict[str, Any]

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Takes out all modules."""
        self._modules.clear()

    def pop(self, key: str) -> Any:
        """Takes out the module of this name and returns it."""
        return self._modules.pop(key)

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def items(self) -> Any:
        """Pairs of name and module."""
        return self._modules.items()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Any) -> None:
        """Adds the modules of a mapping, or of pairs (name, module), replacing those of the same name."""
        for name, module in pairs(modules, "ModuleDict"):
            self[name] = module
