"""What a cell can reach while it is described: nothing, behind the sandbox; the plain launcher is the control."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcode.cells import CellGraph, analyse
from nbcode.definition import DescribeResult, Launch, describe_cells
from nbcode.definition._confined import confined, strongest
from nbcode.definition._subprocess import launch_subprocess
from nbcode.notebook import parse_notebook
from nbcode.sandbox import IsolationLevel, probe

META = "# %% [meta]\n# id: a_model\n# kind: model\n# horizon: 10d\n# owner: me\n"
WALLS = [level for level in (IsolationLevel.LANDLOCK, IsolationLevel.NAMESPACES) if probe(level).available]


def graph_of(attempt: str) -> CellGraph:
    text = (
        f"{META}# %% [setup]\n{attempt}\n# %% [model]\nm = Ridge().fit(X=[features.ret(5)], y=fwd_ret_10d)\n"
        "# %% [eval]\nreport = walk_forward(m)\n"
    )
    notebook = parse_notebook(text.encode(), "notebook.py").notebook
    assert notebook is not None
    graph = analyse(notebook).graph
    assert graph is not None
    return graph


def described(attempt: str, launch: Launch) -> DescribeResult:
    return describe_cells(graph_of(attempt), python=Path(sys.executable), launch=launch)


@pytest.fixture
def attempts(tmp_path: Path) -> Iterator[dict[str, str]]:
    secret = tmp_path / "secret.txt"
    secret.write_text("42")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(4)
        port = server.getsockname()[1]
        yield {
            "reads a file": f"text = open({str(secret)!r}).read()",
            "lists a directory": f"import os\nnames = os.listdir({str(tmp_path)!r})\nassert names",
            "writes a file": f"n = open({str(tmp_path / 'left')!r}, 'w').write('x')",
            "connects": f"import socket\ns = socket.create_connection(('127.0.0.1', {port}), 5)",
        }


ATTEMPTS = ["reads a file", "lists a directory", "writes a file", "connects"]


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("level", WALLS)
def test_behind_a_wall_an_attempt_fails_and_is_told_with_its_cell_and_line(
    attempts: dict[str, str], attempt: str, level: IsolationLevel, tmp_path: Path
) -> None:
    result = described(attempts[attempt], confined(level))
    assert result.definition is None
    (diagnostic,) = result.diagnostics
    assert diagnostic.code == "NBC-E11"
    assert diagnostic.place is not None
    assert (diagnostic.place.cell, diagnostic.place.tag) == (2, "setup")
    assert diagnostic.place.line == 1 + len(attempts[attempt].splitlines()) - (attempt == "lists a directory")
    assert not (tmp_path / "left").exists()


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_without_a_wall_the_same_attempt_succeeds(attempts: dict[str, str], attempt: str) -> None:
    """The control."""
    assert described(attempts[attempt], launch_subprocess).definition is not None


ENDS = {
    "GeneratorExit": ("x = 1\nraise GeneratorExit('over')", 3, "NBC-H01", "the cell raised GeneratorExit"),
    "a kind of its own": (
        "class Stop(BaseException): pass\nraise Stop",
        3,
        "NBC-H01",
        "the cell raised Stop",
    ),
    "os.fork": ("import os\npid = os.fork()", 3, "NBC-E11", "started another Python process, by os.fork"),
    "multiprocessing.Pool": (
        "import multiprocessing\nwith multiprocessing.Pool(2) as pool:\n    y = pool.map(abs, [1, -2])",
        3,
        "NBC-E11",
        "started another Python process, by multiprocessing",
    ),
    "os._exit": ("import os\nos._exit(3)", 3, "NBC-H01", "ended their process before the model was built"),
    "a signal": ("import os\nos.kill(os.getpid(), 15)", 3, "NBC-H01", "ended their process"),
    "closed files": ("import os\nos.closerange(3, 50)", 3, "NBC-H01", "ended their process"),
}


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("launch", [strongest(), launch_subprocess], ids=["wall", "plain"])
def test_what_ends_the_cells_is_told_as_itself_with_cell_line_cause_and_fix(
    name: str, launch: Launch
) -> None:
    code, line, expected, message = ENDS[name]
    (found,) = described(code, launch).diagnostics
    assert (found.code, message in found.message) == (expected, True), found
    assert found.place is not None
    assert (found.place.cell, found.place.tag, found.place.line) == (2, "setup", line)
    assert found.cause
    assert found.fix_titles
    assert "JSON" not in str(found)


def test_how_a_process_ended_is_in_the_cause() -> None:
    causes = {
        name: described(ENDS[name][0], strongest()).diagnostics[0].cause for name in ("os._exit", "a signal")
    }
    assert "with exit code 3" in causes["os._exit"]
    assert "by SIGTERM" in causes["a signal"]


def test_cells_that_clear_the_modules_left_nothing_to_describe_with() -> None:
    (found,) = described("import sys\nsys.modules.clear()", strongest()).diagnostics
    assert found.code == "NBC-H01"
    assert "left nothing to describe their model with" in found.message
    assert "sys.modules" in found.fix_titles[0]


@pytest.mark.parametrize(
    "harmless",
    [
        "import json\njson.dumps = None",
        "import os\nos.write = os._exit = None",
        "import builtins\nbuiltins.open = None",
    ],
)
def test_what_a_cell_puts_in_place_of_a_function_is_its_own(harmless: str) -> None:
    assert described(harmless, strongest()) == described("", strongest())


COPY = """import ctypes, os
libc = ctypes.CDLL(None)
def spin():
    libc.alarm(20)  # where nobody else ends it
    while True:
        pass
