"""Of a cell that gives several names, only what reads the one that changed is stale; cells are told by their numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.live_kernels import META, LiveKernel

SETUP = """# %% [setup]
import math
from statistics import mean
WINDOW = 20
HORIZON: int = 5
FEATS = ["mom", "vol"]
def score(y, p=1):
    return y * p * HORIZON"""
MOM = "# %% [features]\nmom = [math.sqrt(n) for n in range(WINDOW)]"
FWD = "# %% [features]\nfwd = [n + HORIZON for n in range(9)]"
JOIN = "# %% [features]\nz = [mean(mom), *fwd]"
MODEL = "# %% [model]\nm = len(FEATS) + sum(z)"
EVAL = "# %% [eval]\nreport = {'ic': score(m) / 1000}"
CELLS = [META, SETUP, MOM, FWD, JOIN, MODEL, EVAL]


def told(edits: dict[str, str], tmp_path: Path, then: tuple[str, ...] = ()) -> list[tuple[object, str, str]]:
    """What is stale when all ran, then [setup] with ``edits``, then ``then``: number, what is said, and the fix."""
    edited = SETUP
    for old, new in edits.items():
        assert old in edited
        edited = edited.replace(old, new)
    (tmp_path / "n.py").write_text("\n".join([META, edited, *CELLS[2:]]))
    kernel = LiveKernel(tmp_path / "n.py")
    for source in (*CELLS, edited, *then):
        kernel.run(source)
    found = kernel.watch.before_promote()
    kernel.close()
    assert {d.code for d in found} <= {"NBC-A31"}
    return [(d.place and d.place.cell, d.message, d.fixes[0].title) for d in found]


def test_only_what_reads_the_name_that_changed_is_stale(tmp_path: Path) -> None:
    assert told({"WINDOW = 20": "WINDOW = 60"}, tmp_path, (EVAL,)) == [
        (
            3,
            "[features] ran before `WINDOW`, which it reads, changed",
            "run cell 3 [features] again, and what comes after it",
        ),
        (
            5,
            "[features] is made of `mom`, which is stale",
            "run cell 3 [features] again, then cell 5 [features]",
        ),
        (6, "[model] is made of `z`, which is stale", "run cell 5 [features] again, then cell 6 [model]"),
        (7, "[eval] is made of `m`, which is stale", "run cell 6 [model] again, then cell 7 [eval]"),
    ]


@pytest.mark.parametrize(
    ("edits", "first"),
    [
        ({"int = 5": "int = 6"}, (4, "[features] ran before `HORIZON`, which it reads, changed")),
        ({'"vol"]': '"vol", "size"]'}, (6, "[model] ran before `FEATS`, which it reads, changed")),
        ({"y * p *": "2 * y * p *"}, (7, "[eval] ran before `score`, which it reads, changed")),
        (
            {"from statistics import mean": "from statistics import median as mean"},
            (5, "[features] ran before `mean`, which it reads, changed"),
        ),
        (
            {"WINDOW = 20": "WINDOW = int(40 / 2)"},
            (3, "[features] ran before `WINDOW`, which it reads, changed"),
        ),
    ],
)
def test_each_kind_of_statement_that_changed(
    edits: dict[str, str], first: tuple[int, str], tmp_path: Path
) -> None:
    assert told(edits, tmp_path)[0][:2] == first


@pytest.mark.parametrize(
    "edits",
    [
        {"WINDOW = 20": "WINDOW = 20  # days"},
        {'["mom", "vol"]': "[\n    'mom',\n    'vol',\n]"},
        {"import math": "import math\nimport os\nUNREAD = 3"},
    ],
)
def test_what_nothing_reads_makes_nothing_stale(edits: dict[str, str], tmp_path: Path) -> None:
    assert told(edits, tmp_path) == []


def test_a_name_that_depends_on_another_statement_is_of_the_whole_cell(tmp_path: Path) -> None:
    """The control: what is drawn, or changed below, is not what its statement alone says."""
    first = (
        "# %% [setup]\nimport random\nrandom.seed(1)\nx = random.random()\nnames = ['a']\nnames.append('b')"
    )
    cells = [META, first, "# %% [model]\nm = x + len(names)", "# %% [eval]\nreport = {'ic': m}"]
    edited = first.replace("seed(1)", "seed(2)")
    (tmp_path / "n.py").write_text("\n".join([META, edited, *cells[2:]]))
    kernel = LiveKernel(tmp_path / "n.py")
    for source in (*cells, edited):
        kernel.run(source)
    assert [d.place and d.place.cell for d in kernel.watch.before_promote()] == [3, 4]
    kernel.close()
