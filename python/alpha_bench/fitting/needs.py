"""What a model needs to be told before it predicts: columns, and sessions of history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alpha_bench.definitions import ModelDefinition
from alpha_bench.expressions import walk
from alpha_bench.operators import Scope, operator


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What :meth:`alpha_bench.fitting.fitted_model.FittedModel.predict` reads.

    Attributes:
        fields: columns of numbers, sorted.
        groups: columns of texts, sorted: one for all sessions of a name, or as of each.
        lookback: sessions before the one that is predicted, for every feature to have a value.
        cross_section: a prediction also depends on the other names of its session, so that all of them are to be given.
    """

    fields: tuple[str, ...]
    groups: tuple[str, ...]
    lookback: int
    cross_section: bool

    @property
    def sessions(self) -> int:
        """The fewest sessions that give a prediction, the predicted one included."""
        return self.lookback + 1

    @property
    def columns(self) -> Mapping[str, str]:
        """Every column of the long panel with its type: ``date``, ``text`` or ``number``."""
        keys = {"date": "date", "symbol": "text"}
        return keys | dict.fromkeys(self.fields, "number") | dict.fromkeys(self.groups, "text")

    def to_plain(self) -> dict[str, object]:
        """Plain JSON data."""
        return {
            "columns": [{"name": name, "type": kind} for name, kind in self.columns.items()],
            "lookback_sessions": self.lookback,
            "cross_section": self.cross_section,
        }


def needs_of(definition: ModelDefinition) -> Needs:
    """What the features and the universe read; what only the fit reads, label and weights, is not needed."""
    nodes = [*walk(definition.predictors)]
    groups = {_name(e.params) for e in nodes if e.op in {"classifier", "member"}}
    fields = {_name(e.params) for e in nodes if e.op == "field"} - groups
    wide = {Scope.CROSS, Scope.CUSTOM}
    return Needs(
        fields=tuple(sorted(fields)),
        groups=tuple(sorted(groups)),
        lookback=max(e.lookback for e in definition.predictors),
        cross_section=any(operator(e.op).scope in wide for e in nodes),
    )


def _name(params: tuple[tuple[str, object], ...]) -> str:
    return str(dict(params)["name"])
