"""What speaks against believing the book's figures, in plain words; beside the report's own warnings."""

from __future__ import annotations

import math

import numpy as np

from alpha_bench.evaluation import Outcome, Portfolio
from alpha_bench.metrics import incredible
from alpha_bench.reporting.foresight import ground
from alpha_bench.reporting.markup import number, percent
from alpha_bench.reporting.pictures.frame import mean_of

_USUAL_COST_BPS = 10
_BEST_SESSIONS = 5
_LARGE_STYLE = 0.5
_MARKET_SHARE = 0.25
_ONE_ASSET = 0.01
_QUANTILE_JUMP = 0.05


def limits(report: Outcome) -> list[str]:
    """The report's warnings, what is odd about the data that it reads, then what speaks against its book."""
    book = report.study.portfolio
    f = report.figures
    beyond = incredible(
        report.definition.horizon,
        sharpe=_known(f["sharpe"]),
        r_squared=_known(f["r2_oos"]),
        sessions=None if book is None else len(book.profit) - book.begin,
    )
    return [
        *map(str, beyond),
        *report.warnings,
        *report.study.panel_findings,
        ground(report),
        *([] if book is None else _of_the_book(report, book)),
    ]


def _known(value: object) -> float | None:
    return value if isinstance(value, float) else None


def _of_the_book(report: Outcome, book: Portfolio) -> list[str]:
    found = []
    profit = book.profit[book.begin :]
    if report.study.trials == 1:
        found.append(
            f"One trial is declared. If more variants were looked at, the deflated Sharpe ratio is too high: {report.definition.name}(..., trials=n)."
        )
    if 0 < book.break_even_bps < _USUAL_COST_BPS:
        found.append(
            f"Costs of {number(book.break_even_bps, 1)} basis points of what is traded take all of the profit."
        )
    best = math.fsum(np.sort(profit)[-_BEST_SESSIONS:].tolist())
    if 0 < math.fsum(profit.tolist()) <= best:
        found.append(f"Without its {_BEST_SESSIONS} best sessions the book loses.")
    if book.widest is not None and abs(book.widest[2]) > _ONE_ASSET:
        day, asset, made = book.widest
        found.append(
            f"{asset} alone made {percent(made)} of capital on {report.test_dates[day]}: is it a bad print?"
        )
    if book.stranded:
        found.append(
            f"{book.stranded} positions were held when their price ended for good: they stay valued at the last one, a loss of 0."
        )
    found += _jump(report, book)
    if book.fit.r_squared > _MARKET_SHARE:
        found.append(
            f"{percent(book.fit.r_squared, 0)} of the book's variance is the market's (beta {number(book.fit.beta, 2)}): it is no neutral book."
        )
    for name, values in book.exposures.styles.items():
        mean = mean_of(values)
        if name != "market beta" and abs(mean) > _LARGE_STYLE:
            found.append(f"The book is a bet on {name}: {number(mean, 2)} standard deviations on average.")
    if report.definition.delay == 0:
        found.append(
            "The book is traded at the close that the features need: to trade later, give the label delay=1."
        )
    return found


def _jump(report: Outcome, book: Portfolio) -> list[str]:
    """A quantile of many assets does not move by itself by 5 % in a session: that is one price."""
    excess = np.abs(book.quantiles[:, :-1] - book.quantiles[:, -1:])
    excess[~np.isfinite(excess)] = 0.0
    day, which = np.unravel_index(int(np.argmax(excess)), excess.shape)
    size = float(excess[day, which])
    if size <= _QUANTILE_JUMP:
        return []
    return [
        f"Q{which + 1} moved {percent(size)} away from the average of all on {report.test_dates[day]}: a bad print or an unadjusted split is likely."
    ]
