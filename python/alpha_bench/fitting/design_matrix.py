"""What a model is fitted to and predicts from: its columns on a panel, and the fit on every row whose label is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alpha_bench.definitions import ModelDefinition
from alpha_bench.expressions import ValueSource
from alpha_bench.fitting.nested_search import fit_model
from alpha_bench.fitting.training import Fit, TrainingData
from alpha_bench.model_selection import Sessions
from alpha_bench.runtime import Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Columns:
    """What a model is fitted to and predicts from, all (T, N): the label is NaN outside the universe, ``inside`` says where that
    is (None: everywhere); no ``weights``: each row counts once."""

    features: list[Floats]
    label: Floats
    inside: NDArray[np.bool_] | None
    weights: Floats | None

    @property
    def training(self) -> TrainingData:
        """What estimators are fitted to."""
        return TrainingData(features=self.features, label=self.label, weights=self.weights)

    def predict(self, fit: Fit, begin: int, end: int) -> Floats:
        """Predictions of sessions [begin, end); NaN where a feature is missing and outside the universe."""
        return _predicted(fit, self.features, self.inside, begin, end)


def columns_of(model: ModelDefinition, panel: ValueSource) -> Columns:
    """The model's columns on ``panel``; everything is computed in one plan, so what is shared is computed once."""
    further = [e for e in (model.universe, model.weights) if e is not None]
    *columns, label = (values := panel.compute((*model.confined, *further)))[: len(model.features) + 1]
    weights = None if model.weights is None else values[-1]
    inside = None
    if model.universe is not None:
        inside = values[len(model.features) + 1] == 1.0
        label = np.where(inside, label, np.nan)
    return Columns(features=columns, label=label, inside=inside, weights=weights)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Predicted:
    """Predictions for every session and asset of a panel, (T, N): NaN where a feature is missing, and outside the universe.

    Attributes:
        dates: (T,) the panel's sessions.
        assets: (N,) its names.
        values: the predictions.
        universe: 1 inside of the universe, 0 outside, NaN where that is not known; None where there is none.
    """

    dates: NDArray[np.datetime64]
    assets: NDArray[np.str_]
    values: Floats
    universe: Floats | None


def predict_all(model: ModelDefinition, fit: Fit, panel: ValueSource) -> Predicted:
    """Predictions for every session and asset of ``panel``; what only the fit needs, label and weights, is not asked for."""
    columns = panel.compute(model.predictors)
    features = columns[: len(model.features)]
    universe = None if model.universe is None else columns[-1]
    inside = None if universe is None else universe == 1.0
    values = _predicted(fit, features, inside, 0, len(panel.dates))
    return Predicted(
        dates=np.asarray(panel.dates), assets=np.asarray(panel.assets), values=values, universe=universe
    )


def _predicted(
    fit: Fit, features: list[Floats], inside: NDArray[np.bool_] | None, begin: int, end: int
) -> Floats:
    values = fit.predict(features, begin, end)
    if inside is not None:
        values[~inside[begin:end]] = np.nan
    return values


@dataclass(frozen=True, kw_only=True, slots=True)
class FinalFit:
    """The fit on every row whose label is known, and which sessions those rows are from (half-open)."""

    model: ModelDefinition
    fit: Fit
    sessions: int


def fit_full_sample(model: ModelDefinition, panel: ValueSource) -> FinalFit:
    """Fit once on every complete row of the panel whose label is known. Raises R30."""
    columns = columns_of(model, panel)
    sessions = max(0, len(panel.dates) - model.label.lookahead)
    (fit,) = fit_model(model, columns.training, [Sessions.of(range(sessions))])
    return FinalFit(model=model, fit=fit, sessions=sessions)
