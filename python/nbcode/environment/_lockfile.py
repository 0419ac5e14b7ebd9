"""The window to lock files: ``uv.lock`` and ``pylock.toml`` (PEP 751), read as packages and their needs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nbcode.environment._installed import tree_hash
from nbcode.environment.closure import Need, Package
from nbcode.environment.lock import LockSource, normalise

_DIRECTORY_SOURCES = ("editable", "directory", "virtual")


class LockFileError(ValueError):
    """The file is not a lock that can be read; the text says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LockFile:
    """A parsed lock. ``has_needs`` is False where the format leaves the edges out."""

    source: LockSource
    requires_python: str
    packages: Mapping[str, tuple[Package, ...]]
    has_needs: bool


def find_lock_file(root: Path) -> Path | None:
    """The project's lock: ``uv.lock``, else ``pylock.toml``, in ``root`` itself."""
    return next((p for p in (root / "uv.lock", root / "pylock.toml") if p.is_file()), None)


def read_lock_file(path: Path) -> LockFile:
    """Read a lock file.

    Raises:
        LockFileError: it is not TOML, or not of the shape its name promises.
        OSError: it cannot be read.
    """
    try:
        told = tomllib.loads(path.read_text("utf-8"))
        if path.name == "uv.lock":
            return _uv_lock(told, path.parent)
        return _pylock(told, path.parent)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise LockFileError(f"{type(error).__name__}: {error}") from error


def _uv_lock(told: Mapping[str, Any], base: Path) -> LockFile:
    packages: dict[str, list[Package]] = {}
    for entry in told["package"]:
        package = Package(
            name=normalise(entry["name"]),
            version=entry.get("version", "0"),
            hashes=tuple(sorted(w["hash"] for w in entry.get("wheels", ()) if "hash" in w)),
            needs=_uv_needs(entry.get("dependencies", ())),
            extra_needs=MappingProxyType(
                {normalise(k): _uv_needs(v) for k, v in entry.get("optional-dependencies", {}).items()}
            ),
            marker=" or ".join(f"({m})" for m in sorted(entry.get("resolution-markers", ()))),
            directory=_directory(entry["source"], base),
        )
        packages.setdefault(package.name, []).append(package)
    return LockFile(
        source="uv.lock",
        requires_python=told.get("requires-python", ""),
        packages=MappingProxyType({k: tuple(v) for k, v in packages.items()}),
        has_needs=True,
    )


def _uv_needs(entries: Sequence[Mapping[str, Any]]) -> tuple[Need, ...]:
    return tuple(
        Need(
            name=normalise(e["name"]),
            version=e.get("version"),
            marker=e.get("marker", ""),
            extras=tuple(sorted(normalise(x) for x in e.get("extra", ()))),
        )
        for e in entries
    )


def _directory(source: Mapping[str, str], base: Path) -> Path | None:
    return next((base / source[kind] for kind in _DIRECTORY_SOURCES if kind in source), None)


def _pylock(told: Mapping[str, Any], base: Path) -> LockFile:
    packages: dict[str, list[Package]] = {}
    for entry in told["packages"]:
        directory = base / entry["directory"]["path"] if "directory" in entry else None
        package = Package(
            name=normalise(entry["name"]),
            version=entry.get("version", "0"),
            hashes=tuple(sorted(f"sha256:{w['hashes']['sha256']}" for w in entry.get("wheels", ()))),
            needs=tuple(
                Need(name=normalise(d["name"]), version=d.get("version"))
                for d in entry.get("dependencies", ())
            ),
            marker=entry.get("marker", ""),
            directory=directory,
        )
        packages.setdefault(package.name, []).append(package)
    return LockFile(
        source="pylock",
        requires_python=told.get("requires-python", ""),
        packages=MappingProxyType({k: tuple(v) for k, v in packages.items()}),
        has_needs=any("dependencies" in entry for entry in told["packages"]),
    )


def content_hashes(package: Package, installed_directory: Path | None) -> tuple[str, ...]:
    """The hashes that the lock lists, or the hash of the sources for a package that is a directory."""
    directory = installed_directory or package.directory
    if package.directory is not None and directory is not None and directory.is_dir():
        return (tree_hash(directory),)
    return package.hashes
