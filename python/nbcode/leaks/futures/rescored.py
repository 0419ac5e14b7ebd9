"""What is scored of a run against the same cells on another future: predictions, the tables of figures, the signal. Of a session up to
the cut none of them may be another, but for labels that reach over it: what was chosen by the rows that are scored is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from nbcode.leaks.futures.compare import MANY, share_of
from nbcode.leaks.futures.reported import Reported
from nbcode.leaks.futures.unlike import is_combination, is_label, is_same_order, unlike
from nbcode.leaks.lineage import NAME, Call, Change, Future, Kind, Lineage, Role, Rows, Scored
from nbcode.primitives import Diagnostic, Place, Severity, dataclass

_FEWEST = 3
_LEAST = 0.005  # of the values have to be others
_FEW = 0.05
LOOKS_AHEAD = "looks ahead, by"
"""In what is told of a signal that is another on the last sessions before a cut alone."""
_SOON = 5  # sessions before the cut
_AHEAD = 66  # sessions: what looks ahead by more looks at all of them
_CHOOSE = "choose by rows between the training and the tested ones, and score the tested rows once"
_EARLIER = (
    "choose parameters, names and weights by sessions before those that are reported: table.loc[:begin]"
)
_ALL = "score every session on which there is a prediction; where a day is left out, say so beside the figure of all days"

Key = tuple[object, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Values:
    """Rows that two runs have both, up to the cut: their ``sessions`` (places in the calendar), which ``rows`` of the first run they are, and
    what each run has of them."""

    sessions: np.ndarray[Any, Any]
    rows: np.ndarray[Any, Any]
    one: np.ndarray[Any, Any]
    other: np.ndarray[Any, Any]

    def where(self, rows: np.ndarray[Any, Any]) -> Values:
        """A part of them."""
        return Values(
            sessions=self.sessions[rows], rows=self.rows[rows], one=self.one[rows], other=self.other[rows]
        )


class Rescored:
    """Compares ``first`` and ``second`` at ``future``. ``sessions`` is the calendar, ``horizon`` what labels may reach ahead, ``reported`` the rows
    that figures are reported for."""

    def __init__(
        self,
        first: Lineage,
        second: Lineage,
        future: Future,
        *,
        sessions: np.ndarray[Any, Any],
        horizon: int,
        reported: Reported,
    ) -> None:
        self._first, self._second, self._reported = first, second, reported
        self._future, self._sessions = future, sessions
        self._at = int(np.searchsorted(sessions, future.cut))
        self._begin = reported.begin
        self._allowed = horizon + 1
        self._place = np.append(np.searchsorted(sessions, first.dates), -1)
        days = first.dates.astype("datetime64[D]")
        self._has_hours = len(np.unique(sessions.astype("datetime64[D]"))) < len(sessions)
        self._midnight = np.append(days == first.dates, False)
        self._last_of_day = np.append(np.searchsorted(sessions, days + np.timedelta64(1, "D")) - 1, -1)

    @property
    def compares(self) -> bool:
        """Whether a figure or the signal came in both."""
        return bool(self._first.bests and self._second.figures) or bool(
            {one.key for one in self._first.scored} & {one.key for one in self._second.scored}
        )

    def found(self) -> Iterator[tuple[Key, Diagnostic]]:
        """What is another up to the cut and may not be, by what it is of."""
        if self._future.change is Change.LEAVING:
            yield from self._signals()
            return
        yield from self._settings()
        yield from self._predictions()
        yield from self._figures()
        yield from self._bests()

    # -- fits and what they predict

    @cached_property
    def _then(self) -> dict[Key, Call]:
        return {(call.at, call.time): call for call in self._second.calls}

    def _settings(self) -> Iterator[tuple[Key, Diagnostic]]:
        """Fits on rows before the cut that are made with other settings, or of another kind, and predict rows before it."""
        for fit, applied in self._reported.applied:
            then = self._then.get((fit.at, fit.time))
            if then is None or (then.settings, then.what) == (fit.settings, fit.what):
                continue
            if self._is_before(fit) and self._is_before(then) and len(self._within(applied)):
                one, other = fit.what.partition(".")[0], then.what.partition(".")[0]
                which = f"{other} in place of {one}" if one != other else f"{one} with other settings"
                yield (
                    ("settings", fit.at, fit.time),
                    self._told(
                        "E30",
                        fit.place,
                        f"which model is fitted was chosen by rows that it is tested on: it is {which} when only data after "
                        f"{self._future.day} changes",
                        f"its training rows end before, and it is tested from {self._day(self._begin)} on",
                        _CHOOSE,
                    ),
                )

    def _predictions(self) -> Iterator[tuple[Key, Diagnostic]]:
        fits, again = self._reported.fit_of, Reported.fits_of(self._second)
        for call in self._first.calls:
            then = self._then.get((call.at, call.time))
            if call.gave is None or then is None or then.gave is None:
                continue
            one, other = fits.get(call.number), again.get(then.number)
            if one is None or other is None or not (self._is_before(one) and self._is_before(other)):
                continue
            if not self._prepared(self._first, call) or not self._prepared(self._second, then):
                continue
            values = self._values(_x(call), call.gave, _x(then), then.gave)
            apart = None if values is None else unlike(values.one, values.other)
            if (
                values is None
                or apart is None
                or not _enough(apart)
                or is_same_order(values.one, values.other)
            ):
                continue
            count = self._reported.variants(call)
            yield (
                ("gave", call.at, call.time),
                self._told(
                    "E30",
                    call.place,
                    f"what {call.what} gives for tested rows was chosen by tested rows: {apart.mean():.0%} of {len(apart):,} values from "
                    f"{self._day(values.sessions.min())} to {self._day(values.sessions.max())} are others when only data after "
                    f"{self._future.day} changes",
                    "the training rows end before; the model, its settings or a threshold is the best one of the rows that are reported"
                    + (f", of {count} that were scored on them" if count > 1 else ""),
                    _CHOOSE,
                ),
            )

    def _is_before(self, fit: Call) -> bool:
        """Whether all that a fit learnt from, labels too, was before the cut."""
        last = self._end(fit)
        return last is not None and last <= self._at - self._allowed

    def _end(self, call: Call) -> int | None:
        rows = call.rows_of(Role.X)
        if rows is None:
            return None
        known = self._place[rows.sessions]
        return int(known.max()) if len(known) and known.min() >= 0 else None

    def _prepared(self, lineage: Lineage, call: Call) -> bool:
        """Whether what prepared its rows was fitted before the cut, or after it alone."""
        for one in lineage.calls:
            rows = one.rows_of(Role.X)
            if one.kind is not Kind.FIT or not one.transforms or one.number > call.number or rows is None:
                continue
            known = self._place[rows.sessions]
            if len(known) and known.min() <= self._at and known.max() > self._at - self._allowed:
                return False
        return True

    def _within(self, rows: Rows) -> np.ndarray[Any, Any]:
        at = self._places(rows)
        return np.flatnonzero((at >= self._begin) & (at <= self._at))

    def _places(self, rows: Rows) -> np.ndarray[Any, Any]:
        """Where rows stand in the calendar; rows of days, beside bars of hours, at the last bar of theirs: a day has to be over."""
        if self._has_hours and (self._midnight[rows.sessions] | (rows.sessions < 0)).all():
            return np.asarray(self._last_of_day[rows.sessions])
        return np.asarray(self._place[rows.sessions])

    # -- figures

    def _figures(self) -> Iterator[tuple[Key, Diagnostic]]:
        again = {one.key: one for one in self._second.scored}
        for one in self._first.scored:
            other = again.get(one.key)
            if other is None or self._straddled(self._first, one) or self._straddled(self._second, other):
                continue
            told = self._membership(one, other) or self._figure(one, other)
            if told is not None:
                yield one.key, told

    def _signals(self) -> Iterator[tuple[Key, Diagnostic]]:
        """Names of the signal that come or go with what leaves later."""
        again = {one.key: one for one in self._second.scored if one.is_signal}
        for one in self._first.scored:
            told = self._names(one, again[one.key]) if one.key in again else None
            if told is not None:
                yield one.key, told

    def _straddled(self, lineage: Lineage, one: Scored) -> bool:
        """Whether a model may have predicted rows before the cut that had learnt from rows after it: folds, or values that are fitted in
        sample. They are honest, and what is computed of them is another."""
        fits = Reported.fits_of(lineage)
        uses: dict[int, list[Rows | None]] = {}
        for call in lineage.calls:
            fit = fits.get(call.number)
            if fit is not None:
                uses.setdefault(fit.number, []).append(call.rows_of(Role.X))
        for fit in lineage.calls:
            if fit.number > one.after or fit.transforms or fit.kind not in {Kind.FIT, Kind.VALIDATE}:
                continue
            rows, used = fit.rows_of(Role.X), uses.get(fit.number)
            if used is None and one.is_signal and fit.kind is Kind.FIT:
                continue  # what was estimated in sample makes no honest signal
            if rows is None:
                if any(given.size >= _FEWEST for given in fit.of(Role.X)):
                    return True
                continue
            at = self._place[rows.sessions]
            if not len(at) or at.max() <= self._at - self._allowed or at.min() > self._at:
                continue
            if used is None or any(r is None or len(self._within(r)) for r in used):
                return True
        return False

    def _membership(self, one: Scored, other: Scored) -> Diagnostic | None:
        """Sessions of a series of figures that come or go."""
        if one.is_signal:
            return self._names(one, other) or self._held(one, other)
        if one.paired:
            return self._rows_chosen(one, other)
        return self._left_out(one, other) or self._sessions_chosen(one, other)

    def _sessions_chosen(self, one: Scored, other: Scored) -> Diagnostic | None:
        """Sessions that come or go, of a series that no other figure has all sessions of."""
        last = self._at - self._allowed
        a, b = (np.unique(self._place[s.rows.sessions]) for s in (one, other))
        a, b = (at[(at >= self._begin) & (at <= last)] for at in (a, b))
        both = np.union1d(a, b)
        moved = np.setdiff1d(np.setxor1d(a, b), both[-1:])
        if not len(moved) or len(moved) < 0.01 * len(both):
            return None
        if any(
            not s.paired and s is not one and np.isin(both, self._place[s.rows.sessions]).all()
            for s in self._first.scored
        ):
            return None  # the figure of all sessions is there too
        return self._told(
            "E23",
            one.place,
            f"which sessions {one.text or one.what} is computed of is chosen by the future: {len(moved):,} of {len(both):,} up to "
            f"{self._day(last)} come or go when only later data does",
            f"the first is {self._day(int(moved[0]))}",
            _ALL,
        )

    def _left_out(self, one: Scored, other: Scored) -> Diagnostic | None:
        """Rows whose outcome lies behind the cut that come or go with it, from every figure: an average gain and an average loss have
        them all."""
        last = self._at - self._allowed
        a, b = (self._parted(rows, last)[1] for rows in (one.rows, other.rows))
        moved, both = np.intersect1d(np.setxor1d(a, b), self._come_or_go), np.union1d(a, b)
        if len(moved) < max(_FEWEST, _LEAST * len(both)):
            return None
        return self._told(
            "E23",
            one.place,
            f"which rows {one.text or one.what} is computed of is chosen by what became of them: {len(moved):,} of {len(both):,} from "
            f"{self._day(last + 1)} to {self._day(self._at)} come or go when only later data does",
            f"{self._row(int(moved[0]))}, for one, is there or not by its own outcome",
            "score every row on which there is a prediction; drop rows by their label from training rows alone",
        )

    @cached_property
    def _come_or_go(self) -> np.ndarray[Any, Any]:
        """Rows that some figure is computed of in one of the runs, and none in the other."""
        first, second = (
            np.unique(np.concatenate([one.rows.ids for one in lineage.scored if not one.is_signal]))
            for lineage in (self._first, self._second)
        )
        return np.setxor1d(first, second)

    def _rows_chosen(self, one: Scored, other: Scored) -> Diagnostic | None:
        """Rows that are measured and come or go: by name, or by what became of them. That is another within the horizon of the cut, so that
        rows come and go there; before it another level of a threshold lets them either come or go, as it does everywhere where rows are
        chosen by their prediction. Nothing is told where all rows are measured too."""
        if one.rows.names is None or other.rows.names is None:
            return None
        last = self._at - self._allowed
        (a, late_a), (b, late_b) = (self._parted(rows, last) for rows in (one.rows, other.rows))
        moved, both = np.setxor1d(a, b), np.union1d(a, b)
        if len(moved) < _FEWEST or len(moved) < _LEAST * len(both):
            return None
        if any(s.paired and s is not one and np.isin(both, s.rows.ids).all() for s in self._first.scored):
            return None
        names = [self._first.names[code - 1] for code in np.setxor1d(a & NAME, b & NAME).tolist() if code]
        if not names and not (_one_way(a, b) and not _one_way(late_a, late_b)):
            return None
        what = f"by names: {', '.join(names[:3])}" if names else "by what became of them"
        return self._told(
            "E23",
            one.place,
            f"which rows {one.text or one.what} is computed of is chosen by the future: {len(moved):,} of {len(both):,} up to "
            f"{self._day(last)} come or go when only later data does, {what}",
            "rows on which a model did badly are known afterwards",
            "score every row on which there is a prediction; where rows are left out, say so beside the figure of all",
        )

    def _parted(self, rows: Rows, last: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Numbers of the rows up to a session, and of those after it up to the cut."""
        within = self._within(rows)
        early = self._place[rows.sessions[within]] <= last
        ids = rows.ids[within]
        return ids[early], ids[~early]

    def _names(self, one: Scored, other: Scored) -> Diagnostic | None:
        """Names that the signal has values of, and that come or go."""
        if one.rows.names is None or other.rows.names is None:
            return None
        a, b = (
            np.unique(rows.names[self._within(rows)])
            for rows in (one.rows, other.rows)
            if rows.names is not None
        )
        moved = [self._first.names[code] for code in np.setxor1d(a, b) if code >= 0]
        if not moved:
            return None
        return self._told(
            "E23",
            one.place,
            f"the signal {one.text} holds names that were chosen by their future: {len(moved)} come or go when only data after "
            f"{self._future.day} changes",
            f"{', '.join(moved[:3])}{', ...' if len(moved) > 3 else ''} on sessions before",
            _EARLIER,
        )

    def _held(self, one: Scored, other: Scored) -> Diagnostic | None:
        """Rows of the signal that come or go."""
        a, b = (rows.ids[self._within(rows)] for rows in (one.rows, other.rows))
        moved, both = np.setxor1d(a, b), np.union1d(a, b)
        if not len(moved):
            return None
        return self._told(
            "E23",
            one.place,
            f"which rows the signal {one.text} has is chosen by the future: {len(moved):,} of {len(both):,} come or go when only data after "
            f"{self._future.moment} changes",
            f"{self._row(int(moved[0]))}, for one: a row stands on a session on which it was not yet known, or is left out by what became of it",
            "date each row by the session after it was known, and leave out none by what came later",
        )

    def _row(self, number: int) -> str:
        """A row by its name and its day."""
        day, name = str(self._first.dates[number >> 24])[:10], (number & NAME) - 1
        return f"{self._first.names[name]} on {day}" if name >= 0 else day

    def _figure(self, one: Scored, other: Scored) -> Diagnostic | None:
        values = self._values(one.rows, one.numbers, other.rows, other.numbers)
        if values is None:
            return None
        early = values.where(values.sessions <= self._at - (0 if one.is_signal else self._allowed))
        if len(early.sessions) < 10:
            return None
        apart = unlike(early.one, early.other)
        if one.is_signal and apart.any() and early.sessions[apart].min() > self._at - _SOON - self._allowed:
            return self._other_values(
                one, early, apart
            )  # no label is in a signal, and nothing else need be after its session
        if not _enough(apart) or is_same_order(early.one, early.other):
            return None
        if one.paired:
            late = values.where(values.sessions > self._at - self._allowed)
            if is_label((early.one, early.other), (late.one, late.other)):
                return None
        elif not one.is_signal:
            if apart.mean() < _FEW:
                return None
            if one.beside is not None and is_combination(early.one, early.other, one.beside[early.rows]):
                return None
        return self._other_values(one, early, apart)

    def _other_values(self, one: Scored, early: Values, apart: np.ndarray[Any, Any]) -> Diagnostic:
        days, known = np.unique(early.sessions[apart]), np.unique(early.sessions)
        since = int((known >= days[0]).sum())
        soon = self._at - days[0] < _AHEAD and since < len(known) - since and len(days) >= MANY * since
        if one.is_signal and soon:
            return self._looks_ahead(one, int(self._at - days[0]) + 1, days)
        what = (
            f"the signal {one.text} knows the future"
            if one.is_signal
            else f"{one.text or one.what} was chosen by what it reports"
        )
        return self._told(
            "E23" if one.is_signal else "E30",
            one.place,
            f"{what}: {share_of(apart)} of {'its values' if one.is_signal else 'the values it is computed of'} from {self._day(days[0])} to "
            f"{self._day(days[-1])} ({len(days):,} sessions) are others when only data after {self._future.day} changes",
            "parameters, weights, names or a threshold were estimated on sessions that came after: the best one of all days was not known "
            "on any of them",
            _EARLIER if one.is_signal else _CHOOSE,
        )

    def _looks_ahead(self, one: Scored, sessions: int, days: np.ndarray[Any, Any]) -> Diagnostic:
        """Of a signal that is another on the last sessions before the cut alone."""
        ahead = "a session" if sessions == 1 else f"{sessions} sessions"
        return self._told(
            "E23",
            one.place,
            f"the signal {one.text} {LOOKS_AHEAD} {ahead} or more: from {self._day(days[0])} to {self._day(days[-1])} it is another when only "
            f"data after {self._future.day} changes",
            "what is known when a session ends does not change by what comes after it",
            "compute each row from its own session and earlier ones: shift(1), rolling windows that end at the row, joins by the day on which "
            "a number was known",
        )

    def _bests(self) -> Iterator[tuple[Key, Diagnostic]]:
        """Figures that are the best of several in both, and not the same one."""
        again = {(one.figure, one.held): one for one in self._second.bests}
        for one in self._first.bests:
            other = again.get((one.figure, one.held))
            if other is not None and other.which != one.which:
                yield (
                    ("best", one.figure, one.held),
                    self._told(
                        "E30",
                        one.place,
                        f"the figure {one.figure} is the best of {one.count} in `{one.held}`, chosen by the rows that it is computed of: another one "
                        f"is reported when only data after {self._future.day} changes",
                        "the best of several on some rows is better there than anywhere else",
                        _CHOOSE,
                    ),
                )

    # -- rows in common

    def _values(
        self, rows: Rows | None, one: np.ndarray[Any, Any], then: Rows | None, other: np.ndarray[Any, Any]
    ) -> Values | None:
        """The values of rows that both have, from the first reported session to the cut."""
        if rows is None or then is None or one.shape[1:] != other.shape[1:]:
            return None
        if len(rows) != len(one) or len(then) != len(other):
            return None
        i, j = self._within(rows), self._within(then)
        a, b = rows.ids[i], then.ids[j]
        if not np.array_equal(a, b):
            if len(np.unique(a)) != len(a) or len(np.unique(b)) != len(b):
                return None
            _, x, y = np.intersect1d(a, b, return_indices=True)
            i, j = i[x], j[y]
        if not len(i):
            return None
        return Values(sessions=self._places(rows)[i], rows=i, one=one[i], other=other[j])

    def _day(self, place: Any) -> str:
        return str(self._sessions[min(int(place), len(self._sessions) - 1)])[:10]

    def _told(self, code: str, place: Place, message: str, cause: str, fix: str) -> Diagnostic:
        return Diagnostic(
            code=f"NBC-{code}",
            severity=Severity.WARNING,
            message=message,
            cause=cause,
            fixes=(fix,),
            place=place,
        )


def _one_way(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    return not len(np.setdiff1d(a, b)) or not len(np.setdiff1d(b, a))


def _x(call: Call) -> Rows | None:
    return call.rows_of(Role.X)


def _enough(apart: np.ndarray[Any, Any]) -> bool:
    return bool(apart.sum() >= _FEWEST and apart.mean() >= _LEAST)
