"""Datasets: what gives samples by their index or one after the other, and datasets made of others."""

from __future__ import annotations

import bisect
import itertools
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from ...functions.sampling import randperm
from ...random import default_generator

__all__ = [
    "Dataset", "IterableDataset", "TensorDataset", "StackDataset", "ConcatDataset", "ChainDataset", "Subset",
    "random_split",
]  # fmt: skip

Sample = TypeVar("Sample", covariant=True)


class Dataset(Generic[Sample]):
    """A map from indices to samples. Subclasses write `__getitem__`, and `__len__` for the default samplers.

    A `__getitems__(indices)` that returns a list of samples is used for whole batches, if there is one.

    >>> from autograd.utils.data import Dataset
    >>> class Squares(Dataset):
    ...     def __getitem__(self, index):
    ...         return index * index
    >>> Squares()[3]
    9
    """

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Any) -> Any:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[Sample], Iterable[Sample]):
    """A stream of samples: subclasses write `__iter__`.

    Each worker process iterates over its own copy. `get_worker_info()` tells a copy which share of the data is its
    own; without that every sample arrives once from each worker.

    >>> from autograd.utils.data import DataLoader, IterableDataset
    >>> class Countdown(IterableDataset):
    ...     def __iter__(self):
    ...         return iter([3, 2, 1])
    >>> list(DataLoader(Countdown(), batch_size=2))
    [tensor([3, 2]), tensor([1])]
    """

    def __add__(self, other: Any) -> Any:
        return ChainDataset([self, other])


class TensorDataset(Dataset[Any]):
    """The rows of tensors with the same first size, as tuples. `AssertionError` for tensors of different lengths.

    >>> import autograd
    >>> from autograd.utils.data import TensorDataset
    >>> TensorDataset(autograd.ones(3, 2), autograd.arange(3))[1]
    (tensor([1., 1.]), tensor(1))
    """

    def __init__(self, *tensors: Any) -> None:
        if any(tensor.shape[0] != tensors[0].shape[0] for tensor in tensors):
            sizes = ", ".join(str(list(tensor.shape)) for tensor in tensors)
            raise AssertionError(f"Size mismatch between tensors: their first sizes differ in {sizes}")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple([tensor[index] for tensor in self.tensors])

    def __len__(self) -> int:
        return self.tensors[0].shape[0]


class StackDataset(Dataset[Any]):
    """Datasets of one length side by side: samples are tuples, or dictionaries for datasets given by name.

    >>> from autograd.utils.data import StackDataset
    >>> StackDataset(number=[1, 2], word=["one", "two"])[1]
    {'number': 2, 'word': 'two'}
    """

    datasets: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError(
                "Supported either ``tuple``- (via ``args``) or``dict``- (via ``kwargs``) like input/output, but both "
                "types are given."
            )
        if not args and not kwargs:
            raise ValueError("At least one dataset should be passed")
        self.datasets = args or kwargs
        parts = list(self.parts())
        self._length = len(parts[0])
        if any(len(part) != self._length for part in parts):
            raise ValueError(f"Size mismatch between datasets: their lengths are {[len(part) for part in parts]}")

    def parts(self) -> Iterable[Any]:
        """The datasets, in order."""
        return self.datasets.values() if isinstance(self.datasets, dict) else self.datasets

    def joined(self, items: Iterable[Any]) -> Any:
        """One sample from one item of each dataset."""
        return dict(zip(self.datasets, items)) if isinstance(self.datasets, dict) else tuple(items)

    def __getitem__(self, index: Any) -> Any:
        return self.joined([part[index] for part in self.parts()])

    def __getitems__(self, indices: list[Any]) -> list[Any]:
        columns = [samples_of(part, indices) for part in self.parts()]
        for column in columns:
            if len(column) != len(indices):
                raise ValueError(f"Nested dataset's output size mismatch. Expected {len(indices)}, got {len(column)}")
        return [self.joined(items) for items in zip(*columns)]

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[Sample]):
    """Datasets one after the other.

    >>> from autograd.utils.data import ConcatDataset
    >>> list(ConcatDataset(["ab", "cde"]))
    ['a', 'b', 'c', 'd', 'e']
    """

    @staticmethod
    def cumsum(sequence: Iterable[Any]) -> list[int]:
        """Where each of the datasets ends."""
        return list(itertools.accumulate(len(dataset) for dataset in sequence))

    def __init__(self, datasets: Iterable[Any]) -> None:
        super().__init__()
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset: use ChainDataset")
        self.cumulative_sizes = self.cumsum(self.datasets)

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, idx: Any) -> Any:
        if idx < 0:
            if -idx > len(self):
                raise ValueError("absolute value of index should not exceed dataset length")
            idx += len(self)
        number = bisect.bisect_right(self.cumulative_sizes, idx)
        if number == len(self.datasets):
            raise IndexError(f"index {idx} is out of range for a dataset of length {len(self)}")
        return self.datasets[number][idx - (self.cumulative_sizes[number - 1] if number else 0)]


