"""The small, seeded files that the pairs read. `write(folder, name)` puts one there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

SESSIONS, NAMES = 260, 24
SYMBOLS = [f"S{j:02d}" for j in range(NAMES)]


def days(count: int = SESSIONS) -> pd.DatetimeIndex:
    return pd.bdate_range("2021-01-04", periods=count, name="date")


def long(**wide: np.ndarray) -> pd.DataFrame:
    """Sessions x names arrays as one long table, by date and then symbol."""
    count, width = next(iter(wide.values())).shape
    table = pd.DataFrame({"date": np.repeat(days(count), width), "symbol": np.tile(SYMBOLS[:width], count)})
    return table.assign(**{name: values.ravel() for name, values in wide.items()})


def returns(rng: np.random.Generator, count: int = SESSIONS, width: int = NAMES) -> np.ndarray:
    """A market, a few sectors and noise whose size changes in time."""
    sector = np.arange(width) % 4
    size = np.ones(count)
    for t in range(1, count):
        size[t] = size[t - 1] ** 0.97 * np.exp(rng.normal(0, 0.06))
    size = size[:, None]
    market = rng.normal(0.0003, 0.008, (count, 1))
    return market + size * (
        rng.normal(0, 0.008, (count, 4))[:, sector] + rng.normal(0, 0.014, (count, width))
    )


def prices() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    close = 50 * np.exp(np.cumsum(returns(rng), 0))
    open_ = close * np.exp(rng.normal(0, 0.006, close.shape))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, 0.006, close.shape)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, 0.006, close.shape)))
    table = long(open=open_, high=high, low=low, close=close, volume=rng.lognormal(11, 0.8, close.shape))
    table["volume"] = table["volume"].round()
    return table.assign(sector=[f"sector{int(s[1:]) % 4}" for s in table["symbol"]])


def candidates() -> pd.DataFrame:
    """Prices and forty columns of pure noise, as a vendor's pack of signals."""
    rng = np.random.default_rng(19)
    table = prices()[["date", "symbol", "close"]]
    noise = {f"x{k:02d}": rng.normal(size=len(table)).round(6) for k in range(40)}
    return table.assign(**noise)


def holes() -> pd.DataFrame:
    """Prices with two vendor columns of which a third is missing."""
    rng = np.random.default_rng(23)
    table = prices()[["date", "symbol", "close"]]
    for name in ("quality", "value"):
        column = rng.normal(size=len(table))
        table[name] = np.where(rng.random(len(table)) < 0.35, np.nan, column)
    return table


def index() -> pd.DataFrame:
    rng = np.random.default_rng(31)
    count = 700
    level = 100 * np.exp(np.cumsum(rng.normal(0.0002, 0.011, count)))
    return pd.DataFrame({"date": days(count), "level": level, "credit": rng.normal(size=count).cumsum()})


def issuers() -> pd.DataFrame:
    """One row a listed line at one date; most issuers have two lines with nearly the same ratios."""
    rng = np.random.default_rng(5)
    rows = []
    for i in range(160):
        ratios = rng.normal(size=5)
        default = int(rng.random() < 1 / (1 + np.exp(2.0 - 0.6 * ratios[0])))
        for line in "AB"[: 1 + (i % 3 > 0)]:
            noisy = ratios + rng.normal(0, 0.02, 5)
            rows.append((f"{i:03d}.{line}", f"I{i:03d}", "2021-06-30", *noisy.round(4), default))
    return pd.DataFrame(
        rows, columns=["ticker", "issuer", "as_of", "leverage", "margin", "cover", "size", "age", "default"]
    )


def delivery_a() -> pd.DataFrame:
    table = prices()[["date", "symbol", "close", "volume"]]
    return table[table["date"] <= days()[189]]


def delivery_b() -> pd.DataFrame:
    """The second delivery begins before the first one ends."""
    table = prices()[["date", "symbol", "close", "volume"]]
    return table[table["date"] >= days()[100]]


def news() -> pd.DataFrame:
    rng = np.random.default_rng(41)
    words = np.array([f"word{k:03d}" for k in range(220)])
    table = prices()[["date", "symbol"]].sample(1500, random_state=1).sort_values(["date", "symbol"])
    return table.assign(headline=[" ".join(rng.choice(words, 6)) for _ in range(len(table))])


