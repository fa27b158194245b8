"""What the names in PyTorch's pickles stand for: dtypes, storages, containers, and what rebuilds tensors.

They are those that PyTorch itself allows under `weights_only=True`, as far as what they make exists here. Every
function checks the types of all that it is given.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any

from .. import devices, dtypes
from .._tensor import Size, Tensor
from .malformed import CheckpointError, Keys, expect
from .nodes import class_of, leaf, share_version
from .pickles import Function
from .torch_storages import Storage, StorageKind

CLASSES = ("torch.Tensor", "torch.nn.parameter.Parameter")


class Names:
    """The table of names, for one file: its tensors over one storage count their writes together."""

    def __init__(self) -> None:
        self.versions: dict[int, Any] = {}
        self.keys = Keys()
        self.described: dict[int, Any] = {}  # parameters' attributes, by their id
        kinds: dict[str, Any] = {
            "torch.storage.UntypedStorage": StorageKind(None),
            "torch.UntypedStorage": StorageKind(None),
        }
        for name, older in dtypes.OLDER_NAMES.items():
            kinds[f"torch.{older}Storage"] = kinds[f"torch.cuda.{older}Storage"] = StorageKind(name)
        functions: dict[str, Any] = {
            "collections.OrderedDict": self.ordered,
            "collections.Counter": counter,
            "builtins.set": self.unordered,
            "builtins.bytearray": byte_array,
            "builtins.complex": complex_number,
            "_codecs.encode": encoded,
            "torch.Size": size,
            "torch.device": device,
            "torch.Tensor": refuse,
            "torch.nn.parameter.Parameter": self.parameter,
            "torch._utils._rebuild_tensor": self.tensor,
            "torch._utils._rebuild_tensor_v2": self.tensor,
            "torch._utils._rebuild_tensor_v3": self.tensor_of_dtype,
            "torch._utils._rebuild_parameter": self.parameter,
            "torch._utils._rebuild_parameter_with_state": self.parameter,
            "torch._tensor._rebuild_from_type_v2": self.typed,
        }
        self.table = kinds | {name: Function(name, call) for name, call in functions.items()}

    def __call__(self, name: str) -> Any:
        """What a name stands for, None if for nothing."""
        module, _, last = name.rpartition(".")
        if module == "torch" and last in dtypes.OLDER_NAMES:
            return dtypes.of_name(last)
        return self.table.get(name)

    def tensor(
        self, storage: Any, offset: Any, shape: Any, strides: Any, requires_grad: Any = False, hooks: Any = None,
        metadata: Any = None,
    ) -> Tensor:  # fmt: skip
        """`_rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks, metadata)`."""
        expect(type(storage) is Storage and storage.kind.name, "a tensor without a storage of its dtype")
        kind = dtypes.of_name(storage.kind.name)
        return self.tensor_of_dtype(storage, offset, shape, strides, requires_grad, hooks, kind, metadata)

    def tensor_of_dtype(
        self, storage: Any, offset: Any, shape: Any, strides: Any, requires_grad: Any, hooks: Any, kind: Any,
        metadata: Any = None,
    ) -> Tensor:  # fmt: skip
        """`_rebuild_tensor_v3`: as version 2, with a dtype."""
        expect(type(storage) is Storage and type(kind) is dtypes.dtype, "a tensor without a storage or a dtype")
        expect(isinstance(shape, tuple) and isinstance(strides, tuple), "a tensor whose sizes or strides are no tuple")
        expect(not hooks, "a tensor with hooks")
        options = metadata or {}
        known = type(options) is dict and set(options) <= {"conj", "neg"}
        expect(known and all(type(value) is bool for value in options.values()), "a tensor with unknown properties")
        flags = options.get("conj", False), options.get("neg", False)
        array = storage.array(kind.numpy_dtype, list(shape), list(strides), offset, *flags)
        tensor = leaf(Tensor, array, requires_grad, None)
        share_version(tensor, self.versions, id(storage.memory))
        return tensor

    def parameter(self, data: Any, requires_grad: Any = True, hooks: Any = None, state: Any = None) -> Tensor:
        """`_rebuild_parameter_with_state(data, requires_grad, backward_hooks, state)`."""
        expect(type(data) is Tensor and not hooks, "a parameter that is no tensor, or has hooks")
        described = attributes(state)
        if described:  # many copies of one large dict would fill the memory
            expect(id(described) not in self.described, "parameters that share their attributes")
            self.described[id(described)] = described
        parameter = leaf(class_of("Parameter"), data._array, requires_grad, described)
        parameter._counter = data._counter
        return parameter

    def typed(self, function: Any, kind: Any, arguments: Any, state: Any) -> Tensor:
        """`_rebuild_from_type_v2(func, type, args, state)`: a tensor with attributes, which are left out."""
        expect(type(function) is Function and function.name.startswith("torch._utils._rebuild"), "an unknown tensor")
        expect(type(kind) is Function and kind.name in CLASSES, "a tensor of an unknown class")
        expect(type(arguments) is tuple, "an unknown tensor")
        return function.call(*arguments)

    def ordered(self, items: Any = ()) -> OrderedDict[Any, Any]:
        pairs = type(items) in (tuple, list) and all(type(pair) in (tuple, list) and len(pair) == 2 for pair in items)
        expect(pairs, "an OrderedDict of something else than pairs")
        return OrderedDict((self.keys.check(key), value) for key, value in items)

    def unordered(self, items: Any = ()) -> set[Any]:
        expect(type(items) in (list, tuple), "a set of something else than a list")
        return set(map(self.keys.check, items))


def attributes(state: Any) -> Any:
    """The attributes in an object's state: a dict, or that and the values of slots, of which there may be none."""
    if type(state) is tuple and len(state) == 2 and not state[1]:
        state = state[0]
    expect(state is None or type(state) is dict, "a parameter with an unknown state")
    return state


