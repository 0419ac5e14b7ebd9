"""Where the time of a run went: one step follows the other without a gap, so that together they are the whole."""

from __future__ import annotations

import math
from collections.abc import Callable


class Timeline:
    """Steps and when they began. What comes before the first that is named is ``prepare``."""

    def __init__(self, began_s: float, monotonic_s: Callable[[], float]) -> None:
        """``began_s`` is a reading of ``monotonic_s``."""
        self._began_s, self._monotonic_s = began_s, monotonic_s
        self._marks: list[tuple[str, float]] = [("prepare", 0.0)]

    @property
    def step(self) -> str:
        """The step that goes on now."""
        return self._marks[-1][0]

    @property
    def elapsed_s(self) -> float:
        """Seconds since the beginning."""
        return self._monotonic_s() - self._began_s

    def mark(self, step: str, at_s: float | None = None) -> float:
        """``step`` begins now, or began at ``at_s`` of the same clock, as far as that is not before the step that goes on:
        its seconds since the beginning."""
        at = self.elapsed_s
        if at_s is not None and math.isfinite(at_s):
            at = min(max(at_s - self._began_s, self._marks[-1][1]), at)
        self._marks.append((step, at))
        return at

    def seconds(self) -> tuple[tuple[str, float], ...]:
        """Each step and how long it took up to now, in the order in which they first began."""
        until = [at for _, at in self._marks[1:]] + [self.elapsed_s]
        found: dict[str, float] = {}
        for (step, at), end in zip(self._marks, until, strict=True):
            found[step] = found.get(step, 0.0) + end - at
        return tuple((step, round(taken, 4)) for step, taken in found.items())
