"""Spectral normalization in PyTorch's older form, a hook: Miyato et al., arXiv 1802.05957."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor

from .. import functional as F
from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..modules.module import Module
from ..parameter import Parameter, is_lazy
from .weight_norm import found_hook

__all__ = ["SpectralNorm", "remove_spectral_norm", "spectral_norm"]


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """The weight with `dim` for its rows and all other dimensions for its columns."""
    return weight.movedim(dim, 0).flatten(1)


def output_dim(module: Module, dim: int | None) -> int:
    """The dimension of a module's weight that counts its outputs, unless one is given."""
    if dim is not None:
        return dim
    return 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0


def check_iterations(n_power_iterations: int) -> None:
    """Raises unless there is something to iterate."""
    if n_power_iterations <= 0:
        raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}")


class SpectralNorm:
    """The hook that computes the weight before each forward, and in training first improves its estimate of the norm.

    The estimate is `weight_u`·W·`weight_v`, where the vectors approach those of W's largest singular value.
    """

    _version = 1

    def __init__(self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        check_iterations(n_power_iterations)
        self.name, self.n_power_iterations, self.dim, self.eps = name, n_power_iterations, dim, eps

    def compute_weight(self, module: Any, do_power_iteration: bool) -> Tensor:
        """The weight divided by its norm."""
        weight, u, v = (getattr(module, self.name + suffix) for suffix in ("_orig", "_u", "_v"))
        matrix = as_matrix(weight, self.dim)
        if do_power_iteration:
            with autograd.no_grad():
                for _ in range(self.n_power_iterations):
                    F.normalize(autograd.mv(matrix.t(), u), dim=0, eps=self.eps, out=v)
                    F.normalize(autograd.mv(matrix, v), dim=0, eps=self.eps, out=u)
            u, v = u.clone(), v.clone()  # the next iteration writes into them, perhaps before this one's backward
        return weight / autograd.dot(u, autograd.mv(matrix, v))

    def remove(self, module: Any) -> None:
        """Makes the weight a parameter again, with its present value."""
        with autograd.no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        for suffix in ("", "_u", "_v", "_orig"):
            delattr(module, self.name + suffix)
        module.register_parameter(self.name, Parameter(weight))

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, do_power_iteration=module.training))


class SpectralNormStateDictHook:
    """Notes the version of the hook in what a module saves."""

    def __init__(self, hook: SpectralNorm) -> None:
        self.fn = hook
        self.name = hook.name

    def __call__(self, module: Any, state_dict: Any, prefix: str, local_metadata: dict[str, Any]) -> None:
        local_metadata.setdefault("spectral_norm", {})[self.name + ".version"] = self.fn._version


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """Divides a weight by its largest singular value, as estimated by `n_power_iterations` in each training forward.

    The weight is seen as a matrix with `dim` for its rows: by default 0, and 1 for transposed convolutions. What is
    learned is called `weight_orig`. `nn.utils.parametrizations.spectral_norm` is the newer form.

    >>> import autograd, nn
    >>> layer = nn.utils.spectral_norm(nn.Linear(3, 2))
    >>> [name for name, _ in layer.named_parameters()], list(dict(layer.named_buffers()))
    (['bias', 'weight_orig'], ['weight_u', 'weight_v'])
    """
    if found_hook(module, SpectralNorm, name) is not None:
        raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
    hook = SpectralNorm(name, n_power_iterations, output_dim(module, dim), eps)
    weight = module._parameters[name]
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    if is_lazy(weight):
        raise ValueError(
            "The module passed to `SpectralNorm` can't have uninitialized parameters. Make sure to run the dummy "
            "forward before applying spectral normalization"
        )
    with autograd.no_grad():
        vectors = [
            F.normalize(weight.new_empty(size).normal_(), dim=0, eps=eps) for size in as_matrix(weight, hook.dim).shape
        ]
    delattr(module, name)
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, weight.data)  # there from the beginning, for whoever looks at it before the first forward
    module.register_buffer(name + "_u", vectors[0])
    module.register_buffer(name + "_v", vectors[1])
    module.register_forward_pre_hook(hook)
    module._register_state_dict_hook(SpectralNormStateDictHook(hook))
    return module


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Undoes `spectral_norm`; the weight keeps its value. `ValueError` if there is none.

    >>> import nn
    >>> nn.utils.remove_spectral_norm(nn.utils.spectral_norm(nn.Linear(3, 2)))
    Linear(in_features=3, out_features=2, bias=True)
    """
    number = found_hook(module, SpectralNorm, name)
    if number is None:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    module._forward_pre_hooks.pop(number).remove(module)
    for number, hook in list(module._state_dict_hooks.items()):
        if isinstance(hook, SpectralNormStateDictHook) and hook.name == name:
            del module._state_dict_hooks[number]
    return module
