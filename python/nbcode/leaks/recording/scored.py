"""Keeps the tables that the figures of [eval] are computed of, and the signal that [meta] names, by session and name."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

import numpy as np

from nbcode.leaks.lineage import Lineage, Rows, Scored, Spelling, parsed
from nbcode.leaks.recording.asked_for import names_of_figures, row_of_numbers, sessions_beside
from nbcode.leaks.recording.bests import bests_of
from nbcode.leaks.recording.frames import Scope
from nbcode.leaks.recording.given import figures_in, size_of
from nbcode.leaks.recording.measures import METRICS, Measured, Measures
from nbcode.leaks.recording.travel import Travel
from nbcode.leaks.tables import explicit_keys, is_frame, is_indexed, numbers_of, wide_keys
from nbcode.namespace import Code
from nbcode.primitives import Place

_FEWEST = 20  # rows
_FEWEST_SESSIONS = 15
_MOST_TIMES = 64  # at one place: an optimiser asks more often
_MOST_NUMBERS = 1_500_000
_MOST_ROWS = 20_000  # of a series that others are put beside
_MOST_BESIDE = 12
_MANY = 8  # columns
_PAIRS = (("y_true", "x", "a", "self"), ("y_pred", "y_score", "y_proba", "y", "b", "other"))


class Scores:
    """Keeps into ``lineage.scored``. ``own`` says of a file whether it is the project's; ``asked`` are
    expressions of [meta]. ``learnt`` tells how many calls that learn and test there were. ``ended`` is told after each table, for a run that is to end."""

    def __init__(
        self,
        cells: Sequence[Code],
        own: Callable[[str], bool],
        lineage: Lineage,
        *,
        travel: Travel,
        spelling: Spelling,
        scope: Callable[[FrameType], Scope],
        asked: Mapping[str, str],
        to_the_end: bool = False,
        learnt: Callable[[], int] = lambda: 0,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._cells = {cell.file: cell for cell in cells}
        told = [cell.file for cell in cells if cell.tag == "eval"] or [cell.file for cell in cells[-1:]]
        self._told = frozenset(told)
        self._lineage, self._travel, self._spelling, self._scope = lineage, travel, spelling, scope
        self.asked = asked
        self._signal = asked.get("signal", "")
        self.to_the_end = bool(self._signal) or to_the_end
        self._learnt, self._done = learnt, ended
        self._times: dict[tuple[object, ...], int] = {}
        self._within: set[tuple[object, ...]] = set()
        self._numbers = 0
        self.measures = Measures(self._saw, lambda file: file in self._cells or own(file))

    def _saw(self, measured: Measured) -> None:
        frame = self._outermost()
        if frame is None or frame.f_code.co_filename not in self._told:
            return
        caller = sys._getframe(2)  # noqa: SLF001 - whoever computes it
        try:
            self._keep(measured, frame, (caller.f_code.co_qualname, caller.f_lineno))
        except Exception as error:
            self._lineage.lost.append(f"{measured.what}: {type(error).__name__}: {error}"[:200])
        self._done()

    def came_last(self, known: Sequence[Scored]) -> bool:
        """Whether the last of the tables ``known`` of a first run, if any, has come."""
        return not known or any(one.key == known[-1].key for one in self._lineage.scored[-2:])

    def _outermost(self) -> FrameType | None:
        """The frame of the cell itself, also where a function of it computes the figure."""
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - whoever called
        found = None
        while frame is not None:
            if frame.f_code.co_filename in self._cells:
                found = frame
            frame = frame.f_back
        return found

    def _keep(self, measured: Measured, frame: FrameType, inside: tuple[str, int]) -> None:
        what, paired = measured.what, measured.paired
        cell = self._cells[frame.f_code.co_filename]
        at = (cell.file, *(self._spelling.end(frame) or (frame.f_lineno, -1)))
        key = what, at, inside
        time = self._times[key] = self._times.get(key, -1) + 1
        if time >= _MOST_TIMES or key in self._within or self._numbers > _MOST_NUMBERS:
            return
        tables = _both(measured) if paired else measured.args[:1]
        if not tables or any((size_of(one) or 0) < _FEWEST for one in tables):
            return
        found = [self._of_sessions(one) for one in tables]
        if any(one is None for one in found):
            found = self._beside(tables, found, frame)
        if any(one is None or len(np.unique(one[0].sessions)) < _FEWEST_SESSIONS for one in found):
            self._within.add(key)
            return
        place = Place(cell=cell.index, tag=cell.tag, line=frame.f_lineno)
        for part, (rows, numbers) in enumerate(one for one in found if one is not None):
            if part == 0 and what in METRICS:
                continue  # what happened
            self._add(
                Scored(
                    what=what,
                    text=self._spelling.call(frame),
                    place=place,
                    at=at,
                    inside=inside,
                    time=time,
                    part=part,
                    after=self._learnt(),
                    rows=rows,
                    numbers=numbers,
                    beside=None if paired or len(rows) != len(tables[0]) else self._others(tables[0], frame),
                    paired=paired,
                )
            )

    def _add(self, one: Scored) -> None:
        self._numbers += one.numbers.size
        self._lineage.scored.append(one)

    def _of_sessions(self, value: Any) -> tuple[Rows, np.ndarray[Any, Any]] | None:
        """Rows and numbers of a frame or a series that says itself whose its rows are; of a wide one each value is a row."""
        if not is_indexed(value):
            return None
        if is_frame(value):
            numbers = numbers_of(value)
            wide = None if numbers is None else wide_keys(value.astype(float))
            if wide is not None and numbers is not None:
                return self._travel.coded(wide.dates, wide.names), numbers.reshape(-1, 1)
        keys, numbers = explicit_keys(value), numbers_of(value)
        if keys is None or numbers is None:
            return None
        return self._travel.coded(keys.dates, keys.names), np.array(numbers)

    def _beside(
        self, tables: Sequence[Any], found: list[Any], frame: FrameType
    ) -> list[tuple[Rows, np.ndarray[Any, Any]] | None]:
        """Tables that are measured against each other have the same rows; those that a row's number alone speaks for are not known."""
        rows = next((one[0] for one in found if one is not None), None)
        for table in tables:
            rows = rows or self._travel.rows_of(table, lambda: self._scope(frame))
            rows = rows if rows is None or rows.sure else None
        made: list[tuple[Rows, np.ndarray[Any, Any]] | None] = []
        for table in tables:
            numbers = numbers_of(table)
            fits = rows is not None and numbers is not None and len(numbers) == len(rows)
            made.append((rows, np.array(numbers)) if fits and rows is not None else None)
        return made

    def _others(self, value: Any, frame: FrameType) -> np.ndarray[Any, Any]:
        """Series that the cells have on all the sessions of ``value``: of a frame each column, or the mean of many."""
        found: list[np.ndarray[Any, Any]] = []
        for table in self._scope(frame) if len(value) <= _MOST_ROWS else ():
            if table is value or not is_indexed(table) or not len(value) <= len(table) <= _MOST_ROWS:
                continue
            if not table.index.is_unique:
                continue
            at = table.index.get_indexer(value.index)
            numbers = None if (at < 0).any() else numbers_of(table)
            if numbers is None:
                continue
            if numbers.shape[1] > _MANY:
                numbers = numbers.mean(axis=1, keepdims=True)
            found.append(numbers[at])
            if len(found) == _MOST_BESIDE:
                break
        return np.column_stack([np.zeros((len(value), 0)), *found])

    # -- the end of the cells

    def ends(self, namespace: dict[str, Any], report: object = None) -> None:
        """Keep the figures and the signal, as the cells have left them in ``namespace``; ``report`` are the figures where they are
        known."""
        parts: tuple[tuple[str, Callable[[dict[str, Any]], None]], ...] = (
            ("the figures", lambda left: self._keep_figures(left, report)),
            ("rows of numbers", self._keep_rows),
            ("the signal", self._keep_signal),
        )
        for kept, keep in parts:
            try:
                keep(namespace)
            except Exception as error:
                self._lineage.lost.append(f"{kept}: {type(error).__name__}: {error}"[:200])

    def _keep_figures(self, namespace: dict[str, Any], report: object) -> None:
        self._lineage.figures = tuple(figures_in(self._report(namespace) if report is None else report))
        self._lineage.bests = tuple(
            replace(one, place=self._given(one.held.partition("[")[0]))
            for one in bests_of(namespace, self._lineage.figures)
        )

    def _keep_signal(self, namespace: dict[str, Any]) -> None:
        value = eval(self._signal, namespace) if self._signal else None  # noqa: S307 - the notebook's own words
        found = None if value is None else self._of_sessions(value)
        if found is None or len(np.unique(found[0].sessions)) < _FEWEST_SESSIONS:
            return
        rows, numbers = found
        self._add(
            Scored(
                what="signal",
                text=f"`{self._signal}`",
                place=self._given(self._signal),
                at=("", 0, 0),
                time=0,
                part=0,
                after=self._learnt(),
                rows=rows,
                numbers=numbers,
                is_signal=True,
            )
        )

    def _keep_rows(self, namespace: dict[str, Any]) -> None:
        """Keep arrays and lists that figures are computed of, where the cells have their dates."""
        for name, place in dict(names_of_figures(list(self._cells.values()), self._told)).items():
            numbers = row_of_numbers(namespace.get(name))
            dates = None if numbers is None else sessions_beside(namespace, len(numbers))
            if numbers is None or dates is None:
                continue
            others = [row_of_numbers(one) for other, one in list(namespace.items()) if other != name]
            beside = [one for one in others if one is not None and len(one) == len(numbers)]
            self._add(
                Scored(
                    what=name,
                    text=f"`{name}`",
                    place=place,
                    at=("", 0, 0),
                    time=0,
                    part=0,
                    after=self._learnt(),
                    rows=self._travel.coded(dates, None),
                    numbers=numbers[:, None],
                    beside=np.column_stack([np.zeros((len(numbers), 0)), *beside[:_MOST_BESIDE]]),
                )
            )

    def _report(self, namespace: dict[str, Any]) -> object:
        text = self.asked.get("report", "")
        if text.isidentifier():
            return namespace.get(text)
        if text:
            return eval(text, namespace)  # noqa: S307 - the notebook's own words
        wanted = {key: text for key, text in self.asked.items() if key.startswith("report.")}
        return {key.removeprefix("report."): eval(text, namespace) for key, text in wanted.items()}  # noqa: S307

    def _given(self, expression: str) -> Place:
        """Where a name of ``expression`` is given last."""
        found = Place()
        names = {
            node.id for node in ast.walk(ast.parse(expression, mode="eval")) if isinstance(node, ast.Name)
        }
        for cell in self._cells.values():
            for node in ast.walk(parsed(cell.source)):
                if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Store):
                    found = Place(cell=cell.index, tag=cell.tag, line=node.lineno)
        return found


def _both(measured: Measured) -> tuple[Any, ...]:
    """The two tables that are measured against each other; none where they are not told apart."""
    given = list(measured.args[:2])
    for names in _PAIRS[len(given) :]:
        given += [measured.keywords[name] for name in names if name in measured.keywords][:1]
    return tuple(given) if len(given) == 2 else ()
