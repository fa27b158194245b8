"""Parametrizations: a parameter of a module that is computed from others each time it is asked for.

The module keeps what is learned under `parametrizations.<name>`, and its class becomes one of its own, in which the
name is a property.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd import Tensor, no_grad

from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module
from ..parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]


class Cache:
    """The values computed so far inside `cached` blocks, by module and name; `depth` counts the open blocks."""

    def __init__(self) -> None:
        self.depth = 0
        self.values: dict[tuple[int, str], Tensor] = {}


cache = Cache()


@contextmanager
def cached() -> Iterator[None]:
    """Inside this context each parametrized tensor is computed once; what was computed is forgotten at the end.

    For a tensor that is used several times, such as the weight of a recurrent cell:

    >>> import autograd, nn
    >>> from nn.utils import parametrize
    >>> cell = nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))
    >>> cell.weight is cell.weight
    False
    >>> with parametrize.cached():
    ...     cell.weight is cell.weight
    True
    """
    cache.depth += 1
    try:
        yield
    finally:
        cache.depth -= 1
        if not cache.depth:
            cache.values = {}


# ---- the list of what is done to a tensor


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, first to last, and what the first of them is computed from.

    That is `original`, or, where its `right_inverse` returns several tensors, `original0`, `original1`, ...
    `register_parametrization` makes these.

    >>> import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))
    >>> [name for name, _ in layer.parametrizations.weight.named_parameters()]
    ['original0', 'original1']
    """

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        with no_grad():
            new: Any = original
            for module in reversed(list(self)):
                new = inverted(module, new)
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if self.is_tensor else len(check_tensors(new))
        shape, dtype, memory = original.shape, original.dtype, original.data
        if self.is_tensor:
            if new.dtype is not dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\noriginal.dtype: "
                    f"{dtype}\nright_inverse(original).dtype: {new.dtype}"
                )
            original.data = new.data  # the parameter stays the same object, which an optimizer may know
            register(self, "original", original)
        else:
            for number, tensor in enumerate(new):
                if isinstance(original, Parameter):
                    tensor = Parameter(tensor, original.requires_grad)
                register(self, f"original{number}", tensor.requires_grad_(original.requires_grad))
        if not unsafe:
            try:
                check_alike("Registering a parametrization", "unparametrized", shape, dtype, "parametrized", self())
            except Exception:
                original.data = memory
                raise

    def right_inverse(self, value: Any) -> None:
        """Makes `value` the parametrized tensor: what it is computed from becomes the `right_inverse` of it."""
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
        if self.is_tensor and not isinstance(value, Tensor):
            raise ValueError(f"`right_inverse` should return a tensor. Got {type(value).__name__}")
        values = [value] if self.is_tensor else list(check_tensors(value))
        originals = self.originals()
        if len(values) != len(originals):
            raise ValueError(
                f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. Got a sequence of "
                f"length {len(values)}."
            )
        for new, original in zip(values, originals):
            if new.dtype is not original.dtype:
                raise ValueError(
                    f"The tensor returned by `right_inverse` has dtype {new.dtype} while `original` has dtype "
                    f"{original.dtype}"
                )
        for new, original in zip(values, originals):
            original.data = new.data

    def originals(self) -> list[Tensor]:
        """What the first parametrization is computed from."""
        return [self.original] if self.is_tensor else [getattr(self, f"original{i}") for i in range(self.ntensors)]

    def forward(self) -> Any:
        first, *others = self
        result = first(*self.originals())
        for module in others:
            result = module(result)
        return result


def inverted(module: Module, value: Any) -> Any:
    """`module.right_inverse(value)`, or the value itself if it has none."""
    if hasattr(module, "right_inverse"):
        try:
            return module.right_inverse(value)
        except NotImplementedError:
            pass
    return value


def check_tensors(values: Any) -> Any:
    """The values, if they are a sequence of tensors."""
    wanted = "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
    if not isinstance(values, Sequence):
        raise ValueError(f"{wanted}Got {type(values).__name__}")
    for number, value in enumerate(values):
        if not isinstance(value, Tensor):
            raise ValueError(f"{wanted}Got element {number} of the sequence with type {type(value).__name__}.")
    return values


def check_alike(action: str, before: str, shape: Any, dtype: Any, after: str, result: Any) -> None:
    """Raises unless `result` is a tensor of this shape and dtype."""
    if not isinstance(result, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(result).__name__}.")
    for what, old, new in (("dtype", dtype, result.dtype), ("shape", shape, result.shape)):
        if new != old:
            raise ValueError(
                f"{action} may not change the {what} of the tensor, unless the `unsafe` flag is enabled.\n"
                f"{before} {what}: {old}\n{after} {what}: {new}"
            )


def register(module: Module, name: str, tensor: Tensor) -> None:
    """Gives the module a parameter, or a buffer if it is none."""
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


# ---- the module's class


