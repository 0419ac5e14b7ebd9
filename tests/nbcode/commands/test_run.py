"""`nbcode run` and `nbcode logs`: a clean run that registers nothing, and its record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.runners import FakeRunner
from nbcode.commands.build import build
from nbcode.commands.logs import follow, logs
from nbcode.commands.planning import plan_of
from nbcode.commands.run import RunPorts, RunResult, run
from nbcode.configuration import open_workspace
from nbcode.primitives import Diagnostic, Exit, NbcodeError, Place
from nbcode.promotion import RunBegun, counted
from nbcode.run import RunEvent, RunStatus
from nbcode.trials import TrialLedger

NOTEBOOK = """\
# %% [meta]
# id: xsmom_v3
# kind: model
# horizon: 10d
# owner: team
# %% [features]
ret_20 = features.ret(window=20)
# %% [model]
m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, folds=12, embargo="5d")
"""
REPORT = json.dumps({"figures": {"ic_mean": 0.02}, "folds": [{"train_sessions": 92}]}).encode()
FILES = {"report.json": REPORT, "report.html": b"<html>"}
FAILED = Diagnostic(code="NBC-E11", message="read x", place=Place(cell=3, tag="model", line=2))


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "notebook.py"
    path.write_text(NOTEBOOK)
    (tmp_path / "nbcode.toml").write_text('[data.p]\nprices = "prices.csv"\n[defaults]\ndata = "p"\n')
    (tmp_path / "prices.csv").write_text("date,symbol,close\n2020-01-01,A,1.0\n2020-01-02,A,1.1\n")
    return path


@pytest.fixture
def clean_run(notebook: Path) -> Callable[[FakeRunner], RunResult]:
    workspace = open_workspace(notebook)
    instants = (f"2026-11-0{day}T09:00:00.000Z" for day in range(1, 9))

    def made(runner: FakeRunner) -> RunResult:
        ports = RunPorts(
            build=lambda path: build(path, workspace=workspace),
            plan=lambda built, run_id: plan_of(
                built, workspace, run_id=run_id, isolation="process", environment={}
            ),
            runner=runner,
            runs=workspace.store / "runs",
            new_id=lambda: "run-1",
            on_event=lambda _event: None,
            count=lambda built, out: counted(
                RunBegun(notebook="notebook.py", begun_at=next(instants)),
                built.spec,
                out,
                TrialLedger(workspace.store),
            ),
        )
        return run(notebook, ports)

    return made


def test_a_run_that_finished_tells_its_figures_and_registers_nothing(
    clean_run: Callable[[FakeRunner], RunResult], tmp_path: Path
) -> None:
    result = clean_run(FakeRunner(tmp_path / ".runner", FILES))
    assert result.status is RunStatus.FINISHED
    assert result.exit_code is Exit.DONE
    told = result.to_json()
    assert told["metrics"] == {"ic_mean": 0.02}
    assert told["folds"] == [{"train_sessions": 92}]
    assert told["report"] == str(tmp_path / ".nbcode" / "runs" / "run-1" / "out" / "report.html")
    assert not (tmp_path / ".nbcode" / "journal.db").exists()
    assert not (tmp_path / ".nbcode" / "registry").exists()


def test_a_run_that_failed_is_a_result_with_its_diagnostics(
    clean_run: Callable[[FakeRunner], RunResult], tmp_path: Path
) -> None:
    result = clean_run(FakeRunner(tmp_path / ".runner", {}, problem=FAILED))
    assert result.status is RunStatus.FAILED
    assert result.exit_code is Exit.USER
    assert FAILED in result.diagnostics
    assert result.report is None
    assert result.metrics == ()


def test_a_definition_that_is_run_counts_once_and_a_changed_one_again(
    clean_run: Callable[[FakeRunner], RunResult], notebook: Path, tmp_path: Path
) -> None:
    """A run that fails shows no figure, and is no look."""
    ledger = TrialLedger(tmp_path / ".nbcode")
    clean_run(FakeRunner(tmp_path / ".failing", {}, problem=FAILED))
    assert ledger.read() == ()
    told = [clean_run(FakeRunner(tmp_path / f".runner{number}", FILES)).diagnostics for number in range(2)]
    (first,) = ledger.read()
    assert (first.panel, first.notebook) == ("data p", "notebook.py")
    assert first.first_at == "2026-11-01T09:00:00.000Z"
    assert "NBC-I33" not in {one.code for found in told for one in found}
    notebook.write_text(NOTEBOOK.replace("folds=12", "folds=11"))
    again = clean_run(FakeRunner(tmp_path / ".runner3", FILES))
    assert len(ledger.read()) == 2
    (warned,) = [one for one in again.diagnostics if one.code == "NBC-I33"]
    assert warned.fix_titles == ("declare them: walk_forward(m, trials=2)",)
    assert again.exit_code is Exit.DONE


def test_a_ledger_that_cannot_be_written_hinders_no_run(
    clean_run: Callable[[FakeRunner], RunResult], tmp_path: Path
) -> None:
    (tmp_path / ".nbcode" / "trials.jsonl").mkdir(parents=True)
    result = clean_run(FakeRunner(tmp_path / ".runner", FILES))
    assert result.exit_code is Exit.DONE
    assert [one.code for one in result.diagnostics if "not counted" in one.message] == ["NBC-A35"]


PLAIN = """\
# %% [meta]
# id: plain
# kind: model
# horizon: 10d
# owner: team
# inputs:
#   prices: prices.csv
# model: model
# report:
#   r2: r2
# %% [model]
import pandas as pd
from sklearn.linear_model import LinearRegression
FIRST
frame = pd.read_csv("prices.csv")
model = LinearRegression().fit(frame[["close"]], frame["close"])
r2 = model.score(frame[["close"]], frame["close"])
"""


@pytest.mark.parametrize(
    ("text", "module", "compiled"),
    [
        (NOTEBOOK, "", True),
        (PLAIN.replace("FIRST", "import sys"), "", False),
        (PLAIN.replace("FIRST", "import helpers"), "import numpy as np\n", False),
        (PLAIN.replace("FIRST", "import helpers"), "import alpha_bench as ab\n", True),
    ],
    ids=["features", "plain", "module", "module that computes features"],
)
def test_kernels_are_compiled_for_a_run_that_computes_features(
    notebook: Path, text: str, module: str, compiled: bool
) -> None:
    (notebook.parent / "helpers.py").write_text(module)
    notebook.write_text(text)
    workspace = open_workspace(notebook)
    plan = plan_of(
        build(notebook, workspace=workspace), workspace, run_id="run-1", isolation="process", environment={}
    )
    assert plan.placement.numba_cache == (workspace.cache / "numba" if compiled else None)


def record(runs: Path, run_id: str, *, over: bool = True) -> Path:
    place = runs / run_id
    place.mkdir(parents=True)
    events = [
        RunEvent(kind="step", name="start", elapsed_s=0.1),
        RunEvent(kind="cell", name="start", cell=3, elapsed_s=0.5),
    ]
    (place / "events.jsonl").write_text("".join(json.dumps(e.to_json()) + "\n" for e in events))
    if over:
        (place / "log.txt").write_text("a word")
        (place / "run.json").write_text(
            json.dumps({"status": "FAILED", "isolation": "process", "diagnostics": [FAILED.to_json()]})
        )
        stream = {"output_type": "stream", "name": "stdout", "text": "hello\n"}
        error = {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["\x1b[31mboom\x1b[0m"]}
        shown = {"output_type": "execute_result", "data": {"text/plain": "42"}}
        cells = [{"outputs": []}, {"outputs": [stream, shown]}, {"outputs": [error]}]
        (place / "executed.ipynb").write_text(json.dumps({"cells": cells}))
    return place


def test_logs_tell_what_each_cell_printed_and_how_it_ended(tmp_path: Path) -> None:
    record(tmp_path, "run-1")
    found = logs(tmp_path)
    assert (found.status, found.isolation, found.log) == ("FAILED", "process", "a word")
    assert found.printed == ((1, "hello\n42\n"), (2, "boom\n"))
    assert [e.name for e in found.events] == ["start", "start"]
    assert json.loads(json.dumps(found.to_json()))["diagnostics"][0]["code"] == "NBC-E11"


def test_logs_find_a_run_by_the_start_of_its_id_and_the_latest_without_one(tmp_path: Path) -> None:
    import os

    for number, name in enumerate(["aa-1", "aa-2", "b"]):
        os.utime(record(tmp_path, name) / "events.jsonl", (number, number))
    assert logs(tmp_path).run_id == "b"
    assert logs(tmp_path, "aa-1").run_id == "aa-1"
    with pytest.raises(NbcodeError, match="more than one run begins with `aa`"):
        logs(tmp_path, "aa")
    with pytest.raises(NbcodeError, match=r"no run `aa-3` is recorded here.*did you mean aa-2"):
        logs(tmp_path, "aa-3")


def test_the_logs_of_a_model_are_those_of_its_latest_run(tmp_path: Path) -> None:
    import os

    names = ["m-0123456789ab-1", "m-20261124T001932-7593c4", "other-0123456789ab-1"]
    for number, name in enumerate(names):
        os.utime(record(tmp_path, name) / "events.jsonl", (number, number))
    assert logs(tmp_path, "m").run_id == names[1]
    os.utime(record(tmp_path, "m-0123456789ab-1-r2") / "events.jsonl", (9, 9))
    assert logs(tmp_path, "m").run_id == "m-0123456789ab-1-r2"


def test_logs_of_a_place_without_runs_say_so(tmp_path: Path) -> None:
    with pytest.raises(NbcodeError, match="no run is recorded here"):
        logs(tmp_path / "runs")


def test_following_tells_each_event_once_and_ends_with_the_run(tmp_path: Path) -> None:
    place = record(tmp_path, "run-1", over=False)
    turns = iter(range(10))

    def wait() -> bool:
        if next(turns) == 1:
            with (place / "events.jsonl").open("a") as stream:
                stream.write(json.dumps(RunEvent(kind="step", name="end", elapsed_s=2.0).to_json()) + "\n{")
            (place / "run.json").write_text("{}")
        return True

    assert [e.name for e in follow(tmp_path, None, wait=wait)] == ["start", "start", "end"]


def test_following_stops_when_the_reader_does(tmp_path: Path) -> None:
    record(tmp_path, "run-1", over=False)
    assert len(list(follow(tmp_path, "run-1", wait=lambda: False))) == 2
