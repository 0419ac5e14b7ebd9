"""Whether the P&L of a notebook is earned by positions that the same session made (E33).

A P&L is what a figure is the mean, the sum or the product of. Of what the cells compute with, some grids are positions and some are
returns; the P&L is that of positions which earn the return of their own session where it is their product session by session, and the
product with the session after is not. That is no fault where positions were made before: so the cells run once more on inputs that differ
from one session on (of a return from the open: without that open), and only where the position of that session is another was it
made too late. Nothing is taken from names but which price is the open.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nbcode.leaks.futures import Again, Inputs, different
from nbcode.leaks.lineage import Change, Future, parsed
from nbcode.leaks.positions.earned import Match, Matches, Value, distinct, forms, grown, is_size, matches
from nbcode.leaks.positions.grids import (
    Grid,
    Numbers,
    Returns,
    Where,
    are_returns,
    known_at_the_open,
    returns_of,
)
from nbcode.leaks.recording import Watch, named
from nbcode.primitives import Diagnostic, Place, Severity, dataclass

CODE = "NBC-E33"
_MOST_DECLARED, _MOST = 40, 12  # values that could be a P&L, positions or returns
_PARTS = (0.6, 0.85)
_FEWEST = 12
_BOOKS = 4
_WITHIN = 0.1  # of the calendar, to look for a session with a trade

_DECLARED = ""
_ALL, _AFTER_THE_OPEN = "\0all", "\0after the open"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Late:
    """Inputs that differ after ``cut``: ``of`` the session that follows all, what comes after its open, or one column. ``mirrored``: what was
    higher is lower by as much."""

    cut: np.datetime64
    mirrored: bool
    of: str


class OwnSession:
    """The look at one run. ``signal`` is [meta]'s expression for the positions, empty where there is none."""

    def __init__(self, again: Again, signal: str, figures: Sequence[str] = ()) -> None:
        self._again, self._signal, self._figures = again, signal, figures
        self._declared: Grid | None = None
        self._others: dict[_Late | None, dict[Where, Grid]] = {}

    def told(self) -> Diagnostic | None:
        """E33 where a P&L is earned by positions that its own sessions made; None where there is none. Raises OutOfTime."""
        known = list(returns_of(self._again.inputs, self._again.dated))
        if not known:
            return None
        found = list(self._values(self._again.inputs).values())
        self._declared = next((one.grid for one in found if one.at == _DECLARED), None)
        for made in self._tried(found, known):
            late = next((match for match in made.of_their_own() if self._is_late(match)), None)
            if late is not None:
                return self._said(late)
        return None

    def _tried(self, found: Sequence[Value], known: Sequence[Returns]) -> Iterator[Matches]:
        """P&Ls of the declared positions as they are, and of what scores would have one hold; where one is, also of it by a size. Where none is, of
        whatever else the cells made."""
        moneys = distinct(one for one in found if one.figure)
        seen = [
            Returns(said=one.text or "the returns of the cells", grid=one.grid, from_open=True, at=one.at)
            for one in distinct(found)
            if are_returns(one.grid.values) and any(returns.is_like(one.grid) for returns in known)
        ]
        declared = [one for one in found if one.at == _DECLARED]
        others = distinct(one for one in found if one.at != _DECLARED)
        if declared:
            curves = (grown(one) for one in others if isinstance(one.at, str))
            rows = (one for one in others if one.grid.values.shape[1] == 1)
            more = distinct([*moneys, *(one for one in curves if one is not None), *rows])[:_MOST_DECLARED]
            moves = [*known, *seen[-_MOST_DECLARED:]]
            held = [
                Value(at=one.at, text=one.text, grid=form) for one in declared for form in forms(one.grid)
            ]
            for made in (matches(more, declared, moves), matches(more, held, known, loose=True)):
                yield made
                yield self._sized(made, moneys, others)
                if made.of_figures:
                    return
        yield matches(moneys[-_MOST:], others[-_MOST:], [*known, *seen[-_MOST:]], exact=True)

    def _sized(self, made: Matches, moneys: Sequence[Value], others: Sequence[Value]) -> Matches:
        """P&Ls of what honest positions earn, by a size."""
        books = [
            Returns(said=one.money.text or "the book", grid=one.money.grid, from_open=True, at=one.money.at)
            for one in made.of_the_next()
        ]
        return matches(moneys, [one for one in others if is_size(one)][-_MOST:], books[:_BOOKS], exact=True)

    def _values(self, inputs: Inputs) -> dict[Where, Value]:
        """What the cells compute with on ``inputs``; the positions of [meta] under :data:`_DECLARED`."""
        namespace, watch, asked = self._again.watched(inputs, (self._signal, *self._figures))
        found: dict[Where, Value] = {}
        for at, text, figure, value in _all(namespace, watch):
            if (grid := Grid.of(value)) is not None and len(grid.values) >= _FEWEST:
                found[at] = Value(at=at, text=text, grid=grid, figure=figure)
        declared = Grid.of(asked[0])
        if declared is not None and len(declared.values) >= _FEWEST:
            found[_DECLARED] = Value(at=_DECLARED, text=self._signal, grid=declared)
        return found

    # -- whether positions knew

    def _is_late(self, match: Match) -> bool:
        """Whether positions are others, where only what comes when their return has begun is another."""
        return any(self._late_at(match, part, mirrored=way) for part in _PARTS for way in (False, True))

    def _late_at(self, match: Match, part: float, *, mirrored: bool) -> bool:
        held = self._as_made(match.positions)
        dates = held.dates if held.dates is not None else match.returns.grid.dates
        if dates is None or len(dates) != len(held.values):
            return False
        at = _a_trade(held.values, part, match.lag)
        other = self._on_another(_Late(cut=dates[at - 1], mirrored=mirrored, of=_part(match.returns)))
        then = other.get(match.positions.at)
        if then is None or not _differ(held, then, at - match.lag):
            return False
        if match.returns.at is not None:
            theirs = other.get(match.returns.at)
            if theirs is None or not self._of_that_session(match.returns.grid, theirs, dates, at):
                return False
        again = self._on_another(None).get(match.positions.at)
        return again is not None and not _differ(held, again, at - match.lag)

    def _as_made(self, positions: Value) -> Grid:
        """Positions as the cells have them, before they took a form."""
        return self._declared if positions.at == _DECLARED and self._declared is not None else positions.grid

    def _of_that_session(self, one: Grid, other: Grid, dates: Numbers, at: int) -> bool:
        """Whether a return of the cells is that of its session: another there, and the same in the session before."""
        before, now = (at - 1, at) if one.dates is None else np.searchsorted(one.dates, dates[[at - 1, at]])
        return _differ(one, other, int(now)) and not _differ(one, other, int(before))

    def _on_another(self, late: _Late | None) -> dict[Where, Grid]:
        """What the cells compute with on other inputs; for None on the same, where only what is drawn without a seed is another."""
        made = self._others.get(late)
        if made is None:
            inputs = self._again.inputs if late is None else self._inputs(late)
            made = {at: one.grid for at, one in self._values(inputs).items()}
            self._others[late] = made
        return made

    def _inputs(self, late: _Late) -> Inputs:
        again, future = self._again, Future(change=Change.MOVED, cut=late.cut)
        made: dict[str, Any] = {}
        for name, frame in again.inputs.items():
            keys = again.dated.get(name)
            if keys is None:
                made[name] = frame
                continue
            other = again.other(name, future).copy()
            if late.mirrored:
                _mirror(frame, other)
            kept, opened = keys.dates <= late.cut, _next(keys.dates, late.cut)
            known = set(known_at_the_open(frame, keys)) if late.of == _AFTER_THE_OPEN else set()
            for column in frame.columns:
                own = frame[column]
                if late.of not in {_ALL, _AFTER_THE_OPEN, column}:
                    other[column] = own
                else:
                    other[column] = own.where(kept | opened if column in known else kept, other[column])
            made[name] = other
        return made

    # -- what is said

    def _said(self, match: Match) -> Diagnostic:
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
        """The line of a value: where it is used, or where its name is bound last."""
        for cell in reversed(self._again.cells):
            if isinstance(at, str):
                lines = _bindings(cell.source, at.partition(".")[0])
            else:
                lines = [at[1]] if cell.file == at[0] else []
            if lines:
                return Place(cell=cell.index, tag=cell.tag, line=lines[-1])
        return Place()


