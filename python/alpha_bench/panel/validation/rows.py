"""What is there and what is not, and what single rows and columns hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from alpha_bench.panel.validation.findings import MOST_PLACES, Finding, Names, Place
from alpha_bench.runtime import Floats

Bools: TypeAlias = NDArray[np.bool_]

_PRICES = ("open", "high", "low", "close")
_YEAR, _MONTH = 250, 21
_THIN = 0.8
_ENDS = 20  # sessions at each end by which adjusted levels are recognised
_OFF_GRID = 0.2


def spans(known: Bools, names: Names) -> list[Finding]:
    """First and last sessions, gaps between, sessions with few assets. ``known``: (T, N) whether there is a price."""
    sessions = len(known)
    has = np.asarray(known.any(axis=0))
    first, last = known.argmax(axis=0), sessions - 1 - known[::-1].argmax(axis=0)
    late, early = np.flatnonzero(has & (first > 0)), np.flatnonzero(has & (last < sessions - 1))
    left = has & (last < sessions - 1 - _MONTH)
    gaps = _gaps(known, first, last)
    gone = [names.at(t, a, f"{n} sessions") for n, t, a in gaps[:MOST_PLACES]]
    thin = _thin(known, first, last, has)
    return [
        Finding.of(
            "empty_asset",
            int((~has).sum()),
            places=[Place(asset=str(names.assets[a])) for a in np.flatnonzero(~has)],
        ),
        Finding.of("late_start", len(late), places=[names.at(first[a], a) for a in late]),
        Finding.of("early_end", len(early), places=[names.at(last[a], a) for a in early]),
        Finding.of("no_early_end", int(has.sum() > 1 and sessions > _YEAR and not left.any())),
        Finding.of("interior_gap", sum(n for n, _, _ in gaps), _by_asset(gaps, names), places=gone),
        Finding.of(
            "thin_session", len(thin), places=[Place(date=str(names.dates[t]), note=n) for t, n in thin]
        ),
    ]


def _gaps(known: Bools, first: NDArray[np.int64], last: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """(length, first session, asset) of each run of missing sessions between an asset's first and last, the longest first."""
    holes = np.flatnonzero(known.any(axis=0) & (known.sum(axis=0) < last - first + 1))
    column, there = np.nonzero(known.T[holes])
    within = np.flatnonzero((np.diff(column) == 0) & (np.diff(there) > 1))
    runs = zip(there[within + 1] - there[within] - 1, there[within] + 1, holes[column[within]], strict=True)
    return sorted(((int(n), int(t), int(a)) for n, t, a in runs), key=lambda run: (-run[0], *run[1:]))


def _by_asset(gaps: list[tuple[int, int, int]], names: Names) -> list[str]:
    most: dict[int, int] = defaultdict(int)
    for n, _, asset in gaps:
        most[asset] += n
    return [f"{names.assets[a]} {n}" for a, n in sorted(most.items(), key=lambda item: (-item[1], item[0]))]


def _thin(
    known: Bools, first: NDArray[np.int64], last: NDArray[np.int64], has: Bools
) -> list[tuple[int, str]]:
    sessions = len(known)
    begin = np.bincount(first[has], minlength=sessions + 1)
    end = np.bincount(last[has] + 1, minlength=sessions + 1)
    listed = np.cumsum(begin - end)[:sessions]
    there = known.sum(axis=1)
    return [(int(t), f"{there[t]} of {listed[t]}") for t in np.flatnonzero(there < _THIN * listed)]


def values_of(name: str, values: Floats, known: Bools, names: Names) -> list[Finding]:
    """Missing, negative and zero values of one field."""
    missing = known & np.isnan(values)
    found = [Finding.of("missing", int(missing.sum()), places=names.cells(missing), field=name)]
    if name == "volume":
        for code, mask in (("zero_volume", values == 0), ("negative", values < 0)):
            found.append(Finding.of(code, int(mask.sum()), places=names.cells(mask), field=name))
    if name in _PRICES:
        below = values <= 0
        found.append(
            Finding.of("non_positive_price", int(below.sum()), places=names.cells(below), field=name)
        )
    return found


def bars(fields: Mapping[str, Floats], names: Names) -> list[Finding]:
    """Rows where high and low do not bound open and close."""
    if not all(n in fields for n in _PRICES):
        return []
    low, high = fields["low"], fields["high"]
    bad = low > high
    for name in ("open", "close"):
        bad = bad | (fields[name] > high) | (fields[name] < low)
    return [Finding.of("ohlc_inconsistent", int(bad.sum()), places=names.cells(bad))]


def duplicates(fields: Mapping[str, Floats], names: Names) -> list[Finding]:
    """Fields equal to an earlier one, and assets with the same closes as an earlier one on all of a month or more."""
    pairs = []
    seen: list[str] = []
    for name, values in fields.items():
        same = next((s for s in seen if _equal(fields[s], values)), None)
        if same is None:
            seen.append(name)
        else:
            pairs.append(f"{name} = {same}")
    found = [Finding.of("duplicate_field", len(pairs), pairs)]
    if "close" in fields:
        twins = _twins(fields["close"])
        told = [Place(asset=str(names.assets[b]), note=f"= {names.assets[a]}") for a, b in twins]
        found.append(Finding.of("duplicate_asset", len(twins), places=told, field="close"))
    return found


def _equal(left: Floats, right: Floats) -> bool:
    """Equal value by value, missing ones too; most fields differ in the first row already."""
    return np.array_equal(left[0], right[0], equal_nan=True) and np.array_equal(left, right, equal_nan=True)


def _twins(close: Floats) -> list[tuple[int, int]]:
    """Pairs of columns that are equal; those that are equal at 16 sessions are compared."""
    some = np.nan_to_num(close[np.linspace(0, len(close) - 1, 16).astype(int)], nan=-1.0)
    alike: dict[bytes, list[int]] = defaultdict(list)
    for asset in range(close.shape[1]):
        alike[some[:, asset].tobytes()].append(asset)
    pairs = []
    for assets in alike.values():
        for n, asset in enumerate(assets[1:], start=1):
            values = close[:, asset]
            if (~np.isnan(values)).sum() < _MONTH:
                continue
            same = next((o for o in assets[:n] if np.array_equal(close[:, o], values, equal_nan=True)), None)
            if same is not None:
                pairs.append((same, asset))
    return pairs


def adjusted(close: Floats) -> list[Finding]:
    """Prices that are off the grid of cents at first and on it at last were adjusted backwards."""
    if len(close) < 2 * _ENDS:
        return []
    early, late = _off_grid(close[:_ENDS]), _off_grid(close[-_ENDS:])
    if not (early > _OFF_GRID and early > 2 * late):
        return []
    told = f"{early:.0%} of closes off the grid of cents at first, {late:.0%} at last"
    return [Finding.of("adjusted_levels", 1, [told], field="close")]


def _off_grid(close: Floats) -> float:
    cents = close[close > 0] * 100
    return float((np.abs(cents - np.rint(cents)) > 1e-3 + 2e-7 * cents).mean()) if len(cents) else 0.0
