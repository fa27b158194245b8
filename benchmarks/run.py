"""Compares ndgrad with PyTorch and prints the ratios with their spread: `python -m benchmarks.run --help`."""

import argparse
import json
import sys

from benchmarks import measure, report
from benchmarks.cases import CASES

CHAIN_ROUNDS = 3  # a chain of 1,000,000 ops takes its time, and varies little


def parse_arguments():
    names = (*CASES, "long_chain", "import")
    parser = argparse.ArgumentParser(prog="benchmarks", description="Compare ndgrad with PyTorch.")
    parser.add_argument("--rounds", type=int, default=7, help="how often the engines take turns")
    parser.add_argument("--threads", type=int, help="threads for both engines (default: each engine's own choice)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--save", action="store_true", help="write benchmarks/results.md and results.json")
    return parser.parse_args()


def progress(message):
    """One line that replaces itself, for a reader who watches; nothing in a log."""
    if sys.stderr.isatty():
        print(f"\r\033[K{message}", end="", file=sys.stderr, flush=True)


def main():
    arguments = parse_arguments()
    env = measure.environment(arguments.threads)
    sections, raw = [report.setting(arguments.rounds, arguments.threads)], {}
    if names := [name for name in CASES if name in arguments.only]:
        raw["cases"] = measure.cases(names, arguments.rounds, env, progress)
        sections.append(report.case_table(raw["cases"]))
    if "import" in arguments.only:
        raw["import"] = measure.imports(arguments.rounds, env, progress)
        sections.append(report.import_table(raw["import"]))
    if "long_chain" in arguments.only:
        raw["long_chain"] = measure.long_chains(min(arguments.rounds, CHAIN_ROUNDS), env, progress)
        sections.append(report.long_chain_table(raw["long_chain"]))
    progress("")
    text = "\n\n".join(sections)
    print(text)
    if arguments.save:
        folder = measure.ROOT / "benchmarks"
        (folder / "results.md").write_text(f"# ndgrad against PyTorch\n\n{text}\n", encoding="utf-8")
        (folder / "results.json").write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
