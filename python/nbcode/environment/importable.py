"""What can be imported here, and where the project's lock is, from directory listings alone. Of this room `check` asks for nothing
else but signatures."""

from __future__ import annotations

import importlib.machinery
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_SUFFIXES = tuple(importlib.machinery.all_suffixes())


def importable_modules(paths: tuple[Path, ...] | None = None) -> frozenset[str]:
    """Top-level names that an import finds in ``paths`` (:func:`site_paths`) and what they add, the standard library included."""
    paths = site_paths() if paths is None else paths
    names = set(sys.stdlib_module_names)
    for path in (*paths, *added_roots(paths)):
        names.update(_module_names(path))
    return frozenset(names)


def find_lock_file(root: Path) -> Path | None:
    """The project's lock: ``uv.lock``, else ``pylock.toml``, in ``root`` itself."""
    return next((p for p in (root / "uv.lock", root / "pylock.toml") if p.is_file()), None)


def site_paths() -> tuple[Path, ...]:
    """The entries of ``sys.path`` that something was installed in."""
    return tuple(filter(_is_site, map(Path, sys.path)))


def added_roots(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Directories that the ``.pth`` files of ``paths`` add, where editable packages are imported from."""
    lines = (
        line.strip()
        for path in paths
        for file in sorted(path.glob("*.pth"))
        for line in file.read_text("utf-8", "replace").splitlines()
    )
    return tuple(Path(line) for line in lines if line.startswith("/") and Path(line).is_dir())


def names_in(path: Path) -> list[str]:
    """The names in a directory, sorted."""
    with os.scandir(path) as entries:
        return sorted(entry.name for entry in entries)


def _module_names(path: Path) -> Iterator[str]:
    for entry in names_in(path):
        name = module_name(entry)
        if name.isidentifier() and name != "__pycache__":
            yield name


def module_name(entry: str) -> str:
    """What an import calls a file or directory of that name."""
    return next((entry.removesuffix(s) for s in _SUFFIXES if entry.endswith(s)), entry)


def _is_site(path: Path) -> bool:
    return path.is_dir() and any(name.endswith(".dist-info") for name in names_in(path))
