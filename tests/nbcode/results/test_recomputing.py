"""Stated figures found again from predictions and declared prices, and when they are not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alpha_bench.panel import Panel
from fakes.leak_runs import cells_of, recorded
from nbcode.leaks import write_predictions
from nbcode.primitives import Judged, Judgement
from nbcode.results import PREDICTIONS, panel_in, recomputed

HORIZON = 5
CELLS = """# %% [setup]
import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, mean_squared_error, r2_score
# %% [features]
long = inputs["prices"].sort_values(["day", "ticker"]).reset_index(drop=True)
close = long.groupby("ticker")["close"]
long["past"] = close.pct_change(10)
long["ahead"] = {label}
rows = long.dropna().reset_index(drop=True)
days = np.sort(rows["day"].unique())
train, test = rows[rows["day"] < days[95]], rows[rows["day"] >= days[100]].copy()
# %% [model]
m = {model}.fit(train[["past"]], train["ahead"])
test["p"] = m.predict(test[["past"]])
# %% [eval]
{report}
"""
SIMPLE = "close.shift(-5) / long['close'] - 1"
BY_DATE = """
daily = [(g["p"], g["ahead"]) for _, g in test.groupby("day")]
rank = np.array([spearmanr(p, a)[0] for p, a in daily])
report = {"rank_ic": rank.mean(), "ic": np.mean([np.corrcoef(p, a)[0, 1] for p, a in daily]), "icir": rank.mean() / rank.std(ddof=1),
          "r2": r2_score(test["ahead"], test["p"]), "rmse": mean_squared_error(test["ahead"], test["p"]) ** 0.5, "sharpe": 1.25}
