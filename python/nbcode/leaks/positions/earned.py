"""Whether a P&L is that of positions and returns, and how many sessions lie between the two."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from nbcode.leaks.positions.grids import Grid, Numbers, Returns, Where, along, together
from nbcode.primitives import dataclass

NEXT = (1, 2)
OWN = (0, -1)
"""Sessions from a position to what it earns: those of who trades on what is known, and of who cannot."""
_EXPLAINED = 0.9
_EXACT = 1 - 1e-6
_LOOSE = 0.6
_MARGIN = 0.25  # more of the variance, where positions are some function of what was declared
_FEW = 60  # sessions: fewer have to fit exactly
_FEWEST = 12
_WORSE = 4.0  # times as much is left unexplained by the session after
_MATTERS, _MATTERS_MORE = 0.005, 0.02  # of the variance: what is less is no trade, but a weight that drifts
_LIKE = 0.5
_SAME = 0.99
_CURVE = 0.95  # how like a sum is to itself a session before
_NAMES = 5
_TAILS = (0.2, 0.3)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Value:
    """A grid that cells computed with: where, how they write it, and whether a figure may be made of it."""

    at: Where
    text: str
    grid: Grid
    figure: bool = False


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Match:
    """A P&L that is positions times returns, ``lag`` sessions apart: ``explained`` of its variance, on ``sessions``."""

    money: Value
    positions: Value
    returns: Returns
    lag: int
    explained: float
    sessions: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Matches:
    """The best of each P&L at each lag, where it is good enough at one of them. ``loose``: positions are some function of what is known; ``exact``:
    nobody says that they are positions."""

    best: Mapping[Where, Mapping[int, Match]]
    loose: bool = False
    exact: bool = False

    @property
    def of_figures(self) -> bool:
        """Whether a figure is made of one of them."""
        return any(match.money.figure for lags in self.best.values() for match in lags.values())

    def of_their_own(self) -> list[Match]:
        """P&Ls that figures are made of, of a session's own positions, where those of the session before explain them much worse; the surest first."""
        found = []
        for lags in self.best.values():
            own = max((lags[lag] for lag in OWN if lag in lags), key=lambda one: one.explained, default=None)
            if own is None or not own.money.figure:
                continue
            after = max((lags[lag].explained for lag in NEXT if lag in lags), default=0.0)
            matters = _MATTERS_MORE if self.exact else _MATTERS
            if self.loose:
                apart = own.explained - after > _MARGIN
            else:
                apart = 1 - after > max(_WORSE * (1 - own.explained), matters)
            if apart:
                found.append(own)
        return sorted(found, key=lambda one: -round(one.explained, 4))

    def of_the_next(self) -> list[Match]:
        """P&Ls of positions that were made before."""
        own = {one.money.at for one in self.of_their_own()}
        return [
            max((lags[lag] for lag in NEXT if lag in lags), key=lambda one: one.explained)
            for at, lags in self.best.items()
            if at not in own and any(lag in lags for lag in NEXT)
        ]


def matches(
    moneys: Sequence[Value],
    held: Sequence[Value],
    returns: Sequence[Returns],
    *,
    exact: bool = False,
    loose: bool = False,
) -> Matches:
    """P&Ls that are positions times returns."""
    best: dict[Where, dict[int, Match]] = {}
    for one in _products(moneys, held, returns, exact=exact):
        lags = best.setdefault(one.money.at, {})
        if one.lag not in lags or one.explained > lags[one.lag].explained + 1e-9:
            lags[one.lag] = one
    kept = {
        at: lags
        for at, lags in best.items()
        if any(one.explained >= _enough(one, exact=exact, loose=loose) for one in lags.values())
    }
    return Matches(best=kept, loose=loose, exact=exact)


def _enough(one: Match, *, exact: bool, loose: bool) -> float:
    if exact or one.sessions < _FEW:
        return _EXACT
    return _LOOSE if loose else _EXPLAINED


def _products(
    moneys: Sequence[Value], held: Sequence[Value], returns: Sequence[Returns], *, exact: bool
) -> Iterator[Match]:
    for one, move in itertools.product(held, returns):
        both = None if one.at == move.at else together(one.grid, move.between(one.grid.dates).grid)
        if both is None or abs(along(both[1], both[2])) > (_LIKE if exact else _SAME):
            continue  # returns times returns are a variance
        before = None if move.before is None else together(one.grid, move.before)
        for lag in (*OWN, *NEXT):
            earned = _earned(both[1], both[2], lag)
            if before is not None:
                earned = earned + _earned(before[1], before[2], lag + 1)
            for money in moneys:
                if move.at is not None and _is_same(money.grid, move.grid):
                    continue
                share, sessions = _explained(money.grid, both[0], earned)
                if share > 0:
                    yield Match(
                        money=money, positions=one, returns=move, lag=lag, explained=share, sessions=sessions
                    )


def _is_same(money: Grid, returns: Grid) -> bool:
    """Whether what seem returns is the P&L itself."""
    both = together(money, returns)
    return both is not None and abs(along(both[1], both[2])) > _SAME


def forms(positions: Grid) -> Iterator[Grid]:
    """What one holds by scores: their signs, or the side of zero; of many names their ranks, and the best against the worst."""
    values = positions.values
    known = np.isfinite(values)
    yield _with(positions, np.where(known, np.sign(values), np.nan))
    yield _with(positions, np.where(known, (values > 0) * 1.0, np.nan))
    if values.shape[1] < _NAMES:
        return
    rank = _ranks(values)
    yield _with(positions, rank)
    for part in _TAILS:
        best, worst = (rank > 0.5 - part) * 1.0, (rank < part - 0.5) * 1.0
        for made in (best, best - worst):
            yield _with(positions, np.where(known, made, np.nan))


