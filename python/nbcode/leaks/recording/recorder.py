"""Records what learns and what is tested in a run of cells: every outermost call of fit, predict, score, split, search and native
training, and the folds that a splitter gives inside of one, with whose rows each argument had."""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import FrameType, MappingProxyType
from typing import Any, Self

import numpy as np

from nbcode.leaks.lineage import UNKNOWN, Argument, Call, Kind, Lineage, Role, Rows, Spelling
from nbcode.leaks.recording._statsmodels import in_sample, is_of_time
from nbcode.leaks.recording.answers import Answers
from nbcode.leaks.recording.fits import Fits
from nbcode.leaks.recording.frames import Scope, sets_aside
from nbcode.leaks.recording.given import (
    GIVES_FEATURES,
    GIVES_ROWS,
    WEIGHTS,
    X_NAMES,
    Y_NAMES,
    Given,
    best_of,
    column_names,
    evaluations,
    fold_positions,
    is_transformer,
    model_of,
    settings_of,
    shown_splitter,
    size_of,
    stops_early,
    text_of,
    used_columns,
)
from nbcode.leaks.recording.hooks import VALIDATES, Hooks
from nbcode.leaks.recording.kept import Kept, takes_rows_together
from nbcode.leaks.recording.known_rows import KnownRows
from nbcode.leaks.recording.owners import Owners
from nbcode.leaks.recording.scored import Scores
from nbcode.leaks.recording.travel import Travel
from nbcode.leaks.tables import Opened, is_plain, numbers_of
from nbcode.namespace import Code
from nbcode.primitives import Place

_MOST_NUMBERS = 16_000_000  # kept to be compared with those of another future, in all calls together
_MOST_ROWS = 40_000_000
_MOST_FOLDS = 64
_INNER = ("sklearn.metrics", "sklearn.utils.multiclass")


class AllCallsMade(BaseException):
    """Every call of the first run was made again. No ``Exception``, which cells may catch."""


