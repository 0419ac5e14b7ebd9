"""Window to Landlock (Linux >= 5.13) by three system calls. Standard library only: it is imported where nothing else is.

Handles every file right that the running kernel knows, TCP bind and connect (ABI 4), and signals and abstract UNIX
sockets beyond the sandbox (ABI 6). Not handled by Landlock at all: UDP (``_seccomp`` is), and connecting to a UNIX socket by its path.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every architecture
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_FIRST_ABI = (1 << 13) - 1
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_NET = 0b11
_SCOPED = 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """The Landlock ABI of the running kernel; 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    found = int(_libc().syscall(_CREATE, None, 0, _VERSION_FLAG))
    return max(found, 0)


def restrict(
    *, readable: Iterable[str], listed: Iterable[str], executable: Iterable[str], writable: Iterable[str]
) -> int:
    """Confine this process and its children for good; returns the ABI that was used. Paths that are missing are skipped.
    Of a ``listed`` directory the names can be read, there and below, and no content.

    Raises:
        OSError: when the kernel refuses, or has no Landlock.
    """
    version = abi()
    if not version:
        raise OSError(38, "this kernel has no Landlock")
    handled = _handled(version)
    rules = [(p, _READ_FILE | _READ_DIR) for p in readable]
    rules += [(p, _READ_DIR) for p in listed]
    rules += [(p, _READ_FILE | _EXECUTE) for p in executable]
    rules += [(p, handled & ~_EXECUTE) for p in writable]
    _enforce(version, handled, network=True, scoped=True, rules=rules)
    return version


def confine_writing(writable: Iterable[str]) -> bool:
    """Take from the calling thread, and from threads it starts, the right to execute any file, to write, make or remove anything
    but in ``writable``, and to signal any process but its own and its children (ABI 6). True when the first two hold."""
    version = abi()
    if version:
        handled = _handled(version) & ~(_READ_FILE | _READ_DIR)
        rules = [(path, handled & ~_EXECUTE) for path in writable]
        _enforce(version, handled, network=False, scoped=True, rules=rules)
    return bool(version)


def _handled(version: int) -> int:
    return _FIRST_ABI | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)


def _enforce(
    version: int, handled: int, *, network: bool, scoped: bool, rules: list[tuple[str, int]]
) -> None:
    libc = _libc()
    attributes = _Ruleset(
        fs=handled,
        net=_NET if network and version >= 4 else 0,
        scoped=_SCOPED if scoped and version >= 6 else 0,
    )
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _checked(libc.syscall(_CREATE, ctypes.byref(attributes), ctypes.c_size_t(size), 0))
    try:
        for path, access in rules:
            _allow(libc, ruleset, path, access & handled)
        _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(libc.syscall(_RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _ON_FILES
        rule = _PathBeneath(access=access, parent=descriptor)
        _checked(libc.syscall(_ADD, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(descriptor)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return result
