"""Views and in-place writes, with PyTorch's semantics.

A view remembers its base and the steps that lead to it. Writing into a tensor in place computes the out-of-place
result, copies it into the memory, and gives the tensor that owns the memory a new history: the result's, or, where
only a view was written, a node `assign` that says "the base as it was, with this part replaced". Every other view
of that base notices, when next used, that its memory was written to, and derives its own history again by its steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import _tensor, graph
from .dtypes import category
from .modes import quietly, set_grad_enabled, state

ndarray = np.ndarray


# How a view came to be that must not be written to while recording, nor used after its base was.
NO_GRAD = "in no_grad mode"
INFERENCE_MODE = "in inference mode"
SEVERAL = "by a function that returns several views"
FUNCTION = "inside a custom Function (or because an input was returned as-is)"

WHY = {
    NO_GRAD: "Make both the view and the write inside the no_grad block, or both outside of it.",
    INFERENCE_MODE: "Make a clone() of it, or make the view outside of inference mode.",
    SEVERAL: "Use the out-of-place form, or a slice of the base instead of this view.",
    FUNCTION: "The write's history would replace the custom backward. Return a clone() from the Function.",
}


class View:
    """How a tensor is a view: its base, the steps (op, parameters) from there, and when it last looked at the base."""

    __slots__ = ("base", "made", "seen", "steps")

    def __init__(self, base: Any, steps: tuple[Any, ...], seen: int) -> None:
        self.base, self.steps, self.seen = base, steps, seen
        self.made = ""  # or one of the above


def owner(array: ndarray) -> ndarray:
    """The array that the memory of this one belongs to."""
    base = array.base
    while base is not None:
        if isinstance(base, ndarray):
            array = base
        base = getattr(base, "base", None)  # NumPy's as_strided puts an object of its own in between
    return array


def base_of(view: View) -> Any:
    """The tensor whose memory it is. A base that has changed its own shape since has become a view itself."""
    while view.base._view is not None:
        view.base = view.base._view.base
    return view.base


def same_history(a: Any, b: Any) -> bool:
    """Whether two tensors have the same base, from which both derive their histories."""
    bases = [t if t._view is None else base_of(t._view) for t in (a, b)]
    return bases[0] is bases[1] and not any(t._view is not None and t._view.made for t in (a, b))


def replay(steps: Sequence[Any], start: Any) -> Any:
    """The view that the steps make of `start`, a tensor or an array."""
    for op, parameters in steps:
        start = op(start, *parameters)
    return start


def sync(tensor: Any) -> None:
    """Gives a view its history anew after its memory was written to."""
    view = tensor._view
    if view.seen == tensor._counter.count:
        return
    base = base_of(view)
    if tensor._source is None and not base._requires_grad:
        return
    if view.made:
        if state.recording:
            raise forbidden(view, "its base or another view of its base has been modified inplace")
        return
    with set_grad_enabled(True):
        again = replay(view.steps, base)
    before = tensor._source
    tensor._source, tensor._requires_grad = again._source, again._requires_grad
    view.seen = tensor._counter.count
    keep_retaining(tensor, before)


def has_history(tensor: Any) -> bool:
    """Whether a tensor, brought up to date, requires grad."""
    if tensor._view is not None:
        sync(tensor)
    return tensor._requires_grad


def check_write(tensor: Any, name: str, others: Sequence[Any]) -> bool:
    """Whether a write is recorded: the tensor or one of the `others` requires grad. Raises if it is forbidden."""
    if tensor._view is not None:
        sync(tensor)
    recording = state.recording
    if recording:
        values = [has_history(o) for o in others if isinstance(o, _tensor.Tensor)]
        base = tensor if tensor._view is None else base_of(tensor._view)
        recording = tensor._requires_grad or base._requires_grad or True in values
    if recording:
        refuse(tensor, name)
        if tensor._view is not None and tensor._view.steps[0][0].of_base is not None:
            tensor._view.seen = -1  # it may reach beyond the view that it was made of, as its base does not
            sync(tensor)
    if tensor._counter is _tensor.INFERENCE and not state.inference:
        raise RuntimeError(
            f"Inplace update to inference tensor outside InferenceMode is not allowed ({name}). Make a clone() first."
        )
    return recording


def write_directly(tensor: Any, kernel: Callable[..., Any], name: str, args: Any, kwargs: Any) -> bool:
    """Runs a kernel on the tensor's own memory, for a write that is not recorded; False where it does not apply.

    It applies to operands that need no promotion, nor an error told: tensors of the same floating dtype, of more
    than 16 bits, and numbers.
    """
    array = tensor._array
    kind = array.dtype
    recording = state.recording
    if (
        kind.kind != "f"
        or kind.itemsize == 2
        or tensor._counter is _tensor.INFERENCE
        or (array.base is not None and 0 in array.strides)
    ):
        return False
    if recording and (tensor._requires_grad or tensor._view is not None):
        return False
    operands = []
    for value in args:
        if isinstance(value, _tensor.Tensor):
            if value._array.dtype is not kind or (recording and (value._requires_grad or value._view is not None)):
                return False
            value = value._array
        elif type(value) is not float and type(value) is not int:
            return False
        operands.append(value)
    for value in kwargs.values():
        if type(value) is not float and type(value) is not int:
            return False
    try:
        state.run(kernel, array, *operands, **kwargs)
    except (TypeError, ValueError, RuntimeError):  # the general way says what is wrong, or runs inside a forward
        return False
    count_write(tensor, name)
    return True


def overwrite(tensor: Any, compute: Callable[[Any], Any], name: str, others: Sequence[Any] = ()) -> Any:
    """Writes `compute(tensor)` into the tensor's memory, and its history with it: every in-place op is this.

    `others` are the further operands. Raises PyTorch's `RuntimeError`s, before anything has changed.
    """
    recording = check_write(tensor, name, others)
    old = tensor
    if recording:  # rules may keep the old value, which is about to go
        old = _tensor.Tensor._make(tensor._array.copy())
        old._requires_grad, old._source = tensor._requires_grad, tensor._source
    result = compute(old)
    write(tensor, result, name)
    if recording and old._requires_grad and not result._requires_grad:  # a constant: nothing of the old value is left
        from .rules.copying import overwritten

        result = overwritten(old, result)
    if recording and result._requires_grad:
        rebase(tensor, result)
    return tensor


def overwrite_part(tensor: Any, value: Any, op: Any, store: Any, parameters: tuple[Any, ...], name: str) -> Any:
    """The in-place form of an op `op(x, value, *parameters)` that changes only a part of x.

    `store(array, value, *parameters)` writes that part. The op's rules may need neither x nor the output.
    """
    recording = check_write(tensor, name, (value,))
    array, values = tensor._array, value._array if isinstance(value, _tensor.Tensor) else value
    quietly(store, array, values, *parameters)
    count_write(tensor, name)
    if recording:
        result = _tensor.Tensor._make(array)
        operands = [t for t in (tensor, value) if isinstance(t, _tensor.Tensor) and t._requires_grad]
        key = tensor._requires_grad + 2 * (isinstance(value, _tensor.Tensor) and value._requires_grad)
        arguments = (array, values, *parameters)
        op.record(result, arguments, arguments, [t._source or t for t in operands], op.plans.get(key) or op.plan(key))
        rebase(tensor, result)
    return tensor


def reshape_in_place(tensor: Any, op: Any, parameters: tuple[Any, ...], name: str) -> Any:
    """Changes a tensor's own shape: the in-place form of a view op, such as `unsqueeze_`. The memory stays as it is.

    The tensor becomes a view. What it was lives on, hidden, as the base of it and of all earlier views.
    """
    if tensor._view is not None:
        sync(tensor)
    if state.recording and tensor._requires_grad:
        refuse(tensor, name)
    unseen = tensor._view is None and tensor._counter is None and not tensor._requires_grad
    if unseen or (tensor._requires_grad and tensor._source is None):
        tensor._array = op.forward(tensor._array, *parameters)
        return tensor
    former = _tensor.Tensor._make(tensor._array)
    former._source, former._requires_grad = tensor._source, tensor._requires_grad
    former._counter, former._view = tensor._counter, tensor._view
    with set_grad_enabled(True):
        shaped = op(former, *parameters)
    tensor._array, tensor._source, tensor._view = shaped._array, shaped._source, shaped._view
    tensor._counter = shaped._counter
    keep_retaining(tensor, former._source)
    return tensor


def refuse(tensor: Any, name: str) -> None:
    """Raises for a tensor that must not be written to while recording."""
    view = tensor._view
    if view is not None and view.made:
        raise forbidden(view, f"is being modified inplace ({name})")
    base = tensor if view is None else base_of(view)
    if base._source is None and (base._requires_grad or tensor._requires_grad):
        what = "a leaf Variable that requires grad" if view is None else "a view of a leaf Variable that requires grad"
        raise RuntimeError(
            f"{what} is being used in an in-place operation ({name}): its gradient would be lost. "
            "Write inside `with no_grad():`, or use the out-of-place form."
        )


def forbidden(view: View, what: str) -> RuntimeError:
    """The error for a view whose history a write cannot, or must not, take over."""
    return RuntimeError(
        f"A view was created {view.made} and {what} with grad mode enabled. This is forbidden: its gradient would be "
        f"ambiguous or wrong. {WHY[view.made]}"
    )


def write(tensor: Any, result: Any, name: str) -> None:
    """Puts the result's values into the tensor's memory and counts the write."""
    array, value = tensor._array, getattr(result, "_array", result)
    if np.shape(value) != array.shape:
        check_shape(array, value, name)
    check_memory(array, name)
    if getattr(value, "dtype", None) is array.dtype:
        np.copyto(array, value)
    else:
        kind = np.asarray(value).dtype
        if name != "copy_" and category(kind) > category(array.dtype):
            raise RuntimeError(
                f"result type {kind.name} can't be cast to the desired output type {array.dtype.name} in {name}. "
                "Convert the tensor first with .to(dtype)."
            )
        quietly(np.copyto, array, value, "unsafe")
    count_write(tensor, name)


def check_memory(array: ndarray, name: str) -> None:
    """Raises for memory that must not be written to."""
    if not array.flags.writeable or (0 in array.strides and overlaps_itself(array)):
        raise RuntimeError(
            f"unsupported operation: {name} on a tensor {list(array.shape)} whose memory is read-only or of which more "
            "than one element refers to a single memory location, as expand() makes it. clone() it first."
        )


def check_shape(array: ndarray, value: Any, name: str) -> None:
    """Raises unless `value` may be written over `array`: only `copy_` broadcasts."""
    try:
        fits = name == "copy_" and np.broadcast_shapes(np.shape(value), array.shape) == array.shape
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(
            f"output with shape {list(array.shape)} doesn't match the broadcast shape {list(np.shape(value))} in "
            f"{name}: an in-place operation keeps its tensor's shape. Use the out-of-place form."
        )


def count_write(tensor: Any, name: str) -> None:
    """Notes that the tensor's memory has just been written to."""
    version = tensor._counter or tensor._start_counter()
    version.count += 1
    version.written, version.writer = graph.next_number(), name


