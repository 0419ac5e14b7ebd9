"""A factor that was computed elsewhere, put on a panel's sessions and assets. Nothing is filled; what does not fit is counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import DataError, some
from alpha_bench.expressions import ValueSource
from alpha_bench.panel.assembly import read_only
from alpha_bench.panel.digest import values_digest
from alpha_bench.panel.panel import Panel
from alpha_bench.runtime import Floats

_SYMBOLS = ("symbol", "asset", "ticker", "sid", "instrument")  # here, alphalens, pyfolio, zipline, qlib
_DATES = ("date", "datetime", "day", "session")
_PRICES = ("close", "volume", "open", "high", "low", "shares_outstanding")
_NAMES = ("factor", "prediction", "score", "signal")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FactorValues:
    """A factor on a panel.

    Attributes:
        name: what it is called where it came from.
        values: (T, N), NaN where there is none.
        digest: ``sha256:<hex>`` of ``values``.
        left_out: what had no place on the panel, in sentences.
    """

    name: str
    values: Floats
    digest: str
    left_out: tuple[str, ...]


def factor_values(given: Any, panel: ValueSource) -> FactorValues:
    """``given`` on the sessions and assets of ``panel``.

    ``given`` is a pandas series by (date, asset); a wide pandas or polars frame, dates down (in polars a first column of dates) and assets
    across; or a long frame of either, a row a date and asset, with one column of values, or one called ``factor``.

    Raises:
        AlphaBenchError: R33 where it holds no factor, E15 where it has no date or no asset in common with the panel, and whatever
            :meth:`.panel.Panel.of` raises.
    """
    name, brought = _as_panel(given)
    dates, assets = np.asarray(panel.dates, dtype="datetime64[D]"), np.asarray(panel.assets)
    at, there = _places(brought.dates, dates), _places(brought.assets, assets)
    values = np.full((len(dates), len(assets)), np.nan)
    rows, columns = at >= 0, there >= 0
    for what, known, mine, theirs in (
        ("date", rows, dates, brought.dates),
        ("asset", columns, assets, brought.assets),
    ):
        if not known.any():
            raise DataError(
                "E15",
                f"the factor has no {what} in common with the panel: it has {theirs[0]} to {theirs[-1]}, the panel {mine[0]} to {mine[-1]}",
                fix=f"write its {what}s as the panel does",
            )
    values[np.ix_(at[rows], there[columns])] = brought.fields["factor"][np.ix_(rows, columns)]
    lost = int(np.isfinite(brought.fields["factor"]).sum() - np.isfinite(values).sum())
    return FactorValues(
        name=name,
        values=read_only(values),
        digest=values_digest(values),
        left_out=tuple(_left_out(lost, brought.dates[~rows], brought.assets[~columns])),
    )


def price_panel(frame: Any) -> Panel:
    """A pandas frame of prices as a panel with the field ``close``: long, with a column of that name in any case, or wide, dates down and assets
    across.

    Raises:
        AlphaBenchError: E15 where it holds neither, and whatever :meth:`.panel.Panel.of` raises.
    """
    names = [*(str(n) for n in frame.index.names if n is not None), *map(str, frame.columns)]
    date, symbol = _named(names, _DATES), _named(names, _SYMBOLS)
    close = _named(names, ("close",))
    if symbol is not None and close is not None:
        flat = frame.reset_index() if {date, symbol} - set(map(str, frame.columns)) else frame
        numbers = [n for n in map(str, flat.columns) if n.lower() in _PRICES]
        part = flat[[date or "date", symbol, *numbers]]
        return Panel.of(part.rename(columns=str.lower), date=(date or "date").lower(), symbol=symbol.lower())
    if symbol is None and close is None and len(frame.columns) > 1:
        wide = frame.set_index(date) if date is not None and date in set(map(str, frame.columns)) else frame
        return Panel.of(wide.set_axis(_as_days(wide.index), axis=0), field="close")
    raise DataError("E15", "the frame holds no prices", fix="give it the columns date, symbol and close")


def _as_days(index: Any) -> Any:
    """Texts of days as days; what is neither stays, and is refused where it is read."""
    try:
        return index if index.dtype.kind == "M" else np.asarray(index, dtype="datetime64[ns]")
    except (TypeError, ValueError):
        return index


def _left_out(lost: int, dates: NDArray[Any], assets: NDArray[Any]) -> Iterable[str]:
    if len(dates):
        yield (
            f"{len(dates)} dates of the factor are no sessions of the panel and are left out: {some(map(str, dates), 3)}. "
            "Nothing is moved to another session."
        )
    if len(assets):
        yield f"{len(assets)} assets of the factor are not in the panel and are left out: {some(map(str, assets), 3)}."
    if lost:
        yield f"{lost:,} values of the factor are left out with them."


def _places(theirs: NDArray[Any], mine: NDArray[Any]) -> NDArray[np.int64]:
    """Where each of ``theirs`` is in ``mine``, which increases; -1 for nowhere."""
    at = np.minimum(np.searchsorted(mine, theirs), len(mine) - 1)
    return np.where(mine[at] == theirs, at, -1)


def _as_panel(given: Any) -> tuple[str, Panel]:
    """What it is called, and a panel whose field ``factor`` it is."""
    home = type(given).__module__.partition(".")[0]
    if home == "pandas" and hasattr(given, "to_frame") and not hasattr(given, "columns"):
        return _of_series(given)
    if home == "polars" and hasattr(given, "collect"):
        given = given.collect()
    if home in {"pandas", "polars"} and hasattr(given, "columns"):
        return _of_frame(given, home)
    raise DataError(
        "R33",
        f"a {type(given).__name__} is no factor",
        fix="give an expression such as features.ret(20), a pandas series by (date, asset), or a wide or long frame",
    )


def _of_series(series: Any) -> tuple[str, Panel]:
    if series.index.nlevels != 2:
        raise DataError(
            "R33",
            f"the series has an index of {series.index.nlevels} level, and a factor has a value a date and asset",
            fix="give it the levels date and asset, as frame.stack() does",
        )
    name = str(series.name) if series.name is not None else "factor"
    date = _named(series.index.names, _DATES) or "date"
    symbol = next((str(n) for n in series.index.names if n is not None and str(n) != date), "symbol")
    return name, Panel.of(series, field="factor", date=date, symbol=symbol)


def _of_frame(frame: Any, home: str) -> tuple[str, Panel]:
    levels = [] if home == "polars" else [str(n) for n in frame.index.names if n is not None]
    names = [*levels, *map(str, frame.columns)]
    date, symbol = _named(names, _DATES), _named(names, _SYMBOLS)
    if symbol is None and getattr(getattr(frame, "index", None), "nlevels", 1) == 2:
        symbol = next((n for n in levels if n != date), "symbol")
    if symbol is None and home == "pandas":
        wide = frame.set_index(date) if date is not None and date in set(map(str, frame.columns)) else frame
        return "factor", Panel.of(wide, field="factor")
    if symbol is None:
        if date is None:
            raise DataError(
                "R33",
                "the polars frame has no column of dates",
                fix='call it "date", and give one column an asset',
            )
        frame = frame.unpivot(index=date, variable_name="symbol", value_name="factor")
        return "factor", Panel.of(frame, date=date)
    value = _value_of([n for n in map(str, frame.columns) if n not in {date, symbol}])
    kept = [n for n in (date, symbol) if n is not None and n in set(map(str, frame.columns))]
    part = frame[[*kept, value]]
    rename = {value: "factor"}
    part = part.rename(columns=rename) if home == "pandas" else part.rename(rename)
    return value, Panel.of(part, date=date or "date", symbol=symbol)


def _value_of(columns: list[str]) -> str:
    if len(columns) == 1:
        return columns[0]
    found = _named(columns, _NAMES)
    if found is not None:
        return found
    raise DataError(
        "R33",
        f"which column is the factor? There are {some(columns)}"
        if columns
        else "the frame has no column of values",
        fix="keep the date, the asset and one column, or call the column factor",
    )


def _named(names: Iterable[object], wanted: tuple[str, ...]) -> str | None:
    """The first of ``wanted`` that is among ``names``, case aside, as it is written there."""
    there = {str(n).lower(): str(n) for n in names if n is not None}
    return next((there[w] for w in wanted if w in there), None)
