"""Interval of the Sharpe ratio, losses, drawdowns, years, benchmark, R squared, each feature alone, overfitting: beside peers and formulas."""

from __future__ import annotations

import math
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from alpha_bench import (
    Ridge,
    combinatorial_purged_kfold,
    cs,
    data,
    evaluate,
    features,
    fwd_ret,
    grid_search,
    labels,
    study,
    walk_forward,
)
from alpha_bench.errors import AlphaBenchError
from alpha_bench.metrics.backtest_overfitting import overfitting
from alpha_bench.metrics.benchmark_relative import relative_to
from alpha_bench.metrics.feature_scores import MOST_RANKED, MOST_SCORED, dates_looked_at, feature_score
from alpha_bench.metrics.forecast_error import r_squared_out_of_sample
from alpha_bench.metrics.inference import newey_west_error
from alpha_bench.metrics.information_coefficient import score_dates
from alpha_bench.metrics.sharpe_error import sharpe_interval
from alpha_bench.metrics.tail_risk import downside, worst_drawdowns
from alpha_bench.metrics.yearly import by_year
from alpha_bench.names import FIGURES
from fakes.books import panel_with_groups, predictions

H = 5
YEAR = math.sqrt(252)


def returns(n: int = 750, seed: int = 4, *, fat: bool = True) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = rng.standard_t(4, n) if fat else rng.normal(size=n)
    return 0.0004 + 0.008 * noise + 0.003 * np.roll(noise, 1)


@cache
def report():
    model = Ridge().fit(X=[features.ret(5), features.ret(20), features.volatility(20)], y=fwd_ret(H, 1))
    return evaluate(walk_forward(model, folds=4), panel_with_groups(700, gaps=0.01))


# -- the Sharpe ratio's interval ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lag", [0, 4, 18])
def test_the_error_of_the_sharpe_ratio_is_los_gmm_estimator_with_statsmodels_covariance(lag: int) -> None:
    """Lo 2002, appendix A: the gradient of mean / std times the long-run covariance of the two moments."""
    from statsmodels.stats.sandwich_covariance import S_hac_simple

    r = returns()
    mean, variance = r.mean(), r.var()
    moments = np.column_stack([r - mean, (r - mean) ** 2 - variance])
    covariance = S_hac_simple(moments, nlags=lag) / len(r)
    sharpe = mean / r.std(ddof=1)
    gradient = np.array([1 / math.sqrt(variance), -sharpe / (2 * variance)])
    theirs = math.sqrt(gradient @ covariance @ gradient / len(r)) * YEAR
    made = sharpe_interval(r, lag=lag)
    np.testing.assert_allclose(made.error, theirs, rtol=1e-9)
    np.testing.assert_allclose(made.sharpe, sharpe * YEAR, rtol=1e-12)
    np.testing.assert_allclose(
        [made.low, made.high], sharpe * YEAR + np.array([-1, 1]) * 1.959963984540054 * theirs
    )
    np.testing.assert_allclose(made.error_normal, math.sqrt((1 + sharpe**2 / 2) / len(r)) * YEAR, rtol=1e-12)


def test_the_interval_holds_the_true_ratio_as_often_as_it_says() -> None:
    """400 records of skewed returns: 95 % less what chance allows. The control: an interval of half the width does not."""
    rng, true, held, half = np.random.default_rng(9), 0.1, 0, 0
    for _ in range(400):
        draw = rng.gamma(2.0, 1.0, 500)
        r = true + (draw - 2.0) / math.sqrt(2.0)
        made = sharpe_interval(r, lag=0)
        held += made.low <= true * YEAR <= made.high
        half += abs(made.sharpe - true * YEAR) <= 0.5 * 1.96 * made.error
    assert stats.binomtest(held, 400, 0.95).pvalue > 0.01
    assert stats.binomtest(half, 400, 0.95).pvalue < 1e-6


def test_autocorrelated_returns_have_a_wider_interval_than_independent_ones() -> None:
    made = sharpe_interval(returns(), lag=10)
    assert made.error > 1.15 * made.error_normal
    alone = sharpe_interval(np.random.default_rng(1).normal(0.001, 0.01, 2000), lag=0)
    np.testing.assert_allclose(alone.error, alone.error_normal, rtol=0.03)


