"""Files and folders appear whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from alpha_bench.runtime.atomic_files import atomic_file, create_atomic, place_directory, write_atomic


def names(path: Path) -> list[str]:
    return sorted(p.name for p in path.iterdir())


@pytest.mark.parametrize("durable", [False, True])
def test_what_is_written_replaces_what_was_there_and_leaves_nothing_beside(
    tmp_path: Path, durable: bool
) -> None:
    for data in (b"first", b"second"):
        write_atomic(tmp_path / "a.json", data, durable=durable)
        assert (tmp_path / "a.json").read_bytes() == data
    assert names(tmp_path) == ["a.json"]


def test_an_error_while_writing_changes_nothing(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", b"old", durable=False)

    def half() -> None:
        with atomic_file(tmp_path / "a", durable=True) as stream:
            stream.write(b"new")
            raise RuntimeError("half")

    with pytest.raises(RuntimeError, match="half"):
        half()
    assert (names(tmp_path), (tmp_path / "a").read_bytes()) == (["a"], b"old")


def test_a_link_at_the_place_is_replaced_and_what_it_names_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"kept")
    (tmp_path / "a").symlink_to(tmp_path / "target")
    write_atomic(tmp_path / "a", b"new", durable=False)
    assert ((tmp_path / "a").is_symlink(), (tmp_path / "target").read_bytes()) == (False, b"kept")


def test_the_mode_is_less_the_umask_and_private_is_private(tmp_path: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    write_atomic(tmp_path / "open", b"", durable=False)
    write_atomic(tmp_path / "private", b"", durable=False, mode=0o600)
    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o666 & ~mask
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o600


def test_of_many_that_create_one_file_exactly_one_does(tmp_path: Path) -> None:
    made: list[bool] = []
    threads = [
        threading.Thread(target=lambda n=n: made.append(create_atomic(tmp_path / "a", b"%d" % n)))
        for n in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(made), names(tmp_path)) == ([False] * 15 + [True], ["a"])


def test_a_dangling_link_counts_as_something_there(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    assert create_atomic(tmp_path / "a", b"x") is False
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("durable", [False, True])
def test_a_folder_is_placed_once(tmp_path: Path, durable: bool) -> None:
    for name in ("first", "second"):
        (tmp_path / name / "inside").mkdir(parents=True)
        (tmp_path / name / "inside" / "file").write_text(name)
    assert place_directory(tmp_path / "first", tmp_path / "home", durable=durable)
    assert not place_directory(tmp_path / "second", tmp_path / "home", durable=durable)
    assert (tmp_path / "home" / "inside" / "file").read_text() == "first"
    assert names(tmp_path) == ["home", "second"]
