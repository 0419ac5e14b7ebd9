"""Window to Linux capabilities: root gives up what makes it root. Standard library only.

With CAP_PERFMON a process may read the environment of any other, Landlock or not; so the walls begin here.
"""

from __future__ import annotations

import ctypes
import os

_PR_CAPBSET_DROP = 24
_VERSION_3 = 0x20080522
_HIGHEST = 63


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def drop_all() -> None:
    """Take every capability from this process and from what it executes. Raises ``OSError`` when the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(_HIGHEST + 1):
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # beyond the last one that this kernel knows, or there is nothing to give up
    if libc.capset(ctypes.byref(_Header(version=_VERSION_3, pid=0)), (_Sets * 2)()) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"capabilities: {os.strerror(code)}")
