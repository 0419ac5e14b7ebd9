"""The recipe of a panel: what was done to the tables that it was read from, as plain data, so that it can be done to other rows.

``derive`` is the language of :mod:`alpha_bench.panel.derived_fields`: no code. The tables themselves are not in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, TypeAlias

from alpha_bench.errors import DataError, SavedModelError
from alpha_bench.panel.derived_fields import names_in
from alpha_bench.panel.interchange.tables import FileLayout, ReferenceTable

Kind: TypeAlias = Literal["number", "text"]
_SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class DerivedField:
    """``name`` is ``formula``. ``replaces``: the tables had a column of that name, which the formula took the place of."""

    name: str
    formula: str
    replaces: bool = False

    def __str__(self) -> str:
        return f"{self.name} = {self.formula}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """How a panel was made of its tables. Of one that was made of arrays, or of a table as it is, nothing.

    Attributes:
        date: what the tables call the date, once their columns are renamed.
        symbol: what they call the symbol, the reference too.
        renames: (name in the table, name in the panel) of the columns that were renamed; of wide ones, of fields.
        derive: derived fields in the order in which they were computed.
        reference: the columns of the reference table and what they hold, by name; None where there was none.
        layout: how the file was laid out, without its renames; None for a long table as other programs read it.
    """

    date: str = "date"
    symbol: str = "symbol"
    renames: tuple[tuple[str, str], ...] = ()
    derive: tuple[DerivedField, ...] = ()
    reference: tuple[tuple[str, Kind], ...] | None = None
    layout: FileLayout | None = None

    def supplied(self, wanted: Collection[str], here: Collection[str]) -> Supply:
        """Where each of the fields and groups ``wanted`` comes from, when a table has the columns ``here``, renamed.

        What is there is taken as it is, unless the recipe put a formula in the place of a column of that name.
        """
        found = Supply()
        for name in sorted(wanted):
            found = self._with(found, name, here, len(self.derive))
        order = {one.name: n for n, one in enumerate(self.derive)}
        return replace(found, derive=tuple(sorted(found.derive, key=lambda one: order[one.name])))

    def _with(self, found: Supply, name: str, here: Collection[str], before: int) -> Supply:
        """``found`` and where ``name`` comes from, as the first ``before`` formulas leave it."""
        at = next((n for n, one in enumerate(self.derive[:before]) if one.name == name), None)
        one = None if at is None else self.derive[at]
        if one is not None and at is not None and (one.replaces or name not in here):
            if one not in found.derive:
                found = replace(found, derive=(*found.derive, one))
                for part in sorted(names_in(one.name, one.formula)):
                    found = self._with(found, part, here, at)
            return found
        if name in here:
            return replace(found, columns=found.columns | {name})
        if name in dict(self.reference or ()):
            return replace(found, reference=found.reference | {name})
        return replace(found, missing=found.missing | {name})

    def names_here(self, names: Collection[str]) -> dict[str, str]:
        """What the columns ``names`` of a table are called in the panel, those alone that are called otherwise.

        The columns are renamed where one of them has a name that only the table had; where none can be told from a name in the
        panel (two columns that change their names), where all are there.

        Raises:
            AlphaBenchError: R70 where a column is there by both of its names.
        """
        told = dict(self.renames)
        only = told.keys() - set(told.values())
        raw = bool(only & set(names)) or (not only and told.keys() <= set(names))
        new = {n: told[n] for n in names if n in told} if raw else {}
        called = {n: new.get(n, n) for n in names}
        for key, own in (("date", self.date), ("symbol", self.symbol)):
            new |= {n: key for n, name in called.items() if name == own != key}
        for old, name in new.items():
            if name in names and name not in new:
                raise DataError(
                    "R70",
                    f"the data has a column {old!r}, which the model calls {name!r}, and one that is called {name!r}",
                    fix=f"leave out {old!r} or {name!r}",
                    columns=[old, name],
                )
        return new

    def to_plain(self) -> dict[str, Any]:
        """Plain JSON data: ``Recipe.from_plain(recipe.to_plain()) == recipe``."""
        return {
            "schema_version": _SCHEMA_VERSION,
            "date": self.date,
            "symbol": self.symbol,
            "rename": dict(self.renames),
            "derive": [asdict(one) for one in self.derive],
            "reference": None if self.reference is None else dict(self.reference),
            "layout": None if self.layout is None else _layout_to_plain(self.layout),
        }

    @classmethod
    def from_plain(cls, plain: Any) -> Recipe:
        """Raises SavedModelError R35 for anything else."""
        try:
            version, made = plain["schema_version"], _of_plain(plain)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _no_recipe(f"{type(error).__name__}: {error}") from error
        if version != _SCHEMA_VERSION or made.to_plain() != plain:
            raise _no_recipe(f"it is of version {version!r}, or holds what a recipe does not")
        for one in made.derive:
            names_in(one.name, one.formula)
        return made


AS_IT_IS = Recipe()
"""Of a panel that was made of arrays, or of one long table whose columns were not renamed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Supply:
    """Where the fields that are wanted come from.

    Attributes:
        columns: from the rows themselves.
        derive: by formulas, in this order.
        reference: from the reference table.
        missing: from nowhere.
    """

    columns: frozenset[str] = field(default_factory=frozenset)
    derive: tuple[DerivedField, ...] = ()
    reference: frozenset[str] = field(default_factory=frozenset)
    missing: frozenset[str] = field(default_factory=frozenset)

    @property
    def formulas(self) -> dict[str, str]:
        """Field -> formula, in the order in which they are computed."""
        return {one.name: one.formula for one in self.derive}


