"""The loop that every starter of a promotion runs: read the state, do what it waits for, write it down, go on.

1. The caller holds the lease of the key (``_lease``), so nobody else performs for it.
2. Read the promotion; the effect it waits for follows from its state alone.
3. Perform the effect. It is idempotent, so it does not matter whether a dead predecessor had done it.
4. One journal transaction moves the promotion. A kill between 3 and 4 only repeats 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from nbcode.primitives import Digest
from nbcode.promotion.journal import Journal, JournalConflictError
from nbcode.promotion.state import Effect, Event, Promotion, effects_at, step


class Perform(Protocol):
    """Does one effect for a promotion and says what came of it; a refusal is a ``Failed``, not an exception."""

    def __call__(self, effect: Effect, promotion: Promotion) -> Event:
        """Perform ``effect``, which may have been performed before."""
        ...


class Steps(Protocol):
    """Hears what goes on: ``started`` before an effect, ``ended`` when it is in the journal."""

    def started(self, effect: Effect, promotion: Promotion) -> None:
        """``effect`` begins."""
        ...

    def ended(self, effect: Effect, promotion: Promotion, seconds: float) -> None:
        """``effect`` is done and written; ``promotion`` is the new state."""
        ...


def reconcile(
    key: Digest,
    journal: Journal,
    perform: Perform,
    *,
    now: Callable[[], str],
    monotonic_s: Callable[[], float],
    steps: Steps,
    failpoint: Callable[[str], None],
) -> Promotion:
    """Carry the promotion ``key`` to its end and return it finished. The caller holds its lease.

    Raises ``KeyError`` when the journal has no such promotion, and whatever ``perform`` raises: the promotion is then
    left where it is, and the next reconcile goes on from there.
    """
    promotion = journal.read(key)
    if promotion is None:
        raise KeyError(key)
    waiting = effects_at(promotion.state)
    while waiting:
        effect = waiting[0]
        steps.started(effect, promotion)
        started_s = monotonic_s()
        failpoint(f"{effect}.before")
        event = perform(effect, promotion)
        failpoint(f"{effect}.done")
        taken_s = monotonic_s() - started_s
        moved, waiting = step(promotion, event, at=now(), seconds=taken_s)
        try:
            journal.record(promotion, moved)
        except JournalConflictError:
            # Somebody without our lease, on another machine, was faster. What was done was idempotent: go on from theirs.
            promotion = journal.read(key) or promotion
            waiting = effects_at(promotion.state)
            continue
        failpoint(f"{effect}.journaled")
        promotion = moved
        steps.ended(effect, promotion, taken_s)
    return promotion
