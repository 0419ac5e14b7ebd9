"""Which files of the project a cell read or imported, and whether they are still what they were then."""

from __future__ import annotations

import ast
import contextlib
import os
import sys
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

WHOLE = 64 << 20  # bytes; of a larger file its blocks at even distances
_BLOCK = 1 << 16
_NOT_READ = (".py", ".pyc", ".ipynb", ".so")
_OWN = frozenset({".nbcode", ".git", ".venv", "site-packages", "dist-packages", "__pycache__"})

Stat: TypeAlias = "tuple[int, int] | None"

Read: TypeAlias = "Mapping[Path, int | None]"

_collectors: list[dict[Path, Stat]] = []
_hooked: list[bool] = []


class Files:
    """Follows what is opened by Python's ``open`` in ``root``, and the modules that are loaded from there."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._opened: dict[Path, Stat] = {}
        self._by_python: set[Path] = set()
        self._digests: dict[Path, tuple[Stat, int | None]] = {}
        self._specs: dict[str, object] = {}
        self._modules: dict[str, tuple[Path, int | None]] = {}
        self._loaded_with: dict[str, frozenset[str]] = {}
        self._follow_modules(frozenset())

    def begin(self) -> None:
        """A cell begins: what is opened from now on is its."""
        if not _hooked:
            sys.addaudithook(_hook)  # there is no way to take it off; without a collector it does nothing
            _hooked.append(True)
        self._opened = {}
        _collectors[:] = [self._opened]

    def end(self, imports: frozenset[str], texts: frozenset[str], declared: Iterable[str]) -> Read:
        """A cell ended: the digest of each file that it read, or imported as a module. ``imports`` and ``texts`` are the first names of
        its imports and its string literals: a ``declared`` file that a library opens without Python is known by its name there."""
        _collectors.clear()
        read = {path.resolve(): stat for path, stat in self._opened.items()}
        self._opened = {}
        found = {p: self.now(p) for p, stat in read.items() if self._is_inside(p) and _stat(p) == stat}
        self._by_python |= found.keys()
        names = {text.rpartition("/")[2] for text in texts}
        for text in declared:
            path = (self.root / text).resolve()
            if path.name in names and path not in self._by_python and path.is_file():
                found[path] = self.now(path)
        return found | self._follow_modules(imports)

    def now(self, path: Path) -> int | None:
        """The digest of a file as it is now; None where there is none."""
        stat = _stat(path)
        known = self._digests.get(path)
        if known is None or known[0] != stat:
            known = self._digests[path] = (stat, None if stat is None else _digest(path, stat[1]))
        return known[1]

    def shown(self, path: Path) -> str:
        """A path as it is said: from the project's folder where it is in it."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    def module_of(self, path: Path) -> str | None:
        """The name of the module that was loaded from ``path``."""
        return next((name for name, (file, _) in self._modules.items() if file == path), None)

    def has_module(self, root: str) -> bool:
        """Whether a module of this first name was loaded from the project."""
        return any(name.partition(".")[0] == root for name in self._modules)

    def _follow_modules(self, imports: frozenset[str]) -> dict[Path, int | None]:
        """Know what was loaded, or loaded anew, since the last time. Returns the files of those that ``imports`` are of, and of what was
        loaded with them."""
        for name, module in [*sys.modules.items()]:
            spec = getattr(module, "__spec__", None)
            if spec is None or self._specs.get(name) is spec:
                continue
            self._specs[name] = spec
            file = getattr(spec, "origin", None)
            if isinstance(file, str) and file.endswith(".py") and self._is_inside(Path(file).resolve()):
                path = Path(file).resolve()
                self._modules[name] = (path, self.now(path))
                self._loaded_with.setdefault(name, imports)
        roots = {name.partition(".")[0] for name in self._modules} & imports
        return {
            path: digest
            for name, (path, digest) in self._modules.items()
            if name.partition(".")[0] in roots or self._loaded_with[name] & roots
        }

    def _is_inside(self, path: Path) -> bool:
        return path.is_relative_to(self.root) and _OWN.isdisjoint(path.relative_to(self.root).parts)


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event != "open" or not _collectors:
        return
    path, _, flags = arguments
    written = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
    if isinstance(path, str) and not written and not path.endswith(_NOT_READ):
        full = Path.cwd() / path
        _collectors[0].setdefault(full, _stat(full))


def _stat(path: Path) -> Stat:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _digest(path: Path, size: int) -> int | None:
    if path.suffix == ".py" and size <= WHOLE:
        with contextlib.suppress(OSError, SyntaxError, ValueError):  # a comment is no change
            return zlib.crc32(ast.dump(ast.parse(path.read_bytes())).encode())
    digest = zlib.crc32(str(size).encode())
    step = _BLOCK if size <= WHOLE else size * _BLOCK // WHOLE
    try:
        with path.open("rb") as file:
            for at in range(0, size, step):
                file.seek(at)
                digest = zlib.crc32(file.read(_BLOCK), digest)
    except OSError:
        return None
    return digest
