"""The documents: their examples run, and their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import autograd
import nn
import optim

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# What the examples take for granted; those of the other documents are excerpts of the source.
GIVEN = {"README.md": (), "pytorch.md": (), "saving.md": ("autograd", "model", "optimizer")}


@pytest.mark.parametrize("name", GIVEN)
def test_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = nn.Linear(2, 2)
    known = {"autograd": autograd, "model": model, "optimizer": optim.Adam(model.parameters())}
    names = {name: known[name] for name in GIVEN[name]}
    (path,) = [path for path in DOCUMENTS if path.name == name]
    blocks = re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    exec(compile("\n".join(blocks), str(path), "exec"), names)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / link).exists(), link
