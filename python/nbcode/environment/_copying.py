"""The window that fills an environment from files that are here: source trees, installed wheels, byte code."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import cache_from_source
from pathlib import Path

from nbcode.environment._installed import Site, record_entries, record_hash, source_files, tree_hash
from nbcode.environment.lock import LockedDistribution

_METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"


class DifferentContentError(Exception):
    """What is here is not what the lock says; the text names it."""


def copy_tree(locked: LockedDistribution, source: Path, target: Path) -> None:
    """Copy a package that is installed from its directory into the site-packages ``target``.

    Raises:
        DifferentContentError: the copy has another hash than the lock.
    """
    home = target / source.name if (source / "__init__.py").is_file() else target / f".{locked.name}"
    for file in source_files(source):
        place = home / file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / file, place)
    if tree_hash(home) not in locked.hashes:
        raise DifferentContentError(f"{locked.name}: its source files changed")
    if home.name == f".{locked.name}":
        (target / f"{locked.name}.pth").write_text(f"{home.name}\n", encoding="utf-8")
    info = target / f"{locked.name.replace('-', '_')}-{locked.version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        _METADATA.format(name=locked.name, version=locked.version), encoding="utf-8"
    )


def link_installed(locked: LockedDistribution, info: Path, target: Path) -> None:
    """Link the files of an installed wheel into ``target``, each checked against its RECORD.

    Raises:
        DifferentContentError: a file, or the RECORD itself, is not what it was when the lock was made.
    """
    if record_hash(info) not in locked.hashes:
        raise DifferentContentError(f"{locked.name}: its RECORD changed")
    entries = record_entries(info)
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda entry: _content(info.parent / entry[0]), entries))
    for (path, expected), content in zip(entries, found, strict=True):
        if content != expected:
            raise DifferentContentError(f"{locked.name}: {path} changed since it was installed")
        link(info.parent / path, target / path)
    link(info / "RECORD", target / info.name / "RECORD")


def adopt_bytecode(target: Path, site: Site) -> None:
    """Give the sources in ``target`` the byte code that the very same files have in this interpreter's own site.

    Compiling all of a scientific stack takes half a minute; a file is the same when size and modification time are,
    which is what Python itself goes by.
    """
    for source, relative in _sources(target):
        here = source.stat()
        for path in site.paths:
            try:
                there = (path / relative).stat()
            except OSError:
                continue
            if (there.st_size, there.st_mtime_ns) == (here.st_size, here.st_mtime_ns):
                _link_cache(path / relative, source)
            break


def link(source: Path, target: Path) -> None:
    """A hard link, or a copy where the file systems differ."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError:
        shutil.copy2(source, target)


def _sources(target: Path) -> Iterator[tuple[Path, str]]:
    for folder, names, files in os.walk(target):
        if "__pycache__" in names:
            names.remove("__pycache__")
        for file in files:
            if file.endswith(".py"):
                source = Path(folder, file)
                yield source, os.path.relpath(source, target)


def _link_cache(source: Path, target: Path) -> None:
    try:
        link(Path(cache_from_source(source)), Path(cache_from_source(target)))
    except OSError:  # it was never compiled here
        return


def _content(path: Path) -> str:
    """A file's hash as RECORD writes it, or empty where it is gone."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").digest()
    except OSError:
        return ""
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
