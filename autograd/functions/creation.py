"""Making tensors, from data or filled.

All functions take `dtype` (else it is inferred, or the default dtype), `device` (only the CPU), `requires_grad`, and
where PyTorch has them `layout`, `pin_memory` and `memory_format`. Sizes are given as ints or as one sequence.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dtypes
from .._tensor import Tensor, wrap
from ..modes import quietly
from .arguments import as_int, as_shape, as_size, check_place, check_tensor, kind_of, order
from .attach import method
from .data import as_array, as_number, fitting, supported

__all__ = [
    "tensor", "as_tensor", "asarray", "from_numpy", "frombuffer", "scalar_tensor",
    "empty", "zeros", "ones", "full", "eye", "empty_strided", "empty_permuted",
    "empty_like", "zeros_like", "ones_like", "full_like",
]  # fmt: skip

# ---- what all of them share


def finish(array: np.ndarray, requires_grad: Any = False) -> Tensor:
    """A new leaf of an array."""
    out = wrap(array)
    if requires_grad:
        if array.dtype.kind not in "fcV":
            raise RuntimeError(
                f"Only Tensors of floating point and complex dtype can require gradients, and this one would be of "
                f"{out.dtype}: pass a floating dtype=, or data of one."
            )
        out._requires_grad = True
    return out


# ---- from data


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A new leaf holding a copy of `data`: a number, nested sequences of numbers, or an array, which keeps its dtype.

    Raises `ValueError` for sequences of unequal length, `TypeError` or `RuntimeError` for what is not a number.

    >>> import autograd
    >>> autograd.tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    """
    check_place(device, None, pin_memory)
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
    return finish(as_array(data, None if dtype is None else dtypes.to_numpy(dtype)), requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor: a tensor as it is, with its history; an array without a copy, where its dtype fits.

    >>> import autograd
    >>> x = autograd.ones(2)
    >>> autograd.as_tensor(x) is x
    True
    """
    check_place(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return wrap(as_array(data, None if dtype is None else dtypes.to_numpy(dtype), copy=False))


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool | None = None
) -> Tensor:
    """`obj` as a tensor, sharing its memory where that can be: a tensor, an array, a DLPack or buffer object, or data.

    `copy=True` always copies; `copy=False` raises `ValueError` where a copy would be needed. Without `requires_grad`
    a tensor keeps its history; with False it is detached.

    >>> import autograd, numpy as np
    >>> autograd.asarray(np.array([1.0, 2.0]))
    tensor([1., 2.], dtype=torch.float64)
    """
    check_place(device)
    kind = None if dtype is None else dtypes.to_numpy(dtype)
    if isinstance(obj, Tensor):
        if copy is False and kind is not None and obj._array.dtype != kind:
            raise ValueError(f"can't alias tensor with dtype {obj.dtype} into dtype {dtype}: leave copy=False out")
        source = obj.detach() if requires_grad is False else obj
        out = source if kind is None or source._array.dtype == kind else source.to(dtype)
        if copy and out is source:
            out = out.clone()
        return out.requires_grad_() if requires_grad and not out.requires_grad else out
    if isinstance(obj, (np.ndarray, np.generic)):
        array = np.asarray(obj)
    elif hasattr(obj, "__dlpack__"):
        from ..interop import imported  # which is written on top of this module

        array = imported(obj)
    elif is_buffer(obj):
        array = np.frombuffer(obj, kind_of(dtype))
    else:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor: leave copy=False out")
        return finish(as_array(obj, kind), requires_grad)
    made = as_array(array, kind, copy=bool(copy))
    if copy is False and not np.may_share_memory(made, array) and array.size:
        raise ValueError(f"can't alias an array of {array.dtype} into {made.dtype}: leave copy=False out")
    return finish(made, requires_grad)


def is_buffer(obj: Any) -> bool:
    """Whether an object lends its memory by Python's buffer protocol."""
    try:
        memoryview(obj)
    except TypeError:
        return False
    return True


def from_numpy(ndarray: Any) -> Tensor:
    """A tensor that shares the array's memory: a write to one is a write to both. Any strides will do.

    Raises `TypeError` for what is no array or has a dtype without a number type, `ValueError` for a foreign byte order.

    >>> import autograd, numpy as np
    >>> array = np.zeros(2)
    >>> x = autograd.from_numpy(array)
    >>> array[0] = 5.0
    >>> x
    tensor([5., 0.], dtype=torch.float64)
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__}): use autograd.tensor(data) for other data")
    if not ndarray.dtype.isnative:
        raise ValueError(
            f"given numpy array has byte order different from the native byte order ({ndarray.dtype.str}), so memory "
            "cannot be shared: convert it with array.astype(array.dtype.newbyteorder('='))."
        )
    return wrap(supported(np.asarray(ndarray)))


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A 1-d tensor over the memory of a buffer such as a bytearray: `count` elements (-1: all) from byte `offset` on.

    >>> import autograd
    >>> autograd.frombuffer(bytearray([1, 0, 2, 0]), dtype=autograd.int16)
    tensor([1, 2], dtype=torch.int16)
    """
    kind = dtypes.to_numpy(dtype)
    if not is_buffer(buffer):
        raise ValueError("object does not implement Python buffer protocol.")
    length, size = memoryview(buffer).nbytes, kind.itemsize
    if not length or not count:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1"
        )
    if count < 0 and (length - offset) % size:
        raise ValueError(
            f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of element size "
            f"({size})"
        )
    if count > 0 and offset + count * size > length:
        raise ValueError(
            f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must not be greater than "
            f"actual buffer length ({length} bytes)"
        )
    return finish(np.frombuffer(buffer, kind, count, offset), requires_grad)


