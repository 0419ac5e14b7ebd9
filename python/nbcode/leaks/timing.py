"""Whether the P&L of a notebook is earned by positions that the same session made (E33).

A P&L is what a figure is the mean, the sum or the product of. Of what the cells compute with, some grids are positions and some are
returns; the P&L is that of positions which earn the return of their own session where it is their product session by session, and the
product with the session after is not. That is no fault where positions were made before: so the cells run once more on inputs that differ
from one session on (of a return from the open: without that open), and only where the position of that session is another was it
made too late. Nothing is taken from names but which price is the open.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nbcode.leaks.again import Again, Inputs
from nbcode.leaks.changes import Change, Future
from nbcode.leaks.compare import different
from nbcode.leaks.grids import (
    Grid,
    Numbers,
    Returns,
    Where,
    along,
    are_returns,
    known_at_the_open,
    returns_of,
    together,
)
from nbcode.leaks.keys import Keys
from nbcode.leaks.watch import Watch, named
from nbcode.primitives import Diagnostic, Place, Severity, dataclass

CODE = "NBC-E33"
_NEXT = (1, 2)
_OWN = (0, -1)  # the same session; one before the position was made
_EXPLAINED = 0.9
_EXACT = 1 - 1e-6
_FEW = 60  # sessions: fewer have to fit exactly
_FEWEST = 12
_WORSE = 4.0  # times as much is left unexplained by the session after
_MOST_DECLARED, _MOST = 40, 12  # values that could be a P&L, positions or returns
_PARTS = (0.6, 0.85)
_LIKE = 0.5
_SAME = 0.99
_WITHIN = 0.1  # of the calendar, to look for a session with a trade

_DECLARED = ""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Value:
    """A grid that cells computed with: where, how they write it, and whether a figure may be made of it."""

    at: Where
    text: str
    grid: Grid
    figure: bool = False


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Match:
    """A P&L that is positions times returns, ``lag`` sessions apart; ``explained`` of its variance."""

    money: _Value
    positions: _Value
    returns: Returns
    lag: int
    explained: float
    sessions: int


class OwnSession:
    """The look at one run. ``signal`` is [meta]'s expression for the positions, empty where there is none."""

    def __init__(self, again: Again, signal: str) -> None:
        self._again, self._signal = again, signal
        self._others: dict[tuple[np.datetime64, bool, bool], dict[Where, Grid]] = {}

    def told(self) -> Diagnostic | None:
        """E33 where a P&L is earned by positions that its own sessions made; None where there is none. Raises OutOfTime."""
        known = list(returns_of(self._again.inputs, self._again.dated))
        if not known:
            return None
        found = list(self._values(self._again.inputs).values())
        moneys = _different(one for one in found if one.figure)
        seen = [
            Returns(said=one.text or "the returns of the cells", grid=one.grid, from_open=True, at=one.at)
            for one in _different(found)
            if are_returns(one.grid.values) and any(returns.is_like(one.grid) for returns in known)
        ]
        declared = [one for one in found if one.at == _DECLARED]
        others = _different(one for one in found if one.at != _DECLARED)
        for held, most, exact in ((declared, _MOST_DECLARED, False), (others, _MOST, True)):
            matches = list(_matches(moneys[-most:], held[-most:], [*known, *seen[-most:]], exact=exact))
            late = next((match for match in _of_their_own(matches) if self._is_late(match)), None)
            if late is not None or matches:
                return None if late is None else self._said(late)
        return None

    def _values(self, inputs: Inputs) -> dict[Where, _Value]:
        """What the cells compute with on ``inputs``, each once; the positions of [meta] under :data:`_DECLARED`."""
        namespace, watch = self._again.watched(inputs)
        found: dict[Where, _Value] = {}
        for at, text, figure, value in _all(namespace, watch):
            if (grid := Grid.of(value)) is not None and len(grid.values) >= _FEWEST:
                found[at] = _Value(at=at, text=text, grid=grid, figure=figure)
        if self._signal:
            try:
                grid = Grid.of(eval(self._signal, namespace))  # noqa: S307 - the notebook's own expression
            except Exception:
                grid = None
            if grid is not None:
                found[_DECLARED] = _Value(at=_DECLARED, text=self._signal, grid=grid)
        return found

    # -- whether positions knew

    def _is_late(self, match: _Match) -> bool:
        """Whether positions are others, where only what comes when their return has begun is another."""
        return any(self._late_at(match, part, mirrored=way) for part in _PARTS for way in (False, True))

    def _late_at(self, match: _Match, part: float, *, mirrored: bool) -> bool:
        held = match.positions.grid
        dates = held.dates if held.dates is not None else match.returns.grid.dates
        if dates is None or len(dates) != len(held.values):
            return False
        at = _a_trade(held.values, part, match.lag)
        other = self._on_another(dates[at - 1], mirrored=mirrored, keep_open=match.returns.from_open)
        then = other.get(match.positions.at)
        if then is None or not _differ(held, then, at - match.lag):
            return False
        if match.returns.at is None:
            return True
        theirs = other.get(match.returns.at)
        return theirs is not None and self._of_that_session(match.returns.grid, theirs, dates, at)

    def _of_that_session(self, one: Grid, other: Grid, dates: Numbers, at: int) -> bool:
        """Whether a return of the cells is that of its session: another there, and the same in the session before."""
        before, now = (at - 1, at) if one.dates is None else np.searchsorted(one.dates, dates[[at - 1, at]])
        return _differ(one, other, int(now)) and not _differ(one, other, int(before))

    def _on_another(self, cut: np.datetime64, *, mirrored: bool, keep_open: bool) -> dict[Where, Grid]:
        """What the cells compute with where all that comes after ``cut`` is another; ``mirrored``: what was higher is lower by as much."""
        key = (cut, mirrored, keep_open)
        made = self._others.get(key)
        if made is None:
            again, future = self._again, Future(change=Change.MOVED, cut=cut)
            inputs = {name: again.other(name, future) for name in again.inputs}
            if mirrored:
                inputs = {name: _mirrored(again.inputs[name], inputs[name]) for name in inputs}
            if keep_open:
                for name, keys in again.dated.items():
                    inputs[name] = _as_it_opened(inputs[name], again.inputs[name], keys, cut)
            made = {at: one.grid for at, one in self._values(inputs).items()}
            self._others[key] = made
        return made

    # -- what is said

    def _said(self, match: _Match) -> Diagnostic:
        held = match.positions
        what = held.text or "the positions"
        money = match.money.text or "the P&L"
        ahead = "of the next session" if match.lag < 0 else "that the same session makes"
        return Diagnostic(
            code=CODE,
            severity=Severity.WARNING,
            message=f"{money} trades before its signal: on {match.sessions:,} sessions it is earned by positions {ahead}",
            cause=f"session by session it is `{what}` times the return from {match.returns.said}; `{what}` is another where only prices differ that "
            "come after that return has begun, so its figures cannot be had by anybody who trades",
            fixes=(f"earn the session that follows: `{_name(held.text)}.shift(1) * ret`",),
            place=self._place(match.money.at),
        )

    def _place(self, at: Where) -> Place:
        cell = next((cell for cell in self._again.cells if at and cell.file == at[0]), None)
        if cell is None or isinstance(at, str):
            return Place()
        return Place(cell=cell.index, tag=cell.tag, line=at[1])


