"""What cells judged on their way to a result: how many variants, and the reports, so that they can be given again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from alpha_bench.describe import hear_looks

if TYPE_CHECKING:
    from alpha_bench.describe import Look as Judged

_MOST_BYTES = 512 << 20


class JudgedBefore:
    """Hears of every evaluation between :meth:`begin` and :meth:`end`. ``reports`` are all of them, in their order; None where they
    are too large to be kept."""

    def __init__(self) -> None:
        """Nothing was judged yet."""
        self._tested: dict[tuple[str, str], Any] = {}
        self._first: Any = None
        self._bytes = 0
        self.reports: list[Any] | None = []

    @property
    def variants(self) -> int:
        """How many different ones, by definition and label, were judged on sessions that the last of them is judged on."""
        return sum(1 for last in self._tested.values() if last >= self._first)

    def begin(self) -> JudgedBefore:
        """From now on."""
        hear_looks(self._hear)
        return self

    def end(self) -> None:
        """No more."""
        hear_looks(None)

    def _hear(self, one: Judged) -> None:
        sessions = one.report.test_dates
        self._first, key = sessions[0], (one.variant, one.label)
        self._tested[key] = max(sessions[-1], self._tested.get(key, sessions[-1]))
        self._bytes += one.report.prediction.nbytes + one.report.label.nbytes
        if self._bytes > _MOST_BYTES:
            self.reports = None
        if self.reports is not None:
            self.reports.append(one.report)


@contextmanager
def heard() -> Iterator[JudgedBefore]:
    """What is judged inside."""
    judged = JudgedBefore().begin()
    try:
        yield judged
    finally:
        judged.end()
