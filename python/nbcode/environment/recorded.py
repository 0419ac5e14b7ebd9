"""An environment that a spec recorded, as a lock again: what a version was made with is what a rebuild of it needs."""

from __future__ import annotations

from pathlib import Path

from nbcode.environment._installed import Site
from nbcode.environment._lockfile import LockFileError, read_lock_file
from nbcode.environment.importable import find_lock_file
from nbcode.environment.lock import (
    EnvironmentLock,
    LockedDistribution,
    LockSource,
    WheelPlaces,
    lock_digest,
    normalise,
)
from nbcode.environment.locking import marker_applies, same_version
from nbcode.primitives import dataclass

_PYPI = "https://pypi.org/simple"
_OF_A_WHEEL = "sha256:"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedDistribution:
    """A distribution that is another one here: its version ``was`` and is, empty where there is none; equal where other files bear it."""

    name: str
    was: str
    here: str

    def __str__(self) -> str:
        """``numpy 2.4.5 -> 2.4.6``."""
        if self.was == self.here:
            return f"{self.name} {self.was} (other files)"
        return f"{self.name} {self.was or 'none'} -> {self.here or 'none'}"


def recorded_lock(
    distributions: tuple[LockedDistribution, ...],
    *,
    python_version: str,
    source: LockSource,
    root: Path | None = None,
) -> EnvironmentLock:
    """The lock that these ``distributions`` were written from. Where their wheels are, a spec does not say: PyPI, and what the lock file in
    ``root`` names; uv's own store is asked under these names, and no index."""
    return EnvironmentLock(
        python_version=python_version,
        distributions=distributions,
        digest=lock_digest(distributions),
        source=source,
        places=_places(root),
    )


def unlike_recorded(
    distributions: tuple[LockedDistribution, ...], site: Site | None = None
) -> tuple[ChangedDistribution, ...]:
    """Which of the recorded ``distributions`` that this platform wants are not what is installed here.

    Of one that was recorded by its wheel the version is compared, since its files are held against the wheel when the environment
    is made; of one that was recorded as it was installed, its content too.
    """
    site = site or Site()
    found = (_changed(one, site) for one in distributions if marker_applies(one.marker))
    return tuple(one for one in found if one is not None)


def _changed(recorded: LockedDistribution, site: Site) -> ChangedDistribution | None:
    name = normalise(recorded.name)
    here = site.infos.get(name, ("", Path()))[0]
    if not here or not same_version(here, recorded.version):
        return ChangedDistribution(name=recorded.name, was=recorded.version, here=here)
    as_installed = any(not one.startswith(_OF_A_WHEEL) for one in recorded.hashes)
    package = site.package(name) if as_installed else None
    if package is None or package.hashes == recorded.hashes:
        return None
    return ChangedDistribution(name=recorded.name, was=recorded.version, here=recorded.version)


def _places(root: Path | None) -> WheelPlaces:
    path = None if root is None else find_lock_file(root)
    try:
        packages = (
            [] if path is None else [p for many in read_lock_file(path).packages.values() for p in many]
        )
    except (LockFileError, OSError):
        packages = []
    return WheelPlaces(
        indexes=tuple(dict.fromkeys([_PYPI, *sorted({one.index for one in packages} - {""})])),
        files=tuple(sorted({file for one in packages for file in one.files})),
    )
