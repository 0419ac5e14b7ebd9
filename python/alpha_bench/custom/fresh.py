"""Fresh copies of a custom feature's function: what one of them remembers, another does not know.

A copy has globals of its own. In them the functions of its module are copies too, and so is every module that is no library's,
also where the body imports it; what they hold is copied as it is now. So two copies give the same values only if nothing that was
kept by an earlier call matters.
"""

from __future__ import annotations

import builtins
import copy
import functools
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

_LIBRARIES = tuple(
    {p for key in ("stdlib", "platstdlib", "purelib", "platlib") if (p := sysconfig.get_paths().get(key))}
)

_INSTALLED = frozenset(
    {"site-packages", "dist-packages"}
)  # also where another interpreter, or Debian, has put it
_CACHED = functools._lru_cache_wrapper  # noqa: SLF001 - it has no other name


def fresh_copy(function: Any) -> Any:
    """A copy of ``function`` that shares nothing it could keep; what a compiler made of one is pure and stays."""
    return _Copies().function(function) if isinstance(function, FunctionType) else function


class _Copies:
    """One set of copies: a module or function that is met twice is one copy."""

    def __init__(self) -> None:
        self._globals: dict[int, dict[str, Any]] = {}
        self._modules: dict[str, ModuleType] = {}

    def function(self, function: FunctionType) -> FunctionType:
        names = self._globals_of(function.__globals__)
        made = FunctionType(
            function.__code__, names, function.__name__, function.__defaults__, function.__closure__
        )
        made.__kwdefaults__ = dict(function.__kwdefaults__ or {})
        made.__dict__.update({k: _copied(v) for k, v in function.__dict__.items() if k != "__wrapped__"})
        made.__module__, made.__qualname__ = function.__module__, function.__qualname__
        return made

    def _globals_of(self, names: dict[str, Any]) -> dict[str, Any]:
        if id(names) not in self._globals:
            made = self._globals[id(names)] = dict(names)
            made["__builtins__"] = {**vars(builtins), "__import__": self._import}
            for name, value in names.items():
                if self._ours(value, names):
                    made[name] = self._callable(value)
                elif isinstance(value, ModuleType):
                    made[name] = self._module(value)
        return self._globals[id(names)]

    def _ours(self, value: Any, names: dict[str, Any]) -> bool:
        plain = value.__wrapped__ if isinstance(value, _CACHED) else value
        return isinstance(plain, FunctionType) and plain.__globals__ is names

    def _callable(self, value: Any) -> Any:
        """A copy of a function, with a cache of its own where it has one."""
        if isinstance(value, _CACHED):
            wrapped: Any = value.__wrapped__
            return functools.lru_cache(**value.cache_parameters())(self.function(wrapped))
        return self.function(value)

    def _module(self, module: ModuleType) -> ModuleType:
        if of_a_library(module):
            return module
        if module.__name__ not in self._modules:
            made = self._modules[module.__name__] = ModuleType(module.__name__)
            held = vars(module)
            self._globals[id(held)] = vars(made)
            for name, value in held.items():
                if self._ours(value, held):
                    vars(made)[name] = self._callable(value)
                elif isinstance(value, ModuleType):
                    vars(made)[name] = self._module(value)
                elif name != "__builtins__":
                    vars(made)[name] = _copied(value)
            vars(made)["__builtins__"] = {**vars(builtins), "__import__": self._import}
        return self._modules[module.__name__]

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - Python's own name
        locals: Mapping[str, object] | None = None,  # noqa: A002 - Python's own name
        fromlist: tuple[str, ...] = (),
        level: int = 0,
    ) -> ModuleType:
        found = builtins.__import__(name, globals, locals, fromlist, level)
        return self._module(found)


def of_a_library(module: ModuleType) -> bool:
    """Whether it was installed, or is Python's own or ours: what it holds is not the researcher's."""
    if module.__name__ == "__main__":
        return False
    if module.__name__.partition(".")[0] in {*sys.stdlib_module_names, "alpha_bench", "nbcode"}:
        return True
    file = getattr(module, "__file__", None)
    return file is not None and (file.startswith(_LIBRARIES) or not _INSTALLED.isdisjoint(Path(file).parts))


def _copied(value: Any) -> Any:
    try:
        return copy.deepcopy(value)
    except Exception:
        return value
