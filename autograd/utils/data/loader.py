"""The DataLoader: a dataset in batches, in some order, fetched here or by worker processes."""

from __future__ import annotations

import functools
import math
import os
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from .collate import default_collate, default_convert
from .datasets import Dataset, IterableDataset
from .fetching import IterableFetcher, MapFetcher
from .iterators import FromWorkers, InThisProcess, LoaderIterator
from .position import Position, Sources
from .samplers import BatchSampler, RandomSampler, Sampler, SequentialSampler

__all__ = ["DataLoader"]

Sample = TypeVar("Sample", covariant=True)


class EndlessSampler(Sampler[None]):
    """What stands for the indices of a stream: None for ever."""

    def __iter__(self) -> Any:
        while True:
            yield None


class DataLoader(Generic[Sample]):
    """Iterates over a dataset in batches.

    `batch_size`, or None for single samples; `shuffle` for a new order in each epoch; `sampler` or `batch_sampler` for
    an order of your own; `drop_last` leaves out a last smaller batch; `collate_fn` makes a batch of a list of samples.
    `generator` decides about the order and about the workers' seeds, in place of the default generator.

    With `num_workers`, processes fetch the batches ahead, `prefetch_factor` (2) each. They are started by
    `multiprocessing_context`, by default Python's (a fork on Linux before Python 3.14), and call
    `worker_init_fn(number)`. Each has its own seed for the default generator and for Python's and NumPy's. An
    exception in one is raised here with its traceback; one that dies, or takes longer than `timeout` seconds, is a
    `RuntimeError`. They end with the iterator, or with the loader if they are `persistent_workers`. With
    `in_order=False` batches come as they are ready. `pin_memory` changes nothing.

    `state_dict()` says where in its epoch a loader is, and a loader that is given it goes on there.

    >>> from autograd.utils.data import DataLoader
    >>> list(DataLoader([1, 2, 3], batch_size=2))
    [tensor([1, 2]), tensor([3])]
    """

    _ready = False
    _iterator: Any = None  # of persistent workers
    _position: Position | None = None  # of the latest epoch
    _resume: dict[str, Any] | None = None  # the position that the next epoch begins at
    _announced_length: int | None = None

    def __init__(
        self,
        dataset: Dataset[Sample],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Sampler[Any] | Iterable[Any] | None = None,
        batch_sampler: Sampler[list[Any]] | Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers == 0 and prefetch_factor is not None:
            raise ValueError(
                "prefetch_factor option could only be specified in multiprocessing."
                "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
            )
        if num_workers > 0 and prefetch_factor is None:
            prefetch_factor = 2
        if prefetch_factor is not None and prefetch_factor < 0:
            raise ValueError("prefetch_factor option should be non-negative")
        if persistent_workers and num_workers == 0:
            raise ValueError("persistent_workers option needs num_workers > 0")

        self.dataset = dataset
        self.num_workers, self.prefetch_factor, self.timeout = num_workers, prefetch_factor, timeout
        self.pin_memory, self.pin_memory_device = pin_memory, pin_memory_device
        self.worker_init_fn, self.in_order = worker_init_fn, in_order
        self.multiprocessing_context = multiprocessing_context

        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            if shuffle not in (False, None):
                raise refused("shuffle", shuffle)
            if sampler is not None:
                raise refused("sampler", sampler)
            if batch_sampler is not None:
                raise refused("batch_sampler", batch_sampler)
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")

        if sampler is None:
            if self._iterable:
                sampler = EndlessSampler()
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)

        self.batch_size, self.drop_last = batch_size, drop_last
        self.sampler, self.batch_sampler, self.generator = sampler, batch_sampler, generator
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self.persistent_workers = persistent_workers
        self._ready = True
        self.check_worker_number_rationality()

    @property
    def multiprocessing_context(self) -> Any:
        """How workers are started: a context of `multiprocessing`, or None for Python's default."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: Any) -> None:
        if context is not None:
            import multiprocessing
            import multiprocessing.context

            if self.num_workers == 0:
                raise ValueError(
                    "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
                    f"num_workers={self.num_workers}"
                )
            if isinstance(context, str):
                known = multiprocessing.get_all_start_methods()
                if context not in known:
                    raise ValueError(
                        f"multiprocessing_context option should specify a valid start method in {known!r}, but got "
                        f"multiprocessing_context={context!r}"
                    )
                context = multiprocessing.get_context(context)
            if not isinstance(context, multiprocessing.context.BaseContext):
                raise TypeError(
                    "multiprocessing_context option should be a valid context object or a string specifying the start "
                    f"method, but got multiprocessing_context={context}"
                )
        self._context = context

    def __setattr__(self, name: str, value: Any) -> None:
        if self._ready and name in (
            "batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers",
        ):  # fmt: skip
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    @property
    def _index_sampler(self) -> Any:
        """What gives the indices of one batch: `batch_sampler`, or without batches `sampler`."""
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def _make_fetcher(self) -> Any:
        """What makes a fetcher of a dataset, in whatever process."""
        return functools.partial(
            IterableFetcher if self._iterable else MapFetcher,
            batched=self.batch_sampler is not None,
            collate_fn=self.collate_fn,
            drop_last=self.drop_last,
        )

    def __iter__(self) -> LoaderIterator:
        position = Position(self, self._resume)
        if self._iterator is not None and not self._iterator.stopped:
            self._iterator._start(self, position)
            iterator = self._iterator
        elif self.num_workers == 0:
            self._warn_about_pinning()
            iterator = InThisProcess(self, position)
        else:
            self.check_worker_number_rationality()
            self._warn_about_pinning()
            iterator = FromWorkers(self, position)
            if self.persistent_workers:
                self._iterator = iterator
        self._position, self._resume = position, None
        return iterator

    def __len__(self) -> int:
        if not self._iterable:
            return len(self._index_sampler)
        # A guess, as each worker may give incomplete batches. More samples than this are worth a warning.
        length = self._announced_length = len(self.dataset)  # type: ignore[arg-type]
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else math.ceil(length / self.batch_size)

    def check_worker_number_rationality(self) -> None:
        """Warns if there are more workers than processors this process may use."""
        count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        if self.num_workers > count:
            warnings.warn(
                f"This DataLoader will create {self.num_workers} worker processes in total. Our suggested max number "
                f"of worker in current system is {count}, which is smaller than what this DataLoader is going to "
                "create. Please be aware that excessive worker creation might get DataLoader running slow or even "
                "freeze, lower the worker number to avoid potential slowness/freeze if necessary.",
                stacklevel=3,
            )

    def _warn_about_pinning(self) -> None:
        if self.pin_memory and self.pin_memory_device:
            warnings.warn(
                "pin_memory_device is deprecated, the current accelerator will be used as the device,"
                f"ignore pin_memory_device='{self.pin_memory_device}'.",
                stacklevel=3,
            )
        if self.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be "
                "used.",
                stacklevel=3,
            )

    def state_dict(self) -> dict[str, Any]:
        """Where the loader is: after the batches that it has handed over of the latest epoch, or between two epochs.

        A dictionary of numbers, tensors and dictionaries. Save it with the rest of the run, and with
        `get_rng_state()` if there is no `generator`. A dataset, its iterator or a sampler may take part with a
        `state_dict()` and a `load_state_dict()` of its own, as one has to whose samples depend on what it has given
        before. `RuntimeError` in the midst of an epoch with `in_order=False`.

        >>> from autograd.utils.data import DataLoader
        >>> loader = DataLoader([1, 2, 3])
        >>> batches = iter(loader)
        >>> next(batches)
        tensor([1])
        >>> resumed = DataLoader([1, 2, 3])
        >>> resumed.load_state_dict(loader.state_dict())
        >>> list(resumed)
        [tensor([2]), tensor([3])]
        """
        if self._resume is not None:
            return self._resume
        if self._position is None:
            return Position.between_epochs(Sources(self), self.num_workers)
        return self._position.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Lets the next epoch begin where the loader was whose `state_dict()` this is, made with the same arguments.

        `ValueError` for a state of other arguments. What has been handed over is not fetched again, unless it is a
        stream that cannot tell its state. See `state_dict`.
        """
        Position.check(self, state_dict)
        self._resume = state_dict


def refused(name: str, value: Any) -> ValueError:
    """The error for an argument that a stream of samples has no use for."""
    return ValueError(f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}")
