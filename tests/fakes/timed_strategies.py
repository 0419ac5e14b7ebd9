"""Strategies as they are written in plain Python: each trades before its signal is known, and its twin does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

HEAD = """# %% [meta]
# id: timing
# kind: signal
# horizon: 1d
# owner: desk
# inputs:
#   bars: bars.csv
#   spx: spx.csv
# signal: positions
# %% [setup]
import numpy as np
import pandas as pd

def sharpe(daily):
    return float(np.sqrt(252) * np.nanmean(daily) / np.nanstd(daily))

# %% [features]
bars = inputs["bars"]
o, h, l, c, v = (bars.pivot(index="day", columns="ticker", values=f) for f in ("open", "high", "low", "close", "volume"))
r = c.pct_change()
mom = c.pct_change(10)
"""


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """``leak`` or ``twin`` goes where ``code`` says HERE; the leak's P&L has ``sessions``."""

    name: str
    sessions: int
    code: str
    leak: str
    twin: str

    def text(self, part: str) -> str:
        return HEAD + self.code.replace("HERE", part)


def bars(sessions: int = 320, names: int = 10) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    days = pd.bdate_range("2020-01-06", periods=sessions).strftime("%Y-%m-%d")
    moves = rng.normal(0.0002, 0.009, (sessions, 1)) + rng.normal(0, 0.013, (sessions, names))
    close = 40 * np.exp(moves.cumsum(axis=0))
    before = np.vstack([close[:1], close[:-1]])
    open_ = before * np.exp(0.4 * np.log(close / before) + rng.normal(0, 0.004, close.shape))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0, 0.005, close.shape)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0, 0.005, close.shape)))
    return pd.DataFrame(
        {
            "day": np.repeat(days, names),
            "ticker": np.tile([f"N{n}" for n in range(names)], sessions),
            "open": open_.ravel(),
            "high": high.ravel(),
            "low": low.ravel(),
            "close": close.ravel(),
            "volume": rng.lognormal(12, 0.6, close.size).round(),
        }
    )


def spx(sessions: int = 500) -> pd.DataFrame:
    rng = np.random.default_rng(12)
    days = pd.bdate_range("2019-04-29", periods=sessions).strftime("%Y-%m-%d")
    level = 3000 * np.exp(rng.normal(0.0003, 0.011, sessions).cumsum())
    return pd.DataFrame({"date": days, "close": level})