def scalar_tensor(
    s: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False
) -> Tensor:  # fmt: skip
    """A 0-d tensor of a number, of the default dtype unless told.

    >>> import autograd
    >>> autograd.scalar_tensor(3)
    tensor(3.)
    """
    check_place(device, layout, pin_memory)
    kind = kind_of(dtype)
    return finish(np.array(fitting(as_number(s, "scalar_tensor", "s", 1), kind)).astype(kind), requires_grad)


# ---- filled


def empty(
    *sizes: Any, size: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False, memory_format: Any = None
) -> Tensor:  # fmt: skip
    """A tensor whose elements are whatever the memory held.

    >>> import autograd
    >>> autograd.empty(2, 3).shape
    torch.Size([2, 3])
    """
    check_place(device, layout, pin_memory)
    return finish(np.empty(as_size("empty", sizes, size), kind_of(dtype)), requires_grad)


def zeros(
    *sizes: Any, size: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """A tensor of zeros.

    >>> import autograd
    >>> autograd.zeros(2, dtype=autograd.int64)
    tensor([0, 0])
    """
    check_place(device, layout, pin_memory)
    return finish(np.zeros(as_size("zeros", sizes, size), kind_of(dtype)), requires_grad)


def ones(
    *sizes: Any, size: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """A tensor of ones.

    >>> import autograd
    >>> autograd.ones(2)
    tensor([1., 1.])
    """
    check_place(device, layout, pin_memory)
    return finish(np.ones(as_size("ones", sizes, size), kind_of(dtype)), requires_grad)


def full(
    size: Any, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """A tensor of one number, of that number's dtype unless told. `RuntimeError` for a number that does not fit.

    >>> import autograd
    >>> autograd.full((2,), 7)
    tensor([7, 7])
    """
    check_place(device, layout, pin_memory)
    value = as_number(fill_value, "full", "fill_value", 2)
    kind = dtypes.of_scalar(value) if dtype is None else dtypes.to_numpy(dtype)
    return finish(np.full(as_shape("full", size), filled_with(value, kind), kind), requires_grad)


def filled_with(value: Any, kind: Any) -> np.ndarray:
    """A checked number at a NumPy dtype; a negative one wraps in an unsigned dtype."""
    return quietly(np.asarray(fitting(value, kind)).astype, kind)


def eye(
    n: int, m: int | None = None, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """A matrix (n, m) with ones on the diagonal and zeros elsewhere; square unless `m` is given.

    >>> import autograd
    >>> autograd.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    check_place(device, layout, pin_memory)
    rows = as_int(n, "eye", "n", 1)
    columns = rows if m is None else as_int(m, "eye", "m", 2)
    for name, number in (("n", rows), ("m", columns)):
        if number < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {number}")
    return finish(np.eye(rows, columns, dtype=kind_of(dtype)), requires_grad)


def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """A tensor with these strides (in elements) whose elements are whatever the memory held.

    >>> import autograd
    >>> autograd.empty_strided((2, 3), (1, 2)).numpy().strides
    (4, 8)
    """
    check_place(device, layout, pin_memory)
    shape, strides, kind = as_shape("empty_strided", size), tuple(stride), kind_of(dtype)
    if len(shape) != len(strides):
        raise RuntimeError(
            f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides ({len(strides)})"
        )
    if any(step < 0 for step in strides):
        raise RuntimeError(f"empty_strided(): strides must not be negative, got {list(strides)}")
    memory = 1 + sum((n - 1) * step for n, step in zip(shape, strides)) if all(shape) else 0
    array = np.ndarray(shape, kind, np.empty(memory, kind), 0, tuple(step * kind.itemsize for step in strides))
    return finish(array, requires_grad)


def empty_permuted(
    size: Any, physical_layout: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """A dense tensor whose dimensions lie in memory in the order `physical_layout`, the slowest first.

    >>> import autograd
    >>> autograd.empty_permuted((2, 3), (1, 0)).numpy().strides
    (4, 8)
    """
    check_place(device, layout, pin_memory)
    shape, axes = as_shape("empty_permuted", size), tuple(physical_layout)
    if sorted(axes) != list(range(len(shape))):
        raise RuntimeError(f"physical_layout must name each of {len(shape)} dimensions once, got {list(axes)}")
    memory = np.empty([shape[axis] for axis in axes], kind_of(dtype))
    return finish(memory.transpose(np.argsort(axes)), requires_grad)


# ---- like another tensor


def empty_like(
    input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False, memory_format: Any = None
) -> Tensor:  # fmt: skip
    """A tensor of the shape, dtype and memory layout of `input` whose elements are whatever the memory held.

    >>> import autograd
    >>> autograd.empty_like(autograd.ones(2, 3)).shape
    torch.Size([2, 3])
    """
    check_tensor(input, "empty_like")
    check_place(device, layout, pin_memory)
    array = input._array
    return finish(np.empty_like(array, kind_of(dtype, array.dtype), order(array, memory_format)), requires_grad)


def zeros_like(
    input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False, memory_format: Any = None
) -> Tensor:  # fmt: skip
    """A tensor of zeros of the shape, dtype and memory layout of `input`.

    >>> import autograd
    >>> autograd.zeros_like(autograd.ones(2))
    tensor([0., 0.])
    """
    check_tensor(input, "zeros_like")
    check_place(device, layout, pin_memory)
    array = input._array
    return finish(np.zeros_like(array, kind_of(dtype, array.dtype), order(array, memory_format)), requires_grad)


def ones_like(
    input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False, memory_format: Any = None
) -> Tensor:  # fmt: skip
    """A tensor of ones of the shape, dtype and memory layout of `input`.

    >>> import autograd
    >>> autograd.ones_like(autograd.zeros(2))
    tensor([1., 1.])
    """
    check_tensor(input, "ones_like")
    check_place(device, layout, pin_memory)
    array = input._array
    return finish(np.ones_like(array, kind_of(dtype, array.dtype), order(array, memory_format)), requires_grad)


def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False, memory_format: Any = None
) -> Tensor:  # fmt: skip
    """A tensor of one number, of the shape, dtype and memory layout of `input`.

    >>> import autograd
    >>> autograd.full_like(autograd.tensor([1, 2]), 7)
    tensor([7, 7])
    """
    check_tensor(input, "full_like")
    check_place(device, layout, pin_memory)
    kind = kind_of(dtype, input._array.dtype)
    value, array = filled_with(as_number(fill_value, "full_like", "fill_value", 2), kind), input._array
    return finish(np.full_like(array, value, kind, order(array, memory_format)), requires_grad)


@method()
def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False
) -> Tensor:  # fmt: skip
    """A new tensor of a copy of `data`, of this tensor's dtype unless told."""
    return tensor(data, dtype=self.dtype if dtype is None else dtype, device=device, requires_grad=requires_grad,
                  pin_memory=pin_memory)  # fmt: skip


@method()
def new_empty(self: Tensor, *sizes: Any, size: Any = None, dtype: Any = None, **options: Any) -> Tensor:
    """`empty` of this tensor's dtype unless told."""
    return empty(as_size("new_empty", sizes, size), dtype=self.dtype if dtype is None else dtype, **options)


@method()
def new_zeros(self: Tensor, *sizes: Any, size: Any = None, dtype: Any = None, **options: Any) -> Tensor:
    """`zeros` of this tensor's dtype unless told."""
    return zeros(as_size("new_zeros", sizes, size), dtype=self.dtype if dtype is None else dtype, **options)


@method()
def new_ones(self: Tensor, *sizes: Any, size: Any = None, dtype: Any = None, **options: Any) -> Tensor:
    """`ones` of this tensor's dtype unless told."""
    return ones(as_size("new_ones", sizes, size), dtype=self.dtype if dtype is None else dtype, **options)


@method()
def new_full(self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, **options: Any) -> Tensor:
    """`full` of this tensor's dtype unless told."""
    shape = as_shape("new_full", size)
    return full(shape, fill_value, dtype=self.dtype if dtype is None else dtype, **options)


@method()
def new_empty_strided(self: Tensor, size: Any, stride: Any, *, dtype: Any = None, **options: Any) -> Tensor:
    """`empty_strided` of this tensor's dtype unless told."""
    return empty_strided(size, stride, dtype=self.dtype if dtype is None else dtype, **options)
