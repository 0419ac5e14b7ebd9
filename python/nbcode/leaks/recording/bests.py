"""Which figures are the best of several values that a notebook keeps: the variants that were tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from nbcode.leaks.lineage import BestOf
from nbcode.leaks.tables import has_dates, is_frame, is_indexed

_FEWEST, _MOST = 3, 2_000
_SAME = 1e-12
_FIGURES = 2  # where more are reported, the best of something is told beside the rest of it
_BY_TIME = frozenset({"date", "day", "month", "quarter", "year", "week", "fold", "split", "block", "period"})

Columns = Iterator[tuple[str, list[object], list[float]]]


def bests_of(namespace: Mapping[str, Any], figures: Iterable[tuple[str, float]]) -> Iterator[BestOf]:
    """Of each of at most two figures the dict, list, series or column of ``namespace`` of which it is the largest or the smallest value,
    the mean of which is no figure. What is told by date, by year or by fold is no variant."""
    told = list(figures)
    if not 0 < len(told) <= _FIGURES:
        return
    for name, value in list(namespace.items()):
        if name.startswith("_"):
            continue
        for column, keys, values in _columns(value):
            every = np.array(values)
            if not _FEWEST <= len(every) <= _MOST or not np.isfinite(every).all() or _years(keys):
                continue
            if any(_is(figure, float(every.mean())) for _, figure in told):
                continue
            for figure, number in told:
                best = _best(every, number)
                if best is not None:
                    yield BestOf(figure=figure, held=name + column, count=len(every), which=repr(keys[best]))


def _best(every: np.ndarray[Any, Any], figure: float) -> int | None:
    """The place of the value that is the figure, where it is the largest or the smallest and there is one such."""
    for place in (int(every.argmax()), int(every.argmin())):
        if _is(figure, float(every[place])) and np.sum(every == every[place]) == 1:
            return place
    return None


def _columns(value: object) -> Columns:
    """A name to add, what each value is called, and the values."""
    if isinstance(value, dict):
        if all(map(_is_number, value.values())):
            yield "", list(value), [float(one) for one in value.values()]
    elif isinstance(value, list | tuple):
        yield from _of_list(value)
    elif is_indexed(value) and not has_dates(value):
        frame: Any = value if is_frame(value) else value.to_frame()  # type: ignore[attr-defined]
        names = {str(one).lower() for one in (*frame.columns, *frame.index.names)}
        if len(frame) <= _MOST and not names & _BY_TIME:
            for at, kind in enumerate(frame.dtypes):
                if getattr(kind, "kind", "") == "f":
                    yield f"[{frame.columns[at]!r}]", frame.index.tolist(), frame.iloc[:, at].tolist()


def _of_list(value: list[Any] | tuple[Any, ...]) -> Columns:
    if not _FEWEST <= len(value) <= _MOST:
        return
    if all(map(_is_number, value)):
        yield "", list(range(len(value))), [float(one) for one in value]
    elif (
        all(isinstance(one, tuple | list) and len(one) == len(value[0]) for one in value)
        and len(value[0]) < 20
    ):
        for at in range(len(value[0])):
            if all(_is_number(one[at]) for one in value):
                keys = [tuple(part for place, part in enumerate(one) if place != at) for one in value]
                yield f"[{at}]", [key[:1] for key in keys], [float(one[at]) for one in value]
    elif all(isinstance(one, dict) for one in value):
        for name in value[0]:
            if all(_is_number(one.get(name)) for one in value):
                yield f"[{name!r}]", list(range(len(value))), [float(one[name]) for one in value]


def _is_number(value: object) -> bool:
    return isinstance(value, float | np.floating) or (isinstance(value, int) and not isinstance(value, bool))


def _years(keys: list[object]) -> bool:
    return all(isinstance(key, int) and 1900 <= key <= 2199 for key in keys)


def _is(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME * max(1.0, abs(other))
