"""What newcomers write, by kind: the mistake, what the answer says, and the way out that it names, which runs.

``x`` and ``y`` are factors, ``condition`` is one, ``m`` a model, ``report`` its report, on the embedded sample.
"""

from __future__ import annotations

from dataclasses import dataclass

PRELUDE = """x, y = features.ret(20), features.ret(5)
condition = x > 0
m = Ridge().fit(X=[x, y], y=fwd_ret_10d)
report = walk_forward(m, folds=2)"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """``says`` begins the answer, ``fix`` stands in it; ``runs`` is what a reader writes then: the fix, where it is code."""

    kind: str
    code: str
    says: str
    fix: str
    runs: str


def _rows(kind: str, says: str, table: str) -> list[Mistake]:
    """One a line: ``mistake => fix``, or ``mistake => words of the answer => code``."""
    rows = [line.split(" => ") for line in table.strip().splitlines()]
    return [Mistake(kind=kind, code=row[0], says=says, fix=row[1], runs=row[-1]) for row in rows]


MISTAKES: list[Mistake] = [
    *_rows(
        "keyword of another library",
        "NBC-R03",
        """
features.ret(window_length=20) => features.ret(20)
features.ret(n=20) => features.ret(20)
features.ret(periods=20) => features.ret(20)
features.ret(lookback=20) => features.ret(20)
features.volatility(20, annualize=True) => features.volatility(20) * 252 ** 0.5
features.volatility(20, min_periods=5) => features.volatility(20)
features.ret(20, fill_method=None) => features.ret(20)
features.beta(252, benchmark=features.ret(1)) => features.beta(252, market=market)
ts.mean(x, 20, min_periods=5) => ts.mean(x, 20)
ts.mean(x, 20, center=True) => ts.mean(x, 20)
ts.mean(x, n=20) => ts.mean(x, 20)
ts.mean(x, period=20) => ts.mean(x, 20)
ts.mean(x, timeperiod=20) => ts.mean(x, 20)
ts.ewm(x, span=20) => ts.ewm(x, halflife=6.93)
ts.ewm(x, com=9.5) => ts.ewm(x, halflife=6.93)
ts.ewm(x, alpha=0.1) => ts.ewm(x, halflife=6.58)
ts.ewm(x, halflife=10, adjust=False) => ts.ewm(x, halflife=10)
ts.std(x, 20, ddof=0) => ts.std(x, 20) * (19 / 20) ** 0.5
ts.std(x, 20, ddof=1) => ts.std(x, 20)
ts.var(x, 20, ddof=0) => ts.var(x, 20) * (19 / 20)
ts.rank(x, 20, pct=True) => ts.rank(x, 20)
ts.quantile(x, 60, quantile=0.05) => ts.quantile(x, 60, 0.05)
ts.backfill(x, max_gap=5) => ts.backfill(x, 5)
cs.rank(x, ascending=False) => cs.rank(-x)
cs.rank(x, ascending=True) => cs.rank(x)
cs.rank(x, pct=True) => cs.rank(x)
cs.rank(x, method="average") => cs.rank(x)
cs.rank(x, axis=1) => cs.rank(x)
cs.rank(x, by=data.sector) => group.rank(x, data.sector)
cs.rank(x, groupby="sector") => group.rank(x, data.sector)
cs.zscore(x, group=data.sector) => group.zscore(x, data.sector)
cs.zscore(x, by="sector") => group.zscore(x, data.sector)
cs.demean(x, groups=data.sector) => group.demean(x, data.sector)
cs.zscore(x, mask=condition) => cs.zscore(where(x, condition))
cs.winsorize(x, limits=0.01) => cs.winsorize(x, 0.01)
cs.winsorize(x, limits=[0.01, 0.01]) => cs.winsorize(x, 0.01)
cs.quantile(x, q=5) => cs.quantile(x, 5)
cs.top(x, k=100) => cs.top(x, 100)
group.rank(x, by=data.sector) => group.rank(x, groups=data.sector)
neutralize(x, factors=[y]) => neutralize(x, exposures=exposures)
x.lag(n=1) => x.lag(1)
x.lag(periods=1) => x.lag(1)
x.delta(periods=5) => x.delta(5)
x.clip(upper=100) => x.minimum(100)
x.clip(lower=0) => x.maximum(0)
x.clip(lower=-1, upper=1) => x.clip(-1, 1)
labels.fwd_ret(periods=10) => labels.fwd_ret(10)
grid_search(Ridge(), {"alpha": [1.0]}, cv=3) => grid_search(Ridge(), {'alpha': [1.0]}, folds=3)
grid_search(Ridge(), param_grid={"alpha": [1.0]}) => grid_search(Ridge(), {'alpha': [1.0]})
grid_search(Ridge(), {"alpha": [1.0]}, scoring="ic") => grid_search(Ridge(), {'alpha': [1.0]}, score="ic")
grid_search(Ridge(), {"alpha": [1.0]}, n_jobs=-1) => grid_search(Ridge(), {'alpha': [1.0]})
random_search(Ridge(), {"alpha": [1.0]}, n_iter=5) => random_search(Ridge(), {'alpha': [1.0]}, n=5)
random_search(Ridge(), {"alpha": [1.0]}, random_state=3) => random_search(Ridge(), {'alpha': [1.0]}, seed=3)
Ridge().fit(X=[x], y=fwd_ret_10d, sample_weight=y) => Ridge().fit(X=[features.ret(20)], y=fwd_ret_10d, weights=features.adv(20))
""",
    ),
    *_rows(
        "argument missing or one too many",
        "NBC-R03",
        """
