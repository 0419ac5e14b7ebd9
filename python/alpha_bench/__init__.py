"""Research framework for cross-sectional signals: lazy expressions, leak-free walk-forward, honest reports.

Importing the package imports nothing else: each public name loads its own module when it is first used.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "AlphaBenchError": "errors",
    "ValuesNeeded": "errors",
    "PLATFORM_NAMES": "names",
    "is_label_name": "names",
    "Expr": "expr",
    "expr_from_plain": "expr",
    "data": "fields",
    "feature": "own.declare",
    "fwd_ret": "labels",
    "if_else": "choosing",
    "neutralize": "cs",
    "where": "choosing",
    "catalogue": "listing",
    "compute": "engine",
    "explain": "explaining",
    "open_cache": "cached",
    "Panel": "panel",
    "read_panel": "panel",
    "to_alphalens": "interchange.alphalens",
    "write_sample": "sample",
    "Ridge": "estimators",
    "Lasso": "estimators",
    "ElasticNet": "estimators",
    "OLS": "estimators",
    **dict.fromkeys(
        ("Huber", "BayesianRidge", "PLS", "LightGBM", "XGBoost", "RandomForest", "HistGB", "estimator"),
        "estimators",
    ),
    **dict.fromkeys(("impute", "rank", "standardize", "winsorize"), "preprocess"),
    **dict.fromkeys(("grid_search", "random_search"), "searched"),
    "walk_forward": "walk",
    "purged_kfold": "walk",
    "combinatorial_purged_kfold": "walk",
    "WalkForward": "splits",
    "PurgedKFold": "purged",
    "CombinatorialPurgedKFold": "purged",
    "evaluate": "describe",
    "compare": "comparison",
    "draw_folds": "reporting.drawing",
    "fit_final": "fitted",
    "load_fitted": "fitted",
    "Session": "session",
    "use": "session",
    "build": "describe",
    "definition_digest": "describe",
}
_MODULES = frozenset({"cs", "describe", "features", "group", "labels", "ts"})

__all__ = sorted([*_HOMES, *_MODULES])  # noqa: PLE0605 - a list, sorted


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"alpha_bench.{name}")
    if name in _HOMES:
        found: object = getattr(import_module(f"alpha_bench.{_HOMES[name]}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module 'alpha_bench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
