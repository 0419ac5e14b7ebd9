"""A notebook of this folder three times: in a plain kernel as its author left it, promoted with tags and `[meta]`, and loaded elsewhere."""

from __future__ import annotations

import difflib
import json
import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import numpy as np

from acceptance.project import nbcode
from fakes.patience import ENOUGH_S
from notebooks.market import write_market
from notebooks.table import HERE, Notebook

AFTER = """
import pickle as _pickle
import numpy as _np
_rows = {rows}
def _predictions(model):
    if isinstance(model, list):
        return _np.mean([_predictions(one) for one in model], axis=0)
    if isinstance(model, dict):
        return _np.column_stack([_predictions(one) for one in model.values()])
    if hasattr(model, "loc"):
        return _np.array([model.loc[row.date, row.symbol] for row in _rows.itertuples()])
    return _np.asarray(model.predict(_rows))
with open({out!r}, "wb") as _file:
    _pickle.dump({{"figure": float({expression}), "rows": _rows, "predicted": _predictions({result})}}, _file)
"""
LOAD = """
import pickle, sys, warnings
warnings.simplefilter("ignore")
import mlflow, numpy as np
store, name, given, out = sys.argv[1:]
mlflow.set_tracking_uri(f"sqlite:///{store}/registry/mlflow.db")
with open(given, "rb") as file:
    rows = pickle.load(file)["rows"]
uri = f"models:/{name}@candidate"
try:
    model = mlflow.pyfunc.load_model(uri)
except Exception as error:
    model = mlflow.pyfunc.load_model(uri, model_config={"trust": error.context["digest"]})
with open(out, "wb") as file:
    pickle.dump(np.asarray(model.predict(rows)), file)
"""


@dataclass(frozen=True, kw_only=True)
class Plain:
    """What a notebook gives in a plain kernel: its figure, and what its model predicts of ``rows``."""

    figure: float
    predicted: np.ndarray
    kept: Path


def write_project(root: Path) -> Path:
    """A folder with ``data``, an empty nbcode.toml and ``nb``, where the modules lie that the notebooks import; return it."""
    write_market(root / "data")
    (root / "nbcode.toml").write_text("")
    shutil.copytree(
        HERE / "own" / "research", root / "nb" / "research", ignore=shutil.ignore_patterns("__*__")
    )
    shutil.copy(HERE / "own" / "research" / "__init__.py", root / "nb" / "research")
    shutil.copy(HERE / "shared" / "utils.py", root / "nb")
    return root


def run_plain(root: Path, notebook: Notebook, source: str | None = None) -> Plain:
    """Run the notebook in a plain ipykernel, untouched (or ``source`` in its place), in the folder ``nb`` of ``root``."""
    path, kept = root / "nb" / f"{notebook.name}.py", root / f"{notebook.name}.pickle"
    path.write_text(notebook.source.read_text() if source is None else source)
    after = AFTER.format(
        rows=notebook.rows, out=str(kept), expression=notebook.expression, result=notebook.result
    )
    _run([sys.executable, str(HERE / "plain.py"), str(path), after], root)
    path.unlink()
    with kept.open("rb") as file:
        told = pickle.load(file)
    return Plain(figure=told["figure"], predicted=np.asarray(told["predicted"]), kept=kept)


def write_tagged(root: Path, notebook: Notebook) -> Path:
    """Write the notebook with a `[meta]` cell and its tags, in its form, and return the path from ``root``."""
    path = root / "nb" / f"{notebook.name}.{notebook.form}"
    text = notebook.source.read_text()
    if notebook.form == "py":
        path.write_text(f"# %% [meta]\n{notebook.meta}{text}")
    else:
        document = jupytext.reads(text, fmt="py:percent")
        for cell in document.cells:
            if title := cell.metadata.pop("title", None):
                cell.metadata["tags"] = [title.strip("[]")]
        meta = nbformat.v4.new_code_cell(notebook.meta.rstrip("\n"), metadata={"tags": ["meta"]})
        document.cells.insert(0, meta)
        nbformat.write(document, path)
    return path.relative_to(root)


def lines_changed(original: Path, promoted: Path) -> int:
    """Lines of code that were added, taken away or changed, the `[meta]` cell aside."""
    before, after = (
        [line for cell in jupytext.read(path).cells for line in cell.source.splitlines()]
        for path in (original, promoted)
    )
    meta = len(jupytext.read(promoted).cells[0].source.splitlines())
    return sum(line[0] in "+-" for line in difflib.ndiff(before, after[meta:]))


def promote(root: Path, notebook: Notebook, verb: str = "promote") -> dict[str, Any]:
    """Promote (or ``verb``) the tagged notebook and give what the command tells."""
    ended = nbcode(root, verb, str(write_tagged(root, notebook)), "--json")
    assert ended.code == 0, f"{notebook.name}: {ended.err}\n{ended.out}"
    return ended.json


def predicted_elsewhere(root: Path, notebook: Notebook, plain: Plain) -> np.ndarray:
    """What the candidate predicts of the plain kernel's rows, loaded by MLflow in a process that never saw the notebook."""
    out = root / f"{notebook.name}.predicted"
    elsewhere = root / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    store = str(root / ".nbcode")
    _run([sys.executable, "-c", LOAD, store, notebook.name, str(plain.kept), str(out)], elsewhere)
    with out.open("rb") as file:
        return np.asarray(pickle.load(file))


def _run(command: list[str], directory: Path) -> None:
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, "MLFLOW_ENABLE_TELEMETRY": "false", "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
        timeout=ENOUGH_S,
    )
    assert done.returncode == 0, json.dumps(command[-1]) + done.stderr
