"""What ``mlflow.pyfunc.load_model`` calls for our versions: named in the MLmodel file, never pickled into it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from nbcode.primitives import NbcodeError, errors_of


class _Predicts(Protocol):
    def predict(self, frame: object) -> object: ...


class _Loaded:
    """The wrapper MLflow asks ``predict(frame)`` of. ``frame``: pandas, a column a feature, a row an observation."""

    def __init__(self, model: _Predicts) -> None:
        self._predict = getattr(model, "predict_frame", model.predict)

    def predict(self, frame: object) -> object:
        return self._predict(frame)


def _load_pyfunc(path: str) -> _Loaded:
    """Load the artifact directory ``path``, whose name is its digest.

    Raises ``NbcodeError`` (NBC-I06) when its bytes are not what that digest says.
    """
    from nbcode.artifact import load_model, verify

    directory = Path(path)
    found = errors_of(verify(directory))
    if found:
        raise NbcodeError(found)
    return _Loaded(load_model(directory))
