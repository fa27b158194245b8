"""Fetching: one batch from a dataset, in whatever process that happens."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from .datasets import samples_of

EPOCH, TASK = "epoch", "task"  # what a worker is told
BATCH, END, ERROR = "batch", "end", "error"  # what it answers


def can_save(thing: Any) -> bool:
    """Whether it can tell its state and return to it."""
    return callable(getattr(thing, "state_dict", None)) and callable(getattr(thing, "load_state_dict", None))


class MapFetcher:
    """Batches of the samples at given indices."""

    def __init__(self, dataset: Any, batched: bool, collate_fn: Callable[[Any], Any], drop_last: bool) -> None:
        self.dataset, self.batched, self.collate_fn = dataset, batched, collate_fn
        self.stateful = can_save(dataset)

    def fetch(self, index: Any) -> Any:
        """The batch of those indices, or the sample of that index."""
        return self.collate_fn(samples_of(self.dataset, index) if self.batched else self.dataset[index])

    def state_dict(self) -> dict[str, Any]:
        """What the dataset says of its state, if it does."""
        return {"dataset": self.dataset.state_dict()} if self.stateful else {}

    def go_to(self, state: dict[str, Any], index: Any, batches: int) -> None:
        """Returns to a state."""
        if "dataset" in state:
            self.dataset.load_state_dict(state["dataset"])


class IterableFetcher:
    """Batches of the next samples of a stream. `StopIteration` at its end."""

    def __init__(self, dataset: Any, batched: bool, collate_fn: Callable[[Any], Any], drop_last: bool) -> None:
        self.dataset, self.batched, self.collate_fn, self.drop_last = dataset, batched, collate_fn, drop_last
        self.iterator = iter(dataset)
        self.stateful = can_save(self.iterator) or can_save(dataset)
        self.ended = False

    def fetch(self, index: Any) -> Any:
        """A batch of as many samples as there are indices, or one sample."""
        if self.ended:
            raise StopIteration
        if not self.batched:
            return self.collate_fn(next(self.iterator))
        samples = []
        for _ in index:
            try:
                samples.append(next(self.iterator))
            except StopIteration:
                self.ended = True
                break
        if not samples or (self.drop_last and self.ended):
            raise StopIteration
        return self.collate_fn(samples)

    def state_dict(self) -> dict[str, Any]:
        """What the iterator, or else the dataset, says of its state, if one of them does."""
        if can_save(self.iterator):
            return {"iterator": self.iterator.state_dict(), "ended": int(self.ended)}
        return {"dataset": self.dataset.state_dict(), "ended": int(self.ended)} if self.stateful else {}

    def go_to(self, state: dict[str, Any], index: Any, batches: int) -> None:
        """Returns to a state; where neither iterator nor dataset has one, by fetching the batches up to there."""
        if "iterator" in state:
            self.iterator.load_state_dict(state["iterator"])
        elif "dataset" in state:
            self.dataset.load_state_dict(state["dataset"])
            self.iterator = iter(self.dataset)
        else:
            with contextlib.suppress(StopIteration):
                for _ in range(batches):
                    self.fetch(index)
        self.ended = bool(state.get("ended", self.ended))
