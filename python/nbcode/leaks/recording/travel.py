"""Whose rows a value has: dates and names travel with it by its own index or columns, by its identity, by the memory that it is a
part of, and by its content against the tables of the cells whose keys are known."""

from __future__ import annotations

import contextlib
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from nbcode.leaks.lineage import UNKNOWN, Lineage, Rows
from nbcode.leaks.recording.frames import Scope
from nbcode.leaks.recording.known_tables import Table, agreed, has_columns, length_of, memory_of, shape_of
from nbcode.leaks.tables import (
    Levels,
    Words,
    between_neighbours,
    column_of,
    columns_of,
    explicit_keys,
    is_frame,
    is_indexed,
    is_of_days,
    is_window,
    level_keys,
    numbers_of,
    one_row_each,
    positions_beside,
    rows_by_index,
    same_numbers,
    sample_in,
    says_by_index,
    taken_of,
    telling_columns,
    wide_keys,
    words_of,
)

_ENOUGH = 0.98  # of the rows have to be found in a table by their values


_MOST_KEPT = 40_000_000  # rows of tables that live, in all together
_MOST_ORDERED = 8_000_000  # numbers, in columns that were put in order
_MET = 40  # of the tables that were met before, those last used
_MOST_IN_SCOPE = 400
_MISSES = 32  # after so many values of one argument that came from nowhere, the next is not looked for

Site = tuple[object, ...]
"""The argument of a call as it is written: where a value came from once, the next is looked for first."""


