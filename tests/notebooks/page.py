"""docs/reference/notebooks.md: what ``make notebooks`` has seen of every notebook of this folder."""

from __future__ import annotations

from collections.abc import Iterable

from notebooks.table import HERE, Notebook

PAGE = HERE.parents[1] / "docs" / "reference" / "notebooks.md"
HEAD = """# Notebooks promoted as they are

Eighteen notebooks in the idioms of public research, none of which knows of nbcode: six in [tests/notebooks/shared](../../tests/notebooks/shared), twelve in [tests/notebooks/own](../../tests/notebooks/own).
Each was run untouched in a plain ipykernel, then promoted with tags and one `[meta]` cell ([how](../how-to/notebook-as-it-is.md)), then loaded by `mlflow.pyfunc.load_model` in a process that never saw it. The data is
a made-up market of 16 names. `make notebooks` makes this table and holds every figure and prediction to the plain kernel's; `make acceptance` does so for some of them. *Changed* counts lines of code that differ,
`[meta]` aside; the figures are as far as 10 decimals go.
A clean run computes on one thread, with the kernels of numpy and OpenBLAS that a plain kernel takes on the same processor; a plain kernel on many threads may differ in the last bits, and where a solver stops at a tolerance in more: compare it
with one that was started with `OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1`.

| notebook | form | changed | figure | plain kernel | clean run | model | idioms |
|---|---|---|---|---|---|---|---|
"""
TAIL = """
`boosted_native` draws without a seed: its plain figure is another one in every kernel, and the clean run's is always the same, because the run seeds what the notebook does not (NBC-D11). Models that hold code of the notebook (own transformers and estimators) say so when they are loaded, and
load for who [trusts that code](../how-to/registry.md).
"""


def row(notebook: Notebook, *, changed: int, plain: float, clean: float) -> str:
    """The table's line of ``notebook``: lines changed, the plain kernel's figure, the clean run's."""
    shown = f"{plain:.10f}" if notebook.seeded else "unseeded"
    return (
        f"| `{notebook.name}` | .{notebook.form} | {changed} | {notebook.figure} | {shown} | {clean:.10f}"
        f" | {notebook.kind} | {notebook.idioms} |\n"
    )


def write_page(rows: Iterable[str]) -> None:
    """Write the page of these lines."""
    PAGE.write_text(HEAD + "".join(rows) + TAIL)
