"""Whether what a plain Python notebook learns from knew the future: its features again, on another future.

The vocabulary of alpha_bench cannot look ahead, and custom features are run again on shortened panels there. Cells of pandas
can do anything, so a clean run ends with this:

1. The tables given to ``fit`` (and to what splits and validates) are evaluated, and it is found out which session, and which name,
   each of their rows is of.
2. Every declared input with a column of dates is given another future: after a cut, numbers are others. The cut is the last
   session of the table's rows, where they end before the data does (so that a scaler fitted on training rows is honest), else
   60 % of the sessions (of the table's own, where it begins after that). The [setup], [features] and [model] cells run again on it
   in a namespace of their own, with the [eval] cells between them where those are needed. A row of a session up to the cut that has another value knew the future (E23).
3. Once more, with a third of the names leaving the data after the cut. A name whose rows *before* the cut come or go was chosen by
   what became of it (E23).
4. Where names leave the inputs and none of them is among the rows, the rows are the survivors' (E24).

It shows that a notebook looks ahead on this data; it is no proof that it never would. Whatever it cannot follow, it says so
(:class:`Obstacle`): a look that was not made never passes for one that found nothing. That holds for what it changes as well: a
table that no other future moves after the cut was not made of the data that were changed.
"""

from __future__ import annotations

import contextlib
import io
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from nbcode.leaks import look
from nbcode.leaks._pandas import with_other_future
from nbcode.leaks._parts import PART
from nbcode.leaks.calls import Lineage
from nbcode.leaks.facts import Facts
from nbcode.leaks.keys import Keys, explicit_keys, key_columns, name_column
from nbcode.leaks.learnt import Learnt, tables
from nbcode.leaks.look import Look, Obstacle
from nbcode.leaks.unchanged import NO_FIT, NO_INPUTS, few_sessions, nothing_dated
from nbcode.namespace import ActiveSession, Code, DataSource, Statements, beside_a_loop, read_inputs
from nbcode.primitives import Diagnostic, Place, Severity, Verdict, dataclass

_AGAIN = frozenset({"setup", "features", "model"})
_CUT = 0.6
_CUTS = 3
_MARGIN = 30  # sessions before the cut whose labels may reach over it: rows may come and go there
_SAME = 1e-9

Inputs = Mapping[str, Any]
OpenSession = Callable[[dict[str, object], Inputs, Any], None]
"""Puts the platform's names, on these inputs and this panel (None: there is none), into a namespace."""


def probe_leaks(
    session: ActiveSession,
    cells: Sequence[Code],
    source: DataSource,
    *,
    lineage: Lineage,
    horizon: int,
    place_files: Callable[[Inputs], Mapping[str, Callable[[], Path]]] | None = None,
    parts: Inputs = MappingProxyType({}),
) -> Look:
    """E23 and E24: whether what plain Python cells learnt from knew the future. Ends the session: ``cells``, which ran in it,
    run again, on data of their own. ``place_files`` puts inputs where cells open them, and tells where that is; ``parts`` are frames
    inside of inputs that are no tables, by names that no input has."""
    inputs = {**read_inputs(source), **parts}
    held = {name.partition(PART)[0] for name in inputs}
    others = {one.name: one.path for one in source.inputs if one.path is not None and one.name not in held}

    def begin_again(namespace: dict[str, object], frames: Inputs, panel: Any) -> None:
        session.reopened(namespace, frames, panel, None if place_files is None else place_files(frames))

    panel = session.panel_in_use
    return find_leaks(
        cells, session.namespace, inputs, begin_again, panel, others=others, lineage=lineage, horizon=horizon
    )


def find_leaks(
    cells: Sequence[Code],
    namespace: Mapping[str, object],
    inputs: Inputs,
    open_session: OpenSession,
    panel: Any = None,
    *,
    others: Mapping[str, Path] = MappingProxyType({}),
    lineage: Lineage,
    horizon: int,
) -> Look:
    """E23, E24, and the facts of ``lineage`` for cells that ran and left ``namespace``. ``inputs`` are frames by name, ``panel`` the
    platform's if cells have used it; none of them is changed. ``others`` are the files of declared inputs that are no frames, by name.
    ``horizon``: sessions that a label reaches ahead."""
    seen = _seen(cells, namespace, inputs, open_session, panel, others=others)
    facts = Facts(lineage, _sessions(inputs, panel), horizon).found()
    if not facts:
        return seen
    more = seen.diagnostics if seen.ahead.verdict is Verdict.FOUND else ()
    return look.found(*more, *facts)


