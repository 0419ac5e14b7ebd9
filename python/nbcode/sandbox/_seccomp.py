"""Window to seccomp (Linux >= 3.17) by two system calls. Standard library only: it is imported where nothing else is.

Closes what Landlock leaves open: sockets of every family but UNIX, so UDP and raw ones too; and ``io_uring``, whose ring makes sockets that
no filter sees. Left is the netlink socket by which the C library lists the interfaces: ZeroMQ aborts without, and it reaches nobody. It holds for this process and its children, for good. (seccomp(2), linux/filter.h, linux/seccomp.h.)
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_MODE_FILTER = 2

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
"""``BPF_LD|W|ABS``, ``BPF_JMP|JEQ|K``, ``BPF_JMP|JGE|K``, ``BPF_RET|K``."""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13
"""``SECCOMP_RET_ALLOW``; ``SECCOMP_RET_ERRNO`` with EACCES."""
_NUMBER, _ARCHITECTURE, _FAMILY, _PROTOCOL = 0, 4, 16, 32
"""Where they stand in ``struct seccomp_data``, little-endian."""
_UNIX, _NETLINK = 1, 16
_IO_URING_SETUP = 425
_OTHER_ABI = 0x40000000
"""System calls of x32, which have numbers of their own for the same calls."""
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""``AUDIT_ARCH`` and the number of ``socket``."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def program(machine: str) -> bytes:
    """The filter for a machine as :func:`platform.machine` names it: instructions of ``struct sock_filter``. Raises ``OSError`` for one that is
    not known here."""
    if machine not in _MACHINES:
        raise OSError(38, f"no filter of system calls is written for {machine}")
    architecture, socket = _MACHINES[machine]
    steps = (  # code, to jump where it holds, to jump where it does not, value; jumps count from the next step
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, 10, architecture),  # another ABI of this machine: refuse
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 8, 0, _OTHER_ABI),
        (_EQUAL, 7, 0, _IO_URING_SETUP),
        (_EQUAL, 0, 5, socket),
        (_LOAD, 0, 0, _FAMILY),
        (_EQUAL, 3, 0, _UNIX),
        (_EQUAL, 0, 3, _NETLINK),
        (_LOAD, 0, 0, _PROTOCOL),
        (_EQUAL, 0, 1, 0),  # NETLINK_ROUTE
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    )
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def refuse_sockets() -> bool:
    """From now on this process and its children make no socket but UNIX ones (``EACCES``). False where the kernel or the machine has no such filter."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        code = program(platform.machine())
    except OSError:
        return False
    held = ctypes.create_string_buffer(code, len(code))
    asked = _Program(length=len(code) // 8, filter=ctypes.cast(held, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0:
        code_of_error = ctypes.get_errno()
        raise OSError(code_of_error, os.strerror(code_of_error))
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(asked), 0, 0) == 0)
