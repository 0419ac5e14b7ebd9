"""Of what the whole team promoted: `adoption` and `audit`."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from nbcode.commands.outputs.stopped import Findings
from nbcode.primitives.json_schema import Written


class AdoptionCounts(TypedDict):
    """``versions`` are those from notebooks and by the framework; refits are counted apart, and no other number counts them."""

    versions: int
    notebook: int
    framework: int
    notebook_share: float | None
    refits: int
    models: int
    promoters: int
    owners: int


class WeekAdoption(AdoptionCounts):
    """An ISO week, from ``begins`` on, before ``ends``, in UTC."""

    week: str
    begins: str
    ends: str
    new_models: int


class OwnerAdoption(AdoptionCounts):
    """An owner; ``share`` is of all versions of the period."""

    owner: str
    latest: str
    share: float | None


class AdoptionOutput(TypedDict):
    """``nbcode adoption``: from ``since`` on, before ``until``, in UTC."""

    registry: str
    since: str
    until: str
    total: AdoptionCounts
    weeks: list[WeekAdoption]
    owners: list[OwnerAdoption]
    diagnostics: Findings


class AuditedEvent(TypedDict):
    """Something that happened; ``at`` is null where nobody recorded when. ``known_from`` is the registry, or this project's journal."""

    at: str | None
    act: Annotated[
        str,
        Written(
            Literal[
                "promoted",
                "refitted",
                "adopted",
                "copied",
                "imported",
                "candidate set",
                "candidate moved",
                "collected",
                "deleted",
                "failed",
            ]
        ),
    ]
    model: str
    version: int | None
    line: str
    who: str
    account: str
    owner: str
    path: str
    notebook: str
    outcome: str
    known_from: str


class AuditOutput(TypedDict):
    """``nbcode audit``: from ``since`` on, before ``until``, in UTC."""

    registry: str
    since: str
    until: str
    events: list[AuditedEvent]
    diagnostics: Findings
