"""Fitted estimators that are not linear as bytes: LightGBM text, XGBoost JSON, canonical skops for all others."""

from __future__ import annotations

from typing import Any

from alpha_bench.definitions import BOOSTED, EstimatorSpec

_SKOPS = "estimator.skops"


def estimator_file(spec: EstimatorSpec) -> str:
    """What the file of such an estimator is called."""
    if spec.path in BOOSTED:
        from alpha_bench.fitting.serialization.boosted_trees import FILES

        return FILES[spec.path]
    return _SKOPS


def estimator_to_bytes(spec: EstimatorSpec, fitted: Any) -> bytes:
    """The bytes of a fitted estimator; the same ones each time. Raises AlphaBenchError R35 for what is not on the allow-list."""
    if spec.path in BOOSTED:
        data: bytes = fitted.to_bytes()
        return data
    from alpha_bench.fitting.serialization._skops import to_skops

    return to_skops(fitted)


def estimator_from_bytes(spec: EstimatorSpec, data: bytes, features: int) -> object:
    """The estimator again; nothing in ``data`` is executed.

    Raises:
        AlphaBenchError: R35 for anything else, and for types outside the allow-list.
    """
    if spec.path in BOOSTED:
        from alpha_bench.fitting.serialization.boosted_trees import trees_from_bytes

        return trees_from_bytes(spec.path, data, features)
    from alpha_bench.fitting.serialization._skops import from_skops

    return from_skops(data)
