"""The namespace of `torch.func`, as far as it is here: calling a module with other parameters than its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ._tensor import Tensor

__all__ = ["functional_call"]


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Calls a module with the tensors given, by path, in place of its parameters and buffers.

    Gradients flow to the tensors given. The module itself does not change: what it writes to a buffer goes to the
    dictionary. A parametrized tensor given by its own name is used as it is, and not computed. `tie_weights`: a tensor
    given for one name of a shared parameter stands for all of its names. `strict`: `RuntimeError` unless the names are
    all of the module's, and no others; `AttributeError`, in any case, if a path leads to no module.

    >>> import autograd, nn
    >>> weights = {"weight": autograd.ones(1, 2), "bias": autograd.zeros(1)}
    >>> autograd.func.functional_call(nn.Linear(2, 1), weights, autograd.tensor([[1.0, 2.0]]))
    tensor([[3.]])
    """
    given = one_dictionary(parameter_and_buffer_dicts)
    places = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    replacements = tied(given, places) if tie_weights else dict(given)
    if strict:
        check_names(type(module).__name__, replacements, places)
    if args is None:
        args = ()
    elif not isinstance(args, tuple):
        args = (args,)
    with replaced(module, replacements, given):
        return module(*args, **(kwargs or {}))


def one_dictionary(dictionaries: Any) -> dict[str, Any]:
    """A dictionary, or several that have no name in common, as one."""
    if isinstance(dictionaries, dict):
        return dictionaries
    if not isinstance(dictionaries, (list, tuple)) or not all(isinstance(d, dict) for d in dictionaries):
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(dictionaries).__name__}"
        )
    names = [name for dictionary in dictionaries for name in dictionary]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{twice} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    return {name: tensor for dictionary in dictionaries for name, tensor in dictionary.items()}


def check_names(kind: str, given: dict[str, Any], places: dict[str, Any]) -> None:
    """Raises unless the names are the module's."""
    problems = []
    for what, names in (("Unexpected", given.keys() - places.keys()), ("Missing", places.keys() - given.keys())):
        if names:
            problems.append(f"{what} key(s): {', '.join(map(repr, sorted(names)))}.")
    if problems:
        lines = "\n\t".join(problems)
        raise RuntimeError(f"Error(s) in reparametrizing for {kind}:\n\t{lines}")


def tied(given: dict[str, Any], places: dict[str, Any]) -> dict[str, Any]:
    """The tensors under all names of what they replace. `ValueError` if a shared parameter is given two values."""
    groups: dict[Any, list[str]] = {}
    for name, tensor in places.items():
        groups.setdefault(tensor, []).append(name)
    result = dict(given)
    for names in groups.values():
        values = {given[name] for name in names if name in given}
        if len(values) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(names)}, which are tied. Consider using "
                "tie_weights=False"
            )
        for value in values:
            result.update(dict.fromkeys(names, value))
    return result


@contextmanager
def replaced(module: Any, replacements: dict[str, Any], given: dict[str, Any]) -> Iterator[None]:
    """The module with other tensors; what it made of them in the end is in `given`."""
    before = []
    try:
        for path, tensor in replacements.items():
            inner, _, name = path.rpartition(".")
            registry = place_of(module.get_submodule(inner), name)
            before.append((path, registry, name, registry.get(name, ABSENT)))
            registry[name] = tensor
        yield
    finally:
        for path, registry, name, tensor in reversed(before):
            if path in given:
                given[path] = registry[name]
            if tensor is ABSENT:
                del registry[name]
            else:
                registry[name] = tensor


ABSENT = object()


def place_of(module: Any, name: str) -> dict[str, Any]:
    """Where a module keeps the tensor of this name: with its parameters, its buffers, or else its plain attributes,
    which a parametrization gives way to. `TypeError` if there is something else."""
    for registry in (module._parameters, module._buffers):
        if name in registry:
            return registry
    other = module.__dict__.get(name, module._modules.get(name))
    if other is not None and not isinstance(other, Tensor):
        raise TypeError(f"{type(module).__name__}.{name} is no tensor that could be replaced, but {other!r}")
    return module.__dict__
