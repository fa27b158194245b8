"""From samples to batches: tensors, numbers and arrays are stacked, whatever holds them keeps its form."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from ... import dtypes
from ..._tensor import Tensor
from ...functions.creation import as_tensor, tensor
from ...functions.joining import stack

__all__ = ["collate", "default_collate", "default_collate_fn_map", "default_convert"]


def refused(found: Any) -> TypeError:
    """The error for what has no place in a batch."""
    return TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {found}. Give the DataLoader a collate_fn that makes a batch of such samples."
    )


def is_text(array: np.ndarray) -> bool:
    """Whether it holds strings or objects, of which there are no tensors."""
    return array.dtype.kind in "SUO"


def collate_tensors(batch: Any, *, collate_fn_map: Any = None) -> Tensor:
    """Stacks tensors."""
    return stack(list(batch), 0)


def collate_arrays(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """Stacks arrays, as tensors."""
    if is_text(batch[0]):
        raise refused(batch[0].dtype)
    return collate([as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def collate_scalars(batch: Any, *, collate_fn_map: Any = None) -> Tensor:
    """A tensor of NumPy's scalars, of their dtype."""
    return as_tensor(batch)


def collate_floats(batch: Any, *, collate_fn_map: Any = None) -> Tensor:
    """A float64 tensor."""
    return tensor(batch, dtype=dtypes.float64)


def collate_ints(batch: Any, *, collate_fn_map: Any = None) -> Tensor:
    """An int64 or bool tensor."""
    return tensor(batch)


def collate_texts(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """Strings and bytes stay as they are."""
    return batch


# What becomes of a batch, by the type of its first sample; entries may be added.
default_collate_fn_map: dict[Any, Callable[..., Any]] = {
    Tensor: collate_tensors,
    np.ndarray: collate_arrays,
    (np.bool_, np.number, np.object_): collate_scalars,
    float: collate_floats,
    int: collate_ints,
    str: collate_texts,
    bytes: collate_texts,
}


def collate(batch: Any, *, collate_fn_map: dict[Any, Callable[..., Any]] | None = None) -> Any:
    """A batch of those samples, by the functions of a table from types, or tuples of them, to functions.

    Each is called as `function(batch, collate_fn_map=...)`. Mappings, named tuples and sequences, for which the table
    has no function, are taken apart. `TypeError` for what is neither.

    >>> from autograd.utils.data.collate import collate
    >>> collate([{"a": 1}, {"a": 2}], collate_fn_map={int: lambda batch, collate_fn_map: sum(batch)})
    {'a': 3}
    """
    first = batch[0]
    kind, functions = type(first), collate_fn_map or {}
    if kind in functions:
        return functions[kind](batch, collate_fn_map=functions)
    for known, function in functions.items():
        if isinstance(first, known):
            return function(batch, collate_fn_map=functions)

    if isinstance(first, Mapping):
        joined = {key: collate([sample[key] for sample in batch], collate_fn_map=functions) for key in first}
        return like_mapping(first, joined)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*[collate(column, collate_fn_map=functions) for column in zip(*batch)])
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError(
                "each element in list of batch should be of equal size, not of sizes "
                f"{sorted({len(sample) for sample in batch})}. Pad the samples, or give the DataLoader a collate_fn"
            )
        return like_sequence(first, [collate(column, collate_fn_map=functions) for column in zip(*batch)])
    raise refused(kind)


def like_mapping(original: Any, content: dict[Any, Any]) -> Any:
    """The content in a mapping of that type, with its other properties if it can be copied."""
    try:
        if isinstance(original, MutableMapping):
            twin = copy.copy(original)
            twin.update(content)
            return twin
        return type(original)(content)
    except TypeError:
        return content


def like_sequence(original: Any, content: list[Any]) -> Any:
    """The content in a sequence of that type, with its other properties if it can be copied; a tuple becomes a list."""
    if isinstance(original, tuple):
        return content
    try:
        if isinstance(original, MutableSequence):
            twin = copy.copy(original)
            for number, item in enumerate(content):
                twin[number] = item
            return twin
        return type(original)(content)
    except TypeError:
        return content


def default_collate(batch: Any) -> Any:
    """A batch of samples: tensors, arrays and numbers become tensors with a new first dimension.

    Strings and bytes stay lists. Mappings, named tuples and sequences of samples become such of batches, tuples become
    lists. `TypeError` for anything else, `RuntimeError` for samples of different sizes.

    >>> from autograd.utils.data import default_collate
    >>> default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ('a', 'b')]
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def default_convert(data: Any) -> Any:
    """The sample with its arrays and NumPy's scalars as tensors; all else stays as it is, but tuples become lists.

    >>> import numpy as np
    >>> from autograd.utils.data import default_convert
    >>> default_convert({"x": np.array([1, 2]), "y": 3})
    {'x': tensor([1, 2]), 'y': 3}
    """
    if isinstance(data, (Tensor, str, bytes)):
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        return data if isinstance(data, np.ndarray) and is_text(data) else as_tensor(data)
    if isinstance(data, Mapping):
        return like_mapping(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*[default_convert(item) for item in data])
    if isinstance(data, Sequence):
        return like_sequence(data, [default_convert(item) for item in data])
    return data
