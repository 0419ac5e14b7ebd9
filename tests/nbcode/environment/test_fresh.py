"""A fresh environment, made from wheels, installed files and source trees that are on this machine."""

from __future__ import annotations

import os
import stat
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fakes.sites import install, install_editable, write_wheel
from nbcode.environment import (
    Creation,
    EnvironmentLock,
    LockedDistribution,
    Site,
    WheelPlaces,
    create_environment,
    lock_digest,
    verify_environments,
)
from nbcode.environment._installed import record_hash, tree_hash
from nbcode.primitives import Exit, exit_for, locked_directory


class House:
    """A lock that knows one folder of wheels and no index, and a site beside it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.wheels = home / "wheels"
        self.wheels.mkdir()
        self.site = home / "site"
        self.site.mkdir()
        self.store = home / "store"
        self.told: list[str] = []

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
            places=WheelPlaces(files=tuple(sorted(self.wheels.iterdir()))),
        )
        return create_environment(lock, store=self.store, site=Site((self.site,)), on_build=self.told.append)

    def left(self) -> list[str]:
        return sorted(p.name for p in (self.store / "environments").iterdir())


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def home_of(creation: Creation) -> Path:
    assert creation.environment is not None, creation.diagnostics
    return creation.environment.home


def say(creation: Creation, code: str) -> str:
    assert creation.environment is not None, creation.diagnostics
    done = subprocess.run(
        [creation.environment.python, "-I", "-B", "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def files(home: Path) -> Iterator[Path]:
    return (p for p in (home / "lib").rglob("*") if p.is_file() and not p.is_symlink())


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


def test_its_files_are_read_only_bytes_of_its_own(house: House) -> None:
    info = install(house.site, "a")
    source = install_editable(house.site, house.home / "work", "b")
    made = house.create(house.locked("a", record_hash(info)), house.locked("b", tree_hash(source)))
    foreign = {p.stat().st_ino for folder in (house.site, source) for p in folder.rglob("*")}
    assert {stat.S_IMODE(p.stat().st_mode) & 0o222 for p in files(home_of(made))} == {0}
    assert {p.stat().st_ino for p in files(home_of(made))}.isdisjoint(foreign)
    (house.site / "a" / "__init__.py").write_text("VERSION = 'changed in place'\n")
    assert say(made, "import a; print(a.VERSION)") == "1.0"


def test_what_two_environments_share_is_made_once(house: House) -> None:
    info = install(house.site, "a")
    locked = house.locked("a", record_hash(info))
    first, second = house.create(locked), house.create(locked, house.wheel("b"))
    module = "lib/*/site-packages/a/__init__.py"
    inodes = {next(home_of(made).glob(module)).stat().st_ino for made in (first, second)}
    assert len(inodes) == 1
    assert say(second, "import a, b; print(a.VERSION)") == "1.0"


def edit_in_place(file: Path) -> None:
    file.chmod(0o644)
    with file.open("a") as out:
        out.write("X = 2\n")


def edit_and_date_back(file: Path) -> None:
    """The same size, inode, mode and modification time: what is left to tell it is the change time."""
    seen = file.stat()
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"1", b"2"))
    file.chmod(stat.S_IMODE(seen.st_mode))
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (seen.st_size, seen.st_mtime_ns)


def edit_by_replacing(file: Path) -> None:
    text = file.read_text()
    other = file.with_name("other")
    other.write_text(text.replace("1", "2"))
    os.utime(other, ns=(file.stat().st_mtime_ns,) * 2)
    other.replace(file)


def remove(file: Path) -> None:
    file.unlink()


def add(file: Path) -> None:
    file.with_name("sitecustomize.py").write_text("")


def add_byte_code(file: Path) -> None:
    place = file.parent / "__pycache__" / "b.cpython-311.pyc"
    place.write_bytes(b"")


def lose_the_note(file: Path) -> None:
    for note in (file.parents[3] / ".nbcode").iterdir():
        note.unlink()


CHANGES = {
    edit_in_place: "site-packages/a.py changed",
    edit_by_replacing: "site-packages/a.py changed",
    edit_and_date_back: "site-packages/a.py changed",
    remove: "site-packages/a.py is gone",
    add: "site-packages/sitecustomize.py was added",
    add_byte_code: "b.cpython-311.pyc was added",
    lose_the_note: "there is no note of what its files were",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__)
def test_a_changed_environment_is_never_used_and_made_anew(house: House, change: object) -> None:
    wheel = house.wheel("a")
    home = home_of(house.create(wheel))
    module = next(home.glob("lib/*/site-packages/a.py"))
    change(module)  # type: ignore[operator]
    again = house.create(wheel)
    assert home_of(again) == home
    (note,) = again.diagnostics
    assert note.code == "NBC-G11"
    assert CHANGES[change] in note.message  # type: ignore[index]
    assert house.told[1] in note.message
    assert say(again, "import a; print(a.X)") == "1"
    assert house.create(wheel).diagnostics == ()
    assert house.left() == [home.name]


@pytest.mark.parametrize("change", [None, edit_in_place], ids=["new", "changed"])
def test_many_that_make_one_environment_at_once_get_one_that_is_whole(house: House, change: object) -> None:
    wheel = house.wheel("a")
    if change is not None:
        change(next(home_of(house.create(wheel)).glob("lib/*/site-packages/a.py")))  # type: ignore[operator]
    together = threading.Barrier(4)

    def create(_: int) -> Creation:
        together.wait()
        return house.create(wheel)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(create, range(4)))
    (home,) = {home_of(one) for one in made}
    assert house.left() == [home.name]
    assert say(made[0], "import a; print(a.X)") == "1"
    (found,) = verify_environments(house.store)
    assert found.problem is None


def test_a_change_spreads_to_no_other_environment(house: House) -> None:
    info = install(house.site, "a")
    locked = house.locked("a", record_hash(info))
    first = house.create(locked)
    edit_in_place(next(home_of(first).glob("lib/*/site-packages/a/__init__.py")))
    second = house.create(locked, house.wheel("b"))
    assert say(second, "import a; print(hasattr(a, 'X'))") == "False"


def test_files_that_were_only_copied_or_touched_prove_themselves_by_their_content(house: House) -> None:
    """As when a CI's cache of the folder is unpacked."""
    wheel = house.wheel("a")
    home = home_of(house.create(wheel))
    module = next(home.glob("lib/*/site-packages/a.py"))
    other = module.with_name("other")
    other.write_bytes(module.read_bytes())
    other.replace(module)
    again = house.create(wheel)
    assert again.environment is not None
    assert (again.environment.created, again.diagnostics) == (False, ())
    assert stat.S_IMODE(module.stat().st_mode) == 0o444


