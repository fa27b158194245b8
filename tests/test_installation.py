"""HIPS's distribution `autograd` beside ours: importing says so, whichever of the two came last or is found first."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path):
    """A folder like site-packages with our packages in it."""
    for package in ("autograd", "nn", "optim"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


# The project may be installed in the way of development, which has a finder or a path of its own.
FOLDERS_ONLY = f"""
import sys
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in finder.__module__]
sys.path = [folder for folder in sys.path if folder != {str(ROOT)!r}]
"""


def importing(module, folder, *path):
    command = [sys.executable, "-c", f"{FOLDERS_ONLY}\nimport {module}"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_alone_all_packages_import(folder):
    for module in ("autograd", "nn", "optim"):
        assert importing(module, folder).returncode == 0


def test_ours_installed_over_theirs(folder):
    (folder / "autograd" / "tracer.py").write_text("class Box: ...\n")
    for module in ("autograd", "nn", "optim"):
        done = importing(module, folder)
        assert done.returncode == 1
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith("ImportError: Two distributions")
        assert "pip uninstall autograd ndgrad" in last


@pytest.mark.parametrize("module", ["nn", "optim"])
def test_theirs_installed_over_ours(folder, module):
    (folder / "autograd" / "__init__.py").write_text("def grad(function): return function\n")
    (folder / "autograd" / "tracer.py").write_text("class Box: ...\n")
    done = importing(module, folder)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("ImportError: Two distributions")


@pytest.fixture
def theirs(tmp_path_factory):
    """Another folder, with their package."""
    folder = tmp_path_factory.mktemp("theirs")
    (folder / "autograd").mkdir()
    (folder / "autograd" / "__init__.py").write_text("def grad(function): return function\n")
    return folder


@pytest.mark.parametrize("module", ["nn", "optim"])
def test_theirs_in_a_folder_that_python_searches_first(folder, theirs, module):
    done = importing(module, theirs, theirs, folder)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: Two distributions")
    assert str(theirs) in last
    assert str(folder) in last
    assert "pip uninstall autograd" in last
    assert "During handling" not in done.stderr


def test_theirs_in_a_folder_that_python_searches_later(folder, theirs):
    for module in ("autograd", "nn", "optim"):
        assert importing(module, folder, folder, theirs).returncode == 0


@pytest.mark.parametrize("module", ["nn", "optim"])
def test_what_else_may_fail_is_told_as_it_is(folder, module):
    (folder / "autograd" / "__init__.py").write_text("import not_installed\n")
    assert "No module named 'not_installed'" in importing(module, folder).stderr
    shutil.rmtree(folder / "autograd")
    assert "No module named 'autograd'" in importing(module, folder).stderr
