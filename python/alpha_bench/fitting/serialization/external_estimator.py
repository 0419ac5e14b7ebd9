"""Estimators that cells fitted themselves, kept as they are: canonical skops and what their columns are called."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpha_bench.definitions import BOOSTED
from alpha_bench.errors import DataError, SavedModelError
from alpha_bench.fitting.serialization._skops import from_skops, to_skops
from alpha_bench.fitting.serialization.boosted_trees import FILES, trees_from_bytes, trees_of
from alpha_bench.runtime import canonical

if TYPE_CHECKING:
    import pandas as pd

MODEL_FILE = "model.json"
ESTIMATOR_FILE = "estimator.skops"
KIND = "estimator"
_SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ExternalEstimator:
    """A scikit-learn estimator that predicts. ``columns`` are those of the frame it was fitted on, where it was one."""

    estimator: Any
    columns: tuple[str, ...]

    def predict(self, X: Any) -> Any:
        """As scikit-learn: an array (rows,) or (rows, targets)."""
        return self.estimator.predict(X)

    def predict_frame(self, frame: pd.DataFrame) -> pd.Series[float]:
        """A prediction for each row of ``frame``, on its index; only the columns of the fit are used.

        Raises:
            AlphaBenchError: R36 naming the columns that are missing, or what the estimator cannot predict on.
        """
        import pandas as pd

        if not isinstance(frame, pd.DataFrame):
            raise DataError(
                "R36",
                f"predictions are made of a pandas frame, got {type(frame).__name__}",
                fix="give pandas.DataFrame(...); the arrays of scikit-learn go to predict(X)",
            )
        missing = [c for c in self.columns if c not in frame.columns]
        if missing:
            raise DataError(
                "R36",
                f"the frame lacks {', '.join(missing)}",
                fix=f"give the columns {', '.join(self.columns)}",
                missing=missing,
            )
        given = frame[list(self.columns)] if self.columns else frame
        try:
            predicted = self.estimator.predict(given)
        except (TypeError, ValueError) as error:
            raise DataError(
                "R36",
                f"the estimator cannot predict on the frame: {str(error).splitlines()[0]}",
                fix=f"give numbers in the columns {', '.join(self.columns) or 'that it was fitted on'}, each once",
            ) from error
        return pd.Series(predicted, index=frame.index, name="prediction")


def save_estimator(estimator: Any, directory: Path) -> None:
    """Write ``model.json`` and ``estimator.skops``, or the text of LightGBM's or XGBoost's trees; equal estimators give
    equal bytes.

    Raises:
        AlphaBenchError: R35 when it holds a type that could not be read back.
    """
    file, data, further = _written(estimator)
    directory.mkdir(parents=True, exist_ok=True)
    kind = type(estimator)
    plain = {
        "schema_version": _SCHEMA_VERSION,
        "kind": KIND,
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "columns": [str(c) for c in getattr(estimator, "feature_names_in_", ())],
        **further,
    }
    (directory / file).write_bytes(data)
    (directory / MODEL_FILE).write_bytes(canonical(plain) + b"\n")


def _written(estimator: Any) -> tuple[str, bytes, dict[str, object]]:
    """Name and bytes of the file, and what ``model.json`` says of it. Boosted trees are in their library's own text."""
    path = f"{type(estimator).__module__.partition('.')[0]}.{type(estimator).__name__}"
    if path not in BOOSTED or not hasattr(estimator, "n_features_in_"):
        return ESTIMATOR_FILE, to_skops(estimator), {}
    features = int(estimator.n_features_in_)
    data = trees_of(estimator).to_bytes()
    try:
        if not math.isnan(getattr(estimator, "missing", math.nan)):
            raise ValueError("missing values are not NaN")  # noqa: TRY301
        trees_from_bytes(path, data, features)
    except ValueError as error:
        raise SavedModelError(
            "R35",
            f"this {type(estimator).__name__} could not be read back: {error}",
            fix="fit one on numbers alone",
        ) from error
    return FILES[path], data, {"trees": path, "features": features}


def has_estimator(directory: Path) -> bool:
    """Whether :func:`save_estimator` wrote ``directory``."""
    try:
        plain = json.loads((directory / MODEL_FILE).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(plain, dict) and plain.get("kind") == KIND


def load_estimator(directory: Path) -> ExternalEstimator:
    """Read what :func:`save_estimator` wrote; nothing in the directory is executed. Raises AlphaBenchError (R35)."""
    try:
        plain = json.loads((directory / MODEL_FILE).read_bytes())
        columns = tuple(map(str, plain["columns"]))
        if "trees" in plain:
            path, features = str(plain["trees"]), int(plain["features"])
            trees = trees_from_bytes(path, (directory / FILES[path]).read_bytes(), features)
            return ExternalEstimator(estimator=trees, columns=columns)
        data = (directory / ESTIMATOR_FILE).read_bytes()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SavedModelError(
            "R35", f"{directory} holds no saved estimator: {error}", fix="promote or save it again"
        ) from error
    return ExternalEstimator(estimator=from_skops(data), columns=columns)
