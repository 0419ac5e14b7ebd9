"""What the page says in words: the verdict says first what speaks against a signal, each caution bites and only then; colours."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

from alpha_bench import features
from alpha_bench.definitions.named_estimators import Ridge
from alpha_bench.describe import evaluate
from alpha_bench.expressions.expr import field
from alpha_bench.reporting import canvas
from alpha_bench.reporting.canvas import scale_for, ticks_of
from alpha_bench.reporting.cautions import limits
from alpha_bench.reporting.pictures.frame import money, thin
from alpha_bench.reporting.sections.summary import verdict
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from fakes.small_panels import panel_of
from fakes.sp500 import needs_sp500
from fakes.sp500 import panel as sp500

ROWS, COLUMNS, H = 500, 60, 5


@cache
def judged(strength: float, *, trials: int = 1, delay: int = 0, beta: float = 0.0, spike: bool = False):
    """A report on a market in which ``signal`` is worth ``strength`` times the noise of a session."""
    rng = np.random.default_rng(17)
    signal = np.repeat(rng.normal(size=(ROWS // H, COLUMNS)), H, axis=0)
    market = rng.normal(0, 0.01, (ROWS, 1))
    returns = rng.normal(0, 0.02, (ROWS, COLUMNS)) + market * (1 + beta * signal)
    returns[1:] += strength * 0.02 * signal[:-1]
    if spike:
        returns[400, np.argmax(signal[395])] = 3.0
    close = 50 * np.cumprod(1 + np.maximum(returns, -0.5), axis=0)
    panel = panel_of({"close": close, "signal": signal, "volume": rng.lognormal(12, 1, close.shape)})
    model = Ridge().fit(X=[field("signal")], y=fwd_ret(H, delay))
    return evaluate(walk_forward(model, folds=4, trials=trials), panel)


@pytest.mark.parametrize(
    ("strength", "trials", "kind", "head"),
    [
        (0.0, 1, "", "No signal is shown."),
        (0.05, 1, "good", "Distinguishable from zero at the usual 5 % level."),
        (0.6, 1, "bad", "Too good to be believed."),
    ],
)
def test_the_verdict_says_what_the_figures_say(strength: float, trials: int, kind: str, head: str) -> None:
    assert verdict(judged(strength, trials=trials))[:2] == (kind, head)


def test_the_wrong_sign_is_said() -> None:
    report = judged(0.05)
    turned = type(report)(
        **{name: getattr(report, name) for name in report.__dataclass_fields__}
        | {"figures": dict(report.figures) | {"ic_t_newey_west": -3.0}}
    )
    assert verdict(turned)[:2] == ("bad", "The sign is reversed.")


def test_many_trials_take_a_signal_back() -> None:
    assert verdict(judged(0.05))[0] == "good"
    kind, head, sentence = verdict(judged(0.05, trials=10**9))
    assert (kind, head) == ("", "A correlation is shown, a profit is not.")
    assert "1000000000 variants tried" in sentence


@pytest.mark.parametrize(
    ("bad", "good", "words"),
    [
        ({"strength": 0.05}, {"strength": 0.05, "trials": 5}, "One trial is declared"),
        ({"strength": 0.05}, {"strength": 0.05, "delay": 1}, "traded at the close that the features need"),
        ({"strength": 0.05, "beta": 4.0}, {"strength": 0.05}, "of the book's variance is the market's"),
        ({"strength": 0.05, "spike": True}, {"strength": 0.05}, "is it a bad print?"),
        (
            {"strength": 0.05, "spike": True},
            {"strength": 0.05},
            "a bad print or an unadjusted split is likely",
        ),
        ({"strength": 0.6}, {"strength": 0.05}, "Look for a leak first"),
        ({"strength": 0.0}, {"strength": 0.05}, "Not significant"),
    ],
)
def test_each_caution_bites_and_only_then(
    bad: dict[str, object], good: dict[str, object], words: str
) -> None:
    assert any(words in w for w in limits(judged(**bad)))
    assert not any(words in w for w in limits(judged(**good)))
    assert any(words in w for w in judged(**bad).to_json()["warnings"])


def test_no_signal_is_said_before_any_picture() -> None:
    page = judged(0.0).to_html()
    assert 0 < page.index("No signal is shown.") < page.index("<svg")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e6, "1\xa0m"),
        (3.04e7, "30\xa0m"),
        (2.5e9, "2.5\xa0bn"),
        (999.99e6, "1\xa0bn"),
        (float("inf"), "none"),
        (5e12, "5\xa0tn"),
        (123.0, "1.2e+02"),
    ],
)
def test_sums_of_money_are_short(value: float, text: str) -> None:
    assert money(value) == text


def test_a_thinned_line_keeps_its_extremes() -> None:
    values = np.random.default_rng(0).normal(size=50_000).cumsum()
    values[777], values[40_001], values[100:200] = 1e4, -1e4, np.nan
    at = thin(values)
    assert len(at) <= 1700
    assert {777, 40_001} <= set(at)
    assert at == sorted(at)
    assert thin(values[:1600]) == list(range(1600))


MACHADO = {
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
"""Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB."""


def lab(colour: str, matrix: list[list[float]]) -> np.ndarray:
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", sorted(MACHADO))
def test_what_colour_alone_tells_apart_is_told_apart_without_one_kind_of_cone(kind: str) -> None:
    """Bars and cells above and below zero, and the four parts of a fold. Lines have dashes besides."""
    pairs = [
        (canvas.BLUE, canvas.VERMILION), (canvas.PALE, canvas.BLUE), (canvas.PALE, canvas.ORANGE), (canvas.PALE, canvas.VERMILION),
        (canvas.BLUE, canvas.ORANGE), (canvas.BLUE, canvas.INK),
    ]  # fmt: skip
    for one, other in pairs:
        assert np.linalg.norm(lab(one, MACHADO[kind]) - lab(other, MACHADO[kind])) > 20, (one, other)
    red, green = lab("#c00000", MACHADO["deuteranopia"]), lab("#5a6e00", MACHADO["deuteranopia"])
    assert np.linalg.norm(red - green) < 20  # the control: a red and a green that are one to many


def test_no_colour_is_used_that_is_not_of_the_palette() -> None:
    known = {v for v in vars(canvas).values() if isinstance(v, str) and re.fullmatch(r"#[0-9a-f]{6}", v)} | {
        "#fff",
        "#ffffff",
    }
    for name, text in judged(0.05).pictures().items():
        if name != "months":  # shades of two of them, with the number written in
            assert set(re.findall(r"#[0-9a-f]{3,6}\b", text)) <= known, name


def test_the_first_screen_answers_the_four_questions() -> None:
    page = judged(0.05).to_html()
    answers = re.findall(r'<div class="answer"><span>([^<]*)</span><b>([^<]*)</b>', page)
    assert [q for q, _ in answers] == [
        "Is there a signal?",
        "How sure is it?",
        "What would it earn?",
        "What would it cost?",
    ]
    figures = judged(0.05).figures
    assert answers[0][1] == f"IC {figures['ic_mean']:.4f}"
    assert answers[2][1] == f"Sharpe {figures['sharpe']:.2f}"


def test_features_on_other_panels_say_what_is_missing() -> None:
    rng = np.random.default_rng(1)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (300, 12)), axis=0))
    report = evaluate(
        walk_forward(Ridge().fit(X=[features.ret(5)], y=fwd_ret(5)), folds=3), panel_of({"close": close})
    )
    page = report.to_html()
    assert "the panel has neither shares_outstanding nor volume" in page
    assert "The panel has no volume: capacity cannot be estimated." in page
    assert "capacity" not in report.pictures()


@needs_sp500
def test_the_largest_move_of_one_asset_on_the_real_panel_is_a_known_defect_of_it() -> None:
    """The unadjusted spin-off of 2014-08-07 (DISCA, DISCK) is what a reader is pointed at."""
    model = Ridge().fit(X=[features.ret(20), features.ret(60), features.turnover(20)], y=fwd_ret(10))
    report = evaluate(walk_forward(model), sp500())
    day, asset, made = report.study.portfolio.widest
    assert (str(report.test_dates[day]), asset) == ("2014-08-07", "DISCK")
    assert 0.001 < abs(made) < 0.01
    assert "DISCK on 2014-08-07" in report.to_html()
    assert verdict(report)[1] == "No signal is shown."


def test_the_head_and_the_limits_say_whether_the_future_was_known() -> None:
    report = judged(0.05)
    page = report.to_html()
    assert '<p id="ab-look-ahead" class="quiet">Look-ahead: none found.</p>' in page
    assert page.index("ab-look-ahead") < page.index(">Limits<")
    assert report.to_json()["look_ahead"] == {"verdict": "none found", "because": ""}
    assert any("cannot look ahead" in text for text in limits(report))


def test_a_field_that_stands_still_was_not_looked_at() -> None:
    report = judged(0.05)
    turned = type(report)(
        **{name: getattr(report, name) for name in report.__dataclass_fields__}
        | {"warnings": ("size, which X reads, is one number an asset on all 500 sessions: it may know",)}
    )
    assert turned.to_json()["look_ahead"] == {
        "verdict": "none found",
        "because": "but not all was looked at: size stands still for all sessions",
    }


@pytest.mark.parametrize(("figure", "value"), [("sharpe", 40.0), ("r2_oos", 0.4), ("ic_mean", 0.5)])
def test_any_figure_beyond_belief_is_said_first(figure: str, value: float) -> None:
    report = judged(0.05)
    turned = type(report)(
        **{name: getattr(report, name) for name in report.__dataclass_fields__}
        | {"figures": dict(report.figures) | {figure: value}}
    )
    assert verdict(report)[1] != "Too good to be believed."
    assert verdict(turned)[:2] == ("bad", "Too good to be believed.")
    if figure != "ic_mean":  # of which the evaluation itself has warned
        assert any("too good to be believed" in text for text in limits(turned))


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([-20.5, 0.3], -21.748, 1.548),
        ([-20.0, 0.0], -20.0, 0.0),
        ([0.0, 39.0], 0.0, 40.0),
        ([0.1, 0.9], 0.0, 0.954),
    ],
)
def test_a_picture_leaves_at_most_a_sixteenth_beside_its_values(
    values: list[float], low: float, high: float
) -> None:
    made = scale_for(values, 200, 0, zero=True)
    assert (made.low, made.high) == pytest.approx((low, high))
    assert len(ticks_of(made)) >= 3
    assert made.low <= min(values)
    assert made.high >= max(values)


def test_the_first_picture_uses_its_height() -> None:
    """A book that loses: its lowest line ends in the lowest eighth of the plot."""
    rng = np.random.default_rng(5)
    for _ in range(200):
        end = -float(rng.uniform(1, 90))
        made = scale_for([0.0, end], 230, 44, zero=True)
        assert made(end) > 230 - (230 - 44) / 8
