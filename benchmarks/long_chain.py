"""A chain of n ops in a fresh process: seconds and peak bytes per op, for recording, backward and freeing together.

    python -m benchmarks.long_chain ndgrad 1000000

Peak memory is what the process grew by, so it counts arrays, nodes and the allocator's waste alike.
"""

import resource
import sys
from time import perf_counter

from benchmarks import engines

LENGTHS = (10**4, 10**5, 10**6)


def run(torch, length):
    x = torch.ones(8, requires_grad=True)
    scale = torch.ones(8)
    y = x
    for _ in range(length):
        y = y * scale
    y.backward(torch.ones(8))


def peak_bytes():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main():
    torch = engines.load(sys.argv[1]).torch
    length = int(sys.argv[2])
    run(torch, 1000)  # what is made once, on first use, is not the chain's
    before = peak_bytes()
    start = perf_counter()
    run(torch, length)
    seconds = perf_counter() - start
    print(seconds / length, (peak_bytes() - before) / length)


if __name__ == "__main__":
    main()
