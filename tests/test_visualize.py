"""Graph drawing: what the DOT text says, and that either Graphviz makes a picture of it."""

import os
import re
import subprocess
import sys

import pytest

import autograd

graphviz = pytest.importorskip("graphviz")

BOX = re.compile(r'^\t(n\d+) \[label=("(?:\\.|[^"\\])*"|\S+?)(?: color=\w+ fillcolor=(\w+))?\]$')
ARROW = re.compile(r'^\t(n\d+) -> (n\d+)(?: \[(?:label="(.*)"|(\w+=\w+))\])?$')


def read(drawing):
    """A drawing's boxes, (label, colour), and its arrows, (label, label, what is written on it)."""
    boxes, arrows = {}, []
    for line in drawing.body:
        line = line.rstrip("\n")
        if box := BOX.match(line):
            assert box[1] == f"n{len(boxes)}"
            boxes[box[1]] = box[2].strip('"'), box[3]
        else:
            arrow = ARROW.match(line)
            assert arrow, line
            arrows.append((boxes[arrow[1]][0], boxes[arrow[2]][0], arrow[3] or arrow[4]))
    return list(boxes.values()), arrows


def labels(drawing):
    return [label for label, _ in read(drawing)[0]]


def leaf(*shape):
    return autograd.ones(shape, requires_grad=True)


# ---- the text


def test_labels_colours_and_arrows():
    weight, bias, x = leaf(4, 3), leaf(4), autograd.ones(5, 3)
    turned = weight.mT
    product = x @ turned
    out = autograd.tanh(product + bias)
    drawing = autograd.make_dot(out, params={"weight": weight, "bias": bias})
    assert isinstance(drawing, graphviz.Digraph)
    boxes, arrows = read(drawing)
    assert boxes == [
        (r"weight\n(4, 3)", "lightblue"),
        (rf"{turned.grad_fn.name()}\n(3, 4)", None),
        (rf"{product.grad_fn.name()}\n(5, 4)", None),
        (r"bias\n(4)", "lightblue"),
        (r"AddBackward0\n(5, 4)", None),
        (r"TanhBackward0\n(5, 4)", None),
        ("(5, 4)", "darkolivegreen1"),
    ]
    said = [label for label, _ in boxes]
    expected = [(0, 1), (1, 2), (2, 4), (3, 4), (4, 5), (5, 6)]
    assert arrows == [(said[i], said[j], None) for i, j in expected]


def test_a_leaf_is_drawn_once_with_every_arrow():
    x = leaf(2)
    boxes, arrows = read(autograd.make_dot(x * x + x, params=[("x", x)]))
    assert [label for label, _ in boxes] == [r"x\n(2)", r"MulBackward0\n(2)", r"AddBackward0\n(2)", "(2)"]
    assert arrows.count((r"x\n(2)", r"MulBackward0\n(2)", None)) == 2
    assert arrows.count((r"x\n(2)", r"AddBackward0\n(2)", None)) == 1


def test_an_operation_of_several_results_tells_which_goes_where():
    first, second = leaf(5).split([2, 3])
    drawing = autograd.make_dot([first.exp(), second])
    split = second.grad_fn.name()
    arrows = read(drawing)[1]
    assert (split, r"ExpBackward0\n(2)", "0: (2)") in arrows
    assert (split, "(3)", "1: (3)") in arrows
    assert labels(drawing).count(split) == 1


def test_names_in_the_middle_of_the_graph_and_shared_names():
    x = leaf(2)
    hidden = x.exp()
    loss = hidden.sum()
    drawing = autograd.make_dot(loss, params={"x": x, "tied": x, "hidden": hidden, "loss": loss})
    assert labels(drawing) == [r"x, tied\n(2)", r"ExpBackward0\nhidden (2)", r"SumBackward0\n()", r"loss\n()"]


@pytest.mark.parametrize("name", ['a\\nb "c"', "<d>", "{x|y}", "ünï ∂", "two\nlines", ""])
def test_a_name_is_taken_literally(name):
    x = leaf(1)
    drawing = autograd.make_dot(x * 2, params={name: x})
    svg = drawing.pipe(format="svg", encoding="utf-8")
    for written, meant in [("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&#160;", " "), ("&#124;", "|")]:
        svg = svg.replace(written, meant)
    assert f">{name}<".replace("\n", " ").replace("><", "") in svg


def test_inputs_without_gradient_are_left_out():
    x, constant = leaf(3), autograd.ones(3)
    drawing = autograd.make_dot(constant * x + constant.exp(), params={"x": x, "constant": constant})
    assert labels(drawing) == [r"x\n(3)", r"MulBackward0\n(3)", r"AddBackward0\n(3)", "(3)"]


def test_results_without_a_graph():
    x = leaf(3)
    with autograd.no_grad():
        out = x * 2
    assert read(autograd.make_dot(out, params={"out": out})) == ([(r"out\n(3)", "darkolivegreen1")], [])
    assert read(autograd.make_dot(x, params={"x": x})) == ([(r"x\n(3)", "darkolivegreen1")], [])


