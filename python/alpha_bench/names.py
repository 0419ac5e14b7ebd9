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
        "Ridge",
        "Lasso",
        "ElasticNet",
        "OLS",
        "estimator",
        "walk_forward",
        "purged_kfold",
        "combinatorial_purged_kfold",
        "inputs",
    }
)
"""Provided without an import inside tagged cells, beside the labels (see :func:`is_label_name`)."""

VOCABULARY: dict[str, tuple[str, ...]] = {
    "features": (
        "dollar_volume",
        "log_ret",
        "mom_12_1",
        "ret",
        "reversal",
        "turnover",
        "volatility",
    ),
    "ts": ("delta", "lag", "max", "mean", "min", "std", "sum", "var", "zscore"),
    "cs": ("demean", "mean", "rank", "std", "zscore"),
    "labels": ("excess", "fwd_log_ret", "fwd_ret", "rank", "sign", "triple_barrier", "vol_scaled"),
    "group": (),
    "data": ("close", "high", "low", "open", "shares_outstanding", "volume"),
}
"""What each namespace offers, for completion; ``data`` also has every other field of the panel."""

_LABEL = re.compile(r"fwd_ret_[1-9][0-9]*d")


def is_label_name(name: str) -> bool:
    """Whether ``name`` is a forward-return label such as ``fwd_ret_10d`` (horizon in sessions)."""
    return _LABEL.fullmatch(name) is not None
