"""``make notebooks``: run every notebook of this folder and write docs/reference/notebooks.md."""

from __future__ import annotations

import tempfile
from pathlib import Path

from notebooks.promoting import lines_changed, promote, run_plain, write_project
from notebooks.table import HERE, OWN, SHARED, Notebook

PAGE = HERE.parents[1] / "docs" / "reference" / "notebooks.md"
HEAD = """# Notebooks promoted as they are

Eighteen notebooks in the idioms of public research, none of which knows of nbcode: six in [tests/notebooks/shared](../../tests/notebooks/shared), twelve in [tests/notebooks/own](../../tests/notebooks/own).
Each was run untouched in a plain ipykernel, then promoted with tags and one `[meta]` cell ([how](../how-to/notebook-as-it-is.md)), then loaded by `mlflow.pyfunc.load_model` in a process that never saw it. The data is
a made-up market of 16 names. `make notebooks` makes this table and holds every figure and prediction to the plain kernel's; `make test` does so for some of them. *Changed* counts lines of code that differ,
`[meta]` aside; the figures are as far as 10 decimals go.

| notebook | form | changed | figure | plain kernel | clean run | model | idioms |
|---|---|---|---|---|---|---|---|
"""
TAIL = """
`boosted_native` draws without a seed: its plain figure is another one in every kernel, and the clean run's is always the same, because the run seeds what the notebook does not (NBC-D11). Models that hold code of the notebook (own transformers and estimators) say so when they are loaded, and
load for who [trusts that code](../how-to/registry.md).
"""


def row(root: Path, notebook: Notebook) -> str:
    """The table's line of ``notebook``, by running it."""
    plain = run_plain(root, notebook)
    clean = promote(root, notebook)["metrics"][notebook.figure]
    changed = lines_changed(notebook.source, root / "nb" / f"{notebook.name}.{notebook.form}")
    shown = f"{plain.figure:.10f}" if notebook.seeded else "unseeded"
    return (
        f"| `{notebook.name}` | .{notebook.form} | {changed} | {notebook.figure} | {shown} | {clean:.10f}"
        f" | {notebook.kind} | {notebook.idioms} |\n"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        root = write_project(Path(place) / "project")
        PAGE.write_text(HEAD + "".join(row(root, notebook) for notebook in SHARED + OWN) + TAIL)