class Recorder:
    """Records into :attr:`lineage` while it is entered. ``own`` says whether a file, other than the cells', is the project's."""

    def __init__(
        self,
        cells: Sequence[Code],
        own: Callable[[str], bool] = lambda _file: False,
        *,
        first: Recorder | None = None,
        asked: Mapping[str, str] = MappingProxyType({"report": "report"}),
        scores: bool = True,
        to_the_end: bool = False,
        until: Call | None = None,
    ) -> None:
        """``first`` recorded the same cells on other data: codes of sessions and names are then the same, fits of what foretells that
        took long are taken over from it, and when as many calls were made, or ``until``, the run ends (:class:`AllCallsMade`), but ``to_the_end``. ``asked``
        are expressions of [meta] by key: ``signal``, ``report`` or ``report.NAME``; ``scores`` says whether what figures are computed of is kept."""
        known = Lineage() if first is None else first.lineage
        self.lineage: Lineage = Lineage(sessions=known.sessions, names=known.names, stamps=known.stamps)
        self._first, self._to_the_end = first, to_the_end
        self._until = None if until is None else (until.at, until.time)
        self._all_cells = cells
        self.fits: Fits = Fits(None if first is None else first.fits)
        self._times: dict[tuple[str, int, int], int] = {}
        self._cells = {cell.file: cell for cell in cells}
        self._spelling = Spelling(cells)
        self._own = own
        self.travel: Travel = Travel(self.lineage, None if first is None else first.travel)
        self._is_ours: Callable[[str], bool] = lambda file: file in self._cells or own(file)
        self._hooks, self._opened = Hooks(self._wrapped, self._is_ours), Opened(self._is_ours)
        self.answers: Answers = Answers(self._is_ours, self._count, None if first is None else first.answers)
        self._scores = scores
        self.scores: Scores = Scores(
            cells,
            own,
            self.lineage,
            travel=self.travel,
            spelling=self._spelling,
            scope=self._scope,
            asked=asked,
            to_the_end=to_the_end or (first is not None and first.lineage.scored_at_the_end),
            learnt=lambda: self._number,
            ended=self._end_if_all,
        )
        self._local, self._lock = threading.local(), threading.RLock()
        self.owners: Owners = Owners()
        self._known_rows = KnownRows(None if first is None else known)
        self._held: dict[int, tuple[Any, tuple[Argument, ...]]] = {}
        self._made: dict[int, tuple[Any, frozenset[int]]] = {}
        self.kept: dict[tuple[str, int, int], Kept | None] = {}
        self._last = 0
        self._number = self._numbers = self._rows = 0
        self._on = False

    def again(self, *, scores: bool = False, to_the_end: bool = False, until: Call | None = None) -> Recorder:
        """A recorder for the same cells on other data; it goes on to the last figure where ``scores`` are wanted, else ``until`` a call."""
        how: Any = {"scores": scores, "to_the_end": to_the_end, "until": until}
        return Recorder(self._all_cells, self._own, first=self, asked=self.scores.asked, **how)

    def ends(self, namespace: dict[str, Any], report: object = None) -> None:
        """Every cell has run, and has left ``namespace``; ``report`` are the figures, None where they are to be asked for."""
        if self._on and self._scores:
            self.scores.ends(namespace, report)

    def __enter__(self) -> Self:
        self._on = True
        self._hooks.install()
        self._opened.install()
        self.answers.install()
        if self._scores:
            self.scores.measures.install()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Record no more, and put every class and function back. Twice is once."""
        if self._on:
            self._on = False
            self.scores.measures.remove()
            self.answers.remove()
            self._opened.remove()
            self._hooks.remove()

    # -- wrapping

    def _wrapped(self, function: Any, group: str, name: str) -> Any:
        if group == "split":
            return self._splitter(function)

        @functools.wraps(function)
        def recorded(*args: Any, **keywords: Any) -> Any:
            local = self._local
            if not self._on or getattr(local, "depth", False):
                return function(*args, **keywords)
            local.depth = True
            try:
                given = Given(group=group, name=name, args=args, keywords=keywords)
                begun = local.pending = self._begun(given)
                if begun is None:
                    result = function(*args, **keywords)
                    self._goes_on(given, result)
                    return result
                self._end_if_last(begun)
                taken = self.fits.taken_over(begun, given)
                spent = time.process_time()
                result = taken.result if taken is not None else function(*args, **keywords)
                self._ended(begun, given, result, time.process_time() - spent)
                self._end_if_all()
                return result
            finally:
                local.depth = False

        return recorded

    def _splitter(self, function: Any) -> Any:
        @functools.wraps(function)
        def split(*args: Any, **keywords: Any) -> Any:
            folds = function(*args, **keywords)
            local = self._local
            if not self._on or getattr(local, "splitting", False) or not hasattr(folds, "__next__"):
                return folds
            if sets_aside(sys._getframe(1)):  # noqa: SLF001 - whoever called
                return folds
            parent = local.pending if getattr(local, "depth", False) else None
            frame = self._frame()
            if frame is None and parent is None:
                return folds
            given = Given(group="split", name="split", args=args, keywords=keywords)
            return self._following(folds, given, frame, parent)

        return split

    def _following(
        self, folds: Iterator[Any], given: Given, frame: FrameType | None, parent: Call | None
    ) -> Iterator[Any]:
        call: Call | None = None
        try:
            call = self._split_call(given, frame, parent)
        except Exception as error:
            self._lost("split", error)
        while True:
            self._local.splitting = True
            try:
                fold = next(folds, None)
            finally:
                self._local.splitting = False
            if fold is None:
                return
            if call is not None and len(call.folds) < _MOST_FOLDS:
                call.folds.extend(fold_positions(fold))
            yield fold

    def _split_call(self, given: Given, frame: FrameType | None, parent: Call | None) -> Call:
        value = given.one(X_NAMES, 0)
        x = None if parent is None else next(parent.of(Role.X), None)
        if x is None or x.size != size_of(value):
            x = self._one(Role.X, value, frame, "")
        place, at = self._where(frame) if parent is None else (parent.place, parent.at)
        splitter = given.args[0]
        call = Call(
            number=self._next_number(),
            kind=Kind.SPLIT,
            what=shown_splitter(splitter),
            place=place,
            at=at,
            time=self._time((*at[:2], -2 - at[2])),
            owner=UNKNOWN,
            arguments=(replace(x, numbers=None),),
            within=UNKNOWN if parent is None else parent.number,
            counts_rows=type(splitter).__name__ == "TimeSeriesSplit",
        )
        self._add(call)
        return call

    # -- calls

    def _next_number(self) -> int:
        with self._lock:
            self._number += 1
            return self._number

    def _count(self) -> int:
        return self._number + len(self.lineage.scored)

    def _add(self, call: Call) -> None:
        with self._lock:
            self._last = max(self._last, call.number)
            self.lineage.calls.append(call)

    def _begun(self, given: Given) -> Call | None:
        frame = self._frame()
        if frame is None or given.is_inner:
            return None
        try:
            return self._call(given, frame)
        except Exception as error:
            self._lost(given.name, error)
            return None

    def _call(self, given: Given, frame: FrameType) -> Call:
        place, at = self._where(frame)
        name, owner, turn = given.name, given.owner, self._time(at)
        self._local.call = (at, turn)
        return Call(
            number=self._next_number(),
            kind=given.kind,
            what=name if owner is None else f"{type(owner).__name__}.{name}",
            place=place,
            at=at,
            time=turn,
            owner=UNKNOWN
            if owner is None or given.group == "hold"
            else self.owners.number_of(model_of(owner)),
            arguments=self._arguments(given, frame),
            transforms=is_transformer(owner) or name == "transform",
            searches=hasattr(owner, "best_params_") or type(owner).__name__.endswith("SearchCV"),
            stops_early=stops_early(given),
            settings=settings_of(given) if self._scores else "",  # what is scored depends on them
            fed_by=self._fed_by(given),
            out_of_bag=bool(getattr(owner, "oob_score", False)),
            asked_plainly=given.gives_nothing_but_x,
        )

    def _goes_on(self, given: Given, result: Any) -> None:
        """Results of statsmodels that are given more rows (``append``, ``extend``, ``apply``) stay those of the fit that they had."""
        if given.group == "more" and not given.keywords.get("refit") and hasattr(result, "model"):
            self.owners.stands_for(result.model, self.owners.number_of(model_of(given.owner)))

    def _end_if_last(self, call: Call) -> None:
        """End a second run when the last call of the first has come: nothing after it can be compared."""
        if self._first is None or self._scores or self._to_the_end:
            return
        if call.number >= self._first.last_number or (call.at, call.time) == self._until:
            self._add(call)
            raise AllCallsMade

    def _end_if_all(self) -> None:
        """End a second run that looks at figures when all of them, and all calls, have come."""
        first = self._first
        if first is None or not self._scores or self.scores.to_the_end or self._number < first.last_number:
            return
        if self.scores.came_last(first.lineage.scored):
            raise AllCallsMade

    @property
    def last_number(self) -> int:
        """The number of the last call that was made."""
        return self._last

    def _ended(self, call: Call, given: Given, result: Any, cpu_s: float) -> None:
        try:
            self.fits.note(call, given, result, cpu_s)
            self._keep(call, given, result)
        except Exception as error:
            self._lost(call.what, error)

    def _keep(self, call: Call, given: Given, result: Any) -> None:
        if given.group == "hold":
            self._held[id(given.args[0])] = (given.args[0], call.arguments)
            return
        rows = call.rows_of(Role.X)
        if call.searches and call.kind is Kind.FIT:
            call = replace(call, best=best_of(given.owner))
            self.owners.stands_for(getattr(given.owner, "best_estimator_", given.owner), call.owner)
        if given.name == "train_test_split":
            call = self._parted(call, result)
        elif given.group == "function" and given.name == "train":
            call = replace(call, owner=self.owners.number_of(result))
        elif call.kind is Kind.APPLY or given.name in GIVES_ROWS:
            call = self._given_back(call, given, result, rows)
        self._add(call)

    def _given_back(self, call: Call, given: Given, result: Any, rows: Rows | None) -> Call:
        """What ``predict``, ``transform`` and so on give has the rows of what they were given."""
        for one in result if isinstance(result, tuple) else (result,):
            if size_of(one) == next((x.size for x in call.of(Role.X)), None):
                self.travel.knows(one, rows)
                with contextlib.suppress(TypeError):
                    self._made[id(one)] = (weakref.ref(one), call.fed_by | {call.number})
        if given.name in GIVES_FEATURES and not call.transforms:
            call = replace(call, gave=self._numbers_of(result[0] if isinstance(result, tuple) else result))
        if given.name == "predict" and rows is not None and call.at not in self.kept:
            together = call.gave is not None and takes_rows_together(given.owner)
            self.kept[call.at] = Kept.of(call, given) if together else None
        return call

    def _parted(self, call: Call, result: Any) -> Call:
        """``train_test_split``: the rows of the first two that it gives."""
        parts = list(result)[:2]
        found = [self.travel.rows_of(one, Scope) for one in parts]
        more = tuple(
            Argument(role=role, text="", rows=rows, size=size_of(one) or 0)
            for role, one, rows in zip((Role.TRAIN, Role.TEST), parts, found, strict=True)
        )
        return replace(call, arguments=(*call.arguments, *more))

    def _arguments(self, given: Given, frame: FrameType) -> tuple[Argument, ...]:
        spelled = self._spelling.arguments(frame)
        if given.trains:
            return self._of_training(given)
        at_x, at_y = (1, 2) if given.name in VALIDATES else (1, 0) if given.group == "model" else (0, 1)
        x, y = given.one(X_NAMES, at_x), given.one(Y_NAMES, at_y)
        if given.group == "model" and is_of_time(given.owner):
            x, y, at_x = y, None, at_y
        elif given.name == "predict" and (times := in_sample(given)) is not None:
            x = times
        held = self._held.get(id(x))
        if held is not None and held[0] is x:
            return held[1]
        x = x if given.owner is None else used_columns(given.owner, x)
        shown = (text_of(spelled, X_NAMES, at_x), text_of(spelled, Y_NAMES, at_y))
        both = self._together(x, y, frame, shown)
        if given.group == "apply" and given.name != "score":
            return tuple(both[:1])
        more: list[Argument] = []
        for name, value in given.keywords.items():
            if name.rpartition("__")[2] in WEIGHTS and value is not None:
                more.append(self._beside(Role.WEIGHTS, value, spelled.get(name, name), both))
        for text, one in evaluations(given.keywords, spelled):
            more.append(self._one(Role.EVALUATION, one, frame, text))
        return (*both, *more)

    def _of_training(self, given: Given) -> tuple[Argument, ...]:
        """``train(params, dtrain, ...)`` of a booster, whose sets were held before."""
        train = given.one(("train_set", "dtrain", "pool"), 1)
        if id(train) not in self._held:  # of CatBoost it stands first
            train = given.one(("pool", "dtrain"), 0)
        found = list(self._held.get(id(train), (None, ()))[1])
        keywords = given.keywords
        evaluated = keywords.get("valid_sets") or keywords.get("evals") or keywords.get("eval_set") or ()
        for one in evaluated if isinstance(evaluated, list | tuple) else (evaluated,):
            held_set = one[0] if isinstance(one, tuple) and one else one
            if held_set is not train and (held := self._held.get(id(held_set))) is not None:
                found += [replace(a, role=Role.EVALUATION) for a in held[1] if a.role is Role.X]
        return tuple(found)

    def _together(self, x: Any, y: Any, frame: FrameType, shown: tuple[str, str]) -> list[Argument]:
        first = self._one(Role.X, x, frame, shown[0])
        if y is None or size_of(y) is None:
            return [first]
        second = self._beside(Role.Y, y, shown[1], [first])
        if first.rows is None and size_of(y) == first.size:
            rows = self.travel.rows_of(y, lambda: self._scope(frame))
            if rows is not None:
                first, second = replace(first, rows=rows), replace(second, rows=rows)
                self.travel.knows(x, rows)
        return [first, second]

    def _fed_by(self, given: Given) -> frozenset[int]:
        x = given.one(X_NAMES, 0)
        value, calls = self._made.get(id(x), (None, frozenset()))
        return calls if value is not None and value() is x else frozenset()

    def _one(self, role: Role, value: Any, frame: FrameType | None, text: str) -> Argument:
        held = self._held.get(id(value))
        if held is not None and held[0] is value and held[1]:
            return replace(held[1][0], role=role)
        size, numbers = size_of(value) or 0, self._numbers_of(value)
        call = None if frame is None else getattr(self._local, "call", None)
        rows = self._known_rows.of(call, role, value, numbers)
        if rows is not None:
            self.travel.knows(value, rows)
        elif size:
            site = None if frame is None else (*self._line(frame), frame.f_lasti, role)
            rows = self.travel.rows_of(value, lambda: self._scope(frame), site)
        if rows is not None:
            self._rows += len(rows)
            if self._rows > _MOST_ROWS:
                rows = Rows(sessions=np.unique(rows.sessions))
        return Argument(
            role=role,
            text=text,
            rows=rows,
            size=size,
            columns=column_names(value),
            numbers=numbers,
            plain=is_plain(value),
        )

    def _beside(self, role: Role, value: Any, text: str, others: Sequence[Argument]) -> Argument:
        """An argument that has the rows of X, since it is given with it."""
        rows = others[0].rows if others and others[0].size == size_of(value) else None
        return Argument(
            role=role, text=text, rows=rows, size=size_of(value) or 0, numbers=self._numbers_of(value)
        )

    def _numbers_of(self, value: Any) -> np.ndarray[Any, Any] | None:
        if value is None or self._numbers > _MOST_NUMBERS:
            return None
        numbers = numbers_of(value)
        if numbers is None:
            return None
        self._numbers += numbers.size
        return np.array(numbers, dtype=np.float64)

    # -- who and where

    def _frame(self) -> FrameType | None:
        """The innermost frame of a cell, None where no cell called."""
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - whoever called
        while frame is not None:
            if str(frame.f_globals.get("__name__", "")).startswith(_INNER):
                return None  # what a figure computes with is nobody's model
            if frame.f_code.co_filename in self._cells:
                return frame
            frame = frame.f_back
        return None

    def _where(self, frame: FrameType | None) -> tuple[Place, tuple[str, int, int]]:
        if frame is None:
            return Place(), ("", 0, 0)
        cell = self._cells[frame.f_code.co_filename]
        end = self._spelling.end(frame) or (frame.f_lineno, -1)
        return Place(cell=cell.index, tag=cell.tag, line=frame.f_lineno), (cell.file, *end)

    def _line(self, frame: FrameType) -> tuple[str, int]:
        return frame.f_code.co_filename, frame.f_code.co_firstlineno

    def _time(self, at: tuple[str, int, int]) -> int:
        """How often something was called there before."""
        with self._lock:
            self._times[at] = self._times.get(at, -1) + 1
            return self._times[at]

    def _scope(self, frame: FrameType | None) -> Scope:
        more = () if frame is None else self._opened.tables
        return Scope(frame, sys._getframe(1), self._is_ours, more)  # noqa: SLF001

    def _lost(self, what: str, error: Exception) -> None:
        if len(self.lineage.lost) < _MOST_FOLDS:
            self.lineage.lost.append(f"{what}: {type(error).__name__}: {error}"[:200])
