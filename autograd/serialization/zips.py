"""Zip files: members that are written aligned, and read only after every size has been checked against the file's."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable
from typing import Any

import numpy as np

from .malformed import expect
from .source import Source, fill

ALIGNMENT = 64  # of every member's data in the file, so that arrays can be mapped from it
PADDING = 0xD935  # the kind of extra field that others, too, pad with
LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, length of the name, length of the extra fields
EXPANSION, ALLOWANCE = 100, 1 << 24  # compressed members may unfold to so many times the file's size, and some more


class Zip:
    """The members of a zip file. Nothing is read that the file's size does not account for."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.zip = zipfile.ZipFile(source.file)
        self.members: dict[str, zipfile.ZipInfo] = {}
        packed = unpacked = 0
        for info in self.zip.infolist():
            expect(info.filename not in self.members, f"it has two members called {info.filename!r}")
            self.members[info.filename] = info
            expect(not info.flag_bits & 1, "its members are encrypted")
            stored = info.compress_type == zipfile.ZIP_STORED
            expect(stored or info.compress_type == zipfile.ZIP_DEFLATED, "its members are compressed in an unknown way")
            expect(not stored or info.file_size == info.compress_size, f"the sizes of {info.filename!r} disagree")
            packed += info.compress_size
            unpacked += info.file_size
        expect(packed <= source.size, "its members are said to be larger than the file: it is truncated, or hostile")
        most = source.size * EXPANSION + ALLOWANCE
        expect(unpacked <= most, f"{source.size} bytes would unfold to {unpacked}: more than is plausible")

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def expect_stored(self) -> None:
        """Raises for compressed members, which only some formats have."""
        stored = all(info.compress_type == zipfile.ZIP_STORED for info in self.members.values())
        expect(stored, "its members are compressed, and those of this format never are: it was packed anew")

    def size(self, name: str) -> int:
        """The number of bytes of a member."""
        expect(name in self.members, f"it has no member {name!r}")
        return self.members[name].file_size

    def read(self, name: str) -> bytes:
        """A member, whole; its checksum has been compared."""
        return self.load(name).tobytes()

    def load(self, name: str) -> np.ndarray:
        """A member as an array of bytes; its checksum has been compared."""
        buffer = np.empty(self.size(name), np.uint8)
        with self.zip.open(self.members[name]) as file:
            fill(file, buffer)
            expect(not file.read(1), f"the member {name!r} is longer than announced")
        return buffer

    def map(self, name: str, mapping: Any) -> np.ndarray:
        """A stored member as an array of bytes over a mapping of the file into memory. No checksum is compared."""
        info, size = self.members[name], self.size(name)
        self.source.seek(info.header_offset - self.source.start)
        signature, name_length, extra_length = LOCAL_HEADER.unpack(self.source.read(LOCAL_HEADER.size))
        expect(signature == b"PK\x03\x04", f"the member {name!r} is not where it should be")
        start = info.header_offset + LOCAL_HEADER.size + name_length + extra_length
        expect(start + size <= self.source.start + self.source.size, f"the member {name!r} is truncated")
        return np.frombuffer(mapping, np.uint8, size, start) if size else np.empty(0, np.uint8)


def write(target: zipfile.ZipFile, name: str, size: int, parts: Iterable[Any]) -> None:
    """Adds a member of `size` bytes, given in parts, to a zip file: not compressed, aligned, and without a date."""
    info = zipfile.ZipInfo(name)  # dated 1980, so that equal content makes equal files
    info.file_size, info.external_attr = size, 0o600 << 16
    large = size * 1.05 > zipfile.ZIP64_LIMIT
    header = (
        LOCAL_HEADER.size + len(name.encode("utf-8")) + 20 * large + 6
    )  # with the fields for sizes, and for padding
    space = -(target.start_dir + header) % ALIGNMENT
    info.extra = struct.pack("<HHH", PADDING, 2 + space, ALIGNMENT) + bytes(space)
    with target.open(info, "w", force_zip64=large) as member:
        for part in parts:
            member.write(part)
