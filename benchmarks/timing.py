"""Whole processes and functions, timed several times; the median is the figure, the range is told."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Seconds of each counted run."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{self.median * 1e3:9.1f} ms   ({min(self.seconds) * 1e3:.1f} to {max(self.seconds) * 1e3:.1f}, n={len(self.seconds)})"


def clean_environment() -> dict[str, str]:
    """The caller's environment, but with bytecode written, as any user has it."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def time_process(argv: Sequence[str], *, runs: int, warm_up: int = 1, cwd: Path = ROOT) -> Timing:
    """Time whole processes, start to exit. Raises ``CalledProcessError`` when one fails: a failed run is no figure."""
    seconds = []
    for number in range(warm_up + runs):
        start = time.perf_counter()
        subprocess.run(argv, cwd=cwd, env=clean_environment(), check=True, capture_output=True)
        if number >= warm_up:
            seconds.append(time.perf_counter() - start)
    return Timing(seconds=tuple(seconds))


def time_call(function: Callable[[], object], *, runs: int, warm_up: int = 1) -> Timing:
    """Time calls in this process."""
    seconds = []
    for number in range(warm_up + runs):
        start = time.perf_counter()
        function()
        if number >= warm_up:
            seconds.append(time.perf_counter() - start)
    return Timing(seconds=tuple(seconds))


RECORDED: dict[tuple[str, str], float] = {}
"""What was printed: (section, name) to the median in seconds, or to a difference. The README's table is made of it."""
_section = ""


def begin(section: str) -> None:
    """What follows is of ``section``."""
    global _section
    _section = section


def record(name: str, value: float) -> None:
    """Keep a figure under the section that is being printed."""
    RECORDED[_section, name] = value


def row(name: str, timing: Timing, against: Timing | None = None) -> None:
    """Print and record one figure; ``against`` is the peer, the ratio says how many times faster than it we are."""
    record(name, timing.median)
    ratio = f"   {against.median / timing.median:6.1f}x" if against else ""
    print(f"  {name:58s}{timing}{ratio}", flush=True)


def heading(text: str) -> None:
    print(f"\n{text}", flush=True)
