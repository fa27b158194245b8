"""A summary as text: the tree of layers with their columns, the totals, and the error if there was one."""

from __future__ import annotations

from typing import Any

from .summary_layers import Layer, Summary

WIDEST = 40  # of the column of outputs: results that need more get a line for each item
ALIKE = 3  # so many layers in a row that differ in their name only are shown as one


class Row:
    """A line of the table: the branch and the name of a layer, and its columns; `more` are further lines of output."""

    def __init__(self, layer: str, output: str = "", parameters: str = "", frozen: str = "", memory: str = "") -> None:
        self.cells = [layer, output, parameters, frozen, memory]


def table(summary: Summary) -> str:
    """The whole text."""
    rows: list[Row] = []
    add_rows(rows, summary, summary.layers, summary.layers.kind, "", "", 1, 0)
    shown = [True, summary.ran, True, summary.frozen_params > 0, summary.ran]
    titles = Row("Layer", "Output", "Parameters", "Frozen", "Activations")
    lines = aligned([titles, *rows], shown)
    rule = "─" * max(map(len, lines))
    parts = [lines[0], rule, *lines[1:], rule, *totals(summary)]
    if any(layer.shared for layer in summary.layers.everything()):
        parts.append("(…) is shared with a layer above, and counts there.")
    if summary.error is not None:
        parts += ["", told(summary)]
    return "\n".join(parts)


# ---- the tree


def add_rows(
    rows: list[Row], summary: Summary, layer: Layer, label: str, branch: str, below: str, times: int, level: int
) -> None:
    """Adds the row of a layer, and those of the layers inside: `branch` leads to it, `below` to what is under it."""
    hidden = summary.depth is not None and level >= summary.depth
    counted = list(layer.everything()) if hidden else [layer]
    calls = layer.calls if layer.same_as is None else None
    multiple = f" ×{calls.count}" if calls is not None and calls.count > 1 else ""
    outputs = output_lines(calls, any(inner.failed for inner in layer.layers))
    memory = sum(inner.calls.bytes for inner in counted if inner.calls is not None and inner.same_as is None)
    row = Row(
        branch + label + multiple,
        outputs[0],
        parameters_cell(counted, times),
        repeated(f"{frozen:,}" if (frozen := sum(inner.frozen for inner in counted)) else "", times),
        repeated(size(memory) if memory else "", times),
    )
    rows.append(row)
    kept, missing = reached(layer) if summary.error is not None else (layer.layers, 0)
    runs = [] if hidden else alike(kept)
    rows += [Row(below + ("│" if runs or (missing and not hidden) else ""), line) for line in outputs[1:]]
    for number, run in enumerate(runs):
        last = number == len(runs) - 1 and not missing
        first, many = run[0], len(run)
        name = first.name if many == 1 else f"{first.name}–{run[-1].name}"
        text = f"{name}: {'' if many == 1 else f'{many} × '}{first.kind}"
        if first.same_as is not None:
            text += f" (the same as {first.same_as or 'the whole'})"
        lead = below + ("└─ " if last else "├─ "), below + ("   " if last else "│  ")
        add_rows(rows, summary, first, text, *lead, times * many, level + 1)
    if missing and not hidden:
        rows.append(Row(f"{below}└─ … {missing} more, not reached"))


def alike(layers: list[Layer]) -> list[list[Layer]]:
    """The layers in runs that are shown as one: of numbered ones that look alike, or of a single one."""
    runs: list[list[Layer]] = []
    for layer in layers:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and last.name.isdigit()
            and layer.name == str(int(last.name) + 1)
            and look(last) == look(layer)
        ):
            runs[-1].append(layer)
        else:
            runs.append([layer])
    return [part for run in runs for part in ([run] if len(run) >= ALIKE else [[layer] for layer in run])]


def look(layer: Layer) -> Any:
    """All that is shown of a layer except its name."""
    calls = layer.calls and (layer.calls.count, layer.calls.outputs, layer.calls.bytes, layer.calls.failed_on)
    counts = layer.parameters, layer.frozen, layer.shared, layer.unknown, layer.same_as
    return layer.kind, calls, counts, [(inner.name, look(inner)) for inner in layer.layers]


def reached(layer: Layer) -> tuple[list[Layer], int]:
    """The layers inside that were reached before the error, and how many were not."""
    if not layer.failed:
        return layer.layers, 0
    last = max((i for i, inner in enumerate(layer.layers) if inner.first < float("inf")), default=-1)
    return layer.layers[: last + 1], len(layer.layers) - last - 1


