"""Tables of one row a session and one column a name, and the returns that the prices among the inputs give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nbcode.leaks.tables import Keys, grid_of
from nbcode.primitives import dataclass

_PRICE_MOVES = 0.1  # of a session, at the median: volumes move more
_RETURNS = 0.2
_MOST_NAMES = 3_000
_SPARSE = 0.5
_LIKE = 0.5
_NEARER = 0.5
_FEWEST = 12
_MOST_SESSIONS = 600  # the last: enough to know a product by

Numbers = np.ndarray[Any, Any]
Where = tuple[str, int, int, int] | str
"""Where cells have a value: file, line, column and number of a call's argument, or a name."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Grid:
    """``dates`` (datetime64[ns], ascending; None: not known), ``names`` (None: not known) and ``values``, sessions x names."""

    dates: Numbers | None
    names: tuple[str, ...] | None
    values: Numbers

    @classmethod
    def of(cls, value: Any) -> Grid | None:
        """What ``value`` (pandas, numpy, a list) is as a grid, None where it is none."""
        try:
            made = grid_of(value)
        except (TypeError, ValueError):
            return None
        if made is None or made[2].size == 0 or made[2].shape[1] > _MOST_NAMES:
            return None
        return cls(dates=made[0], names=made[1], values=made[2])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Returns:
    """What a position earns in a session. ``said`` is how one calls it; ``from_open`` whether it begins at the open of its session, so
    that what is known then is known in time; ``at`` where a cell has it (None: made of the inputs); ``prices`` at the ends of sessions,
    where it is from one to the next; ``column`` of the inputs that says it, which may be of the session or of the one after it; ``before``
    is what the position of the session before earns until this return begins, where trades are filled within sessions."""

    said: str
    grid: Grid
    from_open: bool
    at: Where | None = None
    prices: Grid | None = None
    column: str | None = None
    before: Grid | None = None

    def between(self, dates: Numbers | None) -> Returns:
        """These from each of ``dates`` to the next where they are fewer than the sessions, such as the ends of months."""
        price = self.prices
        if price is None or dates is None or price.dates is None or len(dates) > _SPARSE * len(price.dates):
            return self
        last = np.searchsorted(price.dates, dates, "right") - 1
        values = np.where((last >= 0)[:, None], price.values[np.maximum(last, 0)], np.nan)
        return _close_to_close(Grid(dates=dates, names=price.names, values=values))

    def is_like(self, grid: Grid) -> bool:
        """Whether ``grid`` holds these, or these but for a benchmark or what else is taken off."""
        mine = self.between(grid.dates).grid
        both = together(mine, grid)
        return both is not None and along(both[1], both[2]) > _LIKE


def returns_of(inputs: Mapping[str, Any], dated: Mapping[str, Keys]) -> Iterator[Returns]:
    """The returns of the prices among ``inputs``: from close to close, from open to close, to the next open and so on."""
    for name, keys in dated.items():
        columns = dict(_columns(inputs[name], keys))
        prices = {c: grid for c, grid in columns.items() if _are_prices(grid.values)}
        opens = [c for c in prices if is_open(c)]
        closes = [c for c in prices if not is_open(c) and not _is_extreme(c)]
        for close in closes:
            yield _close_to_close(prices[close])
            for open_ in opens:
                yield from _from_the_open(prices[open_], prices[close])
        for column, grid in columns.items():
            if column not in prices and are_returns(grid.values):
                yield Returns(said=f"`{column}`", grid=grid, from_open=False, column=column)


def _close_to_close(price: Grid) -> Returns:
    moved = np.full_like(price.values, np.nan)
    moved[1:] = _growth(price.values[1:], price.values[:-1])
    return Returns(said="close to close", grid=_with(price, moved), from_open=False, prices=price)


def _from_the_open(open_: Grid, close: Grid) -> Iterator[Returns]:
    if open_.values.shape != close.values.shape:
        return
    yield Returns(
        said="open to close", grid=_with(close, _growth(close.values, open_.values)), from_open=True
    )
    on, night = np.full_like(open_.values, np.nan), np.full_like(open_.values, np.nan)
    on[:-1] = _growth(open_.values[1:], open_.values[:-1])
    night[1:] = _growth(open_.values[1:], close.values[:-1])
    yield Returns(said="open to the next open", grid=_with(close, on), from_open=True)
    yield Returns(said="close to the open", grid=_with(close, night), from_open=False)
    yield Returns(
        said="the open at which it is filled",
        grid=_with(close, _growth(close.values, open_.values)),
        from_open=True,
        before=_with(close, night),
    )


def _growth(after: Numbers, before: Numbers) -> Numbers:
    with np.errstate(all="ignore"):
        return np.asarray(after / before - 1)


def _with(grid: Grid, values: Numbers) -> Grid:
    return Grid(dates=grid.dates, names=grid.names, values=values)


