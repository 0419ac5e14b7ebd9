"""Fits of estimators on several sets of training sessions of the same columns.

Columns are (sessions, assets) float64 arrays; a row is one asset on one session. A row trains when its label is finite, its weight
is finite and above 0, and every feature is finite (with ``impute`` among the steps: at least one). Linear estimators, also behind
``standardize``, are solved from moments (:mod:`alpha_bench.fitting.normal_equations`); behind other steps from the moments of the changed rows; all
others, and linear ones whose normal equations are ill-conditioned, by their own library on the rows, under one thread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from alpha_bench.definitions import BOOSTED, ELASTIC_NET, LASSO, OLS_PATH, EstimatorSpec, Step, instantiate
from alpha_bench.errors import DefinitionError, FitError
from alpha_bench.fitting import normal_equations as gram
from alpha_bench.fitting.moments import Moments, moments_by_sessions
from alpha_bench.fitting.normal_equations import Linear, Scaling
from alpha_bench.fitting.search_result import SearchResult
from alpha_bench.fitting.transforms import FittedSteps, fit_steps, usable_rows
from alpha_bench.model_selection import Sessions
from alpha_bench.runtime import Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """A fitted estimator: ``linear`` where the model is coefficients, else the ``fitted`` object of its library.

    Attributes:
        rows: how many rows trained it.
        steps: what is applied to the features before it; empty where it is folded into the coefficients.
        search: where a search chose its parameters: which, and what each candidate scored.
    """

    rows: int
    linear: Linear | None
    fitted: Any = None
    steps: FittedSteps = field(default_factory=FittedSteps)
    search: SearchResult | None = None

    def predict(self, columns: Sequence[Floats], begin: int, end: int) -> Floats:
        """Predictions of sessions [begin, end) as (end - begin, assets); NaN where a feature is missing after the steps."""
        if self.steps:
            columns, begin, end = self.steps.apply([c[begin:end] for c in columns]), 0, end - begin
        if self.linear is not None:
            return gram.predict(columns, begin, end, self.linear)
        shape = (end - begin, columns[0].shape[1])
        matrix = np.column_stack([c[begin:end].ravel() for c in columns])
        complete = np.isfinite(matrix).all(axis=1)
        out = np.full(shape[0] * shape[1], np.nan)
        if complete.any():
            with one_thread():
                out[complete] = np.asarray(self.fitted.predict(matrix[complete]), dtype=np.float64).ravel()
        return out.reshape(shape)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrainingData:
    """What is fitted to: (sessions, assets) arrays; no ``weights``: each row counts once."""

    features: Sequence[Floats]
    label: Floats
    weights: Floats | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Rows:
    """The training rows of one set, the features as the steps leave them: one (rows,) array each."""

    features: list[Floats]
    label: Floats
    weights: Floats | None
    steps: FittedSteps


class Training:
    """Several sets of training sessions, on which any number of estimators can be fitted; what they share is made once.

    Raises:
        AlphaBenchError: R62 for weights below 0.
    """

    def __init__(self, data: TrainingData, steps: Sequence[Step], sets: Sequence[Sessions]) -> None:
        if data.weights is not None and bool((data.weights < 0).any()):
            raise DefinitionError(
                "R62",
                f"weights has {int((data.weights < 0).sum())} values below 0",
                fix="make them positive, as in weights=1 / features.volatility(20)",
            )
        self.data, self.steps, self.sets = data, tuple(steps), tuple(sets)
        self._kept: tuple[int, _Rows] | None = None

    def fit(self, spec: EstimatorSpec, number: int) -> Fit:
        """Fit ``spec`` on set ``number``.

        Raises:
            AlphaBenchError: R30 where the set has fewer than two training rows, or the estimator refuses the data; R62 where
                it cannot take weights.
        """
        if not spec.is_linear:
            return self._by_library(spec, number)
        if [step.name for step in self.steps] in ([], ["standardize"]):
            _check_rows(self._moments[number].rows)
            scaling = gram.scaling_of(self._each_once[number]) if self.steps else None
            found = _by_moments(spec, self._moments[number], scaling, FittedSteps())
        else:
            rows = self._rows(number)
            found = _by_moments(spec, _moments_of_rows(rows), None, rows.steps)
        return found or self._by_library(spec, number)

    @cached_property
    def _moments(self) -> tuple[Moments, ...]:
        data = self.data
        return moments_by_sessions([*data.features, data.label], self.sets, weights=data.weights)

    @cached_property
    def _each_once(self) -> tuple[Moments, ...]:
        """The moments of the same rows, whatever their weights."""
        data = self.data
        if data.weights is None:
            return self._moments
        return moments_by_sessions(
            [*data.features, data.label], self.sets, weights=data.weights, weighted=False
        )

    def _rows(self, number: int) -> _Rows:
        """In order of session, then asset; those of the last set asked for are kept."""
        if self._kept is not None and self._kept[0] == number:
            return self._kept[1]
        data = self.data
        label = _cut(data.label, self.sets[number])
        features = [_cut(c, self.sets[number]) for c in data.features]
        trains = np.isfinite(label) & usable_rows(self.steps, features)
        weights = None
        if data.weights is not None:
            weights = _cut(data.weights, self.sets[number])
            trains &= np.isfinite(weights) & (weights > 0)
            weights = weights[trains]
        _check_rows(int(trains.sum()))
        steps, features = fit_steps(self.steps, [c[trains] for c in features])
        rows = _Rows(features=features, label=label[trains], weights=weights, steps=steps)
        self._kept = (number, rows)
        return rows

    def _by_library(self, spec: EstimatorSpec, number: int) -> Fit:
        rows = self._rows(number)
        model = instantiate(spec)
        given = {} if rows.weights is None else {_weight_argument(spec, model): rows.weights}
        try:
            with one_thread():
                model.fit(np.column_stack(rows.features), rows.label, **given)
        except (ValueError, TypeError) as error:
            raise FitError(
                "R30",
                f"{spec.name} could not be fitted: {error}",
                fix="change its parameters, or the features it is given",
            ) from error
        if spec.path in BOOSTED:
            from alpha_bench.fitting.serialization.boosted_trees import trees_of

            return Fit(rows=len(rows.label), linear=None, fitted=trees_of(model), steps=rows.steps)
        return Fit(rows=len(rows.label), linear=_linear_of(spec, model), fitted=model, steps=rows.steps)


def _cut(column: Floats, sessions: Sessions) -> Floats:
    return np.concatenate([column[r.start : r.stop].ravel() for r in sessions.ranges] or [np.empty(0)])


def _moments_of_rows(rows: _Rows) -> Moments:
    def tall(column: Floats) -> Floats:
        return np.ascontiguousarray(column).reshape(-1, 1)

    (found,) = moments_by_sessions(
        [tall(c) for c in (*rows.features, rows.label)],
        [Sessions.of(range(len(rows.label)))],
        weights=None if rows.weights is None else tall(rows.weights),
    )
    return found


def _by_moments(
    spec: EstimatorSpec, moments: Moments, scaling: Scaling | None, steps: FittedSteps
) -> Fit | None:
    """None where the library has to solve from the rows."""
    params: dict[str, Any] = dict(spec.params)
    given = moments if scaling is None else gram.scaled(moments, scaling)
    linear: Linear | None
    if spec.path in {LASSO, ELASTIC_NET}:
        if not params["alpha"] * params.get("l1_ratio", 1.0) > 0:
            return None  # without an L1 penalty the stopping rule is another one
        linear = gram.solve_elastic_net(
            given,
            alpha=params["alpha"],
            l1_ratio=params.get("l1_ratio", 1.0),
            fit_intercept=params["fit_intercept"],
            max_iter=params["max_iter"],
            tol=params["tol"],
        )
    else:
        alpha = 0.0 if spec.path == OLS_PATH else params["alpha"]
        linear = gram.solve_ridge(given, alpha=alpha, fit_intercept=params["fit_intercept"])
    if linear is None:
        return None
    return Fit(rows=moments.rows, linear=linear if scaling is None else scaling.undo(linear), steps=steps)


def _weight_argument(spec: EstimatorSpec, model: Any) -> str:
    """The name under which ``fit`` takes weights. Raises AlphaBenchError R62 where it takes none."""
    from sklearn.utils.validation import has_fit_parameter

    inner, name = model, "sample_weight"
    if hasattr(inner, "steps"):
        step, inner = inner.steps[-1]
        name = f"{step}__sample_weight"
    inner = getattr(inner, "regressor", inner)  # a transformed target hands its arguments on
    if inner is None or has_fit_parameter(inner, "sample_weight"):
        return name
    raise DefinitionError(
        "R62",
        f"{spec.name} cannot be fitted with weights",
        fix="leave weights out, or use another estimator, such as Ridge",
    )


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
        raise FitError(
            "R30",
            f"a fold has {rows} complete training row(s): on every other one a feature or the label is missing",
            fix="look at the panel's validation report, use shorter windows, or fewer folds",
        )


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS and OpenMP with one thread: the order of their sums then does not depend on the machine's cores."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
