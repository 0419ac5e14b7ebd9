"""A finding: one kind of oddity, how often, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alpha_bench.panel.validation.meanings import MEANINGS, UNCOUNTED, Severity

_SHOWN = 5
MOST_PLACES = 1000  # places of one finding that are kept; its count counts all


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where: an asset, a session, or both (empty: not one); ``note`` says how much."""

    asset: str = ""
    date: str = ""
    note: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.asset, self.date, self.note) if part)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One kind of oddity.

    Attributes:
        code: what kind; the same word in every panel.
        severity: ``note`` or ``warning``.
        message: what it is.
        count: how many there are.
        field: the field it is about, or empty.
        places: where, the worst first; at most 1000 of them.
        examples: the first places as text.
        around: prices of the sessions around the first place, for the picture.
    """

    code: str
    severity: Severity
    message: str
    count: int
    field: str = ""
    places: tuple[Place, ...] = ()
    examples: tuple[str, ...] = ()
    around: tuple[float, ...] = ()

    @classmethod
    def of(
        cls,
        code: str,
        count: int,
        examples: Iterable[str] = (),
        *,
        field: str = "",
        places: Iterable[Place] = (),
        around: Iterable[float] = (),
    ) -> Finding:
        """The finding ``code`` with its standing words."""
        kept = tuple(places)[:MOST_PLACES]
        return cls(
            code=code,
            severity=MEANINGS[code].severity,
            message=MEANINGS[code].what,
            count=count,
            field=field,
            places=kept,
            examples=(tuple(examples) or tuple(map(str, kept)))[:_SHOWN],
            around=tuple(around),
        )

    @property
    def why(self) -> str:
        """Why it matters."""
        return MEANINGS[self.code].why

    @property
    def do(self) -> str:
        """What to do."""
        return MEANINGS[self.code].do

    def to_json(self) -> dict[str, object]:
        """Plain JSON data."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "count": self.count,
            "field": self.field,
            "examples": list(self.examples),
            "why": self.why,
            "do": self.do,
        }

    def __str__(self) -> str:
        where = (
            f" ({', '.join(self.examples)}{', ...' if self.count > len(self.examples) else ''})"
            if self.examples
            else ""
        )
        many = "" if self.code in UNCOUNTED else f"{self.count} "
        return f"{self.severity}: {self.field + ': ' if self.field else ''}{many}{self.message}{where}"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Names:
    """The names of sessions and assets, for places."""

    dates: NDArray[np.datetime64]
    assets: NDArray[np.str_]

    def cells(self, mask: NDArray[np.bool_]) -> list[Place]:
        """Where a (T, N) mask is true, by session."""
        if not mask.any():
            return []
        rows = np.flatnonzero(mask.any(axis=1))
        places: list[Place] = []
        for row in rows:
            places += (self.at(row, column) for column in np.flatnonzero(mask[row]))
            if len(places) >= MOST_PLACES:
                break
        return places

    def at(self, session: Any, asset: Any, note: str = "") -> Place:
        """One session of one asset."""
        return Place(asset=str(self.assets[asset]), date=str(self.dates[session]), note=note)

    def worst(
        self, sessions: NDArray[np.int64], assets: NDArray[np.int64], size: NDArray[Any], notes: Iterable[str]
    ) -> list[Place]:
        """Places in descending order of ``size``; equal ones stay in their order."""
        told = list(notes)
        order = np.argsort(-np.asarray(size, dtype=float), kind="stable")[:MOST_PLACES]
        return [self.at(sessions[i], assets[i], told[i]) for i in order]
