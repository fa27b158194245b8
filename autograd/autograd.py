"""The namespace of `torch.autograd`: gradients, functions with a backward of your own, grad modes, checks."""

from __future__ import annotations

import sys
from typing import Any

from . import anomaly as anomaly_mode
from . import function, functional, graph
from . import gradcheck as _gradcheck
from . import modes as grad_mode
from ._tensor import Tensor
from .anomaly import detect_anomaly, set_detect_anomaly
from .backward import backward, grad
from .function import Function
from .gradcheck import gradcheck, gradgradcheck
from .modes import enable_grad, inference_mode, no_grad, set_grad_enabled

# `from autograd.autograd.functional import jacobian` finds these without this being a folder.
for _name, _module in {
    "anomaly_mode": anomaly_mode,
    "function": function,
    "functional": functional,
    "grad_mode": grad_mode,
    "gradcheck": _gradcheck,
    "graph": graph,
}.items():
    sys.modules[f"{__name__}.{_name}"] = _module


class _AnyTensor(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_AnyTensor):
    """PyTorch's old name for a tensor: `Variable(tensor, requires_grad=True)` is a leaf that shares its memory."""

    def __new__(cls, data: Tensor, requires_grad: bool = False) -> Any:
        return data.detach().requires_grad_(requires_grad)


__all__ = [
    "Function",
    "Variable",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "function",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]