def test_without_variation_there_is_no_interval() -> None:
    for r in (np.empty(0), np.zeros(20)):
        assert math.isnan(sharpe_interval(r, lag=3).error)


# -- losses ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [20, 21, 750])
def test_sortino_value_at_risk_and_expected_shortfall_are_empyricals(n: int) -> None:
    import empyrical

    r = returns(n)
    made = downside(r)
    np.testing.assert_allclose(made.sortino, empyrical.sortino_ratio(r), rtol=1e-12)
    np.testing.assert_allclose(made.downside_risk, empyrical.downside_risk(r), rtol=1e-12)
    np.testing.assert_allclose(made.value_at_risk, empyrical.value_at_risk(r), rtol=1e-12)
    np.testing.assert_allclose(made.expected_shortfall, empyrical.conditional_value_at_risk(r), rtol=1e-12)


def test_the_calmar_ratio_is_a_years_return_over_the_deepest_fall() -> None:
    r = returns()
    total = np.concatenate([[0.0], np.cumsum(r)])
    deepest = (np.maximum.accumulate(total) - total).max()
    np.testing.assert_allclose(downside(r).calmar, r.mean() * 252 / deepest, rtol=1e-12)
    assert math.isnan(downside(np.abs(r)).calmar)  # nothing was lost


def drawdowns_one_by_one(r: np.ndarray) -> list[tuple[float, int, int, int | None]]:
    total, best, at, found, now = 0.0, 0.0, -1, [], None
    for i, x in enumerate(r):
        total += x
        if total >= best:
            if now is not None:
                found.append((*now, i))
            best, at, now = total, i, None
        elif now is None or total - best < now[0]:
            now = (total - best, at, i)
    return [*found, (*now, None)] if now is not None else found


@pytest.mark.parametrize("seed", range(6))
def test_the_worst_drawdowns_are_those_found_by_walking_the_days(seed: int) -> None:
    r = returns(400, seed)
    theirs = sorted(drawdowns_one_by_one(r))[:5]
    made = worst_drawdowns(r)
    assert [(d.peak, d.trough, d.recovered) for d in made] == [d[1:] for d in theirs]
    np.testing.assert_allclose([d.depth for d in made], [d[0] for d in theirs], rtol=1e-9)
    np.testing.assert_allclose(made[0].depth, report_drawdown(r), rtol=1e-12)


def report_drawdown(r: np.ndarray) -> float:
    from alpha_bench.metrics.book_performance import performance

    return performance(r).drawdown


def test_a_record_that_never_falls_has_no_drawdown() -> None:
    assert worst_drawdowns(np.full(10, 0.01)) == ()
    assert worst_drawdowns(np.array([-0.01, 0.01, -0.02]))[0].recovered is None


# -- years -------------------------------------------------------------------------------------------------------------


def test_years_are_pandas_groups() -> None:
    made = report().supplement.years
    frames = report().to_frames()
    profit, daily = frames["portfolio"]["profit"], frames["daily"]
    by = profit.groupby(profit.index.year)
    assert [y.year for y in made] == [str(y) for y in sorted(set(daily.index.year))]
    np.testing.assert_allclose([y.profit for y in made], by.sum(), rtol=1e-9)
    np.testing.assert_allclose([y.sharpe for y in made], by.mean() / by.std() * YEAR, rtol=1e-9)
    ic = daily["ic"].groupby(daily.index.year)
    np.testing.assert_allclose([y.ic for y in made], ic.mean(), rtol=1e-9)
    assert [y.n_dates for y in made] == ic.count().tolist()
    theirs = pd.DataFrame(frames["years"])
    np.testing.assert_allclose(theirs["sharpe"], [y.sharpe for y in made])
    whole = profit.mean() / profit.std() * YEAR
    assert not np.allclose([y.sharpe for y in made], whole)  # the control


def test_a_year_without_a_book_has_scores_and_no_figures_of_a_book() -> None:
    dates = np.array(["2019-12-30", "2019-12-31", "2020-01-02"], dtype="datetime64[D]")
    nothing = np.full(3, np.nan)
    made = by_year(dates, np.array([0.1, 0.2, 0.3]), nothing, nothing, horizon=1)
    assert [(y.year, y.n_dates, y.sessions) for y in made] == [("2019", 2, 0), ("2020", 1, 0)]
    assert all(math.isnan(y.profit) and math.isnan(y.sharpe) for y in made)


