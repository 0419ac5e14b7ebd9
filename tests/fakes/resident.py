"""Memory of this process as Linux counts it."""

from __future__ import annotations

from pathlib import Path


def resident_bytes() -> int:
    """What is in memory now."""
    return _of("VmRSS")


def peak_bytes() -> int:
    """The most that was in memory since :func:`reset_peak`."""
    return _of("VmHWM")


def reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _of(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))
