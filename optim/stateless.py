"""Steps of an optimizer on parameters, and with a state, that are not its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd import Tensor

from .optimizer import Group, Optimizer, State


@contextmanager
def swap_in_optimizer_params_and_state(
    optimizer: Optimizer, swapin_parameters: dict[str, Tensor], swapin_optim_state: dict[str, Any]
) -> Iterator[None]:
    """Inside the `with` block the optimizer has other parameters and another state; after it, its own again.

    `swapin_parameters` are tensors by name, in the order of the optimizer's own; `swapin_optim_state` is like a
    `state_dict()`, and the options of its groups count too. A step changes these tensors in place; whatever else it
    changes is forgotten. `RuntimeError` if the two do not fit the optimizer, or if that has no state yet.

    >>> import autograd, optim
    >>> w, other = (autograd.ones(1, requires_grad=True) for _ in range(2))
    >>> w.grad = other.grad = autograd.ones(1)
    >>> optimizer = optim.SGD([w], lr=0.5, momentum=0.5)
    >>> optimizer.step()
    >>> with optim.swap_in_optimizer_params_and_state(optimizer, {"w": other}, optimizer.state_dict()):
    ...     optimizer.step()
    >>> w, other
    (tensor([0.5000], requires_grad=True), tensor([0.2500], requires_grad=True))
    """
    groups = optimizer.param_groups
    options, state = fitted(optimizer, list(swapin_parameters.values()), swapin_optim_state)
    own = [dict(group) for group in groups], optimizer.state, list(groups)
    try:
        for group, other in zip(groups, options):
            group.update(other)
        optimizer.state = state
        yield
    finally:
        before, optimizer.state, groups[:] = own
        for group, entries in zip(groups, before):
            group.clear()
            group.update(entries)


def fitted(optimizer: Optimizer, params: list[Tensor], given: Any) -> tuple[list[Group], defaultdict[Any, State]]:
    """The groups' entries, and the state of each of the parameters, out of something like a `state_dict()`."""
    if not optimizer.state:
        raise unfit("needs an optimizer that has a state: make a step first")
    if not isinstance(given, dict) or not isinstance(given.get("state"), dict):
        raise unfit("takes a dictionary as of optimizer.state_dict(), in which 'state' is a dictionary")
    state, groups = given["state"], given.get("param_groups")
    if not isinstance(groups, list) or len(groups) != len(optimizer.param_groups):
        raise unfit(f"takes 'param_groups' that are a list of {len(optimizer.param_groups)}, like the optimizer's own")
    places: list[tuple[Any, Tensor]] = []
    options = []
    for i, (group, other) in enumerate(zip(optimizer.param_groups, groups)):
        if not isinstance(other, dict) or other.keys() != group.keys():
            raise unfit(f"takes for group {i} a dictionary with the keys that it has: {list(group)}")
        numbers = other["params"]
        if not isinstance(numbers, list) or not all(isinstance(number, int) for number in numbers):
            raise unfit("takes groups whose 'params' are numbers, as in optimizer.state_dict()")
        chosen = params[len(places) :][: len(group["params"])]
        if not len(numbers) == len(chosen) == len(group["params"]):
            raise unfit(
                f"needs {len(group['params'])} parameters for group {i}, but has {len(numbers)} numbers and "
                f"{len(chosen)} tensors: they are taken in the order of optimizer.param_groups"
            )
        places += zip(numbers, chosen)
        options.append({**other, "params": chosen})
    if extra := [key for key in state if key not in dict(places)]:
        raise unfit(f"takes a state by the numbers of its groups' 'params', and {extra} are none of those")
    if not all(isinstance(each, dict) for each in state.values()):
        raise unfit("takes a state that is a dictionary for each parameter")
    return options, defaultdict(dict, {param: dict(state.get(number, {})) for number, param in places})


def unfit(what: str) -> RuntimeError:
    """The error for what cannot be swapped in, which says what there has to be."""
    return RuntimeError(f"swap_in_optimizer_params_and_state {what}.")
