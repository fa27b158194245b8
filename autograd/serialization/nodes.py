"""Objects as JSON: every value that a checkpoint may hold has one form, and nothing else can be written or read.

None, bools, 64-bit integers, finite floats and strings stand for themselves. Everything else is a JSON object with a
"type". An object met a second time is a reference to the first, so identity and cycles survive.
"""

from __future__ import annotations

import base64
import importlib
import math
import struct
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import devices, dtypes, random
from .._tensor import INFERENCE, Size, Tensor, wrap
from ..modes import state
from .malformed import CheckpointError, Keys, check_key, expect
from .storages import Memory, Storage, place, view

SEQUENCES: dict[str, Any] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset, "Size": Size}
MAPPINGS: dict[str, Any] = {"dict": dict, "OrderedDict": OrderedDict, "Counter": Counter}
CONTAINERS: dict[Any, str] = {kind: name for name, kind in {**SEQUENCES, **MAPPINGS}.items()}
PARAMETERS = {"Parameter": "nn.parameter", "Buffer": "nn.parameter"}  # found by name, as a pickle would find them

DEPTH = 100  # how deep containers may lie in each other

REMEDY = (
    "save() takes tensors, numbers, strings, bytes, and dicts, lists, tuples and sets of those. Of a module or an "
    "optimizer save its state_dict(); what only a pickle can hold, save(..., weights_only=False) pickles."
)


def class_of(name: str) -> Any:
    """The Tensor class called `name` in a file."""
    return Tensor if name == "Tensor" else getattr(importlib.import_module(PARAMETERS[name]), name)


def class_name(value: Tensor) -> str | None:
    """What a tensor's class is called in a file, None for a class that files do not know."""
    kind = type(value)
    if kind is Tensor:
        return "Tensor"
    return kind.__name__ if PARAMETERS.get(kind.__name__) == kind.__module__ else None


# ---- writing


