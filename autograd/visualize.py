"""Drawing the graph: `make_dot` writes it down in the DOT language, Graphviz lays it out, a notebook shows it.

Boxes are numbered in the order of the computation, so that the same program always gives the same text.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import graph
from ._tensor import Tensor, as_plain

if TYPE_CHECKING:
    from graphviz import Digraph as Base
else:
    Base = object

FONT = {"fontname": "Helvetica,Arial,sans-serif", "fontsize": "10"}
BOX = {**FONT, "shape": "box", "style": "filled,rounded", "height": "0.3", "margin": "0.12,0.05"}
ARROW = {**FONT, "fontsize": "8", "color": "#718096", "fontcolor": "#4a5568", "arrowsize": "0.6"}
OPERATION = {"fillcolor": "grey92", "color": "grey70"}
LEAF = {"fillcolor": "lightblue", "color": "steelblue"}
OUTPUT = {"fillcolor": "darkolivegreen1", "color": "darkolivegreen4"}
BASE = {"fillcolor": "darkolivegreen3", "color": "darkolivegreen4"}
SAVED = {"fillcolor": "orange", "color": "darkorange3"}
LARGEST_SHOWN = 5000  # boxes and arrows, in a notebook

LAYOUT = """\
import sys
sys.path = [folder for folder in sys.path if folder]  # no file of the working directory is taken for a module
import pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(prog=sys.argv[1], format=sys.argv[2]))
"""


def make_dot(
    var: Tensor | Iterable[Tensor],
    params: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]] | None = None,
    show_attrs: bool = False,
    show_saved: bool = False,
    max_attr_chars: int = 50,
) -> Any:
    """A picture of the graph that computed `var`, a tensor or several: a `graphviz.Digraph`, which a notebook shows.

    Blue boxes are the leaves, where gradients end; grey ones the operations, with the shape of their result; green
    ones are `var`. Inputs that want no gradient are left out. `params` gives tensors their names, such as
    `dict(model.named_parameters())`; it may name results in the middle of the graph as well.

    `show_attrs` lists what each operation keeps for its gradient, values cut to `max_attr_chars`; `show_saved` draws
    the tensors among it, in orange. Both need a graph that `backward()` has not freed, else `RuntimeError`.

    `.source` is the DOT text, `.pipe(format="svg")` the picture, `.render("name", format="png")` writes it to a file.
    Raises `ImportError` where the package graphviz is missing, or, when a picture is asked for, Graphviz itself.

    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> print("".join(autograd.make_dot(x.sin(), params={"x": x}).body).expandtabs(2))
      n0 [label="x\\n(2)" color=steelblue fillcolor=lightblue]
      n1 [label="SinBackward0\\n(2)"]
      n0 -> n1
      n2 [label="(2)" color=darkolivegreen4 fillcolor=darkolivegreen1]
      n1 -> n2
    <BLANKLINE>
    """
    outputs = [var] if isinstance(var, Tensor) else list(var)
    for output in outputs:
        if not isinstance(output, Tensor):
            raise TypeError(f"make_dot draws a tensor or several of them, not {type(output).__name__}")
    views = [(output, output._base) for output in outputs if output._base is not None]
    ends = outputs + [base for _, base in views]
    nodes, _ = graph.collect([(end._edge, None) for end in ends])
    sketch = Sketch(names_of_places(params), show_attrs, show_saved, max(max_attr_chars, 3))
    sketch.ends = {end._edge for end in ends}
    for node in reversed(nodes):
        sketch.operation(node)
    for output in outputs:
        sketch.tensor(output, OUTPUT)
    for view, base in views:
        sketch.tensor(base, BASE)
        sketch.dot.edge(sketch.boxes[base], sketch.boxes[view], style="dotted")
    sketch.dot.resize()
    return sketch.dot


def names_of_places(params: Any) -> dict[Any, str]:
    """The names that `params` gives, by the place in the graph of the tensor they belong to."""
    names: dict[Any, str] = {}
    for name, tensor in params.items() if isinstance(params, Mapping) else params or ():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"params gives names to tensors, but {name!r} is of type {type(tensor).__name__}")
        place = graph.key(tensor._edge)
        names[place] = f"{names[place]}, {name}" if place in names else str(name)
    return names


class Sketch:
    """A drawing in the making: which box stands for what, and how labels are written."""

    def __init__(self, names: dict[Any, str], show_attrs: bool, show_saved: bool, max_attr_chars: int) -> None:
        self.names, self.max_attr_chars = names, max_attr_chars
        self.show_attrs, self.show_saved = show_attrs, show_saved
        self.dot = drawing_class()(node_attr={**BOX, **OPERATION}, edge_attr=ARROW)
        self.boxes: dict[Any, str] = {}  # tensor or node -> its box in the DOT text
        self.ends: set[Any] = set()  # nodes whose result has a box of its own, with its name

    def box(self, thing: Any, lines: Iterable[str], entries: Iterable[str] = (), **style: str) -> None:
        """Draws the box of a tensor or node: centred lines, and under them entries that start at the left."""
        text = r"\n".join(map(escaped, filter(None, lines)))
        if entries:
            text += r"\n" + "".join(escaped(entry) + r"\l" for entry in entries)
        self.boxes[thing] = number = f"n{len(self.boxes)}"
        self.dot.node(number, text, **style)

    def tensor(self, tensor: Any, style: dict[str, str]) -> None:
        """The box of a leaf, or of a result below the operation that computed it; drawn once."""
        if tensor not in self.boxes:
            edge = tensor._edge
            self.box(tensor, [self.names.get(graph.key(edge), ""), shape_text(tensor)], **style)
            if edge is not tensor:
                self.arrow(edge, tensor)

    def operation(self, node: Any) -> None:
        """The box of a node, before it those of its leaves, and the arrows from its inputs."""
        for edge in node.edges:
            if edge.edge_kind == graph.LEAF:
                self.tensor(edge, LEAF)
        kept = kept_values(node) if self.show_attrs or self.show_saved else {}
        entries = [f"{name}: {self.shortened(value)}" for name, value in kept.items()] if self.show_attrs else []
        name = "" if node in self.ends else self.names.get(node, "")
        shape = "" if node.shape is None else shape_text(node)  # those of several results are told by their arrows
        self.box(node, [node.name(), f"{name} {shape}".strip()], entries)
        for edge in node.edges:
            self.arrow(edge, node)
        if self.show_saved:
            for name, value in kept.items():
                if isinstance(value, Tensor):
                    self.box((node, name), [name, shape_text(value)], **SAVED)
                    self.dot.edge(self.boxes[node, name], self.boxes[node], dir="none")

    def arrow(self, edge: Any, to: Any) -> None:
        """An arrow from the box at an edge; of an operation with several results, it says which."""
        if edge.edge_kind == graph.OUTPUT:
            label = f"{edge.index}: {shape_text(edge)}"
            self.dot.edge(self.boxes[edge.node], self.boxes[to], label=label)
        else:
            self.dot.edge(self.boxes[edge], self.boxes[to])

    def shortened(self, value: Any) -> str:
        """A kept value in a label."""
        text = "[saved tensor]" if isinstance(value, Tensor) else str(value)
        return text if len(text) <= self.max_attr_chars else text[: self.max_attr_chars - 3] + "..."


def kept_values(node: Any) -> dict[str, Any]:
    """What a node keeps for its gradient, by name; the tensors in a list one by one."""
    try:
        if hasattr(type(node), "saved"):
            kept = node.saved()
        else:  # of a Function, what its context saved
            kept = {"saved_tensors": getattr(node, "saved_tensors", ())}
    except RuntimeError as error:
        raise RuntimeError(
            f"{error} To see what a graph keeps, draw it before backward(), or use backward(retain_graph=True)."
        ) from None
    values = {}
    for name, value in kept.items():
        if isinstance(value, (list, tuple)) and any(isinstance(item, (Tensor, np.ndarray)) for item in value):
            values.update({f"{name}[{i}]": as_plain(item) for i, item in enumerate(value)})
        elif name != "saved_tensors":
            values[name] = value
    return values


def shape_text(thing: Any) -> str:
    """A shape as torchviz writes it: (2, 3), (2), ()."""
    return f"({', '.join(map(str, thing.shape))})"


def escaped(text: str) -> str:
    """A line of a label in which backslashes mean themselves."""
    return text.replace("\\", "\\\\").replace("\n", " ")


@functools.cache
def drawing_class() -> type:
    """`Drawing` as a subclass of `graphviz.Digraph`, made when first needed: importing autograd imports no Graphviz."""
    try:
        import graphviz
    except ImportError as error:
        raise ImportError('make_dot needs the package graphviz: pip install "ndgrad[viz]"') from error
    return type("Drawing", (Drawing, graphviz.Digraph), {})


class Drawing(Base):
    """A `graphviz.Digraph` that is laid out by the system's `dot`, or by the Graphviz inside the pygraphviz wheel."""

    source: str

    def __repr__(self) -> str:
        return f"<drawing of a graph, {len(self.body)} boxes and arrows: its DOT text is .source>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> dict[str, Any]:
        """The picture for a notebook; of a graph too large to look at, which would only swell the file, none."""
        if len(self.body) > LARGEST_SHOWN:
            return {}
        return super()._repr_mimebundle_(include, exclude)

    def resize(self, size_per_element: float = 0.3, min_size: float = 12) -> None:
        """Sets the size, in inches, above which the picture is scaled down: larger graphs may take more room."""
        inches = max(min_size, len(self.body) * size_per_element)
        self.graph_attr["size"] = f"{inches:g},{inches:g}"

    def pipe(
        self,
        format: str | None = None,
        renderer: str | None = None,
        formatter: str | None = None,
        neato_no_op: Any = None,
        quiet: bool = False,
        *,
        engine: str | None = None,
        encoding: str | None = None,
    ) -> Any:
        """The picture as bytes, or as a string if an encoding is given; as `graphviz.Digraph.pipe`."""
        if system_dot():
            options = {"neato_no_op": neato_no_op, "quiet": quiet, "engine": engine, "encoding": encoding}
            return super().pipe(format, renderer=renderer, formatter=formatter, **options)
        kind = ":".join(filter(None, [format or self.format, renderer, formatter]))
        picture = lay_out(self.source, engine or self.engine, kind)
        return picture if encoding is None else picture.decode(encoding)

    def render(
        self,
        filename: Any = None,
        directory: Any = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *,
        outfile: Any = None,
        **options: Any,
    ) -> str:
        """Writes the DOT text and the picture to files and returns the picture's; as `graphviz.Digraph.render`."""
        if system_dot():
            options.update(directory=directory, view=view, cleanup=cleanup, format=format, outfile=outfile)
            return super().render(filename, **options)
        import pathlib

        if outfile is not None:
            filename = filename or pathlib.Path(outfile).with_suffix(".gv")
            format = format or pathlib.Path(outfile).suffix[1:]
        source = pathlib.Path(self.save(filename, directory=directory))
        picture = source.with_name(f"{source.name}.{format or self.format}")
        if outfile is not None:
            picture = pathlib.Path(directory or "", outfile)
        options = {name: options[name] for name in ("renderer", "formatter", "engine") if name in options}
        picture.write_bytes(self.pipe(format, **options))
        if cleanup:
            source.unlink()
        if view:
            import graphviz

            graphviz.view(picture)
        return str(picture)


def system_dot() -> str | None:
    """The system's `dot` program, if there is one."""
    import shutil

    return shutil.which("dot")


def lay_out(source: str, engine: str, format: str) -> bytes:
    """The picture of a DOT text, by pygraphviz.

    In a process of its own, as `dot` would be: Graphviz's C code can be interrupted there, a graph too deep for its
    recursion takes nobody down, and what it prints does not end up in a notebook.
    """
    import importlib.util
    import subprocess
    import sys

    if importlib.util.find_spec("pygraphviz") is None:
        raise ImportError(
            "drawing a graph needs Graphviz. Install its program dot (apt install graphviz, brew install graphviz), "
            'or the package pygraphviz, which carries it along: pip install "ndgrad[viz]". The DOT text is in .source.'
        )
    command = [sys.executable, "-c", LAYOUT, engine, format]
    done = subprocess.run(command, input=source.encode(), capture_output=True)
    if done.returncode:
        raise RuntimeError(f"Graphviz could not draw the graph:\n{done.stderr.decode(errors='replace').strip()}")
    return done.stdout