ts.mean(x) => ts.mean(x, 20)
ts.std(x) => ts.std(x, 20)
ts.ewm(x) => ts.ewm(x, halflife=10)
ts.corr(x, y) => ts.corr(x, y, 20)
ts.quantile(x, 60) => ts.quantile(x, 60, 0.05)
features.turnover() => features.turnover(20)
features.volatility() => features.volatility(20)
features.mom_12_1(252) => features.mom_12_1()
x.lag() => x.lag(1)
x.delta() => x.delta(20)
x.clip(1) => x.clip(1, 3)
cs.quantile(x) => cs.quantile(x, 5)
cs.top(x) => cs.top(x, 500)
cs.rank(x, 20) => cs.rank(x)
group.rank(x) => group.rank(x, groups=data.sector)
where(condition, x, y) => if_else(condition, x, y)
where(x > 0, x, 0) => if_else(condition, x, y)
labels.fwd_ret() => labels.fwd_ret(10)
standardize(x) => cs.zscore(x)
""",
    ),
    *_rows(
        "a step where a feature is meant",
        "NBC-R61",
        "rank(x) => cs.rank(x)\nwinsorize(x) => cs.winsorize(x, 0.01)",
    ),
    *_rows(
        "judged in another library's words",
        "NBC-R28",
        """
walk_forward(m, n_splits=2) => walk_forward(m, folds=2)
walk_forward(m, cv=2) => walk_forward(m, folds=2)
walk_forward(m, folds=2, gap=5) => walk_forward(m, embargo=5)
purged_kfold(m, n_splits=3) => purged_kfold(m, folds=3)
""",
    ),
    *_rows(
        "attribute of a frame",
        "NBC-R11",
        """
x.head() => x.to_frame().head()
x.tail() => x.to_frame().tail()
x.loc["2015"] => x.to_frame()
x.iloc[-5:] => x.to_frame().iloc[-5:]
x.shape => x.to_frame().shape
x.index => x.to_frame().index
x.columns => x.to_frame().columns
x.describe() => x.to_frame().stack().describe()
x.plot() => x.to_frame()
x.compute() => x.to_frame()
x.collect() => x.to_frame()
x.to_pandas() => x.to_frame()
x.to_numpy() => x.to_frame().to_numpy()
x.values => x.to_frame().to_numpy()
x.dropna() => x.known()
x.astype(float) => 1 * (x > 0)
x.copy() => x
x.stack() => x.to_series()
x.resample("W") => ts.mean(x, 5)
x.zscore() => cs.zscore(x)
x.demean() => cs.demean(x)
x.winsorize(0.01) => cs.winsorize(x, 0.01)
x.top(50) => cs.top(x, 500)
x.between(0, 1) => (x > 0) & (x < 1)
x.add(1) => x + y
x.log1p() => (1 + x).log()
x.shift(1) => x.lag(1)
x.rolling(20) => ts.mean(x, 20)
x.pct_change(20) => features.ret(20, x)
x.diff() => x.delta(1)
x.mean() => cs.mean(x)
x.std() => cs.std(x)
x.max() => ts.max(x, 20)
x.rank() => cs.rank(x)
x.fillna(0) => ts.backfill(x, 5)
x.ffill() => ts.backfill(x, 5)
x.isna() => x.missing()
x.groupby("sector") => group.demean(x, data.sector)
x.apply(abs) => ts.mean(x, 20)
x.corr(y) => ts.corr(x, y, 60)
x.cumsum() => ts.sum(x, 252)
x.ewm(10) => ts.ewm(x, halflife=10)
x.isin(["a"]) => data.sector.is_in("Energy", "Utilities")
x.mask(condition) => x.where(~condition)
""",
    ),
    *_rows(
        "field that is not one",
        "NBC-R11",
        """
