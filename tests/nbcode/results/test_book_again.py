"""Figures of a signal's book, as notebooks usually compute them, are found again from its positions; forged ones are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alpha_bench.panel import Panel
from nbcode.primitives import Judged, Judgement, Standing
from nbcode.results import book_again
from nbcode.results._pandas import save_signal

DAYS = pd.bdate_range("2021-01-04", periods=150)
Profit = Callable[[pd.DataFrame, pd.DataFrame], "pd.Series[float]"]


def closes(names: str = "ABCDEF") -> pd.DataFrame:
    steps = np.random.default_rng(3).normal(0, 0.02, (len(DAYS), len(names)))
    return pd.DataFrame(50 * np.exp(steps.cumsum(axis=0)), index=DAYS.rename("date"), columns=list(names))


def panel_of(close: pd.DataFrame) -> Panel:
    return Panel.of(close.stack().rename("close").rename_axis(["date", "symbol"]).reset_index())


def found(value: object, stated: dict[str, float], folder: Path, close: pd.DataFrame) -> Judgement:
    assert save_signal(value, folder / "model", "pos") == ()
    return book_again(folder / "model", [panel_of(close)], stated)


def figures(profit: pd.Series[float]) -> dict[str, float]:
    wealth = (1 + profit).cumprod()
    return {
        "sharpe": profit.mean() / profit.std() * np.sqrt(252),
        "mean": profit.mean(),
        "volatility": profit.std() * np.sqrt(252),
        "total": wealth.iloc[-1] - 1,
        "drawdown": (wealth / wealth.cummax() - 1).min(),
        "hit": (profit > 0).mean(),
    }


def scaled(positions: pd.DataFrame) -> pd.DataFrame:
    return positions.div(positions.abs().sum(axis=1), axis=0)


BOOKS: dict[str, Profit] = {
    "positions, the day after": lambda p, r: (p.shift(1) * r).sum(axis=1),
    "positions that cells shifted": lambda p, r: (p * r).sum(axis=1),
    "the mean over assets": lambda p, r: (p.shift(1) * r).mean(axis=1).dropna(),
    "a gross of one": lambda p, r: (scaled(p).shift(1) * r).sum(axis=1),
    "less their mean": lambda p, r: (scaled(p.sub(p.mean(axis=1), axis=0)).shift(1) * r).sum(axis=1),
    "their sign": lambda p, r: (np.sign(p).shift(1) * r).mean(axis=1).dropna(),
    "from the first position on": lambda p, r: (p.shift(1) * r).sum(axis=1)[11:],
    "by returns to the next day": lambda p, r: (p * r.shift(-1)).sum(axis=1)[:-1],
}


@pytest.mark.parametrize("book", BOOKS)
def test_what_a_notebook_usually_computes_is_found_again(book: str, tmp_path: Path) -> None:
    close = closes()
    positions, returns = -close.pct_change(10), close.pct_change()
    stated = {name: float(value) for name, value in figures(BOOKS[book](positions, returns)).items()}
    told = found(positions, stated, tmp_path, close)
    assert told.figures == ("sharpe", "mean", "volatility", "total", "drawdown")
    assert told.outside == pytest.approx({name: stated[name] for name in told.figures}, rel=1e-6)
    assert "outside, from its positions and the declared prices" in str(told)


@pytest.mark.parametrize("by", [1.001, 1.1, -1.0])
def test_a_forged_figure_is_not_found(by: float, tmp_path: Path) -> None:
    close = closes()
    positions = -close.pct_change(10)
    honest = figures((positions.shift(1) * close.pct_change()).sum(axis=1))
    stated = {name: float(value) * by for name, value in honest.items() if name != "drawdown"}
    told = found(positions, stated, tmp_path, close)
    assert told.figures == ()
    assert str(told) == "stated by the notebook"
    assert told.standing("sharpe") is Standing.STATED


def test_figures_after_costs_and_of_another_signal_stay_stated(tmp_path: Path) -> None:
    close = closes()
    positions = -close.pct_change(10)
    net = (positions.shift(1) * close.pct_change()).sum(axis=1) - 0.001 * positions.diff().abs().sum(axis=1)
    assert found(positions, figures(net), tmp_path, close).figures == ()
    other = figures((close.pct_change(3).shift(1) * close.pct_change()).sum(axis=1))
    assert found(positions, {"sharpe": other["sharpe"]}, tmp_path, close).figures == ()


def test_one_asset_by_date_alone(tmp_path: Path) -> None:
    close = closes("A")
    position = np.sign(close["A"].pct_change(5)).rename("pos")
    stated = figures((position.shift(1) * close["A"].pct_change()).fillna(0.0))
    assert "sharpe" in found(position, stated, tmp_path, close).figures


def test_a_signal_of_other_assets_than_the_prices_is_only_stated(tmp_path: Path) -> None:
    close = closes()
    positions = -close.pct_change(10)
    stated = figures((positions.shift(1) * close.pct_change()).sum(axis=1))
    assert save_signal(positions, tmp_path / "model", "pos") == ()
    assert book_again(tmp_path / "model", [panel_of(closes("UVWXYZ"))], stated) == Judgement(
        judged=Judged.STATED
    )
    assert book_again(tmp_path / "model", [], stated) == Judgement(judged=Judged.STATED)
    assert book_again(tmp_path / "none", [panel_of(close)], stated) == Judgement(judged=Judged.STATED)
