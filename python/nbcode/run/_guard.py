"""Inside the kernel: tells a cell what it reached for. The sandbox refuses; the guard says where and why.

On isolation levels ``process`` and ``environment`` there is nothing else that refuses. It sees Python's audit events and the doors of :mod:`_native`: other
code in C that opens a file by itself passes, and so does asking whether a file exists. It is an explanation and a seat belt, not a security boundary.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import FrameType
from typing import Any

from nbcode.primitives import dataclass
from nbcode.run import _native

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
# Where libraries look around in the machine by themselves: refused, but not held against the cell.
_MACHINE = ("/sys/", "/proc/", "/etc/", "/dev/", "/usr/", "/var/")
_QUIET_CALLERS = ("ctypes/util.py", "platform.py", "uuid.py", "importlib", "<frozen importlib")
_DENIED = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOENT,
    errno.ENETUNREACH,
    errno.ECONNREFUSED,
    errno.ENETDOWN,
}
# `os.environ.get` and `os.getenv` come through these.
_MAPPING_FILES = {os.getenv.__code__.co_filename, Mapping.get.__code__.co_filename, __file__}


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """An access that was tried, in words for people; ``cell`` is the compiled file name of the cell."""

    message: str
    cause: str
    fixes: tuple[str, ...]
    cell: str | None = None
    line: int | None = None
    quiet: bool = False


class UndeclaredAccessError(PermissionError):
    """Raised where a cell reaches for what it did not declare. A PermissionError, so that libraries that try and go on can."""

    def __init__(self, access: Access) -> None:
        """Keep what to tell."""
        self.access = access
        super().__init__(errno.EACCES, access.message)


@dataclass(frozen=True, kw_only=True, slots=True)
class IgnoredSetting:
    """A variable of the environment that the run has pinned, and which the line ``line`` of the cell in ``cell`` set."""

    name: str
    cell: str
    line: int


@dataclass(kw_only=True, slots=True)
class _State:
    readable: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    cells: frozenset[str] = frozenset()
    home: str = ""
    active: bool = False
    leaving: Callable[[str, str, int], None] | None = None
    pinned: frozenset[str] = frozenset()


_state = _State()
_seen: list[Access] = []
_ignored: list[IgnoredSetting] = []
_hooked: list[bool] = []


def install(
    *,
    readable: tuple[str, ...],
    declared: tuple[str, ...],
    listed: tuple[str, ...],
    writable: tuple[str, ...],
    cells: frozenset[str],
    leaving: Callable[[str, str, int], None],
    pinned: frozenset[str],
) -> None:
    """Watch from here on. ``declared`` are the paths, among those that may be read, at which cells find the declared inputs; ``leaving`` hears of a cell that ends the kernel;
    ``pinned`` are variables of the environment that stay as they are, whatever a cell sets."""
    # Reading: both the written and the real path, since a library may ask by either. Writing below is judged by the real path alone,
    # so that a link that a cell makes leads nowhere else.
    _state.readable = tuple(os.path.realpath(p) for p in readable) + tuple(readable) + _DEVICES
    _state.declared = declared
    _state.listed = listed
    _state.writable = tuple(os.path.realpath(p) for p in writable) + _DEVICES
    _state.cells = cells
    _state.leaving = leaving
    _state.pinned = pinned
    _state.home = os.path.expanduser("~")  # noqa: PTH111
    _state.active = True
    os.environ = _Environment(os.environ)  # noqa: B003
    # These end the process without any audit event or exception: noted before, or the run would only be seen to have died.
    for name in ("_exit", "abort"):
        setattr(os, name, _announced(name, getattr(os, name)))
    # An audit hook cannot be taken out again: one hook for the process, which looks at whether it is active.
    if not _hooked:
        sys.addaudithook(_hook)
        _native.watch(_touched, _started)
        _hooked.append(True)


def remove() -> None:
    """Stop watching: the cells are done."""
    _state.active = False


def swallowed() -> list[Access]:
    """What cells reached for and were refused, in order, whether or not they let the error pass."""
    return _seen


def ignored() -> list[IgnoredSetting]:
    """What cells set of the pinned environment, in order; it stayed as it was."""
    return _ignored


def explain(error: BaseException) -> Access | None:
    """What undeclared thing ``error`` is really about; None when it is about something else."""
    # Libraries wrap errors, and some raise one from itself: the chain is followed to its root, and each link only once.
    seen: set[int] = set()
    here: BaseException | None = error
    while here is not None and id(here) not in seen:
        seen.add(id(here))
        if isinstance(here, UndeclaredAccessError):
            return here.access
        if isinstance(here, OSError) and (found := _explain_os_error(here)) is not None:
            return found
        here = here.__cause__ or here.__context__
    return None


def _explain_os_error(error: OSError) -> Access | None:
    if isinstance(error, socket.gaierror):
        return _network("look up a host name")
    if error.errno in (errno.ENETUNREACH, errno.ENETDOWN, errno.ECONNREFUSED):
        return _network("connect")
    name = error.filename
    if name is None and error.errno is None and isinstance(error, FileNotFoundError):
        # Arrow names the file by the text alone.
        return _file(_as_written(str(error)), writing=False) if os.path.isabs(str(error)) else None  # noqa: PTH117
    if (
        name is None
        and error.errno in (errno.EACCES, errno.EPERM, errno.ENOSYS)
        and _of_multiprocessing(error)
    ):
        return _program(("another Python process, by multiprocessing",))
    if error.errno in _DENIED and isinstance(name, str | bytes | os.PathLike):
        path = _absolute(name)
        # The working and the home directory of a run are empty: what is missing there was expected from outside.
        if error.errno == errno.ENOENT or not _below(path, _state.writable):
            return _file(_as_written(name), writing=False)
    return _explain_native(error)


def _of_multiprocessing(error: OSError) -> bool:
    """Whether it was raised where processes of one's own are prepared: semaphores and shared memory are refused first."""
    frames = (frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__))
    return any("/multiprocessing/" in name for name in frames)


