"""A process that stays, such as a server: it promotes in several threads at once, one of them is cancelled, and nothing is left."""

from __future__ import annotations

import gc
import importlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nbcode import wiring
from nbcode.commands.promote import PromoteResult, Status
from nbcode.primitives import Cancellation, CancelledError, this_process
from nbcode.run import RunEvent

NOTEBOOK = """\
# %% [meta]
# id: {name}
# kind: model
# horizon: 1d
# owner: ann
# inputs:
#   d: d.csv
# %% [features]
{before}f = inputs["d"][["x"]]
# %% [model]
from sklearn.linear_model import LinearRegression
m = LinearRegression().fit(f, inputs["d"]["y"])
# %% [eval]
report = {{"n": float(len(f))}}
"""
NAMES = ("one", "two", "three")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "nbcode.toml").write_text("")
    (tmp_path / "d.csv").write_text("date,x,y\n2020-01-01,1,2\n2020-01-02,2,4\n2020-01-03,3,7\n")
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(NOTEBOOK.format(name=name, before=""))
    (tmp_path / "endless.py").write_text(
        NOTEBOOK.format(name="endless", before="import time\nwhile True: time.sleep(1)\n")
    )
    return tmp_path


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this process makes temporary files: short, since a socket's path is."""
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as short:
        monkeypatch.setattr(tempfile, "tempdir", short)
        yield Path(short)


def what_a_command_may_not_change() -> dict[str, object]:
    return {
        "environment": dict(os.environ),
        "folder": Path.cwd(),
        "arguments": list(sys.argv),
        "handlers": [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)],
        "loggers": {
            name: (found.level, found.handlers, found.propagate, found.disabled)
            for name in ("", "mlflow", "alembic", "sqlalchemy", "nbcode")
            for found in [logging.getLogger(name)]
        },
        "warnings": list(warnings.filters),
        "finders": list(sys.meta_path),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "not to be found": {name for name, module in sys.modules.items() if module is None},
        "unraisable": sys.unraisablehook,
    }


def children() -> set[str]:
    """Everything that descends from this process."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    mine, found = {str(os.getpid())}, set[str]()
    while True:
        new = {row[0] for row in rows if row[1] in mine and row[2:] and not row[2].startswith("ps ")} - found
        if not new:
            return {row[2] for row in rows if row[0] in found and "<defunct>" not in row[2]}
        found |= new
        mine |= new


def test_four_promotes_at_once_one_cancelled_and_nothing_of_the_process_is_changed(
    project: Path, scratch: Path
) -> None:
    for library in (
        "pyarrow",
        "sqlalchemy",
    ):  # what a library does when it is first imported is not a command's
        importlib.import_module(library)
    commands, cancellation = wiring.commands(this_process()), Cancellation()
    before, processes = what_a_command_may_not_change(), children()
    in_its_cell = threading.Event()

    def promote(name: str) -> PromoteResult:
        return commands.promote(project / f"{name}.py", on_event=lambda _: None)

    def seen(event: RunEvent) -> None:
        if event.kind == "cell":
            in_its_cell.set()

    def promote_the_endless() -> PromoteResult:
        return commands.promote(project / "endless.py", on_event=seen, cancellation=cancellation)

    with ThreadPoolExecutor(4) as pool:
        endless = pool.submit(promote_the_endless)
        others = {name: pool.submit(promote, name) for name in NAMES}
        assert in_its_cell.wait(600)
        cancellation.request()
        with pytest.raises(CancelledError, match="as was asked for"):
            endless.result()
        results = {name: future.result() for name, future in others.items()}

    assert {name: (r.status, r.version, r.alias) for name, r in results.items()} == dict.fromkeys(
        NAMES, (Status.DONE, 1, "candidate")
    )
    # Of the cancelled one the journal knows how far it came; nobody holds it, and `resume` would go on.
    status = wiring.commands(this_process()).status(project).to_json()
    states = {row["model"]: (row["state"], row["interrupted"]) for row in status["promotions"]}  # type: ignore[union-attr,index,call-overload]
    assert states["endless"] == ("submitted", True)
    assert {states[name][0] for name in NAMES} == {"done"}
    del endless, others, results
    gc.collect()
    assert children() == processes
    assert [path for path in scratch.rglob("*") if path.name != f"nbcode-{os.getuid()}"] == []
    assert what_a_command_may_not_change() == before


def test_a_promote_that_was_cancelled_before_it_began_has_begun_nothing(project: Path) -> None:
    cancellation = Cancellation()
    cancellation.request()
    with pytest.raises(CancelledError, match="as was asked for"):
        wiring.commands(this_process()).promote(
            project / "one.py", on_event=lambda _: None, cancellation=cancellation
        )
    assert wiring.commands(this_process()).status(project).promotions == ()
