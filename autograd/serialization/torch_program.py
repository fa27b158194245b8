"""Files for PyTorch: the zip that `torch.load` reads under its default `weights_only=True`.

The pickle in it is written here opcode by opcode, from the nodes that the archive's JSON consists of: protocol 2, and
no names but those of PyTorch that rebuild tensors and containers.
"""

from __future__ import annotations

import struct
import sys
import zipfile
from typing import Any

from .. import dtypes
from . import zips
from .nodes import Encoder, dtype_of
from .storages import Storage

NAMES = {
    "OrderedDict": "collections OrderedDict", "Counter": "collections Counter", "set": "__builtin__ set",
    "Size": "torch Size", "complex": "__builtin__ complex", "bytearray": "__builtin__ bytearray",
    "bytes": "_codecs encode", "device": "torch device",
}  # fmt: skip
REBUILD = "torch._utils _rebuild_"
WITHOUT_CLASS = ("uint16", "uint32", "uint64")  # dtypes that PyTorch never made a class of storages for


def write(obj: Any, file: Any) -> None:
    """Writes an object for PyTorch; `TypeError` for what PyTorch would not load."""
    encoder = Encoder()
    node = encoder.encode(obj)
    storages = encoder.place(negative=False)  # PyTorch has no negative strides
    program = Program(storages)
    program.add(node)
    data = bytes(program.out) + b"."
    with zipfile.ZipFile(file, "w") as target:
        for name, content in (("data.pkl", data), ("byteorder", sys.byteorder.encode()), ("version", b"3\n")):
            zips.write(target, f"archive/{name}", len(content), [content])
        for number, storage in enumerate(storages):
            zips.write(target, f"archive/data/{number}", storage.nbytes, storage.pieces())
        zips.write(target, f"archive/data/{len(storages)}", 0, [])  # in which empty tensors lie


