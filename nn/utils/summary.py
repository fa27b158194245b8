"""What a module is made of, and what a forward pass makes: the layers with their shapes, parameters and memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import autograd
from autograd import Tensor

from ..modules import state
from ..modules.embedding import Embedding, EmbeddingBag
from ..modules.module import Module, not_a_module
from .summary_layers import Record, Summary
from .summary_table import table

__all__ = ["Summary", "summary"]


def summary(
    module: Module,
    *inputs: Any,
    input_size: Any = None,
    input_data: Any = None,
    dtypes: Any = None,
    depth: int | None = None,
    mode: str = "eval",
    **kwargs: Any,
) -> Summary:
    """A table of the layers in a module, with what they return for an example, their parameters and their memory.

    inputs: the arguments of the module's forward; a tuple of whole numbers is the size of a tensor that is made for it,
    the batch included. Without inputs the table says what there is before any forward. If the forward fails, the table
    ends at the layer that failed, and the error follows; `error` is then the exception.

    `input_size`, `input_data`: the same by name, one or a list of several. `dtypes`: of the tensors that are made, one
    or a list; by default that of the parameters, and whole numbers where an embedding comes first. `depth`: how many
    levels are shown. `mode`: "eval", "train", or "same" as the module is. `kwargs` go to the forward.

    The module stays as it is: its mode, hooks, gradients, parameters and buffers, and the state of random numbers.

    >>> import nn
    >>> print(nn.utils.summary(nn.Sequential(nn.Linear(8, 4), nn.ReLU()), (2, 8)))
    Layer             Output  Parameters  Activations
    ─────────────────────────────────────────────────
    Sequential        [2, 4]
    ├─ 0: Linear 8→4  [2, 4]          36         32 B
    └─ 1: ReLU        [2, 4]                     32 B
    ─────────────────────────────────────────────────
    Parameters   36  144 B
    Input        16   64 B
    Activations  16   64 B
    Total            272 B
    """
    if not isinstance(module, Module):
        raise not_a_module(module)
    if mode not in ("eval", "train", "same"):
        raise ValueError(f'mode has to be one of "eval", "train", "same". Got: {mode!r}')
    given = list(inputs) + several(input_size, is_size) + several(input_data, lambda value: isinstance(value, Tensor))
    with autograd.no_grad(), autograd.fork_rng(), Unchanged(module):
        if mode != "same":
            module.train(mode == "train")
        record = None
        if given or kwargs:
            record = Record(module)
            record.run(examples(module, given, dtypes), kwargs)
        found = Summary(module, record, depth)
        found.text = table(found)
        return found


# ---- what the module is called with


def is_size(value: Any) -> bool:
    """Whether it is the size of a tensor, rather than an argument."""
    return isinstance(value, (tuple, list)) and all(type(size) is int for size in value)


def several(value: Any, single: Any) -> list[Any]:
    """One value or a list of them, as a list."""
    if value is None:
        return []
    return [value] if single(value) or not isinstance(value, (tuple, list)) else list(value)


def examples(module: Module, given: Sequence[Any], dtypes: Any) -> list[Any]:
    """The arguments, with tensors made for those that are sizes: random ones, or zeros if of whole numbers."""
    kinds = list(dtypes) if isinstance(dtypes, (tuple, list)) else [dtypes] * len(given)
    result = []
    for value, dtype in zip(given, kinds):
        if is_size(value):
            value = autograd.zeros(value, dtype=natural_dtype(module) if dtype is None else dtype)
            if value.is_floating_point() or value.is_complex():
                value = autograd.rand_like(value)
        result.append(value)
    return result


def natural_dtype(module: Module) -> Any:
    """What the module is probably called with."""
    first = next((inner for inner in module.modules() if inner._parameters and not inner._modules), None)
    if isinstance(first, (Embedding, EmbeddingBag)):
        return autograd.int64
    kinds = [parameter.dtype for parameter in module.parameters()]
    return next((kind for kind in kinds if kind.is_floating_point or kind.is_complex), autograd.get_default_dtype())


class Unchanged:
    """A `with` block after which a module and all inside are as before: classes, attributes, hooks and tensors."""

    def __init__(self, module: Module) -> None:
        self.module = module

    def __enter__(self) -> None:
        self.tensors = state.Snapshot(self.module)
        self.attributes = [(inner, type(inner), dict(inner.__dict__)) for inner in self.module.modules()]
        self.contents = [
            (value, value.copy())
            for _, _, attributes in self.attributes
            for value in attributes.values()
            if isinstance(value, (dict, list, set))
        ]

    def __exit__(self, *exc: Any) -> None:
        for inner, kind, attributes in self.attributes:
            inner.__class__ = kind  # a lazy module is one no more after its first forward
            inner.__dict__.clear()
            inner.__dict__.update(attributes)
        for value, content in self.contents:
            value.clear()
            (value.extend if isinstance(value, list) else value.update)(content)
        self.tensors.restore()
