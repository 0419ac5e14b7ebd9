"""Fields that know later sessions by what they hold: seen from the panel alone, of what a model reads.

1. A constant that is what another field came to: its last value, mean, extreme or gain of all sessions, or the order of the assets by it;
   that parts who left the panel from who stayed; or that is called a market value or a turnover, or earnings, which no constant is.
2. A field whose own mean and deviation, range or ranks over all sessions are the same for every asset: it was scaled by all of them.
3. A field whose changes go before the price by more than anything honest does: a centred window, gaps filled from behind, a figure that
   stands before it was known.
4. A level of adjusted prices: a factor on all prices of an asset, which a later split is, changes the feature.

Each holds for all assets at once, to the last digits or far beyond chance. What is not seen so is not said to be clean.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from alpha_bench.runtime import Floats

_SESSIONS, _ASSETS, _MOST_ASSETS = 60, 5, 40
_SAME = 1e-6
_CHANCE = 1e-9
_IC, _ABOVE_PRICE, _T = 0.3, 0.15, 5.0
_STEP_SHARE, _FEWEST_STEPS = 0.3, 50
_AHEAD = (5, 21)
_FEWEST_LEFT = 3
_MOVES_DAILY = re.compile(
    r"(?:\w+_)?(?:market_?cap(?:itali[sz]ation)?|mkt_?cap|mcap|market_?value|market_?equity|dollar_?volume|turnover|adv\d*|price)"
    r"(?:_?(?:usd|eur|mm|mn|bn))?",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"(?:\w+_)?(?:eps|earnings|book(?:_?value)?|bvps|sales|revenues?|ebitda?|net_?income|cash_?flow|fcf|dividends?|dps|roe|roa|assets|debt)"
    r"(?:_\w+)?",
    re.IGNORECASE,
)
_YEAR = 260


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Held:
    """(T, N) fields by name and groups with their ``words`` by number; ``first`` is the first tested session. Few assets: a sample will do."""

    fields: Mapping[str, Floats]
    groups: Mapping[str, Floats]
    first: int

    def other(self, name: str) -> Iterator[tuple[str, Floats]]:
        """What moves in time, but for ``name``."""
        for one, values in {**self.fields, **self.groups}.items():
            if one != name and not _stands(values):
                yield one, values


def sample(values: Floats) -> Floats:
    """At most 40 assets, evenly."""
    step = -(-values.shape[1] // _MOST_ASSETS)
    return values[:, ::step]


def knows_later(name: str, held: Held, price: Floats | None) -> str | None:
    """How the field or group ``name`` knows later sessions, as the end of a sentence that begins with it; None where that is not seen."""
    values = held.fields[name] if name in held.fields else held.groups[name]
    if len(values) < _SESSIONS or values.shape[1] < _ASSETS:
        return None
    with np.errstate(all="ignore"):
        if _stands(values):
            constant = values[_first_known(values), np.arange(values.shape[1])]
            return (
                _is_what_became(constant, name, held)
                or (None if price is None else _who_stayed(constant, price, held.first))
                or (None if price is None or name in held.groups else _is_of_one_day(name, constant, price))
            )
        if name in held.groups or values is price:
            return None
        return _scaled_by_all(values) or (None if price is None else _goes_before(values, price))


def _stands(values: Floats) -> bool:
    least, most = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    return bool(np.array_equal(least, most, equal_nan=True))


def _first_known(values: Floats) -> NDArray[np.intp]:
    return np.asarray((~np.isnan(values)).argmax(axis=0))


# -- constants


def _is_what_became(constant: Floats, name: str, held: Held) -> str | None:
    known = ~np.isnan(constant)
    if known.sum() < _ASSETS or len(np.unique(constant[known])) < 2:
        return None
    for other, values in held.other(name):
        of_groups = other in held.groups or name in held.groups
        if of_groups and _same_groups(constant, values, held.first):
            return f"is what {other} is on each asset's last session, for all {known.sum()} assets, and {other} changes"
        if of_groups:
            continue
        for what, came_to in _statistics(values):
            then = dict(_statistics(values[: held.first])) if held.first > 1 else {}
            if _same_number(constant, came_to) and not _same_number(constant, then.get(what)):
                return f"is {what} of {other} over all sessions, for all {known.sum()} assets"
            if _same_order(constant, came_to) and not _same_order(constant, then.get(what)):
                return f"orders all {known.sum()} assets by {what} of {other} over all sessions"
    return None


def _who_stayed(constant: Floats, price: Floats, first: int) -> str | None:
    """Whether one of its words or numbers, or all but one, is held by exactly those assets that left after the tested sessions began."""
    has = np.isfinite(price)
    last = len(price) - 1 - has[::-1].argmax(axis=0)
    there = ~np.isnan(constant) & has.any(axis=0) & (last >= first)
    left = (last < len(price) - 1)[there]
    if not _FEWEST_LEFT <= left.sum() <= len(left) - _FEWEST_LEFT:
        return None
    if any(np.array_equal(constant[there] == one, left) for one in np.unique(constant[there])):
        return f"is one value for the {left.sum()} assets that left since, and others for the {len(left) - left.sum()} that stayed: it knows who leaves"
    if any(np.array_equal(constant[there] != one, left) for one in np.unique(constant[there])):
        return f"is one value for the {len(left) - left.sum()} assets that stayed, and others for the {left.sum()} that left since: it knows who leaves"
    return None


def _is_of_one_day(name: str, constant: Floats, price: Floats) -> str | None:
    """Whether it is called what moves with the price every session, or what is reported each year, and stands still while prices move."""
    if len(np.unique(constant[~np.isnan(constant)])) < _ASSETS:
        return None
    moved = np.isfinite(price).sum(axis=0) >= _SESSIONS
    if not moved.any() or _stands(price[:, moved]):
        return None
    if _MOVES_DAILY.fullmatch(name):
        return f"is one number an asset while prices move for {len(price)} sessions: it is that of one day, and no earlier one knew it"
    if _REPORTED.fullmatch(name) and len(price) > _YEAR:
        return (
            f"is one number an asset for {len(price)} sessions, in which it was reported more than once: it is that of one report, and no session "
            "before knew it"
        )
    return None


def _statistics(values: Floats) -> Iterator[tuple[str, Floats]]:
    """By asset, what a field came to."""
    if not len(values):
        return
    last = len(values) - 1 - (~np.isnan(values))[::-1].argmax(axis=0)
    at = np.arange(values.shape[1])
    first, final = values[_first_known(values), at], values[last, at]
    known = (~np.isnan(values)).sum(axis=0)
    mean = np.nansum(values, axis=0) / known
    yield "the last value", final
    yield "the mean", mean
    yield "the sum", mean * known
    yield "the highest", np.fmax.reduce(values, axis=0)
    yield "the lowest", np.fmin.reduce(values, axis=0)
    yield "the median", np.nanmedian(values, axis=0) if known.all() else np.full_like(mean, np.nan)
    yield "the gain", final / first - 1
    moves = values[1:] / values[:-1] - 1
    for what, some in (("", values), (" of daily changes", moves)):
        count = (~np.isnan(some)).sum(axis=0)
        centre = np.nansum(some, axis=0) / count
        spread = np.sqrt(np.nansum((some - centre) ** 2, axis=0) / (count - 1))
        yield f"the deviation{what}", spread
        if what:
            yield f"the mean{what}", centre


def _same_number(constant: Floats, other: Floats | None) -> bool:
    if other is None:
        return False
    both = np.isfinite(constant) & np.isfinite(other)
    close = np.isclose(constant[both], other[both], rtol=_SAME, atol=0.0)
    return bool(both.sum() >= _ASSETS and close.all() and both.sum() > 0.9 * np.isfinite(constant).sum())


def _same_order(constant: Floats, other: Floats | None) -> bool:
    """Whether ``constant`` never falls, or never rises, where ``other`` rises; and that is no chance."""
    if other is None:
        return False
    both = np.isfinite(constant) & np.isfinite(other)
    if both.sum() < _ASSETS or both.sum() <= 0.9 * np.isfinite(constant).sum():
        return False
    steps = np.diff(constant[both][np.argsort(other[both], kind="stable")])
    if len(np.unique(other[both])) < both.sum() or not ((steps >= 0).all() or (steps <= 0).all()):
        return False
    _, counts = np.unique(constant[both], return_counts=True)
    log = math.lgamma(both.sum() + 1) - sum(math.lgamma(c + 1) for c in counts.tolist())
    return bool(log > -math.log(_CHANCE))


def _same_groups(constant: Floats, values: Floats, first: int) -> bool:
    """Whether the assets are parted as by the last known ``values``, and were parted otherwise before the tested sessions."""
    last = len(values) - 1 - (~np.isnan(values))[::-1].argmax(axis=0)
    final = values[last, np.arange(values.shape[1])]
    both = ~np.isnan(constant) & ~np.isnan(final)
    if both.sum() < _ASSETS or len(np.unique(constant[both])) > both.sum() / 2:
        return False
    if not _parted_alike(constant[both], final[both]):
        return False
    before = values[: max(first, 1)]
    early = before[-1 - (~np.isnan(before))[::-1].argmax(axis=0), np.arange(values.shape[1])]
    there = both & ~np.isnan(early)
    return bool((early[there] != final[there]).any()) and not _parted_alike(constant[there], early[there])


def _parted_alike(one: Floats, other: Floats) -> bool:
    pairs = len(np.unique(np.stack([one, other]), axis=1).T)
    return pairs == len(np.unique(one)) == len(np.unique(other))


# -- scaled by all sessions


def _scaled_by_all(values: Floats) -> str | None:
    full = values[:, np.isfinite(values).sum(axis=0) >= _SESSIONS]
    count = np.isfinite(full).sum(axis=0)
    if full.shape[1] < _ASSETS or _shared(full) or len(np.unique(full[:, 0])) <= len(full) / 2:
        return None  # counts and flags may be as many for each
    mean = np.nansum(full, axis=0) / count
    spread = np.sqrt(np.nansum((full - mean) ** 2, axis=0) / count)
    size = np.nanmedian(spread)
    many = f"for each of {full.shape[1]} assets"
    ordered = np.sort(full, axis=0)
    complete = bool((count == len(full)).all())
    if complete and np.allclose(ordered, ordered[:, :1]):
        return f"has the same values {many}, in another order: they are ranks among sessions that came later"
    if size > 0 and _all_same(mean, size) and not _all_same(np.nanmean(full[: len(full) // 2], axis=0), size):
        return f"has the same mean over all sessions {many}: it was scaled or centred by sessions that came later"
    if size > 0 and _all_same(spread, size) and not np.allclose(spread, 0):
        return f"has the same deviation over all sessions {many}: it was scaled by sessions that came later"
    at_ends = ((full == np.fmin.reduce(full)).sum(axis=0), (full == np.fmax.reduce(full)).sum(axis=0))
    ends = np.fmin.reduce(full), np.fmax.reduce(full)
    if all(_all_same(end, size) for end in ends) and all((n == 1).all() for n in at_ends):
        return f"has the same lowest and highest value once {many}: it was scaled by sessions that came later"
    return None


def _all_same(values: Floats, size: float) -> bool:
    return bool(np.ptp(values) <= _CHANCE * max(size, float(np.abs(values).max())))


def _shared(values: Floats) -> bool:
    """Whether it is one series for all assets, or for many of them."""
    row = values[np.isfinite(values).all(axis=1)]
    return (
        len(row) < _SESSIONS or len(np.unique(row[:: max(1, len(row) // 20)], axis=1).T) < values.shape[1] / 2
    )


# -- changes that go before the price


def _goes_before(values: Floats, price: Floats) -> str | None:
    moves = _moves(values)
    changed = np.isfinite(moves) & (moves != 0)
    seen = np.isfinite(moves).sum()
    if seen and changed.sum() < _STEP_SHARE * seen:
        return _steps_before(moves, changed, price)
    own = _moves(price)
    for ahead in _AHEAD:
        later = np.full_like(price, np.nan)
        later[:-ahead] = np.log(price[ahead:] / price[:-ahead])
        ic, t = _mean_ic(moves, later, ahead)
        if abs(ic) > _IC and abs(t) > _T and abs(ic) > abs(_mean_ic(own, later, ahead)[0]) + _ABOVE_PRICE:
            return f"changes before the price does: its daily changes and the return of the next {ahead} sessions have an IC of {ic:.2f}"
    return None


def _moves(values: Floats) -> Floats:
    out = np.full_like(values, np.nan)
    positive = bool((values[np.isfinite(values)] > 0).all())
    out[1:] = np.diff(np.log(values) if positive else values, axis=0)
    return out


def _mean_ic(one: Floats, other: Floats, ahead: int) -> tuple[float, float]:
    """Mean over sessions of the correlation over assets, and its t at every ``ahead``-th session."""
    known = np.isfinite(one) & np.isfinite(other)
    rows = known.sum(axis=1) >= _ASSETS
    a, b = (np.where(known, x, np.nan)[rows] for x in (one, other))
    a, b = (x - np.nanmean(x, axis=1, keepdims=True) for x in (a, b))
    ic = np.nansum(a * b, axis=1) / np.sqrt(np.nansum(a**2, axis=1) * np.nansum(b**2, axis=1))
    ic = ic[np.isfinite(ic)]
    apart = ic[::ahead]
    if len(apart) < 5 or apart.std() == 0:
        return 0.0, 0.0
    return float(ic.mean()), float(apart.mean() / apart.std(ddof=1) * math.sqrt(len(apart)))


def _steps_before(moves: Floats, changed: NDArray[np.bool_], price: Floats) -> str | None:
    """Of a field that stands for a while: its steps against what the price does until the next one."""
    steps, later, before = _by_step(moves, changed, np.log(price))
    if len(steps) < _FEWEST_STEPS:
        return None
    for what, returns in (("until the next one", later), ("after it", before)):
        ic = float(np.corrcoef(steps, returns)[0, 1])
        if ic > max(_IC, 0.1 + 4 / math.sqrt(len(steps))):
            return f"changes before the price does: {len(steps)} of its steps and the return {what} have a correlation of {ic:.2f}"
    return None


def _by_step(moves: Floats, changed: NDArray[np.bool_], log: Floats) -> tuple[Floats, Floats, Floats]:
    """Steps, the return from each until the session before the next one of its asset, and the mean of it on the way; each less what is
    usual. A step whose next one is too near, or not known, is left out."""
    found: list[tuple[float, float, float, float]] = []
    for asset in range(moves.shape[1]):
        at = [*np.flatnonzero(changed[:, asset]).tolist(), len(log)]
        for begin, end in pairwise(at):
            way = log[begin:end, asset] - log[begin, asset]
            if len(way) > 3 and np.isfinite(way).all():
                found.append((float(begin), moves[begin, asset], float(way[-1]), float(way.mean())))
    if len(found) < _FEWEST_STEPS:
        return np.empty(0), np.empty(0), np.empty(0)
    table = np.array(found)
    begins, values = table[:, 0], table[:, 1:]
    values = values - np.median(values, axis=0)
    for begin in np.unique(begins):
        together = begins == begin
        if together.sum() >= _ASSETS:
            values[together] -= np.median(values[together], axis=0)
    spread = 1.4826 * np.median(np.abs(values), axis=0)
    clipped = np.clip(values, -4 * spread, 4 * spread)
    return clipped[:, 0], clipped[:, 1], clipped[:, 2]


# -- levels of adjusted prices


def adjusted_by(name: str, fields: Mapping[str, Floats]) -> str | None:
    """The field of the same prices before they were adjusted for what came later, where ``name`` is such a price: equal on the last session,
    apart before by factors that seldom change, and the other one jumps where they do."""
    values = fields[name]
    for other, raw in fields.items():
        if other == name or _stands(raw) or _stands(values):
            continue
        with np.errstate(all="ignore"):
            if _is_adjusted(values, raw):
                return other
    return None


def _is_adjusted(values: Floats, raw: Floats) -> bool:
    both = np.isfinite(values[-1]) & np.isfinite(raw[-1])
    if both.sum() < 2 or not np.allclose(values[-1][both], raw[-1][both], rtol=1e-4):
        return False
    ratio = np.log(values[:, both] / raw[:, both])
    steps = np.diff(ratio, axis=0)
    jumps = np.isfinite(steps) & (np.abs(steps) > 1e-4)
    known = np.isfinite(steps).sum()
    if not jumps.any() or jumps.sum() > known / 20:
        return False
    own, size = np.diff(np.log(values[:, both]), axis=0)[jumps], steps[jumps]
    return bool(np.nansum(own * size) < 0.5 * np.nansum(size**2))


def split(assets: int) -> Floats:
    """(N,) factors of splits that come later: 4 for every other asset, 2 for the rest, so that each level and each order is another."""
    return np.where(np.arange(assets) % 2 == 0, 4.0, 2.0)


def differs(one: Sequence[Floats], other: Sequence[Floats]) -> list[int]:
    """Which of the columns are others: other numbers, or known elsewhere, as what a filter lets through is."""
    out = []
    for position, (a, b) in enumerate(zip(one, other, strict=True)):
        known = np.isfinite(a) & np.isfinite(b)
        size = float(np.nanstd(a[known])) if known.any() else 0.0
        elsewhere = (np.isfinite(a) != np.isfinite(b)).any()
        if elsewhere or (np.abs(a[known] - b[known]) > _SAME * (size or 1.0)).any():
            out.append(position)
    return out
