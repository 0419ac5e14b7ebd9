"""Where a notebook's project is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbcode.configuration import find_root, open_workspace
from nbcode.primitives import Exit, NbcodeError


def test_the_root_is_the_nearest_configuration_then_git_then_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    notebook = folder / "n.ipynb"
    assert find_root(notebook) == folder
    (tmp_path / ".git").mkdir()
    assert find_root(notebook) == tmp_path
    (tmp_path / "a" / "nbcode.toml").touch()
    assert find_root(notebook) == tmp_path / "a"


def test_a_configuration_above_the_repository_wins_over_git(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (tmp_path / "nbcode.toml").touch()
    assert find_root(folder) == tmp_path


def test_opening_a_workspace_writes_nothing(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "n.ipynb")
    assert (workspace.root, workspace.store) == (tmp_path, tmp_path / ".nbcode")
    assert list(tmp_path.iterdir()) == []


def test_paths_are_relative_to_the_file_and_not_to_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "nbcode.toml").write_text("[data.a]\nprices = 'p.csv'\n[store]\npath = 'elsewhere'\n")
    (tmp_path / "deep").mkdir()
    workspace = open_workspace(tmp_path / "deep" / "n.py")
    assert workspace.config.datasets[0].prices == tmp_path / "p.csv"
    assert workspace.store == tmp_path / "elsewhere"


def _directory(path: Path) -> None:
    path.mkdir()


def _latin_1(path: Path) -> None:
    path.write_bytes("# Zürich".encode("latin-1"))


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


def _huge(path: Path) -> None:
    path.write_bytes(b"#" * 1_000_001)


@pytest.mark.parametrize("make", [_directory, _latin_1, _fifo, _dangling, _huge])
def test_what_cannot_be_read_is_a_typed_error(tmp_path: Path, make: object) -> None:
    make(tmp_path / "nbcode.toml")  # type: ignore[operator]
    with pytest.raises(NbcodeError, match=r"NBC-C34 .*nbcode\.toml") as caught:
        open_workspace(tmp_path)
    assert caught.value.exit_code is Exit.USER


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "nbcode.toml").write_bytes(b"\xef\xbb\xbf[run]\nisolation = 'process'\n")
    assert open_workspace(tmp_path).config.run.isolation == "process"


def test_every_problem_is_in_the_error(tmp_path: Path) -> None:
    (tmp_path / "nbcode.toml").write_text("[rnu]\n[run]\nisolation = 1\n")
    with pytest.raises(NbcodeError, match="NBC-C12") as caught:
        open_workspace(tmp_path)
    assert [d.code for d in caught.value.diagnostics] == ["NBC-C12", "NBC-C13"]


def test_the_room_imports_the_standard_library_and_the_light_door_of_alpha_bench_only() -> None:
    code = "import sys, nbcode.configuration; print(*{m.split('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    foreign = (
        set(done.stdout.split())
        - sys.stdlib_module_names
        - {"nbcode", "alpha_bench", "lazy_loader", "rfc8785", "__main__"}
    )
    assert {name for name in foreign if not name.startswith(("_", "sitecustomize"))} == set()
