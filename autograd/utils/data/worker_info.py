"""What a dataset's copy in a worker process can know about that worker."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["WorkerInfo", "get_worker_info"]


class WorkerInfo(NamedTuple):
    """One worker: its number `id` of `num_workers`, its random `seed`, and its copy of the dataset."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


current: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """The worker of a `DataLoader` that this process is, None in any other process.

    >>> from autograd.utils.data import DataLoader, IterableDataset, get_worker_info
    >>> class Shares(IterableDataset):
    ...     def __iter__(self):
    ...         worker = get_worker_info()
    ...         return iter(range(9)) if worker is None else iter(range(worker.id, 9, worker.num_workers))
    >>> list(DataLoader(Shares(), batch_size=5))
    [tensor([0, 1, 2, 3, 4]), tensor([5, 6, 7, 8])]
    """
    return current
