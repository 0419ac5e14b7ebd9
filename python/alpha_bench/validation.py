"""What is odd about a panel: counted, with the first places, and said in words. Nothing is repaired.

Errors (a panel that cannot be used) are raised while reading; everything here is a note or a warning that a report shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

_SHOWN = 5
_JUMP = 0.35  # |log return| of one session from which a price is looked at: -30 % or +42 %
_BACK = 0.5  # a jump of which more than this share is undone by the next session is a bad print
_PRICES = ("open", "high", "low", "close")

_MEANINGS: Mapping[str, tuple[Literal["note", "warning"], str]] = {
    "unsorted_rows": ("note", "rows were out of order; they were put in order of date and symbol"),
    "column_left_out": ("note", "columns that hold no numbers were left out"),
    "time_zone": ("note", "time stamps with a zone: the date is the day there"),
    "reference_constant": (
        "warning",
        "reference columns are one value for all sessions: as of one day, so they look ahead of earlier ones",
    ),
    "not_in_reference": ("warning", "assets are not in the reference; its fields are missing for them"),
    "missing": ("note", "values are missing where the asset has a price"),
    "late_start": ("note", "assets start after the first session"),
    "early_end": ("note", "assets end before the last session"),
    "no_early_end": ("warning", "no asset ever leaves: the panel holds survivors only"),
    "interior_gap": (
        "warning",
        "sessions are missing between an asset's first and last price; nothing is filled",
    ),
    "zero_volume": ("warning", "volumes are zero"),
    "negative": ("warning", "values are negative"),
    "non_positive_price": ("warning", "prices are zero or negative"),
    "ohlc_inconsistent": ("warning", "rows where high or low do not bound open, close and each other"),
    "bad_print": ("warning", "prices jump and come back the next session: probably bad prints"),
    "unadjusted": (
        "warning",
        "prices move by more than 30 % in one session and stay: crashes, or splits and spin-offs that are not adjusted",
    ),
    "constant": ("warning", "assets whose price never changes"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One kind of oddity: how often, and where first."""

    code: str
    severity: Literal["note", "warning"]
    message: str
    count: int
    field: str = ""
    examples: tuple[str, ...] = ()

    @classmethod
    def of(cls, code: str, count: int, examples: Iterable[str] = (), *, field: str = "") -> Finding:
        """The finding ``code`` with its standing words."""
        severity, message = _MEANINGS[code]
        return cls(
            code=code,
            severity=severity,
            message=message,
            count=count,
            field=field,
            examples=tuple(examples)[:_SHOWN],
        )

    def __str__(self) -> str:
        where = (
            f" ({', '.join(self.examples)}{', ...' if self.count > len(self.examples) else ''})"
            if self.examples
            else ""
        )
        return f"{self.severity}: {self.field + ': ' if self.field else ''}{self.count} {self.message}{where}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Validation:
    """The shape of a panel and what was found."""

    sessions: int
    assets: int
    first: str
    last: str
    fields: tuple[str, ...]
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, object]:
        """Plain JSON data."""
        return {
            "sessions": self.sessions,
            "assets": self.assets,
            "first": self.first,
            "last": self.last,
            "fields": list(self.fields),
            "findings": [
                {
                    "code": f.code,
                    "severity": f.severity,
                    "message": f.message,
                    "count": f.count,
                    "field": f.field,
                    "examples": list(f.examples),
                }
                for f in self.findings
            ],
        }

    def __str__(self) -> str:
        head = f"{self.sessions} sessions {self.first} to {self.last}, {self.assets} assets: {', '.join(self.fields)}"
        return "\n".join([head, *map(str, self.findings)])

    def _repr_html_(self) -> str:
        head = escape(f"{self.sessions} sessions, {self.first} to {self.last}, {self.assets} assets")
        rows = "".join(
            f"<tr><td>{f.severity}</td><td>{escape(f.field)}</td><td style='text-align:right'>{f.count}</td>"
            f"<td style='text-align:left'>{escape(f.message)}</td><td style='text-align:left'>{escape(', '.join(f.examples))}</td></tr>"
            for f in self.findings
        )
        table = f"<table><thead><tr><th></th><th>field</th><th>count</th><th>what</th><th>first</th></tr></thead>{rows}</table>"
        return f"<div><b>{head}</b><div>{escape(', '.join(self.fields))}</div>{table if rows else 'nothing odd'}</div>"


