"""Whatever a cell prints and shows, the run ends as the kernel says it did, in work that grows with what is kept and no faster."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.patience import with_time_to_begin
from nbcode.configuration import Isolation
from nbcode.primitives import Diagnostic, Severity
from nbcode.run import Limits, RunOutcome, RunStatus
from nbcode.run.outputs import EDGE_CHARACTERS, MOST_DISPLAYS
from nbcode.sandbox.lines import Lines

RunCells = Callable[..., RunOutcome]
MODEL = (
    ("features", "X = inputs['prices_csv']"),
    ("model", "from sklearn.linear_model import Ridge\nm = Ridge().fit(X[['close']], X.volume)"),
)
REPORT = "report = {'ic_mean': 0.05}\n"
FINISHES = {
    "many displays": "from IPython.display import display\nfor i in range(8_000): display(i)",
    "many flushed prints": "for i in range(20_000): print('0' * 100, flush=True)",
    "one long line": "print('y' * 10_000_000)",
    "half a character": "print('\\ud800 half')",
    "half a character in a display": "from IPython.display import HTML, display\ndisplay(HTML('\\udcc0'))",
    "no streams at all": "import sys\nsys.stdout = None\nsys.stderr = None",
    "an environment that is cleared": "import os\nos.environ.clear()",
    "json.dumps replaced": "import json\njson.dumps = None",
    "a low limit of recursion": "import sys\nsys.setrecursionlimit(150)",
    "open replaced": "import builtins, io\nbuiltins.open = None\nio.open = None",
    "numpy replaced": "import numpy\nnumpy.asarray = None\nnumpy.isfinite = None",
    "an update of what is not there": "from IPython.display import update_display\nupdate_display('x', display_id='none')",
}
FAILS = {
    "an exception with half a character": ("raise ValueError('\\udcc0 bad')", "NBC-H01", 2, "\\udcc0 bad"),
    "an exception with a long text": ("raise ValueError('x' * 20_000_000)", "NBC-H01", 2, "xxxx"),
    "an exception without a text": (
        "class Odd(Exception):\n    def __str__(self): return 1 / 0\nraise Odd",
        "NBC-H01",
        4,
        "cannot be shown",
    ),
    "a display that raises": (
        "class Odd:\n    def __repr__(self):\n        raise RuntimeError('no')\nOdd()",
        "NBC-H01",
        4,
        "no",
    ),
    "a display that raises in a library": (
        "import functools\nclass Odd: pass\nOdd.__repr__ = functools.partial(int, 'x')\nOdd()",
        "NBC-H01",
        None,
        "invalid literal",
    ),
    "a second process": (
        "import multiprocessing\nmultiprocessing.get_context('fork').Pool(2)",
        "NBC-E11",
        3,
        "outside the lock",
    ),
}


def ran(run_cells: RunCells, tail: str, **changes: Any) -> RunOutcome:
    return run_cells(*MODEL, ("eval", REPORT + tail), **changes)


def told(outcome: RunOutcome) -> list[Diagnostic]:
    return [d for d in outcome.diagnostics if d.severity is not Severity.NOTE and d.code != "NBC-E23"]


def executed(tmp_path: Path) -> list[dict[str, Any]]:
    """The outputs of the [eval] cell, in the record of the run."""
    cells = json.loads((tmp_path / "runs" / "run-1" / "executed.ipynb").read_bytes())["cells"]
    found: list[dict[str, Any]] = cells[3]["outputs"]
    return found


@pytest.mark.parametrize("name", FINISHES)
def test_a_run_finishes_whose_cell_does(name: str, run_cells: RunCells) -> None:
    outcome = ran(run_cells, FINISHES[name], limits=Limits(time_s=600, memory_bytes=4 << 30))
    assert told(outcome) == []
    assert outcome.status is RunStatus.FINISHED


@pytest.mark.parametrize("name", FAILS)
def test_a_failure_is_told_with_its_cell_its_line_and_its_own_cause(name: str, run_cells: RunCells) -> None:
    code, expected, line, cause = FAILS[name]
    outcome = ran(run_cells, code, limits=Limits(time_s=600, memory_bytes=4 << 30), isolation=Isolation.AUTO)
    (found,) = outcome.diagnostics
    assert outcome.status is RunStatus.FAILED
    assert (found.code, found.place and found.place.cell, found.place and found.place.line) == (
        expected,
        4,
        line,
    )
    assert cause in found.cause
    json.dumps(found.to_json()).encode("ascii")


def test_of_a_hundred_megabytes_of_prints_the_first_and_last_64_ki_are_kept_and_the_rest_is_counted(
    tmp_path: Path, run_cells: RunCells
) -> None:
    code = "for i in range(100):\n    print(chr(97 + i % 26) * 999_999)"
    outcome = ran(run_cells, code, limits=Limits(time_s=1200, memory_bytes=4 << 30))
    assert outcome.status is RunStatus.FINISHED
    text = "".join(one["text"] for one in executed(tmp_path))
    assert text.startswith("a" * EDGE_CHARACTERS)
    assert text.endswith("v" * (EDGE_CHARACTERS - 1) + "\n")
    assert f"[99.9 MB left out: {100_000_000 - 2 * EDGE_CHARACTERS:,} characters]" in text
    assert len(text) < 2 * EDGE_CHARACTERS + 100
    kept = (tmp_path / "runs" / "run-1" / "out" / "executed.ipynb").stat().st_size
    assert kept < 4 * EDGE_CHARACTERS, "what is kept is not in proportion to what was printed"


def test_displays_beyond_a_thousand_are_counted(tmp_path: Path, run_cells: RunCells) -> None:
    ran(run_cells, "from IPython.display import display\nfor i in range(1_200): display(i)")
    outputs = executed(tmp_path)
    assert sum(one["output_type"] == "display_data" for one in outputs) == MOST_DISPLAYS
    assert "[200 displays left out" in outputs[-1]["text"]


def test_what_is_printed_to_both_streams_keeps_its_order(tmp_path: Path, run_cells: RunCells) -> None:
    code = "import sys\nfor i in range(3):\n    print('out', i)\n    print('err', i, file=sys.stderr)"
    ran(run_cells, code)
    assert [one["text"] for one in executed(tmp_path)] == [
        f"{name} {i}\n" for i in range(3) for name in ("out", "err")
    ]


def test_a_cell_that_goes_past_the_bounds_of_the_kernel_meets_those_of_the_reader(
    tmp_path: Path, run_cells: RunCells
) -> None:
    code = (
        "s = get_ipython().kernel.session\n"
        "for i in range(10_500):\n"
        "    type(s).send(s, get_ipython().display_pub.pub_socket, 'display_data', {'data': {'text/plain': 'x'}, 'metadata': {}},"
        " get_ipython().display_pub.parent_header)"
    )
    outcome = ran(run_cells, code, limits=Limits(time_s=600, memory_bytes=4 << 30))
    assert outcome.status is RunStatus.FINISHED
    assert len(executed(tmp_path)) == 10_001
    assert "outputs left out" in executed(tmp_path)[-1]["text"]


def test_an_endless_print_is_ended_at_its_line(run_cells: RunCells) -> None:
    outcome = with_time_to_begin(
        lambda limit_s: ran(run_cells, "while True:\n    print('z' * 1000)", limits=Limits(time_s=limit_s)),
        lambda found: any(d.place is not None and d.place.cell == 4 for d in found.diagnostics),
        least_s=16.0,
    )
    (found,) = outcome.diagnostics
    assert found.code == "NBC-H03"
    assert found.place is not None
    assert (found.place.cell, found.place.line) in {(4, 2), (4, 3)}


def test_an_exception_in_a_thread_is_a_warning_with_its_line(run_cells: RunCells) -> None:
    code = "import threading\ndef work():\n    raise ValueError('lost')\nt = threading.Thread(target=work)\nt.start()\nt.join()"
    outcome = ran(run_cells, code)
    assert outcome.status is RunStatus.FINISHED
    (found,) = told(outcome)
    assert (found.code, found.severity) == ("NBC-H24", Severity.WARNING)
    assert found.place is not None
    assert (found.place.cell, found.place.line) == (4, 4)
    assert "lost" in found.cause


class Counted(bytes):
    """A piece that counts what it is added to, as a reader does that keeps one growing text."""

    handled = 0

    def __radd__(self, other: bytes) -> bytes:
        Counted.handled += len(other) + len(self)
        return bytes(other) + bytes(self)

    def split(self, *arguments: Any) -> list[bytes]:  # type: ignore[override]
        Counted.handled += len(self)
        return bytes(self).split(*arguments)


def by_one_growing_text(pieces: int) -> int:
    Counted.handled, pending = 0, b""
    for _ in range(pieces):
        pending = Counted(b"x" * 1024).__radd__(pending)
        Counted(pending).split(b"\n")
    return Counted.handled


def by_lines(pieces: int) -> int:
    Counted.handled, lines = 0, Lines()
    for _ in range(pieces):
        assert list(lines.feed(Counted(b"x" * 1024))) == []
    (line,) = lines.feed(b"\n")
    assert line == "x" * (1024 * pieces)
    return Counted.handled + len(line)


def test_a_long_line_is_read_in_work_that_grows_with_its_length_and_no_faster() -> None:
    assert by_lines(2_000) / by_lines(200) == pytest.approx(10, rel=0.01)
    assert by_one_growing_text(2_000) / by_one_growing_text(200) > 50, "the control"


def test_lines_are_those_that_were_written_however_they_come_in_pieces() -> None:
    text = "eins\n\nzwei drei\nµ\n"
    data = text.encode()
    for size in range(1, len(data)):
        lines = Lines()
        found = [
            line for start in range(0, len(data), size) for line in lines.feed(data[start : start + size])
        ]
        assert found == text.splitlines()


def test_of_a_line_without_end_a_bounded_part_is_held() -> None:
    lines = Lines(longest_bytes=10)
    for _ in range(1_000):
        assert list(lines.feed(b"abcdefg")) == []
    assert list(lines.feed(b"\nnext\n")) == ["abcdefgabc", "next"]
    assert lines.dropped_bytes == 7_000 - 10
