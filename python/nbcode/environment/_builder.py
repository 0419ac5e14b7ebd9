"""The window that makes an environment from a lock, and takes a kept one only when it proves itself.

1. Wheels: from a file whose SHA-256 is the lock's; else as uv's cache has unpacked them, where that is also what is installed
   here. Distributions that were locked as they are installed come from there, source trees from their directories. Each file
   is hashed while it is written, and held against its RECORD.
2. What another kept environment has of the same distributions, is shared with it: both are read-only, and hold no other bytes.
3. Byte code is compiled from these sources, by this interpreter and without running any of them.
4. All is noted (:mod:`_fingerprint`), and the directory gets its name, the digest of lock and platform key, in one step.

No program of the environment, and no ``.pth`` of it, is run here.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from venv import EnvBuilder

from alpha_bench.describe import place_directory
from nbcode.environment import _fingerprint, _uv
from nbcode.environment._copying import (
    Copy,
    DifferentContentError,
    copies_of_installed,
    copies_of_tree,
    copy_files,
    finish_tree,
    link_file,
)
from nbcode.environment._installed import Site, record_entries
from nbcode.environment._wheels import NoCompatibleWheelError, find_wheel, place_wheel
from nbcode.environment.fresh import Creation, FreshEnvironment, home_of
from nbcode.environment.lock import EnvironmentLock, LockedDistribution
from nbcode.environment.locking import marker_applies
from nbcode.primitives import Diagnostic, Json, Severity, locked_directory

_UNUSED_S = 30 * 24 * 3600
_UNFINISHED = ".new-"
_DONORS = 4


class _RefusedError(Exception):
    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__()


def create(
    lock: EnvironmentLock,
    store: Path,
    site: Site,
    on_build: Callable[[str], None],
    difference: Callable[[Path], str | None],
) -> Creation:
    """See :func:`nbcode.environment.creating.create_environment`; ``difference`` says what changed in the kept one."""
    home = home_of(lock, store)
    changed = difference(home) if home.is_dir() else ""
    if changed is None:
        with contextlib.suppress(OSError):  # only for the sweep: it goes by when one was last used
            os.utime(home)
        return _created(home, created=False)
    on_build(changed)
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        _sweep(home.parent)
        with locked_directory(home.parent, _UNFINISHED) as temporary:
            made = temporary / "environment"
            _Filling(made, home, lock, store, site).fill()
            _take_place(made, home, temporary)
    except _RefusedError as refused:
        return Creation(environment=None, diagnostics=(refused.diagnostic,))
    except DifferentContentError as error:
        return Creation(environment=None, diagnostics=(_mismatch(str(error)),))
    except (OSError, subprocess.SubprocessError) as error:
        return Creation(environment=None, diagnostics=(_failed(str(error)),))
    return _created(home, created=True, notes=(_made_anew(changed),) if changed else ())


def _take_place(made: Path, home: Path, temporary: Path) -> None:
    """Give the new environment its name. One that is there and proves itself was made meanwhile by another process."""
    for attempt in range(8):
        if place_directory(made, home, durable=False):
            return
        if home.is_dir() and _fingerprint.difference(home) is None:
            return
        with contextlib.suppress(FileNotFoundError):  # out of the way, to be removed with ``temporary``
            home.rename(temporary / f"replaced-{attempt}")
    raise OSError(f"{home} is being changed by others")


def _sweep(folder: Path) -> None:
    """Remove environments that no run has used for a month: they can be made again."""
    for left in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # its owner has just finished
            if left.is_dir() and left.stat().st_mtime < time.time() - _UNUSED_S:
                shutil.rmtree(left, ignore_errors=True)


class _Filling:
    """One environment in the making, in ``made``; its name will be ``home``."""

    def __init__(self, made: Path, home: Path, lock: EnvironmentLock, store: Path, site: Site) -> None:
        self.made, self.home, self.lock, self.store, self.site = made, home, lock, store, site
        self.target = _lay_out(made)
        self.prefix = f"{self.target.relative_to(made)}/"
        self.known: dict[str, str] = {}
        self.files: dict[str, list[str]] = {}
        self.proofs: dict[str, str] = {}

    def fill(self) -> None:
        wanted = [d for d in self.lock.distributions if marker_applies(d.marker)]
        rest = self._open_wheels(self._share(wanted))
        copies = [*self._unpacked(rest), *self._here(rest)]
        for one, digest in copy_files(copies, self.target):
            self._note(one.owner, one.path, digest)
        for locked in rest:
            if _kind(locked) == "tree-sha256" and (source := self.site.directory(locked.name)):
                for path, digest in finish_tree(locked, source, self.target).items():
                    self._note(locked.name, path, digest)
        _compile(self.made, self.home)
        _fingerprint.seal(self.made, [self._made_of(d) for d in wanted], self.known)

    def _note(self, owner: str, path: str, digest: str) -> None:
        self.known[self.prefix + path] = digest
        self.files.setdefault(owner, []).append(self.prefix + path)

    def _made_of(self, locked: LockedDistribution) -> Json:
        """A distribution of the environment, how its content was proved, and its files."""
        return {
            "name": locked.name,
            "version": locked.version,
            "hashes": list(locked.hashes),
            "proof": self.proofs[locked.name],
            "files": list[Json](self.files.get(locked.name, [])),
        }

    def _share(self, wanted: list[LockedDistribution]) -> list[LockedDistribution]:
        """Take what other kept environments have, proved now; returns what none has."""
        for donor in _donors(self.home):
            if not wanted:
                break
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                wanted = self._from_donor(donor, wanted)
        return wanted

    def _from_donor(self, donor: Path, wanted: list[LockedDistribution]) -> list[LockedDistribution]:
        noted = _fingerprint.read_note(donor)
        has = {_identity(one["name"], one["version"], one["hashes"]): one for one in _entries(noted.about)}
        shared = [d for d in wanted if _identity(d.name, d.version, d.hashes) in has]
        if not shared or _fingerprint.difference(donor) is not None:
            return wanted
        for locked in shared:
            one = has[_identity(locked.name, locked.version, locked.hashes)]
            for path in one["files"]:
                self._link(donor, path, noted)
                self.files.setdefault(locked.name, []).append(path)
            self.proofs[locked.name] = one["proof"]
        return [d for d in wanted if d not in shared]

    def _link(self, donor: Path, path: str, noted: _fingerprint.Noted) -> None:
        for one in (path, _bytecode_of(path)):
            if one in noted.files:
                link_file(f"{donor}/{one}", f"{self.made}/{one}")
                self.known[one] = noted.files[one][1]

    def _open_wheels(self, wanted: Sequence[LockedDistribution]) -> list[LockedDistribution]:
        """Unpack the wheels that are files here; returns the others."""
        kept = self.store / "wheels"
        files = [*self.lock.places.files, *(sorted(kept.glob("*.whl")) if kept.is_dir() else [])]
        rest = []
        for locked in wanted:
            try:
                wheel = find_wheel(locked, files) if _kind(locked) == "sha256" else None
            except NoCompatibleWheelError as error:
                raise _RefusedError(_no_wheel(str(error))) from error
            if wheel is None:
                rest.append(locked)
                continue
            for path, digest in place_wheel(wheel, self.target):
                self._note(locked.name, path, digest)
            self.proofs[locked.name] = "wheel"
        return rest

    def _unpacked(self, rest: Sequence[LockedDistribution]) -> list[Copy]:
        """Wheels out of uv's cache, each the same as what is installed here: the cache alone is not believed."""
        wheels = [d for d in rest if _kind(d) == "sha256"]
        if not wheels:
            return []
        folder = self.made.parent / "uv"
        folder.mkdir()
        said = _uv.unpack(wheels, self.lock.places.indexes, folder)
        if said is not None:
            raise _RefusedError(_refusal(said))
        found = Site(tuple((folder / "prefix").glob("lib*/python*/site-packages")))
        copies: list[Copy] = []
        for locked in wheels:
            if locked.name not in found.infos or locked.name not in self.site.infos:
                raise _RefusedError(_missing([locked]))
            info, here = found.infos[locked.name][1], self.site.infos[locked.name][1]
            _hold(locked, record_entries(info), record_entries(here))
            copies += copies_of_installed(locked, info, twin=here)
            self.proofs[locked.name] = "installed"
        _no_strangers(found.paths, frozenset(one.source for one in copies))
        return copies

    def _here(self, rest: Sequence[LockedDistribution]) -> list[Copy]:
        """What was locked as it is installed, and source trees."""
        copies: list[Copy] = []
        for locked in rest:
            kind, directory = _kind(locked), self.site.directory(locked.name)
            if kind == "sha256":
                continue
            if kind == "record-sha256" and locked.name in self.site.infos:
                copies += copies_of_installed(locked, self.site.infos[locked.name][1])
            elif kind == "tree-sha256" and directory is not None:
                copies += copies_of_tree(locked, directory)
            else:
                raise _RefusedError(_missing([locked]))
            self.proofs[locked.name] = kind.removesuffix("-sha256")
        return copies


