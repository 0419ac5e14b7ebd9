"""Panel: dates x assets, the data that everything is computed on.

Its calendar is its own sorted sessions, ``0 .. T-1``. Every field is a (T, N) float64 array, sessions down and assets across,
read-only; a missing observation is NaN and stays NaN. Fields that are constant over time (from a reference table) are broadcast
views of N numbers: (T, N) to whoever reads them, without the memory.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as default
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import DataError, nearest
from alpha_bench.expressions import Expr, field
from alpha_bench.operators import sessions_of
from alpha_bench.panel.assembly import Assembled, check_arrays, read_only
from alpha_bench.panel.calendar import Calendar, Closed, calendar_of, filter_sessions
from alpha_bench.panel.constructors import PanelConstructors, assembled, narrowed
from alpha_bench.panel.digest import panel_digest, values_digest
from alpha_bench.panel.filings import known_rows, read_filings, refuse_known, values_at
from alpha_bench.panel.grouping import groups_of_arrays
from alpha_bench.panel.interchange.rows import long_arrow
from alpha_bench.panel.interchange.tables import FileLayout, LongTable
from alpha_bench.panel.recipe import AS_IT_IS, Recipe
from alpha_bench.panel.symbols import same_but_for_case
from alpha_bench.panel.validation import Finding, Validation, validate
from alpha_bench.runtime import Floats

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from alpha_bench.panel.constructors import PanelData


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel(PanelConstructors):
    """Observations of N assets on T sessions.

    Attributes:
        dates: (T,) datetime64[D], strictly increasing.
        assets: (N,) text, strictly increasing.
        fields: name -> (T, N) float64, read-only.
        groups: name -> (T, N) float64 group numbers (NaN: none), for classifiers such as ``sector``.
        group_names: name -> the groups' names, by number.
        findings: what was noticed while reading; :attr:`validation` has these and more.
        exchange: the exchange that the calendar was compared with, see :meth:`on_calendar`; or empty.
        recipe: what was done to the tables that it was read from.
    """

    dates: NDArray[np.datetime64]
    assets: NDArray[np.str_]
    fields: Mapping[str, Floats]
    groups: Mapping[str, Floats] = default(default_factory=lambda: MappingProxyType({}))
    group_names: Mapping[str, tuple[str, ...]] = default(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()
    exchange: str = ""
    recipe: Recipe = AS_IT_IS

    @property
    def shape(self) -> tuple[int, int]:
        """(sessions, assets)."""
        return len(self.dates), len(self.assets)

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of all fields and groups, sorted."""
        return tuple(sorted({*self.fields, *self.groups}))

    @cached_property
    def validation(self) -> Validation:
        """What is odd about the data; computed when first asked for."""
        return validate(self.dates, self.assets, self.fields, self.findings)

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """Field or group -> ``sha256:<hex>`` of its values; see :func:`alpha_bench.panel.digest.values_digest`."""
        return MappingProxyType(
            {name: values_digest(v) for name, v in sorted({**self.fields, **self.groups}.items())}
        )

    @cached_property
    def digest(self) -> str:
        """``sha256:<hex>`` of all that the panel holds: the same data, the same digest, whichever way it came in."""
        digests = self.digests
        return panel_digest(
            self.dates,
            self.assets,
            {name: digests[name] for name in self.fields},
            {name: (digests[name], self.group_names.get(name, ())) for name in self.groups},
        )

    def compute(self, exprs: Sequence[Expr]) -> list[Floats]:
        """Values of ``exprs``: a list of (T, N) arrays."""
        from alpha_bench.engine import compute

        return compute(tuple(exprs), self)

    def frame(self, expr: Expr) -> pd.DataFrame:
        """Values of ``expr`` as a pandas frame, sessions down and assets across."""
        from alpha_bench.panel.interchange._pandas import wide_frame

        return wide_frame(self.dates, self.assets, self._shown(expr))

    def _shown(self, expr: Expr) -> NDArray[Any]:
        """(T, N) values, a classifier's as names."""
        name = str(dict(expr.params).get("name", ""))
        if expr.op == "field" and name in self.groups and name not in self.fields:
            return self._names(name, self.groups[name])
        values = self.compute((expr,))[0]
        return self._names(name, values) if expr.op == "classifier" else values

    def truncate(self, n_sessions: int) -> Panel:
        """The panel as it was after its first ``n_sessions`` sessions."""
        return self._of_sessions(slice(n_sessions))

    def _of_sessions(self, kept: slice | NDArray[np.bool_]) -> Panel:
        """The panel of some of its sessions; what is constant over time stays a view."""

        def part(values: Floats) -> Floats:
            if isinstance(kept, slice):
                return values[kept]
            if values.strides[0] == 0:
                return np.broadcast_to(values[:1], (int(kept.sum()), values.shape[1]))
            return read_only(values[kept])

        return Panel(
            dates=read_only(self.dates[kept]),
            assets=self.assets,
            fields=MappingProxyType({k: part(v) for k, v in self.fields.items()}),
            groups=MappingProxyType({k: part(v) for k, v in self.groups.items()}),
            group_names=self.group_names,
            exchange=self.exchange,
            recipe=self.recipe,
        )

    # -- larger than memory --------------------------------------------------------------------------------------

    def save_mapped(self, directory: Path) -> None:
        """Write the panel so that :meth:`open_mapped` can look at it in place. A panel that is there is replaced at once.

        Raises:
            AlphaBenchError: R53 when the directory cannot be written.
        """
        from alpha_bench.panel.memory_map import write_mapped

        about = {
            "dates": [str(d) for d in self.dates],
            "assets": [str(a) for a in self.assets],
            "group_names": {name: list(names) for name, names in self.group_names.items()},
            "exchange": self.exchange,
            "recipe": self.recipe.to_plain(),
        }
        write_mapped(Path(directory), about, {"fields": self.fields, "groups": self.groups})

    @classmethod
    def open_mapped(cls, directory: Path, *, verify: bool = False) -> Panel:
        """The panel that :meth:`save_mapped` wrote, its fields mapped: of a field only what is used is read, when it is used.

        What was noticed when the panel was first read is not kept; :attr:`validation` looks again. ``verify`` reads everything and
        compares with the digests that were written.

        Raises:
            AlphaBenchError: R51 when there is none, or it is damaged.
        """
        from alpha_bench.panel.memory_map import read_mapped

        about, arrays = read_mapped(Path(directory), verify=verify)
        return cls(
            dates=read_only(np.array(about["dates"], dtype="datetime64[D]")),
            assets=read_only(np.array(about["assets"], dtype=np.str_)),
            fields=MappingProxyType(arrays["fields"]),
            groups=MappingProxyType(arrays["groups"]),
            group_names=MappingProxyType({k: tuple(v) for k, v in about["group_names"].items()}),
            exchange=str(about["exchange"]),
            recipe=Recipe.from_plain(about["recipe"]) if "recipe" in about else AS_IT_IS,
        )

    def as_filed(
        self,
        filings: PanelData,
        *,
        filed: str = "filed",
        period_end: str = "period_end",
        symbol: str = "symbol",
        delay: int = 1,
        most_sessions: int | None = None,
    ) -> Panel:
        """The panel with the numbers of ``filings`` as further fields, each as it was known at the close of each session.

        Known is, of what was filed, the latest period, and of a period that was filed again the latest filing. A number that this
        filing lacks is missing.

        Args:
            filings: a table of one row a symbol, period and filing: whatever :meth:`of` takes as a long table.
            filed: the column of the days on which they were filed.
            period_end: the column of the days on which their periods ended.
            symbol: the column of symbols.
            delay: 1: known from the first session after the day of filing; 0: at the close of that day itself.
            most_sessions: after how many sessions without a newer filing a value is missing; None: it stays.

        Raises:
            AlphaBenchError: E15 for wrong columns, rows that were filed before their period ended, or two filings of a period on
                one day; E16 for a field that is there already; R01 for a delay or a number of sessions that is none.
        """
        wait = sessions_of(delay, "delay")
        most = None if most_sessions is None else sessions_of(most_sessions, "most_sessions", least=1)
        table, ends = read_filings(filings, filed=filed, period_end=period_end, symbol=symbol)
        names = [n for n in table.numbers if n not in {filed, period_end}]
        refuse_known(names, self.field_names, "the panel")
        rows = known_rows(self.dates, self.assets, table, ends, delay=wait, most_sessions=most)
        made = {n: values_at(np.concatenate([*table.numbers[n]()]).astype(np.float64), rows) for n in names}
        fields, findings = MappingProxyType({**self.fields, **made}), (*self.findings, *table.findings)
        return replace(self, fields=fields, findings=findings)

    # -- sessions ------------------------------------------------------------------------------------------------

    @cached_property
    def calendar(self) -> Calendar:
        """A report on the panel's sessions; after :meth:`on_calendar` also what differs from the exchange's."""
        return calendar_of(self.dates, self.exchange)

    def on_calendar(self, exchange: str, *, closed: Closed = "refuse") -> Panel:
        """The panel, its sessions compared with those of an exchange between its first and last one. Nothing is filled.

        Sessions that the exchange has and the panel lacks are a finding (``no_such_session``). Sessions at which the exchange
        was closed (holidays, weekends) are refused; ``closed="leave_out"`` makes a panel without them, and ``closed="keep"`` keeps
        them; either is a finding.

        Args:
            exchange: a name that the library ``exchange_calendars`` knows: XNYS, XLON, XTKS, 24/7, ...
            closed: what is to be done with sessions at which it was closed.

        Raises:
            AlphaBenchError: E19 no such calendar, E20 sessions at which it was closed, E21 the library is not installed.
        """
        compared = calendar_of(self.dates, exchange)
        keep = filter_sessions(compared, self.dates, closed)
        findings = compared.findings
        if not keep.all():
            left = Finding.of("session_left_out", len(compared.extra), compared.extra)
            findings = (*(f for f in findings if f.code != "not_a_session"), left)
        kept = self if keep.all() else self._of_sessions(keep)
        return replace(kept, exchange=exchange, findings=(*self.findings, *findings))

    @property
    def listed(self) -> Expr:
        """A filter: the assets that have a price on the session. Where an asset is not there, every field of it is NaN; nothing is filled."""
        return field(self._price) > 0

    @property
    def _price(self) -> str:
        return "close" if "close" in self.fields else next(iter(self.fields))

    @cached_property
    def first_sessions(self) -> NDArray[np.datetime64]:
        """(N,) the first session at which each asset has a price; NaT where it never has."""
        known = ~np.isnan(self.fields[self._price])
        return np.where(known.any(axis=0), self.dates[known.argmax(axis=0)], np.datetime64("NaT"))

    @cached_property
    def last_sessions(self) -> NDArray[np.datetime64]:
        """(N,) the last session at which each asset has a price; NaT where it never has."""
        known = ~np.isnan(self.fields[self._price])
        last = len(known) - 1 - known[::-1].argmax(axis=0)
        return np.where(known.any(axis=0), self.dates[last], np.datetime64("NaT"))

    # -- results out ---------------------------------------------------------------------------------------------

    def series(self, expr: Expr, name: str | None = None) -> pd.Series[Any]:
        """Known values of ``expr`` as a pandas series by (date, symbol), called ``name`` or as it is written."""
        from alpha_bench.panel.interchange._pandas import long_frame

        shown = self._shown(expr)
        return long_frame(self.dates, self.assets, {name or str(expr): shown}, _known(shown)).iloc[:, 0]

    def polars(self, expr: Expr, name: str | None = None) -> pl.DataFrame:
        """Known values of ``expr`` as a polars frame: date, symbol, and ``name`` or as it is written."""
        from alpha_bench.panel.interchange._polars import from_arrow

        shown = self._shown(expr)
        return from_arrow(long_arrow(self.dates, self.assets, {name or str(expr): shown}, _known(shown)))

    def to_arrow(self, fields: Sequence[str] | None = None) -> pa.Table:
        """Fields as a long Arrow table: ``date`` (date32), ``symbol`` and one column each, a row where any of them varies and is
        known; groups as text. Missing values are null.

        Law: ``Panel.of(panel.to_arrow()).digest == panel.digest`` where every session and asset has a value and no field is constant
        over time.

        Raises:
            AlphaBenchError: R06 for a field that there is not.
        """
        columns, known = self._columns(fields)
        return long_arrow(self.dates, self.assets, columns, known)

    def to_polars(self, fields: Sequence[str] | None = None) -> pl.DataFrame:
        """Fields as a long polars frame; rows and columns as :meth:`to_arrow` has them."""
        from alpha_bench.panel.interchange._polars import from_arrow

        return from_arrow(self.to_arrow(fields))

    def to_pandas(
        self, fields: Sequence[str] | None = None, *, layout: Literal["long", "wide"] = "long"
    ) -> pd.DataFrame:
        """Fields as a pandas frame: ``long`` by (date, symbol), rows as :meth:`to_arrow` has them; ``wide`` sessions down, columns (field,
        symbol), all of them. Law: ``Panel.of(panel.to_pandas(layout="wide")).digest == panel.digest`` where no field is a group."""
        from alpha_bench.panel.interchange._pandas import long_frame, wide_frames

        columns, known = self._columns(fields)
        if layout == "wide":
            return wide_frames(self.dates, self.assets, columns)
        return long_frame(self.dates, self.assets, columns, known)

    def _columns(self, fields: Sequence[str] | None) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]:
        """What is asked for by name, groups as their names; and where any that varies over time is known."""
        for name in fields or ():
            if name not in self.field_names:
                close = nearest(name, self.field_names)
                fix = f"did you mean {close!r}?" if close else f"the panel has {', '.join(self.field_names)}"
                raise DataError("R06", f"the panel has no field {name!r}", fix, fields=[name])
        chosen = [*self.fields, *self.groups] if fields is None else list(fields)
        columns = {n: self.fields[n] if n in self.fields else self._names(n, self.groups[n]) for n in chosen}
        varying = [v for n, v in columns.items() if n in self.fields and v.strides[0] != 0]
        known = np.zeros(self.shape, dtype=bool)
        for values in varying or [self.fields[self._price]]:
            known |= ~np.isnan(values)
        return columns, known

    def _names(self, group: str, numbers: Floats) -> NDArray[Any]:
        """Group numbers as names, None where there is none."""
        names = np.array([*self.group_names[group], None], dtype=object)
        return np.asarray(names[np.nan_to_num(numbers, nan=len(names) - 1).astype(int)])

    @classmethod
    def from_arrays(
        cls,
        dates: NDArray[np.datetime64],
        assets: Sequence[str],
        fields: Mapping[str, Floats],
        groups: Mapping[str, NDArray[Any]] | None = None,
    ) -> Panel:
        """A panel over arrays that are already (T, N), dates and assets each strictly increasing. It looks at them, it copies nothing.

        Args:
            dates: (T,) sessions.
            assets: (N,) symbols.
            fields: name -> (T, N) numbers.
            groups: name -> (T, N) texts or codes, the group of each asset as of each session; None, NaN and "" are none.

        Raises:
            AlphaBenchError: E15 where dates or assets are not in order, two symbols read the same, an array has another shape, or
                there are more than 10,000 groups of a name; E16 for a name of a field and of groups.
        """
        named = {name: np.asarray(values, dtype=object) for name, values in (groups or {}).items()}
        check_arrays(dates, assets, {**named, **fields})
        made = groups_of_arrays(named, fields)
        ready = {
            name: read_only(np.ascontiguousarray(v, dtype=np.float64).view()) for name, v in fields.items()
        }
        return cls(
            dates=read_only(np.asarray(dates, dtype="datetime64[D]").view()),
            assets=read_only(np.asarray(assets, dtype=np.str_).view()),
            fields=MappingProxyType(ready),
            groups=MappingProxyType({name: found.numbers for name, found in made.items()}),
            group_names=MappingProxyType({name: found.names for name, found in made.items()}),
            findings=tuple(same_but_for_case([str(a) for a in assets])),
        )

    @classmethod
    def _of_parts(cls, parts: Assembled) -> Panel:
        return cls(
            dates=parts.dates,
            assets=parts.assets,
            fields=parts.fields,
            groups=parts.groups,
            group_names=parts.group_names,
            findings=parts.findings,
            recipe=parts.recipe,
        )

    def __repr__(self) -> str:
        sessions, assets = self.shape
        return f"Panel({sessions} sessions {self.dates[0]} to {self.dates[-1]}, {assets} assets: {', '.join(self.field_names)})"

    def _repr_html_(self) -> str:
        return self.validation._repr_html_()


