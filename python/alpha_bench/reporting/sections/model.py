"""What was evaluated, and where the figures' formulas are from."""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.definitions import BroughtFactor, FactorDefinition, ModelDefinition
from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.markup import heading, items, table
from alpha_bench.runtime import Html, code, element, joined

_SOURCES = (
    "t of the mean IC: Newey and West (1987), Bartlett weights, lag 2(h−1) for labels of h sessions.",
    "Monotonicity: Patton and Timmermann (2010), stationary bootstrap of Politis and Romano (1994), 1,000 seeded draws.",
    "Book: Jegadeesh and Titman (1993), overlapping tranches. Sharpe ratio: Sharpe (1994), riskless rate 0.",
    (
        "Probabilistic ratio and record needed: Bailey and López de Prado (2012). Deflated ratio: the same (2014), with the variance of the ratio's own "
        "estimate for that over the trials."
    ),
    "Turnover and rank autocorrelation: as alphalens defines them.",
    (
        "Interval of the Sharpe ratio: Lo (2002). Sortino ratio: Sortino and Price (1994). Calmar ratio: Young (1991). Expected shortfall: Acerbi and Tasche (2002). "
        "Information ratio: Grinold and Kahn (1999); appraisal ratio: Treynor and Black (1973)."
    ),
    (
        "Out-of-sample R squared: Gu, Kelly and Xiu (2020), against a forecast of 0. Probability of backtest overfitting: Bailey, Borwein, López de Prado and Zhu (2017)."
    ),
)


def draw(report: Outcome) -> Html:
    """Features and estimator, or the factor; digest, sources."""
    plan = report.definition
    thinned = (
        "Long lines are drawn with two points a pixel (the least and the greatest of each stretch); the figures, report.json and "
        "the frames have every session."
    )
    return joined(
        _factor(plan) if isinstance(plan, FactorDefinition) else _model(plan.model),
        element("p", "Definition ", code(plan.digest), class_="quiet"),
        heading("Where the figures are from"),
        items(_SOURCES, class_="quiet"),
        element("p", thinned, class_="quiet"),
    )


def _factor(plan: FactorDefinition) -> Html:
    brought = "came as values" if isinstance(plan.factor, BroughtFactor) else str(plan.factor.lookback)
    parts = {"universe": plan.universe, "benchmark": plan.benchmark}
    return joined(
        heading("Factor", "model"),
        table(["factor", ">look-back, sessions"], [[code(str(plan.factor)), brought]]),
        element("p", plan.describe()),
        _parts(parts),
    )


def _model(model: ModelDefinition) -> Html:
    named = any(name != str(feature) for name, feature in zip(model.names, model.features, strict=True))
    body = [
        [*([name] if named else []), code(str(feature)), str(feature.lookback)]
        for name, feature in zip(model.names, model.features, strict=True)
    ]
    heads = (["name"] if named else []) + ["feature", ">look-back, sessions"]
    params = ", ".join(f"{k}={v!r}" for k, v in model.estimator.params)
    parts = {
        "search": None if model.search is None else model.written,
        "preprocessing, fitted in each fold": ", ".join(map(str, model.preprocess)) or None,
        "universe": model.universe,
        "weights of training rows": model.weights,
    }
    return joined(
        heading("Model", "model"),
        table(heads, body),
        element("p", code(f"{model.estimator.path}({params})")),
        _parts(parts),
    )


def _parts(parts: Mapping[str, object]) -> Html:
    return joined([element("p", f"{name}: ", code(str(v))) for name, v in parts.items() if v is not None])
