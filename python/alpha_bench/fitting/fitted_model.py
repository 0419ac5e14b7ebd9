"""Fitted models: the fit on every row whose label is known, saved as JSON (linear) or canonical skops, never as a pickle."""

from __future__ import annotations

import datetime as dt
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, overload

import numpy as np

from alpha_bench.definitions import Evaluable, EvaluationDefinition, ModelDefinition, build
from alpha_bench.errors import DefinitionError, SavedModelError
from alpha_bench.expressions import ValueSource
from alpha_bench.fitting.design_matrix import fit_full_sample
from alpha_bench.fitting.example import Example, example_of
from alpha_bench.fitting.needs import Needs
from alpha_bench.fitting.normal_equations import Linear
from alpha_bench.fitting.predicting import Predictor
from alpha_bench.fitting.search_result import SearchResult
from alpha_bench.fitting.serialization.fitted_estimator import (
    estimator_file,
    estimator_from_bytes,
    estimator_to_bytes,
)
from alpha_bench.fitting.training import Fit
from alpha_bench.fitting.transforms import steps_from_plain, steps_to_plain
from alpha_bench.panel import AS_IT_IS, Recipe
from alpha_bench.runtime import Floats, canonical

if TYPE_CHECKING:
    import pandas as pd

    from alpha_bench.fitting.predictions import Predictions
    from alpha_bench.panel import ReferenceData

    Day: TypeAlias = str | dt.date | np.datetime64

_MODEL = "model.json"
_RECIPE = "recipe.json"
_SCHEMA_VERSION = 2


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FittedModel:
    """A model that predicts. ``fitted_through`` is the last session (ISO date) whose rows trained it; ``recipe`` how the panel that it
    was fitted on was made of its tables."""

    definition: ModelDefinition
    fit: Fit
    fitted_through: str
    recipe: Recipe = AS_IT_IS

    @property
    def needs(self) -> Needs:
        """What :meth:`predict` reads: columns and their types, and sessions of history."""
        return self._predictor.needs

    def example(self) -> Example | None:
        """Made-up rows that it predicts on, the same ones every time; see :func:`alpha_bench.fitting.example.example_of`."""
        return example_of(self)

    @property
    def _predictor(self) -> Predictor:
        return Predictor(
            definition=self.definition, fit=self.fit, fitted_through=self.fitted_through, recipe=self.recipe
        )

    @overload
    def predict(
        self, data: object, *, as_of: Day, reference: ReferenceData | None = None
    ) -> pd.DataFrame: ...

    @overload
    def predict(
        self, data: object, *, as_of: None = None, reference: ReferenceData | None = None
    ) -> pd.DataFrame | Predictions: ...

    def predict(
        self, data: object, *, as_of: Day | None = None, reference: ReferenceData | None = None
    ) -> pd.DataFrame | Predictions:
        """Predictions of ``data``, on every row or of one day.

        | ``data`` | result |
        |---|---|
        | pandas frame of one row a date and symbol, as columns or as index levels | a series on the frame's own index, whatever that is; its ``table()`` has date and symbol |
        | polars frame (also lazy), Arrow table, batch, reader or dataset, dict of columns, list of dicts, structured array | a series by (date, symbol), in the order of the rows |
        | wide frames: a mapping field -> frame, or columns in two levels | a wide frame on the index and the columns that were given |
        | a panel | a wide frame: its sessions down, its assets across |
        | frame of one column a feature, named by its formula or by its label in ``X`` | a series on the frame's index |
        | any but the last, with ``as_of=`` | a frame date, symbol, prediction: the names of that session |

        A row is NaN where it has no prediction: outside of the universe, or for want of history or of a value, which is warned of. A frame
        that can be read as a long panel and as features is a long panel, unless it holds a formula's values. :attr:`needs` says
        what is read; other columns are not looked at.

        Rows may be those of the raw tables that the model was fitted on: columns get the names that they had there, and fields that
        ``data`` lacks are derived by the formulas that stood there. A panel is taken as it is.

        Args:
            data: see above. Dates are of any type that says a day without doubt, symbols of any that says a name.
            as_of: one day: the last session up to it is predicted, and what comes after it is not read.
            reference: a path or frame of one row a symbol, for what ``data`` lacks and the tables of the fit had in such a one.

        Warns:
            MissingPredictionsWarning: R67, rows without a prediction: how many, which sessions and names, and why.
            InSampleWarning: R68, rows of sessions that trained the model; ``in_sample`` of a series says which.

        Raises:
            AlphaBenchError: R36 for data that lacks columns, naming them; R69 where a reference is needed, or one is given that
                cannot be used; R70 for a column that is there by two names; R64 where no row can be predicted; R66 where the data
                do not reach ``as_of``; R01 for an ``as_of`` that is no day; E13 to E17 and R56 for values that cannot be read.
        """
        found, said = self._predictor.answer(data, as_of, reference)
        for one in said:
            warnings.warn(one, stacklevel=2)
        return found

    def predict_frame(self, frame: object) -> pd.DataFrame | Predictions:
        """As :meth:`predict`: the method that models of other libraries have for frames."""
        found, said = self._predictor.answer(frame)
        for one in said:
            warnings.warn(one, stacklevel=2)
        return found

    def save(self, directory: str | Path) -> None:
        """Write ``model.json``, for an estimator that is not linear ``estimator.skops``, ``estimator.txt`` (LightGBM) or
        ``estimator.json`` (XGBoost), and where the panel was not made of one plain table ``recipe.json``; the same bytes each time."""
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        linear = self.fit.linear
        plain = {
            "schema_version": _SCHEMA_VERSION,
            "definition": self.definition.to_plain(),
            "names": list(self.definition.names),
            "formulas": [str(f) for f in self.definition.features],
            "training_rows": self.fit.rows,
            "fitted_through": self.fitted_through,
            "linear": None
            if linear is None
            else {"coef": [float(c) for c in linear.coef], "intercept": linear.intercept},
            "steps": steps_to_plain(self.fit.steps),
            "chosen": None if self.fit.search is None else self.fit.search.to_plain(),
        }
        if linear is None:
            name = estimator_file(self.definition.estimator)
            (directory / name).write_bytes(estimator_to_bytes(self.definition.estimator, self.fit.fitted))
        (directory / _MODEL).write_bytes(canonical(plain) + b"\n")
        if self.recipe != AS_IT_IS:
            (directory / _RECIPE).write_bytes(canonical(self.recipe.to_plain()) + b"\n")


