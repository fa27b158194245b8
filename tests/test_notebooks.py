"""The notebooks run from top to bottom, and are committed with what that gives."""

import re

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

from notebooks.refresh import FOLDER, clean, execute  # noqa: E402

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def kinds(cell):
    """What a cell's outputs are: text, pictures, by the name of the stream or the type of the data."""
    return [output.get("name") or sorted(output.data) for output in cell.outputs]


@pytest.fixture
def own_settings(monkeypatch, tmp_path):
    """The kernel sees none of the user's settings for Jupyter, IPython and matplotlib."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS] == ["01_tensors_and_gradients", "02_train_digits"]


@each_notebook
def test_a_notebook_runs(path, own_settings):
    for needed in ("graphviz", "matplotlib", "sklearn"):
        pytest.importorskip(needed)
    committed = code_cells(read(path))
    notebook = read(path)
    execute(notebook)
    for cell, before in zip(code_cells(notebook), committed, strict=True):
        assert "stderr" not in kinds(cell), cell.outputs
        assert kinds(cell) == kinds(before), f"changed, run notebooks/refresh.py:\n{cell.source}"


@each_notebook
def test_a_notebook_is_committed_with_its_outputs(path):
    cells = code_cells(read(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))  # run once, from the top
    assert not any(output.output_type == "error" for cell in cells for output in cell.outputs)
    pictures = [kind for cell in cells for data in kinds(cell) for kind in data if "image" in kind]
    assert pictures.count("image/png") >= 2
    assert pictures.count("image/svg+xml") >= 1


@each_notebook
def test_a_notebook_holds_nothing_of_the_machine_it_ran_on(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert path.stat().st_size < 600_000
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|Users|tmp|work)/|site-packages|\b0x[0-9a-f]{6,}", text)
    cleaned = read(path)
    clean(cleaned)
    assert notebook == cleaned


@each_notebook
def test_the_links_of_a_notebook_lead_somewhere(path):
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_a_failing_cell_fails_the_run(own_settings, tmp_path):
    cells = [nbformat.v4.new_code_cell(source) for source in ("import autograd", "autograd.tensor([1.0]).backward()")]
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="does not require grad"):
        execute(nbformat.v4.new_notebook(cells=cells), tmp_path)


def test_a_cell_that_defines_an_operation_can_be_run_again(own_settings, tmp_path):
    define = "from autograd.op import op\n@op()\ndef twice(x): return 2 * x\ntwice.rules(x=lambda g: 2 * g)"
    use = "import autograd\nautograd.autograd.grad(twice(x := autograd.ones((), requires_grad=True)), x)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in (define, define, use)])
    execute(notebook, tmp_path)
    assert notebook.cells[-1].outputs[0].data["text/plain"] == "(tensor(2.),)"