data.columns => dir(data)
data.Close => data.close
data.clos => data.close
data.price => data.close
data.adj_close => data.close
data.returns => features.ret(1)
data.head() => data.close.to_frame()
data.index => data.close.to_frame().index
data.market_cap => features.size()
data.vol => data.volume
data["Volume"] => data.volume
""",
    ),
    *_rows(
        "function of another library",
        "NBC-R11",
        """
ts.sma(x, 20) => ts.mean(x, 20)
ts.ref(x, 5) => ts.lag(x, 20)
ts.delay(x, 5) => ts.lag(x, 20)
ts.ema(x, 10) => ts.ewm(x, halflife=20)
ts.shift(x, 1) => ts.lag(x, 20)
ts.stddev(x, 20) => ts.std(x, 20)
ts.correlation(x, y, 20) => ts.corr(x, y, 20)
ts.mena(x, 20) => ts.mean
cs.qcut(x, 5) => cs.quantile(x, 5)
cs.indneutralize(x) => group.demean(x, data.sector)
cs.normalize(x) => cs.zscore(x)
features.momentum(20) => features.mom_12_1()
features.rsi(14) => ts.mean(features.ret(1).maximum(0), 14) / ts.mean(abs(features.ret(1)), 14)
features.macd() => ts.ewm(data.close, halflife=4.15) - ts.ewm(data.close, halflife=9.01)
features.vol(20) => features.volatility(20)
features.returns(20) => features.ret(20, x)
features.market_cap() => features.size()
features.rett(20) => features.ret
features.bollinger(20) => ts.zscore(data.close, 20)
""",
    ),
    *_rows(
        "attribute of a report",
        "NBC-R11",
        """
report.ic => report.ic_mean
report.ir => report.icir
report.rank_ic => report.rank_ic_mean
report.t_stat => report.ic_t_newey_west
report.plot() => report.pictures()
report.save("x") => report.to_html()
report.summary() => dict(report.figures)
report.describe() => dict(report.figures)
report.to_csv("x.csv") => report.to_frames()
report.sharpe_ratio => report.sharpe
report.max_drawdown => report.drawdown
report.coef_ => report.folds[0].coef
report.to_dict() => dict(report.figures)
report["ic"] => report.ic_mean
report.shrpe => report.sharpe
""",
    ),
    *_rows(
        "a plan taken for a fitted model",
        "NBC-R11",
        """
m.summary() => report = walk_forward(m)
m.fit([x], y) => report = walk_forward(m)
m.predict(x) => report = walk_forward(m)
m.coef_ => report = walk_forward(m)
m.score() => report = walk_forward(m)
m.feature_importances_ => report = walk_forward(m)
m.X => m.features
m.y => m.label
Ridge.fit([x], y) => Ridge().fit
""",
    ),
    *_rows(
        "bare name",
        "NBC-R11",
        """
