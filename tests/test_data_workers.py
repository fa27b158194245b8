"""The DataLoader's worker processes: the same batches, seeds of their own, and an orderly end whatever happens."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest

import autograd
from autograd.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info
from tests.loader_jobs import Big, Draws, Failing, Shares, Whole, Worker, first, rename

pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),  # on a machine with one processor
    pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork"),
]


def seeded(dataset, number=1, **arguments):
    """A loader with two workers that are forked, and a generator of that seed."""
    arguments = {"num_workers": 2, "multiprocessing_context": "fork", **arguments}
    return DataLoader(dataset, generator=autograd.Generator().manual_seed(number), **arguments)


def plain(batch):
    """The batch with lists for tensors."""
    if isinstance(batch, dict):
        return {key: plain(item) for key, item in batch.items()}
    if isinstance(batch, (list, tuple)):
        return [plain(item) for item in batch]
    return batch.tolist() if isinstance(batch, autograd.Tensor) else batch


def jobs(indices, **arguments):
    """A loader of a `Failing` dataset, whose samples come as they are."""
    return seeded(Failing(), sampler=indices, collate_fn=first, **arguments)


def processes(batches):
    return [worker.process for worker in batches._workers]


# ---- the same batches


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_batches_and_seeds(method):
    """The order is that without workers; each worker draws numbers of its own, the same in every run."""
    loader = seeded(Draws(), batch_size=3, shuffle=True, multiprocessing_context=method)
    batches = [plain(batch) for batch in loader]
    alone = [
        plain(batch)
        for batch in seeded(Draws(), batch_size=3, shuffle=True, num_workers=0, multiprocessing_context=None)
    ]
    assert [batch[:2] for batch in batches] == [batch[:2] for batch in alone]
    drawn = [number for batch in batches for column in batch[2:] for number in np.ravel(column).tolist()]
    assert len(set(drawn)) == len(drawn) == 30
    again = seeded(Draws(), batch_size=3, shuffle=True)
    assert [plain(batch) for batch in again] == batches
    assert [plain(batch) for batch in again] != batches


def test_what_a_worker_knows():
    generator = autograd.Generator().manual_seed(1)
    base = int(autograd.random.drawing(generator).integers(0, 2**63))
    for number, found in enumerate(seeded(Worker(), batch_size=None, collate_fn=None)):
        worker, count, seed, same, pid, name, (ours, pythons, numpys) = found
        assert (worker, count, seed, same, name) == (number % 2, 2, base + worker, True, "as made")
        assert pid != os.getpid()
        assert ours == seed
        assert pythons == list(random.Random(seed).getstate()[:1]) + plain(pythons[1:])
        assert pythons[1] == list(random.Random(seed).getstate()[1])
        mixed = np.random.SeedSequence([worker, base & 0xFFFFFFFF, base >> 32]).generate_state(4)
        assert numpys == np.random.RandomState(mixed).get_state()[1].tolist()
    assert get_worker_info() is None


def test_seeds_for_numpy_are_those_of_pytorch(torch):
    from torch.utils.data._utils.worker import _generate_state

    for base, worker in itertools.product((0, 5, 2**63 - 1), range(3)):
        mixed = np.random.SeedSequence([worker, base & 0xFFFFFFFF, base >> 32])
        assert mixed.generate_state(4).tolist() == _generate_state(base, worker)


def test_a_function_prepares_each_worker():
    names = [found[5] for found in seeded(Worker(), batch_size=None, worker_init_fn=rename)]
    assert names == ["copy 0", "copy 1", "copy 0", "copy 1"]


def test_a_stream_is_shared_or_comes_once_from_each():
    batches = [plain(batch) for batch in seeded(Shares(), batch_size=4)]
    assert sorted(number for batch in batches for number in batch) == list(range(11))
    assert [len(batch) for batch in batches] == [4, 4, 2, 1]
    assert [len(batch) for batch in seeded(Shares(), batch_size=4, drop_last=True)] == [4, 4]
    assert [plain(numbers) for numbers, _ in seeded(Whole(), batch_size=3)] == [
        [1, 2, 3],
        [101, 102, 103],
        [4, 5],
        [104, 105],
    ]
    loader = seeded(Whole(), batch_size=None)
    assert len(loader) == 5
    with pytest.warns(UserWarning, match=r"but \d+ samples have been fetched. For multiprocessing data-loading"):
        assert len(list(loader)) == 10


@pytest.mark.parametrize("files", [True, False], ids=["shared memory", "socket"])
def test_large_batches(files, monkeypatch):
    if not files:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    elif not hasattr(os, "memfd_create"):
        pytest.skip("this system has no files in memory")
    batches = list(seeded(Big(), batch_size=4))
    expected = list(DataLoader(Big(), 4))
    assert [plain(batch) for batch in batches] == [plain(batch) for batch in expected]
    for batch, other in zip(batches, expected):
        for name in batch:
            assert (batch[name].dtype, batch[name].shape) == (other[name].dtype, other[name].shape)
    batches[0]["floats"].add_(1.0)
    assert batches[0]["floats"].sum().item() == expected[0]["floats"].sum().item() + 4 * 60000
    assert plain(batches[1]) == plain(expected[1])


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts files in /proc")
def test_batches_that_are_kept_use_up_no_files(monkeypatch):
    from autograd.utils.data import transport

    monkeypatch.setattr(transport, "MAPPED_AT_MOST", 3)
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    kept = list(seeded(Big(), batch_size=1))
    assert len(os.listdir("/proc/self/fd")) <= before + 3
    assert [batch["floats"][0, 0, 0].item() for batch in kept] == list(range(12))
    del kept
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_batches_of_many_indices():
    """Neither side waits for the other, though both have more to say than a socket holds."""

    class Sizes(Dataset):
        def __getitems__(self, indices):
            return [len(indices), *([0.0] * 50_000)]

    indices = [list(range(100_000)) for _ in range(6)]
    loader = DataLoader(
        Sizes(),
        batch_sampler=indices,
        collate_fn=tuple,
        num_workers=1,
        prefetch_factor=4,
        multiprocessing_context="fork",
    )
    assert [batch[0] for batch in loader] == [100_000] * 6


def test_workers_fetch_ahead_and_no_further():
    asked = []

    class Watched:
        def __iter__(self):
            for index in range(20):
                asked.append(index)
                yield index

    batches = iter(seeded(range(20), sampler=Watched(), prefetch_factor=3))
    assert len(asked) == 6
    next(batches)
    assert len(asked) == 7
    assert [plain(batch) for batch in batches] == [[index] for index in range(1, 20)]
    assert len(list(seeded(range(5), prefetch_factor=0))) == 5


def test_without_an_order_what_is_ready_comes_first():
    reader, writer = os.pipe()

    class Waiting(Dataset):
        def __getitem__(self, index):
            return os.read(reader, 1) if index == 0 else index

    batches = iter(seeded(Waiting(), sampler=range(5), collate_fn=first, in_order=False))
    assert [next(batches) for _ in range(3)] == [1, 3, 4]
    os.write(writer, b"x")
    assert list(batches) == [b"x", 2]
    os.close(reader), os.close(writer)


def test_an_order_that_cannot_be_resumed_is_refused():
    loader = seeded(range(5), in_order=False)
    batches = iter(loader)
    with pytest.raises(RuntimeError, match="in_order=True for runs that are to be resumed"):
        loader.state_dict()
    assert len(list(batches)) == 5
    assert "start" not in loader.state_dict()


# ---- epochs


def test_persistent_workers():
    loader = seeded(Draws(), batch_size=3, shuffle=True, persistent_workers=True)
    batches = iter(loader)
    pids = [process.pid for process in processes(batches)]
    epochs = [[plain(batch) for batch in loader] for _ in range(3)]
    assert iter(loader) is batches
    assert [process.pid for process in processes(batches)] == pids
    assert all(process.is_alive() for process in processes(batches))
    fresh = seeded(Draws(), batch_size=3, shuffle=True)
    iter(fresh)
    assert [[plain(batch) for batch in fresh] for _ in range(3)] == epochs
    gone = processes(batches)
    del batches, loader
    assert [process.exitcode for process in gone] == [0, 0]


def test_an_epoch_that_was_given_up_leaves_nothing_behind():
    loader = seeded(range(40), batch_size=2, persistent_workers=True)
    for _ in range(3):
        assert plain(next(iter(loader))) == [0, 1]
    assert [plain(batch) for batch in loader] == [[index, index + 1] for index in range(0, 40, 2)]


@pytest.mark.parametrize("dataset", [Draws, Shares, Whole])
@pytest.mark.parametrize("persistent", [False, True])
def test_resuming_anywhere_gives_the_rest(dataset, persistent):
    arguments = {"batch_size": 2, "persistent_workers": persistent}
    if dataset is Draws:
        arguments["shuffle"] = True

    def epochs(loader, count=2):
        return itertools.chain.from_iterable(map(plain, loader) for _ in range(count))

    whole = list(epochs(seeded(dataset(), **arguments)))
    length = len(whole) // 2
    for stop in (0, 1, length - 1, length, length + 2):
        loader = seeded(dataset(), **arguments)
        running = epochs(loader)
        seen = list(itertools.islice(running, stop))
        state = loader.state_dict()
        resumed = seeded(dataset(), number=9, **arguments)
        resumed.load_state_dict(state)
        # At its last batch an epoch is not over: the resumed one gives no more of it.
        count = 2 if stop <= length else 1
        assert seen + list(epochs(resumed, count)) == whole, stop


# ---- what goes wrong


def test_an_exception_arrives_with_its_traceback():
    batches = iter(jobs(["fine", "value", "fine", "key", "mistake", "no pickle", "fine"]))
    assert next(batches) == "fine"
    with pytest.raises(ValueError, match=r"(?s)Caught ValueError in DataLoader worker process 1.*Traceback") as caught:
        next(batches)
    assert "loader_jobs.py" in str(caught.value)
    assert str(caught.value).rstrip().endswith("ValueError: of my own")
    assert next(batches) == "fine"
    with pytest.raises(KeyError) as caught:
        next(batches)
    assert "\n" in str(caught.value)
    with pytest.raises(RuntimeError, match="Caught Mistake in DataLoader worker process 0"):
        next(batches)
    with pytest.raises((AttributeError, pickle.PicklingError), match=r"(?s)worker process 1.*pickle"):
        next(batches)
    assert list(batches) == ["fine"]


def test_an_exception_of_a_class_that_only_the_worker_has():
    class Local(Exception):
        pass

    class Raising(Dataset):
        def __getitem__(self, index):
            raise Local("here")

    with pytest.raises(RuntimeError, match=r"(?s)Caught Local in DataLoader worker process 0.*here"):
        next(iter(seeded(Raising(), sampler=[0])))


def test_an_exception_before_the_first_batch():
    def fail(number):
        raise LookupError(f"worker {number}")

    class NoStart(IterableDataset):
        def __iter__(self):
            raise LookupError("no start")

    for loader, message in [(seeded(range(3), worker_init_fn=fail), "worker 0"), (seeded(NoStart()), "no start")]:
        with pytest.raises(LookupError, match=rf"(?s)Caught LookupError in DataLoader worker process 0.*{message}"):
            next(iter(loader))


@pytest.mark.parametrize(
    ("how", "message"),
    [("die", r"exited unexpectedly with exit code 3"), ("be killed", r"is killed by signal: SIGKILL \(exit code -9\)")],
)
def test_a_worker_that_dies(how, message):
    loader = jobs(["fine", how, "fine", "fine"], persistent_workers=True)
    batches = iter(loader)
    assert next(batches) == "fine"
    gone = processes(batches)
    with pytest.raises(RuntimeError, match=rf"DataLoader worker \(pid {gone[1].pid}\) {message}"):
        list(batches)
    assert not any(process.is_alive() for process in gone)
    assert list(batches) == []
    assert loader.state_dict()["batches"] == 1
    assert next(iter(loader)) == "fine"
    resumed = jobs(["fine", how, "fine", "fine"], in_order=False)
    with pytest.raises(RuntimeError, match=message):
        list(resumed)


def test_taking_too_long():
    reader, writer = os.pipe()

    class Waiting(Dataset):
        def __getitem__(self, index):
            return os.read(reader, 1)

    batches = iter(seeded(Waiting(), sampler=[0], num_workers=1, timeout=0.1, collate_fn=first))
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0.1 seconds"):
            next(batches)
    batches._timeout = 0
    os.write(writer, b"x")
    assert list(batches) == [b"x"]
    os.close(reader), os.close(writer)


def test_a_job_that_cannot_be_sent():
    loader = seeded(range(3), collate_fn=lambda batch: batch, multiprocessing_context="spawn")
    before = multiprocessing.active_children()
    with pytest.raises((AttributeError, pickle.PicklingError), match="pickle") as caught:
        iter(loader)
    assert sys.version_info < (3, 11) or "at the top level of a module" in caught.value.__notes__[0]
    assert multiprocessing.active_children() == before
    assert loader.state_dict()["num_workers"] == 2


def test_too_many_workers_are_worth_a_warning():
    with pytest.warns(UserWarning, match="This DataLoader will create 4096 worker processes in total"):
        DataLoader([1], num_workers=4096)


# ---- the end


def test_workers_end_with_their_iterator():
    batches = iter(seeded(Draws()))
    next(batches)
    gone = processes(batches)
    assert all(process.is_alive() for process in gone)
    del batches
    assert [process.exitcode for process in gone] == [0, 0]
    batches = iter(seeded(Draws()))
    gone = processes(batches)
    assert len(list(batches)) == 10
    assert [process.exitcode for process in gone] == [0, 0]
    assert list(batches) == []


def test_workers_end_when_the_iterator_is_collected():
    class Holder:
        pass

    holder = Holder()
    holder.itself, holder.batches = holder, iter(seeded(Draws()))
    gone, alive = processes(holder.batches), weakref.ref(holder)
    del holder
    gc.collect()
    assert alive() is None
    assert [process.exitcode for process in gone] == [0, 0]


def test_a_worker_that_does_not_end_is_ended(monkeypatch):
    from autograd.utils.data import workers

    monkeypatch.setattr(workers, "PATIENCE", 0.01)
    batches = iter(jobs(["sleep", "fine"]))
    gone = processes(batches)
    del batches
    assert not any(process.is_alive() for process in gone)
    assert gone[0].exitcode in (-signal.SIGTERM, -signal.SIGKILL)


def test_workers_leave_interrupts_to_their_parent():
    batches = iter(seeded(range(100)))
    next(batches)
    for process in processes(batches):
        os.kill(process.pid, signal.SIGINT)
    assert len(list(batches)) == 99


def test_threads_are_no_obstacle():
    """Newer Pythons warn when a process with threads forks, and the tests make that an error."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert len(list(seeded(range(5)))) == 5
        found = []
        other = threading.Thread(target=lambda: found.extend(seeded(range(5))))
        other.start()
        other.join()
        assert len(found) == 5
    finally:
        done.set()
        thread.join()


