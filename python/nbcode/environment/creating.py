"""A fresh environment on demand; the window that makes it is loaded when one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nbcode.environment._installed import Site
from nbcode.environment.fresh import Creation
from nbcode.environment.lock import EnvironmentLock
from nbcode.environment.proving import EarlyProofs
from nbcode.primitives import Diagnostic, Place


def create_environment(
    lock: EnvironmentLock,
    *,
    store: Path,
    site: Site | None = None,
    on_build: Callable[[str], None] = lambda _changed: None,
    proofs: EarlyProofs | None = None,
) -> Creation:
    """The environment of ``lock`` under ``store/environments``, made on first use (``store`` is the user's cache, so that
    projects share it), and anew where a file of it is not what it was: G11. Nothing is downloaded, built or run.

    ``on_build`` hears that one is being made, and what had changed in the kept one (empty: there was none). ``proofs`` may hold
    the proof of the kept one, begun before. Findings: G04 a
    hash differs (safety), G05 what is missing, G07 no wheel for this platform.
    """
    from nbcode.environment._builder import create

    return create(lock, store, site or Site(), on_build, (proofs or EarlyProofs(store)).difference)


def check_installed(
    lock: EnvironmentLock, *, store: Path, site: Site | None = None
) -> tuple[Diagnostic, ...]:
    """What is installed here, for a run that uses it as it is: G04 where files of the locked distributions are not what their
    RECORDs say. Reads only files that changed since they were found right."""
    from nbcode.environment._record_check import changed_files

    wrong = changed_files(lock, store, site or Site())
    if not wrong:
        return ()
    name, path = wrong[0]
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    return (
        Diagnostic(
            code="NBC-G04",
            message=f"{name} is not what was installed",
            cause=f"{path} changed since it was installed{more}",
            fixes=(f"`uv sync --reinstall-package {name}`", f"`pip install --force-reinstall {name}`"),
            place=Place(path=path),
        ),
    )


def seal_folder(folder: Path) -> None:
    """Make every file below ``folder`` read-only, and note there what each is."""
    from nbcode.environment._fingerprint import seal

    seal(folder, None, {})


def folder_difference(folder: Path) -> str | None:
    """None where every file of a sealed folder is what it was, else which one is not, in words."""
    from nbcode.environment._fingerprint import difference

    return difference(folder)
