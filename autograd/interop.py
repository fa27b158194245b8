"""Tensors leave and come back: DLPack for other libraries, pickles, copies.

What leaves carries no history. DLPack shares the memory; a pickle holds the elements and whether the tensor requires
grad; a deep copy has memory of its own, shared among the tensors that shared it before.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from . import devices, dtypes
from ._tensor import INFERENCE, Tensor, wrap
from .functions.attach import method
from .functions.data import supported
from .views import View, base_of

__all__ = ["from_dlpack", "to_dlpack"]

CPU = (1, 0)  # DLPack's name for it: device type kDLCPU, number 0

# ---- DLPack: https://data-apis.org/array-api/latest/API_specification/generated/array_api.array.__dlpack__.html


@method("__dlpack_device__")
def dlpack_device(self: Tensor) -> tuple[int, int]:
    """DLPack's device type and number: the CPU's."""
    return CPU


@method("__dlpack__")
def dlpack(
    self: Tensor, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None
) -> Any:
    """The tensor as a DLPack capsule, for `from_dlpack` of any array library.

    Raises `BufferError` for a tensor that requires grad, or whose memory DLPack's consumers cannot take.
    """
    refuse_gradient(self)
    if stream is not None:
        raise BufferError(f"a tensor on the CPU has no stream, and stream={stream!r} was asked for")
    if dl_device is not None and tuple(dl_device) != CPU:
        raise BufferError(f"a tensor on the CPU cannot be exported to the DLPack device {tuple(dl_device)}")
    array = self._array.copy() if copy else self._array
    if any(step < 0 for step in array.strides):  # PyTorch's import would abort the process
        raise BufferError(f"Can't export a tensor with negative strides {array.strides}, use tensor.contiguous()")
    if max_version is not None:
        try:
            return array.__dlpack__(max_version=max_version)
        except TypeError:  # NumPy 2.0 knows the older form only, which the consumer has to take
            pass
    return array.__dlpack__()


class Capsule:
    """A bare DLPack capsule in the form that NumPy consumes."""

    def __init__(self, capsule: Any) -> None:
        self.capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return CPU


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor over the memory of another library's array, or of a DLPack capsule: no copy, unless asked for.

    Raises `RuntimeError` for what is neither, `BufferError` for memory that cannot be shared.

    >>> import autograd, numpy as np
    >>> autograd.from_dlpack(np.arange(3))
    tensor([0, 1, 2])
    """
    devices.check(device)
    if isinstance(ext_tensor, Tensor):
        refuse_gradient(ext_tensor)
        return ext_tensor.clone() if copy else ext_tensor.detach()
    kind = getattr(ext_tensor, "dtype", None)
    if str(kind) == "torch.bfloat16":  # NumPy takes only its bits
        refuse_gradient(ext_tensor)
        bits = ext_tensor.view(sys.modules[type(kind).__module__].int16)
        return from_dlpack(bits, copy=copy).view(dtypes.bfloat16_dtype())
    array = ext_tensor if isinstance(ext_tensor, np.ndarray) else imported(ext_tensor)
    array = supported(np.asarray(array))
    return wrap(array.copy(order="K") if copy else array)


def imported(producer: Any) -> np.ndarray:
    """The array over the memory of a capsule or of what gives one."""
    capsule = producer if type(producer).__name__ == "PyCapsule" else capsule_of(producer)
    can_say_read_only = "versioned" in repr(capsule)
    array = np.from_dlpack(Capsule(capsule))
    if array.flags.writeable or can_say_read_only:
        return array
    return np.asarray(Memory(array))  # NumPy takes all memory of the older form for read-only, PyTorch none


def capsule_of(producer: Any) -> Any:
    """The capsule of another library's array, in the newest form that this NumPy takes."""
    if not hasattr(producer, "__dlpack__"):
        raise RuntimeError(
            f"from_dlpack received an invalid capsule, or an object without __dlpack__: {type(producer).__name__}"
        )
    if tuple(producer.__dlpack_device__()) != CPU:
        raise BufferError(f"from_dlpack takes memory of the CPU, not of device {producer.__dlpack_device__()}")
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
        try:
            return producer.__dlpack__(max_version=(1, 0))
        except TypeError:  # the producer knows the older form only
            pass
    return producer.__dlpack__()


class Memory:
    """Memory of another owner, in the form that NumPy makes a writable array of."""

    def __init__(self, owner: np.ndarray) -> None:
        interface = owner.__array_interface__
        self.owner = owner
        self.__array_interface__ = {**interface, "data": (interface["data"][0], False)}


def refuse_gradient(tensor: Tensor) -> None:
    """Raises for a tensor whose history would be lost."""
    if tensor.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")


