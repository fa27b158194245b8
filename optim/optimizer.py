"""Optimizer: the loop over parameters and everything around it; a subclass says how one parameter moves."""

from __future__ import annotations

import copy
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import autograd
from autograd import Tensor, from_dlpack
from autograd.utils.elementwise import gradients_of

from .checks import check_step
from .hooks import Hooked, passed
from .hooks import register_optimizer_step_post_hook as register_optimizer_step_post_hook
from .hooks import register_optimizer_step_pre_hook as register_optimizer_step_pre_hook

State = dict[str, Any]
Group = dict[str, Any]

PLAIN = {float, int, bool, str, list, type(None)}  # the types of options that are taken as they are


class Required:
    """The default of an option that each parameter group must give itself."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = Required()


class Optimizer(Hooked):
    """The base of all optimizers: `zero_grad()`, `step()`, parameter groups, the state, and hooks.

    `params` is an iterable of tensors, of (name, tensor) pairs, or of dictionaries with a key "params" and options
    of their own, which then form one group each. A subclass passes its options as `defaults` and defines `update`,
    and `start` if it keeps something from step to step; or, as in PyTorch, `step` itself.

    What PyTorch's optimizers have in common: `lr` is a number or a tensor of one element. `maximize` climbs instead of
    descending. `differentiable` records the step itself, on parameters that are no leaves. `foreach` and `fused`
    choose among PyTorch's implementations, and change nothing here. `capturable` is for CUDA graphs: a step with it
    raises `AssertionError`.

    A step over gradients that do not fit their parameters, or over parameters in memory that must not be written to,
    raises before anything has moved.

    An optimizer of one's own, whose `update` is written in operations in place:

    >>> class Momentum(optim.Optimizer):
    ...     def __init__(self, params, lr=0.5, momentum=0.5):
    ...         super().__init__(params, {"lr": lr, "momentum": momentum})
    ...
    ...     def start(self, param, group):
    ...         return {"velocity": torch.zeros_like(param)}
    ...
    ...     def update(self, param, grad, state, group):
    ...         velocity = state["velocity"].mul_(group["momentum"]).add_(grad)
    ...         param.sub_(velocity, alpha=group["lr"])
    >>> w = torch.ones(1, requires_grad=True)
    >>> optimizer = Momentum([w])
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (w * w).sum().backward()
    ...     optimizer.step()
    >>> w
    tensor([-0.5000], requires_grad=True)
    """

    complex_as: str | None = "pairs"  # complex parameters are "pairs" of real numbers, or "numbers"; None refuses them
    started_later: tuple[str, ...] = ()  # the pieces of state that `complete` may start

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.state: defaultdict[Any, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{type(params).__name__}: pass [tensor], or model.parameters()"
            )
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

    # ---- the step

    def start(self, param: Tensor, group: Group) -> State:
        """The state that a parameter begins with: tensors by name."""
        return {}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        """Moves one parameter, in place. `state` is the parameter's own, `group` has the options."""
        raise NotImplementedError(f"{type(self).__name__} does not define update()")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Moves every parameter that has a gradient. `closure`, if given, computes the loss anew and returns it."""
        loss = None
        if closure is not None:
            with autograd.enable_grad():
                loss = closure()
        with autograd.set_grad_enabled(self.defaults.get("differentiable", False)):
            found = []
            for group in self.param_groups:
                if moving := gradients_of(group["params"]):
                    check_step(self, group, moving)
                    if not PLAIN.issuperset(map(type, group.values())):
                        group = {name: number(value) for name, value in group.items()}
                    found.append((moving, group))
            for moving, group in found:
                self.update_group(moving, group)
        return loss

    def update_group(self, moving: Sequence[tuple[Tensor, Tensor]], group: Group) -> None:
        """Moves the parameters of a group that have a gradient: pairs of both."""
        states, recording = self.state, autograd.is_grad_enabled()
        maybe_apart = recording or self.complex_as == "pairs"
        for param, grad in moving:
            state = states.get(param) or self.start(param, group)
            if maybe_apart and (recording or param.is_complex()):
                state = self._update_apart(param, grad, state, group, recording)
            else:
                self.update(param, grad, state, group)
            if state:
                states[param] = state

    def _update_apart(self, param: Tensor, grad: Tensor, state: State, group: Group, recording: bool) -> State:
        """Updates a parameter and a state that are not taken as they are: as copies, or as pairs of real numbers."""
        if recording:  # the graph of an earlier step may need the values as they are
            state = {name: value.clone() if isinstance(value, Tensor) else value for name, value in state.items()}
        if self.complex_as == "pairs" and param.is_complex():
            self.update(pairs(param), pairs(grad), {name: pairs(value) for name, value in state.items()}, group)
        else:
            self.update(param, grad, state, group)
        return state

    def complete(self, moving: Sequence[tuple[Tensor, Tensor]], group: Group, name: str) -> None:
        """Starts a piece of state where there is one without it, as when an option has been switched on later."""
        for param, _ in moving:
            state = self.state.get(param)
            if state and name not in state:
                state[name] = self.start(param, group)[name]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradients, or with `set_to_none=False` sets them to zero."""
        for group in self.param_groups:
            for param in group["params"]:
                grad = param.grad
                if grad is None:
                    continue
                if set_to_none:
                    param.grad = None
                elif grad.grad_fn is not None:
                    grad.detach_().zero_()
                else:
                    grad.requires_grad_(False).zero_()

    # ---- groups

    def add_param_group(self, param_group: Group) -> None:
        """Adds parameters with options of their own, for example layers that are unfrozen later."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group).__name__}")
        group = dict(param_group)
        group.update(params_and_names(group["params"]))
        params = group["params"]
        for i, param in enumerate(params):
            if not isinstance(param, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(param).__name__}")
            if not (self.defaults.get("differentiable") or param.is_leaf or param.retains_grad):
                raise ValueError(f"can't optimize a non-leaf Tensor (params[{i}], shape {list(param.shape)})")
        for name, value in self.defaults.items():
            if value is required and name not in group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            group.setdefault(name, value)
        named = "param_names" in group
        if any(("param_names" in other) != named for other in self.param_groups):
            raise ValueError(
                "all optimizer param groups should be with/without names. cannot add param group "
                f"{'with' if named else 'without'} names to the optimizer"
            )
        if not {param for other in self.param_groups for param in other["params"]}.isdisjoint(params):
            raise ValueError("some parameters appear in more than one parameter group")
        if len(set(params)) < len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error. "
                "Each step moves them more than once.",
                stacklevel=3,
            )
        self.check_group(group)
        self.param_groups.append(group)

    def check_group(self, group: Group) -> None:
        """Raises for a parameter group that this optimizer cannot have."""

    # ---- saving

    def state_dict(self) -> dict[str, Any]:
        """The state and the groups' options, with parameters by number, in PyTorch's layout."""
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        number_of: dict[Any, int] = {}
        groups = []
        for group in self.param_groups:
            for param in group["params"]:
                number_of.setdefault(param, len(number_of))
            options = {name: value for name, value in group.items() if name != "params"}
            groups.append({**options, "params": [number_of[param] for param in group["params"]]})
        state = {}
        for key, value in self.state.items():
            state[number_of.get(key, key)] = dict(value) if isinstance(value, dict) else value
        return passed(self._optimizer_state_dict_post_hooks, self, {"state": state, "param_groups": groups})

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over a copy of a `state_dict`, this package's or PyTorch's: arrays and other tensors become tensors.

        `ValueError` if its groups, or the names and shapes of its tensors, are not those that this optimizer has, or
        if something is no tensor where one is needed; then nothing has changed.

        The other way PyTorch takes no tensors but its own: `autograd.save(optimizer.state_dict(), file,
        format="torch")` writes what its optimizer loads after `torch.load(file)`.
        """
        state_dict = passed(self._optimizer_load_state_dict_pre_hooks, self, dict(state_dict))
        saved = state_dict["param_groups"]
        sizes = [len(group["params"]) for group in self.param_groups], [len(group["params"]) for group in saved]
        if len(sizes[0]) != len(sizes[1]):
            raise ValueError(
                f"loaded state dict has a different number of parameter groups: {len(sizes[1])}, here {len(sizes[0])}"
            )
        if sizes[0] != sizes[1]:
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                f"{sizes[1]}, here {sizes[0]}"
            )
        needed = {name for name, value in self.defaults.items() if type(value) in (int, float, tuple)}
        lacking = sorted({name for group in saved for name in needed - group.keys()})
        unknown = {name for own, group in zip(self.param_groups, saved) for name in group.keys() - own.keys()}
        if lacking and unknown:
            raise ValueError(
                f"loaded state dict has no {', '.join(lacking)} in its groups, but {', '.join(sorted(unknown))}: it "
                f"belongs to an optimizer other than {type(self).__name__}"
            )
        groups: list[Group] = []
        places: dict[Any, tuple[Tensor, Group]] = {}
        for own, other in zip(self.param_groups, saved):
            options = native({k: v for k, v in other.items() if k != "params"}, f"options of group {len(groups)}")
            group = {**own, **copy.deepcopy(options)}
            groups.append(group)
            places.update({key: (param, group) for key, param in zip(other["params"], own["params"])})
        state: defaultdict[Any, State] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in places:
                param, group = places[key]
                state[param] = self._taken_over(key, value, param, group)
            else:
                state[key] = copy.deepcopy(native(value, f"state of {key!r}"))
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def _taken_over(self, key: Any, loaded: Any, param: Tensor, group: Group) -> State:
        """A parameter's loaded state as a copy."""
        if not isinstance(loaded, dict):
            raise ValueError(
                f"in the loaded state dict the state of parameter {key} is of type {type(loaded).__name__}, which "
                "should be a dictionary of tensors by name, as in optimizer.state_dict()"
            )
        loaded = native(loaded, f"state of parameter {key}")
        needed = self.start(param, group) if loaded else {}
        if needed.keys() >= loaded.keys() and all(value is None for value in loaded.values()):
            return {}  # as PyTorch once saved a momentum that had not begun
        state = {name: taken_over(name, value, param) for name, value in loaded.items()}
        for name, fresh in needed.items():
            value = loaded.get(name)
            if value is None and name in self.started_later:
                continue
            if value is None:
                raise ValueError(
                    f"loaded state dict has no {name} for parameter {key}, only {list(loaded)}: it belongs to other "
                    f"parameters, or to an optimizer other than {type(self).__name__}"
                )
            if not isinstance(value, Tensor) and hasattr(value, "__float__"):  # once PyTorch counted in numbers
                value = autograd.tensor(float(value), dtype=fresh.dtype)
            if not isinstance(value, Tensor):
                raise ValueError(
                    f"loaded state dict has {name} of type {type(value).__name__} for parameter {key}, which needs a "
                    f"tensor of shape {list(fresh.shape)}"
                )
            if value.shape != fresh.shape:
                raise ValueError(
                    f"loaded state dict has {name} of shape {list(value.shape)} for parameter {key}, which needs "
                    f"{list(fresh.shape)}: it belongs to other parameters, or to these in another order"
                )
            state[name] = value.to(fresh.dtype, copy=True)
        return state

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            options = "".join(f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params")
            text += f"\nParameter Group {i}\n{options}"
        return text + ")"


def params_and_names(given: Any) -> dict[str, Any]:
    """The entries of a group for its parameters: a tensor, or several, each with its name or none with one."""
    if isinstance(given, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
            "will change between runs. Please use a list instead."
        )
    items = [given] if isinstance(given, Tensor) else list(given)
    names = [item[0] for item in items if isinstance(item, tuple)]
    if not names:
        return {"params": items}
    if len(names) != len(items):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    return {"params": [param for _, param in items], "param_names": names}


def native(value: Any, place: str) -> Any:
    """What has been loaded, with the arrays in it, and the tensors of other libraries, as tensors over their memory."""
    if isinstance(value, dict):
        return {key: native(item, place) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)([native(item, place) for item in value])
    if isinstance(value, Tensor) or not hasattr(value, "__dlpack__"):
        return value
    try:
        return from_dlpack(value)
    except Exception as error:
        raise ValueError(
            f"loaded state dict has a {type(value).__name__} of {getattr(value, 'dtype', 'no dtype')} in the {place}, "
            f"of which no tensor can be made: {error}"
        ) from error


def taken_over(name: Any, value: Any, param: Tensor) -> Any:
    """A loaded piece of state: its tensors are copied, in the parameter's dtype unless they count steps."""
    if isinstance(value, Tensor):
        if name == "step" or not param.is_floating_point():
            return value.clone()
        return value.to(param.dtype, copy=True)
    if isinstance(value, dict):
        return {key: taken_over(key, item, param) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([taken_over(None, item, param) for item in value])
    return copy.deepcopy(value)


# ---- for the steps themselves


def number(value: Any) -> Any:
    """An option's value for a step: a tensor as its number, unless its gradient is to be recorded."""
    if isinstance(value, Tensor):
        return value.squeeze() if value.requires_grad and autograd.is_grad_enabled() else value.item()
    if isinstance(value, tuple):
        return tuple([number(item) for item in value])
    return value


def pairs(value: Any) -> Any:
    """A complex tensor as pairs of real numbers, which share its memory; anything else as it is."""
    return autograd.view_as_real(value) if isinstance(value, Tensor) and value.is_complex() else value


def scalar(value: float) -> Tensor:
    """A piece of state that is one number. It is in single precision, unless the default dtype is float64."""
    double = autograd.get_default_dtype() is autograd.float64
    return autograd.tensor(value, dtype=autograd.float64 if double else autograd.float32)


def counted(state: State) -> float:
    """Counts a step and returns the count."""
    return state["step"].add_(1).item()


def descent(grad: Any, param: Any, group: Group) -> Any:
    """The gradient to descend: turned around to maximize, then with the weight decay's part added.

    Decoupled weight decay shrinks the parameter instead.
    """
    if group["maximize"]:
        grad = -grad
    decay = group["weight_decay"]
    if not decay:
        return grad
    if group.get("decoupled_weight_decay"):
        param *= 1 - group["lr"] * decay
        return grad
    if isinstance(decay, Tensor):
        param = param.clone()  # which is kept for the decay's gradient, and about to be written to
    return grad + decay * param
