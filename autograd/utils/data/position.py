"""Positions: where a `DataLoader` is in its epoch, so that a run can be interrupted there and resumed.

A position is where the random numbers were when the epoch began, how many batches have been handed over since, and
what each worker has said of itself with its last one. To resume, the epoch is begun again as it was, the batches that
have been handed over are passed by in the sampler, and workers go on where they were.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

from ...random import Generator
from . import random_state
from .fetching import can_save

VERSION = 1


def order_makers(loader: Any) -> Iterator[Any]:
    """The samplers of a loader, from the outermost."""
    maker: Any = loader._index_sampler
    while maker is not None:
        yield maker
        maker = getattr(maker, "sampler", None)


class Sources:
    """What decides about an epoch beside the default generators: other generators, and what has a `state_dict()`."""

    def __init__(self, loader: Any) -> None:
        samplers = list(order_makers(loader))
        self.savers = [each for each in (loader.dataset, *samplers) if can_save(each)]
        generators = [loader.generator, *(getattr(sampler, "generator", None) for sampler in samplers)]
        self.generators = list({id(each): each for each in generators if isinstance(each, Generator)}.values())

    def state_dict(self) -> dict[str, Any]:
        """Where they are."""
        return {
            "generators": {str(number): each.get_state() for number, each in enumerate(self.generators)},
            "savers": {str(number): each.state_dict() for number, each in enumerate(self.savers)},
        }

    def check(self, state: dict[str, Any]) -> None:
        """`ValueError` unless the state is of as many."""
        counts = [(len(state["generators"]), len(self.generators)), (len(state["savers"]), len(self.savers))]
        for (saved, here), what in zip(counts, ("generators", "datasets and samplers with a state_dict()")):
            if saved != here:
                raise ValueError(
                    f"the state is of a DataLoader with {saved} {what}, and this one has {here}: make it with the same "
                    "arguments as the one that was saved"
                )

    def load_generators(self, state: dict[str, Any]) -> None:
        """Goes back there with the generators."""
        for number, generator in enumerate(self.generators):
            generator.set_state(state["generators"][str(number)])

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes back there."""
        self.load_generators(state)
        for number, saver in enumerate(self.savers):
            saver.load_state_dict(state["savers"][str(number)])


def beginning(random: tuple[Any, ...], sources: dict[str, Any]) -> dict[str, Any]:
    """What is to be known of the beginning of an epoch, as numbers and tensors."""
    return {"random": random_state.portable(random), **sources}


class Position:
    """Where an epoch is."""

    def __init__(self, loader: Any, resume: dict[str, Any] | None) -> None:
        self.sources, self.num_workers, self.in_order = Sources(loader), loader.num_workers, loader.in_order
        self.resume = resume
        if resume is not None and "start" not in resume:  # it was saved between two epochs
            self.sources.load_state_dict(resume["sources"])
            self.resume = resume = None
        self.finished = False
        self.batches = 0 if resume is None else resume["batches"]
        self.next_worker = 0 if resume is None else resume["next_worker"]
        self.workers = {} if resume is None else {name: dict(state) for name, state in resume["workers"].items()}
        self.fetcher: Any = None

    @contextlib.contextmanager
    def where_it_began(self) -> Iterator[None]:
        """The random numbers of the beginning. Those of a resumed run go on afterwards where they were."""
        if self.resume is None:
            self.start = functools.partial(beginning, random_state.capture(), self.sources.state_dict())
            yield
            return
        now, start = random_state.capture(), self.resume["start"]
        self.start = functools.partial(dict, start)
        random_state.restore(start["random"])
        self.sources.load_state_dict(start)
        try:
            yield
        finally:
            random_state.restore(random_state.portable(now))
            self.sources.load_generators(self.resume["sources"])
        self.resume = None

    def use(self, fetcher: Any, index: Any) -> None:
        """Brings the fetcher of this process to where it was. One that knows its state will be asked for it."""
        if self.resume is not None:
            fetcher.go_to(self.resume["fetcher"], index, self.batches)
        self.fetcher = fetcher if fetcher.stateful else None

    def of_worker(self, number: int) -> dict[str, Any] | None:
        """Where a worker was, None at the beginning."""
        return self.workers.get(str(number))

    def advance(self, worker: int | None = None, state: dict[str, Any] | None = None) -> None:
        """Counts a batch that is handed over, of a worker in that state."""
        self.batches += 1
        if worker is not None:
            self.next_worker = (worker + 1) % self.num_workers
            known = self.workers.setdefault(str(worker), {"batches": 0})
            known["batches"] += 1
            known.update(state or {})

    def finish(self) -> None:
        """The epoch is over."""
        self.finished, self.fetcher = True, None

    @staticmethod
    def between_epochs(sources: Sources, num_workers: int) -> dict[str, Any]:
        """The state of a loader that will begin an epoch next."""
        return {"version": VERSION, "num_workers": num_workers, "sources": sources.state_dict()}

    @staticmethod
    def check(loader: Any, state: dict[str, Any]) -> None:
        """`ValueError` unless the loader can go there."""
        if state.get("version") != VERSION:
            raise ValueError(f"this is no state_dict() of a DataLoader of this version, {VERSION}: {list(state)}")
        if "start" in state and state["num_workers"] != loader.num_workers:
            raise ValueError(
                f"the state is of a DataLoader with num_workers={state['num_workers']}, and this one has "
                f"num_workers={loader.num_workers}: in the midst of an epoch they have to be the same"
            )
        Sources(loader).check(state["sources"])

    def state_dict(self) -> dict[str, Any]:
        """All of that, as numbers and tensors in dictionaries."""
        state = self.between_epochs(self.sources, self.num_workers)
        if self.finished:
            return state
        if not self.in_order:
            raise RuntimeError(
                "state_dict() of a DataLoader with in_order=False: which batches are missing depends on the speed of "
                "the workers. Use in_order=True for runs that are to be resumed."
            )
        return {
            **state,
            "start": self.start(),
            "batches": self.batches,
            "next_worker": self.next_worker,
            "workers": {name: dict(known) for name, known in self.workers.items()},
            "fetcher": {} if self.fetcher is None else self.fetcher.state_dict(),
        }