# -- the benchmark -----------------------------------------------------------------------------------------------------


def test_what_is_left_beside_a_benchmark_is_statsmodels_regression() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    b = rng.normal(0.0003, 0.01, 600)
    r = 0.0002 + 0.8 * b + rng.normal(0, 0.004, 600)
    r[5], b[9] = np.nan, np.nan
    known = np.isfinite(r) & np.isfinite(b)
    x, y = b[known], r[known]
    fit = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": 8, "use_correction": False})
    made = relative_to(r, b, lag=8)
    assert made.sessions == 598
    np.testing.assert_allclose([made.annual_alpha / 252, made.beta], fit.params, rtol=1e-9)
    np.testing.assert_allclose(made.alpha_t, fit.tvalues[0], rtol=1e-6)
    np.testing.assert_allclose(made.appraisal_ratio, fit.params[0] / math.sqrt(fit.scale) * YEAR, rtol=1e-9)
    active = y - x
    np.testing.assert_allclose(made.tracking_error, active.std(ddof=1) * YEAR, rtol=1e-12)
    np.testing.assert_allclose(made.information_ratio, active.mean() / active.std(ddof=1) * YEAR, rtol=1e-9)


def test_a_benchmark_may_be_an_asset_or_its_returns_and_changes_the_figures() -> None:
    panel = panel_with_groups()
    how = {"y": fwd_ret(10), "panel": panel}
    mine = panel.frame(data.close)["A003"].pct_change(fill_method=None)
    by_name, by_series, without = (
        study(features.ret(20), benchmark=b, **how) for b in ("A003", mine.rename("three"), None)
    )
    for name in ("information_ratio", "tracking_error", "active_return", "benchmark_beta", "benchmark_alpha"):
        np.testing.assert_allclose(by_name.figures[name], by_series.figures[name], rtol=1e-12)
        assert by_name.figures[name] != without.figures[name]
    assert by_name.supplement.against.name == "A003"
    assert by_series.supplement.against.name.startswith("three ")
    book = without.study.portfolio
    top = book.quantiles[book.begin :, -2] - book.quantiles[book.begin :, -1]
    np.testing.assert_allclose(without.figures["active_return"], top.mean() * 252, rtol=1e-9)


def test_a_benchmark_without_a_date_of_the_panel_is_refused() -> None:
    other = pd.Series([0.01], index=pd.to_datetime(["1999-01-04"]))
    with pytest.raises(AlphaBenchError, match="E15 the benchmark has no date in common"):
        study(features.ret(20), y=fwd_ret(10), panel=panel_with_groups(), benchmark=other)


# -- predictions and features ------------------------------------------------------------------------------------------


def test_r_squared_is_that_of_gu_kelly_and_xiu() -> None:
    rng = np.random.default_rng(5)
    p, y = predictions(80, 30, gaps=0.1), rng.normal(0, 2, (80, 30))
    y += 0.3 * np.nan_to_num(p)
    y[rng.random(y.shape) < 0.1] = np.nan
    known = np.isfinite(p) & np.isfinite(y)
    theirs = 1 - ((y - p)[known] ** 2).sum() / (y[known] ** 2).sum()
    np.testing.assert_allclose(r_squared_out_of_sample(p, y), theirs, rtol=1e-12)
    assert r_squared_out_of_sample(y, y) == 1.0
    assert r_squared_out_of_sample(np.zeros_like(y), y) == 0.0
    assert r_squared_out_of_sample(-y, y) == -3.0


def test_a_models_r_squared_is_of_its_own_predictions_and_a_factor_has_none() -> None:
    made = report()
    known = np.isfinite(made.prediction) & np.isfinite(made.label)
    p, y = made.prediction[known], made.label[known]
    np.testing.assert_allclose(made.figures["r2_oos"], 1 - ((y - p) ** 2).sum() / (y**2).sum(), rtol=1e-9)
    assert study(features.ret(20), y=fwd_ret(10), panel=panel_with_groups()).figures["r2_oos"] is None


def test_ranks_have_no_r_squared_against_a_forecast_of_zero() -> None:
    definition = walk_forward(Ridge().fit(X=[features.ret(20)], y=labels.rank(fwd_ret(10))), folds=3)
    made = evaluate(definition, panel_with_groups())
    assert made.figures["r2_oos"] is None
    assert made.figures["ic_mean"] is not None