class Travel:
    """Follows rows through one run; what it finds is in the codes of ``lineage``."""

    def __init__(self, lineage: Lineage, first: Travel | None = None) -> None:
        """``first`` followed the same cells on other data: the codes are its."""
        self._lineage = lineage
        self.codes: tuple[dict[int, int], dict[str, int]] = ({}, {}) if first is None else first.codes
        self._sessions, self._names = self.codes
        self._tables: OrderedDict[int, Table] = OrderedDict()
        self._in_memory: dict[int, dict[int, None]] = {}
        self._undated: dict[int, tuple[Callable[[], Any], object]] = {}
        self._nowhere: dict[int, Callable[[], Any]] = {}
        self._source: dict[Site, tuple[int, object]] = {}
        self._called: dict[Site, tuple[tuple[int, str] | None, object]] = {}
        self._misses: dict[Site, int] = {}
        self._levels = Levels()
        self._kept = self._ordered = 0

    # -- what is known

    def knows(self, value: Any, rows: Rows | None) -> None:
        """``value`` is a new object with the rows ``rows``."""
        if (
            rows is None
            or len(rows) != length_of(value)
            or (has_columns(value) and self._own(value) is not None)
        ):
            return
        self._keep(value, rows)

    def _keep(self, value: Any, rows: Rows, *, by_index: bool = False) -> Table | None:
        number = id(value)
        try:
            held = weakref.ref(value, lambda _ref: self._drop(number))
        except TypeError:
            return None
        self._drop(number)
        table = Table(value=held, rows=rows, memory=memory_of(value), by_index=by_index)
        self._tables[number] = table
        self._in_memory.setdefault(table.memory, {})[number] = None
        self._kept += len(rows)
        while self._kept > _MOST_KEPT and len(self._tables) > 1:
            self._drop(next(iter(self._tables)))
        return table

    def _drop(self, number: int) -> None:
        table = self._tables.pop(number, None)
        if table is None:
            return
        self._kept -= len(table.rows)
        self._ordered -= sum(len(numbers) for numbers, _, _ in table.ordered.values())
        there = self._in_memory[table.memory]
        del there[number]
        if not there:
            del self._in_memory[table.memory]

    def _own(self, value: Any) -> Table | None:
        """A frame or a series that says itself whose its rows are."""
        number = id(value)
        known = self._tables.get(number)
        if known is not None and known.value() is value and len(known.rows) == len(value):
            self._tables.move_to_end(number)
            return known
        undated = self._undated.get(number)
        shape = shape_of(value)
        if undated is not None and undated[0]() is value and undated[1] == shape:
            return None
        alike = self._of_same_index(value)
        if alike is not None:
            return alike
        levels = level_keys(value, self._levels)
        if levels is not None:
            return self._keep(value, self._rows_of_words(*levels), by_index=True)
        keys = explicit_keys(value)
        if keys is None:
            with contextlib.suppress(TypeError):
                self._undated[number] = (weakref.ref(value), shape)
            return None
        rows = self.coded(
            keys.dates if keys.stamps is None else keys.stamps, keys.names, of_day=keys.stamps is not None
        )
        return self._keep(value, rows, by_index=is_indexed(value) and is_of_days(value.index))

    def _of_same_index(self, value: Any) -> Table | None:
        """The rows of what has the very same index, where that alone says whose they are."""
        for number in self._in_memory.get(memory_of(value), ()) if is_indexed(value) else ():
            table = self._tables[number]
            whole = table.value()
            if (
                table.by_index
                and is_indexed(whole)
                and whole.index.is_(value.index)
                and whole.index.names == value.index.names
                and says_by_index(whole)
                and says_by_index(value)
            ):
                return self._keep(value, table.rows, by_index=True)
        return None

    def _wide(self, table: Table) -> Rows | None:
        """Those of every value of a frame of one session a row and one name a column, which are had where they are asked for."""
        frame = table.value() if table.by_index else None
        if table.wide is None and is_frame(frame):
            keys = wide_keys(frame)
            table.wide = table.rows if keys is None else self.coded(keys.dates, keys.names)
        return table.wide

    def coded(
        self, dates: np.ndarray[Any, Any], names: np.ndarray[Any, Any] | None, *, of_day: bool = False
    ) -> Rows:
        """Dates (datetime64) and names (text) as rows; ``of_day``: the dates are times of the sessions that are their days."""
        return self._rows_of_words(words_of(dates), None if names is None else words_of(names), of_day=of_day)

    def _rows_of_words(self, dates: Words, names: Words | None, *, of_day: bool = False) -> Rows:
        days = dates[0].astype("datetime64[ns]").view(np.int64)
        codes = np.array([self._session(day, of_day=of_day) for day in days.tolist()], dtype=np.int32)
        if names is None:
            return Rows(sessions=codes[dates[1]])
        named = np.array([self._name(str(word)) for word in names[0].tolist()], dtype=np.int32)
        return Rows(sessions=codes[dates[1]], names=named[names[1]])

    def _session(self, day: int, *, of_day: bool) -> int:
        if day == np.iinfo(np.int64).min:
            return UNKNOWN
        code = self._sessions.get(day)
        if code is None:
            code = self._sessions[day] = len(self._lineage.sessions)
            stamp = np.datetime64(day, "ns")
            self._lineage.sessions.append(
                stamp.astype("datetime64[D]").astype("datetime64[ns]") if of_day else stamp
            )
            if of_day:
                self._lineage.stamps[code] = stamp
        return code

    def _name(self, word: str) -> int:
        code = self._names.get(word)
        if code is None:
            code = self._names[word] = len(self._lineage.names)
            self._lineage.names.append(word)
        return code

    # -- whose rows

    def rows_of(self, value: Any, scope: Callable[[], Scope], site: Site | None = None) -> Rows | None:
        """The rows of ``value``, None where they cannot be followed. ``scope``: the values that the cell could have made it of;
        ``site``: which argument of which call it is."""
        length = length_of(value)
        if length is None or length == 0:
            return None
        known = self._at_once(value, length)
        if known is not None:
            return known
        found = self._from_source(value, site)
        if found is None and self._misses.get(site or (), 0) < _MISSES:
            found = self._named_or_looked_for(value, length, scope(), site)
        if found is not None:
            self._keep(value, found)
        if site is not None:
            self._misses[site] = 0 if found is not None else self._misses.get(site, 0) + 1
        return found

    def _at_once(self, value: Any, length: int) -> Rows | None:
        """By what it says itself, by what it is, by the memory or by the index that it has of another."""
        if has_columns(value):
            own = self._own(value)
            if own is not None:
                return own.rows
        known = self._tables.get(id(value))
        if known is not None and known.value() is value and len(known.rows) == length:
            return known.rows
        return self._of_index(value) if is_indexed(value) else self._part_of(value)

    def _of_index(self, value: Any) -> Rows | None:
        for number in self._in_memory.get(memory_of(value), ()):
            whole = self._tables[number].value()
            if is_indexed(whole) and whole.index.is_(value.index):
                return self._tables[number].rows
        return None

    def _part_of(self, value: Any) -> Rows | None:
        """Rows of an array that looks into the memory of one that is known."""
        if not isinstance(value, np.ndarray) or not isinstance(value.base, np.ndarray):
            return None
        for number in self._in_memory.get(memory_of(value), ()):
            table = self._tables[number]
            whole = table.value()
            if not isinstance(whole, np.ndarray) or not (whole is value.base or whole.base is value.base):
                continue
            step = whole.strides[0]
            offset = value.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
            if value.ndim == 0 or step == 0 or value.strides[0] % step:
                continue
            first, stride = offset // step, value.strides[0] // step
            at = first + stride * np.arange(len(value))
            if len(at) and at.min() >= 0 and at.max() < len(table.rows):
                return table.rows[at]
        return None

    def _from_source(self, value: Any, site: Site | None) -> Rows | None:
        """Rows of the table and the column that the last value of this argument came from."""
        number, name = self._source.get(site or (), (0, None))
        table = self._tables.get(number)
        frame = None if table is None else table.value()
        return None if table is None or frame is None else self._rows_in(value, frame, table, name)

    def _rows_in(self, value: Any, frame: Any, table: Table, name: object) -> Rows | None:
        """Rows of ``frame``, which is ``table``, by its index or by its column ``name``."""
        if is_indexed(value) and is_indexed(frame):
            at = rows_by_index(value, frame)
            return None if at is None else table.rows[at]
        numbers = column_of(frame, name)
        if numbers is None:
            return None
        columns = telling_columns(value)
        for number, column in enumerate(columns):
            if positions_beside(column, numbers) is not None:
                return table.rows
            at = self._positions(column, table, name, numbers)
            if at is not None and one_row_each(at, columns[:number] + columns[number + 1 :]):
                return table.rows.taken(at)
        return None

    def _named_or_looked_for(self, value: Any, length: int, scope: Scope, site: Site | None) -> Rows | None:
        """By what the cell now calls as it called the table that the last value of this argument came from: each turn of a loop makes
        another; else by whatever it could have been made of."""
        place, column = self._called.get(site or (), (None, None))
        for frame, table in () if place is None else self._of_scope([scope.at(place)]):
            found = None if is_indexed(value) else self._rows_in(value, frame, table, column)
            if found is not None:
                return found
        before = self._source.get(site or ())
        found = self._looked_for(value, length, list(scope), site)
        source = self._source.get(site or ())
        if site is not None and source is not None and source is not before:
            self._called[site] = (scope.name_of(source[0]), source[1])
        return found

    def _looked_for(self, value: Any, length: int, scope: list[Any], site: Site | None) -> Rows | None:
        part = self._part_of_scope(value, scope)
        if part is not None:
            return part
        columns = telling_columns(value)
        if not is_indexed(value):
            # Most are made of a table of the same rows: the keys of all the others are not read for that.
            beside = list(self._of_scope([one for one in scope if length_of(one) == length]))
            found = self._beside(columns, beside, site)
            if found is not None:
                return found
        tables = list(self._candidates(scope, length))
        found = self._by_index(value, tables, site) if is_indexed(value) else None
        return found or self._by_content(value, columns, tables, site) or self._by_length(length, tables)

    def _part_of_scope(self, value: Any, scope: Iterable[Any]) -> Rows | None:
        """Rows of a part of an array that the cell holds, whose own are looked for once."""
        if not isinstance(value, np.ndarray) or not isinstance(value.base, np.ndarray):
            return None
        memory, scope = memory_of(value), list(scope)
        for whole in scope:
            if (
                not isinstance(whole, np.ndarray)
                or whole is value
                or memory_of(whole) != memory
                or len(whole) <= len(value)
                or id(whole) in self._tables
            ):
                continue
            nowhere = self._nowhere.get(id(whole))
            if nowhere is not None and nowhere() is whole:
                continue
            tables = list(self._candidates(scope, len(whole)))
            rows = self._by_content(whole, telling_columns(whole), tables, None)
            rows = rows or self._by_length(len(whole), tables)
            if rows is None:
                self._nowhere[id(whole)] = weakref.ref(whole)
            else:
                self._keep(whole, rows)
        return self._part_of(value)

    def _candidates(self, values: Iterable[Any], length: int) -> Iterator[tuple[Any, Table]]:
        """Tables with known rows that have ``length`` values or more: those of the scope, then those that were met before."""
        large = [value for value in values if getattr(value, "size", length) >= length]
        seen = set(map(id, large[:_MOST_IN_SCOPE]))
        yield from self._of_scope(large[:_MOST_IN_SCOPE])
        for number, table in list(islice(reversed(self._tables.items()), _MET)):
            held = table.value()
            if number not in seen and held is not None:
                yield held, table

    def _of_scope(self, values: Iterable[Any]) -> Iterator[tuple[Any, Table]]:
        for value in {id(one): one for one in values}.values():
            table = self._own(value) if has_columns(value) else self._tables.get(id(value))
            if table is not None and table.value() is value:
                yield value, table

    def _by_index(self, value: Any, tables: list[tuple[Any, Table]], site: Site | None) -> Rows | None:
        found: list[tuple[int, Rows]] = []
        for frame, table in tables:
            if not is_indexed(frame):
                continue
            taken = taken_of(value, frame)
            if taken is None:
                continue
            rows = table.rows[taken[1]]
            if taken[0] == 0:
                self._came_from(site, frame, None)
                return rows
            placed = taken[0] == 2 and getattr(value.index.dtype, "kind", "") == "i"
            found.append((taken[0], replace(rows, sure=False) if placed else rows))
        return agreed(found)

    def _came_from(self, site: Site | None, frame: Any, name: object) -> None:
        if site is not None:
            self._source[site] = (id(frame), name)

    def _beside(
        self, columns: list[np.ndarray[Any, Any]], tables: list[tuple[Any, Table]], site: Site | None
    ) -> Rows | None:
        """The rows of a table of as many that has one of ``columns``."""
        for column in columns:
            for frame, table in tables:
                if len(table.rows) != len(column):
                    continue
                for name, numbers in columns_of(frame):
                    if positions_beside(column, numbers) is not None:
                        self._came_from(site, frame, name)
                        return table.rows
        return None

    def _by_content(
        self,
        value: Any,
        columns: list[np.ndarray[Any, Any]],
        tables: list[tuple[Any, Table]],
        site: Site | None,
    ) -> Rows | None:
        """By a column of numbers that all stand in a column of one table, most of them once: that of a table of the same rows first.
        ``columns`` of ``value`` are those that could tell rows apart."""
        beside = self._beside(columns, tables, site)
        if beside is not None:
            return beside
        if is_window(value):  # its columns are of several sessions
            return None
        for number, column in enumerate(columns):
            others = columns[:number] + columns[number + 1 :]
            for frame, table in tables:
                for name, numbers in columns_of(frame):
                    at = self._positions(column, table, name, numbers)
                    if at is not None and one_row_each(at, others):
                        self._came_from(site, frame, name)
                        return table.rows.taken(at)
                wide = self._wide(table)
                if wide is not None and len(wide) > len(table.rows):
                    every = np.asarray(frame, dtype=np.float64).ravel()
                    at = self._positions(column, table, "\0every", every)
                    if at is not None and one_row_each(at, others):
                        return self._latest(value, table, every, wide.taken(at))
        return None

    def _latest(self, value: Any, table: Table, every: np.ndarray[Any, Any], rows: Rows) -> Rows:
        """``rows`` of the table's values that one column of ``value`` has, by the latest of its first and last columns: names down, sessions
        across."""
        numbers = numbers_of(value)
        for column in [] if numbers is None else numbers.T[[0, -1]]:
            at = self._positions(column, table, "\0every", every)
            other = None if at is None or (wide := self._wide(table)) is None else wide.taken(at)
            if other is not None and (other.sessions >= 0).all() and (rows.sessions >= 0).all():
                dates = self._lineage.dates
                if (dates[other.sessions] > dates[rows.sessions]).all():
                    rows = other
        return rows

    def _positions(
        self, column: np.ndarray[Any, Any], table: Table, name: object, numbers: np.ndarray[Any, Any]
    ) -> np.ndarray[Any, Any] | None:
        held = table.ordered.get(name)
        if held is None or not same_numbers(held[0], numbers):
            if self._ordered > _MOST_ORDERED:
                self._forget_orders()
            order = np.argsort(numbers, kind="stable")
            self._ordered += len(numbers) - (0 if held is None else len(held[0]))
            held = table.ordered[name] = (numbers, order, numbers[order])
        _, order, ordered = held
        if not sample_in(ordered, column):
            return None
        left = np.searchsorted(ordered, column, "left")
        hit = (left < len(ordered)) & (ordered[np.minimum(left, len(ordered) - 1)] == column)
        once = hit & (
            (left + 1 >= len(ordered)) | (ordered[np.minimum(left + 1, len(ordered) - 1)] != column)
        )
        if once.sum() < _ENOUGH * np.isfinite(column).sum():
            return None
        return between_neighbours(
            np.where(once, order[np.minimum(left, len(ordered) - 1)], UNKNOWN), column, numbers
        )

    def _forget_orders(self) -> None:
        for table in self._tables.values():
            table.ordered.clear()
        self._ordered = 0

    def _by_length(self, length: int, tables: list[tuple[Any, Table]]) -> Rows | None:
        return agreed([(0, table.rows) for _, table in tables if len(table.rows) == length])
