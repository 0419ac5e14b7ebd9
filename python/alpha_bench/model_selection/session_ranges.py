"""Sets of sessions as half-open ranges of positions: what trains a fold, what tests it, what lies between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sessions:
    """Positions ``0 .. T-1`` as disjoint half-open ranges in order; none of them is empty.

    >>> list(Sessions.of(range(0, 2), range(5, 7)))
    [0, 1, 5, 6]
    """

    ranges: tuple[range, ...]

    @classmethod
    def of(cls, *ranges: range) -> Sessions:
        """The union of ``ranges``, in any order; ranges that touch or overlap become one."""
        merged: list[range] = []
        for r in sorted((r for r in ranges if len(r)), key=lambda r: r.start):
            if merged and r.start <= merged[-1].stop:
                merged[-1] = range(merged[-1].start, max(merged[-1].stop, r.stop))
            else:
                merged.append(r)
        return cls(tuple(merged))

    def without(self, others: Iterable[range]) -> Sessions:
        """These sessions less ``others``."""
        left = list(self.ranges)
        for cut in others:
            left = [
                piece
                for r in left
                for piece in (
                    range(r.start, min(r.stop, cut.start)),
                    range(max(r.start, cut.stop), r.stop),
                )
                if len(piece)
            ]
        return Sessions.of(*left)

    def last(self, count: int) -> Sessions:
        """The last ``count`` of them, or all when there are fewer."""
        kept: list[range] = []
        for r in reversed(self.ranges):
            if count <= 0:
                break
            kept.append(r[max(0, len(r) - count) :])
            count -= len(r)
        return Sessions.of(*kept)

    @property
    def start(self) -> int:
        """The first position. Raises IndexError when there is none."""
        return self.ranges[0].start

    @property
    def stop(self) -> int:
        """One past the last position. Raises IndexError when there is none."""
        return self.ranges[-1].stop

    def __iter__(self) -> Iterator[int]:
        for r in self.ranges:
            yield from r

    def __len__(self) -> int:
        return sum(map(len, self.ranges))

    def __contains__(self, position: object) -> bool:
        return any(position in r for r in self.ranges)
