"""The storages in PyTorch's files: stretches of bytes with a class, a key, and the device that they were saved from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import wrap
from .malformed import CheckpointError, expect
from .storages import Memory


class StorageKind:
    """A storage's class in a pickle: the name of its dtype, or None for one of mere bytes."""

    def __init__(self, name: str | None) -> None:
        self.name = name

    @property
    def itemsize(self) -> int:
        """The size of what its length is counted in."""
        return 1 if self.name is None else dtypes.of_name(self.name).itemsize


class Storage:
    """What a pickle knows as a storage: a class, and the bytes from `first` to `last` of a memory."""

    def __init__(self, kind: StorageKind, memory: Memory, first: int, last: int) -> None:
        self.kind, self.memory, self.first, self.last = kind, memory, first, last

    def array(self, kind: np.dtype, shape: Any, strides: Any, offset: Any, conj: bool, neg: bool) -> np.ndarray:
        """The array of this dtype and geometry in it."""
        expect(self.first % kind.itemsize == 0, "a part of a storage that begins within a number")
        return self.memory.array(kind, shape, strides, offset, slice(self.first, self.last), conj, neg)


class Storages:
    """The storages of a file. `fetch(key, nbytes)` gives the bytes, `map_location` says where they may go."""

    def __init__(self, fetch: Callable[[str, int], np.ndarray], map_location: Any, swap: bool = False) -> None:
        self.fetch, self.map_location, self.swap = fetch, map_location, swap
        self.known: dict[str, Memory] = {}
        self.itemsizes: dict[str, int] = {}

    def find(self, identity: Any) -> Storage:
        """What a pickle refers to by ("storage", class, key, location, number of elements), and in the oldest files a
        part of that: (key, offset, number of elements)."""
        expect(type(identity) is tuple and len(identity) in (5, 6), "a reference to no storage")
        word, kind, key, location, count, *part = identity
        expect(word == "storage" and type(kind) is StorageKind, "a reference to no storage")
        expect(type(key) is str and type(location) is str, "a storage whose key or location is no text")
        expect(type(count) is int and 0 <= count < 2**58, "a storage whose number of elements cannot be")
        first, last = 0, count * kind.itemsize
        if key not in self.known:
            put_on_cpu(location, self.map_location)
            self.known[key], self.itemsizes[key] = Memory(self.fetch(key, last), self.swap), kind.itemsize
        memory = self.known[key]
        if part and part[0] is not None:
            expect(type(part[0]) is tuple and len(part[0]) == 3, "a malformed part of a storage")
            expect(all(type(n) is int for n in part[0][1:]), "a malformed part of a storage")
            first = part[0][1] * kind.itemsize
            last = first + part[0][2] * kind.itemsize
        expect(0 <= first <= last <= len(memory.buffer), f"more of the storage {key!r} is asked for than there is")
        return Storage(kind, memory, first, last)


def put_on_cpu(location: str, map_location: Any) -> None:
    """Raises unless what was saved at a location is to be loaded on the CPU, the only place there is."""
    place: Any = location
    if isinstance(map_location, dict):
        place = map_location.get(location, location)
    elif callable(map_location):
        moved = map_location(wrap(np.empty(0, np.uint8)), location)
        place = location if moved is None else "cpu"
    elif map_location is not None:
        place = map_location
    if str(place) != "cpu":
        raise CheckpointError(
            f"it holds tensors of the device {location!r} that would be loaded on {str(place)!r}, but there is only "
            "the CPU: load(..., map_location='cpu')"
        )
