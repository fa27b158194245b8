"""PyTorch's own files, read without PyTorch: the zip that it writes since version 1.6, and the row of pickles that it
wrote before. What the pickles in them may do is in `pickles.py`, what their names stand for in `torch_names.py`.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .malformed import CheckpointError, expect
from .pickles import Function, Machine
from .source import Source
from .storages import Memory
from .torch_names import Names, finished
from .torch_storages import Storages
from .zips import Zip

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


def run(source: Source, storages: Storages, names: Callable[[str], Any], trusted: Any = None) -> Any:
    """The object that the next pickle makes; by Python's own unpickler if one is given as trusted."""
    if trusted is None:
        return finished(Machine(source, names, storages.find).run())

    class Unpickler(trusted.Unpickler):
        def persistent_load(self, identity: Any) -> Any:
            return storages.find(identity)

        def find_class(self, module: str, name: str) -> Any:
            known = names(f"{module}.{name}")
            if known is None:
                return super().find_class(module, name)
            return known.call if type(known) is Function else known

    return Unpickler(source.file).load()


def is_zip(archive: Zip) -> bool:
    """Whether a zip is one of PyTorch's."""
    return any(name.rpartition("/")[2] in ("data.pkl", "constants.pkl") for name in archive.members)


def read_zip(archive: Zip, map_location: Any = None, mapping: Any = None, trusted: Any = None) -> Any:
    """The object in a zip: a pickle, and a member for each storage."""
    if any(name.rpartition("/")[2] == "constants.pkl" for name in archive.members):
        raise CheckpointError("a TorchScript archive, which holds a program: save the state_dict() of the module")
    archive.expect_stored()
    roots = [name[: -len("data.pkl")] for name in archive.members if name.rpartition("/")[2] == "data.pkl"]
    expect(len(roots) == 1, "it has more than one data.pkl")
    root = roots[0]
    order = archive.read(root + "byteorder") if root + "byteorder" in archive else b"little"
    expect(order in (b"little", b"big"), f"the byte order is {order[:20]!r}")

    def fetch(key: str, nbytes: int) -> np.ndarray:
        name = f"{root}data/{key}"
        there = archive.size(name)
        expect(there == nbytes, f"the storage {key!r} is to have {nbytes} bytes and has {there}")
        return archive.load(name) if mapping is None else archive.map(name, mapping)

    storages = Storages(fetch, map_location, swap=order.decode() != sys.byteorder)
    return run(Source(io.BytesIO(archive.read(root + "data.pkl"))), storages, Names(), trusted)


# ---- the older form: pickles of the magic number, the protocol, the system, the object and the storages' keys, and
# then for each key the number of elements (64 bits) and the elements, little-endian


def is_legacy(source: Source) -> bool:
    """Whether a file begins with the magic number."""
    start, position = source.peek(64), source.position
    if start[:1] not in (b"\x80", b"L"):
        return False
    try:
        return plain(source) == MAGIC
    except Exception:
        return False
    finally:
        source.seek(position)


def plain(source: Source) -> Any:
    """What the next pickle makes, if that needs no names."""
    return Machine(source, lambda name: None, lambda identity: expect(False, "a reference to no storage")).run()


def read_legacy(source: Source, map_location: Any = None, trusted: Any = None) -> Any:
    """The object in a file of the older form."""
    plain(source)
    protocol = plain(source)
    expect(type(protocol) is int and protocol == PROTOCOL, f"another protocol of PyTorch's files than {PROTOCOL}")
    plain(source)
    start, taken = source.position, 0

    def fetch(key: str, nbytes: int) -> np.ndarray:
        nonlocal taken
        taken += nbytes
        expect(taken <= source.size, "its storages are said to be larger than the file: it is truncated, or hostile")
        return np.zeros(nbytes, np.uint8)

    # The elements come last: the pickle is run once to know the storages, and again when they are filled.
    storages = Storages(fetch, map_location, swap=sys.byteorder == "big")
    run(source, storages, Names(), trusted)
    keys = plain(source)
    expect(type(keys) is list and all(type(key) is str for key in keys), "the keys of its storages are no texts")
    expect(len(set(keys)) == len(keys) and set(keys) == set(storages.known), "its storages are not those that it lists")
    for key in keys:
        buffer, count = storages.known[key].buffer, int.from_bytes(source.read(8), "little")
        expect(count * storages.itemsizes[key] == len(buffer), f"the storage {key!r} is not of the size that is listed")
        source.fill(buffer)
        storages.known[key] = Memory(buffer, storages.swap)
    end = source.position
    source.seek(start)
    value = run(source, storages, Names(), trusted)
    source.seek(end)
    return value
