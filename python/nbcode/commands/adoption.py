"""`nbcode adoption`: how models reach the registry, by week and by owner, from notebooks or by the framework. From the registry's tags, so for the whole team.

What is counted are versions that are in the registry now: one that was deleted is not, nor is a copy that MLflow's own button made, nor an import, which was promoted elsewhere. Refits are counted apart: the same
model on newer data is no sign of anybody's choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from nbcode.primitives import Diagnostic, dataclass
from nbcode.registry import FRAMEWORK, ModelVersion, RegisteredModel

if TYPE_CHECKING:
    from nbcode.commands.outputs.team import AdoptionCounts, AdoptionOutput, OwnerAdoption, WeekAdoption

_WEEK = timedelta(weeks=1)
NO_OWNER = "(no owner)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Promoted:
    """A version that was registered: when (UTC), by whom (the server's account, where it knew one), for which ``owner``, by which ``path``; ``refit`` whether it is one."""

    model: str
    at: datetime
    who: str
    owner: str
    path: str
    refit: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Of some versions: how many came from a ``notebook`` and by the ``framework``, without refits; of how many ``models``, by how many ``promoters`` and
    ``owners``; and how many ``refits`` there were beside them."""

    notebook: int = 0
    framework: int = 0
    refits: int = 0
    models: int = 0
    promoters: int = 0
    owners: int = 0

    @property
    def versions(self) -> int:
        """From notebooks and by the framework."""
        return self.notebook + self.framework

    @property
    def notebook_share(self) -> float | None:
        """Of the versions, those from notebooks, 0 to 1; None where there are none."""
        return self.notebook / self.versions if self.versions else None

    def to_json(self) -> AdoptionCounts:
        """The numbers, and the share."""
        share = self.notebook_share
        return {
            "versions": self.versions,
            "notebook": self.notebook,
            "framework": self.framework,
            "notebook_share": None if share is None else round(share, 4),
            "refits": self.refits,
            "models": self.models,
            "promoters": self.promoters,
            "owners": self.owners,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """The ISO week ``name`` (``2026-W48``), or what of it is in the period: from ``begins`` on, before ``ends`` (UTC). ``new_models`` had no version in the registry before (a refit is none)."""

    name: str
    begins: datetime
    ends: datetime
    counts: Counts
    new_models: int

    def to_json(self) -> WeekAdoption:
        """One of ``weeks``."""
        return {
            "week": self.name,
            "begins": _text(self.begins),
            "ends": _text(self.ends),
            "new_models": self.new_models,
            **self.counts.to_json(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnerRow:
    """One owner; ``latest`` is when the last version was registered, refits too. ``share`` is of all versions of the period, 0 to 1."""

    owner: str
    counts: Counts
    latest: datetime
    share: float | None

    def to_json(self) -> OwnerAdoption:
        """One of ``owners``."""
        return {
            "owner": self.owner,
            "latest": _text(self.latest),
            "share": None if self.share is None else round(self.share, 4),
            **self.counts.to_json(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class AdoptionResult:
    """Of the period from ``since`` on, before ``until``: every week of it in order, also those without a version, and every owner, the one with most versions
    first. ``registry`` is the place that was asked."""

    registry: str
    since: datetime
    until: datetime
    total: Counts
    weeks: tuple[Week, ...]
    owners: tuple[OwnerRow, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    def to_json(self) -> AdoptionOutput:
        """What `adoption --json` prints."""
        return {
            "registry": self.registry,
            "since": _text(self.since),
            "until": _text(self.until),
            "total": self.total.to_json(),
            "weeks": [week.to_json() for week in self.weeks],
            "owners": [owner.to_json() for owner in self.owners],
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


def adoption(
    registered: Iterable[RegisteredModel],
    *,
    registry: str,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    notes: tuple[Diagnostic, ...] = (),
) -> AdoptionResult:
    """Count what is ``registered`` from ``since`` (None: the Monday before the first version) on, before ``until`` (None: ``now``). Times are UTC."""
    every = promoted(registered)
    end = until or now
    begin = since or _monday(min((one.at for one in every), default=end))
    chosen = [one for one in every if begin <= one.at < end]
    first_seen: dict[str, datetime] = {}
    for one in sorted((one for one in every if not one.refit), key=lambda one: one.at):
        first_seen.setdefault(one.model, one.at)
    total = _counts(chosen)
    return AdoptionResult(
        registry=registry,
        since=begin,
        until=end,
        total=total,
        weeks=tuple(_weeks(chosen, begin, end, first_seen.values())),
        owners=_owners(chosen, total.versions),
        diagnostics=notes,
    )


def promoted(registered: Iterable[RegisteredModel]) -> tuple[Promoted, ...]:
    """Every version that was promoted there, once: copies of another tool and imports are left out."""
    return tuple(
        _promoted(one.version, model)
        for model in registered
        for one in model.versions
        if not one.copied and not one.version.imported_from
    )


def _promoted(version: ModelVersion, model: RegisteredModel) -> Promoted:
    return Promoted(
        model=version.model,
        at=datetime.fromisoformat(version.registered_at).astimezone(UTC),
        who=version.account or version.registered_by,
        owner=version.owner or model.owner or NO_OWNER,
        path=version.path,
        refit=bool(version.line),
    )


def _counts(some: Sequence[Promoted]) -> Counts:
    new = [one for one in some if not one.refit]
    return Counts(
        notebook=sum(one.path != FRAMEWORK for one in new),
        framework=sum(one.path == FRAMEWORK for one in new),
        refits=len(some) - len(new),
        models=len({one.model for one in new}),
        promoters=len({one.who for one in new}),
        owners=len({one.owner for one in new}),
    )


def _weeks(
    some: Sequence[Promoted], begin: datetime, end: datetime, first_seen: Iterable[datetime]
) -> Iterable[Week]:
    seen = sorted(first_seen)
    monday = _monday(begin)
    while monday < end:
        begins, ends = max(monday, begin), min(monday + _WEEK, end)
        year, number, _ = monday.isocalendar()
        yield Week(
            name=f"{year}-W{number:02d}",
            begins=begins,
            ends=ends,
            counts=_counts([one for one in some if begins <= one.at < ends]),
            new_models=sum(begins <= at < ends for at in seen),
        )
        monday += _WEEK


def _owners(some: Sequence[Promoted], versions: int) -> tuple[OwnerRow, ...]:
    by_owner: dict[str, list[Promoted]] = {}
    for one in some:
        by_owner.setdefault(one.owner, []).append(one)
    rows = [
        OwnerRow(
            owner=owner,
            counts=(counts := _counts(theirs)),
            latest=max(one.at for one in theirs),
            share=counts.versions / versions if versions else None,
        )
        for owner, theirs in by_owner.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.counts.versions, -row.counts.refits, row.owner)))


def _monday(at: datetime) -> datetime:
    """The beginning of its ISO week."""
    day: date = at.date() - timedelta(days=at.weekday())
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
