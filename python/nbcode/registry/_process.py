"""Window to a process of its own that holds MLflow (`_child`). It is started when it is first needed, ended by `close`, and
ends by itself when this process does."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from nbcode.primitives import Cancellation, CancelledError, Diagnostic, Digest
from nbcode.registry import wire
from nbcode.registry._failures import silent
from nbcode.registry._fetching import copy_files, is_local
from nbcode.registry._relocating import old_places
from nbcode.registry._sqlite_read import read_versions
from nbcode.registry._sqlite_registered import read_tables
from nbcode.registry.port import Exclusive, RegistryError, no_failpoint
from nbcode.registry.registered import Figures, RegisteredModel
from nbcode.registry.version import ModelVersion, Registration

WAIT_S = 30.0
PATIENCE_S = 20.0
_QUIET = {
    # Its own seven tries are eight minutes of silence where a server is away; a promote is resumed instead.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_CONFIGURE_LOGGING": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


class RegistryProcess:
    """The ``Registry`` port on MLflow in another process. ``directory`` holds the embedded database and files, and the locks'
    names are taken from ``exclusive``; ``uri`` names a tracking server instead. ``empty`` is where an empty database is kept
    for the next project: making one takes MLflow a second. ``environment`` is what MLflow sees."""

    def __init__(
        self,
        directory: Path,
        *,
        exclusive: Exclusive,
        environment: Mapping[str, str],
        uri: str | None = None,
        wait_s: float = WAIT_S,
        failpoint: Callable[[str], None] = no_failpoint,
        empty: Path | None = None,
        cancellation: Cancellation | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Nothing is started or made before the first call. ``cancellation`` ends a call that is being waited for; ``patience_s`` is how long
        whoever only reads waits for the next answer of a server."""
        self._directory = directory
        self._uri = uri
        self._exclusive = exclusive
        self._environment = {**_QUIET, **environment}
        self._failpoint = failpoint
        self._cancellation = cancellation or Cancellation()
        self._start = {
            "directory": str(directory),
            "uri": uri,
            "wait_s": wait_s,
            "empty": str(empty) if empty else None,
        }
        self._database = directory / "mlflow.db"
        self._patience_s = patience_s
        # One call at a time: a second one, from another thread, waits for its turn.
        self._turn = threading.RLock()
        self._held = _Held()
        weakref.finalize(self, self._held.end)

    @property
    def uri(self) -> str:
        """What ``mlflow.set_tracking_uri`` takes to see the same registry."""
        return self._uri or f"sqlite:///{self._database}"

    def warm(self) -> None:
        """Start the process and let it open the registry; whoever needs it meets the same refusal again, and reports it."""

        def opened() -> None:
            with contextlib.suppress(Exception, CancelledError):
                self._call("open", {})

        threading.Thread(target=opened, name="nbcode-registry", daemon=True).start()

    def find(self, model: str, key: Digest) -> ModelVersion | None:
        seen = self._seen(model)
        if seen is not None:
            return min((v for v in seen if v.key == key), key=lambda v: v.version, default=None)
        found = self._call("find", {"model": model, "key": key})
        return None if found is None else wire.version_from_plain(found)

    def register(self, wanted: Registration) -> ModelVersion:
        return wire.version_from_plain(self._call("register", wire.registration_to_plain(wanted)))

    def fetch(self, version: ModelVersion, into: Path, *, only: str = "") -> Path:
        if is_local(version):
            return copy_files(version, into, only)
        asked = {"version": wire.version_to_plain(version), "into": str(into), "only": only}
        return Path(self._call("fetch", asked))

    def set_candidate(self, version: ModelVersion) -> ModelVersion:
        return wire.version_from_plain(
            self._call("set_candidate", {"version": wire.version_to_plain(version)})
        )

    def candidate(self, model: str) -> int | None:
        found = self._call("candidate", {"model": model})
        return None if found is None else int(found)

    def owner_of(self, model: str) -> str | None:
        found = self._call("owner_of", {"model": model})
        return None if found is None else str(found)

    def in_use(self) -> Mapping[tuple[str, int], str]:
        return {(model, int(number)): why for model, number, why in self._call("in_use", {})}

    def collect(self, version: ModelVersion, *, at: str, by: str) -> ModelVersion:
        asked = {"version": wire.version_to_plain(version), "at": at, "by": by}
        return wire.version_from_plain(self._call("collect", asked))

    def versions(self, model: str) -> tuple[ModelVersion, ...]:
        seen = self._seen(model)
        if seen is not None:
            return seen
        return tuple(wire.version_from_plain(one) for one in self._call("versions", {"model": model}))

    def models(self) -> tuple[str, ...]:
        return tuple(self._call("models", {}))

    def registered(
        self, model: str | None = None, *, figures: Figures = Figures.NONE
    ) -> tuple[RegisteredModel, ...]:
        if self._uri is None:
            if not self._database.exists():
                return ()
            seen = read_tables(self._database, model, figures)
            if seen is not None:
                return seen
        asked = {"model": model, "figures": str(figures)}
        return wire.registered_from_plain(self._call("registered", asked, patience_s=self._patience_s))

    def close(self) -> None:
        """End the process. Another call would start a new one."""
        self._held.end()

    def _kill(self) -> None:
        """No more than this: it may run in a signal handler that interrupts the reading."""
        process = self._held.process
        if process is not None:
            process.kill()

    def _seen(self, model: str) -> tuple[ModelVersion, ...] | None:
        """The versions without MLflow, where it does not run yet and its tables are known."""
        if self._held.process is not None or self._uri is not None or not self._database.exists():
            return None
        if old_places(self._database):
            return None  # it was moved, and MLflow's process puts it right
        return read_versions(self._database, model)

    def _call(self, name: str, given: Mapping[str, Any], *, patience_s: float | None = None) -> Any:
        with self._turn, self._cancellation.on_request(self._kill), ExitStack() as held:
            self._cancellation.raise_if_requested()
            patience = held.enter_context(contextlib.closing(_Patience(patience_s, self._kill)))
            try:
                answer = self._answered(self._running(), {"call": name, "given": given}, held, patience)
            except _GoneError as error:
                self.close()
                self._cancellation.raise_if_requested()
                ended = silent(self.uri, patience.seconds) if patience.lost else _ended(self.uri)
                raise RegistryError(ended) from error
            except BaseException:
                # It may be in the middle of something that nobody waits for any more.
                self.close()
                raise
        if "refused" in answer:
            raise RegistryError(Diagnostic.from_json(answer["refused"]))
        if "broke" in answer:
            raise RuntimeError(answer["broke"])
        return answer["result"]

    def _answered(
        self, process: subprocess.Popen[str], line: Mapping[str, Any], held: ExitStack, patience: _Patience
    ) -> dict[str, Any]:
        """Say ``line``, do what the process asks for meanwhile, and return its answer. Raises ``_GoneError``."""
        locks: dict[str, ExitStack] = {}
        _send(process, line)
        while True:
            message = _received(process)
            match message.get("ask"):
                case None:
                    return message
                case "patience":
                    patience.renew()
                case "failpoint":
                    self._failpoint(message["name"])
                    _send(process, {})
                case "enter":
                    _send(process, {"refused": self._entered(message, locks, held)})
                case "leave":
                    locks.pop(message["name"]).close()
                    _send(process, {})

    def _entered(self, message: dict[str, Any], locks: dict[str, ExitStack], held: ExitStack) -> str | None:
        lock = held.enter_context(ExitStack())
        try:
            lock.enter_context(self._exclusive(message["name"], wait_s=message["wait_s"]))
        except TimeoutError as error:
            return str(error)
        locks[message["name"]] = lock
        return None

    def _running(self) -> subprocess.Popen[str]:
        running = self._held.process
        if running is not None and running.poll() is None:
            return running
        self.close()
        self._held.process = started = subprocess.Popen(
            [sys.executable, "-P", "-m", "nbcode.registry._child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment,
            text=True,
            encoding="utf-8",
            # Ctrl-C at a terminal is for the process that asks; this one ends with it.
            start_new_session=True,
        )
        _send(started, self._start)
        return started


class _Held:
    """The process, apart from the registry, so that it also ends when the registry is forgotten."""

    process: subprocess.Popen[str] | None = None

    def end(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


class _Patience:
    """Calls ``end`` when it was not renewed for ``seconds``, 0 for never. ``lost`` says that it did."""

    def __init__(self, seconds: float | None, end: Callable[[], None]) -> None:
        self.seconds = seconds or 0.0
        self.lost = False
        self._end = end
        self._timer: threading.Timer | None = None
        self.renew()

    def renew(self) -> None:
        self.close()
        if self.seconds:
            self._timer = threading.Timer(self.seconds, self._lose)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _lose(self) -> None:
        self.lost = True
        self._end()


class _GoneError(Exception):
    """The process has ended."""


def _send(process: subprocess.Popen[str], line: Mapping[str, Any]) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(line) + "\n")
        process.stdin.flush()
    except (OSError, ValueError) as error:  # ValueError: it was closed
        raise _GoneError from error


def _received(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    try:
        message: dict[str, Any] = json.loads(process.stdout.readline())
    except (OSError, ValueError) as error:  # ValueError: nothing, or half a line
        raise _GoneError from error
    return message


def _ended(uri: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I16",
        message=f"the registry at {uri} failed",
        cause="the process that holds MLflow was ended from outside",
        fixes=("`nbcode doctor` says what is wrong here, then `nbcode resume`",),
    )