def recipe_of(
    *,
    date: str,
    symbol: str,
    renames: Mapping[str, str],
    columns: Collection[str],
    reference: ReferenceTable | None,
    derive: Mapping[str, str],
    layout: FileLayout | None = None,
) -> Recipe:
    """The recipe of a panel that is read so; ``columns`` are those of its table, renamed."""
    constants: dict[str, Kind] = {}
    if reference is not None:
        constants |= dict.fromkeys(reference.numbers, "number")
        constants |= dict.fromkeys(reference.texts, "text")
    there = {*columns, *constants}
    return Recipe(
        date=date,
        symbol=symbol,
        renames=tuple(sorted((old, new) for old, new in renames.items() if old != new)),
        derive=tuple(
            DerivedField(name=name, formula=formula, replaces=name in there)
            for name, formula in derive.items()
        ),
        reference=None if reference is None else tuple(sorted(constants.items())),
        layout=None if layout is None else _kept(replace(layout, rename=None)),
    )


def _kept(layout: FileLayout) -> FileLayout | None:
    return None if layout == FileLayout() else layout


def _layout_to_plain(layout: FileLayout) -> dict[str, Any]:
    return {
        "field": layout.field,
        "levels": None if layout.levels is None else list(layout.levels),
        "delimiter": layout.delimiter,
        "decimal_point": layout.decimal_point,
        "date_format": layout.date_format,
    }


def _of_plain(plain: Any) -> Recipe:
    layout, reference = plain["layout"], plain["reference"]
    if layout is not None:
        levels = layout["levels"]
        layout = FileLayout(**layout | {"levels": None if levels is None else tuple(levels)})
    return Recipe(
        date=str(plain["date"]),
        symbol=str(plain["symbol"]),
        renames=tuple(sorted((str(old), str(new)) for old, new in plain["rename"].items())),
        derive=tuple(
            DerivedField(name=str(one["name"]), formula=str(one["formula"]), replaces=bool(one["replaces"]))
            for one in plain["derive"]
        ),
        reference=None if reference is None else tuple(sorted(reference.items())),
        layout=layout,
    )


def _no_recipe(why: str) -> SavedModelError:
    return SavedModelError(
        "R35", f"the recipe of a saved model cannot be read: {why}", fix="promote or save it again"
    )
