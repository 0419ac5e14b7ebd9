"""What was evaluated, and where the figures' formulas are from."""

from __future__ import annotations

from html import escape

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.markup import table

_SOURCES = (
    "t of the mean IC: Newey and West (1987), Bartlett weights, lag 2(h−1) for labels of h sessions.",
    "Monotonicity: Patton and Timmermann (2010), stationary bootstrap of Politis and Romano (1994), 1,000 seeded draws.",
    "Book: Jegadeesh and Titman (1993), overlapping tranches. Sharpe ratio: Sharpe (1994), riskless rate 0.",
    (
        "Probabilistic ratio and record needed: Bailey and López de Prado (2012). Deflated ratio: the same (2014), with the variance of the ratio's own "
        "estimate for that over the trials."
    ),
    "Turnover and rank autocorrelation: as alphalens defines them.",
)


def draw(report: Outcome) -> str:
    """Features, estimator, digest, sources."""
    model = report.definition.model
    named = any(name != str(feature) for name, feature in zip(model.names, model.features, strict=True))
    body = [
        ([escape(name)] if named else []) + [f"<code>{escape(str(feature))}</code>", str(feature.lookback)]
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
    further = "".join(
        f"<p>{name}: <code>{escape(str(v))}</code></p>" for name, v in parts.items() if v is not None
    )
    sources = "".join(f"<li>{escape(s)}</li>" for s in _SOURCES)
    return (
        f'<h2 id="ab-model">Model</h2>{table(heads, body)}'
        f"<p><code>{escape(model.estimator.path)}({escape(params)})</code></p>{further}"
        f'<p class="quiet">Definition <code>{report.definition.digest}</code></p>'
        f'<h2>Where the figures are from</h2><ul class="quiet">{sources}</ul>'
        '<p class="quiet">Long lines are drawn with two points a pixel (the least and the greatest of each stretch); the figures, report.json and '
        "the frames have every session.</p>"
    )
