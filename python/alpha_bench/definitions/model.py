"""Model definitions: features, a label and an estimator, put together and checked, with nothing computed.

``Ridge().fit(X=[...], y=fwd_ret_10d)`` is a :class:`ModelDefinition`. What would make it dishonest (a feature that looks ahead)
or meaningless (a label that is none) is refused here, before any data is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, Protocol, TypeAlias

from alpha_bench.definitions.card import definition_card
from alpha_bench.definitions.estimator_spec import EstimatorSpec
from alpha_bench.definitions.preprocessing import Step, check_steps
from alpha_bench.definitions.search_space import Search, search_text
from alpha_bench.definitions.universe import check_universe, within
from alpha_bench.errors import DefinitionError, LookAheadError
from alpha_bench.expressions import OF_MODEL, Expr, unknown_attribute
from alpha_bench.model_selection import AnySplitter, Split
from alpha_bench.operators import Kind
from alpha_bench.runtime import digest_of
from alpha_bench.vocabulary import delay_sessions, horizon_sessions

SCHEMA_VERSION = 2


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ModelDefinition:
    """What is fitted to what.

    Attributes:
        features: the columns of ``X``, as written.
        label: what is predicted; the only part that looks ahead.
        estimator: what is fitted.
        universe: the assets that take part on each session (a filter), or None for all.
        weights: what each training row counts (a factor known at its session), or None for 1.
        preprocess: steps between the features and the estimator, fitted on each fold's training rows.
        search: how each fold chooses the estimator's parameters on its training part, or None: they are as written.
        names: label the features for people and are not part of the identity.
    """

    features: tuple[Expr, ...]
    label: Expr
    estimator: EstimatorSpec
    universe: Expr | None = None
    weights: Expr | None = None
    preprocess: tuple[Step, ...] = ()
    search: Search | None = None
    names: tuple[str, ...] = field(default=(), compare=False)

    def __eq__(self, other: object) -> bool:
        """By value; of two expressions it is asked whether they are one, since ``==`` between them is a condition."""
        if not isinstance(other, ModelDefinition):
            return NotImplemented
        mine, theirs = (
            (
                [id(e) for e in (*m.features, m.label, m.universe, m.weights)],
                m.estimator,
                m.preprocess,
                m.search,
            )
            for m in (self, other)
        )
        return mine == theirs

    def __hash__(self) -> int:
        return hash((self.features, self.label, self.universe, self.weights, self.estimator))

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """Every expression that it is written with."""
        others = (e for e in (self.universe, self.weights) if e is not None)
        return (*self.features, self.label, *others)

    @property
    def confined(self) -> tuple[Expr, ...]:
        """The features and then the label, their cross-sectional operators confined to the universe: what is computed."""
        return within((*self.features, self.label), self.universe)

    @property
    def predictors(self) -> tuple[Expr, ...]:
        """What a prediction is made of: the features, confined to the universe, and then the universe where there is one."""
        return (*self.confined[:-1], *(() if self.universe is None else (self.universe,)))

    @property
    def lookback(self) -> int:
        """Sessions before ``t`` that a row at ``t`` needs: the longest of the features', the universe's and the weights'."""
        others = [e for e in (self.universe, self.weights) if e is not None]
        return max(e.lookback for e in (*within(self.features, self.universe), *others))

    @property
    def horizon(self) -> int:
        """Sessions that the label's return spans."""
        return horizon_sessions(self.label)

    @property
    def delay(self) -> int:
        """Sessions between the row and the start of the label's return."""
        return self.label.lookahead - self.horizon

    def __repr__(self) -> str:
        inside = ", ".join(str(f) for f in self.features)
        further = "".join(
            f", {name}={value}"
            for name, value in (
                ("universe", self.universe),
                ("weights", self.weights),
                ("preprocess", list(self.preprocess) or None),
            )
            if value is not None
        )
        return f"{self.written}.fit(X=[{inside}], y={self.label}{further})"

    @property
    def written(self) -> str:
        """The estimator, or the search over its parameters, as it is written."""
        return repr(self.estimator) if self.search is None else search_text(self.estimator, self.search)

    def to_plain(self) -> dict[str, object]:
        """Plain JSON data, every field written; the names of the features are not part of it."""
        return {
            "schema_version": SCHEMA_VERSION,
            "features": [f.to_plain() for f in self.features],
            "label": self.label.to_plain(),
            "universe": None if self.universe is None else self.universe.to_plain(),
            "weights": None if self.weights is None else self.weights.to_plain(),
            "preprocess": [step.to_plain() for step in self.preprocess],
            "estimator": self.estimator.to_plain(),
            "search": None if self.search is None else self.search.to_plain(self.estimator),
            "evaluation": None,
        }

    @property
    def digest(self) -> str:
        """``sha256:<hex>`` of the plain data."""
        return digest_of(self.to_plain())

    def _repr_html_(self) -> str:
        search_text = zip(self.names or [str(f) for f in self.features], self.features, strict=True)
        return definition_card(
            features=[
                ("" if name == str(f) else name, str(f), f"{f.lookback} sessions") for name, f in search_text
            ],
            facts={
                "label": f"{self.label}: known {self.label.lookahead} sessions later",
                "estimator": self.written,
                **({"preprocess": ", then ".join(map(repr, self.preprocess))} if self.preprocess else {}),
                **({} if self.universe is None else {"universe": str(self.universe)}),
                **({} if self.weights is None else {"weights": str(self.weights)}),
                "digest": self.digest[:19],
            },
        )

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise unknown_attribute("m", name, (n for n in dir(type(self)) if not n.startswith("_")), OF_MODEL)


