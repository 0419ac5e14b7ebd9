"""What a run needs installed, locked: the values."""

from __future__ import annotations

import re
from dataclasses import field
from pathlib import Path
from typing import Literal

from nbcode.primitives import Diagnostic, Digest, dataclass, digest_json

LockSource = Literal["uv.lock", "pylock", "installed"]

_SEPARATORS = re.compile(r"[-_.]+")


def normalise(name: str) -> str:
    """A distribution's name in its one spelling (PEP 503): ``Scikit_Learn`` is ``scikit-learn``."""
    return _SEPARATORS.sub("-", name).lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedDistribution:
    """One distribution.

    ``hashes`` are sorted; each names what it was taken over: ``sha256:`` a wheel as the lock file lists it,
    ``record-sha256:`` the RECORD of an installed wheel, ``tree-sha256:`` the source files of a package that is
    installed from its directory. ``marker`` is the PEP 508 condition under which the lock wants it, or empty.
    """

    name: str
    version: str
    hashes: tuple[str, ...]
    marker: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class WheelPlaces:
    """Where a lock file says that its wheels come from: not identity, their hashes are. ``indexes`` are URLs, ``files`` wheels
    on this machine."""

    indexes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvironmentLock:
    """The closure of a run's needs in order of name and version. ``python_version`` is ``major.minor``."""

    python_version: str
    distributions: tuple[LockedDistribution, ...]
    digest: Digest
    source: LockSource
    places: WheelPlaces = field(default_factory=WheelPlaces, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Locking:
    """A lock, or why there is none."""

    lock: EnvironmentLock | None
    diagnostics: tuple[Diagnostic, ...] = ()


def lock_digest(distributions: tuple[LockedDistribution, ...]) -> Digest:
    """Digest over the distributions alone, so that every machine that has the same lock has the same digest."""
    return digest_json(
        [
            {"name": d.name, "version": d.version, "hashes": list(d.hashes), "marker": d.marker}
            for d in distributions
        ]
    )
