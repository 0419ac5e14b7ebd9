"""Whose a promotion is: what this user began in this project, proved by a seal that no repository can bring along."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from nbcode.configuration import HERE
from nbcode.primitives import Diagnostic, Digest, canonical_json, dataclass, digest_bytes
from nbcode.promotion.journal import Journal, JournalError, Sealed, Transition, unsealed
from nbcode.promotion.state import Promotion

_SEALED = (
    *("key", "model", "spec_digest", "definition_digest", "platform", "notebook", "notebook_digest"),
    *("project", "who", "account", "adopt", "begun_at", "attempt", "isolation_asked", "state"),
    *("snapshot", "run_id", "isolation", "artifact_digest", "verified_at"),
    *("version", "superseded", "sequence"),
)
"""What the seal is of: whatever decides what is run, where, what is registered, and which of two is the candidate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """The user, in the project whose root's real path is ``project``. ``seal`` makes a proof, ``verify_seal`` checks one."""

    project: str
    seal: Callable[[bytes], str]
    verify_seal: Callable[[bytes, str], bool]

    def sealed(self, promotion: Promotion) -> Promotion:
        """The row as this user's nbcode writes it."""
        return replace(promotion, seal=self.seal(_sealed_bytes(promotion)))

    def wrote(self, promotion: Promotion) -> bool:
        """Whether this user's nbcode wrote the row, for whichever project."""
        return self.verify_seal(_sealed_bytes(promotion), promotion.seal)

    def began(self, promotion: Promotion) -> bool:
        """Whether this user began it in this project: only that may be gone on with."""
        return promotion.project == self.project and self.wrote(promotion)

    def is_of_another_project(self, promotion: Promotion) -> bool:
        """Whether it says that it was begun elsewhere. A row that says nothing is from before rows said so."""
        return promotion.project not in ("", self.project)


def of_project(promotions: Iterable[Promotion], project: str) -> tuple[Promotion, ...]:
    """Those that were begun in ``project``, in their order, with those that do not say where."""
    return tuple(p for p in promotions if p.project in ("", project))


def other_projects(promotions: Iterable[Promotion], project: str) -> tuple[str, ...]:
    """The roots of the other projects whose promotions these are, sorted."""
    return tuple(sorted({p.project for p in promotions} - {"", project}))


class SealedJournal(Journal):
    """A journal in which whatever this user writes bears his seal."""

    def __init__(self, journal: Journal, owner: Owner) -> None:
        """``journal`` keeps, ``owner`` seals."""
        self._journal = journal
        self._owner = owner

    def begin(self, promotion: Promotion, payload: bytes, sealed: Sealed = unsealed) -> Promotion:
        del sealed  # whoever writes here is the owner
        return self._journal.begin(promotion, payload, self._owner.sealed)

    def read(self, key: Digest) -> Promotion | None:
        return self._journal.read(key)

    def payload(self, key: Digest) -> bytes | None:
        data, row = self._journal.payload(key), self._journal.read(key)
        if (
            data is not None
            and row is not None
            and digest_bytes(data) != (row.notebook_digest or digest_bytes(data))
        ):
            raise JournalError(_changed(row))
        return data

    def record(self, before: Promotion, after: Promotion) -> None:
        self._journal.record(before, self._owner.sealed(after))

    def renew(
        self, before: Promotion, after: Promotion, payload: bytes, sealed: Sealed = unsealed
    ) -> Promotion:
        del sealed
        return self._journal.renew(before, after, payload, self._owner.sealed)

    def promotions(self, model: str | None = None) -> tuple[Promotion, ...]:
        return self._journal.promotions(model)

    def history(self, model: str) -> tuple[Transition, ...]:
        return self._journal.history(model)


def _sealed_bytes(promotion: Promotion) -> bytes:
    values = {name: getattr(promotion, name) for name in _SEALED}
    if promotion.refit_of is not None:  # what was sealed before there were refits stays sealed
        values["refit_of"] = promotion.refit_of
    if promotion.runs_on != HERE:
        values["runs_on"] = promotion.runs_on
    if promotion.runs_in:
        values["runs_in"] = promotion.runs_in
    return canonical_json({name: str(v) if isinstance(v, str) else v for name, v in values.items()})


def _changed(row: Promotion) -> Diagnostic:
    return Diagnostic(
        code="NBC-I06",
        message=f"{row.model}: the notebook's bytes in the journal are not those that the promote began with",
        cause=f"{row.notebook} was {row.notebook_digest}",
        fixes=("`nbcode promote` the notebook as it is now",),
    )
