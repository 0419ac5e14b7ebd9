"""The first screen: what it is, whether it is real, how sure, what it would cost, how large it could be."""

from __future__ import annotations

import math
from collections.abc import Mapping

from alpha_bench.definitions import EvaluationDefinition, FactorDefinition, Judged
from alpha_bench.evaluation import Outcome
from alpha_bench.metrics import Incredible, incredible
from alpha_bench.model_selection import WalkForward
from alpha_bench.reporting.foresight import verdict_sentence
from alpha_bench.reporting.markup import bps, counted, figure, number, percent, verdict_box
from alpha_bench.reporting.pictures import Picture
from alpha_bench.reporting.pictures.frame import money
from alpha_bench.runtime import LOOK_ID, Html, code, element, joined

_SIGNIFICANT = 2.0
_SURE = 0.95


def draw(report: Outcome, pictures: Mapping[str, Picture], title: str) -> Html:
    """Head, verdict, four answers, and what the book earned."""
    return joined(_head(report, title), _verdict(report), _answers(report), figure(pictures.get("equity")))


_NAMES = {
    "walk_forward": "Walk-forward report",
    "purged_kfold": "Purged k-fold report",
    "combinatorial_purged_kfold": "Combinatorial purged k-fold report",
    "study": "Factor report",
}


def title_of(report: Outcome) -> str:
    """What a report is called that nobody named: by its splitter."""
    return _NAMES.get(report.definition.name, "Report")


def _head(report: Outcome, title: str) -> Html:
    plan, tested = report.definition, report.test_dates
    fitted = [*judged_what(plan), ", label ", code(str(plan.label))]
    on = (
        f"{len(report.dates)} sessions {report.dates[0]} to {report.dates[-1]}, {len(report.assets)} assets. "
        f"{'Judged' if isinstance(plan, FactorDefinition) else 'Tested'} {tested[0]} to {tested[-1]}: {plan.describe()}."
    )
    universe = None if plan.universe is None else (" Universe ", code(str(plan.universe)), ".")
    return element(
        "header",
        element("h1", title),
        element("p", fitted),
        element("p", on, universe, class_="quiet"),
    )


def judged_what(plan: Judged) -> list[Html | str]:
    """The estimator and on how many features, or the factor."""
    if isinstance(plan, FactorDefinition):
        return ["Factor ", code(str(plan.factor))]
    return [code(plan.model.written), f" on {counted(len(plan.features), 'feature')}"]


def verdict(report: Outcome) -> tuple[str, str, str]:
    """(kind, headline, sentence): ``bad``, ``good`` or neither. What speaks against a signal is said first."""
    kind, head, sentence = _judged(report)
    plan = report.definition
    if isinstance(plan, EvaluationDefinition) and not isinstance(plan.splitter, WalkForward):
        sentence += " Most folds were fitted on sessions after those that they predict: this is no simulation of trading."
    return kind, head, sentence


def _judged(report: Outcome) -> tuple[str, str, str]:
    f = report.figures
    ic, t, deflated = f["ic_mean"], f["ic_t_newey_west"], f["deflated_sharpe"]
    if not isinstance(ic, float) or not isinstance(t, float):
        return "bad", "No information coefficient could be formed.", "See the limits below."
    shown = f"The mean IC is {number(ic, 4)}, Newey-West t {number(t, 2)}"
    beyond = _beyond(report, ic)
    if beyond:
        return "bad", "Too good to be believed.", f"{shown}. {beyond[0]}"
    if abs(t) < _SIGNIFICANT:
        return "", "No signal is shown.", f"{shown}: not distinguishable from zero on these data."
    if t < 0:
        return (
            "bad",
            "The sign is reversed.",
            (
                f"{shown}: high values came before low returns. Its negative would show what this does not, but a sign that is chosen on "
                "these dates is one more trial, and is to be judged on others."
            ),
        )
    trials = report.study.trials
    tried = (
        "if this was the only variant tried"
        if trials == 1
        else f"before allowing for {trials} variants tried"
    )
    if not isinstance(deflated, float) or deflated < _SURE:
        sure = "none" if not isinstance(deflated, float) else percent(deflated, 0)
        return (
            "",
            "A correlation is shown, a profit is not.",
            (
                f"{shown}, {tried}; but the probability that the book's Sharpe ratio is above what chance explains is {sure}, less than "
                f"{percent(_SURE, 0)}."
            ),
        )
    return (
        "good",
        "Distinguishable from zero at the usual 5 % level.",
        f"{shown}, {tried}; the book's Sharpe ratio is above what chance explains with a probability of {percent(deflated, 0)}.",
    )


def _beyond(report: Outcome, ic: float) -> tuple[Incredible, ...]:
    sharpe, r_squared, sessions = (
        report.figures[name] for name in ("sharpe", "r2_oos", "portfolio_sessions")
    )
    return incredible(
        report.definition.horizon,
        ic=ic,
        sharpe=sharpe if isinstance(sharpe, float) and sharpe > 0 else None,  # below it, the sign is the news
        r_squared=r_squared if isinstance(r_squared, float) else None,
        sessions=int(sessions) if isinstance(sessions, int | float) else None,
    )


def _verdict(report: Outcome) -> Html:
    kind, head, said = verdict(report)
    look = element("p", verdict_sentence(report), id=LOOK_ID, class_="quiet")
    return joined(verdict_box(head, said, kind), look)


def _answers(report: Outcome) -> Html:
    f, h = report.figures, report.definition.horizon
    costs = f["sharpe_by_cost"]
    after = costs[2] if isinstance(costs, list) else None
    even = f["break_even_cost_bps"]
    gain = isinstance(even, float) and even > 0
    cards = [
        (
            "Is there a signal?",
            f"IC {number(f['ic_mean'], 4)}",
            (
                f"rank IC {number(f['rank_ic_mean'], 4)}; above 0 on {percent(f['hit_rate'], 0)} of dates; "
                f"Q{report.definition.quantiles} − Q1 {bps(f['quantile_spread'])} bps in {h} {'session' if h == 1 else 'sessions'}"
            ),
        ),
        (
            "How sure is it?",
            f"t {number(f['ic_t_newey_west'], 2)}",
            (
                f"{number(f['n_dates'], 0)} dates, worth {number(f['n_eff'], 0)} independent ones; deflated Sharpe {_share(f['deflated_sharpe'])} "
                f"with {number(f['trials'], 0)} {'trial' if f['trials'] == 1 else 'trials'}"
            ),
        ),
        (
            "What would it earn?",
            f"Sharpe {number(f['sharpe'], 2)}",
            (
                f"{number(after, 2)} after 10 bps; {percent(f['annual_return'])} a year at {percent(f['volatility'])} volatility; drawdown "
                f"{percent(f['drawdown'])}"
            ),
        ),
        (
            "What would it cost?",
            f"{percent(f['turnover'], 0)} a day",
            (
                f"is traded; {'nothing is left at ' + number(even, 1) + ' bps' if gain else 'it loses before any cost'}; "
                f"one trade in 20 exceeds 5 % of volume at {_size(f['capacity_tail'])}"
            ),
        ),
    ]
    answers = [
        element("div", element("span", q), element("b", a), element("i", more), class_="answer")
        for q, a, more in cards
    ]
    return element("div", answers, class_="answers")


def _share(value: object) -> str:
    return percent(value, 0) if isinstance(value, float) else "none"


def _size(value: object) -> str:
    return (
        money(value) if isinstance(value, float) and math.isfinite(value) else "a size not known (no volume)"
    )