def _sessions(inputs: Inputs, panel: Any) -> np.ndarray[Any, Any]:
    """The calendar of the inputs and of the panel, ascending; empty where they have no dates."""
    calendars = [keys.dates for frame in inputs.values() if (keys := explicit_keys(frame)) is not None]
    if panel is not None:
        calendars.append(np.asarray(panel.dates))
    none = np.array([], dtype="datetime64[ns]")
    return np.unique(np.concatenate([none, *(dates.astype("datetime64[ns]") for dates in calendars)]))


def _seen(
    cells: Sequence[Code],
    namespace: Mapping[str, object],
    inputs: Inputs,
    open_session: OpenSession,
    panel: Any,
    *,
    others: Mapping[str, Path],
) -> Look:
    if not inputs and not others and panel is None:
        return look.not_looked_at(NO_INPUTS)
    learnt, missed = tables(cells, namespace)
    dated = {name: keys for name, frame in inputs.items() if (keys := explicit_keys(frame)) is not None}
    calendars = [keys.dates for keys in dated.values()]
    if panel is not None:
        calendars.append(np.asarray(panel.dates, dtype="datetime64[ns]"))
    if not learnt and not missed:
        return look.not_looked_at(NO_FIT)
    undated = nothing_dated({name: frame for name, frame in inputs.items() if name not in dated}, others)
    if not calendars:
        return look.not_looked_at(undated)
    sessions = np.unique(np.concatenate([dates.astype("datetime64[ns]") for dates in calendars]))
    if len(sessions) < 2 * _MARGIN:
        return look.not_looked_at(few_sessions(len(sessions), 2 * _MARGIN))
    if not learnt:
        return look.not_looked_at(*missed)
    again = _Again(cells=cells, inputs=inputs, dated=dated, open_session=open_session, panel=panel)
    all_dated = len(dated) == len(inputs) and not others
    made = _Probe(again=again, learnt=learnt, sessions=sessions, undated=None if all_dated else undated)
    return made.ended(missed, _survivors(learnt, dated, sessions))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Probe:
    """The looks at ``learnt``. ``undated`` says which inputs stay as they are, None where every one is given another future."""

    again: _Again
    learnt: Sequence[Learnt]
    sessions: np.ndarray[Any, Any]
    undated: Obstacle | None

    def ended(self, missed: Sequence[Obstacle], survivors: Diagnostic | None) -> Look:
        """The verdict over all looks, where ``missed`` were not followed from the beginning."""
        results: list[Diagnostic | Obstacle | None] = []
        for one in self._values():
            results.append(one)
            if isinstance(one, Diagnostic):
                break
        if not any(isinstance(one, Diagnostic) for one in results):
            # Why names were not looked at is of use where the values were.
            results += [one for one in self._names() if None in results or isinstance(one, Diagnostic)]
        findings = [one for one in results if isinstance(one, Diagnostic)]
        if not findings:
            obstacles = [*(one for one in results if isinstance(one, Obstacle)), *missed]
            rest = look.none_found(obstacles) if None in results else look.not_looked_at(*obstacles)
            return rest if survivors is None else look.found(survivors, *rest.diagnostics)
        return look.found(*findings, *(() if survivors is None else (survivors,)))

    def _values(self) -> Iterator[Diagnostic | Obstacle | None]:
        """By table: what another future changes in it, why that was not seen, or None for nothing."""
        by_cut = _by_cut(self.learnt, self.sessions)
        for cut, tables_of_cut in list(by_cut.items())[:_CUTS]:
            other = self.again.learnt(cut, leaving=False)
            if isinstance(other, Obstacle):
                yield other
                continue
            for one in tables_of_cut:
                yield _compared(one, other, cut) or self._moved(one, other, cut)
        for cut, tables_of_cut in list(by_cut.items())[_CUTS:]:
            cause = f"ends on {str(cut)[:10]}, and the look is at {_CUTS} ends of training rows"
            yield from (one.missed(cause) for one in tables_of_cut)

    def _moved(self, one: Learnt, other: Sequence[Learnt], cut: np.datetime64) -> Obstacle | None:
        """Why nothing can be said of a table that no change of the inputs reaches."""
        if not (one.keys.dates > cut).any():
            if self.undated is None:
                return None
            sessions = np.unique(one.keys.dates)
            cut = sessions[int(_CUT * (len(sessions) - 1))]
            later = self.again.learnt(cut, leaving=False)
            if isinstance(later, Obstacle):
                return later
            other = later
        twin = _twin(one, other)
        a = one.numbers[one.keys.dates > cut]
        b = a if twin is None else twin.numbers[twin.keys.dates > cut]
        if not a.size or a.shape != b.shape or not np.array_equal(a, b, equal_nan=True):
            return None
        why = "" if self.undated is None else f": {self.undated.cause}"
        fix = "" if self.undated is None else self.undated.fix
        return one.missed(f"is the same whatever the dated inputs hold{why}", fix)

    def _names(self) -> Iterator[Diagnostic | Obstacle]:
        """Whether names were chosen by their future; nothing where rows have no names."""
        if all(one.keys.names is None for one in self.learnt):
            return
        middle = int(_CUT * len(self.sessions))
        leaving = self.again.learnt(self.sessions[middle], leaving=True)
        if isinstance(leaving, Obstacle):
            yield replace(leaving, cause=f"with names that leave the data, {leaving.cause}")
            return
        before = self.sessions[middle - _MARGIN]
        pairs = ((one, twin) for one in self.learnt if (twin := _twin(one, leaving)) is not None)
        told = (_other_names(one, twin, before) for one, twin in pairs)
        first = next((d for d in told if d is not None), None)
        if first is not None:
            yield first


