"""What a summary tells: the layers of a module and the totals, and what is seen of them in a forward pass."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator
from typing import Any

from autograd import Tensor

from ..modules.module import Module
from ..parameter import is_lazy

# ---- what happens in a forward pass


class Calls:
    """What has been seen of a module's calls: `first` is when it was called first, among all calls."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.count = 0
        self.outputs: list[Any] = []  # the shapes of what it returned, each once
        self.elements = self.bytes = 0  # of what it returned that nothing had returned before
        self.failed_on: Any = None


class Record:
    """A forward pass: the calls of each module, and the error in which it ended, if it did."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.calls: dict[Module, Calls] = {}
        self.open: list[tuple[Module, Any]] = []  # the calls that have begun, with their arguments
        self.memory: dict[int, Any] = {}  # by address a weak reference to the tensor there
        self.error: Exception | None = None
        self.input_elements = self.input_bytes = 0

    def run(self, args: list[Any], kwargs: dict[str, Any]) -> None:
        """Calls the module."""
        for tensor in self.module.parameters():
            if not is_lazy(tensor):
                self.new(tensor)
        self.input_elements, self.input_bytes = self.counted((args, kwargs))
        for inner in self.module.modules():
            inner.register_forward_pre_hook(self.before, prepend=True, with_kwargs=True)
            inner.register_forward_hook(self.after, with_kwargs=True)
        try:
            self.module(*args, **kwargs)
        except Exception as error:
            self.error = error
            for module, arguments in self.open:
                self.calls[module].failed_on = arguments

    def before(self, module: Module, args: Any, kwargs: Any) -> None:
        """The hook before each forward."""
        if module not in self.calls:
            self.calls[module] = Calls(len(self.calls))
        self.open.append((module, [shapes(value) for value in (*args, *kwargs.values())]))

    def after(self, module: Module, args: Any, kwargs: Any, result: Any) -> None:
        """The hook after each forward."""
        while (inner := self.open.pop())[0] is not module:  # one that failed, and the module went on without it
            if not self.calls[inner[0]].count:
                self.calls[inner[0]].failed_on = inner[1]
        calls = self.calls[module]
        calls.count, calls.failed_on = calls.count + 1, None
        if (output := shapes(result)) not in calls.outputs:
            calls.outputs.append(output)
        elements, size = self.counted(result)
        calls.elements += elements
        calls.bytes += size

    def counted(self, value: Any) -> tuple[int, int]:
        """How many elements and bytes the tensors in a value have that are new."""
        new = [tensor for tensor in tensors(value) if self.new(tensor)]
        return sum(tensor.numel() for tensor in new), sum(nbytes(tensor) for tensor in new)

    def new(self, tensor: Tensor) -> bool:
        """Whether the tensor's memory is not yet known; it then is."""
        owner = tensor if tensor._base is None else tensor._base
        address, known = owner.data_ptr(), self.memory.get(owner.data_ptr())
        if known is not None and known() is not None:
            return False
        self.memory[address] = weakref.ref(owner)
        return True


def nbytes(tensor: Tensor) -> int:
    """The memory of a tensor's elements."""
    return tensor.numel() * tensor.dtype.itemsize


