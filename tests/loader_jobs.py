"""Datasets and functions for DataLoader's workers, at the top of a small module: a started process imports them."""

from __future__ import annotations

import os
import random
import signal
import time

import numpy as np

import autograd
from autograd.utils.data import Dataset, IterableDataset, get_worker_info


class Draws(Dataset):
    """What each generator of random numbers gives, and a tensor."""

    def __len__(self):
        return 10

    def __getitem__(self, index):
        return index, autograd.full((2,), float(index)), random.random(), np.random.random(), autograd.rand(1)


class Worker(Dataset):
    """What a worker knows of itself."""

    name = "as made"

    def __len__(self):
        return 4

    def __getitem__(self, index):
        info = get_worker_info()
        generators = autograd.initial_seed(), random.getstate(), np.random.get_state()[1].tolist()
        return info.id, info.num_workers, info.seed, info.dataset is self, os.getpid(), self.name, generators


class Shares(IterableDataset):
    """A stream of which each worker has its share, in an order of its own."""

    def __iter__(self):
        info = get_worker_info()
        share = list(range(info.id, 11, info.num_workers)) if info else list(range(11))
        if len(share) > 1:
            random.shuffle(share)
        return iter(share)


class Whole(IterableDataset):
    """A stream that every worker gives as a whole, and that can tell its state."""

    def __init__(self):
        self.position = 0

    def __len__(self):
        return 5

    def __iter__(self):
        while self.position < 5:
            self.position += 1
            yield self.position + 100 * get_worker_info().id, random.random()

    def state_dict(self):
        return {"position": self.position}

    def load_state_dict(self, state):
        self.position = state["position"]


class Mistake(Exception):
    """An exception that one message does not make."""

    def __init__(self, one, two):
        super().__init__(one, two)


class Failing(Dataset):
    """A dataset that does what its indices say."""

    def __getitem__(self, what):
        if what == "die":
            os._exit(3)
        if what == "be killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "no pickle":
            return lambda: None
        if what == "sleep":
            time.sleep(600)
        if isinstance(what, str) and what != "fine":
            raise {"key": KeyError("which"), "value": ValueError("of my own"), "mistake": Mistake(1, 2)}[what]
        return what


class Big(Dataset):
    """Samples of more than fit a socket, of several dtypes and shapes."""

    def __len__(self):
        return 12

    def __getitem__(self, index):
        return {
            "floats": autograd.full((200, 300), float(index)),
            "transposed": np.full((5, 7), index, np.int16).T,
            "empty": autograd.ones(0, 3),
            "bytes": np.full(3, index, np.uint8),
        }


def first(batch):
    """A batch of one as it is."""
    return batch[0]


def rename(number):
    """Changes the worker's copy of the dataset."""
    get_worker_info().dataset.name = f"copy {number}"
