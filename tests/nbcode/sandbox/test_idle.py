"""What counts as waiting: every thread sleeps or is stopped, and none has computed since the look before."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from nbcode.sandbox import Idleness

Threads = Sequence[tuple[str, int]]


def waited(*looks: Threads, every_s: float = 0.25) -> float:
    """After looks at one process, ``every_s`` apart."""
    at = iter(range(len(looks)))
    seen = iter(looks)
    idle = Idleness(lambda: (7,), lambda _: next(seen), lambda: every_s * next(at))
    return [idle.look() for _ in looks][-1]


@pytest.mark.parametrize("state", ["S", "T", "t", "I"])
def test_who_sleeps_or_is_stopped_waits(state: str) -> None:
    assert waited([(state, 5)], [(state, 5)], [(state, 5)]) == 0.5


@pytest.mark.parametrize("state", ["R", "D"])
def test_who_wants_a_processor_or_the_disk_does_not(state: str) -> None:
    assert waited(*[[("S", 5), (state, 5)]] * 3) == 0.0


def test_who_computed_since_the_last_look_did_not_wait() -> None:
    assert waited([("S", 5)], [("S", 6)], [("S", 6)], [("S", 7)]) == 0.25


def test_what_is_gone_counts_for_nothing_and_nobody_is_no_waiter() -> None:
    assert waited([("Z", 1)], [("Z", 1)]) == 0.0
    assert waited([], []) == 0.0
    assert waited([("Z", 1), ("S", 1)], [("Z", 1), ("S", 1)]) == 0.25


def test_a_look_that_comes_late_counts_for_little() -> None:
    assert waited([("S", 5)], [("S", 5)], every_s=60.0) == 0.5
