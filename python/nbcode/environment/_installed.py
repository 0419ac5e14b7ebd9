"""The window to what is installed in this interpreter: names and versions from directory listings, requirements and
hashes only of what is asked for."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from nbcode.environment.closure import Need, Package
from nbcode.environment.importable import added_roots, module_name, names_in, site_paths
from nbcode.environment.lock import normalise
from nbcode.primitives import Digest, digest_json

# Written by the installer or by running the code, so they differ between two installations of one wheel.
_NOT_CONTENT = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"}
_MOST_FILES, _LARGEST_BYTES = 50_000, 2 << 30
_NOT_SOURCE = ("__pycache__", ".egg-info", "node_modules", "venv")


class Site:
    """The distributions that this interpreter sees. Reads no file before it is asked for one."""

    def __init__(self, paths: tuple[Path, ...] | None = None) -> None:
        """Look in ``paths``, by default those entries of ``sys.path`` that something was installed in: not the working
        directory, where a notebook's own modules are."""
        self.paths = paths if paths is not None else site_paths()

    @cached_property
    def infos(self) -> MappingProxyType[str, tuple[str, Path]]:
        """Version and ``.dist-info`` directory by normalised name; the first on the path wins, as in an import."""
        found: dict[str, tuple[str, Path]] = {}
        for path in self.paths:
            for entry in names_in(path):
                if entry.endswith(".dist-info") and "-" in entry:
                    name, _, version = entry.removesuffix(".dist-info").partition("-")
                    found.setdefault(normalise(name), (version, path / entry))
        return MappingProxyType(found)

    @cached_property
    def digest(self) -> Digest:
        """Changes whenever a distribution is installed, removed or exchanged."""
        return digest_json(
            [[name, v, str(i.stat().st_mtime_ns)] for name, (v, i) in sorted(self.infos.items())]
        )

    def package(self, name: str) -> Package | None:
        """The installed distribution of that normalised name with its requirements and the hash of its content."""
        if name not in self.infos:
            return None
        version, info = self.infos[name]
        directory = self.directory(name)
        content = tree_hash(directory) if directory else record_hash(info)
        needs, extra_needs = _needs(info)
        return Package(
            name=name,
            version=version,
            hashes=(content,),
            needs=needs,
            extra_needs=MappingProxyType(extra_needs),
            directory=directory,
        )

    def record(self, name: str) -> str:
        """``record-sha256:`` of a distribution, empty where there is none."""
        return record_hash(self.infos[name][1]) if name in self.infos else ""

    def project(self, name: str) -> Path | None:
        """The directory that a distribution was installed from as editable, else None."""
        return self._projects.get(name)

    def directory(self, name: str) -> Path | None:
        """The import package of a distribution that is installed from its directory, else None."""
        project = self._projects.get(name)
        if project is None:
            return None
        module = name.replace("-", "_")
        places = [
            project.parent / module,
            project / "src" / module,
            project / module,
            *(p / module for p in self.roots),
        ]
        return next((p.resolve() for p in places if (p / "__init__.py").is_file()), project)

    @cached_property
    def _projects(self) -> MappingProxyType[str, Path]:
        """Project directories of the distributions that are installed as editable."""
        found: dict[str, Path] = {}
        for name, (_, info) in self.infos.items():
            with contextlib.suppress(OSError, ValueError, KeyError, AttributeError, TypeError):
                origin = json.loads((info / "direct_url.json").read_text("utf-8"))
                if origin["dir_info"].get("editable"):
                    found[name] = Path(unquote(urlsplit(origin["url"]).path))
        return MappingProxyType(found)

    @cached_property
    def roots(self) -> tuple[Path, ...]:
        """Directories that ``.pth`` files add, where editable packages are imported from."""
        return added_roots(self.paths)

    def owner(self, module: str) -> str | None:
        """The distribution that provides a top-level module; None for the standard library and the unknown."""
        if module in sys.stdlib_module_names:
            return None
        same = normalise(module)
        if same in self.infos and (same in self._projects or module in _top_level(self.infos[same][1])):
            return same
        for name, (_, info) in sorted(self.infos.items()):
            if module in _top_level(info):
                return name
        origin = next((r / module for r in self.roots if (r / module).is_dir()), None)
        inside = origin.resolve() if origin else None
        return next(
            (n for n, p in self._projects.items() if inside and inside.is_relative_to(p.resolve())), None
        )


