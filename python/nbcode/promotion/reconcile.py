"""The loop that every starter of a promotion runs: read the state, do what it waits for, write it down, go on.

1. The caller holds the lease of the key, so nobody else performs for it.
2. Read the promotion; the effect it waits for follows from its state alone.
3. Perform the effect. It is idempotent, so it does not matter whether a dead predecessor had done it.
4. One journal transaction moves the promotion. A kill between 3 and 4 only repeats 3.
5. Where what comes of an effect is not known yet (a run on another machine), the promotion stays as it is, the loop ends, and
   the caller lets go of the lease: whoever asks again, later, in any process, goes on from here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from nbcode.primitives import Digest, dataclass
from nbcode.promotion.journal import Journal, JournalConflictError
from nbcode.promotion.perform import Pending
from nbcode.promotion.state import Effect, Event, Promotion, effects_at, step


class Perform(Protocol):
    """Does one effect for a promotion and says what came of it, or that it is too early to say; a refusal is a ``Failed``,
    not an exception."""

    def __call__(self, effect: Effect, promotion: Promotion) -> Event | Pending:
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


@dataclass(frozen=True, kw_only=True, slots=True)
class ReconcileResult:
    """How far a reconcile came: to the end, or to where it has to be asked again after ``retry_after_s``."""

    promotion: Promotion
    retry_after_s: float | None = None


def reconcile(
    key: Digest,
    journal: Journal,
    perform: Perform,
    *,
    now: Callable[[], str],
    monotonic_s: Callable[[], float],
    steps: Steps,
    failpoint: Callable[[str], None],
    alone: Callable[[Effect, Promotion], AbstractContextManager[None]] = lambda *_: nullcontext(),
) -> ReconcileResult:
    """Carry the promotion ``key`` as far as it goes now. The caller holds its lease; ``alone`` is entered around an effect and
    the transition that writes it down, for what promotions of other keys must not do in between.

    Every moment belongs to one step: what the journal takes to write one down counts for the next one, and the last of it is
    the caller's.

    Raises ``KeyError`` when the journal has no such promotion, and whatever ``perform`` raises: the promotion is then
    left where it is, and the next reconcile goes on from there.
    """
    started_s = monotonic_s()
    promotion = journal.read(key)
    if promotion is None:
        raise KeyError(key)
    waiting = effects_at(promotion.state)
    while waiting:
        effect = waiting[0]
        steps.started(effect, promotion)
        failpoint(f"{effect}.before")
        with alone(effect, promotion):
            event = perform(effect, promotion)
            if isinstance(event, Pending):
                return ReconcileResult(promotion=promotion, retry_after_s=event.retry_after_s)
            failpoint(f"{effect}.done")
            ended_s = monotonic_s()
            taken_s, started_s = ended_s - started_s, ended_s
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
    return ReconcileResult(promotion=promotion)
