"""Filings as they were known: each value from the session after it was filed, the latest period that was known then."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import DataError
from alpha_bench.panel.interchange.tables import LongTable
from alpha_bench.runtime import Floats

if TYPE_CHECKING:
    from alpha_bench.panel.constructors import PanelData


def read_filings(
    filings: PanelData, *, filed: str, period_end: str, symbol: str
) -> tuple[LongTable, NDArray[np.int32]]:
    """The rows by the day of filing, and the days on which their periods ended. Raises AlphaBenchError E15, R57."""
    from alpha_bench.panel.interchange.guess import table_of

    table, ends = (table_of(filings, date=date, symbol=symbol) for date in (filed, period_end))
    if not isinstance(table, LongTable) or not isinstance(ends, LongTable):
        raise DataError("R57", "filings are no long table", fix="give one row a symbol, period and filing")
    return table, ends.days


def refuse_known(names: Iterable[str], known: Container[str], where: str) -> None:
    """Raise AlphaBenchError E16 for a column of the filings that is there already."""
    for name in names:
        if name in known:
            raise DataError(
                "E16",
                f"column {name!r} is in {where} and in the filings",
                fix="rename one of them",
                field=name,
            )


def known_rows(
    dates: NDArray[np.datetime64],
    assets: NDArray[np.str_],
    filings: LongTable,
    periods: NDArray[np.int32],
    *,
    delay: int,
    most_sessions: int | None,
) -> NDArray[np.int64]:
    """(T, N) the row of ``filings`` that is known at the close of each session, -1 where none is.

    Of the rows of an asset that were filed before (``delay`` sessions and more), the one of the latest period; of a period that was
    filed more than once, the latest filing. So a late restatement of an old period replaces nothing.

    Args:
        dates: (T,) sessions.
        assets: (N,) symbols.
        filings: rows by the day on which they were filed.
        periods: (rows,) days on which their periods ended.
        delay: 1: known from the first session after the day of filing; 0: on that day itself; 2: a session later, and so on.
        most_sessions: after how many sessions without a newer one a row is forgotten; None: never.

    Raises:
        AlphaBenchError: E15 for rows that were filed before their period ended, and for two filings of a period on one day.
    """
    _refuse_early(filings, periods)
    column = {str(a): n for n, a in enumerate(assets)}
    of_code = np.array([column.get(s, -1) for s in filings.symbols], dtype=np.int64)
    asset = of_code[filings.codes]
    days = dates.astype("datetime64[D]").astype(np.int64)
    session = np.searchsorted(days, filings.days, side="right" if delay else "left") + max(delay - 1, 0)
    newest = np.empty(len(asset), dtype=np.int64)  # the order of (period, day of filing)
    newest[np.lexsort((filings.days, periods))] = np.arange(len(asset))
    rows = np.flatnonzero((asset >= 0) & (session < len(days)))
    rows = rows[np.lexsort((newest[rows], session[rows], asset[rows]))]
    _refuse_twice(filings, periods, rows, asset)
    best = np.maximum.accumulate(newest[rows] + asset[rows] * (len(asset) + 1)) - asset[rows] * (
        len(asset) + 1
    )
    row_of = np.empty(len(asset), dtype=np.int64)
    row_of[newest] = np.arange(len(asset))
    event = np.full((len(days), len(assets)), -1, dtype=np.int64)
    event[session[rows], asset[rows]] = np.arange(len(rows))  # of several on a session the last one stays
    np.maximum.accumulate(event, axis=0, out=event)
    known = np.where(event >= 0, row_of[best][event] if len(rows) else -1, -1)
    if most_sessions is not None and len(rows):
        age = np.arange(len(days))[:, None] - session[rows][event]
        known[(event >= 0) & (age >= most_sessions)] = -1
    return known


def values_at(values: Floats, rows: NDArray[np.int64]) -> Floats:
    """The values of ``rows``; NaN where there is none."""
    out = np.where(rows >= 0, values[rows], np.nan)
    out.flags.writeable = False
    return out


def _refuse_early(filings: LongTable, periods: NDArray[np.int32]) -> None:
    early = np.flatnonzero(filings.days < periods)
    if len(early):
        row = int(early[0])
        day, end = (np.datetime64(int(d), "D") for d in (filings.days[row], periods[row]))
        raise DataError(
            "E15",
            f"{filings.source}: {len(early)} rows were filed before their period ended; the first is "
            f"{filings.symbols[filings.codes[row]]}, filed {day} for {end}",
            fix="drop those rows, or change filed= and period_end= about",
        )


def _refuse_twice(
    filings: LongTable, periods: NDArray[np.int32], rows: NDArray[np.int64], asset: NDArray[np.int64]
) -> None:
    keys = np.stack([asset[rows], periods[rows], filings.days[rows]])
    order = np.lexsort(keys)
    same = np.flatnonzero((np.diff(keys[:, order], axis=1) == 0).all(axis=0))
    if len(same):
        row = int(rows[order[same[0]]])
        raise DataError(
            "E15",
            f"{filings.source}: {len(same)} rows are a second filing of the same period on the same day; the first is "
            f"{filings.symbols[filings.codes[row]]} on {np.datetime64(int(filings.days[row]), 'D')}",
            fix="keep one row a symbol, period and day of filing",
        )
