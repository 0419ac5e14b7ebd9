"""Cells that want other figures than the definition's: what is registered is what the honest notebook gives, or nothing is.

The control of each way does the same in one process without a wall: there the report is another one, or what the cells reached for is
changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import ROOT, nbcode
from fakes.forgeries import FORGERIES, MADE, Forgery
from fakes.patience import ENOUGH_S

pytestmark = pytest.mark.long

Report = dict[str, Any]


def promoted(directory: Path, forgery: Forgery) -> tuple[int, Report | None]:
    (directory / "forged.py").write_text(forgery.notebook())
    ended = nbcode(directory, "promote", "forged.py", "--json")
    reports = [
        json.loads(p.read_bytes()) for p in (directory / ".nbcode" / "artifacts").glob("*/report.json")
    ]
    assert len(reports) <= 1
    return ended.code, reports[0] if reports else None


def printed(directory: Path) -> str:
    """What the cells of the runs printed, whatever stands in their source."""
    notebooks = [json.loads(p.read_bytes()) for p in (directory / ".nbcode" / "runs").rglob("*.ipynb")]
    outputs = [one for notebook in notebooks for cell in notebook["cells"] for one in cell.get("outputs", ())]
    return "".join(text for one in outputs for text in one.get("text", ()))


def in_one_process(
    directory: Path, forgery: Forgery, *, until: Callable[[Report], bool]
) -> tuple[Report, bool]:
    """The report that the forging process leaves, when it is ``until`` or that never comes, and whether what it wants was seen."""
    out = directory / "out"
    out.mkdir()
    (directory / "forged.py").write_text(forgery.notebook(str(out)))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "fakes.one_process",
            "forged.py",
            str(out),
            forgery.seen,
        ],
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests"), "TMPDIR": str(directory)},
        capture_output=True,
        text=True,
        check=True,
        timeout=ENOUGH_S,
    )
    seen = done.stdout.split()[-1] == "True"
    while True:
        try:
            report: Report = json.loads((out / "report.json").read_bytes())
        except ValueError:  # it is being written
            report = {}
        if seen or until(report):
            return report, seen
        time.sleep(0.01)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Forgery], Report]:
    known: dict[Forgery, Report] = {}

    def of(forgery: Forgery) -> Report:
        if forgery.honest not in known:
            folder = tmp_path_factory.mktemp("honest")
            code, report = promoted(folder, forgery.honest)
            assert code == 0
            assert report is not None
            assert MADE not in printed(folder)
            known[forgery.honest] = report
        return known[forgery.honest]

    return of


@pytest.mark.parametrize("way", FORGERIES)
def test_no_forged_figure_is_registered(
    way: str, tmp_path: Path, honest: Callable[[Forgery], Report]
) -> None:
    """The attack itself is made, in the run's kernel: what a static rule or the description refuses, or what fails before it, would not show
    that a run withstands it. The honest notebook prints nothing of the kind."""
    for place in (tmp_path / "once", tmp_path / "again", tmp_path / "more"):
        place.mkdir()
        code, report = promoted(place, FORGERIES[way])
        assert (code == 0) == (report is not None)
        assert report is None or report == honest(FORGERIES[way])
        if MADE in printed(place):  # a child forked behind the interpreter's back may never get to its attack
            return
    pytest.fail("the attack was never made")


@pytest.mark.parametrize("way", FORGERIES)
def test_without_the_judge_the_same_cells_have_their_way(
    way: str, tmp_path: Path, honest: Callable[[Forgery], Report]
) -> None:
    true = honest(FORGERIES[way])["figures"]
    report, seen = in_one_process(
        tmp_path, FORGERIES[way], until=lambda found: bool(found) and found["figures"] != true
    )
    assert seen or report["figures"] != true
