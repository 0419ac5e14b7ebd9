"""What comes out of uv's cache is held against more than uv's word; and uv gets nothing of the project. With the real uv, whose
cache is filled from an index on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from uv import find_uv_bin

from fakes.sites import write_wheel
from nbcode.environment import (
    Creation,
    EnvironmentLock,
    LockedDistribution,
    Site,
    WheelPlaces,
    create_environment,
    lock_digest,
)


class Index:
    """A package index, the cache of uv that was filled from it, and what was installed from there."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.files = home / "index"
        self.store = home / "store"
        self.cache = home / "cache" / "uv"
        self.site = home / "installed"
        handler = partial(_Quiet, directory=str(self.files))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def publish(self, name: str) -> LockedDistribution:
        found = write_wheel(self.files / name, name)
        return LockedDistribution(name=name, version="1.0", hashes=(found,))

    def sync(self, *names: str) -> None:
        """As a user's ``uv sync``: fills the cache, and installs."""
        self.uv("pip", "install", "--target", str(self.site), *names)

    def uv(self, *arguments: str) -> None:
        command = [find_uv_bin(), "--no-config", "--cache-dir", str(self.cache), *arguments]
        subprocess.run(
            [*command, "--default-index", self.url, "--link-mode", "copy"],
            check=True,
            capture_output=True,
            cwd=self.home,
        )

    def create(self, *distributions: LockedDistribution, name: str = "store") -> Creation:
        lock = EnvironmentLock(
            python_version="3.11",
            distributions=distributions,
            digest=lock_digest(distributions),
            source="uv.lock",
            places=WheelPlaces(indexes=(self.url,)),
        )
        return create_environment(lock, store=self.home / name, site=Site((self.site,)))

    def unpacked(self, name: str) -> Path:
        """The folder of the wheel in the cache."""
        (found,) = (p.parent for p in self.cache.glob(f"archive-v0/*/{name}.py"))
        return found


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    made = Index(tmp_path)
    monkeypatch.setenv("UV_CACHE_DIR", str(made.cache))
    yield made
    made.server.shutdown()
    made.server.server_close()


def module(made: Creation, name: str) -> Path:
    assert made.environment is not None, made.diagnostics
    return next(made.environment.home.glob(f"lib/*/site-packages/{name}.py"))


def refused(made: Creation, code: str) -> str:
    assert made.environment is None
    (finding,) = made.diagnostics
    assert finding.code == code
    assert finding.fixes
    return f"{finding.message}: {finding.cause}"


def test_wheels_of_the_users_cache_become_own_files_without_the_network(index: Index) -> None:
    a, b = index.publish("a"), index.publish("b")
    index.sync("a", "b")
    index.server.shutdown()
    made = index.create(a, b)
    assert module(made, "a").read_text() == "X = 1\n"
    assert module(made, "a").stat().st_nlink == 1
    assert {p.name for p in module(made, "a").parent.glob("*.dist-info")} == {
        "a-1.0.dist-info",
        "b-1.0.dist-info",
    }


def changed(folder: Path) -> None:
    (folder / "a.py").write_text("X = 2\n")


def changed_with_its_record(folder: Path) -> None:
    from fakes.sites import row

    (folder / "a.py").write_text("X = 2\n")
    record = folder / "a-1.0.dist-info" / "RECORD"
    rows = record.read_text().splitlines()
    record.write_text("\n".join([row("a.py", b"X = 2\n"), *(r for r in rows if not r.startswith("a.py"))]))


def with_a_pth(folder: Path) -> None:
    (folder / "zz.pth").write_text("import os\n")


def with_a_recorded_pth(folder: Path) -> None:
    from fakes.sites import row

    (folder / "zz.pth").write_text("import os\n")
    with (folder / "a-1.0.dist-info" / "RECORD").open("a") as out:
        out.write(row("zz.pth", b"import os\n") + "\n")


POISONS = {
    changed: "a.py changed",
    changed_with_its_record: "a.py is not the same in uv's cache as it is installed here",
    with_a_pth: "zz.pth, which is in no wheel's RECORD",
    with_a_recorded_pth: "zz.pth is not the same in uv's cache as it is installed here",
}


@pytest.mark.parametrize("poison", POISONS, ids=lambda p: p.__name__)
def test_a_poisoned_cache_is_g04_though_the_lock_has_the_true_hash(index: Index, poison: object) -> None:
    a = index.publish("a")
    index.sync("a")
    poison(index.unpacked("a"))  # type: ignore[operator]
    assert POISONS[poison] in refused(index.create(a), "NBC-G04")  # type: ignore[index]
    shutil.rmtree(index.cache)  # the control: an honest cache
    index.uv("pip", "install", "--reinstall", "--target", str(index.site), "a")
    assert module(index.create(a), "a").read_text() == "X = 1\n"


def test_a_wheel_of_another_hash_than_the_locks_is_g04(index: Index) -> None:
    index.publish("a")
    index.sync("a")
    other = LockedDistribution(name="a", version="1.0", hashes=("sha256:" + "0" * 64,))
    assert "a==1.0" in refused(index.create(other), "NBC-G04")


def test_every_missing_wheel_is_named_by_g05(index: Index) -> None:
    here, *gone = (index.publish(name) for name in ("here", "gone", "lost"))
    index.sync("here")
    said = refused(index.create(here, *gone), "NBC-G05")
    assert "2 wheel(s)" in said
    assert "gone 1.0, lost 1.0" in said


def test_a_wheel_that_is_cached_and_not_installed_is_g05(index: Index) -> None:
    a = index.publish("a")
    index.sync("a")
    shutil.rmtree(index.site)
    index.site.mkdir()
    assert "a 1.0" in refused(index.create(a), "NBC-G05")


@pytest.mark.parametrize("settings", ["uv.toml", "pyproject.toml"])
def test_a_projects_settings_for_uv_are_never_read(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str
) -> None:
    """A clone brings a cache and wheels of its own making. The lock's hashes are the true ones."""
    a = index.publish("a")
    index.sync("a")
    clone = tmp_path / "clone"
    shutil.copytree(index.cache, clone / "c", symlinks=True)
    (poisoned,) = (clone / "c").glob("archive-v0/*/a.py")
    poisoned.with_name("zz.pth").write_text("import os\n")
    own = f'cache-dir = "{clone / "c"}"\nfind-links = ["{clone}"]\n'
    (clone / settings).write_text(own if settings == "uv.toml" else f"[tool.uv]\n{own}")
    monkeypatch.chdir(clone)
    made = index.create(a)
    assert module(made, "a").read_text() == "X = 1\n"
    assert not list(module(made, "a").parent.glob("*.pth"))
    (tmp_path / "control").mkdir()
    control = [find_uv_bin(), "cache", "dir"]
    environment = {k: v for k, v in os.environ.items() if k != "UV_CACHE_DIR"}
    said = subprocess.run(control, capture_output=True, text=True, check=True, env=environment)
    assert said.stdout.strip() == str(clone / "c")  # uv itself does obey it


def test_a_relative_cache_is_no_setting_of_the_user(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbcode.environment._uv import cache_options

    assert cache_options() == ("--cache-dir", str(index.cache))
    monkeypatch.setenv("UV_CACHE_DIR", "c")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(index.home))
    assert cache_options() == ()
    (index.home / "uv").mkdir()
    (index.home / "uv" / "uv.toml").write_text('cache-dir = "/there"\n')
    monkeypatch.delenv("UV_CACHE_DIR")
    assert cache_options() == ("--cache-dir", "/there")
