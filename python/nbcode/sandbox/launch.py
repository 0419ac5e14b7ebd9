"""Start a confined command, listen to it, bound it, and leave nothing behind."""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nbcode.primitives import dataclass
from nbcode.sandbox import _bubblewrap, _process
from nbcode.sandbox.roots import interpreter_roots, listed_roots, loaders
from nbcode.sandbox.values import IsolationLevel, Mount, Request, SandboxUnavailableError

_ENTER = Path(__file__).with_name("_enter.py")
INSIDE_SCRATCH = Path("/tmp/run")  # noqa: S108
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
# Landlock itself keeps what other processes hold there (environment, memory, descriptors) from the confined.
_PROC = ("/proc",)
# Reservations that are never touched (allocators, BLAS buffers) count as data: the watcher is exact, this bounds it.
_DATA_SLACK_BYTES = 3 << 30


@dataclass(frozen=True, kw_only=True, slots=True)
class SandboxResult:
    """How the command ended. ``seccomp``: it could make no socket but UNIX ones. ``stopped_by`` is the bound that ended it, ``time``, ``waiting``, ``memory`` or ``written``, or ``stop``; None when
    it ended by itself."""

    returncode: int
    level: IsolationLevel
    landlock_abi: int
    seccomp: bool
    seconds: float
    peak_bytes: int
    stopped_by: str | None
    stderr: str

    @property
    def killed(self) -> bool:
        """Whether SIGKILL ended it that was not sent from here; bubblewrap tells a signal as a shell does."""
        return self.stopped_by is None and self.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)


def launch(
    request: Request,
    *,
    level: IsolationLevel,
    on_line: Callable[[str], None],
    stop: Callable[[], bool] = lambda: False,
) -> SandboxResult:
    """Run the command on exactly this isolation level and wait for its end, or until ``stop``, which is asked often, says so.

    ``on_line`` gets each line of its standard output as it comes. Standard input stays open while it runs, so that the
    command can take its end for the death of the caller. Whatever way this function is left (KeyboardInterrupt too),
    no process of the tree is alive.

    Raises:
        SandboxUnavailableError: the isolation level does not hold here: it cannot be set up, or a canary was not refused.
    """
    started = time.monotonic()
    (request.scratch / request.cwd).mkdir(parents=True, exist_ok=True)
    with _listening() as port:
        try:
            process = _process.Confined(_command(request, level, port), request.bounds, _writable(request))
        except OSError as error:
            raise SandboxUnavailableError(level, str(error)) from error
        with process:
            first = process.first_line()
            said = _said(first)
            if said.get("sandbox") != "ready":
                raise SandboxUnavailableError(level, str(said.get("reason") or process.wait_for_reason()))
            returncode = process.follow(on_line, stop)
    return SandboxResult(
        returncode=returncode,
        level=level,
        landlock_abi=int(str(said["landlock"])),
        seccomp=bool(said["seccomp"]),
        seconds=time.monotonic() - started,
        peak_bytes=process.peak_bytes,
        stopped_by=process.stopped_by,
        stderr=process.stderr_text(),
    )


def _writable(request: Request) -> tuple[Path, ...]:
    return (request.scratch,) if request.out is None else (request.scratch, request.out)


def _said(line: str) -> dict[str, object]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def _listening() -> Iterator[int]:
    """A socket that the canary must not reach; yields its port."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        yield int(server.getsockname()[1])


def _command(request: Request, level: IsolationLevel, port: int) -> list[str]:
    scratch = INSIDE_SCRATCH if level is IsolationLevel.NAMESPACES else request.scratch
    out = None if request.out is None else Mount(host=request.out, inside=Path("/out"))
    places = {name: str(mount.path_at(level)) for name, mount in request.mounts} | {"scratch": str(scratch)}
    if out is not None:
        places["out"] = str(out.path_at(level))
    environment = {name: _filled(value, places) for name, value in request.environment}
    config = {
        "parent": 0 if level is IsolationLevel.NAMESPACES else os.getpid(),
        "rlimits": _rlimits(request),
        "landlock": _landlock_rules(request, level, places)
        if level in (IsolationLevel.LANDLOCK, IsolationLevel.NAMESPACES)
        else None,
        # In a network of its own a socket reaches nobody.
        "sockets": level is IsolationLevel.NAMESPACES,
        "environment": environment,
        "canary": None
        if level in (IsolationLevel.PROCESS, IsolationLevel.ENVIRONMENT)
        else _canary(request, port),
        "cwd": f"{scratch}/{request.cwd}",
        "argv": [str(request.python), *(_filled(a, places) for a in request.arguments)],
    }
    enter = [str(request.python), "-I", "-S", str(_ENTER), json.dumps(config)]
    if level is not IsolationLevel.NAMESPACES:
        return enter
    return [
        *_bubblewrap.arguments(
            readable=_readable(request),
            mounts=[mount for _, mount in request.mounts],
            scratch=scratch,
            cwd=scratch / request.cwd,
            out=out,
            environment=environment.items(),
            temporary_bytes=request.bounds.memory_bytes,
        ),
        *enter,
    ]


def _filled(text: str, places: dict[str, str]) -> str:
    for name, path in places.items():
        text = text.replace("{" + name + "}", path)
    return text


def _readable(request: Request) -> tuple[Path, ...]:
    roots = interpreter_roots(request.python)
    here = _ENTER.parent
    return roots if any(here.is_relative_to(root) for root in roots) else (*roots, here)


def _canary(request: Request, port: int) -> dict[str, object]:
    return {"file": str(request.canary or "/etc/passwd"), "port": port}


def _rlimits(request: Request) -> dict[str, int]:
    bounds = request.bounds
    limits = {"RLIMIT_CORE": 0, "RLIMIT_NOFILE": bounds.open_files}
    if bounds.memory_bytes is not None:
        limits["RLIMIT_DATA"] = bounds.memory_bytes + _DATA_SLACK_BYTES
    if bounds.file_bytes is not None:
        limits["RLIMIT_FSIZE"] = bounds.file_bytes
    if bounds.cpu_s is not None:
        limits["RLIMIT_CPU"] = math.ceil(bounds.cpu_s)
    return limits


def _landlock_rules(request: Request, level: IsolationLevel, places: dict[str, str]) -> dict[str, list[str]]:
    given = [str(mount.path_at(level)) for _, mount in request.mounts]
    writable = [places[name] for name in ("scratch", "out") if name in places]
    return {
        "readable": [*map(str, _readable(request)), *given, *_PROC],
        "listed": [*map(str, listed_roots(request.python))],
        "executable": [str(request.python.resolve()), *map(str, loaders())],
        "writable": [*writable, *_DEVICES],
    }