def tensors(value: Any) -> Iterator[Tensor]:
    """The tensors in nested tuples, lists and dictionaries."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from tensors(item)
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))


def shapes(value: Any) -> Any:
    """The value with lists of sizes for its tensors, and the names of their types for other things."""
    if isinstance(value, Tensor):
        return list(value.shape)
    if isinstance(value, dict):
        return {key: shapes(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        named = type(value).__name__ if hasattr(value, "_fields") else ""
        return (named, *[shapes(item) for item in value if item is not None or not named])
    return "None" if value is None else type(value).__name__


# ---- the result


class Layer:
    """A module in the tree: its own parameters, its calls, and the layers inside, in the order of their calls.

    `same_as` is the path under which it has come before; its parameters then count there.
    """

    def __init__(self, name: str, module: Module, calls: Calls | None, same_as: str | None) -> None:
        self.name, self.module, self.calls, self.same_as = name, module, calls, same_as
        self.kind = module._summary()
        self.parameters = self.frozen = self.shared = 0
        self.unknown = False  # a lazy parameter has no size yet
        self.layers: list[Layer] = []

    def everything(self) -> Iterator[Layer]:
        """This layer and all inside."""
        yield self
        for layer in self.layers:
            yield from layer.everything()

    @property
    def first(self) -> float:
        """When it, or a layer inside, was called first."""
        own = math.inf if self.calls is None or self.same_as else self.calls.first
        return min([own, *[layer.first for layer in self.layers]])

    @property
    def failed(self) -> bool:
        """Whether it, or a layer inside, was being called when the error arose."""
        own = self.calls is not None and self.calls.failed_on is not None and self.same_as is None
        return own or any(layer.failed for layer in self.layers)


class Summary:
    """What `summary` returns. As text it is a table; its attributes are the totals.

    `total_params` is the sum of `trainable_params` and `frozen_params`; `total_buffers`, `input_elements` and
    `output_elements` count the elements of the buffers, of the example and of what the layers return. `param_bytes`,
    `buffer_bytes`, `input_bytes` and `output_bytes` are the memory, `total_bytes` its sum. `layers` is the tree, and
    `error` what the forward raised, or None.
    """

    def __init__(self, module: Module, record: Record | None, depth: int | None = None) -> None:
        self.depth = depth
        self.ran = record is not None
        self.error = None if record is None else record.error
        self.layers = tree(module, {} if record is None else record.calls)
        parameters = [parameter for parameter in module.parameters() if not is_lazy(parameter)]
        buffers = [buffer for buffer in module.buffers() if not is_lazy(buffer)]
        self.total_params = sum(parameter.numel() for parameter in parameters)
        self.trainable_params = sum(parameter.numel() for parameter in parameters if parameter.requires_grad)
        self.frozen_params = self.total_params - self.trainable_params
        self.total_buffers = sum(buffer.numel() for buffer in buffers)
        self.param_bytes, self.buffer_bytes = sum(map(nbytes, parameters)), sum(map(nbytes, buffers))
        calls = [] if record is None else record.calls.values()
        self.input_elements = 0 if record is None else record.input_elements
        self.input_bytes = 0 if record is None else record.input_bytes
        self.output_elements = sum(call.elements for call in calls)
        self.output_bytes = sum(call.bytes for call in calls)
        self.total_bytes = self.param_bytes + self.buffer_bytes + self.input_bytes + self.output_bytes
        self.text = ""  # the table, once it is written

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


def tree(module: Module, calls: dict[Module, Calls]) -> Layer:
    """The layers of a module: each module in full where it comes first, each parameter counted there."""
    paths: dict[Module, str] = {}
    seen: set[Tensor] = set()

    def layer_of(name: str, module: Module, path: str) -> Layer:
        layer = Layer(name, module, calls.get(module), paths.get(module))
        if layer.same_as is not None:
            return layer
        paths[module] = path
        for parameter in module._parameters.values():
            if parameter is None:
                continue
            if is_lazy(parameter):
                layer.unknown = True
            elif parameter in seen:
                layer.shared += parameter.numel()
            else:
                seen.add(parameter)
                layer.parameters += parameter.numel()
                layer.frozen += 0 if parameter.requires_grad else parameter.numel()
        for inner_name, inner in module._modules.items():
            if inner is not None:
                layer.layers.append(layer_of(inner_name, inner, f"{path}.{inner_name}" if path else inner_name))
        in_order_of_calls(layer.layers)
        return layer

    return layer_of("", module, "")


def in_order_of_calls(layers: list[Layer]) -> None:
    """Sorts layers by their first calls; one that is not called stays behind the one it is behind."""
    keys, last = {}, -1.0
    for layer in layers:
        last = layer.first if layer.first < math.inf else last
        keys[id(layer)] = last
    layers.sort(key=lambda layer: keys[id(layer)])
