"""What ``mlflow.pyfunc.load_model`` calls for our versions: named in the MLmodel file, never pickled into it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alpha_bench.describe import AlphaBenchError, DataError
from nbcode_runtime.answering import as_json_has_it, as_mlflow_tells
from nbcode_runtime.loading import load


class _Loaded:
    """The wrapper MLflow asks ``predict`` of. A declarative model takes whatever holds a long panel; one that cells fitted a frame, a
    column a feature, or an array or a list of rows."""

    def __init__(self, model: Any, reference: Any = None) -> None:
        self._model, self._reference = model, reference

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> object:
        """``params={"as_of": "2024-03-28"}`` asks a declarative model for one day, ``{"method": "predict_proba"}`` a classifier for
        probabilities; see docs/how-to/registry.md.

        Raises ``DataError`` (R36) where a day is asked of a model that knows no days. A refusal is told by MLflow's server as it is.
        """
        method = str((params or {}).get("method") or "predict")
        as_of = str((params or {}).get("as_of") or "")
        try:
            return as_json_has_it(self._answered(_laid_out(data), method, as_of))
        except AlphaBenchError as error:
            raise as_mlflow_tells(error) from error.__cause__

    def _answered(self, data: Any, method: str, as_of: str) -> object:
        if hasattr(self._model, "needs"):
            if method != "predict":
                raise DataError(
                    "R36",
                    f"a model of features of a panel has no method {method[:40]!r}",
                    "leave method out: it predicts",
                )
            return self._of_a_panel(data, as_of)
        if as_of:
            raise DataError(
                "R36",
                "as_of= asks for one day of a panel, and this model was fitted on rows of features or is a signal",
                "leave as_of out, and give the rows of that day",
            )
        if not hasattr(self._model, "methods"):
            return self._model.predict(data)
        if hasattr(data, "collect"):
            data = data.collect()  # polars, lazy
        if hasattr(data, "to_pandas"):
            data = data.to_pandas()  # polars, pyarrow
        by_frame = hasattr(data, "columns") and hasattr(data, "iloc")
        return (self._model.predict_frame if by_frame else self._model.predict)(data, method)

    def _of_a_panel(self, data: Any, as_of: str) -> object:
        try:
            return self._model.predict(data, as_of=as_of or None, reference=self._reference)
        except DataError as error:
            if error.code != "R69" or self._reference is not None:
                raise
            fix = 'load it with one: mlflow.pyfunc.load_model(URI, model_config={"reference": path_or_frame}), one row a symbol; or put its columns beside the prices'
            raise DataError(error.code, error.message, fix, **error.context) from error


def _laid_out(data: Any) -> Any:
    """Columns of a request that is written as ``{"columns": [...], "data": [[...], ...]}``; everything else as it is."""
    if not isinstance(data, Mapping) or not {"columns", "data"} <= set(data) <= {"columns", "data", "index"}:
        return data
    names, rows = data["columns"], data["data"]
    if not isinstance(names, list) or not isinstance(rows, list):
        return data
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        raise DataError(
            "R36",
            f"the rows under data do not have the {len(names)} values that columns names",
            "give each row a value for every column, in their order",
        )
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> _Loaded:
    """Load the artifact directory ``path``, whose name is its digest. ``model_config={"trust": DIGEST}`` lets the code of the
    model's notebook run, where it needs some; ``{"reference": PATH}`` names the table, or is it, a frame, of one row a symbol that goes with the prices,
    where the model's data had one: whoever loads says so, never who asks for predictions.

    Raises ``SavedModelError`` (I06) when its bytes are not what that digest says.
    """
    said = model_config or {}
    reference = said.get("reference")
    if isinstance(reference, str) and not reference:
        reference = None
    return _Loaded(load(Path(path), str(said.get("trust") or "") or None), reference)
