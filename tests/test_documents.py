"""The documents: their examples run, and their links lead somewhere."""

from __future__ import annotations

import importlib
import re
import types
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


# ---- what the names of the packages say of themselves

WITH_EXAMPLES = """
nn nn.functional nn.init nn.modules.module nn.utils nn.utils.parametrizations nn.utils.parametrize nn.utils.rnn
nn.utils.stateless optim optim.lr_scheduler optim.swa_utils
"""
WITH_DOCSTRINGS = "autograd autograd.amp autograd.func autograd.utils.data"
OTHER_NAME = re.compile(r"(?:The deprecated name of|In-place version of) `(\w+)(?:\(\))?`")


def public(package):
    """The functions and classes that a package offers, by name."""
    module = importlib.import_module(package)
    names = getattr(module, "__all__", None) or [name for name in dir(module) if not name.startswith("_")]
    if package == "nn.modules.module":  # a file, whose other names are in `nn`
        names = [name for name in names if name.startswith("register_module_")]
    found = {name: getattr(module, name) for name in names}
    return {n: value for n, value in found.items() if callable(value) and not isinstance(value, types.ModuleType)}


@pytest.mark.parametrize("package", (WITH_EXAMPLES + WITH_DOCSTRINGS).split())
def test_public_names_are_explained(package):
    names = public(package)
    assert names
    assert [name for name, value in names.items() if not (value.__doc__ or "").strip()] == []


@pytest.mark.parametrize("package", WITH_EXAMPLES.split())
def test_public_names_have_an_example(package):
    """Or tell that they are another name, or the in-place form, of one that has."""
    names = public(package)
    shown = {name for name, value in names.items() if ">>>" in value.__doc__}
    other = {name: OTHER_NAME.match(value.__doc__) for name, value in names.items() if name not in shown}
    assert [name for name, match in other.items() if match is None or match[1] not in shown] == []
