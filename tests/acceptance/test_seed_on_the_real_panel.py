"""The seed notebook, unchanged, on the real S&P panel: its figures against pandas and scikit-learn alone."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from acceptance.project import DATA, SEED, nbcode, with_sp500

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the real panels are not beside the checkout")

H, EMBARGO, FOLDS = 10, 5, 12


@pytest.fixture(scope="module")
def promoted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    directory = with_sp500(tmp_path_factory.mktemp("sp500"))
    (directory / "xsmom_v3.py").write_bytes(SEED.read_bytes())
    ended = nbcode(directory, "promote", "xsmom_v3.py", "--json")
    assert ended.code == 0, ended.said
    return ended.json


def frames() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    prices = pd.read_parquet(DATA / "sp500_daily_2013_2018.parquet")
    reference = pd.read_csv(DATA / "sp500_reference_2018_02_08.csv").set_index("symbol")
    close = prices.pivot(index="date", columns="symbol", values="close").astype(float)
    volume = prices.pivot(index="date", columns="symbol", values="volume").astype(float)
    shares = (reference["market_cap_usd"] / reference["price_usd"]).reindex(close.columns)
    return (
        close / close.shift(20) - 1,
        close / close.shift(60) - 1,
        (volume / shares).rolling(20, min_periods=20).mean(),
        close.shift(-H) / close - 1,
    )


def newey_west_t(x: np.ndarray, lag: int) -> float:
    n, e = len(x), x - x.mean()
    variance = e @ e / n
    for k in range(1, lag + 1):
        variance += 2 * (1 - k / (lag + 1)) * (e[k:] @ e[:-k]) / n
    return float(x.mean() / math.sqrt(variance / n))


@pytest.fixture(scope="module")
def oracle() -> dict[str, Any]:
    *features, label = frames()
    sessions = label.index
    T = len(sessions)
    n_test = T // (FOLDS + 1)
    folds, ic, rank_ic, quantiles = [], [], [], []
    for k in range(FOLDS):
        start = T - (FOLDS - k) * n_test
        rows = slice(0, start - H - EMBARGO)
        X = np.stack([f.to_numpy()[rows].ravel() for f in features], axis=1)
        y = label.to_numpy()[rows].ravel()
        known = np.isfinite(X).all(axis=1) & np.isfinite(y)
        model = Ridge().fit(X[known], y[known])
        folds.append((rows.stop, int(known.sum()), start, start + n_test - 1, model.coef_, model.intercept_))
        for t in range(start, start + n_test):
            row = pd.DataFrame({f"f{i}": f.iloc[t] for i, f in enumerate(features)}).dropna()
            scored = pd.DataFrame(
                {"p": pd.Series(model.predict(row.to_numpy()), row.index), "y": label.iloc[t]}
            ).dropna()
            if scored.empty:
                continue
            ic.append(scored["p"].corr(scored["y"]))
            rank_ic.append(scored["p"].rank().corr(scored["y"].rank()))
            quantiles.append(scored["y"].groupby(pd.qcut(scored["p"], 5, labels=False)).mean().to_numpy())
    ic, rank_ic = np.array(ic), np.array(rank_ic)
    every = ic[::H]
    return {
        "folds": folds,
        "sessions": sessions,
        "metrics": {
            "n_dates": len(ic),
            "ic_mean": ic.mean(),
            "ic_std": ic.std(ddof=1),
            "icir": ic.mean() / ic.std(ddof=1),
            "rank_ic_mean": rank_ic.mean(),
            "rank_icir": rank_ic.mean() / rank_ic.std(ddof=1),
            "ic_t_naive": ic.mean() / ic.std(ddof=1) * math.sqrt(len(ic)),
            "ic_t_newey_west": newey_west_t(ic, 2 * (H - 1)),
            "ic_t_newey_west_h1": newey_west_t(ic, H - 1),
            "ic_t_nonoverlapping": every.mean() / every.std(ddof=1) * math.sqrt(len(every)),
            "hit_rate": (ic > 0).mean(),
            "quantile_returns": np.mean(quantiles, axis=0),
        },
    }


def test_the_seed_is_promoted_to_a_candidate(promoted: dict[str, Any]) -> None:
    assert (promoted["status"], promoted["model"], promoted["alias"]) == ("done", "xsmom_v3", "candidate")
    assert str(promoted["version"]) == "1"
    assert Path(promoted["artifact"]).is_dir()
    assert Path(promoted["report"]).read_text().lstrip().lower().startswith("<!doctype html")


def test_every_figure_agrees_with_pandas_and_scikit_learn(
    promoted: dict[str, Any], oracle: dict[str, Any]
) -> None:
    for name, wanted in oracle["metrics"].items():
        np.testing.assert_allclose(promoted["metrics"][name], wanted, rtol=1e-9, atol=1e-12, err_msg=name)


def test_every_fold_agrees_with_pandas_and_scikit_learn(
    promoted: dict[str, Any], oracle: dict[str, Any]
) -> None:
    assert len(promoted["folds"]) == FOLDS
    for got, (sessions, rows, first, last, coef, intercept) in zip(
        promoted["folds"], oracle["folds"], strict=True
    ):
        assert got["train_sessions"] == sessions
        assert got["train_rows"] == rows
        assert got["test_first"] == str(oracle["sessions"][first])[:10]
        assert got["test_last"] == str(oracle["sessions"][last])[:10]
        np.testing.assert_allclose(got["coef"], coef, rtol=1e-9)
        np.testing.assert_allclose(got["intercept"], intercept, rtol=1e-9)


def test_the_oracle_bites_when_the_embargo_is_forgotten(oracle: dict[str, Any]) -> None:
    """The control: five sessions more of training give other coefficients than the oracle's."""
    *features, label = frames()
    stop = oracle["folds"][0][0] + EMBARGO
    X = np.stack([f.to_numpy()[:stop].ravel() for f in features], axis=1)
    y = label.to_numpy()[:stop].ravel()
    known = np.isfinite(X).all(axis=1) & np.isfinite(y)
    coef = Ridge().fit(X[known], y[known]).coef_
    assert not np.allclose(coef, oracle["folds"][0][4], rtol=1e-6)
