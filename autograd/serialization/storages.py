"""Arrays and the memory they lie in: what is saved once and seen by several arrays is shared again when loaded.

A storage is a stretch of memory. Arrays that overlap in memory belong to one storage, so views come back as views. An
array is then a dtype, a shape, strides and an offset, the last two counted in its own elements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .malformed import CheckpointError, expect

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


class Memory:
    """The bytes of a storage in a file, of which arrays are made. With `swap` they are of the other byte order, until
    the first array is made of them."""

    def __init__(self, buffer: np.ndarray, swap: bool = False) -> None:
        self.buffer, self.swap, self.unit = buffer, swap, 0
        self.altered: dict[Any, np.ndarray] = {}
        self.only_bools: bool | None = None
        self.checked = 0

    def array(
        self, kind: np.dtype, shape: Any, strides: Any, offset: Any, part: slice = slice(None), conj: bool = False,
        neg: bool = False,
    ) -> np.ndarray:  # fmt: skip
        """The array of this dtype and geometry in it, or in a part of it; `CheckpointError` if it does not fit there.

        `strides` and `offset` are counted in elements. With `conj` or `neg` the bytes are those of its conjugate or
        negative.
        """
        buffer = self.altered_bytes(kind, conj, neg) if conj or neg else self.bytes_for(kind)
        array = view(buffer[part], kind, shape, strides, offset)
        if kind.kind == "b":
            self.check_bools(array)
        return array

    def bytes_for(self, kind: np.dtype) -> np.ndarray:
        """The bytes, in this machine's order for numbers of a dtype."""
        unit = kind.itemsize // (2 if kind.kind == "c" else 1)
        if self.swap and unit > 1:
            expect(self.unit in (0, unit), "a storage of the other byte order that holds numbers of different sizes")
            if not self.unit:
                self.unit, whole = unit, len(self.buffer) // unit * unit
                self.buffer[:whole].view(f"u{unit}").byteswap(inplace=True)
        return self.buffer

    def altered_bytes(self, kind: np.dtype, conj: bool, neg: bool) -> np.ndarray:
        """The bytes of the conjugate or negative numbers, made once for all arrays that want them."""
        expect(kind.kind in ("c" if conj else "fc"), f"a conjugate or negative of {kind.name}")
        key = kind, conj, neg
        if key not in self.altered:
            buffer = self.bytes_for(kind)
            numbers = buffer[: len(buffer) // kind.itemsize * kind.itemsize].view(kind)
            numbers = np.conjugate(numbers) if conj else numbers
            self.altered[key] = (np.negative(numbers) if neg else numbers).view(np.uint8)
        return self.altered[key]

    def check_bools(self, array: np.ndarray) -> None:
        """Raises unless each byte of an array in it is 0 or 1, without looking at any byte too often."""
        if self.only_bools is None:
            self.only_bools = are_bools(self.buffer)
        if not self.only_bools:
            self.checked += array.size
            expect(self.checked <= 64 * len(self.buffer), "too many bools in a storage that holds other numbers too")
            check_bools(array)


LIMIT = 2**58  # of a size, stride or offset: in bytes it still is a number of 64 bits


def view(buffer: np.ndarray, kind: np.dtype, shape: Any, strides: Any, offset: Any) -> np.ndarray:
    """The array of this dtype and geometry in an array of bytes; `CheckpointError` if it does not fit there."""
    for numbers in (shape, strides, [offset]):
        fit = all(type(n) is int and -LIMIT < n < LIMIT for n in numbers)
        expect(fit, "a tensor's sizes, strides and offset must be integers of less than 58 bits")
    expect(len(shape) == len(strides), f"a tensor of {len(shape)} sizes has {len(strides)} strides")
    expect(len(shape) <= 64, f"a tensor of {len(shape)} dimensions: 64 is the most that an array has")
    expect(min(shape, default=0) >= 0, "a tensor has a negative size")
    count = kind.itemsize
    for size in shape:
        count *= size or 1
    expect(count < 2**63, "a tensor that is larger than any memory")
    byte_strides = [stride * kind.itemsize for stride in strides]
    if 0 in shape:
        return np.ndarray(shape, kind, np.empty(0, np.uint8), 0, byte_strides)
    low = high = offset
    for size, stride in zip(shape, strides):
        low, high = low + min(0, (size - 1) * stride), high + max(0, (size - 1) * stride)
    if low < 0 or (high + 1) * kind.itemsize > buffer.nbytes:
        raise CheckpointError(
            f"a tensor of sizes {list(shape)}, strides {list(strides)} and offset {offset} ({kind.name}) does not fit "
            f"into its storage of {buffer.nbytes} bytes"
        )
    return np.ndarray(shape, kind, buffer, offset * kind.itemsize, byte_strides)


def are_bools(array: np.ndarray) -> bool:
    """Whether each byte of an array of bytes or bools is 0 or 1."""
    return not array.size or bool(array.view(np.uint8).max() <= 1)


def check_bools(array: np.ndarray) -> None:
    """Raises unless each byte of an array of bools is 0 or 1, which all code takes for granted."""
    expect(are_bools(array), "a bool that is neither 0 nor 1")