class Encoder:
    """Turns an object into its nodes. Arrays are collected on the way, and placed in storages at the end."""

    def __init__(self) -> None:
        self.seen: dict[int, Any] = {}  # id of an object: its node
        self.kept: list[Any] = []  # so that no id is used again
        self.open: set[int] = set()  # the objects that are being encoded
        self.references = 0
        self.arrays: list[np.ndarray] = []
        self.nodes: list[dict[str, Any]] = []  # those of the arrays

    def encode(self, value: Any, path: str = "", depth: int = 0) -> Any:
        """The node of a value; `TypeError` with its path for one that has none."""
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if -(2**63) <= value < 2**63 else {"type": "int", "hex": hex(value)}
        if kind is float:
            return value if math.isfinite(value) else {"type": "float", "bits": struct.pack(">d", value).hex()}
        if id(value) in self.seen:
            return self.refer(value, path)
        if kind in CONTAINERS:
            return self.container(value, path, depth)
        if isinstance(value, Tensor) and class_name(value):
            return self.tensor(value, path, depth)
        node = self.leaf(value, path)
        self.note(value, node)
        return node

    def note(self, value: Any, node: dict[str, Any]) -> None:
        self.seen[id(value)] = node
        self.kept.append(value)

    def refer(self, value: Any, path: str) -> dict[str, Any]:
        """A reference to an object that already has its node."""
        node = self.seen[id(value)]
        if id(value) in self.open and not isinstance(value, (list, dict)):
            raise ValueError(f"the {type(value).__name__} at obj{path} holds itself: it cannot be saved")
        if "id" not in node:
            node["id"] = self.references
            self.references += 1
        return {"type": "ref", "id": node["id"]}

    def container(self, value: Any, path: str, depth: int) -> dict[str, Any]:
        if depth >= DEPTH:
            raise ValueError(f"obj{path}: containers more than {DEPTH} deep in each other cannot be saved")
        node: dict[str, Any] = {"type": CONTAINERS[type(value)]}
        self.note(value, node)
        self.open.add(id(value))
        if isinstance(value, dict):
            node["items"] = [
                [self.key(k, path), self.encode(v, f"{path}[{shown(k)}]", depth + 1)] for k, v in value.items()
            ]
            metadata = getattr(value, "_metadata", None)  # what a module's state_dict() says of its versions
            if metadata is not None:
                node["metadata"] = self.encode(metadata, f"{path}._metadata", depth + 1)
        elif isinstance(value, (set, frozenset)):
            node["items"] = [self.key(item, path) for item in value]
        else:
            node["items"] = [self.encode(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
        self.open.discard(id(value))
        return node

    def key(self, value: Any, path: str) -> Any:
        try:
            check_key(value)
        except CheckpointError as error:
            raise TypeError(f"obj{path} has {error}. {REMEDY}") from None
        return self.encode(value, f"{path}'s key {shown(value)}", 1)

    def leaf(self, value: Any, path: str) -> dict[str, Any]:
        """The node of what holds no other objects."""
        kind = type(value)
        if kind is complex:
            return {"type": "complex", "real": self.encode(value.real), "imag": self.encode(value.imag)}
        if kind is bytes or kind is bytearray:
            return {"type": kind.__name__, "base64": base64.b64encode(value).decode("ascii")}
        if kind is dtypes.dtype or kind is devices.device:
            return {"type": kind.__name__, "name": getattr(value, "name", str(value))}
        if kind is random.Generator:
            return {"type": "Generator", "hex": value.get_state()._array.tobytes().hex()}
        if kind is np.ndarray or isinstance(value, np.generic):
            try:
                name = dtypes.of_numpy(value.dtype).name
            except TypeError:
                raise TypeError(
                    f"obj{path} is NumPy data of {value.dtype}, which no tensor can hold. {REMEDY}"
                ) from None
            if kind is np.ndarray:
                return self.array(value, {"type": "ndarray", "dtype": name})
            return {"type": "scalar", "dtype": name, "hex": little(np.asarray(value)).tobytes().hex()}
        if isinstance(value, Tensor) and hasattr(value, "materialize"):
            raise TypeError(
                f"obj{path} is an {kind.__name__}, of a lazy module: it has no values before the first forward; run one"
            )
        raise TypeError(
            f"obj{path} is of the type {kind.__module__}.{kind.__qualname__}, which has no form in a file. {REMEDY}"
        )

    def tensor(self, value: Tensor, path: str, depth: int) -> dict[str, Any]:
        node: dict[str, Any] = {"type": class_name(value), "dtype": value.dtype.name}
        self.note(value, node)
        if value.requires_grad:
            node["requires_grad"] = True
        attributes = getattr(value, "__dict__", None)
        if attributes:
            for name in attributes:
                if not may_be_attribute(type(value), name):
                    raise TypeError(f"obj{path} has an attribute {name!r}, which would hide a tensor's own: delete it")
            self.open.add(id(value))
            node["attributes"] = self.encode(dict(attributes), f"{path}.__dict__", depth + 1)
            self.open.discard(id(value))
        return self.array(value._array, node)

    def array(self, array: np.ndarray, node: dict[str, Any]) -> dict[str, Any]:
        node["shape"] = list(array.shape)
        self.arrays.append(array)
        self.nodes.append(node)
        return node

    def place(self, negative: bool = True) -> list[Storage]:
        """Gives the arrays' nodes their places in storages, which are returned."""
        storages, places = place(self.arrays, negative)
        for node, (strides, number, offset) in zip(self.nodes, places):
            node.update(strides=strides, storage=number, offset=offset)
        return storages


def shown(key: Any) -> str:
    """A key in a path."""
    text = repr(key)
    return text if len(text) <= 40 else text[:37] + "..."


def little(array: np.ndarray) -> np.ndarray:
    """An array in little-endian order."""
    return array if array.dtype.str[0] != ">" else array.byteswap()


# ---- reading


class Decoder:
    """Makes objects of nodes. `memory(number)` is that of a storage."""

    def __init__(self, memory: Callable[[int], Memory]) -> None:
        self.memory, self.keys = memory, Keys()
        self.objects: dict[int, Any] = {}
        self.versions: dict[int, Any] = {}  # one counter of writes for all tensors over a storage

    def decode(self, node: Any) -> Any:
        """The object of a node."""
        if type(node) is not dict:
            expect(type(node) is not list, "a list where a value should be")
            return node
        kind, number = node["type"], node.get("id")
        if kind == "ref":
            return self.objects[node["id"]]
        if number is not None:
            expect(type(number) is int and number not in self.objects, "two objects have the same number")
        if kind == "list" or kind in MAPPINGS:
            return self.filled(node, [] if kind == "list" else MAPPINGS[kind]())
        value = self.made(kind, node)
        if number is not None:
            self.objects[number] = value
        return value

    def filled(self, node: dict[str, Any], value: Any) -> Any:
        """A list or dict, which may hold itself and so is known before it is filled."""
        if "id" in node:
            self.objects[node["id"]] = value
        items = sequence(node["items"])
        if isinstance(value, list):
            value.extend(map(self.decode, items))
            return value
        for node_of_key, item in items:
            key = self.keys.check(self.decode(node_of_key))  # first, as it was written: the item may refer to it
            value[key] = self.decode(item)
        expect(len(value) == len(items), "a dict has a key twice")
        if "metadata" in node:
            expect(type(value) is OrderedDict, "metadata, which only an OrderedDict has")
            value._metadata = self.decode(node["metadata"])
        return value

    def made(self, kind: Any, node: dict[str, Any]) -> Any:
        if kind in SEQUENCES:
            items = [self.decode(item) for item in sequence(node["items"])]
            if kind == "Size":
                expect(all(type(item) is int for item in items), "a Size of something else than integers")
            elif kind != "tuple":
                for item in items:
                    self.keys.check(item)
            value = SEQUENCES[kind](items)
            expect(len(value) == len(items), f"a {kind} has an item twice")
            return value
        if kind == "int":
            return int(text(node["hex"]), 16)
        if kind == "float":
            return struct.unpack(">d", bytes.fromhex(text(node["bits"])))[0]
        if kind == "complex":
            parts = [self.decode(node["real"]), self.decode(node["imag"])]
            expect(all(type(part) in (int, float) for part in parts), "a complex number of something else than floats")
            return complex(*parts)
        if kind == "bytes" or kind == "bytearray":
            data = base64.b64decode(text(node["base64"]), validate=True)
            return data if kind == "bytes" else bytearray(data)
        if kind == "dtype":
            return dtype_of(node["name"])
        if kind == "device":
            return devices.device(text(node["name"]))
        if kind == "Generator":
            data = bytes.fromhex(text(node["hex"]))
            return random.Generator().set_state(wrap(np.frombuffer(bytearray(data), np.uint8)))
        if kind == "scalar":
            numpy_dtype = dtype_of(node["dtype"]).numpy_dtype
            array = np.frombuffer(bytes.fromhex(text(node["hex"])), numpy_dtype)
            expect(array.size == 1, "a scalar of several numbers")
            return little(array)[0]
        if kind == "ndarray":
            return self.array(node)
        expect(kind == "Tensor" or kind in PARAMETERS, f"a value of the unknown type {kind!r}")
        return self.tensor(node, class_of(kind))

    def tensor(self, node: dict[str, Any], cls: Any) -> Tensor:
        requires_grad = node.get("requires_grad", False)
        described = node.get("attributes", {"type": "dict", "items": []})
        expect(described["type"] == "dict", "attributes that are not written out")  # many could share one large dict
        attributes = self.decode(described)
        tensor = leaf(cls, self.array(node), requires_grad, attributes)
        number = node["storage"]
        if number is not None:
            share_version(tensor, self.versions, number)
        return tensor

    def array(self, node: dict[str, Any]) -> np.ndarray:
        kind, number = dtype_of(node["dtype"]).numpy_dtype, node["storage"]
        shape, strides = sequence(node["shape"]), sequence(node["strides"])
        if number is None:
            expect(0 in shape, "a tensor with elements but without a storage")
            return view(np.empty(0, np.uint8), kind, shape, strides, node["offset"])
        expect(type(number) is int, "the number of a storage must be an integer")
        return self.memory(number).array(kind, shape, strides, node["offset"])


def leaf(cls: Any, array: np.ndarray, requires_grad: Any, attributes: Any) -> Tensor:
    """A tensor that is about to come out of a file."""
    expect(type(requires_grad) is bool, "requires_grad must be true or false")
    expect(not requires_grad or array.dtype.kind in "fcV", f"a tensor of {array.dtype} cannot require a gradient")
    tensor = wrap(array) if cls is Tensor else cls._make(array)
    if cls is not Tensor and state.inference:
        tensor._counter = INFERENCE
    tensor._requires_grad = requires_grad
    if attributes:
        expect(type(attributes) is dict and cls is not Tensor, "attributes, which only a Parameter or Buffer has")
        for name in attributes:
            expect(may_be_attribute(cls, name), f"an attribute {name!r} would hide the tensor's own")
        tensor.__dict__.update(attributes)
    return tensor


def may_be_attribute(cls: Any, name: Any) -> bool:
    """Whether a tensor of a class may have an attribute of this name of its own.

    None with two underscores: in `__array_interface__`, for one, NumPy looks for an address to read from.
    """
    return type(name) is str and not name.startswith("__") and not hasattr(cls, name)


def share_version(tensor: Tensor, versions: dict[Any, Any], storage: Any) -> None:
    """Lets the tensors over one storage count their writes together."""
    if tensor._counter is not INFERENCE:
        tensor._counter = versions.setdefault(storage, tensor._start_counter())


def dtype_of(name: Any) -> Any:
    """The dtype object of this name."""
    expect(type(name) is str and name in dtypes.OLDER_NAMES, f"the unknown dtype {name!r}")
    return dtypes.of_name(name)


def sequence(value: Any) -> list[Any]:
    expect(type(value) is list, f"a {type(value).__name__} where a list should be")
    return value


def text(value: Any) -> str:
    expect(type(value) is str, f"a {type(value).__name__} where a text should be")
    return value
