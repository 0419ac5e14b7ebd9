"""What an interpreter needs to be able to read. Found by reading files, never by starting a program."""

from __future__ import annotations

import importlib.machinery
import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

_SYSTEM = (
    "/lib",
    "/lib64",
    "/lib32",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/System/Library",
    "/Library/Frameworks",
)
_PTH_CODE = ("#", "import ", "import\t")
_MODULES = tuple(importlib.machinery.all_suffixes())
_PROJECT = ("nbcode.toml", ".git", ".nbcode")
_SHARED_PREFIXES = (Path("/usr"), Path("/usr/local"), Path("/"))


@lru_cache(maxsize=16)
def interpreter_roots(python: Path) -> tuple[Path, ...]:
    """Files and directories that ``python`` reads to start and to import what is installed: its environment, its base
    installation, the packages in directories named by ``.pth`` files, and the system's shared libraries. Existing paths
    only, sorted, none inside another."""
    prefix = python.parent.parent
    base = _base_prefix(python, prefix)
    roots: set[Path] = set()
    for one in {prefix, base, python.resolve().parent.parent}:
        roots.update(_installation(one))
    roots.update(_links_of(python))
    for site in prefix.glob("lib/python3*/site-packages"):
        roots.add(site)
        for folder in _named_by_pth(site):
            roots.update(_importable(folder))
    roots.update(Path(p) for p in _SYSTEM)
    return _outermost(p for p in roots if p.exists())


@lru_cache(maxsize=16)
def listed_roots(python: Path) -> tuple[Path, ...]:
    """Directories in which an import looks for the packages of :func:`interpreter_roots`: their names are enough."""
    sites = python.parent.parent.glob("lib/python3*/site-packages")
    found = (folder for site in sites for folder in _named_by_pth(site))
    return tuple(sorted({folder for folder in found if _importable(folder)}))


def loaders() -> tuple[Path, ...]:
    """The dynamic loaders: the only files beside the interpreter that must be executable."""
    root = Path("/")
    found = [*root.glob("lib*/ld-*.so*"), *root.glob("lib/*-linux-*/ld-*.so*")]
    return tuple(sorted({path.resolve() for path in found}))


def _base_prefix(python: Path, prefix: Path) -> Path:
    try:
        text = (prefix / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return python.resolve().parent.parent
    found = re.search(r"(?m)^home\s*=\s*(.+?)\s*$", text)
    return Path(found.group(1)).parent if found else python.resolve().parent.parent


def _installation(prefix: Path) -> list[Path]:
    if prefix not in _SHARED_PREFIXES:
        return [prefix]
    # A system interpreter shares its prefix with every other program: only its own parts.
    return [prefix / "lib", *prefix.glob("bin/python3*")]


def _links_of(python: Path) -> list[Path]:
    chain, here = [python], python
    while here.is_symlink() and len(chain) < 16:
        here = Path(os.path.normpath(here.parent / here.readlink()))
        chain.append(here)
    return chain


def _named_by_pth(site: Path) -> list[Path]:
    found = []
    for file in sorted(site.glob("*.pth")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        found += [site / line.strip() for line in lines if line.strip() and not line.startswith(_PTH_CODE)]
    return [Path(os.path.normpath(folder)) for folder in found if folder.is_dir()]


def _importable(folder: Path) -> list[Path]:
    """What can be imported from a directory that is on the path, without the directory: where a project is installed from its
    own folder, that holds its secrets, its history and its data too."""
    project = any((folder / name).exists() for name in _PROJECT)
    found: list[Path] = []
    for entry in sorted(folder.iterdir()):
        name = entry.name.partition(".")[0]
        target = entry.resolve()
        if not name.isidentifier() or not target.is_relative_to(folder.resolve()):
            continue
        if entry.is_dir():
            if (entry / "__init__.py").is_file() and not any((entry / p).exists() for p in _PROJECT):
                found += {entry, target}
        elif not project and not entry.is_symlink() and entry.name.endswith(_MODULES):
            found.append(entry)  # not in a project: a notebook is such a file
    return found


def _outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    kept: list[Path] = []
    for path in sorted(paths):
        if not any(path.is_relative_to(outer) for outer in kept):
            kept.append(path)
    return tuple(kept)
