"""The tree of modules: finding what is inside a module, by walking through it or by path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from autograd import Tensor

from ..parameter import Parameter

Self = TypeVar("Self", bound="Tree")  # the class of the module that the method is called on


class Tree:
    """The part of a module that knows its modules, parameters and buffers by name."""

    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]

    # ---- all of them

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """This module and all modules inside, with their paths; each once, unless `remove_duplicate` is False."""
        seen = set() if memo is None else memo
        stack: list[tuple[str, Any]] = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if module in seen:
                continue
            if remove_duplicate:
                seen.add(module)
            yield path, module
            children = [(f"{path}.{name}" if path else name, m) for name, m in module._modules.items() if m is not None]
            stack.extend(reversed(children))

    def modules(self, remove_duplicate: bool = True) -> Iterator[Any]:
        """This module and all modules inside; each once, unless `remove_duplicate` is False."""
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """The modules directly inside, each once, with its name."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Any]:
        """The modules directly inside, each once."""
        return (module for _, module in self.named_children())

    def _named_members(
        self,
        get_members_fn: Callable[[Any], Iterable[tuple[str, Any]]],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        """What the function finds in each module, by path."""
        seen = set()
        modules: Any = [(prefix, self)]
        if recurse:
            modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        for path, module in modules:
            for name, value in get_members_fn(module):
                if value is None or value in seen:
                    continue
                if remove_duplicate:
                    seen.add(value)
                yield f"{path}.{name}" if path else name, value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their paths; one that is shared comes once, unless `remove_duplicate` is False."""
        return self._named_members(lambda module: module._parameters.items(), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, as optimizers take them; without `recurse` only the module's own."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their paths; one that is shared comes once, unless `remove_duplicate` is False."""
        return self._named_members(lambda module: module._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers; without `recurse` only the module's own."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def apply(self: Self, fn: Callable[[Any], Any]) -> Self:
        """Calls `fn` on every module inside, children first, and on this one; typically to initialise."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    # ---- one of them, by its path

    def get_submodule(self, target: str) -> Any:
        """The module at a path such as `encoder.layers.3`; itself for "". `AttributeError` if there is none.

        >>> import nn
        >>> nn.Sequential(nn.Sequential(nn.ReLU())).get_submodule("0.0")
        ReLU()
        """
        module: Any = self
        for name in target.split(".") if target else ():
            module = inside(module, name, target)
            if not isinstance(module, Tree):
                raise AttributeError(f"`{name}` is not an nn.Module, but a {type(module).__name__}, in {target!r}")
        return module

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Puts a module at a path, in place of another or, unless `strict`, as a new one.

        >>> import nn
        >>> net = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
        >>> net.set_submodule("1", nn.Tanh())
        >>> net[1]
        Tanh()
        """
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Tree):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict or hasattr(parent, name):
            old = inside(parent, name, target)
            if not isinstance(old, Tree):
                raise AttributeError(f"`{name}` is not an nn.Module, but a {type(old).__name__}, in {target!r}")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a path such as `fc.weight`. `AttributeError` if there is none."""
        path, _, name = target.rpartition(".")
        parameter = inside(self.get_submodule(path), name, target)
        if not isinstance(parameter, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter, but a {type(parameter).__name__}, in {target!r}")
        return parameter

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a path such as `norm.running_mean`. `AttributeError` if there is none."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        buffer = inside(module, name, target)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer, but a {type(buffer).__name__}, in {target!r}")
        return buffer


def inside(module: Any, name: str, target: str) -> Any:
    """The module's attribute; `AttributeError` that names the whole path if there is none."""
    try:
        return getattr(module, name)
    except AttributeError:
        raise AttributeError(f"{type(module).__name__} has no attribute `{name}`, in {target!r}") from None