def _as_written(path: str | bytes | os.PathLike[Any]) -> str:
    text = os.fsdecode(path)
    if _below(text, (_state.home,)):
        return "~" + text[len(_state.home) :]
    # A module knows where it lies: what it opens from there is told as [meta] declares it, from the notebook's folder.
    return os.path.relpath(text) if os.path.isabs(text) and _below(text, _state.writable) else text  # noqa: PTH117


def _explain_native(error: OSError) -> Access | None:
    # Arrow says the path only in its text: "Failed to open local file '/x/y.parquet'"; also its plain OSError has no errno.
    text = str(error)
    for mark in ("local file '", "detail: [errno", "path '"):
        if mark in text and (error.errno in _DENIED or "[errno" in text or "does not exist" in text):
            quoted = text.partition("'")[2].partition("'")[0]
            return _file(quoted or "a file", writing=False)
    return None


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    # Called for every audit event of the process, many a microsecond apart: anything that is not watched has to end here.
    watch = _WATCHED.get(event)
    if watch is None or not _state.active:
        return
    access = watch(arguments)
    if access is not None:
        _refuse(access)


def _refuse(access: Access) -> None:
    # Refused in any case; reported against a cell only where a cell's own code asked. What a library tries by itself it also survives.
    frame, quiet = _cell_frame()
    if frame is not None:
        access = replace(access, cell=frame.f_code.co_filename, line=frame.f_lineno)
        if not (quiet or access.quiet):
            _seen.append(access)
    raise UndeclaredAccessError(access)


def _cell_frame() -> tuple[FrameType | None, bool]:
    """The innermost frame of a cell, and whether a library asked on its own account (while being imported, or to look around)."""
    # The frames themselves: `traceback.extract_stack` reads source files, which would set off this hook again.
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
    quiet = False
    while frame is not None:
        name = frame.f_code.co_filename
        if name in _state.cells:
            return frame, quiet
        quiet = quiet or any(mark in name for mark in _QUIET_CALLERS)
        frame = frame.f_back
    return None, True


def _opened(arguments: tuple[Any, ...]) -> Access | None:
    path, mode, flags = arguments
    if isinstance(path, int) or path is None:  # an open descriptor: it was judged when it was opened
        return None
    writing = (
        any(c in mode for c in "wax+")
        if isinstance(mode, str)
        else bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    )
    return _judge(path, writing=writing)


