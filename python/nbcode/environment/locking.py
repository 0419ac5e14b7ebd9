"""From "this root, these imports" to an EnvironmentLock.

1. The roots: what the clean run itself needs, and the distributions that the tagged cells import. So installing an
   unrelated package changes nothing.
2. Their closure: by the project's lock file where there is one, else by what is installed.
3. What is installed is held against the lock: what the researcher saw must be what the run computes.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from pathlib import Path

from nbcode.environment._cache import cached_closure
from nbcode.environment._installed import DirectoryRefusedError, Site
from nbcode.environment._lockfile import (
    LockFile,
    LockFileError,
    content_hashes,
    read_lock_file,
)
from nbcode.environment.closure import Need, Package, Requirement, closure
from nbcode.environment.importable import find_lock_file
from nbcode.environment.lock import (
    EnvironmentLock,
    LockedDistribution,
    Locking,
    LockSource,
    WheelPlaces,
    lock_digest,
)
from nbcode.primitives import Diagnostic, Digest, Place, Severity, digest_bytes, digest_json, errors_of

RUNNER_NEEDS = ("alpha-bench", "ipykernel", "nbclient", "nbcode", "nbformat", "papermill", "skops")
"""What the clean run imports whatever the cells import."""
BARE = frozenset({"nbcode"})
"""Only its own code goes into a run: its other needs (the registry, the CLI) stay outside."""


def lock_environment(
    root: Path, imports: Iterable[str], *, store: Path | None = None, site: Site | None = None
) -> Locking:
    """Lock what a run of cells with these top-level ``imports`` needs.

    ``root`` may hold ``uv.lock`` or ``pylock.toml``. ``store`` lets the closure be remembered; it is only ever a
    matter of speed. Source trees are hashed anew at each call.
    """
    site = site or Site()
    modules = tuple(sorted(set(imports)))
    path = find_lock_file(root)
    source: LockSource = "installed" if path is None else "uv.lock" if path.name == "uv.lock" else "pylock"
    try:
        key = _key(path, site, modules)
        wanted = cached_closure(store, key, lambda: _wanted(path, site, modules))
        distributions = tuple(_locked(w, site, root) for w in wanted)
    except _PythonMismatchError as error:
        return Locking(lock=None, diagnostics=(_other_python(path, str(error)),))
    except DirectoryRefusedError as error:
        return Locking(lock=None, diagnostics=(_refused_directory(error, path),))
    except (LockFileError, OSError) as error:
        return Locking(lock=None, diagnostics=(_unreadable(path, error),))
    findings = [*_note(path), *_against_site(wanted, site, path)]
    if errors_of(findings):
        return Locking(lock=None, diagnostics=tuple(findings))
    lock = EnvironmentLock(
        python_version=f"{sys.version_info.major}.{sys.version_info.minor}",
        distributions=distributions,
        digest=lock_digest(distributions),
        source=source,
        places=_places(wanted),
    )
    return Locking(lock=lock, diagnostics=tuple(findings))


class _PythonMismatchError(Exception):
    """The lock was made for other versions of Python; the text says which."""


def _key(path: Path | None, site: Site, modules: tuple[str, ...]) -> Digest:
    lock = digest_bytes(path.read_bytes()) if path else None
    return digest_json(
        {
            "lock": lock,
            "site": site.digest,
            "needs": list(RUNNER_NEEDS),
            "modules": list(modules),
            "python": sys.version,
            "paths": [str(p) for p in site.paths],
        }
    )


def locked_closure(root: Path, names: Iterable[str], site: Site) -> tuple[LockedDistribution, ...]:
    """What the distributions ``names`` need, all of it, by the lock file of ``root`` where it has them, else by what is installed.

    Raises:
        LockFileError, DirectoryRefusedError, OSError: the lock or a package cannot be read.
    """
    wanted = _reached(find_lock_file(root), site, names, frozenset())
    return tuple(_locked(one, site, root) for one in wanted)


def _wanted(path: Path | None, site: Site, modules: tuple[str, ...]) -> tuple[Requirement, ...]:
    return _reached(path, site, sorted({*RUNNER_NEEDS, *filter(None, map(site.owner, modules))}), BARE)


def _reached(
    path: Path | None, site: Site, names: Iterable[str], bare: frozenset[str]
) -> tuple[Requirement, ...]:
    lock = read_lock_file(path) if path else None
    if lock and not _is_for_this_python(lock.requires_python):
        raise _PythonMismatchError(lock.requires_python)

    def find(need: Need) -> tuple[Package, ...]:
        locked = lock.packages.get(need.name, ()) if lock else ()
        if locked:
            exact = tuple(p for p in locked if need.version in (None, p.version))
            return tuple(_with_needs(p, lock, site) for p in exact)
        installed = site.package(need.name)
        return (installed,) if installed else ()

    return closure([Need(name=name) for name in names], find, bare)


def _with_needs(package: Package, lock: LockFile | None, site: Site) -> Package:
    """A lock without edges lends them from what is installed, or everything in it would count as needed."""
    installed = None if lock is None or lock.has_needs else site.package(package.name)
    if installed is None:
        return package
    return Package(
        name=package.name,
        version=package.version,
        hashes=package.hashes,
        needs=installed.needs,
        extra_needs=installed.extra_needs,
        marker=package.marker,
        directory=package.directory,
        index=package.index,
        files=package.files,
    )


def _locked(wanted: Requirement, site: Site, root: Path) -> LockedDistribution:
    package = wanted.package
    return LockedDistribution(
        name=package.name,
        version=package.version,
        hashes=content_hashes(package, site, root),
        marker=wanted.marker,
    )


def _places(wanted: tuple[Requirement, ...]) -> WheelPlaces:
    return WheelPlaces(
        indexes=tuple(sorted({w.package.index for w in wanted} - {""})),
        files=tuple(sorted({file for w in wanted for file in w.package.files})),
    )


def marker_applies(marker: str) -> bool:
    """Whether a PEP 508 condition holds in this interpreter; an empty one does."""
    if not marker:
        return True
    from packaging.markers import Marker

    return Marker(marker).evaluate()


def _against_site(wanted: tuple[Requirement, ...], site: Site, path: Path | None) -> list[Diagnostic]:
    findings: list[Diagnostic] = []
    here = [w for w in wanted if marker_applies(w.marker)]
    for found in here:
        package = found.package
        installed = site.infos.get(package.name, ("", Path()))[0]
        if not same_version(installed, package.version):
            findings.append(_stale(package, installed, path))
        elif path and not package.hashes and package.directory is None:
            findings.append(_source_only(package, path))
    known = {w.package.name for w in here}
    findings += [_stale(Package(name=n, version=""), "", path) for n in RUNNER_NEEDS if n not in known]
    return findings


def _is_for_this_python(required: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(required).contains(platform.python_version(), prereleases=True)
    except InvalidSpecifier as error:
        raise LockFileError(str(error)) from error


def same_version(a: str, b: str) -> bool:
    """Whether two texts are one version, such as ``1.0`` and ``1.0.0``."""
    if a == b:
        return True
    from packaging.version import InvalidVersion, Version

    try:
        return Version(a) == Version(b)
    except InvalidVersion:
        return False


def _note(path: Path | None) -> list[Diagnostic]:
    if path is not None:
        return []
    return [
        Diagnostic(
            code="NBC-G01",
            severity=Severity.NOTE,
            message="no lock file in the project; what is installed here is locked instead",
            cause="a lock file names the wheels of every platform, an installation only its own",
            fixes=("`uv lock` in the project's root",),
        )
    ]


def _unreadable(path: Path | None, error: Exception) -> Diagnostic:
    named = Path(str(error.filename)) if isinstance(error, OSError) and error.filename else path
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    lock = named is not None and named == path
    return Diagnostic(
        code="NBC-G01",
        message=f"{'the lock file' if lock else 'what is installed,'} {named.name if named else ''} cannot be read",
        cause=why,
        fixes=("`uv lock`",) if lock else ("install it again: `uv sync --reinstall`",),
        place=Place(path=str(named)),
    )


def _refused_directory(error: DirectoryRefusedError, path: Path | None) -> Diagnostic:
    return Diagnostic(
        code="NBC-G10",
        message=f"a package is {'locked' if path else 'installed'} as the directory {error.directory}",
        cause=str(error),
        fixes=("lock a version of the package that has a wheel", "`uv sync`, where it is to come from there"),
        place=Place(path=str(path)) if path else None,
    )


def _stale(package: Package, installed: str, path: Path | None) -> Diagnostic:
    wanted = f"{package.name} {package.version}".strip()
    if path is None:
        return Diagnostic(
            code="NBC-G02",
            message=f"{wanted} is needed by the clean run and is not installed",
            cause="the installation is not complete",
            fixes=(f"`pip install {package.name}`",),
        )
    return Diagnostic(
        code="NBC-G02",
        message=f"{path.name} has {wanted}, but {installed or 'no version of it'} is installed",
        cause="the run would compute with another version than the notebook did",
        fixes=("`uv sync`", "`uv lock`, where the installed one is wanted"),
        place=Place(path=str(path)),
    )


def _other_python(path: Path | None, required: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-G06",
        message=f"{path.name if path else ''} is for Python {required}",
        cause=f"this is Python {platform.python_version()}",
        fixes=("run nbcode with a Python that the lock is for", "`uv lock`, with this Python allowed"),
        place=Place(path=str(path)),
    )


def _source_only(package: Package, path: Path) -> Diagnostic:
    return Diagnostic(
        code="NBC-G03",
        message=f"{package.name} {package.version} is locked only as source",
        cause="building it would run its code, so a run installs wheels only",
        fixes=(f"lock a version of {package.name} that has a wheel",),
        place=Place(path=str(path)),
    )
