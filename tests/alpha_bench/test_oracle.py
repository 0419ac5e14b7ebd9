"""The seed example on the real S&P panel, beside a computation that uses pandas, scikit-learn and statsmodels only."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fakes.sp500 import PRICES, REFERENCE, SEED, needs_sp500, panel

HORIZON, FOLDS, EMBARGO = 10, 12, 5
FIGURES = (
    "n_dates ic_mean ic_std icir rank_ic_mean rank_icir ic_t_naive ic_t_newey_west ic_t_newey_west_h1 ic_t_nonoverlapping "
    "hit_rate quantile_returns coverage"
).split()

pytestmark = needs_sp500


@cache
def by_pandas() -> SimpleNamespace:
    """Written as a quant would write it, knowing nothing of alpha_bench."""
    import statsmodels.api as sm
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import TimeSeriesSplit

    prices = pd.read_parquet(PRICES)
    reference = pd.read_csv(REFERENCE).set_index("symbol")
    close = prices.pivot(index="date", columns="symbol", values="close").sort_index()
    volume = prices.pivot(index="date", columns="symbol", values="volume").sort_index()
    shares = (reference["market_cap_usd"] / reference["price_usd"]).reindex(close.columns)
    frames = {
        "ret_20": close / close.shift(20) - 1,
        "ret_60": close / close.shift(60) - 1,
        "turn": (volume / shares).rolling(20).mean(),
        "y": close.shift(-HORIZON) / close - 1,
    }
    long = pd.concat({k: f.stack(future_stack=True) for k, f in frames.items()}, axis=1)
    dates = long.index.get_level_values(0)
    features = ["ret_20", "ret_60", "turn"]
    folds, scored = [], []
    for train, test in TimeSeriesSplit(FOLDS, gap=HORIZON + EMBARGO).split(close.index):
        known = long[dates.isin(close.index[train])].dropna()
        block = long[dates.isin(close.index[test])].dropna(subset=features)
        model = Ridge().fit(known[features], known["y"])
        folds.append(
            {
                "train_sessions": len(train),
                "train_rows": len(known),
                "test_first": str(close.index[test[0]]),
                "test_last": str(close.index[test[-1]]),
                "coef": model.coef_,
                "intercept": model.intercept_,
            }
        )
        scored.append(block.assign(p=model.predict(block[features])))
    predictions = pd.concat(scored)
    pairs = predictions.dropna().groupby(level=0)
    ic = pairs.apply(lambda d: d["p"].corr(d["y"]))
    rank = pairs.apply(lambda d: d["p"].corr(d["y"], method="spearman"))
    quantiles = pairs.apply(lambda d: d["y"].groupby(pd.qcut(d["p"], 5, labels=False)).mean())

    def hac(lag: int) -> float:
        fit = sm.OLS(ic.to_numpy(), np.ones(len(ic))).fit(cov_type="HAC", cov_kwds={"maxlags": lag})
        return float(fit.tvalues[0])

    apart = ic.iloc[::HORIZON]
    labelled = long[dates.isin(predictions.index.get_level_values(0).unique())]["y"].notna().sum()
    figures = {
        "n_dates": len(ic),
        "ic_mean": ic.mean(),
        "ic_std": ic.std(),
        "icir": ic.mean() / ic.std(),
        "rank_ic_mean": rank.mean(),
        "rank_icir": rank.mean() / rank.std(),
        "ic_t_naive": ic.mean() / (ic.std() / np.sqrt(len(ic))),
        "ic_t_newey_west": hac(2 * (HORIZON - 1)),
        "ic_t_newey_west_h1": hac(HORIZON - 1),
        "ic_t_nonoverlapping": apart.mean() / (apart.std() / np.sqrt(len(apart))),
        "hit_rate": (ic > 0).mean(),
        "quantile_returns": quantiles.mean().tolist(),
        "coverage": len(predictions.dropna()) / labelled,
    }
    return SimpleNamespace(figures=figures, folds=folds, predictions=predictions, ic=ic)


@cache
def by_us():
    from alpha_bench.describe import Session

    session = Session(panel(), {}, False)
    try:
        names = session.names() | {"fwd_ret_10d": session.label("fwd_ret_10d")}
        exec(SEED.read_text(encoding="utf-8"), names)
        return names["report"].report
    finally:
        session.close()


def test_the_same_figures_are_compared() -> None:
    assert set(by_pandas().figures) == set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_agrees_to_1e_9(name: str) -> None:
    np.testing.assert_allclose(by_us().figures[name], by_pandas().figures[name], rtol=1e-9, atol=1e-12)


def test_every_fold_agrees() -> None:
    ours, theirs = by_us().folds, by_pandas().folds
    assert len(ours) == len(theirs) == FOLDS
    for us, them in zip(ours, theirs, strict=True):
        for exact in ("train_sessions", "train_rows", "test_first", "test_last"):
            assert getattr(us, exact) == them[exact]
        np.testing.assert_allclose(us.coef, them["coef"], rtol=1e-9)
        np.testing.assert_allclose(us.intercept, them["intercept"], rtol=1e-9)


def test_every_prediction_agrees_and_those_without_a_label_are_there_too() -> None:
    table = by_us().predictions.to_pandas()
    theirs = by_pandas().predictions
    assert len(table) == len(theirs)
    index = pd.MultiIndex.from_arrays([table["date"], table["asset"]])
    aligned = theirs["p"].reindex(index)
    np.testing.assert_allclose(table["prediction"], aligned, rtol=0, atol=1e-12)
    assert table["label"].isna().sum() == theirs["y"].isna().sum() > 0


def test_quantile_spread_is_the_highest_less_the_lowest() -> None:
    figures = by_us().figures
    assert figures["quantile_spread"] == figures["quantile_returns"][-1] - figures["quantile_returns"][0]


def test_n_eff_is_the_number_of_independent_dates_with_the_same_standard_error() -> None:
    figures, ic = by_us().figures, by_pandas().ic
    error = figures["ic_mean"] / figures["ic_t_newey_west"]
    np.testing.assert_allclose(figures["n_eff"], ic.var(ddof=0) / error**2, rtol=1e-9)


def test_a_report_of_no_signal_says_so() -> None:
    assert any("Not significant" in w for w in by_us().warnings)
    assert "No signal is shown" in by_us().to_html()


# -- mutations: each of these mistakes moves a figure by far more than the agreement above --------------------------


@cache
def _matrix() -> tuple[pd.DataFrame, np.ndarray]:
    close = pd.DataFrame(np.array(panel().fields["close"]))
    volume, shares = np.array(panel().fields["volume"]), np.array(panel().fields["shares_outstanding"])
    turn = pd.DataFrame(volume / shares).rolling(20).mean()
    return close, np.stack(
        [f.to_numpy() for f in (close / close.shift(20) - 1, close / close.shift(60) - 1, turn)], axis=-1
    )


def _ic_mean(*, gap: int = HORIZON + EMBARGO, shift: int = -HORIZON, filled: bool = False) -> float:
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import TimeSeriesSplit

    close, matrix = _matrix()
    end = close.ffill() if filled else close
    y = (end.shift(shift) / close - 1).to_numpy()
    complete = np.isfinite(matrix).all(-1) & np.isfinite(y)
    ics = []
    for train, test in TimeSeriesSplit(FOLDS, gap=gap).split(close):
        model = Ridge().fit(matrix[train][complete[train]], y[train][complete[train]])
        weights = model.coef_
        for t in test:
            row = complete[t]
            if row.sum() >= 3:
                ics.append(np.corrcoef(matrix[t][row] @ weights, y[t][row])[0, 1])
    return float(np.mean(ics))


@pytest.mark.parametrize(
    "mistake",
    [{"gap": HORIZON + EMBARGO - 1}, {"shift": HORIZON}, {"filled": True}],
    ids=["gap one short", "sign of the shift", "label filled forward"],
)
def test_the_agreement_would_notice(mistake: dict) -> None:
    assert abs(_ic_mean(**mistake) - by_us().figures["ic_mean"]) > 1e-7


def test_without_a_mistake_that_computation_agrees_too() -> None:
    """The control of the mutations above."""
    assert abs(_ic_mean() - by_us().figures["ic_mean"]) < 1e-9


def test_the_agreement_would_notice_another_ddof() -> None:
    ic = by_pandas().ic
    assert abs(ic.std(ddof=0) / by_us().figures["ic_std"] - 1) > 1e-5