def counter(items: Any = None) -> Counter[Any]:
    expect(items is None or type(items) is dict, "a Counter of something else than a dict")
    result: Counter[Any] = Counter()
    dict.update(result, items or {})
    return result


def encoded(text: Any, encoding: Any) -> bytes:
    """`_codecs.encode(text, "latin1")`: how protocol 2 spells bytes."""
    expect(type(text) is str and encoding in ("latin1", "latin-1"), "bytes in an unknown spelling")
    return text.encode("latin-1")


def byte_array(data: Any = b"", encoding: Any = "latin-1") -> bytearray:
    return bytearray(data if type(data) is bytes else encoded(data, encoding))


def complex_number(real: Any, imag: Any) -> complex:
    expect(type(real) is float and type(imag) is float, "a complex number of something else than floats")
    return complex(real, imag)


def size(items: Any) -> Size:
    expect(
        type(items) in (tuple, list) and all(type(n) is int for n in items), "a Size of something else than integers"
    )
    return Size(items)


def device(kind: Any, index: Any = None) -> devices.device:
    expect(type(kind) is str and (index is None or type(index) is int), "an unknown device")
    return devices.device(kind, index)


def refuse(*arguments: Any) -> Any:
    raise CheckpointError("a tensor in the form of PyTorch's before 0.4")


def finished(value: Any) -> Any:
    """The object; raises where a part of the pickle's machinery is left in it."""
    pending, seen = [value], set()
    while pending:
        item = pending.pop()
        expect(not isinstance(item, (Function, StorageKind)), "a class or function where data should be")
        expect(type(item) is not Storage, "a storage without a tensor, which there is no class for: save tensors")
        if id(item) in seen or not isinstance(item, (dict, list, tuple, set, frozenset, Tensor)):
            continue
        seen.add(id(item))
        if isinstance(item, (list, tuple, set, frozenset)):
            pending.extend(item)
        else:
            pending.extend(vars(item).values() if hasattr(item, "__dict__") else ())
        if isinstance(item, dict):
            pending.extend(item.values())
    return value
