"""In-place functions of several tensors at once, written in operators, as the steps of optimizers are.

The same function works on tensors, where it is recorded, and on their memory, which it then changes without a tensor
for each result. There it goes through large tensors block by block: what it makes on the way stays in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .._tensor import INFERENCE, Tensor
from ..modes import quietly, state
from ..views import check_memory, count_write

CACHE = 448 * 1024  # bytes of the operands in a call; freed temporaries as small as those are kept for the next one


def elementwise_(function: Callable[..., None], read: Sequence[Tensor], *written: Tensor) -> None:
    """Calls `function(*read, *written)`, which changes the elements of `written` by operators such as `+=`.

    The tensors have one shape, and each element is computed from those at its place, and from numbers. What is
    recorded is computed with the tensors themselves, and so are tensors of different dtypes. Tensors of 16 bits are
    computed in 32 and rounded once.

    >>> import autograd
    >>> def follow(target, x):
    ...     x += (target - x) * 0.5
    >>> x = autograd.zeros(2)
    >>> elementwise_(follow, [autograd.tensor([2.0, 4.0])], x)
    >>> x
    tensor([1., 2.])
    """
    arrays = [tensor._array for tensor in (*read, *written)]
    first = arrays[0]
    kind, shape = first.dtype, first.shape
    alike = kind.kind in "fV" and not state.recording  # NumPy calls bfloat16 V
    for array in arrays:
        if (array.dtype is not kind and array.dtype != kind) or array.shape != shape:
            alike = False
    for tensor in written:
        array = tensor._array
        if array.base is not None or not array.flags.writeable:
            check_memory(array, function.__name__)
        if tensor._counter is INFERENCE:
            alike = False
    if not alike:
        function(*read, *written)
        return
    quietly(by_blocks, widened(function, len(read)) if kind.itemsize == 2 else function, arrays)
    for tensor in written:
        count_write(tensor, function.__name__)


def by_blocks(function: Callable[..., None], arrays: list[Any]) -> None:
    """Calls the function for one block of the arrays after the other, if all have one layout without gaps."""
    first = arrays[0]
    length = CACHE // (first.itemsize * len(arrays))
    dense = first.size > length and (first.flags.c_contiguous or first.flags.f_contiguous)
    if dense and all(array.strides == first.strides for array in arrays):
        flat = [array.ravel("K") for array in arrays]
        for start in range(0, first.size, length):
            function(*[array[start : start + length] for array in flat])
    else:
        function(*arrays)


def widened(function: Callable[..., None], reads: int) -> Callable[..., None]:
    """The function for arrays of 16 bits, of which it only reads the first ones."""

    def wide(*arrays: Any) -> None:
        values = [array.astype(np.float32) for array in arrays]
        function(*values)
        for array, value in zip(arrays[reads:], values[reads:]):
            array[...] = value

    return wide


def elementwise_each_(function: Callable[..., None], moving: Iterable[tuple[Tensor, Tensor]]) -> None:
    """`elementwise_(function, [gradient], parameter)` for each pair of `gradients_of`; the small ones all at once.

    >>> import autograd
    >>> def descend(grad, x):
    ...     x -= 0.5 * grad
    >>> x = autograd.ones(2)
    >>> elementwise_each_(descend, [(x, autograd.tensor([2.0, 4.0]))])
    >>> x
    tensor([ 0., -1.])
    """
    small = []
    for param, grad in moving:
        array = param._array
        kind = array.dtype
        plain = kind.kind == "f" and kind.itemsize > 2 and param._counter is not INFERENCE and not state.recording
        if plain and 2 * array.nbytes <= CACHE:
            small.append((param, grad._array, array))
        else:
            elementwise_(function, [grad], param)

    def all_small() -> None:
        for _, grad, param in small:
            function(grad, param)

    quietly(all_small)
    for param, _, _ in small:
        count_write(param, function.__name__)


def gradients_of(params: Iterable[Tensor]) -> list[tuple[Tensor, Tensor]]:
    """Those of the tensors that have a gradient, with it; what is returned can make a step.

    `RuntimeError` for a gradient of another shape or dtype, and for memory that must not be written to.

    >>> import autograd
    >>> x, y = autograd.ones(1, requires_grad=True), autograd.ones(1, requires_grad=True)
    >>> (3 * x).backward()
    >>> gradients_of([x, y])
    [(tensor([1.], requires_grad=True), tensor([3.]))]
    """
    found = []
    for param in params:
        grad = param._grad
        if grad is not None:
            array = param._array
            if array.base is not None or not array.flags.writeable:
                check_memory(array, "a step")
            alike = grad._array.dtype is array.dtype and grad._array.shape == array.shape
            if not alike and (grad.dtype is not param.dtype or grad.shape != param.shape):
                raise RuntimeError(
                    f"a parameter is {param.dtype} {list(param.shape)} and its gradient {grad.dtype} "
                    f"{list(grad.shape)}: the parameter was changed after backward(); compute the gradient anew"
                )
            found.append((param, grad))
    return found