def _by_cut(learnt: Sequence[Learnt], sessions: np.ndarray[Any, Any]) -> dict[np.datetime64, list[Learnt]]:
    """Tables by the session after which they are given another future, the earliest first: their own last one, where training rows
    end before the data does; the middle of the data for those that span it; their own middle for those that begin after that."""
    cuts: dict[np.datetime64, list[Learnt]] = {}
    middle = sessions[int(_CUT * len(sessions))]
    for one in learnt:
        own = np.unique(one.keys.dates)
        late = own[-1] >= sessions[-_MARGIN]
        cut = own[-1] if not late else middle if own[0] <= middle else own[int(_CUT * len(own))]
        cuts.setdefault(cut, []).append(one)
    return dict(sorted(cuts.items()))


# -- again ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Again:
    cells: Sequence[Code]
    inputs: Inputs
    dated: Mapping[str, Keys]
    open_session: OpenSession
    panel: Any

    def learnt(self, cut: np.datetime64, *, leaving: bool) -> tuple[Learnt, ...] | Obstacle:
        """What is learnt from in another future, or why there is none."""
        last = max((n for n, cell in enumerate(self.cells, 1) if cell.tag in _AGAIN), default=0)
        every = self.cells[:last]
        few = [cell for cell in every if cell.tag in _AGAIN]
        try:
            namespace = self._ran(few, cut, leaving=leaving)
        except NameError as error:
            if len(few) == len(every):
                return _failed(error, few)
            # A cell that chooses, such as a search in [eval], stands between them.
            try:
                namespace = self._ran(every, cut, leaving=leaving)
            except (Exception, SystemExit) as second:
                return _failed(second, every)
        except (Exception, SystemExit) as error:
            return _failed(error, few)
        return tables(self.cells, namespace)[0]

    def _ran(self, cells: Sequence[Code], cut: np.datetime64, *, leaving: bool) -> Mapping[str, object]:
        namespace: dict[str, object] = {"__name__": "__main__", "__builtins__": __builtins__}
        inputs = {name: self._other(name, cut, leaving=leaving) for name in self.inputs}
        panel = None if self.panel is None else _other_panel(self.panel, cut, leaving=leaving)
        self.open_session(namespace, inputs, panel)
        quiet = io.StringIO()
        with warnings.catch_warnings(), contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            warnings.simplefilter("ignore")
            sources = [cell.source for cell in cells]
            beside_a_loop(lambda: _run(cells, namespace, sources), sources)
        return namespace

    def _other(self, name: str, cut: np.datetime64, *, leaving: bool) -> Any:
        frame, keys = self.inputs[name], self.dated.get(name)
        if keys is None:
            return frame
        column = name_column(frame) if leaving else None
        if leaving and (column is None or keys.names is None):
            return frame
        gone = None if column is None else (column, frozenset(sorted(set(keys.names.tolist()))[1::3]))  # type: ignore[union-attr]
        return with_other_future(frame, keys.dates, cut, gone, key_columns(frame))


def _run(cells: Sequence[Code], namespace: dict[str, object], sources: Sequence[str]) -> None:
    with Statements(namespace, sources) as statements:
        for cell in cells:
            statements.run_cell(cell.source, cell.file)


def _other_panel(panel: Any, cut: np.datetime64, *, leaving: bool) -> Any:
    """The platform's panel with numbers moved after ``cut``, or with every third name missing there. What is constant stays."""
    later = np.asarray(panel.dates, dtype="datetime64[ns]") > cut
    moves = np.random.default_rng(20_260_102).lognormal(0.0, 0.5, panel.shape)
    fields = {}
    for name, values in panel.fields.items():
        other = np.array(values)
        if values.strides[0] != 0 and leaving:
            other[np.ix_(later, np.arange(panel.shape[1]) % 3 == 1)] = np.nan
        elif values.strides[0] != 0:
            other[later] *= moves[later]
        fields[name] = other
    return replace(panel, fields=MappingProxyType(fields))


