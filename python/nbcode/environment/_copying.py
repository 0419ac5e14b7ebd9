"""The window that fills an environment from files that are here: source trees, installed wheels, byte code."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
import sys
from pathlib import Path

from nbcode.environment._installed import Site, record_entries, record_hash, source_files, tree_hash
from nbcode.environment.lock import LockedDistribution

_BLOCK_BYTES = 1 << 20
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
    # Text and not paths: there are tens of thousands of files.
    home, base = str(target), str(info.parent)
    made: set[str] = set()
    for path, expected in (*record_entries(info), (f"{info.name}/RECORD", "")):
        if expected and _content(f"{base}/{path}") != expected:
            raise DifferentContentError(f"{locked.name}: {path} changed since it was installed")
        folder = f"{home}/{path}".rpartition("/")[0]
        if folder not in made:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
            made.add(folder)
        _link(f"{base}/{path}", f"{home}/{path}")


def adopt_bytecode(target: Path, site: Site) -> None:
    """Give the sources in ``target`` the byte code that the very same files have in this interpreter's own site.

    Compiling all of a scientific stack takes half a minute; a file is the same when size and modification time are. numba's
    compiled kernels, ``<module>.<function>-<line>.*.nbi`` and ``.nbc`` beside the byte code, come along by the same rule.
    """
    suffix = f".{sys.implementation.cache_tag}.pyc"
    home = str(target)
    for folder, names, files in os.walk(home):
        if "__pycache__" in names:
            names.remove("__pycache__")
        sources = [file for file in files if file.endswith(".py")]
        twin = _twin(folder, home, sources, site) if sources else None
        compiled = _names(f"{twin}/__pycache__") if twin is not None else []
        if twin is None or not compiled:
            continue
        same = {s[:-3] for s in sources if _stamp(f"{twin}/{s}") == _stamp(f"{folder}/{s}")}
        with contextlib.suppress(FileExistsError):
            os.mkdir(f"{folder}/__pycache__")  # noqa: PTH102 - text, as everything here
        for name in compiled:
            # The byte code of `a.py` is `a` and the suffix; `a.b-12.py311.1.nbc` is a kernel `b` of it.
            if name.partition(".")[0] in same and (
                name.endswith((".nbi", ".nbc")) or _is_bytecode(name, suffix)
            ):
                _link(f"{twin}/__pycache__/{name}", f"{folder}/__pycache__/{name}")


def _is_bytecode(name: str, suffix: str) -> bool:
    """Of this interpreter, and not of an optimised run (``a.cpython-311.opt-1.pyc``)."""
    return name.endswith(suffix) and "." not in name.removesuffix(suffix)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - text, as everything here
    except OSError:
        return []


def _twin(folder: str, home: str, sources: list[str], site: Site) -> str | None:
    """The folder of the site that the files of ``folder`` were installed from."""
    inside = folder[len(home) :]
    places = (f"{path}{inside}" for path in (*site.paths, *site.roots))
    return next((place for place in places if os.path.exists(f"{place}/{sources[0]}")), None)  # noqa: PTH110


def _stamp(path: str) -> tuple[int, int] | None:
    """Size and modification time, which is what Python itself goes by."""
    try:
        found = os.stat(path)  # noqa: PTH116 - there are thousands of them
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _link(source: str, target: str) -> None:
    """A hard link, or a copy where the file systems differ."""
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(source, target)


def _content(path: str) -> str:
    """A file's hash as RECORD writes it, or empty where it is gone."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError:
        return ""
    return "sha256=" + base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