"""
HELD = {
    "stops itself": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "sleeps": "import time\ntime.sleep(3600)",
    "waits for a lock": "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    "stops itself while a copy computes": COPY
    + "if libc.fork() == 0:\n    spin()\nlibc.kill(os.getpid(), 19)",
    "waits for a copy that computes": COPY
    + "if (child := libc.fork()) == 0:\n    spin()\nlibc.waitpid(child, None, 0)",
    "stops itself while a copy of its own session computes": COPY
    + "if libc.fork() == 0:\n    libc.setsid()\n    if libc.fork() == 0:\n        spin()\n    libc._exit(0)\nlibc.kill(os.getpid(), 19)",
    "sleeps by turns": "import time\nwhile True:\n    time.sleep(0.01)",
}


@pytest.mark.parametrize("how", HELD)
@pytest.mark.parametrize("launch", [strongest(), launch_subprocess], ids=["wall", "plain"])
def test_cells_that_wait_are_ended_by_the_limit_and_not_by_ten_times_of_it(how: str, launch: Launch) -> None:
    result = describe_cells(graph_of(HELD[how]), python=Path(sys.executable), launch=launch, cpu_s=1.5)
    (found,) = result.diagnostics
    assert (found.code, found.message) == (
        "NBC-H03",
        "the tagged cells waited for 1.5 s without data, and computed nothing",
    )
    assert found.place is not None
    assert (found.place.cell, found.place.line) == (
        2,
        len(HELD[how].splitlines()) + (how != "sleeps by turns"),
    )


@pytest.mark.parametrize("launch", [strongest(), launch_subprocess], ids=["wall", "plain"])
def test_cells_that_compute_are_told_as_computing_however_busy_the_machine(launch: Launch) -> None:
    """The control."""
    loop = "n = 0\nwhile True:\n    n += 1"
    result = describe_cells(graph_of(loop), python=Path(sys.executable), launch=launch, cpu_s=1.5)
    assert "computed for more than 1.5 s" in result.diagnostics[0].message


PROGRAM = "import subprocess\ndone = subprocess.run(['/bin/true'])\nassert done.returncode == 0"


@pytest.mark.parametrize("level", WALLS)
def test_behind_a_wall_no_other_program_is_started(level: IsolationLevel) -> None:
    result = described(PROGRAM, confined(level))
    assert result.definition is None
    assert result.diagnostics[0].place is not None


def test_without_a_wall_a_program_is_started() -> None:
    """The control."""
    assert described(PROGRAM, launch_subprocess).definition is not None


def test_every_level_gives_the_same_definition() -> None:
    expected = described("", launch_subprocess)
    assert expected.definition is not None
    for level in (IsolationLevel.PROCESS, *WALLS):
        assert described("", confined(level)) == expected
    assert described("", strongest()) == expected


def test_the_strongest_launcher_is_a_wall_where_there_is_one(attempts: dict[str, str]) -> None:
    result = described(attempts["reads a file"], strongest())
    assert (result.definition is None) == bool(WALLS)
