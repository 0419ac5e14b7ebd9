"""Modules of one's own that the tagged cells import: read once, with all that they import of the project, before the first cell.

A kernel finds them beside the notebook, or where the cells point ``sys.path``: in a folder around it, up to the project's root, or
in ``src`` there. What the stdlib or the environment's lock has is none. A package is taken whole.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import field
from pathlib import Path

from nbcode.notebook import Bounds, read_bytes
from nbcode.primitives import Diagnostic, Place, dataclass

_MOST_MODULES = 500
_MOST_BYTES = 4 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalModule:
    """A Python file of the project. ``path`` is relative to the project's root; ``tree`` is its syntax tree."""

    path: str
    source: str
    tree: ast.Module


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalModules:
    """``modules`` in order of path; ``folders``, relative to the root, are where imports find them; ``imports`` are the top-level
    modules of others that they import."""

    modules: tuple[LocalModule, ...] = ()
    folders: tuple[str, ...] = ()
    imports: frozenset[str] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """(path below the folder where imports find it, source) of each module."""
        outer = [f"{folder}/" for folder in self.folders if folder != "."]
        return tuple((_below(one.path, outer), one.source) for one in self.modules)


def _below(path: str, outer: Iterable[str]) -> str:
    return min((path.removeprefix(folder) for folder in outer), key=len, default=path)


def find_local_modules(
    names: Iterable[str], folders: Sequence[Path], root: Path, *, others: Collection[str]
) -> LocalModules:
    """The files behind those of the top-level ``names`` that lie in ``folders`` (the first that has one) and their own imports.

    ``others`` are modules of the environment. Nothing is imported. NBC-D09 for a file that cannot be taken along: a link, one that
    cannot be read or parsed, or more than a spec may hold.
    """
    search = _Search(folders=folders, root=root, others=frozenset(others) | sys.stdlib_module_names)
    for name in sorted(names):
        search.follow(name)
    return LocalModules(
        modules=tuple(search.found[path] for path in sorted(search.found)),
        folders=tuple(dict.fromkeys(search.used)),
        imports=frozenset(search.imports),
        diagnostics=tuple(search.problems),
    )


@dataclass(kw_only=True, slots=True)
class _Search:
    folders: Sequence[Path]
    root: Path
    others: frozenset[str]
    found: dict[str, LocalModule] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    problems: list[Diagnostic] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _bytes: int = 0

    def follow(self, name: str) -> None:
        """Take module ``name`` where it is one of the project, and what it imports."""
        if name in self._seen or name in self.others:
            return
        self._seen.add(name)
        for files_of in (
            _files_of,
            _modules_below,
        ):  # a folder that says it is a package comes before one that does not
            for folder in self.folders:
                files = files_of(folder, name)
                if files:
                    self.used.append(folder.relative_to(self.root).as_posix())
                    for file in files:
                        self._take(file)
                    return

    def _take(self, file: Path) -> None:
        path = file.relative_to(self.root).as_posix()
        data = read_bytes(file, Bounds(file_size_bytes=_MOST_BYTES))
        if data is None:
            self._refuse(path, "it is a link, or cannot be read", "copy the file itself there")
            return
        self._bytes += len(data)
        if len(self.found) >= _MOST_MODULES or self._bytes > _MOST_BYTES:
            self._refuse(
                path,
                f"a spec holds at most {_MOST_MODULES} modules and {_MOST_BYTES >> 20} MiB of them",
                "make it a package and add it to the dependencies",
            )
            return
        try:
            source = io.TextIOWrapper(
                io.BytesIO(data), tokenize.detect_encoding(io.BytesIO(data).readline)[0]
            ).read()
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError) as error:
            self._refuse(path, f"it is no Python: {error}", "correct the module")
            return
        self.found[path] = LocalModule(path=path, source=source, tree=tree)
        for name in _imported(tree):
            self.follow(name)
            self.imports.add(name)

    def _refuse(self, path: str, cause: str, fix: str) -> None:
        self.problems.append(
            Diagnostic(
                code="NBC-D09",
                message=f"the module `{path}` cannot be taken along",
                cause=cause,
                fixes=(fix,),
                place=Place(path=path),
            )
        )


def _files_of(folder: Path, name: str) -> tuple[Path, ...]:
    """A package with all its modules before a module, as Python has it."""
    if (folder / name / "__init__.py").is_file():
        return _modules_below(folder, name)
    module = folder / f"{name}.py"
    return (module,) if module.is_file() else ()


def _modules_below(folder: Path, name: str) -> tuple[Path, ...]:
    return tuple(sorted(f for f in (folder / name).rglob("*.py") if "__pycache__" not in f.parts))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]