# ---- the cells


def output_lines(calls: Any, failed_inside: bool) -> list[str]:
    """What a layer returned, one line or more."""
    if calls is None:
        return [""]
    if calls.failed_on is not None:
        operands = [shape for shape in calls.failed_on if not isinstance(shape, str)] or calls.failed_on
        return [""] if failed_inside else [f"✗ for {', '.join(map(written, operands))}"]
    if len(calls.outputs) > 1:
        lines = [written(output) for output in calls.outputs[:3]]
        return lines if len(calls.outputs) <= 3 else [*lines[:2], f"… {len(calls.outputs) - 2} other shapes"]
    output = calls.outputs[0]
    if len(written(output)) > WIDEST and isinstance(output, tuple) and not output[0] and len(output) > 1:
        return [written(item) for item in output[1:]]
    if len(written(output)) > WIDEST and isinstance(output, dict):
        return [f"{key}: {written(item)}" for key, item in output.items()]
    return [written(output)]


def written(output: Any) -> str:
    """Shapes as text: lists of sizes, in parentheses where there are several."""
    if isinstance(output, tuple):
        name, *items = output
        return f"{name}({', '.join(map(written, items))})"
    if isinstance(output, dict):
        return "{" + ", ".join(f"{key}: {written(item)}" for key, item in output.items()) + "}"
    return str(output)


def parameters_cell(layers: list[Layer], times: int) -> str:
    """How many parameters; those that are shared in parentheses."""
    own, shared = (sum(getattr(layer, kind) for layer in layers) for kind in ("parameters", "shared"))
    parts = [f"{own:,}"] if own else []
    parts += [f"({shared:,})"] if shared else []
    parts += ["?"] if any(layer.unknown for layer in layers) else []
    return repeated(" + ".join(parts), times)


def repeated(cell: str, times: int) -> str:
    """The cell of one of several layers that look alike."""
    return f"{times} × {cell}" if cell and times > 1 else cell


def size(count: int) -> str:
    """A number of bytes, to three digits."""
    if count < 1000:
        return f"{count} B"
    number, units = count / 1000, ["kB", "MB", "GB", "TB"]
    while number >= 999.5 and len(units) > 1:
        number, units = number / 1000, units[1:]
    digits = 0 if number >= 99.95 else 1 if number >= 9.995 else 2
    return f"{number:.{digits}f} {units[0]}"


# ---- the text


def aligned(rows: list[Row], shown: list[bool]) -> list[str]:
    """The rows as lines, their columns one under the other: words to the left, numbers to the right."""
    columns = [[row.cells[i] for row in rows] for i in range(len(shown)) if shown[i]]
    left = [i < 2 for i in range(len(shown)) if shown[i]]
    padded = []
    for column, words in zip(columns, left):
        width = max(map(len, column))
        padded.append([cell.ljust(width) if words else cell.rjust(width) for cell in column])
    return ["  ".join(cells).rstrip() for cells in zip(*padded)]


def totals(summary: Summary) -> list[str]:
    """The lines below the table."""
    lines: list[tuple[str, int | None, str]] = [("Parameters", summary.total_params, size(summary.param_bytes))]
    if summary.frozen_params:
        lines += [("  trainable", summary.trainable_params, ""), ("  frozen", summary.frozen_params, "")]
    if summary.total_buffers:
        lines.append(("Buffers", summary.total_buffers, size(summary.buffer_bytes)))
    if summary.ran:
        lines.append(("Input", summary.input_elements, size(summary.input_bytes)))
        lines.append(("Activations", summary.output_elements, size(summary.output_bytes)))
        lines.append(("Total", None, size(summary.total_bytes)))
    cells = [[name, "" if count is None else f"{count:,}", memory] for name, count, memory in lines]
    names, counts, sizes = ([row[i] for row in cells] for i in range(3))
    widths = max(max(map(len, names)), 11), max(map(len, counts)), max(map(len, sizes))
    return [
        f"{name.ljust(widths[0])}  {count.rjust(widths[1])}  {memory.rjust(widths[2])}".rstrip()
        for name, count, memory in cells
    ]


def told(summary: Summary) -> str:
    """The error with its notes, which say where it arose."""
    error = summary.error
    return "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])])
