"""Modules of the project in the describe child: found from their sources, packages that say so and folders that do not."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

import pytest

from nbcode.definition.module_finder import ModuleFinder

SOURCES = (
    ("finder_pkg/__init__.py", "FIRST = 1\n"),
    ("finder_pkg/a.py", "from . import FIRST\nfrom finder_folder.deep.b import SECOND\n"),
    ("finder_folder/deep/b.py", "SECOND = 2\n"),
    ("finder_alone.py", "THIRD = 3\n"),
)


@pytest.fixture(autouse=True)
def finder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, ModuleFinder(SOURCES)])
    yield
    for name in [one for one in sys.modules if one.startswith("finder_")]:
        del sys.modules[name]


def test_packages_folders_of_modules_and_modules_are_imported() -> None:
    found = importlib.import_module("finder_pkg.a")
    assert (found.FIRST, found.SECOND) == (1, 2)
    assert importlib.import_module("finder_alone").THIRD == 3


@pytest.mark.parametrize("name", ["finder_other", "finder_folder.other", "finder_pk"])
def test_what_is_not_there_is_not_found(name: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=name):
        importlib.import_module(name)
