"""Rows whose sessions are not known, by what another future changes of them: a row that is another when only data after a cut are
depends on data after it. Two cuts say which rows of an array lie, or reach, between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from nbcode.leaks.findings import JUDGES
from nbcode.leaks.futures.compare import Pair, different, told
from nbcode.leaks.lineage import Call, Kind, Lineage, Role
from nbcode.leaks.tables import Keys, share_within
from nbcode.primitives import Diagnostic, dataclass

_FEW = 5
_MANY = 40
_CONTINUOUS = 0.5  # of the values of a label are different
_UNTOUCHED = 0.2  # of the tested rows have to lie before a cut
_FULL, _NO_MORE = 0.9, 1.02
_SHORTEST = 8  # sessions between two cuts

Moved = np.ndarray[Any, Any] | None
"""Which rows are others; None where there are more or fewer of them."""
RowsBetween = Callable[[np.datetime64, np.datetime64], tuple[int, ...]]
"""How many rows a table of all sessions after one and up to another could have: one for each, one for each row of an input."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Sides:
    """A fit on rows of unknown sessions, and rows that it is tested on."""

    fit: Pair
    test: Pair
    cuts: tuple[np.datetime64, ...]
    train: dict[np.datetime64, Moved]
    labels: dict[np.datetime64, Moved]
    tested: dict[np.datetime64, np.ndarray[Any, Any]]


