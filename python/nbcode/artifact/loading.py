"""From an artifact to something that predicts, in a process that never ran the notebook. Runs no code of the artifact."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from nbcode.artifact.verification import verify


class Predictor(Protocol):
    """What a loaded model can do."""

    def predict(self, data: Any) -> Any: ...


def load_model(path: Path, trust: str | None = None) -> Predictor:
    """The model in the artifact directory ``path``: verified against its manifest, then read through an allow-list of
    our own. ``trust``: the digest of the notebook's code that the model needs, from somebody who has read ``model/code.py`` and the
    modules beside it.

    Raises:
        ValueError: it is not what was stored.
        AlphaBenchError: R35, it holds no saved model, or a type that the allow-list does not have; R65, it needs code of its notebook, and
            ``trust`` does not name it.
    """
    problems = verify(path)
    if problems:
        raise ValueError(str(problems[0]))
    from alpha_bench.describe import load_fitted
    from nbcode.results import load_signal

    signal = load_signal(path / "model")
    model: Predictor = load_fitted(path / "model", trust) if signal is None else signal
    return model
