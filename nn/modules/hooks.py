"""Hooks: functions that a module, or every module, calls before and after its forward and its backward pass."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from autograd import Tensor
from autograd.utils.hooks import BackwardHook, RemovableHandle

TABLES = (
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_backward_pre_hooks",
    "_backward_hooks",
)


def add_hook(hooks: dict[int, Any], hook: Any, prepend: bool = False, **marks: Any) -> RemovableHandle:
    """Puts a hook into a table, and a mark into each further one that is given as (table, whether)."""
    handle = RemovableHandle(hooks, hook, extra_dict=[table for table, _ in marks.values()])
    for table, wanted in marks.values():
        if wanted:
            table[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)  # type: ignore[attr-defined]
    return handle


class Hooked:
    """The part of a module that keeps the hooks of its calls."""

    # Whether there may be hooks to call: the one thing that a call looks at. True for the class while every module
    # has some.
    _hooked = False
    _forward_pre_hooks: OrderedDict[int, Any]
    _forward_pre_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks: OrderedDict[int, Any]
    _forward_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks_always_called: OrderedDict[int, bool]
    _backward_pre_hooks: OrderedDict[int, Any]
    _backward_hooks: OrderedDict[int, Any]

    def _now_hooked(self) -> None:
        self.__dict__["_hooked"] = True

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Calls `hook(module, args)` before each forward; what it returns replaces the arguments.

        A value that is no tuple becomes the only argument. `with_kwargs`: `hook(module, args, kwargs)`, returning
        both or None. `prepend`: before the hooks there are; those of every module always come first.

        >>> import autograd, nn
        >>> layer = nn.Identity()
        >>> with layer.register_forward_pre_hook(lambda module, args: args[0] * 2):
        ...     layer(autograd.ones(1))
        tensor([2.])
        """
        self._now_hooked()
        marks = {"with_kwargs": (self._forward_pre_hooks_with_kwargs, with_kwargs)}
        return add_hook(self._forward_pre_hooks, hook, prepend, **marks)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Calls `hook(module, args, output)` after each forward; what it returns, if not None, replaces the output.

        `with_kwargs`: `hook(module, args, kwargs, output)`. `always_call`: even if forward or another hook fails.

        >>> import autograd, nn
        >>> layer, seen = nn.ReLU(), []
        >>> handle = layer.register_forward_hook(lambda module, args, output: seen.append(output.shape))
        >>> _ = layer(autograd.ones(2, 3))
        >>> seen
        [torch.Size([2, 3])]
        """
        self._now_hooked()
        marks = {
            "with_kwargs": (self._forward_hooks_with_kwargs, with_kwargs),
            "always_call": (self._forward_hooks_always_called, always_call),
        }
        return add_hook(self._forward_hooks, hook, prepend, **marks)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Calls `hook(module, grad_output)` when the gradients of the module's results are known.

        What it returns, a tensor or a tuple, replaces them. None stands for a result that is no tensor or has none.
        """
        self._now_hooked()
        return add_hook(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Calls `hook(module, grad_input, grad_output)` when the gradients of the module's arguments are known.

        The arguments are the positional ones. What it returns, if not None, replaces `grad_input`. Where no argument
        wants a gradient it is called with None for each as soon as `grad_output` is known. Inside such a module its
        arguments, and outside it its results, must not be written to in place.

        >>> import autograd, nn
        >>> layer = nn.Tanh()
        >>> handle = layer.register_full_backward_hook(lambda module, grad_input, grad_output: print(grad_input))
        >>> layer(autograd.zeros(1, requires_grad=True)).sum().backward()
        (tensor([1.]),)
        """
        self._now_hooked()
        return add_hook(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """PyTorch's deprecated form, which sees the module's last operation only; it does not exist here."""
        raise NotImplementedError(
            "register_backward_hook shows the gradients of whichever operation came last: use "
            "register_full_backward_hook, which shows those of the module"
        )


class EveryModule(Hooked):
    """The hooks of all modules."""

    def __init__(self) -> None:
        for name in TABLES:
            setattr(self, name, OrderedDict())

    def _now_hooked(self) -> None:
        Hooked._hooked = True


every_module = EveryModule()


def listed(module: Hooked, table: str) -> list[tuple[Hooked, int, Any]]:
    """The hooks to call: those of every module, then the module's own; with their owner and number there."""
    return [(owner, key, hook) for owner in (every_module, module) for key, hook in getattr(owner, table).items()]


def call_with_hooks(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What calling a module does when it may have hooks."""
    result, done = None, set()
    try:
        for owner, key, hook in listed(module, "_forward_pre_hooks"):
            if key in owner._forward_pre_hooks_with_kwargs:
                new = hook(module, args, kwargs)
                if new is not None:
                    if not (isinstance(new, tuple) and len(new) == 2):
                        raise RuntimeError(
                            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {new}."
                        )
                    args, kwargs = new
            else:
                new = hook(module, args)
                if new is not None:
                    args = new if isinstance(new, tuple) else (new,)
        passage = backward_passage(module)
        if passage is not None:
            args = passage.setup_input_hook(args)
        result = module.forward(*args, **kwargs)
        for owner, key, hook in listed(module, "_forward_hooks"):
            done.add((owner, key))
            new = call_forward_hook(owner, key, hook, module, args, kwargs, result)
            result = result if new is None else new
        if passage is not None:
            result = passage.setup_output_hook(warned_of_no_tensor(result))
        return result
    except Exception:
        for owner, key, hook in listed(module, "_forward_hooks"):
            if key in owner._forward_hooks_always_called and (owner, key) not in done:
                try:
                    new = call_forward_hook(owner, key, hook, module, args, kwargs, result)
                    result = result if new is None else new
                except Exception as error:
                    whose = "global module" if owner is every_module else "module"
                    warnings.warn(
                        f"{whose} forward hook with ``always_call=True`` raised an exception that was silenced as "
                        f"another error was raised in forward: {error}",
                        stacklevel=3,
                    )
        raise
    finally:
        forget_if_unhooked(module)


def call_forward_hook(
    owner: Hooked, key: int, hook: Any, module: Any, args: Any, kwargs: dict[str, Any], result: Any
) -> Any:
    """What a forward hook returns."""
    if key in owner._forward_hooks_with_kwargs:
        return hook(module, args, kwargs, result)
    return hook(module, args, result)


def backward_passage(module: Any) -> Any:
    """What the arguments and results of this call pass through, None without backward hooks."""
    before = [hook for _, _, hook in listed(module, "_backward_pre_hooks")]
    after = [hook for _, _, hook in listed(module, "_backward_hooks")]
    if not before and not after:
        return None
    return BackwardHook(module, after, before)


def warned_of_no_tensor(result: Any) -> Any:
    """The result, after a warning if backward hooks will not see its gradient."""
    if not isinstance(result, (Tensor, tuple)):
        warnings.warn(
            "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
            f"{type(result)}",
            stacklevel=4,
        )
    return result


def forget_if_unhooked(module: Hooked) -> None:
    """Makes calls quick again when all hooks have been removed."""
    for owner in (module, every_module):
        if any(getattr(owner, name) for name in TABLES):
            return
        if owner is module:
            owner.__dict__.pop("_hooked", None)
        else:
            Hooked._hooked = False


# ---- hooks of every module

registration_hooks: dict[str, OrderedDict[int, Any]] = {
    "parameter": OrderedDict(),
    "buffer": OrderedDict(),
    "module": OrderedDict(),
}


def registered(kind: str, module: Any, name: str, value: Any) -> Any:
    """What the registration hooks make of a value that a module is about to register."""
    for hook in registration_hooks[kind].values():
        new = hook(module, name, value)
        value = value if new is None else new
    return value


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls `hook(module, name, parameter)` whenever a module registers one; what it returns takes its place.

    >>> import nn
    >>> from nn.modules import module
    >>> names = []
    >>> with module.register_module_parameter_registration_hook(lambda module, name, parameter: names.append(name)):
    ...     layer = nn.Linear(2, 2)
    >>> names
    ['weight', 'bias']
    """
    return add_hook(registration_hooks["parameter"], hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls `hook(module, name, buffer)` whenever a module registers one; what it returns takes its place.

    >>> import nn
    >>> from nn.modules import module
    >>> names = []
    >>> with module.register_module_buffer_registration_hook(lambda module, name, buffer: names.append(name)):
    ...     layer = nn.BatchNorm1d(2)
    >>> names
    ['running_mean', 'running_var', 'num_batches_tracked']
    """
    return add_hook(registration_hooks["buffer"], hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Calls `hook(module, name, inner)` whenever a module registers another; what it returns takes its place.

    >>> import nn
    >>> from nn.modules import module
    >>> with module.register_module_module_registration_hook(lambda module, name, inner: nn.Identity()):
    ...     nn.Sequential(nn.Tanh())
    Sequential(
      (0): Identity()
    )
    """
    return add_hook(registration_hooks["module"], hook)


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`register_forward_pre_hook` for every module; called before a module's own hooks.

    >>> import autograd, nn
    >>> from nn.modules import module
    >>> with module.register_module_forward_pre_hook(lambda module, args: (-args[0],)):
    ...     nn.ReLU()(autograd.tensor([-1.0, 2.0]))
    tensor([1., 0.])
    """
    return every_module.register_forward_pre_hook(hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """`register_forward_hook` for every module; called before a module's own hooks.

    >>> import autograd, nn
    >>> from nn.modules import module
    >>> with module.register_module_forward_hook(lambda module, args, output: print(module, output)):
    ...     _ = nn.ReLU()(autograd.tensor([-1.0, 2.0]))
    ReLU() tensor([0., 2.])
    """
    return every_module.register_forward_hook(hook, with_kwargs=with_kwargs, always_call=always_call)


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`register_full_backward_pre_hook` for every module; called before a module's own hooks.

    >>> import autograd, nn
    >>> from nn.modules import module
    >>> x = autograd.tensor([-1.0, 2.0], requires_grad=True)
    >>> with module.register_module_full_backward_pre_hook(lambda module, grad_output: (grad_output[0] * 3,)):
    ...     nn.ReLU()(x).sum().backward()
    >>> x.grad
    tensor([0., 3.])
    """
    return every_module.register_full_backward_pre_hook(hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`register_full_backward_hook` for every module; called before a module's own hooks.

    >>> import autograd, nn
    >>> from nn.modules import module
    >>> x = autograd.tensor([-1.0, 2.0], requires_grad=True)
    >>> with module.register_module_full_backward_hook(lambda module, grad_input, grad_output: print(grad_input)):
    ...     nn.ReLU()(x).sum().backward()
    (tensor([0., 1.]),)
    """
    return every_module.register_full_backward_hook(hook)