def validate(
    dates: NDArray[np.datetime64],
    assets: NDArray[np.str_],
    fields: Mapping[str, Floats],
    noticed: Iterable[Finding] = (),
) -> Validation:
    """Look at every field that varies over time."""
    varying = {n: v for n, v in fields.items() if v.strides[0] != 0}
    place = _placer(dates, assets)
    findings = [*noticed]
    price = next((varying[n] for n in ("close", *varying) if n in varying), None)
    if price is not None:
        findings += _spans(price, dates, assets)
        findings += [f for name, values in varying.items() for f in _values(name, values, price, place)]
    findings += _bars(varying, place)
    if "close" in varying:
        findings += _jumps(varying["close"], place)
    return Validation(
        sessions=len(dates),
        assets=len(assets),
        first=str(dates[0]),
        last=str(dates[-1]),
        fields=tuple(sorted(fields)),
        findings=tuple(f for f in findings if f.count),
    )


def _placer(dates: NDArray[np.datetime64], assets: NDArray[np.str_]) -> Callable[[Bools], list[str]]:
    def place(mask: Bools) -> list[str]:
        first = np.argwhere(mask)[:_SHOWN]
        return [f"{assets[a]} {dates[s]}" for s, a in first]

    return place


def _spans(price: Floats, dates: NDArray[np.datetime64], assets: NDArray[np.str_]) -> list[Finding]:
    known = ~np.isnan(price)
    has = np.asarray(known.any(axis=0))
    first, last = known.argmax(axis=0), len(price) - 1 - known[::-1].argmax(axis=0)
    session = np.arange(len(price))[:, None]
    late, early = has & (first > 0), has & (last < len(price) - 1)
    gap = (session >= first) & (session <= last) & has & ~known
    runs = np.bincount(np.nonzero(gap)[1], minlength=len(assets))
    most = [f"{assets[a]} {runs[a]}" for a in np.argsort(-runs, kind="stable") if runs[a]]
    return [
        Finding.of(
            "late_start", int(late.sum()), [f"{assets[a]} {dates[first[a]]}" for a in np.flatnonzero(late)]
        ),
        Finding.of(
            "early_end", int(early.sum()), [f"{assets[a]} {dates[last[a]]}" for a in np.flatnonzero(early)]
        ),
        Finding.of("no_early_end", int(len(assets) > 1 and len(price) > 250 and not early.any())),
        Finding.of("interior_gap", int(gap.sum()), most),
    ]


def _values(name: str, values: Floats, price: Floats, place: Callable[[Bools], list[str]]) -> list[Finding]:
    missing = np.isnan(values) & ~np.isnan(price)
    found = [Finding.of("missing", int(missing.sum()), place(missing), field=name)]
    if name == "volume":
        found.append(Finding.of("zero_volume", int((values == 0).sum()), place(values == 0), field=name))
        found.append(Finding.of("negative", int((values < 0).sum()), place(values < 0), field=name))
    if name in _PRICES:
        found.append(
            Finding.of("non_positive_price", int((values <= 0).sum()), place(values <= 0), field=name)
        )
    return found


def _bars(fields: Mapping[str, Floats], place: Callable[[Bools], list[str]]) -> list[Finding]:
    if not all(n in fields for n in _PRICES):
        return []
    low, high = fields["low"], fields["high"]
    bad = low > high
    for name in ("open", "close"):
        bad = bad | (fields[name] > high) | (fields[name] < low)
    return [Finding.of("ohlc_inconsistent", int(bad.sum()), place(bad))]


def _jumps(close: Floats, place: Callable[[Bools], list[str]]) -> list[Finding]:
    """A jump is over the last known price; it came back when the next session undoes more than half of it."""
    with np.errstate(all="ignore"):
        move = np.diff(np.log(close), axis=0)
    jump = np.zeros(close.shape, dtype=bool)
    jump[1:] = np.abs(move) > _JUMP
    back = np.zeros(close.shape, dtype=bool)
    if len(close) > 2:
        back[1:-1] = (
            jump[1:-1]
            & (np.sign(move[1:]) == -np.sign(move[:-1]))
            & (np.abs(move[1:]) > _BACK * np.abs(move[:-1]))
        )
    recovery = np.zeros(close.shape, dtype=bool)
    recovery[1:] = back[:-1]
    stay = jump & ~back & ~recovery
    return [
        Finding.of("bad_print", int(back.sum()), place(back), field="close"),
        Finding.of("unadjusted", int(stay.sum()), place(stay), field="close"),
    ]
