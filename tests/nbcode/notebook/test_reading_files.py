"""The window to the disk: what is no plain file, and what changes, is refused before it is parsed."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from fakes.bad_inputs import ipynb, percent
from nbcode.notebook import Bounds, modules_beside, read_notebook
from nbcode.notebook._file import read_file


def only(path: Path) -> str:
    reading = read_notebook(path)
    assert reading.notebook is None
    (diagnostic,) = reading.diagnostics
    assert diagnostic.fixes
    return diagnostic.code


def test_a_file_is_read_with_its_path_and_digest(tmp_path: Path):
    path = tmp_path / "n.ipynb"
    path.write_bytes(ipynb())
    reading = read_notebook(path)
    assert reading.notebook is not None
    assert reading.notebook.path == str(path)
    assert reading.diagnostics == ()


def test_a_byte_order_mark_is_not_in_the_digest(tmp_path: Path):
    plain, marked = tmp_path / "a.py", tmp_path / "b.py"
    plain.write_bytes(percent())
    marked.write_bytes(b"\xef\xbb\xbf" + percent())
    one, other = read_notebook(plain).notebook, read_notebook(marked).notebook
    assert one is not None
    assert other is not None
    assert one.digest == other.digest
    assert one.cells == other.cells


def test_a_link_is_refused_and_its_target_named(tmp_path: Path):
    (tmp_path / "real.ipynb").write_bytes(ipynb())
    link = tmp_path / "link.ipynb"
    link.symlink_to("real.ipynb")
    reading = read_notebook(link)
    assert [d.code for d in reading.diagnostics] == ["NBC-A22"]
    assert "is a link to real.ipynb" in reading.diagnostics[0].message


def test_a_dangling_link_is_a_link(tmp_path: Path):
    link = tmp_path / "link.ipynb"
    link.symlink_to("gone.ipynb")
    assert only(link) == "NBC-A22"


def test_a_directory_is_no_notebook(tmp_path: Path):
    assert only(tmp_path) == "NBC-A23"


def test_a_fifo_without_a_writer_does_not_hang(tmp_path: Path):
    os.mkfifo(tmp_path / "n.ipynb")
    assert only(tmp_path / "n.ipynb") == "NBC-A23"


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_no_notebook(device: str):
    assert only(Path(device)) == "NBC-A23"


def test_a_socket_is_no_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("n.ipynb")
        assert only(Path("n.ipynb")) == "NBC-A23"


@pytest.mark.parametrize("name", ["gone.ipynb", "gone/n.ipynb", "n\0.ipynb", "n" * 300])
def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path, name: str):
    assert only(tmp_path / name) == "NBC-A29"


def test_in_place_of_a_notebook_that_is_not_there_those_that_are_are_named(tmp_path: Path):
    def fixes(name: str) -> tuple[str, ...]:
        (found,) = read_file(tmp_path / name, Bounds()).diagnostics
        return tuple(fix.title for fix in found.fixes)

    assert fixes("notebook.ipynb") == ("check the path", "`nbcode init` writes an example notebook")
    (tmp_path / "xsmom_v3.ipynb").write_bytes(ipynb())
    (tmp_path / "carry.py").write_text("# %% [meta]\n")
    (tmp_path / "helpers.py").write_text("x = 1\n")
    (told, init) = fixes("notebook.ipynb")
    assert told == f"notebooks that are here: {tmp_path / 'carry.py'}, {tmp_path / 'xsmom_v3.ipynb'}"
    assert "nbcode init" in init
    assert fixes("xsmom_v4.ipynb") == (f"did you mean {tmp_path / 'xsmom_v3.ipynb'}?",)


def test_a_file_beyond_the_bound_is_not_read(tmp_path: Path):
    path = tmp_path / "n.ipynb"
    with path.open("wb") as stream:
        stream.truncate(300_000_000)
    assert only(path) == "NBC-A19"


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path):
    path = tmp_path / "n.ipynb"
    path.write_bytes(ipynb())

    def grow() -> None:
        path.write_bytes(ipynb() + b" ")

    assert [d.code for d in read_file(path, Bounds(), after_reading=grow).diagnostics] == ["NBC-A24"]


def test_a_file_that_is_replaced_while_it_is_read_is_refused(tmp_path: Path):
    path, new = tmp_path / "n.ipynb", tmp_path / "new"
    path.write_bytes(ipynb())
    new.write_bytes(ipynb())
    assert [
        d.code for d in read_file(path, Bounds(), after_reading=lambda: new.rename(path)).diagnostics
    ] == ["NBC-A24"]


def test_control_a_file_that_holds_still_is_read(tmp_path: Path):
    path = tmp_path / "n.ipynb"
    path.write_bytes(ipynb())
    assert read_file(path, Bounds()).data == ipynb()


def test_modules_beside_a_notebook_are_python_files_packages_and_folders_of_modules(tmp_path: Path):
    (tmp_path / "n.py").touch()
    (tmp_path / "mine.py").touch()
    (tmp_path / "not-a-name.py").touch()
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    (tmp_path / "folder").mkdir()
    assert modules_beside(tmp_path / "n.py", tmp_path) == {"mine", "package"}
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "deep.py").touch()
    (tmp_path / "folder" / "near.py").touch()
    around = modules_beside(tmp_path / "folder" / "m.ipynb", tmp_path)
    assert around == {"near", "n", "mine", "package", "deep", "folder", "src"}
    assert modules_beside(tmp_path / "folder" / "m.ipynb", tmp_path / "folder") == {"near"}
