"""From rows to arrays: the calendar, the assets, one (T, N) array a field; what is wrong with the rows is refused here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import AlphaBenchError
from alpha_bench.formula import derive_field
from alpha_bench.validation import Finding

if TYPE_CHECKING:
    from alpha_bench._arrow import LongTable, ReferenceTable

Floats: TypeAlias = NDArray[np.float64]
Array = TypeVar("Array", bound=NDArray[Any])


@dataclass(frozen=True, kw_only=True, slots=True)
class Assembled:
    """The parts of a panel; see :class:`alpha_bench.panel.Panel`."""

    dates: NDArray[np.datetime64]
    assets: NDArray[np.str_]
    fields: Mapping[str, Floats]
    groups: Mapping[str, Floats]
    group_names: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Grid:
    """Where each row goes: ``cells`` are positions in a flattened (T, N) array."""

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


def assemble(
    table: LongTable, constants: ReferenceTable | None, derive: Mapping[str, str], source: str
) -> Assembled:
    """Build the arrays. Raises AlphaBenchError E13 to E17 and R10; see :func:`alpha_bench.panel.read_panel`."""
    grid = _grid(table, source)
    findings = _order_findings(table, grid)
    _refuse_duplicates(grid)
    if not table.numbers:
        raise AlphaBenchError("E13", f"{source} has no column of numbers", fix="add a column such as close")
    fields = {name: _scatter(name, values, grid) for name, values in table.numbers.items()}
    groups: dict[str, Floats] = {}
    group_names: dict[str, tuple[str, ...]] = {}
    if table.left_out:
        findings.append(Finding.of("column_left_out", len(table.left_out), table.left_out, field=""))
    if constants is not None:
        findings += _join(constants, grid, fields, groups, group_names)
    for name, formula in derive.items():
        made = derive_field(name, formula, fields)
        fields[name] = read_only(
            np.broadcast_to(made, grid.shape) if made.ndim < 2 or made.strides[0] == 0 else made
        )
    return Assembled(
        dates=read_only(grid.dates),
        assets=read_only(grid.assets),
        fields=MappingProxyType(fields),
        groups=MappingProxyType(groups),
        group_names=MappingProxyType(group_names),
        findings=tuple(findings),
    )


def _grid(table: LongTable, source: str) -> _Grid:
    order = sorted(range(len(table.symbols)), key=table.symbols.__getitem__)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    since = table.days - int(table.days.min())
    present = np.zeros(int(since.max()) + 1, dtype=bool)
    present[since] = True
    session = np.cumsum(present) - 1
    dates = (np.flatnonzero(present) + int(table.days.min())).astype("datetime64[D]")
    cells = session[since] * len(order) + rank[table.codes]
    return _Grid(
        dates=dates,
        assets=np.array([table.symbols[i] for i in order], dtype=np.str_),
        cells=cells,
        source=source,
    )


def _order_findings(table: LongTable, grid: _Grid) -> list[Finding]:
    """Rows in order of date, or of symbol and then date, are as expected; others are put in order, and that is said."""
    if np.all(table.days[1:] >= table.days[:-1]):
        return []
    same = table.codes[1:] == table.codes[:-1]
    blocks = int(np.count_nonzero(~same)) + 1
    late = np.flatnonzero(same & (table.days[1:] < table.days[:-1])) + 1
    if blocks == len(np.unique(table.codes)) and not len(late):
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
    raise AlphaBenchError(
        "E15",
        f"{grid.source} has {len(twice)} date and symbol pairs more than once; the first is {grid.place(int(twice[0]))}",
        fix="keep one row a date and symbol",
    )


def _scatter(name: str, values: NDArray[Any], grid: _Grid) -> Floats:
    infinite = np.isinf(values)
    if infinite.any():
        row = int(np.argmax(infinite))
        raise AlphaBenchError(
            "E17",
            f"{grid.source}: {name} is infinite in {int(infinite.sum())} rows; the first is {grid.place(int(grid.cells[row]))}",
            fix="write a missing value instead",
            field=name,
        )
    if np.isnan(values).all():
        raise AlphaBenchError(
            "E14", f"{grid.source}: {name} has no value at all", fix=f"fill or drop {name}", field=name
        )
    out = np.full(grid.shape[0] * grid.shape[1], np.nan)
    out[grid.cells] = values
    return read_only(out.reshape(grid.shape))


def _join(
    constants: ReferenceTable,
    grid: _Grid,
    fields: dict[str, Floats],
    groups: dict[str, Floats],
    group_names: dict[str, tuple[str, ...]],
) -> list[Finding]:
    """Add the reference's columns; assets that it does not have are missing there."""
    row_of = {s: i for i, s in enumerate(constants.symbols)}
    rows = np.array([row_of.get(str(a), -1) for a in grid.assets])
    for name, values in constants.numbers.items():
        if name in fields:
            raise AlphaBenchError(
                "E16",
                f"column {name!r} is in the prices and in the reference",
                fix="rename one of them",
                field=name,
            )
        if np.isinf(values).any():
            raise AlphaBenchError(
                "E17", f"reference: {name} is infinite", fix="write a missing value instead", field=name
            )
        fields[name] = read_only(np.broadcast_to(np.where(rows >= 0, values[rows], np.nan), grid.shape))
    for name, texts in constants.texts.items():
        names = tuple(sorted({t for t in texts if t is not None}))
        number = {t: float(i) for i, t in enumerate(names)}
        codes = np.array([number.get(texts[r] or "", np.nan) if r >= 0 else np.nan for r in rows])
        groups[name], group_names[name] = read_only(np.broadcast_to(codes, grid.shape)), names
    unmatched = [str(a) for a, r in zip(grid.assets, rows, strict=True) if r < 0]
    found = [
        Finding.of("reference_constant", len(constants.numbers) + len(constants.texts), constants.numbers)
    ]
    return [*found, Finding.of("not_in_reference", len(unmatched), unmatched)] if unmatched else found
