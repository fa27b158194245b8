"""Arrays and the memory they lie in: what is saved once and seen by several arrays is shared again when loaded.

A storage is a stretch of memory. Arrays that overlap in memory belong to one storage, so views come back as views. An
array is then a dtype, a shape, strides and an offset, the last two counted in its own elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .malformed import expect

strided = np.lib.stride_tricks.as_strided


class Storage:
    """The memory of some arrays, about to be saved: from the lowest byte of any of them to the highest.

    `dtypes`: theirs. It starts and ends at a multiple of their largest element's size, so that all stay aligned.
    """

    def __init__(self, start: int) -> None:
        self.start = self.stop = start
        self.parts: list[tuple[int, np.ndarray]] = []  # address, bytes: what each array adds to those before it
        self.dtypes: set[Any] = set()

    def add(self, array: np.ndarray, low: int, high: int) -> None:
        """Takes in an array that lies from `low` to `high`; arrays come sorted by `low`."""
        self.dtypes.add(array.dtype)
        if high > self.stop:
            begin = max(low, self.stop)
            self.parts.append((begin, extent(array)[begin - low :]))
            self.stop = high

    @property
    def width(self) -> int:
        """The size of the largest element."""
        return max(kind.itemsize for kind in self.dtypes)

    @property
    def origin(self) -> int:
        """The address of the first byte that is saved."""
        return self.start - self.start % self.width

    @property
    def nbytes(self) -> int:
        """How many bytes are saved."""
        return self.stop - self.origin + -self.stop % self.width

    def pieces(self) -> Iterator[Any]:
        """The bytes, in order."""
        yield bytes(self.start - self.origin)
        for _, part in self.parts:
            yield part.data
        yield bytes(-self.stop % self.width)


def extent(array: np.ndarray) -> np.ndarray:
    """The memory of an array as bytes, from its lowest element to its highest, with what lies in between."""
    low, high = np.lib.array_utils.byte_bounds(array)
    lowest = (*(slice(-1, None) if stride < 0 else slice(1) for stride in array.strides), ...)
    return strided(array[lowest], ((high - low) // array.itemsize,), (array.itemsize,)).view(np.uint8)


def place(arrays: Sequence[np.ndarray], negative: bool = True) -> tuple[list[Storage], list[Any]]:
    """The storages of arrays, and for each array where it lies: strides, number of the storage, offset.

    Without `negative`, an array with negative strides is copied first. An empty array lies in no storage (None).
    """
    arrays = [placeable(array, negative) for array in arrays]
    bounds = [np.lib.array_utils.byte_bounds(array) for array in arrays]
    order = sorted((i for i, array in enumerate(arrays) if array.size), key=lambda i: bounds[i])
    found: list[tuple[Storage, list[int]]] = []
    for i in order:
        low, high = bounds[i]
        if not found or low >= found[-1][0].stop:
            found.append((Storage(low), []))
        found[-1][0].add(arrays[i], low, high)
        found[-1][1].append(i)
    found.sort(key=lambda pair: min(pair[1]))  # in the order in which they are met, not in that of their addresses
    places: list[Any] = [([stride // a.itemsize for stride in a.strides], None, 0) for a in arrays]
    for number, (storage, members) in enumerate(found):
        for i in members:
            offset = arrays[i].__array_interface__["data"][0] - storage.origin
            places[i] = (places[i][0], number, offset // arrays[i].itemsize)
    return [storage for storage, _ in found], places


def placeable(array: np.ndarray, negative: bool) -> np.ndarray:
    """The array, or a copy of it if it cannot be described in whole elements of this machine's byte order."""
    whole = array.flags.aligned and not any(stride % array.itemsize for stride in array.strides)
    if whole and array.dtype.isnative and (negative or min(array.strides, default=0) >= 0):
        return array
    return np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(array.shape)


def view(buffer: np.ndarray, kind: np.dtype, shape: Any, strides: Any, offset: Any) -> np.ndarray:
    """The array of this dtype and geometry in a storage, an array of bytes; `CheckpointError` if it does not fit there.

    `strides` and `offset` are counted in elements.
    """
    for numbers in (shape, strides, [offset]):
        expect(all(type(n) is int for n in numbers), "a tensor's sizes, strides and offset must be integers")
    expect(len(shape) == len(strides), f"a tensor of {len(shape)} sizes has {len(strides)} strides")
    expect(len(shape) <= 64, f"a tensor of {len(shape)} dimensions: 64 is the most that an array has")
    expect(min(shape, default=0) >= 0, f"a tensor has the negative size {min(shape, default=0)}")
    count = kind.itemsize
    for size in shape:
        count *= size or 1
    expect(count < 2**63, f"a tensor of sizes {list(shape)}: larger than any memory")
    expect(all(abs(stride) < 2**58 for stride in strides), f"a tensor with the strides {list(strides)}")
    byte_strides = [stride * kind.itemsize for stride in strides]
    if 0 in shape:
        return np.ndarray(shape, kind, np.empty(0, np.uint8), 0, byte_strides)
    steps = [(size - 1) * stride for size, stride in zip(shape, strides)]
    low, high = offset + sum(s for s in steps if s < 0), offset + 1 + sum(s for s in steps if s > 0)
    expect(
        low >= 0 and high * kind.itemsize <= buffer.nbytes,
        f"a tensor of sizes {list(shape)}, strides {list(strides)} and offset {offset} ({kind.name}) does not fit into "
        f"its storage of {buffer.nbytes} bytes",
    )
    array = np.ndarray(shape, kind, buffer, offset * kind.itemsize, byte_strides)
    if kind.kind == "b":
        check_bools(array if array.size <= buffer.nbytes else buffer[low:high])
    return array


def check_bools(array: np.ndarray) -> np.ndarray:
    """The array, if each byte of it is 0 or 1, which all code takes for granted."""
    expect(not array.size or array.view(np.uint8).max() <= 1, "a bool that is neither 0 nor 1")
    return array