def _all(namespace: Mapping[str, Any], watch: Watch) -> Iterator[tuple[Where, str, bool, Any]]:
    """Values under names first, then those that calls were given."""
    for name, value in named(namespace):
        yield name, name, False, value
    yield from watch.values()


def _different(values: Iterable[_Value]) -> list[_Value]:
    """Each once that holds the same numbers, in their order."""
    once: dict[object, _Value] = {}
    for one in values:
        numbers = one.grid.values
        once.setdefault((numbers.shape, float(np.nansum(numbers)), float(np.nansum(numbers[-1]))), one)
    return list(once.values())


def _matches(
    moneys: Sequence[_Value], held: Sequence[_Value], returns: Sequence[Returns], *, exact: bool
) -> Iterator[_Match]:
    """P&Ls that are positions times returns, at each lag where that explains enough of them. ``exact``: all of them, where nobody says
    that they are positions."""
    for one, move in itertools.product(held, returns):
        both = None if one.at == move.at else together(one.grid, move.between(one.grid.dates).grid)
        if both is None or abs(along(both[1], both[2])) > (_LIKE if exact else _SAME):
            continue  # returns times returns are a variance
        for lag in (*_OWN, *_NEXT):
            earned = _earned(both[1], both[2], lag)
            for money in moneys:
                made_by_cells = move.at is not None
                if made_by_cells and (
                    _is_same(money.grid, move.grid) or (lag in _NEXT and money.grid.dates is None)
                ):
                    continue
                share, sessions = _explained(money.grid, both[0], earned, fixed=made_by_cells)
                if share >= (_EXACT if exact or sessions < _FEW else _EXPLAINED):
                    yield _Match(
                        money=money, positions=one, returns=move, lag=lag, explained=share, sessions=sessions
                    )


