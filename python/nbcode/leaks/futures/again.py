"""The cells once more, on other data: their calls are recorded as those of the run were."""

from __future__ import annotations

import ast
import contextlib
import io
import random
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from nbcode.leaks.futures.short_ways import short_ways
from nbcode.leaks.futures.undrawn import undrawn
from nbcode.leaks.lineage import Call, Future, Lineage, Obstacle, OutOfTime, leaving
from nbcode.leaks.recording import WATCH, AllCallsMade, Recorder, Watch
from nbcode.leaks.tables import Factors, Keys, changed, event_columns, key_columns, revised_columns
from nbcode.namespace import Code, Statements, beside_a_loop
from nbcode.primitives import Place, dataclass

Inputs = Mapping[str, Any]
OpenSession = Callable[[dict[str, object], Inputs, Any], None]
"""Puts the platform's names, on these inputs and this panel (None: there is none), into a namespace."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Again:
    """A run whose cells can run once more. ``seed`` starts the generators as they started then."""

    cells: Sequence[Code]
    inputs: Inputs
    dated: Mapping[str, Keys]
    open_session: OpenSession
    panel: Any
    recorder: Recorder
    seed: Callable[[], None]

    def calls(
        self, future: Future, *, scores: bool = False, until: Call | None = None
    ) -> tuple[Lineage | None, Obstacle | None]:
        """The calls on data with another future, with what figures are computed of where ``scores`` says so, else up to ``until`` where that
        comes, and what failed on the way; None where there are no calls for want of time."""
        again = self.recorder.again(scores=scores, until=until)
        inputs = {name: self.other(name, future) for name in self.inputs}
        panel = None if self.panel is None else _other_panel(self.panel, future)
        try:
            _, failures = self._run(again, inputs, panel, _WithoutAssertions())
        except OutOfTime as error:
            return None, error.obstacle
        return again.lineage, failures[0] if failures else None

    @property
    def leaving(self) -> frozenset[str]:
        """The names that leave in a future in which names do."""
        every = [leaving(keys.names) for keys in self.dated.values() if keys.names is not None]
        if self.panel is not None:
            every.append(frozenset(map(str, list(self.panel.assets)[1::3])))
        return frozenset().union(*every)

    def names(self, future: Future) -> tuple[dict[str, object], Obstacle | None]:
        """The namespace that the cells leave on data with another future, and what failed first on the way. Raises OutOfTime."""
        inputs = {name: self.other(name, future) for name in self.inputs}
        panel = None if self.panel is None else _other_panel(self.panel, future)
        namespace, failures = self._run(contextlib.nullcontext(), inputs, panel, _WithoutAssertions())
        return namespace, failures[0] if failures else None

    def watched(
        self, inputs: Inputs, expressions: Sequence[str] = ()
    ) -> tuple[dict[str, object], Watch, list[object]]:
        """What the cells leave on ``inputs``, what their calls were given, and the values of ``expressions`` after them (None: it has
        none); they run to their end. Raises OutOfTime."""
        watch = Watch()
        namespace, _ = self._run(self.recorder.again(to_the_end=True), inputs, self.panel, _Watching(watch))
        return namespace, watch, [_value(one, namespace, watch) for one in expressions]

    def _run(
        self, again: AbstractContextManager[object], inputs: Inputs, panel: Any, changes: _WithoutAssertions
    ) -> tuple[dict[str, object], list[Obstacle]]:
        namespace: dict[str, object] = {"__name__": "__main__", "__builtins__": __builtins__}
        self.open_session(namespace, inputs, panel)
        namespace.update(changes.names)
        self.seed()
        sources = [cell.source for cell in self.cells]
        quiet = io.StringIO()
        failures: list[Obstacle] = []
        with (
            contextlib.suppress(AllCallsMade),
            warnings.catch_warnings(),
            contextlib.redirect_stdout(quiet),
            contextlib.redirect_stderr(quiet),
            undrawn(),
            short_ways(),
            again,
        ):
            warnings.simplefilter("ignore")
            beside_a_loop(lambda: _run(self.cells, namespace, sources, failures, changes), sources)
            if isinstance(again, Recorder):
                again.ends(namespace)
        return namespace, failures

    def other(self, name: str, future: Future) -> Any:
        """The input ``name`` on another future; as it is where it has no dates."""
        frame, keys = self.inputs[name], self.dated.get(name)
        if keys is None:
            return frame
        dates = keys.dates
        if keys.stamps is not None:
            dates, future = keys.stamps, replace(future, cut=future.stamp)
        kept = (*key_columns(frame), *keys.records)
        revised = revised_columns(frame, dates)
        return changed(frame, dates, keys.names, future, kept, events=event_columns(frame), revised=revised)


def reseed() -> None:
    """Start the generators that everybody shares."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - the generator that cells share


