"""What the calls of a run say of leaks, as facts: rows that are trained on and tested, labels that reach into test rows, splits that
mix time, choices made on test rows, transformers fitted on them, and targets that stand among the features."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from nbcode.leaks.findings.inner_folds import of_training_rows
from nbcode.leaks.lineage import UNKNOWN, Call, Doubt, Kind, Lineage, Role, Rows, column_of_target
from nbcode.leaks.recording import FORETELLS
from nbcode.primitives import Diagnostic, Related, Severity, dataclass

JUDGES = ("predict", "predict_proba", "predict_log_proba", "decision_function", "score")
_FEW = 20
_OVERLAP = 0.25
_WHOLE = 0.98


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Tested:
    """Rows that a fitted model was applied to: ``fit`` is the call that it learnt in, ``call`` that of ``predict`` or ``score``."""

    fit: Call
    call: Call
    trained: Rows
    tested: Rows
    shared: int


class Facts:
    """The facts of ``lineage``. ``sessions`` is the calendar (datetime64, ascending), ``horizon`` how many of its sessions a label
    reaches ahead."""

    def __init__(self, lineage: Lineage, sessions: np.ndarray, horizon: int) -> None:
        self._lineage, self._horizon = lineage, max(1, horizon)
        dates = lineage.dates
        rows = [one.rows.sessions for call in lineage.calls for one in call.arguments if one.rows is not None]
        used = np.unique(np.concatenate([np.zeros(0, dtype=np.int32), *rows]))
        used = used if len(sessions) else np.arange(len(dates))
        self._every = np.unique(np.concatenate([sessions.astype("datetime64[ns]"), dates[used[used >= 0]]]))
        self._position = np.append(np.searchsorted(self._every, dates), UNKNOWN)
        self.doubts: list[Doubt] = []  # facts that another future may refute
        self.notes: list[Diagnostic] = []  # what is no leak, and is to be known
        if len(sessions):
            lineage.calendar = self._every  # in which the report counts too

    def found(self) -> tuple[Diagnostic, ...]:
        """All facts that are leaks, in the order of the notebook, one a kind and place."""
        told: dict[tuple[str, object], Diagnostic] = {}
        ways = (
            self._trained_on,
            self._near,
            self._splits,
            self._out_of_bag,
            self._searched,
            self._stopped_early,
        )
        more = (self._chosen, self._fitted_on_test, self._target_in_features)
        for way in (*ways, *more):
            for one in way():
                told.setdefault((one.code, one.place), one)
        return tuple(told.values())

    @cached_property
    def tests(self) -> tuple[Tested, ...]:
        """Every application of a fitted model to rows that are known, with the fit before it."""
        learnt: dict[int, list[Call]] = {}
        found: list[Tested] = []
        for call in sorted(self._lineage.calls, key=lambda one: one.number):
            if call.owner == UNKNOWN or call.transforms:
                continue
            if call.kind is Kind.FIT:
                more = call.what.endswith(".partial_fit")
                learnt[call.owner] = [*(learnt.get(call.owner, ()) if more else ()), call]
            fits = learnt.get(call.owner)
            if call.kind is not Kind.APPLY or call.what.rpartition(".")[2] not in JUDGES or not fits:
                continue
            trained, tested = _together([one.rows_of(Role.X) for one in fits]), call.rows_of(Role.X)
            if trained is None or tested is None or not len(tested):
                continue
            shared = int(np.isin(_ids(tested, trained), _ids(trained, tested)).sum())
            found.append(Tested(fit=fits[-1], call=call, trained=trained, tested=tested, shared=shared))
        return tuple(found)

    @cached_property
    def judged(self) -> tuple[Tested, ...]:
        """Those of rows that the model had not learnt from."""
        return tuple(one for one in self.tests if one.shared == 0)

    def positions(self, rows: Rows) -> np.ndarray:
        """The sessions of ``rows`` as places in the calendar, ascending, once each; what is not known is left out."""
        at = np.unique(self._position[rows.sessions])
        return at[at >= 0]

    def date(self, position: int) -> str:
        """The day at a place of the calendar."""
        return str(self._every[position])[:10]

    # -- rows that were trained on

    def _trained_on(self) -> Iterator[Diagnostic]:
        outside = {one.fit.owner for one in self.judged}
        outside |= {one.owner for one in self._lineage.calls if one.what.rpartition(".")[2] in FORETELLS}
        outside |= {one.fit.owner for one in self.tests if self._goes_on(one)}
        moving = self._moving_windows()
        days: dict[int, list[np.ndarray]] = {}
        for one in self.tests:
            if one.fit.owner in outside or not (one.shared == len(one.tested) or self._overlap(one)):
                continue
            if one.fit.at in moving:
                continue
            known = np.isin(_ids(one.tested, one.trained), _ids(one.trained, one.tested))
            days.setdefault(one.fit.owner, []).append(self.positions(one.tested[known]))
            sessions = np.unique(np.concatenate(days[one.fit.owner]))
            part = one.shared < len(one.trained)
            if len(sessions) < 2 or (not part and outside):
                continue
            yield told(
                "E26",
                one.fit,
                f"{one.call.what} is given rows that the model was fitted on: {one.shared:,} of {len(one.tested):,}, "
                f"on {len(sessions):,} sessions from {self.date(sessions[0])} to {self.date(sessions[-1])}",
                "what is measured on rows that were learnt from is memory, and it is never tested on others",
                "fit on the rows before the tested ones: m.fit(train[columns], train[target])",
                tested=one.call,
            )

    def _moving_windows(self) -> set[tuple[str, int, int]]:
        """Where fits are made that are asked for their own rows, and every next one ends later: a hedge or a trend of each window, whose last
        value is known when the window ends."""
        ends: dict[tuple[str, int, int], list[int]] = {}
        for one in self.tests:
            last = self.positions(one.tested)[-1:]
            same = one.shared == len(one.tested) == len(one.trained)
            ends.setdefault(one.fit.at, []).extend(last if same else [UNKNOWN])
        return {at for at, some in ends.items() if len(some) >= _FEW and (np.diff([0, *some]) > 0).all()}

    def _overlap(self, one: Tested) -> bool:
        """Whether tested rows are in part trained ones. A whole table that holds all trained rows is no test, nor are a few rows
        before the tested ones, which a model of sequences begins with."""
        if one.shared < _OVERLAP * len(one.tested):
            return False
        inside = np.isin(_ids(one.trained, one.tested), _ids(one.tested, one.trained)).mean()
        return bool(inside < _WHOLE and len(self.positions(one.tested)) > 1)

    def _goes_on(self, one: Tested) -> bool:
        """Whether a table is predicted that goes on after the trained rows, of which its later part may be what is measured."""
        later = self.positions(one.tested) > self.positions(one.trained)[-1:].max(initial=UNKNOWN)
        return one.shared == len(one.trained) and int(later.sum()) >= _FEW

    # -- labels that reach into test rows

    def _near(self) -> Iterator[Diagnostic]:
        for one in self.judged:
            yield from self._between(
                one.fit, self.positions(one.trained), self.positions(one.tested), one.call
            )
        for call in self._lineage.calls:
            train, test = call.rows_of(Role.TRAIN), call.rows_of(Role.TEST)
            if train is not None and test is not None and not self._kept_apart(train, test):
                yield from self._between(call, self.positions(train), self.positions(test), None)

    def _kept_apart(self, train: Rows, test: Rows) -> bool:
        """Whether a split's parts are learnt from and tested only in part, and what is leaves the horizon free."""
        used = [one for one in self.judged if _within(one.trained, train) and _within(one.tested, test)]
        apart = [not self.near(self.positions(one.trained), self.positions(one.tested)) for one in used]
        return (bool(apart) and all(apart)) or self._validates(train, test)

    def _validates(self, train: Rows, test: Rows) -> bool:
        """Whether the second part stops a model of the first, or chooses among them, and they are tested on rows a horizon after both."""
        last = max([*self.positions(train)[-1:], *self.positions(test)[-1:]], default=UNKNOWN)
        begins = [self.positions(one.tested)[:1] for one in self.judged if _within(one.trained, train)]
        return bool(begins) and all(len(at) and at[0] >= last + self._horizon for at in begins)

    def _between(
        self, at: Call, train: np.ndarray, test: np.ndarray, tested: Call | None
    ) -> Iterator[Diagnostic]:
        near = self.near(train, test)
        if not near or len(np.union1d(train, test)) == 1:  # one session has no time to mix
            return
        where = "" if tested is None or tested.place == at.place else f" ({tested.what})"
        if (train > test[0]).any() or np.isin(train, test).any():
            both = int(np.isin(test, train).sum())
            yield told(
                "E28",
                at,
                f"rows that are tested{where} lie between rows that are trained on: {near:,} of {len(train):,} training sessions are less "
                f"than the horizon of {self._horizon} from a tested one"
                + (f", {both:,} are both" if both else ""),
                "labels of neighbouring sessions share prices, so what is tested is known from both sides",
                f"split by date, and leave {self._horizon} sessions free between training and tested rows: "
                f'train = table[table["date"] < dates[k - {self._horizon}]]; test = table[table["date"] >= dates[k]]',
                tested=tested,
            )
        else:
            gap = int(test[0] - train[-1])
            reached = told(
                "E27",
                at,
                f"labels of {near:,} training sessions reach into the tested rows{where}: these begin {_sessions(gap)} after the last "
                f"training session, {self.date(train[-1])}, and the horizon is {self._horizon}",
                "a label of a training row is made of prices of tested sessions",
                f"end the training rows {self._horizon} sessions before the first tested one: "
                f'train = table[table["date"] < dates[k - {self._horizon}]]; test = table[table["date"] >= dates[k]]',
                tested=tested,
            )
            if at.kind is Kind.FIT:
                last, first = self._every[[train[-1], test[0] - 1]]
                self.doubts.append(Doubt(fact=reached, call=at, role=Role.Y, cut=first, moves_at=last))
            yield reached

    def near(self, train: np.ndarray, test: np.ndarray) -> int:
        """How many of the sessions ``train`` are less than the horizon from one of ``test``."""
        if not len(train) or not len(test):
            return 0
        after = np.searchsorted(test, train)
        ahead = np.abs(test[np.minimum(after, len(test) - 1)] - train)
        behind = np.abs(test[np.maximum(after - 1, 0)] - train)
        return int((np.minimum(ahead, behind) < self._horizon).sum())

    def _splits(self) -> Iterator[Diagnostic]:
        inner = {c.number for c in self._lineage.calls if c.transforms}  # an encoder's own folds test nothing
        for call in self._lineage.calls:
            rows = call.rows_of(Role.X)
            if call.kind is not Kind.SPLIT or not call.folds or rows is None or call.within in inner:
                continue
            worst: tuple[int, np.ndarray, np.ndarray] | None = None
            for train, test in call.folds:
                if not len(train) or not len(test) or max(train.max(), test.max()) >= len(rows):
                    continue
                a, b = self.positions(rows[train]), self.positions(rows[test])
                near = self.near(a, b)
                if near and (worst is None or near > worst[0]):
                    if call.within == UNKNOWN and self._kept_apart(rows[train], rows[test]):
                        continue
                    worst = near, a, b
            if worst is None:
                continue
            near, a, b = worst
            firsts = ((o.fit.number, self.positions(o.tested)[:1].tolist()) for o in self.judged)
            begins = [(number, at[0] - self._horizon if at else UNKNOWN) for number, at in firsts]
            noted = of_training_rows(
                self._lineage, call, divided=self.positions(rows), begins=begins, near=near, sessions=len(a)
            )
            if noted is not None:
                self.notes.extend(noted)
                continue
            a_session = len(rows) / max(1, len(self.positions(rows)))
            if call.counts_rows and a_session >= 2:
                yield self._counts_rows(call, near, a_session, int(b[0] - a[-1]))
            else:
                yield from (
                    replace(one, message=f"{call.what}: {one.message}")
                    for one in self._between(call, a, b, None)
                )

    def _counts_rows(self, call: Call, near: int, a_session: float, gap: int) -> Diagnostic:
        needed = int(np.ceil(self._horizon * a_session))
        return told(
            "E29",
            call,
            f"{call.what} counts rows, and a session has {a_session:.0f} of them: its test rows begin {_sessions(gap)} after the training "
            f"rows end, and labels of {near:,} training sessions reach into them",
            f"`gap` is a number of rows; the horizon of {self._horizon} sessions is {needed:,} of them",
            f"write gap={needed} on rows in the order of their dates, or split the dates: "
            f"for a, b in TimeSeriesSplit(5, gap={self._horizon}).split(dates)",
            tested=None,
        )

    def _out_of_bag(self) -> Iterator[Diagnostic]:
        for call in self._lineage.calls:
            rows = call.rows_of(Role.X)
            if (
                call.kind is Kind.FIT
                and call.out_of_bag
                and rows is not None
                and len(self.positions(rows)) > 2
            ):
                yield told(
                    "E28",
                    call,
                    f"{call.what}(oob_score=True) is tested on rows between its training rows: rows are drawn one by one, "
                    f"of {len(self.positions(rows)):,} sessions",
                    "labels of neighbouring sessions share prices, so a row out of the bag is known from rows in it",
                    "leave oob_score out, and test on later sessions: m.predict(test[columns])",
                    tested=None,
                )

    # -- choices on test rows

    def _searched(self) -> Iterator[Diagnostic]:
        for search in self._lineage.calls:
            rows = search.rows_of(Role.X)
            if search.kind is not Kind.FIT or not search.searches or rows is None:
                continue
            for one in self.judged:
                if one.fit.owner != search.owner and search.number < one.call.number:
                    both = shared_sessions(self, rows, one.tested)
                    if both:
                        yield self._choice(
                            search, one, f"{search.what} chooses on rows that are tested later", both
                        )
                        break

    def _stopped_early(self) -> Iterator[Diagnostic]:
        for one in self.judged:
            if not one.fit.stops_early or self._learnt_later(one):
                continue
            for argument in one.fit.of(Role.EVALUATION):
                if argument.rows is None:
                    continue
                known = np.isin(_ids(one.tested, argument.rows), _ids(argument.rows, one.tested))
                others = [
                    o
                    for o in self.judged
                    if o.fit is one.fit
                    and o.call is not one.call
                    and not np.isin(_ids(o.tested, argument.rows), _ids(argument.rows, o.tested)).any()
                ]
                if known.any() and not others:
                    both = shared_sessions(self, argument.rows, one.tested)
                    yield self._choice(
                        one.fit,
                        one,
                        f"{one.fit.what} stops early by {argument.text or 'rows'} that are tested",
                        both,
                    )
                    break

    def _learnt_later(self, one: Tested) -> bool:
        """Whether the tested rows were a validation part: another model, which is tested on others, learns from them afterwards."""
        return any(
            after.fit.number > one.call.number
            and after.fit.owner != one.fit.owner
            and _within(one.tested, after.trained)
            for after in self.judged
        )

    def _choice(self, at: Call, one: Tested, what: str, sessions: int) -> Diagnostic:
        return told(
            "E30",
            at,
            f"{what} ({one.call.what}): {sessions:,} sessions are in both",
            "the best of several on the tested rows is better there than it is anywhere else",
            "choose on the last part of the training rows, and test on rows that had no part in it",
            tested=one.call,
        )

    def _chosen(self) -> Iterator[Diagnostic]:
        """Several settings scored on the same rows, of which one is used on them afterwards."""
        groups: dict[tuple[str, int, int], list[Tested]] = {}
        for one in self.judged:
            kind = one.fit.what.partition(".")[0]
            groups.setdefault((kind, _digest(one.tested), _digest(one.trained)), []).append(one)
        for (kind, _, _), scored in groups.items():
            if len({one.fit.settings for one in scored}) < 2:
                continue
            last = max(one.call.number for one in scored)
            for one in self.judged:
                again = one.call.number > last and one.fit.number > last
                if not again or one.fit.what.partition(".")[0] != kind:
                    continue
                both = shared_sessions(self, scored[0].tested, one.tested)
                if both:
                    count = len({s.fit.settings for s in scored})
                    yield self._choice(
                        scored[0].call,
                        one,
                        f"{count} settings of {kind} are scored on rows that are tested later",
                        both,
                    )
                    break

    # -- transformers

    def _fitted_on_test(self) -> Iterator[Diagnostic]:
        calls = sorted(self._lineage.calls, key=lambda one: one.number)
        for fit in calls:
            rows = fit.rows_of(Role.X)
            if (
                fit.kind is not Kind.FIT
                or not fit.transforms
                or rows is None
                or len(self.positions(rows)) < 2
            ):
                continue
            used = [fit.rows_of(Role.X)] if "transform" in fit.what else []
            used += [
                c.rows_of(Role.X)
                for c in calls
                if c.owner == fit.owner and c.kind is Kind.APPLY and c.number > fit.number
            ]
            one = next((t for t in self.judged if self._feeds(fit, rows, used, t)), None)
            if one is not None:
                both = shared_sessions(self, rows, one.tested)
                learnt = told(
                    "E31",
                    fit,
                    f"{fit.what} learns from rows that are tested later ({one.call.what}): {both:,} sessions are in both",
                    "a tested row is then changed by the rows beside it and after it, which were not known on its day",
                    "fit on training rows only, and apply it to the others: s.fit(train[columns]); s.transform(test[columns])",
                    tested=one.call,
                )
                if shared_sessions(self, rows, one.trained):
                    last = self._every[self.positions(one.trained)[-1]]
                    self.doubts.append(Doubt(fact=learnt, call=one.fit, role=Role.X, cut=last, moves=fit))
                yield learnt

    def _feeds(self, fit: Call, rows: Rows, used: Iterable[Rows | None], one: Tested) -> bool:
        if fit.number > one.call.number or not np.isin(_ids(one.tested, rows), _ids(rows, one.tested)).any():
            return False
        for part in used:
            if part is None:
                continue
            for theirs in (one.tested, one.trained):
                if np.isin(_ids(theirs, part), _ids(part, theirs)).any():
                    return True
        return False

    # -- the target

    def _target_in_features(self) -> Iterator[Diagnostic]:
        for call in self._lineage.calls:
            if call.kind is Kind.APPLY:
                continue
            x, y = next(call.of(Role.X), None), next(call.of(Role.Y), None)
            at = None if x is None or y is None else column_of_target(x, y)
            if x is None or at is None:
                continue
            name = f"`{x.columns[at]}`" if at < len(x.columns) else f"column {at + 1} of {x.text or 'X'}"
            sessions = 0 if x.rows is None else len(self.positions(x.rows))
            yield told(
                "E32",
                call,
                f"the target is among the features: {name} holds the same numbers"
                + (f" on {sessions:,} sessions" if sessions else ""),
                "what is to be foretold is known already: the label is no return still to come, or it was left in the table",
                'write the label ahead of its row, and leave it out of X: by_symbol.shift(-10) / table["close"] - 1',
                tested=None,
            )


