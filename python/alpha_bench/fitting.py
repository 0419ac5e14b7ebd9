"""Fits of one estimator on several training ranges of the same columns.

Columns are (sessions, assets) float64 arrays; a row is one asset on one session, and only rows where every feature and the
label are finite train. Linear estimators are solved from Gram matrices (:mod:`alpha_bench.gram`); all others, and linear ones
whose normal equations are ill-conditioned, by scikit-learn itself under one BLAS thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from alpha_bench import gram
from alpha_bench.errors import AlphaBenchError
from alpha_bench.estimators import instantiate
from alpha_bench.gram import Floats, Linear
from alpha_bench.models import ELASTIC_NET, LASSO, OLS_PATH, EstimatorSpec
from alpha_bench.moments import Moments, moments_by_sessions
from alpha_bench.sessions import Sessions


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """A fitted estimator: ``linear`` where the model is coefficients, else scikit-learn's own ``fitted`` object."""

    rows: int
    linear: Linear | None
    fitted: Any = None

    def predict(self, columns: Sequence[Floats], begin: int, end: int) -> Floats:
        """Predictions of sessions [begin, end) as (end - begin, assets); NaN where a feature is not finite."""
        if self.linear is not None:
            return gram.predict(columns, begin, end, self.linear)
        shape = (end - begin, columns[0].shape[1])
        matrix = np.column_stack([c[begin:end].ravel() for c in columns])
        complete = np.isfinite(matrix).all(axis=1)
        out = np.full(shape[0] * shape[1], np.nan)
        if complete.any():
            with _one_thread():
                out[complete] = np.asarray(self.fitted.predict(matrix[complete]), dtype=np.float64).ravel()
        return out.reshape(shape)


def fit_ranges(
    spec: EstimatorSpec, features: Sequence[Floats], label: Floats, ranges: Sequence[Sessions]
) -> tuple[Fit, ...]:
    """Fit ``spec`` on each set of sessions.

    Raises:
        AlphaBenchError: R30 where a set has fewer than two complete rows, or scikit-learn refuses the data.
    """
    if not spec.is_linear:
        return tuple(_by_sklearn(spec, features, label, r) for r in ranges)
    moments = moments_by_sessions([*features, label], ranges)
    return tuple(
        _by_moments(spec, m) or _by_sklearn(spec, features, label, r)
        for m, r in zip(moments, ranges, strict=True)
    )


def _by_moments(spec: EstimatorSpec, moments: Moments) -> Fit | None:
    """None where scikit-learn has to solve from the rows."""
    _check_rows(moments.rows)
    params: dict[str, Any] = dict(spec.params)
    if spec.path in {LASSO, ELASTIC_NET}:
        if not params["alpha"] * params.get("l1_ratio", 1.0) > 0:
            return None  # without an L1 penalty the stopping rule is another one
        linear: Linear | None = gram.solve_elastic_net(
            moments,
            alpha=params["alpha"],
            l1_ratio=params.get("l1_ratio", 1.0),
            fit_intercept=params["fit_intercept"],
            max_iter=params["max_iter"],
            tol=params["tol"],
        )
    else:
        alpha = 0.0 if spec.path == OLS_PATH else params["alpha"]
        linear = gram.solve_ridge(moments, alpha=alpha, fit_intercept=params["fit_intercept"])
    return None if linear is None else Fit(rows=moments.rows, linear=linear)


def _by_sklearn(spec: EstimatorSpec, features: Sequence[Floats], label: Floats, sessions: Sessions) -> Fit:
    """Fit on the complete rows, in order of session, then asset."""
    cuts = [slice(r.start, r.stop) for r in sessions.ranges]
    matrix = np.column_stack([np.concatenate([c[cut].ravel() for cut in cuts]) for c in (*features, label)])
    matrix = matrix[np.isfinite(matrix).all(axis=1)]
    _check_rows(len(matrix))
    model = instantiate(spec)
    try:
        with _one_thread():
            model.fit(matrix[:, :-1], matrix[:, -1])
    except (ValueError, TypeError) as error:
        raise AlphaBenchError(
            "R30",
            f"{spec.name} could not be fitted: {error}",
            fix="change its parameters, or the features it is given",
        ) from error
    return Fit(rows=len(matrix), linear=_linear_of(spec, model), fitted=model)


def _linear_of(spec: EstimatorSpec, model: Any) -> Linear | None:
    """Coefficients of a fitted scikit-learn linear model; None for every other kind."""
    coef = np.asarray(getattr(model, "coef_", np.nan), dtype=np.float64)
    intercept = np.asarray(getattr(model, "intercept_", np.nan), dtype=np.float64)
    if not spec.path.startswith("sklearn.linear_model.") or coef.ndim != 1 or intercept.size != 1:
        return None
    if spec.name in {"GammaRegressor", "PoissonRegressor", "TweedieRegressor"}:
        return None  # a link function lies between the coefficients and the prediction
    return Linear(coef=coef, intercept=float(intercept.ravel()[0]))


def _check_rows(rows: int) -> None:
    if rows < 2:
        raise AlphaBenchError(
            "R30",
            f"a fold has {rows} complete training row(s): on every other one a feature or the label is missing",
            fix="look at the panel's validation report, use shorter windows, or fewer folds",
        )


@contextmanager
def _one_thread() -> Iterator[None]:
    """BLAS with one thread: the order of its sums then does not depend on the machine's cores."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