def test_a_change_that_hides_from_a_glance_is_found_by_reading(house: House) -> None:
    home = home_of(house.create(house.wheel("a")))
    module = next(home.glob("lib/*/site-packages/a.py"))
    before = module.stat()
    module.chmod(0o644)
    module.write_text(module.read_text().replace("1", "2"))
    module.chmod(0o444)
    os.utime(module, ns=(before.st_atime_ns, before.st_mtime_ns))
    (found,) = verify_environments(house.store)
    assert found.home == home
    assert found.problem is not None
    assert "a.py changed" in found.problem


def test_an_untouched_environment_is_found_whole_with_how_each_distribution_was_proved(house: House) -> None:
    info = install(house.site, "b")
    house.create(house.wheel("a"), house.locked("b", record_hash(info)))
    (found,) = verify_environments(house.store)
    assert found.problem is None
    assert found.proofs == (("record", 1), ("wheel", 1))


def test_no_program_and_no_pth_of_the_environment_runs_while_it_is_made(house: House) -> None:
    ran = house.home / "ran"
    hostile = write_wheel(
        house.wheels, "a", extra={"zz.pth": f"import os; open({str(ran)!r}, 'a').write('x')\n".encode()}
    )
    made = house.create(house.locked("a", hostile))
    assert not ran.exists()
    say(made, "print(1)")  # the control: an interpreter that starts there does run it
    assert ran.exists()


def test_what_a_killed_process_left_is_removed_and_what_is_at_work_is_not(house: House) -> None:
    place = house.store / "environments"
    place.mkdir(parents=True)
    (place / ".new-0123abcd.lock").touch()  # nobody holds it
    (place / ".new-0123abcd").mkdir()
    with locked_directory(place, ".new-") as at_work:
        house.create(house.wheel("a"))
        assert [n for n in house.left() if n.startswith(".")] == [at_work.name, f"{at_work.name}.lock"]


