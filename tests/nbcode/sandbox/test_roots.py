"""What of a directory that is on an interpreter's path can be read in the sandbox: packages, and nothing beside them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from venv import EnvBuilder

import pytest

from nbcode.sandbox import (
    IsolationLevel,
    Request,
    interpreter_roots,
    launch,
    listed_roots,
    probe,
    scratch_directory,
)

PEEK = r"""
import json, sys
root, found = sys.argv[1], {}
for name in (".env", ".git/HEAD", ".nbcode/journal.db", "data/prices.csv", "notebook.py", "house_signals/__init__.py"):
    try:
        found[name] = open(f"{root}/{name}").read()
    except OSError:
        found[name] = None
import house_signals
found["imported"] = house_signals.X
print(json.dumps(found))
"""


class Flat:
    """A project that is installed from its own folder: a ``.pth`` names the project's root."""

    def __init__(self, home: Path) -> None:
        self.root = home / "project"
        files = {
            ".env": "secret",
            ".git/HEAD": "secret",
            ".nbcode/journal.db": "secret",
            "data/prices.csv": "secret",
            "nbcode.toml": "",
            "notebook.py": "secret",
            "house_signals/__init__.py": "X = 1\n",
            "house_signals/more/__init__.py": "",
            "nested/__init__.py": "",
            "nested/nbcode.toml": "",
        }
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)
        EnvBuilder(symlinks=True).create(home / "venv")
        self.python = home / "venv" / "bin" / "python"
        (self.site,) = (home / "venv" / "lib").glob("python*/site-packages")
        (self.site / "_house.pth").write_text(f"import os\n{self.root}\n/nowhere\n")


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Flat:
    return Flat(tmp_path_factory.mktemp("flat"))


def test_of_a_pth_root_the_packages_are_readable_and_not_the_folder(flat: Flat) -> None:
    roots = interpreter_roots(flat.python)
    assert [r for r in roots if r.is_relative_to(flat.root)] == [flat.root / "house_signals"]
    assert not any(flat.root.is_relative_to(root) for root in roots)
    assert listed_roots(flat.python) == (flat.root,)


def test_of_a_folder_that_is_no_project_single_modules_are_readable_too(tmp_path: Path) -> None:
    flat = Flat(tmp_path)
    plain = tmp_path / "plain"
    plain.mkdir()
    for name in ("single.py", "notes.txt", ".env"):
        (plain / name).write_text("")
    (plain / "out.py").symlink_to(flat.root / ".env")
    (flat.site / "_plain.pth").write_text(f"{plain}\n")
    found = [r for r in interpreter_roots(flat.python) if r.is_relative_to(plain)]
    assert found == [plain / "single.py"]


def test_a_package_that_is_a_link_is_readable_where_it_stays_in_the_folder(tmp_path: Path) -> None:
    flat = Flat(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "__init__.py").write_text("")
    (flat.root / "src" / "linked").mkdir(parents=True)
    (flat.root / "src" / "linked" / "__init__.py").write_text("")
    (flat.root / "linked").symlink_to("src/linked")
    (flat.root / "outside").symlink_to(tmp_path / "elsewhere")
    found = {r for r in interpreter_roots(flat.python) if r.is_relative_to(flat.root)}
    assert found == {
        flat.root / "house_signals",
        flat.root / "linked",
        flat.root / "src" / "linked",
    }


@pytest.mark.parametrize("level", [IsolationLevel.NAMESPACES, IsolationLevel.LANDLOCK])
def test_secrets_of_a_project_that_is_installed_flat_are_out_of_reach_and_its_package_is_not(
    flat: Flat, level: IsolationLevel
) -> None:
    if not probe(level).available:
        pytest.skip(f"{level} does not hold on this machine")
    assert peeked(flat, level) == {
        ".env": None,
        ".git/HEAD": None,
        ".nbcode/journal.db": None,
        "data/prices.csv": None,
        "notebook.py": None,
        "house_signals/__init__.py": "X = 1\n",
        "imported": 1,
    }


def test_the_same_secrets_are_read_where_there_is_no_wall(flat: Flat) -> None:
    assert peeked(flat, IsolationLevel.PROCESS)[".env"] == "secret"


def peeked(flat: Flat, level: IsolationLevel) -> dict[str, object]:
    lines: list[str] = []
    with scratch_directory() as scratch:
        canary = scratch / "canary"
        canary.write_bytes(b"")
        ended = launch(
            Request(
                python=flat.python,
                arguments=("-s", "-P", "-B", "-c", PEEK, str(flat.root)),
                scratch=scratch / "s",
                canary=canary,
            ),
            level=level,
            on_line=lines.append,
        )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, object] = json.loads(lines[-1])
    return found


def test_this_interpreters_own_roots_hold_nbcode_itself() -> None:
    import nbcode

    package = Path(nbcode.__file__).parent
    assert any(package.is_relative_to(root) for root in interpreter_roots(Path(sys.executable)))
