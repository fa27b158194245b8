"""In-place functions of several tensors at once, written in operators, as the steps of optimizers are.

The same function works on tensors, where it is recorded, and on their memory, which it then changes without a tensor
for each result. There it goes through large tensors block by block: what it makes on the way stays in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .._tensor import INFERENCE, Tensor
from ..modes import quietly, state
from ..views import check_memory, count_write

CACHE = 448 * 1024  # bytes of the operands in a call; freed temporaries as small as those are kept for the next one


def elementwise_(function: Callable[..., None], read: Sequence[Tensor], *written: Tensor) -> None:
    """Calls `function(*read, *written)`, which changes the elements of `written` by operators such as `+=`.

    The tensors have one shape, and each element is computed from those at its place, and from numbers. What is
    recorded is computed with the tensors themselves, and so are tensors of different dtypes or of 16 bits.

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
    alike = kind.kind == "f" and kind.itemsize > 2 and not state.recording
    for array in arrays:
        if array.dtype is not kind or array.shape != shape:
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
    if first.nbytes * len(arrays) > CACHE:
        quietly(by_blocks, function, arrays)
    else:
        quietly(function, *arrays)
    for tensor in written:
        count_write(tensor, function.__name__)


def by_blocks(function: Callable[..., None], arrays: list[Any]) -> None:
    """Calls the function for one block of the arrays after the other, if all have one layout without gaps."""
    first = arrays[0]
    dense = first.flags.c_contiguous or first.flags.f_contiguous
    if dense and all(array.strides == first.strides for array in arrays):
        flat, length = [array.ravel("K") for array in arrays], CACHE // (first.itemsize * len(arrays))
        for start in range(0, first.size, length):
            function(*[array[start : start + length] for array in flat])
    else:
        function(*arrays)


def gradients_of(params: Iterable[Tensor]) -> list[tuple[Tensor, Tensor]]:
    """Those of the tensors that have a gradient, with it. `RuntimeError` for a gradient of another shape or dtype.

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
            alike = grad._array.dtype is param._array.dtype and grad._array.shape == param._array.shape
            if not alike and (grad.dtype is not param.dtype or grad.shape != param.shape):
                raise RuntimeError(
                    f"a parameter is {param.dtype} {list(param.shape)} and its gradient {grad.dtype} "
                    f"{list(grad.shape)}: the parameter was changed after backward(); compute the gradient anew"
                )
            found.append((param, grad))
    return found
