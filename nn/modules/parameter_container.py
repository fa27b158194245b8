"""Lists and dictionaries of parameters."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from autograd import Tensor

from ..parameter import Parameter
from .container import pairs, position
from .module import Module

Self = TypeVar("Self", bound="Module")  # the class of the module that the method is called on


def as_parameter(value: Any) -> Any:
    """A tensor as a parameter; anything else as it is."""
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def described(items: Iterable[tuple[Any, Any]], kind: Any) -> str:
    """A line for each item; `kind` tells the type of a tensor's numbers."""
    lines = []
    for key, value in items:
        if isinstance(value, Tensor):
            size = "x".join(map(str, value.shape))
            lines.append(
                f"  ({key}): {'Parameter' if isinstance(value, Parameter) else 'Tensor'} containing: "
                f"[{kind(value)} of size {size}]"
            )
        else:
            lines.append(f"  ({key}): Object of type: {type(value).__name__}")
    return "\n".join(lines)


class ParameterList(Module):
    """A list of parameters. Tensors become parameters; other objects may be in it, too.

    >>> import autograd, nn
    >>> weights = nn.ParameterList([autograd.ones(2), autograd.zeros(3)])
    >>> [name for name, _ in weights.named_parameters()]
    ['0', '1']
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return type(self)([self[i] for i in range(len(self))[index]])
        return getattr(self, str(position(self, index, "parameters")))

    def __setitem__(self, index: int, value: Any) -> None:
        setattr(self, str(position(self, index, "parameters")), as_parameter(value))

    def __iadd__(self: Self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def append(self: Self, value: Any) -> Self:
        """Adds a parameter at the end."""
        setattr(self, str(self._size), as_parameter(value))
        self._size += 1
        return self

    def extend(self: Self, values: Iterable[Any]) -> Self:
        """Adds parameters at the end."""
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}")
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self) -> str:
        return described(enumerate(self), lambda tensor: tensor.dtype)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("ParameterList should not be called.")


class ParameterDict(Module):
    """Parameters under names, in the order in which they were added. Tensors become parameters; other objects may be
    in it, too.

    >>> import autograd, nn
    >>> weights = nn.ParameterDict({"left": autograd.ones(2), "right": autograd.zeros(2)})
    >>> weights["left"]
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        return getattr(self, checked_key(key))

    def __setitem__(self, key: str, value: Any) -> None:
        setattr(self, checked_key(key), as_parameter(value))
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def copy(self) -> ParameterDict:
        """Another dictionary of the same parameters."""
        return ParameterDict(OrderedDict(self.items()))

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The parameter of this name; if there is none, `default`, which becomes it."""
        if key not in self:
            self[key] = default
        return self[key]

    def clear(self) -> None:
        """Takes out all parameters."""
        for key in list(self):
            del self[key]

    def pop(self, key: str) -> Any:
        """Takes out the parameter of this name and returns it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Takes out the last name and its parameter and returns both."""
        if not self._keys:
            raise KeyError("popitem(): the ParameterDict is empty")
        key = next(reversed(self))
        return key, self.pop(key)

    def get(self, key: str, default: Any = None) -> Any:
        """The parameter of this name, or `default`."""
        return self[key] if key in self else default  # noqa: SIM401 - this is `get`

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A new dictionary with `default` under each name."""
        return ParameterDict((key, default) for key in keys)

    def keys(self) -> Any:
        """The names."""
        return self._keys.keys()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Pairs of name and parameter."""
        return ((key, self[key]) for key in self._keys)

    def values(self) -> Iterable[Any]:
        """The parameters."""
        return (self[key] for key in self._keys)

    def update(self, parameters: Any) -> None:
        """Adds the parameters of a mapping, or of pairs (name, parameter), replacing those of the same name.

        Those of a plain dictionary come in the order of their names.
        """
        if isinstance(parameters, Mapping) and not isinstance(parameters, OrderedDict):
            parameters = sorted(parameters.items())
        for key, value in pairs(parameters, "ParameterDict"):
            self[key] = value

    def extra_repr(self) -> str:
        return described(self.items(), lambda tensor: tensor.type())

    def __call__(self, input: Any) -> Any:
        raise RuntimeError("ParameterDict should not be called.")

    def __or__(self, other: Any) -> ParameterDict:
        result = self.copy()
        result.update(other)
        return result

    def __ror__(self, other: Any) -> ParameterDict:
        result = other.copy()
        result.update(self)
        return result

    def __ior__(self: Self, other: Any) -> Self:
        self.update(other)
        return self


def checked_key(key: Any) -> str:
    """A name for a parameter; `TypeError` for anything else."""
    if not isinstance(key, str):
        raise TypeError(
            "Index given to ParameterDict cannot be used as a key as it is not a string (type is "
            f"'{type(key).__name__}')"
        )
    return key
