"""Modules of a notebook's project that a model needs: imported from what is kept beside it, under names of their own.

``helpers`` of a model must not become the ``helpers`` of the process that loads it. So each is a module below the one of the
model's code, and only that code finds it as ``helpers``: imports of kept code are looked up among the kept modules first.
"""

from __future__ import annotations

import builtins
import importlib.util
import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnModule:
    """A module of the project: ``name`` as it is imported, dotted; ``package`` where it is an ``__init__.py``."""

    name: str
    text: str
    package: bool = False

    @property
    def file(self) -> str:
        """Its file beside ``model.json``."""
        return file_of(self.name, package=self.package)


def file_of(name: str, *, package: bool) -> str:
    """The file of a module's text beside ``model.json``. Raises ValueError for what is no dotted name."""
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(f"no module is called {name!r}")
    return f"code-{name}{'.__init__' if package else ''}.py"


def install(code: types.ModuleType, modules: Sequence[OwnModule], folder: Path) -> None:
    """Let ``code`` be found by its name, and ``modules`` below it and by the imports of ``code``; ``folder`` holds their files."""
    root = code.__name__
    for old in [name for name in sys.modules if name == root or name.startswith(f"{root}.")]:
        del sys.modules[old]  # from a load before this one
    sys.meta_path[:] = [one for one in sys.meta_path if not (isinstance(one, _Modules) and one.root == root)]
    sys.modules[root] = code
    if modules:
        finder = _Modules(root, {one.name: one for one in modules}, folder)
        sys.meta_path.append(finder)
        code.__path__ = []
        code.__dict__["__builtins__"] = finder.builtins


class _Modules(MetaPathFinder, Loader):
    """Finds and runs the kept modules of one model's code."""

    def __init__(self, root: str, kept: Mapping[str, OwnModule], folder: Path) -> None:
        self.root, self._kept, self._folder = root, kept, folder
        self._first = frozenset(name.partition(".")[0] for name in kept)
        self.builtins = vars(builtins) | {"__import__": self._import}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a kept module, or of a folder of such without an ``__init__.py``."""
        del path, target
        home, _, name = fullname.partition(".")
        if home != self.root:
            return None
        one = self._kept.get(name)
        if one is None and not any(other.startswith(f"{name}.") for other in self._kept):
            return None
        return importlib.util.spec_from_loader(fullname, self, is_package=one is None or one.package)

    def exec_module(self, module: types.ModuleType) -> None:
        """Run the kept text; its imports go by the kept modules."""
        one = self._kept.get(module.__name__.partition(".")[2])
        if one is None:
            return
        module.__file__ = str(self._folder / one.file)
        module.__dict__["__builtins__"] = self.builtins
        exec(compile(one.text, module.__file__, "exec"), module.__dict__)  # noqa: S102  # who loads it has read it and said so

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002  # as `__import__` has it
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        first = name.partition(".")[0]
        if level or first not in self._first:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        found = builtins.__import__(f"{self.root}.{name}", globals, locals, fromlist or (), 0)
        return found if fromlist else sys.modules[f"{self.root}.{first}"]
