"""Workers: the processes that fetch batches, as the one that has started them sees them.

A worker is told its epochs and tasks over a socket, and answers over the same one. It ends when that is closed.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import time
import warnings
import weakref
from collections.abc import Iterator
from multiprocessing import connection, reduction
from typing import Any

from .transport import Packed, receive
from .working import PATIENCE, parents_ends, work

starting = threading.RLock()


class Worker:
    """A worker process. `AttributeError`, `TypeError` or `PicklingError` if its job cannot be sent to it."""

    def __init__(self, context: Any, number: int, *job: Any) -> None:
        self.number = number
        self.tasks = 0  # how many it has been given and not answered
        self.active = True  # whether it has more to give in this epoch
        self.lost: RuntimeError | None = None  # what there is to say of its death
        with starting:  # or a process forked meanwhile would hold this one's end of the socket
            self.connection, theirs = context.Pipe()
            parents_ends.add(self.connection)
            try:
                self.process = context.Process(target=work, args=(theirs, number, *job), daemon=True)
                with interrupts_held_back(), quiet_about_threads():
                    self.process.start()
            except (TypeError, AttributeError, pickle.PicklingError) as error:
                if hasattr(error, "add_note"):
                    error.add_note(
                        f"A DataLoader's worker that is started by {context.get_start_method()!r} gets dataset, "
                        "collate_fn and worker_init_fn as pickles: define them at the top level of a module, or choose "
                        "multiprocessing_context='fork'."
                    )
                raise
            finally:
                theirs.close()

    def tell(self, kind: str, epoch: int, task: int, content: Any) -> None:
        """Sends a message, of which a dead worker takes no notice."""
        message = pickle.dumps((kind, epoch, task, bytes(reduction.ForkingPickler.dumps(content))))
        try:
            self.connection.send_bytes(message)
        except OSError:
            self.lost = self.lost or self.death()

    def hear(self) -> tuple[Any, Packed] | None:
        """The next answer, None from a dead worker."""
        try:
            return receive(self.connection)
        except (EOFError, OSError):
            self.lost = self.lost or self.death()
            return None

    def death(self) -> RuntimeError:
        """The error for a worker that is no more."""
        self.process.join(PATIENCE)
        pid, code = self.process.pid, self.process.exitcode
        if code is None or code >= 0:
            how = f"exited unexpectedly with exit code {code}."
        else:
            how = f"is killed by signal: {signal.Signals(-code).name} (exit code {code})."
            if code == -9:
                how += " The system does that to a process when memory is used up."
        return RuntimeError(
            f"DataLoader worker (pid {pid}) {how} What it printed may tell more, or running with num_workers=0."
        )


def heard(workers: list[Worker], timeout: float | None) -> list[Worker]:
    """The workers that have something to say or have died, waiting for the first. Empty after the timeout."""
    waiting: dict[Any, Worker] = {}
    for worker in workers:
        if worker.lost is None:
            waiting[worker.connection] = waiting[worker.process.sentinel] = worker
    return list({id(waiting[thing]): waiting[thing] for thing in connection.wait(list(waiting), timeout)}.values())


def stop(workers: list[Worker], owner: int) -> None:
    """Ends the processes: by closing their sockets, and those that take long by force."""
    if os.getpid() != owner:
        return  # a copy in a forked process: the workers are not its to end
    # A process forked in the middle would close a number that may be its own socket's by then. Not waited for without
    # end: this may run from the garbage collector, where a fork waits for what its thread holds.
    alone = starting.acquire(timeout=PATIENCE)
    try:
        for worker in workers:
            worker.connection.close()
    finally:
        if alone:
            starting.release()
    deadline = time.monotonic() + PATIENCE
    for force in (None, "terminate", "kill"):
        for worker in workers:
            if force is not None and worker.process.is_alive():
                getattr(worker.process, force)()
            worker.process.join(max(0.0, deadline - time.monotonic()))
        deadline = time.monotonic() + 1.0


def stopper(thing: Any, workers: list[Worker]) -> Any:
    """A function that ends the workers once; called when `thing` is no more, and at the end of the program."""
    return weakref.finalize(thing, stop, workers, os.getpid())


@contextlib.contextmanager
def interrupts_held_back() -> Iterator[None]:
    """A process started in it is deaf to Ctrl-C, until it has a handler of its own."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def quiet_about_threads() -> Iterator[None]:
    """Without the warning of Python 3.12 and newer when a process with threads forks.

    What it says is right: a lock that another thread holds stays locked in the copy. NumPy's libraries prepare for
    that. Where the code of a dataset does not, `multiprocessing_context` is the remedy.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*use of fork", DeprecationWarning)
        yield