def test_a_forked_copy_of_the_program_leaves_the_workers_alone():
    batches = iter(seeded(range(50)))
    next(batches)
    copy = multiprocessing.get_context("fork").Process(target=batches._stop)
    copy.start()
    copy.join()
    assert copy.exitcode == 0
    assert len(list(batches)) == 49


PROGRAM = """
import os, signal, sys, time
sys.path.insert(0, {folder!r})
from autograd.utils.data import DataLoader
from tests.loader_jobs import Failing, first

signal.signal(signal.SIGINT, signal.default_int_handler)  # a program started in the background may begin deaf to it

def batches(indices, **arguments):
    loader = DataLoader(
        Failing(), sampler=indices, collate_fn=first, num_workers=2, multiprocessing_context="fork", **arguments
    )
    found = iter(loader)
    return loader, found

if __name__ == "__main__":
    {body}
"""


def program(body, **options):
    """A program in a session of its own. Its workers share its output, which ends when the last of them has ended."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-W", "ignore:This DataLoader", "-c", PROGRAM.format(folder=folder, body=body)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **options,
    )  # fmt: skip


def test_a_program_that_ends_with_workers_at_work():
    """Without a word: iterators held by the module, by a cycle, persistent ones, given up ones."""
    running = program(
        "one, held = batches(['fine'] * 50); next(held)\n"
        "    other, kept = batches(['fine'] * 50, persistent_workers=True); next(kept)\n"
        "    for batch in other: break\n"
        "    cycle = [held]; cycle.append(cycle)\n"
        "    for batch in one: break\n"
        "    print('end')"
    )
    output, errors = running.communicate(timeout=120)
    assert (output, errors, running.returncode) == ("end\n", "", 0)


def test_workers_of_a_program_that_is_killed_end():
    """Also one that is asleep in the dataset."""
    running = program(
        "loader, found = batches(['fine', 'sleep', 'fine']); print(next(found), flush=True); time.sleep(600)"
    )
    assert running.stdout.readline() == "fine\n"
    running.kill()
    output, errors = running.communicate(timeout=120)
    assert (output, errors, running.returncode) == ("", "", -signal.SIGKILL)


def test_an_interrupt_is_heard_once():
    running = program(
        "loader, found = batches(['fine', 'fine', 'fine'] * 1000)\n"
        "    print(next(found), flush=True)\n"
        "    for batch in found: time.sleep(0.1)"
    )
    assert running.stdout.readline() == "fine\n"
    os.killpg(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=120)
    assert errors.count("Traceback") == 1
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert running.returncode == -signal.SIGINT


THREADS = """
import threading
from autograd.utils.data import DataLoader
complete = []
def run():
    for _ in range(10):
        complete.append(len(list(DataLoader(range(8), 2, num_workers=2))) == 4)
threads = [threading.Thread(target=run) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert complete == [True] * 60, complete
"""


def test_loaders_of_several_threads_start_and_stop_workers_at_once():
    """In a process of its own, which has not used random numbers before: NumPy imports them when first asked."""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", THREADS], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
