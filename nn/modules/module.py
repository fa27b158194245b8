"""Module: something with parameters, buffers and modules inside, that is called like a function."""

from __future__ import annotations

import sys
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

import autograd
from autograd import Tensor
from autograd.errors import note_module

from ..parameter import Buffer, Parameter
from . import hooks, state
from .hooks import Hooked, call_with_hooks, registered
from .hooks import register_module_buffer_registration_hook as register_module_buffer_registration_hook
from .hooks import register_module_forward_hook as register_module_forward_hook
from .hooks import register_module_forward_pre_hook as register_module_forward_pre_hook
from .hooks import register_module_full_backward_hook as register_module_full_backward_hook
from .hooks import register_module_full_backward_pre_hook as register_module_full_backward_pre_hook
from .hooks import register_module_module_registration_hook as register_module_module_registration_hook
from .hooks import register_module_parameter_registration_hook as register_module_parameter_registration_hook
from .state import Stateful
from .tree import Tree

Self = TypeVar("Self", bound="Module")  # the class of the module that the method is called on


class Declared:
    """A parameter that a class of modules declares, only to have it found sooner.

    The value is in the module's `_parameters`, as ever. But before Python asks `__getattr__` it searches in vain and
    makes an error of that, which takes several times as long. An instance's own attribute of this name, and whatever
    a subclass puts in this place, are found first.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, module: Any, owner: type | None = None) -> Any:
        try:
            return module._parameters[self.name]
        except (AttributeError, KeyError):  # of a module, `__getattr__` is asked next
            raise AttributeError(f"{owner} has no attribute '{self.name}'") from None


def declared() -> Any:
    """Declares a parameter in the body of a class: `weight: Parameter = declared()`. Setting it works as without."""
    return Declared()


class Module(Tree, Stateful, Hooked):
    """The base of all modules. Subclasses set attributes in `__init__` and compute in `forward`.

    >>> import autograd, nn
    >>> class Scale(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = nn.Parameter(autograd.ones(1))
    ...
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> [name for name, _ in Scale().named_parameters()]
    ['factor']
    """

    training: bool
    call_super_init = False  # whether the next class in line is initialised too, for a module with several bases

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and (args or kwargs):
            given = f"an unexpected keyword argument '{next(iter(kwargs))}'" if kwargs else f"{len(args)} arguments"
            raise TypeError(f"{type(self).__name__}.__init__() got {given}, and Module.__init__() takes none")
        self.__dict__.update(blank())
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; every subclass defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if self._hooked:
                return call_with_hooks(self, args, kwargs)
            return self.forward(*args, **kwargs)
        except Exception as error:
            note_module(error, self)
            raise

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(blank())  # what a module pickled by an older version may lack
        self.__dict__.update(state)

    # ---- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        parameters = self.__dict__.get("_parameters")
        if parameters is None:
            if isinstance(value, (Parameter, Module, Buffer)):
                raise AttributeError(
                    f"cannot assign {name} before Module.__init__() call: call super().__init__() first"
                )
            super().__setattr__(name, value)
        elif isinstance(value, Parameter):
            self._forget(name, parameters)
            self.register_parameter(name, value)
        elif name in parameters:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as parameter '{name}' "
                    "(torch.nn.Parameter or None expected)"
                )
            parameters[name] = None
        elif isinstance(value, Module):
            self._forget(name, self._modules)
            self._modules[name] = registered("module", self, name, value)
        elif isinstance(value, Buffer):
            self._forget(name, self._buffers)
            self.register_buffer(name, value, value.persistent)
        elif name in self._modules:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as child module '{name}' (a Module or None expected)"
                )
            self._modules[name] = registered("module", self, name, None)
        elif name in self._buffers:
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as buffer '{name}' (a Tensor or None expected)"
                )
            self.register_buffer(name, value, name not in self._non_persistent_buffers_set)
        else:
            super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        if "_parameters" in own:  # spelled out for speed: every use of `self.weight` comes by here
            if name in own["_parameters"]:
                return own["_parameters"][name]
            if name in own["_modules"]:
                return own["_modules"][name]
            if name in own["_buffers"]:
                return own["_buffers"][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        if any(name in registry for registry in (self._parameters, self._buffers, self._modules)):
            self._forget(name)
        else:
            super().__delattr__(name)

    def __dir__(self) -> list[str]:
        names = {*super().__dir__(), *self._parameters, *self._buffers, *self._modules}
        return sorted(name for name in names if not name[0].isdigit())

    def _forget(self, name: str, registry: Any = None) -> None:
        """Removes what is called `name`, so that the name is free; in `registry` it stays, to be replaced in place."""
        for names in (self.__dict__, self._parameters, self._buffers, self._modules):
            if names is not registry:
                names.pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def _check_name(self, name: Any, kind: str, registry: dict[str, Any]) -> None:
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call: call super().__init__() first")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in registry:
            raise KeyError(f"attribute '{name}' already exists")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Adds a parameter under a name; None reserves the name."""
        self._check_name(name, "parameter", self._parameters)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type(param).__name__}' object to parameter '{name}' (Parameter or None required)"
            )
        if param is not None and param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly."
            )
        self._parameters[name] = None if param is None else registered("parameter", self, name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Adds a tensor that belongs to the state but is not learned; `persistent`: it is part of the `state_dict`."""
        self._check_name(name, "buffer", self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (Tensor or None required)"
            )
        self._buffers[name] = registered("buffer", self, name, tensor)
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Adds a module under a name."""
        self._check_name(name, "module", self._modules)
        check_module(module)
        self._modules[name] = registered("module", self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """`add_module` under another name."""
        self.add_module(name, module)

    # ---- changing all of it

    def train(self: Self, mode: bool = True) -> Self:
        """Puts the module and all inside into training mode (dropout is active) or, with False, evaluation mode."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self: Self) -> Self:
        """Evaluation mode: `train(False)`."""
        return self.train(False)

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Whether the parameters want gradients; False freezes them."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets all gradients, or with `set_to_none=False` sets them to zero."""
        for parameter in self.parameters():
            grad = parameter.grad
            if grad is None:
                continue
            if set_to_none:
                parameter.grad = None
            else:
                if grad.grad_fn is not None:
                    grad.detach_()
                grad.requires_grad_(False).zero_()

    def _apply(self: Self, fn: Callable[[Any], Any], recurse: bool = True) -> Self:
        """Replaces the memory of every parameter, gradient and buffer by that of `fn` of it."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        with autograd.no_grad():
            for parameter in self._parameters.values():
                if parameter is not None:
                    parameter.data = fn(parameter)
                    if parameter.grad is not None:
                        parameter.grad.data = fn(parameter.grad)
            for name, buffer in self._buffers.items():
                if buffer is not None:
                    self._buffers[name] = fn(buffer)
        return self

    def to(self: Self, *args: Any, **kwargs: Any) -> Self:
        """Converts the floating parameters and buffers in place: `to(dtype)`, `to("cpu")`, `to(tensor)`."""
        dtype, other = [autograd.empty(0, dtype=d).to(*args, **kwargs).dtype for d in (autograd.int8, autograd.bool)]
        if dtype is not other:  # none is asked for
            return self._apply(lambda t: t.to(*args, **kwargs))
        if not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        if dtype.is_complex:
            warnings.warn(
                "Complex modules are a new feature under active development whose design may change, and some modules "
                "might not work as expected when using complex tensors as parameters or buffers.",
                stacklevel=2,
            )
        return self._apply(lambda t: t.to(dtype) if t.is_floating_point() or t.is_complex() else t)

    def type(self: Self, dst_type: Any) -> Self:
        """All parameters and buffers, whole numbers too, as `dst_type`."""
        return self._apply(lambda t: t.type(dst_type))

    def float(self: Self) -> Self:
        """All floating parameters and buffers as float32."""
        return self._apply(lambda t: t.float() if t.is_floating_point() else t)

    def double(self: Self) -> Self:
        """All floating parameters and buffers as float64."""
        return self._apply(lambda t: t.double() if t.is_floating_point() else t)

    def half(self: Self) -> Self:
        """All floating parameters and buffers as float16."""
        return self._apply(lambda t: t.half() if t.is_floating_point() else t)

    def bfloat16(self: Self) -> Self:
        """All floating parameters and buffers as bfloat16."""
        return self._apply(lambda t: t.bfloat16() if t.is_floating_point() else t)

    def cpu(self: Self) -> Self:
        """The module itself: the CPU is where everything is."""
        return self._apply(lambda t: t.cpu())

    def cuda(self: Self, device: Any = None) -> Self:
        """Raises `RuntimeError` if there is anything to move: there is no other device than the CPU."""
        return self._apply(lambda t: t.cuda(device))

    def to_empty(self: Self, *, device: Any, recurse: bool = True) -> Self:
        """Gives every parameter and buffer new memory, whose content is whatever was there."""
        return self._apply(lambda t: autograd.empty_like(t, device=device), recurse=recurse)

    def share_memory(self: Self) -> Self:
        """Moves all parameters and buffers to memory that processes forked from this one share with it."""
        return self._apply(lambda t: t.share_memory_())

    # ---- printing

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What stands between the parentheses when the module is printed."""
        return ""

    def _summary(self) -> str:
        """The module in an error message: its kind and sizes, such as `Linear 128→64`."""
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        if len(lines) == 1 and not self._modules:
            return f"{self._get_name()}({extra})"
        return listing(self._get_name(), [*lines, *[f"({name}): {inner!r}" for name, inner in self._modules.items()]])


def blank() -> dict[str, Any]:
    """The attributes of a new module."""
    return {
        "training": True,
        "_parameters": {},
        "_buffers": {},
        "_modules": {},
        "_non_persistent_buffers_set": set(),
        **{name: OrderedDict() for name in (*hooks.TABLES, *state.TABLES)},
    }


def listing(name: str, items: list[str]) -> str:
    """How a module with something inside is printed: a line, or several that are indented, for each item."""
    lines = ["\n  ".join(item.split("\n")) for item in items]
    return f"{name}(\n  " + "\n  ".join(lines) + "\n)" if lines else f"{name}()"


def check_module(value: Any) -> None:
    """Raises unless it is a module, or None, which stands for one that is not there."""
    if value is not None and not isinstance(value, Module):
        raise not_a_module(value)


def not_a_module(value: Any) -> TypeError:
    """The error for what was given in a module's place, with what was perhaps meant."""
    name = getattr(value, "__name__", type(value).__name__)
    if isinstance(value, type) and issubclass(value, Module):
        return TypeError(f"{name} is not a Module but the class of one: call it, {name}()")
    if callable(value):
        kin = {other.lower(): other for other in sys.modules[__package__].__all__}.get(name.replace("_", ""))
        remedy = f"its module is nn.{kin}()" if kin else "define a Module whose forward calls it"
        return TypeError(f"{name} is not a Module subclass but a function: {remedy}")
    if isinstance(value, (list, tuple)):
        return TypeError(f"{name} is not a Module subclass: give its modules one by one, as Sequential(*modules) does")
    return TypeError(f"{name} is not a Module subclass")
