"""Held directories: those of makers that were killed go, those of makers that live stay, and nothing else is ever touched."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nbcode.primitives import is_locked, locked_directory, sweep_unlocked

HOLD = (
    "import sys; from pathlib import Path; from nbcode.primitives import locked_directory\n"
    "with locked_directory(Path(sys.argv[1]), 's-') as path:\n"
    "    (path / 'work').write_text('in use'); print(path, flush=True); sys.stdin.read()\n"
)
SWEEP = (
    "import sys; from pathlib import Path; from nbcode.primitives import sweep_unlocked\n"
    "sweep_unlocked(Path(sys.argv[1]), 's-')\n"
)


@contextmanager
def holder(home: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process that holds a directory of ``home`` until its standard input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_a_held_directory_is_private_and_gone_at_the_end(tmp_path: Path) -> None:
    with locked_directory(tmp_path, "s-") as path:
        assert path.stat().st_mode & 0o777 == 0o700
        (path / "file").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_maker_left_is_swept_by_whoever_comes_next(tmp_path: Path) -> None:
    with holder(tmp_path) as (process, left):
        process.kill()
        process.wait()
        assert (left / "work").exists()
        with locked_directory(tmp_path, "s-") as path:
            assert not left.exists()
            assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, path.name + ".lock"]


def test_what_a_living_maker_holds_is_not_swept(tmp_path: Path) -> None:
    with holder(tmp_path) as (_, held):
        with locked_directory(tmp_path, "s-"):
            pass
        assert (held / "work").read_text() == "in use"


def unshared() -> list[str]:
    """A command that starts another in a PID namespace of its own; skips where that is not allowed."""
    program = shutil.which("unshare")
    for flags in (["--pid", "--fork"], ["--user", "--map-root-user", "--pid", "--fork"]):
        if (
            program
            and subprocess.run([program, *flags, "true"], capture_output=True, check=False).returncode == 0
        ):
            return [program, *flags]
    pytest.skip("no PID namespace can be made here")


def test_what_is_held_in_another_pid_namespace_is_not_swept_and_what_was_left_there_is(
    tmp_path: Path,
) -> None:
    sweep = [*unshared(), sys.executable, "-c", SWEEP, str(tmp_path)]
    with holder(tmp_path) as (process, held):
        subprocess.run(sweep, check=True)
        assert (held / "work").exists()
        process.kill()
        process.wait()
        subprocess.run(sweep, check=True)
        assert not held.exists()


def test_only_what_a_lock_file_of_ours_names_is_ever_removed(tmp_path: Path) -> None:
    for name in ("s-20251201-backup", "s-0badcafe", "nb-31337-x", "s-12345678.lock.d", "other-0badcafe"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("precious")
    (tmp_path / "other-0badcafe.lock").touch()
    (tmp_path / "s-notes.lock").touch()
    before = sorted(tmp_path.rglob("*"))
    sweep_unlocked(tmp_path, "s-")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_in_place_of_the_directory_or_of_its_lock_is_not_followed(tmp_path: Path) -> None:
    outside, home = tmp_path / "outside", tmp_path / "home"
    outside.mkdir()
    home.mkdir()
    (outside / "thesis.txt").write_text("precious")
    (home / "s-00000001").symlink_to(outside)
    (home / "s-00000001.lock").touch()
    (home / "s-00000002").mkdir()
    (home / "s-00000002.lock").symlink_to(outside / "thesis.txt")
    sweep_unlocked(home, "s-")
    assert (outside / "thesis.txt").read_text() == "precious"
    assert (home / "s-00000002").exists()


def test_a_directory_that_was_renamed_away_is_kept_and_its_lock_is_not(tmp_path: Path) -> None:
    with locked_directory(tmp_path, "s-") as path:
        (path / "file").write_text("x")
        path.rename(tmp_path / "kept")
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]


def test_a_sweep_that_meets_a_maker_between_making_and_locking_leaves_it_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, swept = fcntl.flock, []

    def late(descriptor: int, operation: int) -> None:
        if not swept:
            swept.append(True)
            sweep_unlocked(tmp_path, "s-")
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with locked_directory(tmp_path, "s-") as path:
        assert path.is_dir()
        assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, path.name + ".lock"]


def test_where_the_file_system_has_no_locks_nothing_is_ever_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with locked_directory(tmp_path, "s-") as first, locked_directory(tmp_path, "s-") as second:
        assert first.is_dir()
        assert second.is_dir()


def test_a_home_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="No such file"), locked_directory(tmp_path / "no", "s-"):
        pass


def test_a_lock_is_seen_while_its_holder_lives_and_looking_changes_nothing(tmp_path: Path) -> None:
    with holder(tmp_path) as (process, path):
        lock = path.with_name(path.name + ".lock")
        assert is_locked(lock)
        process.kill()
        process.wait()
        assert not is_locked(lock)
    assert not is_locked(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_link_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic link"):
        is_locked(tmp_path / "lock")