class Blind:
    """What the looks at the futures of one run show of such rows. ``rows_between`` counts rows of the inputs."""

    def __init__(self, lineage: Lineage, sessions: np.ndarray[Any, Any], rows_between: RowsBetween) -> None:
        self._lineage, self._sessions, self._rows_between = lineage, sessions, rows_between
        fits = [call for call in lineage.calls if call.kind is Kind.FIT and not call.transforms]
        self._fits = [call for call in fits if call.rows_of(Role.X) is None]
        self._sites = Counter(call.at for call in fits)
        owners = {call.owner for call in self._fits}
        self._watched = {call.number for call in self._fits} | {
            call.number for call in lineage.calls if call.kind is Kind.APPLY and call.owner in owners
        }
        self._pairs: dict[tuple[int, Role], Pair] = {}
        self._moved: dict[tuple[int, Role], dict[np.datetime64, Moved]] = {}

    @property
    def watches_any(self) -> bool:
        """Whether there are such rows."""
        return bool(self._watched)

    def watches(self, call: Call) -> bool:
        """Whether ``call`` learns from such rows, or tests what did."""
        return call.number in self._watched

    def see(self, cut: np.datetime64, found: Iterable[Pair]) -> None:
        """Take note of what is another when data after ``cut`` are."""
        for pair in found:
            a, b = pair.one.numbers, pair.other.numbers
            if pair.call.number in self._watched and a is not None and b is not None:
                key = (pair.call.number, pair.one.role)
                moved = None if a.shape != b.shape else np.asarray(different(a, b).any(axis=1))
                self._moved.setdefault(key, {})[cut] = moved
                self._pairs[key] = pair

    def findings(self) -> Iterator[tuple[Pair, Diagnostic]]:
        """What is shown so far, at most one a fit."""
        for fit in self._fits:
            for way in (self._all_known, self._label_before, self._made_of_tested):
                found = way(fit)
                if found is not None:
                    yield found
                    break

    def asks(self) -> np.datetime64 | None:
        """A further cut that would decide whether a fit is made of tested rows; None where nothing looks like it."""
        for fit in self._fits:
            for sides in self._sides(fit):
                for a, b in pairwise(sides.cuts):
                    sessions = int(np.searchsorted(self._sessions, b) - np.searchsorted(self._sessions, a))
                    count = int((sides.tested[a] & ~sides.tested[b]).sum())
                    shares = [count / rows for rows in self._rows_between(a, b) if rows]
                    share = max((one for one in shares if one <= _NO_MORE), default=0.0)
                    length = int(0.6 * share * sessions)
                    if share < _FULL and length >= _SHORTEST and self._in_both(sides, a, b):
                        return np.datetime64(self._sessions[np.searchsorted(self._sessions, b) - length])
        return None

    # -- features of all sessions

    def _all_known(self, fit: Call) -> tuple[Pair, Diagnostic] | None:
        """Features that are others when no label is: these data come after all labels, and after all rows."""
        x, y = self._moved.get((fit.number, Role.X), {}), self._moved.get((fit.number, Role.Y), {})
        reached = [cut for cut, moved in y.items() if moved is None or moved.any()]
        for cut in sorted(x.keys() & y.keys(), reverse=True):
            a, b = x[cut], y[cut]
            if a is None or b is None or b.any() or a.sum() < max(_FEW, 0.05 * len(a)):
                continue
            if len(b) < _MANY or not any(one < cut for one in reached):
                continue
            pair = self._pairs[fit.number, Role.X]
            return pair, told(
                pair,
                f"{pair.name} knows the future: {a.mean():.0%} of its rows are others when only data after {_day(cut)} changes",
                "none of their labels changes with it, so all of these rows, and what they are to foretell, are earlier",
            )
        return None

    # -- labels that end before the features

    def _label_before(self, fit: Call) -> tuple[Pair, Diagnostic] | None:
        """Rows in the order of time whose features change at a cut where their labels, of the same rows, do not yet."""
        x, y = self._moved.get((fit.number, Role.X), {}), self._moved.get((fit.number, Role.Y), {})
        late: list[int] = []
        for cut in x.keys() & y.keys():
            a, b = _begins(x[cut]), _begins(y[cut])
            if a is None or b is None:
                continue
            late.append(b - a)
        pair = self._pairs.get((fit.number, Role.Y))
        if pair is None or not late or min(late) < 1 or not _is_continuous(pair):
            return None
        return pair, told(
            pair,
            f"{pair.name} ends before the features of its row do: {min(late):,} rows whose features are of data after a session have labels "
            "that are made of earlier data alone",
            "rows are paired by place, and each side has dropped other rows: what is foretold is over",
            "drop rows of both together, and take values last: both = table.dropna(); both[columns].to_numpy(), both[target].to_numpy()",
            code="NBC-E32",
        )

    # -- training rows that are made of tested ones

    def _made_of_tested(self, fit: Call) -> tuple[Pair, Diagnostic] | None:
        for sides in self._sides(fit):
            for cut in sides.cuts:
                if sides.train[cut] is None and self._is_late(sides, cut):
                    return self._told(
                        sides, f"which rows it has changes when only data after {_day(cut)} does"
                    )
            for a, b in pairwise(sides.cuts):
                count = int((sides.tested[a] & ~sides.tested[b]).sum())
                full = any(_FULL * rows <= count <= _NO_MORE * rows for rows in self._rows_between(a, b))
                if full and (both := self._in_both(sides, a, b)):
                    what = f"{both:,} of its rows are made of data after {_day(a)} and up to {_day(b)}"
                    return self._told(sides, f"{what}, where every row is tested")
        return None

    def _told(self, sides: _Sides, what: str) -> tuple[Pair, Diagnostic]:
        return sides.fit, told(
            sides.fit,
            f"{sides.fit.name} is made of rows that are tested ({sides.test.call.what}): {what}",
            "copies, mixtures and synthetic rows that are made before the split carry what is tested into the training rows",
            "split first, and make them of training rows only: X, y = augment(X[train], y[train])",
            code="NBC-E26",
        )

    def _sides(self, fit: Call) -> Iterator[_Sides]:
        """The fit with each test of it, where tested rows lie before data that it has learnt from; nothing where another test shows
        that they do not, or where it is made again and again."""
        x = self._pairs.get((fit.number, Role.X))
        if x is None or self._sites[fit.at] > 1:
            return
        found = [sides for test in self._tests(fit) if (sides := self._both(x, test)) is not None]
        if all(any(self._is_late(sides, cut) for cut in sides.cuts) for sides in found):
            yield from found

    def _tests(self, fit: Call) -> Iterator[Pair]:
        later = [one.number for one in self._lineage.calls if one.owner == fit.owner and one.kind is Kind.FIT]
        until = min((number for number in later if number > fit.number), default=None)
        for call in self._lineage.calls:
            pair = self._pairs.get((call.number, Role.X))
            if pair is None or call.owner != fit.owner or call.kind is not Kind.APPLY:
                continue
            of_this = call.number > fit.number and (until is None or call.number < until)
            if of_this and call.what.rpartition(".")[2] in JUDGES:
                yield pair

    def _both(self, fit: Pair, test: Pair) -> _Sides | None:
        a, b = fit.one.numbers, test.one.numbers
        if a is None or b is None or share_within(b, a) > 0.5:
            return None
        train = self._moved[fit.call.number, Role.X]
        tested: dict[np.datetime64, np.ndarray[Any, Any]] = {}
        for cut, moved in self._moved[test.call.number, Role.X].items():
            known = self._after(test, cut)
            after = moved if known is None else known
            if cut in train and after is not None:
                tested[cut] = after
        labels = self._moved.get((fit.call.number, Role.Y), {})
        return _Sides(
            fit=fit, test=test, cuts=tuple(sorted(tested)), train=train, labels=labels, tested=tested
        )

    def _after(self, test: Pair, cut: np.datetime64) -> np.ndarray[Any, Any] | None:
        rows = test.one.rows
        return None if rows is None else np.asarray(self._lineage.dates[rows.sessions] > cut)

    def _is_late(self, sides: _Sides, cut: np.datetime64) -> bool:
        """Whether the fit depends on data after ``cut``, and many of the tested rows do not."""
        train, tested = sides.train[cut], sides.tested[cut]
        if train is not None and train.sum() < max(_FEW, 0.02 * len(train)):
            return False
        return bool((~tested).sum() >= max(2 * _FEW, _UNTOUCHED * len(tested)))

    def _in_both(self, sides: _Sides, a: np.datetime64, b: np.datetime64) -> int:
        """How many rows of the fit, or labels of its rows, are made of data between two cuts, where those are not a few beside the
        tested ones. A label of an honest row ends before the tested rows begin, or begins after they end."""
        tested = int((sides.tested[a] & ~sides.tested[b]).sum())
        counts = [
            int((first & ~second).sum())
            for moved in (sides.train, sides.labels)
            if (first := moved.get(a)) is not None and (second := moved.get(b)) is not None
        ]
        count = max(counts, default=0)
        return count if count >= max(2 * _FEW, 0.05 * tested) else 0


def rows_between(
    inputs: Mapping[str, Any], dated: Mapping[str, Keys], sessions: np.ndarray[Any, Any]
) -> RowsBetween:
    """Counts sessions, rows of the dated inputs, and values of those that have a column a name."""

    def count(after: np.datetime64, until: np.datetime64) -> tuple[int, ...]:
        found = {int(((sessions > after) & (sessions <= until)).sum())}
        for name, keys in dated.items():
            rows = int(((keys.dates > after) & (keys.dates <= until)).sum())
            found |= {rows, rows * (inputs[name].shape[1] - 1)} if keys.names is None else {rows}
        return tuple(sorted(found))

    return count


def _begins(moved: Moved) -> int | None:
    """Where rows begin to be others, if all before are the same and all after are not; None where it is otherwise."""
    if moved is None or not moved.any() or moved.all():
        return None
    first = int(np.argmax(moved))
    return first if moved[first:].mean() > 0.95 else None


def _is_continuous(pair: Pair) -> bool:
    y = pair.one.numbers
    return y is not None and len(np.unique(y)) > _CONTINUOUS * len(y)


def _day(cut: np.datetime64) -> str:
    return str(cut)[:10]
