"""Parameters and buffers: tensors that a module knows by name, those included whose shape is not known yet."""

from __future__ import annotations

from typing import Any

from autograd import Tensor, empty


class Parameter(Tensor):
    """A tensor that a module learns: assigned as an attribute, it appears among `parameters()`.

    Shares its memory with `data`; requires grad unless told otherwise.

    >>> import autograd, nn
    >>> nn.Parameter(autograd.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        return cls._make_subclass(cls, empty(0) if data is None else tensor_of(data, cls), requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) in memo:
            return memo[id(self)]
        twin = super().__deepcopy__(memo)  # type: ignore[misc]
        twin.grad = None
        return twin

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


class Buffer(Tensor):
    """A tensor that belongs to a module's state but is not learned: assigned as an attribute, it becomes a buffer.

    `persistent`: whether it is part of the `state_dict`.

    >>> import autograd, nn
    >>> nn.Buffer(autograd.ones(1)).requires_grad
    False
    """

    persistent: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        data = empty(0) if data is None else tensor_of(data, cls)
        buffer = cls._make_subclass(cls, data, data.requires_grad)
        buffer.persistent = persistent
        return buffer


def tensor_of(data: Any, kind: type) -> Tensor:
    """The tensor; `TypeError` for anything else."""
    if not isinstance(data, Tensor):
        raise TypeError(
            f"{kind.__name__}(): argument 'data' must be Tensor, not {type(data).__name__}: make one with "
            "autograd.tensor(data)"
        )
    return data


ARRAY: Any = Tensor.__dict__["_array"]  # the slot itself, which an uninitialized tensor hides


def of_its_data(name: str) -> Any:
    """A method of the tensor without elements that stands for an uninitialized one."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.data, name)(*args, **kwargs)

    method.__name__ = name
    method.__doc__ = f"`{name}` of `data`."
    return method


class UninitializedTensorMixin:
    """A parameter or buffer whose shape is not known yet: it has a dtype, and turns into `cls_to_become`.

    Only its dtype can be used and changed. Anything else is a `ValueError` that says what to do.
    """

    __slots__ = ()
    cls_to_become: type
    requires_grad: bool

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Takes a shape, and with it memory, whose content is whatever was there."""
        made = empty(shape, device=device, dtype=self.dtype if dtype is None else dtype)
        self.__class__ = self.cls_to_become
        self.data = made

    @property
    def _array(self) -> Any:
        """What a tensor's operations read."""
        raise ValueError(
            f"Attempted to use an uninitialized parameter: {self!r} has no shape yet. When using lazy modules, call "
            "`forward` with a batch to initialize the parameters first."
        )

    @_array.setter
    def _array(self, value: Any) -> None:
        ARRAY.__set__(self, value)

    @property
    def data(self) -> Tensor:
        """A tensor without elements, of this one's dtype."""
        return Tensor._make(ARRAY.__get__(self))

    @data.setter
    def data(self, value: Any) -> None:
        ARRAY.__set__(self, ARRAY.__get__(value))

    @property
    def dtype(self) -> Any:
        """The number type it will have."""
        return self.data.dtype

    @property
    def shape(self) -> Any:
        """Not known yet: `RuntimeError`."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` "
            "to initialize the parameters before accessing their attributes."
        )

    to, type, cpu, cuda = map(of_its_data, ("to", "type", "cpu", "cuda"))
    half, bfloat16, float, double = map(of_its_data, ("half", "bfloat16", "float", "double"))
    char, short, int, long = map(of_its_data, ("char", "short", "int", "long"))
    is_floating_point, is_complex, size = map(of_its_data, ("is_floating_point", "is_complex", "size"))

    def copy_(self, src: Any, non_blocking: bool = False) -> Any:
        """Nothing, of another uninitialized tensor; `RuntimeError` for any that has elements."""
        if not is_lazy(src):
            raise RuntimeError(f"{self!r} has no shape yet, and can't take one {list(src.shape)}: use materialize()")
        return self

    def share_memory_(self) -> Any:
        """There is no memory yet: `RuntimeError`."""
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the parameters "
            "before calling `module.share_memory()`."
        )

    def _arguments(self) -> tuple[Any, ...]:
        """What makes another of the kind."""
        return self.requires_grad, None, self.dtype

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = self.__class__(*self._arguments())
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__class__, self._arguments()

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}>"


def is_lazy(param: Any) -> bool:
    """Whether it is a parameter or buffer without a shape yet."""
    return isinstance(param, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter whose shape is not known yet; `materialize(shape)` makes it one whose shape is.

    >>> import nn
    >>> weight = nn.UninitializedParameter()
    >>> weight
    <UninitializedParameter>
    >>> weight.materialize((2, 3))
    >>> weight.shape
    torch.Size([2, 3])
    """

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        made = Parameter(empty(0, device=device, dtype=dtype), requires_grad)
        made.__class__ = cls
        return made


class UninitializedBuffer(UninitializedTensorMixin, Buffer):
    """A buffer whose shape is not known yet; `materialize(shape)` makes it one whose shape is.

    >>> import nn
    >>> mean = nn.UninitializedBuffer()
    >>> mean.materialize((3,))
    >>> type(mean).__name__, mean.shape
    ('Buffer', torch.Size([3]))
    """

    cls_to_become = Buffer

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        made = Buffer(empty(0, device=device, dtype=dtype).requires_grad_(requires_grad), persistent=persistent)
        made.__class__ = cls
        return made

    def _arguments(self) -> tuple[Any, ...]:
        return *super()._arguments(), self.persistent