def _failed(error: BaseException, cells: Sequence[Code]) -> Obstacle:
    """Cells that fail on another future: where, and how a check of the data is kept out of it."""
    by_file = {cell.file: cell for cell in cells}
    at = [
        (by_file[f.filename], f.lineno)
        for f in traceback.extract_tb(error.__traceback__)
        if f.filename in by_file
    ]
    cell, line = at[-1] if at else (cells[-1], None)
    where = f"cell {cell.index} [{cell.tag}]" + (f", line {line}," if line else "")
    return Obstacle(
        cause=f"{where} raises {type(error).__name__} on data with another future",
        detail=f": {error}"[:120] if str(error) else "",
        fix="move checks of the data into an [eval] cell at the end, which is not run again",
        place=Place(cell=cell.index, tag=cell.tag),
    )


def _twin(one: Learnt, others: Sequence[Learnt]) -> Learnt | None:
    at = (one.cell, one.line, one.text)
    return next((other for other in others if (other.cell, other.line, other.text) == at), None)


def _compared(one: Learnt, others: Sequence[Learnt], cut: np.datetime64) -> Diagnostic | Obstacle | None:
    twin = _twin(one, others)
    if twin is None:
        return one.missed("is another kind of table on data with another future")
    return _changed(one, twin, cut)


def _changed(one: Learnt, other: Learnt, cut: np.datetime64) -> Diagnostic | Obstacle | None:
    """A value of a session up to the cut that another future changes. Rows that are not the same ones cannot be compared."""
    now, then = one.keys.dates <= cut, other.keys.dates <= cut
    a, b = one.numbers[now], other.numbers[then]
    if a.shape != b.shape or not np.array_equal(one.keys.dates[now], other.keys.dates[then]):
        cause = f"has other rows up to {str(cut)[:10]} on data with another future"
        return one.missed(cause, "choose rows by earlier sessions, and draw with a seed")
    size = np.nanmax(np.abs(np.where(np.isfinite(a), a, np.nan)), axis=0, initial=0.0)
    apart = (np.isnan(a) != np.isnan(b)) | (np.abs(a - b) > _SAME * (np.abs(a) + size))
    if not apart.any():
        return None
    row = int(np.flatnonzero(apart.any(axis=1))[0])
    share = float(apart.any(axis=1).mean())
    date = str(one.keys.dates[now][row])[:10]
    return _e23(
        one,
        f"{one.text} knows the future: {share:.0%} of its rows up to {str(cut)[:10]} change when only later data does",
        f"the first is of {date}: {_pair(a, b, apart, row)}",
    )


def _pair(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], apart: np.ndarray[Any, Any], row: int) -> str:
    column = int(np.flatnonzero(apart[row])[0])
    return f"{a[row, column]:.6g} with the data as it is, {b[row, column]:.6g} with another future"


def _other_names(one: Learnt, other: Learnt, before: np.datetime64) -> Diagnostic | None:
    if one.keys.names is None or other.keys.names is None:
        return None
    now, then = (set(k.keys.names[k.keys.dates <= before].tolist()) for k in (one, other))  # type: ignore[index]
    moved = sorted(now ^ then)
    if not moved:
        return None
    return _e23(
        one,
        f"{one.text} holds names that were chosen by their future: {len(moved)} come or go when names leave the data later",
        f"{', '.join(moved[:3])}{', ...' if len(moved) > 3 else ''} on sessions before {str(before)[:10]}",
    )


def _survivors(
    learnt: Sequence[Learnt], dated: Mapping[str, Keys], sessions: np.ndarray[Any, Any]
) -> Diagnostic | None:
    """E24 where names leave the inputs and none of them is learnt from."""
    late = sessions[-min(6, len(sessions))]
    left: set[str] = set()
    for keys in dated.values():
        if keys.names is not None:
            left |= set(keys.names.tolist()) - set(keys.names[keys.dates >= late].tolist())
    named = [one for one in learnt if one.keys.names is not None]
    if len(left) < 2 or not named:
        return None
    if any(left & set(one.keys.names.tolist()) for one in named):  # type: ignore[union-attr]
        return None
    return Diagnostic(
        code="NBC-E24",
        severity=Severity.WARNING,
        message=f"{named[0].text} holds survivors only: none of the {len(left)} names that leave the data is in it",
        cause="who would survive was not known then; returns of survivors are better than returns were",
        fixes=("choose names by what was known on each session, not by a table of those that are left",),
        place=named[0].place,
    )


def _e23(one: Learnt, message: str, cause: str) -> Diagnostic:
    return Diagnostic(
        code=look.CODE,
        severity=Severity.WARNING,
        message=message,
        cause=cause,
        fixes=(
            "compute each row from its own session and earlier ones; fit scalers and encoders on training rows only",
        ),
        place=one.place,
    )
