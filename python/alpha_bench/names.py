"""The names that the platform provides. Imports nothing, so that static checks may read it for free."""

from __future__ import annotations

import re

PLATFORM_NAMES: frozenset[str] = frozenset(
    {
        "features",
        "data",
        "feature",
        "ts",
        "cs",
        "group",
        "labels",
        "neutralize",
        "where",
        "if_else",
        "Ridge",
        "Lasso",
        "ElasticNet",
        "OLS",
        "Huber",
        "BayesianRidge",
        "PLS",
        "LightGBM",
        "XGBoost",
        "RandomForest",
        "HistGB",
        "estimator",
        "grid_search",
        "random_search",
        "winsorize",
        "impute",
        "standardize",
        "rank",
        "walk_forward",
        "purged_kfold",
        "combinatorial_purged_kfold",
        "inputs",
    }
)
"""Provided without an import inside tagged cells, beside the labels (see :func:`is_label_name`)."""

LIBRARIES: dict[str, str] = {"LightGBM": "lightgbm", "XGBoost": "xgboost"}
"""Platform names that need an optional library, and the module that it is imported as."""

VOCABULARY: dict[str, tuple[str, ...]] = {
    "features": (
        "adv",
        "amihud",
        "beta",
        "dollar_volume",
        "high_low_range",
        "log_ret",
        "max_ret",
        "mom_12_1",
        "ret",
        "reversal",
        "size",
        "skew",
        "turnover",
        "volatility",
        "vwap_gap",
    ),
    "ts": tuple(
        "argmax argmin backfill beta corr count cov decay_linear delta ewm kurt lag max mean median min product quantile rank "
        "resid resid_on rsq skew slope std sum var zscore".split()
    ),
    "labels": ("excess", "fwd_log_ret", "fwd_ret", "rank", "sign", "triple_barrier", "vol_scaled"),
    "cs": (
        "bottom",
        "demean",
        "gaussianize",
        "mean",
        "neutralize",
        "quantile",
        "rank",
        "scale",
        "std",
        "top",
        "winsorize",
        "zscore",
    ),
    "group": ("by", "demean", "mean", "neutralize", "rank", "zscore"),
    "data": ("close", "high", "low", "open", "shares_outstanding", "volume"),
}
"""What each namespace offers, for completion; ``data`` also has every other field of the panel."""

CLASSIFIERS = frozenset({"country", "exchange", "industry", "sector", "sub_industry"})
"""Fields that hold a group for each asset instead of a number; ``group.by(name)`` is any other."""

FIGURES: tuple[str, ...] = (
    "n_dates", "ic_mean", "ic_std", "icir", "rank_ic_mean", "rank_icir", "ic_t_naive", "ic_t_newey_west",
    "ic_t_newey_west_h1", "ic_t_nonoverlapping", "hit_rate", "quantile_returns", "quantile_spread", "n_eff",
    "rank_ic_t_newey_west", "coverage", "quantile_spread_t", "quantile_order", "monotonicity_p", "quantile_turnover_top",
    "quantile_turnover_bottom", "rank_autocorrelation", "portfolio_sessions", "annual_return", "volatility", "sharpe",
    "sharpe_by_cost", "annual_return_by_cost", "drawdown", "turnover", "break_even_cost_bps", "sharpe_probability", "trials",
    "deflated_sharpe", "least_record_sessions", "market_beta", "annual_alpha", "annual_alpha_t", "capacity", "capacity_tail",
)  # fmt: skip
"""The names of a report's figures, known before it is computed."""

_LABEL = re.compile(r"fwd_ret_[1-9][0-9]*d")


def is_label_name(name: str) -> bool:
    """Whether ``name`` is a forward-return label such as ``fwd_ret_10d`` (horizon in sessions)."""
    return _LABEL.fullmatch(name) is not None
