"""Whether what a plain Python notebook learns from knew the future: its features again, on another future.

The vocabulary of alpha_bench cannot look ahead, and custom features are run again on shortened panels there. Cells of pandas
can do anything, so a clean run ends with this:

1. The tables given to ``fit`` (and to what splits and validates) are evaluated, and it is found out which session, and which name,
   each of their rows is of.
2. Every declared input with a column of dates is given another future: after a cut, numbers are others. The cut is the last
   session of the table's rows, where they end before the data does (so that a scaler fitted on training rows is honest), else
   60 % of the sessions. The [setup], [features] and [model] cells run again on it in a namespace of their own. A row of a
   session up to the cut that has another value knew the future (E23).
3. Once more, with a third of the names leaving the data after the cut. A name whose rows *before* the cut come or go was chosen by
   what became of it (E23).
4. Where names leave the inputs and none of them is among the rows, the rows are the survivors' (E24).

It shows that a notebook looks ahead on this data; it is no proof that it never would. What it cannot follow it leaves alone: rows
whose dates are nowhere, and cells that fail on the other data.
"""

from __future__ import annotations

import ast
import contextlib
import io
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from nbcode.leaks._pandas import numbers_of, with_other_future
from nbcode.leaks.keys import Keys, explicit_keys, keys_of, name_column
from nbcode.namespace import ActiveSession, Code, DataSource, read_inputs
from nbcode.primitives import Diagnostic, Place, Severity

_AGAIN = frozenset({"setup", "features", "model"})
_CUT = 0.6
_MARGIN = 30  # sessions before the cut whose labels may reach over it: rows may come and go there
_SAME = 1e-9
_LEARNS = frozenset({"fit", "fit_transform", "fit_predict", "partial_fit"})
_SPLITS = frozenset({"cross_val_score", "cross_validate", "cross_val_predict", "train_test_split"})

_SAME_ROWS = frozenset({"to_numpy", "astype", "copy"})