def _listed(arguments: tuple[Any, ...]) -> Access | None:
    path = arguments[0]
    if isinstance(path, int) or path is None or _absolute(path) in _state.listed:
        return None
    return _judge(path, writing=False)


def _changed(arguments: tuple[Any, ...]) -> Access | None:
    for path in arguments[:2]:
        if isinstance(path, str | bytes | os.PathLike) and (found := _judge(path, writing=True)) is not None:
            return found
    return None


def _judge(path: str | bytes | os.PathLike[Any], *, writing: bool) -> Access | None:
    absolute = _absolute(path)
    if not writing and (_below(absolute, _state.readable) or _of_this_process(absolute)):
        return None
    # After reading, since resolving links costs a system call for each part of the path.
    if _below(os.path.realpath(absolute), _state.writable):
        return None
    return _file(os.fsdecode(path), writing=writing)


def _of_this_process(path: str) -> bool:
    own = ("/proc/self/", f"/proc/{os.getpid()}/")
    # Not through its `root` or `cwd`, which lead out again.
    return path.startswith(own) and os.path.realpath(path).startswith("/proc/")


def _absolute(path: str | bytes | os.PathLike[Any]) -> str:
    return os.path.abspath(os.fsdecode(path))  # noqa: PTH100


def _below(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(root + os.sep) for root in roots)


def _file(path: str, *, writing: bool) -> Access:
    if writing:
        return Access(
            message=f"wrote {path}, and a run leaves nothing but its result",
            cause="A file that one run leaves and another reads would be an input that nobody declared",
            fixes=("keep the value in a variable", "put what matters in `report`"),
        )
    declared = _declared_elsewhere(path)
    if declared:
        return Access(
            message=f"read {path}, and the declared file of that name is not there",
            cause=f"A path counts from the notebook's folder, from where the file is {declared}",
            fixes=(f"write {declared!r} in the cell",),
        )
    return Access(
        message=f"read {path}, which is not declared",
        cause="The clean run sees only declared inputs, so that it gives the same result elsewhere",
        fixes=("declare it under inputs: in [meta]; the cell stays as it is",),
        quiet=path.startswith(_MACHINE),
    )


def _declared_elsewhere(path: str) -> str:
    """From here, the way to a declared file that has the relative ``path`` from another folder; empty where there is none."""
    wanted = os.path.normpath(path)
    if os.path.isabs(wanted) or wanted.startswith(os.pardir):  # noqa: PTH117
        return ""
    here = os.getcwd()  # noqa: PTH109
    ways = [os.path.relpath(one, here) for one in _state.declared if one.endswith(os.sep + wanted)]
    return min(ways, key=len, default="")


def _network(what: str) -> Access:
    return Access(
        message=f"used the network ({what}), which no run has",
        cause="What a server answers today is not what it answers tomorrow",
        fixes=("save the data to a file and declare it under inputs: in [meta]",),
    )


def _socket(arguments: tuple[Any, ...]) -> Access | None:
    address = arguments[1] if len(arguments) > 1 else arguments[0]
    return _network(f"address {address!r}")


def _host(arguments: tuple[Any, ...]) -> Access | None:
    return _network(f"look up {arguments[0]!r}")


def _program(arguments: tuple[Any, ...]) -> Access | None:
    what = arguments[0] if arguments else "a copy of itself"
    return Access(
        message=f"started another program ({os.fsdecode(what) if isinstance(what, str | bytes | os.PathLike) else what})",
        cause="A program outside the lock would be part of the result without being part of the spec",
        fixes=("do it in Python, or run it beforehand and declare its output as an input",),
    )


def _touched(path: str | bytes | os.PathLike[Any], *, writing: bool) -> None:
    """A library is about to open ``path`` in C."""
    access = _judge(path, writing=writing) if _state.active else None
    if access is not None:
        _refuse(access)


def _started(program: Any) -> None:
    """A library is about to start ``program`` in C."""
    access = _program((program,)) if _state.active else None
    if access is not None:
        _refuse(access)


def _database(arguments: tuple[Any, ...]) -> Access | None:
    path = arguments[0]
    return None if path in (":memory:", b":memory:", "") else _judge(path, writing=False)


