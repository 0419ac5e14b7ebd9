"""Inside the kernel: what opens files or starts programs in C raises no audit event. These doors are asked as well.

Arrow reads and writes by itself, and pandas hands it paths of parquet files; ``multiprocessing`` starts programs by itself.
On the isolation levels without a wall there is nothing else that would refuse them.
"""

from __future__ import annotations

import importlib.machinery
import os
import sys
from collections.abc import Callable, Sequence
from types import FunctionType, ModuleType
from typing import Any, Protocol


class AccessCheck(Protocol):
    """Hears of a path that is about to be opened; raises to refuse."""

    def __call__(self, path: str | bytes | os.PathLike[Any], *, writing: bool) -> None:
        """Refuse or not."""


# module: its doors for reading, its doors for writing. The path is the first argument.
_DOORS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pyarrow": (("memory_map", "OSFile", "input_stream"), ("output_stream", "create_memory_map")),
    "pyarrow.csv": (("read_csv", "open_csv"), ("write_csv",)),
    "pyarrow.json": (("read_json", "open_json"), ()),
    "pyarrow.feather": (("read_table", "read_feather"), ("write_feather",)),
    "pyarrow.orc": (("ORCFile", "read_table"), ("ORCWriter",)),
    "pyarrow.dataset": (("dataset", "parquet_dataset"), ()),
    "pyarrow.parquet.core": (("ParquetFile", "ParquetDataset"), ("ParquetWriter",)),
}


def watch(ask: AccessCheck, start: Callable[[Any], None]) -> None:
    """Ask ``ask`` at every door of a library that is loaded, or is loaded later; ``start`` before a program is started."""
    for name in _DOORS:
        if name in sys.modules:
            _guard_doors(sys.modules[name], ask)
    sys.meta_path.insert(0, _Finder(ask))
    import _posixsubprocess

    original: Callable[..., int] = _posixsubprocess.fork_exec

    def fork_exec(arguments: Sequence[Any], *rest: Any) -> int:
        start(arguments[0] if arguments else None)
        return original(arguments, *rest)

    setattr(_posixsubprocess, "fork_exec", fork_exec)  # noqa: B010


class _Finder:
    """Guards the doors of a library as soon as it is loaded."""

    def __init__(self, ask: AccessCheck) -> None:
        self.ask = ask

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """See :meth:`importlib.abc.MetaPathFinder.find_spec`."""
        if name not in _DOORS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                load(module)
                _guard_doors(module, self.ask)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _guard_doors(module: ModuleType, ask: AccessCheck) -> None:
    reading, writing = _DOORS[module.__name__]
    for names, writes in ((reading, False), (writing, True)):
        for name in names:
            door = getattr(module, name, None)
            begin = getattr(door, "__init__", None)
            if isinstance(door, type) and isinstance(begin, FunctionType):
                setattr(door, "__init__", _asking(begin, ask, writes=writes, place=1))  # noqa: B010
            elif isinstance(door, type):
                opened = _asking(door.__new__, ask, writes=writes, place=1)
                setattr(module, name, type(name, (door,), {"__new__": opened, "__module__": door.__module__}))
            elif door is not None:
                setattr(module, name, _asking(door, ask, writes=writes, place=0))


def _asking(door: Callable[..., Any], ask: AccessCheck, *, writes: bool, place: int) -> Any:
    def asked(*arguments: Any, **named: Any) -> Any:
        given = (*arguments[place:], *named.values())
        mode = named.get("mode", given[1] if len(given) > 1 else None)
        writing = writes or (isinstance(mode, str) and any(c in mode for c in "wa+"))
        paths = given[0] if given and isinstance(given[0], list | tuple) else given[:1]
        for path in paths:
            if isinstance(path, str | bytes | os.PathLike):
                ask(path, writing=writing)
        return door(*arguments, **named)

    return asked
