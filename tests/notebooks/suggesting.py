"""``make suggested``: what `nbcode suggest --run` makes of notebooks without tags, and the table of it in docs/how-to/suggest.md.

Each was run in a plain ipykernel before, so that its outputs hold its figures. Nothing is added by hand.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient

from acceptance.project import nbcode
from fakes.patience import ENOUGH_S
from notebooks.promoting import write_project
from notebooks.table import HERE, OWN, SHARED

ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "how-to" / "suggest.md"
BEGIN, END = "<!-- kept cells: make suggested -->\n", "<!-- end of kept cells -->"
HEAD = "| notebook | kept | cells | model | figure | stored | clean |\n|---|---|---|---|---|---|---|\n"
TUTORIAL = ROOT / "examples" / "tutorial" / "idea_to_verdict.ipynb"
SP500 = ("sp500_daily_2013_2018.parquet", "sp500_reference_2018_02_08.csv")
DATA = ROOT.parent / "shared" / "data"
RESEARCH = tuple(sorted(path.stem for path in (HERE / "research").glob("*.ipynb")))
NOT_SEEN = ("class_pipeline",)
"""Its model is fitted, and its data are read, in a module beside it: suggest looks at cells."""
MARKET = tuple(one.name for one in (*SHARED, *OWN) if one.name not in NOT_SEEN)


@dataclass(frozen=True, kw_only=True)
class Untagged:
    """An untagged notebook with its outputs, in a project."""

    name: str
    path: Path
    is_seeded: bool = True


def write_research(root: Path) -> Path:
    """The project of the notebooks that are stored with their outputs; their folder."""
    shutil.copytree(HERE / "data", root / "data")
    shutil.copytree(HERE / "research", root / "research")
    (root / "nbcode.toml").touch()
    return root / "research"


def of_the_market(root: Path, name: str) -> Untagged:
    """A percent notebook of this folder as an .ipynb without tags, run, in the project ``root`` (see :func:`write_project`)."""
    known = next(one for one in (*SHARED, *OWN) if one.name == name)
    document = jupytext.reads(known.source.read_text(), fmt="py:percent")
    for cell in document.cells:
        cell.metadata.clear()
    return Untagged(name=name, path=_run(document, root / "nb" / f"{name}.ipynb"), is_seeded=known.seeded)


def of_the_tutorial(root: Path) -> Untagged:
    """The tutorial, whose data lie beside its checkout, in a project that holds both."""
    path = root / "nbcode" / TUTORIAL.relative_to(ROOT)
    path.parent.mkdir(parents=True)
    (root / "shared" / "data").mkdir(parents=True)
    for name in SP500:
        shutil.copy(DATA / name, root / "shared" / "data")
    (root / "nbcode.toml").touch()
    return Untagged(name="idea_to_verdict", path=_run(nbformat.read(TUTORIAL, as_version=4), path))


def _run(document: Any, path: Path) -> Path:
    client = NotebookClient(
        document,
        timeout=int(ENOUGH_S),
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute(env={name: value for name, value in os.environ.items() if name != "ALPHA_BENCH_DATA"})
    nbformat.write(document, path)
    return path


def suggested(path: Path, *options: str) -> dict[str, Any]:
    """What `nbcode suggest` tells of a notebook."""
    ended = nbcode(path.parent, "suggest", path.name, "--isolation", "process", "--json", *options)
    assert ended.code in {0, 2}, f"{path.name}: {ended.err}\n{ended.out}"
    told: dict[str, Any] = ended.json
    return told


def kept_cells(told: dict[str, Any]) -> str:
    """The columns of the table that are known without a run."""
    tags = [f"{cell['cell']} {cell['tag']}" for cell in told["cells"] if cell["tag"]]
    result = told["model"] or f"{told['signal']} (signal)"
    return f"{len(tags)} of {len(told['cells'])} | {', '.join(tags)} | `{result}` | `{told['figures'][0]['expression']}`"


def row(notebook: Untagged) -> str:
    """The table's line, by a clean run."""
    told = suggested(notebook.path, "--run")
    assert told["compared"], f"{notebook.name}: {told['diagnostics']}"
    compared = told["compared"][0]
    assert compared["same"] or not notebook.is_seeded, compared
    clean = f"{compared['clean']:.10g}" + ("" if notebook.is_seeded else ", a draw without a seed")
    return f"| {notebook.name} | {kept_cells(told)} | {compared['stored']} | {clean} |\n"


def _rows(folder: Path) -> Iterator[str]:
    market = write_project(folder / "market")
    for name in MARKET:
        yield row(of_the_market(market, name))
    research = write_research(folder / "research")
    for name in RESEARCH:
        yield row(Untagged(name=name, path=research / f"{name}.ipynb"))
    yield row(of_the_tutorial(folder / "tutorial"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        table = HEAD + "".join(_rows(Path(place)))
    text = PAGE.read_text("utf-8")
    PAGE.write_text(
        re.sub(
            re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: BEGIN + table + END, text, flags=re.DOTALL
        ),
        "utf-8",
    )