def read_panel(
    prices: Path,
    reference: Path | None = None,
    derive: Mapping[str, str] | None = None,
    *,
    date: str = "date",
    symbol: str = "symbol",
    layout: FileLayout | None = None,
    wanted: Collection[str] | None = None,
) -> Panel:
    """Read a panel from a parquet or CSV file, long unless ``layout`` says otherwise, and, if given, a table of one row a symbol.

    Args:
        prices: one row a date and symbol; every numeric column is a field. Rows may be in any order.
        reference: numeric columns become constant fields, text columns groups.
        derive: further fields as formulas over the columns of both, see :mod:`alpha_bench.panel.derived_fields`.
        date: the column of dates.
        symbol: the column of asset names.
        layout: wide files, other delimiters, decimals and dates, new names of columns.
        wanted: the fields that are asked for: of a wide parquet file no columns are read but those that an evaluation of them needs,
            see :mod:`alpha_bench.panel.narrowing`.

    Raises:
        AlphaBenchError: E01 no file, E13 no rows, E14 a column without a value, E15 wrong columns or types, or a date and
            symbol twice, E16 a column twice, E17 an infinite value, R10 a formula, R56 a time of day.
    """
    from alpha_bench.panel.interchange._parquet import (
        columns_of_file,
        read_laid_out,
        read_long,
        read_reference,
    )

    how = layout or FileLayout()
    table = (
        read_long(Path(prices), date=date, symbol=symbol)
        if layout is None
        else read_laid_out(Path(prices), layout, date=date, symbol=symbol)
    )
    marks = (how.delimiter, how.decimal_point)
    constants = None if reference is None else read_reference(Path(reference), symbol=symbol, marks=marks)
    if wanted is not None and isinstance(table, LongTable):
        read = columns_of_file(prices, wanted, derive or {}, date=date, symbol=symbol, layout=layout)
        table = narrowed(table, constants, read)
    parts = assembled(table, constants, derive or {}, date=date, symbol=symbol, layout=layout)
    return Panel._of_parts(parts)  # noqa: SLF001 - its own module


