"""The names that the platform provides. Imports nothing, so that static checks may read it for free."""

from __future__ import annotations

import re

CUSTOM_OP = "feature"
"""The operator of a custom feature in the plain data of a definition."""
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

PERIODS = frozenset(
    "period_end period_ending period fiscal_period_end fiscal_date_ending fiscal_date fiscal_end datadate reportperiod report_period "
    "period_of_report quarter_end fpedats end_date calendardate".split()
)
FILINGS = frozenset(
    "filed filed_at filing_date filed_date date_filed fillingdate filingdate datekey rdq accepted accepteddate acceptance_datetime "
    "announce_date announcement_date announced ann_date f_ann_date publish_date published release_date released available_from "
    "known_from known_at knowledge_date".split()
)
"""What columns are called that say when a period ended, and when its figures became known, in lower case."""

FIGURES: tuple[str, ...] = (
    "n_dates", "ic_mean", "ic_std", "icir", "rank_ic_mean", "rank_icir", "ic_t_naive", "ic_t_newey_west",
    "ic_t_newey_west_h1", "ic_t_nonoverlapping", "hit_rate", "quantile_returns", "quantile_spread", "n_eff",
    "rank_ic_t_newey_west", "coverage", "quantile_spread_t", "quantile_order", "monotonicity_p", "quantile_turnover_top",
    "quantile_turnover_bottom", "rank_autocorrelation", "portfolio_sessions", "annual_return", "volatility", "sharpe",
    "sharpe_by_cost", "annual_return_by_cost", "drawdown", "turnover", "break_even_cost_bps", "sharpe_probability", "trials",
    "deflated_sharpe", "least_record_sessions", "market_beta", "annual_alpha", "annual_alpha_t", "capacity", "capacity_tail",
    "sharpe_low", "sharpe_high", "sortino", "calmar", "value_at_risk", "expected_shortfall", "information_ratio", "tracking_error",
    "active_return", "benchmark_beta", "benchmark_alpha", "benchmark_alpha_t", "r2_oos", "pbo",
)  # fmt: skip
"""The names of a report's figures, known before it is computed."""

