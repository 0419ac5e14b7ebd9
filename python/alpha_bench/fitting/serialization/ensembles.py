"""Several models as one: a list predicts the mean of its members, a dict each of them under its key.

See docs/adr/0031: which of the meanings that people give to a list of models was taken, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from alpha_bench.errors import DataError
from alpha_bench.fitting.serialization.saved_model import (
    METHODS,
    SavedModel,
    as_table,
    by_key,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MeanOfModels(SavedModel):
    """The members' predictions, averaged with equal weights. Classifiers that know probabilities are averaged by them (soft voting),
    and the class is the likeliest."""

    members: tuple[SavedModel, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """Those that every member has."""
        return tuple(m for m in METHODS if all(m in member.methods for member in self.members))

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of the members' fits, each once."""
        return tuple(dict.fromkeys(c for member in self.members for c in member.columns))

    @property
    def classes(self) -> Any:
        """Those of the first member, which all of them share."""
        return self.members[0].classes

    def predict(self, X: Any, method: str = "predict") -> Any:
        """The mean, as an array. Raises AlphaBenchError R36 as its members do, and for labels that have no mean."""
        self._check_method(method)
        classes = self.classes
        if method == "predict" and classes is not None:
            if "predict_proba" not in self.methods:
                raise DataError(
                    "R36",
                    "labels of classes have no mean, and not every model of the list knows probabilities",
                    fix="promote a VotingClassifier, or a dict of the models",
                )
            return classes[np.argmax(self._mean(X, "predict_proba"), axis=1)]
        return self._mean(X, method)

    def predict_frame(self, frame: pd.DataFrame, method: str = "predict") -> Any:
        """The mean, on the frame's index."""
        classes = self.classes
        return as_table(self.predict(frame, method), frame, None if method == "predict" else classes)

    def _mean(self, X: Any, method: str) -> Any:
        first = self.members[0].classes
        if any(not np.array_equal(first, m.classes) for m in self.members if first is not None):
            raise DataError(
                "R36", "the models of the list know different classes", fix="promote a dict of the models"
            )
        values = [np.asarray(member.predict(X, method), dtype=np.float64) for member in self.members]
        return np.mean(values, axis=0)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ModelsByKey(SavedModel):
    """Each member's predictions under its own key; a member may be a dict again."""

    members: Mapping[Any, SavedModel]

    @property
    def methods(self) -> tuple[str, ...]:
        """Those that every member has."""
        return tuple(m for m in METHODS if all(m in member.methods for member in self.members.values()))

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of the members' fits, each once."""
        return tuple(dict.fromkeys(c for member in self.members.values() for c in member.columns))

    def predict(self, X: Any, method: str = "predict") -> Any:
        """A dict of what the members give."""
        self._check_method(method)
        return {key: member.predict(X, method) for key, member in self.members.items()}

    def predict_frame(self, frame: pd.DataFrame, method: str = "predict") -> Any:
        """A frame with a column a key, on the frame's index; columns of several levels where a member has several values a row."""
        self._check_method(method)
        return by_key({key: member.predict_frame(frame, method) for key, member in self.members.items()})
