"""What functions of the cells gave for the groups and the windows of a table, so that on other data they are asked only for those that
are others. ``table.groupby("date").apply(f)`` and ``table.rolling(10).apply(f)`` are most of what cells compute row by row."""

from __future__ import annotations

import contextlib
import functools
import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from nbcode.leaks.tables import Groups, Windows, asked_of, kept_as_it_is, reads_of
from nbcode.primitives import dataclass

_MOST_VALUES = 8_000_000  # of tables and answers, in all runs together
_METHODS = (
    ("pandas.core.groupby.groupby", "GroupBy"),
    ("pandas.core.groupby.generic", "SeriesGroupBy"),
    ("pandas.core.window.rolling", "Rolling"),
)
_WORTH_IT = 0.9  # of the groups or the windows: where more are others, all are asked

Key = tuple[object, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Answered:
    """A ``table``, and what came of it."""

    table: Any
    result: Any


class _Kept:
    """What was answered in all runs of the same cells."""

    def __init__(self) -> None:
        self._known: dict[Key, list[_Answered]] = {}
        self._values = 0

    def at(self, key: Key) -> list[_Answered]:
        """What is known of one place of the cells."""
        return self._known.get(key, [])

    def keep(self, key: Key, table: Any, result: Any) -> None:
        """Keep the answer ``result``, while there is room."""
        self._values += table.size + result.size
        if self._values <= _MOST_VALUES:
            self._known.setdefault(key, []).append(
                _Answered(table=kept_as_it_is(table), result=kept_as_it_is(result))
            )


class Answers:
    """The answers of one run, until :meth:`remove`. ``first`` are those of the same cells on other data, which keeps those of this run too.
    ``of_cells`` says of a file whether it has cells; ``recorded`` counts what was recorded so far: what is recorded on the way to an
    answer would be missed, so that it is given anew each time."""

    def __init__(
        self, of_cells: Callable[[str], bool], recorded: Callable[[], int], first: Answers | None = None
    ) -> None:
        self._of_cells, self._recorded = of_cells, recorded
        self.kept: _Kept = _Kept() if first is None else first.kept
        self._changed: list[tuple[Any, Any]] = []
        self._times: dict[tuple[object, ...], int] = {}
        self._asking = False
        self.asked = 0
        self.taken_over = 0
        self.at_once = 0

    def install(self) -> None:
        """Keep from now on what functions give, where pandas is imported."""
        for module, name in _METHODS if "pandas" in sys.modules else ():
            holder = getattr(sys.modules.get(module), name, None)
            before = None if holder is None else vars(holder).get("apply")
            if holder is not None and before is not None:
                self._changed.append((holder, before))
                holder.apply = self._wrapped(before)

    def remove(self) -> None:
        """Put the methods back."""
        for holder, before in reversed(self._changed):
            holder.apply = before
        self._changed.clear()

    def _wrapped(self, function: Any) -> Any:
        @functools.wraps(function)
        def apply(asking: Any, *args: Any, **keywords: Any) -> Any:
            frame = sys._getframe(1)  # noqa: SLF001 - whoever called
            if self._asking or not self._of_cells(frame.f_code.co_filename):
                return function(asking, *args, **keywords)
            site = (frame.f_code.co_filename, frame.f_code.co_name, frame.f_lineno)
            self._times[site] = self._times.get(site, 0) + 1
            self._asking = True
            try:
                return self._answer(function, asking, args, keywords, (*site, self._times[site]))
            finally:
                self._asking = False

        return apply

    def _answer(self, function: Any, asking: Any, args: Any, keywords: Any, site: Key) -> Any:
        """What ``function``, a method of pandas, gives. Whatever goes wrong in what is kept, it is asked as it would have been."""
        parts = key = result = None
        with contextlib.suppress(Exception):
            parts = asked_of(asking, args, keywords)
            read = None if parts is None else reads_of(args[0], self._of_cells)
            key = None if parts is None or read is None else (*site, parts.how, read)
        if parts is None or key is None:
            return function(asking, *args, **keywords)
        with contextlib.suppress(Exception):
            known = self.kept.at(key)
            result = self._of_known(function, parts, known, args, keywords) if known else None
        if result is None:
            before = self._recorded(), _drawn()
            result = function(asking, *args, **keywords)
            self.asked += parts.count
            if before != (self._recorded(), _drawn()):
                return result
        with contextlib.suppress(Exception):
            if parts.is_kept(result):
                self.kept.keep(key, parts.table, result)
        return result

    def _of_known(
        self, function: Any, parts: Groups | Windows, known: list[_Answered], args: Any, keywords: Any
    ) -> Any:
        """The answers that are known already, and those to what is left, or all where they are had at once; None where it is not worth it, or they
        do not fit together."""
        made: Any = parts.at_once(args[0])
        if made is not None:
            self.at_once += parts.count
            return made
        left = np.ones(parts.count, dtype=bool)
        for one in known:
            same = parts.same_as(one.table)
            if same is None or not left.any():
                continue
            if made is None:
                made = one.result.copy()
            elif not parts.fit_together(made, one.result):
                continue
            take = left & same
            if take.any():
                made.iloc[take] = one.result.iloc[take]
                left &= ~take
        if made is None or left.mean() > _WORTH_IT:
            return None
        before = self._recorded(), _drawn()
        if left.any():
            left, answers = parts.ask(left, function, args, keywords)
            if answers is None or not parts.fit_together(made.iloc[left], answers):
                return None
            made.iloc[left] = answers
        if before != (self._recorded(), _drawn()):
            return None
        self.asked += int(left.sum())
        self.taken_over += int((~left).sum())
        return made


def _drawn() -> tuple[object, ...]:
    """Where the generators that everybody shares stand."""
    state = np.random.get_state(legacy=False)  # noqa: NPY002 - the generator that cells share
    return random.getstate(), str(state["state"]["pos"]), state["state"]["key"].tobytes()