def test_an_environment_that_no_run_has_used_for_a_month_is_removed_and_a_used_one_is_not(
    house: House,
) -> None:
    wheel = house.wheel("a")  # made once: a wheel made later has another digest
    used, unused = house.create(wheel), house.create(house.wheel("b"))
    for made in (used, unused):
        os.utime(home_of(made), (time.time() - 31 * 24 * 3600,) * 2)
    house.create(wheel)
    third = house.create(house.wheel("c"))
    assert house.left() == sorted([home_of(used).name, home_of(third).name])


def test_byte_code_is_compiled_from_its_own_sources_and_never_taken_from_elsewhere(house: House) -> None:
    info = install(house.site, "a")
    (house.site / "a" / "__pycache__").mkdir()
    foreign = house.site / "a" / "__pycache__" / "__init__.cpython-311.pyc"
    foreign.write_bytes(b"another program")
    made = house.create(house.locked("a", record_hash(info)))
    (compiled,) = home_of(made).rglob("a/__pycache__/__init__.*.pyc")
    assert compiled.read_bytes() != foreign.read_bytes()
    assert say(made, "import a; print(a.__spec__.cached == a.__cached__, a.VERSION)") == "True 1.0"


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
    assert "a-1.0-py3-none-any.whl" in refused(house, "NBC-G04", house.locked("a", "sha256:" + "0" * 64))


def rewritten(wheel: Path, members: dict[str, bytes]) -> str:
    """The hash of the wheel with members changed or added and its RECORD as it was."""
    import hashlib

    with zipfile.ZipFile(wheel) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in (kept | members).items():
            archive.writestr(name, data)
    return f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"a.py": b"X = 2\n"}, "a.py is not what its RECORD says"),
        ({"zz.pth": b"import os\n"}, "zz.pth is not in its RECORD"),
        ({"../outside.py": b""}, "leads outside"),
        ({"a-1.0.data/purelib/../../../outside.py": b""}, "leads outside"),
    ],
)
def test_a_wheel_that_contradicts_its_record_is_g04(
    house: House, members: dict[str, bytes], why: str
) -> None:
    write_wheel(house.wheels, "a")
    (wheel,) = house.wheels.iterdir()
    assert why in refused(house, "NBC-G04", house.locked("a", rewritten(wheel, members)))
    assert not list(house.store.rglob("outside.py"))


def test_a_wheel_that_is_none_is_g04(house: House) -> None:
    import hashlib

    (house.wheels / "a-1.0-py3-none-any.whl").write_bytes(b"PK")
    locked = house.locked("a", f"sha256:{hashlib.sha256(b'PK').hexdigest()}")
    assert "a-1.0-py3-none-any.whl" in refused(house, "NBC-G04", locked)


def test_an_installed_file_that_was_changed_is_g04(house: House) -> None:
    info = install(house.site, "a")
    (house.site / "a" / "__init__.py").write_text("changed")
    assert "a/__init__.py changed" in refused(house, "NBC-G04", house.locked("a", record_hash(info)))


def test_an_installed_file_that_is_gone_is_g04(house: House) -> None:
    info = install(house.site, "a")
    (house.site / "a" / "__init__.py").unlink()
    assert "a/__init__.py is gone" in refused(house, "NBC-G04", house.locked("a", record_hash(info)))


def test_a_record_that_was_changed_with_its_file_is_g04(house: House) -> None:
    locked = house.locked("a", record_hash(install(house.site, "a")))
    (house.site / "a-1.0.dist-info" / "RECORD").write_text("a/__init__.py,sha256=x,1\n")
    assert "its RECORD changed" in refused(house, "NBC-G04", locked)


def test_a_source_tree_that_was_changed_is_g04(house: House) -> None:
    source = install_editable(house.site, house.home / "work", "a")
    locked = house.locked("a", tree_hash(source))
    (source / "__init__.py").write_text("X = 2\n")
    assert "source files changed" in refused(house, "NBC-G04", locked)


def test_what_was_locked_as_installed_and_is_not_any_more_is_g05(house: House) -> None:
    assert "a 1.0" in refused(house, "NBC-G05", house.locked("a", "record-sha256:" + "0" * 64))


def test_a_wheel_for_another_platform_is_g07(house: House) -> None:
    assert "platform" in refused(house, "NBC-G07", house.wheel("a", tag="cp27-cp27m-win32"))
