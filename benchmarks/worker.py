"""One engine in a process of its own: reads a case's name, writes the seconds per step, until its input ends."""

import sys
from timeit import Timer

from benchmarks import engines
from benchmarks.cases import CASES

REPEATS = 9
SECONDS = 0.04  # one repeat's length: long against the clock's tick, short against the machine's moods


def seconds_per_step(step):
    """The quickest of several repeats: whatever else the machine does can only add time."""
    # timeit switches the garbage collector off, but training pays for it, so here it stays on.
    timer = Timer(step, setup="import gc; gc.enable()")
    number, elapsed = timer.autorange()
    number = max(1, round(number * SECONDS / elapsed))
    return min(timer.repeat(REPEATS, number)) / number


def main():
    engine = engines.load(sys.argv[1])
    steps = {}
    for line in sys.stdin:
        name = line.strip()
        if name not in steps:
            steps[name] = CASES[name][0](engine)
        print(seconds_per_step(steps[name]), flush=True)


if __name__ == "__main__":
    main()
