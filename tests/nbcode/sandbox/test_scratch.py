"""Scratch directories lie in a directory that is this user's alone, or get a random name of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nbcode.sandbox import scratch_directory
from nbcode.sandbox.scratch import private_homes


def test_a_scratch_directory_lies_in_the_first_home_that_is_ours_alone(tmp_path: Path) -> None:
    home = tmp_path / "nbcode-1000"
    with scratch_directory((home,)) as scratch:
        assert scratch.parent == home
        assert home.stat().st_mode & 0o777 == 0o700
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("taken", ["open to others", "a link", "a file", "nowhere"])
def test_a_home_that_is_not_ours_alone_is_passed_over_and_not_touched(taken: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    if taken == "open to others":
        first.mkdir(mode=0o755)
    elif taken == "a link":
        first.symlink_to(elsewhere)
    elif taken == "a file":
        first.touch()
    else:
        first = tmp_path / "no" / "such"
    with scratch_directory((first, second)) as scratch:
        assert scratch.parent == second
    assert list(elsewhere.iterdir()) == []
    assert not first.is_dir() or list(first.iterdir()) == []


def test_where_no_home_is_ours_alone_a_scratch_directory_has_a_random_private_name(tmp_path: Path) -> None:
    with scratch_directory((tmp_path / "no" / "such",)) as scratch:
        assert scratch.stat().st_mode & 0o777 == 0o700
    assert not scratch.exists()


def test_the_homes_are_in_the_temporary_directory_then_in_the_runtime_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    assert [home.name.partition("-")[0] for home in private_homes()] == ["nbcode", "nbcode"]
    assert private_homes()[1] == Path("/run/user/1000/nbcode")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "not/absolute")
    assert len(private_homes()) == 1


HOLD = (
    "import sys; from pathlib import Path; from nbcode.sandbox import scratch_directory\n"
    "with scratch_directory((Path('/no/such/folder'),)) as path: print(path, flush=True); sys.stdin.read()\n"
)


def test_what_was_left_there_by_one_that_was_killed_is_swept_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    somebodys = tmp_path / f"nbcode-{os.getuid()}-deadbeef"
    somebodys.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    ) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        with scratch_directory((tmp_path / "no" / "such",)):
            assert left.is_dir(), "the control: its maker lives"
        process.kill()
    assert left.is_dir()
    with scratch_directory((tmp_path / "no" / "such",)):
        assert not left.exists()
    assert list(tmp_path.iterdir()) == [somebodys], "what has no lock beside it is none of these"
