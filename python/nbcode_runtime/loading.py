"""From an artifact to something that predicts, in a process that never ran the notebook. Runs no code of the artifact."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from alpha_bench.describe import SavedModelError, load_fitted
from nbcode_runtime.verification import differences


class Predictor(Protocol):
    """What a loaded model can do."""

    def predict(self, data: Any) -> Any: ...


def load(path: Path | str, trust: str | None = None) -> Predictor:
    """The model in the artifact directory ``path``: verified against its manifest, then read through an allow-list of
    our own. ``trust``: the digest of the notebook's code that the model needs, from somebody who has read ``model/code.py`` and the
    modules beside it.

    Raises:
        SavedModelError: I06, it is not what was stored; R35, it holds no saved model, or a type that the allow-list does not have.
        AlphaBenchError: R65, it needs code of its notebook, and ``trust`` does not name it.
    """
    path = Path(path)
    found = differences(path)
    if found:
        raise SavedModelError(
            "I06",
            f"artifact {path.name[:12]} is not what was stored: {found[0]}",
            "take it from a copy, or build the spec again",
            differences=found,
        )

    model: Predictor = load_fitted(path / "model", trust)
    return model