def _ranks(values: Numbers) -> Numbers:
    """By session the rank of each name, from -0.5 to 0.5."""
    known = np.isfinite(values)
    order = np.argsort(np.argsort(np.where(known, values, np.inf), axis=1), axis=1).astype(np.float64)
    count = known.sum(axis=1, keepdims=True)
    return np.where(known, (order + 0.5) / np.maximum(count, 1) - 0.5, np.nan)


def _with(grid: Grid, values: Numbers) -> Grid:
    return Grid(dates=grid.dates, names=grid.names, values=values)


def grown(value: Value) -> Value | None:
    """What an account or a curve gains from session to session, as a P&L; None where it is none."""
    row = value.grid.values[:, 0]
    if value.grid.values.shape[1] > 1 or not np.isfinite(row).all() or np.ptp(row) == 0:
        return None
    if (row > 0).all():
        gained = row[1:] / row[:-1] - 1
    elif abs(float(np.corrcoef(row[1:], row[:-1])[0, 1])) > _CURVE:
        gained = np.diff(row)
    else:
        return None
    dates = None if value.grid.dates is None else value.grid.dates[1:]
    made = Grid(dates=dates, names=None, values=gained[:, None])
    return Value(at=value.at, text=value.text, grid=made, figure=True)


def is_size(value: Value) -> bool:
    """Whether it can be what a whole book is scaled by: above zero, and seldom the same."""
    row = value.grid.values[:, 0]
    known = row[np.isfinite(row)]
    return (
        value.grid.values.shape[1] == 1
        and len(known) >= _FEWEST
        and bool((known > 0).all())
        and len(np.unique(known)) >= _FEWEST
    )


def distinct(values: Iterable[Value]) -> list[Value]:
    """Each once that holds the same numbers, in their order."""
    once: dict[object, Value] = {}
    for one in values:
        numbers = one.grid.values
        once.setdefault((numbers.shape, float(np.nansum(numbers)), float(np.nansum(numbers[-1]))), one)
    return list(once.values())


def _earned(positions: Numbers, moves: Numbers, lag: int) -> Numbers:
    """By session what positions of ``lag`` sessions before earn: the sum over names, their mean, and the sum by what is held."""
    held = np.full(positions.shape, np.nan)
    if lag > 0:
        held[lag:] = positions[:-lag]
    else:
        held[: len(held) + lag] = positions[-lag:]
    with np.errstate(invalid="ignore"):
        made = held * moves
    known = np.isfinite(made)
    total: Numbers = np.asarray(np.where(known, made, 0.0).sum(axis=1))
    count = known.sum(axis=1)
    if positions.shape[1] == 1:
        return total.reshape(-1, 1)
    gross = np.where(known, np.abs(held), 0.0).sum(axis=1)
    return np.column_stack([total, total / np.maximum(count, 1), total / np.where(gross > 0, gross, 1.0)])


def _explained(money: Grid, dates: Numbers | None, earned: Numbers) -> tuple[float, int]:
    """The share of a P&L's variance that is explained, with the same sign, where it lies best beside; and on how many sessions."""
    own = money.values
    row = np.nansum(own, axis=1) if own.shape[1] > 1 else own[:, 0]
    best, sessions = 0.0, 0
    for one, other in _beside(row, money.dates, dates, earned):
        known = np.isfinite(one)
        if known.sum() < max(_FEWEST, 0.3 * len(earned)):
            continue
        a, b = one[known] - one[known].mean(), other[known] - other[known].mean(axis=0)
        size = np.sqrt((a @ a) * np.einsum("ij,ij->j", b, b))
        with np.errstate(all="ignore"):
            along = np.where(size > 0, (a @ b) / size, 0.0).max(initial=0.0)
        if along > 0 and along**2 > best:
            best, sessions = float(along**2), int(known.sum())
    return best, sessions


def _beside(
    row: Numbers, own: Numbers | None, dates: Numbers | None, earned: Numbers
) -> Iterator[tuple[Numbers, Numbers]]:
    """A P&L beside what is earned: by date, and where it is kept under the dates around; by its place where there are none."""
    if own is not None and dates is not None:
        at = np.searchsorted(dates, own)
        at[at == len(dates)] = 0
        hit = dates[at] == own
        placed = np.full(len(dates), np.nan)
        placed[at[hit]] = row[hit]
        for shift in (0, 1, 2, -1):
            yield _moved(placed, shift), earned
        return
    long, short = (earned, row) if len(row) <= len(earned) else (row, earned)
    for start in _starts(long, short):
        part = long[start : start + len(short)]
        yield (short, part) if len(row) <= len(earned) else (part, short)


def _moved(row: Numbers, by: int) -> Numbers:
    made = np.full(len(row), np.nan)
    if by >= 0:
        made[by:] = row[: len(row) - by]
    else:
        made[:by] = row[-by:]
    return made


def _starts(long: Numbers, short: Numbers) -> list[int]:
    """Where a short row can lie in a long one: where they go along best, and the two ends."""
    one, other = (np.nan_to_num(a if a.ndim == 1 else a[:, 0]) for a in (long, short))
    one, other = one - one.mean(), other - other.mean()
    along = np.correlate(one, other, "valid")
    size = np.sqrt(np.convolve(one**2, np.ones(len(other)), "valid")) + 1e-300
    return sorted({0, len(one) - len(other), int(np.argmax(along / size))})
