"""The window to uv: wheels that its cache has unpacked, put into a folder for us to look at. Nothing is downloaded or built.

uv gets nothing of a project: its own empty working directory, no configuration file, no variable of its own but where the
user keeps the cache. What it lays down is its word for what the wheels were; :mod:`_making` holds every file against more.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from nbcode.environment.lock import LockedDistribution
from nbcode.primitives import dataclass

TIMEOUT_S = 600
_PATIENCE = 200
_NOT_FOUND = re.compile(r"Because (?:only )?([a-z0-9._-]+)(?:==\S+)? (was not found|has no|is )")
_ISOLATED = ("--quiet", "--color", "never", "--no-config", "--no-python-downloads")
_INSTALL = ("--offline", "--no-deps", "--no-build", "--require-hashes", "--no-compile-bytecode")
_KEPT = ("HOME", "PATH", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "LANG", "LC_ALL")


@dataclass(frozen=True, kw_only=True, slots=True)
class UvProblem:
    """What uv found wrong, by kind: a hash that differs, no wheel for this platform, wheels that it lacks, or else."""

    mismatch: str = ""
    no_wheel: str = ""
    missing: tuple[LockedDistribution, ...] = ()
    failure: str = ""


def unpack(wheels: Sequence[LockedDistribution], indexes: Sequence[str], folder: Path) -> UvProblem | None:
    """Put ``wheels`` out of the user's cache into ``folder/prefix``, laid out as an installation. None when all are there.

    ``indexes`` are the names under which uv keeps them; none is asked.
    """
    done = _sync(wheels, indexes, folder)
    if done.returncode == 0:
        return None
    if "Hash mismatch" in done.stderr:
        return UvProblem(mismatch=_last(done.stderr[done.stderr.index("Hash mismatch") :]))
    if "no wheels with a matching" in done.stderr:
        return UvProblem(no_wheel=_last(done.stderr))
    missing = _all_missing(wheels, indexes, folder, done.stderr)
    return UvProblem(missing=tuple(missing)) if missing else UvProblem(failure=_last(done.stderr))


def _sync(
    wheels: Sequence[LockedDistribution], indexes: Sequence[str], folder: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    from uv import find_uv_bin

    places = ["--default-index", indexes[0]] if indexes else ["--no-index"]
    for index in indexes[1:]:
        places += ["--index", index]
    if len(indexes) > 1:  # each is pinned by its hash: no index can put another in its place
        places += ["--index-strategy", "unsafe-best-match"]
    own = folder / "cwd"
    own.mkdir(exist_ok=True)
    return subprocess.run(
        [
            find_uv_bin(),
            *_ISOLATED,
            *cache_options(),
            *("pip", "install", *_INSTALL, *options, *places),
            *("--prefix", str(folder / "prefix"), "--python", sys.executable, "-r", "-"),
        ],
        input="".join(map(_requirement, wheels)),
        capture_output=True,
        text=True,
        cwd=own,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
        timeout=TIMEOUT_S,
        check=False,
    )


def cache_options() -> tuple[str, ...]:
    """Where the user keeps uv's cache, when not in the usual place: said in the environment or in the user's own settings."""
    named = os.environ.get("UV_CACHE_DIR", "") or _configured_cache()
    return ("--cache-dir", named) if named.startswith("/") else ()


def _configured_cache() -> str:
    home = os.environ.get("XDG_CONFIG_HOME", "") or os.path.expanduser("~/.config")  # noqa: PTH111 - never raises
    for path in (Path(home) / "uv" / "uv.toml", Path("/etc/uv/uv.toml")):
        try:
            return str(tomllib.loads(path.read_text("utf-8"))["cache-dir"])
        except (OSError, ValueError, KeyError):
            continue
    return ""


def _all_missing(
    wheels: Sequence[LockedDistribution], indexes: Sequence[str], folder: Path, said: str
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
        said = _sync(rest, indexes, folder, "--dry-run").stderr
    return missing


def _requirement(locked: LockedDistribution) -> str:
    return f"{locked.name}=={locked.version} {' '.join(f'--hash={h}' for h in locked.hashes)}\n"


def _last(said: str) -> str:
    return " ".join(said.split())[:400] or "uv said nothing"