def overlaps_itself(array: ndarray) -> bool:
    """Whether two elements share memory by a stride of zero."""
    return array.size > 0 and any(stride == 0 and size > 1 for stride, size in zip(array.strides, array.shape))


def rebase(tensor: Any, result: Any) -> None:
    """Gives the tensor, after a write, the history of what was written."""
    view = tensor._view
    if result._source is None:  # a leaf was copied in as it is
        from .op import identity

        result = identity(result)
    if view is None:
        before = tensor._source
        tensor._source, tensor._requires_grad = result._source, True
        keep_retaining(tensor, before)
    else:
        from .rules.shaping import assign

        base = base_of(view)
        operands = [t for t in (base, result) if t._requires_grad]
        key = base._requires_grad + 2 * result._requires_grad
        parameters = [base._array, result._array, view.steps, memory_order(base._array)]
        before, plan = base._source, assign.plans.get(key) or assign.plan(key)
        assign.record(base, parameters, parameters, [t._source or t for t in operands], plan)
        keep_retaining(base, before)
        if tensor._source is not None and graph.place(tensor._source).extras is not None:
            sync(tensor)  # else the view derives its history when it is next used


def keep_retaining(tensor: Any, before: Any) -> None:
    """`retain_grad()` goes with the tensor, from the edge `before` to its new one."""
    extras = None if before is None else graph.place(before).extras
    if extras is not None:
        index = before.index if type(before) is graph.Output else 0
        reference = extras.retained.get(index)
        if reference is not None and reference() is tensor:
            del extras.retained[index]
            tensor.retain_grad()


def memory_order(array: ndarray) -> tuple[int, ...]:
    """The axes from the slowest to the fastest in memory."""
    return tuple(sorted(range(array.ndim), key=lambda i: -abs(array.strides[i])))