Ridge().fit(X=[x], y=fwd_ret_10) => fwd_ret_10d
Ridge().fit(X=[x], y=fwd_ret_10D) => fwd_ret_10d
Ridge().fit(X=[x], y=fwd_return_10d) => fwd_ret_10d
LinearRegression() => OLS()
RandomForestRegressor() => RandomForest(random_state=0)
LGBMRegressor() => LightGBM(random_state=0)
GridSearchCV(Ridge(), {}) => grid_search(Ridge(), {"alpha": [0.1, 1, 10]})
TimeSeriesSplit(5) => walk_forward(m, folds=5)
walk_foward(m) => walk_forward
close / 2 => data.close
sector => data.sector
zscore(x) => cs.zscore
ret(20) => features.ret
volatility(20) => features.volatility
np.log(x) => import numpy as np
pd.Series([1]) => import pandas as pd
rsi(14) => ts.mean(features.ret(1).maximum(0), 14) / ts.mean(abs(features.ret(1)), 14)
""",
    ),
    *_rows(
        "operand or value that cannot be",
        "NBC-R",
        """
features.beta(252, market="SPY") => features.beta(market=group.mean(features.ret(1), data.sector))
ts.mean("close", 20) => data.close => ts.mean(data.close, 20)
ts.mean(x > 0, "20w") => 20 or "20d" => ts.mean(x > 0, "20d")
x.to_frame("2015") => x.to_frame().loc['2015'] => x.to_frame()
inputs.prices => # inputs: => x
inputs["prices"] => # inputs: => x
x + "a" => data.close, features.ret(20) => x + data.close
x == None => x.missing()
x % 2 => @feature => x / 2
x // 2 => cs.quantile(x, 5)
x ^ y => x ** 2
if x > 0: pass => put each comparison in parentheses => (x > 0) & (y > 0)
x and y => & | ~ => (x > 0) & (y > 0)
condition & x => x > 0 => condition & (x > 0)
x.lag(-1) => use 0 or more => x.lag(0)
features.ret(20.5) => 20 or "20d" => features.ret(20)
features.ret("1w") => 20 or "20d" => features.ret("5d")
features.volatility(0) => use at least 2 => features.volatility(2)
data.sector.is_in("Finacials").to_frame() => 'Financials' => data.sector.is_in("Financials").to_frame()
x * data.sector => group.demean(x, sector) => group.demean(x, data.sector)
Ridge().fit(X=[x], y=x) => y=fwd_ret_10d => Ridge().fit(X=[x], y=fwd_ret_10d)
Ridge().fit(X=[fwd_ret_10d], y=fwd_ret_10d) => take the label out of it => Ridge().fit(X=[x], y=fwd_ret_10d)
Ridge().fit(X=[], y=fwd_ret_10d) => a list of expressions => Ridge().fit(X=[x, y], y=fwd_ret_10d)
Ridge().fit(X=[x, x], y=fwd_ret_10d) => leave one of them out => Ridge().fit(X=[x], y=fwd_ret_10d)
Ridge().fit(X=["x"], y=fwd_ret_10d) => write x without quotes => Ridge().fit(X=[x], y=fwd_ret_10d)
Ridge().fit(X=[data.sector], y=fwd_ret_10d) => sector == 'Energy' => Ridge().fit(X=[1 * (data.sector == 'Energy')], y=fwd_ret_10d)
Ridge().fit(X=[x.to_frame()], y=fwd_ret_10d) => X=[features.ret(20)], y=fwd_ret_10d => Ridge().fit(X=[features.ret(20)], y=fwd_ret_10d)
RandomForest().fit(X=[x], y=fwd_ret_10d) => random_state=0 => RandomForest(random_state=0)
Ridge(alhpa=1) => alpha => Ridge(alpha=1)
Ridge(alpha=-1) => alpha => Ridge(alpha=1)
walk_forward(Ridge()) => walk_forward(m)
walk_forward(m, folds=0) => folds=6 => walk_forward(m, folds=6)
walk_forward(m, folds=2, window="last:250") => window="expanding" => walk_forward(m, folds=2, window="expanding")
walk_forward(Ridge().fit(X=[x * 0], y=fwd_ret_10d), folds=2) => features.ret(20) => walk_forward(Ridge().fit(X=[features.ret(20)], y=fwd_ret_10d), folds=2)
Ridge().fit(X=[x], y=fwd_ret_10d, universe=500) => universe=cs.top(features.adv(20), 500) => Ridge().fit(X=[x], y=fwd_ret_10d, universe=cs.top(features.adv(20), 500))
float(x) => x.to_frame()
len(x) => x.to_frame()
x[0] => x.to_frame()
""",
    ),
]
