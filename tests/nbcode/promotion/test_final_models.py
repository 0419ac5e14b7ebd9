"""How alike the final models of two fits rank the names of the new sessions: evidence, which hinders nothing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import nbcode_runtime
from alpha_bench import Panel, Ridge, features, fit_final, fwd_ret
from alpha_bench.describe import load_fitted
from fakes.small_model import rows
from nbcode.promotion._final_models import PricesOfARun, final_models
from nbcode.promotion.drift import Drift, FinalModels

TABLE = rows()
DAYS = sorted(TABLE["date"].unique())


def saved(folder: Path, table: pd.DataFrame, window: int = 3) -> Path:
    definition = Ridge().fit(X=[features.ret(window)], y=fwd_ret(2))
    fit_final(definition, Panel.of(table)).save(folder / "model")
    return folder


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PricesOfARun:
    monkeypatch.setattr(nbcode_runtime, "load", lambda place: load_fitted(place / "model"))
    TABLE.to_csv(tmp_path / "prices.csv", index=False)
    return PricesOfARun(
        prices=tmp_path / "prices.csv", reference=None, declared={"date": "date", "symbol": "symbol"}
    )


def day(number: int) -> str:
    return str(pd.Timestamp(DAYS[number]).date())


def test_both_models_predict_the_new_sessions(tmp_path: Path, read: PricesOfARun) -> None:
    before = saved(tmp_path / "before", TABLE[TABLE["date"] <= DAYS[-3]])
    now = saved(tmp_path / "now", TABLE)
    assert final_models(before, now, read, day(-3)) == FinalModels(
        rank_correlation=pytest.approx(1.0), sessions=2
    )
    assert final_models(before, now, read, day(-1)) == FinalModels(
        rank_correlation=pytest.approx(1.0), sessions=1
    )
    assert final_models(before, now, read, None) == FinalModels(
        rank_correlation=pytest.approx(1.0), sessions=1
    )
    found = final_models(before, now, read, day(0))
    assert found is not None
    assert found.sessions == 5, "the last ones: each is a look-back to compute"


def test_control_other_models_rank_otherwise(tmp_path: Path, read: PricesOfARun) -> None:
    before, now = saved(tmp_path / "before", TABLE, window=10), saved(tmp_path / "now", TABLE)
    found = final_models(before, now, read, day(-4))
    assert found is not None
    assert abs(found.rank_correlation) < 0.99


def test_where_it_cannot_be_said_nothing_is(tmp_path: Path, read: PricesOfARun) -> None:
    now = saved(tmp_path / "now", TABLE)
    assert final_models(tmp_path / "nowhere", now, read, None) is None
    (tmp_path / "prices.csv").write_text("date,symbol\n2024-01-02,A\n")
    assert final_models(now, now, read, None) is None


def test_it_is_told_and_recorded() -> None:
    found = Drift(final_models=FinalModels(rank_correlation=0.98765, sessions=2))
    assert found.figures == {"final_rank_correlation": 0.98765}
    assert "of the final models 0.9877 (last 2 sessions)" in str(found)
    assert "final" not in str(Drift())