def as_filed(
    frame: pd.DataFrame,
    filings: PanelData,
    *,
    filed: str = "filed",
    period_end: str = "period_end",
    date: str = "date",
    symbol: str = "symbol",
    delay: int = 1,
    most_sessions: int | None = None,
) -> pd.DataFrame:
    """A long pandas frame with the numbers of ``filings`` as further columns, each row as it was known on its date; :meth:`alpha_bench.panel.panel.Panel.as_filed`
    says how.

    Args:
        frame: one row a date and symbol; its rows, index and columns stay as they are.
        filings: a table of one row a symbol, period and filing.
        filed: its column of the days on which they were filed.
        period_end: its column of the days on which their periods ended.
        date: the frame's column or index level of dates.
        symbol: the column of symbols of both.
        delay: as there.
        most_sessions: as there.

    Raises:
        AlphaBenchError: as there.
    """
    from alpha_bench.panel.interchange._pandas import keys_as_columns

    keys = keys_as_columns(frame, date=date, symbol=symbol)[[date, symbol]].reset_index(drop=True)
    keys.columns = ["date", "symbol"]
    panel, places = Panel.from_rows(keys.assign(close=1.0))
    made = panel.as_filed(
        filings, filed=filed, period_end=period_end, symbol=symbol, delay=delay, most_sessions=most_sessions
    )
    new = {n: made.fields[n].ravel()[places] for n in made.fields if n != "close"}
    refuse_known(new, frame.columns, "the frame")
    return frame.assign(**new)


def _known(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Where there is a value; names of groups are not empty."""
    return np.asarray(values.astype(bool) if values.dtype == object else ~np.isnan(values))
