"""What a tree of processes has on disk at once, and that its bound ends it: one file, ten thousand, and those that no folder shows."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcode.sandbox import Bounds, IsolationLevel, Request, SandboxResult, Written, launch, scratch_directory

MIB = 1 << 20
MOST = 1 << 40
FILLING = {
    "many files": "for n in range(1_000): open(f'{folder}/{n}', 'wb').write(block)",
    "folders in folders": "for n in range(1_000):\n    folder += '/d'; os.mkdir(folder); open(folder + '/f', 'wb').write(block)",
    "removed while open": "held = []\nfor n in range(1_000):\n    f = open(f'{folder}/{n}', 'wb'); os.unlink(f.name); f.write(block); f.flush(); held.append(f)",
    "memory files": "held = []\nfor n in range(1_000):\n    f = open(os.memfd_create('m'), 'wb'); f.write(block); f.flush(); held.append(f)",
}


@pytest.fixture
def scratch() -> Iterator[Path]:
    with scratch_directory() as made:
        yield made


def written(place: Path, pids: tuple[int, ...] = ()) -> int:
    return Written([place], lambda: pids).look(MOST)


def test_a_file_counts_once_however_many_names_it_has(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * MIB)
    alone = written(tmp_path)
    assert alone >= MIB
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert written(tmp_path) == alone
    (tmp_path / "c").write_bytes(b"x" * MIB)
    assert written(tmp_path) == 2 * alone


def test_a_hole_takes_no_disk_and_a_link_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "large").write_bytes(b"x" * MIB)
    place = tmp_path / "place"
    place.mkdir()
    with (place / "hole").open("wb") as file:
        file.truncate(100 * MIB)
    (place / "link").symlink_to(tmp_path / "elsewhere")
    assert written(place) < MIB // 2


def test_what_has_no_name_any_more_is_counted_of_the_processes_that_hold_it(tmp_path: Path) -> None:
    with (tmp_path / "gone").open("wb") as file:
        (tmp_path / "gone").unlink()
        file.write(b"x" * MIB)
        file.flush()
        os.fsync(file.fileno())
        assert written(tmp_path, (os.getpid(),)) - written(tmp_path) >= MIB


def test_looking_takes_a_small_part_of_the_time(tmp_path: Path) -> None:
    """A look that takes a second is not made again for twenty; in between the last one is told."""
    clock = iter([0.0, 0.0, 1.0, 20.9, 21.0, 21.0])
    found = Written([tmp_path], lambda: (), lambda: next(clock))
    before = found.look(MOST)
    (tmp_path / "a").write_bytes(b"x" * MIB)
    assert found.look(MOST) == before
    assert found.look(MOST) > before


def filled(scratch: Path, how: str, bound: int | None) -> SandboxResult:
    code = f"import os, time\nblock = b'x' * {MIB}\nfolder = {str(scratch)!r}\n{FILLING[how]}\ntime.sleep(600 if {bound is not None} else 0)"
    request = Request(
        python=Path(sys.executable),
        arguments=("-c", code),
        scratch=scratch,
        bounds=Bounds(written_bytes=bound, file_bytes=10 * MIB),
    )
    return launch(request, level=IsolationLevel.PROCESS, on_line=print)


@pytest.mark.enable_socket
@pytest.mark.parametrize("how", FILLING)
def test_more_than_the_bound_ends_the_tree(scratch: Path, how: str) -> None:
    assert filled(scratch, how, 100 * MIB).stopped_by == "written"


@pytest.mark.enable_socket
def test_control_without_the_bound_it_is_written(scratch: Path) -> None:
    ended = filled(scratch, "many files", None)
    assert (ended.stopped_by, ended.returncode) == (None, 0)
    assert len(list(scratch.glob("*"))) >= 1_000