class ChainDataset(IterableDataset[Sample]):
    """Iterable datasets one after the other.

    >>> from autograd.utils.data import ChainDataset, IterableDataset
    >>> class Letters(IterableDataset):
    ...     def __iter__(self):
    ...         return iter("ab")
    >>> list(ChainDataset([Letters(), Letters()]))
    ['a', 'b', 'a', 'b']
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        super().__init__()
        self.datasets = datasets

    def checked(self) -> Iterator[Any]:
        """The datasets, each found to be an iterable one."""
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError("ChainDataset only supports IterableDataset")
            yield dataset

    def __iter__(self) -> Iterator[Any]:
        for dataset in self.checked():
            yield from dataset

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self.checked())


class Subset(Dataset[Sample]):
    """The samples of a dataset at some indices.

    A subclass with a `__getitem__` of its own needs a `__getitems__` too (`NotImplementedError`): batches use that.

    >>> from autograd.utils.data import Subset
    >>> list(Subset("abcdef", [5, 0]))
    ['f', 'a']
    """

    def __init__(self, dataset: Any, indices: Sequence[Any]) -> None:
        self.dataset, self.indices = dataset, indices
        kind = type(self)
        if kind.__getitem__ is not Subset.__getitem__ and kind.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"{kind.__name__} overrides __getitem__ but not __getitems__, by which a DataLoader would pass it by. "
                "Add to it:\n\n"
                "    def __getitems__(self, indices):\n"
                "        return [self[index] for index in indices]"
            )

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, list):
            return self.dataset[[self.indices[i] for i in idx]]
        return self.dataset[self.indices[idx]]

    def __getitems__(self, indices: list[Any]) -> list[Any]:
        return samples_of(self.dataset, [self.indices[index] for index in indices])

    def __len__(self) -> int:
        return len(self.indices)


def samples_of(dataset: Any, indices: Any) -> Any:
    """The samples of a dataset at a batch of indices."""
    whole = getattr(dataset, "__getitems__", None)
    return [dataset[index] for index in indices] if whole is None else whole(indices)


def random_split(dataset: Any, lengths: Sequence[Any], generator: Any = default_generator) -> list[Subset[Any]]:
    """Splits a dataset at random into subsets of those lengths, or of those fractions if they sum up to 1.

    What rounding down the fractions leaves over goes to the first subsets, one sample each. `ValueError` unless the
    lengths sum up to that of the dataset, `TypeError` for lengths that are no integers.

    >>> from autograd.utils.data import random_split
    >>> [len(part) for part in random_split(range(10), [0.75, 0.25])]
    [8, 2]
    """
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        for number, fraction in enumerate(lengths):
            if not 0 <= fraction <= 1:
                raise ValueError(f"Fraction at index {number} is not between 0 and 1")
        floors = [math.floor(len(dataset) * fraction) for fraction in lengths]
        whole, extra = divmod(len(dataset) - sum(floors), len(floors))
        lengths = [floor + whole + (number < extra) for number, floor in enumerate(floors)]
        for number, length in enumerate(lengths):
            if length == 0:
                warnings.warn(
                    f"Length of split at index {number} is 0. This might result in an empty dataset.", stacklevel=2
                )
    if sum(lengths) != len(dataset):
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset! "
            f"{' + '.join(map(str, lengths))} is not {len(dataset)}"
        )
    if any(isinstance(length, float) for length in lengths):
        raise TypeError(
            f"random_split: lengths are whole numbers, or fractions that sum up to 1, and {list(lengths)} are neither: "
            "round them, or divide them by their sum"
        )
    indices = iter(randperm(len(dataset), generator=generator).tolist())
    return [Subset(dataset, list(itertools.islice(indices, length))) for length in lengths]
