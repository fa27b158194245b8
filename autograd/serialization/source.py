"""A file to be read: bytes from where it stands to its end, of which no reader can ask for more than there are."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from .malformed import CheckpointError, expect

CHUNK = 1 << 20


class Source:
    """A seekable binary file, read by exact counts. Its bytes are numbered from where it stood when it was given."""

    def __init__(self, file: Any) -> None:
        self.file = file
        try:
            self.start = file.tell()
            self.size = file.seek(0, 2) - self.start
            file.seek(self.start)
        except (AttributeError, io.UnsupportedOperation) as error:
            raise type(error)(
                f"{error}. load() reads files that can seek: read the data into a buffer like io.BytesIO first."
            ) from None

    @property
    def position(self) -> int:
        """The number of the byte that is read next."""
        return self.file.tell() - self.start

    @property
    def remaining(self) -> int:
        """How many bytes are left."""
        return self.size - self.position

    def seek(self, position: int) -> None:
        """Goes on at the byte of this number."""
        expect(0 <= position <= self.size, "a position outside of the file")
        self.file.seek(self.start + position)

    def read(self, count: int) -> bytes:
        """The next bytes, exactly so many."""
        if count > CHUNK and count > self.remaining:
            raise CheckpointError(f"truncated: {count} bytes are announced and {self.remaining} are left")
        data = self.file.read(count)
        while len(data) < count:
            more = self.file.read(count - len(data))
            expect(more, f"truncated: {count} bytes are announced and {len(data)} are left")
            data += more
        return data

    def peek(self, count: int) -> bytes:
        """The next bytes, or as many as there are, without going on."""
        position = self.position
        data = self.read(min(count, self.remaining))
        self.seek(position)
        return data

    def line(self, limit: int) -> bytes:
        """The text up to the end of the line."""
        text = self.file.readline(limit + 1)
        expect(text.endswith(b"\n"), "truncated, or a line that is too long")
        return text[:-1]

    def fill(self, buffer: np.ndarray) -> None:
        """Reads into all of an array of bytes."""
        fill(self.file, buffer)


def fill(file: Any, buffer: np.ndarray) -> None:
    """Reads the next bytes of a file into all of an array of bytes."""
    done = 0
    while done < len(buffer):
        data = file.read(min(CHUNK, len(buffer) - done))
        expect(data, f"truncated: {len(buffer)} bytes are announced, and {done} are there")
        buffer[done : done + len(data)] = np.frombuffer(data, np.uint8)
        done += len(data)
