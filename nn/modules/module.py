"""Module: something with parameters, buffers and modules inside, that is called like a function."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import autograd
from autograd import Tensor
from autograd.errors import note_module

from ..parameter import Buffer, Parameter


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict(strict=False)` found missing, and found too much."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class Module:
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
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _transient: set[str]  # the buffers that are not part of the state_dict

    def __init__(self) -> None:
        set_plainly = super().__setattr__
        set_plainly("training", True)
        set_plainly("_parameters", {})
        set_plainly("_buffers", {})
        set_plainly("_modules", {})
        set_plainly("_transient", set())

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; every subclass defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.forward(*args, **kwargs)
        except Exception as error:
            note_module(error, self)
            raise

    # ---- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        registered = self.__dict__.get("_parameters")
        if registered is None:
            if isinstance(value, (Parameter, Module, Buffer)):
                raise AttributeError(
                    f"cannot assign {name} before Module.__init__() call: call super().__init__() first"
                )
            super().__setattr__(name, value)
        elif isinstance(value, Parameter):
            self._forget(name, registered)
            self.register_parameter(name, value)
        elif name in registered:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as parameter '{name}' "
                    "(torch.nn.Parameter or None expected)"
                )
            registered[name] = None
        elif isinstance(value, Module):
            self._forget(name, self._modules)
            self.add_module(name, value)
        elif isinstance(value, Buffer):
            self._forget(name, self._buffers)
            self.register_buffer(name, value, value.persistent)
        elif name in self._modules:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as child module '{name}' (a Module or None expected)"
                )
            self._modules[name] = None
        elif name in self._buffers:
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as buffer '{name}' (a Tensor or None expected)"
                )
            self._buffers[name] = value
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
        return sorted({*super().__dir__(), *self._parameters, *self._buffers, *self._modules})

    def _forget(self, name: str, registry: Any = None) -> None:
        """Removes what is called `name`, so that the name is free; in `registry` it stays, to be replaced in place."""
        for names in (self.__dict__, self._parameters, self._buffers, self._modules):
            if names is not registry:
                names.pop(name, None)
        self._transient.discard(name)

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
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Adds a tensor that belongs to the state but is not learned; `persistent`: it is part of the `state_dict`."""
        self._check_name(name, "buffer", self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._transient.discard if persistent else self._transient.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Adds a module under a name."""
        self._check_name(name, "module", self._modules)
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._modules[name] = module

    # ---- what is inside

    def named_modules(self, memo: set[Module] | None = None, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all modules inside, each once, with its path."""
        seen = set() if memo is None else memo
        stack = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if module in seen:
                continue
            seen.add(module)
            yield path, module
            children = [(f"{path}.{name}" if path else name, m) for name, m in module._modules.items() if m is not None]
            stack.extend(reversed(children))

    def modules(self) -> Iterator[Module]:
        """This module and all modules inside, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside, each once, with its name."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly inside, each once."""
        return (module for _, module in self.named_children())

    def _named(self, registry: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
        seen = set()
        for path, module in self.named_modules(prefix=prefix) if recurse else [(prefix, self)]:
            for name, value in getattr(module, registry).items():
                if value is not None and not (remove_duplicate and value in seen):
                    seen.add(value)
                    yield f"{path}.{name}" if path else name, value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their paths; one that is shared comes once."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, as optimizers take them."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their paths."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def apply(self, fn: Callable[[Module], Any]) -> Module:
        """Calls `fn` on every module inside, children first, and on this one; typically to initialise."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # ---- changing all of it

    def train(self, mode: bool = True) -> Module:
        """Puts the module and all inside into training mode (dropout is active) or, with False, evaluation mode."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Evaluation mode: `train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Whether the parameters want gradients; False freezes them."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets all gradients, or with `set_to_none=False` sets them to zero."""
        for parameter in self.parameters():
            if parameter.grad is not None:
                if set_to_none:
                    parameter.grad = None
                else:
                    parameter.grad = parameter.grad.detach().zero_()

    def _apply(self, fn: Callable[[Tensor], Tensor]) -> Module:
        """Replaces the memory of every parameter, gradient and buffer by `fn` of it."""
        with autograd.no_grad():
            for parameter in self.parameters():
                grad = parameter.grad
                parameter.grad = None
                parameter.data = fn(parameter.data)
                if grad is not None:
                    parameter.grad = fn(grad)
            for module in self.modules():
                for name, buffer in module._buffers.items():
                    if buffer is not None:
                        module._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Module:
        """Converts the floating parameters and buffers in place: `to(dtype)`, `to("cpu")`, `to(tensor)`."""
        sample = autograd.empty(0).to(*args, **kwargs)
        if not (sample.is_floating_point() or sample.is_complex()):
            raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got {sample.dtype}")
        dtype = sample.dtype
        if "dtype" not in kwargs and (not args or isinstance(args[0], (str, autograd.device))):
            return self
        return self._apply(lambda t: t.to(dtype) if t.is_floating_point() or t.is_complex() else t)

    def float(self) -> Module:
        """All floating parameters and buffers as float32."""
        return self._apply(lambda t: t.float() if t.is_floating_point() else t)

    def double(self) -> Module:
        """All floating parameters and buffers as float64."""
        return self._apply(lambda t: t.double() if t.is_floating_point() else t)

    def half(self) -> Module:
        """All floating parameters and buffers as float16."""
        return self._apply(lambda t: t.half() if t.is_floating_point() else t)

    def cpu(self) -> Module:
        """The module itself: the CPU is where everything is."""
        return self

    # ---- state

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> dict[str, Tensor]:
        """Parameters and persistent buffers by path; they share the module's memory."""
        state: dict[str, Tensor] = OrderedDict()
        for name, value in (*self._parameters.items(), *self._buffers.items()):
            if value is not None and name not in self._transient:
                state[prefix + name] = value if keep_vars else value.detach()
        for name, module in self._modules.items():  # a shared module comes under each of its names
            if module is not None:
                state.update(module.state_dict(prefix=f"{prefix}{name}.", keep_vars=keep_vars))
        return state

    def load_state_dict(
        self, state_dict: dict[str, Tensor], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copies a `state_dict` into this module (with `assign`, takes its tensors as they are).

        One `RuntimeError` lists every missing, unexpected and misshapen name (with `strict=False` only the
        misshapen); then nothing has been changed.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        own = self.state_dict(keep_vars=True)
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        problems = []
        if strict and missing:
            problems.append(f"Missing key(s) in state_dict: {', '.join(map(repr, missing))}.")
        if strict and unexpected:
            problems.append(f"Unexpected key(s) in state_dict: {', '.join(map(repr, unexpected))}.")
        for name, value in state_dict.items():
            if name not in own:
                continue
            if not isinstance(value, Tensor):
                problems.append(f"{name}: expected a Tensor, got {type(value).__name__}.")
            elif value.shape != own[name].shape:
                problems.append(
                    f"size mismatch for {name}: copying a param with shape {value.shape} from checkpoint, the shape in "
                    f"current model is {own[name].shape}."
                )
        if problems:
            lines = "\n\t".join(problems)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{lines}")
        with autograd.no_grad():
            for name, value in state_dict.items():
                if name in own:
                    if assign:
                        own[name].data = value.detach()
                    else:
                        own[name].copy_(value)
        return IncompatibleKeys(missing, unexpected)

    # ---- printing

    def extra_repr(self) -> str:
        """What stands between the parentheses when the module is printed."""
        return ""

    def _summary(self) -> str:
        """The module in an error message: its kind and sizes, such as `Linear 128→64`."""
        return type(self).__name__

    def __repr__(self) -> str:
        children = [f"({name}): " + repr(module).replace("\n", "\n  ") for name, module in self._modules.items()]
        extra = self.extra_repr()
        if not children:
            return f"{type(self).__name__}({extra})"
        lines = [*extra.splitlines(), *children]
        return f"{type(self).__name__}(\n  " + "\n  ".join(lines) + "\n)"
