"""The window to what this machine is. Not part of a spec's identity: it stands beside it."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache


@cache
def platform_key() -> str:
    """Operating system, libc, architecture with CPU level, interpreter: ``linux-glibc2.36-x86_64_v3-cpython3.11.7``.

    Two machines of one key and one spec digest promise one artifact digest.
    """
    python = f"{sys.implementation.name}{platform.python_version()}"
    return f"{_system()}-{platform.machine() or 'unknown'}{_cpu_level()}-{python}"


def _system() -> str:
    if sys.platform == "darwin":
        return f"macos{platform.mac_ver()[0]}"
    try:
        libc = (os.confstr("CS_GNU_LIBC_VERSION") or "").replace(" ", "")
    except (AttributeError, ValueError, OSError):
        libc = ""
    return f"{sys.platform}-{libc or 'libc'}"


def _cpu_level() -> str:
    from nbcode.sandbox.pins import cpu_flags, cpu_level  # the level is what a run pins numpy to

    return cpu_level(cpu_flags())