def fit_final(definition: Evaluable | ModelDefinition, panel: ValueSource) -> FittedModel:
    """Fit once on every complete row of ``panel`` whose label is known on its last session.

    Raises:
        AlphaBenchError: R30 when there are none, R33 when ``definition`` is none.
    """
    plan = getattr(definition, "definition", definition)
    model = plan.model if isinstance(plan, EvaluationDefinition) else plan
    if not isinstance(model, ModelDefinition):
        raise DefinitionError(
            "R33",
            f"{type(plan).__name__} cannot be fitted",
            fix="give what Ridge().fit(X=[...], y=...) or walk_forward gives",
        )
    _check_panel(panel, "fit_final(m, panel)")
    whole = fit_full_sample(model, panel)
    last = np.datetime64(panel.dates[whole.sessions - 1], "D")
    recipe = getattr(panel, "recipe", AS_IT_IS)
    return FittedModel(definition=model, fit=whole.fit, fitted_through=str(last), recipe=recipe)


def _check_panel(given: object, call: str) -> None:
    if not hasattr(given, "field_names"):
        raise DefinitionError(
            "R33",
            f"a {type(given).__name__} is no panel",
            fix=f"write panel = alpha_bench.Panel.of(...), then {call}",
        )


def load_fitted(directory: str | Path) -> FittedModel:
    """Read what :meth:`FittedModel.save` wrote; nothing in the directory is executed.

    Raises:
        AlphaBenchError: R35 when the files are not what was saved, or name a type outside the allow-list.
    """
    directory = Path(directory)
    try:
        plain = json.loads((directory / _MODEL).read_bytes())
        model = build(plain["definition"])
        names, rows, through = (
            tuple(map(str, plain["names"])),
            int(plain["training_rows"]),
            str(plain["fitted_through"]),
        )
        if not isinstance(model, ModelDefinition):
            raise TypeError("the definition is of an evaluation")  # noqa: TRY301
        linear = _linear(plain["linear"])
        if linear is not None and len(linear.coef) != len(model.features):
            raise ValueError("as many coefficients as features are needed")  # noqa: TRY301
        steps = steps_from_plain(plain.get("steps", []), model.preprocess, len(model.features))
        found = plain.get("chosen")
        search = None if found is None else SearchResult.from_plain(found)
        fitted = None if linear is not None else _fitted(model, directory)
        recipe = _recipe(directory / _RECIPE)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SavedModelError(
            "R35", f"{directory} holds no saved model: {error}", fix="promote or save it again"
        ) from error
    fit = Fit(rows=rows, linear=linear, fitted=fitted, steps=steps, search=search)
    return FittedModel(definition=replace(model, names=names), fit=fit, fitted_through=through, recipe=recipe)


def _recipe(path: Path) -> Recipe:
    return Recipe.from_plain(json.loads(path.read_bytes())) if path.exists() else AS_IT_IS


def _fitted(model: ModelDefinition, directory: Path) -> object:
    data = (directory / estimator_file(model.estimator)).read_bytes()
    return estimator_from_bytes(model.estimator, data, len(model.features))


def _linear(plain: Mapping[str, object] | None) -> Linear | None:
    if plain is None:
        return None
    coef, intercept = plain["coef"], plain["intercept"]
    if not isinstance(coef, Sequence) or not isinstance(intercept, int | float):
        raise TypeError("coefficients are numbers")
    values: Floats = np.array([float(c) for c in coef])
    return Linear(coef=values, intercept=float(intercept))