def _is_same(money: Grid, returns: Grid) -> bool:
    """Whether what seem returns is the P&L itself."""
    both = together(money, returns)
    return both is not None and abs(along(both[1], both[2])) > _SAME


def _of_their_own(matches: Sequence[_Match]) -> list[_Match]:
    """Those of a session's own positions where those of the session before explain a P&L much worse, the surest first."""
    found = []
    for match in matches:
        others = [m.explained for m in matches if m.money is match.money and m.lag in _NEXT]
        left = 1 - max(others, default=0.0)
        if match.lag in _OWN and left > _WORSE * (1 - match.explained) + 1e-9:
            found.append(match)
    return sorted(found, key=lambda match: -match.explained)


def _earned(positions: Numbers, moves: Numbers, lag: int) -> Numbers:
    """By session (and twice: the sum over names, and their mean) what positions of ``lag`` sessions before earn."""
    made = np.full(positions.shape, np.nan)
    if lag > 0:
        made[lag:] = positions[:-lag] * moves[lag:]
    elif lag < 0:
        made[:lag] = positions[-lag:] * moves[:lag]
    else:
        made = positions * moves
    known = np.isfinite(made)
    total, count = np.where(known, made, 0.0).sum(axis=1), known.sum(axis=1)
    return np.column_stack([total, total / np.maximum(count, 1)])


def _explained(money: Grid, dates: Numbers | None, earned: Numbers, *, fixed: bool) -> tuple[float, int]:
    """The share of a P&L's variance that is explained, with the same sign, where it lies best beside; and on how many sessions. ``fixed``: it has to
    lie on its own dates where it has any."""
    own = money.values
    row = np.nansum(own, axis=1) if own.shape[1] > 1 else own[:, 0]
    best, sessions = 0.0, 0
    for one, other in _beside(row, money.dates, dates, earned, fixed=fixed):
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
    row: Numbers, own: Numbers | None, dates: Numbers | None, earned: Numbers, *, fixed: bool
) -> Iterator[tuple[Numbers, Numbers]]:
    """A P&L beside what is earned: by date, and where it is kept under the dates around; by its place where there are none."""
    if own is not None and dates is not None:
        at = np.searchsorted(dates, own)
        at[at == len(dates)] = 0
        hit = dates[at] == own
        placed = np.full(len(dates), np.nan)
        placed[at[hit]] = row[hit]
        for shift in (0,) if fixed else (0, 1, 2, -1):
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


def _a_trade(positions: Numbers, part: float, lag: int) -> int:
    """The row near ``part`` of the way whose positions differ most from those before."""
    traded = np.abs(np.diff(np.nan_to_num(positions), axis=0)).sum(axis=1)
    begin = int(part * len(traded))
    end = max(begin + 1, min(len(traded) - 2, begin + max(5, int(_WITHIN * len(traded)))))
    at = begin + int(np.argmax(traded[begin:end])) + 1
    return min(max(at + lag, 1), len(positions) - 2)


def _differ(one: Grid, other: Grid, at: int) -> bool:
    """Whether a row of two grids differs: that of the same date where they have dates."""
    if one.dates is not None and other.dates is not None:
        then = int(np.searchsorted(other.dates, one.dates[at]))
        if then >= len(other.dates) or other.dates[then] != one.dates[at]:
            return False
    else:
        then = at
    a, b = one.values, other.values
    if a.shape[1] != b.shape[1] or max(at, then) >= min(len(a), len(b)):
        return False
    return bool(different(a[at : at + 1], b[then : then + 1]).any())


def _mirrored(frame: Any, other: Any) -> Any:
    """``other`` with each number as far below that of ``frame`` as it was above, in logarithms."""
    if other is frame:
        return frame
    made = other.copy()
    for column in frame.columns:
        if getattr(frame[column].dtype, "kind", "") == "f":
            own, moved = np.asarray(frame[column]), np.asarray(other[column])
            with np.errstate(all="ignore"):
                made[column] = np.where(moved == 0, own, own * (own / moved))
    return made


def _as_it_opened(other: Any, frame: Any, keys: Keys, cut: np.datetime64) -> Any:
    """``other`` with what is known at the open of the first session after ``cut`` as it is in ``frame``."""
    later = keys.dates[keys.dates > cut]
    if not len(later):
        return other
    rows = keys.dates == later.min()
    made = other.copy()
    for column in known_at_the_open(frame, keys):
        made[column] = np.where(rows, np.asarray(frame[column]), np.asarray(other[column]))
    return made


def _name(text: str) -> str:
    return text if text.isidentifier() else "positions"
