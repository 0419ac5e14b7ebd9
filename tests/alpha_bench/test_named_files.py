"""What is at a place that the user named decides how it is written."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from alpha_bench.runtime.atomic_files import write_atomic
from alpha_bench.runtime.named_files import ForeignFileError, is_standard_output, prepare_named, write_named

MINE = b"mine: "


def ours(beginning: bytes) -> bool:
    return beginning.startswith(MINE)


def written(path: Path, data: bytes = MINE + b"new") -> None:
    write_named(path, data, durable=False, ours=ours)


def read_through(fifo: Path, write: object) -> bytes:
    """What comes out of ``fifo`` while ``write`` is called in another thread."""
    thread = threading.Thread(target=write)  # type: ignore[arg-type]
    thread.start()
    with fifo.open("rb") as stream:
        data = stream.read()
    thread.join()
    return data


def test_a_new_file_and_an_earlier_one_are_whole_and_nothing_is_left_beside(tmp_path: Path) -> None:
    for data in (MINE + b"1", MINE + b"2"):
        prepare_named(tmp_path / "a" / "b" / "out", ours)
        written(tmp_path / "a" / "b" / "out", data)
        assert (tmp_path / "a" / "b" / "out").read_bytes() == data
    assert [p.name for p in (tmp_path / "a" / "b").iterdir()] == ["out"]


def test_a_fifo_is_written_into(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    prepare_named(fifo, ours)  # waits for nobody
    long = MINE + b"x" * 300_000
    assert read_through(fifo, lambda: written(fifo, long)) == long
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_the_control_an_atomic_write_replaces_a_fifo(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    write_atomic(fifo, b"x", durable=False)
    assert stat.S_ISREG(fifo.stat().st_mode)


def test_a_device_is_written_into_and_its_refusal_is_told(tmp_path: Path) -> None:
    full = tmp_path / "full"
    try:
        os.mknod(full, 0o666 | stat.S_IFCHR, os.makedev(1, 7))
        full.open("wb").close()
    except OSError:
        pytest.skip("only root makes devices")
    prepare_named(full, ours)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)) as refused:
        written(full)
    assert refused.value.errno == errno.ENOSPC
    assert stat.S_ISCHR(full.stat().st_mode)


def test_a_link_is_followed_also_where_it_leads_to_nothing_yet(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "link"
    link.symlink_to("there/out")
    for data in (MINE + b"1", MINE + b"2"):
        prepare_named(link, ours)
        written(link, data)
        assert (tmp_path / "there" / "out").read_bytes() == data
    assert link.is_symlink()
    assert [p.name for p in (tmp_path / "there").iterdir()] == ["out"]


def test_a_fifo_behind_a_link_is_written_into(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    link = tmp_path / "link"
    link.symlink_to("fifo")
    assert read_through(tmp_path / "fifo", lambda: written(link)) == MINE + b"new"
    assert link.is_symlink()


@pytest.mark.parametrize("by_link", [False, True])
def test_another_file_stays_and_an_empty_one_is_taken(tmp_path: Path, *, by_link: bool) -> None:
    foreign = tmp_path / "n.ipynb"
    foreign.write_bytes(b'{"cells": []}')
    path = tmp_path / "link" if by_link else foreign
    if by_link:
        path.symlink_to(foreign)
    for write in (lambda: prepare_named(path, ours), lambda: written(path)):
        with pytest.raises(ForeignFileError, match="another file is there"):
            write()
    assert foreign.read_bytes() == b'{"cells": []}'
    foreign.write_bytes(b"")
    written(path)
    assert foreign.read_bytes() == MINE + b"new"


def test_the_mode_of_what_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(MINE)
    path.chmod(0o606)
    written(path)
    assert path.stat().st_mode & 0o777 == 0o606


@pytest.mark.parametrize(
    ("make", "number"), [("folder", errno.EISDIR), ("loop", errno.ELOOP), ("below a file", errno.ENOTDIR)]
)
def test_what_cannot_be_written_is_told_before_and_after(tmp_path: Path, make: str, number: int) -> None:
    path = tmp_path / "out"
    if make == "folder":
        path.mkdir()
    elif make == "loop":
        path.symlink_to(path)
    else:
        path.write_bytes(b"")
        path /= "x"
    for write in (lambda: prepare_named(path, ours), lambda: written(path)):
        with pytest.raises(OSError, match=os.strerror(number)):
            write()


def test_a_file_that_may_not_be_written_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out"
    path.write_bytes(MINE)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    for write in (lambda: prepare_named(path, ours), lambda: written(path)):
        with pytest.raises(PermissionError, match=os.strerror(errno.EACCES)):
            write()
    assert path.read_bytes() == MINE


INTO_STDOUT = """
import sys
from pathlib import Path
from alpha_bench.runtime.named_files import is_standard_output, write_named
here = is_standard_output(Path("/dev/stdout"))
print("before", flush=True)
write_named(Path(sys.argv[1]), b"page\\n", durable=False, ours=lambda there: False)
print("after", here, flush=True)
"""


@pytest.mark.parametrize("named", ["/dev/stdout", "out.txt"])
def test_the_process_s_own_output_is_written_where_it_stands(tmp_path: Path, named: str) -> None:
    with (tmp_path / "out.txt").open("wb") as stream:
        subprocess.run([sys.executable, "-c", INTO_STDOUT, named], cwd=tmp_path, stdout=stream, check=True)
    assert (tmp_path / "out.txt").read_text() == "before\npage\nafter True\n"
    done = subprocess.run(
        [sys.executable, "-c", INTO_STDOUT, "/dev/stdout"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "before\npage\nafter True\n"


def test_another_file_is_not_the_standard_output(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert not is_standard_output(tmp_path / "a")
    assert not is_standard_output(tmp_path / "b")
