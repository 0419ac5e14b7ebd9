"""What a model needs to be told before it predicts: columns, and sessions of history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alpha_bench.definitions import ModelDefinition
from alpha_bench.expressions import walk
from alpha_bench.operators import Scope, operator
from alpha_bench.panel import Recipe


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What :meth:`alpha_bench.fitting.fitted_model.FittedModel.predict` reads.

    Attributes:
        fields: columns of numbers, sorted.
        groups: columns of texts, sorted: one for all sessions of a name, or as of each.
        lookback: sessions before the one that is predicted, for every feature to have a value.
        cross_section: a prediction also depends on the other names of its session, so that all of them are to be given.
        derived: of the fields, and what they are made of, those that are derived where the data lacks them, with their formulas.
        raw: the columns of the prices that the model was fitted on, as they are called there, which suffice.
        reference: the columns of the reference table that go with them; none where none is needed.
    """

    fields: tuple[str, ...]
    groups: tuple[str, ...]
    lookback: int
    cross_section: bool
    derived: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, str] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)

    @property
    def sessions(self) -> int:
        """The fewest sessions that give a prediction, the predicted one included."""
        return self.lookback + 1

    @property
    def columns(self) -> Mapping[str, str]:
        """Every column of the long panel with its type: ``date``, ``text`` or ``number``."""
        keys = {"date": "date", "symbol": "text"}
        return keys | dict.fromkeys(self.fields, "number") | dict.fromkeys(self.groups, "text")

    @property
    def rows(self) -> Mapping[str, str]:
        """Columns of a table that suffices alone, date and symbol first: those of :attr:`raw`, and beside them those of :attr:`reference`."""
        beside = {name: kind for place, (name, kind) in enumerate(self.reference.items()) if place}
        return {**self.raw, **beside}

    def to_plain(self) -> dict[str, object]:
        """Plain JSON data."""
        return {
            "columns": [{"name": name, "type": kind} for name, kind in self.columns.items()],
            "lookback_sessions": self.lookback,
            "cross_section": self.cross_section,
            "derived": dict(self.derived),
            "raw": [{"name": name, "type": kind} for name, kind in self.raw.items()],
            "reference": [{"name": name, "type": kind} for name, kind in self.reference.items()],
        }


def needs_of(definition: ModelDefinition, recipe: Recipe) -> Needs:
    """What the features and the universe read; what only the fit reads, label and weights, is not needed. ``recipe`` says how the
    data that it was fitted on were made."""
    nodes = [*walk(definition.predictors)]
    groups = {_name(e.params) for e in nodes if e.op in {"classifier", "member"}}
    fields = {_name(e.params) for e in nodes if e.op == "field"} - groups
    wide = {Scope.CROSS, Scope.CUSTOM}
    constants = dict(recipe.reference or ())
    from_prices = recipe.supplied({*fields, *groups}, ())
    given = sorted(from_prices.missing)
    old = {new: was for was, new in recipe.renames}
    of_reference = {name: str(constants[name]) for name in sorted(from_prices.reference)}
    return Needs(
        derived=from_prices.formulas,
        raw={old.get(recipe.date, recipe.date): "date", old.get(recipe.symbol, recipe.symbol): "text"}
        | {old.get(name, name): "text" if name in groups else "number" for name in given},
        reference={recipe.symbol: "text", **of_reference} if of_reference else {},
        fields=tuple(sorted(fields)),
        groups=tuple(sorted(groups)),
        lookback=max(e.lookback for e in definition.predictors),
        cross_section=any(operator(e.op).scope in wide for e in nodes),
    )


def _name(params: tuple[tuple[str, object], ...]) -> str:
    return str(dict(params)["name"])