def _run(
    cells: Sequence[Code],
    namespace: dict[str, object],
    sources: Sequence[str],
    failures: list[Obstacle],
    changes: _WithoutAssertions,
) -> None:
    """Every statement, but for assertions. One that fails is left out: a check of the data is no reason to end."""
    with Statements(namespace, sources) as statements:
        for cell in cells:
            tree = changes.of(cell)
            for statement in tree.body:
                try:
                    statements.run(statement, cell.file)
                except (Exception, SystemExit) as error:
                    failures.append(_failed(error, cells, cell))


class _WithoutAssertions(ast.NodeTransformer):
    """Cells as they run again; ``names`` are what they need besides their own."""

    names: Mapping[str, object] = MappingProxyType({})

    def of(self, cell: Code) -> Any:
        return self.visit(ast.parse(cell.source, cell.file))

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        return ast.copy_location(ast.Pass(), node)


class _Watching(_WithoutAssertions):
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.names = {WATCH: watch}

    def of(self, cell: Code) -> Any:
        return self._watch.within(super().of(cell), cell.file)


def _value(expression: str, namespace: dict[str, object], watch: Watch) -> object:
    """What an expression of [meta] is among the names that cells left, None where it is nothing."""
    if not expression:
        return None
    try:
        tree = watch.within(ast.parse(expression, "<cell [meta]>", mode="eval"), "<cell [meta]>")
        return eval(compile(tree, "<cell [meta]>", "eval"), namespace)  # noqa: S307 - the notebook's own
    except Exception:
        return None


def _failed(error: BaseException, cells: Sequence[Code], running: Code) -> Obstacle:
    """A statement that fails on another future: where, and how a check of the data is kept out of it."""
    by_file = {cell.file: cell for cell in cells}
    trace = traceback.extract_tb(error.__traceback__)
    at = [(by_file[f.filename], f.lineno) for f in trace if f.filename in by_file]
    cell, line = at[-1] if at else (running, None)
    return Obstacle(
        cause=f"a [{cell.tag}] cell raises {type(error).__name__} on data with another future",
        detail=(f" (line {line})" if line else "") + (f": {error}"[:120] if str(error) else ""),
        fix="write a check of the data as a statement of its own: assert table['close'].gt(0).all()",
        place=Place(cell=cell.index, tag=cell.tag),
    )


def _other_panel(panel: Any, future: Future) -> Any:
    """The platform's panel with another future: what is constant stays. Of one that keeps its columns, the panel below."""
    panel = getattr(panel, "panel", panel)
    dates = np.asarray(panel.dates, dtype="datetime64[ns]")
    later, earlier = dates > future.cut, dates < future.cut
    sessions, names = panel.shape
    rows = np.repeat(dates, names), np.tile(np.arange(names), sessions), np.repeat(later, names)
    factors = Factors(future.change, *rows, list(panel.fields))
    fields = {}
    last = max(int(np.flatnonzero(~later)[-1]), 0) if (~later).any() else 0
    for name, values in panel.fields.items():
        other = np.array(values)
        if values.strides[0] != 0:
            moves = factors.of(name).reshape(panel.shape)
            if future.change.of_past:
                other[earlier] *= moves[earlier]
            if future.change.is_flat:
                other[later] = other[last]
            if future.change.of_future:
                other[later] *= moves[later]
            if future.names_leave:
                other[np.ix_(later, np.arange(panel.shape[1]) % 3 == 1)] = np.nan
        fields[name] = other
    return replace(panel, fields=MappingProxyType(fields))