def _columns(frame: Any, keys: Keys) -> Iterator[tuple[str, Grid]]:
    """The columns of numbers of a long table as grids; those of a table without names are the names of one, and each is one too."""
    numbers = [c for c in frame.columns if getattr(frame[c].dtype, "kind", "") == "f"]
    days, at = np.unique(keys.dates, return_inverse=True)
    if keys.names is None:
        if len(days) != len(at):
            return
        for column in numbers:
            values = np.full((len(days), 1), np.nan)
            values[at, 0] = np.asarray(frame[column], dtype=np.float64)
            yield str(column), Grid(dates=days, names=(str(column),), values=values)
        if len(numbers) > 1:
            every = np.full((len(days), len(numbers)), np.nan)
            every[at] = np.asarray(frame[numbers], dtype=np.float64)
            yield "\0every", Grid(dates=days, names=tuple(map(str, numbers)), values=every)
        return
    names, of = np.unique(keys.names, return_inverse=True)
    if len(names) > _MOST_NAMES:
        return
    for column in numbers:
        values = np.full((len(days), len(names)), np.nan)
        values[at, of] = np.asarray(frame[column], dtype=np.float64)
        yield str(column), Grid(dates=days, names=tuple(map(str, names)), values=values)


def together(held: Grid, returns: Grid) -> tuple[Numbers | None, Numbers, Numbers] | None:
    """Dates, and the values of both on the same sessions and names; None where they have none in common."""
    a, b = held, returns
    if a.values.shape[1] != b.values.shape[1] and not (a.names and b.names):
        return None
    dates = a.dates if a.dates is not None else b.dates
    if a.dates is not None and b.dates is not None:
        dates, i, j = np.intersect1d(a.dates, b.dates, return_indices=True)
    elif len(a.values) == len(b.values):
        i = j = np.arange(len(a.values))
    else:
        return None
    if len(i) < _FEWEST:
        return None
    i, j = i[-_MOST_SESSIONS:], j[-_MOST_SESSIONS:]
    dates = None if dates is None else dates[-_MOST_SESSIONS:]
    one, other = a.values[i], b.values[j]
    if a.names is not None and b.names is not None and a.names != b.names and a.values.shape[1] > 1:
        names, k, n = np.intersect1d(a.names, b.names, return_indices=True)
        if len(names):
            one, other = one[:, k], other[:, n]
    return (dates, one, other) if one.shape[1] == other.shape[1] else None


def along(a: Numbers, b: Numbers) -> float:
    """The correlation of all values of two tables that both have."""
    known = np.isfinite(a) & np.isfinite(b)
    if known.sum() < _FEWEST:
        return 0.0
    one, other = a[known] - a[known].mean(), b[known] - b[known].mean()
    size = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / size if size > 0 else 0.0


def known_at_the_open(frame: Any, keys: Keys) -> Iterator[Any]:
    """The columns of an input whose values can be known when a session opens: its open, prices that are much nearer to it than to the close,
    and what is neither price nor return nor volume."""
    told = dict(_columns(frame, keys))
    opens = [grid.values for name, grid in told.items() if is_open(name)]
    closes = [grid.values for name, grid in told.items() if name.lower().endswith("close")]
    for column in frame.columns:
        grid = told.get(str(column))
        late = grid is not None and (_are_prices(grid.values) or are_returns(grid.values))
        if grid is not None and late and opens and closes:
            late = _apart(grid.values, opens[0]) > _NEARER * _apart(grid.values, closes[0])
        if is_open(column) or not (late or "vol" in str(column).lower()):
            yield column


def _apart(one: Numbers, other: Numbers) -> float:
    """How far two prices of the same sessions are from each other, at the median."""
    with np.errstate(all="ignore"):
        return float(np.nanmedian(np.abs(np.log(one / other))))


def is_open(column: object) -> bool:
    """Whether a column is called the price at the open: nothing in its numbers tells it from the others."""
    return "open" in str(column).lower() and "interest" not in str(column).lower()


def _is_extreme(column: str) -> bool:
    return any(word in column.lower() for word in ("high", "low"))


def _are_prices(values: Numbers) -> bool:
    known = values[np.isfinite(values)]
    if not len(known) or known.min() <= 0 or len(values) < 2:
        return False
    moves = np.abs(np.diff(np.log(values), axis=0))
    moves = moves[np.isfinite(moves)]
    return bool(len(moves)) and 0 < float(np.median(moves)) < _PRICE_MOVES


def are_returns(values: Numbers) -> bool:
    """Whether numbers could be returns of sessions: small, and of either sign."""
    known = values[np.isfinite(values)]
    if len(known) < 2 or float(np.median(np.abs(known))) > _RETURNS:
        return False
    up, down = float((known > 0).mean()), float((known < 0).mean())
    return min(up, down) > 0.1 and abs(float(known.mean())) < 0.5 * float(known.std())