def ratings() -> pd.DataFrame:
    """A score a name and week; it follows the price of the weeks before."""
    rng = np.random.default_rng(43)
    wide = prices().pivot(index="date", columns="symbol", values="close")
    score = np.log(wide).diff(15).iloc[4::10] + rng.normal(0, 0.03, wide.iloc[4::10].shape)
    return score.dropna().stack().rename("score").reset_index().rename(columns={"date": "given_on"})


def estimates() -> pd.DataFrame:
    """Analysts' estimates of a quarter, made through it, that follow the price."""
    rng = np.random.default_rng(47)
    wide = np.log(prices().pivot(index="date", columns="symbol", values="close"))
    rows = []
    for at in range(3, SESSIONS, 5):
        made = wide.index[at]
        for symbol in SYMBOLS:
            eps = 2.0 + 4.0 * (wide.iloc[at][symbol] - np.log(50)) + rng.normal(0, 0.15)
            rows.append((symbol, f"{made.year}Q{made.quarter}", made, eps))
    return pd.DataFrame(rows, columns=["symbol", "quarter", "made_on", "eps"])


def announcements() -> pd.DataFrame:
    """Good news comes earlier than the calendar said, bad news later."""
    return _announcing()[1]


def announced_prices() -> pd.DataFrame:
    return _announcing()[0]


def _announcing() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(53)
    moves, calendar, rows = returns(rng), days(), []
    for j, symbol in enumerate(SYMBOLS):
        for quarter, expected in enumerate(range(25 + j % 12, SESSIONS - 12, 45)):
            surprise = rng.normal()
            actual = expected - int(np.clip(round(4 * surprise), -8, 8))
            moves[actual, j] += 0.05 * surprise
            rows.append((symbol, quarter, calendar[expected], calendar[actual]))
    table = pd.DataFrame(rows, columns=["symbol", "quarter", "expected", "announced"])
    return long(close=50 * np.exp(np.cumsum(moves, 0))), table


def closes_utc() -> pd.DataFrame:
    """Tokyo opens on what New York did after Tokyo's close of the same date."""
    rng = np.random.default_rng(59)
    calendar = days(500)
    york = rng.normal(0, 0.011, 500)
    tokyo = 0.35 * np.roll(york, 1) + rng.normal(0, 0.010, 500)
    tokyo[0] = 0.0
    stamp = calendar.tz_localize("UTC")
    parts = [
        pd.DataFrame({"date": calendar, "market": m, "closed_at": stamp + pd.Timedelta(hours=h), "ret": r})
        for m, h, r in (("tokyo", 6, tokyo), ("new_york", 21, york))
    ]
    return pd.concat(parts).sort_values(["closed_at"])


def funds() -> pd.DataFrame:
    """Monthly returns; a fund that joins the database brings its good past with it."""
    rng = np.random.default_rng(61)
    months = pd.date_range("2012-01-31", periods=96, freq="ME")
    parts = []
    for i in range(60):
        joins = int(rng.integers(12, 60))
        ret = rng.normal(0.002, 0.03, 96)
        ret[:joins] += 0.012
        listed = months[joins]
        parts.append(pd.DataFrame({"month": months, "fund": f"F{i:02d}", "ret": ret, "listed_on": listed}))
    return pd.concat(parts, ignore_index=True)


def delistings() -> pd.DataFrame:
    """A third of the names falls for some weeks and is taken off; what is left pays a tenth."""
    rng = np.random.default_rng(67)
    moves = returns(rng, width=NAMES)
    ends = {j: int(rng.integers(90, 245)) for j in range(0, NAMES, 3)}
    for j, end in ends.items():
        moves[end - 30 : end, j] += -0.008
    close = 50 * np.exp(np.cumsum(moves, 0))
    for j, end in ends.items():
        close[end:, j] = np.nan
    return long(close=close).dropna()


