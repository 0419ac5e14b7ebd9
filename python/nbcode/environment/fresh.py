"""The value that a fresh environment is. What makes one is the window `_uv`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nbcode.environment._installed import Site
from nbcode.environment.lock import EnvironmentLock
from nbcode.primitives import Diagnostic


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


def create_environment(
    lock: EnvironmentLock, *, store: Path, project: Path, site: Site | None = None
) -> Creation:
    """The environment of ``lock`` under ``store/environments``, made on first use. Nothing is downloaded or built.

    ``project`` is where uv looks for its settings. Findings: G04 a hash differs (safety), G05 what is missing, G07 no
    wheel for this platform.
    """
    from nbcode.environment._uv import create

    return create(lock, store, project, site or Site())
