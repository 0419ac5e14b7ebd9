"""Frames of a report, and two reports beside each other."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from functools import cache

import numpy as np
import pandas as pd
import pytest

from alpha_bench import compare, draw_folds, features
from alpha_bench.definitions.named_estimators import Ridge
from alpha_bench.describe import evaluate
from alpha_bench.errors import AlphaBenchError
from alpha_bench.model_selection.walk_forward import WalkForward
from alpha_bench.reporting.comparison_page import overlaid
from alpha_bench.session.evaluations import combinatorial_purged_kfold, purged_kfold, walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from fakes.books import panel_with_groups

H = 5


@cache
def made(*windows: int, folds: int = 4, horizon: int = H, gaps: float = 0.01):
    model = Ridge().fit(X=[features.ret(w) for w in windows], y=fwd_ret(horizon))
    return evaluate(walk_forward(model, folds=folds), panel_with_groups(gaps=gaps))


def test_frames_hold_what_the_report_holds() -> None:
    report = made(5, 20)
    frames = report.to_frames()
    assert set(frames) == {
        "daily", "monthly", "groups", "decay", "quantiles", "folds", "portfolio", "costs", "exposures", "capacity",
        "years", "features", "benchmark",
    }  # fmt: skip
    assert isinstance(frames["daily"].index, pd.DatetimeIndex)
    np.testing.assert_array_equal(frames["daily"]["ic"], report.daily.ic)
    np.testing.assert_allclose(frames["daily"]["ic"].mean(), report.figures["ic_mean"], rtol=1e-12)
    profit = frames["portfolio"]["profit"]
    np.testing.assert_allclose(profit.mean() / profit.std() * 252**0.5, report.figures["sharpe"], rtol=1e-9)
    np.testing.assert_allclose(frames["costs"]["sharpe"], report.figures["sharpe_by_cost"], rtol=1e-12)
    net = profit - frames["portfolio"]["turnover"] * 10e-4
    np.testing.assert_allclose(frames["portfolio"]["profit_10bps"], net, atol=1e-15)
    assert list(frames["decay"].index) == [1, 2, 5, 10, 20, 40]
    assert list(frames["groups"].index) == sorted(frames["groups"].index)
    assert [c for c in frames["folds"] if c.startswith("coef")] == [
        f"coef: {n}" for n in report.definition.model.names
    ]
    assert frames["exposures"].filter(like="group: ").shape[1] == 3
    means = frames["quantiles"].mean()
    np.testing.assert_allclose(means, report.figures["quantile_returns"], rtol=1e-9)


def test_frames_of_polars_and_arrow_are_the_same_tables() -> None:
    report = made(5, 20)
    pandas, polars, arrow = (report.to_frames(name) for name in ("pandas", "polars", "arrow"))
    for name, frame in pandas.items():
        assert polars[name].shape == (len(frame), frame.shape[1] + 1)
        assert arrow[name].column_names == [frame.index.name, *frame.columns]
        numbers = frame.select_dtypes("number")
        np.testing.assert_array_equal(
            polars[name].select(numbers.columns).to_pandas().to_numpy(float), numbers.to_numpy(float)
        )


def test_an_unknown_library_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        AlphaBenchError, match=r"R54 there are no frames of 'panda'. Fix: did you mean 'pandas'"
    ):
        made(5, 20).to_frames("panda")


def test_the_json_says_all_that_the_page_shows() -> None:
    plain = made(5, 20).to_json()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    book = plain["portfolio"]
    assert len(book["date"]) == len(book["profit"]) == len(book["quantiles"])
    assert [c["cost_bps"] for c in book["by_cost"]] == [0, 5, 10, 20]
    assert plain["verdict"]["headline"] in made(5, 20).to_html()
    assert book["capacity"]["trades"] > 0
    assert len(plain["months"]) == len(made(5, 20).to_frames()["monthly"])


# -- a splitter's picture, before anything is computed ---------------------------------------------------------------------


def rows_of(svg: str) -> dict[str, list[tuple[int, int]]]:
    """What -> first and last session of every stretch, over the folds, as the notes say."""
    found: dict[str, list[tuple[int, int]]] = {}
    for what, first, last in re.findall(r"fold \d+, (\w+): \d+ sessions, (\d+) to (\d+)<", svg):
        found.setdefault(what, []).append((int(first), int(last)))
    return found


@pytest.mark.parametrize("judge", [walk_forward, purged_kfold, combinatorial_purged_kfold])
def test_each_splitter_is_drawn_as_it_splits_without_data(judge) -> None:
    lazy = judge(Ridge().fit(X=[features.ret(5)], y=fwd_ret(H, 1)))
    splits = lazy.definition.splitter.split(900, horizon=H, delay=1)
    drawn = rows_of(draw_folds(lazy, 900).svg)
    for what, name in (("training", "train"), ("test", "test"), ("purge", "purge"), ("embargo", "embargo")):
        theirs = [(r.start, r.stop - 1) for s in splits for r in getattr(s, name).ranges]
        assert drawn.get(what, []) == theirs
    if judge is not walk_forward:  # training lies on both sides of a test block
        assert any(first > drawn["test"][0][1] for first, _ in drawn["training"])
    panel = panel_with_groups()
    assert str(panel.dates[-1]) in draw_folds(lazy, panel).svg
    ET.fromstring(draw_folds(lazy, panel.dates)._repr_html_())


def test_a_splitter_alone_needs_the_horizon(tmp_path) -> None:
    with pytest.raises(AlphaBenchError, match=r"R33 the purge of a splitter depends on the label"):
        draw_folds(WalkForward(), 900)
    with pytest.raises(AlphaBenchError, match=r"R33 a int has no folds to draw"):
        draw_folds(3, 900)
    draw_folds(WalkForward(), 900, horizon=3).save(tmp_path / "folds.svg")
    ET.parse(tmp_path / "folds.svg")


# -- comparison ----------------------------------------------------------------------------------------------------------


def test_a_report_does_not_differ_from_itself() -> None:
    same = compare(made(5, 20), made(5, 20))
    assert same.ic.difference == same.rank_ic.difference == same.profit.difference == 0
    assert np.isnan(same.ic.t)
    np.testing.assert_allclose(
        [same.prediction_correlation, same.rank_correlation, same.profit_correlation], 1, rtol=1e-12
    )
    assert same.differences == ()
    assert "No significant difference" in same.to_html()


def test_differences_are_paired_by_date() -> None:
    """The t is that of the daily differences by statsmodels; the unpaired one is another (the control)."""
    import statsmodels.api as sm

    a, b = made(5, 20), made(5, folds=6)
    found = compare(a, b, names=("both", "short"))
    left, right = (pd.Series(r.daily.ic, index=r.test_dates) for r in (a, b))
    both = (right - left).dropna()
    fit = sm.OLS(both, np.ones(len(both))).fit(cov_type="HAC", cov_kwds={"maxlags": 2 * (H - 1)})
    np.testing.assert_allclose(
        [found.ic.difference, found.ic.t], [both.mean(), fit.tvalues.iloc[0]], rtol=1e-9
    )
    assert found.ic.n == len(both)
    assert found.sessions == len(left.index.intersection(right.index))
    unpaired = (right.mean() - left.mean()) / np.sqrt(left.var() / len(left) + right.var() / len(right))
    assert abs(unpaired - found.ic.t) > 0.01
    profits = [r.to_frames()["portfolio"]["profit"] for r in (a, b)]
    np.testing.assert_allclose(found.profit_correlation, profits[0].corr(profits[1]), rtol=1e-9)


def test_predictions_are_compared_asset_by_asset() -> None:
    a, b = made(5, 20), made(20)
    found = compare(a, b)
    left, right = (pd.DataFrame(r.prediction, index=r.test_dates, columns=r.assets) for r in (a, b))
    np.testing.assert_allclose(found.prediction_correlation, left.corrwith(right, axis=1).mean(), rtol=1e-9)
    ranks = [side.where(left.notna() & right.notna()).rank(axis=1) for side in (left, right)]
    np.testing.assert_allclose(found.rank_correlation, ranks[0].corrwith(ranks[1], axis=1).mean(), rtol=1e-9)


def test_what_differs_in_the_definitions_is_told() -> None:
    found = {(at, one, other) for at, one, other in compare(made(5, 20), made(5, 10, folds=3)).differences}
    assert ("features", "ret(close, window=20)", "absent") in found
    assert ("features", "absent", "ret(close, window=10)") in found
    assert ("evaluation.folds", "4", "3") in found
    assert len(found) == 3


def test_what_cannot_be_compared_is_warned_of() -> None:
    longer = compare(made(5), made(5, horizon=10))
    assert any("labels differ" in w for w in longer.warnings)
    model = Ridge().fit(X=[features.ret(5)], y=fwd_ret(H))
    other = compare(
        made(5), evaluate(combinatorial_purged_kfold(model, groups=4, test_groups=2), panel_with_groups())
    )
    assert any("test sessions are common" in w for w in other.warnings)
    assert any(at == "evaluation.splitter" for at, _, _ in other.differences)
    assert not compare(made(5), made(5, 20)).warnings  # the control


def test_a_comparison_shows_itself() -> None:
    found = compare(made(5, 20), made(5), names=("a <b>", "c & d"))
    page = found.to_html()
    assert "a &lt;b&gt;" in page
    assert "a <b>" not in page
    assert page.count("<script") == 1
    for picture in overlaid(found._view).values():
        ET.fromstring(picture.svg)
    assert re.match(r"Comparison: IC [+-]0\.\d+ \(a <b>\) and", repr(found))
    assert json.loads(json.dumps(found.to_json(), allow_nan=False)) == found.to_json()
    a, b, difference = found.figures["ic_mean"]
    assert difference == b - a
    assert found._repr_html_().startswith('<div class="ab">')


def test_only_reports_with_common_sessions_are_compared() -> None:
    with pytest.raises(AlphaBenchError, match=r"R55 the second of the two is a int, not a report"):
        compare(made(5), 3)
    early, late = (
        evaluate(made(5).definition, panel)
        for panel in (panel_with_groups().truncate(200), panel_with_groups())
    )
    late = evaluate(walk_forward(made(5).definition.model, folds=1, embargo=0), panel_with_groups())
    with pytest.raises(AlphaBenchError, match=r"R55 the two reports have no test session in common: 20"):
        compare(early, late)
