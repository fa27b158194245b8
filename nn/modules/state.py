"""State dicts: what a module saves, and how it takes it back, all of it or nothing."""

from __future__ import annotations

import contextlib
import copy
import functools
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from autograd import Tensor, from_dlpack, no_grad
from autograd.utils.hooks import RemovableHandle

from ..parameter import Parameter, is_lazy
from .hooks import add_hook

TABLES = (
    "_state_dict_pre_hooks",
    "_state_dict_hooks",
    "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
)
EXTRA = "_extra_state"  # the name under which a module's `get_extra_state` is saved


class _IncompatibleKeys(NamedTuple):
    """What `load_state_dict(strict=False)` found missing, and found too much."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class Stateful:
    """The part of a module that saves and loads its state."""

    # The format of a module's state. A subclass that changes what it saves counts up, and reads what older versions
    # have saved in `_load_from_state_dict`, which finds the saved version in `local_metadata`.
    _version: int = 1

    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]
    _state_dict_pre_hooks: OrderedDict[int, Any]
    _state_dict_hooks: OrderedDict[int, Any]
    _load_state_dict_pre_hooks: OrderedDict[int, Any]
    _load_state_dict_post_hooks: OrderedDict[int, Any]

    # ---- saving

    def get_extra_state(self) -> Any:
        """What else belongs to the module's `state_dict`; define it together with `set_extra_state`."""
        raise RuntimeError(f"{type(self).__name__} has no extra state: define get_extra_state and set_extra_state")

    def set_extra_state(self, state: Any) -> None:
        """Takes back what `get_extra_state` has given."""
        raise RuntimeError(f"{type(self).__name__} has no extra state: define get_extra_state and set_extra_state")

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        """The module's own parameters and persistent buffers."""
        for name, value in self._parameters.items():
            if value is not None:
                yield name, value
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                yield name, buffer

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        """Puts the module's own state, without that of the modules inside, into `destination`."""
        for name, value in self._own_state():
            destination[prefix + name] = value if keep_vars or is_lazy(value) else value.detach()
        if type(self).get_extra_state is not Stateful.get_extra_state:
            destination[prefix + EXTRA] = self.get_extra_state()

    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """Parameters and persistent buffers by path; they share the module's memory.

        `destination`: a dictionary to put them into. `prefix` comes before each name. `keep_vars`: the parameters
        themselves, not detached. The attribute `_metadata` of the result holds each module's version.

        >>> import nn
        >>> list(nn.Sequential(nn.Linear(2, 1)).state_dict(prefix="net."))
        ['net.0.weight', 'net.0.bias']
        """
        if args:
            warnings.warn(
                "Positional args are being deprecated, use kwargs instead: state_dict(destination=..., prefix=..., "
                "keep_vars=...)",
                FutureWarning,
                stacklevel=2,
            )
            given = dict(zip(("destination", "prefix", "keep_vars"), args))
            destination = given["destination"] if destination is None else destination
            prefix = prefix or given.get("prefix", "")
            keep_vars = keep_vars or given.get("keep_vars", False)
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local_metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local_metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():  # a shared module comes under each of its names
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in self._state_dict_hooks.values():
            result = hook(self, destination, prefix, local_metadata)
            if result is not None:
                if getattr(hook, "_from_public_api", False):
                    raise RuntimeError("state_dict post-hook must return None")
                destination = result
        return destination

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(module, prefix, keep_vars)` before the module's state is collected."""
        return add_hook(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Any) -> RemovableHandle:
        """Calls `hook(module, state_dict, prefix, local_metadata)` afterwards; it may change `state_dict` in place."""
        hook._from_public_api = True
        return add_hook(self._state_dict_hooks, hook)

    def _register_state_dict_hook(self, hook: Any) -> RemovableHandle:
        """The same for a hook that may also return another dictionary in place of `state_dict`."""
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError(
                "Cannot register the same function as the state dict post hook that was previously registered via "
                "register_state_dict_post_hook"
            )
        return add_hook(self._state_dict_hooks, hook)

    # ---- loading

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Takes the module's own state, without that of the modules inside, from `state_dict`.

        What is wrong goes into the last three lists, and `load_state_dict` raises for all of it. A subclass may
        change `state_dict`, a copy, before it calls this.
        """
        for hook in self._load_state_dict_pre_hooks.values():
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        own = dict(self._own_state())
        for name, value in own.items():
            key = prefix + name
            if key in state_dict:
                problem = self._load_one(name, value, key, state_dict[key], local_metadata)
                if problem:
                    error_msgs.append(problem)
            elif strict:
                missing_keys.append(key)
        extra = prefix + EXTRA
        if type(self).set_extra_state is not Stateful.set_extra_state:
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and key != extra:
                    name, dot, _ = key[len(prefix) :].partition(".")
                    if name not in (self._modules if dot else own):
                        unexpected_keys.append(key)

    def _load_one(self, name: str, own: Tensor, key: str, value: Any, local_metadata: dict[str, Any]) -> str | None:
        """Takes one tensor; returns what is wrong with it, if anything."""
        if not isinstance(value, Tensor):
            try:
                value = from_dlpack(value)  # a tensor of PyTorch's, say, or an array
            except Exception as error:
                of_dtype = f" of {value.dtype}" if hasattr(value, "dtype") else ""
                return (
                    f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from '
                    f"checkpoint but received {type(value)}{of_dtype}: {error}"
                )
        if not is_lazy(own):
            if own.dim() == 0 and value.shape == (1,):  # how PyTorch once saved numbers
                value = value[0]
            if value.shape != own.shape:
                return (
                    f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, the shape in "
                    f"current model is {own.shape}."
                )
        try:
            with no_grad():
                if not local_metadata.get("assign_to_params_buffers", False):
                    own.copy_(value)
                    return None
                if isinstance(own, Parameter):
                    if isinstance(value, Parameter):
                        value.requires_grad_(own.requires_grad)
                    else:
                        value = Parameter(value, own.requires_grad)
                setattr(self, name, value)
        except Exception as error:
            return (
                f'While copying the parameter named "{key}", whose dimensions in the model are {own.size()} and whose '
                f"dimensions in the checkpoint are {value.size()}, an exception occurred : {error.args}."
            )
        return None

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> _IncompatibleKeys:
        """Copies a `state_dict` into this module; with `assign`, makes its tensors the module's own.

        It may hold tensors of PyTorch's, and NumPy arrays, too. Those of PyTorch's must not require grad.

        One `RuntimeError` lists every missing, unexpected and misshapen name (with `strict=False` only the
        misshapen). After an error, whichever, the module is as it was.

        >>> import nn
        >>> nn.Linear(2, 1).load_state_dict(nn.Linear(2, 1).state_dict())
        <All keys matched successfully>
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        metadata = getattr(state_dict, "_metadata", None)
        given = OrderedDict(state_dict)  # a copy, which may be changed
        if metadata is not None:
            given._metadata = metadata  # type: ignore[attr-defined]
        found = _IncompatibleKeys([], [])
        problems: list[str] = []
        before = Snapshot(self, given)
        try:
            self._load_with_children(given, "", metadata or {}, assign, found, problems)
            if strict:
                for kind, names in (("Unexpected", found.unexpected_keys), ("Missing", found.missing_keys)):
                    if names:
                        quoted = ", ".join(f'"{name}"' for name in names)
                        problems.insert(0, f"{kind} key(s) in state_dict: {quoted}. ")
                problems += remedies(found, given)
            if problems:
                lines = "\n\t".join(problems)
                raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{lines}")
        except BaseException:
            before.restore()
            raise
        return found

    def _load_with_children(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        metadata: Mapping[str, Any],
        assign: bool,
        found: _IncompatibleKeys,
        problems: list[str],
    ) -> None:
        """Loads this module and those inside, then calls its hooks."""
        local_metadata = dict(metadata.get(prefix[:-1], {}))
        if assign:
            local_metadata["assign_to_params_buffers"] = True
        self._load_from_state_dict(
            state_dict, prefix, local_metadata, True, found.missing_keys, found.unexpected_keys, problems
        )
        for name, module in self._modules.items():
            if module is not None:
                inner = f"{prefix}{name}."
                part = {key: value for key, value in state_dict.items() if key.startswith(inner)}
                module._load_with_children(part, inner, metadata, assign, found, problems)
        for hook in self._load_state_dict_post_hooks.values():
            if hook(self, found) is not None:
                raise AssertionError(
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new "
                    "values, if incompatible_keys need to be modified, it should be done inplace."
                )

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(module, ...)` with the arguments of `_load_from_state_dict` before the module's state is taken.

        It may change `state_dict`, such as rename what an older version has saved.
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(self, hook: Callable[..., Any], with_module: bool = False) -> Any:
        """The same for a hook that, unless `with_module`, does not take the module."""
        return add_hook(self._load_state_dict_pre_hooks, functools.partial(hook, self) if with_module else hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(module, incompatible_keys)` when the module and those inside have their state.

        It may change the two lists in place: what they hold in the end is what a strict load raises for.
        """
        return add_hook(self._load_state_dict_post_hooks, hook)


def remedies(found: _IncompatibleKeys, given: Mapping[str, Any]) -> list[str]:
    """What would probably make the names fit: another prefix, or what else the dictionary holds."""
    missing, unexpected = found.missing_keys, set(found.unexpected_keys)
    names = [name for name in found.unexpected_keys if not name.endswith(EXTRA)]
    inner = [name for name in names if isinstance(given.get(name), Mapping)]
    if inner:
        return [f'"{inner[0]}" is a dictionary itself: if this is a checkpoint, give the part that is the model\'s.']
    if not missing:
        return []
    for name in found.unexpected_keys:
        prefix = name.removesuffix(missing[0])
        if prefix != name and unexpected.issuperset(prefix + key for key in missing):
            return [f'The names begin with "{prefix}" there: take it off with str.removeprefix.']
        prefix = missing[0].removesuffix(name)
        if prefix != missing[0] and all(key.removeprefix(prefix) in unexpected for key in missing):
            return [f'The names lack "{prefix}" there: put it before them, or load into that part of the model.']
    return []


class Snapshot:
    """The state of a module and of all inside, to return to when loading `state_dict` fails."""

    def __init__(self, module: Any, state_dict: Mapping[str, Any] = MappingProxyType({})) -> None:
        self.registries: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.tensors: dict[Tensor, Any] = {}
        self.uninitialized: list[tuple[Any, type, Tensor]] = []
        self.extras: list[tuple[Any, Any]] = []
        for inner in module.modules():
            self.registries += [(registry, dict(registry)) for registry in (inner._parameters, inner._buffers)]
        for tensor in {tensor for registry, _ in self.registries for tensor in registry.values()} - {None}:
            if is_lazy(tensor):
                self.uninitialized.append((tensor, type(tensor), tensor.data))
            else:
                self.tensors[tensor] = tensor._version, tensor.detach().clone()
        extras = any(key.endswith(EXTRA) for key in state_dict)
        for inner in module.modules() if extras else ():
            if type(inner).get_extra_state is not Stateful.get_extra_state:
                with contextlib.suppress(Exception):  # not every module has an extra state before it was given one
                    self.extras.append((inner, copy.deepcopy(inner.get_extra_state())))

    @no_grad()
    def restore(self) -> None:
        """Puts everything back in its place."""
        for registry, items in self.registries:
            registry.clear()
            registry.update(items)
        for tensor, kind, data in self.uninitialized:
            tensor.__class__, tensor.data = kind, data
        for tensor, (version, values) in self.tensors.items():
            if tensor._version != version:
                tensor.copy_(values)
        for module, extra in self.extras:
            if type(module).set_extra_state is not Stateful.set_extra_state:
                module.set_extra_state(extra)