Features: TypeAlias = Expr | Sequence[Expr] | Mapping[str, Expr]
"""What X holds: one expression, several, or several by name."""


def define_model(
    spec: EstimatorSpec,
    features: object,
    label: object,
    *,
    universe: object = None,
    weights: object = None,
    preprocess: object = (),
    search: Search | None = None,
) -> ModelDefinition:
    """Check and put together. ``features`` is one expression, a list of them, or a mapping name -> expression.

    Raises:
        AlphaBenchError: R31 for a feature that looks ahead (the message shows by which route), R32 for a label that is none,
            R33 for features that are not expressions, are none at all, or are there twice, R58 for a universe that is no
            condition or looks ahead, R59 for weights that are no expression or look ahead, R61 for preprocess that is no list
            of steps.
    """
    names, expressions = _features(features)
    for name, expression in zip(names, expressions, strict=True):
        check_feature(name, expression)
    seen: dict[Expr, str] = {}
    for name, expression in zip(names, expressions, strict=True):
        if expression in seen:
            raise DefinitionError(
                "R33",
                f"X holds {expression} twice"
                + (f", as {seen[expression]} and {name}" if name != seen[expression] else ""),
                fix="leave one of them out",
            )
        seen[expression] = name
    alike = [n for n in names if names.count(n) > 1]
    if alike:  # two custom features, written alike
        raise DefinitionError(
            "R33",
            f"X holds two features that are written {alike[0]}",
            fix='name them: X={"before": ..., "after": ...}',
        )
    return ModelDefinition(
        features=expressions,
        label=check_label(label),
        estimator=spec,
        universe=None if universe is None else check_universe(universe),
        weights=None if weights is None else check_weights(weights),
        preprocess=check_steps(preprocess),
        search=search,
        names=names,
    )


def check_weights(given: object) -> Expr:
    """``given``, being an expression known at its session's close. Raises AlphaBenchError R59 when it is none, or a constant of at most 0."""
    later = isinstance(given, Expr) and given.op == "delisting"
    if isinstance(given, Expr) and given.op == "const" and float(dict(given.params)["value"]) <= 0:
        raise DefinitionError(
            "R59",
            f"weights is {given}: no row would count",
            fix="write weights=features.adv(20); without weights every row counts 1",
        )
    if isinstance(given, Expr) and not given.lookahead and given.kind is not Kind.CLASSIFIER and not later:
        return given
    what = f"a {type(given).__name__}"
    if isinstance(given, Expr):
        ahead = f"which looks {given.lookahead} sessions ahead" if given.lookahead else "which is a group"
        what = f"{given}, " + ("which is known only after an asset left" if later else ahead)
    kind: type[DefinitionError] = (
        LookAheadError if isinstance(given, Expr) and given.lookahead else DefinitionError
    )
    raise kind(
        "R59",
        f"weights is {what}; an expression known at its session's close is needed",
        fix="write weights=features.adv(20), or 1 / features.volatility(20)",
    )


def _features(given: object) -> tuple[tuple[str, ...], tuple[Expr, ...]]:
    if isinstance(given, Expr):
        given = [given]
    if isinstance(given, Mapping):
        names, values = [str(k) for k in given], list(given.values())
    elif isinstance(given, list | tuple):
        values = list(given)
        names = [str(v) if isinstance(v, Expr) else f"X[{i}]" for i, v in enumerate(values)]
    else:
        raise DefinitionError(
            "R33", f"X is a {type(given).__name__}", fix="write X=[ret_20, ret_60], a list of expressions"
        )
    if not values:
        raise DefinitionError("R33", "X is empty", fix="write X=[ret_20, ret_60], a list of expressions")
    for name, value in zip(names, values, strict=True):
        if not isinstance(value, Expr):
            raise DefinitionError(
                "R33",
                f"{name} is a {type(value).__name__}, not an expression",
                fix=_instead_of(value),
            )
    return tuple(names), tuple(values)


def _instead_of(value: object) -> str:
    if isinstance(value, str):
        return (
            f"write {value} without quotes" if value.isidentifier() else "write the expression, not its text"
        )
    return "X=[...] takes expressions such as features.ret(20); with frames and arrays, give both X and y as frames"


