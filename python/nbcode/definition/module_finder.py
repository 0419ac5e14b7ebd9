"""Modules of the project for the describe child, from their sources: it sees none of the project's files."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from traceback import walk_tb
from types import ModuleType

from nbcode.definition.wire import MODULES
from nbcode.primitives import Place


class _Loader(SourceLoader):
    def __init__(self, path: str, source: str) -> None:
        self._path, self._source = MODULES + path, source

    def get_filename(self, fullname: str) -> str:
        """The module's path in the project."""
        del fullname
        return self._path

    def get_data(self, path: str) -> bytes:
        """The source; there is no compiled form."""
        if path != self._path:
            raise FileNotFoundError(path)
        return self._source.encode()


class ModuleFinder(MetaPathFinder):
    """Finds modules by their path below a folder of imports (``pkg/__init__.py``), after everything that is installed."""

    def __init__(self, sources: Iterable[tuple[str, str]]) -> None:
        """``sources``: (path, source)."""
        self._sources: Mapping[str, str] = dict(sources)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec, None where it is none of these."""
        del path, target
        stem = fullname.replace(".", "/")
        for file, package in ((f"{stem}/__init__.py", True), (f"{stem}.py", False)):
            if file in self._sources:
                return spec_from_loader(fullname, _Loader(file, self._sources[file]), is_package=package)
        if any(file.startswith(f"{stem}/") for file in self._sources):  # a folder of modules
            return spec_from_loader(fullname, _Loader(f"{stem}/", ""), is_package=True)
        return None


def install(sources: Iterable[tuple[str, str]]) -> None:
    """Let imports of this process find ``sources``."""
    sys.meta_path.append(ModuleFinder(sources))


def raised_in(error: BaseException) -> Place | None:
    """The line of a module of the project that ``error`` came through last; None where it came through none."""
    frames = [
        (frame.f_code.co_filename, line)
        for frame, line in walk_tb(error.__traceback__)
        if frame.f_code.co_filename.startswith(MODULES)
    ]
    return Place(path=frames[-1][0], line=frames[-1][1]) if frames else None
