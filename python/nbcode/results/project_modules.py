"""The project's modules as a kept model takes them along: by the names by which code imports them, with what they import."""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple


class ModuleFile(NamedTuple):
    """A module of the project: its dotted name, its text, and whether it is a package."""

    name: str
    text: str
    package: bool


class ProjectModules:
    """Those in the files ``paths``, by every name that imports may have for them from ``folders``."""

    def __init__(self, paths: Iterable[str | Path] = (), folders: Iterable[str | Path] = ()) -> None:
        found: dict[str, ModuleFile] = {}
        places = [Path(folder) for folder in folders]
        for path in map(Path, paths):
            for folder in places:
                if path.is_relative_to(folder) and (name := _dotted(path.relative_to(folder))):
                    text = path.read_text(encoding="utf-8-sig")
                    found[name] = ModuleFile(name, text, path.name == "__init__.py")
        self._found: Mapping[str, ModuleFile] = found

    def name_of(self, value: type | types.FunctionType) -> str | None:
        """``MODULE:NAME`` of a class or function that one of them defines as this very value; None for all others."""
        home = value.__module__
        if home not in self._found:
            return None
        held: object = sys.modules.get(home)
        for part in value.__qualname__.split("."):
            held = getattr(held, part, None)
        return f"{home}:{value.__qualname__}" if held is value else None

    def needed(self, names: Iterable[str], text: str) -> tuple[ModuleFile, ...]:
        """The modules ``names``, those that the code ``text`` imports, and all that these import of the project; by name."""
        taken: dict[str, ModuleFile] = {}
        waiting = [*names, *_imported(text, "")]
        while waiting:
            name = waiting.pop()
            found = self._found.get(name)
            if found is None or name in taken:
                continue
            taken[name] = found
            waiting += _with_packages(name)
            waiting += _imported(found.text, name if found.package else name.rpartition(".")[0])
        return tuple(taken[name] for name in sorted(taken))


def _dotted(relative: Path) -> str:
    parts = relative.with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join(parts) if all(part.isidentifier() for part in parts) else ""


def _with_packages(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _imported(text: str, package: str) -> Iterator[str]:
    """Every name that an import of ``text`` may mean, where relative imports count from ``package``."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_packages(alias.name)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            home = ".".join([*above, *([node.module] if node.module else [])])
            yield from _with_packages(home)
            yield from (f"{home}.{alias.name}" for alias in node.names)
