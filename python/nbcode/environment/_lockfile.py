"""The window to lock files: ``uv.lock`` and ``pylock.toml`` (PEP 751), read as packages and their needs."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nbcode.environment._installed import DirectoryRefusedError, Site, tree_hash
from nbcode.environment.closure import Need, Package
from nbcode.environment.lock import LockSource, normalise
from nbcode.primitives import dataclass

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


def read_lock_file(path: Path) -> LockFile:
    """Read a lock file.

    Raises:
        LockFileError: it is not TOML, or not of the shape its name promises.
        OSError: it cannot be read.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        if path.name == "uv.lock":
            return _uv_lock(document, path.parent)
        return _pylock(document, path.parent)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise LockFileError(f"{type(error).__name__}: {error}") from error


def _uv_lock(document: Mapping[str, Any], base: Path) -> LockFile:
    packages: dict[str, list[Package]] = {}
    for entry in document["package"]:
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
            index=_index(entry["source"].get("registry", "")),
            files=_local_wheels(entry, base),
        )
        packages.setdefault(package.name, []).append(package)
    return LockFile(
        source="uv.lock",
        requires_python=document.get("requires-python", ""),
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


def _index(registry: str) -> str:
    return registry if registry.startswith(("https://", "http://")) else ""


def _local_wheels(entry: Mapping[str, Any], base: Path) -> tuple[Path, ...]:
    """Wheels that are named by their path: below the registry's where that is a folder, else below the lock's own."""
    registry = entry["source"].get("registry", "")
    folder = base if _index(registry) else base / registry
    named = [str(w["path"]) for w in entry.get("wheels", ()) if "path" in w]
    named += [str(entry["source"]["path"])] if "path" in entry["source"] else []
    return tuple(Path(os.path.normpath(folder / name)) for name in named)


def _pylock(document: Mapping[str, Any], base: Path) -> LockFile:
    packages: dict[str, list[Package]] = {}
    for entry in document["packages"]:
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
            index=_index(entry.get("index", "")),
            files=tuple(
                Path(os.path.normpath(base / w["path"])) for w in entry.get("wheels", ()) if "path" in w
            ),
        )
        packages.setdefault(package.name, []).append(package)
    return LockFile(
        source="pylock",
        requires_python=document.get("requires-python", ""),
        packages=MappingProxyType({k: tuple(v) for k, v in packages.items()}),
        has_needs=any("dependencies" in entry for entry in document["packages"]),
    )


def content_hashes(package: Package, site: Site, root: Path) -> tuple[str, ...]:
    """The hashes that the lock lists, or the hash of the sources for a package that is a directory.

    Raises:
        DirectoryRefusedError: the directory is neither in the project nor where the package is installed from. A lock is part
            of a repository: what it names outside is not read.
    """
    if package.directory is None:
        return package.hashes
    named = package.directory.resolve()
    installed = {p.resolve() for p in (site.project(package.name), site.directory(package.name)) if p}
    if not named.is_relative_to(root.resolve()) and named not in installed:
        raise DirectoryRefusedError(package.directory, "it is outside of the project")
    directory = site.directory(package.name) or package.directory
    return (tree_hash(directory),) if directory.is_dir() else package.hashes
