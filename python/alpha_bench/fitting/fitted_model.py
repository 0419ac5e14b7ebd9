"""Fitted models: the fit on every row whose label is known, saved as JSON (linear) or canonical skops, never as a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from alpha_bench.definitions import (
    BOOSTED,
    EstimatorSpec,
    Evaluable,
    EvaluationDefinition,
    ModelDefinition,
    build,
)
from alpha_bench.errors import DataError, DefinitionError, SavedModelError
from alpha_bench.expressions import ValueSource, walk
from alpha_bench.fitting.design_matrix import fit_full_sample, predict_all
from alpha_bench.fitting.normal_equations import Linear
from alpha_bench.fitting.search_result import SearchResult
from alpha_bench.fitting.training import Fit
from alpha_bench.fitting.transforms import steps_from_plain, steps_to_plain
from alpha_bench.runtime import Floats, canonical

if TYPE_CHECKING:
    import pandas as pd

_MODEL = "model.json"
_ESTIMATOR = "estimator.skops"
_SCHEMA_VERSION = 2


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FittedModel:
    """A model that predicts. ``fitted_through`` is the last session (ISO date) whose rows trained it."""

    definition: ModelDefinition
    fit: Fit
    fitted_through: str

    def predict(self, panel: ValueSource) -> pd.DataFrame:
        """Predictions for every session and asset of ``panel``, sessions down; NaN where a feature is missing, and
        outside the universe."""
        import pandas as pd

        _check_panel(panel, "predict(panel)")
        values = predict_all(self.definition, self.fit, panel)
        return pd.DataFrame(
            values,
            index=pd.DatetimeIndex(panel.dates, name="date"),
            columns=pd.Index(panel.assets, name="symbol"),
        )

    def predict_frame(self, frame: pd.DataFrame) -> pd.Series[float]:
        """A prediction for each row of ``frame``, on its index.

        The frame holds one column a feature, named by its formula or by its label in ``X``; or it is a long panel (``date`` and
        ``symbol``, as columns or index levels, and the fields that the model reads), of which each row is given the prediction of
        its own date and symbol. A frame that can be read as both is a long panel, unless it holds a formula's values.

        Raises:
            AlphaBenchError: R36 for what is no such frame, naming the columns that are missing; R64 for a long panel of too
                little history for any prediction; E13 to E17 and R56 for dates and symbols that cannot be read.
        """
        import pandas as pd

        if not isinstance(frame, pd.DataFrame):
            raise DataError(
                "R36",
                f"predictions are made of a pandas frame, got {type(frame).__name__}",
                fix="give pandas.DataFrame(...) with named columns; a polars frame by its .to_pandas()",
            )
        columns = self._feature_columns(frame)
        return self._predict_long(frame) if columns is None else self._predict_rows(frame, columns)

    def _feature_columns(self, frame: pd.DataFrame) -> list[str] | None:
        """The columns that hold the features' values; None where the frame is a long panel. Raises R36."""
        here = set(frame.columns)
        formulas = [str(f) for f in self.definition.features]
        if set(formulas) <= here and not set(formulas) <= set(self._fields):
            return formulas
        keyed = frame.index.nlevels == 2 or {"date", "symbol"} <= {*here, *frame.index.names}
        if keyed and set(self._fields) <= here:
            return None
        for columns in (formulas, list(self.definition.names)):
            if columns and set(columns) <= here:
                return columns
        missing = [c for c in (self._fields if keyed else formulas) if c not in here]
        texts = [c for c in missing if c in self._groups]
        raise DataError(
            "R36",
            f"the frame lacks {', '.join(missing)}",
            fix="give one column a feature, named by its formula, or a long panel with date, symbol and fields"
            + (f"; {', '.join(texts)} as texts" if texts else ""),
            missing=missing,
        )

    @property
    def _fields(self) -> tuple[str, ...]:
        """What the model reads of a panel to predict."""
        leaves = (e for e in walk(self.definition.predictors) if e.op in {"field", "classifier", "member"})
        return tuple(sorted({str(dict(e.params)["name"]) for e in leaves}))

    @property
    def _groups(self) -> tuple[str, ...]:
        """The groups among them: texts, one for all sessions of an asset or as of each."""
        leaves = (e for e in walk(self.definition.predictors) if e.op in {"classifier", "member"})
        return tuple(sorted({str(dict(e.params)["name"]) for e in leaves}))

    def _predict_rows(self, frame: pd.DataFrame, columns: list[str]) -> pd.Series[float]:
        import pandas as pd

        _refuse_twice(frame, columns)
        try:
            values = [frame[c].to_numpy(dtype=np.float64, na_value=np.nan).reshape(1, -1) for c in columns]
        except (TypeError, ValueError) as error:
            raise DataError(
                "R36", f"a column of the frame holds no numbers: {error}", fix="give the features as numbers"
            ) from error
        out = self.fit.predict(values, 0, 1)[0]
        return pd.Series(out, index=frame.index, name="prediction")

    def _predict_long(self, frame: pd.DataFrame) -> pd.Series[float]:
        import pandas as pd

        from alpha_bench.panel import Panel

        _refuse_twice(frame, self._fields)
        kept = [c for c in frame.columns if c in {"date", "symbol", *self._fields}]
        panel, places = Panel.from_rows(frame[kept], groups=self._groups)
        values = predict_all(self.definition, self.fit, panel)
        needed = 1 + max(e.lookback for e in self.definition.predictors)
        if len(panel.dates) < needed and not np.isfinite(values).any():
            raise DataError(
                "R64",
                f"the model needs {needed} sessions for its first prediction, and the frame has {len(panel.dates)}",
                fix=f"give the last {needed} sessions of each symbol, or more",
                needed=needed,
                sessions=len(panel.dates),
            )
        return pd.Series(values.ravel()[places], index=frame.index, name="prediction")

    def save(self, directory: str | Path) -> None:
        """Write ``model.json``, and for an estimator that is not linear ``estimator.skops``, or ``estimator.txt`` (LightGBM) or
        ``estimator.json`` (XGBoost); the same bytes each time."""
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
            name, data = _written(self.definition.estimator, self.fit.fitted)
            (directory / name).write_bytes(data)
        (directory / _MODEL).write_bytes(canonical(plain) + b"\n")