"""
FOUND = ("rank_ic", "ic", "icir", "r2", "rmse")


def prices(names: int = 8, sessions: int = 150) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2021-01-04", periods=sessions).strftime("%Y-%m-%d")
    close = 20 * np.exp(rng.normal(0, 0.02, (sessions, names)).cumsum(axis=0))
    symbols = [f"N{n}" for n in range(names)]
    return pd.DataFrame({"day": np.repeat(days, names), "ticker": symbols * sessions, "close": close.ravel()})


def ended(
    directory: Path, *, label: str = SIMPLE, model: str = "Ridge()", report: str = BY_DATE, names: int = 8
) -> tuple[Panel, Mapping[str, float]]:
    """The panel of the declared prices and the stated figures of cells whose predictions are in ``directory``."""
    table = prices(names)
    table.to_csv(directory / "prices.csv", index=False)
    cells = cells_of(CELLS.format(label=label, model=model, report=report))
    namespace, recorder = recorded(cells, {"prices": table})
    assert write_predictions(recorder.lineage, directory / PREDICTIONS)
    panel = panel_in(directory / "prices.csv")
    assert panel is not None
    stated = namespace["report"]
    assert isinstance(stated, dict)
    return panel, {name: float(value) for name, value in stated.items()}


def test_figures_of_the_predictions_are_found_and_a_sharpe_ratio_is_not(tmp_path: Path) -> None:
    panel, stated = ended(tmp_path)
    found = recomputed(tmp_path, [panel], HORIZON, stated)
    assert (found.judged, found.figures) == (Judged.STATED, FOUND)
    assert found.outside["rank_ic"] == pytest.approx(stated["rank_ic"], rel=1e-9)
    assert found.outside["ic"] == pytest.approx(stated["ic"], rel=1e-9)
    assert set(found.outside) == {"ic", "rank_ic", "n_dates"}


NEGATIVE = (
    "TransformedTargetRegressor(Ridge(), func=np.negative, inverse_func=np.asarray, check_inverse=False)"
)


def test_a_figure_of_predictions_that_were_turned_round_is_told(tmp_path: Path) -> None:
    panel, stated = ended(tmp_path, model=NEGATIVE)
    assert stated["rank_ic"] < 0
    honest = recomputed(tmp_path, [panel], HORIZON, stated)
    assert (honest.turned, honest.figures[:1]) == ((), ("rank_ic",))
    found = recomputed(tmp_path, [panel], HORIZON, {"rank_ic": -stated["rank_ic"]})
    assert (found.turned, found.figures) == (("rank_ic",), ())
    assert "rank_ic is one with the other sign: the predictions were turned round" in str(found)


@pytest.mark.parametrize("name", FOUND)
def test_a_forged_figure_is_not_among_those_found(name: str, tmp_path: Path) -> None:
    panel, stated = ended(tmp_path)
    found = recomputed(tmp_path, [panel], HORIZON, {**stated, name: 0.5})
    assert found.figures == tuple(one for one in FOUND if one != name)
    assert found.outside == recomputed(tmp_path, [panel], HORIZON, stated).outside


@pytest.mark.parametrize(
    ("name", "value", "agrees"),
    [
        ("rank_ic", "hit_rate", False),
        ("ic_mean", "accuracy", False),
        ("rankIC", "rmse", False),
        ("sharpe", "rank_ic", False),
        ("accuracy", "rank_ic", False),
        ("turnover", "hit_rate", False),
        ("score", "hit_rate", True),
        ("test_hit", "hit_rate", True),
        ("meanIC", "rank_ic", True),
        ("sharpe_of_ic", "icir", True),
    ],
)
def test_a_score_of_another_kind_than_the_name_says_is_not_the_figure(
    name: str, value: str, agrees: bool, tmp_path: Path
) -> None:
    panel, stated = ended(tmp_path)
    report = "report = {'hit_rate': (np.sign(test['p']) == np.sign(test['ahead'])).mean()}"
    folder = tmp_path / "hits"
    folder.mkdir()
    _, of_signs = ended(folder, report=report)
    value_of = {**stated, **of_signs, "accuracy": of_signs["hit_rate"]}[value]
    assert recomputed(tmp_path, [panel], HORIZON, {name: value_of}).figures == ((name,) if agrees else ())


def test_a_label_in_logarithms_is_recognised(tmp_path: Path) -> None:
    panel, stated = ended(tmp_path, label="np.log(close.shift(-5) / long['close'])")
    assert recomputed(tmp_path, [panel], HORIZON, stated).figures == FOUND


def test_the_direction_of_a_return_is_recognised(tmp_path: Path) -> None:
    report = "report = {'accuracy': accuracy_score(test['ahead'], test['p'])}"
    label = f"(({SIMPLE}) > 0).where(({SIMPLE}).notna()).astype(float)"
    panel, stated = ended(tmp_path, label=label, model="LogisticRegression()", report=report)
    assert recomputed(tmp_path, [panel], HORIZON, stated).figures == ("accuracy",)


def test_one_asset_has_a_correlation_and_no_ic(tmp_path: Path) -> None:
    report = "report = {'corr': np.corrcoef(test['p'], test['ahead'])[0, 1]}"
    panel, stated = ended(tmp_path, report=report, names=1)
    found = recomputed(tmp_path, [panel], HORIZON, stated)
    assert (found.figures, set(found.outside)) == (("corr",), {"correlation", "hit_rate", "n_dates"})


@pytest.mark.parametrize(
    "label",
    [
        "close.shift(-5) / long['close'] - 1.001",
        "close.shift(-4) / long['close'] - 1",
        "close.pct_change(5)",
        "close.transform(lambda c: 0.0 * c)",
    ],
)
def test_where_the_label_is_no_return_of_the_prices_nothing_is_found(label: str, tmp_path: Path) -> None:
    panel, stated = ended(tmp_path, label=label, report="report = {'r2': r2_score(test['ahead'], test['p'])}")
    assert recomputed(tmp_path, [panel], HORIZON, stated) == Judgement(judged=Judged.STATED)


def test_without_prices_nothing_is_found(tmp_path: Path) -> None:
    _, stated = ended(tmp_path)
    assert recomputed(tmp_path, [], HORIZON, stated) == Judgement(judged=Judged.STATED)


def test_cells_that_predict_nothing_leave_nothing(tmp_path: Path) -> None:
    _, recorder = recorded(cells_of("# %% [model]\nm = None\n"), {})
    assert not write_predictions(recorder.lineage, tmp_path / PREDICTIONS)
    assert not (tmp_path / PREDICTIONS).exists()


def test_arrays_of_objects_are_refused(tmp_path: Path) -> None:
    panel, stated = ended(tmp_path)
    with np.load(tmp_path / PREDICTIONS) as kept:
        changed = {name: kept[name].astype(object) for name in kept.files}
    np.savez(tmp_path / PREDICTIONS, **changed)
    with pytest.raises(ValueError, match="allow_pickle"):
        recomputed(tmp_path, [panel], HORIZON, stated)


@pytest.mark.parametrize(
    "text", ["a,b\n1,2\n", "date,symbol,volume\n2020-01-01,A,1\n", "", "date,symbol,close\nx,A,y\n"]
)
def test_a_table_that_is_no_prices_is_passed_over(text: str, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(text)
    assert panel_in(tmp_path / "other.csv") is None


def test_the_sentence_tells_what_was_found_and_what_agrees() -> None:
    outside = {"ic": 0.0123456, "n_dates": 50.0}
    found = Judgement(judged=Judged.STATED, figures=("r2",), outside=outside)
    sentence = "stated by the notebook; outside, from its predictions and the declared prices: ic 0.01235, n_dates 50"
    assert str(found) == f"{sentence} (as stated: r2)"
    assert (
        str(Judgement(judged=Judged.STATED, outside=outside)) == f"{sentence} (none of them is a stated one)"
    )
    assert str(Judgement(judged=Judged.STATED)) == "stated by the notebook"
