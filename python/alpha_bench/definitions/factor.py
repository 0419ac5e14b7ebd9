"""Factor definitions: a factor, the label it is judged by and how its book is held, put together and checked; nothing is fitted.

``study(features.mom_12_1(), y=fwd_ret_10d)`` judges one. It is to a factor what :class:`.model.EvaluationDefinition` is to a model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from alpha_bench.definitions.model import EvaluationDefinition, check_feature, check_label
from alpha_bench.definitions.universe import check_universe, within
from alpha_bench.errors import DefinitionError, nearest
from alpha_bench.expressions import Expr
from alpha_bench.model_selection import Split, whole_number
from alpha_bench.runtime import digest_of
from alpha_bench.vocabulary import horizon_sessions

SCHEMA_VERSION = 1
REBALANCE = ("day", "week", "month")
"""How often a book may be renewed; :mod:`alpha_bench.metrics.rebalancing` says at which sessions."""
MOST_QUANTILES = 100
_HOLDING = re.compile(r"([1-9][0-9]*)([dwm]?)")
_UNITS = {"day": "d", "week": "w", "month": "m"}


@dataclass(frozen=True, kw_only=True, slots=True)
class BroughtFactor:
    """A factor that came as values: what it is called, and ``sha256:<hex>`` of its values on the panel."""

    name: str
    digest: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FactorDefinition:
    """What is judged, and how.

    Attributes:
        factor: an expression, or what came as values.
        label: what it is judged by; the only part that looks ahead.
        universe: the assets that take part on each session (a filter), or None for all.
        quantiles: into how many bins the assets of a session are put.
        rebalance: how often the book is renewed: ``day``, ``week`` or ``month``.
        holding: how many such periods a tranche is held, and so how many are held at once.
        start, end: the first and the last session that is judged, ``YYYY-MM-DD``, both included; None for all that there are.
        benchmark: what the book is measured against, as written; None for the mean of all assets with a factor.
        trials: how many variants were tried before this one, itself included.
    """

    factor: Expr | BroughtFactor
    label: Expr
    universe: Expr | None = None
    quantiles: int = 5
    rebalance: str = "day"
    holding: int = 1
    start: str | None = None
    end: str | None = None
    benchmark: str | None = None
    trials: int = 1

    @property
    def name(self) -> str:
        """``study``."""
        return "study"

    @property
    def features(self) -> tuple[Expr, ...]:
        """The factor where it is an expression."""
        return (self.factor,) if isinstance(self.factor, Expr) else ()

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """Every expression that it is written with."""
        return (*self.features, self.label, *(() if self.universe is None else (self.universe,)))

    @property
    def confined(self) -> tuple[Expr, ...]:
        """The factor where it is an expression, and the label, their cross-sectional operators confined to the universe."""
        return within((*self.features, self.label), self.universe)

    @property
    def horizon(self) -> int:
        """Sessions that the label's return spans."""
        return horizon_sessions(self.label)

    @property
    def delay(self) -> int:
        """Sessions between the row and the start of the label's return."""
        return self.label.lookahead - self.horizon

    @property
    def total_trials(self) -> int:
        """``trials``: nothing is searched."""
        return self.trials

    def paths(self, splits: tuple[Split, ...]) -> tuple[tuple[tuple[int, range], ...], ...]:
        """One path: what is judged is one block."""
        return (tuple((k, r) for k, split in enumerate(splits) for r in split.test.ranges),)

    def describe(self) -> str:
        """``10 quantiles, book renewed each month, each part held for 3 months``."""
        period = f"{self.holding} {self.rebalance}{'s' if self.holding > 1 else ''}"
        return f"{self.quantiles} quantiles, book renewed each {self.rebalance}, each part held for {period}"

    def to_plain(self) -> dict[str, object]:
        """Plain JSON data, every field written."""
        factor = (
            self.factor.to_plain()
            if isinstance(self.factor, Expr)
            else {"values": self.factor.digest, "name": self.factor.name}
        )
        return {
            "schema_version": SCHEMA_VERSION,
            "factor": factor,
            "label": self.label.to_plain(),
            "universe": None if self.universe is None else self.universe.to_plain(),
            "quantiles": self.quantiles,
            "rebalance": self.rebalance,
            "holding": self.holding,
            "start": self.start,
            "end": self.end,
            "benchmark": self.benchmark,
            "trials": self.trials,
        }

    @property
    def digest(self) -> str:
        """``sha256:<hex>`` of the plain data."""
        return digest_of(self.to_plain())

    @property
    def variant(self) -> str:
        """``sha256:<hex>`` of what is tried: the same for values under another name, and for any number of declared ``trials``."""
        factor = {} if isinstance(self.factor, Expr) else {"factor": self.factor.digest}
        return digest_of(self.to_plain() | factor | {"trials": 1})


def define_factor(
    factor: Expr | BroughtFactor,
    label: object,
    *,
    universe: object = None,
    quantiles: object = 5,
    rebalance: object = "day",
    holding: object = None,
    start: str | None = None,
    end: str | None = None,
    benchmark: str | None = None,
    trials: object = 1,
) -> FactorDefinition:
    """Check and put together.

    Raises:
        AlphaBenchError: R31 for a factor that looks ahead, R33 for one that is a group, R32 for a label that is none, R58 for a
            universe that is no condition, R28 for any of the others.
    """
    if isinstance(factor, Expr):
        check_feature("the factor", factor)
    y = check_label(label)
    renewed = _rebalance(rebalance)
    bins = whole_number(quantiles, "quantiles", least=2)
    if bins > MOST_QUANTILES:
        raise DefinitionError(
            "R28",
            f"quantiles is {bins}, and {MOST_QUANTILES} are the most",
            fix="write quantiles=10",
        )
    return FactorDefinition(
        factor=factor,
        label=y,
        universe=None if universe is None else check_universe(universe),
        quantiles=bins,
        rebalance=renewed,
        holding=_holding(holding, renewed, horizon_sessions(y)),
        start=start,
        end=end,
        benchmark=benchmark,
        trials=whole_number(trials, "trials", least=1),
    )


def _rebalance(given: object) -> str:
    if isinstance(given, str) and given in REBALANCE:
        return given
    meant = {"d": "day", "w": "week", "m": "month", "daily": "day", "weekly": "week", "monthly": "month"}
    text = str(given).lower()
    close = meant.get(text.split("-")[0]) or nearest(text, REBALANCE)
    raise DefinitionError(
        "R28",
        f"rebalance is {given!r}",
        fix=f'write rebalance="{close or "week"}"; it is one of {", ".join(REBALANCE)}',
    )


def _holding(given: object, rebalance: str, horizon: int) -> int:
    """In periods of ``rebalance``. Raises AlphaBenchError R28."""
    if given is None:
        return horizon if rebalance == "day" else 1
    unit = _UNITS[rebalance]
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    found = _HOLDING.fullmatch(text) if isinstance(text, str) else None
    if found and found[2] in ("", unit):
        return int(found[1])
    raise DefinitionError(
        "R28",
        f"holding_period is {given!r} and the book is renewed each {rebalance}",
        fix=f'write holding_period="3{unit}" for three {rebalance}s, or choose another rebalance=',
    )


Judged: TypeAlias = EvaluationDefinition | FactorDefinition
"""What a report may be of."""