STRATEGIES = (
    Strategy(
        name="filled at the open of its own bar",
        sessions=320,
        code="""
class Account:
    def __init__(self, bar):
        self.o, self.c = bar["open"].to_numpy(), bar["close"].to_numpy()
        self.held, self.gained = np.zeros(len(bar)), np.zeros(len(bar))

    def run(self, fast, slow):
        price = pd.Series(self.c)
        up = (price.ewm(span=fast).mean() > price.ewm(span=slow).mean()).to_numpy()
        for k in range(slow, len(self.c)):
            now = 1.0 if up[HERE] else -1.0
            night, day = self.o[k] / self.c[k - 1] - 1, self.c[k] / self.o[k] - 1
            self.gained[k] = self.held[k - 1] * night + now * day
            self.held[k] = now
        return self

# %% [model]
accounts = {name: (Account(bar).run(4, 12), bar["day"]) for name, bar in bars.groupby("ticker")}
positions = pd.DataFrame({name: pd.Series(one.held, day.values) for name, (one, day) in accounts.items()})
# %% [eval]
daily = pd.DataFrame({name: one.gained for name, (one, _) in accounts.items()}).mean(axis=1)
report = {"sharpe": sharpe(daily)}
""",
        leak="k",
        twin="k - 1",
    ),
    Strategy(
        name="numpy arrays",
        sessions=320,
        code="""
W = np.sign(mom.fillna(0).to_numpy())
positions = pd.DataFrame(W, c.index, c.columns)
# %% [eval]
R = r.fillna(0).to_numpy()
daily = HERE
report = {"sharpe": float(daily.mean() / daily.std() * 252**0.5)}
""",
        leak="(W * R).mean(axis=1)",
        twin="(W[:-1] * R[1:]).mean(axis=1)",
    ),
    Strategy(
        name="a loop over days",
        sessions=290,
        code="""
score = mom.rank(axis=1) - 5.5
positions = score.div(score.abs().sum(axis=1), axis=0).fillna(0)
# %% [eval]
weights, moves = positions.values, r.fillna(0).values
daily = []
for k in range(30, len(weights)):
    daily.append(float(weights[HERE] @ moves[k]))
report = {"mean_bps": 1e4 * np.mean(daily), "sharpe": sharpe(daily)}
""",
        leak="k",
        twin="k - 1",
    ),
    Strategy(
        name="a backtester of its own",
        sessions=319,
        code="""
class Broker:
    def __init__(self):
        self.book, self.orders, self.track, self.held = {}, {}, [], []

    def settle(self, bar):
        self.track.append(sum(w * bar[n] for n, w in self.book.items()))

class Follow:
    def __init__(self, broker, span):
        self.broker, self.span, self.past = broker, span, []

    def next(self, bar):
        self.past.append(bar)
        recent = pd.DataFrame(self.past[-self.span:]).mean()
        self.broker.orders = {n: np.sign(x) / len(recent) for n, x in recent.items()}

def run(days):
    broker = Broker()
    strategy = Follow(broker, 15)
    for _, bar in days.iterrows():
        HERE
        broker.held.append(dict(broker.orders))
    return broker

# %% [model]
done = run(r.dropna())
positions = pd.DataFrame(done.held, index=r.dropna().index)
# %% [eval]
report = {"sharpe": sharpe(np.array(done.track))}
""",
        leak="strategy.next(bar); broker.book = broker.orders; broker.settle(bar)",
        twin="broker.settle(bar); strategy.next(bar); broker.book = broker.orders",
    ),
    Strategy(
        name="rolled the wrong way",
        sessions=299,
        code="""
W = np.where(mom > 0, 1.0, -1.0) / c.shape[1]
positions = pd.DataFrame(W, c.index, c.columns)
# %% [eval]
gain = np.nansum(np.roll(W, HERE, axis=0) * r.to_numpy(), axis=1)[20:-1]
curve = np.cumprod(1 + gain)
report = {"total": float(curve[-1] - 1), "sharpe": sharpe(gain)}
""",
        leak="-1",
        twin="1",
    ),
    Strategy(
        name="scaled by a volatility that holds the day",
        sessions=299,
        code="""
raw = np.sign(c.pct_change(20)).shift(1)
vol = r.rolling(10).std()HERE
positions = (0.01 / vol * raw).clip(-5, 5)
# %% [eval]
daily = (positions * r).mean(axis=1).dropna()
report = {"sharpe": sharpe(daily)}
""",
        leak="",
        twin=".shift(1)",
    ),
    Strategy(
        name="out at the open because of the low",
        sessions=300,
        code="""
base = (mom > 0).astype(float).shift(1)
hit = l < 0.985 * o
positions = base.where(~hit, 0.0) HERE
# %% [eval]
day = c / o - 1
pnl = (positions * day).mean(axis=1).iloc[20:]
report = {"sharpe": pnl.mean() / pnl.std() * np.sqrt(252)}
""",
        leak="",
        twin="if False else base.where(~hit.shift(1, fill_value=False), 0.0)",
    ),
    Strategy(
        name="ranked at the close, bought at the open",
        sessions=320,
        code="""
rank = r.rank(axis=1, pct=True)
positions = ((rank > 0.7) * 1.0 - (rank < 0.3) * 1.0) / 6
# %% [eval]
intraday = np.log(c / o)
book = positionsHERE
pnl = book.mul(intraday).sum(axis=1)
report = {"annual": float(252 * pnl.mean()), "vol": float(pnl.std() * 252**0.5)}
""",
        leak="",
        twin=".shift(1)",
    ),
    Strategy(
        name="averages that cross, and costs",
        sessions=499,
        code="""
px = inputs["spx"].set_index("date")["close"]
fast, slow = px.rolling(5).mean(), px.rolling(20).mean()
positions = (fast > slow).astype(float)
# %% [eval]
held = positionsHERE
cost = 5e-4 * held.diff().abs()
strategy = (held * px.pct_change() - cost).dropna()
equity = (1 + strategy).cumprod()
report = {"cagr": float(equity.iloc[-1] ** (252 / len(equity)) - 1), "sharpe": sharpe(strategy)}
""",
        leak="",
        twin=".shift(1).fillna(0)",
    ),
    Strategy(
        name="overlapping holdings",
        sessions=300,
        code="""
pick = (mom.rank(axis=1) >= 8).astype(float) / 3
positions = pick.rolling(5).mean()
# %% [eval]
pnl = pd.Series(0.0, c.index)
for age in range(HERE):
    pnl = pnl + (pick.shift(age) * r).sum(axis=1) / 5
report = {"sharpe": sharpe(pnl.iloc[20:])}
""",
        leak="0, 5",
        twin="1, 6",
    ),
    Strategy(
        name="a long table",
        sessions=315,
        code="""
long = bars.sort_values(["ticker", "day"]).copy()
by = long.groupby("ticker")
long["ret"] = by["close"].pct_change()
long["w"] = np.sign(by["close"].pct_change(5))
long["held"] = HERE
positions = long.dropna(subset=["w"]).set_index(["day", "ticker"])["w"]
# %% [eval]
long["earned"] = long["held"] * long["ret"]
daily = long.dropna().groupby("day")["earned"].mean()
report = {"sharpe": sharpe(daily)}
""",
        leak='long["w"]',
        twin='by["w"].shift(1)',
    ),
    Strategy(
        name="log returns, three times",
        sessions=497,
        code="""
px = inputs["spx"].set_index("date")["close"]
lr = np.log(px).diff()
positions = 3 * np.tanh(40 * lr.rolling(3).mean())
# %% [eval]
equity = np.exp((positionsHERE * lr).cumsum())
made = equity.pct_change().dropna()
report = {"sharpe": sharpe(made), "end": float(equity.iloc[-1])}
""",
        leak="",
        twin=".shift(1)",
    ),
    Strategy(
        name="einsum",
        sessions=305,
        code="""
W = -(r.sub(r.mean(axis=1), axis=0)).rolling(2).sum().fillna(0).to_numpy()
W = -W / (np.abs(W).sum(axis=1, keepdims=True) + 1e-12)
positions = pd.DataFrame(W, c.index, c.columns)
# %% [eval]
R = r.fillna(0).to_numpy()
pnl = np.einsum("ij,ij->i", HERE)
report = {"sharpe": sharpe(pnl[15:])}
""",
        leak="W, R",
        twin="W[:-1], R[1:]",
    ),
    Strategy(
        name="months that earn themselves",
        sessions=13,
        code="""
end = c.groupby(pd.to_datetime(c.index).to_period("M").astype(str).to_numpy()).last()
end.index = pd.PeriodIndex(end.index, freq="M").to_timestamp("M")
monthly = end.pct_change()
positions = (monthly.rank(axis=1) > 5).astype(float) / 5
# %% [eval]
earned = (positionsHERE * monthly).sum(axis=1).iloc[2:]
report = {"mean": float(earned.mean()), "t": float(earned.mean() / earned.std() * len(earned) ** 0.5)}
""",
        leak="",
        twin=".shift(1)",
    ),
    Strategy(
        name="no name for the money",
        sessions=305,
        code="""
positions = mom.sub(mom.mean(axis=1), axis=0).div(mom.std(axis=1), axis=0)
# %% [eval]
report = {"sharpe": sharpe((positionsHERE * r).mean(axis=1).to_numpy()[15:])}
""",
        leak="",
        twin=".shift()",
    ),
    Strategy(
        name="a book scaled by its own day",
        sessions=290,
        code="""
base = np.sign(mom).shift(1) / c.shape[1]
gross = (base * r).sum(axis=1)
leverage = (0.006 / gross.rolling(5).std())HERE.clip(upper=4)
positions = base.mul(leverage, axis=0)
# %% [eval]
pnl = (leverage * gross).iloc[30:]
report = {"sharpe": sharpe(pnl)}
""",
        leak="",
        twin=".shift(1)",
    ),
    Strategy(
        name="dollars of a portfolio",
        sessions=319,
        code="""
target = (mom > mom.median().median()).astype(float)
positions = target.div(target.sum(axis=1).clip(lower=1), axis=0)

def simulate(weights, prices, cash=1_000_000.0):
    values = [cash]
    for day in range(1, len(prices)):
        growth = prices.iloc[day] / prices.iloc[day - 1] - 1
        values.append(values[-1] * (1 + float((weights.iloc[HERE] * growth).sum())))
    return pd.Series(values, prices.index)

# %% [eval]
account = simulate(positions, c)
report = {"sharpe": sharpe(account.pct_change().dropna())}
""",
        leak="day",
        twin="day - 1",
    ),
    Strategy(
        name="best against worst, of scores",
        sessions=320,
        code="""
positions = r.rolling(3).mean()
best, worst = positions.rank(axis=1) > 7, positions.rank(axis=1) < 4
# %% [eval]
made = r.where(bestHERE).mean(axis=1) - r.where(worstHERE).mean(axis=1)
report = {"sharpe": sharpe(made.fillna(0.0))}
""",
        leak="",
        twin=".shift(1, fill_value=False)",
    ),
    Strategy(
        name="a fifth of the names, day after day",
        sessions=306,
        code="""
positions = -mom
# %% [eval]
spread = []
for today, before in zip(r.index[14:], r.index[13:-1]):
    order = positions.loc[HERE].sort_values().index
    spread.append(r.loc[today, order[-2:]].mean() - r.loc[today, order[:2]].mean())
spread = np.asarray(spread)
report = {"bps": float(1e4 * spread.mean()), "t": float(spread.mean() / spread.std() * len(spread) ** 0.5)}
""",
        leak="today",
        twin="before",
    ),
    Strategy(
        name="money that is only counted",
        sessions=499,
        code="""
px = inputs["spx"].set_index("date")["close"]
positions = (px.rolling(3).mean() > px.rolling(15).mean()).astype(int)
# %% [eval]
money = [1.0]
state, moves = positions.tolist(), px.pct_change().tolist()
for t in range(1, len(moves)):
    money.append(money[-1] * (1 + state[HERE] * moves[t]))
report = {"growth": money[-1]}
""",
        leak="t",
        twin="t - 1",
    ),
    Strategy(
        name="the sign of a forecast",
        sessions=490,
        code="""
px = inputs["spx"].set_index("date")["close"]
move = np.log(px / px.shift())
positions = move.ewm(span=4).mean()
# %% [eval]
side = np.where(positions > 0, 1, -1)
gained = side[HERE] * move.to_numpy()[10:]
report = {"hit": float((gained > 0).mean()), "sharpe": sharpe(gained)}
""",
        leak="10:",
        twin="9:-1",
    ),
    Strategy(
        name="a target of volatility that knows the day",
        sessions=289,
        code="""
positions = np.sign(mom) / c.shape[1]
raw = (positions.shift(1) * r).sum(axis=1).iloc[11:]
# %% [eval]
size = (0.01 / raw.ewm(span=6).std())HERE
scaled = (size * raw).iloc[20:]
report = {"sharpe": sharpe(scaled)}
""",
        leak="",
        twin=".shift(1)",
    ),
    Strategy(
        name="entered and left in one bar",
        sessions=500,
        code="""
px = inputs["spx"].set_index("date")["close"]
state, held, gains = 0, [], [0.0]
values = px.to_numpy()
held.append(0)
for t in range(1, len(values)):
    old = state
    window = values[max(0, t - 20): t]
    if values[t] > window.max():
        state = 1
    elif values[t] < window.min():
        state = 0
    held.append(state)
    gains.append((HERE) * (values[t] / values[t - 1] - 1))
positions = pd.Series(held, px.index)
# %% [eval]
report = {"sharpe": sharpe(np.array(gains))}
""",
        leak="state",
        twin="old",
    ),
)

