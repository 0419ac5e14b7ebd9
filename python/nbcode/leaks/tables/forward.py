"""Whether a label is a return from its own row on: the forward return of a column of the inputs. Then nothing before its row is in it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from nbcode.leaks.lineage import Argument, Lineage, Role, Rows
from nbcode.leaks.tables._pandas import float_columns
from nbcode.leaks.tables.keys import Keys

_SAME = 1e-9
_ENOUGH = 0.99  # of the labels; the others may be clipped or filled
_LEAST_ROWS = 10
_SAMPLE = 200
_DELAYS = (
    0,
    1,
)  # rows between that of the label and that of the first price: a price is known when its row ends
_KINDS: tuple[Callable[[Any], Any], ...] = (
    lambda r: r,
    np.log1p,
    lambda r: np.where(np.isnan(r), np.nan, r > 0),
)

Array = np.ndarray[Any, Any]


def begins_at_its_row(
    y: Argument, lineage: Lineage, tables: Iterable[tuple[Any, Keys]], horizon: int
) -> bool:
    """Whether the labels ``y`` are returns of at most ``horizon`` rows of their name, from their row or the one after it, of one column of
    ``tables`` (frames with their keys): as they are, as logarithm, or as whether they are positive."""
    if y.rows is None or y.numbers is None:
        return False
    values = y.numbers[:, 0]
    there = ~np.isnan(values)
    known = np.flatnonzero(there & (y.rows.sessions >= 0))
    if len(known) < max(_LEAST_ROWS, _ENOUGH * there.sum()) or np.unique(values[known]).size < 2:
        return False
    for frame, keys in tables:
        places = _places(y.rows[known], lineage, keys)
        if places is None:
            continue
        few = np.linspace(0, len(known) - 1, min(_SAMPLE, len(known))).astype(np.int64)
        every, sample = (
            _Labels(*places, values[known]),
            _Labels(places[0], places[1][few], values[known][few]),
        )
        for column in float_columns(frame):
            prices = column[places[0].order]
            for kind, delay, length in product(_KINDS, _DELAYS, range(1, horizon + 1)):
                if all(labels.are(kind, prices, delay, length) for labels in (sample, every)):
                    return True
    return False


def measures_forward(lineage: Lineage, tables: Sequence[tuple[Any, Keys]], horizon: int) -> bool:
    """Whether a figure is measured against returns from their rows on, see :func:`begins_at_its_row`: whatever was learnt from is held to what
    came afterwards."""
    return any(
        one.paired
        and one.numbers.shape[1] == 1
        and begins_at_its_row(
            Argument(role=Role.Y, text=one.text, rows=one.rows, size=len(one.rows), numbers=one.numbers),
            lineage,
            tables,
            horizon,
        )
        for one in lineage.scored
    )


class _Sorted(NamedTuple):
    """The rows of a table by name and date: their ``order``, and the number ``of`` each one's name."""

    order: Array
    of: Array


class _Labels(NamedTuple):
    """``values``, and ``at`` which of the table's rows each stands."""

    table: _Sorted
    at: Array
    values: Array

    def are(self, kind: Callable[[Any], Any], prices: Array, delay: int, length: int) -> bool:
        """Whether nearly all are ``kind`` of the return over ``length`` rows, ``delay`` rows on."""
        begin, end = self.at + delay, self.at + delay + length
        there = end < len(prices)
        there[there] = self.table.of[end[there]] == self.table.of[self.at[there]]
        with np.errstate(all="ignore"):
            made = kind(prices[end[there]] / prices[begin[there]] - 1)
        same = np.abs(made - self.values[there]) <= _SAME
        return bool(same.sum() >= _ENOUGH * len(self.values))


def _places(rows: Rows, lineage: Lineage, keys: Keys) -> tuple[_Sorted, Array] | None:
    """The table's rows in order, and where in it ``rows`` stand; None where one is not there, or two are of one name and date."""
    if (keys.names is None) != (rows.names is None):
        return None
    table, codes, sessions, ids = _sorted(keys)
    wanted = np.zeros(len(rows), dtype=np.int64)
    if rows.names is not None:
        wanted = np.array([*(codes.get(name, -1) for name in lineage.names), -1])[rows.names]
    days = lineage.dates.astype(np.int64)[rows.sessions]
    place = np.minimum(np.searchsorted(sessions, days), len(sessions) - 1)
    wanted_ids = wanted * len(sessions) + place
    at = np.minimum(np.searchsorted(ids, wanted_ids), len(ids) - 1)
    if not (np.array_equal(ids[at], wanted_ids) and np.array_equal(sessions[place], days)):
        return None
    return None if (np.diff(ids) == 0).any() else (table, at)


@functools.lru_cache(maxsize=8)
def _sorted(keys: Keys) -> tuple[_Sorted, dict[str, int], Array, Array]:
    """The rows of a table in order, the codes of its names, its sessions, and a number a row in that order. Once a table: many calls have
    labels of the same."""
    dates = keys.dates.astype("datetime64[ns]").astype(np.int64)
    of, codes = np.zeros(len(dates), dtype=np.int64), {}
    if keys.names is not None:
        words, of = np.unique(keys.names.astype(str), return_inverse=True)
        codes = {word: code for code, word in enumerate(words.tolist())}
    order = np.lexsort((dates, of))
    sessions, day = np.unique(dates[order], return_inverse=True)
    return _Sorted(order, of[order]), codes, sessions, of[order] * len(sessions) + day
