"""Modules of the project: found as a kernel finds them, whole, and nothing that is not theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode.inputs import LocalModules, find_local_modules
from nbcode.notebook import module_folders, modules_beside


def project(root: Path, **files: str) -> Path:
    for name, source in files.items():
        path = root / name.replace("__dot__", ".").replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    (root / "nb").mkdir(exist_ok=True)
    return root


def found(root: Path, *names: str, others: frozenset[str] = frozenset({"numpy", "pandas"})) -> LocalModules:
    folders = module_folders(root / "nb" / "n.py", root)
    return find_local_modules(names, folders, root, others=others)


def test_a_module_beside_with_what_it_imports(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        nb__utils__dot__py="import numpy as np\nfrom scipy import stats\nfrom more import x\n",
        nb__more__dot__py="import json, os.path\nx = 1\n",
        nb__unused__dot__py="",
    )
    got = found(root, "utils")
    assert [one.path for one in got.modules] == ["nb/more.py", "nb/utils.py"]
    assert got.folders == ("nb",)
    assert got.imports >= {"numpy", "scipy"}


def test_the_folder_beside_comes_before_those_around_it_and_src(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        utils__dot__py="AROUND = 1\n",
        nb__utils__dot__py="BESIDE = 1\n",
        common__dot__py="",
        src__lib__dot__py="",
    )
    got = found(root, "utils", "common", "lib")
    assert [one.path for one in got.modules] == ["common.py", "nb/utils.py", "src/lib.py"]
    assert set(got.folders) == {"nb", ".", "src"}


def test_a_folder_of_modules_is_taken_as_a_package_that_does_not_say_so(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        nb__lib__steps__dot__py="from lib.deep import base\n",
        nb__lib__deep__base__dot__py="",
        nb__tables__prices__dot__csv="",
        tools__a__dot__py="",
        nb__tools__notes__dot__txt="",
    )
    assert modules_beside(root / "nb" / "n.py", root) >= {"lib", "tools"}
    assert "tables" not in modules_beside(root / "nb" / "n.py", root)
    got = found(root, "lib", "tools")
    assert [one.path for one in got.modules] == ["nb/lib/deep/base.py", "nb/lib/steps.py", "tools/a.py"]
    assert got.sources[0] == ("lib/deep/base.py", "")


def test_a_package_of_a_folder_around_comes_before_a_folder_of_modules_beside(tmp_path: Path) -> None:
    root = project(tmp_path, nb__lib__a__dot__py="", lib__b__dot__py="")
    (root / "lib" / "__init__.py").write_text("")
    assert [one.path for one in found(root, "lib").modules] == ["lib/__init__.py", "lib/b.py"]


def test_a_package_is_taken_whole(tmp_path: Path) -> None:
    root = tmp_path
    for name in ("__init__.py", "a.py", "deep/__init__.py", "deep/b.py", "__pycache__/a.cpython-311.py"):
        path = root / "nb" / "pkg" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    got = found(root, "pkg")
    assert [one.path for one in got.modules] == [
        "nb/pkg/__init__.py",
        "nb/pkg/a.py",
        "nb/pkg/deep/__init__.py",
        "nb/pkg/deep/b.py",
    ]


def test_what_is_installed_or_of_the_stdlib_is_none(tmp_path: Path) -> None:
    root = project(tmp_path, nb__numpy__dot__py="", nb__json__dot__py="")
    assert found(root, "numpy", "json") == LocalModules()


@pytest.mark.parametrize("kind", ["link", "no python", "too large"])
def test_what_cannot_be_taken_along_is_told(kind: str, tmp_path: Path) -> None:
    root = project(tmp_path)
    module = root / "nb" / "utils.py"
    if kind == "link":
        (tmp_path / "elsewhere.py").write_text("x = 1\n")
        module.symlink_to(tmp_path / "elsewhere.py")
    else:
        module.write_text("def (" if kind == "no python" else "#" * (5 << 20))
    got = found(root, "utils")
    assert got.modules == ()
    assert [(d.code, d.place and d.place.path) for d in got.diagnostics] == [("NBC-D09", "nb/utils.py")]


def test_the_sources_are_named_as_imports_name_them(tmp_path: Path) -> None:
    root = project(tmp_path, nb__utils__dot__py="A = 1\n", src__lib__dot__py="")
    assert sorted(path for path, _ in found(root, "utils", "lib").sources) == ["lib.py", "utils.py"]