def _together(parts: Sequence[Rows | None]) -> Rows | None:
    """Rows of several calls as one, None where those of one are not known."""
    known = [rows for rows in parts if rows is not None]
    if len(known) < len(parts) or len(known) < 2:
        return known[0] if len(known) == len(parts) else None
    names = [rows.names for rows in known if rows.names is not None]
    return Rows(
        sessions=np.concatenate([rows.sessions for rows in known]),
        names=np.concatenate(names) if len(names) == len(known) else None,
        sure=all(rows.sure for rows in known),
    )


def _ids(rows: Rows, other: Rows) -> np.ndarray:
    """Numbers of rows that can be compared with those of ``other``."""
    if rows.names is None or other.names is None:
        return rows.sessions.astype(np.int64)
    ids = rows.ids
    return np.where(rows.sessions < 0, -1 - np.arange(len(ids)), ids) if (rows.sessions < 0).any() else ids


def _within(rows: Rows, whole: Rows) -> bool:
    return bool(np.isin(_ids(rows, whole), _ids(whole, rows)).all())


def _digest(rows: Rows) -> int:
    return hash(np.sort(rows.ids).tobytes())


def shared_sessions(facts: Facts, one: Rows, other: Rows) -> int:
    """How many sessions both have rows of."""
    return int(np.isin(facts.positions(one), facts.positions(other)).sum())


def _sessions(count: int) -> str:
    return "1 session" if count == 1 else f"{count} sessions"


def told(code: str, at: Call, message: str, cause: str, fix: str, *, tested: Call | None) -> Diagnostic:
    """A warning at a call, with the place of what it ``tested``."""
    other = () if tested is None or tested.place == at.place else (tested,)
    related = tuple(Related(message=f"tested here, by {one.what}", place=one.place) for one in other)
    return Diagnostic(
        code=f"NBC-{code}",
        severity=Severity.WARNING,
        message=message,
        cause=cause,
        fixes=(fix,),
        place=at.place,
        related=related,
    )