def _kind(locked: LockedDistribution) -> str:
    return locked.hashes[0].partition(":")[0] if locked.hashes else ""


def _identity(name: str, version: str, hashes: Sequence[str]) -> tuple[str, str, tuple[str, ...]]:
    return name, version, tuple(hashes)


def _entries(about: Any) -> list[dict[str, Any]]:
    return [one for one in about if isinstance(one, dict)]


def _bytecode_of(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/__pycache__/{name.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"


def _donors(home: Path) -> list[Path]:
    """The kept environments that were used last, but for the one that is to be made."""
    others = [p for p in home.parent.iterdir() if not p.name.startswith(".") and p.name != home.name]
    return sorted(others, key=lambda p: p.stat().st_mtime, reverse=True)[:_DONORS]


def _hold(
    locked: LockedDistribution, unpacked: Sequence[tuple[str, str]], installed: Sequence[tuple[str, str]]
) -> None:
    """Hold what uv unpacked for the lock's hash against what nbcode itself runs beside."""
    differing = sorted({path for path, _ in {*unpacked} ^ {*installed}})
    if differing:
        raise DifferentContentError(
            f"{locked.name}: {differing[0]} is not the same in uv's cache as it is installed here"
        )


def _no_strangers(paths: Iterable[Path], known: frozenset[str]) -> None:
    """Refuse files that no RECORD names: a wheel has none, so somebody put them there."""
    for path in paths:
        for folder, folders, files in os.walk(path):
            folders[:] = [f for f in folders if f != "__pycache__" and not f.endswith(".dist-info")]
            for file in files:
                if f"{folder}/{file}" not in known:
                    raise DifferentContentError(f"uv's cache has {file}, which is in no wheel's RECORD")


def _lay_out(made: Path) -> Path:
    """An empty virtual environment without programs to install with; returns its site-packages."""
    builder = EnvBuilder(symlinks=True)
    context = builder.ensure_directories(str(made))
    builder.create_configuration(context)
    builder.setup_python(context)
    return next((made / "lib").glob("python*/site-packages"))


def _compile(made: Path, home: Path) -> None:
    """Byte code for all but tests, without importing anything: the compiler only reads."""
    subprocess.run(
        [
            *(sys.executable, "-I", "-S", "-m", "compileall", "-qq", "-j", "0"),
            *("-x", r"/tests?/", "-s", str(made), "-p", str(home), str(made / "lib")),
        ],
        capture_output=True,
        env={"PATH": os.defpath},
        timeout=_uv.TIMEOUT_S,
        check=False,  # some files of some packages are for other versions of Python
    )


def _created(home: Path, *, created: bool, notes: tuple[Diagnostic, ...] = ()) -> Creation:
    environment = FreshEnvironment(python=home / "bin" / "python", home=home, created=created)
    return Creation(environment=environment, diagnostics=notes)


def _refusal(said: _uv.UvProblem) -> Diagnostic:
    if said.mismatch:
        return _mismatch(said.mismatch)
    if said.no_wheel:
        return _no_wheel(said.no_wheel)
    return _missing(said.missing) if said.missing else _failed(said.failure)


def _made_anew(changed: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-G11",
        severity=Severity.NOTE,
        message=f"the kept environment was made anew: {changed}",
        cause="what is kept proves itself before each run, and is not used where it cannot",
        fixes=("find out what writes there: nbcode does not",),
    )


def _mismatch(what: str) -> Diagnostic:
    name = what.partition(":")[0]
    named = re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) is not None
    return Diagnostic(
        code="NBC-G04",
        message="a distribution is not what the lock says",
        cause=what,
        fixes=(
            f"find out who changed it; then `uv cache clean {name}` and `uv sync --reinstall-package {name}`"
            if named
            else "find out who changed it; then `uv sync --reinstall`",
        ),
    )


def _missing(missing: Sequence[LockedDistribution]) -> Diagnostic:
    names = ", ".join(f"{d.name} {d.version}" for d in missing)
    return Diagnostic(
        code="NBC-G05",
        message=f"{len(missing)} wheel(s) are not on this machine: {names}",
        cause="a fresh environment is made without the network",
        fixes=("`uv sync` while online, which fills uv's cache",),
    )


def _no_wheel(why: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-G07",
        message="the lock has no wheel for this platform",
        cause=why,
        fixes=("lock for this platform too, or run on one that the lock names",),
    )


def _failed(why: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-G05",
        message="the fresh environment could not be made",
        cause=why,
        fixes=("`uv sync`, which says what is wrong with the lock",),
    )
