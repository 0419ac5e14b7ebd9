"""What people write by habit of pandas, qlib, WorldQuant, zipline and scikit-learn, and what it is called here."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping

from alpha_bench.errors import UnknownName, unknown_name

PANDAS_METHODS: Mapping[str, str] = {
    "rolling": "ts.mean(x, 20), ts.std(x, 20), ts.sum(x, 20), ... are the rolling operators",
    "expanding": "windows are fixed: ts.mean(x, 252) is the mean of the last 252 sessions",
    "ewm": "ts.ewm(x, halflife=10) is the exponentially weighted mean; span=s is halflife=log(2) / log((s + 1) / (s - 1)), com=c is log(2) / log(1 + 1 / c)",
    "shift": "x.lag(1) is yesterday's value; there is no way to read tomorrow's",
    "pct_change": "features.ret(20, x) is the return over 20 sessions",
    "diff": "x.delta(1) is the change since yesterday",
    "rank": "cs.rank(x) ranks the assets of each session; ts.rank(x, 20) ranks today among the last 20 sessions",
    "mean": "ts.mean(x, 20) over time, or cs.mean(x) across assets",
    "std": "ts.std(x, 20) over time, or cs.std(x) across assets",
    "max": "ts.max(x, 20) over time; x.maximum(y) of two expressions",
    "min": "ts.min(x, 20) over time; x.minimum(y) of two expressions",
    "sum": "ts.sum(x, 20) over time",
    "prod": "ts.product(x, 20) over time",
    "var": "ts.var(x, 20) over time",
    "skew": "ts.skew(x, 60) over time",
    "kurt": "ts.kurt(x, 60) over time",
    "median": "ts.median(x, 20) over time",
    "quantile": "ts.quantile(x, 60, 0.05) over time",
    "corr": "ts.corr(x, y, 60) over time",
    "cov": "ts.cov(x, y, 60) over time",
    "count": "ts.count(x, 20) says on how many sessions x has a value",
    "cumsum": "windows are fixed: ts.sum(x, 252) is the sum of the last 252 sessions",
    "cumprod": "windows are fixed: ts.product(x, 252) is the product of the last 252 sessions",
    "idxmax": "ts.argmax(x, 20) says how many sessions ago x was greatest",
    "idxmin": "ts.argmin(x, 20) says how many sessions ago x was least",
    "isna": "x.missing() is true where x has no value",
    "isnull": "x.missing() is true where x has no value",
    "notna": "x.known() is true where x has a value",
    "notnull": "x.known() is true where x has a value",
    "fillna": "missing values stay missing; a model leaves out the rows. ts.backfill(x, 5) is the last known value, if not too old",
    "ffill": "ts.backfill(x, 5) is x, and where it is missing its last value, at most 5 sessions old",
    "bfill": "filling backward reads the future; ts.backfill(x, 5) looks back: the last known value, at most 5 sessions old",
    "interpolate": "between two known values lies the future; ts.backfill(x, 5) is the last known value",
    "isin": 'data.sector.is_in("Energy", "Utilities") is true for the assets of these groups',
    "mask": "x.where(condition) keeps x where the condition is true; x.where(~condition) the other way round",
    "apply": "write it with operators, such as ts.mean(x, 20) and x.log()",
    "groupby": "group.demean(x, data.sector) and the other group.* work within groups",
    "values": "x.to_frame().to_numpy() has the numbers",
}
"""Methods of a pandas series that expressions do not have, and the way to say it."""

_SAME = {
    # ours: what others call it
    "ts.lag(x, {})": "ref delay ts_delay shift ts_lag",
    "ts.delta(x, {})": "ts_delta diff difference",
    "features.ret({}, x)": "roc pct_change returns ts_returns",
    "ts.sum(x, {})": "ts_sum rolling_sum move_sum",
    "ts.product(x, {})": "ts_product prod cumprod",
    "ts.mean(x, {})": "ts_mean sma ma simplemovingaverage average rolling_mean move_mean",
    "ts.ewm(x, halflife={})": "ema ewma ewm_mean ts_decay_exp_window exponentialweightedmovingaverage exponential exponentialmovingaverage exponential_mean",
    "ts.decay_linear(x, {})": "wma ts_decay_linear linearweightedmovingaverage decaylinear",
    "ts.std(x, {})": "ts_std_dev stddev ts_stddev ts_std rolling_std move_std stdev",
    "ts.var(x, {})": "ts_var variance ts_variance move_var",
    "ts.zscore(x, {})": "ts_zscore",
    "x - ts.mean(x, {})": "ts_av_diff av_diff",
    "(x - ts.min(x, {})) / (ts.max(x, {}) - ts.min(x, {}))": "ts_scale rsv stochastic",
    "ts.median(abs(x - ts.median(x, {})), {})": "mad ts_mad robust_std medianabsolutedeviation",
    "ts.skew(x, {})": "ts_skewness skewness ts_skew",
    "ts.kurt(x, {})": "ts_kurtosis kurtosis ts_kurt",
    "ts.min(x, {})": "ts_min rolling_min move_min lowest",
    "ts.max(x, {})": "ts_max rolling_max move_max highest",
    "ts.argmin(x, {})": "ts_arg_min ts_argmin move_argmin lowday",
    "ts.argmax(x, {})": "ts_arg_max ts_argmax move_argmax highday",
    "{} - ts.argmin(x, {})": "idxmin",
    "{} - ts.argmax(x, {})": "idxmax",
    "ts.median(x, {})": "med ts_median move_median",
    "ts.quantile(x, {}, 0.05)": "ts_quantile percentile ts_percentage",
    "ts.rank(x, {})": "ts_rank tsrank move_rank",
    "ts.corr(x, y, {})": "correlation ts_corr rollingpearson rollingpearsonofreturns",
    "ts.cov(x, y, {})": "covariance ts_covariance ts_cov",
    "ts.beta(x, y, {})": "rollinglinearregressionofreturns simplebeta ts_regression regbeta",
    "ts.resid_on(x, y, {})": "regresi residual",
    "ts.slope(x, {})": "linearreg_slope ts_slope",
    "ts.rsq(x, {})": "rsquare r2 ts_rsquare",
    "ts.resid(x, {})": "resi ts_resi",
    "ts.count(x, {})": "ts_count_values ts_count",
    "{} - ts.count(x, {})": "ts_count_nans",
    "ts.backfill(x, {})": "ts_backfill ffill last_known kth_element",
    "x.maximum(y)": "greater fmax",
    "x.minimum(y)": "less fmin",
    "x.signed_power(a)": "signedpower",
    "x.known()": "is_not_nan notnull notna isfinite",
    "x.missing()": "is_nan isnull isna mask_nan",
    "x.clip(low, high)": "truncate",
    "if_else(condition, x, y)": "if ifelse iif",
    "cs.rank(x)": "csrank cs_rank rank_pct percentrank",
    "cs.zscore(x)": "cs_zscore cszscore cszscorenorm robustzscorenorm normalize standardize",
    "cs.demean(x)": "cs_demean demean_market",
    "cs.mean(x)": "cs_mean market_mean",
    "cs.std(x)": "cs_std",
    "cs.scale(x)": "cs_scale one_side",
    "cs.winsorize(x, 0.01)": "cs_winsorize winsorise cliplimits",
    'cs.winsorize(x, 3, by="mad")': "mad_clip clip_mad filter_extreme_mad robust",
    "cs.gaussianize(x)": "gaussian rank_gauss csranknorm quantile_transform inverse_normal",
    "cs.quantile(x, 5)": "bucket qcut quantiles quintiles deciles ntile cut",
    "cs.top(x, 500)": "nlargest topk percentile_between",
    "cs.bottom(x, 500)": "nsmallest bottomk",
    "group.demean(x, data.sector)": "indneutralize group_neutralize groupneutralize group_demean industry_neutralize sector_neutralize",
    "group.zscore(x, data.sector)": "group_zscore",
    "group.rank(x, data.sector)": "group_rank",
    "group.mean(x, data.sector)": "group_mean group_transform groupby",
    "features.mom_12_1()": "momentum mom mom12_1 mom_252_21 momentum_12_1",
    "features.volatility({})": "vol realized_vol realized_volatility historical_volatility annualizedvolatility rolling_vol",
    "features.reversal({})": "reversion short_term_reversal st_reversal",
    "features.size()": "market_cap marketcap log_cap mktcap log_mktcap",
    "features.adv({})": "averagedollarvolume avg_dollar_volume average_daily_volume",
    "features.max_ret({})": "maxret lottery",
    "features.vwap_gap({})": "vwap",
    "features.high_low_range({})": "parkinson",
    "ts.mean(features.ret(1).maximum(0), 14) / ts.mean(abs(features.ret(1)), 14)": "rsi wilder_rsi",
    "ts.ewm(data.close, halflife=4.15) - ts.ewm(data.close, halflife=9.01)": "macd movingaverageconvergencedivergencesignal ppo",
    "ts.zscore(data.close, {})": "bbands bollinger bollingerbands bollinger_bands",
    "ts.mean((data.high - data.low).maximum(abs(data.high - data.close.lag(1))), 14)": "atr truerange true_range",
    "ts.mean(features.ret(1), {}) / ts.std(features.ret(1), {})": "sharpe rolling_sharpe information_ratio",
    "data.close / ts.max(data.close, {}) - 1": "drawdown max_drawdown",
    "neutralize(x, exposures=[y], groups=data.sector)": "neutralise regression_neut vector_neut orthogonalize residualize regress_out",
}
_WORDS = {word: ours.replace("{}", "20") for ours, words in _SAME.items() for word in words.split()}


def native_name(name: str) -> str | None:
    """How the function that other libraries call ``name`` is written here, or None. Case does not matter."""
    dollar_volume = re.fullmatch(r"adv([1-9][0-9]*)", name.lower())
    return f"features.adv({dollar_volume[1]})" if dollar_volume else _WORDS.get(name.lower())


def unknown_function(where: str, name: str, known: Iterable[str]) -> UnknownName:
    """The error for ``where.name`` when ``where`` has only ``known``: what others call so, else the nearest name."""
    ours = native_name(name)
    return (
        UnknownName("R11", f"{where} has no {name!r}", f"here it is written {ours}", name=name)
        if ours and name not in known
        else unknown_name(where, name, known)
    )


def values_hint() -> str:
    """What to do where numbers were asked of an expression; inside scikit-learn's own ``fit`` another thing is meant."""
    frame = sys._getframe(1)  # noqa: SLF001 - the only way to know who asked
    while frame.f_back is not None:
        frame = frame.f_back
        if str(frame.f_globals.get("__name__")).startswith("sklearn."):
            return (
                "scikit-learn's own fit takes numbers: Ridge, Lasso, ElasticNet and OLS are here without an import, "
                "any other is written estimator(HistGradientBoostingRegressor()).fit(X=[...], y=fwd_ret_10d)"
            )
    return "x.to_frame() has the values"
