"""The page of a report, 12 folds on the us3000 panel: seconds from the evaluation to the page, and its size."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.timing import ROOT, heading, row, time_call

PRICES = ROOT.parent / "shared" / "data" / "us3000_daily_2008_2017.parquet"
_MOST_SECONDS, _MOST_BYTES = 2.0, 3_000_000


def run(*, runs: int, prices: Path = PRICES) -> None:
    heading("report of 12 folds x 3,000 names, us3000 panel: figures of the book, pictures, page")
    if not prices.exists():
        print(f"  left out: {prices.name} is not beside the checkout")
        return
    from alpha_bench import Ridge, evaluate, features, read_panel, study, ts, walk_forward
    from alpha_bench.reporting.report import Report
    from alpha_bench.vocabulary.labels import fwd_ret

    panel = read_panel(prices, None, {})
    model = Ridge().fit(
        X=[features.ret(20), features.ret(60), ts.mean(features.dollar_volume(), 20)], y=fwd_ret(10)
    )
    definition = walk_forward(model, folds=12, embargo="5d")
    reports: list[Report] = []

    def evaluated() -> None:
        reports.append(evaluate(definition, panel))

    evaluation = time_call(evaluated, runs=runs)
    pages: list[str] = []

    def drawn() -> None:  # each report computes its book once: every call takes one that has not
        pages.append(reports.pop().to_html())

    whole = time_call(drawn, runs=runs)
    row("evaluate: predictions, IC and its figures", evaluation)
    row("to_html, all else computed (aim 2 s)", whole)
    last = evaluate(definition, panel)
    parts = {
        name: _seconds(lambda name=name: getattr(last.study, name))  # type: ignore[misc]
        for name in ("prices", "months", "decay", "spread", "portfolio")
    } | {"features": _seconds(lambda: last.supplement.features)}
    print("  of that: " + ", ".join(f"{name} {seconds * 1e3:.0f} ms" for name, seconds in parts.items()))
    last.to_html()
    row("to_html again, nothing to compute", time_call(last.to_html, runs=runs))

    def studied() -> None:
        factor = study(features.mom_12_1(), y=fwd_ret(21), panel=panel, quantiles=10, rebalance="month")
        pages.append(factor.to_html())

    studied()
    row("study of a factor by month, ten quantiles, with its page", time_call(studied, runs=runs))
    size = max(len(page.encode()) for page in pages)
    within = "within" if size <= _MOST_BYTES else "OVER"
    print(
        f"  page {size / 1e6:.2f} MB ({within} {_MOST_BYTES / 1e6:.0f} MB); aim of {_MOST_SECONDS:g} s: {'held' if whole.median <= _MOST_SECONDS else 'MISSED'}"
    )


def _seconds(call: object) -> float:
    assert callable(call)
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
