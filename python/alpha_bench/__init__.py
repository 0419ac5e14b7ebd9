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
    "Expr": "expressions.expr",
    "expr_from_plain": "expressions.expr",
    "data": "vocabulary.data",
    "feature": "custom.decorator",
    "fwd_ret": "vocabulary.labels",
    "if_else": "vocabulary.conditional",
    "neutralize": "vocabulary.cs",
    "where": "vocabulary.conditional",
    "catalogue": "reference.catalogue",
    "compute": "engine.execute",
    "explain": "evaluation.explain",
    "open_cache": "column_cache.cached_panel",
    "Panel": "panel.panel",
    "read_panel": "panel.panel",
    "to_alphalens": "panel.interchange.alphalens",
    "write_sample": "panel.sample",
    "Ridge": "definitions.named_estimators",
    "Lasso": "definitions.named_estimators",
    "ElasticNet": "definitions.named_estimators",
    "OLS": "definitions.named_estimators",
    **dict.fromkeys(
        ("Huber", "BayesianRidge", "PLS", "LightGBM", "XGBoost", "RandomForest", "HistGB", "estimator"),
        "definitions.named_estimators",
    ),
    **dict.fromkeys(("impute", "rank", "standardize", "winsorize"), "definitions.preprocessing"),
    **dict.fromkeys(("grid_search", "random_search"), "definitions.search"),
    "walk_forward": "session.evaluations",
    "purged_kfold": "session.evaluations",
    "combinatorial_purged_kfold": "session.evaluations",
    "WalkForward": "model_selection.walk_forward",
    "PurgedKFold": "model_selection.purged",
    "CombinatorialPurgedKFold": "model_selection.purged",
    "evaluate": "describe",
    "compare": "reporting.comparison",
    "draw_folds": "reporting.drawing",
    "fit_final": "fitting.fitted_model",
    "load_fitted": "fitting.fitted_model",
    "Session": "session.session",
    "use": "session.session",
    "build": "describe",
    "definition_digest": "describe",
}
_MODULES = frozenset({"cs", "describe", "features", "group", "labels", "ts"})

__all__ = sorted([*_HOMES, *_MODULES])  # noqa: PLE0605 - a list, sorted


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(
            "alpha_bench.describe" if name == "describe" else f"alpha_bench.vocabulary.{name}"
        )
    if name in _HOMES:
        found: object = getattr(import_module(f"alpha_bench.{_HOMES[name]}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module 'alpha_bench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
