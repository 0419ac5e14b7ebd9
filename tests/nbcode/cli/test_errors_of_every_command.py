"""What a user does wrong, at every command: a code, an exit code, never a traceback."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from nbcode.cli import main
from nbcode.commands.promote import PromoteResult

EXAMPLE = Path(__file__).parents[3] / "examples" / "xsmom_v3" / "notebook.py"
NBCODE = str(Path(sys.executable).parent / "nbcode")
Capture = pytest.CaptureFixture[str]


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """A command in a situation; ``code`` is a pattern."""

    arguments: tuple[str, ...]
    code: str
    exit_code: int
    make: Callable[[Path], None] = lambda _: None


def bad_toml(folder: Path) -> None:
    (folder / "nbcode.toml").write_text("[rnu]\n")


def broken_toml(folder: Path) -> None:
    (folder / "nbcode.toml").write_text("[data.a\n")


def toml_folder(folder: Path) -> None:
    (folder / "nbcode.toml").mkdir()


def truncated(folder: Path) -> None:
    (folder / "n.ipynb").write_text('{"cells": [')


def link(folder: Path) -> None:
    (folder / "n.ipynb").symlink_to(folder / "elsewhere.ipynb")


def fifo(folder: Path) -> None:
    os.mkfifo(folder / "n.ipynb")


def directory(folder: Path) -> None:
    (folder / "n.ipynb").mkdir()


def undeclared(folder: Path) -> None:
    cells = "# %% [meta]\n# id: xx\n# kind: model\n# horizon: 10d\n# owner: a\n# %% [model]\nm = nowhere\n"
    (folder / "n.py").write_text(cells)


ON_NOTEBOOKS = ("check", "build", "run", "promote")
ON_PROJECTS = ("status", "models", "resume", "logs")

CASES = [
    *(Wrong(arguments=(c, "nowhere.ipynb"), code=r"NBC-A\d\d", exit_code=2) for c in ON_NOTEBOOKS),
    *(Wrong(arguments=(c, ""), code=r"NBC-[AX]\d\d", exit_code=2) for c in ON_NOTEBOOKS if c != "check"),
    *(
        Wrong(arguments=(c, "n.ipynb"), code="NBC-A02", exit_code=2, make=truncated)
        for c in (*ON_NOTEBOOKS, "suggest")
    ),
    *(
        Wrong(arguments=(c, "n.ipynb"), code="NBC-A22", exit_code=4, make=link)
        for c in (*ON_NOTEBOOKS, "suggest")
    ),
    *(Wrong(arguments=(c, "n.ipynb"), code="NBC-A23", exit_code=2, make=fifo) for c in ON_NOTEBOOKS),
    *(
        Wrong(arguments=(c, "n.ipynb"), code="NBC-A23", exit_code=2, make=directory)
        for c in ON_NOTEBOOKS
        if c != "check"
    ),
    *(Wrong(arguments=(c, "n.py"), code="NBC-D05", exit_code=2, make=undeclared) for c in ON_NOTEBOOKS),
    *(Wrong(arguments=(c, "n.py"), code="NBC-C12", exit_code=2, make=bad_toml) for c in ON_NOTEBOOKS),
    *(Wrong(arguments=(c,), code="NBC-C12", exit_code=2, make=bad_toml) for c in ON_PROJECTS),
    *(Wrong(arguments=(c,), code="NBC-C30", exit_code=2, make=broken_toml) for c in ON_PROJECTS),
    *(Wrong(arguments=(c,), code="NBC-C34", exit_code=2, make=toml_folder) for c in ON_PROJECTS),
    Wrong(arguments=("doctor",), code="NBC-C12", exit_code=3, make=bad_toml),
    Wrong(arguments=("show", "nothing"), code="NBC-I19", exit_code=2),
    Wrong(arguments=("show", "../etc"), code="NBC-I19", exit_code=2),
    Wrong(arguments=("show", "nothing"), code="NBC-C12", exit_code=2, make=bad_toml),
    Wrong(arguments=("logs", "nothing"), code="NBC-H21", exit_code=2),
    Wrong(arguments=("logs",), code="NBC-H21", exit_code=2),
    Wrong(arguments=("logs", "--follow"), code="NBC-H21", exit_code=2),
    Wrong(arguments=("explain", "Z99"), code="NBC-B00", exit_code=2),
    Wrong(arguments=("explain", "../../etc"), code="NBC-B00", exit_code=2),
    Wrong(arguments=("init", "n.ipynb"), code="NBC-X05", exit_code=2, make=truncated),
    Wrong(arguments=("init", "/proc/nbcode"), code="NBC-X04", exit_code=3),
]


def named(case: Wrong) -> str:
    return f"{' '.join(case.arguments)} {getattr(case.make, '__name__', '')}".replace("<lambda>", "").strip()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", CASES, ids=named)
def test_it_is_told_and_not_a_traceback(case: Wrong, here: Path, capsys: Capture) -> None:
    case.make(here)
    assert main(list(case.arguments)) == case.exit_code
    captured = capsys.readouterr()
    told = captured.out + captured.err
    assert re.search(case.code, told), told
    assert "Traceback" not in told
    assert "NBC-X00" not in told


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_same_in_json_is_one_object(case: Wrong, here: Path, capsys: Capture) -> None:
    case.make(here)
    assert main([*case.arguments, "--json"]) == case.exit_code
    value = json.loads(capsys.readouterr().out)
    assert value["status"] == "failed"
    assert re.search(case.code, json.dumps(value))


@pytest.mark.parametrize("command", [c for c in ON_PROJECTS if c != "logs"])
def test_a_project_without_a_promote_is_no_error(command: str, here: Path, capsys: Capture) -> None:
    assert main([command]) == 0
    assert capsys.readouterr().out.strip()


READ_ONLY = ["bwrap", "--dev-bind", "/", "/", "--ro-bind", "{folder}", "{folder}", "--chdir", "{folder}"]


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap makes the read-only project")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("init",), "NBC-X04"),
        (("promote", "n.py"), "NBC-X04"),
        (("run", "n.py"), "NBC-X04"),
        (("resume",), "NBC-X04"),
        (("doctor",), "✗ store"),
    ],
)
def test_a_read_only_project_is_told(here: Path, arguments: tuple[str, ...], told: str) -> None:
    shutil.copyfile(EXAMPLE, here / "n.py")
    wall = [word.format(folder=here) for word in READ_ONLY]
    done = subprocess.run([*wall, NBCODE, *arguments], capture_output=True, text=True, check=False)
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 3


@pytest.mark.parametrize("command", ["promote", "run", "resume"])
def test_a_store_that_cannot_be_made_is_told(command: str, here: Path, capsys: Capture) -> None:
    shutil.copyfile(EXAMPLE, here / "n.py")
    (here / ".nbcode").write_text("a file in the way")
    arguments = [command, "n.py"] if command != "resume" else [command]
    assert main(arguments) == 3
    captured = capsys.readouterr()
    assert "NBC-X04" in captured.err
    assert "Traceback" not in captured.err


def test_a_promote_that_did_not_begin_has_the_keys_of_any_other(here: Path, capsys: Capture) -> None:
    keys = {field.name for field in dataclasses.fields(PromoteResult)} | {"exit_code", "schema_version"}
    truncated(here)
    for arguments in (("missing.ipynb",), ("n.ipynb",), ("n.ipynb", "--bogus")):
        assert main(["promote", *arguments, "--json"]) == 2
        told = json.loads(capsys.readouterr().out)
        assert (told["status"], told.keys()) == ("failed", keys)
        assert told["diagnostics"]


def test_a_forgotten_notebook_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.ipynb").write_text("{}")
    assert main(["promote"]) == 2
    assert "nbcode promote mine.ipynb" in capsys.readouterr().err
