"""This library's own files: a zip of one JSON text and of raw storages. `docs/saving.md` describes them."""

from __future__ import annotations

import json
import sys
import zipfile
from typing import Any

from . import zips
from .malformed import CheckpointError, expect
from .nodes import Decoder, Encoder
from .storages import Memory
from .zips import Zip

CONTENT = "ndgrad.json"
VERSION = 1


def write(obj: Any, file: Any) -> None:
    """Writes an object as an archive."""
    encoder = Encoder()
    node = encoder.encode(obj)
    storages = encoder.place()
    content = {
        "format": "ndgrad",
        "version": VERSION,
        "byteorder": sys.byteorder,
        "storages": [storage.nbytes for storage in storages],
        "object": node,
    }
    text = json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")
    with zipfile.ZipFile(file, "w") as target:
        zips.write(target, CONTENT, len(text), [text])
        for number, storage in enumerate(storages):
            zips.write(target, f"storages/{number}", storage.nbytes, storage.pieces())


def read(archive: Zip, mapping: Any = None) -> Any:
    """The object in an archive, whose storages are read, or taken from the mapping of the file into memory."""
    archive.expect_stored()
    content = parse(archive.read(CONTENT))
    expect(
        type(content) is dict and content.get("format") == "ndgrad", f"{CONTENT} does not describe an ndgrad archive"
    )
    version, order = content["version"], content["byteorder"]
    expect(type(version) is int and version >= 1, f"the archive's version is {version!r}")
    expect(version <= VERSION, f"version {version} of the format, which this library does not know yet: upgrade it")
    expect(order in ("little", "big"), f"the byte order is {order!r}")
    sizes = content["storages"]
    names = [f"storages/{number}" for number in range(len(sizes))]
    expect(set(archive.members) == {CONTENT, *names}, "its members are not those that it lists")
    for name, size in zip(names, sizes):
        expect(
            type(size) is int and size == archive.size(name), f"the member {name!r} is not of the size that is listed"
        )
    loaded: dict[int, Memory] = {}

    def memory(number: int) -> Memory:
        expect(0 <= number < len(names), f"a tensor in the storage {number}, of {len(names)}")
        if number not in loaded:
            name = names[number]
            buffer = archive.load(name) if mapping is None else archive.map(name, mapping)
            loaded[number] = Memory(buffer, order != sys.byteorder)
        return loaded[number]

    return Decoder(memory).decode(content["object"])


def parse(data: bytes) -> Any:
    """JSON in the strict sense: UTF-8, no name twice, no NaN, no number beyond 64 bits."""
    return json.loads(
        data.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse, parse_int=integer, parse_float=number
    )


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    expect(len(result) == len(pairs), "a JSON object has a name twice")
    return result


def refuse(constant: str) -> Any:
    raise CheckpointError(f"{constant} is no JSON")


def integer(digits: str) -> int:
    expect(len(digits) <= 20, "a JSON number of too many digits")
    return int(digits)


def number(digits: str) -> float:
    expect(len(digits) <= 400, "a JSON number of too many digits")
    return float(digits)
