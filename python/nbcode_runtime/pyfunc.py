"""What ``mlflow.pyfunc.load_model`` calls for our versions: named in the MLmodel file, never pickled into it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbcode_runtime.loading import load


class _Loaded:
    """The wrapper MLflow asks ``predict`` of. The data is a frame, a column a feature; or an array or a list of rows."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> object:
        """``params={"method": "predict_proba"}`` asks a classifier for probabilities; see docs/how-to/registry.md."""
        method = str((params or {}).get("method", "predict"))
        if not hasattr(self._model, "methods"):
            return getattr(self._model, "predict_frame", self._model.predict)(data)
        if hasattr(data, "to_pandas"):
            data = data.to_pandas()  # polars, pyarrow
        by_frame = hasattr(data, "columns") and hasattr(data, "iloc")
        return (self._model.predict_frame if by_frame else self._model.predict)(data, method)


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> _Loaded:
    """Load the artifact directory ``path``, whose name is its digest. ``model_config={"trust": DIGEST}`` lets the code of the
    model's notebook run, where it needs some.

    Raises ``SavedModelError`` (I06) when its bytes are not what that digest says.
    """
    return _Loaded(load(Path(path), str((model_config or {}).get("trust") or "") or None))
