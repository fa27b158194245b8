"""HIPS's distribution `autograd` in the same folder: importing says so, whichever of the two came last."""

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


def importing(module, folder):
    command = [sys.executable, "-c", f"import {module}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


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
