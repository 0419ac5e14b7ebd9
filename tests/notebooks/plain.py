"""``python plain.py NOTEBOOK OUT``: run a percent notebook in a plain ipykernel, in its folder, every cell; the last one pickles to OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import jupytext
import nbclient
import nbformat

if __name__ == "__main__":
    path, after = Path(sys.argv[1]), sys.argv[2]
    notebook = jupytext.read(path, fmt="py:percent")
    notebook.cells.append(nbformat.v4.new_code_cell(after))
    where = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(notebook, timeout=None, kernel_name="python3", resources=where).execute()
