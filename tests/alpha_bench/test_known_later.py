"""Fields that know later sessions by what they hold: each case beside the honest field that is most like it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from alpha_bench import Ridge, cs, data, features, group, if_else, study, walk_forward
from alpha_bench.evaluation.known_later import Held, adjusted_by, knows_later
from alpha_bench.expressions import Expr
from alpha_bench.panel import Panel
from alpha_bench.reporting.foresight import look_ahead
from alpha_bench.runtime import Floats
from alpha_bench.session import evaluate
from alpha_bench.vocabulary.labels import fwd_ret

SESSIONS, NAMES, FIRST = 240, 30, 60


@pytest.fixture(scope="module")
def close() -> pd.DataFrame:
    moves = np.random.default_rng(5).normal(0, 0.02, (SESSIONS, NAMES))
    dates = pd.bdate_range("2021-01-04", periods=SESSIONS)
    return pd.DataFrame(50 * np.exp(np.cumsum(moves, 0)), dates, [f"S{j:02d}" for j in range(NAMES)])


def told(values: pd.DataFrame | Floats, close: pd.DataFrame, **others: pd.DataFrame) -> str | None:
    given = np.broadcast_to(values, close.shape) if isinstance(values, np.ndarray) else values.to_numpy()
    fields = {"x": np.asarray(given, float), "close": close.to_numpy()}
    held = Held(fields=fields | {n: v.to_numpy() for n, v in others.items()}, groups={}, first=FIRST)
    return knows_later("x", held, close.to_numpy())


Made = Callable[[pd.DataFrame], pd.DataFrame | Floats]
EVERY = 15


def gaps(close: pd.DataFrame) -> pd.DataFrame:
    return close.where(np.random.default_rng(2).random(close.shape) < 0.06)


def in_quarters(close: pd.DataFrame, how: str) -> pd.DataFrame:
    quarter = close.groupby(close.index.to_period("M"))
    return quarter.transform("mean") if how == "whole" else quarter.transform("first").shift(1)


LATER: dict[str, tuple[Made, Made, str]] = {
    "last value": (
        lambda c: c.iloc[-1].to_numpy(),
        lambda c: c.iloc[30].to_numpy(),
        "is the last value of close",
    ),
    "mean": (
        lambda c: c.mean().to_numpy(),
        lambda c: c.iloc[:FIRST].mean().to_numpy(),
        "is the mean of close",
    ),
    "gain by rank": (
        lambda c: (c.iloc[-1] / c.iloc[0]).rank().to_numpy(),
        lambda c: (c.iloc[40] / c.iloc[0]).rank().to_numpy(),
        "orders all 30 assets by the gain of close",
    ),
    "gain in fifths": (
        lambda c: (c.iloc[-1] / c.iloc[0]).rank().to_numpy() // 6.01,
        lambda c: (c.iloc[40] / c.iloc[0]).rank().to_numpy() // 6.01,
        "orders all 30 assets by the gain of close",
    ),
    "volatility": (
        lambda c: c.pct_change().std().to_numpy(),
        lambda c: c.pct_change().iloc[:FIRST].std().to_numpy(),
        "is the deviation of daily changes of close",
    ),
    "divided by the mean": (lambda c: c / c.mean(), lambda c: c / c.expanding().mean(), "the same mean"),
    "z-score": (
        lambda c: (c - c.mean()) / c.std(),
        lambda c: (c - c.rolling(20).mean()) / c.rolling(20).std(),
        "the same mean",
    ),
    "divided by the deviation": (
        lambda c: c / c.std(),
        lambda c: c / c.expanding(5).std(),
        "the same deviation",
    ),
    "ranks in history": (
        lambda c: c.rank(pct=True),
        lambda c: c.expanding().rank(pct=True),
        "the same values",
    ),
    "by the range": (
        lambda c: (c - c.min()) / (c.max() - c.min()),
        lambda c: (c - c.expanding().min()) / (c.expanding().max() - c.expanding().min() + 1e-9),
        "the same lowest and highest value",
    ),
    "centred window": (
        lambda c: c.rolling(15, center=True).mean(),
        lambda c: c.rolling(15).mean(),
        "changes before the price",
    ),
    "filled from behind": (lambda c: gaps(c).bfill(), lambda c: gaps(c).ffill(), "changes before the price"),
    "between two points": (
        lambda c: gaps(c).interpolate(),
        lambda c: gaps(c).ffill(),
        "changes before the price",
    ),
    "mean of the month": (
        lambda c: in_quarters(c, "whole"),
        lambda c: in_quarters(c, "first"),
        "changes before the price",
    ),
    "tomorrow's price": (lambda c: c.shift(-5), lambda c: c.shift(5), "changes before the price"),
}


@pytest.mark.parametrize("name", LATER)
def test_what_knows_later_sessions_is_told_by_what_it_is(name: str, close: pd.DataFrame) -> None:
    leak, _, words = LATER[name]
    assert words in (told(leak(close), close) or "nothing")


@pytest.mark.parametrize("name", LATER)
def test_its_honest_twin_is_not(name: str, close: pd.DataFrame) -> None:
    assert told(LATER[name][1](close), close) is None


@pytest.mark.parametrize("seed", range(8))
def test_fields_that_know_nothing_are_never_told(seed: int, close: pd.DataFrame) -> None:
    rng = np.random.default_rng(seed)
    noise = pd.DataFrame(rng.normal(size=close.shape), close.index, close.columns)
    shared = pd.DataFrame(np.repeat(noise.to_numpy()[:, :1], NAMES, 1), close.index, close.columns)
    flags = pd.DataFrame(
        np.tile(np.arange(SESSIONS)[:, None] % 60, (1, NAMES)) == rng.integers(0, 60, NAMES), close.index
    )
    signal = close.shift(-5) / close - 1 + 0.3 * noise
    for honest in (
        noise,
        noise.cumsum(),
        shared,
        flags * 1.0,
        noise.rank(axis=1),
        noise.sub(noise.mean(axis=1), axis=0),
        signal,
    ):
        assert told(honest, close) is None
    for constant in (rng.normal(size=NAMES), rng.integers(0, 3, NAMES) * 1.0, np.ones(NAMES)):
        assert told(constant, close) is None


def leaving(close: pd.DataFrame, *, after: int) -> pd.DataFrame:
    """Every fifth asset has no price from some session after ``after`` on."""
    return close.apply(
        lambda p: p.where(np.arange(SESSIONS) <= after + int(p.name[1:])) if int(p.name[1:]) % 5 == 0 else p
    )


def test_a_word_that_parts_who_leaves_from_who_stays_is_told(close: pd.DataFrame) -> None:
    gone, status = leaving(close, after=FIRST + 40), np.where(np.arange(NAMES) % 5 == 0, 2.0, 1.0)
    assert "that left since" in (told(status, gone) or "nothing")
    reasons = status + np.where(np.arange(NAMES) % 10 == 0, 1.0, 0.0)  # bankrupt or bought
    assert "it knows who leaves" in (told(reasons, gone) or "nothing")
    assert told(np.roll(status, 1), gone) is None
    assert told(status, close) is None
    assert (
        told(status, leaving(close, after=0)) is None
    )  # before the first tested session, which everybody knew


def test_a_market_value_that_stands_still_while_prices_move_is_told(close: pd.DataFrame) -> None:
    values = np.broadcast_to(np.random.default_rng(8).lognormal(20, 1, NAMES), close.shape)
    prices = close.to_numpy()
    for name, is_told in {
        "market_cap": True,
        "mktcap_usd": True,
        "float_market_cap": True,
        "adv20": True,
        "MarketCap": True,
        "shares_outstanding": False,
        "founded": False,
        "price_limit": False,
    }.items():
        held = Held(fields={name: values, "close": prices}, groups={}, first=FIRST)
        assert ("that of one day" in (knows_later(name, held, prices) or "")) is is_told, name
        still = np.broadcast_to(prices[0], prices.shape)
        held = Held(fields={name: values, "close": still}, groups={}, first=FIRST)
        assert knows_later(name, held, still) is None


def test_earnings_that_stand_still_for_more_than_a_year_are_told() -> None:
    moves = np.random.default_rng(6).normal(0, 0.02, (300, NAMES))
    prices = 50 * np.exp(np.cumsum(moves, 0))
    values = np.random.default_rng(8).lognormal(1, 0.4, NAMES)
    names = {"eps_last": True, "book_value": True, "net_income_ttm": True, "ROE": True}
    for name, is_told in (
        names | {"founded": False, "lot_size": False, "rating": False, "epsilon": False}
    ).items():
        held = Held(
            fields={name: np.broadcast_to(values, prices.shape), "close": prices}, groups={}, first=FIRST
        )
        assert ("that of one report" in (knows_later(name, held, prices) or "")) is is_told, name
        short = Held(
            fields={name: np.broadcast_to(values, (250, NAMES)), "close": prices[:250]},
            groups={},
            first=FIRST,
        )
        assert knows_later(name, short, prices[:250]) is None
        few = Held(
            fields={name: np.broadcast_to(values > 3, prices.shape) * 1.0, "close": prices},
            groups={},
            first=FIRST,
        )
        assert knows_later(name, few, prices) is None  # whether there are any, say


def test_prices_that_go_back_and_forth_are_no_knowledge() -> None:
    rng = np.random.default_rng(1)
    close = pd.DataFrame(50 * np.exp(rng.normal(0, 0.02, (SESSIONS, NAMES))))
    assert told(close, close) is None
    assert told(close * np.exp(rng.normal(0, 0.001, close.shape)), close) is None


def panel(close: pd.DataFrame, **others: pd.DataFrame) -> Panel:
    wide = {"close": close, **others}
    long = pd.concat({n: w.stack() for n, w in wide.items()}, axis=1).rename_axis(["date", "symbol"])
    return Panel.of(long.reset_index())


def judged(panel: Panel, x: Expr, universe: Expr | None = None) -> dict[str, str]:
    model = Ridge().fit(X=[features.ret(5), x], y=fwd_ret(5), universe=universe)
    report = evaluate(walk_forward(model, folds=3), panel)
    found = look_ahead(report)
    assert list(report.known_later) == list(report.warnings[: len(report.known_later)])
    assert (found["verdict"] == "found") is bool(report.known_later)
    return found


def industries(close: pd.DataFrame) -> pd.DataFrame:
    """Sorted anew every quarter by the gain so far."""
    rank = (close / close.iloc[0]).rank(axis=1).iloc[20::60].reindex(close.index).ffill().bfill()
    return rank.apply(lambda row: row.map(lambda r: f"i{int(r // 6.1)}"))


def test_groups_of_the_last_day_are_told_where_others_show_that_they_changed(close: pd.DataFrame) -> None:
    by_date = industries(close)
    now, then = (pd.DataFrame([by_date.iloc[at]] * SESSIONS, close.index) for at in (-1, 0))
    held = panel(close, by_date=by_date, now=now, then=then)
    found = judged(held, group.mean(features.ret(10), data.now))
    assert found["because"].startswith(
        "now is what by_date is on each asset's last session, for all 30 assets"
    )
    assert judged(held, group.mean(features.ret(10), data.by_date))["verdict"] == "none found"
    assert judged(held, group.mean(features.ret(10), data.then))["verdict"] == "none found"


@pytest.fixture(scope="module")
def split_prices(close: pd.DataFrame) -> Panel:
    rng = np.random.default_rng(9)
    factor = np.ones(close.shape)
    for name in range(0, NAMES, 2):
        factor[: rng.integers(80, 220), name] = 4.0
    raw = close * factor
    shares = pd.DataFrame(rng.lognormal(10, 1, close.shape), close.index, close.columns) / factor
    return panel(close, unadjusted=raw, adj_only=close, volume=shares * factor)


def test_a_level_of_adjusted_prices_is_told_and_a_ratio_is_not(split_prices: Panel) -> None:
    found = judged(split_prices, cs.rank(data.close))
    assert "cs.rank(close) is another when the level of close (beside unadjusted)" in found["because"]
    for honest in (cs.rank(data.unadjusted), features.ret(20), data.close / data.adj_only, features.adv(10)):
        assert judged(split_prices, honest)["verdict"] == "none found"
    assert "the universe is another" in judged(split_prices, features.ret(10), data.close > 40)["because"]
    assert (
        "adj_only"
        in judged(split_prices, if_else(data.adj_only > 40, features.ret(3), features.ret(9)))["because"]
    )


def test_the_unadjusted_one_of_two_prices_is_known_by_its_jumps(split_prices: Panel) -> None:
    assert adjusted_by("close", split_prices.fields) == "unadjusted"
    assert adjusted_by("unadjusted", split_prices.fields) is None


def test_a_study_says_it_too(close: pd.DataFrame) -> None:
    report = study(
        data.smooth / data.close,
        y=fwd_ret(5),
        panel=panel(close, smooth=close.rolling(9, center=True).mean()),
    )
    assert look_ahead(report)["verdict"] == "found"


def test_a_universe_by_the_level_of_adjusted_prices_is_told(close: pd.DataFrame) -> None:
    raw = close.copy()
    for j in (3, 8, 13):
        raw.iloc[: 100 + j, j] *= 2
    held = panel(close, close_raw=raw)
    cheapest = float(close.min().nsmallest(1).iloc[0]) + 0.01  # that one asset alone is below it
    for level in (50, cheapest):
        assert "the universe is another" in judged(held, features.ret(20), data.close > level)["because"]
    assert judged(held, features.ret(20), data.close_raw > 50)["verdict"] != "found"