Inputs = Mapping[str, Any]
OpenSession = Callable[[dict[str, object], Inputs, Any], None]
"""Puts the platform's names, on these inputs and this panel (None: there is none), into a namespace."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Learnt:
    """A table that is learnt from: the expression that gives it, its numbers, and whose rows they are."""

    cell: Code
    line: int
    text: str
    numbers: np.ndarray[Any, Any]
    keys: Keys


def probe_leaks(
    session: ActiveSession,
    cells: Sequence[Code],
    source: DataSource,
    place_files: Callable[[Inputs], Mapping[str, Callable[[], Path]]] | None = None,
    parts: Inputs = MappingProxyType({}),
) -> tuple[Diagnostic, ...]:
    """E23 and E24: whether what plain Python cells learnt from knew the future. Ends the session: ``cells``, which ran in it,
    run again, on data of their own. ``place_files`` puts inputs where cells open them, and tells where that is; ``parts`` are frames
    inside of inputs that are no tables, by names that no input has."""
    inputs = {**read_inputs(source), **parts}

    def begin_again(namespace: dict[str, object], frames: Inputs, panel: Any) -> None:
        session.reopened(namespace, frames, panel, None if place_files is None else place_files(frames))

    return find_leaks(cells, session.namespace, inputs, begin_again, session.panel_in_use)


def find_leaks(
    cells: Sequence[Code],
    namespace: Mapping[str, object],
    inputs: Inputs,
    open_session: OpenSession,
    panel: Any = None,
) -> tuple[Diagnostic, ...]:
    """E23 and E24 for cells that ran and left ``namespace``. ``inputs`` are frames by name, ``panel`` the platform's if cells have
    used it; none of them is changed."""
    learnt = tuple(_learnt(cells, namespace))
    dated = {name: keys for name, frame in inputs.items() if (keys := explicit_keys(frame)) is not None}
    calendars = [keys.dates for keys in dated.values()]
    if panel is not None:
        calendars.append(np.asarray(panel.dates, dtype="datetime64[ns]"))
    if not learnt or not calendars:
        return ()
    sessions = np.unique(np.concatenate([dates.astype("datetime64[ns]") for dates in calendars]))
    if len(sessions) < 2 * _MARGIN:
        return ()
    again = _Again(cells=cells, inputs=inputs, dated=dated, open_session=open_session, panel=panel)
    middle = int(_CUT * len(sessions))
    found = None
    for cut, tables in _by_cut(learnt, sessions, sessions[middle]).items():
        found = found or _first_that(_changed, tables, again.learnt(cut, leaving=False), cut)
    if found is None:
        leaving = again.learnt(sessions[middle], leaving=True)
        found = _first_that(_other_names, learnt, leaving, sessions[middle - _MARGIN])
    return tuple(d for d in (found, _survivors(learnt, dated, sessions)) if d is not None)


def _by_cut(
    learnt: Sequence[_Learnt], sessions: np.ndarray[Any, Any], middle: np.datetime64
) -> dict[np.datetime64, list[_Learnt]]:
    """Tables by the session after which they are given another future: their own last one, where training rows end before the
    data does; the middle of the data for those that span it. The three earliest."""
    cuts: dict[np.datetime64, list[_Learnt]] = {}
    for one in learnt:
        last = one.keys.dates.max()
        cuts.setdefault(last if last < sessions[-_MARGIN] else middle, []).append(one)
    return dict(sorted(cuts.items())[:3])


# -- what is learnt from -------------------------------------------------------------------------------------------------


def _learnt(cells: Sequence[Code], namespace: Mapping[str, object]) -> Iterator[_Learnt]:
    for cell in cells:
        for call, given in _given(cell):
            value = _value(given, namespace)
            numbers = None if value is None else numbers_of(value)
            keys = None if numbers is None else keys_of(value, namespace)
            if numbers is not None and keys is not None and len(keys.dates) == len(numbers):
                yield _Learnt(
                    cell=cell, line=call.lineno, text=ast.unparse(given)[:80], numbers=numbers, keys=keys
                )


def _given(cell: Code) -> Iterator[tuple[ast.Call, ast.expr]]:
    """Calls at any depth that learn from a table, with the expression of the table."""
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        at = 1 if called.startswith("cross_val") else 0
        given = next((k.value for k in node.keywords if k.arg == "X"), None)
        if given is None and called in _LEARNS | _SPLITS and len(node.args) > at:
            given = node.args[at]
        if given is not None:
            yield node, given


def _value(expression: ast.expr, namespace: Mapping[str, object]) -> object | None:
    """What a name, an attribute or a selection of columns and rows is at the end; None for what would call or compute."""
    while isinstance(expression, ast.Call) and getattr(expression.func, "attr", "") in _SAME_ROWS:
        expression = expression.func.value  # type: ignore[attr-defined]
    allowed = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.List, ast.Tuple, ast.Slice, ast.Load)
    if not all(isinstance(node, allowed) for node in ast.walk(expression)):
        return None
    try:
        value: object = eval(  # noqa: S307 - the cell's own expression, in the sandbox that ran the cell
            compile(ast.Expression(expression), "<learnt>", "eval"), dict(namespace)
        )
    except Exception:
        return None
    return value


# -- again ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Again:
    cells: Sequence[Code]
    inputs: Inputs
    dated: Mapping[str, Keys]
    open_session: OpenSession
    panel: Any

    def learnt(self, cut: np.datetime64, *, leaving: bool) -> tuple[_Learnt, ...]:
        """What is learnt from in another future; nothing where the cells fail on it."""
        namespace: dict[str, object] = {"__name__": "__main__", "__builtins__": __builtins__}
        inputs = {name: self._other(name, cut, leaving=leaving) for name in self.inputs}
        panel = None if self.panel is None else _other_panel(self.panel, cut, leaving=leaving)
        self.open_session(namespace, inputs, panel)
        cells = [cell for cell in self.cells if cell.tag in _AGAIN]
        quiet = io.StringIO()
        try:
            with (
                warnings.catch_warnings(),
                contextlib.redirect_stdout(quiet),
                contextlib.redirect_stderr(quiet),
            ):
                warnings.simplefilter("ignore")
                for cell in cells:
                    exec(compile(cell.source, cell.file, "exec"), namespace)  # noqa: S102 - the promoted cells
        except (Exception, SystemExit):
            return ()
        return tuple(_learnt(self.cells, namespace))

    def _other(self, name: str, cut: np.datetime64, *, leaving: bool) -> Any:
        frame, keys = self.inputs[name], self.dated.get(name)
        if keys is None:
            return frame
        column = name_column(frame) if leaving else None
        if leaving and (column is None or keys.names is None):
            return frame
        gone = None if column is None else (column, frozenset(sorted(set(keys.names.tolist()))[1::3]))  # type: ignore[union-attr]
        return with_other_future(frame, keys.dates, cut, gone)


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


def _first_that(
    differs: Callable[[_Learnt, _Learnt, np.datetime64], Diagnostic | None],
    learnt: Sequence[_Learnt],
    other: Sequence[_Learnt],
    until: np.datetime64,
) -> Diagnostic | None:
    pairs = ((a, b) for a in learnt for b in other if (a.cell, a.line, a.text) == (b.cell, b.line, b.text))
    return next((d for a, b in pairs if (d := differs(a, b, until)) is not None), None)


def _changed(one: _Learnt, other: _Learnt, cut: np.datetime64) -> Diagnostic | None:
    """A value of a session up to the cut that another future changes. Rows that are not the same ones are not compared."""
    now, then = one.keys.dates <= cut, other.keys.dates <= cut
    a, b = one.numbers[now], other.numbers[then]
    if a.shape != b.shape or not np.array_equal(one.keys.dates[now], other.keys.dates[then]):
        return None
    size = np.nanmax(np.abs(np.where(np.isfinite(a), a, np.nan)), axis=0, initial=0.0)
    apart = (np.isnan(a) != np.isnan(b)) | (np.abs(a - b) > _SAME * (np.abs(a) + size))
    if not apart.any():
        return None
    row = int(np.flatnonzero(apart.any(axis=1))[0])
    share = float(apart.any(axis=1).mean())
    date = str(one.keys.dates[now][row])[:10]
    return _e23(
        one,
        f"`{one.text}` knows the future: {share:.0%} of its rows up to {str(cut)[:10]} change when only later data does",
        f"the first is of {date}: {_pair(a, b, apart, row)}",
    )


def _pair(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], apart: np.ndarray[Any, Any], row: int) -> str:
    column = int(np.flatnonzero(apart[row])[0])
    return f"{a[row, column]:.6g} with the data as it is, {b[row, column]:.6g} with another future"


def _other_names(one: _Learnt, other: _Learnt, before: np.datetime64) -> Diagnostic | None:
    if one.keys.names is None or other.keys.names is None:
        return None
    now, then = (set(k.keys.names[k.keys.dates <= before].tolist()) for k in (one, other))  # type: ignore[index]
    moved = sorted(now ^ then)
    if not moved:
        return None
    return _e23(
        one,
        f"`{one.text}` holds names that were chosen by their future: {len(moved)} come or go when names leave the data later",
        f"{', '.join(moved[:3])}{', ...' if len(moved) > 3 else ''} on sessions before {str(before)[:10]}",
    )


def _survivors(
    learnt: Sequence[_Learnt], dated: Mapping[str, Keys], sessions: np.ndarray[Any, Any]
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
        message=f"`{named[0].text}` holds survivors only: none of the {len(left)} names that leave the data is in it",
        cause="who would survive was not known then; returns of survivors are better than returns were",
        fixes=("choose names by what was known on each session, not by a table of those that are left",),
        place=Place(cell=named[0].cell.index, tag=named[0].cell.tag, line=named[0].line),
    )


def _e23(one: _Learnt, message: str, cause: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-E23",
        severity=Severity.WARNING,
        message=message,
        cause=cause,
        fixes=(
            "compute each row from its own session and earlier ones; fit scalers and encoders on training rows only",
        ),
        place=Place(cell=one.cell.index, tag=one.cell.tag, line=one.line),
    )