def _bindings(source: str, name: str) -> list[int]:
    """The lines that bind a name."""
    return [
        node.lineno
        for node in ast.walk(parsed(source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name
    ]


def _all(namespace: Mapping[str, Any], watch: Watch) -> Iterator[tuple[Where, str, bool, Any]]:
    """Values under names first, then those that calls were given."""
    for name, value in named(namespace):
        yield name, name, False, value
    yield from watch.values()


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


def _mirror(frame: Any, other: Any) -> None:
    """Set each number of ``other`` as far below that of ``frame`` as it is above, in logarithms."""
    for column in frame.columns:
        if getattr(frame[column].dtype, "kind", "") == "f":
            own, moved = np.asarray(frame[column]), np.asarray(other[column])
            with np.errstate(all="ignore"):
                other[column] = np.where(moved == 0, own, own * (own / moved))


def _next(dates: Numbers, cut: np.datetime64) -> Numbers:
    """Which rows are of the first session after ``cut``."""
    later = dates[dates > cut]
    return np.asarray(dates == later.min()) if len(later) else np.zeros(len(dates), dtype=bool)


def _part(returns: Returns) -> str:
    """What of a session is late for a position that earns these returns."""
    return returns.column or (_AFTER_THE_OPEN if returns.from_open else _ALL)


def _name(text: str) -> str:
    return text if text.isidentifier() else "positions"