def to_dlpack(tensor: Tensor) -> Any:
    """The tensor as a DLPack capsule, which can be consumed once.

    >>> import autograd
    >>> autograd.from_dlpack(autograd.to_dlpack(autograd.ones(2)))
    tensor([1., 1.])
    """
    return tensor.__dlpack__()


# ---- pickling and copying


def rebuilt(cls: Any, array: np.ndarray, requires_grad: bool, attributes: dict[str, Any] | None) -> Tensor:
    """A leaf of these parts: what a pickle of a tensor calls."""
    tensor = cls._make(array)
    tensor._requires_grad = requires_grad
    if attributes:
        tensor.__dict__.update(attributes)
    return tensor


@method("__reduce_ex__")
def reduce(self: Tensor, protocol: Any) -> tuple[Any, ...]:
    """A tensor pickles as its elements, and comes back as a leaf."""
    return rebuilt, (type(self), self._array, self.requires_grad, getattr(self, "__dict__", None))


@method("__copy__")
def shallow_copy(self: Tensor) -> Tensor:
    """`copy.copy`: a leaf over the same memory."""
    twin = rebuilt(type(self), self._array, self.requires_grad, getattr(self, "__dict__", None))
    twin._counter = self._start_counter()
    return twin


@method("__deepcopy__")
def deep_copy(self: Tensor, memo: dict[int, Any]) -> Tensor:
    """`copy.deepcopy`: a leaf with memory and gradient of its own. `RuntimeError` for a result of recorded ones."""
    from copy import deepcopy  # it calls this, so that it is there

    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment. "
            f"This one was computed by {self.grad_fn}: copy it with detach().clone(), or, if it is an attribute of a "
            "module, compute it when it is needed."
        )
    if id(self) in memo:
        return memo[id(self)]
    twin = memo[id(self)] = rebuilt(type(self), copied(self._array, memo), self.requires_grad, None)
    if self._grad is not None:
        twin._grad = deepcopy(self._grad, memo)
    if hasattr(self, "__dict__"):
        twin.__dict__.update(deepcopy(self.__dict__, memo))
    return twin


def copied(array: np.ndarray, memo: dict[int, Any]) -> np.ndarray:
    """A copy of an array. Views of the same memory become views of the same copy of it."""
    owner = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    if not owner.flags.owndata or not array.size:
        return array.copy(order="K")
    if id(owner) not in memo:
        memo[id(owner)] = owner.copy(order="K")
    twin = memo[id(owner)]
    if owner is array:
        return twin
    offset = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return np.ndarray(array.shape, array.dtype, twin.ravel(order="K").view(np.uint8), offset, array.strides)


# ---- memory shared with other processes


@method()
def share_memory_(self: Tensor) -> Tensor:
    """Moves the tensor to memory that processes forked from this one share: what one writes, all see.

    The tensors that had the same memory keep the old one: NumPy arrays, `detach()`ed twins, the base of a view. A
    pickle is a copy, also for another process. `RuntimeError` where two memories would have one history: for a view
    whose base requires grad, and, but for leaves that require grad, for a tensor that has views.

    >>> import autograd
    >>> autograd.zeros(2).share_memory_().is_shared()
    True
    """
    import mmap

    if not is_shared(self):
        refuse_common_history(self)
        array = self._array
        strides = np.empty_like(array).strides
        shared = np.ndarray(array.shape, array.dtype, mmap.mmap(-1, max(array.nbytes, 1)), strides=strides)
        shared[...] = array
        self._array = shared
        if self._view is not None:  # writes to either memory are none to the other from now on
            self._view = None
            self._counter = self._counter if self._counter is INFERENCE else None
    return self


def refuse_common_history(tensor: Tensor) -> None:
    """Raises where a write would be recorded for tensors that it does not reach, once this one has other memory."""
    if tensor._view is not None and (tensor._requires_grad or base_of(tensor._view)._requires_grad):
        raise RuntimeError(
            "share_memory_() cannot move a view whose base requires grad, as the base would keep the old memory: use "
            "clone().share_memory_(), or share the memory of the base before making views of it"
        )
    leaf = tensor._requires_grad and tensor._source is None  # no write to it or to a view of it is ever recorded
    if leaf or tensor._counter is None:  # views share a counter with their base
        return
    import gc

    if any(type(holder) is View for holder in gc.get_referrers(tensor)):
        raise RuntimeError(
            "share_memory_() cannot move a tensor that has views, as they would keep the old memory: use "
            "clone().share_memory_(), or share its memory before making views of it"
        )


@method()
def is_shared(self: Tensor) -> bool:
    """Whether the tensor is in memory that forked processes share.

    >>> import autograd
    >>> autograd.zeros(2).is_shared()
    False
    """
    import mmap

    owner: Any = self._array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return isinstance(owner, mmap.mmap)
