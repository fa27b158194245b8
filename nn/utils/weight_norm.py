"""Weight normalization in PyTorch's older form, a hook: Salimans and Kingma, arXiv 1602.07868."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor

from ..arguments import warn
from ..modules.module import Module
from ..parameter import Parameter, is_lazy

__all__ = ["WeightNorm", "remove_weight_norm", "weight_norm"]


def norm_except_dim(tensor: Tensor, dim: int) -> Tensor:
    """The norms of a tensor's slices along `dim`, shaped to broadcast with it; of all of it, a number, for -1."""
    if dim == -1:
        return tensor.norm()
    first = tensor.transpose(0, dim)
    norms = first.reshape(first.size(0), -1).norm(dim=1)
    return norms.view(-1, *[1] * (tensor.dim() - 1)).transpose(0, dim)


def scaled_to(magnitude: Tensor, direction: Tensor, dim: int) -> Tensor:
    """g·v/‖v‖: the direction in the length given for each slice along `dim`."""
    return direction * (magnitude / norm_except_dim(direction, dim))


class WeightNorm:
    """The hook that computes the weight before each forward."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Any) -> Tensor:
        """The weight that the magnitude and the direction make."""
        return scaled_to(getattr(module, self.name + "_g"), getattr(module, self.name + "_v"), self.dim)

    def remove(self, module: Any) -> None:
        """Makes the weight a parameter again, with its present value."""
        with autograd.no_grad():
            weight = self.compute_weight(module)
        for suffix in ("", "_g", "_v"):
            delattr(module, self.name + suffix)
        setattr(module, self.name, Parameter(weight))

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def found_hook(module: Module, kind: Any, name: str) -> int | None:
    """The number of the hook of this kind for the parameter of this name."""
    hooks: Any = module._forward_pre_hooks.items()
    return next((number for number, hook in hooks if isinstance(hook, kind) and hook.name == name), None)


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Learns the length (`weight_g`) and the direction (`weight_v`) of a weight in its place, for each index of `dim`.

    Deprecated by PyTorch, with a `FutureWarning`: use `nn.utils.parametrizations.weight_norm`, which loads the state
    of modules that had this one. `RuntimeError` if the weight has it already.

    >>> import nn, warnings
    >>> warnings.simplefilter("ignore")  # deprecated
    >>> [name for name, _ in nn.utils.weight_norm(nn.Linear(2, 2)).named_parameters()]
    ['bias', 'weight_g', 'weight_v']
    """
    warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
    )
    if found_hook(module, WeightNorm, name) is not None:
        raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    hook, weight = WeightNorm(name, dim), getattr(module, name)
    if is_lazy(weight):
        raise ValueError(
            "The module passed to `WeightNorm` can't have uninitialized parameters. Make sure to run the dummy forward "
            "before applying weight normalization"
        )
    with autograd.no_grad():
        magnitude = norm_except_dim(weight, hook.dim)
    del module._parameters[name]
    module.register_parameter(name + "_g", Parameter(magnitude))
    module.register_parameter(name + "_v", Parameter(weight.data))
    hook(module, ())
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Undoes `weight_norm`; the weight keeps its value. `ValueError` if there is none.

    >>> import nn
    >>> nn.utils.remove_weight_norm(nn.Linear(2, 2))
    Traceback (most recent call last):
    ValueError: weight_norm of 'weight' not found in Linear(in_features=2, out_features=2, bias=True)
    """
    number = found_hook(module, WeightNorm, name)
    if number is None:
        raise ValueError(f"weight_norm of '{name}' not found in {module}")
    module._forward_pre_hooks.pop(number).remove(module)
    return module