def auctions() -> pd.DataFrame:
    """Six measures of an order book and the move of the next session; what they are worth drifts."""
    rng = np.random.default_rng(71)
    table = long(**{f"f{k}": rng.normal(size=(150, 20)).round(4) for k in range(6)})
    f = [table[f"f{k}"].to_numpy() for k in range(6)]
    at = np.repeat(np.arange(150) / 150, 20)
    drift = np.sign(np.sin(at * 19))
    signal = 0.25 * f[0] + 0.35 * np.abs(f[1]) * (at > 0.75) + 0.3 * drift * f[2] * (f[3] > 0)
    return table.assign(next_move=(signal + rng.normal(0, 1.0, len(table))).round(4))


def wide_market() -> pd.DataFrame:
    """More sessions and names, for alpha_bench's own language."""
    rng = np.random.default_rng(73)
    close = 50 * np.exp(np.cumsum(rng.normal(0.0002, 0.018, (300, 40)), 0))
    return _wide(close).assign(volume=rng.lognormal(11, 0.8, close.size).round())


def _wide(close: np.ndarray) -> pd.DataFrame:
    names = [f"S{j:02d}" for j in range(close.shape[1])]
    keys = pd.MultiIndex.from_product([days(len(close)), names], names=["date", "symbol"])
    return pd.DataFrame({"close": close.ravel()}, keys).reset_index()


def sectors() -> pd.DataFrame:
    return pd.DataFrame([(f"S{j:02d}", f"sector{j % 8}") for j in range(40)], columns=["symbol", "sector"])


def with_forward() -> pd.DataFrame:
    table = wide_market()
    return table.assign(forward=table.groupby("symbol")["close"].shift(-10) / table["close"] - 1)


def _consensus(*, whole: bool) -> pd.DataFrame:
    rng = np.random.default_rng(79)
    table = wide_market()
    table["estimate"] = table["close"] * np.exp(rng.normal(0, 0.05, len(table)))
    cell = table.groupby(["symbol", table["date"].dt.to_period("Q").astype(str)])["estimate"]
    mean = cell.transform("mean") if whole else cell.transform(lambda e: e.expanding().mean())
    return table.assign(consensus=mean).drop(columns="estimate")


def consensus_whole() -> pd.DataFrame:
    return _consensus(whole=True)


def consensus_so_far() -> pd.DataFrame:
    return _consensus(whole=False)


