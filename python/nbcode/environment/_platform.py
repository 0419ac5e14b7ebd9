"""The window to what this machine is. Not part of a spec's identity: it stands beside it."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from pathlib import Path

# The x86-64 psABI's levels, by the flags that Linux shows; each level has those of the ones before.
_LEVELS = (
    ("v2", {"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"}),
    ("v3", {"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"}),
    ("v4", {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
)


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
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return ""
    line = next((row for row in text.splitlines() if row.startswith("flags")), "")
    return cpu_level(frozenset(line.partition(":")[2].split()))


def cpu_level(flags: frozenset[str]) -> str:
    """``_v2`` to ``_v4`` by the flags a CPU has; empty for the base level and for other architectures."""
    level = ""
    for name, needed in _LEVELS:
        if not needed <= flags:
            break
        level = f"_{name}"
    return level