def test_each_feature_alone_has_the_ic_and_the_correlations_of_scipy() -> None:
    made = report()
    found, panel = made.supplement.features, panel_with_groups(700, gaps=0.01)
    first = made.splits[0].test.start
    values = [v[first:] for v in panel.compute(made.definition.model.features)]
    for score, x in zip(found.scores, values, strict=True):
        daily = []
        for row, label in zip(x, made.label, strict=True):
            known = np.isfinite(row) & np.isfinite(label)
            if known.sum() >= 3:
                daily.append(
                    (
                        stats.pearsonr(row[known], label[known])[0],
                        stats.spearmanr(row[known], label[known])[0],
                    )
                )
        np.testing.assert_allclose([score.ic, score.rank_ic], np.mean(daily, axis=0), rtol=1e-9)
        assert score.n_dates == score.n_ranked == len(daily)
    at = dates_looked_at(len(made.label))
    theirs = [
        stats.spearmanr(a[known], b[known])[0]
        for a, b in zip(values[0][at], values[1][at], strict=True)
        if (known := np.isfinite(a) & np.isfinite(b)).sum() >= 3
    ]
    np.testing.assert_allclose(found.correlation[0, 1], np.mean(theirs), rtol=1e-9)
    assert found.correlation[0, 1] == found.correlation[1, 0] != found.correlation[0, 2]
    assert len({s.ic for s in found.scores}) == 3


def test_a_feature_alone_is_the_study_of_it() -> None:
    """The same figure by two ways: under a universe, on the same sessions."""
    panel, inside = panel_with_groups(700, gaps=0.01), cs.top(data.close, 20)
    model = Ridge().fit(X=[cs.zscore(features.ret(20))], y=fwd_ret(H), universe=inside)
    walked = evaluate(walk_forward(model, folds=4), panel)
    alone = walked.supplement.features.scores[0]
    judged = study(
        cs.zscore(features.ret(20)),
        y=fwd_ret(H),
        panel=panel,
        universe=inside,
        start=str(walked.test_dates[0]),
    )
    np.testing.assert_allclose(alone.ic, judged.figures["ic_mean"], rtol=1e-12)
    np.testing.assert_allclose(alone.t, judged.figures["ic_t_newey_west"], rtol=1e-12)


# -- overfitting -------------------------------------------------------------------------------------------------------


