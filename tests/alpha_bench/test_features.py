"""The built-in features against pandas, written as their papers have them, and the laws that all of them keep."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from alpha_bench import data, features
from alpha_bench.engine.executor import compute
from alpha_bench.errors import AlphaBenchError
from alpha_bench.expressions.expr import Expr, expr_from_plain
from alpha_bench.panel.panel import Panel
from alpha_bench.vocabulary.parsing import parse_expression
from fakes.small_panels import panel_of, same_bits

Floats = NDArray[np.float64]
Frames = dict[str, pd.DataFrame]
Formula = Callable[[Frames], pd.DataFrame]


def market(rows: int = 300, columns: int = 9) -> dict[str, Floats]:
    """Bars with holes: a session without a price has no bar at all."""
    rng = np.random.default_rng(30)
    close = 40 * np.exp(np.cumsum(rng.normal(0.0003, 0.02, (rows, columns)), axis=0))
    made = {
        "close": close,
        "high": close * np.exp(np.abs(rng.normal(0, 0.01, close.shape))),
        "low": close * np.exp(-np.abs(rng.normal(0, 0.01, close.shape))),
        "volume": np.round(rng.lognormal(11, 1, close.shape)),
        "shares_outstanding": np.tile(rng.lognormal(16, 1, columns), (rows, 1)),
    }
    hole = rng.random(close.shape) < 0.002
    return {n: np.where(hole, np.nan, v) if n != "shares_outstanding" else v for n, v in made.items()}


FIELDS = market()
PANEL = panel_of(FIELDS)


def daily(f: Frames) -> pd.DataFrame:
    return f["close"] / f["close"].shift(1) - 1


def beta(f: Frames) -> pd.DataFrame:
    returns = daily(f)
    market_return = returns.mean(axis=1)
    return pd.DataFrame(
        {c: returns[c].rolling(60).cov(market_return) / market_return.rolling(60).var() for c in returns}
    )


CASES: dict[str, tuple[Expr, Formula]] = {
    "ret": (features.ret(20), lambda f: f["close"] / f["close"].shift(20) - 1),
    "log_ret": (features.log_ret(5), lambda f: np.log(f["close"]) - np.log(f["close"].shift(5))),
    "turnover": (features.turnover(20), lambda f: (f["volume"] / f["shares_outstanding"]).rolling(20).mean()),
    "dollar_volume": (features.dollar_volume(), lambda f: f["close"] * f["volume"]),
    "adv": (features.adv(20), lambda f: (f["close"] * f["volume"]).rolling(20).mean()),
    "amihud": (
        features.amihud(21),
        lambda f: (daily(f).abs() / (f["close"] * f["volume"] / 1e6)).rolling(21).mean(),
    ),
    "volatility": (features.volatility(20), lambda f: daily(f).rolling(20).std()),
    "beta": (features.beta(60), beta),
    "mom_12_1": (features.mom_12_1(), lambda f: f["close"].shift(21) / f["close"].shift(252) - 1),
    "reversal": (features.reversal(5), lambda f: 1 - f["close"] / f["close"].shift(5)),
    "max_ret": (features.max_ret(21), lambda f: daily(f).rolling(21).max()),
    "skew": (features.skew(60), lambda f: daily(f).rolling(60).skew()),
    "high_low_range": (
        features.high_low_range(20),
        lambda f: np.log(f["high"] / f["low"]).rolling(20).mean(),
    ),
    "vwap_gap": (
        features.vwap_gap(20),
        lambda f: (
            f["close"] * f["volume"].rolling(20).sum() / (f["close"] * f["volume"]).rolling(20).sum() - 1
        ),
    ),
    "size": (features.size(), lambda f: np.log(f["close"]) + np.log(f["shares_outstanding"])),
}


def test_every_feature_is_held_against_its_formula() -> None:
    assert set(CASES) == set(features.__all__)


@pytest.mark.parametrize("name", CASES)
def test_features_equal_their_formula_in_pandas(name: str) -> None:
    expr, formula = CASES[name]
    here, there = compute((expr,), PANEL)[0], formula({n: pd.DataFrame(v) for n, v in FIELDS.items()})
    assert np.isfinite(here).mean() > 0.1
    np.testing.assert_allclose(here, there, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_features_have_the_same_bits_whatever_follows(name: str) -> None:
    expr = CASES[name][0]
    whole = compute((expr,), PANEL)[0]
    for rows in (1, 20, 61, 255, 299):
        assert same_bits(compute((expr,), PANEL.truncate(rows))[0], whole[:rows])


@pytest.mark.parametrize("name", CASES)
def test_the_first_value_is_after_as_many_sessions_as_the_look_back_says(name: str) -> None:
    expr = CASES[name][0]
    values = compute((expr,), panel_of({n: np.nan_to_num(v, nan=30.0) for n, v in FIELDS.items()}))[0]
    assert np.isnan(values[: expr.lookback]).all()
    assert np.isfinite(values[expr.lookback]).all()


@pytest.mark.parametrize("name", CASES)
def test_features_survive_text_and_plain_data(name: str) -> None:
    expr = CASES[name][0]
    assert expr_from_plain(expr.to_plain()) is expr
    assert parse_expression(str(expr)) is expr


def scaled(**by: float) -> Panel:
    return panel_of(
        {
            n: v * by.get(n, by.get("price", 1.0) if n in {"close", "high", "low"} else 1.0)
            for n, v in FIELDS.items()
        }
    )


@pytest.mark.parametrize("name", sorted(set(CASES) - {"dollar_volume", "adv", "amihud", "size"}))
def test_a_price_in_another_unit_changes_no_ratio(name: str) -> None:
    expr = CASES[name][0]
    assert same_bits(compute((expr,), scaled(price=64.0))[0], compute((expr,), PANEL)[0])


def test_money_and_value_follow_the_unit_of_the_price() -> None:
    """The other half of the law: what is left out above does change, as its unit says."""
    for expr, factor in ((features.adv(20), 64.0), (features.amihud(21), 1 / 64)):
        assert same_bits(compute((expr,), scaled(price=64.0))[0], compute((expr,), PANEL)[0] * factor)
    moved = compute((features.size(),), scaled(price=64.0))[0] - compute((features.size(),), PANEL)[0]
    np.testing.assert_allclose(moved[np.isfinite(moved)], np.log(64), rtol=1e-12)


def test_the_market_has_a_beta_of_one() -> None:
    values = compute((features.beta(60),), PANEL)[0]
    whole = values[np.isfinite(values).all(axis=1)]
    assert len(whole) > 10
    np.testing.assert_allclose(whole.mean(axis=1), 1.0, atol=0.05)
    own = features.beta(60, market=features.ret(1))
    assert np.nanmax(np.abs(compute((own,), PANEL)[0] - 1)) < 1e-12


def test_a_session_without_trades_has_no_illiquidity() -> None:
    """The control: its neighbours, whose window does not hold it, have one."""
    quiet = {n: v.copy() for n, v in FIELDS.items()}
    quiet["volume"][100, 3] = 0.0
    values = compute((features.amihud(5),), panel_of(quiet))[0][:, 3]
    assert np.isnan(values[100:105]).all()
    assert np.isfinite(values[105:110]).any()


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda: features.adv_20, r"did you mean features\.adv"),
        (lambda: features.momentum, r"features has no 'momentum'"),
        (lambda: features.amihud(0), r"window is 0"),
        (lambda: features.beta(60, market=data.sector), r"sector is a group"),
    ],
)
def test_what_is_not_there_is_refused_with_a_way_out(write: Callable[[], object], message: str) -> None:
    with pytest.raises(AlphaBenchError, match=message):
        write()
