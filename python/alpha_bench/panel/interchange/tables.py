"""What every way in becomes: rows (a long table) or arrays (a wide one), as numpy columns. Imports no third party but numpy."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, TypedDict

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import AlphaBenchError, DataError, nearest, some
from alpha_bench.names import FILINGS
from alpha_bench.panel.validation import Finding

Chunks: TypeAlias = Callable[[], Iterable[NDArray[Any]]]
"""The values of a column, in order of rows, in as many pieces as they are stored in; floating, missing ones NaN."""


Texts: TypeAlias = Callable[[], Iterable[tuple[NDArray[np.float64], Sequence[str | None]]]]
"""A column of texts in such pieces: positions in the piece's own words, NaN where a row has none."""


class ArrowStream(Protocol):
    """A table that gives its rows as an Arrow stream: of pandas, polars, Arrow or DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A PyCapsule that holds an ArrowArrayStream."""


class ArrowDataset(Protocol):
    """An Arrow dataset: parts that are read together."""

    def to_table(self) -> ArrowStream:
        """All of its rows."""


ArrowRows: TypeAlias = ArrowStream | ArrowDataset
ReferenceData: TypeAlias = str | os.PathLike[str] | ArrowStream
"""A table of one row a symbol: a path, a frame of pandas or polars, an Arrow table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LongTable:
    """Rows of a long table: one row a date and symbol.

    Attributes:
        source: how messages call it.
        days: (rows,) int32 days since 1970-01-01.
        codes: (rows,) int32 positions in ``symbols``.
        symbols: the distinct symbols, in any order.
        numbers: columns of numbers; each is read when it is called for, piece by piece, so that one is in memory at a time.
        texts: columns of texts, read in the same way.
        left_out: columns that are none of these and no keys.
        findings: what was noticed while reading.
        renames: name in the table -> name here, of every column.
    """

    source: str
    days: NDArray[np.int32]
    codes: NDArray[np.int32]
    symbols: tuple[str, ...]
    numbers: Mapping[str, Chunks]
    texts: Mapping[str, Texts] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    renames: Mapping[str, str] = field(default_factory=dict)

    def only(self, names: Collection[str]) -> LongTable:
        """The table with these columns alone."""
        return replace(
            self,
            numbers={n: v for n, v in self.numbers.items() if n in names},
            texts={n: v for n, v in self.texts.items() if n in names},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class WideField:
    """One field: (t,) days, (n,) symbols, (t, n) values; days and symbols in any order."""

    days: NDArray[np.int32]
    symbols: tuple[str, ...]
    values: NDArray[Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class WideTable:
    """Fields as arrays, each with its own days and symbols, and ``texts`` likewise, objects; see :class:`LongTable` for the rest."""

    source: str
    fields: Mapping[str, WideField]
    texts: Mapping[str, WideField] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    renames: Mapping[str, str] = field(default_factory=dict)

    def only(self, names: Collection[str]) -> WideTable:
        """The table with these fields alone."""
        return replace(
            self,
            fields={n: v for n, v in self.fields.items() if n in names},
            texts={n: v for n, v in self.texts.items() if n in names},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceTable:
    """One row a symbol: numbers (rows,) and texts (rows,) by column."""

    symbols: tuple[str, ...]
    numbers: dict[str, NDArray[np.float64]]
    texts: dict[str, tuple[str | None, ...]]


def both_of(reference: ReferenceTable | None, stated: ReferenceTable | None) -> ReferenceTable | None:
    """``reference`` with what the rows have ``stated`` of each symbol, which goes before it; numbers are in one of them only."""
    if reference is None or stated is None:
        return reference or stated
    symbols = tuple(dict.fromkeys((*reference.symbols, *stated.symbols)))
    numbers: dict[str, NDArray[np.float64]] = {}
    texts: dict[str, tuple[str | None, ...]] = {}
    for table in (reference, stated):
        row = {symbol: n for n, symbol in enumerate(table.symbols)}
        rows = [row.get(symbol) for symbol in symbols]
        for name, values in table.numbers.items():
            numbers[name] = np.array([np.nan if r is None else values[r] for r in rows])
        for name, words in table.texts.items():
            texts[name] = tuple(None if r is None else words[r] for r in rows)
    return ReferenceTable(symbols=symbols, numbers=numbers, texts=texts)


@dataclass(frozen=True, kw_only=True, slots=True)
class FileLayout:
    """How a file of prices is laid out, where it is not a long table as other programs read it.

    Attributes:
        field: the file is wide: one row a session, one column a symbol, and its numbers are this field. With ``levels``, the one
            field that is read.
        levels: columns have two levels in this order, ``("field", "symbol")`` or ``("symbol", "field")``, as pandas writes them: two
            lines of heads in a CSV file, names such as ``('close', 'AAPL')`` in parquet.
        delimiter: between the columns of a CSV file.
        decimal_point: before the decimals of a CSV file.
        date_format: how dates are written as text, in the words of ``strptime``: ``%m/%d/%Y``. Empty: YYYY-MM-DD.
        rename: new names of columns, of fields where there are two levels; applied before anything else.
    """

    field: str = ""
    levels: tuple[str, str] | None = None
    delimiter: str = ","
    decimal_point: str = "."
    date_format: str = ""
    rename: Mapping[str, str] | None = None

    @property
    def is_wide(self) -> bool:
        """Whether symbols are columns."""
        return bool(self.field) or self.levels is not None


Rename: TypeAlias = Mapping[str, str] | Callable[[str], str] | None
"""New names of columns: a mapping, or a function such as ``str.lower``."""


class Reading(TypedDict, total=False):
    """What every constructor takes; see :meth:`alpha_bench.panel.panel.Panel.of`."""

    date: str
    symbol: str
    rename: Rename
    reference: ReferenceData | None
    derive: Mapping[str, str] | None


def renamed(names: Iterable[str], rename: Rename, source: str) -> dict[str, str]:
    """Old name -> new name, for every one of ``names``.

    Raises:
        AlphaBenchError: E15 for a name in the mapping that is no column, E16 for two columns of one name.
    """
    known = list(names)
    if isinstance(rename, Mapping):
        for name in rename:
            if name not in known:
                close = nearest(name, known)
                raise DataError(
                    "E15",
                    f"{source} has no column {name!r} to rename; it has {some(known)}",
                    fix=f"did you mean {close!r}?" if close else "leave it out of rename",
                )
        new = {n: str(rename.get(n, n)) for n in known}
    else:
        new = {n: n if rename is None else str(rename(n)) for n in known}
    refuse_twice(list(new.values()), source)
    return new


def refuse_twice(names: list[str], source: str) -> None:
    """Raises AlphaBenchError E16 where two columns have one name."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError("E16", f"{source} has column {name!r} twice", fix="keep one of them")
        seen.add(name)


def word_of(value: object) -> str:
    """The text of a group's name or code; a whole number has no point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def dated_too_early(date: str, names: Iterable[str], rows: int) -> tuple[Finding, ...]:
    """A finding where rows are dated by a column other than the one that says when they became known."""
    known = [n for n in names if n.lower() in FILINGS and n != date]
    if not known or date.lower() in FILINGS:
        return ()
    return (Finding.of("dated_before_known", rows, [f"dated by {date}, known from {known[0]}"], field=""),)


def no_rows(source: str) -> AlphaBenchError:
    """E13: there is nothing in it."""
    return DataError("E13", f"{source} has no rows", fix="check how it was made")


def not_numbers(source: str, name: str, kind: str) -> AlphaBenchError:
    """E15: a field that the vocabulary knows as numbers holds something else."""
    return DataError(
        "E15", f"{source}: {name} holds {kind}; numbers are needed", fix="write it as numbers", field=name
    )
