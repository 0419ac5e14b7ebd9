"""What people write by habit on fields, models, reports, and as a bare name: matched by meaning, not by spelling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from alpha_bench.errors import UnknownName, nearest, unknown_name
from alpha_bench.expressions.synonyms import PANDAS_METHODS, native_name
from alpha_bench.names import PLATFORM_NAMES, VOCABULARY

_TO_FRAME = "the values are in x.to_frame(), a pandas frame: "
_VALUES = "x.to_frame() has the values"
_JUDGE = "m is a plan, nothing is fitted yet: report = walk_forward(m) fits and judges it"


def _table(rows: Mapping[str, str]) -> Mapping[str, str]:
    """One entry a word, of rows that hold several."""
    return {word: written for words, written in rows.items() for word in words.split()}


OF_VALUES: Mapping[str, str] = _table(
    {
        "head": _TO_FRAME + "x.to_frame().head()",
        "tail": _TO_FRAME + "x.to_frame().tail()",
        "loc at xs": _TO_FRAME + 'x.to_frame().loc["2015"]',
        "iloc iat": _TO_FRAME + "x.to_frame().iloc[-5:]",
        "describe info summary": _TO_FRAME + "x.to_frame().stack().describe()",
        "plot hist": _TO_FRAME
        + "x.to_frame().mean(axis=1).plot(); an expression that stands last in a cell shows itself",
        "compute collect evaluate eval result load": "the values are in x.to_frame()",
        "to_pandas to_df df frame": "x.to_frame() is a pandas frame",
        "to_numpy to_array array": "x.to_frame().to_numpy() has the numbers",
        "to_csv to_parquet to_excel": _TO_FRAME + 'x.to_frame().to_csv("x.csv")',
        "shape size ndim": _TO_FRAME + "x.to_frame().shape",
        "index dates": _TO_FRAME + "x.to_frame().index",
        "columns symbols assets": _TO_FRAME + "x.to_frame().columns",
        "dropna": "rows with a missing value are left out by the model; x.known() is true where there is one",
        "astype": "an expression is a number for every asset and session; a condition counts as 0 and 1: 1 * (x > 0)",
        "copy": "an expression never changes: use it as it is",
        "stack unstack melt pivot T transpose": "x.to_series() is long, by date and symbol; x.to_frame() is wide",
        "resample asfreq": "windows count sessions: ts.mean(x, 5) is a week's mean, and the panel has one row a session",
        "zscore normalize standardize standardise": "cs.zscore(x) across assets, ts.zscore(x, 20) over time",
        "demean": "cs.demean(x) across assets, x - ts.mean(x, 20) over time",
        "winsorize winsorise": "cs.winsorize(x, 0.01) draws each session to its quantiles",
        "top nlargest": "cs.top(x, 500) is true for the 500 greatest of each session",
        "bottom nsmallest": "cs.bottom(x, 500) is true for the 500 least of each session",
        "between": "(x > 0) & (x < 1), each comparison in parentheses",
        "gt ge lt le": "write the comparison: x > 0, x >= 0, x < 0, x <= 0",
        "add sub mul div truediv": "write the arithmetic: x + y, x - y, x * y, x / y",
        "round floor ceil": "compute it in a function of your own: @feature",
        "log1p": "write (1 + x).log()",
        "square": "write x ** 2",
        "replace map transform agg pipe": "write it with operators, such as ts.mean(x, 20) and if_else(x > 0, x, 0)",
        "quantiles percentile": "cs.quantile(x, 5) is the bin across assets; ts.quantile(x, 60, 0.05) over time",
        "downsample latest window_safe": "a pipeline's factor is an expression here; it is known at each session's close",
    }
)
"""Of an expression: attributes of pandas, polars and zipline that ask for values, or are written otherwise."""

OF_EXPRESSION: Mapping[str, str] = {**OF_VALUES, **PANDAS_METHODS}
"""Of an expression: all of them."""

OF_DATA: Mapping[str, str] = _table(
    {
        "columns fields keys names": "dir(data) lists the fields; data alone in a cell shows them",
        "index dates": "data.close.to_frame().index has the sessions",
        "symbols assets tickers": "data.close.to_frame().columns has the assets",
        "head tail describe info shape loc iloc values": "data is the panel's fields: data.close.to_frame() is one of them as a frame",
        "get_fundamentals history current get": "a field is an attribute: data.close",
        "adj_close adjusted_close adjclose price prices px_last last": "the price is data.close; adjusted or not as the file has it",
        "returns ret pct_change": "features.ret(1) is the daily return",
        "vol": "data.volume is the volume; the volatility is features.volatility(20)",
        "dollar_volume": "features.dollar_volume() is close * volume",
        "market_cap marketcap mktcap cap": "features.size() is the logarithm of the market value",
    }
)
"""Of ``data``, where the panel has no field of that name."""

OF_REPORT: Mapping[str, str] = _table(
    {
        "ic mean_ic information_coefficient": "report.ic_mean is the mean IC; report.daily.ic has it by session",
        "ir ic_ir": "report.icir is the mean IC over its deviation",
        "rank_ic": "report.rank_ic_mean is the mean rank IC",
        "t_stat tstat t ic_t t_value": "report.ic_t_newey_west is the honest t, report.ic_t_naive the naive one",
        "plot show display figure plot_ic": "report alone in a cell shows its pictures; report.pictures() has them as SVG",
        "save to_file write export": 'open("report.html", "w").write(report.to_html()) writes the page',
        "to_csv to_parquet": "report.to_frames() has pandas frames by name",
        "summary describe stats metrics results scores score": "dict(report.figures) has every figure",
        "to_dict to_frame df": "dict(report.figures) has the figures, report.to_frames() the tables",
        "returns pnl": 'report.to_frames()["book"] has the book by session; report.annual_return is the figure',
        "sharpe_ratio": "report.sharpe is the book's Sharpe ratio",
        "max_drawdown": "report.drawdown is the deepest drawdown",
        "predict y_pred": "report.predictions has every prediction of the test blocks",
        "coef_ coef coefficients": "report.folds[0].coef has those of the first fold",
        "positions weights": "report.study has the book; report.predictions what it is made of",
        "hit_ratio accuracy": "report.hit_rate is the share of dates with an IC above 0",
    }
)
"""Of what ``walk_forward`` gives."""

OF_MODEL: Mapping[str, str] = _table(
    {
        "summary fit fit_transform train cross_val_score evaluate backtest": _JUDGE,
        "predict predict_proba transform": _JUDGE + "; report.predictions has its predictions",
        "score": _JUDGE + "; report.ic_mean is the mean IC",
        "coef_ intercept_ params pvalues tvalues": _JUDGE
        + "; report.folds[0].coef has the coefficients of its first fold",
        "feature_importances_": _JUDGE + "; the pictures of the report show what each feature adds",
        "get_params set_params alpha": "m.estimator has the parameters",
        "X feature_names_in_ columns": "m.features has the expressions of X",
        "y target": "m.label is what is predicted",
        "save dump": "`%nbcode promote` keeps it with its report",
    }
)
"""Of a model definition, which is not fitted."""

OF_KINDS: Mapping[str, Mapping[str, str]] = {
    "an expression": OF_EXPRESSION,
    "a model": OF_MODEL,
    "a report": OF_REPORT,
    "data": OF_DATA,
}
"""The habits of each kind of value of :data:`alpha_bench.names.ATTRIBUTES`, and of ``data``."""

_ESTIMATORS = {
    "LinearRegression": "OLS()",
    "RandomForestRegressor": "RandomForest(random_state=0)",
    "HistGradientBoostingRegressor GradientBoostingRegressor": "HistGB(random_state=0)",
    "LGBMRegressor lgb lightgbm": "LightGBM(random_state=0)",
    "XGBRegressor xgb xgboost": "XGBoost(random_state=0)",
    "HuberRegressor": "Huber()",
    "PLSRegression": "PLS()",
    "GridSearchCV": 'grid_search(Ridge(), {"alpha": [0.1, 1, 10]})',
    "RandomizedSearchCV": 'random_search(Ridge(), {"alpha": {"low": 0.1, "high": 10}})',
    "StandardScaler": "preprocess=[standardize()] in fit(...)",
    "SimpleImputer": "preprocess=[impute()] in fit(...)",
    "QuantileTransformer": "preprocess=[rank()] in fit(...)",
    "TimeSeriesSplit cross_val_score": "walk_forward(m, folds=5)",
    "KFold PurgedKFold": "purged_kfold(m, folds=5)",
    "CombinatorialPurgedKFold": "combinatorial_purged_kfold(m)",
}
_LIBRARIES = {
    "np numpy": "import numpy as np",
    "pd pandas": "import pandas as pd",
    "pl polars": "import polars as pl",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
    "sm statsmodels": "import statsmodels.api as sm",
    "sklearn": "from sklearn import linear_model",
    "ab alpha_bench": "import alpha_bench as ab",
}
_WORDS = {
    "close open high low volume shares_outstanding": "data.{}",
    "sector industry country exchange sub_industry": "data.{}",
    "prices price px": "data.close",
    "returns daily_returns": "features.ret(1)",
    "demean zscore scale gaussianize top bottom": "cs.{}",
    "lag delta mean std median ewm corr cov slope": "ts.{}",
    "Panel use": "import alpha_bench as ab",
    "backtest evaluate run_pipeline": "walk_forward(m)",
    "tech ta talib": "ts",
}


def written_here(name: str) -> str | None:
    """What an undefined bare ``name`` was probably meant to be, as it is written here, or None."""
    digits = "".join(c for c in name if c.isdigit())
    if digits.strip("0") and any(
        name.lower().startswith(s) for s in ("fwd", "forward", "label", "future_ret")
    ):
        return f"fwd_ret_{int(digits)}d"
    for table in (_ESTIMATORS, _LIBRARIES, _WORDS):
        for words, written in table.items():
            if name in words.split():
                return written.replace("{}", name)
    if name in PLATFORM_NAMES:
        return name
    spaces = [space for space in ("features", "cs", "ts", "group", "labels") if name in VOCABULARY[space]]
    if spaces:
        return f"{spaces[0]}.{name}"
    return native_name(name) or nearest(name, PLATFORM_NAMES)


def unknown_attribute(
    where: str, name: str, known: Iterable[str], habits: Mapping[str, str], *, of: str | None = None
) -> UnknownName:
    """The error for ``where.name``: what it is called here by ``habits``, else the nearest of ``known``."""
    found = unknown_name(where, name, known)
    fix = habits.get(name) or (
        f"{_VALUES}; {found.fix}" if of and "did you mean" not in found.fix else found.fix
    )
    return UnknownName("R11", f"{of or where} has no {name!r}", fix, name=name)
