"""Run notebooks from top to bottom and write down what they give, without traces of the machine they ran on.

python notebooks/refresh.py                                        # all of them
python notebooks/refresh.py notebooks/02_train_digits.ipynb
"""

import os
import sys
from pathlib import Path

import nbclient
import nbformat

FOLDER = Path(__file__).resolve().parent
SECONDS = 300  # for one cell, on a slow machine


def execute(notebook, folder=FOLDER):
    """Runs all cells in a fresh kernel of this Python, started in `folder`. The first cell that fails raises."""
    places = [str(FOLDER.parent), os.environ.get("PYTHONPATH", "")]
    client = nbclient.NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))})


def clean(notebook):
    """Takes out what a run leaves behind beside its outputs: versions, editors' settings."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {}
        for output in cell.get("outputs", []):
            if "metadata" in output:
                output.metadata = {}


def refresh(path):
    notebook = nbformat.read(path, as_version=4)
    execute(notebook)
    clean(notebook)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:] or sorted(FOLDER.glob("*.ipynb"))):
        print(path)
        refresh(path)
