"""The supplement of an outcome as plain data and as tables."""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.evaluation import Outcome
from alpha_bench.metrics import Drawdown

Row = tuple[object, Mapping[str, object]]


def drawdown_days(report: Outcome, found: Drawdown) -> dict[str, object]:
    """A drawdown with days in place of positions."""
    book = report.study.portfolio
    dates = report.test_dates[0 if book is None else book.begin :]
    return {
        "depth": found.depth,
        "peak": str(dates[found.peak]) if found.peak >= 0 else None,
        "trough": str(dates[found.trough]),
        "recovered": None if found.recovered is None else str(dates[found.recovered]),
    }


def further(report: Outcome) -> dict[str, object]:
    """``years, drawdowns, sharpe_interval, downside, benchmark, features_alone, overfitting``, as :func:`.plain.plain` takes them."""
    more = report.supplement
    pbo = more.overfitting
    return {
        "years": more.years,
        "drawdowns": [drawdown_days(report, d) for d in more.drawdowns],
        "sharpe_interval": more.interval,
        "downside": more.downside,
        "benchmark": more.against,
        "features_alone": more.features,
        "overfitting": None
        if pbo is None
        else {
            "probability": pbo.probability,
            "loss": pbo.loss,
            "variants": pbo.variants,
            "sessions": pbo.sessions,
            "blocks": pbo.blocks,
        },
    }


def further_rows(report: Outcome) -> dict[str, tuple[str, list[Row]]]:
    """Table -> its key and its records: ``years``, ``drawdowns``, ``features``, ``benchmark``."""
    more = report.supplement
    years = [
        (
            y.year,
            {
                "n_dates": y.n_dates, "ic": y.ic, "ic_t": y.ic_t, "rank_ic": y.rank_ic, "sessions": y.sessions, "profit": y.profit,
                "volatility": y.volatility, "sharpe": y.sharpe, "drawdown": y.drawdown,
            },
        )
        for y in more.years
    ]  # fmt: skip
    found: dict[str, tuple[str, list[Row]]] = {"years": ("year", [*years])}
    if more.features is not None:
        scores = [
            (
                s.name,
                {"n_dates": s.n_dates, "ic": s.ic, "t": s.t, "n_ranked": s.n_ranked, "rank_ic": s.rank_ic},
            )
            for s in more.features.scores
        ]
        found["features"] = ("feature", [*scores])
    if more.against is None:
        return found
    sides = (("top", more.against.top), ("book", more.against.book))
    names = (
        "sessions", "active_return", "tracking_error", "information_ratio", "beta", "annual_alpha", "alpha_t", "appraisal_ratio",
    )  # fmt: skip
    found["benchmark"] = ("side", [(side, {n: getattr(r, n) for n in names}) for side, r in sides])
    return found
