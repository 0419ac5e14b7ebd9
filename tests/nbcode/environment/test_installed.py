"""A run that uses what is installed: its files are held against their RECORDs each time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fakes.sites import install, install_editable
from nbcode.environment import EnvironmentLock, LockedDistribution, Site, check_installed, lock_digest
from nbcode.primitives import Diagnostic, Exit, exit_for


class Installed:
    """Two wheels and a source tree, installed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.site = home / "site"
        self.site.mkdir()
        install(self.site, "a")
        install(self.site, "b")
        install_editable(self.site, home / "work", "c")
        self.module = self.site / "a" / "__init__.py"

    def check(self, *names: str) -> tuple[Diagnostic, ...]:
        locked = tuple(LockedDistribution(name=n, version="1.0", hashes=("x",)) for n in names)
        lock = EnvironmentLock(
            python_version="3.11", distributions=locked, digest=lock_digest(locked), source="installed"
        )
        return check_installed(lock, store=self.home / "store", site=Site((self.site,)))


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return Installed(tmp_path)


def test_what_is_as_it_was_installed_is_taken(installed: Installed) -> None:
    assert installed.check("a", "b", "c") == ()
    assert installed.check("a", "b", "c") == ()


def edited(module: Path) -> None:
    with module.open("a") as out:
        out.write("X = 2\n")


def edited_and_dated_back(module: Path) -> None:
    before = module.stat()
    module.write_text(module.read_text().replace("1", "2"))
    os.utime(module, ns=(before.st_atime_ns, before.st_mtime_ns))


def removed(module: Path) -> None:
    module.unlink()


@pytest.mark.parametrize("change", [edited, edited_and_dated_back, removed], ids=lambda c: c.__name__)
@pytest.mark.parametrize("known", [False, True])
def test_a_file_that_differs_from_its_record_is_g04_with_the_file_and_the_fix(
    installed: Installed, change: object, known: bool
) -> None:
    if known:  # it was found right before
        assert installed.check("a", "b") == ()
    change(installed.module)  # type: ignore[operator]
    for _ in range(2):
        (finding,) = found = installed.check("a", "b")
        assert exit_for(found) is Exit.SAFETY
        assert finding.code == "NBC-G04"
        assert str(installed.module) in finding.cause
        assert "uv sync --reinstall-package a" in finding.fixes[0].title
    assert installed.check("b") == ()  # the control: what the run does not use


def test_what_was_put_right_is_taken_again(installed: Installed) -> None:
    before = installed.module.read_text()
    edited(installed.module)
    assert installed.check("a") != ()
    installed.module.write_text(before)
    assert installed.check("a") == ()


def test_a_lost_memory_costs_time_and_nothing_else(installed: Installed) -> None:
    installed.check("a")
    (memory,) = (installed.home / "store" / "installed").iterdir()
    edited(installed.module)
    for damage in (b"", b"[]", b"\xff"):
        memory.write_bytes(damage)
        assert [d.code for d in installed.check("a")] == ["NBC-G04"]
