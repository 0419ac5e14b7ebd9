"""Compiled kernels, made once outside any run: a run gets a private copy and throws it away.

Inside the sandbox the interpreter's own directories are read-only, and numba takes no cache that it cannot write; and what
cells wrote there must never come into another run.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from nbcode import sandbox
from nbcode.primitives import Json, digest_json
from nbcode.sandbox.pins import cpu_flags, pinned_environment

# Byte code too: where the sources are read-only to a run it would be made anew each time.
_COMPILE = """
import compileall, os
import alpha_bench, nbcode
from alpha_bench.describe import warm_up
for package in (alpha_bench, nbcode):
    compileall.compile_dir(os.path.dirname(package.__file__), quiet=2)
warm_up(lambda name: print(name, flush=True))
"""


def compile_kernels(python: Path, cache: Path, progress: Callable[[str], None]) -> bool:
    """Fill ``cache`` with what ``python`` needs, unless that was done for the same sources and processor; tell ``progress`` the
    name of each kernel. True when something was compiled. A failure is no error: a run then compiles for itself."""
    done = cache / f"compiled-{_fingerprint(python)}"
    if done.exists():
        return False
    cache.mkdir(parents=True, exist_ok=True)
    _take_installed(python, cache)
    try:
        with sandbox.scratch_directory() as scratch:
            request = sandbox.Request(
                python=python,
                arguments=("-s", "-P", "-c", _COMPILE),
                scratch=scratch,
                out=cache,
                environment=(*pinned_environment(), ("NUMBA_CACHE_DIR", "{out}"), ("HOME", "{scratch}")),
            )
            ended = sandbox.launch(request, rung=sandbox.Rung.PROCESS, on_line=progress)
    except sandbox.SandboxUnavailableError:
        return False
    if ended.returncode == 0:
        done.touch()
    return True


def _take_installed(python: Path, cache: Path) -> None:
    """Copy what was compiled beside the sources when they were installed. numba looks into each file whether it fits."""
    for site in _import_roots(python):
        for index in site.glob("alpha_bench/**/__pycache__/*.nb[ic]"):
            source = str(index.parent.parent)
            # numba names the directory of a source so in a cache of one's own; SHA-1 is its choice, and only a name.
            name = f"{index.parent.parent.name}_{hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()}"
            (cache / name).mkdir(exist_ok=True)
            if not (cache / name / index.name).exists():
                shutil.copyfile(index, cache / name / index.name)


def _fingerprint(python: Path) -> str:
    sources = sorted(path for site in _import_roots(python) for path in site.glob("alpha_bench/**/*.py"))
    seen: list[Json] = [[str(path), str(path.stat().st_mtime_ns), path.stat().st_size] for path in sources]
    return digest_json([str(python), sorted(cpu_flags()), seen]).hex[:16]


def _import_roots(python: Path) -> list[Path]:
    roots = sandbox.interpreter_roots(python)
    return [*roots, *(site for root in roots for site in root.glob("lib/python3*/site-packages"))]