class DirectoryRefusedError(Exception):
    """A directory that is not taken for a package; the text says why."""

    def __init__(self, directory: Path, why: str) -> None:
        """Keep the directory for the diagnostic."""
        self.directory = directory
        super().__init__(why)


def tree_hash(directory: Path) -> str:
    """``tree-sha256:`` over the names and bytes of a package's files, without what running it leaves behind.

    Raises:
        DirectoryRefusedError: it holds more than a package does, found before any of it is read.
    """
    total = hashlib.sha256()
    for file in source_files(directory):
        content = hashlib.sha256((directory / file).read_bytes()).hexdigest()
        total.update(f"{file}\0{content}\n".encode("utf-8", "surrogateescape"))
    return f"tree-sha256:{total.hexdigest()}"


def source_files(directory: Path) -> tuple[str, ...]:
    """Relative POSIX paths of the regular files of a source tree, in order. Raises ``DirectoryRefusedError``."""
    found: list[str] = []
    size_bytes = 0
    for file, file_bytes in _walk(directory, ""):
        found.append(file)
        size_bytes += file_bytes
        if len(found) > _MOST_FILES or size_bytes > _LARGEST_BYTES:
            raise DirectoryRefusedError(directory, "it holds far more than a package does")
    return tuple(sorted(found))


def _walk(directory: Path, prefix: str) -> Iterator[tuple[str, int]]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(".") and not entry.name.endswith(_NOT_SOURCE):
                    yield from _walk(Path(entry.path), f"{prefix}{entry.name}/")
            elif entry.is_file(follow_symlinks=False) and not entry.name.endswith((".pyc", "~")):
                yield prefix + entry.name, entry.stat().st_size


def record_entries(info: Path) -> tuple[tuple[str, str], ...]:
    """(path, hash) of the files that came in the wheel, in order of path. Scripts, which hold the path of the
    environment they are in, and byte code do not count."""
    try:
        text = (info / "RECORD").read_text("utf-8")
    except FileNotFoundError:
        return ()
    rows = (row for row in csv.reader(text.splitlines()) if len(row) >= 2)
    return tuple(
        sorted(
            (path, content)
            for path, content, *_ in rows
            if content
            and not path.startswith("/")
            and ".." not in path.split("/")
            and not path.endswith(".pyc")
            and not (path.startswith(info.name) and path.rpartition("/")[2] in _NOT_CONTENT)
        )
    )


def record_hash(info: Path) -> str:
    """``record-sha256:`` over what the wheel of an installed distribution brought."""
    return "record-" + digest_json([list(entry) for entry in record_entries(info)])


def _needs(info: Path) -> tuple[tuple[Need, ...], dict[str, tuple[Need, ...]]]:
    """What METADATA requires on this platform: always, and by extra."""
    from email.parser import HeaderParser  # loads slowly, and is needed for a new closure only

    from packaging.requirements import InvalidRequirement, Requirement

    headers = HeaderParser().parsestr((info / "METADATA").read_text("utf-8", "replace"))
    always: list[Need] = []
    by_extra: dict[str, list[Need]] = {}
    extras = [normalise(e) for e in headers.get_all("Provides-Extra") or []]
    for text in headers.get_all("Requires-Dist") or []:
        try:
            wanted = Requirement(text)
        except InvalidRequirement:
            continue
        need = Need(name=normalise(wanted.name), extras=tuple(sorted(map(normalise, wanted.extras))))
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            always.append(need)
            continue
        for extra in extras:
            if wanted.marker.evaluate({"extra": extra}):
                by_extra.setdefault(extra, []).append(need)
    return tuple(always), {extra: tuple(needs) for extra, needs in by_extra.items()}


def _top_level(info: Path) -> frozenset[str]:
    try:
        lines = (info / "RECORD").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return frozenset()
    firsts = {line.partition(",")[0].partition("/")[0] for line in lines}
    return frozenset(filter(str.isidentifier, map(module_name, firsts)))