HONEST = {
    "shifted where it is made": """
positions = np.sign(mom).shift(1)
# %% [eval]
pnl = (positions * r).mean(axis=1).dropna()
report = {"sharpe": pnl.mean() / pnl.std() * 252**0.5}
""",
    "decided at the open, earned to the close": """
gap = o / c.shift(1) - 1
positions = -np.sign(gap).where(gap.abs() > 0.003, 0.0)
# %% [eval]
pnl = (positions * (c / o - 1)).mean(axis=1)
report = {"sharpe": sharpe(pnl.iloc[5:])}
""",
    "monthly, with costs and all the other figures": """
month = pd.to_datetime(c.index).month.to_numpy()
first = pd.Series(month, c.index).diff().ne(0)
pick = (c.pct_change(40).rank(axis=1) > 5).astype(float) / 5
positions = pick.where(first, axis=0).ffill()
# %% [eval]
held = positions.shift(1)
turnover = positions.diff().abs().sum(axis=1)
pnl = ((held * r).sum(axis=1) - 0.002 * turnover).iloc[45:]
equity = (1 + pnl).cumprod()
drawdown = equity / equity.cummax() - 1
ic = held.corrwith(r, axis=1, method="spearman")
beta = pnl.rolling(60).cov(r.mean(axis=1)) / r.mean(axis=1).rolling(60).var()
report = {
    "sharpe": sharpe(pnl), "turnover": float(turnover.mean()), "worst": float(drawdown.min()), "pain": float(drawdown.mean()),
    "sortino": float(pnl.mean() / pnl.clip(upper=0).std()), "ic": float(ic.mean() / ic.std()), "hits": float((pnl > 0).mean()),
    "beta": float(beta.mean()), "bench": float(r.mean(axis=1).mean()), "dollars": float((c * v).sum(axis=1).mean()),
}
""",
    "the returns that follow": """
positions = mom.rank(axis=1, pct=True) - 0.5
# %% [eval]
ahead = r.shift(-1)
pnl = (positions * ahead).mean(axis=1).dropna()
report = {"sharpe": sharpe(pnl)}
""",
    "a stop that is filled at its price": """
positions = (mom > 0).astype(float)
# %% [eval]
stop = 0.98 * c.shift(1)
made = r.where(l > stop, np.minimum(o, stop) / c.shift(1) - 1)
pnl = (positions.shift(1) * made).mean(axis=1).iloc[20:]
report = {"sharpe": sharpe(pnl)}
""",
    "bought and held": """
positions = pd.DataFrame(1 / c.shape[1], c.index, c.columns)
# %% [eval]
pnl = (positions * r).sum(axis=1)
report = {"sharpe": sharpe(pnl.iloc[1:])}
""",
    "shares that drift with their prices": """
shares = (10_000 / c.iloc[0])
positions = c.mul(shares, axis=1).div(c.mul(shares, axis=1).sum(axis=1), axis=0)
# %% [eval]
value = c.mul(shares, axis=1).sum(axis=1)
daily = value.pct_change().dropna()
report = {"sharpe": sharpe(daily)}
""",
    "weighted by what was traded the day before": """
dollars = c * v
positions = dollars.div(dollars.sum(axis=1), axis=0)
# %% [eval]
index = (positions.shift(1) * r).sum(axis=1)
report = {"mean": float(index.mean()), "vol": float(index.std()), "traded": float(dollars.sum(axis=1).mean())}
""",
    "from open to open": """
positions = np.sign(r.rolling(3).sum())
# %% [eval]
pnl = (positions * (o.shift(-2) / o.shift(-1) - 1)).mean(axis=1).dropna()
report = {"sharpe": sharpe(pnl)}
""",
    "overnight": """
positions = -np.sign(c / o - 1)
# %% [eval]
night = o.shift(-1) / c - 1
pnl = (positions * night).mean(axis=1).dropna()
report = {"sharpe": sharpe(pnl)}
""",
    "a log book, leveraged, with costs of the next position": """
lr = np.log(c).diff()
positions = 2 * np.tanh(50 * lr.rolling(4).mean())
# %% [eval]
traded = (positions - positions.shift(1)).abs().mean(axis=1)
book = (positions.shift(1) * lr).mean(axis=1) - 0.001 * traded
wealth = np.exp(book.cumsum())
report = {"sharpe": sharpe(wealth.pct_change().dropna()), "end": float(wealth.iloc[-1])}
""",
    "clipped returns and a target of volatility": """
tame = r.clip(-0.03, 0.03)
positions = np.sign(tame.rolling(12).mean())
# %% [eval]
raw = (positions.shift(1) * tame).mean(axis=1)
lever = (0.1 / (raw.rolling(30).std() * 252**0.5)).clip(upper=3).shift(1)
pnl = (lever * raw).dropna()
report = {"sharpe": sharpe(pnl), "realised": float((r**2).mean(axis=1).mean() ** 0.5)}
""",
    "how it did on the day itself, beside what it earned": """
positions = np.sign(mom)
# %% [eval]
pnl = (positions.shift(1) * r).mean(axis=1).dropna()
report = {"sharpe": sharpe(pnl), "agrees": float((positions == np.sign(r)).mean().mean())}
""",
    "hedged against the market": """
market = r.mean(axis=1)
beta = r.rolling(60).cov(market).div(market.rolling(60).var(), axis=0)
rest = r - beta.shift(1).mul(market, axis=0)
positions = -np.sign(rest.rolling(5).sum())
# %% [eval]
pnl = (positions.shift(1) * rest).mean(axis=1).iloc[70:]
report = {"sharpe": sharpe(pnl), "market": sharpe(market)}
""",
    "scores, and the spread of the day after": """
positions = r.rolling(3).mean()
# %% [eval]
best = (positions.rank(axis=1) > 7).shift(1, fill_value=False)
made = r.where(best).mean(axis=1)
report = {"sharpe": sharpe(made.fillna(0.0)), "all": sharpe(r.mean(axis=1))}
""",
    "up and down days of the market": """
market = r.mean(axis=1)
positions = np.sign(r.rolling(5).mean())
# %% [eval]
pnl = (positions.shift(1) * r).mean(axis=1).iloc[6:]
up = (market > 0).astype(float).iloc[6:]
wins = (pnl > 0).astype(float)
report = {"sharpe": sharpe(pnl), "up": float((pnl * up).sum()), "factor": float((pnl * wins).sum() / -(pnl * (1 - wins)).sum())}
""",
    "a reversal of the day before, by ranks": """
positions = -r.rank(axis=1, pct=True) + 0.55
# %% [eval]
W = positions.div(positions.abs().sum(axis=1), axis=0).fillna(0).to_numpy()
pnl = np.array([W[k - 1] @ r.to_numpy()[k] for k in range(2, len(W))])
report = {"sharpe": sharpe(pnl)}
""",
    "a fund that is sized by what it has": """
px = inputs["spx"].set_index("date")["close"]
positions = np.sign(px.pct_change(5))
# %% [eval]
ret = (positions.shift(1) * px.pct_change()).fillna(0.0)
wealth = 1e6 * (1 + ret).cumprod()
dollars = wealth.shift(1, fill_value=1e6) * ret
peak = wealth.cummax()
report = {"sharpe": sharpe(ret), "dollars": float(dollars.sum()), "under": float((wealth / peak - 1).mean())}
""",
    "a market that is weighted by size": """
size = c * 1_000
share = size.div(size.sum(axis=1), axis=0)
market = (share * r).sum(axis=1)
positions = np.sign(mom.sub(mom.mean(axis=1), axis=0))
# %% [eval]
pnl = (positions.shift(1) * r).mean(axis=1).iloc[12:]
report = {"sharpe": sharpe(pnl), "market": sharpe(market), "beta": float(np.cov(pnl, market.iloc[12:])[0, 1] / market.var())}
""",
}
