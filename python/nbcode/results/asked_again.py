"""The kept model of plain cells, asked again in the judge's process for the rows that the cells asked it for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nbcode.primitives import Diagnostic, Judgement, Model, Place, Severity

_SAME = 1e-5  # of the spread of the predictions: a model that computes in single precision


def asked_again(data: Mapping[str, Any], directory: Path) -> tuple[Model | None, str]:
    """Whether the model in ``directory`` gives ``model_value`` for ``model_x`` (rows x columns, named ``model_columns``) of ``data``; None
    where it cannot be asked, and why. It is loaded through the allow-list: its own code is not run here."""
    from alpha_bench.describe import AlphaBenchError, load_fitted

    if "model_x" not in data:
        return None, "no predict of it was recorded since it was fitted"
    try:
        model: Any = load_fitted(directory)
        if not hasattr(model, "methods"):
            return None, "it predicts panels, and no rows"
        if set(model.columns) - set(data["model_columns"].tolist()) and len(data["model_columns"]):
            return None, "not every column that it was fitted on was recorded"
        given = np.asarray(model.predict(_rows(data, model.columns)), dtype=np.float64)
    except AlphaBenchError as error:
        code = "it holds code of the notebook, which is not run there"
        return None, code if error.code.endswith("R65") else error.message[:200]
    except Exception as error:  # the files may hold anything
        return None, f"it could not be read back ({type(error).__name__})"
    wanted = data["model_value"]
    given = given[:, 0] if given.ndim == 2 and given.shape[1] == 1 else given
    if given.shape != wanted.shape:
        return Model.OTHER, ""
    return (Model.SAME if _alike(given, wanted) else Model.OTHER), ""


def other_predictions(found: Judgement) -> tuple[Diagnostic, ...]:
    """NBC-H26, a warning, where the kept model gives others."""
    if found.model is not Model.OTHER:
        return ()
    return (
        Diagnostic(
            code="NBC-H26",
            severity=Severity.WARNING,
            message="the model does not give the predictions that were scored",
            cause="a process that ran no cell asked the kept model for the same rows, and it gave other values: the figures are not this model's",
            fixes=(
                "promote the object that predicted, as it was then: nothing may change it between its fit and the end of the cells",
            ),
            place=Place(tag="model"),
        ),
    )


def _rows(data: Mapping[str, Any], columns: Sequence[str]) -> Any:
    """``model_x`` in the order of ``columns``, which the model was fitted on, where both have names."""
    values, names = data["model_x"], data["model_columns"].astype(str).tolist()
    return values[:, [names.index(one) for one in columns]] if names and columns else values


def _alike(one: Any, two: Any) -> bool:
    known = np.isfinite(two)
    if not np.array_equal(np.isfinite(one), known):
        return False
    if not known.any():
        return True
    size = max(float(np.std(two[known])), _SAME * float(np.abs(two[known]).max()))
    return bool((np.abs(one[known] - two[known]) <= _SAME * size).all())
