"""Compiled kernels, made outside any run and on no weaker isolation level than the run's: a run gets a private copy.

Inside the sandbox the interpreter's own directories are read-only, and numba takes no cache that it cannot write. What a cache
holds is unpickled, so only what the environment's own code wrote may come into a run: nothing that cells wrote, and nothing
that was compiled beside the sources in a live kernel. A kept cache is named by all that compiled it, is read-only, and proves
itself before each use.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from alpha_bench.describe import place_directory
from nbcode import sandbox
from nbcode.environment import Site, folder_difference, seal_folder
from nbcode.primitives import Json, digest_bytes, digest_json, locked_directory
from nbcode.run.numba_names import numba_folder, place_kernels
from nbcode.sandbox import ISOLATION_LEVELS, IsolationLevel
from nbcode.sandbox.pins import cpu_flags, pinned_environment

_PACKAGE = "alpha_bench"
_COMPILERS = ("llvmlite", "numba", "numpy")
_COMPILE = "from alpha_bench.describe import warm_up; warm_up(lambda name: print(name, flush=True))"
_TIME_S = 1800.0
_KEPT = 12
_UNFINISHED = ".new-"


def compiled_kernels(
    python: Path,
    cache: Path,
    level: IsolationLevel,
    progress: Callable[[str], None],
    *,
    levels: Sequence[IsolationLevel] = ISOLATION_LEVELS,
    stop: Callable[[], bool] = lambda: False,
) -> Path | None:
    """The folder below ``cache`` with what ``python`` needs, for a run on ``level``; compiled now where there is none, with the
    name of each kernel goes to ``progress``. None where it cannot be: a run then compiles for itself.

    ``levels`` are the isolation levels to try, weakest first: the strongest that holds compiles, never one below ``level``.
    ``stop``, which is asked often, ends the compiling.
    """
    package = _package(python)
    if package is None:
        return None
    name = _name(package, python)
    enough = [one for one in reversed(levels) if ISOLATION_LEVELS.index(one) >= ISOLATION_LEVELS.index(level)]
    for one in enough:
        kept = cache / f"{name}-{one}"
        if kept.is_dir() and folder_difference(kept) is None:
            with contextlib.suppress(OSError):  # the sweep goes by when one was last used
                os.utime(kept)
            return kept
    for one in enough:
        try:
            return _compiled(python, package, cache / f"{name}-{one}", one, progress, stop=stop)
        except sandbox.SandboxUnavailableError:
            continue
        except OSError:
            return None
    return None


def kernels_of_live(cache: Path, python: Path) -> Path | None:
    """A folder of this user's live kernels for ``NUMBA_CACHE_DIR``, begun with the kernels that were compiled for clean runs of
    ``python`` and are kept below ``cache``. None where none are: numba then looks beside the sources.

    One way only: what a live kernel compiles there is never given to a run.
    """
    package = _package(python)
    if package is None:
        return None
    name = _name(package, python)
    live = cache.with_name(f"{cache.name}-live") / name
    if live.is_dir():
        with contextlib.suppress(OSError):
            os.utime(live)
        return live
    kept = (cache / f"{name}-{level}" for level in reversed(ISOLATION_LEVELS))
    found = next((k for k in kept if k.is_dir() and folder_difference(k) is None), None)
    if found is None:
        return None
    try:
        live.parent.mkdir(parents=True, exist_ok=True)
        _sweep(live.parent)
        with locked_directory(live.parent, _UNFINISHED) as made:
            place_kernels(found, made / "kernels", package.parent)
            place_directory(made / "kernels", live, durable=False)
    except OSError:
        return None
    return live


def _compiled(
    python: Path,
    package: Path,
    kept: Path,
    level: IsolationLevel,
    progress: Callable[[str], None],
    *,
    stop: Callable[[], bool],
) -> Path | None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    _sweep(kept.parent)
    with locked_directory(kept.parent, _UNFINISHED) as made, sandbox.scratch_directory() as scratch:
        (made / "out").mkdir()
        request = sandbox.Request(
            python=python,
            arguments=("-s", "-P", "-B", "-c", _COMPILE),
            scratch=scratch,
            out=made / "out",
            environment=(*pinned_environment(), ("NUMBA_CACHE_DIR", "{out}"), ("HOME", "{scratch}")),
            bounds=sandbox.Bounds(time_s=_TIME_S),
        )
        ended = sandbox.launch(request, level=level, on_line=progress, stop=stop)
        if ended.returncode != 0:
            return None
        for folder, source in _folders(made / "out", package):
            shutil.move(folder, made / "kernels" / source.relative_to(package.parent))
        seal_folder(made / "kernels")
        _take_place(made, kept)
    return kept


def _take_place(made: Path, kept: Path) -> None:
    """Give what was made its name. What is there and proves itself was made meanwhile by another process, from the same."""
    if kept.is_dir() and folder_difference(kept) is not None:
        kept.rename(made / "replaced")  # out of the way, to be removed with ``made``
    if not place_directory(made / "kernels", kept, durable=False) and folder_difference(kept) is not None:
        raise OSError(f"{kept} is being changed by others")


def _folders(out: Path, package: Path) -> Iterator[tuple[Path, Path]]:
    """What numba wrote, and the folder of sources that it was compiled from. Anything else that is there is left."""
    for folder in {source.parent for source in package.rglob("*.py")}:
        written = out / numba_folder(folder)
        if written.is_dir() and not written.is_symlink():
            yield written, folder


def _name(package: Path, python: Path) -> str:
    """Digest of all that the result hangs on: sources with the stamps by which numba knows them, compilers, processor."""
    sources: list[Json] = [
        [str(path.relative_to(package)), str(path.stat().st_mtime_ns), digest_bytes(path.read_bytes())]
        for path in sorted(package.rglob("*.py"))
    ]
    site = Site(tuple(_sites(python)))
    compilers: list[Json] = [[name, site.record(name)] for name in _COMPILERS]
    interpreter = [sys.implementation.name, platform.python_version(), platform.machine()]
    return digest_json([_COMPILE, interpreter, sorted(cpu_flags()), compilers, sources]).hex[:32]


def _package(python: Path) -> Path | None:
    """Where ``python`` imports the research framework from."""
    roots = sandbox.interpreter_roots(python)
    places = [*(site / _PACKAGE for site in _sites(python)), *(r for r in roots if r.name == _PACKAGE)]
    return next((place for place in places if (place / "__init__.py").is_file()), None)


def _sites(python: Path) -> list[Path]:
    return sorted(python.parent.parent.glob("lib/python3*/site-packages"))


def _sweep(cache: Path) -> None:
    """Keep those that were used last."""
    found = [path for path in cache.iterdir() if path.is_dir() and not path.name.startswith(_UNFINISHED)]
    for old in sorted(found, key=lambda p: p.lstat().st_mtime, reverse=True)[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