def _refuse_twice(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise AlphaBenchError R36 where one of ``columns`` is there twice."""
    for name in columns:
        if (frame.columns == name).sum() > 1:
            raise DataError("R36", f"the frame has column {name!r} twice", fix="keep one of them")


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
    return FittedModel(definition=model, fit=whole.fit, fitted_through=str(last))


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
        fitted = None if linear is not None else _read(model, directory)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SavedModelError(
            "R35", f"{directory} holds no saved model: {error}", fix="promote or save it again"
        ) from error
    fit = Fit(rows=rows, linear=linear, fitted=fitted, steps=steps, search=search)
    return FittedModel(definition=replace(model, names=names), fit=fit, fitted_through=through)


def _written(spec: EstimatorSpec, fitted: object) -> tuple[str, bytes]:
    """The file's name and bytes of a fitted estimator that is not linear."""
    if spec.path in BOOSTED:
        from alpha_bench.fitting.serialization.boosted_trees import FILES

        return FILES[spec.path], fitted.to_bytes()  # type: ignore[attr-defined]
    from alpha_bench.fitting.serialization._skops import to_skops

    return _ESTIMATOR, to_skops(fitted)


def _read(model: ModelDefinition, directory: Path) -> object:
    spec = model.estimator
    if spec.path in BOOSTED:
        from alpha_bench.fitting.serialization.boosted_trees import FILES, trees_from_bytes

        return trees_from_bytes(spec.path, (directory / FILES[spec.path]).read_bytes(), len(model.features))
    from alpha_bench.fitting.serialization._skops import from_skops

    return from_skops((directory / _ESTIMATOR).read_bytes())


def _linear(plain: Mapping[str, object] | None) -> Linear | None:
    if plain is None:
        return None
    coef, intercept = plain["coef"], plain["intercept"]
    if not isinstance(coef, Sequence) or not isinstance(intercept, int | float):
        raise TypeError("coefficients are numbers")
    values: Floats = np.array([float(c) for c in coef])
    return Linear(coef=values, intercept=float(intercept))
