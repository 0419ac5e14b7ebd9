"""Every way into a panel, as constructors: from files, from frames, from queries."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias, Unpack

import numpy as np
from numpy.typing import NDArray

from alpha_bench.panel.assembly import Assembled, assemble, in_both
from alpha_bench.panel.derived_fields import formulas_in_order
from alpha_bench.panel.interchange.guess import of_library, reference_of, table_of
from alpha_bench.panel.interchange.tables import (
    ArrowRows,
    FileLayout,
    LongTable,
    Reading,
    ReferenceData,
    ReferenceTable,
    Rename,
    WideTable,
    both_of,
)
from alpha_bench.panel.recipe import recipe_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    PanelData: TypeAlias = (
        str
        | os.PathLike[str]
        | pd.DataFrame
        | pd.Series[Any]
        | Mapping[str, pd.DataFrame]
        | pl.DataFrame
        | pl.LazyFrame
        | ArrowRows
    )
    """What holds a panel: see :meth:`PanelConstructors.of`."""


def assembled(
    table: LongTable | WideTable,
    constants: ReferenceTable | None,
    derive: Mapping[str, str],
    *,
    date: str,
    symbol: str,
    layout: FileLayout | None = None,
) -> Assembled:
    """As :func:`alpha_bench.panel.assembly.assemble`, with the recipe."""
    names = table.fields if isinstance(table, WideTable) else table.numbers
    derive = formulas_in_order(derive, {*names, *(() if constants is None else constants.numbers)})
    recipe = recipe_of(
        date=date,
        symbol=symbol,
        renames=table.renames,
        columns={*names, *table.texts},
        reference=constants,
        derive=derive,
        layout=layout,
    )
    return replace(assemble(table, constants, derive), recipe=recipe)


def narrowed(table: LongTable, constants: ReferenceTable | None, read: Collection[str] | None) -> LongTable:
    """The table with the columns ``read`` (None: all) alone, by their names in the file; what the reference has as well is refused though it is not read."""
    if read is None:
        return table
    for name in () if constants is None else constants.numbers:
        if name in table.numbers:
            raise in_both(name)
    return table.only({new for old, new in table.renames.items() if old in read})


class PanelConstructors:
    """The constructors of :class:`alpha_bench.panel.panel.Panel` that read something. All of them end in :meth:`_of_parts`."""

    @classmethod
    @abstractmethod
    def _of_parts(cls, parts: Assembled) -> Self:
        """The panel of assembled parts: the one way in that all others end in."""

    @classmethod
    def _read(cls, how: Reading, read: Callable[[str, str, Rename], LongTable | WideTable]) -> Self:
        """A panel of what ``read(date, symbol, rename)`` gives and of the reference."""
        date, symbol, reference = how.get("date", "date"), how.get("symbol", "symbol"), how.get("reference")
        table = read(date, symbol, how.get("rename"))
        constants = None if reference is None else reference_of(reference, symbol=symbol)
        return cls._of_parts(assembled(table, constants, how.get("derive") or {}, date=date, symbol=symbol))

    @classmethod
    def of(
        cls,
        x: PanelData,
        *,
        date: str = "date",
        symbol: str = "symbol",
        field: str | None = None,
        rename: Rename = None,
        reference: ReferenceData | None = None,
        derive: Mapping[str, str] | None = None,
    ) -> Self:
        """A panel from whatever holds one; what is ambiguous is asked for, never assumed.

        | ``x`` | read as |
        |---|---|
        | a path | parquet, a folder of parquet parts (also ``key=value/``), CSV, compressed CSV (``.csv.gz``) |
        | pandas frame | long: ``date`` and ``symbol`` as columns or index levels; columns in two levels (field, symbol), in either order; wide with ``field=`` |
        | pandas series | by (date, symbol); its name, or ``field=``, is the field's |
        | mapping | field -> wide pandas frame, sessions down and assets across |
        | polars frame, Arrow table, reader or dataset, DuckDB relation, anything with ``__arrow_c_stream__`` | long |

        Args:
            x: the data.
            date: the column of dates: dates, midnights, texts ``YYYY-MM-DD`` or whole numbers ``YYYYMMDD``.
            symbol: the column of asset names; numbers are read as texts.
            field: which field it is, where one wide frame or series holds one field.
            rename: new names of columns, as a mapping or a function such as ``str.lower``; applied before anything else.
            reference: a path or frame of one row a symbol: numbers become constant fields, texts groups.
            derive: further fields as formulas over the columns of both, see :mod:`alpha_bench.panel.derived_fields`.

        Missing rows, nulls and NaN are NaN. Numbers of any width, decimals and numbers in object columns become the nearest
        float64, the same bits whichever way they come in; true and false become 1.0 and 0.0. Columns of anything else are left
        out, and that is in :attr:`validation`. Rows may be in any order.

        Raises:
            AlphaBenchError: E01 no file, E13 no rows, E14 a column without a value, E15 wrong columns or types, or a date and
                symbol twice, E16 a column twice, E17 an infinite value, R10 a formula, R56 a time of day, R57 an
                ambiguous layout.

        >>> import pandas as pd
        >>> from alpha_bench import Panel
        >>> days = pd.to_datetime(["2024-01-02", "2024-01-03"])
        >>> Panel.of({"close": pd.DataFrame({"A": [1.0, 1.1], "B": [2.0, 2.2]}, index=days)})
        Panel(2 sessions 2024-01-02 to 2024-01-03, 2 assets: close)
        """
        how = Reading(date=date, symbol=symbol, rename=rename, reference=reference, derive=derive)
        return cls._read(
            how,
            lambda date, symbol, rename: table_of(x, date=date, symbol=symbol, field=field, rename=rename),
        )

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, date: str = "date", symbol: str = "symbol") -> Self:
        """A panel from a long pandas frame: columns or index levels ``date`` and ``symbol``, one column a field."""
        from alpha_bench.panel.interchange._pandas import long

        return cls._of_parts(
            assembled(long(frame, date=date, symbol=symbol), None, {}, date=date, symbol=symbol)
        )

    @classmethod
    def from_rows(
        cls,
        frame: pd.DataFrame,
        *,
        groups: Sequence[str] = (),
        constants: Sequence[str] = (),
        reference: ReferenceTable | None = None,
        derive: Mapping[str, str] | None = None,
    ) -> tuple[Self, NDArray[np.int64]]:
        """As :meth:`from_frame`; and for each row of the frame its place in the panel, ``session * N + asset``.

        Columns named in ``groups`` hold the group of each row's asset, those in ``constants`` a number of it: where it is one for
        all rows of each asset it holds on all its sessions, else as of the rows that state it. ``reference`` and ``derive`` add
        fields, as :meth:`of` has them.

        Law: ``values.ravel()[places]`` are the values (T, N) of a row's own date and symbol, whatever types and order they came in.

        Raises:
            AlphaBenchError: as :meth:`from_frame`.
        """
        from alpha_bench.panel.interchange._pandas import as_texts, constants_of, long

        stated, fields = None, frame
        if groups or constants:
            one = constants_of(frame, groups, constants, symbol="symbol")
            stated = reference_of(one, symbol="symbol")
            fields = as_texts(
                frame.drop(columns=[c for c in (*groups, *constants) if c in one]),
                [g for g in groups if g not in one],
            )
        table = long(fields, date="date", symbol="symbol")
        parts = assemble(table, both_of(reference, stated), derive or {})
        return cls._of_parts(parts), parts.cells

    @classmethod
    def from_pandas(
        cls, frame: pd.DataFrame | pd.Series[Any], *, field: str | None = None, **how: Unpack[Reading]
    ) -> Self:
        """A panel from a pandas frame or series of any layout that :meth:`of` knows, and nothing else (R57)."""
        return cls.of(of_library(frame, "pandas"), field=field, **how)

    @classmethod
    def from_fields(
        cls,
        frames: Mapping[str, pd.DataFrame],
        *,
        reference: ReferenceTable | None,
        derive: Mapping[str, str],
    ) -> Self:
        """As :meth:`from_wide`, with a reference that is read already."""
        from alpha_bench.panel.interchange._pandas import wide

        return cls.from_table(wide(frames), reference=reference, derive=derive)

    @classmethod
    def from_table(
        cls,
        table: LongTable | WideTable,
        *,
        reference: ReferenceTable | None,
        derive: Mapping[str, str],
    ) -> Self:
        """A panel of what was read already; its recipe is not kept."""
        return cls._of_parts(assemble(table, reference, derive))

    @classmethod
    def from_wide(cls, frames: Mapping[str, pd.DataFrame], **how: Unpack[Reading]) -> Self:
        """A panel from one wide pandas frame a field, sessions down and assets across; their union is taken, gaps are NaN."""
        return cls.of(dict(frames), **how)

    @classmethod
    def from_polars(cls, frame: pl.DataFrame | pl.LazyFrame, **how: Unpack[Reading]) -> Self:
        """A panel from a long polars frame; a lazy one is collected. Anything else is refused (R57)."""
        return cls.of(of_library(frame, "polars"), **how)

    @classmethod
    def from_arrow(cls, rows: ArrowRows, **how: Unpack[Reading]) -> Self:
        """A panel from a long Arrow table, batch, reader or dataset, or anything with ``__arrow_c_stream__``."""
        return cls.of(of_library(rows, "pyarrow"), **how)

    @classmethod
    def from_parquet(cls, path: str | Path, **how: Unpack[Reading]) -> Self:
        """A panel from a long parquet file, whatever its name, or a folder of parquet files, also ``key=value/``.

        A column is decoded row group by row group straight into its array; what is held is the arrays and little else.
        """
        from alpha_bench.panel.interchange._parquet import read_parquet

        return cls._read(
            how,
            lambda date, symbol, rename: read_parquet(Path(path), date=date, symbol=symbol, rename=rename),
        )

    @classmethod
    def from_csv(
        cls, path: str | Path, *, delimiter: str = ",", decimal_point: str = ".", **how: Unpack[Reading]
    ) -> Self:
        """A panel from a long CSV file, whatever its name; one that ends in .gz, .bz2, .zst or .lz4 is unpacked."""
        from alpha_bench.panel.interchange._parquet import read_csv

        marks = (delimiter, decimal_point)
        return cls._read(
            how,
            lambda date, symbol, rename: read_csv(
                Path(path), date=date, symbol=symbol, rename=rename, marks=marks
            ),
        )

    @classmethod
    def from_duckdb(
        cls,
        query: str,
        connection: object,
        parameters: Sequence[object] | Mapping[str, object] | None = None,
        **how: Unpack[Reading],
    ) -> Self:
        """A panel from what a DuckDB query gives: one row a date and symbol. ``parameters`` fill ``?`` or ``$name`` in it; the query's
        text is sent as it is.

        Raises:
            AlphaBenchError: R57 where DuckDB refuses the query, and as :meth:`of`.
        """
        from alpha_bench.panel.interchange._duckdb import rows_of

        return cls.of(rows_of(query, connection, parameters), **how)
