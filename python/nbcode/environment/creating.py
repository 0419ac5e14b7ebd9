"""A fresh environment on demand; the window that makes it is loaded when one is asked for."""

from __future__ import annotations

from pathlib import Path

from nbcode.environment._installed import Site
from nbcode.environment.fresh import Creation, home_of
from nbcode.environment.lock import EnvironmentLock


def create_environment(
    lock: EnvironmentLock, *, store: Path, project: Path, site: Site | None = None
) -> Creation:
    """The environment of ``lock`` under ``store/environments``, made on first use (``store`` is the user's cache, so that projects share it). Nothing is downloaded or built.

    ``project`` is where uv looks for its settings. Findings: G04 a hash differs (safety), G05 what is missing, G07 no
    wheel for this platform.
    """
    from nbcode.environment._uv import create

    return create(lock, store, project, site or Site())


def has_environment(lock: EnvironmentLock, *, store: Path) -> bool:
    """Whether :func:`create_environment` would find it made."""
    return (home_of(lock, store) / "bin" / "python").exists()
