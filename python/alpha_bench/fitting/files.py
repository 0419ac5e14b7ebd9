"""From files of prices to the panel that a model reads, by the recipe of the data that it was fitted on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from alpha_bench.fitting.needs import Needs
from alpha_bench.fitting.supplying import Supplied, reference_for, words_of_the_caller
from alpha_bench.panel import (
    FileLayout,
    LongTable,
    Panel,
    Recipe,
    ReferenceTable,
    both_of,
    column_names_in,
    read_laid_out,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """How somebody says that the files of prices are laid out now: as :func:`alpha_bench.panel.panel.read_panel` takes it."""

    date: str = "date"
    symbol: str = "symbol"
    layout: FileLayout | None = None


def panel_of_files(
    needs: Needs, recipe: Recipe, prices: Path, reference: Path | None, declared: Mapping[str, Any] | None
) -> Panel:
    """The panel of ``prices`` with the fields that a model reads, those that the file lacks made by ``recipe``.

    ``declared`` says how the files are laid out, by the words ``date``, ``symbol`` and ``layout`` of
    :func:`alpha_bench.describe.read_panel`; by default they are as those of the recipe, or have the names that it gave.

    Raises:
        AlphaBenchError: R36 and R69 for what is missing, R70 for a column by two names, and as
            :func:`alpha_bench.panel.panel.read_panel`.
    """
    how = _as_before(recipe, prices) if declared is None else _declared(declared)
    layout = how.layout or FileLayout()
    with words_of_the_caller({name: old for old, name in dict(layout.rename or {}).items()}):
        table = read_laid_out(prices, layout, date=how.date, symbol=how.symbol)
    names = (*(table.numbers if isinstance(table, LongTable) else table.fields), *table.texts)
    now = replace(
        recipe, symbol=recipe.symbol if declared is None else how.symbol, layout=replace(layout, rename=None)
    )
    given = None if reference is None else reference_for(reference, now)
    found = Supplied(source=prices.name, names=frozenset(names), needs=needs, recipe=now, given=given)
    found.refuse_both()
    if not found.is_complete:
        raise found.lacking(keyed=True)
    stated = _constants(table, found.constants) if isinstance(table, LongTable) else None
    read = found.supply.columns - (set() if stated is None else stated.numbers.keys())
    constants = both_of(found.reference, stated)
    return Panel.from_table(table.only(read), reference=constants, derive=found.supply.formulas)


def _declared(words: Mapping[str, Any]) -> Declared:
    layout = words.get("layout")
    return Declared(**{**words, "layout": None if layout is None else FileLayout(**layout)})


def _as_before(recipe: Recipe, prices: Path) -> Declared:
    """The names of the recipe, where the file has them."""
    layout = recipe.layout or FileLayout()
    if layout.is_wide:
        return Declared(date=recipe.date, layout=replace(layout, rename=dict(recipe.renames) or None))
    new = recipe.names_here(column_names_in(prices, layout.delimiter))
    return Declared(layout=replace(layout, rename=new or None))


def _constants(table: LongTable, names: Iterable[str]) -> ReferenceTable | None:
    """Of the columns ``names`` those that hold one number for all rows of each symbol."""
    found = {}
    for name in names:
        values = np.concatenate([*table.numbers[name]()]).astype(np.float64)
        known = ~np.isnan(values)
        one = np.full(len(table.symbols), np.nan)
        one[table.codes[known]] = values[known]
        if np.array_equal(one[table.codes[known]], values[known]):
            found[name] = one
    return ReferenceTable(symbols=table.symbols, numbers=found, texts={}) if found else None
