"""The port to the journal: promotions, and every transition they made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from nbcode.primitives import Diagnostic, Digest, NbcodeError, dataclass
from nbcode.promotion.state import Promotion


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """One line of the ledger: who moved which promotion from where to where, when. ``before`` is "" at the start;
    ``version`` is None where there is none yet, or where a later promote has superseded it."""

    key: Digest
    attempt: int
    before: str
    after: str
    at: str
    who: str
    version: int | None = None
    code: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalSchema:
    """The schema of a journal's tables and the one that this nbcode writes. ``found`` is 0 where there are no tables yet."""

    found: int
    known: int


class JournalError(NbcodeError):
    """The journal cannot be used."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        """Take the one diagnostic that the user is to see."""
        super().__init__([diagnostic])


def refuse_newer(schema: JournalSchema, place: str) -> None:
    """Raise ``JournalError`` (NBC-I03) for the schema of a newer nbcode; ``place`` names the journal."""
    if schema.found <= schema.known:
        return
    raise JournalError(
        Diagnostic(
            code="NBC-I03",
            message=f"the journal has schema {schema.found}, this nbcode has {schema.known}",
            cause=f"{place} was written by a newer nbcode",
            fixes=("upgrade nbcode",),
        )
    )


class JournalConflictError(NbcodeError):
    """The promotion is no longer in the state that the caller saw: someone else moved it."""

    def __init__(self, moved: str) -> None:
        """Say which promotion, and where it was thought to be."""
        conflict = Diagnostic(
            code="NBC-I17",
            message=moved,
            cause="another process moved it meanwhile",
            fixes=("`nbcode status` shows where it is; `nbcode resume` goes on from there",),
        )
        super().__init__([conflict])


Sealed: TypeAlias = Callable[[Promotion], Promotion]


def unsealed(promotion: Promotion) -> Promotion:
    """The promotion as it is."""
    return promotion


class Journal(Protocol):
    """Durable: when a method returns, what it wrote survives a power cut. May raise :class:`JournalError`."""

    def begin(self, promotion: Promotion, payload: bytes, sealed: Sealed = unsealed) -> Promotion:
        """Write a new promotion and the bytes it starts from; or return the one that has its key, unchanged.

        What is returned has its ``sequence``: of two promotions, the one that was begun later has the larger, whatever the
        clocks of their machines say. ``sealed`` gets it with its sequence, and what it returns is written.
        """
        ...

    def read(self, key: Digest) -> Promotion | None:
        """The promotion as it stands, or None."""
        ...

    def payload(self, key: Digest) -> bytes | None:
        """The notebook's bytes that the promotion started from; None once they are not needed (:attr:`Promotion.needs_payload`)."""
        ...

    def record(self, before: Promotion, after: Promotion) -> None:
        """Replace ``before`` by ``after`` and write the transition, in one transaction.

        Raises :class:`JournalConflictError` when the stored one is not ``before``.
        """
        ...

    def renew(
        self, before: Promotion, after: Promotion, payload: bytes, sealed: Sealed = unsealed
    ) -> Promotion:
        """As :meth:`record`, for a retry: it is begun anew, with a new ``sequence``, and the notebook's bytes are written
        again."""
        ...

    def promotions(self, model: str | None = None) -> tuple[Promotion, ...]:
        """All, or those of one model: the one that moved last is first."""
        ...

    def history(self, model: str) -> tuple[Transition, ...]:
        """Every transition of the promotions of ``model``, oldest first."""
        ...
