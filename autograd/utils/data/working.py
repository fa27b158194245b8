"""Working: what happens in a worker process.

A thread of it reads the socket all the time. So its parent never waits for a worker that is busy, or that itself waits
for its answer to be read; and a worker whose parent has died ends, whatever it is doing.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import queue
import signal
import threading
import time
import traceback
import weakref
from typing import Any

from . import random_state, worker_info
from .fetching import BATCH, END, EPOCH, ERROR
from .transport import Parcel

PATIENCE = 5.0  # seconds: for a worker to end by itself, and between two looks whether its parent lives

parents_ends: weakref.WeakSet[Any] = weakref.WeakSet()


def work(connection: Any, number: int, *job: Any) -> None:
    """What a worker process runs."""
    set_signals()
    for end in list(parents_ends):
        end.close()  # a forked process has copies, which would keep its own and others' sockets open
    inbox = Inbox(connection)
    desk = Desk(connection, number, *job)
    for message in iter(inbox.messages.get, None):
        kind, epoch, task, content = message
        if epoch < inbox.epoch:
            continue  # the epoch was given up
        if kind == EPOCH:
            desk.begin(*pickle.loads(content))
        elif not desk.answer(epoch, task, content):
            return


def set_signals() -> None:
    """Ctrl-C goes to all processes of a terminal: the parent decides. What a worker starts hears it as usual."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # not a copy of its parent's handler
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


class Inbox:
    """The messages that have come, in order, and the latest epoch among them. None follows when the socket closes."""

    def __init__(self, connection: Any) -> None:
        self.connection, self.epoch = connection, 0
        self.messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.parent_number = os.getppid()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        """Reads until the end."""
        with contextlib.suppress(EOFError, OSError):
            while self.has_parent():
                if self.connection.poll(PATIENCE):
                    message = pickle.loads(self.connection.recv_bytes())
                    self.epoch = message[1]
                    self.messages.put(message)
        self.messages.put(None)
        while self.has_parent():  # who uses force, when it takes too long to end
            time.sleep(0.5)
        os._exit(1)

    def has_parent(self) -> bool:
        """Whether the process that has started this one lives."""
        parent = multiprocessing.parent_process()
        return os.getppid() == self.parent_number and (parent is None or parent.is_alive())


class Desk:
    """Where the batches are made."""

    def __init__(
        self, connection: Any, number: int, count: int, dataset: Any, make_fetcher: Any, init_fn: Any, iterable: bool
    ) -> None:
        self.connection, self.number, self.count = connection, number, count
        self.dataset, self.make_fetcher, self.init_fn, self.iterable = dataset, make_fetcher, init_fn, iterable
        self.fetcher: Any = None
        self.failure: Any = None
        self.reported: Any = None  # the random numbers' state that the parent knows, or can derive

    def begin(self, base_seed: int, resume: dict[str, Any] | None, index: Any) -> None:
        """Begins an epoch, or goes where another has reported to be. What goes wrong is the answer to all tasks."""
        self.failure = None
        try:
            seed = random_state.seed_all(base_seed, self.number)
            worker_info.current = worker_info.WorkerInfo(self.number, self.count, seed, self.dataset)
            if self.init_fn is not None:
                self.init_fn(self.number)
                self.init_fn = None
            self.fetcher = self.make_fetcher(self.dataset)
            if resume is not None:
                self.fetcher.go_to(resume, index, resume["batches"])
                if "random" in resume:
                    random_state.restore(resume["random"])
            self.reported = random_state.capture()
        except Exception as error:
            self.failure = self.described(error)

    def answer(self, epoch: int, task: int, content: bytes) -> bool:
        """Fetches a batch and sends it. False if nobody wants it any more."""
        try:
            if self.failure is not None:
                parcel = Parcel((epoch, task, ERROR, {}), self.failure)
            else:
                batch = self.fetcher.fetch(pickle.loads(content))
                parcel = Parcel((epoch, task, BATCH, self.state()), batch)
        except Exception as error:
            if self.iterable and isinstance(error, StopIteration):
                parcel = Parcel((epoch, task, END, {}), None)
            else:
                parcel = Parcel((epoch, task, ERROR, {}), self.described(error))
        try:
            parcel.send(self.connection)
        except OSError:
            return False
        return True

    def state(self) -> dict[str, Any]:
        """What has to be known to go on after this batch in another process, as far as it has changed."""
        state = self.fetcher.state_dict()
        now = random_state.capture()
        if now != self.reported:
            self.reported = now
            state["random"] = random_state.portable(now)
        return state

    def described(self, error: Exception) -> tuple[bytes | None, str]:
        """The exception's type, pickled if possible, and all there is to tell."""
        kind = type(error)
        try:
            pickled = pickle.dumps(kind)
        except Exception:
            pickled = None
        text = "".join(traceback.format_exception(kind, error, error.__traceback__))
        return pickled, f"Caught {kind.__name__} in DataLoader worker process {self.number}.\nOriginal {text}"