def test_a_view_is_shown_with_its_base():
    x = leaf(6)
    base = x.exp()
    boxes, arrows = read(autograd.make_dot(base.view(2, 3), params={"base": base}))
    assert boxes[-2:] == [("(2, 3)", "darkolivegreen1"), (r"base\n(6)", "darkolivegreen3")]
    assert arrows[-2:] == [(r"ExpBackward0\n(6)", r"base\n(6)", None), (r"base\n(6)", "(2, 3)", "style=dotted")]


def test_what_is_kept():
    x, y = leaf(2, 3), leaf(3)
    out = (x * y).exp()
    _, plain = read(autograd.make_dot(out))
    boxes, arrows = read(autograd.make_dot(out, show_saved=True))
    saved = [label for label, colour in boxes if colour == "orange"]
    assert saved == [r"x\n(2, 3)", r"y\n(3)", r"out\n(2, 3)"]
    assert [arrow for arrow in arrows if arrow[2] == "dir=none"] == [
        (r"x\n(2, 3)", r"MulBackward0\n(2, 3)", "dir=none"),
        (r"y\n(3)", r"MulBackward0\n(2, 3)", "dir=none"),
        (r"out\n(2, 3)", r"ExpBackward0\n(2, 3)", "dir=none"),
    ]
    assert [arrow for arrow in arrows if arrow[2] is None] == plain


def test_attributes():
    x = leaf(2, 3)
    drawing = autograd.make_dot(x[:, 1].exp(), show_attrs=True)
    index, exp = labels(drawing)[1:3]
    assert exp == r"ExpBackward0\n(2)\nout: [saved tensor]\l"
    assert index.startswith(r"IndexBackward0\n(2)\n")
    assert r"index: (slice(None, None, None), 1" in index
    short = labels(autograd.make_dot(x[:, 1].exp(), show_attrs=True, max_attr_chars=9))[1]
    assert r"index: (slice...\l" in short


def test_what_a_function_of_ones_own_saved():
    class Cube(autograd.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.saved = "an attribute"
            return x**3

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 3 * x**2

    x = leaf(2)
    boxes, _ = read(autograd.make_dot(Cube.apply(x), params={"x": x}, show_saved=True))
    assert boxes == [
        (r"x\n(2)", "lightblue"),
        (r"CubeBackward\n(2)", None),
        (r"saved_tensors[0]\n(2)", "orange"),
        ("(2)", "darkolivegreen1"),
    ]


def test_what_a_fused_operation_keeps():
    import nn.functional as F

    logits, target = leaf(2, 3), autograd.tensor([0, 2])
    loss = F.cross_entropy(logits, target)
    boxes, _ = read(autograd.make_dot(loss, show_saved=True))
    assert [label for label, colour in boxes if colour == "orange"] == [r"x\n(2, 3)", r"target\n(2)"]
    loss.backward()
    with pytest.raises(RuntimeError, match=r"CrossEntropyBackward0.*freed"):
        autograd.make_dot(loss, show_saved=True)


def test_a_freed_graph_is_drawn_without_what_it_kept():
    x = leaf(2)
    out = x.exp().sum()
    out.backward()
    assert labels(autograd.make_dot(out))[1] == r"ExpBackward0\n(2)"
    with pytest.raises(RuntimeError, match=r"ExpBackward0.*freed.*before backward\(\)"):
        autograd.make_dot(out, show_saved=True)


def test_the_same_program_gives_the_same_text():
    program = """
import autograd
x, y = autograd.ones(2, 3, requires_grad=True), autograd.ones(3, requires_grad=True)
noise = [autograd.ones(1, requires_grad=True) * 2 for _ in range({noise})]
h = (x * y).exp()
a, b = (h + x).split([1, 1])
print(autograd.make_dot((a.sum() + b.prod(), h), params=dict(x=x, y=y), show_attrs=True, show_saved=True).source)
"""
    texts = {run(program.format(noise=noise), PYTHONHASHSEED=str(noise)) for noise in range(3)}
    assert len(texts) == 1
    assert b"MulBackward0" in texts.pop()


def run(program, **environment):
    """What a program prints in a Python of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment}
    return subprocess.run([sys.executable, "-c", program], env=environment, check=True, stdout=subprocess.PIPE).stdout


def test_a_graph_of_a_hundred_thousand_operations():
    x = out = leaf()
    for _ in range(100_000):
        out = out + x
    drawing = autograd.make_dot(out)
    assert len(labels(drawing)) == 100_002
    assert drawing._repr_mimebundle_() == {}  # no notebook wants that


@pytest.mark.parametrize("var", [3, [autograd.ones(1), "x"]])
def test_what_is_no_tensor_is_refused(var):
    with pytest.raises(TypeError, match=r"make_dot draws a tensor|not iterable"):
        autograd.make_dot(var)


def test_a_name_for_what_is_no_tensor_is_refused():
    with pytest.raises(TypeError, match="'n' is of type int"):
        autograd.make_dot(leaf(1), params={"n": 3})


def test_larger_graphs_may_take_more_room():
    x = leaf(1)
    assert autograd.make_dot(x * 2).graph_attr["size"] == "12,12"
    out = x
    for _ in range(100):
        out = out * 2
    drawing = autograd.make_dot(out)
    inches = float(drawing.graph_attr["size"].split(",")[0])
    assert inches > 50
    drawing.resize(size_per_element=0.01, min_size=5)
    assert drawing.graph_attr["size"] == "5,5"


# ---- the picture


def drawing():
    x = leaf(2)
    return autograd.make_dot(x.exp(), params={"x": x})


@pytest.fixture
def no_system_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def no_pygraphviz(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


DOT = """#!/bin/sh
# dot -Kdot -Tsvg < text > picture, or dot -Kdot -Tsvg -O file, which writes file.svg
case "$*" in
    *-O*) echo "dot $* $(cat "$4")" > "$4.svg" ;;
    *) echo "dot $* $(cat)" ;;
