"""The window to uv: a fresh environment from a lock, offline, from wheels alone, each checked against its hash.

1. An environment of the interpreter that runs now, in a temporary directory of the store.
2. Wheels that the lock lists come out of uv's cache, with ``--require-hashes``; distributions that were locked as
   they are installed are linked from there, each file checked against its RECORD; source trees are copied.
3. Byte code is taken over from the installed twins of the same files.
4. The directory gets its final name, which is the digest of the lock and the platform key, in one step.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nbcode.environment._copying import (
    DifferentContentError,
    adopt_bytecode,
    copy_tree,
    link_installed,
)
from nbcode.environment._installed import Site
from nbcode.environment.fresh import Creation, FreshEnvironment, home_of
from nbcode.environment.lock import EnvironmentLock, LockedDistribution
from nbcode.environment.locking import holds_here
from nbcode.primitives import Diagnostic

_TIMEOUT_S = 600
_UNUSED_S = 30 * 24 * 3600
_PATIENCE = 200
_UNFINISHED = ".new-"
_NOT_FOUND = re.compile(r"Because (?:only )?([a-z0-9._-]+)(?:==\S+)? (was not found|has no|is )")
_INSTALL = ("--offline", "--no-deps", "--no-build", "--require-hashes", "--link-mode", "hardlink")


class _RefusedError(Exception):
    def __init__(self, *diagnostics: Diagnostic) -> None:
        self.diagnostics = diagnostics
        super().__init__()


def create(lock: EnvironmentLock, store: Path, project: Path, site: Site) -> Creation:
    """See :func:`nbcode.environment.creating.create_environment`."""
    home = home_of(lock, store)
    if (home / "bin" / "python").exists():
        with contextlib.suppress(OSError):  # only for the sweep: it goes by when one was last used
            os.utime(home)
        return _created(home, created=False)
    home.parent.mkdir(parents=True, exist_ok=True)
    _sweep(home.parent)
    temporary = Path(tempfile.mkdtemp(dir=home.parent, prefix=_UNFINISHED))
    try:
        _fill(temporary, lock, project, site)
        try:
            temporary.rename(home)
        except OSError:
            if not (home / "bin" / "python").exists():
                raise
        return _created(home, created=True)
    except _RefusedError as refused:
        return Creation(environment=None, diagnostics=refused.diagnostics)
    except DifferentContentError as error:
        return Creation(environment=None, diagnostics=(_mismatch(str(error)),))
    except (OSError, subprocess.SubprocessError) as error:
        return Creation(environment=None, diagnostics=(_failed(str(error)),))
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what a killed process left (one that is at work is younger than the time it is given), and environments that
    no run has used for a month: they can be made again."""
    for left in folder.iterdir():
        kept_s = 2 * _TIMEOUT_S if left.name.startswith(_UNFINISHED) else _UNUSED_S
        with contextlib.suppress(FileNotFoundError):  # its owner has just finished
            if left.stat().st_mtime < time.time() - kept_s:
                shutil.rmtree(left, ignore_errors=True)


def _fill(home: Path, lock: EnvironmentLock, project: Path, site: Site) -> None:
    made = _uv(
        ["venv", "--allow-existing", "--relocatable", "--python", sys.executable, str(home)], cwd=project
    )
    if made.returncode != 0:
        raise _RefusedError(_failed(_last(made.stderr)))
    target = next((home / "lib").glob("python*/site-packages"))
    here = [d for d in lock.distributions if holds_here(d.marker)]
    wheels = [d for d in here if d.hashes and d.hashes[0].startswith("sha256:")]
    if wheels:
        _install(wheels, home, project)
    with ThreadPoolExecutor() as pool:
        for _ in pool.map(lambda locked: _place(locked, target, site), here):
            pass
    adopt_bytecode(target, site)


def _place(locked: LockedDistribution, target: Path, site: Site) -> None:
    """Put a distribution that uv does not install into the site-packages ``target``."""
    kind = locked.hashes[0].partition(":")[0] if locked.hashes else ""
    directory = site.directory(locked.name)
    if kind == "record-sha256" and locked.name in site.infos:
        link_installed(locked, site.infos[locked.name][1], target)
    elif kind == "tree-sha256" and directory is not None:
        copy_tree(locked, directory, target)
    elif kind != "sha256":
        raise _RefusedError(_missing([locked]))


def _install(wheels: Sequence[LockedDistribution], home: Path, project: Path) -> None:
    done = _sync(wheels, home, project)
    if done.returncode == 0:
        return
    if "Hash mismatch" in done.stderr:
        raise _RefusedError(_mismatch(_last(done.stderr[done.stderr.index("Hash mismatch") :])))
    if "no wheels with a matching" in done.stderr:
        raise _RefusedError(_no_wheel(_last(done.stderr)))
    missing = _all_missing(wheels, home, project, done.stderr)
    raise _RefusedError(_missing(missing) if missing else _failed(_last(done.stderr)))


def _sync(
    wheels: Sequence[LockedDistribution], home: Path, project: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    listed = "".join(_requirement(d) for d in wheels)
    python = str(home / "bin" / "python")
    return _uv(
        ["pip", "install", *_INSTALL, *options, "--python", python, "-r", "-"], cwd=project, text=listed
    )


def _all_missing(
    wheels: Sequence[LockedDistribution], home: Path, project: Path, said: str
) -> list[LockedDistribution]:
    """Uv names the first wheel that it lacks; leave it out and ask again, until it lacks none."""
    missing: list[LockedDistribution] = []
    rest = list(wheels)
    for _ in range(_PATIENCE):
        named = {match[1] for match in _NOT_FOUND.finditer(said)}
        gone = [d for d in rest if d.name in named]
        if not gone:
            break
        missing += gone
        rest = [d for d in rest if d.name not in named]
        said = _sync(rest, home, project, "--dry-run").stderr
    return missing


def _requirement(locked: LockedDistribution) -> str:
    return f"{locked.name}=={locked.version} {' '.join(f'--hash={h}' for h in locked.hashes)}\n"


def _uv(arguments: Sequence[str], *, cwd: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    from uv import find_uv_bin

    # uv's own settings (its cache, an index of the house) are the user's; the active environment is not.
    kept = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH"}}
    return subprocess.run(
        [find_uv_bin(), "--quiet", "--color", "never", *arguments],
        input=text,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=kept | {"UV_PYTHON_DOWNLOADS": "never"},
        timeout=_TIMEOUT_S,
        check=False,
    )


def _created(home: Path, *, created: bool) -> Creation:
    return Creation(environment=FreshEnvironment(python=home / "bin" / "python", home=home, created=created))


def _last(said: str) -> str:
    return " ".join(said.split())[:400] or "uv said nothing"


def _mismatch(what: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-G04",
        message="a distribution is not what the lock says",
        cause=what,
        fixes=("find out who changed it; then `uv sync --reinstall`",),
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
