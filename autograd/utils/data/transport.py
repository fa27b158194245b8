"""Transport: messages between a `DataLoader` and its workers, with large arrays in shared memory.

The arrays of a batch are not part of its pickle (protocol 5 hands them out as buffers). Where there is `memfd_create`,
the worker writes them into a nameless file in memory, passes that file over the socket, and the loader maps it: they
are copied once. Such a file has no name that could be left behind; it is gone with its last user, however that ends.
"""

from __future__ import annotations

import mmap
import os
import pickle
import weakref
from multiprocessing import reduction
from typing import Any

# Smaller batches take the socket: measured, a file in memory is faster from about 100 kB on.
SMALL = 1 << 17
# Each mapped file holds a file descriptor for as long as the batch lives. A program that keeps more batches than this
# gets copies.
MAPPED_AT_MOST = 64
ALIGNMENT = 64

mapped: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


class Parcel:
    """A header and an object that may hold arrays, ready to be sent. What cannot be pickled raises here."""

    def __init__(self, header: Any, content: Any) -> None:
        buffers: list[pickle.PickleBuffer] = []
        data = pickle.dumps(content, 5, buffer_callback=buffers.append)
        views = [buffer.raw() for buffer in buffers]
        parts, size = [], 0
        for view in views:
            parts.append((size, size + view.nbytes))
            size += -(-view.nbytes // ALIGNMENT) * ALIGNMENT
        self.file = file_in_memory() if size > SMALL else None
        try:
            if self.file is None:
                self.region = bytearray(size)
                for view, (start, end) in zip(views, parts):
                    self.region[start:end] = view
            else:
                os.ftruncate(self.file, size)
                for view, (start, _) in zip(views, parts):
                    write(self.file, view, start)
            self.message = pickle.dumps((header, data, parts, size, self.file is not None), 5)
        except BaseException:
            self.close()
            raise

    def send(self, connection: Any) -> None:
        """Sends it. `OSError` if nobody will receive it."""
        try:
            connection.send_bytes(self.message)
            if self.file is not None:
                reduction.send_handle(connection, self.file, None)
            elif self.region:
                connection.send_bytes(self.region)
        finally:
            self.close()

    def close(self) -> None:
        """Closes the file, which lives on with the one who has received it."""
        if self.file is not None:
            os.close(self.file)
            self.file = None


class Packed:
    """An object and its buffers, as they have arrived."""

    def __init__(self, data: bytes, parts: list[tuple[int, int]], region: Any) -> None:
        self.data, self.parts, self.region = data, parts, region

    def unpack(self) -> Any:
        """The object, whose arrays use the buffers' memory."""
        memory = memoryview(self.region)
        return pickle.loads(self.data, buffers=[memory[start:end] for start, end in self.parts])


def receive(connection: Any) -> tuple[Any, Packed]:
    """The header of a parcel and its object. `EOFError` or `OSError` if the sender is gone."""
    header, data, parts, size, shared = pickle.loads(connection.recv_bytes())
    if shared:
        region = shared_region(connection, size)
    else:
        region = bytearray(size)
        if size:
            connection.recv_bytes_into(region)
    return header, Packed(data, parts, region)


def file_in_memory() -> int | None:
    """A new file descriptor of one, None where there are no such files."""
    try:
        return os.memfd_create("batch")
    except (AttributeError, OSError):
        return None


def write(file: int, view: memoryview, start: int) -> None:
    """Writes all bytes. Unlike a write through a mapping, it is an error and no crash when the memory is used up."""
    while view.nbytes:
        written = os.pwrite(file, view, start)
        view, start = view[written:], start + written


def shared_region(connection: Any, size: int) -> Any:
    """The memory of a file that was passed: mapped, or a copy if many are."""
    try:
        file = reduction.recv_handle(connection)
    except RuntimeError as error:
        raise RuntimeError(
            f"DataLoader cannot take over a batch from its worker: {error}. If too many files are open, raise the "
            "limit (`ulimit -n`) or close some."
        ) from error
    try:
        if len(mapped) < MAPPED_AT_MOST:
            region = mmap.mmap(file, size, mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0))
            mapped.add(region)
            return region
        copy, done = bytearray(size), 0
        while done < size:
            done += os.preadv(file, [memoryview(copy)[done:]], done)
        return copy
    except OSError as error:
        raise MemoryError(f"DataLoader has no room for a batch of {size} bytes: {error}") from error
    finally:
        os.close(file)
