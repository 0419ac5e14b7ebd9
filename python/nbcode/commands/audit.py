"""`nbcode audit --since DAY`: who promoted, refitted and adopted what, and what failed. From the registry's tags for the whole team, and from the journal of this project
for what never came to the registry.

MLflow keeps no record of who moved an alias or deleted a version, nor when. What can be known of that is said as far as it goes: an event without its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from nbcode.primitives import Diagnostic, dataclass, time_text
from nbcode.promotion import Journal, Promotion, State, Transition, candidate_in_ledger, of_project
from nbcode.registry import RegisteredModel, RegisteredVersion

if TYPE_CHECKING:
    from nbcode.commands.outputs.team import AuditedEvent, AuditOutput

COLUMNS = (
    "at",
    "act",
    "model",
    "version",
    "line",
    "who",
    "account",
    "owner",
    "path",
    "notebook",
    "outcome",
    "known_from",
)


class Act(StrEnum):
    """What happened to a model."""

    PROMOTED = "promoted"
    REFITTED = "refitted"
    ADOPTED = "adopted"
    COPIED = "copied"
    IMPORTED = "imported"
    CANDIDATE = "candidate set"
    MOVED = "candidate moved"
    COLLECTED = "collected"
    DELETED = "deleted"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened. ``at`` is None where nobody recorded when. ``who`` is the user of a machine and ``account`` the one that the registry's server
    knew; each is empty where it is not known, as the others are. ``known_from`` is ``registry`` or ``journal``, which is this project's."""

    at: datetime | None
    act: Act
    model: str
    outcome: str
    known_from: str
    version: int | None = None
    line: str = ""
    who: str = ""
    account: str = ""
    owner: str = ""
    path: str = ""
    notebook: str = ""

    def to_json(self) -> AuditedEvent:
        """One of ``events``."""
        return {
            "at": None if self.at is None else time_text(self.at),
            "act": str(self.act),
            "model": self.model,
            "version": self.version,
            "line": self.line,
            "who": self.who,
            "account": self.account,
            "owner": self.owner,
            "path": self.path,
            "notebook": self.notebook,
            "outcome": self.outcome,
            "known_from": self.known_from,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditResult:
    """From ``since`` on, before ``until``, in order of time; what has no time is last."""

    registry: str
    since: datetime
    until: datetime
    events: tuple[Event, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    def to_json(self) -> AuditOutput:
        """What `audit --json` prints."""
        return {
            "registry": self.registry,
            "since": time_text(self.since),
            "until": time_text(self.until),
            "events": [event.to_json() for event in self.events],
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


def audit(
    registered: Iterable[RegisteredModel],
    journal: Journal | None,
    *,
    project: str,
    registry: str,
    since: datetime,
    until: datetime,
    notes: tuple[Diagnostic, ...] = (),
) -> AuditResult:
    """What is ``registered`` and what ``project`` has in its ``journal`` (None: nothing yet), as events from ``since`` on and before ``until``. An event whose
    time nobody recorded is told whatever the period."""
    models = tuple(registered)
    every = [event for model in models for event in _of_registry(model)]
    if journal is not None:
        every += _of_journal(journal, project, {model.model: model for model in models})
    within = [event for event in every if event.at is not None and since <= event.at < until]
    unknown = [event for event in every if event.at is None]
    return AuditResult(
        registry=registry,
        since=since,
        until=until,
        events=(
            *sorted(within, key=lambda event: (event.at, event.model, event.version or 0)),
            *sorted(unknown, key=lambda event: (event.model, event.version or 0)),
        ),
        diagnostics=notes,
    )


def _of_registry(model: RegisteredModel) -> Iterator[Event]:
    for one in model.versions:
        version = one.version
        if version.adopted_from and not one.copied:
            yield _event(one, model, Act.ADOPTED, f"it was {version.adopted_from}'s")
        if version.imported_from and not one.copied:
            yield _imported(one, model)
            continue
        act = Act.COPIED if one.copied else Act.REFITTED if version.line else Act.PROMOTED
        outcome = "is the candidate" if version.alias else "registered"
        yield _event(one, model, act, f"from {version.source}" if one.copied else outcome)
        for line in version.collected_before.splitlines() if not one.copied else ():
            at, _, who = line.partition(" ")
            yield _collected(one, model, at, who, "its files were removed to make room, and came back")
        if version.collected_at and not one.copied:
            outcome = "its files were removed to make room, its record stays"
            yield _collected(one, model, version.collected_at, version.collected_by, outcome)
    numbers = {one.version.version for one in model.versions}
    for gap in sorted(set(range(1, max(numbers))) - numbers):
        yield Event(
            at=None,
            act=Act.DELETED,
            model=model.model,
            version=gap,
            owner=model.owner,
            outcome="no version of nbcode has this number: deleted, or another tool's; by whom is not recorded",
            known_from="registry",
        )


def _imported(one: RegisteredVersion, model: RegisteredModel) -> Event:
    """Its promote was elsewhere, and is in the audit of that registry."""
    version = one.version
    return replace(
        _event(
            one,
            model,
            Act.IMPORTED,
            f"from {version.imported_from}, where {version.registered_by} promoted it",
        ),
        at=datetime.fromisoformat(version.imported_at).astimezone(UTC) if version.imported_at else None,
        who=version.imported_by,
        account="",
    )


def _collected(one: RegisteredVersion, model: RegisteredModel, at: str, who: str, outcome: str) -> Event:
    version = one.version
    return Event(
        at=datetime.fromisoformat(at).astimezone(UTC),
        act=Act.COLLECTED,
        model=version.model,
        version=version.version,
        line=version.line,
        who=who,
        owner=version.owner or model.owner,
        path=version.path,
        notebook=version.notebook or "",
        outcome=outcome,
        known_from="registry",
    )


def _event(one: RegisteredVersion, model: RegisteredModel, act: Act, outcome: str) -> Event:
    """``act`` at the time that the version has. Of a copy that is the time of what was copied, so it has none, and nobody's name."""
    version = one.version
    return Event(
        at=None if one.copied else datetime.fromisoformat(version.registered_at).astimezone(UTC),
        act=act,
        model=version.model,
        version=version.version,
        line=version.line,
        who="" if one.copied else version.registered_by,
        account="" if one.copied else version.account or "",
        owner=version.owner or model.owner,
        path=version.path,
        notebook=version.notebook or "",
        outcome=outcome,
        known_from="registry",
    )


def _of_journal(journal: Journal, project: str, there: dict[str, RegisteredModel]) -> Iterator[Event]:
    own = of_project(journal.promotions(), project)
    for model in sorted({p.model for p in own}):
        by_key = {p.key: p for p in own if p.model == model}
        history = journal.history(model)
        for line in history:
            if line.key in by_key:
                yield from _of_transition(line, by_key[line.key])
        yield from _against(model, by_key.values(), history, there.get(model))


def _of_transition(line: Transition, promotion: Promotion) -> Iterator[Event]:
    """What failed, and what nbcode made the candidate."""
    failed = line.after == State.FAILED
    if not failed and not (line.after == State.ALIASED and line.version is not None):
        return
    yield Event(
        at=datetime.fromisoformat(line.at).astimezone(UTC),
        act=Act.FAILED if failed else Act.CANDIDATE,
        model=promotion.model,
        version=None if failed else line.version,
        who=line.who,
        account=promotion.account or "",
        notebook=promotion.notebook,
        outcome=f"{line.code or 'no code'} at {line.before}" if failed else "by nbcode",
        known_from="journal",
    )


def _against(
    model: str, own: Iterable[Promotion], history: Iterable[Transition], there: RegisteredModel | None
) -> Iterator[Event]:
    """Where the registry has something else than the journal wrote, and no version of others explains it."""
    versions = {} if there is None else {one.version.key: one.version.version for one in there.versions}
    highest = max(versions.values(), default=0)
    for promotion in own:
        # A lower number that is missing is a gap, which the registry itself shows.
        lost = promotion.state is State.DONE and promotion.key not in versions
        if lost and promotion.version is not None and promotion.version > highest:
            yield Event(
                at=None,
                act=Act.DELETED,
                model=model,
                version=promotion.version,
                who="",
                notebook=promotion.notebook,
                outcome="it is not in the registry any more; by whom is not recorded",
                known_from="journal",
            )
    ours, now = candidate_in_ledger(history), None if there is None else there.candidate
    # Somebody else's promote that came later has a larger number.
    ours_of_it = {promotion.version for promotion in own}
    theirs = now is not None and now in versions.values() and now not in ours_of_it and now > (ours or 0)
    if ours is not None and now != ours and not theirs:
        place = "nowhere" if now is None else f"at version {now}"
        yield Event(
            at=None,
            act=Act.MOVED,
            model=model,
            version=now,
            outcome=f"nbcode set it at version {ours}, it is {place} now; by whom is not recorded",
            known_from="journal",
        )
