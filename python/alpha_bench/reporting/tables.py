"""A report as tables, one a subject: Arrow, from which pandas and polars frames are made."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import DefinitionError, nearest
from alpha_bench.evaluation import Outcome
from alpha_bench.metrics import COSTS_BPS, after_costs
from alpha_bench.reporting.further import further_rows
from alpha_bench.runtime import arrow_dates, arrow_numbers, arrow_table, arrow_texts

if TYPE_CHECKING:
    import pyarrow as pa

LIBRARIES = ("pandas", "polars", "arrow")


def frames(report: Outcome, library: str) -> dict[str, Any]:
    """The tables as frames of ``library``: ``pandas`` (the first column is the index), ``polars``, or ``arrow``.

    Raises:
        AlphaBenchError: R54 for another library, E22 for polars where it is not installed.
    """
    if library not in LIBRARIES:
        close = nearest(str(library), LIBRARIES)
        raise DefinitionError(
            "R54",
            f"there are no frames of {library!r}",
            fix=f"did you mean {close!r}?" if close else f"choose one of {', '.join(LIBRARIES)}",
        )
    found = tables(report)
    if library == "arrow":
        return found
    if library == "polars":
        from alpha_bench.panel import from_arrow

        return {name: from_arrow(table) for name, table in found.items()}
    pandas = {name: table.to_pandas(date_as_object=False) for name, table in found.items()}
    return {name: frame.set_index(frame.columns[0]) for name, frame in pandas.items()}


def tables(report: Outcome) -> dict[str, pa.Table]:
    """``daily, monthly, years, groups, decay, quantiles, folds``, ``features`` of a model, and where there is a book ``portfolio, costs, exposures,
    capacity, benchmark``.

    What is not known is null. Each table's first column is its key: a date, a month, a group, a horizon, a fold, a cost, a size.
    """
    study, daily = report.study, report.daily
    quantiles = study.spread.by_date
    found = {
        "daily": _table(
            arrow_dates(report.test_dates), "date",
            {
                "ic": daily.ic, "rank_ic": daily.rank_ic, "pairs": daily.pairs, "predicted": study.predicted,
                "labelled": study.labelled, "fold": report.fold_of_session,
            },
        ),
        "monthly": _records("month", [(m.month, {"n_dates": m.n_dates, "ic": m.ic, "rank_ic": m.rank_ic}) for m in study.months]),
        "groups": _records(
            "group",
            [(g.group, {"assets": g.assets, "n_dates": g.n_dates, "ic": g.ic, "t": g.t, "rank_ic": g.rank_ic}) for g in study.groups],
        ),
        "decay": _records(
            "horizon",
            [
                (p.horizon, {"n_dates": p.n_dates, "ic": p.ic, "error": p.error, "t": p.t, "low": p.low, "high": p.high})
                for p in study.decay
            ],
        ),
        "quantiles": _table(
            arrow_dates(report.test_dates), "date", {f"Q{q + 1}": quantiles[:, q] for q in range(quantiles.shape[1])}
        ),
        "folds": _folds(report),
    }  # fmt: skip
    further = {name: _records(key, rows) for name, (key, rows) in further_rows(report).items()}
    return found | further | _of_the_book(report)


def _of_the_book(report: Outcome) -> dict[str, pa.Table]:
    book = report.study.portfolio
    if book is None:
        return {}
    cut, dates = slice(book.begin, None), report.test_dates
    profit, turnover = book.profit[cut], book.turnover[cut]
    bins = book.quantiles.shape[1] - 1
    found = {
        "portfolio": _table(
            arrow_dates(dates[cut]), "date",
            {name: getattr(book, name)[cut] for name in ("profit", "profit_long", "turnover", "gross", "net", "market")}
            | {f"profit_{c}bps": after_costs(profit, turnover, c) for c in COSTS_BPS if c}
            | {f"Q{q + 1}": book.quantiles[cut, q] for q in range(bins)}
            | {"all": book.quantiles[cut, bins]},
        ),
        "costs": _records(
            "cost_bps",
            [
                (
                    cost,
                    {
                        "annual_return": p.annual_return, "volatility": p.volatility, "sharpe": p.sharpe, "drawdown": p.drawdown,
                        "sessions": p.sessions,
                    },
                )
                for cost, p in book.by_cost.items()
            ],
        ),
        "exposures": _table(
            arrow_dates(dates[book.exposures.at]), "date",
            book.exposures.styles | {f"group: {name}": v for name, v in book.exposures.groups.items()},
        ),
    }  # fmt: skip
    if book.capacity is not None:
        heads = [f"above_{100 * limit:g}_percent" for limit in book.capacity.limits]
        rows = zip(book.capacity.sizes, book.capacity.exceeding, strict=True)
        found["capacity"] = _records(
            "size", [(size, dict(zip(heads, row, strict=True))) for size, row in rows]
        )
    return found


def _folds(report: Outcome) -> pa.Table:
    names = report.feature_names
    rows: list[tuple[object, dict[str, object]]] = []
    for k, fold in enumerate(report.folds):
        row = {key: value for key, value in fold.to_plain().items() if key not in {"coef", "search"}}
        if fold.search is not None:
            row |= {f"chosen: {name}": value for name, value in fold.search.chosen.items()}
        if fold.coef is not None:
            row |= {f"coef: {name}": value for name, value in zip(names, fold.coef, strict=True)}
        rows.append((k + 1, row))
    return _records("fold", rows)


def _table(key: pa.Array, name: str, columns: Mapping[str, NDArray[Any]]) -> pa.Table:
    return arrow_table({name: key} | {head: _known(values) for head, values in columns.items()})


def _known(values: NDArray[Any]) -> pa.Array:
    values = np.ascontiguousarray(values)
    return arrow_numbers(values, known=np.isfinite(values) if values.dtype.kind == "f" else None)


def _records(key: str, rows: Sequence[tuple[object, Mapping[str, object]]]) -> pa.Table:
    """A small table of records that have the same entries."""
    heads = list(rows[0][1]) if rows else []
    columns = {key: [k for k, _ in rows]} | {h: [row[h] for _, row in rows] for h in heads}
    return arrow_table({name: _column(values) for name, values in columns.items()})


def _column(values: list[object]) -> pa.Array:
    if values and all(isinstance(v, str) for v in values):
        words = list(dict.fromkeys(str(v) for v in values))
        return arrow_texts(words, np.array([words.index(str(v)) for v in values]))
    if all(isinstance(v, int) for v in values):
        return arrow_numbers(np.array(values, dtype=np.int64))
    return _known(np.array([v if isinstance(v, int | float) else math.nan for v in values], dtype=np.float64))