def pbo_one_by_one(m: np.ndarray, blocks: int) -> list[float]:
    parts = np.split(m[len(m) % blocks :], blocks)
    found = []
    for half in combinations(range(blocks), blocks // 2):
        own, other = (
            np.concatenate([p for b, p in enumerate(parts) if (b in half) == inside])
            for inside in (True, False)
        )
        best = int(np.argmax(own.mean(axis=0) / own.std(axis=0, ddof=1)))
        rank = stats.rankdata(other.mean(axis=0) / other.std(axis=0, ddof=1))[best]
        w = rank / (m.shape[1] + 1)
        found.append(math.log(w / (1 - w)))
    return found


@pytest.mark.parametrize(("variants", "blocks"), [(2, 4), (7, 6), (20, 10)])
def test_the_logits_are_those_of_the_paper_step_by_step(variants: int, blocks: int) -> None:
    m = np.random.default_rng(variants).normal(0.02, 1, (205, variants))
    made = overfitting(m, blocks=blocks)
    theirs = pbo_one_by_one(m, blocks)
    np.testing.assert_allclose(made.logits, theirs, rtol=1e-9, atol=1e-12)
    assert made.probability == np.mean(np.array(theirs) <= 0)
    assert made.sessions == 205 // blocks * blocks


@pytest.mark.parametrize("seed", range(4))
def test_the_probability_is_purgedcvs(seed: int) -> None:
    from purgedcv import probability_of_backtest_overfitting

    m = np.random.default_rng(seed).normal(0, 1, (320, 10))  # an even number of variants: no logit is 0
    m[:, 3] += 0.05 * seed
    made, theirs = overfitting(m, blocks=8), probability_of_backtest_overfitting(m.T, n_splits=8)
    assert made.probability == theirs.pbo
    np.testing.assert_allclose(np.sort(made.logits), np.sort(theirs.logits), rtol=1e-9, atol=1e-12)


def test_noise_is_overfitted_and_a_variant_that_is_better_is_not() -> None:
    rng = np.random.default_rng(11)
    noise = [overfitting(rng.normal(0, 1, (480, 12)), blocks=8).probability for _ in range(12)]
    assert 0.4 < np.mean(noise) < 0.85
    better = rng.normal(0, 1, (480, 12))
    better[:, 5] += 0.4
    assert overfitting(better, blocks=8).probability == 0.0


@pytest.mark.parametrize(
    ("shape", "blocks", "code"),
    [((100, 3), 5, "R28"), ((100, 3), 22, "R28"), ((100, 1), 4, "R29"), ((5, 3), 4, "R29")],
)
def test_too_little_to_choose_from_is_refused(shape: tuple[int, int], blocks: int, code: str) -> None:
    with pytest.raises(AlphaBenchError, match=code):
        overfitting(np.random.default_rng(0).normal(size=shape), blocks=blocks)


def test_a_gap_is_refused() -> None:
    with pytest.raises(AlphaBenchError, match="R29"):
        overfitting(np.full((100, 3), np.nan), blocks=4)


def test_a_search_on_combinatorial_paths_has_the_pbo_of_its_candidates() -> None:
    panel, x = panel_with_groups(), [features.ret(5), features.ret(20)]
    alphas = [0.1, 1e4, 1e7]
    searched = grid_search(Ridge(), {"alpha": alphas}).fit(X=x, y=fwd_ret(H))
    made = evaluate(combinatorial_purged_kfold(searched, groups=4), panel)
    each = [
        evaluate(combinatorial_purged_kfold(Ridge(alpha=a).fit(X=x, y=fwd_ret(H)), groups=4), panel).daily.ic
        for a in alphas
    ]
    series = np.stack(each, axis=1)
    theirs = pbo_one_by_one(series[np.isfinite(series).all(axis=1)], made.supplement.overfitting.blocks)
    np.testing.assert_allclose(made.figures["pbo"], np.mean(np.array(theirs) <= 0), rtol=1e-12)
    assert made.supplement.overfitting.variants == 3
    page = made.to_html()
    assert "Probability of backtest overfitting:" in page
    assert made.to_json()["overfitting"]["blocks"] == made.supplement.overfitting.blocks
    plain = evaluate(combinatorial_purged_kfold(Ridge().fit(X=x, y=fwd_ret(H)), groups=4), panel)
    assert plain.figures["pbo"] is None
    assert "needs variants to choose among" in plain.to_html()
    assert report().figures["pbo"] is None


# -- the report --------------------------------------------------------------------------------------------------------


def test_every_figure_has_a_name_and_is_a_number_where_there_is_a_book() -> None:
    made = report()
    assert set(made.figures) == set(FIGURES)
    for name in FIGURES[FIGURES.index("sharpe_low") :]:
        assert (made.figures[name] is None) == (name == "pbo"), name
    assert made.figures["sharpe_low"] < made.figures["sharpe"] < made.figures["sharpe_high"]


def test_the_page_shows_what_the_json_has() -> None:
    page, plain = report().to_html(), report().to_json()
    assert "Features alone" in page
    for entry in plain["drawdowns"]:
        assert entry["trough"] in page
    for year in plain["years"]:
        assert f"<td>{year['year']}</td>" in page
    assert f"between {plain['sharpe_interval']['low']:.2f}".replace("-", "\N{MINUS SIGN}") in page
    assert [f["name"] for f in plain["features_alone"]["scores"]] == [f["name"] for f in plain["features"]]


def test_on_a_large_panel_a_feature_is_looked_at_at_equal_steps() -> None:
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(2, 900, 6000))
    made = feature_score("x", x, y, horizon=4)
    step = math.ceil(900 / (MOST_SCORED // 6000))
    at = np.arange(step - 1, 900, step)
    assert step == 3
    daily = score_dates(x[at], y[at]).ic
    assert made.n_dates == len(at)
    np.testing.assert_allclose(made.ic, daily.mean(), rtol=1e-12)
    np.testing.assert_allclose(
        made.t, daily.mean() / newey_west_error(daily, 2), rtol=1e-12
    )  # 6 sessions are 2 steps
    assert made.n_ranked == len(dates_looked_at(900, MOST_RANKED // 6000)) < len(at)
