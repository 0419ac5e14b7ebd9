"""The process that holds MLflow: answers one call after the other, by lines of JSON on standard input and output.

MLflow is not made for a process that does other things as well: importing it takes a second and changes loggers and warnings, it reads
the environment whenever it likes, and a call to a server that is away comes back after minutes. Here it is alone: whoever asked can end it.

It is imported without what a client can do without, which halves the import (1.5 s of CPU become 0.7, MLflow 3.17). MLflow is made
to be imported where these are not installed (``mlflow-skinny``).
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from nbcode.primitives import Digest
from nbcode.registry import wire
from nbcode.registry._failures import first_line
from nbcode.registry._mlflow import MlflowRegistry
from nbcode.registry.port import RegistryError
from nbcode.registry.registered import Figures

_OPTIONAL = frozenset(
    (
        *("numpy", "pandas", "polars", "pyarrow", "scipy", "sklearn"),
        *("matplotlib", "plotly", "PIL", "pygments", "litellm"),
    )
)
# A third of the others' share of a processor.
_NICE = 5


class _NotInstalled:
    """Finds nothing of what is optional, as if it were not installed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse optional packages; leave everything else to those who come after."""
        del path, target
        if name.partition(".")[0] in _OPTIONAL:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


class _Asker:
    """The line to whoever started this process: it asks, and is asked for locks and failpoints."""

    def __init__(self) -> None:
        # What MLflow prints must not come between the lines.
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> dict[str, Any]:
        """The next line, when it comes."""
        found: dict[str, Any] = json.loads(self._lines.get())
        return found

    def say(self, line: dict[str, Any]) -> None:
        """Write a line."""
        self._out.write(json.dumps(line) + "\n")
        self._out.flush()

    def failpoint(self, name: str) -> None:
        """Let the asker pass its failpoint."""
        self.say({"ask": "failpoint", "name": name})
        self.next()

    @contextlib.contextmanager
    def exclusive(self, name: str, *, wait_s: float) -> Iterator[None]:
        """The asker's lock. Raises ``TimeoutError`` as that one does."""
        self.say({"ask": "enter", "name": name, "wait_s": wait_s})
        refused = self.next()["refused"]
        if refused is not None:
            raise TimeoutError(refused)
        try:
            yield
        finally:
            self.say({"ask": "leave", "name": name})
            self.next()

    def _read(self) -> None:
        for line in sys.stdin:
            self._lines.put(line)
        # Nobody asks any more: whatever is half done is completed by the next one who registers.
        os._exit(0)


def main() -> None:
    """Serve until standard input ends."""
    asker = _Asker()
    registry = _opened(asker)
    while True:
        asked = asker.next()
        try:
            answer = {"result": _ANSWERS[asked["call"]](registry, asked["given"])}
        except RegistryError as error:
            answer = {"refused": error.diagnostics[0].to_json()}
        except Exception as error:
            answer = {"broke": f"{type(error).__name__}: {first_line(error)}"}
        asker.say(answer)


def _load() -> None:
    """In a thread of its own, since on Linux a thread has a priority of its own: what a clean run imports at the same time comes
    first, and nothing waits for MLflow before that run is over."""
    if sys.platform.startswith("linux"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
    gc.disable()  # imports make no garbage
    sys.meta_path.insert(0, _NotInstalled())
    MlflowRegistry.load()
    sys.meta_path.pop(0)
    gc.freeze()
    gc.enable()


def _opened(asker: _Asker) -> MlflowRegistry:
    given = asker.next()
    loading = threading.Thread(target=_load)
    loading.start()
    loading.join()
    return MlflowRegistry(
        Path(given["directory"]),
        exclusive=asker.exclusive,
        uri=given["uri"],
        wait_s=given["wait_s"],
        failpoint=asker.failpoint,
        empty=Path(given["empty"]) if given["empty"] else None,
        answered=lambda: asker.say({"ask": "patience"}),
    )


_ANSWERS: dict[str, Callable[[MlflowRegistry, Any], Any]] = {
    "open": lambda registry, _: registry.open(),
    "find": lambda registry, given: wire.optional(registry.find(given["model"], Digest(given["key"]))),
    "register": lambda registry, given: wire.version_to_plain(
        registry.register(wire.registration_from_plain(given))
    ),
    "fetch": lambda registry, given: str(
        registry.fetch(wire.version_from_plain(given["version"]), Path(given["into"]), only=given["only"])
    ),
    "set_candidate": lambda registry, given: wire.version_to_plain(
        registry.set_candidate(wire.version_from_plain(given["version"]))
    ),
    "in_use": lambda registry, _: [[*version, why] for version, why in registry.in_use().items()],
    "collect": lambda registry, given: wire.version_to_plain(
        registry.collect(wire.version_from_plain(given["version"]), at=given["at"], by=given["by"])
    ),
    "owner_of": lambda registry, given: registry.owner_of(given["model"]),
    "candidate": lambda registry, given: registry.candidate(given["model"]),
    "versions": lambda registry, given: [wire.version_to_plain(v) for v in registry.versions(given["model"])],
    "models": lambda registry, _: list(registry.models()),
    "registered": lambda registry, given: wire.registered_to_plain(
        registry.registered(given["model"], figures=Figures(given["figures"]))
    ),
}

if __name__ == "__main__":
    main()
