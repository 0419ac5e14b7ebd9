"""The looks at other futures, one after another, and what they come to together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from nbcode.leaks.findings import Settled
from nbcode.leaks.futures.again import Again
from nbcode.leaks.futures.alike import scored_alike
from nbcode.leaks.futures.blind import Blind, rows_between
from nbcode.leaks.futures.compare import (
    Comparison,
    Pair,
    different,
    differs,
    is_the_same,
    pairs,
    same_rows,
    same_until,
)
from nbcode.leaks.futures.cuts import Cuts
from nbcode.leaks.futures.labels import Labels
from nbcode.leaks.futures.reported import Reported
from nbcode.leaks.futures.rescored import Rescored
from nbcode.leaks.lineage import Call, Change, Future, Kind, Lineage, Obstacle, Role
from nbcode.primitives import Diagnostic, Place

_FOLDS = 20
_MOST_TOLD = 3  # of one choice: every figure after it shows it
_SMALL = 10  # rows: too few for a table of sessions
_DATED = 'keep the dates: X = table.set_index("date")[columns]'


class Looks:
    """The looks of one run. ``sessions`` is the calendar, ``undated`` says which inputs stay as they are, None where all change."""

    def __init__(
        self,
        again: Again,
        sessions: np.ndarray[Any, Any],
        horizon: int,
        undated: Obstacle | None,
        settled: Settled,
    ) -> None:
        self._again, self._sessions, self._horizon, self._undated = again, sessions, horizon, undated
        self._settled = settled
        self._first: Lineage = again.recorder.lineage
        self._reported = Reported(self._first, sessions)
        dated = again.dated.values()
        self._cuts = Cuts(self._first, sessions, horizon, settled, reported=self._reported, dated=dated)
        self._rescored = False
        self._scored: dict[tuple[object, ...], Diagnostic] = {}
        fits = [call for call in self._first.calls if call.kind is Kind.FIT]
        self._preparing = [call for call in fits if call.transforms]
        self._fits: dict[int, list[Call]] = {}
        for call in fits:
            self._fits.setdefault(call.owner, []).append(call)
        self._blind = Blind(self._first, sessions, rows_between(again.inputs, again.dated, sessions))
        self._seen: set[int] = set()
        self._drawn: set[int] = set()
        self._moved: set[int] = set()
        self._same: dict[tuple[object, ...], np.datetime64] = {}
        self._told_at: dict[tuple[object, ...], np.datetime64] = {}
        self._ended = False
        self._leave_apart = False
        self._left: tuple[Lineage, Obstacle | None] | None = None
        self._still: np.datetime64 | None = None
        self._failed: Obstacle | None = None
        self.obstacles: list[Obstacle] = []

    @property
    def looked(self) -> bool:
        """Whether anything that was learnt from, or scored, could be compared."""
        return bool(self._seen) or self._rescored

    def findings(self) -> tuple[Diagnostic, ...]:
        """What the looks find, one a place; :attr:`obstacles` then says what was not looked at."""
        found: dict[tuple[Place | None, str], tuple[Diagnostic, Pair]] = {}
        for future in self._futures():
            if self._is_decided(future):
                continue
            for pair, told in self._together(future) if future.leaves else self._at(future):
                found.setdefault((told.place, pair.one.role), (told, pair))
                self._told_at.setdefault(_key(pair), future.cut)
            if found:
                break
        found = found or self._of_unknown_sessions()
        if found or self._scored:
            found = self._drawn_with_a_seed(found)
        learnt = any(pair.call.kind is not Kind.APPLY for _, pair in found.values())
        every = [one for one, pair in found.values() if not learnt or pair.call.kind is not Kind.APPLY]
        if not every:
            places: dict[Place | None, Diagnostic] = {}
            for one in self._scored.values():
                places.setdefault(one.place, one)
            every = list(places.values())[:_MOST_TOLD]
        if not any(pair.one.role is Role.Y for _, pair in found.values()):
            every += self._labels()
        self._missed()
        return tuple(every)

    def _of_unknown_sessions(self) -> dict[tuple[Place | None, str], tuple[Diagnostic, Pair]]:
        """What the looks show of rows whose sessions are not known, with a further cut where that decides it."""
        found = list(self._blind.findings())
        cut = None if found else self._blind.asks()
        if cut is not None and self._see(Future(change=Change.MOVED, cut=cut)) is not None:
            found = list(self._blind.findings())
        return {(told.place, pair.one.role): (told, pair) for pair, told in reversed(found)}

    # -- futures

    def _futures(self) -> Iterator[Future]:
        scored, cuts = 0, self._cuts.found()
        self._leave_apart = self._signal_of_names() or any(
            (rows := call.rows_of(Role.X)) is not None and rows.names is not None
            for call in self._first.calls
        )
        leaving = self._cuts.leaving(cuts) if self._leave_apart and not self._blind.watches_any else None
        futures: list[Future] = []
        for cut in cuts:
            scored += self._cuts.scores(cut)
            if not self._first.calls and not self._cuts.scores(cut):
                continue
            change = Change.TURNED if scored == 1 and self._cuts.scores(cut) else Change.MOVED
            futures.append(Future(change=change, cut=cut, leaves=bool(cut == leaving)))
        if self._cuts.all_stay():
            futures.sort(key=lambda one: not one.leaves)
        yield from futures
        between = self._cuts.between_times(self._again.dated.values())
        if between is not None:
            yield Future(change=Change.MOVED, cut=between[0], time=between[1])
        if self._leave_apart:
            yield Future(change=Change.LEAVING, cut=self._cuts.middle())

    def _signal_of_names(self) -> bool:
        return any(one.is_signal and one.rows.names is not None for one in self._first.scored)

    # -- one future

    def _calls(self, future: Future, compared: Iterable[Call] | None = None) -> Lineage | None:
        """The calls on another future, as far as the last of those that are ``compared`` where nothing is scored; None: all that can be."""
        if self._ended:
            return None
        if future.change is Change.LEAVING and self._left is not None:
            self._failed = self._failed or self._left[1]
            return self._left[0]
        scores = bool(self._scored) if future.change is Change.NONE else self._rescores(future)
        numbered = self._compared(future) if compared is None else compared
        until = max(numbered, key=lambda call: call.number, default=None)
        second, obstacle = self._again.calls(future, scores=scores, until=until)
        if second is None:
            self._ended = True
            if obstacle is not None:
                self.obstacles.append(obstacle)
        elif obstacle is not None:
            self._failed = self._failed or obstacle
        return second

    def _compared(self, future: Future) -> Iterator[Call]:
        """The calls that a look compares where nothing is scored: those that learn, and those on rows up to the cut, or on rows of which
        that is not known. Rows that are tested after the cut may all be others; where names leave, any may."""
        for call in self._first.calls:
            if call.kind in {Kind.FIT, Kind.VALIDATE}:
                yield call
            elif call.kind is Kind.APPLY and future.change is not Change.LEAVING:
                rows = call.rows_of(Role.X)
                if (
                    rows is None
                    or self._blind.watches(call)
                    or (rows.sessions < 0).any()
                    or (self._first.dates[np.unique(rows.sessions)] <= future.cut).any()
                ):
                    yield call

    def _rescores(self, future: Future) -> bool:
        """Whether what is scored is compared; where names leave, those of the signal."""
        of_names = future.names_leave and self._signal_of_names()
        return of_names or (future.change.of_values and self._cuts.scores(future.cut))

    def _see(self, future: Future) -> Lineage | None:
        second = self._calls(future)
        if second is not None and future.change.of_values:
            self._blind.see(future.cut, pairs(self._first, second))
        return second

    def _at(self, future: Future) -> Iterator[tuple[Pair, Diagnostic]]:
        second = self._see(future)
        if second is None:
            return
        yield from self._compared_with(second, future)
        if future.change.of_values and future.time is None:
            self._note_still(future, second)
            if self._leave_apart:
                self._note_same(future, second)

    def _together(self, future: Future) -> list[tuple[Pair, Diagnostic]]:
        """A look in which values after the cut are others and names leave. Where anything is another, or does not come, each is looked at
        by itself."""
        leaving = Future(change=Change.LEAVING, cut=future.cut)
        noted = self._seen.copy(), self._moved.copy(), self._scored.copy(), self._rescored, self._failed
        second = self._see(future)
        if second is None:
            return []
        came = {(call.at, call.time) for call in second.calls}
        if (
            self._failed is noted[-1]
            and all((call.at, call.time) in came for call in self._compared(future))
            and not any(True for one in (future, leaving) for _ in self._compared_with(second, one))
            and self._scored.keys() == noted[2].keys()
        ):
            self._leave_apart = False
            self._note_still(future, second)
            return []
        if future.change is Change.MOVED and future.cut == self._cuts.middle():
            self._left = second, self._failed
        self._seen, self._moved, self._scored, self._rescored, self._failed = noted
        found = list(self._at(replace(future, leaves=False)))
        return found if found or self._left is None else list(self._at(leaving))

    def _note_still(self, future: Future, second: Lineage) -> None:
        """Note a cut after which nothing that is compared was another at all: what no data after it moves, none after a later one does."""
        if self._still is None and is_the_same(self._first, second):
            self._still = future.cut

    def _note_same(self, future: Future, second: Lineage) -> None:
        """Note what has the same rows and values up to the cut, labels but for those that reach over it, of that which names that leave may
        change: it is not drawn anew each time."""
        dates, at = self._first.dates, int(np.searchsorted(self._sessions, future.cut))
        before = self._sessions[max(0, at - self._horizon - 1)]
        for pair in pairs(self._first, second):
            if (
                pair.one.rows is not None
                and pair.one.rows.names is not None
                and pair.call.kind is not Kind.APPLY
                and same_until(pair, dates, before if pair.one.role is Role.Y else future.cut)
            ):
                self._same[_key(pair)] = max(future.cut, self._same.get(_key(pair), future.cut))

    def _is_decided(self, future: Future) -> bool:
        """Whether an earlier cut has shown what a look would."""
        of_values = future.change.of_values and future.time is None and not future.leaves
        return bool(of_values and self._still is not None and future.cut >= self._still)

    def _compared_with(self, second: Lineage, future: Future) -> Iterator[tuple[Pair, Diagnostic]]:
        if self._rescores(future):
            again = Rescored(
                self._first,
                second,
                future,
                sessions=self._sessions,
                horizon=self._horizon,
                reported=self._reported,
            )
            self._rescored = self._rescored or again.compares
            for key, other in again.found():
                self._scored.setdefault(key, other)
        leaving = self._again.leaving if future.leaves else frozenset()
        gaps = self._settled.gaps
        comparison = Comparison(
            self._first, future, self._sessions, self._horizon, leaving=leaving, gaps=gaps
        )
        cut = int(np.searchsorted(self._sessions, future.cut))
        for pair in pairs(self._first, second):
            self._note_moved(pair)
            if future.change.of_values and not self._comparable(pair, future.cut):
                continue
            if pair.one.rows is None or pair.other.rows is None:
                continue
            if future.change is Change.LEAVING and pair.call.kind is Kind.APPLY:
                continue
            self._seen.add(pair.call.number)
            settled = self._is_settled(pair.call, cut, second)
            if future.change is Change.LEAVING:
                settled = settled and self._comparable(pair, future.cut)
            told = comparison.leak(pair, settled=settled)
            if told is not None:
                yield pair, told

    def _note_moved(self, pair: Pair) -> None:
        """Note what was learnt from that another future moves anywhere, where some input has none."""
        if self._undated is not None and pair.one.role is Role.X and pair.call.number not in self._moved:
            a, b = pair.one.numbers, pair.other.numbers
            if a is not None and b is not None and not np.array_equal(a, b, equal_nan=True):
                self._moved.add(pair.call.number)

    def _comparable(self, pair: Pair, cut: np.datetime64) -> bool:
        """Whether nothing that is honest can have brought sessions after ``cut`` into rows before it: a scaler that was fitted on
        training rows which end later, say."""
        call = pair.call
        end = self._cuts.end(call)
        if end is None or any(
            self._by_labels(one, cut) for one in self._preparing if one.number < call.number
        ):
            return False
        if pair.strict:
            learnt = (
                [self._cuts.end(call)] if pair.one.role is Role.EVALUATION else [self._fitted_until(call)]
            )
            learnt += [self._cuts.end(one) for one in self._preparing if one.number < call.number]
            return all(one is None or one <= cut for one in learnt)
        if end <= cut:
            return True
        return end >= self._cuts.late and not (call.kind is Kind.FIT and self._scaled_alone(call))

    def _is_settled(self, call: Call, cut: int, second: Lineage) -> bool:
        """Whether what stands behind ``call`` may not be another: columns, scales and rows that were chosen by what was known then."""
        fit = self._fit_of(call) if call.kind is Kind.APPLY else call
        if fit is None:
            return True
        if self._settled.between(fit):
            return self._made_once(self._first) and self._made_once(second)
        return self._settled.is_settled(fit, cut)

    def _made_once(self, lineage: Lineage) -> bool:
        """Whether folds that share rows are given the same of them: it was made of all rows, before there were folds."""
        fits = [one for one in lineage.calls if one.kind is Kind.FIT and self._settled.between(one)]
        tables = [next(one.of(Role.X)) for one in fits[:_FOLDS]]
        return len(tables) > 1 and all(same_rows(a, b) for a, b in pairwise(tables))

    def _by_labels(self, one: Call, cut: np.datetime64) -> bool:
        """Whether a transformer learnt from labels that reach over ``cut``: what it gives is another then, and may be."""
        end = self._cuts.end(one)
        if end is None or next(one.of(Role.Y), None) is None:
            return False
        at, last = np.searchsorted(self._sessions, [cut, end])
        return bool(0 <= at - last <= self._horizon)

    def _fit_of(self, call: Call) -> Call | None:
        """The fit before ``call`` of what it applies."""
        fits = [one for one in self._fits.get(call.owner, ()) if one.number < call.number]
        return fits[-1] if fits else None

    def _fitted_until(self, call: Call) -> Any:
        fit = self._fit_of(call)
        return None if fit is None else self._cuts.end(fit)

    def _scaled_alone(self, call: Call) -> bool:
        """Whether a transformer was fitted before on the very rows that ``call`` learns from."""
        rows = call.rows_of(Role.X)
        for one in self._preparing:
            theirs = one.rows_of(Role.X)
            if rows is None or theirs is None or one.number > call.number or len(theirs) != len(rows):
                continue
            if np.array_equal(np.sort(theirs.ids), np.sort(rows.ids)):
                return True
        return False

    # -- what is found

    def _drawn_with_a_seed(
        self, found: dict[tuple[Place | None, str], tuple[Diagnostic, Pair]]
    ) -> dict[tuple[Place | None, str], tuple[Diagnostic, Pair]]:
        """``found`` without what is another on the same data too; and so is what was scored. What another look showed to be the same up to
        the cut is not drawn anew."""
        if not self._scored and all(self._is_made_again(_key(pair)) for _, pair in found.values()):
            return found
        again = [pair.call for _, pair in found.values()]
        second = self._calls(Future(change=Change.NONE, cut=self._sessions[-1]), again)
        if second is None:
            return found
        same_again = scored_alike(self._first, second)
        self._scored = {key: told for key, told in self._scored.items() if key in same_again}
        same = {_key(pair): pair for pair in pairs(self._first, second)}
        kept = {}
        for key, (told, pair) in found.items():
            twin = same.get(_key(pair))
            if twin is not None and differs(twin):
                cause = f"{pair.name} is another one each time that the cells run"
                if pair.call.number not in self._drawn:
                    fix = "draw with a seed: random_state=0"
                    self.obstacles.append(Obstacle(cause=cause, fix=fix, place=_cell_of(pair.call)))
                self._drawn.add(pair.call.number)
                self._seen.discard(pair.call.number)
            else:
                kept[key] = (told, pair)
        return kept

    def _is_made_again(self, key: tuple[object, ...]) -> bool:
        """Whether a look at values alone gave what was told once more, up to the cut at which it was told or a later one."""
        return key in self._told_at and key in self._same and bool(self._same[key] >= self._told_at[key])

    def _labels(self) -> list[Diagnostic]:
        """E32 for labels that know what was before their rows."""
        tables = [(self._again.inputs[name], keys) for name, keys in self._again.dated.items()]
        return [] if self._ended else Labels(self._first, self._cuts, tables, self._horizon).told(self._calls)

    # -- what was not looked at

    def _missed(self) -> None:
        told: list[Obstacle] = []
        for call in self._cuts.learning():
            x = next(call.of(Role.X), None)
            if x is None or x.size < _SMALL or call.number in self._seen | self._drawn:
                continue
            shown = x.text or f"the table of {call.what}"
            if x.rows is None:
                told.append(
                    Obstacle(
                        cause=f"{shown} does not say of which date its rows are",
                        fix=_DATED,
                        place=_cell_of(call),
                    )
                )
            elif self._failed is not None:
                told.append(self._failed)
            elif not self._ended and not self.obstacles:
                told.append(
                    Obstacle(
                        cause=f"{shown} is not learnt from on data with another future",
                        fix="",
                        place=_cell_of(call),
                    )
                )
        unmoved = self._unmoved()
        self.obstacles += told
        if unmoved is not None:
            self.obstacles.append(unmoved)

    def _unmoved(self) -> Obstacle | None:
        """Where inputs without dates stay as they are: a table that no other future moves was made of them."""
        if self._undated is None or self._ended or not self._seen:
            return None
        calls = [call for call in self._cuts.learning() if call.number in self._seen - self._moved]
        for at in sorted({self._cuts.own_middle(call) for call in calls})[-1:]:
            second = self._calls(Future(change=Change.MOVED, cut=at), calls)
            if second is None:
                return None
            for pair in pairs(self._first, second):
                if (
                    pair.call.number in self._seen - self._moved
                    and pair.one.role is Role.X
                    and pair.call.kind in {Kind.FIT, Kind.VALIDATE}
                ):
                    a, b = pair.one.numbers, pair.other.numbers
                    if a is not None and b is not None and a.shape == b.shape and not different(a, b).any():
                        self._seen.discard(pair.call.number)
                        cause = (
                            f"{pair.name} is the same whatever the dated inputs hold: {self._undated.cause}"
                        )
                        return Obstacle(cause=cause, fix=self._undated.fix, place=_cell_of(pair.call))
        return None


def _key(pair: Pair) -> tuple[object, ...]:
    return pair.call.number, pair.one.role, pair.one.text


def _cell_of(call: Call) -> Place:
    return Place(cell=call.place.cell, tag=call.place.tag)
