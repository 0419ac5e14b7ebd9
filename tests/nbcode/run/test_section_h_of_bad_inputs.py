"""How a run on this machine may end badly, as one table: each is told by its code and by what its user needs to know."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest

from fakes.patience import ENOUGH_S
from nbcode.configuration import Isolation
from nbcode.run import Limits, RunOutcome, RunStatus

from .conftest import RunCells

pytestmark = pytest.mark.long
LIMITS = Limits(time_s=ENOUGH_S, memory_bytes=1 << 30, output_bytes=4 << 20, output_files=50)
MODEL = "from sklearn.linear_model import Ridge\nm = Ridge().fit([[1.0], [2.0]], [1.0, 2.0])"


@dataclass(frozen=True, kw_only=True)
class Bad:
    """``model`` and ``report`` are the cells; ``said`` is found in message, cause or fixes."""

    code: str
    said: str
    model: str = MODEL
    report: str = "report = {'ic': 0.01}"
    limits: Limits = LIMITS
    isolation: Isolation = Isolation.AUTO
    outputs: tuple[tuple[str, str], ...] = ()


TABLE = {
    "113 ends with 0 and no result": Bad(
        code="NBC-D06", said="Leaving is not finishing", model="import os\ngetattr(os, '_ex' + 'it')(0)"
    ),
    "113 an exception": Bad(code="NBC-H01", said="ZeroDivisionError", model="1 / 0"),
    "114 memory": Bad(code="NBC-H02", said="1024 MiB", model="held = []\nwhile True: held.append(bytearray(64 << 20))"),
    "114 time": Bad(
        code="NBC-H03",
        said=r"its time of 20 s",
        model="import time\ntime.sleep(600)",
        limits=replace(LIMITS, time_s=20.0),
    ),
    "114 processor time": Bad(
        code="NBC-H04", said=r"processor time of 10 s", model="while True: pass", limits=replace(LIMITS, cpu_s=10.0)
    ),
    "114 disk": Bad(code="NBC-H05", said="4 MiB", model="open('large', 'wb').write(bytes(8 << 20))"),
    "114 disk, in many files": Bad(
        code="NBC-H05", said="disk of 16 MiB at once", isolation=Isolation.PROCESS,
        model="import time\nfor n in range(64): open(f'part{n}', 'wb').write(bytes(1 << 20))\ntime.sleep(600)",
    ),
    "115 output is too large": Bad(
        code="NBC-H06",
        said=r"(?s)12\.6 MB.*4\.19 MB.*output_limit",
        model=MODEL + "\nfor n in range(4): open(f'part{n}', 'wb').write(bytes(3 << 20))",
        outputs=tuple((f"p{n}", f"part{n}") for n in range(4)),
    ),
    "115 thousands of files": Bad(
        code="NBC-H06",
        said=r"(?s)66 files.*50.*fewer",
        model=MODEL + "\nfor n in range(60): open(f'part{n}', 'w').write('1')",
        outputs=tuple((f"p{n}", f"part{n}") for n in range(60)),
    ),
    "115 a link": Bad(
        code="NBC-H32", said="is a link, which is not followed", model=MODEL + "\nimport os\nopen('own', 'w').write('1')\nos.symlink('own', 'part')", outputs=(("p", "part"),)
    ),
    "116 a type that nobody knows": Bad(
        code="NBC-H07", said="object", model="class Held:\n    def predict(self, rows): return rows\nm = Held()\nm.at = object()"
    ),
    "117 nan": Bad(code="NBC-H08", said="ic", report="report = {'ic': float('nan')}"),
    "117 infinite": Bad(code="NBC-H08", said="ic", report="report = {'ic': -float('inf')}"),
    "117 no number": Bad(code="NBC-H08", said="ic", report="report = {'ic': 'good'}"),
    "117 none at all": Bad(code="NBC-H08", said="report", report="report = {}"),
}  # fmt: skip


def ended(bad: Bad, run_cells: RunCells) -> RunOutcome:
    cells = (("model", bad.model), ("eval", bad.report))
    return run_cells(*cells, limits=bad.limits, isolation=bad.isolation, outputs=bad.outputs)


@pytest.mark.parametrize("name", TABLE)
def test_it_is_told(name: str, run_cells: RunCells) -> None:
    bad = TABLE[name]
    outcome = ended(bad, run_cells)
    assert (outcome.status, outcome.result) == (RunStatus.FAILED, None)
    found = [one for one in outcome.diagnostics if one.severity == "error"]
    assert [one.code for one in found] == [bad.code], found
    told = "\n".join((found[0].message, found[0].cause or "", *found[0].fix_titles))
    assert re.search(bad.said, told), told
    assert found[0].fix_titles


def test_control_the_same_cells_without_what_is_bad_finish(run_cells: RunCells) -> None:
    outcome = ended(Bad(code="", said=""), run_cells)
    assert outcome.status is RunStatus.FINISHED, outcome.diagnostics
