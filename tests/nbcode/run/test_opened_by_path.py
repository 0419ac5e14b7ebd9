"""A declared input is opened by its own path, by whatever opens it, on every isolation level; nothing else is there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

from fakes.plans import pinned
from nbcode.configuration import Isolation
from nbcode.inputs import PinnedInput
from nbcode.primitives import digest_path, errors_of
from nbcode.run import RunOutcome, RunStatus
from nbcode.sandbox import IsolationLevel, probe

RunCells = Callable[..., RunOutcome]
LEVELS = [Isolation.PROCESS, Isolation.LANDLOCK, Isolation.NAMESPACES]
SETUP = """import glob, io, os, pathlib, sqlite3
import joblib, numpy as np, pandas as pd, polars as pl, pyarrow.parquet as pq
from pathlib import Path
from sklearn.linear_model import LinearRegression
DATA = Path("..") / "data"
m = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])"""
READERS = {
    "pandas": 'pd.read_csv("../data/prices.csv").close.sum()',
    "with arguments": 'pd.read_csv(DATA / "prices.csv", usecols=["close"], dtype="float32").close.sum()',
    "polars": 'pl.read_csv("../data/prices.csv")["close"].sum()',
    "polars, lazy": 'pl.scan_csv("../data/prices.csv").select("close").collect().to_series().sum()',
    "polars, lazy parquet": 'pl.scan_parquet("../data/p.parquet").select("close").collect().to_series().sum()',
    "a pattern": 'pl.scan_parquet("../data/p*.parquet").select("close").collect().to_series().sum()',
    "pyarrow": 'sum(pq.read_table("../data/p.parquet")["close"].to_pylist())',
    "pandas parquet": 'pd.read_parquet("../data/p.parquet").close.sum()',
    "open": 'sum(float(line.split(",")[0]) for line in list(open("../data/prices.csv"))[1:])',
    "pathlib": 'pd.read_csv(io.StringIO((DATA / "prices.csv").read_text())).close.sum()',
    "os.path.join": 'pd.read_csv(os.path.join("..", "data", "prices.csv")).close.sum()',
    "os.walk": 'sum(pd.read_csv(os.path.join(d, f)).close.sum() for d, _, fs in os.walk("../data") for f in fs if f == "prices.csv")',
    "glob": 'sum(pd.read_csv(p).close.sum() for p in glob.glob("../data/pr*.csv"))',
    "resolved": 'pd.read_csv((DATA / "prices.csv").resolve()).close.sum()',
    "absolute": 'pd.read_csv("@/data/prices.csv").close.sum()',
    "numpy": 'np.load("../data/a.npy").sum()',
    "numpy, mapped": 'np.load("../data/a.npy", mmap_mode="r").sum()',
    "npz": 'np.load("../data/a.npz")["close"].sum()',
    "joblib": 'joblib.load("../data/a.joblib")["close"].sum()',
    "sqlite": 'pd.read_sql("select sum(close) s from t", sqlite3.connect("../data/a.db")).s[0]',
    "folder": 'sum(pd.read_csv(p).close.sum() for p in sorted(Path("../data/by_name").glob("*.csv")))',
    "inputs.path": 'pd.read_csv(inputs.path("prices")).close.sum()',
}
WRONG = {
    "a sibling": 'pd.read_csv("../data/secret.csv").close.sum()',
    "a sibling by open": 'sum(1 for _ in open("../data/secret.csv"))',
    "a sibling of the real file": 'pd.read_csv((DATA / "prices.csv").resolve().parent / "secret.csv").close.sum()',
    "absolute": 'pd.read_csv("@/data/secret.csv").close.sum()',
    "a sibling by polars": 'pl.read_csv("../data/secret.csv")["close"].sum()',
    "the notebook": 'len(open("@/nb/notebook.py").read())',
    "writing": 'open("../data/prices.csv", "a").write("x")',
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "nb").mkdir(parents=True)
    (root / "nb" / "notebook.py").write_text("# secret")
    data = root / "data"
    (data / "by_name").mkdir(parents=True)
    frame = pd.DataFrame({"close": [1.0, 2.0, 3.0]})
    frame.to_csv(data / "prices.csv", index=False)
    frame.to_csv(data / "secret.csv", index=False)
    frame.to_parquet(data / "p.parquet")
    np.save(data / "a.npy", frame.close)
    np.savez(data / "a.npz", close=frame.close)
    joblib.dump(frame, data / "a.joblib")
    with sqlite3.connect(data / "a.db") as database:
        frame.to_sql("t", database)
    for name, rows in (("x", slice(0, 1)), ("y", slice(1, 3))):
        frame[rows].to_csv(data / "by_name" / f"{name}.csv", index=False)
    return root


def declared(root: Path) -> Iterator[PinnedInput]:
    for name in ("prices.csv", "p.parquet", "a.npy", "a.npz", "a.joblib", "a.db"):
        path = root / "data" / name
        called = "prices" if name == "prices.csv" else name.replace(".", "_")
        yield replace(pinned(path, called), place=f"data/{name}")
    folder = root / "data" / "by_name"
    prices = replace(pinned(root / "data" / "prices.csv", "by_name"), path=folder, place="data/by_name")
    yield replace(prices, digest=digest_path(folder))


def run_at(run_cells: RunCells, root: Path, level: Isolation, cells: str) -> RunOutcome:
    return run_cells(
        ("setup", SETUP),
        ("eval", cells.replace("@", str(root))),
        inputs=tuple(declared(root)),
        isolation=level,
        folder="nb",
        project=root,
        definition_kind="python",
    )


def holds(level: Isolation) -> None:
    if not probe(IsolationLevel(level)).available:
        pytest.skip(f"{level} does not hold here")


@pytest.mark.parametrize("level", LEVELS)
def test_every_reader_finds_the_pinned_file_at_its_own_path(
    project: Path, run_cells: RunCells, level: Isolation
) -> None:
    holds(level)
    lines = "\n".join(f"report[{name!r}] = float({text})" for name, text in READERS.items())
    outcome = run_at(run_cells, project, level, f"report = {{}}\n{lines}")
    assert errors_of(outcome.diagnostics) == ()
    figures = json.loads((outcome.out / "report.json").read_bytes())["figures"]
    assert figures == dict.fromkeys(READERS, 6.0)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", WRONG)
def test_nothing_else_of_the_project_is_there(
    project: Path, run_cells: RunCells, level: Isolation, name: str
) -> None:
    holds(level)
    if level is Isolation.PROCESS and name == "a sibling by polars":
        pytest.skip("a library in C, on the level without a wall: docs/adr/0036 says so")
    before = (project / "data" / "prices.csv").read_bytes()
    outcome = run_at(run_cells, project, level, f"report = {{'x': float({WRONG[name]})}}")
    assert outcome.status is RunStatus.FAILED
    assert [d.code for d in errors_of(outcome.diagnostics)] in (["NBC-E11"], ["NBC-H01"])
    assert (project / "data" / "prices.csv").read_bytes() == before


@pytest.mark.parametrize("level", LEVELS)
def test_an_input_that_changes_during_the_run_fails_it(
    project: Path, run_cells: RunCells, level: Isolation
) -> None:
    """A folder too: the control of what is compared at the end."""
    holds(level)

    def change(event: object) -> None:
        if getattr(event, "kind", "") == "cell":
            (project / "data" / "by_name" / "z.csv").write_text("close\n1\n")

    outcome = run_cells(
        ("setup", SETUP),
        ("eval", "report = {'x': 1.0}"),
        inputs=tuple(declared(project)),
        on_event=change,
        isolation=level,
        folder="nb",
    )
    assert [d.code for d in errors_of(outcome.diagnostics)] == ["NBC-E12"]
