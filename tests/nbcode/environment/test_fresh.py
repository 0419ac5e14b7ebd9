"""A fresh environment, made by the real uv from wheels, installed files and source trees that are on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fakes.sites import install, install_editable, write_wheel
from nbcode.environment import (
    Creation,
    EnvironmentLock,
    LockedDistribution,
    Site,
    create_environment,
    lock_digest,
)
from nbcode.environment._installed import record_hash, tree_hash
from nbcode.primitives import Exit, exit_for


class House:
    """A project whose uv knows one folder of wheels and no index, and a site beside it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.project = home / "project"
        self.project.mkdir()
        self.wheels = home / "wheels"
        self.wheels.mkdir()
        self.site = home / "site"
        self.site.mkdir()
        (self.project / "uv.toml").write_text(f'no-index = true\nfind-links = ["{self.wheels}"]\n')

    def wheel(self, name: str, tag: str = "py3-none-any") -> LockedDistribution:
        return self.locked(name, write_wheel(self.wheels, name, tag=tag))

    def locked(self, name: str, *hashes: str, marker: str = "") -> LockedDistribution:
        return LockedDistribution(name=name, version="1.0", hashes=hashes, marker=marker)

    def create(self, *distributions: LockedDistribution) -> Creation:
        lock = EnvironmentLock(
            python_version="3.11",
            distributions=distributions,
            digest=lock_digest(distributions),
            source="uv.lock",
        )
        return create_environment(
            lock, store=self.home / "store", project=self.project, site=Site((self.site,))
        )

    def left(self) -> list[str]:
        return sorted(p.name for p in (self.home / "store" / "environments").iterdir())


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def say(creation: Creation, code: str) -> str:
    assert creation.environment is not None, creation.diagnostics
    done = subprocess.run(
        [creation.environment.python, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_it_holds_exactly_the_lock(house: House) -> None:
    info = install(house.site, "from-site")
    install(house.site, "unrelated")
    source = install_editable(house.site, house.home / "work", "from-source")
    made = house.create(
        house.wheel("from-wheel"),
        house.locked("from-site", record_hash(info)),
        house.locked("from-source", tree_hash(source)),
        house.locked("elsewhere", "sha256:" + "0" * 64, marker="python_version < '3'"),
    )
    assert say(made, "import from_wheel, from_site, from_source; print(from_source.X)") == "1"
    listed = say(made, "import importlib.metadata as m; print(sorted(d.name for d in m.distributions()))")
    assert listed == "['from-site', 'from-source', 'from-wheel']"
    assert say(made, "import importlib.metadata as m; print(m.version('from-source'))") == "1.0"


def test_it_is_made_once_and_named_by_its_content(house: House) -> None:
    wheel = house.wheel("a")
    first, second = house.create(wheel), house.create(wheel)
    assert first.environment is not None
    assert second.environment is not None
    assert (first.environment.created, second.environment.created) == (True, False)
    assert first.environment.home == second.environment.home
    house.create(wheel, house.wheel("b"))
    assert len(house.left()) == 2


def test_what_a_killed_process_left_is_removed_and_what_is_at_work_is_not(house: House) -> None:
    place = house.home / "store" / "environments"
    for name, age_s in (("old", 10_000), ("young", 0)):
        (place / f".new-{name}").mkdir(parents=True)
        os.utime(place / f".new-{name}", (time.time() - age_s,) * 2)
    house.create(house.wheel("a"))
    assert [name for name in house.left() if name.startswith(".")] == [".new-young"]


def test_an_environment_that_no_run_has_used_for_a_month_is_removed_and_a_used_one_is_not(
    house: House,
) -> None:
    wheel = house.wheel("a")  # made once: a wheel made later has another digest
    used, unused = house.create(wheel), house.create(house.wheel("b"))
    assert used.environment is not None
    assert unused.environment is not None
    for made in (used, unused):
        os.utime(made.environment.home, (time.time() - 31 * 24 * 3600,) * 2)
    house.create(wheel)
    third = house.create(house.wheel("c"))
    assert third.environment is not None
    assert house.left() == sorted([used.environment.home.name, third.environment.home.name])


def test_byte_code_of_the_same_files_is_taken_over(house: House) -> None:
    info = install(house.site, "a")
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(house.site)], check=True)
    compiled = {p.name for p in house.site.rglob("*.pyc")}
    made = house.create(house.locked("a", record_hash(info)))
    assert made.environment is not None
    assert {p.name for p in made.environment.home.rglob("a/__pycache__/*.pyc")} == compiled != set()


def refused(house: House, code: str, *distributions: LockedDistribution) -> str:
    made = house.create(*distributions)
    assert made.environment is None
    (finding,) = made.diagnostics
    assert finding.code == code
    assert finding.fixes
    assert exit_for(made.diagnostics) == (Exit.SAFETY if code == "NBC-G04" else Exit.ENVIRONMENT)
    assert house.left() == []
    return f"{finding.message} {finding.cause}"


def test_a_wheel_of_another_hash_is_g04(house: House) -> None:
    write_wheel(house.wheels, "a")
    assert "a==1.0" in refused(house, "NBC-G04", house.locked("a", "sha256:" + "0" * 64))


def test_an_installed_file_that_was_changed_is_g04(house: House) -> None:
    info = install(house.site, "a")
    (house.site / "a" / "__init__.py").write_text("changed")
    assert "a/__init__.py changed" in refused(house, "NBC-G04", house.locked("a", record_hash(info)))


def test_a_record_that_was_changed_with_its_file_is_g04(house: House) -> None:
    locked = house.locked("a", record_hash(install(house.site, "a")))
    (house.site / "a-1.0.dist-info" / "RECORD").write_text("a/__init__.py,sha256=x,1\n")
    assert "its RECORD changed" in refused(house, "NBC-G04", locked)


def test_a_source_tree_that_was_changed_is_g04(house: House) -> None:
    source = install_editable(house.site, house.home / "work", "a")
    locked = house.locked("a", tree_hash(source))
    (source / "__init__.py").write_text("X = 2\n")
    assert "source files changed" in refused(house, "NBC-G04", locked)


def test_every_missing_wheel_is_named_by_g05(house: House) -> None:
    hashes = ("sha256:" + "0" * 64,)
    said = refused(
        house, "NBC-G05", house.locked("gone", *hashes), house.wheel("here"), house.locked("lost", *hashes)
    )
    assert "2 wheel(s)" in said
    assert "gone 1.0, lost 1.0" in said


def test_what_was_locked_as_installed_and_is_not_any_more_is_g05(house: House) -> None:
    assert "a 1.0" in refused(house, "NBC-G05", house.locked("a", "record-sha256:" + "0" * 64))


def test_a_wheel_for_another_platform_is_g07(house: House) -> None:
    assert "platform" in refused(house, "NBC-G07", house.wheel("a", tag="cp27-cp27m-win32"))
