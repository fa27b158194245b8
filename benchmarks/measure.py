"""Runs both engines in turn and returns what was measured, round by round. Imports neither of them."""

import os
import subprocess
import sys
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.engines import NAMES
from benchmarks.long_chain import LENGTHS

ROOT = Path(__file__).parents[1]


def environment(threads=None):
    """The environment of every measured process: each engine's own number of threads, or the given one for both."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS") if threads else ()
    env = os.environ | dict.fromkeys(names, str(threads))
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # imports are measured as they are in use: compiled once
    return env


@contextmanager
def worker(engine, env):
    """A function that asks the engine's process for one number, by name."""
    command = [sys.executable, "-m", "benchmarks.worker", engine]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=env, **pipes) as process:

        def ask(name):
            print(name, file=process.stdin, flush=True)
            if not (answer := process.stdout.readline()):
                raise RuntimeError(f"{engine} stopped in the benchmark {name!r}: its own message is above")
            return float(answer)

        yield ask
        process.stdin.close()


def fresh(arguments, env):
    """The numbers that a new Python process prints."""
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=True)
    return [float(number) for number in done.stdout.split()]


def cases(names, rounds, env, progress):
    """{case: {engine: seconds per step in each round}}"""
    measured = {name: {engine: [] for engine in NAMES} for name in names}
    with ExitStack() as stack:
        workers = {engine: stack.enter_context(worker(engine, env)) for engine in NAMES}
        for i in range(rounds):
            for name in names:
                progress(f"round {i + 1} of {rounds}: {name}")
                for engine, ask in workers.items():
                    measured[name][engine].append(ask(name))
    return measured


def long_chains(rounds, env, progress):
    """{length: {engine: (seconds, bytes) per op in each round}}"""
    measured = {length: {engine: [] for engine in NAMES} for length in LENGTHS}
    for i in range(rounds):
        for length in LENGTHS:
            progress(f"round {i + 1} of {rounds}: a chain of {length:,} ops")
            for engine in NAMES:
                measured[length][engine].append(fresh(["-m", "benchmarks.long_chain", engine, length], env))
    return measured


def imports(rounds, env, progress, repeats=5):
    """{module: seconds to import it in each round}, each time in a new process."""
    code = "from time import perf_counter as now; start = now(); import {}; print(now() - start)"
    measured = defaultdict(list)
    for i in range(rounds):
        progress(f"round {i + 1} of {rounds}: imports")
        for module in ("numpy", "autograd", "torch"):
            fresh(["-c", code.format(module)], env)  # warms the disk cache
        seconds = [{m: fresh(["-c", code.format(m)], env)[0] for m in ("numpy", "autograd")} for _ in range(repeats)]
        for module in ("numpy", "autograd"):
            measured[module].append(min(once[module] for once in seconds))
        measured["torch"] += fresh(["-c", code.format("torch")], env)
    return dict(measured)