def _called_c(_arguments: tuple[Any, ...]) -> Access | None:
    """Libraries call C in their own ways; a cell that does could reach anything."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
    while frame is not None and frame.f_code.co_filename == ctypes.__file__:
        frame = frame.f_back
    if frame is None or frame.f_code.co_filename not in _state.cells:
        return None
    return Access(
        message="called C by ctypes, where reads cannot be checked",
        cause="What C reads by itself would be an input that nobody declared",
        fixes=("use a library that is in the lock",),
    )


def _killed(arguments: tuple[Any, ...]) -> Access | None:
    # Signal 0 only asks whether a process lives. It is noted, not refused: which processes can be reached is the
    # sandbox's part.
    frame, _ = _cell_frame()
    if frame is not None and arguments[1] != 0 and _state.leaving is not None:
        _state.leaving(f"signal {int(arguments[1])}", frame.f_code.co_filename, frame.f_lineno)
    return None


def _announced(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def leave(*arguments: Any) -> Any:
        frame, _ = _cell_frame()
        if frame is not None and _state.active and _state.leaving is not None:
            _state.leaving(f"os.{name}()", frame.f_code.co_filename, frame.f_lineno)
        return function(*arguments)

    return leave


class _Environment(os._Environ[str]):  # noqa: SLF001
    """``os.environ`` for a kernel: what a cell itself set it may read; anything else is not there, and a read without a default is
    refused."""

    def __init__(self, real: Any) -> None:
        super().__init__(
            vars(real)["_data"], real.encodekey, real.decodekey, real.encodevalue, real.decodevalue
        )
        self._own: set[object] = set()

    def __setitem__(self, key: str, value: str) -> None:
        if self._stays(key):
            return
        self._own.add(key)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        if not self._stays(key):
            super().__delitem__(key)

    def _stays(self, key: str) -> bool:
        """Whether the run has pinned it: threads and BLAS kernels decide the last bits. What the cell asked for is reported."""
        if not _state.active or key not in _state.pinned:
            return False
        frame, _ = _cell_frame()
        if frame is not None:
            setting = IgnoredSetting(name=key, cell=frame.f_code.co_filename, line=frame.f_lineno)
            if setting not in _ignored:
                _ignored.append(setting)
        return True

    def get(self, key: str, default: Any = None) -> Any:
        """A default says what holds where the variable is not set."""
        return default if default is not None and self._is_hidden(key) else super().get(key, default)

    def __contains__(self, key: object) -> bool:
        return not self._is_hidden(key) and super().__contains__(key)

    def _is_hidden(self, key: object) -> bool:
        return _state.active and key not in {*self._own, *_state.pinned} and _called_by_a_cell()

    def __getitem__(self, key: str) -> str:
        if self._is_hidden(key):
            _refuse(
                Access(
                    message=f"read the environment variable {key}, which is not declared",
                    cause="The clean run starts with an empty environment",
                    fixes=(
                        "give a default, or set it in a tagged cell above, so that it is part of the spec",
                    ),
                )
            )
        return super().__getitem__(key)

    def clear(self) -> None:
        """Writing, not reading: the inherited one reads each value before it deletes it."""
        for key in tuple(self):
            del self[key]


def _called_by_a_cell() -> bool:
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
    while frame is not None and frame.f_code.co_filename in _MAPPING_FILES:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename in _state.cells


_WATCHED: dict[str, Callable[[tuple[Any, ...]], Access | None]] = {
    "open": _opened,
    **dict.fromkeys(("os.listdir", "os.scandir", "glob.glob"), _listed),
    **dict.fromkeys(
        (
            "os.remove",
            "os.rename",
            "os.mkdir",
            "os.rmdir",
            "os.link",
            "os.symlink",
            "os.chmod",
            "os.chown",
            "os.truncate",
            "os.utime",
        ),
        _changed,
    ),
    **dict.fromkeys(("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"), _socket),
    **dict.fromkeys(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"), _host),
    **dict.fromkeys(
        (
            "subprocess.Popen",
            "os.system",
            "os.exec",
            "os.posix_spawn",
            "os.spawn",
            "os.fork",
            "os.forkpty",
            "pty.spawn",
        ),
        _program,
    ),
    **dict.fromkeys(("ctypes.dlopen", "ctypes.dlsym"), _called_c),
    "sqlite3.connect": _database,
    "os.kill": _killed,
}
