"""On a terminal `nbcode suggest` asks where there is a choice; anywhere else it takes the likeliest and says so."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nbcode.cli import main

CELLS = """# %%
from sklearn.linear_model import Lasso, Ridge
X, y = [[0.0], [1.0]], [0.0, 1.0]
# %%
first = Ridge().fit(X, y)
# %%
second = Lasso().fit(X, y)
"""


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "n.py"
    path.write_text(CELLS)
    return path


def typed(notebook: Path, answers: str | None, *options: str) -> tuple[int, str]:
    """The program on a terminal of its own, with ``answers`` typed ahead; with None it is interrupted at the question."""
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "nbcode", "suggest", str(notebook), *options],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=notebook.parent,
        env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1"},
    )
    os.close(theirs)
    os.write(ours, (answers or "").encode())
    told = b""
    while True:
        asked = answers is None and b"Which is the model?" in told
        # A signal that comes just before the question waits is only seen at the next one.
        if not select.select([ours], [], [], 0.2 if asked else None)[0]:
            program.send_signal(signal.SIGINT)
            continue
        try:
            block = os.read(ours, 4096)
        except OSError:  # what Linux says of a terminal that nobody has open any more
            break
        if not block:
            break
        told += block
    os.close(ours)
    return program.wait(), told.decode("utf-8", "replace")


@pytest.mark.parametrize(("answer", "model"), [("\n", "second"), ("2\n", "first"), ("7\n2\n", "first")])
def test_a_person_is_asked_which_model(notebook: Path, answer: str, model: str) -> None:
    code, told = typed(notebook, answer, "--write")
    assert code == 0, told
    assert "Which is the model?" in told
    assert f"# model: {model}\n" in notebook.read_text()


def test_who_says_it_is_not_asked(notebook: Path) -> None:
    code, told = typed(notebook, "", "--model", "first")
    assert (code, "Which is" in told, "# model: first" in told) == (0, False, True)


def test_an_interrupt_at_the_question_writes_nothing(notebook: Path) -> None:
    code, told = typed(notebook, None, "--write")
    assert code == 5
    assert "Traceback" not in told
    assert notebook.read_text() == CELLS


def test_elsewhere_the_likeliest_is_taken_and_the_others_are_named(
    notebook: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["suggest", str(notebook)]) == 0
    told = capsys.readouterr().out
    assert "# model: second" in told
    assert "also fitted: first (--model NAME)" in told
    assert notebook.read_text() == CELLS
