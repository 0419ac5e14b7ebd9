"""The value that a fresh environment is."""

from __future__ import annotations

from pathlib import Path

from nbcode.environment._platform import platform_key
from nbcode.environment.lock import EnvironmentLock
from nbcode.primitives import Diagnostic, dataclass, digest_json


@dataclass(frozen=True, kw_only=True, slots=True)
class FreshEnvironment:
    """An environment that holds exactly a lock. ``created`` is False where it was there already."""

    python: Path
    home: Path
    created: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Creation:
    """A fresh environment, or why there is none."""

    environment: FreshEnvironment | None
    diagnostics: tuple[Diagnostic, ...] = ()


def home_of(lock: EnvironmentLock, store: Path) -> Path:
    """Where the environment of ``lock`` is or will be: its name is the digest of the lock and of the platform."""
    return store / "environments" / digest_json([lock.digest, platform_key()]).hex