# signatures: make codegen
# fmt: off
SIGNATURES: dict[str, str] = {
    "features.adv": "window=20",
    "features.amihud": "window=21",
    "features.beta": "window=252, market=None",
    "features.dollar_volume": "",
    "features.high_low_range": "window=20",
    "features.log_ret": "window=1, x=None",
    "features.max_ret": "window=21",
    "features.mom_12_1": "",
    "features.ret": "window=1, x=None",
    "features.reversal": "window=5",
    "features.size": "",
    "features.skew": "window=252",
    "features.turnover": "window",
    "features.volatility": "window",
    "features.vwap_gap": "window=20",
    "ts.argmax": "x, window",
    "ts.argmin": "x, window",
    "ts.backfill": "x, limit",
    "ts.beta": "x, y, window",
    "ts.corr": "x, y, window",
    "ts.count": "x, window",
    "ts.cov": "x, y, window",
    "ts.decay_linear": "x, window",
    "ts.delta": "x, window",
    "ts.ewm": "x, halflife, window=None",
    "ts.kurt": "x, window",
    "ts.lag": "x, d",
    "ts.max": "x, window",
    "ts.mean": "x, window",
    "ts.median": "x, window",
    "ts.min": "x, window",
    "ts.product": "x, window",
    "ts.quantile": "x, window, q",
    "ts.rank": "x, window",
    "ts.resid": "x, window",
    "ts.resid_on": "x, y, window",
    "ts.rsq": "x, window",
    "ts.skew": "x, window",
    "ts.slope": "x, window",
    "ts.std": "x, window",
    "ts.sum": "x, window",
    "ts.var": "x, window",
    "ts.zscore": "x, window",
    "labels.excess": "label, over=None",
    "labels.fwd_log_ret": "horizon, delay=0, x=None",
    "labels.fwd_ret": "horizon, delay=0, x=None, delisting_return=None",
    "labels.rank": "label",
    "labels.sign": "label",
    "labels.triple_barrier": "horizon, up=2.0, down=2.0, *, window=20, delay=0, x=None, scale=None",
    "labels.vol_scaled": "label, window=20",
    "cs.bottom": "x, n",
    "cs.demean": "x",
    "cs.gaussianize": "x",
    "cs.mean": "x",
    "cs.neutralize": "x, exposures=(), groups=None, weights=None",
    "cs.quantile": "x, bins",
    "cs.rank": "x",
    "cs.scale": "x",
    "cs.std": "x",
    "cs.top": "x, n",
    "cs.winsorize": "x, limit=0.01, by='quantile'",
    "cs.zscore": "x",
    "group.by": "name",
    "group.demean": "x, groups",
    "group.mean": "x, groups",
    "group.neutralize": "x, groups, exposures=(), weights=None",
    "group.rank": "x, groups",
    "group.zscore": "x, groups",
    "BayesianRidge": "*, max_iter=300, tol=0.001, alpha_1=1e-06, alpha_2=1e-06, lambda_1=1e-06, lambda_2=1e-06, alpha_init=None, lambda_init=None, compute_score=False, fit_intercept=True, copy_X=True, verbose=False",
    "ElasticNet": "alpha=1.0, *, l1_ratio=0.5, fit_intercept=True, precompute=False, copy_X=True, max_iter=1000, tol=0.0001, warm_start=False, positive=False, random_state=None, selection='cyclic'",
    "HistGB": "*, loss='squared_error', quantile=None, learning_rate=0.1, max_iter=100, max_leaf_nodes=31, max_depth=None, min_samples_leaf=20, l2_regularization=0.0, max_features=1.0, max_bins=255, categorical_features='from_dtype', monotonic_cst=None, interaction_cst=None, warm_start=False, early_stopping='auto', scoring='loss', validation_fraction=0.1, n_iter_no_change=10, tol=1e-07, verbose=0, random_state=None",
    "Huber": "*, epsilon=1.35, max_iter=100, alpha=0.0001, warm_start=False, fit_intercept=True, tol=1e-05",
    "Lasso": "alpha=1.0, *, fit_intercept=True, precompute=False, copy_X=True, max_iter=1000, tol=0.0001, warm_start=False, positive=False, random_state=None, selection='cyclic'",
    "LightGBM": "*, boosting_type='gbdt', num_leaves=31, max_depth=-1, learning_rate=0.1, n_estimators=100, subsample_for_bin=200000, objective=None, class_weight=None, min_split_gain=0.0, min_child_weight=0.001, min_child_samples=20, subsample=1.0, subsample_freq=0, colsample_bytree=1.0, reg_alpha=0.0, reg_lambda=0.0, random_state=None, n_jobs=1, importance_type='split', deterministic=True, force_row_wise=True, verbosity=-1",
    "OLS": "*, fit_intercept=True, copy_X=True, tol=1e-06, n_jobs=1, positive=False",
    "PLS": "n_components=2, *, scale=True, max_iter=500, tol=1e-06, copy=True",
    "RandomForest": "n_estimators=100, *, criterion='squared_error', max_depth=None, min_samples_split=2, min_samples_leaf=1, min_weight_fraction_leaf=0.0, max_features=1.0, max_leaf_nodes=None, min_impurity_decrease=0.0, bootstrap=True, oob_score=False, n_jobs=1, random_state=None, verbose=0, warm_start=False, ccp_alpha=0.0, max_samples=None, monotonic_cst=None",
    "Ridge": "alpha=1.0, *, fit_intercept=True, copy_X=True, max_iter=None, tol=0.0001, solver='auto', positive=False, random_state=None",
    "XGBoost": "*, objective='reg:squarederror', missing=nan, enable_categorical=False, n_jobs=1, tree_method='hist', device='cpu', base_score=None, booster=None, callbacks=None, colsample_bylevel=None, colsample_bynode=None, colsample_bytree=None, early_stopping_rounds=None, eval_metric=None, feature_types=None, feature_weights=None, gamma=None, grow_policy=None, importance_type=None, interaction_constraints=None, learning_rate=None, max_bin=None, max_cat_threshold=None, max_cat_to_onehot=None, max_delta_step=None, max_depth=None, max_leaves=None, min_child_weight=None, monotone_constraints=None, multi_strategy=None, n_estimators=None, num_parallel_tree=None, random_state=None, reg_alpha=None, reg_lambda=None, sampling_method=None, scale_pos_weight=None, subsample=None, validate_parameters=None, verbosity=None",
    "combinatorial_purged_kfold": "m, groups=6, test_groups=2, embargo='5d', trials=1",
    "grid_search": "model, space, *, folds=3, score='rank_ic', embargo='5d'",
    "if_else": "condition, x, y",
    "impute": "fill='median'",
    "neutralize": "x, exposures=(), groups=None, weights=None",
    "purged_kfold": "m, folds=5, embargo='5d', trials=1",
    "random_search": "model, space, *, n=20, seed=0, folds=3, score='rank_ic', embargo='5d'",
    "rank": "knots=1000",
    "standardize": "",
    "walk_forward": "m, folds=12, embargo='5d', window='expanding', trials=1",
    "where": "x, condition",
    "winsorize": "limit=0.01",
    ".fit": "X, y=None, *, universe=None, weights=None, preprocess=()",
}
"""The parameters of every function that the platform provides; ``.fit`` is that of its estimators."""

