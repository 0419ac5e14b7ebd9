"""Decay, months, groups and monotonicity, beside pandas; and how a report keeps its parts."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from alpha_bench import features, labels
from alpha_bench.definitions.named_estimators import Ridge
from alpha_bench.describe import evaluate
from alpha_bench.metrics.breakdown import by_group, by_month
from alpha_bench.metrics.ic_decay import decay, forward_ic
from alpha_bench.metrics.inference import series_figures
from alpha_bench.metrics.information_coefficient import rank_dates, score_dates
from alpha_bench.metrics.market import forward_filled, price_of
from alpha_bench.metrics.monotonicity import monotonicity_p, order_correlation
from alpha_bench.names import FIGURES
from alpha_bench.session.evaluations import walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.books import SECTORS, market_from, panel_with_groups, predictions
from fakes.small_panels import panel_of

H, DELAY = 5, 1


@cache
def setting():
    panel = panel_with_groups(gaps=0.03)
    market = market_from(panel, fwd_ret(H, DELAY), 30, 420)
    (label,) = panel.compute((fwd_ret(H, DELAY),))
    return panel, market, predictions(390, 45, gaps=0.05), np.ascontiguousarray(label[30:420])


@cache
def report():
    definition = walk_forward(
        Ridge().fit(X=[features.ret(5), features.ret(20)], y=fwd_ret(H, DELAY)), folds=4
    )
    return evaluate(definition, panel_with_groups(gaps=0.01))


def test_decay_at_the_labels_own_horizon_is_the_reports_ic() -> None:
    point = next(p for p in report().study.decay if p.horizon == H)
    figures = report().figures
    np.testing.assert_allclose(point.ic, figures["ic_mean"], rtol=1e-12)
    np.testing.assert_allclose(point.t, figures["ic_t_newey_west"], rtol=1e-12)
    assert point.n_dates == figures["n_dates"]


@pytest.mark.parametrize("k", [1, 2, 20])
def test_decay_is_the_correlation_with_returns_over_each_horizon(k: int) -> None:
    panel, market, x, _ = setting()
    close = pd.DataFrame(np.array(panel.fields["close"]))
    forward = (close.shift(-DELAY - k) / close.shift(-DELAY) - 1).iloc[30:420].reset_index(drop=True)
    theirs = pd.DataFrame(x).corrwith(forward, axis=1)
    np.testing.assert_allclose(forward_ic(x, market, horizon=k, delay=DELAY), theirs, atol=1e-12)
    point = next(p for p in decay(x, market, horizon=H, delay=DELAY) if p.horizon == k)
    figures = series_figures(theirs.to_numpy(), horizon=k)
    np.testing.assert_allclose([point.ic, point.t], [figures.mean, figures.t_newey_west], rtol=1e-9)
    np.testing.assert_allclose((point.high - point.low) / 2, 1.959964 * point.ic / point.t, rtol=1e-6)


def test_decay_knows_every_horizon_once_and_none_beyond_the_panel() -> None:
    _, market, x, _ = setting()
    assert [p.horizon for p in decay(x, market, horizon=20, delay=0)] == [1, 2, 5, 10, 20, 40]
    assert [p.horizon for p in decay(x, market, horizon=7, delay=0)] == [1, 2, 5, 7, 10, 14, 20, 40]
    short = market_from(panel_with_groups(40), fwd_ret(5), 10, 40)
    assert [p.horizon for p in decay(x[:30], short, horizon=5, delay=0)] == [1, 2, 5, 10, 20]


def test_months_are_means_of_their_days() -> None:
    dates, daily = report().test_dates, report().daily
    theirs = (
        pd.Series(daily.ic, index=pd.DatetimeIndex(dates.astype("datetime64[ns]")))
        .resample("MS")
        .agg(["mean", "count"])
    )
    made = by_month(dates, daily.ic, daily.rank_ic)
    assert [m.month for m in made] == [f"{d:%Y-%m}" for d in theirs.index]
    np.testing.assert_allclose([m.ic for m in made], theirs["mean"], atol=1e-15)
    assert [m.n_dates for m in made] == theirs["count"].tolist()


def test_groups_are_scored_among_their_own() -> None:
    _, market, x, label = setting()
    made = by_group(x, label, market, horizon=H)
    assert [g.group for g in made] == sorted(SECTORS)
    for g in made:
        columns = np.arange(45) % 3 == SECTORS.index(g.group)
        theirs = pd.DataFrame(x[:, columns]).corrwith(pd.DataFrame(label[:, columns]), axis=1)
        np.testing.assert_allclose(g.ic, theirs.mean(), rtol=1e-9)
        np.testing.assert_allclose(g.t, series_figures(theirs.to_numpy(), horizon=H).t_newey_west, rtol=1e-9)
        np.testing.assert_allclose(g.assets, np.isfinite(x[:, columns]).sum(axis=1).mean())


def test_groups_that_change_over_time_are_taken_as_of_each_date() -> None:
    _, market, x, label = setting()
    groups = np.array(market.groups)
    groups[200:] = (groups[200:] + 1) % 3
    moved = replace(market, groups=groups)
    first = by_group(x, label, moved, horizon=H)[0]
    inside = groups[30:420] == SECTORS.index(first.group)
    theirs = score_dates(np.where(inside, x, np.nan), label)
    np.testing.assert_allclose(first.ic, np.nanmean(theirs.ic), rtol=1e-12)


def test_returns_that_rise_are_seen_and_those_that_do_not_are_not() -> None:
    rng = np.random.default_rng(6)
    noise = rng.normal(0, 0.01, (600, 5))
    rising, falling = noise + np.arange(5) * 0.002, noise - np.arange(5) * 0.002
    hump = noise + np.array([0, 0.004, 0.008, 0.004, 0.009])
    assert monotonicity_p(rising, block_sessions=5) < 0.01
    assert monotonicity_p(falling, block_sessions=5) > 0.9
    assert monotonicity_p(hump, block_sessions=5) > 0.3  # Q5 - Q1 alone would praise it
    assert monotonicity_p(rising, block_sessions=5) == monotonicity_p(rising, block_sessions=5)


def test_under_the_null_small_p_values_are_as_rare_as_they_should_be() -> None:
    rng = np.random.default_rng(7)
    p = [monotonicity_p(rng.normal(size=(250, 5)), block_sessions=2, rounds=200) for _ in range(120)]
    assert np.mean(np.array(p) < 0.1) < 0.19
    assert np.mean(np.array(p) < 0.5) > 0.3


def test_order_correlation_is_spearmans() -> None:
    from scipy.stats import spearmanr

    for means in ([1.0, 2, 3, 4, 5], [3.0, 1, 2, 5, 4], [2.0, 2, 1, 3, 3]):
        np.testing.assert_allclose(order_correlation(means), spearmanr(means, range(5)).statistic)
    assert math.isnan(order_correlation([1.0, math.nan, 2.0]))
    assert math.isnan(order_correlation([1.0, 1.0, 1.0]))


def test_a_gap_is_valued_at_the_last_known_price_and_nothing_before_the_first() -> None:
    values = np.array([[np.nan, 1.0], [2.0, np.nan], [np.nan, np.nan], [3.0, 4.0]])
    assert np.array_equal(forward_filled(values), pd.DataFrame(values).ffill().to_numpy(), equal_nan=True)


def test_the_book_is_traded_at_the_labels_own_price() -> None:
    assert price_of(fwd_ret(5, 0, data.open), ("close", "open")) == data.open
    assert price_of(fwd_ret(5), ("close",)) == data.close


LABELS = {
    "log": labels.fwd_log_ret(5, 1),
    "excess over all": labels.excess(fwd_ret(5, 1)),
    "excess over a group": labels.excess(fwd_ret(5, 1), over=data.sector),
    "rank": labels.rank(fwd_ret(5, 1)),
    "sign": labels.sign(fwd_ret(5, 1)),
    "scaled": labels.vol_scaled(fwd_ret(5, 1)),
    "triple barrier": labels.triple_barrier(5, delay=1),
}


@pytest.mark.parametrize("name", list(LABELS))
def test_every_label_has_the_book_of_its_own_price(name: str) -> None:
    """What is traded does not depend on how the return was dressed up; only the predictions do."""
    label = LABELS[name]
    assert price_of(label, ("open", "close")) == data.close
    model = Ridge().fit(X=[features.ret(5), features.ret(20)], y=label)
    made = evaluate(walk_forward(model, folds=3), panel_with_groups(gaps=0.01))
    book = made.study.portfolio
    weights = rank_dates(made.prediction).weights
    (forward,) = panel_with_groups(gaps=0.01).compute((fwd_ret(5, 1),))
    first = made.splits[0].test.start
    earned = np.nansum(weights * forward[first : first + len(weights)], axis=1)[:-6] / 5
    # what its tranches earned and what their labels said are the same but for the edges and for positions in gaps
    np.testing.assert_allclose(np.nansum(book.profit), earned.sum(), atol=0.02)
    assert abs(np.nansum(book.profit) + earned.sum()) > 0.02 or abs(earned.sum()) < 0.01
    assert made.to_html()


# -- the figures of a report ---------------------------------------------------------------------------------------------


def test_every_figure_is_known_by_name_before_it_is_computed() -> None:
    figures = report().figures
    assert tuple(figures) == FIGURES
    assert set(dict(figures)) == set(FIGURES)
    with pytest.raises(KeyError, match="no_such"):
        figures["no_such"]


def test_a_first_figure_computes_no_book() -> None:
    made = evaluate(report().definition, panel_with_groups(gaps=0.01))
    assert made.figures["ic_mean"] == report().figures["ic_mean"]
    assert "portfolio" not in vars(made.study)
    assert made.figures["sharpe"] == report().figures["sharpe"]
    assert "portfolio" in vars(made.study)  # the control


def test_a_panel_too_short_for_a_book_has_figures_all_the_same() -> None:
    close = 50 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.02, (60, 8)), axis=0))
    model = Ridge().fit(X=[features.ret(1)], y=fwd_ret(20))
    for rows, book in ((60, True), (43, False)):
        made = evaluate(walk_forward(model, folds=1, embargo=0), panel_of({"close": close[:rows]}))
        assert (made.study.portfolio is not None) == book
        assert (made.figures["sharpe"] is not None) == book
        assert set(made.figures) == set(FIGURES)
