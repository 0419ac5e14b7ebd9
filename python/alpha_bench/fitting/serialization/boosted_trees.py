"""Boosted trees of the optional libraries: what is fitted, saved and read back, whichever library it is of."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Protocol

from alpha_bench.definitions import LIGHTGBM, XGBOOST, check_installed
from alpha_bench.runtime import Floats

FILES = MappingProxyType({LIGHTGBM: "estimator.txt", XGBOOST: "estimator.json"})
"""By estimator: the name of the file that a saved model is in, each library's own text format."""


class Trees(Protocol):
    """Fitted trees that predict and write themselves down."""

    def predict(self, matrix: Floats) -> Floats:
        """(rows,) from (rows, features), on one thread."""
        ...

    def to_bytes(self) -> bytes:
        """The library's own text format; equal models give equal bytes."""
        ...


def trees_of(fitted: Any) -> Trees:
    """The trees of a fitted ``LGBMRegressor`` or ``XGBRegressor``."""
    if type(fitted).__module__.startswith("lightgbm"):
        from alpha_bench.fitting.serialization import _lightgbm

        return _lightgbm.LightGBMTrees(fitted.booster_)
    from alpha_bench.fitting.serialization import _xgboost

    booster, best = fitted.get_booster(), getattr(fitted, "best_iteration", None)
    return _xgboost.XGBoostTrees(booster if best is None else booster[: best + 1])


def trees_from_bytes(path: str, data: bytes, features: int) -> Trees:
    """What :meth:`Trees.to_bytes` wrote. Every tree is checked before the library sees it.

    Raises:
        ValueError: when it is not such a file, or a tree points outside itself or the features.
        AlphaBenchError: R60 where the library is not installed.
    """
    check_installed(path)
    if path == LIGHTGBM:
        from alpha_bench.fitting.serialization import _lightgbm

        return _lightgbm.read(data, features)
    from alpha_bench.fitting.serialization import _xgboost

    return _xgboost.read(data, features)
