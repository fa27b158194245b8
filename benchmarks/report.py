"""The measurements as Markdown tables, which a terminal shows as well as a page does."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.cases import CASES
from benchmarks.engines import NAMES

IMPORT_BAR = 1.3


def table(header, *rows):
    """Columns aligned by padding: the first to the left, numbers to the right."""
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    padded = [
        [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        for line in (header, rule, *rows)
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)


def duration(seconds):
    unit, size = next(((unit, size) for unit, size in (("s", 1), ("ms", 1e-3)) if seconds >= size), ("µs", 1e-6))
    return f"{seconds / size:.3g} {unit}"


def memory(size):
    return f"{size:,.0f} B"


def ratio_cells(numerators, denominators, bar=None):
    """The ratio's median over the rounds, its range, and the bar it should stay under."""
    ratios = [a / b for a, b in zip(numerators, denominators, strict=True)]
    middle = median(ratios)
    verdict = "" if bar is None else f"≤ {bar} {'✓' if middle <= bar else '✗'}"
    return f"{middle:.2f}", f"{min(ratios):.2f} – {max(ratios):.2f}", verdict


def case_table(measured):
    rows = []
    for name, seconds in measured.items():
        _, title, bar = CASES[name]
        times = (duration(median(seconds[engine])) for engine in NAMES)
        rows.append((title, *times, *ratio_cells(seconds["ndgrad"], seconds["torch"], bar)))
    return table(("", *NAMES, "ndgrad / torch", "range", "bar"), *rows)


def long_chain_table(measured):
    """Time and memory per op, and how each engine's grow with the chain's length."""
    shortest = min(measured)
    rows = []
    for quantity, (what, show) in enumerate([("time", duration), ("memory", memory)]):
        values = {
            length: [[one_round[quantity] for one_round in rounds[engine]] for engine in NAMES]
            for length, rounds in measured.items()
        }
        for length, (torch, ndgrad) in values.items():
            growth = (
                f"× {median(now) / median(then):.2f}"
                for now, then in zip(values[length], values[shortest], strict=True)
            )
            ratio, spread, _ = ratio_cells(ndgrad, torch)
            title = f"{what} per op, chain of {length:,}"
            rows.append((title, show(median(torch)), show(median(ndgrad)), ratio, spread, *growth))
    since = (f"{engine} from {shortest:,}" for engine in NAMES)
    return table(("", *NAMES, "ndgrad / torch", "range", *since), *rows)


def import_table(measured):
    rows = []
    for module, seconds in measured.items():
        bar = IMPORT_BAR if module == "autograd" else None
        rows.append((f"import {module}", duration(median(seconds)), *ratio_cells(seconds, measured["numpy"], bar)))
    return table(("", "time", "× numpy", "range", "bar"), *rows)


def processor():
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def setting(rounds, threads):
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "torch"))
    return (
        f"Python {platform.python_version()}, {versions}; {processor()}, {os.cpu_count()} cores, "
        f"{threads or 'default'} threads; {rounds} rounds."
    )