class Program:
    """A pickle program that makes the object of a node."""

    def __init__(self, storages: list[Storage]) -> None:
        self.storages = storages
        self.out = bytearray(b"\x80\x02")
        self.memo: dict[Any, int] = {}  # names and references: where the program keeps what they stand for

    def add(self, node: Any) -> None:
        """The opcodes that put the object of a node on the stack."""
        if not isinstance(node, dict):
            self.plain(node)
            return
        kind = node["type"]
        if kind == "ref":
            self.get(("ref", node["id"]))
            return
        write = getattr(self, f"add_{kind}", None)
        if write is None:
            raise TypeError(
                f"PyTorch's files cannot hold a {kind}, or PyTorch would not load it: convert it (a NumPy array to a "
                "tensor, a NumPy scalar with .item()), or leave format='torch' out"
            )
        write(node)
        if "id" in node and ("ref", node["id"]) not in self.memo:
            self.put(("ref", node["id"]))

    # ---- numbers and texts

    def plain(self, value: Any) -> None:
        if value is None or isinstance(value, bool):
            self.out += {None: b"N", True: b"\x88", False: b"\x89"}[value]
        elif isinstance(value, int):
            self.integer(value)
        elif isinstance(value, float):
            self.out += b"G" + struct.pack(">d", value)
        else:
            self.text(value)

    def integer(self, value: int) -> None:
        if -(2**31) <= value < 2**31:
            self.out += b"J" + struct.pack("<i", value)
            return
        data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
        if len(data) > 255:
            raise TypeError(f"PyTorch's files cannot hold an integer of {value.bit_length()} bits")
        self.out += b"\x8a" + bytes([len(data)]) + data

    def text(self, value: str) -> None:
        data = value.encode("utf-8", "surrogatepass")
        self.out += b"X" + struct.pack("<I", len(data)) + data

    def add_int(self, node: Any) -> None:
        self.integer(int(node["hex"], 16))

    def add_float(self, node: Any) -> None:
        self.out += b"G" + bytes.fromhex(node["bits"])

    # ---- what is kept for later

    def put(self, key: Any) -> None:
        self.memo[key] = len(self.memo)
        self.out += b"r" + struct.pack("<I", self.memo[key])

    def get(self, key: Any) -> None:
        self.out += b"j" + struct.pack("<I", self.memo[key])

    def name(self, name: str) -> None:
        """A global, written out once."""
        if name in self.memo:
            self.get(name)
        else:
            self.out += b"c" + name.replace(" ", "\n").encode("ascii") + b"\n"
            self.put(name)

    def call(self, name: str, *arguments: Any) -> None:
        """A function's result; arguments are nodes, or functions that write themselves."""
        self.name(name)
        self.tuple(arguments)
        self.out += b"R"

    def tuple(self, items: Any) -> None:
        self.out += b"("
        for item in items:
            item() if callable(item) else self.add(item)
        self.out += b"t"

    # ---- containers

    def fill(self, node: Any) -> None:
        """The items of a list or dict that was just made, known before it is filled since it may hold itself."""
        if "id" in node:
            self.put(("ref", node["id"]))
        self.out += b"("
        for item in node["items"]:
            for part in [item] if node["type"] == "list" else item:
                self.add(part)
        self.out += b"e" if node["type"] == "list" else b"u"

    def add_list(self, node: Any) -> None:
        self.out += b"]"
        self.fill(node)

    def add_dict(self, node: Any) -> None:
        self.out += b"}"
        self.fill(node)

    def add_Counter(self, node: Any) -> None:
        self.call(NAMES["Counter"])
        self.fill(node)

    def add_OrderedDict(self, node: Any) -> None:
        self.call(NAMES["OrderedDict"])
        self.fill(node)
        if "metadata" in node:
            self.out += b"}"
            self.plain("_metadata")
            self.add(node["metadata"])
            self.out += b"sb"

    def add_tuple(self, node: Any) -> None:
        self.tuple(node["items"])

    def add_Size(self, node: Any) -> None:
        self.call(NAMES["Size"], lambda: self.tuple(node["items"]))

    def add_set(self, node: Any) -> None:
        self.call(NAMES["set"], {"type": "list", "items": node["items"]})

    # ---- other values

    def add_complex(self, node: Any) -> None:
        self.call(NAMES["complex"], node["real"], node["imag"])

    def add_bytes(self, node: Any) -> None:
        self.call(NAMES["bytes"], characters(node), "latin1")

    def add_bytearray(self, node: Any) -> None:
        self.call(NAMES["bytearray"], characters(node), "latin-1")

    def add_device(self, node: Any) -> None:
        self.call(NAMES["device"], node["name"])

    def add_dtype(self, node: Any) -> None:
        self.name(f"torch {node['name']}")

    # ---- tensors

    def add_Tensor(self, node: Any) -> None:
        empty = node["storage"] is None
        known = {dtype_of(node["dtype"]).numpy_dtype} if empty else self.storages[node["storage"]].dtypes
        classed = len(known) == 1 and node["dtype"] not in WITHOUT_CLASS
        arguments: list[Any] = [
            lambda: self.storage(node, classed),
            node["offset"],
            lambda: self.tuple(node["shape"]),
            lambda: self.tuple(node["strides"]),
            node.get("requires_grad", False),
            lambda: self.call(NAMES["OrderedDict"]),
        ]
        if classed:
            self.call(REBUILD + "tensor_v2", *arguments)
        else:
            self.call(REBUILD + "tensor_v3", *arguments, {"type": "dtype", "name": node["dtype"]})

    def add_Parameter(self, node: Any) -> None:
        bare = {key: value for key, value in node.items() if key != "id"} | {"requires_grad": False}
        arguments = [
            lambda: self.add_Tensor(bare),
            node.get("requires_grad", False),
            lambda: self.call(NAMES["OrderedDict"]),
        ]
        if "attributes" in node:
            self.call(REBUILD + "parameter_with_state", *arguments, node["attributes"])
        else:
            self.call(REBUILD + "parameter", *arguments)

    def storage(self, node: Any, classed: bool) -> None:
        """A reference to a member of the zip: class, key, location, length."""
        number = node["storage"]
        kind = dtype_of(node["dtype"])
        nbytes = 0 if number is None else self.storages[number].nbytes
        name = f"torch {dtypes.OLDER_NAMES[kind.name]}Storage" if classed else "torch.storage UntypedStorage"
        key = len(self.storages) if number is None else number
        self.tuple(
            ["storage", lambda: self.name(name), str(key), "cpu", nbytes // kind.itemsize if classed else nbytes]
        )
        self.out += b"Q"


def characters(node: Any) -> str:
    """Bytes as the text whose characters have their numbers."""
    import base64

    return base64.b64decode(node["base64"]).decode("latin-1")
