"""From rows to arrays: the calendar, the assets, one (T, N) array a field; what is wrong with the rows is refused here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import AlphaBenchError, DataError
from alpha_bench.panel.derived_fields import derive_field, names_in
from alpha_bench.panel.grouping import Groups, pieces_of, scatter_names
from alpha_bench.panel.interchange.tables import (
    Chunks,
    LongTable,
    ReferenceTable,
    WideField,
    WideTable,
    no_rows,
)
from alpha_bench.panel.recipe import AS_IT_IS, Recipe
from alpha_bench.panel.symbols import refuse_twins, same_but_for_case
from alpha_bench.panel.validation import Finding
from alpha_bench.runtime import Floats

Array = TypeVar("Array", bound=NDArray[Any])
_BLOCK = 1 << 18
_READERS = 4  # columns decoded at once at most; each holds one piece of its column


@dataclass(frozen=True, kw_only=True, slots=True)
class Assembled:
    """The parts of a panel; see :class:`alpha_bench.panel.panel.Panel`."""

    dates: NDArray[np.datetime64]
    assets: NDArray[np.str_]
    fields: Mapping[str, Floats]
    groups: Mapping[str, Floats]
    group_names: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]
    cells: NDArray[np.int64]
    """(rows,) where each row of a long table went, ``session * N + asset``; of a wide one empty."""
    recipe: Recipe = AS_IT_IS


@dataclass(frozen=True, kw_only=True, slots=True)
class _Grid:
    """Where each row goes: row ``session[days[i] - start]``, column ``column[codes[i]]``."""

    dates: NDArray[np.datetime64]
    assets: NDArray[np.str_]
    cells: NDArray[np.int64]
    source: str

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.dates), len(self.assets)

    def place(self, cell: int) -> str:
        session, asset = divmod(cell, len(self.assets))
        return f"{self.assets[asset]} on {self.dates[session]}"


def read_only(array: Array) -> Array:
    """The same array, which can no longer be written through this reference."""
    array.flags.writeable = False
    return array


def check_arrays(
    dates: NDArray[np.datetime64], assets: Sequence[str], fields: Mapping[str, NDArray[Any]]
) -> None:
    """Raises AlphaBenchError E15 where dates or assets do not strictly increase, two symbols read the same, or a field is not (T, N)."""
    for what, keys in (("dates", np.asarray(dates, dtype="datetime64[D]")), ("assets", np.asarray(assets))):
        wrong = np.flatnonzero(keys[1:] <= keys[:-1])
        if len(wrong):
            at = int(wrong[0])
            raise DataError(
                "E15",
                f"{what} are not in order, each once: {keys[at + 1]} comes after {keys[at]}",
                fix="sort them, and the fields with them; Panel.of(...) does it",
            )
    refuse_twins([str(a) for a in assets])
    for name, values in fields.items():
        if values.shape != (len(dates), len(assets)):
            raise DataError(
                "E15",
                f"{name} has shape {values.shape}; {len(dates)} sessions by {len(assets)} assets are needed",
                fix="give sessions down and assets across",
                field=name,
            )


def assemble(
    table: LongTable | WideTable, constants: ReferenceTable | None, derive: Mapping[str, str]
) -> Assembled:
    """Build the arrays. Raises AlphaBenchError E13 to E17 and R10; see :func:`alpha_bench.panel.panel.read_panel`."""
    findings = list(table.findings)
    names = table.fields if isinstance(table, WideTable) else table.numbers
    if not names:
        raise DataError("E13", f"{table.source} has no column of numbers", fix="add a column such as close")
    if isinstance(table, WideTable):
        grid, fields, groups = _spread(table)
    else:
        grid = _grid(table)
        findings += _order_findings(table, grid)
        _refuse_duplicates(grid)
        with ThreadPoolExecutor(max_workers=min(_READERS, os.cpu_count() or 1)) as pool:
            made = pool.map(lambda item: _scatter(item[0], item[1], grid), table.numbers.items())
            fields = dict(zip(table.numbers, made, strict=True))
        groups = {name: scatter_names(texts, grid.cells, grid.shape) for name, texts in table.texts.items()}
    refuse_twins(grid.assets.tolist())
    findings += same_but_for_case(grid.assets.tolist())
    left_out = (*table.left_out, *(name for name, found in groups.items() if found is None))
    named = {name: found for name, found in groups.items() if found is not None}
    if left_out:
        findings.append(Finding.of("column_left_out", len(left_out), left_out, field=""))
    if constants is not None:
        findings += _join(constants, grid, fields, named)
    for name, formula in derive.items():
        fields[name] = _derived(name, formula, fields, grid.shape)
    return Assembled(
        dates=read_only(grid.dates),
        assets=read_only(grid.assets),
        fields=MappingProxyType(fields),
        groups=MappingProxyType({name: found.numbers for name, found in named.items()}),
        group_names=MappingProxyType({name: found.names for name, found in named.items()}),
        findings=tuple(findings),
        cells=read_only(grid.cells),
    )


def _derived(name: str, formula: str, fields: Mapping[str, Floats], shape: tuple[int, int]) -> Floats:
    """(T, N) the values of ``formula``: constant over time, without the memory, where everything that it reads is."""
    read = {one: fields[one] for one in names_in(name, formula) if one in fields}
    if all(values.strides[0] == 0 for values in read.values()):
        value = derive_field(name, formula, {**fields, **{one: values[:1] for one, values in read.items()}})
        return read_only(np.broadcast_to(value, shape))
    return read_only(derive_field(name, formula, fields))


def _grid(table: LongTable) -> _Grid:
    assets, rank = _in_order(table.symbols)
    dates, session = _calendar(table.days)
    start = int(table.days.min())
    session *= len(assets)
    cells = np.empty(len(table.days), dtype=np.int64)
    for row in range(0, len(cells), _BLOCK):  # what is made in between stays small
        block = slice(row, row + _BLOCK)
        cells[block] = session[table.days[block] - start] + rank[table.codes[block]]
    return _Grid(dates=dates, assets=assets, cells=cells, source=table.source)


def _in_order(symbols: tuple[str, ...]) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """The symbols in order, and the place in it of each."""
    order = sorted(range(len(symbols)), key=symbols.__getitem__)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return np.array([symbols[i] for i in order], dtype=np.str_), rank


def _calendar(days: NDArray[np.int32]) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """The distinct days in order, and the session of each day counted from the first."""
    start = int(days.min())
    present = np.zeros(int(days.max()) - start + 1, dtype=bool)
    present[days - start] = True
    return (np.flatnonzero(present) + start).astype("datetime64[D]"), np.cumsum(present) - 1


def _order_findings(table: LongTable, grid: _Grid) -> list[Finding]:
    """Rows in order of date, or of symbol and then date, are as expected; others are put in order, and that is said."""
    if np.all(table.days[1:] >= table.days[:-1]):
        return []
    same = table.codes[1:] == table.codes[:-1]
    blocks = int(np.count_nonzero(~same)) + 1
    late = np.flatnonzero(same & (table.days[1:] < table.days[:-1])) + 1
    if blocks == len(table.symbols) and not len(late):
        return []
    first = [grid.place(int(grid.cells[row])) for row in late[:3]]
    return [Finding.of("unsorted_rows", max(len(late), 1), first)]


def _refuse_duplicates(grid: _Grid) -> None:
    seen = np.zeros(grid.shape[0] * grid.shape[1], dtype=bool)
    seen[grid.cells] = True
    if int(np.count_nonzero(seen)) == len(grid.cells):
        return
    cells, counts = np.unique(grid.cells, return_counts=True)
    twice = cells[counts > 1]
    raise DataError(
        "E15",
        f"{grid.source} has {len(twice)} date and symbol pairs more than once; the first is {grid.place(int(twice[0]))}",
        fix="keep one row a date and symbol",
    )


def _scatter(name: str, chunks: Chunks, grid: _Grid) -> Floats:
    """Put a column into its array, piece by piece."""
    out = np.full(grid.shape[0] * grid.shape[1], np.nan)
    row = 0
    known = False
    for values in chunks():
        cells = grid.cells[row : row + len(values)]
        out[cells] = values
        row += len(values)
        known = known or not bool(np.isnan(values).all())
        _refuse_infinite(name, values, cells, grid)
    if not known:
        raise _no_value(name, grid.source)
    return read_only(out.reshape(grid.shape))


def _refuse_infinite(name: str, values: NDArray[Any], cells: NDArray[np.int64], grid: _Grid) -> None:
    infinite = np.isinf(values)
    if infinite.any():
        first = grid.place(int(cells[int(np.argmax(infinite))]))
        raise DataError(
            "E17",
            f"{grid.source}: {name} is infinite in {int(infinite.sum())} rows; the first is {first}",
            fix="write a missing value instead",
            field=name,
        )


def _no_value(name: str, source: str) -> AlphaBenchError:
    return DataError("E14", f"{source}: {name} has no value at all", fix=f"fill or drop {name}", field=name)


def _spread(table: WideTable) -> tuple[_Grid, dict[str, Floats], dict[str, Groups | None]]:
    """Arrays on one calendar and one list of assets: the union over the fields. What a field lacks is missing there."""
    parts = (*table.fields.values(), *table.texts.values())
    symbols = tuple(dict.fromkeys(s for f in parts for s in f.symbols))
    days = np.concatenate([f.days for f in parts])
    if not symbols or not len(days):
        raise no_rows(table.source)
    assets, rank = _in_order(symbols)
    dates, session = _calendar(days)
    position = dict(zip(symbols, rank.tolist(), strict=True))
    grid = _Grid(dates=dates, assets=assets, cells=np.empty(0, dtype=np.int64), source=table.source)

    def cells_of(name: str, part: WideField) -> NDArray[np.int64]:
        rows = session[part.days - int(days.min())]
        columns = np.array([position[s] for s in part.symbols], dtype=np.int64)
        _refuse_twice_in(name, dates[rows].astype(str), table.source)
        _refuse_twice_in(name, part.symbols, table.source)
        return np.asarray((rows[:, None] * len(assets) + columns).ravel())

    fields = {}
    for name, part in table.fields.items():
        cells = cells_of(name, part)
        values = np.asarray(part.values).ravel()
        _refuse_infinite(name, values, cells, grid)
        if np.isnan(values).all():
            raise _no_value(name, table.source)
        out = np.full(len(dates) * len(assets), np.nan)
        out[cells] = values
        fields[name] = read_only(out.reshape(grid.shape))
    groups = {
        name: scatter_names(pieces_of(part.values), cells_of(name, part), grid.shape)
        for name, part in table.texts.items()
    }
    return grid, fields, groups


def _refuse_twice_in(name: str, keys: Iterable[str], source: str) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise DataError(
                "E15",
                f"{source}: {name} has {key} more than once",
                fix="keep one row a date and one column a symbol",
            )
        seen.add(str(key))


def in_both(name: str) -> AlphaBenchError:
    """E16: a column of the prices and of the reference."""
    return DataError(
        "E16",
        f"column {name!r} is in the prices and in the reference",
        fix="rename one of them",
        field=name,
    )


def _join(
    constants: ReferenceTable,
    grid: _Grid,
    fields: dict[str, Floats],
    groups: dict[str, Groups],
) -> list[Finding]:
    """Add the reference's columns; assets that it does not have are missing there. Groups that the prices have by date stay."""
    row_of = {s: i for i, s in enumerate(constants.symbols)}
    rows = np.array([row_of.get(str(a), -1) for a in grid.assets])
    for name, values in constants.numbers.items():
        if name in fields:
            raise in_both(name)
        if np.isinf(values).any():
            raise DataError(
                "E17", f"reference: {name} is infinite", fix="write a missing value instead", field=name
            )
        fields[name] = read_only(np.broadcast_to(np.where(rows >= 0, values[rows], np.nan), grid.shape))
    known = [name for name in constants.texts if name in groups]
    for name, texts in constants.texts.items():
        if name in groups:
            continue
        names = tuple(sorted({t for t in texts if t is not None}))
        number = {t: float(i) for i, t in enumerate(names)}
        codes = np.array([number.get(texts[r] or "", np.nan) if r >= 0 else np.nan for r in rows])
        groups[name] = Groups(numbers=read_only(np.broadcast_to(codes, grid.shape)), names=names)
    unmatched = [str(a) for a, r in zip(grid.assets, rows, strict=True) if r < 0]
    constant = [*constants.numbers, *(name for name in constants.texts if name not in known)]
    found = [Finding.of("reference_constant", len(constant), constant)]
    if known:
        found.append(Finding.of("group_by_date", len(known), known))
    return [*found, Finding.of("not_in_reference", len(unmatched), unmatched)] if unmatched else found