def classified() -> pd.DataFrame:
    """An industry code by date: every quarter the names are sorted by what they gained so far. And the code at the end."""
    table = wide_market()
    close = table.pivot(index="date", columns="symbol", values="close")
    gained = (close / close.iloc[0]).rank(axis=1)
    code = (gained.iloc[20::60] // 10.1 + 1).reindex(close.index).ffill().fillna(1.0)
    code = code.stack().rename("ind").reset_index()
    table = table.merge(code, on=["date", "symbol"])
    return table.assign(ind_last=table.groupby("symbol")["ind"].transform("last"))


def splits() -> pd.DataFrame:
    """Prices before splits (four for one above 60) and the same adjusted backwards from the last day."""
    table = wide_market()
    close = table.pivot(index="date", columns="symbol", values="close").to_numpy()
    raw, factor = close.copy(), np.ones(close.shape)
    for j in range(raw.shape[1]):
        for t in range(1, len(raw)):
            if raw[t, j] > 60:
                raw[t:, j] /= 4
                factor[:t, j] *= 4
    tables = {"close": raw * 0 + close, "raw_close": raw, "adj_close": raw / factor}
    return table.assign(**{name: values.ravel() for name, values in tables.items()})


def estimates_backward() -> pd.DataFrame:
    return _estimates(filled="bfill")


def estimates_forward() -> pd.DataFrame:
    return _estimates(filled="ffill")


def _estimates(*, filled: str) -> pd.DataFrame:
    """Of each name every twentieth session or so an estimate that follows its price; the gaps filled."""
    rng = np.random.default_rng(83)
    table = wide_market()
    known = rng.random(len(table)) < 0.06
    table["estimate"] = (table["close"] * np.exp(rng.normal(0, 0.02, len(table)))).where(known)
    table["estimate"] = getattr(table.groupby("symbol")["estimate"], filled)()
    return table


def smoothed_centred() -> pd.DataFrame:
    return _smoothed(center=True)


def smoothed_trailing() -> pd.DataFrame:
    return _smoothed(center=False)


def _smoothed(*, center: bool) -> pd.DataFrame:
    table = wide_market()
    smooth = table.groupby("symbol")["close"].transform(lambda p: p.rolling(15, center=center).mean())
    return table.assign(smooth=smooth)


def level_of_all() -> pd.DataFrame:
    table = wide_market()
    return table.assign(level=table["close"] / table.groupby("symbol")["close"].transform("mean"))


def level_so_far() -> pd.DataFrame:
    table = wide_market()
    mean = table.groupby("symbol")["close"].transform(lambda p: p.expanding().mean())
    return table.assign(level=table["close"] / mean)


def caps() -> pd.DataFrame:
    """With the market value by date."""
    table = wide_market()
    return table.assign(market_value=table["close"] * (table.groupby("symbol").ngroup() % 7 + 1))


def cap_last() -> pd.DataFrame:
    return caps().groupby("symbol")["market_value"].last().rename("cap").reset_index()


def cap_first() -> pd.DataFrame:
    return caps().groupby("symbol")["market_value"].first().rename("cap").reset_index()


def buckets_of_all() -> pd.DataFrame:
    return _buckets(wide_market())


def buckets_at_start() -> pd.DataFrame:
    table = wide_market()
    return _buckets(table[table["date"] <= days()[40]])


def _buckets(table: pd.DataFrame) -> pd.DataFrame:
    """Fifths of the gain, and the gain itself by rank."""
    price = table.groupby("symbol")["close"]
    rank = (price.last() / price.first()).rank()
    bucket = "b" + ((rank - 1) // 8).astype(int).astype(str)
    return pd.DataFrame({"symbol": rank.index, "bucket": bucket.to_numpy(), "score": rank.to_numpy()})


def eps_at_period_end() -> pd.DataFrame:
    return _filed(delay=0)


def eps_as_filed() -> pd.DataFrame:
    return _filed(delay=25)


def _filed(*, delay: int) -> pd.DataFrame:
    """Earnings of a quarter that the price learns of in the weeks after its end; they stand ``delay`` sessions after it."""
    rng = np.random.default_rng(89)
    table = wide_market()
    close = table.pivot(index="date", columns="symbol", values="close")
    ends = np.flatnonzero(close.index.to_period("Q")[1:] != close.index.to_period("Q")[:-1])
    eps = pd.DataFrame(np.nan, close.index, close.columns)
    eps.iloc[0] = close.iloc[0].to_numpy()
    for end in ends:
        told = min(end + 25, len(close) - 1)
        value = close.iloc[told] * np.exp(rng.normal(0, 0.03, close.shape[1]))
        if end + delay < len(close):
            eps.iloc[end + delay] = value.to_numpy()
    held = eps.ffill().stack().rename("eps").reset_index()
    return table.merge(held, on=["date", "symbol"], how="left")


def two_prices() -> pd.DataFrame:
    """As `splits`, under names that do not tell which of the two is adjusted."""
    return splits().rename(columns={"adj_close": "px", "raw_close": "px_raw"})


def industries() -> pd.DataFrame:
    table = classified()
    return table.assign(industry="i" + table["ind"].astype(int).astype(str)).drop(columns=["ind", "ind_last"])


def industries_now() -> pd.DataFrame:
    return industries().groupby("symbol")["industry"].last().rename("industry_now").reset_index()


FILES: dict[str, Callable[[], pd.DataFrame]] = {
    f.__name__: f
    for f in (
        prices, candidates, holes, index, issuers, delivery_a, delivery_b, news, ratings, estimates,
        announcements, announced_prices, closes_utc, funds, delistings, auctions,
        wide_market, sectors, with_forward, consensus_whole, consensus_so_far, classified, splits,
        estimates_backward, estimates_forward, smoothed_centred, smoothed_trailing, level_of_all, level_so_far, caps, cap_last,
        cap_first, buckets_of_all, buckets_at_start, eps_at_period_end, eps_as_filed, two_prices, industries, industries_now,
    )
}  # fmt: skip


def write(folder: Path, name: str) -> None:
    FILES[name]().to_csv(folder / f"{name}.csv", index=False)