def check_feature(name: str, expression: Expr) -> None:
    """Raises AlphaBenchError R31 when ``expression`` looks ahead (the message shows by which route), R33 for a group."""
    if expression.kind is Kind.CLASSIFIER:  # the number of a group depends on which groups the panel has
        raise DefinitionError(
            "R33",
            f"{name} in X is a group, whose numbers mean nothing",
            fix=f"write group.demean(features.ret(20), {expression}), or one condition a group: {expression} == 'Energy'",
        )
    if expression.op == "delisting":
        raise LookAheadError(
            "R31",
            f"{name} in X is known only after an asset left",
            fix="it is for the label alone: y=fwd_ret(10, delisting_return=-0.3)",
        )
    if expression.lookahead == 0:
        return
    steps = _route(expression)
    route = " -> ".join(steps)
    by = "" if steps == [name] else f", by {' -> '.join(steps[1:] if steps[0] == name else steps)}"
    raise LookAheadError(
        "R31",
        f"{name} in X looks {expression.lookahead} sessions ahead{by}",
        fix="a feature may use what is known at its session's close; take the label out of it",
        route=route,
    )


def _route(expression: Expr) -> list[str]:
    steps = [str(expression)]
    while deeper := [a for a in expression.args if a.lookahead > 0]:
        expression = deeper[0]
        steps.append(str(expression))
    return steps


def check_label(given: object) -> Expr:
    """``given``, being a label. Raises AlphaBenchError R32 when it is none."""
    if isinstance(given, Expr) and given.kind is Kind.LABEL and given.lookahead > 0:
        if given.lookahead < horizon_sessions(given) + delay_sessions(given):
            raise LookAheadError(
                "R32",
                f"y is {given}, which begins before its session: a lag takes part of it into the past",
                fix="predict what comes after the session's close: fwd_ret_10d without the lag",
            )
        return given
    search_text = "a list" if isinstance(given, list | tuple) else f"a {type(given).__name__}"
    if isinstance(given, Expr):
        search_text = f"{given}, which looks back only"
    if given is None:
        search_text = "not given"
    raise DefinitionError(
        "R32",
        f"y is {search_text}; a label is needed",
        fix="use y=fwd_ret_10d, the return over the next 10 sessions",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationDefinition:
    """A model definition and how it is judged.

    Attributes:
        model: what is judged.
        splitter: how the sessions are cut into training and test.
        trials: how many variants were tried before this one, itself included: what the deflated Sharpe ratio allows for.
    """

    model: ModelDefinition
    splitter: AnySplitter
    trials: int = 1

    @property
    def total_trials(self) -> int:
        """``trials``, times the candidates of the model's search where it has one."""
        search = self.model.search
        return self.trials * (1 if search is None else len(search.candidates()))

    @property
    def name(self) -> str:
        """The splitter's."""
        return self.splitter.name

    @property
    def features(self) -> tuple[Expr, ...]:
        """The model's."""
        return self.model.features

    @property
    def label(self) -> Expr:
        """The model's."""
        return self.model.label

    @property
    def universe(self) -> Expr | None:
        """The model's."""
        return self.model.universe

    @property
    def horizon(self) -> int:
        """Sessions that the label's return spans."""
        return self.model.horizon

    @property
    def delay(self) -> int:
        """Sessions between the row and the start of the label's return."""
        return self.model.delay

    @property
    def quantiles(self) -> int:
        """Five bins, always."""
        return 5

    @property
    def rebalance(self) -> str:
        """The book is renewed each session."""
        return "day"

    @property
    def holding(self) -> int:
        """A tranche is held for the label's horizon."""
        return self.model.horizon

    def paths(self, splits: tuple[Split, ...]) -> tuple[tuple[tuple[int, range], ...], ...]:
        """Which fold predicts which sessions, by path."""
        return self.splitter.paths(splits)

    def describe(self) -> str:
        """How the sessions are cut, in words."""
        return self.splitter.describe()

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """Every expression that the model is written with."""
        return self.model.expressions

    def to_plain(self) -> dict[str, object]:
        """Plain JSON data, every field written."""
        return self.model.to_plain() | {"evaluation": {**self.splitter.to_plain(), "trials": self.trials}}

    @property
    def digest(self) -> str:
        """``sha256:<hex>`` of the plain data."""
        return digest_of(self.to_plain())

    @property
    def variant(self) -> str:
        """``sha256:<hex>`` of what is tried: the same for features in another order, and for any number of declared ``trials``."""
        plain = self.model.to_plain()
        features = sorted((f.to_plain() for f in self.model.features), key=digest_of)
        return digest_of(plain | {"features": features, "evaluation": self.splitter.to_plain()})


class HasDefinition(Protocol):
    """What was made from a definition and holds it: what ``walk_forward`` gives, a report."""

    @property
    def definition(self) -> EvaluationDefinition:
        """How it was, or is to be, evaluated."""
        ...


Evaluable: TypeAlias = EvaluationDefinition | HasDefinition
"""What may be evaluated."""
