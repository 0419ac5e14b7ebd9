"""What a kept model answers: by frames, by arrays and by lists, and by every method that it has."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from alpha_bench.errors import DataError, nearest

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "score_samples", "transform")
"""What may be asked for. Which of them a model has depends on what was fitted."""


class SavedModel(ABC):
    """A model that was fitted in cells of a notebook, read back."""

    __slots__ = ()

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Those of the frame that it was fitted on; empty where that was none."""

    @property
    def classes(self) -> Any:
        """The classes of a classifier, in the order of its probabilities; else None."""
        return None

    @property
    @abstractmethod
    def methods(self) -> tuple[str, ...]:
        """Those of :data:`METHODS` that this model has."""

    @abstractmethod
    def predict(self, X: Any, method: str = "predict") -> Any:
        """What the model's own ``method`` gives for the rows of ``X``: a frame, an array (rows, columns), or a list of rows.

        Raises:
            AlphaBenchError: R36 for rows that the model cannot predict on, and for a method that it does not have.
        """

    @abstractmethod
    def predict_frame(self, frame: pd.DataFrame, method: str = "predict") -> Any:
        """The same for a frame, on its index: a series, or a frame where there are several values a row.

        Raises:
            AlphaBenchError: R36 naming the columns that are missing, or what the model cannot predict on.
        """

    def _check_method(self, method: str) -> None:
        if method not in self.methods:
            close = nearest(method, self.methods)
            raise DataError(
                "R36",
                f"this model has no {method!r}",
                fix=f"did you mean {close!r}?" if close else f"it has {', '.join(self.methods)}",
            )


def rows_of(X: Any, columns: Sequence[str]) -> Any:
    """``X`` as the model's fit took its rows: a frame of ``columns`` where they are known, else what was given.

    Raises:
        AlphaBenchError: R36 where columns are missing, or there are more or fewer.
    """
    if hasattr(X, "to_pandas"):
        X = X.to_pandas()  # polars, pyarrow
    if is_frame(X):
        return chosen(X, columns)
    array = np.asarray(X)
    if array.ndim == 2 and columns:
        if array.shape[1] != len(columns):
            raise DataError(
                "R36",
                f"rows of {array.shape[1]} values, and the model was fitted on {len(columns)} columns",
                fix=f"give {', '.join(columns)}, in this order",
            )
        import pandas as pd

        return pd.DataFrame(array, columns=list(columns)).infer_objects()
    return array


def chosen(frame: pd.DataFrame, columns: Sequence[str]) -> Any:
    """``columns`` of ``frame``, in the order of the fit; the frame itself where the fit knew no names. Raises AlphaBenchError R36."""
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise DataError(
            "R36",
            f"the frame lacks {', '.join(missing)}",
            fix=f"give the columns {', '.join(columns)}",
            missing=missing,
        )
    return frame[list(columns)] if columns else frame


def is_frame(X: object) -> bool:
    """Whether it is a pandas frame, without importing pandas for one that cannot be."""
    if not any(base.__module__.partition(".")[0] == "pandas" for base in type(X).__mro__):
        return False
    import pandas as pd

    return isinstance(X, pd.DataFrame)


def as_table(values: Any, frame: pd.DataFrame, names: Sequence[Any] | None) -> Any:
    """Predictions on the index of ``frame``: one value a row as a series, several as a frame with the columns ``names``."""
    import pandas as pd

    if isinstance(values, list) and values and np.ndim(values[0]) == 2:  # probabilities of several targets
        return by_key({k: as_table(v, frame, None) for k, v in enumerate(values)})
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1 and names is None:
        array = array[:, 0]
    if array.ndim == 1:
        return pd.Series(array, index=frame.index, name="prediction")
    return pd.DataFrame(array, index=frame.index, columns=None if names is None else list(names))


def answered(call: Callable[[], Any], columns: Sequence[str]) -> Any:
    """What ``call`` gives. Raises AlphaBenchError R36 for whatever a model raises that cannot predict on its rows."""
    try:
        return call()
    except DataError:
        raise
    except Exception as error:
        # A model is another library's or the notebook's own: there is no one exception for rows that it does not take.
        told = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(
            "R36",
            f"the estimator cannot predict on the frame: {told}",
            fix=f"give numbers in the columns {', '.join(columns) or 'that it was fitted on'}, each once",
        ) from error


def by_key(values: Mapping[Any, Any]) -> Any:
    """Series and frames of one index, side by side under their keys."""
    import pandas as pd

    return pd.concat(dict(values), axis=1)