FIELDS_READ: dict[str, tuple[str, ...]] = {
    "adv": ("close", "volume"),
    "amihud": ("close", "volume"),
    "beta": ("close",),
    "dollar_volume": ("close", "volume"),
    "high_low_range": ("high", "low"),
    "log_ret": ("close",),
    "max_ret": ("close",),
    "mom_12_1": ("close",),
    "ret": ("close",),
    "reversal": ("close",),
    "size": ("close", "shares_outstanding"),
    "skew": ("close",),
    "turnover": ("shares_outstanding", "volume"),
    "volatility": ("close",),
    "vwap_gap": ("close", "volume"),
}
"""The fields of the panel that each of `features` reads."""

ATTRIBUTES: dict[str, frozenset[str]] = {
    "an expression": frozenset(
        "abs args clip custom_lookback delta depth eq exp is_in kind known lag log lookahead lookback maximum minimum missing ne op params sign signed_power size sqrt to_frame to_plain to_polars to_series where".split()
    ),
    "an estimator": frozenset(
        "changed fit is_linear name params path to_plain values".split()
    ),
    "a model": frozenset(
        "confined delay digest estimator expressions features horizon label lookback names predictors preprocess search to_plain universe weights written".split()
    ),
    "a report": frozenset(
        "active_return annual_alpha annual_alpha_t annual_return annual_return_by_cost benchmark_alpha benchmark_alpha_t benchmark_beta break_even_cost_bps calmar capacity capacity_tail coverage daily definition deflated_sharpe drawdown expected_shortfall figures folds hit_rate ic_mean ic_std ic_t_naive ic_t_newey_west ic_t_newey_west_h1 ic_t_nonoverlapping icir information_ratio least_record_sessions market_beta monotonicity_p n_dates n_eff pbo pictures portfolio_sessions predictions quantile_order quantile_returns quantile_spread quantile_spread_t quantile_turnover_bottom quantile_turnover_top r2_oos rank_autocorrelation rank_ic_mean rank_ic_t_newey_west rank_icir report sharpe sharpe_by_cost sharpe_high sharpe_low sharpe_probability sortino study to_frames to_html to_json tracking_error trials turnover value_at_risk volatility warnings".split()
    ),
}
"""What is public of each kind of value that a notebook of the platform's words holds."""

# fmt: on
# end of signatures

_LABEL = re.compile(r"fwd_ret_[1-9][0-9]*d")


def is_label_name(name: str) -> bool:
    """Whether ``name`` is a forward-return label such as ``fwd_ret_10d`` (horizon in sessions)."""
    return _LABEL.fullmatch(name) is not None
