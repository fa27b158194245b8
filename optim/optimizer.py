"""Optimizer: the loop over parameters and everything around it; a subclass says how one parameter moves."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

import autograd
from autograd import Tensor


class Optimizer:
    """The base of all optimizers: `zero_grad()`, `step()`, parameter groups, and the state.

    `params` is an iterable of tensors, of (name, tensor) pairs, or of dictionaries with a key "params" and options
    of their own, which then form one group each. A subclass passes its options as `defaults` and defines `update`.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{type(params).__name__}: pass [tensor], or model.parameters()"
            )
        self.defaults = defaults
        self.state: dict[Tensor, dict[str, Any]] = {}
        self.param_groups: list[dict[str, Any]] = []
        if not hasattr(params, "__iter__"):
            hint = "model.parameters()" if hasattr(params, "parameters") else "a list of tensors"
            raise TypeError(f"'{type(params).__name__}' object is not iterable: give the optimizer {hint}")
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Moves one parameter, in place and outside the graph. `state` is the parameter's own, empty at first."""
        raise NotImplementedError(f"{type(self).__name__} does not define update()")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Moves every parameter that has a gradient. `closure`, if given, computes the loss anew and returns it."""
        loss = None
        if closure is not None:
            with autograd.enable_grad():
                loss = closure()
        with autograd.no_grad():
            for group in self.param_groups:
                for param in group["params"]:
                    grad = param.grad
                    if grad is not None:
                        state = self.state.get(param, {})
                        self.update(param, grad, state, group)
                        if state:
                            self.state[param] = state
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradients, or with `set_to_none=False` sets them to zero."""
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    if set_to_none:
                        param.grad = None
                    else:
                        param.grad = param.grad.detach().zero_()

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds parameters with options of their own, for example layers that are unfrozen later."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group).__name__}")
        group = dict(param_group)
        given = group["params"]
        if isinstance(given, set):
            raise TypeError("optimizer parameters need to be organized in ordered collections, but a set has no order")
        params = [given] if isinstance(given, Tensor) else list(given)
        if params and isinstance(params[0], tuple):
            group["param_names"] = [name for name, _ in params]
            params = [param for _, param in params]
        taken = {param for other in self.param_groups for param in other["params"]}
        for i, param in enumerate(params):
            if not isinstance(param, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(param).__name__}")
            if not param.is_leaf and not param.retains_grad:
                raise ValueError(f"can't optimize a non-leaf Tensor (params[{i}], shape {list(param.shape)})")
            if param in taken:
                raise ValueError("some parameters appear in more than one parameter group")
        if len(set(params)) < len(params):
            raise ValueError("a parameter appears more than once in its group")
        group["params"] = params
        for name, value in self.defaults.items():
            group.setdefault(name, value)
        self.param_groups.append(group)

    def state_dict(self) -> dict[str, Any]:
        """The state and the groups' options, with parameters by number, in PyTorch's layout."""
        number: dict[Tensor, int] = {}
        for group in self.param_groups:
            for param in group["params"]:
                number[param] = len(number)
        groups = [{**group, "params": [number[param] for param in group["params"]]} for group in self.param_groups]
        return {"state": {number[param]: dict(state) for param, state in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over a `state_dict`. `ValueError` if its groups do not match this optimizer's; then nothing changed."""
        groups = state_dict["param_groups"]
        sizes = [len(group["params"]) for group in self.param_groups], [len(group["params"]) for group in groups]
        if len(sizes[0]) != len(sizes[1]):
            raise ValueError(
                f"loaded state dict has a different number of parameter groups: {len(sizes[1])}, here {len(sizes[0])}"
            )
        if sizes[0] != sizes[1]:
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                f"{sizes[1]}, here {sizes[0]}"
            )
        params: dict[int, Tensor] = {}
        for own, other in zip(self.param_groups, groups):
            params.update(zip(other["params"], own["params"]))
        self.state = {
            params[number]: {name: taken_over(name, value, params[number]) for name, value in state.items()}
            for number, state in state_dict["state"].items()
        }
        for own, other in zip(self.param_groups, groups):
            own.update({name: copy.deepcopy(value) for name, value in other.items() if name != "params"})

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


def taken_over(name: str, value: Any, param: Tensor) -> Any:
    """A loaded piece of state: tensors are copied, in the parameter's dtype unless they count steps."""
    if not isinstance(value, Tensor):
        return copy.deepcopy(value)
    if name == "step" or not param.is_floating_point():
        return value.clone()
    return value.to(param.dtype, copy=True)


def check_non_negative(**options: float) -> None:
    """Raises PyTorch's `ValueError` for an option below zero."""
    for name, value in options.items():
        if not value >= 0:
            raise ValueError(f"Invalid {name}: {value}: it must not be negative")