esac
"""


@pytest.fixture
def fake_dot(monkeypatch, tmp_path):
    """A system with a program `dot`, whose pictures are its arguments and the text."""
    if os.name == "nt":
        pytest.skip("the stand-in for dot is a shell script")
    program = tmp_path / "bin" / "dot"
    program.parent.mkdir()
    program.write_text(DOT)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)


def test_the_wheel_draws(no_system_dot):
    pytest.importorskip("pygraphviz")
    svg = drawing().pipe(format="svg")
    assert isinstance(svg, bytes)
    assert b"ExpBackward0" in svg
    assert svg.rstrip().endswith(b"</svg>")
    assert drawing().pipe(format="png").startswith(b"\x89PNG")
    assert drawing().pipe(encoding="utf-8", engine="neato", format="plain").startswith("graph ")


def test_a_notebook_shows_it(no_system_dot):
    pytest.importorskip("pygraphviz")
    shown = drawing()
    assert list(shown._repr_mimebundle_()) == ["image/svg+xml"]
    assert "ExpBackward0" in shown._repr_mimebundle_()["image/svg+xml"]
    assert "0x" not in repr(shown)  # it goes into the notebook as well


def test_the_wheel_writes_files(no_system_dot, tmp_path, monkeypatch):
    pytest.importorskip("pygraphviz")
    opened = []
    monkeypatch.setattr(graphviz, "view", opened.append)
    path = drawing().render("graph", directory=tmp_path, format="svg", view=True)
    assert [str(file) for file in opened] == [path] == [str(tmp_path / "graph.svg")]
    assert b"ExpBackward0" in (tmp_path / "graph.svg").read_bytes()
    assert (tmp_path / "graph").read_text() == drawing().source
    assert drawing().render(outfile=tmp_path / "other.png", cleanup=True) == str(tmp_path / "other.png")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["graph", "graph.svg", "other.png"]
    assert (tmp_path / "other.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_drawn_is_told(no_system_dot):
    pytest.importorskip("pygraphviz")
    broken = drawing()
    broken.body.append("\tn0 -> [\n")
    with pytest.raises(RuntimeError, match=r"could not draw the graph(.|\n)*syntax error"):
        broken.pipe()


def test_the_systems_dot_comes_first(fake_dot, no_pygraphviz, tmp_path):
    text = drawing().pipe(format="svg", encoding="utf-8")
    assert text.startswith("dot -Kdot -Tsvg digraph")
    assert "ExpBackward0" in text
    path = drawing().render("graph", directory=tmp_path, format="svg")
    assert path == str(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text().startswith("dot -Kdot -Tsvg -O graph digraph")


def test_without_graphviz_the_text_is_there_and_the_error_names_both_ways(no_system_dot, no_pygraphviz, tmp_path):
    assert drawing().source.startswith("digraph {")
    with pytest.raises(ImportError, match=r'(apt|brew) install graphviz(.|\n)*pip install "ndgrad\[viz\]"'):
        drawing().pipe(format="svg")
    with pytest.raises(ImportError, match=r"ndgrad\[viz\]"):
        drawing().render("graph", directory=tmp_path)


def test_without_the_package_the_error_names_the_extra(monkeypatch):
    from autograd import visualize

    monkeypatch.setitem(sys.modules, "graphviz", None)
    visualize.drawing_class.cache_clear()
    with pytest.raises(ImportError, match=r'pip install "ndgrad\[viz\]"'):
        autograd.make_dot(leaf(1))
    visualize.drawing_class.cache_clear()


def test_importing_autograd_imports_no_graphviz():
    program = "import sys, autograd; autograd.make_dot; print([name for name in sys.modules if 'graphviz' in name])"
    assert run(program).strip() == b"[]"
