"""Iterators: one epoch of a `DataLoader`, fetched in its own process or by workers."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from .fetching import BATCH, END, EPOCH, ERROR, TASK
from .position import Position
from .samplers import fresh_seed


class LoaderIterator:
    """What both kinds share: the sampler's order, the position, and a warning."""

    def __init__(self, loader: Any, position: Position) -> None:
        self._dataset, self._iterable = loader.dataset, loader._iterable
        self._index_sampler, self._num_workers = loader._index_sampler, loader.num_workers
        self._timeout, self._make_fetcher = loader.timeout, loader._make_fetcher()
        self._start(loader, position)

    def _start(self, loader: Any, position: Position) -> None:
        """Begins an epoch where the position says."""
        self._position = position
        self._announced_length = loader._announced_length
        with position.where_it_began():
            base_seed = fresh_seed(loader.generator)
            self._sampler_iter = iter(self._index_sampler)
            index = None
            if not self._iterable:
                for _ in range(position.batches):
                    index = next(self._sampler_iter, None)
            elif position.batches:
                index = next(self._sampler_iter)
            self._prepare(base_seed, index)

    def _prepare(self, base_seed: int, index: Any) -> None:
        """Makes ready to fetch. `index` is one that was fetched before the position, if it is not at the beginning."""
        raise NotImplementedError

    def _next_data(self) -> Any:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        data = self._next_data()
        count = self._position.batches
        if self._announced_length is not None and count > self._announced_length:
            message = (
                f"Length of IterableDataset {self._dataset} was reported to be {self._announced_length}(when accessing "
                f"len(dataloader)), but {count} samples have been fetched. "
            )
            if self._num_workers > 0:
                message += (
                    "For multiprocessing data-loading, this could be caused by not properly configuring the "
                    "IterableDataset replica at each worker: see get_worker_info()."
                )
            warnings.warn(message, stacklevel=2)
        return data

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __getstate__(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} cannot be pickled: pickle its state_dict() instead")


class InThisProcess(LoaderIterator):
    """Fetches each batch when it is asked for."""

    def _prepare(self, base_seed: int, index: Any) -> None:
        if self._timeout != 0:
            raise AssertionError("DataLoader without workers requires timeout == 0")
        self._fetcher = self._make_fetcher(self._dataset)
        self._position.use(self._fetcher, index)

    def _next_data(self) -> Any:
        try:
            index = next(self._sampler_iter)
            data = self._fetcher.fetch(index)
        except StopIteration:
            self._position.finish()
            raise
        except Exception:
            self._position.advance()  # past the batch that could not be fetched
            raise
        self._position.advance()
        return data


class KeyErrorMessage(str):
    """A message that a `KeyError` shows as it is, not quoted in one line."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def raised(pickled: bytes | None, message: str) -> Exception:
    """The exception of a worker: of its type, if that takes one message."""
    try:
        kind: Any = RuntimeError if pickled is None else pickle.loads(pickled)
        if kind is KeyError:
            return KeyError(KeyErrorMessage(message))
        return kind(message=message) if getattr(kind, "message", None) else kind(message)
    except Exception:
        return RuntimeError(message)


class FromWorkers(LoaderIterator):
    """Has workers fetch batches ahead: each has up to `prefetch_factor` tasks, given out in turn."""

    def __init__(self, loader: Any, position: Position) -> None:
        import multiprocessing

        from .workers import Worker, stopper

        self._in_order, self._persistent = loader.in_order, loader.persistent_workers
        # With none ahead, as prefetch_factor=0 asks for, it is one at a time.
        self._most_tasks = max(1, (loader.prefetch_factor or 0) * loader.num_workers)
        self._epoch = 0
        self._workers: list[Worker] = []
        self._stop = stopper(self, self._workers)
        context = loader.multiprocessing_context or multiprocessing.get_context()
        job = (loader.num_workers, loader.dataset, loader._make_fetcher(), loader.worker_init_fn, loader._iterable)
        try:
            for number in range(loader.num_workers):
                self._workers.append(Worker(context, number, *job))
            super().__init__(loader, position)
        except BaseException:
            self._stop()
            raise

    @property
    def stopped(self) -> bool:
        """Whether the workers are no more."""
        return not self._stop.alive

    def _prepare(self, base_seed: int, index: Any) -> None:
        self._epoch += 1
        self._task = 0
        self._pending: dict[int, Any] = {}  # the tasks given out, in order -> the worker
        self._arrived: dict[int, Any] = {}  # the answers to some of them
        self._turn = self._position.next_worker
        for worker in self._workers:
            worker.active, worker.tasks = True, 0
            worker.tell(EPOCH, self._epoch, 0, (base_seed, self._position.of_worker(worker.number), index))
        self._give_out()

    def _give_out(self) -> None:
        """Gives out tasks, as long as there may be more."""
        while len(self._pending) < self._most_tasks:
            worker = self._next_worker()
            if worker is None:
                return
            try:
                index = next(self._sampler_iter)
            except StopIteration:
                return
            self._turn = worker.number + 1
            worker.tell(TASK, self._epoch, self._task, index)
            self._pending[self._task] = worker
            worker.tasks += 1
            self._task += 1

    def _next_worker(self) -> Any:
        """The next in turn of those with more to give. Without an order, those who have too many tasks are left out."""
        active = sum(worker.active for worker in self._workers)
        count = len(self._workers)
        for number in range(self._turn, self._turn + count):
            worker = self._workers[number % count]
            if worker.active and (self._in_order or worker.tasks < -(-self._most_tasks // active)):
                return worker
        return None

    def _next_data(self) -> Any:
        while self._pending and not self.stopped:
            task = next(iter(self._pending if self._in_order else self._arrived), None)
            if task not in self._arrived:
                self._hear(self._pending.values() if task is None else [self._pending[task]])
                continue
            worker, (kind, state, packed) = self._pending.pop(task), self._arrived.pop(task)
            if kind != END:
                self._position.advance(worker.number, state)
            self._give_out()
            if kind == ERROR:
                raise raised(*packed.unpack())
            if kind == BATCH:
                return packed.unpack()
        if not self._pending:
            self._position.finish()
        if not self._persistent:
            self._stop()
        raise StopIteration

    def _hear(self, wanted: Iterable[Any]) -> None:
        """Waits for answers. `RuntimeError` if one of the wanted workers has died, and after the timeout."""
        from .workers import heard

        for worker in wanted:
            if worker.lost is not None:
                self._stop()
                raise worker.lost
        ready = heard(self._workers, self._timeout or None)
        if not ready:
            raise RuntimeError(
                f"DataLoader timed out after {self._timeout} seconds: no worker has finished a batch in that time"
            )
        try:
            for worker in ready:
                answer = worker.hear()
                if answer is None:
                    continue
                (epoch, task, kind, state), packed = answer
                if epoch != self._epoch:
                    continue
                self._arrived[task] = kind, state, packed
                worker.tasks -= 1
                worker.active = worker.active and kind != END
        except BaseException:
            self._stop()  # a message may have been read in part
            raise