class Parametrized:
    """The property of a parametrized module that stands where a parameter or buffer was."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, module: Any, owner: type | None = None) -> Any:
        if module is None:
            return self
        if self.name in module.__dict__:  # a value for a while, as `functional_call` gives one
            return module.__dict__[self.name]
        if not is_parametrized(module, self.name):  # another module of this class is; `__getattr__` is asked next
            raise AttributeError(f"{type(module).__name__} has no parametrization of '{self.name}'")
        compute = module.parametrizations[self.name]
        if not cache.depth:
            return compute()
        key = id(module), self.name
        if key not in cache.values:
            cache.values[key] = compute()
        return cache.values[key]

    def __set__(self, module: Any, value: Tensor) -> None:
        module.parametrizations[self.name].right_inverse(value)


def inject_class(module: Any) -> None:
    """Gives the module a class of its own, to which properties can be added."""
    kind = type(module)
    methods: dict[str, Any] = {"__getstate__": refuse_to_pickle}
    if not hasattr(kind, "__deepcopy__"):  # which would ask for the state
        methods["__deepcopy__"] = deep_copy
    module.__class__ = type(f"Parametrized{kind.__name__}", (kind,), methods)


def refuse_to_pickle(self: Module) -> None:
    """The class of a parametrized module cannot be found by its name."""
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(): save that, and load it into a "
        "module with the same parametrizations"
    )


def deep_copy(self: Module, memo: dict[int, Any]) -> Module:
    """A copy, of the same class."""
    twin = type(self).__new__(type(self))
    memo[id(self)] = twin
    twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return twin


# ---- what is called


def register_parametrization(module: Any, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> Any:
    """From now on `module.<tensor_name>` is `parametrization(original)`, computed anew whenever it is asked for.

    The parameter or buffer moves to `module.parametrizations.<tensor_name>.original`, and learns there. If the
    parametrization has a method `right_inverse`, that gives the first value of the original, or of several originals,
    and assigning to `module.<tensor_name>` works. More than one can be registered: each takes what the one before
    returns. `unsafe`: the result may be of another shape or dtype, and nothing is tried.

    `ValueError`, and the module is as before, if there is no such tensor or the parametrization changes its kind.

    >>> import autograd, nn
    >>> class Symmetric(nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    ...
    ...     def right_inverse(self, x):
    ...         return x.triu()
    >>> layer = nn.utils.parametrize.register_parametrization(nn.Linear(2, 2), "weight", Symmetric())
    >>> layer.weight = autograd.tensor([[1.0, 2.0], [2.0, 3.0]])
    >>> layer.weight.tolist(), layer.parametrizations.weight.original.tolist()
    ([[1.0, 2.0], [2.0, 3.0]], [[1.0, 2.0], [0.0, 3.0]])
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            check_added(getattr(module, tensor_name), parametrization)
        chain = module.parametrizations[tensor_name]
        chain.append(parametrization)
        chain.unsafe |= unsafe
        return module
    if tensor_name not in module._buffers and tensor_name not in module._parameters:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    chain = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe=unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        inject_class(module)
        module.parametrizations = ModuleDict()
    setattr(type(module), tensor_name, Parametrized(tensor_name))
    module.parametrizations[tensor_name] = chain
    return module


def check_added(value: Tensor, parametrization: Any) -> None:
    """Raises unless a further parametrization, and its `right_inverse`, keep the shape and dtype of the value."""
    result = parametrization(value)
    check_alike("Registering a parametrization", "module", value.shape, value.dtype, "parametrized", result)
    inverse = inverted(parametrization, result)
    if not isinstance(inverse, Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(inverse).__name__}")
    check_alike("parametrization.right_inverse", "module", value.shape, value.dtype, "returned", inverse)


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a tensor of the module is parametrized, or any if no name is given.

    >>> import nn
    >>> nn.utils.parametrize.is_parametrized(nn.Linear(2, 2), "weight")
    False
    """
    chains = module._modules.get("parametrizations")
    if not isinstance(chains, ModuleDict):
        return False
    return len(chains) > 0 if tensor_name is None else tensor_name in chains


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Makes a parametrized tensor an ordinary parameter or buffer again.

    It keeps its present value or, without `leave_parametrized`, takes that of the original. `ValueError` if it is not
    parametrized, or if the original is asked for and there are several.

    >>> import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))
    >>> nn.utils.parametrize.remove_parametrizations(layer, "weight")
    Linear(in_features=2, out_features=2, bias=True)
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    chain = module.parametrizations[tensor_name]
    if chain.is_tensor:
        tensor = chain.original
        if leave_parametrized:
            with no_grad():
                value = getattr(module, tensor_name)
            if value.dtype is not tensor.dtype:
                raise RuntimeError(
                    f"{tensor_name} is parametrized as {value.dtype}, but the original is {tensor.dtype}: it can be "
                    "removed with leave_parametrized=False only"
                )
            tensor.data = value.data
    elif leave_parametrized:
        tensor = getattr(module, tensor_name)
        if tensor.requires_grad:
            tensor = Parameter(tensor)
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    del module.parametrizations[tensor_name]
    register(module, tensor_name, tensor)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class that the module had before any parametrization.

    >>> import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))
    >>> type(layer).__name__, nn.utils.parametrize.type_before_parametrizations(layer).__name__
    ('ParametrizedLinear', 'Linear')
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Any, to_module: Any, tensor_name: str | None = None) -> Any:
    """Gives another module the parametrizations of one, with the parameters they work on: all, or those of one tensor.

    The modules then share them. A tensor that the other module has not is made.

    >>> import nn
    >>> one, other = nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)), nn.Linear(2, 2)
    >>> other = nn.utils.parametrize.transfer_parametrizations_and_params(one, other)
    >>> other.parametrizations.weight.original0 is one.parametrizations.weight.original0
    True
    """
    if not is_parametrized(from_module):
        return to_module
    for name in list(from_module.parametrizations) if tensor_name is None else [tensor_name]:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        chain = from_module.parametrizations[name]
        for parametrization in chain:
            register_parametrization(to_module, name, parametrization)
        for original, tensor in chain.named_parameters(recurse=False):
            setattr(to_module.parametrizations[name], original, tensor)
        for original, tensor in chain.named_buffers(recurse=False):
            setattr(to_module.parametrizations[name], original, tensor)
    return to_module
