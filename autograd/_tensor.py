"""The Tensor: a NumPy array with a place in the graph. Its operations are attached by `autograd.functions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import dtypes
from .graph import LEAF, AccumulateGrad, Node, Output, RemovableHandle, Version, call_hooks, duplicate, extras
from .modes import state
from .numpy_calls import by_numpy, declared_later
from .views import sync

if TYPE_CHECKING:
    from ._methods import Methods
else:
    Methods = object

ndarray = np.ndarray
INFERENCE = Version()  # the version of every tensor made in inference mode, which keeps none


class Size(tuple):
    """A tensor's shape: a tuple that also knows its number of elements.

    >>> import autograd
    >>> autograd.ones(2, 3).shape
    torch.Size([2, 3])
    """

    __slots__ = ()

    def numel(self) -> int:
        """The product of the sizes."""
        count = 1
        for size in self:
            count *= size
        return count

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(repr, self))}])"

    def __getitem__(self, index: Any) -> Any:
        got = tuple.__getitem__(self, index)
        return Size(got) if isinstance(index, slice) else got

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, tuple(other)))


class LeafHooks:
    """The hooks of a leaf: on its gradient, after it has been accumulated, and those of its `AccumulateGrad` node."""

    def __init__(self) -> None:
        self.on_gradient: dict[int, Any] = {}
        self.after_accumulation: dict[int, Any] = {}
        self.before: dict[int, Any] = {}
        self.after: dict[int, Any] = {}


class Tensor(Methods):
    """An array that records what is computed from it.

    Made by `autograd.tensor` and the other creation functions. Results of operations on a tensor that requires a
    gradient have a `grad_fn`; `backward()` on such a result fills in `grad` of the leaves it came from.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ("__weakref__", "_array", "_counter", "_grad", "_hooks", "_requires_grad", "_source", "_view")

    _array: ndarray
    _requires_grad: bool
    _source: Any  # the edge to what made it: a Node, an Output of one, or None for a leaf
    _view: Any  # a View, if its memory belongs to another tensor
    _counter: Version | None  # made at first need
    _grad: Tensor | None
    _hooks: LeafHooks | None

    __array_priority__ = 1000
    edge_kind = LEAF

    def __new__(cls, *data: Any, device: Any = None) -> Any:
        """PyTorch's old constructor: `Tensor(2, 3)` is an uninitialised 2×3 tensor, `Tensor([2, 3])` holds 2 and 3."""
        from .functions import creation

        if not data or all(isinstance(d, (int, np.integer)) for d in data) or isinstance(data[0], Size):
            made = creation.empty(*data) if data else creation.empty(0)
        else:
            if len(data) > 1:
                raise TypeError("Tensor() takes sizes, or one sequence or tensor; use autograd.tensor(data)")
            if isinstance(data[0], (bool, float, complex)):
                raise TypeError(
                    f"new(): data must be a sequence (got {type(data[0]).__name__}): use autograd.tensor(data)"
                )
            whole = isinstance(data[0], Tensor)
            made = data[0].detach() if whole else creation.tensor(data[0], dtype=dtypes.get_default_dtype())
        return made if cls is Tensor else cls._make(made._array)

    @classmethod
    def _make(cls, array: ndarray) -> Any:
        tensor = object.__new__(cls)
        tensor._array, tensor._requires_grad = array, False
        tensor._source = tensor._view = tensor._counter = tensor._grad = tensor._hooks = None
        return tensor

    @staticmethod
    def _make_subclass(cls: Any, data: Tensor, require_grad: bool = False) -> Any:
        """A tensor of a subclass that shares the memory of `data` and is a leaf."""
        tensor = cls._make(data._array)
        tensor._counter = data._counter if data._counter is INFERENCE else data._start_counter()
        tensor.requires_grad = require_grad
        return tensor

    # ---- what it is

    @property
    def shape(self) -> Size:
        """The sizes of the dimensions."""
        return Size(self._array.shape)

    @property
    def dtype(self) -> dtypes.dtype:
        """The number type."""
        return dtypes.of_numpy(self._array.dtype)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self._array.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._array.nbytes

    # ---- its place in the graph

    def _sync(self) -> None:
        sync(self)

    def _start_counter(self) -> Version:
        if self._counter is INFERENCE:
            raise RuntimeError(
                "Inference tensors cannot be saved for backward. Make a clone() outside inference mode and use that."
            )
        if self._counter is None:
            self._counter = Version()
        return self._counter

    @property
    def _edge(self) -> Any:
        """Where a gradient for this tensor goes."""
        if self._view is not None:
            sync(self)
        return self if self._source is None else self._source

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to it: set on a leaf by you, on a result by its operands."""
        if self._view is not None and not self._view.made:
            sync(self)
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if value is not True and value is not False:
            raise RuntimeError(f"requires_grad must be a bool, not {type(value).__name__}")
        if self.requires_grad == value:
            return
        node = self.grad_fn
        if node is not None:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. This tensor was computed by "
                f"{node.name()}: use detach() for a copy of it that does not require grad."
            )
        if value and self._array.dtype.kind not in "fcV":
            raise RuntimeError(
                f"only Tensors of floating point and complex dtype can require gradients, not {self.dtype}. "
                "Convert it first with .float()."
            )
        if value and self._counter is INFERENCE and not state.inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        self._requires_grad = value

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Sets `requires_grad` in place and returns the tensor.

        >>> import autograd
        >>> autograd.ones(1).requires_grad_().requires_grad
        True
        """
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by you rather than computed; only leaves get `.grad` by themselves."""
        return not self.requires_grad or self._source is None

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that computed it, None for a leaf."""
        source = self._edge
        if source is self:
            return None
        return source.node if type(source) is Output else source

    @property
    def output_nr(self) -> int:
        """Which of `grad_fn`'s outputs it is."""
        source = self._edge
        return source.index if type(source) is Output else 0

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward passes have added up here, None before the first."""
        if self._grad is None and self._source is not None and self._requires_grad and not self.retains_grad:
            import warnings

            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
                "won't be populated during autograd.backward(). If you indeed want the .grad field to be populated "
                "for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor "
                "by mistake, make sure you access the leaf Tensor instead.",
                stacklevel=2,
            )
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(f"assigned grad expected to be a Tensor or None but got {type(value).__name__}")
            if value is self:
                raise RuntimeError("can't assign Variable as its own grad")
            if value._array.shape != self._array.shape:
                raise RuntimeError(
                    f"assigned grad has data of a different size: {list(value.shape)} for a tensor {list(self.shape)}"
                )
            if value._array.dtype != self._array.dtype:
                raise RuntimeError(
                    f"assigned grad has data of a different type: {value.dtype} for a tensor of {self.dtype}"
                )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def _base(self) -> Tensor | None:
        """The tensor whose memory it is a view of, None if it is no view."""
        return None if self._view is None else self._view.base

    def _is_view(self) -> bool:
        return self._view is not None

    def is_inference(self) -> bool:
        """Whether it was made in inference mode."""
        return self._counter is INFERENCE

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad()` was called on this non-leaf."""
        node = self.grad_fn
        if node is None or node.extras is None:
            return False
        reference = node.extras.retained.get(self.output_nr)
        return reference is not None and reference() is self

    def retain_grad(self) -> None:
        """Makes a non-leaf keep its gradient in `.grad`, as leaves do."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        node = self.grad_fn
        if node is not None:
            import weakref

            extras(node).retained[self.output_nr] = weakref.ref(self)

    def register_hook(self, hook: Any) -> RemovableHandle:
        """Calls `hook(grad)` whenever this tensor's gradient is computed; what it returns replaces the gradient.

        >>> import autograd
        >>> x = autograd.ones(1, requires_grad=True)
        >>> handle = x.register_hook(lambda g: g * 2)
        >>> (x * 3).sum().backward()
        >>> x.grad
        tensor([6.])
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node = self.grad_fn
        if node is not None:
            return RemovableHandle(extras(node).tensor_hooks.setdefault(self.output_nr, {}), hook)
        return RemovableHandle(self._leaf_hooks().on_gradient, hook)

    def register_post_accumulate_grad_hook(self, hook: Any) -> RemovableHandle:
        """Calls `hook(tensor)` after a backward pass has added to this leaf's `.grad`."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._source is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        return RemovableHandle(self._leaf_hooks().after_accumulation, hook)

    def _leaf_hooks(self) -> LeafHooks:
        if self._hooks is None:
            self._hooks = LeafHooks()
        return self._hooks

    def _gradient_arrived(self, g: Any) -> Any:
        """A leaf's gradient after its hooks."""
        return g if self._hooks is None else call_hooks(self._hooks.on_gradient, g)

    def _accumulate(self, g: Any, create_graph: bool) -> None:
        """Adds a gradient that this tensor may own to `.grad`: in place, unless the sum is to be recorded."""
        old, hooks = self._grad, self._hooks
        if hooks is not None and hooks.before:
            g = duplicate(call_hooks({i: lambda g, h=hook: first(h((g,))) for i, hook in hooks.before.items()}, g))
        if old is None:
            self._grad = wrap(g) if type(g) is ndarray else g
        elif create_graph or 0 in old._array.strides:  # one place in memory may stand for several elements
            self._grad = old + as_plain(g)
        else:
            np.add(old._array, g, out=old._array)
            if old._counter is not None:
                from .graph import next_number

                old._counter.count += 1
                old._counter.written, old._counter.writer = next_number(), "accumulating a gradient"
        if hooks is not None:
            for hook in list(hooks.after.values()):
                hook((), (as_plain(g),))
            for hook in list(hooks.after_accumulation.values()):
                hook(self)

    def backward(
        self, gradient: Any = None, retain_graph: Any = None, create_graph: bool = False, inputs: Any = None
    ) -> None:
        """Computes the gradients of this tensor and adds them to `.grad` of the leaves it was computed from.

        `gradient`: the gradient of whatever comes after, of this tensor's shape; needed unless it has one element.
        `retain_graph`: keep what is needed for another pass. `create_graph`: record the pass, for higher orders.
        `inputs`: only these tensors' `.grad`. Raises `RuntimeError` without a graph, or with one that was freed.

        >>> import autograd
        >>> x = autograd.tensor(3.0, requires_grad=True)
        >>> (x * x).backward()
        >>> x.grad
        tensor(6.)
        """
        backward_pass.backward(self, gradient, retain_graph, create_graph, inputs)

    # ---- the memory

    def detach(self) -> Tensor:
        """The same memory without the history; writing to one changes both.

        >>> import autograd
        >>> autograd.ones(1, requires_grad=True).detach().requires_grad
        False
        """
        twin = wrap(self._array)
        twin._counter = self._counter if self._counter is INFERENCE else self._start_counter()
        return twin

    def detach_(self) -> Tensor:
        """Cuts this tensor out of the graph that made it, making it a leaf."""
        if self._view is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead")
        self._source, self._requires_grad = None, False
        return self

    @property
    def data(self) -> Tensor:
        """The same memory without the history and without the check that kept values are intact; prefer `detach()`."""
        return wrap(self._array)

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self._requires_grad and value._array.dtype.kind not in "fcV":
            raise RuntimeError(
                f"data set to a tensor that requires gradients must be floating point, not {value.dtype}"
            )
        self._array = value._array

    @property
    def _version(self) -> int:
        return 0 if self._counter is None else self._counter.count

    def data_ptr(self) -> int:
        """The address of the first element."""
        return self._array.__array_interface__["data"][0]

    def numpy(self, *, force: bool = False) -> ndarray:
        """The NumPy array itself, not a copy. `RuntimeError` on a tensor that requires grad, unless `force`.

        >>> import autograd
        >>> autograd.ones(2).numpy()
        array([1., 1.], dtype=float32)
        """
        if force:
            return self.detach().resolve_conj().numpy()
        if self.requires_grad:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad: the gradient would be lost. "
                "Use tensor.detach().numpy() instead."
            )
        return self._array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> ndarray:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            if copy is False:
                raise ValueError(f"a copy is needed to make {dtype} of {array.dtype}")
            return array.astype(dtype)
        return array.copy() if copy else array

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        handler = by_numpy.get(ufunc) or declared_later(ufunc) if method == "__call__" else None
        if handler is None or kwargs:
            what = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
            if kwargs:
                what += f" with {', '.join(kwargs)}="
            raise TypeError(f"{what} is not defined for tensors: {instead(ufunc)}")
        return handler(inputs, {})

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        handler = by_numpy.get(function) or declared_later(function)
        if handler is None:
            raise TypeError(
                f"{function.__module__}.{function.__name__} is not defined for tensors: {instead(function)}"
            )
        return handler(args, kwargs)

    __hash__ = object.__hash__


def wrap(array: ndarray) -> Tensor:
    """A tensor of an array, without a copy and without a history."""
    tensor = object.__new__(Tensor)
    tensor._array, tensor._requires_grad = array, False
    tensor._source = tensor._view = tensor._grad = tensor._hooks = None
    tensor._counter = INFERENCE if state.inference else None
    return tensor


def instead(function: Any) -> str:
    """What to use in place of a NumPy function that tensors do not know."""
    import autograd

    known = callable(getattr(autograd, function.__name__, None))
    return f"use autograd.{function.__name__}." if known else "use tensor.detach().numpy(), outside the graph."


def first(values: Any) -> Any:
    """The only item of a hook's tuple; what is no tuple, as it is."""
    return values[0] if isinstance(values, tuple) else values


def as_plain(value: Any) -> Any:
    """An array as a tensor; a tensor, or None, as it is."""
    return wrap(value) if isinstance(value, ndarray) else value


from . import backward as backward_pass  # type: ignore[no-redef]  # noqa: E402 - it is written on top of this module

__all__ = ["AccumulateGrad", "Size", "Tensor", "wrap"]
